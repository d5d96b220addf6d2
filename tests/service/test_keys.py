"""Keys of editors: made once, kept as hashes, shown as a bearer or as a password, taken back."""

import base64
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import acervo
from small_collection import SmallSearcher
from starlette.testclient import TestClient

from service.errors import KeyRefused, RecordsUnusable
from service.settings import Settings
from service.usage.keys import create_key, key_owner, list_keys, revoke_key
from service.usage.log import DATABASE
from service.web.app import create_app
from service.web.editor_access import Editor

HTML = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    app = create_app(Settings(index=tmp_path), SmallSearcher())

    @app.get("/privado")
    @app.get("/api/v1/private")
    def private(editor: Editor) -> str:
        return editor

    with TestClient(app) as client:
        yield client


def basic(key: str, user: str = "") -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(f'{user}:{key}'.encode()).decode()}"}


def test_a_key_opens_until_it_is_revoked(tmp_path: Path) -> None:
    key = create_key(tmp_path, "Ana")
    assert key_owner(tmp_path, key) == "Ana"
    assert key_owner(tmp_path, key[:-1]) is None
    revoke_key(tmp_path, "Ana")
    assert key_owner(tmp_path, key) is None
    assert list_keys(tmp_path) == []


def test_two_keys_are_told_apart(tmp_path: Path) -> None:
    keys = {name: create_key(tmp_path, name) for name in ("Ana", "Luis")}
    assert {name: key_owner(tmp_path, key) for name, key in keys.items()} == {
        "Ana": "Ana",
        "Luis": "Luis",
    }
    assert len(keys["Ana"]) == len("acervo_") + 43


def test_the_key_itself_is_kept_nowhere(tmp_path: Path) -> None:
    key = create_key(tmp_path, "Ana")
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert key.encode() not in kept
    with sqlite3.connect(tmp_path / DATABASE) as connection:
        ((digest,),) = connection.execute("SELECT digest FROM keys").fetchall()
    assert len(digest) == 32


@pytest.mark.parametrize("name", ["Ana", "  Ana  ", "", "x" * 101])
def test_a_name_that_is_taken_empty_or_too_long_is_refused(tmp_path: Path, name: str) -> None:
    create_key(tmp_path, "Ana")
    with pytest.raises(KeyRefused):
        create_key(tmp_path, name)
    assert [key.name for key in list_keys(tmp_path)] == ["Ana"]


def test_no_index_no_keys_and_nothing_is_written_to_ask(tmp_path: Path) -> None:
    assert key_owner(tmp_path, "x") is None
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(RecordsUnusable, match="no hay ningún índice"):
        create_key(tmp_path / "nada", "Ana")


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"esto no es una base de datos" * 100)
    with pytest.raises(RecordsUnusable, match="no se puede usar"):
        list_keys(tmp_path)


def test_a_bearer_and_a_password_open(client: TestClient, tmp_path: Path) -> None:
    key = create_key(tmp_path, "Ana")
    for headers in ({"authorization": f"Bearer {key}"}, {"authorization": f"bearer  {key}"},
                    basic(key), basic(key, "quien sea")):  # fmt: skip
        found = client.get("/api/v1/private", headers=headers)
        assert (found.status_code, found.json()) == (200, "Ana")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer nada"},
        {"authorization": "Bearer "},
        {"authorization": "Basic %%%"},
        {"authorization": "Basic /w=="},
        {"authorization": "Digest abc"},
        basic(""),
    ],
)
def test_a_program_without_a_key_gets_a_problem(
    client: TestClient, tmp_path: Path, headers: dict[str, str]
) -> None:
    create_key(tmp_path, "Ana")
    refused = client.get("/api/v1/private", headers=headers | HTML)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Bearer realm="Acervo"'
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:acervo:problema:sin-clave"
    assert refused.json()["title"] == "Hace falta una clave"


def test_a_browser_is_made_to_ask_for_the_key(client: TestClient, tmp_path: Path) -> None:
    refused = client.get("/privado", headers=HTML)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Basic realm="Acervo", charset="UTF-8"'
    assert "Esta parte es del equipo editorial." in refused.text
    key = create_key(tmp_path, "Ana")
    assert client.get("/privado", headers=HTML | basic(key)).status_code == 200


def test_the_command_shows_a_key_once(demo_index: Path, tmp_path: Path) -> None:
    index = shutil.copytree(demo_index, tmp_path / "indice")
    place = ("--index", index)
    made = acervo("keys", "create", "Ana", *place)
    assert (made.status, key_owner(index, made.out.strip())) == (0, "Ana")
    assert "no se volverá a mostrar" in made.err
    other = acervo("keys", "create", "Luis", "--json", *place).json
    assert (other["name"], key_owner(index, other["key"])) == ("Luis", "Luis")
    listed = acervo("keys", "list", "--json", *place)
    assert [key["name"] for key in listed.json["keys"]] == ["Ana", "Luis"]
    assert other["key"] not in listed.out
    assert "Ana" in acervo("keys", "list", *place).out
    assert acervo("keys", "revoke", "Ana", *place).out == "Clave de «Ana» retirada.\n"
    assert acervo("keys", "revoke", "Luis", "--json", *place).json == {"revoked": "Luis"}
    again = acervo("keys", "revoke", "Ana", *place)
    assert (again.status, again.err) == (2, "acervo: no hay ninguna clave «Ana»\n")
    assert "No hay ninguna clave" in acervo("keys", "list", *place).out
