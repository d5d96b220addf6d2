"""Word and PowerPoint files to blocks: made for one behaviour each, and real ones with truth."""

import io
import json
import re
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from docx import Document as new_docx
from docx.document import Document as Docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pptx import Presentation
from pptx.util import Pt

from ingest.errors import Encrypted, TooLarge, Unreadable
from ingest.readers.docx import read_docx
from ingest.readers.pptx import read_pptx
from search.documents import Block, BlockKind, Box, Reading

Row = tuple[str, int, str]


def rows(reading: Reading) -> list[Row]:
    return [(block.kind.value, block.level, block.text) for block in reading.blocks]


def read(file: Docx, name: str = "prueba.docx") -> Reading:
    stream = io.BytesIO()
    file.save(stream)
    return read_docx(stream.getvalue(), name)


def add_xml(file: Docx, body: str) -> None:
    """A paragraph of raw WordprocessingML at the end of the body."""
    element = parse_xml(f"<w:p {nsdecls('w')}>{body}</w:p>")
    file.element.body.insert(len(file.element.body) - 1, element)


def repacked(data: bytes, changes: dict[str, bytes]) -> bytes:
    """The archive with some of its parts replaced or added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name), zipfile.ZIP_DEFLATED)
        for name, content in changes.items():
            new.writestr(name, content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def test_a_word_file_is_read_in_the_order_of_its_body() -> None:
    file = new_docx()
    file.add_paragraph("Nota  conceptual\u00ad", style="Title")
    file.add_paragraph("Un taller", style="Subtitle")
    file.add_heading("Antecedentes", 1)
    file.add_paragraph("Uno")
    file.add_paragraph("Punto", style="List Bullet")
    file.add_paragraph("Subpunto", style="List Bullet 2")
    file.add_paragraph("Paso", style="List Number")
    file.add_paragraph("• A mano")
    file.add_heading("Detalle", 2)
    table = file.add_table(2, 2)
    for number, text in enumerate(("Año", "Meta", "2030", "Uno")):
        table.cell(number // 2, number % 2).text = text
    file.add_paragraph("Tabla 1. Metas", style="Caption")
    assert rows(read(file)) == [
        ("title", 0, "Nota conceptual"),
        ("paragraph", 0, "Un taller"),
        ("heading", 1, "Antecedentes"),
        ("paragraph", 0, "Uno"),
        ("list_item", 0, "Punto"),
        ("list_item", 1, "Subpunto"),
        ("list_item", 0, "1. Paso"),
        ("list_item", 0, "A mano"),
        ("heading", 2, "Detalle"),
        ("table_row", 0, "Año | Meta"),
        ("table_row", 0, "2030 | Uno"),
        ("caption", 0, "Tabla 1. Metas"),
    ]


def test_rows_of_a_timetable_know_their_day_and_columns_and_what_is_merged_into_them() -> None:
    file = new_docx()
    file.add_heading("Agenda", 1)
    file.add_heading("Otra", 1)
    table = file.add_table(5, 3)
    texts = [
        ("Hora", "Actividad", "Quién"),
        ("Viernes 1 de noviembre", "", ""),
        ("10:30-10:40 (10 minutos)", "Bienvenida", "FLACMA"),
        ("9h00", "Café", ""),
        ("", "Cierre", ""),
    ]
    for row, cells in zip(table.rows, texts, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(1, 2))
    table.cell(3, 0).merge(table.cell(4, 0))
    blocks = read(file).blocks[2:]
    above = "Viernes 1 de noviembre; Hora | Actividad | Quién"
    assert [(block.kind.value, block.text, block.header) for block in blocks] == [
        ("table_row", "Hora | Actividad | Quién", ""),
        ("table_row", "Viernes 1 de noviembre", "Hora | Actividad | Quién"),
        ("agenda_item", "10:30-10:40 (10 minutos) | Bienvenida | FLACMA", above),
        ("agenda_item", "9h00 | Café", above),
        ("agenda_item", "9h00 | Cierre", above),
    ]


def test_a_table_of_one_column_is_a_frame_around_text() -> None:
    file = new_docx()
    table = file.add_table(1, 1)
    table.cell(0, 0).text = "Recuadro"
    table.cell(0, 0).add_paragraph("Con título", style="Heading 2")
    assert rows(read(file)) == [("paragraph", 0, "Recuadro"), ("heading", 2, "Con título")]


def test_what_is_not_on_the_page_is_not_read_and_insertions_are() -> None:
    file = new_docx()
    add_xml(
        file,
        "<w:r><w:t xml:space='preserve'>Queda </w:t></w:r>"
        "<w:ins w:id='1' w:author='x'><w:r><w:t>dentro</w:t></w:r></w:ins>"
        "<w:del w:id='2' w:author='x'><w:r><w:delText>fuera</w:delText></w:r></w:del>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>oculto</w:t></w:r>"
        "<w:r><w:tab/><w:t>fin</w:t></w:r>",
    )
    add_xml(file, "<w:pPr><w:pStyle w:val='TOC1'/></w:pPr><w:r><w:t>Índice 3</w:t></w:r>")
    file.styles.element.append(
        parse_xml(
            f"<w:style {nsdecls('w')} w:type='paragraph' w:styleId='TOC1'>"
            "<w:name w:val='toc 1'/></w:style>"
        )
    )
    file.sections[0].header.paragraphs[0].text = "Encabezado"
    file.add_comment(file.paragraphs[0].runs, text="Comentario", author="x")
    assert rows(read(file)) == [("paragraph", 0, "Queda dentro fin")]


def test_text_boxes_follow_their_paragraph_and_are_read_once() -> None:
    file = new_docx()
    box = "<w:txbxContent><w:p><w:r><w:t>En la caja</w:t></w:r></w:p></w:txbxContent>"
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    wps = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
    add_xml(
        file,
        f"<w:r><w:t>Fuera</w:t></w:r><w:r><mc:AlternateContent xmlns:mc='{mc}'>"
        f"<mc:Choice Requires='wps' xmlns:wps='{wps}'><w:drawing>{box}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r>",
    )
    assert rows(read(file)) == [("paragraph", 0, "Fuera"), ("paragraph", 0, "En la caja")]


def test_footnotes_follow_the_paragraph_that_cites_them() -> None:
    file = new_docx()
    add_xml(
        file,
        "<w:r><w:t>Nuestra Agenda Común</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r>"
        "<w:r><w:t>, dice.</w:t></w:r>",
    )
    file.add_paragraph("Sigue.")
    stream = io.BytesIO()
    file.save(stream)
    with zipfile.ZipFile(stream) as archive:
        types = archive.read("[Content_Types].xml").decode()
        links = archive.read("word/_rels/document.xml.rels").decode()
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    notes = (
        f"<w:footnotes {nsdecls('w')}><w:footnote w:id='2'><w:p><w:r><w:footnoteRef/></w:r>"
        "<w:r><w:t>Informe de 2021</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    changes = {
        "[Content_Types].xml": types.replace(
            "</Types>", f"<Override PartName='/word/footnotes.xml' ContentType='{kind}'/></Types>"
        ).encode(),
        "word/_rels/document.xml.rels": links.replace(
            "</Relationships>",
            f"<Relationship Id='rId99' Type='{relation}' Target='footnotes.xml'/></Relationships>",
        ).encode(),
        "word/footnotes.xml": notes.encode(),
    }
    assert rows(read_docx(repacked(stream.getvalue(), changes), "x.docx")) == [
        ("paragraph", 0, "Nuestra Agenda Común¹, dice."),
        ("footnote", 0, "¹ Informe de 2021"),
        ("paragraph", 0, "Sigue."),
    ]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Guía del taller", "Guía del taller"),
        ("Microsoft Word - guia.doc", None),
        ("guia_del_taller", None),
        ("Documento1", None),
        ("", None),
    ],
)
def test_the_title_in_the_metadata_is_believed_if_it_says_something(
    title: str, expected: str | None
) -> None:
    file = new_docx()
    file.core_properties.title = title
    file.core_properties.created = datetime(2024, 11, 1)
    reading = read(file, "guia-del-taller.docx")
    assert (reading.title, reading.created, reading.paged) == (expected, "2024-11-01", False)


def test_bold_lines_are_headings_only_where_no_heading_style_is_used() -> None:
    plain, styled = new_docx(), new_docx()
    styled.add_heading("Uno", 1)
    styled.add_heading("Dos", 1)
    for file in (plain, styled):
        file.add_paragraph().add_run("Antecedentes").bold = True
        file.add_paragraph().add_run("Nota:").bold = True
    assert rows(read(plain)) == [("title", 0, "Antecedentes"), ("paragraph", 0, "Nota:")]
    assert rows(read(styled))[2:] == [("paragraph", 0, "Antecedentes"), ("paragraph", 0, "Nota:")]


def test_an_archive_that_promises_too_much_is_refused_before_it_is_unpacked() -> None:
    stream = io.BytesIO()
    new_docx().save(stream)
    data = stream.getvalue()
    with pytest.raises(TooLarge, match="bomba de compresión"):
        read_docx(repacked(data, {"word/media/cero.bin": bytes(50_000_000)}), "x.docx")
    with pytest.raises(TooLarge, match="210 MB al descomprimirse; se admiten 200 MB"):
        read_docx(repacked(data, {"word/media/cero.bin": bytes(210_000_000)}), "x.docx")
    with pytest.raises(TooLarge, match="5017 partes; se admiten 5000"):
        read_pptx(repacked(data, {f"word/media/{n}": b"" for n in range(5_000)}), "x.pptx")


def test_damaged_and_locked_files_say_so() -> None:
    stream = io.BytesIO()
    new_docx().save(stream)
    data = stream.getvalue()
    with pytest.raises(Unreadable, match="dañado o incompleto"):
        read_docx(data[: len(data) // 2], "x.docx")
    with pytest.raises(Unreadable, match="dañado o incompleto"):
        read_docx(repacked(data, {"word/document.xml": b"<w:document"}), "x.docx")
    with pytest.raises(Unreadable, match="dañada o incompleta"):
        read_pptx(data, "x.pptx")
    locked = bytearray(data)
    for place in (data.find(b"PK\x03\x04") + 6, data.find(b"PK\x01\x02") + 8):
        locked[place] |= 1
    with pytest.raises(Encrypted, match="contraseña"):
        read_docx(bytes(locked), "x.docx")


def test_entities_from_outside_are_never_read(tmp_path: Path) -> None:
    (tmp_path / "secreto.txt").write_text("SECRETO")
    stream = io.BytesIO()
    new_docx().save(stream)
    body = (
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{tmp_path}/secreto.txt">]>'
        f"<w:document {nsdecls('w')}><w:body><w:p><w:r><w:t>hola &e; fin</w:t></w:r></w:p></w:body>"
        "</w:document>"
    )
    reading = read_docx(repacked(stream.getvalue(), {"word/document.xml": body.encode()}), "x")
    assert rows(reading) == [("paragraph", 0, "hola fin")]


@pytest.mark.parametrize(
    "name",
    [
        "ANEXO_2_doc11_pobreza_infantil",
        "ANEXO_3_doc13_impuesto_carbono",
        "NOTA_METODOLOGICA_EQUIPO_CURSO",
    ],
)
def test_real_word_files_give_the_blocks_of_their_truth(shared_data: Path, name: str) -> None:
    truth = json.loads((shared_data / "truth" / f"{name}.gt.json").read_text())["blocks"]
    reading = read_docx((shared_data / "truth" / f"{name}.docx").read_bytes(), f"{name}.docx")
    found = [
        (kind, re.sub(r"^\d+\. ", "", text) if kind == "list_item" else text)
        for kind, _, text in rows(reading)
    ]  # the truth leaves out the numbers of lists
    kinds = {"h": ("title", "heading"), "p": ("paragraph", "list_item")}
    for kind, ours in kinds.items():
        expected = [" ".join(block["text"].split()) for block in truth if block["t"] == kind]
        assert [text for ours_kind, text in found if ours_kind in ours] == expected
    table_rows = [row for block in truth if block["t"] == "table" for row in block["rows"]]
    cells = [" | ".join(" ".join(cell.split()) for cell in row if cell) for row in table_rows]
    assert [text for kind, _, text in rows(reading) if kind == "table_row"] == cells


def deck() -> bytes:
    file = Presentation()
    first = file.slides.add_slide(file.slide_layouts[0])
    first.shapes.title.text = "Gobierno\vdigital"
    first.placeholders[1].text = "Un taller"
    second = file.slides.add_slide(file.slide_layouts[1])
    second.shapes.title.text = "Viernes 1 de noviembre"
    frame = second.placeholders[1].text_frame
    frame.text = "10:30 Bienvenida"
    for text, level in (("Idea", 0), ("Detalle", 1)):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = text, level
    second.notes_slide.notes_text_frame.text = "Decir hola"
    third = file.slides.add_slide(file.slide_layouts[6])
    third._element.set("show", "0")
    for left, top, text in ((300, 52, "derecha"), (10, 200, "abajo"), (10, 50, "izquierda")):
        third.shapes.add_textbox(Pt(left), Pt(top), Pt(100), Pt(40)).text_frame.text = text
    group = third.shapes.add_group_shape()
    group.shapes.add_textbox(Pt(10), Pt(300), Pt(100), Pt(40)).text_frame.text = "en grupo"
    graphic = third.shapes.add_table(2, 2, Pt(10), Pt(400), Pt(200), Pt(80))
    for cell, text in zip(graphic.table.iter_cells(), ("Meta", "Año", "Uno", "2030"), strict=True):
        cell.text = text
    stream = io.BytesIO()
    file.save(stream)
    return stream.getvalue()


def test_slides_are_pages_read_from_top_to_bottom_with_notes_and_hidden_ones() -> None:
    reading = read_pptx(deck(), "taller.pptx")
    assert [(b.parts[0].page, b.kind.value, b.level, b.text) for b in reading.blocks] == [
        (1, "slide_title", 1, "Gobierno digital"),
        (1, "paragraph", 0, "Un taller"),
        (2, "slide_title", 1, "Viernes 1 de noviembre"),
        (2, "agenda_item", 0, "10:30 Bienvenida"),
        (2, "list_item", 0, "Idea"),
        (2, "list_item", 1, "Detalle"),
        (2, "speaker_note", 0, "Decir hola"),
        (3, "paragraph", 0, "izquierda"),
        (3, "paragraph", 0, "derecha"),
        (3, "paragraph", 0, "abajo"),
        (3, "paragraph", 0, "en grupo"),
        (3, "table_row", 0, "Meta | Año"),
        (3, "table_row", 0, "Uno | 2030"),
    ]
    assert reading.paged
    assert reading.warnings == ("diapositivas ocultas leídas: 3",)
    assert [(shape.number, shape.width, shape.height) for shape in reading.shapes] == [
        (1, 720.0, 540.0),
        (2, 720.0, 540.0),
        (3, 720.0, 540.0),
    ]


def test_boxes_of_slides_are_in_points_also_within_groups_and_tables() -> None:
    boxes = {block.text: block.parts[0].boxes for block in read_pptx(deck(), "taller.pptx").blocks}
    assert boxes["izquierda"] == (Box(3, 10.0, 50.0, 110.0, 90.0),)
    assert boxes["en grupo"] == (Box(3, 10.0, 300.0, 110.0, 340.0),)
    assert boxes["Uno | 2030"] == (Box(3, 10.0, 440.0, 210.0, 480.0),)
    assert boxes["Decir hola"] == ()


def test_what_a_scaled_group_holds_lies_where_the_slide_shows_it() -> None:
    file = Presentation()
    slide = file.slides.add_slide(file.slide_layouts[6])
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(Pt(100), Pt(100), Pt(100), Pt(100)).text_frame.text = "dentro"
    group.left, group.top, group.width, group.height = Pt(50), Pt(60), Pt(200), Pt(50)
    stream = io.BytesIO()
    file.save(stream)
    block: Block = read_pptx(stream.getvalue(), "x.pptx").blocks[0]
    assert block.kind is BlockKind.PARAGRAPH
    assert block.parts[0].boxes == (Box(1, 50.0, 60.0, 250.0, 110.0),)
