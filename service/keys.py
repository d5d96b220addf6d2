"""A request → the name of the editor whose key it shows, or a 401 that says how to show one."""

import base64
import binascii
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from service.errors import Unauthorised
from service.i18n import _
from service.records.keys import holder
from service.serving import Held


def authorised(request: Request, held: Held) -> str:
    """Whose key the request shows. Raises `Unauthorised`.

    `Authorization: Bearer <key>`, or `Basic` with the key as password and any user name: a browser
    asks for that by itself, so that protected pages need no cookies. Not `async`: it reads a file.
    """
    token = shown_key(request.headers.get("authorization", ""))
    name = holder(held.index, token) if token else None
    if name is None:
        raise Unauthorised(
            _("La clave no es válida.") if token else _("Esta parte es del equipo editorial.")
        )
    return name


Editor = Annotated[str, Depends(authorised)]
"""A parameter of this type protects a route; its value is the name of the key."""


def shown_key(authorisation: str) -> str:
    """The key in an `Authorization` header, or nothing."""
    scheme, _, credentials = authorisation.strip().partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        written = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return written.partition(":")[2]
