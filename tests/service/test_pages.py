"""The pages as people meet them: what they say, and in a real browser how they behave."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from in_browser import NewContext, assert_accessible, open_page, serving
from small_collection import AGENDA, SmallSearcher
from starlette.testclient import TestClient

from search import ranking
from search.documents import BlockKind, Details, Document, DocumentType, Extent, Passage
from search.documents import Page as StoredPage
from service.labels import SHARES, answer_heading, counted, long_date
from service.settings import Settings
from service.web.app import create_app
from service.web.document_schemas import DocumentRecord
from service.web.reader_view import ReaderRequest, reader_view
from service.web.results_view import WIDTH, Piece, filter_groups, snippet
from service.web.schemas import FacetModel

STATES = {
    "inicio": "/",
    "resultados": "/?q=gobernanza+y+mentalidad+ods",
    "agenda": "/?q=¿a qué hora es el Tema 2?",
    "filtrado": "/?q=gobernanza&document_type=slides&language=es",
    "cercano": "/?q=presupuesto",
    "contradiccion": "/?q=¿cuánto dura el tema?",
    "corregido": "/?q=gobernansa+CEPA+tipo:presentación",
    "explicado": "/?q=gobernanza+mentalidad&explain=1",
    "vacio": "/?q=presupesto",
    "error": f"/?q={'a' * 1001}",
    "no-encontrado": "/nada",
    "documento": "/documentos/taller?pagina=2#p-taller.3",
    "documento-en": "/documentos/guias%2Fmindsets?pagina=2",
    "diapositivas": "/documentos/diapositivas?pagina=3",
    "ultima": "/?q=gobernanza&pagina=2",
    "roto": "/?q=romper",
    "palabras": "/?q=gobernanza+cuántica&language=es",
    "documentos": "/documentos",
    "acerca": "/acerca",
}
BUDGET = 14 * 1024
"""HTML and style sheet of a page, compressed."""


@pytest.fixture(scope="module")
def searcher() -> SmallSearcher:
    return SmallSearcher()


@pytest.fixture(scope="module")
def client(searcher: SmallSearcher) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(), searcher), headers={"accept": "text/html"}) as client:
        yield client


@pytest.fixture(scope="module")
def address(searcher: SmallSearcher) -> Iterator[str]:
    """Where the small collection is served."""
    with serving(create_app(Settings(), searcher)) as address:
        yield address


@pytest.fixture(scope="module")
def demo_address(demo_index: Path, model_folder: Path) -> Iterator[str]:
    """Where the demonstration corpus is served, with the real model."""
    with serving(create_app(Settings(index=demo_index, model=str(model_folder)))) as address:
        yield address


def test_the_first_page_says_what_to_do(client: TestClient) -> None:
    html = client.get("/").text
    assert "<h1>Busque en los materiales de capacitación sobre gobernanza de los ODS</h1>" in html
    assert '<label for="q">Escriba una pregunta o un tema</label>' in html
    assert '<button type="submit">Buscar</button>' in html
    assert re.findall(r'<li><a href="/\?q=[^"]+">([^<]+)</a></li>', html) == [
        "¿a qué hora es el Tema 2?",
        "principios de gobernanza eficaz",
        "cambio de mentalidad en las instituciones públicas",
        "¿cómo evaluar las capacidades de gobierno digital?",
    ]
    for other in ("/buscar", "/?q=++"):
        assert content(client.get(other).text) == content(html)


def content(html: str) -> str:
    """What a page holds, without the links to itself in other languages."""
    return html.split("<main")[1].split("</main>")[0]


def test_an_answer_is_a_quote_with_its_source(client: TestClient) -> None:
    html = client.get("/?q=¿a qué hora es el Tema 2?").text
    assert "<h1>1 resultado para “¿a qué hora es el Tema 2?”</h1>" in html
    assert "Material más cercano" not in html
    assert '<h2 id="respuesta">Horario</h2>' in html
    assert '<p class="said">10:40–11:00 (20 minutos)</p>' in html
    assert f"<p>{AGENDA}</p></blockquote>" in html
    source = (
        '<a href="/documentos/taller?pagina=2&amp;pasaje=taller.3#p-taller.3">'
        "Nota conceptual y agenda, página 2</a>"
    )
    assert source in html
    assert "Cita verificada palabra por palabra" in html
    assert "El documento indica 45 minutos; por el horario son 35." in html


def test_what_was_not_found_is_said(client: TestClient) -> None:
    html = client.get("/?q=presupuesto").text
    assert "<h1>Sin respuesta para “presupuesto”</h1>" in html
    assert "No encontré una respuesta que pueda citar" in html
    assert '<p class="quiet" id="cercano">Material más cercano (1 pasaje)</p>' in html
    assert '<ol class="groups" aria-labelledby="cercano">' in html
    assert "Busqué en 4 documentos. Ningún pasaje responde con claridad." in html
    assert "Lo más cercano trata de «Antecedentes»" in html
    assert ways(html) == [("/documentos", "Ver la lista de documentos")]
    assert "<blockquote" not in html


def test_no_results_offers_a_way_on(client: TestClient) -> None:
    html = client.get("/?q=presupesto&language=es").text
    assert "<h1>Sin resultados para “presupesto”</h1>" in html
    assert '¿Quiso decir <a class="tap" href="/?q=presupuesto&amp;language=es">' in html
    assert '<a class="plain" href="/?q=presupesto">Quitar filtros</a>' in html
    assert "Busqué en 4 documentos, solo con este filtro: Español. No hay material" in html
    assert ways(html) == [
        ("/?q=presupesto", "Buscar en todos los idiomas"),
        ("/documentos", "Ver la lista de documentos"),
    ]


def ways(html: str) -> list[tuple[str, str]]:
    """The ways on that a page without an answer offers."""
    listed = html.split('aria-label="Cómo ampliar la búsqueda">')[1].split("</ul>")[0]
    return re.findall(r'<a class="tap" href="([^"]+)">([^<]+)</a>', listed)


def test_a_correction_can_be_taken_back_with_its_filters_kept(client: TestClient) -> None:
    html = client.get("/?q=gobernansa+tipo:presentación&language=es").text
    assert "Se buscó <strong>gobernanza</strong>." in html
    link = "/?q=gobernansa&amp;language=es&amp;document_type=slides&amp;literal=1"
    assert f'<a class="tap" href="{link}">Buscar en su lugar «gobernansa»</a>' in html
    literal = client.get(link.replace("&amp;", "&")).text
    assert "Se buscó" not in literal
    assert '<input type="hidden" name="literal" value="1">' in literal
    assert '<a href="/?q=gobernansa&amp;document_type=slides&amp;literal=1">' in literal


def test_other_meanings_of_an_acronym_are_one_tap_away(client: TestClient) -> None:
    html = client.get("/?q=CEPA+gobernanza&language=es").text
    assert (
        "CEPA también puede significar Comisión Económica para África: "
        '<a class="tap" href="/?q=Comisi%C3%B3n+Econ%C3%B3mica+para+%C3%81frica+gobernanza'
        '&amp;language=es">buscar eso<'
    ) in html


def test_a_filter_written_in_the_text_is_taken_back_with_its_words(client: TestClient) -> None:
    html = client.get("/?q=tipo:presentación+gobernanza+año:2024&language=es").text
    chips = html.split('aria-label="Filtros en uso">')[1].split("</ul>")[0]
    assert re.findall(r'href="([^"]+)"', chips) == [
        "/?q=gobernanza&amp;document_type=slides&amp;year=2024",
        "/?q=gobernanza&amp;language=es&amp;year=2024",
        "/?q=gobernanza&amp;language=es&amp;document_type=slides",
        "/?q=gobernanza",
    ]
    assert '<input type="hidden" name="q" value="gobernanza">' in html
    assert 'type="search" value="tipo:presentación gobernanza año:2024"' in html
    assert 'value="slides" checked>' in html


def test_the_order_is_explained_on_request(client: TestClient) -> None:
    html = client.get("/?q=gobernanza").text
    assert "¿Por qué este resultado?" not in html
    assert '<a class="tap" href="/?q=gobernanza&amp;explain=1">Explicar el orden</a>' in html
    html = client.get("/?q=gobernanza&explain=1").text
    assert html.count('<details class="why">') == 7
    row = '<th scope="row">Palabras que coinciden</th><td>1,25</td><td>0,40</td><td>0,50</td>'
    assert row in html
    assert '<th scope="row">otra</th><td>−0,50</td><td>0,30</td><td>−0,15</td>' in html
    assert "<strong>Palabras que contiene:</strong> gobernanza (2,35)" in html
    assert "mentalidad → <span" in html
    assert "Explicar el orden" not in html


def test_sources_that_differ_stand_side_by_side_each_with_its_citation(client: TestClient) -> None:
    html = client.get("/?q=¿cuánto dura el tema?").text
    assert '<h2 id="respuesta">Cantidad</h2>' in html
    assert html.count("<figure>") == html.count('<details class="citing"') == 2
    assert '<summary>Citar<span class="hidden"> Changing Mindsets Toolkit</span>' in html
    assert '<span class="label">Original en inglés</span>' in html
    assert "<strong>Atención:</strong> Las fuentes difieren." in html


def test_every_kind_of_evidence_has_a_spanish_name() -> None:
    assert [name for name in ranking.NAMES if name not in SHARES] == []


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        ("quote", "Respuesta"),
        ("schedule", "Horario"),
        ("contact", "Contacto"),
        ("definition", "Definición"),
        ("count", "Cantidad"),
        ("list", "Lista"),
        ("place", "Lugar"),
        ("person", "Persona"),
        ("date", "Fecha"),
        ("new", "Respuesta"),
    ],
)
def test_an_answer_stands_under_its_kind(kind: str, heading: str) -> None:
    assert answer_heading(kind) == heading


def test_documents_are_cited_in_four_styles_without_javascript(client: TestClient) -> None:
    html = client.get("/documentos/diapositivas?pagina=3").text
    block = html.split('<details class="citing"')[1].split("</details>")[0]
    assert re.findall(r"<dt>([^<]+)</dt>", block) == [
        "Naciones Unidas", "APA 7", "Markdown", "BibTeX",
    ]  # fmt: skip
    assert (
        "<dd>«Gobierno digital en doce láminas», diapositiva 3. Disponible en "
        "http://testserver/documentos/diapositivas?pagina=3.</dd>"
    ) in block
    odd = client.get("/documentos/raro").text.split('<details class="citing"')[1]
    assert "<b>" not in odd.split("</details>")[0]


def test_hits_stand_under_their_document(client: TestClient) -> None:
    html = client.get("/?q=gobernanza").text
    titles = re.findall(r'<h2><a href="[^"]+">([^<]+)</a></h2>', html)
    assert titles == [
        "Nota conceptual y agenda",
        "Changing Mindsets Toolkit",
        "Gobierno digital en doce láminas",
        "Ficha &lt;b&gt;rara&lt;/b&gt; &amp; &#34;comillas&#34;",
    ]
    assert html.count('<p class="snippet"') == 7
    assert (
        '<a href="/documentos/diapositivas?buscar=gobernanza">+9 pasajes más en este documento</a>'
        in html
    )
    assert "Diapositiva 1<" in html
    assert "<mark>gobernanza</mark>" in html


def test_text_from_documents_is_never_markup(client: TestClient) -> None:
    html = client.get("/?q=alert").text
    assert "<script" not in content(html)
    assert "Escriba &lt;script&gt;<mark>alert</mark>(1)&lt;/script&gt; y 🙂" in html
    query = client.get("/?q=%3Cimg src=x%3E%22").text
    assert "<img src=x" not in query
    assert 'value="&lt;img src=x&gt;&#34;"' in query


def test_filters_can_be_chosen_and_taken_back(client: TestClient) -> None:
    html = client.get("/?q=gobernanza&document_type=slides&document_type=toolkit").text
    assert html.count(" checked>") == 2
    without_slides = '<a href="/?q=gobernanza&amp;document_type=toolkit">'
    assert f'{without_slides}<span class="hidden">Quitar </span>Tipo de material: Pres' in html
    assert '<input type="hidden" name="q" value="gobernanza">' in html


def test_expansions_are_shown(client: TestClient) -> None:
    html = client.get("/?q=gobernanza+ods").text
    assert "También se buscó: ods = objetivos de desarrollo sostenible." in html


def test_the_reader_holds_every_word_of_the_page_and_an_anchor_a_passage(
    client: TestClient,
) -> None:
    html = client.get("/documentos/taller?pagina=2").text
    sheet = html.split('<div class="sheet"')[1].split("</article>")[0]
    assert re.findall(r'id="(t-[^"]+)"', sheet) == ["t-taller.3", "t-taller.4"]
    overlay = html.split('<svg class="overlay"')[1].split("</svg>")[0]
    assert re.findall(r'<g id="(p-[^"]+)"', overlay) == ["p-taller.3", "p-taller.4"]
    assert 'viewBox="0 0 595 842"' in overlay
    assert overlay.count('<rect x="72.0" y="90.0" width="448.0" height="28.5" rx="2"/>') == 2
    assert "<h4>Agenda provisional</h4>" in sheet
    assert f"<p>{AGENDA}</p>" in sheet
    assert '<a rel="prev" href="/documentos/taller?pagina=1">‹ Anterior<' in html
    assert 'rel="next"' not in html
    assert "<title>Nota conceptual y agenda, página 2 – Acervo</title>" in html


def test_the_reader_tells_what_is_known_and_where_from(client: TestClient) -> None:
    html = client.get("/documentos/taller").text
    for said in (
        "<summary>Programa (1 punto)</summary>",
        '<li class="day">Viernes 1 de noviembre</li>',
        '<span class="when">10:40–11:00</span>',
        "Actividad · 45 minutos · grupos de 4 a 6 personas · rotafolio, tarjetas",
        "El documento indica 45 minutos; por el horario son 35.",
        '<li>Fecha: 1 de noviembre de 2024 <span class="quiet">(del catálogo)</span></li>',
        'Lugar: Santiago <span class="quiet">(del texto, <a href="/documentos/taller?pagina=1#',
        'Lectura: <span lang="es">página 2 leída por OCR (confianza 93 %)</span>',
        'Otras versiones de este documento: <a href="/documentos/diapositivas">',
        "<dt>Cómo se leyó</dt><dd>2 páginas por su texto</dd>",
        f'<dd class="hash">{"0" * 64}</dd>',
    ):
        assert said in html


def test_the_reader_shows_text_once_even_where_passages_meet() -> None:
    text = "uno dos\ntres\ncuatro cinco"
    document = Document(
        "d", "D", DocumentType.OTHER, "es", "d.pdf", "r", "p", "0", "application/pdf", 1, True
    )
    extents = [Extent(1, 0, 7, 0), Extent(1, 4, 12, 0), Extent(1, 13, 19, 8)]
    passages = [
        Passage("a", "d", BlockKind.PARAGRAPH, (), "", "es", (extents[0],)),
        Passage("b", "d", BlockKind.PARAGRAPH, (), "", "es", (extents[1], extents[2])),
    ]
    page = StoredPage(1, text)
    record = DocumentRecord(document, [page], Details(), (), ())
    view = reader_view(record, passages, page, ReaderRequest())
    shown = [
        (s.passage_id if s.first else None, [line.text for line in s.lines]) for s in view.stretches
    ]
    assert shown == [
        ("a", ["uno dos"]),
        ("b", ["tres"]),
        (None, ["cuatro"]),
        (None, ["cinco"]),
    ]


def test_a_snippet_is_cut_between_words_around_the_marks() -> None:
    text = "palabra " * 100 + "🙂 meta lograda" + " final" * 100
    at = text.index("meta")
    shown = snippet(text, [(at, at + 4)])
    assert [piece.text for piece in shown if piece.marked] == ["meta"]
    whole = "".join(piece.text for piece in shown)
    assert whole.startswith("… palabra ")
    assert whole.endswith(" final …")
    assert len(whole) <= WIDTH + 4


def test_marks_that_overlap_are_joined_without_losing_text() -> None:
    assert snippet("abcdef", [(3, 5), (1, 4)]) == (
        Piece("a"),
        Piece("bcd", marked=True),
        Piece("e", marked=True),
        Piece("f"),
    )


def test_long_documents_can_be_jumped_through(client: TestClient) -> None:
    html = client.get("/documentos/diapositivas?pagina=3").text
    assert '<h2 id="pagina">Diapositiva 3 de 12</h2>' in html
    assert 'name="pagina" type="number" min="1" max="12"' in html
    assert 'type="number"' not in client.get("/documentos/taller").text


def test_the_last_page_of_results_leads_back(client: TestClient) -> None:
    html = client.get("/?q=gobernanza&pagina=2").text
    assert 'No hay más resultados. <a href="/?q=gobernanza">' in html
    assert '<a rel="prev" href="/?q=gobernanza">‹ Anterior</a>' in html
    assert 'rel="next"' not in html


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-11-01", "1 de noviembre de 2024"),
        ("2024-11", "noviembre de 2024"),
        ("2024", "2024"),
        ("2024-13-01", "2024-13-01"),
        ("noviembre-2024", "noviembre-2024"),
    ],
)
def test_dates_are_read_as_they_are_said(written: str, read: str) -> None:
    assert long_date(written) == read


def test_numbers_are_grouped_as_the_academy_says() -> None:
    assert counted(1, "pasaje", "pasajes") == "1 pasaje"
    assert counted(9999, "pasaje", "pasajes") == "9999 pasajes"
    assert counted(12345, "pasaje", "pasajes") == "12\u202f345 pasajes"


def test_a_long_list_of_values_is_folded_and_keeps_what_was_chosen_in_sight() -> None:
    values = [FacetModel(value=f"M{n}", label=f"M{n}", count=9 - n) for n in range(9)]
    (group,) = filter_groups({"module": values}, {"module": ("M8",)}, 90)
    assert [option.value for option in group.options] == ["M8", "M0", "M1", "M2", "M3", "M4"]
    assert [option.value for option in group.rest] == ["M5", "M6", "M7"]
    assert group.options[0].chosen


def test_goals_stand_in_the_order_of_their_numbers() -> None:
    values = [FacetModel(value=v, label=v, count=n) for v, n in (("16", 9), ("2", 5), ("11", 1))]
    (group,) = filter_groups({"ods": values}, {"ods": ["13", "4"]}, 90)
    assert [option.value for option in group.options] == ["4", "13", "2", "11", "16"]
    assert group.options[2].label == "ODS 2 · Hambre cero"


def test_a_search_inside_a_document_says_so_and_can_be_left(client: TestClient) -> None:
    page = client.get("/", params={"q": "gobernanza", "document": "diapositivas"}).text
    assert "Documento: Gobierno digital en doce láminas" in page


def test_pages_keep_to_their_budget(client: TestClient) -> None:
    style = re.search(r"/static/acervo\.css\?v=\w+", client.get("/").text)
    assert style is not None
    sizes = {
        name: compressed(client, path) + compressed(client, style[0])
        for name, path in STATES.items()
        if name != "error"
    }
    assert max(sizes.values()) <= BUDGET, sizes


def compressed(client: TestClient, path: str) -> int:
    """Bytes of the body as it goes over the wire."""
    with client.stream("GET", path, headers={"accept-encoding": "gzip"}) as response:
        return sum(len(chunk) for chunk in response.iter_raw())


@pytest.mark.browser
def test_searching_works_without_javascript(new_context: NewContext, address: str) -> None:
    page = open_page(new_context, 360, javascript=False)
    page.goto(address)
    page.get_by_label("Escriba una pregunta o un tema").fill("gobernanza")
    page.get_by_role("button", name="Buscar").click()
    assert page.locator("h1").inner_text() == "Sin respuesta para “gobernanza”"
    assert page.locator("#cercano").inner_text() == "Material más cercano (7 pasajes)"
    page.locator(".filters > summary").click()
    page.get_by_label("Guía de herramientas").check()
    page.get_by_role("button", name="Aplicar filtros").click()
    assert page.locator(".group h2").all_inner_texts() == ["Changing Mindsets Toolkit"]
    page.get_by_role("link", name="Página 2 de Changing Mindsets Toolkit", exact=True).click()
    address_of_passage = "/documentos/guias%2Fmindsets?pagina=2&pasaje=mindsets.2#p-mindsets.2"
    assert page.url == address + address_of_passage
    cited = page.locator(".passage.cited")
    assert cited.get_attribute("id") == "t-mindsets.2"
    assert "gobernanza y mentalidad innovadora" in cited.inner_text()


@pytest.mark.browser
def test_a_question_leads_to_its_hour_and_to_the_passage_that_says_so(
    new_context: NewContext, demo_address: str
) -> None:
    page = open_page(new_context, 360, javascript=False)
    page.goto(demo_address)
    page.get_by_label("Escriba una pregunta o un tema").fill("¿a qué hora es el Tema 2?")
    page.keyboard.press("Enter")
    card = page.get_by_role("region", name="Horario")
    assert card.locator(".said").inner_text() == "10:40–11:00 (20 minutos)"
    quote = card.locator("blockquote").inner_text()
    source = card.locator("figcaption").get_by_role("link")
    assert source.inner_text() == (
        "Ficha del taller: innovación, transformación digital y servicios públicos para los ODS, "
        "página 2"
    )
    source.click()
    assert page.url.startswith(f"{demo_address}/documentos/ficha-taller-flacma?pagina=2&pasaje=")
    assert page.locator("#pagina").inner_text() == "Página 2 de 4"
    passage = page.locator(".passage.cited")
    assert passage.get_attribute("data-passage") == page.url.partition("#p-")[2]
    assert passage.inner_text().split("\n") == ["Pasaje citado", "", quote]
    assert passage.is_visible()


@pytest.mark.browser
@pytest.mark.parametrize("state", STATES)
def test_no_accessibility_rule_is_broken(new_context: NewContext, address: str, state: str) -> None:
    page = open_page(new_context, 1280)
    page.goto(address + STATES[state])
    assert_accessible(page, state)


@pytest.mark.browser
@pytest.mark.parametrize("state", STATES)
def test_pages_fit_a_narrow_phone_and_ask_no_other_host(
    new_context: NewContext, address: str, state: str
) -> None:
    page = open_page(new_context, 320, javascript=False)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address + STATES[state])
    widest = page.locator("body *").evaluate_all(
        "nodes => Math.max(...nodes.map(node => node.getBoundingClientRect().right))"
    )
    assert widest <= 320
    assert {url.split("/")[2] for url in asked} == {address.split("/")[2]}
    assert page.context.cookies() == []


@pytest.mark.browser
def test_what_a_finger_must_hit_is_large_enough(new_context: NewContext, address: str) -> None:
    page = open_page(new_context, 360)
    page.goto(address + STATES["inicio"])
    for target in page.locator("#q, button, .examples a, .brand, nav a").all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44, target.inner_text()
    size = page.locator("#q").evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
    assert size >= 16


@pytest.mark.browser
def test_two_sources_stand_beside_each_other_only_where_there_is_room(
    new_context: NewContext, address: str
) -> None:
    for width, beside in ((1280, True), (360, False)):
        page = open_page(new_context, width, javascript=False)
        page.goto(address + STATES["contradiccion"])
        first, second = (figure.bounding_box() for figure in page.locator(".answer figure").all())
        assert first is not None
        assert second is not None
        assert (second["x"] >= first["x"] + first["width"]) is beside
        assert (second["y"] >= first["y"] + first["height"]) is not beside


@pytest.mark.browser
def test_a_citation_opens_without_javascript(new_context: NewContext, address: str) -> None:
    page = open_page(new_context, 360, javascript=False)
    page.goto(address + STATES["documento-en"])
    cited = page.locator(".citing dd").first
    assert not cited.is_visible()
    page.locator(".citing > summary").click()
    assert cited.inner_text() == (
        "«Changing Mindsets Toolkit» (2021), pág. 2. Disponible en "
        f"{address}/documentos/guias%2Fmindsets?pagina=2."
    )


@pytest.mark.browser
def test_filters_stand_open_beside_the_results_on_a_wide_screen(
    new_context: NewContext, address: str
) -> None:
    page = open_page(new_context, 1280, javascript=False)
    page.goto(address + STATES["resultados"])
    assert page.get_by_role("checkbox", name="Presentación").is_visible()
    assert not page.locator(".filters > summary").is_visible()


@pytest.mark.browser
def test_the_keyboard_reaches_the_box_after_one_skip_link(
    new_context: NewContext, address: str
) -> None:
    page = open_page(new_context, 1280)
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Saltar al contenido"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("name") == "q"
