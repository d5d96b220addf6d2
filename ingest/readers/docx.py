"""Reads Word files: paragraphs, lists, tables and notes in the order of the body.

The text is the one that Word shows: with the numbers of lists, the results of fields and the marks
of notes, and with tracked changes accepted. Headers and footers are read as running texts. The
terms are those of WordprocessingML (ECMA-376, part 1, 17); `docx_styles` says what styles and lists
mean.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from docx.document import Document as Docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from lxml import etree
from lxml.etree import XMLSyntaxError, _Element

from ingest.errors import Unreadable
from ingest.readers.archives import check_archive
from ingest.readers.clean import (
    CAPTION,
    clean,
    is_contents_line,
    promote_title,
    superscript,
    without_empty_contents,
    without_list_mark,
)
from ingest.readers.docx_styles import RUN, TEXT, VALUE, Numbering, Styles, fake_headings, is_on
from ingest.readers.ooxml import (
    CHART,
    DIAGRAM,
    EQUATION,
    chart_blocks,
    core_properties,
    diagram_texts,
    equation,
    open_docx,
    resolve_alternatives,
    symbol,
)
from ingest.readers.tables import (
    Cell,
    count_spanned_heads,
    expand_spans,
    mark_timetable,
    separate_lines,
    table_blocks,
)
from search.documents import Block, BlockKind, Part, Reading
from search.text.vocabulary import roman

PARAGRAPH, TABLE, BOX = qn("w:p"), qn("w:tbl"), qn("w:txbxContent")
LONGEST_HEADING = 250  # characters; longer text in a heading style is body text
# «Capítulo II»; «Artículo» is not among them, because its number stands before a sentence.
DIVISION = re.compile(
    r"^(?:libro|parte|título|capítulo|sección|anexo|módulo|unidad|sesión|chapter|section|annex)\b",
    re.IGNORECASE,
)
LONGEST_CAPTION = 150  # characters


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
    title, created = core_properties(file, name)
    return Reading(
        blocks=promote_title(without_empty_contents(blocks)),
        paged=False,
        title=title,
        language=body.styles.language,
        created=created,
        running=running,
    )


class _Body:
    """Walks one file; holds its styles, the counters of its lists and its notes.

    Each paragraph must be classified once and in the order of the body: lists count meanwhile.
    """

    def __init__(self, file: Docx) -> None:
        root = file.element.body
        # First, so that nothing below sees a text twice or one that was deleted.
        resolve_alternatives(root)
        accept_changes(root)
        self.styles = Styles(file)
        self._part = file.part
        sheets = [r for r in file.part.rels.values() if r.reltype == RELATIONSHIP_TYPE.NUMBERING]
        self._numbering = Numbering(parse_xml(sheets[0].target_part.blob) if sheets else None)
        self._notes = Notes(file, self.styles)
        self._story = Story(root, self.styles, self._notes.cite)
        lines = []
        for paragraph in root.iter(PARAGRAPH):
            place = self._place_in_list(paragraph)
            level = None if place is None else self._numbering.level(*place)
            # Bold cells head columns, not sections, and bold items are still items.
            bulleted = level is not None and level.is_bullet
            if not bulleted and next(paragraph.iterancestors(TABLE), None) is None:
                lines.append(paragraph)
        self._fake_headings = fake_headings(self.styles, lines)

    def blocks(self, container: _Element) -> Iterator[Block]:
        """Everything in a body, a cell or a text box, in order."""
        for element in children(container, PARAGRAPH, TABLE, qn("w:sdt")):
            if element.tag == TABLE:
                yield from self._table(element)
            elif element.tag == PARAGRAPH:
                yield from self._paragraph(element)
                yield from self._drawings(element)
            # A table of contents that Word made is in a content control.
            elif not is_prompt(element) and "contents" not in _gallery(element):
                for content in element.iterchildren(qn("w:sdtContent")):
                    yield from self.blocks(content)
            yield from self._notes.flush()

    def _paragraph(self, paragraph: _Element) -> Iterator[Block]:
        kind, level, label = self._classify(paragraph)  # counts, also where nothing is to be read
        raw = self._story.text(paragraph)
        if kind is None or not clean(raw) or is_contents_line(raw) or _is_contents_link(paragraph):
            return
        for text in separate_lines(label + raw):
            bare = without_list_mark(text)
            if kind is BlockKind.PARAGRAPH and bare != text:
                yield Block(BlockKind.LIST_ITEM, (Part(1, bare),), level)
            elif kind is BlockKind.HEADING and len(text) > LONGEST_HEADING:
                yield Block(BlockKind.PARAGRAPH, (Part(1, text),))
            elif kind is BlockKind.LIST_ITEM and _is_division(label, text):
                # Laws number their chapters by a list, without any heading style.
                yield Block(BlockKind.HEADING, (Part(1, text),), level + 1)
            elif kind is BlockKind.PARAGRAPH and _is_caption(text):
                yield Block(BlockKind.CAPTION, (Part(1, text),))
            else:
                # Where Word writes the number, a dash behind it belongs to the text.
                shown = bare if kind is BlockKind.LIST_ITEM and not label else text
                yield Block(kind, (Part(1, shown),), level)

    def _classify(self, paragraph: _Element) -> tuple[BlockKind | None, int, str]:
        """What the paragraph is, how deep, and the number that Word shows before it."""
        role = self.styles.role(paragraph)
        kind, level = role.kind, role.level
        numbered = self._place_in_list(paragraph)
        label = ""
        if numbered is not None:
            num_id, depth = numbered
            label = self._numbering.next_label(num_id, depth)
            list_level = self._numbering.level(num_id, depth)
            # A level that shows nothing only indents: its paragraphs are no items.
            if kind is BlockKind.PARAGRAPH and (
                list_level is None or list_level.is_bullet or label
            ):
                kind = BlockKind.LIST_ITEM
            level = max(level, depth) if kind is BlockKind.LIST_ITEM else level
        if paragraph in self._fake_headings:
            kind, level = BlockKind.HEADING, self._fake_headings[paragraph]
        return kind, level, label

    def _place_in_list(self, paragraph: _Element) -> tuple[str, int] | None:
        numbering = self.styles.numbering(paragraph)
        if numbering is None:
            return None
        num_id, depth, style = numbering
        return num_id, self._numbering.depth_of_style(num_id, style) if depth is None else depth

    def _drawings(self, paragraph: _Element) -> Iterator[Block]:
        """The text boxes, charts and diagrams that are anchored in a paragraph."""
        for box in _anchored_in(paragraph, BOX):
            yield from self.blocks(box)
        for chart in _anchored_in(paragraph, f"{CHART}chart"):
            yield from chart_blocks(self._related(chart.get(qn("r:id"))))
        for diagram in _anchored_in(paragraph, f"{DIAGRAM}relIds"):
            for text in diagram_texts(self._related(diagram.get(qn("r:dm")))):
                yield Block(BlockKind.LIST_ITEM, (Part(1, text),))

    def _related(self, relation: str) -> _Element:
        return parse_xml(self._part.rels[relation].target_part.blob)

    def _table(self, table: _Element) -> Iterator[Block]:
        if is_layout_table(table, self.styles):
            for cell in (cell for row in table_cells(table) for cell in row):
                yield from self.blocks(cell)
            return
        rows = spanning_rows(table, self._cell)
        yield from table_blocks(expand_spans(rows), count_head_rows(table, rows, self.styles))
        yield from self._notes.flush()
        # Rows are plain texts, so that tables within cells follow the table that holds them.
        for cell in (cell for row in table_cells(table) for cell in row):
            for nested in children(cell, TABLE):
                yield from self._table(nested)

    def _cell(self, cell: _Element) -> str:
        """The paragraphs of a cell, a line each, with those of its text boxes."""
        lines: list[str] = []
        for paragraph in children(cell, PARAGRAPH):
            label = self._classify(paragraph)[2]
            text = self._story.text(paragraph)
            lines.append(label + text if clean(text) else "")
            lines.extend(map(self._cell, _anchored_in(paragraph, BOX)))
        return "\n".join(lines)


def _anchored_in(paragraph: _Element, tag: str) -> list[_Element]:
    """What is anchored in the paragraph itself, not in a text box within it."""
    return [e for e in paragraph.iter(tag) if next(e.iterancestors(PARAGRAPH)) is paragraph]


def _gallery(control: _Element) -> str:
    """The kind of ready-made content that a content control holds."""
    gallery = control.find(f"{qn('w:sdtPr')}/{qn('w:docPartObj')}/{qn('w:docPartGallery')}")
    return "" if gallery is None else (gallery.get(VALUE) or "").lower()


def _is_contents_link(paragraph: _Element) -> bool:
    """Whether the paragraph is nothing but a link to a heading: a line of a contents list."""
    # Word marks the headings that a table of contents lists by bookmarks of this name.
    links = [
        link
        for link in paragraph.iter(qn("w:hyperlink"))
        if (link.get(qn("w:anchor")) or "").startswith("_Toc")
    ]
    runs = sum(1 for _ in paragraph.iter(RUN))
    return bool(links) and sum(len(list(link.iter(RUN))) for link in links) == runs


def _is_division(label: str, text: str) -> bool:
    """A short line that Word numbers as a part of the document: «Capítulo II De las metas»."""
    named = DIVISION.match(label) is not None and len(text) <= LONGEST_CAPTION
    return named and not text.endswith((".", ":", ";", ","))


def _is_caption(text: str) -> bool:
    """A short line that opens with «Tabla 1», but for a sentence about it."""
    label = CAPTION.match(text)
    if label is None or len(text) > LONGEST_CAPTION:
        return False
    # «Tabla 1. Metas.» is a caption, «Tabla 1 muestra las metas.» a sentence.
    return not label[0][-1].isalnum() or not text.endswith((".", ":", ";"))


# In the paragraph but not in its line. Text boxes are read after it.
UNSEEN = frozenset((*map(qn, ("w:rPr", "w:pPr", "w:sdtPr", "w:delText", "w:delInstrText")), BOX))
CHARACTERS = {qn("w:tab"): "\t", qn("w:ptab"): "\t", qn("w:noBreakHyphen"): "-"}
CHARACTERS |= {qn("w:br"): "\n", qn("w:cr"): "\n"}
NOTE_TAGS = {qn("w:footnoteReference"): "w:footnote", qn("w:endnoteReference"): "w:endnote"}
# Instructions of fields (ECMA-376, part 1, 17.16.5): lists of contents, of authorities, the index.
CONTENTS_FIELDS = frozenset(("TOC", "TOA", "INDEX"))
PAGE_NUMBER_FIELDS = frozenset(("PAGE", "NUMPAGES", "SECTIONPAGES"))
BEGIN, SEPARATE, END = "begin", "separate", "end"


@dataclass(slots=True)
class _Field:
    """A field that is open: its instruction so far, and whether its result has begun."""

    instruction: str = ""
    shown: bool = False


class Story:
    """Gives the text of the paragraphs of one story: the body, all notes of a kind, a header.

    Paragraphs must be asked for in their order, because a field may begin in one of them and end in
    another; results of the `dropped` kinds of fields are not shown. `cite` gives the mark of a note
    cited there.
    """

    def __init__(
        self,
        root: _Element,
        styles: Styles,
        cite: Callable[[_Element], str] | None = None,
        dropped: frozenset[str] = CONTENTS_FIELDS,
    ) -> None:
        self._styles, self._cite, self._dropped = styles, cite, dropped
        marks = [mark.get(qn("w:fldCharType")) for mark in root.iter(qn("w:fldChar"))]
        # In a damaged file a field that never ends would hide the rest of the document.
        self._balanced = marks.count(BEGIN) == marks.count(END)
        self._fields: list[_Field] = []

    def text(self, paragraph: _Element) -> str:
        """The text as it stands, with tabs and line breaks."""
        if not self._balanced:
            self._fields = []
        pieces: list[str] = []
        self._walk(paragraph, pieces)
        return "".join(pieces)

    def _walk(self, element: _Element, pieces: list[str]) -> None:
        for child in element:
            tag = child.tag
            if tag == RUN:
                self._run(child, pieces)
            elif tag == EQUATION:
                pieces.append(equation(child))
            elif tag == qn("w:fldSimple"):
                if not self._drops(child.get(qn("w:instr")) or ""):
                    self._walk(child, pieces)
            elif tag not in UNSEEN and not is_prompt(child):
                self._walk(child, pieces)

    def _drops(self, instruction: str) -> bool:
        return "".join(instruction.split()[:1]).upper() in self._dropped

    def _follow(self, mark: _Element) -> None:
        """Open a field, begin its result, or close it."""
        kind = mark.get(qn("w:fldCharType"))
        if kind == BEGIN:
            self._fields.append(_Field())
        elif kind == SEPARATE and self._fields:
            self._fields[-1].shown = True
        elif kind == END:
            del self._fields[-1:]

    def _run(self, run: _Element, pieces: list[str]) -> None:
        characters: list[str] = []
        cites = False
        for child in run:
            if child.tag == qn("w:fldChar"):
                self._follow(child)
            elif child.tag == qn("w:instrText"):
                if self._fields:
                    self._fields[-1].instruction += child.text or ""
            elif child.tag not in UNSEEN and all(
                field.shown and not self._drops(field.instruction) for field in self._fields
            ):
                cites = cites or child.tag in NOTE_TAGS
                characters.append(self._character(child))
        # What stands in a hidden run is left out, but not the mark of a note: without it the note
        # would stand below the paragraph and nothing would lead to it.
        if characters and (cites or not self._styles.is_hidden(run)):
            pieces.extend(characters)

    def _character(self, child: _Element) -> str:
        if child.tag == TEXT:  # what is left of an element inside it is the text behind
            return "".join((child.text or "", *(inner.tail or "" for inner in child)))
        if child.tag == qn("w:sym"):
            return symbol(child.get(qn("w:font")) or "", int(child.get(qn("w:char")) or "0", 16))
        if child.tag in NOTE_TAGS:
            return self._cite(child) if self._cite else ""
        return CHARACTERS.get(str(child.tag), "")


def is_prompt(element: _Element) -> bool:
    """A content control that nobody has filled in: «Haga clic aquí para escribir texto»."""
    sign = element.find(f"{qn('w:sdtPr')}/{qn('w:showingPlcHdr')}")
    return element.tag == qn("w:sdt") and sign is not None


NOTE_PARTS = (RELATIONSHIP_TYPE.FOOTNOTES, RELATIONSHIP_TYPE.ENDNOTES)


class Notes:
    """The notes of a file, numbered as they are cited: footnotes ¹ ², endnotes [i] [ii]."""

    def __init__(self, file: Docx, styles: Styles) -> None:
        self._texts: dict[tuple[str, str | None], str] = {}
        self._cited = dict.fromkeys(NOTE_TAGS.values(), 0)
        self._pending: list[str] = []
        for part in file.part.rels.values():
            if part.reltype in NOTE_PARTS and not part.is_external:
                root = parse_story(part.target_part.blob)
                story = Story(root, styles)
                for note in root:
                    texts = map(story.text, note.iter(PARAGRAPH))
                    self._texts[str(note.tag), note.get(qn("w:id"))] = clean(" ".join(texts))

    def cite(self, reference: _Element) -> str:
        """The mark that stands in the text; the note itself waits. An author's own mark, as «*»,
        stands in the text and in the note already."""
        name = NOTE_TAGS[str(reference.tag)]
        text = self._texts.get((qn(name), reference.get(qn("w:id"))))
        if not text:
            return ""
        # ECMA-376, part 1, 17.11.14: such a note takes no number from those that follow.
        if reference.get(qn("w:customMarkFollows")) in {"1", "true", "on"}:
            self._pending.append(text)
            return ""
        self._cited[name] += 1
        number = self._cited[name]
        mark = superscript(number) if name == "w:footnote" else f"[{roman(number)}]"
        self._pending.append(f"{mark} {text}")
        return mark

    def flush(self) -> Iterator[Block]:
        """The notes cited since the last time."""
        for text in self._pending:
            yield Block(BlockKind.FOOTNOTE, (Part(1, text),))
        self._pending = []


# What may stand between a container and what it holds.
WRAPPERS = frozenset(map(qn, ("w:sdt", "w:sdtContent", "w:ins", "w:moveTo", "w:customXml")))
NESTED_SHARE = 0.5  # a table with more than this of its text in inner tables only arranges them


def children(container: _Element, *tags: str) -> Iterator[_Element]:
    """The children with these tags, also those inside content controls."""
    for child in container:
        if child.tag in tags:
            yield child
        elif child.tag in WRAPPERS:
            yield from children(child, *tags)


def table_cells(table: _Element) -> list[list[_Element]]:
    """The cells of each row, as the file gives them."""
    return [list(children(row, qn("w:tc"))) for row in children(table, qn("w:tr"))]


def is_layout_table(table: _Element, styles: Styles) -> bool:
    """Whether the table is a frame around text: one column, text under headings, other tables."""
    rows = table_cells(table)
    if all(len(row) < 2 for row in rows):
        return True
    inner = sum(_text_length(nested) for nested in table.iterdescendants(TABLE))
    return inner > NESTED_SHARE * _text_length(table) or any(
        _has_section(cell, styles) for row in rows for cell in row
    )


def spanning_rows(table: _Element, text_of: Callable[[_Element], str]) -> list[list[Cell]]:
    """The rows of the table; `text_of` gives the text of a cell and is asked once for each."""
    rows = [list(_grid_cells(row)) for row in children(table, qn("w:tr"))]
    goes_on = [{column for column, _, _, merged in row if merged} for row in rows]
    spanning: list[list[Cell]] = []
    for number, row in enumerate(rows, start=1):
        spanning.append([])
        for column, across, cell, merged in row:
            if not merged:
                below = (n for n, columns in enumerate(goes_on[number:]) if column not in columns)
                down = next(below, len(rows) - number)
                spanning[-1].append(Cell(text_of(cell), across, 1 + down))
    return spanning


def count_head_rows(table: _Element, rows: Sequence[Sequence[Cell]], styles: Styles) -> int | None:
    """How many rows name the columns: what the table says, then what its look says (None: no
    sign of either)."""
    elements = list(children(table, qn("w:tr")))
    flags = [is_on(row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}")) for row in elements]
    # A table whose every row is repeated on each page has none that heads the others.
    stated = flags.index(False) if False in flags else 0
    if stated or len(rows) < 2:
        return stated or None
    spanned = count_spanned_heads(rows)
    if spanned:
        return spanned
    emphasis = [[_is_emphasised(cell, styles) for cell in row] for row in table_cells(table)]
    # Rows of one cell above the names of the columns are the title of the table.
    last = next((number for number, row in enumerate(emphasis) if len(row) > 1), 0)
    if all(map(all, emphasis[: last + 1])) and not all(map(all, emphasis[last + 1 :])):
        return last + 1
    # «Sede | Punta Cana», «Idioma | Español»: bold labels on the left name rows, not columns.
    labels = all(row[:1] == [True] for row in emphasis)
    return 0 if labels and not any(any(row[1:]) for row in emphasis) else None


def _grid_cells(row: _Element) -> Iterator[tuple[int, int, _Element, bool]]:
    """Each cell with its first column, how many it takes, and whether it only goes on a merge
    from above."""
    before = row.find(f"{qn('w:trPr')}/{qn('w:gridBefore')}")
    column = 0 if before is None else int(before.get(VALUE) or "0")
    for cell in children(row, qn("w:tc")):
        span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
        merge = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
        across = 1 if span is None else max(1, int(span.get(VALUE) or "1"))
        # Without a value it goes on (ECMA-376, part 1, 17.4.84).
        yield column, across, cell, merge is not None and merge.get(VALUE) != "restart"
        column += across


def _has_section(cell: _Element, styles: Styles) -> bool:
    """Whether a cell holds a heading with text under it."""
    kinds = [
        styles.role(paragraph).kind
        for paragraph in children(cell, PARAGRAPH)
        if _text_length(paragraph) > 0
    ]
    return BlockKind.HEADING in kinds[:-1]


def _is_emphasised(cell: _Element, styles: Styles) -> bool:
    """Whether all of a cell is bold or its ground is coloured."""
    shade = cell.find(f"{qn('w:tcPr')}/{qn('w:shd')}")
    fill = "auto" if shade is None else shade.get(qn("w:fill")) or "auto"
    if fill.lower() not in {"auto", "ffffff"}:
        return True
    runs = [
        (run, paragraph)
        for paragraph in cell.iter(PARAGRAPH)
        for run in paragraph.iter(RUN)
        if _text_length(run) > 0
    ]
    return bool(runs) and all(styles.font(run, paragraph).bold for run, paragraph in runs)


def _text_length(element: _Element) -> int:
    return sum(len((text.text or "").strip()) for text in element.iter(TEXT))


# Also the properties that a tracked change replaced: they hold numbers of lists and styles, too.
DELETED = tuple(map(qn, ("w:del", "w:moveFrom", "w:pPrChange", "w:rPrChange", "w:tblPrChange")))
DELETED_ROW, DELETED_CELL = f"{qn('w:trPr')}/{qn('w:del')}", f"{qn('w:tcPr')}/{qn('w:cellDel')}"
DELETED_BREAK = tuple(f"{qn('w:pPr')}/{qn('w:rPr')}/{qn(mark)}" for mark in ("w:del", "w:moveFrom"))


def parse_story(blob: bytes) -> _Element:
    """The XML of a part as it is to be read: nothing twice, tracked changes accepted."""
    root = parse_xml(blob)
    resolve_alternatives(root)
    accept_changes(root)
    return root


def accept_changes(root: _Element) -> None:
    """Take out deleted text, rows and cells; join paragraphs whose break was deleted."""
    for tag, sign in ((qn("w:tr"), DELETED_ROW), (qn("w:tc"), DELETED_CELL)):
        for element in [found for found in root.iter(tag) if found.find(sign) is not None]:
            element.getparent().remove(element)
    for paragraph in list(root.iter(PARAGRAPH)):
        following = paragraph.getnext()
        # The mark at the end of a paragraph carries the change of its break (17.13.5.15).
        joined = any(paragraph.find(mark) is not None for mark in DELETED_BREAK)
        if joined and following is not None and following.tag == paragraph.tag:
            # What it holds goes to the start of the one behind it, whose form it takes.
            properties = following.find(qn("w:pPr"))  # must stay first
            place = 0 if properties is None else following.index(properties) + 1
            following[place:place] = [child for child in paragraph if child.tag != qn("w:pPr")]
            paragraph.getparent().remove(paragraph)
    etree.strip_elements(root, *DELETED, with_tail=False)


# Word draws watermarks («BORRADOR») as WordArt within the header, in VML to this day.
WATERMARK = "{urn:schemas-microsoft-com:vml}textpath"
# What is left of «Página 3 de 10» without its numbers.
PAGE_WORDS = re.compile(
    r"^[\W\d_]*(?:p[áa]g(?:ina)?s?|page)?[\W\d_]*(?:de|of|sur)?[\W\d_]*$", re.IGNORECASE
)


def running_texts(file: Docx, styles: Styles) -> tuple[str, ...]:
    """Each paragraph of the headers and footers once, without page numbers, and watermarks."""
    references = [
        reference.get(qn("r:id")) or ""
        for tag in ("w:headerReference", "w:footerReference")
        for reference in file.element.body.iter(qn(tag))
    ]
    texts: list[str] = []
    for relation in dict.fromkeys(references):
        if relation in file.part.rels:
            root = parse_story(file.part.rels[relation].target_part.blob)
            story = Story(root, styles, dropped=CONTENTS_FIELDS | PAGE_NUMBER_FIELDS)
            texts += (clean(story.text(paragraph)) for paragraph in root.iter(PARAGRAPH))
            texts += (clean(mark.get("string") or "") for mark in root.iter(WATERMARK))
    return tuple(dict.fromkeys(text for text in texts if not PAGE_WORDS.match(text)))
