"""Given files and folders to the documents in them, each with a stable id."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from ingest.acronyms import ACRONYMS
from ingest.catalogue import CATALOGUE, Catalogue, Declared, read_catalogue
from ingest.containers import ARCHIVE, MESSAGE, Member, is_container, members, read_member
from ingest.errors import ReadError, TooLarge
from ingest.keys import make_keys
from ingest.readers import EXTENSIONS
from ingest.sandbox import MAX_FILE
from ingest.scope import Place, Scope, absorbed_roots, location_of, make_scopes

# No reader takes these, but they are documents: they are reported as not read, not passed over.
OTHER_DOCUMENTS = frozenset(".msg .pages .key .mobi .wpd .ps .djvu .xps .rar .7z".split())
SUFFIXES = OTHER_DOCUMENTS | EXTENSIONS.keys() | {ARCHIVE}
LOCKS = ("~$", ".~lock.")
KIND = "no es un tipo de documento"
PACKAGE = "es un paquete: el catálogo ha de nombrar los documentos que contiene"
ABSENT = "el catálogo lo nombra, pero no está en la carpeta"
NESTED = "es un paquete dentro de otro: descomprímalo en la carpeta"


@dataclass(frozen=True, slots=True)
class Source:
    """One document as found. `key` becomes its id; `path` is below `root`, with slashes.

    `location` is the file; a document packed in it is its `member`. `fault` says why there is
    something here that cannot be read.
    """

    root: str
    path: str
    key: str
    file: str
    sha256: str
    size: int
    location: Path
    declared: Declared = field(default_factory=Declared)
    member: str = ""
    fault: str = ""

    @property
    def place(self) -> Place:
        """Its root and path."""
        return self.root, self.path

    def read(self) -> bytes:
        """The bytes. Raises `TooLarge` before reading more than any reader takes."""
        if self.fault:
            raise ReadError(self.fault)
        if self.size > MAX_FILE:
            raise TooLarge(
                f"El archivo pesa {self.size / 1e6:.0f} MB; se admiten {MAX_FILE // 1_000_000} MB."
            )
        try:
            if self.member:
                return read_member(self.location, self.member)
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
    """What the given paths hold; `roots` also names those without any document, `absorbed` those
    of the index whose documents now belong to one of them."""

    roots: tuple[str, ...]
    sources: tuple[Source, ...]
    skipped: tuple[Skipped, ...]
    scopes: tuple[Scope, ...] = ()
    absorbed: tuple[str, ...] = ()

    def covers(self, place: Place) -> bool:
        """Whether the place lies within what was looked at, under whatever root."""
        location = location_of(place)
        return any(scope.given in (location, *location.parents) for scope in self.scopes)


def find_sources(paths: Sequence[Path], owners: Mapping[str, Place] | None = None) -> Found:
    """The documents in each path, also those packed in archives and e-mails, in a fixed order.

    A document belongs to the outermost folder that was ever given. `owners` tells which root and
    path each id of the index belongs to: who gives `/a` after `/a/b` sees the documents of the
    second root taken over by the first, who gives `/a/b` after `/a` sees that part of `/a` brought
    up to date. A document keeps the id that it has, also then, and never takes another's.
    Raises `SourceMissing` or `CatalogueError`.
    """
    owners = owners or {}
    scopes = make_scopes(paths, owners.values())
    items = [item for scope in scopes for item in _walk(scope)]
    found = Found(
        roots=tuple(dict.fromkeys(str(scope.root) for scope in scopes)),
        sources=tuple(item for item in items if isinstance(item, Source)),
        skipped=tuple(item for item in items if isinstance(item, Skipped)),
        scopes=scopes,
        absorbed=absorbed_roots(scopes, owners.values()),
    )
    declared = {source.place: source.declared.key for source in found.sources}
    keys = make_keys(declared, owners, found.covers)
    sources = tuple(replace(source, key=keys[source.place]) for source in found.sources)
    return replace(found, sources=sources)


def _walk(scope: Scope) -> Iterator[Source | Skipped]:
    """The documents in a scope, sorted, and what was passed over for a reason."""
    walk = _Walk(scope, read_catalogue(scope.root))
    failures: list[OSError] = []
    seen: set[str] = set()
    for location in _locations(scope.given, failures):
        seen.add(walk.path(location))
        for item in walk.file(location):
            seen.add(item.path)
            yield item
    for failure in failures:
        yield Skipped(str(scope.root), str(failure.filename), _not_opened(failure))
    for path in sorted(walk.catalogue.documents.keys() - seen):
        if scope.base / path == scope.given or scope.given in (scope.base / path).parents:
            yield Skipped(str(scope.root), path, ABSENT)


def _locations(given: Path, failures: list[OSError]) -> Iterator[Path]:
    """The given file, or the files below the given folder."""
    if not given.is_dir():
        yield given
        return
    for folder, folders, files in os.walk(given, onerror=failures.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(files))


@dataclass(frozen=True, slots=True)
class _Walk:
    """What is known while one scope is walked."""

    scope: Scope
    catalogue: Catalogue

    def path(self, location: Path) -> str:
        """The path of a document below the root."""
        return location.relative_to(self.scope.base).as_posix()

    def file(self, location: Path) -> Iterator[Source | Skipped]:
        """The document in a file, and those packed in it; or why there is none."""
        source = self._unread(location, self.path(location))
        reason = self._reason_to_skip(location, source.path)
        if reason:
            yield Skipped(source.root, source.path, reason)
        if reason is not None:
            return
        try:
            packed = is_container(location)
            if not packed or location.suffix.lower() == MESSAGE:
                yield _hashed(source)
            elif source.path in self.catalogue.documents:
                yield Skipped(source.root, source.path, PACKAGE)
            if packed:
                yield from self._members(source)
        except OSError as error:
            yield Skipped(source.root, source.path, _not_opened(error))

    def _unread(self, location: Path, path: str) -> Source:
        """The document of which only the place is known."""
        declared = self.catalogue.documents.get(path, Declared())
        name = PurePosixPath(path).name
        return Source(str(self.scope.root), path, "", name, "", 0, location, declared)

    def _members(self, container: Source) -> Iterator[Source | Skipped]:
        """The documents in a container; one that cannot be opened is a document with a fault."""

        def why_not(inner: str) -> str | None:
            reason = self._why_not(f"{container.path}/{inner}")
            return NESTED if reason is None and inner.lower().endswith(ARCHIVE) else reason

        try:
            for member in members(container.location, lambda inner: why_not(inner) is None):
                path = f"{container.path}/{member.path}"
                reason = member.refused or why_not(member.path)
                if reason:
                    yield Skipped(container.root, path, reason)
                elif reason is None:
                    yield _packed(self._unread(container.location, path), member)
        except ReadError as error:
            if container.location.suffix.lower() == MESSAGE:  # the message itself may well be read
                yield Skipped(container.root, container.path, f"adjuntos no leídos: {error}")
            else:
                yield replace(container, fault=str(error))

    def _reason_to_skip(self, location: Path, path: str) -> str | None:
        """Why the file is not read: "" if that needs no telling, None if it is read."""
        reason = self._why_not(path)
        if location == self.scope.given:
            return None
        if reason == "" or path in (CATALOGUE, ACRONYMS):
            return ""
        if location.is_symlink() and not location.resolve().is_relative_to(self.scope.base):
            return "enlace a un archivo fuera de la carpeta"
        if not location.is_file():
            return "no es un archivo"
        return None if _is_bare_pdf(location) else reason

    def _why_not(self, path: str) -> str | None:
        """Why a document of this name is not read: "" if that needs no telling, None if it is."""
        name = PurePosixPath(path)
        if name.name.startswith((".", *LOCKS)):
            return ""
        if any(fnmatchcase(path, pattern) for pattern in self.catalogue.ignored):
            return ""
        return None if name.suffix.lower() in SUFFIXES or path in self.catalogue.documents else KIND


def _hashed(source: Source) -> Source:
    with source.location.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return replace(source, sha256=digest, size=stream.tell())


def _packed(source: Source, member: Member) -> Source:
    """A member as a document; a damaged one says so when it is read."""
    if member.fault:
        return replace(source, member=member.path, fault=member.fault)
    digest = hashlib.sha256(member.data).hexdigest()
    return replace(source, member=member.path, sha256=digest, size=len(member.data))


def _is_bare_pdf(location: Path) -> bool:
    """A PDF whose name has no extension, as some sites send them."""
    if location.suffix or not os.access(location, os.R_OK):
        return False
    with location.open("rb") as stream:
        return stream.read(5) == b"%PDF-"


def _not_opened(error: OSError) -> str:
    return f"no se pudo abrir: {error.strerror}"
