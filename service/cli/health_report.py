"""Writes the health report of an ingest as HTML: what changed, and how well each page was read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.pipeline import Outcome, Report
from search.documents import Details, Document, DocumentType, Method, Page, PageHealth
from search.engine import DocumentContent, DocumentPart, Engine
from service.labels import STATUS, STATUS_COUNTS, counted, page_name
from service.web.rendering import render

# Below this mean confidence of its words, recognised text is worth a look at the original.
LOW_CONFIDENCE = 0.85

METHODS: Mapping[Method, str] = {
    Method.TEXT: "texto del archivo",
    Method.OCR: "OCR",
    Method.MENDED: "texto reparado por OCR",
}


@dataclass(frozen=True, slots=True)
class PageLine:
    """A page worth a remark: how it was read, what was left out, what looks damaged."""

    name: str
    how: str
    health: PageHealth
    doubtful: bool


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """A document with all that there is to say of its reading."""

    document: Document
    how: str
    details: Details
    pages: tuple[PageLine, ...]
    tables: int
    doubtful: bool
    version_of: Document | None


def health_report(report: Report, engine: Engine) -> str:
    """The whole page as text: what changed, what was refused, and every document of the index."""
    counts = Counter(outcome.status for outcome in report.outcomes)
    held = engine.collection()
    parts = frozenset({DocumentPart.PAGES, DocumentPart.DETAILS})
    documents = {document.id: document for document in held.documents}
    reads = [
        _document_reading(content, documents.get(held.versions.get(id_, "")))
        for id_, content in engine.read_documents(list(documents), parts).items()
    ]
    changed = [outcome for outcome in report.outcomes if outcome.status != "unchanged"]
    return render(
        "informe.html",
        {
            "report": report,
            "info": held.info,
            "summary": summary(counts),
            "lines": [
                {"outcome": one, "status": STATUS[one.status], "change": change_text(one)}
                for one in changed
            ],
            "refused": held.refused,
            "doubtful": sum(read.doubtful for read in reads),
            "reads": sorted(reads, key=lambda read: (not read.doubtful, read.document.title)),
        },
    )


def summary(counts: Mapping[str, int]) -> str:
    """«15 añadidos, 1 falló»; empty where nothing was to do."""
    named = ((counts[status], names) for status, names in STATUS_COUNTS.items() if counts[status])
    return ", ".join(counted(number, *names) for number, names in named)


def change_text(outcome: Outcome) -> str:
    """«antes 12 páginas; cambian las páginas 3, 7»; empty for what is new."""
    change = outcome.change
    if change is None:
        return ""
    if not change.changed:
        return "el texto de las páginas es el mismo"
    before = f"antes {counted(change.pages, 'página', 'páginas')}; "
    # A new edition may change every page: a dozen numbers are enough to see where.
    which = ", ".join(map(str, change.changed[:12])) + ("…" if len(change.changed) > 12 else "")
    if len(change.changed) == 1:
        return f"{before}cambia la página {which}"
    return f"{before}cambian {len(change.changed)} páginas: {which}"


def _document_reading(content: DocumentContent, version_of: Document | None) -> DocumentReading:
    document, pages, details = content.document, content.pages, content.details
    health = {page.page: page for page in details.health}
    # Pages of plain text that nothing was left out of have nothing to tell.
    lines = tuple(
        _page_line(document, page, health.get(page.number, PageHealth(page.number)))
        for page in pages
        if page.number in health or page.method is not Method.TEXT or not page.text or page.hidden
    )
    return DocumentReading(
        document=document,
        how=how_read(document, pages),
        details=details,
        pages=lines,
        tables=sum(page.tables for page in details.health),
        doubtful=bool(details.warnings) or any(line.doubtful for line in lines),
        version_of=version_of,
    )


def _page_line(document: Document, page: Page, health: PageHealth) -> PageLine:
    how = METHODS[page.method] if page.text else "sin texto"
    if page.confidence is not None:
        how += f", confianza {percent(page.confidence)}"
    if page.hidden:
        how += ", oculta"
    unsure = page.confidence is not None and page.confidence < LOW_CONFIDENCE
    return PageLine(
        name=(document.paged and page_name(document.document_type, page.number)) or "Texto",
        how=how,
        health=health,
        doubtful=unsure or not page.text or bool(health.suspects),
    )


def how_read(document: Document, pages: Sequence[Page]) -> str:
    """«38 páginas, 2 por OCR (confianza 93 %)»."""
    if not document.paged:
        return "sin numeración de páginas"
    methods = Counter(page.method for page in pages)
    slides = document.document_type is DocumentType.SLIDES
    names = ("diapositiva", "diapositivas") if slides else ("página", "páginas")
    parts = [counted(len(pages), *names)]
    if methods[Method.OCR]:
        sure = [p.confidence for p in pages if p.method is Method.OCR and p.confidence is not None]
        mean = f" (confianza {percent(sum(sure) / len(sure))})" if sure else ""
        parts.append(f"{methods[Method.OCR]} por OCR{mean}")
    if methods[Method.MENDED]:
        parts.append(f"{methods[Method.MENDED]} con palabras reparadas por OCR")
    empty = sum(not page.text for page in pages)
    if empty:
        parts.append(f"{empty} sin texto")
    hidden = sum(page.hidden for page in pages)
    if hidden:
        parts.append(counted(hidden, "oculta", "ocultas"))
    return ", ".join(parts)


def percent(share: float) -> str:
    """«93 %», with the narrow space that Spanish wants."""
    # The report is Spanish in whatever language somebody searches: only the command writes it.
    return f"{share:.0%}".replace("%", "\u202f%")
