"""What a tagged file says of a piece of text: its role, its element and its table cell."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

Place: TypeAlias = tuple[int, ...]
"""Where an element stands in the tree: the index of each child from the root. It is the same on
every page, so it tells whether two pieces of text are of one element."""


class Role(Enum):
    """What an element is, as far as it changes how a document is laid out."""

    TEXT = "text"
    HEADING = "heading"
    TITLE = "title"
    ITEM = "item"
    CAPTION = "caption"
    NOTE = "note"
    CONTENTS = "contents"
    ARTIFACT = "artifact"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a tagged table."""

    table: Place
    row: Place
    column: Place
    head: bool


@dataclass(frozen=True, slots=True)
class Tag:
    """The element around a piece of text.

    `level` is the depth of a heading (from 1) or of a list (from 1; 0 outside of lists), `item`
    the list item around, `cells` the table cells around from the outermost table.
    """

    role: Role
    place: Place = ()
    level: int = 0
    item: Place = ()
    cells: tuple[Cell, ...] = ()


ARTIFACT = Tag(Role.ARTIFACT)
"""Text that the file says is no part of the document: running headers, page numbers."""
