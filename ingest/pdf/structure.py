"""Reads the structure tree of a tagged PDF (ISO 32000-1, 14.7 and 14.8) and gives the tag of each
piece of marked content of a page.

PDFium offers the tree page by page, with the same elements at the same places on each; a child that
is not on the page is null. Walking all of it for each page would take a time that grows with the
square of the pages, so the reader remembers where the last pages ended.
"""

import ctypes
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ingest.pdf.lines import Cell, ElementPath, Role, Tag, in_runs

MOST_CHILDREN = 20_000  # children looked at on one page
MOST_CHILDREN_IN_FILE = 4_000_000  # and in the whole file: real ones have some hundred thousand
DEEPEST = 40  # levels of elements; a deeper tree is made to exhaust the reader
MANY_CHILDREN = 100  # of one element: more are not looked through on every page
LOOK_BACK = 30  # children: how far the order of the tree may differ from that of the pages
MOST_ABSENT = 60  # children of other pages in a row: the page has no more

# Standard structure types of ISO 32000-1 and 32000-2 (FENote, Title); `Footnote` and `Endnote` are
# no standard types, but Word writes them.
BLOCK_ROLES = {
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
HEADING_LEVELS = {"H": 1, "H1": 1, "H2": 2, "H3": 3, "H4": 4, "H5": 5, "H6": 6}
INHERITED_ROLES = (Role.NOTE, Role.CAPTION, Role.CONTENTS)  # paragraphs inside take them on
CELL_NAMES = ("THead", "TR", "TD", "TH")
NO_TAG = Tag(Role.TEXT)

Element: TypeAlias = object
Child: TypeAlias = tuple[int, Element | None, int]
"""Index among its siblings, and the element or else the number of its marked content (MCID)."""


@dataclass(slots=True)
class _KnownChildren:
    """Which of the very many children of an element earlier pages had: where each run of them ended
    last, and those that were on several pages, such as an element around all notes."""

    run_ends: list[int] = field(default_factory=list)
    on_several_pages: set[int] = field(default_factory=set)
    on_last_page: set[int] = field(default_factory=set)


@dataclass(slots=True)
class TagReader:
    """Reads the tags of one document; holds what many pages share: the types of structure elements
    and where their children are."""

    document: pdfium.PdfDocument
    children_read: int = 0
    types: dict[ElementPath, str] = field(default_factory=dict)
    known_children: dict[ElementPath, _KnownChildren] = field(default_factory=dict)

    def page_tags(self, page: pdfium.PdfPage) -> dict[int, Tag]:
        """The tag of each marked content of a page by its number (MCID); empty where the file is
        not tagged or its tree is larger than any honest one."""
        tagged = pdfium_c.FPDFCatalog_IsTagged(self.document.raw)
        if self.children_read > MOST_CHILDREN_IN_FILE or not tagged:
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
        most = self.children_read + MOST_CHILDREN
        queue: list[tuple[Element, ElementPath, Tag]] = []
        for index in range(min(pdfium_c.FPDF_StructTree_CountChildren(tree), MOST_CHILDREN)):
            element = pdfium_c.FPDF_StructTree_GetChildAtIndex(tree, index)
            if element:
                queue.append((element, (index,), NO_TAG))
        while queue:
            element, path, above = queue.pop()
            tag = _tag(self._type(element, path), path, above)
            if self.children_read > most or len(path) > DEEPEST:
                return {}  # half a tree would tag half a page: better read it by its looks
            for index, child, number in self._children(element, path):
                if child:
                    queue.append((child, (*path, index), tag))
                elif tag is not NO_TAG:
                    found.setdefault(number, tag)
        return found

    def _children(self, element: Element, path: ElementPath) -> list[Child]:
        """The children of an element on this page.

        One with very many is looked at from where earlier pages ended, there until nothing comes
        for long; from its start only if nothing is found.
        """
        count = pdfium_c.FPDF_StructElement_CountChildren(element)
        if count <= MANY_CHILDREN:
            return self._children_on_page(element, range(count))
        known = self.known_children.setdefault(path, _KnownChildren())
        found = self._children_on_page(element, sorted(known.on_several_pages))
        for run_end in known.run_ends:
            window = range(max(run_end - LOOK_BACK, 0), count)
            found += self._children_on_page(element, window, MOST_ABSENT)
        if not {child[0] for child in found} - known.on_several_pages:
            found = self._children_on_page(element, range(min(count, MOST_CHILDREN)))
        children = {child[0]: child for child in found}
        new = set(children)
        known.on_several_pages |= new & known.on_last_page
        known.on_last_page = new
        runs = in_runs(
            sorted(new | set(known.run_ends)), lambda run, index: index - run[-1] <= MOST_ABSENT
        )
        known.run_ends = [run[-1] for run in runs]
        return [children[index] for index in sorted(children)]

    def _children_on_page(
        self, element: Element, indices: Iterable[int], most_missed: int = MOST_CHILDREN
    ) -> list[Child]:
        """The children at these places that the page has, until too many in a row are missing."""
        found: list[Child] = []
        missed = 0
        for index in indices:
            self.children_read += 1
            child = pdfium_c.FPDF_StructElement_GetChildAtIndex(element, index) or None
            number = -1
            if child is None:
                number = pdfium_c.FPDF_StructElement_GetChildMarkedContentID(element, index)
            if child is not None or number >= 0:
                found.append((index, child, number))
                missed = 0
            elif missed == most_missed:
                break
            else:
                missed += 1
        return found

    def _type(self, element: Element, path: ElementPath) -> str:
        if path not in self.types:
            length = pdfium_c.FPDF_StructElement_GetType(element, None, 0)
            buffer = ctypes.create_string_buffer(max(length, 2))
            pdfium_c.FPDF_StructElement_GetType(element, buffer, length)
            self.types[path] = buffer.raw[: max(length - 2, 0)].decode("utf-16-le", "replace")
        return self.types[path]


def _tag(name: str, path: ElementPath, above: Tag) -> Tag:
    """The tag of the text in an element, from its name and the tag around it."""
    if name in BLOCK_ROLES:
        role = above.role if above.role in INHERITED_ROLES else BLOCK_ROLES[name]
        role = Role.ITEM if role is Role.TEXT and above.role is Role.ITEM else role
        return replace(above, role=role, path=path)
    if name in HEADING_LEVELS:
        return replace(above, role=Role.HEADING, path=path, level=HEADING_LEVELS[name])
    if name == "L":
        # A list in an item is one level deeper; any other begins anew.
        return replace(above, level=above.level + 1 if above.item else 1, path=())
    if name == "LI":
        return replace(above, role=Role.ITEM, path=path, item=path)
    if name == "Table":
        # What was around, a list say, does not count inside; the outer table does.
        return Tag(Role.TEXT, cells=(*above.cells, Cell(path, (), (), False)))
    if name in CELL_NAMES and above.cells:
        *outer, cell = above.cells
        if name == "TR":
            cell = replace(cell, row=path)
        else:
            header = cell.is_header or name != "TD"
            cell = replace(cell, column=cell.column if name == "THead" else path, is_header=header)
        return replace(above, cells=(*outer, cell))
    if name == "Figure":  # the labels in it are no paragraph
        return replace(above, role=Role.TEXT, path=())
    return above
