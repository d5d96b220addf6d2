"""Makes blocks of the rows of tables and timetables, each of which knows what stands above it.

Readers bring a table as rows of cells, and get table rows and agenda items with the names of the
columns, the section and the day in their headers. Timetables are also found outside tables, in
paragraphs that begin with a time. «Heads» are header rows throughout.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.readers.clean import LIST_MARK, clean
from search.documents import Block, BlockKind, Box, Part
from search.text.times import is_day, time_cell

SEPARATOR = " | "
"""Between the cells of a row in the text of its block."""
HEADER_CELL = 80  # characters; longer cells are content, not column names
LONGEST_LABEL = 80  # characters; a longer text over several rows is said once, not in each row
MOST_TIME_LINES = 5  # «10:30» «a» «10:40» «(10» «minutos)»
YEAR = re.compile(r"(?:19|20)\d\d$")  # «Meta | 2025 | 2030» names columns, though with numbers
LONGEST_ITEM = 600  # characters; longer text that starts with a time is a story, not a timetable
NUMBERED = re.compile(r"^\(?(\d{1,3})[.)°º]?\s+\S")  # «1 Datos», «(2) Trámites», «3º Metas»
NEAR_TIMES = 4  # blocks: how far apart the lone times of one timetable stand at most
UNMARKED_LINES = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM})
HEADING_KINDS = frozenset({BlockKind.TITLE, BlockKind.HEADING, BlockKind.SLIDE_TITLE})


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as it was made, its paragraphs a line each; covered cells are not given."""

    text: str
    across: int = 1
    down: int = 1


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
            # A day is no section: `mark_timetable` carries it on, also over the end of the table.
            banner = len(row) == 1 < width and len(text) <= HEADER_CELL and not is_day(text)
            section = "" if banner else section
            yield Block(BlockKind.TABLE_ROW, parts, header=header if banner else above)
            if number < heads and not is_day(text):
                header = SEPARATOR.join(filter(None, (header, text)))
            elif banner:
                section = text


def count_heads(rows: Sequence[Sequence[str]]) -> int:
    """How many of the first rows name the table and its columns; the last row never does."""
    for number, row in enumerate(rows[:-1]):
        if sum(map(bool, row)) == 1:  # the title of the table, above the names of its columns
            continue
        return number + 1 if _names_columns(row) else 0
    return 0


def names_column(cell: str) -> bool:
    """Not empty, long, a number, an amount, a time or a sentence."""
    if not cell or len(cell) > HEADER_CELL or cell.endswith((".", ";", ":")):
        return False
    # «#» heads the column of numbers.
    return cell == "#" or (any(map(str.isalpha, cell)) and not time_cell(cell))


def _names_columns(row: Sequence[str]) -> bool:
    """All different, and all names or years but for the corner, which may be empty."""
    if len(row) < 2 or len(set(row)) < len(row):
        return False
    corner, *names = row
    years = all(map(YEAR.match, names))
    return (not corner or names_column(corner)) and (years or all(map(names_column, names)))


def expand_spans(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """The texts of each row. What spans rows is said in each of them if it is short: it is the
    label of all; what spans columns is said once."""
    texts: list[list[str]] = []
    covering: dict[int, tuple[Cell, int]] = {}  # first column: the cell from above, rows left
    for row in rows:
        cells = list(row)
        has_text = any(cell.text.strip() for cell in cells)
        texts.append([])
        column, waiting = 0, dict[int, tuple[Cell, int]]()
        # Cells from above take their columns first; the row's own fill what is left, in order.
        while cells or any(place >= column for place in covering):
            above, left = covering.pop(column, (None, 0))
            cell = above or (cells.pop(0) if cells else Cell(""))
            repeated = above is None or (has_text and len(above.text) <= LONGEST_LABEL)
            texts[-1].append(cell.text if repeated else "")
            left = left if above else cell.down
            column += cell.across
            if left > 1:
                waiting[column - cell.across] = cell, left - 1
        covering |= waiting
    return texts


def count_spanned_heads(rows: Sequence[Sequence[Cell]]) -> int:
    """How many rows the names of the columns take, where some of them stand under a common one."""
    first = rows[0] if rows else ()
    grouped = any(cell.across > 1 for cell in first) and len(first) > 1
    deepest = max((cell.down for cell in first), default=1)
    return deepest if grouped and 1 < deepest < len(rows) else 0


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
        parted = [_split_cell(other, starts, len(cell)) for other in cells]
        if len(starts) > 1 and all(parted):
            rows = [list(texts) for texts in zip(*parted, strict=True)]
            # Times without a word beside each are one entry that lists times, not several rows.
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
        ends = [
            n
            for n in range(place + 1, last + 1)
            if is_lone_time(" ".join(filter(None, cell[place:n])))
        ]
        if not ends:
            return []
        starts.append(place)
        place = ends[-1]  # the longest: «10:30 a 10:40» is one time, not two
    return starts


def _timed_paragraphs(cell: Sequence[str]) -> list[int]:
    """Where each paragraph begins that opens with a time and goes on; the first one must."""
    starts = [n for n, line in enumerate(cell) if 0 < time_cell(line) < len(line)]
    said = [n for n, line in enumerate(cell) if line]
    return starts if starts and starts[0] == said[0] else []


def _split_cell(cell: Sequence[str], starts: Sequence[int], lines: int) -> list[str]:
    """The cell in as many parts as there are starts; nothing if it cannot be parted so."""
    said = [line for line in cell if line]
    # The same number of lines, and text beside each time: what stands level belongs together.
    if len(cell) == lines and all(cell[start] for start in starts):
        bounds = pairwise([*starts, lines])
        return [" ".join(filter(None, cell[start:end])) for start, end in bounds]
    if len(said) == len(starts):
        return said
    if len(said) < 2:
        return ["".join(said), *[""] * (len(starts) - 1)]
    return []


def mark_timetable(blocks: Iterable[Block]) -> Iterator[Block]:
    """The same blocks; those that open with a time become agenda items, and so do times in
    paragraphs of their own with the paragraph below.

    The day announced last (by a heading, a paragraph or a row of its own) leads their header
    («Viernes 1 de noviembre; Hora | Actividad»), until another heading ends it.
    """
    day = ""
    for block in _with_lone_times(list(blocks)):
        text = block.text
        if is_day(text):
            day = text
        elif block.kind in HEADING_KINDS:
            day = ""
        if block.kind in UNMARKED_LINES and _is_timetable_line(text):
            block = replace(block, kind=BlockKind.AGENDA_ITEM)
        # A table with a row for the day has it in the headers below already.
        if block.kind is BlockKind.AGENDA_ITEM and day not in block.header:
            block = replace(block, header="; ".join(filter(None, (day, block.header))))
        yield block


def _with_lone_times(blocks: Sequence[Block]) -> Iterator[Block]:
    """Each time that stands alone joined to what follows it, where another such time is near."""
    lone = [
        n
        for n, block in enumerate(blocks)
        if block.kind in UNMARKED_LINES and is_lone_time(block.text)
    ]
    # One time by itself may be anything (a deadline, an hour of opening): it stays a paragraph.
    near = {n for pair in pairwise(lone) if pair[1] - pair[0] <= NEAR_TIMES for n in pair}
    held: Block | None = None
    for number, block in enumerate(blocks):
        if held is not None and block.kind in UNMARKED_LINES and not time_cell(block.text):
            block = _time_with_text(held, block)
        elif held is not None:
            yield held
        held = block if number in near else None
        if held is None:
            yield block
    if held is not None:
        yield held


def _time_with_text(time: Block, block: Block) -> Block:
    """One agenda item of both, which keeps a part on each page where a page break lies between."""
    first, second = time.parts[-1], block.parts[0]
    if first.page != second.page:
        parts = (*time.parts, *block.parts)
    else:
        whole = Part(
            first.page, f"{first.text}{SEPARATOR}{second.text}", first.boxes + second.boxes
        )
        parts = (*time.parts[:-1], whole, *block.parts[1:])
    return replace(block, kind=BlockKind.AGENDA_ITEM, parts=parts, level=0)


def separate_lines(text: str) -> list[str]:
    """The text on one line, or its lines if several open with a time, a list mark or one number
    after another: somebody broke the line where a new paragraph was meant."""
    lines = [line for line in text.split("\n") if clean(line)]
    for opens in (_is_timetable_line, LIST_MARK.match):
        starts = [number for number, line in enumerate(lines) if opens(clean(line))]
        if len(starts) > 1:
            bounds = [0, *starts, len(lines)] if starts[0] else [*starts, len(lines)]
            return [clean(" ".join(lines[start:end])) for start, end in pairwise(bounds)]
    # «Calle 7» above «90 Madrid» is an address: numbers count only where one follows another.
    numbers = [NUMBERED.match(clean(line)) for line in lines]
    typed = [int(found[1]) for found in numbers if found]
    steps = all(after == before + 1 for before, after in pairwise(typed))
    # All of them but for a first that leads in, one after another.
    if len(typed) > 1 and len(typed) >= len(lines) - 1 and steps:
        return list(map(clean, lines))
    return [clean(text)]


def _is_timetable_line(text: str) -> bool:
    """A time with something after it, and not too much."""
    return 0 < time_cell(text) < len(text) <= LONGEST_ITEM


def is_lone_time(text: str) -> bool:
    """Whether the text is a time or a span of time and nothing else: «10:30 a 10:40»."""
    return 0 < time_cell(text) == len(text)
