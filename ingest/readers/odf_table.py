"""A table of OpenDocument to rows of cells, as they were made or column by column."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml.etree import _Element

from ingest.readers.opendocument import q
from ingest.readers.spans import LONGEST_LABEL, Cell, spanned_heads, spread
from ingest.readers.tables import table_blocks
from search.types import Block

ROW, HEADER_ROWS = q("table:table-row"), q("table:table-header-rows")
GROUPS = frozenset(map(q, ("table:table-rows", "table:table-row-group"))) | {HEADER_ROWS}
CELL, COVERED = q("table:table-cell"), q("table:covered-table-cell")
MOST_REPEATS = 500  # of one row or cell; programs fill a sheet to its end with empty ones

TextOf = Callable[[_Element], str]


@dataclass(frozen=True, slots=True)
class TableRow:
    """The cells of a row, None where a merge covers one; whether it is a header."""

    cells: tuple[_Element | None, ...]
    header: bool
    repeated: int


def table_rows(table: _Element, header: bool = False) -> Iterator[TableRow]:
    """The rows in order, also those in groups."""
    for child in table:
        if child.tag in GROUPS:
            yield from table_rows(child, header or child.tag == HEADER_ROWS)
        elif child.tag == ROW:
            yield TableRow(tuple(_cells(child)), header, count(child, "number-rows-repeated"))


def blocks_of(table: _Element, text_of: TextOf, named: bool, page: int = 1) -> Iterator[Block]:
    """The rows as blocks; `named` says that the first one names the columns."""
    rows = list(table_rows(table))
    cells = [
        [
            Cell(
                text_of(cell),
                count(cell, "number-columns-spanned"),
                count(cell, "number-rows-spanned"),
            )
            for cell in row.cells
            if cell is not None
        ]
        for row in rows
    ]
    heads = sum(row.header for row in rows) or spanned_heads(cells) or (1 if named else None)
    yield from table_blocks(spread(cells), heads, page)


def aligned(table: _Element, text_of: TextOf) -> Iterator[list[str]]:
    """The rows of a sheet, each cell in its column; one that is merged over several rows stands
    in each of them, one that fills its row by a merge is alone in it."""
    spans: dict[int, tuple[int, str]] = {}  # how many more rows it covers, and its text
    for row in table_rows(table):
        cells: list[str] = []
        wide = False
        for column, cell in enumerate(row.cells):
            if cell is None:
                left, text = spans.get(column, (0, ""))
                cells.append(text if left > 0 else "")
                spans[column] = left - 1, text
            else:
                text = text_of(cell)
                wide |= bool(text) and count(cell, "number-columns-spanned") > 1
                cells.append(text)
                label = text if len(text) <= LONGEST_LABEL else ""
                spans[column] = count(cell, "number-rows-spanned") - 1, label
        full = [cell for cell in cells if cell]
        for _ in range(row.repeated if full else 1):
            yield full if wide and len(full) == 1 else cells


def count(element: _Element, attribute: str) -> int:
    """How often or how far the element counts; nonsense counts once."""
    value = element.get(q(f"table:{attribute}"), "1")
    return max(1, min(int(value), MOST_REPEATS)) if value.isdecimal() and len(value) < 9 else 1


def _cells(row: _Element) -> Iterator[_Element | None]:
    """The cells of a row up to the last that is not empty."""
    waiting: list[_Element | None] = []
    for child in row:
        if child.tag not in (CELL, COVERED):
            continue
        times = count(child, "number-columns-repeated")
        if child.tag == CELL and len(child) == 0:
            waiting += [child] * times
        else:
            yield from waiting
            waiting = []
            yield from [None if child.tag == COVERED else child] * times
