"""Prepares the image of a page for OCR: straightens it, removes leaders and noise, raises contrast,
and measures ink and strokes.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageOps

SMALL_SIDE = 700  # pixels: enough to tell the slope of lines, little enough to turn 40 times
STEEPEST = 6.0  # degrees
COARSE, FINE = 1.0, 0.1  # degrees
LEAST_SKEW = 0.15  # degrees: less does not hurt
WHITE = 255
INK = 0.7  # of the brightness of paper: darker is ink
PICTURE = 0.3  # of the page under ink: print has less
DOT, NEAR, REACH, FEWEST_DOTS = 4, 8, 30, 6
"""Pixels at 150 an inch: how high the dots of a leader are, how far from other ink, how far along
the line one looks for others, and how many there must be."""
BOLD = 1.22  # times the usual width of a stroke


def skew(image: Image.Image) -> float:
    """The angle in degrees, counterclockwise, that makes the lines of text horizontal.

    Horizontal lines make the sharpest profile of ink by row (Postl, 1986).
    """
    # Black paper, white ink, small.
    factor = max(1, min(image.size) // SMALL_SIDE)
    small = image.reduce(factor).filter(ImageFilter.MedianFilter(3))
    grey = np.asarray(small, dtype=np.float32)
    dark = grey < (np.median(grey) + grey.min()) / 2
    ink = Image.fromarray((dark * WHITE).astype(np.uint8))

    def sharpness(angle: float) -> tuple[float, float]:
        turned = np.asarray(ink.rotate(angle, resample=Image.Resampling.NEAREST), dtype=np.float32)
        return float(np.square(np.diff(turned.sum(axis=1))).sum()), -abs(angle)

    best = max(np.arange(-STEEPEST, STEEPEST + COARSE, COARSE).tolist(), key=sharpness)
    best = max(np.arange(best - COARSE, best + COARSE + FINE, FINE).tolist(), key=sharpness)
    # A best angle at the end of the range is no peak: nothing is known.
    return 0.0 if abs(best) < LEAST_SKEW or abs(best) > STEEPEST else round(best, 2)


def without_leaders(image: Image.Image) -> Image.Image:
    """Without the rows of dots that lead from a title to its page: they are read as letters.

    A dot is ink with nothing near above or below; it goes where six stand in a row, no text
    between them.
    """
    grey = np.asarray(image.reduce(2))
    dark = grey < INK * np.percentile(grey[::8, ::8], 95)
    low = dark & (count_near(dark, NEAR, 0) <= DOT)
    starts = low.copy()
    starts[:, 1:] &= ~low[:, :-1]
    dense = count_near(starts, 0, REACH) >= FEWEST_DOTS
    if not dense.any():
        return image
    tall = count_near(dark & ~low, NEAR, 0) > 0
    leader = low & dense & (count_near(tall, 0, REACH) == 0)
    gone = low & (count_near(leader, 1, REACH) > 0) & (count_near(tall, 0, 1) == 0)
    rows, columns = np.nonzero(count_near(gone, 1, 1))
    clean = np.array(image)
    for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
        row = np.minimum(2 * rows + down, clean.shape[0] - 1)
        clean[row, np.minimum(2 * columns + right, clean.shape[1] - 1)] = WHITE
    return Image.fromarray(clean)


def count_near(values: NDArray[np.bool_], rows: int, columns: int) -> NDArray[np.uint16]:
    """How many of the values are true within so many rows and columns of each place, by running
    sums: the time does not depend on the reach."""
    sums = values.astype(np.uint16)
    for reach in (rows, columns):
        sums = sums.T
        if reach:
            padded = np.pad(sums, ((0, 0), (reach + 1, reach)))
            total = padded.cumsum(axis=1, dtype=np.uint16)  # it may wrap around: so do differences
            sums = total[:, 2 * reach + 1 :] - total[:, : -2 * reach - 1]
    return sums


def ink_share(image: Image.Image) -> float:
    """The share of the page that is darker than its paper."""
    grey = np.asarray(image.reduce(4), dtype=np.float32)
    return float((grey < INK * np.percentile(grey, 95)).mean())


def without_boxes(
    image: Image.Image, boxes: Iterable[tuple[float, float, float, float]]
) -> Image.Image:
    """The image with these places as white as paper."""
    rest = image.copy()
    pen = ImageDraw.Draw(rest)
    for x0, y0, x1, y1 in boxes:
        pen.rectangle((x0 - 2, y0 - 2, x1 + 2, y1 + 2), fill=WHITE)
    return rest


def rotate(image: Image.Image, angle: float) -> Image.Image:
    """The image turned by an angle in degrees around its middle, at its own size."""
    if not angle:
        return image
    return image.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=WHITE)


def without_noise(image: Image.Image) -> Image.Image:
    """Specks out, contrast up."""
    return ImageOps.autocontrast(image.filter(ImageFilter.MedianFilter(3)), cutoff=(2, 20))


def black_on_white(image: Image.Image) -> Image.Image:
    """Two tones, parted where they differ most (Otsu, 1979); paper white."""
    smooth = image.filter(ImageFilter.GaussianBlur(1.2))
    grey = np.asarray(smooth)
    white = grey > _threshold(grey)
    # More ink than paper is a page printed white on black.
    if white.mean() < 0.5:
        white = ~white
    return Image.fromarray((white * WHITE).astype(np.uint8))


def _threshold(grey: NDArray[np.uint8]) -> int:
    # Otsu: the threshold with the largest variance between the two classes.
    counts = np.bincount(grey.ravel(), minlength=256).astype(np.float64)
    below = counts.cumsum()
    above = below[-1] - below
    weight = (counts * np.arange(256)).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (weight / below - (weight[-1] - weight) / above) ** 2
    return int(np.nan_to_num(between).argmax())  # all are none where the image has one tone


def stroke_widths(
    image: Image.Image, boxes: list[tuple[float, float, float, float]]
) -> NDArray[np.float64]:
    """The mean length in pixels of the runs of ink in the rows of each box."""
    grey = np.asarray(image)
    dark = grey <= _threshold(grey)
    widths = []
    for x0, y0, x1, y1 in boxes:
        part = dark[int(y0) : int(y1) + 1, int(x0) : int(x1) + 1]
        starts = np.count_nonzero(part[:, 1:] & ~part[:, :-1]) + np.count_nonzero(part[:, :1])
        widths.append(np.count_nonzero(part) / starts if starts else 0.0)
    return np.array(widths)
