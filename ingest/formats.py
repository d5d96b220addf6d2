"""Tells the media type of a file from its bytes and name, and which reader takes it.

Importing this costs nothing: the reader modules and their libraries are loaded at first use, and
only the fork server loads them all.
"""

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import PurePath
from typing import TypeAlias, cast

from ingest.errors import EmptyFile, Encrypted, UnknownFormat
from ingest.readers import archives
from ingest.readers.archives import OLE_MARK, stream_names, word_is_locked
from search.documents import Reading

DOCX, PPTX, XLSX = archives.DOCX, archives.PPTX, archives.XLSX
ODT, ODP, ODS, EPUB = archives.ODT, archives.ODP, archives.ODS, archives.EPUB
Reader: TypeAlias = Callable[[bytes, str], Reading]

PDF, EMAIL = "application/pdf", "message/rfc822"
HTML, MARKDOWN, TEXT = "text/html", "text/markdown", "text/plain"
DOC, RTF = "application/msword", "application/rtf"
PPT, XLS = "application/vnd.ms-powerpoint", "application/vnd.ms-excel"

_NAMES = {
    PDF: ("PDF", ".pdf"),
    DOCX: ("DOCX", ".docx .docm .dotx .dotm"),
    PPTX: ("PPTX", ".pptx .pptm .ppsx .ppsm .potx .potm"),
    XLSX: ("XLSX", ".xlsx .xlsm .xlsb .xltx .xltm"),
    ODT: ("ODT", ".odt .ott"),
    ODP: ("ODP", ".odp .otp"),
    ODS: ("ODS", ".ods .ots"),
    DOC: ("DOC", ".doc .dot"),
    PPT: ("PPT", ".ppt .pps .pot"),
    XLS: ("XLS", ".xls .xlt"),
    RTF: ("RTF", ".rtf"),
    EPUB: ("EPUB", ".epub"),
    EMAIL: ("un mensaje de correo", ".eml .mht .mhtml"),
    HTML: ("una página web", ".html .htm .xhtml"),
    MARKDOWN: ("Markdown", ".md .markdown"),
    TEXT: ("texto", ".txt .text"),
}
EXTENSIONS = {suffix: kind for kind, (_, all_) in _NAMES.items() for suffix in all_.split()}
CONVERTED = {DOC: DOCX, RTF: DOCX, PPT: PPTX}
"""Formats that are not read themselves but converted: from which media type to which."""
# What is a presentation by its format alone, whatever its title says.
SLIDES = frozenset((PPTX, PPT, ODP))

# First the encrypted ones ([MS-OFFCRYPTO]): an old presentation that wants a password has its usual
# stream besides. «Book» is what Excel 5 called its «Workbook».
OLE_STREAMS = {
    "EncryptedPackage": "locked",
    "EncryptedSummary": "locked",
    "WordDocument": DOC,
    "PowerPoint Document": PPT,
    "Workbook": XLS,
    "Book": XLS,
}
OUTLOOK = "__properties_version1.0"
HEAD = 1024  # readers accept some bytes before `%PDF-` (ISO 32000-1, implementation notes)
# XML declaration and comments may come first; the group is atomic, or a comment without end would
# cost time that grows with its square.
WEB_PAGE = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?>(?:<!--.*?-->\s*)*)<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
# What offices export under the names of old Office: fragments of web pages.
WEB_FRAGMENT = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*<(?:table|meta|head|body|style|div)\b", re.IGNORECASE
)
# Two header fields or more, folded lines included (RFC 5322); one «Nota: …» is text. The names of
# fields are printable ASCII but the colon.
HEADERS = re.compile(rb"\A(?:[!-9;-~]{1,60}:[^\n]{0,999}\n(?:[ \t][^\n]{0,999}\n)*){2,}")
# One that no letter typed by hand opens with, among those headers.
MAIL_HEADER = re.compile(rb"^(?:MIME-Version|Message-ID|Received|Return-Path):", re.I | re.M)
SAVE_AS = "guárdelo como PDF, DOCX, PPTX, XLSX, ODT, HTML, Markdown o texto"


_READERS = {
    PDF: "pdf.reader.read_pdf",
    DOCX: "readers.docx.read_docx",
    PPTX: "readers.pptx.read_pptx",
    ODT: "readers.opendocument.read_odt",
    ODP: "readers.opendocument.read_odp",
    XLSX: "readers.sheets.read_sheets",
    XLS: "readers.sheets.read_sheets",
    ODS: "readers.opendocument.read_ods",
    EPUB: "readers.epub.read_epub",
    EMAIL: "readers.mail.read_email",
    HTML: "readers.html.read_html",
    MARKDOWN: "readers.markdown.read_markdown",
    TEXT: "readers.text.read_text",
}


def _lazy(place: str) -> Reader:
    module, _, function = place.rpartition(".")

    def read(data: bytes, name: str) -> Reading:
        reader = cast("Reader", getattr(import_module(f"ingest.{module}"), function))
        return reader(data, name)

    return read


READERS = {media_type: _lazy(place) for media_type, place in _READERS.items()}
SECOND_READERS = {PDF: _lazy("pdf.reader.read_pdf_pypdf")}
"""Slower and safer: for a file whose first reader crashed."""


def preload() -> None:
    """Load every reader now, so that processes forked later have them."""
    for place in _READERS.values():
        import_module(f"ingest.{place.rpartition('.')[0]}")


def sniff(data: bytes, name: str) -> str:
    """The media type, by the first bytes, the parts of an archive, and the extension last.

    Looks at no more than directories, so it is safe on any bytes. Raises `EmptyFile`,
    `Encrypted`, `TooLarge` or `UnknownFormat`.
    """
    if not data:
        raise EmptyFile("El archivo está vacío (0 bytes).")
    extension = PurePath(name).suffix.lower()
    head = data[:HEAD]
    # Further inside only where the name says so too: a text on formats may speak of «%PDF-1.4».
    if head.lstrip().startswith(b"%PDF-") or (b"%PDF-" in head and extension == ".pdf"):
        return PDF
    if head.lstrip().startswith(b"{\\rtf"):
        return RTF
    if data.startswith(OLE_MARK):
        return _sniff_ole(data, extension)
    if data.startswith(b"PK"):
        kind = archives.package_type(data)
        if kind is None:
            shown = extension or "sin extensión"
            raise UnknownFormat(f"No se leen archivos de este tipo ({shown}); {SAVE_AS}.")
        return kind
    return _sniff_text(data, extension)


def misnamed(media_type: str, name: str) -> tuple[str, ...]:
    """A warning if the name promises something else than the content is."""
    extension = PurePath(name).suffix.lower()
    if EXTENSIONS.get(extension, media_type) == media_type:
        return ()
    return (f"el archivo termina en {extension}, pero su contenido es {_NAMES[media_type][0]}",)


def _sniff_ole(data: bytes, extension: str) -> str:
    streams = stream_names(data)
    for name, kind in OLE_STREAMS.items():
        # Where the directory is damaged, the name is looked for anywhere: UTF-16, as it is stored.
        if name not in streams and (streams or name.encode("utf-16-le") not in data):
            continue
        if kind == "locked" or (kind == DOC and word_is_locked(data, streams.get(name, 0))):
            raise Encrypted("El archivo está protegido con contraseña; guárdelo sin ella.")
        return kind
    if OUTLOOK in "".join(streams):
        raise UnknownFormat("Es un mensaje de Outlook (.msg): guárdelo como .eml o PDF.")
    raise UnknownFormat(f"Formato antiguo de Office que no se reconoce ({extension}); {SAVE_AS}.")


def _sniff_text(data: bytes, extension: str) -> str:
    """What has no mark of its own: pages, messages, and text if the name says so."""
    media_type = EXTENSIONS.get(extension)
    old = media_type in (DOC, RTF, XLS)
    # A page under the name of a PDF or DOCX is the error page of a download that failed.
    is_page = WEB_PAGE.match(data[: 4 * HEAD]) is not None
    if is_page or (old and WEB_FRAGMENT.match(data[:HEAD])):
        if media_type in (None, HTML, MARKDOWN, TEXT, EMAIL) or old:
            return HTML
        other = "una página web: quizá falló la descarga"
        raise UnknownFormat(f"El archivo termina en {extension}, pero su contenido es {other}.")
    headers = HEADERS.match(data[: 8 * HEAD])
    if headers and MAIL_HEADER.search(headers[0]):
        return EMAIL
    if media_type in (HTML, MARKDOWN, TEXT, EMAIL):
        return media_type
    if media_type in (DOC, RTF) and b"\x00" not in data:
        return TEXT  # some files called `.doc` are plain text; binary formats have zero bytes
    if media_type is None:
        shown = extension or "sin extensión"
        raise UnknownFormat(f"No se reconoce el formato ({shown}); {SAVE_AS}.")
    raise UnknownFormat(f"El archivo termina en {extension}, pero su contenido es otro.")
