"""An Excel file to blocks: each visible sheet is a heading and its tables, a row a block."""

import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from ingest.errors import Encrypted, Unreadable
from ingest.readers.archive import check_archive
from ingest.readers.clean import clean
from ingest.readers.days import mark_timetable
from ingest.readers.parts import first_text, iso_date, open_parts
from ingest.readers.sheet_tables import Row, Workbook
from ingest.readers.spans import LONGEST_LABEL
from ingest.readers.titles import promote_title, sensible_title
from search.types import Block, Reading

PROPERTIES = "docProps/core.xml"
DIGITS = 12  # of a decimal number; what binary fractions add comes after

Value = int | float | str | bool | time | date | datetime | timedelta


def read_sheets(data: bytes, name: str) -> Reading:
    """Blocks of the visible sheets; hidden ones are left out with a warning.

    Dates read dd/mm/aaaa, times hh:mm, numbers without needless zeros; formats such as % are not
    known. A cell merged over several rows is repeated in each.
    """
    zipped = data.startswith(b"PK")
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
    title, created = _properties(data, name) if zipped else (None, None)
    return Reading(
        blocks=promote_title(blocks),
        paged=False,
        title=title,
        created=created,
        warnings=book.all_warnings(),
    )


def _properties(data: bytes, name: str) -> tuple[str | None, str | None]:
    """Title and date of creation."""
    with open_parts(data) as parts:
        core = parts.optional(PROPERTIES)
        title = sensible_title(clean(first_text(core, "title")), name)
        return title, iso_date(first_text(core, "created"))


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
    first = sheet.start[1] if sheet.start else 0
    origins: dict[tuple[int, int], tuple[int, int]] = {}  # covered by a merge: where that begins
    wide: set[tuple[int, int]] = set()
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
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
    if isinstance(value, bool):
        return "Sí" if value else "No"
    if isinstance(value, datetime):
        has_time = value.time() != time()
        return f"{value:%d/%m/%Y %H:%M}" if has_time else f"{value:%d/%m/%Y}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02}"
    return str(int(value)) if value == int(value) else f"{value:.{DIGITS}g}"
