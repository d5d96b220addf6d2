"""Texts compared: words, flattened cells, precision and recall of what was found."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Found:
    """How many were expected, how many came, how many of both are the same."""

    expected: int
    came: int
    same: int

    @property
    def recall(self) -> float:
        return round(self.same / max(self.expected, 1), 4)

    @property
    def precision(self) -> float:
        return round(self.same / max(self.came, 1), 4)

    @property
    def f1(self) -> float:
        return round(2 * self.same / max(self.expected + self.came, 1), 4)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def flat(text: str) -> str:
    """Only letters and digits: cells and lines may be joined by anything."""
    return "".join(words(text))


def compare(expected: Iterable[str], came: Iterable[str]) -> Found:
    """As bags: what stands twice must come twice."""
    wanted, given = Counter(expected), Counter(came)
    return Found(wanted.total(), given.total(), (wanted & given).total())


def order_similarity(expected: Sequence[str], came: Sequence[str]) -> float:
    """The share of words that stand in the same order in both (2 matches / all words)."""
    return round(SequenceMatcher(None, expected, came, autojunk=False).ratio(), 4)
