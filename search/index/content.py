"""Serves the documents, pages and passages of one generation from its own SQLite file.

The file is a copy of part of the database, so that a served generation never changes under a
reader and can lie on a read-only disk. It also holds what is worked out of each document when its
generation is published: the words of its names and of its timetable, and its numbered things.
"""

import json
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.documents import NOTHING_KNOWN, AgendaItem, Entry, Ints, Page, Passage, Tag
from search.engine import (
    FILTERS,
    GOALS,
    AgendaLine,
    DocumentContent,
    DocumentPart,
    Selection,
    facet_of,
)
from search.index import database
from search.index.forward_index import Rows
from search.results import Match, Refused
from search.text.acronyms import singular
from search.text.analysis import analyse
from search.text.numbered import series_in
from search.text.vocabulary import fold

# What was worked out of documents, as JSON: see `AgendaLine` and `DocumentContent`.
_WORKED_OUT = """
CREATE TABLE worked_out (
    document_id TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    names TEXT NOT NULL, agenda TEXT NOT NULL, numbered TEXT NOT NULL
);
"""
# The title of a programme often has a section of its own, so many passages above the first line.
_PASSAGES_ABOVE = 2


@dataclass(frozen=True, slots=True)
class CollectionContent:
    """What a generation is built from: all documents by id, and what is true of all of them."""

    entries: Sequence[Entry]
    versions: Mapping[str, str]
    refused: Sequence[Refused]


def write_content(path: Path, content: CollectionContent) -> None:
    """Write the content of a generation. A passage's row in the other caches is its rowid − 1."""
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(
        database.CONTENT_TABLES + database.DETAIL_TABLES + database.REFUSED_TABLE + _WORKED_OUT
    )
    db.execute("BEGIN")
    for entry in content.entries:
        database.insert_content(db, entry)
        db.execute("INSERT INTO worked_out VALUES (?, ?, ?, ?)", _worked_out(entry))
    db.executemany("INSERT INTO versions VALUES (?, ?)", sorted(content.versions.items()))
    db.executemany("INSERT INTO refused VALUES (?, ?, ?)", map(astuple, content.refused))
    db.execute("COMMIT")
    db.close()


def _worked_out(entry: Entry) -> tuple[str, str, str, str]:
    document = entry.document
    named = (document.title, document.event, document.place, document.organisers)
    numbered = {
        (*thing, passage.id)
        for passage in entry.passages
        for text in (*passage.section, passage.text)
        for thing in series_in(analyse(text))
    }
    return (
        document.id,
        json.dumps(_stems(*named), ensure_ascii=False),
        json.dumps(list(_lines_of(entry)), ensure_ascii=False),
        json.dumps(sorted(numbered), ensure_ascii=False),
    )


def _stems(*texts: str | None) -> list[str]:
    return sorted({token.stem for text in texts for token in analyse(text or "")})


def _lines_of(entry: Entry) -> Iterator[list[object]]:
    """The fields of `AgendaLine`, of the timetable in order and then of the parts that do not stand
    in it but say how long they take."""
    places = {passage.id: place for place, passage in enumerate(entry.passages)}
    held = {item.passage_id for item in entry.agenda}
    parts = [
        AgendaItem(unit.passage_id, unit.title, None, None, None, unit.minutes, None)
        for unit in entry.details.units
        if unit.minutes and unit.passage_id in places and unit.passage_id not in held
    ]
    document = entry.document
    for number, item in enumerate((*entry.agenda, *parts)):
        place, day = places[item.passage_id], fold(item.day or "")
        passage = entry.passages[place]
        above = entry.passages[max(0, place - _PASSAGES_ABOVE) : place + 1]
        own = analyse(" ".join(filter(None, (item.title, item.people, item.place))))
        around = (*passage.section, item.day, document.title, document.event, document.place)
        yield [
            astuple(item),
            number < len(entry.agenda),
            # «Día 1» and «Día 2» are sections of one programme, not two programmes.
            [name for name in passage.section if not day or fold(name) != day],
            [token.stem for token in analyse(passage.text)],
            _stems(item.title),
            sorted({token.stem for token in own}),
            sorted({singular(token.surface) for token in own}),
            _stems(item.day),
            _stems(*around),
            _stems(*(name for one in above for name in one.section)),
        ]


def _agenda_line(values: Sequence[Any]) -> AgendaLine:
    item, timed, section, text, *stems = values
    return AgendaLine(
        database.agenda_item(item), timed, tuple(section), tuple(text), *map(frozenset, stems)
    )


class Content:
    """The open file. Safe to share: each thread has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        db = self._db
        self.documents = tuple(database.documents(db))
        self._by_id = {document.id: document for document in self.documents}
        self.versions = database.versions(db)
        self.refused = database.refused(db)
        # Rows are positions in the other caches: passages were written in their order.
        held = db.execute(
            "SELECT id, document_id, language FROM passages ORDER BY rowid"
        ).fetchall()
        self.ids = tuple(id_ for id_, _, _ in held)
        self.row_of = {id_: row for row, id_ in enumerate(self.ids)}
        ordinal = {document.id: i for i, document in enumerate(self.documents)}
        self.ordinals = np.array([ordinal[one] for _, one, _ in held], dtype=np.int32)
        self.goals = self._goals()
        self.twins = self._twins()
        self._columns = self._filter_columns([language for _, _, language in held])

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

    def _goals(self) -> NDArray[np.int32]:
        """The goals of every row as bits: a passage may name several."""
        goals = np.zeros(len(self.ids), dtype=np.int32)
        for passage_id, goal in self._db.execute("SELECT passage_id, goal FROM tags"):
            if passage_id in self.row_of:
                goals[self.row_of[passage_id]] |= 1 << goal
        return goals

    def _twins(self) -> Rows:
        """For every row the row of the same text in the document that its own is a version of;
        itself where there is none."""
        # By text and not by id: a copy has passages of its own.
        twins = np.arange(len(self.ids))
        found = self._db.execute(
            "SELECT p.rowid, min(q.rowid) FROM versions v"
            " JOIN passages p ON p.document_id = v.document_id"
            " JOIN passages q ON q.document_id = v.version_of AND q.text = p.text"
            " GROUP BY p.rowid"
        )
        for row, twin in found:
            twins[row - 1] = twin - 1
        return twins

    def _filter_columns(self, languages: Sequence[str]) -> dict[str, tuple[dict[str, int], Ints]]:
        """For every filter but that of goals the number of each value, and that of each row's."""
        columns = {}
        for name in FILTERS:
            if name == "ods":
                continue
            values = (
                languages if name == "language" else [facet_of(d, name) for d in self.documents]
            )
            numbers: dict[str, int] = {}
            column = np.array([numbers.setdefault(v, len(numbers)) for v in values], dtype=np.int32)
            columns[name] = numbers, column if name == "language" else column[self.ordinals]
        return columns

    def rows_where(self, filters: Mapping[str, Sequence[str]]) -> NDArray[np.bool_]:
        """Which rows `(n,)` have one of the values of every filter."""
        chosen = np.ones(len(self.ids), dtype=bool)
        for name, values in filters.items():
            if name == "ods":
                wanted = sum(1 << goal for goal in GOALS if str(goal) in values)
                chosen &= (self.goals & wanted) > 0
            else:
                numbers, column = self._columns[name]
                chosen &= np.isin(column, [numbers[v] for v in values if v in numbers])
        return chosen

    def rows_of(self, selection: Selection) -> Rows:
        """The rows of what a pin or a rule names; none of what is not in the collection."""
        if selection.passage is not None:
            row = self.row_of.get(selection.passage)
            return np.array([] if row is None else [row], dtype=np.int64)
        places = [i for i, one in enumerate(self.documents) if one.id == selection.document]
        rows = np.flatnonzero(np.isin(self.ordinals, places))
        if selection.page is None:
            return rows
        passages = self.passages([self.ids[row] for row in rows])
        # By any of its extents: a passage that begins on the page before is on this one too.
        return rows[
            [
                any(extent.page == selection.page for extent in passages[self.ids[row]].extents)
                for row in rows
            ]
        ]

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        """Those passages that there are, by id."""
        return database.passages_by_id(self._db, ids)

    def pages_of(self, passages: Iterable[Passage]) -> dict[str, tuple[Page, ...]]:
        """The pages that passages stand on, by the id of the passage."""
        wanted = {one.id: {(one.document_id, e.page) for e in one.extents} for one in passages}
        held = database.pages_at(self._db, set().union(*wanted.values()))
        return {
            id_: tuple(held[place] for place in sorted(places) if place in held)
            for id_, places in wanted.items()
        }

    def tags(self, passage_ids: Sequence[str]) -> dict[str, tuple[Tag, ...]]:
        """The tags of the passages that have any."""
        return database.tags_of(self._db, passage_ids)

    def read(self, document_id: str, parts: frozenset[DocumentPart]) -> DocumentContent | None:
        """A document with the parts asked for."""
        document = self._by_id.get(document_id)
        if document is None:
            return None
        db = self._db
        worked_out: tuple[Any, ...] = ((), (), ())
        if DocumentPart.AGENDA in parts:
            asked = "SELECT names, agenda, numbered FROM worked_out WHERE document_id = ?"
            worked_out = tuple(map(json.loads, db.execute(asked, (document_id,)).fetchone()))
        names, agenda, numbered = worked_out
        details = DocumentPart.DETAILS in parts
        return DocumentContent(
            document,
            pages=database.pages_of(db, document_id) if DocumentPart.PAGES in parts else (),
            passages=database.passages_of(db, document_id)
            if DocumentPart.PASSAGES in parts
            else (),
            details=database.details_of(db, document_id) if details else NOTHING_KNOWN,
            agenda=tuple(map(_agenda_line, agenda)),
            names=frozenset(names),
            numbered=tuple(map(tuple, numbered)),
        )

    def find_text(self, words: Sequence[str]) -> Iterator[Match]:
        """Where words stand in this order in a page, white space folded and nothing else."""
        pattern = re.compile(r"\s+".join(re.escape(word) for word in words))
        # The longest word is the rarest one, as far as a text can tell by itself.
        longest = max(words, key=len)
        if not longest.isascii() and longest != longest.encode(errors="replace").decode():
            return  # half a character, which no stored text holds
        for document_id, page in database.pages_holding(self._db, longest):
            document = self._by_id[document_id]
            number = page.number if document.paged else None
            # `finditer` goes on behind a match: of «1 1» in «1 1 1» it would miss the second.
            found = pattern.search(page.text)
            while found:
                yield Match(document.id, document.file, document.title, number, *found.span())
                found = pattern.search(page.text, found.start() + 1)

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
