"""`acervo cite`: how to cite a document, a page of it, or words of that page."""

from argparse import Namespace
from contextlib import closing

from rich.text import Text

from search.errors import QueryError
from search.index import Snapshot, open_snapshot
from search.types import Document, Match
from search.verify import verify
from service.citation_schema import CitationResponse, cite_stretch, styles
from service.citing import Cited
from service.commands.console import out, write_json
from service.settings import Settings


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
        raise QueryError(f"no hay ningún documento «{options.id}»: «acervo status» los cuenta")
    stretch, number = None, options.page
    if options.quote is not None:
        match = _match(snapshot, document, options)
        stretch, number = (match.start, match.end), match.page or 1
    page = next((page for page in snapshot.pages(document.id) if page.number == number), None)
    if number is not None and (page is None or not (document.paged or stretch)):
        raise QueryError(f"«{document.title}» no tiene página {number}")
    passages = snapshot.passages_of(document.id) if stretch else ()
    return cite_stretch(document, page, stretch, passages, origin)


def _match(snapshot: Snapshot, document: Document, options: Namespace) -> Match:
    """Where the quote stands in the document; on the page, when one is given."""
    for match in verify(snapshot, options.quote):
        if match.document_id == document.id and options.page in (None, match.page):
            return match
    page = f" en la página {options.page}" if options.page else ""
    raise QueryError(f"la cita no está palabra por palabra{page} en «{document.title}»")
