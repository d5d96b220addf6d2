"""Files to readings, each read by a limited process of its own: no parser runs in this one."""

import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest.convert import make_ready
from ingest.errors import ReadError, SandboxError, Stopped, TooLarge
from ingest.nursery import ENDING, GRACE, PAGE_DONE, Request
from ingest.outcome import Limits, Outcome, reading_of
from ingest.page_numbers import named
from ingest.readers import SECOND_READERS
from ingest.recognition.tesseract import INSTALL, find_program
from search.types import Reading

MAX_FILE = 50_000_000
CODE = Path(__file__).resolve().parent.parent
LONGEST_NAME = 255
CHUNK = 1 << 20
WATCHED = 4_000  # bytes at the beginning of an answer: more than a document has pages


Watcher = Callable[[int, int], None]
"""Called with the pages recognised so far and those to be recognised in all."""


@dataclass(frozen=True, slots=True)
class _Job:
    """One file for one child: `scans` are pages to recognise."""

    data: bytes
    name: str
    media_type: str
    limits: Limits
    second: bool = False
    scans: tuple[int, ...] = ()
    watcher: Watcher | None = None

    def message(self, program: Path | None) -> bytes:
        """What the nursery is told."""
        request = Request(
            name=self.name[-LONGEST_NAME:],
            media_type=self.media_type,
            second=self.second,
            memory_bytes=self.limits.memory_bytes,
            cpu_seconds=self.limits.cpu_seconds,
            wall_seconds=self.limits.wall_seconds,
            scans=list(self.scans),
            program=str(program or ""),
        )
        return json.dumps(request).encode()

    def watch(self, answer: bytes) -> None:
        """Tell who looks on how many pages are done, by the beginning of an answer."""
        done = len(answer) - len(answer.lstrip(PAGE_DONE))
        if self.watcher is not None and done:
            self.watcher(min(done, len(self.scans)), len(self.scans))


class Sandbox:
    """Reads files in child processes; use as a context manager, from as many threads as you like.
    Without `recognising`, scanned pages stay unread and the reading says so.

    A warm process (`ingest.nursery`) with the libraries loaded forks a child for every file.
    """

    def __init__(self, limits: Limits | None = None, recognising: bool = True) -> None:
        self._limits = limits or Limits()
        self._recognising = recognising
        self._lock = threading.Lock()
        self._nursery: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._open = False
        self._program = find_program()
        self.last_peak = 0
        """Bytes: the most memory that the last file read took, shared libraries included."""

    def __enter__(self) -> Self:
        with self._lock:
            self._open = True  # the process starts with the first file
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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
        job = _Job(ready.data, ready.name, ready.media_type, self._limits, watcher=watcher)
        return ready.complete(self._read_again(job))

    def _read_again(self, job: _Job) -> Reading:
        """The reading, a second one where the first failed or found pages to recognise."""
        try:
            reading = self._read(job)
        except Stopped as error:
            if job.media_type not in SECOND_READERS:
                raise
            reading = self._read(replace(job, second=True))
            return _warned(reading, f"el primer lector no pudo: {error}")
        return self._recognised(reading, job) if reading.scans else reading

    def _recognised(self, reading: Reading, job: _Job) -> Reading:
        """The file read again with its scans recognised; the first reading where that fails."""
        pages = named(reading.scans)
        if not self._recognising:
            return _warned(reading, f"{pages}: sin leer por OCR, que está apagado")
        if self._program is None:
            return _warned(reading, f"{pages}: sin leer, parecen imágenes; {INSTALL}")
        limits = self._limits.with_scans(len(reading.scans))
        try:
            return self._read(replace(job, limits=limits, scans=reading.scans))
        except ReadError as error:
            return _warned(reading, f"{pages}: no se pudo leer por OCR. {error}")

    def close(self) -> None:
        """End the nursery and with it all that is still being read."""
        with self._lock:
            self._open = False
            self._stop()

    def _read(self, job: _Job) -> Reading:
        outcome = self._ask(job) or self._ask(job)  # a dead nursery: once more
        if outcome is None:
            raise SandboxError("El proceso que lee los archivos no arranca o se cierra solo.")
        self.last_peak = outcome.peak_bytes
        return reading_of(outcome, job.limits)

    def _ask(self, job: _Job) -> Outcome | None:
        """What became of one child, or None if the nursery is gone."""
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

    def _send(self, job: _Job, pipes: tuple[int, int]) -> bool:
        file = os.memfd_create("acervo", os.MFD_CLOEXEC)
        try:
            with os.fdopen(os.dup(file), "wb") as stream:
                stream.write(job.data)
            os.lseek(file, 0, os.SEEK_SET)
            with self._lock:
                if not self._open:
                    raise SandboxError("El lector de archivos está cerrado.")
                return self._sent(job.message(self._program), [file, *pipes])
        finally:
            os.close(file)

    def _sent(self, message: bytes, descriptors: list[int]) -> bool:
        """Whether a nursery took the message; one that hangs up is dying and gets a successor."""
        for _ in range(2):
            try:
                socket.send_fds(self._start(), [message], descriptors)
            except OSError:
                self._stop()
            else:
                return True
        return False

    def _start(self) -> socket.socket:
        """The socket to a nursery that is alive; call with the lock held."""
        if self._control is not None and self._nursery is not None and self._nursery.poll() is None:
            return self._control
        self._stop()
        self._control, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            self._nursery = subprocess.Popen(  # noqa: S603 - our own module, no words of others
                [sys.executable, "-m", "ingest.nursery", str(other.fileno())],
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
        if self._nursery is not None:
            try:
                self._nursery.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._nursery.kill()
                self._nursery.wait()
            self._nursery = None


def _warned(reading: Reading, warning: str) -> Reading:
    return replace(reading, warnings=(*reading.warnings, warning))


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
