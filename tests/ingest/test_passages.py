"""Readings to stored pages and passages that can be quoted from them."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from own_texts import make_document

from ingest.passages import MOST_TOKENS, make_pages, make_passages
from search.documents import Block, BlockKind, Box, PageShape, Part, Passage, Reading


def count(text: str) -> int:
    return len(text.split())


NOTE = make_document("nota", "Nota conceptual")


def block(
    text: str,
    kind: BlockKind = BlockKind.PARAGRAPH,
    page: int = 1,
    level: int = 0,
    header: str = "",
) -> Block:
    return Block(kind, (Part(page, text, (Box(page, 0, 0, 9, 9),)),), level, header)


def heading(text: str, level: int = 1, page: int = 1) -> Block:
    return block(text, BlockKind.HEADING, page, level)


def cut(*blocks: Block, counter: Callable[[str], int] = count) -> tuple[Passage, ...]:
    reading = Reading(blocks, paged=True)
    return make_passages(reading, make_pages(reading), NOTE, lambda _: "es", counter)


def sized(words: int, stem: str = "voz") -> str:
    return " ".join(f"{stem}{number}" for number in range(words))


def test_page_text_is_one_line_a_block_with_notes_last() -> None:
    reading = Reading(
        (
            heading("Objetivo"),
            Block(BlockKind.PARAGRAPH, (Part(1, "Empieza y"), Part(2, "sigue."))),
            block("¹ Nota.", BlockKind.FOOTNOTE),
            block("Otro.", page=1),
        ),
        paged=True,
        shapes=(PageShape(1, 595, 842, "iii"), PageShape(2, 595, 842), PageShape(3, 595, 842)),
    )
    pages = make_pages(reading)
    assert [(page.number, page.text, page.label) for page in pages] == [
        (1, "Objetivo\nEmpieza y\nOtro.\n¹ Nota.", "iii"),
        (2, "sigue.", None),
        (3, "", None),
    ]


def test_a_file_without_pages_has_one_stored_page() -> None:
    assert [page.number for page in make_pages(Reading((), paged=False))] == [1]


def test_short_paragraphs_of_a_section_share_a_passage() -> None:
    found = cut(heading("Antecedentes"), block("Uno."), block("Dos."), heading("Fin"), block("Z."))
    assert [(p.section, p.text) for p in found] == [
        (("Antecedentes",), "Uno.\nDos."),
        (("Fin",), "Z."),
    ]


def test_a_block_over_a_page_break_is_joined_by_a_space() -> None:
    broken = Block(BlockKind.PARAGRAPH, (Part(1, "locales y"), Part(2, "regionales.")))
    (passage,) = cut(block("Antes."), broken)
    assert passage.text == "Antes.\nlocales y regionales."
    assert [(e.page, e.start, e.end, e.offset) for e in passage.extents] == [
        (1, 0, 6, 0),
        (1, 7, 16, 7),
        (2, 0, 11, 17),
    ]


def test_passages_stay_within_the_limits() -> None:
    found = cut(*(block(sized(140, f"p{number}x")) for number in range(5)))
    assert [count(p.text) for p in found] == [280, 280, 140]
    assert [count(p.text) for p in cut(block(sized(140)), block(sized(250, "b")))] == [390]
    assert [count(p.text) for p in cut(block(sized(160)), block(sized(250, "b")))] == [160, 250]


def test_a_long_paragraph_is_split_between_sentences() -> None:
    text = " ".join(f"La Sra. Paz dijo {sized(36, f's{n}w')} y calló." for n in range(20))
    found = cut(block(text))
    assert " ".join(p.text for p in found) == text
    assert all(p.text.startswith("La Sra. Paz") and p.text.endswith("calló.") for p in found)
    assert [count(p.text) for p in found] == [294, 294, 252]


def test_a_long_sentence_is_split_between_words() -> None:
    text = sized(900)
    found = cut(block(text))
    assert " ".join(p.text for p in found) == text
    assert max(count(p.text) for p in found) <= MOST_TOKENS


def test_a_split_paragraph_shares_out_its_boxes() -> None:
    text = " ".join(f"{sized(49, f's{n}w')} fin." for n in range(10))
    boxes = tuple(Box(1, 0, 10 * row, 100, 10 * row + 9) for row in range(40))
    reading = Reading((Block(BlockKind.PARAGRAPH, (Part(1, text, boxes),)),), paged=True)
    found = make_passages(reading, make_pages(reading), NOTE, lambda _: "es", count)
    assert [len(p.boxes) for p in found] == [20, 20]
    assert found[0].boxes[0].y0 == 0
    assert found[1].boxes[-1].y0 == 390


def test_a_lead_in_stays_with_its_list() -> None:
    item = BlockKind.LIST_ITEM
    found = cut(
        block(sized(200)),
        block("Los objetivos son los siguientes:"),
        block(sized(120, "a"), item),
        block(sized(120, "b"), item),
    )
    assert [p.text.split("\n")[0] for p in found] == [
        sized(200),
        "Los objetivos son los siguientes:",
    ]


def test_rows_stand_alone_with_their_header_as_context() -> None:
    row = block(
        "11:55-12:00 | Conclusiones", BlockKind.AGENDA_ITEM, header="Viernes 1 de noviembre"
    )
    found = cut(heading("Agenda"), block("Antes."), row, block("Después."))
    assert [(p.kind.value, p.text, p.context) for p in found] == [
        ("paragraph", "Antes.", ""),
        ("agenda_item", "11:55-12:00 | Conclusiones", "Viernes 1 de noviembre"),
        ("paragraph", "Después.", ""),
    ]


def row(text: str, header: str = "Dato | Valor") -> Block:
    return block(text, BlockKind.TABLE_ROW, header=header)


def test_the_rows_of_a_card_stay_together() -> None:
    passages = cut(heading("Ficha"), row("Lugar | Santiago"), row("Fecha | 14 de mayo"))
    assert [(p.kind, p.text, p.context) for p in passages] == [
        (BlockKind.TABLE_ROW, "Lugar | Santiago\nFecha | 14 de mayo", "Dato | Valor")
    ]


def test_rows_of_a_wider_or_a_long_table_stand_alone() -> None:
    header = "Paso | Quién | Cuándo"
    wide = cut(row("1 | Alcaldía | Mayo", header), row("2 | Concejo | Junio", header))
    assert [p.text for p in wide] == ["1 | Alcaldía | Mayo", "2 | Concejo | Junio"]
    long = cut(*(row(f"Meta {n} | {sized(60)}") for n in range(6)))
    assert [p.text.split(" |")[0] for p in long] == [f"Meta {n}" for n in range(6)]


def test_a_note_is_its_own_passage_and_does_not_part_the_text() -> None:
    found = cut(block("Uno."), block("¹ Nota.", BlockKind.FOOTNOTE), block("Dos."))
    assert [(p.kind.value, p.text) for p in found] == [
        ("paragraph", "Uno.\nDos."),
        ("footnote", "¹ Nota."),
    ]


def test_headings_make_the_section_and_a_bare_one_is_a_passage() -> None:
    found = cut(
        heading("Nota conceptual"),
        heading("Descripción"),
        heading("Contexto", 2),
        block("Texto."),
        heading("Anexos"),
    )
    assert [(p.kind.value, p.section, p.text) for p in found] == [
        ("heading", (), "Nota conceptual"),
        ("paragraph", ("Descripción", "Contexto"), "Texto."),
        ("heading", (), "Anexos"),
    ]


def test_each_slide_is_a_section_and_its_notes_stand_alone() -> None:
    title, spoken = BlockKind.SLIDE_TITLE, BlockKind.SPEAKER_NOTE
    found = cut(
        block("ODS 16", title),
        block("Punto."),
        block("Diga esto.", spoken),
        block("Y esto.", spoken),
        block("Sin título", page=2),
        block("Cierre", title, page=3),
    )
    assert [(p.kind.value, p.section, p.text) for p in found] == [
        ("paragraph", ("ODS 16",), "Punto."),
        ("speaker_note", ("ODS 16",), "Diga esto.\nY esto."),
        ("paragraph", (), "Sin título"),
        ("slide_title", (), "Cierre"),
    ]


def test_ids_stay_while_the_text_does_and_tell_repeats_apart() -> None:
    before = cut(heading("A"), block("Igual."), heading("B"), block("Igual."))
    after = cut(heading("Nuevo"), block("Otro."), heading("A"), block("Igual."))
    assert before[0].id == after[1].id
    assert before[0].id != before[1].id
    assert re.fullmatch(r"[0-9a-f]{16}", before[0].id)


def test_pages_that_are_not_those_of_the_reading_are_refused() -> None:
    reading = Reading((block("Uno."),), paged=True)
    with pytest.raises(ValueError, match=r"page 1 does not hold 'Uno\.'"):
        make_passages(reading, (), NOTE, lambda _: "es", count)


KINDS = [kind for kind in BlockKind if kind is not BlockKind.TITLE]
TEXT = st.text(alphabet="ab.:¿ \u00a0É😀1", min_size=1, max_size=40).map(
    lambda text: " ".join(text.split()) or "x"
)


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    made = []
    page = 1
    for _ in range(draw(st.integers(0, 12))):
        parts = []
        for number in range(draw(st.integers(1, 3))):
            page += 1 if number else draw(st.integers(0, 1))
            parts.append(Part(page, draw(TEXT), (Box(page, 0, 0, 5, 5),)))
        made.append(Block(draw(st.sampled_from(KINDS)), tuple(parts), draw(st.integers(1, 3))))
    return Reading(tuple(made), paged=True)


@settings(max_examples=150, deadline=None)
@given(readings(), st.sampled_from([len, lambda text: 30 * len(text), count]))
def test_every_extent_quotes_its_page(reading: Reading, counter: Callable[[str], int]) -> None:
    pages = {page.number: page.text for page in make_pages(reading)}
    found = make_passages(reading, make_pages(reading), NOTE, lambda _: "es", counter)
    for passage in found:
        for extent in passage.extents:
            length = extent.end - extent.start
            quoted = passage.text[extent.offset : extent.offset + length]
            assert quoted == pages[extent.page][extent.start : extent.end]
            assert quoted
    heads = (BlockKind.HEADING, BlockKind.SLIDE_TITLE)
    given_text = "".join(b.text for b in reading.blocks if b.kind not in heads)
    kept_text = "".join(p.text for p in found if p.kind not in heads)
    assert sorted("".join(kept_text.split())) == sorted("".join(given_text.split()))
