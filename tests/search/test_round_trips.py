"""How often a storage engine is asked: each call is a round trip where it lies over a network."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from counting import Counting
from fastapi.testclient import TestClient
from hash_embedder import HashEmbedder
from places import ROOT

from ingest.pipeline import Watch, ingest
from search.answers import agenda, facts
from search.answers.answer import probes
from search.embedding.encoder import Embedder, open_embedder
from search.evaluation.judged import read_judged
from search.index import open_engine, open_writer
from search.query import AnalysedQuery
from search.results import Query
from search.searcher import Searcher
from search.text.question_types import QuestionType
from service.settings import Settings
from service.web.app import create_app

JUDGED = ROOT / "corpus" / "consultas.jsonl"
ORDINARY, AT_MOST = 4, 6
"""Calls of a question, and of one about a timetable, a fact, a person or a numbered thing."""
STRUCTURED = {*agenda.TIMED, *facts.FIELDS, QuestionType.PERSON}


@pytest.fixture(scope="module")
def embedder(model_folder: Path) -> Embedder:
    return open_embedder(str(model_folder))


@pytest.fixture(scope="module")
def engine(demo_index: Path) -> Iterator[Counting]:
    opened = Counting(open_engine(demo_index))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def searcher(engine: Counting, embedder: Embedder) -> Searcher:
    return Searcher(engine, embedder)


def budget(asked: AnalysedQuery) -> int:
    return AT_MOST if asked.type in STRUCTURED or probes(asked) else ORDINARY


def test_opening_a_searcher_asks_for_the_collection(demo_index: Path, embedder: Embedder) -> None:
    with closing(open_engine(demo_index)) as opened:
        counting = Counting(opened)
        Searcher(counting, embedder).prepare()
        assert counting.taken() == {"collection": 1}


def test_no_judged_question_costs_more_round_trips_than_it_may(
    engine: Counting, searcher: Searcher
) -> None:
    beyond: list[tuple[str, Counter[str]]] = []
    of_budget: Counter[int] = Counter()
    engine.taken()
    for question in read_judged(JUDGED):
        asked, _ = searcher.understand(Query(question.text))
        searcher.search(Query(question.text))
        calls, most = engine.taken(), budget(asked)
        of_budget[most] += 1
        assert (calls["candidates"] >= 1, calls["collection"]) == (True, 0)
        if calls.total() > most:
            beyond.append((question.text, calls))
    assert beyond == []
    assert min(of_budget[ORDINARY], of_budget[AT_MOST]) > 50


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("cambio de mentalidad", {"candidates": 1, "compare": 1, "load": 1}),
        (
            "¿a qué hora es el Tema 2?",
            {"candidates": 1, "compare": 1, "load": 2, "read_documents": 1},
        ),
        (
            "¿dónde es el taller de FLACMA?",
            {"candidates": 1, "compare": 1, "load": 2, "read_documents": 1},
        ),
        ("¿quién es Juwang Zhu?", {"candidates": 2, "compare": 1, "load": 2}),
        (
            "¿de qué trata la sesión 97?",
            {"candidates": 1, "compare": 1, "load": 1, "read_documents": 1},
        ),
    ],
    ids=["ordinary", "timetable", "fact", "person", "number"],
)
def test_a_question_asks_the_engine_so_often(
    engine: Counting, searcher: Searcher, text: str, calls: dict[str, int]
) -> None:
    engine.taken()
    searcher.search(Query(text))
    assert engine.taken() == calls


def test_the_page_of_a_document_is_read_at_once(demo_index: Path, embedder: Embedder) -> None:
    engine = Counting(open_engine(demo_index))  # closed with the server
    app = create_app(Settings(), Searcher(engine, embedder))
    with TestClient(app, headers={"accept": "text/html"}) as client:
        engine.taken()
        for address in ("/documentos/ficha-taller-flacma", "/api/v1/documents/ficha-taller-flacma"):
            assert client.get(address).status_code == 200
            assert engine.taken() == {"read_documents": 1}
        assert client.get("/documentos/ninguno").status_code == 404
        assert engine.taken() == {"read_documents": 1}


def test_a_text_is_verified_at_once(engine: Counting, searcher: Searcher) -> None:
    engine.taken()
    assert searcher.verify("gobernanza")
    assert engine.taken() == {"find_text": 1}


def test_suggestions_are_asked_for_once(demo_index: Path, embedder: Embedder) -> None:
    with closing(open_engine(demo_index)) as opened:
        counting = Counting(opened)
        searcher = Searcher(counting, embedder)
        counting.taken()
        assert searcher.suggest("gob")
        assert searcher.suggest("mod")
        assert counting.taken() == {"suggestions": 1}


def test_an_ingest_writes_each_changed_document_once(tmp_path: Path) -> None:
    root, embedder = tmp_path / "materiales", HashEmbedder()
    root.mkdir()
    watch = Watch(lambda *_: None, lambda _: None, lambda *_: None, lambda *_: None)

    def write(*names: str) -> None:
        for name in names:
            (root / f"{name}.md").write_text(
                f"# {name}\n\nTexto de {name}: {len(names)}.\n", "utf-8"
            )

    def run() -> Counter[str]:
        with closing(open_writer(tmp_path / "indice", embedder.name, create=True)) as writer:
            counting = Counting(writer)
            ingest([root], counting, embedder, watch)
            return counting.taken()

    write("uno", "dos", "tres")
    assert run() == {"inventory": 2, "put": 3, "delete": 1, "publish": 1}
    assert run() == {"inventory": 2, "delete": 1, "publish": 1}
    write("uno", "dos")
    (root / "tres.md").unlink()
    assert run() == {"inventory": 2, "put": 2, "delete": 1, "publish": 1}
