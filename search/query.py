"""Analyses a question: language, spelling, phrases, excluded words, filters, terms, expansions.

`analyse_query` is the whole story. The order of its steps matters: filters (`tipo:informe`) go
before anything else is read, quoted and excluded text is never respelt, and acronyms are looked for
in the corrected text. The second half of the file is the syntax of filters.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import TypeAlias

from search.documents import DocumentType
from search.engine import FILTERS, Statistics, Term
from search.errors import QueryError
from search.results import Query
from search.spelling import apply_corrections, corrections, forms_with_enye, speller
from search.synonyms import Expansion, Synonyms, SynonymStems, synonym_stems
from search.text.analysis import STOPWORDS, Token, analyse, readings
from search.text.languages import query_language, written_out
from search.text.question_types import (
    QuestionType,
    question_type,
    sought_shapes,
    subject_of,
)
from search.text.vocabulary import fold

MAX_LENGTH = 1000
"""Characters of a question: longer texts are pasted documents, not questions."""

_MAX_TERMS = 32
"""Words looked up in the index: the cost of a lexical query grows with each."""

_EXPANSION_WEIGHT = 0.3
_APPROXIMATE_WEIGHT = 0.15
"""What a word that the user did not write may add; read off the tune split of our judged
queries, where anything from 0.2 to 0.5 does equally well."""

_TRANSLATION_WEIGHT = 1.0
_TRANSLATED_WORD_WEIGHT = 0.2
"""What a Spanish word adds to a question in another language, and what the word that it translates
then counts, which the collection may not hold: nDCG@10 of foreign tune questions .76 → .86, also
because the model reads it too."""

_NORMAL_FORM_WEIGHT = 0.5
"""What «2024-11-01» adds to «1 de noviembre de 2024»: its words are looked for as well."""

_QUOTED = r'"([^"]+)"|«([^»]+)»|“([^”]+)”'

# «-5» and «10-20» are numbers and «costo-beneficio» is one word: a minus sign excludes only what
# begins with a letter, and only where no word goes before it. U+2212 is the minus of typeset text.
_OPERATOR = re.compile(rf"(?<!\S)(?P<minus>[-−])(?:(?=[^\W\d_])([\w/.\-]+)|{_QUOTED})|{_QUOTED}")
"""A phrase, or a word or a phrase that is excluded: whichever begins first."""

_LETTERS = re.compile(r"[^\W\d_]+")


Phrases: TypeAlias = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class AnalysedQuery:
    """A question after analysis: everything that is worked out of it, once.

    `text` is what is searched: as typed or corrected, less what is excluded; `tokens` are its
    informative words in order, `subject` those that name what it is about, and `type` what it
    asks for; `numbered` is true where it has a figure. `sentence` is what the embedding model
    reads, and `said` the informative words of it that the user wrote. `terms` are looked for,
    `phrases` must be held and `excluded` must not.
    `weights` are the stems of the subject with how rare each is, `synonyms` the stems that say the
    same as words of it. `query` has the filters written in the text among its own; `corrected` and
    `did_you_mean` are whole questions; `meant` are sets of stems one of which a text must hold when
    an acronym is used in another sense than the collection's.
    """

    query: Query
    text: str
    language: str
    type: QuestionType
    sentence: str
    tokens: tuple[Token, ...]
    subject: tuple[Token, ...]
    numbered: bool
    said: tuple[Token, ...]
    terms: tuple[Term, ...]
    phrases: Phrases
    excluded: Phrases
    expansions: tuple[Expansion, ...]
    weights: Mapping[str, float]
    synonyms: tuple[SynonymStems, ...]
    corrected: str | None = None
    did_you_mean: str | None = None
    meant: tuple[frozenset[str], ...] = ()


def rarity(token: Token, statistics: Statistics) -> float:
    """Inverse passage frequency of a word; a word the collection does not know weighs most."""
    return math.log((statistics.passages + 1) / (statistics.words.get(token.surface, 0) + 0.5))


@dataclass(frozen=True, slots=True)
class _SpeltText:
    text: str
    corrected: str | None = None
    did_you_mean: str | None = None


@dataclass(frozen=True, slots=True)
class _Operators:
    """A text with spaces for what it excludes (`positive`), and for its phrases too (`open`)."""

    positive: str
    open: str
    phrases: Phrases
    excluded: Phrases


def analyse_query(
    query: Query,
    equivalents: Synonyms,
    statistics: Statistics,
    values: Mapping[str, Sequence[str]] | None = None,
) -> AnalysedQuery:
    """Understand a question to a collection; `values` are those that its filters have.

    Raises `QueryError` when it is empty, too long or filters by what there is not.
    """
    # Some systems write accents as characters of their own; the index has composed letters.
    typed = unicodedata.normalize("NFC", query.text).strip()
    _validate(typed, query)
    typed, filters = extract_filters(typed, values or {})
    language = query_language(typed)
    spelt = _SpeltText(typed)
    if not query.literal:
        spelt = _corrected_spelling(typed, equivalents, statistics, language)
    # «q» and «xa» are Spanish message spelling; elsewhere «d» or «x» stand for something else.
    in_full = language == "es" and not query.literal
    said = _read_operators(_outside_quotes(spelt.text, written_out) if in_full else spelt.text)
    text = said.positive
    found, open_tokens = analyse(text), analyse(said.open)
    tokens = tuple(token for token in found if token.informative)
    # Spanish questions need no translation into Spanish.
    expansions = tuple(
        one
        for one in equivalents.expand(said.open, open_tokens)
        if language != "es" or not one.translation
    )
    # «¿qué es?» has function words only: it is searched by these rather than refused.
    terms = _terms(tokens or found, readings(found, text), expansions, statistics.words)
    if not terms:
        raise QueryError("la consulta no tiene ninguna palabra que buscar")
    accented = text if query.literal else _with_known_accents(text, statistics, language)
    clean = " ".join(re.sub(r'["«»“”]', " ", accented).split())
    # The model also reads what acronyms stand for and, of a question that is not in Spanish, its
    # words in Spanish. An approximate equivalent is another thing («municipio», «ayuntamiento»),
    # which the question does not ask for: it may add to a score by words, but not move the vector.
    exact = [one.forms[0] for one in expansions if one.translation or not one.approximate]
    type_ = question_type(text)
    subject = subject_of(tokens, type_)
    # What an answer looks like is a word of the index too: an hour, an address.
    shapes = (Term(shape, shape) for shape in sought_shapes(type_))
    return AnalysedQuery(
        query=replace(query, filters=merge_filters(query.filters, filters)) if filters else query,
        text=text,
        language=language,
        type=type_,
        sentence=f"{clean} ({'; '.join(exact)})" if exact else clean,
        tokens=tokens,
        subject=subject,
        numbered=any(token.surface[0].isdigit() for token in tokens),
        said=tuple(token for token in analyse(clean) if token.informative),
        terms=(*terms, *shapes),
        phrases=said.phrases,
        excluded=said.excluded,
        expansions=expansions,
        weights={token.stem: rarity(token, statistics) for token in subject},
        synonyms=synonym_stems(expansions),
        corrected=spelt.corrected,
        did_you_mean=spelt.did_you_mean,
        meant=equivalents.meant(said.open, open_tokens),
    )


def _validate(text: str, query: Query) -> None:
    if not text:
        raise QueryError("escriba una pregunta o un tema")
    if len(text) > MAX_LENGTH:
        raise QueryError(f"la consulta pasa de {MAX_LENGTH} caracteres: acórtela")
    unknown = sorted(set(query.filters) - set(FILTERS))
    if unknown:
        raise QueryError(f"no hay ningún filtro «{unknown[0]}»: use {', '.join(FILTERS)}")
    if not 1 <= query.k <= 1000 or query.page < 1:
        raise QueryError("pida entre 1 y 1000 resultados, desde la página 1")


def _corrected_spelling(
    text: str, equivalents: Synonyms, statistics: Statistics, language: str
) -> _SpeltText:
    """The question without capitals and misspellings; what stands in quotes stays as it is."""
    # In capitals every word looks like an acronym, which the speller would leave alone.
    if text.isupper() and _is_in_capitals(text):
        acronyms = _acronyms_in_capitals(text, equivalents, statistics)
        text = _outside_quotes(text, lambda part: _lower_but_acronyms(part, acronyms))
    open_text = _read_operators(text).open
    tokens, spelling = analyse(open_text), speller(statistics, equivalents)
    # Most questions end here, before the speller looks for anything that is alike.
    if all(spelling.knows(token.surface) or not token.worded for token in tokens):
        return _SpeltText(text)
    expanded = equivalents.expand(open_text, tokens)
    kept = {word.surface for expansion in expanded for word in analyse(expansion.used)}
    found = corrections(open_text, tokens, kept, spelling, language)
    sure = [one for one in found if one.sure]
    right = apply_corrections(text, sure)
    return _SpeltText(
        text=right,
        corrected=_tidy(right) if sure else None,
        did_you_mean=_tidy(apply_corrections(text, found)) if len(sure) < len(found) else None,
    )


def _is_in_capitals(text: str) -> bool:
    """Whether a question is in capitals because the key is on, and not an acronym or two."""
    words = _LETTERS.findall(text)
    said = any(fold(word) in STOPWORDS for word in words)
    # «CAMBIO MENTALIDAD» is a question, «ODS CEPA» two acronyms: none has ten letters.
    long = max(map(len, words), default=0) >= len("MENTALIDAD")
    return (len(words) > 2 and said) or (len(words) > 1 and long)


def _acronyms_in_capitals(
    text: str, equivalents: Synonyms, statistics: Statistics
) -> frozenset[str]:
    """Words of a question in capitals that are written so elsewhere too."""
    expansions = equivalents.expand(text, analyse(text))
    # Names («OBJETIVOS DE DESARROLLO SOSTENIBLE») are forms too, and no acronyms.
    used = {
        one.used for one in expansions if not one.approximate and len(one.used) <= len("FLACMA")
    }
    written = (word for word in _LETTERS.findall(text) if len(word) > 1)
    return frozenset(
        word for word in written if word in used or statistics.written.get(fold(word), "").isupper()
    )


def _lower_but_acronyms(text: str, acronyms: Set[str]) -> str:
    def lower(match: re.Match[str]) -> str:
        word, lowered = match.group(), match.group().lower()
        # «İ» is two characters in lower case, which would move every place behind it.
        return word if word in acronyms or len(word) != len(lowered) else lowered

    return _LETTERS.sub(lower, text)


def _read_operators(text: str) -> _Operators:
    positive = opened = text
    words: dict[bool, list[tuple[str, ...]]] = {False: [], True: []}
    for match in _OPERATOR.finditer(text):
        # As many spaces, so that places in the text stay those that were typed.
        blank = " " * len(match.group())
        opened = opened[: match.start()] + blank + opened[match.end() :]
        if match["minus"]:
            positive = positive[: match.start()] + blank + positive[match.end() :]
        surfaces = tuple(token.surface for token in analyse(match.group()))
        words[bool(match["minus"])] += [surfaces] if surfaces else []
    return _Operators(positive, opened, tuple(words[False]), tuple(words[True]))


def _outside_quotes(text: str, change: Callable[[str], str]) -> str:
    """The text with a change made to all but phrases and what is excluded."""
    parts, end = [], 0
    for match in _OPERATOR.finditer(text):
        parts += [change(text[end : match.start()]), match.group()]
        end = match.end()
    return "".join((*parts, change(text[end:])))


def _terms(
    tokens: tuple[Token, ...],
    normal_forms: tuple[Token, ...],
    expansions: tuple[Expansion, ...],
    words: Mapping[str, int],
) -> tuple[Term, ...]:
    weights: dict[tuple[str, str], float] = {}
    translated = {t.surface for one in expansions if one.translation for t in analyse(one.used)}
    for token in tokens:
        surface, stem = token.surface, token.stem
        if surface not in words:
            # «disenar» finds «diseñar», where only that one is known.
            variant = next((form for form in forms_with_enye(surface) if form in words), None)
            if variant is not None:
                surface, stem = variant, analyse(variant)[0].stem
        weight = _TRANSLATED_WORD_WEIGHT if token.surface in translated else 1.0
        weights.setdefault((surface, stem), weight)
    for token in normal_forms:
        weights.setdefault((token.surface, token.stem), _NORMAL_FORM_WEIGHT)
    for expansion in expansions:
        weight = _APPROXIMATE_WEIGHT if expansion.approximate else _EXPANSION_WEIGHT
        weight = _TRANSLATION_WEIGHT if expansion.translation else weight
        for form in expansion.forms:
            for token in analyse(form):
                if token.informative:
                    weights.setdefault((token.surface, token.stem), weight)
    # The words of the user came first: a long question loses its expansions before its words.
    pairs = list(weights.items())[:_MAX_TERMS]
    return tuple(Term(surface, stem, weight) for (surface, stem), weight in pairs)


def _with_known_accents(text: str, statistics: Statistics, language: str) -> str:
    """A question typed without any accent, with those that the collection writes."""
    # Only for the model: words are looked up without accents anyway. Who writes one accent writes
    # all that they mean, so that «publica» is then no slip for «pública».
    if language != "es" or not text.isascii():
        return text
    return re.sub(r"[^\W\d_]{4,}", lambda match: _accent_word(match.group(), statistics), text)


def _accent_word(word: str, statistics: Statistics) -> str:
    folded = fold(word)
    forms = (folded, *forms_with_enye(folded)) if folded not in statistics.words else (folded,)
    known = next((form for form in forms if form in statistics.words), folded)
    written = statistics.written.get(known, known).lower()
    if folded in STOPWORDS or len(written) != len(word):
        return word
    return "".join(b.upper() if a.isupper() else b for a, b in zip(word, written, strict=True))


def _tidy(text: str) -> str:
    return " ".join(text.split())


Filters = Mapping[str, tuple[str, ...]]
_FACET_OF_FIELD = {
    name: facet
    for facet, names in {
        "document_type": "document_type tipo",
        "language": "language idioma lengua",
        "toolkit": "toolkit guia kit curriculo",
        "module": "module modulo",
        "year": "year año ano anio",
        "audience": "audience publico",
        "ods": "ods sdg odd",
    }.items()
    for name in names.split()
}
# Without a space after the colon: «tipo: plan» is how prose announces something.
_FIELD_FILTER = re.compile(r'(?<!\S)(\w+):("[^"]+"|«[^»]+»|“[^”]+”|[^\s"«“]+)')
# What people call the types; the first is what a message lists.
_TYPE_NAMES = {
    DocumentType.CONCEPT_NOTE: "nota conceptual, nota",
    DocumentType.TOOLKIT: "guía, guía de herramientas, kit, caja de herramientas",
    DocumentType.MODULE: "módulo",
    DocumentType.SLIDES: "presentación, diapositivas, láminas",
    DocumentType.FACILITATOR_GUIDE: "guía de facilitación, guía del facilitador, facilitación",
    DocumentType.WORKSHEET: "ficha, ficha de trabajo, hoja de trabajo",
    DocumentType.GUIDANCE_NOTE: "nota orientativa, orientación",
    DocumentType.OUTCOME_REPORT: "informe de resultados, relatoría",
    DocumentType.REPORT: "informe, reporte",
    DocumentType.PLAN: "plan",
    DocumentType.AGENDA: "agenda, programa",
    DocumentType.LAW: "norma, ley, resolución",
    DocumentType.OTHER: "otro, otro material",
}

_LANGUAGE_NAMES = {
    "es": "español, castellano, spanish",
    "en": "inglés, english",
    "pt": "portugués, português",
    "fr": "francés, français",
    "gl": "gallego, galego",
    "ca": "catalán, català",
}
"""What people call the codes of languages; the first is what a message lists."""


def plain_text(text: str, filters: Mapping[str, Sequence[str]]) -> str:
    """A question without the filters written in it (`tipo:informe`), which `filters` hold."""
    known = {name: tuple(values) for name, values in filters.items()}
    plain, _ = extract_filters(unicodedata.normalize("NFC", text), known)
    return " ".join(plain.split())


def extract_filters(
    text: str, values: Mapping[str, Sequence[str]]
) -> tuple[str, dict[str, tuple[str, ...]]]:
    """The text with its filters blanked out, and these. `values` are those of the collection.

    What is no field of ours (`http:`) is ordinary text. Raises `QueryError` for a value that a
    field cannot have.
    """
    filters: dict[str, tuple[str, ...]] = {}

    def take(match: re.Match[str]) -> str:
        facet = _FACET_OF_FIELD.get(fold(match[1]))
        if facet is None:
            return match.group()
        for asked in match[2].strip('"«»“”').split(","):
            if asked.strip():
                found = _matching_values(facet, asked.strip(), values.get(facet, ()))
                if not found:
                    raise _unknown_value(match[1], facet, asked.strip(), values.get(facet, ()))
                filters[facet] = tuple(dict.fromkeys((*filters.get(facet, ()), *found)))
        return " " * len(match.group())

    return _FIELD_FILTER.sub(take, text), filters


def merge_filters(first: Filters, second: Filters) -> dict[str, tuple[str, ...]]:
    """Both sets of filters; a facet in both has the values of either."""
    names = [*first, *(name for name in second if name not in first)]
    return {
        name: tuple(dict.fromkeys((*first.get(name, ()), *second.get(name, ())))) for name in names
    }


def _matching_values(facet: str, asked: str, known: Sequence[str]) -> tuple[str, ...]:
    """The values that are meant: the one so called, or else those that hold all the words."""
    if facet == "year":
        return (asked,) if re.fullmatch(r"\d{4}", asked) else ()
    if facet == "ods":
        return (asked,) if re.fullmatch(r"[1-9]|1[0-7]", asked) else ()
    named = {
        "document_type": {code.value: names for code, names in _TYPE_NAMES.items()},
        "language": _LANGUAGE_NAMES | {code: "" for code in known if code not in _LANGUAGE_NAMES},
    }.get(facet)
    if named is not None:
        plain = _stems(asked)
        return tuple(
            code
            for code, names in named.items()
            if asked.lower() == code or any(plain == _stems(name) for name in names.split(","))
        )
    # «módulo:2» means the module that is called «2», not all whose names hold a 2.
    exact = tuple(value for value in known if fold(value) == fold(asked))
    return exact or tuple(value for value in known if set(_stems(asked)) <= set(_stems(value)))


def _stems(text: str) -> tuple[str, ...]:
    tokens = analyse(text)
    # A name may be all function words; without this the empty set would match every value.
    return tuple(token.stem for token in tokens if token.informative) or tuple(
        token.surface for token in tokens
    )


def _unknown_value(field: str, facet: str, asked: str, known: Sequence[str]) -> QueryError:
    listed = {
        "document_type": [names.split(",")[0] for names in _TYPE_NAMES.values()],
        "language": [names.split(",")[0] for names in _LANGUAGE_NAMES.values()],
        "year": ["un año de cuatro cifras"],
        "ods": ["un número del 1 al 17"],
    }.get(facet, list(known))
    if not listed:
        return QueryError(f"ningún documento tiene «{field}»: quite «{field}:{asked}»")
    return QueryError(f"no hay «{asked}» en «{field}»: use {', '.join(listed)}")
