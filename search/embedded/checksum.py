"""What an entry holds to one number, by which damage is noticed."""

import hashlib
from dataclasses import fields

import numpy as np

from search.types import Document, Entry, PackedTokens


def checksum(entry: Entry) -> str:
    """BLAKE2b of everything an entry holds, as hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(repr([getattr(entry.document, f.name) for f in fields(Document)]).encode())
    told = entry.pages, entry.passages, entry.agenda, entry.details, entry.sketch
    digest.update(repr(told).encode())
    digest.update(np.ascontiguousarray(entry.vectors, dtype=np.float32).tobytes())
    for tokens in entry.tokens:
        digest.update(_token_bytes(tokens))
    return digest.hexdigest()


def _token_bytes(tokens: PackedTokens) -> bytes:
    return tokens.bits.tobytes() + tokens.pieces.tobytes() + tokens.starts.tobytes()
