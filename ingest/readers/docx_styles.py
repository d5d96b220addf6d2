"""The styles of a Word file to what each paragraph is and how its letters look."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from docx.document import Document as Docx
from docx.oxml.ns import qn
from lxml.etree import _Element

from search.types import BlockKind

HEADING_NAME = re.compile(
    r"^(?:(?:heading|título|titulo|encabezado|titre|ttulo|überschrift)[\s_]?|h)([1-9])(?:[\s_].*)?$"
)
TITLE_NAMES = frozenset(
    ("title", "título", "titulo", "puesto", "titre", "título del documento", "document title")
)
CAPTION_NAMES = frozenset(("caption", "epígrafe", "leyenda", "descripción", "légende", "legenda"))
LIST_NAME = re.compile(r"^(?:list|lista|liste)\b.*(?:bullet|number|viñeta|número|numer|marcador)")
CONTENTS_NAME = re.compile(
    r"^(?:toc|tdc|contents|índice|sumário|table of (?:figures|authorities)|tabla de ilustr"
    r"|index heading|toa heading)\b.*"
)
BODY_OUTLINE = 9  # the outline level that means «body text»
DEFAULT_SIZE = 20  # half points: what Word takes if no style says
VALUE = qn("w:val")
RUN_FORM = qn("w:rPr")


@dataclass(frozen=True, slots=True)
class Look:
    """What a paragraph is; `kind` None is a line of a table of contents, which is left out."""

    kind: BlockKind | None
    level: int = 0


@dataclass(frozen=True, slots=True)
class Font:
    """How letters look; `size` in half points."""

    size: int
    bold: bool
    italic: bool
    capitals: bool
    underlined: bool


class Styles:
    """The styles of one file, each with all that it inherits."""

    def __init__(self, file: Docx) -> None:
        sheet = file.styles.element
        self._by_id = {style.get(qn("w:styleId")): style for style in sheet.iter(qn("w:style"))}
        usual = (
            style
            for style in self._by_id.values()
            if style.get(qn("w:type")) == "paragraph" and style.get(qn("w:default")) == "1"
        )
        self._usual = next(usual, None)
        self._defaults = sheet.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{RUN_FORM}")
        language = None if self._defaults is None else self._defaults.find(qn("w:lang"))
        self.language = _two_letters(language.get(VALUE)) if language is not None else None

    def look(self, paragraph: _Element) -> Look:
        """What the paragraph is by its style, and else by its own marks."""
        own = paragraph.find(qn("w:pPr"))
        styles = list(self._chain(_value(own, "w:pStyle")))
        for style in styles:
            look = _by_name(style)
            if look is not None:
                return look
        outline = next(filter(None, (_value(s, "w:outlineLvl") for s in _forms(own, styles))), "9")
        if int(outline) < BODY_OUTLINE:
            return Look(BlockKind.HEADING, int(outline) + 1)
        return Look(BlockKind.PARAGRAPH)

    def numbering(self, paragraph: _Element) -> tuple[str, int | None, str] | None:
        """The list that the paragraph is in, its level there if it says so, and the style that
        put it there, if it was one."""
        own = paragraph.find(qn("w:pPr"))
        depth: str | None = None
        named = [("", own), *self._named_forms(_value(own, "w:pStyle"))]
        for style, form in named:
            place = None if form is None else form.find(qn("w:numPr"))
            depth = depth or _value(place, "w:ilvl")
            use = _value(place, "w:numId")
            if use is not None:  # 0: taken out of its list
                return None if use == "0" else (use, int(depth) if depth else None, style)
        return None

    def font(self, run: _Element, paragraph: _Element) -> Font:
        """How the letters of a run look, by its own marks and by the styles behind it."""
        form = paragraph.find(qn("w:pPr"))
        behind = list(self._chain(_value(form, "w:pStyle")))
        if not behind and self._usual is not None:
            behind = [self._usual]
        forms = [*self._run_forms(run), *(style.find(RUN_FORM) for style in behind), self._defaults]
        size = next(filter(None, (_value(form, "w:sz") for form in forms)), DEFAULT_SIZE)
        line = next(filter(None, (_value(form, "w:u") for form in forms)), "none")
        bold, italic, capitals = (_switched(forms, name) for name in ("w:b", "w:i", "w:caps"))
        return Font(round(float(size)), bold, italic, capitals, line != "none")

    def is_hidden(self, run: _Element) -> bool:
        """Whether the run is text that is not shown."""
        return _switched(list(self._run_forms(run)), "w:vanish")

    def _run_forms(self, run: _Element) -> Iterator[_Element | None]:
        own = run.find(RUN_FORM)
        yield own
        for style in self._chain(_value(own, "w:rStyle")):
            yield style.find(RUN_FORM)

    def _named_forms(self, name: str | None) -> Iterator[tuple[str, _Element | None]]:
        for style in self._chain(name):
            yield style.get(qn("w:styleId")) or "", style.find(qn("w:pPr"))

    def _chain(self, name: str | None) -> Iterator[_Element]:
        """The style and those it is based on; a loop among them ends."""
        seen: set[str] = set()
        while name and name in self._by_id and name not in seen:
            seen.add(name)
            yield self._by_id[name]
            name = _value(self._by_id[name], "w:basedOn")


def _by_name(style: _Element) -> Look | None:
    name = (_value(style, "w:name") or "").lower().split(",")[0].strip()
    heading = HEADING_NAME.match(name)
    if heading:
        return Look(BlockKind.HEADING, int(heading[1]))
    if name in TITLE_NAMES:
        return Look(BlockKind.TITLE)
    if name in CAPTION_NAMES:
        return Look(BlockKind.CAPTION)
    if CONTENTS_NAME.match(name):
        return Look(None)
    if LIST_NAME.match(name):
        digits = re.search(r"(\d)$", name)
        return Look(BlockKind.LIST_ITEM, int(digits[1]) - 1 if digits else 0)
    return None


def _forms(own: _Element | None, styles: list[_Element]) -> Iterator[_Element | None]:
    yield own
    for style in styles:
        yield style.find(qn("w:pPr"))


def _value(element: _Element | None, tag: str) -> str | None:
    child = None if element is None else element.find(qn(tag))
    return None if child is None else child.get(VALUE)


def _switched(forms: list[_Element | None], tag: str) -> bool:
    """Whether the first that says something about a property says that it is on."""
    found = (None if form is None else form.find(qn(tag)) for form in forms)
    return is_on(next((switch for switch in found if switch is not None), None))


def is_on(switch: _Element | None) -> bool:
    """Whether a Word on/off property is there and not switched off."""
    return switch is not None and switch.get(VALUE, "1") not in {"0", "false", "off"}


def _two_letters(language: str | None) -> str | None:
    code = (language or "").split("-")[0].lower()
    return code if len(code) == 2 and code.isalpha() else None
