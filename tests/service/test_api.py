"""The HTTP API: the contract's JSON, its limits, its errors, and what every response carries."""

import logging
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from small_collection import AGENDA, SmallSearcher
from starlette.testclient import TestClient

from service.settings import Settings
from service.web import serving
from service.web.app import create_app
from service.web.problems import SAYS_NOTHING
from service.web.schemas import SEARCH_EXAMPLE, SearchResponse
from service.web.serving import CurrentSearcher, IndexReloader

PROBLEM = "application/problem+json"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(index=tmp_path / "index", model="data/model", workers=1, queue_size=0)


@pytest.fixture
def searcher() -> SmallSearcher:
    return SmallSearcher()


@pytest.fixture
def client(settings: Settings, searcher: SmallSearcher) -> Iterator[TestClient]:
    with TestClient(create_app(settings, searcher)) as client:
        yield client


def test_search_gives_the_object_of_the_contract(client: TestClient) -> None:
    found = client.get("/api/v1/search", params={"q": "¿a qué hora es el Tema 2?"}).json()
    assert set(found) == {
        "query", "total", "took_ms", "index", "answer", "hits", "facets", "did_you_mean",
        "senses", "broaden", "qid",
    }  # fmt: skip
    assert found["query"] == {
        "text": "¿a qué hora es el Tema 2?",
        "language": "es",
        "corrected": None,
        "expansions": [],
        "filters": {},
    }
    assert found["index"] == {
        "generation": 7, "documents": 4, "passages": 19, "model": "modelo/int8",
    }  # fmt: skip
    assert found["total"] == 1
    assert found["took_ms"] == 1.2
    assert (found["did_you_mean"], found["senses"], found["broaden"]) == (None, [], [])
    assert found["facets"]["document_type"] == [
        {"value": "concept_note", "label": "Nota conceptual", "count": 1}
    ]


def test_a_hit_says_where_it_stands(client: TestClient) -> None:
    hit = client.get("/api/v1/search", params={"q": "tema"}).json()["hits"][0]
    assert hit == {
        "rank": 1,
        "score": 0.25,
        "passage_id": "taller.3",
        "document_id": "taller",
        "title": "Nota conceptual y agenda",
        "file": "taller.pdf",
        "document_type": "concept_note",
        "document_type_label": "Nota conceptual",
        "module": None,
        "language": "es",
        "original": None,
        "section": ["Nota conceptual y agenda", "Agenda provisional"],
        "page": 2,
        "text": AGENDA,
        "marks": [[25, 29]],
        "ods": [],
        "more": 0,
        "versions": [],
        "why": {"lexical": 0.25, "dense": 0.0, "late": 0.0},
        "explanation": None,
        "pinned": False,
        "pinned_label": None,
        "url": "/documentos/taller?pagina=2#p-taller.3",
    }


def test_a_citation_stands_in_the_page_that_the_api_gives(client: TestClient) -> None:
    answer = client.get("/api/v1/search", params={"q": "¿a qué hora?"}).json()["answer"]
    assert (answer["status"], answer["kind"]) == ("found", "schedule")
    assert answer["text"] == "10:40–11:00 (20 minutos)"
    assert answer["notices"] == ["El documento indica 45 minutos; por el horario son 35."]
    citation = answer["citations"][0]
    page = client.get(f"/api/v1/documents/taller/pages/{citation['page']}.json").json()
    assert page["text"][citation["start"] : citation["end"]] == citation["quote"] == AGENDA
    assert citation["url"] == "/documentos/taller?pagina=2#p-taller.3"


def test_a_document_without_pages_has_no_page_in_its_address(client: TestClient) -> None:
    hits = client.get("/api/v1/search", params={"q": "alert"}).json()["hits"]
    assert [(hit["page"], hit["url"]) for hit in hits] == [(None, "/documentos/raro#p-raro.1")]


def test_a_document_tells_all_that_is_known_of_it(client: TestClient) -> None:
    found = client.get("/api/v1/documents/taller").json()
    assert found["facts"] == [
        {"field": "date", "value": "2024-11-01", "origin": "catalogue", "passage_id": None},
        {"field": "place", "value": "Santiago", "origin": "text", "passage_id": "taller.1"},
    ]
    assert found["agenda"] == [
        {
            "passage_id": "taller.3",
            "day": "Viernes 1 de noviembre",
            "start": "10:40",
            "end": "11:00",
            "stated_minutes": 20,
            "computed_minutes": 20,
            "title": "Tema 2: ¿Por qué cambiar la mentalidad para los ODS?",
            "people": None,
            "place": None,
            "kind": "concept",
        }
    ]
    assert found["units"] == [
        {
            "passage_id": "taller.4",
            "title": "Hoja de ruta",
            "kind": "activity",
            "minutes": 45,
            "group_size": [4, 6],
            "materials": ["rotafolio", "tarjetas"],
        }
    ]
    assert [finding["kind"] for finding in found["findings"]] == ["minutes_differ"]
    assert [version["url"] for version in found["versions"]] == ["/documentos/diapositivas"]
    assert found["warnings"] == ["página 2 leída por OCR (confianza 93 %)"]
    assert (found["page_list"][0]["method"], found["page_list"][0]["hidden"]) == ("text", False)


def test_passages_in_other_languages_are_labelled(client: TestClient) -> None:
    hits = client.get("/api/v1/search", params={"q": "leaders"}).json()["hits"]
    assert [hit["original"] for hit in hits] == ["Original en inglés"]
    assert hits[0]["url"] == "/documentos/guias%2Fmindsets?pagina=1#p-mindsets.1"


def test_labels_of_originals_are_relative_to_the_language_of_the_question(
    client: TestClient,
) -> None:
    found = client.get("/api/v1/search", params={"q": "what governance gobernanza hora"}).json()
    labels = {hit["language"]: hit["original"] for hit in found["hits"]}
    assert labels == {"en": None, "es": "Original en español"}
    assert found["answer"]["citations"][0]["original"] == "Original en español"


def test_a_misspelt_question_is_corrected_unless_it_is_meant_literally(client: TestClient) -> None:
    path = "/api/v1/search"
    corrected = client.get(path, params={"q": "gobernansa"}).json()
    assert (corrected["query"]["text"], corrected["query"]["corrected"]) == (
        "gobernansa", "gobernanza",
    )  # fmt: skip
    assert len(corrected["hits"]) == 7
    literal = client.get(path, params={"q": "gobernansa", "literal": 1}).json()
    assert (literal["query"]["corrected"], literal["hits"]) == (None, [])


def test_other_meanings_of_an_acronym_are_offered(client: TestClient) -> None:
    parameters = {"q": "CEPA gobernanza", "language": "es"}
    assert client.get("/api/v1/search", params=parameters).json()["senses"] == [
        {
            "acronym": "CEPA",
            "meaning": "Comisión Económica para África",
            "query": "Comisión Económica para África gobernanza",
            "url": "/?q=Comisi%C3%B3n+Econ%C3%B3mica+para+%C3%81frica+gobernanza&language=es",
        }
    ]


def test_a_hit_explains_its_place_when_asked(client: TestClient) -> None:
    parameters = {"q": "gobernanza", "explain": 1, "k": 1}
    (hit,) = client.get("/api/v1/search", params=parameters).json()["hits"]
    assert hit["explanation"] == {
        "shares": [
            {
                "name": "words",
                "label": "Palabras que coinciden",
                "raw": 7.5,
                "standardised": 1.25,
                "weight": 0.4,
                "contribution": 0.5,
            },
            {
                "name": "otra",
                "label": "otra",
                "raw": 0.1,
                "standardised": -0.5,
                "weight": 0.3,
                "contribution": -0.15,
            },
        ],
        "words": [{"word": "gobernanza", "weight": 2.3457}],
        "aligned": [{"asked": "mentalidad", "met": "mindsets", "similarity": 0.61, "weight": 0.75}],
    }


def test_no_answer_says_what_is_near_and_how_to_ask_more_widely(client: TestClient) -> None:
    parameters = {"q": "gobernanza cuántica", "language": "es"}
    found = client.get("/api/v1/search", params=parameters).json()
    assert (found["answer"]["status"], found["answer"]["subject"]) == ("not_found", "Antecedentes")
    assert found["broaden"] == [
        {
            "kind": "words",
            "text": "Buscar solo «gobernanza»",
            "url": "/?q=gobernanza&language=es",
        },
        {
            "kind": "language",
            "text": "Buscar en todos los idiomas",
            "url": "/?q=gobernanza+cu%C3%A1ntica",
        },
        {"kind": "documents", "text": "Ver la lista de documentos", "url": "/documentos"},
    ]
    found = client.get("/api/v1/search", params={"q": "tipo:presentación gobernanza leyes"}).json()
    assert [way["url"] for way in found["broaden"]] == [
        "/?q=gobernanza+leyes",
        "/?q=gobernanza&document_type=slides",
        "/documentos",
    ]
    found = client.get("/api/v1/search", params={"q": "effective"}).json()
    assert [way["text"] for way in found["broaden"]] == [
        "Ver lo que hay en inglés (1 pasaje)", "Ver la lista de documentos",
    ]  # fmt: skip


@pytest.mark.parametrize("quoted", ['"gobernanza" cuántica', "gobernanza -cuántica"])
def test_words_that_are_conditions_are_never_left_out(client: TestClient, quoted: str) -> None:
    found = client.get("/api/v1/search", params={"q": quoted}).json()
    assert found["answer"]["status"] == "not_found"
    assert "words" not in {way["kind"] for way in found["broaden"]}


CITATION = "/api/v1/documents/taller/citation"


def test_a_quote_is_cited_in_the_style_that_is_asked(client: TestClient) -> None:
    parameters = {"page": 2, "start": 122, "end": 138, "style": "un"}
    response = client.get(CITATION, params=parameters)
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.text == (
        "«Nota conceptual y agenda» (1 de noviembre de 2024), pág. 2. «Actividad grupal». "
        "Disponible en http://testserver/documentos/taller?pagina=2#p-taller.4.\n"
    )


def test_without_a_style_all_are_given(client: TestClient) -> None:
    found = client.get("/api/v1/documents/guias%2Fmindsets/citation").json()
    assert list(found) == ["document_id", "page", "quote", "url", "styles"]
    assert (found["document_id"], found["page"], found["quote"]) == ("guias/mindsets", None, "")
    assert found["url"] == "http://testserver/documentos/guias%2Fmindsets"
    assert list(found["styles"]) == ["un", "apa", "markdown", "bibtex"]
    assert found["styles"]["markdown"] == (
        "[Changing Mindsets Toolkit](<http://testserver/documentos/guias%2Fmindsets>), 2021"
    )


def test_a_format_without_pages_is_cited_without_one(client: TestClient) -> None:
    parameters = {"start": 10, "end": 17, "style": "markdown"}
    text = client.get("/api/v1/documents/raro/citation", params=parameters).text
    assert text == (
        '> Escriba\n>\n> — [Ficha \\<b\\>rara\\</b\\> & "comillas"]'
        "(<http://testserver/documentos/raro#p-raro.1>)\n"
    )


def test_citations_lead_to_the_public_address(settings: Settings, searcher: SmallSearcher) -> None:
    public = settings.model_copy(update={"base_url": "https://acervo.example.org/"})
    with TestClient(create_app(public, searcher)) as client:
        text = client.get(CITATION, params={"page": 1, "style": "apa"}).text
        page = client.get("/documentos/taller?pagina=1", headers={"accept": "text/html"}).text
    address = "https://acervo.example.org/documentos/taller?pagina=1"
    assert text.endswith(f" {address}\n")
    assert address in page


@pytest.mark.parametrize(
    ("parameters", "status", "detail"),
    [
        ({"page": 9}, 404, "«Nota conceptual y agenda» no tiene página 9."),
        ({"page": 2, "start": 1}, 400, "La cita necesita «start» y «end»: indique los dos o "),
        ({"start": 1, "end": 2}, 400, "Falta la página"),
        ({"page": 2, "start": 190, "end": 9999}, 400, "La página tiene 169 caracteres: no hay "),
        ({"page": 2, "start": 5, "end": 5}, 400, "La página tiene 169 caracteres: no hay cita "),
        ({"page": 2, "start": 168, "end": 169}, 400, "Entre 168 y 169 solo hay espacios"),
        ({"style": "chicago"}, 400, "«style» no es una de las opciones."),
    ],
)
def test_what_cannot_be_cited_is_a_problem(
    client: TestClient, parameters: dict[str, str | int], status: int, detail: str
) -> None:
    response = client.get(CITATION, params=parameters)
    assert response.status_code == status
    assert response.headers["content-type"] == PROBLEM
    assert response.json()["detail"].startswith(detail)


FAILURES = {"romper": 500, "dañado": 503, "bloquear": 503}


@pytest.mark.parametrize("word", FAILURES)
@pytest.mark.parametrize("path", ["/api/v1/search", "/", "/buscar"])
def test_a_failure_never_looks_like_finding_nothing(
    settings: Settings, searcher: SmallSearcher, word: str, path: str
) -> None:
    hurried = settings.model_copy(update={"search_seconds": 0.3})
    with TestClient(create_app(hurried, searcher)) as client:
        response = client.get(path, params={"q": word}, headers={"accept": "text/html"})
        searcher.release.set()
    assert response.status_code == FAILURES[word]
    for said in ("No encontré", "not_found", "Sin resultados", "Sin respuesta", "/srv/indice"):
        assert said not in response.text
    assert "No se pudo buscar" in response.text
    assert SAYS_NOTHING in response.text


def test_a_service_without_an_index_has_not_searched(settings: Settings) -> None:
    with TestClient(create_app(settings)) as client:
        response = client.get("/api/v1/search?q=gobernanza")
    assert response.status_code == 503
    assert response.json()["title"] == "No se pudo buscar"


def test_what_took_too_long_is_given_up_and_says_when_to_come_back(
    settings: Settings, searcher: SmallSearcher
) -> None:
    with TestClient(
        create_app(settings.model_copy(update={"search_seconds": 0.2}), searcher)
    ) as client:
        response = client.get("/api/v1/search?q=bloquear")
        searcher.release.set()
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert response.json()["detail"].startswith("Tardó demasiado.")


def test_filters_repeat_and_narrow(client: TestClient) -> None:
    parameters = {"q": "gobernanza", "document_type": ["slides", "toolkit"], "module": "Módulo 1"}
    found = client.get("/api/v1/search", params=parameters).json()
    assert {hit["document_id"] for hit in found["hits"]} == {"diapositivas"}
    assert found["query"]["filters"] == {
        "document_type": ["slides", "toolkit"],
        "module": ["Módulo 1"],
    }


def test_pages_of_hits_continue_the_ranks(client: TestClient) -> None:
    second = client.get("/api/v1/search", params={"q": "gobernanza", "k": 2, "page": 2}).json()
    assert [hit["rank"] for hit in second["hits"]] == [3, 4]


@pytest.mark.parametrize(
    ("parameters", "detail"),
    [
        ({"q": "x", "color": "rojo"}, "«color» parámetro desconocido."),
        ({}, "La consulta está vacía: escriba una pregunta o un tema."),
        ({"q": "  "}, "La consulta está vacía: escriba una pregunta o un tema."),
        (
            {"q": "a" * 1001},
            "La consulta tiene 1001 caracteres y el máximo es 1000: acórtela.",
        ),
        ({"q": "x", "k": 51}, "«k» es demasiado grande."),
        ({"q": "x", "k": "muchos"}, "«k» debe ser un número entero."),
        ({"q": "x", "page": 0}, "«page» es demasiado pequeño."),
        ({"q": "x", "literal": "quizá"}, "«literal» debe ser 1 o 0."),
        ({"q": "prohibido"}, "Esta consulta no se puede buscar."),
    ],
)
def test_a_query_that_cannot_be_searched_is_a_problem(
    client: TestClient, parameters: dict[str, str | int], detail: str
) -> None:
    response = client.get("/api/v1/search", params=parameters)
    assert response.status_code == 400
    assert response.headers["content-type"] == PROBLEM
    problem = response.json()
    assert (problem["title"], problem["detail"]) == ("La consulta no es válida", detail)
    assert problem["type"] == "urn:acervo:problema:consulta-no-valida"
    assert problem["instance"] == "/api/v1/search"


def test_a_query_of_a_thousand_characters_is_searched(client: TestClient) -> None:
    assert client.get("/api/v1/search", params={"q": "ñ" * 1000}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/nada",
        "/api/v1/nada",
        "/api/v1/documents/ninguno",
        "/api/v1/documents/taller/pages/9.json",
        "/api/v1/documents/taller/pages/uno.json",
        "/api/v1/documents/taller/pages/1.json?passage=ninguno",
        "/documentos/ninguno",
        "/documentos/taller?pagina=9",
        "/documentos/taller?pagina=uno",
        "/static/nada.css",
        "/static/%2e%2e/app.py",
    ],
)
def test_what_is_not_there_is_a_problem(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == PROBLEM
    assert response.json()["title"] == "No se encontró"


def test_writing_is_not_allowed(client: TestClient) -> None:
    response = client.post("/api/v1/search")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET"
    assert response.json()["title"] == "Método no permitido"


def test_an_unexpected_error_tells_neither_the_client_nor_the_log_what_was_asked(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        response = client.get("/api/v1/search", params={"q": "romper"})
    assert response.status_code == 500
    assert response.headers["content-type"] == PROBLEM
    assert response.json()["title"] == "No se pudo buscar"
    assert response.json()["detail"] == f"No pudimos completar la petición. {SAYS_NOTHING}"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "RuntimeError on /api/v1/search" in caplog.text
    assert "secreto: romper" not in caplog.text


def test_too_many_searches_are_refused_at_once(client: TestClient, searcher: SmallSearcher) -> None:
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.get, "/api/v1/search?q=bloquear")
        assert searcher.begun.wait(10)
        second = client.get("/api/v1/search?q=gobernanza")
        page = client.get("/?q=gobernanza", headers={"accept": "text/html"})
        searcher.release.set()
        assert first.result().status_code == 200
    assert second.status_code == 503
    assert second.headers["retry-after"] == "1"
    assert second.headers["content-type"] == PROBLEM
    assert page.status_code == 503
    assert 'value="gobernanza"' in page.text
    assert '<a href="/?q=gobernanza">Reintentar</a>' in page.text
    assert client.get("/api/v1/search?q=gobernanza").status_code == 200
    assert "acervo_shed_total 2.0" in client.get("/metrics").text


def test_head_is_get_without_a_body(client: TestClient) -> None:
    for path in ("/", "/?q=gobernanza", "/livez", "/api/v1/documents", "/static/acervo.css"):
        got, head = client.get(path), client.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == got.headers["content-type"]
        assert head.headers["content-length"] == got.headers["content-length"]


def test_suggestions_name_documents(client: TestClient) -> None:
    response = client.get("/api/v1/suggest", params={"q": "gobierno"})
    assert response.json() == {
        "query": "gobierno",
        "suggestions": [
            {
                "text": "Gobierno digital en doce láminas",
                "kind": "title",
                "document_id": "diapositivas",
                "page": None,
                "url": "/documentos/diapositivas",
            }
        ],
    }
    assert response.headers["cache-control"] == "public, max-age=300"
    assert client.get("/api/v1/suggest").json() == {"query": "", "suggestions": []}


def test_a_quote_is_verified_word_by_word(client: TestClient) -> None:
    found = client.get("/api/v1/verify", params={"quote": "Actividad grupal"}).json()
    assert found == {
        "found": True,
        "matches": [
            {
                "document_id": "taller",
                "file": "taller.pdf",
                "title": "Nota conceptual y agenda",
                "page": 2,
                "start": 122,
                "end": 138,
            }
        ],
    }
    none = client.get("/api/v1/verify", params={"quote": "Actividad individual"}).json()
    assert none == {"found": False, "matches": []}
    assert client.get("/api/v1/verify").status_code == 400


def test_documents_are_listed_and_described(client: TestClient) -> None:
    listed = client.get("/api/v1/documents").json()
    assert listed["total"] == 4
    assert [item["id"] for item in listed["documents"]] == [
        "taller", "guias/mindsets", "diapositivas", "raro",
    ]  # fmt: skip
    assert {"root", "path"} & set(listed["documents"][0]) == set()
    one = client.get("/api/v1/documents/guias%2Fmindsets").json()
    assert (one["title"], one["original"]) == ("Changing Mindsets Toolkit", "Original en inglés")
    assert [(page["number"], page["url"]) for page in one["page_list"]] == [
        (1, "/api/v1/documents/guias%2Fmindsets/pages/1.json"),
        (2, "/api/v1/documents/guias%2Fmindsets/pages/2.json"),
    ]
    assert client.get(one["page_list"][1]["url"]).json()["number"] == 2


def test_a_page_says_where_a_passage_stands(client: TestClient) -> None:
    page = client.get("/api/v1/documents/taller/pages/2.json?passage=taller.3").json()
    assert page["passage"] == {
        "passage_id": "taller.3",
        "ranges": [[19, 19 + len(AGENDA)]],
        "boxes": [[72.0, 90.0, 520.0, 118.5]],
    }
    assert (page["width"], page["height"], page["label"]) == (595.0, 842.0, "2")


def test_the_service_is_ready_with_an_index(client: TestClient) -> None:
    assert client.get("/livez").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["index"]["generation"] == 7


def test_without_an_index_the_service_lives_but_is_not_ready(settings: Settings) -> None:
    with TestClient(create_app(settings)) as client:
        assert client.get("/livez").status_code == 200
        for path in ("/readyz", "/api/v1/search?q=ods"):
            response = client.get(path)
            assert response.status_code == 503
            assert response.headers["retry-after"] == "5"
            assert str(settings.index) in response.json()["detail"]
        assert client.get("/").status_code == 200


def test_every_response_is_guarded_and_sets_no_cookie(client: TestClient) -> None:
    for path in ("/", "/api/v1/search?q=ods", "/nada", "/static/acervo.css", "/metrics"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in headers


def test_other_sites_may_read_the_api_without_credentials(client: TestClient) -> None:
    headers = client.get("/api/v1/documents", headers={"origin": "https://example.org"}).headers
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers


def test_static_files_are_kept_for_ever_only_by_their_version(client: TestClient) -> None:
    style = re.search(r"/static/acervo\.css\?v=\w+", client.get("/").text)
    assert style is not None
    kept = client.get(style[0])
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get("/static/acervo.css").headers["cache-control"] == "no-cache"
    assert client.get("/static/nada.css?v=1").headers["cache-control"] == "no-cache"


def test_large_responses_are_compressed(client: TestClient) -> None:
    assert client.get("/api/v1/search?q=gobernanza").headers["content-encoding"] == "br"


def test_the_description_of_the_api_is_complete(client: TestClient) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert set(described["paths"]) == {
        "/api/v1/search",
        "/api/v1/search/export",
        "/api/v1/suggest",
        "/api/v1/suggest/opensearch",
        "/api/v1/verify",
        "/api/v1/documents",
        "/api/v1/documents/{document_id}",
        "/api/v1/documents/{document_id}.jsonld",
        "/api/v1/documents/{document_id}/citation",
        "/api/v1/documents/{document_id}/pages/{number}.json",
        "/api/v1/documents/{document_id}/pages/{number}.webp",
        "/api/v1/events",
        "/api/v1/gaps",
        "/api/v1/rules",
        "/api/v1/rules/check",
        "/api/v1/tasks/{task_id}",
        "/oai",
        "/livez",
        "/readyz",
        "/metrics",
    }
    search = described["paths"]["/api/v1/search"]["get"]
    assert {parameter["name"] for parameter in search["parameters"]} == {
        "q", "k", "page", "document_type", "language", "toolkit", "module", "year", "audience",
        "ods", "event", "document", "lang", "canal", "literal", "explain",
    }  # fmt: skip
    assert set(search["responses"]) == {"200", "default"}
    assert set(search["responses"]["default"]["content"]) == {PROBLEM}
    example = SearchResponse.model_validate(SEARCH_EXAMPLE)
    assert example.model_dump(mode="json") == SEARCH_EXAMPLE


def nodes(part: Any) -> Iterator[dict[str, Any]]:
    """Every object of a JSON document."""
    if isinstance(part, dict):
        yield part
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for value in inner:
        yield from nodes(value)


def test_every_reference_in_the_description_of_the_api_leads_somewhere(client: TestClient) -> None:
    """Schemas written into a route by hand once kept their parts where no reader looks for them."""
    described = client.get("/api/v1/openapi.json").json()
    held = {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}
    named = {node["$ref"] for node in nodes(described) if isinstance(node.get("$ref"), str)}
    assert {"#/components/schemas/Problem", "#/components/schemas/RulesBody"} <= named
    assert named - held == set()
    assert [node for node in nodes(described) if "$defs" in node] == []


def test_every_operation_of_the_api_has_its_name_and_says_what_it_gives(client: TestClient) -> None:
    described = client.get("/api/v1/openapi.json").json()
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    for operation in operations:
        assert operation["summary"]
        assert operation["responses"]
        assert all(response["description"] for response in operation["responses"].values())
    for path, operations_of in described["paths"].items():
        for operation in operations_of.values():
            told = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
            assert told == set(re.findall(r"{(\w+)}", path))


def test_metrics_name_routes_and_never_queries_or_documents(client: TestClient) -> None:
    client.get("/api/v1/search?q=presupuesto")
    client.get("/api/v1/documents/guias%2Fmindsets")
    client.get("/nada-de-nada")
    client.get("/static/acervo.css")
    text = client.get("/metrics").text
    count = "acervo_http_request_seconds_count"
    assert f'{count}{{route="/api/v1/search",status="200"}} 1.0' in text
    assert f'{count}{{route="/api/v1/documents/{{document_id:path}}",status="200"}} 1.0' in text
    assert f'{count}{{route="sin ruta",status="404"}} 1.0' in text
    assert f'{count}{{route="/static",status="200"}} 1.0' in text
    assert "acervo_index_generation 7.0" in text
    assert "acervo_queue_depth 0.0" in text
    assert not {"presupuesto", "mindsets", "nada-de-nada"} & set(re.findall(r"[\w-]+", text))


def test_an_index_in_use_closes_after_its_last_request() -> None:
    old, new = SmallSearcher(1), SmallSearcher(2)
    current_searcher = CurrentSearcher(old)
    working, go_on = threading.Event(), threading.Event()

    def work(searcher: SmallSearcher) -> tuple[int, bool]:
        working.set()
        assert go_on.wait(10)
        return searcher.info.generation, searcher.closed

    with ThreadPoolExecutor(1) as pool:
        request = pool.submit(current_searcher.use, work)
        assert working.wait(10)
        current_searcher.swap(new)
        assert current_searcher.use(lambda searcher: searcher.info.generation) == 2
        assert not old.closed
        go_on.set()
        assert request.result() == (1, False)
    assert old.closed
    assert not new.closed


def test_a_newer_generation_takes_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generation = 1
    opened: list[SmallSearcher] = []

    def open_searcher(_index: Path, _embedder: object, _rules: object) -> SmallSearcher:
        opened.append(SmallSearcher(generation))
        return opened[-1]

    monkeypatch.setattr(serving, "latest_generation", lambda _index: generation)
    monkeypatch.setattr(serving, "open_embedder", lambda _location, _threads: object())
    monkeypatch.setattr(serving, "open_searcher", open_searcher)
    current_searcher = CurrentSearcher()
    reloader = IndexReloader(current_searcher, tmp_path, "data/model", 1)
    reloader.refresh()
    reloader.refresh()
    assert [searcher.info.generation for searcher in opened] == [1]
    generation = 2
    reloader.refresh()
    assert [(item.info.generation, item.closed) for item in opened] == [(1, True), (2, False)]
    assert current_searcher.info is not None
    assert current_searcher.info.generation == 2
