"""Serves search, its export, completions, the verification of quotes, and events over HTTP."""

from dataclasses import asdict
from typing import Annotated, Literal
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import HTMLResponse, JSONResponse

from search.errors import QueryError
from search.searcher import Searcher
from service.i18n import _
from service.links import document_url, search_url
from service.usage.log import QID, Event, EventKind
from service.web.export import ExportResponse, csv_text, file_name
from service.web.machine_routes import SUGGESTIONS_TYPE
from service.web.middleware import channel_of
from service.web.problems import REFERENCE, RESPONSES
from service.web.rendering import render
from service.web.schemas import (
    ExportParameters,
    SearchParameters,
    SearchResponse,
    SuggestResponse,
    VerifyResponse,
)
from service.web.serving import State, read_body

router = APIRouter(prefix="/api/v1", tags=["Búsqueda"], responses=RESPONSES)


class SuggestionsResponse(JSONResponse):
    """Completions as browsers ask for them."""

    media_type = SUGGESTIONS_TYPE


@router.get("/search", summary="Buscar pasajes y una respuesta con citas")
async def search(
    parameters: Annotated[SearchParameters, Query()], request: Request, state: State
) -> SearchResponse:
    """Devuelve los pasajes mejor situados y, si el acervo la contiene, una respuesta hecha solo
    con citas literales. Cada filtro se puede repetir; dentro de un filtro vale cualquiera de sus
    valores."""
    query = parameters.query()
    channel = channel_of(request, parameters.canal)

    def work(searcher: Searcher) -> SearchResponse:
        result = searcher.search(query)
        return SearchResponse.from_result(result, searcher.info, state.log.record(result, channel))

    return await state.ask(work)


@router.get(
    "/search/export",
    summary="Descargar los pasajes de una búsqueda",
    response_model=ExportResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def export(
    parameters: Annotated[ExportParameters, Query()], request: Request, state: State
) -> Response:
    """Los pasajes de la búsqueda, hasta 100, cada uno con su dirección completa y su cita: una
    tabla CSV (UTF-8, RFC 4180) o JSON."""
    query, origin = parameters.query(), state.origin(request)

    def work(searcher: Searcher) -> ExportResponse:
        return ExportResponse.from_result(searcher.search(query), searcher.info, origin)

    found = await state.ask(work)
    name = file_name(query.text, parameters.format)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if parameters.format == "csv":
        return Response(csv_text(found), headers=headers, media_type="text/csv; charset=utf-8")
    return Response(found.model_dump_json(), headers=headers, media_type="application/json")


@router.get("/suggest", summary="Completar lo que se está escribiendo")
async def suggest(
    response: Response,
    state: State,
    q: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=20)] = 6,
) -> SuggestResponse:
    """Títulos, apartados y frases frecuentes que empiezan como el texto."""
    text = q.strip()
    # An empty box is no error while somebody types, and needs no thread.
    found = await state.ask(lambda searcher: searcher.suggest(text, limit)) if text else []
    response.headers["Cache-Control"] = "public, max-age=300"
    suggestions = [
        # Only what names a document has an address.
        {**asdict(one), "url": one.document_id and document_url(one.document_id, one.page)}
        for one in found
    ]
    return SuggestResponse.model_validate({"query": text, "suggestions": suggestions})


@router.get(
    "/suggest/opensearch",
    summary="Completar en la caja de búsqueda del navegador",
    response_class=SuggestionsResponse,
)
async def suggest_opensearch(
    request: Request, state: State, q: Annotated[str, Query(max_length=200)] = ""
) -> SuggestionsResponse:
    """`["gob", ["gobernanza"], [], ["https://…"]]`, como lo pide OpenSearch."""
    text = q.strip()
    found = await state.ask(lambda searcher: searcher.suggest(text, 8)) if text else []
    origin = state.origin(request)
    addresses = [
        document_url(one.document_id, one.page) if one.document_id else search_url(one.text)
        for one in found
    ]
    # What was typed, its completions, nothing about them, and where each leads: a document, or the
    # results for the words.
    content = [q, [one.text for one in found], [], [origin + path for path in addresses]]
    return SuggestionsResponse(content, headers={"Cache-Control": "public, max-age=300"})


@router.get(
    "/verify",
    summary="Comprobar una cita palabra por palabra",
    response_model_exclude_defaults=True,
)
async def verify(
    state: State, quote: Annotated[str, Query(max_length=5_000)] = ""
) -> VerifyResponse:
    """Dice si el texto está literalmente en una página guardada (los espacios se igualan)."""
    # Not declared as required: the message of pydantic would not say what to do.
    if not quote.strip():
        raise QueryError(_("Falta la cita: indique en «quote» el texto que quiere comprobar."))
    matches = await state.ask(lambda searcher: searcher.verify(quote))
    return VerifyResponse.from_matches(matches)


events_router = APIRouter()

MOST_EVENT_BYTES = 2_048  # of JSON whose longest value, `id`, has 300 characters
MOST_FORM_BYTES = 8_192  # a question of 1000 characters, each of them written as `%C3%A1`


class EventModel(BaseModel):
    """Lo que alguien hizo con un resultado. De `id` solo se comprueba la forma: no se guarda."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["click", "gap"]
    qid: str = Field(pattern=rf"^{QID.pattern}$", description="El de la búsqueda")
    id: str = Field(default="", max_length=300, description="Pasaje o documento")
    pos: int = Field(default=0, ge=0, le=5_000, description="Lugar en la lista, desde 1")


async def event_body(request: Request) -> EventModel:
    """The event in a body of JSON, whatever type it says it has: beacons send `text/plain`, which
    needs no permission of the browser. Raises `QueryError` and `TooLarge`."""
    try:
        body = await read_body(request, MOST_EVENT_BYTES, _too_large(MOST_EVENT_BYTES))
        return EventModel.model_validate_json(body)
    except ValidationError as error:
        wrong = ", ".join(f"«{'.'.join(map(str, e['loc']))}»" for e in error.errors() if e["loc"])
        detail = f": revise {wrong}" if wrong else ": no es JSON"
        raise QueryError(f"El evento no se entiende{detail}.") from error


def _too_large(most: int) -> str:
    return _("El cuerpo de la petición pasa de {most} bytes.").format(most=most)


@events_router.post(
    "/api/v1/events",
    summary="Decir qué se hizo con un resultado",
    status_code=204,
    response_class=Response,
    tags=["Búsqueda"],
    responses=RESPONSES,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"$ref": REFERENCE.format(model="EventModel")}}
                for kind in ("application/json", "text/plain")
            },
        }
    },
)
async def event(reported: Annotated[EventModel, Depends(event_body)], state: State) -> None:
    """204 también si no se conoce la búsqueda: quien pregunta no debe poder saber cuáles hubo."""
    state.log.note(Event(reported.qid, EventKind(reported.type), reported.pos))


@events_router.post("/avisar", include_in_schema=False)
async def notice_page(request: Request, state: State) -> HTMLResponse:
    """«Avisar de este vacío» from a page without JavaScript: a form with `qid` and `q`."""
    body = await read_body(request, MOST_FORM_BYTES, _too_large(MOST_FORM_BYTES))
    # By hand: the forms of Starlette need a package that is not among our dependencies.
    form = parse_qs(body.decode("utf-8", "replace"))
    state.log.note(Event(form.get("qid", [""])[0], EventKind.GAP))
    text = form.get("q", [""])[0].strip()[:1_000]
    context = {"text": text, "again": search_url(text) if text else None}
    return HTMLResponse(render("avisado.html", context))
