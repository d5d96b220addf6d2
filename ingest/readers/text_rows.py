"""The lines of a plain text that are drawn as a table to its cells: tabs, bars, wide gaps."""

import re
from collections.abc import Sequence

from ingest.readers.clean import clean
from ingest.times import time_cell

RULE = re.compile(r"^[\s|:+=_*─-╿-]{3,}$")
BARS = re.compile(r"[│┃║┆┊]")
GAP = re.compile(r"\s{3,}")
INNER_BAR = re.compile(r"\s\|\s")


def is_row(line: str, in_table: bool = False) -> bool:
    """A tab between words, or bars around them; within a table, any tab."""
    bars = line.strip().startswith("|") and line.count("|") > 2
    return bars or "\t" in (line if in_table else line.strip())


def cells_of(line: str) -> list[str]:
    """The cells of a row with tabs or bars."""
    bars = line.strip().startswith("|")
    return [
        clean(cell) for cell in (line.strip().strip("|").split("|") if bars else line.split("\t"))
    ]


def is_tabular(group: Sequence[str]) -> bool:
    """Whether some of the lines are rows with tabs or bars."""
    return sum(map(is_row, group)) > 1 or any(is_row(x) and time_cell(x) > 0 for x in group)


def drawn_rows(group: Sequence[str]) -> list[list[str]]:
    """The rows of a group all of whose lines have as many cells, parted by bars or wide gaps."""
    lines = [line.strip(" |\t") for line in group if not RULE.match(line)]
    for sign in (INNER_BAR, GAP):
        rows = [list(map(clean, sign.split(line))) for line in lines]
        counts = set(map(len, rows))
        if len(rows) > 1 and len(counts) == 1 and counts != {1}:
            return rows
    return []
