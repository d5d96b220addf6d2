"""Numbers that belong to the collection as a whole: language means, piece and word frequencies."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.embedded.lexical import Words
from search.index import Statistics
from search.types import Document, Floats, PackedTokens, Passage

_PRIOR_PASSAGES = 3


def build(
    path: Path,
    pairs: Sequence[tuple[Document, Passage]],
    vectors: Floats,
    packed: Sequence[PackedTokens],
    words: Words,
) -> None:
    """Count and average over all passages and write the result."""
    languages = sorted({passage.language for _, passage in pairs})
    code = {language: i for i, language in enumerate(languages)}
    language = np.array([code[passage.language] for _, passage in pairs], dtype=np.int16)
    means = [_mean(vectors, language == i) for i in range(len(languages))]
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


def load(path: Path) -> Statistics:
    """Read what `build` wrote."""
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
