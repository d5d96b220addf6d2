"""What a request carries → text within limits, and only from pages of our own."""

from urllib.parse import parse_qs, urlsplit

from pydantic import ValidationError
from starlette.requests import Request

from service.errors import Forbidden, RulesRefused, TooLarge
from service.i18n import _
from service.rules_schema import RulesBody

LONGEST_BODY = 512 * 1024
"""Bytes of a request: thousands of rules."""

_FIELDS = 20


async def from_here(request: Request) -> None:
    """Refuse what a page of somebody else makes a browser send. Raises `Forbidden`.

    A browser adds the key to every request to us by itself, whoever caused it. It also says who
    did: in `Sec-Fetch-Site`, or at least in `Origin`. What is no browser says neither.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own = request.headers.get("host", "")
    foreign = site not in ("same-origin", "none") if site else origin and netloc(origin) != own
    if foreign:
        raise Forbidden(_("La petición viene de otro sitio."))


async def from_our_form(request: Request) -> None:
    """The same for a form, which only browsers send: they must say where it stands."""
    if "origin" not in request.headers and "sec-fetch-site" not in request.headers:
        raise Forbidden(_("El navegador no dice de qué página viene el formulario."))
    await from_here(request)


def netloc(origin: str) -> str:
    """Host and port of an origin; the scheme may change where a proxy ends TLS."""
    return urlsplit(origin).netloc


async def read_body(request: Request) -> str:
    """The body as text. Raises `TooLarge`, and `RulesRefused` when it is no UTF-8."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LONGEST_BODY:
            raise TooLarge(
                _("Pasa de {most} KB: envíe menos datos.").format(most=LONGEST_BODY // 1024)
            )
        parts.append(part)
    try:
        return b"".join(parts).decode()
    except UnicodeDecodeError:
        raise RulesRefused("el texto no está en UTF-8") from None


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, with the line ends that files have."""
    fields = parse_qs(await read_body(request), keep_blank_values=True, max_num_fields=_FIELDS)
    return {name: values[-1].replace("\r\n", "\n") for name, values in fields.items()}


async def read_rules_body(request: Request) -> str:
    """The rules that a request carries, as TOML or as JSON, as the text that is kept."""
    body = await read_body(request)
    if "json" not in request.headers.get("content-type", ""):
        return body
    try:
        return RulesBody.model_validate_json(body).toml()
    except ValidationError as error:
        wrong = error.errors()[0]
        place = ".".join(str(part) for part in wrong["loc"]) or "cuerpo"
        raise RulesRefused(f"no se entiende «{place}»: vea la descripción de la API") from error
