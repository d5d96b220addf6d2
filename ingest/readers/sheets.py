"""Reads Excel files of all kinds: each visible sheet is a heading and its tables, a row a block.

`Workbook` makes the blocks of sheets; the spreadsheets of OpenDocument use it, too.
"""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from ingest.errors import Encrypted, Unreadable
from ingest.readers.archives import check_archive
from ingest.readers.clean import clean, promote_title, sensible_title
from ingest.readers.ooxml import first_text, iso_date, open_parts
from ingest.readers.tables import (
    LONGEST_LABEL,
    SEPARATOR,
    count_heads,
    mark_timetable,
    names_column,
    table_blocks,
)
from search.documents import Block, BlockKind, Part, Reading

MOST_ROWS = 20_000  # of a whole file; longer lists are data, not documents
# What programs call a sheet that nobody named.
UNNAMED_SHEET = re.compile(
    r"(?:hoja|sheet|planilha|folha|feuil|feuille|tabla)[\s_]?\d*", re.IGNORECASE
)
ROWS_UNDER_TWO_HEADS = 4  # that a table has at least where two of them name its columns
PROPERTIES = "docProps/core.xml"
SIGNIFICANT_DIGITS = 12  # of a decimal number; what binary fractions add comes after
Row = list[str]
Value = int | float | str | bool | time | date | datetime | timedelta


def read_sheets(data: bytes, name: str) -> Reading:
    """Blocks of the visible sheets; hidden ones are left out with a warning.

    Dates read dd/mm/aaaa, times hh:mm, numbers without needless zeros; formats such as % are not
    known. A cell merged over several rows is repeated in each.
    """
    zipped = data.startswith(b"PK")  # an `.xls` is not: of it no properties are read
    if zipped:
        check_archive(data)
    book = Workbook()
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            blocks = tuple(mark_timetable(_sheets(workbook, book)))
    except PasswordError as error:
        raise Encrypted("El archivo está protegido con contraseña; guárdelo sin ella.") from error
    except (CalamineError, ValueError, OverflowError) as error:
        raise Unreadable(f"La hoja de cálculo está dañada o incompleta ({error}).") from error
    title = created = None
    if zipped:
        with open_parts(data) as parts:
            core = parts.optional(PROPERTIES)
        title = sensible_title(clean(first_text(core, "title")), name)
        created = iso_date(first_text(core, "created"))
    return Reading(
        blocks=promote_title(blocks),
        paged=False,
        title=title,
        created=created,
        warnings=book.all_warnings(),
    )


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
        if tables and not (alone and UNNAMED_SHEET.fullmatch(name)):
            yield Block(BlockKind.HEADING, (Part(1, name),), level=1)
        header, columns = "", 0
        for table in map(_without_empty_columns, tables):
            width = max(map(len, table))
            if width == 1:
                yield from (Block(BlockKind.PARAGRAPH, (Part(1, clean(row[0])),)) for row in table)
                continue
            heads = _count_header_rows(table)
            if heads > 1:
                # A name merged over both rows stands in both, and would be twice in the header.
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
            if any(row):  # empty rows are free: they cost nothing to store
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


def _count_header_rows(rows: Sequence[Row]) -> int:
    """How many rows name the columns; names may stand under common ones that span several."""
    heads = count_heads(rows)
    # A name merged over columns leaves the cells to its right empty: «Avance» over «Previsto» and
    # «Logrado».
    if heads or len(rows) < ROWS_UNDER_TWO_HEADS or "" not in rows[0] or count_heads(rows[1:]) != 1:
        return heads
    return 2 if all(names_column(cell) or cell.isdecimal() for cell in filter(None, rows[0])) else 0


def _sheets(workbook: CalamineWorkbook, book: Workbook) -> Iterator[Block]:
    tables = [sheet for sheet in workbook.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
    shown = [sheet.name for sheet in tables if sheet.visible is SheetVisibleEnum.Visible]
    book.hidden += [sheet.name for sheet in tables if sheet.name not in shown]
    for name in shown:
        rows = _rows(workbook.get_sheet_by_name(name))
        yield from book.sheet(clean(name), rows, alone=len(shown) == 1)


def _rows(sheet: CalamineSheet) -> Iterator[Row]:
    """The cells as text, each in its column; one that is merged over several rows stands in all
    of them, one that fills its row by a merge is alone in it."""
    # calamine leaves out empty columns at the left, but counts them in the ranges of merges.
    first = sheet.start[1] if sheet.start else 0
    origins: dict[tuple[int, int], tuple[int, int]] = {}  # covered by a merge: where that begins
    wide: set[tuple[int, int]] = set()
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        # A merge may claim all rows of a sheet (1,048,576), far below the last that holds anything.
        last = min(bottom, sheet.total_height)
        origins |= {(row, left - first): (top, left - first) for row in range(top + 1, last + 1)}
        wide |= {(top, left - first)} if right > left else set()
    labels = dict.fromkeys(origins.values(), "")
    for number, values in enumerate(sheet.iter_rows()):
        row = list(map(as_text, values))
        for column, text in enumerate(row):
            place = number, column
            if place in origins:
                row[column] = labels[origins[place]]
            elif place in labels and len(text) <= LONGEST_LABEL:
                labels[place] = text
        full = [column for column, text in enumerate(row) if text]
        yield [row[full[0]]] if len(full) == 1 and (number, full[0]) in wide else row


def as_text(value: Value) -> str:
    """The value of a cell as people write it."""
    if isinstance(value, str):
        return "\n".join(map(clean, value.splitlines())).strip()
    if isinstance(value, bool):  # before numbers: to Python it is one
        return "Sí" if value else "No"
    if isinstance(value, datetime):
        has_time = value.time() != time()
        return f"{value:%d/%m/%Y %H:%M}" if has_time else f"{value:%d/%m/%Y}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, timedelta):  # a duration may be longer than a day: 36:05
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02}"
    return str(int(value)) if value == int(value) else f"{value:.{SIGNIFICANT_DIGITS}g}"
