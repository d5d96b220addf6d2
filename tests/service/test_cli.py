"""The command line as people and programs use it: exit status, JSON, words, and what it costs."""

import errno
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from command_line import Ran, acervo
from places import ROOT
from pypdf import PdfWriter
from small_collection import SmallSearcher
from small_files import narrow_pdf
from starlette.testclient import TestClient

from search.embedding.encoder import open_embedder
from search.searcher import Searcher, open_searcher
from service.cli import collection, questions
from service.settings import Settings
from service.web.app import create_app

CONSOLE_SCRIPT = Path(sys.executable).with_name("acervo")
MODEL_NAME = "multilingual-e5-small/int8"
HOUR = "¿a qué hora es el Tema 2?"
AGENDA_LINE = (
    "10:40–11:00 (20 minutos) | Tema 2: Por qué es fundamental cambiar la mentalidad para "
    "implementar los ODS"
)
QUESTIONS = (
    HOUR,
    "cuánto dura la actividad grupal",
    "correo de Adriana Alberti",
    "hoja de ruta",
    "what is a mindset?",
    "¿qué es una ventanilla única?",
    "objetivos de desarrollo sostenible",
)
UNPAGED = {".docx", ".html", ".md"}
NOT_NEEDED_TO_SEARCH = {
    "docx", "fastapi", "lxml", "onnx", "pptx", "pypdf", "pypdfium2", "sentence_transformers",
    "starlette", "torch", "transformers", "uvicorn",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def one_model() -> Iterator[None]:
    """Load the model once for all commands of this process, not once a command."""
    kept = cache(open_embedder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(collection, "open_embedder", kept)
        patch.setattr(questions, "open_embedder", kept)
        yield


@pytest.fixture(scope="module")
def places(demo_index: Path, model_folder: Path) -> tuple[str, ...]:
    """Options that say where the demonstration index and the model are."""
    return "--index", str(demo_index), "--model", str(model_folder)


@pytest.fixture(scope="module")
def found(places: tuple[str, ...]) -> dict[str, Any]:
    """What `search --json` says to each question."""
    answers = {}
    for question in QUESTIONS:
        ran = acervo("search", question, "-k", "40", "--json", *places)
        assert (ran.status, ran.err) == (0, "")
        answers[question] = ran.json
    return answers


@pytest.fixture(scope="module")
def searcher(demo_index: Path, model_folder: Path) -> Iterator[Searcher]:
    opened = open_searcher(demo_index, open_embedder(str(model_folder)))
    yield opened
    opened.close()


@pytest.fixture
def own(tmp_path: Path, model_folder: Path) -> tuple[str, ...]:
    """Options that say where a new index is to be."""
    return "--index", str(tmp_path / "indice"), "--model", str(model_folder)


@pytest.fixture
def materials(tmp_path: Path) -> Path:
    """A folder with two documents."""
    folder = tmp_path / "materiales"
    folder.mkdir()
    write(folder / "acta.md", "Acta", "La asamblea aprobó el presupuesto participativo.")
    write(folder / "guia.md", "Guía", "Cada taller empieza con una ronda de presentaciones.")
    return folder


def write(path: Path, title: str, text: str) -> None:
    path.write_text(f"# {title}\n\n{text}\n", encoding="utf-8")


def pdf(path: Path, locked_with: str | None = None) -> None:
    """A PDF with one empty page."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    if locked_with:
        writer.encrypt(locked_with, algorithm="AES-256")
    writer.write(path)


def statuses(ran: Ran) -> dict[str, str]:
    return {document["path"]: document["status"] for document in ran.json["documents"]}


# --- search ---


def test_search_gives_the_object_of_the_contract(found: dict[str, Any], searcher: Searcher) -> None:
    answer = found[HOUR]
    assert set(answer) == {
        "query", "total", "took_ms", "index", "answer", "hits", "facets", "did_you_mean",
        "senses", "broaden", "qid",
    }  # fmt: skip
    assert answer["query"] == {
        "text": HOUR, "language": "es", "corrected": None, "expansions": [], "filters": {},
    }  # fmt: skip
    assert answer["index"] == asdict(searcher.info)
    assert (answer["index"]["documents"], answer["index"]["model"]) == (16, MODEL_NAME)
    assert set(answer["hits"][0]) == {
        "rank", "score", "passage_id", "document_id", "title", "file", "document_type",
        "document_type_label", "module", "language", "original", "section", "page", "text",
        "marks", "pinned", "pinned_label", "ods", "more", "versions", "why", "explanation", "url",
    }  # fmt: skip
    assert [hit["rank"] for hit in answer["hits"]] == list(range(1, len(answer["hits"]) + 1))
    kinds = answer["facets"]["document_type"]
    assert {kind["value"]: kind["label"] for kind in kinds}["concept_note"] == "Nota conceptual"
    assert sum(kind["count"] for kind in kinds) == answer["total"]


def test_an_answer_cites_its_page_and_where_to_read_it(found: dict[str, Any]) -> None:
    answer = found[HOUR]["answer"]
    (citation,) = answer["citations"]
    assert answer == {
        "status": "found",
        "kind": "schedule",
        "text": "10:40–11:00 (20 minutos)",
        "citations": [citation],
        "notices": [],
        "confidence": answer["confidence"],
        "subject": "",
    }
    assert 0.5 < answer["confidence"] <= 1
    passage = found[HOUR]["hits"][0]["passage_id"]
    assert citation == {
        "passage_id": passage,
        "start": citation["start"],
        "end": citation["start"] + len(AGENDA_LINE),
        "document_id": "ficha-taller-flacma",
        "title": (
            "Ficha del taller: innovación, transformación digital y servicios públicos para los ODS"
        ),
        "file": "ficha-taller-flacma.pdf",
        "language": "es",
        "original": None,
        "page": 2,
        "quote": AGENDA_LINE,
        "url": f"/documentos/ficha-taller-flacma?pagina=2#p-{passage}",
    }


def test_pages_are_null_where_the_format_has_none(found: dict[str, Any]) -> None:
    hits = [hit for answer in found.values() for hit in answer["hits"]]
    suffixes = {Path(hit["file"]).suffix for hit in hits}
    assert suffixes == {".pdf", ".pptx", *UNPAGED}
    for hit in hits:
        assert (hit["page"] is None) == (Path(hit["file"]).suffix in UNPAGED), hit["file"]
        assert hit["file"] == Path(hit["file"]).name
    cited = [c for answer in found.values() for c in answer["answer"]["citations"]]
    assert {c["file"]: c["page"] for c in cited}["changing-mindsets-toolkit.pdf"] == 1


def test_marks_lie_inside_the_text_in_order(found: dict[str, Any]) -> None:
    for answer in found.values():
        for hit in answer["hits"]:
            ends = [0, *(place for mark in hit["marks"] for place in mark), len(hit["text"])]
            assert ends == sorted(ends)
            assert all(start < end for start, end in hit["marks"])
    first = found["hoja de ruta"]["hits"][0]
    marked = {first["text"][start:end].lower() for start, end in first["marks"]}
    assert {"hoja", "ruta"} <= {word for words in marked for word in words.split()}


def test_every_quote_is_what_the_stored_page_says(
    found: dict[str, Any], searcher: Searcher
) -> None:
    citations = [c for answer in found.values() for c in answer["answer"]["citations"]]
    assert len(citations) >= 5
    for citation in citations:
        pages = {page.number: page.text for page in searcher.pages(citation["document_id"])}
        text = pages[citation["page"] or 1]
        assert citation["quote"].encode() == text[citation["start"] : citation["end"]].encode()


def test_people_read_the_answer_first_with_its_source(places: tuple[str, ...]) -> None:
    ran = acervo("search", HOUR, "-k", "2", *places)
    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[:2] == [
        "10:40–11:00 (20 minutos)",
        f"  «{AGENDA_LINE}»  — Ficha del taller: innovación, transformación digital y servicios "
        "públicos para los ODS, página 2 · ficha-taller-flacma.pdf",
    ]
    assert [line for line in lines if line.startswith(("1. ", "2. ", "3. "))] == [
        "1. Ficha del taller: innovación, transformación digital y servicios públicos para los ODS",
        "2. Ficha del taller: innovación, transformación digital y servicios públicos para los ODS",
    ]


def test_people_are_told_when_there_is_no_answer(places: tuple[str, ...]) -> None:
    ran = acervo("search", "receta de paella", "-k", "1", *places)
    assert ran.status == 0
    first, second, *others = ran.out.splitlines()
    assert first == "No encontré una respuesta que pueda citar."
    assert second.startswith("Busqué en 16 documentos. Lo más cercano trata de «")
    assert others[0].startswith("  Para ampliar: ver lo que hay en inglés (")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four documents in memory answer, whatever the index."""
    monkeypatch.setattr(questions, "open_searcher", lambda *_: SmallSearcher())
    monkeypatch.setattr(questions, "open_embedder", lambda _location, _threads: None)


@pytest.mark.usefixtures("small")
def test_people_read_how_their_question_was_read() -> None:
    lines = acervo("search", "gobernansa CEPA tipo:presentación").out.splitlines()
    assert "Se buscó «gobernanza CEPA»; con --literal se busca «gobernansa CEPA»." in lines
    assert (
        "CEPA también puede significar Comisión Económica para África: "
        "busque «Comisión Económica para África gobernanza»"
    ) in lines
    assert (
        "Busqué en 4 documentos, solo con este filtro: Presentación. Lo más cercano trata de "
        in (acervo("search", "gobernansa tipo:presentación").out)
    )
    assert "¿Quiso decir «presupuesto»?" in acervo("search", "presupesto").out.splitlines()
    assert "Ningún pasaje habla de esto." in acervo("search", "presupesto").out.splitlines()
    literal = acervo("search", "gobernansa", "--literal").out
    assert "Se buscó" not in literal


@pytest.mark.usefixtures("small")
def test_people_read_why_a_hit_stands_where_it_does() -> None:
    plain = acervo("search", "gobernanza", "-k", "1").out
    assert "Indicio" not in plain
    lines = acervo("search", "gobernanza", "-k", "1", "--explain").out.splitlines()
    table = [line.split() for line in lines if line.lstrip().startswith(("Palabras", "otra"))]
    assert table == [
        ["Palabras", "que", "coinciden", "1,25", "0,40", "0,50", "█" * 20],
        ["otra", "−0,50", "0,30", "−0,15", "█" * 6],
    ]
    assert "   Contiene: gobernanza (2,35)" in lines
    assert "   Se corresponden: mentalidad → mindsets (0,61)" in lines


@pytest.mark.usefixtures("small")
def test_originals_are_labelled_for_the_language_of_the_question() -> None:
    spanish = acervo("search", "gobernanza leaders").out
    assert "Changing Mindsets Toolkit" in spanish
    assert "p. 1 · Introduction · Original en inglés" in spanish
    english = acervo("search", "what gobernanza leaders").out
    assert "Original en inglés" not in english
    assert "p. 1 · Antecedentes · Original en español" in english


# --- citations ---


def test_a_quote_is_cited_in_every_style(places: tuple[str, ...]) -> None:
    quote = "Tema 2: Por qué\n es fundamental"
    ran = acervo("cite", "ficha-taller-flacma", "--quote", quote, "--json", *places)
    assert (ran.status, ran.err) == (0, "")
    assert list(ran.json) == ["document_id", "page", "quote", "url", "styles"]
    assert ran.json["quote"] == "Tema 2: Por qué es fundamental"
    assert list(ran.json["styles"]) == ["un", "apa", "markdown", "bibtex"]
    assert ran.json["styles"]["un"] == (
        "Federación Latinoamericana de Ciudades, Municipios y Asociaciones de Gobiernos Locales "
        "(FLACMA), Departamento de Asuntos Económicos y Sociales de las Naciones Unidas (UN DESA), "
        "«Ficha del taller: innovación, transformación digital y servicios públicos para los ODS» "
        "(1 de noviembre de 2024), pág. 2. «Tema 2: Por qué es fundamental»."
    )
    out = acervo("cite", "ficha-taller-flacma", "--page", "2", *places).out.splitlines()
    assert [line for line in out if line in ("Naciones Unidas", "APA 7", "Markdown", "BibTeX")] == [
        "Naciones Unidas", "APA 7", "Markdown", "BibTeX",
    ]  # fmt: skip


def test_a_citation_leads_to_the_public_address(
    places: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACERVO_BASE_URL", "https://acervo.example.org/")
    ran = acervo("cite", "digital-government-deck", "--page", "3", "--style", "markdown", *places)
    assert ran.out == (
        "[Digital Government on a Small Budget, diapositiva 3]"
        "(<https://acervo.example.org/documentos/digital-government-deck?pagina=3>), "
        "13 de noviembre de 2026\n"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ninguno",), "no hay ningún documento «ninguno»"),
        (("ficha-taller-flacma", "--page", "99"), "no tiene página 99"),
        (("glosario", "--page", "1"), "«Glosario de siglas y términos» no tiene página 1"),
        (("glosario", "--quote", "Tema 2"), "la cita no está palabra por palabra en «Glosario"),
        (
            ("ficha-taller-flacma", "--page", "1", "--quote", "Tema 2: Por qué"),
            "la cita no está palabra por palabra en la página 1 en «Ficha",
        ),
    ],
)
def test_what_cannot_be_cited_is_explained(
    arguments: tuple[str, ...], words: str, places: tuple[str, ...]
) -> None:
    ran = acervo("cite", *arguments, "--json", *places)
    assert (ran.status, ran.out) == (2, "")
    assert words in ran.err


def test_filters_narrow_and_may_be_repeated(places: tuple[str, ...]) -> None:
    filters = ["--filter", "language=en", "--filter", "language=pt", "--filter", "year=2026"]
    answer = acervo("search", "planejamento", "-k", "50", "--json", *filters, *places).json
    assert answer["query"]["filters"] == {"language": ["en", "pt"], "year": ["2026"]}
    assert {hit["language"] for hit in answer["hits"]} == {"en", "pt"}
    counts = answer["facets"]["language"]
    assert {facet["value"] for facet in counts} == {"en", "pt"}
    assert sum(facet["count"] for facet in counts) == answer["total"]


def test_a_goal_narrows_and_stands_beside_its_hits(places: tuple[str, ...]) -> None:
    asked = ("search", "instituciones eficaces", "-k", "50", "--filter", "ods=16", *places)
    hits = acervo(*asked, "--json").json["hits"]
    assert {hit["document_id"] for hit in hits} >= {"guia-17-ods-concejales", "once-principios"}
    assert all(16 in {tag["goal"] for tag in hit["ods"]} for hit in hits)
    assert "ODS 11, 16" in acervo(*asked).out


def test_k_is_how_many_hits_there_are(places: tuple[str, ...]) -> None:
    assert len(acervo("search", "gobernanza", "-k", "3", "--json", *places).json["hits"]) == 3


# --- wrong usage ---


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "acervo: error: falta: ORDEN"),
        (("busca",), "ORDEN: no hay ninguna opción 'busca'; las hay: 'ingest'"),
        (("search",), "acervo search: error: falta: TEXTO"),
        (("ingest",), "acervo ingest: error: falta: RUTA"),
        (("search", "ods", "-k", "diez"), "-k: valor no válido: 'diez'"),
        (("search", "ods", "-k"), "-k: necesita un valor"),
        (("search", "ods", "--colour"), "no se entiende: --colour"),
        (("cite", "x", "--style", "mla"), "--style: no hay ninguna opción 'mla'; las hay: 'un'"),
        (("cite", "x", "--page", "0"), "--page: valor no válido: '0'"),
        (("serve", "--port", "70000"), "--port: valor no válido: '70000'"),
        (("evaluate", "x", "--limit", "0"), "--limit: valor no válido: '0'"),
        (("evaluate", "x", "-k", "-1"), "-k: valor no válido: '-1'"),
        (("evaluate", "x", "--split", "todo"), "no hay ninguna opción 'todo'; las hay: 'tune'"),
        (("model",), "acervo model: error: falta: ORDEN"),
    ],
)
def test_wrong_usage_is_explained_in_spanish(arguments: tuple[str, ...], words: str) -> None:
    ran = acervo(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("uso: acervo")
    assert words in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("search", "  "), "escriba una pregunta o un tema"),
        (("search", "a" * 1001), "la consulta pasa de 1000 caracteres: acórtela"),
        (("search", "ods", "-k", "0"), "pida entre 1 y 1000 resultados"),
        (("search", "ods", "--filter", "idioma"), "un filtro se escribe nombre=valor"),
        (("search", "ods", "--filter", "idioma=es"), "no hay ningún filtro «idioma»: use docum"),
        (("verify", " "), "escriba el texto que quiere comprobar"),
        (("evaluate", "/no/existe"), "no existe «/no/existe»"),
    ],
)
def test_a_question_that_cannot_be_asked_is_explained(
    arguments: tuple[str, ...], words: str, places: tuple[str, ...]
) -> None:
    ran = acervo(*arguments, "--json", *places)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"acervo: {words}")


@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "ods"),
        ("verify", "ods"),
        ("cite", "x"),
        ("status",),
        ("check",),
        ("remove", "x"),
        ("rules", "show"),
        ("gaps",),
        ("keys", "create", "Ana"),
        ("keys", "list"),
        ("keys", "revoke", "Ana"),
    ],
)
def test_a_missing_index_says_how_to_make_one(
    arguments: tuple[str, ...], own: tuple[str, ...]
) -> None:
    ran = acervo(*arguments, "--json", *own)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        f"acervo: no hay ningún índice en «{own[1]}»: créelo con «acervo ingest CARPETA»\n"
    )
    assert not Path(own[1]).exists()
    Path(own[1]).mkdir()
    assert (acervo(*arguments, *own).status, list(Path(own[1]).iterdir())) == (2, [])


@pytest.mark.parametrize("arguments", [("search", "ods"), ("ingest", str(ROOT)), ("model", "info")])
def test_a_missing_model_says_how_to_make_one(
    arguments: tuple[str, ...], demo_index: Path, tmp_path: Path
) -> None:
    missing = tmp_path / "modelo"
    ran = acervo(*arguments, "--index", demo_index, "--model", missing)
    assert (ran.status, ran.out) == (2, "")
    assert str(missing) in ran.err
    assert "ejecute «acervo model build»" in ran.err


def test_a_setting_that_is_not_understood_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACERVO_PORT", "ocho")
    ran = acervo("status")
    assert (ran.status, ran.err) == (2, "acervo: configuración no válida en ACERVO_PORT\n")


def test_help_is_in_spanish() -> None:
    ran = acervo("ingest", "--help")
    assert ran.status == 0
    assert "muestra esta ayuda y termina" in ran.out
    assert "dice qué haría, sin hacerlo" in ran.out


# --- the collection ---


def test_ingest_reports_each_document_and_mirrors_the_folder(
    materials: Path, own: tuple[str, ...]
) -> None:
    first = acervo("ingest", materials, "--json", *own)
    assert (first.status, first.err) == (0, "")
    assert set(first.json) == {
        "dry_run", "generation", "seconds", "summary", "documents", "skipped",
    }  # fmt: skip
    document = first.json["documents"][0]
    seconds = document.pop("seconds")
    assert document.pop("root") == str(materials)
    assert document == {
        "status": "added",
        "document_id": "acta-md",
        "file": "acta.md",
        "path": "acta.md",
        "title": "Acta",
        "type": "other",
        "language": "es",
        "pages": 1,
        "passages": 1,
        "warnings": [],
        "findings": [],
        "cause": "",
        "change": None,
    }
    assert seconds > 0
    assert statuses(first) == {"acta.md": "added", "guia.md": "added"}
    write(materials / "acta.md", "Acta", "La asamblea aplazó el presupuesto participativo.")
    (materials / "guia.md").rename(materials / "manual.md")
    second = acervo("ingest", materials, "--json", *own)
    assert statuses(second) == {"acta.md": "updated", "manual.md": "added", "guia.md": "removed"}
    assert second.json["generation"] > first.json["generation"]
    changes = {document["path"]: document["change"] for document in second.json["documents"]}
    assert changes["acta.md"] == {"pages": 1, "changed": [1]}
    third = acervo("ingest", materials, "--json", *own)
    assert statuses(third) == {"acta.md": "unchanged", "manual.md": "unchanged"}
    assert third.json["generation"] == second.json["generation"]


def test_files_that_cannot_be_read_are_told_and_the_others_ingested(
    materials: Path, own: tuple[str, ...]
) -> None:
    (materials / "roto.pdf").write_bytes(b"%PDF-1.7\n" + b"\x00basura\xff" * 200)
    (materials / "vacio.docx").touch()
    (materials / "viejo.odt").write_bytes(b"otro formato")
    pdf(materials / "cerrado.pdf", locked_with="clave")
    pdf(materials / "blanco.pdf")
    ran = acervo("ingest", materials, "--json", *own)
    assert ran.status == 1
    assert statuses(ran) == {
        "acta.md": "added",
        "blanco.pdf": "no_text",
        "cerrado.pdf": "failed",
        "guia.md": "added",
        "roto.pdf": "failed",
        "vacio.docx": "failed",
        "viejo.odt": "failed",
    }
    assert ran.json["summary"] == {
        "added": 2, "updated": 0, "unchanged": 0, "removed": 0, "failed": 4, "no_text": 1,
    }  # fmt: skip
    causes = {document["path"]: document["cause"] for document in ran.json["documents"]}
    assert "contraseña" in causes["cerrado.pdf"]
    assert causes["vacio.docx"] == "El archivo está vacío (0 bytes)."
    assert causes["viejo.odt"].startswith("El archivo termina en .odt, pero su contenido es otro.")
    assert causes["roto.pdf"] != ""
    for name in ("cerrado.pdf", "roto.pdf", "vacio.docx", "viejo.odt"):
        assert f"{name}: {causes[name]}" in " ".join(ran.err.split())
    assert acervo("verify", "presupuesto participativo", "--json", *own).json["found"] is True
    again = acervo("ingest", materials, *own)
    assert again.status == 1
    assert again.out.splitlines()[-2].startswith("3 sin cambios, 4 fallaron · ")
    report = Path(own[1]) / "informe.html"
    assert again.out.splitlines()[-1] == f"Informe de lectura: {report}"
    assert "<code>cerrado.pdf</code>" in report.read_text(encoding="utf-8")
    refused = acervo("status", "--json", *own).json["refused"]
    assert [item["path"] for item in refused] == [
        "cerrado.pdf", "roto.pdf", "vacio.docx", "viejo.odt",
    ]  # fmt: skip


@pytest.fixture
def hard(materials: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder with all that a disk can hold besides: what cannot be opened, or not be named."""
    write(
        Path(os.fsdecode(bytes(materials) + b"/ni\xf1ez.md")), "Niñez", "La niñez opina en marzo."
    )
    write(materials / "dos\nlíneas [bold].md", "Líneas", "El nombre ocupa dos líneas.")
    write(materials / "\u202eoirev\x1b[31m.md", "Revés", "El nombre se lee al revés.")
    write(materials / f"{'l' * 252}.md", "Largo", "El nombre no puede ser más largo.")
    (materials / "suelta [").mkdir()
    write(materials / "suelta [" / "b].md", "Suelta", "La ruta parece una marca de estilo.")
    (materials / "estrecha.pdf").write_bytes(narrow_pdf())
    (materials / "bucle.md").symlink_to("bucle.md")
    (materials / "vuelta").symlink_to("otra-vuelta")
    (materials / "otra-vuelta").symlink_to("vuelta")
    (materials / "roto.md").symlink_to("nadie.md")
    (materials / "arriba").symlink_to("..")
    os.mkfifo(materials / "cola.pdf")
    with socket.socket(socket.AF_UNIX) as plug:
        monkeypatch.chdir(materials)  # the address of a socket holds some hundred characters
        plug.bind("enchufe.md")
        write(materials / "privada.md", "Privada", "Nadie puede leer esto.")
        (materials / "carpeta").mkdir()
        write(materials / "carpeta" / "dentro.md", "Dentro", "Está dentro de la carpeta.")
        yield materials


def lock(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Refuse to open what is so called, as the system does to who may not: these tests may all."""
    opener, lister = Path.open, os.scandir

    def opened(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name in names:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return opener(path, *arguments, **options)

    def listed(path: Any = ".") -> Any:
        if not isinstance(path, int) and Path(path).name in names:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
        return lister(path)

    monkeypatch.setattr(Path, "open", opened)
    monkeypatch.setattr(os, "scandir", listed)


READABLE = {
    "acta.md",
    "guia.md",
    "estrecha.pdf",
    "suelta [/b].md",
    r"ni\xf1ez.md",
    r"dos\x0alíneas [bold].md",
    r"\u202eoirev\x1b[31m.md",
    f"{'l' * 252}.md",
}
NOT_READABLE = {
    "bucle.md": "No se pudo abrir: es un enlace que lleva a sí mismo.",
    "carpeta": "No se pudo abrir: no hay permiso para leerlo.",
    "cola.pdf": "No es un archivo, sino una tubería, un conector o un dispositivo.",
    "enchufe.md": "No es un archivo, sino una tubería, un conector o un dispositivo.",
    "otra-vuelta": "No se pudo abrir: es un enlace que lleva a sí mismo.",
    "privada.md": "No se pudo abrir: no hay permiso para leerlo.",
    "roto.md": "No se pudo abrir: ya no está, o es un enlace a algo que no existe.",
    "vuelta": "No se pudo abrir: es un enlace que lleva a sí mismo.",
}


def test_whatever_a_folder_holds_each_file_has_its_own_status(
    hard: Path, own: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that was not UTF-8, or a link to itself, once ended the whole run."""
    lock(monkeypatch, "privada.md", "carpeta")
    rehearsed = acervo("ingest", hard, "--dry-run", "--json", *own)
    added, failed = dict.fromkeys(READABLE, "added"), dict.fromkeys(NOT_READABLE, "failed")
    assert (rehearsed.status, statuses(rehearsed)) == (1, added | failed)
    first = acervo("ingest", hard, "--json", *own)
    assert (first.status, statuses(first)) == (1, added | failed)
    assert first.json["skipped"] == [
        {"root": str(hard), "path": "arriba", "reason": "enlace a una carpeta: no se sigue"}
    ]
    told = {document["path"]: document for document in first.json["documents"]}
    assert {path: told[path]["cause"] for path in NOT_READABLE} == NOT_READABLE
    strange = told[r"ni\xf1ez.md"]
    assert (strange["document_id"], strange["file"]) == ("ni-xf1ez-md", "niñez.md")
    assert strange["warnings"] == [
        r"su nombre no se puede escribir tal como es: aquí figura como «ni\xf1ez.md»"
    ]
    again = acervo("ingest", hard, *own)
    assert again.status == 1
    assert again.out.splitlines()[-2].startswith("8 sin cambios, 8 fallaron · ")
    assert not re.search("[\x1b\u202e]", again.out + again.err)
    for ran in (first, again):
        assert "privada.md: No se pudo abrir: no hay permiso" in " ".join(ran.err.split())


def test_what_cannot_be_read_for_now_is_not_removed(
    hard: Path, own: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    acervo("ingest", hard, *own)
    lock(monkeypatch, "privada.md", "carpeta")
    found = statuses(acervo("ingest", hard, "--json", *own))
    assert (found["privada.md"], found["carpeta"], found[r"ni\xf1ez.md"]) == (
        "failed",
        "failed",
        "unchanged",
    )
    assert "removed" not in found.values()
    monkeypatch.undo()
    found = statuses(acervo("ingest", hard, "--json", *own))
    assert (found["privada.md"], found["carpeta/dentro.md"]) == ("unchanged", "unchanged")


def test_a_document_whose_name_is_not_utf8_is_one_like_any_other(
    hard: Path, own: tuple[str, ...]
) -> None:
    acervo("ingest", hard, *own)
    listed = acervo("status", "--json", *own)
    assert listed.status == 0
    files = {item["id"]: item["file"] for item in listed.json["list"]}
    assert files["ni-xf1ez-md"] == "niñez.md"
    assert {item["path"] for item in listed.json["refused"]} == NOT_READABLE.keys() - {
        "carpeta", "privada.md",
    }  # fmt: skip
    assert acervo("status", *own).status == 0
    assert acervo("check", *own).status == 0
    report = (Path(own[1]) / "informe.html").read_text(encoding="utf-8")
    assert r"<code>ni\xf1ez.md</code>" in report
    assert "es un enlace que lleva a sí mismo" in report
    settings = Settings(index=Path(own[1]), model=own[3])
    with TestClient(create_app(settings)) as client:
        original = client.get("/documentos/ni-xf1ez-md/original")
        assert original.text.startswith("# Niñez")
        assert "filename*=UTF-8''ni%C3%B1ez.md" in original.headers["content-disposition"]
        assert "niñez.md" in client.get("/documentos/ni-xf1ez-md").text
    assert acervo("remove", "ni-xf1ez-md", "--json", *own).json["removed"] == ["ni-xf1ez-md"]
    assert statuses(acervo("ingest", hard, "--json", *own))[r"ni\xf1ez.md"] == "added"
    assert acervo("remove", hard, "--json", *own).status == 0
    emptied = acervo("status", "--json", *own).json
    assert (emptied["documents"], emptied["refused"]) == (0, [])


def test_a_folder_whose_name_is_not_utf8_can_be_given(
    materials: Path, own: tuple[str, ...]
) -> None:
    folder = Path(os.fsdecode(bytes(materials) + b"-a\xf1o"))
    materials.rename(folder)
    first = acervo("ingest", folder, "--json", *own)
    assert (first.status, statuses(first)) == (0, {"acta.md": "added", "guia.md": "added"})
    assert {document["root"] for document in first.json["documents"]} == {rf"{materials}-a\xf1o"}
    second = acervo("ingest", folder / "acta.md", "--json", *own)
    assert statuses(second) == {"acta.md": "unchanged"}
    assert acervo("status", *own).status == 0
    assert len(acervo("remove", folder, "--json", *own).json["removed"]) == 2


def test_what_is_no_file_can_be_given_and_does_not_block(
    hard: Path, own: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (hard / "cola.pdf", Path("/dev/zero")):
        ran = acervo("ingest", path, "--json", *own)
        assert (ran.status, statuses(ran)) == (1, {path.name: "failed"})
    for path in (hard / "bucle.md", hard / "roto.md"):
        ran = acervo("ingest", path, *own)
        assert (ran.status, ran.err) == (2, f"acervo: No existe «{path}»: revise la ruta.\n")
    (hard / "catalogo.toml").touch()
    lock(monkeypatch, "carpeta", "catalogo.toml")
    ran = acervo("ingest", hard / "carpeta", "--json", *own)
    assert (ran.status, statuses(ran)) == (1, {".": "failed"})
    ran = acervo("ingest", hard, *own)
    cause = "No se pudo abrir: no hay permiso para leerlo."
    assert (ran.status, ran.err) == (2, f"acervo: {hard / 'catalogo.toml'}: {cause}\n")


def test_a_backslash_in_a_name_is_no_strange_byte(materials: Path, own: tuple[str, ...]) -> None:
    write(Path(os.fsdecode(bytes(materials) + b"/a\xf1o.md")), "Uno", "El primero de los dos.")
    write(materials / r"a\xf1o.md", "Dos", "El segundo de los dos.")
    for status in ("added", "unchanged"):
        found = statuses(acervo("ingest", materials, "--json", *own))
        assert (found[r"a\xf1o.md"], found[r"a\x5cxf1o.md"]) == (status, status)


def test_a_rehearsal_writes_nothing(materials: Path, own: tuple[str, ...]) -> None:
    ran = acervo("ingest", materials, "--dry-run", "--json", *own)
    assert (ran.status, ran.json["dry_run"], ran.json["generation"]) == (0, True, None)
    assert statuses(ran) == {"acta.md": "added", "guia.md": "added"}
    assert not Path(own[1]).exists()
    acervo("ingest", materials, *own)
    before = acervo("status", "--json", *own).json
    write(materials / "guia.md", "Guía", "Otra cosa.")
    (materials / "acta.md").unlink()
    ran = acervo("ingest", materials, "--dry-run", *own)
    assert ran.out.splitlines()[-1] == "1 actualizado, 1 retirado · ensayo: no se guardó nada"
    assert acervo("status", "--json", *own).json == before


def test_documents_are_removed_by_id_and_by_root(
    materials: Path, own: tuple[str, ...], tmp_path: Path
) -> None:
    other = tmp_path / "otra.md"
    write(other, "Otra", "Un documento de otra raíz.")
    assert acervo("ingest", materials, other, *own).status == 0
    ran = acervo("remove", "guia-md", "--json", *own)
    assert (ran.status, ran.json["removed"]) == (0, ["guia-md"])
    ran = acervo("remove", materials, *own)
    assert (ran.status, ran.out) == (0, "Retirados: acta-md\n")
    status = acervo("status", "--json", *own).json
    assert [document["id"] for document in status["list"]] == ["otra-md"]
    ran = acervo("remove", "guia-md", *own)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "acervo: no hay ningún documento ni carpeta «guia-md»\n"


def test_status_says_what_is_in_the_index(materials: Path, own: tuple[str, ...]) -> None:
    generation = acervo("ingest", materials, "--json", *own).json["generation"]
    assert acervo("status", "--json", *own).json == {
        "generation": generation,
        "documents": 2,
        "passages": 2,
        "model": MODEL_NAME,
        "index": own[1],
        "list": [
            {"id": "acta-md", "title": "Acta", "file": "acta.md", "root": str(materials)},
            {"id": "guia-md", "title": "Guía", "file": "guia.md", "root": str(materials)},
        ],
        "refused": [],
    }
    lines = acervo("status", *own).out.splitlines()
    assert lines[0] == f"{own[1]}: generación {generation}, modelo {MODEL_NAME}"
    assert lines[1] == "2 documentos, 2 pasajes"


def test_a_path_that_does_not_exist_stops_before_anything_is_written(own: tuple[str, ...]) -> None:
    ran = acervo("ingest", "/no/existe", "--json", *own)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "acervo: No existe «/no/existe»: revise la ruta.\n"


# --- damage ---


def test_a_whole_index_is_in_order(places: tuple[str, ...]) -> None:
    assert acervo("check", "--json", *places) == Ran(
        0, '{\n  "ok": true,\n  "problems": []\n}\n', ""
    )
    assert acervo("check", *places).out == (
        "Todo está en orden: base, cachés, originales y citas.\n"
    )


def test_a_damaged_cache_is_told_and_repairs_itself(materials: Path, own: tuple[str, ...]) -> None:
    generation = acervo("ingest", materials, "--json", *own).json["generation"]
    vectors = Path(own[1]) / "cache" / str(generation) / "dense.faiss"
    data = bytearray(vectors.read_bytes())
    data[-1] ^= 1
    vectors.write_bytes(data)
    ran = acervo("check", "--json", *own)
    assert ran.status == 1
    assert ran.json == {
        "ok": False,
        "problems": [
            {
                "text": "la caché «dense.faiss» está dañada",
                "repair": "se rehace sola en la próxima consulta",
            }
        ],
    }
    assert acervo("search", "presupuesto", *own).status == 0
    assert acervo("check", *own).status == 0


def test_a_damaged_page_is_told_and_the_told_repair_works(
    materials: Path, own: tuple[str, ...]
) -> None:
    acervo("ingest", materials, *own)
    database = sqlite3.connect(Path(own[1]) / "acervo.db")
    database.execute(
        "UPDATE pages SET text = replace(text, 'a', 'e') WHERE document_id = 'acta-md'"
    )
    database.commit()
    database.close()
    ran = acervo("check", *own)
    assert (ran.status, ran.out) == (
        1,
        "el documento «acta-md» no coincide con su suma: "
        "retírelo con «acervo remove acta-md» e ingiera de nuevo su carpeta\n",
    )
    assert acervo("remove", "acta-md", *own).status == 0
    assert acervo("ingest", materials, *own).status == 0
    assert acervo("check", *own).status == 0


def test_a_database_that_cannot_be_read_is_damage(materials: Path, own: tuple[str, ...]) -> None:
    acervo("ingest", materials, *own)
    path = Path(own[1]) / "acervo.db"
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096))
    ran = acervo("check", "--json", *own)
    assert (ran.status, ran.json["ok"]) == (1, False)
    (problem,) = ran.json["problems"]
    assert problem["text"].startswith(f"la base «{path}» está dañada")
    assert problem["repair"].startswith("recupere una copia o vuelva a ingerir")
    editorial = (("rules", "show"), ("gaps",), ("keys", "create", "Ana"), ("keys", "list"))
    for command in (("search", "presupuesto"), ("status",), ("ingest", materials), *editorial):
        ran = acervo(*command, *own)
        assert (ran.status, ran.out) == (2, "")
        assert ran.err.startswith(f"acervo: la base «{path}» está dañada")


# --- quotes and measures ---


def test_verify_says_where_a_text_stands(places: tuple[str, ...], searcher: Searcher) -> None:
    ran = acervo("verify", AGENDA_LINE.replace(" ", "\n  "), "--json", *places)
    assert (ran.status, ran.err) == (0, "")
    (match,) = ran.json["matches"]
    assert ran.json["found"] is True
    assert set(match) == {"document_id", "file", "title", "page", "start", "end"}
    assert (match["document_id"], match["page"]) == ("ficha-taller-flacma", 2)
    text = searcher.pages("ficha-taller-flacma")[1].text
    assert text[match["start"] : match["end"]] == AGENDA_LINE
    ran = acervo("verify", AGENDA_LINE, *places)
    assert ran.out.startswith("Ficha del taller: ")
    assert "página 2 (ficha-taller-flacma.pdf), caracteres " in ran.out


def test_verify_says_that_a_text_stands_nowhere(places: tuple[str, ...]) -> None:
    changed = AGENDA_LINE.replace("10:40", "10:45")
    ran = acervo("verify", changed, "--json", *places)
    assert (ran.status, ran.json) == (0, {"found": False, "matches": []})
    assert acervo("verify", changed, *places).out == "No está en ninguna página del índice.\n"


def beir(folder: Path) -> Path:
    """Two passages and a question for each."""
    (folder / "qrels").mkdir(parents=True)
    texts = {"a": "El presupuesto se aprueba en diciembre.", "b": "La biblioteca abre los lunes."}
    asked = {"qa": "¿cuándo se aprueba el presupuesto?", "qb": "¿qué día abre la biblioteca?"}
    for name, rows in (("corpus", texts), ("queries", asked)):
        lines = [json.dumps({"_id": id_, "text": text}) for id_, text in rows.items()]
        (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    judged = "query-id\tcorpus-id\tscore\nqa\ta\t1\nqb\tb\t1\n"
    (folder / "qrels" / "test.tsv").write_text(judged, encoding="utf-8")
    return folder


def test_evaluate_measures_a_folder(
    tmp_path: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACERVO_EVALUATIONS", str(tmp_path / "indices"))
    folder = beir(tmp_path / "beir")
    ran = acervo("evaluate", folder, "--json", "--model", model_folder)
    assert (ran.status, ran.err) == (0, "")
    numbers = ran.json
    assert numbers.pop("ms_per_query_p95") >= numbers.pop("ms_per_query_p50") > 0
    assert {name: numbers[name] for name in numbers if name not in ("components", "groups")} == {
        "queries": 2,
        "passages": 2,
        "ndcg_at_10": 1.0,
        "mrr_at_10": 1.0,
        "recall_at_1": 1.0,
        "recall_at_5": 1.0,
        "recall_at_100": 1.0,
        "success_at_3": 1.0,
    }
    assert len(list((tmp_path / "indices").iterdir())) == 1
    limited = acervo("evaluate", folder, "--json", "--limit", "1", "--model", model_folder)
    assert limited.json["queries"] == 1
    assert "recall_at_100      1.0000" in acervo("evaluate", folder, "--model", model_folder).out
    better = tmp_path / "antes.json"
    better.write_text(json.dumps(ran.json | {"mrr_at_10": 1.03}), encoding="utf-8")
    fell = acervo("evaluate", folder, "--against", better, "--json", "--model", model_folder)
    assert (fell.status, fell.json["fallen"]) == (1, ["mrr_at_10"])
    shown = acervo("evaluate", folder, "--against", better, "--model", model_folder).out
    assert "mrr_at_10 1.0300 1.0000 -0.0300 ▼" in " ".join(shown.split())


def test_evaluate_measures_a_file_over_the_index(tmp_path: Path, places: tuple[str, ...]) -> None:
    relevant = [{"document": "ficha-taller-flacma", "quote": AGENDA_LINE, "grade": 3}]
    rows = [
        {"id": "1", "text": HOUR, "kind": "agenda", "split": "test", "relevant": relevant},
        {"id": "2", "text": "receta de paella", "kind": "no-answer", "relevant": []},
    ]
    file = tmp_path / "juicios.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    whole = {
        "queries": 1, "ndcg_at_10": 1.0, "success_at_3": 1.0, "recall_at_5": 1.0, "answered": 1.0,
        "right_answers": 1.0,
    }  # fmt: skip
    silent = {
        "queries": 1, "ndcg_at_10": 0.0, "success_at_3": 0.0, "recall_at_5": 0.0, "answered": 0.0,
        "right_answers": 1.0,
    }  # fmt: skip
    ran = acervo("evaluate", file, "--json", *places)
    assert (ran.status, ran.err) == (0, "")
    card = ran.json
    kinds = {"agenda": whole, "answerable": whole, "no-answer": silent, "unanswerable": silent}
    assert (card["kinds"], card["unresolved"], card["perturbations"]) == (kinds, [], {})
    assert card["splits"] == {"test": {"agenda": whole, "answerable": whole}}
    assert card["shipped"]["coverage"] == card["shipped"]["right"] == 1.0
    assert card["shipped"]["false_answers"] == {"no-answer": 0.0}
    assert [(point["coverage"], point["right"]) for point in card["curve"]] == [(1.0, 1.0)]
    assert [question["versions"] for question in card["questions"]] == [
        {"original": [1.0, 1.0, 1.0]},
        {"original": [0.0, 0.0, 1.0]},
    ]
    part = acervo("evaluate", file, "--split", "test", "--json", *places)
    assert list(part.json["kinds"]) == ["agenda", "answerable"]


def judged_file(folder: Path, expected: str) -> Path:
    """Nine questions about one hour, of which the text decides whether they are answered."""
    relevant = [{"document": "ficha-taller-flacma", "quote": expected, "grade": 3}]
    rows = [{"id": str(n), "text": HOUR, "kind": "agenda", "relevant": relevant} for n in range(9)]
    file = folder / "juicios.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return file


def test_evaluate_lists_what_it_got_wrong(tmp_path: Path, places: tuple[str, ...]) -> None:
    good = acervo("evaluate", judged_file(tmp_path, AGENDA_LINE), "--failures", *places)
    assert "esperado" not in good.out
    wrong = "Todo el taller se imparte en español"
    bad = acervo("evaluate", judged_file(tmp_path, wrong), "--failures", *places)
    assert bad.out.count(f"esperado: «{wrong}» — ficha-taller-flacma") == 9
    assert f"0 · agenda: {HOUR}" in bad.out


def test_evaluate_perturbs_and_compares(tmp_path: Path, places: tuple[str, ...]) -> None:
    file, saved = judged_file(tmp_path, AGENDA_LINE), tmp_path / "antes.json"
    saved.write_text(acervo("evaluate", file, "--perturb", "--json", *places).out, "utf-8")
    assert {"accents", "marks", "upper"} <= json.loads(saved.read_text())["perturbations"].keys()
    same = acervo("evaluate", file, "--perturb", "--against", saved, *places)
    assert (same.status, "Bajan más de 0.02: ninguno" in same.out) == (0, True)
    worse = acervo(
        "evaluate", judged_file(tmp_path, "Todo el taller se imparte en español"),
        "--perturb=upper", "--against", saved, *places,
    )  # fmt: skip
    assert worse.status == 1
    assert "agenda (nDCG@10, success@3, right answers); ~upper (nDCG@10" in worse.out
    index = places[places.index("--index") + 1]
    assert acervo("evaluate", file, "--against", index, *places).status == 0
    lenient = acervo("evaluate", file, "--against", saved, "--tolerance", "1", "--json", *places)
    assert (lenient.status, lenient.json["against"]["fallen"]) == (0, {})


def test_evaluate_says_what_it_cannot_perturb_or_compare_with(
    tmp_path: Path, places: tuple[str, ...]
) -> None:
    file = judged_file(tmp_path, AGENDA_LINE)
    ran = acervo("evaluate", file, "--perturb", "tildes", *places)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("acervo: no hay ninguna alteración «tildes»; las hay: accents, typo")
    ran = acervo("evaluate", file, "--against", "/no/existe", *places)
    assert (ran.status, ran.err) == (2, "acervo: no existe «/no/existe»\n")
    ran = acervo("evaluate", file, "--against", file, *places)
    assert (ran.status, "no es un resultado guardado" in ran.err) == (2, True)


def test_a_judged_file_that_is_no_text_is_told(tmp_path: Path, places: tuple[str, ...]) -> None:
    file = tmp_path / "juicios.jsonl"
    file.write_bytes(b"\xff\xfe\x00")
    ran = acervo("evaluate", file, *places)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"acervo: no se puede leer «{file}»")


def test_model_info_describes_the_model(model_folder: Path) -> None:
    ran = acervo("model", "info", "--json", "--model", model_folder)
    assert (ran.status, ran.err) == (0, "")
    card = ran.json
    assert (card["name"], card["dimension"], card["max_tokens"]) == (MODEL_NAME, 384, 512)
    served = next(file for file in card["files"] if file["path"] == "onnx/model.onnx")
    assert served["size"] == (model_folder / served["path"]).stat().st_size
    assert served["sha256"] in acervo("model", "info", "--model", model_folder).out


# --- as a program of its own ---


def program(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_program_ends_with_the_status_of_its_work(
    demo_index: Path, model_folder: Path, tmp_path: Path
) -> None:
    settings = {"ACERVO_INDEX": str(demo_index), "ACERVO_MODEL": str(model_folder)}
    command = (sys.executable, "-m", "service.cli")
    ran = program(*command, "search", HOUR, "--json", **settings)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)["answer"]["text"] == "10:40–11:00 (20 minutos)"
    copied = shutil.copytree(demo_index, tmp_path / "copia")
    next((copied / "originals").iterdir()).write_bytes(b"otra cosa")
    assert program(*command, "check", "--index", copied).returncode == 1
    assert program(*command, "search").returncode == 2


@pytest.mark.parametrize("form", ["--json", "--literal"])
def test_a_full_disk_is_told_in_one_line(demo_index: Path, form: str, model_folder: Path) -> None:
    """It ended in a traceback, and in another one when Python ended."""
    command = f'"$0" -m service.cli search ods {form} > /dev/full'
    settings = {"ACERVO_INDEX": str(demo_index), "ACERVO_MODEL": str(model_folder)}
    ran = program("sh", "-c", command, sys.executable, **settings)
    told = "acervo: no queda espacio en el disco donde se escribe\n"
    assert (ran.returncode, ran.stderr) == (1, told)


@pytest.mark.skipif(not CONSOLE_SCRIPT.exists(), reason="the project is not installed here")
def test_the_console_script_is_the_same_program(demo_index: Path) -> None:
    ran = program(CONSOLE_SCRIPT, "status", "--json", ACERVO_INDEX=str(demo_index))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)["documents"] == 16
    assert program(CONSOLE_SCRIPT, "nada").returncode == 2


def test_a_search_loads_no_reader_no_server_and_no_training_library(
    places: tuple[str, ...],
) -> None:
    arguments = ["search", HOUR, "-k", "1", *places]
    code = (
        "import sys\nfrom service.cli.main import main\n"
        f"status = main({arguments!r})\n"
        f"print(status, sorted(sys.modules.keys() & {NOT_NEEDED_TO_SEARCH!r}), file=sys.stderr)"
    )
    ran = program(sys.executable, "-c", code)
    assert ran.stdout.startswith("10:40–11:00 (20 minutos)\n")
    assert ran.stderr == "0 []\n"


def test_nothing_is_served_without_an_index_and_its_model(
    demo_index: Path, model_folder: Path, tmp_path: Path
) -> None:
    """A server that could only refuse must not start."""
    other = shutil.copytree(model_folder, tmp_path / "otro", copy_function=os.link)
    card = json.loads((other / "model.json").read_text("utf-8"))
    (other / "model.json").unlink()
    (other / "model.json").write_text(json.dumps(card | {"name": "otro/int8"}), "utf-8")
    for index, model, words in (
        (tmp_path / "nada", model_folder, "no hay ningún índice en"),
        (demo_index, tmp_path / "nada", "ejecute «acervo model build»"),
        (demo_index, other, f"el índice se hizo con el modelo «{MODEL_NAME}», no con «otro/int8»"),
    ):
        places = ("--port", "0", "--index", index, "--model", model)
        ran = program(sys.executable, "-m", "service.cli", "serve", *places)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert words in ran.stderr
