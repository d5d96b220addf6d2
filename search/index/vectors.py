"""Stores passage vectors (FAISS), packed token vectors and the statistics of a generation.

The nearest passages are found by an exact scan, one language at a time. Tokens and statistics are
numpy files; a passage's row is the same in all of them.
"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from search.documents import Bits, Document, Floats, Ints, PackedTokens, Passage
from search.engine import Statistics
from search.index.forward_index import Rows
from search.index.lexical import Vocabulary

# Above this many passages vectors are kept in 8 bits: measured at 200,000, a quarter of the
# memory and two thirds of the time of floats at recall .98.
_FLAT_LIMIT = 50_000


# Until a language has many passages its mean is drawn to that of all, as by so many more of these.
_PRIOR_PASSAGES = 3


_WORD = re.compile(r"[^\W_]+")
_LAST_PLACE = np.iinfo(np.int16).max  # no passage is as long, but a judged record may be


def write_vectors(path: Path, vectors: Floats) -> None:
    """Write the vectors `(n, d)`; rows keep their order."""
    dimension = vectors.shape[1]
    if len(vectors) <= _FLAT_LIMIT:
        index = faiss.IndexFlatIP(dimension)
    else:
        index = faiss.IndexScalarQuantizer(
            dimension, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
        )
        index.train(vectors)
    index.add(vectors)
    faiss.write_index(index, str(path))


class DenseIndex:
    """An open index of vectors. Safe to share between threads."""

    def __init__(self, path: Path, language: NDArray[np.int16], languages: int) -> None:
        # Requests run side by side already.
        faiss.omp_set_num_threads(1)
        self._index = faiss.read_index(str(path))
        self._quantised = not isinstance(self._index, faiss.IndexFlat)
        self._of_language = [language == code for code in range(languages)]

    def nearest(self, vector: Floats, limit: int, allowed: Rows | None, hidden: Rows) -> Rows:
        """The nearest rows within each language, by inner product: of the allowed ones, or of all
        but the hidden ones."""
        if not limit:
            return np.empty(0, dtype=np.int64)
        similarities = None if self._quantised else self._all_similarities(vector)
        found = []
        # Within each language: passages in the language of the question lie nearer to it whatever
        # they say, and the right one in another language would not be among the nearest.
        for mask in self._of_language:
            if allowed is not None:
                narrowed = np.zeros_like(mask)
                narrowed[allowed] = mask[allowed]
                mask = narrowed
            elif len(hidden):
                mask = mask.copy()
                mask[hidden] = False
            rows = np.flatnonzero(mask)
            if len(rows) <= limit:
                found.append(rows)
                continue
            if similarities is not None:
                own = similarities[rows]
                last = np.partition(own, -limit)[-limit]
                nearer = rows[own > last]
                # Of copies that are equally near the first in the collection are taken.
                found += [nearer, rows[own == last][: limit - len(nearer)]]
                continue
            # FAISS wants one bit a row, the first row of a byte in its lowest place.
            bits = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)
            parameters = faiss.SearchParameters(sel=selector)
            _, ids = self._index.search(vector[None], limit, params=parameters)
            # FAISS fills up with −1 where it has fewer.
            found.append(ids[0][ids[0] >= 0])
        return np.concatenate([*found, np.empty(0, dtype=np.int64)])

    def _all_similarities(self, vector: Floats) -> Floats:
        """Inner products `(n,)` with all vectors: one pass serves every language."""
        # Not numpy, whose product takes all processors, on which other requests run.
        size, dimension = self._index.ntotal, self._index.d
        similarities = np.empty(size, dtype=np.float32)
        if size:
            asked = np.ascontiguousarray(vector, dtype=np.float32).reshape(dimension)
            out, x, y = faiss.swig_ptr(similarities), faiss.swig_ptr(asked), self._index.get_xb()
            faiss.fvec_inner_products_ny(out, x, y, dimension, size)
        return similarities

    def cosines(self, rows: Rows, vector: Floats) -> Floats:
        """Inner products `(n,)` of the stored vectors of given rows with that of a query."""
        if not len(rows):  # a collection without passages has vectors of no dimension
            return np.empty(0, dtype=np.float32)
        return np.asarray(self._index.reconstruct_batch(rows) @ vector, dtype=np.float32)


def write_tokens(folder: Path, tokens: Sequence[PackedTokens], texts: Sequence[str]) -> None:
    """Write the tokens of passages one after the other, and where each passage begins: their
    `bits`, where they start in the text, and where the word begins and ends that each is of."""
    folder.mkdir()
    sizes = [len(packed.bits) for packed in tokens]
    width = max((packed.bits.shape[1] for packed in tokens if len(packed.bits)), default=0)
    # A passage without tokens has bits of no width, which cannot be joined to the others.
    filled = [(packed, text) for packed, text in zip(tokens, texts, strict=True)
              if len(packed.bits)]  # fmt: skip
    bits = [packed.bits for packed, _ in filled] or [np.empty((0, width), dtype=np.uint8)]
    starts = [packed.starts for packed, _ in filled] or [np.empty(0, dtype=np.int32)]
    words = [_words_at(text, packed.starts) for packed, text in filled]
    np.save(folder / "offsets.npy", np.concatenate(([0], np.cumsum(sizes))).astype(np.int64))
    np.save(folder / "bits.npy", np.concatenate(bits))
    np.save(folder / "starts.npy", np.concatenate(starts).astype(np.int16))
    joined = np.concatenate(words or [np.empty((0, 2), dtype=np.int32)])
    np.save(folder / "words.npy", np.minimum(joined, _LAST_PLACE).astype(np.int16))


def _words_at(text: str, starts: Ints) -> Ints:
    """The word `(k, 2)` that each place of a text lies in, else the one before it, else the first;
    (−1, −1) for −1, which is above the text, and where it has no words."""
    words = np.array([word.span() for word in _WORD.finditer(text)], np.int32).reshape(-1, 2)
    if not len(words):
        return np.full((len(starts), 2), -1, dtype=np.int32)
    places = np.maximum(np.searchsorted(words[:, 0], starts, "right") - 1, 0)
    return np.where((starts >= 0)[:, None], words[places], -1).astype(np.int32)


class TokenStore:
    """Token vectors, mapped: only the pages of rows that are asked for are read from disk."""

    def __init__(self, folder: Path) -> None:
        def mapped(name: str) -> np.ndarray:
            # Slicing a memmap makes a memmap each time; a plain view of it is ten times cheaper.
            return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")).view(np.ndarray)

        self._offsets = np.load(folder / "offsets.npy")
        self._bits, self._starts, self._words = map(mapped, ("bits", "starts", "words"))

    def bits(self, row: int) -> Bits:
        """The packed tokens of a row, a view of the mapped file."""
        return self._bits[self._offsets[row] : self._offsets[row + 1]]

    def places(self, row: int) -> tuple[Ints, Ints]:
        """Where the tokens of a row start `(k,)`, and their words `(k, 2)`."""
        span = slice(self._offsets[row], self._offsets[row + 1])
        return self._starts[span].astype(np.int32), self._words[span].astype(np.int32)


def write_statistics(
    path: Path,
    pairs: Sequence[tuple[Document, Passage]],
    vectors: Floats,
    packed: Sequence[PackedTokens],
    words: Vocabulary,
) -> None:
    """Count and average over all passages and write the result."""
    languages = sorted({passage.language for _, passage in pairs})
    code = {language: i for i, language in enumerate(languages)}
    # Lists are sorted, so that the same passages give the same file.
    language = np.array([code[passage.language] for _, passage in pairs], dtype=np.int16)
    means = [_mean(vectors, language == i) for i in range(len(languages))]
    # In how many passages, not how often: the weights of pieces are by passage frequency.
    counts = Counter(piece for tokens in packed for piece in np.unique(tokens.pieces).tolist())
    ids = sorted(counts)
    np.savez(
        path,
        languages=np.array(languages, dtype=np.str_),
        language=language,
        means=np.array(means, dtype=np.float32).reshape(len(languages), vectors.shape[1]),
        piece_ids=np.array(ids, dtype=np.int32),
        piece_counts=np.array([counts[piece] for piece in ids], dtype=np.int32),
        words=np.array(sorted(words.counts), dtype=np.str_),
        word_counts=np.array([words.counts[word] for word in sorted(words.counts)], dtype=np.int32),
        folded=np.array(sorted(words.written), dtype=np.str_),
        written=np.array([words.written[word] for word in sorted(words.written)], dtype=np.str_),
    )


def _mean(vectors: Floats, members: NDArray[np.bool_]) -> Floats:
    """Mean vector of one language, drawn to that of all while its passages are few: a passage
    alone in its language would otherwise be its own mean and near to nothing."""
    count = int(members.sum())
    own = vectors[members].sum(axis=0) + _PRIOR_PASSAGES * vectors.mean(axis=0)
    return np.asarray(own / (count + _PRIOR_PASSAGES), dtype=np.float32)


def read_statistics(path: Path) -> tuple[Statistics, NDArray[np.int16]]:
    """Read what `write_statistics` wrote; second, the language of each row."""
    with np.load(path) as data:
        language = data["language"]
        return Statistics(
            languages=tuple(str(language) for language in data["languages"]),
            means=data["means"],
            piece_ids=data["piece_ids"],
            piece_counts=data["piece_counts"],
            words=dict(zip(data["words"].tolist(), data["word_counts"].tolist(), strict=True)),
            passages=len(language),
            written=dict(zip(data["folded"].tolist(), data["written"].tolist(), strict=True)),
        ), language
