"""The blocks of a document to the lines of its cover, and what kind of line each is."""

import re
from collections.abc import Iterator, Sequence

from ingest.description.dates import full_dates, months
from ingest.description.symbols import only_symbols
from ingest.plain import plain
from search.types import Block, BlockKind, Reading

COVER_BLOCKS = 16  # where a document says what it is and when
COVER_LINE = 160  # characters; longer blocks are text that may speak of anything
ORGANISATION_WORDS = 18
SENTENCE_WORDS = 8

ORGANISATION = re.compile(
    r"^(?:(?:the|la|el|los|las|o|a|les?) )?(?:united nations|naciones unidas|nacoes unidas"
    r"|nations unies|organizacion de las naciones|general assembly|asamblea general"
    r"|security council|consejo|economic and social (?:council|commission)|comision|commission"
    r"|comite|committee|conseil|council|ministerio|ministry|ministere|secretaria|secretariat"
    r"|subsecretaria|department of|departamento|municipalidad|ayuntamiento|alcaldia|prefeitura"
    r"|gobierno (?:de|del|nacional|regional|autonomo|municipal)\b|government of|governo"
    r"|presidencia|universidad|universidade|university|instituto|institute|agencia|agency"
    r"|federacion|federation|asociacion|association|alianza para|alliance|direccion"
    r"|directorate|division|oficina|office of|boletin oficial|diario oficial|gaceta oficial"
    r"|republica|republic of|estado plurinacional|camara|senado|congreso (?:de|nacional)"
    r"|parlamento|honorable|partido|red de|banco|bank|fundacion|foundation|centro|center|centre"
    r"|executive board|junta|corporacion|defensoria|contraloria|procuraduria|fiscalia|programa de"
    r" las naciones unidas|u\. ?s\. |united states department)\b"
)
NOT_ORGANISATION = re.compile(
    r":|\b(?:plan|plano|informe|report|guia|guide|manual|taller|workshop"
    r"|seminari[oa]r?|curso|course|modulo|module"
    r"|nota|note|ley|agenda 2030|programme? for|politica|policy|estrategia|strategy|resolucion"
    r"|memoria|curriculo|curriculum|herramientas|toolkit)\b"
)
EMPTY_HEADING = re.compile(
    r"^(?:(?:[ivx]+|\d+)\.? )?(?:indice(?: general)?|contenidos?|tabla de contenidos?"
    r"|contents|table of contents|sumario|sommaire|introduccion|introduction|introducao"
    r"|resumen(?: ejecutivo)?|summary|executive summary|abstract|resumo|resume"
    r"|bienvenid[oa]s?|welcome|presentacion|apresentacao|agradecimientos|acknowledgements"
    r"|agradecimentos|prologo|prefacio|foreword|preface|preambulo|creditos|credits|siglas"
    r"|(?:anexo|annex|annexe|apendice|appendix|attachment|anejo)s?(?: [a-z]| [ivx]+| \d+)?"
    r"|borrador|draft|confidencial|version \S+)\W*$"
)
SECTION_NUMBER = re.compile(r"^(?:\d+(?:\.\d+)*[.)]?|[ivxlc]+[.)]|[a-z][.)])\s")
SESSION = re.compile(
    r"\b(?:session|periodo de sesiones|sesion)\b.{0,12}$|^\S+(?: \S+)? (?:year|ano)$"
    r"|^(?:agenda |sub-?)?items? \d|^(?:tema|punto) \d+|^convened under|^original:|^distr\b"
)
NOT_TEXT = re.compile(
    r"^(?:https?://|www\.)\S+$|^\S+@\S+$|\.(?:pdf|docx?|indd|rpt|pptx?|xlsx?)\b"
    r"|^(?:volver|ir|regresar|back|go|return) (?:al?|to|ao)\b|(?:/|\.{2,}|…|_{3})\s*\d{1,3}$",
    re.IGNORECASE,
)
"""Addresses, names of files, links, entries of a contents list."""


def cover_blocks(blocks: Sequence[Block]) -> Iterator[Block]:
    """The short blocks at the start, up to the first paragraph of running text."""
    for block in blocks[:COVER_BLOCKS]:
        if len(block.text) <= COVER_LINE:
            yield block
        elif block.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM):
            return


def short_blocks(blocks: Sequence[Block]) -> Iterator[Block]:
    """The short blocks among the first, also behind running text: a masthead may be read late."""
    return (block for block in blocks[:COVER_BLOCKS] if len(block.text) <= COVER_LINE)


def outside_texts(reading: Reading) -> tuple[str, ...]:
    """What stands in page headers and footers, and what was left out of the first page."""
    first = (text for shape in reading.shapes[:1] for text in shape.dropped)
    return tuple(dict.fromkeys((*first, *reading.running)))


def is_organisation(text: str) -> bool:
    """Whether the line only names a body: «Ministerio de la Presidencia»."""
    said = plain(text)
    short = len(said.split()) <= ORGANISATION_WORDS
    return short and bool(ORGANISATION.match(said)) and not NOT_ORGANISATION.search(said)


def is_sentence(text: str) -> bool:
    """Whether the line is running text: what it says may be about anything."""
    return len(text.split()) >= SENTENCE_WORDS and text.rstrip().endswith((".", ";", ","))


def is_date(text: str) -> bool:
    """Whether the line says little more than a date."""
    found = full_dates(text) or months(text)
    date = found[0] if found else None
    return date is not None and _letters(text) - _letters(text[date.start : date.end]) <= 12


def may_be_title(text: str) -> bool:
    """Whether the line can name a document: not a body, a date, a symbol, a section, an address."""
    said = plain(text)
    return (
        _letters(text) >= 4
        and not EMPTY_HEADING.match(said)
        and not SECTION_NUMBER.match(said)
        and not SESSION.search(said)
        and not NOT_TEXT.search(text.strip())
        and not only_symbols(text)
        and not is_date(text)
        and not is_organisation(text)
    )


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))
