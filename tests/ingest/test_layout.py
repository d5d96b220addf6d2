"""Lines to blocks: running lines, notes, joins, headings, lists and timetable rows."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.pdf.furniture import PageLines
from ingest.pdf.headings import OutlineEntry
from ingest.pdf.layout import in_reading_order, lay_out
from ingest.pdf.lines import Line, Rule, Word, make_lines
from ingest.pdf.paragraphs import Group, make_block, mended, with_broken_words
from search.documents import Block, BlockKind

WIDTH, HEIGHT = 600.0, 800.0


def line(
    text: str,
    y: float,
    x: float = 60,
    x1: float | None = None,
    size: float = 10,
    bold: bool = False,
    page: int = 1,
) -> Line:
    hyphen = text.endswith("\u00ad")
    text = text.rstrip("\u00ad")
    right = x + len(text) * size / 2 if x1 is None else x1
    return Line(page, text, x, y - 8, right, y + 2, y, size, bold, True, hyphen)


def blocks(*lines: Line, outline: tuple[OutlineEntry, ...] = ()) -> tuple[Block, ...]:
    numbers = sorted({item.page for item in lines})
    pages = [
        PageLines(number, WIDTH, HEIGHT, tuple(item for item in lines if item.page == number))
        for number in numbers
    ]
    return lay_out(pages, outline).blocks


def shown(found: tuple[Block, ...]) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in found]


FULL = "Un renglón que llega hasta el borde derecho de la columna de texto y"


def test_full_lines_join_and_a_short_one_ends_the_paragraph() -> None:
    found = blocks(
        line(FULL, 200, x1=540),
        line("sigue aquí, pero acaba pronto.", 212, x1=240),
        line(FULL, 224, x1=540),
        line("termina otra vez.", 236, x1=200),
    )
    assert shown(found) == [
        ("paragraph", f"{FULL} sigue aquí, pero acaba pronto."),
        ("paragraph", f"{FULL} termina otra vez."),
    ]


def test_a_wider_gap_parts_paragraphs() -> None:
    lines = [line(FULL, 200 + 12 * row, x1=540) for row in range(4)]
    found = blocks(*lines, line(FULL, 256, x1=540))
    assert [len(block.parts[0].boxes) for block in found] == [4, 1]


def test_running_lines_go_and_printed_page_numbers_are_kept_apart() -> None:
    lines = []
    for page in (1, 2, 3):
        lines.append(line("Naciones Unidas", 40, page=page))
        lines.append(line(f"Cuerpo de la hoja {'abc'[page - 1]}.", 300, page=page))
        lines.append(line(f"Informe — Página {page + 10}", 770, page=page))
    pages = [PageLines(n, WIDTH, HEIGHT, tuple(x for x in lines if x.page == n)) for n in (1, 2, 3)]
    layout = lay_out(pages)
    assert [block.text for block in layout.blocks] == [f"Cuerpo de la hoja {x}." for x in "abc"]
    assert layout.labels == {1: "11", 2: "12", 3: "13"}
    assert layout.dropped[2] == ("Naciones Unidas", "Informe — Página 12")
    assert layout.running == ("Naciones Unidas", "Informe — Página 11")


def test_a_repeated_line_in_the_middle_of_the_page_stays() -> None:
    found = blocks(*(line("Conclusiones.", 300, page=page) for page in (1, 2, 3)))
    assert [block.text for block in found] == ["Conclusiones."] * 3


def test_a_paragraph_goes_on_over_the_page_and_the_note_leaves_it() -> None:
    found = blocks(
        line(FULL, 640, x1=540),
        line("1https://un.org/nota", 740, size=8, x1=200),
        line("regionales. Por lo tanto, es fundamental.", 100, x1=300, page=2),
    )
    assert shown(found) == [
        ("paragraph", f"{FULL} regionales. Por lo tanto, es fundamental."),
        ("footnote", "¹ https://un.org/nota"),
    ]
    assert [part.page for part in found[0].parts] == [1, 2]


def test_a_note_goes_on_in_a_line_that_starts_with_a_number() -> None:
    found = blocks(
        line(FULL, 300, x1=540),
        line("1 Leyes 18.825, 19.055 y", 740, size=8, x1=200),
        line("19.448 y otras.", 750, size=8, x1=120),
        line("2 Otra nota.", 760, size=8, x1=120),
    )
    notes = [block.text for block in found if block.kind is BlockKind.FOOTNOTE]
    assert notes == ["¹ Leyes 18.825, 19.055 y 19.448 y otras.", "² Otra nota."]


def test_a_column_that_ends_in_a_full_stop_is_not_joined_to_the_next() -> None:
    found = blocks(
        line("La primera columna acaba aquí.", 700, x1=280),
        line("La segunda empieza con otra frase.", 100, x=320, x1=540),
    )
    assert len(found) == 2


@pytest.mark.parametrize(
    ("before", "after", "words", "expected"),
    [
        ("Munici", "pios y", {}, "Municipios y"),
        ("FLA", "CMA Tema", {"flacma": 2}, "FLACMA Tema"),
        ("Rodriguez", "Acosta", {}, "Rodriguez-Acosta"),
        ("2015", "2025", {}, "2015-2025"),
        ("político", "económico", {"político-económico": 1}, "político-económico"),
        ("co", "diseñado", {}, "codiseñado"),
    ],
)
def test_a_broken_word_is_mended_as_the_document_writes_it(
    before: str, after: str, words: dict[str, int], expected: str
) -> None:
    assert mended(before, after, Counter(words)) == expected


def test_list_signs_open_items_and_bullets_go() -> None:
    found = blocks(
        line("Los temas son:", 200),
        line("• Inclusión social de grupos", 212, x1=540),
        line("vulnerables.", 224, x=70),
        line("a) Segundo tema", 236),
        line("1. Tercer tema", 248),
        line("D. Sergio Arredondo", 260),
    )
    assert shown(found) == [
        ("paragraph", "Los temas son:"),
        ("list_item", "Inclusión social de grupos vulnerables."),
        ("list_item", "a) Segundo tema"),
        ("list_item", "1. Tercer tema"),
        ("paragraph", "D. Sergio Arredondo"),
    ]


def test_headings_are_told_by_size_boldness_and_numbering() -> None:
    body = [line(FULL, 400 + 12 * row, x1=540) for row in range(4)]
    found = blocks(
        line("Manual de gobernanza", 120, size=20),
        line("Antecedentes", 200, size=14, bold=True),
        line(FULL, 220, x1=540),
        line("Público objetivo", 250, bold=True),
        line(FULL, 270, x1=540),
        line("2.1. Alcance del taller", 380),
        *body,
    )
    assert [
        (b.kind.value, b.level, b.text) for b in found if b.kind is not BlockKind.PARAGRAPH
    ] == [
        ("title", 0, "Manual de gobernanza"),
        ("heading", 1, "Antecedentes"),
        ("heading", 2, "Público objetivo"),
        ("heading", 3, "2.1. Alcance del taller"),
    ]


def test_the_outline_gives_headings_and_levels_that_nothing_else_shows() -> None:
    found = blocks(
        line("Alcance", 200),
        line(FULL, 230, x1=540),
        outline=(OutlineEntry(3, "1.2 Alcance", 1),),
    )
    assert (found[0].kind, found[0].level) == (BlockKind.HEADING, 3)


def test_cells_beside_each_other_are_no_headings() -> None:
    lines = [line(FULL, 400 + 12 * row, x1=540) for row in range(4)]
    found = blocks(
        line("Campo", 200, bold=True, x1=90), line("Valor", 200, x=200, bold=True, x1=230), *lines
    )
    assert [block.kind for block in found[:2]] == [BlockKind.PARAGRAPH] * 2


def test_a_time_at_the_left_edge_opens_a_row() -> None:
    found = blocks(
        line("Viernes 1 de noviembre", 200, x=180),
        line("10:30-10:40", 215, x1=120),
        line("Palabras de bienve\u00ad", 215, x=180, x1=280),
        line("nida", 227, x=180, x1=200),
        line("11:55-12:00", 245, x1=120),
        line("Conclusiones", 245, x=180, x1=240),
        line("Sala 2", 245, x=300, x1=330),
        line("Agenda sujeta a cambios", 260, x=57),
    )
    assert [(block.kind.value, block.header, block.text) for block in found] == [
        ("table_row", "", "Viernes 1 de noviembre"),
        ("agenda_item", "Viernes 1 de noviembre", "10:30-10:40 | Palabras de bienvenida"),
        ("agenda_item", "Viernes 1 de noviembre", "11:55-12:00 | Conclusiones | Sala 2"),
        ("paragraph", "", "Agenda sujeta a cambios"),
    ]


def test_inline_times_open_rows_where_several_stand_together() -> None:
    found = blocks(
        line("Jueves 31 de octubre", 200, size=12, bold=True),
        line("9h00 – 9h30 Inscripción", 230),
        line("9h30 – 10h00 Apertura a cargo de la alcaldía", 245),
        line("La reunión fue larga y tuvo lugar", 300),
    )
    assert [(block.kind.value, block.header, block.text) for block in found] == [
        ("heading", "", "Jueves 31 de octubre"),
        ("agenda_item", "Jueves 31 de octubre", "9h00 – 9h30 | Inscripción"),
        ("agenda_item", "Jueves 31 de octubre", "9h30 – 10h00 | Apertura a cargo de la alcaldía"),
        ("paragraph", "", "La reunión fue larga y tuvo lugar"),
    ]


def test_words_make_lines_cells_and_raised_marks() -> None:
    def word(text: str, x0: float, x1: float, base: float = 100, size: float = 10) -> Word:
        return Word(1, text, x0, x1, base, size, False, True, False)

    made = make_lines(
        [
            word("servirles", 60, 100),
            word("mejor", 103, 125),
            word("2", 125, 128, base=96, size=6),
            word(".", 128, 130),
            word("1.", 60, 66, base=120),
            word("Texto", 90, 110, base=120),
            word("10:30", 60, 85, base=140),
            word("(10", 88, 100, base=140),
            word("minutos)", 103, 140, base=140),
            word("Tema", 148, 170, base=140),
            word("Celda", 200, 220, base=140),
        ]
    )
    assert [item.text for item in made] == [
        "servirles mejor².",
        "1. Texto",
        "10:30 (10 minutos)",
        "Tema",
        "Celda",
    ]


def test_columns_drawn_row_by_row_are_read_one_after_the_other() -> None:
    title = line("Un título que va por encima de las dos columnas", 100, x1=540)
    left = [
        line(f"sigue la frase de la izquierda, renglón {row}", 130 + 14 * row, x1=270)
        for row in range(8)
    ]
    right = [
        line(f"sigue la frase de la derecha, renglón {row}", 130 + 14 * row, x=320, x1=540)
        for row in range(8)
    ]
    drawn = [item for pair in zip(left, right, strict=True) for item in pair]
    assert in_reading_order([title, *drawn]) == [title, *left, *right]


def test_a_running_line_is_the_same_whatever_recognition_made_of_its_signs() -> None:
    heads = (
        "Naciones Unidas — Taller 2024",
        "Naciones Unidas - Taller 2024",
        "Naciones Unidas Taller 2024",
    )
    lines = []
    for page, head in enumerate(heads, 1):
        lines.append(line(head, 40, page=page))
        lines.append(line(f"Cuerpo de la hoja {'abc'[page - 1]}.", 300, page=page))
    assert [text for _, text in shown(blocks(*lines))] == [
        f"Cuerpo de la hoja {letter}." for letter in "abc"
    ]


def test_a_title_over_both_columns_does_not_make_the_lines_of_the_first_short() -> None:
    title = line("Un título que va por encima de las dos columnas", 100, x1=540, size=16)
    left = [
        line("la frase de la columna izquierda sigue y", 140 + 14 * n, x1=270) for n in range(7)
    ]
    right = [
        line("la frase de la columna derecha sigue y", 140 + 14 * n, x=320, x1=540)
        for n in range(5)
    ]
    _, first, *_ = blocks(title, *left, *right)
    assert first.text.count("izquierda") == 7


def test_a_page_drawn_from_the_bottom_is_read_from_the_top() -> None:
    lines = [line(f"Renglón {row}", 130 + 14 * row) for row in range(8)]
    assert in_reading_order(lines[::-1]) == lines


def test_what_is_drawn_in_order_stays_so() -> None:
    left = [line(f"izquierda {row}.", 130 + 14 * row, x1=270) for row in range(8)]
    right = [line(f"derecha {row}.", 130 + 14 * row, x=320, x1=540) for row in range(8)]
    assert list(in_reading_order([*right, *left])) == [*right, *left]


PLACES = st.tuples(st.integers(40, 60), st.integers(0, 60), st.sampled_from((0, 0.5, 1, 2, 5, 40)))


@settings(max_examples=60, deadline=None)
@given(st.lists(PLACES, min_size=6, max_size=60))
def test_any_lines_come_back_once_each_whatever_their_place(
    places: list[tuple[int, int, float]],
) -> None:
    """Three lines narrower than two points once stood on both sides of a gutter, without end."""
    drawn = [line(str(n), 800 - 12 * y, x, x + wide) for n, (x, y, wide) in enumerate(places)]
    ordered = in_reading_order(drawn)
    assert Counter(each.text for each in ordered) == Counter(each.text for each in drawn)


def test_a_page_of_very_many_narrow_columns_has_an_order() -> None:
    """Six hundred lines a point wide, in two hundred columns: the most that a page is cut into."""
    drawn = [line(f"{n}", 700 - 12 * (n % 3), 3 * (n // 3), 3 * (n // 3) + 1) for n in range(600)]
    assert sorted(int(each.text) for each in in_reading_order(drawn)) == list(range(600))


def test_printed_roman_and_arabic_page_numbers_are_labels() -> None:
    printed = {1: "i", 2: "ii", 3: "iii", 4: "1", 5: "2", 6: "3", 7: "4", 8: "5"}
    pages = [
        PageLines(
            number,
            WIDTH,
            HEIGHT,
            (line("Texto.", 300, page=number), line(label, 770, x=300, page=number)),
        )
        for number, label in printed.items()
    ]
    layout = lay_out(pages)
    assert layout.labels == printed
    assert layout.running == ()


def test_the_header_of_a_ruled_table_is_not_taken_for_a_running_line() -> None:
    walls = tuple(Rule(x, 50, x, 600) for x in (50.0, 200.0, 500.0))
    pages = [
        PageLines(
            number,
            WIDTH,
            HEIGHT,
            (line("Meta", 60, page=number), line(FULL, 300, page=number)),
            walls,
        )
        for number in (1, 2, 3)
    ]
    assert lay_out(pages).dropped == {1: (), 2: (), 3: ()}


def test_a_note_goes_on_at_the_foot_of_the_next_page() -> None:
    found = blocks(
        line(FULL, 188, x1=540),
        line("se adoptó¹ en la asamblea.", 200),
        line("¹ Resolución sobre la administración pública y", 760, size=8, x1=540),
        line("Otro párrafo del texto.", 200, page=2),
        line("el desarrollo, de 17 de marzo.", 760, size=8, page=2),
    )
    assert [(b.kind.value, b.text, [part.page for part in b.parts]) for b in found] == [
        ("paragraph", f"{FULL} se adoptó¹ en la asamblea.", [1]),
        (
            "footnote",
            "¹ Resolución sobre la administración pública y el desarrollo, de 17 de marzo.",
            [1, 2],
        ),
        ("paragraph", "Otro párrafo del texto.", [2]),
    ]


def test_a_note_follows_the_paragraph_that_carries_its_mark() -> None:
    found = blocks(
        line("El primero lleva la llamada.¹²", 200),
        line("El segundo lleva otra.²", 240),
        line("El tercero, ninguna.", 280),
        line("2 Nota dos del documento.", 750, size=8),
        line("3 Nota sin llamada.", 762, size=8),
    )
    assert shown(found) == [
        ("paragraph", "El primero lleva la llamada.¹²"),
        ("paragraph", "El segundo lleva otra.²"),
        ("footnote", "² Nota dos del documento."),
        ("paragraph", "El tercero, ninguna."),
        ("footnote", "³ Nota sin llamada."),
    ]


def test_small_cells_at_the_foot_of_a_page_are_no_notes() -> None:
    found = blocks(
        line(FULL, 200, x1=540),
        line("12", 700, size=8),
        line("Municipios con plan de acción", 700, x=200, size=8),
    )
    assert [block.kind for block in found] == [BlockKind.PARAGRAPH] * 3


def test_labels_of_figures_and_tables_open_captions() -> None:
    found = blocks(
        line("Cuadro 3", 200, bold=True),
        line("Municipios por región, 2024", 214, bold=True),
        line(FULL, 260, x1=540),
        line("Gráfico 2.1: Avance de las metas", 300),
        line("La tabla 2 muestra el avance de las metas.", 340),
        line("Figure 4 shows the way.", 380),
    )
    assert shown(found) == [
        ("caption", "Cuadro 3 Municipios por región, 2024"),
        ("paragraph", FULL),
        ("caption", "Gráfico 2.1: Avance de las metas"),
        ("paragraph", "La tabla 2 muestra el avance de las metas."),
        ("paragraph", "Figure 4 shows the way."),
    ]


def test_items_set_in_further_are_deeper() -> None:
    found = blocks(
        line("• Primer tema del taller", 200),
        line("– Tema de dentro", 214, x=80),
        line("– Otro tema de dentro", 228, x=80),
        line("• Segundo tema del taller", 242),
        line("1. Un paso", 300),
        line("a) Una parte del paso", 314, x=80),
        line("b) Otra parte", 100, x=80, page=2),
        line("2. Otro paso", 114, page=2),
    )
    assert [(block.level, block.text) for block in found] == [
        (0, "Primer tema del taller"),
        (1, "Tema de dentro"),
        (1, "Otro tema de dentro"),
        (0, "Segundo tema del taller"),
        (0, "1. Un paso"),
        (1, "a) Una parte del paso"),
        (1, "b) Otra parte"),
        (0, "2. Otro paso"),
    ]


def test_a_table_of_contents_has_no_headings() -> None:
    found = blocks(
        line("Índice", 100, size=16),
        line("1. Presentación 3", 140, size=12, bold=True),
        line("2. Marco conceptual 7", 170, size=12, bold=True),
        line("3. Metodología ........ 12", 200, size=12, bold=True),
        line(FULL, 100, x1=540, page=2),
        line(FULL, 112, x1=540, page=2),
        line(FULL, 124, x1=540, page=2),
    )
    assert [b.text for b in found if b.kind is BlockKind.HEADING] == ["Índice"]
    assert not [b for b in found if b.kind is BlockKind.TITLE]


def test_plain_numbered_lines_are_headings_where_their_numbers_go_on() -> None:
    lines = []
    for number, name in enumerate(("Plazas", "Proceso", "Requisitos"), start=1):
        top = 120 * number
        lines += [line(f"{number}. {name}", top), line(FULL, top + 24, x1=540)]
        lines.append(line("y acaba en el segundo renglón.", top + 36))
    found = blocks(*lines)
    assert [(b.level, b.text) for b in found if b.kind is BlockKind.HEADING] == [
        (1, "1. Plazas"),
        (1, "2. Proceso"),
        (1, "3. Requisitos"),
    ]


def test_a_title_that_its_words_say_goes_on_is_one_heading() -> None:
    body = [line(FULL, 400 + 12 * row, x1=540) for row in range(6)]
    found = blocks(
        line("V. Definición de las acciones de apertura de los", 200, size=14),
        line("datos", 226, size=14),
        *body,
    )
    assert found[0].text == "V. Definición de las acciones de apertura de los datos"


def test_a_large_title_drawn_last_at_the_top_is_read_first() -> None:
    body = [line(FULL, 200 + 12 * row, x1=540) for row in range(6)]
    found = blocks(*body, line("El momento de la decisión", 100, size=18))
    assert [block.kind for block in found] == [BlockKind.TITLE, BlockKind.PARAGRAPH]


def test_words_cut_by_the_edge_of_a_cell_are_mended_where_ends_of_lines_have_spaces() -> None:
    rows = [
        item
        for row in range(12)
        for item in (
            line("y la otra sigue en", 100 + 24 * row),
            line("su renglón.", 112 + 24 * row),
        )
    ]
    cut = replace(line("implementaci", 500, x1=120), spaced=False)
    address = replace(line("https://hdl.handle.net/", 560, x1=160), spaced=False)
    groups = [Group(BlockKind.PARAGRAPH, tuple(rows[i : i + 2])) for i in range(0, 24, 2)] * 2
    groups.append(Group(BlockKind.TABLE_ROW, (cut, line("ón", 512, x1=72))))
    groups.append(Group(BlockKind.TABLE_ROW, (address, line("11362/39555", 572))))
    made = [make_block(group, Counter()) for group in with_broken_words(groups)]
    assert [block.text for block in made[-3:]] == [
        "y la otra sigue en su renglón.",
        "implementación",
        "https://hdl.handle.net/11362/39555",
    ]
