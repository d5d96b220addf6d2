"""Runs `acervo evaluate`, which measures the search with judged questions.

A folder is a collection of the BEIR kind, which is indexed first; a `.jsonl` file holds questions
on the index there is. Either is shown as a scorecard, for people or as JSON, and may be compared
with an earlier one: exit status 1 when a measure fell by more than the tolerance.
"""

import json
import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any

from search.embedding.encoder import Embedder, open_embedder
from search.errors import EvaluationError
from search.evaluation import beir, compare, judged
from search.evaluation.perturb import PERTURBATIONS, versions
from search.searcher import open_searcher
from service.cli.console import out, print_table, progress_bar, say, write_json
from service.settings import Settings

_ALL_PERTURBATIONS = "todas"


def evaluate(options: Namespace, settings: Settings) -> int:
    """Measure the search with judged questions."""
    if options.judged.is_dir():
        return _evaluate_folder(options, settings)
    if options.judged.is_file():
        return _evaluate_file(options, settings)
    raise EvaluationError(f"no existe «{options.judged}»")


def _evaluate_folder(options: Namespace, settings: Settings) -> int:
    before = _saved_measures(options.against) if options.against else {}
    scorecard = _measure_folder(options, settings)
    summary = asdict(scorecard)
    summary |= summary.pop("measures")  # beside the other numbers, as saved files have them
    after = _measures(summary)
    fallen = compare.measures_fallen(before, after, options.tolerance)
    if options.json:
        write_json(summary | ({"fallen": fallen} if before else {}))
        return int(bool(fallen))
    groups = scorecard.groups
    rows = (
        [
            name,
            *(f"{score:.4f}" for score in (overall, *(group[name] for group in groups.values()))),
        ]
        for name, overall in scorecard.components.items()
    )
    print_table(["nDCG@10", "todas", *groups], rows, "left")
    for name, number in summary.items():
        if isinstance(number, int | float):
            out.print(
                f"{name:18} {number:.4f}" if isinstance(number, float) else f"{name:18} {number}"
            )
    if before:
        both = [(name, before[name], after[name]) for name in after if name in before]
        print_table(
            ["medida", "antes", "ahora", "cambia", ""],
            (
                [name, f"{old:.4f}", f"{new:.4f}", f"{new - old:+.4f}", "▼" * (name in fallen)]
                for name, old, new in both
            ),
            "left",
        )
    return int(bool(fallen))


def _measure_folder(options: Namespace, settings: Settings) -> beir.Scorecard:
    questions, qrels = beir.read_questions(options.judged)
    questions = questions[: options.limit]
    records = beir.read_records(options.judged)
    # Two threads while indexing, when nothing else runs; questions are asked with as many as when
    # serving, so that their times can be compared. The index is kept, by collection and model.
    embedder: Embedder = open_embedder(options.model, threads=2)
    location = settings.evaluations / beir.collection_key(options.judged, embedder.name)
    with progress_bar("Indexando", len(records)) as bar:
        beir.index_records(records, location, embedder, lambda more: bar.advance(more, "pasajes"))
    searcher = open_searcher(location, open_embedder(options.model, settings.model_threads))
    with progress_bar("Preguntando", len(questions)) as bar:
        asked = beir.QuestionSet(questions, {q.id: qrels[q.id] for q in questions}, options.k)
        scorecard = beir.evaluate(searcher, asked, lambda more: bar.advance(more, "consultas"))
    searcher.close()
    return scorecard


def _measures(summary: Mapping[str, Any]) -> dict[str, float]:
    """What of a scorecard can be compared: its measures, not its times, and those of its groups."""
    named = {name: number for name, number in summary.items() if "_at_" in name}
    grouped = {f"ndcg_at_10 {name}": row["shipped"] for name, row in summary["groups"].items()}
    return {name: float(number) for name, number in {**named, **grouped}.items()}


def _saved_measures(path: Path) -> dict[str, float]:
    try:
        return _measures(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvaluationError(
            f"«{path}» no es un resultado guardado con «acervo evaluate CARPETA --json»"
        ) from error


def _evaluate_file(options: Namespace, settings: Settings) -> int:
    questions = judged.read_judged(options.judged, options.split)[: options.limit]
    names = _perturbations(options.perturb)
    against: Path | None = options.against
    if against and not against.exists():
        raise EvaluationError(f"no existe «{against}»")
    # A file is a saved scorecard, a folder an index.
    saved = compare.read_graded(against) if against and against.is_file() else []
    embedder = open_embedder(options.model, settings.model_threads)
    # Without editorial rules: the search is measured, not what editors have chosen.
    searcher = open_searcher(options.index, embedder)
    asked = versions(questions, names, searcher.equivalents)
    searcher.close()
    # Both sides are asked exactly the same: perturbations depend on the acronyms of the first.
    report = _ask(options.index, embedder, asked)
    comparison = None
    if against:
        before = saved or compare.graded(_ask(against, embedder, asked).outcomes)
        comparison = compare.compare(before, compare.graded(report.outcomes))
        if not comparison.kinds:
            raise EvaluationError("los dos resultados no tienen ninguna consulta en común")
    if options.json:
        sys.stdout.write(compare.dump(report, comparison, options.tolerance))
    else:
        _print_scorecard(report)
        if comparison:
            _print_comparison(report, comparison, options.tolerance)
        for outcome in report.outcomes if options.failures else ():
            if _failed(outcome):
                _print_failure(outcome)
    return int(comparison is not None and bool(comparison.fallen(options.tolerance)))


def _ask(index: Path, embedder: Embedder, asked: Sequence[judged.Version]) -> judged.JudgedReport:
    searcher = open_searcher(index, embedder)
    with progress_bar("Preguntando", len(asked)) as bar:
        report = judged.evaluate_judged(
            searcher, asked, lambda more: bar.advance(more, "consultas")
        )
    searcher.close()
    return report


def _perturbations(given: str | None) -> list[str]:
    """All or the named ones. Raises `EvaluationError` for an unknown one."""
    if given is None:
        return []
    names = list(PERTURBATIONS) if given == _ALL_PERTURBATIONS else given.split(",")
    for unknown in (name for name in names if name not in PERTURBATIONS):
        known = ", ".join(PERTURBATIONS)
        raise EvaluationError(f"no hay ninguna alteración «{unknown}»; las hay: {known}")
    return names


# Where the curve is read: the shares of the answerable questions that keep their answer.
COVERAGES = (0.90, 0.93, 0.95, 0.97, 0.99)


def _print_scorecard(report: judged.JudgedReport) -> None:
    """Everything but single questions."""
    heads = ["consultas", "nDCG@10", "acierto@3", "exhaustividad@5", "cita buena o silencio"]
    print_table(
        ["tipo", *heads, "responde"],
        (
            [
                *(kind, str(row.queries)),
                *_digits(row.ndcg_at_10, row.success_at_3, row.recall_at_5),
                *_digits(row.right_answers, row.answered),
            ]
            for kind, row in report.kinds.items()
        ),
    )
    if report.perturbations:
        out.print("\nLas mismas consultas, alteradas (entre paréntesis, lo que cambia):")
        heads = ["alteración", "consultas", "nDCG@10", "acierto@3", "cita buena", "responde"]
        print_table(
            heads,
            (
                [
                    *(name, str(row.queries)),
                    f"{row.ndcg_at_10:.3f} ({row.ndcg_change:+.3f})",
                    f"{row.success_at_3:.3f} ({row.success_change:+.3f})",
                    f"{row.right_answers:.3f} ({row.right_change:+.3f})",
                    f"{row.answered:.3f} ({row.answered_change:+.3f})",
                ]
                for name, row in report.perturbations.items()
            ),
        )
    if report.curve.shipped:
        _print_curve(report.curve, report.curve.shipped)
    for problem in report.unresolved:
        say(f"sin pasaje: {problem}", "yellow")


def _print_curve(curve: judged.Curve, shipped: judged.Point) -> None:
    out.print("\nSi se responde a esta parte de lo que tiene respuesta:")
    points = [(f"{coverage:.0%}", curve.at(coverage)) for coverage in COVERAGES]
    points.append((f"servido: {shipped.coverage:.1%}", shipped))
    kinds = (f"responde a {kind}" for kind in shipped.false_answers)
    print_table(
        ["cobertura", "confianza", "cita buena", *kinds],
        (
            [name, *_digits(point.threshold, point.right, *point.false_answers.values())]
            for name, point in points
            if point
        ),
    )


def _digits(*numbers: float) -> list[str]:
    return [f"{number:.3f}" for number in numbers]


def _failed(outcome: judged.Outcome) -> bool:
    """Whether the answer is wrong or the passage is not among the first three."""
    answerable = outcome.version.question.answerable
    return not outcome.right or (answerable and not outcome.success_at_3)


def _print_failure(outcome: judged.Outcome) -> None:
    """What was asked, what was answered from where, and what was expected."""
    question, answer = outcome.version.question, outcome.answer
    measures = f"confianza {answer.confidence:.3f}"
    if question.answerable:
        where = f"puesto {outcome.place}" if outcome.place else "no mostrado"
        measures = f"{where} · nDCG {outcome.ndcg_at_10:.3f} · {measures}"
    altered = _altered(outcome.version.name)
    say(f"\n{question.id} · {question.kind}{altered}: {outcome.version.text}", "bold")
    say(f"  {measures}", "dim")
    if not outcome.answered:
        out.print("  sin respuesta")
    for citation in answer.citations:
        page = f" p. {citation.page}" if citation.page else ""
        quote = " ".join(citation.quote.split())
        say(f"  {answer.kind}: «{quote}» — {citation.document_id}{page}", "red")
    for relevant in question.relevant:
        if relevant.grade >= judged.GOOD:  # lesser grades are near the answer without giving it
            say(f"  esperado: «{relevant.quote}» — {relevant.document}", "green")
    if not question.answerable:
        say("  esperado: ninguna respuesta", "green")


def _altered(version: str) -> str:
    return "" if version == judged.ORIGINAL else f" · {version}"


def _print_comparison(
    report: judged.JudgedReport, comparison: compare.Comparison, tolerance: float
) -> None:
    """Differences by kind and perturbation, the worst questions, and what fell too far."""
    asked = {(o.version.question.id, o.version.name): o.version.text for o in report.outcomes}
    out.print("\nFrente al otro resultado, en las consultas que ambos tienen (~ alteradas):")
    fallen = comparison.fallen(tolerance)
    print_table(
        ["tipo o alteración", "consultas", "nDCG@10", "acierto@3", "cita buena o silencio", ""],
        (
            [name, str(row.queries), *_changes(row.before, row.after), "▼" * (name in fallen)]
            for name, row in comparison.rows().items()
        ),
    )
    # Sorted by how much they lose; the last of few may be gains.
    for change in comparison.changes[: compare.WORST]:
        before, after = change.before, change.after
        right = ["buena" if marks.right_answers else "mala" for marks in (before, after)]
        if after.total < before.total:
            say(
                f"  {change.question.id}{_altered(change.version)}: "
                f"{asked[change.question.id, change.version]}: "
                f"nDCG {before.ndcg_at_10:.3f} → {after.ndcg_at_10:.3f}, "
                f"respuesta {' → '.join(right)}"
            )
    names = "; ".join(f"{name} ({', '.join(measures)})" for name, measures in fallen.items())
    out.print(f"\nBajan más de {tolerance}: {names or 'ninguno'}", style="red" if fallen else "")


def _changes(before: compare.Marks, after: compare.Marks) -> Iterable[str]:
    pairs = zip(astuple(before), astuple(after), strict=True)
    return (f"{old:.3f} → {new:.3f} ({new - old:+.3f})" for old, new in pairs)
