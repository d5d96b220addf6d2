"""Filters written in a question (`tipo:informe año:2018 módulo:2`) to facets and their values."""

import re
from collections.abc import Mapping, Sequence

from search.errors import QueryError
from search.material import DocumentType
from search.spanish import analyse, fold

Filters = Mapping[str, tuple[str, ...]]

_FIELDS = {
    name: facet
    for facet, names in {
        "document_type": "document_type tipo",
        "language": "language idioma lengua",
        "toolkit": "toolkit guia kit curriculo",
        "module": "module modulo",
        "year": "year año ano anio",
        "audience": "audience publico",
        "ods": "ods sdg odd",
    }.items()
    for name in names.split()
}
_FIELD = re.compile(r'(?<!\S)(\w+):("[^"]+"|«[^»]+»|“[^”]+”|[^\s"«“]+)')

_TYPES = {
    DocumentType.CONCEPT_NOTE: "nota conceptual, nota",
    DocumentType.TOOLKIT: "guía, guía de herramientas, kit, caja de herramientas",
    DocumentType.MODULE: "módulo",
    DocumentType.SLIDES: "presentación, diapositivas, láminas",
    DocumentType.FACILITATOR_GUIDE: "guía de facilitación, guía del facilitador, facilitación",
    DocumentType.WORKSHEET: "ficha, ficha de trabajo, hoja de trabajo",
    DocumentType.GUIDANCE_NOTE: "nota orientativa, orientación",
    DocumentType.OUTCOME_REPORT: "informe de resultados, relatoría",
    DocumentType.REPORT: "informe, reporte",
    DocumentType.PLAN: "plan",
    DocumentType.AGENDA: "agenda, programa",
    DocumentType.LAW: "norma, ley, resolución",
    DocumentType.OTHER: "otro, otro material",
}
_LANGUAGES = {
    "es": "español, castellano, spanish",
    "en": "inglés, english",
    "pt": "portugués, português",
    "fr": "francés, français",
    "gl": "gallego, galego",
    "ca": "catalán, català",
}
"""What people call the codes; the first is what a message lists."""


def read(text: str, values: Mapping[str, Sequence[str]]) -> tuple[str, dict[str, tuple[str, ...]]]:
    """The text with its filters blanked out, and these. `values` are those of the collection.

    What is no field of ours (`http:`) is ordinary text. Raises `QueryError` for a value that a
    field cannot have.
    """
    filters: dict[str, tuple[str, ...]] = {}

    def take(match: re.Match[str]) -> str:
        facet = _FIELDS.get(fold(match[1]))
        if facet is None:
            return match.group()
        for asked in match[2].strip('"«»“”').split(","):
            if asked.strip():
                found = _matching(facet, asked.strip(), values.get(facet, ()))
                if not found:
                    raise _unknown(match[1], facet, asked.strip(), values.get(facet, ()))
                filters[facet] = tuple(dict.fromkeys((*filters.get(facet, ()), *found)))
        return " " * len(match.group())

    return _FIELD.sub(take, text), filters


def merged(first: Filters, second: Filters) -> dict[str, tuple[str, ...]]:
    """Both sets of filters; a facet in both has the values of either."""
    names = [*first, *(name for name in second if name not in first)]
    return {
        name: tuple(dict.fromkeys((*first.get(name, ()), *second.get(name, ())))) for name in names
    }


def _matching(facet: str, asked: str, known: Sequence[str]) -> tuple[str, ...]:
    """The values that are meant: the one so called, or else those that hold all the words."""
    if facet == "year":
        return (asked,) if re.fullmatch(r"\d{4}", asked) else ()
    if facet == "ods":
        return (asked,) if re.fullmatch(r"[1-9]|1[0-7]", asked) else ()
    named = {
        "document_type": {code.value: names for code, names in _TYPES.items()},
        "language": _LANGUAGES | {code: "" for code in known if code not in _LANGUAGES},
    }.get(facet)
    if named is not None:
        plain = _stems(asked)
        return tuple(
            code
            for code, names in named.items()
            if asked.lower() == code or any(plain == _stems(name) for name in names.split(","))
        )
    exact = tuple(value for value in known if fold(value) == fold(asked))
    return exact or tuple(value for value in known if set(_stems(asked)) <= set(_stems(value)))


def _stems(text: str) -> tuple[str, ...]:
    tokens = analyse(text)
    return tuple(token.stem for token in tokens if token.informative) or tuple(
        token.surface for token in tokens
    )


def _unknown(field: str, facet: str, asked: str, known: Sequence[str]) -> QueryError:
    listed = {
        "document_type": [names.split(",")[0] for names in _TYPES.values()],
        "language": [names.split(",")[0] for names in _LANGUAGES.values()],
        "year": ["un año de cuatro cifras"],
        "ods": ["un número del 1 al 17"],
    }.get(facet, list(known))
    if not listed:
        return QueryError(f"ningún documento tiene «{field}»: quite «{field}:{asked}»")
    return QueryError(f"no hay «{asked}» en «{field}»: use {', '.join(listed)}")
