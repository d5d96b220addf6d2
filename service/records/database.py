"""The folder of an index → a connection to `service.db`, where the service keeps its own records.

The index may be replaced or rebuilt from the documents; what lies here cannot. Each kind of record
has a table of its own and brings the `CREATE TABLE IF NOT EXISTS` for it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.errors import RecordsUnusable

DATABASE = "service.db"

_BUSY_SECONDS = 5.0
"""How long to wait for another process that is writing."""


def open_records(index: Path, schema: str) -> sqlite3.Connection:
    """A connection to the records with the tables of `schema`, to be used by one thread at a time.

    Readers never wait for a writer. Raises `RecordsUnusable`, also when there is no such folder.
    """
    if not index.is_dir():
        raise RecordsUnusable(f"no hay ningún índice en «{index}»: ingiera antes algún documento")
    try:
        connection = sqlite3.connect(
            index / DATABASE, timeout=_BUSY_SECONDS, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(schema)
    except sqlite3.Error as error:
        raise _unusable(index, error) from error
    return connection


@contextmanager
def records(index: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """One transaction on the records: kept when the block ends, undone when it raises.

    Raises `RecordsUnusable`.
    """
    connection = open_records(index, schema)
    try:
        with connection:
            yield connection
    except sqlite3.Error as error:
        raise _unusable(index, error) from error
    finally:
        connection.close()


def _unusable(index: Path, error: sqlite3.Error) -> RecordsUnusable:
    return RecordsUnusable(f"no se puede usar «{index / DATABASE}» ({error})")
