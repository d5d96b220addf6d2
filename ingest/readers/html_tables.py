"""The tags of a table of a web page to its rows; a table may only arrange the page."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.readers.clean import clean
from ingest.readers.spans import Cell, spanned_heads, spread
from ingest.readers.tables import table_blocks
from search.types import Block, BlockKind, Part

MOST_SPAN = 1000  # browsers take no wider cells (HTML Standard)
LINE_BREAK = "\v"


@dataclass(slots=True)
class Table:
    """One table while it is being read; a `layout` table only arranges the page."""

    layout: bool = False
    cell: list[str] | None = None
    _rows: list[list[Cell]] = field(default_factory=list)
    _heads: list[bool] = field(default_factory=list)
    _spans: tuple[int, int] = (1, 1)
    _in_head: bool = False

    def open(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag within the table begins; rows and cells may be left unclosed."""
        if tag in ("thead", "tbody", "tfoot"):
            self._in_head = tag == "thead"
        if tag in ("tr", "td", "th"):
            self.end_cell()
        if tag == "tr" or (tag in ("td", "th") and not self._rows):
            self._rows.append([])
            self._heads.append(True)
        if tag in ("td", "th"):
            self.cell = []
            self._spans = _span(attributes, "colspan"), _span(attributes, "rowspan")
            self._heads[-1] &= tag == "th" or self._in_head

    def end_cell(self) -> None:
        """The cell that is open ends."""
        if self.cell is not None:
            lines = "".join(self.cell).replace(LINE_BREAK, "\n").split("\n")
            text = "\n".join(map(clean, lines)).strip("\n")
            self._rows[-1].append(Cell(text, *self._spans))
            self.cell = None

    def clear(self) -> None:
        """Forget the rows: they have been read."""
        self._rows, self._heads = [], []

    def blocks(self) -> Iterator[Block]:
        """The rows, or the paragraphs of what is no table."""
        if self.layout or all(len(row) < 2 for row in self._rows):
            lines = (line for row in self._rows for cell in row for line in cell.text.split("\n"))
            yield from (Block(BlockKind.PARAGRAPH, (Part(1, line),)) for line in lines if line)
            return
        last = len(self._rows) - 1
        heads = self._heads.index(False) if False in self._heads else last
        yield from table_blocks(spread(self._rows), heads or spanned_heads(self._rows) or None)


def _span(attributes: dict[str, str], name: str) -> int:
    value = attributes.get(name, "").strip()
    return min(max(int(value), 1), MOST_SPAN) if value.isascii() and value.isdigit() else 1
