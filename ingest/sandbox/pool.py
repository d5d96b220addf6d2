"""Runs parse and render jobs in worker processes, started on demand, and turns how a worker ended
into a result or an error.

No parser runs in this process: `Sandbox.read` and `Previews.draw` hand each file to a
`WorkerPool`, which asks a fork server (`ingest.sandbox.worker`) for a worker of its own.
"""

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
from ingest.sandbox.wire import WireError, unpack
from ingest.sandbox.worker import EXIT_RECORD, GRACE_SECONDS, PAGE_DONE, Request
from search.documents import Reading

MAX_FILE = 50_000_000
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


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost; for each page to be recognised more, up to a whole hour.

    Native parsers abort or swell on files of 3 kB, and python-docx takes 2.8 GB for a zip of
    400 kB: every file is taken for hostile."""

    memory_bytes: int = 2 << 30
    cpu_seconds: int = 60
    wall_seconds: float = 90.0  # more than CPU time: reading shares the cores with embedding
    answer_bytes: int = 96_000_000
    page_seconds: int = 60  # as long as one run of Tesseract may take; 2 CPU seconds are usual
    longest_seconds: int = 3_600

    def with_scans(self, pages: int) -> Self:
        """The limits where that many pages are to be recognised."""
        more = self.page_seconds * pages
        wall = max(self.wall_seconds, min(self.wall_seconds + more, self.longest_seconds))
        return replace(self, cpu_seconds=self.cpu_seconds + more, wall_seconds=wall)


@dataclass(frozen=True, slots=True)
class Job:
    """One file for one worker: its bytes, or where it lies so that only the worker reads it."""

    file: bytes | Path
    request: Request
    limits: Limits
    counter: PageCounter | None = None

    def open(self) -> int:
        """A descriptor of the file, for reading from its beginning."""
        if isinstance(self.file, Path):
            return os.open(self.file, os.O_RDONLY | os.O_CLOEXEC)
        # A file in memory: the worker gets a descriptor, as of a path, and no disk is touched.
        descriptor = os.memfd_create("acervo", os.MFD_CLOEXEC)
        with os.fdopen(os.dup(descriptor), "wb") as stream:
            stream.write(self.file)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return descriptor

    def tell_progress(self, answer: bytes) -> None:
        """Tell who looks on how many pages are done, by the beginning of an answer."""
        done = len(answer) - len(answer.lstrip(PAGE_DONE))
        if self.counter is not None and done:
            self.counter(done)


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a worker sent, its wait status, whether it was ended for taking too long, and the most
    memory that it held."""

    answer: bytes
    status: int
    timed_out: bool
    peak_bytes: int


def reading_of(result: JobResult, limits: Limits) -> Reading:
    """The reading in a worker's answer. Raises the `ReadError` that explains why there is none."""
    try:
        return unpack(content_of(result, limits))
    except WireError as error:
        raise _invalid(error) from error


def picture_of(result: JobResult, limits: Limits) -> bytes:
    """The WebP in a worker's answer. Raises the `ReadError` that explains why there is none."""
    content = content_of(result, limits)
    # The image goes to browsers as it is: what a subverted renderer sends must at least be one.
    if not is_webp(content):
        raise _invalid(WireError("not a WebP"))
    return content


def is_webp(content: bytes) -> bool:
    """Whether these are the bytes of a WebP file, all of them (RIFF container, RFC 9649)."""
    size = int.from_bytes(content[4:8], "little") + 8
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP" and size == len(content)


def content_of(result: JobResult, limits: Limits) -> bytes:
    """What the worker answered. Raises the `ReadError` that explains why there is nothing."""
    kind, content = result.answer[:1], result.answer[1:]
    # The order matters: what was cut off at the limit still begins with «+», and a worker that the
    # server ended for its time died of SIGKILL, which alone would be told as a lack of memory.
    if len(result.answer) > limits.answer_bytes:
        raise TooLarge("El archivo contiene más texto del que se admite.")
    if result.timed_out:
        raise Stopped(f"El lector superó los {limits.wall_seconds:g} segundos que tiene.")
    if result.answer == b"!memory":
        raise Stopped(f"El lector superó los {limits.memory_bytes >> 20} MB de memoria que tiene.")
    if os.WIFSIGNALED(result.status):
        number = os.WTERMSIG(result.status)
        name = next((known.name for known in signal.Signals if known == number), str(number))
        raise Stopped(f"El lector se detuvo: {_CAUSES.get(name, f'falló ({name})')}.")
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
    """The error that a worker names; only those of our tree are believed."""
    try:
        name, message = json.loads(content)
        kind = getattr(errors, str(name))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise WireError(str(error)) from error
    if not isinstance(kind, type) or not issubclass(kind, ReadError):
        raise WireError(f"not an error of ours: {name}")
    # Halves of surrogate pairs would fail later, in the database and on the terminal.
    text = str(message)[:_LONGEST_ERROR].encode("utf-8", "replace").decode()
    return kind(text)


class WorkerPool:
    """Holds the fork server, a warm process that forks a worker for every job; for many threads.

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

    def run(self, job: Job) -> JobResult:
        """Run the job in a worker of its own and wait for its end.

        Raises `SandboxError` if the fork server died twice over this job, `SandboxUnavailable` if
        there is none or the pool is closed.
        """
        # The fork server may have been killed before this job came: a second try starts another.
        result = self._try(job) or self._try(job)
        if result is not None:
            return result
        # Is it the file or the sandbox? An empty file gets an answer, if only that it is empty,
        # wherever a fork server runs at all.
        if self._try(replace(job, file=b"", counter=None)) is None:
            raise SandboxUnavailable("El proceso que lee los archivos no arranca o se cierra solo.")
        raise SandboxError("El proceso que lee los archivos se cerró solo, dos veces, con este.")

    def _try(self, job: Job) -> JobResult | None:
        """What became of one worker, or None if the fork server is gone."""
        answer, answer_end = os.pipe()
        exit_pipe, exit_end = os.pipe()
        with os.fdopen(answer, "rb", 0) as answers, os.fdopen(exit_pipe, "rb", 0):
            try:
                sent = self._send(job, (answer_end, exit_end))
            finally:
                # With our copies open the pipes would never end, not even when all others died.
                os.close(answer_end)
                os.close(exit_end)
            if not sent:
                return None
            # The fork server keeps the wall time; ours is for the case that it hangs itself.
            deadline = time.monotonic() + job.limits.wall_seconds + GRACE_SECONDS
            content = _drain(answer, job.limits.answer_bytes + 1, deadline, job.tell_progress)
            answers.close()  # a worker that still writes gets a broken pipe and ends
            record = _drain(exit_pipe, EXIT_RECORD.size, deadline)
        if len(record) < EXIT_RECORD.size:
            return None
        return JobResult(content.lstrip(PAGE_DONE), *EXIT_RECORD.unpack(record))

    def _send(self, job: Job, pipes: tuple[int, int]) -> bool:
        """Whether a fork server took the job; one that hangs up is replaced."""
        file = job.open()
        message = json.dumps(job.request).encode()
        try:
            with self._lock:
                if not self._open:
                    raise SandboxUnavailable("El lector de archivos está cerrado.")
                for _ in range(2):
                    try:
                        socket.send_fds(self._start(), [message], [file, *pipes])
                    except OSError:
                        self._stop()
                    else:
                        return True
                return False
        finally:
            os.close(file)

    def _start(self) -> socket.socket:
        """The socket to a fork server that is alive; call with the lock held."""
        alive = self._fork_server is not None and self._fork_server.poll() is None
        if self._control is not None and alive:
            return self._control
        self._stop()
        # SEQPACKET keeps the borders of messages, so that descriptors cannot get to another's.
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
                    "PYTHONPATH": str(_CODE),
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "OPENBLAS_NUM_THREADS": "1",
                    "LANG": "C.UTF-8",
                },
                # Ctrl-C goes to the whole group of a terminal: we end the server, not the key.
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
        chunk = os.read(pipe, min(_CHUNK, most - size)) if ready else b""
        if not chunk:
            break
        chunks.append(chunk)
        size += len(chunk)
        if watch is not None and size < _WATCHED:
            watch(b"".join(chunks))
    return b"".join(chunks)


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
        """What a worker is told, and who hears of its progress."""
        request = Request(
            name=self.name[-_LONGEST_NAME:],
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
        # A hostile worker may send more dots than there are pages.
        if self.watcher is not None:
            self.watcher(min(done, len(self.scans)), len(self.scans))


class Sandbox:
    """Reads files in worker processes; use as a context manager, from as many threads as you like.
    Without `recognising`, scanned pages stay unread and the reading says so."""

    def __init__(self, limits: Limits | None = None, recognising: bool = True) -> None:
        self._limits = limits or Limits()
        self._recognising = recognising
        self._workers = WorkerPool("readers")
        self._tesseract = find_program()
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

        Raises the `ReadError` with the cause, `SandboxError` if the reading process died over the
        file, or `SandboxUnavailable` if none can be had.
        """
        if len(data) > MAX_FILE:
            raise TooLarge(
                f"El archivo pesa {len(data) / 1e6:.0f} MB; se admiten {MAX_FILE // 1_000_000} MB."
            )
        ready = make_ready(data, name)
        task = _Task(ready.data, ready.name, ready.media_type, self._limits, watcher=watcher)
        return ready.complete(self._read_again(task))

    def close(self) -> None:
        """End all that is still being read."""
        self._workers.close()

    def _read_again(self, task: _Task) -> Reading:
        """The reading, a second one where the first failed or found pages to recognise."""
        try:
            reading = self._read(task)
        except Stopped as error:
            # PDFium is native code and may crash where pypdf, slow and bounded, still finds text.
            if task.media_type not in SECOND_READERS:
                raise
            reading = self._read(replace(task, second=True))
            return _warned(reading, f"el primer lector no pudo: {error}")
        return self._recognised(reading, task) if reading.scans else reading

    def _recognised(self, reading: Reading, task: _Task) -> Reading:
        """The file read again with its scans recognised; the first reading where that fails."""
        pages = pages_phrase(reading.scans)
        if not self._recognising:
            return _warned(reading, f"{pages}: sin leer por OCR, que está apagado")
        if self._tesseract is None:
            return _warned(reading, f"{pages}: sin leer, parecen imágenes; {INSTALL}")
        limits = self._limits.with_scans(len(reading.scans))
        try:
            return self._read(replace(task, limits=limits, scans=reading.scans))
        except ReadError as error:
            return _warned(reading, f"{pages}: no se pudo leer por OCR. {error}")

    def _read(self, task: _Task) -> Reading:
        result = self._workers.run(task.job(self._tesseract))
        self.last_peak = result.peak_bytes
        return reading_of(result, task.limits)


def _warned(reading: Reading, warning: str) -> Reading:
    return replace(reading, warnings=(*reading.warnings, warning))
