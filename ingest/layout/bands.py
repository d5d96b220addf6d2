"""Lines in drawing order to bands: cells that stand beside each other, as rows of a table do."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TypeAlias

from ingest.layout.lines import MARKER, Line, Rule, cut_line

SAME_BASE = 0.3  # em
OUTDENT = 0.7  # em: how far a line of a cell may start left of the others
TIGHT = 1.4  # em: lines of one cell
TALLEST_HEAD = 3  # lines
ROOM = 0.6  # em: between cells that stand close
OFTEN = 3  # lines that start in one place

Rules: TypeAlias = Mapping[int, Sequence[Rule]]
"""The level rules of each page."""

Range: TypeAlias = tuple[float, float]
"""Left and right edge."""


@dataclass(frozen=True, slots=True)
class Band:
    """Cells beside each other, from left to right, as they are drawn, with the extent of each;
    `ruled` says that a level rule runs under them."""

    cells: tuple[tuple[Line, ...], ...]
    extents: tuple[Range, ...]
    ruled: bool = False

    @property
    def lines(self) -> tuple[Line, ...]:
        """In drawing order."""
        return tuple(chain.from_iterable(self.cells))

    @property
    def page(self) -> int:
        """Where it stands."""
        return self.cells[0][0].page

    @property
    def text(self) -> str:
        """For comparing."""
        return " ".join(line.text for line in self.lines)

    @property
    def top(self) -> float:
        """The first baseline."""
        return min(cell[0].base for cell in self.cells)

    @property
    def bottom(self) -> float:
        """The last baseline."""
        return max(cell[-1].base for cell in self.cells)


def make_bands(lines: Sequence[Line], rules: Rules) -> Iterator[Band]:
    """What stands beside each other. Lines that are beside nothing are in a band of one cell."""
    row: list[list[Line]] = []
    for run in _runs(lines, rules):
        if row and _is_beside(row, run):
            if len(row) == 1:
                above, row[0] = _cut_at(row[0], run, rules)
                if above:
                    yield _band([above], rules)
            row.append(run)
            continue
        if row:
            yield _band(row, rules)
        row = [run]
    if row:
        yield _band(row, rules)


def split_at_edges(lines: Sequence[Line]) -> list[list[Line]]:
    """The parts of each line, cut where there is room before a word that stands under the starts
    of other lines: cells so near each other that they were read as one line."""
    starts = Counter((line.page, round(line.x0)) for line in lines)
    return [_split(line, starts) for line in lines]


def _split(line: Line, starts: Counter[tuple[int, int]]) -> list[Line]:
    edges = []
    for number, (last, word) in enumerate(pairwise(line.words)):
        marker = number == 0 and (MARKER.match(last.text) or len(last.text) == 1)
        if word.x0 - last.x1 > ROOM * word.size and not marker:
            near = sum(starts[line.page, round(word.x0) + shift] for shift in (-1, 0, 1))
            edges += [word.x0] if near >= OFTEN else []
    return cut_line(line, edges) if edges else [line]


def _band(row: Sequence[Sequence[Line]], rules: Rules) -> Band:
    last = max((cell[-1] for cell in row), key=lambda line: line.base)
    return Band(tuple(map(tuple, row)), tuple(map(extent, row)), _is_ruled(last, rules))


def extent(lines: Sequence[Line]) -> Range:
    """The left and right edge around lines."""
    return min(line.x0 for line in lines), max(line.x1 for line in lines)


def _runs(lines: Sequence[Line], rules: Rules) -> Iterator[list[Line]]:
    """Lines that go down the page under each other, with nothing drawn between them."""
    run: list[Line] = []
    for line in lines:
        if run and not _goes_down(run, line):
            yield run
            run = []
        elif run and _is_parted(run[-1], line, rules):
            start = _tight_start(run, len(run) - 1)
            yield from (part for part in (run[:start], run[start:]) if part)
            run = []
        run.append(line)
    if run:
        yield run


def _goes_down(run: Sequence[Line], line: Line) -> bool:
    last = run[-1]
    step = line.base - last.base
    if line.page != last.page or not SAME_BASE * line.size < step < 3 * line.size:
        return False
    if line.x0 > max(other.x1 for other in run) or line.x1 < last.x0:
        return False
    left = line.x0 > min(other.x0 for other in run) - OUTDENT * line.size
    centred = abs(line.x0 + line.x1 - last.x0 - last.x1) < line.size
    right = abs(line.x1 - last.x1) < 1
    return left or centred or right


def _is_parted(last: Line, line: Line, rules: Rules) -> bool:
    """Whether a level rule runs between two lines."""
    return any(
        last.base - 1 < rule.y0 < line.base - line.size / 2
        for rule in rules.get(line.page, ())
        if rule.x0 < min(last.x1, line.x1) and max(last.x0, line.x0) < rule.x1
    )


def _is_ruled(last: Line, rules: Rules) -> bool:
    """Whether a level rule wider than a line runs close under it."""
    return any(
        last.base - 1 < rule.y0 < last.base + last.size
        for rule in rules.get(last.page, ())
        if rule.x0 <= last.x0 + 1 and rule.x1 > last.x1 + last.size
    )


def _is_beside(row: Sequence[Sequence[Line]], run: Sequence[Line]) -> bool:
    """Whether a run opens the next cell of a row: to its right, on the same height."""
    last, first = row[-1], run[0]
    slack = SAME_BASE * first.size
    level = [line for line in last if line.base > first.base - slack]
    if first.page != last[0].page or not level:
        return False
    if len(row) > 1 and run[-1].base < min(cell[0].base for cell in row) - slack:
        return False
    near = level[0].base <= run[-1].base + slack
    return near and first.x0 > max(line.x1 for line in level) - 1


def _cut_at(
    first: list[Line], second: Sequence[Line], rules: Rules
) -> tuple[list[Line], list[Line]]:
    """The lines above a row, and its first cell: it starts on the height of the second cell, or
    above where it stands around its middle, or ends with it as the head of a column does."""
    slack = SAME_BASE * second[0].size
    start = next(n for n, line in enumerate(first) if line.base > second[0].base - slack)
    highest = _tight_start(first, start)
    middle = second[0].base + second[-1].base
    for above in range(start - 1, highest - 1, -1):
        if abs(first[above].base + first[-1].base - middle) < slack:
            return first[:above], first[above:]
    is_head = _is_ruled(first[-1], rules) or all(line.bold for line in (*first[highest:], *second))
    if is_head and abs(first[-1].base - second[-1].base) < slack:
        start = highest
    return first[:start], first[start:]


def _tight_start(run: Sequence[Line], index: int) -> int:
    """The first of the few lines that stand close together down to this one; itself where they
    are many: a paragraph."""
    start = index
    while start and run[start].base - run[start - 1].base < TIGHT * run[start].size:
        start -= 1
    return start if index - start < TALLEST_HEAD else index
