"""Reads a PDF: the text, tags, ruling lines and outline that PDFium gives, with OCR where pages
need it, laid out into blocks.

A second reader without layout, on pypdf, serves files on which PDFium fails: it is slower by far,
but its own limits held on every hostile file.
"""

import io
import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace

import pypdfium2 as pdfium
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from ingest.errors import EmptyFile, Encrypted, Unreadable
from ingest.pdf.extract import RawPage, clean, pages_for_ocr, raw_page
from ingest.pdf.furniture import PageLines, remove_stamps
from ingest.pdf.headings import OutlineEntry
from ingest.pdf.layout import lay_out
from ingest.pdf.lines import BULLET, is_list_start, make_lines
from ingest.pdf.ocr import OcrResult, Task, ocr_warnings, recognised_pages
from ingest.pdf.structure import TagReader
from ingest.readers.clean import page_ranges, sensible_title
from search.documents import Block, BlockKind, Method, PageShape, Part, Reading

MOST_PAGES = 3_000  # a small file can declare half a million
MOST_BOOKMARKS = 5_000
PASSWORD_ERROR = "Incorrect password"  # noqa: S105 - part of PDFium's message, not a password

FALLBACK_WARNING = (
    "leído con el lector de reserva: sin recuadros ni títulos, y el orden puede fallar"
)
SHORT_LINE = (
    0.75  # of the page's longest line: a shorter one that ends a sentence ends its paragraph
)
PYPDF_ERRORS = (
    PyPdfError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    RecursionError,
)
"""What pypdf raises on damaged files: its own errors and those of broken structures."""


def read_pdf(data: bytes, name: str, task: Task | None = None) -> Reading:
    """The blocks of a PDF in reading order; with a task, OCR reads the pages that it names first.

    A file that wants a password only for changing it is read. Raises `ReadError` where nothing
    can be read. A hostile file may abort the whole process: call it in the sandbox.
    """
    if not data:
        raise EmptyFile(f"{name}: el archivo está vacío")
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if PASSWORD_ERROR in str(error):
            raise Encrypted(f"{name}: el PDF pide una contraseña para abrirse") from error
        raise Unreadable(f"{name}: el PDF está dañado y no se puede abrir") from error
    try:
        return _read(document, name, task)
    finally:
        document.close()


def _read(document: pdfium.PdfDocument, name: str, task: Task | None) -> Reading:
    if len(document) == 0:
        raise Unreadable(f"{name}: el PDF no tiene páginas")
    raw, failed = _raw_pages(document)
    if len(failed) == len(raw):
        raise Unreadable(f"{name}: el PDF está dañado y ninguna página se puede leer")
    # Named even when they are not recognised now: the sandbox comes back with a task for them.
    scans = pages_for_ocr(raw)
    result = recognised_pages(document, raw, task) if task else OcrResult({})
    recognised = result.pages
    drawn = []
    for page in raw:
        found = recognised.get(page.number)
        size = (found.pose.width, found.pose.height) if found else (page.width, page.height)
        source = found or page
        drawn.append(PageLines(page.number, *size, tuple(make_lines(source.words)), source.rules))
    # Stamps lie across lines and in margins, so they go before anything looks at lines and columns.
    pages, stamps = remove_stamps(drawn)
    layout = lay_out(pages, _outline(document))
    blocks = []
    for block in layout.blocks:
        # A scan is recognised upright and straightened, but shown as the file has it: the boxes are
        # turned back to where they stand on the page.
        parts = tuple(
            replace(part, boxes=tuple(map(recognised[part.page].pose.on_page, part.boxes)))
            if part.page in recognised
            else part
            for part in block.parts
        )
        blocks.append(replace(block, parts=parts))
    shapes = []
    for page in raw:
        number, found = page.number, recognised.get(page.number)
        method = found.method if found else Method.TEXT
        # ISO 32000-1, 12.4.2. A label that only repeats the number says nothing.
        label = document.get_page_label(number - 1)
        shapes.append(
            PageShape(
                number=number,
                width=page.width,
                height=page.height,
                label=layout.labels.get(number) or (label if label != str(number) else "") or None,
                method=method,
                # A page that was looked at and needed no mending is the file's own word: nothing
                # is unsure.
                confidence=found.confidence if found and method is not Method.TEXT else None,
                dropped=(*stamps.get(number, ()), *layout.dropped.get(number, ())),
            )
        )
    metadata = document.get_metadata_dict()
    # `D:YYYYMMDDHHmmSS` (ISO 32000-1, 7.9.4); no month or day 00.
    made = re.match(
        r"D:(\d{4})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", metadata.get("CreationDate", "")
    )
    return Reading(
        blocks=tuple(blocks),
        paged=True,
        shapes=tuple(shapes),
        title=sensible_title(" ".join(metadata.get("Title", "").split()), name),
        created="-".join(made.groups()) if made else None,
        warnings=(*_warnings(blocks, failed, len(document), scans), *ocr_warnings(result)),
        scans=tuple(number for number in scans if number not in recognised),
        running=layout.running,
    )


def _raw_pages(document: pdfium.PdfDocument) -> tuple[list[RawPage], list[int]]:
    """The pages, and the numbers of those that PDFium cannot load (they are there, but empty: page
    numbers and citations must not shift)."""
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


def _outline(document: pdfium.PdfDocument) -> list[OutlineEntry]:
    entries: list[OutlineEntry] = []
    for bookmark in document.get_toc():
        if len(entries) == MOST_BOOKMARKS:
            break
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        page = 0 if index is None else index + 1  # a bookmark may lead to a web page or nowhere
        entries.append(OutlineEntry(bookmark.level + 1, bookmark.get_title(), page))
    return entries


def _warnings(
    blocks: Sequence[Block], failed: Sequence[int], total: int, scans: Container[int]
) -> Iterator[str]:
    """What pages are missing, and which are empty, in Spanish; `scans` may be images."""
    numbers = range(1, min(total, MOST_PAGES) + 1)
    if total > MOST_PAGES:
        yield f"solo se leyeron las primeras {MOST_PAGES} de {total} páginas"
    if failed:
        yield f"páginas dañadas: {page_ranges(failed)}"
    # A damaged page is named once.
    known = {part.page for block in blocks for part in block.parts} | set(failed)
    empty = [number for number in numbers if number not in known]
    if empty:
        scanned = " (parecen escaneadas)" if any(number in scans for number in empty) else ""
        yield f"páginas sin texto: {page_ranges(empty)}{scanned}"


def read_pdf_pypdf(data: bytes, name: str) -> Reading:
    """The fallback reader: paragraphs and list items of each page, without boxes, headings or
    tables. Raises `ReadError`."""
    if not data:
        raise EmptyFile(f"{name}: el archivo está vacío")
    try:
        reader = PdfReader(io.BytesIO(data))
        # The empty password opens files that are only locked against changes.
        if reader.is_encrypted and not reader.decrypt(""):
            raise Encrypted(f"{name}: el PDF pide una contraseña para abrirse")
        count = len(reader.pages)
        title = reader.metadata.title if reader.metadata else None
    except PYPDF_ERRORS as error:
        raise Unreadable(f"{name}: el PDF está dañado y no se puede abrir") from error
    if count == 0:
        raise Unreadable(f"{name}: el PDF no tiene páginas")
    blocks: list[Block] = []
    shapes: list[PageShape] = []
    failed: list[int] = []
    for number in range(1, min(count, MOST_PAGES) + 1):
        try:
            page = reader.pages[number - 1]
            text = page.extract_text()
            width, height = float(page.mediabox.width), float(page.mediabox.height)
        except PYPDF_ERRORS:
            failed.append(number)
            text, width, height = "", 0.0, 0.0
        shapes.append(PageShape(number, width, height))
        for paragraph in paragraphs(text):
            kind = BlockKind.LIST_ITEM if is_list_start(paragraph) else BlockKind.PARAGRAPH
            blocks.append(Block(kind, (Part(number, BULLET.sub("", paragraph) or paragraph),)))
    if len(failed) == len(shapes):
        raise Unreadable(f"{name}: el PDF está dañado y ninguna página se puede leer")
    return Reading(
        blocks=tuple(blocks),
        paged=True,
        shapes=tuple(shapes),
        title=sensible_title(" ".join(title.split()) if isinstance(title, str) else "", name),
        warnings=(FALLBACK_WARNING, *_warnings(blocks, failed, count, range(1, count + 1))),
    )


def paragraphs(text: str) -> list[str]:
    """Paragraphs of a plain text: a blank line, a list sign or a short line that ends a sentence
    begins another; a hyphen at a line's end before a small letter goes."""
    lines = [" ".join(clean(line).split()) for line in text.splitlines()]
    longest = max((len(line) for line in lines), default=0)
    found: list[str] = []
    last = ""
    for line in lines:
        ended = not last or (
            last.endswith((".", ":", "!", "?")) and len(last) < SHORT_LINE * longest
        )
        if line and (ended or is_list_start(line)):
            found.append(line)
        elif line and re.search(r"[^\W\d_]-$", found[-1]) and line[:1].islower():
            found[-1] = found[-1][:-1] + line
        elif line:
            found[-1] += f" {line}"
        last = line
    return found
