"""Stores the documents of an index in one SQLite file, with all that was read from them.

This database is the truth; everything else beside it is a cache that can be built from it. Two
sorts of tables are written with the same functions: what a generation's `content.db` holds too
(documents, pages, passages, agenda, details), and what only the database has (vectors, provenance).


One document is one transaction, durable when `put` returns (WAL with synchronous=FULL: measured,
NORMAL loses acknowledged writes in a power cut). Every change raises the generation by one.
"""

import fcntl
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from search.documents import (
    Activity,
    AgendaItem,
    BlockKind,
    Box,
    Details,
    Document,
    DocumentType,
    Entry,
    Extent,
    Fact,
    Finding,
    Floats,
    Method,
    PackedTokens,
    Page,
    PageHealth,
    Passage,
    ResourceType,
    Tag,
)
from search.errors import IndexDamaged, IndexMissing, IndexUnusable, ModelMismatch
from search.results import Refused

# Primary result codes; the high bits of an error code only say more of the cause.
_NOT_WRITABLE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def writer_lock(folder: Path) -> Path:
    """The file that whoever writes to an index holds a lock on."""
    return folder / ".writer"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise IndexUnusable(
            f"no se puede crear la carpeta «{folder}» ({error.strerror}): elija otra con --index"
        ) from error


def _connect(path: Path) -> sqlite3.Connection:
    """Connect; on a read-only disk, where SQLite cannot share a file in WAL mode, to the file as
    it stands, provided that its last writer has closed it."""
    # Transactions are begun by hand: the module would only begin one before it changes something.
    # A writer is waited for up to half a minute.
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.DatabaseError as error:
        # What stands in the log is not in the file yet, and would be missed.
        log = path.with_name(f"{path.name}-wal")
        if error.sqlite_errorcode & 0xFF not in _NOT_WRITABLE or (
            log.exists() and log.stat().st_size
        ):
            return connection  # the caller meets the same error and explains it
        connection.close()
        # `immutable` says that nobody writes: SQLite then asks for no lock and no log.
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    return connection


@contextmanager
def _explain_damage(folder: Path) -> Iterator[None]:
    """Say of a broken file what can be done; SQLite often notices only while reading on."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
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
            _make_folder(folder)
        self._db = _connect(path)
        try:
            with _explain_damage(folder):
                self._open(create)
        except BaseException:
            self._db.close()
            raise

    def _open(self, create: bool) -> None:
        if create:
            # Readers go on while a document is written. The file remembers it.
            self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        # Off by default, for each connection; with it a deleted document takes all its rows along.
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
        with _explain_damage(self.folder):
            # Locked from the start: a transaction that first reads may be refused the lock later.
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
        with _explain_damage(self.folder):
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
        with _explain_damage(self.folder):
            row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def being_written(self) -> bool:
        """Whether a writer holds this index now."""
        path = writer_lock(self.folder)
        if not path.is_file():
            return False
        with path.open("r") as lock:
            # Shared, so that two who ask do not take each other for a writer.
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    def claim_model(self, name: str) -> None:
        """Tie the index to a model. Raises `ModelMismatch` when it holds another one's vectors."""
        if self.model == name:
            return
        # Without documents there are no vectors of the other model either.
        if self._db.execute("SELECT count(*) FROM documents").fetchone()[0]:
            raise ModelMismatch(
                f"el índice se hizo con el modelo «{self.model}», no con «{name}»: "
                "use aquel modelo o ingiera de nuevo en otra carpeta (--index)"
            )
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES ('model', ?)", (name,))

    def fingerprints(self) -> dict[tuple[str, str], tuple[str, str]]:
        """(root, path) → (document id, fingerprint of what it was made from)."""
        with _explain_damage(self.folder):
            found = self._db.execute(
                "SELECT root, path, id, fingerprint FROM documents"
                " JOIN provenance ON id = document_id"
            )
            return {(root, path): (id_, fingerprint) for root, path, id_, fingerprint in found}

    def put(self, entry: Entry, fingerprint: str) -> None:
        """Write one document whole, replacing what stood under its id or path. Atomic, durable."""
        document = entry.document
        with self._transaction() as db:
            # By path too: a file may get another id, as from a catalogue that names it now.
            db.execute(
                "DELETE FROM documents WHERE id = ? OR (root = ? AND path = ?)",
                (document.id, document.root, document.path),
            )
            insert_content(db, entry)
            insert_embeddings(db, entry)
            db.execute(
                "INSERT INTO provenance VALUES (?, ?, ?, ?)",
                (document.id, fingerprint, checksum(entry), entry.sketch),
            )

    def delete(self, document_id: str) -> bool:
        """Remove a document and all that came from it; false when there is none. Durable."""
        held = self._db.execute("SELECT 1 FROM documents WHERE id = ?", (document_id,)).fetchone()
        # No transaction for nothing, since each raises the generation.
        if held is None:
            return False
        with self._transaction() as db:
            db.execute("DELETE FROM documents WHERE id = ?", (document_id,))
            # The table of versions has no foreign key that would take them along.
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
        with _explain_damage(self.folder):
            return pages_of(self._db, document_id)

    def sketches(self) -> list[tuple[Document, bytes]]:
        """Every document and the MinHash of its text, ordered by id."""
        with _explain_damage(self.folder):
            held = dict(self._db.execute("SELECT document_id, sketch FROM provenance"))
            return [(document, held[document.id]) for document in documents(self._db)]

    def versions(self) -> dict[str, str]:
        """Document id → id of the document that it is a version of."""
        with _explain_damage(self.folder):
            return versions(self._db)

    def put_versions(self, versions: Mapping[str, str]) -> None:
        """Replace what is known of versions, where it differs."""
        if self.versions() == versions:
            return
        with self._transaction() as db:
            db.execute("DELETE FROM versions")
            db.executemany("INSERT INTO versions VALUES (?, ?)", sorted(versions.items()))

    def refused(self) -> tuple[Refused, ...]:
        """The files that could not be read at the last ingest of their root."""
        with _explain_damage(self.folder):
            found = self._db.execute("SELECT root, path, cause FROM refused ORDER BY root, path")
            return tuple(Refused(*row) for row in found)

    def put_refused(self, root: str, refused: Sequence[Refused]) -> None:
        """Replace the list of one root. Changes nothing that is searched: no new generation."""
        with _explain_damage(self.folder):
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("DELETE FROM refused WHERE root = ?", (root,))
            self._db.executemany(
                "INSERT OR REPLACE INTO refused VALUES (?, ?, ?)",
                [(root, item.path, item.cause) for item in refused],
            )
            self._db.execute("COMMIT")

    def entries(self) -> Iterator[Entry]:
        """All documents with everything they hold, ordered by id; call it inside `reading`."""
        for document in documents(self._db):
            yield read_entry(self._db, document)

    def originals(self) -> set[str]:
        """SHA-256 of the source of every document."""
        return {str(sha256) for (sha256,) in self._db.execute("SELECT sha256 FROM documents")}

    def equivalents(self) -> list[str]:
        """The tables of equivalents of all roots, ordered by root."""
        found = self._db.execute("SELECT data FROM equivalents ORDER BY root")
        return [str(data) for (data,) in found]

    def content_digest(self) -> str:
        """BLAKE2b of what caches are built from: the same generation number may hold something
        else after a copy of the database has been restored."""
        with _explain_damage(self.folder):
            held = self._db.execute(
                "SELECT document_id, checksum FROM provenance ORDER BY document_id"
            )
            state = repr((self.model, held.fetchall(), self.equivalents(), self.versions()))
        return hashlib.blake2b(state.encode(), digest_size=16).hexdigest()

    def verified(self) -> Iterator[tuple[str, Entry | None]]:
        """Every document by id; None for one that is no longer what the checksum was taken of,
        or cannot even be read. Call it inside `reading`."""
        held = self._db.execute(
            "SELECT id, checksum FROM documents LEFT JOIN provenance ON id = document_id"
            " ORDER BY id"
        )
        for document_id, expected in held.fetchall():
            try:
                entry = read_entry(self._db, document(self._db, document_id))
            # A flipped byte may leave no JSON, no member of an enumeration or no UTF-8 behind.
            except (ValueError, TypeError, sqlite3.OperationalError):
                yield document_id, None
            else:
                yield document_id, entry if checksum(entry) == expected else None


CONTENT_TABLES = """
CREATE TABLE documents (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, document_type TEXT NOT NULL, language TEXT NOT NULL,
    file TEXT NOT NULL, root TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL, pages INTEGER NOT NULL, paged INTEGER NOT NULL, date TEXT,
    toolkit TEXT, module TEXT, audience TEXT, event TEXT, licence TEXT, source_url TEXT,
    place TEXT, organisers TEXT, symbol TEXT, minutes INTEGER, ingested TEXT,
    UNIQUE (root, path)
);
CREATE TABLE pages (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, text TEXT NOT NULL, label TEXT, width REAL NOT NULL,
    height REAL NOT NULL, method TEXT NOT NULL, confidence REAL, hidden INTEGER NOT NULL,
    PRIMARY KEY (document_id, number)
);
CREATE TABLE passages (
    id TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    position INTEGER NOT NULL, kind TEXT NOT NULL, section TEXT NOT NULL, text TEXT NOT NULL,
    context TEXT NOT NULL, language TEXT NOT NULL, extents TEXT NOT NULL, boxes TEXT NOT NULL
);
CREATE INDEX passages_of_document ON passages (document_id, position);
CREATE TABLE agenda (
    passage_id TEXT NOT NULL REFERENCES passages (id) ON DELETE CASCADE,
    title TEXT NOT NULL, day TEXT, start TEXT, "end" TEXT, stated_minutes INTEGER,
    computed_minutes INTEGER, people TEXT, place TEXT, kind TEXT
);
CREATE INDEX agenda_of_passage ON agenda (passage_id);
CREATE TABLE equivalents (root TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE versions (document_id TEXT PRIMARY KEY, version_of TEXT NOT NULL);
"""
"""What the database and a generation's content have in common, with `DETAIL_TABLES`."""

# As the second form of the database had them: the step to it makes them.
_DETAIL_TABLES_OF_2 = """
CREATE TABLE warnings (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE, text TEXT NOT NULL
);
CREATE INDEX warnings_of_document ON warnings (document_id);
CREATE TABLE units (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    passage_id TEXT NOT NULL, title TEXT NOT NULL, kind TEXT NOT NULL, minutes INTEGER,
    group_size TEXT NOT NULL, materials TEXT NOT NULL
);
CREATE INDEX units_of_document ON units (document_id);
CREATE TABLE facts (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    field TEXT NOT NULL, value TEXT NOT NULL, origin TEXT NOT NULL, passage_id TEXT
);
CREATE INDEX facts_of_document ON facts (document_id);
CREATE TABLE findings (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    kind TEXT NOT NULL, text TEXT NOT NULL, passage_id TEXT
);
CREATE INDEX findings_of_document ON findings (document_id);
CREATE TABLE health (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    page INTEGER NOT NULL, tables INTEGER NOT NULL, dropped TEXT NOT NULL, suspects TEXT NOT NULL
);
CREATE INDEX health_of_document ON health (document_id);
"""

_TAG_TABLES = """
CREATE TABLE tags (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    passage_id TEXT NOT NULL, goal INTEGER NOT NULL, target TEXT, evidence TEXT NOT NULL
);
CREATE INDEX tags_of_document ON tags (document_id);
CREATE INDEX tags_of_passage ON tags (passage_id);
"""

DETAIL_TABLES = _DETAIL_TABLES_OF_2 + _TAG_TABLES

# Kept in `PRAGMA user_version`. Whoever raises it adds a migration.
SCHEMA_VERSION = 3

_DATABASE_TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
{CONTENT_TABLES}
{DETAIL_TABLES}
CREATE TABLE embeddings (
    passage_id TEXT PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE,
    vector BLOB NOT NULL, bits BLOB NOT NULL, pieces BLOB NOT NULL, starts BLOB NOT NULL
);
CREATE TABLE provenance (
    document_id TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    fingerprint TEXT NOT NULL, checksum TEXT NOT NULL, sketch BLOB NOT NULL DEFAULT x''
);
CREATE TABLE refused (
    root TEXT NOT NULL, path TEXT NOT NULL, cause TEXT NOT NULL, PRIMARY KEY (root, path)
);
"""


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables in an empty database, or bring older ones up to date, in one transaction.

    Raises `IndexDamaged` for a database of a later program, or one that cannot be written to.
    """
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version == SCHEMA_VERSION:
        return
    if version > SCHEMA_VERSION:
        raise IndexDamaged(
            f"el índice tiene el esquema {version} y este programa usa el {SCHEMA_VERSION}: "
            "actualice Acervo"
        )
    try:
        db.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        raise IndexDamaged(
            f"el índice tiene el esquema {version} y no se puede actualizar al {SCHEMA_VERSION}"
            f" ({error}): ejecute «acervo status» donde la carpeta se pueda escribir"
        ) from error
    try:
        # Asked again with the lock: another process may have done it.
        _migrate(db, db.execute("PRAGMA user_version").fetchone()[0])
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _migrate(db: sqlite3.Connection, version: int) -> None:
    if version == 0:
        _run_script(db, f"{_DATABASE_TABLES} INSERT INTO meta VALUES ('generation', '0');")
    elif version < SCHEMA_VERSION:
        for step in _MIGRATIONS[version - 1 :]:
            step(db)
        _recompute_checksums(db)
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _run_script(db: sqlite3.Connection, script: str) -> None:
    """Like `executescript`, which would commit what is under way."""
    # No statement of ours has a semicolon inside.
    for statement in filter(str.strip, script.split(";")):
        db.execute(statement)


def _migrate_to_2(db: sqlite3.Connection) -> None:
    """How pages were read, more fields of documents and timetables, units, facts, versions."""
    _run_script(
        db,
        f"""
        ALTER TABLE documents ADD COLUMN place TEXT;
        ALTER TABLE documents ADD COLUMN organisers TEXT;
        ALTER TABLE documents ADD COLUMN symbol TEXT;
        ALTER TABLE documents ADD COLUMN minutes INTEGER;
        ALTER TABLE pages ADD COLUMN method TEXT NOT NULL DEFAULT 'text';
        ALTER TABLE pages ADD COLUMN confidence REAL;
        ALTER TABLE pages ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE agenda ADD COLUMN people TEXT;
        ALTER TABLE agenda ADD COLUMN place TEXT;
        ALTER TABLE agenda ADD COLUMN kind TEXT;
        ALTER TABLE provenance ADD COLUMN sketch BLOB NOT NULL DEFAULT x'';
        CREATE TABLE versions (document_id TEXT PRIMARY KEY, version_of TEXT NOT NULL);
        CREATE TABLE refused (
            root TEXT NOT NULL, path TEXT NOT NULL, cause TEXT NOT NULL, PRIMARY KEY (root, path)
        );
        {_DETAIL_TABLES_OF_2}
        INSERT INTO warnings SELECT document_id, value FROM provenance, json_each(warnings);
        ALTER TABLE provenance DROP COLUMN warnings;
        """,
    )


def _migrate_to_3(db: sqlite3.Connection) -> None:
    """When documents were read; the goals that passages name."""
    _run_script(db, f"ALTER TABLE documents ADD COLUMN ingested TEXT; {_TAG_TABLES}")


def _recompute_checksums(db: sqlite3.Connection) -> None:
    """Checksums are those of entries as this program knows them: once, after all steps."""
    for document in documents(db):
        new_checksum = checksum(read_entry(db, document))
        db.execute(
            "UPDATE provenance SET checksum = ? WHERE document_id = ?", (new_checksum, document.id)
        )


_MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_migrate_to_2, _migrate_to_3)


_DOCUMENT_FIELDS = ", ".join(field.name for field in fields(Document))
_PAGE_FIELDS = "number, text, label, width, height, method, confidence, hidden"
_PASSAGE_FIELDS = "id, document_id, kind, section, text, language, extents, boxes, context"
_TAG_FIELDS = "passage_id, goal, target, evidence"
# Code points where tokens start: passages hold some 2,000, so 16 bits do.
_START_TYPE = np.int16


def insert_content(db: sqlite3.Connection, entry: Entry) -> None:
    """Write a document with its pages, passages and timetable."""
    record = asdict(entry.document)
    # The columns have the names of the fields, in their order.
    slots = ", ".join(f":{name}" for name in record)
    db.execute(f"INSERT INTO documents ({_DOCUMENT_FIELDS}) VALUES ({slots})", record)
    insert_pages(db, entry.document.id, entry.pages)
    insert_passages(db, entry.passages)
    insert_agenda(db, entry.agenda)
    insert_details(db, entry.document.id, entry.details)


def insert_pages(db: sqlite3.Connection, document_id: str, pages: Iterable[Page]) -> None:
    """Write the pages of one document."""
    db.executemany(
        "INSERT INTO pages VALUES (:document_id, :number, :text, :label, :width, :height, :method,"
        " :confidence, :hidden)",
        [asdict(page) | {"document_id": document_id} for page in pages],
    )


def insert_passages(db: sqlite3.Connection, passages: Iterable[Passage]) -> None:
    """Write passages in their order."""
    db.executemany(
        "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                passage.id,
                passage.document_id,
                position,
                passage.kind,
                json.dumps(passage.section, ensure_ascii=False),
                passage.text,
                passage.context,
                passage.language,
                json.dumps([astuple(extent) for extent in passage.extents]),
                json.dumps([astuple(box) for box in passage.boxes]),
            )
            for position, passage in enumerate(passages)
        ],
    )


def insert_embeddings(db: sqlite3.Connection, entry: Entry) -> None:
    """Write the vectors and packed tokens of an entry's passages."""
    db.executemany(
        "INSERT INTO embeddings VALUES (?, ?, ?, ?, ?)",
        [
            (
                passage.id,
                np.ascontiguousarray(vector, dtype=np.float32).tobytes(),
                tokens.bits.tobytes(),
                tokens.pieces.astype(np.int32).tobytes(),
                tokens.starts.astype(_START_TYPE).tobytes(),
            )
            for passage, vector, tokens in zip(
                entry.passages, entry.vectors, entry.tokens, strict=True
            )
        ],
    )


def insert_agenda(db: sqlite3.Connection, items: Iterable[AgendaItem]) -> None:
    """Write timetable lines."""
    db.executemany(
        "INSERT INTO agenda VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [astuple(item) for item in items],
    )


def documents(db: sqlite3.Connection) -> list[Document]:
    """All documents ordered by id."""
    found = db.execute(f"SELECT {_DOCUMENT_FIELDS} FROM documents ORDER BY id")
    return [_document(row) for row in found]


def document(db: sqlite3.Connection, document_id: str) -> Document:
    """One document that is there."""
    found = db.execute(f"SELECT {_DOCUMENT_FIELDS} FROM documents WHERE id = ?", (document_id,))
    return _document(found.fetchone())


def _document(row: tuple[object, ...]) -> Document:
    values = dict(zip((field.name for field in fields(Document)), row, strict=True))
    values["document_type"] = DocumentType(str(values["document_type"]))
    values["paged"] = bool(values["paged"])
    return Document(**values)  # type: ignore[arg-type] # the columns are the fields, in order


def pages_of(db: sqlite3.Connection, document_id: str) -> tuple[Page, ...]:
    """The pages of a document in order."""
    found = db.execute(
        f"SELECT {_PAGE_FIELDS} FROM pages WHERE document_id = ? ORDER BY number", (document_id,)
    )
    return tuple(_page(*row) for row in found)


def page_of(db: sqlite3.Connection, document_id: str, number: int) -> Page | None:
    """One page of a document."""
    sql = f"SELECT {_PAGE_FIELDS} FROM pages WHERE document_id = ? AND number = ?"
    row = db.execute(sql, (document_id, number)).fetchone()
    return None if row is None else _page(*row)


def pages_holding(db: sqlite3.Connection, text: str) -> Iterator[tuple[str, Page]]:
    """The pages that hold a text, with their document's id. SQLite looks where the texts lie:
    reading 30,000 pages into Python first takes twice as long."""
    sql = f"SELECT document_id, {_PAGE_FIELDS} FROM pages WHERE instr(text, ?) ORDER BY 1, 2"
    found = db.execute(sql, (text,))
    return ((document_id, _page(*row)) for document_id, *row in found)


def _page(
    number: int,
    text: str,
    label: str | None,
    width: float,
    height: float,
    *read: Any,
) -> Page:
    method, confidence, hidden = read
    return Page(number, text, label, width, height, Method(method), confidence, bool(hidden))


def passages_of(db: sqlite3.Connection, document_id: str) -> tuple[Passage, ...]:
    """The passages of a document in order."""
    found = db.execute(
        f"SELECT {_PASSAGE_FIELDS} FROM passages WHERE document_id = ? ORDER BY position",
        (document_id,),
    )
    return tuple(_passage(row) for row in found)


def passage_of(db: sqlite3.Connection, passage_id: str) -> Passage | None:
    """One passage by id."""
    found = db.execute(f"SELECT {_PASSAGE_FIELDS} FROM passages WHERE id = ?", (passage_id,))
    row = found.fetchone()
    return None if row is None else _passage(row)


def passages_at(db: sqlite3.Connection, numbers: Sequence[int]) -> list[Passage]:
    """Passages by rowid, in the order asked."""
    slots = ", ".join("?" * len(numbers))
    found = db.execute(
        f"SELECT rowid, {_PASSAGE_FIELDS} FROM passages WHERE rowid IN ({slots})",
        list(numbers),
    )
    # SQLite gives them in the order of the table.
    by_number = {row[0]: _passage(row[1:]) for row in found}
    return [by_number[number] for number in numbers]


def _passage(row: tuple[str, ...]) -> Passage:
    id_, document_id, kind, section, text, language, extents, boxes, context = row
    return Passage(
        id=id_,
        document_id=document_id,
        kind=BlockKind(kind),
        section=tuple(json.loads(section)),
        text=text,
        language=language,
        extents=tuple(Extent(*extent) for extent in json.loads(extents)),
        boxes=tuple(Box(*box) for box in json.loads(boxes)),
        context=context,
    )


def embeddings_of(
    db: sqlite3.Connection, document_id: str
) -> tuple[Floats, tuple[PackedTokens, ...]]:
    """The vectors `(n, d)` and packed tokens of a document's passages, in their order."""
    found = db.execute(
        "SELECT e.vector, e.bits, e.pieces, e.starts FROM embeddings e"
        " JOIN passages p ON p.id = e.passage_id WHERE p.document_id = ? ORDER BY p.position",
        (document_id,),
    ).fetchall()
    # A document without any text has no passages.
    if not found:
        return np.empty((0, 0), dtype=np.float32), ()
    vectors = np.stack([np.frombuffer(row[0], dtype=np.float32) for row in found])
    # One bit a dimension: tokens have as many dimensions as vectors.
    width = vectors.shape[1] // 8
    return vectors, tuple(_tokens(row[1], row[2], row[3], width) for row in found)


def _tokens(bits: bytes, pieces: bytes, starts: bytes, width: int) -> PackedTokens:
    return PackedTokens(
        # Four bytes a piece, so its length tells how many tokens there are.
        bits=np.frombuffer(bits, dtype=np.uint8).reshape(len(pieces) // 4, width),
        pieces=np.frombuffer(pieces, dtype=np.int32),
        starts=np.frombuffer(starts, dtype=_START_TYPE).astype(np.int32),
    )


def agenda_of(db: sqlite3.Connection, document_id: str) -> tuple[AgendaItem, ...]:
    """The timetable lines of a document in order."""
    of_document = "JOIN passages p ON p.id = a.passage_id WHERE p.document_id = ?"
    sql = f"SELECT a.* FROM agenda a {of_document} ORDER BY p.position, a.rowid"
    return tuple(map(agenda_item, db.execute(sql, (document_id,))))


def documents_with_agenda(db: sqlite3.Connection) -> frozenset[str]:
    """Ids of the documents that have a timetable."""
    found = db.execute(
        "SELECT DISTINCT p.document_id FROM agenda a JOIN passages p ON p.id = a.passage_id"
    )
    return frozenset(id_ for (id_,) in found)


def agenda_item(row: tuple[Any, ...]) -> AgendaItem:
    """One line of a timetable from a row of its table."""
    *values, kind = row
    return replace(AgendaItem(*values), kind=None if kind is None else ResourceType(kind))


def versions(db: sqlite3.Connection) -> dict[str, str]:
    """Document id → id of the document that it is a version of."""
    return dict(db.execute("SELECT document_id, version_of FROM versions ORDER BY document_id"))


def read_entry(db: sqlite3.Connection, document: Document) -> Entry:
    """All that the truth holds of a document."""
    vectors, tokens = embeddings_of(db, document.id)
    (sketch,) = db.execute(
        "SELECT sketch FROM provenance WHERE document_id = ?", (document.id,)
    ).fetchone()
    return Entry(
        document=document,
        pages=pages_of(db, document.id),
        passages=passages_of(db, document.id),
        agenda=agenda_of(db, document.id),
        vectors=vectors,
        tokens=tokens,
        details=details_of(db, document.id),
        sketch=sketch,
    )


def insert_details(db: sqlite3.Connection, document_id: str, details: Details) -> None:
    """Write the details of one document."""
    db.executemany(
        "INSERT INTO warnings VALUES (?, ?)", [(document_id, text) for text in details.warnings]
    )
    db.executemany(
        "INSERT INTO units VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                document_id,
                unit.passage_id,
                unit.title,
                unit.kind,
                unit.minutes,
                json.dumps(unit.group_size),
                _json(unit.materials),
            )
            for unit in details.units
        ],
    )
    db.executemany(
        "INSERT INTO facts VALUES (?, ?, ?, ?, ?)",
        [(document_id, *astuple(fact)) for fact in details.facts],
    )
    db.executemany(
        "INSERT INTO findings VALUES (?, ?, ?, ?)",
        [(document_id, *astuple(finding)) for finding in details.findings],
    )
    db.executemany(
        "INSERT INTO health VALUES (?, ?, ?, ?, ?)",
        [
            (document_id, page.page, page.tables, _json(page.dropped), _json(page.suspects))
            for page in details.health
        ],
    )
    _insert_tags(db, document_id, details.tags)


def _insert_tags(db: sqlite3.Connection, document_id: str, tags: Sequence[Tag]) -> None:
    db.executemany(
        "INSERT INTO tags VALUES (?, ?, ?, ?, ?)",
        [(document_id, tag.passage_id, tag.goal, tag.target, _json(tag.evidence)) for tag in tags],
    )


def details_of(db: sqlite3.Connection, document_id: str) -> Details:
    """The details of one document, in the order in which they were written."""

    def rows_of(table: str, columns: str) -> sqlite3.Cursor:
        query = f"SELECT {columns} FROM {table} WHERE document_id = ? ORDER BY rowid"
        return db.execute(query, (document_id,))

    columns = "passage_id, title, kind, minutes, group_size, materials"
    return Details(
        warnings=tuple(text for (text,) in rows_of("warnings", "text")),
        units=tuple(_activity(*row) for row in rows_of("units", columns)),
        facts=tuple(Fact(*row) for row in rows_of("facts", "field, value, origin, passage_id")),
        findings=tuple(Finding(*row) for row in rows_of("findings", "kind, text, passage_id")),
        health=tuple(
            PageHealth(page, tables, tuple(json.loads(dropped)), tuple(json.loads(suspects)))
            for page, tables, dropped, suspects in rows_of(
                "health", "page, tables, dropped, suspects"
            )
        ),
        tags=tuple(_tag(*row) for row in rows_of("tags", _TAG_FIELDS)),
    )


def tags_of(db: sqlite3.Connection, passage_ids: Sequence[str]) -> dict[str, tuple[Tag, ...]]:
    """The tags of the passages that have any, by passage."""
    slots = ", ".join("?" * len(passage_ids))
    query = f"SELECT {_TAG_FIELDS} FROM tags WHERE passage_id IN ({slots}) ORDER BY rowid"
    found: dict[str, tuple[Tag, ...]] = {}
    for row in db.execute(query, list(passage_ids)):
        found[row[0]] = (*found.get(row[0], ()), _tag(*row))
    return found


def _tag(passage_id: str, goal: int, target: str | None, evidence: str) -> Tag:
    return Tag(passage_id, goal, target, tuple(json.loads(evidence)))


def _activity(
    passage_id: str, title: str, kind: str, minutes: int | None, group: str, materials: str
) -> Activity:
    size = json.loads(group)
    return Activity(
        passage_id=passage_id,
        title=title,
        kind=ResourceType(kind),
        minutes=minutes,
        group_size=None if size is None else (size[0], size[1]),
        materials=tuple(json.loads(materials)),
    )


def _json(texts: tuple[str, ...]) -> str:
    return json.dumps(texts, ensure_ascii=False)


def checksum(entry: Entry) -> str:
    """BLAKE2b of everything an entry holds, as hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=16)
    # By `repr`, which tells None from "" and the integer from the text.
    digest.update(repr([getattr(entry.document, f.name) for f in fields(Document)]).encode())
    parts = entry.pages, entry.passages, entry.agenda, entry.details, entry.sketch
    digest.update(repr(parts).encode())
    # Arrays by their bytes: `repr` rounds them, and leaves out the middle of long ones.
    digest.update(np.ascontiguousarray(entry.vectors, dtype=np.float32).tobytes())
    for tokens in entry.tokens:
        digest.update(_token_bytes(tokens))
    return digest.hexdigest()


def _token_bytes(tokens: PackedTokens) -> bytes:
    return tokens.bits.tobytes() + tokens.pieces.tobytes() + tokens.starts.tobytes()
