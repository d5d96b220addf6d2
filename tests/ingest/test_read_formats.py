"""OpenDocument, spreadsheets, books, e-mails and old Office files read the way a person does."""

import datetime
import io
import os
import socket
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path

import pytest
import xlsxwriter
from docx import Document as new_docx
from pptx import Presentation as new_pptx

from ingest.errors import Encrypted, ReadError, Stopped, UnknownFormat, Unreadable
from ingest.formats import (
    DOC,
    DOCX,
    EMAIL,
    EPUB,
    EXTENSIONS,
    HTML,
    ODP,
    ODS,
    ODT,
    PDF,
    PPT,
    PPTX,
    READERS,
    RTF,
    TEXT,
    XLS,
    XLSX,
    misnamed,
    sniff,
)
from ingest.readers.epub import read_epub
from ingest.readers.mail import read_email
from ingest.readers.opendocument import read_odp, read_ods, read_odt
from ingest.readers.sheets import as_text, read_sheets
from ingest.sandbox.libreoffice import Allowance, convert, find_program
from ingest.sandbox.pool import Sandbox
from search.documents import Box, PageShape, Reading

NAMES = {
    "office": "office",
    "text": "text",
    "table": "table",
    "draw": "drawing",
    "style": "style",
    "presentation": "presentation",
    "fo": "xsl-fo-compatible",
    "svg": "svg-compatible",
    "meta": "meta",
}
SPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in NAMES.items()
)
META = f"""<office:document-meta {SPACES} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>
<dc:title>Guía del taller</dc:title><meta:creation-date>2024-05-06T10:00:00</meta:creation-date>
</office:meta></office:document-meta>"""
STYLES = f"""<office:document-styles {SPACES}><office:styles>
<style:default-style style:family="paragraph"><style:text-properties fo:language="es"/>
</style:default-style>
<style:style style:name="Title" style:family="paragraph"/>
<style:style style:name="Heading_20_2" style:family="paragraph"/>
<style:style style:name="Caption" style:family="paragraph"/>
<text:outline-style><text:outline-level-style text:level="1" style:num-format="1"
 style:num-suffix="."/></text:outline-style></office:styles>
<office:automatic-styles><style:page-layout style:name="pm1"><style:page-layout-properties
 fo:page-width="28cm" fo:page-height="21cm"/></style:page-layout></office:automatic-styles>
<office:master-styles><style:master-page><style:header><text:p>Proyecto Regional</text:p>
</style:header></style:master-page></office:master-styles></office:document-styles>"""


def zipped(parts: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in parts.items():
            stored = zipfile.ZIP_STORED if name == "mimetype" else compression
            archive.writestr(name, content, stored)
    return stream.getvalue()


def opendocument(kind: str, body: str, styles: str = "") -> bytes:
    """A file of OpenDocument with that body; `styles` are its automatic ones."""
    content = (
        f"<office:document-content {SPACES}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
        "</office:body></office:document-content>"
    )
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": content,
            "styles.xml": STYLES,
            "meta.xml": META,
        }
    )


def lines(reading: Reading) -> list[str]:
    """The blocks as text: kind, level if there is one, page if there are pages."""
    found = []
    for block in reading.blocks:
        level = f"{block.level}" if block.level else ""
        page = f"p{block.parts[0].page} " if reading.paged else ""
        found.append(f"{page}{block.kind.value}{level}: {block.text}")
    return found


# Texts of OpenDocument


def test_an_opendocument_text_is_read_in_the_order_of_its_body() -> None:
    body = """
    <text:tracked-changes><text:changed-region><text:deletion><text:p>Borrado</text:p>
    </text:deletion></text:changed-region></text:tracked-changes>
    <text:p text:style-name="P1">Nota conceptual</text:p>
    <text:table-of-content><text:index-body><text:p>Contexto 1</text:p></text:index-body>
    </text:table-of-content>
    <text:h text:outline-level="1">Contexto</text:h>
    <text:p>Una nota<text:note><text:note-citation>1</text:note-citation><text:note-body>
    <text:p>Véase el <text:span>anexo</text:span>.</text:p></text:note-body></text:note>
    y<text:s text:c="3"/>más<text:tab/>texto<office:annotation><text:p>Ojo</text:p>
    </office:annotation><text:line-break/>junto<text:span text:style-name="T9">oculto</text:span>.
    <draw:frame><draw:text-box><text:p>En un recuadro</text:p></draw:text-box></draw:frame></text:p>
    <text:p text:style-name="Caption">Figura 1. Mapa</text:p>
    <text:section text:display="none"><text:p>Sección oculta</text:p></text:section>
    <text:section><text:p text:style-name="Heading_20_2">Objetivos</text:p>
    <text:p>• Primer objetivo</text:p></text:section>
    <text:h text:outline-level="1">Cierre</text:h><text:p>Gracias.</text:p>"""
    styles = """<style:style style:name="P1" style:family="paragraph"
     style:parent-style-name="Title"/><style:style style:name="T9" style:family="text">
    <style:text-properties text:display="none"/></style:style>"""
    data = opendocument("text", body, styles)
    reading = read_odt(data, "guia.odt")
    assert lines(reading) == [
        "title: Nota conceptual",
        "heading1: 1. Contexto",
        "paragraph: Una nota¹ y más texto junto.",
        "paragraph: En un recuadro",
        "footnote: ¹ Véase el anexo.",
        "caption: Figura 1. Mapa",
        "heading2: Objetivos",
        "list_item: Primer objetivo",
        "heading1: 2. Cierre",
        "paragraph: Gracias.",
    ]
    assert (reading.title, reading.language, reading.created, reading.paged, reading.running) == (
        "Guía del taller",
        "es",
        "2024-05-06",
        False,
        ("Proyecto Regional",),
    )


def test_list_items_show_their_numbers_at_their_depth() -> None:
    def items(*texts: str) -> str:
        return "".join(
            f"<text:list-item><text:p>{text}</text:p></text:list-item>" for text in texts
        )

    styles = """<text:list-style style:name="L1">
    <text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
    <text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"
     text:display-levels="2"/></text:list-style>
    <text:list-style style:name="L2"><text:list-level-style-bullet text:level="1"/>
    </text:list-style>"""
    body = f"""<text:list xml:id="uno" text:style-name="L1">{items("Uno")}<text:list-item>
    <text:p>Dos</text:p><text:p>y sigue</text:p><text:list>{items("Hijo")}</text:list>
    </text:list-item></text:list><text:p>En medio</text:p>
    <text:list text:style-name="L2">{items("Punto")}</text:list>
    <text:list text:continue-list="uno" text:style-name="L1">{items("Tres")}</text:list>
    <text:list text:style-name="L1">{items("De nuevo")}</text:list>"""
    assert lines(read_odt(opendocument("text", body, styles), "x.odt")) == [
        "list_item: 1. Uno",
        "list_item: 2. Dos",
        "list_item: y sigue",
        "list_item1: 2.a) Hijo",
        "paragraph: En medio",
        "list_item: Punto",
        "list_item: 3. Tres",
        "list_item: 1. De nuevo",
    ]


def test_tables_of_opendocument_know_their_header_and_their_merged_cells() -> None:
    def cell(text: str, spans: str = "") -> str:
        return f"<table:table-cell {spans}><text:p>{text}</text:p></table:table-cell>"

    body = f"""<table:table><table:table-header-rows><table:table-row>{cell("Eje")}{cell("Meta")}
    </table:table-row></table:table-header-rows>
    <table:table-row>{cell("Salud", 'table:number-rows-spanned="2"')}{cell("45 casos")}
    </table:table-row><table:table-row><table:covered-table-cell/>{cell("46 casos")}
    </table:table-row></table:table>
    <table:table><table:table-row><table:table-cell><text:h>Recuadro</text:h>
    <text:p>Con texto.</text:p></table:table-cell></table:table-row></table:table>"""
    reading = read_odt(opendocument("text", body), "x.odt")
    assert [(block.text, block.header) for block in reading.blocks] == [
        ("Eje | Meta", ""),
        ("Salud | 45 casos", "Eje | Meta"),
        ("Salud | 46 casos", "Eje | Meta"),
        ("1. Recuadro", ""),
        ("Con texto.", ""),
    ]


def test_short_bold_lines_are_headings_where_there_are_no_others() -> None:
    styles = """<style:style style:name="T1" style:family="text">
    <style:text-properties fo:font-weight="bold"/></style:style>"""
    body = """<text:p>Portada</text:p><text:p><text:span text:style-name="T1">Objetivo</text:span>
    </text:p><text:p>Texto con <text:span text:style-name="T1">énfasis</text:span></text:p>
    <text:p><text:span text:style-name="T1">Metas</text:span></text:p>"""
    assert lines(read_odt(opendocument("text", body, styles), "x.odt")) == [
        "paragraph: Portada",
        "heading1: Objetivo",
        "paragraph: Texto con énfasis",
        "heading1: Metas",
    ]


def test_an_opendocument_that_wants_a_password_says_so() -> None:
    manifest = "<manifest><encryption-data/></manifest>"
    data = zipped({"content.xml": b"\x01\x02", "META-INF/manifest.xml": manifest})
    with pytest.raises(Encrypted, match="contraseña"):
        read_odt(data, "x.odt")


# Presentations of OpenDocument


def test_an_opendocument_presentation_is_read_slide_by_slide() -> None:
    def frame(role: str, place: tuple[int, int], text: str) -> str:
        return (
            f'<draw:frame presentation:class="{role}" svg:x="{place[0]}cm" svg:y="{place[1]}cm"'
            f' svg:width="2.54cm" svg:height="1in"><draw:text-box>{text}</draw:text-box>'
            "</draw:frame>"
        )

    items = "".join(f"<text:list-item><text:p>{text}</text:p></text:list-item>" for text in "AB")
    outline = f"<text:list>{items}</text:list>"
    body = f"""<draw:page draw:style-name="dp1">{frame("outline", (1, 5), outline)}
    {frame("title", (1, 1), "<text:p>Bienvenida</text:p>")}
    {frame("footer", (1, 18), "<text:p>Pie</text:p>")}
    <draw:g><draw:custom-shape svg:x="1cm" svg:y="12cm" svg:width="72pt" svg:height="72pt">
    <text:p>Debajo</text:p></draw:custom-shape></draw:g>
    <presentation:notes>{frame("notes", (0, 0), "<text:p>Decir hola</text:p>")}
    {frame("page-number", (0, 0), "<text:p>7</text:p>")}</presentation:notes></draw:page>
    <draw:page draw:style-name="dp2"><draw:frame><table:table table:use-first-row-styles="true">
    <table:table-row><table:table-cell><text:p>Eje</text:p></table:table-cell><table:table-cell>
    <text:p>2024</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell>
    <text:p>Agua</text:p></table:table-cell><table:table-cell><text:p>5</text:p></table:table-cell>
    </table:table-row></table:table></draw:frame></draw:page>"""
    styles = """<style:style style:name="dp2" style:family="drawing-page">
    <style:drawing-page-properties presentation:visibility="hidden"/></style:style>"""
    reading = read_odp(opendocument("presentation", body, styles), "x.odp")
    assert lines(reading) == [
        "p1 slide_title1: Bienvenida",
        "p1 list_item: A",
        "p1 list_item: B",
        "p1 paragraph: Debajo",
        "p1 speaker_note: Decir hola",
        "p2 table_row: Eje | 2024",
        "p2 table_row: Agua | 5",
    ]
    assert reading.blocks[-1].header == "Eje | 2024"
    assert reading.blocks[0].parts[0].boxes == (Box(1, 28.35, 28.35, 100.35, 100.35),)
    assert reading.shapes == (
        PageShape(1, 793.7, 595.28),
        PageShape(2, 793.7, 595.28, hidden=True),
    )
    assert reading.warnings == ("diapositivas ocultas leídas: 2",)


# Spreadsheets


@pytest.fixture
def workbook() -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        book.set_properties(
            {"title": "Presupuesto municipal", "created": datetime.datetime(2024, 1, 2)}
        )
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet("Presupuesto")
        sheet.write(0, 1, "Cifras en miles")
        sheet.write_row(2, 1, ["Eje", "Meta", "", "Monto"])
        sheet.merge_range(3, 1, 4, 1, "Salud")
        sheet.write_row(3, 2, ["Hospitales", "", 45.0])
        sheet.write_row(4, 2, ["Centros\nde salud", "", 0.1 + 0.2])
        sheet.merge_range(5, 1, 5, 4, "Educación")
        sheet.write_row(6, 1, ["Escuelas", "Aulas", "", 1200000.5])
        sheet.write_row(8, 1, ["Agua", "Redes", "", 7])
        sheet.write_row(10, 1, ["Fecha", "Hito"])
        sheet.write_datetime(11, 1, datetime.datetime(2024, 11, 1), day)
        sheet.write(11, 2, "Cierre")
        hidden = book.add_worksheet("Cálculos")
        hidden.write(0, 0, "secreto")
        hidden.hide()
        book.add_worksheet("Vacía")
    return stream.getvalue()


def test_a_spreadsheet_is_read_as_sheets_and_tables(workbook: bytes) -> None:
    reading = read_sheets(workbook, "libro.xlsx")
    assert [(block.kind.value, block.text, block.header) for block in reading.blocks] == [
        ("title", "Presupuesto", ""),
        ("paragraph", "Cifras en miles", ""),
        ("table_row", "Eje | Meta | Monto", ""),
        ("table_row", "Salud | Hospitales | 45", "Eje | Meta | Monto"),
        ("table_row", "Salud | Centros de salud | 0.3", "Eje | Meta | Monto"),
        ("table_row", "Educación", "Eje | Meta | Monto"),
        ("table_row", "Escuelas | Aulas | 1200000.5", "Educación; Eje | Meta | Monto"),
        ("table_row", "Agua | Redes | 7", "Eje | Meta | Monto"),
        ("table_row", "Fecha | Hito", ""),
        ("table_row", "01/11/2024 | Cierre", "Fecha | Hito"),
    ]
    assert reading.title == "Presupuesto municipal"
    assert reading.created == "2024-01-02"
    assert reading.warnings == ("hojas ocultas no leídas: Cálculos",)


def test_values_are_written_as_people_write_them() -> None:
    moment = datetime.datetime(2024, 11, 1, 9, 5)
    values = (45.0, 3.25, 1e-7, 12345678901234.0, True, False, moment, moment.date(), moment.time())
    assert [as_text(value) for value in values] == [
        "45",
        "3.25",
        "1e-07",
        "12345678901234",
        "Sí",
        "No",
        "01/11/2024 09:05",
        "01/11/2024",
        "09:05",
    ]
    assert as_text(datetime.datetime(2024, 11, 1)) == "01/11/2024"
    assert as_text(datetime.timedelta(hours=36, minutes=5)) == "36:05"
    assert as_text(" a  b\nc ") == "a b\nc"


def test_only_so_many_rows_of_a_spreadsheet_are_read() -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        for name in ("Larga", "Otra"):
            sheet = book.add_worksheet(name)
            for row in range(15_000):
                sheet.write_row(row, 0, [f"fila {row}", row])
    reading = read_sheets(stream.getvalue(), "x.xlsx")
    assert sum(block.kind.value == "table_row" for block in reading.blocks) == 20_000
    assert reading.warnings == (
        "la hoja «Otra» no se leyó entera: se leen 20000 filas por archivo",
    )


def test_a_lone_sheet_without_a_name_of_its_own_has_no_heading() -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        book.add_worksheet("Hoja1").write(0, 0, "Solo esto")
    assert lines(read_sheets(stream.getvalue(), "x.xlsx")) == ["paragraph: Solo esto"]


def test_names_of_columns_may_stand_under_common_ones() -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet("Metas")
        sheet.merge_range(0, 0, 1, 0, "Eje")
        sheet.merge_range(0, 1, 0, 2, "Avance")
        sheet.write_row(1, 1, ["Previsto", "Logrado"])
        sheet.write_row(2, 0, ["Agua", 5, 4])
        sheet.write_row(3, 0, ["Luz", 7, 7])
    blocks = read_sheets(stream.getvalue(), "x.xlsx").blocks
    assert blocks[-1].text == "Luz | 7 | 7"
    assert blocks[-1].header == "Eje | Avance | Previsto | Logrado"


def test_an_opendocument_spreadsheet_reads_as_it_is_shown() -> None:
    def cell(text: str, more: str = "") -> str:
        return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"

    body = f"""<table:table table:name="Metas"><table:table-row>{cell("Eje")}{cell("Avance")}
    </table:table-row><table:table-row>{cell("Agua", 'table:number-rows-spanned="2"')}
    {cell("15%", 'office:value="0.15"')}<table:table-cell table:number-columns-repeated="16382"/>
    </table:table-row><table:table-row><table:covered-table-cell/>{cell("1.200,50 €")}
    </table:table-row><table:table-row table:number-rows-repeated="1048000"><table:table-cell
     table:number-columns-repeated="16384"/></table:table-row></table:table>
    <table:table table:name="Otra" table:style-name="ta2"><table:table-row>{cell("x")}
    </table:table-row></table:table>"""
    styles = """<style:style style:name="ta2" style:family="table">
    <style:table-properties table:display="false"/></style:style>"""
    reading = read_ods(opendocument("spreadsheet", body, styles), "x.ods")
    assert [(block.text, block.header) for block in reading.blocks] == [
        ("Metas", ""),
        ("Eje | Avance", ""),
        ("Agua | 15%", "Eje | Avance"),
        ("Agua | 1.200,50 €", "Eje | Avance"),
    ]
    assert reading.warnings == ("hojas ocultas no leídas: Otra",)


# Books


def book(chapters: Mapping[str, str], more: Mapping[str, str] | None = None) -> bytes:
    manifest = "".join(
        f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"'
        f' properties="{"nav" if name == "nav.xhtml" else ""}"/>'
        for n, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = f"""<package xmlns="http://www.idpf.org/2007/opf"
     xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Manual de gobierno</dc:title>
    <dc:language>es-CO</dc:language><dc:date>2023-04-05</dc:date></metadata>
    <manifest>{manifest}</manifest><spine>{spine}<itemref idref="nada"/></spine>
    <guide><reference type="cover" href="cubierta.xhtml"/></guide></package>"""
    container = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
    <rootfile full-path="OEBPS/libro.opf"/></rootfiles></container>"""
    parts = {"mimetype": EPUB, "META-INF/container.xml": container, "OEBPS/libro.opf": package}
    pages = {
        f"OEBPS/{name}": f"<html><body>{text}</body></html>" for name, text in chapters.items()
    }
    return zipped({**parts, **pages, **(more or {})})


def test_a_book_is_read_chapter_by_chapter_in_its_order() -> None:
    data = book(
        {
            "cubierta.xhtml": "<p>Cubierta</p>",
            "nav.xhtml": "<nav><ol><li>Uno</li></ol></nav>",
            "dos.xhtml": "<h1>Dos</h1><p>Primero.</p><aside><p>1. Una nota.</p></aside>",
            "uno.xhtml": "<h1>Uno</h1><ul><li>Después</li></ul>",
        }
    )
    reading = read_epub(data, "manual.epub")
    assert lines(reading) == [
        "heading1: Dos",
        "paragraph: Primero.",
        "paragraph: 1. Una nota.",
        "heading1: Uno",
        "list_item: Después",
    ]
    assert (reading.title, reading.language, reading.created, reading.paged) == (
        "Manual de gobierno",
        "es",
        "2023-04-05",
        False,
    )


def test_a_book_of_a_shop_is_refused_but_scrambled_fonts_are_not() -> None:
    def locks(path: str) -> dict[str, str]:
        return {"META-INF/encryption.xml": f'<e><CipherReference URI="{path}"/></e>'}

    with pytest.raises(Encrypted, match="protegido contra copia"):
        read_epub(book({"a.xhtml": "<p>x</p>"}, locks("OEBPS/a.xhtml")), "x.epub")
    reading = read_epub(book({"a.xhtml": "<p>Texto</p>"}, locks("OEBPS/letra.otf")), "x.epub")
    assert lines(reading) == ["paragraph: Texto"]


# E-mails


def message(text: str, html: str = "") -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = "Agenda del taller en Bogotá"
    mail["From"] = "Secretaría <secretaria@example.org>"
    mail["To"] = "equipo@example.org"
    mail["Date"] = "Fri, 01 Nov 2024 09:05:00 -0500"
    mail["Message-ID"] = "<1@example.org>"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


def test_a_message_is_read_with_its_heading_and_what_it_quotes_last() -> None:
    mail = message("Estimado equipo:\n\n> ¿Cuándo es?\n\nSerá el viernes.\n", "<p>Otra versión</p>")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="agenda.pdf")
    reading = read_email(mail.as_bytes(), "correo.eml")
    assert lines(reading) == [
        "title: Agenda del taller en Bogotá",
        "paragraph: De: Secretaría <secretaria@example.org> · Para: equipo@example.org"
        " · Fecha: 01/11/2024 09:05 · Adjuntos: agenda.pdf",
        "paragraph: Estimado equipo:",
        "paragraph: Será el viernes.",
        "paragraph: ¿Cuándo es?",
    ]
    assert (reading.title, reading.created) == ("Agenda del taller en Bogotá", "2024-11-01")


def test_a_message_without_plain_text_is_read_as_a_page() -> None:
    mail = message("x")
    mail.set_content("<h2>Programa</h2><p>Nos vemos en la sala ñandú.</p>", subtype="html")
    assert lines(read_email(mail.as_bytes(), "x.eml"))[2:] == [
        "heading2: Programa",
        "paragraph: Nos vemos en la sala ñandú.",
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: =?utf-8?B?w??=\nDate: ayer\nFrom: <<<>>\n\nHola",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain; charset=zz"
        b"\n\nHola\n",
        b"Content-Type: text/plain; charset=\xff\nTo: \xff\n\nHola",
    ],
)
def test_a_message_with_broken_headers_is_still_read(data: bytes) -> None:
    assert lines(read_email(data, "x.eml"))[-1] == "paragraph: Hola"


# What a file is


def ole(*names: str) -> bytes:
    """An OLE file whose root has streams of these names."""
    entries = b""
    for number, name in enumerate(("Root Entry", *names)):
        text = name.encode("utf-16-le")
        following = number + 1 if 0 < number < len(names) else 0xFFFFFFFF
        child = 1 if number == 0 and names else 0xFFFFFFFF
        tree = b"".join(value.to_bytes(4, "little") for value in (0xFFFFFFFF, following, child))
        head = text.ljust(64, b"\0") + (len(text) + 2).to_bytes(2, "little") + b"\1\1" + tree
        entries += head.ljust(128, b"\0")
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header[30:32] = (9).to_bytes(2, "little")
    header[48:52] = (0).to_bytes(4, "little")
    header[76:80] = (9).to_bytes(4, "little")
    return bytes(header) + entries.ljust(512, b"\0")


PAGE = b"<!DOCTYPE html><html><body><table><tr><td>a</td></tr></table></body></html>"
MAIL = b"From: a@example.org\nMIME-Version: 1.0\nSubject: x\n\nHola"


@pytest.mark.parametrize(
    ("data", "name", "media_type"),
    [
        (ole("WordDocument", "ObjectPool", "Workbook"), "x.xls", DOC),
        (ole("Workbook"), "x.doc", XLS),
        (ole("PowerPoint Document"), "x", PPT),
        (b"{\\rtf1\\ansi hola}", "x.doc", RTF),
        (zipped({"mimetype": ODT}), "x.zip", ODT),
        (zipped({"mimetype": f"{ODP}-template"}), "x.otp", ODP),
        (zipped({"mimetype": ODS, "content.xml": ""}), "x.ods", ODS),
        (zipped({"META-INF/container.xml": ""}), "x.epub", EPUB),
        (zipped({"xl/workbook.bin": ""}), "x.xlsb", XLSX),
        (zipped({"word/document.xml": ""}), "guia.doc", DOCX),
        (zipped({"guia/ppt/presentation.xml": "", "word/document.xml": ""}), "x.pptx", DOCX),
        (b"%PDF-1.7", "x.docx", PDF),
        (PAGE, "cuadro.xls", HTML),
        (b"<table><tr><td>a</td></tr></table>", "cuadro.xls", HTML),
        (b"Texto llano", "nota.doc", TEXT),
        (MAIL, "x.eml", EMAIL),
        (MAIL, "x.txt", EMAIL),
        (b"Nota: hola\nOtra: adios\n", "x.txt", TEXT),
    ],
)
def test_the_content_tells_what_a_file_is(data: bytes, name: str, media_type: str) -> None:
    assert sniff(data, name) == media_type


@pytest.mark.parametrize(
    ("data", "name", "error", "message"),
    [
        (ole("EncryptedPackage"), "x.docx", Encrypted, "contraseña"),
        (ole("__properties_version1.0"), "x.msg", UnknownFormat, "guárdelo como .eml"),
        (ole("Otra cosa"), "x.doc", UnknownFormat, "que no se reconoce"),
        (zipped({"a.txt": "x"}), "x.docx", UnknownFormat, "de este tipo (.docx)"),
        (PAGE, "x.epub", UnknownFormat, "quizá falló la descarga"),
        (b"hola", "x.xlsx", UnknownFormat, "su contenido es otro"),
        (b"a\0b", "x.doc", UnknownFormat, "su contenido es otro"),
    ],
)
def test_what_is_no_document_is_refused_with_its_cause(
    data: bytes, name: str, error: type[ReadError], message: str
) -> None:
    with pytest.raises(error) as caught:
        sniff(data, name)
    assert message in str(caught.value)


def test_a_word_file_with_a_password_is_known_before_it_is_converted() -> None:
    data = bytearray(ole("WordDocument").ljust(2048, b"\0"))
    data[512 + 128 + 116 : 512 + 128 + 120] = (1).to_bytes(4, "little")
    assert sniff(bytes(data), "x.doc") == DOC
    data[1024 + 11] |= 1
    with pytest.raises(Encrypted):
        sniff(bytes(data), "x.doc")


def test_an_ole_file_with_senseless_sectors_is_only_unknown() -> None:
    data = bytearray(ole("WordDocument"))
    data[30] = 0
    assert sniff(bytes(data), "x.doc") == DOC  # its names are there to be seen
    with pytest.raises(UnknownFormat):
        sniff(bytes(data[:512]), "x.doc")


def test_who_reads_a_misnamed_file_is_told() -> None:
    warning = "el archivo termina en .doc, pero su contenido es DOCX"
    assert misnamed(DOCX, "guia.doc") == (warning,)
    assert misnamed(DOCX, "guia.docm") == misnamed(DOCX, "guia.bin") == ()
    stream = io.BytesIO()
    document = new_docx()
    document.add_paragraph("Hola")
    document.save(stream)
    with Sandbox() as sandbox:
        assert sandbox.read(stream.getvalue(), "guia.doc").warnings == (warning,)


@pytest.mark.parametrize("suffix", [".docx", ".pptx", ".xlsx", ".odt", ".odp", ".ods", ".epub"])
def test_an_archive_without_its_parts_is_unreadable(suffix: str) -> None:
    media_type = EXTENSIONS[suffix]
    for parts in (
        {"nada": "x"},
        {"content.xml": "<a/>", "META-INF/container.xml": "<a/>", "xl/workbook.xml": "<a/>"},
        {"content.xml": "no es XML", "META-INF/container.xml": "", "word/document.xml": ""},
        {"META-INF/container.xml": "<c><rootfile full-path='a'/></c>", "a": "<p/>"},
    ):
        data = zipped(parts)
        if suffix == ".epub" and "a" in parts:
            assert READERS[media_type](data, "x").blocks == ()
        else:
            with pytest.raises(ReadError):
                READERS[media_type](data, f"x{suffix}")
        with pytest.raises(ReadError):
            READERS[media_type](data[: len(data) // 2], f"x{suffix}")


@pytest.mark.parametrize("reader", [read_odt, read_odp, read_ods])
def test_entities_and_depth_do_no_harm(reader) -> None:  # type: ignore[no-untyped-def]
    laughs = '<!DOCTYPE a [<!ENTITY a "ja"><!ENTITY b SYSTEM "file:///etc/hostname">]>'
    for content in (
        f"{laughs}<office:document-content {SPACES}><office:body>&b;</office:body>"
        "</office:document-content>",
        "<a>" * 100_000,
    ):
        with pytest.raises(Unreadable):
            reader(zipped({"content.xml": content}), "x")


def test_a_list_with_senseless_numbers_counts_from_one() -> None:
    styles = """<text:list-style style:name="L1"><text:list-level-style-number text:level="1"
     style:num-format="1" text:start-value="x" text:display-levels="1e9"/></text:list-style>"""
    body = """<text:list text:style-name="L1"><text:list-item text:start-value="-3"><text:p>Uno
    </text:p></text:list-item></text:list>"""
    assert lines(read_odt(opendocument("text", body, styles), "x.odt")) == ["list_item: 1 Uno"]


def test_a_style_that_is_its_own_parent_ends() -> None:
    styles = """<style:style style:name="A" style:family="paragraph" style:parent-style-name="B"/>
    <style:style style:name="B" style:family="paragraph" style:parent-style-name="A"/>"""
    data = opendocument("text", '<text:p text:style-name="A">Hola</text:p>', styles)
    assert lines(read_odt(data, "x.odt")) == ["paragraph: Hola"]


# Old Office, by LibreOffice


@pytest.fixture(scope="session")
def libreoffice() -> Path:
    program = find_program()
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs LibreOffice")
        pytest.skip("LibreOffice is not installed")
    return program


def rtf(text: str) -> bytes:
    return b"{\\rtf1\\ansi\\ansicpg1252\\deff0 " + text.encode("cp1252") + b"}"


@pytest.mark.usefixtures("libreoffice")
def test_rich_text_is_converted_and_read() -> None:
    data = rtf(r"{\b Objetivo}\par El taller reúne a treinta municipios.\par")
    with Sandbox() as sandbox:
        reading = sandbox.read(data, "nota.rtf")
    assert lines(reading) == [
        "title: Objetivo",
        "paragraph: El taller reúne a treinta municipios.",
    ]
    assert reading.warnings == ("convertido con LibreOffice",)
    assert reading.language is None


@pytest.mark.usefixtures("libreoffice")
def test_real_files_of_old_word_are_read(shared_data: Path) -> None:
    folder = shared_data / "docs" / "empleo_publico_es"
    with Sandbox() as sandbox:
        doc = folder / "0e049b4f_anul_preg_TIC_1_2007.doc"
        assert lines(sandbox.read(doc.read_bytes(), doc.name)) == [
            "paragraph: Supongo la anulación viene de la equivocación WDSL por WSDL Web Services"
            " Description Language",
            "paragraph: Considero que donde dice abrirá el cliente debe decir abrirá el servidor",
        ]
        text = folder / "9263cbb3_TIC_3_ejer_AGE_2007.rtf"
        found = lines(sandbox.read(text.read_bytes(), text.name))
        assert found[:3] == [
            "paragraph: CUERPO SUPERIOR DE SISTEMAS Y TECNOLOGIAS DE LA INFORMACION",
            "paragraph: 3º EJERCICIO – SEPTIEMBRE 2007",
            "paragraph: A elegir uno de estos temas",
        ]


@contextmanager
def web_server() -> Iterator[tuple[str, list[bytes]]]:
    """An address and what it was asked for."""
    asked: list[bytes] = []
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)

        def listen() -> None:
            while not done.is_set():
                with suppress(TimeoutError):
                    connection, _ = server.accept()
                    with connection:
                        asked.append(connection.recv(100))

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
        finally:
            done.set()
            thread.join()


def linked(address: str, secret: Path) -> bytes:
    """A text that links a picture of another server and a file of this one."""
    manifest = (
        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" m:version="1.2">'
        f'<m:file-entry m:full-path="/" m:media-type="{ODT}"/>'
        '<m:file-entry m:full-path="content.xml" m:media-type="text/xml"/></m:manifest>'
    )
    content = f"""<office:document-content office:version="1.2" {SPACES}
     xmlns:x="http://www.w3.org/1999/xlink"><office:body><office:text><text:section text:name="s">
    <text:section-source x:href="{secret.as_uri()}"/><text:p>x</text:p></text:section>
    <text:p><draw:frame svg:width="2cm" svg:height="2cm" text:anchor-type="as-char"><draw:image
     x:href="{address}/a.png" x:type="simple" x:show="embed" x:actuate="onLoad"/></draw:frame>
    </text:p></office:text></office:body></office:document-content>"""
    parts = {"mimetype": ODT, "content.xml": content, "META-INF/manifest.xml": manifest}
    return zipped(parts)


@pytest.mark.usefixtures("libreoffice")
def test_a_document_that_is_converted_fetches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secreto.txt"
    secret.write_text("clave secreta", encoding="utf-8")
    with web_server() as (address, asked):
        converted, name = convert(linked(address, secret), "x.rtf", RTF)
        assert asked == []
        monkeypatch.setattr("ingest.sandbox.libreoffice.SETTINGS", ())
        convert(linked(address, secret), "x.rtf", RTF)
        assert asked[-1].startswith(b"GET /a.png")  # our settings are what keeps it from asking
    assert name == "x.docx"
    with zipfile.ZipFile(io.BytesIO(converted)) as archive:
        assert not any(b"clave secreta" in archive.read(part) for part in archive.namelist())


@pytest.mark.usefixtures("libreoffice")
def test_a_conversion_that_takes_too_long_ends_with_all_its_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    started = time.monotonic()
    with pytest.raises(Stopped, match=r"LibreOffice superó los 0\.3 segundos"):
        convert(rtf("Hola"), "x.rtf", RTF, Allowance(wall_seconds=0.3))
    assert time.monotonic() - started < 20
    assert not [command for command in commands() if bytes(tmp_path) in command]
    assert list(tmp_path.iterdir()) == []


def commands() -> Iterator[bytes]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            yield (process / "cmdline").read_bytes()
        except OSError:
            continue


@pytest.mark.usefixtures("libreoffice")
def test_what_libreoffice_cannot_open_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="no pudo abrir"):
        convert(ole("PowerPoint Document"), "x.ppt", PPT)


def test_without_libreoffice_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.sandbox.libreoffice.FOLDERS", "/nada")
    with Sandbox() as sandbox, pytest.raises(UnknownFormat) as caught:
        sandbox.read(ole("WordDocument"), "x.doc")
    assert str(caught.value) == (
        "Formato antiguo de Office (.doc): instale LibreOffice (apt-get install"
        " libreoffice-writer-nogui libreoffice-impress-nogui) o guárdelo como DOCX o PDF."
    )


def test_slides_that_are_called_old_but_are_not_are_read_as_they_are(shared_data: Path) -> None:
    files = shared_data / "odd" / "python-pptx" / "features" / "steps" / "test_files"
    data = (files / "sld-notes.pptx").read_bytes()
    with Sandbox() as sandbox:
        reading = sandbox.read(data, "x.ppt")
    assert reading.warnings == ("el archivo termina en .ppt, pero su contenido es PPTX",)
    assert sniff(data, "x.ppt") == PPTX


def test_slides_of_powerpoint_97_are_converted_and_read(libreoffice: Path, tmp_path: Path) -> None:
    deck = new_pptx()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Objetivos del taller"
    slide.placeholders[1].text = "Escuchar a los municipios\nPublicar los datos"
    slide.notes_slide.notes_text_frame.text = "Saludar primero"
    deck.save(str(tmp_path / "x.pptx"))
    options = [f"-env:UserInstallation={(tmp_path / 'perfil').as_uri()}", "--headless"]
    command = [libreoffice, *options, "--convert-to", "ppt", "--outdir", tmp_path]
    subprocess.run([*command, tmp_path / "x.pptx"], check=True, capture_output=True)
    data = (tmp_path / "x.ppt").read_bytes()
    assert sniff(data, "x.ppt") == PPT
    with Sandbox() as sandbox:
        reading = sandbox.read(data, "x.ppt")
    assert lines(reading) == [
        "p1 slide_title1: Objetivos del taller",
        "p1 list_item: Escuchar a los municipios",
        "p1 list_item: Publicar los datos",
        "p1 speaker_note: Saludar primero",
    ]
    assert reading.warnings == ("convertido con LibreOffice",)
