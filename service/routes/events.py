"""What people do with the results of a search → events, without who did it."""

from typing import Annotated, Literal
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import HTMLResponse, Response

from search.errors import QueryError
from service.errors import TooLarge
from service.i18n import _
from service.links import search_url
from service.problems import REFERENCE, RESPONSES
from service.records.questions import QID, Event, EventKind
from service.rendering import render
from service.serving import Held

router = APIRouter()

MOST_BYTES = 2_048
MOST_FORM_BYTES = 8_192
"""A question of 1000 characters, each of them written as `%C3%A1`."""


class EventModel(BaseModel):
    """Lo que alguien hizo con un resultado. De `id` solo se comprueba la forma: no se guarda."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["click", "save", "useful", "gap"]
    qid: str = Field(pattern=rf"^{QID.pattern}$", description="El de la búsqueda")
    id: str = Field(default="", max_length=300, description="Pasaje o documento")
    pos: int = Field(default=0, ge=0, le=5_000, description="Lugar en la lista, desde 1")


async def event_body(request: Request) -> EventModel:
    """The event in a body of JSON, whatever type it says it has: beacons send `text/plain`, which
    needs no permission of the browser. Raises `QueryError` and `TooLarge`."""
    try:
        return EventModel.model_validate_json(await small_body(request, MOST_BYTES))
    except ValidationError as error:
        wrong = ", ".join(f"«{'.'.join(map(str, e['loc']))}»" for e in error.errors() if e["loc"])
        detail = f": revise {wrong}" if wrong else ": no es JSON"
        raise QueryError(f"El evento no se entiende{detail}.") from error


async def small_body(request: Request, most: int) -> bytes:
    """The body of a request. Raises `TooLarge` as soon as it is longer than allowed."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise TooLarge(_("El cuerpo de la petición pasa de {most} bytes.").format(most=most))
    return body


@router.post(
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
async def event(told: Annotated[EventModel, Depends(event_body)], held: Held) -> None:
    """204 también si no se conoce la búsqueda: quien pregunta no debe poder saber cuáles hubo."""
    held.log.note(Event(told.qid, EventKind(told.type), told.pos))


@router.post("/avisar", include_in_schema=False)
async def notice_page(request: Request, held: Held) -> HTMLResponse:
    """«Avisar de este vacío» from a page without JavaScript: a form with `qid` and `q`."""
    body = await small_body(request, MOST_FORM_BYTES)
    form = parse_qs(body.decode("utf-8", "replace"))
    held.log.note(Event(form.get("qid", [""])[0], EventKind.GAP))
    text = form.get("q", [""])[0].strip()[:1_000]
    context = {"text": text, "again": search_url(text) if text else None}
    return HTMLResponse(render("avisado.html", context))
