"""Describes documents, their pages and what is known of them as JSON: a contract of the API."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ingest.sandbox.previews import has_pictures
from search.documents import AgendaItem, Details, Document, Page, Passage
from service.labels import document_type_label, original_label
from service.links import document_url, page_image_url, page_text_url

API_WIDTH = 800  # pixels, of the images whose addresses the API gives; others by `w`


class FromObject(BaseModel):
    """JSON that is filled from an object with attributes of the same names."""

    # Only attributes that a model names get in: never the folders of the server (`Document.root`).
    model_config = ConfigDict(from_attributes=True)


Rounded = Annotated[float, AfterValidator(partial(round, ndigits=4))]
"""A number with as many digits as mean something."""

DocumentUrl = Annotated[str, Field(validation_alias="id"), AfterValidator(document_url)]
"""The address of a document, made from its `id`."""


class DocumentModel(FromObject):
    """One document of the collection; unknown is null."""

    id: str
    title: str
    document_type: str
    document_type_label: Annotated[
        str, Field(validation_alias="document_type"), AfterValidator(document_type_label)
    ]
    language: str
    original: Annotated[
        str | None, Field(validation_alias="language"), AfterValidator(original_label)
    ]
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
    url: DocumentUrl


class VersionModel(FromObject):
    """Another file of the same document: a copy, a re-export or another edition."""

    id: str
    title: str
    file: str
    url: DocumentUrl


class FactModel(FromObject):
    """A field's value and where it comes from: `catalogue`, `text`, `properties` or `name`."""

    field: str
    value: str
    origin: str
    passage_id: str | None


class FindingModel(FromObject):
    """Something in the document that does not add up."""

    kind: str
    text: str
    passage_id: str | None


class AgendaModel(FromObject):
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


class UnitModel(FromObject):
    """A part that a trainer can use by itself."""

    passage_id: str
    title: str
    kind: str
    minutes: int | None
    group_size: tuple[int, int] | None = Field(description="Personas por grupo: mínimo y máximo")
    materials: list[str]


PageMethod = Annotated[str, Field(description="text, ocr o mended (texto reparado por OCR)")]
Confidence = Annotated[float | None, Field(description="Confianza media del OCR, de 0 a 1")]
Image = Annotated[
    str | None,
    Field(description="La página como imagen WebP de 800 píxeles de ancho, o null sin imagen"),
]


class PageLink(BaseModel):
    """A page of a document and where its text is; sizes in PDF points, 0 when unknown."""

    number: int
    label: str | None
    width: float
    height: float
    method: PageMethod
    confidence: Confidence
    hidden: bool  # a slide that is not shown when presenting
    url: str
    image: Image


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
    method: PageMethod
    confidence: Confidence
    hidden: bool
    text: str
    image: Image
    passage: PlaceModel | None


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """All that the index knows of a document, read once for the API or the reader."""

    document: Document
    pages: Sequence[Page]
    details: Details
    agenda: Sequence[AgendaItem]
    versions: Sequence[Document]


def document_detail(record: DocumentRecord) -> DocumentDetail:
    """A document, the list of its pages, and what is known of it."""
    document, details = record.document, record.details
    links = [
        {
            **asdict(page),
            "url": page_text_url(document.id, page.number),
            "image": image_of(document, page.number),
        }
        for page in record.pages
    ]
    return DocumentDetail.model_validate(
        {
            **asdict(document),
            "page_list": links,
            "versions": record.versions,
            "facts": details.facts,
            "agenda": record.agenda,
            "units": details.units,
            "findings": details.findings,
            "warnings": details.warnings,
        }
    )


def page_model(document: Document, page: Page, passage: Passage | None) -> PageModel:
    """A page's text and, when asked for, where a passage stands on it."""
    # The passage is one of the document; on this page it may still have no place.
    place = passage and {
        "passage_id": passage.id,
        "ranges": [(part.start, part.end) for part in passage.extents if part.page == page.number],
        "boxes": [(b.x0, b.y0, b.x1, b.y1) for b in passage.boxes if b.page == page.number],
    }
    image = image_of(document, page.number)
    return PageModel.model_validate(
        {**asdict(page), "document_id": document.id, "image": image, "passage": place}
    )


def has_images(document: Document) -> bool:
    """Whether the pages of a document can be shown as images."""
    return document.paged and bool(document.sha256) and has_pictures(document.media_type)


def image_of(document: Document, page: int) -> str | None:
    """Where a page is shown as an image, or None."""
    if not has_images(document):
        return None
    return page_image_url(document.id, page, API_WIDTH, document.sha256)
