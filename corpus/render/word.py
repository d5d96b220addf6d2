"""Blocks become a Word document with real heading styles, lists and tables."""

from io import BytesIO

from docx import Document
from docx.document import Document as WordDocument
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

from render.package import describe, fixed_package
from render.source import Block, Kind, Run, Source

LANGUAGE_TAGS = {"es": "es-419", "en": "en-GB", "pt": "pt-BR"}


def render_word(source: Source) -> bytes:
    """The document as DOCX bytes, the same for the same source."""
    document = Document()
    _describe(document, source)
    document.add_paragraph(source.title, style="Title")
    document.add_paragraph(source.subtitle, style="Subtitle")
    document.add_paragraph(source.label, style="Intense Quote")
    section = document.sections[0]
    section.header.paragraphs[0].text = source.title
    section.footer.paragraphs[0].text = source.label
    list_id: int | None = None
    for block in source.blocks:
        if block.number == 1 and block.level == 1:
            list_id = _new_list(document)
        _add(document, block, list_id)
    stream = BytesIO()
    document.save(stream)
    return fixed_package(stream.getvalue())


def _describe(document: WordDocument, source: Source) -> None:
    describe(document.core_properties, source)
    (language,) = document.styles.element.xpath("w:docDefaults//w:lang")
    language.set(qn("w:val"), LANGUAGE_TAGS[source.language])


def _new_list(document: WordDocument) -> int:
    """A numbering that starts at one: the style alone would count on through the document."""
    numbering = document.part.numbering_part.element
    style = document.styles["List Number"].element
    abstract = numbering.num_having_numId(style.pPr.numPr.numId.val).abstractNumId.val
    number = numbering.add_num(abstract)
    number.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(number.numId)


def _add(document: WordDocument, block: Block, list_id: int | None) -> None:
    if block.kind == Kind.TABLE:
        _add_table(document, block)
        return
    if block.kind == Kind.HEADING:
        paragraph = document.add_heading(level=block.level - 1)
    elif block.kind == Kind.ITEM and block.number is None:
        suffix = "" if block.level == 1 else f" {block.level}"
        paragraph = document.add_paragraph(style=f"List Bullet{suffix}")
    elif block.kind == Kind.ITEM:
        paragraph = document.add_paragraph(style="List Number")
        properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
        properties.get_or_add_ilvl().val = 0
        properties.get_or_add_numId().val = list_id
    else:
        paragraph = document.add_paragraph()
    _write(paragraph, block.runs)


def _add_table(document: WordDocument, block: Block) -> None:
    table: Table = document.add_table(rows=0, cols=len(block.rows[0]), style="Table Grid")
    for row in block.rows:
        for cell, runs in zip(table.add_row().cells, row, strict=True):
            _write(cell.paragraphs[0], runs, bold=row is block.rows[0])
    header = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(header)
    document.add_paragraph()


def _write(paragraph: Paragraph, runs: tuple[Run, ...], bold: bool = False) -> None:
    for run in runs:
        added = paragraph.add_run(run.text)
        added.bold = True if bold or run.bold else None
        added.italic = True if run.italic else None
