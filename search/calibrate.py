"""Neutral Spanish passages → the mean token vector that late interaction subtracts."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from search.types import Embedding, Floats

STATISTICS = "statistics.npz"


def mean_token(embeddings: Sequence[Embedding]) -> Floats:
    """The mean of all token vectors `(dimension,)`."""
    mean: Floats = np.concatenate([one.tokens for one in embeddings]).mean(axis=0, dtype=np.float64)
    return mean.astype(np.float32)


def calibration_passages() -> list[str]:
    """The neutral Spanish passages that `token_mean` is measured on, one a line."""
    text = files("search").joinpath("calibration.txt").read_text("utf-8")
    return text.splitlines()


def read_token_mean(path: Path) -> Floats:
    """What was measured when the model was built."""
    with np.load(path) as statistics:
        mean: Floats = statistics["token_mean"]
    return mean
