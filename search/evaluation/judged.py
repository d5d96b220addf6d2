"""Reads judged questions, finds the passages that answer them, and scores a search by them.

Each line is JSON: `id`, `text`, `kind`, and `relevant`, a list of `{"document", "quote", "grade"}`;
optional are `split`, `language` (that of the question, Spanish by omission) and `en`, the question
in English. A passage is relevant when it holds the quote, white space folded; so judgements outlive
changes in how documents are split. Without a passage of grade 2 the collection does not answer.
"""

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from search.errors import EvaluationError
from search.results import Answer, Qrels, Query, Run
from search.searcher import Searcher

GOOD = 2
"""From this grade on a passage answers; below it is only related."""


@dataclass(frozen=True, slots=True)
class Relevant:
    """One judgement: the quote that a relevant passage of the document holds."""

    document: str
    quote: str
    grade: int


@dataclass(frozen=True, slots=True)
class Judged:
    """One judged question; `english` is its translation, empty when there is none."""

    id: str
    text: str
    kind: str
    split: str
    relevant: tuple[Relevant, ...]
    language: str = "es"
    english: str = ""

    @property
    def answerable(self) -> bool:
        """Whether some passage of the collection answers it."""
        return any(relevant.grade >= GOOD for relevant in self.relevant)


def read_judged(path: Path, split: str | None = None) -> list[Judged]:
    """The questions of a file, or of one split of it. Raises `EvaluationError`."""
    questions = []
    for number, line in enumerate(read_lines(path), 1):
        try:
            if line.strip():
                questions.append(_judged(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            message = f"«{path}», línea {number}: no se entiende ({error!r})"
            raise EvaluationError(message) from error
    kept = [question for question in questions if split in (None, question.split)]
    if not kept:
        raise EvaluationError(f"en «{path}» no hay ninguna consulta juzgada")
    return kept


def read_lines(path: Path) -> list[str]:
    """The lines of a file of judgements. Raises `EvaluationError`."""
    try:
        # Not `splitlines`: texts may hold the rarer line separators of Unicode.
        return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"no se puede leer «{path}»: {error}") from error


def _judged(row: dict[str, object]) -> Judged:
    relevant = row["relevant"]
    if not isinstance(relevant, list):
        raise TypeError("relevant")
    return Judged(
        id=str(row["id"]),
        text=str(row["text"]),
        kind=str(row["kind"]),
        split=str(row.get("split", "")),
        relevant=tuple(
            Relevant(str(r["document"]), str(r["quote"]), int(r["grade"])) for r in relevant
        ),
        language=str(row.get("language") or "es"),
        english=str(row.get("en") or ""),
    )


class JudgedQuotes:
    """The passages that hold the quotes of judgements."""

    def __init__(self, searcher: Searcher) -> None:
        # With the context: what a table row answers may stand in the header above it.
        self._texts = {
            document.id: [
                (passage.id, _fold_blanks(f"{passage.context} {passage.text}"))
                for passage in searcher.passages(document.id)
            ]
            for document in searcher.documents()
        }

    def holding(self, relevant: Relevant) -> list[str]:
        """Ids of the passages of the document that hold the quote."""
        quote = _fold_blanks(relevant.quote)
        held = self._texts.get(relevant.document, [])
        return [passage for passage, text in held if quote in text]

    def grades(self, question: Judged) -> dict[str, int]:
        """Passage id → the best grade of any quote that it holds."""
        grades: dict[str, int] = {}
        for relevant in question.relevant:
            for passage in self.holding(relevant):
                grades[passage] = max(relevant.grade, grades.get(passage, 0))
        return grades

    def missing(self, question: Judged) -> list[str]:
        """Judgements whose quote no passage holds, as text for people."""
        return [
            f"{question.id}: {relevant.document}: «{relevant.quote}»"
            for relevant in question.relevant
            if not self.holding(relevant)
        ]


def _fold_blanks(text: str) -> str:
    # Judgements do not repeat the line breaks of the source.
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
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


def risk_coverage(answers: Sequence[JudgedAnswer]) -> Curve:
    """A point for every confidence of an answerable question."""
    if not any(answer.answerable for answer in answers):
        return Curve((), None)
    # Between two of these confidences nothing changes for the answerable questions.
    thresholds = sorted({d.confidence for d in answers if d.answerable}, reverse=True)
    points = [_point(t, answers, [d.confidence >= t for d in answers]) for t in thresholds]
    answered = [answer.answered for answer in answers]
    lowest = min((d.confidence for d in answers if d.answered), default=1.0)
    return Curve(tuple(points), _point(lowest, answers, answered))


def _point(threshold: float, answers: Sequence[JudgedAnswer], answered: Sequence[bool]) -> Point:
    taken = [answer for answer, chosen in zip(answers, answered, strict=True) if chosen]
    answerable = [answer for answer in taken if answer.answerable]
    kinds = sorted({answer.kind for answer in answers if not answer.answerable})
    return Point(
        threshold=threshold,
        coverage=len(answerable) / sum(answer.answerable for answer in answers),
        right=sum(d.right for d in answerable) / len(answerable) if answerable else 0.0,
        false_answers={
            kind: sum(d.kind == kind and not d.answerable for d in taken)
            / sum(d.kind == kind and not d.answerable for d in answers)
            for kind in kinds
        },
    )


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


# What `PerturbedScore` has of a `KindScore`, in its order.
_COMPARED = ("ndcg_at_10", "success_at_3", "answered", "right_answers")


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
    places = JudgedQuotes(searcher)
    outcomes = []
    for version in versions:
        outcomes.append(_outcome(searcher, version, places.grades(version.question)))
        progress(1)
    # Everything but the perturbations is about the questions as they were written.
    originals = [outcome for outcome in outcomes if outcome.version.name == ORIGINAL]
    splits: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in originals:
        splits[outcome.version.question.split].append(outcome)
    return JudgedReport(
        kinds=_by_kind(originals),
        splits={name: _by_kind(rows) for name, rows in sorted(splits.items()) if name},
        perturbations=_by_perturbation(outcomes),
        curve=risk_coverage([_judged_answer(outcome) for outcome in originals]),
        unresolved=tuple(
            problem for o in originals for problem in places.missing(o.version.question)
        ),
        outcomes=tuple(outcomes),
    )


def _outcome(searcher: Searcher, version: Version, grades: Mapping[str, int]) -> Outcome:
    result = searcher.search(Query(version.text, k=10))
    ranking = [hit.passage.id for hit in result.hits]
    # nDCG counts related passages as well; success, recall and answers only those that answer.
    good = {passage: grade for passage, grade in grades.items() if grade >= GOOD}
    quoted = any(citation.passage_id in good for citation in result.answer.citations)
    silent = result.answer.status == "not_found"
    return Outcome(
        version=version,
        ndcg_at_10=ndcg(ranking, grades),
        success_at_3=success(ranking, good, 3),
        recall_at_5=recall(ranking, good, 5),
        answer=result.answer,
        place=next((i for i, passage in enumerate(ranking, 1) if passage in good), None),
        right=quoted if version.question.answerable else silent,
    )


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
    scores = {}
    for name, rows in sorted(groups.items()):
        after, before = _score(rows), _score([originals[o.version.question.id] for o in rows])
        pairs = [(getattr(after, measure), getattr(before, measure)) for measure in _COMPARED]
        changes = (new - old for new, old in pairs)
        scores[name] = PerturbedScore(after.queries, *(new for new, _ in pairs), *changes)
    return scores


def _judged_answer(outcome: Outcome) -> JudgedAnswer:
    """A question that stays silent today is judged by the first passage that is shown."""
    question = outcome.version.question
    return JudgedAnswer(
        confidence=outcome.answer.confidence,
        kind=question.kind,
        answerable=question.answerable,
        right=outcome.right if outcome.answered else outcome.place == 1,
        answered=outcome.answered,
    )


def _mean(values: Iterable[float]) -> float:
    numbers = [float(value) for value in values]
    return sum(numbers) / len(numbers)


def ordered(scores: Mapping[str, float]) -> list[str]:
    """Passage ids best first; equal scores keep the order they were given in."""
    return sorted(scores, key=lambda passage: -scores[passage])


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """Normalised discounted cumulative gain with gain 2^grade − 1 (Burges et al., ICML 2005)."""
    ideal = _gain(sorted(grades.values(), reverse=True)[:depth])
    # A question without any relevant passage has no ideal order.
    return _gain([grades.get(passage, 0) for passage in ranking[:depth]]) / ideal if ideal else 0.0


def _gain(grades: Sequence[int]) -> float:
    # The discount is log2(rank + 1) with ranks from 1; places are from 0.
    return sum((2.0**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


def reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """One over the place of the first relevant passage within `depth`, else 0."""
    for place, passage in enumerate(ranking[:depth]):
        if grades.get(passage, 0) > 0:
            return 1 / (place + 1)
    return 0.0


def recall(ranking: Sequence[str], grades: Mapping[str, int], depth: int) -> float:
    """Share of the relevant passages among the first `depth`."""
    relevant = {passage for passage, grade in grades.items() if grade > 0}
    return len(relevant.intersection(ranking[:depth])) / len(relevant) if relevant else 0.0


def success(ranking: Sequence[str], grades: Mapping[str, int], depth: int) -> float:
    """1 when one of the first `depth` is relevant."""
    return float(any(grades.get(passage, 0) > 0 for passage in ranking[:depth]))


MEASURES: Mapping[str, Callable[[Sequence[str], Mapping[str, int]], float]] = {
    "ndcg_at_10": ndcg,
    "mrr_at_10": reciprocal_rank,
    "recall_at_1": partial(recall, depth=1),
    "recall_at_5": partial(recall, depth=5),
    "recall_at_100": partial(recall, depth=100),
    "success_at_3": partial(success, depth=3),
}


def summary(run: Run, qrels: Qrels) -> dict[str, float]:
    """The mean of each of `MEASURES` over the judged queries."""
    # A question without any result counts as 0 and not as missing.
    asked = [(ordered(run.get(query, {})), grades) for query, grades in qrels.items()]
    return {name: _mean(of(*one) for one in asked) for name, of in MEASURES.items() if asked}
