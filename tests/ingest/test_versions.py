"""Copies, re-exports and editions of one document: recognised when ingested, shown once."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hash_embedder import HashEmbedder
from own_texts import entry_of, make_document

from ingest.versions import find_versions, minhash
from search.documents import Page
from search.engine import CollectionNotes, Inventory, StoredDocument
from search.index import open_writer
from search.results import Query
from search.searcher import Searcher, open_searcher

EMBEDDER = HashEmbedder()
TEXT = [
    "La gobernanza eficaz descansa en once principios que las Naciones Unidas hicieron suyos.",
    "La competencia pide que las instituciones tengan personas, dinero y saber suficientes.",
    "La formulación racional de políticas pide datos, coherencia y la voz de quienes las viven.",
    "La colaboración reúne a los niveles de gobierno, a la sociedad civil y al sector privado.",
    "La integridad, la transparencia y la supervisión independiente sostienen la confianza.",
    "No dejar a nadie atrás, no discriminar y participar son principios de inclusión.",
    "La subsidiariedad acerca las decisiones a las personas y la equidad mira al mañana.",
]


def pages(*texts: str) -> tuple[Page, ...]:
    return tuple(Page(number, text) for number, text in enumerate(texts, 1))


def sketched(id_: str, lines: Sequence[str], **fields: object) -> StoredDocument:
    document = make_document(id_, **fields)  # type: ignore[arg-type] # fields of Document by name
    return StoredDocument(document, "", minhash(pages("\n".join(lines))))


def inventory(*stored: StoredDocument) -> Inventory:
    return Inventory({(s.document.root, s.document.path): s for s in stored}, ())


def test_an_edited_copy_is_a_version_and_another_text_is_not() -> None:
    edited = [*TEXT[:-1], "La equidad entre generaciones mira a quien viene después de nosotros."]
    other = [
        f"En el municipio {n} se aprobó la ordenanza número {n} sobre residuos." for n in range(9)
    ]
    found = find_versions(
        inventory(
            sketched("copia", TEXT),
            sketched("nueva", edited, date="2024-05-01"),
            sketched("ordenanzas", other),
            sketched("vieja", TEXT, date="2023-05-01"),
        )
    )
    assert found == {"copia": "nueva", "vieja": "nueva"}


def test_the_file_with_pages_speaks_for_the_one_without() -> None:
    found = find_versions(
        inventory(sketched("word", TEXT, paged=False, pages=9), sketched("pdf", TEXT))
    )
    assert found == {"word": "pdf"}


def test_a_text_too_short_to_tell_is_nobodys_version() -> None:
    assert minhash(pages("Lista de asistencia")) == b""
    assert find_versions(inventory(sketched("a", ["Lista"]), sketched("b", ["Lista"]))) == {}


@pytest.fixture
def searcher(tmp_path: Path) -> Searcher:
    index = open_writer(tmp_path / "indice", EMBEDDER.name, create=True)
    for id_, date, lines in (
        ("copia", "2020-01-01", TEXT),
        ("guia", "2024-01-01", [*TEXT, "Una lámina nueva trata del presupuesto."]),
        ("otra", None, ["El presupuesto participativo se vota en abril."]),
    ):
        entry = entry_of(make_document(id_, id_.title(), date=date), [lines], EMBEDDER)
        index.put(replace(entry, sketch=minhash(entry.pages)), id_)
    index.publish(CollectionNotes(find_versions(index.inventory())))
    index.close()
    return open_searcher(tmp_path / "indice", EMBEDDER)


def test_a_text_in_two_versions_is_one_hit_that_names_the_other(searcher: Searcher) -> None:
    hits = searcher.search(Query("subsidiariedad equidad decisiones")).hits
    same = [hit for hit in hits if hit.passage.text == TEXT[-1]]
    assert [(hit.document.id, [d.id for d in hit.versions]) for hit in same] == [
        ("guia", ["copia"])
    ]
    assert searcher.versions("copia")[0].id == "guia"
    assert searcher.versions("otra") == ()
    searcher.close()


def test_a_filter_that_leaves_only_the_copy_shows_the_copy(searcher: Searcher) -> None:
    query = Query("subsidiariedad equidad decisiones", filters={"year": ("2020",)})
    assert {hit.document.id for hit in searcher.search(query).hits} == {"copia"}
    searcher.close()


def test_removing_the_speaker_leaves_no_trace(tmp_path: Path) -> None:
    index = open_writer(tmp_path, EMBEDDER.name, create=True)
    for id_ in ("a", "b"):
        entry = entry_of(make_document(id_), [TEXT], EMBEDDER)
        index.put(replace(entry, sketch=minhash(entry.pages)), id_)
    index.publish(CollectionNotes(find_versions(index.inventory())))
    index.delete(["b"])
    index.publish()
    index.close()
    searcher = open_searcher(tmp_path, EMBEDDER)
    assert searcher.versions("a") == ()
    searcher.close()
