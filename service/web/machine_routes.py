"""Serves what machines ask for: OAI-PMH, OpenSearch, robots.txt, sitemaps, health and metrics."""

from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from lxml import etree
from lxml.builder import ElementMaker
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import PlainTextResponse

from search.searcher import Searcher
from service.errors import NotFound, NotReady
from service.i18n import _, language
from service.links import localised
from service.publish import sitemap
from service.publish.oai import VERBS, Repository, respond
from service.web.problems import RESPONSES
from service.web.rendering import static_url
from service.web.schemas import ReadyModel, StatusModel
from service.web.serving import State, read_body

router = APIRouter(tags=["Cosecha"], responses=RESPONSES)

LONGEST_FORM = 10_000  # bytes; the longest request that makes sense has a few hundred
XML_RESPONSE = {200: {"content": {"text/xml": {"schema": {"type": "string"}}}}}

PARAMETER_TEXTS = {
    "verb": "Qué se pide",
    "identifier": "Identificador del registro",
    "metadataPrefix": "Formato: oai_dc",
    "from": "Desde esta fecha, AAAA-MM-DD o AAAA-MM-DDThh:mm:ssZ",
    "until": "Hasta esta fecha, incluida",
    "set": "Conjunto: tipo:… o guia:…",
    "resumptionToken": "Testigo con el que sigue una lista",
}
# Described by hand: FastAPI must not check them, since the protocol answers wrong or repeated
# arguments in its XML, with status 200.
OAI_PARAMETERS = [
    {
        "name": name,
        "in": "query",
        "required": name == "verb",
        "description": text,
        "schema": {"type": "string"} | ({"enum": list(VERBS)} if name == "verb" else {}),
    }
    for name, text in PARAMETER_TEXTS.items()
]


@router.get(
    "/oai",
    summary="Cosechar los metadatos (OAI-PMH 2.0)",
    response_class=Response,
    responses=XML_RESPONSE,  # type: ignore[arg-type] # FastAPI asks for Any where this says what it is
    openapi_extra={"parameters": OAI_PARAMETERS},
)
async def harvest(request: Request, state: State) -> Response:
    """Registros en Dublin Core sin calificar, por fecha de lectura y por conjunto. Los errores del
    protocolo llegan en el XML, con estado 200."""
    origin, given = state.origin(request), request.query_params.multi_items()
    if request.method == "POST":
        body = await read_body(request, LONGEST_FORM)
        given = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)

    def work(searcher: Searcher) -> bytes:
        return respond(Repository(searcher, origin, state.contact), given)

    return Response(await state.ask(work), media_type="text/xml; charset=UTF-8")


# The same with its arguments in a form, as the protocol allows.
router.post("/oai", include_in_schema=False)(harvest)

discovery_router = APIRouter(include_in_schema=False)

# Crawlers and browsers ask for these again and again; they change when documents are ingested.
FOR_AN_HOUR = {"Cache-Control": "public, max-age=3600"}

DESCRIPTION_TYPE = "application/opensearchdescription+xml"
SUGGESTIONS_TYPE = "application/x-suggestions+json"

_OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"
_element = ElementMaker(namespace=_OPENSEARCH, nsmap={None: _OPENSEARCH})


@discovery_router.get("/opensearch.xml")
async def opensearch_description(request: Request, state: State) -> Response:
    """How to search here from the browser's own box, in the language of the request."""
    # https://github.com/dewitt/opensearch/blob/master/opensearch-1-1-draft-6.md
    origin = state.origin(request)
    results = f"{origin}{localised('/')}?q={{searchTerms}}&pagina={{startPage?}}"
    suggestions = f"{origin}/api/v1/suggest/opensearch?q={{searchTerms}}&lang={language()}"
    itself = f"{origin}{localised('/opensearch.xml')}"
    icon = f"{origin}{static_url('acervo.svg')}"
    about = _("Busca en materiales de capacitación sobre gobernanza de los ODS, con citas.")
    tree = _element.OpenSearchDescription(
        _element.ShortName("Acervo"),  # at most 16 characters
        _element.LongName(_("Acervo: capacitación en gobernanza de los ODS")),
        _element.Description(about),
        _element.Url(type="text/html", method="get", template=results, pageOffset="1"),
        _element.Url(type=SUGGESTIONS_TYPE, method="get", template=suggestions),
        _element.Url(type=DESCRIPTION_TYPE, rel="self", template=itself),
        _element.Image(icon, width="64", height="64", type="image/svg+xml"),
        _element.Query(role="example", searchTerms=_("gobernanza eficaz")),
        _element.Language(language()),
        _element.InputEncoding("UTF-8"),
        _element.OutputEncoding("UTF-8"),
    )
    content = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return Response(content, headers=FOR_AN_HOUR, media_type=DESCRIPTION_TYPE)


@discovery_router.get("/robots.txt")
async def robots(request: Request, state: State) -> Response:
    """What crawlers may read."""
    return PlainTextResponse(sitemap.robots(state.origin(request)), headers=FOR_AN_HOUR)


@discovery_router.get("/sitemap.xml")
@discovery_router.get("/sitemap-{part:int}.xml")
async def sitemap_file(request: Request, state: State, part: int | None = None) -> Response:
    """Every page, or the index of the parts; or one part of the pages."""
    origin = state.origin(request)

    def work(searcher: Searcher) -> bytes:
        found = sitemap.sitemap(searcher.documents(), origin, part)
        if found is None:
            raise NotFound(_("El mapa del sitio no tiene esa parte."))
        return found

    return Response(await state.ask(work), headers=FOR_AN_HOUR, media_type="application/xml")


health_router = APIRouter(tags=["Operación"])


@health_router.get("/livez", summary="El proceso responde")
async def livez() -> StatusModel:
    """Responde siempre que el proceso vive."""
    # Without the index: whoever restarts what does not live must not do so while it opens.
    return StatusModel(status="ok")


@health_router.get("/readyz", summary="El índice y el modelo están abiertos", responses=RESPONSES)
async def readyz(state: State) -> ReadyModel:
    """503 hasta que se puede buscar."""
    info = state.current_searcher.info
    if info is None:
        raise NotReady(state.current_searcher.problem)
    return ReadyModel.model_validate({"status": "ok", "index": info})


@health_router.get("/metrics", summary="Números para Prometheus", response_class=Response)
async def metrics(state: State) -> Response:
    """Duraciones, cola, rechazos y generación; nunca el texto de una consulta."""
    content = generate_latest(state.metrics.registry)
    return Response(content, media_type=CONTENT_TYPE_LATEST)
