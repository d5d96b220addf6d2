"""Reads a PDF: the text, tags, ruling lines and outline that PDFium gives, with OCR where pages
need it, laid out into blocks.

A second reader without layout, on pypdf, serves files on which PDFium fails: it is slower by far,
but its own limits held on every hostile file.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pypdfium2 as pdfium
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from ingest.errors import EmptyFile, Encrypted, Unreadable
from ingest.pdf.extract import RawPage, clean, pages_for_ocr, raw_page
from ingest.pdf.furniture import PageLines, remove_stamps
from ingest.pdf.headings import OutlineEntry
from ingest.pdf.layout import Layout, lay_out
from ingest.pdf.lines import BULLET, is_list_start, make_lines
from ingest.pdf.ocr import OcrResult, RecognisedPage, Task, ocr_warnings, recognised_pages
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
    # Named even when they are not recognised now: the sandbox comes back with a task for them.
    scans = pages_for_ocr(raw)
    result = recognised_pages(document, raw, task) if task else OcrResult({})
    recognised = result.pages
    # Stamps lie across lines and in margins, so they go before anything looks at lines and columns.
    pages, stamps = remove_stamps([_lines_of(page, recognised.get(page.number)) for page in raw])
    layout = lay_out(pages, _outline(document))
    blocks = tuple(_on_page(block, recognised) for block in layout.blocks)
    metadata = document.get_metadata_dict()
    warnings = _warnings(blocks, pages, failed, len(document), scans)
    return Reading(
        blocks=blocks,
        paged=True,
        shapes=tuple(_shape(document, page, recognised, layout, stamps) for page in raw),
        title=sensible_title(" ".join(metadata.get("Title", "").split()), name),
        created=_date(metadata.get("CreationDate", "")),
        warnings=(*warnings, *ocr_warnings(result)),
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


def _lines_of(page: RawPage, recognised: RecognisedPage | None) -> PageLines:
    if recognised is None:
        lines = tuple(make_lines(page.words))
        return PageLines(page.number, page.width, page.height, lines, page.rules)
    lines = tuple(make_lines(recognised.words))
    return PageLines(
        page.number, recognised.pose.width, recognised.pose.height, lines, recognised.rules
    )


def _on_page(block: Block, recognised: Mapping[int, RecognisedPage]) -> Block:
    """The block with the boxes of recognised parts turned back to where they stand on the page: a
    scan is recognised upright and straightened, but shown as the file has it."""
    parts = tuple(
        replace(part, boxes=tuple(recognised[part.page].pose.on_page(box) for box in part.boxes))
        if part.page in recognised
        else part
        for part in block.parts
    )
    return replace(block, parts=parts)


def _shape(
    document: pdfium.PdfDocument,
    page: RawPage,
    recognised: Mapping[int, RecognisedPage],
    layout: Layout,
    stamps: Mapping[int, tuple[str, ...]],
) -> PageShape:
    found = recognised.get(page.number)
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
    # ISO 32000-1, 12.4.2. One that only repeats the number says nothing.
    label = document.get_page_label(number - 1)
    return label if label and label != str(number) else None


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
        warnings.append(f"páginas dañadas: {page_ranges(failed)}")
    known = with_text | set(failed)  # a damaged page is named once
    empty = [page.number for page in pages if page.number not in known]
    if empty:
        scanned = " (parecen escaneadas)" if set(empty) & set(scans) else ""
        warnings.append(f"páginas sin texto: {page_ranges(empty)}{scanned}")
    return warnings


def _date(stamp: str) -> str | None:
    # `D:YYYYMMDDHHmmSS` (ISO 32000-1, 7.9.4); no month or day 00.
    found = re.match(r"D:(\d{4})(\d{2})(\d{2})", stamp)
    if not found or not ("01" <= found[2] <= "12" and "01" <= found[3] <= "31"):
        return None
    return f"{found[1]}-{found[2]}-{found[3]}"


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
    return _read_pages_with_pypdf(reader, name, count, title if isinstance(title, str) else "")


def _read_pages_with_pypdf(reader: PdfReader, name: str, count: int, title: str) -> Reading:
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
        blocks.extend(_plain_block(paragraph, number) for paragraph in paragraphs(text))
    if len(failed) == len(shapes):
        raise Unreadable(f"{name}: el PDF está dañado y ninguna página se puede leer")
    warnings = [FALLBACK_WARNING]
    if count > MOST_PAGES:
        warnings.append(f"solo se leyeron las primeras {MOST_PAGES} de {count} páginas")
    if failed:
        warnings.append(f"páginas dañadas: {page_ranges(failed)}")
    return Reading(
        blocks=tuple(blocks),
        paged=True,
        shapes=tuple(shapes),
        title=sensible_title(" ".join(title.split()), name),
        warnings=(*warnings, *_without_text(blocks, count, failed)),
    )


def _without_text(blocks: list[Block], count: int, failed: list[int]) -> Iterator[str]:
    known = {part.page for block in blocks for part in block.parts} | set(failed)
    empty = [number for number in range(1, min(count, MOST_PAGES) + 1) if number not in known]
    if empty:
        yield f"páginas sin texto: {page_ranges(empty)} (parecen escaneadas)"


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


def _plain_block(text: str, page: int) -> Block:
    kind = BlockKind.LIST_ITEM if is_list_start(text) else BlockKind.PARAGRAPH
    return Block(kind, (Part(page, BULLET.sub("", text) or text),))
