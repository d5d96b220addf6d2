"""Groups the words of a page into lines, and defines what all steps of the layout share: words,
lines, ruling lines and the tags of a tagged PDF.

A line is a run of words on one baseline without a gap as wide as between table cells. Coordinates
are points from the top left corner of the page as shown; sizes called «em» are multiples of the
font size.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from statistics import median
from typing import NamedTuple, TypeAlias, TypeVar

from search.documents import Box
from search.text.times import time_cell

Item = TypeVar("Item")
ElementPath: TypeAlias = tuple[int, ...]
"""Where a structure element stands in the structure tree (ISO 32000-1, 14.7): the index of each
child from the root. It is the same on every page, so it tells whether two pieces of text belong to
one element."""

CELL_GAP = 2.0  # em: wider than justified text spreads its words, narrower than between columns
TIME_GAP = 1.5  # times the usual space: where a time cell ends close to the next cell
BASELINE_SHIFT = 0.3  # em: more is another line
MARKER_GAP = 7.0  # em: how far a list's text may stand from its bullet or number
RAISED_SHIFT = 0.65  # em: how far the small mark of a note may stand above its line
RAISED_SIZE = 0.8  # of the text's size: a raised or lowered mark
# What may stand alone at the left of a list item, far from its text: a bullet, `1.`, `(a)`, `iv)`
# or a decimal number such as `2.1.3`.
MARKER = re.compile(
    r"^(?:[•◦▪▫‣●○■□◆◇➢➤✓✔❖·*–—−-]|\(?(?:\d{1,3}|[a-zA-Zñ]|[ivxIVX]{1,5})[.)]|\d{1,2}(?:\.\d{1,2}){1,3}\.?)$"
)
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

ASCENT, DESCENT = 0.82, 0.24  # of the font size: the extent of a line around its baseline

BULLET = re.compile(r"^[•◦▪▫‣⁃●○■□◆◇➢➤✓✔❖·∙*–—−-](?:\s+|$)")
OPEN_CIRCLE = re.compile(rf"{BULLET.pattern}|^o\s+(?=\S)")
"""In a list that the file tags, also the `o` of Courier New that Word draws as a circle."""
# A single capital letter is no sign: «D. Sergio Arredondo» is a person, and «I.» may be an initial.
# Roman numerals in capitals need two letters.
ENUMERATOR = re.compile(
    r"^(?:\(?(?:\d{1,2}|[a-zñ]|[ivx]{1,5})\)|(?:\d{1,2}|[a-zñ]|[ivx]{1,5}|[IVX]{2,5})\.[-–°º]?|\d{1,2}\.-)\s+(?=\S)"
)
TERMINAL = (".", "!", "?", ":", ";", "…", ".”", '."', ".»", ".)")


class Role(Enum):
    """What a structure element is, as far as it changes how a document is laid out."""

    TEXT = "text"
    HEADING = "heading"
    TITLE = "title"
    ITEM = "item"
    CAPTION = "caption"
    NOTE = "note"
    CONTENTS = "contents"
    ARTIFACT = "artifact"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a tagged table: the paths of its `Table`, its `TR` and its own `TD` or `TH`."""

    table: ElementPath
    row: ElementPath
    column: ElementPath
    is_header: bool


@dataclass(frozen=True, slots=True)
class Tag:
    """What the structure tree says of a piece of text.

    `level` is the depth of a heading (from 1) or of a list (from 1; 0 outside of lists), `item`
    the list item around it, `cells` the table cells around it from the outermost table.
    """

    role: Role
    path: ElementPath = ()
    level: int = 0
    item: ElementPath = ()
    cells: tuple[Cell, ...] = ()


ARTIFACT = Tag(Role.ARTIFACT)
"""Text that the file says is no part of the document: running headers, page numbers."""


class Word(NamedTuple):
    """A word as drawn; `hyphen` says that a hyphen at the line's end was taken off, `spaced` that
    a space is drawn behind it, even at the end of a line, `horizontal` that it runs from left to
    right on the page as shown.

    A tuple, since a page has hundreds and a frozen dataclass takes ten times as long to make.
    """

    page: int
    text: str
    x0: float
    x1: float
    baseline: float
    size: float
    bold: bool
    horizontal: bool
    hyphen: bool
    tag: Tag | None = None
    spaced: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A run of words on one baseline; coordinates in points from the top left of the page.
    `broken` says that its last word goes on in the next line, without a hyphen."""

    page: int
    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    baseline: float
    size: float
    bold: bool
    horizontal: bool
    hyphen: bool
    words: tuple[Word, ...] = field(default=(), compare=False, repr=False)
    tag: Tag | None = field(default=None, compare=False)
    spaced: bool = field(default=True, compare=False)
    broken: bool = field(default=False, compare=False)

    @property
    def box(self) -> Box:
        """The rectangle around the line."""
        x0, y0, x1, y1 = round(self.x0, 1), round(self.y0, 1), round(self.x1, 1), round(self.y1, 1)
        return Box(self.page, x0, y0, x1, y1)


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal or vertical ruling line that a page draws."""

    x0: float
    y0: float
    x1: float
    y1: float


def in_runs(items: Iterable[Item], goes_on: Callable[[list[Item], Item], bool]) -> list[list[Item]]:
    """The items in runs: each joins the run before it where `goes_on` says so, else opens one."""
    runs: list[list[Item]] = []
    for item in items:
        if runs and goes_on(runs[-1], item):
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def usual_size(pieces: Iterable[Word | Line]) -> float:
    """The size in which most characters are set."""
    sizes: Counter[float] = Counter()
    for piece in pieces:
        sizes[piece.size] += max(len(piece.text), 1)
    return sizes.most_common(1)[0][0] if sizes else 1.0


def make_lines(words: Iterable[Word]) -> list[Line]:
    """The lines of one page, in the order in which the page draws them."""
    lines: list[Line] = []
    for run in in_runs(words, _goes_on):
        cut = _time_cell_words(run)
        lines += [_line(part) for part in (run[:cut], run[cut:]) if part]
    return [line for line in lines if line.text]


def cut_line(line: Line, edges: Sequence[float]) -> list[Line]:
    """The parts of a line between vertical edges that no word of it crosses."""
    pieces = in_runs(
        line.words,
        lambda piece, word: not any(piece[-1].x1 - 1 <= edge <= word.x0 + 1 for edge in edges),
    )
    return [_line(piece) for piece in pieces] if len(pieces) > 1 else [line]


def is_beside(first: Line, second: Line) -> bool:
    """Whether two lines of a page share their baseline, one to the right of the other."""
    apart = first.x1 <= second.x0 + 1 or second.x1 <= first.x0 + 1
    near = abs(first.baseline - second.baseline) <= BASELINE_SHIFT * max(first.size, second.size)
    return first.page == second.page and apart and near


def overlap(first: Line | Rule, second: Line | Rule) -> bool:
    """Whether two lines share some of the width of the page."""
    return first.x0 < second.x1 and second.x0 < first.x1


def _goes_on(run: Sequence[Word], word: Word) -> bool:
    """Whether a word stands on the line of a run, near enough behind it."""
    last = run[-1]
    widest = MARKER_GAP if len(run) == 1 and MARKER.match(last.text) else CELL_GAP
    size = max(last.size, word.size)
    mark = min(last.size, word.size) < RAISED_SIZE * size
    shift = abs(word.baseline - last.baseline)
    if (
        last.horizontal != word.horizontal
        or shift > (RAISED_SHIFT if mark else BASELINE_SHIFT) * size
        or not -0.5 * size < word.x0 - last.x1 < widest * size
    ):
        return False
    if last.tag is word.tag or last.tag is None or word.tag is None:
        return True
    # Not of two cells, nor of a note and the text, nor of an artifact and the text.
    roles = {last.tag.role, word.tag.role}
    return last.tag.cells == word.tag.cells and not (
        len(roles) > 1 and roles & {Role.NOTE, Role.ARTIFACT}
    )


def _time_cell_words(run: Sequence[Word]) -> int:
    """How many words at the start are a time cell with a wider gap behind; else 0."""
    if len(run) < 2 or not run[0].text[:1].isdigit():
        return 0
    # «10:30 (10 minutos)» and the title beside it may stand closer than cells do, but still
    # further apart than words.
    length = time_cell(" ".join(word.text for word in run))
    gaps = [after.x0 - before.x1 for before, after in pairwise(run)]
    used = -1
    for count, word in enumerate(run[:-1], start=1):
        used += len(word.text) + 1
        if used == length and gaps[count - 1] > max(TIME_GAP * median(gaps), 0.4 * word.size):
            return count
    return 0


def _line(run: Sequence[Word]) -> Line:
    size = usual_size(run)
    baseline = median(word.baseline for word in run if word.size == size)
    text = ""
    last: Word | None = None
    for word in run:
        if last is not None:
            mark = min(last.size, word.size) < RAISED_SIZE * max(last.size, word.size)
            glued = mark and word.x0 - last.x1 < 0.15 * size
            text += "-" if last.hyphen else "" if glued else " "
        # «mejor» with a raised 2 is the mark of note 2, not the figure 2: «mejor²».
        raised = word.size < RAISED_SIZE * size and baseline - word.baseline > 0.1 * size
        is_mark = raised and word.text.isdecimal()
        text += word.text.translate(SUPERSCRIPTS) if is_mark else word.text
        last = word
    bold = sum(len(word.text) for word in run if word.bold)
    return Line(
        page=run[0].page,
        text=text,
        x0=min(word.x0 for word in run),
        y0=baseline - ASCENT * size,
        x1=max(word.x1 for word in run),
        y1=baseline + DESCENT * size,
        baseline=baseline,
        size=size,
        bold=bold > 0.9 * sum(max(len(word.text), 1) for word in run),
        horizontal=run[0].horizontal,
        hyphen=run[-1].hyphen,
        words=tuple(run),
        tag=max(run, key=lambda word: len(word.text)).tag,
        spaced=run[-1].spaced,
    )


def is_list_start(text: str) -> bool:
    """Whether a line opens with a bullet, a dash, `1.`, `a)` or the like."""
    return BULLET.match(text) is not None or ENUMERATOR.match(text) is not None
