"""An OpenDocument text to blocks: paragraphs, lists, tables and notes in the order of the body."""

import re
from collections.abc import Iterator

from lxml.etree import _Element

from ingest.readers.clean import clean, is_contents_line, without_list_mark
from ingest.readers.days import mark_timetable
from ingest.readers.odf_lists import Numbers, Run
from ingest.readers.odf_table import blocks_of, table_rows
from ingest.readers.opendocument import (
    HEADING,
    LIST,
    PARAGRAPH,
    TABLE,
    Styles,
    Writing,
    content_of,
    drawn,
    language_of,
    paragraphs,
    properties_of,
    q,
)
from ingest.readers.parts import open_parts
from ingest.readers.titles import promote_title, without_empty_contents
from search.types import Block, BlockKind, Part, Reading

INDEXES = frozenset(
    map(
        q,
        "text:table-of-content text:illustration-index text:table-index text:object-index"
        " text:user-index text:alphabetical-index text:tracked-changes".split(),
    )
)
SECTION, ITEM = q("text:section"), q("text:list-item")
HEADING_NAME = re.compile(r"^(?:heading|título|encabezado|titre)\s?([1-9])$")
TITLE_NAMES = frozenset(("title", "título", "puesto", "titre"))
CAPTION_NAMES = frozenset(("caption", "leyenda", "epígrafe"))
FAKE_HEADING = 100  # characters of a bold line that stands in for a heading
HEADERS = tuple(
    q(f"style:{area}{pages}") for area in ("header", "footer") for pages in ("", "-first", "-left")
)


def read_odt(data: bytes, name: str) -> Reading:
    """Blocks of the body with notes after the paragraph that cites them.

    Tracked changes count as accepted; comments, headers, footers and tables of contents are not
    read.
    """
    with open_parts(data) as parts:
        content = content_of(parts, "text")
        sheet = parts.optional("styles.xml")
        title, created = properties_of(parts, name)
    trees = content.getroottree().getroot(), sheet
    body = _Body(Styles(*trees), Numbers(*trees), content)
    blocks = without_empty_contents(tuple(mark_timetable(body.blocks(content))))
    return Reading(
        blocks=promote_title(blocks),
        paged=False,
        title=title,
        language=language_of(sheet),
        created=created,
        running=tuple(dict.fromkeys(body.running(sheet))),
    )


class _Body:
    """Walks one document."""

    def __init__(self, styles: Styles, numbers: Numbers, content: _Element) -> None:
        self._styles = styles
        self._writing = Writing(styles)
        self._numbers = numbers
        # Who uses heading styles uses them everywhere; bold lines are then only emphasis.
        self._bold_heads = sum(1 for _ in content.iter(HEADING)) < 2

    def blocks(self, container: _Element) -> Iterator[Block]:
        """Everything in a body, a section, a cell or a text box, in order."""
        for element in container:
            if element.tag in (PARAGRAPH, HEADING):
                yield from self._paragraph(element)
            elif element.tag == LIST:
                yield from self._list(element, 0, self._numbers.open(element))
            elif element.tag == TABLE:
                yield from self._table(element)
            elif element.tag == SECTION and element.get(q("text:display")) == "none":
                continue
            elif isinstance(element.tag, str) and element.tag not in INDEXES:
                yield from self.blocks(element)
            yield from self._writing.flush()

    def running(self, sheet: _Element | None) -> Iterator[str]:
        """The texts of page headers and footers."""
        if sheet is not None:
            for area in sheet.iter(*HEADERS):
                yield from filter(None, map(clean, map(self._writing.words, paragraphs(area))))

    def _paragraph(
        self, paragraph: _Element, item_level: int | None = None, label: str = ""
    ) -> Iterator[Block]:
        """The paragraph with its number, then the boxes anchored in it."""
        text = clean(self._writing.words(paragraph))
        if text and not is_contents_line(text):
            yield self._block(paragraph, label + text, item_level)
        for box in drawn(paragraph):
            yield from self.blocks(box)

    def _block(self, paragraph: _Element, text: str, item_level: int | None) -> Block:
        names = self._styles.names("paragraph", paragraph.get(q("text:style-name")))
        level = _heading_level(paragraph, names)
        if TITLE_NAMES.intersection(names):
            return Block(BlockKind.TITLE, (Part(1, text),))
        if level:
            numbered = item_level is None and paragraph.tag == HEADING
            label = self._numbers.heading(paragraph, level) if numbered else ""
            return Block(BlockKind.HEADING, (Part(1, label + text),), level)
        if CAPTION_NAMES.intersection(names):
            return Block(BlockKind.CAPTION, (Part(1, text),))
        bare = without_list_mark(text)
        if item_level is not None or bare != text:
            return Block(BlockKind.LIST_ITEM, (Part(1, bare),), item_level or 0)
        if self._stands_out(paragraph, text):
            return Block(BlockKind.HEADING, (Part(1, text),), 1)
        return Block(BlockKind.PARAGRAPH, (Part(1, text),))

    def _stands_out(self, paragraph: _Element, text: str) -> bool:
        """A short bold line in a document without heading styles is a heading."""
        if not self._bold_heads or len(text) > FAKE_HEADING or text.endswith((".", ":", ";", ",")):
            return False
        if self._is_bold("paragraph", paragraph):
            return True
        outside = clean((paragraph.text or "") + "".join(child.tail or "" for child in paragraph))
        return not outside and all(self._is_bold("text", child) for child in paragraph)

    def _is_bold(self, family: str, element: _Element) -> bool:
        name = element.get(q("text:style-name"))
        return self._styles.property(family, name, "fo:font-weight") == "bold"

    def _list(self, items: _Element, level: int, run: Run) -> Iterator[Block]:
        for item in items:
            label = self._numbers.label(run, level, item) if item.tag == ITEM else ""
            for child in item:
                if child.tag == LIST:
                    yield from self._list(child, level + 1, run)
                elif child.tag in (PARAGRAPH, HEADING):
                    yield from self._paragraph(child, level, label)
                    label = ""
            yield from self._writing.flush()

    def _table(self, table: _Element) -> Iterator[Block]:
        rows = [[cell for cell in row.cells if cell is not None] for row in table_rows(table)]
        if all(len(row) < 2 for row in rows):  # a frame around text, not a table
            for cell in (cell for row in rows for cell in row):
                yield from self.blocks(cell)
        else:
            yield from blocks_of(table, self._writing.lines, named=False)


def _heading_level(paragraph: _Element, names: list[str]) -> int:
    """The depth of a heading, by its own mark first and its style second; 0 for other text."""
    outline = paragraph.get(q("text:outline-level"), "")
    if paragraph.tag == HEADING:
        return max(1, int(outline)) if outline.isdecimal() else 1
    return next((int(match[1]) for match in map(HEADING_NAME.match, names) if match), 0)
