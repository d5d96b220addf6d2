"""An OLE file (old Office) to the names of the streams at its root.

The layout is that of [MS-CFB]: sectors chained by a table, the directory a chain of entries.
"""

import struct
from collections.abc import Iterator

OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEADER = 512
ENTRY = 128
SHIFTS = (9, 12)  # sectors of 512 or 4,096 bytes
IN_HEADER = 109  # table sectors that the header itself names
MOST_SECTORS = 4_096  # of the directory: half a million streams
NONE = 0xFFFFFFFA  # this and higher numbers name no sector
LOCKED_WORD = 0x0100  # fEncrypted, [MS-DOC] 2.5.2
FLAGS_PLACE = 10


def stream_names(data: bytes) -> dict[str, int]:
    """The root's own streams and storages, each with its first sector; empty if damaged."""
    try:
        entries = list(_entries(data))
        return dict(_children(entries)) if entries else {}
    except struct.error:
        return {}


def word_is_locked(data: bytes, sector: int) -> bool:
    """Whether the Word file whose main stream starts there wants a password."""
    start = HEADER + sector * HEADER + FLAGS_PLACE
    return len(data) >= start + 2 and bool(struct.unpack_from("<H", data, start)[0] & LOCKED_WORD)


def _entries(data: bytes) -> Iterator[bytes]:
    """The directory's entries in the order of their numbers."""
    (shift,) = struct.unpack_from("<H", data, 30)
    if shift not in SHIFTS:
        return
    size = 1 << shift
    (sector,) = struct.unpack_from("<I", data, 48)
    seen: set[int] = set()
    while sector < NONE and sector not in seen and len(seen) < MOST_SECTORS:
        seen.add(sector)
        start = (sector + 1) * size
        content = data[start : start + size]
        yield from (content[n : n + ENTRY] for n in range(0, len(content) - ENTRY + 1, ENTRY))
        sector = _next(data, sector, size)


def _next(data: bytes, sector: int, size: int) -> int:
    """The sector that follows; files over 7 MB with late directories end here."""
    table, place = divmod(sector, size // 4)
    if table >= IN_HEADER:
        return NONE
    (where,) = struct.unpack_from("<I", data, 76 + 4 * table)
    if where >= NONE:
        return NONE
    place = (where + 1) * size + 4 * place
    return int.from_bytes(data[place : place + 4], "little") if place + 4 <= len(data) else NONE


def _children(entries: list[bytes]) -> Iterator[tuple[str, int]]:
    """The tree of the root's children, walked without recursion; a loop in it ends."""
    waiting = [struct.unpack_from("<I", entries[0], 76)[0]]
    seen: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number >= len(entries) or number in seen:
            continue
        seen.add(number)
        entry = entries[number]
        (length,) = struct.unpack_from("<H", entry, 64)
        name = entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        left, right = struct.unpack_from("<II", entry, 68)
        yield name, struct.unpack_from("<I", entry, 116)[0]
        waiting += [left, right]
