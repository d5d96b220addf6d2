"""Turns tables, however they were found, into groups: table rows and agenda items with their
header. Also joins the fragments of a table over pages and reads the tables that a file tags.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, compress, pairwise, zip_longest
from typing import TypeAlias

from ingest.pdf.lines import Cell, ElementPath, Line, Role
from ingest.pdf.paragraphs import Group
from ingest.readers.tables import SEPARATOR, count_heads, names_column
from search.documents import BlockKind
from search.text.times import is_day, time_cell

SENTENCE_ENDS = (".", "!", "?", ".”", '."', ".»")
# «3,5 %», «US$ 1.200», «(40)»: nothing but a figure, which no name of a column is.
FIGURES = re.compile(r"[(+-]?\s?(?:[$€%]|USD|US\$)?\s?\d[\d.,\s]*\s?[%)€$]?")
MOST_HEADER_ROWS = 3
LONGEST_ABBREVIATION = 10  # characters: «D.N.I.» names a column though it ends with a stop
MOST_FIGURES = 0.7  # of the rows under a header have figures
SAME_EDGE = 6.0  # points: columns that stand in one place on two pages

ROW_NUMBER = re.compile(r"^\d{1,4}[.)º°]?$")
FEWEST_NUMBERS = 4  # numbers under each other in one cell that count rows
BASELINE_SLACK = 0.4  # em

Cells: TypeAlias = tuple[tuple[Line, ...], ...]
"""The lines of each cell of a row."""

FEW_ROWS = 3  # a table with no more may lay out a page ...
LONG_CELL = 1_500  # ... where a cell holds more characters than this


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table. A cell is its lines in reading order; none where it is empty or merged
    into another."""

    cells: tuple[tuple[Line, ...], ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Each cell as one string, for judging: word breaks are not mended."""
        return tuple(" ".join(line.text for line in cell) for cell in self.cells)

    @property
    def text(self) -> str:
        """The cells that have text, joined as a reader sees them."""
        return SEPARATOR.join(filter(None, self.texts))

    @property
    def page(self) -> int:
        """Where the row starts. It must have text."""
        return next(line.page for cell in self.cells for line in cell)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one table, over all its pages. `header_rows` says how many name the table and
    its columns (None: judge by the cells)."""

    rows: tuple[Row, ...]
    header_rows: int | None = None


@dataclass(frozen=True, slots=True)
class TableFragment:
    """What one page has of a table: rows of as many cells as there are columns, the lines from
    which they were made, and where each column starts. A fragment that is not `sure`, such as a
    grid of one row, is a table only if it goes on with the one before."""

    rows: tuple[Row, ...]
    lines: tuple[Line, ...]
    column_starts: tuple[float, ...]
    sure: bool = True


def row_groups(table: Table) -> list[Group]:
    """One group a row that has text, with the cells above it as its header.

    A row that opens with a time is an agenda item. Header rows are groups too, so that no text
    is lost; but where they are repeated on a later page they are left out.
    """
    split = (Row(cells) for row in table.rows for cells in split_stacked_rows(row.cells))
    rows = [row for row in split if row.text]
    header_rows = _count_heads(rows) if table.header_rows is None else table.header_rows
    named = {row.text: row.page for row in rows[:header_rows]}
    header, groups = "", []
    for number, row in enumerate(rows):
        if named.get(row.text, row.page) < row.page:
            continue  # the header, printed again on a later page
        kind = BlockKind.AGENDA_ITEM if time_cell(row.text) else BlockKind.TABLE_ROW
        # The lines cell by cell, also where a cell goes on on the next page.
        lines = tuple(chain.from_iterable(row.cells))
        starts = accumulate(map(len, row.cells))
        opens = dict.fromkeys(start for start in starts if 0 < start < len(lines))
        groups.append(Group(kind, lines, header=header, cells=tuple(opens)))
        # A day over the rows of a timetable is given to them by `with_days`.
        if number < header_rows and kind is BlockKind.TABLE_ROW and not is_day(row.text):
            header = SEPARATOR.join(filter(None, (header, row.text)))
    return groups


def _count_heads(rows: Sequence[Row]) -> int:
    """How many rows are the header: by the words of the cells, by bold over plain rows, or by names
    over rows that nearly all have figures behind their first cell."""
    texts = [row.texts for row in rows]
    header_rows = count_heads(texts)
    if header_rows or len(rows) < 2 or sum(map(bool, rows[0].cells)) < 2:
        return header_rows
    bold = [all(line.bold for cell in row.cells for line in cell) for row in rows]
    # Where many rows are bold, boldness is not what marks the header.
    if bold[0] and not bold[1] and 3 * sum(bold) <= len(bold) + 2:
        return 1
    figures = [any(map(FIGURES.fullmatch, row[1:])) for row in texts]
    header_rows = figures.index(True) if True in figures else 0
    body = figures[header_rows:]
    if header_rows > MOST_HEADER_ROWS or len(body) < 2 or sum(body) < MOST_FIGURES * len(body):
        return 0
    names = filter(None, chain.from_iterable(texts[:header_rows]))
    short = (name.rstrip(".") if len(name) <= LONGEST_ABBREVIATION else name for name in names)
    return header_rows if all(map(names_column, short)) else 0


def join_fragments(items: Sequence[Line | TableFragment]) -> list[Line | Table]:
    """Join fragments that follow each other with the same columns to one table; a fragment that is
    not sure and follows none becomes lines again."""
    result: list[Line | Table] = []
    last: TableFragment | None = None
    for item in items:
        if not isinstance(item, TableFragment):
            last = None
            result.append(item)
        elif last and _continues_table(last, item):
            last = replace(item, rows=appended(last.rows, item.rows), sure=True)
            result[-1] = Table(last.rows)
        elif item.sure:
            last = item
            result.append(Table(item.rows))
        else:
            last = None
            result.extend(item.lines)
    return [item if isinstance(item, Line) else _without_empty(item) for item in result]


def _without_empty(table: Table) -> Table:
    """Without the columns in which no row has text."""
    used = [any(column) for column in zip(*(row.cells for row in table.rows), strict=True)]
    return Table(tuple(Row(tuple(compress(row.cells, used))) for row in table.rows))


def _continues_table(last: TableFragment, fragment: TableFragment) -> bool:
    """On the next page or column, with the columns in the same places."""
    if len(last.column_starts) != len(fragment.column_starts):
        return False
    below = last.lines[0].baseline < fragment.lines[0].baseline
    if below and last.rows[-1].page == fragment.rows[0].page:
        return False
    # In the next column, or on a page with another margin, all columns are shifted alike.
    shifts = [
        new - old for old, new in zip(last.column_starts, fragment.column_starts, strict=True)
    ]
    return all(abs(shift - shifts[0]) <= SAME_EDGE for shift in shifts)


def appended(rows: Sequence[Row], more: Sequence[Row]) -> tuple[Row, ...]:
    """Rows of one table on two pages: the first new one, after a repeated header, is joined to
    the last where that goes on. The repeated header is left out."""
    repeated = 0
    while repeated < min(len(rows), len(more)) and rows[repeated].text == more[repeated].text:
        repeated += 1
    new = more[repeated:]
    if not new or not _continues_row(rows, new[0]):
        return (*rows, *new)
    pairs = zip_longest(rows[-1].cells, new[0].cells, fillvalue=())
    return (*rows[:-1], Row(tuple(first + second for first, second in pairs)), *new[1:])


def _continues_row(rows: Sequence[Row], row: Row) -> bool:
    """Whether a row goes on with the last: a word was broken, each of its cells starts small, or
    cells are empty that no other row leaves empty and nothing before it has ended."""
    pairs = [(old, new) for old, new in zip(rows[-1].cells, row.cells, strict=False) if new]
    # Text under a cell that was empty is a new cell.
    if any(not old for old, _ in pairs):
        return False
    small = all(new[0].text[:1].islower() for _, new in pairs)
    if small or any(old[-1].hyphen for old, _ in pairs):
        return True
    ended = any(old[-1].text.endswith(SENTENCE_ENDS) for old, _ in pairs)
    empty = [column for column, cell in enumerate(row.cells) if not cell]
    return not ended and any(all(other.cells[column] for other in rows) for column in empty)


def split_stacked_rows(row: Cells) -> list[Cells]:
    """The rows that a row really is: each line of a cell opens one where those are times with a
    text behind or beside each, or numbers with as many lines beside them; else the row itself.
    What stands left of the times is a row before them."""
    if len({line.page for cell in row for line in cell}) > 1:
        return [row]
    for column, cell in enumerate(row):
        opens = _opening_lines(cell, row[column + 1 :])
        if len(opens) < 2:
            continue
        # Each other line belongs to the last opening one that is not below it.
        edges = [line.baseline - BASELINE_SLACK * line.size for line in opens[1:]]
        rows: list[Cells] = [
            tuple(tuple(x for x in other if start <= x.baseline < end) for other in row[column:])
            for start, end in pairwise([-math.inf, *edges, math.inf])
        ]
        for first, *others in rows if time_cell(opens[0].text) else ():
            beside = next(filter(None, others), ())
            own = first and 0 < time_cell(first[0].text) < len(first[0].text)
            # Text of its own: behind its time, or in a cell that does not go on from above.
            if not own and not (beside and not beside[0].text[:1].islower()):
                return [row]
        # «Mañana» beside two times is a row of its own, else the first time would claim it.
        left = row[:column]
        before = [(*left, *[()] * len(row[column:]))] if any(left) else []
        return [*before, *((*[()] * column, *cells) for cells in rows)]
    return [row]


def _opening_lines(cell: Sequence[Line], others: Sequence[Sequence[Line]]) -> list[Line]:
    """The lines of a cell that open a row: times which are not the second half of a range, or
    numbers with a line of another cell beside each."""
    opens: list[Line] = []
    for last, line in zip([None, *cell], cell, strict=False):
        ranged = last and (last.hyphen or last.text.endswith(("-", "–", "—", " a")))
        if time_cell(line.text) and not ranged:
            opens.append(line)
    if opens and opens[0] is cell[0]:
        return opens
    if len(cell) < FEWEST_NUMBERS or not all(ROW_NUMBER.match(line.text) for line in cell):
        return []
    for other in others:
        if len(other) == len(cell) and all(
            abs(one.baseline - two.baseline) < one.size / 2
            for one, two in zip(cell, other, strict=True)
        ):
            return list(cell)
    return []


class _TaggedTable:
    """The lines of one tagged table by row and column; both are in order of their place."""

    def __init__(self) -> None:
        self.rows: dict[ElementPath, dict[ElementPath, list[Line]]] = {}
        self.header_rows: dict[ElementPath, bool] = {}

    def is_table(self) -> bool:
        """Whether there are several rows, most wider ones with cells beside each other, and no cell
        with a whole page in it: many files lay out a page or a letterhead with a table."""
        cells = [cell for row in self.rows.values() for cell in row.values()]
        longest = max(sum(len(line.text) for line in cell) for cell in cells)
        if len(self.rows) < 2 or (len(self.rows) <= FEW_ROWS and longest > LONG_CELL):
            return False
        wide = beside = 0
        for row in self.rows.values():
            if len(row) > 1:
                # The first cells share some height of a page.
                first, second, *_ = ((cell[0], cell[-1].y1) for cell in row.values())
                level = first[0].y0 < second[1] and second[0].y0 < first[1]
                beside += level or first[0].page != second[0].page
                wide += 1
        return 2 * beside > wide

    def table(self) -> Table:
        """Rows as wide as the widest, in the order of the file, and how many of the first are
        tagged as header (None where that says nothing)."""
        width = max(map(len, self.rows.values()))
        rows = []
        for _, row in sorted(self.rows.items()):
            cells = [tuple(lines) for _, lines in sorted(row.items())]
            rows.append(Row((*cells, *[()] * (width - len(cells)))))
        flags = [flag for _, flag in sorted(self.header_rows.items())]
        count = flags.index(False) if False in flags else 0
        return Table(tuple(rows), count if 0 < count <= FEW_ROWS else None)


def with_tagged_tables(pages: Sequence[Sequence[Line]]) -> Iterator[Line | Table]:
    """The lines of all pages, those of each tagged table replaced by it where it begins. Tables
    that only lay out a page are left as they are drawn."""
    found: dict[ElementPath, _TaggedTable] = defaultdict(_TaggedTable)
    for line in chain.from_iterable(pages):
        for cell in _cells(line):
            tagged = found[cell.table]
            tagged.rows.setdefault(cell.row, {}).setdefault(cell.column, []).append(line)
            tagged.header_rows[cell.row] = tagged.header_rows.get(cell.row, True) and cell.is_header
    tables = {path: tagged.table() for path, tagged in found.items() if tagged.is_table()}
    placed: set[ElementPath] = set()
    for line in chain.from_iterable(pages):
        path = next((cell.table for cell in _cells(line) if cell.table in tables), None)
        if path is None:
            yield line
        elif path not in placed:
            placed.add(path)
            yield tables[path]


def _cells(line: Line) -> tuple[Cell, ...]:
    if line.tag is None or line.tag.role in (Role.NOTE, Role.ARTIFACT):
        return ()
    return tuple(cell for cell in line.tag.cells if cell.column)
