"""Tables of PDF files to rows: with rules, with stripes, with alignment only, and timetables."""

import io
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from ingest.pdf.lines import Line
from ingest.pdf.paragraphs import Group, make_block
from ingest.pdf.reader import read_pdf
from ingest.pdf.tables import Row, row_groups
from ingest.pdf.tables import Table as Rows
from search.documents import BlockKind
from search.text.times import is_day

WIDE = [90.0, 200.0, 120.0]
GRID = ("GRID", (0, 0), (-1, -1), 0.5, colors.black)
Text = tuple[float, float, str]


def rows_of(data: bytes) -> list[tuple[str, str]]:
    """The rows of a file, each with its header."""
    kinds = (BlockKind.TABLE_ROW, BlockKind.AGENDA_ITEM)
    blocks = read_pdf(data, "a.pdf").blocks
    return [(block.header, block.text) for block in blocks if block.kind in kinds]


def texts_of(data: bytes) -> list[str]:
    return [text for _, text in rows_of(data)]


def table_of(
    cells: Sequence[Sequence[str]], *styles: tuple[object, ...], widths: Sequence[float] = WIDE
) -> bytes:
    """A page with a table whose cells wrap, between two paragraphs."""
    stream = io.BytesIO()
    normal = getSampleStyleSheet()["Normal"]
    body = [[Paragraph(cell, normal) for cell in row] for row in cells]
    table = Table(
        body, colWidths=list(widths), style=[*styles, ("VALIGN", (0, 0), (-1, -1), "TOP")]
    )
    around = [
        Paragraph(f"El texto que está {side} de la tabla.", normal) for side in ("antes", "después")
    ]
    document = SimpleDocTemplate(stream, pagesize=A4, invariant=True)
    document.build([around[0], table, around[1]])
    return stream.getvalue()


def drawn(
    *pages: Sequence[Text], size: float = 10, rules: Sequence[tuple[float, ...]] = ()
) -> bytes:
    """Pages with the given texts at `(x, y from the top)`, in drawing order."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=True)
    for texts in pages:
        canvas.setFont("Helvetica", size)
        for x0, y0, x1, y1 in rules:
            canvas.line(x0, A4[1] - y0, x1, A4[1] - y1)
        for x, y, text in texts:
            canvas.drawString(x, A4[1] - y, text)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def line(text: str, x: float, y: float, page: int = 1, bold: bool = False) -> Line:
    return Line(page, text, x, y - 8, x + 5 * len(text), y + 2, y, 10, bold, True, False)


def row(*cells: str, y: float = 100, page: int = 1) -> Row:
    return Row(
        tuple((line(text, 60 + 150 * n, y, page),) if text else () for n, text in enumerate(cells))
    )


def shown(groups: Sequence[Group]) -> list[tuple[str, str, str]]:
    return [(group.kind.value, group.header, group.text) for group in groups]


INDICATORS = (
    ("Indicador", "Descripción", "Meta"),
    ("1.1", "Personas en situación de pobreza extrema según la línea nacional", "3,5 %"),
    ("1.2", "Hogares con acceso a servicios básicos", "98 %"),
    ("1.3", "", "40 %"),
)
HEAD = "Indicador | Descripción | Meta"


def test_rows_know_their_header_and_times_open_agenda_items() -> None:
    table = Rows((row("Hora", "Actividad"), row("Viernes 1 de noviembre"), row("9:00", "Inicio")))
    assert shown(row_groups(table)) == [
        ("table_row", "", "Hora Actividad"),
        ("table_row", "Hora | Actividad", "Viernes 1 de noviembre"),
        ("agenda_item", "Hora | Actividad", "9:00 Inicio"),
    ]


def test_a_header_repeated_on_the_next_page_is_left_out() -> None:
    rows = (
        row("País", "Año"),
        row("Perú", "2020"),
        row("País", "Año", page=2),
        row("Chile", "2021", page=2),
    )
    assert [group.text for group in row_groups(Rows(rows))] == [
        "País Año",
        "Perú 2020",
        "Chile 2021",
    ]


def test_rows_of_names_over_rows_of_figures_are_the_header() -> None:
    rows = (
        row("", "Cantidad", ""),
        row("Área", "Hombres", "Mujeres"),
        row("Salud", "20", "31"),
        row("Obras", "9", "4"),
    )
    assert [group.header for group in row_groups(Rows(rows))] == [
        "",
        "Cantidad",
        "Cantidad | Área | Hombres | Mujeres",
        "Cantidad | Área | Hombres | Mujeres",
    ]


def test_a_cell_is_read_to_its_end_also_on_the_next_page() -> None:
    cells = (
        (line("6", 60, 700),),
        (line("Cómo cambió en el", 100, 700), line("tiempo", 100, 80, page=2)),
        (line("Comparación entre", 300, 700), line("períodos", 300, 80, page=2)),
    )
    group = row_groups(Rows((Row(cells), row("7", "a", "b", page=2)), header_rows=0))[0]
    assert [(item.page, item.text) for item in group.lines] == [
        (1, "6"),
        (1, "Cómo cambió en el"),
        (2, "tiempo"),
        (1, "Comparación entre"),
        (2, "períodos"),
    ]
    assert group.cells == (1, 3)
    block = make_block(group, Counter())
    assert block.text == "6 | Cómo cambió en el tiempo | Comparación entre períodos"
    assert [part.page for part in block.parts] == [1, 2, 1, 2]


def test_a_ruled_table_gives_its_rows_and_leaves_the_text_around_it() -> None:
    data = table_of(INDICATORS, GRID)
    assert rows_of(data) == [
        ("", HEAD),
        (
            HEAD,
            "1.1 | Personas en situación de pobreza extrema según la línea nacional | 3,5 %",
        ),
        (HEAD, "1.2 | Hogares con acceso a servicios básicos | 98 %"),
        (HEAD, "1.3 | 40 %"),
    ]
    paragraphs = [b.text for b in read_pdf(data, "a.pdf").blocks if b.kind is BlockKind.PARAGRAPH]
    assert paragraphs == [
        "El texto que está antes de la tabla.",
        "El texto que está después de la tabla.",
    ]


def test_each_row_keeps_the_boxes_of_its_lines() -> None:
    blocks = read_pdf(table_of(INDICATORS, GRID), "a.pdf").blocks
    found = next(block for block in blocks if block.text.startswith("1.1"))
    boxes = found.parts[0].boxes
    assert len(boxes) == 4
    assert [round(box.x0) for box in boxes] == [99, 189, 189, 389]


def test_merged_cells_stand_once_in_the_row_where_they_begin() -> None:
    cells = (
        ("Área", "Actividad", "Fecha"),
        ("Salud", "Campaña de vacunación", "Mayo"),
        ("", "Control de la niñez", "Junio"),
        ("Total de actividades de salud", "", "2"),
    )
    spans = (("SPAN", (0, 1), (0, 2)), ("SPAN", (0, 3), (1, 3)))
    assert texts_of(table_of(cells, GRID, *spans)) == [
        "Área | Actividad | Fecha",
        "Salud | Campaña de vacunación | Mayo",
        "Control de la niñez | Junio",
        "Total de actividades de salud | 2",
    ]


def test_text_of_two_close_cells_is_cut_at_the_rule_between_them() -> None:
    rules = [(50, y, 250, y) for y in (90, 106, 122)] + [(x, 90, x, 122) for x in (50, 118, 250)]
    texts = [
        (53, 102, "Municipalidad"),
        (120, 102, "Provincia"),
        (53, 118, "San Miguel de"),
        (120, 118, "Tucumán"),
    ]
    assert texts_of(drawn(texts, rules=rules)) == [
        "Municipalidad | Provincia",
        "San Miguel de | Tucumán",
    ]


@pytest.mark.parametrize(
    "rules",
    [
        [(50, 90, 400, 90), (50, 130, 400, 130), (50, 90, 50, 130), (400, 90, 400, 130)],
        [(50, 104, 150, 104), (50, 120, 190, 120)],
        [(50, 90, 50, 130), (40, 90, 400, 90)],
    ],
    ids=["frame", "underlines", "corner"],
)
def test_frames_underlines_and_ornaments_are_no_tables(rules: list[tuple[float, ...]]) -> None:
    texts = [(55, 102, "Objetivo del taller"), (55, 118, "Fortalecer las capacidades locales")]
    assert texts_of(drawn(texts, rules=rules)) == []


def test_every_second_row_shaded_is_one_table() -> None:
    shades = [("BACKGROUND", (0, n), (-1, n), colors.lightgrey) for n in (0, 2)]
    assert texts_of(table_of(INDICATORS, *shades)) == [
        HEAD,
        "1.1 | Personas en situación de pobreza extrema según la línea nacional | 3,5 %",
        "1.2 | Hogares con acceso a servicios básicos | 98 %",
        "1.3 | 40 %",
    ]


def test_aligned_cells_without_any_rule_are_rows() -> None:
    cells = (
        *INDICATORS[:3],
        ("1.3", "Niñas y niños que terminan la escuela primaria en el plazo previsto", "95 %"),
    )
    assert rows_of(table_of(cells)) == [
        ("", HEAD),
        (
            HEAD,
            "1.1 | Personas en situación de pobreza extrema según la línea nacional | 3,5 %",
        ),
        (HEAD, "1.2 | Hogares con acceso a servicios básicos | 98 %"),
        (HEAD, "1.3 | Niñas y niños que terminan la escuela primaria en el plazo previsto | 95 %"),
    ]


def test_two_columns_of_text_are_no_table() -> None:
    left = [
        (60.0, 100.0 + 13 * n, "Un renglón de la columna izquierda que sigue y") for n in range(20)
    ]
    right = [
        (320.0, 100.0 + 13 * n, "otro renglón que está en la columna derecha y") for n in range(20)
    ]
    assert texts_of(drawn(*[[*left, *right]] * 4)) == []


def test_lists_in_two_columns_are_no_table() -> None:
    texts = []
    for n, (first, second) in enumerate(zip("abcd", "efgh", strict=True)):
        texts += [
            (60, 100 + 14 * n, f"{first}) Servicio activo"),
            (300, 100 + 14 * n, f"{second}) Excedencia"),
        ]
    assert texts_of(drawn(texts)) == []


def test_an_aligned_table_goes_on_over_the_page() -> None:
    head = [(60, 80, "Apartado"), (160, 80, "Cita"), (360, 80, "Página")]
    first = [
        (60, 98, "Introducción"),
        (160, 98, "«Los municipios necesitan datos»"),
        (360, 98, "4"),
        (60, 116, "Diagnóstico"),
        (160, 116, "«La brecha entre las regiones se amplió en"),
        (360, 116, "9"),
    ]
    second = [
        (160, 98, "la última década según la encuesta»"),
        (60, 116, "Propuesta"),
        (160, 116, "«Crear una mesa de trabajo»"),
        (360, 116, "12"),
    ]
    rule = [(55, 85, 400, 85)]
    assert texts_of(drawn([*head, *first], [*head, *second], rules=rule)) == [
        "Apartado | Cita | Página",
        "Introducción | «Los municipios necesitan datos» | 4",
        "Diagnóstico | «La brecha entre las regiones se amplió en "
        "la última década según la encuesta» | 9",
        "Propuesta | «Crear una mesa de trabajo» | 12",
    ]


def test_the_head_of_a_table_over_several_pages_is_no_running_line() -> None:
    results = (
        (("Perú", "Ley aprobada"), ("Chile", "Plan en consulta")),
        (("Cuba", "Censo terminado"), ("Haití", "Mesa instalada")),
        (("Belice", "Norma publicada"), ("Brasil", "Metas revisadas")),
    )
    head = [(60.0, 60.0, "País"), (200.0, 60.0, "Resultado del año")]
    pages = [
        [
            *head,
            *((60 + 140 * n, 78 + 18 * y, row[n]) for y, row in enumerate(rows) for n in (0, 1)),
        ]
        for rows in results
    ]
    header = "País | Resultado del año"
    assert rows_of(drawn(*pages, rules=[(55, 65, 400, 65)])) == [
        ("", header),
        *((header, " | ".join(row)) for rows in results for row in rows),
    ]


def test_a_number_close_to_the_next_column_is_a_cell_of_its_own() -> None:
    texts = []
    for n, name in enumerate(("Estado de situación", "Diagnóstico", "Propuestas"), start=1):
        y = 100 + 30 * n
        texts += [
            (60, y, f"{n}"),
            (72, y, name),
            (72, y + 12, "de política"),
            (220, y, "Una frase"),
        ]
    assert texts_of(drawn(texts)) == [
        "1 | Estado de situación de política | Una frase",
        "2 | Diagnóstico de política | Una frase",
        "3 | Propuestas de política | Una frase",
    ]


def test_hatching_is_no_table_and_takes_no_time() -> None:
    lines = [(50, 50 + n / 2, 500, 50 + n / 2) for n in range(1400)]
    lines += [(50 + n / 4, 50, 50 + n / 4, 750) for n in range(1400)]
    assert texts_of(drawn([(60, 100, "Mapa"), (60, 120, "Norte")], rules=lines)) == []


def test_a_day_and_the_names_of_the_columns_lead_the_rows_of_a_timetable() -> None:
    texts = [(60, 100, "Viernes 1 de noviembre")]
    rows = (
        ("Hora", "Actividad", "Responsable"),
        ("9:00 - 9:30", "Palabras de bienvenida", "Alcaldía"),
        ("9:30 - 11:00", "Tema 1: Principios de gobernanza", "Equipo técnico"),
        ("11:00 - 11:15", "Café", "Secretaría"),
    )
    for number, cells in enumerate(rows):
        texts += [(60 + 170 * n, 120 + 18 * number, cell) for n, cell in enumerate(cells)]
    header = "Viernes 1 de noviembre; Hora | Actividad | Responsable"
    assert rows_of(drawn(texts)) == [
        ("", "Hora | Actividad | Responsable"),
        (header, "9:00 - 9:30 | Palabras de bienvenida | Alcaldía"),
        (header, "9:30 - 11:00 | Tema 1: Principios de gobernanza | Equipo técnico"),
        (header, "11:00 - 11:15 | Café | Secretaría"),
    ]


def test_a_day_between_the_rows_of_a_ruled_timetable_leads_those_below() -> None:
    cells = (
        ("Jueves 31 de octubre", ""),
        ("18:00 hrs.", "Ceremonia inaugural"),
        ("Viernes 1 de noviembre", ""),
        ("9:00 hrs.", "Conferencia magistral"),
    )
    spans = (("SPAN", (0, 0), (1, 0)), ("SPAN", (0, 2), (1, 2)))
    assert rows_of(table_of(cells, GRID, *spans, widths=(90, 220))) == [
        ("", "Jueves 31 de octubre"),
        ("Jueves 31 de octubre", "18:00 hrs. | Ceremonia inaugural"),
        ("", "Viernes 1 de noviembre"),
        ("Viernes 1 de noviembre", "9:00 hrs. | Conferencia magistral"),
    ]


def test_times_stacked_in_a_cell_open_a_row_each() -> None:
    cells = (
        ("Hora", "Sesión"),
        ("10:30-10:40<br/>10:40-11:00<br/>11:00", "Bienvenida<br/>Tema 1: Principios<br/>Café"),
        ("11:20-11:55", "Actividad grupal"),
    )
    assert texts_of(table_of(cells, GRID, widths=(90, 220))) == [
        "Hora | Sesión",
        "10:30-10:40 | Bienvenida",
        "10:40-11:00 | Tema 1: Principios",
        "11:00 | Café",
        "11:20-11:55 | Actividad grupal",
    ]


def test_two_items_in_one_cell_are_two_rows() -> None:
    cells = (
        ("Turno", "Programa"),
        ("Mañana", "10:30-10:40 Bienvenida<br/>10:40-11:00 Tema 1<br/>con preguntas"),
        ("Tarde", "15:00 Cierre"),
    )
    assert texts_of(table_of(cells, GRID, widths=(150, 150))) == [
        "Turno | Programa",
        "Mañana",
        "10:30-10:40 Bienvenida",
        "10:40-11:00 Tema 1 con preguntas",
        "Tarde | 15:00 Cierre",
    ]


def test_start_and_end_under_each_other_are_one_time() -> None:
    cells = (
        ("Hora", "Sesión"),
        (
            "9:00 -<br/>10:30",
            "Conferencia sobre las oportunidades de la<br/>cooperación internacional",
        ),
        ("10:30<br/>12:00", "Sesión de trabajo sobre la innovación de los<br/>gobiernos locales"),
    )
    assert texts_of(table_of(cells, GRID, widths=(60, 250))) == [
        "Hora | Sesión",
        "9:00 - 10:30 | Conferencia sobre las oportunidades de la cooperación internacional",
        "10:30 12:00 | Sesión de trabajo sobre la innovación de los gobiernos locales",
    ]


def test_numbers_stacked_beside_as_many_names_are_rows() -> None:
    names = ("Acosta Ruiz", "Benítez Sosa", "Castro Vera", "Díaz Luna")
    numbers = "<br/>".join(str(number) for number in range(1, 5))
    cells = (("N.º", "Apellidos"), (numbers, "<br/>".join(names)))
    assert texts_of(table_of(cells, GRID, widths=(60, 250))) == [
        "N.º | Apellidos",
        *(f"{number} | {name}" for number, name in enumerate(names, start=1)),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Viernes 1 de noviembre", True),
        ("Jueves | 31 de octubre", True),
        ("Lunes", True),
        ("Sábado por la tarde", True),
        ("Día 2: trabajo en grupos", True),
        ("Primera jornada", True),
        ("1 de noviembre de 2024", True),
        ("November 1, 2024", True),
        ("vendredi 1er novembre", True),
        ("10 minutos", False),
        ("20 puntos", False),
        ("12 meses", False),
        ("Domingo Faustino Sarmiento", False),
        ("Lunes a viernes de 9 a 18", False),
    ],
)
def test_a_day_is_told_from_durations_and_names(text: str, expected: bool) -> None:
    assert is_day(text) is expected


def folded(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


@pytest.mark.parametrize("folder", ["truth", "truth/untagged"])
@pytest.mark.parametrize(
    "name", ["ANEXO_2_doc11_pobreza_infantil", "ANEXO_3_doc13_impuesto_carbono"]
)
def test_all_rows_of_real_tables_are_found_and_no_others(
    shared_data: Path, folder: str, name: str
) -> None:
    truth = json.loads((shared_data / "truth" / f"{name}.gt.json").read_text(encoding="utf-8"))
    expected = [
        sorted(folded("".join(row))) for block in truth["blocks"] for row in block.get("rows") or ()
    ]
    found = texts_of((shared_data / folder / f"{name}.pdf").read_bytes())
    assert [sorted(folded(text)) for text in found] == expected
