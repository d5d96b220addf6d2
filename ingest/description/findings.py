"""Facts and agenda items to what does not add up in a document, in Spanish."""

from collections.abc import Iterator, Sequence

from ingest.description.claims import CATALOGUE, TEXT
from ingest.description.dates import agree
from ingest.plain import bare
from search.answering.schedule import notices
from search.types import AgendaItem, Fact, Finding

NAMES = {
    "date": "fecha",
    "symbol": "símbolo",
    "language": "idioma",
    "minutes": "duración",
    "module": "módulo",
}
"""The fields whose values can contradict each other; the others may be worded in many ways."""


def find_findings(facts: Sequence[Fact], agenda: Sequence[AgendaItem]) -> tuple[Finding, ...]:
    """Stated against computed minutes, the catalogue against the text; in this order."""
    differing = tuple(
        Finding("minutes_differ", notice, item.passage_id)
        for item in agenda
        for notice in notices(item)
    )
    return (*differing, *_against_catalogue(facts))


def _against_catalogue(facts: Sequence[Fact]) -> Iterator[Finding]:
    declared = {fact.field: fact for fact in facts if fact.origin == CATALOGUE}
    for fact in facts:
        other = declared.get(fact.field)
        if fact.origin == TEXT and other and fact.field in NAMES and _differ(other, fact):
            yield Finding(
                "catalogue_differs",
                f"El catálogo dice {NAMES[fact.field]} {_said(other)}; el documento dice"
                f" {_said(fact)}.",
                fact.passage_id,
            )


def _differ(declared: Fact, found: Fact) -> bool:
    if declared.field == "date":
        return not agree(declared.value, found.value)
    if declared.field == "module":
        return bare(declared.value.split(".")[0]) != bare(found.value.split(".")[0])
    return bare(declared.value) != bare(found.value)


def _said(fact: Fact) -> str:
    return f"{fact.value} minutos" if fact.field == "minutes" else fact.value
