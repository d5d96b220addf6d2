"""Pages and originals of documents → images and files, on threads apart from the search."""

import asyncio
from functools import partial
from pathlib import Path

from ingest.errors import ReadError, SandboxError, SourceMissing
from ingest.preview import Previews
from search.files import Picture, original_file
from service.errors import NotFound, NotReady, TooSlow
from service.i18n import _
from service.work import Workers

MOST_WAITING = 32
"""Images that may wait for a thread before others are turned away with 503."""


class Files:
    """What an index keeps beside its texts, as the service shows it."""

    def __init__(self, index: Path, workers: int, seconds: float) -> None:
        self._index = index
        self._workers = Workers(workers, MOST_WAITING)
        self._previews = Previews(index)
        self._seconds = seconds
        self._drawing: dict[Picture, asyncio.Future[bytes]] = {}

    def open(self) -> None:
        """Take requests; the process that draws starts with the first."""
        self._previews.__enter__()

    def close(self) -> None:
        """End what is being drawn."""
        self._previews.close()
        self._workers.close()

    async def original(self, sha256: str) -> Path:
        """Where the original lies; raises `NotFound`."""
        path = await asyncio.to_thread(original_file, self._index, sha256)
        if path is None:
            raise NotFound(_("El acervo no guarda el archivo original de este documento."))
        return path

    async def picture(self, picture: Picture) -> bytes:
        """The image of a page, drawn once however many ask for it at the same time.

        One that is kept does not wait for those being drawn. Raises `NotFound` where the page
        cannot be drawn, `Overloaded`, `TooSlow` or `NotReady`.
        """
        kept = await asyncio.to_thread(self._previews.kept, picture)
        if kept is not None:
            return kept
        try:
            return await asyncio.wait_for(asyncio.shield(self._drawn(picture)), self._seconds)
        except TimeoutError:
            text = _("La imagen tarda demasiado. Intente de nuevo en unos segundos.")
            raise TooSlow(text) from None
        except (ReadError, SourceMissing) as error:
            text = _("No se puede mostrar la página como imagen. {cause}")
            raise NotFound(text.format(cause=error)) from error
        except SandboxError as error:
            text = _("Ahora no se pueden dibujar páginas. Intente más tarde.")
            raise NotReady(text) from error

    def _drawn(self, picture: Picture) -> asyncio.Future[bytes]:
        """The drawing of this page that is under way, or a new one."""
        drawing = self._drawing.get(picture)
        if drawing is None:
            work = self._workers.run(partial(self._previews.draw, picture))
            drawing = self._drawing[picture] = asyncio.ensure_future(work)
            drawing.add_done_callback(partial(self._done, picture))
        return drawing

    def _done(self, picture: Picture, drawing: asyncio.Future[bytes]) -> None:
        self._drawing.pop(picture, None)
        if not drawing.cancelled():
            drawing.exception()  # whoever asked may have gone: nobody else looks at it
