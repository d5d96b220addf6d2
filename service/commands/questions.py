"""`acervo search`, `acervo verify` and `acervo evaluate`."""

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from rich.table import Table
from rich.text import Text

from search.embed import Embedder, open_embedder
from search.errors import EvaluationError, QueryError
from search.searcher import Searcher, open_searcher
from search.types import Answer, Hit, Query, Result
from service.commands.console import out, progress_bar, write_json
from service.labels import DOCUMENT_TYPES, original_label
from service.schema import SearchResponse, VerifyResponse, match_model
from service.settings import Settings
from service.snippet import snippet


def search(options: Namespace, settings: Settings) -> int:
    """One query, for people or as JSON."""
    query = Query(options.text, k=options.k, filters=_filters(options.filter))
    searcher = _open(options, settings)
    result = searcher.search(query)
    if options.json:
        write_json(SearchResponse.from_result(result, searcher.info).model_dump(mode="json"))
    else:
        _print_result(result, searcher)
    searcher.close()
    return 0


def _open(options: Namespace, settings: Settings) -> Searcher:
    return open_searcher(options.index, open_embedder(options.model, settings.model_threads))


def _filters(given: list[str]) -> dict[str, tuple[str, ...]]:
    filters: dict[str, tuple[str, ...]] = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals or not value:
            raise QueryError(f"un filtro se escribe nombre=valor, no «{item}»")
        filters[name] = (*filters.get(name, ()), value)
    return filters


def _print_result(result: Result, searcher: Searcher) -> None:
    _print_answer(result.answer, searcher.info.documents)
    for expansion in result.expansions:
        out.print(f"[dim]También se buscó: {expansion}[/]")
    if not result.hits:
        out.print("No hay ningún pasaje en el índice.")
    for hit in result.hits:
        _print_hit(hit)
    out.print(f"\n[dim]{result.total} pasajes · {result.took_ms:.0f} ms[/]")


def _print_answer(answer: Answer, documents: int) -> None:
    if answer.status != "found":
        out.print(
            f"[bold]No encontré una respuesta[/] en {documents} documentos. Lo más cercano es esto:"
        )
        return
    out.print(Text(answer.text, style="bold"))
    for citation in answer.citations:
        page = f", página {citation.page}" if citation.page else ""
        original = original_label(citation.language)
        out.print(Text(f"  «{citation.quote}»") if citation.quote != answer.text else "", end="")
        note = f" ({original})" if original else ""
        out.print(Text(f"  — {citation.title}{page} · {citation.file}{note}", style="green"))
    for notice in answer.notices:
        out.print(Text(f"  Aviso: {notice}", style="yellow"))


def _print_hit(hit: Hit) -> None:
    page = f" · p. {hit.page}" if hit.page else ""
    kind = DOCUMENT_TYPES[hit.document.document_type]
    out.print(Text(f"\n{hit.rank}. {hit.document.title}", style="bold cyan"))
    place = " › ".join(name for name in hit.passage.section if name != hit.document.title)
    out.print(Text(f"   {kind} · {hit.document.file}{page} · {place}", style="dim"))
    line = Text("   ")
    for piece in snippet(hit.passage.text, hit.marks):
        line.append(" ".join(piece.text.splitlines()), style="reverse" if piece.marked else "")
    out.print(line)


def verify(options: Namespace, settings: Settings) -> int:
    """Say where a text stands literally."""
    searcher = _open(options, settings)
    matches = searcher.verify(options.text)
    searcher.close()
    if options.json:
        found = VerifyResponse(found=bool(matches), matches=[match_model(m) for m in matches])
        write_json(found.model_dump(mode="json"))
    elif not matches:
        out.print("No está en ninguna página del índice.")
    for match in [] if options.json else matches:
        page = f", página {match.page}" if match.page else ""
        out.print(f"{match.title}{page} ({match.file}), caracteres {match.start}–{match.end}")
    return 0


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
    from search.judged import evaluate_judged, read_judged

    searcher = _open(options, settings)
    judged = read_judged(Path(options.judged), options.split)[: options.limit]
    with progress_bar("Preguntando", len(judged)) as bar:
        report = evaluate_judged(searcher, judged, lambda more: bar.advance(more, "consultas"))
    searcher.close()
    if options.json:
        write_json(asdict(report))
        return 0
    table = Table("tipo", "consultas", "nDCG@10", "acierto@3", "cita buena", "responde", box=None)
    for kind, row in report.kinds.items():
        cells = (row.ndcg_at_10, row.success_at_3, row.right_answers, row.answered)
        table.add_row(kind, str(row.queries), *(f"{cell:.3f}" for cell in cells))
    out.print(table)
    for problem in report.unresolved:
        out.print(f"[yellow]sin pasaje: {problem}[/]")
    return 0
