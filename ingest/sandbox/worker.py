"""Fork server: loads the parser libraries once, then forks a limited child for each file or page.

`python -m ingest.sandbox.worker 3 readers` loads the readers (`drawing`: what
draws pages) and then waits on socket 3 for messages with three descriptors: the file, a pipe for
the child's answer, a pipe for how it ended.
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
ENDING = struct.Struct("<i?q")
PAGE_DONE = b"."
"""Comes before the answer, once for each page that was recognised."""
MESSAGE_BYTES = 65_536
DESCRIPTORS = 3
TIME_FOR_PAGES = 0.8  # of the whole: then no further page is begun, and those read are laid out
SOME_TEXT = "Un texto lo bastante largo para que haya que mirarlo."
GRACE = 10  # seconds after which a child without its parent ends by itself


class Request(TypedDict):
    """What is to be read and within which limits; `scans` are pages to recognise by `program`,
    `picture` the page to draw instead and its width in pixels."""

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
    """One file being read."""

    process: int
    ending: int
    deadline: float


def serve(control: socket.socket) -> None:
    """Fork for every message, report every end; when the other side hangs up, end all children."""
    children: dict[int, WorkerProcess] = {}
    while True:
        wait = min((child.deadline for child in children.values()), default=None)
        timeout = None if wait is None else max(0.0, wait - time.monotonic())
        ready, _, _ = select.select([control.fileno(), *children], [], [], timeout)
        for handle in children.keys() & set(ready):
            _reap(handle, children.pop(handle), timed_out=False)
        now = time.monotonic()
        for handle in [h for h, child in children.items() if child.deadline <= now]:
            _reap(handle, children.pop(handle), timed_out=True)
        if control.fileno() in ready and not _receive(control, children):
            for handle, child in children.items():
                _reap(handle, child, timed_out=True)
            return


def _receive(control: socket.socket, children: dict[int, WorkerProcess]) -> bool:
    """Start a child for the next message; false when there will be none."""
    message, descriptors = _message(control)
    if len(descriptors) < DESCRIPTORS:
        return False
    file, answer, ending = descriptors
    request: Request = json.loads(message)
    if request["scans"]:
        _know_languages()
    process = os.fork()
    if process == 0:
        _run_child(request, file, answer)
    os.close(file)
    os.close(answer)
    deadline = time.monotonic() + request["wall_seconds"]
    children[os.pidfd_open(process)] = WorkerProcess(process, ending, deadline)
    return True


@cache
def _know_languages() -> None:
    """Load what tells languages apart: it unpacks itself to a file, which children may not."""
    detect_language(SOME_TEXT, "es")


def _message(control: socket.socket) -> tuple[bytes, list[int]]:
    descriptors = array.array("i")
    size = socket.CMSG_SPACE(DESCRIPTORS * descriptors.itemsize)
    message, ancillary, _, _ = control.recvmsg(MESSAGE_BYTES, size)
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    return message, list(descriptors)


def _reap(handle: int, child: WorkerProcess, timed_out: bool) -> None:
    """End the child's whole process group, and say how it ended."""
    with suppress(ProcessLookupError):  # not yet a group of its own, or gone already
        os.killpg(child.process, signal.SIGKILL)
    if timed_out:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    _, status, used = os.wait4(child.process, 0)
    os.close(handle)
    with suppress(BrokenPipeError):  # who asked has gone away
        os.write(child.ending, ENDING.pack(status, timed_out, used.ru_maxrss << 10))
    os.close(child.ending)


def _run_child(request: Request, file: int, answer: int) -> None:
    """The whole life of a child: limits, reading, answer. Never returns."""
    code = 1
    try:
        os.setsid()
        gc.disable()  # it lives too briefly to need it, and one page makes thousands of objects
        _close_others(file, answer)
        _limit(request)
        _answer(answer, _read(request, file, answer))
        code = 0
    finally:
        os._exit(code)


def _close_others(*kept: int) -> None:
    low = 3
    for descriptor in sorted(kept):
        os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _limit(request: Request) -> None:
    memory, seconds = request["memory_bytes"], request["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    signal.alarm(int(request["wall_seconds"]) + GRACE)


def _read(request: Request, file: int, answer: int) -> bytes:
    try:
        with os.fdopen(file, "rb") as stream:
            data = stream.read()
        if request["picture"]:
            return b"+" + _drawn(data, *request["picture"])
        if request["scans"]:
            return b"+" + pack(_recognised(request, data, answer))
        readers = SECOND_READERS if request["second"] else READERS
        return b"+" + pack(readers[request["media_type"]](data, request["name"]))
    except ReadError as error:
        return b"-" + json.dumps([type(error).__name__, str(error)]).encode()
    except MemoryError:
        return b"!memory"
    except Exception as error:  # noqa: BLE001 - the border of the sandbox: any bug of any parser
        return b"-" + json.dumps(["Unreadable", _cause(error)]).encode()


def _recognised(request: Request, data: bytes, answer: int) -> Reading:
    """The file with some pages recognised; says on the pipe when each is done."""
    from ingest.pdf.ocr import Task
    from ingest.pdf.reader import read_pdf  # not at the top: the process that asks loads this too

    task = Task(
        pages=tuple(request["scans"]),
        program=Path(request["program"]),
        until=time.monotonic() + TIME_FOR_PAGES * request["wall_seconds"],
        tell=lambda: _answer(answer, PAGE_DONE),
    )
    return read_pdf(data, request["name"], task)


def _drawn(data: bytes, page: int, width: int) -> bytes:
    from ingest.pdf.render import draw_page  # not at the top: the process that asks loads this too

    return draw_page(data, page, width)


def _cause(error: Exception) -> str:
    return f"El archivo está dañado o no es lo que parece ({type(error).__name__}: {error})."


def _answer(pipe: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(pipe, view) :]


def main() -> None:
    """Load what is needed, silence the libraries, freeze what the children share, serve."""
    if sys.argv[2] == "drawing":
        import_module("ingest.pdf.render")
    else:
        preload()
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as control:
        serve(control)


if __name__ == "__main__":
    main()
