"""Markdown with the signs of its engines, and plain text with the habits of its typists."""

from ingest.readers.markdown import read_markdown
from ingest.readers.text import read_text
from search.documents import Reading

Row = tuple[str, int, str]


def markdown(text: str) -> Reading:
    return read_markdown(text.encode(), "guia.md")


def text(content: str) -> Reading:
    return read_text(content.encode(), "nota.txt")


def rows(reading: Reading) -> list[Row]:
    return [(block.kind.value, block.level, block.text) for block in reading.blocks]


def test_markdown_notes_follow_what_cites_them() -> None:
    reading = markdown(
        "Uno[^a] y dos[^7].\n\n- Tres[^a]\n\n[^a]: Primera\nsigue\n\n    y acaba\n[^7]: Séptima\n"
    )
    assert rows(reading) == [
        ("paragraph", 0, "Uno¹ y dos⁷."),
        ("footnote", 0, "¹ Primera sigue y acaba"),
        ("footnote", 0, "⁷ Séptima"),
        ("list_item", 0, "Tres¹"),
    ]


def test_markdown_signs_of_other_engines_are_not_text() -> None:
    reading = markdown(
        'Guía\n====\n\n## Pasos {#pasos}\n\n!!! note "Aviso"\n    Dentro de la caja\n\nFuera\n\n'
        "> [!TIP] Consejo\n\n<a name='x'></a>\n### Recurso **uno**\n\n- [x] Hecho\n- [ ] Falta\n\n"
        "<details>\n<summary>Ver</summary>\n\nPlegado\n\n</details>\n"
    )
    assert rows(reading) == [
        ("title", 0, "Guía"),
        ("heading", 2, "Pasos"),
        ("paragraph", 0, "Aviso"),
        ("paragraph", 0, "Dentro de la caja"),
        ("paragraph", 0, "Fuera"),
        ("paragraph", 0, "Consejo"),
        ("heading", 3, "Recurso uno"),
        ("list_item", 0, "☑ Hecho"),
        ("list_item", 0, "☐ Falta"),
        ("heading", 4, "Ver"),
        ("paragraph", 0, "Plegado"),
    ]


def test_markdown_lines_with_times_are_rows_also_within_a_cell() -> None:
    reading = markdown(
        "---\nfecha: 1/11/2024\n---\n10:30 Inicio  \n10:40 Tema\n\n"
        "| Hora | Qué |\n|---|---|\n| 11:00<br>11:30 | Café<br>Fin |\n\n```\n[^1]: código\n```\n"
    )
    assert rows(reading) == [
        ("agenda_item", 0, "10:30 Inicio"),
        ("agenda_item", 0, "10:40 Tema"),
        ("table_row", 0, "Hora | Qué"),
        ("agenda_item", 0, "11:00 | Café"),
        ("agenda_item", 0, "11:30 | Fin"),
        ("paragraph", 0, "[^1]: código"),
    ]
    assert reading.created == "2024-11-01"


def test_text_headings_may_be_underlined_and_contents_lists_are_left_out() -> None:
    reading = text(
        "GUÍA\n====\n\nContenido\n\nMarco ...... 3\nPlan ....... 5\nAnexos ..... 9\n\n"
        "Marco\n-----\nTexto del marco.\n"
    )
    assert rows(reading) == [
        ("title", 0, "GUÍA"),
        ("heading", 2, "Marco"),
        ("paragraph", 0, "Texto del marco."),
    ]


def test_text_tables_may_be_drawn_with_gaps_or_bars() -> None:
    reading = text(
        "Hora       Actividad\n14:00      Cierre\n15:00      Café\n\n"
        "+------+------+\n| Meta | Año  |\n+------+------+\n| Uno  | 2030 |\n\n"
        "│ a │ b │\n│ c │ d │\n"
    )
    assert [(block.text, block.header) for block in reading.blocks] == [
        ("Hora | Actividad", ""),
        ("14:00 | Cierre", "Hora | Actividad"),
        ("15:00 | Café", "Hora | Actividad"),
        ("Meta | Año", ""),
        ("Uno | 2030", "Meta | Año"),
        ("a | b", ""),
        ("c | d", "a | b"),
    ]


def test_text_times_open_rows_also_alone_and_in_wrapped_text() -> None:
    reading = text(
        "10:30-10:40 Bienvenida a todas las personas que participan en el taller\n"
        "10:40-11:00 Tema 1\n\n16:00\n\nPlenaria\n\n16:30\n\nBrindis\n"
    )
    assert rows(reading) == [
        (
            "agenda_item",
            0,
            "10:30-10:40 Bienvenida a todas las personas que participan en el taller",
        ),
        ("agenda_item", 0, "10:40-11:00 Tema 1"),
        ("agenda_item", 0, "16:00 | Plenaria"),
        ("agenda_item", 0, "16:30 | Brindis"),
    ]


def test_text_pages_lose_their_headers_and_numbers() -> None:
    pages = (
        f"Nota conceptual\n\nTexto de la página {word}.\n\nPágina {number} de 3\n"
        for number, word in enumerate(("una", "dos", "tres"), start=1)
    )
    reading = text("\f".join(pages))
    assert [block.text for block in reading.blocks] == [
        "Texto de la página una.",
        "Texto de la página dos.",
        "Texto de la página tres.",
    ]
    assert (reading.running, reading.paged) == (("Nota conceptual",), False)
