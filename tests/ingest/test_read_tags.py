"""Tagged PDF files to blocks: what the structure tree says of tables, notes, lists and joins."""

import io
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NumberObject,
)

from ingest.pdf.reader import read_pdf
from search.documents import Block, BlockKind, Reading

WIDTH, HEIGHT = 600, 800
ARTIFACT = -1
Text: TypeAlias = tuple[float, float, str, int]
"""x, y from the top, the text, and the number of its marked content (or `ARTIFACT`)."""
Element: TypeAlias = tuple[str, list["Element | tuple[int, int]"]]
"""A role, and children: elements, or the page and number of marked content."""


def tagged(pages: Sequence[Sequence[Text]], *tree: Element, size: float = 10) -> bytes:
    """A tagged PDF with these texts and this structure tree."""
    writer = PdfWriter()
    marked: dict[tuple[int, int], IndirectObject] = {}
    for number, texts in enumerate(pages, start=1):
        page = writer.add_blank_page(WIDTH, HEIGHT)
        page[NameObject("/Resources")] = _resources()
        page[NameObject("/StructParents")] = NumberObject(number)
        stream = DecodedStreamObject()
        stream.set_data("\n".join(_drawn(text, size) for text in texts).encode("cp1252"))
        page[NameObject("/Contents")] = writer._add_object(stream)
    root = DictionaryObject({NameObject("/Type"): NameObject("/StructTreeRoot")})
    reference = writer._add_object(root)
    kids = [_element(writer, element, reference, marked) for element in tree]
    root[NameObject("/K")] = ArrayObject(kids)
    root[NameObject("/ParentTree")] = DictionaryObject(
        {NameObject("/Nums"): ArrayObject(_parents(len(pages), marked))}
    )
    writer.root_object[NameObject("/StructTreeRoot")] = reference
    writer.root_object[NameObject("/MarkInfo")] = DictionaryObject(
        {NameObject("/Marked"): BooleanObject(True)}
    )
    data = io.BytesIO()
    writer.write(data)
    return data.getvalue()


def _resources() -> DictionaryObject:
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
            NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): font})
    return DictionaryObject({NameObject("/Font"): fonts})


def _drawn(text: Text, size: float) -> str:
    x, y, words, number = text
    mark = "/Artifact BMC" if number == ARTIFACT else f"/P <</MCID {number}>> BDC"
    return f"{mark} BT /F1 {size} Tf {x} {HEIGHT - y} Td ({words}) Tj ET EMC"


def _element(
    writer: PdfWriter,
    element: Element,
    parent: IndirectObject,
    marked: dict[tuple[int, int], IndirectObject],
) -> IndirectObject:
    role, children = element
    made = DictionaryObject({NameObject("/S"): NameObject(f"/{role}"), NameObject("/P"): parent})
    reference = writer._add_object(made)
    kids = ArrayObject()
    for child in children:
        if isinstance(child[0], str):
            kids.append(_element(writer, child, reference, marked))
            continue
        page, number = child
        marked[int(page), int(number)] = reference
        kids.append(
            DictionaryObject(
                {
                    NameObject("/Type"): NameObject("/MCR"),
                    NameObject("/Pg"): writer.pages[int(page) - 1].indirect_reference,
                    NameObject("/MCID"): NumberObject(number),
                }
            )
        )
    made[NameObject("/K")] = kids
    return reference


def _parents(pages: int, marked: dict[tuple[int, int], IndirectObject]) -> Iterator[FloatObject]:
    for page in range(1, pages + 1):
        numbers = {number: parent for (at, number), parent in marked.items() if at == page}
        last = max(numbers, default=-1)
        yield NumberObject(page)
        yield ArrayObject(numbers[number] for number in range(last + 1))


def read(data: bytes) -> Reading:
    return read_pdf(data, "a.pdf")


def shown(blocks: Sequence[Block]) -> list[tuple[str, int, str]]:
    return [(block.kind.value, block.level, block.text) for block in blocks]


LONG = "Una frase que llena el renglón del documento de un borde hasta el otro borde de la hoja y"


def test_the_rows_and_cells_of_a_tagged_table_come_from_its_tags() -> None:
    texts = [
        (60, 100, "Actividad", 0),
        (200, 100, "Responsable de la actividad", 1),
        (60, 120, "Mapa de", 2),
        (60, 132, "actores", 3),
        (200, 120, "Equipo local", 4),
        (60, 150, "Cierre", 5),
    ]
    rows: list[Element] = [
        ("TR", [("TH", [("P", [(1, 0)])]), ("TH", [("P", [(1, 1)])])]),
        ("TR", [("TD", [("P", [(1, 2), (1, 3)])]), ("TD", [("P", [(1, 4)])])]),
        ("TR", [("TD", [("P", [(1, 5)])]), ("TD", [("P", [])])]),
    ]
    blocks = read(tagged([texts], ("Document", [("Table", list(rows))]))).blocks
    assert [(block.kind, block.header, block.text) for block in blocks] == [
        (BlockKind.TABLE_ROW, "", "Actividad | Responsable de la actividad"),
        (BlockKind.TABLE_ROW, blocks[0].text, "Mapa de actores | Equipo local"),
        (BlockKind.TABLE_ROW, blocks[0].text, "Cierre"),
    ]


def test_a_table_that_only_lays_out_the_page_is_read_as_text() -> None:
    texts = [(60, 100, "Naciones Unidas", 0), (350, 100, "E/2025/12", 1)]
    row: Element = ("TR", [("TD", [("P", [(1, 0)])]), ("TD", [("P", [(1, 1)])])])
    assert shown(read(tagged([texts], ("Table", [row]))).blocks) == [
        ("paragraph", 0, "Naciones Unidas"),
        ("paragraph", 0, "E/2025/12"),
    ]


def test_a_tagged_note_leaves_the_text_whatever_its_size() -> None:
    texts = [
        (60, 100, "El marco se adopta en la reunión anual.", 0),
        (60, 130, "1 Resolución de la Asamblea General.", 1),
        (60, 160, "Otro párrafo cierra la hoja.", 2),
    ]
    tree: Element = ("Document", [("P", [(1, 0)]), ("Note", [("P", [(1, 1)])]), ("P", [(1, 2)])])
    assert shown(read(tagged([texts], tree)).blocks) == [
        ("paragraph", 0, "El marco se adopta en la reunión anual."),
        ("paragraph", 0, "Otro párrafo cierra la hoja."),
        ("footnote", 0, "¹ Resolución de la Asamblea General."),
    ]


def test_what_the_file_says_is_no_part_of_it_is_dropped_at_the_edges_only() -> None:
    texts = [
        (60, 30, "Encabezado de la hoja", ARTIFACT),
        (60, 200, "Texto de la hoja.", 0),
        (60, 400, "Marcado por error.", ARTIFACT),
        (300, 780, "iv", ARTIFACT),
    ]
    reading = read(tagged([texts], ("P", [(1, 0)])))
    assert [block.text for block in reading.blocks] == ["Texto de la hoja.", "Marcado por error."]
    assert reading.shapes[0].dropped == ("Encabezado de la hoja", "iv")
    assert reading.running == ("Encabezado de la hoja",)


def test_one_element_is_one_paragraph_over_a_page_and_what_stands_between() -> None:
    first = [(60, 700, LONG, 0), (60, 730, "Una nota al margen del texto.", 1)]
    second = [(60, 100, "Sigue con mayúscula en la hoja siguiente.", 0)]
    tree: Element = ("Document", [("P", [(1, 0), (2, 0)]), ("P", [(1, 1)])])
    blocks = read(tagged([first, second], tree)).blocks
    assert shown(blocks) == [
        ("paragraph", 0, f"{LONG} Sigue con mayúscula en la hoja siguiente."),
        ("paragraph", 0, "Una nota al margen del texto."),
    ]
    assert [part.page for part in blocks[0].parts] == [1, 2]


def test_lists_in_lists_keep_their_depth() -> None:
    texts = [
        (60, 100, "Primer tema", 0),
        (80, 115, "Tema de dentro", 1),
        (60, 130, "Segundo tema", 2),
    ]
    inner: Element = ("L", [("LI", [("LBody", [(1, 1)])])])
    outer: Element = (
        "L",
        [("LI", [("LBody", [(1, 0)]), inner]), ("LI", [("LBody", [(1, 2)])])],
    )
    assert shown(read(tagged([texts], outer)).blocks) == [
        ("list_item", 0, "Primer tema"),
        ("list_item", 1, "Tema de dentro"),
        ("list_item", 0, "Segundo tema"),
    ]


def test_tagged_headings_and_captions_need_no_other_look() -> None:
    texts = [
        (60, 100, "Antecedentes", 0),
        (60, 120, "El texto de los antecedentes.", 1),
        (60, 150, "Alcance", 2),
        (60, 170, "Avance por región", 3),
        (60, 190, "Otro texto del documento que es algo más largo que los títulos.", 4),
    ]
    tree: Element = (
        "Document",
        [
            ("H1", [(1, 0)]),
            ("P", [(1, 1)]),
            ("H2", [(1, 2)]),
            ("Caption", [(1, 3)]),
            ("P", [(1, 4)]),
        ],
    )
    assert shown(read(tagged([texts], tree)).blocks) == [
        ("heading", 1, "Antecedentes"),
        ("paragraph", 0, "El texto de los antecedentes."),
        ("heading", 2, "Alcance"),
        ("caption", 0, "Avance por región"),
        ("paragraph", 0, "Otro texto del documento que es algo más largo que los títulos."),
    ]


def test_a_page_tagged_as_one_paragraph_is_read_by_its_looks() -> None:
    texts = [
        (60, 100, "Un párrafo corto.", 0),
        (60, 160, "Otro, lejos del primero.", 1),
    ]
    assert shown(read(tagged([texts], ("P", [(1, 0), (1, 1)]))).blocks) == [
        ("paragraph", 0, "Un párrafo corto."),
        ("paragraph", 0, "Otro, lejos del primero."),
    ]


def test_a_tree_deeper_than_any_honest_one_is_not_read() -> None:
    element: Element = ("H1", [(1, 0)])
    for _ in range(60):
        element = ("Sect", [element])
    blocks = read(tagged([[(60, 100, "Texto de la hoja", 0)]], element)).blocks
    assert shown(blocks) == [("paragraph", 0, "Texto de la hoja")]


def test_the_made_files_are_whole() -> None:
    data = tagged([[(60, 100, "Hola", 0)]], ("P", [(1, 0)]))
    assert PdfReader(io.BytesIO(data)).pages[0].extract_text() == "Hola"
