"""What people do not find: every planted gap is told, and nothing that few have asked."""

import csv
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from command_line import acervo
from in_browser import NewContext, assert_accessible, open_page, serving
from places import CORPUS
from small_collection import SmallSearcher
from starlette.testclient import TestClient

from benchmarks.gap_log import PRIVATE, Log, simulate
from benchmarks.gaps import shown_too_rare, theme_of, write
from search.documents import Floats
from search.embedding.encoder import open_embedder
from search.evaluation.judged import read_judged
from search.synonyms import Synonyms
from service.settings import Settings
from service.usage.gaps import (
    Count,
    GapsRequest,
    Kind,
    Model,
    Report,
    Section,
    Span,
    complete_linkage,
    gaps_report,
    section_of,
)
from service.usage.gaps_view import csv_of, gaps_request, gaps_view
from service.usage.keys import create_key
from service.usage.log import (
    Channel,
    Event,
    EventKind,
    Outcome,
    SearchRecord,
    UsageCount,
    normalised,
)
from service.web.app import create_app

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SPAN = Span(date(2026, 11, 1), date(2026, 11, 29))
USE = UsageCount("2026-11-10", "", Outcome.NOT_FOUND, "es", ("es",), "", "", (), Channel.PAGE)


def used(text: str, searches: int, **fields: object) -> UsageCount:
    return replace(USE, text=text, searches=searches, **fields)  # type: ignore[arg-type] # by name


def alike(texts: Sequence[str]) -> list[list[int]]:
    """Groups texts that begin with the same word."""
    first: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        first.setdefault(normalised(text).partition(" ")[0], []).append(place)
    return list(first.values())


def unanswered(*uses: UsageCount) -> Section:
    return section_of(Kind.UNANSWERED, uses, SPAN, alike)


def told(section: Section) -> list[tuple[str, bool, int]]:
    return [(theme.name, theme.quoted, theme.searches) for theme in section.themes]


def test_a_text_is_shown_from_five_searches_on() -> None:
    section = unanswered(
        used("Agua potable", 3),
        used("¿agua potable?", 2),
        used("agua rural", 4, subject="Agua"),
    )
    theme = section.themes[0]
    assert (theme.name, theme.searches, theme.rarer) == ("Agua potable", 9, 4)
    assert theme.wordings == (Count("Agua potable", 5),)
    assert "agua rural" not in str(section)


def test_a_theme_of_rare_wordings_is_named_by_the_nearest_material() -> None:
    section = unanswered(
        used("agua potable", 4, subject="Servicios"), used("agua rural", 2, subject="Costas")
    )
    assert told(section) == [("Servicios", False, 6)]
    assert section.themes[0].wordings == ()
    assert "agua" not in str(section)


def test_what_is_smaller_is_one_number() -> None:
    section = unanswered(used("agua", 4), used("catastro", 3), used("", 9))
    assert (told(section), section.others, section.searches) == ([], 16, 16)
    assert "catastro" not in str(section)


def test_guides_goals_and_languages_are_told_from_five_on_too() -> None:
    section = unanswered(
        used("agua", 5, toolkit="Guía A", goals=(6, 11)),
        used("agua", 4, toolkit="Guía B", goals=(6,), language="pt"),
    )
    theme = section.themes[0]
    assert theme.toolkits == section.toolkits == (Count("Guía A", 5),)
    assert theme.goals == section.goals == (Count("6", 9), Count("11", 5))
    assert theme.languages == (Count("es", 5),)


def test_weeks_begin_on_monday() -> None:
    days = [("2026-11-01", 1), ("2026-11-02", 2), ("2026-11-08", 3), ("2026-11-29", 4)]
    section = unanswered(*(used("agua", count, day=day) for day, count in days))
    assert SPAN.weeks == ("2026-10-26", "2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23")
    assert section.themes[0].weeks == section.weeks == (1, 5, 0, 0, 4)


def test_kinds_are_told_apart() -> None:
    uses = [
        used("agua", 6),
        used("catastro", 7, outcome=Outcome.NO_RESULTS, languages=()),
        used("firma", 8, outcome=Outcome.FOUND),
        used("firma abierta", 5, outcome=Outcome.FOUND, opened=2),
        used("vivienda", 9, outcome=Outcome.FOUND),
        used("huertos", 9, outcome=Outcome.FOUND, channel=Channel.API),
        used("datos", 5, outcome=Outcome.FOUND, languages=("en",), opened=5),
        used("data", 5, outcome=Outcome.FOUND, language="en", opened=5),
        used("riesgo", 10, noticed=5),
    ]
    found = {kind: told(section_of(kind, uses, SPAN, alike)) for kind in Kind}
    assert found == {
        Kind.UNANSWERED: [("riesgo", True, 10), ("catastro", True, 7), ("agua", True, 6)],
        Kind.UNOPENED: [("vivienda", True, 9)],
        Kind.OTHER_LANGUAGE: [("data", True, 5), ("datos", True, 5)],
        Kind.NOTICED: [("riesgo", True, 5)],
    }


def test_what_exists_in_another_language_says_in_which() -> None:
    uses = [
        used("datos", 5, outcome=Outcome.FOUND, languages=("en", "fr")),
        used("datos", 5, outcome=Outcome.FOUND, languages=("en",), language="pt"),
    ]
    section = section_of(Kind.OTHER_LANGUAGE, uses, SPAN, alike)
    assert [(theme.languages, theme.found_in) for theme in section.themes] == [
        ((Count("es", 5),), ("en", "fr")),
        ((Count("pt", 5),), ("en",)),
    ]


def test_groups_hold_only_what_is_alike_pair_by_pair() -> None:
    angles = np.radians([0.0, 30.0, 55.0, 180.0])
    unit = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert complete_linkage(unit, 0.8) == [[0], [1, 2], [3]]
    assert complete_linkage(unit, 0.5) == [[0, 1, 2], [3]]
    assert complete_linkage(unit[:1]) == [[0]]


def simulated(now: datetime) -> Log:
    return simulate(read_judged(CORPUS / "consultas.jsonl"), Synonyms.parse((), ()), now)


@pytest.fixture(scope="module")
def log() -> Log:
    return simulated(NOW)


@pytest.fixture(scope="module")
def report(
    log: Log, model_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Report, Path]:
    index = tmp_path_factory.mktemp("registro")
    write(index, log)
    embedder = open_embedder(str(model_folder))
    model = Model(embedder.name, lambda text: embedder.embed_query(text).vector)
    return gaps_report(index, GapsRequest(), model, NOW), index


def test_all_planted_gaps_are_found(log: Log, report: tuple[Report, Path]) -> None:
    assert len(log.asked) == 5_000
    assert len(log.planted) == 18
    assert [gap.name for gap in log.planted if theme_of(report[0], gap) is None] == []


def test_nothing_that_fewer_than_five_asked_is_shown(log: Log, report: tuple[Report, Path]) -> None:
    assert shown_too_rare(report[0], log) == []
    shown = normalised(str(report[0]) + csv_of(report[0]))
    rare = [text for text, times in log.texts.items() if times < 5]
    assert {normalised(text) for text in PRIVATE} <= set(rare)
    assert len(rare) > 500
    # A rare text may be part of a frequent one («gobernanza») or name a section; whole values not.
    values = set(re.findall(r"(?:value|name)='([^']+)'", str(report[0])))
    assert {normalised(value) for value in values} & set(rare) == set()
    assert [text for text in map(normalised, PRIVATE) if text in shown] == []


def test_every_search_is_counted_once(report: tuple[Report, Path]) -> None:
    for section in report[0].sections:
        assert section.others + sum(theme.searches for theme in section.themes) == section.searches
        assert sum(section.weeks) >= section.searches
    assert report[0].pending == 0


def test_filters_narrow_what_is_counted(log: Log, report: tuple[Report, Path]) -> None:
    model = Model("nada", lambda _text: np.ones(2, np.float32))
    gap = log.planted[0]
    never = gaps_report(report[1], GapsRequest(toolkit=gap.guide), model, NOW, lambda _d, _t: False)
    assert (never.searches, never.pending) == (gap.searches, 5)
    assert told(never.sections[0])[0] == (gap.name, True, gap.counts[gap.name])
    noticed = gaps_report(report[1], GapsRequest(kind=Kind.NOTICED), model, NOW)
    assert [s.kind for s in noticed.sections] == [Kind.NOTICED]
    assert gaps_report(report[1], GapsRequest(goal=5), model, NOW).searches == 0
    assert gaps_report(report[1], GapsRequest(days=1), model, NOW + timedelta(days=9)).searches == 0


def test_a_vector_is_made_once(tmp_path: Path, log: Log) -> None:
    write(tmp_path, Log(log.asked[:50], [], []))
    embedded: list[str] = []

    def embed(text: str) -> Floats:
        embedded.append(text)
        return SmallSearcher().embed(text)

    gaps_report(tmp_path, GapsRequest(), Model("m", embed), NOW)
    first = len(embedded)
    gaps_report(tmp_path, GapsRequest(), Model("m", embed), NOW)
    assert len(embedded) == first > 0


def asked(text: str, qid: str, **fields: object) -> SearchRecord:
    now = datetime.now(UTC)
    one = SearchRecord(
        qid=qid,
        hour=now.strftime("%Y-%m-%dT%H"),
        text=text,
        language="es",
        outcome=Outcome.NOT_FOUND,
        total=3,
        languages=("es",),
        subject="Antecedentes",
        toolkit="Cambio de mentalidad",
        goals=(6,),
        scope_toolkit="",
        scope_event="",
        channel=Channel.PAGE,
    )
    return replace(one, **fields)  # type: ignore[arg-type] # by name


SMALL = Log(
    [
        *(asked("=agua <potable>", f"agua{n}") for n in range(6)),
        *(asked("catastro", f"catastro{n}") for n in range(4)),
    ],
    [Event("agua0", EventKind.GAP)],
    [],
)


@pytest.mark.browser
def test_the_page_is_for_everyone_and_keeps_our_policy(
    new_context: NewContext, tmp_path: Path
) -> None:
    write(tmp_path, simulated(datetime.now(UTC)))
    key = create_key(tmp_path, "Ana")
    with serving(create_app(Settings(index=tmp_path, query_log=True), SmallSearcher())) as address:
        page = open_page(new_context, 1280)
        page.set_extra_http_headers({"authorization": f"Bearer {key}"})
        page.goto(f"{address}/vacios")
        assert page.locator("svg.weeks").count() > 3
        assert_accessible(page, "vacios")
        page.goto(f"{address}/vacios?ods=17")
        assert_accessible(page, "vacios-nada")
        strict = new_context(java_script_enabled=True).new_page()
        refused: list[str] = []
        strict.on("console", lambda message: refused.append(message.text))
        strict.set_extra_http_headers({"authorization": f"Bearer {key}"})
        strict.goto(f"{address}/vacios")
        plain = open_page(new_context, 360, javascript=False)
        plain.set_extra_http_headers({"authorization": f"Bearer {key}"})
        plain.goto(f"{address}/vacios")
        plain.locator("select[name=tipo]").select_option("avisos")
        plain.locator(".sift button").click()
        assert plain.url.endswith("tipo=avisos&guia=&ods=")
    assert refused == []


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    write(tmp_path, SMALL)
    settings = Settings(index=tmp_path, query_log=True)
    with TestClient(create_app(settings, SmallSearcher())) as client:
        client.headers["authorization"] = f"Bearer {create_key(tmp_path, 'Ana')}"
        yield client


@pytest.mark.parametrize("address", ["/vacios", "/vacios.csv", "/api/v1/gaps"])
def test_the_report_is_for_those_with_a_key(client: TestClient, address: str) -> None:
    response = client.get(address)
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    assert client.get(address, headers={"authorization": ""}).status_code == 401


def test_the_page_tells_themes_with_text_and_numbers(client: TestClient) -> None:
    html = client.get("/vacios").text
    assert "Consultas: 10; con respuesta: 0." in html
    assert "«=agua &lt;potable&gt;»" in html
    assert "catastro" not in html
    assert '<p class="quiet">Otras consultas: 4</p>' in html
    assert "Cambio de mentalidad (6) · ODS 6 (6)" in html
    assert html.count('<svg class="weeks"') == 1
    assert " style=" not in html
    assert "Ningún tema llega a cinco consultas." in html


def test_a_page_shows_no_more_than_is_read() -> None:
    uses = [used(f"tema{n} igual", 30 - n // 2) for n in range(30)]
    section = section_of(Kind.UNANSWERED, uses, SPAN, alike)
    report = Report(SPAN.since, SPAN.until, SPAN.weeks, 900, 0, (section,))
    view = gaps_view(GapsRequest(), report, [])
    section_row = view.sections[0]
    assert (len(section_row["themes"]), section_row["more"]) == (25, 5)
    assert csv_of(report).count("igual") == 60  # as name and as wording


def test_the_page_keeps_what_was_chosen(client: TestClient) -> None:
    html = client.get("/vacios?dias=7&tipo=sin-respuesta&guia=Cambio+de+mentalidad&ods=6").text
    for chosen in (
        '<option value="7" selected>Últimos 7 días</option>',
        '<option value="sin-respuesta" selected>Sin respuesta</option>',
        "<option selected>Cambio de mentalidad</option>",
        "<option selected>6</option>",
    ):
        assert chosen in html
    link = "/vacios.csv?dias=7&amp;tipo=sin-respuesta&amp;guia=Cambio+de+mentalidad&amp;ods=6"
    assert f'href="{link}" download' in html
    assert html.count('<section aria-labelledby="sin-respuesta">') == html.count("<section") == 1


def test_an_empty_report_says_so(client: TestClient) -> None:
    html = client.get("/vacios?ods=17").text
    assert "No hay ninguna consulta anotada con estos filtros." in html
    assert '<a class="tap" href="/vacios">Quitar filtros</a>' in html


def test_nonsense_in_the_address_is_as_if_it_were_not_there(client: TestClient) -> None:
    assert gaps_request("x", "robar", "", "99") == GapsRequest()
    assert gaps_request("9999", "", "", "") == GapsRequest(days=366)
    assert client.get("/vacios?dias=-1&tipo=x&ods=x").status_code == 200


def test_a_page_without_a_log_says_so(tmp_path: Path) -> None:
    settings = Settings(index=tmp_path, query_log=False)
    with TestClient(create_app(settings, SmallSearcher())) as client:
        key = create_key(tmp_path, "Ana")
        html = client.get("/vacios", headers={"authorization": f"Bearer {key}"}).text
    assert "Ahora no se anotan consultas" in html


def test_the_file_holds_nothing_that_a_spreadsheet_would_run(client: TestClient) -> None:
    response = client.get("/vacios.csv?tipo=sin-respuesta")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="vacios-' in response.headers["content-disposition"]
    table = list(csv.DictReader(StringIO(response.content.decode("utf-8-sig"))))
    assert [(row["Tema"], row["Búsquedas"], row["Avisos"]) for row in table] == [
        ("«=agua <potable>»", "6", "1"),
        ("Otras consultas", "4", ""),
    ]
    assert table[0]["Formas de preguntarlo"] == "'=agua <potable> (6)"
    assert "catastro" not in response.text


def test_the_api_tells_the_same(client: TestClient) -> None:
    found = client.get("/api/v1/gaps?kind=sin-respuesta").json()
    assert (found["searches"], found["answered"], found["pending"]) == (10, 0, 0)
    section = found["sections"][0]
    assert (section["kind"], section["label"], section["others"]) == (
        "sin-respuesta", "Sin respuesta", 4,
    )  # fmt: skip
    themes = [(theme["name"], theme["searches"], theme["noticed"]) for theme in section["themes"]]
    assert themes == [("=agua <potable>", 6, 1)]
    assert client.get("/api/v1/gaps?kind=otro").status_code == 400
    assert client.get("/api/v1/gaps?days=0").status_code == 400


@pytest.fixture
def index(demo_index: Path, tmp_path: Path) -> Path:
    """An index that a test may write to."""
    return shutil.copytree(demo_index, tmp_path / "indice")


def test_the_command_line_tells_the_same(model_folder: Path, tmp_path: Path, index: Path) -> None:
    write(index, SMALL)
    places = ["--index", index, "--model", model_folder]
    ran = acervo("gaps", *places)
    assert ran.status == 0
    assert "10 consultas, 0 con respuesta." in ran.out
    assert "«=agua <potable>»" in ran.out
    assert "Otras consultas: 4" in ran.out
    assert "catastro" not in ran.out
    json = acervo("gaps", "--json", "--days", "7", "--kind", "sin-respuesta", *places).json
    assert [len(section["themes"]) for section in json["sections"]] == [1]
    assert acervo("gaps", "--csv", tmp_path / "vacios.csv", *places).status == 0
    nowhere = acervo("gaps", "--csv", tmp_path / "nada" / "vacios.csv", *places)
    assert (nowhere.status, "elija otro lugar" in nowhere.err) == (2, True)
    assert "Otras consultas" in (tmp_path / "vacios.csv").read_text("utf-8")
    assert acervo("gaps", "--days", "0", *places).status == 2
    assert acervo("gaps", "--index", tmp_path / "nada", "--model", model_folder).status == 2


def test_the_command_line_says_when_there_is_nothing(model_folder: Path, index: Path) -> None:
    ran = acervo("gaps", "--index", index, "--model", model_folder)
    assert ran.status == 0
    assert "No hay ninguna consulta anotada en estos días." in ran.out
