"""Searches and events → tables: raw for thirty days, then counted by day without who or when."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from service.records.questions import Asked, Channel, Event, Outcome, hour_of, normal

Connection: TypeAlias = sqlite3.Connection
"""So that reports need not name the engine."""

RAW_DAYS = 30
"""UN principles on personal data protection: kept no longer than the purpose needs."""

ENOUGH = 5
"""A text that so many searches share says nothing about any of them."""

SCHEMA = """
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

_OPENED = "EXISTS (SELECT 1 FROM event e WHERE e.qid = a.qid AND e.kind <> 'gap')"
_NOTICED = "EXISTS (SELECT 1 FROM event e WHERE e.qid = a.qid AND e.kind = 'gap')"


@dataclass(frozen=True, slots=True)
class Use:
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


def add(
    connection: sqlite3.Connection, questions: Iterable[Asked], events: Iterable[Event]
) -> None:
    """Write searches, then events; an event of no known search is passed over."""
    connection.executemany(
        f"INSERT OR IGNORE INTO asked VALUES ({', '.join('?' * 13)})",
        [
            (
                *(asked.qid, asked.hour, asked.text, asked.language, asked.outcome, asked.total),
                *(",".join(asked.languages), asked.subject, asked.toolkit),
                *(",".join(map(str, asked.goals)), asked.scope_toolkit, asked.scope_event),
                asked.channel,
            )
            for asked in questions
        ],
    )
    connection.executemany(
        "INSERT OR IGNORE INTO event SELECT ?1, ?2, ?3 "
        "WHERE EXISTS (SELECT 1 FROM asked WHERE qid = ?1)",
        [(event.qid, event.kind, event.position) for event in events],
    )


def read_use(connection: sqlite3.Connection, since: str) -> list[Use]:
    """All that was asked from that day on, raw and counted."""
    rows = connection.execute(
        f"SELECT substr(hour, 1, 10), text, outcome, language, languages, subject, "
        f"CASE scope_toolkit WHEN '' THEN toolkit ELSE scope_toolkit END, goals, channel, 1, "
        f"{_OPENED}, {_NOTICED} FROM asked a WHERE hour >= ?1 "
        "UNION ALL SELECT day, text, outcome, language, languages, '', toolkit, goals, channel, "
        "searches, opened, noticed FROM daily WHERE day >= ?1",
        (since,),
    )
    return list(_uses(rows))


def _uses(rows: Iterable[Sequence[object]]) -> Iterator[Use]:
    for day, text, outcome, language, languages, subject, toolkit, goals, channel, *counts in rows:
        yield Use(
            str(day),
            str(text),
            Outcome(str(outcome)),
            str(language),
            tuple(str(languages).split(",")) if languages else (),
            str(subject),
            str(toolkit),
            tuple(int(goal) for goal in str(goals).split(",") if goal),
            Channel(str(channel)),
            *(int(str(count)) for count in counts),
        )


def purge(connection: sqlite3.Connection, now: datetime) -> None:
    """Count what is older than thirty days and forget the rest of it. A text survives only if five
    searches in all had it while they were raw, or if it has survived before."""
    limit = hour_of(now - timedelta(days=RAW_DAYS))
    if not connection.execute("SELECT 1 FROM asked WHERE hour < ? LIMIT 1", (limit,)).fetchone():
        return
    kept = _kept_texts(connection)
    rows = connection.execute(
        "SELECT substr(hour, 1, 10), text, outcome, language, languages, "
        "CASE scope_toolkit WHEN '' THEN toolkit ELSE scope_toolkit END, goals, channel, "
        f"{_OPENED}, {_NOTICED} FROM asked a WHERE hour < ?",
        (limit,),
    )
    searches: Counter[tuple[str, ...]] = Counter()
    opened: Counter[tuple[str, ...]] = Counter()
    noticed: Counter[tuple[str, ...]] = Counter()
    for day, text, *rest, was_opened, was_noticed in rows:
        key = (day, kept.get(normal(text), ""), *rest)
        searches[key] += 1
        opened[key] += was_opened
        noticed[key] += was_noticed
    connection.executemany(
        f"INSERT INTO daily VALUES ({', '.join('?' * 11)}) ON CONFLICT DO UPDATE SET "
        "searches = searches + excluded.searches, opened = opened + excluded.opened, "
        "noticed = noticed + excluded.noticed",
        [(*key, count, opened[key], noticed[key]) for key, count in searches.items()],
    )
    connection.execute("DELETE FROM asked WHERE hour < ?", (limit,))
    connection.execute("DELETE FROM event WHERE qid NOT IN (SELECT qid FROM asked)")


def _kept_texts(connection: sqlite3.Connection) -> dict[str, str]:
    """Normal text → the way in which it was written most often, of those that were asked enough."""
    written = Counter[str](
        dict(connection.execute("SELECT text, count(*) FROM asked WHERE text <> '' GROUP BY text"))
    )
    asked = Counter[str]()
    usual: dict[str, str] = {}
    for text, count in written.most_common():
        asked[normal(text)] += count
        usual.setdefault(normal(text), text)
    for (text,) in connection.execute("SELECT DISTINCT text FROM daily WHERE text <> ''"):
        asked[normal(text)] += ENOUGH
        usual[normal(text)] = text
    return {key: usual[key] for key, count in asked.items() if key and count >= ENOUGH}
