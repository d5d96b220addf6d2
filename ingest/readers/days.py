"""Blocks to blocks in which the lines of a timetable are agenda items that know their day."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from ingest.readers.clean import LIST_MARK, clean
from ingest.times import is_day, time_cell
from search.types import Block, BlockKind, Part

LONGEST_ITEM = 600  # characters; longer text that starts with a time is a story, not a timetable
NUMBERED = re.compile(r"^\(?(\d{1,3})[.)°º]?\s+\S")
CLOSE = 4  # blocks: how far apart the lone times of one timetable stand at most
LINES = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM})
HEADS = frozenset({BlockKind.TITLE, BlockKind.HEADING, BlockKind.SLIDE_TITLE})


def mark_timetable(blocks: Iterable[Block]) -> Iterator[Block]:
    """The same blocks; those that open with a time become agenda items, and so do times in
    paragraphs of their own with the paragraph below.

    The day announced last (by a heading, a paragraph or a row of its own) leads their header
    («Viernes 1 de noviembre; Hora | Actividad»), until another heading ends it.
    """
    day = ""
    for block in _with_lone_times(list(blocks)):
        text = block.text
        if is_day(text):
            day = text
        elif block.kind in HEADS:
            day = ""
        if block.kind in LINES and _is_row(text):
            block = replace(block, kind=BlockKind.AGENDA_ITEM)
        if block.kind is BlockKind.AGENDA_ITEM and day not in block.header:
            block = replace(block, header="; ".join(filter(None, (day, block.header))))
        yield block


def _with_lone_times(blocks: Sequence[Block]) -> Iterator[Block]:
    """Each time that stands alone joined to what follows it, where another such time is near."""
    lone = [n for n, block in enumerate(blocks) if block.kind in LINES and _is_time(block.text)]
    near = {n for n, following in pairwise(lone) if following - n <= CLOSE}
    near |= {following for n, following in pairwise(lone) if following - n <= CLOSE}
    held: Block | None = None
    for number, block in enumerate(blocks):
        if held is not None and block.kind in LINES and not time_cell(block.text):
            block = _joined(held, block)
        elif held is not None:
            yield held
        held = block if number in near else None
        if held is None:
            yield block
    if held is not None:
        yield held


def _joined(time: Block, block: Block) -> Block:
    first, second = time.parts[-1], block.parts[0]
    if first.page != second.page:
        parts = (*time.parts, *block.parts)
    else:
        whole = Part(first.page, f"{first.text} | {second.text}", first.boxes + second.boxes)
        parts = (*time.parts[:-1], whole, *block.parts[1:])
    return replace(block, kind=BlockKind.AGENDA_ITEM, parts=parts, level=0)


def _is_time(text: str) -> bool:
    return 0 < time_cell(text) == len(text)


def separate_lines(text: str) -> list[str]:
    """The text on one line, or its lines if several open with a time, a list mark or one number
    after another: somebody broke the line where a new paragraph was meant."""
    lines = [line for line in text.split("\n") if clean(line)]
    for opens in (_is_row, _is_marked):
        starts = [number for number, line in enumerate(lines) if opens(clean(line))]
        if len(starts) > 1:
            bounds = [0, *starts, len(lines)] if starts[0] else [*starts, len(lines)]
            return [clean(" ".join(lines[start:end])) for start, end in pairwise(bounds)]
    numbers = [NUMBERED.match(clean(line)) for line in lines]
    if len(lines) > 1 and _count_on([int(found[1]) for found in numbers if found], len(lines)):
        return list(map(clean, lines))
    return [clean(text)]


def _count_on(numbers: Sequence[int], lines: int) -> bool:
    """Whether all of the lines, but for a first that leads in, are numbered one after another."""
    steps = all(after == before + 1 for before, after in pairwise(numbers))
    return len(numbers) > 1 and len(numbers) >= lines - 1 and steps


def _is_marked(text: str) -> bool:
    return LIST_MARK.match(text) is not None


def _is_row(text: str) -> bool:
    """A time with something after it, and not too much."""
    return 0 < time_cell(text) < len(text) <= LONGEST_ITEM
