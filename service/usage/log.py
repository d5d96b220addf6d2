"""Keeps what is asked, without who asks, in `service.db` beside the index.

`QueryLog` takes searches and events and writes them on a thread of its own. After thirty days only
counts a day remain. The tables: `asked` and `event` (raw), `daily` (counts), `vector` (vectors of
texts, for the report of gaps). The keys of editors lie in the same file, see `keys`.
"""

import hashlib
import logging
import queue
import re
import secrets
import sqlite3
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

import numpy as np

from search.documents import Floats
from search.query import plain_text
from search.results import Result
from search.text.vocabulary import fold
from service.errors import RecordsUnusable
from service.usage.scrub import redact

logger = logging.getLogger(__name__)

DATABASE = "service.db"
RAW_DAYS = 30  # UN principles on personal data protection: no longer than the purpose needs
LEAST_SEARCHES = 5  # a text that so many searches share says nothing about any of them

QID_BYTES = 9
QID = re.compile(r"[A-Za-z0-9_-]{12}")  # how `new_qid` writes nine random bytes


class Outcome(StrEnum):
    """How a search ended: with an answer, with material only, with nothing at all."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    NO_RESULTS = "no_results"


class Channel(StrEnum):
    """Where people or programs asked."""

    PAGE = "page"
    WIDGET = "widget"
    API = "api"
    AGENT = "agent"


class EventKind(StrEnum):
    """What somebody did with the result of a search."""

    CLICK = "click"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """One search. `qid` is random and of this search only; `hour` is UTC, `2026-11-29T17`;
    `languages` are those of the hits shown; `scope_…` are the filters that narrowed it."""

    qid: str
    hour: str
    text: str
    language: str
    outcome: Outcome
    total: int
    languages: tuple[str, ...]
    subject: str
    toolkit: str
    goals: tuple[int, ...]
    scope_toolkit: str
    scope_event: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody did with the result `qid`, at the hit of that place (0: at none)."""

    qid: str
    kind: EventKind
    position: int = 0


@dataclass(frozen=True, slots=True)
class UsageCount:
    """Searches that are alike: `opened` of them led to a document, in `noticed` the lack was
    reported. `text` is empty where it was not kept."""

    day: str
    text: str
    outcome: Outcome
    language: str
    languages: tuple[str, ...]
    subject: str
    toolkit: str
    goals: tuple[int, ...]
    channel: Channel
    searches: int = 1
    opened: int = 0
    noticed: int = 0


def new_qid() -> str:
    """Twelve random characters."""
    return secrets.token_urlsafe(QID_BYTES)


def hour_of(moment: datetime) -> str:
    """The hour in UTC; minutes would tell apart who asks."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H")


def utc_now() -> datetime:
    """The clock of the wall."""
    return datetime.now(UTC)


def search_record(result: Result, qid: str, hour: str, channel: Channel) -> SearchRecord:
    """What is kept of a search; personal data is not removed yet (`redact`)."""
    # Without the filters written in it («idioma:en»), so that equal questions count as one text.
    text = plain_text(result.query.text, result.query.filters)
    hits, filters, goals = result.hits, result.query.filters, goals_named(text)
    outcome, subject, toolkit = Outcome.NO_RESULTS, "", ""
    if hits:
        best, section = hits[0].document, hits[0].passage.section
        outcome, toolkit = Outcome.NOT_FOUND, best.toolkit or ""
        subject = result.answer.subject or (section[-1] if section else best.title)
        same = (hit for hit in hits if hit.document.id == best.id)
        goals = goals or tuple(sorted({int(tag.goal) for hit in same for tag in hit.tags}))
    if result.answer.status == "found":
        outcome = Outcome.FOUND
    return SearchRecord(
        qid=qid,
        hour=hour,
        text=text,
        language=result.language,
        outcome=outcome,
        total=result.total,
        languages=tuple(sorted({hit.passage.language for hit in hits})),
        subject=subject,
        toolkit=toolkit,
        goals=goals,
        scope_toolkit=" · ".join(filters.get("toolkit", ())),
        scope_event=" · ".join(filters.get("event", ())),
        channel=channel,
    )


# «ODS 5 y 16», «metas 16.6, 17.1», «Goals 3 and 4»: a word for goals or targets in one of the four
# languages, then numbers, which commas and conjunctions join.
_NAMED_GOALS = re.compile(
    r"\b(?:ods|odd|sdgs?|objetivos?|objectifs?|goals?|metas?|targets?)\s*"
    r"(\d{1,2}(?:\.\w{1,2})?(?:(?:,| y | e | et | and )\s*\d{1,2}(?:\.\w{1,2})?)*)",
    re.IGNORECASE,
)
_LAST_GOAL = 17


def goals_named(text: str) -> tuple[int, ...]:
    """Goals that a question names by number: «ODS 5 y 16», «meta 16.6»."""
    # Of a target only what stands before its full stop is the goal.
    numbers = {
        int(number)
        for named in _NAMED_GOALS.finditer(text)
        for number in re.findall(r"(?<![\w.])\d{1,2}", named[1])
    }
    return tuple(sorted(number for number in numbers if 1 <= number <= _LAST_GOAL))


def normalised(text: str) -> str:
    """The same for texts that differ in capitals, accents, marks and spaces only."""
    return " ".join(re.findall(r"\w+", fold(unicodedata.normalize("NFKC", text))))


# Searches that may wait to be written; what comes beyond is dropped and counted: a search must
# never wait for its record.
MOST_WAITING = 1_000
_BATCH = 200  # records in one transaction, which waits for the disk once
_IDLE_SECONDS = 0.25
_RETRY_SECONDS = 60.0  # how long after a failure to try the disk again

Clock = Callable[[], datetime]


class QueryLog:
    """Keeps what was asked and what people did with the results, from any thread; see `scrub` for
    what never gets in. Where it may not or cannot write, the service runs without it and searches
    have no `qid`."""

    def __init__(self, index: Path, on: bool = True, clock: Clock = utc_now) -> None:
        self._index = index
        self._on = on
        self._clock = clock
        self._queue: queue.Queue[SearchRecord | Event] = queue.Queue(MOST_WAITING)
        self._stop = threading.Event()
        self.open = False
        """Whether searches are being recorded."""
        self._warned = False
        self._purged = ""
        self._retry = 0.0
        self._thread: threading.Thread | None = None
        self.dropped = 0
        """Records given up since the start: the queue was full or the disk refused them."""

    def start(self) -> None:
        """Find out whether the folder can be written, forget what is too old, begin to write."""
        if not self._on:
            return
        # An empty transaction: it makes the tables, and forgets what became too old while the
        # service was stopped.
        self._write([])
        self._thread = threading.Thread(target=self._run, name="acervo-log", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write all that waits and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.open = False

    def record(self, result: Result, channel: Channel | None) -> str | None:
        """Note a search and give it an id, or None: the log is off, nobody asked (`channel` None),
        or it is the same question again (a further page, an explanation)."""
        again = result.query.explain or result.query.page > 1  # links on the page of the results
        if not self.open or channel is None or again:
            return None
        qid = new_qid()
        self._enqueue(search_record(result, qid, hour_of(self._clock()), channel))
        return qid

    def note(self, event: Event) -> None:
        """Note what somebody did; one that belongs to no search leaves no trace."""
        if self.open and QID.fullmatch(event.qid):
            self._enqueue(event)

    def flush(self) -> None:
        """Wait until all that was noted so far is written."""
        self._queue.join()

    def _enqueue(self, noted: SearchRecord | Event) -> None:
        try:
            self._queue.put_nowait(noted)
        except queue.Full:
            self.dropped += 1

    def _run(self) -> None:
        while not (self._stop.is_set() and self._queue.empty()):
            batch: list[SearchRecord | Event] = []
            with suppress(queue.Empty):
                batch.append(self._queue.get(timeout=_IDLE_SECONDS))
                while len(batch) < _BATCH:
                    batch.append(self._queue.get_nowait())
            # Also without records: a new day has old ones to forget, a refused disk may work again.
            again = time.monotonic() >= self._retry
            if batch or (self._purged != self._today() if self.open else again):
                self._write(batch)
            for _ in batch:
                self._queue.task_done()

    def _today(self) -> str:
        return hour_of(self._clock())[:10]

    def _write(self, noted: list[SearchRecord | Event]) -> None:
        """One transaction; a disk that refuses is told once, and again after it has worked."""
        # Here and not in `record`, so that a search does not wait for the patterns either.
        questions = [
            replace(
                one,
                text=redact(one.text),
                scope_toolkit=redact(one.scope_toolkit),
                scope_event=redact(one.scope_event),
            )
            for one in noted
            if isinstance(one, SearchRecord)
        ]
        try:
            with records(self._index, LOG_TABLES + VECTOR_TABLES) as connection:
                insert(connection, questions, [one for one in noted if isinstance(one, Event)])
                if self._purged != self._today():
                    purge_log(connection, self._clock())
                    purge_vectors(connection)
                    self._purged = self._today()
        except RecordsUnusable as error:
            self.dropped += len(noted)
            self.open = False
            self._retry = time.monotonic() + _RETRY_SECONDS
            if not self._warned:
                logger.warning("queries are not recorded: %s", error)
            self._warned = True
        else:
            self.open, self._warned = True, False


_BUSY_SECONDS = 5.0  # how long to wait for another process that is writing

Connection: TypeAlias = sqlite3.Connection
"""So that reports need not name the engine."""


def open_records(index: Path, schema: str) -> sqlite3.Connection:
    """A connection to the records with the tables of `schema`, to be used by one thread at a time.

    Readers never wait for a writer. Raises `RecordsUnusable`, also when there is no such folder.
    """
    if not index.is_dir():
        raise RecordsUnusable(f"no hay ningún índice en «{index}»: ingiera antes algún documento")
    try:
        connection = sqlite3.connect(
            index / DATABASE, timeout=_BUSY_SECONDS, check_same_thread=False
        )
        # With a write-ahead log readers and the writer do not block each other. NORMAL may lose the
        # last transactions when the power fails, never the file; records are not worth more.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(schema)
    except sqlite3.Error as error:
        raise _unusable(index, error) from error
    return connection


@contextmanager
def records(index: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """One transaction on the records: kept when the block ends, undone when it raises.

    Raises `RecordsUnusable`.
    """
    try:
        with closing(open_records(index, schema)) as connection, connection:
            yield connection
    except sqlite3.Error as error:
        raise _unusable(index, error) from error


def _unusable(index: Path, error: sqlite3.Error) -> RecordsUnusable:
    return RecordsUnusable(f"no se puede usar «{index / DATABASE}» ({error})")


LOG_TABLES = """
PRAGMA secure_delete = ON; -- what is forgotten is overwritten, also in the free parts of the file
-- Without rowid: the order of rows is that of random ids, so it does not tell who asked after whom.
CREATE TABLE IF NOT EXISTS asked (
    qid TEXT PRIMARY KEY, hour TEXT NOT NULL, text TEXT NOT NULL, language TEXT NOT NULL,
    outcome TEXT NOT NULL, total INTEGER NOT NULL, languages TEXT NOT NULL, subject TEXT NOT NULL,
    toolkit TEXT NOT NULL, goals TEXT NOT NULL, scope_toolkit TEXT NOT NULL,
    scope_event TEXT NOT NULL, channel TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event (
    qid TEXT NOT NULL, kind TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (qid, kind)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS daily (
    day TEXT NOT NULL, text TEXT NOT NULL, outcome TEXT NOT NULL, language TEXT NOT NULL,
    languages TEXT NOT NULL, toolkit TEXT NOT NULL, goals TEXT NOT NULL, channel TEXT NOT NULL,
    searches INTEGER NOT NULL, opened INTEGER NOT NULL, noticed INTEGER NOT NULL,
    PRIMARY KEY (day, text, outcome, language, languages, toolkit, goals, channel)
) WITHOUT ROWID;
"""

# The guide that people chose as a filter says more than that of the best hit.
_RAW = """
SELECT substr(hour, 1, 10) AS day, text, outcome, language, languages, subject,
    CASE scope_toolkit WHEN '' THEN toolkit ELSE scope_toolkit END AS toolkit, goals, channel,
    1 AS searches,
    EXISTS (SELECT 1 FROM event e WHERE e.qid = a.qid AND e.kind <> 'gap') AS opened,
    EXISTS (SELECT 1 FROM event e WHERE e.qid = a.qid AND e.kind = 'gap') AS noticed
FROM asked a
"""


def insert(
    connection: sqlite3.Connection, questions: Iterable[SearchRecord], events: Iterable[Event]
) -> None:
    """Write searches, then events; an event of no known search is passed over."""
    rows = [
        [",".join(map(str, v)) if isinstance(v, tuple) else v for v in astuple(asked)]
        for asked in questions  # whose fields are in the order of the table
    ]
    connection.executemany(f"INSERT OR IGNORE INTO asked VALUES ({', '.join('?' * 13)})", rows)
    # The primary key lets each kind of event count once a search, however often it is sent. Events
    # of unknown searches would let anybody fill the table.
    connection.executemany(
        "INSERT OR IGNORE INTO event SELECT ?1, ?2, ?3 "
        "WHERE EXISTS (SELECT 1 FROM asked WHERE qid = ?1)",
        [(event.qid, event.kind, event.position) for event in events],
    )


def read_usage(connection: sqlite3.Connection, since: str) -> list[UsageCount]:
    """All that was asked from that day on, raw and counted."""
    rows = connection.execute(
        f"{_RAW} WHERE hour >= ?1 "
        "UNION ALL SELECT day, text, outcome, language, languages, '', toolkit, goals, channel, "
        "searches, opened, noticed FROM daily WHERE day >= ?1",
        (since,),
    )
    return [
        replace(
            UsageCount(*row),
            outcome=Outcome(row[2]),
            languages=tuple(filter(None, row[4].split(","))),
            goals=tuple(int(goal) for goal in row[7].split(",") if goal),
            channel=Channel(row[8]),
        )
        for row in rows  # whose columns are in the order of the fields
    ]


def purge_log(connection: sqlite3.Connection, now: datetime) -> None:
    """Count what is older than thirty days and forget the rest of it. A text survives only if five
    searches in all had it while they were raw, or if it has survived before."""
    # Hours as text sort as in time: they are all in UTC and of one form.
    limit = hour_of(now - timedelta(days=RAW_DAYS))
    if not connection.execute("SELECT 1 FROM asked WHERE hour < ? LIMIT 1", (limit,)).fetchone():
        return
    kept = _kept_texts(connection)
    connection.create_function("kept", 1, lambda text: kept.get(normalised(text), ""))
    connection.execute(
        "INSERT INTO daily SELECT day, kept(text), outcome, language, languages, toolkit, goals, "
        "channel, sum(searches), sum(opened), sum(noticed) "
        f"FROM ({_RAW} WHERE hour < ?) WHERE true GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 "
        "ON CONFLICT DO UPDATE SET searches = searches + excluded.searches, "
        "opened = opened + excluded.opened, noticed = noticed + excluded.noticed",
        (limit,),
    )
    connection.execute("DELETE FROM asked WHERE hour < ?", (limit,))
    connection.execute("DELETE FROM event WHERE qid NOT IN (SELECT qid FROM asked)")


def _kept_texts(connection: sqlite3.Connection) -> dict[str, str]:
    """For each normalised text that was asked often enough, how it was written most often."""
    written = Counter[str](
        dict(connection.execute("SELECT text, count(*) FROM asked WHERE text <> '' GROUP BY text"))
    )
    asked = Counter[str]()
    usual: dict[str, str] = {}
    for text, count in written.most_common():
        asked[normalised(text)] += count
        usual.setdefault(normalised(text), text)
    # What has survived once goes on being counted under the same wording, however rare it is now.
    for (text,) in connection.execute("SELECT DISTINCT text FROM daily WHERE text <> ''"):
        asked[normalised(text)] += LEAST_SEARCHES
        usual[normalised(text)] = text
    return {key: usual[key] for key, count in asked.items() if key and count >= LEAST_SEARCHES}


VECTOR_TABLES = """
CREATE TABLE IF NOT EXISTS vector (
    model TEXT NOT NULL, digest BLOB NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (model, digest)
) WITHOUT ROWID;
"""

CENTRE_TEXT = ""  # under no text lies the vector that all texts have in common
_CHUNK = 32  # vectors written at a time: recording must not wait until all texts are embedded

Embed = Callable[[str], Floats]
Progress = Callable[[int, int], bool]
"""Gets how many texts have been embedded, and of how many; False stops."""


def vectors_of(
    connection: sqlite3.Connection,
    texts: Sequence[str],
    model: str,
    embed: Embed,
    go_on: Progress = lambda _done, _total: True,
) -> dict[str, Floats]:
    """The vector of each text. New ones are embedded and stored, a few in a transaction, as long as
    `go_on` says so; the texts that are left have no entry."""
    rows = connection.execute("SELECT digest, vector FROM vector WHERE model = ?", (model,))
    stored = dict(rows.fetchall())
    found: dict[str, Floats] = {
        text: np.frombuffer(stored[digest], np.float32)
        for text in texts
        if (digest := _digest(text)) in stored
    }
    missing = [text for text in texts if text not in found]
    done = 0
    while go_on(done, len(missing)) and done < len(missing):
        new = {text: embed(text).astype(np.float32) for text in missing[done : done + _CHUNK]}
        with connection:
            connection.executemany(
                "INSERT OR REPLACE INTO vector VALUES (?, ?, ?)",
                [(model, _digest(text), vector.tobytes()) for text, vector in new.items()],
            )
        found |= new
        done += len(new)
    return found


def purge_vectors(connection: sqlite3.Connection) -> None:
    """Forget the vectors of texts that are themselves forgotten: a vector nearly tells its text."""
    # The digests of what is still known, since a digest does not tell which text it came from.
    texts = connection.execute("SELECT text FROM asked UNION SELECT text FROM daily")
    known = {_digest(text) for (text,) in texts} | {_digest(CENTRE_TEXT)}
    rows = connection.execute("SELECT model, digest FROM vector").fetchall()
    stale = [(model, digest) for model, digest in rows if digest not in known]
    connection.executemany("DELETE FROM vector WHERE model = ? AND digest = ?", stale)


def _digest(text: str) -> bytes:
    return hashlib.sha256(normalised(text).encode()).digest()
