"""Writes an index and publishes its generations: caches built from the database, never changed.

A generation is a folder of caches that is built aside, checksummed and renamed into place. Readers
hold a lock on the one that they serve, so that only what nobody serves is pruned. `check` compares
everything with its checksum.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from search.documents import Entry, Page
from search.engine import CollectionNotes, Inventory, Problem
from search.errors import IndexUnusable
from search.index import content, lexical, vectors
from search.index.database import Store, writer_lock
from search.index.files import forget_files, keep_original, original_file
from search.suggest import gather
from search.text.acronyms import table_of
from search.text.analysis import ANALYSIS_VERSION

# Raised whenever a cache is written otherwise; caches of another format are built anew.
FORMAT = 10
MANIFEST = "manifest.json"
SUGGESTIONS = "suggestions.jsonl"
EQUIVALENTS = "equivalents.json"
# Generations left on the disk after a new one; others stay only while somebody serves them.
_GENERATIONS_KEPT = 2


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was built from (`content`: the digest of `Store.content`), and the
    BLAKE2b checksum of each of its files."""

    format: int
    analysis: int
    generation: int
    content: str
    model: str
    documents: int
    passages: int
    checksums: dict[str, str]


def cache_folder(index: Path) -> Path:
    """Where the generations of an index lie."""
    return index / "cache"


def published(index: Path) -> list[int]:
    """Generations with a manifest, oldest first."""
    found = cache_folder(index).glob(f"*/{MANIFEST}")
    return sorted(int(path.parent.name) for path in found if path.parent.name.isdigit())


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a generation, or None when it is unreadable or of another format."""
    try:
        data = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(**data)
    except (OSError, ValueError, TypeError):
        return None
    # Another analysis cut and stemmed the words of the lexical caches otherwise.
    usable = manifest.format == FORMAT and manifest.analysis == ANALYSIS_VERSION
    return manifest if usable else None


def current_manifest(index: Path, store: Store) -> Manifest | None:
    """The manifest of the store's present generation when its caches are intact and its own."""
    folder = cache_folder(index) / str(store.generation)
    manifest = intact_manifest(folder)
    return manifest if manifest is not None and manifest.content == store.content_digest() else None


def intact_manifest(folder: Path) -> Manifest | None:
    """The manifest of a generation when all its files match their checksums."""
    manifest = read_manifest(folder)
    return None if manifest is None or damaged_files(folder, manifest) else manifest


def damaged_files(folder: Path, manifest: Manifest) -> list[str]:
    """Files of a generation that are missing or no longer match their checksum."""
    return [
        name
        for name, checksum in manifest.checksums.items()
        if not (folder / name).is_file() or _file_checksum(folder / name) != checksum
    ]


def _file_checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


@contextmanager
def _build_lock(index: Path) -> Iterator[None]:
    """Only one process builds or prunes caches of an index at a time."""
    folder = cache_folder(index)
    folder.mkdir(parents=True, exist_ok=True)
    # The system lets go of the lock when the process ends, however it ends.
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def publish(index: Path, store: Store) -> int:
    """Build the caches of the store's present generation unless they stand already; prune."""
    with _build_lock(index):
        generation = store.generation
        folder = cache_folder(index) / str(generation)
        # Asked once more inside of the lock: another process may have built it meanwhile.
        if current_manifest(index, store) is None:
            shutil.rmtree(folder, ignore_errors=True)
            generation = build_caches(index, store)
        prune(index, generation)
    return generation


def prune(index: Path, newest: int) -> None:
    """Drop generations that nobody serves any more, and any that are *ahead* of the database."""
    # They are left when a copy of the database alone is restored, and must not be taken for what
    # it publishes next.
    ahead = [g for g in published(index) if g > newest]
    old = [g for g in published(index) if g <= newest][:-_GENERATIONS_KEPT]
    for generation in ahead + old:
        folder = cache_folder(index) / str(generation)
        if not _is_held(folder):
            shutil.rmtree(folder, ignore_errors=True)
    for leftover in cache_folder(index).glob("tmp-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def hold_generation(folder: Path) -> int:
    """Keep a generation from being dropped until the returned file descriptor is closed."""
    # A shared lock on a file open for reading: it works on a read-only disk, and ends with the
    # process.
    descriptor = os.open(folder / MANIFEST, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def _is_held(folder: Path) -> bool:
    with (folder / MANIFEST).open("rb") as file:
        try:
            # Let go of at once when the file is closed; to see that nobody holds it is all.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def build_caches(index: Path, store: Store) -> int:
    """Write all caches of the store's present generation in one consistent read."""
    work = Path(tempfile.mkdtemp(prefix="tmp-", dir=cache_folder(index)))
    try:
        with store.reading():
            generation, digest, model = store.generation, store.content_digest(), store.model or ""
            synonyms = store.equivalents()
            held = content.CollectionContent(
                list(store.entries()), store.versions(), store.refused()
            )
        write_caches(work, held, synonyms)
        manifest = Manifest(
            format=FORMAT,
            analysis=ANALYSIS_VERSION,
            generation=generation,
            content=digest,
            model=model,
            documents=len(held.entries),
            passages=sum(len(entry.passages) for entry in held.entries),
            checksums=_checksums(work),
        )
        (work / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
        _sync(work)
        target = cache_folder(index) / str(generation)
        shutil.rmtree(target, ignore_errors=True)
        # On one disk, so that the folder appears whole or not at all.
        work.rename(target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return generation


def write_caches(folder: Path, held: content.CollectionContent, synonyms: Sequence[str]) -> None:
    """Write all files of a generation into an empty folder."""
    entries = held.entries
    pairs = [(entry.document, passage) for entry in entries for passage in entry.passages]
    texts = [passage.text for _, passage in pairs]
    # A document without passages has vectors of no dimension.
    filled = [entry.vectors for entry in entries if len(entry.vectors)]
    matrix = np.concatenate(filled) if filled else np.empty((0, 1), dtype=np.float32)
    packed = [token for entry in entries for token in entry.tokens]
    words = lexical.write_lexical_index(folder / "lexical", folder / "words", pairs)
    vectors.write_vectors(folder / "dense.faiss", matrix)
    vectors.write_tokens(folder / "tokens", packed, texts)
    vectors.write_statistics(folder / "statistics.npz", pairs, matrix, packed, words)
    content.write_content(folder / "content.db", held)
    gathered = gather((entry.document, entry.passages) for entry in entries)
    lines = [json.dumps([asdict(found), count], ensure_ascii=False) for found, count in gathered]
    (folder / SUGGESTIONS).write_text("\n".join(lines), encoding="utf-8")
    (folder / EQUIVALENTS).write_text(table_of(synonyms, texts), encoding="utf-8")


def _checksums(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    # Tantivy keeps locks and lists of its own, which it may write again when it opens the folder.
    kept = [path for path in files if not path.name.startswith(".")]
    return {str(path.relative_to(folder)): _file_checksum(path) for path in kept}


def _sync(folder: Path) -> None:
    """Make the files durable before their folder gets its final name."""
    for path in (*folder.rglob("*"), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def check(folder: Path) -> list[Problem]:
    """Recompute every checksum and compare every passage with its page text."""
    problems = []
    with Store(folder) as store:
        # One consistent read, since an ingest may go on meanwhile.
        with store.reading():
            for document_id, entry in store.verified():
                if entry is None:
                    problems.append(_damaged_document(document_id))
                else:
                    problems += _passage_problems(entry) + _original_problems(folder, entry)
        problems += _cache_problems(folder, store)
    return problems


def _damaged_document(document_id: str) -> Problem:
    text = f"el documento «{document_id}» no coincide con su suma"
    return Problem(text, _ingest_again(document_id))


def _passage_problems(entry: Entry) -> list[Problem]:
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
            _ingest_again(entry.document.id),
        )
        for passage in wrong
    ]


def _original_problems(folder: Path, entry: Entry) -> list[Problem]:
    document = entry.document
    # Documents that were not made from a file, as those of an evaluation, have none.
    if not document.sha256:
        return []
    path = original_file(folder, document.sha256)
    if path is None:
        return [Problem(f"falta el original de «{document.id}»", _ingest_again(document.id))]
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != document.sha256:
            text = f"el original de «{document.id}» está dañado"
            return [Problem(text, f"borre «{path}»; luego, {_ingest_again(document.id)}")]
    return []


def _ingest_again(document_id: str) -> str:
    # Ingesting alone passes over a file that has not changed.
    return f"retírelo con «acervo remove {document_id}» e ingiera de nuevo su carpeta"


def _cache_problems(folder: Path, store: Store) -> list[Problem]:
    place = cache_folder(folder) / str(store.generation)
    manifest = read_manifest(place)
    if manifest is None or manifest.content != store.content_digest():
        text = f"no hay cachés de la generación {store.generation}"
        return [Problem(text, "se rehacen solas en la próxima consulta")]
    return [
        Problem(f"la caché «{name}» está dañada", "se rehace sola en la próxima consulta")
        for name in damaged_files(place, manifest)
    ]


class EmbeddedWriter:
    """Implements `search.engine.Writer`."""

    def __init__(self, folder: Path, model: str | None, *, create: bool = False) -> None:
        self.folder = folder
        self._store = Store(folder, create=create)
        # A file of its own: readers must see a writer between its transactions too.
        self._lock = writer_lock(folder).open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if model is not None:
                self._store.claim_model(model)
        except OSError as error:
            self.close()
            raise IndexUnusable(
                f"otro proceso está escribiendo en el índice «{folder}»: espere a que termine"
            ) from error
        except BaseException:
            self.close()
            raise

    def inventory(self) -> Inventory:
        """See `Writer`."""
        return self._store.inventory()

    def put(
        self, entry: Entry, fingerprint: str, original: bytes | None = None
    ) -> tuple[Page, ...]:
        """See `Writer`."""
        if original is not None:
            keep_original(self.folder, entry.document.sha256, original)
        return self._store.put(entry, fingerprint)

    def delete(self, ids: Sequence[str]) -> int:
        """See `Writer`."""
        return sum(self._store.delete(one) for one in ids)

    def publish(self, notes: CollectionNotes | None = None) -> int:
        """See `Writer`."""
        if notes is not None:
            self._store.put_notes(notes)
        forget_files(self.folder, self._store.originals())
        return publish(self.folder, self._store)

    def close(self) -> None:
        """See `Writer`."""
        self._lock.close()
        self._store.close()
