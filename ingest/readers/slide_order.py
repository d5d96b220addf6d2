"""Where things lie on a slide to the order in which one reads them: columns do not interleave."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

from search.types import Box

Item = TypeVar("Item")

MARGIN_X, MARGIN_Y = 7.0, 3.5  # points: what text boxes leave free inside; they may overlap by it
ROWS_APART = 24.0  # points: rows so far apart are not the head and the body of one column
WIDE = 0.5  # share of the width: what is as wide stands above or below columns, not in one
SAME_BAND = 0.5  # share of the lower one's height that must overlap to stand beside another


def reading_order(
    items: Sequence[Item], box_of: Callable[[Item], Box | None], is_time: Callable[[Item], bool]
) -> list[Item]:
    """The items as one reads them; what has no place comes last.

    The area is cut where the gap between things is widest, again and again (XY-cut); a column of
    times is read with what stands beside each time.
    """
    placed = [(item, box) for item in items if (box := box_of(item)) is not None]
    ordered = [item for item, _ in _ordered(placed, is_time)]
    return [*ordered, *(item for item in items if box_of(item) is None)]


def _ordered(
    placed: Sequence[tuple[Item, Box]], is_time: Callable[[Item], bool]
) -> Iterator[tuple[Item, Box]]:
    if len(placed) < 2:
        yield from placed
        return
    for part in _cut(placed, is_time):
        if len(part) < len(placed):
            yield from _ordered(part, is_time)
        else:
            yield from _bands(part)


def _cut(
    placed: Sequence[tuple[Item, Box]], is_time: Callable[[Item], bool]
) -> list[list[tuple[Item, Box]]]:
    rows = _runs(placed, lambda box: (box.y0 + MARGIN_Y, box.y1 - MARGIN_Y))
    columns = _runs(placed, lambda box: (box.x0 + MARGIN_X, box.x1 - MARGIN_X))
    if len(columns) > 1 and len(rows) > 1:
        labelled = any(all(is_time(item) for item, _ in column) for column in columns)
        apart = _gap(rows, 1)
        lone = apart >= ROWS_APART and any(_in_one(column, rows) for column in columns)
        return rows if labelled or lone or apart >= _gap(columns, 0) else columns
    if len(columns) > 1:
        return columns
    return _between_wide(placed, rows) if len(rows) > 2 else rows


def _runs(
    placed: Sequence[tuple[Item, Box]], side: Callable[[Box], tuple[float, float]]
) -> list[list[tuple[Item, Box]]]:
    """The items in groups whose shadows on one side of the slide do not touch."""
    groups: list[list[tuple[Item, Box]]] = []
    reach = 0.0
    for item, box in sorted(placed, key=lambda pair: side(pair[1])):
        start, end = side(box)
        if not groups or start >= reach:
            groups.append([])
        groups[-1].append((item, box))
        reach = max(reach, end) if len(groups[-1]) > 1 else max(start, end)
    return groups


def _in_one(column: Sequence[tuple[Item, Box]], rows: Sequence[list[tuple[Item, Box]]]) -> bool:
    """Whether all of a column stands in one of the rows."""
    return any(all(pair in row for pair in column) for row in rows)


def _gap(groups: Sequence[Sequence[tuple[Item, Box]]], axis: int) -> float:
    """The narrowest white space between the groups, across (0) or down (1)."""
    spans = [
        (
            min(box.y0 if axis else box.x0 for _, box in g),
            max(box.y1 if axis else box.x1 for _, box in g),
        )
        for g in groups
    ]
    return min(after[0] - before[1] for before, after in pairwise(spans))


def _between_wide(
    placed: Sequence[tuple[Item, Box]], rows: Sequence[list[tuple[Item, Box]]]
) -> list[list[tuple[Item, Box]]]:
    """Rows, those between two wide ones taken together: they may hold columns."""
    left, right = min(box.x0 for _, box in placed), max(box.x1 for _, box in placed)
    parts: list[list[tuple[Item, Box]]] = []
    open_part = False
    for row in rows:
        wide = any(box.x1 - box.x0 >= WIDE * (right - left) for _, box in row)
        if wide or not open_part:
            parts.append([])
        parts[-1].extend(row)
        open_part = not wide
    return parts if len(parts) > 1 else list(rows)


def _bands(placed: Sequence[tuple[Item, Box]]) -> Iterator[tuple[Item, Box]]:
    """Things that overlap: bands from top to bottom, each from left to right."""
    rest = sorted(placed, key=lambda pair: (pair[1].y0, pair[1].x0))
    while rest:
        first = rest[0][1]
        band = [pair for pair in rest if pair[1] is first or _beside(first, pair[1])]
        yield from sorted(band, key=lambda pair: (pair[1].x0, pair[1].y0))
        rest = [pair for pair in rest if pair not in band]


def _beside(first: Box, other: Box) -> bool:
    overlap = min(first.y1, other.y1) - max(first.y0, other.y0)
    lower = min(first.y1 - first.y0, other.y1 - other.y0)
    apart = other.x0 >= first.x1 or other.x1 <= first.x0
    return apart and overlap >= SAME_BAND * max(lower, 1.0)
