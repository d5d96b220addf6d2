"""What the slides of a presentation repeat to running texts: footers, logo lines, page numbers."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml.etree import _Element
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml.ns import qn

from ingest.readers.pptx_shapes import Placed, leaves
from ingest.readers.pptx_text import TITLES, frame_text

LONGEST_RUNNING = 80  # characters
LEAST_SLIDES = 3
MOST = 0.5  # share of the slides on which a text must stand in its place to be furniture
GRID = 6.0  # points: how far a repeated text may wander
SAID_ONCE = {PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.HEADER, PP_PLACEHOLDER.DATE}


@dataclass(frozen=True, slots=True)
class Furniture:
    """The shapes of each slide that are no content, what they say, and the numbers typed there."""

    shapes: Mapping[int, frozenset[int]]
    texts: Mapping[int, tuple[str, ...]]
    numbers: Mapping[int, str]


def find_furniture(slides: Mapping[int, Sequence[Placed]]) -> Furniture:
    """Texts that stand in one place on most slides, and footers, headers and typed dates.

    Shapes are named by their `shape_id`.
    """
    shapes: dict[int, set[int]] = defaultdict(set)
    texts: dict[int, list[str]] = defaultdict(list)
    numbers: dict[int, str] = {}
    for page, item, text in _repeated(slides):
        shapes[page].add(item.shape.shape_id)
        if text.isdecimal():
            numbers[page] = text
        else:
            texts[page].append(text)
    for page, items in slides.items():
        said = (item for item in leaves(items) if item.role in SAID_ONCE)
        texts[page].extend(filter(None, map(_typed, said)))
    return Furniture(
        {page: frozenset(ids) for page, ids in shapes.items()},
        {page: tuple(dict.fromkeys(found)) for page, found in texts.items()},
        numbers,
    )


def section_names(presentation: _Element) -> Iterator[str]:
    """The names of the sections into which the author ordered the slides."""
    for section in presentation.iter():
        if str(section.tag).endswith("/main}section"):
            yield section.get("name") or ""


def _repeated(slides: Mapping[int, Sequence[Placed]]) -> Iterator[tuple[int, Placed, str]]:
    """Short texts in the same place on most slides; a number may count from slide to slide."""
    found: dict[tuple[object, ...], list[tuple[int, Placed, str]]] = defaultdict(list)
    for page, items in slides.items():
        for item in leaves(items):
            text = _plain(item)
            if text and item.box and len(text) <= LONGEST_RUNNING:
                place = tuple(round(side / GRID) for side in (item.box.x0, item.box.y0))
                said = int(text) - page if text.isdecimal() else text
                found[said, *place].append((page, item, text))
    for places in found.values():
        pages = {page for page, _, _ in places}
        if len(pages) >= max(LEAST_SLIDES, MOST * len(slides)):
            yield from places


def _plain(item: Placed) -> str:
    if item.role in TITLES or not item.shape.has_text_frame:
        return ""
    return frame_text(item.shape._element)


def _typed(item: Placed) -> str:
    """What a footer or date says, unless the program fills it in anew each day."""
    fields = (field.get("type") or "" for field in item.shape._element.iter(qn("a:fld")))
    filled = any(kind.startswith("datetime") for kind in fields)
    return "" if filled else frame_text(item.shape._element)
