"""The lines of a document to the same with its tables found: by rules, else by alignment."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from ingest.layout.aligned import aligned_tables
from ingest.layout.grids import ruled_pieces
from ingest.layout.lines import Line, Rule
from ingest.layout.rows import Piece, Table, settled

SHORTEST = 20.0  # points: a rule that parts rows


def with_tables(lines: Sequence[Line], rules: Mapping[int, Sequence[Rule]]) -> list[Line | Table]:
    """The lines in reading order, those of a table replaced by it where it begins. `rules` are
    what each page draws."""
    found: list[Line | Piece] = []
    for page, run in groupby(lines, lambda line: line.page):
        found.extend(ruled_pieces(list(run), rules.get(page, ())))
    levels = {page: [rule for rule in drawn if _is_level(rule)] for page, drawn in rules.items()}
    result: list[Line | Table] = []
    loose: list[Line] = []
    for item in settled(found):
        if isinstance(item, Line):
            loose.append(item)
            continue
        result.extend((*aligned_tables(loose, levels), item))
        loose = []
    return [*result, *aligned_tables(loose, levels)]


def _is_level(rule: Rule) -> bool:
    return rule.y1 - rule.y0 < 1 and rule.x1 - rule.x0 > SHORTEST
