"""What the service keeps of searches: what, for how long, and that it never stands in the way."""

import logging
import queue
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_collection import SmallSearcher
from starlette.testclient import TestClient

from search.results import Query, Result
from service.settings import Settings
from service.usage import log as log_module
from service.usage.log import (
    DATABASE,
    QID,
    Channel,
    Event,
    EventKind,
    Outcome,
    QueryLog,
    SearchRecord,
    UsageCount,
    goals_named,
    normalised,
    read_usage,
    search_record,
)
from service.web.app import create_app

NOON = datetime(2026, 11, 2, 12, 34, 56, tzinfo=UTC)


class MovedClock:
    """A clock that stands where it was put."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def log(tmp_path: Path, clock: MovedClock) -> Iterator[QueryLog]:
    log = QueryLog(tmp_path, clock=clock)
    log.start()
    yield log
    log.close()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(index=tmp_path, query_log=True)
    with TestClient(create_app(settings, SmallSearcher())) as client:
        yield client


def rows(folder: Path, sql: str = "SELECT * FROM asked") -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        return connection.execute(sql).fetchall()


def uses(folder: Path) -> list[UsageCount]:
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        return read_usage(connection, "2000-01-01")


def result_of(text: str, **query: object) -> Result:
    return SmallSearcher().search(replace(Query(text), **query))  # type: ignore[arg-type] # by name


def written(client: TestClient) -> None:
    client.app.state.acervo.log.flush()  # type: ignore[attr-defined] # an app, typed as ASGI


def test_a_search_leaves_this_and_no_more(log: QueryLog, tmp_path: Path) -> None:
    qid = log.record(result_of("mindsets ODS 16"), Channel.PAGE)
    log.flush()
    assert qid is not None
    assert QID.fullmatch(qid)
    assert rows(tmp_path) == [
        (
            *(qid, "2026-11-02T12", "mindsets ODS 16", "es", "not_found", 1, "en", "Introduction"),
            *("Cambio de mentalidad", "16", "", "", "page"),
        )
    ]


def test_the_outcome_and_the_languages_of_what_was_shown() -> None:
    def kept(text: str) -> SearchRecord:
        return search_record(result_of(text), "q", "h", Channel.API)

    assert kept("¿a qué hora es el Tema 2?").outcome is Outcome.FOUND
    assert kept("presupuesto").outcome is Outcome.NOT_FOUND
    assert (kept("paella").outcome, kept("paella").languages) == (Outcome.NO_RESULTS, ())
    assert kept("mindsets gobernanza").languages == ("en", "es")
    assert kept("tipo:presentación gobernanza").text == "gobernanza"
    chosen = result_of("gobernanza", filters={"toolkit": ("Cambio de mentalidad",)})
    assert search_record(chosen, "q", "h", Channel.API).scope_toolkit == "Cambio de mentalidad"


def test_a_text_is_scrubbed_before_it_is_written(log: QueryLog, tmp_path: Path) -> None:
    log.record(result_of("gobernanza para ana@ejemplo.org en el municipio"), Channel.API)
    scoped = result_of("gobernanza", filters={"toolkit": ("9 1234 5678 guía del municipio",)})
    log.record(scoped, Channel.API)
    log.record(result_of("+56 9 1234 5678"), Channel.API)
    log.flush()
    kept = rows(tmp_path, "SELECT text, scope_toolkit FROM asked ORDER BY text")
    assert kept == [
        ("", ""),
        ("gobernanza", "[número] guía del municipio"),
        ("gobernanza para [correo] en el municipio", ""),
    ]
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"ejemplo.org" not in stored
    assert b"1234 5678" not in stored


def test_the_order_of_rows_tells_nothing(log: QueryLog, tmp_path: Path) -> None:
    asked = [log.record(result_of(f"gobernanza {n}"), Channel.PAGE) for n in range(40)]
    log.flush()
    kept = [row[0] for row in rows(tmp_path)]
    assert kept == sorted(str(qid) for qid in asked)
    assert kept != asked


def test_the_same_question_again_is_not_another_search(log: QueryLog) -> None:
    assert log.record(result_of("gobernanza", page=2), Channel.PAGE) is None
    assert log.record(result_of("gobernanza", explain=True), Channel.PAGE) is None
    assert log.record(result_of("gobernanza"), None) is None


def test_events_belong_to_a_known_search_once_each(log: QueryLog, tmp_path: Path) -> None:
    qid = log.record(result_of("gobernanza"), Channel.PAGE)
    assert qid is not None
    for event in (
        Event(qid, EventKind.CLICK, 3),
        Event(qid, EventKind.CLICK, 1),
        Event(qid, EventKind.GAP),
        Event("A" * 12, EventKind.CLICK, 1),
        Event("no es un qid", EventKind.CLICK, 1),
    ):
        log.note(event)
    log.flush()
    assert rows(tmp_path, "SELECT * FROM event") == [(qid, "click", 3), (qid, "gap", 0)]
    assert [(use.opened, use.noticed) for use in uses(tmp_path)] == [(1, 1)]


def test_after_thirty_days_only_counts_remain(
    log: QueryLog, clock: MovedClock, tmp_path: Path
) -> None:
    for text in [*["Presupuesto participativo"] * 3, *["¿presupuesto participativo?"] * 2, "rara"]:
        qid = log.record(result_of(text), Channel.PAGE)
    assert qid is not None
    log.note(Event(qid, EventKind.GAP))
    log.flush()
    clock.now += timedelta(days=29)
    log.record(result_of("gobernanza"), Channel.PAGE)
    log.flush()
    assert len(rows(tmp_path)) == 7
    clock.now += timedelta(days=2)
    log.record(result_of("gobernanza"), Channel.PAGE)
    log.flush()
    assert [row[2] for row in rows(tmp_path)] == ["gobernanza", "gobernanza"]
    assert rows(tmp_path, "SELECT * FROM event") == []
    counts = rows(tmp_path, "SELECT day, text, outcome, searches, noticed FROM daily")
    assert counts == [
        ("2026-11-02", "", "no_results", 1, 1),
        ("2026-11-02", "Presupuesto participativo", "not_found", 5, 0),
    ]
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"rara" not in stored  # nor in the free pages of the file


def test_a_text_that_survived_once_goes_on_being_counted(
    log: QueryLog, clock: MovedClock, tmp_path: Path
) -> None:
    for _ in range(5):
        log.record(result_of("presupuesto"), Channel.PAGE)
    log.flush()
    for _ in range(2):
        clock.now += timedelta(days=31)
        log.record(result_of("presupuesto"), Channel.PAGE)
        log.flush()
    counts = rows(tmp_path, "SELECT day, text, searches FROM daily")
    assert counts == [("2026-11-02", "presupuesto", 5), ("2026-12-03", "presupuesto", 1)]


def test_old_searches_are_forgotten_at_the_start(tmp_path: Path, clock: MovedClock) -> None:
    log = QueryLog(tmp_path, clock=clock)
    log.start()
    log.record(result_of("presupuesto"), Channel.PAGE)
    log.close()
    clock.now += timedelta(days=31)
    again = QueryLog(tmp_path, clock=clock)
    again.start()
    again.close()
    assert rows(tmp_path) == []


def test_a_forgotten_text_takes_its_vector_along(
    log: QueryLog, clock: MovedClock, tmp_path: Path
) -> None:
    log.record(result_of("presupuesto"), Channel.PAGE)
    log.flush()
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        texts = ["presupuesto", log_module.CENTRE_TEXT]
        log_module.vectors_of(connection, texts, "modelo", SmallSearcher().embed)
    assert len(rows(tmp_path, "SELECT * FROM vector")) == 2
    clock.now += timedelta(days=31)
    log.record(result_of("gobernanza"), Channel.PAGE)
    log.flush()
    assert len(rows(tmp_path, "SELECT * FROM vector")) == 1


def test_what_waits_is_written_at_the_end(tmp_path: Path) -> None:
    log = QueryLog(tmp_path)
    log.start()
    for _ in range(300):
        log.record(result_of("gobernanza"), Channel.PAGE)
    log.close()
    assert len(rows(tmp_path)) == 300


def test_a_full_queue_drops_and_counts(log: QueryLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_queue", queue.Queue(2))  # which nobody empties
    for _ in range(5):
        assert log.record(result_of("gobernanza"), Channel.PAGE)
    assert log.dropped == 3


def test_a_folder_that_cannot_be_written_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(log_module, "_IDLE_SECONDS", 0.01)
    log = QueryLog(tmp_path / "no-existe")
    with caplog.at_level(logging.WARNING):
        log.start()
        time.sleep(0.2)  # it tries again and again
        assert log.record(result_of("gobernanza"), Channel.PAGE) is None
        (tmp_path / "no-existe").mkdir()
        while not log.open:
            time.sleep(0.01)
    assert len(caplog.records) == 1
    assert "queries are not recorded" in caplog.text
    assert log.record(result_of("gobernanza"), Channel.PAGE)
    log.close()


def test_the_log_can_be_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACERVO_QUERY_LOG")
    assert Settings().query_log
    monkeypatch.setenv("ACERVO_QUERY_LOG", "0")
    with TestClient(create_app(Settings(index=tmp_path), SmallSearcher())) as client:
        assert client.get("/api/v1/search?q=gobernanza").json()["qid"] is None
    assert list(tmp_path.iterdir()) == []


def test_every_door_says_where_it_was_asked(client: TestClient, tmp_path: Path) -> None:
    client.get("/?q=gobernanza")
    client.get("/api/v1/search?q=gobernanza")
    client.get("/api/v1/search?q=gobernanza", headers={"Origin": "https://escuela.example"})
    client.get("/api/v1/search?q=gobernanza&canal=agent")
    written(client)
    channels = rows(tmp_path, "SELECT channel FROM asked ORDER BY channel")
    assert channels == [("agent",), ("api",), ("page",), ("widget",)]
    assert client.get("/api/v1/search?q=gobernanza&canal=otro").status_code == 400


def test_what_nobody_reads_is_not_recorded(client: TestClient, tmp_path: Path) -> None:
    client.head("/?q=gobernanza")
    client.get("/?q=gobernanza", headers={"Sec-Purpose": "prefetch;prerender"})
    client.get("/?q=gobernanza&pagina=2")
    client.get("/?q=gobernanza&explain=1")
    client.get("/api/v1/suggest?q=gobernanza")
    assert client.get("/api/v1/search?q=gobernanza&page=2").json()["qid"] is None
    written(client)
    assert rows(tmp_path) == []


def test_nothing_of_the_request_is_kept(client: TestClient, tmp_path: Path) -> None:
    headers = {
        "User-Agent": "NavegadorRaro/1.0",
        "Referer": "https://origen.example/ana",
        "Origin": "https://escuela.example",
        "X-Forwarded-For": "203.0.113.7",
        "Cookie": "quien=ana",
    }
    qid = client.get("/api/v1/search?q=gobernanza", headers=headers).json()["qid"]
    client.post("/api/v1/events", json={"type": "click", "qid": qid}, headers=headers)
    written(client)
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for trace in (b"NavegadorRaro", b"origen.example", b"escuela", b"203.0.113", b"quien"):
        assert trace not in stored


def test_an_event_is_told_from_any_site_as_plain_text(client: TestClient, tmp_path: Path) -> None:
    qid = client.get("/api/v1/search?q=gobernanza").json()["qid"]
    response = client.post(
        "/api/v1/events",
        content=f'{{"type": "click", "qid": "{qid}", "id": "taller.1", "pos": 2}}',
        headers={"Content-Type": "text/plain;charset=UTF-8", "Origin": "https://escuela.example"},
    )
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in response.headers
    written(client)
    assert rows(tmp_path, "SELECT * FROM event") == [(qid, "click", 2)]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("{", "El evento no se entiende: no es JSON."),
        ("[]", "El evento no se entiende: no es JSON."),
        ('{"type": "robar", "qid": "AAAAAAAAAAAA"}', "El evento no se entiende: revise «type»."),
        ('{"type": "click", "qid": "x"}', "El evento no se entiende: revise «qid»."),
        (
            '{"type": "click", "qid": "AAAAAAAAAAAA", "pos": -1, "ip": 1}',
            "El evento no se entiende: revise «pos», «ip».",
        ),
    ],
)
def test_an_event_that_makes_no_sense_is_a_problem(
    client: TestClient, body: str, detail: str
) -> None:
    response = client.post("/api/v1/events", content=body)
    assert (response.status_code, response.json()["detail"]) == (400, detail)


def test_an_event_of_an_unknown_search_is_taken_in_silence(
    client: TestClient, tmp_path: Path
) -> None:
    response = client.post("/api/v1/events", json={"type": "gap", "qid": "AAAAAAAAAAAA"})
    assert response.status_code == 204
    written(client)
    assert rows(tmp_path, "SELECT * FROM event") == []


def test_a_body_that_is_too_long_is_not_read(client: TestClient) -> None:
    response = client.post("/api/v1/events", content=" " * 2_049)
    assert response.status_code == 413
    assert response.json()["type"] == "urn:acervo:problema:demasiado-grande"


def test_a_gap_is_told_from_a_page_without_javascript(client: TestClient, tmp_path: Path) -> None:
    qid = client.get("/api/v1/search?q=presupuesto").json()["qid"]
    html = client.post("/avisar", data={"qid": qid, "q": '<b>año "2024"'}).text
    assert "<h1>Gracias por avisar</h1>" in html
    assert (
        '<a class="tap" href="/?q=%3Cb%3Ea%C3%B1o+%222024%22">'
        "Volver a los resultados de «&lt;b&gt;año &#34;2024&#34;»</a>"
    ) in html
    written(client)
    assert rows(tmp_path, "SELECT * FROM event") == [(qid, "gap", 0)]
    assert client.post("/avisar").status_code == 200


def test_a_document_opened_from_results_counts_as_a_click(
    client: TestClient, tmp_path: Path
) -> None:
    qid = client.get("/api/v1/search?q=gobernanza").json()["qid"]
    address = f"/documentos/taller?pagina=1&b={qid}"
    client.head(address)
    client.get(address, headers={"Sec-Purpose": "prefetch"})
    written(client)
    assert rows(tmp_path, "SELECT * FROM event") == []
    assert client.get(address).status_code == 200
    assert client.get("/documentos/taller?b=cualquier+cosa").status_code == 200
    written(client)
    assert rows(tmp_path, "SELECT * FROM event") == [(qid, "click", 0)]


def test_what_could_not_be_recorded_is_counted(client: TestClient) -> None:
    assert "acervo_unrecorded_total 0.0" in client.get("/metrics").text


@pytest.mark.parametrize(
    ("text", "goals"),
    [
        ("ODS 5, 16 y 17", (5, 16, 17)),
        ("la meta 16.6 y el objetivo 11", (11, 16)),
        ("SDG 4 and goal 4.c", (4,)),
        ("ODS 18", ()),
        ("los 11 principios de 2018", ()),
    ],
)
def test_goals_are_read_from_the_question(text: str, goals: tuple[int, ...]) -> None:
    assert goals_named(text) == goals


def test_texts_that_differ_in_accents_capitals_and_marks_are_the_same() -> None:
    assert normalised("¿Qué  es la GOBERNANZA?") == normalised("que es la gobernanza")
    assert normalised("año") != normalised("ano")
