"""Checks whether a text stands literally in a stored page; white space is folded, nothing else."""

import re
from collections.abc import Iterator
from itertools import islice

from search.engine import Snapshot
from search.errors import QueryError
from search.results import Match

MOST_MATCHES = 10_000
"""More than «e» has places in the demonstration (8,327 in 86,000 characters, told in 30 ms); in a
large collection one letter stands millions of times, which no answer should hold."""


def verify(snapshot: Snapshot, text: str) -> list[Match]:
    """Where the text stands, as code point offsets into the stored page text: by document and
    page, the first `MOST_MATCHES` places; as many as that means that there may be more.

    Raises `QueryError` for a text without anything but white space.
    """
    words = text.split()
    if not words:
        raise QueryError("escriba el texto que quiere comprobar")
    return list(islice(_matches(snapshot, words), MOST_MATCHES))


def _matches(snapshot: Snapshot, words: list[str]) -> Iterator[Match]:
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words))
    # The longest word is the rarest one, as far as a text can tell by itself.
    longest = max(words, key=len)
    if not longest.isascii() and longest != longest.encode(errors="replace").decode():
        return  # half a character, which no stored text holds
    for document, page in snapshot.pages_holding(longest):
        number = page.number if document.paged else None
        for start, end in _places(pattern, page.text):
            yield Match(document.id, document.file, document.title, number, start, end)


def _places(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Where a pattern stands in a text, also where two of its places overlap."""
    # `finditer` goes on behind a match: of «1 1» in «1 1 1» it would miss the second.
    found = pattern.search(text)
    while found:
        yield found.span()
        found = pattern.search(text, found.start() + 1)
