"""Web pages, Markdown and plain text to blocks, in whatever encoding they come."""

import json
from pathlib import Path

import pytest

from ingest.errors import Unreadable
from ingest.readers.clean import decode
from ingest.readers.html import read_html
from ingest.readers.markdown import read_markdown
from ingest.readers.text import read_text
from search.documents import Reading

Row = tuple[str, int, str]


def rows(reading: Reading) -> list[Row]:
    return [(block.kind.value, block.level, block.text) for block in reading.blocks]


def html(body: str) -> Reading:
    return read_html(f"<!doctype html><html lang='es-DO'>{body}</html>".encode(), "pagina.html")


def markdown(text: str) -> Reading:
    return read_markdown(text.encode(), "nota.md")


def text(content: str) -> Reading:
    return read_text(content.encode(), "nota.txt")


SPANISH = "El año de la formación: diseño y gestión en los municipios. ¿Qué es «la meta»?"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_is_decoded_with_and_without_its_mark(encoding: str) -> None:
    assert decode(SPANISH.encode(encoding)) == SPANISH


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp850"])
def test_encodings_from_before_unicode_are_told_apart_by_their_letters(encoding: str) -> None:
    assert decode(SPANISH.encode(encoding)) == SPANISH


def test_a_scratch_does_not_turn_the_whole_text_into_another_encoding() -> None:
    text = SPANISH * 3
    assert decode(text.encode() + b"\xff") == text + "\ufffd"


def test_binary_data_is_not_text() -> None:
    with pytest.raises(Unreadable, match="binario"):
        read_text(bytes(range(256)) * 8, "nota.txt")


def test_the_charset_that_a_page_declares_is_used() -> None:
    page = "<html><head><meta charset='windows-1251'></head><p>Привет, мир</p></html>"
    assert rows(read_html(page.encode("cp1251"), "x.html")) == [("paragraph", 0, "Привет, мир")]


def test_a_page_is_read_without_menus_banners_controls_and_code() -> None:
    reading = html(
        "<head><title>Taller | Alcaldía</title><style>p{}</style></head>"
        "<body class='modal-open'><nav><ul><li>Inicio</ul></nav><div id='cookie-banner'>Usamos "
        "<div>cookies</div> aquí</div><form><p>Dentro de un formulario</p>"
        "<select><option>No</select><button>Enviar</button></form>"
        "<script>alert('</p>')</script><div hidden>oculto</div>"
        "<aside>lado</aside><p>Uno&nbsp;<b>dos</b><br>tres<br><br>Otro</p><footer>pie</footer>"
    )
    assert rows(reading) == [
        ("paragraph", 0, "Dentro de un formulario"),
        ("paragraph", 0, "Uno dos tres"),
        ("paragraph", 0, "Otro"),
    ]
    assert (reading.title, reading.language, reading.paged) == ("Taller", "es", False)


def test_of_a_page_with_main_only_that_is_read_and_the_heading_above_it() -> None:
    reading = html(
        "<body><header><h1>Taller de innovación</h1><p>Logo</p></header><div>Menú del sitio</div>"
        "<main><h2>Objetivo</h2><p>Mejorar los servicios públicos locales.</p></main><p>Al pie</p>"
    )
    assert rows(reading) == [
        ("title", 0, "Taller de innovación"),
        ("heading", 2, "Objetivo"),
        ("paragraph", 0, "Mejorar los servicios públicos locales."),
    ]
    assert reading.title == "Taller de innovación"


def test_a_main_element_that_is_nearly_empty_is_not_the_main_content() -> None:
    reading = html("<body><main>Hola</main><p>Aquí está todo lo que la página dice.</p>")
    assert [text for _, _, text in rows(reading)] == [
        "Hola",
        "Aquí está todo lo que la página dice.",
    ]


def test_lists_and_tables_of_a_page_keep_their_levels_and_headers() -> None:
    reading = html(
        "<ul><li>a<li>b<ol><li><p>c</p></li></ol></ul>"
        "<ul><li><a href='#x'>Índice</a></ul>"
        "<table><caption>Programa</caption><tr><th>Hora<th>Actividad"
        "<tr><td colspan=2>Viernes 1 de noviembre<tr><td>10:30-10:40<td>Bienvenida</table>"
    )
    assert rows(reading) == [
        ("list_item", 0, "a"),
        ("list_item", 0, "b"),
        ("list_item", 1, "1. c"),
        ("caption", 0, "Programa"),
        ("table_row", 0, "Hora | Actividad"),
        ("table_row", 0, "Viernes 1 de noviembre"),
        ("agenda_item", 0, "10:30-10:40 | Bienvenida"),
    ]
    assert reading.blocks[-1].header == "Viernes 1 de noviembre; Hora | Actividad"


def test_a_table_that_only_arranges_the_page_is_read_as_text() -> None:
    reading = html("<table><tr><td>Lado<td><h2>Plan</h2><table><tr><td>a<td>b</table>fin</table>")
    assert rows(reading) == [
        ("paragraph", 0, "Lado"),
        ("paragraph", 0, "Plan"),
        ("table_row", 0, "a | b"),
        ("paragraph", 0, "fin"),
    ]


def test_a_menu_that_never_ends_does_not_swallow_the_page() -> None:
    assert rows(html("<body><nav><p>Todo el texto")) == [("paragraph", 0, "Todo el texto")]


def test_the_depth_of_a_page_neither_crashes_nor_loses_text() -> None:
    deep = html("<div>" * 200_000 + "hola" + "</div>" * 200_000)
    assert rows(deep) == [("paragraph", 0, "hola")]


def test_markdown_is_read_without_its_markup() -> None:
    reading = markdown(
        '---\ntitle: "Guía"\nfecha: 2024-11-01\nlang: es\n---\n'
        "# Taller\n\n- [Uno](#uno)\n\nCon **negrita**, [enlace](http://x) ![foto](a.png)y"
        " `código`.[^1]\n\n"
        "## Pasos\n\n3. Tres\n4. Cuatro\n   - Sub\n\n> Cita\n\n```\nx = 1\n```\n\n"
        "<details><p>Más</p></details>\n\n[^1]: http://nota.org\n[^2]: Otra *nota*\n"
    )
    assert rows(reading) == [
        ("title", 0, "Taller"),
        ("paragraph", 0, "Con negrita, enlace y código.¹"),
        ("footnote", 0, "¹ http://nota.org"),
        ("heading", 2, "Pasos"),
        ("list_item", 0, "3. Tres"),
        ("list_item", 0, "4. Cuatro"),
        ("list_item", 1, "Sub"),
        ("paragraph", 0, "Cita"),
        ("paragraph", 0, "x = 1"),
        ("paragraph", 0, "Más"),
        ("footnote", 0, "² Otra nota"),
    ]
    assert (reading.title, reading.created, reading.language) == ("Guía", "2024-11-01", "es")


def test_markdown_timetables_know_their_day() -> None:
    reading = markdown(
        "## Viernes 1 de noviembre\n\n| Hora | Qué |\n|---|---|\n| 10:30 | Inicio |\n\n"
        "- 11:00 Cierre\n\n## Después\n\n- 12:00 Almuerzo\n"
    )
    assert [(b.kind.value, b.text, b.header) for b in reading.blocks if b.kind != "heading"] == [
        ("table_row", "Hora | Qué", ""),
        ("agenda_item", "10:30 | Inicio", "Viernes 1 de noviembre; Hora | Qué"),
        ("agenda_item", "11:00 Cierre", "Viernes 1 de noviembre"),
        ("agenda_item", "12:00 Almuerzo", ""),
    ]


def test_markdown_nested_beyond_reason_is_reported() -> None:
    reading = markdown(">" * 300 + " hondo\n")
    assert reading.warnings == ("omitido el texto anidado a más de 100 niveles",)


def test_text_wrapped_by_hand_is_joined_and_broken_words_are_whole() -> None:
    reading = text(
        "Los gobiernos locales necesitan mejores instituciones para la pres-\n"
        "tación de servicios públicos. El taller proporcionará una forma de\n"
        "Aprender entre pares.\n\nCalle 1\nSanto Domingo\n"
    )
    assert rows(reading) == [
        (
            "paragraph",
            0,
            "Los gobiernos locales necesitan mejores instituciones para la prestación de servicios"
            " públicos. El taller proporcionará una forma de Aprender entre pares.",
        ),
        ("paragraph", 0, "Calle 1"),
        ("paragraph", 0, "Santo Domingo"),
    ]


def test_headings_of_plain_text_are_short_lines_that_announce_text() -> None:
    body = "Este párrafo tiene más de cien caracteres: por eso puede estar debajo de un título así,"
    reading = text(
        f"Guía\n\n1. Inicio\n\n{body} Sí.\n\n1.2 Pasos\n\n- uno\n- dos\n  - tres\n\n"
        "Sra. Alcaldesa\n\nJefa\n"
    )
    assert rows(reading) == [
        ("title", 0, "Guía"),
        ("heading", 1, "1. Inicio"),
        ("paragraph", 0, f"{body} Sí."),
        ("heading", 2, "1.2 Pasos"),
        ("list_item", 0, "uno"),
        ("list_item", 0, "dos"),
        ("list_item", 1, "tres"),
        ("paragraph", 0, "Sra. Alcaldesa"),
        ("paragraph", 0, "Jefa"),
    ]


@pytest.fixture(scope="module")
def note(shared_data: Path) -> Reading:
    path = shared_data / "nota" / "nota-conceptual-flacma.txt"
    return read_text(path.read_bytes(), path.name)


def test_the_supplied_note_has_exactly_the_headings_of_its_truth(
    note: Reading, shared_data: Path
) -> None:
    truth = json.loads((shared_data / "nota" / "nota_1col.gt.json").read_text())["blocks"]
    expected = [
        (block["t"] == "title", 0 if block["t"] == "title" else block["lv"], block["text"])
        for block in truth
        if block["t"] in ("title", "h")
    ]
    ours = [row for row in rows(note) if row[0] in ("title", "heading")]
    assert [(kind == "title", level, text) for kind, level, text in ours] == expected


def test_the_supplied_note_keeps_every_paragraph_of_its_truth(
    note: Reading, shared_data: Path
) -> None:
    truth = json.loads((shared_data / "nota" / "nota_1col.gt.json").read_text())["blocks"]
    ours = {text for _, _, text in rows(note)}
    missing = {b["text"] for b in truth if b["t"] in ("p", "li") and b["text"] not in ours}
    assert missing == {
        "Agenda sujeta a cambios",  # a note, with its asterisk
        "Informes: Eduardo Delgado cumbre@flacma.lat +52 (55) 3198.8965",  # two lines
    }


def test_the_supplied_note_reads_as_a_timetable(note: Reading) -> None:
    items = [(b.header, b.text) for b in note.blocks if b.kind == "agenda_item"]
    assert items[:5] == [
        ("Viernes 1 de noviembre", text)
        for text in (
            "10:30-10:40 (10 minutos) | Palabras de Bienvenida: Sr. Sergio Arredondo, Secretario"
            " Ejecutivo, FLACMA Tema 1: Principios de una Gobernanza Eficaz para el Desarrollo"
            " Sostenible",
            "10:40-11:00 (20 minutos) | Tema 2: ¿Por qué es fundamental cambiar la mentalidad para"
            " la implementación de los ODS? Explorando nuevas mentalidades: mentalidades"
            " colaborativas e innovadoras",
            "11:00-11:20 (20 minutos) | Tema 3: Identificación de Prioridades y Nuevos Enfoques"
            " para la Prestación de Servicios Inclusivos, centrándose en: • Inclusión Social de"
            " Grupos Vulnerables • Mejora de la Coordinación Institucional para la Prestación"
            " Eficaz de Servicios Públicos",
            "11:20-11:55 (45 minutos) | Actividad grupal: Creación de una Hoja de Ruta para el"
            " Cambio Transformacional y Nuevas Mentalidades",
            "11:55-12:00 | Conclusiones",
        )
    ]
    assert len(items) == 19
    assert items[5] == ("Jueves | 31 de octubre", "10:00 hrs. Recepción de Participantes")
    assert items[-2:] == [
        ("Sábado | 2 de noviembre", "10:00 hrs. Sesión Final de Clausura"),
        ("Sábado | 2 de noviembre", "12:00 hrs. Final de Actividades"),
    ]


def test_the_supplied_note_has_its_footnotes_and_no_markup(note: Reading) -> None:
    notes = [text for kind, _, text in rows(note) if kind == "footnote"]
    assert notes[0].startswith("¹ https://www.un.org/en/content/common-agenda-report/")
    assert notes[2] == "*Agenda sujeta a cambios"
    everything = "\n".join(text for _, _, text in rows(note))
    assert [mark for mark in ("**", "<ul", "</ul>", "\t") if mark in everything] == []
    assert "muchos gobiernos locales y regionales. Por lo tanto" in everything


@pytest.mark.parametrize("language", ["spa", "por_BR", "glg", "cat", "eng", "fra"])
def test_real_pages_give_thirty_articles(shared_data: Path, language: str) -> None:
    path = shared_data / "langid" / "udhr" / f"{language}.html"
    found = rows(read_html(path.read_bytes(), path.name))
    assert [kind for kind, _, _ in found].count("title") == 1
    assert [(kind, level) for kind, level, _ in found].count(("heading", 2)) >= 30
