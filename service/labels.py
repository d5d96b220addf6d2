"""Codes of documents, languages and facets → the Spanish words that people read."""

from search.types import DocumentType, ResourceType
from service.goals import GOALS

FACETS = {
    "document_type": "Tipo de material",
    "language": "Idioma",
    "toolkit": "Guía del currículo",
    "module": "Módulo",
    "year": "Año",
    "audience": "Público",
    "ods": "ODS",
}

FILTERS = FACETS | {"event": "Actividad", "document": "Documento"}
"""What results can be narrowed by, also beyond the lists of filters."""

DOCUMENT_TYPES = {
    DocumentType.CONCEPT_NOTE: "Nota conceptual",
    DocumentType.TOOLKIT: "Guía de herramientas",
    DocumentType.MODULE: "Módulo",
    DocumentType.SLIDES: "Presentación",
    DocumentType.FACILITATOR_GUIDE: "Guía de facilitación",
    DocumentType.WORKSHEET: "Ficha de trabajo",
    DocumentType.GUIDANCE_NOTE: "Nota orientativa",
    DocumentType.OUTCOME_REPORT: "Informe de resultados",
    DocumentType.REPORT: "Informe",
    DocumentType.PLAN: "Plan",
    DocumentType.AGENDA: "Agenda",
    DocumentType.LAW: "Norma",
    DocumentType.OTHER: "Otro material",
}

RESOURCE_TYPES = {
    ResourceType.CONCEPT: "Concepto",
    ResourceType.ACTIVITY: "Actividad",
    ResourceType.CASE: "Estudio de caso",
    ResourceType.DISCUSSION: "Discusión",
    ResourceType.BREAK: "Pausa",
}

FIELD_NAMES = {
    "title": "Título",
    "document_type": "Tipo",
    "language": "Idioma",
    "date": "Fecha",
    "place": "Lugar",
    "event": "Actividad",
    "organisers": "Organiza",
    "symbol": "Signatura",
    "toolkit": "Guía",
    "module": "Módulo",
    "audience": "Público",
    "minutes": "Duración en minutos",
    "licence": "Licencia",
    "source_url": "Fuente",
}
"""What the fields of a document are called."""

ORIGINS = {
    "catalogue": "del catálogo",
    "text": "del texto",
    "properties": "de las propiedades del archivo",
    "name": "del nombre del archivo",
}
"""Where the value of a field was found."""

STATUS = {
    "added": "añadido",
    "updated": "actualizado",
    "unchanged": "sin cambios",
    "removed": "retirado",
    "failed": "falló",
    "no_text": "sin texto",
}
"""What became of a document in an ingest."""

STATUS_COUNTS = {
    "added": ("añadido", "añadidos"),
    "updated": ("actualizado", "actualizados"),
    "unchanged": ("sin cambios", "sin cambios"),
    "removed": ("retirado", "retirados"),
    "failed": ("falló", "fallaron"),
    "no_text": ("sin texto", "sin texto"),
}
"""What became of one document, and of several."""

ANSWER_KINDS = {
    "schedule": "Horario",
    "contact": "Contacto",
    "definition": "Definición",
    "count": "Cantidad",
    "list": "Lista",
    "place": "Lugar",
    "person": "Persona",
}
"""What stands above an answer of each kind."""

SHARES = {
    "words": "Palabras que coinciden",
    "neighbours": "Palabras juntas como en la pregunta",
    "vector": "Significado del pasaje",
    "tokens": "Significado palabra por palabra",
    "span": "Significado del mejor fragmento",
}
"""What each kind of evidence for a hit is called."""

LANGUAGES = {
    "es": "español",
    "en": "inglés",
    "pt": "portugués",
    "fr": "francés",
    "gl": "gallego",
    "ca": "catalán",
}

MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)

GROUP_SPACE = "\u202f"
"""Narrow no-break space: what the RAE puts between groups of three digits."""


def language_name(code: str) -> str:
    """The language in Spanish, or its code when it has no name here."""
    return LANGUAGES.get(code, code)


def original_label(code: str, asked: str = "es") -> str | None:
    """«Original en inglés»; None for what is in the language of the question."""
    return None if code == asked else f"Original en {language_name(code)}"


def answer_heading(kind: str) -> str:
    """«Horario» above an hour; «Respuesta» above what has no heading of its own."""
    return ANSWER_KINDS.get(kind, "Respuesta")


def share_label(name: str) -> str:
    """What a kind of evidence is called, or its name when it has none here."""
    return SHARES.get(name, name)


def module_name(module: str | None) -> str | None:
    """«Módulo 2» for a bare number; a module that has a name of its own keeps it."""
    return f"Módulo {module}" if module and module[:1].isdigit() else module


def facet_label(facet: str, value: str) -> str:
    """What a facet value is called in a list of filters."""
    if facet == "document_type" and value in DOCUMENT_TYPES:
        return DOCUMENT_TYPES[DocumentType(value)]
    if facet == "language":
        return language_name(value).capitalize()
    if facet == "ods" and value.isdecimal() and int(value) in GOALS:
        return GOALS[int(value)].label
    return value


def fact_value(field: str, value: str) -> str:
    """The value of a document's field as people read it."""
    if field in ("document_type", "language"):
        return facet_label(field, value)
    return long_date(value) if field == "date" else value


def page_name(document_type: str, page: int | None) -> str | None:
    """«Página 3», «Diapositiva 3», or None where the format has no pages."""
    if page is None:
        return None
    return f"{'Diapositiva' if document_type == DocumentType.SLIDES else 'Página'} {page}"


def long_date(date: str) -> str:
    """`2024-11-01` → «1 de noviembre de 2024», `2024-11` → «noviembre de 2024»; else as it is."""
    parts = date.split("-")
    if len(parts) not in (2, 3) or not all(part.isdecimal() for part in parts):
        return date
    if not 1 <= int(parts[1]) <= len(MONTHS):
        return date
    day = f"{int(parts[2])} de " if len(parts) == 3 else ""
    return f"{day}{MONTHS[int(parts[1]) - 1]} de {parts[0]}"


def counted(number: int, singular: str, plural: str) -> str:
    """«1 resultado», «24 resultados», «12 500 resultados»."""
    return f"{grouped(number)} {singular if number == 1 else plural}"


def decimal(number: float) -> str:
    """Two decimals with a comma and a real minus sign: «−0,35»."""
    return f"{number:.2f}".replace(".", ",").replace("-", "−")


def grouped(number: int) -> str:
    """Digits in groups of three from five digits on, as the RAE writes them."""
    return str(number) if number < 10_000 else f"{number:,}".replace(",", GROUP_SPACE)
