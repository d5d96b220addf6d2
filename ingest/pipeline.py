"""Mirrors files and folders into an index: the whole story of an ingest is on one screen, in
`ingest`.

Sources are compared with what the index holds, the changed ones are read in the sandbox, described,
cut into passages, embedded and written, a document a transaction; then a generation is published.
"""

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

from ingest.catalogue import ACRONYMS, read_acronyms
from ingest.errors import ReadError, SandboxUnavailable
from ingest.formats import sniff
from ingest.metadata.activities import find_activities
from ingest.metadata.agenda import agenda_items
from ingest.metadata.describe import describe, facts_of, find_findings
from ingest.metadata.goals import find_tags
from ingest.passages import make_pages, make_passages
from ingest.pdf.repair import suspects
from ingest.sandbox.pool import Sandbox
from ingest.sources import Found, Place, Skipped, Source, find_sources, location_of, real_path
from ingest.versions import find_versions, minhash
from search.documents import (
    Block,
    BlockKind,
    Details,
    Document,
    Draft,
    Entry,
    Page,
    PageHealth,
    Reading,
)
from search.embedding.encoder import Embedder
from search.embedding.late_interaction import make_entry
from search.engine import CollectionNotes, Inventory, Writer
from search.errors import AcervoError, IndexUnusable, ModelError
from search.results import Refused
from search.text.analysis import ANALYSIS_VERSION
from search.text.languages import detect_language

logger = logging.getLogger(__name__)

READING_VERSION = 5
"""Raise it when readers or passages change: documents are then read again."""
GENERAL = ""
"""Where the index keeps the acronyms of no root in particular."""
_FILES_AHEAD = 3
"""Files being read while another is embedded; each is held in memory whole until its turn."""
_ROWS = (BlockKind.TABLE_ROW, BlockKind.AGENDA_ITEM)
_MOST_SUSPECTS = 20  # a page: more say no more


@dataclass(frozen=True, slots=True)
class Change:
    """What the last version of a document had: how many pages, and which of the present ones read
    otherwise or are new."""

    pages: int
    changed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document. `status` is added, updated, unchanged, removed, failed or
    no_text; for `failed`, `cause` says why."""

    status: str
    document_id: str
    file: str
    root: str
    path: str
    title: str = ""
    document_type: str = ""
    language: str = ""
    pages: int = 0
    passages: int = 0
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    cause: str = ""
    change: Change | None = None


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
    many more passages are done, `finished` each outcome; `recognised`, from another thread, a file
    and how many of its scanned pages are done of how many."""

    planned: Callable[[int, int], None]
    embedded: Callable[[int], None]
    finished: Callable[[Outcome, int], None]
    recognised: Callable[[str, int, int], None]


def ingest(
    paths: Sequence[Path],
    index: Writer,
    embedder: Embedder,
    watch: Watch,
    general: str | None = None,
) -> Report:
    """Mirror each given file or folder into the index and publish a new generation.

    New and changed files are added, unchanged ones skipped by the hash of their content, vanished
    ones removed, each in one transaction; documents of other roots stay. A file that cannot be
    read, or over which our own code stumbles, is reported with its cause and the run goes on; what
    the index held of it stays. `general` is a table of acronyms for all roots, beside those that
    roots declare themselves.
    Raises `SourceMissing` and `CatalogueError` before anything is written, and
    `SandboxUnavailable` where no file can be read at all.
    """
    started = time.perf_counter()
    inventory = index.inventory()
    found = find_sources(paths, _owners(inventory))
    acronyms = {root: read_acronyms(real_path(root) / ACRONYMS) for root in found.roots}
    acronyms[GENERAL] = general
    plan = make_plan(found, inventory, embedder.name)
    outcomes = [_bare_outcome("unchanged", source) for source in plan.unchanged]
    watch.planned(len(plan.changed), sum(source.size for source, _ in plan.changed))
    writer = _Writer(index, embedder, watch)
    with Sandbox() as sandbox:
        for job in _read_ahead(sandbox, plan.changed, watch):
            outcome = writer.index_document(job)
            outcomes.append(outcome)
            watch.finished(outcome, job.source.size)
    # Last: a run that breaks off before has removed nothing.
    index.delete([document_id for document_id, _, _ in plan.removed])
    outcomes += [_removed(*place) for place in plan.removed]
    notes = CollectionNotes(
        versions=find_versions(index.inventory()),
        synonyms=dict.fromkeys(found.absorbed) | acronyms,
        refused=_failures(inventory, found, outcomes),
    )
    generation = index.publish(notes)
    seconds = time.perf_counter() - started
    return Report(tuple(outcomes), found.skipped, generation, seconds)


def rehearse(paths: Sequence[Path], index: Writer | None, model: str) -> Report:
    """What `ingest` would do, from names and hashes alone. Nothing is read or written.

    What cannot even be opened fails here as well.
    """
    inventory = index.inventory() if index else Inventory({}, ())
    found = find_sources(paths, _owners(inventory) if index else None)
    plan = make_plan(found, inventory, model)
    outcomes = [_bare_outcome("unchanged", source) for source in plan.unchanged]
    outcomes += [
        _bare_outcome("failed" if source.fault else status, source, source.fault)
        for source, status in plan.changed
    ]
    outcomes += [_removed(*place) for place in plan.removed]
    return Report(tuple(outcomes), found.skipped, None, 0.0)


def _owners(inventory: Inventory) -> dict[str, Place]:
    return {stored.document.id: place for place, stored in inventory.documents.items()}


def _bare_outcome(status: str, source: Source, cause: str = "") -> Outcome:
    """The outcome of a file that was not read: only its names are known."""
    names = source.key, source.file, source.root, source.path
    return Outcome(status, *names, cause=cause)


def _removed(document_id: str, root: str, path: str) -> Outcome:
    return Outcome("removed", document_id, Path(path).name, root, path)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an ingest has to do: sources with what is to become of them; `removed` are documents by
    id, root and path."""

    changed: tuple[tuple[Source, str], ...]
    unchanged: tuple[Source, ...]
    removed: tuple[tuple[str, str, str], ...]


def make_plan(found: Found, inventory: Inventory, model: str) -> Plan:
    """Compare (place, fingerprint) pairs of the sources with those of the index."""
    held = {
        place: (stored.document.id, stored.fingerprint)
        for place, stored in inventory.documents.items()
    }
    locations = set(map(location_of, held))
    changed, unchanged = [], []
    for source in found.sources:
        if held.get(source.place) == (source.key, fingerprint(source, model)):
            unchanged.append(source)
        else:
            # By location, not by place: a document that another root takes over is not new.
            known = location_of(source.place) in locations
            changed.append((source, "updated" if known else "added"))
    present = {source.place for source in found.sources}
    # Renamed, or under another root, with the id that it had: removing the old place would take
    # the document under its new one along.
    moved = {source.key for source in found.sources}
    removed = [
        (document_id, *place)
        for place, (document_id, _) in sorted(held.items())
        if found.covers(place)
        and place not in present
        and document_id not in moved
        and not _stands(place, found)
    ]
    return Plan(tuple(changed), tuple(unchanged), tuple(removed))


def fingerprint(source: Source, model: str) -> str:
    """What a document is made from: its bytes, what is declared of it, and who reads it."""
    return repr((source.sha256, source.declared, model, READING_VERSION, ANALYSIS_VERSION))


def _stands(place: Place, found: Found) -> bool:
    """Whether a document's file is there, or in a folder or package that is, but cannot be opened
    now."""
    # A disk that is ill or a share without permission for a day must not empty the index.
    location = location_of(place)
    around = (location, *location.parents)
    faults = (each for each in found.sources if each.fault and not each.member)
    closed = any(each.location in around for each in faults)
    passed_over = (location_of((skipped.root, skipped.path)) for skipped in found.skipped)
    return closed or any(other in around and os.path.lexists(other) for other in passed_over)


@dataclass(frozen=True, slots=True)
class _ReadFile:
    """A reading, the bytes that it was made from, and how long that took."""

    reading: Reading
    data: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class _ReadingJob:
    """A file that is being read; `status` is what it is to become, added or updated."""

    source: Source
    status: str
    result: "Future[_ReadFile]"


def _read_ahead(
    sandbox: Sandbox, changed: Sequence[tuple[Source, str]], watch: Watch
) -> Iterator[_ReadingJob]:
    """Readings in order, a few files ahead of whoever takes them."""
    # One thread is enough: it waits for a worker process while this one embeds.
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting: list[_ReadingJob] = []
        for source, status in changed:
            result = pool.submit(_read, sandbox, source, watch)
            waiting.append(_ReadingJob(source, status, result))
            if len(waiting) > _FILES_AHEAD:
                yield waiting.pop(0)
        yield from waiting


def _read(sandbox: Sandbox, source: Source, watch: Watch) -> _ReadFile:
    started = time.perf_counter()
    data = source.read()
    reading = sandbox.read(data, source.file, partial(watch.recognised, source.file))
    return _ReadFile(reading, data, time.perf_counter() - started)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Turns readings into entries and writes them to the index."""

    index: Writer
    embedder: Embedder
    watch: Watch

    def index_document(self, job: _ReadingJob) -> Outcome:
        """Turn one reading into an entry and write it; a failure becomes an outcome."""
        source = job.source
        started = time.perf_counter()
        try:
            read = job.result.result()
            entry = self._entry(source, read.reading, sniff(read.data, source.file))
        except ReadError as error:
            return _failed(job, str(error))
        except (IndexUnusable, ModelError, SandboxUnavailable):
            raise  # not the fault of this file: the next one would fail in the same way
        except Exception as error:
            # As broad as this only here, at the border of a file. Its text passes hundreds of rules
            # of ours (titles, timetables, goals, passages), and a text that none of them was
            # written for must not keep all other files out of the index. The file gets its status,
            # the log the traceback, and what the index held of it stays. Writing is left outside:
            # an error of the index must never pass for one of a file.
            logger.exception("«%s» could not be indexed", source.path)
            return _failed(job, _internal_cause(error))
        before = self.index.put(entry, fingerprint(source, self.embedder.name), read.data)
        seconds = read.seconds + time.perf_counter() - started
        outcome = _outcome(source, entry, job.status if entry.passages else "no_text", seconds)
        return replace(outcome, change=change_of(before, entry.pages))

    def _entry(self, source: Source, reading: Reading, media_type: str) -> Entry:
        """All that the index keeps of a document; one forward pass of the model a passage."""
        description = describe(source, reading, media_type)
        document = replace(description.document, ingested=_now())
        pages = make_pages(reading)

        def language_of(text: str) -> str:
            # Short passages tell too little of themselves: theirs is the document's.
            return detect_language(text, document.language)

        count = self.embedder.count_tokens
        passages = make_passages(reading, pages, document, language_of, count)
        agenda, facts = agenda_items(passages), facts_of(description, passages)
        details = Details(
            warnings=(*source.warnings, *reading.warnings),
            units=find_activities(passages, agenda),
            facts=facts,
            findings=(*description.findings, *find_findings(facts, agenda)),
            health=page_health(reading, pages),
            tags=find_tags(passages, document.title),
        )
        draft = Draft(document, pages, passages, agenda, details, minhash(pages))
        return make_entry(draft, self.embedder, self.watch.embedded)


def _failed(job: _ReadingJob, cause: str) -> Outcome:
    kept = " Se conserva la versión anterior." if job.status == "updated" else ""
    return _bare_outcome("failed", job.source, f"{cause}{kept}")


def _internal_cause(error: Exception) -> str:
    """What to tell the operator, in Spanish; the error's own words may be anything, so only its
    kind is named."""
    if isinstance(error, AcervoError):
        return str(error)
    name = type(error).__name__
    return f"Error interno al preparar el documento ({name}): el registro tiene los detalles."


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _outcome(source: Source, entry: Entry, status: str, seconds: float) -> Outcome:
    document: Document = entry.document
    return Outcome(
        status=status,
        document_id=document.id,
        file=source.file,
        root=source.root,
        path=source.path,
        title=document.title,
        document_type=document.document_type,
        language=document.language,
        pages=document.pages,
        passages=len(entry.passages),
        seconds=round(seconds, 3),
        warnings=entry.details.warnings,
        findings=tuple(finding.text for finding in entry.details.findings),
    )


def change_of(before: Sequence[Page], after: Sequence[Page]) -> Change | None:
    """What changed since the last version; None where there was none."""
    if not before:
        return None
    texts = {page.number: page.text for page in before}
    changed = (page.number for page in after if texts.get(page.number) != page.text)
    return Change(len(before), tuple(changed))


def page_health(reading: Reading, pages: Sequence[Page]) -> tuple[PageHealth, ...]:
    """The pages with tables, with texts left out or with words that look damaged, in order."""
    shapes = {shape.number: shape for shape in reading.shapes}
    tables = _tables(reading.blocks)
    found = []
    for page in pages:
        shape = shapes.get(page.number)
        health = PageHealth(
            page=page.number,
            tables=tables.get(page.number, 0),
            dropped=shape.dropped if shape else (),
            suspects=suspects(page.text)[:_MOST_SUSPECTS],
        )
        if health != PageHealth(page.number):
            found.append(health)
    return tuple(found)


def _tables(blocks: Sequence[Block]) -> dict[int, int]:
    """How many tables begin on each page: runs of rows."""
    counts: dict[int, int] = {}
    starts = [block for block in blocks[:1] if block.kind in _ROWS]
    starts += [b for a, b in pairwise(blocks) if b.kind in _ROWS and a.kind not in _ROWS]
    for block in starts:
        counts[block.parts[0].page] = counts.get(block.parts[0].page, 0) + 1
    return counts


def _failures(
    inventory: Inventory, found: Found, outcomes: Sequence[Outcome]
) -> dict[str, tuple[Refused, ...]]:
    """Which files could not be read, by root: those of this run, and those that it did not look
    at. Roots that another took over have none left."""
    failed: dict[str, list[Refused]] = {root: [] for root in (*found.absorbed, *found.roots)}
    for known in inventory.refused:
        # Who gives a folder within a root learns nothing of the files beside it.
        if known.root in found.roots and not found.covers((known.root, known.path)):
            failed[known.root].append(known)
    for outcome in outcomes:
        if outcome.status == "failed" and outcome.root in found.roots:
            failed[outcome.root].append(Refused(outcome.root, outcome.path, outcome.cause))
    return {root: tuple(refused) for root, refused in failed.items()}
