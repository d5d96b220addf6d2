"""The pages that people read: search, documents, and what this is."""

from collections.abc import Sequence
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from search.searcher import Searcher
from search.types import Page
from service.answer_schema import CitationModel
from service.channel import channel_of
from service.citation_schema import cite_stretch, styles
from service.citing import Cited
from service.errors import NotFound
from service.labels import FACETS, page_name
from service.parameters import LAST_PAGE, make_query
from service.reader import reader_view
from service.records.questions import Event, EventKind
from service.rendering import render
from service.routes.documents import find_document, know
from service.schema import SearchResponse
from service.serving import Held
from service.view import Source, search_view

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

HITS_A_PAGE = 10

EXAMPLES = (
    "¿a qué hora es el Tema 2?",
    "principios de gobernanza eficaz",
    "cambio de mentalidad en las instituciones públicas",
    "¿cómo evaluar las capacidades de gobierno digital?",
)


@router.get("/buscar")
@router.get("/")
async def search_page(request: Request, held: Held) -> HTMLResponse:
    """The search box; with a question, its results."""
    parameters = request.query_params
    if not parameters.get("q", "").strip():
        context = {"text": "", "examples": EXAMPLES, "info": held.snapshots.info}
        return HTMLResponse(render("inicio.html", context))
    chosen = {name: parameters.getlist(name) for name in FACETS}
    number = min(page_number(parameters.get("pagina")) or 1, LAST_PAGE)
    query = replace(
        make_query(parameters["q"], HITS_A_PAGE, number, chosen),
        literal=parameters.get("literal") == "1",
        explain=parameters.get("explain") == "1",
    )
    origin = held.origin(request)

    def work(searcher: Searcher) -> str:
        result = searcher.search(query)
        qid = held.log.record(result, channel_of(request))
        response = SearchResponse.from_result(result, searcher.info, qid)
        sources = cited_sources(response.answer.citations, searcher, origin)
        return render("resultados.html", {"view": search_view(query, response, sources)})

    return HTMLResponse(await held.ask(work))


@router.get("/documentos")
async def catalogue_page(held: Held) -> HTMLResponse:
    """All documents, by title."""

    def work(searcher: Searcher) -> str:
        documents = sorted(searcher.documents(), key=lambda document: document.title.casefold())
        return render("documentos.html", {"documents": documents})

    return HTMLResponse(await held.ask(work))


@router.get("/documentos/{document_id:path}")
async def document_page(
    document_id: str,
    request: Request,
    held: Held,
    pagina: str | None = None,
    b: str | None = None,
) -> HTMLResponse:
    """One page of a document as text, with an anchor for each passage. `b` is the search whose
    results led here."""
    if b and channel_of(request):
        held.log.note(Event(b, EventKind.CLICK))
    origin = held.origin(request)

    def work(searcher: Searcher) -> str:
        known = know(searcher, document_id)
        page = choose_page(known.pages, pagina, known.document.title)
        view = reader_view(known, searcher.passages(document_id), page)
        cited = styles(cite_stretch(known.document, page, None, (), origin))
        return render("documento.html", {"view": view, "styles": cited})

    return HTMLResponse(await held.ask(work))


@router.get("/acerca")
async def about_page(held: Held) -> HTMLResponse:
    """What this is, what it promises and what it does not."""
    return HTMLResponse(render("acerca.html", {"info": held.snapshots.info}))


def cited_sources(
    citations: Sequence[CitationModel], searcher: Searcher, origin: str
) -> list[Source]:
    """The citations of an answer, each in every style."""
    sources = []
    for citation in citations:
        document = find_document(searcher, citation.document_id)
        cited = Cited(document, citation.page, citation.quote, origin + citation.url)
        place = page_name(document.document_type, citation.page) or ""
        sources.append(Source(citation, place.lower(), styles(cited)))
    return sources


def page_number(text: str | None) -> int | None:
    """A page number of an address, or None when it is not one."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 7 else None


def choose_page(pages: Sequence[Page], wanted: str | None, title: str) -> Page:
    """The page asked for, or the first; raises `NotFound`."""
    number = pages[0].number if wanted is None and pages else page_number(wanted)
    for page in pages:
        if page.number == number:
            return page
    raise NotFound(f"«{title}» no tiene página {wanted or 1}.")
