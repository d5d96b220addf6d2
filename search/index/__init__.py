"""Opens an index: to search it, to write to it, or to check it.

`location` is the folder of the engine inside the process.
"""

# The engines are imported inside of these functions, by whoever opens an index: the commands and
# the server name this module without loading FAISS and Tantivy.

from pathlib import Path

from search.engine import Engine, Problem, Writer


def open_engine(location: Path) -> Engine:
    """Open the newest generation of an index, rebuilding its caches when they do not match.

    Raises `IndexMissing` and `IndexDamaged`.
    """
    from search.index.snapshot import open_newest

    return open_newest(location)


def open_writer(location: Path, model: str | None = None, *, create: bool = False) -> Writer:
    """Open an index to write to it; documents can be put into it with the vectors of `model` only,
    and with None they can be removed.

    Raises `IndexMissing` unless `create`, `IndexUnusable` while somebody else writes, and
    `ModelMismatch` when it holds vectors of another model.
    """
    from search.index.generation import EmbeddedWriter

    return EmbeddedWriter(location, model, create=create)


def latest_generation(location: Path) -> int:
    """The newest published generation; cheap, for knowing when to reopen. 0 without one."""
    from search.index.generation import published

    generations = published(location)
    return generations[-1] if generations else 0


def check_index(location: Path) -> list[Problem]:
    """Everything that is wrong with an index. Raises `IndexMissing` and `IndexDamaged`."""
    from search.index.generation import check

    return check(location)
