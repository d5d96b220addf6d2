"""The collection for harvesters: OAI-PMH 2.0 over GET and POST."""

from collections.abc import Iterable
from urllib.parse import parse_qsl

from fastapi import APIRouter, HTTPException, Request, Response
from lxml import etree
from lxml.builder import ElementMaker
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import PlainTextResponse

from search.results import Suggestion
from search.searcher import Searcher
from service.errors import NotFound, NotReady
from service.i18n import _, language
from service.links import document_url, localised, search_url
from service.publish import sitemap
from service.publish.oai import VERBS, Repository, respond
from service.web.problems import RESPONSES
from service.web.rendering import static_url
from service.web.schemas import ReadyModel, StatusModel, index_model
from service.web.serving import AppState, State

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
async def harvest(request: Request, held: State) -> Response:
    """Registros en Dublin Core sin calificar, por fecha de lectura y por conjunto. Los errores del
    protocolo llegan en el XML, con estado 200."""
    return await answer(request, held, request.query_params.multi_items())


@router.post("/oai", include_in_schema=False)
async def harvest_by_form(request: Request, held: State) -> Response:
    """The same with its arguments in a form, as the protocol allows."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            raise HTTPException(413)
    given = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return await answer(request, held, given)


async def answer(request: Request, held: AppState, given: list[tuple[str, str]]) -> Response:
    """The XML of the protocol."""
    origin = held.origin(request)

    def work(searcher: Searcher) -> bytes:
        return respond(Repository(searcher, origin, held.contact), given)

    return Response(await held.ask(work), media_type="text/xml; charset=UTF-8")


discovery_router = APIRouter(include_in_schema=False)

KEPT = {"Cache-Control": "public, max-age=3600"}


@discovery_router.get("/opensearch.xml")
async def opensearch_description(request: Request, held: State) -> Response:
    """How to search here from the browser's own box."""
    content = description(held.origin(request))
    return Response(content, headers=KEPT, media_type=DESCRIPTION_TYPE)


@discovery_router.get("/robots.txt")
async def robots(request: Request, held: State) -> Response:
    """What crawlers may read."""
    return PlainTextResponse(sitemap.robots(held.origin(request)), headers=KEPT)


@discovery_router.get("/sitemap.xml")
async def sitemap_all(request: Request, held: State) -> Response:
    """Every page, or the index of the parts."""
    return await sitemap_response(request, held, None)


@discovery_router.get("/sitemap-{part:int}.xml")
async def sitemap_part(part: int, request: Request, held: State) -> Response:
    """One part of the pages."""
    return await sitemap_response(request, held, part)


async def sitemap_response(request: Request, held: AppState, part: int | None) -> Response:
    """The sitemap as XML; raises `NotFound` for a part that is not there."""
    origin = held.origin(request)

    def work(searcher: Searcher) -> bytes:
        found = sitemap.sitemap(searcher.documents(), origin, part)
        if found is None:
            raise NotFound(_("El mapa del sitio no tiene esa parte."))
        return found

    return Response(await held.ask(work), headers=KEPT, media_type="application/xml")


health_router = APIRouter(tags=["Operación"])


@health_router.get("/livez", summary="El proceso responde")
async def livez() -> StatusModel:
    """Responde siempre que el proceso vive."""
    return StatusModel(status="ok")


@health_router.get("/readyz", summary="El índice y el modelo están abiertos", responses=RESPONSES)
async def readyz(held: State) -> ReadyModel:
    """503 hasta que se puede buscar."""
    info = held.snapshots.info
    if info is None:
        raise NotReady(held.snapshots.problem)
    return ReadyModel(status="ok", index=index_model(info))


@health_router.get("/metrics", summary="Números para Prometheus", response_class=Response)
async def metrics(held: State) -> Response:
    """Duraciones, cola, rechazos y generación; nunca el texto de una consulta."""
    content = generate_latest(held.metrics.registry)
    return Response(content, media_type=CONTENT_TYPE_LATEST)


DESCRIPTION_TYPE = "application/opensearchdescription+xml"
SUGGESTIONS_TYPE = "application/x-suggestions+json"

_NAMESPACE = "http://a9.com/-/spec/opensearch/1.1/"
_make = ElementMaker(namespace=_NAMESPACE, nsmap={None: _NAMESPACE})


def description(origin: str) -> bytes:
    """The description document in the language of the request.

    https://github.com/dewitt/opensearch/blob/master/opensearch-1-1-draft-6.md
    """
    results = f"{origin}{localised('/')}?q={{searchTerms}}&pagina={{startPage?}}"
    suggestions = f"{origin}/api/v1/suggest/opensearch?q={{searchTerms}}&lang={language()}"
    itself = f"{origin}{localised('/opensearch.xml')}"
    icon = f"{origin}{static_url('acervo.svg')}"
    tree = _make.OpenSearchDescription(
        _make.ShortName("Acervo"),
        _make.LongName(_("Acervo: capacitación en gobernanza de los ODS")),
        _make.Description(
            _("Busca en materiales de capacitación sobre gobernanza de los ODS, con citas.")
        ),
        _make.Url(type="text/html", method="get", template=results, pageOffset="1"),
        _make.Url(type=SUGGESTIONS_TYPE, method="get", template=suggestions),
        _make.Url(type=DESCRIPTION_TYPE, rel="self", template=itself),
        _make.Image(icon, width="64", height="64", type="image/svg+xml"),
        _make.Query(role="example", searchTerms=_("gobernanza eficaz")),
        _make.Language(language()),
        _make.InputEncoding("UTF-8"),
        _make.OutputEncoding("UTF-8"),
    )
    written: bytes = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def completions(
    text: str, suggestions: Iterable[Suggestion], origin: str
) -> tuple[str, list[str], list[str], list[str]]:
    """`["gob", ["gobernanza"], [], ["https://…"]]`: what was typed, its completions, nothing about
    them, and where each leads: a document, or the results for the words."""
    found = list(suggestions)
    addresses = [
        document_url(item.document_id, item.page) if item.document_id else search_url(item.text)
        for item in found
    ]
    return text, [item.text for item in found], [], [origin + path for path in addresses]
