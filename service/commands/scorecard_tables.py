"""A scorecard as tables for people, in Spanish."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple

from rich.table import Table
from rich.text import Text

from search.judging.compare import WORST, Change, Comparison, Marks
from search.judging.curve import Curve, Point
from search.judging.judged import GOOD
from search.judging.scorecard import ORIGINAL, JudgedReport, KindScore, Outcome, PerturbedScore
from service.commands.console import out

COVERAGES = (0.90, 0.93, 0.95, 0.97, 0.99)
"""Where the curve is read: the shares of the answerable questions that keep their answer."""


def print_scorecard(report: JudgedReport) -> None:
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


def failed(outcome: Outcome) -> bool:
    """Whether the answer is wrong or the passage is not among the first three."""
    answerable = outcome.version.question.answerable
    return not outcome.right or (answerable and not outcome.success_at_3)


def print_failures(outcomes: Sequence[Outcome]) -> None:
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
        if relevant.grade >= GOOD:
            out.print(Text(f"  esperado: «{relevant.quote}» — {relevant.document}", "green"))
    if not question.answerable:
        out.print(Text("  esperado: ninguna respuesta", "green"))


def print_comparison(report: JudgedReport, comparison: Comparison, tolerance: float) -> None:
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
    for change in comparison.changes[:WORST]:
        if change.after.total < change.before.total:
            text = asked[change.question.id, change.version]
            out.print(Text(_changed(change, text)))
    fallen = comparison.fallen(tolerance)
    names = "; ".join(f"{name} ({', '.join(measures)})" for name, measures in fallen.items())
    out.print(f"\nBajan más de {tolerance}: {names or 'ninguno'}", style="red" if fallen else "")


def _changed(change: Change, text: str) -> str:
    altered = "" if change.version == ORIGINAL else f" · {change.version}"
    before, after = change.before, change.after
    return (
        f"  {change.question.id}{altered}: {text}: "
        f"nDCG {before.ndcg_at_10:.3f} → {after.ndcg_at_10:.3f}, "
        f"respuesta {_rightness(before)} → {_rightness(after)}"
    )


def _rightness(marks: Marks) -> str:
    return "buena" if marks.right_answers else "mala"


def print_measures(
    before: Mapping[str, float], after: Mapping[str, float], fallen: Sequence[str]
) -> None:
    """The measures of two runs of one collection."""
    table = Table("medida", "antes", "ahora", "cambia", "", box=None)
    for name in (name for name in after if name in before):
        change = f"{after[name] - before[name]:+.4f}"
        mark = "▼" if name in fallen else ""
        table.add_row(name, f"{before[name]:.4f}", f"{after[name]:.4f}", change, mark)
    out.print(table)
