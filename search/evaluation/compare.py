"""Compares two scorecards question by question: what became better and what worse.

Only what both have is compared: the same question with the same text, asked in the same version.
So a set of questions may grow without moving the balance. The same comparison tells editors what
their rules change before they publish them.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, is_dataclass
from pathlib import Path

from search.errors import EvaluationError
from search.evaluation import judged
from search.results import Hit, Query
from search.searcher import Searcher

TOLERANCE = 0.02
"""How far a measure of a kind may fall before it counts."""
MINIMUM = 8
"""Kinds with fewer questions are shown but cannot fail: one question would move them too far."""
WORST = 20
"""Single questions listed: the worst come first, and more than these nobody reads."""
# Digits of saved measures.
_DIGITS = 4
MEASURES = ("nDCG@10", "success@3", "right answers")

Progress = Callable[[int], None]
"""Called with how many questions have been asked since the last call."""


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
        if self.queries < MINIMUM:
            return ()
        before, after = (
            dict(zip(MEASURES, astuple(m), strict=True)) for m in (self.before, self.after)
        )
        return tuple(measures_fallen(before, after, tolerance))


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

    def rows(self) -> dict[str, Difference]:
        """The kinds, and the perturbations with a «~» before their name."""
        kinds = {row.name: row for row in self.kinds}
        return kinds | {f"~{row.name}": row for row in self.perturbations}

    def fallen(self, tolerance: float = TOLERANCE) -> dict[str, tuple[str, ...]]:
        """The rows that fell by more than the tolerance, each with the measures that did."""
        rows = self.rows().items()
        return {name: fallen for name, row in rows if (fallen := row.fallen(tolerance))}


def graded(outcomes: Iterable[judged.Outcome]) -> list[Graded]:
    """The outcomes by question, in order."""
    questions = {outcome.version.question.id: outcome.version.question for outcome in outcomes}
    versions: dict[str, dict[str, Marks]] = defaultdict(dict)
    for outcome in outcomes:
        # Rounded as they are saved, so that a scorecard equals itself read back.
        ndcg = round(outcome.ndcg_at_10, _DIGITS)
        marks = Marks(ndcg, outcome.success_at_3, float(outcome.right))
        versions[outcome.version.question.id][outcome.version.name] = marks
    return [Graded(q.id, q.kind, q.text, versions[q.id]) for q in questions.values()]


def compare(before: Sequence[Graded], after: Sequence[Graded]) -> Comparison:
    """What changed from one scorecard to the other."""
    kinds: dict[str, list[Change]] = defaultdict(list)
    perturbations: dict[str, list[Change]] = defaultdict(list)
    # By text too: a question that was reworded is another question.
    held = {(question.id, question.text): question.versions for question in before}
    changes = [
        Change(question, version, earlier[version], marks)
        for question in after
        if (earlier := held.get((question.id, question.text), {}))
        for version, marks in question.versions.items()
        if version in earlier
    ]
    for change in changes:
        if change.version == judged.ORIGINAL:
            kinds[change.question.kind].append(change)
        else:
            perturbations[change.version].append(change)
    changed = [change for change in changes if change.before != change.after]
    return Comparison(
        kinds=_differences(kinds),
        perturbations=_differences(perturbations),
        changes=tuple(
            sorted(
                changed, key=lambda c: (c.after.total - c.before.total, c.question.id, c.version)
            )
        ),
    )


def _differences(groups: Mapping[str, Sequence[Change]]) -> tuple[Difference, ...]:
    return tuple(
        Difference(name, len(some), _mean([c.before for c in some]), _mean([c.after for c in some]))
        for name, some in sorted(groups.items())
    )


def _mean(marks: Sequence[Marks]) -> Marks:
    columns = zip(*map(astuple, marks), strict=True)
    return Marks(*(sum(column) / len(marks) for column in columns))


def measures_fallen(
    before: Mapping[str, float], after: Mapping[str, float], tolerance: float
) -> list[str]:
    """The names of the measures that both have and that fell by more than the tolerance."""
    # Means of the same numbers in another order may differ in the last digits.
    limit = tolerance + 1e-9
    return [name for name in after if name in before and before[name] - after[name] > limit]


def dump(report: judged.JudgedReport, comparison: Comparison | None, tolerance: float) -> str:
    """The whole scorecard; one line a question and a point of the curve, so that two of them can
    be compared by eye too."""
    names = ("kinds", "splits", "perturbations", "unresolved")
    summary: dict[str, object] = {name: getattr(report, name) for name in names}
    summary["shipped"] = report.curve.shipped
    if comparison:
        summary["against"] = {
            "tolerance": tolerance,
            "fallen": comparison.fallen(tolerance),
            "kinds": {row.name: row for row in comparison.kinds},
            "perturbations": {row.name: row for row in comparison.perturbations},
            "worst": [
                {"id": change.question.id, "version": change.version, "text": change.question.text}
                | {"before": change.before, "after": change.after}
                for change in comparison.changes[:WORST]
            ],
        }
    # Marks are a list here, as in all saved scorecards, and objects in the summary.
    questions = [
        {"id": question.id, "kind": question.kind, "text": question.text}
        | {"versions": {name: astuple(marks) for name, marks in question.versions.items()}}
        for question in graded(report.outcomes)
    ]
    # Indented but for the long lists, whose items have a line each.
    head = json.dumps(_plain(summary), ensure_ascii=False, indent=2).removesuffix("\n}")
    lists = {"curve": report.curve.points, "questions": questions}
    parts = [f'  "{name}": {_json_lines(rows)}' for name, rows in lists.items()]
    return ",\n".join([head, *parts]) + "\n}\n"


def _json_lines(rows: Sequence[object]) -> str:
    written = (json.dumps(_plain(row), ensure_ascii=False) for row in rows)
    return "[\n    " + ",\n    ".join(written) + "\n  ]" if rows else "[]"


def _plain(value: object) -> object:
    """As JSON holds it, with numbers rounded."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return round(value, _DIGITS) if isinstance(value, float) else value


def read_graded(path: Path) -> list[Graded]:
    """The questions of a saved scorecard. Raises `EvaluationError`."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["questions"]
        return [
            Graded(
                str(row["id"]),
                str(row["kind"]),
                str(row["text"]),
                {str(name): Marks(*map(float, marks)) for name, marks in row["versions"].items()},
            )
            for row in rows
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvaluationError(
            f"«{path}» no es un resultado guardado con «acervo evaluate ARCHIVO --json»"
        ) from error


@dataclass(frozen=True, slots=True)
class Measured:
    """What the judged questions got under one set of rules, and how many were left out because
    the collection does not hold what answers them."""

    outcomes: tuple[judged.Outcome, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Leader:
    """What stands first for the question of a pin, before and after."""

    question: str
    before: Hit | None
    after: Hit | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What changes: by kind and question by question, and for the questions of pins. `asked` says
    how many of the measured questions the change can touch at all."""

    comparison: Comparison
    questions: int
    asked: int
    left_out: int
    leaders: tuple[Leader, ...]


def measure(searcher: Searcher, questions: Sequence[judged.Judged], progress: Progress) -> Measured:
    """Ask all questions that this collection can be judged by: a file of questions may belong to
    another one, and then also its unanswerable ones say nothing."""
    held = judged.JudgedQuotes(searcher)
    kept = [
        one
        for one in questions
        if not one.answerable or any(grade >= judged.GOOD for grade in held.grades(one).values())
    ]
    # This collection has nothing to do with these questions.
    if not any(one.answerable for one in kept):
        return Measured((), len(questions))
    versions = [judged.Version(one, judged.ORIGINAL, one.text) for one in kept]
    report = judged.evaluate_judged(searcher, versions, progress)
    return Measured(report.outcomes, len(questions) - len(kept))


def effect(before: Searcher, after: Searcher, measured: Measured, progress: Progress) -> Effect:
    """What changes from `before`, which gave `measured`, to `after`.

    Only questions that are read or answered otherwise are asked again, which for pins and synonyms
    are few; what is hidden may have been a candidate of any.
    """
    touched = [o.version for o in measured.outcomes if _may_change(before, after, o.version.text)]
    asked = judged.evaluate_judged(after, touched, progress).outcomes if touched else ()
    again = {outcome.version.question.id: outcome for outcome in asked}
    outcomes = [again.get(o.version.question.id, o) for o in measured.outcomes]
    # Also those of pins that are gone: what stands first for them has changed most.
    questions = dict.fromkeys(pin.question for pin in (*after.rules.pins, *before.rules.pins))
    return Effect(
        comparison=compare(graded(measured.outcomes), graded(outcomes)),
        questions=len(outcomes),
        asked=len(touched),
        left_out=measured.left_out,
        leaders=tuple(Leader(q, _first_hit(before, q), _first_hit(after, q)) for q in questions),
    )


def _may_change(before: Searcher, after: Searcher, text: str) -> bool:
    one, other = before.rules, after.rules
    hidden = (one.hidden_documents, one.hidden_passages)
    # Which questions it was a candidate of cannot be seen without asking them.
    if hidden != (other.hidden_documents, other.hidden_passages):
        return True
    return before.understand(Query(text)) != after.understand(Query(text))


def _first_hit(searcher: Searcher, question: str) -> Hit | None:
    return next(iter(searcher.search(Query(question, k=1)).hits), None)
