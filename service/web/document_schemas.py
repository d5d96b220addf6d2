"""Describes documents, their pages and what is known of them as JSON: a contract of the API."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from pydantic import BaseModel, Field

from ingest.sandbox.previews import has_pictures
from search.documents import AgendaItem, Details, Document, Page, Passage
from service.labels import document_type_label, original_label
from service.links import document_url, page_image_url, page_text_url

API_WIDTH = 800  # pixels, of the images whose addresses the API gives; others by `w`


class DocumentModel(BaseModel):
    """One document of the collection; unknown is null."""

    id: str
    title: str
    document_type: str
    document_type_label: str
    language: str
    original: str | None
    file: str
    sha256: str
    media_type: str
    pages: int
    paged: bool
    date: str | None
    toolkit: str | None
    module: str | None
    audience: str | None
    event: str | None
    licence: str | None
    source_url: str | None
    place: str | None
    organisers: str | None
    symbol: str | None
    minutes: int | None = Field(description="Duración total que el documento indica")
    ingested: str | None = Field(description="Cuándo se leyó, en UTC: «2025-01-31T09:30:00Z»")
    url: str


class VersionModel(BaseModel):
    """Another file of the same document: a copy, a re-export or another edition."""

    id: str
    title: str
    file: str
    url: str


class FactModel(BaseModel):
    """A field's value and where it comes from: `catalogue`, `text`, `properties` or `name`."""

    field: str
    value: str
    origin: str
    passage_id: str | None


class FindingModel(BaseModel):
    """Something in the document that does not add up."""

    kind: str
    text: str
    passage_id: str | None


class AgendaModel(BaseModel):
    """A line of a timetable; minutes as stated and as the clock gives them, which may differ."""

    passage_id: str
    day: str | None
    start: str | None
    end: str | None
    stated_minutes: int | None
    computed_minutes: int | None
    title: str
    people: str | None
    place: str | None
    kind: str | None


class UnitModel(BaseModel):
    """A part that a trainer can use by itself."""

    passage_id: str
    title: str
    kind: str
    minutes: int | None
    group_size: tuple[int, int] | None = Field(description="Personas por grupo: mínimo y máximo")
    materials: list[str]


class PageLink(BaseModel):
    """A page of a document and where its text is; sizes in PDF points, 0 when unknown."""

    number: int
    label: str | None
    width: float
    height: float
    method: str = Field(description="text, ocr o mended (texto reparado por OCR)")
    confidence: float | None = Field(description="Confianza media del OCR, de 0 a 1")
    hidden: bool  # a slide that is not shown when presenting
    url: str
    image: str | None = Field(
        description="La página como imagen WebP de 800 píxeles de ancho, o null sin imagen"
    )


class DocumentDetail(DocumentModel):
    """One document with its pages and all that is known of it."""

    page_list: list[PageLink]
    versions: list[VersionModel]
    facts: list[FactModel]
    agenda: list[AgendaModel]
    units: list[UnitModel]
    findings: list[FindingModel]
    warnings: list[str]


class DocumentList(BaseModel):
    """All documents of the collection."""

    total: int
    documents: list[DocumentModel]


class PlaceModel(BaseModel):
    """Where a passage stands on a page: code point ranges and boxes `[x0, y0, x1, y1]`."""

    passage_id: str
    ranges: list[tuple[int, int]]
    boxes: list[tuple[float, float, float, float]]


class PageModel(BaseModel):
    """The stored text of one page, which quotes are checked against."""

    document_id: str
    number: int
    label: str | None
    width: float
    height: float
    method: str = Field(description="text, ocr o mended (texto reparado por OCR)")
    confidence: float | None = Field(description="Confianza media del OCR, de 0 a 1")
    hidden: bool
    text: str
    image: str | None = Field(
        description="La página como imagen WebP de 800 píxeles de ancho, o null sin imagen"
    )
    passage: PlaceModel | None


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """All that the index knows of a document, read once for the API or the reader."""

    document: Document
    pages: Sequence[Page]
    details: Details
    agenda: Sequence[AgendaItem]
    versions: Sequence[Document]


def document_model(document: Document) -> DocumentModel:
    """A document as the API shows it: without where it lies on the server."""
    # Written out, not `asdict`: the folders of the server (`root`, `path`) must never get in.
    return DocumentModel(
        id=document.id,
        title=document.title,
        document_type=document.document_type.value,
        document_type_label=document_type_label(document.document_type),
        language=document.language,
        original=original_label(document.language),
        file=document.file,
        sha256=document.sha256,
        media_type=document.media_type,
        pages=document.pages,
        paged=document.paged,
        date=document.date,
        toolkit=document.toolkit,
        module=document.module,
        audience=document.audience,
        event=document.event,
        licence=document.licence,
        source_url=document.source_url,
        place=document.place,
        organisers=document.organisers,
        symbol=document.symbol,
        minutes=document.minutes,
        ingested=document.ingested,
        url=document_url(document.id),
    )


def document_detail(record: DocumentRecord) -> DocumentDetail:
    """A document, the list of its pages, and what is known of it."""
    document, details = record.document, record.details
    links = [
        PageLink(
            number=page.number,
            label=page.label,
            width=page.width,
            height=page.height,
            method=page.method,
            confidence=page.confidence,
            hidden=page.hidden,
            url=page_text_url(document.id, page.number),
            image=image_of(document, page.number),
        )
        for page in record.pages
    ]
    return DocumentDetail(
        **document_model(document).model_dump(),  # the detail is the entry of the list and more
        page_list=links,
        versions=[version_model(version) for version in record.versions],
        facts=[FactModel(**asdict(fact)) for fact in details.facts],
        agenda=[AgendaModel(**asdict(item)) for item in record.agenda],
        units=[UnitModel(**asdict(unit)) for unit in details.units],
        findings=[FindingModel(**asdict(finding)) for finding in details.findings],
        warnings=list(details.warnings),
    )


def version_model(document: Document) -> VersionModel:
    """Another file of a document."""
    return VersionModel(
        id=document.id, title=document.title, file=document.file, url=document_url(document.id)
    )


def page_model(document: Document, page: Page, passage: Passage | None) -> PageModel:
    """A page's text and, when asked for, where a passage stands on it."""
    return PageModel(
        document_id=document.id,
        number=page.number,
        label=page.label,
        width=page.width,
        height=page.height,
        method=page.method,
        confidence=page.confidence,
        hidden=page.hidden,
        text=page.text,
        image=image_of(document, page.number),
        # `find_passage` has found it in the document; on this page it may still have no place.
        passage=place_model(passage, page.number) if passage else None,
    )


def place_model(passage: Passage, page: int) -> PlaceModel:
    """The part of a passage that stands on one page."""
    return PlaceModel(
        passage_id=passage.id,
        ranges=[(extent.start, extent.end) for extent in passage.extents if extent.page == page],
        boxes=[(box.x0, box.y0, box.x1, box.y1) for box in passage.boxes if box.page == page],
    )


def has_images(document: Document) -> bool:
    """Whether the pages of a document can be shown as images."""
    return document.paged and bool(document.sha256) and has_pictures(document.media_type)


def image_of(document: Document, page: int) -> str | None:
    """Where a page is shown as an image, or None."""
    if not has_images(document):
        return None
    return page_image_url(document.id, page, API_WIDTH, document.sha256)
