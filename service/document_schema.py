"""Documents and pages of the index → the JSON objects that describe them."""

from collections.abc import Iterable

from pydantic import BaseModel

from search.types import Document, Page, Passage
from service.labels import DOCUMENT_TYPES, original_label
from service.links import document_url, page_text_url


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
    url: str


class PageLink(BaseModel):
    """A page of a document and where its text is; sizes in PDF points, 0 when unknown."""

    number: int
    label: str | None
    width: float
    height: float
    url: str


class DocumentDetail(DocumentModel):
    """One document with the list of its pages."""

    page_list: list[PageLink]


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
    text: str
    passage: PlaceModel | None


def document_model(document: Document) -> DocumentModel:
    """A document as the API shows it: without where it lies on the server."""
    return DocumentModel(
        id=document.id,
        title=document.title,
        document_type=document.document_type.value,
        document_type_label=DOCUMENT_TYPES[document.document_type],
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
        url=document_url(document.id),
    )


def document_detail(document: Document, pages: Iterable[Page]) -> DocumentDetail:
    """A document and the list of its pages."""
    links = [
        PageLink(
            number=page.number,
            label=page.label,
            width=page.width,
            height=page.height,
            url=page_text_url(document.id, page.number),
        )
        for page in pages
    ]
    return DocumentDetail(**document_model(document).model_dump(), page_list=links)


def page_model(document_id: str, page: Page, passage: Passage | None) -> PageModel:
    """A page's text and, when asked for, where a passage stands on it."""
    return PageModel(
        document_id=document_id,
        number=page.number,
        label=page.label,
        width=page.width,
        height=page.height,
        text=page.text,
        passage=place_model(passage, page.number) if passage else None,
    )


def place_model(passage: Passage, page: int) -> PlaceModel:
    """The part of a passage that stands on one page."""
    return PlaceModel(
        passage_id=passage.id,
        ranges=[(extent.start, extent.end) for extent in passage.extents if extent.page == page],
        boxes=[(box.x0, box.y0, box.x1, box.y1) for box in passage.boxes if box.page == page],
    )
