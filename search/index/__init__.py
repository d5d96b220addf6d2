"""Opens an index: to search it, to write to it, or to check it."""

# The engines are imported inside of these functions, by whoever opens an index: the commands and
# the server name this module without loading FAISS and Tantivy.

from pathlib import Path

from search.engine import Index, Problem, Snapshot
from search.results import Refused


def open_index(location: Path, *, create: bool = False) -> Index:
    """Open an index to write to. Raises `IndexMissing` unless `create`."""
    from search.index.generation import EmbeddedIndex

    return EmbeddedIndex(location, create=create)


def open_snapshot(location: Path) -> Snapshot:
    """Open the newest generation of an index, rebuilding its caches when they do not match.

    Raises `IndexMissing` and `IndexDamaged`.
    """
    from search.index.snapshot import open_newest

    return open_newest(location)


def latest_generation(location: Path) -> int:
    """The newest published generation; cheap, for knowing when to reopen. 0 without one."""
    from search.index.generation import published

    generations = published(location)
    return generations[-1] if generations else 0


def refused_files(location: Path) -> tuple[Refused, ...]:
    """The files that could not be read at the last ingest of their root. Raises `IndexMissing`."""
    from search.index.database import Store

    with Store(location) as store:
        return store.refused()


def check_index(location: Path) -> list[Problem]:
    """Everything that is wrong with an index. Raises `IndexMissing` and `IndexDamaged`."""
    from search.index.generation import check

    return check(location)
