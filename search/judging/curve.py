"""Confidences of judged questions to a risk–coverage curve.

Questions are ordered by confidence; every threshold answers those at or above it (El-Yaniv and
Wiener, JMLR 2010).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doubt:
    """One question: how sure the search was, and whether it answered and rightly."""

    confidence: float
    kind: str
    answerable: bool
    right: bool
    answered: bool


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold does: `coverage` is the share of the answerable questions that it answers,
    `right` the share of these answered from a passage that answers, `false_answers` the share of
    the questions of each kind without answer that it answers all the same."""

    threshold: float
    coverage: float
    right: float
    false_answers: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """The whole curve by falling threshold, and what the shipped setting does (its threshold is
    the lowest confidence that it answered; it also answers by other evidence than confidence)."""

    points: tuple[Point, ...]
    shipped: Point | None

    def at(self, coverage: float) -> Point | None:
        """The strictest threshold that covers so much, or None."""
        return next((point for point in self.points if point.coverage >= coverage), None)


def risk_coverage(doubts: Sequence[Doubt]) -> Curve:
    """A point for every confidence of an answerable question."""
    if not any(doubt.answerable for doubt in doubts):
        return Curve((), None)
    thresholds = sorted({d.confidence for d in doubts if d.answerable}, reverse=True)
    points = [_point(t, doubts, [d.confidence >= t for d in doubts]) for t in thresholds]
    answered = [doubt.answered for doubt in doubts]
    lowest = min((d.confidence for d in doubts if d.answered), default=1.0)
    return Curve(tuple(points), _point(lowest, doubts, answered))


def _point(threshold: float, doubts: Sequence[Doubt], answered: Sequence[bool]) -> Point:
    taken = [doubt for doubt, chosen in zip(doubts, answered, strict=True) if chosen]
    answerable = [doubt for doubt in taken if doubt.answerable]
    kinds = sorted({doubt.kind for doubt in doubts if not doubt.answerable})
    return Point(
        threshold=threshold,
        coverage=len(answerable) / sum(doubt.answerable for doubt in doubts),
        right=sum(d.right for d in answerable) / len(answerable) if answerable else 0.0,
        false_answers={
            kind: sum(d.kind == kind and not d.answerable for d in taken)
            / sum(d.kind == kind and not d.answerable for d in doubts)
            for kind in kinds
        },
    )
