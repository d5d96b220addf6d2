"""A PDF that PDFium cannot take to a reading, with pypdf: slower and plainer, but bounded."""

import io
import re
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from ingest.errors import EmptyFile, Encrypted, Unreadable
from ingest.layout.signs import BULLET, is_list_start
from ingest.page_numbers import numbers
from ingest.readers.pdf import MOST_PAGES
from ingest.readers.pdf_text import clean
from ingest.readers.titles import sensible_title
from search.types import Block, BlockKind, PageShape, Part, Reading

PLAIN = "leído con el lector de reserva: sin recuadros ni títulos, y el orden puede fallar"
SHORT = 0.75  # of the page's longest line: a shorter one that ends a sentence ends its paragraph
BROKEN = (PyPdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError)
"""What pypdf raises on damaged files: its own errors and those of broken structures."""


def read_pdf_pypdf(data: bytes, name: str) -> Reading:
    """Paragraphs and list items a page, without boxes. Raises `ReadError`."""
    if not data:
        raise EmptyFile(f"{name}: el archivo está vacío")
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Encrypted(f"{name}: el PDF pide una contraseña para abrirse")
        count = len(reader.pages)
        title = reader.metadata.title if reader.metadata else None
    except BROKEN as error:
        raise Unreadable(f"{name}: el PDF está dañado y no se puede abrir") from error
    return _read(reader, name, count, title if isinstance(title, str) else "")


def _read(reader: PdfReader, name: str, count: int, title: str) -> Reading:
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
        except BROKEN:
            failed.append(number)
            text, width, height = "", 0.0, 0.0
        shapes.append(PageShape(number, width, height))
        blocks.extend(_block(paragraph, number) for paragraph in paragraphs(text))
    if len(failed) == len(shapes):
        raise Unreadable(f"{name}: el PDF está dañado y ninguna página se puede leer")
    warnings = [PLAIN]
    if count > MOST_PAGES:
        warnings.append(f"solo se leyeron las primeras {MOST_PAGES} de {count} páginas")
    if failed:
        warnings.append(f"páginas dañadas: {numbers(failed)}")
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
        yield f"páginas sin texto: {numbers(empty)} (parecen escaneadas)"


def paragraphs(text: str) -> list[str]:
    """Lines to paragraphs: a blank line, a list sign or a short line that ends a sentence parts
    them; a hyphen before a small letter at a line's end goes."""
    lines = [" ".join(clean(line).split()) for line in text.splitlines()]
    longest = max((len(line) for line in lines), default=0)
    found: list[str] = []
    last = ""
    for line in lines:
        ended = not last or (last.endswith((".", ":", "!", "?")) and len(last) < SHORT * longest)
        if line and (ended or is_list_start(line)):
            found.append(line)
        elif line and re.search(r"[^\W\d_]-$", found[-1]) and line[:1].islower():
            found[-1] = found[-1][:-1] + line
        elif line:
            found[-1] += f" {line}"
        last = line
    return found


def _block(text: str, page: int) -> Block:
    kind = BlockKind.LIST_ITEM if is_list_start(text) else BlockKind.PARAGRAPH
    return Block(kind, (Part(page, BULLET.sub("", text) or text),))
