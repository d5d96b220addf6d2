"""Runs the commands that ask a collection: `acervo search`, `verify` and `cite`."""

import sys
from argparse import Namespace
from contextlib import closing
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from search.documents import Document
from search.embedding.encoder import open_embedder
from search.engine import DocumentPart, Engine
from search.errors import QueryError
from search.index import open_engine
from search.query import plain_text
from search.results import Explanation, Hit, Match, Query, Result, Share
from search.searcher import open_searcher
from search.verify import MOST_MATCHES
from search.verify import verify as find_literally
from service.cli.console import out, say, write_json
from service.labels import (
    decimal,
    document_type_label,
    grouped,
    original_label,
    pinned_label,
    share_label,
)
from service.settings import Settings
from service.web.editorial import rules_in_force
from service.web.results_view import snippet

if TYPE_CHECKING:
    from service.publish.citations import Cited

# What only some commands and forms of output need is imported there: every tenth of a second counts
# between a question and its answer.


def search(options: Namespace, settings: Settings) -> None:
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
        from service.web.schemas import SearchResponse

        write_json(SearchResponse.from_result(result, info))
    elif options.csv:
        from service.web.export import ExportResponse, csv_text

        origin = settings.base_url.rstrip("/")
        sys.stdout.write(csv_text(ExportResponse.from_result(result, info, origin)))
    else:
        _print_result(result, info.documents)


def _filters(given: list[str]) -> dict[str, tuple[str, ...]]:
    filters: dict[str, tuple[str, ...]] = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals or not value:
            raise QueryError(f"un filtro se escribe nombre=valor, no «{item}»")
        filters[name] = (*filters.get(name, ()), value)
    return filters


def _print_result(result: Result, documents: int) -> None:
    answer, original = result.answer, plain_text(result.query.text, result.query.filters)
    if answer.status == "found":
        _print_answer(result)
    else:
        _print_none(result, documents)
    # How the question was read, and other ways to read it.
    for expansion in result.expansions:
        say(f"También se buscó: {expansion}", "dim")
    if result.corrected:
        say(f"Se buscó «{result.corrected}»; con --literal se busca «{original}».", "dim")
    if result.did_you_mean:
        say(f"¿Quiso decir «{result.did_you_mean}»?", "dim")
    for sense in result.senses:
        meaning = f"{sense.acronym} también puede significar {sense.meaning}"
        say(f"{meaning}: busque «{sense.query}»", "dim")
    if not result.hits:
        out.print("Ningún pasaje habla de esto.")
    for hit in result.hits:
        _print_hit(hit, result.language)
    out.print(f"\n[dim]{result.total} pasajes · {result.took_ms:.0f} ms[/]")


def _print_none(result: Result, documents: int) -> None:
    """What was searched, what is nearest, and how to go on."""
    from service.web.schemas import alternative_searches, searched

    answer = result.answer
    say("No encontré una respuesta que pueda citar.", "bold")
    near = f" Lo más cercano trata de «{answer.subject}»." if answer.subject else ""
    say(f"{searched(documents, result.query.filters)}.{near}")
    for notice in answer.notices:
        say(f"  {notice}", "yellow")
    # The list of documents is a page; here `acervo status` shows it.
    for way in alternative_searches(result):
        if way.kind != "documents":
            say(f"  Para ampliar: {way.text[:1].lower()}{way.text[1:]}", "dim")


def _print_answer(result: Result) -> None:
    answer = result.answer
    say(answer.text, "bold")
    for citation in answer.citations:
        page = f", página {citation.page}" if citation.page else ""
        original = original_label(citation.language, result.language)
        # Often the answer is its only quote: the words are not written twice.
        if citation.quote != answer.text:
            out.print(Text(f"  «{citation.quote}»"), end="")
        note = f" ({original})" if original else ""
        say(f"  — {citation.title}{page} · {citation.file}{note}", "green")
    for notice in answer.notices:
        say(f"  Aviso: {notice}", "yellow")


def _print_hit(hit: Hit, language: str) -> None:
    page = f" · p. {hit.page}" if hit.page else ""
    kind = document_type_label(hit.document.document_type)
    original = original_label(hit.passage.language, language)
    say(f"\n{hit.rank}. {hit.document.title}", "bold cyan")
    if hit.pinned:
        say(f"   {pinned_label()}", "magenta")
    place = " › ".join(name for name in hit.passage.section if name != hit.document.title)
    goals = ", ".join(str(goal) for goal in sorted({tag.goal for tag in hit.tags}))
    parts = [kind, f"{hit.document.file}{page}", place, original, f"ODS {goals}" if goals else ""]
    say(f"   {' · '.join(part for part in parts if part)}", "dim")
    line = Text("   ")
    # Rows of tables and lists hold line ends, which would leave the column.
    for piece in snippet(hit.passage.text, hit.marks):
        line.append(" ".join(piece.text.splitlines()), style="reverse" if piece.marked else "")
    out.print(line)
    if hit.explanation:
        _print_explanation(hit.explanation)


def _print_explanation(explanation: Explanation) -> None:
    """What each kind of evidence adds, which words are words, and which stand for which."""
    if explanation.shares:
        out.print(_shares_table(explanation.shares))
    words = ", ".join(f"{word} ({decimal(weight)})" for word, weight in explanation.words)
    if words:
        say(f"   Contiene: {words}")
    pairs = ", ".join(
        f"{pair.asked} → {pair.met} ({decimal(pair.similarity)})" for pair in explanation.aligned
    )
    if pairs:
        say(f"   Se corresponden: {pairs}")


_BAR_SIGNS = 20  # signs, for the evidence that adds or takes most


def _shares_table(shares: tuple[Share, ...]) -> Table:
    table = Table("   Indicio", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("Valor", "Peso", "Suma"):
        table.add_column(name, justify="right")
    table.add_column("")
    added = [share.weight * share.standardised for share in shares]
    most = max(map(abs, added)) or 1.0
    for share, sum_ in zip(shares, added, strict=True):
        bar = Text("█" * round(_BAR_SIGNS * abs(sum_) / most), "green" if sum_ > 0 else "red")
        numbers = map(decimal, (share.standardised, share.weight, sum_))
        table.add_row(f"   {share_label(share.name)}", *numbers, bar)
    return table


def verify(options: Namespace, _settings: Settings) -> None:
    """Say where a text stands literally; this needs no model."""
    with closing(open_engine(options.index)) as engine:
        matches = find_literally(engine, options.text)
    if options.json:
        from service.web.schemas import VerifyResponse

        found = VerifyResponse.from_matches(matches)
        write_json(found.model_dump(mode="json", exclude_defaults=True))
        return
    if not matches:
        out.print("No está en ninguna página del índice.")
    for match in matches:
        page = f", página {match.page}" if match.page else ""
        say(f"{match.title}{page} ({match.file}), caracteres {match.start}–{match.end}")
    if len(matches) >= MOST_MATCHES:
        out.print(f"Puede haber más: se dicen los primeros {grouped(MOST_MATCHES)} lugares.")


def cite(options: Namespace, settings: Settings) -> None:
    """The citation in one style, or in all of them."""
    from service.publish.citations import CitationResponse, styles

    with closing(open_engine(options.index)) as engine:
        cited = _cited(engine, options, settings.base_url.rstrip("/"))
    found = CitationResponse.from_cited(cited, options.style)
    if options.json:
        write_json(found)
    elif options.style:
        say(found.styles[options.style])
    else:
        for style in styles(cited):
            say(style.label, "bold")
            say(f"{style.text}\n")


def _cited(engine: Engine, options: Namespace, origin: str) -> "Cited":
    from service.publish.citations import cite_stretch

    parts = frozenset({DocumentPart.PAGES, DocumentPart.PASSAGES})
    content = engine.read_documents([options.id], parts).get(options.id)
    if content is None:
        raise QueryError(f"no hay ningún documento «{options.id}»: «acervo status» los enumera")
    document = content.document
    # A quote is cited by where it stands, so that its words are those of the stored page. Formats
    # without pages store all their text as page 1, which nobody may ask for by its number.
    stretch, number = None, options.page
    if options.quote is not None:
        match = _find_quote(engine, document, options)
        stretch, number = (match.start, match.end), match.page or 1
    page = next((page for page in content.pages if page.number == number), None)
    if number is not None and (page is None or not (document.paged or stretch)):
        raise QueryError(f"«{document.title}» no tiene página {number}")
    return cite_stretch(document, page, stretch, content.passages if stretch else (), origin)


def _find_quote(engine: Engine, document: Document, options: Namespace) -> Match:
    """Where the quote stands in the document; on the page, when one is given."""
    for match in find_literally(engine, options.quote):
        if match.document_id == document.id and options.page in (None, match.page):
            return match
    page = f" en la página {options.page}" if options.page else ""
    raise QueryError(f"la cita no está palabra por palabra{page} en «{document.title}»")
