"""One slide to blocks: its title, what it shows in reading order, the speaker's notes."""

from collections.abc import Iterable, Iterator, Sequence

from lxml.etree import _Element
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.shapes.graphfrm import GraphicFrame
from pptx.slide import Slide

from ingest.heads import SEPARATOR
from ingest.readers.clean import clean
from ingest.readers.days import separate_lines
from ingest.readers.drawings import CHART, DIAGRAM, chart_rows, chart_title, diagram_texts
from ingest.readers.pptx_shapes import Placed, leaves, with_content
from ingest.readers.pptx_text import TITLES, frame_blocks, frame_lines, frame_text
from ingest.readers.slide_order import reading_order
from ingest.readers.spans import Cell, spanned_heads, spread
from ingest.readers.tables import table_blocks
from ingest.times import time_cell
from search.types import Block, BlockKind, Box, Part

FURNITURE = {
    PP_PLACEHOLDER.DATE,
    PP_PLACEHOLDER.FOOTER,
    PP_PLACEHOLDER.HEADER,
    PP_PLACEHOLDER.SLIDE_NUMBER,
}
LONGEST_TITLE = 120  # characters
TOP = 0.35  # share of the slide's height in which a title stands
USUAL_SIZE = 1800  # hundredths of a point: letters whose size is not said


def slide_blocks(
    page: int, slide: Slide, shapes: Sequence[Placed], height: float
) -> Iterator[Block]:
    """The blocks of a slide without the shapes that only furnish it."""
    titles = [item for item in leaves(shapes) if item.role in TITLES and _says(item)]
    if not titles:
        titles = _largest_on_top(list(leaves(shapes)), height)
    for item in titles:
        text = frame_text(item.shape._element)
        yield Block(BlockKind.SLIDE_TITLE, (_part(item, page, text),), level=1)
    content = with_content(shapes, lambda item: item not in titles and _matters(item))
    yield from _with_times(page, slide, list(_in_order(list(content))))
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    for line in frame_lines(frame._element) if frame is not None else ():
        for text in filter(None, separate_lines(line)):
            yield Block(BlockKind.SPEAKER_NOTE, (Part(page, text),))


def _in_order(shapes: Sequence[Placed]) -> Iterator[Placed]:
    """The shapes as one reads them; those of a group stay together."""
    for item in reading_order(shapes, lambda item: item.box, _is_time):
        if item.members:
            yield from _in_order(item.members)
        else:
            yield item


def _with_times(page: int, slide: Slide, items: Sequence[Placed]) -> Iterator[Block]:
    """The blocks of the shapes; a time in a shape of its own is joined to what stands beside."""
    waiting: Placed | None = None
    for item in items:
        blocks = list(_shape(item, page, slide))
        if waiting is not None and blocks and _level_with(waiting, item):
            time = frame_text(waiting.shape._element)
            text = SEPARATOR.join((time, " ".join(block.text for block in blocks)))
            boxes = tuple(box for box in (waiting.box, item.box) if box)
            yield Block(BlockKind.AGENDA_ITEM, (Part(page, text, boxes),))
            waiting = None
            continue
        if waiting is not None:
            yield from _shape(waiting, page, slide)
        waiting = item if _is_time(item) else None
        if waiting is None:
            yield from blocks
    if waiting is not None:
        yield from _shape(waiting, page, slide)


def _level_with(time: Placed, other: Placed) -> bool:
    """Whether a text stands to the right of a time, in the same line."""
    if time.box is None or other.box is None or not other.shape.has_text_frame or _is_time(other):
        return False
    overlap = min(time.box.y1, other.box.y1) - max(time.box.y0, other.box.y0)
    return other.box.x0 > time.box.x0 and overlap > (time.box.y1 - time.box.y0) / 2


def _is_time(item: Placed) -> bool:
    if item.members or not item.shape.has_text_frame:
        return False
    text = frame_text(item.shape._element)
    return 0 < time_cell(text) == len(text)


def _matters(item: Placed) -> bool:
    if item.role in FURNITURE:
        return False
    return isinstance(item.shape, GraphicFrame) or _says(item)


def _says(item: Placed) -> bool:
    return item.shape.has_text_frame and bool(frame_text(item.shape._element))


def _largest_on_top(items: Iterable[Placed], height: float) -> list[Placed]:
    """The shape that stands in for a title: on top, short, with the largest letters of all."""
    said = [item for item in items if item.role not in FURNITURE and _says(item) and item.box]
    sizes = {id(item): _size(item.shape._element) for item in said}
    largest = max(sizes.values(), default=0)
    top = [item for item in said if sizes[id(item)] == largest]
    if len(said) < 2 or len(top) != 1 or largest <= USUAL_SIZE:
        return []
    item = top[0]
    high = item.box is not None and item.box.y0 < TOP * height
    return top if high and len(frame_text(item.shape._element)) <= LONGEST_TITLE else []


def _size(shape: _Element) -> int:
    tags = (qn("a:rPr"), qn("a:endParaRPr"), qn("a:defRPr"))
    return max((int(e.get("sz", "0")) for tag in tags for e in shape.iter(tag)), default=0)


def _shape(item: Placed, page: int, slide: Slide) -> Iterator[Block]:
    shape = item.shape
    if shape.has_text_frame:
        yield from frame_blocks(item, page)
    elif isinstance(shape, GraphicFrame):
        if shape.has_table:
            yield from _table(item, shape, page)
        yield from _drawn(item, shape._element, page, slide)


def _drawn(item: Placed, element: _Element, page: int, slide: Slide) -> Iterator[Block]:
    """The numbers of a chart and the texts of a diagram, which lie in parts of their own."""
    for chart in _related(element, f"{CHART}chart", "r:id", slide):
        title = chart_title(chart)
        if title:
            yield Block(BlockKind.CAPTION, (_part(item, page, title),))
        rows = chart_rows(chart)
        boxes = [(item.box,) if item.box else ()] * len(rows)
        yield from table_blocks(rows, int(bool(rows) and not rows[0][0]), page, boxes)
    for diagram in _related(element, f"{DIAGRAM}relIds", "r:dm", slide):
        for text in diagram_texts(diagram):
            yield Block(BlockKind.LIST_ITEM, (_part(item, page, text),))


def _related(element: _Element, tag: str, link: str, slide: Slide) -> Iterator[_Element]:
    for reference in element.iter(tag):
        relation = reference.get(qn(link))
        if relation in slide.part.rels:
            yield parse_xml(slide.part.rels[relation].target_part.blob)


def _table(item: Placed, shape: GraphicFrame, page: int) -> Iterator[Block]:
    table = shape.table
    rows = [
        [
            Cell(
                "\n".join(frame_lines(cell._tc)),
                cell.span_width if cell.is_merge_origin else 1,
                cell.span_height if cell.is_merge_origin else 1,
            )
            for cell in row.cells
            if not cell.is_spanned
        ]
        for row in table.rows
    ]
    total = sum(row.height for row in table.rows)
    boxes: list[tuple[Box, ...]] = []
    done = 0
    for row in table.rows:
        boxes.append(_slice(item.box, done, done + row.height, total))
        done += row.height
    heads = max(int(table.first_row), spanned_heads(rows))
    yield from table_blocks(spread(rows), heads, page, boxes)


def _slice(box: Box | None, start: int, end: int, total: int) -> tuple[Box, ...]:
    """The part of a table's box that one row takes."""
    if box is None or total <= 0:
        return ()
    height = box.y1 - box.y0
    y0, y1 = box.y0 + height * start / total, box.y0 + height * end / total
    return (Box(box.page, box.x0, round(y0, 2), box.x1, round(y1, 2)),)


def _part(item: Placed, page: int, text: str) -> Part:
    return Part(page, clean(text), (item.box,) if item.box else ())
