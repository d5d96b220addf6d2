"""A Markdown file to blocks: headings, paragraphs, list items, tables and footnotes."""

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.readers.clean import clean, superscript
from ingest.readers.days import mark_timetable
from ingest.readers.encoding import decode
from ingest.readers.html import parse_page
from ingest.readers.tables import table_blocks
from ingest.readers.titles import promote_title
from search.types import Block, BlockKind, Part, Reading

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
FIELD = re.compile(r"^(?P<name>[\w-]+)[ \t]*:[ \t]*(?P<value>\S.*?)[ \t]*$", re.MULTILINE)
TITLES = ("title", "título", "titulo")
LANGUAGES = ("lang", "language", "idioma")
DATES = ("date", "fecha")
# CommonMark would take a note of one word for the definition of a link: it is escaped first.
NOTE_START = re.compile(r"^(?=\[\^[^\]\s]+\]:)", re.MULTILINE)
NOTE = re.compile(r"^\\?\[\^([^\]\s]+)\]:[ \t]*")
NEXT_NOTE = re.compile(r"\s(?=\[\^[^\]\s]+\]:)")
STYLING = re.compile(r"</?(?:[abiu]|em|strong|span|sup|sub|font)\b", re.IGNORECASE)
NOTE_MARK = re.compile(r"\[\^([^\]\s]+)\]")
DATE = re.compile(r"^\d{4}-\d{2}-\d{2}")
DEEPEST = 100  # levels of lists and quotes; the parser drops the text of deeper ones


def read_markdown(data: bytes, name: str) -> Reading:  # noqa: ARG001 - every reader takes the name
    """Blocks without markup. Ordered items keep their number, contents lists are left out."""
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    front = FRONT_MATTER.match(text)
    fields = {m["name"].lower(): m["value"] for m in FIELD.finditer(front[1])} if front else {}
    parser = MarkdownIt("commonmark", {"maxNesting": DEEPEST}).enable("table")
    body = text[front.end() :] if front else text
    tokens = parser.parse(NOTE_START.sub(lambda _: "\\", body))
    blocks = promote_title(tuple(mark_timetable(_blocks(tokens))))
    dated = DATE.match(_field(fields, DATES))
    language = _field(fields, LANGUAGES)[:2].lower()
    return Reading(
        blocks=blocks,
        paged=False,
        title=clean(_field(fields, TITLES)) or None,
        language=language if language.isalpha() else None,
        created=dated[0] if dated else None,
        warnings=_warnings(tokens),
    )


def _field(fields: dict[str, str], names: Sequence[str]) -> str:
    """The first of the names that the front matter gives, without quotes around it."""
    return next((fields[name].strip("\"'") for name in names if name in fields), "")


def _warnings(tokens: Sequence[Token]) -> tuple[str, ...]:
    deep = any(token.level >= DEEPEST - 1 for token in tokens)
    return (f"omitido el texto anidado a más de {DEEPEST} niveles",) if deep else ()


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    ordered: list[int | None] = []  # per open list: the number of its next item, None for bullets
    number = ""
    position = 0
    while position < len(tokens):
        token = tokens[position]
        position += 1
        if token.type == "table_open":
            end = _end_of(tokens, position, "table_close")
            yield from _table(tokens[position:end])
            position = end
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            start = int(token.attrGet("start") or 1)
            ordered.append(start if token.type == "ordered_list_open" else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            ordered.pop()
        elif token.type == "list_item_open":
            number = ""
            if ordered[-1] is not None:
                number, ordered[-1] = f"{ordered[-1]}. ", ordered[-1] + 1
        elif token.type == "inline":
            yield from _inline(tokens[position - 2], token, number, len(ordered))
            number = ""
        elif token.type in ("fence", "code_block") and clean(token.content):
            yield Block(BlockKind.PARAGRAPH, (Part(1, clean(token.content)),))
        elif token.type == "html_block":
            yield from (block for _, block in parse_page(token.content).found)


def _inline(opening: Token, token: Token, number: str, depth: int) -> Iterator[Block]:
    """One heading, item or paragraph; a paragraph of footnotes is one block a note."""
    text = _text(token)
    if not text or (depth and _only_links_within(token)):
        return
    if opening.type == "heading_open":
        yield Block(BlockKind.HEADING, (Part(1, text),), int(opening.tag[1:]))
    elif NOTE.match(token.content):
        for note in NEXT_NOTE.split(_words(token)):
            marked = NOTE.sub(lambda match: f"{_mark(match[1])} ", note)
            yield Block(BlockKind.FOOTNOTE, (Part(1, clean(marked)),))
    elif depth:
        yield Block(BlockKind.LIST_ITEM, (Part(1, number + text),), depth - 1)
    else:
        yield Block(BlockKind.PARAGRAPH, (Part(1, text),))


def _table(tokens: Sequence[Token]) -> Iterator[Block]:
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_text(token))
    yield from table_blocks(rows, heads=1)


def _end_of(tokens: Sequence[Token], start: int, kind: str) -> int:
    return next(n for n in range(start, len(tokens)) if tokens[n].type == kind)


def _text(token: Token) -> str:
    """The words of a line, with raised marks where it cites notes."""
    return clean(NOTE_MARK.sub(lambda match: _mark(match[1]), _words(token)))


def _words(token: Token) -> str:
    """The words of a line without its markup; pictures give nothing."""
    pieces: list[str] = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            pieces.append(child.content)
        elif child.type != "image" and child.nesting == 0 and not STYLING.match(child.content):
            pieces.append(" ")
    return "".join(pieces)


def _mark(label: str) -> str:
    return superscript(int(label)) if label.isascii() and label.isdigit() else f"[{label}]"


def _only_links_within(token: Token) -> bool:
    """Whether the line is nothing but a link to a heading of the same file."""
    children = [child for child in token.children or () if child.content.strip() or child.nesting]
    first = children[0] if children else None
    if first is None or first.type != "link_open" or children[-1].type != "link_close":
        return False
    closings = [child.type for child in children].count("link_close")
    return closings == 1 and str(first.attrGet("href") or "").startswith("#")
