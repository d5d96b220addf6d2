"""`acervo previews`: draws the pages of documents ahead, so that nobody waits for them."""

import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from rich.text import Text

from ingest.errors import ReadError, SourceMissing
from ingest.preview import Previews
from search.errors import AcervoError
from search.files import Picture
from search.index import open_snapshot
from search.types import Document
from service.commands.console import err, out, progress_bar, write_json
from service.document_schema import has_images
from service.labels import counted
from service.settings import Settings

_THREADS = 2
"""Nothing else runs meanwhile, so both cores of a small machine may draw."""


class UnknownDocument(AcervoError):
    """Nothing in the index has that identifier."""


class PreviewsUnwritable(AcervoError):
    """The images cannot be kept in the folder of the index."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What became of one page: its bytes, whether it was there already, or why there is none."""

    document_id: str
    page: int
    bytes: int = 0
    kept: bool = False
    cause: str = ""


def previews(options: Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Draw the pages of the given documents, or of all; 1 when some cannot be drawn."""
    started = time.perf_counter()
    documents = [d for d in _chosen(options.index, options.ids) if has_images(d)]
    drawn = list(_draw(options.index, documents, options.width))
    seconds = round(time.perf_counter() - started, 3)
    failed = [item for item in drawn if item.cause]
    kept = sum(item.kept for item in drawn)
    total = sum(item.bytes for item in drawn)
    if options.json:
        write_json(
            {
                "width": options.width,
                "documents": len(documents),
                "pages": len(drawn),
                "drawn": len(drawn) - kept - len(failed),
                "kept": kept,
                "bytes": total,
                "seconds": seconds,
                "failed": [
                    {name: asdict(item)[name] for name in ("document_id", "page", "cause")}
                    for item in failed
                ],
            }
        )
    else:
        for item in failed:
            err.print(Text(f"{item.document_id}, página {item.page}: {item.cause}", style="red"))
        pages = counted(len(drawn) - kept - len(failed), "página dibujada", "páginas dibujadas")
        out.print(f"[bold]{pages}[/] · {kept} ya estaban · {total / 1e6:.1f} MB · {seconds:.1f} s")
    return int(bool(failed))


def _chosen(index: Path, ids: Sequence[str]) -> list[Document]:
    """The documents with these identifiers, or all."""
    snapshot = open_snapshot(index)
    try:
        known = {document.id: document for document in snapshot.documents()}
    finally:
        snapshot.close()
    for unknown in [id_ for id_ in ids if id_ not in known]:
        raise UnknownDocument(f"no hay ningún documento «{unknown}»: véalos con «acervo status»")
    return [known[id_] for id_ in ids] if ids else list(known.values())


def _draw(index: Path, documents: Sequence[Document], width: int) -> Iterator[Drawn]:
    total = sum(document.pages for document in documents)
    with (
        Previews(index) as drawer,
        ThreadPoolExecutor(_THREADS) as pool,
        progress_bar("Dibujando", total) as bar,
    ):
        for document in documents:
            pages = range(1, document.pages + 1)
            for drawn in pool.map(partial(_page, drawer, document, width), pages):
                bar.advance(1, document.file)
                if drawer.unkept:
                    raise PreviewsUnwritable(
                        f"no se pueden guardar imágenes en «{index}» ({drawer.unkept})"
                    )
                yield drawn


def _page(drawer: Previews, document: Document, width: int, page: int) -> Drawn:
    picture = Picture(document.sha256, page, width)
    kept = drawer.kept(picture)
    if kept is not None:
        return Drawn(document.id, page, len(kept), kept=True)
    try:
        return Drawn(document.id, page, len(drawer.draw(picture)))
    except (ReadError, SourceMissing) as error:
        return Drawn(document.id, page, cause=str(error))
