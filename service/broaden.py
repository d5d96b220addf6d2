"""A search without an answer → the ways on: fewer filters, fewer words, another language."""

from collections.abc import Mapping, Sequence

from search.spanish import analyse
from search.types import Result
from service.answer_schema import BroaderModel
from service.i18n import _, ngettext
from service.labels import counted, facet_label, language_name
from service.links import localised, search_url
from service.parameters import plain_text

Filters = Mapping[str, Sequence[str]]

FEWEST_WORDS = 2
"""A search for the two most specific words of a question still says what it is about."""


def ways_on(result: Result) -> list[BroaderModel]:
    """What else one can ask when there is no answer; nothing when there is one."""
    if result.answer.status == "found":
        return []
    filters = result.query.filters
    text = result.corrected or plain_text(result.query.text, filters)
    ways = [
        *_without_filters(text, filters),
        *_fewer_words(text, result),
        *_languages(text, result),
    ]
    documents = _("Ver la lista de documentos")
    return [*ways, BroaderModel(kind="documents", text=documents, url=localised("/documentos"))]


def _without_filters(text: str, filters: Filters) -> list[BroaderModel]:
    if not filters or set(filters) == {"language"}:
        return []
    return [BroaderModel(kind="filters", text=_("Buscar sin filtros"), url=search_url(text))]


def _fewer_words(text: str, result: Result) -> list[BroaderModel]:
    """The words of the question that the nearest passages hold, or the most specific of them."""
    # Words in quotes and words left out are conditions: without them it is another question.
    if any(sign in f" {text}" for sign in ('"', "«", "“", " -")):
        return []
    words = list({t.stem: t for t in reversed(analyse(text)) if t.informative}.values())[::-1]
    held = [{token.stem for token in analyse(hit.passage.text)} for hit in result.hits]
    spread = {word.stem: sum(word.stem in stems for stems in held) for word in words}
    kept = [word for word in words if spread[word.stem]]
    if len(kept) == len(words):
        most = min(FEWEST_WORDS, len(words) - 1)
        specific = sorted(kept, key=lambda word: (spread[word.stem], word.start - word.end))[:most]
        kept = sorted(specific, key=lambda word: word.start)
    if not kept:
        return []
    fewer = " ".join(text[word.start : word.end] for word in kept)
    label = _("Buscar solo «{words}»").format(words=fewer)
    return [BroaderModel(kind="words", text=label, url=search_url(fewer, result.query.filters))]


def _languages(text: str, result: Result) -> list[BroaderModel]:
    """What there is in languages other than that of the question; all when one was chosen."""
    filters = result.query.filters
    if filters.get("language"):
        others = {name: values for name, values in filters.items() if name != "language"}
        label = _("Buscar en todos los idiomas")
        return [BroaderModel(kind="language", text=label, url=search_url(text, others))]
    return [
        BroaderModel(
            kind="language",
            text=_("Ver lo que hay en {language} ({passages})").format(
                language=language_name(value.value),
                passages=counted(value.count, "pasaje", "pasajes"),
            ),
            url=search_url(text, {**filters, "language": [value.value]}),
        )
        for value in result.facets.get("language", ())
        if value.value != result.language
    ]


def searched(documents: int, filters: Filters) -> str:
    """«Busqué en 31 documentos, con Idioma: Inglés»: what a search without an answer saw."""
    where = _("Busqué en {documents}").format(
        documents=counted(documents, "documento", "documentos")
    )
    chosen = [facet_label(name, value) for name, values in filters.items() for value in values]
    if not chosen:
        return where
    limits = ngettext(
        "{where}, solo con este filtro: {filters}",
        "{where}, solo con estos filtros: {filters}",
        len(chosen),
    )
    return limits.format(where=where, filters=", ".join(chosen))
