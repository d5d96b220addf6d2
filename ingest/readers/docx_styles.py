"""The styles of a Word file to what each paragraph is: title, heading, list item, caption."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from docx.document import Document as Docx
from docx.oxml.ns import qn
from lxml.etree import _Element

from search.types import BlockKind

HEADING_NAME = re.compile(r"^(?:heading|título|titulo|encabezado|titre|ttulo)\s?([1-9])$")
TITLE_NAMES = frozenset({"title", "título", "titulo", "puesto", "titre"})
LIST_NAME = re.compile(r"^(?:list|lista|liste)\b.*(?:bullet|number|viñeta|número|numer|marcador)")
CONTENTS_NAME = re.compile(r"^(?:toc|tdc|índice|sumário|table of figures|tabla de ilustr)\b.*")
BODY_OUTLINE = 9  # the outline level that means «body text»
VALUE = qn("w:val")


@dataclass(frozen=True, slots=True)
class Look:
    """What a paragraph is; `kind` None is a line of a table of contents, which is left out."""

    kind: BlockKind | None
    level: int = 0
    bold: bool = False


class Styles:
    """The styles of one file, each with all that it inherits."""

    def __init__(self, file: Docx) -> None:
        sheet = file.styles.element
        self._by_id = {style.get(qn("w:styleId")): style for style in sheet.iter(qn("w:style"))}
        language = sheet.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}//{qn('w:lang')}")
        self.language = _two_letters(language.get(VALUE)) if language is not None else None

    def look(self, paragraph: _Element) -> Look:
        """What the paragraph is, by its own marks first and its style second."""
        own = paragraph.find(qn("w:pPr"))
        styles = list(self._chain(own))
        sources = [source for source in (own, *styles) if source is not None]
        bold = any(map(_is_bold, styles))
        for style in styles:
            look = _by_name(style)
            if look is not None:
                return look
        outline = _first(sources, "w:outlineLvl")
        if outline is not None and int(outline.get(VALUE, "9")) < BODY_OUTLINE:
            return Look(BlockKind.HEADING, int(outline.get(VALUE, "9")) + 1)
        numbering, depth = _first(sources, "w:numId"), _first(sources, "w:ilvl")
        if numbering is not None and numbering.get(VALUE) != "0":  # 0: taken out of its list
            return Look(BlockKind.LIST_ITEM, int(depth.get(VALUE, "0")) if depth is not None else 0)
        return Look(BlockKind.PARAGRAPH, bold=bold)

    def _chain(self, own: _Element | None) -> Iterator[_Element]:
        """The paragraph's style and those it is based on; a loop among them ends."""
        name = _value(own, "w:pStyle") if own is not None else None
        seen: set[str] = set()
        while name and name in self._by_id and name not in seen:
            seen.add(name)
            yield self._by_id[name]
            name = _value(self._by_id[name], "w:basedOn")


def _by_name(style: _Element) -> Look | None:
    name = (_value(style, "w:name") or "").lower()
    heading = HEADING_NAME.match(name)
    if heading:
        return Look(BlockKind.HEADING, int(heading[1]))
    if name in TITLE_NAMES:
        return Look(BlockKind.TITLE)
    if name == "caption":
        return Look(BlockKind.CAPTION)
    if CONTENTS_NAME.match(name):
        return Look(None)
    if LIST_NAME.match(name):
        digits = re.search(r"(\d)$", name)
        return Look(BlockKind.LIST_ITEM, int(digits[1]) - 1 if digits else 0)
    return None


def _first(sources: list[_Element], tag: str) -> _Element | None:
    found = (source.find(f".//{qn(tag)}") for source in sources)
    return next((element for element in found if element is not None), None)


def _value(element: _Element, tag: str) -> str | None:
    child = element.find(qn(tag))
    return None if child is None else child.get(VALUE)


def _is_bold(style: _Element) -> bool:
    return is_on(style.find(f"{qn('w:rPr')}/{qn('w:b')}"))


def is_on(switch: _Element | None) -> bool:
    """Whether a Word on/off property is there and not switched off."""
    return switch is not None and switch.get(VALUE, "1") not in {"0", "false", "off"}


def _two_letters(language: str | None) -> str | None:
    code = (language or "").split("-")[0].lower()
    return code if len(code) == 2 and code.isalpha() else None
