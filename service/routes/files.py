"""Page images and original files of documents over HTTP."""

from pathlib import PurePath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import FileResponse, Response

from ingest.preview import Width
from search.files import Picture
from search.types import Document
from service.document_schema import has_images
from service.envelope import FOR_EVER
from service.errors import NotFound
from service.i18n import _
from service.links import VERSION_LETTERS
from service.problems import RESPONSES
from service.routes.documents import find_document
from service.serving import Held, Serving

router = APIRouter()

WEBP = "image/webp"
FOR_A_WHILE = "public, max-age=300"
CONFINED = "default-src 'none'; sandbox"
"""For originals: a web page among them must never run as one of ours."""

Pixels = Annotated[Width, Query(description="Ancho en píxeles: 480, 800 o 1200")]
Version = Annotated[
    str | None, Query(description="Comienzo del SHA-256 del original: la imagen ya no cambia")
]


@router.get(
    "/api/v1/documents/{document_id:path}/pages/{number:int}.webp",
    summary="Una página como imagen",
    tags=["Documentos"],
    response_class=Response,
    responses={**RESPONSES, 200: {"content": {WEBP: {}}}},
)
async def page_image(
    document_id: str,
    number: int,
    request: Request,
    held: Held,
    w: Pixels = Width.WINDOW,
    v: Version = None,
) -> Response:
    """La página dibujada en WebP; 404 si el formato no tiene páginas que dibujar. Con la `v` que
    dan las direcciones `image`, se puede guardar para siempre."""
    document = known_document(held, document_id)
    if not has_images(document):
        text = _("«{title}» no tiene páginas que se puedan ver como imagen.")
        raise NotFound(text.format(title=document.title))
    if not 1 <= number <= document.pages:
        text = _("«{title}» no tiene página {number}.")
        raise NotFound(text.format(title=document.title, number=number))
    version = document.sha256[:VERSION_LETTERS]
    tag = f'W/"{version}-{number}-{w}"'
    headers = {"ETag": tag, "Cache-Control": FOR_EVER if v == version else FOR_A_WHILE}
    if holds(request, tag):
        return Response(status_code=304, headers=headers)
    content = await held.files.picture(Picture(document.sha256, number, w))
    return Response(content, media_type=WEBP, headers=headers)


@router.get("/documentos/{document_id:path}/original", include_in_schema=False)
async def original(document_id: str, request: Request, held: Held) -> Response:
    """The file that a document was made from, byte for byte, to be saved under its own name."""
    document = known_document(held, document_id)
    path = await held.files.original(document.sha256)
    headers = {
        "Content-Type": document.media_type,  # as it is: our guess of its charset could be wrong
        "Content-Disposition": attachment(document.file),
        "Content-Security-Policy": CONFINED,
        "X-Content-Type-Options": "nosniff",
        "ETag": f'"{document.sha256}"',
        "Cache-Control": FOR_A_WHILE,
    }
    if holds(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return FileResponse(path, headers=headers)


def known_document(held: Serving, document_id: str) -> Document:
    """The document; raises `NotFound`. A look into memory: it needs no thread of the search."""
    return held.snapshots.use(lambda searcher: find_document(searcher, document_id))


def holds(request: Request, tag: str) -> bool:
    """Whether the client has this very thing already (RFC 9110, 13.1.2: compared weakly)."""
    asked = [item.strip() for item in request.headers.get("if-none-match", "").split(",")]
    return "*" in asked or tag.removeprefix("W/") in [item.removeprefix("W/") for item in asked]


def attachment(name: str) -> str:
    """`Content-Disposition` with the real name (RFC 8187), and a plain one for old clients."""
    name = PurePath(name).name
    plain = "".join(letter if letter.isascii() else "_" for letter in name if letter.isprintable())
    plain = plain.replace("\\", "_").replace('"', "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
