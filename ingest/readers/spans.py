"""Cells that may span rows and columns to rows of plain texts."""

from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_LABEL = 80  # characters; a longer text over several rows is said once, not in each row


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as it was made, its paragraphs a line each; covered cells are not given."""

    text: str
    across: int = 1
    down: int = 1


def spread(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """The texts of each row. What spans rows is said in each of them if it is short: it is the
    label of all; what spans columns is said once."""
    texts: list[list[str]] = []
    covering: dict[int, tuple[Cell, int]] = {}  # first column: the cell from above, rows left
    for row in rows:
        cells = list(row)
        says = any(cell.text.strip() for cell in cells)
        texts.append([])
        column, waiting = 0, dict[int, tuple[Cell, int]]()
        while cells or any(place >= column for place in covering):
            above, left = covering.pop(column, (None, 0))
            cell = above or (cells.pop(0) if cells else Cell(""))
            repeated = above is None or (says and len(above.text) <= LONGEST_LABEL)
            texts[-1].append(cell.text if repeated else "")
            left = left if above else cell.down
            column += cell.across
            if left > 1:
                waiting[column - cell.across] = cell, left - 1
        covering |= waiting
    return texts


def spanned_heads(rows: Sequence[Sequence[Cell]]) -> int:
    """How many rows the names of the columns take, where some of them stand under a common one."""
    first = rows[0] if rows else ()
    grouped = any(cell.across > 1 for cell in first) and len(first) > 1
    deepest = max((cell.down for cell in first), default=1)
    return deepest if grouped and 1 < deepest < len(rows) else 0
