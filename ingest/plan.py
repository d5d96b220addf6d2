"""Sources and what an index holds to what an ingest has to do."""

import os
from dataclasses import dataclass

from ingest.scope import Place, location_of
from ingest.sources import Found, Source
from search.index import Index
from search.spanish import ANALYSIS_VERSION

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
