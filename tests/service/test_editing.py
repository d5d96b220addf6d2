"""Editorial rules coming into force: from files, over HTTP and on the page, over a real index."""

import json
import logging
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from command_line import acervo
from in_browser import assert_accessible, serving
from places import ROOT
from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback as NewContext
from starlette.testclient import TestClient

from search.editorial import Rules
from search.embedding.encoder import open_embedder
from search.searcher import Searcher
from service.errors import RecordsUnusable, RulesChanged, RulesRefused
from service.settings import Settings
from service.usage.keys import create_key
from service.web.app import create_app
from service.web.editor_access import LONGEST_BODY
from service.web.editorial import (
    PREVIOUS,
    RULES,
    digest,
    publish_rules,
    rules_in_force,
    rules_text,
    undo_rules,
)
from service.web.serving import CurrentSearcher, IndexReloader

QUESTION = "presupuesto participativo"
PIN = f'[[destacado]]\npregunta = "{QUESTION}"\ndocumento = "glosario"\n'
HIDE = '[[oculto]]\ndocumento = "once-principios"\n'
STRANGER = '[[oculto]]\ndocumento = "glosari"\n'
JUDGED = ("q067", "q002", "q003", "q004", "q005", "q006", "q083", "q085", "q297", "q258")


@pytest.fixture(scope="module")
def own_index(demo_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that may be written to."""
    folder = tmp_path_factory.mktemp("edicion") / "indice"
    shutil.copytree(demo_index, folder)
    return folder


@pytest.fixture
def index(own_index: Path) -> Iterator[Path]:
    """The same without rules, as it was."""
    yield own_index
    for path in own_index.glob("editorial*"):
        path.unlink()


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few of the judged questions, and one of another collection."""
    path = tmp_path_factory.mktemp("juicios") / "pocas.jsonl"
    lines = (ROOT / "corpus" / "consultas.jsonl").read_text("utf-8").splitlines()
    few = [line for line in lines if json.loads(line)["id"] in JUDGED]
    foreign = {"id": "x1", "text": "hongos", "kind": "fact",
               "relevant": [{"document": "setas", "quote": "níscalos", "grade": 3}]}  # fmt: skip
    path.write_text("\n".join([*few, json.dumps(foreign)]), "utf-8")
    return path


@pytest.fixture
def settings(index: Path, judged: Path, model_folder: Path) -> Settings:
    return Settings(index=index, model=str(model_folder), judged=judged, reload_seconds=0.1)


@dataclass
class Editor:
    """Somebody with a key in front of a program or a browser."""

    client: TestClient
    key: str

    def api(self, method: str, path: str, **more: Any) -> Any:
        headers = {"authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        return self.client.request(method, f"/api/v1{path}", headers=headers, **more)

    def page(self, method: str = "GET", query: str = "", **more: Any) -> Any:
        headers = {"accept": "text/html", "origin": "http://testserver", **more.pop("headers", {})}
        return self.client.request(
            method, f"/reglas{query}", headers=headers, auth=("", self.key), **more
        )

    def send(self, action: str, text: str, version: str | None = None, **more: Any) -> Any:
        """The form, as a browser sends it."""
        data = {"accion": action, "texto": text.replace("\n", "\r\n"),
                "version": digest("") if version is None else version}  # fmt: skip
        return self.page("POST", data=data, **more)

    def first(self) -> tuple[str, bool]:
        hit = self.client.get("/api/v1/search", params={"q": QUESTION}).json()["hits"][0]
        return hit["document_id"], hit["pinned"]


@pytest.fixture
def editor(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    key = create_key(settings.index, tmp_path_factory.mktemp("nombre").name)
    with TestClient(create_app(settings)) as client:
        yield Editor(client, key)


def until(value: object, ask: Any) -> None:
    """Wait until the reloader has seen a change."""
    for _ in range(100):
        if ask() == value:
            return
        time.sleep(0.05)
    assert ask() == value


def finished(editor: Editor, task: dict[str, Any]) -> dict[str, Any]:
    for _ in range(600):
        found: dict[str, Any] = editor.api("GET", f"/tasks/{task['id']}").json()
        if found["status"] in ("done", "failed"):
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def test_publishing_keeps_what_was_before(tmp_path: Path) -> None:
    assert (rules_text(tmp_path), rules_in_force(tmp_path)) == ("", Rules())
    with pytest.raises(RulesRefused, match="no hay reglas anteriores"):
        undo_rules(tmp_path)
    publish_rules(tmp_path, PIN)
    publish_rules(tmp_path, HIDE)
    publish_rules(tmp_path, HIDE)
    assert [(tmp_path / name).read_text() for name in (RULES, PREVIOUS)] == [HIDE, PIN]
    assert undo_rules(tmp_path) == PIN
    assert undo_rules(tmp_path) == HIDE
    assert sorted(path.name for path in tmp_path.iterdir()) == [PREVIOUS, RULES]


def test_the_first_publication_can_be_taken_back(tmp_path: Path) -> None:
    publish_rules(tmp_path, PIN)
    assert undo_rules(tmp_path) == ""
    assert rules_in_force(tmp_path) == Rules()


def test_nobody_overwrites_what_they_have_not_seen(tmp_path: Path) -> None:
    publish_rules(tmp_path, PIN, after=digest(""))
    with pytest.raises(RulesChanged):
        publish_rules(tmp_path, HIDE, after=digest(""))
    assert rules_text(tmp_path) == PIN


def test_no_index_no_rules(tmp_path: Path) -> None:
    with pytest.raises(RecordsUnusable, match="no hay ningún índice"):
        publish_rules(tmp_path / "nada", PIN)


def test_a_broken_file_gives_way_to_the_one_before(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    publish_rules(tmp_path, HIDE)
    publish_rules(tmp_path, PIN)
    (tmp_path / RULES).write_text("[[oculto", "utf-8")
    assert rules_in_force(tmp_path).hidden_documents == {"once-principios"}
    assert "las reglas editoriales tienen errores: al final" in caplog.text
    (tmp_path / PREVIOUS).write_bytes(b"\xff")
    assert rules_in_force(tmp_path) == Rules()


def test_the_watcher_follows_the_rules_and_embeds_nothing_again(
    index: Path, model_folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: Any
) -> None:
    opened = []
    monkeypatch.setattr(
        "service.web.serving.open_embedder",
        lambda *given: opened.append(given) or open_embedder(*given),
    )
    current_searcher = CurrentSearcher()
    reloader = IndexReloader(current_searcher, index, str(model_folder), 1)

    def serving() -> Searcher:
        reloader.refresh()
        return current_searcher.use(lambda searcher: searcher)

    before = serving()
    assert (before.rules, serving() is before) == (Rules(), True)
    publish_rules(index, PIN)
    pinned = serving()
    assert (pinned is before, len(pinned.rules.pins)) == (False, 1)
    with caplog.at_level(logging.ERROR):
        (index / RULES).write_text("a =", "utf-8")
        assert serving() is pinned
        assert serving() is pinned
    assert caplog.text.count("siguen en uso las reglas anteriores") == 1
    publish_rules(index, "")
    assert serving().rules == Rules()
    assert len(opened) == 1
    current_searcher.swap(None)


def test_the_commands(settings: Settings, tmp_path: Path) -> None:
    file, place = tmp_path / "reglas.toml", ("--index", settings.index, "--model", settings.model)
    judged = ("--judged", settings.judged)
    assert acervo("rules", "show", *place).out == "No hay reglas editoriales en uso.\n"
    file.write_text(STRANGER, "utf-8")
    wrong = acervo("rules", "publish", file, *judged, *place)
    assert wrong.status == 1
    assert "oculto: no hay ningún documento «glosari»; ¿quiso decir «glosario»?" in wrong.out
    assert "No se publicó: hay errores." in wrong.out
    file.write_text(PIN, "utf-8")
    checked = acervo("rules", "check", file, "--json", *judged, *place)
    effect = checked.json["effect"]
    assert (checked.status, effect["queries"], effect["asked"], effect["left_out"]) == (0, 10, 1, 1)
    assert [one["id"] for one in effect["lost"]] == ["q067"]
    (leader,) = effect["leaders"]
    assert leader["before"]["document_id"] == "once-principios"
    assert (leader["after"]["document_id"], leader["after"]["pinned"]) == ("glosario", True)
    mistyped = acervo("rules", "check", file, "--judged", tmp_path / "nada.jsonl", *place)
    assert (mistyped.status, "no existe" in mistyped.err) == (2, True)
    assert acervo("rules", "show", *place).out == "No hay reglas editoriales en uso.\n"
    told = acervo("rules", "publish", file, *judged, *place)
    assert (told.status, "Publicado." in told.out) == (0, True)
    assert acervo("rules", "show", *place).out == PIN
    found = acervo("search", QUESTION, *place)
    assert "Destacado por el equipo editorial" in found.out
    assert acervo("search", QUESTION, "--json", *place).json["hits"][0]["pinned"] is True
    undone = acervo("rules", "undo", "--json", *place).json
    assert (undone["toml"], undone["pins"]) == ("", [])


def test_what_harms_a_kind_needs_force(settings: Settings, tmp_path: Path) -> None:
    file, place = tmp_path / "reglas.toml", ("--index", settings.index, "--model", settings.model)
    many = tmp_path / "muchas.jsonl"
    lines = (ROOT / "corpus" / "consultas.jsonl").read_text("utf-8").splitlines()
    agenda = [line for line in lines if json.loads(line)["kind"] == "agenda"]
    many.write_text("\n".join(agenda), "utf-8")
    file.write_text('[[oculto]]\ndocumento = "ficha-taller-flacma"\n', "utf-8")
    refused = acervo("rules", "publish", file, "--judged", many, *place)
    assert (refused.status, rules_text(settings.index)) == (1, "")
    assert "Atención: «agenda» baja más de lo tolerado." in refused.out
    forced = acervo("rules", "publish", file, "--force", "--json", "--judged", many, *place)
    assert (forced.status, forced.json["published"], forced.json["fallen"]) == (0, True, ["agenda"])


def test_check_reports_rules_that_no_longer_fit(index: Path) -> None:
    publish_rules(index, STRANGER)
    (index / RULES).write_text(STRANGER + "[[fijado]]", "utf-8")
    told = acervo("check", "--json", "--index", index)
    (problem,) = told.json["problems"]
    assert told.status == 1
    assert problem["text"].startswith("reglas editoriales: «fijado»: no se conoce")
    (index / RULES).write_text(STRANGER, "utf-8")
    (problem,) = acervo("check", "--json", "--index", index).json["problems"]
    assert "no hay ningún documento «glosari»" in problem["text"]


def test_only_a_key_opens_the_api_and_the_page(editor: Editor) -> None:
    for method, path in (("GET", "/rules"), ("POST", "/rules/check"), ("PUT", "/rules"),
                         ("DELETE", "/rules"), ("GET", "/tasks/x")):  # fmt: skip
        assert editor.client.request(method, f"/api/v1{path}").status_code == 401
    refused = editor.client.get("/reglas", headers={"accept": "text/html"})
    assert (refused.status_code, refused.headers["www-authenticate"][:5]) == (401, "Basic")
    assert editor.page().status_code == 200
    assert editor.page().headers["cache-control"] == "no-store"


def test_rules_are_checked_published_and_taken_back_over_http(editor: Editor) -> None:
    asked = editor.api("POST", "/rules/check", content=PIN)
    assert asked.status_code == 202
    assert asked.headers["location"] == asked.json()["url"]
    task = finished(editor, asked.json())
    assert (task["status"], task["result"]["ok"], task["done"]) == ("done", True, 11)
    assert [one["id"] for one in task["result"]["effect"]["lost"]] == ["q067"]
    again = finished(editor, editor.api("POST", "/rules/check", content=PIN).json())
    assert (again["done"], again["result"]) == (1, task["result"])
    assert editor.first() == ("once-principios", False)
    version = editor.api("GET", "/rules").headers["etag"]
    published = editor.api("PUT", "/rules", content=PIN, headers={"if-match": version})
    assert published.json()["pins"] == [
        {"question": QUESTION, "document_id": "glosario", "page": None, "passage_id": None,
         "exact": False}
    ]  # fmt: skip
    until(("glosario", True), editor.first)
    late = editor.api("PUT", "/rules", content=HIDE, headers={"if-match": version})
    assert (late.status_code, late.json()["title"]) == (412, "Otra persona cambió esto")
    assert editor.api("DELETE", "/rules").json()["toml"] == ""
    until(("once-principios", False), editor.first)


def test_rules_may_come_as_json(editor: Editor) -> None:
    body = {
        "pins": [{"question": 'el "agua" \\ limpia', "document_id": "glosario", "exact": True}],
        "hidden": [{"passage_id": "2dacc2719c4bd414"}],
        "synonyms": [{"head": "alcaldía", "forms": ["municipalidad"], "scope": "termino"}],
    }
    put = editor.api("PUT", "/rules", json=body)
    assert put.status_code == 200
    found = editor.api("GET", "/rules").json()
    assert found["mistakes"] == []
    assert found["pins"][0] | {"page": None, "passage_id": None} == found["pins"][0]
    assert found["pins"][0]["question"] == 'el "agua" \\ limpia'
    assert found["hidden"] == [{"document_id": None, "passage_id": "2dacc2719c4bd414"}]
    assert found["synonyms"] == body["synonyms"]
    unknown = editor.api("PUT", "/rules", json={"pin": []})
    assert (unknown.status_code, "«pin»" in unknown.json()["detail"]) == (409, True)


def test_rules_with_mistakes_are_not_published(editor: Editor) -> None:
    refused = editor.api("PUT", "/rules", content=STRANGER)
    assert (refused.status_code, refused.json()["title"]) == (422, "Las reglas no son válidas")
    assert refused.json()["errors"] == [
        {"parameter": "oculto",
         "detail": "no hay ningún documento «glosari»; ¿quiso decir «glosario»?"}
    ]  # fmt: skip
    told = editor.api("POST", "/rules/check", content=STRANGER)
    assert (told.status_code, told.json()["ok"], told.json()["effect"]) == (200, False, None)
    assert editor.api("PUT", "/rules", content=b"\xff").status_code == 409
    assert editor.api("PUT", "/rules", content=b" " * (LONGEST_BODY + 1)).status_code == 413
    assert editor.api("DELETE", "/rules").status_code == 409
    assert editor.api("GET", "/tasks/nada").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site", "origin": "http://testserver"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://otro.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 422),
        ({"origin": "https://testserver"}, 422),
    ],
)
def test_a_page_of_somebody_else_orders_nothing(
    editor: Editor, headers: dict[str, str], status: int
) -> None:
    """A browser adds the password that it knows to whatever any page makes it send."""
    sent = editor.client.post(
        "/reglas", data={"accion": "publicar", "texto": STRANGER}, headers=headers,
        auth=("", editor.key),
    )  # fmt: skip
    assert sent.status_code == status
    assert editor.api("PUT", "/rules", content=STRANGER, headers=headers).status_code == status


def test_a_form_must_say_where_it_stands(editor: Editor) -> None:
    sent = editor.client.post("/reglas", data={"accion": "deshacer"}, auth=("", editor.key))
    assert sent.status_code == 403


def test_the_page_checks_and_publishes(editor: Editor) -> None:
    wrong = editor.send("publicar", STRANGER)
    assert (wrong.status_code, "¿quiso decir «glosario»?" in wrong.text) == (422, True)
    assert "documento = &#34;glosari&#34;" in wrong.text
    checked = editor.send("comprobar", PIN)
    for _ in range(100):
        if 'http-equiv="refresh"' not in checked.text:
            break
        time.sleep(0.1)
        checked = editor.client.get(str(checked.url), auth=("", editor.key))
    assert "El cambio toca 1 de 10 consultas juzgadas." in checked.text
    assert "presupuesto participativo" in checked.text
    assert re.search(r"q067: nDCG 1,00 → 0,\d\d", checked.text)
    assert editor.first() == ("once-principios", False)
    done = editor.send("publicar", PIN)
    assert (done.status_code, "Publicado." in done.text) == (200, True)
    assert rules_text(Path(editor.client.app.state.acervo.index)) == PIN  # type: ignore[attr-defined]
    until(("glosario", True), editor.first)
    late = editor.send("publicar", HIDE)
    assert (late.status_code, "Otra persona ha publicado" in late.text) == (412, True)
    back = editor.send("deshacer", "")
    assert "Han vuelto las reglas anteriores." in back.text
    until(("once-principios", False), editor.first)


@pytest.mark.browser
def test_the_page_is_accessible_with_and_without_what_a_change_does(
    new_context: NewContext, settings: Settings, tmp_path: Path
) -> None:
    key = create_key(settings.index, tmp_path.name)
    with serving(create_app(settings)) as address:
        context = new_context(bypass_csp=True, http_credentials={"username": "", "password": key})
        shown = context.new_page()
        shown.goto(f"{address}/reglas")
        assert_accessible(shown, "reglas")
        shown.get_by_label("Reglas, en TOML").fill(PIN)
        shown.get_by_role("button", name="Comprobar").click()
        expect(shown.locator("main")).to_contain_text("El cambio toca 1 de 10", timeout=60_000)
        assert_accessible(shown, "reglas-comprobadas")
