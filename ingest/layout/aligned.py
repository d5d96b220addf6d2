"""Bands of cells that stand under each other to tables without a grid."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby, pairwise

from ingest.heads import names_column
from ingest.layout.bands import Band, Range, Rules, extent, make_bands, split_at_edges
from ingest.layout.groups import TALLEST_CELL
from ingest.layout.lines import Line, cut_line
from ingest.layout.rows import Row, Table, appended
from ingest.layout.signs import is_list_start
from ingest.times import time_cell

FAR = 5.0  # em: between two rows of a table
FEWEST = 3  # rows of several cells that make a table; one less where a rule is under the first
ALIGNED = 0.7  # of the cells of a column
SAME_EDGE = 3.0  # points
WIDE = 0.45  # em: more than between words
WINDOW = 12  # bands back that a new one is compared with
LONGEST_SPAN = 2  # lines of a row that has one cell, between rows that have several

NUMBER = re.compile(r"(?:#|n[.º°]*|\w{1,3}[.)]?|\d{1,2}(?:\.\d{1,2}){1,2})$", re.IGNORECASE)


def aligned_tables(lines: Sequence[Line], rules: Rules) -> list[Line | Table]:
    """The lines in reading order, with cells that are aligned over several rows made a table."""
    result: list[Line | Table] = []
    parts = split_at_edges(lines)
    whole = {id(part): line for line, pieces in zip(lines, parts, strict=True) for part in pieces}
    for block in _blocks(make_bands(list(chain.from_iterable(parts)), rules)):
        table = _table(block)
        loose = [] if table else [whole[id(line)] for band in block for line in band.lines]
        result.extend([table] if table else (line for line, _ in groupby(loose)))
    return result


def _blocks(bands: Iterable[Band]) -> Iterator[list[Band]]:
    """Bands in one set of columns; a short band of one cell may stand between them."""
    block: list[Band] = []
    between: list[Band] = []
    for band in bands:
        if block and _fits([*block, *between], band):
            if _is_row([*block, *between], band):
                block += [*between, band]
                between = []
                continue
            if not between and (len(band.lines) <= LONGEST_SPAN or _place(block, band)):
                between = [band]
                continue
        if block:
            yield block
        yield from ([single] for single in between)
        block, between = [band], []
    if block:
        yield block
    yield from ([single] for single in between)


def _fits(block: Sequence[Band], band: Band) -> bool:
    """Whether a band stands under a block or on top of the next page, in its columns, and does
    not open another table."""
    first, last = block[0], block[-1]
    if len(first.cells) == 1 and not (first.ruled and len(band.cells) > 1):
        return len(block) > 1 and first.ruled and _stands_in(block, band)
    other = first.ruled and len(block) > 1 and band.ruled and not last.ruled
    if other and band.text != first.text:
        return False
    return _stands_in(block, band)


def _stands_in(block: Sequence[Band], band: Band) -> bool:
    last = block[-1]
    if last.page == band.page:
        near = 0 < band.top - last.bottom < FAR * band.lines[0].size
    else:
        near = band.page == last.page + 1
    return near and _columns([block[0], *block[1:][-WINDOW:], band]) is not None


def _is_row(block: Sequence[Band], band: Band) -> bool:
    """Whether a band has several cells, is the repeated head, or what a row over two pages has on
    the second."""
    if len(band.cells) > 1 or _splits(block, band):
        return True
    if block[-1].page != band.page and band.text == block[0].text:
        return True
    place = _place(block, band)
    if place is None:
        return False
    column, before = place
    repeated = len(block) > 1 and block[-1].text == block[0].text
    return repeated or column > 0 or (before and band.text[:1].islower())


def _place(block: Sequence[Band], band: Band) -> tuple[int, bool] | None:
    """On top of a page, the column in which all of a band of one cell stands, and whether the row
    before has text there."""
    columns = _columns(block[-WINDOW:])
    repeated = len(block) > 1 and block[-1].text == block[0].text
    if columns is None or not (repeated or block[-1].page != band.page):
        return None
    column = _column(columns, *band.extents[0])
    rows = [_row(other, columns) for other in block[-WINDOW:]]
    left, right = extent([line for row in rows for line in row.cells[column]])
    inside = all(left - 1 <= line.x0 and line.x1 <= right + line.size for line in band.lines)
    return (column, bool(rows[-1].cells[column])) if inside else None


def _splits(block: Sequence[Band], band: Band) -> bool:
    """Whether a band of one cell is a row whose cells stand so near that they were one line."""
    columns = _columns(block[-WINDOW:])
    if columns is None or len(band.lines) > LONGEST_SPAN:
        return False
    return sum(map(bool, _row(band, columns).cells)) > 1


def _columns(bands: Sequence[Band]) -> tuple[Range, ...] | None:
    """The columns of the widest bands, if they stand apart and all other cells stand in them."""
    most = max(len(band.cells) for band in bands)
    widest = zip(*(band.extents for band in bands if len(band.cells) == most), strict=True)
    columns = tuple((min(x0 for x0, _ in cells), max(x1 for _, x1 in cells)) for cells in widest)
    if any(left[1] > right[0] for left, right in pairwise(columns)):
        return None
    for band in bands:
        if len(band.cells) == most:
            continue
        places = [_column(columns, *place) for place in band.extents]
        if sorted(set(places)) != places or -1 in places:
            return None
    return columns


def _column(columns: Sequence[Range], x0: float, x1: float) -> int:
    """The column that shares most with a cell; -1 where none does."""
    shared = [min(right, x1) - max(left, x0) for left, right in columns]
    best = max(range(len(columns)), key=lambda number: shared[number])
    return best if shared[best] > 0 else -1


def _table(block: Sequence[Band]) -> Table | None:
    """The table that a block is, if enough of its cells are aligned."""
    columns = _columns(block)
    if columns is None or len(columns) < 2:
        return None
    rows = [_row(band, columns) for band in block]
    full = [row for row in rows if sum(map(bool, row.cells)) > 1]
    headed = len(block) > 1 and block[0].ruled and not block[1].ruled
    if len(full) < FEWEST - block[0].ruled or _is_bare_timetable(full):
        return None
    if 2 * sum(map(_is_prose, block)) >= len(full) or _is_list(full):
        return None
    if not all(_is_aligned(full, column) for column in range(len(columns))):
        return None
    return Table(_over_pages(_with_numbers(rows)), 1 if headed else None)


def _is_prose(band: Band) -> bool:
    """Whether two long runs stand beside each other: columns of text."""
    return sum(len(cell) > TALLEST_CELL for cell in band.cells) > 1


def _is_bare_timetable(rows: Sequence[Row]) -> bool:
    """Whether most rows open with a time and none names the columns: the times tell its rows
    better than its edges do."""
    times = sum(time_cell(row.text) > 0 for row in rows)
    headed = all(rows[0].cells) and all(map(names_column, rows[0].texts))
    return 2 * times >= len(rows) and not headed


def _is_list(rows: Sequence[Row]) -> bool:
    """Whether several columns hold the items of a list that is set in columns."""
    starts = [
        [is_list_start(row.cells[column][0].text) for row in rows if row.cells[column]]
        for column in range(len(rows[0].cells))
    ]
    return sum(2 * sum(column) > len(column) for column in starts) > 1


def _row(band: Band, columns: Sequence[Range]) -> Row:
    """The cells of a band by column; a line over two columns is cut between them."""
    cells: list[list[Line]] = [[] for _ in columns]
    lefts = [left - 1 for left, _ in columns[1:]]
    for line in band.lines:
        for part in _parts(line, lefts):
            cells[max(_column(columns, part.x0, part.x1), 0)].append(part)
    return Row(tuple(map(tuple, cells)))


def _parts(line: Line, lefts: Sequence[float]) -> list[Line]:
    """A line cut where a column starts, if there is room before each part."""
    parts = cut_line(line, lefts)
    gaps = (after.x0 - before.x1 for before, after in pairwise(parts))
    return parts if all(gap > WIDE * line.size for gap in gaps) else [line]


def _is_aligned(rows: Sequence[Row], column: int) -> bool:
    """Whether most cells of a column share their left edge, their right edge or their middle."""
    extents = [extent(row.cells[column]) for row in rows if row.cells[column]]
    places = (
        [left for left, _ in extents],
        [right for _, right in extents],
        [(left + right) / 2 for left, right in extents],
    )
    return any(_share(values) >= ALIGNED for values in places)


def _share(values: Sequence[float]) -> float:
    """How many of the values lie near the one that most lie near."""
    ordered = sorted(values)
    near = (
        bisect_right(ordered, value + SAME_EDGE) - bisect_left(ordered, value - SAME_EDGE)
        for value in ordered
    )
    return max(near) / len(ordered)


def _with_numbers(rows: Sequence[Row]) -> list[Row]:
    """With short marks at the start of the first cells in a column of their own, where what
    follows them is aligned."""
    firsts = [row.cells[0][0] for row in rows if row.cells[0]]
    marked = [line for line in firsts if line.words[1:] and NUMBER.match(line.words[0].text)]
    starts = [line.words[1].x0 for line in marked]
    if len(starts) < FEWEST or _share(starts) < 1 or len(starts) < ALIGNED * len(firsts):
        return list(rows)
    edge = min(starts) - 1
    if any(line.x0 < edge for row in rows for line in row.cells[0][1:]):
        return list(rows)
    return [_cut_first(row, edge) for row in rows]


def _cut_first(row: Row, edge: float) -> Row:
    parts = [part for line in row.cells[0] for part in cut_line(line, [edge])]
    before = tuple(part for part in parts if part.x0 < edge)
    after = tuple(part for part in parts if part.x0 >= edge)
    return Row((before, after, *row.cells[1:]))


def _over_pages(rows: Sequence[Row]) -> tuple[Row, ...]:
    joined: tuple[Row, ...] = ()
    for part in (tuple(group) for _, group in groupby(rows, lambda row: row.page)):
        joined = appended(joined, part) if joined else part
    return joined
