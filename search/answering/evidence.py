"""The best candidates of a question, opened: their text, and how near each token comes to it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.index import Rows, Snapshot, Statistics
from search.late import QueryTokens, similarities
from search.query import Asked
from search.rank import Ranked
from search.types import Document, Floats, Ints, Passage


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """One candidate. `near` `(t, q)` is the similarity of each of its kept tokens to each token of
    the question; `starts` `(t,)` the code points where they start in the text (−1: above it)."""

    place: int
    passage: Passage
    document: Document
    starts: Ints
    near: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is known when an answer is looked for; `opened` best first."""

    asked: Asked
    tokens: QueryTokens
    ranked: Ranked
    opened: tuple[Opened, ...]
    statistics: Statistics


def open_places(
    snapshot: Snapshot, tokens: QueryTokens, ranked: Ranked, places: Sequence[int]
) -> tuple[Opened, ...]:
    """Open the candidates in these places of the order."""
    rows: Rows = ranked.rows[list(places)]
    passages = snapshot.passages(rows.tolist())
    documents = snapshot.documents()
    ordinals = snapshot.document_ordinals(rows).tolist()
    packed = snapshot.token_vectors(rows)
    if not packed:
        return ()
    near = similarities(tokens.vectors, np.concatenate([one.bits for one in packed]))
    ends = np.cumsum([len(one.bits) for one in packed])
    pieces = np.split(near, ends[:-1])
    return tuple(
        Opened(place, passage, documents[ordinal], one.starts, piece)
        for place, passage, ordinal, one, piece in zip(
            places, passages, ordinals, packed, pieces, strict=True
        )
    )


def by_span(opened: Opened, spans: Sequence[tuple[int, int]]) -> Floats:
    """Best similarity of each question token within each stretch of the text `(s, q)`; 0 where a
    stretch has no token of its own."""
    maxima = np.zeros((len(spans), opened.near.shape[1]), dtype=np.float32)
    inside = opened.starts >= 0
    if not spans or not inside.any():
        return maxima
    ends = np.array([end for _, end in spans])
    span = np.minimum(np.searchsorted(ends, opened.starts[inside], "right"), len(spans) - 1)
    np.maximum.at(maxima, span, opened.near[inside])
    return maxima


def span_of(ends: Sequence[int], position: int) -> int:
    """Which stretch a code point lies in, given where they end."""
    return min(bisect_right(ends, position), len(ends) - 1)
