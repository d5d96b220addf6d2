"""A PDF to a reading: PDFium's characters with their places, laid out into blocks."""

import re
from collections.abc import Sequence

import pypdfium2 as pdfium

from ingest.errors import EmptyFile, Encrypted, Unreadable
from ingest.headings import OutlineEntry
from ingest.layout import lay_out
from ingest.lines import make_lines
from ingest.readers.pdf_text import page_words
from ingest.readers.titles import sensible_title
from ingest.running import PageLines
from search.types import Block, PageShape, Reading

MOST_PAGES = 3_000
MOST_BOOKMARKS = 5_000
PASSWORD_ERROR = "Incorrect password"  # noqa: S105 - part of PDFium's message, not a password


def read_pdf(data: bytes, name: str) -> Reading:
    """The blocks of a PDF in reading order. Raises `ReadError` where nothing can be read.

    A hostile file may abort the whole process: call it in the sandbox.
    """
    if not data:
        raise EmptyFile(f"{name}: el archivo está vacío")
    document = _open(data, name)
    try:
        return _read(document, name)
    finally:
        document.close()


def _open(data: bytes, name: str) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if PASSWORD_ERROR in str(error):
            raise Encrypted(f"{name}: el PDF pide una contraseña para abrirse") from error
        raise Unreadable(f"{name}: el PDF está dañado y no se puede abrir") from error
    if len(document) == 0:
        document.close()
        raise Unreadable(f"{name}: el PDF no tiene páginas")
    return document


def _read(document: pdfium.PdfDocument, name: str) -> Reading:
    pages: list[PageLines] = []
    failed: list[int] = []
    for index in range(min(len(document), MOST_PAGES)):
        try:
            pages.append(_page_lines(document, index))
        except pdfium.PdfiumError:
            failed.append(index + 1)
            pages.append(PageLines(index + 1, 0.0, 0.0, ()))
    if len(failed) == len(pages):
        raise Unreadable(f"{name}: el PDF está dañado y ninguna página se puede leer")
    blocks, labels = lay_out(pages, _outline(document))
    shapes = tuple(
        PageShape(
            page.number, page.width, page.height, labels.get(page.number) or _label(document, page)
        )
        for page in pages
    )
    metadata = document.get_metadata_dict()
    return Reading(
        blocks=blocks,
        paged=True,
        shapes=shapes,
        title=sensible_title(" ".join(metadata.get("Title", "").split()), name),
        created=_date(metadata.get("CreationDate", "")),
        warnings=tuple(_warnings(blocks, pages, failed, len(document))),
    )


def _page_lines(document: pdfium.PdfDocument, index: int) -> PageLines:
    page = document[index]
    try:
        width, height = page.get_size()
        lines = make_lines(page_words(page, index + 1))
    finally:
        page.close()
    return PageLines(index + 1, round(width, 2), round(height, 2), tuple(lines))


def _label(document: pdfium.PdfDocument, page: PageLines) -> str | None:
    label = document.get_page_label(page.number - 1)
    return label if label and label != str(page.number) else None


def _outline(document: pdfium.PdfDocument) -> list[OutlineEntry]:
    entries: list[OutlineEntry] = []
    for bookmark in document.get_toc():
        if len(entries) == MOST_BOOKMARKS:
            break
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        page = 0 if index is None else index + 1
        entries.append(OutlineEntry(bookmark.level + 1, bookmark.get_title(), page))
    return entries


def _warnings(
    blocks: Sequence[Block], pages: Sequence[PageLines], failed: Sequence[int], total: int
) -> list[str]:
    warnings = []
    with_text = {part.page for block in blocks for part in block.parts}
    if total > len(pages):
        warnings.append(f"solo se leyeron las primeras {len(pages)} de {total} páginas")
    if failed:
        warnings.append(f"páginas dañadas: {numbers(failed)}")
    known = with_text | set(failed)
    empty = [page.number for page in pages if page.number not in known]
    if empty:
        warnings.append(f"páginas sin texto: {numbers(empty)} (parecen escaneadas)")
    return warnings


def numbers(pages: Sequence[int]) -> str:
    """Page numbers for a message, runs shortened: `3, 4, 7-12`."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    pieces = (
        f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(str(page) for page in run)
        for run in runs
    )
    return ", ".join(pieces)


def _date(stamp: str) -> str | None:
    found = re.match(r"D:(\d{4})(\d{2})(\d{2})", stamp)
    if not found or not ("01" <= found[2] <= "12" and "01" <= found[3] <= "31"):
        return None
    return f"{found[1]}-{found[2]}-{found[3]}"
