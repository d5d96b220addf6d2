"""PDF files to blocks: the concept note as a person reads it, and files made for one behaviour."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from ingest.errors import EmptyFile, Encrypted, ReadError, Unreadable
from ingest.pdf.extract import clean
from ingest.pdf.reader import paragraphs, read_pdf, read_pdf_pypdf
from ingest.readers.clean import page_ranges
from search.documents import BlockKind, Reading

NOTES = (
    "nota/nota_1col.pdf",
    "nota/nota_2col.pdf",
    "nota/untagged/nota_1col.pdf",
    "nota/untagged/nota_2col.pdf",
)


@pytest.fixture(scope="module", params=NOTES)
def note(request: pytest.FixtureRequest, shared_data: Path) -> Reading:
    path = shared_data / str(request.param)
    return read_pdf(path.read_bytes(), path.name)


def texts(reading: Reading, kind: BlockKind) -> list[str]:
    return [block.text for block in reading.blocks if block.kind is kind]


def page_of(*lines: tuple[float, float, str], pages: int = 1, turned: bool = False) -> bytes:
    """A PDF with the given lines `(x, y from the top, text)` on each of its pages; turned, the
    page is drawn sideways and shown upright, as wide tables are."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=True)
    for _ in range(pages):
        canvas.setFont("Helvetica", 11)
        if turned:
            canvas.translate(A4[0], 0)
            canvas.rotate(90)
        for x, y, text in lines:
            canvas.drawString(x, A4[not turned] - y, text)
        canvas.showPage()
    canvas.save()
    if not turned:
        return stream.getvalue()
    writer = PdfWriter(clone_from=PdfReader(stream))
    for page in writer.pages:
        page.rotate(90)
    shown = io.BytesIO()
    writer.write(shown)
    return shown.getvalue()


def locked(data: bytes, password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(password, "otra", algorithm="AES-256")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def test_the_note_has_its_title_and_headings_with_levels(note: Reading) -> None:
    assert texts(note, BlockKind.TITLE) == ["Taller de Formación"]
    headings = [(b.level, b.text) for b in note.blocks if b.kind is BlockKind.HEADING]
    assert headings == [
        (1, "Nota Conceptual y Agenda"),
        (1, "Descripción del evento"),
        (1, "Antecedentes"),
        (1, "Objetivo"),
        (1, "Formato"),
        (1, "Público objetivo"),
        (1, "Enfoque temático"),
        (1, "Resultados esperados"),
        (1, "Agenda Provisional"),
        (1, "Información de contacto:"),
        (1, "Agenda Cumbre FLACMA"),
        (1, "PROGRAMA GENERAL"),
        (2, "Jueves | 31 de octubre"),
        (2, "Viernes | 1 de noviembre"),
        (2, "Sábado | 2 de noviembre"),
    ]


def test_the_note_has_a_row_for_each_line_of_its_timetables(note: Reading) -> None:
    rows = [(b.header, b.text) for b in note.blocks if b.kind is BlockKind.AGENDA_ITEM]
    assert len(rows) == 19
    assert rows[1] == (
        "Viernes 1 de noviembre",
        "10:40-11:00 (20 minutos) | Tema 2: ¿Por qué es fundamental cambiar la mentalidad para la "
        "implementación de los ODS? Explorando nuevas mentalidades: mentalidades colaborativas e "
        "innovadoras",
    )
    assert rows[4] == ("Viernes 1 de noviembre", "11:55-12:00 | Conclusiones")
    assert rows[13] == (
        "Viernes | 1 de noviembre",
        "15:30 hrs. | Taller Temático: Desafíos del Cambio Climático en el Desarrollo de las "
        "Ciudades",
    )
    assert rows[17] == (
        "Sábado | 2 de noviembre",
        "10:00 hrs. | Sesión Final de Clausura Entrega de Constancias de Participación "
        "Declaración Final",
    )


def test_the_notes_of_the_note_leave_its_running_text(note: Reading) -> None:
    assert texts(note, BlockKind.FOOTNOTE) == [
        "¹ https://www.un.org/en/content/common-agenda-report/assets/pdf/"
        "Common_Agenda_Report_English.pdf",
        "² https://unsdg.un.org/resources/unct-key-documents?f%5B0%5D=country_document_region"
        "%3Acountry-bo",
    ]
    paragraphs = texts(note, BlockKind.PARAGRAPH)
    assert any(
        "personas necesitadas y a servirles mejor². Las herramientas" in p for p in paragraphs
    )
    assert any('"Nuestra Agenda Común"¹, el Secretario General' in p for p in paragraphs)


def test_the_note_reads_on_over_columns_pages_and_hyphens(note: Reading) -> None:
    paragraphs = texts(note, BlockKind.PARAGRAPH)
    assert any("muchos gobiernos locales y regionales. Por lo tanto, es" in p for p in paragraphs)
    assert any(
        "los esfuerzos subnacionales y a los gobiernos locales. Todos los ODS tienen metas" in p
        for p in paragraphs
    )
    assert any("El taller presencial, co-diseñado con la Federación" in p for p in paragraphs)
    assert not any("Página" in block.text for block in note.blocks)


def test_the_note_has_its_lists(note: Reading) -> None:
    items = texts(note, BlockKind.LIST_ITEM)
    assert [item[:12] for item in items] == [
        "1. Mejorar l",
        "2. Fortalece",
        "3. Proporcio",
        "4. Descubrir",
        "5. Definir u",
        "6. Aprender ",
        "Inclusión So",
        "Mejora de la",
    ]


def test_a_block_over_two_pages_has_a_part_and_boxes_on_each(shared_data: Path) -> None:
    path = shared_data / "nota/nota_2col.pdf"
    reading = read_pdf(path.read_bytes(), path.name)
    block = next(b for b in reading.blocks if b.text.startswith("La Agenda 2030 hace"))
    assert [part.page for part in block.parts] == [1, 2]
    assert block.parts[0].text.endswith("Todos los ODS")
    assert block.parts[1].text.startswith("tienen metas que")
    assert [len(part.boxes) for part in block.parts] == [2, 20]
    assert {box.page for box in block.parts[1].boxes} == {2}


def test_a_word_broken_over_a_page_break_belongs_to_the_earlier_page(shared_data: Path) -> None:
    path = shared_data / "nota/nota_2col.pdf"
    reading = read_pdf(path.read_bytes(), path.name)
    row = next(b for b in reading.blocks if b.text.startswith("15:30 hrs."))
    assert [(part.page, part.text[-8:]) for part in row.parts] == [(4, "Ciudades")]


def test_boxes_are_points_from_the_top_left() -> None:
    reading = read_pdf(page_of((72, 100, "Una línea suelta del texto")), "a.pdf")
    (box,) = reading.blocks[0].parts[0].boxes
    assert (box.page, box.x0, box.y0, box.y1) == (1, 72.0, 91.0, 102.6)
    assert 190 < box.x1 < 205
    assert (reading.shapes[0].width, reading.shapes[0].height) == (595.28, 841.89)


def test_boxes_follow_the_rotation_of_the_page() -> None:
    data = page_of((72, 100, "Una línea suelta del texto"), turned=True)
    reading = read_pdf(data, "a.pdf")
    (box,) = reading.blocks[0].parts[0].boxes
    assert (reading.shapes[0].width, reading.shapes[0].height) == (841.89, 595.28)
    assert (box.x0, box.y0, box.y1) == (72.0, 91.0, 102.6)
    assert 190 < box.x1 < 205


def test_a_pdf_that_opens_without_password_is_read() -> None:
    data = locked(page_of((72, 100, "Texto protegido contra cambios")), "")
    assert texts(read_pdf(data, "a.pdf"), BlockKind.PARAGRAPH) == ["Texto protegido contra cambios"]
    assert read_pdf_pypdf(data, "a.pdf").blocks[0].text == "Texto protegido contra cambios"


@pytest.mark.parametrize("read", [read_pdf, read_pdf_pypdf])
def test_what_cannot_be_read_says_why(read: Callable[[bytes, str], Reading]) -> None:
    with pytest.raises(EmptyFile, match=r"^vacio\.pdf: el archivo está vacío$"):
        read(b"", "vacio.pdf")
    with pytest.raises(Unreadable, match=r"^malo\.pdf: el PDF está dañado y no se puede abrir$"):
        read(b"<!DOCTYPE html><p>no es un PDF", "malo.pdf")
    with pytest.raises(Encrypted, match=r"^clave\.pdf: el PDF pide una contraseña para abrirse$"):
        read(locked(page_of((72, 100, "Secreto")), "clave"), "clave.pdf")


def test_pages_without_text_are_named() -> None:
    reading = read_pdf(page_of(pages=3), "a.pdf")
    assert reading.blocks == ()
    assert reading.warnings == ("páginas sin texto: 1-3",)
    assert page_ranges([3, 4, 7, 8, 9, 12]) == "3, 4, 7-9, 12"


def test_ligatures_become_letters_and_signs_stay() -> None:
    assert clean("e\ufb01ciencia o\ufb03cio m² H₂O nº ½ co\u00adope\u200bración") == (
        "eficiencia officio m² H₂O nº ½ cooperación"
    )
    assert clean("\uf0b7") == "•"


def test_the_fallback_joins_lines_into_paragraphs() -> None:
    text = (
        "Los planes, políticas y marcos locales ayudan a promover proce-\n"
        "sos innovadores de gobernanza efectiva a nivel subnacional, por\n"
        "ejemplo.\n"
        "Otro párrafo:\n"
        "• uno\n"
        "• dos\n"
        "\n"
        "Final"
    )
    assert paragraphs(text) == [
        "Los planes, políticas y marcos locales ayudan a promover procesos innovadores de "
        "gobernanza efectiva a nivel subnacional, por ejemplo.",
        "Otro párrafo:",
        "• uno",
        "• dos",
        "Final",
    ]


def test_the_fallback_reads_the_note_and_says_what_it_lacks(shared_data: Path) -> None:
    path = shared_data / "nota/nota_1col.pdf"
    reading = read_pdf_pypdf(path.read_bytes(), path.name)
    assert len(reading.shapes) == 6
    assert reading.warnings == (
        "leído con el lector de reserva: sin recuadros ni títulos, y el orden puede fallar",
    )
    assert any("más de 16.000 Municipios y Gobiernos Locales" in b.text for b in reading.blocks)


def test_real_and_odd_files_are_read_or_refused_with_a_reason(shared_data: Path) -> None:
    refused = {}
    for path in sorted((shared_data / "odd").rglob("*.pdf")):
        try:
            read_pdf(path.read_bytes(), path.name)
        except ReadError as error:
            refused[path.name] = type(error)
    assert refused == {
        "libreoffice-writer-password.pdf": Encrypted,
        "unreadablemetadata.pdf": Unreadable,
    }
