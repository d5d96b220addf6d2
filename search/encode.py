"""Texts → tokens → batches → hidden states: the bare ONNX encoder of a built model."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from search.types import Embedding, Floats, Ints

QUERY_PREFIX = "query: "
PASSAGE_PREFIX = "passage: "
MAX_TOKENS = 512
BATCH_TOKENS = 512  # padded tokens of one batch; larger ones leave the processor's cache
PAD = 1  # id of <pad>

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """A text as the model reads it: `ids` with prefix and special tokens, cut to the model's
    length; `first` is where the text's own tokens start (they end before the last id);
    `starts` and `ends` are the code points of the text that each of these covers."""

    ids: Ints
    first: int
    starts: Ints
    ends: Ints


class OnnxEncoder:
    """The bare encoder of a built model: ONNX Runtime and tokenizers, nothing else.

    Safe from many threads.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Waiting threads that spin would take the processor from the web server.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def tokenise(self, text: str, prefix: str) -> Tokens:
        """Token ids of prefix and text, at most `MAX_TOKENS` of them."""
        encoding = self._tokenizer.encode(prefix + text)
        ids = np.array(encoding.ids, np.int32)
        if len(ids) > MAX_TOKENS:
            ids = np.append(ids[: MAX_TOKENS - 1], ids[-1])
        spans = np.array(encoding.offsets, np.int32)[: len(ids)] - len(prefix)
        return _tokens(ids, spans[:-1], len(text))

    def count_tokens(self, text: str) -> int:
        """How many tokens the text takes by itself."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def encode(self, texts: Sequence[Tokens]) -> list[Embedding]:
        """One forward pass over one batch."""
        hidden = self.run(*pad([tokens.ids for tokens in texts]))
        return [
            _embedding(row[: len(tokens.ids)], tokens)
            for row, tokens in zip(hidden, texts, strict=True)
        ]

    def run(self, ids: np.ndarray[Any, Any], mask: np.ndarray[Any, Any]) -> Floats:
        """Last hidden states `(batch, length, dimension)`."""
        (hidden,) = self.session.run(None, {"input_ids": ids, "attention_mask": mask})
        states: Floats = hidden
        return states


def encode_passages(
    encoder: OnnxEncoder, texts: Sequence[str], progress: Progress | None = None
) -> list[Embedding]:
    """Embed passages in batches of similar length, so that little is spent on padding."""
    tokens = [encoder.tokenise(text, PASSAGE_PREFIX) for text in texts]
    embeddings: dict[int, Embedding] = {}
    for batch in batches([len(one.ids) for one in tokens]):
        encoded = encoder.encode([tokens[position] for position in batch])
        embeddings.update(zip(batch, encoded, strict=True))
        if progress:
            progress(len(batch))
    return [embeddings[position] for position in range(len(texts))]


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Positions by falling length, at most `BATCH_TOKENS` padded tokens together."""
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def pad(rows: Sequence[Ints]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Token ids and attention mask as int64 `(batch, longest)`; id 1 is `<pad>`."""
    shape = (len(rows), max(len(row) for row in rows))
    ids, mask = np.ones(shape, np.int64), np.zeros(shape, np.int64)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = row
        mask[index, : len(row)] = 1
    return ids, mask


def frozen(array: Floats) -> Floats:
    """Make the array read-only: cached embeddings are shared between threads."""
    array.flags.writeable = False
    return array


def _tokens(ids: Ints, spans: Ints, length: int) -> Tokens:
    """`spans` are code points relative to the text, of all tokens but the last."""
    first = int(np.argmax(spans[:, 1] > 0)) if (spans[:, 1] > 0).any() else len(spans)
    inside = np.clip(spans[first:], 0, length)
    return Tokens(ids, first, inside[:, 0].copy(), inside[:, 1].copy())


def _embedding(hidden: Floats, tokens: Tokens) -> Embedding:
    pooled = hidden.mean(axis=0)
    return Embedding(
        vector=frozen(pooled / np.linalg.norm(pooled)),
        tokens=frozen(hidden[tokens.first : -1].copy()),
        pieces=tokens.ids[tokens.first : -1],
        starts=tokens.starts,
        ends=tokens.ends,
    )
