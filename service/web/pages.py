"""Serves the pages that people read: search, documents, how to cite, and about the service."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from search.documents import Page
from search.engine import FILTERS, DocumentPart
from search.results import Query
from search.searcher import Searcher
from service.errors import NotFound
from service.i18n import N_, _
from service.labels import page_name
from service.links import document_url
from service.publish.citations import Cited, cite_stretch, styles
from service.publish.linked_data import linked_data, script_text
from service.usage.log import Event, EventKind
from service.web.document_routes import (
    RECORD_PARTS,
    document_record,
    find_document,
    find_page,
    find_passage,
    read_document,
)
from service.web.middleware import channel_of
from service.web.reader_view import ReaderRequest, reader_view
from service.web.rendering import render
from service.web.results_view import Source, passage_view, search_view
from service.web.schemas import LAST_PAGE, SearchResponse, checked, hit_model
from service.web.serving import State

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

HITS_A_PAGE = 10
PASSAGES_INSIDE = 20  # of a search inside one document, which has no further pages

EXAMPLES = (
    N_("¿a qué hora es el Tema 2?"),
    N_("principios de gobernanza eficaz"),
    N_("cambio de mentalidad en las instituciones públicas"),
    N_("¿cómo evaluar las capacidades de gobierno digital?"),
)


@router.get("/buscar")
@router.get("/")
async def search_page(request: Request, state: State) -> HTMLResponse:
    """The search box; with a question, its results."""
    # An empty search shows the first page again, with its examples.
    if not request.query_params.get("q", "").strip():
        examples = [_(example) for example in EXAMPLES]
        context = {"text": "", "examples": examples, "info": state.current_searcher.info}
        return HTMLResponse(render("inicio.html", context))
    parameters, origin = request.query_params, state.origin(request)
    chosen = {name: tuple(parameters.getlist(name)) for name in FILTERS}
    # Addresses of pages are typed and mended by hand, so what is wrong with a page number is mended
    # here; the API refuses it.
    number = min(page_number(parameters.get("pagina")) or 1, LAST_PAGE)
    literal, explain = (parameters.get(name) == "1" for name in ("literal", "explain"))
    query = checked(Query(parameters["q"], HITS_A_PAGE, number, chosen, literal, explain))

    def work(searcher: Searcher) -> str:
        result = searcher.search(query)
        qid = state.log.record(result, channel_of(request))
        response = SearchResponse.from_result(result, searcher.info, qid)
        sources = []
        for citation in response.answer.citations:
            document = find_document(searcher, citation.document_id)
            cited = Cited(document, citation.page, citation.quote, origin + citation.url)
            place = page_name(document.document_type, citation.page) or ""
            sources.append(Source(citation, place.lower(), styles(cited)))
        return render("resultados.html", {"view": search_view(query, response, sources)})

    return HTMLResponse(await state.ask(work))


@router.get("/documentos")
async def catalogue_page(state: State) -> HTMLResponse:
    """All documents, by title."""

    def work(searcher: Searcher) -> str:
        documents = sorted(searcher.documents(), key=lambda document: document.title.casefold())
        return render("documentos.html", {"documents": documents})

    return HTMLResponse(await state.ask(work))


@router.get("/documentos/{document_id:path}/citar")
async def citing_page(
    document_id: str, request: Request, state: State, pagina: str | None = None, pasaje: str = ""
) -> HTMLResponse:
    """How to cite a document, a page of it or a passage, in every style."""
    origin = state.origin(request)

    def work(searcher: Searcher) -> str:
        content = read_document(searcher, document_id, DocumentPart.PAGES, DocumentPart.PASSAGES)
        document = content.document
        page = page_number(pagina) if document.paged else None
        if page is not None:
            find_page(content, page)
        passage_id = find_passage(content, pasaje).id if pasaje else None
        url = origin + document_url(document_id, page, passage_id)
        cited = Cited(document, page, url=url)
        return render("citar.html", {"cited": cited, "styles": styles(cited)})

    return HTMLResponse(await state.ask(work))


@router.get("/documentos/{document_id:path}")
async def document_page(
    document_id: str,
    request: Request,
    state: State,
    pagina: str | None = None,
    pasaje: str | None = None,
    b: str | None = None,
) -> HTMLResponse:
    """One page of a document: its image with the passage marked, its text, what is known of it.
    `b` is the search whose results led here."""
    # A link to a result is a plain address, so opening it is noted here; no script has to tell.
    if b and channel_of(request):
        state.log.note(Event(b, EventKind.CLICK))
    origin, text = state.origin(request), request.query_params.get("buscar", "").strip()

    def work(searcher: Searcher) -> str:
        content = read_document(searcher, document_id, *RECORD_PARTS, DocumentPart.PASSAGES)
        record = document_record(searcher, content)
        page = choose_page(record.pages, pagina, record.document.title)
        found = None
        if text:
            # Within one document every passage is a candidate, best first; what has no marked word
            # is not about the question.
            query = Query(text, PASSAGES_INSIDE, filters={"document": (document_id,)})
            result = searcher.search(checked(query))
            hits = [hit_model(hit, result.language) for hit in result.hits if hit.marks]
            found = [passage_view(hit) for hit in hits]
        wanted = ReaderRequest(pasaje, text, found)
        linked = script_text(linked_data(record.document, record.details.tags, origin))
        view = reader_view(record, content.passages, page, wanted, linked)
        cited = styles(cite_stretch(record.document, page, None, (), origin))
        return render("documento.html", {"view": view, "styles": cited})

    return HTMLResponse(await state.ask(work))


@router.get("/acerca")
async def about_page(state: State) -> HTMLResponse:
    """What this is, what it promises and what it does not."""
    return HTMLResponse(render("acerca.html", {"info": state.current_searcher.info}))


@router.get("/accesibilidad")
async def accessibility_page() -> HTMLResponse:
    """What works for whom, what was checked, and what is known not to work."""
    return HTMLResponse(render("accesibilidad.html", {}))


@router.get("/privacidad")
async def privacy_page(state: State) -> HTMLResponse:
    """What is kept of a search, for how long and what for."""
    return HTMLResponse(render("privacidad.html", {"logging": state.log.open}))


def page_number(text: str | None) -> int | None:
    """A page number of an address, or None when it is not one."""
    # `isdecimal` alone takes the digits of all scripts; `int` refuses very long ones.
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 7 else None


def choose_page(pages: Sequence[Page], wanted: str | None, title: str) -> Page:
    """The page asked for, or the first; raises `NotFound`."""
    number = pages[0].number if wanted is None and pages else page_number(wanted)
    for page in pages:
        if page.number == number:
            return page
    raise NotFound(_("«{title}» no tiene página {page}.").format(title=title, page=wanted or 1))
