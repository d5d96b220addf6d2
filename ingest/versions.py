"""Finds documents that are versions of one another: copies, re-exports, new editions.

A collection holds the same guide as DOCX, as PDF and in last year's edition; results fold them into
one. Texts are compared by MinHash of shingles (Broder, 1997), so a document is never compared with
every other one.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from search.documents import Document, Page
from search.engine import Inventory

if TYPE_CHECKING:
    from datasketch import MinHash

WORD = re.compile(r"\w+")
PERMUTATIONS = 128
SHINGLE = 5  # words: five in a row are shared by copies, hardly by texts on one subject
FEWEST_SHINGLES = 40  # shingles: a shorter text may be a form that many documents are made from
PROPOSED = 0.4  # similarity from which the hash tables propose a pair: below SAME, to miss none
SAME = 0.5
"""Estimated Jaccard similarity of shingles from which two documents are versions of one. Among 64
real documents the eight pairs above it are copies, re-exports and another edition of one guide
(.55); the next pair (.42) is the same call of two years, which are two documents."""


def minhash(pages: Iterable[Page]) -> bytes:
    """A MinHash of the text: 128 numbers (uint64) whose share of equal ones estimates the Jaccard
    similarity of two texts, with a standard error of .04.

    Empty for a text that is too short to tell.
    """
    words = list(chain.from_iterable(map(_words, pages)))
    shingles = {" ".join(words[i : i + SHINGLE]).encode() for i in range(len(words) - SHINGLE + 1)}
    if len(shingles) < FEWEST_SHINGLES:
        return b""
    minhash = _empty().copy()  # its permutations cost more to draw than a text to hash
    minhash.update_batch(sorted(shingles))
    return np.asarray(minhash.hashvalues).astype(np.uint64).tobytes()


def find_versions(inventory: Inventory) -> dict[str, str]:
    """Document id → the document that it is a version of; only those that are one.

    Of a family the newest speaks for all, then the one with pages to cite, then the longest.
    """
    from datasketch import MinHashLSH

    stored = {each.document.id: each for each in inventory.documents.values() if each.sketch}
    documents = {id_: stored[id_].document for id_ in sorted(stored)}
    hashes = {id_: _minhash(stored[id_].sketch) for id_ in documents}
    table = MinHashLSH(threshold=PROPOSED, num_perm=PERMUTATIONS)
    # Union-find: versions of versions are one family, in whatever order they are met.
    family = {id_: id_ for id_ in documents}
    for id_, minhash in hashes.items():
        for other in sorted(table.query(minhash)):  # a set: without order results would vary
            if minhash.jaccard(hashes[other]) >= SAME:
                _unite(family, id_, other)
        table.insert(id_, minhash)
    members: dict[str, list[Document]] = {}
    for id_ in documents:
        members.setdefault(_root(family, id_), []).append(documents[id_])
    return {
        document.id: max(group, key=_precedence).id
        for group in members.values()
        if len(group) > 1
        for document in group
        if document.id != max(group, key=_precedence).id
    }


def _precedence(document: Document) -> tuple[str, bool, int, int, str]:
    """What decides who speaks for a family, the most important first."""
    return (
        document.date or "",
        document.paged,
        document.pages,
        -len(document.file),  # «guia.pdf» before «guia (copia 2).pdf»
        document.id,  # and never by chance
    )


def _unite(family: dict[str, str], first: str, second: str) -> None:
    heads = sorted((_root(family, first), _root(family, second)))
    family[heads[1]] = heads[0]


def _root(family: Mapping[str, str], id_: str) -> str:
    while family[id_] != id_:
        id_ = family[id_]
    return id_


def _words(page: Page) -> list[str]:
    return WORD.findall(page.text.casefold())


@cache  # `datasketch` pulls in SciPy: no command may load it before a text is compared
def _empty() -> "MinHash":
    from datasketch import MinHash

    return MinHash(num_perm=PERMUTATIONS)


def _minhash(held: bytes) -> "MinHash":
    minhash = _empty().copy()
    minhash.hashvalues = np.frombuffer(held, dtype=np.uint64).astype(minhash.hashvalues.dtype)
    return minhash
