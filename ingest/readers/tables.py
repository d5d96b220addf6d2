"""Rows of cells to table rows and agenda items that know what stands above them."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ingest.heads import HEADER_CELL, SEPARATOR, count_heads
from ingest.readers.clean import clean
from ingest.times import is_day, time_cell
from search.types import Block, BlockKind, Box, Part

MOST_TIME_LINES = 5  # «10:30» «a» «10:40» «(10» «minutos)»


def table_blocks(
    rows: Sequence[Sequence[str]],
    heads: int | None = None,
    page: int = 1,
    boxes: Sequence[tuple[Box, ...]] = (),
) -> Iterator[Block]:
    """One block a row that has text, its cells joined by « | »; a cell has a line a paragraph.

    `heads` says how many rows name the columns (None: judge by the cells), `boxes` where each
    row stands. Header rows are blocks too, so that no text is lost. A row of one cell over all
    columns heads the rows below it. A row in which several times are stacked is as many rows.
    """
    header = section = ""
    width = max(map(len, rows), default=0)
    if heads is None:
        heads = count_heads([list(map(clean, row)) for row in rows])
    for number, row in enumerate(rows):
        for cells in stacked_rows(row):
            text = SEPARATOR.join(filter(None, map(clean, cells)))
            if not text:
                continue
            parts = (Part(page, text, boxes[number] if boxes else ()),)
            above = "; ".join(filter(None, (section, header)))
            if time_cell(text):
                yield Block(BlockKind.AGENDA_ITEM, parts, header=above)
                continue
            banner = len(row) == 1 < width and len(text) <= HEADER_CELL and not is_day(text)
            section = "" if banner else section
            yield Block(BlockKind.TABLE_ROW, parts, header=header if banner else above)
            if number < heads and not is_day(text):
                header = SEPARATOR.join(filter(None, (header, text)))
            elif banner:
                section = text


def stacked_rows(row: Sequence[str]) -> list[list[str]]:
    """The row, or the rows of a timetable that were stacked in its cells.

    Times under each other pair up with as many paragraphs in the other cells; a cell whose
    paragraphs open with times of their own is parted before each. What has only one paragraph
    (a day, a room) belongs to the first.
    """
    if not any("\n" in cell for cell in row):
        return [list(row)]
    cells = [[clean(line) for line in cell.split("\n")] for cell in row]
    for cell in cells:
        stacked = _stacked_times(cell)
        starts = stacked or _timed_paragraphs(cell)
        parted = [_parted(other, starts, len(cell)) for other in cells]
        if len(starts) > 1 and all(parted):
            rows = [list(texts) for texts in zip(*parted, strict=True)]
            if not stacked or all(sum(map(bool, texts)) > 1 for texts in rows):
                return rows
    return [[" ".join(filter(None, cell)) for cell in cells]]


def _stacked_times(cell: Sequence[str]) -> list[int]:
    """Where each of the times begins that fill the cell; a time may take several lines."""
    starts: list[int] = []
    place = 0
    while place < len(cell):
        if not cell[place]:
            place += 1
            continue
        last = min(place + MOST_TIME_LINES, len(cell))
        ends = [n for n in range(place + 1, last + 1) if _is_time(cell[place:n])]
        if not ends:
            return []
        starts.append(place)
        place = ends[-1]
    return starts


def _is_time(lines: Sequence[str]) -> bool:
    text = " ".join(filter(None, lines))
    return 0 < time_cell(text) == len(text)


def _timed_paragraphs(cell: Sequence[str]) -> list[int]:
    """Where each paragraph begins that opens with a time and goes on; the first one must."""
    starts = [n for n, line in enumerate(cell) if 0 < time_cell(line) < len(line)]
    said = [n for n, line in enumerate(cell) if line]
    return starts if starts and starts[0] == said[0] else []


def _parted(cell: Sequence[str], starts: Sequence[int], lines: int) -> list[str]:
    """The cell in as many parts as there are starts; nothing if it cannot be parted so."""
    said = [line for line in cell if line]
    if len(cell) == lines and all(cell[start] for start in starts):
        bounds = [*starts, lines]
        pairs = pairwise(bounds)
        return [" ".join(filter(None, cell[start:end])) for start, end in pairs]
    if len(said) == len(starts):
        return said
    if len(said) < 2:
        return ["".join(said), *[""] * (len(starts) - 1)]
    return []
