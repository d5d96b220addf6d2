"""Timetable rows to agenda items: clock times, stated and computed durations."""

from dataclasses import replace
from pathlib import Path

import pytest
from own_texts import make_document

from ingest.metadata.agenda import agenda_items
from ingest.passages import make_pages, make_passages
from ingest.pdf.reader import read_pdf
from search.documents import AgendaItem, BlockKind, Extent, Passage, ResourceType
from search.text.times import is_day, phrases, time_cell


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
            kind=ResourceType.ACTIVITY,
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


def items(*passages: Passage) -> list[tuple[str | None, str | None, str | None, str]]:
    return [(i.day, i.start, i.end, i.title) for i in agenda_items(passages)]


def line(text: str, *section: str, kind: BlockKind = BlockKind.PARAGRAPH) -> Passage:
    return replace(row(text), kind=kind, section=section)


def test_the_header_says_which_cell_is_what() -> None:
    header = "Hora | Actividad | Responsable | Lugar; Día 1"
    (item,) = agenda_items([row("9:00 - 9:30 | Registro | María López | Salón Azul", header)])
    assert (item.title, item.people, item.place) == ("Registro", "María López", "Salón Azul")
    (item,) = agenda_items(
        [row("09:00 - 09:45 | 40 | Apertura | Ana Gil", "Hora | Minutos | Actividad | A cargo de")]
    )
    assert (item.title, item.people, item.stated_minutes) == ("Apertura", "Ana Gil", 40)
    late = replace(row("Apertura | 9:00 a 9:30 | Ana Gil", "Actividad | Horario | Responsable"))
    (item,) = agenda_items([replace(late, kind=BlockKind.TABLE_ROW)])
    assert (item.title, item.start, item.people) == ("Apertura", "09:00", "Ana Gil")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Panel. Modera: Ana Pérez", ("Panel", "Ana Pérez", None)),
        ("Datos abiertos, a cargo de la Dirección", ("Datos abiertos", "Dirección", None)),
        ("Charla. Ponente: Luis Gil. Lugar: Aula 2", ("Charla", "Luis Gil", "Aula 2")),
        ("Inauguración (Salón Azul)", ("Inauguración", None, "Salón Azul")),
        ("Taller de mapas | Sala 3", ("Taller de mapas", None, "Sala 3")),
        ("Keynote. Moderated by Eva Sol", ("Keynote", "Eva Sol", None)),
        ("La sala de máquinas del Estado", ("La sala de máquinas del Estado", None, None)),
    ],
)
def test_people_and_place_are_told_by_their_marks(
    text: str, expected: tuple[str, str | None, str | None]
) -> None:
    (item,) = agenda_items([row(f"9:00 - 9:30 | {text}")])
    assert (item.title, item.people, item.place) == expected


def test_a_passage_may_hold_several_items() -> None:
    text = "10:00 hrs. Recepción\n18:00 hrs. Ceremonia inaugural"
    assert items(line(text, "Día 2")) == [
        ("Día 2", "10:00", None, "Recepción"),
        ("Día 2", "18:00", None, "Ceremonia inaugural"),
    ]
    assert items(row("9:00–9:10 EQ check-in 9:10–10:00 Dark matter exercise 10:45 break")) == [
        (None, "09:00", "09:10", "EQ check-in"),
        (None, "09:10", "10:00", "Dark matter exercise"),
        (None, "10:45", None, "break"),
    ]


def test_lines_of_a_programme_need_no_table() -> None:
    text = (
        "De 9 a 10:30 h: Inauguración\nDe 10:30 a 11 h: Café\n"
        "12 m. Almuerzo\nA partir de las 14:00: Estudio de casos\n"
        "Entre las 3:00 y las 5:00 pm: Visita"
    )
    assert items(line(text, "Programa")) == [
        (None, "09:00", "10:30", "Inauguración"),
        (None, "10:30", "11:00", "Café"),
        (None, "12:00", None, "Almuerzo"),
        (None, "14:00", None, "Estudio de casos"),
        (None, "15:00", "17:00", "Visita"),
    ]
    named = line("Clausura (17:00 a 17:30)", "Agenda", kind=BlockKind.LIST_ITEM)
    assert items(named) == [(None, "17:00", "17:30", "Clausura")]
    dated = line("Martes 7 de julio, presencial. De 8:30 a 16:30.", "Programa")
    assert items(dated) == [("Martes 7 de julio", "08:30", "16:30", "presencial")]


@pytest.mark.parametrize(
    "text",
    [
        "El taller tendrá lugar entre las 3:00 y las 5:00 pm en la sala 2.",
        "La votación será de 9:00 a 17:00.",
        "9:00 horas fue cuando empezó todo",
    ],
)
def test_sentences_that_speak_of_a_time_are_no_items(text: str) -> None:
    assert items(line(text, "Antecedentes")) == []


def test_a_time_in_figures_only_is_one_before_an_hour_mark_or_with_a_zero() -> None:
    found = [[(c.minutes, c.half) for c in p.clocks] for p in phrases("0900–1200 y 1400-1530 hrs")]
    assert found == [[(540, ""), (720, "")], [(840, ""), (930, "")]]
    assert phrases("Plan 2005-2010 de 9 a 12 años") == []
