"""A text → tokens → hidden states → its embedding: the bare ONNX encoder of a built model."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from search.types import Embedding, Floats, Ints

QUERY_PREFIX = "query: "
PASSAGE_PREFIX = "passage: "
MAX_TOKENS = 512
PAD = 1  # id of <pad>

Progress = Callable[[int], None]


class OnnxEncoder:
    """The bare encoder of a built model: ONNX Runtime and tokenizers, nothing else.

    Safe from many threads. Texts go through one by one: the scale of eight-bit activations is
    taken over a whole batch, so that in a batch a vector would depend on its neighbours (cosine
    .998); and a batch of long texts leaves the processor's cache and is slower.
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # many texts at once scale better than one text in parts
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def embed(self, text: str, prefix: str) -> Embedding:
        """One forward pass over prefix and text, at most `MAX_TOKENS` tokens of them."""
        encoding = self._tokenizer.encode(_valid(prefix + text))
        ids = _cut(np.array(encoding.ids, np.int32))
        spans = np.array(encoding.offsets[: len(ids)], np.int32) - len(prefix)
        return _embedding(self.run(ids[None])[0], ids, spans, len(text))

    def token_ids(self, text: str) -> Ints:
        """What the model reads of a text that has its prefix, special tokens included."""
        return _cut(np.array(self._tokenizer.encode(_valid(text)).ids, np.int32))

    def count_tokens(self, text: str) -> int:
        """How many tokens the text takes by itself."""
        return len(self._tokenizer.encode(_valid(text), add_special_tokens=False).ids)

    def run(self, ids: Ints) -> Floats:
        """Last hidden states `(batch, length, dimension)` of token ids `(batch, length)`."""
        mask = ids != PAD
        inputs = {"input_ids": ids.astype(np.int64), "attention_mask": mask.astype(np.int64)}
        states: Floats = self.session.run(None, inputs)[0]
        return states


def encode_passages(
    encoder: OnnxEncoder,
    texts: Sequence[str],
    threads: int = 1,
    progress: Progress | None = None,
) -> list[Embedding]:
    """Embed passages, `threads` at once, in input order."""
    embeddings = []
    with ThreadPoolExecutor(threads) as pool:
        for embedding in pool.map(lambda text: encoder.embed(text, PASSAGE_PREFIX), texts):
            embeddings.append(embedding)
            if progress:
                progress(1)
    return embeddings


def frozen(array: Floats) -> Floats:
    """Make the array read-only: cached embeddings are shared between threads."""
    array.flags.writeable = False
    return array


def _cut(ids: Ints) -> Ints:
    """At most what the model can read; `</s>` stays last."""
    return ids if len(ids) <= MAX_TOKENS else np.append(ids[: MAX_TOKENS - 1], ids[-1])


def _valid(text: str) -> str:
    """Half a surrogate pair, which broken files contain, becomes one question mark."""
    return text.encode("utf-8", "replace").decode()


def _embedding(hidden: Floats, ids: Ints, spans: Ints, length: int) -> Embedding:
    """`spans` are code points relative to the text: before it for `<s>` and the prefix."""
    own = np.flatnonzero(spans[:-1, 1] > 0)
    pooled = hidden.mean(axis=0)
    return Embedding(
        vector=frozen(pooled / np.linalg.norm(pooled)),
        tokens=frozen(hidden[own]),
        pieces=ids[own],
        starts=spans[own, 0].clip(0),
        ends=spans[own, 1].clip(0, length),
    )
