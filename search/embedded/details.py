"""What is known of a document beyond its text to SQLite rows and back."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import astuple

from search.types import Details, Fact, Finding, PageHealth, ResourceType, Tag, Unit

KNOWN = """
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
"""As the second form of the database had them."""

TAGS = """
CREATE TABLE tags (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    passage_id TEXT NOT NULL, goal INTEGER NOT NULL, target TEXT, evidence TEXT NOT NULL
);
CREATE INDEX tags_of_document ON tags (document_id);
CREATE INDEX tags_of_passage ON tags (passage_id);
"""

SCHEMA = KNOWN + TAGS

_TAG_FIELDS = "passage_id, goal, target, evidence"


def insert(db: sqlite3.Connection, document_id: str, details: Details) -> None:
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
        units=tuple(_unit(*row) for row in rows_of("units", columns)),
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


def _unit(
    passage_id: str, title: str, kind: str, minutes: int | None, group: str, materials: str
) -> Unit:
    size = json.loads(group)
    return Unit(
        passage_id=passage_id,
        title=title,
        kind=ResourceType(kind),
        minutes=minutes,
        group_size=None if size is None else (size[0], size[1]),
        materials=tuple(json.loads(materials)),
    )


def _json(texts: tuple[str, ...]) -> str:
    return json.dumps(texts, ensure_ascii=False)
