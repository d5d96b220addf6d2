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
        status: int | None = None  # of the response, once it has begun

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                # An error must not be kept for a year under the address of a file. «no-cache» still
                # lets browsers keep a response, but they ask whether it has changed.
                file = scope["path"].startswith("/static/") and b"v=" in scope["query_string"]
                lasting = file and status in (200, 304)
                headers.setdefault("Cache-Control", FOR_EVER if lasting else "no-cache")
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(inner, receive, send_on)
        except Exception as error:  # noqa: BLE001 - the last place where a client can get an answer
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("unexpected %s on %s\n%s", type(error).__name__, route_of(inner), where)
            if status is None:
                await respond(Request(inner), 500)(inner, receive, send_on)
        seconds = time.perf_counter() - started
        # Routing writes the matched route into the scope that it was given: `inner`, not `scope`.
        self._metrics.requests.labels(route_of(inner), str(status or 500)).observe(seconds)


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
            code, query = DEFAULT, scope["query_string"].decode("latin-1")
            prefix = _PREFIX.match(scope["path"])
            if prefix:
                code = prefix[1]
                # Outer layers see the same scope.
                scope["path"] = scope["path"][prefix.end() :] or "/"
                scope["raw_path"] = scope["raw_path"][prefix.end() :] or b"/"
            elif scope["path"].startswith("/api/"):
                asked = parse_qs(query).get("lang", [DEFAULT])[0]
                code = asked if asked in LANGUAGES else DEFAULT
            # ASGI hands the path over unquoted; the links to other languages need it quoted.
            path = quote(scope["path"], safe="/%:@!$&'()*+,;=~")
            # A request has a context of its own, so nothing needs to be put back.
            set_language(code, f"{path}?{query}" if query else path)
        await self._app(scope, receive, send)


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
