"""Finds the documents in given files and folders, and gives each a stable id.

A document is named by its place, a root and a path below it. Names on a disk are bytes and may be
anything; inside the house every path is text as `shown_path` writes it, which leads back to the
bytes. Whatever cannot be opened becomes a source with a fault: one file never ends an ingest.
"""

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from ingest.catalogue import ACRONYMS, CATALOGUE, Catalogue, Declared, read_catalogue
from ingest.containers import ARCHIVE, MESSAGE, decoded, is_container, members, read_member
from ingest.errors import ReadError, SourceMissing, TooLarge, Unreadable, cause_of
from ingest.formats import EXTENSIONS
from ingest.sandbox.pool import MAX_FILE

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
ESCAPED = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})")
SURROGATE_ESCAPE = 0xDC00  # what Python adds to a byte of a name that is no UTF-8 (PEP 383)
# No reader takes these, but they are documents: they are reported as not read, not passed over.
OTHER_DOCUMENTS = frozenset(".msg .pages .key .mobi .wpd .ps .djvu .xps .rar .7z".split())
SUFFIXES = OTHER_DOCUMENTS | EXTENSIONS.keys() | {ARCHIVE}
LOCKS = ("~$", ".~lock.")  # what Word and LibreOffice leave beside a file that is open
LONGEST_SLUG = 80  # letters: ids stand in addresses, and paths may have thousands
HASH_LETTERS = 6  # 16 million values for the few paths of one slug
# Why something is passed over, as the report says it.
NO_DOCUMENT = "no es un tipo de documento"
PACKAGE = "es un paquete: el catálogo ha de nombrar los documentos que contiene"
NOT_THERE = "el catálogo lo nombra, pero no está en la carpeta"
NESTED = "es un paquete dentro de otro: descomprímalo en la carpeta"
OUTSIDE = "enlace a un archivo fuera de la carpeta"
LINKED_FOLDER = "enlace a una carpeta: no se sigue"
NO_FILE = "No es un archivo, sino una tubería, un conector o un dispositivo."


@dataclass(frozen=True, slots=True)
class Scope:
    """A given path, and the root that the documents in it belong to."""

    root: Path
    given: Path

    @property
    def base(self) -> Path:
        """The folder that paths start from."""
        return base_of(self.root)


@dataclass(frozen=True, slots=True)
class Source:
    """One document as found. `key` becomes its id; `path` is below `root`, both as `shown_path`
    writes them; `file` is its name, guessed where it is in an old code page.

    `location` is the file; a document packed in it is its `member`. `fault` says why there is
    something here that cannot be read; a folder that cannot be listed is such a thing too.
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

    @property
    def warnings(self) -> tuple[str, ...]:
        """What there is to tell of its name."""
        if real_path(self.path).as_posix() == self.path:
            return ()
        return (f"su nombre no se puede escribir tal como es: aquí figura como «{self.path}»",)

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
            raise ReadError(cause_of(error)) from error


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
        # By location on disk: a document that was once a root of its own lies in this one too.
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
    roots = tuple(dict.fromkeys(shown_path(scope.root) for scope in scopes))
    # Roots of the index whose documents all belong to another root from now on.
    others = sorted({root for root, _ in owners.values()} - set(roots))
    found = Found(
        roots=roots,
        sources=tuple(item for item in items if isinstance(item, Source)),
        skipped=tuple(item for item in items if isinstance(item, Skipped)),
        scopes=scopes,
        absorbed=tuple(
            root
            for root in others
            if any(scope.given in real_path(root).parents for scope in scopes)
        ),
    )
    declared = {source.place: source.declared.key for source in found.sources}
    # Ids come last: which are free depends on all documents that are there.
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
        yield from walk.folder(failure)
    # Of what the catalogue names and nobody has, only that which should lie in the given part.
    for path in sorted(walk.catalogue.documents.keys() - seen):
        location = scope.base / real_path(path)
        if scope.given in (location, *location.parents):
            yield Skipped(shown_path(scope.root), path, NOT_THERE)


def _locations(given: Path, failures: list[OSError]) -> Iterator[Path]:
    """The given file, or the files below the given folder, and links to folders: a link to its own
    parent would lead around for ever, so none is followed."""
    if not given.is_dir():
        yield given
        return
    for folder, folders, files in os.walk(given, onerror=failures.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        # Not `Path.is_symlink`, which raises where a path is too long.
        links = [name for name in folders if os.path.islink(Path(folder, name))]  # noqa: PTH114
        yield from (Path(folder, name) for name in sorted((*files, *links)))


@dataclass(frozen=True, slots=True)
class _Walk:
    """What is known while one scope is walked."""

    scope: Scope
    catalogue: Catalogue

    def path(self, location: Path) -> str:
        """The path of a document below the root."""
        return shown_path(location.relative_to(self.scope.base))

    def folder(self, failure: OSError) -> Iterator[Source]:
        """A folder that cannot be listed, unless it is ignored: a document with a fault."""
        location = Path(failure.filename or self.scope.given)
        if location == self.scope.given or self._why_not(self.path(location)) != "":
            yield replace(self._unread(location, self.path(location)), fault=cause_of(failure))

    def file(self, location: Path) -> Iterator[Source | Skipped]:
        """The document in a file, and those packed in it; or why there is none."""
        source = self._unread(location, self.path(location))
        try:
            reason = self._reason_to_skip(location, source.path)
            packed = reason is None and is_container(location)
            # An e-mail is read itself besides what is attached to it; an archive has no text.
            whole = reason is None and (not packed or location.suffix.lower() == MESSAGE)
            if whole:
                with location.open("rb") as stream:  # in pieces: it may be larger than memory
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
                    source = replace(source, sha256=digest, size=stream.tell())
        except (ReadError, OSError) as error:
            yield replace(source, fault=cause_of(error))
            return
        if whole:
            yield source
        elif packed and source.path in self.catalogue.documents:
            reason = PACKAGE
        if reason:
            yield Skipped(source.root, source.path, reason)
        if packed:
            yield from self._members(source)

    def _unread(self, location: Path, path: str) -> Source:
        """The document of which only the place is known."""
        declared = self.catalogue.documents.get(path, Declared())
        # A name that is not UTF-8 comes from an old disk or archive: its letters are guessed, for
        # people to read, while the path keeps its bytes.
        name = real_path(path).name or location.name
        file = shown_path(decoded(name.encode("utf-8", "surrogateescape")))
        return Source(shown_path(self.scope.root), path, "", file, "", 0, location, declared)

    def _members(self, container: Source) -> Iterator[Source | Skipped]:
        """The documents in a container; one that cannot be opened is a document with a fault."""

        def why_not(inner: str) -> str | None:
            reason = self._why_not(f"{container.path}/{shown_path(inner)}")
            return NESTED if reason is None and inner.lower().endswith(ARCHIVE) else reason

        try:
            for member in members(container.location, lambda inner: why_not(inner) is None):
                path = f"{container.path}/{shown_path(member.path)}"
                reason = member.refused or why_not(member.path)
                if reason:
                    yield Skipped(container.root, path, reason)
                elif reason is None:
                    source = replace(self._unread(container.location, path), member=member.path)
                    if member.fault:  # it says so when it is read
                        yield replace(source, fault=member.fault)
                    else:
                        digest = hashlib.sha256(member.data).hexdigest()
                        yield replace(source, sha256=digest, size=len(member.data))
        except (ReadError, OSError) as error:
            if container.location.suffix.lower() == MESSAGE:  # the message itself may well be read
                reason = f"adjuntos no leídos: {cause_of(error)}"
                yield Skipped(container.root, container.path, reason)
            else:
                yield replace(container, fault=cause_of(error))

    def _reason_to_skip(self, location: Path, path: str) -> str | None:
        """Why the file is not read: "" if that needs no telling, None if it is read.

        Raises `OSError` for what cannot be opened and `Unreadable` for what is no file, where the
        name promises a document or leaves it open: opening a pipe would wait for ever.
        """
        reason = self._why_not(path)
        given = location == self.scope.given
        if not given:
            if reason == "" or path in (CATALOGUE, ACRONYMS):
                return ""
            if location.is_dir():
                return LINKED_FOLDER
            # Not `Path.resolve`: of a link to itself it makes an error that is no `OSError`.
            target = Path(os.path.realpath(location))
            if location.is_symlink() and not target.is_relative_to(self.scope.base):
                return OUTSIDE
            if reason and location.suffix:
                return reason
        if not stat.S_ISREG(location.stat().st_mode):
            raise Unreadable(NO_FILE)
        if given or not reason:
            return None
        # Some sites send a PDF whose name has no extension.
        with location.open("rb") as stream:
            return None if stream.read(5) == b"%PDF-" else reason

    def _why_not(self, path: str) -> str | None:
        """Why a document of this name is not read: "" if that needs no telling, None if it is."""
        name = PurePosixPath(path)
        if name.name.startswith((".", *LOCKS)):
            return ""
        if any(fnmatchcase(path, pattern) for pattern in self.catalogue.ignored):
            return ""
        return (
            None
            if name.suffix.lower() in SUFFIXES or path in self.catalogue.documents
            else NO_DOCUMENT
        )


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
    scopes = []
    for place in outermost:
        # `parents` goes outwards: the last is the outermost.
        around = [folder for folder in place.parents if folder in roots and folder.is_dir()]
        scopes.append(Scope(around[-1] if around else place, place))
    return tuple(scopes)


def make_keys(
    declared: Mapping[Place, str | None],
    owners: Mapping[str, Place],
    covers: Callable[[Place], bool],
) -> dict[Place, str]:
    """The id of each place: the catalogue's, the one that the document there has, or a new one.

    `owners` are the places of the ids in the index; those that the ingest `covers` are free again
    unless their document is still there. The same document under another root keeps its id.
    """
    # A place that two roots once indexed has two ids: the one of the root that counts now wins,
    # else the first by name.
    kept = {location_of(owners[key]): key for key in sorted(owners, reverse=True)}
    kept |= {location_of(owner): key for key, owner in owners.items() if owner in declared}
    present = set(map(location_of, declared))
    taken = {key for key, owner in owners.items() if not covers(owner)}
    keys: dict[Place, str] = {}
    # Those that the catalogue names come first: an id made from a path must not take their key.
    for place in sorted(declared, key=lambda place: (declared[place] is None, place)):
        here, chosen = location_of(place), declared[place]
        key = chosen or kept.get(here) or _slug(place[1])
        # A made id never takes one whose document is still there: «guía.txt» beside «guia.txt»
        # keeps its own when the other goes.
        owner = location_of(owners.get(key, place))
        others = owner != here and owner in present and not chosen
        if key in taken or others:
            key = f"{key}-{_hash(*place)}"
        taken.add(key)
        keys[place] = key
    return keys


def _slug(path: str) -> str:
    """The path in lower-case ASCII letters, digits and hyphens."""
    # What ASCII cannot write is left out and parts no words, unlike in `plain`: people and
    # judgements know documents by these names.
    letters = unicodedata.normalize("NFKD", path).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
    if len(slug) > LONGEST_SLUG:
        return f"{slug[:LONGEST_SLUG].rstrip('-')}-{_hash(path)}"
    return slug or f"documento-{_hash(path)}"


def _hash(*parts: str) -> str:
    # macOS hands out decomposed names; the same file copied from there must have the same id.
    text = "\0".join(unicodedata.normalize("NFC", part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:HASH_LETTERS]


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
    return UNPRINTABLE.sub(lambda found: _escaped(ord(found[0])), text)


def real_path(shown: str) -> Path:
    """The path that `shown_path` shows so."""
    return Path(ESCAPED.sub(_unescaped, shown))


def _escaped(point: int) -> str:
    # A byte that is not UTF-8 is «\xf1», any other sign «\u202e»: so the way back is clear.
    byte = point - SURROGATE_ESCAPE if point >= SURROGATE_ESCAPE + 0x80 else point
    return f"\\x{byte:02x}" if byte < 0x80 or byte != point else f"\\u{point:04x}"


def _unescaped(found: re.Match[str]) -> str:
    if found[2]:
        return chr(int(found[2], 16))
    byte = int(found[1], 16)
    return chr(byte if byte < 0x80 else SURROGATE_ESCAPE + byte)
