"""Six own documents in Spanish, English and Portuguese, as entries of an index."""

import json
from dataclasses import replace

from own_texts import make_document

from search.documents import (
    AgendaItem,
    BlockKind,
    Document,
    DocumentType,
    Draft,
    Entry,
    Extent,
    Page,
    Passage,
)
from search.embedding.encoder import Embedder
from search.embedding.late_interaction import make_entry

TALLER = make_document(
    "taller",
    "Taller para gobiernos locales",
    document_type=DocumentType.CONCEPT_NOTE,
    date="2024-11-01",
    audience="Gobiernos locales",
    pages=3,
)
TALLER_PAGES = (
    "Antecedentes\n"
    "La gobernanza eficaz descansa en once principios que aprobó el Consejo Económico y Social.\n"
    "Los municipios rinden cuentas cuando publican su presupuesto en lenguaje claro. Cada oficina "
    "pone a disposición de los vecinos",
    "los contratos que firmó durante el año.\n"
    "Las inscripciones se reciben en taller@ejemplo.org hasta el 15 de octubre.",
    "Agenda\n"
    "10:00–10:40 (40 minutos) Tema 1: Qué son los objetivos de desarrollo sostenible\n"
    "10:40–11:00 (20 minutos) Tema 2: Por qué cambiar la mentalidad\n"
    "11:20–11:55 (45 minutos) Tema 3: Hoja de ruta para el cambio\n"
    "12:00–13:30 Almuerzo",
)
KIT = make_document(
    "kit",
    "Changing Mindsets Toolkit",
    document_type=DocumentType.TOOLKIT,
    language="en",
    toolkit="Cambio de mentalidad",
    date="2021-05-01",
)
KIT_PAGES = (
    "Public servants change the way they work when their leaders show the new behaviour first.\n"
    "Facilitators should ask participants to write down one habit they want to abandon.\n"
    "Budget transparency grows when citizens can read every contract online.",
)
GUIA = make_document(
    "guia",
    "Guia do facilitador",
    document_type=DocumentType.FACILITATOR_GUIDE,
    language="pt",
    file="guia.md",
    path="guia.md",
    media_type="text/markdown",
    paged=False,
)
GUIA_PAGES = (
    "O facilitador abre a oficina com uma rodada de apresentações de cinco minutos.\n"
    "Os servidores públicos aprendem melhor com exemplos da própria cidade.",
)
RESOLUCION = make_document(
    "resolucion", "Resoluciones", document_type=DocumentType.LAW, date="2018-07-02"
)
RESOLUCION_PAGES = (
    "La resolución A/RES/60/34 trata de la administración pública y el desarrollo.\n"
    "Los principios figuran en el documento E/C.16/2018/5, que el Consejo hizo suyo.\n"
    "La meta 16.6 pide instituciones eficaces, responsables y transparentes.\n"
    "La meta 16.7 pide decisiones inclusivas y participativas.",
)
ETICA = make_document(
    "etica", "Módulo de ética", document_type=DocumentType.MODULE, module="Módulo 3"
)
ETICA_PAGES = tuple(
    f"Dilema {number}: {what}"
    for number, what in enumerate(
        [
            "un proveedor regala entradas para el fútbol a la jefa de compras.",
            "un concejal pide que se contrate a su sobrino como chofer.",
            "la directora usa el vehículo oficial para llevar a sus niños a la escuela.",
            "un inspector recibe una cesta de Navidad de la panadería que revisa.",
            "una funcionaria comparte en redes la foto de un expediente reservado.",
        ],
        1,
    )
)
DATOS = make_document(
    "datos", "Datos abiertos", document_type=DocumentType.GUIDANCE_NOTE, date="2023-01-15"
)
DATOS_PAGES = (
    "Publicar datos abiertos ahorra a las oficinas responder la misma solicitud cien veces.\n"
    "Para diseñar un portal de datos conviene preguntar antes a quienes lo usarán.",
)
REST: tuple[tuple[Document, tuple[str, ...]], ...] = (
    (KIT, KIT_PAGES),
    (GUIA, GUIA_PAGES),
    (RESOLUCION, RESOLUCION_PAGES),
    (ETICA, ETICA_PAGES),
    (DATOS, DATOS_PAGES),
)
EQUIVALENTS = json.dumps(
    [{"forms": ["ODS", "objetivos de desarrollo sostenible"], "approximate": False}]
)


def entries(embedder: Embedder) -> list[Entry]:
    taller = _over_pages(_entry_passages(TALLER, TALLER_PAGES))
    none: list[AgendaItem] = []
    others = [(document, pages, _entry_passages(document, pages), none) for document, pages in REST]
    every = [(TALLER, TALLER_PAGES, taller, _agenda(taller)), *others]
    return [
        make_entry(
            Draft(
                replace(document, pages=len(pages)),
                tuple(Page(number, text) for number, text in enumerate(pages, 1)),
                tuple(passages),
                tuple(items),
            ),
            embedder,
        )
        for document, pages, passages, items in every
    ]


def _entry_passages(document: Document, pages: tuple[str, ...]) -> list[Passage]:
    """A passage a line, but for headings, which are the section of what follows."""
    passages: list[Passage] = []
    section: tuple[str, ...] = ()
    for number, text in enumerate(pages, 1):
        start = 0
        for line in text.split("\n"):
            if line in ("Antecedentes", "Agenda"):
                section = (line,)
            else:
                row = section == ("Agenda",)
                passages.append(
                    Passage(
                        id=f"{document.id}-{len(passages)}",
                        document_id=document.id,
                        kind=BlockKind.AGENDA_ITEM if row else BlockKind.PARAGRAPH,
                        section=section,
                        text=line,
                        language=document.language,
                        extents=(Extent(number, start, start + len(line), 0),),
                    )
                )
            start += len(line) + 1
    return passages


def _over_pages(passages: list[Passage]) -> list[Passage]:
    """The second passage runs over the page break into what the third holds."""
    first, opening, ending, *rest = passages
    text = f"{opening.text} {ending.text}"
    moved = replace(ending.extents[0], offset=len(opening.text) + 1)
    joined = replace(opening, text=text, extents=(*opening.extents, moved))
    return [first, joined, *rest]


def _agenda(passages: list[Passage]) -> list[AgendaItem]:
    rows = [passage for passage in passages if passage.kind is BlockKind.AGENDA_ITEM]
    times = [
        ("10:00", "10:40", 40, 40),
        ("10:40", "11:00", 20, 20),
        ("11:20", "11:55", 45, 35),
        ("12:00", "13:30", None, 90),
    ]
    return [
        AgendaItem(row.id, row.text.split(") ")[-1], None, *time)
        for row, time in zip(rows, times, strict=True)
    ]
