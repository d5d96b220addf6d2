"""Runs the commands on a collection: `acervo ingest`, `remove`, `status`, `check`, `previews`."""

import os
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from rich.table import Table
from rich.text import Text

from ingest.catalogue import read_acronyms
from ingest.errors import ReadError, SourceMissing
from ingest.pipeline import Outcome, Report, Watch, rehearse
from ingest.pipeline import ingest as run
from ingest.sandbox.previews import Previews
from ingest.sources import shown_path
from ingest.versions import find_versions
from search.documents import Document
from search.editorial import NO_RULES
from search.editorial_file import read_rules, unknown_references
from search.embedding.encoder import open_embedder
from search.engine import CollectionNotes, Problem
from search.errors import AcervoError, IndexDamaged
from search.index import check_index, open_engine, open_writer
from search.index.files import Picture
from service.cli.console import Bar, err, out, progress_bar, say, write_json
from service.cli.health_report import change_text, health_report, summary
from service.errors import RecordsUnusable
from service.labels import STATUS, counted, document_type_label, language_name
from service.settings import Settings
from service.web.document_schemas import has_images
from service.web.editorial import rules_text

REPORT = "informe.html"  # the health report of the last ingest, in the folder of the index
_COLOURS = {"failed": "red", "no_text": "yellow", "unchanged": "dim", "removed": "magenta"}

# Nothing else runs while a command embeds or draws, so it may use both cores of a small machine.
_INGEST_THREADS = 2
_DRAWING_THREADS = 2


def ingest(options: Namespace, settings: Settings) -> int:
    """Mirror files and folders into the index and report what became of each document."""
    if options.dry_run:
        return _show_report(_rehearse(options), options)
    embedder = open_embedder(options.model, _INGEST_THREADS)
    general = read_acronyms(settings.acronyms)
    with (
        closing(open_writer(options.index, embedder.name, create=True)) as index,
        progress_bar("Ingiriendo") as bar,
    ):
        report = run(options.paths, index, embedder, _show_progress(bar), general)
    place = options.report or options.index / REPORT
    _write_health_report(place, report, options.index)
    status = _show_report(report, options)
    if not options.json:
        say(f"Informe de lectura: {shown_path(place)}")
    return status


def _rehearse(options: Namespace) -> Report:
    model = open_embedder(options.model).name
    # A rehearsal writes nothing, so it must not create an index either.
    if not (options.index / "acervo.db").is_file():
        return rehearse(options.paths, None, model)
    with closing(open_writer(options.index)) as index:
        return rehearse(options.paths, index, model)


def _show_progress(bar: Bar) -> Watch:
    """Show bytes read as the share done, with documents and passages a second."""
    started, documents, passages = time.perf_counter(), 0, 0

    # By bytes: they are known before anything is read, which passages are not.
    def note() -> str:
        rate = passages / max(time.perf_counter() - started, 0.1)
        return f"{documents} documentos · {passages} pasajes · {rate:.0f} por segundo"

    def embedded(more: int) -> None:
        nonlocal passages
        passages += more
        bar.advance(0, note())

    def finished(outcome: Outcome, size: int) -> None:
        nonlocal documents
        documents += 1
        bar.advance(size, note())
        if outcome.status == "failed":
            err.print(Text(f"{outcome.path}: {outcome.cause}", style="red"))

    def recognised(file: str, done: int, pages: int) -> None:
        bar.advance(0, f"{file}: {done} de {counted(pages, 'página', 'páginas')} por OCR")

    return Watch(lambda _, size: bar.expect(size), embedded, finished, recognised)


def _write_health_report(place: Path, report: Report, index: Path) -> None:
    with closing(open_engine(index)) as engine:
        text = health_report(report, engine)
    try:
        place.write_text(text, encoding="utf-8")
    except OSError as error:
        raise AcervoError(
            f"no se pudo escribir el informe en «{place}» ({error.strerror}); "
            "los documentos ya están en el índice: elija otro lugar con --report"
        ) from error


def _show_report(report: Report, options: Namespace) -> int:
    counts = Counter(outcome.status for outcome in report.outcomes)
    if options.json:
        documents = [asdict(outcome) for outcome in report.outcomes]
        write_json(
            {
                "dry_run": options.dry_run,
                "generation": report.generation,
                "seconds": round(report.seconds, 3),
                "summary": {status: counts[status] for status in STATUS},
                # The contract calls the document's type `type`.
                "documents": [
                    fields | {"type": fields.pop("document_type")} for fields in documents
                ],
                "skipped": report.skipped,
            }
        )
    else:
        _print_report(report, counts, dry_run=options.dry_run)
    return int(report.failed)


def _print_report(report: Report, counts: Counter[str], *, dry_run: bool) -> None:
    table = Table("estado", "archivo", "tipo", "idioma", "páginas", "pasajes", "s", box=None)
    for outcome in report.outcomes:
        # What is unchanged would hide what has changed, unless nothing has.
        if outcome.status == "unchanged" and len(report.outcomes) > counts["unchanged"]:
            continue
        read: list[str] = []
        if outcome.document_type:
            named = document_type_label(outcome.document_type), language_name(outcome.language)
            read = [*named, str(outcome.pages), str(outcome.passages), f"{outcome.seconds:.1f}"]
        style = _COLOURS.get(outcome.status, "")
        table.add_row(STATUS[outcome.status], Text(outcome.path), *read, style=style)
    out.print(table)
    for outcome in report.outcomes:
        for note in (outcome.cause, change_text(outcome), *outcome.warnings, *outcome.findings):
            if note:
                say(f"{outcome.path}: {note}", "yellow")
    for skipped in report.skipped:
        say(f"{skipped.path}: {skipped.reason}", "dim")
    end = "ensayo: no se guardó nada" if dry_run else f"{report.seconds:.1f} s"
    out.print(f"[bold]{summary(counts) or 'ningún documento'}[/] · {end}")


def remove(options: Namespace, settings: Settings) -> None:  # noqa: ARG001
    """Take a document, or all of a root, out of the index."""
    with closing(open_writer(options.index)) as index:
        inventory = index.inventory()
        # A document by its id, or all of a folder, whose path is kept as ingest resolved it.
        root = shown_path(os.path.realpath(options.what))
        chosen = [
            stored.document.id
            for (place, _), stored in inventory.documents.items()
            if options.what == stored.document.id or root == place
        ]
        # A folder of which nothing could be read has no documents, but its failures are listed.
        if not chosen and all(refused.root != root for refused in inventory.refused):
            raise AcervoError(f"no hay ningún documento ni carpeta «{options.what}»")
        index.delete(chosen)
        # What else the index keeps of a folder: its acronyms, what failed in it, and which of the
        # documents left are versions of each other.
        versions = find_versions(index.inventory())
        generation = index.publish(CollectionNotes(versions, {root: None}, {root: ()}))
    if options.json:
        write_json({"removed": chosen, "generation": generation})
    else:
        listed = ", ".join(chosen) or "ningún documento; se olvidan los archivos que no se leyeron"
        say(f"Retirados: {listed}")


def status(options: Namespace, settings: Settings) -> None:  # noqa: ARG001
    """What is in the index."""
    with closing(open_engine(options.index)) as engine:
        held = engine.collection()
    info, documents, refused = held.info, held.documents, held.refused
    if options.json:
        listed = [{"id": d.id, "title": d.title, "file": d.file, "root": d.root} for d in documents]
        place = shown_path(options.index)
        write_json(asdict(info) | {"index": place, "list": listed, "refused": refused})
        return
    generation = f": generación {info.generation}, modelo {info.model}"
    out.print(Text(shown_path(options.index), style="bold").append(generation, style="not bold"))
    out.print(f"{info.documents} documentos, {info.passages} pasajes")
    table = Table("identificador", "título", "tipo", "idioma", "páginas", box=None)
    for document in documents:
        kind = document_type_label(document.document_type)
        pages = str(document.pages) if document.paged else "–"
        language = language_name(document.language)
        table.add_row(document.id, Text(document.title), kind, language, pages)
    out.print(table)
    for document_id, speaker in held.versions.items():
        say(f"{document_id}: otra versión de {speaker}", "dim")
    for item in refused:
        say(f"{item.path}: no se pudo leer: {item.cause}", "red")


def check(options: Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Verify every checksum, cache and quote; 1 when something is damaged."""
    problems = _problems(options.index)
    if options.json:
        write_json({"ok": not problems, "problems": problems})
    elif not problems:
        out.print("Todo está en orden: base, cachés, originales y citas.")
    for problem in () if options.json else problems:
        say(f"{problem.text}: {problem.repair}", "red")
    return int(bool(problems))


def _problems(folder: Path) -> list[Problem]:
    """What is wrong; a base too damaged to be read is one problem."""
    try:
        return [*check_index(folder), *_rule_problems(folder)]
    except IndexDamaged as error:
        text, _, repair = str(error).rpartition(": ")  # «what is wrong: what to do», as all errors
        return [Problem(text, repair)]


def _rule_problems(folder: Path) -> list[Problem]:
    """What is wrong with the editorial rules in force."""
    repair = "corrija el archivo y publíquelo con «acervo rules publish», o «acervo rules undo»"
    try:
        rules, mistakes = read_rules(rules_text(folder))
    except RecordsUnusable as error:
        return [Problem(str(error), repair)]
    # References can be looked up only in an index that opens, and in rules that are understood.
    if not mistakes and rules != NO_RULES:
        with closing(open_engine(folder)) as engine:
            mistakes = tuple(unknown_references(rules, engine))
    return [Problem(f"reglas editoriales: {mistake}", repair) for mistake in mistakes]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What became of one page: its bytes, whether it was there already, or why there is none."""

    document_id: str
    page: int
    cause: str = ""
    bytes: int = 0
    kept: bool = False


def previews(options: Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Draw the pages of the given documents, or of all; 1 when some cannot be drawn."""
    started = time.perf_counter()
    documents = [d for d in _chosen(options.index, options.ids) if has_images(d)]
    drawn = list(_draw(options.index, documents, options.width))
    seconds = round(time.perf_counter() - started, 3)
    failed = [item for item in drawn if item.cause]
    kept, total = sum(item.kept for item in drawn), sum(item.bytes for item in drawn)
    new = len(drawn) - kept - len(failed)
    if options.json:
        causes = [{"document_id": f.document_id, "page": f.page, "cause": f.cause} for f in failed]
        write_json(
            {"width": options.width, "documents": len(documents), "pages": len(drawn)}
            | {"drawn": new, "kept": kept, "bytes": total, "seconds": seconds, "failed": causes}
        )
        return int(bool(failed))
    for item in failed:
        err.print(Text(f"{item.document_id}, página {item.page}: {item.cause}", style="red"))
    pages = counted(new, "página dibujada", "páginas dibujadas")
    out.print(f"[bold]{pages}[/] · {kept} ya estaban · {total / 1e6:.1f} MB · {seconds:.1f} s")
    return int(bool(failed))


def _chosen(index: Path, ids: Sequence[str]) -> list[Document]:
    """The documents with these identifiers, or all."""
    with closing(open_engine(index)) as engine:
        known = {document.id: document for document in engine.collection().documents}
    for unknown in [id_ for id_ in ids if id_ not in known]:
        raise AcervoError(f"no hay ningún documento «{unknown}»: véalos con «acervo status»")
    return [known[id_] for id_ in ids] if ids else list(known.values())


def _draw(index: Path, documents: Sequence[Document], width: int) -> Iterator[Drawn]:
    total = sum(document.pages for document in documents)
    with (
        Previews(index) as drawer,
        ThreadPoolExecutor(_DRAWING_THREADS) as pool,
        progress_bar("Dibujando", total) as bar,
    ):
        for document in documents:
            pages = range(1, document.pages + 1)
            for drawn in pool.map(partial(_draw_page, drawer, document, width), pages):
                bar.advance(1, document.file)
                # On a full disk every further page would be drawn for nothing.
                if drawer.unkept:
                    raise AcervoError(
                        f"no se pueden guardar imágenes en «{index}» ({drawer.unkept})"
                    )
                yield drawn


def _draw_page(drawer: Previews, document: Document, width: int, page: int) -> Drawn:
    picture = Picture(document.sha256, page, width)
    kept = drawer.kept(picture)
    if kept is not None:
        return Drawn(document.id, page, bytes=len(kept), kept=True)
    try:
        return Drawn(document.id, page, bytes=len(drawer.draw(picture)))
    except (ReadError, SourceMissing) as error:
        return Drawn(document.id, page, str(error))
