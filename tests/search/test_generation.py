"""Caches are rebuilt whenever they are not what the database holds; readers never notice."""

import json
import os
import shutil
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hash_embedder import HashEmbedder
from own_texts import entry_of, make_document, publish

from search.documents import Entry, Tag
from search.engine import CandidateRequest, DocumentPart, Scope
from search.errors import IndexDamaged, ModelMismatch
from search.index import generation, latest_generation, open_engine, open_writer, vectors
from search.results import IndexInfo, Query
from search.searcher import Searcher, open_searcher

EMBEDDER = HashEmbedder()
NAMES = ("presupuesto", "mentalidad", "gobernanza")
INFO = IndexInfo(4, 3, 6, EMBEDDER.name)


def entry(id_: str, *lines: str) -> Entry:
    return entry_of(make_document(id_, f"Guía {id_}"), [lines], EMBEDDER)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of three documents, published; copy it before changing it."""
    folder = tmp_path_factory.mktemp("construido")
    entries = [entry(name, f"Taller de {name} local", f"Segunda parte: {name}") for name in NAMES]
    assert publish(folder, EMBEDDER, entries) == 4
    return folder


@pytest.fixture
def index(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "indice"))


def cache(index: Path, number: int = 4) -> Path:
    return index / "cache" / str(number)


def opened(index: Path) -> Searcher:
    return open_searcher(index, EMBEDDER)


def ids(index: Path, text: str) -> list[str]:
    searcher = opened(index)
    found = [hit.passage.id for hit in searcher.search(Query(text, k=2)).hits]
    searcher.close()
    return found


def files(folder: Path) -> dict[str, int]:
    """Every file below the folder and when it was written."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in found}


def test_a_whole_generation_is_opened_as_it_is(index: Path) -> None:
    before = files(index)
    searcher = opened(index)
    assert searcher.info == INFO
    searcher.close()
    assert files(index) == before


def test_the_goals_of_passages_reach_the_generation(tmp_path: Path) -> None:
    one = entry("nota", "El ODS 16.", "Otro texto.")
    tags = (Tag("nota-0", 16, None, ("ODS 16",)), Tag("nota-0", 16, "16.6", ("meta 16.6",)))
    publish(tmp_path, EMBEDDER, [replace(one, details=replace(one.details, tags=tags))])
    engine = open_engine(tmp_path)
    read = engine.read_documents(["nota"], frozenset({DocumentPart.DETAILS}))
    assert read["nota"].details.tags == tags
    loaded = engine.load(["nota-1", "nota-0", "otra"])
    assert {each.passage.id: each.tags for each in loaded} == {"nota-0": tags, "nota-1": ()}
    assert engine.load([]) == ()
    engine.close()


def test_missing_caches_are_rebuilt(index: Path) -> None:
    shutil.rmtree(index / "cache")
    assert ids(index, "mentalidad") == ["mentalidad-1", "mentalidad-0"]
    assert generation.published(index) == [4]


CACHED = (
    "dense.faiss",
    "tokens/bits.npy",
    "tokens/offsets.npy",
    "tokens/starts.npy",
    "tokens/words.npy",
    "statistics.npz",
    "content.db",
    "suggestions.jsonl",
    "equivalents.json",
    "words/ids.npy",
    "words/offsets.npy",
    "words/heads.npy",
    "words/lengths.npy",
    "words/plain.npy",
    "words/places.npy",
    "words/flags.npy",
    "words/sentences.npy",
    "words/sentence_offsets.npy",
    "words/signs.npy",
    "words/surfaces.npy",
    "words/surface_numbers.npy",
    "words/stems.npy",
    "words/stem_numbers.npy",
    "words/stems.txt",
    "words/held.npy",
    "words/stem_held.npy",
    "lexical/meta.json",
    "lexical/*.idx",
    "lexical/*.term",
    "lexical/*.pos",
    "lexical/*.fast",
    "lexical/*.fieldnorm",
    "lexical/*.store",
)


@pytest.mark.parametrize("name", CACHED)
def test_a_cache_with_a_flipped_byte_is_rebuilt(index: Path, name: str) -> None:
    (path,) = cache(index).glob(name)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    searcher = opened(index)
    assert searcher.info == INFO
    assert searcher.search(Query("mentalidad")).hits[0].passage.id == "mentalidad-1"
    assert searcher.suggest("guía men")[0].text == "Guía mentalidad"
    searcher.close()
    manifest = generation.read_manifest(cache(index))
    assert manifest is not None
    assert generation.damaged_files(cache(index), manifest) == []


def test_every_cache_file_is_under_a_checksum(index: Path) -> None:
    manifest = generation.read_manifest(cache(index))
    assert manifest is not None
    present = {str(p.relative_to(cache(index))) for n in CACHED for p in cache(index).glob(n)}
    assert set(manifest.checksums) == present
    uncovered = {name for name in files(cache(index)) if name not in manifest.checksums}
    assert uncovered == {
        "manifest.json",
        "lexical/.managed.json",
        "lexical/.tantivy-meta.lock",
        "lexical/.tantivy-writer.lock",
    }


def test_what_the_word_index_keeps_beside_its_data_does_not_matter(index: Path) -> None:
    for name in (".managed.json", ".tantivy-meta.lock"):
        (cache(index) / "lexical" / name).write_bytes(b"\xff{")
    assert ids(index, "mentalidad") == ["mentalidad-1", "mentalidad-0"]


def test_a_cache_file_that_is_missing_is_rebuilt(index: Path) -> None:
    (cache(index) / "dense.faiss").unlink()
    assert ids(index, "gobernanza") == ["gobernanza-1", "gobernanza-0"]


@pytest.mark.parametrize(
    "change",
    [
        {"analysis": 0},
        {"format": 99},
        {"content": "otro"},
        {"unknown": 1},
    ],
)
def test_a_manifest_of_something_else_is_rebuilt(index: Path, change: dict[str, object]) -> None:
    path = cache(index) / "manifest.json"
    right = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(right | change), encoding="utf-8")
    assert ids(index, "gobernanza") == ["gobernanza-1", "gobernanza-0"]
    rebuilt = json.loads(path.read_text(encoding="utf-8"))
    assert {name: rebuilt[name] for name in ("format", "analysis", "generation", "content")} == {
        name: right[name] for name in ("format", "analysis", "generation", "content")
    }


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00\x01"])
def test_an_unreadable_manifest_is_rebuilt(index: Path, text: str) -> None:
    (cache(index) / "manifest.json").write_text(text, encoding="utf-8")
    assert ids(index, "gobernanza") == ["gobernanza-1", "gobernanza-0"]


def test_caches_older_than_the_database_are_rebuilt(index: Path) -> None:
    writer = open_writer(index, EMBEDDER.name)
    writer.put(entry("nueva", "Texto sobre tutoría"), "x")
    writer.close()  # the process ended before it published
    assert latest_generation(index) == 4
    assert ids(index, "tutoría")[0] == "nueva-0"
    assert generation.published(index) == [4, 5]


def test_caches_newer_than_the_database_are_dropped(index: Path) -> None:
    """As after restoring a copy of the database alone."""
    database = (index / "acervo.db").read_bytes()
    publish(index, EMBEDDER, [entry("perdida", "Texto que se perdió")])
    (index / "acervo.db").write_bytes(database)
    assert generation.published(index) == [4, 5]
    assert ids(index, "perdió")[0] != "perdida-0"
    assert publish(index, EMBEDDER, []) == 4
    assert generation.published(index) == [4]


def test_caches_of_another_history_with_the_same_number_are_rebuilt(index: Path) -> None:
    """A restored database that goes another way reaches a generation that has caches already."""
    database = (index / "acervo.db").read_bytes()
    publish(index, EMBEDDER, [entry("perdida", "Texto que se perdió")])
    (index / "acervo.db").write_bytes(database)
    assert publish(index, EMBEDDER, [entry("otra", "Texto de otra historia")]) == 5
    searcher = opened(index)
    assert [document.id for document in searcher.documents()] == sorted([*NAMES, "otra"])
    searcher.close()


def test_a_rest_of_an_interrupted_build_is_cleared_away(index: Path) -> None:
    (index / "cache" / "tmp-resto").mkdir()
    publish(index, EMBEDDER, [entry("nueva", "Texto")])
    assert not (index / "cache" / "tmp-resto").exists()


def test_a_build_that_fails_leaves_the_published_generation(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vectors, "write_vectors", full)
    writer = open_writer(index, EMBEDDER.name)
    writer.put(entry("nueva", "Texto"), "x")
    with pytest.raises(OSError, match="No space left"):
        writer.publish()
    assert [path.name for path in (index / "cache").glob("[!.]*")] == ["4"]
    assert opened_while_writing(index) == INFO
    writer.close()
    with pytest.raises(IndexDamaged, match=r"no se pueden escribir las cachés .*No space left"):
        opened(index)


def opened_while_writing(index: Path) -> IndexInfo:
    engine = open_engine(index)
    engine.close()
    return engine.collection().info


def test_readers_get_the_published_generation_while_another_is_written(index: Path) -> None:
    writer = open_writer(index, EMBEDDER.name)
    writer.put(entry("nueva", "Texto"), "x")
    assert opened_while_writing(index) == INFO
    assert writer.publish() == 5
    assert opened_while_writing(index).generation == 5
    writer.close()


def test_readers_get_a_generation_even_if_only_later_ones_are_there(index: Path) -> None:
    cache(index).rename(cache(index, 9))
    writer = open_writer(index, EMBEDDER.name)
    assert opened_while_writing(index) == INFO
    writer.close()


def test_old_generations_are_pruned_to_two(index: Path) -> None:
    for number in range(3):
        publish(index, EMBEDDER, [entry("nueva", f"Texto número {number}")])
    assert generation.published(index) == [6, 7]
    assert latest_generation(index) == 7


def test_publishing_nothing_new_changes_nothing(index: Path) -> None:
    before = files(index / "cache")
    assert publish(index, EMBEDDER, []) == 4
    assert {n: t for n, t in files(index / "cache").items() if n != ".lock"} == {
        n: t for n, t in before.items() if n != ".lock"
    }


def test_originals_are_kept_by_content_until_no_document_has_them(tmp_path: Path) -> None:
    index = open_writer(tmp_path, EMBEDDER.name, create=True)
    kept, gone = (
        entry_of(make_document(id_, sha256=sha256 * 32), [["Texto"]], EMBEDDER)
        for id_, sha256 in (("nota", "ab"), ("otra", "cd"))
    )
    index.put(kept, "x", b"uno")
    index.put(gone, "x", b"dos")
    index.put(kept, "x", b"no se vuelve a escribir")
    index.delete(["otra"])
    index.publish()
    assert {p.name: p.read_bytes() for p in (tmp_path / "originals").iterdir()} == {
        "ab" * 32: b"uno"
    }
    index.close()


def test_an_index_of_another_model_is_refused_when_opened(index: Path) -> None:
    with pytest.raises(ModelMismatch) as caught:
        open_searcher(index, HashEmbedder("otro/32"))
    assert str(caught.value) == (
        "el índice se hizo con el modelo «hash/32», no con «otro/32»: "
        "elija aquel con --model o vuelva a ingerir con este en otra carpeta"
    )


@pytest.mark.parametrize("lines", [None, []])
def test_an_index_without_passages_finds_nothing(tmp_path: Path, lines: list[str] | None) -> None:
    entries = [] if lines is None else [entry("vacia", *lines)]
    publish(tmp_path, EMBEDDER, entries)
    searcher = opened(tmp_path)
    result = searcher.search(Query("taller", filters={"language": ("es",)}))
    assert (result.hits, result.total, result.answer.status) == ((), 0, "not_found")
    assert [searcher.search(Query(q)).total for q in ("taller", '"taller"', "uno -dos")] == [0] * 3
    assert searcher.verify("taller") == ()
    searcher.close()


def answers(searcher: Searcher) -> list[object]:
    results = [searcher.search(Query(name, k=6)) for name in NAMES]
    return [
        [[(hit.passage.id, hit.score) for hit in result.hits] for result in results],
        [len(searcher.pages(name)) for name in NAMES],
        [match.document_id for match in searcher.verify("Segunda parte")],
        [suggestion.text for suggestion in searcher.suggest("guía")],
    ]


def test_a_snapshot_answers_the_same_whatever_is_published_after_it(index: Path) -> None:
    searcher = opened(index)
    before = answers(searcher)
    writer = open_writer(index, EMBEDDER.name)
    for number in range(3):  # more than are kept
        assert writer.delete([NAMES[number]]) == 1
        writer.put(entry("nueva", f"Taller número {number}"), "x")
        writer.publish()
    seen = [answers(searcher)]
    thread = threading.Thread(target=lambda: seen.append(answers(searcher)))
    thread.start()
    thread.join()
    assert seen == [before, before]
    assert 4 in generation.published(index)
    searcher.close()
    writer.put(entry("nueva", "Una más"), "x")
    writer.publish()
    assert 4 not in generation.published(index)
    writer.close()


def test_eight_threads_search_while_others_publish(index: Path) -> None:
    searcher = opened(index)
    expected = answers(searcher)
    stop = threading.Event()
    failures: list[str] = []
    rounds = [0] * 8

    def ask(number: int) -> None:
        try:
            while not stop.is_set():
                assert answers(searcher) == expected
                fresh = opened(index)
                assert fresh.search(Query("taller")).total == fresh.info.passages
                fresh.close()
                rounds[number] += 1
        finally:
            if not stop.is_set():
                failures.append(traceback.format_exc())

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for number in range(4):
        publish(index, EMBEDDER, [entry("nueva", f"Taller número {number}")])
    while not failures and min(rounds) < 2:
        stop.wait(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    searcher.close()


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of root, which no file mode holds back."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def read_only(built: Path) -> Iterator[Path]:
    """A copy that nobody may write to; not in tmp_path, where only the owner may enter."""
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        index = Path(shutil.copytree(built, Path(parent) / "indice"))
        (index / "acervo.db-wal").unlink(missing_ok=True)
        paths = [index, *index.rglob("*")]
        for path in paths:
            path.chmod(0o555 if path.is_dir() else 0o444)
        yield index
        for path in paths:
            path.chmod(0o755)


def test_an_index_on_a_read_only_disk_answers(read_only: Path, built: Path) -> None:
    searcher = opened(built)
    expected = answers(searcher)
    searcher.close()
    before = files(read_only)
    with as_nobody():
        searcher = opened(read_only)
        assert answers(searcher) == expected
        searcher.close()
    assert files(read_only) == before


def test_damaged_caches_on_a_read_only_disk_are_told(read_only: Path) -> None:
    path = cache(read_only) / "dense.faiss"
    path.chmod(0o644)
    path.write_bytes(b"")
    path.chmod(0o444)
    with (
        as_nobody(),
        pytest.raises(IndexDamaged, match=r"no se pueden escribir .*Permission denied"),
    ):
        opened(read_only)


def test_of_texts_that_are_equally_near_the_first_are_candidates(tmp_path: Path) -> None:
    publish(tmp_path, EMBEDDER, [entry("copias", *["El mismo texto."] * 9)])
    vector = EMBEDDER.embed_query("otra cosa").vector
    with closing(open_engine(tmp_path)) as engine:
        found = engine.candidates(CandidateRequest(Scope(), vector=vector, lexical=0, dense=4))
    assert found.passages.ids == tuple(f"copias-{place}" for place in range(4))
