"""Extracts candidate answer spans, runs of one to four sentences, and scores each of them.

Also says which words of a passage a result points out, and whether a passage has the numbers that
a question names. All of it reads opened passages: candidates whose tokens have been compared with
those of the question.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise

import numpy as np

from search.documents import BlockKind, Document, Floats, Ints, Passage
from search.embedding.late_interaction import QueryTokens, similarities
from search.engine import LexicalQuery, Rows, Snapshot, Statistics
from search.query import AnalysedQuery
from search.ranking import RankedCandidates
from search.results import NO_SUCH_NUMBER, message
from search.synonyms import Expansion
from search.text.analysis import STOPWORDS, Token, analyse, read, stem
from search.text.question_types import KINDS, QuestionType, names_person, shows
from search.text.sentences import sentences
from search.text.vocabulary import CARDINALS, fold


@dataclass(frozen=True, slots=True, eq=False)
class OpenedPassage:
    """One candidate with what late interaction knows of it; `place` is its rank, from 0.

    `similarities` `(t, q)` are those of each of its kept tokens to each token of the question;
    `starts` `(t,)` the code points where these tokens start in the text, −1 for one of the headings
    above it.
    """

    place: int
    passage: Passage
    document: Document
    starts: Ints
    similarities: Floats


@dataclass(frozen=True, slots=True, eq=False)
class AnswerContext:
    """What is known when an answer is looked for; `opened` best first."""

    asked: AnalysedQuery
    tokens: QueryTokens
    ranked: RankedCandidates
    opened: tuple[OpenedPassage, ...]
    statistics: Statistics


def open_passages(
    snapshot: Snapshot, tokens: QueryTokens, ranked: RankedCandidates, places: Sequence[int]
) -> tuple[OpenedPassage, ...]:
    """Open the candidates in these places of the order."""
    rows: Rows = ranked.rows[list(places)]
    passages = snapshot.passages(rows.tolist())
    documents = snapshot.documents()
    ordinals = snapshot.document_ordinals(rows).tolist()
    packed = snapshot.token_vectors(rows)
    if not packed:
        return ()
    # One multiplication for all passages, cut up afterwards.
    compared = similarities(tokens.vectors, np.concatenate([one.bits for one in packed]))
    ends = np.cumsum([len(one.bits) for one in packed])
    pieces = np.split(compared, ends[:-1])
    return tuple(
        OpenedPassage(place, passage, documents[ordinal], one.starts, piece)
        for place, passage, ordinal, one, piece in zip(
            places, passages, ordinals, packed, pieces, strict=True
        )
    )


def headings_above(opened: OpenedPassage) -> tuple[str, ...]:
    """The title, symbol, sections and table header that a passage stands under, in order."""
    passage = opened.passage
    document = opened.document
    return document.title, document.symbol or "", *passage.section, passage.context


# Up to four short neighbouring sentences may be quoted together: a name, a post and an address
# stand on three lines. The length is in code points; a single sentence may be longer.
_MAX_SENTENCES = 4
_MAX_LENGTH = 320
# A span with fewer informative words than this that the question does not have says nothing new.
_NEW_WORDS = 2
# Words between a number and the noun that it counts («adoptó 11 principios»).
_COUNT_DISTANCE = 3
# Code points before which the subject of a definition stands: «La subsidiariedad es …».
_SUBJECT_WITHIN = 40
# A sentence that ends with a colon is quoted with the list that follows, up to this many code
# points from where the sentence starts.
_MAX_LIST_LENGTH = 700

_ROW = re.compile(r"[^\n]+")
_URL = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True, eq=False)
class SpanFeatures:
    """The spans of one opened passage that may be quoted, with what speaks for each: `(n,)`, 0–1.

    `maxsim` is MaxSim (Khattab and Zaharia, SIGIR 2020) within the span; `weakest` the similarity
    of the question's worst matched token; `covered` the weighed share of the question's words that
    the span holds, `covered_with_headings` with those of its title and sections; `shown` whether it
    holds what the type of the question looks for (an hour, a person), `fitting` whether that
    stands where it must (the number beside its noun, the subject before its definition);
    `numbers` whether it and the headings above it have the numbers asked for; `echo` whether it
    says nothing new; `opens_section` whether it opens a section whose name is what the question
    asks for; `sentences` how many it has, from 1.
    """

    opened: OpenedPassage
    starts: Ints
    ends: Ints
    maxsim: Floats
    covered: Floats
    covered_with_headings: Floats
    weakest: Floats
    shown: Floats
    fitting: Floats
    numbers: Floats
    echo: Floats
    opens_section: Floats
    sentences: Floats


@dataclass(frozen=True, slots=True)
class Span:
    """One run of sentences: `passage.text[start:end]`; `score` is how well its passage answers."""

    opened: OpenedPassage
    start: int
    end: int
    score: float
    shown: bool

    @property
    def text(self) -> str:
        """What would be quoted."""
        return self.opened.passage.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class SpanWeights:
    """What each feature of a span counts."""

    maxsim: float
    covered: float
    covered_with_headings: float
    weakest: float
    shown: float
    fitting: float
    numbers: float
    echo: float
    opens_section: float
    more_sentences: float

    def scores(self, found: SpanFeatures) -> Floats:
        """The weighed sums `(n,)`; what only repeats the question or goes on for long loses."""
        total: Floats = (
            self.maxsim * found.maxsim
            + self.covered * found.covered
            + self.covered_with_headings * found.covered_with_headings
            + self.weakest * found.weakest
            + self.shown * found.shown
            + self.fitting * found.fitting
            + self.numbers * found.numbers
            - self.echo * found.echo
            + self.opens_section * found.opens_section
            - self.more_sentences * (found.sentences - 1)
        )
        return total


# Which passage answers, and which span of it to quote. Both were read off fits on the tune split of
# our judged questions (for the first also half of squad-es): right passage .82 → .87 on the former,
# overlap of the quote with the judged one .74 → .75 of the best there is.
_PASSAGE_WEIGHTS = SpanWeights(
    maxsim=1.0,
    covered=0.0,
    covered_with_headings=0.4,
    weakest=0.3,
    shown=0.15,
    fitting=0.2,
    numbers=0.4,
    echo=0.0,
    opens_section=0.0,
    more_sentences=0.09,
)
_QUOTE_WEIGHTS = SpanWeights(
    maxsim=1.0,
    covered=0.2,
    covered_with_headings=0.0,
    weakest=0.3,
    shown=0.15,
    fitting=0.3,
    numbers=0.3,
    echo=0.3,
    opens_section=0.4,
    more_sentences=0.06,
)
# How well a passage answers: its best span, less this for each point that it ranks behind the best
# passage. The first is then right for .81 of the tune questions, against .78 of the first in rank.
_RANK_PENALTY = 0.2


def span_features(
    context: AnswerContext,
    opened: OpenedPassage,
    weights: Mapping[str, float],
    question_type: QuestionType,
) -> SpanFeatures | None:
    """The spans of one passage, None when it is empty. `weights` are those of the stems of the
    question's subject."""
    text = opened.passage.text
    split = _split(opened.passage.kind, text)
    bounds = split.bounds
    if not bounds:
        return None
    words = list(weights)
    synonyms = synonym_stems(context.asked.expansions)
    share = np.array([weights[word] for word in words], dtype=np.float32)
    share /= max(float(share.sum()), 1e-9)
    heading = stems_of(headings_above(opened))
    in_heading = np.array([word in heading for word in words], dtype=np.float32)
    firsts, lasts = split.firsts, split.lasts
    held, new = _words_held(split, words, synonyms)
    signs = _answer_signs(context.asked.tokens, question_type, text, bounds, held)
    # All that a span has as soon as one of its sentences has it goes through one maximum.
    by_sentence = np.hstack((held, signs, _similarity_by_sentence(opened, bounds)))
    columns = np.cumsum([len(words), 2])
    inside, seen, near = np.split(_max_over_runs(by_sentence, firsts, lasts), columns, axis=1)
    # A question may be all words of its type («¿a qué hora empieza?») and leave no subject.
    whole = np.ones(len(firsts), dtype=np.float32)
    return SpanFeatures(
        opened=opened,
        starts=split.starts,
        ends=split.ends,
        maxsim=near @ context.tokens.weights,
        covered=inside @ share if words else whole,
        covered_with_headings=np.maximum(inside, in_heading) @ share if words else whole,
        weakest=near.min(axis=1, initial=1.0),
        shown=seen[:, 0],
        fitting=seen[:, 0] * _fitting(question_type, signs[firsts, 1], seen[:, 1], inside),
        numbers=_runs_with_numbers(context.asked.tokens, heading, text, bounds, firsts, lasts),
        echo=(_sum_over_runs(new, firsts, lasts) < _NEW_WORDS).astype(np.float32),
        opens_section=((firsts == 0) & _names_section(opened, words)).astype(np.float32),
        sentences=(lasts - firsts + 1).astype(np.float32),
    )


def best_span(found: SpanFeatures, behind: float) -> Span:
    """The span to quote; `behind` is how far its passage is behind the best."""
    best = int(np.argmax(_QUOTE_WEIGHTS.scores(found)))
    return Span(
        opened=found.opened,
        start=int(found.starts[best]),
        end=int(found.ends[best]),
        # Not of the quoted span: whether the passage answers may show best in another one.
        score=float(_PASSAGE_WEIGHTS.scores(found).max()) - _RANK_PENALTY * behind,
        shown=bool(found.shown[best]),
    )


def with_list(text: str, start: int, end: int) -> int:
    """Where a quote ends that takes along the list which it announces."""
    if not text[start:end].rstrip().endswith(":"):
        return end
    for _, last in sentences(text):
        if last <= start + _MAX_LIST_LENGTH:
            end = max(end, last)
    return end


@dataclass(frozen=True, slots=True, eq=False)
class _SplitPassage:
    """A passage split once: where its sentences start and end, and each informative word with the
    sentence that it stands in, those of web addresses left out; of each span that may be quoted
    the first and the last sentence, and where it starts and ends."""

    bounds: tuple[tuple[int, int], ...]
    words: tuple[tuple[str, int], ...]
    firsts: Ints
    lasts: Ints
    starts: Ints
    ends: Ints


# Questions meet the same passages again.
@lru_cache(maxsize=4096)
def _split(kind: BlockKind, text: str) -> _SplitPassage:
    """The sentences of a passage, or the rows of a table, each whole."""
    # A row is quoted whole: the end of a sentence inside one of its cells is none of the row.
    rows = kind in (BlockKind.AGENDA_ITEM, BlockKind.TABLE_ROW)
    found = _ROW.finditer(text)
    bounds = tuple(match.span() for match in found) if rows else tuple(sentences(text))
    ends = [end for _, end in bounds]
    addresses = [address.span() for address in _URL.finditer(text)] if "://" in text else []
    words = tuple(
        (token.stem, _sentence_at(ends, token.start))
        for token in analyse(text)
        if token.informative and not any(a <= token.start < b for a, b in addresses)
    )
    firsts, lasts = _runs(bounds)
    starts = np.array([bounds[first][0] for first in firsts], dtype=np.int32)
    stops = np.array([bounds[last][1] for last in lasts], dtype=np.int32)
    return _SplitPassage(bounds, words, firsts, lasts, starts, stops)


def _sentence_at(ends: Sequence[int], position: int) -> int:
    """Which sentence a code point lies in, given where they end."""
    return min(bisect_right(ends, position), len(ends) - 1)


def _runs(bounds: Sequence[tuple[int, int]]) -> tuple[Ints, Ints]:
    """First and last sentence of each run."""
    pairs = [
        (first, last)
        for first in range(len(bounds))
        for last in range(first, min(first + _MAX_SENTENCES, len(bounds)))
        if last == first or bounds[last][1] - bounds[first][0] <= _MAX_LENGTH
    ]
    firsts, lasts = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
    return firsts, lasts


def _similarity_by_sentence(opened: OpenedPassage, bounds: Sequence[tuple[int, int]]) -> Floats:
    """Best similarity of each question token within each sentence `(s, q)`; 0 where a sentence has
    no token of its own."""
    maxima = np.zeros((len(bounds), opened.similarities.shape[1]), dtype=np.float32)
    inside = opened.starts >= 0
    if not bounds or not inside.any():
        return maxima
    ends = np.array([end for _, end in bounds])
    sentence = np.minimum(np.searchsorted(ends, opened.starts[inside], "right"), len(bounds) - 1)
    np.maximum.at(maxima, sentence, opened.similarities[inside])
    return maxima


def _max_over_runs(values: Floats, firsts: Ints, lasts: Ints) -> Floats:
    """The most that any sentence of a run has `(n, …)`; `values` is `(s, …)`."""
    most: Floats = values[firsts]
    for more in range(1, _MAX_SENTENCES):
        within = firsts + more <= lasts
        most[within] = np.maximum(most[within], values[firsts[within] + more])
    return most


def _sum_over_runs(values: Floats, firsts: Ints, lasts: Ints) -> Floats:
    total = np.concatenate(([0.0], np.cumsum(values)))
    sums: Floats = total[lasts + 1] - total[firsts]
    return sums


@dataclass(frozen=True, slots=True)
class SynonymStems:
    """The stems that a question uses, and the sets of stems that say the same."""

    used: frozenset[str]
    forms: tuple[frozenset[str], ...]

    def said_in(self, stems: Set[str]) -> bool:
        """Whether these stems hold all those of one form."""
        return any(form <= stems for form in self.forms)


# One question asks this for every passage that it opens.
@lru_cache(maxsize=256)
def synonym_stems(expansions: tuple[Expansion, ...]) -> tuple[SynonymStems, ...]:
    """One for each expansion; a form without an informative word says nothing."""
    return tuple(
        SynonymStems(_informative(one.used), tuple(filter(None, map(_informative, one.forms))))
        for one in expansions
    )


def _informative(text: str) -> frozenset[str]:
    return frozenset(token.stem for token in analyse(text) if token.informative)


@lru_cache(maxsize=4096)
def stems_of(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Stems of some texts in order, each followed by what runs of its words say as well."""
    return tuple(token.stem for text in texts for token in read(text))


def _words_held(
    split: _SplitPassage, words: Sequence[str], synonyms: Sequence[SynonymStems]
) -> tuple[Floats, Floats]:
    """Which of the subject's stems each sentence holds `(s, w)`, in these words or in synonyms,
    and how many words of others `(s,)`."""
    places = {word: i for i, word in enumerate(words)}
    held = np.zeros((len(split.bounds), len(words)), dtype=np.float32)
    new = np.zeros(len(split.bounds), dtype=np.float32)
    for word, sentence in split.words:
        place = places.get(word)
        if place is None:
            new[sentence] += 1
        else:
            held[sentence, place] = 1
    for synonym in synonyms:
        columns = [places[stem] for stem in synonym.used if stem in places]
        for sentence in range(len(split.bounds)):
            stems = {stem for stem, place in split.words if place == sentence}
            if synonym.said_in(stems):
                held[sentence, columns] = 1
    return held, new


def _names_section(opened: OpenedPassage, words: Sequence[str]) -> bool:
    """Whether the innermost section of a passage has all words of the question's subject."""
    section = opened.passage.section[-1] if opened.passage.section else ""
    return bool(words) and {token.stem for token in analyse(section)}.issuperset(words)


def _runs_with_numbers(
    asked: Sequence[Token],
    heading: Sequence[str],
    text: str,
    bounds: Sequence[tuple[int, int]],
    firsts: Ints,
    lasts: Ints,
) -> Floats:
    """Whether each run, with the headings above it, has the numbers asked for."""
    if not any(token.surface[0].isdigit() for token in asked):
        return np.ones(len(firsts), dtype=np.float32)
    stems = [[token.stem for token in analyse(text[start:end])] for start, end in bounds]
    runs = zip(firsts.tolist(), lasts.tolist(), strict=True)
    joined = ([*heading, *chain.from_iterable(stems[a : b + 1])] for a, b in runs)
    return np.array([holds_numbers(asked, run) for run in joined], dtype=np.float32)


def _answer_signs(
    asked: Sequence[Token],
    question_type: QuestionType,
    text: str,
    bounds: Sequence[tuple[int, int]],
    held: Floats,
) -> Floats:
    """For each sentence whether it holds what the type of the question looks for, and where it
    must `(s, 2)`."""
    signs = np.zeros((len(bounds), 2), dtype=np.float32)
    for i, (start, end) in enumerate(bounds):
        if question_type == QuestionType.DEFINITION and _is_glossary_entry(
            held[i], text[start:end]
        ):
            signs[i] = 1
        elif shows(question_type, text, start, end):
            signs[i, 0] = 1
            signs[i, 1] = _is_in_place(question_type, asked, text, start, end, bool(held[i].any()))
    return signs


def _fitting(question_type: QuestionType, first: Floats, any_: Floats, inside: Floats) -> Floats:
    """An address must stand with the name it belongs to, a definition at the beginning."""
    if KINDS.get(question_type) == "contact":
        # The telephone of somebody else is no answer: the run must hold every word asked for.
        together: Floats = inside.min(axis=1, initial=1.0)
        return together
    return first if question_type == QuestionType.DEFINITION else any_


def _is_glossary_entry(held: Floats, text: str) -> bool:
    """Whether a sentence is the bare term that is asked for, as in a glossary: «Control social.»
    before «Vigilancia que …»."""
    informative = sum(token.informative for token in analyse(text))
    return len(held) > 0 and bool(held.all()) and informative <= len(held)


def _is_in_place(
    question_type: QuestionType, asked: Sequence[Token], text: str, start: int, end: int, held: bool
) -> bool:
    """Whether what the type of the question looks for stands where it must."""
    if question_type == QuestionType.COUNT:
        return held and _counts_noun(asked, text[start:end])
    if question_type == QuestionType.DEFINITION:
        first = next((t for t in analyse(text[start:end]) if t.informative), None)
        stems = {token.stem for token in asked}
        return first is not None and first.stem in stems and first.start < _SUBJECT_WITHIN
    return names_person(text, start, end) if question_type == QuestionType.PERSON else True


def _counts_noun(asked: Sequence[Token], text: str) -> bool:
    """Whether a number stands just before the noun that is counted, the first word asked for."""
    noun = next((token.stem for token in asked if token.surface.isalpha()), None)
    tokens = analyse(text)
    return any(
        token.stem == noun
        and any(
            shows(QuestionType.COUNT, text, before.start, before.end)
            for before in tokens[max(0, i - _COUNT_DISTANCE) : i]
        )
        for i, token in enumerate(tokens)
    )


NUMERALS = {str(number): stem(fold(words[0])) for number, words in CARDINALS["es"].items()}
"""Figures to the stems of the words that may stand for them in a text."""

# Nouns whose number is part of their name («Tema 4»), one thing a line, Spanish first, with their
# plurals and the same nouns in English, Portuguese and French.
_NAMES = """tema temas theme topic
modulo modulos module modules
sesion sesiones session sessao seance
actividad actividades activity atividade activite
ods objetivo objetivos goal goals sdg odd objectif
meta metas target targets cible
principio principios principle principles
paso pasos step steps passo etape
punto puntos point
etapa etapas stage
fase fases phase
dia dias day jour
articulo articulos article artigo
capitulo capitulos chapter chapitre
anexo anexos annex annexe
bloque bloques block bloco
unidad unidades unit
grupo grupos group groupe
mesa mesas table
parte partes part""".splitlines()
# Stem of any of these nouns to the noun in Spanish.
_NOUNS = {stem(name): names.split()[0] for names in _NAMES for name in names.split()}

# Those of which a document has a short series, so that it can be told which there are. Goals,
# articles and tables are none: a document that speaks of some of them does not deny the others.
_SERIES = frozenset("tema modulo sesion actividad paso etapa fase capitulo anexo bloque".split())
# Folded nouns of a series as people write them.
_WRITTEN = {"modulo": "módulo", "sesion": "sesión", "capitulo": "capítulo"}


def holds_numbers(asked: Sequence[Token], text: Sequence[str]) -> bool:
    """Whether a text, as stems in order, holds every figure of the question; the number of a
    numbered thing must stand beside its noun («Tema 4» is not in «Tema 1 … cuatro grupos»)."""
    if not any(token.surface[0].isdigit() for token in asked):
        return True
    pairs = {(_NOUNS.get(noun, noun), number) for noun, number in pairwise(text)}
    held = set(text)
    for place, token in enumerate(asked):
        if not token.surface[0].isdigit():
            continue
        # Figures in the question, words in the text: «11 principios», «adoptó once principios».
        forms = {token.surface, NUMERALS.get(token.surface, token.surface)}
        noun = _NOUNS.get(asked[place - 1].stem) if place else None
        if noun is not None:
            if not any((noun, form) in pairs for form in forms):
                return False
        elif not forms & held:
            return False
    return True


def numbered_nouns(asked: Sequence[Token]) -> set[str]:
    """Stems of the nouns of a question that have a number."""
    return {
        noun.stem
        for noun, number in pairwise(asked)
        if noun.stem in _NOUNS and number.surface.isdigit()
    }


def missing_number(snapshot: Snapshot, context: AnswerContext) -> str | None:
    """What to tell when a question names a numbered thing that exists nowhere, though others of
    its series do: «No existe Tema 4: hay Tema 1, Tema 2 y Tema 3.»"""
    for noun, number in pairwise(context.asked.tokens):
        name = _NOUNS.get(noun.stem, "")
        if name not in _SERIES or not number.surface.isdigit():
            continue
        forms = (number.surface, NUMERALS.get(number.surface))
        # Looked for as a phrase in the whole collection: the best passages need not name it.
        phrases = [((word, form),) for word in {noun.surface, name} for form in forms if form]
        if any(len(snapshot.holding(LexicalQuery((), phrases=phrase))) for phrase in phrases):
            continue
        # Where there is no series of such things, their number says nothing about what is missing.
        others = _series(name, snapshot, context)
        if others:
            name = _WRITTEN.get(name, name).capitalize()
            told = [f"{name} {other}" for other in others]
            listed = " y ".join(filter(None, (", ".join(told[:-1]), told[-1])))
            return message(NO_SUCH_NUMBER, name=name, number=number.surface, others=listed)
    return None


def _series(name: str, snapshot: Snapshot, context: AnswerContext) -> list[str]:
    """The numbers that the best document with things of that name gives them, in order. It is read
    whole: to name some of them only would deny the others."""
    for id_ in dict.fromkeys(one.document.id for one in context.opened):
        passages = snapshot.passages_of(id_)
        names = dict.fromkeys(title for passage in passages for title in passage.section)
        found = {
            int(after.surface)
            for text in (*names, *(passage.text for passage in passages))
            for before, after in pairwise(analyse(text))
            if _NOUNS.get(before.stem) == name and after.surface.isdigit()
        }
        if found:
            return [str(number) for number in sorted(found)]
    return []


# Similarity from which a passage token counts as saying the same as a token of the question (the
# same word in the same sense is about .6; unrelated words stay under .35).
_ALIGNED = 0.5

_WORD = re.compile(r"[^\W_]+")


def highlights(asked: AnalysedQuery, opened: OpenedPassage) -> tuple[tuple[int, int], ...]:
    """Code point ranges of the words in the passage's text to point out, in order, not touching."""
    stems = {term.stem for term in asked.wanted.terms}
    marked = {
        (token.start, token.end)
        for token in read(opened.passage.text)
        if token.stem in stems and token.informative
    }
    marked |= _aligned(opened)
    return _merged(sorted(marked))


def _aligned(opened: OpenedPassage) -> set[tuple[int, int]]:
    """Words that say the same as one of the question in other words or another language."""
    if not opened.similarities.size:
        return set()
    alike = opened.similarities.max(axis=1) >= _ALIGNED
    starts = set(opened.starts[alike & (opened.starts >= 0)].tolist())
    if not starts:
        return set()
    text = opened.passage.text
    words, firsts = word_bounds(text)
    # Tokens are pieces of words; what is pointed out is the whole word.
    aligned = {words[bisect_right(firsts, start) - 1] for start in starts if start >= firsts[0]}
    return {(a, b) for a, b in aligned if fold(text[a:b]) not in STOPWORDS}


@lru_cache(maxsize=4096)
def word_bounds(text: str) -> tuple[list[tuple[int, int]], list[int]]:
    """Where the words of a text start and end, and where they start, to look a code point up."""
    words = [word.span() for word in _WORD.finditer(text)]
    return words, [start for start, _ in words]


def _merged(ranges: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in ranges:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
