"""The truth of an index: documents go in and out whole, and damage is noticed."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hash_embedder import HashEmbedder
from own_texts import entry_of, make_document

from search.documents import AgendaItem, BlockKind, DocumentType, Entry, Extent, Fact, Page, Tag
from search.engine import CollectionNotes
from search.errors import IndexDamaged, IndexMissing, IndexUnusable, ModelMismatch
from search.index import open_writer
from search.index.database import Store
from search.index.generation import check

EMBEDDER = HashEmbedder()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "indice", create=True) as store:
        yield store


def entry(id_: str, *lines: str, title: str = "") -> Entry:
    return entry_of(make_document(id_, title), [lines], EMBEDDER)


def held(store: Store) -> dict[str, Entry]:
    with store.reading():
        return {entry.document.id: entry for entry in store.entries()}


def fingerprints(store: Store) -> dict[tuple[str, str], tuple[str, str]]:
    """By place the id of the document and what it was made from."""
    documents = store.inventory().documents
    return {place: (each.document.id, each.fingerprint) for place, each in documents.items()}


def texts(store: Store) -> dict[str, list[str]]:
    return {id_: [p.text for p in entry.passages] for id_, entry in held(store).items()}


def rich_entry() -> Entry:
    document = make_document(
        "nota",
        "Título con «comillas», ñ y 🙂",
        document_type=DocumentType.CONCEPT_NOTE,
        sha256="ab" * 32,
        date="2024-11-01",
        toolkit="Cambio de mentalidad",
        module="Módulo 2",
        audience="Gobiernos locales",
        event="Taller",
        licence="CC BY 4.0",
        source_url="https://example.org/nota",
        ingested="2026-05-04T09:30:00Z",
    )
    pages = [["Uno y dos.", "10:40-11:00 | Tema 2"], ["Tres\u2028cuatro."]]
    plain = entry_of(document, pages, EMBEDDER, warnings=["sin texto en la página 3"])
    first, row, last = plain.passages
    passages = (
        replace(first, section=("Antecedentes", "Marco"), language="pt"),
        replace(row, kind=BlockKind.AGENDA_ITEM, context="Día 1\nHora | Actividad", boxes=()),
        replace(last, extents=(Extent(2, 0, 4, 0), Extent(2, 5, 12, 5))),
    )
    agenda = (
        AgendaItem(row.id, "Tema 2", "Día 1", "10:40", "11:00", 45, 20),
        AgendaItem(row.id, "Tema 2 bis", None, None, None, None, None),
    )
    tags = (
        Tag(first.id, 16, None, ("ODS 16", "SDG 16")),
        Tag(first.id, 16, "16.a", ("meta 16.a",)),
        Tag(last.id, 5, None, ("ODS 5",)),
    )
    return replace(
        plain,
        pages=(*plain.pages, Page(3, "")),
        passages=passages,
        agenda=agenda,
        details=replace(plain.details, tags=tags),
    )


def same(first: Entry, second: Entry) -> bool:
    arrays = [(first.vectors, second.vectors)]
    for one, other in zip(first.tokens, second.tokens, strict=True):
        arrays += [(getattr(one, n), getattr(other, n)) for n in ("bits", "pieces", "starts")]
    plain = ("document", "pages", "passages", "agenda", "details")
    return all(getattr(first, n) == getattr(second, n) for n in plain) and all(
        np.array_equal(one, other) and one.dtype == other.dtype for one, other in arrays
    )


def test_an_entry_comes_back_exactly(store: Store) -> None:
    entry = rich_entry()
    store.put(entry, "huella")
    assert same(held(store)["nota"], entry)
    assert fingerprints(store) == {("/fuentes", "nota.pdf"): ("nota", "huella")}
    assert store.originals() == {"ab" * 32}
    assert damaged(store) == []


def test_an_entry_without_passages_comes_back(store: Store) -> None:
    store.put(entry("vacio"), "x")
    assert (held(store)["vacio"].passages, held(store)["vacio"].tokens) == ((), ())
    assert damaged(store) == []


def test_documents_come_in_the_order_of_their_ids(store: Store) -> None:
    for id_ in ("b", "c", "a"):
        store.put(entry(id_, id_), "x")
    assert list(held(store)) == ["a", "b", "c"]


def test_a_document_put_again_replaces_all_that_it_was(store: Store) -> None:
    store.put(rich_entry(), "una")
    store.put(entry("nota", "Otro texto."), "dos")
    assert texts(store) == {"nota": ["Otro texto."]}
    assert (held(store)["nota"].agenda, held(store)["nota"].details.warnings) == ((), ())
    assert fingerprints(store) == {("/fuentes", "nota.pdf"): ("nota", "dos")}


def test_a_document_with_a_new_id_replaces_the_one_at_its_path(store: Store) -> None:
    store.put(entry("nota", "Viejo."), "una")
    renamed = entry("clave", "Nuevo.")
    store.put(replace(renamed, document=replace(renamed.document, path="nota.pdf")), "dos")
    assert texts(store) == {"clave": ["Nuevo."]}


def test_a_deleted_document_leaves_nothing_behind(store: Store) -> None:
    store.put(rich_entry(), "una")
    store.put(entry("otra", "Sigue."), "dos")
    assert store.delete("nota")
    assert texts(store) == {"otra": ["Sigue."]}
    tables = ("pages", "passages", "embeddings", "agenda", "provenance", "tags")
    db = sqlite3.connect(store.folder / "acervo.db")
    counts = [db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]
    db.close()
    assert counts == [1, 1, 1, 0, 1, 0]


@pytest.mark.parametrize("broken", ["tokens", "passage"])
def test_a_failure_half_way_leaves_the_old_document_whole(store: Store, broken: str) -> None:
    old, other = entry("nota", "Uno.", "Dos."), entry("otra", "Tres.")
    store.put(old, "una")
    store.put(other, "una")
    generation = store.generation
    new = entry("nota", "Nuevo uno.", "Nuevo dos.")
    if broken == "tokens":  # found out after document, pages, passages and a first vector
        new = replace(new, tokens=new.tokens[:1])
    else:  # the id of a passage of another document
        new = replace(new, passages=(new.passages[0], replace(new.passages[1], id="otra-0")))
    with pytest.raises((ValueError, sqlite3.IntegrityError)):
        store.put(new, "dos")
    assert same(held(store)["nota"], old)
    assert same(held(store)["otra"], other)
    assert fingerprints(store)["/fuentes", "nota.pdf"] == ("nota", "una")
    assert store.generation == generation
    assert damaged(store) == []


def test_every_change_raises_the_generation_by_one_and_nothing_else_does(store: Store) -> None:
    seen = [store.generation]
    for change in (
        lambda: store.claim_model("a"),
        lambda: store.put(entry("nota", "Uno."), "x"),
        lambda: store.put(entry("nota", "Uno."), "x"),
        lambda: store.put_notes(CollectionNotes({}, {"/fuentes": "[]"})),
        lambda: store.put_notes(CollectionNotes({}, {"/fuentes": None})),
        lambda: store.delete("nota"),
    ):
        change()
        seen.append(store.generation)
    assert seen == [0, 1, 2, 3, 4, 5, 6]
    store.claim_model("a")
    store.put_notes(CollectionNotes({}, {"/fuentes": None}))
    assert not store.delete("nota")
    assert store.generation == 6


def test_what_is_written_is_there_for_another_connection_at_once(store: Store) -> None:
    store.put(entry("nota", "Uno."), "x")
    with Store(store.folder) as other:
        assert texts(other) == {"nota": ["Uno."]}
        assert other.generation == store.generation


def test_vectors_of_another_model_are_refused_with_what_to_do(store: Store) -> None:
    store.claim_model("uno/int8")
    store.put(entry("nota", "Uno."), "x")
    with pytest.raises(ModelMismatch) as caught:
        store.claim_model("dos/int8")
    assert str(caught.value) == (
        "el índice se hizo con el modelo «uno/int8», no con «dos/int8»: "
        "use aquel modelo o ingiera de nuevo en otra carpeta (--index)"
    )
    assert store.model == "uno/int8"


def test_an_empty_index_takes_another_model(store: Store) -> None:
    store.claim_model("uno")
    store.put(entry("nota", "Uno."), "x")
    store.delete("nota")
    store.claim_model("dos")
    assert store.model == "dos"


def flip(path: Path, table: str, column: str, where: str) -> None:
    """Change one byte in the middle of one value."""
    db = sqlite3.connect(path)
    (value,) = db.execute(f"SELECT {column} FROM {table} WHERE {where}").fetchone()
    data = bytearray(value if isinstance(value, bytes) else value.encode())
    data[len(data) // 2] ^= 1
    changed = bytes(data) if isinstance(value, bytes) else data.decode()
    db.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (changed,))
    db.commit()
    db.close()


def damaged(store: Store) -> list[str]:
    with store.reading():
        return [id_ for id_, entry in store.verified() if entry is None]


@pytest.mark.parametrize(
    ("table", "column", "where"),
    [
        ("embeddings", "vector", "passage_id = 'nota-0'"),
        ("embeddings", "bits", "passage_id = 'nota-0'"),
        ("embeddings", "pieces", "passage_id = 'nota-1'"),
        ("embeddings", "starts", "passage_id = 'nota-1'"),
        ("pages", "text", "document_id = 'nota' AND number = 1"),
        ("passages", "text", "id = 'nota-1'"),
        ("passages", "context", "id = 'nota-1'"),
        ("documents", "title", "id = 'nota'"),
        ("agenda", "title", "passage_id = 'nota-1'"),
        ("warnings", "text", "document_id = 'nota'"),
        ("tags", "evidence", "goal = 5"),
        ("documents", "ingested", "id = 'nota'"),
    ],
)
def test_a_flipped_byte_is_noticed(store: Store, table: str, column: str, where: str) -> None:
    store.put(rich_entry(), "x")
    store.put(entry("otra", "Sigue."), "x")
    flip(store.folder / "acervo.db", table, column, where)
    assert damaged(store) == ["nota"]


def test_a_check_names_what_is_wrong_and_how_to_repair_it(tmp_path: Path) -> None:
    folder = tmp_path / "indice"
    index = open_writer(folder, EMBEDDER.name, create=True)
    index.put(entry("nota", "Uno dos."), "x")
    index.publish()
    index.close()
    assert check(folder) == []
    flip(folder / "acervo.db", "pages", "text", "document_id = 'nota'")
    found = [(problem.text, problem.repair) for problem in check(folder)]
    again = "retírelo con «acervo remove nota» e ingiera de nuevo su carpeta"
    assert found == [
        ("el documento «nota» no coincide con su suma", again),
    ]


def test_a_check_names_a_passage_that_its_page_does_not_hold(tmp_path: Path) -> None:
    folder = tmp_path / "indice"
    index = open_writer(folder, EMBEDDER.name, create=True)
    one = entry("nota", "Uno dos.")
    index.put(replace(one, pages=(replace(one.pages[0], text="Uno tres."),)), "x")
    index.publish()
    index.close()
    assert [problem.text for problem in check(folder)] == [
        "el pasaje «nota-0» de «nota» no está literalmente en su página"
    ]


def test_a_document_that_cannot_even_be_read_is_damaged(store: Store) -> None:
    store.put(rich_entry(), "x")
    store.put(entry("otra", "Sigue."), "x")
    db = sqlite3.connect(store.folder / "acervo.db")
    db.execute("UPDATE passages SET extents = '[[1,' WHERE id = 'nota-1'")
    db.commit()
    db.close()
    assert damaged(store) == ["nota"]


def test_a_check_finds_what_became_of_originals_and_caches(tmp_path: Path) -> None:
    folder = tmp_path / "indice"
    index = open_writer(folder, EMBEDDER.name, create=True)
    one = entry("nota", "Uno dos.")
    one = replace(one, document=replace(one.document, sha256="00" * 32))
    index.put(one, "x", b"otros bytes")
    generation = index.publish()
    index.close()
    (folder / "cache" / str(generation) / "statistics.npz").write_bytes(b"")
    assert [problem.text for problem in check(folder)] == [
        "el original de «nota» está dañado",
        "la caché «statistics.npz» está dañada",
    ]
    (folder / "originals" / ("00" * 32)).unlink()
    (folder / "cache" / str(generation) / "manifest.json").unlink()
    assert [problem.text for problem in check(folder)] == [
        "falta el original de «nota»",
        f"no hay cachés de la generación {generation}",
    ]


def test_a_missing_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match=r"no hay ningún índice en .* «acervo ingest CARPETA»"):
        Store(tmp_path / "nada")
    assert not (tmp_path / "nada").exists()


@pytest.mark.parametrize("whole", [1, 16])
def test_a_database_with_broken_pages_is_damaged(tmp_path: Path, whole: int) -> None:
    """SQLite notices while it opens the file, or only while it reads on."""
    with Store(tmp_path / "indice", create=True) as store:
        for number in range(50):
            store.put(entry(f"d{number}", "Uno dos. " * 200), "x")
    path = tmp_path / "indice" / "acervo.db"
    data = path.read_bytes()
    kept = whole * 4096
    path.write_bytes(data[:kept] + b"\xff" * (len(data) - kept))
    with (
        pytest.raises(IndexDamaged, match="recupere una copia"),
        Store(tmp_path / "indice") as store,
    ):
        fingerprints(store)
        store.content_digest()
    with pytest.raises(IndexDamaged, match="recupere una copia"):
        check(tmp_path / "indice")


V1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, document_type TEXT NOT NULL, language TEXT NOT NULL,
    file TEXT NOT NULL, root TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL, pages INTEGER NOT NULL, paged INTEGER NOT NULL, date TEXT,
    toolkit TEXT, module TEXT, audience TEXT, event TEXT, licence TEXT, source_url TEXT,
    UNIQUE (root, path)
);
CREATE TABLE pages (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, text TEXT NOT NULL, label TEXT, width REAL NOT NULL,
    height REAL NOT NULL, PRIMARY KEY (document_id, number)
);
CREATE TABLE passages (
    id TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    position INTEGER NOT NULL, kind TEXT NOT NULL, section TEXT NOT NULL, text TEXT NOT NULL,
    context TEXT NOT NULL, language TEXT NOT NULL, extents TEXT NOT NULL, boxes TEXT NOT NULL
);
CREATE TABLE agenda (
    passage_id TEXT NOT NULL REFERENCES passages (id) ON DELETE CASCADE,
    title TEXT NOT NULL, day TEXT, start TEXT, "end" TEXT, stated_minutes INTEGER,
    computed_minutes INTEGER
);
CREATE TABLE equivalents (root TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE embeddings (
    passage_id TEXT PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE,
    vector BLOB NOT NULL, bits BLOB NOT NULL, pieces BLOB NOT NULL, starts BLOB NOT NULL
);
CREATE TABLE provenance (
    document_id TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    warnings TEXT NOT NULL, fingerprint TEXT NOT NULL, checksum TEXT NOT NULL
);
INSERT INTO meta VALUES ('generation', '3'), ('model', 'e5');
INSERT INTO documents VALUES ('d', 'Nota', 'concept_note', 'es', 'd.pdf', '/r', 'd.pdf', '',
    'application/pdf', 1, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO pages VALUES ('d', 1, 'Uno dos.', 'i', 595.0, 842.0);
INSERT INTO provenance VALUES ('d', '["poco texto"]', 'x', 'of the old form');
PRAGMA user_version = 1;
"""
"""The database as the first version of the program wrote it."""


def test_a_database_of_the_first_form_is_brought_up_to_date(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "acervo.db")
    db.executescript(V1)
    db.close()
    with Store(tmp_path) as store:
        assert store.generation == 3
        assert held(store)["d"].pages == (Page(1, "Uno dos.", "i", 595.0, 842.0),)
        with store.reading():
            examined = list(store.verified())
    assert [(id_, e is not None and e.details.warnings) for id_, e in examined] == [
        ("d", ("poco texto",))
    ]
    with Store(tmp_path, create=True) as store:  # the steps ran once
        store.put(entry("d2", "Tres."), "y")
        assert sorted(id_ for id_, _ in fingerprints(store).values()) == ["d", "d2"]


V2 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, document_type TEXT NOT NULL, language TEXT NOT NULL,
    file TEXT NOT NULL, root TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL, pages INTEGER NOT NULL, paged INTEGER NOT NULL, date TEXT,
    toolkit TEXT, module TEXT, audience TEXT, event TEXT, licence TEXT, source_url TEXT,
    place TEXT, organisers TEXT, symbol TEXT, minutes INTEGER,
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
INSERT INTO meta VALUES ('generation', '3'), ('model', 'e5');
INSERT INTO documents VALUES ('d', 'Nota', 'concept_note', 'es', 'd.pdf', '/r', 'd.pdf', '',
    'application/pdf', 1, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'Lima', NULL, NULL, 90);
INSERT INTO pages VALUES ('d', 1, 'Uno dos.', 'i', 595.0, 842.0, 'text', NULL, 0);
INSERT INTO facts VALUES ('d', 'place', 'Lima', 'text', NULL);
INSERT INTO provenance VALUES ('d', 'x', 'of the old form', x'0102');
PRAGMA user_version = 2;
"""
"""The database before passages had goals and documents a time of reading."""


def test_a_database_of_the_second_form_is_brought_up_to_date(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "acervo.db")
    db.executescript(V2)
    db.close()
    with Store(tmp_path) as store:
        assert store.generation == 3
        found = held(store)["d"]
        assert (found.document.place, found.document.minutes) == ("Lima", 90)
        assert (found.document.ingested, found.details.tags) == (None, ())
        assert found.details.facts == (Fact("place", "Lima", "text"),)
        assert damaged(store) == []
        store.put(rich_entry(), "y")
        assert same(held(store)["nota"], rich_entry())


@pytest.mark.parametrize("script", [V1, V2])
def test_an_older_database_has_the_tables_of_a_new_one(tmp_path: Path, script: str) -> None:
    (tmp_path / "viejo").mkdir()
    db = sqlite3.connect(tmp_path / "viejo" / "acervo.db")
    db.executescript(script)
    db.close()
    Store(tmp_path / "viejo").close()
    Store(tmp_path / "nuevo", create=True).close()
    assert columns(tmp_path / "viejo") == columns(tmp_path / "nuevo")


def columns(folder: Path) -> dict[str, set[str]]:
    """The columns of every table."""
    db = sqlite3.connect(folder / "acervo.db")
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = {
        table: {name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")}
        for table in tables
    }
    db.close()
    return found


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "archivo").touch()
    with pytest.raises(IndexUnusable, match=r"no se puede crear la carpeta .*--index"):
        Store(tmp_path / "archivo", create=True)


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "acervo.db").write_bytes(b"esto no es una base de datos" * 100)
    with pytest.raises(IndexDamaged, match=r"está dañada .*recupere una copia o vuelva a ingerir"):
        Store(tmp_path)


def test_an_index_of_a_later_program_is_refused(store: Store) -> None:
    db = sqlite3.connect(store.folder / "acervo.db")
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(IndexDamaged, match="esquema 99 y este programa usa el 3: actualice"):
        Store(store.folder)


def test_only_one_writer_at_a_time(tmp_path: Path) -> None:
    first = open_writer(tmp_path, create=True)
    with pytest.raises(IndexUnusable, match="otro proceso está escribiendo"):
        open_writer(tmp_path)
    first.close()
    open_writer(tmp_path).close()


def test_a_writer_is_seen_while_it_holds_the_index(tmp_path: Path) -> None:
    index = open_writer(tmp_path, create=True)
    with Store(tmp_path) as store:
        assert store.being_written()
        index.close()
        assert not store.being_written()
