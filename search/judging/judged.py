"""A file of judged questions to questions, and where the passages stand that answer them.

Each line is JSON: `id`, `text`, `kind`, and `relevant`, a list of `{"document", "quote", "grade"}`;
optional are `split`, `language` (that of the question, Spanish by omission) and `en`, the question
in English. A passage is relevant when it holds the quote, white space folded; so judgements outlive
changes in how documents are split. Without a passage of grade 2 the collection does not answer.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from search.errors import EvaluationError
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
        language=str(row.get("language") or "es"),
        english=str(row.get("en") or ""),
    )


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


def _folded(text: str) -> str:
    return " ".join(text.split())
