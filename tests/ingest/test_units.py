"""Passages to what a trainer can use by itself, and what does not add up."""

from pathlib import Path

import pytest
from own_texts import make_document
from places import DOCUMENTS as CORPUS

from ingest.catalogue import Declared
from ingest.formats import TEXT
from ingest.metadata.activities import find_activities, group_size, materials
from ingest.metadata.agenda import agenda_items, kind_of
from ingest.metadata.cover import Claim
from ingest.metadata.describe import Description, describe, facts_of, find_findings
from ingest.passages import make_pages, make_passages
from ingest.readers.docx import read_docx
from ingest.readers.text import read_text
from ingest.sources import Source
from search.documents import Activity, BlockKind, Extent, Fact, Finding, Passage, ResourceType
from search.text.times import bracketed_minutes, labelled_minutes, minutes_of


def passage(
    text: str,
    *section: str,
    kind: BlockKind = BlockKind.PARAGRAPH,
    context: str = "",
    number: int = 0,
) -> Passage:
    return Passage(
        id=f"p-{number}",
        document_id="d",
        kind=kind,
        section=section,
        text=text,
        language="es",
        extents=(Extent(1, 0, len(text), 0),),
        context=context,
    )


def units(*passages: Passage) -> tuple[Activity, ...]:
    return find_activities(passages, agenda_items(passages))


def test_a_section_that_names_an_activity_is_a_unit_with_what_it_states() -> None:
    first = passage(
        "Tiempo: 30 min. Materiales: rotafolio, marcadores y notas adhesivas.\n"
        "Se trabaja en grupos de 4 a 6 personas.",
        "Módulo 2",
        "Actividad 1. El mapa de actores",
    )
    second = passage("Cada grupo presenta su mapa.", *first.section, number=1)
    assert units(first, second) == (
        Activity(
            "p-0",
            "Actividad 1. El mapa de actores",
            ResourceType.ACTIVITY,
            30,
            (4, 6),
            ("rotafolio", "marcadores", "notas adhesivas"),
        ),
    )


@pytest.mark.parametrize(
    ("heading", "text", "expected"),
    [
        ("Estudio de caso: Curitiba (45 minutos)", "La ciudad…", ("case", 45, None)),
        ("Exercise 3: Empathy walk", "Duration: 45 minutes. In pairs.", ("activity", 45, (2, 2))),
        ("Debate: ¿quién decide?", "Dura veinte minutos.", ("discussion", 20, None)),
        ("Sesión 2. La escalera", "Duración: 1 h 30. Materiales: papel.", ("activity", 90, None)),
        ("Tema 1. Los principios", "Duración: 20 minutos.", ("concept", 20, None)),
        ("Ejercicio: la licencia", "Mesas de seis.", ("activity", None, (6, 6))),
        ("Introducción", "Duración: 20 minutos.", None),
        ("Actividades realizadas", "Se hicieron tres talleres.", None),
        ("Casos de éxito", "En 2019 se abrió el portal.", None),
        ("Actividades", "Materiales: los de siempre.", None),
        ("Presupuesto", "El gasto fue menor.", None),
    ],
)
def test_which_sections_are_units(
    heading: str, text: str, expected: tuple[str, int | None, tuple[int, int] | None] | None
) -> None:
    found = [
        (unit.kind.value, unit.minutes, unit.group_size) for unit in units(passage(text, heading))
    ]
    assert found == ([expected] if expected else [])


def test_subheadings_below_exercises_are_units_when_they_last() -> None:
    above = "Dinámicas para activar al grupo"
    assert units(
        passage("Dura siete minutos. El suelo es el mapa.", above, "El mapa vivo"),
        passage("No se usa con grupos de más de treinta.", above, "Advertencia", number=1),
    ) == (Activity("p-0", "El mapa vivo", ResourceType.ACTIVITY, 7),)


def test_rows_of_a_table_of_exercises_are_units() -> None:
    header = "Exercise | Length | Group size | Materials"
    row = passage(
        "Empathy walk | 55 minutes | Teams of three | cards, a map",
        kind=BlockKind.TABLE_ROW,
        context=header,
    )
    other = passage(
        "2018 | 5 | 3 | 4", kind=BlockKind.TABLE_ROW, context="Año | A | B | C", number=1
    )
    assert units(row, other) == (
        Activity("p-0", "Empathy walk", ResourceType.ACTIVITY, 55, (3, 3), ("cards", "a map")),
    )


def test_lines_of_a_programme_are_units_of_their_kind() -> None:
    rows = (
        passage("9:00-9:30 | Tema 1: Datos", kind=BlockKind.AGENDA_ITEM),
        passage("9:30-9:45 | Café", kind=BlockKind.AGENDA_ITEM, number=1),
        passage(
            "9:45-10:45 (50 minutos) | Trabajo en grupos", kind=BlockKind.AGENDA_ITEM, number=2
        ),
        passage("10:45 | Palabras finales", kind=BlockKind.AGENDA_ITEM, number=3),
    )
    assert [(unit.passage_id, unit.kind.value, unit.minutes) for unit in units(*rows)] == [
        ("p-0", "concept", 30),
        ("p-1", "break", 15),
        ("p-2", "activity", 50),
    ]


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Pausa para café", "break"),
        ("Almuerzo libre", "break"),
        ("Coffee break", "break"),
        ("Dinámica de grupos", "activity"),
        ("Taller práctico de datos", "activity"),
        ("Panel: gobiernos abiertos", "discussion"),
        ("Preguntas y respuestas", "discussion"),
        ("Estudio de caso: Medellín", "case"),
        ("Tema 2: ¿Por qué cambiar?", "concept"),
        ("Conferencia magistral: las ciudades", "concept"),
        ("Palabras de bienvenida", None),
        ("Cierre del taller", None),
        ("Final de Actividades", None),
        ("Presentación de los participantes", None),
        ("En caso de lluvia", None),
        ("Conclusiones", None),
    ],
)
def test_what_kind_of_session_a_title_announces(title: str, kind: str | None) -> None:
    assert kind_of(title) == kind


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("90 minutos", 90),
        ("1 h 30", 90),
        ("1h30", 90),
        ("una hora y media", 90),
        ("1,5 horas", 90),
        ("two hours and 30 minutes", 150),
        ("media hora", 30),
        ("45 min.", 45),
        ("16 horas, en cuatro encuentros de cuatro horas", 960),
        ("20 a 30 minutos", None),
        ("20-30 minutos", None),
        ("medio día", None),
        ("100 personas", None),
        ("35 y 40 minutos", None),
        ("setenta y cinco minutos", None),
        ("três horas", 180),
        ("huit heures", 480),
    ],
)
def test_only_a_clear_duration_is_one(text: str, minutes: int | None) -> None:
    assert minutes_of(text) == minutes


def test_durations_behind_a_label_or_in_brackets() -> None:
    assert labelled_minutes("Materiales: papel. Tiempo: 30 min. En parejas.") == 30
    assert labelled_minutes("El tiempo de espera fue de 30 minutos") is None
    assert bracketed_minutes("Dinámica (20 min) de apertura") == 20
    assert bracketed_minutes("Registro (9h30)") is None
    assert bracketed_minutes("La espera (que llegó a durar 90 minutos en hora punta)") is None


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("en grupos de 4 a 6 personas", (4, 6)),
        ("en grupos de cinco a siete personas", (5, 7)),
        ("in groups of 4-6", (4, 6)),
        ("Se trabaja en parejas", (2, 2)),
        ("work in pairs", (2, 2)),
        ("Equipos de 5", (5, 5)),
        ("Tamaño del grupo: 12 a 30", (12, 30)),
        ("grupos de trabajo", None),
        ("grupos de 20 minutos", None),
        ("primero en parejas y luego en grupos de seis", None),
    ],
)
def test_the_size_of_groups(text: str, size: tuple[int, int] | None) -> None:
    assert group_size(text) == size


def test_materials_are_listed_behind_the_label_or_below_it() -> None:
    assert materials("Materials: flip chart, markers and tape. Then begin.") == (
        "flip chart",
        "markers",
        "tape",
    )
    assert materials("Objetivo: ver\nMateriales:\n- rotafolio\n- hilo de lana\nPasos: uno") == (
        "rotafolio",
        "hilo de lana",
    )
    assert materials("Materiales: tarjetas, una por persona.") == ("tarjetas, una por persona",)
    assert materials("Los materiales llegaron tarde.") == ()


def test_the_sessions_of_our_own_module_are_units() -> None:
    path = CORPUS / "modulo-cambio-mentalidad.docx"
    reading = read_docx(path.read_bytes(), path.name)
    passages = make_passages(
        reading,
        make_pages(reading),
        make_document("m"),
        lambda _: "es",
        lambda text: len(text.split()),
    )
    found = find_activities(passages, agenda_items(passages))
    assert [(unit.title, unit.minutes, unit.group_size) for unit in found] == [
        ("Sesión 1. El iceberg institucional", 75, (5, 5)),
        ("Sesión 2. La escalera de supuestos", 90, (2, 2)),
        ("Sesión 3. Mapa de actores y confianza", 80, None),
        ("Sesión 4. Laboratorio de resistencias", 100, None),
        ("Sesión 5. Compromiso de los cien días", 60, None),
    ]
    assert found[0].materials == (
        "papel de rotafolio",
        "marcadores de tres colores",
        "la lámina del iceberg",
    )


def test_each_fact_names_the_passage_that_says_it() -> None:
    claims = (
        Claim("date", "2024-11-01", "catalogue"),
        Claim("date", "2024-10-01", "text", "1 de octubre de 2024"),
        Claim("place", "Lima", "text", "Lugar: Lima"),
        Claim("title", "Taller", "text", "Taller"),
    )
    passages = (passage("1 de octubre de 2024\nLugar: Lima", number=7), passage("Texto", number=8))
    description = Description(make_document("d"), claims)
    assert facts_of(description, passages) == (
        Fact("date", "2024-11-01", "catalogue"),
        Fact("date", "2024-10-01", "text", "p-7"),
        Fact("place", "Lima", "text", "p-7"),
        Fact("title", "Taller", "text"),
    )


def test_what_does_not_add_up_is_said_in_spanish() -> None:
    row = passage("11:20-11:55 (45 minutos) | Actividad grupal", kind=BlockKind.AGENDA_ITEM)
    facts = (
        Fact("date", "2024-11-01", "catalogue"),
        Fact("symbol", "A/78/354", "catalogue"),
        Fact("minutes", "90", "catalogue"),
        Fact("language", "es", "catalogue"),
        Fact("date", "2024-10-01", "text", "p-7"),
        Fact("symbol", "a/78/354", "text"),
        Fact("minutes", "60", "text"),
        Fact("language", "es", "text"),
    )
    assert find_findings(facts, agenda_items([row])) == (
        Finding("minutes_differ", "El documento indica 45 minutos; por el horario son 35.", "p-0"),
        Finding(
            "catalogue_differs",
            "El catálogo dice fecha 2024-11-01; el documento dice 2024-10-01.",
            "p-7",
        ),
        Finding(
            "catalogue_differs",
            "El catálogo dice duración 90 minutos; el documento dice 60 minutos.",
        ),
    )


def test_a_month_does_not_contradict_one_of_its_days() -> None:
    facts = (Fact("date", "2024-11-01", "catalogue"), Fact("date", "2024-11", "text"))
    assert find_findings(facts, ()) == ()


def test_the_facts_of_the_supplied_note_are_quoted(shared_data: Path) -> None:
    path = shared_data / "nota" / "nota-conceptual-flacma.txt"
    declared = Declared(date="2024-11-02")
    source = Source(str(path), path.name, "nota", path.name, "", 0, path, declared)
    reading = read_text(path.read_bytes(), path.name)
    description = describe(source, reading, TEXT)
    passages = make_passages(
        reading,
        make_pages(reading),
        description.document,
        lambda _: "es",
        lambda text: len(text.split()),
    )
    facts = facts_of(description, passages)
    texts = {passage.id: passage.text for passage in passages}
    said = {fact.field: texts[fact.passage_id] for fact in facts if fact.passage_id}
    assert "1 de noviembre 2024" in said["date"]
    assert "Punta Cana, República Dominicana" in said["place"]
    assert "Federación Latinoamericana" in said["organisers"]
    assert [finding.text for finding in find_findings(facts, agenda_items(passages))] == [
        "El documento indica 45 minutos; por el horario son 35.",
        "El catálogo dice fecha 2024-11-02; el documento dice 2024-11-01.",
    ]
