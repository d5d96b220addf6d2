"""Passages to the places where the words of a question stand in them: a forward index.

Tantivy finds passages by words; this tells of given passages which words they hold and where,
without asking it about each again (measured for 76 candidates and 6 words: 0.3 ms against 0.7 ms,
and it knows the places besides).
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.index import Occurrences, Rows, Wanted
from search.spanish import Token
from search.types import Ints

_GAP = 8
"""Empty places between the words of a text and the shapes read off it: no pair spans it."""

_FILES = ("ids", "offsets", "heads", "lengths", "surfaces", "stems", "held", "stem_held")


def _key(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


class Forward:
    """Collects the words of passages, row by row; 4 bytes a word."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {("", ""): 0}
        self._ids: list[Ints] = []
        self._sizes: list[tuple[int, int]] = []
        self._held: Counter[str] = Counter()
        self._stem_held: Counter[str] = Counter()

    def add(self, heading: Sequence[Token], text: Sequence[Token], read: Sequence[str]) -> None:
        """The next row: what stands above it, its words, and what is read into them."""
        after = [(word, word) for word in read]
        above, own = _pairs(heading), _pairs(text)
        everything = [*above, *own, *[("", "")] * _GAP, *after]
        numbers = self._numbers
        ids = [numbers.setdefault(pair, len(numbers)) for pair in everything]
        self._ids.append(np.array(ids, dtype=np.int32))
        self._sizes.append((len(above), len(own)))
        self._held.update({surface for surface, _ in everything})
        self._stem_held.update({stem for _, stem in everything})

    def write(self, folder: Path) -> None:
        """Write it all; rows keep their order."""
        folder.mkdir()
        sizes = np.array(self._sizes, dtype=np.int32).reshape(-1, 2)
        lengths = [len(ids) for ids in self._ids]
        arrays: dict[str, np.ndarray] = {
            "ids": np.concatenate(self._ids or [np.empty(0, dtype=np.int32)]),
            "offsets": np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
            "heads": sizes[:, 0],
            "lengths": sizes[:, 1],
            "surfaces": np.array([_key(s) for s, _ in self._numbers], dtype=np.uint64),
            "stems": np.array([_key(s) for _, s in self._numbers], dtype=np.uint64),
            "held": np.array([self._held[s] for s, _ in self._numbers], dtype=np.int32),
            "stem_held": np.array([self._stem_held[s] for _, s in self._numbers], dtype=np.int32),
        }
        for name in _FILES:
            np.save(folder / f"{name}.npy", arrays[name])


def _pairs(tokens: Sequence[Token]) -> list[tuple[str, str]]:
    return [(token.surface, token.stem) for token in tokens]


class _Keys:
    """Which numbers a hashed word has."""

    def __init__(self, keys: NDArray[np.uint64]) -> None:
        self._order = np.argsort(keys, kind="stable")
        self._sorted = keys[self._order]

    def numbers(self, word: str) -> Ints:
        key = np.uint64(_key(word))
        first = self._sorted.searchsorted(key, "left")
        return np.asarray(self._order[first : self._sorted.searchsorted(key, "right")])


class Words:
    """The forward index, mapped. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        def load(name: str, mapped: bool = False) -> np.ndarray:
            array = np.load(folder / f"{name}.npy", mmap_mode="r" if mapped else None)
            return np.asarray(array).view(np.ndarray)

        self._ids = load("ids", mapped=True)
        self._offsets, self._heads, self._lengths = map(load, ("offsets", "heads", "lengths"))
        self._held, self._stem_held = load("held"), load("stem_held")
        self._surfaces, self._stems = _Keys(load("surfaces")), _Keys(load("stems"))
        self._mean_length = float(self._lengths.mean()) if len(self._lengths) else 1.0

    def occurrences(self, wanted: Wanted, rows: Rows) -> Occurrences:
        """Where words of the question stand in the given rows."""
        stem_of, word_of, stem_held, held = self._places(wanted)
        sizes = self._offsets[rows + 1] - self._offsets[rows]
        firsts = np.cumsum(sizes) - sizes
        spans = [self._ids[self._offsets[row] : self._offsets[row + 1]] for row in rows.tolist()]
        ids = np.concatenate(spans) if spans else self._ids[:0]
        found = np.flatnonzero(stem_of[ids])
        owner = np.repeat(np.arange(len(rows)), sizes)[found]
        position = found - firsts[owner]
        return Occurrences(
            owner=owner,
            position=position,
            term=stem_of[ids[found]] - 1,
            word=word_of[ids[found]] - 1,
            heading=position < self._heads[rows][owner],
            lengths=self._lengths[rows],
            mean_length=self._mean_length,
            stem_held=stem_held,
            held=held,
            passages=len(self._lengths),
        )

    def _places(self, wanted: Wanted) -> tuple[Ints, Ints, Ints, Ints]:
        """By the number of a word: which term's stem it has and which term it is, from one; by
        term: how many passages hold its stem and itself."""
        stem_of = np.zeros(len(self._held), dtype=np.int32)
        word_of = np.zeros(len(self._held), dtype=np.int32)
        held = np.zeros((2, len(wanted.terms)), dtype=np.int32)
        # Backwards, so that of two words with one stem the first stands for both.
        for place in reversed(range(len(wanted.terms))):
            term = wanted.terms[place]
            stems, words = self._stems.numbers(term.stem), self._surfaces.numbers(term.surface)
            word_of[words] = place + 1
            stem_of[words] = np.where(stem_of[words] == 0, place + 1, stem_of[words])
            stem_of[stems] = place + 1
            held[0, place] = self._stem_held[stems].max(initial=0)
            held[1, place] = self._held[words].max(initial=0)
        return stem_of, word_of, held[0], held[1]
