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
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest import errors
from ingest.errors import ReadError, SandboxError, Stopped, TooLarge, Unreadable
from ingest.nursery import ENDING, GRACE
from ingest.readers import SECOND_READERS, sniff
from ingest.wire import WireError, unpack
from search.types import Reading

MAX_FILE = 50_000_000
CODE = Path(__file__).resolve().parent.parent
LONGEST_MESSAGE = 500  # characters of an error that comes from a child
LONGEST_NAME = 255
CHUNK = 1 << 20
CAUSES = {
    "SIGXCPU": "necesitó demasiado tiempo de procesador",
    "SIGKILL": "el sistema lo detuvo, quizá por falta de memoria",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost."""

    memory_bytes: int = 2 << 30
    cpu_seconds: int = 60
    wall_seconds: float = 90.0
    answer_bytes: int = 96_000_000


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a child sent, and how it ended."""

    answer: bytes
    status: int
    timed_out: bool


class Sandbox:
    """Reads files in child processes; use as a context manager, from as many threads as you like.

    A warm process (`ingest.nursery`) with the libraries loaded forks a child for every file.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._nursery: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._open = False

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

    def read(self, data: bytes, name: str) -> Reading:
        """What the file says. A PDF whose reader crashes is read once more by a slower one.

        Raises the `ReadError` with the cause, or `SandboxError` if no process can be had.
        """
        if len(data) > MAX_FILE:
            raise TooLarge(
                f"El archivo pesa {len(data) / 1e6:.0f} MB; se admiten {MAX_FILE // 1_000_000} MB."
            )
        media_type = sniff(data, name)
        try:
            return self._read(data, name, media_type, second=False)
        except Stopped as error:
            if media_type not in SECOND_READERS:
                raise
            reading = self._read(data, name, media_type, second=True)
            warning = f"el primer lector no pudo: {error}"
            return replace(reading, warnings=(*reading.warnings, warning))

    def close(self) -> None:
        """End the nursery and with it all that is still being read."""
        with self._lock:
            self._open = False
            self._stop()

    def _read(self, data: bytes, name: str, media_type: str, second: bool) -> Reading:
        request = {
            "name": name[-LONGEST_NAME:],
            "media_type": media_type,
            "second": second,
            "memory_bytes": self._limits.memory_bytes,
            "cpu_seconds": self._limits.cpu_seconds,
            "wall_seconds": self._limits.wall_seconds,
        }
        message = json.dumps(request).encode()
        outcome = self._ask(message, data) or self._ask(message, data)  # a dead nursery: once more
        if outcome is None:
            raise SandboxError("El proceso que lee los archivos no arranca o se cierra solo.")
        return _reading(outcome, self._limits)

    def _ask(self, message: bytes, data: bytes) -> _Outcome | None:
        """What became of one child, or None if the nursery is gone."""
        answer, answer_end = os.pipe()
        ending, ending_end = os.pipe()
        with os.fdopen(answer, "rb", 0) as answers, os.fdopen(ending, "rb", 0):
            try:
                sent = self._send(message, data, (answer_end, ending_end))
            finally:
                os.close(answer_end)
                os.close(ending_end)
            if not sent:
                return None
            deadline = time.monotonic() + self._limits.wall_seconds + GRACE
            content = _drain(answer, self._limits.answer_bytes + 1, deadline)
            answers.close()  # a child that still writes gets a broken pipe and ends
            end = _drain(ending, ENDING.size, deadline)
        if len(end) < ENDING.size:
            return None
        return _Outcome(content, *ENDING.unpack(end))

    def _send(self, message: bytes, data: bytes, pipes: tuple[int, int]) -> bool:
        file = os.memfd_create("acervo", os.MFD_CLOEXEC)
        try:
            with os.fdopen(os.dup(file), "wb") as stream:
                stream.write(data)
            os.lseek(file, 0, os.SEEK_SET)
            with self._lock:
                if not self._open:
                    raise SandboxError("El lector de archivos está cerrado.")
                control = self._start()
                try:
                    socket.send_fds(control, [message], [file, *pipes])
                except OSError:
                    self._stop()
                    return False
            return True
        finally:
            os.close(file)

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


def _drain(pipe: int, most: int, deadline: float) -> bytes:
    """What comes through the pipe until it ends, there is too much, or it is too late."""
    chunks: list[bytes] = []
    size = 0
    while size < most:
        ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        chunk = os.read(pipe, min(CHUNK, most - size)) if ready else b""
        if not chunk:
            break
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)


def _reading(outcome: _Outcome, limits: Limits) -> Reading:
    """The reading in the child's answer, or the error that explains why there is none."""
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
        if kind == b"+":
            return unpack(content)
    except WireError as error:
        raise Unreadable(f"El lector dio una respuesta no válida ({error}).") from error
    raise Stopped("El lector se detuvo sin dar una respuesta.")


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
