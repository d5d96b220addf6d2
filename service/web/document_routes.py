"""Serves documents: their fields, the text and image of their pages, citations and originals."""

from pathlib import PurePath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from pydantic import JsonValue
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response

from ingest.sandbox.previews import Width
from search.documents import Document, Page, Passage
from search.engine import DocumentContent, DocumentPart
from search.index.files import Picture
from search.searcher import Searcher
from service.errors import NotFound
from service.i18n import _
from service.links import VERSION_LETTERS
from service.publish.citations import (
    CitationParameters,
    CitationResponse,
    cite_stretch,
    stored_number,
)
from service.publish.linked_data import linked_data
from service.web.document_schemas import (
    DocumentDetail,
    DocumentList,
    DocumentRecord,
    PageModel,
    document_detail,
    has_images,
    page_model,
)
from service.web.middleware import FOR_EVER
from service.web.problems import RESPONSES
from service.web.serving import AppState, State

router = APIRouter(prefix="/api/v1", tags=["Documentos"], responses=RESPONSES)


class LinkedDataResponse(JSONResponse):
    """JSON-LD."""

    media_type = "application/ld+json"


@router.get("/documents", summary="Lista de documentos")
async def documents(state: State) -> DocumentList:
    """Todos los documentos del acervo, con lo que se sabe de cada uno."""

    def work(searcher: Searcher) -> DocumentList:
        found = searcher.documents()
        return DocumentList.model_validate({"total": len(found), "documents": found})

    return await state.ask(work)


@router.get("/documents/{document_id:path}/pages/{number:int}.json", summary="Texto de una página")
async def page(
    document_id: str, number: int, state: State, passage: str | None = None
) -> PageModel:
    """El texto guardado contra el que se comprueba cada cita; con `passage`, dónde está ese
    pasaje en la página."""

    def work(searcher: Searcher) -> PageModel:
        content = read_document(searcher, document_id, DocumentPart.PAGES, DocumentPart.PASSAGES)
        stored = find_page(content, number)
        place = find_passage(content, passage) if passage else None
        return page_model(content.document, stored, place)

    return await state.ask(work)


@router.get(
    "/documents/{document_id:path}/citation",
    summary="Cómo citar un documento, una página o una frase",
    response_model=CitationResponse,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def citation(
    document_id: str,
    parameters: Annotated[CitationParameters, Query()],
    request: Request,
    state: State,
) -> Response | CitationResponse:
    """La cita en el estilo pedido, como texto; sin `style`, todos. Con `start` y
    `end` cita esas palabras del texto guardado de la página."""
    origin = state.origin(request)

    def work(searcher: Searcher) -> CitationResponse:
        content = read_document(searcher, document_id, DocumentPart.PAGES, DocumentPart.PASSAGES)
        document, stretch = content.document, parameters.stretch()
        number = stored_number(document, parameters.page, quoted=stretch is not None)
        page = None if number is None else find_page(content, number)
        cited = cite_stretch(document, page, stretch, content.passages if stretch else (), origin)
        return CitationResponse.from_cited(cited, parameters.style)

    found = await state.ask(work)
    return PlainTextResponse(f"{found.styles[parameters.style]}\n") if parameters.style else found


@router.get(
    "/documents/{document_id:path}.jsonld",
    summary="Un documento en JSON-LD",
    response_class=LinkedDataResponse,
)
async def document_linked_data(
    document_id: str, request: Request, state: State
) -> LinkedDataResponse:
    """El documento como recurso de aprendizaje de schema.org, con los identificadores de las
    Naciones Unidas para los ODS que nombra."""
    origin = state.origin(request)

    def work(searcher: Searcher) -> dict[str, JsonValue]:
        content = read_document(searcher, document_id, DocumentPart.DETAILS)
        return linked_data(content.document, content.details.tags, origin)

    return LinkedDataResponse(await state.ask(work))


# The last of these routes: its path matches all of the others as well.
@router.get("/documents/{document_id:path}", summary="Un documento y sus páginas")
async def document(document_id: str, state: State) -> DocumentDetail:
    """Un documento con la lista de sus páginas, su ficha, su agenda y lo que no cuadra en él."""

    def work(searcher: Searcher) -> DocumentDetail:
        content = read_document(searcher, document_id, *RECORD_PARTS)
        return document_detail(document_record(searcher, content))

    return await state.ask(work)


RECORD_PARTS = (DocumentPart.PAGES, DocumentPart.DETAILS, DocumentPart.AGENDA)
"""What a record is made of; whoever needs more of the document reads it at once with these."""


def read_document(searcher: Searcher, document_id: str, *parts: DocumentPart) -> DocumentContent:
    """A document with the parts asked for; raises `NotFound`."""
    found = searcher.read_document(document_id, *parts)
    if found is None:
        raise _no_document(document_id)
    return found


def document_record(searcher: Searcher, content: DocumentContent) -> DocumentRecord:
    """All that the index knows of a document that was read with `RECORD_PARTS`."""
    return DocumentRecord(
        document=content.document,
        pages=content.pages,
        details=content.details,
        agenda=content.timetable,
        versions=searcher.versions(content.document.id),
    )


def find_document(searcher: Searcher, document_id: str) -> Document:
    """The document; raises `NotFound`."""
    found = searcher.document(document_id)
    if found is None:
        raise _no_document(document_id)
    return found


def _no_document(document_id: str) -> NotFound:
    return NotFound(_("No hay ningún documento «{id}» en el acervo.").format(id=document_id))


def find_page(content: DocumentContent, number: int) -> Page:
    """The page of a document that was read with its pages; raises `NotFound`."""
    for candidate in content.pages:
        if candidate.number == number:
            return candidate
    title = content.document.title
    raise NotFound(_("«{title}» no tiene página {page}.").format(title=title, page=number))


def find_passage(content: DocumentContent, passage_id: str) -> Passage:
    """A passage of a document that was read with its passages; raises `NotFound`."""
    for candidate in content.passages:
        if candidate.id == passage_id:
            return candidate
    raise NotFound(
        _("No hay ningún pasaje «{passage}» en «{document}».").format(
            passage=passage_id, document=content.document.id
        )
    )


files_router = APIRouter()

WEBP = "image/webp"
FOR_A_WHILE = "public, max-age=300"
# For originals: a web page among them must never run as one of ours.
CONFINED_POLICY = "default-src 'none'; sandbox"

Pixels = Annotated[Width, Query(description="Ancho en píxeles: 480, 800 o 1200")]
Version = Annotated[
    str | None, Query(description="Comienzo del SHA-256 del original: la imagen ya no cambia")
]


@files_router.get(
    "/api/v1/documents/{document_id:path}/pages/{number:int}.webp",
    summary="Una página como imagen",
    tags=["Documentos"],
    response_class=Response,
    responses={**RESPONSES, 200: {"content": {WEBP: {}}}},
)
async def page_image(
    document_id: str,
    number: int,
    request: Request,
    state: State,
    w: Pixels = Width.WINDOW,
    v: Version = None,
) -> Response:
    """La página dibujada en WebP; 404 si el formato no tiene páginas que dibujar. Con la `v` que
    dan las direcciones `image`, se puede guardar para siempre."""
    document = known_document(state, document_id)
    if not has_images(document):
        text = _("«{title}» no tiene páginas que se puedan ver como imagen.")
        raise NotFound(text.format(title=document.title))
    if not 1 <= number <= document.pages:
        text = _("«{title}» no tiene página {number}.")
        raise NotFound(text.format(title=document.title, number=number))
    version = document.sha256[:VERSION_LETTERS]
    # Weak (RFC 9110, 8.8.1): another release of PDFium may draw the same page with other bytes.
    tag = f'W/"{version}-{number}-{w}"'
    headers = {"ETag": tag, "Cache-Control": FOR_EVER if v == version else FOR_A_WHILE}
    # Before the page is drawn, which may take seconds.
    if client_has(request, tag):
        return Response(status_code=304, headers=headers)
    content = await state.files.picture(Picture(document.sha256, number, w))
    return Response(content, media_type=WEBP, headers=headers)


@files_router.get("/documentos/{document_id:path}/original", include_in_schema=False)
async def original(document_id: str, request: Request, state: State) -> Response:
    """The file that a document was made from, byte for byte, to be saved under its own name."""
    document = known_document(state, document_id)
    path = await state.files.original(document.sha256)
    headers = {
        "Content-Type": document.media_type,  # as it is: our guess of its charset could be wrong
        "Content-Disposition": attachment(document.file),
        "Content-Security-Policy": CONFINED_POLICY,
        "X-Content-Type-Options": "nosniff",
        "ETag": f'"{document.sha256}"',
        "Cache-Control": FOR_A_WHILE,
    }
    if client_has(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return FileResponse(path, headers=headers)


def known_document(state: AppState, document_id: str) -> Document:
    """The document; raises `NotFound`. A look into memory: it needs no thread of the search."""
    return state.current_searcher.use(lambda searcher: find_document(searcher, document_id))


def client_has(request: Request, tag: str) -> bool:
    """Whether the client has this very thing already (RFC 9110, 13.1.2: compared weakly)."""
    tags = [item.strip() for item in request.headers.get("if-none-match", "").split(",")]
    return "*" in tags or tag.removeprefix("W/") in [item.removeprefix("W/") for item in tags]


def attachment(name: str) -> str:
    """`Content-Disposition` with the real name (RFC 8187), and a plain one for old clients."""
    name = PurePath(name).name
    # Quotes and backslashes would end the quoted string, and control characters the header.
    plain = "".join(letter if letter.isascii() else "_" for letter in name if letter.isprintable())
    plain = plain.replace("\\", "_").replace('"', "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
