"""Slides in the order in which a person reads them, and what of them is no content."""

import io

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.oxml import parse_xml
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide
from pptx.util import Pt

from ingest.readers.pptx import read_pptx
from search.documents import Reading

A = "xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main'"


def read(file: Deck) -> Reading:
    stream = io.BytesIO()
    file.save(stream)
    return read_pptx(stream.getvalue(), "taller.pptx")


def texts(reading: Reading) -> list[str]:
    return [block.text for block in reading.blocks]


def blank(file: Deck) -> Slide:
    return file.slides.add_slide(file.slide_layouts[6])


def put(slide: Slide, text: str, x: float, y: float, width: float, height: float) -> None:
    box = slide.shapes.add_textbox(Pt(x), Pt(y), Pt(width), Pt(height))
    box.text_frame.text = text


def test_columns_of_cards_do_not_interleave() -> None:
    file = Presentation()
    slide = blank(file)
    put(slide, "Dos caminos para la innovación", 40, 60, 640, 40)
    for text, x, y in (("Uno", 40, 120), ("Dos", 380, 120)):
        put(slide, text, x, y, 300, 30)
        put(slide, f"Qué es {text}", x, y + 34, 300, 200)
    put(slide, "Fuente: elaboración propia", 40, 400, 640, 30)
    assert texts(read(file)) == [
        "Dos caminos para la innovación",
        "Uno",
        "Qué es Uno",
        "Dos",
        "Qué es Dos",
        "Fuente: elaboración propia",
    ]


def test_labels_are_read_with_what_stands_beside_them() -> None:
    file = Presentation()
    slide = blank(file)
    for number, text in enumerate(("Empatizar", "Definir", "Idear")):
        put(slide, str(number + 1), 40, 100 + 80 * number, 40, 40)
        put(slide, text, 85, 100 + 80 * number, 500, 40)
    assert texts(read(file)) == ["1", "Empatizar", "2", "Definir", "3", "Idear"]


def test_times_in_boxes_of_their_own_make_rows_of_a_timetable() -> None:
    file = Presentation()
    slide = blank(file)
    for number, text in enumerate(("Bienvenida", "Tema 1")):
        put(slide, f"10:{30 + 10 * number}", 40, 100 + 30 * number, 80, 28)
        put(slide, text, 300, 100 + 30 * number, 300, 28)
    found = [(block.kind.value, block.text) for block in read(file).blocks]
    assert found == [("agenda_item", "10:30 | Bienvenida"), ("agenda_item", "10:40 | Tema 1")]


def test_groups_stay_together() -> None:
    file = Presentation()
    slide = blank(file)
    for x, name in ((40, "Norte"), (300, "Sur")):
        group = slide.shapes.add_group_shape()
        for y, text in ((100, name), (300, f"Meta del {name}")):
            box = group.shapes.add_textbox(Pt(x), Pt(y), Pt(200), Pt(30))
            box.text_frame.text = text
    assert texts(read(file)) == ["Norte", "Meta del Norte", "Sur", "Meta del Sur"]


def test_numbers_of_lists_breaks_and_the_slide_number() -> None:
    file = Presentation()
    slide = blank(file)
    box = slide.shapes.add_textbox(Pt(10), Pt(10), Pt(300), Pt(300))
    frame = box.text_frame
    frame.text = "Pasos"
    for text, depth, kind in (
        ("Primero\vlargo", 0, "arabicPeriod"),
        ("Dentro", 1, "alphaLcParenR"),
        ("Segundo", 0, "arabicPeriod"),
    ):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = text, depth
        paragraph._p.get_or_add_pPr().append(parse_xml(f"<a:buAutoNum {A} type='{kind}'/>"))
    last = frame.add_paragraph()
    last._p.append(parse_xml(f"<a:fld {A} id='{{x}}' type='slidenum'><a:t>1</a:t></a:fld>"))
    assert [(block.kind.value, block.level, block.text) for block in read(file).blocks] == [
        ("paragraph", 0, "Pasos"),
        ("list_item", 0, "1. Primero largo"),
        ("list_item", 1, "a) Dentro"),
        ("list_item", 0, "2. Segundo"),
    ]


def test_what_most_slides_repeat_runs_and_typed_numbers_are_labels() -> None:
    file = Presentation()
    for number in range(4):
        slide = blank(file)
        put(slide, "UN DESA | DPIDG", 10, 500, 200, 20)
        put(slide, str(number + 5), 600, 500, 40, 20)
        put(slide, f"Contenido {number}", 10, 100, 400, 40)
    section = "http://schemas.microsoft.com/office/powerpoint/2010/main"
    file.part._element.append(
        parse_xml(
            f"<p14:sectionLst xmlns:p14='{section}'><p14:section name='Módulo 1'/>"
            "<p14:section name='Sección predeterminada'/></p14:sectionLst>"
        )
    )
    reading = read(file)
    assert texts(reading) == [f"Contenido {number}" for number in range(4)]
    assert reading.running == ("UN DESA | DPIDG", "Módulo 1")
    assert [(shape.label, shape.dropped) for shape in reading.shapes] == [
        (str(number), ("UN DESA | DPIDG",)) for number in (5, 6, 7, 8)
    ]


def test_slides_may_be_hidden_and_may_not_start_at_one() -> None:
    file = Presentation()
    file.part._element.set("firstSlideNum", "10")
    blank(file)
    blank(file)._element.set("show", "0")
    shapes = read(file).shapes
    assert [(shape.number, shape.label, shape.hidden) for shape in shapes] == [
        (1, "10", False),
        (2, "11", True),
    ]


def test_the_largest_line_on_top_stands_in_for_a_title() -> None:
    file = Presentation()
    slide = blank(file)
    put(slide, "Cuerpo de la lámina", 40, 200, 400, 200)
    put(slide, "Cambio de mentalidad", 40, 20, 400, 40)
    slide.shapes[1].text_frame.paragraphs[0].runs[0].font.size = Pt(32)
    assert [(block.kind.value, block.text) for block in read(file).blocks] == [
        ("slide_title", "Cambio de mentalidad"),
        ("paragraph", "Cuerpo de la lámina"),
    ]


def test_charts_are_read_as_tables() -> None:
    file = Presentation()
    data = CategoryChartData(number_format="0%")
    data.categories = ["Norte", "Sur"]
    data.add_series("2024", (0.1, 0.25))
    place = (Pt(10), Pt(10), Pt(300), Pt(300))
    chart = blank(file).shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *place, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Cobertura"
    found = [(block.kind.value, block.text, block.header) for block in read(file).blocks]
    assert found == [
        ("caption", "Cobertura", ""),
        ("table_row", "2024", ""),
        ("table_row", "Norte | 10 %", "2024"),
        ("table_row", "Sur | 25 %", "2024"),
    ]


def test_of_alternative_drawings_the_first_is_read() -> None:
    file = Presentation()
    slide = blank(file)
    put(slide, "Nueva", 10, 10, 100, 30)
    put(slide, "Vieja", 10, 60, 100, 30)
    new, old = (shape._element for shape in slide.shapes)
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    choice = parse_xml(
        f"<mc:AlternateContent xmlns:mc='{mc}'><mc:Choice/><mc:Fallback/></mc:AlternateContent>"
    )
    slide.shapes._spTree.append(choice)
    choice[0].append(new)
    choice[1].append(old)
    assert texts(read(file)) == ["Nueva"]


def test_cells_over_rows_and_columns_and_stacked_times() -> None:
    file = Presentation()
    shape = blank(file).shapes.add_table(3, 2, Pt(10), Pt(10), Pt(300), Pt(90))
    table = shape.table
    for cell, text in zip(
        table.iter_cells(),
        ("Hora", "Actividad", "9:00\n9:30", "Registro\nCafé", "Fin", ""),
        strict=True,
    ):
        cell.text = text
    table.cell(2, 0).merge(table.cell(2, 1))
    assert [(block.kind.value, block.text) for block in read(file).blocks] == [
        ("table_row", "Hora | Actividad"),
        ("agenda_item", "9:00 | Registro"),
        ("agenda_item", "9:30 | Café"),
        ("table_row", "Fin"),
    ]
