"""Texts that were asked → their vectors, kept so that a report need not embed them again."""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence

import numpy as np

from search.types import Floats
from service.records.questions import normal

SCHEMA = """
CREATE TABLE IF NOT EXISTS vector (
    model TEXT NOT NULL, digest BLOB NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (model, digest)
) WITHOUT ROWID;
"""

CENTRE = ""
"""Under no text lies the vector that all texts have in common."""

_CHUNK = 32
"""Vectors written at a time: whoever records searches must not wait until all are embedded."""

Embed = Callable[[str], Floats]
Progress = Callable[[int, int], bool]
"""Gets how many texts have been embedded, and of how many; False stops."""


def vectors_of(
    connection: sqlite3.Connection, texts: Sequence[str], model: str, embed: Embed, go_on: Progress
) -> dict[str, Floats]:
    """Text → vector. What is new is embedded and kept, as long as `go_on` says so."""
    found = {
        text: vector for text in texts if (vector := kept(connection, text, model)) is not None
    }
    missing = [text for text in texts if text not in found]
    done = 0
    while done < len(missing) and go_on(done, len(missing)):
        new = {text: embed(text).astype(np.float32) for text in missing[done : done + _CHUNK]}
        keep(connection, new, model)
        found |= new
        done += len(new)
    go_on(done, len(missing))
    return found


def kept(connection: sqlite3.Connection, text: str, model: str) -> Floats | None:
    """The vector of a text that was embedded before."""
    row = connection.execute(
        "SELECT vector FROM vector WHERE model = ? AND digest = ?", (model, _digest(text))
    ).fetchone()
    if row is None:
        return None
    vector: Floats = np.frombuffer(row[0], np.float32)
    return vector


def keep(connection: sqlite3.Connection, vectors: dict[str, Floats], model: str) -> None:
    """Keep the vectors of these texts, in a transaction of their own."""
    with connection:
        connection.executemany(
            "INSERT OR REPLACE INTO vector VALUES (?, ?, ?)",
            [(model, _digest(text), vector.tobytes()) for text, vector in vectors.items()],
        )


def purge(connection: sqlite3.Connection) -> None:
    """Forget the vectors of texts that are themselves forgotten: a vector nearly tells its text."""
    texts = connection.execute("SELECT text FROM asked UNION SELECT text FROM daily")
    known = {_digest(text) for (text,) in texts} | {_digest(CENTRE)}
    rows = connection.execute("SELECT model, digest FROM vector").fetchall()
    stale = [(model, digest) for model, digest in rows if digest not in known]
    connection.executemany("DELETE FROM vector WHERE model = ? AND digest = ?", stale)


def _digest(text: str) -> bytes:
    return hashlib.sha256(normal(text).encode()).digest()
