"""A request → whether a person or a program asked by it, and where; never who."""

from starlette.requests import Request

from service.envelope import HEAD_ONLY
from service.records.questions import Channel


def channel_of(request: Request, named: str | None = None) -> Channel | None:
    """Where the request comes from; None when nobody reads the response: HEAD, and what browsers
    fetch on suspicion. Only whether there is an `Origin` is looked at, never which."""
    purpose = request.headers.get("sec-purpose", "") + request.headers.get("purpose", "")
    if request.scope.get(HEAD_ONLY) or "prefetch" in purpose:
        return None
    if named:
        return Channel(named)
    if not request.url.path.startswith("/api/"):
        return Channel.PAGE
    return Channel.WIDGET if "origin" in request.headers else Channel.API
