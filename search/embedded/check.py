"""Is an index whole: database, caches, originals, and every passage against its page."""

import hashlib
from pathlib import Path

from search.embedded.generation import cache_folder, damaged_files, read_manifest
from search.embedded.store import Store
from search.files import original_file
from search.index import Problem
from search.types import Entry


def check(folder: Path) -> list[Problem]:
    """Recompute every checksum and compare every passage with its page text."""
    problems = []
    with Store(folder) as store:
        with store.reading():
            for document_id, entry in store.examined():
                if entry is None:
                    problems.append(_damaged(document_id))
                else:
                    problems += _passages(entry) + _original(folder, entry)
        problems += _cache(folder, store)
    return problems


def _damaged(document_id: str) -> Problem:
    text = f"el documento «{document_id}» no coincide con su suma"
    return Problem(text, _again(document_id))


def _passages(entry: Entry) -> list[Problem]:
    texts = {page.number: page.text for page in entry.pages}
    wrong = [
        passage.id
        for passage in entry.passages
        for extent in passage.extents
        if texts.get(extent.page, "")[extent.start : extent.end]
        != passage.text[extent.offset : extent.offset + extent.end - extent.start]
    ]
    return [
        Problem(
            f"el pasaje «{passage}» de «{entry.document.id}» no está literalmente en su página",
            _again(entry.document.id),
        )
        for passage in wrong
    ]


def _original(folder: Path, entry: Entry) -> list[Problem]:
    document = entry.document
    if not document.sha256:
        return []
    path = original_file(folder, document.sha256)
    if path is None:
        return [Problem(f"falta el original de «{document.id}»", _again(document.id))]
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != document.sha256:
            text = f"el original de «{document.id}» está dañado"
            return [Problem(text, f"borre «{path}»; luego, {_again(document.id)}")]
    return []


def _again(document_id: str) -> str:
    """Ingesting alone passes over a file that has not changed."""
    return f"retírelo con «acervo remove {document_id}» e ingiera de nuevo su carpeta"


def _cache(folder: Path, store: Store) -> list[Problem]:
    place = cache_folder(folder) / str(store.generation)
    manifest = read_manifest(place)
    if manifest is None or manifest.content != store.content():
        text = f"no hay cachés de la generación {store.generation}"
        return [Problem(text, "se rehacen solas en la próxima consulta")]
    return [
        Problem(f"la caché «{name}» está dañada", "se rehace sola en la próxima consulta")
        for name in damaged_files(place, manifest)
    ]
