"""Reads OpenDocument files (OASIS ODF 1.2): texts, presentations and spreadsheets.

First what the three kinds have in common: styles, inline text with its notes, lists with their
numbers, tables. Then `read_odt`, `read_odp` and `read_ods`, each with what is its own.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml.etree import _Element

from ingest.errors import Encrypted, Unreadable
from ingest.readers.clean import (
    LETTER_STYLES,
    clean,
    is_contents_line,
    promote_title,
    sensible_title,
    superscript,
    without_empty_contents,
    without_list_mark,
    written_number,
)
from ingest.readers.ooxml import first_text, iso_date, open_parts, two_letters
from ingest.readers.pptx import reading_order
from ingest.readers.sheets import Workbook
from ingest.readers.tables import (
    LONGEST_LABEL,
    Cell,
    count_spanned_heads,
    expand_spans,
    is_lone_time,
    mark_timetable,
    table_blocks,
)
from search.documents import Block, BlockKind, Box, PageShape, Part, Reading

NAMESPACES = {
    "office": "office",
    "text": "text",
    "table": "table",
    "draw": "drawing",
    "style": "style",
    "presentation": "presentation",
    "fo": "xsl-fo-compatible",
    "svg": "svg-compatible",
}
ENCODED_CHARACTER = re.compile(r"_([0-9a-f]{2})_")  # `Heading_20_2` is the style «Heading 2»


def q(name: str) -> str:
    """The name as lxml has it: `text:p` with its whole namespace."""
    prefix, _, local = name.partition(":")
    return f"{{urn:oasis:names:tc:opendocument:xmlns:{NAMESPACES[prefix]}:1.0}}{local}"


PARAGRAPH, HEADING, LIST, TABLE = map(q, ("text:p", "text:h", "text:list", "table:table"))
NOTE = q("text:note")
GAPS = frozenset(map(q, ("text:tab", "text:line-break", "text:s")))
# In the file but not in the line: comments, deleted text, reading aids, what is drawn beside it.
UNSEEN = frozenset(
    map(
        q,
        "office:annotation office:annotation-end office:event-listeners office:forms"
        " text:tracked-changes text:ruby-text text:hidden-text text:hidden-paragraph text:number"
        " text:note-citation presentation:notes".split(),
    )
)
# Whatever is drawn within a line belongs to another one, but for links around text.
SHAPE_NAMESPACES = tuple(f"{q(f'{prefix}:x')[:-1]}" for prefix in ("draw", "table"))
LINK = q("draw:a")


class Styles:
    """The styles of one document, each with all that it inherits."""

    def __init__(self, *trees: _Element | None) -> None:
        self._by_name: dict[tuple[str, str], _Element] = {}
        for tree in trees:
            for style in tree.iter(q("style:style")) if tree is not None else ():
                key = style.get(q("style:family"), ""), style.get(q("style:name"), "")
                self._by_name.setdefault(key, style)

    def chain(self, family: str, name: str | None) -> Iterator[_Element]:
        """The style and those it is based on; a loop among them ends."""
        seen: set[str] = set()
        while name and name not in seen and (family, name) in self._by_name:
            seen.add(name)
            style = self._by_name[family, name]
            yield style
            name = style.get(q("style:parent-style-name"))

    def names(self, family: str, name: str | None) -> list[str]:
        """The names in that chain, with spaces, in lower case."""
        found = (style.get(q("style:name"), "") for style in self.chain(family, name))
        return [
            ENCODED_CHARACTER.sub(lambda code: chr(int(code[1], 16)), name).lower()
            for name in found
        ]

    def property(self, family: str, name: str | None, attribute: str) -> str:
        """The value that counts for the style: the nearest one stated; "" if none is."""
        for style in self.chain(family, name):
            # Properties stand in elements by their kind (of the text, the paragraph, the table …).
            for properties in style:
                value = properties.get(q(attribute))
                if value:
                    return str(value)
        return ""


class InlineText:
    """Turns inline content into words; notes wait until their paragraph is done.

    Notes are counted as they are cited: each paragraph must be asked for once.
    """

    def __init__(self, styles: Styles) -> None:
        self.styles = styles
        self._cited = 0
        self._pending: list[str] = []

    def text(self, element: _Element) -> str:
        """The text that one sees, with the marks of the notes it cites."""
        pieces = [element.text or ""]
        for child in element:
            pieces.append(self._inline(child))
            pieces.append(child.tail or "")
        return "".join(pieces)

    def lines(self, container: _Element) -> str:
        """The text of a cell or a box: a line a paragraph."""
        return "\n".join(clean(self.text(paragraph)) for paragraph in paragraphs(container))

    def flush(self) -> Iterator[Block]:
        """The notes cited since the last time."""
        notes, self._pending = self._pending, []
        return (Block(BlockKind.FOOTNOTE, (Part(1, text),)) for text in notes)

    def _inline(self, child: _Element) -> str:
        tag = child.tag
        if not isinstance(tag, str) or tag in UNSEEN:  # comments of the XML have no name
            return ""
        if tag in GAPS:  # of spaces in a row, one is kept: clean text has no more
            return " "
        if tag == NOTE:
            return self._cite(child)
        if tag.startswith(SHAPE_NAMESPACES) and tag != LINK:
            return ""
        style = child.get(q("text:style-name"))
        if self.styles.property("text", style, "text:display") == "none":
            return ""
        return self.text(child)

    def _cite(self, note: _Element) -> str:
        body = note.find(q("text:note-body"))
        text = clean(" ".join(map(self.text, paragraphs(body)))) if body is not None else ""
        if not text:
            return ""
        self._cited += 1
        mark = superscript(self._cited)
        self._pending.append(f"{mark} {text}")
        return mark


def paragraphs(container: _Element) -> Iterator[_Element]:
    """The paragraphs at any depth, but not those in comments, notes or shapes beside the text."""
    for child in container:
        if child.tag in (PARAGRAPH, HEADING):
            yield child
        elif isinstance(child.tag, str) and child.tag not in UNSEEN and child.tag != NOTE:
            yield from paragraphs(child)


def drawn_shapes(element: _Element) -> Iterator[_Element]:
    """The shapes with text that are drawn_shapes in an element, the outermost of each nest."""
    for child in element:
        tag = child.tag
        if not isinstance(tag, str) or tag in UNSEEN or tag == NOTE:
            continue
        if tag.startswith(SHAPE_NAMESPACES[0]) and any(
            c.tag in (PARAGRAPH, LIST, TABLE) for c in child
        ):
            yield child
        else:
            yield from drawn_shapes(child)


def open_document(
    data: bytes, name: str, kind: str
) -> tuple[_Element, _Element | None, str | None, str | None]:
    """The body of a document of that kind, its sheet of styles, its title and date of creation.

    Raises `Encrypted` if it wants a password, `Unreadable` if it is damaged or of another kind.
    """
    with open_parts(data) as parts:
        # Before the content is parsed: an encrypted one would only look damaged.
        manifest = "META-INF/manifest.xml"
        if manifest in parts.names and b"encryption-data" in parts.read(manifest):
            raise Encrypted("El archivo está protegido con contraseña; guárdelo sin ella.")
        place = f"{q('office:body')}/{q(f'office:{kind}')}"
        body = parts.tree("content.xml").find(place) if "content.xml" in parts.names else None
        if body is None:
            raise Unreadable("El archivo está dañado o incompleto (no tiene contenido).")
        sheet, meta = parts.optional("styles.xml"), parts.optional("meta.xml")
    title = sensible_title(clean(first_text(meta, "title")), name)
    return body, sheet, title, iso_date(first_text(meta, "creation-date"))


def language_of(styles: _Element | None) -> str | None:
    """The language that text has unless it says otherwise."""
    if styles is None:
        return None
    found = (
        two_letters(properties.get(q("fo:language"), ""))
        for style in styles.iter(q("style:default-style"))
        if style.get(q("style:family")) in ("paragraph", "graphic")
        for properties in style.iter(q("style:text-properties"))
    )
    return next(filter(None, found), None)


XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
NUMBERED_LEVELS = tuple(map(q, ("text:list-level-style-number", "text:outline-level-style")))
MOST_DIGITS = 9  # so many or more are no number that anybody wrote


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list writes its number; `shown` levels of it are written."""

    style: str
    prefix: str
    suffix: str
    start: int
    shown: int


@dataclass(slots=True)
class ListRun:
    """A list and those that go on with it: its style and how far each level has counted."""

    style: str
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """The lists of one document. Ask for each item once, in the order of the body."""

    def __init__(self, *trees: _Element | None) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._by_id: dict[str, ListRun] = {}
        self._latest: dict[str, ListRun] = {}
        self._outline = ListRun("")
        for tree in trees:
            for sheet in tree.iter(q("text:list-style")) if tree is not None else ():
                self._levels.setdefault(sheet.get(q("style:name"), ""), _read_levels(sheet))
            for sheet in tree.iter(q("text:outline-style")) if tree is not None else ():
                self._levels[""] = _read_levels(sheet)

    def open(self, items: _Element) -> ListRun:
        """The run that an outermost list begins or goes on with."""
        style = items.get(q("text:style-name"), "?")
        run = self._by_id.get(items.get(q("text:continue-list"), ""))
        # `continue-list` names the list to go on with, `continue-numbering` means the last one of
        # the same style (ODF 1.2, attributes of `text:list`).
        if items.get(q("text:continue-numbering")) == "true":
            run = run or self._latest.get(style)
        if run is None or run.style != style:
            run = ListRun(style)
        self._latest[style] = run
        self._by_id[items.get(XML_ID, "?")] = run
        return run

    def heading(self, heading: _Element, level: int) -> str:
        """What a heading outside lists shows before its text."""
        # All of them count in one list, the outline style of the document.
        if heading.get(q("text:is-list-header")) == "true":
            return ""
        return self.label(self._outline, level - 1, heading)

    def label(self, run: ListRun, depth: int, item: _Element) -> str:
        """Count one item and give what it shows, with a space; "" for marks."""
        levels = self._levels.get(run.style, {})
        level = levels.get(depth)
        if item.get(q("text:start-value")) is not None:
            run.counts[depth] = _number_or_one(item, "text:start-value")
        elif depth in run.counts:
            run.counts[depth] += 1
        else:
            run.counts[depth] = level.start if level else 1
        for below in [other for other in run.counts if other > depth]:
            del run.counts[below]
        if level is None or not level.style:  # a bullet, or numbers that are not shown
            return ""
        shown = range(max(0, depth - level.shown + 1), depth + 1)
        numbers = (
            written_number(run.counts.get(n, levels[n].start), levels[n].style)
            for n in shown
            if n in levels and levels[n].style
        )
        return f"{level.prefix}{'.'.join(numbers)}{level.suffix} "


def _read_levels(sheet: _Element) -> dict[int, _Level]:
    return {
        _number_or_one(element, "text:level") - 1: _Level(
            style=LETTER_STYLES.get(element.get(q("style:num-format"), ""), ""),
            prefix=element.get(q("style:num-prefix"), ""),
            suffix=element.get(q("style:num-suffix"), ""),
            start=_number_or_one(element, "text:start-value"),
            shown=_number_or_one(element, "text:display-levels"),
        )
        for element in sheet.iter(*NUMBERED_LEVELS)
    }


def _number_or_one(element: _Element, name: str) -> int:
    """The value of an attribute; 1 where there is none or it makes no sense."""
    value = element.get(q(name), "1")
    return int(value) if value.isdecimal() and len(value) < MOST_DIGITS else 1


ROW, HEADER_ROWS = q("table:table-row"), q("table:table-header-rows")
ROW_GROUPS = frozenset(map(q, ("table:table-rows", "table:table-row-group"))) | {HEADER_ROWS}
CELL, COVERED_CELL = q("table:table-cell"), q("table:covered-table-cell")
MOST_REPEATS = 500  # of one row or cell; programs fill a sheet to its end with empty ones
TextOf = Callable[[_Element], str]


@dataclass(frozen=True, slots=True)
class TableRow:
    """The cells of a row (None where a merge covers one), whether it is a header, and how often.

    OpenDocument writes rows and cells that are alike once, with a number.
    """

    cells: tuple[_Element | None, ...]
    header: bool
    repeated: int


def table_rows(table: _Element, header: bool = False) -> Iterator[TableRow]:
    """The rows in order, also those in groups."""
    for child in table:
        if child.tag in ROW_GROUPS:
            yield from table_rows(child, header or child.tag == HEADER_ROWS)
        elif child.tag == ROW:
            times = _repetitions(child, "number-rows-repeated")
            yield TableRow(tuple(_cells(child)), header, times)


def _cells(row: _Element) -> Iterator[_Element | None]:
    """The cells of a row up to the last that is not empty."""
    # Sheets are filled to their last column (16,384) by one empty cell that is repeated.
    waiting: list[_Element | None] = []
    for child in row:
        if child.tag not in (CELL, COVERED_CELL):
            continue
        times = _repetitions(child, "number-columns-repeated")
        if child.tag == CELL and len(child) == 0:
            waiting += [child] * times
        else:
            yield from waiting
            waiting = []
            yield from [None if child.tag == COVERED_CELL else child] * times


def blocks_of_table(
    table: _Element, text_of: TextOf, named: bool, page: int = 1
) -> Iterator[Block]:
    """The rows as blocks; `named` says that the first one names the columns."""
    rows = list(table_rows(table))
    cells = [
        [
            Cell(
                text_of(cell),
                _repetitions(cell, "number-columns-spanned"),
                _repetitions(cell, "number-rows-spanned"),
            )
            for cell in row.cells
            if cell is not None
        ]
        for row in rows
    ]
    heads = sum(row.header for row in rows) or count_spanned_heads(cells) or (1 if named else None)
    yield from table_blocks(expand_spans(cells), heads, page)


def sheet_rows(table: _Element, text_of: TextOf) -> Iterator[list[str]]:
    """The rows of a sheet, each cell in its column; one that is merged over several rows stands
    in each of them, one that fills its row by a merge is alone in it."""
    spans: dict[int, tuple[int, str]] = {}  # how many more rows it covers, and its text
    for row in table_rows(table):
        cells: list[str] = []
        wide = False
        for column, cell in enumerate(row.cells):
            if cell is None:
                left, text = spans.get(column, (0, ""))
                cells.append(text if left > 0 else "")
                spans[column] = left - 1, text
            else:
                text = text_of(cell)
                wide |= bool(text) and _repetitions(cell, "number-columns-spanned") > 1
                cells.append(text)
                label = text if len(text) <= LONGEST_LABEL else ""
                spans[column] = _repetitions(cell, "number-rows-spanned") - 1, label
        full = [cell for cell in cells if cell]
        # Repeated empty rows only part the tables of a sheet, which one row does as well.
        for _ in range(row.repeated if full else 1):
            yield full if wide and len(full) == 1 else cells


def _repetitions(element: _Element, attribute: str) -> int:
    """How often or how far the element counts; nonsense counts once."""
    return max(1, min(_number_or_one(element, f"table:{attribute}"), MOST_REPEATS))


# What a program made from the rest of the text, and what tracked changes keep of deleted text.
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
LONGEST_FAKE_HEADING = 100  # characters of a bold line that stands in for a heading
HEADERS_AND_FOOTERS = tuple(
    q(f"style:{area}{pages}") for area in ("header", "footer") for pages in ("", "-first", "-left")
)


def read_odt(data: bytes, name: str) -> Reading:
    """Blocks of the body with notes after the paragraph that cites them.

    Tracked changes count as accepted; comments and tables of contents are not read. Page headers
    and footers are in `running`.
    """
    content, sheet, title, created = open_document(data, name, "text")
    trees = content.getroottree().getroot(), sheet
    body = _Body(Styles(*trees), Numbering(*trees), content)
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

    def __init__(self, styles: Styles, numbers: Numbering, content: _Element) -> None:
        self._styles = styles
        self._inline = InlineText(styles)
        self._numbering = numbers
        # Who uses heading styles uses them everywhere; bold lines are then only emphasis.
        self._bold_heads = sum(1 for _ in content.iter(HEADING)) < 2

    def blocks(self, container: _Element) -> Iterator[Block]:
        """Everything in a body, a section, a cell or a text box, in order."""
        for element in container:
            if element.tag in (PARAGRAPH, HEADING):
                yield from self._paragraph(element)
            elif element.tag == LIST:
                yield from self._list(element, 0, self._numbering.open(element))
            elif element.tag == TABLE:
                yield from self._table(element)
            elif element.tag == SECTION and element.get(q("text:display")) == "none":
                continue
            elif isinstance(element.tag, str) and element.tag not in INDEXES:
                yield from self.blocks(element)
            yield from self._inline.flush()

    def running(self, sheet: _Element | None) -> Iterator[str]:
        """The texts of page headers and footers."""
        for area in sheet.iter(*HEADERS_AND_FOOTERS) if sheet is not None else ():
            yield from filter(None, map(clean, map(self._inline.text, paragraphs(area))))

    def _paragraph(
        self, paragraph: _Element, item_level: int | None = None, label: str = ""
    ) -> Iterator[Block]:
        """The paragraph with its number, then the boxes anchored in it."""
        text = clean(self._inline.text(paragraph))
        if text and not is_contents_line(text):
            yield self._block(paragraph, label + text, item_level)
        for box in drawn_shapes(paragraph):
            yield from self.blocks(box)

    def _block(self, paragraph: _Element, text: str, item_level: int | None) -> Block:
        names = self._styles.names("paragraph", paragraph.get(q("text:style-name")))
        # Its own mark first: styles called so also dress what is a heading in all but its tag.
        level = next((int(match[1]) for match in map(HEADING_NAME.match, names) if match), 0)
        if paragraph.tag == HEADING:
            outline = paragraph.get(q("text:outline-level"), "")
            level = max(1, int(outline)) if outline.isdecimal() else 1
        if TITLE_NAMES.intersection(names):
            return Block(BlockKind.TITLE, (Part(1, text),))
        if level:
            if item_level is None and paragraph.tag == HEADING:
                text = self._numbering.heading(paragraph, level) + text
            return Block(BlockKind.HEADING, (Part(1, text),), level)
        if CAPTION_NAMES.intersection(names):
            return Block(BlockKind.CAPTION, (Part(1, text),))
        bare = without_list_mark(text)
        if item_level is not None or bare != text:
            return Block(BlockKind.LIST_ITEM, (Part(1, bare),), item_level or 0)
        if self._stands_out(paragraph, text):
            return Block(BlockKind.HEADING, (Part(1, text),), 1)  # nothing tells how deep
        return Block(BlockKind.PARAGRAPH, (Part(1, text),))

    def _stands_out(self, paragraph: _Element, text: str) -> bool:
        """A short bold line in a document without heading styles is a heading."""
        sentence = text.endswith((".", ":", ";", ","))
        if not self._bold_heads or len(text) > LONGEST_FAKE_HEADING or sentence:
            return False

        def is_bold(family: str, element: _Element) -> bool:
            name = element.get(q("text:style-name"))
            return self._styles.property(family, name, "fo:font-weight") == "bold"

        outside = clean((paragraph.text or "") + "".join(child.tail or "" for child in paragraph))
        return is_bold("paragraph", paragraph) or (
            not outside and all(is_bold("text", child) for child in paragraph)
        )

    def _list(self, items: _Element, level: int, run: ListRun) -> Iterator[Block]:
        for item in items:
            label = self._numbering.label(run, level, item) if item.tag == ITEM else ""
            for child in item:
                if child.tag == LIST:
                    yield from self._list(child, level + 1, run)
                elif child.tag in (PARAGRAPH, HEADING):
                    yield from self._paragraph(child, level, label)
                    label = ""
            yield from self._inline.flush()

    def _table(self, table: _Element) -> Iterator[Block]:
        rows = [[cell for cell in row.cells if cell is not None] for row in table_rows(table)]
        if all(len(row) < 2 for row in rows):  # a frame around text, not a table
            for cell in (cell for row in rows for cell in row):
                yield from self.blocks(cell)
        else:
            yield from blocks_of_table(table, self._inline.lines, named=False)


SLIDE, NOTES = q("draw:page"), q("presentation:notes")
SHAPE_ROLE = q("presentation:class")
FURNITURE_ROLES = frozenset(("header", "footer", "date-time", "page-number"))
# Units of XSL lengths; a pixel is 1/96 inch (CSS).
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
    content, sheet, title, created = open_document(data, name, "presentation")
    styles = Styles(content.getroottree().getroot(), sheet)
    inline = InlineText(styles)
    slides = list(enumerate(content.iter(SLIDE), start=1))
    width, height = _slide_size(sheet)
    visibility = {
        page: styles.property(
            "drawing-page", slide.get(q("draw:style-name")), "presentation:visibility"
        )
        for page, slide in slides
    }
    hidden = {page for page, value in visibility.items() if value == "hidden"}
    shown = ", ".join(map(str, sorted(hidden)))
    blocks = (block for page, slide in slides for block in _slide(page, slide, inline))
    return Reading(
        blocks=tuple(mark_timetable(blocks)),
        paged=True,
        shapes=tuple(PageShape(page, width, height, hidden=page in hidden) for page, _ in slides),
        title=title,
        language=language_of(sheet),
        created=created,
        warnings=(f"diapositivas ocultas leídas: {shown}",) if hidden else (),
    )


def _slide_size(sheet: _Element | None) -> tuple[float, float]:
    """Width and height of the slides in points."""
    for layout in sheet.iter(q("style:page-layout-properties")) if sheet is not None else ():
        width, height = (_points(layout.get(q(f"fo:page-{side}"))) for side in ("width", "height"))
        if width and height:
            return width, height
    return 0.0, 0.0


def _points(length: str | None) -> float | None:
    match = LENGTH.match(length or "")
    return round(float(match[1]) * POINTS[match[2]], 2) if match else None


def _slide(page: int, slide: _Element, inline: InlineText) -> Iterator[Block]:
    shapes = [shape for shape in _shapes(page, slide) if shape.role not in FURNITURE_ROLES]
    # The title first, wherever it stands: it names the slide in headers and citations.
    for shape in shapes:
        text = clean(inline.lines(shape.content))
        if shape.role == "title" and text:
            yield Block(BlockKind.SLIDE_TITLE, (_part(page, text, shape.box),), level=1)
    others = [shape for shape in shapes if shape.role != "title"]

    def is_time(shape: _Shape) -> bool:
        return is_lone_time(clean(inline.lines(shape.content)))

    for shape in reading_order(others, lambda shape: shape.box, is_time):
        yield from _shape_blocks(page, shape, shape.content, inline)
    # The page of notes also holds a picture of the slide and the number of the page.
    for notes in slide.iter(NOTES):
        areas = [shape.content for shape in _shapes(page, notes) if shape.role == "notes"]
        for paragraph in (p for area in areas for p in paragraphs(area)):
            text = clean(inline.text(paragraph))
            if text:
                yield Block(BlockKind.SPEAKER_NOTE, (Part(page, text),))


def _shapes(page: int, slide: _Element) -> Iterator[_Shape]:
    """The shapes with text; the frame around a text box or table has the place and the role."""
    for content in drawn_shapes(slide):
        parent = content.getparent()
        # A `draw:text-box` or table lies in a `draw:frame`; other shapes have places of their own.
        frame = parent if content.get(q("svg:x")) is None and parent.tag != SLIDE else content
        yield _Shape(_box(page, frame), frame.get(SHAPE_ROLE, ""), content)


def _box(page: int, frame: _Element) -> Box | None:
    places = [_points(frame.get(q(f"svg:{name}"))) for name in ("x", "y", "width", "height")]
    if None in places:
        return None
    x, y, width, height = (place or 0.0 for place in places)
    return Box(page, x, y, round(x + width, 2), round(y + height, 2))


def _shape_blocks(
    page: int, shape: _Shape, container: _Element, inline: InlineText, level: int = -1
) -> Iterator[Block]:
    """The paragraphs, items and rows of a shape; `level` counts the lists around.

    A lone paragraph is no list, though programs put the text of every placeholder in one.
    """
    several = sum(1 for _ in paragraphs(shape.content)) > 1
    for child in container:
        if child.tag in (PARAGRAPH, HEADING):
            text = clean(inline.text(child))
            bare = without_list_mark(text)
            listed = (level >= 0 and several) or bare != text
            kind = BlockKind.LIST_ITEM if listed else BlockKind.PARAGRAPH
            if text:
                yield Block(kind, (_part(page, bare, shape.box),), max(level, 0))
        elif child.tag == TABLE:
            named = child.get(q("table:use-first-row-styles")) == "true"
            yield from blocks_of_table(child, inline.lines, named, page)
        elif child.tag == LIST:
            for item in child:
                yield from _shape_blocks(page, shape, item, inline, level + 1)


def _part(page: int, text: str, box: Box | None) -> Part:
    return Part(page, text, (box,) if box else ())


def read_ods(data: bytes, name: str) -> Reading:
    """Blocks of the visible sheets; hidden ones are left out with a warning.

    Cells read as they are shown, with their formats.
    """
    content, sheet, title, created = open_document(data, name, "spreadsheet")
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
    inline = InlineText(styles)
    shown: list[_Element] = []
    for table in content.findall(TABLE):
        style = table.get(q("table:style-name"))
        if styles.property("table", style, "table:display") == "false":
            book.hidden.append(_sheet_name(table))
        else:
            shown.append(table)
    for table in shown:
        rows = sheet_rows(table, inline.lines)
        yield from book.sheet(_sheet_name(table), rows, alone=len(shown) == 1)


def _sheet_name(table: _Element) -> str:
    return clean(table.get(q("table:name"), ""))
