"""A collection that shows every side of the interface of a storage engine: documents in three
languages, two versions of one guide, a timetable, a table, goals, and texts without a word."""

from dataclasses import replace

from hash_embedder import HashEmbedder
from own_texts import make_document, make_pages, make_passages

from search.documents import (
    NOTHING_KNOWN,
    Activity,
    AgendaItem,
    BlockKind,
    Details,
    Document,
    DocumentType,
    Draft,
    Entry,
    Extent,
    Fact,
    Finding,
    PageHealth,
    Passage,
    ResourceType,
    Tag,
)
from search.embedding.late_interaction import make_entry
from search.engine import CollectionNotes
from search.results import Refused

EMBEDDER = HashEmbedder()

GUIDE = make_document(
    "guia",
    "Guía de gobernanza",
    document_type=DocumentType.GUIDANCE_NOTE,
    sha256="ab" * 32,
    date="2024-05-01",
    toolkit="Cambio de mentalidad",
    module="Módulo 2",
    audience="Municipios",
    event="Taller de Lima",
)
GUIDE_PAGES = (
    (
        "Los once principios de gobernanza eficaz sirven a los municipios.",
        "El presupuesto participativo se vota en abril.",
        "La subsidiariedad acerca las decisiones",
    ),
    (
        "a las personas.",
        "El plan local nombra el ODS 16 y su meta 16.6.",
        "Rendición de cuentas y presupuesto abierto.",
    ),
)
OVER_TWO_PAGES = "guia-2"
TAGS = (
    Tag("guia-1", 11, None, ("ODS 11",)),
    Tag("guia-4", 16, None, ("ODS 16",)),
    Tag("guia-4", 16, "16.6", ("meta 16.6",)),
)

EDITION = make_document(
    "edicion",
    "Guía antigua",
    document_type=DocumentType.GUIDANCE_NOTE,
    date="2020",
    event="Taller de Quito",
)
EDITION_PAGES = (
    (
        "El presupuesto participativo se vota en abril.",
        "Un párrafo que la nueva edición ya no trae.",
        "Rendición de cuentas y presupuesto abierto.",
    ),
)
COPIES = {"edicion-0": "guia-1", "edicion-2": "guia-5"}
"""Passages of the older edition and those of the same text in the guide, which speaks for it."""

KIT = make_document("kit", "Mindset kit", document_type=DocumentType.TOOLKIT, language="en")
KIT_PAGES = (
    ("Leaders show the new behaviour first.", "Budget offices publish every contract."),
    ("Write one habit down.",),
)

WORKSHOP = make_document("oficina", "Oficina", language="pt", paged=False)
WORKSHOP_PAGES = (("A oficina começa com uma rodada de apresentações.",),)

PROGRAMME = make_document(
    "programa",
    "Programa del taller",
    document_type=DocumentType.AGENDA,
    event="Cumbre de Quito",
    place="Casa de la Cultura",
    organisers="Red Andina",
)
PROGRAMME_PAGES = (
    (
        "10:00–10:30 | Sesión 1: Apertura | Sra. Ana Alberti",
        "10:30–11:00 | Sesión 2: Presupuestos",
        "Dinámica en grupos, segunda sesión. Dura 40 minutos.",
        "Municipio | Meta\nLima. Norte | 16.6 | doce escuelas",
    ),
)
DAY = "Lunes 3"
AGENDA = (
    AgendaItem(
        "programa-0", "Sesión 1: Apertura", DAY, "10:00", "10:30", None, 30, "Sra. Ana Alberti"
    ),
    AgendaItem("programa-1", "Sesión 2: Presupuestos", DAY, "10:30", "11:00", None, 30),
)
DETAILS = Details(
    warnings=("sin texto en la página 3",),
    units=(
        Activity("programa-1", "Presupuestos", ResourceType.CONCEPT, 30),
        Activity("programa-2", "Dinámica en grupos", ResourceType.ACTIVITY, 40, (3, 5), ("papel",)),
        Activity("programa-3", "Tabla", ResourceType.CASE),
    ),
    facts=(Fact("place", "Casa de la Cultura", "text", "programa-0"), Fact("date", "2024", "name")),
    findings=(Finding("minutes_differ", "El documento indica 45 minutos; son 30."),),
    health=(PageHealth(1, 1, ("pie",), ("ges:ón",)),),
)

EMPTY = make_document("vacio", "Documento sin pasajes")
MUTE = make_document("mudo", symbol="A/80/62")
MUTE_PAGES = (("De la que.",),)
"""A text of function words: none of its tokens is kept."""


def entry(
    document: Document,
    passages: tuple[Passage, ...],
    pages: tuple[tuple[str, ...], ...],
    agenda: tuple[AgendaItem, ...] = (),
    details: Details = NOTHING_KNOWN,
) -> Entry:
    whole = replace(document, pages=len(pages))
    return make_entry(Draft(whole, make_pages(pages), passages, agenda, details), EMBEDDER)


def plain(document: Document, pages: tuple[tuple[str, ...], ...]) -> Entry:
    return entry(document, make_passages(document, pages), pages)


def guide() -> Entry:
    """Its third passage runs over the page break."""
    one, two, first, second, *rest = make_passages(GUIDE, GUIDE_PAGES)
    text = f"{first.text} {second.text}"
    (begin,), (end,) = first.extents, second.extents
    joined = replace(
        first, text=text, extents=(begin, Extent(2, end.start, end.end, len(first.text) + 1))
    )
    passages = (replace(one, section=("Principios", "Gobernanza eficaz")), two, joined, *rest)
    return entry(GUIDE, passages, GUIDE_PAGES, details=Details(tags=TAGS))


def programme() -> Entry:
    first, second, part, table = make_passages(PROGRAMME, PROGRAMME_PAGES)
    row = {"kind": BlockKind.AGENDA_ITEM, "section": ("Programa", DAY), "context": "Hora | Sesión"}
    passages = (
        replace(first, **row),  # type: ignore[arg-type] # fields of Passage by name
        replace(second, **row),  # type: ignore[arg-type]
        replace(part, section=("Actividades",)),
        replace(table, kind=BlockKind.TABLE_ROW),
    )
    return entry(PROGRAMME, passages, PROGRAMME_PAGES, AGENDA, DETAILS)


ENTRIES = (
    programme(),
    plain(WORKSHOP, WORKSHOP_PAGES),
    guide(),
    plain(EMPTY, ()),
    plain(KIT, KIT_PAGES),
    plain(EDITION, EDITION_PAGES),
    plain(MUTE, MUTE_PAGES),
)
"""In the order in which they are written, which is not that of their ids."""

REFUSED = (Refused("/fuentes", "roto.pdf", "El PDF está dañado."),)
NOTES = CollectionNotes(
    versions={"edicion": "guia"},
    synonyms={"/fuentes": '[{"forms": ["PP", "presupuesto participativo"], "approximate": false}]'},
    refused={"/fuentes": REFUSED},
)
