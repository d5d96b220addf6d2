"""Keeps the original files of documents, and images of their pages as a cache, beside the index.

`<index>/originals/<sha256>` and `<index>/previews/<first two>/<sha256>-<page>-<width>.webp`. Both
are named for the content of the original, so that nothing in them ever changes.
"""

import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# Nothing else may name a place below the folder of originals.
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Picture:
    """Which image of which page: so many pixels wide, of the original with that content."""

    sha256: str
    page: int
    width: int


def original_file(index: Path, sha256: str) -> Path | None:
    """Where the source file of a document lies, or None where the index does not hold it."""
    if not _SHA256.fullmatch(sha256):
        return None
    path = index / "originals" / sha256
    return path if path.is_file() else None


def keep_original(index: Path, sha256: str, data: bytes) -> None:
    """Keep a source file by its content, once."""
    # The same file in two folders is kept once.
    path = index / "originals" / sha256
    if not path.is_file():
        _write(path, data)


def read_picture(index: Path, picture: Picture) -> bytes | None:
    """The image of a page if it has been kept. Whether it is whole is for the caller to see."""
    try:
        return _place(index, picture).read_bytes()
    except OSError:
        return None


def keep_picture(index: Path, picture: Picture, data: bytes) -> None:
    """Keep the image of a page; it appears whole or not at all. Raises `OSError`."""
    _write(_place(index, picture), data)


def forget_files(index: Path, kept: set[str]) -> None:
    """Drop the originals that no document comes from any more, and the images of their pages."""
    for path in (index / "originals").glob("*"):
        if path.name not in kept:
            path.unlink()
    for path in (index / "previews").glob("*/*"):
        if path.name.partition("-")[0] not in kept:
            with suppress(OSError):  # a cache that another user fills must not stop publishing
                path.unlink()


def _place(index: Path, picture: Picture) -> Path:
    name = f"{picture.sha256}-{picture.page}-{picture.width}.webp"
    return index / "previews" / picture.sha256[:2] / name


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}-{secrets.token_hex(4)}.tmp")  # writers may meet
    try:
        aside.write_bytes(data)
        aside.replace(path)
    except OSError:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise
