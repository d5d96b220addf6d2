"""Knows the nouns whose number is part of their name («Tema 4»), and finds them with it."""

from collections.abc import Sequence
from itertools import pairwise

from search.text.analysis import Token, stem
from search.text.vocabulary import CARDINALS, fold

NUMERALS = {str(number): stem(fold(words[0])) for number, words in CARDINALS["es"].items()}
"""Figures to the stems of the words that may stand for them in a text."""

# One thing a line, Spanish first, with their plurals and the same nouns in English, Portuguese and
# French.
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
NOUNS = {stem(name): names.split()[0] for names in _NAMES for name in names.split()}
"""The stem of any of these nouns to the noun in Spanish, folded."""

# Goals, articles and tables are none: a document that speaks of some of them does not deny the
# others.
SERIES = frozenset("tema modulo sesion actividad paso etapa fase capitulo anexo bloque".split())
"""Those of which a document has a short series, so that it can be told which there are."""

# Folded nouns of a series as people write them.
WRITTEN = {"modulo": "módulo", "sesion": "sesión", "capitulo": "capítulo"}


def holds_numbers(asked: Sequence[Token], text: Sequence[str]) -> bool:
    """Whether a text, as stems in order, holds every figure of the question; the number of a
    numbered thing must stand beside its noun («Tema 4» is not in «Tema 1 … cuatro grupos»)."""
    if not any(token.surface[0].isdigit() for token in asked):
        return True
    pairs = {(NOUNS.get(noun, noun), number) for noun, number in pairwise(text)}
    held = set(text)
    for place, token in enumerate(asked):
        if not token.surface[0].isdigit():
            continue
        # Figures in the question, words in the text: «11 principios», «adoptó once principios».
        forms = {token.surface, NUMERALS.get(token.surface, token.surface)}
        noun = NOUNS.get(asked[place - 1].stem) if place else None
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
        if noun.stem in NOUNS and number.surface.isdigit()
    }


def series_in(tokens: Sequence[Token]) -> set[tuple[str, int]]:
    """The things of a series that a text names with their number: («tema», 4)."""
    return {
        (noun, int(number.surface))
        for before, number in pairwise(tokens)
        if (noun := NOUNS.get(before.stem, "")) in SERIES and number.surface.isdigit()
    }
