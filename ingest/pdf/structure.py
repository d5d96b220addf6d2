"""The structure tree of a tagged PDF to the tag of each piece of marked content, page by page."""

import ctypes
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TypeAlias

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ingest.pdf.lines import Cell, Place, Role, Tag

MOST_SLOTS = 20_000  # children looked at on one page
MOST_IN_ALL = 4_000_000  # and in the whole file: real ones have some hundred thousand
DEEPEST = 40
MANY = 100  # children: more are not looked through on every page
BACK = 30  # children: how far the order of the tree may differ from that of the pages
LONG = 60  # children of other pages in a row: the page has no more

BLOCKS = {
    "P": Role.TEXT,
    "BlockQuote": Role.TEXT,
    "BibEntry": Role.TEXT,
    "Caption": Role.CAPTION,
    "Note": Role.NOTE,
    "FENote": Role.NOTE,
    "Footnote": Role.NOTE,
    "Endnote": Role.NOTE,
    "Title": Role.TITLE,
    "TOCI": Role.CONTENTS,
}
LEVELS = {"H": 1, "H1": 1, "H2": 2, "H3": 3, "H4": 4, "H5": 5, "H6": 6}
KEPT = (Role.NOTE, Role.CAPTION, Role.CONTENTS)
"""Roles that paragraphs inside take on."""
CELLS = ("TD", "TH")
NO_TAG = Tag(Role.TEXT)

Element: TypeAlias = object
Child: TypeAlias = tuple[int, Element | None, int]
"""Its index among its siblings, and the element or else the number of its marked content."""


@dataclass(slots=True)
class _Seen:
    """Which of very many children earlier pages had: where each run of them ended last, and those
    that were on several pages, such as an element around all notes."""

    fronts: list[int] = field(default_factory=list)
    again: set[int] = field(default_factory=set)
    last: set[int] = field(default_factory=set)

    def add(self, indices: Iterable[int]) -> None:
        """What the next page had."""
        new = set(indices)
        self.again |= new & self.last
        self.last = new
        ordered = sorted(new | set(self.fronts))
        pairs = zip_longest(ordered, ordered[1:])
        self.fronts = [x for x, after in pairs if after is None or after - x > LONG]


@dataclass(slots=True)
class TagReader:
    """Reads the tags of one document; holds what many pages share: the names of elements, and
    where their children are."""

    document: pdfium.PdfDocument
    slots: int = 0
    types: dict[Place, str] = field(default_factory=dict)
    seen: dict[Place, _Seen] = field(default_factory=dict)

    def page_tags(self, page: pdfium.PdfPage) -> dict[int, Tag]:
        """The tag of each marked content of a page, by its number; empty where the file is not
        tagged or its tree is larger than any honest one."""
        if self.slots > MOST_IN_ALL or not pdfium_c.FPDFCatalog_IsTagged(self.document.raw):
            return {}
        tree = pdfium_c.FPDF_StructTree_GetForPage(page.raw)
        if not tree:
            return {}
        try:
            return self._read(tree)
        finally:
            pdfium_c.FPDF_StructTree_Close(tree)

    def _read(self, tree: Element) -> dict[int, Tag]:
        found: dict[int, Tag] = {}
        most = self.slots + MOST_SLOTS
        queue: list[tuple[Element, Place, Tag]] = []
        for index in range(min(pdfium_c.FPDF_StructTree_CountChildren(tree), MOST_SLOTS)):
            element = pdfium_c.FPDF_StructTree_GetChildAtIndex(tree, index)
            if element:
                queue.append((element, (index,), NO_TAG))
        while queue:
            element, place, above = queue.pop()
            tag = _tag(self._type(element, place), place, above)
            if self.slots > most or len(place) > DEEPEST:
                return {}
            for index, child, number in self._children(element, place):
                if child:
                    queue.append((child, (*place, index), tag))
                elif tag is not NO_TAG:
                    found.setdefault(number, tag)
        return found

    def _children(self, element: Element, place: Place) -> list[Child]:
        """What an element has on this page.

        One with very many is looked at from where earlier pages ended, there until nothing comes
        for long; from its start only if nothing is found.
        """
        count = pdfium_c.FPDF_StructElement_CountChildren(element)
        if count <= MANY:
            return self._present(element, range(count))
        seen = self.seen.setdefault(place, _Seen())
        found = {child[0]: child for child in self._present(element, sorted(seen.again))}
        for front in seen.fronts:
            window = range(max(front - BACK, 0), count)
            found.update((child[0], child) for child in self._present(element, window, LONG))
        if not set(found) - seen.again:
            whole = range(min(count, MOST_SLOTS))
            found = {child[0]: child for child in self._present(element, whole)}
        seen.add(found)
        return [found[index] for index in sorted(found)]

    def _present(
        self, element: Element, indices: Iterable[int], most_missed: int = MOST_SLOTS
    ) -> list[Child]:
        """The children at these places that the page has, until too many in a row are missing."""
        found: list[Child] = []
        missed = 0
        for index in indices:
            child = self._child(element, index)
            missed = 0 if child else missed + 1
            if child:
                found.append(child)
            elif missed > most_missed:
                break
        return found

    def _child(self, element: Element, index: int) -> Child | None:
        self.slots += 1
        child = pdfium_c.FPDF_StructElement_GetChildAtIndex(element, index)
        if child:
            return index, child, -1
        number = pdfium_c.FPDF_StructElement_GetChildMarkedContentID(element, index)
        return (index, None, number) if number >= 0 else None

    def _type(self, element: Element, place: Place) -> str:
        known = self.types.get(place)
        if known is None:
            length = pdfium_c.FPDF_StructElement_GetType(element, None, 0)
            buffer = ctypes.create_string_buffer(max(length, 2))
            pdfium_c.FPDF_StructElement_GetType(element, buffer, length)
            known = buffer.raw[: max(length - 2, 0)].decode("utf-16-le", "replace")
            self.types[place] = known
        return known


def _tag(name: str, place: Place, above: Tag) -> Tag:
    """The tag of the text in an element, from its name and the tag around it."""
    if name in BLOCKS:
        role = above.role if above.role in KEPT else BLOCKS[name]
        role = Role.ITEM if role is Role.TEXT and above.role is Role.ITEM else role
        return replace(above, role=role, place=place)
    if name in LEVELS:
        return replace(above, role=Role.HEADING, place=place, level=LEVELS[name])
    if name == "L":
        return replace(above, level=above.level + 1 if above.item else 1, place=())
    if name == "LI":
        return replace(above, role=Role.ITEM, place=place, item=place)
    if name == "Table":
        cell = Cell(place, (), (), False)
        return Tag(Role.TEXT, cells=(*above.cells, cell))
    if above.cells and name in ("THead", "TR", *CELLS):
        return replace(above, cells=(*above.cells[:-1], _cell(name, place, above.cells[-1])))
    if name == "Figure":
        return replace(above, role=Role.TEXT, place=())
    return above


def _cell(name: str, place: Place, around: Cell) -> Cell:
    if name == "TR":
        return replace(around, row=place)
    if name in CELLS:
        return replace(around, column=place, head=around.head or name == "TH")
    return replace(around, head=True)
