"""A page's stored text and the passages on it → paragraphs that a link can point at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from search.types import Document, Extent, Page, Passage
from service.document_schema import Known
from service.labels import original_label


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph or heading of the page."""

    text: str
    heading: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive lines: one passage with its id, or text that belongs to none."""

    passage_id: str | None
    language: str
    original: str | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ReaderView:
    """All that the reader shows of one page."""

    known: Known
    page: Page
    first: int
    last: int
    previous: int | None
    following: int | None
    stretches: tuple[Stretch, ...]
    places: Mapping[str, int]
    """Passage id → the page where it begins."""


def reader_view(known: Known, passages: Sequence[Passage], page: Page) -> ReaderView:
    """One page of a document with its neighbours."""
    numbers = [candidate.number for candidate in known.pages]
    at = numbers.index(page.number)
    return ReaderView(
        known=known,
        page=page,
        first=numbers[0],
        last=numbers[-1],
        previous=numbers[at - 1] if at else None,
        following=numbers[at + 1] if at + 1 < len(numbers) else None,
        stretches=tuple(stretches(known.document, page, passages)),
        places={passage.id: passage.extents[0].page for passage in passages if passage.extents},
    )


def stretches(document: Document, page: Page, passages: Iterable[Passage]) -> Iterable[Stretch]:
    """The whole text of the page in order, nothing twice; a passage's id stands once."""
    passages = [passage for passage in passages if on_page(passage, page.number)]
    headings = {name.strip() for passage in passages for name in passage.section}
    at = 0
    seen: set[str] = set()
    for passage, extent in placed(passages, page.number):
        if extent.end <= at:
            continue
        yield from loose(document, page.text[at : extent.start], headings)
        text = page.text[max(at, extent.start) : extent.end]
        passage_id = None if passage.id in seen else passage.id
        original = original_label(passage.language)
        original = original if passage.language != document.language else None
        yield Stretch(passage_id, passage.language, original, lines(text, frozenset()))
        seen.add(passage.id)
        at = extent.end
    yield from loose(document, page.text[at:], headings)


def on_page(passage: Passage, number: int) -> bool:
    """Whether any of the passage stands on the page."""
    return any(extent.page == number for extent in passage.extents)


def placed(passages: Iterable[Passage], number: int) -> list[tuple[Passage, Extent]]:
    """Passages with their places on the page, in the order of the text."""
    places = [
        (passage, extent)
        for passage in passages
        for extent in passage.extents
        if extent.page == number
    ]
    return sorted(places, key=lambda place: place[1].start)


def loose(document: Document, text: str, headings: set[str]) -> Iterable[Stretch]:
    """Text between passages, when there is any."""
    found = lines(text, frozenset(headings))
    if found:
        yield Stretch(None, document.language, None, found)


def lines(text: str, headings: frozenset[str]) -> tuple[Line, ...]:
    """The lines of a text that are not empty; those that name a section are headings."""
    found = (line.strip() for line in text.splitlines())
    return tuple(Line(line, line in headings) for line in found if line)
