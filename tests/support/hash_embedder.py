"""A deterministic embedder without meaning: the same word always has the same vector."""

import hashlib
import re
from collections.abc import Callable, Sequence

import numpy as np

from search.documents import Embedding, Floats
from search.text.vocabulary import fold

DIMENSION = 32
_WORD = re.compile(r"\w+")


class HashEmbedder:
    """Stands in for the model where speed matters and meaning does not."""

    def __init__(self, name: str = "hash/32") -> None:
        self.name = name
        self.dimension = DIMENSION
        self.token_mean: Floats = np.zeros(DIMENSION, dtype=np.float32)

    def embed_query(self, text: str) -> Embedding:
        words = list(_WORD.finditer(text))
        tokens = np.array([_vector(fold(word.group())) for word in words], dtype=np.float32)
        tokens = tokens.reshape(len(words), DIMENSION)
        pooled = tokens.sum(axis=0) if words else _vector("")
        return Embedding(
            vector=np.asarray(pooled / np.linalg.norm(pooled), dtype=np.float32),
            tokens=tokens,
            pieces=np.array([_number(fold(word.group())) % (2**31) for word in words], np.int32),
            starts=np.array([word.start() for word in words], np.int32),
            ends=np.array([word.end() for word in words], np.int32),
        )

    def embed_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> list[Embedding]:
        embeddings = [self.embed_query(text) for text in texts]
        if progress:
            progress(len(texts))
        return embeddings

    def count_tokens(self, text: str) -> int:
        return len(_WORD.findall(text))


def _number(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


def _vector(word: str) -> Floats:
    vector = np.random.default_rng(_number(word)).standard_normal(DIMENSION)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)
