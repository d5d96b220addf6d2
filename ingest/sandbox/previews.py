"""Renders pages of an index's originals as images, in worker processes, and keeps them on disk.

Images are rendered on demand: a page takes 60 ms and 35 KB at 800 pixels (median of 463 pages of
real documents), and `acervo previews` renders ahead where that is wanted.
"""

import logging
import threading
import time
from enum import IntEnum
from pathlib import Path
from typing import Self

from ingest.errors import ReadError, SourceMissing, Unreadable
from ingest.formats import PDF
from ingest.sandbox.pool import WorkerPool, invalid_answer
from ingest.sandbox.wire import Job, Limits
from search.index.files import Picture, keep_picture, original_file, read_picture

logger = logging.getLogger(__name__)

# Somebody waits for the image, and anybody may ask for any page: less than a file may cost.
LIMITS = Limits(memory_bytes=1 << 30, cpu_seconds=10, wall_seconds=30.0, answer_bytes=2_000_000)
MOST_FAILURES = 1_000  # pages; the oldest are forgotten first
RETRY_SECONDS = 600.0
"""A page that cannot be rendered is not tried again before: it may have cost all that it is
allowed, and whoever asks for it can ask again and again."""


class Width(IntEnum):
    """How wide images can be, in pixels. Few widths, so that one image serves many readers."""

    PHONE = 480
    WINDOW = 800
    LARGE = 1200


def has_pictures(media_type: str) -> bool:
    """Whether pages of this format can be rendered: PDFium draws only its own."""
    return media_type == PDF


class Previews:
    """Images of pages by the content of their original; use as a context manager, from many
    threads. A page that two threads want at once is rendered once."""

    def __init__(self, index: Path, limits: Limits = LIMITS) -> None:
        self._index = index
        self._limits = limits
        self._workers = WorkerPool("drawing")
        self._lock = threading.Lock()
        self._drawing: dict[Picture, threading.Lock] = {}
        self._failed: dict[Picture, tuple[float, str]] = {}
        self.unkept: str | None = None
        """Why the last image rendered could not be kept on disk, if so."""

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Take requests; the process that draws starts with the first."""
        self._workers.open()

    def close(self) -> None:
        """End all that is still being rendered."""
        self._workers.close()

    def kept(self, picture: Picture) -> bytes | None:
        """The WebP if it has been rendered before; one that is not whole counts as missing."""
        # Images are renamed into place but not synced: a power cut may leave half a one.
        content = read_picture(self._index, picture)
        return content if content is not None and _is_webp(content) else None

    def draw(self, picture: Picture) -> bytes:
        """The WebP, kept for the next who asks.

        Raises the `ReadError` that explains why the page cannot be rendered, `SourceMissing`
        without the original, or `SandboxError` if the process died over it or none can be had.
        """
        # A lock for each image: other pages need not wait, and who comes second finds it kept.
        with self._lock:
            turn = self._drawing.setdefault(picture, threading.Lock())
        with turn:
            try:
                return self.kept(picture) or self._render(picture)
            finally:
                with self._lock:
                    self._drawing.pop(picture, None)

    def _render(self, picture: Picture) -> bytes:
        since, cause = self._failed.get(picture, (0.0, ""))
        if cause and time.monotonic() - since < RETRY_SECONDS:
            raise Unreadable(cause)
        path = original_file(self._index, picture.sha256)
        if path is None:
            raise SourceMissing("El índice no guarda el archivo original.")
        job = Job(PDF, self._limits, picture=(picture.page, picture.width))
        try:
            content = self._workers.run(path, job)
            # It goes to browsers as it is: what a subverted renderer sends must at least be one.
            if not _is_webp(content):
                raise invalid_answer("not a WebP")
        except ReadError as error:
            with self._lock:
                self._failed.pop(picture, None)  # to the end of the dict, which is kept by age
                self._failed[picture] = time.monotonic(), str(error)
                while len(self._failed) > MOST_FAILURES:
                    del self._failed[next(iter(self._failed))]
            raise
        self._keep(picture, content)
        return content

    def _keep(self, picture: Picture, content: bytes) -> None:
        """Keep the image; where that fails, go on without and say so once in the log."""
        try:
            keep_picture(self._index, picture, content)
        except OSError as error:  # an index on a read-only disk is served all the same
            if self.unkept is None:
                logger.warning(
                    "page images cannot be kept in %s (%s): each is drawn again when asked for",
                    self._index,
                    error.strerror,
                )
            self.unkept = error.strerror
        else:
            self.unkept = None


def _is_webp(content: bytes) -> bool:
    """Whether these are the bytes of a WebP file, all of them (RIFF container, RFC 9649)."""
    size = int.from_bytes(content[4:8], "little") + 8
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP" and size == len(content)
