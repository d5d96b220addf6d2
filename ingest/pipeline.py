"""Sources to the index: the whole story of an ingest, on one screen in `ingest`."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ingest.acronyms import ACRONYMS, read_acronyms
from ingest.description.agenda import agenda_items
from ingest.description.describe import describe
from ingest.description.facts import facts_of
from ingest.description.findings import find_findings
from ingest.description.units import find_units
from ingest.errors import ReadError
from ingest.health import page_health
from ingest.language import detect_language
from ingest.passages import make_pages, make_passages
from ingest.plan import fingerprint, make_plan
from ingest.readers import sniff
from ingest.report import Outcome, Report, Watch, change_of
from ingest.sandbox import Sandbox
from ingest.scope import real_path
from ingest.sources import Found, Source, find_sources
from ingest.tag import find_tags
from ingest.versions import find_versions, sketch
from search.embed import Embedder
from search.entries import make_entry
from search.index import Index
from search.types import Details, Document, Draft, Entry, Reading, Refused

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
            outcome = _Writer(index, embedder, watch).take_in(source, status, reading)
            outcomes.append(outcome)
            watch.finished(outcome, source.size)
    for place in plan.removed:
        index.delete(place[0])
        outcomes.append(_removed(*place))
    for root, table in (dict.fromkeys(found.absorbed) | acronyms).items():
        index.put_equivalents(root, table)
    _tell_refused(index, found, outcomes)
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


def _tell_refused(index: Index, found: Found, outcomes: Sequence[Outcome]) -> None:
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
            units=find_units(passages, agenda),
            facts=facts,
            findings=find_findings(facts, agenda),
            health=page_health(reading, pages),
            tags=find_tags(passages, document.title),
        )
        draft = Draft(document, pages, passages, agenda, details, sketch(pages))
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
