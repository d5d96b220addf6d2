"""Entries made from a few own texts: a line a passage, a list of lines a page."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from search.documents import (
    AgendaItem,
    BlockKind,
    Box,
    Details,
    Document,
    DocumentType,
    Draft,
    Entry,
    Extent,
    Page,
    Passage,
)
from search.embedding.encoder import Embedder
from search.embedding.late_interaction import make_entry
from search.engine import CollectionNotes
from search.index import open_writer


def make_document(id_: str, title: str = "", **fields: object) -> Document:
    document = Document(
        id=id_,
        title=title,
        document_type=DocumentType.OTHER,
        language="es",
        file=f"{id_}.pdf",
        root="/fuentes",
        path=f"{id_}.pdf",
        sha256="",
        media_type="application/pdf",
        pages=1,
        paged=True,
    )
    return replace(document, **fields)  # type: ignore[arg-type] # fields of Document by name


def make_passages(document: Document, pages: Sequence[Sequence[str]]) -> tuple[Passage, ...]:
    """One passage a line; each stands on a line of its own in the page text."""
    passages: list[Passage] = []
    for number, lines in enumerate(pages, 1):
        start = 0
        for line in lines:
            passages.append(
                Passage(
                    id=f"{document.id}-{len(passages)}",
                    document_id=document.id,
                    kind=BlockKind.PARAGRAPH,
                    section=(),
                    text=line,
                    language=document.language,
                    extents=(Extent(number, start, start + len(line), 0),),
                    boxes=(Box(number, 72.0, 90.5, 520.0, 118.25),),
                )
            )
            start += len(line) + 1
    return tuple(passages)


def make_pages(pages: Sequence[Sequence[str]]) -> tuple[Page, ...]:
    return tuple(
        Page(number, "\n".join(lines), str(number), 595.0, 842.0)
        for number, lines in enumerate(pages, 1)
    )


def entry_of(
    document: Document,
    pages: Sequence[Sequence[str]],
    embedder: Embedder,
    agenda: Sequence[AgendaItem] = (),
    warnings: Sequence[str] = (),
) -> Entry:
    passages = make_passages(document, pages)
    whole = replace(document, pages=len(pages))
    draft = Draft(
        whole, tuple(make_pages(pages)), passages, tuple(agenda), Details(tuple(warnings))
    )
    return make_entry(draft, embedder)


def publish(
    folder: Path,
    embedder: Embedder,
    entries: Sequence[Entry],
    notes: CollectionNotes | None = None,
) -> int:
    """Write entries to the index in a folder and publish them; returns the generation."""
    with closing(open_writer(folder, embedder.name, create=True)) as writer:
        for entry in entries:
            writer.put(entry, entry.document.id)
        return writer.publish(notes)
