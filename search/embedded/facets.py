"""Documents and the tags of passages → columns that narrow and count, one number a passage."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from search.index import FACETS, FILTERS, Rows
from search.types import Document, FacetValue

Chosen: TypeAlias = NDArray[np.bool_]
GOALS = range(1, 18)


class Column(Protocol):
    """The values of one filter for all passages."""

    def holds(self, values: Sequence[str]) -> Chosen:
        """Which passages have one of the values."""

    def counts(self, rows: Rows) -> dict[str, int]:
        """How many of the rows have each value, for those that any has."""


class _One:
    """At most one value a passage, as its number in a list; "" where nothing is known."""

    def __init__(self, values: Sequence[str]) -> None:
        self._values = tuple(dict.fromkeys(values))
        number = {value: i for i, value in enumerate(self._values)}
        self._numbers = np.array([number[value] for value in values], dtype=np.int32)

    def holds(self, values: Sequence[str]) -> Chosen:
        wanted = [number for number, value in enumerate(self._values) if value in values]
        return np.isin(self._numbers, wanted)

    def counts(self, rows: Rows) -> dict[str, int]:
        counts = np.bincount(self._numbers[rows], minlength=len(self._values)).tolist()
        return {v: n for v, n in zip(self._values, counts, strict=True) if v and n}


class _Goals:
    """Any number of the seventeen goals a passage, as bits."""

    def __init__(self, passages: int, named: Iterable[tuple[int, int]]) -> None:
        self._bits = np.zeros(passages, dtype=np.uint32)
        for row, goal in named:
            self._bits[row] |= np.uint32(1 << goal)

    def holds(self, values: Sequence[str]) -> Chosen:
        wanted = sum(1 << goal for goal in GOALS if str(goal) in values)
        return np.asarray(self._bits & np.uint32(wanted), dtype=np.bool_)

    def counts(self, rows: Rows) -> dict[str, int]:
        bits = self._bits[rows]
        counts = {str(g): int(np.count_nonzero(bits & np.uint32(1 << g))) for g in GOALS}
        return {goal: count for goal, count in counts.items() if count}


def columns(
    documents: Sequence[Document],
    places: Sequence[tuple[int, str]],
    named: Iterable[tuple[int, int]],
) -> dict[str, Column]:
    """A column for every filter. `places` are the document and the language of each passage;
    `named` pairs of a passage's row and a goal."""
    of_passage: dict[str, Column] = {
        "language": _One([language for _, language in places]),
        "ods": _Goals(len(places), named),
    }
    return {
        name: of_passage.get(name) or _One(_of_documents(name, documents, places))
        for name in FILTERS
    }


def _of_documents(
    name: str, documents: Sequence[Document], places: Sequence[tuple[int, str]]
) -> list[str]:
    if name == "year":
        values = [(document.date or "")[:4] for document in documents]
    elif name == "document":
        values = [document.id for document in documents]
    else:
        values = [str(getattr(document, name) or "") for document in documents]
    return [values[place] for place, _ in places]


def rows_where(columns: Mapping[str, Column], filters: Mapping[str, Sequence[str]]) -> Rows | None:
    """Rows that have one of the values of every filter; None without filters."""
    if not filters:
        return None
    held = [columns[name].holds(values) for name, values in filters.items()]
    return np.flatnonzero(np.logical_and.reduce(held))


def count(columns: Mapping[str, Column], rows: Rows) -> dict[str, tuple[FacetValue, ...]]:
    """Counts of each facet's values over the rows, most frequent first, then by value."""
    result = {}
    for name in FACETS:
        counts = columns[name].counts(rows)
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        result[name] = tuple(FacetValue(value, number) for value, number in ordered)
    return result
