"""How a child ended to the reading or picture that it gave, or the error that explains why not."""

import json
import os
import signal
from dataclasses import dataclass, replace
from typing import Self

from ingest import errors
from ingest.errors import ReadError, Stopped, TooLarge, Unreadable
from ingest.wire import WireError, unpack
from search.types import Reading

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
