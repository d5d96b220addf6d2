"""The demonstration corpus: documents match their sources, judgements match the documents."""

import json
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pypdfium2
import pytest
from bs4 import BeautifulSoup
from docx import Document as open_docx
from markdown_it import MarkdownIt
from places import CORPUS
from pptx import Presentation as open_pptx

from search.documents import DocumentType

CATALOGUE = tomllib.loads((CORPUS / "catalogo.toml").read_text(encoding="utf-8"))
ENTRIES = {entry["clave"]: entry for entry in CATALOGUE["documento"]}
QUERIES = [
    json.loads(line)
    for line in (CORPUS / "consultas.jsonl").read_text(encoding="utf-8").splitlines()
]
LABELS = {
    "es": "Material de demostración de Acervo; no es un documento de las Naciones Unidas",
    "en": "Acervo demonstration material; not a United Nations document",
    "pt": "Material de demonstração do Acervo; não é um documento das Nações Unidas",
}
UNANSWERED = {"off-topic", "near-miss"}
KINDS = UNANSWERED | {
    "fact", "concept", "keyword", "agenda", "acronym", "typo", "cross-lingual", "symbol",
    "definition", "count", "list", "place", "person", "contact", "foreign",
}  # fmt: skip
LEAST_QUOTE = 9
OF_DEMONSTRATION = pytest.mark.parametrize("key", sorted(ENTRIES))


def fold(text: str) -> str:
    return " ".join(text.split())


@cache
def source_units(key: str) -> tuple[str, ...]:
    """The subtitle, paragraphs, list items and cells of a source, without markup and headings."""
    name = Path(ENTRIES[key]["archivo"]).name
    paths = [
        path
        for path in (CORPUS / "fuentes").glob("*.md")
        if f'archivo = "{name}"' in path.read_text(encoding="utf-8")
    ]
    (path,) = paths
    _, front, body = path.read_text(encoding="utf-8").split("+++\n", 2)
    soup = BeautifulSoup(MarkdownIt("commonmark").enable("table").render(body), "lxml")
    elements = soup.find_all(["p", "li", "td", "th"])
    return (tomllib.loads(front)["subtitulo"], *(fold(each.get_text()) for each in elements))


@cache
def built_pages(key: str) -> tuple[str, ...]:
    """The text of a built document, read without the project's own readers."""
    path = CORPUS / ENTRIES[key]["archivo"]
    read = {".pdf": pdf_pages, ".docx": docx_parts, ".pptx": slides, ".html": web, ".md": web}
    return tuple(map(fold, read[path.suffix](path)))


def pdf_pages(path: Path) -> Iterator[str]:
    pdf = pypdfium2.PdfDocument(path)
    for page in pdf:
        yield page.get_textpage().get_text_range()
    pdf.close()


def docx_parts(path: Path) -> Iterator[str]:
    document = open_docx(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    yield "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)
    yield document.sections[0].footer.paragraphs[0].text


def slides(path: Path) -> Iterator[str]:
    for slide in open_pptx(str(path)).slides:
        texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        for shape in slide.shapes:
            if shape.has_table:
                texts += [cell.text for row in shape.table.rows for cell in row.cells]
        if slide.has_notes_slide:
            texts.append(slide.notes_slide.notes_text_frame.text)
        yield "\n".join(texts)


def web(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    html = MarkdownIt("commonmark").enable("table").render(text) if path.suffix == ".md" else text
    yield BeautifulSoup(html, "lxml").body.get_text()


def test_every_document_is_what_its_source_gives() -> None:
    checked = subprocess.run(
        [sys.executable, str(CORPUS / "build.py"), "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.stdout == "16 documents match their sources\n"
    assert checked.returncode == 0


def test_the_catalogue_names_exactly_the_built_documents() -> None:
    present = {f"documentos/{path.name}" for path in (CORPUS / "documentos").iterdir()}
    assert {entry["archivo"] for entry in CATALOGUE["documento"]} == present
    assert len(ENTRIES) == len(CATALOGUE["documento"])


@OF_DEMONSTRATION
def test_a_catalogue_entry_uses_known_values(key: str) -> None:
    entry = ENTRIES[key]
    assert entry["tipo"] in set(DocumentType)
    assert entry["idioma"] in LABELS
    assert entry["licencia"] == "CC-BY-4.0"


@OF_DEMONSTRATION
def test_a_document_says_that_it_is_demonstration_material(key: str) -> None:
    label = LABELS[ENTRIES[key]["idioma"]]
    pages = built_pages(key)
    assert label in pages[0]
    if ENTRIES[key]["archivo"].endswith((".pdf", ".pptx", ".docx")):
        assert [page for page in pages if label not in page] == []
    else:
        assert pages[0].endswith(label)


def test_query_ids_and_texts_are_unique() -> None:
    assert len({query["id"] for query in QUERIES}) == len(QUERIES)
    assert len({query["text"] for query in QUERIES}) == len(QUERIES)
    assert len(QUERIES) >= 460


def test_every_kind_has_enough_queries_in_both_splits() -> None:
    kinds = Counter(query["kind"] for query in QUERIES)
    assert set(kinds) == KINDS
    assert min(kinds.values()) >= 16
    assert kinds["off-topic"] >= 50
    assert kinds["near-miss"] >= 60
    for kind in KINDS:
        splits = Counter(query["split"] for query in QUERIES if query["kind"] == kind)
        assert set(splits) == {"tune", "test"}
        assert abs(splits["tune"] - splits["test"]) <= 1


def test_only_queries_without_answer_lack_judgements() -> None:
    for query in QUERIES:
        unanswered = query["kind"] in UNANSWERED
        assert (query["relevant"] == []) is unanswered, query["id"]
        assert (query["answer"] is None) is unanswered, query["id"]
        if not unanswered:
            assert max(judged["grade"] for judged in query["relevant"]) == 3, query["id"]


def test_a_question_is_foreign_or_has_an_english_translation() -> None:
    languages = Counter(query.get("language") for query in QUERIES if query["kind"] == "foreign")
    assert set(languages) == {"en", "pt", "fr"}
    assert min(languages.values()) >= 12
    for query in QUERIES:
        foreign = query["kind"] == "foreign"
        assert bool(query.get("en")) is not foreign, query["id"]
        assert ("language" in query) is foreign, query["id"]


def test_the_best_answer_of_a_cross_lingual_query_is_never_spanish() -> None:
    for query in QUERIES:
        if query["kind"] == "cross-lingual":
            best = {judged["document"] for judged in query["relevant"] if judged["grade"] > 1}
            assert {ENTRIES[key]["idioma"] for key in best} <= {"en", "pt"}, query["id"]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query["id"])
def test_a_quote_stands_once_in_its_source_and_in_the_built_document(
    query: dict[str, object],
) -> None:
    for judged in query["relevant"]:
        key, quote = judged["document"], judged["quote"]
        assert len(quote) >= LEAST_QUOTE
        assert judged["grade"] in (1, 2, 3)
        assert sum(quote in unit for unit in source_units(key)) == 1, quote
        assert any(quote in page for page in built_pages(key)), quote


def test_acronyms_are_unique_and_have_forms() -> None:
    entries = tomllib.loads((CORPUS / "siglas.toml").read_text(encoding="utf-8"))["entrada"]
    assert len({entry["sigla"].casefold() for entry in entries}) == len(entries)
    assert {key for entry in entries for key in entry} == {
        "sigla", "formas", "ambito", "sentidos", "mayusculas",
    }  # fmt: skip
    for entry in entries:
        assert entry["formas"], entry["sigla"]
        assert entry.get("ambito", "sigla") in ("sigla", "termino", "traduccion")
        assert entry["sigla"] not in entry["formas"]
