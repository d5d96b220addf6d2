"""What machines read: OpenSearch, sitemaps, robots.txt and the JSON-LD of a document."""

import json
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.robotparser import RobotFileParser

import pytest
from lxml import etree
from small_collection import COLLECTION, SmallSearcher
from starlette.testclient import TestClient

from search.documents import Tag
from service.publish.linked_data import licence, linked_data, script_text, sdg_codes
from service.publish.sitemap import MOST_ADDRESSES, sitemap
from service.settings import Settings
from service.web.app import create_app

ORIGIN = "https://acervo.example.org"
OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(index=tmp_path / "index", base_url=f"{ORIGIN}/")
    with TestClient(create_app(settings, SmallSearcher())) as client:
        yield client


# --- OpenSearch ---


@pytest.mark.parametrize(("prefix", "code"), [("", "es"), ("/en", "en"), ("/fr", "fr")])
def test_a_browser_can_search_from_its_own_box(client: TestClient, prefix: str, code: str) -> None:
    response = client.get(f"{prefix}/opensearch.xml")
    assert response.headers["content-type"].startswith("application/opensearchdescription+xml")
    tree = etree.fromstring(response.content)
    assert tree.tag == f"{OPENSEARCH}OpenSearchDescription"
    texts = {child.tag.removeprefix(OPENSEARCH): child.text for child in tree}
    assert texts["ShortName"] == "Acervo"
    assert len(texts["LongName"] or "") <= 48
    assert len(texts["Description"] or "") <= 1024
    assert texts["Language"] == code
    templates = {url.get("type"): url.get("template") for url in tree.iter(f"{OPENSEARCH}Url")}
    assert templates == {
        "text/html": f"{ORIGIN}{prefix}/?q={{searchTerms}}&pagina={{startPage?}}",
        "application/x-suggestions+json": (
            f"{ORIGIN}/api/v1/suggest/opensearch?q={{searchTerms}}&lang={code}"
        ),
        "application/opensearchdescription+xml": f"{ORIGIN}{prefix}/opensearch.xml",
    }
    results = templates["text/html"].removeprefix(ORIGIN)
    page = results.replace("{searchTerms}", "gobernanza").replace("{startPage?}", "")
    assert "gobernanza" in client.get(page, headers={"accept": "text/html"}).text
    icon = client.get((texts["Image"] or "").removeprefix(ORIGIN))
    assert (icon.status_code, icon.headers["content-type"]) == (200, "image/svg+xml")


def test_the_box_of_the_browser_completes(client: TestClient) -> None:
    path = "/api/v1/suggest/opensearch"
    response = client.get(path, params={"q": "Gobierno"})
    assert response.headers["content-type"] == "application/x-suggestions+json"
    assert response.headers["cache-control"] == "public, max-age=300"
    title = "Gobierno digital en doce láminas"
    assert response.json() == ["Gobierno", [title], [], [f"{ORIGIN}/documentos/diapositivas"]]
    found = client.get(path, params={"q": "Gobierno", "lang": "pt"}).json()
    assert found[3] == [f"{ORIGIN}/pt/documentos/diapositivas"]
    assert client.get(path).json() == ["", [], [], []]


# --- for crawlers ---


def addresses(tree: etree._Element) -> list[str]:
    return [loc.text or "" for loc in tree.iter(f"{SITEMAP}loc")]


def test_the_sitemap_has_every_page_in_every_language(client: TestClient) -> None:
    response = client.get("/sitemap.xml")
    assert response.headers["content-type"].startswith("application/xml")
    tree = etree.fromstring(response.content)
    assert tree.tag == f"{SITEMAP}urlset"
    paths = [
        "/", "/documentos", "/acerca", "/accesibilidad", "/privacidad", "/documentos/taller",
        "/documentos/guias%2Fmindsets", "/documentos/diapositivas", "/documentos/raro",
    ]  # fmt: skip
    prefixes = ["", "/en", "/pt", "/fr"]
    assert addresses(tree) == [f"{ORIGIN}{prefix}{path}" for path in paths for prefix in prefixes]
    for entry in tree:
        alternates = {link.get("hreflang"): link.get("href") for link in entry.iter(LINK)}
        assert list(alternates) == ["es", "en", "pt", "fr", "x-default"]
        assert entry[0].text in alternates.values()
        assert alternates["x-default"] == alternates["es"]
    for address in addresses(tree):
        assert client.get(address.removeprefix(ORIGIN)).status_code == 200


def test_the_sitemap_tells_when_a_document_was_read() -> None:
    document = replace(COLLECTION[0].document, ingested="2026-11-20T09:30:00Z")
    tree = etree.fromstring(sitemap([document], ORIGIN) or b"")
    days = [entry.findtext(f"{SITEMAP}lastmod") for entry in tree]
    assert days == [None] * 20 + ["2026-11-20"] * 4


def test_a_long_sitemap_is_an_index_of_parts() -> None:
    documents = [replace(COLLECTION[0].document, id=f"d{number}") for number in range(6)]
    whole = etree.fromstring(sitemap(documents, ORIGIN, most=44) or b"")
    assert len(addresses(whole)) == 44
    index = etree.fromstring(sitemap(documents, ORIGIN, most=16) or b"")
    assert index.tag == f"{SITEMAP}sitemapindex"
    assert addresses(index) == [f"{ORIGIN}/sitemap-{part}.xml" for part in (1, 2, 3)]
    parts = [sitemap(documents, ORIGIN, part, 16) or b"" for part in (1, 2, 3)]
    trees = [etree.fromstring(part) for part in parts]
    assert [len(addresses(tree)) for tree in trees] == [16, 16, 12]
    assert [a for tree in trees for a in addresses(tree)] == addresses(whole)
    assert [sitemap(documents, ORIGIN, part, 16) for part in (-1, 0, 4)] == [None] * 3


def test_a_full_sitemap_keeps_the_limits_of_the_protocol() -> None:
    document = replace(COLLECTION[0].document, id="x" * 120, ingested="2026-11-20T09:30:00Z")
    text = sitemap([document] * 1_000, ORIGIN, part=1) or b""
    assert len(text) / 4_000 * MOST_ADDRESSES < 50_000_000
    assert MOST_ADDRESSES <= 50_000


def test_a_part_that_is_not_there_is_a_problem(client: TestClient) -> None:
    assert client.get("/sitemap-1.xml").status_code == 200
    response = client.get("/sitemap-2.xml")
    assert (response.status_code, response.json()["title"]) == (404, "No se encontró")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True),
        ("/en/", True),
        ("/documentos", True),
        ("/documentos/taller?pagina=2", True),
        ("/fr/acerca", True),
        ("/static/acervo.css", True),
        ("/oai?verb=Identify", True),
        ("/api/v1/documents/taller", True),
        ("/api/v1/openapi.json", True),
        ("/?q=gobernanza", False),
        ("/?language=es&q=gobernanza", False),
        ("/pt/?q=gobernanza", False),
        ("/en/buscar?q=gobernanza", False),
        ("/api/v1/search?q=gobernanza", False),
        ("/api/v1/verify?quote=x", False),
        ("/fr/documentos/taller/citar?pagina=2", False),
        ("/metrics", False),
    ],
)
def test_crawlers_read_pages_and_documents_but_no_results(
    client: TestClient, path: str, allowed: bool
) -> None:
    text = client.get("/robots.txt").text
    assert longest_rule_allows(text, path) is allowed
    parser = RobotFileParser()
    parser.parse(text.splitlines())
    assert parser.site_maps() == [f"{ORIGIN}/sitemap.xml"]


def longest_rule_allows(text: str, path: str) -> bool:
    """RFC 9309, section 2.2.2; the standard library takes the first rule that matches instead."""
    rules = [line.split(": ", 1) for line in text.splitlines() if "llow: " in line]
    escape = lambda start: start.replace("?", "[?]")  # noqa: E731 - only the star is special
    matching = [
        (len(start), name == "Allow")
        for name, start in rules
        if fnmatchcase(path, f"{escape(start)}*")
    ]
    return max(matching)[1]


@pytest.mark.parametrize("path", ["/opensearch.xml", "/robots.txt", "/sitemap.xml"])
def test_machines_may_ask_for_the_head_and_keep_it_for_an_hour(
    client: TestClient, path: str
) -> None:
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["cache-control"] == "public, max-age=3600"
    assert head.headers["content-length"] == client.get(path).headers["content-length"]


# --- JSON-LD ---

FULL = replace(
    COLLECTION[0].document,
    date="2024-11-01",
    toolkit="Cambio de mentalidad",
    module="2",
    organisers="FLACMA; UN DESA",
    symbol="E/2018/44",
    minutes=90,
    ingested="2026-11-20T09:30:00Z",
)
TAGS = (
    Tag("taller.2", 17, None, ("ODS 17",)),
    Tag("taller.1", 16, "16.10", ("meta 16.10",)),
    Tag("taller.2", 16, "16.6", ("meta 16.6",)),
    Tag("taller.3", 16, "16.6", ("16.6",)),
    Tag("taller.3", 16, "16.a", ("16.a",)),
)


def test_a_document_is_a_learning_resource_with_the_goals_it_names() -> None:
    data = linked_data(FULL, TAGS[2:3], ORIGIN)
    about, alignment = data.pop("about"), data.pop("educationalAlignment")
    assert data == {
        "@context": "https://schema.org",
        "@type": ["LearningResource", "DigitalDocument"],
        "@id": f"{ORIGIN}/documentos/taller#documento",
        "name": "Nota conceptual y agenda",
        "url": f"{ORIGIN}/documentos/taller",
        "inLanguage": "es",
        "learningResourceType": "Nota conceptual",
        "datePublished": "2024-11-01",
        "identifier": {
            "@type": "PropertyValue",
            "propertyID": "UN document symbol",
            "value": "E/2018/44",
        },
        "audience": {"@type": "EducationalAudience", "audienceType": "Gobiernos locales"},
        "timeRequired": "PT90M",
        "publisher": [
            {"@type": "Organization", "name": "FLACMA"},
            {"@type": "Organization", "name": "UN DESA"},
        ],
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "isPartOf": {"@type": "Collection", "name": "Cambio de mentalidad"},
        "position": "2",
        "encodingFormat": "application/pdf",
        "encoding": {
            "@type": "MediaObject",
            "name": "taller.pdf",
            "encodingFormat": "application/pdf",
            "sha256": "0" * 64,
        },
        "sameAs": "https://example.org/nota",
        "sdDatePublished": "2026-11-20T09:30:00Z",
    }
    assert about == [
        {
            "@type": "DefinedTerm",
            "@id": f"http://metadata.un.org/sdg/{code}",
            "termCode": code,
            "name": name,
            "inDefinedTermSet": "http://metadata.un.org/sdg",
        }
        for code, name in (
            ("16", "ODS 16 · Paz, justicia e instituciones sólidas"),
            ("16.6", "Meta 16.6"),
        )
    ]
    assert [target["targetUrl"] for target in alignment] == [  # type: ignore[index, union-attr, call-overload]
        "http://metadata.un.org/sdg/16", "http://metadata.un.org/sdg/16.6",
    ]  # fmt: skip


def test_goals_and_targets_come_once_and_in_their_order() -> None:
    assert sdg_codes(TAGS) == ["16", "16.6", "16.10", "16.a", "17"]
    assert sdg_codes(()) == []


def test_what_is_not_known_is_left_out() -> None:
    plain = replace(COLLECTION[3].document, date="siglo XX", media_type="text/html")
    assert set(linked_data(plain, (), ORIGIN)) == {
        "@context", "@type", "@id", "name", "url", "inLanguage", "learningResourceType",
        "encodingFormat", "encoding",
    }  # fmt: skip
    assert linked_data(plain, (), ORIGIN)["@type"] == "LearningResource"
    slides = linked_data(COLLECTION[2].document, (), ORIGIN)
    assert slides["@type"] == ["LearningResource", "PresentationDigitalDocument"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("cc by-nc-sa 3.0", "https://creativecommons.org/licenses/by-nc-sa/3.0/"),
        ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("https://example.org/l", "https://example.org/l"),
        ("Uso interno", {"@type": "CreativeWork", "name": "Uso interno"}),
        (None, None),
    ],
)
def test_a_licence_has_the_address_that_it_is_known_by(text: str | None, expected: object) -> None:
    assert licence(text) == expected


def test_no_title_ends_the_script_that_it_stands_in() -> None:
    title = "</script><!-- & \u2028 \u2029"
    data = linked_data(replace(FULL, title=title), TAGS, ORIGIN)
    text = script_text(data)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == data


def test_the_api_gives_a_document_as_json_ld(client: TestClient) -> None:
    for path in ("guias%2Fmindsets", "guias/mindsets"):
        response = client.get(f"/api/v1/documents/{path}.jsonld")
        assert response.headers["content-type"] == "application/ld+json"
        assert response.json()["url"] == f"{ORIGIN}/documentos/guias%2Fmindsets"
    assert client.get("/api/v1/documents/nada.jsonld").status_code == 404
    assert client.head("/api/v1/documents/taller.jsonld").content == b""
    named = client.get("/api/v1/documents/taller.jsonld?lang=pt").json()
    assert named["url"] == f"{ORIGIN}/pt/documentos/taller"
    assert named["@id"] == f"{ORIGIN}/documentos/taller#documento"
