"""The gate before every Office file: what its zip directory promises must be within reason."""

import io
import zipfile
from collections.abc import Sequence

from ingest.errors import Encrypted, TooLarge, Unreadable

MAX_ENTRIES = 5_000
MAX_BYTES = 200_000_000
MAX_RATIO = 100
SMALL_BYTES = 10_000_000  # below this no ratio can hurt: long tables do reach 100:1
ENCRYPTED_FLAG = 0x1


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
