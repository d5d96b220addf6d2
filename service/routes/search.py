"""Search, completions and the verification of quotes over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import JSONResponse

from search.errors import QueryError
from search.searcher import Searcher
from service.channel import channel_of
from service.export import ExportResponse, csv_text, file_name
from service.i18n import _
from service.opensearch import SUGGESTIONS_TYPE, completions
from service.parameters import ExportParameters, SearchParameters
from service.problems import RESPONSES
from service.schema import (
    SearchResponse,
    SuggestResponse,
    VerifyResponse,
    suggestion_model,
)
from service.serving import Held

router = APIRouter(prefix="/api/v1", tags=["Búsqueda"], responses=RESPONSES)


class SuggestionsResponse(JSONResponse):
    """Completions as browsers ask for them."""

    media_type = SUGGESTIONS_TYPE


@router.get("/search", summary="Buscar pasajes y una respuesta con citas")
async def search(
    parameters: Annotated[SearchParameters, Query()], request: Request, held: Held
) -> SearchResponse:
    """Devuelve los pasajes mejor situados y, si el acervo la contiene, una respuesta hecha solo
    con citas literales. Cada filtro se puede repetir; dentro de un filtro vale cualquiera de sus
    valores."""
    query = parameters.query()
    channel = channel_of(request, parameters.canal)

    def work(searcher: Searcher) -> SearchResponse:
        result = searcher.search(query)
        return SearchResponse.from_result(result, searcher.info, held.log.record(result, channel))

    return await held.ask(work)


@router.get(
    "/search/export",
    summary="Descargar los pasajes de una búsqueda",
    response_model=ExportResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def export(
    asked: Annotated[ExportParameters, Query()], request: Request, held: Held
) -> Response:
    """Los pasajes de la búsqueda, hasta 100, cada uno con su dirección completa y su cita: una
    tabla CSV (UTF-8, RFC 4180) o JSON."""
    query, origin = asked.query(), held.origin(request)

    def work(searcher: Searcher) -> ExportResponse:
        return ExportResponse.from_result(searcher.search(query), searcher.info, origin)

    found = await held.ask(work)
    name = file_name(query.text, asked.format)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if asked.format == "csv":
        return Response(csv_text(found), headers=headers, media_type="text/csv; charset=utf-8")
    return Response(found.model_dump_json(), headers=headers, media_type="application/json")


@router.get("/suggest", summary="Completar lo que se está escribiendo")
async def suggest(
    response: Response,
    held: Held,
    q: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=20)] = 6,
) -> SuggestResponse:
    """Títulos, apartados y frases frecuentes que empiezan como el texto."""
    text = q.strip()
    found = await held.ask(lambda searcher: searcher.suggest(text, limit)) if text else []
    response.headers["Cache-Control"] = "public, max-age=300"
    return SuggestResponse(query=text, suggestions=[suggestion_model(item) for item in found])


@router.get(
    "/suggest/opensearch",
    summary="Completar en la caja de búsqueda del navegador",
    response_class=SuggestionsResponse,
)
async def suggest_opensearch(
    request: Request, held: Held, q: Annotated[str, Query(max_length=200)] = ""
) -> SuggestionsResponse:
    """`["gob", ["gobernanza"], [], ["https://…"]]`, como lo pide OpenSearch."""
    text = q.strip()
    found = await held.ask(lambda searcher: searcher.suggest(text, 8)) if text else []
    content = completions(q, found, held.origin(request))
    return SuggestionsResponse(content, headers={"Cache-Control": "public, max-age=300"})


@router.get(
    "/verify",
    summary="Comprobar una cita palabra por palabra",
    response_model_exclude_defaults=True,
)
async def verify(held: Held, quote: Annotated[str, Query(max_length=5_000)] = "") -> VerifyResponse:
    """Dice si el texto está literalmente en una página guardada (los espacios se igualan)."""
    if not quote.strip():
        raise QueryError(_("Falta la cita: indique en «quote» el texto que quiere comprobar."))
    matches = await held.ask(lambda searcher: searcher.verify(quote))
    return VerifyResponse.from_matches(matches)
