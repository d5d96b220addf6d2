"""How browsers and crawlers find what is here: OpenSearch, sitemaps and robots.txt."""

from fastapi import APIRouter, Request, Response
from starlette.responses import PlainTextResponse

from search.searcher import Searcher
from service import opensearch, sitemap
from service.errors import NotFound
from service.i18n import _
from service.serving import Held, Serving

router = APIRouter(include_in_schema=False)

KEPT = {"Cache-Control": "public, max-age=3600"}


@router.get("/opensearch.xml")
async def opensearch_description(request: Request, held: Held) -> Response:
    """How to search here from the browser's own box."""
    content = opensearch.description(held.origin(request))
    return Response(content, headers=KEPT, media_type=opensearch.DESCRIPTION_TYPE)


@router.get("/robots.txt")
async def robots(request: Request, held: Held) -> Response:
    """What crawlers may read."""
    return PlainTextResponse(sitemap.robots(held.origin(request)), headers=KEPT)


@router.get("/sitemap.xml")
async def sitemap_all(request: Request, held: Held) -> Response:
    """Every page, or the index of the parts."""
    return await sitemap_response(request, held, None)


@router.get("/sitemap-{part:int}.xml")
async def sitemap_part(part: int, request: Request, held: Held) -> Response:
    """One part of the pages."""
    return await sitemap_response(request, held, part)


async def sitemap_response(request: Request, held: Serving, part: int | None) -> Response:
    """The sitemap as XML; raises `NotFound` for a part that is not there."""
    origin = held.origin(request)

    def work(searcher: Searcher) -> bytes:
        found = sitemap.sitemap(searcher.documents(), origin, part)
        if found is None:
            raise NotFound(_("El mapa del sitio no tiene esa parte."))
        return found

    return Response(await held.ask(work), headers=KEPT, media_type="application/xml")
