"""Runs parse and render jobs in worker processes, started on demand, and turns how a worker ended
into a result or an error.

No parser runs in this process: `Sandbox.read` and `Previews.draw` hand each file to a
`WorkerPool`, which asks a fork server (`ingest.sandbox.worker`) for a worker of its own.
"""

import json
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from ingest import errors
from ingest.errors import (
    ReadError,
    SandboxError,
    SandboxUnavailable,
    Stopped,
    TooLarge,
    Unreadable,
)
from ingest.formats import SECOND_READERS
from ingest.pdf.tesseract import INSTALL, find_program
from ingest.readers.clean import pages_phrase
from ingest.sandbox.libreoffice import make_ready
from ingest.sandbox.wire import EXIT_RECORD, PAGE_DONE, Job, Limits, WireError, unpack
from search.documents import Reading

MAX_FILE = 50_000_000
START_SECONDS = 120.0  # until a new fork server has loaded its libraries: four are usual
FORK_SECONDS = 15.0  # until one that is ready has taken a job; it takes milliseconds
GRACE_SECONDS = 10.0  # after the wall time of a job, until its fork server counts as hung
_LONGEST_NAME = 255  # characters: no file system allows more, and messages have a limit
_LONGEST_ERROR = 500  # characters of an error that comes from a worker
_CODE = Path(__file__).resolve().parents[2]
_CHUNK = 1 << 20
_WATCHED = 4_000  # bytes at the beginning of an answer: more than a document has pages
_CAUSES = {
    "SIGXCPU": "necesitó demasiado tiempo de procesador",
    "SIGKILL": "el sistema lo detuvo, quizá por falta de memoria",
}

PageCounter = Callable[[int], None]
"""Called with the pages that are done so far."""
Watcher = Callable[[int, int], None]
"""Called with the pages recognised so far and those to be recognised in all."""


class _ForkServer:
    """A process that forks a worker for every job that comes through its socket."""

    def __init__(self, kind: str) -> None:
        self.ready = False
        """Whether it has taken a job: then its libraries are loaded."""
        # SEQPACKET keeps the borders of messages, so that descriptors cannot get to another's.
        self._control, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no words of others
                [sys.executable, "-m", "ingest.sandbox.worker", str(other.fileno()), kind],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # its stderr shows why it does not start, if so
                pass_fds=[other.fileno()],
                cwd="/",
                # No variable of ours reaches a parser; numerical libraries must not start threads.
                env={
                    "PYTHONPATH": str(_CODE),
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "OPENBLAS_NUM_THREADS": "1",
                    "LANG": "C.UTF-8",
                },
                # Ctrl-C goes to the whole group of a terminal: we end the server, not the key.
                start_new_session=True,
            )

    def send(self, job: Job, descriptors: list[int]) -> bool:
        """Hand over a job; false if the process is gone."""
        try:
            socket.send_fds(self._control, [pickle.dumps(job)], descriptors)
        except OSError:
            return False
        return self._process.poll() is None

    def close(self, patience: float) -> None:
        """End the process and with it all its workers."""
        self._control.close()  # tells it to end
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@dataclass(frozen=True, slots=True)
class _Ended:
    """What a worker sent, its wait status, whether it was ended for taking too long, and the most
    memory that it held."""

    answer: bytes
    status: int
    timed_out: bool
    peak_bytes: int


class WorkerPool:
    """Holds the fork server, a warm process that forks a worker for every job; for many threads.

    `kind` is what the fork server loads before it forks: `readers` or `drawing`.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._lock = threading.Lock()
        self._server: _ForkServer | None = None
        self._open = False
        self.last_peak = 0
        """Bytes: the most memory that the last worker took, shared libraries included."""

    def open(self) -> None:
        """Take jobs from now on; the process starts with the first."""
        with self._lock:
            self._open = True

    def close(self) -> None:
        """End the fork server and with it all that is still being done."""
        with self._lock:
            self._open = False
            self._stop(self._server)

    def run(self, file: bytes | Path, job: Job, counter: PageCounter | None = None) -> bytes:
        """What a worker of its own makes of the file: its bytes, or where it lies so that only the
        worker reads it.

        Raises the `ReadError` that explains why there is nothing, `SandboxError` if the fork
        server died or hung twice over this file, `SandboxUnavailable` if there is none or the pool
        is closed.
        """
        # The fork server may have been killed before this job came: a second try starts another.
        ended = self._try(file, job, counter) or self._try(file, job, counter)
        if ended is not None:
            self.last_peak = ended.peak_bytes
            return _content(ended, job.limits)
        # Is it the file or the sandbox? An empty file gets an answer, if only that it is empty,
        # wherever a fork server runs at all.
        if self._try(b"", job, None) is None:
            raise SandboxUnavailable("El proceso que lee los archivos no arranca o se cierra solo.")
        raise SandboxError("El proceso que lee los archivos se cerró solo, dos veces, con este.")

    def _try(self, file: bytes | Path, job: Job, counter: PageCounter | None) -> _Ended | None:
        """What became of one worker, or None if the fork server died or hung."""
        source = _open(file)
        answer, answer_end = os.pipe()
        report, report_end = os.pipe()
        with os.fdopen(answer, "rb", 0) as answers, os.fdopen(report, "rb", 0):
            try:
                with self._lock:
                    if not self._open:
                        raise SandboxUnavailable("El lector de archivos está cerrado.")
                    server = self._server = self._server or _ForkServer(self._kind)
                    sent = server.send(job, [source, answer_end, report_end])
            finally:
                # With our copies open the pipes would never end, not even when all others died.
                for descriptor in (source, answer_end, report_end):
                    os.close(descriptor)
            patience = FORK_SECONDS if server.ready else START_SECONDS
            if sent and _drain(report, 1, time.monotonic() + patience):
                server.ready = True
                # The fork server keeps the wall time; ours is for the case that it hangs itself.
                deadline = time.monotonic() + job.limits.wall_seconds + GRACE_SECONDS
                content = _drain(answer, job.limits.answer_bytes + 1, deadline, counter)
                answers.close()  # a worker that still writes gets a broken pipe and ends
                record = _drain(report, EXIT_RECORD.size, deadline)
                if len(record) == EXIT_RECORD.size:
                    return _Ended(content.lstrip(PAGE_DONE), *EXIT_RECORD.unpack(record))
        with self._lock:
            self._stop(server, patience=0.0)
        return None

    def _stop(self, server: _ForkServer | None, patience: float = 5.0) -> None:
        """End this fork server unless another thread has done so; call with the lock held."""
        if server is not None and server is self._server:
            self._server = None
            server.close(patience)


def _open(file: bytes | Path) -> int:
    """A descriptor of the file, for reading from its beginning."""
    if isinstance(file, Path):
        return os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    # A file in memory: the worker gets a descriptor, as of a path, and no disk is touched.
    descriptor = os.memfd_create("acervo", os.MFD_CLOEXEC)
    with os.fdopen(os.dup(descriptor), "wb") as stream:
        stream.write(file)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _drain(pipe: int, most: int, deadline: float, counter: PageCounter | None = None) -> bytes:
    """What comes through the pipe until it ends, there is too much, or it is too late. While all
    fits one small chunk, who looks on is told how many pages are done."""
    content = bytearray()
    while len(content) < most:
        ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        chunk = os.read(pipe, min(_CHUNK, most - len(content))) if ready else b""
        if not chunk:
            break
        content += chunk
        if counter is not None and len(content) < _WATCHED and content.startswith(PAGE_DONE):
            counter(len(content) - len(content.lstrip(PAGE_DONE)))
    return bytes(content)


def _content(ended: _Ended, limits: Limits) -> bytes:
    """What the worker answered. Raises the `ReadError` that explains why there is nothing."""
    kind, content = ended.answer[:1], ended.answer[1:]
    # The order matters: what was cut off at the limit still begins with «+», and a worker that the
    # server ended for its time died of SIGKILL, which alone would be told as a lack of memory.
    if len(ended.answer) > limits.answer_bytes:
        raise TooLarge("El archivo contiene más texto del que se admite.")
    if ended.timed_out:
        raise Stopped(f"El lector superó los {limits.wall_seconds:g} segundos que tiene.")
    if ended.answer == b"!memory":
        raise Stopped(f"El lector superó los {limits.memory_bytes >> 20} MB de memoria que tiene.")
    if os.WIFSIGNALED(ended.status):
        number = os.WTERMSIG(ended.status)
        name = next((known.name for known in signal.Signals if known == number), str(number))
        raise Stopped(f"El lector se detuvo: {_CAUSES.get(name, f'falló ({name})')}.")
    if kind == b"-":
        raise _error(content)
    if kind == b"+":
        return content
    raise Stopped("El lector se detuvo sin dar una respuesta.")


def _error(content: bytes) -> ReadError:
    """The error that a worker names; only those of our tree are believed."""
    try:
        name, message = json.loads(content)
        kind = getattr(errors, str(name))
        if not (isinstance(kind, type) and issubclass(kind, ReadError)):
            return invalid_answer(f"not an error of ours: {name}")
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        return invalid_answer(error)
    # Halves of surrogate pairs would fail later, in the database and on the terminal.
    return kind(str(message)[:_LONGEST_ERROR].encode("utf-8", "replace").decode())


def invalid_answer(cause: object) -> Unreadable:
    """The error over an answer that no worker of ours gives."""
    text = str(cause)[:_LONGEST_ERROR].encode("utf-8", "replace").decode()
    return Unreadable(f"El lector dio una respuesta no válida ({text}).")


class Sandbox:
    """Reads files in worker processes; use as a context manager, from as many threads as you like.
    Without `recognising`, scanned pages stay unread and the reading says so."""

    def __init__(self, limits: Limits | None = None, recognising: bool = True) -> None:
        self._limits = limits or Limits()
        self._recognising = recognising
        self._workers = WorkerPool("readers")
        self._tesseract = find_program()

    def __enter__(self) -> Self:
        self._workers.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def last_peak(self) -> int:
        """Bytes: the most memory that the last file read took, shared libraries included."""
        return self._workers.last_peak

    def read(self, data: bytes, name: str, watcher: Watcher | None = None) -> Reading:
        """What the file says. A PDF whose reader crashes is read once more by a slower one; one
        with scanned or damaged pages once more with those recognised, which takes a while.

        Raises the `ReadError` with the cause, `SandboxError` if the reading process died over the
        file, or `SandboxUnavailable` if none can be had.
        """
        if len(data) > MAX_FILE:
            raise TooLarge(
                f"El archivo pesa {len(data) / 1e6:.0f} MB; se admiten {MAX_FILE // 1_000_000} MB."
            )
        ready = make_ready(data, name)
        job = Job(ready.media_type, self._limits, ready.name[-_LONGEST_NAME:])
        try:
            reading = self._read(ready.data, job)
        except Stopped as error:
            # PDFium is native code and may crash where pypdf, slow and bounded, still finds text.
            if job.media_type not in SECOND_READERS:
                raise
            reading = self._read(ready.data, replace(job, second=True))
            reading = _warned(reading, f"el primer lector no pudo: {error}")
        else:
            if reading.scans:
                reading = self._recognise(reading, ready.data, job, watcher)
        return ready.complete(reading)

    def close(self) -> None:
        """End all that is still being read."""
        self._workers.close()

    def _recognise(
        self, reading: Reading, data: bytes, job: Job, watcher: Watcher | None
    ) -> Reading:
        """The file read again with its scans recognised; the first reading where that fails."""
        pages, scans = pages_phrase(reading.scans), reading.scans
        if not self._recognising:
            return _warned(reading, f"{pages}: sin leer por OCR, que está apagado")
        if self._tesseract is None:
            return _warned(reading, f"{pages}: sin leer, parecen imágenes; {INSTALL}")

        def count(done: int) -> None:
            # A hostile worker may send more dots than there are pages.
            if watcher is not None:
                watcher(min(done, len(scans)), len(scans))

        limits = self._limits.with_scans(len(scans))
        job = replace(job, limits=limits, scans=scans, program=str(self._tesseract))
        try:
            return self._read(data, job, count)
        except ReadError as error:
            return _warned(reading, f"{pages}: no se pudo leer por OCR. {error}")

    def _read(self, data: bytes, job: Job, counter: PageCounter | None = None) -> Reading:
        content = self._workers.run(data, job, counter)
        try:
            return unpack(content)
        except WireError as error:
            raise invalid_answer(error) from error


def _warned(reading: Reading, warning: str) -> Reading:
    return replace(reading, warnings=(*reading.warnings, warning))
