"""Anyone may check a quote: what stands in a page is found there, and nothing else is."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from search.errors import QueryError
from search.index import Snapshot, open_snapshot
from search.types import Document, DocumentType, Match, Page
from search.verify import MOST_MATCHES, verify


@pytest.fixture(scope="module")
def snapshot(demo_index: Path) -> Iterator[Snapshot]:
    opened = open_snapshot(demo_index)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pages(snapshot: Snapshot) -> list[tuple[str, Page]]:
    """Every page of the demonstration with its document's id."""
    return [(d.id, page) for d in snapshot.documents() for page in snapshot.pages(d.id)]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_slice_of_a_page_stands_where_it_was_taken(
    snapshot: Snapshot, pages: list[tuple[str, Page]], data: st.DataObject
) -> None:
    document_id, page, start, end = _slice(pages, data)
    spaced = page.text[start:end].replace(" ", data.draw(st.sampled_from([" ", "\n", " \t "])))
    document = snapshot.document(document_id)
    assert document is not None
    number = page.number if document.paged else None
    expected = Match(document_id, document.file, document.title, number, start, end)
    found = verify(snapshot, spaced)
    assert expected in found or len(found) == MOST_MATCHES


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_one_changed_character_is_enough_to_fail(
    snapshot: Snapshot, pages: list[tuple[str, Page]], data: st.DataObject
) -> None:
    _, page, start, end = _slice(pages, data)
    at = data.draw(st.integers(start, end - 1))
    other = data.draw(st.characters(exclude_categories=["Cs", "Z", "Cc"]) | st.sampled_from("aeo1"))
    changed = page.text[start:at] + other + page.text[at + 1 : end]
    stands = any(_folded(changed) in _folded(one.text) for _, one in pages)
    assume(not stands or other == page.text[at])
    assert bool(verify(snapshot, changed)) is stands


class OnePage:
    """A snapshot of one page."""

    def __init__(self, text: str) -> None:
        self._page = Page(1, text)

    def pages_holding(self, text: str) -> Iterator[tuple[Document, Page]]:
        document = Document(
            "d", "D", DocumentType.OTHER, "es", "d.pdf", "r", "p", "0", "application/pdf", 1, True
        )
        return iter([(document, self._page)] if text in self._page.text else [])


def places(text: str, quote: str) -> list[tuple[int, int]]:
    snapshot = cast("Snapshot", OnePage(text))
    return [(match.start, match.end) for match in verify(snapshot, quote)]


def test_places_that_overlap_are_all_told() -> None:
    assert places("10 10\n10", "10 10") == [(0, 5), (3, 8)]
    assert places("ss sss", "ss") == [(0, 2), (3, 5), (4, 6)]


def test_what_stands_everywhere_is_told_a_thousand_times() -> None:
    assert len(places("de " * 5000, "de")) == MOST_MATCHES == 1000


def test_signs_are_taken_literally() -> None:
    assert places("¿(a+b)* o a.b?", "(a+b)*") == [(1, 7)]
    assert places("axb", "a.b") == []
    assert places("Niñez", "niñez") == []


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_nothing_cannot_be_verified(snapshot: Snapshot, text: str) -> None:
    with pytest.raises(QueryError, match="escriba el texto que quiere comprobar"):
        verify(snapshot, text)


def test_half_a_character_stands_nowhere(snapshot: Snapshot) -> None:
    assert verify(snapshot, "gobern\udcc3nza") == []


def _slice(pages: list[tuple[str, Page]], data: st.DataObject) -> tuple[str, Page, int, int]:
    """A stretch of a page that neither begins nor ends with white space."""
    document_id, page = data.draw(st.sampled_from(pages))
    assume(page.text.strip())
    start = data.draw(st.integers(0, len(page.text) - 1))
    end = data.draw(st.integers(start + 1, min(len(page.text), start + 300)))
    text = page.text[start:end]
    assume(text.strip())
    return document_id, page, start + len(text) - len(text.lstrip()), start + len(text.rstrip())


def _folded(text: str) -> str:
    return " ".join(text.split())
