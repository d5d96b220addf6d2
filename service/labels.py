"""Names the codes of documents, languages, facets and goals in the language of whoever reads them.

Also writes dates and numbers as each language does, and cells for spreadsheets. Texts marked with
`N_` are translated where they are shown; those of the ingest report are Spanish only, since the
command line is.
"""

import datetime
import re
from functools import cache

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

from search.documents import DocumentType, ResourceType
from service.i18n import DEFAULT, N_, _, language, ngettext

FACETS = {
    "document_type": N_("Tipo de material"),
    "language": N_("Idioma"),
    "toolkit": N_("Guía del currículo"),
    "module": N_("Módulo"),
    "year": N_("Año"),
    "audience": N_("Público"),
    "ods": N_("ODS"),
}

FILTERS = FACETS | {"event": N_("Actividad"), "document": N_("Documento")}
"""What results can be narrowed by, also beyond the lists of filters."""

DOCUMENT_TYPES = {
    DocumentType.CONCEPT_NOTE: N_("Nota conceptual"),
    DocumentType.TOOLKIT: N_("Guía de herramientas"),
    DocumentType.MODULE: N_("Módulo"),
    DocumentType.SLIDES: N_("Presentación"),
    DocumentType.FACILITATOR_GUIDE: N_("Guía de facilitación"),
    DocumentType.WORKSHEET: N_("Ficha de trabajo"),
    DocumentType.GUIDANCE_NOTE: N_("Nota orientativa"),
    DocumentType.OUTCOME_REPORT: N_("Informe de resultados"),
    DocumentType.REPORT: N_("Informe"),
    DocumentType.PLAN: N_("Plan"),
    DocumentType.AGENDA: N_("Agenda"),
    DocumentType.LAW: N_("Norma"),
    DocumentType.OTHER: N_("Otro material"),
}

RESOURCE_TYPES = {
    ResourceType.CONCEPT: N_("Concepto"),
    ResourceType.ACTIVITY: N_("Actividad"),
    ResourceType.CASE: N_("Estudio de caso"),
    ResourceType.DISCUSSION: N_("Discusión"),
    ResourceType.BREAK: N_("Pausa"),
}

FIELD_NAMES = {
    "title": N_("Título"),
    "document_type": N_("Tipo"),
    "language": N_("Idioma"),
    "date": N_("Fecha"),
    "place": N_("Lugar"),
    "event": N_("Actividad"),
    "organisers": N_("Organiza"),
    "symbol": N_("Signatura"),
    "toolkit": N_("Guía"),
    "module": N_("Módulo"),
    "audience": N_("Público"),
    "minutes": N_("Duración en minutos"),
    "licence": N_("Licencia"),
    "source_url": N_("Fuente"),
    "file": N_("Archivo"),
    "ingested": N_("Incorporado"),
    "reading": N_("Cómo se leyó"),
}
"""What the fields of a document are called."""

ORIGINS = {
    "catalogue": N_("del catálogo"),
    "text": N_("del texto"),
    "properties": N_("de las propiedades del archivo"),
    "name": N_("del nombre del archivo"),
}
"""Where the value of a field was found."""

STATUS_COUNTS = {
    "added": ("añadido", "añadidos"),
    "updated": ("actualizado", "actualizados"),
    "unchanged": ("sin cambios", "sin cambios"),
    "removed": ("retirado", "retirados"),
    "failed": ("falló", "fallaron"),
    "no_text": ("sin texto", "sin texto"),
}
"""What became of one document in an ingest, and of several."""

STATUS = {status: one for status, (one, _several) in STATUS_COUNTS.items()}

ANSWER_KINDS = {
    "schedule": N_("Horario"),
    "contact": N_("Contacto"),
    "definition": N_("Definición"),
    "count": N_("Cantidad"),
    "list": N_("Lista"),
    "place": N_("Lugar"),
    "person": N_("Persona"),
    "date": N_("Fecha"),
}
"""What stands above an answer of each kind."""

SHARES = {
    "words": N_("Palabras que coinciden"),
    "neighbours": N_("Palabras juntas como en la pregunta"),
    "vector": N_("Significado del pasaje"),
    "tokens": N_("Significado palabra por palabra"),
    "span": N_("Significado del mejor fragmento"),
}
"""What each kind of evidence for a hit is called."""

GOALS = {
    1: N_("Fin de la pobreza"),
    2: N_("Hambre cero"),
    3: N_("Salud y bienestar"),
    4: N_("Educación de calidad"),
    5: N_("Igualdad de género"),
    6: N_("Agua limpia y saneamiento"),
    7: N_("Energía asequible y no contaminante"),
    8: N_("Trabajo decente y crecimiento económico"),
    9: N_("Industria, innovación e infraestructura"),
    10: N_("Reducción de las desigualdades"),
    11: N_("Ciudades y comunidades sostenibles"),
    12: N_("Producción y consumo responsables"),
    13: N_("Acción por el clima"),
    14: N_("Vida submarina"),
    15: N_("Vida de ecosistemas terrestres"),
    16: N_("Paz, justicia e instituciones sólidas"),
    17: N_("Alianzas para lograr los objetivos"),
}
"""The official short names of the Sustainable Development Goals."""

IRI = "http://metadata.un.org/sdg"  # of the goals, as the UN names them for machines

GROUP_SPACE = "\u202f"  # narrow no-break space: what the RAE puts between groups of three digits


def language_name(code: str) -> str:
    """The language as the reader's language calls it, or its code when it has no name."""
    return str(_locale(language()).languages.get(code, code))


def original_label(code: str, asked: str | None = None) -> str | None:
    """«Original en inglés»; None for what is in the language of the question, or of the reader."""
    # Hits are compared with the language of the question, which need not be that of the page.
    if code == (asked or language()):
        return None
    return _("Original en {language}").format(language=language_name(code))


def document_type_label(kind: str) -> str:
    """What a document of this type is called."""
    return _(DOCUMENT_TYPES[DocumentType(kind)])


def resource_label(kind: str) -> str:
    """What a part that a trainer can use is called."""
    return _(RESOURCE_TYPES[ResourceType(kind)])


def field_label(field: str) -> str:
    """What a field of a document is called, or its name when it has none here."""
    return _(FIELD_NAMES[field]) if field in FIELD_NAMES else field


def origin_label(origin: str) -> str:
    """Where the value of a field was found."""
    return _(ORIGINS[origin])


def answer_heading(kind: str) -> str:
    """«Horario» above an hour; «Respuesta» above what has no heading of its own."""
    return _(ANSWER_KINDS[kind]) if kind in ANSWER_KINDS else _("Respuesta")


def share_label(name: str) -> str:
    """What a kind of evidence is called, or its name when it has none here."""
    return _(SHARES[name]) if name in SHARES else name


def module_name(module: str | None) -> str | None:
    """«Módulo 2» for a bare number; a module that has a name of its own keeps it."""
    # Documents say «2» or «Módulo 2»: only the bare number needs a word.
    if not module or not module[:1].isdigit():
        return module
    return _("Módulo {number}").format(number=module)


def facet_name(facet: str) -> str:
    """What a facet is called."""
    return _(FILTERS[facet])


def facet_label(facet: str, value: str) -> str:
    """What a facet value is called in a list of filters."""
    if facet == "document_type" and value in DOCUMENT_TYPES:
        return document_type_label(value)
    if facet == "language":
        name = language_name(value)
        return name[:1].upper() + name[1:]
    # Values may come from an address, and so be any text: what is not known is shown as it is.
    if facet == "ods" and value.isdecimal() and int(value) in GOALS:
        return goal_label(int(value))
    return value


def pinned_label() -> str:
    """What stands at a result that comes first because editors say so."""
    return _("Destacado por el equipo editorial")


def fact_value(field: str, value: str) -> str:
    """The value of a document's field as people read it."""
    if field in ("document_type", "language"):
        return facet_label(field, value)
    return long_date(value) if field == "date" else value


def page_name(document_type: str, page: int | None) -> str | None:
    """«Página 3», «Diapositiva 3», or None where the format has no pages."""
    if page is None:
        return None
    name = _("Diapositiva {page}") if document_type == DocumentType.SLIDES else _("Página {page}")
    return name.format(page=page)


def long_date(date: str) -> str:
    """«1 de noviembre de 2024» for `2024-11-01`, «noviembre de 2024» for `2024-11`; other texts as
    they are."""
    return _written(date, "long", "yMMMM")


def date_in_year(date: str) -> str:
    """«1 de noviembre» for `2024-11-01`, «noviembre» for `2024-11`; else as it is."""
    return _written(date, "MMMMd", "LLLL")


def _written(date: str, with_day: str, without: str) -> str:
    """The date by a format or, where its order depends on the language, a skeleton of the CLDR."""
    parts = date.split("-")
    if len(parts) not in (2, 3) or not all(part.isdecimal() for part in parts):
        return date
    # «2024-13» in a document is no date, but it is what the document says.
    try:
        day = datetime.date(*(int(part) for part in [*parts, "1"][:3]))
    except ValueError:
        return date
    form, locale = with_day if len(parts) == 3 else without, _locale(language())
    # These two are a format and a pattern of babel; the others are skeletons, which name the parts
    # and leave their order to the language.
    if form in ("long", "LLLL"):
        return format_date(day, form, locale=locale)
    return format_skeleton(form, day, locale=locale)


def quoted(text: str) -> str:
    """The text between the quotation marks of the language."""
    return _("«{text}»").format(text=text)


def counted(number: int, singular: str, plural: str) -> str:
    """«1 resultado», «24 resultados», «12 500 resultados»."""
    return f"{grouped(number)} {ngettext(singular, plural, number)}"


def decimal(number: float) -> str:
    """Two decimals as the language writes them and a real minus sign: «−0,35»."""
    return format_decimal(number, "0.00", locale=_locale(language())).replace("-", "−")


def grouped(number: int) -> str:
    """Digits in groups of three from five digits on; in Spanish as the RAE writes them."""
    if number < 10_000:
        return str(number)
    # The CLDR has a full stop for Spanish, which the RAE advises against.
    if language() == DEFAULT:
        return f"{number:,}".replace(",", GROUP_SPACE)
    return format_decimal(number, locale=_locale(language()))


@cache
def _locale(code: str) -> Locale:
    return Locale(code)


def target_iri(target: str) -> str:
    """What a target (`16.6`) is called among machines."""
    return f"{IRI}/{target}"


def goal_label(number: int) -> str:
    """«ODS 16 · Paz, justicia e instituciones sólidas»."""
    return _("ODS {number} · {name}").format(number=number, name=_(GOALS[number]))


# Without it Excel reads UTF-8 as the code page of the machine.
BYTE_ORDER_MARK = "\ufeff"

# What a spreadsheet may take for the start of a formula (OWASP, «CSV Injection»).
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")


def spreadsheet_cell(value: object) -> object:
    """The value of a cell, of which a text stays a text in a spreadsheet, whoever wrote it."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
