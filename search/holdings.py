"""A snapshot → which documents are versions of one another, and what questions are narrowed by."""

import numpy as np

from search.index import Rows, Snapshot


def values(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """The values that documents have for what a question may be narrowed by in free words."""
    documents = snapshot.documents()
    return {
        "toolkit": tuple(sorted({d.toolkit for d in documents if d.toolkit})),
        "module": tuple(sorted({d.module for d in documents if d.module})),
        "audience": tuple(sorted({d.audience for d in documents if d.audience})),
        "language": snapshot.statistics.languages,
    }


def families(snapshot: Snapshot) -> Rows:
    """For every document the place of the one that it is a version of, or its own."""
    places = {document.id: place for place, document in enumerate(snapshot.documents())}
    versions = snapshot.versions()
    return np.array([places[versions.get(id_, id_)] for id_ in places], dtype=np.int64)
