"""What a document is: its title, type, language and date, declared or found."""

import warnings
from pathlib import Path

import pytest

from ingest.catalogue import Declared
from ingest.describe import describe
from ingest.language import detect_language
from ingest.readers import PDF, PPTX, TEXT
from ingest.readers.text import read_text
from ingest.sources import Source
from search.types import Block, BlockKind, Document, DocumentType, PageShape, Part, Reading

BODY = (
    "Los gobiernos locales necesitan instituciones eficaces para prestar servicios públicos a toda"
    " la población, y este taller les ofrece herramientas para lograrlo de manera progresiva."
)


def block(text: str, kind: BlockKind = BlockKind.PARAGRAPH, level: int = 0, page: int = 1) -> Block:
    return Block(kind, (Part(page, text),), level)


def described(
    *blocks: Block,
    file: str = "archivo.txt",
    declared: Declared | None = None,
    title: str | None = None,
    media_type: str = TEXT,
) -> Document:
    source = Source(
        "/raiz", f"docs/{file}", "clave", file, "0f", 3, Path("/x"), declared or Declared()
    )
    return describe(source, Reading(blocks, paged=False, title=title), media_type)


def heading(text: str) -> Block:
    return block(text, BlockKind.HEADING, 1)


def test_what_the_catalogue_declares_wins() -> None:
    declared = Declared(
        key="clave",
        title="Declarado",
        document_type=DocumentType.TOOLKIT,
        toolkit="Kit",
        module="1",
        language="pt",
        audience="Concejalas",
        date="2020-01-02",
        event="Taller",
        licence="MIT",
        url="https://example.org",
    )
    document = described(heading("Nota conceptual"), block(BODY), declared=declared, title="Otro")
    assert document == Document(
        id="clave",
        title="Declarado",
        document_type=DocumentType.TOOLKIT,
        language="pt",
        file="archivo.txt",
        root="/raiz",
        path="docs/archivo.txt",
        sha256="0f",
        media_type=TEXT,
        pages=1,
        paged=False,
        date="2020-01-02",
        toolkit="Kit",
        module="1",
        audience="Concejalas",
        event="Taller",
        licence="MIT",
        source_url="https://example.org",
    )


@pytest.mark.parametrize(
    ("blocks", "title", "file", "expected"),
    [
        ((heading("Encabezado"),), "Metadatos", "a.txt", "Metadatos"),
        ((block("Portada"), heading("Encabezado")), None, "a.txt", "Encabezado"),
        ((heading("Índice"), heading("Plan de acción")), None, "a.txt", "Plan de acción"),
        ((block("Tapa", BlockKind.SLIDE_TITLE, 1),), None, "a.txt", "Tapa"),
        (
            (block("Sub", BlockKind.HEADING, 2),),
            None,
            "01_guia_del_taller-v2.0.pdf",
            "Guia del taller",
        ),
        ((), None, "2030 agenda (1).docx", "2030 agenda"),
        ((), None, "final.pdf", "Final"),
        (
            (
                block("Taller de Formación", BlockKind.TITLE),
                block('"Fomentando la Innovación en los municipios"'),
            ),
            None,
            "a.txt",
            "Taller de Formación: Fomentando la Innovación en los municipios",
        ),
    ],
)
def test_the_title_is_the_files_own_or_its_first_heading_or_its_name(
    blocks: tuple[Block, ...], title: str | None, file: str, expected: str
) -> None:
    assert described(*blocks, title=title, file=file).title == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Nota conceptual y agenda", DocumentType.CONCEPT_NOTE),
        ("Concept Note: Workshop on SDGs", DocumentType.CONCEPT_NOTE),
        ("Note conceptuelle", DocumentType.CONCEPT_NOTE),
        ("Guía del facilitador", DocumentType.FACILITATOR_GUIDE),
        ("Guía para las y los facilitadores", DocumentType.FACILITATOR_GUIDE),
        ("Facilitator’s Guide", DocumentType.FACILITATOR_GUIDE),
        ("Manual para formadores", DocumentType.FACILITATOR_GUIDE),
        ("Informe de resultados del taller", DocumentType.OUTCOME_REPORT),
        ("Relatório da oficina", DocumentType.OUTCOME_REPORT),
        ("Changing Mindsets: A Facilitation Toolkit", DocumentType.TOOLKIT),
        ("Caja de herramientas de innovación", DocumentType.TOOLKIT),
        ("Hoja de trabajo: nuestra hoja de ruta", DocumentType.WORKSHEET),
        ("Módulo 3. Gobierno digital", DocumentType.MODULE),
        ("Module III: Governance", DocumentType.MODULE),
        ("Nota metodológica para el equipo", DocumentType.GUIDANCE_NOTE),
        ("Guía para la apertura de datos", DocumentType.GUIDANCE_NOTE),
        ("Ley 27275 de acceso a la información", DocumentType.LAW),
        ("CONSTITUCIÓN POLÍTICA DE LA REPÚBLICA", DocumentType.LAW),
        ("Plan de acción municipal", DocumentType.PLAN),
        ("Plano de Dados Abertos", DocumentType.PLAN),
        ("Programa general", DocumentType.AGENDA),
        ("Agenda 2030 en los municipios", DocumentType.OTHER),
        ("Agenda item 5", DocumentType.OTHER),
        ("Informe anual", DocumentType.REPORT),
        ("Rapport du Secrétaire général", DocumentType.REPORT),
        ("Glosario", DocumentType.OTHER),
    ],
)
def test_the_type_is_what_the_title_says(title: str, expected: DocumentType) -> None:
    assert described(heading(title)).document_type == expected


def test_the_type_is_also_found_in_the_file_name_and_on_the_cover() -> None:
    assert described(heading("Taller"), file="nota_conceptual.pdf").document_type == "concept_note"
    cover = (heading("Taller de Formación"), heading("Nota Conceptual y Agenda"), block(BODY))
    assert described(*cover).document_type == "concept_note"
    passing = (
        "En el anexo se explica, con otros materiales, cómo se escribió la nota conceptual del"
        " taller anterior."
    )
    assert described(heading("Taller"), block(passing)).document_type == "other"


def test_presentations_are_slides_also_when_exported_as_pdf() -> None:
    assert described(heading("Plan"), media_type=PPTX).document_type == "slides"
    source = Source("/r", "a.pdf", "a", "a.pdf", "", 0, Path("/a"))
    blocks = tuple(block(f"Idea {page}", page=page) for page in range(1, 7))
    wide = tuple(PageShape(page, 720, 405) for page in range(1, 7))
    deck = describe(source, Reading(blocks, paged=True, shapes=wide), PDF)
    assert (deck.document_type, deck.pages, deck.paged) == (DocumentType.SLIDES, 6, True)
    tall = tuple(PageShape(page, 405, 720) for page in range(1, 7))
    assert describe(source, Reading(blocks, True, tall), PDF).document_type == "other"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1 de noviembre de 2024", "2024-11-01"),
        ("Viernes 1 de noviembre 2024, Punta Cana", "2024-11-01"),
        ("Del 31 de octubre al 2 de noviembre del 2024", "2024-11-02"),
        ("November 1st, 2024", "2024-11-01"),
        ("1er novembre 2024", "2024-11-01"),
        ("Fecha | 3 de setembro de 2023", "2023-09-03"),
        ("Versión 2024-11-01", "2024-11-01"),
        ("31 de junio de 2024", None),
        ("julio de 2026", None),
        ("1 de mayo de 1492", None),
    ],
)
def test_the_date_is_the_first_full_one_on_the_cover(line: str, expected: str | None) -> None:
    assert described(heading("Taller"), block(line)).date == expected


def test_dates_in_running_text_are_not_the_documents() -> None:
    assert described(block(f"{BODY} El 17 de marzo de 2006 se aprobó la resolución.")).date is None


def test_the_supplied_note_is_described(shared_data: Path) -> None:
    path = shared_data / "nota" / "nota-conceptual-flacma.txt"
    source = Source(str(path), path.name, "nota", path.name, "", 0, path)
    document = describe(source, read_text(path.read_bytes(), path.name), TEXT)
    assert document.title == (
        "Taller de Formación: Fomentando la Innovación, la Transformación Digital y la Mejora en la"
        " Prestación de Servicios Públicos para la Implementación de los ODS"
    )
    assert (document.document_type, document.language, document.date, document.pages) == (
        DocumentType.CONCEPT_NOTE,
        "es",
        "2024-11-01",
        1,
    )


LANGUAGES = {
    "es": "La capacitación de los servidores públicos mejora la prestación de servicios",
    "pt": "A formação dos servidores públicos melhora a prestação de serviços",
    "gl": "A formación dos traballadores públicos mellora a prestación dos servizos á cidadanía",
    "ca": "La formació dels treballadors públics millora la prestació dels serveis amb qualitat",
    "en": "The training of public servants improves the delivery of services to everyone",
    "fr": "La formation des agents publics améliore la prestation des services pour tous",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_told_from_its_neighbours(language: str) -> None:
    assert detect_language(LANGUAGES[language], "xx") == language


@pytest.mark.parametrize("language", ["es", "pt", "ca", "en", "fr"])
def test_the_second_detector_agrees_but_for_galician(language: str) -> None:
    found = {detect_language(LANGUAGES[language], "xx", "langdetect") for _ in range(3)}
    assert found == {language}


@pytest.mark.parametrize("detector", ["py3langid", "langdetect"])
@pytest.mark.parametrize("text", ["", "10:30-10:40", "UN DESA/DPIDG", "ОДС " * 20])
def test_what_says_too_little_has_the_default_language(text: str, detector: str) -> None:
    assert detect_language(text, "es", detector) == "es"


def test_the_detectors_load_without_warnings() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert detect_language(LANGUAGES["es"], "xx", "langdetect") == "es"
        assert detect_language(LANGUAGES["es"], "xx") == "es"


def test_the_language_of_a_document_is_that_of_its_longest_blocks() -> None:
    assert described(heading("Toolkit"), block(LANGUAGES["en"] * 2), block("Sí")).language == "en"
    assert described(heading("ODS")).language == "es"
