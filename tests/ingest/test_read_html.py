"""Web pages as public bodies publish them: what is content and what only surrounds it."""

import pytest

from ingest.readers.html import read_html
from search.documents import Reading

LONG = (
    "El taller reúne a los funcionarios de los gobiernos locales de la región para que aprendan a"
    " diseñar los servicios públicos con las personas que los usan, y para que cuenten lo que han"
    " hecho en sus municipios."
)


def html(body: str, head: str = "") -> Reading:
    return read_html(f"<html lang='es-DO'><head>{head}</head><body>{body}".encode(), "pagina.html")


def rows(reading: Reading) -> list[tuple[str, int, str]]:
    return [(block.kind.value, block.level, block.text) for block in reading.blocks]


def texts(reading: Reading) -> list[str]:
    return [block.text for block in reading.blocks]


def test_a_page_without_semantic_tags_is_cut_to_its_content() -> None:
    reading = html(
        "<div id='page' class='has-sidebar'><div><a href='/'>Inicio</a> <a href='/c'>Contacto</a>"
        "</div><div id='c1'><ul><li><a href='/a'>Servicios</a><li><a href='/b'>Noticias</a></ul>"
        "</div><h1>Taller</h1><p>1 de noviembre</p><p>Compartir en Facebook</p>"
        f"<p>{LONG}</p><h2>Materiales</h2><ul><li><a href='g.pdf'>Guía</a></ul><p>{LONG} Fin.</p>"
        "<p>Consultas: taller@ejemplo.do</p><h3>Enlaces</h3><ul><li><a href='/1'>ONU</a></ul>"
        "<p>© 2024 Alcaldía. Todos los derechos reservados.</p></div>"
        "<div>Usamos cookies propias para mejorar su experiencia. Si continúa, acepta su uso.</div>"
    )
    assert rows(reading) == [
        ("title", 0, "Taller"),
        ("paragraph", 0, "1 de noviembre"),
        ("paragraph", 0, LONG),
        ("heading", 2, "Materiales"),
        ("list_item", 0, "Guía"),
        ("paragraph", 0, f"{LONG} Fin."),
        ("paragraph", 0, "Consultas: taller@ejemplo.do"),
    ]


@pytest.mark.parametrize(
    "part",
    [
        "<div class='sidebar'><p>Al lado</p></div>",
        "<div id='menu-principal'><p>Al lado</p></div>",
        "<div class='entry related'><p>Al lado</p></div>",
        "<div role='complementary'><p>Al lado</p></div>",
        "<div role='navigation'><p>Al lado</p></div>",
        "<aside><p>Al lado</p></aside>",
    ],
)
def test_what_calls_itself_a_menu_or_a_side_column_is_left_out(part: str) -> None:
    assert texts(html(f"{part}<p>{LONG}</p>")) == [LONG]


def test_a_class_that_lies_does_not_empty_the_page() -> None:
    assert texts(html("<div class='menu'><p>Lo poco que hay</p><p>Y más</p></div>")) == [
        "Lo poco que hay",
        "Y más",
    ]
    assert texts(html("<ul><li><a href='/a'>Guía A</a><li><a href='/b'>Guía B</a></ul>")) == [
        "Guía A",
        "Guía B",
    ]


def test_good_text_in_a_box_within_the_article_stays() -> None:
    page = f"<article><p>{LONG}</p><aside><p>{LONG} En recuadro.</p></aside></article>"
    assert texts(html(page)) == [LONG, f"{LONG} En recuadro."]


def test_tables_with_cells_over_rows_and_columns() -> None:
    reading = html(
        "<table><tr><th rowspan=2>Hora<th colspan=2>Sala<tr><th>A<th>B"
        "<tr><td rowspan=2>10:30<td>Inicio<td>Café<tr><td>Registro<td>"
        "<tr><td>11:00<br>11:30<td>Tema 1<br>Tema 2</table>"
        "<table role='presentation'><tr><td>Solo<td>orden</table>"
    )
    assert [(block.kind.value, block.text) for block in reading.blocks] == [
        ("table_row", "Hora | Sala"),
        ("table_row", "Hora | A | B"),
        ("agenda_item", "10:30 | Inicio | Café"),
        ("agenda_item", "10:30 | Registro"),
        ("agenda_item", "11:00 | Tema 1"),
        ("agenda_item", "11:30 | Tema 2"),
        ("paragraph", "Solo"),
        ("paragraph", "orden"),
    ]


def test_lists_show_their_numbers_and_definitions_are_items() -> None:
    reading = html(
        "<ol type=a start=2><li>b<ol><li>uno<li value=5>cinco</ol><li>c</ol>"
        "<ol style='list-style: none'><li>nada</ol><dl><dt>Gobernanza<dd>Manera de gobernar</dl>"
    )
    assert rows(reading) == [
        ("list_item", 0, "b. b"),
        ("list_item", 1, "1. uno"),
        ("list_item", 1, "5. cinco"),
        ("list_item", 0, "c. c"),
        ("list_item", 0, "nada"),
        ("paragraph", 0, "Gobernanza"),
        ("list_item", 0, "Manera de gobernar"),
    ]


def test_sections_that_fold_have_their_headings() -> None:
    reading = html(
        "<h2>Preguntas</h2><details><summary>¿Quién?</summary><p>Todos.</p></details>"
        "<h3><button>Sede</button></h3><p>Hotel</p><button>Enviar</button>"
    )
    assert rows(reading) == [
        ("heading", 2, "Preguntas"),
        ("heading", 3, "¿Quién?"),
        ("paragraph", 0, "Todos."),
        ("heading", 3, "Sede"),
        ("paragraph", 0, "Hotel"),
    ]


def test_raised_digits_and_footnotes() -> None:
    reading = html(
        "<p>Común<sup><a href='#fn1' id='fnref1'>[1]</a></sup>, 5 m<sup>2</sup>, N<sup>o</sup> 3, "
        "CO<sub>2</sub></p><ol><li id='fn1'><p>Informe. <a href='#fnref1'>↩</a></p></ol>"
        "<p><a href='#_ftnref2' name='_ftn2'>[2]</a> Otra</p>"
    )
    assert rows(reading) == [
        ("paragraph", 0, "Común¹, 5 m², Nº 3, CO2"),
        ("footnote", 0, "¹ Informe."),
        ("footnote", 0, "² Otra"),
    ]


def test_lines_broken_before_times_are_rows() -> None:
    assert rows(html("<p>10:30 Inicio<br>11:00\nFin</p><pre>9:00 Uno\n9:30 Dos</pre>")) == [
        ("agenda_item", 0, "10:30 Inicio"),
        ("agenda_item", 0, "11:00 Fin"),
        ("agenda_item", 0, "9:00 Uno"),
        ("agenda_item", 0, "9:30 Dos"),
    ]


SITE = "<meta property='og:site_name' content='Alcaldía'>"
DATA = "<script type='application/ld+json'>{}</script>"


@pytest.mark.parametrize(
    ("head", "title", "created"),
    [
        ("<title>Taller de datos | Alcaldía | RD</title>", "Taller de datos", None),
        (f"{SITE}<title>Taller de datos - Alcaldía</title>", "Taller de datos", None),
        (f"{SITE}<title>Alcaldía - Taller de datos</title>", "Taller de datos", None),
        ("<title>Ley 27 - Acceso</title>", "Ley 27 - Acceso", None),
        ("<meta name='date' content='2024/11/01'>", None, "2024-11-01"),
        (DATA.format('{"@graph": [{"datePublished": "2024-11-02T10:00"}]}'), None, "2024-11-02"),
        (DATA.format("{roto"), None, None),
    ],
)
def test_title_and_date_of_the_head(head: str, title: str | None, created: str | None) -> None:
    reading = html("<p>Texto</p>", head)
    assert (reading.title, reading.created, reading.language) == (title, created, "es")


def test_the_first_time_of_a_page_is_its_date_if_nothing_else_is() -> None:
    reading = html("<p><time datetime='2024-11-03'>3 de noviembre</time></p><time datetime='1999'>")
    assert reading.created == "2024-11-03"
