"""A PowerPoint file to blocks: a slide is a page, its shapes are read as a person reads them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from lxml.etree import XMLSyntaxError
from pptx.exc import PackageNotFoundError
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide

from ingest.errors import Unreadable
from ingest.readers.archive import check_archive
from ingest.readers.clean import clean
from ingest.readers.days import mark_timetable
from ingest.readers.drawings import take_alternatives
from ingest.readers.office import open_pptx
from ingest.readers.pptx_running import Furniture, find_furniture, section_names
from ingest.readers.pptx_shapes import EMU_PER_POINT, Frame, Placed, placed_shapes
from ingest.readers.pptx_slides import slide_blocks
from ingest.readers.titles import sensible_title
from search.types import Block, PageShape, Reading

TEMPLATE_YEARS = frozenset({1601, 2013})  # what empty fields and python-pptx give as creation
UNNAMED = re.compile(
    r"^(?:default section|secci[óo]n (?:predeterminada|sin t[íi]tulo)|untitled section|"
    r"seç[ãa]o padr[ãa]o|section par défaut)\b",
    re.IGNORECASE,
)


def read_pptx(data: bytes, name: str) -> Reading:
    """Blocks of every slide, also of hidden ones (with a warning), and the speaker's notes.

    What most slides repeat is in `running`, with the names of the sections.
    """
    check_archive(data)
    try:
        file = open_pptx(data)
        slides = dict(enumerate(file.slides, start=1))
        placed = {page: _placed(page, slide) for page, slide in slides.items()}
        furniture = find_furniture(placed)
        height = (file.slide_height or 0) / EMU_PER_POINT
        blocks = tuple(mark_timetable(_blocks(slides, placed, furniture, height)))
        shapes = tuple(_page(file, page, slide, furniture) for page, slide in slides.items())
        names = [clean(text) for text in section_names(file.part._element)]
    except (PackageNotFoundError, XMLSyntaxError, KeyError, ValueError, AttributeError) as error:
        raise Unreadable(f"La presentación está dañada o incompleta ({error}).") from error
    hidden = [str(shape.number) for shape in shapes if shape.hidden]
    created = file.core_properties.created
    dated = created is not None and created.year not in TEMPLATE_YEARS
    running = [text for shape in shapes for text in shape.dropped]
    running += [text for text in names if text and not UNNAMED.match(text)]
    return Reading(
        blocks=blocks,
        paged=True,
        shapes=shapes,
        title=sensible_title(clean(file.core_properties.title or ""), name),
        created=created.date().isoformat() if dated else None,
        warnings=(f"diapositivas ocultas leídas: {', '.join(hidden)}",) if hidden else (),
        running=tuple(dict.fromkeys(running)),
    )


def _placed(page: int, slide: Slide) -> list[Placed]:
    take_alternatives(slide._element)
    return list(placed_shapes(slide.shapes, page, Frame()))


def _blocks(
    slides: Mapping[int, Slide],
    placed: Mapping[int, Sequence[Placed]],
    furniture: Furniture,
    height: float,
) -> Iterator[Block]:
    for page, slide in slides.items():
        shown = _without(placed[page], furniture.shapes.get(page, frozenset()))
        yield from slide_blocks(page, slide, shown, height)


def _without(items: Sequence[Placed], furniture: frozenset[int]) -> list[Placed]:
    """The shapes without those that only furnish the slide, also within groups."""
    return [
        replace(item, members=tuple(_without(item.members, furniture)))
        for item in items
        if item.shape.shape_id not in furniture or item.members
    ]


def _page(file: Deck, page: int, slide: Slide, furniture: Furniture) -> PageShape:
    first = int(file.part._element.get("firstSlideNum", "1"))
    printed = furniture.numbers.get(page, str(first + page - 1))
    return PageShape(
        page,
        (file.slide_width or 0) / EMU_PER_POINT,
        (file.slide_height or 0) / EMU_PER_POINT,
        label=printed if printed != str(page) else None,
        dropped=furniture.texts.get(page, ()),
        hidden=slide._element.get("show") in {"0", "false"},
    )
