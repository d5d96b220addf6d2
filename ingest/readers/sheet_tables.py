"""The rows of a sheet to blocks: its name, its tables, and the lines that stand alone."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from ingest.heads import SEPARATOR, count_heads, names_column
from ingest.readers.clean import clean
from ingest.readers.tables import table_blocks
from search.types import Block, BlockKind, Part

MOST_ROWS = 20_000  # of a whole file; longer lists are data, not documents
# What programs call a sheet that nobody named.
UNNAMED = re.compile(r"(?:hoja|sheet|planilha|folha|feuil|feuille|tabla)[\s_]?\d*", re.IGNORECASE)

STACKED = 4  # rows that a table has at least where two of them name its columns

Row = list[str]


@dataclass(slots=True)
class Workbook:
    """A spreadsheet while it is being read: how many more rows are taken, what was left out."""

    left: int = MOST_ROWS
    warnings: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def sheet(self, name: str, rows: Iterable[Row], alone: bool) -> Iterator[Block]:
        """The blocks of one visible sheet; a lone sheet without a name of its own has no heading.

        Empty rows part the tables of a sheet. One whose first row names no columns goes on with
        the table before it, if that was as wide.
        """
        tables = [list(run) for full, run in groupby(self._rows(name, rows), key=any) if full]
        if tables and not (alone and UNNAMED.fullmatch(name)):
            yield Block(BlockKind.HEADING, (Part(1, name),), level=1)
        header, columns = "", 0
        for table in map(_without_empty_columns, tables):
            width = max(map(len, table))
            if width == 1:
                yield from (Block(BlockKind.PARAGRAPH, (Part(1, clean(row[0])),)) for row in table)
                continue
            heads = _count_heads(table)
            if heads > 1:
                table[1] = [cell if cell not in table[0] else "" for cell in table[1]]
            inherited = header if heads == 0 and width == columns else ""
            blocks = list(table_blocks(table, heads))
            for block in blocks:
                yield replace(block, header=block.header or inherited)
            if heads:
                names = (clean(cell) for row in table[:heads] for cell in row if cell)
                header, columns = SEPARATOR.join(names), width

    def all_warnings(self) -> tuple[str, ...]:
        """What the reader of the document should know."""
        hidden = ", ".join(self.hidden)
        return (*self.warnings, *((f"hojas ocultas no leídas: {hidden}",) if hidden else ()))

    def _rows(self, name: str, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            if any(row):
                if self.left == 0:
                    self.warnings.append(
                        f"la hoja «{name}» no se leyó entera: se leen {MOST_ROWS} filas por archivo"
                    )
                    return
                self.left -= 1
            yield row


def _without_empty_columns(rows: Sequence[Row]) -> list[Row]:
    """The rows in the columns that hold something; a lone merged cell is left as it is."""
    width = max(map(len, rows))
    whole = [row for row in rows if len(row) > 1]
    full = [n for n in range(width) if any(n < len(row) and row[n] for row in whole)]
    return [[row[n] if n < len(row) else "" for n in full] if len(row) > 1 else row for row in rows]


def _count_heads(rows: Sequence[Row]) -> int:
    """How many rows name the columns; names may stand under common ones that span several."""
    heads = count_heads(rows)
    if heads or len(rows) < STACKED or "" not in rows[0] or count_heads(rows[1:]) != 1:
        return heads
    return 2 if all(names_column(cell) or cell.isdecimal() for cell in filter(None, rows[0])) else 0
