"""A hit to the reasons for its place: kinds of evidence, words that it holds or says otherwise."""

import re
from bisect import bisect_right

import numpy as np

from search.answers.spans import OpenedPassage
from search.embedding.late_interaction import QueryTokens
from search.query import AnalysedQuery
from search.ranking import RankedCandidates, explain, held_words
from search.results import ABOVE, Aligned, Explanation
from search.text.analysis import analyse

_WORD = re.compile(r"[^\W_]+")


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
    if not len(opened.near):
        return ()
    found = []
    for token in analyse(asked.sentence):
        pieces = np.flatnonzero((tokens.starts >= token.start) & (tokens.starts < token.end))
        if not token.informative or not len(pieces):
            continue
        near = opened.near[:, pieces].mean(axis=1)
        best = int(near.argmax())
        written = asked.sentence[token.start : token.end]
        met = _word_at(opened.passage.text, int(opened.starts[best]))
        weight = float(tokens.weights[pieces].sum())
        found.append(Aligned(written, met, float(near[best]), weight))
    return tuple(sorted(found, key=lambda aligned: -aligned.weight))


def _word_at(text: str, start: int) -> str:
    """The word that a code point of the passage lies in; −1 is above its text."""
    if start < 0:
        return ABOVE
    words = list(_WORD.finditer(text))
    place = bisect_right([word.start() for word in words], start) - 1
    return words[max(place, 0)].group() if words else ""
