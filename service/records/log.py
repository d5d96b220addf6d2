"""Searches as they happen → rows in `service.db`, written by a thread of its own."""

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from search.types import Result
from service.errors import RecordsUnusable
from service.records import vectors
from service.records.database import open_records
from service.records.questions import QID, Asked, Channel, Event, asked_of, hour_of, new_qid
from service.records.scrub import scrub
from service.records.tables import SCHEMA, add, purge

logger = logging.getLogger(__name__)

WAITING = 1_000
"""Searches that may wait to be written; what comes beyond is dropped and counted: a search must
never wait for its record."""

_BATCH = 200
_IDLE_SECONDS = 0.25
_RETRY_SECONDS = 60.0
"""How long after a failure to try the disk again."""

Clock = Callable[[], datetime]
Noted = Asked | Event | threading.Event
"""What the thread gets; a `threading.Event` is set when all before it is written."""


def utc_now() -> datetime:
    """The clock of the wall."""
    return datetime.now(UTC)


class QueryLog:
    """Keeps what was asked and what people did with the results; see `scrub` for what never gets
    in. Where it may not or cannot write, the service runs without it and searches have no `qid`."""

    def __init__(self, index: Path, on: bool = True, clock: Clock = utc_now) -> None:
        self._index = index
        self._on = on
        self._clock = clock
        self._queue: queue.Queue[Noted] = queue.Queue(WAITING)
        self._stop = threading.Event()
        self._writable = False
        self._said = False
        self._purged = ""
        self._retry = 0.0
        self._thread: threading.Thread | None = None
        self.dropped = 0
        """Records given up since the start: the queue was full or the disk refused them."""

    @property
    def open(self) -> bool:
        """Whether searches are being recorded."""
        return self._writable

    def start(self) -> None:
        """Find out whether the folder can be written, forget what is too old, begin to write."""
        if not self._on:
            return
        self._write([])
        self._thread = threading.Thread(target=self._run, name="acervo-log", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write all that waits and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._writable = False

    def record(self, result: Result, channel: Channel | None) -> str | None:
        """Note a search and give it an id, or None: the log is off, nobody asked (`channel` None),
        or it is the same question again (a further page, an explanation)."""
        again = result.query.explain or result.query.page > 1
        if not self._writable or channel is None or again:
            return None
        qid = new_qid()
        self._put(asked_of(result, qid, hour_of(self._clock()), channel))
        return qid

    def note(self, event: Event) -> None:
        """Note what somebody did; one that belongs to no search leaves no trace."""
        if self._writable and QID.fullmatch(event.qid):
            self._put(event)

    def flush(self) -> None:
        """Wait until all that was noted so far is written."""
        if self._thread is not None:
            written = threading.Event()
            self._queue.put(written)
            written.wait()

    def _put(self, noted: Noted) -> None:
        try:
            self._queue.put_nowait(noted)
        except queue.Full:
            self.dropped += 1

    def _run(self) -> None:
        while not (self._stop.is_set() and self._queue.empty()):
            batch = self._next()
            asked = [one for one in batch if not isinstance(one, threading.Event)]
            if asked or self._due():
                self._write(asked)
            for one in batch:
                if isinstance(one, threading.Event):
                    one.set()

    def _next(self) -> list[Noted]:
        """What waits now, after waiting a little for the first."""
        batch: list[Noted] = []
        try:
            batch.append(self._queue.get(timeout=_IDLE_SECONDS))
            while len(batch) < _BATCH:
                batch.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        return batch

    def _due(self) -> bool:
        """Whether something is to be done although nothing was noted: a new day, or a disk that
        may be well again."""
        if self._writable:
            return self._purged != self._today()
        return time.monotonic() >= self._retry

    def _today(self) -> str:
        return hour_of(self._clock())[:10]

    def _write(self, noted: list[Asked | Event]) -> None:
        """One transaction; a disk that refuses is told once, and again after it has worked."""
        try:
            with (
                closing(open_records(self._index, SCHEMA + vectors.SCHEMA)) as connection,
                connection,
            ):
                self._put_down(connection, noted)
        except (sqlite3.Error, RecordsUnusable) as error:
            self.dropped += len(noted)
            self._writable = False
            self._retry = time.monotonic() + _RETRY_SECONDS
            if not self._said:
                logger.warning("queries are not recorded: %s", error)
            self._said = True
            return
        self._writable, self._said = True, False

    def _put_down(self, connection: sqlite3.Connection, noted: list[Asked | Event]) -> None:
        questions = [
            replace(
                one,
                text=scrub(one.text),
                scope_toolkit=scrub(one.scope_toolkit),
                scope_event=scrub(one.scope_event),
            )
            for one in noted
            if isinstance(one, Asked)
        ]
        add(connection, questions, [one for one in noted if isinstance(one, Event)])
        if self._purged != self._today():
            purge(connection, self._clock())
            vectors.purge(connection)
            self._purged = self._today()
