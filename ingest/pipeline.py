"""Sources to the index: the whole story of an ingest, on one screen in `ingest`."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ingest.acronyms import read_acronyms
from ingest.agenda import agenda_items
from ingest.describe import describe
from ingest.errors import ReadError
from ingest.language import detect_language
from ingest.passages import make_pages, make_passages
from ingest.readers import sniff
from ingest.sandbox import Sandbox
from ingest.sources import Found, Skipped, Source, find_sources
from search.embed import Embedder
from search.entries import make_entry
from search.index import Index
from search.spanish import ANALYSIS_VERSION
from search.types import Document, Draft, Entry, Reading

READING_VERSION = 1
"""Raise it when readers or passages change: documents are then read again."""

_AHEAD = 3
"""Files being read while another is embedded."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document. `status` is added, updated, unchanged, removed, failed or
    no_text; for `failed`, `cause` says why."""

    status: str
    document_id: str
    file: str
    path: str
    title: str = ""
    document_type: str = ""
    language: str = ""
    pages: int = 0
    passages: int = 0
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole ingest. `generation` is None when nothing was written (a dry run)."""

    outcomes: tuple[Outcome, ...]
    skipped: tuple[Skipped, ...]
    generation: int | None
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether some document was not read."""
        return any(outcome.status == "failed" for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class Watch:
    """Who looks on: `planned` gets how many documents and bytes are to be read, `embedded` how
    many more passages are done, `finished` each outcome."""

    planned: Callable[[int, int], None]
    embedded: Callable[[int], None]
    finished: Callable[[Outcome, int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an ingest has to do: sources by what is to become of them."""

    changed: tuple[tuple[Source, str], ...]
    unchanged: tuple[Source, ...]
    removed: tuple[tuple[str, str], ...]


def ingest(paths: Sequence[Path], index: Index, embedder: Embedder, watch: Watch) -> Report:
    """Mirror each given file or folder into the index and publish a new generation.

    New and changed files are added, unchanged ones skipped by the hash of their content, vanished
    ones removed, each in one transaction; documents of other roots stay. A file that cannot be
    read is reported with its cause and the run goes on; what the index held of it stays.
    Raises `SourceMissing`, `CatalogueError` and `ModelMismatch` before anything is written.
    """
    started = time.perf_counter()
    found = find_sources(paths, _owners(index))
    acronyms = {root: read_acronyms(Path(root)) for root in found.roots}
    index.claim_model(embedder.name)
    plan = make_plan(found, index, embedder.name)
    outcomes = [_kept(source) for source in plan.unchanged]
    watch.planned(len(plan.changed), sum(source.size for source, _ in plan.changed))
    with Sandbox() as sandbox:
        for source, status, reading in _read_ahead(sandbox, plan.changed):
            outcome = _Writer(index, embedder, watch).take_in(source, status, reading)
            outcomes.append(outcome)
            watch.finished(outcome, source.size)
    for document_id, path in plan.removed:
        index.delete(document_id)
        outcomes.append(Outcome("removed", document_id, Path(path).name, path))
    for root, table in acronyms.items():
        index.put_equivalents(root, table)
    generation = index.publish()
    seconds = time.perf_counter() - started
    return Report(tuple(outcomes), found.skipped, generation, seconds)


def rehearse(paths: Sequence[Path], index: Index | None, model: str) -> Report:
    """What `ingest` would do, from names and hashes alone. Nothing is read or written."""
    found = find_sources(paths, _owners(index) if index else None)
    plan = make_plan(found, index, model)
    outcomes = [_kept(source) for source in plan.unchanged]
    outcomes += [Outcome(status, s.key, s.file, s.path) for s, status in plan.changed]
    outcomes += [Outcome("removed", id_, Path(path).name, path) for id_, path in plan.removed]
    return Report(tuple(outcomes), found.skipped, None, 0.0)


def make_plan(found: Found, index: Index | None, model: str) -> Plan:
    """Compare (place, fingerprint) pairs of the sources with those of the index."""
    held = index.fingerprints() if index else {}
    changed, unchanged = [], []
    for source in found.sources:
        document_id, print_ = held.get((source.root, source.path), ("", ""))
        if (document_id, print_) == (source.key, fingerprint(source, model)):
            unchanged.append(source)
        else:
            changed.append((source, "updated" if document_id else "added"))
    present = {(source.root, source.path) for source in found.sources}
    moved = {source.key for source in found.sources}  # a renamed file may keep its id
    removed = [
        (document_id, path)
        for (root, path), (document_id, _) in sorted(held.items())
        if root in found.roots
        and (root, path) not in present
        and document_id not in moved
        and not _stands(root, path, found)
    ]
    return Plan(tuple(changed), tuple(unchanged), tuple(removed))


def fingerprint(source: Source, model: str) -> str:
    """What a document is made from: its bytes, what is declared of it, and who reads it."""
    return repr((source.sha256, source.declared, model, READING_VERSION, ANALYSIS_VERSION))


def _stands(root: str, path: str, found: Found) -> bool:
    """Whether a document's file is there, or in a folder that is, but cannot be opened now."""
    place = Path(root, path)
    return any(
        Path(root, skipped.path) in (place, *place.parents) and Path(root, skipped.path).exists()
        for skipped in found.skipped
        if skipped.root == root
    )


def _owners(index: Index) -> dict[str, tuple[str, str]]:
    return {document_id: place for place, (document_id, _) in index.fingerprints().items()}


def _kept(source: Source) -> Outcome:
    return Outcome("unchanged", source.key, source.file, source.path)


Read = tuple[Source, str, "Future[tuple[Reading, bytes, float]]"]


def _read_ahead(sandbox: Sandbox, changed: Sequence[tuple[Source, str]]) -> Iterator[Read]:
    """Readings in order, a few files ahead of whoever takes them."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting: list[Read] = []
        for source, status in changed:
            waiting.append((source, status, pool.submit(_read, sandbox, source)))
            if len(waiting) > _AHEAD:
                yield waiting.pop(0)
        yield from waiting


def _read(sandbox: Sandbox, source: Source) -> tuple[Reading, bytes, float]:
    started = time.perf_counter()
    data = source.read()
    reading = sandbox.read(data, source.file)
    return reading, data, time.perf_counter() - started


@dataclass(frozen=True, slots=True)
class _Writer:
    """Readings to entries in the index."""

    index: Index
    embedder: Embedder
    watch: Watch

    def take_in(
        self, source: Source, status: str, reading: "Future[tuple[Reading, bytes, float]]"
    ) -> Outcome:
        """Turn one reading into an entry and write it; a failure becomes an outcome."""
        started = time.perf_counter()
        try:
            read, data, seconds = reading.result()
        except ReadError as error:
            kept = " Se conserva la versión anterior." if status == "updated" else ""
            cause = f"{error}{kept}"
            return Outcome("failed", source.key, source.file, source.path, cause=cause)
        entry = self._entry(source, read, sniff(data, source.file))
        self.index.keep_original(source.sha256, data)
        self.index.put(entry, fingerprint(source, self.embedder.name))
        seconds += time.perf_counter() - started
        return _outcome(source, entry, status if entry.passages else "no_text", seconds)

    def _entry(self, source: Source, reading: Reading, media_type: str) -> Entry:
        document = describe(source, reading, media_type)
        pages = make_pages(reading)

        def language_of(text: str) -> str:
            return detect_language(text, document.language)

        count = self.embedder.count_tokens
        passages = make_passages(reading, pages, document, language_of, count)
        draft = Draft(document, pages, passages, agenda_items(passages), reading.warnings)
        return make_entry(draft, self.embedder, self.watch.embedded)


def _outcome(source: Source, entry: Entry, status: str, seconds: float) -> Outcome:
    document: Document = entry.document
    return Outcome(
        status=status,
        document_id=document.id,
        file=source.file,
        path=source.path,
        title=document.title,
        document_type=document.document_type,
        language=document.language,
        pages=document.pages,
        passages=len(entry.passages),
        seconds=round(seconds, 3),
        warnings=entry.warnings,
    )
