"""The languages of the service: which one a request gets, and that every text is translated."""

import asyncio
import re
from collections.abc import Iterator
from functools import cache

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from places import ROOT
from small_collection import SmallSearcher
from starlette.testclient import TestClient

from service.i18n import LANGUAGES, speaking
from service.labels import date_in_year, decimal, grouped, language_name, long_date, original_label
from service.links import document_url, search_url
from service.settings import Settings
from service.web.app import create_app
from service.web.serving import Workers


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


@cache
def messages() -> set[str | tuple[str, str]]:
    """Every text that the service marks for translation; a pair for one with a plural."""
    methods = [
        ("**.py", "python"),
        ("**.html", "jinja2.ext:babel_extract"),
    ]
    keywords = {**DEFAULT_KEYWORDS, "N_": None, "counted": (2, 3)}
    found: set[str | tuple[str, str]] = set()
    for folder in ("service", "search"):
        every = extract_from_dir(ROOT / folder, methods, {}, keywords=keywords)
        found |= {message for _, _, message, *_ in every}
    return found


def catalogue(code: str) -> Catalog:
    with (ROOT / "service" / "locales" / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def test_the_texts_of_pages_are_marked() -> None:
    """A template that says something in Spanish outside of a mark would stay Spanish."""
    for template in sorted((ROOT / "service" / "web" / "templates").glob("*.html")):
        if template.name == "informe.html":  # written for the operator, in Spanish
            continue
        text = re.sub(
            r"\{#.*?#\}|\{%-? *trans.*?endtrans *-?%\}", "", template.read_text("utf-8"), flags=re.S
        )
        text = re.sub(
            r"\{\{.*?\}\}|\{%.*?%\}|<script.*?</script>|<pre.*?</pre>|<[^>]*>",
            " ",
            text,
            flags=re.S,
        )
        left = set(re.findall(r"[^\W\d_]{3,}", text)) - PROPER_NAMES
        assert left == set(), template.name


PROPER_NAMES = {"Acervo", "ODS", "SHA", "CSV", "nDCG"}


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "es"])
def test_every_text_is_translated(code: str) -> None:
    held = {message.id: message for message in catalogue(code) if message.id}
    assert {m for m in messages() if m not in held} == set()
    assert [id_ for id_ in held if id_ not in messages()] == []
    for message in held.values():
        forms = message.string if message.pluralizable else (message.string,)
        assert all(forms), message.id
        ids = message.id if message.pluralizable else (message.id,)
        for form, id_ in zip(forms, ids, strict=True):
            assert places(form) == places(id_), message.id
            assert re.findall(r"<[^>]+>", form) == re.findall(r"<[^>]+>", id_), message.id


def places(text: str) -> list[str]:
    """The places for values in a text."""
    return sorted(re.findall(r"%\(\w+\)s|\{\w+\}", text))
