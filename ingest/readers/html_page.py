"""Tags and text of a web page to blocks, each with the region of the page where it stands."""

import re
from dataclasses import dataclass, field
from enum import IntEnum
from html.parser import HTMLParser

from ingest.readers.clean import clean, without_list_mark
from ingest.readers.tables import table_blocks
from search.types import Block, BlockKind, Part

HEADINGS = {f"h{level}": level for level in range(1, 7)}
# Never text of the page: code, drawings, controls (but not <form>, which may wrap a whole page).
SILENT = frozenset(
    "script style noscript template svg math canvas object iframe audio video select textarea"
    " button label datalist map dialog".split()
)
FURNITURE = frozenset(("nav", "footer", "aside", "menu"))
BANNER = re.compile(
    r"(?:^|[\s_-])(?:cookies?|gdpr|consent|breadcrumbs?|migas|skip-?link|sr-only|visually-hidden"
    r"|social-?share|share-?buttons|newsletter|popup|modal)(?:$|[\s_-])",
    re.IGNORECASE,
)
# Tags that may be left unclosed, or that hold everything, are never skipped for their class.
OPEN_ENDED = frozenset("html body main article p li dd dt td th tr tbody thead option".split())
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
BREAKING = frozenset(
    "address article blockquote body caption center dd details div dl dt fieldset figcaption"
    " figure form header hgroup hr html legend li main ol p pre section summary table tbody td"
    " tfoot th thead tr ul".split()
) | frozenset(HEADINGS)
LISTS = frozenset(("ul", "ol"))
CAPTIONS = frozenset(("caption", "figcaption"))
DATES = frozenset(
    ("article:published_time", "date", "dcterms.date", "dc.date", "dcterms.created", "dc.created")
)
PARAGRAPH_BREAK = re.compile(r"\n\s*\n")
HIDDEN_STYLE = re.compile(r"display\s*:\s*none", re.IGNORECASE)


class Region(IntEnum):
    """Where on the page a block stands; the higher, the surer it is main content."""

    HEADER = 0
    BODY = 1
    ARTICLE = 2
    MAIN = 3


@dataclass(slots=True)
class _Table:
    """One table while it is being read; a `layout` table only arranges the page."""

    rows: list[list[str]] = field(default_factory=list)
    heads: list[bool] = field(default_factory=list)
    cell: list[str] | None = None
    in_head: bool = False
    layout: bool = False


class Page(HTMLParser):
    """Collects blocks while tags stream by: no tree is built, so no depth can hurt."""

    def __init__(self, keep_furniture: bool = False) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[Region, Block]] = []
        self.metadata: dict[str, str] = {}
        self._silent = SILENT if keep_furniture else SILENT | FURNITURE
        self._skipped, self._skip_depth = "", 0
        self._depths = {"main": 0, "article": 0, "header": 0}
        self._tables: list[_Table] = []
        self._text: list[str] = []
        self._linked = 0
        self._heading = self._lists = 0
        self._caption = self._in_title = self._in_anchor = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open what the tag opens."""
        attributes = {name: value or "" for name, value in attrs}
        if self._skipped:
            self._skip_depth += tag == self._skipped
        elif tag not in VOID and self._unwanted(tag, attributes):
            self._skipped, self._skip_depth = tag, 1
            self._break(tag)
        elif tag == "br":
            self._write("\n")
        else:
            self._note(tag, attributes)
            if tag in BREAKING:
                self._break(tag)
                self._open(tag)

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
        if tag == "title":
            self._in_title = False
        elif tag == "a":
            self._in_anchor = False
        elif tag in BREAKING:
            self._break(tag)
            self._close(tag)

    def handle_data(self, data: str) -> None:
        """Text goes to the cell, heading, item or paragraph that is open."""
        if self._skipped:
            return
        if self._in_title:
            self.metadata["title"] = self.metadata.get("title", "") + data
            return
        self._linked += self._in_anchor and len("".join(data.split()))
        self._write(data)

    def close(self) -> None:
        """The end of the file ends everything."""
        super().close()
        while self._tables:
            self._close("table")
        self._flush()

    def _unwanted(self, tag: str, attributes: dict[str, str]) -> bool:
        if tag in self._silent:
            return True
        if tag in OPEN_ENDED:
            return False
        hidden = "hidden" in attributes or attributes.get("aria-hidden") == "true"
        if hidden or HIDDEN_STYLE.search(attributes.get("style", "")):
            return True
        names = f"{attributes.get('class', '')} {attributes.get('id', '')}"
        return BANNER.search(names) is not None

    def _note(self, tag: str, attributes: dict[str, str]) -> None:
        """What a tag says about the page or the text to come."""
        if tag == "html" and attributes.get("lang"):
            self.metadata.setdefault("language", attributes["lang"])
        elif tag == "title" and "title" not in self.metadata:
            self._in_title = True
        elif tag == "a":
            self._in_anchor = attributes.get("href", "").startswith("#")
        elif tag == "meta":
            name = (attributes.get("property") or attributes.get("name") or "").lower()
            if name in DATES:
                self.metadata.setdefault("date", attributes.get("content", ""))
            elif name == "og:title":
                self.metadata.setdefault(name, attributes.get("content", ""))

    def _write(self, text: str) -> None:
        table = self._tables[-1] if self._tables else None
        target = self._text if table is None or table.cell is None else table.cell
        target.append(text)

    def _break(self, tag: str) -> None:
        """A block begins or ends here: what was written so far is one."""
        if self._tables and self._tables[-1].cell is not None:
            self._tables[-1].cell.append(" ")
        elif "".join(self._text).strip() or tag in HEADINGS:
            self._flush()
            self._heading = 0

    def _open(self, tag: str) -> None:
        if tag in self._depths:
            self._depths[tag] += 1
        elif tag in HEADINGS:
            self._heading = HEADINGS[tag]
        elif tag in LISTS:
            self._lists += 1
        elif tag in CAPTIONS:
            self._caption = True
        elif tag == "table":
            self._unfold_outer()
            self._tables.append(_Table())
        elif self._tables and not self._tables[-1].layout:
            self._open_in_table(self._tables[-1], tag)

    def _open_in_table(self, table: _Table, tag: str) -> None:
        if tag == "thead":
            table.in_head = True
        elif tag == "tbody":
            table.in_head = False
        if tag in ("tr", "td", "th"):
            _end_cell(table)
        if tag == "tr" or (tag in ("td", "th") and not table.rows):
            table.rows.append([])
            table.heads.append(True)
        if tag in ("td", "th"):
            table.cell = []
            table.heads[-1] &= tag == "th" or table.in_head

    def _close(self, tag: str) -> None:
        if tag in self._depths:
            self._depths[tag] = max(0, self._depths[tag] - 1)
        elif tag in HEADINGS:
            self._heading = 0
        elif tag in LISTS:
            self._lists = max(0, self._lists - 1)
        elif tag in CAPTIONS:
            self._caption = False
        elif self._tables and tag in ("td", "th", "tr"):
            _end_cell(self._tables[-1])
        elif self._tables and tag == "table":
            table = self._tables.pop()
            _end_cell(table)
            self._emit_table(table)

    def _unfold_outer(self) -> None:
        """A table inside a cell: the outer one arranges the page and is read as plain text."""
        if self._tables and not self._tables[-1].layout:
            outer = self._tables[-1]
            _end_cell(outer)
            outer.layout = True
            self._emit_table(outer)
            outer.rows, outer.heads = [], []

    def _emit_table(self, table: _Table) -> None:
        if table.layout or all(len(row) < 2 for row in table.rows):
            for cell in filter(None, (cell for row in table.rows for cell in row)):
                self._emit(Block(BlockKind.PARAGRAPH, (Part(1, cell),)))
            return
        heads = table.heads.index(False) if False in table.heads else len(table.rows) - 1
        for block in table_blocks(table.rows, heads or None):
            self._emit(block)

    def _flush(self) -> None:
        raw, linked = "".join(self._text), self._linked
        self._text, self._linked = [], 0
        kind, level = self._kind()
        if kind is BlockKind.LIST_ITEM and 0 < len("".join(raw.split())) <= linked:
            return  # a line of a table of contents: nothing but a link within the page
        for piece in PARAGRAPH_BREAK.split(raw):
            text = clean(piece)
            bare = without_list_mark(text)
            if kind is BlockKind.PARAGRAPH and bare != text:
                self._emit(Block(BlockKind.LIST_ITEM, (Part(1, bare),)))
            elif text:
                self._emit(Block(kind, (Part(1, text),), level))

    def _emit(self, block: Block) -> None:
        self.found.append((self._region(), block))

    def _kind(self) -> tuple[BlockKind, int]:
        if self._heading:
            return BlockKind.HEADING, self._heading
        if self._caption:
            return BlockKind.CAPTION, 0
        if self._lists:
            return BlockKind.LIST_ITEM, self._lists - 1
        return BlockKind.PARAGRAPH, 0

    def _region(self) -> Region:
        if self._depths["main"]:
            return Region.MAIN
        if self._depths["article"]:
            return Region.ARTICLE
        return Region.HEADER if self._depths["header"] else Region.BODY


def _end_cell(table: _Table) -> None:
    if table.cell is not None:
        table.rows[-1].append(clean("".join(table.cell)))
        table.cell = None
