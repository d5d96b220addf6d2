"""Numbered things («Tema 4», «ODS 14», «meta 16.6»): does a text, or the collection, have them?"""

from collections.abc import Sequence
from itertools import pairwise

from search.evidence import Evidence
from search.index import Snapshot, Wanted
from search.spanish import Token, analyse, stem

NUMERALS = {
    str(number): stem(word)
    for number, word in enumerate(
        """uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince
        dieciseis diecisiete dieciocho diecinueve veinte""".split(),
        start=1,
    )
}
"""Figures to the stems of the words that may stand for them in a text."""

_NUMBERED = frozenset(
    """tema modulo sesion actividad ods objetivo meta principio paso punto etapa fase dia articulo
    capitulo anexo bloque unidad grupo mesa theme module session goal target step day chapter
    """.split()
)
"""Nouns whose number is part of their name."""

_STRICT = frozenset("tema modulo sesion actividad paso etapa fase capitulo anexo bloque".split())
"""Those of which a document has a short series: when it has others, the asked one is missing."""


def holds_numbers(asked: Sequence[Token], text: Sequence[str]) -> bool:
    """Whether a text, as stems in order, holds every figure of the question; the number of a
    numbered thing must stand beside its noun («Tema 4» is not in «Tema 1 … cuatro grupos»)."""
    pairs = set(pairwise(text))
    held = set(text)
    for place, token in enumerate(asked):
        if not token.surface[0].isdigit():
            continue
        forms = {token.surface, NUMERALS.get(token.surface, token.surface)}
        before = asked[place - 1] if place else token
        if before.surface in _NUMBERED:
            if not any((before.stem, form) in pairs for form in forms):
                return False
        elif not forms & held:
            return False
    return True


def missing(snapshot: Snapshot, evidence: Evidence) -> str | None:
    """What to tell when a question names a numbered thing that exists nowhere, though others of
    its series do: «No existe Tema 4: hay Tema 1, Tema 2 y Tema 3.»"""
    for noun, number in pairwise(evidence.asked.tokens):
        if noun.surface not in _STRICT or not number.surface.isdigit():
            continue
        forms = (number.surface, NUMERALS.get(number.surface))
        phrases = [((noun.surface, form),) for form in forms if form]
        if any(len(snapshot.holding(Wanted((), phrases=phrase))) for phrase in phrases):
            continue
        others = _series(noun, evidence)
        if others:
            name = noun.surface.capitalize()
            told = [f"{name} {other}" for other in others]
            listed = " y ".join(filter(None, (", ".join(told[:-1]), told[-1])))
            return f"No existe {name} {number.surface}: hay {listed}."
    return None


def _series(noun: Token, evidence: Evidence) -> list[str]:
    """The numbers that the best passages give to things of that name, in order."""
    found = set()
    for opened in evidence.opened:
        texts = (opened.document.title, *opened.passage.section, opened.passage.text)
        for text in texts:
            for before, after in pairwise(analyse(text)):
                if before.stem == noun.stem and after.surface.isdigit():
                    found.add(int(after.surface))
    return [str(number) for number in sorted(found)]
