"""A group of lines to a block: clean running text a page, hyphens mended, one box a line."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from ingest.groups import Group
from ingest.lines import Line
from search.types import Block, Box, Part

Vocabulary: TypeAlias = Counter[str]
WORD = re.compile(r"[^\W\d_]+(?:[-‐‑][^\W\d_]+)*")
CELL = " | "


def vocabulary(lines: Iterable[Line]) -> Vocabulary:
    """The words that stand unbroken in a document: they tell how a broken word is written."""
    found: Vocabulary = Counter()
    for line in lines:
        found.update(word.casefold() for word in WORD.findall(line.text))
    return found


def make_block(group: Group, words: Vocabulary) -> Block:
    """The block of a group. A word broken over a page break belongs whole to the earlier page."""
    parts: list[Part] = []
    text = ""
    boxes: list[Box] = []
    for index, line in enumerate(group.lines):
        content = line.text
        if index and line.page != group.lines[index - 1].page:
            if group.lines[index - 1].hyphen:
                head, _, content = content.partition(" ")
                text = mended(text, head, words)
            parts.extend(_part(group.lines[index - 1].page, text, boxes))
            text, boxes = content, []
        elif index and group.lines[index - 1].hyphen:
            text = mended(text, content, words)
        elif index:
            text += (CELL if index in group.cells else " ") + content
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
    whole, hyphened = f"{first}{second}".casefold(), f"{first}-{second}".casefold()
    if words[whole] and words[whole] >= words[hyphened]:
        return before + after
    if words[hyphened] or not first or not second[:1].islower():
        return f"{before}-{after}"
    return before + after
