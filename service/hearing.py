"""A request's address → the language it asks for, and the path without it."""

import re
from urllib.parse import parse_qs, quote

from starlette.types import ASGIApp, Receive, Scope, Send

from service.i18n import DEFAULT, LANGUAGES, speak

_PREFIX = re.compile(rf"/({'|'.join(code for code in LANGUAGES if code != DEFAULT)})(?=/|$)")


class Language:
    """Hears which language a request asks for: `/en/acerca` is «/acerca» in English, and the API
    takes `lang=en`. What lies further in sees the path without the prefix."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request in its language."""
        if scope["type"] == "http":
            code = _heard(scope)
            query = scope["query_string"].decode("latin-1")
            path = quote(scope["path"], safe="/%:@!$&'()*+,;=~")
            # A request has a context of its own, so nothing needs to be put back.
            speak(code, f"{path}?{query}" if query else path)
        await self._app(scope, receive, send)


def _heard(scope: Scope) -> str:
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
