"""A PowerPoint file to blocks: a slide is a page, its shapes are read from top to bottom."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml.etree import XMLSyntaxError, _Element
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PackageNotFoundError
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide

from ingest.errors import Unreadable
from ingest.readers.archive import check_archive
from ingest.readers.clean import clean, without_list_mark
from ingest.readers.days import mark_timetable
from ingest.readers.tables import table_blocks
from ingest.readers.titles import sensible_title
from search.types import Block, BlockKind, Box, PageShape, Part, Reading

EMU_PER_POINT = 12_700
SAME_BAND = 0.5  # share of the lower shape's height that must overlap to stand beside another
TITLES = {PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE}
FURNITURE = {
    PP_PLACEHOLDER.DATE,
    PP_PLACEHOLDER.FOOTER,
    PP_PLACEHOLDER.HEADER,
    PP_PLACEHOLDER.SLIDE_NUMBER,
}
BULLETED = {
    PP_PLACEHOLDER.BODY,
    PP_PLACEHOLDER.OBJECT,
    PP_PLACEHOLDER.VERTICAL_BODY,
    PP_PLACEHOLDER.VERTICAL_OBJECT,
}
BULLETS = tuple(map(qn, ("a:buChar", "a:buAutoNum", "a:buBlip")))
DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
TEMPLATE_YEARS = frozenset({1601, 2013})  # what empty fields and python-pptx give as creation


@dataclass(frozen=True, slots=True)
class _Frame:
    """How coordinates inside a group lie on the slide: scale first, then shift (EMU)."""

    scale_x: float = 1.0
    scale_y: float = 1.0
    shift_x: float = 0.0
    shift_y: float = 0.0

    def box(self, page: int, shape: BaseShape) -> Box | None:
        """The place of the shape in points, or None if the file does not say."""
        if None in (shape.left, shape.top, shape.width, shape.height):
            return None
        x0 = shape.left * self.scale_x + self.shift_x
        y0 = shape.top * self.scale_y + self.shift_y
        x1, y1 = x0 + shape.width * self.scale_x, y0 + shape.height * self.scale_y
        return Box(page, *(round(value / EMU_PER_POINT, 2) for value in (x0, y0, x1, y1)))

    def inside(self, group: GroupShape) -> "_Frame":
        """The frame of what is in the group."""
        transform = group._element.grpSpPr.find(qn("a:xfrm"))
        offset = None if transform is None else transform.find(qn("a:chOff"))
        extent = None if transform is None else transform.find(qn("a:chExt"))
        if offset is None or extent is None:
            return self
        across, down = int(extent.get("cx", "0")), int(extent.get("cy", "0"))
        x = group.width / across if across else 1.0
        y = group.height / down if down else 1.0
        return _Frame(
            self.scale_x * x,
            self.scale_y * y,
            self.shift_x + self.scale_x * (group.left - x * int(offset.get("x", "0"))),
            self.shift_y + self.scale_y * (group.top - y * int(offset.get("y", "0"))),
        )


@dataclass(frozen=True, slots=True)
class _Placed:
    shape: BaseShape
    box: Box | None
    role: PP_PLACEHOLDER | None


def read_pptx(data: bytes, name: str) -> Reading:
    """Blocks of every slide, also of hidden ones (with a warning), and the speaker's notes."""
    check_archive(data)
    try:
        file = Presentation(io.BytesIO(data))
        slides = list(enumerate(file.slides, start=1))
        blocks = tuple(mark_timetable(b for page, slide in slides for b in _slide(page, slide)))
    except (PackageNotFoundError, XMLSyntaxError, KeyError, ValueError, AttributeError) as error:
        raise Unreadable(f"La presentación está dañada o incompleta ({error}).") from error
    hidden = [str(page) for page, slide in slides if slide._element.get("show") in {"0", "false"}]
    width, height = (file.slide_width or 0), (file.slide_height or 0)
    size = width / EMU_PER_POINT, height / EMU_PER_POINT
    created = file.core_properties.created
    dated = created is not None and created.year not in TEMPLATE_YEARS
    return Reading(
        blocks=blocks,
        paged=True,
        shapes=tuple(PageShape(page, *size) for page, _ in slides),
        title=sensible_title(clean(file.core_properties.title or ""), name),
        created=created.date().isoformat() if dated else None,
        warnings=(f"diapositivas ocultas leídas: {', '.join(hidden)}",) if hidden else (),
    )


def _slide(page: int, slide: Slide) -> Iterator[Block]:
    placed = [item for item in _flatten(slide.shapes, page, _Frame()) if item.role not in FURNITURE]
    titles = [item for item in placed if item.role in TITLES]
    for item in titles:
        text = clean(item.shape.text_frame.text)
        if text:
            yield Block(BlockKind.SLIDE_TITLE, (_part(item, page, text),), level=1)
    for item in _in_order([item for item in placed if item.role not in TITLES]):
        yield from _shape(item, page, slide)
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    for paragraph in frame.paragraphs if frame is not None else ():
        text = clean(paragraph.text)
        if text:
            yield Block(BlockKind.SPEAKER_NOTE, (Part(page, text),))


def _flatten(shapes: Iterable[BaseShape], page: int, frame: _Frame) -> Iterator[_Placed]:
    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _flatten(shape.shapes, page, frame.inside(shape))
        else:
            role = shape.placeholder_format.type if shape.is_placeholder else None
            yield _Placed(shape, frame.box(page, shape), role)


def _in_order(items: list[_Placed]) -> Iterator[_Placed]:
    """Bands from top to bottom, each from left to right; what has no place comes last."""
    placed = sorted((item for item in items if item.box), key=lambda item: _top_left(item))
    while placed:
        first = placed[0].box
        band = [item for item in placed if first and item.box and _beside(first, item.box)]
        yield from sorted(band, key=lambda item: _top_left(item)[::-1])
        placed = [item for item in placed if item not in band]
    yield from (item for item in items if item.box is None)


def _top_left(item: _Placed) -> tuple[float, float]:
    return (item.box.y0, item.box.x0) if item.box else (0.0, 0.0)


def _beside(first: Box, other: Box) -> bool:
    overlap = min(first.y1, other.y1) - max(first.y0, other.y0)
    lower = min(first.y1 - first.y0, other.y1 - other.y0)
    apart = other.x0 >= first.x1 or other.x1 <= first.x0
    return first is other or (apart and overlap >= SAME_BAND * max(lower, 1.0))


def _shape(item: _Placed, page: int, slide: Slide) -> Iterator[Block]:
    shape = item.shape
    if shape.has_text_frame:
        paragraphs = [p for p in shape.text_frame.paragraphs if clean(p.text)]
        bulleted = item.role in BULLETED and len(paragraphs) > 1
        for paragraph in paragraphs:
            text = clean(paragraph.text)
            bare = without_list_mark(text)
            listed = bare != text or _has_bullet(paragraph._p, bulleted)
            kind = BlockKind.LIST_ITEM if listed else BlockKind.PARAGRAPH
            yield Block(kind, (_part(item, page, bare),), paragraph.level if listed else 0)
    elif isinstance(shape, GraphicFrame):
        yield from _graphic(item, shape, page, slide)


def _has_bullet(paragraph: _Element, inherited: bool) -> bool:
    """Whether the paragraph says that it has a bullet, or does not say that it has none."""
    properties = paragraph.find(qn("a:pPr"))
    if properties is None:
        return inherited
    if any(properties.find(bullet) is not None for bullet in BULLETS):
        return True
    return inherited and properties.find(qn("a:buNone")) is None


def _graphic(item: _Placed, shape: GraphicFrame, page: int, slide: Slide) -> Iterator[Block]:
    if shape.has_table:
        yield from _table(item, shape, page)
    elif shape.has_chart:
        chart = shape.chart
        title = chart.chart_title if chart.has_title else None
        text = clean(title.text_frame.text) if title and title.has_text_frame else ""
        if text:
            yield Block(BlockKind.CAPTION, (_part(item, page, text),))
    else:
        for text in _diagram(shape, slide):
            yield Block(BlockKind.LIST_ITEM, (_part(item, page, text),))


def _table(item: _Placed, shape: GraphicFrame, page: int) -> Iterator[Block]:
    table = shape.table
    rows = [
        ["" if cell.is_spanned else clean(cell.text) for cell in row.cells] for row in table.rows
    ]
    total = sum(row.height for row in table.rows)
    boxes: list[tuple[Box, ...]] = []
    done = 0
    for row in table.rows:
        boxes.append(_slice(item.box, done, done + row.height, total))
        done += row.height
    yield from table_blocks(rows, heads=int(table.first_row), page=page, boxes=boxes)


def _slice(box: Box | None, start: int, end: int, total: int) -> tuple[Box, ...]:
    """The part of a table's box that one row takes."""
    if box is None or total <= 0:
        return ()
    height = box.y1 - box.y0
    y0, y1 = box.y0 + height * start / total, box.y0 + height * end / total
    return (Box(box.page, box.x0, round(y0, 2), box.x1, round(y1, 2)),)


def _diagram(shape: GraphicFrame, slide: Slide) -> Iterator[str]:
    """The texts of a SmartArt diagram, which lie in a part of their own."""
    for ids in shape._element.iter(f"{DIAGRAM}relIds"):
        part = slide.part.related_part(ids.get(qn("r:dm")))
        for text in parse_xml(part.blob).iter(f"{DIAGRAM}t"):
            words = (" ".join(t.text or "" for t in p.iter(qn("a:t"))) for p in text)
            yield from filter(None, map(clean, words))


def _part(item: _Placed, page: int, text: str) -> Part:
    return Part(page, text, (item.box,) if item.box else ())
