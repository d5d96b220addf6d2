"""Blocks become a deck: one slide a second-level heading, notes from quoted paragraphs."""

from copy import deepcopy
from io import BytesIO

from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide
from pptx.text.text import TextFrame
from pptx.text.text import _Run as DeckRun
from pptx.util import Emu, Pt

from render.package import describe, fixed_package
from render.source import Block, Kind, Run, Source

TITLE_LAYOUT, CONTENT_LAYOUT = 0, 1
REPEATED = (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER)
BODY_SIZES = ((420, 22), (650, 19), (10_000, 16))  # characters up to which a size fits
TABLE_SIZE = 12


def render_slides(source: Source) -> bytes:
    """The document as PPTX bytes, the same for the same source."""
    deck = Presentation()
    describe(deck.core_properties, source)
    opening = deck.slides.add_slide(deck.slide_layouts[TITLE_LAYOUT])
    opening.shapes.title.text = source.title
    opening.placeholders[1].text = f"{source.subtitle}\n{source.label}"
    for paragraph in opening.placeholders[1].text_frame.paragraphs:
        paragraph.font.size = Pt(18)
    _add_footer(opening, source)
    for blocks in _groups(source.blocks):
        _add_slide(deck, source, blocks)
    stream = BytesIO()
    deck.save(stream)
    return fixed_package(stream.getvalue())


def _groups(blocks: tuple[Block, ...]) -> list[list[Block]]:
    groups: list[list[Block]] = []
    for block in blocks:
        if block.kind == Kind.HEADING and block.level == 2:
            groups.append([])
        groups[-1].append(block)
    return groups


def _add_slide(deck: Deck, source: Source, blocks: list[Block]) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[CONTENT_LAYOUT])
    title, *rest = blocks
    slide.shapes.title.text = title.text
    slide.shapes.title.text_frame.paragraphs[0].font.size = Pt(30)
    body = slide.placeholders[1]
    texts = [block for block in rest if block.kind in (Kind.PARAGRAPH, Kind.ITEM)]
    tables = [block for block in rest if block.kind == Kind.TABLE]
    left, top, width, height = body.left, body.top, body.width, body.height
    if tables:
        share = 0.35 if texts else 0.0
        body.left, body.top, body.width, body.height = left, top, width, Emu(int(height * share))
        _add_table(slide, tables[0], (left, top + body.height, width, height - body.height))
    if texts:
        _fill(body.text_frame, texts, small=bool(tables))
    else:
        body._element.getparent().remove(body._element)
    notes = [block.text for block in rest if block.kind == Kind.NOTE]
    if notes:
        slide.notes_slide.notes_text_frame.text = "\n".join(notes)
    _add_footer(slide, source)


def _fill(frame: TextFrame, blocks: list[Block], small: bool) -> None:
    frame.word_wrap = True
    length = sum(len(block.text) for block in blocks)
    size = 16 if small else next(size for limit, size in BODY_SIZES if length <= limit)
    for position, block in enumerate(blocks):
        paragraph = frame.paragraphs[0] if position == 0 else frame.add_paragraph()
        paragraph.level = max(block.level - 1, 0)
        for run in block.runs:
            _style(paragraph.add_run(), run, size)


def _style(added: DeckRun, run: Run, size: int) -> None:
    added.text = run.text
    added.font.size = Pt(size)
    added.font.bold = True if run.bold else None
    added.font.italic = True if run.italic else None


def _add_table(slide: Slide, block: Block, place: tuple[int, int, int, int]) -> None:
    shape = slide.shapes.add_table(len(block.rows), len(block.rows[0]), *map(Emu, place))
    for row, cells in zip(shape.table.rows, block.rows, strict=True):
        for cell, runs in zip(row.cells, cells, strict=True):
            for run in runs:
                _style(cell.text_frame.paragraphs[0].add_run(), run, TABLE_SIZE)


def _add_footer(slide: Slide, source: Source) -> None:
    """Copy the layout's footer and number, which python-pptx leaves out of new slides."""
    for placeholder in slide.slide_layout.placeholders:
        kind = placeholder.placeholder_format.type
        if kind not in REPEATED:
            continue
        element = deepcopy(placeholder._element)
        slide.shapes._spTree.append(element)
        if kind == PP_PLACEHOLDER.FOOTER:
            footer = slide.shapes[-1]
            footer.text_frame.text = source.label
            footer.text_frame.paragraphs[0].font.size = Pt(9)
