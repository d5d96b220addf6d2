"""Reads Markdown files: headings, paragraphs, list items, tables and footnotes.

What is not CommonMark is taken out of the source first: the front matter, footnotes, and the signs
of other engines. markdown-it parses the rest; HTML within it is read as a web page.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.readers.clean import clean, decode, promote_title, superscript, without_empty_contents
from ingest.readers.html import fragment_blocks
from ingest.readers.tables import mark_timetable, separate_lines, table_blocks
from search.documents import Block, BlockKind, Part, Reading

TITLE_FIELDS = ("title", "título", "titulo")
LANGUAGE_FIELDS = ("lang", "language", "idioma")
DATE_FIELDS = ("date", "fecha")
DATE = re.compile(r"^(?:(\d{4})-(\d{2})-(\d{2})|(\d{1,2})/(\d{1,2})/(\d{4}))\b")
DEEPEST_NESTING = 100  # levels of lists and quotes; the parser drops the text of deeper ones
TASK = re.compile(r"^\[([ xX])\]\s+")
LINE_BREAK = re.compile(r"<br\b", re.IGNORECASE)
STYLING_TAG = re.compile(r"</?(?:[abiu]|em|strong|span|sup|sub|font)\b", re.IGNORECASE)
NOTE_MARK = re.compile(r"\[\^([^\]\s]+)\]")


def read_markdown(data: bytes, name: str) -> Reading:  # noqa: ARG001 - every reader takes the name
    """Blocks without markup, notes behind what cites them. Ordered items keep their number,
    contents lists are left out."""
    source = parse_source(decode(data).replace("\r\n", "\n").replace("\r", "\n"))
    parser = MarkdownIt("commonmark", {"maxNesting": DEEPEST_NESTING}).enable("table")
    tokens = parser.parse(source.body)
    notes = _Notes({label: parser.parseInline(text)[0] for label, text in source.notes.items()})
    blocks = without_empty_contents(tuple(mark_timetable(_blocks(tokens, notes))))
    language = _field(source.fields, LANGUAGE_FIELDS)[:2].lower()
    deep = any(token.level >= DEEPEST_NESTING - 1 for token in tokens)
    return Reading(
        blocks=promote_title(blocks),
        paged=False,
        title=clean(_field(source.fields, TITLE_FIELDS)) or None,
        language=language if language.isalpha() else None,
        created=_date(_field(source.fields, DATE_FIELDS)),
        warnings=(f"omitido el texto anidado a más de {DEEPEST_NESTING} niveles",) if deep else (),
    )


def _date(stated: str) -> str | None:
    """A date as year, month, day."""
    found = DATE.match(stated)
    if found is None:
        return None
    year, month, day = found.groups()[:3] if found[1] else found.groups()[5:2:-1]
    return f"{year}-{int(month):02d}-{int(day):02d}"


def _field(fields: dict[str, str], names: Sequence[str]) -> str:
    """The first of the names that the front matter gives, without quotes around it."""
    return next((fields[name].strip("\"'") for name in names if name in fields), "")


FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
FIELD = re.compile(r"^(?P<name>[\w-]+)[ \t]*:[ \t]*(?P<value>\S.*?)[ \t]*$", re.MULTILINE)
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
NOTE_DEFINITION = re.compile(r"^ {0,3}\[\^([^\]\s]+)\]:[ \t]*(.*)$")
INDENTED = re.compile(r"^(?: {2,}|\t)\s*\S")
# Markdown engines add their own signs, which the reader of the page does not see: boxes of MkDocs
# (`!!! note "Aviso"`), callouts of GitHub and Obsidian (`> [!TIP]`), attributes of Pandoc and
# kramdown (`## Pasos {#pasos}`, `{: .ancha}`).
ADMONITION = re.compile(r'^[ \t]*(?:!!!|\?\?\?\+?)[ \t]+[\w-]+(?:[ \t]+"([^"]*)")?[ \t]*$')
CALLOUT = re.compile(r"^(\s*>\s*)\[!\w+\][-+]?\s*")
ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*[#.][^}\n]*\}[ \t]*$|^[ \t]*\{:[^}\n]*\}[ \t]*$")
HEADING = re.compile(r"^ {0,3}#{1,6}\s")
TAG_LINE = re.compile(r"^\s*<[^>]+>.*$")


@dataclass(frozen=True, slots=True)
class Source:
    """The fields of the front matter by their lower-case names, the texts of the notes by their
    labels, and the rest."""

    fields: dict[str, str]
    notes: dict[str, str]
    body: str
    """CommonMark with tables."""


def parse_source(text: str) -> Source:
    """Take apart what is not CommonMark."""
    front = FRONT_MATTER.match(text)
    fields = {m["name"].lower(): m["value"] for m in FIELD.finditer(front[1])} if front else {}
    notes: dict[str, str] = {}
    kept: list[str] = []
    fence, in_box = "", False
    lines = text[front.end() :].split("\n") if front else text.split("\n")
    place = 0
    while place < len(lines):
        line = lines[place]
        place += 1
        mark = FENCE.match(line)
        if fence or mark:
            closes = mark is not None and mark[1].startswith(fence)
            # Code is kept as it is: `[^1]:` in an example defines no note.
            fence = "" if fence and closes else fence or (mark[1] if mark else "")
            kept.append(line)
            continue
        note = NOTE_DEFINITION.match(line)
        if note:
            end = _end_of_note(lines, place)
            notes[note[1]] = " ".join([note[2], *lines[place:end]])
            place = end
            continue
        opened = ADMONITION.match(line)
        # A box lasts as long as its lines are indented, which CommonMark would take for code.
        if opened:
            in_box = True
        elif line.strip() and not INDENTED.match(line):
            in_box = False
        kept.extend(_as_commonmark(line, opened, in_box, kept))
    return Source(fields, notes, "\n".join(kept))


def _as_commonmark(
    line: str, opened: re.Match[str] | None, indented: bool, before: list[str]
) -> list[str]:
    """The line as CommonMark has it; the text of a box is not indented."""
    if opened:
        return ["", f"**{opened[1]}**", ""] if opened[1] else [""]
    line = CALLOUT.sub(r"\1", ATTRIBUTES.sub("", line))
    if indented:
        line = re.sub(r"^(?: {1,4}|\t)", "", line)
    if HEADING.match(line) and before and TAG_LINE.match(before[-1]):
        return ["", line]  # a block of HTML would swallow it
    return [line]


def _end_of_note(lines: list[str], place: int) -> int:
    """Where a note ends: lines go on with it up to a blank one, indented ones also behind that."""
    blank = False
    for number in range(place, len(lines)):
        line = lines[number]
        if not line.strip():
            blank = True
        elif NOTE_DEFINITION.match(line) or (blank and not INDENTED.match(line)):
            return number
    return len(lines)


class _Notes:
    """The notes of a file, each given once: behind the first block that cites it."""

    def __init__(self, texts: dict[str, Token]) -> None:
        self._texts = texts
        self._marks: dict[str, str] = {}
        self._given: set[str] = set()

    def mark(self, label: str) -> str:
        """The raised number: the label's own, or the next for a label in words."""
        if label not in self._texts:
            return f"[{label}]"
        if label not in self._marks:
            own = label.isascii() and label.isdigit()
            self._marks[label] = superscript(int(label) if own else len(self._marks) + 1)
        return self._marks[label]

    def flush(self) -> Iterator[Block]:
        """The notes whose marks were asked for since the last time."""
        for label in [label for label in self._marks if label not in self._given]:
            self._given.add(label)
            text = clean(_text(self._texts[label], self))
            yield Block(BlockKind.FOOTNOTE, (Part(1, f"{self._marks[label]} {text}"),))

    def rest(self) -> Iterator[Block]:
        """The notes that nothing cites."""
        for label in self._texts:
            self.mark(label)
        yield from self.flush()


def _blocks(tokens: Sequence[Token], notes: _Notes) -> Iterator[Block]:
    ordered: list[int | None] = []  # per open list: the number of its next item, None for bullets
    number = ""
    position = level = 0
    while position < len(tokens):
        token = tokens[position]
        position += 1
        # Only tables are taken as a whole; everything else follows from the order of the tokens.
        if token.type == "table_open":
            closes = (n for n in range(position, len(tokens)) if tokens[n].type == "table_close")
            end = next(closes)
            yield from _table(tokens[position:end], notes)
            position = end
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            start = int(token.attrGet("start") or 1)
            ordered.append(start if token.type == "ordered_list_open" else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            ordered.pop()
        elif token.type == "list_item_open":
            number = ""  # of an item that held no text
            if ordered[-1] is not None:
                number, ordered[-1] = f"{ordered[-1]}. ", ordered[-1] + 1
        elif token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "inline":
            heading = level if tokens[position - 2].type == "heading_open" else 0
            yield from _inline(token, heading, number, len(ordered), notes)
            number = ""
        elif token.type in ("fence", "code_block") and clean(token.content):
            yield Block(BlockKind.PARAGRAPH, (Part(1, clean(token.content)),))
        elif token.type == "html_block":
            yield from fragment_blocks(token.content, level)
        yield from notes.flush()
    yield from notes.rest()


def _inline(token: Token, heading: int, number: str, depth: int, notes: _Notes) -> Iterator[Block]:
    """One heading, item or paragraph; several where its lines are items of a timetable."""
    text = _text(token, notes)
    if not clean(text) or (depth and _is_contents_link(token)):
        return
    if heading:
        yield Block(BlockKind.HEADING, (Part(1, clean(text)),), heading)
        return
    kind = BlockKind.LIST_ITEM if depth else BlockKind.PARAGRAPH
    task = TASK.match(text) if depth else None
    if task:
        text = f"{'☐' if task[1] == ' ' else '☑'} {text[task.end() :]}"
    for line in separate_lines(number + text):
        yield Block(kind, (Part(1, line),), max(depth - 1, 0))


def _table(tokens: Sequence[Token], notes: _Notes) -> Iterator[Block]:
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_text(token, notes))
    yield from table_blocks(rows, heads=1)


def _text(token: Token, notes: _Notes) -> str:
    """The words of a line without its markup, with raised marks where it cites notes; pictures
    give nothing."""
    pieces: list[str] = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            pieces.append(child.content)
        elif child.type in ("softbreak", "hardbreak") or LINE_BREAK.match(child.content):
            pieces.append("\n")
        elif child.type != "image" and child.nesting == 0 and not STYLING_TAG.match(child.content):
            pieces.append(" ")
    return NOTE_MARK.sub(lambda match: notes.mark(match[1]), "".join(pieces))


def _is_contents_link(token: Token) -> bool:
    """Whether the line is nothing but a link to a heading of the same file."""
    # Tokens that open and close links have no text of their own.
    children = [child for child in token.children or () if child.content.strip() or child.nesting]
    first = children[0] if children else None
    if first is None or first.type != "link_open" or children[-1].type != "link_close":
        return False
    closings = [child.type for child in children].count("link_close")
    return closings == 1 and str(first.attrGet("href") or "").startswith("#")
