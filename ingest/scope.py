"""Given paths, and the places of what is indexed, to the roots that documents belong to."""

import re
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import SourceMissing, cause_of

Place = tuple[str, str]
"""A root and a path below it, both as `shown_path` writes them; the path of a document that was
given by itself is its name."""
# Bytes that are no UTF-8 (halves of surrogate pairs in Python), control characters, and marks that
# end a line or turn the direction of writing: neither the database nor JSON takes the first, and a
# terminal obeys the others. A backslash that would read like one of them is written so as well.
UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
    r"|\\(?=x[0-9a-f]{2}|u[0-9a-f]{4})"
)
WRITTEN = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})")
RAW = 0xDC00  # what Python adds to a byte of a name that is no UTF-8 (PEP 383)


@dataclass(frozen=True, slots=True)
class Scope:
    """A given path, and the root that the documents in it belong to."""

    root: Path
    given: Path

    @property
    def base(self) -> Path:
        """The folder that paths start from."""
        return base_of(self.root)


def make_scopes(paths: Sequence[Path], held: Iterable[Place]) -> tuple[Scope, ...]:
    """One scope for each path that is not within another, in a fixed order.

    A document belongs to the outermost folder that was ever given: to one of these paths, or to a
    root of the index (`held`) around it. Raises `SourceMissing`.
    """
    for path in paths:
        try:
            there = path.exists()
        except OSError as error:  # in a folder that must not be entered, on a disk that is ill
            raise SourceMissing(f"«{path}»: {cause_of(error)}") from error
        if not there:
            raise SourceMissing(f"No existe «{path}»: revise la ruta.")
    places = sorted({path.resolve() for path in paths})
    outermost = [place for place in places if not any(other in place.parents for other in places)]
    roots = {real_path(root) for root, _ in held}
    return tuple(Scope(_root_of(place, roots), place) for place in outermost)


def absorbed_roots(scopes: Sequence[Scope], held: Iterable[Place]) -> tuple[str, ...]:
    """The roots of the index whose documents all belong to another root from now on."""
    roots = sorted({root for root, _ in held} - {shown_path(scope.root) for scope in scopes})
    return tuple(
        root for root in roots if any(scope.given in real_path(root).parents for scope in scopes)
    )


def base_of(root: Path) -> Path:
    """The folder that paths of a root start from: of a single file, the one it is in."""
    try:
        return root if stat.S_ISDIR(root.stat().st_mode) else root.parent
    except OSError:  # gone, or out of reach now
        return root


def location_of(place: Place) -> Path:
    """Where a document is on disk, under whatever root; one in a package is below that file."""
    root, path = place
    return base_of(real_path(root)) / real_path(path)


def shown_path(path: Path | str) -> str:
    """The path with slashes as text that can be stored, printed and sent: «a\\xf1o.txt» for a
    name in Latin-1. No two paths are shown alike."""
    text = path if isinstance(path, str) else path.as_posix()
    return UNPRINTABLE.sub(lambda found: _written(ord(found[0])), text)


def real_path(shown: str) -> Path:
    """The path that `shown_path` shows so."""
    return Path(WRITTEN.sub(_unwritten, shown))


def _written(point: int) -> str:
    byte = point - RAW if point >= RAW + 0x80 else point
    return f"\\x{byte:02x}" if byte < 0x80 or byte != point else f"\\u{point:04x}"


def _unwritten(found: re.Match[str]) -> str:
    if found[2]:
        return chr(int(found[2], 16))
    byte = int(found[1], 16)
    return chr(byte if byte < 0x80 else RAW + byte)


def _root_of(place: Path, roots: set[Path]) -> Path:
    around = [folder for folder in place.parents if folder in roots and folder.is_dir()]
    return around[-1] if around else place
