"""An opened passage to the sentences that may answer, each with what speaks for it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from search.evidence import Evidence, Opened, by_span, span_of
from search.forms import Form, names_person, shows, subject_of
from search.numbered import holds_numbers
from search.sentences import sentences
from search.spanish import Token, analyse
from search.types import BlockKind, Floats

_MOST = 4
_LENGTH = 320
"""Up to four short neighbouring sentences may be quoted together: a name, a post and an address
stand on three lines."""
_LIST_LENGTH = 700
"""A sentence that ends with a colon is quoted with the list that follows, up to here."""
_ECHO = 2
"""A stretch with fewer words than this that the question does not have says nothing new."""
_BESIDE = 3
"""Words between a number and the noun that it counts («adoptó 11 principios»)."""
_SUBJECT = 40
"""Code points before which the subject of a definition stands."""

_URL = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Window:
    """A run of sentences of an opened passage, and what speaks for it, each 0–1: `near` MaxSim
    within it; `covered` the weighed share of the question's words that it holds, and `placed` with
    those of its title and sections; `weakest` its worst matched word; `shown` whether it holds
    what the form of the question looks for; `fitting` whether that stands where it must (the
    number beside its noun, the subject before its definition); `numbered` whether it and what stands
    above it have the numbers asked for; `echo` whether it says nothing
    new; `sentences` how many it has."""

    opened: Opened
    start: int
    end: int
    near: float
    covered: float
    placed: float
    weakest: float
    shown: bool
    fitting: bool
    numbered: bool
    echo: bool
    sentences: int

    @property
    def text(self) -> str:
        """What would be quoted."""
        return self.opened.passage.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Weighing:
    """What each of the things that speak for a window counts."""

    near: float
    covered: float
    placed: float
    weakest: float
    shown: float
    fitting: float
    numbered: float
    echo: float
    more_sentences: float

    def score(self, window: Window) -> float:
        """The weighed sum."""
        return (
            self.near * window.near
            + self.covered * window.covered
            + self.placed * window.placed
            + self.weakest * window.weakest
            + self.shown * window.shown
            + self.fitting * window.fitting
            + self.numbered * window.numbered
            - self.echo * window.echo
            - self.more_sentences * (window.sentences - 1)
        )


PASSAGE = Weighing(
    near=1.0,
    covered=0.0,
    placed=0.25,
    weakest=0.45,
    shown=0.1,
    fitting=0.05,
    numbered=0.4,
    echo=0.0,
    more_sentences=0.09,
)
BEHIND = 0.06
"""How well a passage answers, by its best window and how far it is behind the best passage."""
QUOTE = Weighing(
    near=1.0,
    covered=0.2,
    placed=0.0,
    weakest=0.3,
    shown=0.15,
    fitting=0.2,
    numbered=0.3,
    echo=0.3,
    more_sentences=0.06,
)
"""Which stretch of a passage to quote. Both were read off fits on the tune split of our judged
questions (for the first also half of squad-es): right passage .82 → .87 on the former, overlap of
the quote with the judged one .74 → .75 of the best there is."""


@lru_cache(maxsize=2048)
def _spans(kind: BlockKind, text: str) -> tuple[tuple[int, int], ...]:
    """What may be quoted of a passage: its sentences, or the whole row of a table."""
    if kind in (BlockKind.AGENDA_ITEM, BlockKind.TABLE_ROW):
        return ((0, len(text)),)
    return tuple(sentences(text))


def windows(
    evidence: Evidence, opened: Opened, weights: Mapping[str, float], form: Form
) -> list[Window]:
    """Sentences and runs of short ones of one passage. `weights` are those of the question's
    stems."""
    passage = opened.passage
    spans = _spans(passage.kind, passage.text)
    if not spans:
        return []
    words = list(weights)
    share = np.array([weights[word] for word in words], dtype=np.float32)
    share /= max(float(share.sum()), 1e-9)
    held, new = _held(passage.text, spans, words)
    heading = _heading(opened)
    above = np.array([word in heading for word in words], dtype=np.float32)
    figures = [token for token in evidence.asked.tokens if token.surface[0].isdigit()]
    near = by_span(opened, spans)
    found = []
    for first, last in _runs(spans):
        start, end = spans[first][0], spans[last][1]
        best = near[first : last + 1].max(axis=0)
        inside = held[first : last + 1].max(axis=0)
        shown = shows(form, passage.text, start, end)
        found.append(
            Window(
                opened=opened,
                start=start,
                end=end,
                near=float(best @ evidence.tokens.weights),
                covered=float(inside @ share) if words else 1.0,
                placed=float(np.maximum(inside, above) @ share) if words else 1.0,
                weakest=float(best.min(initial=1.0)),
                shown=shown,
                fitting=shown and _fits(form, evidence.asked.tokens, passage.text, start, end),
                numbered=not figures
                or _numbered(evidence.asked.tokens, heading, passage.text[start:end]),
                echo=int(new[first : last + 1].sum()) < _ECHO,
                sentences=last - first + 1,
            )
        )
    return found


def _runs(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return [
        (first, last)
        for first in range(len(spans))
        for last in range(first, min(first + _MOST, len(spans)))
        if last == first or spans[last][1] - spans[first][0] <= _LENGTH
    ]


def _held(
    text: str, spans: Sequence[tuple[int, int]], words: Sequence[str]
) -> tuple[Floats, Floats]:
    """Which of the question's stems each sentence holds `(s, w)`, and how many others `(s,)`."""
    ends = [end for _, end in spans]
    places = {word: i for i, word in enumerate(words)}
    held = np.zeros((len(spans), len(words)), dtype=np.float32)
    new = np.zeros(len(spans), dtype=np.float32)
    addresses = [address.span() for address in _URL.finditer(text)] if "://" in text else []
    for token in analyse(text):
        if not token.informative or any(a <= token.start < b for a, b in addresses):
            continue
        place = places.get(token.stem)
        if place is None:
            new[span_of(ends, token.start)] += 1
        else:
            held[span_of(ends, token.start), place] = 1
    return held, new


def _heading(opened: Opened) -> list[str]:
    """Stems of the title, the sections and the header of a table, in order."""
    passage = opened.passage
    above = (opened.document.title, *passage.section, passage.context)
    return [token.stem for text in above for token in analyse(text)]


def _numbered(asked: Sequence[Token], heading: Sequence[str], text: str) -> bool:
    return holds_numbers(asked, [*heading, *(token.stem for token in analyse(text))])


def _fits(form: Form, asked: Sequence[Token], text: str, start: int, end: int) -> bool:
    """Whether what the form looks for stands where it must."""
    if form == Form.COUNT:
        return _counts(asked, text[start:end])
    if form == Form.DEFINITION:
        stems = {token.stem for token in asked}
        first = next((t for t in analyse(text[start:end]) if t.informative), None)
        return first is not None and first.stem in stems and first.start < _SUBJECT
    if form == Form.PERSON:
        return names_person(text, start, end)
    if form == Form.CONTACT:
        held = {token.stem for token in analyse(text[start:end])}
        return all(token.stem in held for token in subject_of(asked, form))
    return True


def _counts(asked: Sequence[Token], text: str) -> bool:
    """Whether a number stands just before the noun that is counted, the first word asked for."""
    noun = next((token.stem for token in asked if token.surface.isalpha()), None)
    tokens = analyse(text)
    return any(
        token.stem == noun
        and any(shows(Form.COUNT, text, t.start, t.end) for t in tokens[max(0, i - _BESIDE) : i])
        for i, token in enumerate(tokens)
    )


def with_list(text: str, start: int, end: int) -> int:
    """Where a quote ends that takes along the list which it announces."""
    if not text[start:end].rstrip().endswith(":"):
        return end
    for _, last in sentences(text):
        if last <= start + _LIST_LENGTH:
            end = max(end, last)
    return end
