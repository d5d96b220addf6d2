"""An OpenDocument presentation to blocks: a slide is a page, read from top to bottom."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import _Element

from ingest.readers.clean import clean, without_list_mark
from ingest.readers.days import mark_timetable
from ingest.readers.odf_table import blocks_of
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
from ingest.readers.slide_order import reading_order
from ingest.times import time_cell
from search.types import Block, BlockKind, Box, PageShape, Part, Reading

PAGE, NOTES, GROUP = q("draw:page"), q("presentation:notes"), q("draw:g")
CLASS = q("presentation:class")
FURNITURE = frozenset(("header", "footer", "date-time", "page-number"))
LENGTH = re.compile(r"^(-?\d*\.?\d+)(cm|mm|in|pt|pc|px)$")
POINTS = {"cm": 72 / 2.54, "mm": 72 / 25.4, "in": 72.0, "pt": 1.0, "pc": 12.0, "px": 0.75}


@dataclass(frozen=True, slots=True)
class _Shape:
    """A shape with text: its place, what role the layout gives it, and what holds its text."""

    box: Box | None
    role: str
    content: _Element


def read_odp(data: bytes, name: str) -> Reading:
    """Blocks of every slide, also of hidden ones (with a warning), and the speaker's notes."""
    with open_parts(data) as parts:
        content = content_of(parts, "presentation")
        sheet = parts.optional("styles.xml")
        title, created = properties_of(parts, name)
    styles = Styles(content.getroottree().getroot(), sheet)
    writing = Writing(styles)
    slides = list(enumerate(content.iter(PAGE), start=1))
    width, height = _size(sheet)
    hidden = {page for page, slide in slides if _is_hidden(slide, styles)}
    shown = ", ".join(map(str, sorted(hidden)))
    blocks = (block for page, slide in slides for block in _slide(page, slide, writing))
    return Reading(
        blocks=tuple(mark_timetable(blocks)),
        paged=True,
        shapes=tuple(PageShape(page, width, height, hidden=page in hidden) for page, _ in slides),
        title=title,
        language=language_of(sheet),
        created=created,
        warnings=(f"diapositivas ocultas leídas: {shown}",) if hidden else (),
    )


def _is_hidden(slide: _Element, styles: Styles) -> bool:
    name = slide.get(q("draw:style-name"))
    return styles.property("drawing-page", name, "presentation:visibility") == "hidden"


def _size(sheet: _Element | None) -> tuple[float, float]:
    """Width and height of the slides in points."""
    for layout in sheet.iter(q("style:page-layout-properties")) if sheet is not None else ():
        width, height = (_points(layout.get(q(f"fo:page-{side}"))) for side in ("width", "height"))
        if width and height:
            return width, height
    return 0.0, 0.0


def _points(length: str | None) -> float | None:
    match = LENGTH.match(length or "")
    return round(float(match[1]) * POINTS[match[2]], 2) if match else None


def _slide(page: int, slide: _Element, writing: Writing) -> Iterator[Block]:
    shapes = [shape for shape in _shapes(page, slide) if shape.role not in FURNITURE]
    for shape in shapes:
        text = clean(writing.lines(shape.content))
        if shape.role == "title" and text:
            yield Block(BlockKind.SLIDE_TITLE, (_part(page, text, shape.box),), level=1)
    others = [shape for shape in shapes if shape.role != "title"]

    def is_time(shape: _Shape) -> bool:
        text = clean(writing.lines(shape.content))
        return time_cell(text) == len(text) > 0

    for shape in reading_order(others, lambda shape: shape.box, is_time):
        yield from _text(page, shape, shape.content, writing)
    for notes in slide.iter(NOTES):
        areas = [shape.content for shape in _shapes(page, notes) if shape.role == "notes"]
        for paragraph in (p for area in areas for p in paragraphs(area)):
            text = clean(writing.words(paragraph))
            if text:
                yield Block(BlockKind.SPEAKER_NOTE, (Part(page, text),))


def _shapes(page: int, slide: _Element) -> Iterator[_Shape]:
    """The shapes with text; the frame around a text box or table has the place and the role."""
    for content in drawn(slide):
        parent = content.getparent()
        frame = parent if content.get(q("svg:x")) is None and parent.tag != PAGE else content
        yield _Shape(_box(page, frame), frame.get(CLASS, ""), content)


def _box(page: int, frame: _Element) -> Box | None:
    places = [_points(frame.get(q(f"svg:{name}"))) for name in ("x", "y", "width", "height")]
    if None in places:
        return None
    x, y, width, height = (place or 0.0 for place in places)
    return Box(page, x, y, round(x + width, 2), round(y + height, 2))


def _text(
    page: int, shape: _Shape, container: _Element, writing: Writing, level: int = -1
) -> Iterator[Block]:
    """The paragraphs, items and rows of a shape; `level` counts the lists around.

    A lone paragraph is no list, though programs put the text of every placeholder in one.
    """
    several = sum(1 for _ in paragraphs(shape.content)) > 1
    for child in container:
        if child.tag in (PARAGRAPH, HEADING):
            text = clean(writing.words(child))
            bare = without_list_mark(text)
            listed = (level >= 0 and several) or bare != text
            kind = BlockKind.LIST_ITEM if listed else BlockKind.PARAGRAPH
            if text:
                yield Block(kind, (_part(page, bare, shape.box),), max(level, 0))
        elif child.tag == TABLE:
            named = child.get(q("table:use-first-row-styles")) == "true"
            yield from blocks_of(child, writing.lines, named, page)
        elif child.tag == LIST:
            for item in child:
                yield from _text(page, shape, item, writing, level + 1)


def _part(page: int, text: str, box: Box | None) -> Part:
    return Part(page, text, (box,) if box else ())
