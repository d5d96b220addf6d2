"""The text frames of a slide to blocks: paragraphs, list items with their numbers, times."""

from collections.abc import Iterator

from lxml.etree import _Element
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml.ns import qn

from ingest.readers.clean import clean, without_list_mark
from ingest.readers.days import separate_lines
from ingest.readers.equations import EQUATION, equation
from ingest.readers.numerals import written_number
from ingest.readers.pptx_shapes import Placed
from search.types import Block, BlockKind, Part

TITLES = {PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE}
BULLETED = {
    PP_PLACEHOLDER.BODY,
    PP_PLACEHOLDER.OBJECT,
    PP_PLACEHOLDER.VERTICAL_BODY,
    PP_PLACEHOLDER.VERTICAL_OBJECT,
}
BULLETS = tuple(map(qn, ("a:buChar", "a:buAutoNum", "a:buBlip")))
STYLES = {
    "arabic": "decimal",
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
}
MARKS = {"Period": "{}. ", "ParenR": "{}) ", "ParenBoth": "({}) ", "Plain": "{} "}


def paragraph_text(paragraph: _Element) -> str:
    """What the paragraph shows but for the number of the slide, with its line breaks."""
    pieces: list[str] = []
    for child in paragraph:
        if child.tag == qn("a:br"):
            pieces.append("\n")
        elif child.tag == qn("a:r") or (
            child.tag == qn("a:fld") and child.get("type") != "slidenum"
        ):
            pieces.append(child.findtext(qn("a:t")) or "")
        else:
            pieces.extend(map(equation, child.iter(EQUATION)))
    return "".join(pieces).replace("\v", "\n")


def frame_lines(element: _Element) -> list[str]:
    """The paragraphs of a shape or cell, as they stand."""
    return [paragraph_text(paragraph) for paragraph in element.iter(qn("a:p"))]


def frame_text(element: _Element) -> str:
    """All that a shape says, on one line."""
    return clean(" ".join(frame_lines(element)))


def frame_blocks(item: Placed, page: int) -> Iterator[Block]:
    """The paragraphs and list items of a shape."""
    boxes = (item.box,) if item.box else ()
    paragraphs = [p for p in item.shape._element.iter(qn("a:p")) if clean(paragraph_text(p))]
    bulleted = item.role in BULLETED and len(paragraphs) > 1
    counts: dict[int, tuple[str, int]] = {}
    for paragraph in paragraphs:
        properties = paragraph.find(qn("a:pPr"))
        level = 0 if properties is None else int(properties.get("lvl", "0"))
        label = _label(properties, level, counts)
        for text in separate_lines(paragraph_text(paragraph)):
            bare = without_list_mark(text)
            listed = bare != text or _has_bullet(properties, bulleted)
            kind = BlockKind.LIST_ITEM if listed else BlockKind.PARAGRAPH
            yield Block(kind, (Part(page, label + bare, boxes),), level if listed else 0)
            label = ""


def _label(properties: _Element | None, level: int, counts: dict[int, tuple[str, int]]) -> str:
    """The number of a numbered paragraph; `counts` are the lists that are open, by level."""
    for below in [other for other in counts if other > level]:
        del counts[below]
    number = None if properties is None else properties.find(qn("a:buAutoNum"))
    if number is None:
        counts.pop(level, None)
        return ""
    kind = number.get("type") or "arabicPeriod"
    last, count = counts.get(level, ("", 0))
    count = count + 1 if last == kind else int(number.get("startAt", "1"))
    counts[level] = kind, count
    style = next((name for name in STYLES if kind.startswith(name)), "arabic")
    return MARKS.get(kind.removeprefix(style), "{}. ").format(written_number(count, STYLES[style]))


def _has_bullet(properties: _Element | None, inherited: bool) -> bool:
    """Whether the paragraph says that it has a bullet, or does not say that it has none."""
    if properties is None:
        return inherited
    if any(properties.find(bullet) is not None for bullet in BULLETS):
        return True
    return inherited and properties.find(qn("a:buNone")) is None
