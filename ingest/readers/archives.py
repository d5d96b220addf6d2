"""Tells what an archive holds before anything in it is unpacked, and refuses what would hurt.

Zip archives (Office, OpenDocument, EPUB) are judged by their directories: their type, and whether
they unpack to something reasonable. The OLE files of old Office are judged by the names of the
streams at their root, whose layout is that of [MS-CFB]: sectors chained by a table, the directory
a chain of entries.
"""

import io
import re
import struct
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO

from ingest.errors import Encrypted, TooLarge, Unreadable

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
ODP = "application/vnd.oasis.opendocument.presentation"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
EPUB = "application/epub+zip"
# Some programs number the main part; binary workbooks have `.bin`.
OFFICE_PART = re.compile(r"(word/document|ppt/presentation|xl/workbook)\d*\.(?:xml|bin)")
OFFICE_TYPES = {"word/document": DOCX, "ppt/presentation": PPTX, "xl/workbook": XLSX}
# OpenDocument (ODF 1.2, part 3, 3.3) and EPUB (OCF) store an entry `mimetype` first and
# uncompressed, so that a type can be read at a fixed place.
STATED_TYPE = re.compile(rb"\Amimetype(?:.{0,64}?)(application/[a-z0-9.+-]+)", re.DOTALL)
LOCAL_HEADER = 30  # bytes of a zip entry before its name
ENTRY_MARK = b"PK\x01\x02"  # begins each entry of the directory at the end of the file
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
    stated = STATED_TYPE.match(data[LOCAL_HEADER : LOCAL_HEADER + 200])
    if stated:  # templates of OpenDocument are read as the documents that they are
        kind = stated[1].decode("ascii").removesuffix("-template")
        return kind if kind in (ODT, ODP, ODS, EPUB, DOCX, PPTX, XLSX) else None
    try:
        with directory(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except Unreadable:  # cut off: the directory stands at the end, but each entry has its name too
        found = re.findall(rb"[a-z]{2,4}/[a-z]{8,12}\d*\.(?:xml|bin)", data)
        names = [name.decode("ascii") for name in found]
    parts = [match[1] for match in map(OFFICE_PART.fullmatch, names) if match]
    if parts:  # the last main part is the outermost: a presentation may carry a Word file inside
        return OFFICE_TYPES[parts[-1]]
    if "META-INF/container.xml" in names:
        return EPUB
    return ODT if {"content.xml", "META-INF/manifest.xml"} <= set(names) else None


def directory(stream: IO[bytes]) -> zipfile.ZipFile:
    """The archive, opened. Raises `TooLarge` or `Unreadable`; reads no entry."""
    # Counted first, because `zipfile` lists the whole directory when it opens an archive.
    marks, last = 0, b""
    stream.seek(0)
    while chunk := stream.read(CHUNK):
        marks += (last + chunk).count(ENTRY_MARK)
        last = chunk[-len(ENTRY_MARK) + 1 :]  # a mark may lie across the border of two chunks
    stream.seek(0)
    if marks > MOST_ENTRIES:
        raise TooLarge(f"El archivo contiene más de {MOST_ENTRIES} partes.")
    try:
        return zipfile.ZipFile(stream)
    except DAMAGES as error:
        raise Unreadable(f"El archivo está dañado o incompleto ({error}).") from error


MAX_ENTRIES = 5_000
MAX_BYTES = 200_000_000
MAX_RATIO = 100
SMALL_BYTES = 10_000_000  # below this no ratio can hurt: long tables do reach 100:1
ENCRYPTED_FLAG = 0x1  # bit 0 of an entry's general purpose flags (APPNOTE 4.4.4)


def check_archive(data: bytes) -> None:
    """Pass if the archive unpacks to something that we take.

    The sizes are those of the directory; `zipfile` never inflates an entry beyond them.
    Raises `TooLarge`, `Encrypted` or `Unreadable`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
        raise Unreadable(f"El archivo está dañado o incompleto ({error}).") from error
    check_entries(entries, MAX_BYTES)


def check_entries(entries: Sequence[zipfile.ZipInfo], most_bytes: int) -> None:
    """Pass if what a directory lists is within reason. Raises `TooLarge` or `Encrypted`."""
    if any(entry.flag_bits & ENCRYPTED_FLAG for entry in entries):
        raise Encrypted("El archivo está protegido con contraseña; guárdelo sin ella.")
    if len(entries) > MAX_ENTRIES:
        raise TooLarge(f"El archivo contiene {len(entries)} partes; se admiten {MAX_ENTRIES}.")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > most_bytes:
        raise TooLarge(
            f"El archivo ocupa {unpacked // 1_000_000} MB al descomprimirse;"
            f" se admiten {most_bytes // 1_000_000} MB."
        )
    if unpacked > SMALL_BYTES and unpacked > MAX_RATIO * packed:
        raise TooLarge(
            f"El archivo se expande más de {MAX_RATIO} veces al descomprimirse:"
            " parece una bomba de compresión."
        )


OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The offsets below are those of the header ([MS-CFB] 2.2) and of a directory entry (2.6).
OLE_HEADER_BYTES = 512
OLE_ENTRY_BYTES = 128
SECTOR_SHIFTS = (9, 12)  # sectors of 512 or 4,096 bytes
TABLE_SECTORS_IN_HEADER = 109  # table sectors that the header itself names
MOST_DIRECTORY_SECTORS = 4_096
FIRST_NO_SECTOR = 0xFFFFFFFA  # this and higher numbers name no sector
WORD_ENCRYPTED = 0x0100  # fEncrypted, [MS-DOC] 2.5.2
WORD_FLAGS_OFFSET = 10  # of the flags that hold it, in the main stream


def stream_names(data: bytes) -> dict[str, int]:
    """The root's own streams and storages, each with its first sector; empty if damaged."""
    try:
        entries = list(_ole_entries(data))
        return dict(_root_children(entries)) if entries else {}
    except struct.error:
        return {}


def word_is_locked(data: bytes, sector: int) -> bool:
    """Whether the Word file whose main stream starts there wants a password."""
    start = OLE_HEADER_BYTES + sector * OLE_HEADER_BYTES + WORD_FLAGS_OFFSET
    return len(data) >= start + 2 and bool(
        struct.unpack_from("<H", data, start)[0] & WORD_ENCRYPTED
    )


def _ole_entries(data: bytes) -> Iterator[bytes]:
    """The directory's entries in the order of their numbers."""
    (shift,) = struct.unpack_from("<H", data, 30)
    if shift not in SECTOR_SHIFTS:
        return
    size = 1 << shift
    (sector,) = struct.unpack_from("<I", data, 48)
    seen: set[int] = set()
    # A damaged or hostile chain may lead back into itself.
    while sector < FIRST_NO_SECTOR and sector not in seen and len(seen) < MOST_DIRECTORY_SECTORS:
        seen.add(sector)
        start = (sector + 1) * size  # the header fills the place of one sector
        content = data[start : start + size]
        for place in range(0, len(content) - OLE_ENTRY_BYTES + 1, OLE_ENTRY_BYTES):
            yield content[place : place + OLE_ENTRY_BYTES]
        sector = _next_sector(data, sector, size)


def _next_sector(data: bytes, sector: int, size: int) -> int:
    """The sector that follows; files over 7 MB with late directories end here."""
    table, place = divmod(sector, size // 4)
    if table < TABLE_SECTORS_IN_HEADER:
        (where,) = struct.unpack_from("<I", data, 76 + 4 * table)
        place = (where + 1) * size + 4 * place
        if where < FIRST_NO_SECTOR and place + 4 <= len(data):
            return int.from_bytes(data[place : place + 4], "little")
    return FIRST_NO_SECTOR


def _root_children(entries: list[bytes]) -> Iterator[tuple[str, int]]:
    """The tree of the root's children, walked without recursion; a loop in it ends."""
    waiting = [struct.unpack_from("<I", entries[0], 76)[0]]
    seen: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number >= len(entries) or number in seen:
            continue
        seen.add(number)
        entry = entries[number]
        (length,) = struct.unpack_from("<H", entry, 64)  # in bytes, with the zero at the end
        name = entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        left, right = struct.unpack_from("<II", entry, 68)
        yield name, struct.unpack_from("<I", entry, 116)[0]
        waiting += [left, right]
