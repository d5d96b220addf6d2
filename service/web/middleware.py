"""Wraps every request: security headers, timing, errors without internals, and the language.

Also classifies a request as page, widget, API or agent for the usage log (`channel_of`). No
personal data is kept.
"""

import logging
import re
import time
import traceback
from urllib.parse import parse_qs, quote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.i18n import DEFAULT, LANGUAGES, set_language
from service.usage.log import Channel
from service.web.problems import respond
from service.web.serving import Metrics

logger = logging.getLogger(__name__)


SECURITY_HEADERS = {
    # No inline scripts or styles: text of documents that slipped through escaping would do nothing.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # our addresses hold what people asked
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

FOR_EVER = "public, max-age=31536000, immutable"
UNMATCHED = "sin ruta"
HEAD_ONLY = "acervo.head"  # key in the scope of a request whose body nobody will read


class SecurityHeaders:
    """Answers HEAD as GET without its body, adds headers, measures the time, and turns unexpected
    errors into problems. The log gets the place of an error, never its message: that could repeat
    somebody's query."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Routes of FastAPI answer only the methods they declare: HEAD would be refused with 405.
        head = scope["method"] == "HEAD"
        inner = {**scope, "method": "GET", HEAD_ONLY: True} if head else scope
        sender = ResponseSender(scope, send, head)
        started = time.perf_counter()
        try:
            await self._app(inner, receive, sender)
        except Exception as error:  # noqa: BLE001 - the last place where a client can get an answer
            await self._explain(error, inner, receive, sender)
        seconds = time.perf_counter() - started
        # Routing writes the matched route into the scope that it was given: `inner`, not `scope`.
        self._metrics.requests.labels(route_of(inner), str(sender.status)).observe(seconds)

    async def _explain(
        self, error: Exception, scope: Scope, receive: Receive, sender: "ResponseSender"
    ) -> None:
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("unexpected %s on %s\n%s", type(error).__name__, route_of(scope), where)
        if not sender.started:
            await respond(Request(scope), 500)(scope, receive, sender)


class ResponseSender:
    """Sends one response on, with the headers that all have, and without a body for HEAD. Knows
    afterwards whether it `started` and with which `status`."""

    def __init__(self, scope: Scope, send: Send, head: bool) -> None:
        self._scope = scope
        self._send = send
        self._head = head
        self.status = 500  # what is measured when nothing was sent at all
        self.started = False

    async def __call__(self, message: Message) -> None:
        """Pass on one part of the response."""
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            add_headers(self._scope, self.status, MutableHeaders(scope=message))
        elif self._head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)


def add_headers(scope: Scope, status: int, headers: MutableHeaders) -> None:
    """Security and caching, unless the route has said otherwise."""
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    versioned = scope["path"].startswith("/static/") and b"v=" in scope["query_string"]
    # An error must not be kept for a year under the address of a file. «no-cache» still lets
    # browsers keep a response, but they ask whether it has changed.
    cacheable = versioned and status in (200, 304)
    headers.setdefault("Cache-Control", FOR_EVER if cacheable else "no-cache")


def route_of(scope: Scope) -> str:
    """The route's pattern, so that neither queries nor document names become labels."""
    path = getattr(scope.get("route"), "path", None)
    if path is not None:
        return str(path)
    return "/static" if scope["path"].startswith("/static/") else UNMATCHED


# A whole segment of the path: «/entes» is not «tes» in English.
_PREFIX = re.compile(rf"/({'|'.join(code for code in LANGUAGES if code != DEFAULT)})(?=/|$)")


class Language:
    """Sets the language that a request asks for: `/en/acerca` is «/acerca» in English, and the API
    takes `lang=en`. What lies further in sees the path without the prefix."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request in its language."""
        if scope["type"] == "http":
            code = _requested_language(scope)
            query = scope["query_string"].decode("latin-1")
            # ASGI hands the path over unquoted; the links to other languages need it quoted.
            path = quote(scope["path"], safe="/%:@!$&'()*+,;=~")
            # A request has a context of its own, so nothing needs to be put back.
            set_language(code, f"{path}?{query}" if query else path)
        await self._app(scope, receive, send)


def _requested_language(scope: Scope) -> str:
    """The language asked for; takes the prefix out of the path, which outer layers see as well."""
    prefix = _PREFIX.match(scope["path"])
    if prefix:
        scope["path"] = scope["path"][prefix.end() :] or "/"
        scope["raw_path"] = scope["raw_path"][prefix.end() :] or b"/"
        return prefix[1]
    if scope["path"].startswith("/api/"):
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [DEFAULT])[0]
        return asked if asked in LANGUAGES else DEFAULT
    return DEFAULT


def channel_of(request: Request, named: str | None = None) -> Channel | None:
    """Where the request comes from (`named` is what a client says of itself); None when nobody
    reads the response. Only whether there is an `Origin` is looked at, never which."""
    # Browsers announce pages that they fetch before anybody has asked for them in `Sec-Purpose`,
    # older ones in `Purpose`. Such a page may never be seen.
    purpose = request.headers.get("sec-purpose", "") + request.headers.get("purpose", "")
    if request.scope.get(HEAD_ONLY) or "prefetch" in purpose:
        return None
    if named:
        return Channel(named)
    if not request.url.path.startswith("/api/"):
        return Channel.PAGE
    # Browsers send `Origin` with what a script fetches from another site; programs send none.
    return Channel.WIDGET if "origin" in request.headers else Channel.API
