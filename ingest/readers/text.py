"""Reads plain text files: headings, paragraphs, lists, tables and footnotes, told by their shape.

Most such files were converted from something else: they have form feeds between pages with repeated
lines, remains of Markdown or HTML, contents lists, and lines wrapped at a width.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, takewhile

from ingest.readers.clean import (
    CONTENTS_TITLE,
    clean,
    decode,
    is_contents_line,
    without_empty_contents,
    without_list_mark,
)
from ingest.readers.tables import mark_timetable, table_blocks
from search.documents import Block, BlockKind, Part, Reading
from search.text.times import is_day, time_cell

ITEM = re.compile(r"^(?P<indent>\s*)(?P<mark>[-*•·▪◦–‣●]|\d{1,3}[.)]|[a-z][.)])\s+\S")
NUMBER = re.compile(r"^(\d+(?:\.\d+)*)\.?\s")
# «² Véase el anexo», «*Agenda sujeta a cambios»: an asterisk with a space behind it is a bullet.
NOTE = re.compile(r"^(?:[⁰¹²³⁴-⁹]+\s*|\*+(?=[^\W\d]))\S")
UNDERLINE = re.compile(r"^\s*(=|-|~|_|\*)\1{2,}\s*$")
SENTENCE_END = (".", "!", "?", ":", ";", "…", ")", "»", "”", '"')
LONG_LINE = 130  # a file with longer lines is not wrapped by hand: its line breaks mean something
LONGEST_HEADING = 100  # characters
LABEL_WORDS = 4  # «Información de contacto:» is a heading, «La actividad tiene como objetivos:» not
BODY_TEXT = 60  # what a heading announces has at least this many characters
CONTENTS_LINES = 3  # so many lines with dots and page numbers make a contents list
BROKEN_OFF = 60  # a paragraph this long without a full stop goes on behind the page break


def read_text(data: bytes, name: str) -> Reading:  # noqa: ARG001 - every reader takes the name
    """Blocks as blank lines part them; lines wrapped by hand are joined."""
    text, running = _without_running_lines(
        re.sub(r"\r\n?|[\v\u2028\u2029\x85]", "\n", decode(data))
    )
    lines = _without_contents(DRAWN_BARS.sub("|", text).split("\n"))
    groups = [
        _without_markup("\n".join(group)).split("\n")
        for blank, group in groupby(lines, key=lambda line: not line.strip())
        if not blank
    ]
    groups = [part for group in groups for part in _split_at_underlines(group)]
    # How long lines get in a file that is wrapped by hand; 0 if it is not.
    lengths = [len(line.rstrip()) for group in groups if len(group) > 1 for line in group]
    longest = max((len(line.rstrip()) for group in groups for line in group), default=0)
    width = max(lengths) if lengths and longest <= LONG_LINE else 0
    blocks = tuple(mark_timetable(_rejoined_paragraphs(_blocks(groups, width))))
    return Reading(blocks=without_empty_contents(blocks), paged=False, running=running)


LEAST_PAGES = 3
REPEATED_SHARE = 0.5  # share of the pages on which a line must stand at the same edge
PAGE_NUMBER = re.compile(
    r"^\W*(?:p[áa]g(?:ina|\.)?\s*|page\s*)?\d{1,4}(?:\s*(?:de|of|/)\s*\d{1,4})?\W*$", re.IGNORECASE
)


def _without_running_lines(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with its pages joined, and the lines that they repeated, once each."""
    pages = [page.split("\n") for page in text.split("\f")]
    if len(pages) < LEAST_PAGES:
        return text.replace("\f", "\n"), ()
    running: list[str] = []
    for last in (False, True):
        # The number of the first or last line of each page that is not blank.
        edges = []
        for page in pages:
            full = [number for number, line in enumerate(page) if line.strip()]
            edges.append(full[-int(last)] if full else 0)
        shapes = Counter(
            _without_numbers(page[n]) for page, n in zip(pages, edges, strict=True) if page[n]
        )
        for page, number in zip(pages, edges, strict=True):
            line = page[number].strip()
            repeated = shapes[_without_numbers(line)] >= REPEATED_SHARE * len(pages) and bool(line)
            # A page number is taken out even where its form changes («1», «Página 2 de 3»).
            if repeated or PAGE_NUMBER.match(line):
                page[number] = ""
                running += [line] if repeated and not PAGE_NUMBER.match(line) else []
    return "\n".join("\n".join(page) for page in pages), tuple(dict.fromkeys(running))


def _without_numbers(line: str) -> str:
    """The line with its numbers made alike: they count from page to page."""
    return re.sub(r"\d+", "#", line.strip())


# Emphasis only where the signs touch words on the inside and no words outside: «2 * 3 * 4» and
# `nombre_de_archivo` have none.
BOLD = re.compile(r"(?<![\w*])\*\*(?=\S)(.+?)(?<=\S)\*\*(?![\w*])", re.DOTALL)
STRAY_BOLD = re.compile(r"(?<!\*)\*\*(?!\*)")
ITALIC = re.compile(r"(?<![\w*])\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?![\w*])", re.DOTALL)
UNDERLINED = re.compile(r"(?<!\w)(_{1,2})(?=[^\s_])(.+?)(?<=[^\s_])\1(?!\w)", re.DOTALL)
# With an address behind it: «[a] (véase el anexo)» is text.
LINK = re.compile(r"!?\[([^\[\]\n]{1,300})\]\((?:https?:|mailto:|#|/|\.)[^()\s]{0,500}\)")
# Tags by name: `<nombre@correo.org>` and «<5 %» are text.
TAG = re.compile(
    r"</?(?:ul|ol|li|br|p|b|i|u|em|strong|span|div|table|tbody|thead|tr|td|th|sup|sub|font|a"
    r"|center|h[1-6])(?:\s[^<>\n]{0,300})?/?>",
    re.IGNORECASE,
)
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,12});")
INNER_BULLET = re.compile(r"(?<=\S)\s*•\s*")


def _without_markup(text: str) -> str:
    """The text of one block of lines without Markdown emphasis, HTML tags and entities.

    A single asterisk without a partner stays: it is the mark of a note.
    """
    text = TAG.sub(" ", text)
    text = ENTITY.sub(lambda match: html.unescape(match[0]), text)
    for mark in (LINK, BOLD, ITALIC):
        text = mark.sub(r"\1", text)
    text = STRAY_BOLD.sub("", text)
    text = UNDERLINED.sub(r"\2", text)
    return INNER_BULLET.sub(" • ", text)


def _without_contents(lines: Sequence[str]) -> list[str]:
    """Leave out the lines of a contents list and the word above it."""
    contents = [is_contents_line(line) for line in lines]
    if sum(contents) < CONTENTS_LINES:
        return list(lines)
    # Two such lines may be anything that is filled in with dots, as in a form.
    first = contents.index(True)
    above = max((n for n in range(first) if lines[n].strip()), default=first)
    contents[above] |= CONTENTS_TITLE.match(lines[above].strip()) is not None
    return [line for line, out in zip(lines, contents, strict=True) if not out]


def _split_at_underlines(group: Sequence[str]) -> list[list[str]]:
    """The group, parted where a line is underlined as a heading."""
    parts: list[list[str]] = [[]]
    for number, line in enumerate(group):
        under = group[number + 1] if number + 1 < len(group) else ""
        if UNDERLINE.match(under) and _may_be_heading([line]) and "|" not in line:
            parts.extend(([line, under], []))
        elif len(parts) < 3 or parts[-2][-1] is not line or parts[-1]:
            parts[-1].append(line)
    return [part for part in parts if part]


def _blocks(groups: Sequence[list[str]], width: int) -> Iterator[Block]:
    heads = _headings(groups)
    for number, group in enumerate(groups):
        line = clean(group[0])
        underlined = _is_underlined(group)
        if number == 0 and heads and (underlined or _may_be_heading(group)):
            yield Block(BlockKind.TITLE, (Part(1, line),))
        elif underlined:
            level = max(_level(line), 1 if group[1].strip()[0] == "=" else 2)
            yield Block(BlockKind.HEADING, (Part(1, line),), level)
        elif heads[number]:
            yield Block(BlockKind.HEADING, (Part(1, line.rstrip("* ")),), _level(line))
        else:
            yield from _group_blocks(group, width)


def _is_underlined(group: Sequence[str]) -> bool:
    return len(group) == 2 and UNDERLINE.match(group[1]) is not None and _may_be_heading(group[:1])


def _headings(groups: Sequence[list[str]]) -> list[bool]:
    """Which groups are headings, from the last to the first: one announces what follows it."""
    heads = [False] * (len(groups) + 1)
    for number in range(len(groups) - 2, -1, -1):
        group, following = groups[number], groups[number + 1]
        label = clean(group[0]).endswith(":")
        announces = heads[number + 1] or label or _has_body(following)
        heads[number] = announces and _may_be_heading(group)
    return heads[:-1]


def _may_be_heading(group: Sequence[str]) -> bool:
    """One short line that is no sentence, address, item, row or note."""
    text = clean(group[0])
    if len(group) > 1 or len(text) > LONGEST_HEADING or "\t" in group[0].strip():
        return False
    opening = text[0].isupper() or text[0].isdigit() or text[0] in "¿¡"
    # A line that begins with a time belongs to a timetable, though it is short and stands alone.
    if not opening or not any(map(str.isalpha, text)) or time_cell(text):
        return False
    if text.endswith(":"):
        return len(text.split()) <= LABEL_WORDS
    return not text.endswith((".", ";", ",", "!")) and "@" not in text and "://" not in text


def _has_body(group: Sequence[str]) -> bool:
    """A paragraph, list or table that a heading may announce."""
    text = " ".join(map(clean, group))
    if any(map(_is_row, group)) or (ITEM.match(group[0]) and len(group) > 1):
        return True
    return len(text) > LONGEST_HEADING or (len(text) >= BODY_TEXT and text.endswith((".", ":")))


def _level(text: str) -> int:
    number = NUMBER.match(text)
    if number:
        return number[1].count(".") + 1
    return 2 if is_day(text) else 1


def _group_blocks(group: Sequence[str], width: int) -> Iterator[Block]:
    """The lines between two blank lines: rows of a table, items of a list, notes, paragraphs."""
    drawn = _drawn_rows(group)
    if drawn:
        yield from table_blocks(drawn)
        return
    # Some of the lines are rows with tabs or bars.
    rows = [line for line in group if _is_row(line)]
    tabular = len(rows) > 1 or any(time_cell(line) > 0 for line in rows)
    lines = [line for line in group if not DRAWN_RULE.match(line)]
    for kind, run in groupby(lines, key=lambda line: tabular and _is_row(line, in_table=True)):
        if kind:
            yield from table_blocks([_cells_of(line) for line in run])
        else:
            yield from _prose(list(run), width)


def _prose(lines: Sequence[str], width: int) -> Iterator[Block]:
    """Each line opens an item, a note or a paragraph, or goes on with the one before it."""
    indents: list[int] = []
    open_block: Block | None = None
    previous = ""
    for line in lines:
        opened = _opened_block(line, indents)
        if opened is None and open_block and _continues(open_block, previous, line, width):
            open_block = _extended(open_block, clean(line))
        else:
            if open_block is not None:
                yield open_block
            open_block = opened or Block(BlockKind.PARAGRAPH, (Part(1, clean(line)),))
        previous = line
    if open_block is not None:
        yield open_block


def _opened_block(line: str, indents: list[int]) -> Block | None:
    """The list item or note that the line opens; `indents` are those of the open lists."""
    text = clean(line)
    if NOTE.match(text):
        return Block(BlockKind.FOOTNOTE, (Part(1, text),))
    item = ITEM.match(line)
    if item is None:
        return None
    indent = len(item["indent"].expandtabs(4))
    while indents and indents[-1] > indent:
        indents.pop()
    if not indents or indents[-1] < indent:
        indents.append(indent)
    return Block(BlockKind.LIST_ITEM, (Part(1, without_list_mark(text)),), len(indents) - 1)


def _continues(block: Block, previous: str, line: str, width: int) -> bool:
    """Whether a line belongs to the open block: an item, or wrapped where the line was full."""
    text = clean(line)
    # A line that begins with a time opens a row, unless the line above breaks off within a span:
    # «de 10:30 a» / «10:40».
    if time_cell(text) and not block.text.endswith(("-", "–", " a", " de")):
        return False
    if block.kind is BlockKind.LIST_ITEM or text[:1].islower():
        return True
    if block.kind is BlockKind.FOOTNOTE or not width:
        return False
    # The line above was full if the next word did not fit any more; else its author ended it there.
    return len(previous.rstrip()) + 1 + len(text.split()[0]) > width


def _extended(block: Block, text: str) -> Block:
    """The block with one more line; a word broken at the line's end is whole again."""
    start = block.text
    broken = len(start) > 1 and start[-1] == "-" and start[-2].isalpha() and text[:1].islower()
    joined = start[:-1] + text if broken else f"{start} {text}"
    return replace(block, parts=(Part(1, joined),))


def _rejoined_paragraphs(blocks: Iterable[Block]) -> list[Block]:
    """Paragraphs that a page break and its footnotes had cut in two are whole again."""
    mended: list[Block] = []
    for block in blocks:
        # The notes of the page stand between the two halves.
        noted = takewhile(lambda each: each.kind is BlockKind.FOOTNOTE, reversed(mended))
        last = len(mended) - 1 - sum(1 for _ in noted)
        if last >= 0 and _is_broken_off(mended[last], block):
            mended[last] = _extended(mended[last], block.text)
        else:
            mended.append(block)
    return mended


def _is_broken_off(first: Block, second: Block) -> bool:
    if first.kind is not BlockKind.PARAGRAPH or second.kind is not BlockKind.PARAGRAPH:
        return False
    unfinished = len(first.text) > BROKEN_OFF and not first.text.endswith(SENTENCE_END)
    return unfinished and second.text[:1].islower()


# Lines between rows, drawn with `+---+`, `====` or the box characters U+2500 to U+257F.
DRAWN_RULE = re.compile(r"^[\s|:+=_*─-╿-]{3,}$")
DRAWN_BARS = re.compile(r"[│┃║┆┊]")
WIDE_GAP = re.compile(r"\s{3,}")
INNER_BAR = re.compile(r"\s\|\s")


def _is_row(line: str, in_table: bool = False) -> bool:
    """A tab between words, or bars around them; within a table, any tab."""
    bars = line.strip().startswith("|") and line.count("|") > 2
    return bars or "\t" in (line if in_table else line.strip())


def _cells_of(line: str) -> list[str]:
    """The cells of a row with tabs or bars."""
    bars = line.strip().startswith("|")
    return [
        clean(cell) for cell in (line.strip().strip("|").split("|") if bars else line.split("\t"))
    ]


def _drawn_rows(group: Sequence[str]) -> list[list[str]]:
    """The rows of a group all of whose lines have as many cells, parted by bars or wide gaps."""
    lines = [line.strip(" |\t") for line in group if not DRAWN_RULE.match(line)]
    # All lines alike, because three spaces in one of them are only somebody's habit of typing.
    for sign in (INNER_BAR, WIDE_GAP):
        rows = [list(map(clean, sign.split(line))) for line in lines]
        counts = set(map(len, rows))
        if len(rows) > 1 and len(counts) == 1 and counts != {1}:
            return rows
    return []
