"""Runs the commands that ask a collection: `acervo search`, `verify` and `cite`."""

import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing

from rich import box
from rich.table import Table
from rich.text import Text

from search.documents import Document
from search.embedding.encoder import open_embedder
from search.engine import Snapshot
from search.errors import QueryError
from search.index import open_snapshot
from search.query import plain_text
from search.results import Explanation, Hit, Match, Query, Result, Share
from search.searcher import open_searcher
from search.verify import MOST_MATCHES
from search.verify import verify as find_literally
from service.cli.console import out, write_json
from service.labels import (
    decimal,
    document_type_label,
    grouped,
    original_label,
    pinned_label,
    share_label,
)
from service.publish.citations import CitationResponse, Cited, cite_stretch, styles
from service.settings import Settings
from service.web.editorial import rules_in_force
from service.web.export import ExportResponse, csv_text
from service.web.results_view import snippet
from service.web.schemas import SearchResponse, VerifyResponse, alternative_searches, searched


def search(options: Namespace, settings: Settings) -> int:
    """One query: for people, as JSON or as a table."""
    if options.csv and options.json:
        raise QueryError("elija una forma: --csv o --json")
    query = Query(
        options.text,
        k=options.k,
        filters=_filters(options.filter),
        literal=options.literal,
        explain=options.explain,
    )
    embedder = open_embedder(options.model, settings.model_threads)
    rules = rules_in_force(options.index)  # so that people find the same as on the page
    with closing(open_searcher(options.index, embedder, rules)) as searcher:
        result, info = searcher.search(query), searcher.info
    if options.json:
        write_json(SearchResponse.from_result(result, info).model_dump(mode="json"))
    elif options.csv:
        origin = settings.base_url.rstrip("/")
        sys.stdout.write(csv_text(ExportResponse.from_result(result, info, origin)))
    else:
        _print_result(result, info.documents)
    return 0


def _filters(given: list[str]) -> dict[str, tuple[str, ...]]:
    filters: dict[str, tuple[str, ...]] = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals or not value:
            raise QueryError(f"un filtro se escribe nombre=valor, no «{item}»")
        filters[name] = (*filters.get(name, ()), value)
    return filters


def _print_result(result: Result, documents: int) -> None:
    if result.answer.status == "found":
        _print_answer(result)
    else:
        _print_none(result, documents)
    _print_reading(result)
    if not result.hits:
        out.print("Ningún pasaje habla de esto.")
    for hit in result.hits:
        _print_hit(hit, result.language)
    out.print(f"\n[dim]{result.total} pasajes · {result.took_ms:.0f} ms[/]")


def _print_none(result: Result, documents: int) -> None:
    """What was searched, what is nearest, and how to go on."""
    answer = result.answer
    out.print(Text("No encontré una respuesta que pueda citar.", style="bold"))
    near = f" Lo más cercano trata de «{answer.subject}»." if answer.subject else ""
    out.print(Text(f"{searched(documents, result.query.filters)}.{near}"))
    for notice in answer.notices:
        out.print(Text(f"  {notice}", style="yellow"))
    # The list of documents is a page; here `acervo status` shows it.
    for way in alternative_searches(result):
        if way.kind != "documents":
            out.print(Text(f"  Para ampliar: {way.text[:1].lower()}{way.text[1:]}", style="dim"))


def _print_answer(result: Result) -> None:
    answer = result.answer
    out.print(Text(answer.text, style="bold"))
    for citation in answer.citations:
        page = f", página {citation.page}" if citation.page else ""
        original = original_label(citation.language, result.language)
        # Often the answer is its only quote: the words are not written twice.
        out.print(Text(f"  «{citation.quote}»") if citation.quote != answer.text else "", end="")
        note = f" ({original})" if original else ""
        out.print(Text(f"  — {citation.title}{page} · {citation.file}{note}", style="green"))
    for notice in answer.notices:
        out.print(Text(f"  Aviso: {notice}", style="yellow"))


def _print_reading(result: Result) -> None:
    """How the question was read, and other ways to read it."""
    original = plain_text(result.query.text, result.query.filters)
    lines = [f"También se buscó: {expansion}" for expansion in result.expansions]
    if result.corrected:
        lines.append(f"Se buscó «{result.corrected}»; con --literal se busca «{original}».")
    if result.did_you_mean:
        lines.append(f"¿Quiso decir «{result.did_you_mean}»?")
    lines += [
        f"{sense.acronym} también puede significar {sense.meaning}: busque «{sense.query}»"
        for sense in result.senses
    ]
    for line in lines:
        out.print(Text(line, style="dim"))


def _print_hit(hit: Hit, language: str) -> None:
    page = f" · p. {hit.page}" if hit.page else ""
    kind = document_type_label(hit.document.document_type)
    original = original_label(hit.passage.language, language)
    out.print(Text(f"\n{hit.rank}. {hit.document.title}", style="bold cyan"))
    if hit.pinned:
        out.print(Text(f"   {pinned_label()}", style="magenta"))
    place = " › ".join(name for name in hit.passage.section if name != hit.document.title)
    parts = [kind, f"{hit.document.file}{page}", place, original, _goals(hit)]
    out.print(Text(f"   {' · '.join(part for part in parts if part)}", style="dim"))
    line = Text("   ")
    # Rows of tables and lists hold line ends, which would leave the column.
    for piece in snippet(hit.passage.text, hit.marks):
        line.append(" ".join(piece.text.splitlines()), style="reverse" if piece.marked else "")
    out.print(line)
    if hit.explanation:
        _print_explanation(hit.explanation)


def _goals(hit: Hit) -> str:
    """«ODS 11, 16»: the goals that the passage names."""
    goals = sorted({tag.goal for tag in hit.tags})
    return f"ODS {', '.join(map(str, goals))}" if goals else ""


_BAR_SIGNS = 20  # signs, for the evidence that adds or takes most


def _print_explanation(explanation: Explanation) -> None:
    """What each kind of evidence adds, which words are words, and which stand for which."""
    if explanation.shares:
        out.print(_shares_table(explanation.shares))
    words = ", ".join(f"{word} ({decimal(weight)})" for word, weight in explanation.words)
    if words:
        out.print(Text(f"   Contiene: {words}"))
    pairs = ", ".join(
        f"{pair.asked} → {pair.met} ({decimal(pair.similarity)})" for pair in explanation.aligned
    )
    if pairs:
        out.print(Text(f"   Se corresponden: {pairs}"))


def _shares_table(shares: tuple[Share, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("   Indicio")
    for name in ("Valor", "Peso", "Suma"):
        table.add_column(name, justify="right")
    table.add_column("")
    added = [share.weight * share.standardised for share in shares]
    most = max(abs(number) for number in added) or 1.0
    for share, number in zip(shares, added, strict=True):
        bar = Text(
            "█" * round(_BAR_SIGNS * abs(number) / most), style="green" if number > 0 else "red"
        )
        name, *values = f"   {share_label(share.name)}", share.standardised, share.weight, number
        table.add_row(name, *(decimal(value) for value in values), bar)
    return table


def verify(options: Namespace, _settings: Settings) -> int:
    """Say where a text stands literally; this needs no model."""
    with closing(open_snapshot(options.index)) as snapshot:
        matches = find_literally(snapshot, options.text)
    if options.json:
        found = VerifyResponse.from_matches(matches)
        write_json(found.model_dump(mode="json", exclude_defaults=True))
    else:
        _print_matches(matches)
    return 0


def _print_matches(matches: Sequence[Match]) -> None:
    if not matches:
        out.print("No está en ninguna página del índice.")
    for match in matches:
        page = f", página {match.page}" if match.page else ""
        place = f"{match.title}{page} ({match.file}), caracteres {match.start}–{match.end}"
        out.print(Text(place))  # a title may hold square brackets, which are markup to `print`
    if len(matches) >= MOST_MATCHES:
        out.print(f"Puede haber más: se dicen los primeros {grouped(MOST_MATCHES)} lugares.")


def cite(options: Namespace, settings: Settings) -> int:
    """The citation in one style, or in all of them."""
    with closing(open_snapshot(options.index)) as snapshot:
        cited = _cited(snapshot, options, settings.base_url.rstrip("/"))
    found = CitationResponse.from_cited(cited, options.style)
    if options.json:
        write_json(found.model_dump(mode="json"))
    elif options.style:
        out.print(Text(found.styles[options.style]))
    else:
        for style in styles(cited):
            out.print(Text(style.label, style="bold"))
            out.print(Text(f"{style.text}\n"))
    return 0


def _cited(snapshot: Snapshot, options: Namespace, origin: str) -> Cited:
    document = snapshot.document(options.id)
    if document is None:
        raise QueryError(f"no hay ningún documento «{options.id}»: «acervo status» los enumera")
    # A quote is cited by where it stands, so that its words are those of the stored page. Formats
    # without pages store all their text as page 1, which nobody may ask for by its number.
    stretch, number = None, options.page
    if options.quote is not None:
        match = _find_quote(snapshot, document, options)
        stretch, number = (match.start, match.end), match.page or 1
    page = next((page for page in snapshot.pages(document.id) if page.number == number), None)
    if number is not None and (page is None or not (document.paged or stretch)):
        raise QueryError(f"«{document.title}» no tiene página {number}")
    passages = snapshot.passages_of(document.id) if stretch else ()
    return cite_stretch(document, page, stretch, passages, origin)


def _find_quote(snapshot: Snapshot, document: Document, options: Namespace) -> Match:
    """Where the quote stands in the document; on the page, when one is given."""
    for match in find_literally(snapshot, options.quote):
        if match.document_id == document.id and options.page in (None, match.page):
            return match
    page = f" en la página {options.page}" if options.page else ""
    raise QueryError(f"la cita no está palabra por palabra{page} en «{document.title}»")
