"""Lists and unpacks the files in archives and e-mails; their content is not parsed here.

This runs in the process that ingests, not in the sandbox: so only directories of archives and the
outline of messages are looked at, and every size is checked before memory is given to it.
"""

import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import ReadError, TooLarge, Unreadable
from ingest.readers.archives import DAMAGES, check_entries, directory, package_type
from ingest.readers.attachments import attachments
from ingest.readers.clean import INVISIBLE

ARCHIVE, MESSAGE = ".zip", ".eml"
MAX_ARCHIVE = 500_000_000  # bytes on disk; the directory alone stands in memory
MAX_UNPACKED = 1_000_000_000  # bytes that the directory promises: more is taken for a bomb
MAX_MEMBER = 50_000_000  # what the sandbox takes
METHODS = frozenset((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))  # the others may take gigabytes
UTF8_NAMES = 0x800  # general purpose bit 11 (APPNOTE.TXT 4.4.4); without it no code page is named
# What names were written in before UTF-8: the page of DOS that Windows still uses, or Windows'.
NAME_PAGES = ("cp850", "cp1252")
# What Spanish, Portuguese and Catalan names are made of: the right page shows more of them.
LETTERS = frozenset("áéíóúüñÁÉÍÓÚÜÑ¿¡ºªàèòçãõâêôÀÇÃÕ–")
UNIX = 3  # «version made by»: then the upper half of the attributes is a mode of `stat`


@dataclass(frozen=True, slots=True)
class Member:
    """One file in a container: `path` below it, its bytes if they were wanted.

    `refused` says why its name or kind forbids taking it, `fault` why it could not be read.
    """

    path: str
    data: bytes = b""
    refused: str = ""
    fault: str = ""


def is_container(location: Path) -> bool:
    """Whether other documents lie in the file; an e-mail is a document besides.

    An Office file that is called `.zip` is no container. Raises `OSError`.
    """
    suffix = location.suffix.lower()
    if suffix != ARCHIVE or location.stat().st_size > MAX_MEMBER:
        return suffix in (ARCHIVE, MESSAGE)
    # A DOCX called `.zip` would else be searched for documents and never be read itself.
    data = location.read_bytes()
    try:
        return not data.startswith(b"PK") or package_type(data) is None
    except ReadError:
        return True


def members(location: Path, wanted: Callable[[str], bool]) -> Iterator[Member]:
    """The files in a container in its own order; only the `wanted` ones are inflated.

    Folders, hidden files and what macOS adds are passed over. Raises `ReadError` if the container
    as a whole cannot be read, and `OSError`.
    """
    size = location.stat().st_size
    if location.suffix.lower() == MESSAGE:
        if size > MAX_MEMBER:
            raise TooLarge(f"El mensaje pesa {size // 1_000_000} MB: no se buscan sus adjuntos.")
        for name, content in attachments(location.read_bytes()):
            try:
                yield Member(name, content() if wanted(name) else b"")
            except Unreadable as error:
                yield Member(name, fault=str(error))
        return
    if size > MAX_ARCHIVE:
        raise TooLarge(
            f"El paquete pesa {size // 1_000_000} MB; se admiten {MAX_ARCHIVE // 1_000_000} MB."
        )
    with location.open("rb") as stream, directory(stream) as archive:
        check_entries(archive.infolist(), MAX_UNPACKED)
        yield from _unzipped(archive, wanted)


def read_member(location: Path, path: str) -> bytes:
    """The bytes of one file in a container. Raises `ReadError` or `OSError`."""
    for member in members(location, lambda name: name == path):
        if member.path == path and not member.refused:
            if member.fault:
                raise Unreadable(member.fault)
            return member.data
    raise Unreadable("El documento ya no está en su paquete.")


def _unzipped(archive: zipfile.ZipFile, wanted: Callable[[str], bool]) -> Iterator[Member]:
    # Of two entries of one name, programs differ in which they show; the first stands for it here.
    seen: set[str] = set()
    for entry in archive.infolist():
        path = _path(entry)
        parts = path.split("/")
        hidden = any(part.startswith(".") and part not in (".", "..") for part in parts)
        if entry.is_dir() or hidden or "__MACOSX" in parts:  # macOS adds copies there
            continue
        refused = "nombre repetido en el paquete" if path in seen else _refusal(entry, path)
        seen.add(path)
        if refused or not wanted(path):
            yield Member(path, refused=refused)
        else:
            yield _inflated(archive, entry, path)


def _inflated(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: str) -> Member:
    """The member with its bytes; `zipfile` gives no more of them than its directory says."""
    if entry.file_size > MAX_MEMBER:
        size = f"pesa {entry.file_size / 1e6:.0f} MB; se admiten {MAX_MEMBER // 1_000_000} MB"
        return Member(path, fault=f"El archivo {size}.")
    if entry.compress_type not in METHODS:
        return Member(path, fault="El paquete usa una compresión que no se admite: use ZIP normal.")
    try:
        return Member(path, archive.read(entry))
    except (*DAMAGES, zlib.error, RuntimeError) as error:  # `zipfile` says so of a password
        return Member(path, fault=f"Está dañado dentro de su paquete ({error}).")


def _path(entry: zipfile.ZipInfo) -> str:
    """The name as its author wrote it, with slashes, in NFC."""
    name = entry.filename
    # `zipfile` decodes such names as cp437, which gives every byte a letter: so they come back.
    if not entry.flag_bits & UTF8_NAMES:
        name = decoded(name.encode("cp437"))
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def decoded(raw: bytes) -> str:
    """A name in UTF-8, or in whichever older page makes more letters of it."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        names = [raw.decode(page, "replace") for page in NAME_PAGES]
        return max(names, key=lambda name: sum(letter in LETTERS for letter in name))


def _refusal(entry: zipfile.ZipInfo, path: str) -> str:
    """Why the entry must not be taken; "" if it may."""
    # Nothing is ever written under these names, but they become paths that people see and that are
    # joined to the folder: «../», absolute ones and drives must not lead out of it.
    parts = path.split("/")
    if ".." in parts or "." in parts or "" in parts or ":" in parts[0] or INVISIBLE.search(path):
        return "ruta no admitida dentro del paquete"
    if entry.create_system == UNIX and stat.S_ISLNK(entry.external_attr >> 16):
        return "enlace dentro del paquete"
    return ""
