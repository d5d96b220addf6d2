"""An index mirrors its sources: what is added, changed, kept, removed and not read."""

import hashlib
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hash_embedder import HashEmbedder
from small_files import narrow_pdf

from ingest import pipeline
from ingest.errors import CatalogueError, SandboxError, SandboxUnavailable, SourceMissing
from ingest.pipeline import Outcome, Report, Watch, ingest, rehearse
from ingest.sandbox.pool import Sandbox
from search.documents import Document, Reading
from search.errors import IndexDamaged, ModelError, ModelMismatch
from search.index import open_writer
from search.results import Query
from search.searcher import Searcher, open_searcher
from search.text.acronyms import SynonymSet, dump

EMBEDDER = HashEmbedder()
TEXT = (
    "# Taller\n\nLos municipios publican su presupuesto.\n\n"
    "## Sesiones\n\nHay un tema a las diez.\n"
)


class Seen:
    """What a watcher was told."""

    def __init__(self) -> None:
        self.planned: tuple[int, int] = (0, 0)
        self.embedded = 0
        self.finished: list[tuple[str, int]] = []
        self.watch = Watch(self._plan, self._embed, self._finish, lambda *_: None)

    def _plan(self, documents: int, size: int) -> None:
        self.planned = documents, size

    def _embed(self, more: int) -> None:
        self.embedded += more

    def _finish(self, outcome: Outcome, size: int) -> None:
        self.finished.append((outcome.status, size))


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "indice"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with two documents."""
    folder = tmp_path / "materiales"
    folder.mkdir()
    (folder / "taller.md").write_text(TEXT, encoding="utf-8")
    (folder / "guia.md").write_text("# Guía\n\nConsejos para facilitar.\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def shared(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    """One sandbox for all these tests: starting one takes longer than most of them."""
    monkeypatch.setattr(pipeline, "Sandbox", lambda: nullcontext(sandbox))


def run(index: Path, *paths: Path, seen: Seen | None = None, general: str | None = None) -> Report:
    opened = open_writer(index, EMBEDDER.name, create=True)
    try:
        return ingest(paths, opened, EMBEDDER, (seen or Seen()).watch, general)
    finally:
        opened.close()


def statuses(report: Report) -> dict[str, str]:
    return {outcome.path: outcome.status for outcome in report.outcomes}


def opened(index: Path) -> Searcher:
    return open_searcher(index, EMBEDDER)


def documents(index: Path) -> dict[str, Document]:
    searcher = opened(index)
    found = {document.id: document for document in searcher.documents()}
    searcher.close()
    return found


def passages(index: Path, document_id: str) -> dict[str, str]:
    """Text → id of the passages of a document."""
    searcher = opened(index)
    found = {passage.text: passage.id for passage in searcher.passages(document_id)}
    searcher.close()
    return found


def contents(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_new_documents_are_added_with_what_is_known_of_them(index: Path, root: Path) -> None:
    seen = Seen()
    report = run(index, root, seen=seen)
    assert [(o.status, o.document_id, o.file, o.title, o.language) for o in report.outcomes] == [
        ("added", "guia-md", "guia.md", "Guía", "es"),
        ("added", "taller-md", "taller.md", "Taller", "es"),
    ]
    taller = report.outcomes[1]
    assert (taller.pages, taller.passages, taller.document_type, taller.cause) == (
        1,
        2,
        "other",
        "",
    )
    assert (report.skipped, report.failed, report.generation) == ((), False, 3)
    sizes = [(root / name).stat().st_size for name in ("guia.md", "taller.md")]
    assert seen.planned == (2, sum(sizes))
    assert seen.embedded == 3
    assert seen.finished == [("added", sizes[0]), ("added", sizes[1])]


def test_what_was_ingested_is_found(
    index: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # with a sandbox of its own, as in earnest
    run(index, root)
    searcher = opened(index)
    hit = searcher.search(Query("un tema a las diez")).hits[0]
    assert (hit.passage.text, hit.passage.section) == ("Hay un tema a las diez.", ("Sesiones",))
    assert (hit.document.root, hit.document.path) == (str(root), "taller.md")
    searcher.close()


def test_a_second_run_changes_nothing(index: Path, root: Path) -> None:
    first = run(index, root)
    before = contents(index / "cache")
    seen = Seen()
    second = run(index, root, seen=seen)
    assert statuses(second) == {"guia.md": "unchanged", "taller.md": "unchanged"}
    assert second.generation == first.generation
    assert contents(index / "cache") == before
    assert (seen.planned, seen.embedded, seen.finished) == ((0, 0), 0, [])


def test_a_changed_file_is_updated_and_only_that(index: Path, root: Path) -> None:
    run(index, root)
    (root / "guia.md").write_text("# Guía\n\nOtros consejos.\n", encoding="utf-8")
    assert statuses(run(index, root)) == {"guia.md": "updated", "taller.md": "unchanged"}
    assert list(passages(index, "guia-md")) == ["Otros consejos."]


def test_a_touched_file_is_unchanged(index: Path, root: Path) -> None:
    run(index, root)
    (root / "guia.md").touch()
    assert statuses(run(index, root))["guia.md"] == "unchanged"


def test_passages_keep_their_ids_when_another_part_changes(index: Path, root: Path) -> None:
    run(index, root)
    before = passages(index, "taller-md")
    changed = TEXT.replace("un tema a las diez", "dos temas a las once") + "\n## Cierre\n\nFin.\n"
    (root / "taller.md").write_text(changed, encoding="utf-8")
    run(index, root)
    after = passages(index, "taller-md")
    kept = "Los municipios publican su presupuesto."
    assert before[kept] == after[kept]
    assert set(before.values()) & set(after.values()) == {before[kept]}


def test_a_vanished_file_is_removed(index: Path, root: Path) -> None:
    run(index, root)
    (root / "guia.md").unlink()
    report = run(index, root)
    assert statuses(report) == {"taller.md": "unchanged", "guia.md": "removed"}
    assert list(documents(index)) == ["taller-md"]


def test_documents_of_another_root_stay(index: Path, root: Path, tmp_path: Path) -> None:
    other = tmp_path / "otra"
    other.mkdir()
    (other / "nota.md").write_text("# Nota\n\nOtra carpeta.\n", encoding="utf-8")
    (other / "guia.md").write_text("# Guía\n\nDel mismo nombre.\n", encoding="utf-8")
    run(index, root)
    assert statuses(run(index, other)) == {"guia.md": "added", "nota.md": "added"}
    for path in root.iterdir():
        path.unlink()
    assert statuses(run(index, root)) == {"guia.md": "removed", "taller.md": "removed"}
    assert {document.root for document in documents(index).values()} == {str(other)}


def test_a_single_file_is_a_root_of_its_own(index: Path, root: Path) -> None:
    assert statuses(run(index, root / "guia.md")) == {"guia.md": "added"}
    assert statuses(run(index, root / "guia.md")) == {"guia.md": "unchanged"}


@pytest.mark.parametrize(
    "names", [("guía uno.md", "guia-uno.md"), ("z/guia uno.md", "z-guia-uno.md")]
)
def test_a_renamed_file_whose_id_stays_is_not_removed(
    index: Path, root: Path, names: tuple[str, str]
) -> None:
    """The removal of the old path once took the document under its new path along."""
    old, new = (root / name for name in names)
    old.parent.mkdir(exist_ok=True)
    (root / "guia.md").rename(old)
    run(index, root)
    old.rename(new)
    report = run(index, root)
    assert statuses(report)[names[1]] == "added"
    assert {document.path for document in documents(index).values()} == {"taller.md", names[1]}


def test_a_renamed_file_with_a_catalogue_key_is_not_removed(index: Path, root: Path) -> None:
    def declare(name: str) -> None:
        catalogue = f'[[documento]]\narchivo = "{name}"\nclave = "guia-1"\n'
        (root / "catalogo.toml").write_text(catalogue, encoding="utf-8")

    declare("guia.md")
    run(index, root)
    (root / "guia.md").rename(root / "manual.md")
    declare("manual.md")
    assert statuses(run(index, root)) == {"manual.md": "added", "taller.md": "unchanged"}
    assert documents(index)["guia-1"].path == "manual.md"


def test_two_documents_may_swap_their_keys(index: Path, root: Path) -> None:
    def declare(guia: str, taller: str) -> None:
        (root / "catalogo.toml").write_text(
            f'[[documento]]\narchivo = "guia.md"\nclave = "{guia}"\n'
            f'[[documento]]\narchivo = "taller.md"\nclave = "{taller}"\n',
            encoding="utf-8",
        )

    declare("uno", "dos")
    run(index, root)
    declare("dos", "uno")
    assert statuses(run(index, root)) == {"guia.md": "updated", "taller.md": "updated"}
    assert {id_: d.path for id_, d in documents(index).items()} == {
        "dos": "guia.md",
        "uno": "taller.md",
    }


def test_a_change_in_the_catalogue_updates_the_document(index: Path, root: Path) -> None:
    run(index, root)
    (root / "catalogo.toml").write_text(
        '[[documento]]\narchivo = "guia.md"\ntitulo = "Guía nueva"\ntipo = "modulo"\n'
        'kit = "Cambio"\nfecha = 2024-05-06\n',
        encoding="utf-8",
    )
    report = run(index, root)
    assert statuses(report) == {"guia.md": "updated", "taller.md": "unchanged"}
    guia = documents(index)["guia-md"]
    assert (guia.title, guia.document_type, guia.toolkit, guia.date) == (
        "Guía nueva",
        "module",
        "Cambio",
        "2024-05-06",
    )
    assert set(statuses(run(index, root)).values()) == {"unchanged"}


BROKEN = b"%PDF-1.7\nesto no es un PDF"


def test_a_broken_file_is_reported_and_the_run_goes_on(index: Path, root: Path) -> None:
    (root / "a-rota.pdf").write_bytes(BROKEN)
    (root / "vacia.docx").write_bytes(b"")
    seen = Seen()
    report = run(index, root, seen=seen)
    assert statuses(report) == {
        "a-rota.pdf": "failed",
        "guia.md": "added",
        "taller.md": "added",
        "vacia.docx": "failed",
    }
    assert report.failed
    assert [status for status, _ in seen.finished] == ["failed", "added", "added", "failed"]
    causes = {outcome.path: outcome.cause for outcome in report.outcomes}
    assert causes["vacia.docx"] == "El archivo está vacío (0 bytes)."
    assert causes["a-rota.pdf"]
    assert "Se conserva" not in causes["a-rota.pdf"]
    assert list(documents(index)) == ["guia-md", "taller-md"]


def test_what_was_read_before_stays_when_a_file_breaks(index: Path, root: Path) -> None:
    run(index, root)
    before = passages(index, "guia-md")
    (root / "guia.md").write_bytes(b"")
    report = run(index, root)
    assert [(o.status, o.cause) for o in report.outcomes if o.path == "guia.md"] == [
        ("failed", "El archivo está vacío (0 bytes). Se conserva la versión anterior.")
    ]
    assert passages(index, "guia-md") == before
    assert (index / "originals" / documents(index)["guia-md"].sha256).is_file()
    assert statuses(run(index, root))["guia.md"] == "failed"


def change_both(root: Path) -> None:
    for name in ("guia.md", "taller.md"):
        (root / name).write_text(f"# Otra\n\nEl texto nuevo de {name}.\n", encoding="utf-8")


def stumbling(real: Callable[..., object], error: BaseException) -> Callable[..., object]:
    """The same function, but for one file it raises the error."""

    def stumble(*given: object) -> object:
        if "guia.md" in repr(given):
            raise error
        return real(*given)

    return stumble


class Dying:
    """A sandbox that raises the error over one file."""

    def __init__(self, sandbox: Sandbox, error: Exception) -> None:
        self._sandbox = sandbox
        self._error = error

    def read(self, data: bytes, name: str, watcher: Callable[[int, int], None]) -> Reading:
        if name == "guia.md":
            raise self._error
        return self._sandbox.read(data, name, watcher)


KEPT = "Se conserva la versión anterior."


@pytest.mark.parametrize("step", ["sniff", "describe", "make_passages", "find_tags", "make_entry"])
def test_an_error_of_ours_over_one_file_fails_that_file_and_the_run_goes_on(
    index: Path,
    root: Path,
    step: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run(index, root)
    before = passages(index, "guia-md")
    change_both(root)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, step, stumbling(getattr(pipeline, step), KeyError("\ud800")))
        report = run(index, root)
    assert statuses(report) == {"guia.md": "failed", "taller.md": "updated"}
    assert report.failed
    (cause,) = [outcome.cause for outcome in report.outcomes if outcome.path == "guia.md"]
    expected = "Error interno al preparar el documento (KeyError): el registro tiene los detalles."
    assert cause == f"{expected} {KEPT}"
    assert passages(index, "guia-md") == before
    assert list(passages(index, "taller-md")) == ["El texto nuevo de taller.md."]
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.getMessage() == "«guia.md» could not be indexed"
    assert record.exc_info is not None
    assert record.exc_info[0] is KeyError
    with closing(open_writer(index)) as held:
        refused = held.inventory().refused
        assert [(each.path, each.cause) for each in refused] == [("guia.md", cause)]
    assert statuses(run(index, root)) == {"guia.md": "updated", "taller.md": "unchanged"}


def test_a_file_over_which_the_sandbox_dies_fails_alone(
    index: Path,
    root: Path,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    dying = Dying(sandbox, SandboxError("El proceso se cerró."))
    monkeypatch.setattr(pipeline, "Sandbox", lambda: nullcontext(dying))
    report = run(index, root)
    assert [(o.path, o.status, o.cause) for o in report.outcomes] == [
        ("guia.md", "failed", "El proceso se cerró."),
        ("taller.md", "added", ""),
    ]
    assert [record.exc_info is not None for record in caplog.records] == [True]


@pytest.mark.parametrize(
    "error",
    [IndexDamaged("x"), ModelMismatch("x"), ModelError("x"), KeyboardInterrupt()],
    ids=lambda error: type(error).__name__,
)
def test_what_is_not_the_fault_of_a_file_stops_the_run(
    index: Path, root: Path, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(index, root)
    before = documents(index)
    change_both(root)
    monkeypatch.setattr(pipeline, "make_entry", stumbling(pipeline.make_entry, error))
    with pytest.raises(type(error)):
        run(index, root)
    assert documents(index) == before


def test_without_any_sandbox_the_run_stops(
    index: Path, root: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = Dying(sandbox, SandboxUnavailable("No arranca."))
    monkeypatch.setattr(pipeline, "Sandbox", lambda: nullcontext(dying))
    with pytest.raises(SandboxUnavailable):
        run(index, root)
    assert documents(index) == {}


def test_an_error_of_the_store_stops_the_run(
    index: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with closing(open_writer(index, EMBEDDER.name, create=True)) as opened:
        monkeypatch.setattr(opened, "put", full)
        with pytest.raises(OSError, match="No space left"):
            ingest([root], opened, EMBEDDER, Seen().watch)


def test_a_file_without_text_is_kept_and_told(index: Path, root: Path) -> None:
    (root / "guia.md").write_text("---\ntitle: Guía\n---\n", encoding="utf-8")
    report = run(index, root)
    assert statuses(report) == {"guia.md": "no_text", "taller.md": "added"}
    assert (report.outcomes[0].passages, report.failed) == (0, False)
    assert list(documents(index)) == ["guia-md", "taller-md"]
    assert statuses(run(index, root))["guia.md"] == "unchanged"


def test_files_that_are_no_documents_are_listed_as_skipped(index: Path, root: Path) -> None:
    (root / "foto.jpg").write_bytes(b"\xff\xd8")
    (root / "siglas.toml").write_text("", encoding="utf-8")
    report = run(index, root)
    assert [(skipped.path, skipped.reason) for skipped in report.skipped] == [
        ("foto.jpg", "no es un tipo de documento")
    ]


def test_originals_are_kept_by_their_hash_and_dropped_with_their_document(
    index: Path, root: Path
) -> None:
    run(index, root)

    def expected() -> dict[str, bytes]:
        data = [path.read_bytes() for path in root.glob("*.md")]
        return {hashlib.sha256(each).hexdigest(): each for each in data}

    assert contents(index / "originals") == expected()
    (root / "guia.md").unlink()
    (root / "taller.md").write_text(TEXT + "\nMás.\n", encoding="utf-8")
    run(index, root)
    assert contents(index / "originals") == expected()


def test_two_files_of_the_same_content_share_an_original(index: Path, root: Path) -> None:
    (root / "copia.md").write_text(TEXT, encoding="utf-8")
    run(index, root)
    (root / "taller.md").unlink()
    run(index, root)
    found = documents(index)
    assert list(found) == ["copia-md", "guia-md"]
    assert (index / "originals" / found["copia-md"].sha256).read_text(encoding="utf-8") == TEXT


def test_a_rehearsal_says_what_would_happen_and_writes_nothing(index: Path, root: Path) -> None:
    run(index, root)
    (root / "guia.md").unlink()
    (root / "taller.md").write_text("# Otro\n", encoding="utf-8")
    (root / "nueva.md").write_text("# Nueva\n", encoding="utf-8")
    before = contents(index)
    opened = open_writer(index)
    report = rehearse([root], opened, EMBEDDER.name)
    opened.close()
    assert statuses(report) == {"nueva.md": "added", "taller.md": "updated", "guia.md": "removed"}
    assert report.generation is None
    assert contents(index) == before


def test_a_rehearsal_needs_no_index(root: Path) -> None:
    report = rehearse([root], None, EMBEDDER.name)
    assert statuses(report) == {"guia.md": "added", "taller.md": "added"}


def declare_acronyms(root: Path, text: str) -> None:
    (root / "siglas.toml").write_text(text, encoding="utf-8")


def expansions(index: Path, text: str) -> tuple[str, ...]:
    searcher = opened(index)
    found = searcher.search(Query(text)).expansions
    searcher.close()
    return found


def test_declared_acronyms_reach_the_searcher_and_go_with_their_table(
    index: Path, root: Path
) -> None:
    declare_acronyms(
        root,
        '[[entrada]]\nsigla = "PP"\nformas = ["presupuesto participativo"]\n'
        '[[entrada]]\nsigla = "municipio"\nformas = ["ayuntamiento"]\nambito = "termino"\n',
    )
    first = run(index, root)
    assert expansions(index, "qué es PP") == ("PP = presupuesto participativo",)
    assert expansions(index, "el ayuntamiento") == ("ayuntamiento = municipio",)
    assert run(index, root).generation == first.generation
    (root / "siglas.toml").unlink()
    run(index, root)
    assert expansions(index, "qué es PP") == ()


def test_general_acronyms_widen_questions_whatever_root_is_ingested(
    index: Path, root: Path, tmp_path: Path
) -> None:
    other = tmp_path / "otra"
    other.mkdir()
    (other / "nota.md").write_text("# Nota\n\nOtra carpeta.\n", encoding="utf-8")
    declare_acronyms(root, '[[entrada]]\nsigla = "PM"\nformas = ["plan municipal"]\n')
    general = dump([SynonymSet(("PP", "presupuesto participativo"), approximate=False)])
    both = ("PP = presupuesto participativo", "PM = plan municipal")
    for folder in (root, other):
        report = run(index, folder, general=general)
        assert report.skipped == ()
        assert expansions(index, "PP y PM") == both
    run(index, other)
    assert expansions(index, "PP y PM") == ("PM = plan municipal",)


def test_declared_senses_reach_the_searcher_as_questions(index: Path, root: Path) -> None:
    declare_acronyms(
        root,
        '[[entrada]]\nsigla = "PP"\nformas = ["presupuesto participativo"]\n'
        'sentidos = ["plan piloto (pilot plan)", { formas = ["Partido X"], pistas = ["voto"] }]\n',
    )
    run(index, root)
    searcher = opened(index)
    found = searcher.search(Query("qué es PP"))
    assert [(sense.acronym, sense.query) for sense in found.senses] == [
        ("PP", "qué es plan piloto"),
        ("PP", "qué es Partido X"),
    ]
    meant = searcher.search(Query("PP voto"))
    assert meant.expansions == ()
    assert [sense.query for sense in meant.senses] == [
        "presupuesto participativo voto",
        "plan piloto voto",
    ]
    assert searcher.search(Query("pilot plan")).senses[0].query == "presupuesto participativo"
    searcher.close()


def test_an_acronym_that_a_document_defines_is_learned_and_goes_with_it(
    index: Path, root: Path
) -> None:
    definition = root / "consejo.md"
    definition.write_text("# Consejo\n\nEl Consejo Local de Mujeres (CLM) se reúne en mayo.\n")
    run(index, root)
    assert expansions(index, "el CLM") == ("CLM = Consejo Local de Mujeres",)
    assert expansions(index, "consejo local de mujeres") == ("consejo local de mujeres = CLM",)
    definition.unlink()
    run(index, root)
    assert expansions(index, "el CLM") == ()


@pytest.mark.parametrize(
    "text",
    [
        "[[entrada",
        '[[entrada]]\nsigla = "PP"\n',
        '[[entrada]]\nsigla = "PP"\nformas = "presupuesto"\n',
        '[[entrada]]\nformas = ["presupuesto"]\n',
        '[[entrada]]\nsigla = "PP"\nformas = []\nsentidos = "plan"\n',
        '[[entrada]]\nsigla = "PP"\nformas = []\nsentidos = [3]\n',
        '[[entrada]]\nsigla = "PP"\nformas = []\nsentidos = [{ pistas = ["x"] }]\n',
        '[[entrada]]\nsigla = "PP"\nformas = []\nmayusculas = "PP"\n',
        '[[entrada]]\nsigla = "PP"\nformas = []\nambito = "otro"\n',
        '[entrada]\nsigla = "PP"\nformas = []\n',
        "entrada = 3\n",
    ],
)
def test_a_table_of_acronyms_that_is_not_understood_stops_the_run_before_it_writes(
    index: Path, root: Path, text: str
) -> None:
    declare_acronyms(root, text)
    with pytest.raises(CatalogueError, match=r"No se entiende «.*siglas\.toml»"):
        run(index, root)
    assert documents(index) == {}


def test_a_missing_source_stops_the_run_before_it_writes(index: Path, root: Path) -> None:
    with pytest.raises(SourceMissing):
        run(index, root, root / "nada")
    assert documents(index) == {}


def test_another_model_stops_the_run_before_it_writes(index: Path, root: Path) -> None:
    run(index, root)
    before = documents(index)
    (root / "guia.md").unlink()
    with pytest.raises(ModelMismatch):
        open_writer(index, HashEmbedder("otro/32").name)
    assert documents(index) == before


def test_a_folder_given_after_one_inside_it_takes_its_documents_over(
    index: Path, root: Path
) -> None:
    inner = root / "dentro"
    inner.mkdir()
    (root / "guia.md").rename(inner / "guia.md")
    assert statuses(run(index, inner)) == {"guia.md": "added"}
    assert statuses(run(index, root)) == {"dentro/guia.md": "updated", "taller.md": "added"}
    with closing(open_writer(index)) as opened:
        places = opened.inventory().documents.keys()
    assert places == {(str(root), "dentro/guia.md"), (str(root), "taller.md")}
    assert statuses(run(index, inner)) == {"dentro/guia.md": "unchanged"}
    (inner / "guia.md").unlink()
    assert statuses(run(index, inner)) == {"dentro/guia.md": "removed"}


def test_a_document_says_when_it_was_read(index: Path, root: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    run(index, root)
    with closing(opened(index)) as searcher:
        first = searcher.documents()
    assert first[0].ingested is not None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first[0].ingested)
    assert before <= datetime.fromisoformat(first[0].ingested) <= datetime.now(UTC)
    run(index, root)  # nothing has changed, so it was not read again
    with closing(opened(index)) as searcher:
        assert searcher.documents() == first


def test_goals_that_a_text_names_can_be_filtered_by(index: Path, root: Path) -> None:
    text = "# Metas\n\nEl municipio trabaja por el ODS 16, meta 16.6.\n\n## Agua\n\nUn taller.\n"
    (root / "metas.md").write_text(text, encoding="utf-8")
    run(index, root)
    with closing(opened(index)) as searcher:
        (hit,) = searcher.search(Query("municipio", filters={"ods": ("16",)})).hits
    assert [(tag.goal, tag.target, tag.evidence) for tag in hit.tags] == [
        (16, None, ("ODS 16",)),
        (16, "16.6", ("meta 16.6",)),
    ]


def test_a_page_with_very_narrow_lines_is_read(index: Path, root: Path) -> None:
    """Its columns were once parted without end, and the file refused as damaged."""
    (root / "estrecha.pdf").write_bytes(narrow_pdf())
    report = run(index, root)
    assert statuses(report)["estrecha.pdf"] == "added"
    with closing(opened(index)) as searcher:
        text = searcher.pages("estrecha-pdf")[0].text
    assert re.findall(r"Tema (\d+)", text) == ["2", "4", "6", "8", "10", "12"]
