"""A Word file to blocks: paragraphs, lists, tables and footnotes in the order of the body."""

import io
from collections.abc import Iterator

from docx import Document as open_docx
from docx.document import Document as Docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from lxml.etree import XMLSyntaxError, _Element

from ingest.errors import Unreadable
from ingest.readers.archive import check_archive
from ingest.readers.clean import clean, superscript, without_list_mark
from ingest.readers.days import mark_timetable
from ingest.readers.docx_styles import Look, Styles, is_on
from ingest.readers.tables import table_blocks
from ingest.readers.titles import promote_title, sensible_title
from search.types import Block, BlockKind, Part, Reading

PARAGRAPH, TABLE, RUN, BOX = qn("w:p"), qn("w:tbl"), qn("w:r"), qn("w:txbxContent")
WRAPPERS = frozenset(map(qn, ("w:sdt", "w:sdtContent", "w:ins", "w:moveTo", "w:customXml")))
TEXTS = frozenset({qn("w:t"), "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"})
SPACES = frozenset(map(qn, ("w:tab", "w:br", "w:cr", "w:ptab")))
REFERENCES = {qn("w:footnoteReference"): "w:footnote", qn("w:endnoteReference"): "w:endnote"}
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
# In the file but not in the line: deletions, moved-away text, properties, text boxes.
UNSEEN = frozenset((*map(qn, ("w:del", "w:moveFrom", "w:rPr", "w:pPr", "w:sdtPr")), BOX, FALLBACK))
TEMPLATE_YEARS = frozenset({1601, 2013})  # what empty fields and python-docx give as creation
FAKE_HEADING = 100  # characters of a bold line that stands in for a heading


def read_docx(data: bytes, name: str) -> Reading:
    """Blocks of the body with footnotes after the paragraph that cites them.

    Tracked insertions are read; deletions, comments, headers, footers and contents lists are not.
    """
    check_archive(data)
    try:
        file = open_docx(io.BytesIO(data))
        body = _Body(file)
        blocks = tuple(mark_timetable(body.blocks(file.element.body)))
    except (PackageNotFoundError, XMLSyntaxError, KeyError, ValueError, AttributeError) as error:
        raise Unreadable(f"El archivo de Word está dañado o incompleto ({error}).") from error
    properties = file.core_properties
    created = properties.created
    dated = created is not None and created.year not in TEMPLATE_YEARS
    return Reading(
        blocks=promote_title(blocks),
        paged=False,
        title=sensible_title(clean(properties.title or ""), name),
        language=body.styles.language,
        created=created.date().isoformat() if dated else None,
    )


class _Notes:
    """The footnotes and endnotes of a file, numbered as they are cited."""

    def __init__(self, file: Docx) -> None:
        self._texts: dict[tuple[str, str | None], str] = {}
        self._cited = 0
        self.pending: list[str] = []
        for part in file.part.rels.values():
            if part.reltype in (RELATIONSHIP_TYPE.FOOTNOTES, RELATIONSHIP_TYPE.ENDNOTES):
                for note in parse_xml(part.target_part.blob):
                    key = note.tag, note.get(qn("w:id"))
                    self._texts[key] = clean(" ".join(_words(p) for p in note.iter(PARAGRAPH)))

    def cite(self, reference: _Element) -> str:
        """The mark that stands in the text; the note itself waits in `pending`."""
        key = qn(REFERENCES[str(reference.tag)]), reference.get(qn("w:id"))
        if not self._texts.get(key):
            return ""
        self._cited += 1
        mark = superscript(self._cited)
        self.pending.append(f"{mark} {self._texts[key]}")
        return mark

    def flush(self) -> Iterator[Block]:
        """The notes cited since the last time."""
        for text in self.pending:
            yield Block(BlockKind.FOOTNOTE, (Part(1, text),))
        self.pending = []


class _Body:
    """Walks one file; holds its styles and notes."""

    def __init__(self, file: Docx) -> None:
        self.styles = Styles(file)
        self._notes = _Notes(file)
        looks = map(self.styles.look, file.element.body.iter(PARAGRAPH))
        # Who uses heading styles uses them everywhere; bold lines are then only emphasis.
        self._bold_heads = sum(look.kind is BlockKind.HEADING for look in looks) < 2

    def blocks(self, container: _Element) -> Iterator[Block]:
        """Everything in a body, a cell or a text box, in order."""
        for element in _flow(container):
            if element.tag == TABLE:
                yield from self._table(element)
            else:
                yield from self._paragraph(element)
                for box in element.iter(BOX):
                    if next(box.iterancestors(FALLBACK), None) is None:
                        yield from self.blocks(box)
            yield from self._notes.flush()

    def _paragraph(self, paragraph: _Element) -> Iterator[Block]:
        text = clean(_words(paragraph, self._notes))
        look = self.styles.look(paragraph)
        if not text or look.kind is None:
            return
        kind, level = look.kind, look.level
        bare = without_list_mark(text)
        if kind is BlockKind.PARAGRAPH and bare != text:
            kind = BlockKind.LIST_ITEM
        elif self._stands_out(paragraph, look, text):
            kind, level = BlockKind.HEADING, 1
        yield Block(kind, (Part(1, bare if kind is BlockKind.LIST_ITEM else text),), level)

    def _stands_out(self, paragraph: _Element, look: Look, text: str) -> bool:
        """A short bold line in a file without heading styles is a heading."""
        if not self._bold_heads or look.kind is not BlockKind.PARAGRAPH:
            return False
        if len(text) > FAKE_HEADING or text.endswith((".", ":", ";", ",")):
            return False
        runs = [run for run in paragraph.iter(RUN) if clean(_words(run))]
        bold = (is_on(run.find(f"{qn('w:rPr')}/{qn('w:b')}")) for run in runs)
        return bool(runs) and (look.bold or all(bold))

    def _table(self, table: _Element) -> Iterator[Block]:
        rows = [row for row in _rows(table) if row.find(f"{qn('w:trPr')}/{qn('w:del')}") is None]
        cells = [list(_cells(row)) for row in rows]
        if all(len(row) < 2 for row in cells):  # a frame around text, not a table
            for cell in (cell for row in cells for cell in row):
                yield from self.blocks(cell)
            return
        flags = [is_on(row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}")) for row in rows]
        heads = flags.index(False) if False in flags else 0
        yield from table_blocks([list(map(self._cell, row)) for row in cells], heads or None)

    def _cell(self, cell: _Element) -> str:
        """The text of a cell; one that continues a merge from above has none of its own."""
        merge = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
        if merge is not None and merge.get(qn("w:val")) != "restart":
            return ""
        texts = (_words(paragraph, self._notes) for paragraph in cell.iter(PARAGRAPH))
        return clean(" ".join(texts))


def _flow(container: _Element) -> Iterator[_Element]:
    """The paragraphs and tables of a container, also those inside content controls."""
    for child in container:
        if child.tag in (PARAGRAPH, TABLE):
            yield child
        elif child.tag in WRAPPERS:
            yield from _flow(child)


def _rows(table: _Element) -> Iterator[_Element]:
    for child in table:
        if child.tag == qn("w:tr"):
            yield child
        elif child.tag in WRAPPERS:
            yield from _rows(child)


def _cells(row: _Element) -> Iterator[_Element]:
    for child in row:
        if child.tag == qn("w:tc"):
            yield child
        elif child.tag in WRAPPERS:
            yield from _cells(child)


def _words(element: _Element, notes: _Notes | None = None) -> str:
    """The text that one sees, with the marks of the notes it cites."""
    pieces: list[str] = []
    for child in element:
        if child.tag in UNSEEN or (child.tag == RUN and _hidden(child)):
            continue
        if child.tag in TEXTS:
            pieces.extend((child.text or "", *(inner.tail or "" for inner in child)))
        elif child.tag in SPACES:
            pieces.append(" ")
        elif child.tag == qn("w:noBreakHyphen"):
            pieces.append("-")
        elif child.tag in REFERENCES:
            pieces.append(notes.cite(child) if notes else "")
        else:
            pieces.append(_words(child, notes))
    return "".join(pieces)


def _hidden(run: _Element) -> bool:
    return is_on(run.find(f"{qn('w:rPr')}/{qn('w:vanish')}"))
