"""Sources to the index: the whole story of an ingest, on one screen in `ingest`."""

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
from ingest.errors import ReadError
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
from search.engine import Index
from search.results import Refused
from search.text.analysis import ANALYSIS_VERSION
from search.text.languages import detect_language


@dataclass(frozen=True, slots=True)
class Change:
    """What the last version of a document had: how many pages, and which of the present ones read
    otherwise or are new."""

    pages: int
    changed: tuple[int, ...]


def change_of(before: Sequence[Page], after: Sequence[Page]) -> Change | None:
    """What changed since the last version; None where there was none."""
    if not before:
        return None
    texts = {page.number: page.text for page in before}
    changed = (page.number for page in after if texts.get(page.number) != page.text)
    return Change(len(before), tuple(changed))


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


GENERAL = ""
"""Where the index keeps the acronyms of no root in particular."""
_AHEAD = 3
"""Files being read while another is embedded."""


def ingest(
    paths: Sequence[Path],
    index: Index,
    embedder: Embedder,
    watch: Watch,
    general: str | None = None,
) -> Report:
    """Mirror each given file or folder into the index and publish a new generation.

    New and changed files are added, unchanged ones skipped by the hash of their content, vanished
    ones removed, each in one transaction; documents of other roots stay. A file that cannot be
    read is reported with its cause and the run goes on; what the index held of it stays. `general`
    is a table of acronyms for all roots, beside those that roots declare themselves.
    Raises `SourceMissing`, `CatalogueError` and `ModelMismatch` before anything is written.
    """
    started = time.perf_counter()
    found = find_sources(paths, _owners(index))
    acronyms = {root: read_acronyms(real_path(root) / ACRONYMS) for root in found.roots}
    acronyms[GENERAL] = general
    index.claim_model(embedder.name)
    plan = make_plan(found, index, embedder.name)
    outcomes = [_kept(source) for source in plan.unchanged]
    watch.planned(len(plan.changed), sum(source.size for source, _ in plan.changed))
    with Sandbox() as sandbox:
        for source, status, reading in _read_ahead(sandbox, plan.changed, watch):
            outcome = _Writer(index, embedder, watch).index_document(source, status, reading)
            outcomes.append(outcome)
            watch.finished(outcome, source.size)
    for place in plan.removed:
        index.delete(place[0])
        outcomes.append(_removed(*place))
    for root, table in (dict.fromkeys(found.absorbed) | acronyms).items():
        index.put_equivalents(root, table)
    _record_failures(index, found, outcomes)
    index.put_versions(find_versions(index.sketches()))
    generation = index.publish()
    seconds = time.perf_counter() - started
    return Report(tuple(outcomes), found.skipped, generation, seconds)


def rehearse(paths: Sequence[Path], index: Index | None, model: str) -> Report:
    """What `ingest` would do, from names and hashes alone. Nothing is read or written.

    What cannot even be opened fails here as well.
    """
    found = find_sources(paths, _owners(index) if index else None)
    plan = make_plan(found, index, model)
    outcomes = [_kept(source) for source in plan.unchanged]
    outcomes += [
        replace(_kept(s), status="failed" if s.fault else status, cause=s.fault)
        for s, status in plan.changed
    ]
    outcomes += [_removed(*place) for place in plan.removed]
    return Report(tuple(outcomes), found.skipped, None, 0.0)


def _owners(index: Index) -> dict[str, tuple[str, str]]:
    return {document_id: place for place, (document_id, _) in index.fingerprints().items()}


def _kept(source: Source) -> Outcome:
    return Outcome("unchanged", source.key, source.file, source.root, source.path)


def _removed(document_id: str, root: str, path: str) -> Outcome:
    return Outcome("removed", document_id, Path(path).name, root, path)


def _record_failures(index: Index, found: Found, outcomes: Sequence[Outcome]) -> None:
    """Keep which files could not be read: those of this run, and those that it did not look at."""
    for root in found.absorbed:
        index.put_refused(root, ())
    for root in found.roots:
        beyond = [e for e in index.refused() if not found.covers((e.root, e.path))]
        index.put_refused(root, [*(e for e in beyond if e.root == root), *_refused(root, outcomes)])


def _refused(root: str, outcomes: Sequence[Outcome]) -> list[Refused]:
    failed = (outcome for outcome in outcomes if outcome.status == "failed")
    return [Refused(root, each.path, each.cause) for each in failed if each.root == root]


Read = tuple[Source, str, "Future[tuple[Reading, bytes, float]]"]


def _read_ahead(
    sandbox: Sandbox, changed: Sequence[tuple[Source, str]], watch: Watch
) -> Iterator[Read]:
    """Readings in order, a few files ahead of whoever takes them."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting: list[Read] = []
        for source, status in changed:
            waiting.append((source, status, pool.submit(_read, sandbox, source, watch)))
            if len(waiting) > _AHEAD:
                yield waiting.pop(0)
        yield from waiting


def _read(sandbox: Sandbox, source: Source, watch: Watch) -> tuple[Reading, bytes, float]:
    started = time.perf_counter()
    data = source.read()
    reading = sandbox.read(data, source.file, partial(watch.recognised, source.file))
    return reading, data, time.perf_counter() - started


@dataclass(frozen=True, slots=True)
class _Writer:
    """Readings to entries in the index."""

    index: Index
    embedder: Embedder
    watch: Watch

    def index_document(
        self, source: Source, status: str, reading: "Future[tuple[Reading, bytes, float]]"
    ) -> Outcome:
        """Turn one reading into an entry and write it; a failure becomes an outcome."""
        started = time.perf_counter()
        try:
            read, data, seconds = reading.result()
        except ReadError as error:
            kept = " Se conserva la versión anterior." if status == "updated" else ""
            cause = f"{error}{kept}"
            return replace(_kept(source), status="failed", cause=cause)
        entry = self._entry(source, read, sniff(data, source.file))
        change = change_of(self.index.pages(source.key), entry.pages)
        self.index.keep_original(source.sha256, data)
        self.index.put(entry, fingerprint(source, self.embedder.name))
        seconds += time.perf_counter() - started
        outcome = _outcome(source, entry, status if entry.passages else "no_text", seconds)
        return replace(outcome, change=change)

    def _entry(self, source: Source, reading: Reading, media_type: str) -> Entry:
        description = describe(source, reading, media_type)
        document = replace(description.document, ingested=_now())
        pages = make_pages(reading)

        def language_of(text: str) -> str:
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


READING_VERSION = 5
"""Raise it when readers or passages change: documents are then read again."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an ingest has to do: sources by what is to become of them; `removed` are documents by
    id, root and path."""

    changed: tuple[tuple[Source, str], ...]
    unchanged: tuple[Source, ...]
    removed: tuple[tuple[str, str, str], ...]


def make_plan(found: Found, index: Index | None, model: str) -> Plan:
    """Compare (place, fingerprint) pairs of the sources with those of the index."""
    held = index.fingerprints() if index else {}
    locations = set(map(location_of, held))
    changed, unchanged = [], []
    for source in found.sources:
        if held.get(source.place) == (source.key, fingerprint(source, model)):
            unchanged.append(source)
        else:
            known = location_of(source.place) in locations
            changed.append((source, "updated" if known else "added"))
    present = {source.place for source in found.sources}
    moved = {source.key for source in found.sources}  # renamed or under another root, same id
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
    location = location_of(place)
    around = (location, *location.parents)
    faults = (each for each in found.sources if each.fault and not each.member)
    closed = any(each.location in around for each in faults)
    passed_over = (location_of((skipped.root, skipped.path)) for skipped in found.skipped)
    return closed or any(other in around and os.path.lexists(other) for other in passed_over)


ROWS = (BlockKind.TABLE_ROW, BlockKind.AGENDA_ITEM)
MOST_SUSPECTS = 20  # a page: more say no more


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
            suspects=suspects(page.text)[:MOST_SUSPECTS],
        )
        if health != PageHealth(page.number):
            found.append(health)
    return tuple(found)


def _tables(blocks: Sequence[Block]) -> dict[int, int]:
    """How many tables begin on each page: runs of rows."""
    counts: dict[int, int] = {}
    starts = [block for block in blocks[:1] if block.kind in ROWS]
    starts += [b for a, b in pairwise(blocks) if b.kind in ROWS and a.kind not in ROWS]
    for block in starts:
        counts[block.parts[0].page] = counts.get(block.parts[0].page, 0) + 1
    return counts
