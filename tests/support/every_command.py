"""Run every command of Acervo, one after another: `every_command.py FOLDER MODEL`.

`tests/test_network.py` traces this program and all that it starts. FOLDER holds `documentos`, what
is to be read; the index goes to `indice`, and a model that is built to `modelos`. What serves is a
process of its own; the rest shares this one, for loading the libraries takes longest.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError, URLError

from command_line import Ran
from command_line import acervo as run

from search.embedding import build as build_

QUESTION = "¿en qué idioma se da el taller de Punta Cana?"
QUOTE = "Todo el taller se imparte en español"
DOCUMENT = "ficha-taller-flacma-pdf"
JUDGED = {
    "id": "q1",
    "text": QUESTION,
    "kind": "fact",
    "split": "tune",
    "relevant": [{"document": DOCUMENT, "quote": QUOTE, "grade": 3}],
    "answer": "en español",
    "en": "in what language is the Punta Cana workshop given?",
}
RULES = '[[sinonimo]]\nsigla = "municipio"\nformas = ["ayuntamiento"]\n'
HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "prueba", "version": "1"},
}
AGENT = (
    {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO},
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "search", "arguments": {"text": QUESTION}},
    },
)
PAGES = (
    "/?q=taller",
    "/readyz",
    "/metrics",
    "/api/v1/search?q=taller+Punta+Cana",
    "/api/v1/suggest?q=tal",
    f"/documentos/{DOCUMENT}",
    f"/api/v1/documents/{DOCUMENT}/pages/1.webp?width=480",
    "/oai?verb=Identify",
    "/sitemap.xml",
)
ACERVO = (sys.executable, "-m", "service.cli")
PATIENCE = 120.0
PIECES = 3000


def main(folder: Path, model: str) -> None:
    places = ("--index", str(folder / "indice"), "--model", model)
    documents = folder / "documentos"
    judged, rules = folder / "pedidos" / "juzgadas.jsonl", folder / "pedidos" / "reglas.toml"
    judged.parent.mkdir()
    judged.write_text(json.dumps(JUDGED) + "\n", "utf-8")
    rules.write_text(RULES, "utf-8")

    report = acervo("ingest", documents, "--json", *places).json
    assert {outcome["status"] for outcome in report["documents"]} == {"added"}, report
    acervo("status", *places)
    acervo("check", *places)
    acervo("previews", DOCUMENT, "--width", "480", *places)
    found = acervo("search", QUESTION, "--json", *places).json
    assert found["hits"][0]["document_id"] == DOCUMENT, found
    acervo("verify", QUOTE, *places)
    acervo("cite", DOCUMENT, "--quote", QUOTE, *places)
    acervo("evaluate", judged, *places)
    acervo("keys", "create", "Ana", *places)
    acervo("keys", "list", *places)
    acervo("keys", "revoke", "Ana", *places)
    acervo("rules", "check", rules, "--judged", judged, *places)
    acervo("rules", "publish", rules, "--judged", judged, *places)
    acervo("rules", "show", *places)
    acervo("rules", "undo", *places)
    serve(places)
    acervo("gaps", *places)
    answer_an_agent(places)
    acervo("remove", DOCUMENT, *places)
    build(folder / "modelos" / "propio")
    # The name of a model that is not on this machine: nobody may be asked for it.
    elsewhere = ("--index", folder / "indice", "--model", "nadie/modelo-ausente")
    acervo("ingest", documents, *elsewhere, status=2)


def build(folder: Path) -> None:
    """Build the model of fewer pieces: the same libraries are loaded, in half the time."""

    def few(pieces: tuple[str, ...], vocabulary: str) -> list[int]:  # noqa: ARG001
        return [*range(PIECES), len(pieces) - 1]

    build_._kept_pieces = few
    acervo("model", "build", "--model", folder)
    acervo("model", "info", "--model", folder)


def acervo(*arguments: str | Path, status: int = 0) -> Ran:
    """What the command says; it must end as expected."""
    begin(arguments)
    ran = run(*arguments)
    assert ran.status == status, (arguments, ran)
    return ran


def begin(arguments: Sequence[str | Path]) -> None:
    """Tell whoever traces this program which command is next: no such file is there."""
    with suppress(FileNotFoundError):
        os.open("/orden/" + " ".join(map(str, arguments[:2])), os.O_RDONLY)


def start(*arguments: str, **streams: int) -> "subprocess.Popen[str]":
    begin(arguments[:1])
    return subprocess.Popen([*ACERVO, *arguments], text=True, **streams)


def serve(places: tuple[str, ...]) -> None:
    """Pages, answers and the image of a page, asked of a real server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with start("serve", "--port", str(port), *places) as server:
        try:
            for page in PAGES:
                fetch(f"http://127.0.0.1:{port}{page}")
        finally:
            server.terminate()


def fetch(address: str) -> None:
    """Get the page, as soon as the server listens."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(address, timeout=PATIENCE) as response:
                assert response.read()
                return
        except HTTPError as error:
            raise AssertionError(address, error.read()) from error
        except URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def answer_an_agent(places: tuple[str, ...]) -> None:
    with start("mcp", *places, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write("".join(f"{json.dumps(line)}\n" for line in AGENT))
        server.stdin.flush()
        answers = [json.loads(server.stdout.readline()) for _ in range(2)]
        server.stdin.close()
        assert server.wait(PATIENCE) == 0
    assert QUOTE in json.dumps(answers[1], ensure_ascii=False), answers[1]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
