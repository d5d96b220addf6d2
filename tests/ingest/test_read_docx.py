"""What Word shows but does not write into its paragraphs: numbers, changes, notes, boxes."""

import io

import pytest
from docx import Document as new_docx
from docx.document import Document as Docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt

from ingest.readers.docx import read_docx
from search.documents import Reading

Row = tuple[str, int, str]
W = nsdecls("w")


def rows(reading: Reading) -> list[Row]:
    return [(block.kind.value, block.level, block.text) for block in reading.blocks]


def headed(reading: Reading) -> list[tuple[str, str]]:
    return [(block.text, block.header) for block in reading.blocks]


def read(file: Docx) -> Reading:
    stream = io.BytesIO()
    file.save(stream)
    return read_docx(stream.getvalue(), "prueba.docx")


def add(file: Docx, body: str, form: str = "") -> None:
    """A paragraph of raw WordprocessingML at the end of the body."""
    element = parse_xml(f"<w:p {W}><w:pPr>{form}</w:pPr>{body}</w:p>")
    file.element.body.insert(len(file.element.body) - 1, element)


def run(text: str, form: str = "") -> str:
    return f"<w:r><w:rPr>{form}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"


def level(depth: int, style: str, pattern: str, extra: str = "", start: int = 1) -> str:
    return (
        f"<w:lvl w:ilvl='{depth}'><w:start w:val='{start}'/><w:numFmt w:val='{style}'/>{extra}"
        f"<w:lvlText w:val='{pattern}'/></w:lvl>"
    )


def numbered(lists: dict[int, str], uses: dict[int, tuple[int, str]]) -> Docx:
    """A file with these list definitions, and these uses of them with their overrides."""
    file = new_docx()
    sheet = file.part.numbering_part.element
    for child in list(sheet):
        sheet.remove(child)
    for key, levels in lists.items():
        sheet.append(
            parse_xml(f"<w:abstractNum {W} w:abstractNumId='{key}'>{levels}</w:abstractNum>")
        )
    for use, (key, override) in uses.items():
        sheet.append(
            parse_xml(
                f"<w:num {W} w:numId='{use}'><w:abstractNumId w:val='{key}'/>{override}</w:num>"
            )
        )
    return file


def item(file: Docx, text: str, use: int, depth: int = 0) -> None:
    place = f"<w:numPr><w:ilvl w:val='{depth}'/><w:numId w:val='{use}'/></w:numPr>"
    add(file, run(text), place)


def restart(depth: int, start: int) -> str:
    return f"<w:lvlOverride w:ilvl='{depth}'><w:startOverride w:val='{start}'/></w:lvlOverride>"


def test_numbers_of_headings_come_from_the_lists_behind_their_styles() -> None:
    levels = level(0, "decimal", "%1.", "<w:pStyle w:val='Heading1'/>")
    levels += level(1, "decimal", "%1.%2", "<w:pStyle w:val='Heading2'/>")
    file = numbered({1: levels}, {1: (1, "")})
    for name in ("Heading 1", "Heading 2"):
        form = file.styles[name].element.get_or_add_pPr()
        form.append(parse_xml(f"<w:numPr {W}><w:numId w:val='1'/></w:numPr>"))
    for text, depth in (("Marco", 1), ("Fines", 2), ("Medios", 2), ("Plan", 1), ("Metas", 2)):
        file.add_heading(text, depth)
    add(
        file,
        run("Sin número"),
        "<w:pStyle w:val='Heading2'/><w:numPr><w:numId w:val='0'/></w:numPr>",
    )
    assert rows(read(file)) == [
        ("heading", 1, "1. Marco"),
        ("heading", 2, "1.1 Fines"),
        ("heading", 2, "1.2 Medios"),
        ("heading", 1, "2. Plan"),
        ("heading", 2, "2.1 Metas"),
        ("heading", 2, "Sin número"),
    ]


def test_lists_count_restart_and_go_on_as_word_does() -> None:
    file = numbered(
        {
            1: level(0, "decimal", "%1)", start=9) + level(1, "lowerLetter", "%2)"),
            2: level(0, "bullet", "•") + level(1, "lowerRoman", "(%2)"),
        },
        {1: (1, ""), 2: (1, restart(0, 1)), 3: (2, "")},
    )
    for text, use, depth in (
        ("nueve", 1, 0),
        ("a", 1, 1),
        ("diez", 1, 0),
        ("otra a", 1, 1),
        ("uno", 2, 0),
        ("sigue", 1, 0),
        ("viñeta", 3, 0),
        ("romano", 3, 1),
        ("", 3, 1),
        ("tercero", 3, 1),
    ):
        item(file, text, use, depth)
    assert rows(read(file)) == [
        ("list_item", 0, "9) nueve"),
        ("list_item", 1, "a) a"),
        ("list_item", 0, "10) diez"),
        ("list_item", 1, "a) otra a"),
        ("list_item", 0, "1) uno"),
        ("list_item", 0, "2) sigue"),
        ("list_item", 0, "viñeta"),
        ("list_item", 1, "(i) romano"),
        ("list_item", 1, "(iii) tercero"),
    ]


def test_articles_go_on_over_chapters_and_legal_numbers_are_arabic() -> None:
    levels = level(0, "upperRoman", "Capítulo %1")
    levels += level(1, "decimal", "Artículo %2.", "<w:lvlRestart w:val='0'/>")
    levels += level(2, "decimal", "%1.%3", "<w:isLgl/>")
    file = numbered({1: levels}, {1: (1, "")})
    for text, depth in (("Fines", 0), ("Uno.", 1), ("Medios", 0), ("Dos.", 1), ("Inciso.", 2)):
        item(file, text, 1, depth)
    assert rows(read(file)) == [
        ("heading", 1, "Capítulo I Fines"),
        ("list_item", 1, "Artículo 1. Uno."),
        ("heading", 1, "Capítulo II Medios"),
        ("list_item", 1, "Artículo 2. Dos."),
        ("list_item", 2, "2.1 Inciso."),
    ]


def test_tracked_changes_are_read_as_accepted() -> None:
    file = new_docx()
    mark = "w:id='1' w:author='x'"
    add(file, run("Un párrafo "), f"<w:rPr><w:del {mark}/></w:rPr>")
    add(file, f"<w:moveFrom {mark}>{run('movido')}</w:moveFrom>{run('unido')}")
    add(file, f"<w:moveTo {mark}>{run('Movido')}</w:moveTo>")
    add(file, f"<w:del {mark}><w:r><w:delText>Nada</w:delText></w:r></w:del>")
    old = "<w:pPr><w:numPr><w:numId w:val='1'/></w:numPr></w:pPr>"
    add(file, run("No es lista"), f"<w:pPrChange {mark}>{old}</w:pPrChange>")
    table = file.add_table(3, 2)
    for cell, text in zip(table._cells, "abcdef", strict=True):
        cell.text = text
    table.rows[1]._tr.get_or_add_trPr().append(parse_xml(f"<w:del {W} {mark}/>"))
    assert rows(read(file)) == [
        ("paragraph", 0, "Un párrafo unido"),
        ("paragraph", 0, "Movido"),
        ("paragraph", 0, "No es lista"),
        ("table_row", 0, "a | b"),
        ("table_row", 0, "e | f"),
    ]


def field(instruction: str, result: str) -> str:
    kinds = ("begin", "separate", "end")
    begin, middle, end = (f"<w:r><w:fldChar w:fldCharType='{kind}'/></w:r>" for kind in kinds)
    return f"{begin}<w:r><w:instrText>{instruction}</w:instrText></w:r>{middle}{result}{end}"


def test_fields_show_their_results_and_contents_lists_are_left_out() -> None:
    file = new_docx()
    file.add_heading("Índice", 1)
    begin, result, end = field(" TOC \\o ", "|").partition("|")
    add(file, begin + run("Marco") + "<w:r><w:tab/></w:r>" + run("3"))
    add(file, run("Plan 5") + end)
    add(file, run("Anexos ............ 9"))
    file.add_heading("Marco", 1)
    nested = field("IF " + field("MERGEFIELD x", run("no")) + " = 1", run("Sí"))
    add(file, run("Véase ") + field("HYPERLINK 'x'", run("la guía")) + run(": ") + nested)
    add(file, f"<w:fldSimple w:instr=' SEQ Tabla '>{run('Tabla 1. Metas')}</w:fldSimple>")
    assert result == "|"
    assert rows(read(file)) == [
        ("title", 0, "Marco"),
        ("paragraph", 0, "Véase la guía: Sí"),
        ("caption", 0, "Tabla 1. Metas"),
    ]


def test_a_field_that_never_ends_hides_no_more_than_its_paragraph() -> None:
    file = new_docx()
    add(file, "<w:r><w:fldChar w:fldCharType='begin'/></w:r>" + run("perdido"))
    add(file, run("a salvo"))
    assert rows(read(file)) == [("paragraph", 0, "a salvo")]


def test_signs_equations_and_prompts() -> None:
    file = new_docx()
    m = "xmlns:m='http://schemas.openxmlformats.org/officeDocument/2006/math'"
    square = (
        "<m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>"
    )
    half = "<m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>"
    arrow = "<w:r><w:sym w:font='Wingdings' w:char='F0E0'/></w:r>"
    alpha = "<w:r><w:sym w:font='Symbol' w:char='F061'/></w:r>"
    hyphen = "<w:r><w:t>ex</w:t><w:noBreakHyphen/><w:t>ante</w:t><w:softHyphen/></w:r>"
    add(file, f"{run('A ')}{arrow}{run(' ')}{alpha}{run(' ')}{hyphen}")
    add(file, f"<m:oMath {m}>{square}<m:r><m:t>+</m:t></m:r>{half}</m:oMath>")
    prompt = "<w:sdtPr><w:showingPlcHdr/></w:sdtPr>"
    add(
        file,
        f"{run('Sede: ')}<w:sdt>{prompt}<w:sdtContent>{run('Haga clic')}</w:sdtContent></w:sdt>",
    )
    assert [text for _, _, text in rows(read(file))] == ["A → α ex-ante", "x²+1/2", "Sede:"]


def test_headers_and_footers_run_without_their_page_numbers() -> None:
    file = new_docx()
    section = file.sections[0]
    section.header.paragraphs[0].text = "A/78/354"
    footer = section.footer.paragraphs[0]
    footer.text = "Página "
    footer._p.extend(
        parse_xml(
            f"<w:p {W}>{field('PAGE', run('3'))}{run(' de ')}{field('NUMPAGES', run('9'))}</w:p>"
        )
    )
    section.footer.add_paragraph("A/78/354")
    section.footer.add_paragraph("Naciones Unidas")
    file.add_paragraph("Texto")
    reading = read(file)
    assert rows(reading) == [("paragraph", 0, "Texto")]
    assert reading.running == ("A/78/354", "Naciones Unidas")


def with_notes(file: Docx, kind: str, notes: str) -> None:
    """Give the file footnotes or endnotes."""
    tag = kind + "s"
    media = f"application/vnd.openxmlformats-officedocument.wordprocessingml.{tag}+xml"
    blob = f"<w:{tag} {W}>{notes}</w:{tag}>".encode()
    part = Part(PackURI(f"/word/{tag}.xml"), media, blob, file.part.package)
    file.part.relate_to(part, getattr(RELATIONSHIP_TYPE, tag.upper()))


def test_notes_are_numbered_by_kind_and_may_have_marks_of_their_own() -> None:
    file = new_docx()
    for kind, texts in (("footnote", ("Pie uno", "* Con asterisco")), ("endnote", ("Final",))):
        notes = (
            f"<w:{kind} w:id='{n}'><w:p>{run(text)}</w:p></w:{kind}>"
            for n, text in enumerate(texts, start=2)
        )
        with_notes(file, kind, "".join(notes))
    own = "<w:r><w:footnoteReference w:customMarkFollows='1' w:id='3'/><w:t>*</w:t></w:r>"
    add(
        file,
        f"{run('Uno')}<w:r><w:footnoteReference w:id='2'/></w:r>{run(' dos')}"
        f"<w:r><w:endnoteReference w:id='2'/></w:r>{run(' tres')}{own}",
    )
    assert rows(read(file)) == [
        ("paragraph", 0, "Uno¹ dos[i] tres*"),
        ("footnote", 0, "¹ Pie uno"),
        ("footnote", 0, "[i] Final"),
        ("footnote", 0, "* Con asterisco"),
    ]


def test_headings_without_styles_are_levelled_by_size_capitals_and_number() -> None:
    file = new_docx()
    for text, size, bold in (
        ("Guía de gobernanza", 16, True),
        ("1. Antecedentes", 12, True),
        ("Los gobiernos locales prestan servicios a las personas.", 11, False),
        ("1.1 Marco", 12, True),
        ("Las normas que rigen los servicios son estas y otras más.", 11, False),
        ("2. Objetivos:", 12, True),
        ("Mejorar los servicios que se prestan en los municipios.", 11, False),
        ("Importante", 11, False),
        ("9:00 Registro", 12, True),
        ("Esta línea destacada termina en punto.", 12, True),
    ):
        letters = file.add_paragraph().add_run(text)
        letters.font.size, letters.bold = Pt(size), bold
    kinds = [row for row in rows(read(file)) if row[0] in ("title", "heading")]
    assert kinds == [
        ("title", 0, "Guía de gobernanza"),
        ("heading", 2, "1. Antecedentes"),
        ("heading", 3, "1.1 Marco"),
        ("heading", 2, "2. Objetivos:"),
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Título 2", ("heading", 2)),
        ("heading 3,Título CEPAL", ("heading", 3)),
        ("Título", ("title", 0)),
        ("Epígrafe", ("caption", 0)),
    ],
)
def test_names_of_styles_are_understood(name: str, expected: tuple[str, int]) -> None:
    file = new_docx()
    style = f"<w:style {W} w:type='paragraph' w:styleId='Propio'><w:name w:val='{name}'/></w:style>"
    file.styles.element.append(parse_xml(style))
    file.add_heading("Otro", 1)
    add(file, run("Texto"), "<w:pStyle w:val='Propio'/>")
    assert rows(read(file))[1] == (*expected, "Texto")


def test_a_whole_paragraph_in_a_heading_style_is_body_text() -> None:
    file = new_docx()
    file.add_heading("palabra " * 40, 2)
    assert [kind for kind, _, _ in rows(read(file))] == ["paragraph"]


def test_tables_know_their_heads_labels_sections_and_inner_tables() -> None:
    file = new_docx()
    table = file.add_table(5, 3)
    texts = (
        "Eje",
        "Metas",
        "",
        "",
        "2025",
        "2030",
        "Salud",
        "",
        "",
        "Agua",
        "1",
        "2",
        "",
        "3",
        "4",
    )
    for cell, text in zip(table._cells, texts, strict=True):
        cell.text = text
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(2, 0).merge(table.cell(2, 2))
    table.cell(3, 0).merge(table.cell(4, 0))
    inner = table.cell(4, 2).add_table(2, 2)
    for cell, text in zip(inner._cells, ("a", "b", "c", "d"), strict=True):
        cell.text = text
    head = "Eje | Metas | Eje | 2025 | 2030"
    assert headed(read(file)) == [
        ("Eje | Metas", ""),
        ("Eje | 2025 | 2030", "Eje | Metas"),
        ("Salud", head),
        ("Agua | 1 | 2", f"Salud; {head}"),
        ("Agua | 3 | 4", f"Salud; {head}"),
        ("a | b", ""),
        ("c | d", "a | b"),
    ]


def test_bold_labels_on_the_left_leave_a_table_without_heads() -> None:
    file = new_docx()
    table = file.add_table(2, 2)
    for cell, text in zip(table._cells, ("Sede", "Punta Cana", "Idioma", "Español"), strict=True):
        cell.paragraphs[0].add_run(text).bold = text in ("Sede", "Idioma")
    assert headed(read(file)) == [("Sede | Punta Cana", ""), ("Idioma | Español", "")]


def test_a_table_with_sections_in_its_cells_arranges_the_page() -> None:
    file = new_docx()
    table = file.add_table(1, 2)
    for cell, text in zip(table._cells, ("Objetivo", "Método"), strict=True):
        cell.paragraphs[0].style = file.styles["Heading 2"]
        cell.paragraphs[0].text = text
        cell.add_paragraph(f"Sobre {text.lower()}")
    assert rows(read(file)) == [
        ("heading", 2, "Objetivo"),
        ("paragraph", 0, "Sobre objetivo"),
        ("heading", 2, "Método"),
        ("paragraph", 0, "Sobre método"),
    ]


def test_line_breaks_between_times_make_rows() -> None:
    file = new_docx()
    add(
        file,
        "<w:r><w:t>10:30 Inicio</w:t><w:br/><w:t>con café</w:t><w:br/><w:t>11:00 Fin</w:t></w:r>",
    )
    assert rows(read(file)) == [
        ("agenda_item", 0, "10:30 Inicio con café"),
        ("agenda_item", 0, "11:00 Fin"),
    ]


def test_line_breaks_between_numbers_make_paragraphs() -> None:
    file = new_docx()
    add(
        file,
        "<w:r><w:t>Temas</w:t><w:br/><w:t>1 Datos</w:t><w:br/><w:t>2 Trámites</w:t></w:r>",
    )
    add(file, "<w:r><w:t>Calle 7</w:t><w:br/><w:t>90 Madrid</w:t></w:r>")
    assert [text for _, _, text in rows(read(file))] == [
        "Temas",
        "1 Datos",
        "2 Trámites",
        "Calle 7 90 Madrid",
    ]


def test_capitals_are_headings_where_nothing_else_stands_out() -> None:
    file = new_docx()
    for line in ("ANTECEDENTES", "Los gobiernos prestan servicios.", "UN DESA", "Fin del texto."):
        file.add_paragraph(line)
    assert [(kind, text) for kind, _, text in rows(read(file))] == [
        ("title", "ANTECEDENTES"),
        ("paragraph", "Los gobiernos prestan servicios."),
        ("paragraph", "UN DESA"),
        ("paragraph", "Fin del texto."),
    ]
