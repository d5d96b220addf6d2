"""Reads a web page: its main content without menus, banners and controls, and its metadata.

The page is parsed as a stream of tags. What is never content (code, controls, `<nav>`, cookie
banners) is skipped at once; each block found keeps where it stood. Then the main content is chosen
by `<main>` and `<article>`, by the names of parts and the share of links; where these do not tell,
jusText judges the paragraphs by length, links and function words (Pomikálek, 2011).
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from html.parser import HTMLParser

import justext

from ingest.readers.clean import (
    LETTER_STYLES,
    SUPERSCRIPT,
    clean,
    decode,
    promote_title,
    sensible_title,
    superscript,
    without_empty_contents,
    without_list_mark,
    written_number,
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

LINE_BREAK = "\v"  # stands for `<br>` until the text is parted: in HTML a newline is only a space
HEAD_BYTES = 4096  # a page should state its encoding in the first 1024 (HTML Standard)
CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
XML_CHARSET = re.compile(rb"\A\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w:.-]{2,40})")
# Word writes these, other programs malform them; browsers take them for comments.
MARKED_SECTION = re.compile(r"<!\[[^>]{0,200}>")


def read_html(data: bytes, name: str) -> Reading:
    """Blocks of the main content; the language, title and date of publication if stated."""
    head = data[:HEAD_BYTES]
    declared = CHARSET.search(head) or XML_CHARSET.search(head)
    text = decode(data, declared[1].decode("ascii") if declared else None)
    page = _parse(text)
    metadata = page.metadata
    main = _main_content(page.found, text, metadata.language)
    blocks = without_empty_contents(tuple(mark_timetable(main)))
    tops = [block.text for block in blocks if _is_top_heading(block)]
    return Reading(
        blocks=promote_title(blocks),
        paged=False,
        title=metadata.title(tops, name),
        language=metadata.language,
        created=metadata.date,
    )


def fragment_blocks(text: str, level: int = 0) -> list[Block]:
    """All the blocks of a piece of HTML that stands under a heading of that level."""
    return [found.block for found in _parse(text, level).found]


HEADINGS = {f"h{level}": level for level in range(1, 7)}
# Never text of the page: code, drawings, controls (but not <form>, which may wrap a whole page).
NO_TEXT = frozenset(
    "script style noscript template svg math canvas object iframe audio video select textarea"
    " button label datalist map dialog".split()
)
FURNITURE = frozenset(("nav", "footer", "menu"))
FURNITURE_ROLES = frozenset(("navigation", "contentinfo", "search", "dialog", "alertdialog"))
# Names that tell by themselves: whatever is called so is skipped with all that it holds.
BANNER_NAMES = re.compile(
    r"(?:^|[\s_-])(?:cookies?|gdpr|consent|breadcrumbs?|migas|skip-?link|sr-only|visually-hidden"
    r"|social-?share|share-?buttons|newsletter|popup|modal)(?:$|[\s_-])",
    re.IGNORECASE,
)
# Names that may lie: blocks of such parts are left out only if enough of the page remains.
BESIDE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|menú|sidebar|barra-lateral|footer|pie-de-pagina|pie"
    r"|related|relacionad[oa]s?|share|sharing|compartir|social-(?:links|media|icons|nav)"
    r"|redes-sociales|addtoany|pagination|paginaci[oó]n|pager|comments?|comentarios|disqus"
    r"|advert\w*|publicidad|widget-area|toolbar|login|topbar|tag-?cloud|toc)(?:$|[\s_-])",
    re.IGNORECASE,
)
# Tags that may be left unclosed, or that hold everything, are never skipped for their class.
OPEN_ENDED = frozenset("html body main article p li dd dt td th tr tbody thead option".split())
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
BREAKING = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption"
    " figure footer form header hgroup hr html legend li main menu nav ol p pre section summary"
    " table tbody td tfoot th thead tr ul".split()
) | frozenset(HEADINGS)
LISTS = frozenset(("ul", "ol"))
CAPTIONS = frozenset(("caption", "figcaption"))
REGIONS = frozenset(("main", "article", "header"))
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# `fn1` and `user-content-fn-a-1` (Markdown on the web), `_ftn2` (Word), `cite_note-3` (MediaWiki).
NOTE_ID = re.compile(
    r"^(?:user-content-)?_?(?:ftn|fn|edn|footnote|endnote|note|nota|pie|cite_note)"
    r"[-_:]?(?:[a-z\d]+[-_:])?(\d{1,3})$",
    re.IGNORECASE,
)


def _is_beside(tag: str, attributes: dict[str, str]) -> bool:
    """Whether a part seems to stand beside the content, by its tag, role or names."""
    if tag == "aside" or attributes.get("role", "").lower() == "complementary":
        return True
    return (
        tag in BREAKING - OPEN_ENDED and BESIDE_NAMES.search(_class_and_id(attributes)) is not None
    )


def _class_and_id(attributes: dict[str, str]) -> str:
    return f"{attributes.get('class', '')} {attributes.get('id', '')}"


def _note_number(attributes: dict[str, str]) -> int | None:
    """The number of the footnote whose text the tag marks."""
    found = NOTE_ID.match(attributes.get("id", "") or attributes.get("name", ""))
    return int(found[1]) if found else None


MOST_SPAN = 1000  # browsers take no wider cells (HTML Standard)


@dataclass(slots=True)
class Table:
    """One table while it is being read; a `layout` table only arranges the page."""

    layout: bool = False
    cell: list[str] | None = None
    _rows: list[list[Cell]] = field(default_factory=list)
    _heads: list[bool] = field(default_factory=list)
    _spans: tuple[int, int] = (1, 1)
    _in_head: bool = False

    def open(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag within the table begins; rows and cells may be left unclosed."""
        if tag in ("thead", "tbody", "tfoot"):
            self._in_head = tag == "thead"
        if tag in ("tr", "td", "th"):
            self.end_cell()
        if tag == "tr" or (tag in ("td", "th") and not self._rows):
            self._rows.append([])
            self._heads.append(True)
        if tag in ("td", "th"):
            self.cell = []
            self._spans = _span(attributes, "colspan"), _span(attributes, "rowspan")
            self._heads[-1] &= tag == "th" or self._in_head

    def end_cell(self) -> None:
        """The cell that is open ends."""
        if self.cell is not None:
            lines = "".join(self.cell).replace(LINE_BREAK, "\n").split("\n")
            text = "\n".join(map(clean, lines)).strip("\n")
            self._rows[-1].append(Cell(text, *self._spans))
            self.cell = None

    def take_blocks(self) -> Iterator[Block]:
        """The rows so far, or the paragraphs of what is no table; each is given once."""
        self.end_cell()
        rows, heads, self._rows, self._heads = self._rows, self._heads, [], []
        # Editors use tables of one column as frames around text.
        if self.layout or all(len(row) < 2 for row in rows):
            lines = (line for row in rows for cell in row for line in cell.text.split("\n"))
            yield from (Block(BlockKind.PARAGRAPH, (Part(1, line),)) for line in lines if line)
            return
        # Some pages mark all cells as heads; one row at least is content.
        count = heads.index(False) if False in heads else len(rows) - 1
        yield from table_blocks(expand_spans(rows), count or count_spanned_heads(rows) or None)


def _span(attributes: dict[str, str], name: str) -> int:
    value = attributes.get(name, "").strip()
    return min(max(int(value), 1), MOST_SPAN) if value.isascii() and value.isdigit() else 1


UNMARKED = re.compile(r"list-style(?:-type)?\s*:\s*none", re.IGNORECASE)


@dataclass(slots=True)
class NumberedList:
    """A list that is open; one without a style has no numbers."""

    style: str
    number: int

    @classmethod
    def of(cls, tag: str, attributes: dict[str, str]) -> "NumberedList":
        """The list that a tag begins."""
        numbered = tag == "ol" and UNMARKED.search(attributes.get("style", "")) is None
        style = LETTER_STYLES.get(attributes.get("type", ""), "decimal") if numbered else ""
        return cls(style, _number(attributes.get("start", ""), 1))

    def next_label(self, attributes: dict[str, str]) -> str:
        """What is shown before the item that begins."""
        number = _number(attributes.get("value", ""), self.number)
        self.number = number + 1
        return f"{written_number(number, self.style)}. " if self.style else ""


def _number(value: str, otherwise: int) -> int:
    return int(value[:9]) if value.isascii() and value.isdigit() else otherwise


DATE_FIELDS = frozenset(
    "article:published_time date datepublished dcterms.date dc.date dcterms.created dc.created"
    " dcterms.issued dc.date.issued citation_publication_date publishdate fecha".split()
)
KEPT_FIELDS = frozenset(("og:title", "og:site_name", "og:locale"))
DATE = re.compile(r"(\d{4})[-/](\d{2})[-/](\d{2})")
LONGEST_TITLE = 500  # characters
# A dash may also stand within a title («Ley 27 - Acceso»): what follows is cut only if it is known.
SURE_SEPARATORS = (" | ", " :: ", " » ", " · ")
TITLE_SEPARATORS = (*SURE_SEPARATORS, " - ", " – ", " — ")


@dataclass(slots=True)
class Metadata:
    """What a page says of itself, as its tags stream by."""

    fields: dict[str, str] = field(default_factory=dict)
    linked_data: list[str] = field(default_factory=list)
    """The texts of its JSON-LD scripts."""

    def note(self, tag: str, attributes: dict[str, str]) -> None:
        """Keep what a tag tells; the first of several counts."""
        if tag == "html" and attributes.get("lang", attributes.get("xml:lang")):
            self.fields.setdefault("language", attributes.get("lang") or attributes["xml:lang"])
        elif tag == "time" and "datetime" in attributes:
            self.fields.setdefault("time", attributes["datetime"])
        elif tag == "meta":
            keys = (attributes.get(key, "") for key in ("property", "name", "itemprop"))
            name = next(filter(None, keys), "").lower()
            if name in DATE_FIELDS:
                self.fields.setdefault("date", attributes.get("content", ""))
            elif name in KEPT_FIELDS:
                self.fields.setdefault(name, attributes.get("content", ""))

    @property
    def language(self) -> str | None:
        """The language in two letters, if the page states it."""
        stated = self.fields.get("language") or self.fields.get("og:locale", "")
        code = re.split("[-_]", stated.strip())[0].lower()
        return code if len(code) == 2 and code.isalpha() else None

    @property
    def date(self) -> str | None:
        """When it was published: by its metadata, its JSON-LD, its first `<time>`."""
        stated = [self.fields.get("date", "")]
        for text in self.linked_data:
            # Written by hand and never checked: it may be no source of dates at all.
            with suppress(ValueError, RecursionError):
                stated += _dates(json.loads(text))
        stated.append(self.fields.get("time", ""))
        found = next(filter(None, map(DATE.match, stated)), None)
        return "-".join(found.groups()) if found else None

    def title(self, tops: Sequence[str], name: str) -> str | None:
        """What the page calls itself when shared, else its only h1, else the title of its
        window; without the name of the site."""
        only = tops[0] if len(tops) == 1 else ""
        shared, window = (
            self._without_site(clean(self.fields.get(field, "")[:LONGEST_TITLE]), only)
            for field in ("og:title", "title")
        )
        candidates = (shared, only, window)
        return next(filter(None, (sensible_title(text, name) for text in candidates)), None)

    def _without_site(self, title: str, top: str) -> str:
        site = clean(self.fields.get("og:site_name", "")).casefold()
        for sign in TITLE_SEPARATORS:
            head, found, tail = title.rpartition(sign)
            if not found:
                continue
            if site and head.casefold() == site:  # some put the name of the site first
                return tail
            known = tail.casefold() == site or head == top
            if known or (sign in SURE_SEPARATORS and sensible_title(head, "") is not None):
                return self._without_site(head, top)
        return title


def _dates(data: object) -> Iterator[str]:
    if isinstance(data, list):
        for item in data:
            yield from _dates(item)
    elif isinstance(data, dict):
        yield from (str(data[key]) for key in ("datePublished", "dateCreated") if key in data)
        yield from _dates(data.get("@graph", []))


PARAGRAPH_BREAK = re.compile(r"\v\s*\v")
# «1», «[1]», «(1)» in `<sup>`: the mark of a note, or an exponent («5 m²»).
RAISED_NUMBER = re.compile(r"^\s*[\[(]?(\d{1,3})[\])]?\s*$")
# The number before the text of a note and the arrow behind it that leads back.
NOTE_LINKS = re.compile(r"^[\s\[(^↑*]*(?:[\d⁰¹²³⁴-⁹]{1,3})?[\s\])^↑.:*]*|[\s↩↑︎]+$")
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
    """Collects blocks while tags stream by: no tree is built, so no depth can hurt.

    Tags need not be closed. With `keep_furniture` menus and page footers are read as well; `level`
    is that of the heading above the page.
    """

    def __init__(self, keep_furniture: bool = False, level: int = 0) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Found] = []
        self.metadata = Metadata()
        self._keep_furniture = keep_furniture
        self._skipped, self._skip_depth = "", 0
        self._beside, self._beside_depth = "", 0
        self._depths = dict.fromkeys(REGIONS, 0)
        self._tables: list[Table] = []
        self._lists: list[NumberedList] = []  # the innermost last
        self._defines = False
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
        elif tag not in VOID and self._unwanted(tag, attributes):  # a void one would never end
            self._skipped, self._skip_depth = tag, 1
            self._break(tag)
        elif tag == "br":
            self._target().append(LINE_BREAK)
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
        if self._skipped:  # only tags of the same name are counted: others may be left unclosed
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
            self._beside_depth -= tag == self._beside
            if self._beside_depth == 0:
                self._beside = ""

    def handle_data(self, data: str) -> None:
        """Text goes to the cell, heading, item or paragraph that is open."""
        if self._skipped:
            return
        if self._collects == "data":
            self.metadata.linked_data.append(data)
        elif self._collects == "title":
            fields = self.metadata.fields
            fields["title"] = fields.get("title", "") + data
        else:
            letters = len("".join(data.split()))
            self._linked += letters if self._link else 0
            self._anchored += letters if self._link.startswith("#") else 0
            data = data.replace(LINE_BREAK, " ")
            self._target().append(data.replace("\n", LINE_BREAK if self._preformatted else " "))

    def close(self) -> None:
        """The end of the file ends everything."""
        super().close()
        while self._tables:
            self._close("table")
        self._flush()

    def _unwanted(self, tag: str, attributes: dict[str, str]) -> bool:
        """Whether a part is not shown, is no text, a menu or footer, or a banner over the page."""
        if tag == "button" and self._heading:
            return False  # a heading that folds its section
        if tag in FURNITURE or attributes.get("role", "").lower() in FURNITURE_ROLES:
            return not self._keep_furniture
        if tag in NO_TEXT or tag in OPEN_ENDED:
            return tag in NO_TEXT
        hidden = "hidden" in attributes or attributes.get("aria-hidden") == "true"
        if hidden or HIDDEN_STYLE.search(attributes.get("style", "")):
            return True
        return BANNER_NAMES.search(_class_and_id(attributes)) is not None

    def _open_inline(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "title" and "title" not in self.metadata.fields:
            self._collects = "title"
        elif tag == "a":
            self._link = attributes.get("href", "")
            # Word marks a note by the link at its start: `<a name="_ftn2">[2]</a>`.
            if not "".join(self._text).strip():
                self._note = _note_number(attributes) or self._note
        elif tag == "sup":
            self._raised = len(self._target())

    def _note_place(self, tag: str, attributes: dict[str, str]) -> None:
        """Whether the text to come is a footnote, or stands beside the content."""
        self._note = _note_number(attributes) or self._note
        if self._beside:
            self._beside_depth += tag == self._beside
        elif _is_beside(tag, attributes):
            self._beside, self._beside_depth = tag, 1

    def _target(self) -> list[str]:
        table = self._tables[-1] if self._tables else None
        return self._text if table is None or table.cell is None else table.cell

    def _raise(self) -> None:
        """Digits in `<sup>` become raised digits, the letters of «N.º» their own signs."""
        target, start = self._target(), self._raised
        self._raised = None
        if start is None or start > len(target):
            return
        text = "".join(target[start:])
        number = RAISED_NUMBER.match(text)
        raised = number[1].translate(SUPERSCRIPT) if number else ORDINALS.get(text.strip(), text)
        target[start:] = [raised]

    def _break(self, tag: str) -> None:
        """A block begins or ends here: what was written so far is one."""
        if self._tables and self._tables[-1].cell is not None:
            self._target().append(LINE_BREAK)
        elif "".join(self._text).strip() or tag in HEADINGS:
            self._flush()
            self._heading = 0

    def _open(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in REGIONS:
            self._depths[tag] += 1
        elif tag in HEADINGS:
            self._heading = self._level = HEADINGS[tag]
        elif tag == "summary":  # heads what folds below it
            self._heading = min(self._level + 1, DEEPEST_HEADING)
        elif tag in LISTS:
            self._lists.append(NumberedList.of(tag, attributes))
        elif tag == "li":
            self._label = self._lists[-1].next_label(attributes) if self._lists else ""
        elif tag in ("dd", "dt"):
            self._defines = tag == "dd"
        elif tag in CAPTIONS:
            self._caption = True
        elif tag == "pre":
            self._preformatted = True
        elif tag == "table":
            # In a cell: the outer table arranges the page and is read as plain text.
            if self._tables and not self._tables[-1].layout:
                self._tables[-1].layout = True
                self._end_table(self._tables[-1])
            self._tables.append(Table(layout=attributes.get("role") in ("presentation", "none")))
        elif self._tables and not self._tables[-1].layout:
            self._tables[-1].open(tag, attributes)

    def _close(self, tag: str) -> None:
        if tag in REGIONS:
            self._depths[tag] = max(0, self._depths[tag] - 1)
        elif tag in HEADINGS or tag == "summary":
            self._heading = 0
        elif tag in LISTS:
            del self._lists[-1:]
        elif tag in ("dl", "dd"):
            self._defines = False
        elif tag in CAPTIONS:
            self._caption = False
        elif tag == "pre":
            self._preformatted = False
        elif self._tables and tag in ("td", "th", "tr"):
            self._tables[-1].end_cell()
        elif self._tables and tag == "table":
            self._end_table(self._tables.pop())

    def _end_table(self, table: Table) -> None:
        for block in table.take_blocks():
            self._emit(block)
        self._linked = self._anchored = 0

    def _flush(self) -> None:
        raw = "".join(self._text)
        letters = len("".join(raw.split()))
        linked, anchored, note = self._linked, self._anchored, self._note
        self._text, self._linked, self._anchored = [], 0, 0
        kind, level = BlockKind.PARAGRAPH, 0
        if self._heading:
            kind, level = BlockKind.HEADING, self._heading
        elif self._caption:
            kind = BlockKind.CAPTION
        elif self._lists or self._defines:  # a definition counts as an item
            kind, level = BlockKind.LIST_ITEM, len(self._lists) + self._defines - 1
        if not letters or (kind is BlockKind.LIST_ITEM and letters <= anchored and note is None):
            return  # nothing, or a line of a table of contents: only a link within the page
        label, self._label, self._note = self._label, "", None
        if note is not None:
            text = f"{superscript(note)} {NOTE_LINKS.sub('', clean(raw))}"
            self._emit(Block(BlockKind.FOOTNOTE, (Part(1, text),)))
            return
        for piece in PARAGRAPH_BREAK.split(raw):
            for line in filter(None, separate_lines(piece.replace(LINE_BREAK, "\n"))):
                bare = without_list_mark(line)
                if kind is BlockKind.PARAGRAPH and bare != line:
                    block = Block(BlockKind.LIST_ITEM, (Part(1, bare),))
                else:
                    shown = label + line if kind is BlockKind.LIST_ITEM else line
                    block = Block(kind, (Part(1, shown),), level)
                self._emit(block, linked / letters)
                label = ""

    def _emit(self, block: Block, linked: float = 0.0) -> None:
        region = Region.HEADER if self._depths["header"] else Region.BODY
        if self._depths["main"]:
            region = Region.MAIN
        elif self._depths["article"]:
            region = Region.ARTICLE
        self.found.append(Found(block, region, bool(self._beside), linked))


def _parse(text: str, level: int = 0) -> Page:
    """The page, or all of it where a menu that never ends has swallowed the rest."""
    text = MARKED_SECTION.sub("", text)
    for keep_furniture in (False, True):
        page = Page(keep_furniture, level)
        page.feed(text)
        page.close()
        if page.found:
            break
    return page


MAIN_SHARE = 0.3  # <main> or <article> with less of the text than this is not the main content
BESIDE_SHARE = 0.6  # what seems to be no content, but is more of the page than this, is content
MENU_LINK_SHARE = 0.5  # share of letters in links from which a line is a menu's
LONGEST_LINK = 40  # characters
SOLID_TEXT = 80  # characters without links: a paragraph of the content, whatever jusText says
LONGEST_PHRASE = 80
STOPLISTS = {
    "es": "Spanish",
    "pt": "Portuguese",
    "gl": "Galician",
    "ca": "Catalan",
    "en": "English",
    "fr": "French",
}
# Lines that websites put on every page: share, print, back to top, legal notices, networks.
PAGE_PHRASE = re.compile(
    r"^(?:compart(?:ir|e|a)(?:\s(?:en|por|esta?|este|con|vía|via)\b.{0,40})?"
    r"|share(?: (?:this|on)\b.{0,30})?|tweet(?:ear)?|twittear|imprimir(?: (?:esta )?página)?"
    r"|descargar pdf|enviar por (?:correo|e-?mail)"
    r"|volver(?: al?)? (?:arriba|inicio)|ir al? (?:contenido|inicio)(?: principal)?"
    r"|saltar al? contenido(?: principal)?|pasar al contenido principal|skip to (?:main )?content"
    r"|leer más|ver más|ver todos?|suscr[íi]b(?:ete|ase|irse).{0,40}|síguenos(?: en.{0,40})?"
    r"|aviso legal|política de (?:privacidad|cookies)|términos y condiciones|mapa del sitio"
    r"|accesibilidad|aceptar(?: todas?)?(?: las)?(?: cookies)?|rechazar(?: todas?)?|cookies"
    r"|(?:.{0,50})?todos los derechos reservados.{0,40}|all rights reserved.{0,40}|©.{0,78}"
    r"|menú(?: principal)?|buscar|iniciar sesión|(?:facebook|twitter|whatsapp|linkedin|instagram"
    r"|youtube|x|e-?mail|correo|[|/·,\s])+)[.!»>]*$",
    re.IGNORECASE,
)
# The text of a cookie banner whose class does not tell: the word and, near it, what is asked for.
COOKIES = re.compile(
    r"^.{0,90}\bcookies\b.{0,400}\b(?:acept|consent|navegaci|experiencia|preferencias|privacidad)",
    re.IGNORECASE | re.DOTALL,
)
ALWAYS_CONTENT = frozenset((BlockKind.TABLE_ROW, BlockKind.AGENDA_ITEM, BlockKind.FOOTNOTE))


def _main_content(found: Sequence[Found], text: str, language: str | None) -> list[Block]:
    """The blocks of the main content; all there are rather than none.

    In `<main>` or `<article>` only banners and share lines are left out. A page without them is
    cut at both ends to what reads as text, and keeps what stands between.
    """
    good = _justext_content(text, language)
    content = _without_beside(found, good)
    # The surest region that holds enough of the text.
    region, enough = Region.BODY, MAIN_SHARE * _text_length(content)
    for surer in (Region.ARTICLE, Region.MAIN):
        if _text_length([item for item in content if item.region >= surer]) > enough:
            region = surer
    inside = [item for item in content if item.region >= region]
    # The heading of a page often stands in its banner, above `<main>`.
    if not any(_is_top_heading(item.block) for item in inside):
        inside = [item for item in content if item.region >= region or _is_top_heading(item.block)]
    kept = [item for item in inside if not _is_phrase(item)]
    if region is Region.BODY:
        kept = _between_menus(kept, good)
    return [item.block for item in kept or inside or found]


def _justext_content(text: str, language: str | None) -> frozenset[str]:
    """The paragraphs that jusText takes for content."""
    stoplist = justext.get_stoplist(STOPLISTS.get(language or "", "Spanish"))
    try:
        paragraphs = justext.justext(text, stoplist)
    except (ValueError, AssertionError):  # lxml finds no element in the page at all
        return frozenset()
    return frozenset(clean(p.text) for p in paragraphs if not p.is_boilerplate)


def _without_beside(found: Sequence[Found], good: frozenset[str]) -> list[Found]:
    """Leave out menus and side columns, but not good text within the main content."""
    kept = [
        item
        for item in found
        if not item.beside or (item.region >= Region.ARTICLE and item.block.text in good)
    ]
    whole, left = _text_length(found), _text_length(kept)
    return kept if left >= (1 - BESIDE_SHARE) * whole else list(found)


def _between_menus(found: Sequence[Found], good: frozenset[str]) -> list[Found]:
    """The page from its first solid text to its last, with the lines around that are no links.

    A heading stays with what stands below it.
    """
    solid = [
        n
        for n, item in enumerate(found)
        if item.block.kind in ALWAYS_CONTENT
        or item.block.text in good
        or (len(item.block.text) >= SOLID_TEXT and item.linked < MENU_LINK_SHARE)
    ]
    if not solid:
        return [item for item in found if not _is_menu(item)]
    first, last = solid[0], solid[-1]
    kept = [item for n, item in enumerate(found) if first <= n <= last or not _is_menu(item)]
    # Headings whose links were left out («Enlaces») would head nothing.
    cut = len(kept) < len(found)
    while cut and kept and kept[-1].block.kind is BlockKind.HEADING:
        kept.pop()
    return kept


def _is_menu(item: Found) -> bool:
    """A short line of links; long ones are titles of documents or news."""
    return item.linked >= MENU_LINK_SHARE and len(item.block.text) <= LONGEST_LINK


def _is_phrase(item: Found) -> bool:
    text = item.block.text
    if item.block.kind in ALWAYS_CONTENT or _is_top_heading(item.block):
        return False
    return (len(text) <= LONGEST_PHRASE and PAGE_PHRASE.match(text) is not None) or (
        COOKIES.match(text) is not None
    )


def _is_top_heading(block: Block) -> bool:
    return block.kind is BlockKind.HEADING and block.level == 1


def _text_length(found: Sequence[Found]) -> int:
    return sum(len(item.block.text) for item in found)
