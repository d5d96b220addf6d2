"""After installation nothing leaves this machine: neither ingesting, nor searching, nor serving."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ("glosario.md", "ficha-taller-flacma.pdf")
QUESTION = "¿Qué es la gobernanza eficaz?"
PATIENCE = 60.0
GUARD = '''
"""Every attempt to reach another machine is written down and refused, also in child processes."""

import os
import sys

FOLDER = os.path.dirname(__file__)
ADDRESSED = {"socket.connect", "socket.sendmsg", "socket.sendto"}
NAMED = {"socket.getaddrinfo", "socket.gethostbyaddr", "socket.gethostbyname"}
LOCAL = {"127.0.0.1", "::1", "localhost"}


def note(file, text):
    with open(os.path.join(FOLDER, file), "a", encoding="utf-8") as stream:
        stream.write(text + "\\n")


def host_of(event, values):
    """The host that is spoken of; none for AF_UNIX, whose addresses are paths."""
    if event in NAMED:
        return values[0]
    return values[1][0] if event in ADDRESSED and isinstance(values[1], tuple) else None


def watch(event, values):
    if event == "subprocess.Popen" and values[3] is not None:
        paths = [FOLDER, values[3].get("PYTHONPATH", "")]
        values[3]["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    host = host_of(event, values)
    host = host.decode() if isinstance(host, bytes) else host
    if host and host not in LOCAL:
        note("attempts", f"{event} {host}")
        raise RuntimeError(f"{event} {host}")


note("processes", " ".join(sys.orig_argv))
sys.addaudithook(watch)
'''


class Guard:
    """Python processes that the guard watches, and what it saw."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "sitecustomize.py").write_text(GUARD, "utf-8")
        # Nothing that whoever runs the tests has set may keep a library off the network.
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> str:
        """What the program says on stdout; it must end well."""
        with self.start(*arguments) as process:
            answer, complaint = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, complaint
        return answer

    def acervo(self, *arguments: str) -> str:
        return self.run("-m", "service.cli", *arguments)

    def saw(self, file: str) -> list[str]:
        path = self.folder / file
        return path.read_text("utf-8").splitlines() if path.exists() else []


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    return Guard(tmp_path)


@contextmanager
def serving(guard: Guard, places: list[str]) -> Iterator[str]:
    """The address of a real server that the guard watches."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = guard.start("-m", "service.cli", "serve", "--port", str(port), *places)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.communicate(timeout=PATIENCE)


def fetch(address: str) -> str:
    """The page there, as soon as the server listens."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(address) as response:
                return str(response.read().decode())
        except URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_ingesting_searching_and_serving_reach_no_other_machine(
    guard: Guard, model_folder: Path, tmp_path: Path
) -> None:
    documents = tmp_path / "documentos"
    documents.mkdir()
    for name in DOCUMENTS:
        shutil.copy(ROOT / "corpus" / "documentos" / name, documents)
    places = ["--index", str(tmp_path / "index"), "--model", str(model_folder.resolve())]

    report = json.loads(guard.acervo("ingest", str(documents), "--json", *places))
    assert [outcome["status"] for outcome in report["documents"]] == ["added", "added"]
    found = json.loads(guard.acervo("search", QUESTION, "--json", *places))
    with serving(guard, places) as address:
        assert fetch(f"{address}/readyz")
        assert "<html" in fetch(f"{address}/?q=gobernanza")
        served = json.loads(fetch(f"{address}/api/v1/search?q=gobernanza"))

    assert {hit["file"] for hit in found["hits"]} <= set(DOCUMENTS)
    assert found["index"]["documents"] == served["index"]["documents"] == 2
    assert any("ingest.nursery" in line for line in guard.saw("processes"))
    assert guard.saw("attempts") == []


ATTEMPTS = {
    "import socket; socket.create_connection(('192.0.2.1', 9), 1)": "socket.getaddrinfo 192.0.2.1",
    "import socket; socket.socket().connect(('192.0.2.1', 9))": "socket.connect 192.0.2.1",
    "import socket; socket.gethostbyname('example.org')": "socket.gethostbyname example.org",
    "import socket\ns = socket.socket(type=socket.SOCK_DGRAM)\ns.sendto(b'', ('192.0.2.1', 9))": (
        "socket.sendto 192.0.2.1"
    ),
    "import urllib.request; urllib.request.urlopen('http://example.org/')": (
        "socket.getaddrinfo example.org"
    ),
}


@pytest.mark.parametrize(("program", "seen"), ATTEMPTS.items())
def test_the_guard_refuses_and_records_an_attempt(guard: Guard, program: str, seen: str) -> None:
    with guard.start("-c", program) as process:
        _, complaint = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert f"RuntimeError: {seen}" in complaint
    assert guard.saw("attempts") == [seen]


def test_the_guard_follows_into_a_child_with_an_environment_of_its_own(guard: Guard) -> None:
    child = "import socket; socket.gethostbyname('example.org')"
    program = (
        "import subprocess, sys\n"
        f"print(subprocess.run([sys.executable, '-c', {child!r}], env={{}}, stderr=-3).returncode)"
    )
    assert guard.run("-c", program) == "1\n"
    assert guard.saw("attempts") == ["socket.gethostbyname example.org"]


def test_the_guard_allows_this_machine(guard: Guard) -> None:
    program = (
        "import socket\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(server.getsockname()).close()\n"
        "print(socket.getaddrinfo('localhost', 80) != [])"
    )
    assert guard.run("-c", program) == "True\n"
    assert guard.saw("attempts") == []
