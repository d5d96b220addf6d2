"""The blocks of a reading to the stored text of its pages, and where each block stands in it."""

from dataclasses import dataclass

from search.types import Block, BlockKind, Box, Page, PageShape, Reading


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one page's stored text that belongs to one block."""

    page: int
    start: int
    text: str
    boxes: tuple[Box, ...]

    @property
    def end(self) -> int:
        """Where the stretch ends in the page text."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Placed:
    """A block and where its parts stand in the stored pages."""

    block: Block
    pieces: tuple[Piece, ...]


def make_pages(reading: Reading) -> tuple[Page, ...]:
    """The stored text of each page: its blocks' parts, a line each, notes last.

    Pages without text are kept, so that page `n` of the file is page `n` here.
    """
    texts, _ = _compose(reading)
    shapes = {shape.number: shape for shape in reading.shapes}
    numbers = sorted(set(texts) | set(shapes) | ({1} if not reading.paged else set()))
    return tuple(_page(number, texts.get(number, ""), shapes.get(number)) for number in numbers)


def place_blocks(reading: Reading) -> tuple[Placed, ...]:
    """The blocks in reading order with their places in the texts that `make_pages` gives."""
    _, places = _compose(reading)
    return tuple(
        Placed(block, tuple(places[index, number] for number in range(len(block.parts))))
        for index, block in enumerate(reading.blocks)
        if block.parts
    )


def _compose(reading: Reading) -> tuple[dict[int, str], dict[tuple[int, int], Piece]]:
    texts: dict[int, list[str]] = {}
    lengths: dict[int, int] = {}
    places: dict[tuple[int, int], Piece] = {}
    blocks = sorted(enumerate(reading.blocks), key=lambda item: _is_note(item[1]))
    for index, block in blocks:
        for number, part in enumerate(block.parts):
            start = lengths.get(part.page, -1) + 1
            places[index, number] = Piece(part.page, start, part.text, part.boxes)
            texts.setdefault(part.page, []).append(part.text)
            lengths[part.page] = start + len(part.text)
    return {page: "\n".join(parts) for page, parts in texts.items()}, places


def _is_note(block: Block) -> bool:
    return block.kind is BlockKind.FOOTNOTE


def _page(number: int, text: str, shape: PageShape | None) -> Page:
    if shape is None:
        return Page(number, text)
    return Page(
        number=number,
        text=text,
        label=shape.label,
        width=shape.width,
        height=shape.height,
        method=shape.method,
        confidence=shape.confidence,
        hidden=shape.hidden,
    )
