"""Prepares one page of a document for the reader: its text in paragraphs that links can point at,
where passages stand on its image, the outline, and what is known of the document."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ingest.sandbox.previews import Width
from search.documents import Box, Document, Extent, Method, Page, Passage
from service.i18n import ngettext
from service.labels import counted, field_label, long_date, original_label
from service.links import anchor, page_image_url
from service.web.document_schemas import DocumentRecord, has_images, image_of
from service.web.results_view import PassageView

DEEPEST_HEADING = 3  # with deeper levels the outline becomes too long to be one


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph or heading of the page."""

    text: str
    heading: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive lines of one passage, or text that belongs to none. `first` where the passage
    begins on the page: a passage may stand in several places, but has one address."""

    passage_id: str | None
    first: bool
    language: str
    original: str | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """Where a passage stands on the page: rectangles in points from the top left corner."""

    passage_id: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class CitedPassage:
    """The passage that a link names: whether it stands on this page (`here`) and whether the
    image of the page shows where (`placed`)."""

    id: str
    here: bool
    placed: bool


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A heading of the document, from level 1, and the passage that stands first under it."""

    title: str
    level: int
    page: int
    passage_id: str


@dataclass(frozen=True, slots=True)
class ReaderRequest:
    """What somebody looks for on the page: the passage a link names, or words in the document."""

    passage_id: str | None = None
    text: str = ""
    found: Sequence[PassageView] | None = None


@dataclass(frozen=True, slots=True)
class ReaderView:
    """All that the reader shows of one page; `image` is None where the format has none."""

    record: DocumentRecord
    page: Page
    first: int
    last: int
    previous: int | None
    following: int | None
    stretches: Sequence[Stretch]
    places: Mapping[str, int]
    """The page where each passage begins, by its id."""
    image: str | None
    image_set: str
    regions: Sequence[Region]
    cited: CitedPassage | None
    outline: tuple[OutlineEntry, ...]
    card: tuple[tuple[str, str], ...]
    linked: str
    wanted: str
    inside: Sequence[PassageView] | None

    def text_anchor(self, passage_id: str) -> str:
        """The `id` of a passage's text: with an image, the image has the address of the passage."""
        return f"t-{passage_id}" if self.image else anchor(passage_id)


def reader_view(
    record: DocumentRecord,
    passages: Sequence[Passage],
    page: Page,
    wanted: ReaderRequest,
    linked: str = "",
) -> ReaderView:
    """One page of a document with its neighbours; `linked` is its JSON-LD."""
    document = record.document
    numbers = [candidate.number for candidate in record.pages]
    at = numbers.index(page.number)
    # Boxes are in points, so without the size of the page they cannot be placed on its image.
    pictured = has_images(document) and page.width > 0
    regions = []
    for passage in passages if pictured else ():
        boxes = tuple(box for box in passage.boxes if box.page == page.number)
        if boxes:
            regions.append(Region(passage.id, boxes))
    # None when the document has no such passage (any more).
    named = next((passage for passage in passages if passage.id == wanted.passage_id), None)
    placed = any(region.passage_id == wanted.passage_id for region in regions)
    return ReaderView(
        record=record,
        page=page,
        first=numbers[0],
        last=numbers[-1],
        previous=numbers[at - 1] if at else None,
        following=numbers[at + 1] if at + 1 < len(numbers) else None,
        stretches=stretches(document, page, passages),
        places={passage.id: passage.extents[0].page for passage in passages if passage.extents},
        image=image_of(document, page.number) if pictured else None,
        image_set=", ".join(
            f"{page_image_url(document.id, page.number, width, document.sha256)} {width}w"
            for width in Width
        )
        if pictured
        else "",
        regions=regions,
        cited=CitedPassage(named.id, on_page(named, page.number), placed) if named else None,
        outline=outline(document, passages),
        card=card(record),
        linked=linked,
        wanted=wanted.text,
        inside=wanted.found,
    )


def outline(document: Document, passages: Iterable[Passage]) -> tuple[OutlineEntry, ...]:
    """The headings of a document in order, each once, under the headings that it stands under."""
    # By the whole path: «Objetivos» under two modules are two headings.
    seen: set[tuple[str, ...]] = set()
    parts = []
    for passage in passages:
        names = tuple(name for name in passage.section if name and name != document.title)
        for depth in range(1, len(names) + 1):
            if names[:depth] not in seen and depth <= DEEPEST_HEADING:
                seen.add(names[:depth])
                page = passage.extents[0].page
                parts.append(OutlineEntry(names[depth - 1], depth, page, passage.id))
    return tuple(parts)


def card(record: DocumentRecord) -> tuple[tuple[str, str], ...]:
    """What is known of the document, each with what it is called."""
    document = record.document
    minutes = document.minutes
    values = (
        ("toolkit", document.toolkit),
        ("event", document.event),
        ("place", document.place),
        ("organisers", document.organisers),
        ("audience", document.audience),
        ("minutes", counted(minutes, "minuto", "minutos") if minutes else None),
        ("licence", document.licence),
        ("file", document.file),
        ("ingested", long_date(document.ingested[:10]) if document.ingested else None),
        ("reading", how_read(record.pages)),
    )
    return tuple((field_label(field), value) for field, value in values if value)


def how_read(pages: Sequence[Page]) -> str:
    """«12 páginas por su texto, 2 reconocidas de su imagen»."""
    counts = Counter(page.method for page in pages)
    text, ocr, mended = (counts[way] for way in (Method.TEXT, Method.OCR, Method.MENDED))
    said = (
        (text, ngettext("{n} página por su texto", "{n} páginas por su texto", text)),
        (ocr, ngettext("{n} reconocida de su imagen", "{n} reconocidas de su imagen", ocr)),
        (mended, ngettext("{n} reparada con su imagen", "{n} reparadas con su imagen", mended)),
    )
    return ", ".join(form.format(n=pages) for pages, form in said if pages)


def stretches(document: Document, page: Page, passages: Iterable[Passage]) -> list[Stretch]:
    """The whole text of the page in order, nothing twice; a passage's id stands once."""
    places = [
        (passage, extent)
        for passage in passages
        for extent in passage.extents
        if extent.page == page.number
    ]
    headings = frozenset(name.strip() for passage, _ in places for name in passage.section)
    end = Extent(page.number, len(page.text), len(page.text), 0)
    at = 0
    found: list[Stretch] = []
    for passage, extent in [*sorted(places, key=lambda place: place[1].start), (None, end)]:
        # Passages may overlap: what was shown with the one before is not shown again.
        if passage and extent.end <= at:
            continue
        # Headings belong to no passage themselves; they stand in the text between.
        between = lines(page.text[at : extent.start], headings)
        if between:
            found.append(Stretch(None, False, document.language, None, between))
        if passage:
            first = passage.id not in {stretch.passage_id for stretch in found}
            # Said of the document above already, unless this passage differs from it.
            original = original_label(passage.language)
            original = original if passage.language != document.language else None
            text = lines(page.text[max(at, extent.start) : extent.end], frozenset())
            found.append(Stretch(passage.id, first, passage.language, original, text))
            at = extent.end
    return found


def on_page(passage: Passage, number: int) -> bool:
    """Whether any of the passage stands on the page."""
    return any(extent.page == number for extent in passage.extents)


def lines(text: str, headings: frozenset[str]) -> tuple[Line, ...]:
    """The lines of a text that are not empty; those that name a section are headings."""
    found = (line.strip() for line in text.splitlines())
    return tuple(Line(line, line in headings) for line in found if line)
