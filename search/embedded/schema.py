"""The tables of `acervo.db`, and the steps from older ones: small, numbered, each runs once."""

import sqlite3
from collections.abc import Callable

from search.embedded import details, rows
from search.embedded.checksum import checksum
from search.errors import IndexDamaged

VERSION = 3

TRUTH = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
{rows.SCHEMA}
{details.SCHEMA}
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
    if version == VERSION:
        return
    if version > VERSION:
        raise IndexDamaged(
            f"el índice tiene el esquema {version} y este programa usa el {VERSION}: "
            "actualice Acervo"
        )
    try:
        db.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        raise IndexDamaged(
            f"el índice tiene el esquema {version} y no se puede actualizar al {VERSION} ({error}):"
            " ejecute «acervo status» donde la carpeta se pueda escribir"
        ) from error
    try:
        _update(db, db.execute("PRAGMA user_version").fetchone()[0])
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _update(db: sqlite3.Connection, version: int) -> None:
    if version == 0:
        _run(db, f"{TRUTH} INSERT INTO meta VALUES ('generation', '0');")
    elif version < VERSION:
        for step in STEPS[version - 1 :]:
            step(db)
        _sum_again(db)
    db.execute(f"PRAGMA user_version = {VERSION}")


def _run(db: sqlite3.Connection, script: str) -> None:
    """Like `executescript`, which would commit what is under way."""
    for statement in filter(str.strip, script.split(";")):
        db.execute(statement)


def _to_2(db: sqlite3.Connection) -> None:
    """How pages were read, more fields of documents and timetables, units, facts, versions."""
    _run(
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
        {details.KNOWN}
        INSERT INTO warnings SELECT document_id, value FROM provenance, json_each(warnings);
        ALTER TABLE provenance DROP COLUMN warnings;
        """,
    )


def _to_3(db: sqlite3.Connection) -> None:
    """When documents were read; the goals that passages name."""
    _run(db, f"ALTER TABLE documents ADD COLUMN ingested TEXT; {details.TAGS}")


def _sum_again(db: sqlite3.Connection) -> None:
    """Checksums are those of entries as this program knows them: once, after all steps."""
    for document in rows.documents(db):
        sum_ = checksum(rows.entry(db, document))
        db.execute("UPDATE provenance SET checksum = ? WHERE document_id = ?", (sum_, document.id))


STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (_to_2, _to_3)
