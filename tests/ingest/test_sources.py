"""Files and folders to documents with stable ids, and what a catalogue declares of them."""

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.catalogue import Declared, read_catalogue
from ingest.errors import CatalogueError, SourceMissing, TooLarge
from ingest.sources import Skipped, Source, find_sources, real_path, shown_path
from search.documents import DocumentType


def write(root: Path, *paths: str) -> Path:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)
    return root


def catalogue(root: Path, text: str) -> Path:
    (root / "catalogo.toml").write_text(text)
    return root


def keys(*roots: Path) -> dict[str, str]:
    return {source.path: source.key for source in find_sources(roots).sources}


def test_a_folder_is_walked_in_order_and_only_documents_are_taken(tmp_path: Path) -> None:
    write(
        tmp_path,
        "b/Guía del año.PDF",
        "a.docx",
        "viejo.doc",
        "foto.png",
        ".oculto.md",
        ".git/config.txt",
        "~$a.docx",
        ".~lock.a.docx#",
    )
    found = find_sources([tmp_path])
    assert [(s.path, s.key, s.file) for s in found.sources] == [
        ("a.docx", "a-docx", "a.docx"),
        ("viejo.doc", "viejo-doc", "viejo.doc"),
        ("b/Guía del año.PDF", "b-guia-del-ano-pdf", "Guía del año.PDF"),
    ]
    assert found.skipped == (Skipped(str(tmp_path), "foto.png", "no es un tipo de documento"),)
    assert found.roots == (str(tmp_path),)


def test_a_source_knows_its_content(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    (source,) = find_sources([tmp_path]).sources
    assert source == Source(
        root=str(tmp_path),
        path="a.txt",
        key="a-txt",
        file="a.txt",
        sha256=hashlib.sha256(b"a.txt").hexdigest(),
        size=5,
        location=tmp_path / "a.txt",
    )
    assert source.read() == b"a.txt"


def test_a_file_that_no_reader_takes_whole_is_not_loaded(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as stream:
        stream.truncate(60_000_000)
    (source,) = find_sources([tmp_path]).sources
    with pytest.raises(TooLarge, match="pesa 60 MB; se admiten 50 MB"):
        source.read()


def test_a_pdf_without_extension_is_a_document(tmp_path: Path) -> None:
    (tmp_path / "informe").write_bytes(b"%PDF-1.7")
    (tmp_path / "LICENSE").write_bytes(b"MIT")
    assert keys(tmp_path) == {"informe": "informe"}


def test_a_given_file_is_a_root_whatever_its_name(tmp_path: Path) -> None:
    write(tmp_path, "a.xyz")
    (source,) = find_sources([tmp_path / "a.xyz"]).sources
    assert (source.root, source.path, source.key) == (str(tmp_path / "a.xyz"), "a.xyz", "a-xyz")


def test_nothing_is_passed_over_when_a_single_file_is_given(tmp_path: Path) -> None:
    """It was once walked like a folder as well: «no se pudo abrir: Not a directory»."""
    write(tmp_path, "a.txt", "b.txt")
    found = find_sources([tmp_path / "a.txt"])
    assert [source.path for source in found.sources] == ["a.txt"]
    assert found.skipped == ()


def test_a_root_within_another_is_not_read_twice(tmp_path: Path) -> None:
    write(tmp_path, "a/b.txt")
    found = find_sources([tmp_path / "a" / "b.txt", tmp_path / "a", tmp_path, tmp_path])
    assert found.roots == (str(tmp_path),)
    assert [source.path for source in found.sources] == ["a/b.txt"]


def test_a_path_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match=r"No existe «.*nada»"):
        find_sources([tmp_path / "nada"])


def test_links_out_of_the_root_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "fuera/a.txt", "dentro/b.txt")
    (tmp_path / "dentro" / "enlace.txt").symlink_to(tmp_path / "fuera" / "a.txt")
    (tmp_path / "dentro" / "carpeta").symlink_to(tmp_path / "fuera")
    (tmp_path / "dentro" / "roto.txt").symlink_to(tmp_path / "dentro" / "nada.txt")
    found = find_sources([tmp_path / "dentro"])
    assert [(source.path, source.fault) for source in found.sources] == [
        ("b.txt", ""),
        ("roto.txt", "No se pudo abrir: ya no está, o es un enlace a algo que no existe."),
    ]
    assert [(skip.path, skip.reason) for skip in found.skipped] == [
        ("carpeta", "enlace a una carpeta: no se sigue"),
        ("enlace.txt", "enlace a un archivo fuera de la carpeta"),
    ]


def test_paths_that_fold_to_the_same_id_are_told_apart_for_good(tmp_path: Path) -> None:
    write(tmp_path, "guia.txt", "guía.txt", "中文.txt")
    first = keys(tmp_path)
    assert first["guia.txt"] == "guia-txt"
    assert first["guía.txt"].startswith("guia-txt-")
    assert first["中文.txt"] == "txt"
    owners = {key: (str(tmp_path), path) for path, key in first.items()}
    (tmp_path / "guia.txt").unlink()
    (kept,) = [s for s in find_sources([tmp_path], owners).sources if s.path == "guía.txt"]
    assert kept.key == first["guía.txt"]


def test_the_same_path_under_two_roots_gives_two_ids(tmp_path: Path) -> None:
    write(tmp_path, "uno/a.txt", "dos/a.txt")
    sources = find_sources([tmp_path / "uno", tmp_path / "dos"]).sources
    assert sources[0].key == "a-txt"
    assert len({source.key for source in sources}) == 2


def test_an_id_that_another_root_of_the_index_has_is_not_taken(tmp_path: Path) -> None:
    write(tmp_path, "dos/a.txt")
    root = tmp_path / "dos"
    (source,) = find_sources([root], {"a-txt": ("/otra", "a.txt")}).sources
    assert source.key.startswith("a-txt-")
    owners = {"a-txt": ("/otra", "a.txt"), source.key: (str(root), "a.txt")}
    (again,) = find_sources([root], owners).sources
    assert again.key == source.key
    (alone,) = find_sources([root], {source.key: (str(root), "a.txt")}).sources
    assert alone.key == source.key


def test_a_renamed_file_may_take_the_id_of_its_old_name(tmp_path: Path) -> None:
    write(tmp_path, "a b.txt")
    (source,) = find_sources([tmp_path], {"a-b-txt": (str(tmp_path), "a-b.txt")}).sources
    assert source.key == "a-b-txt"


@given(st.binary(min_size=1).filter(lambda name: not {0, 47} & set(name) and name != b"."))
def test_every_name_that_a_disk_can_hold_is_shown_as_text_of_its_own(name: bytes) -> None:
    path = Path(os.fsdecode(name))
    shown = shown_path(path)
    assert not any(ord(sign) < 32 for sign in shown)
    assert shown.encode("utf-8")
    assert real_path(shown) == path


def test_long_paths_give_short_ids(tmp_path: Path) -> None:
    write(tmp_path, f"{'carpeta/' * 12}a.txt", f"{'carpeta/' * 12}b.txt")
    found = keys(tmp_path).values()
    assert [len(key) for key in found] == [86, 86]
    assert len(set(found)) == 2


def test_the_catalogue_declares_names_and_ignores(tmp_path: Path) -> None:
    write(tmp_path, "docs/a.txt", "docs/b.xyz", "fuentes/c.md", "d.md")
    catalogue(
        tmp_path,
        """
        ignorar = ["fuentes/*"]
        [[documento]]
        archivo = "docs/a.txt"
        clave = "nota"
        titulo = "La  nota"
        tipo = "nota_conceptual"
        kit = "Innovación"
        modulo = "Módulo 1"
        idioma = "es"
        publico = "Concejalas"
        fecha = 2024-11-01
        evento = "Taller"
        licencia = "CC BY 4.0"
        url = "https://example.org/nota"
        [[documento]]
        archivo = "docs/b.xyz"
        tipo = "toolkit"
        fecha = "2024-11-02"
        [[documento]]
        archivo = "no-esta.pdf"
        """,
    )
    found = find_sources([tmp_path])
    declared = {source.path: (source.key, source.declared) for source in found.sources}
    assert declared == {
        "d.md": ("d-md", Declared()),
        "docs/a.txt": (
            "nota",
            Declared(
                key="nota",
                title="La nota",
                document_type=DocumentType.CONCEPT_NOTE,
                toolkit="Innovación",
                module="Módulo 1",
                language="es",
                audience="Concejalas",
                date="2024-11-01",
                event="Taller",
                licence="CC BY 4.0",
                url="https://example.org/nota",
            ),
        ),
        "docs/b.xyz": (
            "docs-b-xyz",
            Declared(document_type=DocumentType.TOOLKIT, date="2024-11-02"),
        ),
    }
    assert [(skip.path, skip.reason) for skip in found.skipped] == [
        ("no-esta.pdf", "el catálogo lo nombra, pero no está en la carpeta")
    ]


def test_a_declared_key_wins_over_an_id_made_from_a_path(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "b.txt")
    catalogue(tmp_path, '[[documento]]\narchivo = "b.txt"\nclave = "a-txt"\n')
    found = keys(tmp_path)
    assert found["b.txt"] == "a-txt"
    assert found["a.txt"].startswith("a-txt-")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = ", "no es TOML válido"),
        ("documentos = 1", "clave desconocida «documentos»; use una de: documento, ignorar"),
        ('ignorar = "x"', "«ignorar» debe ser una lista de textos"),
        ("documento = 1", "cada documento se escribe como [[documento]]"),
        ('[[documento]]\ntitulo = "x"', "[[documento]] 1: falta «archivo»"),
        ('[[documento]]\narchivo = "a"\nautor = "x"', "clave desconocida «autor»"),
        ('[[documento]]\narchivo = "a"\ntipo = "x"', "tipo «x» desconocido; use uno de: nota_con"),
        (
            '[[documento]]\narchivo = "a"\nduracion = "un rato"',
            "«duracion» debe ser un número de minutos o un texto como «90 min», no «un rato»",
        ),
        ('[[documento]]\narchivo = "a"\nduracion = 0', "«duracion» debe ser un número de minutos"),
        ('[[documento]]\narchivo = "a"\nlugar = 3', "«lugar» debe ser un texto, no «3»"),
        ('[[documento]]\narchivo = "a"\nfecha = "ayer"', "«fecha» debe ser AAAA-MM-DD, no «ayer»"),
        ('[[documento]]\narchivo = "a"\nidioma = "ES"', "«idioma» debe ser dos letras"),
        ('[[documento]]\narchivo = "a"\nclave = "A/b"', "«clave» debe ser minúsculas"),
        ('[[documento]]\narchivo = "a"\nurl = "ftp:x"', "«url» debe ser una dirección http"),
        ('[[documento]]\narchivo = "a"\ntitulo = 3', "«titulo» debe ser un texto, no «3»"),
        ('[[documento]]\narchivo = "a"\n[[documento]]\narchivo = "a"', "2: «a» ya figura"),
        (
            '[[documento]]\narchivo = "a"\nclave = "k"\n[[documento]]\narchivo = "b"\nclave = "k"',
            "la clave «k» ya es de otro documento",
        ),
    ],
)
def test_what_a_catalogue_must_not_say_is_explained(
    tmp_path: Path, text: str, message: str
) -> None:
    catalogue(tmp_path, text)
    with pytest.raises(CatalogueError) as caught:
        find_sources([tmp_path])
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "catalogo.toml"))


# A document belongs to the outermost folder that was ever given


def test_a_root_around_another_takes_its_documents_over(tmp_path: Path) -> None:
    write(tmp_path, "a/b/x.txt", "a/y.txt")
    inner = tmp_path / "a" / "b"
    (source,) = find_sources([inner]).sources
    owners = {source.key: source.place}
    found = find_sources([tmp_path / "a"], owners)
    assert [(s.path, s.key) for s in found.sources] == [("y.txt", "y-txt"), ("b/x.txt", "x-txt")]
    assert found.absorbed == (str(inner),)
    assert found.covers((str(inner), "x.txt"))


def test_a_folder_within_a_root_is_that_part_of_it(tmp_path: Path) -> None:
    write(tmp_path, "a/b/x.txt", "a/y.txt", "c/z.txt")
    catalogue(
        tmp_path / "a",
        """
        [[documento]]
        archivo = "b/x.txt"
        titulo = "La equis"
        [[documento]]
        archivo = "b/falta.txt"
        [[documento]]
        archivo = "falta.txt"
        """,
    )
    outer = tmp_path / "a"
    owners = {source.key: source.place for source in find_sources([outer]).sources}
    found = find_sources([outer / "b", tmp_path / "c"], owners)
    assert [(s.root, s.path, s.key, s.declared.title) for s in found.sources] == [
        (str(outer), "b/x.txt", "b-x-txt", "La equis"),
        (str(tmp_path / "c"), "z.txt", "z-txt", None),
    ]
    assert [skip.path for skip in found.skipped] == ["b/falta.txt"]
    assert found.roots == (str(outer), str(tmp_path / "c"))
    assert found.absorbed == ()
    assert not found.covers((str(outer), "y.txt"))


def test_a_file_within_a_root_belongs_to_it_whatever_its_name(tmp_path: Path) -> None:
    write(tmp_path, "a/x.txt", "a/y.raro")
    root = str(tmp_path / "a")
    found = find_sources([tmp_path / "a" / "y.raro"], {"x-txt": (root, "x.txt")})
    assert [(s.root, s.path, s.key) for s in found.sources] == [(root, "y.raro", "y-raro")]


def test_documents_that_were_indexed_twice_are_one_again(tmp_path: Path) -> None:
    write(tmp_path, "a/b/x.txt")
    outer, inner = str(tmp_path / "a"), str(tmp_path / "a" / "b")
    owners = {"x-txt": (inner, "x.txt"), "b-x-txt": (outer, "b/x.txt")}
    for folder in (outer, inner):
        found = find_sources([Path(folder)], owners)
        assert [(s.root, s.path, s.key) for s in found.sources] == [(outer, "b/x.txt", "b-x-txt")]
        assert found.covers((inner, "x.txt"))


@pytest.mark.parametrize(("written", "minutes"), [("90", 90), ('"90 min"', 90), ('"1 h 30"', 90)])
def test_the_catalogue_declares_place_organisers_symbol_and_length(
    tmp_path: Path, written: str, minutes: int
) -> None:
    (tmp_path / "catalogo.toml").write_text(
        f'[[documento]]\narchivo = "a.md"\nlugar = "Lima"\norganizadores = "FLACMA"\n'
        f'simbolo = "A/78/354"\nduracion = {written}\n',
        "utf-8",
    )
    declared = read_catalogue(tmp_path).documents["a.md"]
    assert (declared.place, declared.organisers, declared.symbol, declared.minutes) == (
        "Lima",
        "FLACMA",
        "A/78/354",
        minutes,
    )
