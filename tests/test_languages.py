"""The languages of the service: which one a request gets, and that every text is translated."""

import asyncio
from collections.abc import Iterator

import pytest
from small_collection import SmallSearcher
from starlette.testclient import TestClient

from service.app import create_app
from service.i18n import LANGUAGES, speaking
from service.labels import date_in_year, decimal, grouped, language_name, long_date, original_label
from service.links import document_url, search_url
from service.settings import Settings
from service.work import Workers


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = create_app(Settings(), SmallSearcher())
    with TestClient(app, headers={"accept": "text/html"}) as client:
        yield client


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_prefix_of_the_path_is_the_language_of_the_page(client: TestClient, code: str) -> None:
    prefix = "" if code == "es" else f"/{code}"
    assert f'<html lang="{code}">' in client.get(f"{prefix}/acerca").text
    assert f'<html lang="{code}">' in client.get(prefix or "/").text
    assert client.get(f"{prefix}/documentos/taller").status_code == 200
    assert f'<html lang="{code}">' in client.get(f"{prefix}/nada").text


def test_a_path_that_only_begins_like_a_language_has_none(client: TestClient) -> None:
    assert client.get("/entes").status_code == 404
    assert '<html lang="es">' in client.get("/entes").text


def test_the_api_takes_the_language_as_a_parameter(client: TestClient) -> None:
    hit = client.get("/api/v1/search?q=mindsets&lang=fr").json()["hits"][0]
    assert hit["url"].startswith("/fr/documentos/")
    assert client.get("/api/v1/search?q=mindsets&lang=xx").status_code == 400


def test_dates_numbers_and_names_follow_the_language() -> None:
    written = {}
    for code in LANGUAGES:
        with speaking(code):
            written[code] = (
                long_date("2024-05-01"),
                long_date("2024-05"),
                date_in_year("2024-05"),
                grouped(12500).replace("\u202f", "_"),
                decimal(-0.5),
                language_name("pt"),
                original_label(code),
            )
    assert written == {
        "es": ("1 de mayo de 2024", "mayo de 2024", "mayo", "12_500", "−0,50", "portugués", None),
        "en": ("May 1, 2024", "May 2024", "May", "12,500", "−0.50", "Portuguese", None),
        "pt": ("1 de maio de 2024", "maio de 2024", "maio", "12.500", "−0,50", "português", None),
        "fr": ("1 mai 2024", "mai 2024", "mai", "12_500", "−0,50", "portugais", None),
    }  # fmt: skip


def test_links_keep_the_language_and_so_does_work_on_threads() -> None:
    with speaking("pt"):
        assert document_url("a/b", 2) == "/pt/documentos/a%2Fb?pagina=2"
        workers = Workers(1, 1)
        assert asyncio.run(workers.run(lambda: search_url("x"))) == "/pt/?q=x"
        workers.close()
    assert search_url("x") == "/?q=x"
