"""Documents packed in archives and e-mails are documents of their own, and nothing else is."""

import hashlib
import io
import stat
import zipfile
from collections.abc import Mapping
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest
from hash_embedder import HashEmbedder

from ingest.containers import members
from ingest.errors import Encrypted, ReadError, TooLarge, Unreadable
from ingest.pipeline import Report, Watch, ingest
from ingest.sources import Found, find_sources
from search.index import open_writer

WATCH = Watch(*[lambda *_: None] * 4)
TEXT = b"Los municipios publican su presupuesto cada mes."


def packed(parts: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def mail(*attached: tuple[str, bytes]) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Agenda"
    message["From"] = "a@example.org"
    message.set_content("Va adjunta.")
    for name, content in attached:
        message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return message.as_bytes()


def paths(found: Found) -> dict[str, str]:
    return {source.path: source.fault for source in found.sources}


def skipped(found: Found) -> dict[str, str]:
    return {item.path: item.reason for item in found.skipped}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "materiales"
    folder.mkdir()
    return folder


def test_documents_in_an_archive_are_documents_below_it(root: Path) -> None:
    (root / "paquete.zip").write_bytes(
        packed({"carpeta/": b"", "carpeta/guía.txt": TEXT, "foto.png": b"x"})
    )
    found = find_sources([root])
    (source,) = found.sources
    assert (source.root, source.path, source.key, source.file, source.member) == (
        str(root),
        "paquete.zip/carpeta/guía.txt",
        "paquete-zip-carpeta-guia-txt",
        "guía.txt",
        "carpeta/guía.txt",
    )
    assert (source.sha256, source.size) == (hashlib.sha256(TEXT).hexdigest(), len(TEXT))
    assert source.read() == TEXT
    assert skipped(found) == {"paquete.zip/foto.png": "no es un tipo de documento"}


def test_what_an_archive_should_not_hold_is_told_or_passed_over(root: Path) -> None:
    link = zipfile.ZipInfo("enlace.txt")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in (
            "bien.txt",
            "../fuera.txt",
            "/raiz.txt",
            "C:/disco.txt",
            "a//b.txt",
            "__MACOSX/._bien.txt",
            ".oculto/x.txt",
            "~$bien.docx",
            "otro.zip",
        ):
            archive.writestr(name, TEXT)
        archive.writestr(link, "/etc/passwd")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("bien.txt", b"otra cosa")
    (root / "p.zip").write_bytes(stream.getvalue())
    found = find_sources([root])
    assert paths(found) == {"p.zip/bien.txt": ""}
    assert [(item.path, item.reason) for item in found.skipped] == [
        ("p.zip/../fuera.txt", "ruta no admitida dentro del paquete"),
        ("p.zip//raiz.txt", "ruta no admitida dentro del paquete"),
        ("p.zip/C:/disco.txt", "ruta no admitida dentro del paquete"),
        ("p.zip/a//b.txt", "ruta no admitida dentro del paquete"),
        ("p.zip/otro.zip", "es un paquete dentro de otro: descomprímalo en la carpeta"),
        ("p.zip/enlace.txt", "enlace dentro del paquete"),
        ("p.zip/bien.txt", "nombre repetido en el paquete"),
    ]
    assert found.sources[0].read() == TEXT


@pytest.mark.parametrize("encoding", ["utf-8", "cp850", "cp1252"])
def test_names_from_before_unicode_are_read(root: Path, encoding: str) -> None:
    name = "Política ÁÉÑ.txt"
    stand_in = "x" * len(name.encode(encoding))
    data = packed({stand_in: TEXT}).replace(stand_in.encode(), name.encode(encoding))
    (root / "p.zip").write_bytes(data)
    (source,) = find_sources([root]).sources
    assert source.path == f"p.zip/{name}"
    assert source.read() == TEXT


def encrypted(data: bytes) -> bytes:
    place = data.index(b"PK\x01\x02") + 8
    return data[:place] + b"\x01" + data[place + 1 :]


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (encrypted(packed({"a.txt": TEXT})), "protegido con contraseña"),
        (packed({"a.txt": TEXT})[:-30], "dañado o incompleto"),
        (b"no es un paquete", "dañado o incompleto"),
        (packed({"a.txt": bytes(20_000_000)}), "bomba de compresión"),
        (packed({f"{n}.txt": b"" for n in range(5_001)}), "contiene 5001 partes"),
    ],
    ids=["locked", "cut", "text", "bomb", "crowd"],
)
def test_a_bad_archive_fails_with_its_cause_and_touches_nothing_else(
    root: Path, data: bytes, cause: str
) -> None:
    (root / "a.txt").write_bytes(TEXT)
    (root / "p.zip").write_bytes(data)
    found = find_sources([root])
    assert [source.path for source in found.sources] == ["a.txt", "p.zip"]
    assert found.sources[0].read() == TEXT
    with pytest.raises(ReadError, match=cause):
        found.sources[1].read()


def test_the_errors_of_a_container_keep_their_class(root: Path) -> None:
    place = root / "p.zip"
    for data, error in (
        (encrypted(packed({"a": b""})), Encrypted),
        (b"", Unreadable),
        (packed({"a": bytes(20_000_000)}), TooLarge),
    ):
        place.write_bytes(data)
        with pytest.raises(error):
            list(members(place, lambda _: True))


def test_one_damaged_member_leaves_the_others_alone(root: Path) -> None:
    data = packed({"a.txt": b"abcdefgh" * 9, "b.txt": TEXT})
    start = data.index(b"a.txt") + 5
    (root / "p.zip").write_bytes(data[:start] + b"\xff\xff\xff" + data[start + 3 :])
    first, second = find_sources([root]).sources
    with pytest.raises(ReadError, match="dañado dentro de su paquete"):
        first.read()
    assert second.read() == TEXT


def test_strange_compression_is_not_inflated(root: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.txt", TEXT)
    (root / "p.zip").write_bytes(stream.getvalue())
    (source,) = find_sources([root]).sources
    with pytest.raises(ReadError, match="use ZIP normal"):
        source.read()


def test_an_office_file_that_is_called_zip_is_one_document(root: Path) -> None:
    (root / "guia.zip").write_bytes(packed({"word/document.xml": b"<a/>", "b.txt": TEXT}))
    assert paths(find_sources([root])) == {"guia.zip": ""}


def test_an_e_mail_and_its_attachments_are_documents(root: Path) -> None:
    data = mail(("Informe año.pdf", b"%PDF-1"), ("../Informe año.pdf", b"%PDF-2"), ("a.zip", b"PK"))
    (root / "correo.eml").write_bytes(data)
    found = find_sources([root])
    assert [source.path for source in found.sources] == [
        "correo.eml",
        "correo.eml/Informe año.pdf",
        "correo.eml/Informe año (2).pdf",
    ]
    assert [source.read() for source in found.sources] == [data, b"%PDF-1", b"%PDF-2"]
    assert skipped(found) == {
        "correo.eml/a.zip": "es un paquete dentro de otro: descomprímalo en la carpeta"
    }


def test_a_message_in_a_message_and_nameless_files_have_names(root: Path) -> None:
    inner = EmailMessage()
    inner["Subject"] = "Dentro"
    inner.set_content("Hola")
    outer = EmailMessage()
    outer.set_content("Reenvío")
    outer.add_attachment(inner)
    outer.add_attachment(b"%PDF-3", maintype="application", subtype="pdf")
    outer.add_attachment(b"GIF", maintype="image", subtype="gif", disposition="inline", cid="<a>")
    (root / "x.eml").write_bytes(outer.as_bytes())
    sources = find_sources([root]).sources
    assert [source.path for source in sources] == [
        "x.eml",
        "x.eml/adjunto-1.eml",
        "x.eml/adjunto-2.pdf",
    ]
    assert b"Subject: Dentro" in sources[1].read()
    assert sources[2].read() == b"%PDF-3"


def test_a_message_nested_without_end_is_only_read_as_text(root: Path) -> None:
    nest = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5_000)
    )
    (root / "x.eml").write_bytes(nest)
    found = find_sources([root])
    assert paths(found) == {"x.eml": ""}
    assert skipped(found) == {
        "x.eml": "adjuntos no leídos: El mensaje tiene demasiadas partes o líneas."
    }


def test_the_catalogue_names_documents_inside_containers(root: Path) -> None:
    (root / "p.zip").write_bytes(packed({"a.txt": TEXT, "b.md": TEXT, "c.dat": TEXT}))
    (root / "catalogo.toml").write_text(
        """
        ignorar = ["*.md"]
        [[documento]]
        archivo = "p.zip/a.txt"
        clave = "guia"
        [[documento]]
        archivo = "p.zip/c.dat"
        [[documento]]
        archivo = "p.zip/no-esta.txt"
        [[documento]]
        archivo = "p.zip"
        """,
        encoding="utf-8",
    )
    found = find_sources([root])
    assert [(source.path, source.key) for source in found.sources] == [
        ("p.zip/a.txt", "guia"),
        ("p.zip/c.dat", "p-zip-c-dat"),
    ]
    assert skipped(found) == {
        "p.zip": "es un paquete: el catálogo ha de nombrar los documentos que contiene",
        "p.zip/no-esta.txt": "el catálogo lo nombra, pero no está en la carpeta",
    }


# Through the whole ingest


def run(index: Path, *roots: Path) -> Report:
    embedder = HashEmbedder()
    with closing(open_writer(index, embedder.name, create=True)) as opened:
        return ingest(roots, opened, embedder, WATCH)


def statuses(report: Report) -> dict[str, str]:
    return {outcome.path: outcome.status for outcome in report.outcomes}


def test_a_container_is_mirrored_like_a_folder(root: Path, tmp_path: Path) -> None:
    index = tmp_path / "indice"
    (root / "p.zip").write_bytes(packed({"a.txt": TEXT, "b.txt": TEXT + b" Y otra cosa."}))
    assert statuses(run(index, root)) == {"p.zip/a.txt": "added", "p.zip/b.txt": "added"}
    assert statuses(run(index, root)) == {"p.zip/a.txt": "unchanged", "p.zip/b.txt": "unchanged"}
    (root / "p.zip").write_bytes(packed({"a.txt": TEXT}))
    assert statuses(run(index, root)) == {"p.zip/a.txt": "unchanged", "p.zip/b.txt": "removed"}
    (root / "p.zip").write_bytes(b"PK roto")
    report = run(index, root)
    assert statuses(report) == {"p.zip": "failed"}
    assert report.failed
    with closing(open_writer(index)) as opened:
        assert list(opened.inventory().documents) == [(str(root), "p.zip/a.txt")]
    (root / "p.zip").unlink()
    assert statuses(run(index, root)) == {"p.zip/a.txt": "removed"}
