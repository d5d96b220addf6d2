"""Scores of several kinds to one: standardised, never by rank.

Rank fusion wrecks cross-lingual search here (measured nDCG@10 .74 against .92 for standardised
scores), because a Spanish word list ranks noise for an English passage.
"""

import numpy as np

from search.types import Floats

DENSE_WEIGHT = 0.5
LATE_WEIGHT = 0.6
"""Measured on a third of squad-es and on es-mixed: nDCG@10 is flat within .002 for late weights
of .5 to .7 and dense weights of .5 to .6. `acervo evaluate` prints each component and this
setting."""


def standardised(scores: Floats) -> Floats:
    """Zero mean and unit deviation; zeros where all scores are equal."""
    spread = scores.std() if len(scores) else 0.0
    if spread < 1e-9:
        return np.zeros_like(scores)
    return np.asarray((scores - scores.mean()) / spread, dtype=np.float32)


def standardised_within(scores: Floats, groups: np.ndarray) -> Floats:
    """Standardise each group by itself: lexical evidence compares passages of one language, and
    says nothing about those in another."""
    result = np.zeros_like(scores)
    for group in np.unique(groups):
        members = groups == group
        result[members] = standardised(scores[members])
    return result


def blend(lexical: Floats, dense: Floats, late: Floats, language: np.ndarray) -> Floats:
    """One score a candidate from BM25, language-centred cosine and MaxSim, all `(n,)`."""
    fused = (1 - DENSE_WEIGHT) * standardised_within(lexical, language)
    fused += DENSE_WEIGHT * standardised(dense)
    return LATE_WEIGHT * standardised(late) + (1 - LATE_WEIGHT) * standardised(fused)
