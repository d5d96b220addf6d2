"""Scores of several kinds to one: standardised, never by rank.

Rank fusion wrecks cross-lingual search here (measured nDCG@10 .74 against .92 for standardised
scores), because a Spanish word list ranks noise for an English passage.
"""

from dataclasses import astuple, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from search.types import Floats, Share


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is known of each candidate, one number `(n,)` a kind; higher is better.

    `words` is BM25 and `neighbours` which words of the question stand together as in it; `vector`
    is the cosine less the mean of its language; `tokens` late interaction over the whole passage,
    `span` over about a sentence of it.
    """

    words: Floats
    neighbours: Floats
    vector: Floats
    tokens: Floats
    span: Floats


@dataclass(frozen=True, slots=True)
class Weights:
    """What each kind of evidence counts, standardised; they sum to one.

    Fitted (listwise logistic loss) on every second question of squad-es and es-mixed and the tune
    split of our judged ones, then chosen by hand among near settings, whose nDCG@10 lies within
    .001 of one another on squad-es, .004 on es-mixed and .007 on ours. What is lost without each
    on squad-es, es-mixed and ours, most of its share given to another kind: words .010, .002,
    .020; neighbours .002, −.001, .002; vector .002, .003, .011; tokens .001, −.004, .012;
    span .003, .005, .001.
    """

    words: float = 0.22
    neighbours: float = 0.05
    vector: float = 0.20
    tokens: float = 0.31
    span: float = 0.22


WEIGHTS = Weights()
_WEIGHTS = np.array(astuple(WEIGHTS), dtype=np.float32)

NAMES = tuple(field.name for field in fields(Evidence))
_LEXICAL = np.arange(len(NAMES)) < NAMES.index("vector")  # what words say comes first

THIN_EVIDENCE, FULL_EVIDENCE = 0.3, 0.8
"""How much of the question the best passage holds, by rarity of the words. In between the weight
of words grows; without this gate passages that share one common word bury the right one in
another language (nDCG@10 of cross-lingual judged questions .768 against .804, English gold of
es-mixed .912 against .944)."""


@dataclass(frozen=True, slots=True, eq=False)
class Blend:
    """Candidates' evidence, raw and standardised, and what it counts, all `(n, kinds)` in the
    order of `NAMES`."""

    raw: Floats
    standardised: Floats
    weights: Floats

    @property
    def scores(self) -> Floats:
        """One number a candidate."""
        return np.asarray((self.standardised * self.weights).sum(axis=1), dtype=np.float32)

    def take(self, chosen: NDArray[np.int64]) -> "Blend":
        """A selection, in the order given."""
        return Blend(self.raw[chosen], self.standardised[chosen], self.weights[chosen])

    def shares(self, place: int) -> tuple[Share, ...]:
        """What each kind of evidence adds to the score of one candidate."""
        rows = zip(
            NAMES, self.raw[place], self.standardised[place], self.weights[place], strict=True
        )
        return tuple(
            Share(name, float(raw), float(standard), float(weight))
            for name, raw, standard, weight in rows
        )


def standardised(scores: Floats) -> Floats:
    """Each column of `(n,)` or `(n, k)` with zero mean and unit deviation; zeros where all of its
    values are equal."""
    if not len(scores):
        return scores
    moved = scores - scores.mean(axis=0)
    spread = np.sqrt(np.square(moved).mean(axis=0))
    return np.asarray(moved / np.where(spread < 1e-6, np.inf, spread), dtype=np.float32)


def standardised_within(scores: Floats, groups: NDArray[np.int16]) -> Floats:
    """Standardise each group by itself: lexical evidence compares passages of one language, and
    says nothing about those in another."""
    result = np.empty_like(scores)
    for group in np.unique(groups):
        members = groups == group
        result[members] = standardised(scores[members])
    return result


def trust_in_words(coverage: Floats) -> float:
    """From 0 to 1, how much lexical evidence counts: as far as the best passage covers the
    question."""
    best = float(coverage.max(initial=0.0))
    return min(max((best - THIN_EVIDENCE) / (FULL_EVIDENCE - THIN_EVIDENCE), 0.0), 1.0)


def blend(evidence: Evidence, coverage: Floats, language: NDArray[np.int16]) -> Blend:
    """Standardise and weigh the evidence for candidates, given how much of the question each holds
    and the language it is in."""
    raw = np.stack([getattr(evidence, name) for name in NAMES], axis=1).astype(np.float32)
    lexical = standardised_within(raw[:, _LEXICAL], language)
    standard = np.concatenate((lexical, standardised(raw[:, ~_LEXICAL])), axis=1)
    weights = np.where(_LEXICAL, _WEIGHTS * trust_in_words(coverage), _WEIGHTS)
    return Blend(raw, standard, np.broadcast_to(weights, standard.shape))
