"""A snapshot → the same one without what editors hide, for all that looks for an answer in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from search.index import Occurrences, Rows, Scored, Snapshot, Wanted
from search.rules import Rules
from search.suggest import Gathered, without
from search.types import (
    AgendaItem,
    Details,
    Document,
    FacetValue,
    Floats,
    PackedTokens,
    Page,
    Passage,
    Tag,
)


def rows_of(snapshot: Snapshot, document_id: str) -> Rows:
    """The rows of a document's passages; none where there is no such document."""
    ids = [document.id for document in snapshot.documents()]
    if document_id not in ids:
        return np.empty(0, dtype=np.int64)
    ordinals = snapshot.document_ordinals(np.arange(snapshot.info.passages))
    return np.flatnonzero(ordinals == ids.index(document_id))


def row_of(snapshot: Snapshot, passage_id: str) -> Rows:
    """The row of a passage, alone; none where there is no such passage."""
    passage = snapshot.passage(passage_id)
    rows = rows_of(snapshot, passage.document_id) if passage else np.empty(0, dtype=np.int64)
    held = snapshot.passages(rows.tolist())
    return rows[[one.id == passage_id for one in held]]


class Visible:
    """Implements `search.index.Snapshot`. Documents are counted and cited as ever: only rows,
    passages and what is told from them are left out."""

    def __init__(self, snapshot: Snapshot, rules: Rules) -> None:
        self.info = snapshot.info
        self.statistics = snapshot.statistics
        self._all = snapshot
        self._documents = rules.hidden_documents
        found = [rows_of(snapshot, one) for one in sorted(rules.hidden_documents)]
        found += [row_of(snapshot, one) for one in sorted(rules.hidden_passages)]
        self._hidden = np.unique(np.concatenate([*found, np.empty(0, dtype=np.int64)]))
        self._rows = np.setdiff1d(np.arange(self.info.passages), self._hidden)
        self._passages = frozenset(one.id for one in snapshot.passages(self._hidden.tolist()))

    def rows_where(self, filters: Mapping[str, tuple[str, ...]]) -> Rows:
        """See `Snapshot`; never None, since some rows are always left out."""
        rows = self._all.rows_where(filters)
        return self._rows if rows is None else np.setdiff1d(rows, self._hidden)

    def match(self, wanted: Wanted, limit: int, allowed: Rows | None) -> Scored:
        """See `Snapshot`."""
        return self._all.match(wanted, limit, self._rows if allowed is None else allowed)

    def occurrences(self, wanted: Wanted, rows: Rows) -> Occurrences:
        """See `Snapshot`."""
        return self._all.occurrences(wanted, rows)

    def holding(self, wanted: Wanted) -> Rows:
        """See `Snapshot`."""
        return np.setdiff1d(self._all.holding(wanted), self._hidden)

    def nearest(self, vector: Floats, limit: int, allowed: Rows | None) -> Rows:
        """See `Snapshot`."""
        return self._all.nearest(vector, limit, self._rows if allowed is None else allowed)

    def vectors(self, rows: Rows) -> Floats:
        """See `Snapshot`."""
        return self._all.vectors(rows)

    def token_vectors(self, rows: Rows) -> list[PackedTokens]:
        """See `Snapshot`."""
        return self._all.token_vectors(rows)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """See `Snapshot`."""
        return self._all.passages(rows)

    def tags(self, passage_ids: Sequence[str]) -> Mapping[str, tuple[Tag, ...]]:
        """See `Snapshot`."""
        return self._all.tags(passage_ids)

    def document_ordinals(self, rows: Rows) -> Rows:
        """See `Snapshot`."""
        return self._all.document_ordinals(rows)

    def facets(self, rows: Rows) -> dict[str, tuple[FacetValue, ...]]:
        """See `Snapshot`."""
        return self._all.facets(rows)

    def documents(self) -> Sequence[Document]:
        """See `Snapshot`: all of them, since rows point into these."""
        return self._all.documents()

    def document(self, document_id: str) -> Document | None:
        """See `Snapshot`."""
        return self._all.document(document_id)

    def details(self, document_id: str) -> Details:
        """See `Snapshot`; without what only hidden passages tell."""
        known = self._all.details(document_id)
        return replace(
            known,
            facts=tuple(fact for fact in known.facts if fact.passage_id not in self._passages),
            units=tuple(unit for unit in known.units if unit.passage_id not in self._passages),
        )

    def versions(self) -> Mapping[str, str]:
        """See `Snapshot`."""
        return self._all.versions()

    def twins(self, rows: Rows) -> Rows:
        """See `Snapshot`."""
        return self._all.twins(rows)

    def pages(self, document_id: str) -> tuple[Page, ...]:
        """See `Snapshot`."""
        return self._all.pages(document_id)

    def page(self, document_id: str, number: int) -> Page | None:
        """See `Snapshot`."""
        return self._all.page(document_id, number)

    def passages_of(self, document_id: str) -> tuple[Passage, ...]:
        """See `Snapshot`."""
        held = self._all.passages_of(document_id)
        return tuple(passage for passage in held if passage.id not in self._passages)

    def timetable(self, document_id: str) -> tuple[tuple[Passage, AgendaItem], ...]:
        """See `Snapshot`."""
        lines = self._all.timetable(document_id)
        return tuple(line for line in lines if line[0].id not in self._passages)

    def passage(self, passage_id: str) -> Passage | None:
        """See `Snapshot`."""
        return None if passage_id in self._passages else self._all.passage(passage_id)

    def pages_holding(self, text: str) -> Iterator[tuple[Document, Page]]:
        """See `Snapshot`."""
        return self._all.pages_holding(text)

    def equivalents(self) -> Sequence[str]:
        """See `Snapshot`."""
        return self._all.equivalents()

    def suggestions(self) -> Sequence[Gathered]:
        """See `Snapshot`."""
        hidden = self._all.passages(self._hidden.tolist())
        touched = sorted({passage.document_id for passage in hidden} | self._documents)
        left = [(document, self.passages_of(id_)) for id_ in touched
                if (document := self._all.document(id_))]  # fmt: skip
        return without(self._all.suggestions(), hidden, left)

    def close(self) -> None:
        """See `Snapshot`."""
        self._all.close()
