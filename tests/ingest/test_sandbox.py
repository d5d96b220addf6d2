"""Every file ends as a reading or an explained error, within its limits, whatever is in it."""

import io
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from docx import Document as new_docx
from places import ROOT

from ingest.errors import (
    EmptyFile,
    Encrypted,
    ReadError,
    SandboxError,
    SandboxUnavailable,
    Stopped,
    TooLarge,
    UnknownFormat,
    Unreadable,
)
from ingest.formats import DOCX, HTML, MARKDOWN, PDF, PPTX, READERS, TEXT, sniff
from ingest.sandbox import pool as pool_module
from ingest.sandbox.pool import Sandbox
from ingest.sandbox.wire import Limits, WireError, pack, unpack
from search.documents import Block, BlockKind, Box, PageShape, Part, Reading

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")

SLOW_PAGE = b"<p>" * 3_000_000
"""Takes a reader many seconds."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    # Other tests run beside these: what limits is the time of the processor.
    limits = Limits(memory_bytes=1 << 30, cpu_seconds=6, wall_seconds=90)
    with Sandbox(limits, recognising=False) as ready:
        yield ready


def children(process: int | str = "self") -> set[int]:
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return {int(child) for task in tasks for child in task.read_text().split()}


def small_docx() -> bytes:
    stream = io.BytesIO()
    file = new_docx()
    file.add_paragraph("Hola")
    file.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "media_type"),
    [
        (b"%PDF-1.7\n", "sin extension", PDF),
        (b"\n\n%PDF-1.4", "x.txt", PDF),
        (b"junk %PDF-1.4", "x.pdf", PDF),
        (b"El formato %PDF-1.4", "x.txt", TEXT),
        (b"PK\x03\x04 word/document2.xml", "x.bin", DOCX),
        (b"PK\x03\x04 word/document.xml ppt/presentation.xml", "x.docx", PPTX),
        (b"<?xml version='1.0'?><!-- a --><!DOCTYPE html>", "x.txt", HTML),
        (b"hola", "X.HTM", HTML),
        (b"# hola", "x.md", MARKDOWN),
        (b"hola", "x.txt", TEXT),
    ],
)
def test_the_content_tells_the_format_before_the_name_does(
    data: bytes, name: str, media_type: str
) -> None:
    assert sniff(data, name) == media_type
    assert media_type in READERS


@pytest.mark.parametrize(
    ("data", "name", "error", "message"),
    [
        (b"", "x.pdf", EmptyFile, "0 bytes"),
        (b"hola", "x.pdf", UnknownFormat, "termina en .pdf, pero su contenido es otro"),
        (b"<!DOCTYPE html><p>404", "x.pdf", UnknownFormat, "quizá falló la descarga"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "x.doc", UnknownFormat, "Formato antiguo de Office"),
        (b"PK\x03\x04 xl/workbook.xml", "x.xlsx", Unreadable, "dañado o incompleto"),
        (b"PK\x03\x04 nada", "x.bin", UnknownFormat, "de este tipo (.bin)"),
        (b"\x89PNG", "foto", UnknownFormat, "sin extensión"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "x.docx",
            Encrypted,
            "contraseña",
        ),
    ],
)
def test_what_no_reader_takes_is_refused_with_its_cause(
    sandbox: Sandbox, data: bytes, name: str, error: type[ReadError], message: str
) -> None:
    with pytest.raises(error) as caught:
        sandbox.read(data, name)
    assert message in str(caught.value)


def test_a_file_that_is_too_large_is_refused_unread(sandbox: Sandbox) -> None:
    with pytest.raises(TooLarge, match="pesa 51 MB; se admiten 50 MB"):
        sandbox.read(bytes(51_000_000), "x.txt")


def test_a_comment_without_end_costs_no_time() -> None:
    assert sniff(b"<!-- -->" * 500 + b"x", "x.txt") == TEXT


def test_a_file_is_read_as_its_reader_reads_it(sandbox: Sandbox) -> None:
    data = small_docx()
    assert sandbox.read(data, "x.docx") == READERS[DOCX](data, "x.docx")
    assert 10_000_000 < sandbox.last_peak < 1 << 30
    assert sandbox.read(data, "x.docx").blocks == (Block(BlockKind.PARAGRAPH, (Part(1, "Hola"),)),)


def test_errors_of_readers_keep_their_class_and_message(sandbox: Sandbox) -> None:
    with pytest.raises(Unreadable, match=r"^El archivo está dañado o incompleto \(File is"):
        sandbox.read(b"PK\x03\x04 word/document.xml", "x.docx")


def test_names_of_any_kind_pass(sandbox: Sandbox) -> None:
    for name in ("../../etc/x.txt", "a\0b.txt", "\udcff.txt", "🙂" * 3_000 + ".txt"):
        assert sandbox.read(b"hola", name).blocks[0].text == "hola"


def test_time_and_memory_have_limits_and_what_comes_after_is_read() -> None:
    with Sandbox(Limits(wall_seconds=0.3)) as hasty:
        with pytest.raises(Stopped, match=r"superó los 0\.3 segundos"):
            hasty.read(SLOW_PAGE, "x.html")
        assert hasty.read(b"hola", "x.txt").blocks[0].text == "hola"
    with (
        Sandbox(Limits(cpu_seconds=1)) as busy,
        pytest.raises(Stopped, match="demasiado tiempo de procesador"),
    ):
        busy.read(SLOW_PAGE, "x.html")
    with (
        Sandbox(Limits(memory_bytes=300 << 20)) as narrow,
        pytest.raises(Stopped, match="superó los 300 MB de memoria"),
    ):
        narrow.read(b"a b\n\n" * 6_000_000, "x.txt")


def test_an_answer_has_a_limit_too() -> None:
    with (
        Sandbox(Limits(answer_bytes=1_000)) as terse,
        pytest.raises(TooLarge, match="más texto del que se admite"),
    ):
        terse.read(b"hola " * 1_000_000, "x.txt")


def test_a_killed_fork_server_is_started_again() -> None:
    before = children()
    with Sandbox() as sandbox:
        assert sandbox.read(b"uno", "x.txt").blocks[0].text == "uno"
        (fork_server,) = children() - before
        os.kill(fork_server, signal.SIGKILL)
        assert sandbox.read(b"dos", "x.txt").blocks[0].text == "dos"
    assert children() == before


def test_a_fork_server_that_hangs_is_ended_and_another_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = children()
    with Sandbox(Limits(wall_seconds=8)) as sandbox:
        assert sandbox.read(b"uno", "x.txt").blocks[0].text == "uno"
        monkeypatch.setattr(pool_module, "FORK_SECONDS", 0.5)
        (fork_server,) = children() - before
        os.kill(fork_server, signal.SIGSTOP)
        assert sandbox.read(b"dos", "x.txt").blocks[0].text == "dos"
        assert fork_server not in children()
        # And one that hangs while a file is read.
        monkeypatch.setattr(pool_module, "GRACE_SECONDS", -7.0)
        (fork_server,) = children() - before
        with ThreadPoolExecutor(1) as threads:
            reading = threads.submit(sandbox.read, SLOW_PAGE, "x.html")
            while not (worker := children(fork_server)):
                time.sleep(0.01)
            os.kill(fork_server, signal.SIGSTOP)
            assert isinstance(reading.exception(30), SandboxError | Stopped)
        assert not any(Path(f"/proc/{each}").exists() for each in worker)
    assert children() == before


def alive(processes: set[int]) -> set[int]:
    """Those that have not ended; a zombie whose new parent has not looked yet has."""
    states = {each: Path(f"/proc/{each}/stat") for each in processes}
    return {
        each
        for each, path in states.items()
        if path.exists() and path.read_text().rpartition(")")[2].split()[0] != "Z"
    }


@pytest.mark.parametrize("victim", ["us", "fork server"])
def test_nothing_stays_behind_when_a_process_is_killed(victim: str) -> None:
    program = (
        "from ingest.sandbox.pool import Sandbox\n"
        "with Sandbox() as sandbox: sandbox.read(b'<p>' * 3_000_000, 'x.html')"
    )
    ours = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.DEVNULL)
    while not (fork_server := children(ours.pid)):
        time.sleep(0.01)
    while not (workers := children(*fork_server)):
        time.sleep(0.01)
    time.sleep(0.1)  # the worker's first steps
    os.kill(ours.pid if victim == "us" else max(fork_server), signal.SIGKILL)
    left = workers | (fork_server if victim == "us" else set())
    until = time.monotonic() + 5
    while alive(left) and time.monotonic() < until:
        time.sleep(0.01)
    found = alive(left)
    ours.kill()
    ours.wait()
    assert found == set()


def test_a_file_over_which_the_fork_server_dies_is_told_from_a_sandbox_that_does_not_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = children()

    def kill_twice() -> None:
        killed = set(before)
        for _ in range(2):
            while not (busy := [each for each in children() - killed if children(each)]):
                time.sleep(0.01)
            os.kill(busy[0], signal.SIGKILL)
            killed.add(busy[0])

    with Sandbox(Limits(cpu_seconds=1)) as sandbox:
        killer = threading.Thread(target=kill_twice)
        killer.start()
        with pytest.raises(SandboxError, match="se cerró solo, dos veces, con este") as caught:
            sandbox.read(SLOW_PAGE, "x.html")
        killer.join()
        assert type(caught.value) is SandboxError
        assert sandbox.read(b"hola", "x.txt").blocks[0].text == "hola"
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Sandbox() as broken, pytest.raises(SandboxUnavailable, match="no arranca"):
        broken.read(b"hola", "x.txt")


def test_closing_ends_what_is_still_being_read() -> None:
    before = children()
    with ThreadPoolExecutor(1) as pool:
        with Sandbox() as sandbox:
            sandbox.read(b"hola", "x.txt")
            (fork_server,) = children() - before
            reading = pool.submit(sandbox.read, SLOW_PAGE, "x.html")
            while not children(fork_server):
                time.sleep(0.01)
        assert isinstance(reading.exception(5), Stopped)
    assert children() == before
    with pytest.raises(SandboxUnavailable, match="cerrado"):
        sandbox.read(b"hola", "x.txt")


def test_threads_get_each_their_own_reading(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(8) as pool:
        readings = list(pool.map(lambda n: sandbox.read(b"numero %d" % n, "x.txt"), range(64)))
    assert [reading.blocks[0].text for reading in readings] == [f"numero {n}" for n in range(64)]


def test_files_of_the_parent_are_not_left_open(sandbox: Sandbox) -> None:
    sandbox.read(b"hola", "x.txt")
    before = set(Path("/proc/self/fd").iterdir())
    for _ in range(20):
        sandbox.read(b"hola", "x.txt")
    assert set(Path("/proc/self/fd").iterdir()) == before


READING = Reading(
    blocks=(
        Block(
            BlockKind.AGENDA_ITEM,
            (Part(2, "«ñ»", (Box(2, 1.0, 2.5, 3.0, 4.0),)), Part(3, "fin")),
            1,
            "Viernes",
        ),
    ),
    paged=True,
    shapes=(PageShape(1, 595.0, 842.0, "iv"),),
    title="Título",
    language="es",
    created="2024-11-01",
    warnings=("aviso",),
)


def test_a_reading_survives_the_wire() -> None:
    assert unpack(pack(READING)) == READING


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        b"\xff",
        pack(READING).replace(b'"paged":true', b'"paged":1'),
        pack(READING).replace("Título".encode(), b"\\ud800"),
        pack(READING).replace(b"agenda_item", b"desconocido"),
        pack(READING).replace(b"842.0", b"NaN"),
        pack(READING).replace(b'"aviso"', b"7"),
    ],
)
def test_what_a_reading_is_not_is_refused_on_the_wire(hostile: bytes) -> None:
    with pytest.raises(WireError):
        unpack(hostile)


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    half = Reading((Block(BlockKind.PARAGRAPH, (Part(1, "a\ud83d"),)),), paged=False)
    assert unpack(pack(half)).blocks[0].text == "a?"


def outcome(sandbox: Sandbox, path: Path) -> str:
    try:
        reading = sandbox.read(path.read_bytes(), path.name)
    except ReadError as error:
        assert str(error)
        return type(error).__name__
    assert "SECRETO" not in repr(reading) or path.name == "secret.txt"
    return f"{len(reading.blocks)} blocks"


def test_every_hostile_file_ends_within_its_limits(sandbox: Sandbox, shared_data: Path) -> None:
    paths = sorted((shared_data / "hostile").iterdir())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with ThreadPoolExecutor(2) as pool:
        found = dict(
            zip(
                [path.name for path in paths],
                pool.map(lambda path: outcome(sandbox, path), paths),
                strict=True,
            )
        )
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
    assert grown < 60_000, f"the parent grew by {grown} kB"
    assert len(found) == 18
    words = {name: kind for name, kind in found.items() if name.endswith((".docx", ".html"))}
    assert words == {
        "billion_laughs.docx": "Unreadable",
        "deep.html": "1 blocks",
        "deep_xml.docx": "Unreadable",
        "xxe.docx": "1 blocks",
        "zipbomb_4Mparas.docx": "TooLarge",
    }


def test_a_pdf_that_brings_its_reader_down_is_read_by_the_other(
    sandbox: Sandbox, shared_data: Path
) -> None:
    path = shared_data / "hostile" / "form_laughs_1e12.pdf"
    reading = sandbox.read(path.read_bytes(), path.name)
    assert reading.warnings[-1].startswith("el primer lector no pudo: El lector se detuvo")
    assert reading.shapes[0].number == 1


def test_pages_that_nobody_recognises_are_named(sandbox: Sandbox, shared_data: Path) -> None:
    path = shared_data / "hostile" / "img_60k.pdf"
    reading = sandbox.read(path.read_bytes(), path.name)
    assert reading.scans == (1,)
    assert reading.warnings == (
        "páginas sin texto: 1 (parecen escaneadas)",
        "página 1: sin leer por OCR, que está apagado",
    )


def test_odd_files_from_the_test_suites_of_others_are_survived(
    sandbox: Sandbox, shared_data: Path
) -> None:
    suffixes = (".docx", ".pptx", ".pptm", ".pdf", ".html", ".md", ".txt")
    paths = sorted(p for p in (shared_data / "odd").rglob("*") if p.suffix in suffixes)
    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(paths, pool.map(lambda path: outcome(sandbox, path), paths), strict=True))
    failed = {path.name: kind for path, kind in found.items() if not kind.endswith("blocks")}
    assert len(paths) == 155
    assert failed == {
        "libreoffice-writer-password.pdf": "Encrypted",
        "unreadablemetadata.pdf": "Unreadable",
    }
