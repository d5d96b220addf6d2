"""Candidates to an order: what BM25, cosine and late interaction say of each, and their blend."""

import math
from dataclasses import dataclass, fields, replace

import numpy as np

from search.fuse import blend
from search.index import Rows, Snapshot, Statistics
from search.late import QueryTokens, max_similarities
from search.query import Asked
from search.types import Floats

LEXICAL_CANDIDATES = 60
DENSE_CANDIDATES = 40
"""Candidates by BM25, and by cosine within each language of the collection. Late interaction can
only lift what was proposed; on our evaluation sets more candidates change nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Candidates best first. `cosine` is plain, `dense` less the mean of its language; `maxima`
    `(n, q)` is how near each candidate comes to each token of the question."""

    rows: Rows
    scores: Floats
    lexical: Floats
    cosine: Floats
    dense: Floats
    late: Floats
    maxima: Floats

    def take(self, chosen: Rows) -> "Ranked":
        """A selection, in the order given."""
        return Ranked(*(getattr(self, field.name)[chosen] for field in fields(Ranked)))


def propose(snapshot: Snapshot, asked: Asked, vector: Floats, allowed: Rows | None) -> Rows:
    """Rows worth ranking: the union of the best by words and the nearest in each language."""
    lexical = snapshot.match(asked.wanted, LEXICAL_CANDIDATES, allowed).rows
    return np.union1d(lexical, snapshot.nearest(vector, DENSE_CANDIDATES, allowed))


def rank(
    snapshot: Snapshot, asked: Asked, vector: Floats, tokens: QueryTokens, allowed: Rows | None
) -> Ranked:
    """Propose and order candidates, best first; equal scores keep the order of the collection."""
    rows = propose(snapshot, asked, vector, allowed)
    if not len(rows):
        return _nothing(tokens)
    statistics = snapshot.statistics
    language = statistics.language[rows]
    lexical = snapshot.match_scores(asked.wanted, rows)
    cosine = snapshot.vectors(rows) @ vector
    # Each language's passages lie around a mean of their own; without it, passages in the
    # question's language win whatever they say.
    dense = cosine - (statistics.means @ vector)[language]
    maxima = max_similarities(tokens.vectors, snapshot.token_vectors(rows))
    late = maxima @ tokens.weights
    scores = blend(lexical, dense, late, language, _word_weights(asked, statistics))
    ranked = Ranked(rows, scores, lexical, cosine, dense, late, maxima)
    return ranked.take(np.lexsort((rows, -scores)))


def without_copies(snapshot: Snapshot, ranked: Ranked) -> Ranked:
    """One candidate for each text that stands in several versions of a document: the place of the
    best, and the copy of the version that speaks for all, where it is a candidate too."""
    twins = snapshot.twins(ranked.rows)
    _, first = np.unique(twins, return_index=True)
    if len(first) == len(twins):
        return ranked
    kept = np.sort(first)
    spoken = np.isin(twins[kept], ranked.rows)
    rows = np.where(spoken, twins[kept], ranked.rows[kept])
    return replace(ranked.take(kept), rows=rows)


def _nothing(tokens: QueryTokens) -> Ranked:
    none = np.empty(0, dtype=np.float32)
    maxima = np.empty((0, len(tokens.weights)), dtype=np.float32)
    return Ranked(np.empty(0, dtype=np.int64), none, none, none, none, none, maxima)


def _word_weights(asked: Asked, statistics: Statistics) -> float:
    """Sum of the BM25 weights of the question's words (Robertson and Zaragoza, 2009)."""
    total = 0.0
    for term in asked.wanted.terms:
        held = statistics.words.get(term.surface, 0)
        rarity = math.log(1 + (statistics.passages - held + 0.5) / (held + 0.5))
        total += term.weight * rarity
    return total


def narrow(snapshot: Snapshot, asked: Asked) -> tuple[Rows | None, bool]:
    """Rows that filters, phrases and excluded words leave (None: all), and whether the phrases
    had to be let go because no passage holds them."""
    filtered = snapshot.rows_where(asked.query.filters)
    if not asked.demanding:
        return filtered, False
    held = snapshot.holding(asked.wanted)
    relaxed = not len(held) and bool(asked.wanted.phrases)
    if relaxed:
        held = snapshot.holding(replace(asked.wanted, phrases=()))
    return (held if filtered is None else np.intersect1d(filtered, held)), relaxed
