"""`acervo evaluate`: judged questions to a scorecard, for people or as JSON."""

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from search.embed import Embedder, open_embedder
from search.errors import EvaluationError
from search.judged import read_judged
from search.scorecard import as_written, evaluate_judged
from search.searcher import open_searcher
from service.commands.console import out, progress_bar, write_json
from service.commands.scorecard_tables import failed, print_failures, print_scorecard
from service.settings import Settings


def evaluate(options: Namespace, settings: Settings) -> int:
    """Measure the search with judged questions."""
    if options.judged.is_dir():
        return _evaluate_folder(options, settings)
    if options.judged.is_file():
        return _evaluate_file(options, settings)
    raise EvaluationError(f"no existe «{options.judged}»")


def _evaluate_folder(options: Namespace, settings: Settings) -> int:
    from search.beir import collection_key, index_records, read_questions, read_records
    from search.evaluate import Asking
    from search.evaluate import evaluate as run

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
    summary = asdict(scorecard)
    summary |= summary.pop("measures")
    if options.json:
        write_json(summary)
        return 0
    table = Table("nDCG@10", "todas", *scorecard.groups, box=None)
    for name, overall in scorecard.components.items():
        cells = [f"{group[name]:.4f}" for group in scorecard.groups.values()]
        table.add_row(name, f"{overall:.4f}", *cells)
    out.print(table)
    for name, number in summary.items():
        if isinstance(number, int | float):
            out.print(
                f"{name:18} {number:.4f}" if isinstance(number, float) else f"{name:18} {number}"
            )
    return 0


def _evaluate_file(options: Namespace, settings: Settings) -> int:
    questions = read_judged(Path(options.judged), options.split)[: options.limit]
    searcher = open_searcher(options.index, open_embedder(options.model, settings.model_threads))
    versions = as_written(questions)
    with progress_bar("Preguntando", len(versions)) as bar:
        report = evaluate_judged(searcher, versions, lambda more: bar.advance(more, "consultas"))
    failures = [outcome for outcome in report.outcomes if failed(outcome)]
    searcher.close()
    if options.json:
        write_json(asdict(report))
        return 0
    print_scorecard(report)
    if options.failures:
        print_failures(failures)
    return 0
