"""The collection for harvesters: OAI-PMH 2.0 over GET and POST."""

from urllib.parse import parse_qsl

from fastapi import APIRouter, HTTPException, Request, Response

from search.searcher import Searcher
from service.oai import Repository, respond
from service.oai_request import VERBS
from service.problems import RESPONSES
from service.serving import Held, Serving

router = APIRouter(tags=["Cosecha"], responses=RESPONSES)

LONGEST_FORM = 10_000
"""Bytes; the longest request that makes sense has a few hundred."""

XML = {200: {"content": {"text/xml": {"schema": {"type": "string"}}}}}

NAMES = {
    "verb": "Qué se pide",
    "identifier": "Identificador del registro",
    "metadataPrefix": "Formato: oai_dc",
    "from": "Desde esta fecha, AAAA-MM-DD o AAAA-MM-DDThh:mm:ssZ",
    "until": "Hasta esta fecha, incluida",
    "set": "Conjunto: tipo:… o guia:…",
    "resumptionToken": "Testigo con el que sigue una lista",
}
PARAMETERS = [
    {
        "name": name,
        "in": "query",
        "required": name == "verb",
        "description": text,
        "schema": {"type": "string"} | ({"enum": list(VERBS)} if name == "verb" else {}),
    }
    for name, text in NAMES.items()
]


@router.get(
    "/oai",
    summary="Cosechar los metadatos (OAI-PMH 2.0)",
    response_class=Response,
    responses=XML,  # type: ignore[arg-type] # FastAPI asks for Any where this says what it is
    openapi_extra={"parameters": PARAMETERS},
)
async def harvest(request: Request, held: Held) -> Response:
    """Registros en Dublin Core sin calificar, por fecha de lectura y por conjunto. Los errores del
    protocolo llegan en el XML, con estado 200."""
    return await answer(request, held, request.query_params.multi_items())


@router.post("/oai", include_in_schema=False)
async def harvest_by_form(request: Request, held: Held) -> Response:
    """The same with its arguments in a form, as the protocol allows."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            raise HTTPException(413)
    given = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return await answer(request, held, given)


async def answer(request: Request, held: Serving, given: list[tuple[str, str]]) -> Response:
    """The XML of the protocol."""
    origin = held.origin(request)

    def work(searcher: Searcher) -> bytes:
        return respond(Repository(searcher, origin, held.contact), given)

    return Response(await held.ask(work), media_type="text/xml; charset=UTF-8")
