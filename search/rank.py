"""Candidates to an order: what words, vectors and late interaction say of each, and their blend."""

from dataclasses import dataclass, replace

import numpy as np

from search.fuse import Blend, Evidence, blend
from search.index import Rows, Snapshot
from search.late import QueryTokens, nearness
from search.query import Asked
from search.types import Floats, Share
from search.words import Worded, weigh

LEXICAL_CANDIDATES = 60
DENSE_CANDIDATES = 40
"""Candidates by BM25, and by cosine within each language of the collection. Late interaction can
only lift what was proposed; on our evaluation sets more candidates change nothing."""

READ_CANDIDATES = 60
"""Of these, those whose tokens are read, which is most of the cost of ranking: nDCG@10 of squad-es
is .9075 against .9085 with all 76 of them, that of es-mixed and of ours the same."""

_LEAST_SPREAD = 0.02
"""Added to the deviation of a token's similarities before dividing by it, so that a token that is
equally near to all candidates does not drown the others."""


@dataclass(frozen=True, slots=True, eq=False)
class Within:
    """Rows that may be candidates (None: all), and those that must be, because they are pinned."""

    allowed: Rows | None = None
    pinned: Rows | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Candidates best first. `cosine` is plain, `dense` less the mean of its language; `maxima`
    `(n, q)` is how near each candidate comes to each token of the question, `terms` `(n, t)` what
    each of its words adds to `lexical`, and `blend` how the score came about."""

    rows: Rows
    scores: Floats
    lexical: Floats
    cosine: Floats
    dense: Floats
    late: Floats
    maxima: Floats
    terms: Floats
    blend: Blend

    def take(self, chosen: Rows) -> "Ranked":
        """A selection, in the order given."""
        return Ranked(
            self.rows[chosen],
            self.scores[chosen],
            self.lexical[chosen],
            self.cosine[chosen],
            self.dense[chosen],
            self.late[chosen],
            self.maxima[chosen],
            self.terms[chosen],
            self.blend.take(chosen),
        )


def propose(snapshot: Snapshot, asked: Asked, vector: Floats, within: Within) -> Rows:
    """Rows worth ranking: the union of the best by words, the nearest in each language and what
    is pinned."""
    lexical = snapshot.match(asked.wanted, LEXICAL_CANDIDATES, within.allowed).rows
    rows = np.union1d(lexical, snapshot.nearest(vector, DENSE_CANDIDATES, within.allowed))
    return rows if within.pinned is None else np.union1d(rows, within.pinned)


def rank(
    snapshot: Snapshot, asked: Asked, vector: Floats, tokens: QueryTokens, within: Within
) -> Ranked:
    """Propose and order candidates, best first; equal scores keep the order of the collection."""
    rows, worded, cosine, dense = _compared(snapshot, asked, vector, within)
    language = snapshot.statistics.language[rows]
    near = nearness(tokens.vectors, snapshot.token_vectors(rows))
    telling = _telling(tokens.weights, near.maxima)
    evidence = Evidence(
        words=worded.scores,
        neighbours=worded.pairs,
        vector=dense,
        tokens=near.maxima @ telling,
        span=near.spans(telling),
    )
    blended = blend(evidence, worded.coverage, language)
    ranked = Ranked(
        rows=rows,
        scores=blended.scores,
        lexical=worded.scores,
        cosine=cosine,
        dense=dense,
        late=near.maxima @ tokens.weights,
        maxima=near.maxima,
        terms=worded.terms,
        blend=blended,
    )
    return ranked.take(np.lexsort((rows, -ranked.scores)))


def _compared(
    snapshot: Snapshot, asked: Asked, vector: Floats, within: Within
) -> tuple[Rows, Worded, Floats, Floats]:
    """The candidates that words and vectors together put first, with what these say."""
    rows = propose(snapshot, asked, vector, within)
    language = snapshot.statistics.language[rows]
    worded = weigh(snapshot.occurrences(asked.wanted, rows), asked.wanted.terms)
    cosine, dense = _cosines(snapshot, rows, vector)
    if len(rows) > READ_CANDIDATES:
        unread = np.zeros(len(rows), dtype=np.float32)
        evidence = Evidence(worded.scores, worded.pairs, dense, tokens=unread, span=unread)
        first = blend(evidence, worded.coverage, language).scores
        kept = np.sort(np.lexsort((rows, -first))[:READ_CANDIDATES])
        if within.pinned is not None:
            kept = np.union1d(kept, np.flatnonzero(np.isin(rows, within.pinned)))
        rows, worded, cosine, dense = rows[kept], worded.take(kept), cosine[kept], dense[kept]
    return rows, worded, cosine, dense


def _cosines(snapshot: Snapshot, rows: Rows, vector: Floats) -> tuple[Floats, Floats]:
    """Cosines plain, and less that of the mean of their language: each language's passages lie
    around a mean of their own, so that those in the question's language would win whatever they
    say. An empty collection has vectors of no dimension."""
    if not len(rows):
        return np.empty(0, dtype=np.float32), np.empty(0, dtype=np.float32)
    cosine = snapshot.vectors(rows) @ vector
    language = snapshot.statistics.language[rows]
    return cosine, cosine - (snapshot.statistics.means @ vector)[language]


def _telling(weights: Floats, maxima: Floats) -> Floats:
    """Weights of a question's tokens for these candidates: similarities to each are brought to
    one spread, as are scores of different kinds before they are added."""
    if not len(maxima):
        return weights
    even = weights / (maxima.std(axis=0) + _LEAST_SPREAD)
    return np.asarray(even / max(float(even.sum()), 1e-9), dtype=np.float32)


def explain(ranked: Ranked, place: int) -> tuple[Share, ...]:
    """What each kind of evidence adds to the score of a candidate: the sum of weight times
    standardised value is the score."""
    return ranked.blend.shares(place)


def held_words(asked: Asked, ranked: Ranked, place: int) -> tuple[tuple[str, float], ...]:
    """The words of the question, as looked for, that a candidate holds, and what each adds to its
    BM25; heaviest first."""
    held = zip(asked.wanted.terms, ranked.terms[place].tolist(), strict=True)
    return tuple(
        sorted(
            ((term.surface, weight) for term, weight in held if weight > 0),
            key=lambda word: -word[1],
        )
    )


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
