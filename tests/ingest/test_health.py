"""What an ingest says of how well each document was read."""

from dataclasses import replace
from pathlib import Path

from hash_embedder import HashEmbedder
from own_texts import entry_of, make_document, publish

from ingest.pipeline import Change, Outcome, Report, change_of, page_health
from search.documents import (
    Block,
    BlockKind,
    Details,
    Finding,
    Method,
    Page,
    PageHealth,
    PageShape,
    Part,
    Reading,
)
from search.engine import CollectionNotes
from search.index import open_engine, open_writer
from search.results import Refused
from service.cli.health_report import change_text, health_report, how_read

EMBEDDER = HashEmbedder()


def block(kind: BlockKind, page: int, text: str) -> Block:
    return Block(kind, (Part(page, text),))


def test_health_counts_tables_where_they_begin_and_keeps_what_was_left_out() -> None:
    row, agenda, text = BlockKind.TABLE_ROW, BlockKind.AGENDA_ITEM, BlockKind.PARAGRAPH
    reading = Reading(
        blocks=(
            block(row, 1, "Meta | Año"),
            block(row, 2, "16.6 | 2030"),
            block(text, 2, "La gestión pública mejora."),
            block(agenda, 2, "10:30 | Tema 1"),
        ),
        paged=True,
        shapes=(PageShape(1, 1.0, 1.0, dropped=("Pie de página",)), PageShape(2, 1.0, 1.0)),
    )
    pages = (Page(1, "Meta | Año"), Page(2, "La ges\ufffdón pública mejora."), Page(3, "Nada."))
    assert page_health(reading, pages) == (
        PageHealth(1, tables=1, dropped=("Pie de página",)),
        PageHealth(2, tables=1, suspects=("ges\ufffdón",)),
    )


def test_a_change_names_the_pages_that_read_otherwise() -> None:
    before = (Page(1, "Uno"), Page(2, "Dos"))
    assert change_of((), before) is None
    assert change_of(before, before) == Change(2, ())
    assert change_of(before, (Page(1, "Uno"), Page(2, "2"), Page(3, "Tres"))) == Change(2, (2, 3))


def outcome(change: Change | None) -> Outcome:
    return Outcome("updated", "nota", "nota.pdf", "/r", "nota.pdf", change=change)


def test_changes_are_told_in_words() -> None:
    assert change_text(outcome(None)) == ""
    assert change_text(outcome(Change(2, ()))) == "el texto de las páginas es el mismo"
    assert change_text(outcome(Change(2, (3,)))) == "antes 2 páginas; cambia la página 3"
    assert change_text(outcome(Change(1, (2, 3)))) == "antes 1 página; cambian 2 páginas: 2, 3"


def test_how_pages_were_read_is_told_in_words() -> None:
    pages = [
        Page(1, "Texto"),
        Page(2, "Escaneada", method=Method.OCR, confidence=0.95),
        Page(3, "Escaneada", method=Method.OCR, confidence=0.91),
        Page(4, "gestión", method=Method.MENDED),
        Page(5, "", hidden=True),
    ]
    assert how_read(make_document("nota"), pages) == (
        "5 páginas, 2 por OCR (confianza 93\u202f%), 1 con palabras reparadas por OCR,"
        " 1 sin texto, 1 oculta"
    )


def test_the_report_puts_what_needs_a_look_first_and_escapes_it(tmp_path: Path) -> None:
    good = entry_of(make_document("buena", "Guía buena"), [["Todo bien."]], EMBEDDER)
    details = Details(
        warnings=("páginas sin texto: 2",),
        findings=(Finding("minutes_differ", "El documento indica 45 minutos; son 35."),),
        health=(PageHealth(1, 1, ("Firmado <b>digitalmente</b>",), ("ges:ón",)),),
    )
    bad = entry_of(make_document("mala", "Zeta <i>mala</i>"), [["Uno."]], EMBEDDER)
    refused = {"/r": (Refused("/r", "roto.pdf", "El PDF está dañado."),)}
    entries = [good, replace(bad, details=details)]
    publish(tmp_path, EMBEDDER, entries, CollectionNotes({}, refused=refused))
    report = Report((outcome(Change(1, (1,))),), (), 3, 1.25)
    engine = open_engine(tmp_path)
    text = health_report(report, engine)
    engine.close()
    assert text.index("Zeta &lt;i&gt;mala&lt;/i&gt;") < text.index("Guía buena")
    for said in (
        "1 documento merece una mirada",
        "<code>roto.pdf</code></td><td>El PDF está dañado.",
        "antes 1 página; cambia la página 1",
        "páginas sin texto: 2",
        "El documento indica 45 minutos; son 35.",
        "Firmado &lt;b&gt;digitalmente&lt;/b&gt;",
        "ges:ón",
    ):
        assert said in text


def test_files_that_could_not_be_read_are_remembered_by_root(tmp_path: Path) -> None:
    old, broken = Refused("/b", "y.doc", "antiguo"), Refused("/a", "x.pdf", "dañado")
    index = open_writer(tmp_path, create=True)
    index.publish(CollectionNotes({}, refused={"/a": (broken,)}))
    index.publish(CollectionNotes({}, refused={"/b": (old,)}))
    assert index.inventory().refused == (broken, old)
    generation = index.publish(CollectionNotes({}, refused={"/a": ()}))
    assert index.inventory().refused == (old,)
    assert index.publish(CollectionNotes({}, refused={"/a": (), "/b": (old,)})) == generation
    index.close()
    engine = open_engine(tmp_path)
    assert engine.collection().refused == (old,)
    engine.close()
