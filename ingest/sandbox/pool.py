"""Files to readings, each read by a limited process of its own: no parser runs in this one."""

import json
import os
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
from ingest.errors import ReadError, SandboxError, Stopped, TooLarge, Unreadable
from ingest.formats import SECOND_READERS
from ingest.pdf.tesseract import INSTALL, find_program
from ingest.readers.clean import named
from ingest.sandbox.libreoffice import make_ready
from ingest.sandbox.wire import WireError, unpack
from ingest.sandbox.worker import ENDING, GRACE, PAGE_DONE, Request
from search.documents import Reading

LONGEST_MESSAGE = 500  # characters of an error that comes from a child
CAUSES = {
    "SIGXCPU": "necesitó demasiado tiempo de procesador",
    "SIGKILL": "el sistema lo detuvo, quizá por falta de memoria",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost; for each page to be recognised more, up to a whole hour."""

    memory_bytes: int = 2 << 30
    cpu_seconds: int = 60
    wall_seconds: float = 90.0
    answer_bytes: int = 96_000_000
    page_seconds: int = 60
    longest_seconds: int = 3_600

    def with_scans(self, pages: int) -> Self:
        """The limits where that many pages are to be recognised."""
        more = self.page_seconds * pages
        wall = max(self.wall_seconds, min(self.wall_seconds + more, self.longest_seconds))
        return replace(self, cpu_seconds=self.cpu_seconds + more, wall_seconds=wall)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a child sent, how it ended, and the most memory that it held."""

    answer: bytes
    status: int
    timed_out: bool
    peak_bytes: int


def reading_of(outcome: Outcome, limits: Limits) -> Reading:
    """The reading in the child's answer. Raises the `ReadError` that explains why there is none."""
    try:
        return unpack(content_of(outcome, limits))
    except WireError as error:
        raise _invalid(error) from error


def picture_of(outcome: Outcome, limits: Limits) -> bytes:
    """The WebP in the child's answer. Raises the `ReadError` that explains why there is none."""
    content = content_of(outcome, limits)
    if not is_webp(content):
        raise _invalid(WireError("not a WebP"))
    return content


def is_webp(content: bytes) -> bool:
    """Whether these are the bytes of a WebP file, all of them."""
    size = int.from_bytes(content[4:8], "little") + 8
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP" and size == len(content)


def content_of(outcome: Outcome, limits: Limits) -> bytes:
    """What the child answered. Raises the `ReadError` that explains why there is nothing."""
    kind, content = outcome.answer[:1], outcome.answer[1:]
    if len(outcome.answer) > limits.answer_bytes:
        raise TooLarge("El archivo contiene más texto del que se admite.")
    if outcome.timed_out:
        raise Stopped(f"El lector superó los {limits.wall_seconds:g} segundos que tiene.")
    if outcome.answer == b"!memory":
        raise Stopped(f"El lector superó los {limits.memory_bytes >> 20} MB de memoria que tiene.")
    if os.WIFSIGNALED(outcome.status):
        number = os.WTERMSIG(outcome.status)
        name = next((known.name for known in signal.Signals if known == number), str(number))
        raise Stopped(f"El lector se detuvo: {CAUSES.get(name, f'falló ({name})')}.")
    try:
        if kind == b"-":
            raise _error(content)
    except WireError as error:
        raise _invalid(error) from error
    if kind == b"+":
        return content
    raise Stopped("El lector se detuvo sin dar una respuesta.")


def _invalid(error: WireError) -> Unreadable:
    return Unreadable(f"El lector dio una respuesta no válida ({error}).")


def _error(content: bytes) -> ReadError:
    """The error that a child names; only those of our tree are believed."""
    try:
        name, message = json.loads(content)
        kind = getattr(errors, str(name))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise WireError(str(error)) from error
    if not isinstance(kind, type) or not issubclass(kind, ReadError):
        raise WireError(f"not an error of ours: {name}")
    text = str(message)[:LONGEST_MESSAGE].encode("utf-8", "replace").decode()
    return kind(text)


CODE = Path(__file__).resolve().parents[2]
CHUNK = 1 << 20
WATCHED = 4_000  # bytes at the beginning of an answer: more than a document has pages

Counter = Callable[[int], None]
"""Called with the pages that are done so far."""


@dataclass(frozen=True, slots=True)
class Job:
    """One file for one child: its bytes, or where it lies so that only the child reads it."""

    file: bytes | Path
    request: Request
    limits: Limits
    counter: Counter | None = None

    def open(self) -> int:
        """A descriptor of the file, for reading from its beginning."""
        if isinstance(self.file, Path):
            return os.open(self.file, os.O_RDONLY | os.O_CLOEXEC)
        descriptor = os.memfd_create("acervo", os.MFD_CLOEXEC)
        with os.fdopen(os.dup(descriptor), "wb") as stream:
            stream.write(self.file)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return descriptor

    def watch(self, answer: bytes) -> None:
        """Tell who looks on how many pages are done, by the beginning of an answer."""
        done = len(answer) - len(answer.lstrip(PAGE_DONE))
        if self.counter is not None and done:
            self.counter(done)


class WorkerPool:
    """Holds the fork server, a warm process that forks a child for every job; for many threads.

    `kind` is what the fork server loads before it forks: `readers` or `drawing`.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._lock = threading.Lock()
        self._fork_server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._open = False

    def open(self) -> None:
        """Take jobs from now on; the process starts with the first."""
        with self._lock:
            self._open = True

    def close(self) -> None:
        """End the fork server and with it all that is still being done."""
        with self._lock:
            self._open = False
            self._stop()

    def outcome(self, job: Job) -> Outcome:
        """What became of the job. Raises `SandboxError` if no process can be had."""
        outcome = self._ask(job) or self._ask(job)  # a dead fork server: once more
        if outcome is None:
            raise SandboxError("El proceso que lee los archivos no arranca o se cierra solo.")
        return outcome

    def _ask(self, job: Job) -> Outcome | None:
        """What became of one child, or None if the fork server is gone."""
        answer, answer_end = os.pipe()
        ending, ending_end = os.pipe()
        with os.fdopen(answer, "rb", 0) as answers, os.fdopen(ending, "rb", 0):
            try:
                sent = self._send(job, (answer_end, ending_end))
            finally:
                os.close(answer_end)
                os.close(ending_end)
            if not sent:
                return None
            deadline = time.monotonic() + job.limits.wall_seconds + GRACE
            content = _drain(answer, job.limits.answer_bytes + 1, deadline, job.watch)
            answers.close()  # a child that still writes gets a broken pipe and ends
            end = _drain(ending, ENDING.size, deadline)
        if len(end) < ENDING.size:
            return None
        return Outcome(content.lstrip(PAGE_DONE), *ENDING.unpack(end))

    def _send(self, job: Job, pipes: tuple[int, int]) -> bool:
        file = job.open()
        try:
            with self._lock:
                if not self._open:
                    raise SandboxError("El lector de archivos está cerrado.")
                return self._sent(json.dumps(job.request).encode(), [file, *pipes])
        finally:
            os.close(file)

    def _sent(self, message: bytes, descriptors: list[int]) -> bool:
        """Whether a fork server took the message; one that hangs up is replaced."""
        for _ in range(2):
            try:
                socket.send_fds(self._start(), [message], descriptors)
            except OSError:
                self._stop()
            else:
                return True
        return False

    def _start(self) -> socket.socket:
        """The socket to a fork server that is alive; call with the lock held."""
        alive = self._fork_server is not None and self._fork_server.poll() is None
        if self._control is not None and alive:
            return self._control
        self._stop()
        self._control, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            self._fork_server = subprocess.Popen(  # noqa: S603 - our own module, no words of others
                [sys.executable, "-m", "ingest.sandbox.worker", str(other.fileno()), self._kind],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # its stderr shows why it does not start, if so
                pass_fds=[other.fileno()],
                cwd="/",
                # No variable of ours reaches a parser; numerical libraries must not start threads.
                env={
                    "PYTHONPATH": str(CODE),
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "OPENBLAS_NUM_THREADS": "1",
                    "LANG": "C.UTF-8",
                },
                start_new_session=True,
            )
        return self._control

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._fork_server is not None:
            try:
                self._fork_server.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._fork_server.kill()
                self._fork_server.wait()
            self._fork_server = None


def _drain(
    pipe: int, most: int, deadline: float, watch: Callable[[bytes], None] | None = None
) -> bytes:
    """What comes through the pipe until it ends, there is too much, or it is too late. While all
    fits one small chunk, `watch` sees it grow."""
    chunks: list[bytes] = []
    size = 0
    while size < most:
        ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        chunk = os.read(pipe, min(CHUNK, most - size)) if ready else b""
        if not chunk:
            break
        chunks.append(chunk)
        size += len(chunk)
        if watch is not None and size < WATCHED:
            watch(b"".join(chunks))
    return b"".join(chunks)


MAX_FILE = 50_000_000
LONGEST_NAME = 255

Watcher = Callable[[int, int], None]
"""Called with the pages recognised so far and those to be recognised in all."""


@dataclass(frozen=True, slots=True)
class _Task:
    """One file to be read: `scans` are pages to recognise."""

    data: bytes
    name: str
    media_type: str
    limits: Limits
    second: bool = False
    scans: tuple[int, ...] = ()
    watcher: Watcher | None = None

    def job(self, program: Path | None) -> Job:
        """What a child is told, and who hears of its progress."""
        request = Request(
            name=self.name[-LONGEST_NAME:],
            media_type=self.media_type,
            second=self.second,
            memory_bytes=self.limits.memory_bytes,
            cpu_seconds=self.limits.cpu_seconds,
            wall_seconds=self.limits.wall_seconds,
            scans=list(self.scans),
            program=str(program or ""),
            picture=None,
        )
        return Job(self.data, request, self.limits, self._count if self.watcher else None)

    def _count(self, done: int) -> None:
        if self.watcher is not None:
            self.watcher(min(done, len(self.scans)), len(self.scans))


class Sandbox:
    """Reads files in child processes; use as a context manager, from as many threads as you like.
    Without `recognising`, scanned pages stay unread and the reading says so.

    A warm process (`ingest.sandbox.worker`) with the libraries loaded forks a child for every file.
    """

    def __init__(self, limits: Limits | None = None, recognising: bool = True) -> None:
        self._limits = limits or Limits()
        self._recognising = recognising
        self._workers = WorkerPool("readers")
        self._program = find_program()
        self.last_peak = 0
        """Bytes: the most memory that the last file read took, shared libraries included."""

    def __enter__(self) -> Self:
        self._workers.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, data: bytes, name: str, watcher: Watcher | None = None) -> Reading:
        """What the file says. A PDF whose reader crashes is read once more by a slower one; one
        with scanned or damaged pages once more with those recognised, which takes a while.

        Raises the `ReadError` with the cause, or `SandboxError` if no process can be had.
        """
        if len(data) > MAX_FILE:
            raise TooLarge(
                f"El archivo pesa {len(data) / 1e6:.0f} MB; se admiten {MAX_FILE // 1_000_000} MB."
            )
        ready = make_ready(data, name)
        task = _Task(ready.data, ready.name, ready.media_type, self._limits, watcher=watcher)
        return ready.complete(self._read_again(task))

    def _read_again(self, task: _Task) -> Reading:
        """The reading, a second one where the first failed or found pages to recognise."""
        try:
            reading = self._read(task)
        except Stopped as error:
            if task.media_type not in SECOND_READERS:
                raise
            reading = self._read(replace(task, second=True))
            return _warned(reading, f"el primer lector no pudo: {error}")
        return self._recognised(reading, task) if reading.scans else reading

    def _recognised(self, reading: Reading, task: _Task) -> Reading:
        """The file read again with its scans recognised; the first reading where that fails."""
        pages = named(reading.scans)
        if not self._recognising:
            return _warned(reading, f"{pages}: sin leer por OCR, que está apagado")
        if self._program is None:
            return _warned(reading, f"{pages}: sin leer, parecen imágenes; {INSTALL}")
        limits = self._limits.with_scans(len(reading.scans))
        try:
            return self._read(replace(task, limits=limits, scans=reading.scans))
        except ReadError as error:
            return _warned(reading, f"{pages}: no se pudo leer por OCR. {error}")

    def close(self) -> None:
        """End all that is still being read."""
        self._workers.close()

    def _read(self, task: _Task) -> Reading:
        outcome = self._workers.outcome(task.job(self._program))
        self.last_peak = outcome.peak_bytes
        return reading_of(outcome, task.limits)


def _warned(reading: Reading, warning: str) -> Reading:
    return replace(reading, warnings=(*reading.warnings, warning))
