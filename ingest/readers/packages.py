"""A zip archive to the kind of document that it is, from the names in its directory alone."""

import io
import re
import struct
import zipfile
from collections.abc import Iterator
from typing import IO

from ingest.errors import TooLarge, Unreadable

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
ODP = "application/vnd.oasis.opendocument.presentation"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
EPUB = "application/epub+zip"

# Some programs number the main part; binary workbooks have `.bin`.
OFFICE_PART = re.compile(r"(word/document|ppt/presentation|xl/workbook)\d*\.(?:xml|bin)")
OFFICE = {"word/document": DOCX, "ppt/presentation": PPTX, "xl/workbook": XLSX}
STATED = re.compile(rb"\Amimetype(?:.{0,64}?)(application/[a-z0-9.+-]+)", re.DOTALL)
LOCAL_HEADER = 30  # bytes of a zip entry before its name
ENTRY_MARK = b"PK\x01\x02"
MOST_ENTRIES = 100_000  # also those of stored archives inside; each costs some 600 bytes to list
CHUNK = 1 << 20
DAMAGES = (
    zipfile.BadZipFile,
    ValueError,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    struct.error,
)
"""What the standard library raises for zip archives that are not whole."""


def package_type(data: bytes) -> str | None:
    """The media type of an Office, OpenDocument or EPUB file; None for any other archive.

    Raises `TooLarge` for a directory without measure. An archive without a readable directory
    is judged by the names that stand in its bytes, so that its reader can say what is wrong.
    """
    stated = STATED.match(data[LOCAL_HEADER : LOCAL_HEADER + 200])
    names = [] if stated else _names(data)
    kind = stated[1].decode("ascii") if stated else _by_names(names)
    for known in (ODT, ODP, ODS, EPUB, DOCX, PPTX, XLSX):
        if kind.removesuffix("-template") == known:
            return known
    return None


def directory(stream: IO[bytes]) -> zipfile.ZipFile:
    """The archive, opened. Raises `TooLarge` or `Unreadable`; reads no entry."""
    if sum(_marks(stream)) > MOST_ENTRIES:
        raise TooLarge(f"El archivo contiene más de {MOST_ENTRIES} partes.")
    try:
        return zipfile.ZipFile(stream)
    except DAMAGES as error:
        raise Unreadable(f"El archivo está dañado o incompleto ({error}).") from error


def _marks(stream: IO[bytes]) -> Iterator[int]:
    """How many entries the archive can have at most, chunk by chunk."""
    stream.seek(0)
    last = b""
    while chunk := stream.read(CHUNK):
        yield (last + chunk).count(ENTRY_MARK)
        last = chunk[-len(ENTRY_MARK) + 1 :]
    stream.seek(0)


def _names(data: bytes) -> list[str]:
    try:
        with directory(io.BytesIO(data)) as archive:
            return archive.namelist()
    except Unreadable:
        found = re.findall(rb"[a-z]{2,4}/[a-z]{8,12}\d*\.(?:xml|bin)", data)
        return [name.decode("ascii") for name in found]


def _by_names(names: list[str]) -> str:
    """The last main part is the outermost: a presentation may carry a Word file inside."""
    parts = [match[1] for match in map(OFFICE_PART.fullmatch, names) if match]
    if parts:
        return OFFICE[parts[-1]]
    if "META-INF/container.xml" in names:
        return EPUB
    return ODT if {"content.xml", "META-INF/manifest.xml"} <= set(names) else ""
