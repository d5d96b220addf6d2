"""Pins and a question → the rows that must be candidates, and the places that come first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from search.index import Rows, Snapshot
from search.query import Asked
from search.rank import Ranked, Within
from search.rules import Pin, Rules
from search.types import Floats
from search.visible import row_of, rows_of

_PROPOSED = 3
"""Passages of a pinned document that are ranked, by words and in each language by vector: the
best of them is shown, and more would change what the scores of all others are compared with."""


class Pins:
    """The pins of a set of rules over one snapshot, safe to share between threads."""

    def __init__(self, snapshot: Snapshot, rules: Rules) -> None:
        self._snapshot = snapshot
        self._rules = rules
        self._rows = {pin: _rows(snapshot, pin) for pin in rules.pins}

    def rows_for(self, asked: Asked, allowed: Rows | None) -> list[Rows]:
        """For each pin of a question the rows that it may put first; filters hold for them too."""
        found = [self._rows[pin] for pin in self._rules.pins_for(asked)]
        if allowed is not None:
            found = [np.intersect1d(rows, allowed) for rows in found]
        return [rows for rows in found if len(rows)]

    def within(
        self, allowed: Rows | None, asked: Asked, vector: Floats, pinned: Sequence[Rows]
    ) -> Within:
        """Where candidates come from: of each pin a few must be among them, whatever else is."""
        chosen = [
            rows
            if len(rows) <= _PROPOSED
            else np.union1d(
                self._snapshot.match(asked.wanted, _PROPOSED, rows).rows,
                self._snapshot.nearest(vector, _PROPOSED, rows),
            )
            for rows in pinned
        ]
        return Within(allowed, np.unique(np.concatenate(chosen)) if chosen else None)


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """The `places` of candidates that are the result, in order, those `first` that are pinned;
    `families` are the documents with their versions that they belong to."""

    places: Rows
    first: tuple[int, ...]
    families: Rows

    @classmethod
    def of(cls, total: int, first: tuple[int, ...], families: Rows) -> "Order":
        """What is pinned, then the `total` best; `families` are those of all candidates."""
        rest = (place for place in range(total) if place not in first)
        places = np.array([*first, *rest], dtype=np.int64)
        return cls(places, first, families[places])

    def beside(self, place: int) -> int:
        """How many passages of the result belong to the document of one, itself among them."""
        own = self.families[self.places == place]
        return int((self.families == own).sum())


def _rows(snapshot: Snapshot, pin: Pin) -> Rows:
    """The rows of what is pinned; none of what is not in the collection (any more)."""
    if pin.passage_id is not None:
        return row_of(snapshot, pin.passage_id)
    rows = rows_of(snapshot, pin.document_id or "")
    if pin.page is None:
        return rows
    held = snapshot.passages(rows.tolist())
    return rows[[any(extent.page == pin.page for extent in one.extents) for one in held]]


def lead(
    snapshot: Snapshot, ranked: Ranked, pinned: Sequence[Rows]
) -> tuple[Ranked, tuple[int, ...]]:
    """The places that come first, in the order of the pins. Where a version of the pinned document
    speaks for the same text, the pinned one takes its place: that is what editors chose."""
    rows, first = ranked.rows.copy(), list[int]()
    for wanted in pinned:
        twins = snapshot.twins(wanted)
        places = np.flatnonzero(np.isin(snapshot.twins(rows), twins))
        place = next((place for place in places.tolist() if place not in first), None)
        if place is None:
            continue
        if rows[place] not in wanted:
            same = twins == snapshot.twins(rows[[place]])[0]
            rows[place] = wanted[same][0]
        first.append(place)
    return (replace(ranked, rows=rows) if first else ranked), tuple(first)
