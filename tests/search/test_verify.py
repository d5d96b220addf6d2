"""Anyone may check a quote: what stands in a page is found there, and nothing else is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import acervo
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from search.documents import Page
from search.engine import DocumentPart, Engine
from search.errors import QueryError
from search.index import open_engine
from search.results import Match
from search.verify import MOST_MATCHES, verify


@pytest.fixture(scope="module")
def engine(demo_index: Path) -> Iterator[Engine]:
    opened = open_engine(demo_index)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pages(engine: Engine) -> list[tuple[str, Page]]:
    """Every page of the demonstration with its document's id."""
    ids = [document.id for document in engine.collection().documents]
    read = engine.read_documents(ids, frozenset({DocumentPart.PAGES}))
    return [(id_, page) for id_ in ids for page in read[id_].pages]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_slice_of_a_page_stands_where_it_was_taken(
    engine: Engine, pages: list[tuple[str, Page]], data: st.DataObject
) -> None:
    document_id, page, start, end = _slice(pages, data)
    spaced = page.text[start:end].replace(" ", data.draw(st.sampled_from([" ", "\n", " \t "])))
    document = engine.read_documents([document_id])[document_id].document
    number = page.number if document.paged else None
    expected = Match(document_id, document.file, document.title, number, start, end)
    assert expected in verify(engine, spaced)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_one_changed_character_is_enough_to_fail(
    engine: Engine, pages: list[tuple[str, Page]], data: st.DataObject
) -> None:
    _, page, start, end = _slice(pages, data)
    at = data.draw(st.integers(start, end - 1))
    other = data.draw(st.characters(exclude_categories=["Cs", "Z", "Cc"]) | st.sampled_from("aeo1"))
    changed = page.text[start:at] + other + page.text[at + 1 : end]
    stands = any(_folded(changed) in _folded(one.text) for _, one in pages)
    assume(not stands or other == page.text[at])
    assert bool(verify(engine, changed)) is stands


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_character_that_occurs_nowhere_is_never_found(
    engine: Engine, pages: list[tuple[str, Page]], data: st.DataObject
) -> None:
    _, page, start, end = _slice(pages, data)
    known = "".join({sign for _, one in pages for sign in one.text})
    other = data.draw(st.characters(exclude_characters=known, exclude_categories=["Cs", "Z", "Cc"]))
    at = data.draw(st.integers(start, end - 1))
    assert verify(engine, page.text[start:at] + other + page.text[at + 1 : end]) == ()


def test_every_place_of_a_letter_is_told(engine: Engine, pages: list[tuple[str, Page]]) -> None:
    told = [(match.document_id, match.page or 1, match.start) for match in verify(engine, "e")]
    assert 8_000 < len(told) < MOST_MATCHES
    assert sorted(told) == sorted(
        (id_, page.number, at)
        for id_, page in pages
        for at, letter in enumerate(page.text)
        if letter == "e"
    )


def test_a_list_that_was_cut_says_so(demo_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("verify", "gobernanza", "--index", demo_index)
    whole = acervo(*asked, "--json").json
    assert set(whole) == {"found", "matches"}
    monkeypatch.setattr("search.verify.MOST_MATCHES", 3)
    monkeypatch.setattr("service.web.schemas.MOST_MATCHES", 3)
    monkeypatch.setattr("service.cli.questions.MOST_MATCHES", 3)
    assert acervo(*asked, "--json").json == {
        "found": True, "matches": whole["matches"][:3], "truncated": True,
    }  # fmt: skip
    assert acervo(*asked).out.splitlines()[-1] == (
        "Puede haber más: se dicen los primeros 3 lugares."
    )


def test_a_title_with_square_brackets_is_printed_as_it_is(
    tmp_path: Path, model_folder: Path
) -> None:
    note = tmp_path / "notas" / "nota.md"
    note.parent.mkdir()
    note.write_text("# Nota [bold]interna[/] de abril\n\nEl quórum es de doce.\n", "utf-8")
    places = ("--index", tmp_path / "indice", "--model", model_folder)
    assert acervo("ingest", note.parent, *places).status == 0
    assert acervo("verify", "quórum es de doce", *places).out.startswith(
        "Nota [bold]interna[/] de abril (nota.md), caracteres "
    )


def test_places_that_overlap_are_all_told(engine: Engine) -> None:
    """«1 1» stands twice in «1 1 1»: the second place is as true as the first."""
    document = engine.collection().documents[0]
    parts = frozenset({DocumentPart.PAGES})
    page = engine.read_documents([document.id], parts)[document.id].pages[0]
    text = "ss" if "sss" in page.text else page.text[:1]
    places = [i for i in range(len(page.text)) if page.text.startswith(text, i)]
    told = [
        match.start
        for match in verify(engine, text)
        if (match.document_id, match.page) == (document.id, page.number)
    ]
    assert told == places[: len(told)]
    assert told


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_nothing_cannot_be_verified(engine: Engine, text: str) -> None:
    with pytest.raises(QueryError, match="escriba el texto que quiere comprobar"):
        verify(engine, text)


def test_half_a_character_stands_nowhere(engine: Engine) -> None:
    assert verify(engine, "gobern\udcc3nza") == ()


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
