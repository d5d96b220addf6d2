"""Places of documents to their ids, which stay the same from one ingest to the next."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping

from ingest.scope import Place, location_of

LONGEST_SLUG = 80
HASH_LETTERS = 6


def make_keys(
    declared: Mapping[Place, str | None],
    owners: Mapping[str, Place],
    covers: Callable[[Place], bool],
) -> dict[Place, str]:
    """The id of each place: the catalogue's, the one that the document there has, or a new one.

    `owners` are the places of the ids in the index; those that the ingest `covers` are free again
    unless their document is still there. The same document under another root keeps its id.
    """
    kept = {location_of(owners[key]): key for key in sorted(owners, reverse=True)}
    kept |= {location_of(owner): key for key, owner in owners.items() if owner in declared}
    present = set(map(location_of, declared))
    taken = {key for key, owner in owners.items() if not covers(owner)}
    keys: dict[Place, str] = {}
    for place in sorted(declared, key=lambda place: (declared[place] is None, place)):
        here, chosen = location_of(place), declared[place]
        key = chosen or kept.get(here) or _slug(place[1])
        owner = location_of(owners.get(key, place))
        others = owner != here and owner in present and not chosen
        if key in taken or others:
            key = f"{key}-{_hash(*place)}"
        taken.add(key)
        keys[place] = key
    return keys


def _slug(path: str) -> str:
    """The path in lower-case ASCII letters, digits and hyphens."""
    letters = unicodedata.normalize("NFKD", path).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
    if len(slug) > LONGEST_SLUG:
        return f"{slug[:LONGEST_SLUG].rstrip('-')}-{_hash(path)}"
    return slug or f"documento-{_hash(path)}"


def _hash(*parts: str) -> str:
    text = "\0".join(unicodedata.normalize("NFC", part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:HASH_LETTERS]
