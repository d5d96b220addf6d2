"""Serves the documents, pages and passages of one generation from its own SQLite file, and filters
and counts them.

The file is a copy of part of the database, so that a served generation never changes under a
reader and can lie on a read-only disk.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from search.documents import AgendaItem, Details, Document, Entry, Page, Passage, Tag
from search.engine import FACETS, FILTERS, Rows
from search.index import database
from search.results import FacetValue

# Passages kept in memory, some 4 KB each: questions meet the same ones again.
_PASSAGES_CACHED = 4096


def write_content(path: Path, entries: Sequence[Entry], versions: Mapping[str, str]) -> None:
    """Write the content of a generation. A passage's row in the other caches is its rowid − 1."""
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(database.CONTENT_TABLES + database.DETAIL_TABLES)
    db.execute("BEGIN")
    for entry in entries:
        database.insert_content(db, entry)
    db.executemany("INSERT INTO versions VALUES (?, ?)", sorted(versions.items()))
    db.execute("COMMIT")
    db.close()


class Content:
    """The open file. Safe to share: each thread has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self.documents = tuple(database.documents(self._db))
        self._by_id = {document.id: document for document in self.documents}
        ordinal = {document.id: i for i, document in enumerate(self.documents)}
        # Rows are positions in the other caches: passages were written in their order.
        held = self._db.execute("SELECT document_id, language FROM passages ORDER BY rowid")
        places = [(ordinal[document_id], language) for document_id, language in held]
        self.ordinals = np.array([place for place, _ in places], dtype=np.int64)
        self.versions = database.versions(self._db)
        self._passage_cache: dict[int, Passage] = {}
        self._with_agenda = database.documents_with_agenda(self._db)
        self.twins = self._find_twins()
        goals = self._db.execute(
            "SELECT p.rowid - 1, t.goal FROM tags t JOIN passages p ON p.id = t.passage_id"
        )
        self._columns = _columns_of(self.documents, places, goals)

    @property
    def _db(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            # The file never changes, which is also what lets it lie on a read-only disk.
            uri = f"{self._path.resolve().as_uri()}?mode=ro&immutable=1"
            # Used by one thread only, but closed by whichever closes the index.
            connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
            self._local.connection = connection
            with self._lock:
                self._connections.append(connection)
        return connection

    def _find_twins(self) -> Rows:
        """For every row the row of the same text in the document that its own is a version of;
        itself where there is none."""
        # By text and not by id: a copy has passages of its own.
        twins = np.arange(len(self.ordinals))
        found = self._db.execute(
            "SELECT p.rowid, min(q.rowid) FROM versions v"
            " JOIN passages p ON p.document_id = v.document_id"
            " JOIN passages q ON q.document_id = v.version_of AND q.text = p.text"
            " GROUP BY p.rowid"
        )
        for row, twin in found:
            twins[row - 1] = twin - 1
        return twins

    def details(self, document_id: str) -> Details:
        """What is known of a document beyond its text."""
        return database.details_of(self._db, document_id)

    def rows_where(self, filters: Mapping[str, tuple[str, ...]]) -> Rows | None:
        """Rows that have one of the values of every filter."""
        return _rows_where(self._columns, filters)

    def facets(self, chosen: Rows) -> dict[str, tuple[FacetValue, ...]]:
        """Counts of each value over the chosen rows, most frequent first, then by value."""
        return _count_facets(self._columns, chosen)

    def tags(self, passage_ids: Sequence[str]) -> dict[str, tuple[Tag, ...]]:
        """The tags of the passages that have any."""
        return database.tags_of(self._db, passage_ids)

    def document(self, document_id: str) -> Document | None:
        """One document by id."""
        return self._by_id.get(document_id)

    def passages(self, chosen: Sequence[int]) -> list[Passage]:
        """Passages by row, in the order asked; those last asked for are kept."""
        held = self._passage_cache
        missing = [row for row in chosen if row not in held]
        if missing:
            # SQLite does not take the integers of numpy.
            read = database.passages_at(self._db, [int(row) + 1 for row in missing])
            # A new dictionary, since other threads may be reading from the old one.
            if len(held) > _PASSAGES_CACHED:
                self._passage_cache = held = {row: held[row] for row in chosen if row in held}
            held.update(zip(missing, read, strict=True))
        return [held[row] for row in chosen]

    def passages_of(self, document_id: str) -> tuple[Passage, ...]:
        """The passages of a document in reading order."""
        return database.passages_of(self._db, document_id)

    def pages(self, document_id: str) -> tuple[Page, ...]:
        """The pages of a document in order."""
        return database.pages_of(self._db, document_id)

    def page(self, document_id: str, number: int) -> Page | None:
        """One page of a document."""
        return database.page_of(self._db, document_id, number)

    def pages_holding(self, text: str) -> Iterator[tuple[Document, Page]]:
        """Every stored page that holds a text, by document and number."""
        for document_id, page in database.pages_holding(self._db, text):
            yield self._by_id[document_id], page

    def timetable(self, document_id: str) -> tuple[tuple[Passage, AgendaItem], ...]:
        """The timetable lines of a document in order, each with its passage."""
        # Answers about hours ask for several documents: known without a look into the file.
        if document_id not in self._with_agenda:
            return ()
        items = database.agenda_of(self._db, document_id)
        wanted = {item.passage_id for item in items}
        held = {p.id: p for p in database.passages_of(self._db, document_id) if p.id in wanted}
        return tuple((held[item.passage_id], item) for item in items)

    def passage(self, passage_id: str) -> Passage | None:
        """One passage by id."""
        return database.passage_of(self._db, passage_id)

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()


_Mask: TypeAlias = NDArray[np.bool_]
# The Sustainable Development Goals.
_GOALS = range(1, 18)


class _Column(Protocol):
    """The values of one filter for all passages."""

    def holds(self, values: Sequence[str]) -> _Mask:
        """Which passages have one of the values."""

    def counts(self, rows: Rows) -> dict[str, int]:
        """How many of the rows have each value, for those that any has."""


class _SingleValueColumn:
    """At most one value a passage, as its number in a list; "" where nothing is known."""

    def __init__(self, values: Sequence[str]) -> None:
        self._values = tuple(dict.fromkeys(values))
        number = {value: i for i, value in enumerate(self._values)}
        self._numbers = np.array([number[value] for value in values], dtype=np.int32)

    def holds(self, values: Sequence[str]) -> _Mask:
        wanted = [number for number, value in enumerate(self._values) if value in values]
        return np.isin(self._numbers, wanted)

    def counts(self, rows: Rows) -> dict[str, int]:
        counts = np.bincount(self._numbers[rows], minlength=len(self._values)).tolist()
        return {v: n for v, n in zip(self._values, counts, strict=True) if v and n}


class _GoalColumn:
    """Any number of the seventeen goals a passage, as bits."""

    def __init__(self, passages: int, goals: Iterable[tuple[int, int]]) -> None:
        self._bits = np.zeros(passages, dtype=np.uint32)
        for row, goal in goals:
            # A passage may name several goals; one bit each counts it once for every goal.
            self._bits[row] |= np.uint32(1 << goal)

    def holds(self, values: Sequence[str]) -> _Mask:
        wanted = sum(1 << goal for goal in _GOALS if str(goal) in values)
        return np.asarray(self._bits & np.uint32(wanted), dtype=np.bool_)

    def counts(self, rows: Rows) -> dict[str, int]:
        bits = self._bits[rows]
        counts = {str(g): int(np.count_nonzero(bits & np.uint32(1 << g))) for g in _GOALS}
        return {goal: count for goal, count in counts.items() if count}


def _columns_of(
    documents: Sequence[Document],
    places: Sequence[tuple[int, str]],
    goals: Iterable[tuple[int, int]],
) -> dict[str, _Column]:
    """A column for every filter. `places` are the document, by position, and the language of each
    passage; `goals` pairs of a passage's row and a goal."""
    # These two are the passage's own; everything else is its document's.
    of_passage: dict[str, _Column] = {
        "language": _SingleValueColumn([language for _, language in places]),
        "ods": _GoalColumn(len(places), goals),
    }
    return {
        name: of_passage.get(name) or _SingleValueColumn(_of_documents(name, documents, places))
        for name in FILTERS
    }


def _of_documents(
    name: str, documents: Sequence[Document], places: Sequence[tuple[int, str]]
) -> list[str]:
    # Dates begin with the year, whatever more of them is known.
    if name == "year":
        values = [(document.date or "")[:4] for document in documents]
    elif name == "document":
        values = [document.id for document in documents]
    else:
        values = [str(getattr(document, name) or "") for document in documents]
    return [values[place] for place, _ in places]


def _rows_where(
    columns: Mapping[str, _Column], filters: Mapping[str, Sequence[str]]
) -> Rows | None:
    """Rows that have one of the values of every filter; None without filters."""
    if not filters:
        return None
    held = [columns[name].holds(values) for name, values in filters.items()]
    return np.flatnonzero(np.logical_and.reduce(held))


def _count_facets(columns: Mapping[str, _Column], rows: Rows) -> dict[str, tuple[FacetValue, ...]]:
    """Counts of each facet's values over the rows, most frequent first, then by value."""
    result = {}
    for name in FACETS:
        counts = columns[name].counts(rows)
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        result[name] = tuple(FacetValue(value, number) for value, number in ordered)
    return result
