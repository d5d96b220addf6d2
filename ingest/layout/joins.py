"""A group of lines to a block: clean running text a page, hyphens mended, one box a line."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

from ingest.heads import SEPARATOR
from ingest.layout.elements import place_of
from ingest.layout.groups import Group
from ingest.layout.lines import Line
from search.types import Block, Box, Part

Vocabulary: TypeAlias = Counter[str]
WORD = re.compile(r"[^\W\d_]+(?:[-‐‑][^\W\d_]+)*")
ADDRESS = re.compile(r"(?:://|www\.)\S*$")
LONGEST_ADDRESS = 300  # characters
YEAR = 4  # digits
NARROW = 12.0  # em: a cell in which a long word may have no room
ENOUGH = 20  # ends of lines: fewer do not tell whether spaces are drawn there
MOSTLY = 0.75


def vocabulary(lines: Iterable[Line]) -> Vocabulary:
    """The words that stand unbroken in a document: they tell how a broken word is written."""
    found: Vocabulary = Counter()
    for line in lines:
        found.update(word.casefold() for word in WORD.findall(line.text))
    return found


def make_block(group: Group, words: Vocabulary) -> Block:
    """The block of a group. A word broken over a page break belongs whole to the earlier page; a
    row whose cells go over one has a part at each change, in the order of its cells."""
    parts: list[Part] = []
    text = ""
    boxes: list[Box] = []
    for index, line in enumerate(group.lines):
        content = line.text
        if index and line.page != group.lines[index - 1].page:
            if group.lines[index - 1].hyphen:
                head, _, content = content.partition(" ")
                text = mended(text, head, words)
            text += SEPARATOR if index in group.cells else ""
            parts.extend(_part(group.lines[index - 1].page, text, boxes))
            text, boxes = content, []
        elif index and group.lines[index - 1].hyphen:
            text = mended(text, content, words)
        elif index and group.lines[index - 1].broken and index not in group.cells:
            text += content
        elif index:
            text += (SEPARATOR if index in group.cells else " ") + content
        else:
            text = content
        if content:
            boxes.append(line.box)
    parts.extend(_part(group.lines[-1].page, text, boxes))
    return Block(group.kind, tuple(parts), group.level, group.header)


def _part(page: int, text: str, boxes: Sequence[Box]) -> list[Part]:
    text = " ".join(text.split())
    return [Part(page, text, tuple(boxes))] if text else []


def mended(before: str, after: str, words: Vocabulary) -> str:
    """Join what a line's end broke: with the hyphen where the document writes it so, or where
    no small letter follows (`2015-2025`, `Rodriguez-Acosta`)."""
    head = re.search(r"[^\W\d_]*$", before)
    tail = re.match(r"[^\W\d_]*", after)
    first, second = (head.group() if head else ""), (tail.group() if tail else "")
    if ADDRESS.search(before[-LONGEST_ADDRESS:]):
        return f"{before}-{after}"
    whole, hyphened = f"{first}{second}".casefold(), f"{first}-{second}".casefold()
    if words[whole] and words[whole] >= words[hyphened]:
        return before + after
    if words[hyphened] or not first or not second[:1].islower():
        return f"{before}-{after}"
    return before + after


def with_broken_words(groups: Sequence[Group]) -> list[Group]:
    """The groups with those lines marked whose last word goes on in the next, without a hyphen:
    long words in narrow cells, and addresses. In a file that draws the spaces at the ends of its
    lines, such a line has none."""
    ends = [last.spaced for group in groups for last, line in _pairs(group)]
    telling = len(ends) >= ENOUGH and sum(ends) > MOSTLY * len(ends)
    inner = Counter(
        word.casefold()
        for group in groups
        for line in group.lines
        for word in line.text.split()[1:-1]
    )
    return [_with_broken(group, inner, telling) for group in groups]


def _pairs(group: Group) -> list[tuple[Line, Line]]:
    """The lines that follow each other in one cell or paragraph on one page."""
    pairs = enumerate(pairwise(group.lines), start=1)
    return [
        (last, line)
        for index, (last, line) in pairs
        if index not in group.cells and last.page == line.page and not last.hyphen
    ]


def _with_broken(group: Group, inner: Vocabulary, telling: bool) -> Group:
    broken = {last for last, line in _pairs(group) if _is_broken(last, line, inner, telling)}
    if not broken:
        return group
    return replace(group, lines=tuple(replace(x, broken=x in broken) for x in group.lines))


def _is_broken(last: Line, line: Line, inner: Vocabulary, telling: bool) -> bool:
    if not last.text or not line.text or (telling and last.spaced):
        return False
    head, tail = last.text.split()[-1], line.text.split()[0]
    if ADDRESS.search(head):
        return head[-1] in "/?&=_%#-" and re.search(r"[\d/._=-]", tail) is not None
    if not telling or _are_paragraphs(last, line):
        return False
    if head.isdigit() and tail.isdigit():
        sure = last.tag is not None or len(head) == YEAR - 1
        return sure and len(tail) == 1 and len(head) < YEAR
    if not (head[-1].isalpha() and tail[0].islower()):
        return False
    return _has_no_room(last) and _is_one_word(head, tail, inner)


def _are_paragraphs(last: Line, line: Line) -> bool:
    places = [place_of(last), place_of(line)]
    return all(places) and places[0] != places[1]


def _has_no_room(line: Line) -> bool:
    return line.x1 - line.x0 < NARROW * line.size


def _is_one_word(head: str, tail: str, inner: Vocabulary) -> bool:
    """As the document writes it elsewhere, or as neither piece stands by itself."""
    head, tail = (re.sub(r"\W", "", piece).casefold() for piece in (head, tail))
    return inner[head + tail] > 0 or not (inner[head] or inner[tail])
