"""A file of judged questions over an existing index to a scorecard by kind of question.

Each line is JSON: `id`, `text`, `kind`, optional `split`, and `relevant`, a list of
`{"document", "quote", "grade"}`. A passage is relevant when it holds the quote, white space
folded; so judgements outlive changes in how documents are split. An empty list means that the
collection does not answer.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from search import metrics
from search.errors import EvaluationError
from search.searcher import Searcher
from search.types import Answer, Query

_GOOD = 2
"""From this grade on a passage answers; below it is only related."""


@dataclass(frozen=True, slots=True)
class Relevant:
    """One judgement: the quote that a relevant passage of the document holds."""

    document: str
    quote: str
    grade: int


@dataclass(frozen=True, slots=True)
class Judged:
    """One judged question."""

    id: str
    text: str
    kind: str
    split: str
    relevant: tuple[Relevant, ...]


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
class JudgedReport:
    """Scores by kind, `answerable` over all that have an answer; quotes that no passage holds."""

    kinds: Mapping[str, KindScore]
    unresolved: tuple[str, ...]


def read_judged(path: Path, split: str | None = None) -> list[Judged]:
    """The questions of a file, or of one split of it. Raises `EvaluationError`."""
    questions = []
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            questions.append(_judged(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise EvaluationError(
                f"«{path}», línea {number}: no se entiende ({error!r})"
            ) from error
    kept = [question for question in questions if split in (None, question.split)]
    if not kept:
        raise EvaluationError(f"en «{path}» no hay ninguna consulta juzgada")
    return kept


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split("\n")
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
    )


def evaluate_judged(
    searcher: Searcher, questions: Sequence[Judged], progress: Callable[[int], None]
) -> JudgedReport:
    """Ask every question as a user would and score what is shown."""
    places = Places(searcher)
    scores: dict[str, list[dict[str, float]]] = defaultdict(list)
    unresolved = []
    for question in questions:
        grades = places.grades(question)
        unresolved += places.missing(question)
        row = _score(searcher, question, grades)
        for kind in (question.kind, "answerable" if question.relevant else ""):
            if kind:
                scores[kind].append(row)
        progress(1)
    kinds = {kind: _mean(rows) for kind, rows in sorted(scores.items())}
    return JudgedReport(kinds, tuple(unresolved))


class Places:
    """Where the quotes of judgements stand."""

    def __init__(self, searcher: Searcher) -> None:
        self._texts = {
            document.id: [
                (passage.id, _folded(f"{passage.context} {passage.text}"))
                for passage in searcher.passages(document.id)
            ]
            for document in searcher.documents()
        }

    def holding(self, relevant: Relevant) -> list[str]:
        """Ids of the passages of the document that hold the quote."""
        quote = _folded(relevant.quote)
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


def _score(searcher: Searcher, question: Judged, grades: Mapping[str, int]) -> dict[str, float]:
    result = searcher.search(Query(question.text, k=10))
    ranking = [hit.passage.id for hit in result.hits]
    good = {passage: grade for passage, grade in grades.items() if grade >= _GOOD}
    return {
        "ndcg_at_10": metrics.ndcg(ranking, grades),
        "success_at_3": metrics.success(ranking, good, 3),
        "recall_at_5": metrics.recall(ranking, good, 5),
        "answered": float(result.answer.status == "found"),
        "right_answers": float(_right(result.answer, good, question)),
    }


def _right(answer: Answer, good: Mapping[str, int], question: Judged) -> bool:
    if not question.relevant:
        return answer.status == "not_found"
    return any(citation.passage_id in good for citation in answer.citations)


def _mean(rows: Sequence[Mapping[str, float]]) -> KindScore:
    means = {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}
    return KindScore(queries=len(rows), **means)


def _folded(text: str) -> str:
    return " ".join(text.split())
