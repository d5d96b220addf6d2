"""Packed token vectors of all passages in one memory-mapped file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from search.index import Rows
from search.types import PackedTokens


def build(folder: Path, tokens: Sequence[PackedTokens]) -> None:
    """Write `bits`, `starts`, `pieces` one after the other, and where each passage begins."""
    folder.mkdir()
    sizes = [len(packed.bits) for packed in tokens]
    width = max((packed.bits.shape[1] for packed in tokens if len(packed.bits)), default=0)
    filled = [packed for packed in tokens if len(packed.bits)]
    empty = np.empty((0, width), dtype=np.uint8)
    bits = np.concatenate([packed.bits for packed in filled] or [empty])
    none = np.empty(0, dtype=np.int32)
    starts = np.concatenate([packed.starts for packed in filled] or [none]).astype(np.int16)
    pieces = np.concatenate([packed.pieces for packed in filled] or [none]).astype(np.int32)
    np.save(folder / "offsets.npy", np.concatenate(([0], np.cumsum(sizes))).astype(np.int64))
    for name, array in {"bits": bits, "starts": starts, "pieces": pieces}.items():
        np.save(folder / f"{name}.npy", array)


class Tokens:
    """The file, mapped: only the pages of rows that are asked for are read."""

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
