"""Makes, checks and revokes the keys of editors; of a key only its hash is kept."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from service.errors import KeyRefused
from service.usage.log import DATABASE, records

_SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    name TEXT PRIMARY KEY,
    digest BLOB NOT NULL,
    created TEXT NOT NULL
)
"""
# Tells people, and programs that look for leaked secrets, what they have found.
_PREFIX = "acervo_"

# Too many to be guessed, so that one round of SHA-256 is enough: slow hashes are for passwords.
_RANDOM_BYTES = 32

_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Key:
    """Who has a key, and since when (UTC, ISO 8601)."""

    name: str
    created: str


def create_key(index: Path, name: str) -> str:
    """A new key; what is returned is kept nowhere and cannot be shown again.

    Raises `KeyRefused` when the name is empty, too long or taken.
    """
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME:
        raise KeyRefused(f"el nombre de una clave tiene entre 1 y {_LONGEST_NAME} caracteres")
    token = _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    with records(index, _SCHEMA) as connection:
        done = connection.execute(
            "INSERT OR IGNORE INTO keys VALUES (?, ?, ?)", (name, _digest(token), created)
        )
        if not done.rowcount:
            raise KeyRefused(f"ya hay una clave «{name}»: revóquela o elija otro nombre")
    return token


def list_keys(index: Path) -> list[Key]:
    """All keys in force, by name."""
    with records(index, _SCHEMA) as connection:
        rows = connection.execute("SELECT name, created FROM keys ORDER BY name")
        return [Key(name, created) for name, created in rows]


def revoke_key(index: Path, name: str) -> None:
    """From now on the key opens nothing. Raises `KeyRefused` when there is none of that name."""
    with records(index, _SCHEMA) as connection:
        if not connection.execute("DELETE FROM keys WHERE name = ?", (name,)).rowcount:
            raise KeyRefused(f"no hay ninguna clave «{name}»")


def key_owner(index: Path, token: str) -> str | None:
    """The name of the key, or None for what is no key."""
    # Asking must not create a database: the index may lie on a disk that is only read.
    if not (index / DATABASE).is_file():
        return None
    with records(index, _SCHEMA) as connection:
        rows = connection.execute("SELECT name, digest FROM keys").fetchall()
    shown, found = _digest(token), None
    for name, digest in rows:  # all of them, so that the time tells nothing
        if hmac.compare_digest(digest, shown):
            found = str(name)
    return found


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
