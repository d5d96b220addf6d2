"""Stores passage vectors (FAISS), packed token vectors and the statistics of a generation.

The nearest passages are found by an exact scan, one language at a time. Tokens and statistics are
numpy files; a passage's row is the same in all of them.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from search.documents import Document, Floats, PackedTokens, Passage
from search.engine import Rows, Statistics
from search.index.lexical import Vocabulary

# Above this many passages vectors are kept in 8 bits: measured at 200,000, a quarter of the
# memory and two thirds of the time of floats at recall .98.
_FLAT_LIMIT = 50_000


# Until a language has many passages its mean is drawn to that of all, as by so many more of these.
_PRIOR_PASSAGES = 3


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
        self._of_language = [language == code for code in range(languages)]

    def nearest(self, vector: Floats, limit: int, allowed: Rows | None) -> Rows:
        """The nearest rows within each language, by inner product."""
        found = []
        # Within each language: passages in the language of the question lie nearer to it whatever
        # they say, and the right one in another language would not be among the nearest.
        for mask in self._of_language:
            if allowed is not None:
                narrowed = np.zeros_like(mask)
                narrowed[allowed] = mask[allowed]
                mask = narrowed
            among = int(mask.sum())
            if not among:
                continue
            # FAISS wants one bit a row, the first row of a byte in its lowest place.
            bits = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)
            parameters = faiss.SearchParameters(sel=selector)
            _, ids = self._index.search(vector[None], min(limit, among), params=parameters)
            # FAISS fills up with −1 where it has fewer.
            found.append(ids[0][ids[0] >= 0])
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)

    def vectors(self, rows: Rows) -> Floats:
        """The stored vectors of given rows."""
        if not len(rows):
            return np.empty((0, self._index.d), dtype=np.float32)
        return np.asarray(self._index.reconstruct_batch(rows), dtype=np.float32)


def write_tokens(folder: Path, tokens: Sequence[PackedTokens]) -> None:
    """Write `bits`, `starts`, `pieces` one after the other, and where each passage begins."""
    folder.mkdir()
    sizes = [len(packed.bits) for packed in tokens]
    width = max((packed.bits.shape[1] for packed in tokens if len(packed.bits)), default=0)
    # A passage without tokens has bits of no width, which cannot be joined to the others.
    filled = [packed for packed in tokens if len(packed.bits)]
    empty = np.empty((0, width), dtype=np.uint8)
    bits = np.concatenate([packed.bits for packed in filled] or [empty])
    none = np.empty(0, dtype=np.int32)
    starts = np.concatenate([packed.starts for packed in filled] or [none]).astype(np.int16)
    pieces = np.concatenate([packed.pieces for packed in filled] or [none]).astype(np.int32)
    np.save(folder / "offsets.npy", np.concatenate(([0], np.cumsum(sizes))).astype(np.int64))
    for name, array in {"bits": bits, "starts": starts, "pieces": pieces}.items():
        np.save(folder / f"{name}.npy", array)


class TokenStore:
    """Token vectors, mapped: only the pages of rows that are asked for are read from disk."""

    def __init__(self, folder: Path) -> None:
        self._offsets = np.load(folder / "offsets.npy")
        self._bits = self._map(folder / "bits.npy")
        self._starts = self._map(folder / "starts.npy")
        self._pieces = self._map(folder / "pieces.npy")

    @staticmethod
    def _map(path: Path) -> np.ndarray:
        array = np.load(path, mmap_mode="r")
        # Slicing a memmap makes a memmap each time; a plain view of it is ten times cheaper.
        return np.asarray(array).view(np.ndarray)

    def of(self, rows: Rows) -> list[PackedTokens]:
        """The packed tokens of given rows, as views of the mapped file."""
        result = []
        for row in rows:
            span = slice(self._offsets[row], self._offsets[row + 1])
            result.append(PackedTokens(self._bits[span], self._pieces[span], self._starts[span]))
        return result


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


def read_statistics(path: Path) -> Statistics:
    """Read what `write_statistics` wrote."""
    with np.load(path) as data:
        return Statistics(
            languages=tuple(str(language) for language in data["languages"]),
            language=data["language"],
            means=data["means"],
            piece_ids=data["piece_ids"],
            piece_counts=data["piece_counts"],
            words=dict(zip(data["words"].tolist(), data["word_counts"].tolist(), strict=True)),
            passages=len(data["language"]),
            written=dict(zip(data["folded"].tolist(), data["written"].tolist(), strict=True)),
        )
