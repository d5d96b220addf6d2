"""A PDF to a reading: PDFium's characters with their places, laid out into blocks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pypdfium2 as pdfium

from ingest.errors import EmptyFile, Encrypted, Unreadable
from ingest.layout.blocks import Layout, lay_out
from ingest.layout.headings import OutlineEntry
from ingest.layout.lines import make_lines
from ingest.layout.running import PageLines
from ingest.layout.stamps import without_stamps
from ingest.page_numbers import numbers
from ingest.readers.pdf_ocr import Reread, Result, Task, ocr_warnings, recognised_pages
from ingest.readers.pdf_page import RawPage, raw_page, to_recognise
from ingest.readers.pdf_tags import TagReader
from ingest.readers.titles import sensible_title
from search.types import Block, Method, PageShape, Reading

MOST_PAGES = 3_000
MOST_BOOKMARKS = 5_000
PASSWORD_ERROR = "Incorrect password"  # noqa: S105 - part of PDFium's message, not a password


def read_pdf(data: bytes, name: str, task: Task | None = None) -> Reading:
    """The blocks of a PDF in reading order; with a task, its pages are recognised first.

    A file that wants a password only for changing it is read. Raises `ReadError` where nothing
    can be read. A hostile file may abort the whole process: call it in the sandbox.
    """
    if not data:
        raise EmptyFile(f"{name}: el archivo está vacío")
    document = _open(data, name)
    try:
        return _read(document, name, task)
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


def _read(document: pdfium.PdfDocument, name: str, task: Task | None) -> Reading:
    raw, failed = _raw_pages(document)
    if len(failed) == len(raw):
        raise Unreadable(f"{name}: el PDF está dañado y ninguna página se puede leer")
    scans = to_recognise(raw)
    result = recognised_pages(document, raw, task) if task else Result({})
    reread = result.pages
    pages, stamps = without_stamps([_page_lines(page, reread.get(page.number)) for page in raw])
    layout = lay_out(pages, _outline(document))
    blocks = tuple(_on_page(block, reread) for block in layout.blocks)
    metadata = document.get_metadata_dict()
    warnings = _warnings(blocks, pages, failed, len(document), scans)
    return Reading(
        blocks=blocks,
        paged=True,
        shapes=tuple(_shape(document, page, reread, layout, stamps) for page in raw),
        title=sensible_title(" ".join(metadata.get("Title", "").split()), name),
        created=_date(metadata.get("CreationDate", "")),
        warnings=(*warnings, *ocr_warnings(result)),
        scans=tuple(number for number in scans if number not in reread),
        running=layout.running,
    )


def _raw_pages(document: pdfium.PdfDocument) -> tuple[list[RawPage], list[int]]:
    """The pages, and the numbers of those that PDFium cannot load (they are there, but empty)."""
    tags = TagReader(document)
    pages: list[RawPage] = []
    failed: list[int] = []
    for index in range(min(len(document), MOST_PAGES)):
        try:
            pages.append(raw_page(tags, index))
        except pdfium.PdfiumError:
            failed.append(index + 1)
            pages.append(RawPage(index + 1))
    return pages, failed


def _page_lines(page: RawPage, reread: Reread | None) -> PageLines:
    if reread is None:
        lines = tuple(make_lines(page.words))
        return PageLines(page.number, page.width, page.height, lines, page.rules)
    lines = tuple(make_lines(reread.words))
    return PageLines(page.number, reread.pose.width, reread.pose.height, lines, reread.rules)


def _on_page(block: Block, reread: Mapping[int, Reread]) -> Block:
    """The block with the boxes of recognised parts where they stand on the page."""
    parts = tuple(
        replace(part, boxes=tuple(reread[part.page].pose.on_page(box) for box in part.boxes))
        if part.page in reread
        else part
        for part in block.parts
    )
    return replace(block, parts=parts)


def _shape(
    document: pdfium.PdfDocument,
    page: RawPage,
    reread: Mapping[int, Reread],
    layout: Layout,
    stamps: Mapping[int, tuple[str, ...]],
) -> PageShape:
    found = reread.get(page.number)
    method = found.method if found else Method.TEXT
    return PageShape(
        number=page.number,
        width=page.width,
        height=page.height,
        label=layout.labels.get(page.number) or _label(document, page.number),
        method=method,
        # A page that was looked at and needed no mending is the file's own word: nothing is unsure.
        confidence=found.confidence if found and method is not Method.TEXT else None,
        dropped=(*stamps.get(page.number, ()), *layout.dropped.get(page.number, ())),
    )


def _label(document: pdfium.PdfDocument, number: int) -> str | None:
    label = document.get_page_label(number - 1)
    return label if label and label != str(number) else None


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
    blocks: Sequence[Block],
    pages: Sequence[PageLines],
    failed: Sequence[int],
    total: int,
    scans: Sequence[int],
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
        scanned = " (parecen escaneadas)" if set(empty) & set(scans) else ""
        warnings.append(f"páginas sin texto: {numbers(empty)}{scanned}")
    return warnings


def _date(stamp: str) -> str | None:
    found = re.match(r"D:(\d{4})(\d{2})(\d{2})", stamp)
    if not found or not ("01" <= found[2] <= "12" and "01" <= found[3] <= "31"):
        return None
    return f"{found[1]}-{found[2]}-{found[3]}"
