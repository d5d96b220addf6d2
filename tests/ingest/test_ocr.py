"""Pictures of pages to their words: by Tesseract itself, which must be installed where CI runs."""

import io
import os
import re
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
import reportlab
from command_line import acervo
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from pptx import Presentation
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from starlette.testclient import TestClient

from ingest.pdf.deskew import skew
from ingest.pdf.ocr import Pose, Task, recognise, ruled_lines, scale_of
from ingest.pdf.reader import read_pdf
from ingest.pdf.tesseract import OcrWord, find_program, in_reading_order, mended_signs, parse_hocr
from ingest.sandbox.pool import Limits, Sandbox
from search.documents import BlockKind, Box, Method, Reading
from search.engine import DocumentPart
from search.index import open_engine
from service.settings import Settings
from service.web.app import create_app

FONTS = Path(reportlab.__file__).parent / "fonts"
LINES = (
    "La gestión pública eficaz exige instituciones",
    "transparentes, participación de la ciudadanía y",
    "rendición de cuentas. El año próximo se revisarán",
    "los indicadores de la Agenda 2030 en cada región.",
)
WIDTH, HEIGHT = 1654, 2339  # A4 at 200 dots an inch


@pytest.fixture(scope="module")
def program() -> Path:
    found = find_program()
    if found is None:
        reason = "Tesseract is not installed (apt-get install tesseract-ocr tesseract-ocr-spa)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def drawn(
    lines: Sequence[str] = LINES, bold: str = "", size: int = 34, top: int = 300
) -> Image.Image:
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    pen = ImageDraw.Draw(image)
    for number, text in enumerate(lines):
        name = "VeraBd.ttf" if text == bold else "Vera.ttf"
        font = ImageFont.truetype(FONTS / name, size)
        pen.text((200, top + 60 * number), text, 20, font)
    return image


def scanned(image: Image.Image, angle: float = 0.7, noise: float = 12) -> Image.Image:
    """As an office scanner would have it."""
    draw = np.random.default_rng(7)
    turned = image.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=255)
    grey = np.asarray(turned.filter(ImageFilter.GaussianBlur(0.6)), dtype=float)
    grey = grey + draw.normal(0, noise, grey.shape)
    stream = io.BytesIO()
    Image.fromarray(grey.clip(0, 255).astype(np.uint8)).save(stream, "JPEG", quality=40)
    return Image.open(stream).convert("L")


def pdf_of(*images: Image.Image, layer: Sequence[tuple[float, float, str]] = ()) -> bytes:
    """Images as the pages of a PDF; `layer` is an invisible text over each (x, y from the top)."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=True)
    for image in images:
        canvas.drawImage(ImageReader(image), 0, 0, *A4)
        for x, y, text in layer:
            shown = canvas.beginText(x, A4[1] - y)
            shown.setFont("Helvetica", 12)
            shown.setTextRenderMode(3)
            shown.textOut(text)
            canvas.drawText(shown)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def reread(data: bytes, program: Path, *pages: int) -> Reading:
    return read_pdf(data, "x.pdf", Task(pages, program, time.monotonic() + 300, lambda: None))


def test_a_clean_page_is_read_with_its_accents(program: Path) -> None:
    found = recognise(drawn(), program)
    assert found.text == "\n".join(LINES)
    assert found.language == "es"
    assert found.confidence > 0.9
    assert (found.turns, found.angle) == (0, 0.0)


@pytest.mark.parametrize(("quarters", "angle", "noise"), [(0, 3.0, 30), (1, 0.7, 12), (2, 0, 0)])
def test_a_page_scanned_askew_turned_or_noisy_is_read_too(
    program: Path, quarters: int, angle: float, noise: float
) -> None:
    image = scanned(drawn(LINES * 4), angle, noise).rotate(90 * quarters, expand=True)
    found = recognise(image, program)
    assert found.text.split() == " ".join(LINES * 4).split()
    assert found.turns == quarters
    assert found.angle == pytest.approx(-angle, abs=0.2)


def test_the_text_says_which_language_it_is_read_in(program: Path) -> None:
    text = (
        "Effective governance needs transparent institutions\nand the thoughtful use of knowledge"
    )
    found = recognise(drawn(text.split("\n") * 3), program, language="es")
    assert found.language == "en"
    assert found.text.split("\n")[0] == text.split("\n")[0]


def test_a_photograph_is_given_up(program: Path) -> None:
    draw = np.random.default_rng(3)
    rough = Image.fromarray(draw.integers(0, 200, (60, 45), dtype=np.uint8))
    photograph = rough.resize((WIDTH // 2, HEIGHT // 2), Image.Resampling.BICUBIC)
    found = recognise(photograph, program)
    assert (found.words, found.confidence) == ((), 0.0)


def test_dots_that_lead_to_a_page_number_are_no_letters(program: Path) -> None:
    entries = [
        f"{title} {'.' * 40} {page}" for title, page in (("Antecedentes", 14), ("Fines", 35))
    ]
    found = recognise(drawn([*LINES, *entries]), program)
    assert [line.replace(".", "") for line in found.text.split("\n")[-2:]] == [
        "Antecedentes 14",
        "Fines 35",
    ]


def test_a_bold_line_is_told_by_its_strokes(program: Path) -> None:
    found = recognise(drawn(("Antecedentes", *LINES), bold="Antecedentes"), program)
    assert {word.text for word in found.words if word.bold} == {"Antecedentes"}


@pytest.mark.usefixtures("program")
def test_a_scanned_file_is_read_as_any_other() -> None:
    lines = ("Objetivo general", "", *LINES[:3], "Los resul-", "tados se publican.", *LINES)
    pages = [scanned(drawn(lines, bold=lines[0], top=400 + 20 * n)) for n in range(2)]
    calls: list[tuple[int, int]] = []
    with Sandbox() as sandbox:
        reading = sandbox.read(pdf_of(*pages), "x.pdf", lambda *call: calls.append(call))
    assert [(b.kind, b.text) for b in reading.blocks if b.parts[0].page == 1] == [
        (BlockKind.HEADING, "Objetivo general"),
        (BlockKind.PARAGRAPH, " ".join([*LINES[:3], "Los resultados se publican."])),
        (BlockKind.PARAGRAPH, " ".join(LINES)),
    ]
    assert [shape.method for shape in reading.shapes] == [Method.OCR, Method.OCR]
    mean = sum(shape.confidence or 0.0 for shape in reading.shapes) / 2
    assert reading.warnings == (f"páginas 1, 2 leídas por OCR (confianza {100 * mean:.0f} %)",)
    assert mean > 0.9
    assert reading.scans == ()
    assert calls[-1] == (2, 2)
    box = reading.blocks[0].parts[0].boxes[0]
    assert (box.x0, box.y1) == pytest.approx((72, 157), abs=6)


def test_what_a_scan_has_of_its_own_text_stays_and_is_not_read_twice(program: Path) -> None:
    image = drawn(("S/2025/192", *LINES * 4))
    data = pdf_of(image, layer=[(72, 120, "S/2025/192")])
    reading = reread(data, program, 1)
    text = " ".join(block.text for block in reading.blocks)
    assert text.count("S/2025/192") == 1
    assert text.count("rendición de cuentas") == 4


def damaged_pdf() -> bytes:
    """A picture of three times `LINES` over a text layer in which words are damaged."""
    damaged = [line.replace("sti", "s:").replace("tici", ":ci") for line in LINES[:2]]
    assert damaged[0].startswith("La ges:ón")
    lines = [*damaged, LINES[2].replace("cuentas", "CUENTAS"), LINES[3]] * 3
    layer = [(72, 120 + 21.6 * n, text) for n, text in enumerate(lines)]
    # The letters of the layer stand where those of the picture do: one font, one size.
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=True)
    canvas.setFont("Helvetica", 12)
    for (x, y, _), text in zip(layer, LINES * 3, strict=True):
        canvas.drawString(x, A4[1] - y, text)
    canvas.save()
    page = pdfium.PdfDocument(stream.getvalue())[0]
    picture = page.render(scale=300 / 72, grayscale=True).to_pil()
    return pdf_of(picture, layer=layer)


def test_only_the_damaged_words_of_a_text_layer_are_replaced(program: Path) -> None:
    data = damaged_pdf()
    assert read_pdf(data, "x.pdf").scans == (1,)
    reading = reread(data, program, 1)
    text = " ".join(block.text for block in reading.blocks)
    assert text == " ".join(LINES * 3).replace("cuentas", "CUENTAS")
    assert reading.shapes[0].method is Method.MENDED
    assert reading.warnings == ("página 1: palabras dañadas en el archivo, 9 corregidas por OCR",)


def whole_text() -> bytes:
    """A page whose text needs nobody to recognise it."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=True)
    for number, text in enumerate(LINES):
        canvas.drawString(72, 700 - 20 * number, text)
    canvas.save()
    return stream.getvalue()


@pytest.mark.usefixtures("program")
def test_how_each_page_was_read_is_told_wherever_the_document_is_shown(
    tmp_path: Path, model_folder: Path
) -> None:
    """Stored pages once forgot it: all of them said that their text was the file's own."""
    folder, index = tmp_path / "materiales", tmp_path / "indice"
    folder.mkdir()
    file = PdfWriter()
    for data in (whole_text(), pdf_of(scanned(drawn(LINES * 4))), damaged_pdf()):
        file.append(PdfReader(io.BytesIO(data)))
    file.write(folder / "acta.pdf")
    deck = Presentation()
    for title in ("Bienvenida", "Reserva"):
        deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = title
    deck.slides[1]._element.set("show", "0")
    deck.save(folder / "taller.pptx")
    places = ("--index", index, "--model", model_folder)
    assert acervo("ingest", folder, *places).status == 0

    with closing(open_engine(index)) as engine:
        parts = frozenset({DocumentPart.PAGES})
        read = engine.read_documents(["acta-pdf", "taller-pptx"], parts)
    stored, slides = read["acta-pdf"].pages, read["taller-pptx"].pages
    assert [page.method for page in stored] == [Method.TEXT, Method.OCR, Method.MENDED]
    assert stored[0].confidence is None
    sure = stored[1].confidence or 0.0
    assert 0.9 < sure <= 1
    assert [slide.hidden for slide in slides] == [False, True]

    report = (index / "informe.html").read_text(encoding="utf-8")
    percent = f"{100 * sure:.0f}"
    for said in (
        f"3 páginas, 1 por OCR (confianza {percent}\u202f%), 1 con palabras reparadas por OCR",
        f"<td>Página 2</td><td>OCR, confianza {percent}\u202f%</td>",
        "<td>texto reparado por OCR, confianza ",
        "2 diapositivas, 1 oculta",
    ):
        assert said in report

    settings = Settings(index=index, model=str(model_folder))
    with TestClient(create_app(settings)) as client:
        listed = client.get("/api/v1/documents/acta-pdf").json()["page_list"]
        served = [client.get(page["url"]).json() for page in listed]
        for pages in (listed, served):
            told = [(page["method"], page["confidence"], page["hidden"]) for page in pages]
            assert told == [(page.method, page.confidence, False) for page in stored]
        shown = client.get("/documentos/acta-pdf?pagina=2").text
        assert "Cómo se leyó" in shown
        assert "1 página por su texto, 1 reconocida de su imagen, 1 reparada con su imagen" in shown
        assert f"Texto reconocido de una imagen: puede tener errores. Confianza: {percent}" in shown
        mended = client.get("/documentos/acta-pdf?pagina=3").text
        assert "Algunas palabras dañadas de esta página se repararon leyendo su imagen." in mended
        english = client.get("/en/documentos/acta-pdf?pagina=2").text
        assert "Texto reconocido" not in english


def test_without_the_program_the_reading_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ingest.sandbox.pool.find_program", lambda: None)
    with Sandbox() as sandbox:
        reading = sandbox.read(pdf_of(drawn()), "x.pdf")
    assert reading.scans == (1,)
    assert reading.warnings == (
        "páginas sin texto: 1 (parecen escaneadas)",
        "página 1: sin leer, parecen imágenes; instale Tesseract "
        "(apt-get install tesseract-ocr tesseract-ocr-spa)",
    )


def test_a_program_that_fails_leaves_a_warning_and_the_other_pages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ingest.sandbox.pool.find_program", lambda: Path("/bin/false"))
    with Sandbox() as sandbox:
        reading = sandbox.read(pdf_of(drawn()), "x.pdf")
    assert reading.warnings[-1] == "página 1: el OCR falló"


@pytest.mark.usefixtures("program")
def test_when_recognition_takes_too_long_the_first_reading_stands() -> None:
    limits = Limits(wall_seconds=3, page_seconds=0)
    hard = [scanned(drawn(LINES * 8), noise=60) for _ in range(6)]
    with Sandbox(limits) as sandbox:
        reading = sandbox.read(pdf_of(*hard), "x.pdf")
    assert reading.warnings[0] == "páginas sin texto: 1-6 (parecen escaneadas)"
    assert "OCR" in reading.warnings[-1]
    assert len(reading.shapes) == 6


@pytest.mark.usefixtures("program")
def test_a_picture_of_billions_of_pixels_is_recognised_within_its_limits(
    shared_data: Path,
) -> None:
    path = shared_data / "hostile" / "img_60k.pdf"
    with Sandbox(Limits(memory_bytes=1 << 30, wall_seconds=30)) as sandbox:
        reading = sandbox.read(path.read_bytes(), path.name)
        assert 50_000_000 < sandbox.last_peak < 1 << 30
    assert reading.scans == (1,)
    assert "OCR" in reading.warnings[-1]


def words_on(reading: Reading, page: int) -> Counter[str]:
    parts = [part for block in reading.blocks for part in block.parts if part.page == page]
    return Counter(re.findall(r"\w+", " ".join(part.text for part in parts)))


def test_the_scanned_note_has_its_words_and_its_timetable(program: Path, shared_data: Path) -> None:
    path = shared_data / "nota" / "nota_1col.pdf"
    exact = read_pdf(path.read_bytes(), path.name)
    page = pdfium.PdfDocument(path)[4]
    image = page.render(scale=200 / 72, grayscale=True).to_pil().convert("L")
    reading = reread(pdf_of(scanned(image)), program, 1)
    wanted, found = words_on(exact, 5), words_on(reading, 1)
    assert (wanted & found).total() >= 0.99 * wanted.total()
    accented = Counter({w: n for w, n in wanted.items() if set(w) & set("áéíóúñ")})
    assert accented.total() > 20
    assert (accented & found).total() == accented.total()
    times = [b.text.split(" ")[0] for b in reading.blocks if b.kind is BlockKind.AGENDA_ITEM]
    assert times == ["10:30-10:40", "10:40-11:00", "11:00-11:20", "11:20-11:55", "11:55-12:00"]


def test_boxes_of_a_turned_page_are_put_back_on_it() -> None:
    box = Box(1, 10, 20, 110, 30)
    assert Pose(0, 0.0, 595, 842).on_page(box) == box
    assert Pose(1, 0.0, 842, 595).on_page(box) == Box(1, 20, 732, 30, 832)
    assert Pose(2, 0.0, 595, 842).on_page(box) == Box(1, 485, 812, 585, 822)
    assert Pose(3, 0.0, 842, 595).on_page(box) == Box(1, 565, 10, 575, 110)
    slanted = Pose(0, -1.0, 595, 842).on_page(Box(1, 0, 421, 595, 421))
    assert (slanted.y0, slanted.y1) == pytest.approx((415.8, 426.2), abs=0.1)


def test_no_page_is_drawn_with_more_than_forty_million_pixels() -> None:
    assert scale_of(595, 842) == pytest.approx(300 / 72)
    assert scale_of(59.5, 84.2) == pytest.approx(3_500 / 84.2)  # a page in units of its own
    assert scale_of(2_480, 3_508) == pytest.approx(3_500 / 3_508)  # pixels taken for points
    for width, height in ((200_000, 200_000), (1_400, 1_400), (1, 5_000), (0, 0)):
        scale = scale_of(width, height)
        assert width * height * scale * scale <= 40_000_001


def test_skew_is_measured_to_a_fifth_of_a_degree() -> None:
    image = drawn(LINES * 4)
    assert skew(image) == 0.0
    for angle in (-4.0, -0.5, 2.0):
        assert skew(scanned(image, angle)) == pytest.approx(-angle, abs=0.2)


def test_the_frames_of_a_table_are_found_in_its_picture() -> None:
    image = drawn()
    pen = ImageDraw.Draw(image)
    pen.rectangle((150, 1_000, 1_450, 1_400), outline=0, width=3)
    pen.line((150, 1_200, 1_450, 1_200), fill=0, width=3)
    found = sorted(ruled_lines(image))
    level = [segment for segment in found if segment[1] == segment[3]]
    assert [segment[1] for segment in level] == pytest.approx([1_000, 1_200, 1_400], abs=4)
    assert [segment[0] for segment in found if segment[0] == segment[2]] == pytest.approx(
        [150, 1_450], abs=4
    )


PAGE = """
<div class='ocr_carea' id='block_1_1' title="bbox 10 10 300 40">
<span class='ocr_line' id='line_1_1' title="bbox 10 10 300 40; baseline 0.01 -5; x_size 30">
<span class='ocrx_word' id='word_1_1' title='bbox 10 10 100 40; x_wconf 96'>&quot;Niños</span>
<span class='ocrx_word' id='w2' title='bbox 110 10 300 40; x_wconf 42'><strong>sí</strong></span>
<span class='ocrx_word' id='word_1_3' title='bbox 310 10 320 40; x_wconf 9'> </span></span></div>
"""


def test_words_are_taken_from_hocr_with_their_baseline() -> None:
    words = list(parse_hocr(PAGE))
    assert [(word.text, word.confidence) for word in words] == [('"Niños', 0.96), ("sí", 0.42)]
    assert words[0].baseline == pytest.approx(35.45)
    assert (words[1].size, words[1].line, words[1].block) == (30, 1, 1)


def seen(text: str, x: float, y: float, line: int) -> OcrWord:
    return OcrWord(text, x, y - 20, x + 10 * len(text), y, y, 30, 0.9, line, 1)


def test_overlooked_cells_are_put_beside_their_rows() -> None:
    words = [seen("Organismo", 300, 100, 1), seen("Naciones", 300, 140, 2), seen("Pie", 10, 900, 3)]
    others = [seen("ONU", 10, 141, 1), seen("17", 600, 99, 2)]
    ordered = in_reading_order(words, others)
    assert [word.text for word in ordered] == ["Organismo", "17", "ONU", "Naciones", "Pie"]
    assert [word.line for word in ordered] == [1, 2, 3, 4, 5]


def test_signs_that_are_known_to_be_misread_are_mended() -> None:
    words = [seen("»", 10, 100, 1), seen("Salud", 40, 100, 1), seen("alberti(Vun.org", 10, 140, 2)]
    words += [seen("grupo(s)", 10, 180, 3), seen("+", 200, 180, 3)]
    texts = [word.text for word in mended_signs(words)]
    assert texts == ["•", "Salud", "alberti@un.org", "grupo(s)", "+"]
