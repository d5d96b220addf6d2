"""Reads PowerPoint files: a slide is a page, its shapes are read in the order in which one reads.

Files keep shapes in the order in which they were drawn, so that the reading order must come from
their places: the end of this module, which the presentations of OpenDocument use too. What most
slides repeat (footers, logos, page numbers) is no content. Places are in points.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TypeVar

from lxml.etree import XMLSyntaxError, _Element
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PackageNotFoundError
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.presentation import Presentation as Deck
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide

from ingest.errors import Unreadable
from ingest.readers.archives import check_archive
from ingest.readers.clean import clean, without_list_mark, written_number
from ingest.readers.ooxml import (
    CHART,
    DIAGRAM,
    EQUATION,
    chart_blocks,
    core_properties,
    diagram_texts,
    equation,
    open_pptx,
    resolve_alternatives,
)
from ingest.readers.tables import (
    SEPARATOR,
    Cell,
    count_spanned_heads,
    expand_spans,
    is_lone_time,
    mark_timetable,
    separate_lines,
    table_blocks,
)
from search.documents import Block, BlockKind, Box, PageShape, Part, Reading

EMU_PER_POINT = 12_700
# What PowerPoint calls the sections that nobody named.
UNNAMED_SECTION = re.compile(
    r"^(?:default section|secci[óo]n (?:predeterminada|sin t[íi]tulo)|untitled section|"
    r"seç[ãa]o padr[ãa]o|section par défaut)\b",
    re.IGNORECASE,
)
TITLE_ROLES = {PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE}
FURNITURE_ROLES = {
    PP_PLACEHOLDER.DATE,
    PP_PLACEHOLDER.FOOTER,
    PP_PLACEHOLDER.HEADER,
    PP_PLACEHOLDER.SLIDE_NUMBER,
}
RUNNING_ROLES = {PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.HEADER, PP_PLACEHOLDER.DATE}
BULLETED_ROLES = {
    PP_PLACEHOLDER.BODY,
    PP_PLACEHOLDER.OBJECT,
    PP_PLACEHOLDER.VERTICAL_BODY,
    PP_PLACEHOLDER.VERTICAL_OBJECT,
}


def read_pptx(data: bytes, name: str) -> Reading:
    """Blocks of every slide, also of hidden ones (with a warning), and the speaker's notes.

    What most slides repeat is in `running`, with the names of the sections.
    """
    check_archive(data)
    try:
        file = open_pptx(data)
        slides = dict(enumerate(file.slides, start=1))
        placed: dict[int, list[Placed]] = {}
        for page, slide in slides.items():
            resolve_alternatives(slide._element)
            placed[page] = list(place_shapes(slide.shapes, page, Transform()))
        furniture = find_furniture(placed)
        height = (file.slide_height or 0) / EMU_PER_POINT
        content = (
            block
            for page, slide in slides.items()
            for block in slide_blocks(
                page, slide, _without(furniture.shapes.get(page, set()), placed[page]), height
            )
        )
        blocks = tuple(mark_timetable(content))
        shapes = tuple(_page_shape(file, page, slide, furniture) for page, slide in slides.items())
        # The sections into which the author ordered the slides.
        sections = (
            element
            for element in file.part._element.iter()
            if str(element.tag).endswith("/main}section")
        )
        names = [clean(section.get("name") or "") for section in sections]
    except (PackageNotFoundError, XMLSyntaxError, KeyError, ValueError, AttributeError) as error:
        raise Unreadable(f"La presentación está dañada o incompleta ({error}).") from error
    hidden = [str(shape.number) for shape in shapes if shape.hidden]
    title, created = core_properties(file, name)
    running = [text for shape in shapes for text in shape.dropped]
    running += [text for text in names if text and not UNNAMED_SECTION.match(text)]
    return Reading(
        blocks=blocks,
        paged=True,
        shapes=shapes,
        title=title,
        created=created,
        warnings=(f"diapositivas ocultas leídas: {', '.join(hidden)}",) if hidden else (),
        running=tuple(dict.fromkeys(running)),
    )


@dataclass(frozen=True, slots=True)
class Transform:
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

    def inside(self, group: GroupShape) -> "Transform":
        """The transform of what is in the group."""
        # A group draws the area `chOff`, `chExt` of its own coordinates into its place.
        own = group._element.grpSpPr.find(qn("a:xfrm"))
        offset = None if own is None else own.find(qn("a:chOff"))
        extent = None if own is None else own.find(qn("a:chExt"))
        if offset is None or extent is None:
            return self
        across, down = int(extent.get("cx", "0")), int(extent.get("cy", "0"))
        x = group.width / across if across else 1.0
        y = group.height / down if down else 1.0
        return Transform(
            self.scale_x * x,
            self.scale_y * y,
            self.shift_x + self.scale_x * (group.left - x * int(offset.get("x", "0"))),
            self.shift_y + self.scale_y * (group.top - y * int(offset.get("y", "0"))),
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """A shape, where it lies on its slide and its role in the layout; or a group of such."""

    shape: BaseShape
    box: Box | None
    role: PP_PLACEHOLDER | None = None
    members: tuple["Placed", ...] = ()


def place_shapes(shapes: Iterable[BaseShape], page: int, transform: Transform) -> Iterator[Placed]:
    """The shapes as the file gives them; a group holds its own."""
    for shape in shapes:
        if isinstance(shape, GroupShape):
            members = tuple(place_shapes(shape.shapes, page, transform.inside(shape)))
            yield Placed(shape, _union([m.box for m in members if m.box]), None, members)
        else:
            role = shape.placeholder_format.type if shape.is_placeholder else None
            yield Placed(shape, transform.box(page, shape), role)


def only_with_content(placed: Iterable[Placed], says: Callable[[Placed], bool]) -> Iterator[Placed]:
    """The shapes that say something; a group is as large as what it then holds."""
    # Else a picture or an empty frame in a group would stretch it over its neighbours.
    for item in placed:
        if isinstance(item.shape, GroupShape):
            members = tuple(only_with_content(item.members, says))
            if members:
                box = _union([member.box for member in members if member.box])
                yield Placed(item.shape, box, None, members)
        elif says(item):
            yield item


def ungrouped(placed: Iterable[Placed]) -> Iterator[Placed]:
    """The shapes without the groups around them."""
    for item in placed:
        if isinstance(item.shape, GroupShape):
            yield from ungrouped(item.members)
        else:
            yield item


def _union(boxes: list[Box]) -> Box | None:
    if not boxes:
        return None
    return Box(
        boxes[0].page,
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )


LONGEST_RUNNING = 80  # characters
LEAST_SLIDES = 3
REPEATED_SHARE = 0.5  # share of the slides on which a text must stand in its place to be furniture
PLACE_GRID = 6.0  # points: how far a repeated text may wander


@dataclass(frozen=True, slots=True)
class Furniture:
    """The shapes of each slide that are no content, what they say, and the numbers typed there."""

    shapes: Mapping[int, set[int]]
    texts: Mapping[int, list[str]]
    numbers: Mapping[int, str]


def find_furniture(slides: Mapping[int, Sequence[Placed]]) -> Furniture:
    """Texts that stand in one place on most slides, and footers, headers and typed dates.

    Shapes are named by their `shape_id`.
    """
    shapes: dict[int, set[int]] = defaultdict(set)
    texts: dict[int, list[str]] = defaultdict(list)
    numbers: dict[int, str] = {}
    # Short texts by their place; a number may count from slide to slide.
    found: dict[tuple[object, ...], list[tuple[int, int, str]]] = defaultdict(list)
    for page, items in slides.items():
        for item in ungrouped(items):
            # Slides of one chapter often have one title: it is no furniture.
            if item.role in TITLE_ROLES or not item.shape.has_text_frame or not item.box:
                continue
            text = frame_text(item.shape._element)
            if text and len(text) <= LONGEST_RUNNING:
                place = tuple(round(side / PLACE_GRID) for side in (item.box.x0, item.box.y0))
                # Page numbers differ from slide to slide, but each by one from the last.
                constant = int(text) - page if text.isdecimal() else text
                found[constant, *place].append((page, item.shape.shape_id, text))
    for places in found.values():
        if len({page for page, _, _ in places}) < max(LEAST_SLIDES, REPEATED_SHARE * len(slides)):
            continue
        for page, shape_id, text in places:
            shapes[page].add(shape_id)
            if text.isdecimal():
                numbers[page] = text
            else:
                texts[page].append(text)
    for page, items in slides.items():
        for element in (i.shape._element for i in ungrouped(items) if i.role in RUNNING_ROLES):
            # A date that the program fills in anew each day says nothing.
            fields = (field.get("type") or "" for field in element.iter(qn("a:fld")))
            if not any(kind.startswith("datetime") for kind in fields):
                texts[page].append(frame_text(element))
    return Furniture(shapes, texts, numbers)


def _without(furniture: set[int], items: Sequence[Placed]) -> list[Placed]:
    """The shapes without those that only furnish the slide, also within groups."""
    return [
        replace(item, members=tuple(_without(furniture, item.members)))
        for item in items
        if item.shape.shape_id not in furniture or item.members
    ]


def _page_shape(file: Deck, page: int, slide: Slide, furniture: Furniture) -> PageShape:
    first = int(file.part._element.get("firstSlideNum", "1"))
    printed = furniture.numbers.get(page, str(first + page - 1))
    return PageShape(
        page,
        (file.slide_width or 0) / EMU_PER_POINT,
        (file.slide_height or 0) / EMU_PER_POINT,
        label=printed if printed != str(page) else None,
        dropped=tuple(dict.fromkeys(filter(None, furniture.texts.get(page, ())))),
        hidden=slide._element.get("show") in {"0", "false"},
    )


LONGEST_TITLE = 120  # characters
TOP_SHARE = 0.35  # share of the slide's height in which a title stands
USUAL_SIZE = 1800  # hundredths of a point: letters whose size is not said


def slide_blocks(
    page: int, slide: Slide, shapes: Sequence[Placed], height: float
) -> Iterator[Block]:
    """The blocks of a slide without the shapes that only furnish it."""
    titles = [item for item in ungrouped(shapes) if item.role in TITLE_ROLES and _has_text(item)]
    if not titles:
        titles = _largest_on_top(list(ungrouped(shapes)), height)
    for item in titles:
        text = frame_text(item.shape._element)
        yield Block(BlockKind.SLIDE_TITLE, (_part(item, page, text),), level=1)
    content = only_with_content(shapes, lambda item: item not in titles and _has_content(item))
    yield from _with_times(page, slide, list(_in_order(list(content))))
    notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    for line in frame_lines(notes._element) if notes is not None else ():
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
        blocks = list(_shape_blocks(item, page, slide))
        if waiting is not None and blocks and _level_with(waiting, item):
            time = frame_text(waiting.shape._element)
            text = SEPARATOR.join((time, " ".join(block.text for block in blocks)))
            boxes = tuple(box for box in (waiting.box, item.box) if box)
            yield Block(BlockKind.AGENDA_ITEM, (Part(page, text, boxes),))
            waiting = None
            continue
        if waiting is not None:
            yield from _shape_blocks(waiting, page, slide)
        waiting = item if _is_time(item) else None
        if waiting is None:
            yield from blocks
    if waiting is not None:
        yield from _shape_blocks(waiting, page, slide)


def _level_with(time: Placed, other: Placed) -> bool:
    """Whether a text stands to the right of a time, in the same line."""
    if time.box is None or other.box is None or not other.shape.has_text_frame or _is_time(other):
        return False
    overlap = min(time.box.y1, other.box.y1) - max(time.box.y0, other.box.y0)
    return other.box.x0 > time.box.x0 and overlap > (time.box.y1 - time.box.y0) / 2


def _is_time(item: Placed) -> bool:
    if item.members or not item.shape.has_text_frame:
        return False
    return is_lone_time(frame_text(item.shape._element))


def _has_content(item: Placed) -> bool:
    if item.role in FURNITURE_ROLES:
        return False
    return isinstance(item.shape, GraphicFrame) or _has_text(item)


def _has_text(item: Placed) -> bool:
    return item.shape.has_text_frame and bool(frame_text(item.shape._element))


def _largest_on_top(items: Iterable[Placed], height: float) -> list[Placed]:
    """The shape that stands in for a title: on top, short, with the largest letters of all."""
    said = [
        item for item in items if item.role not in FURNITURE_ROLES and _has_text(item) and item.box
    ]
    tags = (qn("a:rPr"), qn("a:endParaRPr"), qn("a:defRPr"))
    sizes = {
        id(item): max((int(e.get("sz", "0")) for e in item.shape._element.iter(*tags)), default=0)
        for item in said
    }
    largest = max(sizes.values(), default=0)
    top = [item for item in said if sizes[id(item)] == largest]
    # A slide with one text has no title but content; so has one whose letters are all alike.
    if len(said) < 2 or len(top) != 1 or largest <= USUAL_SIZE:
        return []
    item = top[0]
    high = item.box is not None and item.box.y0 < TOP_SHARE * height
    return top if high and len(frame_text(item.shape._element)) <= LONGEST_TITLE else []


def _shape_blocks(item: Placed, page: int, slide: Slide) -> Iterator[Block]:
    shape = item.shape
    if shape.has_text_frame:
        yield from frame_blocks(item, page)
    elif isinstance(shape, GraphicFrame):
        if shape.has_table:
            yield from _table_blocks(item, shape, page)
        yield from _drawing_blocks(item, page, slide)


def _drawing_blocks(item: Placed, page: int, slide: Slide) -> Iterator[Block]:
    """The numbers of a chart and the texts of a diagram, which lie in parts of their own."""
    element = item.shape._element
    for chart in _related(element, f"{CHART}chart", "r:id", slide):
        yield from chart_blocks(chart, page, (item.box,) if item.box else ())
    for diagram in _related(element, f"{DIAGRAM}relIds", "r:dm", slide):
        for text in diagram_texts(diagram):
            yield Block(BlockKind.LIST_ITEM, (_part(item, page, text),))


def _related(element: _Element, tag: str, link: str, slide: Slide) -> Iterator[_Element]:
    for reference in element.iter(tag):
        relation = reference.get(qn(link))
        if relation in slide.part.rels:  # copied slides may have lost their parts
            yield parse_xml(slide.part.rels[relation].target_part.blob)


def _table_blocks(item: Placed, shape: GraphicFrame, page: int) -> Iterator[Block]:
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
    box = item.box
    boxes: list[tuple[Box]] = []
    if box is not None and total > 0:
        # Rows grow with their text beyond the height that the file states: shares are taken.
        ends = accumulate((row.height for row in table.rows), initial=0)
        places = [round(box.y0 + (box.y1 - box.y0) * end / total, 2) for end in ends]
        boxes = [(Box(page, box.x0, y0, box.x1, y1),) for y0, y1 in pairwise(places)]
    heads = max(int(table.first_row), count_spanned_heads(rows))
    yield from table_blocks(expand_spans(rows), heads, page, boxes)


def _part(item: Placed, page: int, text: str) -> Part:
    return Part(page, clean(text), (item.box,) if item.box else ())


BULLET_TAGS = tuple(map(qn, ("a:buChar", "a:buAutoNum", "a:buBlip")))
# `type` of a numbered paragraph (ECMA-376, part 1, ST_TextAutonumberScheme) is a style and a mark:
# `arabicPeriod` is «1.», `alphaLcParenR` «a)».
NUMBER_STYLES = {
    "arabic": "decimal",
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
}
NUMBER_MARKS = {"Period": "{}. ", "ParenR": "{}) ", "ParenBoth": "({}) ", "Plain": "{} "}


def paragraph_text(paragraph: _Element) -> str:
    """What the paragraph shows but for the number of the slide, with its line breaks."""
    pieces: list[str] = []
    for child in paragraph:
        if child.tag == qn("a:br"):
            pieces.append("\n")
        # The number of the slide is a field that shows what the program last counted.
        elif child.tag == qn("a:r") or (
            child.tag == qn("a:fld") and child.get("type") != "slidenum"
        ):
            pieces.append(child.findtext(qn("a:t")) or "")
        else:
            pieces.extend(map(equation, child.iter(EQUATION)))
    return "".join(pieces).replace("\v", "\n")


def frame_lines(element: _Element) -> list[str]:
    """The paragraphs of a shape or cell, as they stand."""
    return [paragraph_text(paragraph) for paragraph in element.iter(qn("a:p"))]


def frame_text(element: _Element) -> str:
    """All that a shape says, on one line."""
    return clean(" ".join(frame_lines(element)))


def frame_blocks(item: Placed, page: int) -> Iterator[Block]:
    """The paragraphs and list items of a shape."""
    boxes = (item.box,) if item.box else ()
    paragraphs = [p for p in item.shape._element.iter(qn("a:p")) if clean(paragraph_text(p))]
    # The layout gives such placeholders bullets, which the slide itself does not repeat.
    bulleted = item.role in BULLETED_ROLES and len(paragraphs) > 1
    counts: dict[int, tuple[str, int]] = {}
    for paragraph in paragraphs:
        properties = paragraph.find(qn("a:pPr"))
        level = 0 if properties is None else int(properties.get("lvl", "0"))
        label = _label(properties, level, counts)
        bullet = bulleted
        if properties is not None:
            own = any(properties.find(tag) is not None for tag in BULLET_TAGS)
            bullet = own or (bulleted and properties.find(qn("a:buNone")) is None)
        for text in separate_lines(paragraph_text(paragraph)):
            bare = without_list_mark(text)
            listed = bare != text or bullet
            kind = BlockKind.LIST_ITEM if listed else BlockKind.PARAGRAPH
            yield Block(kind, (Part(page, label + bare, boxes),), level if listed else 0)
            label = ""


def _label(properties: _Element | None, level: int, counts: dict[int, tuple[str, int]]) -> str:
    """The number of a numbered paragraph; `counts` are the lists that are open, by level."""
    for below in [other for other in counts if other > level]:
        del counts[below]
    number = None if properties is None else properties.find(qn("a:buAutoNum"))
    if number is None:
        counts.pop(level, None)
        return ""
    kind = number.get("type") or "arabicPeriod"
    last, count = counts.get(level, ("", 0))
    count = count + 1 if last == kind else int(number.get("startAt", "1"))
    counts[level] = kind, count
    style = next((name for name in NUMBER_STYLES if kind.startswith(name)), "arabic")
    return NUMBER_MARKS.get(kind.removeprefix(style), "{}. ").format(
        written_number(count, NUMBER_STYLES[style])
    )


Item = TypeVar("Item")
MARGIN_X, MARGIN_Y = 7.0, 3.5  # points: what text boxes leave free inside; they may overlap by it
ROWS_APART = 24.0  # points: rows so far apart are not the head and the body of one column
WIDE_SHARE = 0.5  # share of the width: what is as wide stands above or below columns, not in one
BESIDE_OVERLAP = 0.5  # share of the lower one's height that must overlap to stand beside another


def reading_order(
    items: Sequence[Item], box_of: Callable[[Item], Box | None], is_time: Callable[[Item], bool]
) -> list[Item]:
    """The items as one reads them; what has no place comes last.

    The area is cut where the gap between things is widest, again and again (recursive XY-cut, Nagy
    and Seth, 1984); a column of times is read with what stands beside each time.
    """
    placed = [(item, box) for item in items if (box := box_of(item)) is not None]
    ordered = [item for item, _ in _ordered(placed, is_time)]
    return [*ordered, *(item for item in items if box_of(item) is None)]


def _ordered(
    placed: Sequence[tuple[Item, Box]], is_time: Callable[[Item], bool]
) -> Iterator[tuple[Item, Box]]:
    if len(placed) < 2:
        yield from placed
        return
    for part in _split(placed, is_time):
        if len(part) < len(placed):
            yield from _ordered(part, is_time)
        else:
            yield from _rows_of_overlapping(part)


def _split(
    placed: Sequence[tuple[Item, Box]], is_time: Callable[[Item], bool]
) -> list[list[tuple[Item, Box]]]:
    rows = _projected_groups(placed, lambda box: (box.y0 + MARGIN_Y, box.y1 - MARGIN_Y))
    columns = _projected_groups(placed, lambda box: (box.x0 + MARGIN_X, box.x1 - MARGIN_X))
    if len(columns) > 1 and len(rows) > 1:
        # Rows where a column holds only times, or where one of them is a heading over the rest.
        labelled = any(all(is_time(item) for item, _ in column) for column in columns)
        apart = _narrowest_gap(rows, 1)
        within = any(all(pair in row for pair in column) for column in columns for row in rows)
        lone = apart >= ROWS_APART and within
        return rows if labelled or lone or apart >= _narrowest_gap(columns, 0) else columns
    if len(columns) > 1:
        return columns
    return _rows_between_wide(placed, rows) if len(rows) > 2 else rows


def _projected_groups(
    placed: Sequence[tuple[Item, Box]], side: Callable[[Box], tuple[float, float]]
) -> list[list[tuple[Item, Box]]]:
    """The items in groups whose shadows on one side of the slide do not touch."""
    groups: list[list[tuple[Item, Box]]] = []
    reach = 0.0
    for item, box in sorted(placed, key=lambda pair: side(pair[1])):
        start, end = side(box)
        if not groups or start >= reach:
            groups.append([])
        groups[-1].append((item, box))
        reach = max(reach, end) if len(groups[-1]) > 1 else max(start, end)
    return groups


def _narrowest_gap(groups: Sequence[Sequence[tuple[Item, Box]]], axis: int) -> float:
    """The narrowest white space between the groups, across (0) or down (1)."""
    starts = [min((box.x0, box.y0)[axis] for _, box in group) for group in groups]
    ends = [max((box.x1, box.y1)[axis] for _, box in group) for group in groups]
    return min(start - end for end, start in zip(ends, starts[1:], strict=False))


def _rows_between_wide(
    placed: Sequence[tuple[Item, Box]], rows: Sequence[list[tuple[Item, Box]]]
) -> list[list[tuple[Item, Box]]]:
    """Rows, those between two wide ones taken together: they may hold columns."""
    left, right = min(box.x0 for _, box in placed), max(box.x1 for _, box in placed)
    parts: list[list[tuple[Item, Box]]] = []
    open_part = False
    for row in rows:
        wide = any(box.x1 - box.x0 >= WIDE_SHARE * (right - left) for _, box in row)
        if wide or not open_part:
            parts.append([])
        parts[-1].extend(row)
        open_part = not wide
    return parts if len(parts) > 1 else list(rows)


def _rows_of_overlapping(placed: Sequence[tuple[Item, Box]]) -> Iterator[tuple[Item, Box]]:
    """Things that overlap: rows from top to bottom, each from left to right."""
    rest = sorted(placed, key=lambda pair: (pair[1].y0, pair[1].x0))
    while rest:
        first = rest[0][1]
        # What stands level with the highest is read with it, even if it begins a little lower.
        row = [pair for pair in rest if pair[1] is first or _stands_beside(first, pair[1])]
        yield from sorted(row, key=lambda pair: (pair[1].x0, pair[1].y0))
        rest = [pair for pair in rest if pair not in row]


def _stands_beside(first: Box, other: Box) -> bool:
    overlap = min(first.y1, other.y1) - max(first.y0, other.y0)
    lower = min(first.y1 - first.y0, other.y1 - other.y0)
    apart = other.x0 >= first.x1 or other.x1 <= first.x0
    return apart and overlap >= BESIDE_OVERLAP * max(lower, 1.0)
