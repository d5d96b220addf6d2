"""The widget for other people's pages: its script, the page for a frame, and how to set it up."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from search.searcher import Searcher
from service.envelope import FOR_EVER, SECURITY_HEADERS
from service.i18n import language
from service.labels import facet_label
from service.rendering import render
from service.serving import Held
from service.widget import (
    ACCENT,
    COLOUR,
    FILE,
    LABELS,
    LEAST_CONTRAST,
    SCOPES,
    Choice,
    contrast,
    find_version,
    newest,
    programming,
    snippets,
)

router = APIRouter(include_in_schema=False)

AN_HOUR = "public, max-age=3600"
LONGEST_VALUE = 300

FRAMED = SECURITY_HEADERS["Content-Security-Policy"].replace(
    "frame-ancestors 'self'", "frame-ancestors *"
)
"""The page for a frame is the only one that others may frame."""


@router.get(f"/w/{{version}}/{FILE}")
async def script(version: str) -> Response:
    """A version for ever, or the newest of a major version for an hour; for pages anywhere."""
    found, exact = find_version(version)
    headers = {
        "Cache-Control": FOR_EVER if exact else AN_HOUR,
        # Always, since a cache may keep what was first fetched without an Origin.
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return Response(found.content, media_type="text/javascript", headers=headers)


@router.get("/embed")
async def embed_page(request: Request) -> HTMLResponse:
    """The widget alone, for an iframe; it tells the page around it how high it is."""
    choice = choice_of(request.query_params)
    query = request.query_params.get("q", "").strip()[:1000]
    label, button = LABELS[choice.language]
    context = {
        "choice": choice,
        "filters": {SCOPES[name]: value for name, value in choice.scope.items()},
        "label": choice.label or label,
        "button": button,
        "query": query,
        "version": newest(),
    }
    headers = {"Content-Security-Policy": FRAMED}
    return HTMLResponse(render("embed.html", context), headers=headers)


@router.get("/widget")
async def setup_page(request: Request, held: Held) -> HTMLResponse:
    """How an editor sets the widget up, with the tags to copy for what was chosen."""
    choice = choice_of(request.query_params)
    label, button = LABELS[choice.language]
    seen = contrast(choice.accent, "#ffffff")
    context = {
        "choice": choice,
        "contrast": seen,
        "legible": seen >= LEAST_CONTRAST,
        "options": await held.ask(scope_options),
        "snippets": {one.name: one.code for one in snippets(choice, held.origin(request))},
        "version": newest(),
        "label": label,
        "button": button,
        "filters": {SCOPES[name]: value for name, value in choice.scope.items()},
        "programming": programming(),
    }
    return HTMLResponse(render("widget.html", context))


def choice_of(parameters: Mapping[str, str]) -> Choice:
    """What an address chooses; what is not understood is as if it were not there."""
    chosen = parameters.get("lang", "")
    accent = parameters.get("accent", "").lower()
    wanted = {name: parameters.get(name, "").strip()[:LONGEST_VALUE] for name in SCOPES}
    return Choice(
        language=chosen if chosen in LABELS else language(),
        label=" ".join(parameters.get("label", "").split())[:LONGEST_VALUE],
        accent=accent if COLOUR.fullmatch(accent) else ACCENT,
        scope={name: value for name, value in wanted.items() if value},
    )


def scope_options(searcher: Searcher) -> dict[str, list[tuple[str, str]]]:
    """For each attribute of scope, the values that the collection has and what they are called."""
    documents = searcher.documents()
    values: dict[str, set[str | None]] = {
        "toolkit": {document.toolkit for document in documents},
        "event": {document.event for document in documents},
        "type": {document.document_type for document in documents},
    }
    return {
        name: sorted(
            ((value, facet_label(SCOPES[name], value)) for value in found if value),
            key=lambda option: option[1].casefold(),
        )
        for name, found in values.items()
    }
