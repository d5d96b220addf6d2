"""Judged questions under two sets of rules → what a change of rules does to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from search.judging.compare import Comparison, compare, graded
from search.judging.judged import GOOD, Judged, Places
from search.judging.scorecard import ORIGINAL, Outcome, Version, evaluate_judged
from search.searcher import Searcher
from search.types import Hit, Query

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the judged questions got under one set of rules, and how many were left out because
    the collection does not hold what answers them."""

    outcomes: tuple[Outcome, ...]
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


def measure(searcher: Searcher, questions: Sequence[Judged], progress: Progress) -> Measured:
    """Ask all questions that this collection can be judged by: a file of questions may belong to
    another one, and then also its unanswerable ones say nothing."""
    held = Places(searcher)
    kept = [one for one in questions if not one.answerable or _answered(held, one)]
    if not any(one.answerable for one in kept):
        return Measured((), len(questions))
    versions = [Version(one, ORIGINAL, one.text) for one in kept]
    report = evaluate_judged(searcher, versions, progress)
    return Measured(report.outcomes, len(questions) - len(kept))


def _answered(held: Places, question: Judged) -> bool:
    return any(grade >= GOOD for grade in held.grades(question).values())


def effect(before: Searcher, after: Searcher, measured: Measured, progress: Progress) -> Effect:
    """What changes from `before`, which gave `measured`, to `after`.

    Only questions that are read or answered otherwise are asked again, which for pins and synonyms
    are few; what is hidden may have been a candidate of any.
    """
    touched = [o.version for o in measured.outcomes if _touches(before, after, o.version.text)]
    asked = evaluate_judged(after, touched, progress).outcomes if touched else ()
    again = {outcome.version.question.id: outcome for outcome in asked}
    outcomes = [again.get(o.version.question.id, o) for o in measured.outcomes]
    questions = dict.fromkeys(pin.question for pin in (*after.rules.pins, *before.rules.pins))
    return Effect(
        comparison=compare(graded(measured.outcomes), graded(outcomes)),
        questions=len(outcomes),
        asked=len(touched),
        left_out=measured.left_out,
        leaders=tuple(Leader(q, _first(before, q), _first(after, q)) for q in questions),
    )


def _touches(before: Searcher, after: Searcher, text: str) -> bool:
    one, other = before.rules, after.rules
    hidden = (one.hidden_documents, one.hidden_passages)
    if hidden != (other.hidden_documents, other.hidden_passages):
        return True
    return before.understand(Query(text)) != after.understand(Query(text))


def _first(searcher: Searcher, question: str) -> Hit | None:
    return next(iter(searcher.search(Query(question, k=1)).hits), None)
