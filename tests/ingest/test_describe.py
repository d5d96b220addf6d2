"""What a document is: its title, type, language and date, declared or found."""

import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.catalogue import Declared
from ingest.formats import PDF, PPTX, TEXT
from ingest.metadata.describe import describe
from ingest.readers.text import read_text
from ingest.sources import Source
from search.documents import Block, BlockKind, Document, DocumentType, PageShape, Part, Reading
from search.text.languages import LanguageVote, detect_language, vote_language

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
    return describe(source, Reading(blocks, paged=False, title=title), media_type).document


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
        ((heading("Encabezado"),), "Metadatos del archivo", "a.txt", "Encabezado"),
        ((block(BODY),), "Servicios públicos locales", "a.txt", "Servicios públicos locales"),
        ((block(BODY),), "BOE 082 de 04/04/2008 Pag 18660", "a.txt", "A"),
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
    deck = describe(source, Reading(blocks, paged=True, shapes=wide), PDF).document
    assert (deck.document_type, deck.pages, deck.paged) == (DocumentType.SLIDES, 6, True)
    tall = tuple(PageShape(page, 405, 720) for page in range(1, 7))
    assert describe(source, Reading(blocks, True, tall), PDF).document.document_type == "other"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1 de noviembre de 2024", "2024-11-01"),
        ("Viernes 1 de noviembre 2024, Punta Cana", "2024-11-01"),
        ("Del 31 de octubre al 2 de noviembre del 2024", "2024-10-31"),
        ("November 1st, 2024", "2024-11-01"),
        ("1er novembre 2024", "2024-11-01"),
        ("Fecha | 3 de setembro de 2023", "2023-09-03"),
        ("Versión 2024-11-01", "2024-11-01"),
        ("31 de junio de 2024", None),
        ("julio de 2026", "2026-07"),
        ("de julio de 2026 a junio de 2027", None),
        ("25 July 2024–30 July 2025", None),
        ("14, 15 y 16 de mayo de 2026", "2026-05-14"),
        ("Bogotá D.C., Junio 19 de 2020", "2020-06-19"),
        ("13.03.2019", "2019-03-13"),
        ("Versão 3.0.0 de julho/18 - Vigência 2018/2019", "2018-07"),
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
    document = describe(source, read_text(path.read_bytes(), path.name), TEXT).document
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


def test_two_detectors_vote_on_a_document_and_only_their_disagreement_is_told() -> None:
    assert vote_language(LANGUAGES["pt"], "es") == LanguageVote("pt")
    # langdetect knows no Galician, so that it names another language means nothing.
    assert vote_language(LANGUAGES["gl"], "es") == LanguageVote("gl")
    assert vote_language("10:30-10:40", "es") == LanguageVote("es")


def test_a_doubt_about_the_language_is_a_finding_unless_the_catalogue_declares_it() -> None:
    english = "The training of public servants improves the delivery of services to all in town. "
    both = english * 2 + f"{LANGUAGES['es']} en los municipios de la región."
    reading = Reading((block(both),), paged=False)
    source = Source("/raiz", "a.txt", "clave", "a.txt", "0f", 3, Path("/x"), Declared())
    (found,) = describe(source, reading, TEXT).findings
    assert (found.kind, found.text) == (
        "language_unsure",
        "El idioma no es seguro: se tomó por español, pero también parece inglés.",
    )
    declared = replace(source, declared=Declared(language="en"))
    assert describe(declared, reading, TEXT).findings == ()


UN_COVER = (
    block("United Nations", BlockKind.HEADING, 2),
    block("Economic and Social Council Distr.: General", BlockKind.TITLE),
    block("29 January 2024"),
    block("Original: English"),
    block("24-01548 (E) 150224"),
    block("Committee of Experts on Public Administration", BlockKind.HEADING, 3),
    block("Twenty-third session", BlockKind.HEADING, 5),
    block("New York, 15–19 April 2024"),
    block("Item 6 of the provisional agenda*"),
    block("Principles of effective governance", BlockKind.HEADING, 5),
    block("Building inclusive institutions that leave", BlockKind.HEADING, 1),
    block("no one behind", BlockKind.HEADING, 1),
    block("Note by the Secretariat", BlockKind.HEADING, 3),
    block(BODY),
)


def test_a_united_nations_masthead_is_read() -> None:
    source = Source("/r", "A_78_668.en.pdf", "a", "A_78_668.en.pdf", "", 0, Path("/a"))
    reading = Reading(UN_COVER, True, running=("E/C.16/2024/4", "24-01548"))
    document = describe(source, reading, PDF).document
    assert (document.title, document.symbol, document.date) == (
        "Building inclusive institutions that leave no one behind",
        "E/C.16/2024/4",
        "2024-01-29",
    )
    assert (document.document_type, document.place, document.event) == (
        DocumentType.REPORT,
        "New York",
        "Committee of Experts on Public Administration, Twenty-third session",
    )


def test_two_symbols_of_one_document_are_joined() -> None:
    cover = (
        block("Naciones Unidas"),
        block("A/80/62*−E/2025/12*"),
        block("Distr. general 22 de enero de 2025"),
        block("Carta de fecha 20 de enero de 2025 dirigida al Secretario General"),
        block(BODY),
    )
    document = described(*cover)
    assert (document.symbol, document.date, document.document_type) == (
        "A/80/62-E/2025/12",
        "2025-01-22",
        "other",
    )
    assert document.title == "Carta de fecha 20 de enero de 2025 dirigida al Secretario General"


def test_a_gazette_names_the_decree_its_date_and_its_number() -> None:
    gazette = (
        block("BOLETÍN OFICIAL DEL ESTADO", BlockKind.HEADING, 1),
        block("Viernes 3 de julio de 2009"),
        block("MINISTERIO DE LA PRESIDENCIA", BlockKind.TITLE),
        block(
            "11009 Orden PRE/1776/2009, de 12 de junio, por la que se corrigen errores. Advertidos"
            " errores en la Orden PRE/1368/2009, se procede a su rectificación."
        ),
    )
    document = described(*gazette, title="BOE 160 de 03/07/2009 Sec 2 Pag 55672")
    assert document.title == ("Orden PRE/1776/2009, de 12 de junio, por la que se corrigen errores")
    assert (document.document_type, document.date, document.symbol) == (
        DocumentType.LAW,
        "2009-06-12",
        "Orden PRE/1776/2009",
    )
    numbered = block("Resolución de 30 de junio de 2009, de la Presidencia, por la que se aprueba")
    document = described(numbered, block("cve: BOE-A-2009-11011"))
    assert (document.date, document.symbol) == ("2009-06-30", "BOE-A-2009-11011")


@pytest.mark.parametrize(
    ("title", "symbol"),
    [
        ("Ley 27.275 de acceso a la información", "Ley 27.275"),
        ("Decreto 117/2016 «Plan de apertura»", "Decreto 117/2016"),
        ("Ley 1712 de 2014", "Ley 1712 de 2014"),
        ("Decreto Supremo N° 004-2013-PCM", "Decreto Supremo 004-2013-PCM"),
        ("Resolución de 3 de mayo", None),
        ("Informe sobre la Ley 27.275", None),
    ],
)
def test_the_number_of_a_law_is_its_symbol(title: str, symbol: str | None) -> None:
    assert described(heading(title)).symbol == symbol


def test_symbols_in_the_text_are_not_the_documents() -> None:
    assert described(heading("Guía"), block(f"{BODY} Véase E/C.16/2018/5.")).symbol is None


@pytest.mark.parametrize(
    ("blocks", "title"),
    [
        (
            (heading("Ministerio de Hacienda"), block("GUÍA PARA LA APERTURA DE DATOS PÚBLICOS")),
            "GUÍA PARA LA APERTURA DE DATOS PÚBLICOS",
        ),
        (
            (block("Términos de la Convocatoria para el", BlockKind.HEADING, 1), heading("Plan 4")),
            "Términos de la Convocatoria para el Plan 4",
        ),
        (
            (block("Bogotá, 3 de mayo de 2024"), block("Asunto: Comentarios al proyecto de norma")),
            "Comentarios al proyecto de norma",
        ),
        (
            (heading("Memorandum"), block("Subject: Quarterly data collection")),
            "Memorandum: Quarterly data collection",
        ),
        (
            (heading("1. Introducción"), heading("ODS 16 en los municipios")),
            "ODS 16 en los municipios",
        ),
        ((block("ANEXO II", BlockKind.HEADING, 1), heading("Guía de datos")), "Guía de datos"),
        ((heading("A/RES/60/34"), heading("3 de mayo de 2024")), "Archivo"),
    ],
)
def test_what_is_not_a_title_is_passed_over(blocks: tuple[Block, ...], title: str) -> None:
    assert described(*blocks).title == title


COVER = (
    block("Taller de Formación", BlockKind.TITLE),
    block("«Innovación para la prestación de servicios»"),
    block("Organizado por"),
    block("Federación de Municipios (FM)"),
    block("Universidad del Valle"),
    block("Del 3 al 5 de mayo de 2024"),
    block("Centro de Convenciones"),
    block("Punta Cana, República Dominicana"),
    block("Nota conceptual", BlockKind.HEADING, 1),
    block(BODY),
)


def test_the_cover_of_a_concept_note_says_when_where_and_who() -> None:
    document = described(*COVER)
    assert (document.document_type, document.date, document.place, document.organisers) == (
        DocumentType.CONCEPT_NOTE,
        "2024-05-03",
        "Centro de Convenciones, Punta Cana, República Dominicana",
        "Federación de Municipios (FM); Universidad del Valle",
    )
    assert document.event == "Taller de Formación: Innovación para la prestación de servicios"


def row(text: str, header: str = "Dato | Valor") -> Block:
    return Block(BlockKind.TABLE_ROW, (Part(1, text),), header=header)


def test_labelled_values_are_read() -> None:
    document = described(
        heading("Módulo 2.3: Gobierno digital"),
        block("Kit de herramientas: Innovación y gobierno digital"),
        row("Lugar y fecha | Lima, 4 de mayo de 2024"),
        row("Duración total | 12 horas, en dos jornadas de seis"),
        row("Público | Mandos medios"),
        block("Licencia: CC BY 4.0"),
        block("Símbolo: LC/TS.2020/45"),
    )
    assert (document.toolkit, document.module, document.place, document.date) == (
        "Innovación y gobierno digital",
        "2.3",
        "Lima",
        "2024-05-04",
    )
    assert (document.minutes, document.audience, document.licence, document.symbol) == (
        720,
        "Mandos medios",
        "CC BY 4.0",
        "LC/TS.2020/45",
    )


def test_a_table_that_names_another_title_describes_another_document() -> None:
    rows = (row("Título | Comercio y carbono"), row("Fecha | 3 de mayo de 2023"))
    document = described(heading("Ficha del documento 13"), *rows, row("Símbolo | LC/TS.2023/34"))
    assert (document.date, document.symbol) == (None, None)


@pytest.mark.parametrize(
    ("text", "audience"),
    [
        (
            "Este taller está dirigido a concejalas y concejales. Dura un día.",
            "Concejalas y concejales",
        ),
        ("This guide is intended for local officials, who train others.", "Local officials"),
        ("Los fondos están dirigidos a obras públicas.", None),
    ],
)
def test_the_audience_is_what_the_text_says_it_is(text: str, audience: str | None) -> None:
    assert described(heading("Guía"), block(text)).audience == audience


def test_the_module_has_its_name_where_the_title_is_another() -> None:
    lines = (heading("Dark matter exercise"), block("Module IV: Leadership Mindset"), block(BODY))
    assert described(*lines).module == "4. Leadership Mindset"
    both = (
        heading("Formación de equipos de gobiernos locales"),
        block("Módulo 1: Datos"),
        block("Módulo 2: Personas"),
    )
    assert described(*both).module is None


def test_toolkits_of_the_curriculum_have_one_name_in_every_language() -> None:
    english = described(heading("Changing Mindsets in Public Institutions: Facilitator's Guide"))
    spanish = described(heading("Cambio de mentalidad en las instituciones públicas"))
    assert (english.toolkit, spanish.toolkit) == ("Cambio de mentalidad", "Cambio de mentalidad")
    several = block("Cambio de mentalidad e Innovación y gobierno digital")
    assert described(heading("Catálogo"), several).toolkit is None


def test_only_the_licence_of_the_document_itself_counts() -> None:
    own = block("Esta obra está bajo licencia Creative Commons de Reconocimiento 4.0 (CC BY 4.0).")
    assert described(heading("Guía"), own).licence == "CC BY 4.0"
    other = block("Se recomienda publicar los datos con CC BY 4.0.")
    assert described(heading("Guía"), other).licence is None


def test_the_catalogue_wins_and_what_the_text_says_is_kept_as_a_claim() -> None:
    declared = Declared(date="2024-06-01", place="Quito", minutes=60)
    source = Source("/r", "a.txt", "a", "a.txt", "", 0, Path("/a"), declared)
    description = describe(source, Reading(COVER, paged=False), TEXT)
    assert (description.document.date, description.document.place) == ("2024-06-01", "Quito")
    assert description.document.minutes == 60
    dates = [(c.value, c.origin, c.words) for c in description.claims if c.field == "date"]
    assert dates == [
        ("2024-06-01", "catalogue", ""),
        ("2024-05-03", "text", "Del 3 al 5 de mayo de 2024"),
    ]
