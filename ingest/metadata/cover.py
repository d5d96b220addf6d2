"""Reads covers: which blocks belong to one, what kind of line each is (body, date, title …),
the values that labels announce («Lugar: Lima»), and the symbols that identify documents
(`E/C.16/2018/5`, «Ley 27.275», `BOE-A-2009-11011`).

Patterns of words match `plain` text: lower case, without accents.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from search.documents import Block, BlockKind, Reading
from search.text.times import full_dates, months
from search.text.vocabulary import DOCUMENT_WORDS, EVENT_WORDS, alternatives, bare, plain

COVER_BLOCKS = 16  # where a document says what it is and when; further down it speaks of others
COVER_LINE = 160  # characters; longer blocks are text that may speak of anything
ORGANISATION_WORDS = 18  # ministries have long names; a longer line is a sentence about one
SENTENCE_WORDS = 8  # a shorter line may end in a full stop and be no sentence: «Bogotá D.C.»

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
# «Secretaría de Gobierno: guía …», «Consejo … Informe anual» open with a body and are titles.
# Of the events only these: forums, conferences, training centres and «oficinas» are bodies as well.
NOT_ORGANISATION = re.compile(
    rf":|\b(?:{alternatives(DOCUMENT_WORDS)}|taller|workshop|seminari[oa]r?|curso|course|plan|plano"
    r"|ley|agenda 2030|programme? for|politica|policy|estrategia|strategy|resolucion|memoria"
    r"|curriculo|curriculum|herramientas)\b"
)
# Headings that every document may have and that name none.
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
# Lines of a United Nations masthead, which may be set as large as the title.
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

# The first element of a United Nations symbol names the body. A list, because any capital before a
# slash would take «y/o», dates and file names for symbols.
_SERIES = (
    r"(?:A|E|S|ST|DP|T|TD|LC|HRI|HSP|CAC|CEB|CEDAW|CCPR|CERD|CRC|CRPD|CAT|CMW|FCCC|UNEP|UNW|UNFPA"
    r"|UNICEF|IDB|GC|SG|JIU|PBC|CD|CTOC|CBD|DESA|ECE|ESCAP|INF|WFP|OPS|FAO|UNCTAD|UNDP|ICCD|EP)"
)
_PART = r"[A-Z0-9](?:[A-Za-z0-9().-]*[A-Za-z0-9)])?"
_UNITED_NATIONS = rf"{_SERIES}/{_PART}(?:/{_PART})+|{_SERIES}/\d{{2,4}}/?{_PART}|LC/{_PART}"
UNITED_NATIONS = re.compile(rf"(?<![\w/])(?:{_UNITED_NATIONS})(?![\w/])")
# What may stand beside a symbol that is alone on its line: marks of notes, «(Part II)», dashes.
_FILLER = re.compile(r"[\s*,;–—−-]+|\(.{0,12}\)")
GAZETTE = re.compile(r"\bBOE-[A-Z]-\d{4}-\d+\b")
_KIND = (
    r"(?:Ley(?: Org[áa]nica| General| Federal| Nacional)?|Lei(?: Complementar)?|Loi"
    r"|(?:Real )?Decreto(?:[- ]Ley| Supremo| Ejecutivo| Legislativo| Reglamentario)?|Decreto-Lei"
    r"|Resoluci[óo]n(?: [A-ZÁÉÍÓÚ][\wáéíóúñ]+){0,3}|Resolution|Resolução|Orden(?:anza)?"
    r"(?: Municipal| Ministerial)?|Acuerdo|Disposici[óo]n|Portaria|Directiva|Circular)"
)
# «Orden PRE/1776/2009», «Decreto Supremo N° 004-2013-PCM», «Ley 1712 de 2014».
NATIONAL = re.compile(
    rf"^({_KIND})\s+(?:(?:N\.?\s?[º°o]\.?|N[úu]m(?:ero|\.)?|No\.?|n\.?[º°])\s*)?"
    r"((?:[A-Z]{2,5}/)?\d[\d.]*(?:[/-][A-Z\d]+)*)(?![\d/])(?:\s+(?:de|of)\s+(\d{4})\b)?",
    re.IGNORECASE,
)
_LETTERED = re.compile(r"[A-Z]{2,5}/\d|/\d{2,4}$")


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
    # «Versión final, 3 de mayo de 2024»: a word beside the date is allowed, a sentence is not.
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


def un_symbols(text: str) -> list[str]:
    """The United Nations symbols in a text, as printed but for marks of notes."""
    found = UNITED_NATIONS.findall(text.replace("−", "-"))  # U+2212, as PDF files set it
    return [symbol if "(" in symbol else symbol.rstrip(")") for symbol in found]


def only_symbols(text: str) -> list[str]:
    """The symbols of a line that holds nothing else, an empty list for any other line.

    «A/79/740-S/2025/45» is two: documents of two bodies have one symbol of each.
    """
    split = re.sub(rf"[-–—−](?={_SERIES}/)", " ", text.replace("*", " "))
    found = un_symbols(split)
    rest = UNITED_NATIONS.sub("", split)
    return found if found and not _FILLER.sub("", rest) else []


def national_symbol(title: str) -> str | None:
    """The number of the law, decree or resolution that a title opens with: «Ley 27.275»."""
    found = NATIONAL.match(title)
    if found is None:
        return None
    kind, number, year = found.groups()
    if not year and number.isdigit() and len(number) < 3 and not _LETTERED.search(number):
        return None  # «Orden 3» may be anything, «Resolución de 3 de mayo» is a date
    return f"{kind} {number.rstrip('.')}" + (f" de {year}" if year else "")


def gazette_symbol(texts: Iterable[str]) -> tuple[str, str] | None:
    """The number under which an official gazette printed this, and the line that says it."""
    for text in texts:
        found = GAZETTE.search(text)
        if found:
            return found.group(), text
    return None


CATALOGUE, TEXT, PROPERTIES, NAME = "catalogue", "text", "properties", "name"


@dataclass(frozen=True, slots=True)
class Claim:
    """The value of one field of `Document`; `words` is the text of the block, or of the running
    line, that says it, and empty for what no text says."""

    field: str
    value: str
    origin: str
    words: str = ""


REACH = 60  # blocks: what a document says of itself stands near its start
LABEL_LENGTH = 48  # characters, the longest labels below included
VALUE_LENGTH = 400  # characters; more is running text that happens to hold a colon
LIST_BLOCKS = 8  # organisers below one label
# How documents of four languages announce a field. A label may stand for two: «Lugar y fecha».
LABELS = {
    "date": r"fechas?|dates?|data|fecha de (?:emision|publicacion|elaboracion|realizacion)|cuando"
    r"|fecha y (?:lugar|hora)|lugar y fecha|date and (?:place|venue|time)|fecha del evento",
    "place": r"lugar|sede|venue|place|location|local|localizacion|lugar y fecha|fecha y lugar"
    r"|date and (?:place|venue)|lugar de realizacion|donde|lieu",
    "organisers": r"organiza(?:n|do por|dores|doras|cion|dor|dora)?"
    r"|(?:entidad(?:es)?|instituci(?:on|ones)) (?:organizadoras?|convocantes?)"
    r"|convoca(?:n|do por)?|organi[sz]ed by|organi[sz]ers?|hosted by|co-?organi[sz]ed by"
    r"|organizado conjuntamente por|organizacao|organizadores|realizacao|organise par",
    "audience": r"(?:esta )?dirigid[oa] a|a quien (?:esta |va )?(?:dirigid[oa]|se dirige)"
    r"|a quienes (?:esta |va )?dirigid[oa]|para quien es|publico(?: al que va dirigido)?"
    r"|publico[- ](?:objetivo|destinatario|meta|alvo|previsto)|destinatari[oa]s|audiencia"
    r"|poblacion (?:objetivo|destinataria)|perfil de (?:los |las )?participantes"
    r"|target (?:audience|group|participants)|audience|intended audience|who is it for",
    "minutes": r"duracion(?: (?:total|estimada|prevista|aproximada"
    rf"|del? (?:la )?(?:{alternatives(EVENT_WORDS)}|modulo)))?"
    r"|duration|total duration|length|carga horaria(?: total)?|duracao|tiempo total|duree",
    "event": r"evento|event"
    rf"|(?:nombre del|nombre de la|name of the) (?:{alternatives(EVENT_WORDS)})",
    "toolkit": r"kit(?: de herramientas)?|caja de herramientas|(?:guia|conjunto) de herramientas"
    r"|tool ?kit",
    "symbol": r"simbolo|symbol|signatura|document symbol|simbolo del documento",
    "licence": r"licencia|licen[sc]e|licenca",
}
_PATTERNS = {name: re.compile(rf"^(?:{pattern})$") for name, pattern in LABELS.items()}
# «Label: value», «label | value» of a table row, «Fecha.– 3 de mayo».
_SPLIT = re.compile(r"^\s*(?:[*•·-]\s*)?(.{2,48}?)\s*(?:\s\|\s|:\s+|\.[-–—]\s+)(.+)$", re.DOTALL)
_TITLE_LABEL = re.compile(r"^(?:titulo|title|nombre|name)(?: del? .*)?$")
_OPEN = re.compile(r"^(organizad[oa] (?:conjuntamente )?por|dirigid[oa] a|organi[sz]ed by)\s+(.+)$")
_PLAIN_KINDS = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.TABLE_ROW)
_HEADINGS = (BlockKind.HEADING, BlockKind.TITLE, BlockKind.SLIDE_TITLE)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A value with the fields that its label stands for («Lugar y fecha» stands for two) and the
    text of the block that holds it; `number` is the block's number."""

    fields: tuple[str, ...]
    label: str
    value: str
    words: str
    number: int


def labelled(blocks: Sequence[Block], title: str) -> tuple[Labelled, ...]:
    """What the first blocks label. A table that names another title describes another document:
    its rows are left out."""
    # A catalogue of documents has a card for each: «Título | Comercio y carbono», «Fecha | …».
    foreign = _foreign_headers(blocks[:REACH], title)
    other = False
    found = []
    for number, block in enumerate(blocks[:REACH]):
        other = block.kind not in _HEADINGS and (other or _titles_another(blocks, number, title))
        if other or (block.kind is BlockKind.TABLE_ROW and block.header in foreign):
            continue
        entry = _inline(block, number) or _below(blocks, number)
        found += [entry] if entry else []
    return tuple(found)


def fields_of(label: str) -> tuple[str, ...]:
    """The fields that a label stands for; none for any other words."""
    said = plain(label).strip(" :.¿?*#")
    return tuple(name for name, pattern in _PATTERNS.items() if pattern.match(said))


def _inline(block: Block, number: int) -> Labelled | None:
    """«Label: value», «label | value», «Organizado por X»."""
    if block.kind not in _PLAIN_KINDS or len(block.text) > VALUE_LENGTH:
        return None
    split = _SPLIT.match(block.text)
    if split:
        label, value = split.group(1), split.group(2)
    else:
        # Counted in words, since `plain` changes the number of characters but not of words.
        opened = _OPEN.match(plain(block.text))
        if opened is None:
            return None
        words = len(opened.group(1).split())
        label, value = opened.group(1), " ".join(block.text.split()[words:])
    fields = fields_of(label)
    value = value.strip(" .|")
    return Labelled(fields, label, value, block.text, number) if fields and value else None


def _below(blocks: Sequence[Block], number: int) -> Labelled | None:
    """A block that is only a label, with its value in the block below; organisers may be more."""
    label = blocks[number]
    fields = fields_of(label.text) if len(label.text) <= LABEL_LENGTH else ()
    if not fields or number + 1 >= len(blocks):
        return None
    following = list(takewhile(_is_value, blocks[number + 1 : number + 1 + LIST_BLOCKS]))
    # Organisers stand one below the other; of other fields the second line says something else.
    if "organisers" not in fields and not _is_list(following):
        following = following[:1]
    value = "; ".join(block.text.rstrip(" .;,") for block in following)
    if not value or len(value) > VALUE_LENGTH:
        return None
    return Labelled(fields, label.text, value, following[0].text, number)


def _is_list(blocks: Sequence[Block]) -> bool:
    return bool(blocks) and all(block.kind is BlockKind.LIST_ITEM for block in blocks)


def _is_value(block: Block) -> bool:
    return (
        block.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
        and not fields_of(block.text)
        and not is_date(block.text)
        and _SPLIT.match(block.text) is None
    )


def _titles_another(blocks: Sequence[Block], number: int, title: str) -> bool:
    """Whether here a label «Título» stands above another title: a table whose cells were not
    recognised, up to the next heading."""
    if number + 1 >= len(blocks) or not _TITLE_LABEL.match(plain(blocks[number].text)):
        return False
    return not _same_title(blocks[number + 1].text, title)


def _same_title(first: str, second: str) -> bool:
    return bare(first) in bare(second) or bare(second) in bare(first)


def _foreign_headers(blocks: Sequence[Block], title: str) -> set[str]:
    """Headers of the tables with a row «Título | …» that is not this document's title."""
    headers = set()
    for block in blocks:
        label, _, value = block.text.partition(" | ")
        if block.kind is BlockKind.TABLE_ROW and _TITLE_LABEL.match(plain(label)) and value:
            headers |= set() if _same_title(value, title) else {block.header}
    return headers
