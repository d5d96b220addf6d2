"""Four documents in memory and a searcher over them, for what surrounds the search."""

import re
import threading
from dataclasses import dataclass, replace

from hash_embedder import HashEmbedder

from search import query as query_module
from search.documents import (
    Activity,
    AgendaItem,
    BlockKind,
    Box,
    Details,
    Document,
    DocumentType,
    Extent,
    Fact,
    Finding,
    Floats,
    Page,
    Passage,
    ResourceType,
    Tag,
)
from search.engine import FACETS, AgendaLine, DocumentContent, DocumentPart
from search.errors import IndexDamaged, QueryError
from search.results import (
    Aligned,
    Answer,
    Citation,
    Explanation,
    FacetValue,
    Hit,
    IndexInfo,
    Match,
    Query,
    Result,
    Sense,
    Share,
    Suggestion,
    Why,
)


@dataclass(frozen=True)
class Text:
    """A passage to be: where it stands and what it says."""

    page: int
    section: tuple[str, ...]
    text: str
    kind: BlockKind = BlockKind.PARAGRAPH
    language: str = "es"


@dataclass(frozen=True)
class Kept:
    document: Document
    pages: list[Page]
    passages: list[Passage]


def document(
    id: str, title: str, kind: DocumentType, language: str, paged: bool = True
) -> Document:
    return Document(
        id=id,
        title=title,
        document_type=kind,
        language=language,
        file=f"{id.split('/')[-1]}.pdf" if paged else f"{id}.md",
        root="corpus",
        path=f"corpus/{id}",
        sha256="0" * 64,
        media_type="application/pdf" if paged else "text/markdown",
        pages=1,
        paged=paged,
    )


def keep(kept: Document, texts: list[Text]) -> Kept:
    """Page texts with a heading above each new section, and passages that point into them."""
    pages: dict[int, str] = {}
    passages: list[Passage] = []
    for number, item in enumerate(texts, 1):
        text = pages.get(item.page, "")
        if item.section and (number == 1 or texts[number - 2].section != item.section):
            text += f"{item.section[-1]}\n"
        start, end = len(text), len(text) + len(item.text)
        pages[item.page] = f"{text}{item.text}\n"
        passages.append(
            Passage(
                id=f"{kept.id.split('/')[-1]}.{number}",
                document_id=kept.id,
                kind=item.kind,
                section=(kept.title, *item.section),
                text=item.text,
                language=item.language,
                extents=(Extent(item.page, start, end, 0),),
                boxes=(Box(item.page, 72.0, 90.0, 520.0, 118.5),),
            )
        )
    stored = [Page(n, text, str(n), 595.0, 842.0) for n, text in sorted(pages.items())]
    return Kept(replace(kept, pages=len(stored)), stored, passages)


AGENDA = "10:40-11:00 (20 minutos) Tema 2: ¿Por qué cambiar la mentalidad para los ODS?"

COLLECTION = [
    keep(
        replace(
            document("taller", "Nota conceptual y agenda", DocumentType.CONCEPT_NOTE, "es"),
            date="2024-11-01",
            event="Taller de formación para gobiernos locales",
            ingested="2026-05-04T09:30:00Z",
            audience="Gobiernos locales",
            licence="CC BY 4.0",
            source_url="https://example.org/nota",
        ),
        [
            Text(
                1,
                ("Antecedentes",),
                "Los 11 principios de gobernanza eficaz se agrupan en tres: eficacia, rendición de "
                "cuentas e inclusión. Un municipio puede empezar por uno solo y medir su avance "
                "cada trimestre con datos que ya tiene. La gobernanza eficaz no exige más leyes, "
                "sino instituciones que coordinan, escuchan y corrigen a tiempo. Por eso cada "
                "ejercicio del taller parte de un servicio público concreto y termina con un "
                "compromiso que otra persona puede comprobar.",
            ),
            Text(
                1,
                ("Antecedentes",),
                "La gobernanza local acerca los ODS a las personas: el presupuesto municipal es el "
                "lugar donde una meta se convierte en servicio.",
            ),
            Text(2, ("Agenda provisional",), AGENDA, BlockKind.AGENDA_ITEM),
            Text(
                2,
                ("Agenda provisional",),
                "11:20-11:55 (45 minutos) Actividad grupal: hoja de ruta para el cambio.",
                BlockKind.AGENDA_ITEM,
            ),
        ],
    ),
    keep(
        replace(
            document("guias/mindsets", "Changing Mindsets Toolkit", DocumentType.TOOLKIT, "en"),
            toolkit="Cambio de mentalidad",
            module="Módulo 2",
            date="2021",
        ),
        [
            Text(
                1,
                ("Introduction",),
                "Public servants change how they work when leaders show the new behaviour first. "
                "Effective governance needs mindsets that are open to evidence.",
                language="en",
            ),
            Text(
                2,
                ("Exercises", "Role play"),
                "La guía incluye una nota en español sobre gobernanza y mentalidad innovadora.",
            ),
        ],
    ),
    keep(
        replace(
            document("diapositivas", "Gobierno digital en doce láminas", DocumentType.SLIDES, "es"),
            module="Módulo 1",
        ),
        [
            Text(
                n, (f"Lámina {n}",), f"La gobernanza de los datos, parte {n}: quién decide y cómo."
            )
            for n in range(1, 13)
        ],
    ),
    keep(
        document(
            "raro", 'Ficha <b>rara</b> & "comillas"', DocumentType.WORKSHEET, "es", paged=False
        ),
        [
            Text(
                1, ("Ejercicio",), "Escriba <script>alert(1)</script> y 🙂 gobernanza & mentalidad."
            )
        ],
    ),
]


ITEM = AgendaItem(
    passage_id="taller.3",
    title="Tema 2: ¿Por qué cambiar la mentalidad para los ODS?",
    day="Viernes 1 de noviembre",
    start="10:40",
    end="11:00",
    stated_minutes=20,
    computed_minutes=20,
    kind=ResourceType.CONCEPT,
)
DETAILS = Details(
    warnings=("página 2 leída por OCR (confianza 93 %)",),
    units=(
        Activity(
            "taller.4", "Hoja de ruta", ResourceType.ACTIVITY, 45, (4, 6), ("rotafolio", "tarjetas")
        ),
    ),
    facts=(
        Fact("date", "2024-11-01", "catalogue"),
        Fact("place", "Santiago", "text", "taller.1"),
    ),
    findings=(
        Finding(
            "minutes_differ", "El documento indica 45 minutos; por el horario son 35.", "taller.4"
        ),
    ),
)


TAGS = {
    "taller.2": (
        Tag("taller.2", 16, None, ("ODS 16",)),
        Tag("taller.2", 16, "16.6", ("meta 16.6",)),
    ),
}
"""The goals that passages name, as the index would tell them."""

SENSES = (
    Sense("CEPA", "Comisión Económica para África", "Comisión Económica para África gobernanza"),
)
EXPLANATION = Explanation(
    shares=(Share("words", 7.5, 1.25, 0.4), Share("otra", 0.1, -0.5, 0.3)),
    words=(("gobernanza", 2.34567),),
    aligned=(Aligned("mentalidad", "mindsets", 0.61, 0.75),),
)
VALUES = {"toolkit": ["Cambio de mentalidad"], "module": ["Módulo 1", "Módulo 2"]}


class SmallSearcher:
    """Finds words as they are written; «bloquear» waits, «romper» and «dañado» break, to force
    failures. Corrects «gobernansa», knows two senses of CEPA, and reads filters in the text."""

    def __init__(self, generation: int = 7) -> None:
        passages = sum(len(kept.passages) for kept in COLLECTION)
        self.info = IndexInfo(generation, len(COLLECTION), passages, "modelo/int8")
        self.begun = threading.Event()
        self.release = threading.Event()
        self.closed = False

    def prepare(self) -> None:
        """Nothing to make ready."""

    def search(self, query: Query) -> Result:
        if query.text == "bloquear":
            self.begun.set()
            assert self.release.wait(10)
        if query.text == "romper":
            raise RuntimeError(f"secreto: {query.text}")
        if query.text == "dañado":
            raise IndexDamaged("la base «/srv/indice/acervo.db» está dañada")
        if query.text == "prohibido":
            raise QueryError("Esta consulta no se puede buscar.")
        text, written = query_module.extract_filters(query.text, VALUES)
        text = " ".join(text.split())
        query = replace(query, filters=query_module.merge_filters(query.filters, written))
        misspelt = "gobernansa" in text and not query.literal
        corrected = text.replace("gobernansa", "gobernanza") if misspelt else None
        asked = replace(query, text=corrected or text)
        found = [hit for kept in COLLECTION for hit in hits_of(kept, asked)]
        found.sort(key=lambda hit: -hit.score)
        start = (query.page - 1) * query.k
        shown = [replace(h, rank=n) for n, h in enumerate(found, 1)][start : start + query.k]
        return Result(
            query=query,
            language="en" if "what" in text else "es",
            expansions=("ods = objetivos de desarrollo sostenible",) if "ods" in query.text else (),
            hits=tuple(shown),
            total=len(found),
            answer=answer(asked, found),
            facets=facets(found),
            took_ms=1.25,
            corrected=corrected,
            did_you_mean="presupuesto" if text == "presupesto" else None,
            senses=SENSES if "CEPA" in text else (),
        )

    def embed(self, text: str) -> Floats:
        return HashEmbedder().embed_query(text).vector

    def suggest(self, text: str, limit: int = 6) -> list[Suggestion]:
        titles = [
            kept.document for kept in COLLECTION if text.lower() in kept.document.title.lower()
        ]
        return [Suggestion(d.title, "title", d.id) for d in titles][:limit]

    def documents(self) -> list[Document]:
        return [kept.document for kept in COLLECTION]

    def document(self, id: str) -> Document | None:
        return next((kept.document for kept in COLLECTION if kept.document.id == id), None)

    def pages(self, document_id: str) -> list[Page]:
        return next((kept.pages for kept in COLLECTION if kept.document.id == document_id), [])

    def passages(self, document_id: str) -> list[Passage]:
        return next((kept.passages for kept in COLLECTION if kept.document.id == document_id), [])

    def details(self, document_id: str) -> Details:
        return DETAILS if document_id == "taller" else Details()

    def agenda(self, document_id: str) -> tuple[AgendaItem, ...]:
        return (ITEM,) if document_id == "taller" else ()

    def read_document(self, document_id: str, *parts: DocumentPart) -> DocumentContent | None:
        found = self.document(document_id)
        if found is None:
            return None
        wanted = {
            DocumentPart.PAGES: {"pages": tuple(self.pages(document_id))},
            DocumentPart.PASSAGES: {"passages": tuple(self.passages(document_id))},
            DocumentPart.DETAILS: {"details": self.details(document_id)},
            DocumentPart.AGENDA: {"agenda": tuple(map(line_of, self.agenda(document_id)))},
        }
        content = DocumentContent(found)
        for part in parts:
            content = replace(content, **wanted[part])  # type: ignore[arg-type] # fields by name
        return content

    def versions(self, document_id: str) -> tuple[Document, ...]:
        return (COLLECTION[2].document,) if document_id == "taller" else ()

    def verify(self, text: str) -> list[Match]:
        return [
            Match(d.id, d.file, d.title, page.number if d.paged else None, at, at + len(text))
            for d, page in ((kept.document, page) for kept in COLLECTION for page in kept.pages)
            if (at := page.text.find(text)) >= 0
        ]

    def close(self) -> None:
        self.closed = True


def line_of(item: AgendaItem) -> AgendaLine:
    """A line of a timetable, without the words that only answers look at."""
    nothing = frozenset[str]()
    return AgendaLine(item, True, (), (), *[nothing] * 6)


def hits_of(kept: Kept, query: Query) -> list[Hit]:
    words = [word for word in re.findall(r"\w+", query.text.lower()) if len(word) > 3]
    hits = []
    for passage in kept.passages:
        values = values_of(kept.document, passage)
        if any(not values[name] & set(wanted) for name, wanted in query.filters.items()):
            continue
        spans = [m.span() for w in words for m in re.finditer(re.escape(w), passage.text.lower())]
        if spans:
            score = min(1.0, len({passage.text[a:b].lower() for a, b in spans}) / 4)
            why = Why(score, 0.0, 0.0)
            hit = Hit(1, score, passage, kept.document, tuple(sorted(spans)), why)
            hit = replace(hit, tags=TAGS.get(passage.id, ()))
            hits.append(replace(hit, explanation=EXPLANATION if query.explain else None))
    if "document" in query.filters:
        return hits
    more = max(0, len(hits) - 3)
    return [replace(hit, more=more) for hit in hits[:3]]


def values_of(document: Document, passage: Passage) -> dict[str, set[str | None]]:
    return {
        "document_type": {document.document_type.value},
        "language": {passage.language},
        "toolkit": {document.toolkit},
        "module": {document.module},
        "year": {(document.date or "")[:4] or None},
        "audience": {document.audience},
        "ods": {str(tag.goal) for tag in TAGS.get(passage.id, ())},
        "event": {document.event},
        "document": {document.id},
    }


def facets(hits: list[Hit]) -> dict[str, tuple[FacetValue, ...]]:
    counts: dict[str, dict[str, int]] = {}
    for hit in hits:
        found = values_of(hit.document, hit.passage)
        for name in FACETS:
            for value in found[name]:
                if value is not None:
                    counts.setdefault(name, {}).setdefault(value, 0)
                    counts[name][value] += 1
    return {
        name: tuple(FacetValue(value, count) for value, count in values.items())
        for name, values in counts.items()
    }


def answer(query: Query, hits: list[Hit]) -> Answer:
    if "hora" in query.text:
        notice = "El documento indica 45 minutos; por el horario son 35."
        return Answer(
            "found", "schedule", "10:40–11:00 (20 minutos)", (cite(AGENDA),), (notice,), 0.93
        )
    if "cuánto" in query.text:
        both = (cite(AGENDA), cite(COLLECTION[1].passages[0].text))
        return Answer("found", "count", "20 minutos, o más", both, ("Las fuentes difieren.",), 0.7)
    if hits and hits[0].score >= 0.5:
        return Answer("found", "quote", "", (cite(hits[0].passage.text),), (), 0.8)
    return Answer("not_found", subject=hits[0].passage.section[-1] if hits else "")


def cite(text: str) -> Citation:
    for kept in COLLECTION:
        for passage in kept.passages:
            if passage.text == text:
                place = passage.extents[0]
                page = kept.pages[place.page - 1]
                return Citation(
                    document_id=kept.document.id,
                    passage_id=passage.id,
                    title=kept.document.title,
                    file=kept.document.file,
                    language=passage.language,
                    page=place.page if kept.document.paged else None,
                    quote=page.text[place.start : place.end],
                    start=place.start,
                    end=place.end,
                )
    raise AssertionError(f"no passage says {text!r}")
