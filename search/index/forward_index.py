"""Keeps the words of every passage in order, and what questions need of them.

The forward index lets ranking weigh its candidates without asking Tantivy again (60 candidates in
.3 ms against 1.5), and holds what is worked out of a passage when its generation is published:
where its words, sentences and rows stand, and what each sentence shows. No question analyses a
passage again. All files are numpy arrays of one row a word, a sentence or a passage, mapped.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from search.documents import BlockKind, Document, Ints, Passage, heading_of
from search.engine import Occurrences, PassageAnalysis, Term
from search.text.analysis import analyse, read
from search.text.question_types import shapes, signs_of
from search.text.sentences import sentences
from search.text.vocabulary import fold

Rows: TypeAlias = NDArray[np.int64]
"""Positions of passages within one generation; they mean nothing outside of this room."""

# Empty places between the words of a text and the shapes read off it: no pair spans it.
_GAP = 8
_ROWS = (BlockKind.AGENDA_ITEM, BlockKind.TABLE_ROW)
_ROW = re.compile(r"[^\n]+")
_URL = re.compile(r"https?://\S+")
_INFORMATIVE, _ADDRESSED = 1, 2

_STEMS = "stems.txt"


class AnalysedPassage:
    """The words of one passage and of the headings above it, as they are indexed."""

    def __init__(self, document: Document, passage: Passage) -> None:
        # A document's symbol mostly stands in its running lines, which are no passage.
        self.above = " ".join(filter(None, (heading_of(document, passage), document.symbol)))
        self.text = passage.text
        self.kind = passage.kind
        self.heading, self.words = read(self.above), read(self.text)
        # The first so many are words, what follows are readings of runs of them.
        self.plain = len(analyse(self.text))
        # That it holds an address, whatever it is, is a word of a passage too: a question for a
        # telephone looks for it beside the words of its subject.
        self.shapes = shapes(self.text)

    def written(self) -> Iterator[str]:
        """Words as they are written, but for those inside addresses and symbols."""
        for source, tokens in ((self.above, self.heading), (self.text, self.words)):
            end = 0
            for token in tokens:
                # Not a word but an address, a symbol or a number; its parts are tokens as well, and
                # say nothing about how a word is written.
                if not token.worded:
                    end = max(end, token.end)
                elif token.start >= end:
                    yield source[token.start : token.end]


def _hashes(words: Sequence[str]) -> NDArray[np.uint64]:
    # Eight bytes a word instead of the vocabulary itself; Python's own hash is salted per process.
    digests = (hashlib.blake2b(word.encode(), digest_size=8).digest() for word in words)
    return np.frombuffer(b"".join(digests), dtype="<u8")


def _numbers(table: tuple[NDArray[np.uint64], Ints], words: Sequence[str]) -> list[Ints]:
    """Which numbers each word has; a stem has one for each of its surfaces."""
    keys, numbers = table
    asked = _hashes(words)
    firsts, lasts = np.searchsorted(keys, asked, "left"), np.searchsorted(keys, asked, "right")
    return [numbers[first:last] for first, last in zip(firsts, lasts, strict=True)]


class ForwardIndexWriter:
    """Collects passages, row by row; rows keep their order."""

    def __init__(self) -> None:
        # Number 0 is the empty place of the gap.
        self._numbers: dict[tuple[str, str], int] = {("", ""): 0}
        self._held: Counter[str] = Counter()
        self._stem_held: Counter[str] = Counter()
        self._ids: list[Ints] = []
        self._sizes: list[tuple[int, int, int, int]] = []
        self._places: list[Ints] = []
        self._flags: list[NDArray[np.uint8]] = []
        self._sentences: list[Ints] = []
        self._signs: list[Ints] = []

    def add(self, passage: AnalysedPassage) -> None:
        """The next row."""
        above = [(token.surface, token.stem) for token in passage.heading]
        own = [(token.surface, token.stem) for token in passage.words]
        everything = [*above, *own, *[("", "")] * _GAP, *((word, word) for word in passage.shapes)]
        numbers = self._numbers
        self._ids.append(
            np.array([numbers.setdefault(pair, len(numbers)) for pair in everything], np.int32)
        )
        self._held.update({surface for surface, _ in everything})
        self._stem_held.update({stem for _, stem in everything})
        text = passage.text
        addresses = [address.span() for address in _URL.finditer(text)] if "://" in text else []
        self._places.append(
            np.array([(t.start, t.end) for t in passage.words], np.int32).reshape(-1, 2)
        )
        self._flags.append(
            np.array(
                [
                    _INFORMATIVE * token.informative
                    + _ADDRESSED * any(a <= token.start < b for a, b in addresses)
                    for token in passage.words
                ],
                np.uint8,
            )
        )
        # A row is quoted whole: the end of a sentence inside one of its cells is none of the row.
        if passage.kind in _ROWS:
            bounds = [match.span() for match in _ROW.finditer(text)]
        else:
            bounds = sentences(text)
        self._sentences.append(np.array(bounds, np.int32).reshape(-1, 2))
        self._signs.append(np.array([signs_of(text, *bound) for bound in bounds], np.int32))
        self._sizes.append((len(above), len(own), passage.plain, len(bounds)))

    def write(self, folder: Path) -> None:
        """Write it all."""
        folder.mkdir()
        sizes = np.array(self._sizes, dtype=np.int32).reshape(-1, 4)
        surfaces, stems = zip(*self._numbers, strict=True)
        arrays: dict[str, np.ndarray] = {
            # Numbers of words of all passages one after another, where each passage begins, how
            # many of its words stand in headings and in its text, how many of these are words and
            # not readings, where they stand and what they are.
            "ids": _joined(self._ids, np.int32),
            "offsets": _offsets([len(ids) for ids in self._ids]),
            "heads": sizes[:, 0],
            "lengths": sizes[:, 1],
            "plain": sizes[:, 2],
            "places": _joined(self._places, np.int32).reshape(-1, 2),
            "flags": _joined(self._flags, np.uint8),
            # Sentences or rows, where those of each passage begin, what each of them shows.
            "sentences": _joined(self._sentences, np.int32).reshape(-1, 2),
            "sentence_offsets": _offsets(sizes[:, 3]),
            "signs": _joined(self._signs, np.int32),
            # By the number of a word how many passages hold its surface, and its stem.
            "held": np.array([self._held[word] for word in surfaces], dtype=np.int32),
            "stem_held": np.array([self._stem_held[word] for word in stems], dtype=np.int32),
        }
        # Hashes in order, with the number of the word that each is of.
        for keys, numbers, words in (
            ("surfaces", "surface_numbers", surfaces),
            ("stems", "stem_numbers", stems),
        ):
            hashes = _hashes(words)
            order = np.argsort(hashes, kind="stable")
            arrays |= {keys: hashes[order], numbers: order.astype(np.int32)}
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array)
        # No stem holds a line break.
        (folder / _STEMS).write_text("\n".join(stems), encoding="utf-8")


def _joined(arrays: Sequence[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate(arrays or [np.empty(0, dtype=dtype)])


def _offsets(sizes: Sequence[int] | Ints) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)


class ForwardIndex:
    """The written index, mapped. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        def load(name: str, mapped: bool = False) -> np.ndarray:
            array = np.load(folder / f"{name}.npy", mmap_mode="r" if mapped else None)
            # A plain view of a memory map: slicing the map itself makes a new one each time.
            return np.asarray(array).view(np.ndarray)

        self._ids, self._places, self._flags = (load(n, True) for n in ("ids", "places", "flags"))
        self._offsets, self._heads, self._lengths = map(load, ("offsets", "heads", "lengths"))
        self._plain, self._sentence_offsets = load("plain"), load("sentence_offsets")
        self._sentences, self._signs = load("sentences", True), load("signs", True)
        self._text_offsets = _offsets(self._lengths)
        self._held, self._stem_held = load("held"), load("stem_held")
        self._by_surface = load("surfaces"), load("surface_numbers")
        self._by_stem = load("stems"), load("stem_numbers")
        self._stems = (folder / _STEMS).read_text(encoding="utf-8").split("\n")
        # 1 for an empty collection, since ranking divides by it.
        self._mean_length = float(self._lengths.mean()) if len(self._lengths) else 1.0

    def analysis(self, row: int) -> PassageAnalysis:
        """What was worked out of one passage."""
        first, heads, length = self._offsets[row], self._heads[row], self._lengths[row]
        stems = [self._stems[n] for n in self._ids[first : first + heads + length].tolist()]
        words = slice(self._text_offsets[row], self._text_offsets[row + 1])
        within = slice(self._sentence_offsets[row], self._sentence_offsets[row + 1])
        flags = self._flags[words]
        return PassageAnalysis(
            heading=tuple(stems[:heads]),
            stems=tuple(stems[heads:]),
            places=self._places[words],
            plain=int(self._plain[row]),
            informative=(flags & _INFORMATIVE) > 0,
            addressed=(flags & _ADDRESSED) > 0,
            sentences=self._sentences[within],
            signs=self._signs[within],
        )

    def occurrences(self, terms: Sequence[Term], rows: Rows) -> Occurrences:
        """Where words of a question stand in the given rows."""
        # By the number of a word: which term's stem it has and which term it is, from one.
        stem_of = np.zeros(len(self._held), dtype=np.int32)
        word_of = np.zeros(len(self._held), dtype=np.int32)
        held = np.zeros((2, len(terms)), dtype=np.int32)
        stems = _numbers(self._by_stem, [term.stem for term in terms])
        words = _numbers(self._by_surface, [term.surface for term in terms])
        # Backwards, so that of two words with one stem the first stands for both.
        for place in reversed(range(len(terms))):
            own, alike = words[place], stems[place]
            word_of[own] = place + 1
            stem_of[own] = np.where(stem_of[own] == 0, place + 1, stem_of[own])
            stem_of[alike] = place + 1
            held[0, place] = self._stem_held[alike].max(initial=0)
            held[1, place] = self._held[own].max(initial=0)
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
            stem_held=held[0],
            held=held[1],
            passages=len(self._lengths),
        )


def commonest_forms(written: Counter[str]) -> dict[str, str]:
    """Folded words to their commonest written form where that differs; in lower case if they are
    ever written so, since headings and beginnings of sentences say nothing of a word."""
    best: dict[str, tuple[bool, int, str]] = {}
    for form, count in written.items():
        # Lower case first, then the commonest, then by alphabet, so that ties are always the same.
        rank = (form != form.lower(), -count, form)
        folded = fold(form)
        best[folded] = min(best.get(folded, rank), rank)
    return {folded: form for folded, (_, _, form) in best.items() if form != folded}
