"""Counts by week → bars, as numbers for the attributes of an SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 240, 48
_GAP = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One week: where its bar stands, and what it says."""

    week: str
    searches: int
    x: float
    y: float
    width: float
    height: float


def bars(weeks: Sequence[str], searches: Sequence[int]) -> list[Bar]:
    """A bar for each week; the highest takes all the height, one search is still to be seen."""
    most = max(searches, default=0) or 1
    step = WIDTH / max(1, len(weeks))
    result = []
    for place, (week, count) in enumerate(zip(weeks, searches, strict=True)):
        height = max(2.0, round(HEIGHT * count / most, 1)) if count else 0.0
        x, y = round(place * step + _GAP / 2, 1), round(HEIGHT - height, 1)
        result.append(Bar(week, count, x, y, round(max(1.0, step - _GAP), 1), height))
    return result
