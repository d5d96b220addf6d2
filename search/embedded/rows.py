"""Nouns to SQLite rows and back."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, astuple, fields, replace
from typing import Any

import numpy as np

from search.embedded import details
from search.types import (
    AgendaItem,
    BlockKind,
    Box,
    Document,
    DocumentType,
    Entry,
    Extent,
    Floats,
    Method,
    PackedTokens,
    Page,
    Passage,
    ResourceType,
)

_DOCUMENT_FIELDS = ", ".join(field.name for field in fields(Document))
_PAGE_FIELDS = "number, text, label, width, height, method, confidence, hidden"
_PASSAGE_FIELDS = "id, document_id, kind, section, text, language, extents, boxes, context"
_STARTS = np.int16
"""Code points where tokens start: passages hold some 2,000, so 16 bits do."""


SCHEMA = """
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
"""What the truth and a snapshot's content have in common, with `details.SCHEMA`."""


def insert_content(db: sqlite3.Connection, entry: Entry) -> None:
    """Write a document with its pages, passages and timetable."""
    record = asdict(entry.document)
    slots = ", ".join(f":{name}" for name in record)
    db.execute(f"INSERT INTO documents ({_DOCUMENT_FIELDS}) VALUES ({slots})", record)
    insert_pages(db, entry.document.id, entry.pages)
    insert_passages(db, entry.passages)
    insert_agenda(db, entry.agenda)
    details.insert(db, entry.document.id, entry.details)


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
                tokens.starts.astype(_STARTS).tobytes(),
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
    if not found:
        return np.empty((0, 0), dtype=np.float32), ()
    vectors = np.stack([np.frombuffer(row[0], dtype=np.float32) for row in found])
    width = vectors.shape[1] // 8
    return vectors, tuple(_tokens(row[1], row[2], row[3], width) for row in found)


def _tokens(bits: bytes, pieces: bytes, starts: bytes, width: int) -> PackedTokens:
    return PackedTokens(
        bits=np.frombuffer(bits, dtype=np.uint8).reshape(len(pieces) // 4, width),
        pieces=np.frombuffer(pieces, dtype=np.int32),
        starts=np.frombuffer(starts, dtype=_STARTS).astype(np.int32),
    )


def agenda_of(db: sqlite3.Connection, document_id: str) -> tuple[AgendaItem, ...]:
    """The timetable lines of a document in order."""
    of_document = "JOIN passages p ON p.id = a.passage_id WHERE p.document_id = ?"
    sql = f"SELECT a.* FROM agenda a {of_document} ORDER BY p.position, a.rowid"
    return tuple(map(agenda_item, db.execute(sql, (document_id,))))


def scheduled(db: sqlite3.Connection) -> frozenset[str]:
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


def entry(db: sqlite3.Connection, document: Document) -> Entry:
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
        details=details.details_of(db, document.id),
        sketch=sketch,
    )
