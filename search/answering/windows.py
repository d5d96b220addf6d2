"""An opened passage to the sentences that may answer, each with what speaks for it."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np

from search.answering.evidence import Evidence, Opened, by_span, span_of
from search.answering.forms import KINDS, Form, names_person, shows
from search.answering.numbered import holds_numbers
from search.answering.sentences import sentences
from search.spanish import Token, analyse
from search.types import BlockKind, Floats, Ints
from search.wording.equivalents import Expansion
from search.wording.readings import read

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
class Windows:
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

    opened: Opened
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


def windows(
    evidence: Evidence, opened: Opened, weights: Mapping[str, float], form: Form
) -> Windows | None:
    """Sentences and runs of short ones of one passage, None when it is empty. `weights` are those
    of the stems of the question's subject."""
    text = opened.passage.text
    apart = _taken_apart(opened.passage.kind, text)
    spans = apart.spans
    if not spans:
        return None
    words = list(weights)
    others = said_otherwise(evidence.asked.expansions)
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
    return Windows(
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


def _names_section(opened: Opened, words: Sequence[str]) -> bool:
    """Whether the innermost section of a passage has all words of the question's subject."""
    section = opened.passage.section[-1] if opened.passage.section else ""
    return bool(words) and {token.stem for token in analyse(section)}.issuperset(words)


def _fitting(form: Form, first: Floats, any_: Floats, inside: Floats) -> Floats:
    """An address must stand with the name it belongs to, a definition at the beginning."""
    if KINDS.get(form) == "contact":
        together: Floats = inside.min(axis=1, initial=1.0)
        return together
    return first if form == Form.DEFINITION else any_


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
class Otherwise:
    """The stems that a question uses, and the sets of stems that say the same."""

    used: frozenset[str]
    forms: tuple[frozenset[str], ...]

    def said_in(self, stems: Set[str]) -> bool:
        """Whether these stems hold all those of one form."""
        return any(form <= stems for form in self.forms)


@lru_cache(maxsize=256)
def said_otherwise(expansions: tuple[Expansion, ...]) -> tuple[Otherwise, ...]:
    """One for each expansion; a form without an informative word says nothing."""
    return tuple(
        Otherwise(_informative(one.used), tuple(filter(None, map(_informative, one.forms))))
        for one in expansions
    )


def _informative(text: str) -> frozenset[str]:
    return frozenset(token.stem for token in analyse(text) if token.informative)


def _held(
    apart: _Sentences, words: Sequence[str], others: Sequence[Otherwise]
) -> tuple[Floats, Floats]:
    """Which of the subject's stems each sentence holds `(s, w)`, in these or in equivalent words,
    and how many others `(s,)`."""
    places = {word: i for i, word in enumerate(words)}
    held = np.zeros((len(apart.spans), len(words)), dtype=np.float32)
    new = np.zeros(len(apart.spans), dtype=np.float32)
    for stem, span in apart.words:
        place = places.get(stem)
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


def above(opened: Opened) -> tuple[str, ...]:
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
    form: Form,
    text: str,
    spans: Sequence[tuple[int, int]],
    held: Floats,
) -> Floats:
    """For each sentence whether it holds what the form looks for, and where it must `(s, 2)`."""
    looks = np.zeros((len(spans), 2), dtype=np.float32)
    for i, (start, end) in enumerate(spans):
        if form == Form.DEFINITION and _is_entry(held[i], text[start:end]):
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


def _fits(form: Form, asked: Sequence[Token], text: str, start: int, end: int, held: bool) -> bool:
    """Whether what the form looks for stands where it must."""
    if form == Form.COUNT:
        return held and _counts(asked, text[start:end])
    if form == Form.DEFINITION:
        first = next((t for t in analyse(text[start:end]) if t.informative), None)
        stems = {token.stem for token in asked}
        return first is not None and first.stem in stems and first.start < _SUBJECT
    return names_person(text, start, end) if form == Form.PERSON else True


def _counts(asked: Sequence[Token], text: str) -> bool:
    """Whether a number stands just before the noun that is counted, the first word asked for."""
    noun = next((token.stem for token in asked if token.surface.isalpha()), None)
    tokens = analyse(text)
    return any(
        token.stem == noun
        and any(shows(Form.COUNT, text, t.start, t.end) for t in tokens[max(0, i - _BESIDE) : i])
        for i, token in enumerate(tokens)
    )
