"""Searches → which kinds of lack each of them shows."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from service.i18n import N_
from service.records.questions import Channel, Outcome
from service.records.tables import Use


class Kind(StrEnum):
    """What was lacking. A search may show several."""

    UNANSWERED = "sin-respuesta"
    UNOPENED = "sin-abrir"
    OTHER_LANGUAGE = "otro-idioma"
    NOTICED = "avisos"


NAMES: Mapping[Kind, str] = {
    Kind.UNANSWERED: N_("Sin respuesta"),
    Kind.UNOPENED: N_("Con resultados que casi nadie abrió"),
    Kind.OTHER_LANGUAGE: N_("Solo en otro idioma"),
    Kind.NOTICED: N_("Vacíos avisados"),
}

EXPLAINED: Mapping[Kind, str] = {
    Kind.UNANSWERED: N_("Preguntas a las que ningún documento responde."),
    Kind.UNOPENED: N_(
        "Preguntas con respuesta de las que a lo sumo una de cada diez llevó a abrir un documento. "
        "A veces basta con la respuesta breve; otras, lo hallado no servía."
    ),
    Kind.OTHER_LANGUAGE: N_(
        "Preguntas para las que no se mostró ningún pasaje en el idioma en que se hicieron."
    ),
    Kind.NOTICED: N_("Preguntas en las que alguien pulsó «Avisar de este vacío»."),
}


def _unanswered(use: Use) -> bool:
    return use.outcome is not Outcome.FOUND


def _openable(use: Use) -> bool:
    """Programs do not open documents, so only what people saw can stay unopened."""
    return use.outcome is Outcome.FOUND and use.channel in (Channel.PAGE, Channel.WIDGET)


def _other_language(use: Use) -> bool:
    return use.outcome is not Outcome.NO_RESULTS and use.language not in use.languages


def _noticed(use: Use) -> bool:
    return use.noticed > 0


BELONGS: Mapping[Kind, Callable[[Use], bool]] = {
    Kind.UNANSWERED: _unanswered,
    Kind.UNOPENED: _openable,
    Kind.OTHER_LANGUAGE: _other_language,
    Kind.NOTICED: _noticed,
}
"""Which searches of each kind are grouped; of `UNOPENED` only groups remain that hardly anybody
opened."""
