"""Files to readings, each read by a limited process of its own: no parser runs in this one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest.convert import make_ready
from ingest.errors import ReadError, Stopped, TooLarge
from ingest.nurse import Job, Nurse
from ingest.nursery import Request
from ingest.outcome import Limits, reading_of
from ingest.page_numbers import named
from ingest.readers import SECOND_READERS
from ingest.recognition.tesseract import INSTALL, find_program
from search.types import Reading

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

    A warm process (`ingest.nursery`) with the libraries loaded forks a child for every file.
    """

    def __init__(self, limits: Limits | None = None, recognising: bool = True) -> None:
        self._limits = limits or Limits()
        self._recognising = recognising
        self._nurse = Nurse("readers")
        self._program = find_program()
        self.last_peak = 0
        """Bytes: the most memory that the last file read took, shared libraries included."""

    def __enter__(self) -> Self:
        self._nurse.open()
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
        self._nurse.close()

    def _read(self, task: _Task) -> Reading:
        outcome = self._nurse.outcome(task.job(self._program))
        self.last_peak = outcome.peak_bytes
        return reading_of(outcome, task.limits)


def _warned(reading: Reading, warning: str) -> Reading:
    return replace(reading, warnings=(*reading.warnings, warning))
