"""`acervo evaluate`: judged questions to a scorecard, for people or as JSON, or to a comparison.

Exit status 1 when a kind fell against another scorecard.
"""

import json
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from search.embed import Embedder, open_embedder
from search.errors import EvaluationError
from search.evaluate import Asking, Scorecard
from search.evaluate import evaluate as run
from search.judging.beir import collection_key, index_records, read_questions, read_records
from search.judging.compare import Comparison, Graded, compare, graded, measures_fallen
from search.judging.judged import read_judged
from search.judging.perturb import PERTURBATIONS, versions
from search.judging.saved import dump, read_graded
from search.judging.scorecard import JudgedReport, Version, evaluate_judged
from search.searcher import open_searcher
from service.commands.console import out, progress_bar, write_json
from service.commands.scorecard_tables import (
    failed,
    print_comparison,
    print_failures,
    print_measures,
    print_scorecard,
)
from service.settings import Settings

_EVERY = "todas"


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
    summary |= summary.pop("measures")
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
        print_measures(before, after, fallen)
    return int(bool(fallen))


def _measure_folder(options: Namespace, settings: Settings) -> Scorecard:
    questions, qrels = read_questions(options.judged)
    questions = questions[: options.limit]
    records = read_records(options.judged)
    embedder: Embedder = open_embedder(options.model, threads=2)
    location = settings.evaluations / collection_key(options.judged, embedder.name)
    with progress_bar("Indexando", len(records)) as bar:
        index_records(records, location, embedder, lambda more: bar.advance(more, "pasajes"))
    searcher = open_searcher(location, open_embedder(options.model, settings.model_threads))
    with progress_bar("Preguntando", len(questions)) as bar:
        asked = Asking(questions, {q.id: qrels[q.id] for q in questions}, options.k)
        scorecard = run(searcher, asked, lambda more: bar.advance(more, "consultas"))
    searcher.close()
    return scorecard


def _saved_measures(path: Path) -> dict[str, float]:
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        groups = _by_group(saved["groups"])
        named = {name: n for name, n in saved.items() if "_at_" in name}
        return {name: float(number) for name, number in {**named, **groups}.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvaluationError(
            f"«{path}» no es un resultado guardado con «acervo evaluate CARPETA --json»"
        ) from error


def _by_group(groups: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {f"ndcg_at_10 {name}": scores["shipped"] for name, scores in groups.items()}


def _evaluate_file(options: Namespace, settings: Settings) -> int:
    questions = read_judged(options.judged, options.split)[: options.limit]
    names = _perturbations(options.perturb)
    saved = read_graded(options.against) if _is_saved(options.against) else []
    embedder = open_embedder(options.model, settings.model_threads)
    searcher = open_searcher(options.index, embedder)
    asked = versions(questions, names, searcher.equivalents)
    searcher.close()
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
    names = list(PERTURBATIONS) if given == _EVERY else given.split(",")
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
    print_scorecard(report)
    if comparison:
        print_comparison(report, comparison, options.tolerance)
    if options.failures:
        print_failures([outcome for outcome in report.outcomes if failed(outcome)])
