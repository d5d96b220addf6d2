"""Finds tables without a grid: cells that are aligned under each other over several rows.

Lines beside each other make candidate rows; successive candidates whose cells keep to one set of
columns make a block; a block is a table if enough of its cells share an edge. Columns of running
text, lists set in columns and bare timetables are told apart.
"""

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain, groupby, pairwise
from typing import TypeAlias

from ingest.pdf.lines import MARKER, Line, Rule, cut_line, is_list_start
from ingest.pdf.paragraphs import TALLEST_CELL
from ingest.pdf.tables import Row, Table, appended
from ingest.readers.tables import names_column
from search.text.times import time_cell

SAME_BASE = 0.3  # em
OUTDENT = 0.7  # em: how far a line of a cell may start left of the others
CELL_SPACING = 1.4  # em: lines of one cell
TALLEST_HEAD = 3  # lines
CELL_SPACE = 0.6  # em: between cells that stand close
FEWEST_STARTS = 3  # lines that start in one place

Rules: TypeAlias = Mapping[int, Sequence[Rule]]
"""The horizontal rules of each page."""

Range: TypeAlias = tuple[float, float]
"""Left and right edge."""

FARTHEST_ROW = 5.0  # em: between two rows of a table
FEWEST_ROWS = 3  # rows of several cells that make a table; one less where a rule is under the first
LEAST_ALIGNED = 0.7  # of the cells of a column
SAME_EDGE = 3.0  # points
WORD_SPACE = 0.45  # em: more than between words
WINDOW = 12  # candidate rows back with which a new one is compared: a table may be very long
LONGEST_SPAN = 2  # lines of a row that has one cell, between rows that have several

# «#», «N.º», «3», «a)», «2.1»: what counts the rows of a table.
ROW_MARK = re.compile(r"(?:#|n[.º°]*|\w{1,3}[.)]?|\d{1,2}(?:\.\d{1,2}){1,2})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """Cells beside each other from left to right, as they are drawn, with the extent of each;
    `ruled` says that a horizontal rule is under them, as under a header."""

    cells: tuple[tuple[Line, ...], ...]
    extents: tuple[Range, ...]
    ruled: bool = False

    @property
    def lines(self) -> tuple[Line, ...]:
        """In drawing order."""
        return tuple(chain.from_iterable(self.cells))

    @property
    def page(self) -> int:
        """The number of its page."""
        return self.cells[0][0].page

    @property
    def text(self) -> str:
        """For comparing."""
        return " ".join(line.text for line in self.lines)

    @property
    def top(self) -> float:
        """The first baseline."""
        return min(cell[0].baseline for cell in self.cells)

    @property
    def bottom(self) -> float:
        """The last baseline."""
        return max(cell[-1].baseline for cell in self.cells)


def candidate_rows(lines: Sequence[Line], rules: Rules) -> Iterator[CandidateRow]:
    """What stands beside each other. Lines beside nothing are a candidate row of one cell."""
    row: list[list[Line]] = []
    for run in _vertical_runs(lines, rules):
        if row and _is_beside(row, run):
            if len(row) == 1:
                above, row[0] = _split_above_row(row[0], run, rules)
                if above:
                    yield _candidate_row([above], rules)
            row.append(run)
            continue
        if row:
            yield _candidate_row(row, rules)
        row = [run]
    if row:
        yield _candidate_row(row, rules)


def _candidate_row(row: Sequence[Sequence[Line]], rules: Rules) -> CandidateRow:
    last = max((cell[-1] for cell in row), key=lambda line: line.baseline)
    return CandidateRow(tuple(map(tuple, row)), tuple(map(extent, row)), _is_ruled(last, rules))


def _vertical_runs(lines: Sequence[Line], rules: Rules) -> Iterator[list[Line]]:
    """Lines that go down the page under each other, with nothing drawn between them."""
    run: list[Line] = []
    for line in lines:
        if run and not _goes_down(run, line):
            yield run
            run = []
        # A horizontal rule between two lines parts them.
        elif run and any(
            run[-1].baseline - 1 < rule.y0 < line.baseline - line.size / 2
            for rule in rules.get(line.page, ())
            if rule.x0 < min(run[-1].x1, line.x1) and max(run[-1].x0, line.x0) < rule.x1
        ):
            start = _tight_start(run, len(run) - 1)
            yield from filter(None, (run[:start], run[start:]))
            run = []
        run.append(line)
    if run:
        yield run


def _split(line: Line, starts: Counter[tuple[int, int]]) -> list[Line]:
    edges = []
    for number, (last, word) in enumerate(pairwise(line.words)):
        # A bullet or a number stands apart from its own text: a list is no table.
        marker = number == 0 and (MARKER.match(last.text) or len(last.text) == 1)
        if word.x0 - last.x1 > CELL_SPACE * word.size and not marker:
            near = sum(starts[line.page, round(word.x0) + shift] for shift in (-1, 0, 1))
            edges += [word.x0] if near >= FEWEST_STARTS else []
    return cut_line(line, edges) if edges else [line]


def extent(lines: Sequence[Line]) -> Range:
    """The left and right edge around lines."""
    return min(line.x0 for line in lines), max(line.x1 for line in lines)


def _goes_down(run: Sequence[Line], line: Line) -> bool:
    last = run[-1]
    step = line.baseline - last.baseline
    if line.page != last.page or not SAME_BASE * line.size < step < 3 * line.size:
        return False
    if line.x0 > max(other.x1 for other in run) or line.x1 < last.x0:
        return False
    # A cell keeps its left edge (hanging indents allowed), its middle or its right edge.
    left = line.x0 > min(other.x0 for other in run) - OUTDENT * line.size
    centred = abs(line.x0 + line.x1 - last.x0 - last.x1) < line.size
    right = abs(line.x1 - last.x1) < 1
    return left or centred or right


def _is_ruled(last: Line, rules: Rules) -> bool:
    """Whether a horizontal rule wider than a line runs close under it: no underline, then."""
    return any(
        last.baseline - 1 < rule.y0 < last.baseline + last.size
        for rule in rules.get(last.page, ())
        if rule.x0 <= last.x0 + 1 and rule.x1 > last.x1 + last.size
    )


def _is_beside(row: Sequence[Sequence[Line]], run: Sequence[Line]) -> bool:
    """Whether a run opens the next cell of a row: to its right, on the same height."""
    last, first = row[-1], run[0]
    slack = SAME_BASE * first.size
    level = [line for line in last if line.baseline > first.baseline - slack]
    if first.page != last[0].page or not level or first.x0 <= max(line.x1 for line in level) - 1:
        return False
    top = min(cell[0].baseline for cell in row) if len(row) > 1 else -math.inf
    return max(top, level[0].baseline) <= run[-1].baseline + slack


def _split_above_row(
    first: list[Line], second: Sequence[Line], rules: Rules
) -> tuple[list[Line], list[Line]]:
    """The lines above a row, and its first cell: it starts on the height of the second cell, or
    above where it stands around its middle, or ends with it as the header of a column does."""
    slack = SAME_BASE * second[0].size
    start = next(n for n, line in enumerate(first) if line.baseline > second[0].baseline - slack)
    highest = _tight_start(first, start)
    middle = second[0].baseline + second[-1].baseline
    for above in range(start - 1, highest - 1, -1):
        if abs(first[above].baseline + first[-1].baseline - middle) < slack:
            return first[:above], first[above:]
    is_head = _is_ruled(first[-1], rules) or all(line.bold for line in (*first[highest:], *second))
    if is_head and abs(first[-1].baseline - second[-1].baseline) < slack:
        start = highest
    return first[:start], first[start:]


def _tight_start(run: Sequence[Line], index: int) -> int:
    """The first of the few lines that stand close together down to this one; itself where they
    are many: a paragraph."""
    start = index
    while start and run[start].baseline - run[start - 1].baseline < CELL_SPACING * run[start].size:
        start -= 1
    return start if index - start < TALLEST_HEAD else index


def aligned_tables(lines: Sequence[Line], rules: Rules) -> list[Line | Table]:
    """The lines in reading order, with cells that are aligned over several rows made a table."""
    result: list[Line | Table] = []
    # Cells so near each other that they were read as one line are cut where there is room before a
    # word that stands under the starts of other lines.
    starts = Counter((line.page, round(line.x0)) for line in lines)
    parts = {id(part): (part, line) for line in lines for part in _split(line, starts)}
    for block in _blocks(candidate_rows([part for part, _ in parts.values()], rules)):
        table = _table(block)
        loose = (parts[id(part)][1] for candidate in block for part in candidate.lines)
        result.extend([table] if table else (line for line, _ in groupby(loose)))
    return result


def _blocks(candidates: Iterable[CandidateRow]) -> Iterator[list[CandidateRow]]:
    """Candidate rows in one set of columns; a short one of one cell may stand between them, such as
    a subheading over the rows of a group."""
    block: list[CandidateRow] = []
    between: list[CandidateRow] = []
    for candidate in candidates:
        if block and _can_follow([*block, *between], candidate):
            if _is_row([*block, *between], candidate):
                block += [*between, candidate]
                between = []
                continue
            if not between and (
                len(candidate.lines) <= LONGEST_SPAN or _column_on_new_page(block, candidate)
            ):
                between = [candidate]
                continue
        if block:
            yield block
        yield from ([single] for single in between)
        block, between = [candidate], []
    if block:
        yield block
    yield from ([single] for single in between)


def _can_follow(block: Sequence[CandidateRow], candidate: CandidateRow) -> bool:
    """Whether a candidate row stands under a block or on top of the next page, in its columns, and
    does not open another table."""
    first, last = block[0], block[-1]
    headed = first.ruled and len(block) > 1
    if len(first.cells) == 1 and not (first.ruled and len(candidate.cells) > 1):
        if not headed:
            return False
    elif headed and candidate.ruled and not last.ruled and candidate.text != first.text:
        return False
    if last.page == candidate.page:
        near = 0 < candidate.top - last.bottom < FARTHEST_ROW * candidate.lines[0].size
    else:
        near = candidate.page == last.page + 1
    return near and _columns([first, *block[1:][-WINDOW:], candidate]) is not None


def _is_row(block: Sequence[CandidateRow], candidate: CandidateRow) -> bool:
    """Whether a candidate has several cells, is the repeated header, or is what a row over two
    pages has on the second."""
    if len(candidate.cells) > 1:
        return True
    # Of one cell: a row whose cells are so near that they were one line.
    columns = _columns(block[-WINDOW:]) if len(candidate.lines) <= LONGEST_SPAN else None
    if columns and sum(map(bool, _row(candidate, columns).cells)) > 1:
        return True
    if block[-1].page != candidate.page and candidate.text == block[0].text:
        return True
    place = _column_on_new_page(block, candidate)
    if place is None:
        return False
    column, before = place
    repeated = len(block) > 1 and block[-1].text == block[0].text
    return repeated or column > 0 or (before and candidate.text[:1].islower())


def _column_on_new_page(
    block: Sequence[CandidateRow], candidate: CandidateRow
) -> tuple[int, bool] | None:
    """On top of a page, the column in which all of a candidate of one cell stands, and whether the
    row before has text there."""
    columns = _columns(block[-WINDOW:])
    repeated = len(block) > 1 and block[-1].text == block[0].text
    if columns is None or not (repeated or block[-1].page != candidate.page):
        return None
    column = _column(columns, candidate.extents[0])
    rows = [_row(other, columns) for other in block[-WINDOW:]]
    left, right = extent([line for row in rows for line in row.cells[column]])
    inside = all(left - 1 <= line.x0 and line.x1 <= right + line.size for line in candidate.lines)
    return (column, bool(rows[-1].cells[column])) if inside else None


def _columns(candidates: Sequence[CandidateRow]) -> tuple[Range, ...] | None:
    """The columns of the widest candidates, if they stand apart and all other cells are in them."""
    most = max(len(candidate.cells) for candidate in candidates)
    widest = zip(*(x.extents for x in candidates if len(x.cells) == most), strict=True)
    columns = tuple((min(x0 for x0, _ in cells), max(x1 for _, x1 in cells)) for cells in widest)
    if any(left[1] > right[0] for left, right in pairwise(columns)):
        return None
    for candidate in candidates:
        if len(candidate.cells) < most:
            places = [_column(columns, place) for place in candidate.extents]
            if sorted(set(places)) != places or -1 in places:
                return None
    return columns


def _column(columns: Sequence[Range], place: Range) -> int:
    """The column that shares most with a cell; -1 where none does."""
    shared = [min(right, place[1]) - max(left, place[0]) for left, right in columns]
    return shared.index(max(shared)) if max(shared) > 0 else -1


def _table(block: Sequence[CandidateRow]) -> Table | None:
    """The table that a block is, if enough of its cells are aligned."""
    columns = _columns(block)
    if columns is None or len(columns) < 2:
        return None
    rows = [_row(candidate, columns) for candidate in block]
    full = [row for row in rows if sum(map(bool, row.cells)) > 1]
    if len(full) < FEWEST_ROWS - block[0].ruled:
        return None
    # Where most rows open with a time and none names the columns, the times tell its rows better
    # than its edges do.
    times = sum(time_cell(row.text) > 0 for row in full)
    if 2 * times >= len(full) and not all(map(names_column, full[0].texts)):
        return None
    # Columns of running text, two long runs beside each other, are aligned too.
    prose = sum(sum(len(cell) > TALLEST_CELL for cell in row.cells) > 1 for row in block)
    if 2 * prose >= len(full):
        return None
    lists = 0
    for column in zip(*(row.cells for row in full), strict=True):
        cells = [cell for cell in column if cell]
        # So are the items of a list that is set in columns.
        lists += 2 * sum(is_list_start(cell[0].text) for cell in cells) > len(cells)
        lefts, rights = zip(*map(extent, cells), strict=True)
        middles = [(left + right) / 2 for left, right in zip(lefts, rights, strict=True)]
        if max(map(_share, (lefts, rights, middles))) < LEAST_ALIGNED:
            return None
    if lists > 1:
        return None
    pages = [tuple(page) for _, page in groupby(_with_numbers(rows), lambda row: row.page)]
    headed = len(block) > 1 and block[0].ruled and not block[1].ruled
    return Table(reduce(appended, pages), 1 if headed else None)


def _row(candidate: CandidateRow, columns: Sequence[Range]) -> Row:
    """The cells of a candidate by column; a line over two columns is cut between them, if there is
    room before each part."""
    cells: list[list[Line]] = [[] for _ in columns]
    for line in candidate.lines:
        parts = cut_line(line, [left - 1 for left, _ in columns[1:]])
        gaps = (after.x0 - before.x1 for before, after in pairwise(parts))
        if any(gap <= WORD_SPACE * line.size for gap in gaps):
            parts = [line]
        for part in parts:
            cells[max(_column(columns, (part.x0, part.x1)), 0)].append(part)
    return Row(tuple(map(tuple, cells)))


def _share(values: Sequence[float]) -> float:
    """How many of the values lie near the one that most lie near."""
    ordered = sorted(values)
    near = (
        bisect_right(ordered, value + SAME_EDGE) - bisect_left(ordered, value - SAME_EDGE)
        for value in ordered
    )
    return max(near) / len(ordered)


def _with_numbers(rows: Sequence[Row]) -> Sequence[Row]:
    """With the short marks at the start of the first cells (`1`, `2.1`, `a)`) in a column of their
    own, where what follows them is aligned."""
    firsts = [row.cells[0][0] for row in rows if row.cells[0]]
    marked = [line for line in firsts if line.words[1:] and ROW_MARK.match(line.words[0].text)]
    starts = [line.words[1].x0 for line in marked]
    if len(starts) < max(FEWEST_ROWS, LEAST_ALIGNED * len(firsts)) or _share(starts) < 1:
        return rows
    edge = min(starts) - 1
    if any(line.x0 < edge for row in rows for line in row.cells[0][1:]):
        return rows
    result = []
    for row in rows:
        parts = [part for line in row.cells[0] for part in cut_line(line, [edge])]
        before = tuple(part for part in parts if part.x0 < edge)
        after = tuple(part for part in parts if part.x0 >= edge)
        result.append(Row((before, after, *row.cells[1:])))
    return result
