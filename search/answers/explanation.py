"""Explains why a hit stands where it does.

Says what each kind of score contributes, which words of the question the passage holds, and which
of its words mean the same as one of the question (the alignment of late interaction).
"""

import numpy as np

from search.embedding.late_interaction import QueryTokens
from search.engine import LoadedPassage
from search.query import AnalysedQuery
from search.ranking import RankedCandidates, held_words
from search.results import ABOVE, Aligned, Explanation
from search.text.analysis import analyse


def explanation_of(
    asked: AnalysedQuery,
    tokens: QueryTokens,
    ranked: RankedCandidates,
    place: int,
    loaded: LoadedPassage,
) -> Explanation:
    """Why the candidate at a place of the order, loaded, stands there."""
    aligned = []
    # For each word of the question the word of the passage nearest to it.
    for token in analyse(asked.sentence) if len(loaded.similarities) else ():
        pieces = np.flatnonzero((tokens.starts >= token.start) & (tokens.starts < token.end))
        if not token.informative or not len(pieces):
            continue
        # A word of the question may be several tokens; one token of the passage is to say them all.
        similarity = loaded.similarities[:, pieces].mean(axis=1)
        best = int(similarity.argmax())
        start, end = loaded.words[best].tolist()
        met = ABOVE if loaded.starts[best] < 0 else loaded.passage.text[max(start, 0) : max(end, 0)]
        written = asked.sentence[token.start : token.end]
        weight = float(tokens.weights[pieces].sum())
        aligned.append(Aligned(written, met, float(similarity[best]), weight))
    return Explanation(
        shares=ranked.blend.shares(place),
        words=held_words(asked, ranked, place),
        aligned=tuple(sorted(aligned, key=lambda one: -one.weight)),
    )
