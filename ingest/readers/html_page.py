"""Tags and text of a web page to blocks, each with what its place on the page says of it."""

import re
from dataclasses import dataclass
from enum import IntEnum
from html.parser import HTMLParser

from ingest.readers.clean import SUPERSCRIPT, clean, superscript, without_list_mark
from ingest.readers.days import separate_lines
from ingest.readers.html_lists import Lists
from ingest.readers.html_metadata import Metadata
from ingest.readers.html_tables import LINE_BREAK, Table
from ingest.readers.html_tags import (
    BREAKING,
    CAPTIONS,
    HEADINGS,
    LISTS,
    REGIONS,
    VOID,
    is_beside,
    is_furniture,
    is_unwanted,
    note_number,
)
from search.types import Block, BlockKind, Part

PARAGRAPH_BREAK = re.compile(r"\v\s*\v")
RAISED = re.compile(r"^\s*[\[(]?(\d{1,3})[\])]?\s*$")
NOTE_EDGES = re.compile(r"^[\s\[(^↑*]*(?:[\d⁰¹²³⁴-⁹]{1,3})?[\s\])^↑.:*]*|[\s↩↑︎]+$")
ORDINALS = {"o": "º", "a": "ª"}
DEEPEST_HEADING = 6


class Region(IntEnum):
    """Where on the page a block stands; the higher, the surer it is main content."""

    HEADER = 0
    BODY = 1
    ARTICLE = 2
    MAIN = 3


@dataclass(frozen=True, slots=True)
class Found:
    """A block and where it was: `beside` if its part of the page seems to be no content, `linked`
    the share of its letters that are links."""

    block: Block
    region: Region = Region.BODY
    beside: bool = False
    linked: float = 0.0


class Page(HTMLParser):
    """Collects blocks while tags stream by: no tree is built, so no depth can hurt."""

    def __init__(self, keep_furniture: bool = False, level: int = 0) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Found] = []
        self.metadata = Metadata()
        self._keep_furniture = keep_furniture
        self._skipped, self._skip_depth = "", 0
        self._beside, self._beside_depth = "", 0
        self._depths = dict.fromkeys(REGIONS, 0)
        self._tables: list[Table] = []
        self._lists = Lists()
        self._text: list[str] = []
        self._linked = self._anchored = self._heading = 0
        self._level = level
        self._raised: int | None = None
        self._note: int | None = None
        self._label = self._link = self._collects = ""
        self._caption = self._preformatted = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open what the tag opens."""
        attributes = {name: value or "" for name, value in attrs}
        if self._skipped:
            self._skip_depth += tag == self._skipped
        elif tag == "script" and attributes.get("type", "").lower() == "application/ld+json":
            self._collects = "data"
        elif tag not in VOID and self._unwanted(tag, attributes):
            self._skipped, self._skip_depth = tag, 1
            self._break(tag)
        elif tag == "br":
            self._write(LINE_BREAK)
        else:
            self.metadata.note(tag, attributes)
            self._open_inline(tag, attributes)
            if tag in BREAKING:
                self._break(tag)
                self._note_place(tag, attributes)
                self._open(tag, attributes)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<br/>` and the like open; a slash on any other tag means nothing (HTML Standard)."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Close what the tag closes, if it is open."""
        if self._skipped:
            self._skip_depth -= tag == self._skipped
            if self._skip_depth == 0:
                self._skipped = ""
            return
        if tag in ("title", "script"):
            self._collects = ""
        elif tag == "a":
            self._link = ""
        elif tag == "sup":
            self._raise()
        elif tag in BREAKING:
            self._break(tag)
            self._close(tag)
            self._leave(tag)

    def handle_data(self, data: str) -> None:
        """Text goes to the cell, heading, item or paragraph that is open."""
        if self._skipped:
            return
        if self._collects == "data":
            self.metadata.linked_data.append(data)
        elif self._collects == "title":
            self.metadata.add_title(data)
        else:
            letters = len("".join(data.split()))
            self._linked += letters if self._link else 0
            self._anchored += letters if self._link.startswith("#") else 0
            data = data.replace(LINE_BREAK, " ")
            self._write(data.replace("\n", LINE_BREAK if self._preformatted else " "))

    def close(self) -> None:
        """The end of the file ends everything."""
        super().close()
        while self._tables:
            self._close("table")
        self._flush()

    def _unwanted(self, tag: str, attributes: dict[str, str]) -> bool:
        if tag == "button" and self._heading:
            return False  # a heading that folds its section
        if is_furniture(tag, attributes):
            return not self._keep_furniture
        return is_unwanted(tag, attributes)

    def _open_inline(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "title" and "title" not in self.metadata.fields:
            self._collects = "title"
        elif tag == "a":
            self._link = attributes.get("href", "")
            if not "".join(self._text).strip():
                self._note = note_number(attributes) or self._note
        elif tag == "sup":
            self._raised = len(self._target())

    def _note_place(self, tag: str, attributes: dict[str, str]) -> None:
        """Whether the text to come is a footnote, or stands beside the content."""
        self._note = note_number(attributes) or self._note
        if self._beside:
            self._beside_depth += tag == self._beside
        elif is_beside(tag, attributes):
            self._beside, self._beside_depth = tag, 1

    def _leave(self, tag: str) -> None:
        self._beside_depth -= tag == self._beside
        if self._beside_depth == 0:
            self._beside = ""

    def _target(self) -> list[str]:
        table = self._tables[-1] if self._tables else None
        return self._text if table is None or table.cell is None else table.cell

    def _write(self, text: str) -> None:
        self._target().append(text)

    def _raise(self) -> None:
        """Digits in `<sup>` become raised digits, the letters of «N.º» their own signs."""
        target, start = self._target(), self._raised
        self._raised = None
        if start is None or start > len(target):
            return
        text = "".join(target[start:])
        number = RAISED.match(text)
        raised = number[1].translate(SUPERSCRIPT) if number else ORDINALS.get(text.strip(), text)
        target[start:] = [raised]

    def _break(self, tag: str) -> None:
        """A block begins or ends here: what was written so far is one."""
        if self._tables and self._tables[-1].cell is not None:
            self._write(LINE_BREAK)
        elif "".join(self._text).strip() or tag in HEADINGS:
            self._flush()
            self._heading = 0

    def _open(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in REGIONS:
            self._depths[tag] += 1
        elif tag in HEADINGS:
            self._heading = self._level = HEADINGS[tag]
        elif tag == "summary":
            self._heading = min(self._level + 1, DEEPEST_HEADING)
        elif tag in LISTS:
            self._lists.open(tag, attributes)
        elif tag == "li":
            self._label = self._lists.next_label(attributes)
        elif tag in ("dd", "dt"):
            self._lists.defines = tag == "dd"
        elif tag in CAPTIONS:
            self._caption = True
        elif tag == "pre":
            self._preformatted = True
        elif tag == "table":
            self._unfold_outer()
            self._tables.append(Table(layout=attributes.get("role") in ("presentation", "none")))
        elif self._tables and not self._tables[-1].layout:
            self._tables[-1].open(tag, attributes)

    def _close(self, tag: str) -> None:
        if tag in REGIONS:
            self._depths[tag] = max(0, self._depths[tag] - 1)
        elif tag in HEADINGS or tag == "summary":
            self._heading = 0
        elif tag in LISTS:
            self._lists.close()
        elif tag in ("dl", "dd"):
            self._lists.defines = False
        elif tag in CAPTIONS:
            self._caption = False
        elif tag == "pre":
            self._preformatted = False
        elif self._tables and tag in ("td", "th", "tr"):
            self._tables[-1].end_cell()
        elif self._tables and tag == "table":
            table = self._tables.pop()
            table.end_cell()
            self._emit_table(table)

    def _unfold_outer(self) -> None:
        """A table inside a cell: the outer one arranges the page and is read as plain text."""
        if self._tables and not self._tables[-1].layout:
            outer = self._tables[-1]
            outer.end_cell()
            outer.layout = True
            self._emit_table(outer)
            outer.clear()

    def _emit_table(self, table: Table) -> None:
        for block in table.blocks():
            self._emit(block)
        self._linked = self._anchored = 0

    def _flush(self) -> None:
        raw = "".join(self._text)
        letters = len("".join(raw.split()))
        linked, anchored, note = self._linked, self._anchored, self._note
        self._text, self._linked, self._anchored = [], 0, 0
        kind, level = self._kind()
        if not letters or (kind is BlockKind.LIST_ITEM and letters <= anchored and note is None):
            return  # nothing, or a line of a table of contents: only a link within the page
        label, self._label, self._note = self._label, "", None
        if note is not None:
            text = f"{superscript(note)} {NOTE_EDGES.sub('', clean(raw))}"
            self._emit(Block(BlockKind.FOOTNOTE, (Part(1, text),)))
            return
        for piece in PARAGRAPH_BREAK.split(raw):
            for line in filter(None, separate_lines(piece.replace(LINE_BREAK, "\n"))):
                self._emit(_block(kind, level, label, line), linked / letters)
                label = ""

    def _emit(self, block: Block, linked: float = 0.0) -> None:
        self.found.append(Found(block, self._region(), bool(self._beside), linked))

    def _kind(self) -> tuple[BlockKind, int]:
        if self._heading:
            return BlockKind.HEADING, self._heading
        if self._caption:
            return BlockKind.CAPTION, 0
        if self._lists.depth:
            return BlockKind.LIST_ITEM, self._lists.depth - 1
        return BlockKind.PARAGRAPH, 0

    def _region(self) -> Region:
        if self._depths["main"]:
            return Region.MAIN
        if self._depths["article"]:
            return Region.ARTICLE
        return Region.HEADER if self._depths["header"] else Region.BODY


def _block(kind: BlockKind, level: int, label: str, text: str) -> Block:
    bare = without_list_mark(text)
    if kind is BlockKind.PARAGRAPH and bare != text:
        return Block(BlockKind.LIST_ITEM, (Part(1, bare),))
    return Block(kind, (Part(1, label + text if kind is BlockKind.LIST_ITEM else text),), level)
