"""Fork server: loads the parser libraries once and forks a resource-limited child process for each
file to parse or page to render.

`python -m ingest.sandbox.worker 3 readers` loads the readers (`drawing`: what renders pages) and
then waits on socket 3 for jobs with three descriptors: the file, a pipe for the child's answer,
and one where the server tells that it has begun and how it ended. The other end of the socket is
`WorkerPool`.

An answer is `+` and the content, `-` and the error as JSON, or `!memory`; before it comes one
`PAGE_DONE` for each page that was recognised.
"""

import ctypes
import gc
import json
import os
import pickle
import resource
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from ingest.errors import ReadError
from ingest.formats import READERS, SECOND_READERS, preload
from ingest.sandbox.wire import EXIT_RECORD, PAGE_DONE, Job, pack
from search.text.languages import detect_language

_MESSAGE_BYTES = 65_536
_SHARE_FOR_PAGES = 0.8  # of the wall time: then no further page is begun, and those read are kept
_SAMPLE_TEXT = "Un texto lo bastante largo para que haya que mirarlo."
_SIGNAL_WHEN_ORPHANED = 1  # PR_SET_PDEATHSIG of prctl(2)


@dataclass(frozen=True, slots=True)
class _Child:
    """A worker: its process id, where is told how it ended, when it must be done."""

    process: int
    report: int
    deadline: float


def serve(control: socket.socket) -> None:
    """Fork for every message, report every end; when the other side hangs up, end all children."""
    children: dict[int, _Child] = {}
    while True:
        wait = min((child.deadline for child in children.values()), default=None)
        timeout = None if wait is None else max(0.0, wait - time.monotonic())
        # The keys are pidfds: they become readable when their process ends, so one `select` waits
        # for messages, ends and deadlines, without signal handlers or threads.
        ready, _, _ = select.select([control.fileno(), *children], [], [], timeout)
        for pidfd in children.keys() & set(ready):
            _reap(pidfd, children.pop(pidfd), timed_out=False)
        now = time.monotonic()
        for pidfd in [each for each, child in children.items() if child.deadline <= now]:
            _reap(pidfd, children.pop(pidfd), timed_out=True)
        if control.fileno() not in ready:
            continue
        message, descriptors, _, _ = socket.recv_fds(control, _MESSAGE_BYTES, 3)
        if not message:
            for pidfd, child in children.items():
                _reap(pidfd, child, timed_out=True)
            return
        pidfd, child = _start(pickle.loads(message), *descriptors)  # noqa: S301 - of our own pool
        children[pidfd] = child


def _start(job: Job, file: int, answer: int, report: int) -> tuple[int, _Child]:
    """Fork a child for the job; its pidfd, and what is to be known of it."""
    with suppress(BrokenPipeError):
        os.write(report, b"+")  # whoever asked can tell that this process does not hang
    if job.scans:
        _load_language_model()
    process = os.fork()
    if process == 0:
        _run_child(job, file, answer)
    # Only the child may hold the answer's end: the pool reads until the last writer is gone.
    os.close(file)
    os.close(answer)
    deadline = time.monotonic() + job.limits.wall_seconds
    return os.pidfd_open(process), _Child(process, report, deadline)


@cache
def _load_language_model() -> None:
    """Load what tells languages apart: it unpacks itself to a file, which children may not."""
    detect_language(_SAMPLE_TEXT, "es")


def _reap(pidfd: int, child: _Child, timed_out: bool) -> None:
    """End the child's whole process group, and say how it ended."""
    with suppress(ProcessLookupError):  # not yet a group of its own, or gone already
        os.killpg(child.process, signal.SIGKILL)  # also what it started itself, like tesseract
    os.kill(child.process, signal.SIGKILL)  # until it is waited for, the number stays its own
    _, status, used = os.wait4(child.process, 0)
    os.close(pidfd)
    with suppress(BrokenPipeError):  # who asked has gone away
        peak = used.ru_maxrss << 10  # Linux counts in KiB
        os.write(child.report, EXIT_RECORD.pack(status, timed_out, peak))
    os.close(child.report)


def _run_child(job: Job, file: int, answer: int) -> None:
    """The whole life of a child: limits, reading, answer. Never returns."""
    code = 1
    try:
        os.setsid()
        # The server keeps the wall time; should it be killed, its children die with it.
        ctypes.CDLL(None).prctl(_SIGNAL_WHEN_ORPHANED, signal.SIGKILL)
        gc.disable()  # it lives too briefly to need it, and one page makes thousands of objects
        # A parser that is taken over must not reach the socket or the pipes of other children.
        low = 3  # standard streams stay: they lead to /dev/null
        for descriptor in sorted((file, answer)):
            os.closerange(low, descriptor)
            low = descriptor + 1
        os.closerange(low, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        memory, seconds = job.limits.memory_bytes, job.limits.cpu_seconds
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # a reader writes nothing but pipes
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        _write(answer, _answer(job, file, answer))
        code = 0
    finally:
        # Not `sys.exit`: no handler or buffer of the server, which the child inherited, may run.
        os._exit(code)


def _answer(job: Job, file: int, answer: int) -> bytes:
    try:
        with os.fdopen(file, "rb") as stream:
            data = stream.read()
        # The PDF library is not loaded at the top: the server may be one for other work.
        if job.picture:
            from ingest.pdf.render import draw_page

            return b"+" + draw_page(data, *job.picture)
        if job.scans:
            from ingest.pdf.ocr import Task
            from ingest.pdf.reader import read_pdf

            task = Task(
                pages=job.scans,
                program=Path(job.program),
                until=time.monotonic() + _SHARE_FOR_PAGES * job.limits.wall_seconds,
                tell=lambda: _write(answer, PAGE_DONE),
            )
            return b"+" + pack(read_pdf(data, job.name, task))
        readers = SECOND_READERS if job.second else READERS
        return b"+" + pack(readers[job.media_type](data, job.name))
    except ReadError as error:
        return b"-" + json.dumps([type(error).__name__, str(error)]).encode()
    except MemoryError:
        return b"!memory"
    except Exception as error:  # noqa: BLE001 - the border of the sandbox: any bug of any parser
        cause = f"El archivo está dañado o no es lo que parece ({type(error).__name__}: {error})."
        return b"-" + json.dumps(["Unreadable", cause]).encode()


def _write(pipe: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(pipe, view) :]


def main() -> None:
    """Load what is needed, silence the libraries, freeze what the children share, serve."""
    if sys.argv[2] == "drawing":
        import_module("ingest.pdf.render")
    else:
        preload()
    # Only now: an error while loading shall be seen, what parsers print about files shall not.
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    # Objects in the permanent generation are not touched by the collector, so their memory pages
    # stay shared with every child (copy on write).
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as control:
        serve(control)


if __name__ == "__main__":
    main()
