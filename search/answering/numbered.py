"""Numbered things («Tema 4», «ODS 14», «meta 16.6»): does a text, or the collection, have them?"""

from collections.abc import Sequence
from itertools import pairwise

from search.answering.evidence import Evidence
from search.answering.notices import NO_SUCH_NUMBER, said
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

_NAMES = """tema temas theme topic
modulo modulos module modules
sesion sesiones session sessao seance
actividad actividades activity atividade activite
ods objetivo objetivos goal goals sdg odd objectif
meta metas target targets cible
principio principios principle principles
paso pasos step steps passo etape
punto puntos point
etapa etapas stage
fase fases phase
dia dias day jour
articulo articulos article artigo
capitulo capitulos chapter chapitre
anexo anexos annex annexe
bloque bloques block bloco
unidad unidades unit
grupo grupos group groupe
mesa mesas table
parte partes part""".splitlines()
_NOUNS = {stem(name): names.split()[0] for names in _NAMES for name in names.split()}
"""Stems of the nouns whose number is part of their name, to the noun in Spanish."""

_SERIES = frozenset("tema modulo sesion actividad paso etapa fase capitulo anexo bloque".split())
"""Those of which a document has a short series: when it has others, the asked one is missing."""
_WRITTEN = {"modulo": "módulo", "sesion": "sesión", "capitulo": "capítulo"}


def holds_numbers(asked: Sequence[Token], text: Sequence[str]) -> bool:
    """Whether a text, as stems in order, holds every figure of the question; the number of a
    numbered thing must stand beside its noun («Tema 4» is not in «Tema 1 … cuatro grupos»)."""
    if not any(token.surface[0].isdigit() for token in asked):
        return True
    pairs = {(_NOUNS.get(noun, noun), number) for noun, number in pairwise(text)}
    held = set(text)
    for place, token in enumerate(asked):
        if not token.surface[0].isdigit():
            continue
        forms = {token.surface, NUMERALS.get(token.surface, token.surface)}
        noun = _NOUNS.get(asked[place - 1].stem) if place else None
        if noun is not None:
            if not any((noun, form) in pairs for form in forms):
                return False
        elif not forms & held:
            return False
    return True


def numbered_nouns(asked: Sequence[Token]) -> set[str]:
    """Stems of the nouns of a question that have a number."""
    return {
        noun.stem
        for noun, number in pairwise(asked)
        if noun.stem in _NOUNS and number.surface.isdigit()
    }


def missing(snapshot: Snapshot, evidence: Evidence) -> str | None:
    """What to tell when a question names a numbered thing that exists nowhere, though others of
    its series do: «No existe Tema 4: hay Tema 1, Tema 2 y Tema 3.»"""
    for noun, number in pairwise(evidence.asked.tokens):
        name = _NOUNS.get(noun.stem, "")
        if name not in _SERIES or not number.surface.isdigit():
            continue
        forms = (number.surface, NUMERALS.get(number.surface))
        phrases = [((word, form),) for word in {noun.surface, name} for form in forms if form]
        if any(len(snapshot.holding(Wanted((), phrases=phrase))) for phrase in phrases):
            continue
        others = _series(name, snapshot, evidence)
        if others:
            name = _WRITTEN.get(name, name).capitalize()
            told = [f"{name} {other}" for other in others]
            listed = " y ".join(filter(None, (", ".join(told[:-1]), told[-1])))
            return said(NO_SUCH_NUMBER, name=name, number=number.surface, others=listed)
    return None


def _series(name: str, snapshot: Snapshot, evidence: Evidence) -> list[str]:
    """The numbers that the best document with things of that name gives them, in order. It is read
    whole: to name some of them only would deny the others."""
    for id_ in dict.fromkeys(one.document.id for one in evidence.opened):
        passages = snapshot.passages_of(id_)
        names = dict.fromkeys(title for passage in passages for title in passage.section)
        found = {
            int(after.surface)
            for text in (*names, *(passage.text for passage in passages))
            for before, after in pairwise(analyse(text))
            if _NOUNS.get(before.stem) == name and after.surface.isdigit()
        }
        if found:
            return [str(number) for number in sorted(found)]
    return []
