"""Page images and originals over HTTP: what is sent, how long it may be kept, what is refused."""

import asyncio
import hashlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import acervo
from places import DOCUMENTS
from small_collection import COLLECTION, SmallSearcher
from starlette.testclient import TestClient

from ingest.sandbox.previews import Previews
from search.documents import Document
from search.index.files import Picture, keep_original
from service.errors import Overloaded
from service.links import original_url, page_image_url
from service.settings import Settings
from service.web import serving
from service.web.app import create_app
from service.web.document_routes import attachment
from service.web.serving import Files

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")

PDF = DOCUMENTS / "ficha-taller-flacma.pdf"
WEB_PAGE = DOCUMENTS / "effective-governance-note.html"
FOR_EVER = "public, max-age=31536000, immutable"


class Shelf(SmallSearcher):
    """The small collection, its first document a real PDF and its second a real web page."""

    def __init__(self, index: Path) -> None:
        super().__init__()
        first, second = (kept.document for kept in COLLECTION[:2])
        self.real = {
            first.id: real(index, first, PDF, "application/pdf", "Ficha «única» 1.pdf"),
            second.id: real(index, second, WEB_PAGE, "text/html", "note.html"),
        }

    def document(self, document_id: str) -> Document | None:
        return self.real.get(document_id) or super().document(document_id)


def real(index: Path, document: Document, path: Path, media_type: str, name: str) -> Document:
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    keep_original(index, sha256, data)
    return replace(document, sha256=sha256, media_type=media_type, file=name, paged=True, pages=2)


@contextmanager
def served(index: Path) -> Iterator[tuple[TestClient, Document, Document]]:
    shelf = Shelf(index)
    pdf, page = shelf.real.values()
    with TestClient(create_app(Settings(index=index), shelf)) as client:
        yield client, pdf, page


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("indice")


@pytest.fixture(scope="module")
def shelf(index: Path) -> Iterator[tuple[TestClient, Document, Document]]:
    with served(index) as all_:
        yield all_


Served = tuple[TestClient, Document, Document]


def test_the_image_of_a_page_is_kept_for_ever_by_its_version(shelf: Served, index: Path) -> None:
    client, pdf, _ = shelf
    response = client.get(page_image_url(pdf.id, 1, 480, pdf.sha256))
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/webp"
    assert response.headers["cache-control"] == FOR_EVER
    assert response.headers["etag"] == f'W/"{pdf.sha256[:12]}-1-480"'
    assert "content-encoding" not in response.headers
    with Previews(index) as previews:
        assert response.content == previews.kept(Picture(pdf.sha256, 1, 480))


def test_without_its_version_an_image_is_kept_for_a_while(shelf: Served) -> None:
    client, pdf, _ = shelf
    for query in ("", "?w=480", "?w=480&v=000000000000", "?v="):
        response = client.get(f"/api/v1/documents/{pdf.id}/pages/1.webp{query}")
        assert response.headers["cache-control"] == "public, max-age=300"


def test_an_image_that_the_client_has_is_not_sent_again(shelf: Served) -> None:
    client, pdf, _ = shelf
    address = page_image_url(pdf.id, 1, 800, pdf.sha256)
    tag = client.get(address).headers["etag"]
    for asked in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        again = client.get(address, headers={"if-none-match": asked})
        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["etag"], again.headers["cache-control"]) == (tag, FOR_EVER)
    assert client.get(address, headers={"if-none-match": '"x"'}).status_code == 200


def test_an_image_has_a_head(shelf: Served) -> None:
    client, pdf, _ = shelf
    address = page_image_url(pdf.id, 1, 480, pdf.sha256)
    head = client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(client.get(address).content))


@pytest.mark.parametrize("width", ["799", "0", "-480", "ocho", ""])
def test_other_widths_are_refused(shelf: Served, width: str) -> None:
    client, pdf, _ = shelf
    response = client.get(f"/api/v1/documents/{pdf.id}/pages/1.webp?w={width}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == "w"


def test_what_has_no_image_is_not_found(shelf: Served) -> None:
    client, pdf, page = shelf
    for place, detail in {
        f"{pdf.id}/pages/3.webp": "no tiene página 3",
        f"{pdf.id}/pages/0.webp": "no tiene página 0",
        f"{page.id}/pages/1.webp": "no tiene páginas que se puedan ver como imagen",
        "nada/pages/1.webp": "No hay ningún documento «nada»",
    }.items():
        response = client.get(f"/api/v1/documents/{place}")
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"
        assert detail in response.json()["detail"]


def test_a_page_that_cannot_be_drawn_says_so(tmp_path: Path) -> None:
    with served(tmp_path) as (client, pdf, _):
        (tmp_path / "originals" / pdf.sha256).write_bytes(b"%PDF-1.7\nnada")
        response = client.get(page_image_url(pdf.id, 1, 480, pdf.sha256))
        assert response.status_code == 404
        assert response.json()["detail"] == (
            "No se puede mostrar la página como imagen. El PDF está dañado y no se puede abrir."
        )
        (tmp_path / "originals" / pdf.sha256).unlink()
        assert client.get(page_image_url(pdf.id, 2, 480, pdf.sha256)).status_code == 404
        assert client.get(original_url(pdf.id)).status_code == 404


def test_pages_in_the_api_say_where_their_image_is(shelf: Served) -> None:
    client, pdf, page = shelf
    shown = client.get(f"/api/v1/documents/{pdf.id}/pages/1.json").json()
    assert shown["image"] == page_image_url(pdf.id, 1, 800, pdf.sha256)
    assert shown["image"].endswith(f"/pages/1.webp?w=800&v={pdf.sha256[:12]}")
    assert client.get(shown["image"]).headers["cache-control"] == FOR_EVER
    listed = client.get(f"/api/v1/documents/{pdf.id}").json()["page_list"]
    assert listed[0]["image"] == shown["image"]
    without = client.get(f"/api/v1/documents/{page.id.replace('/', '%2F')}").json()["page_list"]
    assert {entry["image"] for entry in without} == {None}


def test_the_original_comes_whole_under_its_own_name(shelf: Served) -> None:
    client, pdf, _ = shelf
    response = client.get(original_url(pdf.id))
    assert response.content == PDF.read_bytes()
    headers = response.headers
    assert headers["content-type"] == "application/pdf"
    assert headers["content-disposition"] == (
        'attachment; filename="Ficha __nica_ 1.pdf"; '
        "filename*=UTF-8''Ficha%20%C2%AB%C3%BAnica%C2%BB%201.pdf"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["etag"] == f'"{pdf.sha256}"'
    again = client.get(original_url(pdf.id), headers={"if-none-match": headers["etag"]})
    assert again.status_code == 304


def test_an_original_web_page_cannot_run_as_ours(shelf: Served) -> None:
    client, _, page = shelf
    response = client.get(original_url(page.id))
    assert response.content == WEB_PAGE.read_bytes()
    assert response.headers["content-type"] == "text/html"
    assert response.headers["content-disposition"].startswith('attachment; filename="note.html"')
    assert response.headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_parts_of_an_original_can_be_asked_for(shelf: Served) -> None:
    client, pdf, _ = shelf
    data = PDF.read_bytes()
    part = client.get(original_url(pdf.id), headers={"range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, data[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(data)}"
    rest = {"range": "bytes=-50", "if-range": f'"{pdf.sha256}"'}
    assert client.get(original_url(pdf.id), headers=rest).content == data[-50:]
    stale = {"range": "bytes=-50", "if-range": '"otra"'}
    assert client.get(original_url(pdf.id), headers=stale).content == data
    beyond = client.get(original_url(pdf.id), headers={"range": f"bytes={len(data)}-"})
    assert beyond.status_code == 416
    head = client.head(original_url(pdf.id), headers={"accept-encoding": "identity"})
    assert (head.content, head.headers["content-length"]) == (b"", str(len(data)))


def test_the_reader_of_a_document_still_answers_beside_its_original(shelf: Served) -> None:
    client, pdf, _ = shelf
    assert client.get(f"/documentos/{pdf.id}").headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("nota.pdf", "attachment; filename=\"nota.pdf\"; filename*=UTF-8''nota.pdf"),
        ('a"b\\c.pdf', "attachment; filename=\"a_b_c.pdf\"; filename*=UTF-8''a%22b%5Cc.pdf"),
        ("../../x.pdf", "attachment; filename=\"x.pdf\"; filename*=UTF-8''x.pdf"),
        ("a\r\nb.pdf", "attachment; filename=\"ab.pdf\"; filename*=UTF-8''a%0D%0Ab.pdf"),
    ],
)
def test_names_cannot_break_the_header(name: str, header: str) -> None:
    assert attachment(name) == header


def test_too_many_at_once_are_turned_away(
    index: Path, monkeypatch: pytest.MonkeyPatch, shelf: Served
) -> None:
    """One is drawn, one waits, and what comes beyond that is refused; the same page counts once."""
    _, pdf, _ = shelf
    monkeypatch.setattr(serving, "MOST_WAITING", 1)
    monkeypatch.setattr(Previews, "kept", lambda *_: None)
    asked = [Picture(pdf.sha256, page, 1200) for page in (1, 1, 2, 3)]

    async def ask() -> list[object]:
        held = Files(index, 1, 20.0)
        held.open()
        found = await asyncio.gather(*map(held.picture, asked), return_exceptions=True)
        held.close()
        return list(found)

    one, same, two, refused = asyncio.run(ask())
    assert isinstance(one, bytes)
    assert one is same
    assert isinstance(two, bytes)
    assert isinstance(refused, Overloaded)


def test_pages_are_drawn_ahead_from_the_command_line(demo_index: Path, tmp_path: Path) -> None:
    index = tmp_path / "indice"
    shutil.copytree(demo_index, index, ignore=shutil.ignore_patterns("previews"))
    documents = {
        item["file"]: item["id"]
        for item in acervo("status", "--index", index, "--json").json["list"]
    }
    first = acervo("previews", "--index", index, "--json", documents[PDF.name])
    assert (first.status, first.err) == (0, "")
    report = first.json
    assert report.pop("seconds") > 0
    images = sorted((index / "previews").rglob("*-800.webp"))
    assert report == {
        "width": 800,
        "documents": 1,
        "pages": len(images),
        "drawn": len(images),
        "kept": 0,
        "bytes": sum(image.stat().st_size for image in images),
        "failed": [],
    }
    again = acervo("previews", "--index", index, "--json", documents[PDF.name]).json
    assert (again["drawn"], again["kept"]) == (0, len(images))
    assert acervo("previews", "--index", index, documents[WEB_PAGE.name]).status == 0


def test_what_cannot_be_drawn_ahead_is_named(demo_index: Path, tmp_path: Path) -> None:
    index = tmp_path / "indice"
    shutil.copytree(demo_index, index)
    unknown = acervo("previews", "--index", index, "nada")
    assert (unknown.status, unknown.out) == (2, "")
    assert "no hay ningún documento «nada»" in unknown.err
    assert acervo("previews", "--index", index, "--width", "600").status == 2
    (index / "originals" / hashlib.sha256(PDF.read_bytes()).hexdigest()).write_bytes(b"%PDF-1.7")
    damaged = acervo("previews", "--index", index, "--json")
    assert damaged.status == 1
    causes = {item["cause"] for item in damaged.json["failed"]}
    assert causes == {"El PDF está dañado y no se puede abrir."}
    (index / "previews").rename(tmp_path / "otras")
    (index / "previews").write_text("en lugar de una carpeta")
    full = acervo("previews", "--index", index)
    assert (full.status, "no se pueden guardar imágenes" in full.err) == (2, True)
