"""The service over a real index with the real model: the same answers, no gaps, a calm end."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import urlopen

import pytest
from command_line import acervo
from places import ROOT
from starlette.testclient import TestClient

from service.settings import Settings
from service.web.app import create_app

RELOAD_SECONDS = 1.0
PATIENCE = 30.0
ASKING = 8
WAITING = 24
"""Requests in flight when the server is told to end; more would not fit the queue."""
NEWS = "La cooperativa de recicladoras recoge vidrio los martes en el barrio Estación."
QUESTION = "¿qué día se recoge vidrio en el barrio Estación?"


@pytest.fixture(scope="module")
def client(demo_index: Path, model_folder: Path) -> Iterator[TestClient]:
    settings = Settings(index=demo_index, model=str(model_folder))
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.mark.parametrize(
    ("text", "filters", "k"),
    [
        ("¿a qué hora es el Tema 2?", {}, 10),
        ("cuánto dura la actividad grupal", {}, 5),
        ("correo de Adriana Alberti", {}, 1),
        ("ODS", {}, 50),
        ("receta de paella", {}, 10),
        ("mindsets", {"language": ["en", "pt"], "year": ["2026"]}, 10),
        ('"hoja de ruta" -presupuesto', {"document_type": ["worksheet"]}, 10),
    ],
)
def test_the_api_and_the_command_line_give_the_same_object(
    text: str,
    filters: dict[str, list[str]],
    k: int,
    client: TestClient,
    demo_index: Path,
    model_folder: Path,
) -> None:
    chosen = [f"--filter={name}={value}" for name in filters for value in filters[name]]
    places = ("--index", demo_index, "--model", model_folder)
    printed = acervo("search", text, "-k", str(k), *chosen, "--json", *places).json
    served = client.get("/api/v1/search", params={"q": text, "k": k, **filters}).json()
    assert printed.pop("took_ms") > 0
    assert served.pop("took_ms") > 0
    assert served == printed
    assert list(served) == list(printed)


def test_the_api_and_the_command_line_verify_alike(
    client: TestClient, demo_index: Path, model_folder: Path
) -> None:
    text = "Todo el taller se imparte en español"
    places = ("--index", demo_index, "--model", model_folder)
    served = client.get("/api/v1/verify", params={"quote": text}).json()
    assert served == acervo("verify", text, "--json", *places).json
    assert served["found"] is True


def test_what_is_cited_can_be_followed_to_its_page(client: TestClient) -> None:
    answer = client.get("/api/v1/search", params={"q": "¿a qué hora es el Tema 2?"}).json()
    (citation,) = answer["answer"]["citations"]
    address = f"/api/v1/documents/{citation['document_id']}/pages/{citation['page']}.json"
    page = client.get(address, params={"passage": citation["passage_id"]}).json()
    assert page["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert page["passage"]["ranges"] == [[citation["start"], citation["end"]]]
    path, _, anchor = citation["url"].partition("#")
    shown = client.get(path).text
    assert f'<g id="{anchor}"' in shown
    assert f'id="t{anchor[1:]}" data-passage="{anchor[2:]}" class="passage"' in shown


# --- a server of its own ---


@pytest.fixture
def own(tmp_path: Path, model_folder: Path) -> tuple[str, ...]:
    """Options that say where a new index is to be."""
    return "--index", str(tmp_path / "indice"), "--model", str(model_folder)


@pytest.fixture
def materials(tmp_path: Path, own: tuple[str, ...]) -> Path:
    """A folder with two documents, in the index."""
    folder = tmp_path / "materiales"
    folder.mkdir()
    write(folder / "acta.md", "Acta", "La asamblea aprobó el presupuesto participativo en marzo.")
    write(folder / "guia.md", "Guía", "Cada taller empieza con una ronda de presentaciones.")
    assert acervo("ingest", folder, *own).status == 0
    return folder


def write(path: Path, title: str, text: str) -> None:
    path.write_text(f"# {title}\n\n{text}\n", encoding="utf-8")


@contextmanager
def serving(own: tuple[str, ...]) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A real `acervo serve` that answers, and its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "service.cli", "serve", "--port", str(port), *own],
        cwd=ROOT,
        env={**os.environ, "ACERVO_RELOAD_SECONDS": str(RELOAD_SECONDS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: ready(port), PATIENCE)
        yield server, port
    finally:
        server.kill()
        server.communicate(timeout=PATIENCE)


def ready(port: int) -> bool:
    try:
        return fetch(port, "/readyz")[0] == 200
    except OSError:
        return False


def fetch(port: int, path: str) -> tuple[int, str]:
    """Status and body of one request."""
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def wait_until(happened: Any, seconds: float) -> float:
    """How long it took; fails when it takes longer than allowed."""
    begun = time.monotonic()
    while not happened():
        assert time.monotonic() - begun < seconds, "did not happen in time"
        time.sleep(0.05)
    return time.monotonic() - begun


def search_path(text: str) -> str:
    return f"/api/v1/search?{urlencode({'q': text})}"


def document_ids(port: int, text: str) -> list[str]:
    hits = json.loads(fetch(port, search_path(text))[1])["hits"]
    return [hit["document_id"] for hit in hits]


class Askers:
    """Threads that ask for every kind of thing until told to stop, and what went wrong."""

    PATHS = (
        search_path(QUESTION),
        search_path("presupuesto participativo"),
        f"/?{urlencode({'q': 'taller'})}",
        "/api/v1/documents",
        "/api/v1/documents/acta-md",
        "/api/v1/documents/acta-md/pages/1.json",
        "/documentos/acta-md",
        "/api/v1/suggest?q=act",
        f"/api/v1/verify?{urlencode({'quote': 'ronda de presentaciones'})}",
    )

    def __init__(self, port: int) -> None:
        self.failures: list[str] = []
        self.answered = [0] * ASKING
        self._port = port
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(n,)) for n in range(ASKING)]

    def __enter__(self) -> "Askers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _ask(self, number: int) -> None:
        turn = self.PATHS[number:] + self.PATHS[:number]
        for path in cycle(turn):
            if self._enough.is_set():
                return
            try:
                status, body = fetch(self._port, path)
            except OSError as error:
                self.failures.append(f"{path}: {error!r}")
                continue
            if status == 200:
                self.answered[number] += 1
            else:
                self.failures.append(f"{path}: {status} {body}")


def test_documents_come_and_go_while_eight_threads_ask(
    materials: Path, own: tuple[str, ...]
) -> None:
    with serving(own) as (_, port), Askers(port) as askers:
        assert sorted(document_ids(port, QUESTION)) == ["acta-md", "guia-md"]
        write(materials / "vidrio.md", "Reciclaje", NEWS)
        assert acervo("ingest", materials, *own).status == 0
        wait_until(lambda: "vidrio-md" in document_ids(port, QUESTION), RELOAD_SECONDS + 5)
        answer = json.loads(fetch(port, search_path(QUESTION))[1])["answer"]
        assert (answer["status"], answer["text"]) == ("found", NEWS)
        (passage,) = [citation["passage_id"] for citation in answer["citations"]]
        assert fetch(port, "/documentos/vidrio-md")[0] == 200

        (materials / "vidrio.md").unlink()
        assert acervo("ingest", materials, *own).status == 0
        wait_until(lambda: "vidrio-md" not in document_ids(port, QUESTION), RELOAD_SECONDS + 5)
        for path in (
            "/api/v1/documents/vidrio-md",
            "/api/v1/documents/vidrio-md/pages/1.json",
            f"/api/v1/documents/vidrio-md/pages/1.json?passage={passage}",
            "/documentos/vidrio-md",
        ):
            assert fetch(port, path)[0] == 404, path
        for path in (
            search_path(QUESTION),
            search_path("Reciclaje"),
            f"/?{urlencode({'q': QUESTION})}",
            "/api/v1/documents",
            "/documentos",
            "/api/v1/suggest?q=recicl",
            f"/api/v1/verify?quote={quote(NEWS)}",
        ):
            status, body = fetch(port, path)
            assert status == 200
            assert "vidrio-md" not in body, path
            assert passage not in body, path
            assert "cooperativa de recicladoras" not in body, path
        enough = list(askers.answered)
    assert askers.failures == []
    assert min(enough) >= len(Askers.PATHS)


def test_told_to_end_the_server_answers_what_it_has_begun(
    materials: Path,  # noqa: ARG001 (makes the index)
    own: tuple[str, ...],
) -> None:
    with serving(own) as (server, port):
        waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(WAITING)]
        for number, connection in enumerate(waiting):
            path = search_path(f"¿qué aprobó la asamblea número {number}?")
            request = f"GET {path} HTTP/1.1\r\nHost: acervo\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
        answers = [read_all(waiting[0])]  # all others are in the queue by now
        server.send_signal(signal.SIGTERM)
        answers += [read_all(connection) for connection in waiting[1:]]
        assert server.wait(PATIENCE) in (0, -signal.SIGTERM)
        assert [answer.split(b" ")[1] for answer in answers] == [b"200"] * WAITING
        bodies = [json.loads(answer.partition(b"\r\n\r\n")[2]) for answer in answers]
        assert {body["total"] for body in bodies} == {2}
        assert server.stderr is not None
        assert "Traceback" not in server.stderr.read()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


def read_all(connection: socket.socket) -> bytes:
    """Everything until the other side closes."""
    with connection:
        connection.settimeout(PATIENCE)
        parts = iter(lambda: connection.recv(65_536), b"")
        return b"".join(parts)
