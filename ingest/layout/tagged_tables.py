"""Lines with tags to tables: the rows and cells that a tagged file itself names."""

from collections.abc import Iterator, Sequence
from itertools import chain

from ingest.layout.lines import Line
from ingest.layout.rows import Row, Table
from ingest.layout.tags import Cell, Place, Role

FEW_ROWS = 3  # a table with no more may lay out a page ...
LONG_CELL = 1_500  # ... where a cell holds more characters than this


class _Tagged:
    """The lines of one tagged table by row and column; both are in order of their place."""

    def __init__(self) -> None:
        self.rows: dict[Place, dict[Place, list[Line]]] = {}
        self.heads: dict[Place, bool] = {}

    def add(self, cell: Cell, line: Line) -> None:
        self.rows.setdefault(cell.row, {}).setdefault(cell.column, []).append(line)
        self.heads[cell.row] = self.heads.get(cell.row, True) and cell.head

    def is_table(self) -> bool:
        """Several rows, one of them of several cells that stand beside each other, and no cell
        with a whole page in it."""
        cells = [cell for row in self.rows.values() for cell in row.values()]
        longest = max(sum(len(line.text) for line in cell) for cell in cells)
        if len(self.rows) < 2 or (len(self.rows) <= FEW_ROWS and longest > LONG_CELL):
            return False
        wide = [list(row.values()) for row in self.rows.values() if len(row) > 1]
        return 2 * sum(map(_stands_beside, wide)) > len(wide)

    def table(self) -> Table:
        """Rows as wide as the widest, in the order of the file."""
        width = max(map(len, self.rows.values()))
        rows = []
        for _, row in sorted(self.rows.items()):
            cells = [tuple(lines) for _, lines in sorted(row.items())]
            rows.append(Row((*cells, *[()] * (width - len(cells)))))
        return Table(tuple(rows), self._count_heads())

    def _count_heads(self) -> int | None:
        """The first rows that are tagged as header; None where that says nothing."""
        flags = [self.heads[place] for place in sorted(self.rows)]
        count = flags.index(False) if False in flags else 0
        return count if 0 < count <= FEW_ROWS else None


def with_tagged_tables(pages: Sequence[Sequence[Line]]) -> list[list[Line | Table]]:
    """The lines of each page, those of each tagged table replaced by it where it begins. Tables
    that only lay out a page are left as they are drawn."""
    found: dict[Place, _Tagged] = {}
    for line in chain.from_iterable(pages):
        for cell in _cells(line):
            found.setdefault(cell.table, _Tagged()).add(cell, line)
    tables = {place: tagged for place, tagged in found.items() if tagged.is_table()}
    given: set[Place] = set()
    return [list(_replaced(lines, tables, given)) for lines in pages]


def _replaced(
    lines: Sequence[Line], tables: dict[Place, _Tagged], given: set[Place]
) -> Iterator[Line | Table]:
    for line in lines:
        place = next((cell.table for cell in _cells(line) if cell.table in tables), None)
        if place is None:
            yield line
        elif place not in given:
            given.add(place)
            yield tables[place].table()


def _cells(line: Line) -> tuple[Cell, ...]:
    if line.tag is None or line.tag.role in (Role.NOTE, Role.ARTIFACT):
        return ()
    return tuple(cell for cell in line.tag.cells if cell.column)


def _stands_beside(cells: Sequence[Sequence[Line]]) -> bool:
    """Whether the cells of a row share some height of a page."""
    first, second = ((cell[0].page, cell[0].y0, cell[-1].y1) for cell in cells[:2])
    return first[0] != second[0] or (first[1] < second[2] and second[1] < first[2])
