"""A Word file to blocks: paragraphs, lists, tables and footnotes in the order of the body."""

import re
from collections.abc import Iterator

from docx.document import Document as Docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from lxml.etree import XMLSyntaxError, _Element

from ingest.errors import Unreadable
from ingest.layout.signs import CAPTION
from ingest.readers.archive import check_archive
from ingest.readers.clean import clean, is_contents_line, without_list_mark
from ingest.readers.days import mark_timetable, separate_lines
from ingest.readers.docx_changes import accept_changes
from ingest.readers.docx_heads import fake_headings
from ingest.readers.docx_notes import Notes
from ingest.readers.docx_numbers import Numbers
from ingest.readers.docx_running import running_texts
from ingest.readers.docx_styles import Styles
from ingest.readers.docx_tables import (
    PARAGRAPH,
    RUN,
    TABLE,
    children,
    head_rows,
    merged_rows,
    only_arranges,
    table_cells,
)
from ingest.readers.docx_text import BOX, Fields, Teller, is_prompt
from ingest.readers.drawings import (
    CHART,
    DIAGRAM,
    chart_rows,
    chart_title,
    diagram_texts,
    take_alternatives,
)
from ingest.readers.office import open_docx
from ingest.readers.spans import spread
from ingest.readers.tables import table_blocks
from ingest.readers.titles import promote_title, sensible_title, without_empty_contents
from search.types import Block, BlockKind, Part, Reading

TEMPLATE_YEARS = frozenset({1601, 2013})  # what empty fields and python-docx give as creation
LONGEST_HEADING = 250  # characters; longer text in a heading style is body text
DIVISION = re.compile(
    r"^(?:libro|parte|título|capítulo|sección|anexo|módulo|unidad|sesión|chapter|section|annex)\b",
    re.IGNORECASE,
)
LONGEST_CAPTION = 150


def read_docx(data: bytes, name: str) -> Reading:
    """Blocks of the body, numbered as Word shows them, with notes behind what cites them.

    Tracked changes are read as accepted; comments, hidden text and contents lists are not read.
    Page headers and footers are in `running`.
    """
    check_archive(data)
    try:
        file = open_docx(data)
        body = _Body(file)
        blocks = tuple(mark_timetable(body.blocks(file.element.body)))
        running = running_texts(file, body.styles)
    except (PackageNotFoundError, XMLSyntaxError, KeyError, ValueError, AttributeError) as error:
        raise Unreadable(f"El archivo de Word está dañado o incompleto ({error}).") from error
    properties = file.core_properties
    created = properties.created
    dated = created is not None and created.year not in TEMPLATE_YEARS
    return Reading(
        blocks=promote_title(without_empty_contents(blocks)),
        paged=False,
        title=sensible_title(clean(properties.title or ""), name),
        language=body.styles.language,
        created=created.date().isoformat() if dated else None,
        running=running,
    )


class _Body:
    """Walks one file; holds its styles, the counters of its lists and its notes."""

    def __init__(self, file: Docx) -> None:
        root = file.element.body
        take_alternatives(root)
        accept_changes(root)
        self.styles = Styles(file)
        self._part = file.part
        sheets = [r for r in file.part.rels.values() if r.reltype == RELATIONSHIP_TYPE.NUMBERING]
        self._numbers = Numbers(parse_xml(sheets[0].target_part.blob) if sheets else None)
        self._notes = Notes(file, self.styles)
        self._teller = Teller(Fields(root), self.styles.is_hidden, self._notes.cite)
        free = [p for p in root.iter(PARAGRAPH) if next(p.iterancestors(TABLE), None) is None]
        self._fakes = fake_headings(self.styles, [p for p in free if not self._bulleted(p)])

    def blocks(self, container: _Element) -> Iterator[Block]:
        """Everything in a body, a cell or a text box, in order."""
        for element in children(container, PARAGRAPH, TABLE, qn("w:sdt")):
            if element.tag == TABLE:
                yield from self._table(element)
            elif element.tag == PARAGRAPH:
                yield from self._paragraph(element)
                yield from self._drawings(element)
            elif not (_is_contents(element) or is_prompt(element)):
                for content in element.iterchildren(qn("w:sdtContent")):
                    yield from self.blocks(content)
            yield from self._notes.flush()

    def _paragraph(self, paragraph: _Element) -> Iterator[Block]:
        kind, level, label = self._form(paragraph)
        raw = self._teller.text(paragraph)
        if kind is None or not clean(raw) or is_contents_line(raw) or _leads_away(paragraph):
            return
        for text in separate_lines(label + raw):
            bare = without_list_mark(text)
            if kind is BlockKind.PARAGRAPH and bare != text:
                yield Block(BlockKind.LIST_ITEM, (Part(1, bare),), level)
            elif kind is BlockKind.HEADING and len(text) > LONGEST_HEADING:
                yield Block(BlockKind.PARAGRAPH, (Part(1, text),))
            elif kind is BlockKind.LIST_ITEM and _is_division(label, text):
                yield Block(BlockKind.HEADING, (Part(1, text),), level + 1)
            elif kind is BlockKind.PARAGRAPH and _is_caption(text):
                yield Block(BlockKind.CAPTION, (Part(1, text),))
            else:
                said = bare if kind is BlockKind.LIST_ITEM and not label else text
                yield Block(kind, (Part(1, said),), level)

    def _form(self, paragraph: _Element) -> tuple[BlockKind | None, int, str]:
        """What the paragraph is, how deep, and the number that Word shows before it."""
        look = self.styles.look(paragraph)
        kind, level = look.kind, look.level
        numbered = self._place_in_list(paragraph)
        label = ""
        if numbered is not None:
            use, depth = numbered
            label = self._numbers.next_label(use, depth)
            shape = self._numbers.level(use, depth)
            if kind is BlockKind.PARAGRAPH and (shape is None or shape.is_bullet or label):
                kind = BlockKind.LIST_ITEM
            level = max(level, depth) if kind is BlockKind.LIST_ITEM else level
        if paragraph in self._fakes:
            kind, level = BlockKind.HEADING, self._fakes[paragraph]
        return kind, level, label

    def _place_in_list(self, paragraph: _Element) -> tuple[str, int] | None:
        numbering = self.styles.numbering(paragraph)
        if numbering is None:
            return None
        use, depth, style = numbering
        return use, self._numbers.depth_of_style(use, style) if depth is None else depth

    def _bulleted(self, paragraph: _Element) -> bool:
        place = self._place_in_list(paragraph)
        level = None if place is None else self._numbers.level(*place)
        return level is not None and level.is_bullet

    def _drawings(self, paragraph: _Element) -> Iterator[Block]:
        """The text boxes, charts and diagrams that are anchored in a paragraph."""
        for box in _own(paragraph, BOX):
            yield from self.blocks(box)
        for chart in _own(paragraph, f"{CHART}chart"):
            yield from _chart(self._related(chart.get(qn("r:id"))))
        for diagram in _own(paragraph, f"{DIAGRAM}relIds"):
            for text in diagram_texts(self._related(diagram.get(qn("r:dm")))):
                yield Block(BlockKind.LIST_ITEM, (Part(1, text),))

    def _related(self, relation: str) -> _Element:
        return parse_xml(self._part.rels[relation].target_part.blob)

    def _table(self, table: _Element) -> Iterator[Block]:
        if only_arranges(table, self.styles):
            for cell in (cell for row in table_cells(table) for cell in row):
                yield from self.blocks(cell)
            return
        rows = merged_rows(table, self._cell)
        yield from table_blocks(spread(rows), head_rows(table, rows, self.styles))
        yield from self._notes.flush()
        for cell in (cell for row in table_cells(table) for cell in row):
            for nested in children(cell, TABLE):
                yield from self._table(nested)

    def _cell(self, cell: _Element) -> str:
        """The paragraphs of a cell, a line each, with those of its text boxes."""
        lines: list[str] = []
        for paragraph in children(cell, PARAGRAPH):
            label = self._form(paragraph)[2]
            text = self._teller.text(paragraph)
            lines.append(label + text if clean(text) else "")
            lines.extend(map(self._cell, _own(paragraph, BOX)))
        return "\n".join(lines)


def _own(paragraph: _Element, tag: str) -> list[_Element]:
    """What is anchored in the paragraph itself, not in a text box within it."""
    return [e for e in paragraph.iter(tag) if next(e.iterancestors(PARAGRAPH)) is paragraph]


def _chart(chart: _Element) -> Iterator[Block]:
    title = chart_title(chart)
    if title:
        yield Block(BlockKind.CAPTION, (Part(1, title),))
    rows = chart_rows(chart)
    yield from table_blocks(rows, heads=int(bool(rows) and not rows[0][0]))


def _is_contents(control: _Element) -> bool:
    """Whether a content control holds a table of contents that Word made."""
    gallery = control.find(f"{qn('w:sdtPr')}/{qn('w:docPartObj')}/{qn('w:docPartGallery')}")
    return gallery is not None and "contents" in (gallery.get(qn("w:val")) or "").lower()


def _leads_away(paragraph: _Element) -> bool:
    """Whether the paragraph is nothing but a link to a heading: a line of a contents list."""
    runs = list(paragraph.iter(RUN))
    links = [link for link in paragraph.iter(qn("w:hyperlink")) if _to_heading(link)]
    return bool(links) and sum(len(list(link.iter(RUN))) for link in links) == len(runs)


def _to_heading(link: _Element) -> bool:
    return (link.get(qn("w:anchor")) or "").startswith("_Toc")


def _is_division(label: str, text: str) -> bool:
    """A short line that Word numbers as a part of the document: «Capítulo II De las metas»."""
    named = DIVISION.match(label) is not None and len(text) <= LONGEST_CAPTION
    return named and not text.endswith((".", ":", ";", ","))


def _is_caption(text: str) -> bool:
    """A short line that opens with «Tabla 1», but for a sentence about it."""
    label = CAPTION.match(text)
    if label is None or len(text) > LONGEST_CAPTION:
        return False
    return not label[0][-1].isalnum() or not text.endswith((".", ":", ";"))
