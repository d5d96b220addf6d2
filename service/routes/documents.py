"""Documents, the stored text of their pages and how to cite them over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import JsonValue
from starlette.responses import JSONResponse, PlainTextResponse, Response

from search.searcher import Searcher
from search.types import Document, Page, Passage
from service.citation_schema import (
    CitationParameters,
    CitationResponse,
    cite_stretch,
    stored_number,
)
from service.document_schema import (
    DocumentDetail,
    DocumentList,
    Known,
    PageModel,
    document_detail,
    document_model,
    page_model,
)
from service.errors import NotFound
from service.i18n import _
from service.linked_data import linked_data
from service.problems import RESPONSES
from service.serving import Held

router = APIRouter(prefix="/api/v1", tags=["Documentos"], responses=RESPONSES)


class LinkedDataResponse(JSONResponse):
    """JSON-LD."""

    media_type = "application/ld+json"


@router.get("/documents", summary="Lista de documentos")
async def documents(held: Held) -> DocumentList:
    """Todos los documentos del acervo, con lo que se sabe de cada uno."""

    def work(searcher: Searcher) -> DocumentList:
        models = [document_model(document) for document in searcher.documents()]
        return DocumentList(total=len(models), documents=models)

    return await held.ask(work)


@router.get("/documents/{document_id:path}/pages/{number:int}.json", summary="Texto de una página")
async def page(document_id: str, number: int, held: Held, passage: str | None = None) -> PageModel:
    """El texto guardado contra el que se comprueba cada cita; con `passage`, dónde está ese
    pasaje en la página."""

    def work(searcher: Searcher) -> PageModel:
        found = find_page(searcher, document_id, number)
        place = find_passage(searcher, document_id, passage) if passage else None
        return page_model(find_document(searcher, document_id), found, place)

    return await held.ask(work)


@router.get(
    "/documents/{document_id:path}/citation",
    summary="Cómo citar un documento, una página o una frase",
    response_model=CitationResponse,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def citation(
    document_id: str, asked: Annotated[CitationParameters, Query()], request: Request, held: Held
) -> Response | CitationResponse:
    """La cita en el estilo pedido, como texto; sin `style`, todos. Con `start` y
    `end` cita esas palabras del texto guardado de la página."""
    origin = held.origin(request)

    def work(searcher: Searcher) -> CitationResponse:
        document, stretch = find_document(searcher, document_id), asked.stretch()
        number = stored_number(document, asked.page, quoted=stretch is not None)
        page = None if number is None else find_page(searcher, document_id, number)
        passages = searcher.passages(document_id) if stretch else ()
        cited = cite_stretch(document, page, stretch, passages, origin)
        return CitationResponse.from_cited(cited, asked.style)

    found = await held.ask(work)
    return PlainTextResponse(f"{found.styles[asked.style]}\n") if asked.style else found


@router.get(
    "/documents/{document_id:path}.jsonld",
    summary="Un documento en JSON-LD",
    response_class=LinkedDataResponse,
)
async def document_linked_data(
    document_id: str, request: Request, held: Held
) -> LinkedDataResponse:
    """El documento como recurso de aprendizaje de schema.org, con los identificadores de las
    Naciones Unidas para los ODS que nombra."""
    origin = held.origin(request)

    def work(searcher: Searcher) -> dict[str, JsonValue]:
        found = find_document(searcher, document_id)
        return linked_data(found, searcher.details(found.id).tags, origin)

    return LinkedDataResponse(await held.ask(work))


@router.get("/documents/{document_id:path}", summary="Un documento y sus páginas")
async def document(document_id: str, held: Held) -> DocumentDetail:
    """Un documento con la lista de sus páginas, su ficha, su agenda y lo que no cuadra en él."""

    def work(searcher: Searcher) -> DocumentDetail:
        return document_detail(know(searcher, document_id))

    return await held.ask(work)


def know(searcher: Searcher, document_id: str) -> Known:
    """All that the index knows of a document; raises `NotFound`."""
    return Known(
        document=find_document(searcher, document_id),
        pages=searcher.pages(document_id),
        details=searcher.details(document_id),
        agenda=searcher.agenda(document_id),
        versions=searcher.versions(document_id),
    )


def find_document(searcher: Searcher, document_id: str) -> Document:
    """The document; raises `NotFound`."""
    found = searcher.document(document_id)
    if found is None:
        raise NotFound(_("No hay ningún documento «{id}» en el acervo.").format(id=document_id))
    return found


def find_page(searcher: Searcher, document_id: str, number: int) -> Page:
    """The page of a document; raises `NotFound`."""
    title = find_document(searcher, document_id).title
    for candidate in searcher.pages(document_id):
        if candidate.number == number:
            return candidate
    raise NotFound(_("«{title}» no tiene página {page}.").format(title=title, page=number))


def find_passage(searcher: Searcher, document_id: str, passage_id: str) -> Passage:
    """A passage of a document; raises `NotFound`."""
    for candidate in searcher.passages(document_id):
        if candidate.id == passage_id:
            return candidate
    raise NotFound(
        _("No hay ningún pasaje «{passage}» en «{document}».").format(
            passage=passage_id, document=document_id
        )
    )
