"""Blocks to blocks in which the lines of a timetable are agenda items that know their day."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ingest.times import is_day, time_cell
from search.types import Block, BlockKind

LONGEST_ITEM = 600  # characters; longer text that starts with a time is a story, not a timetable
LINES = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM})
HEADS = frozenset({BlockKind.TITLE, BlockKind.HEADING, BlockKind.SLIDE_TITLE})


def mark_timetable(blocks: Iterable[Block]) -> Iterator[Block]:
    """The same blocks; those that open with a time become agenda items.

    The day announced last (by a heading, a paragraph or a row of its own) leads their header
    («Viernes 1 de noviembre; Hora | Actividad»), until another heading ends it.
    """
    day = ""
    for block in blocks:
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


def _is_row(text: str) -> bool:
    """A time with something after it, and not too much."""
    return 0 < time_cell(text) < len(text) <= LONGEST_ITEM
