"""The level image of a page to the straight lines that it draws: the frames of its tables."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ingest.recognition.straighten import INK, near

REACH = 30  # pixels at 150 an inch on each side: no letter is ink for 10 mm
GAP = 3  # of them may be missing
THICKEST = 5  # pixels: more is a bar or a picture
SCALE = 2
MOST = 400  # more is a drawing

Segment = tuple[float, float, float, float]


def ruled_lines(image: Image.Image) -> tuple[Segment, ...]:
    """Level and upright lines: x0, y0, x1, y1 in pixels of the image."""
    grey = np.asarray(image.reduce(SCALE))
    dark = grey < INK * np.percentile(grey[::8, ::8], 95)
    level = [(x0, y, x1, y) for x0, x1, y in _runs(dark)]
    upright = [(x, y0, x, y1) for y0, y1, x in _runs(dark.T)]
    if len(level) + len(upright) > MOST:
        return ()
    return tuple(
        (x0 * SCALE, y0 * SCALE, x1 * SCALE, y1 * SCALE) for x0, y0, x1, y1 in level + upright
    )


def _runs(dark: NDArray[np.bool_]) -> Iterator[tuple[float, float, float]]:
    """Start, end and height of the thin long runs of ink in the rows."""
    solid = near(dark, 0, REACH) >= 2 * REACH + 1 - GAP
    open_runs: list[list[int]] = []  # start, end, first row, last row
    for row in np.flatnonzero(solid.any(axis=1)):
        edges = np.flatnonzero(np.diff(solid[row].astype(np.int8), prepend=0, append=0))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            for run in open_runs:
                if row - run[3] <= 2 and start <= run[1] and end >= run[0]:
                    run[:] = min(run[0], int(start)), max(run[1], int(end)), run[2], int(row)
                    break
            else:
                open_runs.append([int(start), int(end), int(row), int(row)])
    for start, end, first, last in open_runs:
        if last - first < THICKEST:
            yield start - REACH, end + REACH, (first + last) / 2
