"""Text to what is asked: language, phrases, excluded words, terms and expansions."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from search.equivalents import Equivalents, Expansion
from search.errors import QueryError
from search.index import FACETS, Term, Wanted
from search.spanish import Token, analyse
from search.types import Query

MAX_LENGTH = 1000
"""Characters of a question: longer texts are pasted documents, not questions."""

_MAX_TERMS = 32
"""Words looked up in the index: the cost of a lexical query grows with each."""

_EXPANSION_WEIGHT = 0.3
_APPROXIMATE_WEIGHT = 0.15
"""What a word that the user did not write may add; read off the tune split of our judged
queries, where anything from 0.2 to 0.5 does equally well."""

_PHRASE = re.compile(r'"([^"]+)"|«([^»]+)»|“([^”]+)”')
_EXCLUDED = re.compile(r"(?<!\S)[-−](?=[^\W\d_])([\w/.\-]+)")

_FUNCTION_WORDS = {
    "es": "el la los las del que qué en es un una por para con como cómo cuál qué quién dónde"
    " cuándo cuánto cuántos hay son se su sus lo al y",
    "en": "the of and to in is are what which who how when where does do for with on at it this",
    "pt": "o os um uma do da dos das no na em é qual quais quem onde quando são não com pelo",
    "fr": "le les du des est sont quel quelle quels quelles qui où quand comment dans pour avec"
    " une aux et",
}
_LANGUAGE_WORDS = {code: frozenset(words.split()) for code, words in _FUNCTION_WORDS.items()}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question after analysis. `text` is what was typed less what is excluded; `tokens` are its
    informative words in order; `sentence` is what the embedding model reads."""

    query: Query
    text: str
    language: str
    sentence: str
    tokens: tuple[Token, ...]
    wanted: Wanted
    expansions: tuple[Expansion, ...]

    @property
    def demanding(self) -> bool:
        """Whether phrases or excluded words narrow the result."""
        return bool(self.wanted.phrases or self.wanted.excluded)


def analyse_query(query: Query, equivalents: Equivalents, words: Mapping[str, int]) -> Asked:
    """Understand a question. `words` tells which folded words the collection knows.

    Raises `QueryError` when it is empty, too long or filters by an unknown facet.
    """
    text = unicodedata.normalize("NFC", query.text).strip()
    _check(text, query)
    phrases = tuple(next(filter(None, match.groups())) for match in _PHRASE.finditer(text))
    open_text = _PHRASE.sub(lambda match: " " * len(match.group()), text)
    excluded = [match.group(1) for match in _EXCLUDED.finditer(open_text)]
    positive = _EXCLUDED.sub(lambda match: " " * len(match.group()), text)
    tokens = tuple(token for token in analyse(positive) if token.informative)
    unchecked = _EXCLUDED.sub(lambda match: " " * len(match.group()), open_text)
    expansions = equivalents.expand(unchecked, analyse(unchecked))
    wanted = Wanted(
        terms=_terms(tokens or tuple(analyse(positive)), expansions, words),
        phrases=tuple(filter(None, (_phrase(phrase) for phrase in phrases))),
        excluded=tuple(filter(None, (_phrase(word) for word in excluded))),
    )
    if not wanted.terms:
        raise QueryError("la consulta no tiene ninguna palabra que buscar")
    return Asked(
        query=query,
        text=positive,
        language=query_language(text),
        sentence=_sentence(positive, expansions),
        tokens=tokens,
        wanted=wanted,
        expansions=expansions,
    )


def _check(text: str, query: Query) -> None:
    if not text:
        raise QueryError("escriba una pregunta o un tema")
    if len(text) > MAX_LENGTH:
        raise QueryError(f"la consulta pasa de {MAX_LENGTH} caracteres: acórtela")
    unknown = sorted(set(query.filters) - set(FACETS))
    if unknown:
        raise QueryError(f"no hay ningún filtro «{unknown[0]}»: use {', '.join(FACETS)}")
    if not 1 <= query.k <= 1000 or query.page < 1:
        raise QueryError("pida entre 1 y 1000 resultados, desde la página 1")


def _phrase(phrase: str) -> tuple[str, ...]:
    return tuple(token.surface for token in analyse(phrase))


def _terms(
    tokens: tuple[Token, ...], expansions: tuple[Expansion, ...], words: Mapping[str, int]
) -> tuple[Term, ...]:
    weights: dict[tuple[str, str], float] = {}
    for token in tokens:
        surface, stem = _known(token, words)
        weights.setdefault((surface, stem), 1.0)
    for expansion in expansions:
        weight = _APPROXIMATE_WEIGHT if expansion.approximate else _EXPANSION_WEIGHT
        for form in expansion.forms:
            for token in analyse(form):
                if token.informative:
                    weights.setdefault((token.surface, token.stem), weight)
    pairs = list(weights.items())[:_MAX_TERMS]
    return tuple(Term(surface, stem, weight) for (surface, stem), weight in pairs)


def _known(token: Token, words: Mapping[str, int]) -> tuple[str, str]:
    """The token, or its form with ñ when only that one is known («disenar» finds «diseñar»)."""
    if token.surface in words or "n" not in token.surface:
        return token.surface, token.stem
    for position, letter in enumerate(token.surface):
        if letter == "n":
            variant = token.surface[:position] + "ñ" + token.surface[position + 1 :]
            if variant in words:
                return variant, analyse(variant)[0].stem
    return token.surface, token.stem


def _sentence(text: str, expansions: tuple[Expansion, ...]) -> str:
    """The question without operators, each acronym followed by what it stands for."""
    clean = " ".join(re.sub(r'["«»“”]', " ", text).split())
    exact = [expansion.forms[0] for expansion in expansions if not expansion.approximate]
    return f"{clean} ({'; '.join(exact)})" if exact else clean


def query_language(text: str) -> str:
    """The language a question is asked in: Spanish unless its function words clearly say another.

    Statistical detectors are wrong on four of ten questions this short; function words are not.
    """
    words = re.findall(r"[^\W\d_]+", text.lower())
    counts = {code: sum(word in known for word in words) for code, known in _LANGUAGE_WORDS.items()}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] > counts["es"] and counts[best] >= 2 else "es"
