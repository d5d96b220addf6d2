"""Given files and folders to the documents in them, each with a stable id."""

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from ingest.acronyms import ACRONYMS
from ingest.catalogue import CATALOGUE, Catalogue, Declared, read_catalogue
from ingest.errors import ReadError, SourceMissing, TooLarge
from ingest.readers import EXTENSIONS
from ingest.sandbox import MAX_FILE

# No reader takes these, but they are documents: they are reported as not read, not passed over.
OTHER_DOCUMENTS = frozenset(
    ".doc .dot .rtf .odt .odp .ppt .pps .pages .key .epub .mobi .wpd .ps .djvu .xps".split()
)
LOCKS = ("~$", ".~lock.")
LONGEST_SLUG = 80
HASH_LETTERS = 6


@dataclass(frozen=True, slots=True)
class Source:
    """One document as found. `key` becomes its id; `path` is below `root`, with slashes."""

    root: str
    path: str
    key: str
    file: str
    sha256: str
    size: int
    location: Path
    declared: Declared = field(default_factory=Declared)

    def read(self) -> bytes:
        """The bytes. Raises `TooLarge` before reading more than any reader takes."""
        if self.size > MAX_FILE:
            raise TooLarge(
                f"El archivo pesa {self.size / 1e6:.0f} MB; se admiten {MAX_FILE // 1_000_000} MB."
            )
        try:
            return self.location.read_bytes()
        except OSError as error:
            raise ReadError(f"No se pudo abrir el archivo: {error.strerror}.") from error


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is no document, or a catalogue entry without one, and why."""

    root: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """What the given paths hold; `roots` also names those without any document."""

    roots: tuple[str, ...]
    sources: tuple[Source, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class _File:
    """A document that has no key yet."""

    root: str
    path: str
    location: Path
    declared: Declared


def find_sources(
    paths: Sequence[Path], owners: Mapping[str, tuple[str, str]] | None = None
) -> Found:
    """The documents in each path, which is a root, in a fixed order; a root in another is not.

    `owners` tells which root and path each id of the index belongs to: a document keeps the id
    that it has and never takes another's. Raises `SourceMissing` or `CatalogueError`.
    """
    roots = _roots(paths)
    files: list[_File] = []
    skipped: list[Skipped] = []
    for root in roots:
        found = _walk(root) if root.is_dir() else [_File(str(root), root.name, root, Declared())]
        for item in found:
            if isinstance(item, _File):
                files.append(item)
            else:
                skipped.append(item)
    keys = _keys(files, owners or {}, set(map(str, roots)))
    sources: list[Source] = []
    for file in files:
        try:
            sources.append(_source(file, keys[file.root, file.path]))
        except OSError as error:
            skipped.append(Skipped(file.root, file.path, f"no se pudo abrir: {error.strerror}"))
    return Found(tuple(map(str, roots)), tuple(sources), tuple(skipped))


def _roots(paths: Sequence[Path]) -> list[Path]:
    for path in paths:
        if not path.exists():
            raise SourceMissing(f"No existe «{path}»: revise la ruta.")
    roots = sorted({path.resolve() for path in paths})
    return [root for root in roots if not any(other in root.parents for other in roots)]


def _walk(root: Path) -> Iterator[_File | Skipped]:
    """The documents below a folder, sorted, and what was passed over for a reason."""
    catalogue = read_catalogue(root)
    missing = set(catalogue.documents)
    failures: list[OSError] = []
    for folder, folders, files in os.walk(root, onerror=failures.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            location = Path(folder, name)
            path = location.relative_to(root).as_posix()
            missing.discard(path)
            reason = _reason_to_skip(root, location, path, catalogue)
            if reason is None:
                declared = catalogue.documents.get(path, Declared())
                yield _File(str(root), path, location, declared)
            elif reason:
                yield Skipped(str(root), path, reason)
    for failure in failures:
        yield Skipped(str(root), str(failure.filename), f"no se pudo abrir: {failure.strerror}")
    for path in sorted(missing):
        yield Skipped(str(root), path, "el catálogo lo nombra, pero no está en la carpeta")


def _reason_to_skip(root: Path, location: Path, path: str, catalogue: Catalogue) -> str | None:
    """Why the file is not read: "" if that needs no telling, None if it is read."""
    name = location.name
    if name.startswith((".", *LOCKS)) or path in (CATALOGUE, ACRONYMS):
        return ""
    if any(fnmatchcase(path, pattern) for pattern in catalogue.ignored):
        return ""
    if location.is_symlink() and not location.resolve().is_relative_to(root):
        return "enlace a un archivo fuera de la carpeta"
    if not location.is_file():
        return "no es un archivo"
    if path in catalogue.documents or _is_document(location):
        return None
    return "no es un tipo de documento"


def _is_document(location: Path) -> bool:
    suffix = location.suffix.lower()
    if suffix or not os.access(location, os.R_OK):
        return suffix in EXTENSIONS or suffix in OTHER_DOCUMENTS
    with location.open("rb") as stream:
        return stream.read(5) == b"%PDF-"


def _source(file: _File, key: str) -> Source:
    with file.location.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        size = stream.tell()
    name = PurePosixPath(file.path).name
    return Source(file.root, file.path, key, name, digest, size, file.location, file.declared)


def _keys(
    files: Sequence[_File], owners: Mapping[str, tuple[str, str]], roots: set[str]
) -> dict[tuple[str, str], str]:
    """The id of each document: the catalogue's, the one it has, or one made from its path."""
    present = {(file.root, file.path) for file in files}
    kept = {owner: key for key, owner in owners.items()}
    taken = {key for key, owner in owners.items() if owner[0] not in roots}
    keys: dict[tuple[str, str], str] = {}
    for file in sorted(files, key=lambda file: (file.declared.key is None, file.root, file.path)):
        place = file.root, file.path
        key = file.declared.key or kept.get(place) or _slug(file.path)
        owner = owners.get(key, place)
        others = owner != place and owner in present and not file.declared.key
        if key in taken or others:
            key = f"{key}-{_hash(*place)}"
        taken.add(key)
        keys[place] = key
    return keys


def _slug(path: str) -> str:
    """The path in lower-case ASCII letters, digits and hyphens."""
    letters = unicodedata.normalize("NFKD", path).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
    if len(slug) > LONGEST_SLUG:
        return f"{slug[:LONGEST_SLUG].rstrip('-')}-{_hash(path)}"
    return slug or f"documento-{_hash(path)}"


def _hash(*parts: str) -> str:
    text = "\0".join(unicodedata.normalize("NFC", part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:HASH_LETTERS]
