"""Fork server: loads the parser libraries once and forks a resource-limited child process for each
file to parse or page to render.

`python -m ingest.sandbox.worker 3 readers` loads the readers (`drawing`: what renders pages) and
then waits on socket 3 for messages with three descriptors: the file, a pipe for the child's answer,
a pipe for the record of how it ended. The other end of the socket is `WorkerPool`.

An answer is `+` and the content, `-` and the error as JSON, or `!memory`; before it comes one
`PAGE_DONE` for each page that was recognised.
"""

import array
import gc
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TypedDict

from ingest.errors import ReadError
from ingest.formats import READERS, SECOND_READERS, preload
from ingest.sandbox.wire import pack
from search.documents import Reading
from search.text.languages import detect_language

# Wait status, whether we killed it for taking too long, the most memory that it held in bytes.
EXIT_RECORD = struct.Struct("<i?q")
PAGE_DONE = b"."
"""Comes before the answer, once for each page that was recognised."""
GRACE_SECONDS = 10  # after its wall time: then a child that lost the server ends by itself
_MESSAGE_BYTES = 65_536
_DESCRIPTORS = 3
_SHARE_FOR_PAGES = 0.8  # of the wall time: then no further page is begun, and those read are kept
_SAMPLE_TEXT = "Un texto lo bastante largo para que haya que mirarlo."


class Request(TypedDict):
    """What is to be read and within which limits; `scans` are pages to recognise by `program`,
    `picture` the page to render instead and its width in pixels."""

    name: str
    media_type: str
    second: bool
    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float
    scans: list[int]
    program: str
    picture: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A child at work: its process id, where its exit record goes, when it must be done."""

    process: int
    exit_pipe: int
    deadline: float


def serve(control: socket.socket) -> None:
    """Fork for every message, report every end; when the other side hangs up, end all children."""
    children: dict[int, WorkerProcess] = {}
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
        if control.fileno() in ready and not _receive(control, children):
            for pidfd, child in children.items():
                _reap(pidfd, child, timed_out=True)
            return


def _receive(control: socket.socket, children: dict[int, WorkerProcess]) -> bool:
    """Start a child for the next message; false when there will be none."""
    message, descriptors = _message(control)
    if len(descriptors) < _DESCRIPTORS:
        return False
    file, answer, exit_pipe = descriptors
    request: Request = json.loads(message)
    if request["scans"]:
        _load_language_model()
    process = os.fork()
    if process == 0:
        _run_child(request, file, answer)
    # Only the child may hold the answer's end: the pool reads until the last writer is gone.
    os.close(file)
    os.close(answer)
    deadline = time.monotonic() + request["wall_seconds"]
    children[os.pidfd_open(process)] = WorkerProcess(process, exit_pipe, deadline)
    return True


@cache
def _load_language_model() -> None:
    """Load what tells languages apart: it unpacks itself to a file, which children may not."""
    detect_language(_SAMPLE_TEXT, "es")


def _message(control: socket.socket) -> tuple[bytes, list[int]]:
    descriptors = array.array("i")
    size = socket.CMSG_SPACE(_DESCRIPTORS * descriptors.itemsize)
    message, ancillary, _, _ = control.recvmsg(_MESSAGE_BYTES, size)
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    return message, list(descriptors)


def _reap(pidfd: int, child: WorkerProcess, timed_out: bool) -> None:
    """End the child's whole process group, and say how it ended."""
    # The group holds what the child started itself, above all tesseract.
    with suppress(ProcessLookupError):  # not yet a group of its own, or gone already
        os.killpg(child.process, signal.SIGKILL)
    if timed_out:
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    _, status, used = os.wait4(child.process, 0)
    os.close(pidfd)
    with suppress(BrokenPipeError):  # who asked has gone away
        peak = used.ru_maxrss << 10  # Linux counts in KiB
        os.write(child.exit_pipe, EXIT_RECORD.pack(status, timed_out, peak))
    os.close(child.exit_pipe)


def _run_child(request: Request, file: int, answer: int) -> None:
    """The whole life of a child: limits, reading, answer. Never returns."""
    code = 1
    try:
        os.setsid()
        gc.disable()  # it lives too briefly to need it, and one page makes thousands of objects
        # A parser that is taken over must not reach the socket or the pipes of other children.
        _close_all_but(file, answer)
        _limit(request)
        _write(answer, _read(request, file, answer))
        code = 0
    finally:
        # Not `sys.exit`: no handler or buffer of the server, which the child inherited, may run.
        os._exit(code)


def _close_all_but(*kept: int) -> None:
    low = 3  # standard streams stay: they lead to /dev/null
    for descriptor in sorted(kept):
        os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _limit(request: Request) -> None:
    memory, seconds = request["memory_bytes"], request["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # a reader has nothing to write but pipes
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # The server keeps the wall time; should it be killed, the alarm still ends the child.
    signal.alarm(int(request["wall_seconds"]) + GRACE_SECONDS)


def _read(request: Request, file: int, answer: int) -> bytes:
    try:
        with os.fdopen(file, "rb") as stream:
            data = stream.read()
        if request["picture"]:
            return b"+" + _render(data, *request["picture"])
        if request["scans"]:
            return b"+" + pack(_recognise(request, data, answer))
        readers = SECOND_READERS if request["second"] else READERS
        return b"+" + pack(readers[request["media_type"]](data, request["name"]))
    except ReadError as error:
        return b"-" + json.dumps([type(error).__name__, str(error)]).encode()
    except MemoryError:
        return b"!memory"
    except Exception as error:  # noqa: BLE001 - the border of the sandbox: any bug of any parser
        cause = f"El archivo está dañado o no es lo que parece ({type(error).__name__}: {error})."
        return b"-" + json.dumps(["Unreadable", cause]).encode()


def _recognise(request: Request, data: bytes, answer: int) -> Reading:
    """The file with some pages recognised; says on the pipe when each is done."""
    # Not at the top: the pool imports this module for its protocol, and no PDF library may be
    # loaded into the process that asks.
    from ingest.pdf.ocr import Task
    from ingest.pdf.reader import read_pdf

    task = Task(
        pages=tuple(request["scans"]),
        program=Path(request["program"]),
        until=time.monotonic() + _SHARE_FOR_PAGES * request["wall_seconds"],
        tell=lambda: _write(answer, PAGE_DONE),
    )
    return read_pdf(data, request["name"], task)


def _render(data: bytes, page: int, width: int) -> bytes:
    from ingest.pdf.render import draw_page  # not at the top, for the same reason

    return draw_page(data, page, width)


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
