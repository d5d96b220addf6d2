"""Judged questions over an existing index to a scorecard by kind and by perturbation."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from search.judging import metrics
from search.judging.curve import Curve, Doubt, risk_coverage
from search.judging.judged import GOOD, Judged, Places
from search.searcher import Searcher
from search.types import Answer, Query

ORIGINAL = "original"
"""The version of a question that is asked as it was written."""


@dataclass(frozen=True, slots=True)
class Version:
    """A question as it is asked: as written, or perturbed by what `name` says."""

    question: Judged
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one version of a question got. `place` is the 1-based rank of the first passage that
    answers, None when none is shown; `right` says whether a quote of the answer lies in such a
    passage or, where the collection does not answer, that none was given."""

    version: Version
    ndcg_at_10: float
    success_at_3: float
    recall_at_5: float
    answer: Answer
    place: int | None
    right: bool

    @property
    def answered(self) -> bool:
        """Whether there was an answer: good for what is answerable, bad for the rest."""
        return self.answer.status == "found"


@dataclass(frozen=True, slots=True)
class KindScore:
    """Means over the questions of one kind. `answered` is the share that got an answer: good for
    what is answerable, bad for the rest; `right_answers` the share whose quote lies in a passage
    that answers."""

    queries: int
    ndcg_at_10: float
    success_at_3: float
    recall_at_5: float
    answered: float
    right_answers: float


@dataclass(frozen=True, slots=True)
class PerturbedScore:
    """Means over the answerable questions that a perturbation applies to, and how much more than
    the same questions as written that is."""

    queries: int
    ndcg_at_10: float
    success_at_3: float
    answered: float
    right_answers: float
    ndcg_change: float
    success_change: float
    answered_change: float
    right_change: float


@dataclass(frozen=True, slots=True)
class JudgedReport:
    """Scores by kind, with `answerable` and `unanswerable` over all that have an answer or none;
    the same within each split; scores by perturbation; quotes that no passage holds."""

    kinds: Mapping[str, KindScore]
    splits: Mapping[str, Mapping[str, KindScore]]
    perturbations: Mapping[str, PerturbedScore]
    curve: Curve
    unresolved: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


def evaluate_judged(
    searcher: Searcher, versions: Sequence[Version], progress: Callable[[int], None]
) -> JudgedReport:
    """Ask every version as a user would and score what is shown."""
    places = Places(searcher)
    outcomes = []
    for version in versions:
        outcomes.append(_ask(searcher, version, places.grades(version.question)))
        progress(1)
    originals = [outcome for outcome in outcomes if outcome.version.name == ORIGINAL]
    splits = sorted({outcome.version.question.split for outcome in originals} - {""})
    return JudgedReport(
        kinds=_by_kind(originals),
        splits={
            name: _by_kind(o for o in originals if o.version.question.split == name)
            for name in splits
        },
        perturbations=_by_perturbation(outcomes),
        curve=risk_coverage([_doubt(outcome) for outcome in originals]),
        unresolved=tuple(
            problem for o in originals for problem in places.missing(o.version.question)
        ),
        outcomes=tuple(outcomes),
    )


def _ask(searcher: Searcher, version: Version, grades: Mapping[str, int]) -> Outcome:
    result = searcher.search(Query(version.text, k=10))
    ranking = [hit.passage.id for hit in result.hits]
    good = {passage: grade for passage, grade in grades.items() if grade >= GOOD}
    return Outcome(
        version=version,
        ndcg_at_10=metrics.ndcg(ranking, grades),
        success_at_3=metrics.success(ranking, good, 3),
        recall_at_5=metrics.recall(ranking, good, 5),
        answer=result.answer,
        place=next((i for i, passage in enumerate(ranking, 1) if passage in good), None),
        right=_right(result.answer, good, version.question),
    )


def _right(answer: Answer, good: Mapping[str, int], question: Judged) -> bool:
    if not question.answerable:
        return answer.status == "not_found"
    return any(citation.passage_id in good for citation in answer.citations)


def _by_kind(outcomes: Iterable[Outcome]) -> dict[str, KindScore]:
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        question = outcome.version.question
        groups[question.kind].append(outcome)
        groups["answerable" if question.answerable else "unanswerable"].append(outcome)
    return {kind: _score(rows) for kind, rows in sorted(groups.items())}


def _score(outcomes: Sequence[Outcome]) -> KindScore:
    return KindScore(
        queries=len(outcomes),
        ndcg_at_10=_mean(o.ndcg_at_10 for o in outcomes),
        success_at_3=_mean(o.success_at_3 for o in outcomes),
        recall_at_5=_mean(o.recall_at_5 for o in outcomes),
        answered=_mean(o.answered for o in outcomes),
        right_answers=_mean(o.right for o in outcomes),
    )


def _by_perturbation(outcomes: Sequence[Outcome]) -> dict[str, PerturbedScore]:
    originals = {o.version.question.id: o for o in outcomes if o.version.name == ORIGINAL}
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.version.name != ORIGINAL:
            groups[outcome.version.name].append(outcome)
    return {
        name: _perturbed(_score(rows), _score([originals[o.version.question.id] for o in rows]))
        for name, rows in sorted(groups.items())
    }


def _perturbed(after: KindScore, before: KindScore) -> PerturbedScore:
    return PerturbedScore(
        queries=after.queries,
        ndcg_at_10=after.ndcg_at_10,
        success_at_3=after.success_at_3,
        answered=after.answered,
        right_answers=after.right_answers,
        ndcg_change=after.ndcg_at_10 - before.ndcg_at_10,
        success_change=after.success_at_3 - before.success_at_3,
        answered_change=after.answered - before.answered,
        right_change=after.right_answers - before.right_answers,
    )


def _doubt(outcome: Outcome) -> Doubt:
    """A question that stays silent today is judged by the first passage that is shown."""
    question = outcome.version.question
    return Doubt(
        confidence=outcome.answer.confidence,
        kind=question.kind,
        answerable=question.answerable,
        right=outcome.right if outcome.answered else outcome.place == 1,
        answered=outcome.answered,
    )


def _mean(values: Iterable[float]) -> float:
    numbers = [float(value) for value in values]
    return sum(numbers) / len(numbers)
