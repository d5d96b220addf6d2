"""Which of the first rows of a table name it and its columns, when the file does not say."""

import re
from collections.abc import Sequence

from ingest.times import time_cell

SEPARATOR = " | "
"""Between the cells of a row in the text of its block."""
HEADER_CELL = 80  # characters; longer cells are content, not column names
YEAR = re.compile(r"(?:19|20)\d\d$")


def count_heads(rows: Sequence[Sequence[str]]) -> int:
    """How many of the first rows name the table and its columns; the last row never does."""
    for number, row in enumerate(rows[:-1]):
        if sum(map(bool, row)) == 1:
            continue
        return number + 1 if _names_columns(row) else 0
    return 0


def names_column(cell: str) -> bool:
    """Not empty, long, a number, an amount, a time or a sentence."""
    if not cell or len(cell) > HEADER_CELL or cell.endswith((".", ";", ":")):
        return False
    return cell == "#" or (any(map(str.isalpha, cell)) and not time_cell(cell))


def _names_columns(row: Sequence[str]) -> bool:
    """All different, and all names or years but for the corner, which may be empty."""
    if len(row) < 2 or len(set(row)) < len(row):
        return False
    corner, *names = row
    years = all(map(YEAR.match, names))
    return (not corner or names_column(corner)) and (years or all(map(names_column, names)))
