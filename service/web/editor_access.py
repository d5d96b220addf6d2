"""Checks the keys of editors, that their requests come from our own pages, and reads the bodies."""

import base64
import binascii
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import Depends
from pydantic import ValidationError
from starlette.requests import Request

from service.errors import Forbidden, RulesRefused, Unauthorised
from service.i18n import _
from service.usage.keys import key_owner
from service.web.editorial import RulesBody
from service.web.serving import State, read_body


def authorised(request: Request, state: State) -> str:
    """Whose key the request shows. Raises `Unauthorised`.

    `Authorization: Bearer <key>`, or `Basic` with the key as password and any user name: a browser
    asks for that by itself, so that protected pages need no cookies. Not `async`: it reads a file.
    """
    token = key_in_header(request.headers.get("authorization", ""))
    name = key_owner(state.index, token) if token else None
    if name is None:
        raise Unauthorised(
            _("La clave no es válida.") if token else _("Esta parte es del equipo editorial.")
        )
    return name


Editor = Annotated[str, Depends(authorised)]
"""A parameter of this type protects a route; its value is the name of the key."""


def key_in_header(authorisation: str) -> str:
    """The key in an `Authorization` header (RFC 7617 and 6750), or an empty text."""
    scheme, _space, credentials = authorisation.strip().partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        written = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    # User names hold no colon, passwords may (RFC 7617, section 2).
    return written.partition(":")[2]


async def require_same_origin(request: Request) -> None:
    """Refuse what a page of somebody else makes a browser send. Raises `Forbidden`.

    A browser adds the key to every request to us by itself, whoever caused it. It also says who
    did: in `Sec-Fetch-Site`, or at least in `Origin`. What is no browser says neither.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own = request.headers.get("host", "")
    # «none» is what somebody typed or opened from a bookmark. Safari before 16.4 sends no
    # `Sec-Fetch-Site`, hence `Origin`, whose scheme may differ where a proxy ends TLS.
    foreign = (
        site not in ("same-origin", "none") if site else origin and urlsplit(origin).netloc != own
    )
    if foreign:
        raise Forbidden(_("La petición viene de otro sitio."))


async def require_our_form(request: Request) -> None:
    """The same for a form, which only browsers send: they must say where it stands."""
    if "origin" not in request.headers and "sec-fetch-site" not in request.headers:
        raise Forbidden(_("El navegador no dice de qué página viene el formulario."))
    await require_same_origin(request)


LONGEST_BODY = 512 * 1024  # bytes of a request: thousands of rules
_MOST_FIELDS = 20  # far more than our forms have; `parse_qs` would read any number of them


async def read_text(request: Request) -> str:
    """The body as text. Raises `TooLarge`, and `RulesRefused` when it is no UTF-8."""
    too_large = _("Pasa de {most} KB: envíe menos datos.").format(most=LONGEST_BODY // 1024)
    body = await read_body(request, LONGEST_BODY, too_large)
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise RulesRefused("el texto no está en UTF-8") from None


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, with the line ends that files have."""
    # Browsers send the lines of a text area with CRLF (HTML, «form-data set»). Kept so, the rules
    # would differ from the same ones published from a file.
    fields = parse_qs(await read_text(request), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    return {name: values[-1].replace("\r\n", "\n") for name, values in fields.items()}


async def read_rules_body(request: Request) -> str:
    """The rules that a request carries, as TOML or as JSON, as the text that is kept."""
    body = await read_text(request)
    # What is not declared as JSON is taken for TOML: `curl --data-binary` says nothing useful.
    if "json" not in request.headers.get("content-type", ""):
        return body
    try:
        return RulesBody.model_validate_json(body).toml()
    except ValidationError as error:
        # The first one only, in our words: those of pydantic are English and hold the input.
        wrong = error.errors()[0]
        place = ".".join(str(part) for part in wrong["loc"]) or "cuerpo"
        raise RulesRefused(f"no se entiende «{place}»: vea la descripción de la API") from error
