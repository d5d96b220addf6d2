"""An OpenDocument spreadsheet to blocks: its visible sheets as one sees them."""

from collections.abc import Iterator

from lxml.etree import _Element

from ingest.readers.clean import clean
from ingest.readers.days import mark_timetable
from ingest.readers.odf_table import aligned
from ingest.readers.opendocument import (
    TABLE,
    Styles,
    Writing,
    content_of,
    language_of,
    properties_of,
    q,
)
from ingest.readers.parts import open_parts
from ingest.readers.sheet_tables import Workbook
from ingest.readers.titles import promote_title
from search.types import Block, Reading


def read_ods(data: bytes, name: str) -> Reading:
    """Blocks of the visible sheets; hidden ones are left out with a warning.

    Cells read as they are shown, with their formats.
    """
    with open_parts(data) as parts:
        content = content_of(parts, "spreadsheet")
        sheet = parts.optional("styles.xml")
        title, created = properties_of(parts, name)
    styles = Styles(content.getroottree().getroot(), sheet)
    book = Workbook()
    blocks = tuple(mark_timetable(_sheets(content, styles, book)))
    return Reading(
        blocks=promote_title(blocks),
        paged=False,
        title=title,
        language=language_of(sheet),
        created=created,
        warnings=book.all_warnings(),
    )


def _sheets(content: _Element, styles: Styles, book: Workbook) -> Iterator[Block]:
    writing = Writing(styles)

    tables = content.findall(TABLE)
    shown = [table for table in tables if not _is_hidden(table, styles)]
    book.hidden += [_name(table) for table in tables if table not in shown]
    for table in shown:
        rows = aligned(table, writing.lines)
        yield from book.sheet(_name(table), rows, alone=len(shown) == 1)


def _is_hidden(table: _Element, styles: Styles) -> bool:
    name = table.get(q("table:style-name"))
    return styles.property("table", name, "table:display") == "false"


def _name(table: _Element) -> str:
    return clean(table.get(q("table:name"), ""))
