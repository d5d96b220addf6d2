"""Is a text literally in a stored page? White space is folded; nothing else is."""

import re

from search.errors import QueryError
from search.index import Snapshot
from search.types import Match


def verify(snapshot: Snapshot, text: str) -> list[Match]:
    """Every place where the text stands, as code point offsets into the stored page text.

    Raises `QueryError` for a text without anything but white space.
    """
    words = text.split()
    if not words:
        raise QueryError("escriba el texto que quiere comprobar")
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words))
    first = words[0]
    matches = []
    for document, page in snapshot.page_texts():
        if first not in page.text:
            continue
        for found in pattern.finditer(page.text):
            number = page.number if document.paged else None
            matches.append(Match(document.id, document.file, document.title, number, *found.span()))
    return matches
