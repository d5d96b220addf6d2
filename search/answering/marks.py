"""Which words of a passage matched: by stem, and by the alignment of late interaction."""

import re
from bisect import bisect_right
from functools import lru_cache

from search.answering.evidence import Opened
from search.query import Asked
from search.spanish import STOPWORDS, fold
from search.wording.readings import read

ALIGNED = 0.5
"""Similarity from which a passage token counts as saying the same as a token of the question
(the same word in the same sense is about .6; unrelated words stay under .35)."""

_WORD = re.compile(r"[^\W_]+")


def mark(asked: Asked, opened: Opened) -> tuple[tuple[int, int], ...]:
    """Code point ranges of the words in the passage's text to point out, in order, not touching."""
    stems = {term.stem for term in asked.wanted.terms}
    spans = {
        (token.start, token.end)
        for token in read(opened.passage.text)
        if token.stem in stems and token.informative
    }
    spans |= _aligned(opened)
    return _merged(sorted(spans))


def _aligned(opened: Opened) -> set[tuple[int, int]]:
    if not opened.near.size:
        return set()
    near = opened.near.max(axis=1) >= ALIGNED
    starts = set(opened.starts[near & (opened.starts >= 0)].tolist())
    if not starts:
        return set()
    text = opened.passage.text
    words, firsts = _words(text)
    aligned = {words[bisect_right(firsts, start) - 1] for start in starts if start >= firsts[0]}
    return {(a, b) for a, b in aligned if fold(text[a:b]) not in STOPWORDS}


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[list[tuple[int, int]], list[int]]:
    """Where words stand and where they start."""
    words = [word.span() for word in _WORD.finditer(text)]
    return words, [start for start, _ in words]


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
