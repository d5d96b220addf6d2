"""Finds tables by their ruling lines: the rules of a page make grids, and the text lines in the
cells of a grid make a fragment of a table.

Rows without rules of their own right above or below a grid, and unshaded rows between shaded ones,
belong to it too.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from ingest.pdf.aligned_tables import CandidateRow, candidate_rows
from ingest.pdf.lines import Line, Rule, cut_line
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
            above, rows, below = _with_neighbours(grid, rows, inside, loose)
            inside = [*above, *inside, *below]
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
        above = next((other for other in reversed(result) if _same_columns(other, grid)), None)
        if above is None or not _fills_columns(above.xs, _lines_between(above, grid, lines)):
            result.append(grid)
        else:
            result[result.index(above)] = _joined_grids(above, grid)
    return result


def _same_columns(first: Grid, second: Grid) -> bool:
    return len(first.xs) == len(second.xs) and all(
        abs(one - other) <= TOUCHING for one, other in zip(first.xs, second.xs, strict=True)
    )


def _lines_between(above: Grid, below: Grid, lines: Sequence[Line]) -> list[Line]:
    return [
        line
        for line in lines
        if above.ys[-1] <= line.baseline - line.size / 3 < below.ys[0]
        and above.xs[0] < (line.x0 + line.x1) / 2 < above.xs[-1]
    ]


def _fills_columns(xs: Sequence[float], lines: Sequence[Line]) -> bool:
    """Whether lines fill several columns and cross none."""
    parts = [part for line in lines for part in cut_line(line, xs[1:-1])]
    columns = [_interval(xs, (part.x0 + part.x1) / 2) for part in parts]
    return len(set(columns)) > 1 and all(
        column is not None
        and part.x0 > xs[column] - TOUCHING
        and part.x1 < xs[column + 1] + TOUCHING
        for column, part in zip(columns, parts, strict=True)
    )


def _joined_grids(above: Grid, below: Grid) -> Grid:
    """One grid, the space between them a row of it."""
    gap, shift = len(above.ys) - 1, len(above.ys)
    columns = range(len(above.xs) - 1)
    moved = {(r + shift, c): (fr + shift, fc) for (r, c), (fr, fc) in below.cells.items()}
    between = {(gap, column): (gap, column) for column in columns}
    walls = {*above.walls, *between, *((row + shift, c) for row, c in below.walls)}
    cells = {**above.cells, **between, **moved}
    return Grid(above.xs, (*above.ys, *below.ys), cells, frozenset(walls))


def _with_neighbours(
    grid: Grid, rows: tuple[Row, ...], inside: Sequence[Line], loose: Sequence[Line]
) -> tuple[Sequence[Line], tuple[Row, ...], Sequence[Line]]:
    """The rows with the header right above the grid and the rows right below it that have no rules
    of their own, and the lines of both."""
    start, end = loose.index(inside[0]), loose.index(inside[-1]) + 1
    header = [
        candidate
        for candidate in list(candidate_rows(loose[:start], {}))[-1:]
        if _names_columns(grid, candidate)
    ]
    below: list[CandidateRow] = []
    bottom = grid.ys[-1]
    for candidate in candidate_rows(loose[end:], {}):
        near = 0 < candidate.top - bottom < FARTHEST_ROW * candidate.lines[0].size
        if not near or not _fills_columns(grid.xs, candidate.lines):
            break
        below.append(candidate)
        bottom = candidate.bottom
    made = (
        *(_row(grid, candidate) for candidate in header),
        *rows,
        *(_row(grid, candidate) for candidate in below),
    )
    lines = [
        [line for candidate in candidates for line in candidate.lines]
        for candidates in (header, below)
    ]
    return lines[0], made, lines[1]


def _names_columns(grid: Grid, candidate: CandidateRow) -> bool:
    """Whether a candidate row right above a grid has text in all of its columns."""
    near = 0 < grid.ys[0] - candidate.bottom < candidate.lines[0].size
    if not near or not _fills_columns(grid.xs, candidate.lines):
        return False
    return all(_row(grid, candidate).cells)


def _row(grid: Grid, candidate: CandidateRow) -> Row:
    """The cells of a candidate row by the columns of a grid."""
    cells: list[list[Line]] = [[] for _ in grid.xs[1:]]
    for part in (part for line in candidate.lines for part in cut_line(line, grid.xs[1:-1])):
        cells[_interval(grid.xs, (part.x0 + part.x1) / 2) or 0].append(part)
    return Row(tuple(map(tuple, cells)))


def find_grids(rules: Sequence[Rule]) -> list[Grid]:
    """The grids that the rules of a page make where they meet; outer sides may be open."""
    if not rules:
        return []
    horizontals = _merged(
        ((r.y0 + r.y1) / 2, r.x0, r.x1) for r in rules if r.x1 - r.x0 > r.y1 - r.y0
    )
    verticals = _merged(((r.x0 + r.x1) / 2, r.y0, r.y1) for r in rules if r.x1 - r.x0 < r.y1 - r.y0)
    grids = (_grid(*group) for group in _connected(horizontals, verticals))
    return [grid for grid in grids if grid is not None]


def _merged(spans: Iterable[RuleSpan]) -> list[RuleSpan]:
    """Rules that stand in one place are put there exactly, and joined where they touch."""
    groups: list[list[RuleSpan]] = []
    for span in sorted(spans):
        if groups and span[0] - groups[-1][-1][0] <= TOUCHING:
            groups[-1].append(span)
        else:
            groups.append([span])
    return [joined for group in groups for joined in _joined(group)]


def _joined(group: Sequence[RuleSpan]) -> Iterator[RuleSpan]:
    middle = sum(place for place, _, _ in group) / len(group)
    spans = sorted((start, end) for _, start, end in group)
    begin, until = spans[0]
    for start, end in spans[1:]:
        if start > until + TOUCHING:
            yield middle, begin, until
            begin = start
        until = end if start > until + TOUCHING else max(until, end)
    yield middle, begin, until


def _connected(
    horizontals: Sequence[RuleSpan], verticals: Sequence[RuleSpan]
) -> list[tuple[list[RuleSpan], list[RuleSpan]]]:
    """The rules that touch each other, directly or through others, as pairs of horizontal and
    vertical ones; none where there are so many that it is hatching."""
    if len(horizontals) * len(verticals) > MOST_CROSSINGS:
        return []
    groups: list[tuple[set[int], list[int]]] = []
    for number, vertical in enumerate(verticals):
        met = {
            index for index, horizontal in enumerate(horizontals) if _touch(horizontal, vertical)
        }
        touched = [group for group in groups if group[0] & met]
        groups = [group for group in groups if not group[0] & met]
        others = [index for group in touched for index in group[1]]
        groups.append((met.union(*(group[0] for group in touched)), [*others, number]))
    return [
        ([horizontals[index] for index in sorted(met)], [verticals[index] for index in own])
        for met, own in groups
    ]


def _touch(horizontal: RuleSpan, vertical: RuleSpan) -> bool:
    y, left, right = horizontal
    x, top, bottom = vertical
    return left - TOUCHING <= x <= right + TOUCHING and top - TOUCHING <= y <= bottom + TOUCHING


def _grid(horizontals: Sequence[RuleSpan], verticals: Sequence[RuleSpan]) -> Grid | None:
    """The grid of rules that touch, if it has several columns."""
    if len(horizontals) < 2:
        return None
    xs = _edges([vertical[0] for vertical in verticals], horizontals)
    ys = _edges([horizontal[0] for horizontal in horizontals], verticals)
    # One column is a box around text.
    if len(xs) < 3 or len(xs) * len(ys) > MOST_CELLS:
        return None
    walls = frozenset((row, column - 1) for column, row in _covered(verticals, xs, ys))
    floors = frozenset((row - 1, column) for row, column in _covered(horizontals, ys, xs))
    return Grid(xs, ys, _cells(len(ys) - 1, len(xs) - 1, walls, floors), walls)


def _edges(places: Sequence[float], across: Sequence[RuleSpan]) -> tuple[float, ...]:
    """Where rules are, and where those across them end beyond: many tables have no outer sides."""
    first, last = min(span[1] for span in across), max(span[2] for span in across)
    edges = sorted(set(places))
    before = [first] if first < edges[0] - TOUCHING else []
    after = [last] if last > edges[-1] + TOUCHING else []
    return (*before, *edges, *after)


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
    for first in ((row, column) for row in range(rows) for column in range(columns)):
        waiting = [] if first in cells else [first]
        while waiting:
            row, column = place = waiting.pop()
            if place in cells:
                continue
            cells[place] = first
            beside = [(row, column + 1)] if place not in walls else []
            beside += [(row, column - 1)] if (row, column - 1) not in walls else []
            beside += [(row + 1, column)] if place not in floors else []
            beside += [(row - 1, column)] if (row - 1, column) not in floors else []
            waiting += [(r, c) for r, c in beside if 0 <= r < rows and 0 <= c < columns]
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
