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
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, fields, is_dataclass
from enum import StrEnum
from itertools import chain, count, repeat
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np

from search.documents import (
    Activity,
    AgendaItem,
    Details,
    Document,
    Entry,
    Fact,
    Finding,
    Floats,
    PackedTokens,
    Page,
    PageHealth,
    Passage,
    Tag,
)
from search.engine import CollectionNotes, Inventory, StoredDocument
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

    def inventory(self) -> Inventory:
        """What is stored now."""
        with self.reading() as db:
            made_of = {
                id_: (fingerprint, sketch)
                for id_, fingerprint, sketch in db.execute(
                    "SELECT document_id, fingerprint, sketch FROM provenance"
                )
            }
            stored = [StoredDocument(each, *made_of[each.id]) for each in documents(db)]
            return Inventory({(s.document.root, s.document.path): s for s in stored}, refused(db))

    def put(self, entry: Entry, fingerprint: str) -> tuple[Page, ...]:
        """Write one document whole, replacing what stood under its id or path. Atomic, durable.
        Returns the pages that the one with its id had."""
        document = entry.document
        with self._transaction() as db:
            before = pages_of(db, document.id)
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
        return before

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

    def versions(self) -> dict[str, str]:
        """Document id → id of the document that it is a version of."""
        with _explain_damage(self.folder):
            return versions(self._db)

    def refused(self) -> tuple[Refused, ...]:
        """The files that could not be read at the last ingest of their root."""
        with _explain_damage(self.folder):
            return refused(self._db)

    def put_notes(self, notes: CollectionNotes) -> None:
        """Keep what is true of the collection as a whole, all of it or nothing."""
        before = self._db.execute("SELECT root, data FROM equivalents").fetchall()
        synonyms = {**dict(before), **notes.synonyms}
        kept = (one for one in self.refused() if one.root not in notes.refused)
        tables: dict[str, set[tuple[str, ...]]] = {
            "versions": set(notes.versions.items()),
            "equivalents": {(root, data) for root, data in synonyms.items() if data is not None},
            "refused": {astuple(one) for one in chain(kept, *notes.refused.values())},
        }
        # No transaction for nothing, since each raises the generation.
        if all(set(self._db.execute(f"SELECT * FROM {name}")) == rows
               for name, rows in tables.items()):  # fmt: skip
            return
        with self._transaction() as db:
            for name, rows in tables.items():
                db.execute(f"DELETE FROM {name}")
                for row in sorted(rows):
                    slots = ", ".join("?" * len(row))
                    db.execute(f"INSERT OR REPLACE INTO {name} VALUES ({slots})", row)

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
            state = repr(
                (self.model, held.fetchall(), self.equivalents(), self.versions(), self.refused())
            )
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
                (known,) = _DOCUMENTS.select(self._db, "WHERE id = ?", (document_id,))
                entry = read_entry(self._db, known)
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

REFUSED_TABLE = """
CREATE TABLE refused (
    root TEXT NOT NULL, path TEXT NOT NULL, cause TEXT NOT NULL, PRIMARY KEY (root, path)
);
"""

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
{REFUSED_TABLE}
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
        {REFUSED_TABLE}
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


class _Rows:
    """One dataclass as the rows of a table, whose columns have the names of its fields: tuples are
    JSON, members of an enumeration their values."""

    def __init__(self, table: str, noun: type[Any]) -> None:
        self.table, self.noun = table, noun
        hints = get_type_hints(noun)
        self._names = [field.name for field in fields(noun)]
        reads = enumerate(_reading_of(hints[name]) for name in self._names)
        self._reads = [(place, read) for place, read in reads if read]
        self._json = {name for name in self._names if _tuple_of(hints[name])}
        self.columns = ", ".join(f'"{name}"' for name in self._names)

    def insert(self, db: sqlite3.Connection, items: Iterable[Any], **own: Iterable[Any]) -> None:
        """Write items; `own` are columns that the table has beside the fields, a value an item."""
        slots = ", ".join("?" * (len(self._names) + len(own)))
        columns = ", ".join((self.columns, *own))
        rows = zip(items, *own.values(), strict=False)  # where all items share a value it repeats
        db.executemany(
            f"INSERT INTO {self.table} ({columns}) VALUES ({slots})",
            [(*self._values(item), *more) for item, *more in rows],
        )

    def _values(self, item: Any) -> Iterator[Any]:
        for name in self._names:
            value = getattr(item, name)
            if name in self._json:
                value = json.dumps(value, ensure_ascii=False, default=astuple)
            yield value

    def read(self, row: Sequence[Any]) -> Any:
        """The item of a row of `columns`."""
        values = list(row)
        for place, read in self._reads:
            values[place] = read(values[place])
        return self.noun(*values)

    def select(self, db: sqlite3.Connection, where: str, values: Sequence[Any] = ()) -> list[Any]:
        """The items of the rows that SQL chooses and orders."""
        found = db.execute(f"SELECT {self.columns} FROM {self.table} {where}", values)
        return [self.read(row) for row in found]


def _tuple_of(hint: Any) -> Any:
    """What a tuple holds, where a field is one or None; else None."""
    for one in (hint, *get_args(hint)):
        if get_origin(one) is tuple:
            return get_args(one)[0]
    return None


def _reading_of(hint: Any) -> Callable[[Any], Any] | None:
    """What makes a value of this type of what SQLite gives; None where it is the same."""
    held = _tuple_of(hint)
    if held is not None:
        plain = not is_dataclass(held)

        def read(text: str) -> Any:
            listed = json.loads(text)
            if listed is None:
                return None
            return tuple(listed) if plain else tuple(held(*one) for one in listed)

        return read
    for one in (hint, *get_args(hint)):
        if isinstance(one, type) and issubclass(one, StrEnum):
            return lambda value: None if value is None else one(value)
    return bool if hint is bool else None


_DOCUMENTS, _PAGES = _Rows("documents", Document), _Rows("pages", Page)
_PASSAGES, _AGENDA = _Rows("passages", Passage), _Rows("agenda", AgendaItem)
_TAGS = _Rows("tags", Tag)
# By the field of `Details`; warnings are plain texts.
_DETAILS = {
    "units": _Rows("units", Activity),
    "facts": _Rows("facts", Fact),
    "findings": _Rows("findings", Finding),
    "health": _Rows("health", PageHealth),
    "tags": _TAGS,
}
# Code points where tokens start: passages hold some 2,000, so 16 bits do.
_START_TYPE = np.int16


def insert_content(db: sqlite3.Connection, entry: Entry) -> None:
    """Write a document with its pages, passages, timetable and details."""
    id_, details = entry.document.id, entry.details
    _DOCUMENTS.insert(db, [entry.document])
    _PAGES.insert(db, entry.pages, document_id=repeat(id_))
    _PASSAGES.insert(db, entry.passages, position=count())
    _AGENDA.insert(db, entry.agenda)
    warnings = [(id_, text) for text in details.warnings]
    db.executemany("INSERT INTO warnings VALUES (?, ?)", warnings)
    for name, rows in _DETAILS.items():
        rows.insert(db, getattr(details, name), document_id=repeat(id_))


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


def documents(db: sqlite3.Connection) -> list[Document]:
    """All documents ordered by id."""
    return _DOCUMENTS.select(db, "ORDER BY id")


def pages_of(db: sqlite3.Connection, document_id: str) -> tuple[Page, ...]:
    """The pages of a document in order."""
    return tuple(_PAGES.select(db, "WHERE document_id = ? ORDER BY number", (document_id,)))


def pages_at(
    db: sqlite3.Connection, places: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], Page]:
    """Pages by document and number, those that there are."""
    wanted = sorted(places)
    if not wanted:
        return {}
    slots = ", ".join(["(?, ?)"] * len(wanted))
    # Joined in this order each place is looked up by the key; `IN (VALUES …)` would scan the table.
    found = db.execute(
        f"WITH wanted (document, page) AS (VALUES {slots}) SELECT document_id, {_PAGES.columns}"
        " FROM wanted CROSS JOIN pages ON document_id = document AND number = page",
        [value for place in wanted for value in place],
    )
    return {(document_id, row[0]): _PAGES.read(row) for document_id, *row in found}


def pages_holding(db: sqlite3.Connection, text: str) -> Iterator[tuple[str, Page]]:
    """The pages that hold a text, with their document's id. SQLite looks where the texts lie:
    reading 30,000 pages into Python first takes twice as long."""
    sql = f"SELECT document_id, {_PAGES.columns} FROM pages WHERE instr(text, ?) ORDER BY 1, 2"
    return ((document_id, _PAGES.read(row)) for document_id, *row in db.execute(sql, (text,)))


def passages_of(db: sqlite3.Connection, document_id: str) -> tuple[Passage, ...]:
    """The passages of a document in order."""
    return tuple(_PASSAGES.select(db, "WHERE document_id = ? ORDER BY position", (document_id,)))


def passages_by_id(db: sqlite3.Connection, ids: Sequence[str]) -> dict[str, Passage]:
    """Those passages that there are, by id."""
    slots = ", ".join("?" * len(ids))
    return {one.id: one for one in _PASSAGES.select(db, f"WHERE id IN ({slots})", ids)}


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
    return vectors, tuple(
        PackedTokens(
            # Four bytes a piece, so its length tells how many tokens there are.
            bits=np.frombuffer(bits, dtype=np.uint8).reshape(len(pieces) // 4, width),
            pieces=np.frombuffer(pieces, dtype=np.int32),
            starts=np.frombuffer(starts, dtype=_START_TYPE).astype(np.int32),
        )
        for _, bits, pieces, starts in found
    )


def agenda_item(row: Sequence[Any]) -> AgendaItem:
    """One line of a timetable from the values of its fields."""
    item: AgendaItem = _AGENDA.read(row)
    return item


def versions(db: sqlite3.Connection) -> dict[str, str]:
    """Document id → id of the document that it is a version of."""
    return dict(db.execute("SELECT document_id, version_of FROM versions ORDER BY document_id"))


def refused(db: sqlite3.Connection) -> tuple[Refused, ...]:
    """The files that could not be read, by root and path."""
    found = db.execute("SELECT root, path, cause FROM refused ORDER BY root, path")
    return tuple(Refused(*row) for row in found)


def read_entry(db: sqlite3.Connection, document: Document) -> Entry:
    """All that the truth holds of a document."""
    id_ = (document.id,)
    vectors, tokens = embeddings_of(db, document.id)
    columns = ", ".join(f"a.{name}" for name in _AGENDA.columns.split(", "))
    agenda = db.execute(
        f"SELECT {columns} FROM agenda a JOIN passages p ON p.id = a.passage_id"
        " WHERE p.document_id = ? ORDER BY p.position, a.rowid",
        id_,
    )
    sketch = db.execute("SELECT sketch FROM provenance WHERE document_id = ?", id_).fetchone()
    return Entry(
        document=document,
        pages=pages_of(db, document.id),
        passages=passages_of(db, document.id),
        agenda=tuple(map(agenda_item, agenda)),
        vectors=vectors,
        tokens=tokens,
        details=details_of(db, document.id),
        sketch=sketch[0],
    )


def details_of(db: sqlite3.Connection, document_id: str) -> Details:
    """The details of one document, in the order in which they were written."""
    chosen = "WHERE document_id = ? ORDER BY rowid"
    texts = db.execute(f"SELECT text FROM warnings {chosen}", (document_id,))
    read = {name: tuple(rows.select(db, chosen, (document_id,))) for name, rows in _DETAILS.items()}
    return Details(warnings=tuple(text for (text,) in texts), **read)


def tags_of(db: sqlite3.Connection, passage_ids: Sequence[str]) -> dict[str, tuple[Tag, ...]]:
    """The tags of the passages that have any, by passage."""
    slots = ", ".join("?" * len(passage_ids))
    found: dict[str, tuple[Tag, ...]] = {}
    for tag in _TAGS.select(db, f"WHERE passage_id IN ({slots}) ORDER BY rowid", passage_ids):
        found[tag.passage_id] = (*found.get(tag.passage_id, ()), tag)
    return found


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
        for array in (tokens.bits, tokens.pieces, tokens.starts):
            digest.update(array.tobytes())
    return digest.hexdigest()
