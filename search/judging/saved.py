"""A scorecard to JSON that can be kept, and such JSON back to what it says of each question."""

import json
from dataclasses import asdict, astuple
from pathlib import Path

from search.errors import EvaluationError
from search.judging.compare import WORST, Comparison, Graded, Marks, graded
from search.judging.scorecard import JudgedReport

_DIGITS = 4


def dump(report: JudgedReport, comparison: Comparison | None, tolerance: float) -> str:
    """The whole scorecard; one line a question and a point of the curve, so that two of them can
    be compared by eye too."""
    shipped = report.curve.shipped
    summary: dict[str, object] = {
        "kinds": {name: asdict(row) for name, row in report.kinds.items()},
        "splits": {
            split: {name: asdict(row) for name, row in kinds.items()}
            for split, kinds in report.splits.items()
        },
        "perturbations": {name: asdict(row) for name, row in report.perturbations.items()},
        "unresolved": report.unresolved,
        "shipped": asdict(shipped) if shipped else None,
    }
    if comparison:
        summary["against"] = _against(comparison, tolerance)
    curve = [asdict(point) for point in report.curve.points]
    questions = [_question(question) for question in graded(report.outcomes)]
    head = json.dumps(_rounded(summary), ensure_ascii=False, indent=2).removesuffix("\n}")
    return f'{head},\n  "curve": {_lines(curve)},\n  "questions": {_lines(questions)}\n}}\n'


def _question(question: Graded) -> dict[str, object]:
    versions = {name: astuple(marks) for name, marks in question.versions.items()}
    return {
        "id": question.id,
        "kind": question.kind,
        "text": question.text,
        "versions": versions,
    }


def _against(comparison: Comparison, tolerance: float) -> dict[str, object]:
    return {
        "tolerance": tolerance,
        "fallen": comparison.fallen(tolerance),
        "kinds": {row.name: asdict(row) for row in comparison.kinds},
        "perturbations": {row.name: asdict(row) for row in comparison.perturbations},
        "worst": [
            {
                "id": change.question.id,
                "version": change.version,
                "text": change.question.text,
                "before": asdict(change.before),
                "after": asdict(change.after),
            }
            for change in comparison.changes[:WORST]
        ],
    }


def _lines(rows: list[dict[str, object]]) -> str:
    written = (json.dumps(_rounded(row), ensure_ascii=False) for row in rows)
    return "[\n    " + ",\n    ".join(written) + "\n  ]" if rows else "[]"


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
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
