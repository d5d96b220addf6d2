"""Damaged text layers, spaced-out letters, stamps and watermarks: found, mended or kept apart."""

import io
from collections.abc import Sequence

import pytest
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from ingest.errors import Encrypted
from ingest.pdf.lines import Word
from ingest.pdf.reader import read_pdf
from ingest.pdf.repair import damaged_pages, is_unreadable, mend, mend_without_ocr, suspects
from search.documents import Reading

PROSE = (
    "La identificación de los beneficiarios y la gestión de los recursos financieros son tareas de "
    "la institución, que define y clasifica los trámites oficiales de la ciudadanía. "
)


def word(text: str, x0: float, x1: float, base: float = 100, hyphen: bool = False) -> Word:
    return Word(1, text, x0, x1, base, 10, False, True, hyphen)


def row(text: str, base: float = 100) -> list[Word]:
    """Words of one line, five points a letter."""
    words, x = [], 0.0
    for piece in text.split():
        words.append(word(piece, x, x + 5 * len(piece), base))
        x += 5 * len(piece) + 5
    return words


def spaced(text: str, gap: float = 3, between: float = 9) -> list[Word]:
    """Words drawn letter by letter."""
    words, x = [], 0.0
    for piece in text.split():
        for letter in piece:
            words.append(word(letter, x, x + 5))
            x += 5 + gap
        x += between - gap
    return words


def texts(words: Sequence[Word]) -> list[str]:
    return [word.text for word in words]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("La codi\ufffdcación de o\ufffdcios", ("codi\ufffdcación", "o\ufffdcios")),
        ("una ges:ón eficaz", ("ges:ón",)),
        ("del finalizado.El plan y dela casa", ("finalizado.El", "dela")),
        ("servicios,trámites y yCrédito", ("servicios,trámites", "yCrédito")),
        ("administraciónpúblicaparaeldesarrollo", ("administraciónpúblicaparaeldesarrollo",)),
        ("una infor- mación y la g e s t i ó n", ("infor- mación", "g e s t i ó n")),
        ("InformaciÃ³n", ("InformaciÃ³n",)),
        ("Clave \ue010\ue011 dos veces \ue010\ue011", ("\ue010\ue011",)),
    ],
)
def test_words_that_look_damaged_are_named(text: str, found: tuple[str, ...]) -> None:
    assert suspects(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "A las 10:30 hrs., 10:30-11:00; de 9:00 a 12:00",
        "https://www.un.org/es/datos?x=1,dos y cristina.rodriguez@un.org, www.boe.es",
        "Los campos accrualPeriodicity, dct:title y fechaInicio del archivo.csv y Guia.Docx",
        "EE.UU., S.A., art. 3.º, p. ej., Sr. Zhu, A/RES/70/1 y E/C.16/2018/5",
        "pre- y posgrado, corto- o medianoplazo; la reforma -según dicen- avanza; macro- y micro",
        "L M M J V S D | E F M A M | N 0 0 0 1 0 0",
        "electroencefalografista, alumno(s), I+D, y/o, QR, iPad, McDonald, UNDESA, eGobierno",
        "policía;⁴⁹ Constitución;⁹⁵ «título»¹",
        "• uno ▪ dos □ tres \uf0b7 cuatro",
    ],
)
def test_codes_times_and_addresses_are_not_suspect(text: str) -> None:
    assert suspects(text) == ()


def test_a_document_with_an_odd_word_or_two_is_not_damaged() -> None:
    clean = (PROSE * 10).split()
    assert damaged_pages({1: clean, 2: [*clean, "codi\ufffdcar", "ges:ón"]}) == frozenset()
    metadata = [*clean, "dct:title", "dct:type", "foaf:name", "skos:note", "xsd:date"]
    assert damaged_pages({1: metadata}) == frozenset()


def test_pages_with_damaged_words_are_named() -> None:
    clean = (PROSE * 10).split()
    broken = [word.replace("ti", ":").replace("fi", ":") for word in clean]
    assert damaged_pages({1: clean, 2: [*clean, *["codi\ufffdcar"] * 4]}) == {2}
    assert damaged_pages({1: broken, 2: broken}) == {1, 2}
    many = [*clean, *["codi\ufffdcar"] * 12]
    assert damaged_pages({1: many, 2: [*clean, "de\ufffdne"], 3: clean}) == {1, 2}


def test_a_document_without_a_common_pair_of_letters_has_lost_it() -> None:
    lost = (PROSE * 40).replace("fi", " ").split()
    assert damaged_pages({1: lost, 2: ["Anexo"]}) == {1}


def test_a_page_of_codes_is_unreadable() -> None:
    assert is_unreadable(["\ue001\ue002\ue003\ue004"] * 10)
    assert not is_unreadable(["\uf0b7", *PROSE.split()])


def test_letters_set_apart_are_put_together() -> None:
    assert texts(mend_without_ocr(spaced("R E S U M E N".replace(" ", "")))) == ["RESUMEN"]
    assert texts(mend_without_ocr(spaced("PLAN DE GESTIÓN"))) == ["PLAN", "DE", "GESTIÓN"]
    closed = mend_without_ocr(spaced("ANEXO"))
    assert (closed[0].x0, closed[0].x1) == (0, 37)


def test_cells_of_single_letters_stay_apart() -> None:
    assert texts(mend_without_ocr(spaced("LMMJVSD"))) == list("LMMJVSD")
    assert texts(mend_without_ocr(spaced("EFMAMJ", gap=14))) == list("EFMAMJ")
    assert texts(mend_without_ocr(row("a e o u"))) == ["a", "e", "o", "u"]


def test_numbers_of_lists_in_a_symbol_font_are_read() -> None:
    assert texts(mend_without_ocr([word("\uf031\uf032\uf02e", 0, 20)])) == ["12."]


def test_only_damaged_words_are_replaced() -> None:
    own = row("La ges:ón de la o cina central")
    seen = row("La gestión dc la oficina centrai")
    seen = [word(w.text, o.x0, o.x1) for w, o in zip(seen[:4], own[:4], strict=True)]
    seen += [word("oficina", own[4].x0, own[5].x1), word("centrai", own[6].x0, own[6].x1)]
    mended, count = mend(own, seen)
    assert texts(mended) == ["La", "gestión", "de", "la", "oficina", "central"]
    assert count == 3
    assert (mended[4].x0, mended[4].x1) == (own[4].x0, own[5].x1)


def test_what_is_recognised_elsewhere_or_unlike_changes_nothing() -> None:
    own = row("La ges:ón de la codi\ufffdcación")
    far = [word("gestión", own[1].x0, own[1].x1, base=130)]
    unlike = [word("xyzw", own[4].x0, own[4].x1)]
    mended, count = mend(own, [*far, *unlike])
    assert (mended, count) == (tuple(own), 0)


def test_a_glued_string_is_parted_where_the_picture_parts_it() -> None:
    text = "administraciónpúblicaparaeldesarrollo"
    own = [word(text, 0, 185)]
    seen = row("administración pública para el desarrollo")
    mended, count = mend(own, seen)
    assert texts(mended) == ["administración", "pública", "para", "el", "desarrollo"]
    assert count == 1


def page_with(draw: object, pages: int = 1) -> Reading:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=True)
    for _ in range(pages):
        canvas.setFont("Helvetica", 11)
        for number in range(20):
            canvas.drawString(
                72, 700 - 16 * number, "El plan de gobierno abierto se revisa cada año"
            )
        draw(canvas)  # type: ignore[operator]
        canvas.showPage()
    canvas.save()
    return read_pdf(stream.getvalue(), "x.pdf")


def text_of(reading: Reading) -> str:
    return " ".join(block.text for block in reading.blocks)


def watermark(canvas: Canvas) -> None:
    canvas.saveState()
    canvas.translate(150, 350)
    canvas.rotate(45)
    canvas.setFont("Helvetica-Bold", 60)
    canvas.drawString(0, 0, "BORRADOR")
    canvas.restoreState()


def level_watermark(canvas: Canvas) -> None:
    canvas.setFont("Helvetica-Bold", 60)
    canvas.drawString(100, 500, "COPIA")


def margin(canvas: Canvas) -> None:
    canvas.saveState()
    canvas.translate(30, 200)
    canvas.rotate(90)
    canvas.setFont("Helvetica", 8)
    canvas.drawString(0, 0, "cve: BOE-A-2024-1234")
    canvas.restoreState()


def signature(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 8)
    lines = (
        "Firmado digitalmente por REGISTRO GENERAL",
        "DN: cn=REGISTRO GENERAL, c=AR",
        "Fecha: 2024.03.01 10:20:30 -03'00'",
    )
    for number, text in enumerate(lines):
        canvas.drawString(350, 200 - 10 * number, text)


@pytest.mark.parametrize(
    ("draw", "dropped"),
    [
        (watermark, ("BORRADOR",)),
        (level_watermark, ("COPIA",)),
        (margin, ("cve: BOE-A-2024-1234",)),
        (
            signature,
            (
                "Firmado digitalmente por REGISTRO GENERAL",
                "DN: cn=REGISTRO GENERAL, c=AR",
                "Fecha: 2024.03.01 10:20:30 -03'00'",
            ),
        ),
    ],
)
def test_stamps_stay_out_of_the_text_and_are_listed(draw: object, dropped: tuple[str, ...]) -> None:
    reading = page_with(draw)
    assert reading.shapes[0].dropped == dropped
    assert text_of(reading) == " ".join(["El plan de gobierno abierto se revisa cada año"] * 20)


def test_a_large_word_at_one_place_on_most_pages_is_a_watermark() -> None:
    def beside(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 40)
        canvas.drawString(100, 250, "CONFIDENCIAL")

    assert "CONFIDENCIAL" in text_of(page_with(beside))
    reading = page_with(beside, pages=3)
    assert [shape.dropped for shape in reading.shapes] == [("CONFIDENCIAL",)] * 3
    assert "CONFIDENCIAL" not in text_of(reading)


def test_a_sentence_about_signatures_is_no_signature() -> None:
    def sentence(canvas: Canvas) -> None:
        canvas.drawString(72, 700 - 16 * 20, "firmado digitalmente por el titular del área y")
        canvas.drawString(72, 700 - 16 * 21, "publicado en el sitio del organismo.")

    reading = page_with(sentence)
    assert reading.shapes[0].dropped == ()
    assert "revisa cada año firmado digitalmente por el titular del área" in text_of(reading)


def locked(user: str, owner: str) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, invariant=True)
    canvas.drawString(72, 700, "El plan de gobierno")
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(stream))
    writer.encrypt(user, owner, algorithm="AES-256")
    sealed = io.BytesIO()
    writer.write(sealed)
    return sealed.getvalue()


def test_a_file_locked_only_against_changes_is_read() -> None:
    assert text_of(read_pdf(locked("", "dueño"), "x.pdf")) == "El plan de gobierno"
    with pytest.raises(Encrypted, match="pide una contraseña para abrirse"):
        read_pdf(locked("secreta", "dueño"), "x.pdf")
