"""Which reader takes a file: its first bytes to a media type, a media type to a reader.

Importing this costs nothing: the reader modules and their libraries are loaded at first use.
"""

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import PurePath
from typing import TypeAlias, cast

from ingest.errors import EmptyFile, Encrypted, UnknownFormat
from search.types import Reading

Reader: TypeAlias = Callable[[bytes, str], Reading]

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
HTML, MARKDOWN, TEXT = "text/html", "text/markdown", "text/plain"

EXTENSIONS = {
    ".pdf": PDF,
    ".docx": DOCX,
    ".docm": DOCX,
    ".pptx": PPTX,
    ".pptm": PPTX,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".txt": TEXT,
    ".text": TEXT,
}
# The directory of a zip archive stands at its end, so the last of these names is the outermost:
# a presentation may carry a Word file inside. Some programs number the main part.
OFFICE_PART = re.compile(rb"(word/document|ppt/presentation|xl/workbook)\d*\.(?:xml|bin)")
OFFICE = {b"word/document": DOCX, b"ppt/presentation": PPTX}
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LOCKED_OFFICE = "EncryptedPackage".encode("utf-16-le")
PDF_HEAD = 1024  # readers accept some bytes before `%PDF-` (ISO 32000-1, implementation notes)
WEB_PAGE = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?>(?:<!--.*?-->\s*)*)<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
SAVE_AS = "guárdelo como PDF, DOCX, PPTX, HTML, Markdown o texto"


def _lazy(module: str, function: str) -> Reader:
    def read(data: bytes, name: str) -> Reading:
        reader = cast("Reader", getattr(import_module(f"ingest.readers.{module}"), function))
        return reader(data, name)

    return read


READERS: dict[str, Reader] = {
    PDF: _lazy("pdf", "read_pdf"),
    DOCX: _lazy("docx", "read_docx"),
    PPTX: _lazy("pptx", "read_pptx"),
    HTML: _lazy("html", "read_html"),
    MARKDOWN: _lazy("markdown", "read_markdown"),
    TEXT: _lazy("text", "read_text"),
}
SECOND_READERS: dict[str, Reader] = {PDF: _lazy("pdf_pypdf", "read_pdf_pypdf")}
"""Slower and safer: for a file whose first reader crashed."""


def preload() -> None:
    """Load every reader now, so that processes forked later have them."""
    for module in ("pdf", "pdf_pypdf", "docx", "pptx", "html", "markdown", "text"):
        import_module(f"ingest.readers.{module}")


def sniff(data: bytes, name: str) -> str:
    """The media type, by the first bytes, the parts of a zip archive, and the extension last.

    Parses nothing, so it is safe on any bytes. Raises `EmptyFile`, `Encrypted` or
    `UnknownFormat`.
    """
    if not data:
        raise EmptyFile("El archivo está vacío (0 bytes).")
    extension = PurePath(name).suffix.lower()
    suffix = extension or "sin extensión"
    head = data[:PDF_HEAD]
    if head.lstrip().startswith(b"%PDF-") or (b"%PDF-" in head and extension == ".pdf"):
        return PDF
    if data.startswith(OLD_OFFICE):
        if LOCKED_OFFICE in data:
            raise Encrypted("El archivo está protegido con contraseña; guárdelo sin ella.")
        raise UnknownFormat(f"Formato antiguo de Office ({suffix}); {SAVE_AS}.")
    if data.startswith(b"PK"):
        parts = OFFICE_PART.findall(data)
        if parts and parts[-1] in OFFICE:
            return OFFICE[parts[-1]]
        raise UnknownFormat(f"No se leen archivos de este tipo ({suffix}); {SAVE_AS}.")
    media_type = EXTENSIONS.get(extension)
    is_page = WEB_PAGE.match(data[: 4 * PDF_HEAD]) is not None
    if media_type in (PDF, DOCX, PPTX):
        other = "una página web: quizá falló la descarga" if is_page else "otro"
        raise UnknownFormat(f"El archivo termina en {extension}, pero su contenido es {other}.")
    if is_page:
        return HTML
    if media_type is None:
        raise UnknownFormat(f"No se reconoce el formato ({suffix}); {SAVE_AS}.")
    return media_type
