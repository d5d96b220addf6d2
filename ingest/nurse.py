"""Jobs → what became of the children that did them, asked of a nursery that starts when needed."""

import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import SandboxError
from ingest.nursery import ENDING, GRACE, PAGE_DONE, Request
from ingest.outcome import Limits, Outcome

CODE = Path(__file__).resolve().parent.parent
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


class Nurse:
    """Holds the nursery, a warm process that forks a child for every job; for many threads.

    `kind` is what the nursery loads before it forks: `readers` or `drawing`.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._lock = threading.Lock()
        self._nursery: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._open = False

    def open(self) -> None:
        """Take jobs from now on; the process starts with the first."""
        with self._lock:
            self._open = True

    def close(self) -> None:
        """End the nursery and with it all that is still being done."""
        with self._lock:
            self._open = False
            self._stop()

    def outcome(self, job: Job) -> Outcome:
        """What became of the job. Raises `SandboxError` if no process can be had."""
        outcome = self._ask(job) or self._ask(job)  # a dead nursery: once more
        if outcome is None:
            raise SandboxError("El proceso que lee los archivos no arranca o se cierra solo.")
        return outcome

    def _ask(self, job: Job) -> Outcome | None:
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
                [sys.executable, "-m", "ingest.nursery", str(other.fileno()), self._kind],
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
