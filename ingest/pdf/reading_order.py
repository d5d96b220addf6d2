"""Puts the lines of a page into reading order where they are not drawn in it.

Drawing order is right for nearly all files; reading by position interleaves columns (word order .51
instead of .98, measured on pages of two columns). Only a page whose drawing jumps about is cut
again, by a recursive XY-cut (Nagy and Seth, 1984): the best gutter, then the columns beside it.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ingest.pdf.lines import Line, is_beside
from ingest.pdf.paragraphs import HEADING_SIZE

MOST_JUMPS = 0.15  # of the lines: a page drawn in order hardly ever goes up in one column
FEWEST_JUMPS = 4
MOSTLY_BESIDE = 0.35  # of the lines
MOSTLY_SMALL = 0.5  # of them begin with a small letter
SENTENCE = 30  # characters
MOST_LINES = 600  # more on one page are no running text
SHORTEST_COLUMN = 3  # lines
MOST_CROSSING = 0.34  # of the lines: titles and figures that stand across the columns


def in_reading_order(lines: Sequence[Line]) -> Sequence[Line]:
    """As drawn, which is right nearly always; or by columns and from top to bottom, where the
    drawing jumps up the page again and again, or to and fro between columns of sentences."""
    if len(lines) > MOST_LINES:
        return lines
    jumps = sum(_goes_up(last, line) for last, line in pairwise(lines))
    if jumps < max(FEWEST_JUMPS, MOST_JUMPS * len(lines)) and not _zigzags(lines):
        return lines
    return list(_by_columns(sorted(lines, key=lambda line: line.baseline)))


def with_titles_first(lines: Sequence[Line], body: float) -> Sequence[Line]:
    """With large lines that are drawn last, but stand above all others, moved to their place."""
    large = [line for line in lines if line.size >= HEADING_SIZE * body]
    if not large or len(large) == len(lines) or large[-1] is not lines[-1]:
        return lines
    end = next(i for i in range(len(lines), 0, -1) if lines[i - 1].size < HEADING_SIZE * body)
    first, last = lines[:end], lines[end:]
    above = max(line.y1 for line in last) <= min(line.y0 for line in first) + 1
    return [*last, *first] if above else lines


def _goes_up(last: Line, line: Line) -> bool:
    """To a line above in the same column: no column or cell begins so."""
    above = line.baseline < last.baseline - 0.5 * last.size
    return above and line.x0 < last.x1 and last.x0 < line.x1


def _zigzags(lines: Sequence[Line]) -> bool:
    """Whether most lines stand beside the one before and are pieces of sentences, not cells."""
    beside = [line for last, line in pairwise(lines) if is_beside(last, line)]
    if len(beside) < MOSTLY_BESIDE * len(lines) or len(beside) < FEWEST_JUMPS:
        return False
    small = sum(line.text[:1].islower() for line in beside)
    length = sum(len(line.text) for line in beside) / len(beside)
    return length > SENTENCE and small > MOSTLY_SMALL * len(beside)


def _by_columns(lines: Sequence[Line]) -> Iterator[Line]:
    """Lines that cross the gutter cut the page into sections; in each, left before right."""
    gutter = _gutter(lines)
    if gutter is None:
        yield from _by_rows(lines)
        return
    section: list[Line] = []
    for line in lines:
        if _crosses(line, gutter):
            yield from _columns(section, gutter)
            yield line
            section = []
        else:
            section.append(line)
    yield from _columns(section, gutter)


def _columns(section: Sequence[Line], gutter: float) -> Iterator[Line]:
    yield from _by_columns([line for line in section if line.x1 <= gutter + 1])
    yield from _by_columns([line for line in section if line.x1 > gutter + 1])


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where fewest lines stand across and enough on both sides, side by side."""
    best: tuple[int, int] | None = None
    found = None
    for x in sorted({round(line.x1) for line in lines}):
        crossing = sum(_crosses(line, x) for line in lines)
        left = [line for line in lines if line.x1 <= x + 1]
        # A line narrower than two points may fit either side: it counts on one, the side that
        # `_columns` gives it to. Both then hold lines, so that every cut leaves fewer to cut.
        right = [line for line in lines if line.x0 >= x - 1 and line.x1 > x + 1]
        shorter = min(len(left), len(right))
        if shorter < SHORTEST_COLUMN or crossing > MOST_CROSSING * len(lines):
            continue
        if left[0].baseline > right[-1].baseline or right[0].baseline > left[-1].baseline:
            continue
        if best is None or (-crossing, shorter) > best:
            best, found = (-crossing, shorter), x
    return found


def _crosses(line: Line, gutter: float) -> bool:
    return line.x0 < gutter - 1 and line.x1 > gutter + 1


def _by_rows(lines: Sequence[Line]) -> Iterator[Line]:
    """From top to bottom, and what shares a baseline from left to right."""
    row: list[Line] = []
    for line in lines:
        if row and not is_beside(row[0], line):
            yield from sorted(row, key=lambda member: member.x0)
            row = []
        row.append(line)
    yield from sorted(row, key=lambda member: member.x0)
