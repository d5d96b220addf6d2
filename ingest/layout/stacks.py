"""A row of a table in whose cells several rows are stacked to each of them."""

import re
from collections.abc import Sequence
from typing import TypeAlias

from ingest.layout.lines import Line
from ingest.times import time_cell

NUMBER = re.compile(r"^\d{1,4}[.)º°]?$")
FEWEST = 4  # numbers under each other that count rows
SLACK = 0.4  # em

Cells: TypeAlias = tuple[tuple[Line, ...], ...]
"""The cells of a row, each its lines."""


def unstacked(row: Cells) -> list[Cells]:
    """The rows that a row really is: each line of a cell opens one where those are times with a
    text behind or beside each, or numbers with as many lines beside them; else the row itself.
    What stands left of the times is a row before them."""
    if len({line.page for cell in row for line in cell}) > 1:
        return [row]
    for column, cell in enumerate(row):
        opens = _times(cell) or _numbers(cell, row[column + 1 :])
        if len(opens) > 1:
            rows = _at(row[column:], opens)
            if time_cell(opens[0].text) and not all(map(_begins, rows)):
                return [row]
            left = row[:column]
            before = [(*left, *[()] * len(row[column:]))] if any(left) else []
            return [*before, *((*[()] * column, *cells) for cells in rows)]
    return [row]


def _times(cell: Sequence[Line]) -> list[Line]:
    """The lines that open with a time which is not the second half of a range."""
    opens: list[Line] = []
    for number, line in enumerate(cell):
        last = cell[number - 1] if number else None
        ranged = last is not None and (last.hyphen or last.text.endswith(("-", "–", "—", " a")))
        if time_cell(line.text) and not ranged:
            opens.append(line)
    return opens if opens and opens[0] is cell[0] else []


def _numbers(cell: Sequence[Line], others: Sequence[Sequence[Line]]) -> list[Line]:
    if len(cell) < FEWEST or not all(NUMBER.match(line.text) for line in cell):
        return []
    level = [
        len(other) == len(cell)
        and all(
            abs(one.base - two.base) < one.size / 2 for one, two in zip(cell, other, strict=True)
        )
        for other in others
    ]
    return list(cell) if any(level) else []


def _at(row: Cells, opens: Sequence[Line]) -> list[Cells]:
    """The lines of each cell by the last opening line that is not below them."""
    edges = [line.base - SLACK * line.size for line in opens]
    ends = [*edges[1:], float("inf")]
    starts = [float("-inf"), *edges[1:]]
    return [
        tuple(tuple(line for line in cell if start <= line.base < end) for cell in row)
        for start, end in zip(starts, ends, strict=True)
    ]


def _begins(row: Cells) -> bool:
    """Whether the row has text of its own: behind its time, or in a cell that does not go on
    from the row above."""
    first, *others = row
    if first and 0 < time_cell(first[0].text) < len(first[0].text):
        return True
    beside = next((cell for cell in others if cell), ())
    return bool(beside) and not beside[0].text[:1].islower()
