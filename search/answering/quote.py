"""A range of a passage to citations: exact quotes with page and offsets, checked before use."""

from collections.abc import Mapping
from dataclasses import replace

from search.errors import IndexDamaged
from search.types import Citation, Document, Page, Passage


def cite(
    document: Document, passage: Passage, pages: Mapping[int, Page], start: int, end: int
) -> tuple[Citation, ...]:
    """Cite `passage.text[start:end]`: one citation a page that it stands on.

    Raises `IndexDamaged` when a quote is not, code point by code point, what the stored page says.
    """
    citations = []
    for extent in passage.extents:
        first = max(start, extent.offset)
        last = min(end, extent.offset + extent.end - extent.start)
        quote = passage.text[first:last]
        if first >= last or not quote.strip():
            continue
        begin = extent.start + first - extent.offset
        citations.append(_checked(document, passage, pages[extent.page], quote, begin))
    return tuple(_joined(citations, pages))


def _checked(document: Document, passage: Passage, page: Page, quote: str, start: int) -> Citation:
    end = start + len(quote)
    if page.text[start:end] != quote:
        raise IndexDamaged(
            f"una cita de «{document.file}» no coincide con su página: ejecute «acervo check»"
        )
    return Citation(
        document_id=document.id,
        passage_id=passage.id,
        title=document.title,
        file=document.file,
        language=passage.language,
        page=page.number if document.paged else None,
        quote=quote,
        start=start,
        end=end,
    )


def _joined(citations: list[Citation], pages: Mapping[int, Page]) -> list[Citation]:
    """Neighbouring quotes of one page as one, with what stands between them on the page."""
    joined: list[Citation] = []
    for citation in citations:
        last = joined[-1] if joined else None
        number = citation.page or 1
        if last is not None and last.page == citation.page:
            between = pages[number].text[last.end : citation.start]
            if citation.start >= last.end and not between.strip():
                quote = pages[number].text[last.start : citation.end]
                joined[-1] = replace(last, quote=quote, end=citation.end)
                continue
        joined.append(citation)
    return joined
