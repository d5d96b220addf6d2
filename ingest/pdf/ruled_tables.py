"""Finds tables by their ruling lines: the rules of a page make grids, and the text lines in the
cells of a grid make a fragment of a table.

Rows without rules of their own right above or below a grid, and unshaded rows between shaded ones,
belong to it too.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TypeAlias

from ingest.pdf.aligned_tables import CandidateRow, candidate_rows
from ingest.pdf.lines import Line, Rule, cut_line, in_runs
from ingest.pdf.tables import Row, TableFragment

TOUCHING = 3.0  # points: by how much rules that meet may miss each other
WALL_SHARE = 0.6  # of the side of a cell: a rule that covers more closes it
MOST_CELLS = 5_000
MOST_CROSSINGS = 250_000  # pairs of rules to compare: more are hatching, not a table
FARTHEST_ROW = 3.0  # em: from a grid down to a row that goes on without rules
LONGEST_CELL = 800  # characters on average: boxes around text, not cells of a table
LEAST_FILLED = 0.4  # of the cells of rows with text: less is a chart or an empty form

RuleSpan: TypeAlias = tuple[float, float, float]
"""A rule by its coordinate across (y of a horizontal one), its start and its end."""
CellIndex: TypeAlias = tuple[int, int]
"""Row and column."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns and rows between rules, `xs` and `ys` their edges. Places without a wall between them
    are one (merged) cell, which `cells` gives by its first place; `walls` are the places with a
    wall at their right."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: dict[CellIndex, CellIndex]
    walls: frozenset[CellIndex]

    @property
    def area(self) -> float:
        """In square points."""
        return (self.xs[-1] - self.xs[0]) * (self.ys[-1] - self.ys[0])

    def place(self, line: Line) -> CellIndex | None:
        """The row and column in which the middle of a text line is; None outside of the grid."""
        # A third of the size above the baseline is the middle of small letters.
        row = _interval(self.ys, line.baseline - line.size / 3)
        column = _interval(self.xs, (line.x0 + line.x1) / 2)
        return None if row is None or column is None else (row, column)


def ruled_fragments(lines: Sequence[Line], rules: Sequence[Rule]) -> list[Line | TableFragment]:
    """The lines of a page, those in the cells of a ruled table replaced by a table fragment."""
    found: list[Line | TableFragment] = list(lines)
    # Large grids first: a small one inside of a cell must not take its lines out of the table.
    for grid in sorted(_join_striped(find_grids(rules), lines), key=lambda grid: -grid.area):
        loose = [item for item in found if isinstance(item, Line)]
        inside = [line for line in loose if grid.place(line)]
        rows = _rows(grid, inside)
        if rows:
            header, below = _neighbours(grid, inside, loose)
            rows = (*(_row(grid, x) for x in header), *rows, *(_row(grid, x) for x in below))
            above = [line for candidate in header for line in candidate.lines]
            inside = [*above, *inside, *(line for candidate in below for line in candidate.lines)]
        sure = _is_table(rows)
        if not sure and len(rows) != 1:
            continue
        taken = {id(line) for line in inside}
        first = next(index for index, item in enumerate(found) if id(item) in taken)
        found[first] = TableFragment(rows, tuple(inside), grid.xs[:-1], sure)
        found = [item for item in found if id(item) not in taken]
    return found


def _join_striped(grids: Sequence[Grid], lines: Sequence[Line]) -> list[Grid]:
    """Join grids of the same columns with a row of cells between them: a table in which every
    second row is shaded has rules (the edges of the shades) around every second row only."""
    result: list[Grid] = []
    for grid in sorted(grids, key=lambda grid: grid.ys[0]):
        alike = (
            other
            for other in reversed(result)
            if len(other.xs) == len(grid.xs)
            and all(abs(one - two) <= TOUCHING for one, two in zip(other.xs, grid.xs, strict=True))
        )
        above = next(alike, None)
        between = [
            line
            for line in lines
            if above
            and above.ys[-1] <= line.baseline - line.size / 3 < grid.ys[0]
            and above.xs[0] < (line.x0 + line.x1) / 2 < above.xs[-1]
        ]
        if above is None or not _fills_columns(above.xs, between):
            result.append(grid)
            continue
        # One grid, the space between them a row of it.
        gap, shift = len(above.ys) - 1, len(above.ys)
        row = {(gap, column): (gap, column) for column in range(len(above.xs) - 1)}
        moved = {(r + shift, c): (fr + shift, fc) for (r, c), (fr, fc) in grid.cells.items()}
        walls = {*above.walls, *row, *((r + shift, c) for r, c in grid.walls)}
        result[result.index(above)] = Grid(
            above.xs, (*above.ys, *grid.ys), {**above.cells, **row, **moved}, frozenset(walls)
        )
    return result


def _fills_columns(xs: Sequence[float], lines: Sequence[Line]) -> bool:
    """Whether lines fill several columns and cross none."""
    columns = set()
    for part in (part for line in lines for part in cut_line(line, xs[1:-1])):
        column = _interval(xs, (part.x0 + part.x1) / 2)
        if column is None or part.x0 <= xs[column] - TOUCHING:
            return False
        if part.x1 >= xs[column + 1] + TOUCHING:
            return False
        columns.add(column)
    return len(columns) > 1


def _neighbours(
    grid: Grid, inside: Sequence[Line], loose: Sequence[Line]
) -> tuple[list[CandidateRow], list[CandidateRow]]:
    """The header right above the grid, with text in all of its columns, and the rows right below it
    that have no rules of their own."""
    start, end = loose.index(inside[0]), loose.index(inside[-1]) + 1
    header = [
        candidate
        for candidate in list(candidate_rows(loose[:start], {}))[-1:]
        if 0 < grid.ys[0] - candidate.bottom < candidate.lines[0].size
        and _fills_columns(grid.xs, candidate.lines)
        and all(_row(grid, candidate).cells)
    ]
    below: list[CandidateRow] = []
    bottom = grid.ys[-1]
    for candidate in candidate_rows(loose[end:], {}):
        near = 0 < candidate.top - bottom < FARTHEST_ROW * candidate.lines[0].size
        if not near or not _fills_columns(grid.xs, candidate.lines):
            break
        below.append(candidate)
        bottom = candidate.bottom
    return header, below


def _row(grid: Grid, candidate: CandidateRow) -> Row:
    """The cells of a candidate row by the columns of a grid."""
    cells: list[list[Line]] = [[] for _ in grid.xs[1:]]
    for part in (part for line in candidate.lines for part in cut_line(line, grid.xs[1:-1])):
        cells[_interval(grid.xs, (part.x0 + part.x1) / 2) or 0].append(part)
    return Row(tuple(map(tuple, cells)))


def find_grids(rules: Sequence[Rule]) -> list[Grid]:
    """The grids of several columns that the rules of a page make where they meet; outer sides may
    be open."""
    across = _merged(((r.y0 + r.y1) / 2, r.x0, r.x1) for r in rules if r.x1 - r.x0 > r.y1 - r.y0)
    down = _merged(((r.x0 + r.x1) / 2, r.y0, r.y1) for r in rules if r.x1 - r.x0 < r.y1 - r.y0)
    grids = []
    for horizontals, verticals in _connected(across, down):
        if len(horizontals) < 2:
            continue
        xs, ys = _edges(verticals, horizontals), _edges(horizontals, verticals)
        # One column is a box around text.
        if len(xs) < 3 or len(xs) * len(ys) > MOST_CELLS:
            continue
        walls = frozenset((row, column - 1) for column, row in _covered(verticals, xs, ys))
        floors = frozenset((row - 1, column) for row, column in _covered(horizontals, ys, xs))
        cells = _cells(len(ys) - 1, len(xs) - 1, walls, floors)
        grids.append(Grid(xs, ys, cells, walls))
    return grids


def _edges(spans: Sequence[RuleSpan], across: Sequence[RuleSpan]) -> tuple[float, ...]:
    """Where rules are, and where those across them end beyond: many tables have no outer sides."""
    first, last = min(start for _, start, _ in across), max(end for _, _, end in across)
    edges = sorted({place for place, _, _ in spans})
    before = [first] if first < edges[0] - TOUCHING else []
    after = [last] if last > edges[-1] + TOUCHING else []
    return (*before, *edges, *after)


def _merged(spans: Iterable[RuleSpan]) -> list[RuleSpan]:
    """Rules that stand in one place are put there exactly, and joined where they touch."""
    merged: list[RuleSpan] = []
    for group in in_runs(sorted(spans), lambda run, span: span[0] - run[-1][0] <= TOUCHING):
        middle = sum(place for place, _, _ in group) / len(group)
        ends = sorted((start, end) for _, start, end in group)
        begin, until = ends[0]
        for start, end in ends[1:]:
            if start > until + TOUCHING:
                merged.append((middle, begin, until))
                begin, until = start, end
            until = max(until, end)
        merged.append((middle, begin, until))
    return merged


def _connected(
    horizontals: Sequence[RuleSpan], verticals: Sequence[RuleSpan]
) -> list[tuple[list[RuleSpan], list[RuleSpan]]]:
    """The rules that touch each other, directly or through others, as pairs of horizontal and
    vertical ones; none where there are so many that it is hatching."""
    if len(horizontals) * len(verticals) > MOST_CROSSINGS:
        return []
    groups: list[tuple[set[int], list[RuleSpan]]] = []
    for vertical in verticals:
        x, top, bottom = vertical
        met = {
            index
            for index, (y, left, right) in enumerate(horizontals)
            if left - TOUCHING <= x <= right + TOUCHING and top - TOUCHING <= y <= bottom + TOUCHING
        }
        touched = [group for group in groups if group[0] & met]
        groups = [group for group in groups if not group[0] & met]
        others = [other for group in touched for other in group[1]]
        groups.append((met.union(*(group[0] for group in touched)), [*others, vertical]))
    return [([horizontals[index] for index in sorted(met)], own) for met, own in groups]


def _covered(
    spans: Sequence[RuleSpan], places: Sequence[float], steps: Sequence[float]
) -> Iterator[CellIndex]:
    """For each rule, the number of its place and of each step along it that it covers."""
    for place, start, end in spans:
        for number, (first, last) in enumerate(pairwise(steps)):
            if min(end, last) - max(start, first) >= WALL_SHARE * (last - first):
                yield places.index(place), number


def _cells(
    rows: int, columns: int, walls: frozenset[CellIndex], floors: frozenset[CellIndex]
) -> dict[CellIndex, CellIndex]:
    # Flood fill: what no wall or floor parts from a place is one cell with it.
    cells: dict[CellIndex, CellIndex] = {}
    for first in product(range(rows), range(columns)):
        waiting = [] if first in cells else [first]
        while waiting:
            row, column = place = waiting.pop()
            if place in cells or not (0 <= row < rows and 0 <= column < columns):
                continue
            cells[place] = first
            waiting += [(row, column + 1)] if place not in walls else []
            waiting += [(row, column - 1)] if (row, column - 1) not in walls else []
            waiting += [(row + 1, column)] if place not in floors else []
            waiting += [(row - 1, column)] if (row - 1, column) not in floors else []
    return cells


def _rows(grid: Grid, lines: Sequence[Line]) -> tuple[Row, ...]:
    """The rows with text, lines cut at the walls that they cross."""
    cells: dict[CellIndex, list[Line]] = {}
    for line in lines:
        row, _ = grid.place(line) or (0, 0)
        columns = range(len(grid.xs) - 1)
        walls = [grid.xs[column + 1] for column in columns if (row, column) in grid.walls]
        for part in cut_line(line, walls):
            place = grid.place(part)
            if place:
                cells.setdefault(grid.cells[place], []).append(part)
    rows = sorted({row for row, _ in cells})
    return tuple(
        Row(tuple(tuple(cells.get((row, column), ())) for column in range(len(grid.xs) - 1)))
        for row in rows
    )


def _is_table(rows: Sequence[Row]) -> bool:
    """Two rows of two cells with text, not too long, and not mostly empty."""
    filled = [sum(map(bool, row.cells)) for row in rows]
    columns = len({column for row in rows for column, cell in enumerate(row.cells) if cell})
    if sum(count > 1 for count in filled) < 2 or columns < 2:
        return False
    length = sum(len(row.text) for row in rows) / sum(filled)
    return length <= LONGEST_CELL and sum(filled) >= LEAST_FILLED * columns * len(rows)


def _interval(edges: Sequence[float], value: float) -> int | None:
    place = bisect_right(edges, value) - 1
    return place if 0 <= place < len(edges) - 1 else None
