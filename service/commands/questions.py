"""`acervo search` and `acervo verify`."""

from argparse import Namespace

from rich.text import Text

from search.embed import open_embedder
from search.errors import QueryError
from search.searcher import Searcher, open_searcher
from search.types import Answer, Hit, Query, Result
from service.commands.console import out, write_json
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
