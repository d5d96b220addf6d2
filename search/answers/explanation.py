"""Explains why a hit stands where it does.

Says what each kind of score contributes, which words of the question the passage holds, and which
of its words mean the same as one of the question (the alignment of late interaction).
"""

from bisect import bisect_right

import numpy as np

from search.answers.spans import OpenedPassage, word_bounds
from search.embedding.late_interaction import QueryTokens
from search.query import AnalysedQuery
from search.ranking import RankedCandidates, explain, held_words
from search.results import ABOVE, Aligned, Explanation
from search.text.analysis import analyse


def reasons(
    asked: AnalysedQuery, tokens: QueryTokens, ranked: RankedCandidates, opened: OpenedPassage
) -> Explanation:
    """Why an opened candidate ranks where it does."""
    return Explanation(
        shares=explain(ranked, opened.place),
        words=held_words(asked, ranked, opened.place),
        aligned=_aligned(asked, tokens, opened),
    )


def _aligned(
    asked: AnalysedQuery, tokens: QueryTokens, opened: OpenedPassage
) -> tuple[Aligned, ...]:
    """For each word of the question the word of the passage nearest to it, heaviest first."""
    if not len(opened.similarities):
        return ()
    aligned = []
    for token in analyse(asked.sentence):
        pieces = np.flatnonzero((tokens.starts >= token.start) & (tokens.starts < token.end))
        if not token.informative or not len(pieces):
            continue
        # A word of the question may be several tokens; one token of the passage is to say them all.
        similarity = opened.similarities[:, pieces].mean(axis=1)
        best = int(similarity.argmax())
        written = asked.sentence[token.start : token.end]
        found = _word_at(opened.passage.text, int(opened.starts[best]))
        weight = float(tokens.weights[pieces].sum())
        aligned.append(Aligned(written, found, float(similarity[best]), weight))
    return tuple(sorted(aligned, key=lambda one: -one.weight))


def _word_at(text: str, start: int) -> str:
    """The word that a code point of the passage lies in; −1 is above its text."""
    if start < 0:
        return ABOVE
    words, firsts = word_bounds(text)
    if not words:
        return ""
    first, last = words[max(bisect_right(firsts, start) - 1, 0)]
    return text[first:last]
