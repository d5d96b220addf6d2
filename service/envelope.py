"""Every response → the same with security headers, its time measured, no internals in errors."""

import logging
import time
import traceback

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.metrics import Metrics
from service.problems import respond

logger = logging.getLogger(__name__)

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

FOR_EVER = "public, max-age=31536000, immutable"
UNMATCHED = "sin ruta"
HEAD_ONLY = "acervo.head"
"""In the scope of a request whose response nobody will read."""


class Envelope:
    """Answers HEAD as GET without its body, adds headers, measures, and turns what nobody
    expected into a problem. The log gets the place of an error, never its message: that could
    repeat somebody's query."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        inner = {**scope, "method": "GET", HEAD_ONLY: True} if head else scope
        sender = Sender(scope, send, head)
        begun = time.perf_counter()
        try:
            await self._app(inner, receive, sender)
        except Exception as error:  # noqa: BLE001 - the last place where a client can get an answer
            await self._explain(error, inner, receive, sender)
        seconds = time.perf_counter() - begun
        self._metrics.requests.labels(route_of(inner), str(sender.status)).observe(seconds)

    async def _explain(
        self, error: Exception, scope: Scope, receive: Receive, sender: "Sender"
    ) -> None:
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("unexpected %s on %s\n%s", type(error).__name__, route_of(scope), where)
        if not sender.started:
            await respond(Request(scope), 500)(scope, receive, sender)


class Sender:
    """Sends one response on, with the headers that all have, and without a body for HEAD."""

    def __init__(self, scope: Scope, send: Send, head: bool) -> None:
        self._scope = scope
        self._send = send
        self._head = head
        self.status = 500
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
    kept = versioned and status in (200, 304)
    headers.setdefault("Cache-Control", FOR_EVER if kept else "no-cache")


def route_of(scope: Scope) -> str:
    """The route's pattern, so that neither queries nor document names become labels."""
    path = getattr(scope.get("route"), "path", None)
    if path is not None:
        return str(path)
    return "/static" if scope["path"].startswith("/static/") else UNMATCHED
