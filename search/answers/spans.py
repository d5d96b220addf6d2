"""An opened passage to the sentences that may answer, each with what speaks for it."""

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
    """One candidate. `near` `(t, q)` is the similarity of each of its kept tokens to each token of
    the question; `starts` `(t,)` the code points where they start in the text (−1: above it)."""

    place: int
    passage: Passage
    document: Document
    starts: Ints
    near: Floats


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
    near = similarities(tokens.vectors, np.concatenate([one.bits for one in packed]))
    ends = np.cumsum([len(one.bits) for one in packed])
    pieces = np.split(near, ends[:-1])
    return tuple(
        OpenedPassage(place, passage, documents[ordinal], one.starts, piece)
        for place, passage, ordinal, one, piece in zip(
            places, passages, ordinals, packed, pieces, strict=True
        )
    )


def by_span(opened: OpenedPassage, spans: Sequence[tuple[int, int]]) -> Floats:
    """Best similarity of each question token within each stretch of the text `(s, q)`; 0 where a
    stretch has no token of its own."""
    maxima = np.zeros((len(spans), opened.near.shape[1]), dtype=np.float32)
    inside = opened.starts >= 0
    if not spans or not inside.any():
        return maxima
    ends = np.array([end for _, end in spans])
    span = np.minimum(np.searchsorted(ends, opened.starts[inside], "right"), len(spans) - 1)
    np.maximum.at(maxima, span, opened.near[inside])
    return maxima


def span_of(ends: Sequence[int], position: int) -> int:
    """Which stretch a code point lies in, given where they end."""
    return min(bisect_right(ends, position), len(ends) - 1)


_MOST = 4
_LENGTH = 320
"""Up to four short neighbouring sentences may be quoted together: a name, a post and an address
stand on three lines."""
_ECHO = 2
"""A stretch with fewer words than this that the question does not have says nothing new."""
_BESIDE = 3
"""Words between a number and the noun that it counts («adoptó 11 principios»)."""
_SUBJECT = 40
"""Code points before which the subject of a definition stands."""

_ROW = re.compile(r"[^\n]+")
_URL = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True, eq=False)
class SpanFeatures:
    """The runs of sentences of one opened passage that may be quoted, `(n,)` each, with what speaks
    for them, 0–1.

    `near` is MaxSim within the run; `covered` the weighed share of the question's words that it
    holds, `placed` with those of its title and sections; `weakest` its worst matched word; `shown`
    whether it holds what the form of the question looks for; `fitting` whether that stands where
    it must (the number beside its noun, the subject before its definition); `numbered` whether it
    and what stands above it have the numbers asked for; `echo` whether it says nothing new;
    `opening` whether it opens a section whose name is what the question asks for; `sentences` how
    many it has.
    """

    opened: OpenedPassage
    starts: Ints
    ends: Ints
    near: Floats
    covered: Floats
    placed: Floats
    weakest: Floats
    shown: Floats
    fitting: Floats
    numbered: Floats
    echo: Floats
    opening: Floats
    sentences: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Sentences:
    """A passage taken apart once: its sentences, and each informative word with the place of the
    sentence that it stands in, those of web addresses left out; of each run that may be quoted the
    first and the last sentence, and where it starts and ends."""

    spans: tuple[tuple[int, int], ...]
    words: tuple[tuple[str, int], ...]
    firsts: Ints
    lasts: Ints
    starts: Ints
    ends: Ints


@lru_cache(maxsize=4096)
def _taken_apart(kind: BlockKind, text: str) -> _Sentences:
    """The sentences of a passage, or the rows of a table, each whole."""
    rows = kind in (BlockKind.AGENDA_ITEM, BlockKind.TABLE_ROW)
    spans = tuple(match.span() for match in _ROW.finditer(text)) if rows else tuple(sentences(text))
    ends = [end for _, end in spans]
    addresses = [address.span() for address in _URL.finditer(text)] if "://" in text else []
    words = tuple(
        (token.stem, span_of(ends, token.start))
        for token in analyse(text)
        if token.informative and not any(a <= token.start < b for a, b in addresses)
    )
    firsts, lasts = _runs(spans)
    starts = np.array([spans[first][0] for first in firsts], dtype=np.int32)
    stops = np.array([spans[last][1] for last in lasts], dtype=np.int32)
    return _Sentences(spans, words, firsts, lasts, starts, stops)


def span_features(
    evidence: AnswerContext, opened: OpenedPassage, weights: Mapping[str, float], form: QuestionType
) -> SpanFeatures | None:
    """Sentences and runs of short ones of one passage, None when it is empty. `weights` are those
    of the stems of the question's subject."""
    text = opened.passage.text
    apart = _taken_apart(opened.passage.kind, text)
    spans = apart.spans
    if not spans:
        return None
    words = list(weights)
    others = synonym_stems(evidence.asked.expansions)
    share = np.array([weights[word] for word in words], dtype=np.float32)
    share /= max(float(share.sum()), 1e-9)
    heading = stems_of(above(opened))
    headed = np.array([word in heading for word in words], dtype=np.float32)
    firsts, lasts = apart.firsts, apart.lasts
    held, new = _held(apart, words, others)
    looks = _looks(evidence.asked.tokens, form, text, spans, held)
    columns = np.cumsum([len(words), 2])
    inside, seen, near = np.split(
        _over(np.hstack((held, looks, by_span(opened, spans))), firsts, lasts), columns, axis=1
    )
    whole = np.ones(len(firsts), dtype=np.float32)
    return SpanFeatures(
        opened=opened,
        starts=apart.starts,
        ends=apart.ends,
        near=near @ evidence.tokens.weights,
        covered=inside @ share if words else whole,
        placed=np.maximum(inside, headed) @ share if words else whole,
        weakest=near.min(axis=1, initial=1.0),
        shown=seen[:, 0],
        fitting=seen[:, 0] * _fitting(form, looks[firsts, 1], seen[:, 1], inside),
        numbered=_numbered(evidence.asked.tokens, heading, text, spans, firsts, lasts),
        echo=(_sums(new, firsts, lasts) < _ECHO).astype(np.float32),
        opening=((firsts == 0) & _names_section(opened, words)).astype(np.float32),
        sentences=(lasts - firsts + 1).astype(np.float32),
    )


def _names_section(opened: OpenedPassage, words: Sequence[str]) -> bool:
    """Whether the innermost section of a passage has all words of the question's subject."""
    section = opened.passage.section[-1] if opened.passage.section else ""
    return bool(words) and {token.stem for token in analyse(section)}.issuperset(words)


def _fitting(form: QuestionType, first: Floats, any_: Floats, inside: Floats) -> Floats:
    """An address must stand with the name it belongs to, a definition at the beginning."""
    if KINDS.get(form) == "contact":
        together: Floats = inside.min(axis=1, initial=1.0)
        return together
    return first if form == QuestionType.DEFINITION else any_


def _runs(spans: Sequence[tuple[int, int]]) -> tuple[Ints, Ints]:
    """First and last sentence of each run."""
    pairs = [
        (first, last)
        for first in range(len(spans))
        for last in range(first, min(first + _MOST, len(spans)))
        if last == first or spans[last][1] - spans[first][0] <= _LENGTH
    ]
    firsts, lasts = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
    return firsts, lasts


def _over(values: Floats, firsts: Ints, lasts: Ints) -> Floats:
    """The most that any sentence of a run has `(n, …)`; `values` is `(s, …)`."""
    most: Floats = values[firsts]
    for more in range(1, _MOST):
        within = firsts + more <= lasts
        most[within] = np.maximum(most[within], values[firsts[within] + more])
    return most


def _sums(values: Floats, firsts: Ints, lasts: Ints) -> Floats:
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


@lru_cache(maxsize=256)
def synonym_stems(expansions: tuple[Expansion, ...]) -> tuple[SynonymStems, ...]:
    """One for each expansion; a form without an informative word says nothing."""
    return tuple(
        SynonymStems(_informative(one.used), tuple(filter(None, map(_informative, one.forms))))
        for one in expansions
    )


def _informative(text: str) -> frozenset[str]:
    return frozenset(token.stem for token in analyse(text) if token.informative)


def _held(
    apart: _Sentences, words: Sequence[str], others: Sequence[SynonymStems]
) -> tuple[Floats, Floats]:
    """Which of the subject's stems each sentence holds `(s, w)`, in these or in equivalent words,
    and how many others `(s,)`."""
    places = {word: i for i, word in enumerate(words)}
    held = np.zeros((len(apart.spans), len(words)), dtype=np.float32)
    new = np.zeros(len(apart.spans), dtype=np.float32)
    for word, span in apart.words:
        place = places.get(word)
        if place is None:
            new[span] += 1
        else:
            held[span, place] = 1
    for other in others:
        columns = [places[stem] for stem in other.used if stem in places]
        for span in range(len(apart.spans)):
            stems = {stem for stem, place in apart.words if place == span}
            if other.said_in(stems):
                held[span, columns] = 1
    return held, new


def above(opened: OpenedPassage) -> tuple[str, ...]:
    """What stands above a passage: the title, the sections and the header of a table, in order."""
    passage = opened.passage
    document = opened.document
    return document.title, document.symbol or "", *passage.section, passage.context


@lru_cache(maxsize=4096)
def stems_of(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Stems of some texts in order, each followed by what runs of its words say as well."""
    return tuple(token.stem for text in texts for token in read(text))


def _numbered(
    asked: Sequence[Token],
    heading: Sequence[str],
    text: str,
    spans: Sequence[tuple[int, int]],
    firsts: Ints,
    lasts: Ints,
) -> Floats:
    """Whether each run, with what stands above it, has the numbers asked for."""
    if not any(token.surface[0].isdigit() for token in asked):
        return np.ones(len(firsts), dtype=np.float32)
    stems = [[token.stem for token in analyse(text[start:end])] for start, end in spans]
    runs = zip(firsts.tolist(), lasts.tolist(), strict=True)
    joined = ([*heading, *chain.from_iterable(stems[a : b + 1])] for a, b in runs)
    return np.array([holds_numbers(asked, run) for run in joined], dtype=np.float32)


def _looks(
    asked: Sequence[Token],
    form: QuestionType,
    text: str,
    spans: Sequence[tuple[int, int]],
    held: Floats,
) -> Floats:
    """For each sentence whether it holds what the form looks for, and where it must `(s, 2)`."""
    looks = np.zeros((len(spans), 2), dtype=np.float32)
    for i, (start, end) in enumerate(spans):
        if form == QuestionType.DEFINITION and _is_entry(held[i], text[start:end]):
            looks[i] = 1
        elif shows(form, text, start, end):
            looks[i, 0] = 1
            looks[i, 1] = _fits(form, asked, text, start, end, bool(held[i].any()))
    return looks


def _is_entry(held: Floats, text: str) -> bool:
    """Whether a sentence is the bare term that is asked for, as in a glossary: «Control social.»
    before «Vigilancia que …»."""
    informative = sum(token.informative for token in analyse(text))
    return len(held) > 0 and bool(held.all()) and informative <= len(held)


def _fits(
    form: QuestionType, asked: Sequence[Token], text: str, start: int, end: int, held: bool
) -> bool:
    """Whether what the form looks for stands where it must."""
    if form == QuestionType.COUNT:
        return held and _counts(asked, text[start:end])
    if form == QuestionType.DEFINITION:
        first = next((t for t in analyse(text[start:end]) if t.informative), None)
        stems = {token.stem for token in asked}
        return first is not None and first.stem in stems and first.start < _SUBJECT
    return names_person(text, start, end) if form == QuestionType.PERSON else True


def _counts(asked: Sequence[Token], text: str) -> bool:
    """Whether a number stands just before the noun that is counted, the first word asked for."""
    noun = next((token.stem for token in asked if token.surface.isalpha()), None)
    tokens = analyse(text)
    return any(
        token.stem == noun
        and any(
            shows(QuestionType.COUNT, text, t.start, t.end) for t in tokens[max(0, i - _BESIDE) : i]
        )
        for i, token in enumerate(tokens)
    )


_LIST_LENGTH = 700
"""A sentence that ends with a colon is quoted with the list that follows, up to here."""


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
    """What each of the things that speak for a window counts."""

    near: float
    covered: float
    placed: float
    weakest: float
    shown: float
    fitting: float
    numbered: float
    echo: float
    opening: float
    more_sentences: float

    def scores(self, found: SpanFeatures) -> Floats:
        """The weighed sums `(n,)`."""
        total: Floats = (
            self.near * found.near
            + self.covered * found.covered
            + self.placed * found.placed
            + self.weakest * found.weakest
            + self.shown * found.shown
            + self.fitting * found.fitting
            + self.numbered * found.numbered
            - self.echo * found.echo
            + self.opening * found.opening
            - self.more_sentences * (found.sentences - 1)
        )
        return total


PASSAGE = SpanWeights(
    near=1.0,
    covered=0.0,
    placed=0.4,
    weakest=0.3,
    shown=0.15,
    fitting=0.2,
    numbered=0.4,
    echo=0.0,
    opening=0.0,
    more_sentences=0.09,
)
BEHIND = 0.2
"""How well a passage answers, by its best window and how far it is behind the best passage: the
first is right for .81 of the tune questions, against .78 of the first in rank."""
QUOTE = SpanWeights(
    near=1.0,
    covered=0.2,
    placed=0.0,
    weakest=0.3,
    shown=0.15,
    fitting=0.3,
    numbered=0.3,
    echo=0.3,
    opening=0.4,
    more_sentences=0.06,
)
"""Which stretch of a passage to quote. Both were read off fits on the tune split of our judged
questions (for the first also half of squad-es): right passage .82 → .87 on the former, overlap of
the quote with the judged one .74 → .75 of the best there is."""


def best_span(found: SpanFeatures, behind: float) -> Span:
    """The stretch to quote; `behind` is how far its passage is behind the best."""
    best = int(np.argmax(QUOTE.scores(found)))
    return Span(
        opened=found.opened,
        start=int(found.starts[best]),
        end=int(found.ends[best]),
        score=float(PASSAGE.scores(found).max()) - BEHIND * behind,
        shown=bool(found.shown[best]),
    )


def with_list(text: str, start: int, end: int) -> int:
    """Where a quote ends that takes along the list which it announces."""
    if not text[start:end].rstrip().endswith(":"):
        return end
    for _, last in sentences(text):
        if last <= start + _LIST_LENGTH:
            end = max(end, last)
    return end


NUMERALS = {str(number): stem(fold(words[0])) for number, words in CARDINALS["es"].items()}
"""Figures to the stems of the words that may stand for them in a text."""

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
_NOUNS = {stem(name): names.split()[0] for names in _NAMES for name in names.split()}
"""Stems of the nouns whose number is part of their name, to the noun in Spanish."""

_SERIES = frozenset("tema modulo sesion actividad paso etapa fase capitulo anexo bloque".split())
"""Those of which a document has a short series: when it has others, the asked one is missing."""
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


def missing_number(snapshot: Snapshot, evidence: AnswerContext) -> str | None:
    """What to tell when a question names a numbered thing that exists nowhere, though others of
    its series do: «No existe Tema 4: hay Tema 1, Tema 2 y Tema 3.»"""
    for noun, number in pairwise(evidence.asked.tokens):
        name = _NOUNS.get(noun.stem, "")
        if name not in _SERIES or not number.surface.isdigit():
            continue
        forms = (number.surface, NUMERALS.get(number.surface))
        phrases = [((word, form),) for word in {noun.surface, name} for form in forms if form]
        if any(len(snapshot.holding(LexicalQuery((), phrases=phrase))) for phrase in phrases):
            continue
        others = _series(name, snapshot, evidence)
        if others:
            name = _WRITTEN.get(name, name).capitalize()
            told = [f"{name} {other}" for other in others]
            listed = " y ".join(filter(None, (", ".join(told[:-1]), told[-1])))
            return message(NO_SUCH_NUMBER, name=name, number=number.surface, others=listed)
    return None


def _series(name: str, snapshot: Snapshot, evidence: AnswerContext) -> list[str]:
    """The numbers that the best document with things of that name gives them, in order. It is read
    whole: to name some of them only would deny the others."""
    for id_ in dict.fromkeys(one.document.id for one in evidence.opened):
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


ALIGNED = 0.5
"""Similarity from which a passage token counts as saying the same as a token of the question
(the same word in the same sense is about .6; unrelated words stay under .35)."""

_WORD = re.compile(r"[^\W_]+")


def highlights(asked: AnalysedQuery, opened: OpenedPassage) -> tuple[tuple[int, int], ...]:
    """Code point ranges of the words in the passage's text to point out, in order, not touching."""
    stems = {term.stem for term in asked.wanted.terms}
    spans = {
        (token.start, token.end)
        for token in read(opened.passage.text)
        if token.stem in stems and token.informative
    }
    spans |= _aligned(opened)
    return _merged(sorted(spans))


def _aligned(opened: OpenedPassage) -> set[tuple[int, int]]:
    if not opened.near.size:
        return set()
    near = opened.near.max(axis=1) >= ALIGNED
    starts = set(opened.starts[near & (opened.starts >= 0)].tolist())
    if not starts:
        return set()
    text = opened.passage.text
    words, firsts = _words(text)
    aligned = {words[bisect_right(firsts, start) - 1] for start in starts if start >= firsts[0]}
    return {(a, b) for a, b in aligned if fold(text[a:b]) not in STOPWORDS}


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[list[tuple[int, int]], list[int]]:
    """Where words stand and where they start."""
    words = [word.span() for word in _WORD.finditer(text)]
    return words, [start for start, _ in words]


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
