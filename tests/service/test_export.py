"""The results of a search as a table: what it holds, and that no spreadsheet runs it."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from command_line import acervo
from small_collection import AGENDA, SmallSearcher
from starlette.testclient import TestClient

from search.documents import Tag
from search.results import Query
from service.settings import Settings
from service.web.app import create_app
from service.web.export import ExportResponse, csv_text, file_name

EXPORT = "/api/v1/search/export"
COLUMNS = [
    "rank", "score", "title", "file", "document_type", "language", "section", "page", "text",
    "ods", "url", "citation",
]  # fmt: skip


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(index=tmp_path / "index", base_url="https://acervo.example.org/")
    with TestClient(create_app(settings, SmallSearcher())) as client:
        yield client


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text, newline="")))


def test_a_table_holds_each_passage_with_its_address_and_citation(client: TestClient) -> None:
    response = client.get(EXPORT, params={"q": "tema"})
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="acervo-tema.csv"'
    assert response.content.startswith(b"\xef\xbb\xbfrank,score,")
    assert response.content.endswith(b"\r\n")
    url = "https://acervo.example.org/documentos/taller?pagina=2#p-taller.3"
    assert rows(response.content.decode("utf-8-sig")) == [
        COLUMNS,
        [
            "1",
            "0.25",
            "Nota conceptual y agenda",
            "taller.pdf",
            "concept_note",
            "es",
            "Nota conceptual y agenda › Agenda provisional",
            "2",
            AGENDA,
            "",
            url,
            f"«Nota conceptual y agenda» (1 de noviembre de 2024), pág. 2. Disponible en {url}.",
        ],
    ]


def test_a_table_holds_all_passages_unless_fewer_are_asked(client: TestClient) -> None:
    all_rows = client.get(EXPORT, params={"q": "gobernanza"}).content.decode("utf-8-sig")
    assert [row[0] for row in rows(all_rows)[1:]] == ["1", "2", "3", "4", "5", "6", "7"]
    page = client.get(EXPORT, params={"q": "gobernanza", "k": 2, "page": 2, "format": "json"})
    assert [row["rank"] for row in page.json()["rows"]] == [3, 4]
    narrow = client.get(EXPORT, params={"q": "gobernanza", "document_type": "worksheet"})
    (row,) = rows(narrow.content.decode("utf-8-sig"))[1:]
    assert (row[7], row[8]) == (
        "",
        "Escriba <script>alert(1)</script> y 🙂 gobernanza & mentalidad.",
    )


def test_the_same_rows_come_as_json(client: TestClient) -> None:
    response = client.get(EXPORT, params={"q": "¿Qué tema, señora?", "format": "json"})
    name = response.headers["content-disposition"]
    assert name == 'attachment; filename="acervo-que-tema-senora.json"'
    found = response.json()
    assert list(found) == ["query", "filters", "total", "index", "rows"]
    assert (found["query"], found["total"]) == ("¿Qué tema, señora?", len(found["rows"]))
    assert found["index"]["generation"] == 7
    assert list(found["rows"][0]) == COLUMNS


def test_a_row_names_goals_and_targets() -> None:
    tags = (Tag("taller.3", 16, "16.6", ("meta 16.6",)), Tag("taller.3", 11, None, ("ODS 11",)))
    result = SmallSearcher().search(Query("tema"))
    result = replace(result, hits=(replace(result.hits[0], tags=tags),))
    text = csv_text(ExportResponse.from_result(result, SmallSearcher().info, ""))
    assert rows(text)[1][COLUMNS.index("ods")] == "16.6; 11"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_cell_is_a_formula(start: str) -> None:
    result = SmallSearcher().search(Query("tema"))
    (hit,) = result.hits
    document = replace(hit.document, title=f'{start}HYPERLINK("http://x","a, b")')
    result = replace(result, hits=(replace(hit, document=document),))
    text = csv_text(ExportResponse.from_result(result, SmallSearcher().info, ""))
    assert rows(text)[1][2] == f'\'{start}HYPERLINK("http://x","a, b")'


@pytest.mark.parametrize(
    ("parameters", "detail"),
    [
        ({"q": " "}, "La consulta está vacía: escriba una pregunta o un tema."),
        ({"q": "x", "k": 101}, "«k» es demasiado grande."),
        ({"q": "x", "format": "xlsx"}, "«format» no es una de las opciones."),
    ],
)
def test_what_cannot_be_exported_is_a_problem(
    client: TestClient, parameters: dict[str, str | int], detail: str
) -> None:
    response = client.get(EXPORT, params=parameters)
    assert (response.status_code, response.json()["detail"]) == (400, detail)


def test_a_failed_export_never_looks_empty(client: TestClient) -> None:
    response = client.get(EXPORT, params={"q": "dañado"})
    assert (response.status_code, response.json()["title"]) == (503, "No se pudo buscar")


def test_a_file_is_named_for_its_question() -> None:
    assert file_name("¿A qué hora?", "csv") == "acervo-a-que-hora.csv"
    assert file_name("日本", "csv") == "acervo-resultados.csv"
    assert file_name("gobernanza " * 9, "csv") == f"acervo{'-gobernanza' * 5}.csv"
    assert file_name("x" * 80, "csv") == f"acervo-{'x' * 60}.csv"


def test_the_command_line_writes_the_same_table(demo_index: Path, model_folder: Path) -> None:
    places = ("--index", demo_index, "--model", model_folder)
    ran = acervo("search", "hoja de ruta", "-k", "3", "--csv", *places)
    assert (ran.status, ran.err) == (0, "")
    settings = Settings(index=demo_index, model=str(model_folder))
    with TestClient(create_app(settings)) as client:
        served = client.get(EXPORT, params={"q": "hoja de ruta", "k": 3}).content.decode()
    assert len(rows(ran.out)) == 4
    address = COLUMNS.index("url")
    assert [row[:address] for row in rows(ran.out)] == [row[:address] for row in rows(served)]
    ran = acervo("search", "x", "--csv", "--json", *places)
    assert (ran.status, ran.out) == (2, "")
    assert "elija una forma: --csv o --json" in ran.err
