"""A reading and its pages to what a careful operator should look at, page by page."""

from collections.abc import Sequence
from itertools import pairwise

from ingest.recognition.damage import suspects
from search.types import Block, BlockKind, Page, PageHealth, Reading

ROWS = (BlockKind.TABLE_ROW, BlockKind.AGENDA_ITEM)
MOST_SUSPECTS = 20  # a page: more say no more


def page_health(reading: Reading, pages: Sequence[Page]) -> tuple[PageHealth, ...]:
    """The pages with tables, with texts left out or with words that look damaged, in order."""
    shapes = {shape.number: shape for shape in reading.shapes}
    tables = _tables(reading.blocks)
    found = []
    for page in pages:
        shape = shapes.get(page.number)
        health = PageHealth(
            page=page.number,
            tables=tables.get(page.number, 0),
            dropped=shape.dropped if shape else (),
            suspects=suspects(page.text)[:MOST_SUSPECTS],
        )
        if health != PageHealth(page.number):
            found.append(health)
    return tuple(found)


def _tables(blocks: Sequence[Block]) -> dict[int, int]:
    """How many tables begin on each page: runs of rows."""
    counts: dict[int, int] = {}
    starts = [block for block in blocks[:1] if block.kind in ROWS]
    starts += [b for a, b in pairwise(blocks) if b.kind in ROWS and a.kind not in ROWS]
    for block in starts:
        counts[block.parts[0].page] = counts.get(block.parts[0].page, 0) + 1
    return counts
