"""The words of a made-up collection, as an index would keep them."""

from collections.abc import Iterable, Mapping

import numpy as np

from search.engine import Statistics
from search.text.vocabulary import fold


def statistics_of(words: Mapping[str, int] | Iterable[str]) -> Statistics:
    """A collection that holds these words, written so, 9 times each unless told."""
    counts = words if isinstance(words, Mapping) else dict.fromkeys(words, 9)
    return Statistics(
        languages=("es",),
        means=np.zeros((1, 384), dtype=np.float32),
        piece_ids=np.zeros(0, dtype=np.int32),
        piece_counts=np.zeros(0, dtype=np.int32),
        words={fold(word): count for word, count in counts.items()},
        passages=100,
        written={fold(word): word for word in counts if word != fold(word)},
    )
