"""One small file of every format that is read, made from scratch: seeds for mutation."""

import io
import zipfile
from email.message import EmailMessage

from docx import Document as new_docx
from pptx import Presentation
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

TITLE = "Taller sobre gobernanza pública"
TEXT = "El taller dura dos días y reúne a cuarenta personas de la administración municipal."
ROWS = (("Hora", "Sesión"), ("9:00 - 9:30", "Bienvenida"), ("9:30 - 11:00", "Innovación pública"))
OPEN = "urn:oasis:names:tc:opendocument:xmlns"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def small_pdf() -> bytes:
    """Two pages with a heading, text, a ruled table and a footnote; streams are not compressed."""
    stream = io.BytesIO()
    canvas = Canvas(stream, A4, pageCompression=0)
    for number in (1, 2):
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(72, 760, f"{number}. {TITLE}")
        canvas.setFont("Helvetica", 10)
        for line in range(4):
            canvas.drawString(72, 730 - 12 * line, f"{TEXT} ({line})")
        for row, (left, right) in enumerate(ROWS):
            canvas.rect(72, 600 - 20 * row, 100, 20)
            canvas.rect(172, 600 - 20 * row, 200, 20)
            canvas.drawString(76, 606 - 20 * row, left)
            canvas.drawString(176, 606 - 20 * row, right)
        canvas.setFont("Helvetica", 7)
        canvas.drawString(72, 60, "1 Véase el informe.")
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def narrow_pdf() -> bytes:
    """A page drawn from its foot up, on which every other line is narrower than two points."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=True)
    canvas.setFont("Helvetica", 4)
    for number in range(12):
        text = "l" if number % 2 else f"Tema {12 - number}"
        canvas.drawString(60, 100 + 30 * number, text)
    canvas.save()
    return stream.getvalue()


def small_docx() -> bytes:
    stream = io.BytesIO()
    file = new_docx()
    file.add_heading(TITLE, 1)
    file.add_paragraph(TEXT)
    file.add_paragraph("Un punto", style="List Bullet")
    table = file.add_table(len(ROWS), 2)
    for row, texts in zip(table.rows, ROWS, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    file.save(stream)
    return stream.getvalue()


def small_pptx() -> bytes:
    stream = io.BytesIO()
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = TITLE
    slide.placeholders[1].text = TEXT
    slide.notes_slide.notes_text_frame.text = "Dar la bienvenida."
    deck.save(stream)
    return stream.getvalue()


def small_odt() -> bytes:
    rows = "".join(
        f"<table:table-row><table:table-cell><text:p>{left}</text:p></table:table-cell>"
        f"<table:table-cell><text:p>{right}</text:p></table:table-cell></table:table-row>"
        for left, right in ROWS
    )
    body = (
        f'<text:h text:outline-level="1">{TITLE}</text:h><text:p>{TEXT}</text:p>'
        f"<text:list><text:list-item><text:p>Un punto</text:p></text:list-item></text:list>"
        f"<table:table>{rows}</table:table>"
    )
    return _open_document("text", body)


def small_odp() -> bytes:
    body = (
        '<draw:page draw:name="1"><draw:frame presentation:class="title"><draw:text-box>'
        f"<text:p>{TITLE}</text:p></draw:text-box></draw:frame><draw:frame><draw:text-box>"
        f"<text:p>{TEXT}</text:p></draw:text-box></draw:frame></draw:page>"
    )
    return _open_document("presentation", body)


def small_ods() -> bytes:
    rows = "".join(
        f"<table:table-row><table:table-cell office:value-type='string'><text:p>{left}</text:p>"
        "</table:table-cell><table:table-cell office:value-type='string'>"
        f"<text:p>{right}</text:p></table:table-cell></table:table-row>"
        for left, right in ROWS
    )
    return _open_document("spreadsheet", f'<table:table table:name="Agenda">{rows}</table:table>')


def small_xlsx() -> bytes:
    rows = "".join(
        f'<row r="{number}">'
        + "".join(
            f'<c r="{column}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
            for column, text in zip("AB", texts, strict=True)
        )
        + "</row>"
        for number, texts in enumerate(ROWS, 1)
    )
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return _zip(
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{main}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{main}.worksheet+xml"/>'
            "</Types>",
            "_rels/.rels": _relation(f"{RELATIONS}/officeDocument", "xl/workbook.xml"),
            "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{RELATIONS}"><sheets>'
            '<sheet name="Agenda" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": _relation(
                f"{RELATIONS}/worksheet", "worksheets/sheet1.xml"
            ),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData>'
            "</worksheet>",
        }
    )


def small_epub() -> bytes:
    return _zip(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container version="1.0" '
            'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="libro.opf" media-type="application/oebps-package+xml"/>'
            "</rootfiles></container>",
            "libro.opf": '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" '
            'unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<dc:title>{TITLE}</dc:title><dc:language>es</dc:language></metadata><manifest>"
            '<item id="uno" href="uno.xhtml" media-type="application/xhtml+xml"/></manifest>'
            '<spine><itemref idref="uno"/></spine></package>',
            "uno.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><body><h1>{TITLE}</h1>'
            f"<p>{TEXT}</p></body></html>",
        }
    )


def small_eml() -> bytes:
    message = EmailMessage()
    message["Subject"] = TITLE
    message["From"] = "oficina@example.org"
    message["Date"] = "Fri, 01 Nov 2024 10:00:00 +0000"
    message["Message-ID"] = "<1@example.org>"
    message.set_content(TEXT)
    message.add_alternative(f"<p>{TEXT}</p>", subtype="html")
    message.add_attachment(TEXT.encode(), maintype="text", subtype="plain", filename="acta.txt")
    return message.as_bytes()


def small_html() -> bytes:
    cells = "".join(f"<tr><td>{left}</td><td>{right}</td></tr>" for left, right in ROWS)
    return (
        f"<!doctype html><html lang='es'><head><title>{TITLE}</title></head><body><main>"
        f"<h1>{TITLE}</h1><p>{TEXT}</p><ul><li>Un punto</li></ul><table>{cells}</table>"
        "</main></body></html>"
    ).encode()


def small_markdown() -> bytes:
    rows = "\n".join(f"| {left} | {right} |" for left, right in ROWS[1:])
    return f"# {TITLE}\n\n{TEXT}\n\n* Un punto\n\n| Hora | Sesión |\n|--|--|\n{rows}\n".encode()


def small_text() -> bytes:
    rows = "\n".join("  ".join(row) for row in ROWS)
    return f"{TITLE.upper()}\n\n{TEXT}\n\n1. Un punto\n2. Otro\n\n{rows}\n".encode()


SMALL_FILES = {
    "uno.pdf": small_pdf,
    "uno.docx": small_docx,
    "uno.pptx": small_pptx,
    "uno.odt": small_odt,
    "uno.odp": small_odp,
    "uno.ods": small_ods,
    "uno.xlsx": small_xlsx,
    "uno.epub": small_epub,
    "uno.eml": small_eml,
    "uno.html": small_html,
    "uno.md": small_markdown,
    "uno.txt": small_text,
}


def _open_document(kind: str, body: str) -> bytes:
    media_type = f"application/vnd.oasis.opendocument.{kind}"
    names = "office text table draw presentation"
    spaces = " ".join(
        f'xmlns:{name}="{OPEN}:{name.replace("draw", "drawing")}:1.0"' for name in names.split()
    )
    return _zip(
        {
            "mimetype": media_type,
            "content.xml": f'<office:document-content {spaces} office:version="1.3"><office:body>'
            f"<office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{OPEN}:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{media_type}"/>'
            '<manifest:file-entry manifest:full-path="content.xml" '
            'manifest:media-type="text/xml"/></manifest:manifest>',
        }
    )


def _relation(kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{kind}" Target="{target}"/></Relationships>'
    )


def _zip(entries: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return stream.getvalue()
