"""OAI-PMH 2.0: every verb, every error, and a whole harvest in pages."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from oai_rules import DC, OAI, breaches
from small_collection import COLLECTION, SmallSearcher
from starlette.testclient import TestClient

from search.documents import Details, Document, Tag
from service.publish.oai import Harvest, Repository, respond, resumption_token
from service.settings import Settings
from service.web.app import create_app

ORIGIN = "https://acervo.example.org"
PREFIX = ("metadataPrefix", "oai_dc")
TALLER = f"oai:{ORIGIN.removeprefix('https://')}:taller"


class DatedSearcher(SmallSearcher):
    """The four documents, read on four days, and 21 more of one day and guide."""

    def documents(self) -> list[Document]:
        kept = [
            replace(document, ingested=f"2026-11-0{day}T08:30:00Z")
            for day, document in enumerate(super().documents(), 1)
        ]
        kept[0] = replace(
            kept[0], organisers="FLACMA; UN DESA", symbol="E/2018/44", place="San\x0bJosé"
        )
        more = replace(kept[2], toolkit="Guía: año 1", ingested="2026-11-20T12:00:00Z")
        return kept + [replace(more, id=f"m{number:02}") for number in range(21)]

    def details(self, document_id: str) -> Details:
        tags = (Tag("taller.1", 16, "16.6", ("meta 16.6",)),)
        return replace(super().details(document_id), tags=tags if document_id == "taller" else ())


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(index=tmp_path, base_url=ORIGIN, contact="datos@example.org")
    with TestClient(create_app(settings, DatedSearcher())) as client:
        yield client


def ask(*given: tuple[str, str], most: int = 10, generation: int = 7) -> etree._Element:
    """The answer, which keeps the rules of the protocol."""
    repository = Repository(DatedSearcher(generation), ORIGIN, "datos@example.org", most)
    content = respond(repository, given)
    assert breaches(content) == []
    return etree.fromstring(content)


def texts(tree: etree._Element, name: str, namespace: str = OAI) -> list[str]:
    return [element.text or "" for element in tree.iter(f"{namespace}{name}")]


def code(tree: etree._Element) -> str | None:
    error = tree.find(f"{OAI}error")
    return None if error is None else error.get("code")


def test_the_repository_says_who_it_is(client: TestClient) -> None:
    response = client.get("/oai?verb=Identify")
    assert response.headers["content-type"] == "text/xml; charset=UTF-8"
    assert breaches(response.content) == []
    answer = etree.fromstring(response.content).find(f"{OAI}Identify")
    assert {etree.QName(child).localname: child.text for child in answer} == {
        "repositoryName": "Acervo",
        "baseURL": f"{ORIGIN}/oai",
        "protocolVersion": "2.0",
        "adminEmail": "datos@example.org",
        "earliestDatestamp": "2026-11-01T08:30:00Z",
        "deletedRecord": "no",
        "granularity": "YYYY-MM-DDThh:mm:ssZ",
    }


def test_a_form_asks_like_an_address(client: TestClient) -> None:
    form = {"verb": "GetRecord", "identifier": TALLER, "metadataPrefix": "oai_dc"}
    got, posted = client.get("/oai", params=form), client.post("/oai", data=form)
    assert (posted.status_code, breaches(posted.content)) == (200, [])
    assert texts(etree.fromstring(posted.content), "identifier", DC) == texts(
        etree.fromstring(got.content), "identifier", DC
    )
    assert client.head("/oai", params=form).content == b""
    assert client.post("/oai", data={"verb": "x" * 10_001}).status_code == 413


def test_a_record_tells_what_is_known_of_a_document() -> None:
    tree = ask(("verb", "GetRecord"), ("identifier", TALLER), PREFIX)
    assert texts(tree, "identifier") == [TALLER]
    assert texts(tree, "datestamp") == ["2026-11-01T08:30:00Z"]
    assert texts(tree, "setSpec") == ["tipo:concept_note"]
    core = tree.find(f".//{OAI}metadata")[0]
    told = [(child.tag.removeprefix(DC), child.text) for child in core]
    opening = " ".join(COLLECTION[0].passages[0].text.split())
    assert told == [
        ("title", "Nota conceptual y agenda"),
        ("creator", "FLACMA"),
        ("creator", "UN DESA"),
        ("subject", "http://metadata.un.org/sdg/16"),
        ("subject", "http://metadata.un.org/sdg/16.6"),
        ("description", opening),
        ("publisher", "FLACMA"),
        ("publisher", "UN DESA"),
        ("date", "2024-11-01"),
        ("type", "Text"),
        ("type", "Nota conceptual"),
        ("format", "application/pdf"),
        ("identifier", f"{ORIGIN}/documentos/taller"),
        ("identifier", "E/2018/44"),
        ("language", "es"),
        ("relation", "https://example.org/nota"),
        ("coverage", "San José"),
        ("rights", "https://creativecommons.org/licenses/by/4.0/"),
    ]


def test_every_record_has_the_one_format() -> None:
    for given in ((), (("identifier", TALLER),)):
        tree = ask(("verb", "ListMetadataFormats"), *given)
        assert texts(tree, "metadataPrefix") == ["oai_dc"]
        assert texts(tree, "metadataNamespace") == [
            "http://www.openarchives.org/OAI/2.0/oai_dc/"
        ]  # fmt: skip


def test_sets_are_types_and_guides() -> None:
    tree = ask(("verb", "ListSets"))
    assert dict(zip(texts(tree, "setSpec"), texts(tree, "setName"), strict=True)) == {
        "guia": "Guía del currículo",
        "guia:cambio-de-mentalidad": "Cambio de mentalidad",
        "guia:guia-ano-1": "Guía: año 1",
        "tipo": "Tipo de material",
        "tipo:concept_note": "Nota conceptual",
        "tipo:slides": "Presentación",
        "tipo:toolkit": "Guía de herramientas",
        "tipo:worksheet": "Ficha de trabajo",
    }


def harvest(verb: str, *given: tuple[str, str], most: int) -> Iterator[etree._Element]:
    """Answer after answer until the list is complete."""
    tree = ask(("verb", verb), PREFIX, *given, most=most)
    while True:
        yield tree
        (token,) = texts(tree, "resumptionToken") or [""]
        if not token:
            return
        tree = ask(("verb", verb), ("resumptionToken", token), most=most)


@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
def test_all_records_are_harvested_once_in_pages(verb: str) -> None:
    trees = list(harvest(verb, most=10))
    counts = [len(list(tree.iter(f"{OAI}header"))) for tree in trees]
    assert counts == [10, 10, 5]
    tokens = [tree.find(f".//{OAI}resumptionToken") for tree in trees]
    assert [(t.get("completeListSize"), t.get("cursor")) for t in tokens] == [
        ("25", "0"), ("25", "10"), ("25", "20"),
    ]  # fmt: skip
    assert [bool(token.text) for token in tokens] == [True, True, False]
    found = [name for tree in trees for name in headers(tree)]
    ids = ["taller", "guias/mindsets", "diapositivas", "raro", *(f"m{n:02}" for n in range(21))]
    assert found == [f"oai:acervo.example.org:{name}" for name in ids]
    assert len(list(trees[0].iter(f"{DC}title"))) == (10 if verb == "ListRecords" else 0)


def headers(tree: etree._Element) -> list[str]:
    return [header[0].text or "" for header in tree.iter(f"{OAI}header")]


def test_a_list_that_fits_has_no_token() -> None:
    tree = ask(("verb", "ListIdentifiers"), PREFIX, most=25)
    assert len(headers(tree)) == 25
    assert tree.find(f".//{OAI}resumptionToken") is None


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([("from", "2026-11-04")], 22),
        ([("until", "2026-11-02")], 2),
        ([("from", "2026-11-02"), ("until", "2026-11-02")], 1),
        ([("from", "2026-11-02T08:30:01Z"), ("until", "2026-11-04T08:30:00Z")], 2),
        ([("set", "tipo")], 25),
        ([("set", "tipo:slides")], 22),
        ([("set", "guia")], 22),
        ([("set", "guia:guia-ano-1"), ("until", "2026-11-20")], 21),
    ],
)
def test_a_harvest_is_narrowed_by_date_and_set(given: list[tuple[str, str]], found: int) -> None:
    assert sum(len(headers(t)) for t in harvest("ListIdentifiers", *given, most=7)) == found


LIST = ("verb", "ListRecords")
GET = ("verb", "GetRecord")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], "badVerb"),
        ([("verb", "Nada")], "badVerb"),
        ([("verb", "Identify"), ("verb", "Identify")], "badVerb"),
        ([("verb", "Identify"), ("set", "tipo")], "badArgument"),
        ([LIST], "badArgument"),
        ([LIST, PREFIX, PREFIX], "badArgument"),
        ([LIST, PREFIX, ("color", "rojo")], "badArgument"),
        ([LIST, PREFIX, ("resumptionToken", "x")], "badArgument"),
        ([LIST, PREFIX, ("from", "ayer")], "badArgument"),
        ([LIST, PREFIX, ("from", "2026-02-30")], "badArgument"),
        ([LIST, PREFIX, ("from", "")], "badArgument"),
        ([LIST, PREFIX, ("until", "2026-11-01T25:00:00Z")], "badArgument"),
        ([LIST, PREFIX, ("until", "2026-11-01T08:30:00")], "badArgument"),
        ([LIST, PREFIX, ("from", "2026-11-02"), ("until", "2026-11-01")], "badArgument"),
        (
            [LIST, PREFIX, ("from", "2026-11-01"), ("until", "2026-11-02T00:00:00Z")],
            "badArgument",
        ),
        ([LIST, PREFIX, ("set", "tipo:")], "badArgument"),
        ([LIST, PREFIX, ("set", "")], "badArgument"),
        ([LIST, ("metadataPrefix", "a b")], "badArgument"),
        ([GET, PREFIX], "badArgument"),
        ([GET, ("identifier", TALLER)], "badArgument"),
        ([GET, PREFIX, ("identifier", "oai:\x00")], "badArgument"),
        ([LIST, ("metadataPrefix", "marc21")], "cannotDisseminateFormat"),
        ([GET, ("identifier", TALLER), ("metadataPrefix", "mods")], "cannotDisseminateFormat"),
        ([GET, PREFIX, ("identifier", f"{TALLER}x")], "idDoesNotExist"),
        ([("verb", "ListMetadataFormats"), ("identifier", "oai:x:nada")], "idDoesNotExist"),
        ([LIST, PREFIX, ("set", "tipo:law")], "noRecordsMatch"),
        ([LIST, PREFIX, ("set", "ti")], "noRecordsMatch"),
        ([LIST, PREFIX, ("from", "2027-01-01")], "noRecordsMatch"),
        ([LIST, PREFIX, ("until", "1990-01-01")], "noRecordsMatch"),
        ([LIST, ("resumptionToken", "x")], "badResumptionToken"),
        ([LIST, ("resumptionToken", "")], "badResumptionToken"),
        ([LIST, ("resumptionToken", "ñ")], "badResumptionToken"),
        ([LIST, ("resumptionToken", "W10=")], "badResumptionToken"),
        ([LIST, ("resumptionToken", "WzEsMiwzLDQsNSw2XQ==")], "badResumptionToken"),
        ([("verb", "ListSets"), ("resumptionToken", "x")], "badResumptionToken"),
    ],
)
def test_each_error_of_the_protocol_has_its_code(
    given: list[tuple[str, str]], expected: str
) -> None:
    tree = ask(*given)
    assert code(tree) == expected
    told = dict(tree.find(f"{OAI}request").attrib)
    assert told == ({} if expected in ("badVerb", "badArgument") else dict(given))


def token(verb: str, offset: int, generation: int = 7) -> tuple[str, str]:
    return "resumptionToken", resumption_token(Harvest(verb), offset, generation)


def test_a_token_serves_its_own_list_only() -> None:
    assert code(ask(LIST, token("ListRecords", 10))) is None
    assert code(ask(LIST, token("ListIdentifiers", 10))) == "badResumptionToken"
    assert code(ask(("verb", "ListSets"), token("ListSets", 10))) == "badResumptionToken"
    assert code(ask(LIST, token("ListRecords", 25))) == "badResumptionToken"
    assert code(ask(LIST, token("ListRecords", -5))) == "badResumptionToken"


def test_a_token_ends_with_the_index_that_it_was_given_for() -> None:
    given = (LIST, token("ListRecords", 10))
    assert code(ask(*given, generation=7)) is None
    assert code(ask(*given, generation=8)) == "badResumptionToken"


def test_an_empty_collection_has_sets_but_no_records() -> None:
    class Empty(SmallSearcher):
        def documents(self) -> Sequence[Document]:  # type: ignore[override] # none at all
            return ()

    repository = Repository(Empty(), ORIGIN, "datos@example.org")
    for verb, expected in (("Identify", None), ("ListSets", None), (LIST[1], "noRecordsMatch")):
        given = [("verb", verb), *([PREFIX] if verb == LIST[1] else [])]
        content = respond(repository, given)
        assert breaches(content) == []
        assert code(etree.fromstring(content)) == expected


@pytest.mark.parametrize(
    "broken",
    [
        b'<OAI-PMH xmlns="x"/>',
        b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><request/></OAI-PMH>',
    ],
)
def test_the_rules_see_what_breaks_them(broken: bytes) -> None:
    assert breaches(broken)
