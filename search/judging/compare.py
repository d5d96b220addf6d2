"""Two scorecards to what became better or worse, question by question.

Only what both have is compared: the same question with the same text, asked in the same version.
So a set of questions may grow without moving the balance.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from search.judging.scorecard import ORIGINAL, Outcome

TOLERANCE = 0.02
"""How far a measure of a kind may fall before it counts."""
MINIMUM = 8
"""Kinds with fewer questions are shown but cannot fail: one question would move them too far."""
WORST = 20
"""Single questions listed: the worst come first, and more than these nobody reads."""
MEASURES = ("nDCG@10", "success@3", "right answers")


@dataclass(frozen=True, slots=True)
class Marks:
    """What one version of one question got: nDCG@10, success@3, and 1 for a right answer (a
    quote from a passage that answers, or silence where none does)."""

    ndcg_at_10: float
    success_at_3: float
    right_answers: float

    @property
    def total(self) -> float:
        """What questions are ordered by."""
        return self.ndcg_at_10 + self.right_answers


@dataclass(frozen=True, slots=True)
class Graded:
    """A question with the marks of each of its versions."""

    id: str
    kind: str
    text: str
    versions: Mapping[str, Marks]


@dataclass(frozen=True, slots=True)
class Difference:
    """Means over the questions of a kind, or over those that a perturbation applies to."""

    name: str
    queries: int
    before: Marks
    after: Marks

    def fallen(self, tolerance: float = TOLERANCE) -> tuple[str, ...]:
        """The measures that fell by more than the tolerance."""
        pairs = zip(MEASURES, _numbers(self.before), _numbers(self.after), strict=True)
        # Means of the same numbers in another order may differ in the last digits.
        limit = tolerance + 1e-9
        fallen = tuple(name for name, before, after in pairs if before - after > limit)
        return fallen if self.queries >= MINIMUM else ()


@dataclass(frozen=True, slots=True)
class Change:
    """One version of one question whose marks are other than before."""

    question: Graded
    version: str
    before: Marks
    after: Marks


@dataclass(frozen=True, slots=True)
class Comparison:
    """Differences by kind and by perturbation, and all changes, the worst first."""

    kinds: tuple[Difference, ...]
    perturbations: tuple[Difference, ...]
    changes: tuple[Change, ...]

    def fallen(self, tolerance: float = TOLERANCE) -> dict[str, tuple[str, ...]]:
        """The kinds, and the perturbations with a «~» before their name, that fell by more than
        the tolerance, each with the measures that did."""
        named = [(row.name, row) for row in self.kinds]
        named += [(f"~{row.name}", row) for row in self.perturbations]
        return {name: row.fallen(tolerance) for name, row in named if row.fallen(tolerance)}


def graded(outcomes: Iterable[Outcome]) -> list[Graded]:
    """The outcomes by question, in order."""
    questions = {outcome.version.question.id: outcome.version.question for outcome in outcomes}
    versions: dict[str, dict[str, Marks]] = defaultdict(dict)
    for outcome in outcomes:
        # Rounded as they are saved, so that a scorecard equals itself read back.
        ndcg = round(outcome.ndcg_at_10, 4)
        marks = Marks(ndcg, outcome.success_at_3, float(outcome.right))
        versions[outcome.version.question.id][outcome.version.name] = marks
    return [Graded(q.id, q.kind, q.text, versions[q.id]) for q in questions.values()]


def compare(before: Sequence[Graded], after: Sequence[Graded]) -> Comparison:
    """What changed from one scorecard to the other."""
    kinds: dict[str, list[Change]] = defaultdict(list)
    perturbations: dict[str, list[Change]] = defaultdict(list)
    held = {(question.id, question.text): question.versions for question in before}
    for question in after:
        earlier = held.get((question.id, question.text), {})
        for version in question.versions.keys() & earlier.keys():
            change = Change(question, version, earlier[version], question.versions[version])
            if version == ORIGINAL:
                kinds[question.kind].append(change)
            else:
                perturbations[version].append(change)
    every = [
        change for group in (kinds, perturbations) for some in group.values() for change in some
    ]
    return Comparison(
        kinds=_differences(kinds),
        perturbations=_differences(perturbations),
        changes=tuple(sorted((c for c in every if c.before != c.after), key=_severity)),
    )


def _differences(groups: Mapping[str, Sequence[Change]]) -> tuple[Difference, ...]:
    return tuple(
        Difference(name, len(some), _mean([c.before for c in some]), _mean([c.after for c in some]))
        for name, some in sorted(groups.items())
    )


def _severity(change: Change) -> tuple[float, str, str]:
    return (change.after.total - change.before.total, change.question.id, change.version)


def _mean(marks: Sequence[Marks]) -> Marks:
    columns = zip(*(_numbers(one) for one in marks), strict=True)
    return Marks(*(sum(column) / len(marks) for column in columns))


def _numbers(marks: Marks) -> tuple[float, float, float]:
    return marks.ndcg_at_10, marks.success_at_3, marks.right_answers


def measures_fallen(
    before: Mapping[str, float], after: Mapping[str, float], tolerance: float
) -> list[str]:
    """The names of the measures that both have and that fell by more than the tolerance."""
    limit = tolerance + 1e-9
    return [name for name in after if name in before and before[name] - after[name] > limit]
