"""The truth of an index in one SQLite file: documents, page texts, passages, vectors, agenda.

One document is one transaction, durable when `put` returns (WAL with synchronous=FULL: measured,
NORMAL loses acknowledged writes in a power cut). Every change raises the generation by one.
"""

import fcntl
import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from search.embedded import rows
from search.embedded.checksum import checksum
from search.embedded.schema import prepare
from search.errors import IndexDamaged, IndexMissing, IndexUnusable, ModelMismatch
from search.types import Document, Entry, Page, Refused

_READ_ONLY = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def writer_lock(folder: Path) -> Path:
    """The file that whoever writes to an index holds a lock on."""
    return folder / ".writer"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise IndexUnusable(
            f"no se puede crear la carpeta «{folder}» ({error.strerror}): elija otra con --index"
        ) from error


def _connect(path: Path) -> sqlite3.Connection:
    """Connect; on a read-only disk, where SQLite cannot share a file in WAL mode, to the file as
    it stands, provided that its last writer has closed it."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.DatabaseError as error:
        log = path.with_name(f"{path.name}-wal")
        if error.sqlite_errorcode & 0xFF not in _READ_ONLY or (log.exists() and log.stat().st_size):
            return connection  # the caller meets the same error and explains it
        connection.close()
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    return connection


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Say of a broken file what can be done; SQLite often notices only while reading on."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _BROKEN:
            raise
        raise IndexDamaged(
            f"la base «{folder / 'acervo.db'}» está dañada ({error}): "
            "recupere una copia o vuelva a ingerir en otra carpeta (--index)"
        ) from error


class Store:
    """An open database of one index folder. Not shared between threads; close it when done."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        path = folder / "acervo.db"
        if not path.is_file():
            if not create:
                raise IndexMissing(
                    f"no hay ningún índice en «{folder}»: créelo con «acervo ingest CARPETA»"
                )
            _make(folder)
        self._db = _connect(path)
        try:
            with _explained(folder):
                self._open(create)
        except BaseException:
            self._db.close()
            raise

    def _open(self, create: bool) -> None:
        if create:
            self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        prepare(self._db)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with _explained(self.folder):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute(
                    "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'generation'"
                )
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A consistent view: all reads inside see one generation."""
        with _explained(self.folder):
            self._db.execute("BEGIN")
            try:
                yield self._db
            finally:
                self._db.execute("ROLLBACK")

    @property
    def generation(self) -> int:
        """How many changes the index has seen."""
        return int(self._meta("generation") or 0)

    @property
    def model(self) -> str | None:
        """Name of the model whose vectors the index holds; None while it is empty."""
        return self._meta("model")

    def _meta(self, key: str) -> str | None:
        with _explained(self.folder):
            row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def being_written(self) -> bool:
        """Whether a writer holds this index now."""
        path = writer_lock(self.folder)
        if not path.is_file():
            return False
        with path.open("r") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    def claim_model(self, name: str) -> None:
        """Tie the index to a model. Raises `ModelMismatch` when it holds another one's vectors."""
        if self.model == name:
            return
        if self._db.execute("SELECT count(*) FROM documents").fetchone()[0]:
            raise ModelMismatch(
                f"el índice se hizo con el modelo «{self.model}», no con «{name}»: "
                "use aquel modelo o ingiera de nuevo en otra carpeta (--index)"
            )
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES ('model', ?)", (name,))

    def fingerprints(self) -> dict[tuple[str, str], tuple[str, str]]:
        """(root, path) → (document id, fingerprint of what it was made from)."""
        with _explained(self.folder):
            found = self._db.execute(
                "SELECT root, path, id, fingerprint FROM documents"
                " JOIN provenance ON id = document_id"
            )
            return {(root, path): (id_, fingerprint) for root, path, id_, fingerprint in found}

    def put(self, entry: Entry, fingerprint: str) -> None:
        """Write one document whole, replacing what stood under its id or path. Atomic, durable."""
        document = entry.document
        with self._transaction() as db:
            db.execute(
                "DELETE FROM documents WHERE id = ? OR (root = ? AND path = ?)",
                (document.id, document.root, document.path),
            )
            rows.insert_content(db, entry)
            rows.insert_embeddings(db, entry)
            db.execute(
                "INSERT INTO provenance VALUES (?, ?, ?, ?)",
                (document.id, fingerprint, checksum(entry), entry.sketch),
            )

    def delete(self, document_id: str) -> bool:
        """Remove a document and all that came from it; false when there is none. Durable."""
        held = self._db.execute("SELECT 1 FROM documents WHERE id = ?", (document_id,)).fetchone()
        if held is None:
            return False
        with self._transaction() as db:
            db.execute("DELETE FROM documents WHERE id = ?", (document_id,))
            db.execute("DELETE FROM versions WHERE ? IN (document_id, version_of)", (document_id,))
        return True

    def put_equivalents(self, root: str, data: str | None) -> None:
        """Keep the acronyms and equivalents that a root declares (JSON), or drop them."""
        held = self._db.execute("SELECT data FROM equivalents WHERE root = ?", (root,)).fetchone()
        if (held[0] if held else None) == data:
            return
        with self._transaction() as db:
            db.execute("DELETE FROM equivalents WHERE root = ?", (root,))
            if data is not None:
                db.execute("INSERT INTO equivalents VALUES (?, ?)", (root, data))

    def pages(self, document_id: str) -> tuple[Page, ...]:
        """The stored pages of a document, none where there is no such document."""
        with _explained(self.folder):
            return rows.pages_of(self._db, document_id)

    def sketches(self) -> list[tuple[Document, bytes]]:
        """Every document and the MinHash of its text, ordered by id."""
        with _explained(self.folder):
            held = dict(self._db.execute("SELECT document_id, sketch FROM provenance"))
            return [(document, held[document.id]) for document in rows.documents(self._db)]

    def versions(self) -> dict[str, str]:
        """Document id → id of the document that it is a version of."""
        with _explained(self.folder):
            return rows.versions(self._db)

    def put_versions(self, versions: Mapping[str, str]) -> None:
        """Replace what is known of versions, where it differs."""
        if self.versions() == versions:
            return
        with self._transaction() as db:
            db.execute("DELETE FROM versions")
            db.executemany("INSERT INTO versions VALUES (?, ?)", sorted(versions.items()))

    def refused(self) -> tuple[Refused, ...]:
        """The files that could not be read at the last ingest of their root."""
        with _explained(self.folder):
            found = self._db.execute("SELECT root, path, cause FROM refused ORDER BY root, path")
            return tuple(Refused(*row) for row in found)

    def put_refused(self, root: str, refused: Sequence[Refused]) -> None:
        """Replace the list of one root. Changes nothing that is searched: no new generation."""
        with _explained(self.folder):
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("DELETE FROM refused WHERE root = ?", (root,))
            self._db.executemany(
                "INSERT OR REPLACE INTO refused VALUES (?, ?, ?)",
                [(root, item.path, item.cause) for item in refused],
            )
            self._db.execute("COMMIT")

    def entries(self) -> Iterator[Entry]:
        """All documents with everything they hold, ordered by id; call it inside `reading`."""
        for document in rows.documents(self._db):
            yield rows.entry(self._db, document)

    def originals(self) -> set[str]:
        """SHA-256 of the source of every document."""
        return {str(sha256) for (sha256,) in self._db.execute("SELECT sha256 FROM documents")}

    def equivalents(self) -> list[str]:
        """The tables of equivalents of all roots, ordered by root."""
        found = self._db.execute("SELECT data FROM equivalents ORDER BY root")
        return [str(data) for (data,) in found]

    def content(self) -> str:
        """BLAKE2b of what caches are built from: the same generation number may hold something
        else after a copy of the database has been restored."""
        with _explained(self.folder):
            held = self._db.execute(
                "SELECT document_id, checksum FROM provenance ORDER BY document_id"
            )
            told = self.model, held.fetchall(), self.equivalents(), self.versions()
            state = repr(told)
        return hashlib.blake2b(state.encode(), digest_size=16).hexdigest()

    def examined(self) -> Iterator[tuple[str, Entry | None]]:
        """Every document by id; None for one that is no longer what the checksum was taken of,
        or cannot even be read. Call it inside `reading`."""
        held = self._db.execute(
            "SELECT id, checksum FROM documents LEFT JOIN provenance ON id = document_id"
            " ORDER BY id"
        )
        for document_id, expected in held.fetchall():
            try:
                entry = rows.entry(self._db, rows.document(self._db, document_id))
            except (ValueError, TypeError, sqlite3.OperationalError):
                yield document_id, None
            else:
                yield document_id, entry if checksum(entry) == expected else None
