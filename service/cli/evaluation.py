"""Runs `acervo evaluate`, which measures the search with judged questions.

A folder is a collection of the BEIR kind, which is indexed first; a `.jsonl` file holds questions
on the index there is. Either is shown as a scorecard, for people or as JSON, and may be compared
with an earlier one: exit status 1 when a measure fell by more than the tolerance.
"""

import json
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple
from pathlib import Path

from rich.table import Table
from rich.text import Text

from search.embedding.encoder import Embedder, open_embedder
from search.errors import EvaluationError
from search.evaluation.beir import (
    QuestionSet,
    Scorecard,
    collection_key,
    index_records,
    read_questions,
    read_records,
)
from search.evaluation.beir import evaluate as run
from search.evaluation.compare import (
    WORST,
    Change,
    Comparison,
    Graded,
    Marks,
    compare,
    dump,
    graded,
    measures_fallen,
    read_graded,
)
from search.evaluation.judged import (
    GOOD,
    ORIGINAL,
    Curve,
    JudgedReport,
    KindScore,
    Outcome,
    PerturbedScore,
    Point,
    Version,
    evaluate_judged,
    read_judged,
)
from search.evaluation.perturb import PERTURBATIONS, versions
from search.searcher import open_searcher
from service.cli.console import out, progress_bar, write_json
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
    after = {**scorecard.measures, **_by_group(scorecard.groups)}
    fallen = measures_fallen(before, after, options.tolerance)
    if options.json:
        write_json(summary | ({"fallen": fallen} if before else {}))
        return int(bool(fallen))
    table = Table("nDCG@10", "todas", *scorecard.groups, box=None)
    for name, overall in scorecard.components.items():
        cells = [f"{group[name]:.4f}" for group in scorecard.groups.values()]
        table.add_row(name, f"{overall:.4f}", *cells)
    out.print(table)
    for name, number in summary.items():
        if isinstance(number, int | float):
            shown = f"{number:.4f}" if isinstance(number, float) else str(number)
            out.print(f"{name:18} {shown}")
    if before:
        _print_measures(before, after, fallen)
    return int(bool(fallen))


def _measure_folder(options: Namespace, settings: Settings) -> Scorecard:
    questions, qrels = read_questions(options.judged)
    questions = questions[: options.limit]
    records = read_records(options.judged)
    # Two threads while indexing, when nothing else runs; questions are asked with as many as when
    # serving, so that their times can be compared. The index is kept, by collection and model.
    embedder: Embedder = open_embedder(options.model, threads=2)
    location = settings.evaluations / collection_key(options.judged, embedder.name)
    with progress_bar("Indexando", len(records)) as bar:
        index_records(records, location, embedder, lambda more: bar.advance(more, "pasajes"))
    searcher = open_searcher(location, open_embedder(options.model, settings.model_threads))
    with progress_bar("Preguntando", len(questions)) as bar:
        asked = QuestionSet(questions, {q.id: qrels[q.id] for q in questions}, options.k)
        scorecard = run(searcher, asked, lambda more: bar.advance(more, "consultas"))
    searcher.close()
    return scorecard


def _saved_measures(path: Path) -> dict[str, float]:
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        groups = _by_group(saved["groups"])
        named = {name: n for name, n in saved.items() if "_at_" in name}  # measures, not times
        return {name: float(number) for name, number in {**named, **groups}.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvaluationError(
            f"«{path}» no es un resultado guardado con «acervo evaluate CARPETA --json»"
        ) from error


def _by_group(groups: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {f"ndcg_at_10 {name}": scores["shipped"] for name, scores in groups.items()}


def _print_measures(
    before: Mapping[str, float], after: Mapping[str, float], fallen: Sequence[str]
) -> None:
    """The measures of two runs of one collection."""
    table = Table("medida", "antes", "ahora", "cambia", "", box=None)
    for name in (name for name in after if name in before):
        change = f"{after[name] - before[name]:+.4f}"
        mark = "▼" if name in fallen else ""
        table.add_row(name, f"{before[name]:.4f}", f"{after[name]:.4f}", change, mark)
    out.print(table)


def _evaluate_file(options: Namespace, settings: Settings) -> int:
    questions = read_judged(options.judged, options.split)[: options.limit]
    names = _perturbations(options.perturb)
    saved = read_graded(options.against) if _is_saved(options.against) else []
    embedder = open_embedder(options.model, settings.model_threads)
    # Without editorial rules: the search is measured, not what editors have chosen.
    searcher = open_searcher(options.index, embedder)
    asked = versions(questions, names, searcher.equivalents)
    searcher.close()
    # Both sides are asked exactly the same: perturbations depend on the acronyms of the first.
    report = _ask(options.index, embedder, asked)
    comparison = None
    if options.against:
        before = saved or graded(_ask(options.against, embedder, asked).outcomes)
        comparison = _compare(before, report)
    _show(report, comparison, options)
    return int(comparison is not None and bool(comparison.fallen(options.tolerance)))


def _ask(index: Path, embedder: Embedder, asked: Sequence[Version]) -> JudgedReport:
    searcher = open_searcher(index, embedder)
    with progress_bar("Preguntando", len(asked)) as bar:
        report = evaluate_judged(searcher, asked, lambda more: bar.advance(more, "consultas"))
    searcher.close()
    return report


def _perturbations(given: str | None) -> list[str]:
    """All or the named ones. Raises `EvaluationError` for an unknown one."""
    if given is None:
        return []
    names = list(PERTURBATIONS) if given == _ALL_PERTURBATIONS else given.split(",")
    unknown = [name for name in names if name not in PERTURBATIONS]
    if unknown:
        known = ", ".join(PERTURBATIONS)
        raise EvaluationError(f"no hay ninguna alteración «{unknown[0]}»; las hay: {known}")
    return names


def _is_saved(against: Path | None) -> bool:
    """Whether to compare with a saved scorecard and not with an index, which is a folder."""
    if against is not None and not against.exists():
        raise EvaluationError(f"no existe «{against}»")
    return against is not None and against.is_file()


def _compare(before: Sequence[Graded], report: JudgedReport) -> Comparison:
    comparison = compare(before, graded(report.outcomes))
    if not comparison.kinds:
        raise EvaluationError("los dos resultados no tienen ninguna consulta en común")
    return comparison


def _show(report: JudgedReport, comparison: Comparison | None, options: Namespace) -> None:
    if options.json:
        sys.stdout.write(dump(report, comparison, options.tolerance))
        return
    _print_scorecard(report)
    if comparison:
        _print_comparison(report, comparison, options.tolerance)
    if options.failures:
        _print_failures([outcome for outcome in report.outcomes if _failed(outcome)])


# Where the curve is read: the shares of the answerable questions that keep their answer.
COVERAGES = (0.90, 0.93, 0.95, 0.97, 0.99)


def _print_scorecard(report: JudgedReport) -> None:
    """Everything but single questions."""
    _print_kinds(report.kinds)
    if report.perturbations:
        _print_perturbations(report.perturbations)
    if report.curve.shipped:
        _print_curve(report.curve, report.curve.shipped)
    for problem in report.unresolved:
        out.print(Text(f"sin pasaje: {problem}", style="yellow"))


def _print_kinds(kinds: Mapping[str, KindScore]) -> None:
    table = Table("tipo", box=None)
    for name in (
        "consultas",
        "nDCG@10",
        "acierto@3",
        "exhaustividad@5",
        "cita buena o silencio",
        "responde",
    ):
        table.add_column(name, justify="right")
    for kind, row in kinds.items():
        cells = (
            row.ndcg_at_10,
            row.success_at_3,
            row.recall_at_5,
            row.right_answers,
            row.answered,
        )
        table.add_row(kind, str(row.queries), *(f"{cell:.3f}" for cell in cells))
    out.print(table)


def _print_perturbations(rows: Mapping[str, PerturbedScore]) -> None:
    out.print("\nLas mismas consultas, alteradas (entre paréntesis, lo que cambia):")
    table = Table("alteración", box=None)
    for name in ("consultas", "nDCG@10", "acierto@3", "cita buena", "responde"):
        table.add_column(name, justify="right")
    for name, row in rows.items():
        pairs = (
            (row.ndcg_at_10, row.ndcg_change),
            (row.success_at_3, row.success_change),
            (row.right_answers, row.right_change),
            (row.answered, row.answered_change),
        )
        cells = (f"{score:.3f} ({change:+.3f})" for score, change in pairs)
        table.add_row(name, str(row.queries), *cells)
    out.print(table)


def _print_curve(curve: Curve, shipped: Point) -> None:
    out.print("\nSi se responde a esta parte de lo que tiene respuesta:")
    table = Table("cobertura", box=None)
    for name in (
        "confianza",
        "cita buena",
        *(f"responde a {kind}" for kind in shipped.false_answers),
    ):
        table.add_column(name, justify="right")
    for coverage in COVERAGES:
        point = curve.at(coverage)
        if point:
            table.add_row(f"{coverage:.0%}", *_cells(point))
    table.add_row(f"servido: {shipped.coverage:.1%}", *_cells(shipped))
    out.print(table)


def _cells(point: Point) -> list[str]:
    shares = (point.right, *point.false_answers.values())
    return [f"{point.threshold:.3f}", *(f"{share:.3f}" for share in shares)]


def _failed(outcome: Outcome) -> bool:
    """Whether the answer is wrong or the passage is not among the first three."""
    answerable = outcome.version.question.answerable
    return not outcome.right or (answerable and not outcome.success_at_3)


def _print_failures(outcomes: Sequence[Outcome]) -> None:
    """What was asked, what was answered from where, and what was expected."""
    for outcome in outcomes:
        _print_failure(outcome)


def _print_failure(outcome: Outcome) -> None:
    question, answer = outcome.version.question, outcome.answer
    altered = "" if outcome.version.name == ORIGINAL else f" · {outcome.version.name}"
    measures = f"confianza {answer.confidence:.3f}"
    if question.answerable:
        where = f"puesto {outcome.place}" if outcome.place else "no mostrado"
        measures = f"{where} · nDCG {outcome.ndcg_at_10:.3f} · {measures}"
    out.print(Text(f"\n{question.id} · {question.kind}{altered}: {outcome.version.text}", "bold"))
    out.print(Text(f"  {measures}", "dim"))
    if not outcome.answered:
        out.print("  sin respuesta")
    for citation in answer.citations:
        page = f" p. {citation.page}" if citation.page else ""
        quote = " ".join(citation.quote.split())
        out.print(Text(f"  {answer.kind}: «{quote}» — {citation.document_id}{page}", "red"))
    for relevant in question.relevant:
        if relevant.grade >= GOOD:  # lesser grades are near the answer without giving it
            out.print(Text(f"  esperado: «{relevant.quote}» — {relevant.document}", "green"))
    if not question.answerable:
        out.print(Text("  esperado: ninguna respuesta", "green"))


def _print_comparison(report: JudgedReport, comparison: Comparison, tolerance: float) -> None:
    """Differences by kind and perturbation, the worst questions, and what fell too far."""
    asked = {(o.version.question.id, o.version.name): o.version.text for o in report.outcomes}
    out.print("\nFrente al otro resultado, en las consultas que ambos tienen (~ alteradas):")
    table = Table("tipo o alteración", box=None)
    for name in ("consultas", "nDCG@10", "acierto@3", "cita buena o silencio", ""):
        table.add_column(name, justify="right")
    named = [(row.name, row) for row in comparison.kinds]
    named += [(f"~{row.name}", row) for row in comparison.perturbations]
    for shown, row in named:
        pairs = zip(astuple(row.before), astuple(row.after), strict=True)
        cells = (f"{before:.3f} → {after:.3f} ({after - before:+.3f})" for before, after in pairs)
        table.add_row(shown, str(row.queries), *cells, "▼" if row.fallen(tolerance) else "")
    out.print(table)
    # Sorted by how much they lose; the last of few may be gains.
    for change in comparison.changes[:WORST]:
        if change.after.total < change.before.total:
            text = asked[change.question.id, change.version]
            out.print(Text(_change_text(change, text)))
    fallen = comparison.fallen(tolerance)
    names = "; ".join(f"{name} ({', '.join(measures)})" for name, measures in fallen.items())
    out.print(f"\nBajan más de {tolerance}: {names or 'ninguno'}", style="red" if fallen else "")


def _change_text(change: Change, text: str) -> str:
    altered = "" if change.version == ORIGINAL else f" · {change.version}"
    before, after = change.before, change.after
    return (
        f"  {change.question.id}{altered}: {text}: "
        f"nDCG {before.ndcg_at_10:.3f} → {after.ndcg_at_10:.3f}, "
        f"respuesta {_rightness(before)} → {_rightness(after)}"
    )


def _rightness(marks: Marks) -> str:
    return "buena" if marks.right_answers else "mala"
