"""Serves the search box for other sites: its script by version, the page for frames, and the page
where an editor sets it up and copies the tags."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from search.searcher import Searcher
from service.errors import NotFound
from service.i18n import DEFAULT, language
from service.labels import facet_label
from service.web.middleware import FOR_EVER, SECURITY_HEADERS
from service.web.rendering import STATIC, render
from service.web.serving import State

FOLDER = STATIC / "w"
FILE = "acervo-widget.js"
# What each version's bytes must be; `scripts/widget-integrity` writes it until a release.
RECORD = FOLDER / "versions.json"

ACCENT = "#00628f"
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3: text on the button
COLOUR = re.compile(r"#[0-9a-f]{6}")  # the one form that `<input type="color">` gives

# What the form says that stands there while, or where, the script does not run. Not gettext: the
# language is that of the other site, not of the request.
LABELS = {
    "es": ("Busque en los materiales de capacitación", "Buscar"),
    "en": ("Search the training materials", "Search"),
    "pt": ("Busque nos materiais de capacitação", "Buscar"),
    "fr": ("Cherchez dans les supports de formation", "Chercher"),
}

# What programmers of other sites may rely on, for as long as the first number of a version stays.
PROGRAMMING = {
    "properties": "accent on-accent focus ink surface line font radius",
    "parts": "box form label input button panel listbox option status privacy results answer quote "
    "verified original notice suggestion hits hit link error",
    "attributes": 'lang label placeholder accent limit="3" q open-in="page" base',
    "filters": "toolkit event type doc-language module ods document",
    "events": "search{query} results{query,total,status} open{url}",
}

# Attributes that keep the widget to a part of the collection, and the filter each one is.
SCOPES = {"toolkit": "toolkit", "event": "event", "type": "document_type"}


# Only from us, and only the frame that speaks: a page may hold several.
RESIZE = """\
<script>
addEventListener('message', (event) => {{
  if (event.origin !== '{host}' || event.data.type !== 'acervo:height') return;
  for (const frame of document.querySelectorAll('iframe')) {{
    if (frame.contentWindow === event.source) frame.height = event.data.height;
  }}
}});
</script>"""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the script, as it is served."""

    number: str
    content: bytes
    integrity: str


@dataclass(frozen=True, slots=True)
class Choice:
    """How an editor wants the widget; `scope` holds only what was chosen."""

    language: str = DEFAULT
    label: str = ""
    accent: str = ACCENT
    scope: Mapping[str, str] = field(default_factory=dict)

    def attributes(self) -> dict[str, str]:
        """The attributes of the element, without those that change nothing."""
        chosen = {"lang": self.language, **self.scope, "label": self.label}
        if self.accent != ACCENT:
            chosen["accent"] = self.accent
        return {name: value for name, value in chosen.items() if value}


def integrity_of(content: bytes) -> str:
    """What a browser compares before it runs the script (Subresource Integrity)."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode("ascii")


@cache
def versions() -> dict[str, Version]:
    """Every version in the package, oldest first."""
    # Kept for the life of the process: released bytes never change, and each has some twenty KB.
    found = {}
    # As numbers: 1.10.0 is newer than 1.9.0.
    for folder in sorted(FOLDER.glob("*/"), key=lambda one: [*map(int, one.name.split("."))]):
        content = (folder / FILE).read_bytes()
        found[folder.name] = Version(folder.name, content, integrity_of(content))
    return found


def newest() -> Version:
    """The version that new tags name."""
    return list(versions().values())[-1]


def find_version(name: str) -> tuple[Version, bool]:
    """The version, and whether its address names it in full: `1` is the newest 1.x.y.

    Raises `NotFound`, which lists what there is.
    """
    if name in versions():
        return versions()[name], True
    for version in reversed(versions().values()):
        if version.number.split(".")[0] == name:
            return version, False
    known = ", ".join([*versions(), *sorted({one.split(".")[0] for one in versions()})])
    raise NotFound(
        f"No hay ninguna versión «{name}» del buscador para otras páginas; hay: {known}."
    )


def recorded() -> dict[str, dict[str, str | bool]]:
    """By version, its recorded `integrity` and whether it has been `released`."""
    record: dict[str, dict[str, str | bool]] = json.loads(RECORD.read_text("utf-8"))
    return record


def programming() -> dict[str, list[str]]:
    """The names that programmers of other sites use, in full."""
    before = {"properties": "--acervo-", "events": "acervo-"}
    return {
        kind: [f"{before.get(kind, '')}{name}" for name in names.split()]
        for kind, names in PROGRAMMING.items()
    }


def contrast(one: str, other: str) -> float:
    """From 1 to 21 (WCAG 2.2, relative luminance)."""
    luminances = []
    for colour in (one, other):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        # Relative luminance of sRGB, with the constants as WCAG 2.2 defines them.
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        luminances.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    darker, lighter = sorted(luminances)
    return (lighter + 0.05) / (darker + 0.05)


def snippets(choice: Choice, origin: str) -> dict[str, str]:
    """All that an editor may need to copy, by what it is for, the recommended tag first."""
    # A full version goes with a sum, which the browser checks. An alias such as `1` cannot have
    # one, since what lies behind it changes.
    version = newest()
    element = _element(choice, origin)
    address = f"{origin}/w/{version.number}/{FILE}"
    alias = _script(f"{origin}/w/{version.number.split('.')[0]}/{FILE}")
    # For sites that strip unknown tags but allow scripts: the script puts its element after itself.
    mounted = {"data-acervo": "", **{f"data-{k}": v for k, v in choice.attributes().items()}}
    host = "/".join(origin.split("/")[:3])
    frame = {
        "src": f"{origin}/embed?{urlencode(choice.attributes())}",
        "title": choice.label or LABELS[choice.language][0],
        "width": "100%",
        "height": "600",
        "loading": "lazy",
    }
    return {
        "tag": f"{_script(address, version.integrity)}\n{element}",
        "alias": f"{alias}\n{element}",
        "mount": _script(address, version.integrity, mounted),
        "frame": _tag("iframe", frame) + "</iframe>",
        "policy": f"script-src {host}; connect-src {host}; form-action {host}",
        "frame_policy": f"frame-src {host}",
        "resize": RESIZE.format(host=host),
    }


def _element(choice: Choice, origin: str) -> str:
    # A form inside the element works before the script runs, and where it never does.
    label, button = LABELS[choice.language]
    front = f"{origin}/" if choice.language == DEFAULT else f"{origin}/{choice.language}/"
    hidden = "".join(
        f"\n    {_tag('input', {'type': 'hidden', 'name': SCOPES[name], 'value': value})}"
        for name, value in choice.scope.items()
    )
    return (
        f"{_tag('acervo-buscador', choice.attributes())}\n"
        f"  {_tag('form', {'action': front})}\n"
        f'    <label>{escape(choice.label or label)} <input name="q"></label>{hidden}\n'
        f"    <button>{button}</button>\n"
        "  </form>\n"
        "</acervo-buscador>"
    )


def _script(source: str, integrity: str = "", more: Mapping[str, str] | None = None) -> str:
    # A browser checks the sum of a script from another site only if it may read it: CORS.
    guard = {"integrity": integrity, "crossorigin": "anonymous"} if integrity else {}
    return _tag("script", {"src": source, **guard, "defer": "", **(more or {})}) + "</script>"


def _tag(name: str, attributes: Mapping[str, str]) -> str:
    written = [f'{key}="{escape(value)}"' if value else key for key, value in attributes.items()]
    return f"<{' '.join([name, *written])}>"


router = APIRouter(include_in_schema=False)

AN_HOUR = "public, max-age=3600"
LONGEST_VALUE = 300

# The page for a frame is the only one that others may frame.
FRAMEABLE_POLICY = SECURITY_HEADERS["Content-Security-Policy"].replace(
    "frame-ancestors 'self'", "frame-ancestors *"
)


@router.get(f"/w/{{version}}/{FILE}")
async def script(version: str) -> Response:
    """A version for ever, or the newest of a major version for an hour; for pages anywhere."""
    found, exact = find_version(version)
    headers = {
        "Cache-Control": FOR_EVER if exact else AN_HOUR,
        # Always, since a cache may keep what was first fetched without an Origin.
        "Access-Control-Allow-Origin": "*",
        # Sites that isolate themselves (COEP) load only what says that it may be loaded.
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
    headers = {"Content-Security-Policy": FRAMEABLE_POLICY}
    return HTMLResponse(render("embed.html", context), headers=headers)


@router.get("/widget")
async def setup_page(request: Request, state: State) -> HTMLResponse:
    """How an editor sets the widget up, with the tags to copy for what was chosen."""
    choice = choice_of(request.query_params)
    label, button = LABELS[choice.language]
    seen = contrast(choice.accent, "#ffffff")
    context = {
        "choice": choice,
        "contrast": seen,
        "legible": seen >= LEAST_CONTRAST,
        "options": await state.ask(scope_options),
        "snippets": snippets(choice, state.origin(request)),
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
    options: dict[str, set[tuple[str, str]]] = {name: set() for name in SCOPES}
    for document in searcher.documents():
        named = (document.toolkit, document.event, document.document_type)
        for (name, facet), value in zip(SCOPES.items(), named, strict=True):
            if value:
                options[name].add((value, facet_label(facet, value)))
    return {
        name: sorted(found, key=lambda option: option[1].casefold())
        for name, found in options.items()
    }
