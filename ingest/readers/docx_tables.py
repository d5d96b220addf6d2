"""A Word table to cells that know what they span, and what its look says of its first row."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from docx.oxml.ns import qn
from lxml.etree import _Element

from ingest.readers.docx_styles import Styles, is_on
from ingest.readers.spans import Cell, spanned_heads
from search.types import BlockKind

PARAGRAPH, TABLE, RUN, TEXT = qn("w:p"), qn("w:tbl"), qn("w:r"), qn("w:t")
# What may stand between a container and what it holds.
WRAPPERS = frozenset(map(qn, ("w:sdt", "w:sdtContent", "w:ins", "w:moveTo", "w:customXml")))
NESTED_SHARE = 0.5  # a table with more than this of its text in inner tables only arranges them


@dataclass(frozen=True, slots=True)
class _Place:
    """A cell as the file gives it: also one that only goes on a merge from above."""

    element: _Element
    column: int
    across: int
    goes_on: bool


def children(container: _Element, *tags: str) -> Iterator[_Element]:
    """The children with these tags, also those inside content controls."""
    for child in container:
        if child.tag in tags:
            yield child
        elif child.tag in WRAPPERS:
            yield from children(child, *tags)


def table_cells(table: _Element) -> list[list[_Element]]:
    """The cells of each row, as the file gives them."""
    return [list(children(row, qn("w:tc"))) for row in children(table, qn("w:tr"))]


def only_arranges(table: _Element, styles: Styles) -> bool:
    """Whether the table is a frame around text: one column, text under headings, other tables."""
    rows = table_cells(table)
    if all(len(row) < 2 for row in rows):
        return True
    inner = sum(_length(nested) for nested in table.iterdescendants(TABLE))
    return inner > NESTED_SHARE * _length(table) or any(
        _has_section(cell, styles) for row in rows for cell in row
    )


def merged_rows(table: _Element, tell: Callable[[_Element], str]) -> list[list[Cell]]:
    """The rows of the table; `tell` gives the text of a cell and is asked once for each."""
    rows = [list(_places(row)) for row in children(table, qn("w:tr"))]
    merged: list[list[Cell]] = []
    for number, row in enumerate(rows):
        own = [place for place in row if not place.goes_on]
        merged.append([Cell(tell(p.element), p.across, _down(rows[number:], p)) for p in own])
    return merged


def head_rows(table: _Element, rows: Sequence[Sequence[Cell]], styles: Styles) -> int | None:
    """How many rows name the columns: what the table says, then what its look says (None: no
    sign of either)."""
    elements = list(children(table, qn("w:tr")))
    flags = [is_on(row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}")) for row in elements]
    said = flags.index(False) if False in flags else 0
    if said or len(rows) < 2:
        return said or None
    spanned = spanned_heads(rows)
    if spanned:
        return spanned
    looks = [[_stands_out(cell, styles) for cell in row] for row in table_cells(table)]
    last = next((number for number, look in enumerate(looks) if len(look) > 1), 0)
    if all(map(all, looks[: last + 1])) and not all(map(all, looks[last + 1 :])):
        return last + 1
    labels = all(row[:1] == [True] for row in looks)
    return 0 if labels and not any(any(row[1:]) for row in looks) else None


def _places(row: _Element) -> Iterator[_Place]:
    before = row.find(f"{qn('w:trPr')}/{qn('w:gridBefore')}")
    column = 0 if before is None else int(before.get(qn("w:val")) or "0")
    for cell in children(row, qn("w:tc")):
        span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
        merge = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
        across = 1 if span is None else max(1, int(span.get(qn("w:val")) or "1"))
        goes_on = merge is not None and merge.get(qn("w:val")) != "restart"
        yield _Place(cell, column, across, goes_on)
        column += across


def _down(rows: Sequence[Sequence[_Place]], origin: _Place) -> int:
    """How many rows the cell takes; the first of `rows` is its own."""
    down = 1
    for row in rows[1:]:
        if not any(place.goes_on and place.column == origin.column for place in row):
            break
        down += 1
    return down


def _has_section(cell: _Element, styles: Styles) -> bool:
    """Whether a cell holds a heading with text under it."""
    kinds = [
        styles.look(paragraph).kind
        for paragraph in children(cell, PARAGRAPH)
        if _length(paragraph) > 0
    ]
    return BlockKind.HEADING in kinds[:-1]


def _stands_out(cell: _Element, styles: Styles) -> bool:
    """Whether all of a cell is bold or its ground is coloured."""
    shade = cell.find(f"{qn('w:tcPr')}/{qn('w:shd')}")
    fill = "auto" if shade is None else shade.get(qn("w:fill")) or "auto"
    if fill.lower() not in {"auto", "ffffff"}:
        return True
    runs = [
        (run, paragraph)
        for paragraph in cell.iter(PARAGRAPH)
        for run in paragraph.iter(RUN)
        if _length(run) > 0
    ]
    return bool(runs) and all(styles.font(run, paragraph).bold for run, paragraph in runs)


def _length(element: _Element) -> int:
    return sum(len((text.text or "").strip()) for text in element.iter(TEXT))
