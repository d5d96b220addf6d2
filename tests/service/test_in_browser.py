"""What JavaScript adds to the pages, and what they are without it, in a real browser."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import brotli
import pytest
from in_browser import AXE_OPTIONS, axe, open_page, serving, wait_until
from playwright.sync_api import Locator, Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback as NewContext
from small_collection import SmallSearcher

from service.i18n import LANGUAGES
from service.settings import Settings
from service.web.app import create_app

pytestmark = pytest.mark.browser

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
STATES = {
    "inicio": "/",
    "respuesta": "/?q=¿cuánto dura el tema?",
    "resultados": "/?q=gobernanza y mentalidad&explain=1&document_type=slides",
    "sin-respuesta": "/?q=presupuesto",
    "sin-resultados": "/?q=presupesto",
    "error": f"/?q={'a' * 1001}",
    "documentos": "/documentos",
    "documento": "/documentos/taller?pagina=2&pasaje=taller.3#p-taller.3",
    "dentro": "/documentos/taller?buscar=gobernanza",
    "citar": "/documentos/taller/citar?pagina=2&pasaje=taller.3",
    "acerca": "/acerca",
    "accesibilidad": "/accesibilidad",
    "privacidad": "/privacidad",
}
NAMES = {**AXE_OPTIONS, "rules": {"target-size": {"enabled": True},
         "label-content-name-mismatch": {"enabled": True}}}  # fmt: skip
SEARCH_PAGE = 14 * 1024
SEARCH_SCRIPT = 10 * 1024
"""Bytes with Brotli, as `research` for a poor line set them."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the small collection is served."""
    settings = Settings(index=tmp_path_factory.mktemp("indice"))
    with serving(create_app(settings, SmallSearcher())) as address:
        yield address


@pytest.fixture(scope="module")
def demo(demo_index: Path, model_folder: Path) -> Iterator[str]:
    """Where the demonstration corpus is served, with the real model."""
    settings = Settings(index=demo_index, model=str(model_folder), query_log=False)
    with serving(create_app(settings)) as address:
        yield address


@pytest.fixture
def page(new_context: NewContext) -> Page:
    return open_page(new_context, 1280)


@pytest.fixture
def box(page: Page, address: str) -> Locator:
    """The search box of the first page."""
    page.goto(address)
    return page.get_by_role("combobox")


def suggest(box: Locator, text: str = "al") -> Locator:
    """Type, and wait for the list."""
    box.press_sequentially(text)
    listed = box.page.get_by_role("listbox")
    expect(listed).to_be_visible()
    return listed.get_by_role("option")


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_accessible_in_every_language(page: Page, address: str, state: str) -> None:
    for code in LANGUAGES:
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"{address}{'' if code == 'es' else '/' + code}{STATES[state]}")
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            found = axe(page, NAMES)
            assert found.violations_count == 0, f"{code} {width}: {found.generate_report()}"


@pytest.mark.parametrize("features", [{"forced_colors": "active"}, {"reduced_motion": "reduce"}])
def test_colours_and_motion_are_left_to_the_person(
    page: Page, address: str, features: dict[str, str]
) -> None:
    page.emulate_media(**features)  # type: ignore[arg-type] # the names are the method's own
    page.goto(address + STATES["documento"])
    found = axe(page, NAMES)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == (
        "auto" if "reduced_motion" in features else "smooth"
    )


@pytest.mark.parametrize("state", STATES)
def test_our_policy_stops_nothing_of_ours_and_nothing_else_is_asked(
    new_context: NewContext, address: str, state: str
) -> None:
    """With a telephone's user agent: some widgets write styles into elements only there."""
    context = new_context(
        viewport={"width": 320, "height": 700}, user_agent=IPHONE, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.add_init_script(
        "window.stopped = []; addEventListener('securitypolicyviolation',"
        " event => window.stopped.push(event.violatedDirective))"
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address + STATES[state])
    for box in page.get_by_role("combobox").all():
        box.press_sequentially("gob")
        page.wait_for_timeout(300)
    assert page.evaluate("window.stopped") == []
    assert {url.split("/")[2] for url in asked} == {address.split("/")[2]}
    assert context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_first_arrow_down_chooses_the_first_suggestion(box: Locator) -> None:
    options = suggest(box)
    names = options.all_inner_texts()
    assert names == ["Nota conceptual y agenda", "Gobierno digital en doce láminas"]
    assert box.page.locator("[aria-selected=true]").count() == 0
    box.press("ArrowDown")
    assert options.nth(0).get_attribute("aria-selected") == "true"
    assert box.get_attribute("aria-activedescendant") == options.nth(0).get_attribute("id")
    expect(box).to_have_value(names[0])
    expect(box).to_be_focused()
    box.press("ArrowUp")
    expect(box).to_have_value("al")
    assert box.get_attribute("aria-activedescendant") is None
    box.press("ArrowUp")
    expect(box).to_have_value(names[-1])


def test_escape_closes_the_list_and_leaves_text_and_focus(box: Locator) -> None:
    suggest(box)
    box.press("ArrowDown")
    box.press("Escape")
    expect(box.page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_be_focused()
    expect(box).to_have_value("al")
    assert box.get_attribute("aria-expanded") == "false"


def test_enter_searches_what_is_in_the_box(box: Locator) -> None:
    suggest(box)
    box.press("Enter")
    box.page.wait_for_url("**/?q=al")
    again = box.page.get_by_role("combobox")
    again.fill("")
    suggest(again)
    again.press("ArrowDown")
    again.press("Enter")
    box.page.wait_for_url("**/?q=Nota+conceptual+y+agenda")


def test_a_suggestion_can_be_taken_by_finger(box: Locator) -> None:
    suggest(box).nth(1).click()
    box.page.wait_for_url("**/?q=Gobierno+digital+en+doce+l%C3%A1minas")


@pytest.mark.parametrize("code", LANGUAGES)
def test_only_the_number_of_suggestions_is_announced(page: Page, address: str, code: str) -> None:
    page.goto(f"{address}{'' if code == 'es' else '/' + code + '/'}")
    suggest(page.get_by_role("combobox"))
    said = page.locator("#estado")
    expect(said).to_have_text(re.compile(r"^2 (sugerencias|suggestions|sugestões)$"))
    assert said.get_attribute("role") == "status"


def test_the_box_names_what_exists(box: Locator) -> None:
    options = suggest(box)
    ids = [box.get_attribute("aria-controls"), *[o.get_attribute("id") for o in options.all()]]
    assert [box.page.locator(f"#{one}").count() for one in ids] == [1] * len(ids)
    assert box.page.locator("[role=option] :is(a, button, input)").count() == 0


def test_searches_are_remembered_only_where_somebody_asks_for_it(page: Page, address: str) -> None:
    page.goto(f"{address}/?q=gobernanza")
    page.get_by_role("combobox").fill("mentalidad")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=mentalidad")
    assert page.evaluate("localStorage.length") == 0
    page.goto(address)
    page.get_by_role("checkbox").check()
    for text in ("gobernanza", "agenda"):
        page.get_by_role("combobox").fill(text)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/?q={text}")
        page.goto(address)
    listed = page.locator("#recientes li a")
    assert listed.all_inner_texts() == ["agenda", "gobernanza"]
    page.get_by_role("button", name="Borrar la lista").click()
    assert listed.count() == 0
    page.get_by_role("checkbox").uncheck()
    assert page.evaluate("localStorage.length") == 0


def test_a_search_without_a_connection_keeps_what_was_typed(page: Page, address: str) -> None:
    page.goto(address)
    page.context.set_offline(True)
    page.get_by_role("combobox").fill("gobernanza")
    page.keyboard.press("Enter")
    expect(page.locator("#estado")).to_have_text(
        "Parece que no hay conexión. Su consulta sigue en el cuadro."
    )
    expect(page.get_by_role("combobox")).to_have_value("gobernanza")
    assert page.url == f"{address}/"


def test_a_slow_search_says_that_it_searches(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate("addEventListener('submit', event => event.preventDefault())")
    page.get_by_role("combobox").fill("gobernanza")
    page.keyboard.press("Enter")
    expect(page.locator("#estado")).to_have_text("Buscando…")


def test_a_citation_opens_in_place_and_gives_the_focus_back(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    page.goto(f"{address}/?q=gobernanza")
    link = page.locator("[data-cite]").first
    link.click()
    dialog = page.get_by_role("dialog", name="Cómo citar «Nota conceptual y agenda»")
    expect(dialog).to_be_visible()
    found = axe(page, NAMES)
    assert found.violations_count == 0, found.generate_report()
    dialog.get_by_role("button", name="Copiar APA 7").click()
    expect(page.locator("#estado")).to_have_text("Copiado")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("(«Nota conceptual y agenda», 2024, p. 1)")
    assert copied.endswith("/documentos/taller?pagina=1#p-taller.1")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(link).to_be_focused()


def test_sharing_copies_an_address_that_works_anywhere(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    page.goto(f"{address}/?q=gobernanza")
    page.get_by_role("button", name="Compartir Nota conceptual y agenda").first.click()
    expect(page.locator("#estado")).to_have_text("Enlace copiado")
    shared = page.evaluate("navigator.clipboard.readText()")
    assert shared.startswith(f"{address}/documentos/taller?pagina=1#p-taller.")


def fill_of(page: Page, passage: str) -> str:
    return str(
        page.locator(f'.overlay [id="p-{passage}"] rect').first.evaluate(
            "node => getComputedStyle(node).fill"
        )
    )


MARKED = "rgb(255, 225, 77)"
UNMARKED = "rgba(0, 0, 0, 0)"


def test_the_reader_marks_the_passage_that_an_address_names(page: Page, demo: str) -> None:
    page.goto(f"{demo}/?q=¿cuántos principios de gobernanza eficaz adoptó el CEPA?")
    link = page.locator(".group h2 a").first
    link.click()
    page.wait_for_selector(".overlay .cited rect")
    passage = page.url.partition("#p-")[2]
    assert "b=" not in page.url
    assert fill_of(page, passage) == MARKED
    assert page.locator(f'.passage.cited[data-passage="{passage}"]').first.is_visible()
    picture = page.locator("img.page")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") >= 480
    region, image = page.locator(".overlay .cited").bounding_box(), picture.bounding_box()
    assert region is not None
    assert image is not None
    assert (
        image["y"] <= region["y"] <= region["y"] + region["height"] <= image["y"] + image["height"]
    )
    assert 0 <= region["y"] <= 800
    plain = re.sub(r"[?&]pasaje=[\w-]+", "", page.url)
    page.goto("about:blank")
    page.goto(plain)
    assert fill_of(page, passage) == MARKED
    other = page.locator(".passage:not(.cited)[data-passage]").first.get_attribute("data-passage")
    assert other is not None
    assert fill_of(page, other) == UNMARKED
    page.evaluate("id => { location.hash = `p-${id}`; }", other)
    wait_until(
        page, f"document.querySelector(`.passage[data-passage='{other}']`).matches('.cited')"
    )
    assert (fill_of(page, passage), fill_of(page, other)) == (UNMARKED, MARKED)


def test_a_councillor_without_javascript_asks_narrows_reads_and_cites(
    new_context: NewContext, demo: str
) -> None:
    page = open_page(new_context, 360, javascript=False)
    page.goto(demo)
    page.get_by_label("Escriba una pregunta o un tema").fill("principios de gobernanza eficaz")
    page.get_by_role("button", name="Buscar").click()
    expect(page.locator("h1")).to_contain_text("para “principios de gobernanza eficaz”")
    page.locator(".filters > summary").click()
    page.get_by_role("checkbox", name="Español").check()
    page.get_by_role("button", name="Aplicar filtros").click()
    expect(page.get_by_role("list", name="Filtros en uso")).to_contain_text("Idioma: Español")
    page.locator(".answer figcaption a").first.click()
    passage = page.url.partition("#p-")[2]
    assert fill_of(page, passage) == MARKED
    expect(page.locator(".cited-note")).to_contain_text("El pasaje citado está marcado.")
    expect(page.locator(".passage.cited .flag")).to_have_text("Pasaje citado")
    page.locator(".cited-note a").click()
    expect(page.locator("h1")).to_contain_text("Cómo citar «")
    assert page.locator(".citing dt").all_inner_texts() == [
        "Naciones Unidas", "APA 7", "Markdown", "BibTeX",
    ]  # fmt: skip
    page.get_by_role("link", name="Volver al documento").click()
    assert page.url.endswith(f"#p-{passage}")
    page.get_by_role("searchbox", name="Buscar en este documento").fill("transparencia")
    page.get_by_role("search", name="Buscar en este documento").get_by_role("button").click()
    expect(page.locator("#dentro")).to_contain_text("para “transparencia” en este documento")
    with page.expect_download() as download:
        page.get_by_role("link", name="Descargar el original").click()
    assert download.value.suggested_filename == "once-principios.pdf"


def test_a_page_whose_image_fails_says_so_and_keeps_its_text(page: Page, demo: str) -> None:
    page.route("**/*.webp*", lambda route: route.abort())
    page.goto(f"{demo}/documentos/once-principios")
    expect(page.locator("article [role=status]")).to_have_text(
        "No se pudo mostrar la imagen de la página; su texto está debajo."
    )
    expect(page.locator(".sheet")).to_contain_text("principios")


def test_paper_shows_what_was_found_and_nothing_to_press(page: Page, address: str) -> None:
    page.emulate_media(media="print")
    for state in ("respuesta", "documento"):
        page.goto(address + STATES[state])
        for hidden in (".search", ".pager", ".deeds", ".filters", ".inner", "nav"):
            for one in page.locator(hidden).all():
                expect(one).to_be_hidden()
        expect(page.locator("h1")).to_be_visible()


@pytest.mark.parametrize(
    "question",
    ["principios de gobernanza eficaz", "¿a qué hora es el Tema 2?", "presupuesto de Marte"],
)
def test_a_search_page_is_small(demo: str, question: str, get: Callable[[str], bytes]) -> None:
    html = get(f"{demo}/?q={question}")
    files = re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js)[^"]*)"', html.decode())
    sizes = {file.split("?")[0]: len(brotli.compress(get(demo + file))) for file in files}
    scripts = sum(size for file, size in sizes.items() if file.endswith(".js"))
    styles = sum(size for file, size in sizes.items() if file.endswith(".css"))
    assert len(brotli.compress(html)) + styles <= SEARCH_PAGE
    assert 0 < scripts <= SEARCH_SCRIPT


@pytest.fixture
def get(new_context: NewContext) -> Callable[[str], bytes]:
    """What an address answers to a browser that asks for a page."""
    request = new_context(extra_http_headers={"Accept": "text/html"}).request
    return lambda address: request.get(address).body()
