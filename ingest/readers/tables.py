"""Rows of cells to table rows and agenda items that know what stands above them."""

from collections.abc import Iterator, Sequence

from ingest.times import is_day, time_cell
from search.types import Block, BlockKind, Box, Part

SEPARATOR = " | "
HEADER_CELL = 80  # characters; longer cells are content, not column names


def table_blocks(
    rows: Sequence[Sequence[str]],
    heads: int | None = None,
    page: int = 1,
    boxes: Sequence[tuple[Box, ...]] = (),
) -> Iterator[Block]:
    """One block a row that has text, its cells joined by « | ».

    `heads` says how many rows name the columns (None: judge by the cells), `boxes` where each
    row stands. Header rows are blocks too, so that no text is lost.
    """
    header = ""
    heads = _count_heads(rows) if heads is None else heads
    for number, row in enumerate(rows):
        cells = [cell for cell in row if cell]
        if not cells:
            continue
        text = SEPARATOR.join(cells)
        parts = (Part(page, text, boxes[number] if boxes else ()),)
        if time_cell(text):
            yield Block(BlockKind.AGENDA_ITEM, parts, header=header)
            continue
        yield Block(BlockKind.TABLE_ROW, parts, header=header)
        if number < heads and not is_day(text):
            header = SEPARATOR.join(filter(None, (header, text)))


def _count_heads(rows: Sequence[Sequence[str]]) -> int:
    """How many of the first rows name the table and its columns, when the file does not say."""
    for number, row in enumerate(rows[:-1]):
        if sum(map(bool, row)) == 1:
            continue
        named = len(row) > 1 and len(set(row)) == len(row) and all(map(_names_column, row))
        return number + 1 if named else 0
    return 0


def _names_column(cell: str) -> bool:
    """Not empty, long, a number, an amount, a time or a sentence."""
    if not cell or len(cell) > HEADER_CELL or cell.endswith((".", ";", ":")):
        return False
    return cell == "#" or (any(map(str.isalpha, cell)) and not time_cell(cell))
