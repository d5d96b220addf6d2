"""Timetable rows to agenda items: clock times, stated and computed durations."""

from pathlib import Path

import pytest
from own_texts import make_document

from ingest.agenda import agenda_items
from ingest.passages import make_pages, make_passages
from ingest.readers.pdf import read_pdf
from ingest.times import is_day, time_cell
from search.types import AgendaItem, BlockKind, Extent, Passage


def row(text: str, context: str = "", number: int = 0) -> Passage:
    return Passage(
        id=f"p-{number}",
        document_id="nota",
        kind=BlockKind.AGENDA_ITEM,
        section=("Agenda",),
        text=text,
        language="es",
        extents=(Extent(1, 0, len(text), 0),),
        context=context,
    )


def times(*texts: str) -> list[tuple[str | None, str | None, int | None]]:
    items = agenda_items([row(text) for text in texts])
    return [(item.start, item.end, item.computed_minutes) for item in items]


def test_a_row_gives_both_what_it_states_and_what_the_clock_says() -> None:
    text = "11:20-11:55 (45 minutos) | Actividad grupal: Hoja de Ruta"
    assert agenda_items([row(text, "Viernes 1 de noviembre; Hora | Tema")]) == (
        AgendaItem(
            passage_id="p-0",
            title="Actividad grupal: Hoja de Ruta",
            day="Viernes 1 de noviembre",
            start="11:20",
            end="11:55",
            stated_minutes=45,
            computed_minutes=35,
        ),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10:00 hrs. | Recepción", ("10:00", None, None)),
        ("20:30 hrs. | Reunión", ("20:30", None, None)),
        ("9h00 | Apertura", ("09:00", None, None)),
        ("9h30 – 10h15 | Taller", ("09:30", "10:15", 45)),
        ("3:00 pm | Cierre", ("15:00", None, None)),
        ("9:00 a. m. - 12:30 p. m. | Sesión", ("09:00", "12:30", 210)),
        ("2:00 - 4:30 pm | Sesión", ("14:00", "16:30", 150)),
        ("11:00 - 1:00 pm | Sesión", ("11:00", "13:00", 120)),
        ("11:00 - 1:00 | Sesión", ("11:00", "13:00", 120)),
        ("10.30 a 11.00 h | Café", ("10:30", "11:00", 30)),
        ("09:00 a 10:00 horas: Palabras", ("09:00", "10:00", 60)),
        ("12:15 am | Fin", ("00:15", None, None)),
    ],
)
def test_times_as_people_write_them(
    text: str, expected: tuple[str | None, str | None, int | None]
) -> None:
    assert times(text) == [expected]


def test_a_bare_time_that_would_go_back_is_in_the_afternoon() -> None:
    assert times("15:15 - 16:45 | Taller", "4:45 - 5:00 | Cierre") == [
        ("15:15", "16:45", 90),
        ("16:45", "17:00", 15),
    ]
    assert times("11:00 - 12:30 | A", "1:30 - 3:00 | B", "3:00 | C") == [
        ("11:00", "12:30", 90),
        ("13:30", "15:00", 90),
        ("15:00", None, None),
    ]


def test_another_day_starts_in_the_morning_again() -> None:
    items = agenda_items(
        [
            row("18:00 | Cena", "Jueves | 31 de octubre"),
            row("7:00 | Café", "Viernes | 1 de noviembre"),
        ]
    )
    assert [(item.day, item.start) for item in items] == [
        ("Jueves | 31 de octubre", "18:00"),
        ("Viernes | 1 de noviembre", "07:00"),
    ]


def test_rows_without_a_time_or_a_title_are_no_items() -> None:
    assert agenda_items([row("Viernes 1 de noviembre"), row("10:00 hrs."), row("2018 | Año")]) == ()


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("10:30-10:40 (10 minutos) Palabras", 24),
        ("10:00 hrs. Recepción", 10),
        ("3.10 Título de un apartado", 0),
        ("2.15", 0),
        ("16.000 municipios", 0),
        ("24 horas de plazo", 0),
        ("1:1000 es la escala", 0),
        ("2018-2030", 0),
        ("10:40:15 en el cronómetro", 0),
        ("ODS 16", 0),
    ],
)
def test_what_is_a_time_cell(text: str, length: int) -> None:
    assert time_cell(text) == length


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Viernes 1 de noviembre", True),
        ("Jueves | 31 de octubre", True),
        ("Día 2", True),
        ("1 de noviembre de 2024", True),
        ("1 de cada 3 municipios", False),
        ("Sábado por la tarde se reunió el comité y acordó lo que sigue en las actas.", False),
    ],
)
def test_what_names_a_day(text: str, expected: bool) -> None:
    assert is_day(text) is expected


def test_the_note_has_nineteen_items_and_one_contradiction(shared_data: Path) -> None:
    path = shared_data / "nota/nota_2col.pdf"
    reading = read_pdf(path.read_bytes(), path.name)
    passages = make_passages(
        reading,
        make_pages(reading),
        make_document("nota"),
        lambda _: "es",
        lambda text: len(text.split()),
    )
    items = agenda_items(passages)
    assert len(items) == 19
    differing = [
        (item.start, item.end, item.stated_minutes, item.computed_minutes)
        for item in items
        if item.stated_minutes and item.stated_minutes != item.computed_minutes
    ]
    assert differing == [("11:20", "11:55", 45, 35)]
    assert [item.start for item in items[5:9]] == ["10:00", "18:00", "19:30", "20:30"]
