"""The widget on somebody else's page: in a real browser, from another origin, under its policy."""

import base64
import hashlib
import html
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, parse_qsl, urlsplit

import brotli
import pytest
from in_browser import AXE_OPTIONS, AXE_SCRIPT, serving, wait_until
from places import ROOT
from playwright.sync_api import Locator, Page, Route, expect
from pytest_playwright.pytest_playwright import CreateContextCallback as NewContext
from small_collection import AGENDA, SmallSearcher
from starlette.testclient import TestClient

from service.settings import Settings
from service.web.app import create_app
from service.web.widget import (
    FILE,
    FOLDER,
    LABELS,
    Choice,
    contrast,
    integrity_of,
    newest,
    recorded,
    snippets,
    versions,
)

LANGUAGES = ["es", "en", "pt", "fr"]
BUDGET = 6 * 1024
QID = "abcdefghijkl"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
QUESTION = "¿a qué hora es el Tema 2 sobre gobernanza?"
COUNTED = {
    "es": ["2 sugerencias", "1 sugerencia", "Sin sugerencias para “xyz”. Pulse Buscar."],
    "en": ["2 suggestions", "1 suggestion", "No suggestions for “xyz”. Press Search."],
    "pt": ["2 sugestões", "1 sugestão", "Sem sugestões para “xyz”. Pressione Buscar."],
    "fr": [
        "2 suggestions",
        "1 suggestion",
        "Aucune suggestion pour «\u202fxyz\u202f». Appuyez sur Chercher.",
    ],
}
ANSWERED = {
    "es": ["Respuesta. 8 resultados.", "No encontré una respuesta que pueda citar. 1 resultado."],
    "en": ["Answer. 8 results.", "I found no answer that I can quote. 1 result."],
    "pt": ["Resposta. 8 resultados.", "Não encontrei uma resposta que possa citar. 1 resultado."],
    "fr": ["Réponse. 8 résultats.", "Je n’ai trouvé aucune réponse à citer. 1 résultat."],
}
FAILED = {
    "es": "No se pudo conectar. Esto no dice si hay material sobre su pregunta.",
    "en": "Could not connect. This does not tell if there is material on your question.",
    "pt": "Não foi possível conectar. Isto não diz se há material sobre a sua pergunta.",
    "fr": "Connexion impossible. Cela ne dit pas s’il existe des documents sur votre question.",
}
BUSY = {"es": "Buscando…", "en": "Searching…", "pt": "Buscando…", "fr": "Recherche…"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(Settings(), SmallSearcher())) as client:
        yield client


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the small collection is served."""
    with serving(create_app(Settings(), SmallSearcher())) as address:
        yield address


@pytest.fixture(scope="module")
def host(address: str) -> Iterator[str]:
    """The demonstration site, on another origin."""
    with hosting(address) as host:
        yield host


@contextmanager
def hosting(acervo: str) -> Iterator[str]:
    """The demonstration site, with the widget of the Acervo at that address."""
    command = [sys.executable, str(ROOT / "scripts" / "anfitrion")]
    with subprocess.Popen(
        [*command, "--acervo", acervo, "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


@pytest.fixture
def new_page(new_context: NewContext) -> Callable[..., Page]:
    """Makes pages in contexts of their own that record what breaks their policy."""

    def make(**options: Any) -> Page:
        options.setdefault("viewport", {"width": 360, "height": 800})
        context = new_context(**options)
        context.set_default_timeout(8_000)
        context.add_init_script(
            "window.broken = []; document.addEventListener('securitypolicyviolation', "
            "(event) => broken.push(event.violatedDirective + ' ' + event.blockedURI));"
        )
        return context.new_page()

    return make


class Site(BaseHTTPRequestHandler):
    """Somebody's page: the last one put. Served for real, since a browser does not let a page
    that came from nowhere fetch from the loopback interface."""

    address = ""
    content = ""
    policy = "frame-ancestors 'self'"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", self.policy)
        self.end_headers()
        self.wfile.write(self.content.encode("utf-8"))

    def log_message(self, format: str, *arguments: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module", autouse=True)
def site() -> Iterator[str]:
    """Where the page that was put last is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Site.address = f"http://127.0.0.1:{server.server_port}/"
    yield Site.address
    server.shutdown()
    server.server_close()
    thread.join()


def put(page: Page, body: str, lang: str = "es", **navigation: Literal["commit"]) -> None:
    """Serve a page with that body, and go there."""
    Site.content = f"<!doctype html><html lang='{lang}'><title>Sitio</title><body>{body}"
    page.goto(Site.address, **navigation)


def script(address: str, more: str = "") -> str:
    return f'<script src="{address}/w/1/{FILE}" defer {more}></script>'


def put_widget(page: Page, address: str, attributes: str = "", lang: str = "es") -> Locator:
    """A page with the widget; its input."""
    put(page, f"{script(address)}<acervo-buscador {attributes}></acervo-buscador>", lang)
    return page.get_by_role("combobox")


def status(page: Page) -> Locator:
    return page.locator("[part=status]")


def inner(page: Page, script: str) -> object:
    """The value of a script in which `root` is the widget's shadow root."""
    return page.evaluate(
        f"() => {{ const root = document.querySelector('acervo-buscador').shadowRoot; {script} }}"
    )


# What is served


def test_a_version_never_changes() -> None:
    """Pages carry its sum: other bytes would break them. While "released" is false in
    service/web/static/w/versions.json, `scripts/widget-integrity` writes the sum anew; afterwards a
    change needs a new folder."""
    assert {number: one.integrity for number, one in versions().items()} == {
        number: entry["integrity"] for number, entry in recorded().items()
    }


def test_the_sum_is_what_browsers_compute() -> None:
    digest = hashlib.sha384((FOLDER / "1.0.0" / FILE).read_bytes()).digest()
    assert versions()["1.0.0"].integrity == f"sha384-{base64.b64encode(digest).decode()}"


def test_the_widget_with_four_languages_fits_in_six_kilobytes() -> None:
    assert len(brotli.compress(newest().content)) <= BUDGET


def test_every_language_says_everything() -> None:
    source = newest().content.decode("utf-8")
    names = re.search(r"const NAMES = '([^']+)'", source)
    assert names is not None
    texts = dict(re.findall(r"^(\w\w): `([^`]+)`,$", source, re.MULTILINE))
    assert list(texts) == LANGUAGES
    for language, text in texts.items():
        lines = text.split("\n")
        assert len(lines) == len(names[1].split()), language
        assert (lines[0], lines[1]) == LABELS[language]
        holes = [i for i, line in enumerate(lines) if "%" in line or "#" in line]
        assert holes == [3, 4, 7, 12, 13, 15, 16, 17], language


def test_a_version_is_kept_for_ever_by_pages_anywhere(client: TestClient) -> None:
    response = client.get(f"/w/1.0.0/{FILE}")
    assert response.status_code == 200
    assert integrity_of(response.content) == newest().integrity
    assert {
        name: response.headers[name]
        for name in (
            "content-type",
            "cache-control",
            "access-control-allow-origin",
            "cross-origin-resource-policy",
        )
    } == {
        "content-type": "text/javascript; charset=utf-8",
        "cache-control": "public, max-age=31536000, immutable",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
    }


def test_the_alias_is_kept_for_an_hour(client: TestClient) -> None:
    response = client.get(f"/w/1/{FILE}", headers={"origin": "https://host.test"})
    assert response.content == newest().content
    assert response.headers["cache-control"] == "public, max-age=3600"
    assert response.headers["access-control-allow-origin"] == "*"


def test_a_version_that_does_not_exist_names_those_that_do(client: TestClient) -> None:
    response = client.get(f"/w/2.0.0/{FILE}")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == (
        "No hay ninguna versión «2.0.0» del buscador para otras páginas; hay: 1.0.0, 1."
    )


@pytest.mark.parametrize("path", ["/api/v1/search?q=gobernanza", "/api/v1/suggest?q=nota"])
def test_any_origin_may_ask_but_never_with_credentials(client: TestClient, path: str) -> None:
    headers = client.get(path, headers={"origin": "https://host.test"}).headers
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers


def test_only_the_page_for_frames_may_be_framed(client: TestClient) -> None:
    policies = {
        path: client.get(path).headers["content-security-policy"] for path in ("/embed", "/widget")
    }
    assert "frame-ancestors *" in policies["/embed"]
    assert "frame-ancestors 'self'" in policies["/widget"]


def test_the_tags_are_what_an_editor_needs() -> None:
    choice = Choice("en", 'Ask "us"', "#7a1f3d", {"toolkit": "Cambio & mentalidad"})
    codes = snippets(choice, "https://acervo.example")
    integrity = newest().integrity
    attributes = (
        'lang="en" toolkit="Cambio &amp; mentalidad" label="Ask &quot;us&quot;" accent="#7a1f3d"'
    )
    assert codes["tag"] == (
        f'<script src="https://acervo.example/w/1.0.0/{FILE}" integrity="{integrity}" '
        'crossorigin="anonymous" defer></script>\n'
        f"<acervo-buscador {attributes}>\n"
        '  <form action="https://acervo.example/en/">\n'
        '    <label>Ask &quot;us&quot; <input name="q"></label>\n'
        '    <input type="hidden" name="toolkit" value="Cambio &amp; mentalidad">\n'
        "    <button>Search</button>\n"
        "  </form>\n"
        "</acervo-buscador>"
    )
    assert codes["alias"].startswith(
        f'<script src="https://acervo.example/w/1/{FILE}" defer></script>\n<acervo-buscador'
    )
    assert codes["mount"] == (
        f'<script src="https://acervo.example/w/1.0.0/{FILE}" integrity="{integrity}" '
        'crossorigin="anonymous" defer data-acervo data-lang="en" '
        'data-toolkit="Cambio &amp; mentalidad" data-label="Ask &quot;us&quot;" '
        'data-accent="#7a1f3d"></script>'
    )
    assert codes["policy"] == (
        "script-src https://acervo.example; connect-src https://acervo.example; "
        "form-action https://acervo.example"
    )


@pytest.mark.parametrize(
    ("colour", "ratio"), [("#00628f", 6.68), ("#009edb", 3.04), ("#000000", 21), ("#ffffff", 1)]
)
def test_contrast_is_that_of_the_guidelines(colour: str, ratio: float) -> None:
    assert round(contrast(colour, "#ffffff"), 2) == ratio


def test_without_javascript_the_page_shows_the_tag_for_what_was_chosen(client: TestClient) -> None:
    page = client.get(
        "/widget",
        params={"lang": "fr", "type": "slides", "accent": "#009EDB", "label": "<b>", "x": "1"},
    ).text
    code = html.unescape(page.split('<pre id="code-tag"><code>')[1].split("</code>")[0])
    assert '<acervo-buscador lang="fr" type="slides" label="&lt;b&gt;" accent="#009edb">' in code
    assert "Contraste con el blanco: 3,04. No se lee bien: elija un color más oscuro" in page
    assert '<option value="slides" selected>Presentación</option>' in page
    assert '<option value="Cambio de mentalidad">Cambio de mentalidad</option>' in page
    assert "Contraste con el blanco: 6,68. Se lee bien" in client.get("/widget?accent=red").text


# On a page of another origin


def test_it_answers_under_the_strictest_policy(
    new_page: Callable[..., Page], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its sum, Trusted Types, and nothing allowed but what the tag is documented to need."""
    codes = snippets(Choice(accent="#7a1f3d"), address)
    policy = (
        f"default-src 'none'; {codes['policy']}; base-uri 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    monkeypatch.setattr(Site, "policy", policy)
    page = new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    put(page, codes["tag"])
    box = page.get_by_role("combobox")
    box.press_sequentially("en", delay=20)
    expect(page.get_by_role("option")).to_have_count(2)
    box.fill(QUESTION)
    box.press("Enter")
    expect(page.locator("[part=quote]")).to_have_text(AGENDA)
    assert page.evaluate("broken") == []
    assert {urlsplit(url).netloc for url in asked} == {
        urlsplit(place).netloc for place in (Site.address, address)
    }


def test_it_keeps_nothing_in_the_browser(new_page: Callable[..., Page], host: str) -> None:
    page = new_page()
    page.goto(host)
    box = page.get_by_role("combobox")
    box.fill(QUESTION)
    box.press("Enter")
    expect(page.locator("[part=quote]")).to_have_text(AGENDA)
    assert page.context.cookies() == []
    kept = "async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases())]"
    assert page.evaluate(kept) == [0, 0, []]


def test_a_script_with_another_sum_is_refused_and_the_form_stays(
    new_page: Callable[..., Page], host: str, address: str
) -> None:
    page = new_page()
    page.goto(f"{host}respaldo.html")
    assert page.evaluate("customElements.get('acervo-buscador')") is None
    page.get_by_label("Busque en los materiales de capacitación").fill("gobernanza")
    page.get_by_role("button", name="Buscar").click()
    page.wait_for_url(f"{address}/?q=gobernanza")


def test_without_javascript_the_form_leads_to_the_results(
    new_page: Callable[..., Page], host: str, address: str
) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(host)
    page.get_by_label("Busque en los materiales de capacitación").fill("gobernanza")
    page.get_by_role("button", name="Buscar").click()
    page.wait_for_url(f"{address}/?q=gobernanza")


def test_on_an_iphone_it_breaks_no_policy_and_speaks_spanish(
    new_page: Callable[..., Page], host: str
) -> None:
    page = new_page(user_agent=IPHONE, is_mobile=True, has_touch=True)
    page.goto(host)
    box = page.get_by_role("combobox")
    box.press_sequentially("en", delay=20)
    expect(status(page)).to_have_text("2 sugerencias")
    page.get_by_role("option").first.tap()
    page.wait_for_url("**/documentos/taller")
    page.goto(host)
    box.fill(QUESTION)
    box.press("Enter")
    expect(status(page)).to_have_text("Respuesta. 8 resultados.")
    assert page.evaluate("broken") == []
    said = inner(
        page,
        "return [root.textContent, ...[...root.querySelectorAll('[aria-label], [title]')]"
        ".map((one) => one.ariaLabel + one.title)].join(' ')",
    )
    english = r"\b(of|the|search|results?|answer|suggestions?|page|see|all|no results)\b"
    assert re.findall(english, str(said).replace("Changing Mindsets Toolkit", ""), re.I) == []
    # The keyboard of the phone makes room for the answer.
    assert inner(page, "return root.activeElement.textContent") == "Respuesta"


def test_the_first_arrow_down_reaches_the_first_option(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page()
    box = put_widget(page, address)
    box.press_sequentially("en", delay=20)
    options = page.get_by_role("option")
    expect(options).to_have_count(2)
    assert chosen(page) is None

    seen = []
    keys = ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp"]
    for key in keys:
        box.press(key)
        seen.append(chosen(page))
    first, second = "Nota conceptual y agenda", "Gobierno digital en doce láminas"
    assert seen == [first, second, None, second, first, None, second]
    box.press("Home")
    assert chosen(page) is None
    assert inner(page, "return [root.activeElement.id, root.querySelector('input').value]") == [
        "q",
        "en",
    ]
    box.press("ArrowDown")
    box.press("End")
    assert chosen(page) is None
    assert inner(page, "return root.querySelector('input').selectionStart") == 2


def chosen(page: Page) -> object:
    """What a screen reader takes for the active option: both ways of saying it must agree."""
    return inner(
        page,
        "const id = root.querySelector('input').getAttribute('aria-activedescendant');"
        "const one = root.querySelector('[aria-selected=true]');"
        "if ((one ? one.id : '') !== (id || '')) throw new Error('they differ');"
        "return one && one.textContent",
    )


def test_escape_closes_then_clears_and_focus_stays(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page()
    box = put_widget(page, address)
    box.press_sequentially("en", delay=20)
    expect(page.get_by_role("option")).to_have_count(2)
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    seen = []
    for _ in range(3):
        box.press("Escape")
        seen.append(
            inner(
                page,
                "const input = root.querySelector('input');"
                "return [input.value, input.ariaExpanded, root.activeElement === input]",
            )
        )
    assert seen == [["en", "false", True], ["", "false", True], ["", "false", True]]
    box.press_sequentially("en", delay=20)
    expect(page.get_by_role("option")).to_have_count(2)
    box.press("Escape")
    box.press("ArrowDown")
    assert chosen(page) == "Nota conceptual y agenda"


def test_enter_without_a_choice_asks_and_with_one_opens_it(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page()
    box = put_widget(page, address)
    box.press_sequentially("nota", delay=20)
    expect(page.get_by_role("option")).to_have_count(1)
    box.press("Enter")
    expect(status(page)).to_contain_text("resultado")
    expect(page.get_by_role("option")).to_have_count(0)
    box.fill("nota c")
    expect(page.get_by_role("option")).to_have_count(1)
    box.press("ArrowDown")
    box.press("Enter")
    page.wait_for_url(f"{address}/documentos/taller")


def test_within_a_part_of_the_collection_a_suggestion_is_asked_there(
    new_page: Callable[..., Page], address: str
) -> None:
    """What is suggested may lie outside of the part, so it is never opened by itself."""
    page = new_page()
    attributes = 'toolkit="Cambio de mentalidad; Otra" type="toolkit" doc-language="en" limit="2"'
    box = put_widget(page, address, attributes)
    box.press_sequentially("gobierno", delay=20)
    with page.expect_request("**/api/v1/search*") as asked:
        page.get_by_role("option").click()
    assert parse_qsl(urlsplit(asked.value.url).query) == [
        ("q", "Gobierno digital en doce láminas"),
        ("lang", "es"),
        ("canal", "widget"),
        ("k", "2"),
        ("toolkit", "Cambio de mentalidad"),
        ("toolkit", "Otra"),
        ("document_type", "toolkit"),
        ("language", "en"),
    ]
    everything = page.get_by_role("link", name="Ver todos los resultados")
    query = parse_qs(urlsplit(str(everything.get_attribute("href"))).query)
    assert query["toolkit"] == ["Cambio de mentalidad", "Otra"]
    assert "k" not in query


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_live_region_says_counts_and_what_was_not_found(
    new_page: Callable[..., Page], address: str, language: str
) -> None:
    page = new_page()
    box = put_widget(page, address, lang=language)
    expect(box).to_have_accessible_name(LABELS[language][0])
    said = []
    for text in ("en", "nota", "xyz"):
        box.fill(text)
        expect(status(page)).not_to_be_empty()
        said.append(status(page).text_content())
    assert said == COUNTED[language]
    said = []
    for text in (QUESTION, "presupuesto"):
        box.fill(text)
        box.press("Enter")
        expect(page.locator("[part=all], .all").last).to_contain_text(text)
        expect(status(page)).not_to_be_empty()
        said.append(status(page).text_content())
    assert said == ANSWERED[language]
    page.route("**/api/v1/*", lambda route: route.abort())
    box.press("Enter")
    expect(status(page)).to_have_text(FAILED[language])
    prefix = "" if language == "es" else f"{language}/"
    way = page.locator("[part=error] a")
    expect(way).to_have_attribute("href", f"{address}/{prefix}?q=presupuesto")


def test_the_live_region_is_a_polite_status_that_never_holds_results(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page()
    box = put_widget(page, address)
    box.fill(QUESTION)
    box.press("Enter")
    expect(page.locator("[part=quote]")).to_have_text(AGENDA)
    live = inner(
        page,
        "return [...root.querySelectorAll('[role=status], [role=alert], [aria-live]')]"
        ".map((one) => [one.role, one.childElementCount])",
    )
    assert live == [["status", 0]]


def test_slow_answers_are_announced_and_an_error_is_not_an_empty_result(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page()
    box = put_widget(page, address)
    held: list[Route] = []
    page.route("**/api/v1/search*", lambda route: held.append(route))
    box.fill("gobernanza")
    box.press("Enter")
    expect(status(page)).to_have_text("Buscando…")
    held.pop().fulfill(status=503, headers={"access-control-allow-origin": "*"})
    expect(status(page)).to_have_text(FAILED["es"])
    assert "No hay material" not in str(inner(page, "return root.textContent"))
    assert "No encontré" not in str(inner(page, "return root.textContent"))


def test_what_was_typed_last_counts(new_page: Callable[..., Page], address: str) -> None:
    page = new_page()
    box = put_widget(page, address)
    held: list[Route] = []
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.route("**/api/v1/suggest?q=nota&*", lambda route: held.append(route))
    keys = (
        "(box) => { for (box.value of ['no', 'not', 'nota'])"
        " box.dispatchEvent(new Event('input')) }"
    )
    with page.expect_request("**/api/v1/suggest*") as asked:
        box.evaluate(keys)
    assert asked.value.url == f"{address}/api/v1/suggest?q=nota&lang=es"  # one for all three
    box.fill("gobierno")
    expect(page.get_by_role("option")).to_have_text(["Gobierno digital en doce láminas"])
    assert failed == [f"{address}/api/v1/suggest?q=nota&lang=es"]


def test_every_reference_resolves_within_the_shadow_root(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page()
    box = put_widget(page, address)
    box.press_sequentially("en", delay=20)
    expect(page.get_by_role("option")).to_have_count(2)
    box.press("ArrowDown")
    references = inner(
        page,
        "const names = ['for', 'aria-controls', 'aria-activedescendant', 'aria-labelledby',"
        " 'aria-describedby', 'aria-owns'];"
        "return names.flatMap((name) => [...root.querySelectorAll(`[${name}]`)]"
        " .map((one) => [name, !!root.getElementById(one.getAttribute(name))]))",
    )
    assert references == [
        ["for", True],
        ["aria-controls", True],
        ["aria-activedescendant", True],
    ]


def test_names_hold_what_is_seen_and_nothing_interactive_is_nested(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page()
    box = put_widget(page, address)
    box.press_sequentially("en", delay=20)
    expect(page.get_by_role("option")).to_have_count(2)
    expect(page.get_by_role("button")).to_have_accessible_name("Buscar")
    nested = "return root.querySelectorAll(':is(a, button, [role=option]) :is(a, button, input)')"
    assert inner(page, f"{nested}.length") == 0
    box.fill("presupesto")
    box.press("Enter")
    button = page.get_by_role("button", name="¿Quiso decir presupuesto?")
    button.click()
    expect(box).to_have_value("presupuesto")
    expect(box).to_be_focused()
    expect(page.locator("[part=answer] h3")).to_have_text(
        "No encontré una respuesta que pueda citar"
    )
    assert inner(page, f"{nested}.length") == 0


def test_all_results_are_always_one_visible_link_away(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page()
    box = put_widget(page, address, lang="en")
    box.press_sequentially("en", delay=20)
    link = page.get_by_role("link", name="See all results for “en”")
    expect(link).to_be_visible()
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(link).to_be_focused()
    expect(link).to_have_attribute("href", f"{address}/en/?q=en")
    page.keyboard.press("Tab")
    expect(page.locator("[part=panel]")).to_be_hidden()


def test_an_answer_is_an_exact_quote_with_its_source(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page()
    box = put_widget(page, address, lang="en")
    box.fill("¿cuánto dura el tema?")
    box.press("Enter")
    quotes = page.locator("[part=quote]")
    expect(quotes).to_have_count(2)
    marks = (
        "return [...root.querySelectorAll('blockquote')].map((one) => [one.lang, one.textContent,"
        " getComputedStyle(one, '::before').content, getComputedStyle(one, '::after').content])"
    )
    texts = SmallSearcher().passages("guias/mindsets")[0].text
    assert inner(page, marks) == [
        ["es", AGENDA, '"«"', '"»"'],
        ["en", texts, '"“"', '"”"'],
    ]
    sources = page.locator("figcaption")
    expect(page.locator("[part=original]")).to_have_count(1)
    expect(sources.nth(1).locator("[part=original]")).to_contain_text("English")
    expect(sources.nth(1)).to_contain_text("page 1")
    expect(sources.nth(1)).to_contain_text("Quote checked word for word")
    expect(page.locator("[part=notice]")).to_have_text("⚠ Las fuentes difieren.")
    expect(sources.nth(1).locator("a")).to_have_attribute(
        "href", f"{address}/en/documentos/guias%2Fmindsets?pagina=1#p-mindsets.1"
    )


def test_marks_count_code_points_and_text_is_never_markup(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page()
    text = "🙂🙂 <img src=x> La gestión pública 👩🏽‍🏫 eficaz — " + "á" * 30 + " fin"
    at = text.index("eficaz")

    def answer(route: Route) -> None:
        response = route.fetch()
        found = response.json()
        found["hits"][0] |= {"text": text, "marks": [[0, 2], [at, at + 6]]}
        long = "x 🙂 " * 100 + "meta final"
        found["hits"][1] |= {"text": long, "marks": [[len(long) - 10, len(long) - 6]]}
        found["hits"] = found["hits"][:2]
        found["answer"] |= {"status": "not_found", "citations": []}
        route.fulfill(response=response, json=found)

    page.route("**/api/v1/search*", answer)
    box = put_widget(page, address)
    box.fill("datos gobernanza")
    box.press("Enter")
    expect(page.locator("mark")).to_have_text(["🙂🙂", "eficaz", "meta"])
    shown = page.locator("[part=hit] p[lang]")
    assert shown.nth(0).text_content() == text
    cut = str(shown.nth(1).text_content())
    assert cut.startswith(("… 🙂 x", "… x 🙂"))
    assert cut.endswith("meta final")
    assert inner(page, "return root.querySelectorAll('img, script').length") == 0


def test_it_tells_the_page_what_happens_and_the_page_may_open_results_itself(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page()
    box = put_widget(page, address)
    page.evaluate(
        "window.told = []; for (const name of ['search', 'results', 'open'])"
        " addEventListener('acervo-' + name, (event) => { told.push([name, event.detail]);"
        " if (name === 'open') event.preventDefault(); })"
    )
    box.fill(QUESTION)
    box.press("Enter")
    page.locator("figcaption a").click()
    assert page.evaluate("told") == [
        ["search", {"query": QUESTION}],
        ["results", {"query": QUESTION, "total": 8, "status": "found"}],
        ["open", {"url": f"{address}/documentos/taller?pagina=2#p-taller.3"}],
    ]
    assert page.url == Site.address


@pytest.mark.parametrize("qid", [QID, None])
def test_an_opened_result_is_told_only_for_a_search_that_has_a_name(
    new_page: Callable[..., Page], address: str, qid: str | None
) -> None:
    page = new_page()
    told, complaints = [], []
    page.on("console", lambda message: complaints.append(message.text))

    def answer(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json={**response.json(), "qid": qid})

    def event(route: Route) -> None:
        told.append((route.request.method, route.request.headers, route.request.post_data))
        route.continue_()

    page.route("**/api/v1/search*", answer)
    page.route("**/api/v1/events", event)
    box = put_widget(page, address)
    box.fill("gobernanza")
    box.press("Enter")
    page.locator("[part=hit] a").nth(1).click()
    page.wait_for_url("**/documentos/**")
    page.wait_for_timeout(200)
    if qid is None:
        assert told == []
        return
    (method, headers, body) = told[0]
    assert (len(told), method) == (1, "POST")
    assert headers["content-type"] == "text/plain;charset=UTF-8"
    assert json.loads(str(body)) == {"type": "click", "qid": QID, "id": "taller.2", "pos": 2}
    # Where it leads to is Acervo itself, which has no images of these pages.
    assert [one for one in complaints if "404" not in one] == []


def test_loading_it_twice_changes_nothing(new_page: Callable[..., Page], address: str) -> None:
    page = new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(error))
    put(page, f"{script(address)}{script(address)}<acervo-buscador></acervo-buscador>")
    expect(page.get_by_role("combobox")).to_have_count(1)
    assert errors == []


def test_for_a_site_that_strips_unknown_tags_the_script_mounts_after_itself(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page()
    first = script(address, 'data-acervo data-lang="pt" data-toolkit="Guía"')
    second = script(address, 'data-acervo data-label="Otro" data-accent="#7a1f3d"')
    put(page, f"<p>a</p>{first}<p>b</p>{second}<p>c</p>")
    expect(page.get_by_role("combobox")).to_have_count(2)
    order = "[...document.body.children].map((one) => one.localName).join(' ')"
    assert page.evaluate(order) == "p script acervo-buscador p script acervo-buscador p"
    expect(page.get_by_role("combobox").nth(0)).to_have_accessible_name(LABELS["pt"][0])
    expect(page.get_by_role("combobox").nth(1)).to_have_accessible_name("Otro")
    colour = "(one) => getComputedStyle(one).backgroundColor"
    assert page.get_by_role("button").nth(1).evaluate(colour) == "rgb(122, 31, 61)"


def test_what_was_typed_before_the_script_came_is_kept(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page()
    held: list[Route] = []
    page.route(f"**/{FILE}", lambda route: held.append(route))
    form = f'<form action="{address}/"><label>Busque <input name="q"></label></form>'
    widget = f"<acervo-buscador>{form}</acervo-buscador>"
    put(page, f"{widget}{script(address)}", wait_until="commit")
    page.get_by_label("Busque").fill("gob")
    held.pop().continue_()
    expect(page.get_by_role("combobox")).to_have_value("gob")
    expect(page.get_by_role("combobox")).to_be_focused()


def test_the_results_may_open_on_their_own_page(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page()
    box = put_widget(page, address, 'open-in="page" type="slides"')
    box.fill("gobernanza")
    box.press("Enter")
    page.wait_for_url(f"{address}/?q=gobernanza&document_type=slides")


@pytest.mark.parametrize(
    ("page_scheme", "surface"),
    [("light", "rgb(255, 255, 255)"), ("light dark", "rgb(16, 26, 34)")],
)
def test_it_is_dark_only_where_the_page_is(
    new_page: Callable[..., Page], address: str, page_scheme: str, surface: str
) -> None:
    page = new_page(color_scheme="dark")
    style = f"<style>:root {{ color-scheme: {page_scheme} }}</style>"
    put(page, f"{style}{script(address)}<acervo-buscador></acervo-buscador>")
    expect(page.get_by_role("combobox")).to_be_visible()
    seen = "return getComputedStyle(root.querySelector('[part=box]')).backgroundColor"
    assert inner(page, seen) == surface


def test_styles_of_the_page_stay_out_and_its_properties_come_in(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page()
    style = (
        "<style>* { --ink: red; --accent: red; letter-spacing: 9px } html { font-size: 62.5% }"
        " body { text-align: center; line-height: 3; font-size: 9px; text-transform: uppercase }"
        " acervo-buscador { --acervo-accent: #123456; --acervo-radius: 12px }"
        " acervo-buscador::part(button) { text-decoration: overline } </style>"
    )
    put(page, f"{style}{script(address)}<acervo-buscador></acervo-buscador>")
    expect(page.get_by_role("combobox")).to_be_visible()
    seen = inner(
        page,
        "const look = (part) => getComputedStyle(root.querySelector(`[part=${part}]`));"
        "return [look('label').color, look('button').backgroundColor, look('input').borderRadius,"
        " look('input').fontSize, look('box').textAlign, look('label').textTransform,"
        " look('button').textDecorationLine]",
    )
    assert seen == [
        "rgb(20, 32, 43)",
        "rgb(18, 52, 86)",
        "12px",
        "16px",
        "start",
        "none",
        "overline",
    ]


STATES = ["closed", "open", "none", "answer", "missing", "meant", "busy", "error"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [320, 1280])
def test_every_state_is_accessible_and_fits(
    new_page: Callable[..., Page], address: str, width: int, language: str
) -> None:
    """In light, and one state of each in dark; what axe cannot see has tests of its own."""
    page = new_page(viewport={"width": width, "height": 800})
    style = "<style>:root { color-scheme: light dark } body { margin: 0 }</style>"
    put(page, f"{style}{script(address)}<acervo-buscador></acervo-buscador>", language)
    wrong = {}
    for state in STATES:
        reach(page, state, language)
        wrong[state] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, state
        if state in ("open", "answer") and language == "es":
            page.emulate_media(color_scheme="dark")
            wrong[f"{state} in dark"] = violations(page)
            page.emulate_media(color_scheme="light")
    assert wrong == {state: [] for state in wrong}
    small = inner(
        page,
        "return [...root.querySelectorAll('input, button, [role=option], .all')]"
        ".filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44).length",
    )
    assert small == 0


def reach(page: Page, state: str, language: str) -> None:
    """Bring the widget into a state."""
    box = page.get_by_role("combobox")
    if state == "open":
        box.fill("en")
        expect(page.get_by_role("option")).to_have_count(2)
        box.press("ArrowDown")
    elif state == "none":
        box.fill("xyz")
        expect(status(page)).to_have_text(COUNTED[language][2])
    elif state in ("answer", "missing", "meant"):
        text = {"answer": QUESTION, "missing": "presupuesto", "meant": "presupesto"}[state]
        box.fill(text)
        box.press("Enter")
        expect(page.locator(".all").last).to_contain_text(text)
        expect(status(page)).not_to_be_empty()
    elif state == "busy":
        page.route("**/api/v1/search*", lambda _route: None)
        box.press("Enter")
        expect(status(page)).to_have_text(BUSY[language])
    elif state == "error":
        page.route("**/api/v1/search*", lambda route: route.abort())
        box.press("Enter")
        expect(status(page)).to_have_text(FAILED[language])


def violations(page: Page) -> list[str]:
    """What axe finds wrong in the widget, rule by rule."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("(options) => axe.run('acervo-buscador', options)", AXE_OPTIONS)
    return [
        f"{one['id']}: {node['html'][:120]}" for one in found["violations"] for node in one["nodes"]
    ]


# In a frame, and set up by an editor


def test_in_a_frame_it_pushes_the_page_down_instead_of_being_cut_off(
    new_page: Callable[..., Page], host: str, address: str
) -> None:
    page = new_page()
    page.goto(f"{host}marco.html")
    frame = page.frame_locator("iframe")
    height = "() => document.querySelector('iframe').clientHeight"
    inside = frame.locator("html")
    box = frame.get_by_role("combobox")
    expect(box).to_be_visible()
    closed = page.evaluate(height)
    box.press_sequentially("en", delay=20)
    expect(frame.get_by_role("option")).to_have_count(2)
    wait_until(page, f"({height})() > {closed}")
    bottom = frame.locator("[part=panel]").evaluate("(one) => one.getBoundingClientRect().bottom")
    wait_until(page, f"({height})() >= {bottom}")
    box.press("Escape")
    wait_until(page, f"({height})() === {closed}")
    assert inside.evaluate("() => broken") == []
    assert page.evaluate("broken") == []
    box.fill(QUESTION)
    box.press("Enter")
    expect(frame.locator("[part=quote]")).to_have_text(AGENDA)
    with page.context.expect_page() as opened:
        frame.locator("figcaption a").click()
    assert opened.value.url == f"{address}/documentos/taller?pagina=2#p-taller.3"


def test_the_page_for_frames_asks_at_once_and_works_without_javascript(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page()
    page.goto(f"{address}/embed?lang=en&q=gobernanza&type=slides")
    expect(status(page)).to_have_text("I found no answer that I can quote. 3 results.")
    page = new_page(java_script_enabled=False)
    page.goto(f"{address}/embed?q=gobernanza&type=slides")
    assert page.get_by_label(LABELS["es"][0]).input_value() == "gobernanza"
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Buscar").click()
    assert opened.value.url == f"{address}/?q=gobernanza&document_type=slides"


def test_an_editor_sees_each_choice_at_once_and_copies_the_tag(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page(
        viewport={"width": 1280, "height": 900}, permissions=["clipboard-read", "clipboard-write"]
    )
    page.goto(f"{address}/widget")
    page.locator("[name=lang]").select_option("en")
    page.get_by_label("Guía del currículo").select_option("Cambio de mentalidad")
    page.get_by_label("Texto sobre el cuadro").fill("Ask the toolkits")
    page.get_by_label("Color").fill("#009edb")
    expect(page.locator("#contrast")).to_contain_text("No se lee bien")
    page.get_by_label("Color").fill("#7a1f3d")
    expect(page.locator("#contrast")).to_contain_text("Se lee bien")
    preview = page.locator("#preview")
    expect(preview.get_by_role("combobox")).to_have_accessible_name("Ask the toolkits")
    expect(preview.get_by_role("button")).to_have_css("background-color", "rgb(122, 31, 61)")
    page.get_by_role("button", name="Copiar").first.click()
    expect(page.locator("figure.code [role=status]").first).to_have_text("Copiado")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#code-tag").text_content()
    assert (
        '<acervo-buscador lang="en" toolkit="Cambio de mentalidad" label="Ask the toolkits" '
        'accent="#7a1f3d">'
    ) in copied
    assert "accent=%237a1f3d" in page.url
    assert page.evaluate("broken") == []


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_for_editors_is_accessible(
    new_page: Callable[..., Page], address: str, width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 800}, bypass_csp=True)
    page.goto(f"{address}/widget?accent=%23009edb")
    expect(page.get_by_role("combobox").last).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("(options) => axe.run(options)", AXE_OPTIONS)["violations"]
    # The chosen colour is the editor's; the page has told that it is hard to read.
    wrong = [one for one in found if one["id"] != "color-contrast"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in wrong] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_demonstration_collection_answers_on_another_site(
    new_page: Callable[..., Page], demo_index: Path, model_folder: Path
) -> None:
    app = create_app(Settings(index=demo_index, model=str(model_folder)))
    with serving(app) as acervo, hosting(acervo) as host:
        page = new_page()
        page.goto(host)
        box = page.get_by_role("combobox")
        box.fill("¿a qué hora es el Tema 2?")
        box.press("Enter")
        expect(page.locator("[part=answer] h3")).to_have_text("Respuesta", timeout=15_000)
        quote = page.locator("[part=quote]").first.text_content()
        link = str(page.locator("figcaption a").first.get_attribute("href"))
        page.goto(link)
        assert " ".join(str(quote).split()) in " ".join(page.locator(".sheet").inner_text().split())
