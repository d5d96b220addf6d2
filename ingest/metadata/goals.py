"""Finds the Sustainable Development Goals and targets that passages name, and the words that do.

Only what is named counts, since a tag is shown with its words. The difficulty is everything else
that is numbered: aims of plans, notes, days, percentages. Patterns match text as `fold_ascii` gives
it, which keeps every place, so that the evidence is quoted from the original.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from search.documents import Passage, Tag
from search.text.vocabulary import (
    AMBIGUOUS_MONTHS,
    DOCUMENT_WORDS,
    EVENT_WORDS,
    alternatives,
    fold_ascii,
    month_numbers,
)

TARGETS = {
    1: (5, "ab"),
    2: (5, "abc"),
    3: (9, "abcd"),
    4: (7, "abc"),
    5: (6, "abc"),
    6: (6, "ab"),
    7: (3, "ab"),
    8: (10, "ab"),
    9: (5, "abc"),
    10: (7, "abc"),
    11: (7, "abc"),
    12: (8, "abc"),
    13: (3, "ab"),
    14: (7, "abc"),
    15: (9, "abc"),
    16: (10, "ab"),
    17: (19, ""),
}
"""Each goal's numbered targets, from 1 up to this number, and those with a letter: 169 in all
(A/RES/70/1)."""

DISTINCT = {
    7: (
        "energia asequible y no contaminante",
        "affordable and clean energy",
        "energia limpa e acessivel",
        "energia acessivel e limpa",
        "energies? propres? et d'un cout abordable",
    ),
    8: (
        "trabajo decente y crecimiento economico",
        "decent work and economic growth",
        "trabalho decente e crescimento economico",
        "travail decent et croissance economique",
    ),
    9: (
        "industria, innovacion e infraestructuras?",
        "industry, innovation,? and infrastructure",
        "industria, inovacao e infraestruturas?",
        "industrie, innovation et infrastructures?",
    ),
    11: (
        "ciudades y comunidades sostenibles",
        "cidades e comunidades sustentaveis",
        "villes et communautes durables",
    ),
    12: (
        "produccion y consumo responsables",
        "responsible consumption and production",
        "consumo e producao responsaveis",
        "consommation et production responsables",
    ),
    14: ("life below water", "vida na agua"),
    15: ("vida de ecosistemas terrestres",),
    16: (
        "paz, justicia e instituciones (?:solidas|fuertes)",
        "peace, justice,? and strong institutions",
        "paz, justica e instituicoes eficazes",
        "paix, justice et institutions efficaces",
        "(?:sociedades pacificas e inclusivas para el|peaceful and inclusive societies for"
        "|sociedades pacificas e inclusivas para o|societes pacifiques et inclusives aux fins du)"
        " (?:desarrollo sostenible|sustainable development|desenvolvimento sustentavel"
        "|developpement durable)",
    ),
    17: (
        "alianzas? para (?:lograr )?los objetivos",
        "partnerships? for the goals",
        "parcerias? (?:para a implementacao dos objetivos|e meios de implementacao)",
        "partenariats? pour la realisation des objectifs",
    ),
}
"""Names (and parts of titles) that nobody says without meaning the goal, without accents."""

COMMON = {
    1: ("fin de la pobreza", "no poverty", "erradicacao da pobreza", "pas de pauvrete"),
    2: ("hambre cero", "zero hunger", "fome zero", 'faim "?zero"?'),
    3: (
        "salud y bienestar",
        "good health and well-?being",
        "saude e bem-estar",
        "saude de qualidade",
        "bonne sante et bien-etre",
    ),
    4: (
        "educacion de calidad",
        "quality education",
        "educacao de qualidade",
        "education de qualite",
    ),
    5: ("igualdad de genero", "gender equality", "igualdade de genero", "egalite entre les sexes"),
    6: (
        "agua limpia y saneamiento",
        "clean water and sanitation",
        "agua potavel e saneamento",
        "eau propre et assainissement",
    ),
    10: (
        "reduccion de las desigualdades",
        "reduced inequalit(?:ies|y)",
        "reducao das desigualdades",
        "inegalites reduites",
    ),
    11: ("sustainable cities and communities",),
    13: (
        "accion por el clima",
        "climate action",
        "acao (?:climatica|contra a mudanca global do clima)",
        "lutte contre les changements climatiques",
    ),
    14: ("vida submarina", "vie aquatique"),
    15: ("life on land", "vida terrestre", "vie terrestre"),
}
"""Names that are also ordinary words: they tell a goal only right behind «ODS» or its number."""


def is_target(goal: int, number: str) -> bool:
    """Whether a goal has the target of this number or letter."""
    last, letters = TARGETS[goal]
    return 1 <= int(number) <= last if number.isdecimal() else number in letters


_SDG = (
    r"(?:(?:objetivos? de(?: los)? desarrollo sostenible|objetivos? de desenvolvimento sustentavel"
    r"|sustainable development goals?|objectifs? de developpement durable)"
    r"(?: \((?:ods|sdgs?|odd)\))?"
    r"|(?<![.@/])(?:ods|sdgs?|odd))"
)
_AGENDA = re.compile(
    rf"\b{_SDG}(?![a-z])|\bagenda 2030\b|\b2030 agenda\b|\bprogramme .{{0,40}}2030\b"
)
# The Millennium Development Goals were numbered as well.
_MILLENNIUM = re.compile(r"\b(?:odm|mdgs?|omd|milenio|millennium|millenaire)\b")

_COUNTED = (
    r"(?:%|per ?cent|por ciento|pour cent|mil|mill[oi]n(?:es|s)?|objetivos|goals|objectifs|paises"
    r"|countries|pays|municipios|personas|people|pessoas|anos|years|ans|meses|months|dias|days|jours"
    r"|horas|hours|heures|minutos|minutes|veces|times|participantes|participants"
    rf"|(?:de )?(?:{alternatives(month_numbers())})"
    # «16 de março»; «ODS 16 marco normativo» is a goal and no day.
    rf"|de (?:{alternatives(AMBIGUOUS_MONTHS)}))\b"
)
"""What follows a number that counts something, or that is a day."""

# What a number of a goal or target must not run into: more digits, a decimal, a unit, a letter.
_END = rf"(?![\w%º°]|\.\d|,\d+ ?(?:%|mil)|[.-][a-z]\b| ?{_COUNTED})"
_GOAL = rf"0?(?:1[0-7]|[1-9]){_END}"
_TARGET = rf"(?:1[0-7]|[1-9])\.(?:\d{{1,2}}(?:\.\d{{1,2}}[a-z]?)?|[a-d](?:\.\d{{1,2}})?){_END}"
_CALLED = r"(?: ?\([^()\d]{3,70}\))?"
_AND = r"(?:,? (?:y|e|and|et|o|or|ou)(?: (?:el|los|al|o|the|le))? |, ?|; ?| ?[&/] ?)"
_TO = r"(?: (?:al|a|to|through|ao|au) | ?[-–—] ?)"
_NUMBER = r"(?:(?:n[.º°]*o?|num(?:ero)?|number|no)\.? ?|# ?)?"


def _listed(item: str) -> str:
    """«11», «11 y 16», «1 (Fin de la pobreza), 2 (Hambre cero) y 5», «4 al 6»."""
    return f"(?P<list>(?:{item})(?:{_CALLED}(?:{_AND}|{_TO})(?:{item}))*)"


_SAID = re.compile(rf"\b{_SDG}(?P<gap> ?[-_:#]? ?){_NUMBER}{_listed(f'{_TARGET}|{_GOAL}')}")
"""«ODS 11 y 16», «SDG16», «Objetivo de Desarrollo Sostenible 16», «ODS 16.6»."""

_NUMBERED = re.compile(rf"\b(?:objetivos?|goals?|objectifs?) {_NUMBER}{_listed(_GOAL)}")
"""«Objetivo 16», which may be any plan's."""

_AIMED = re.compile(
    r"\b(?:metas?|targets?|cibles?|indicador(?:es)?|indicators?|indicateurs?)"
    rf"(?P<of> (?:(?:del?|do|dos|of|the|los|des|du) )*{_SDG}(?: \d+)?:?)? "
    rf"{_NUMBER}{_listed(_TARGET)}"
)
"""«meta 16.6», «indicators 16.6.1 and 16.7.2», «metas del ODS 16: 16.6 y 16.7»."""

_OTHERS = re.compile(
    r"\W{0,2}(?:del?|da|do|of|du)? ?(?:las?|los|el|est[ea]|the|this|our|nuestr[oa]|ce|cette|l')? ?"
    rf"(?:{alternatives(EVENT_WORDS | DOCUMENT_WORDS)}|plan|plano|programa|programme?"
    r"|proyecto|project|projeto|projet|estrategia|strategy|strategie|politica|policy"
    r"|sesion|session|sessao|eje|axis|capitulo|chapter|ley|law|milenio|millennium|pnd|pei|poi)\b"
)
"""What follows the number of somebody else's aim: «Objetivo 3 del taller»."""
# The same before it: «objetivos específicos 1 y 2».
_THEIR = re.compile(r"(?:strategic|estrategicos?|especificos?|specific|millennium development) $")
_PLURAL = re.compile(r"\b(?:los|las|dos|os|the|les|des) $")
_ITEM = re.compile(r"(?P<target>\d+\.(?:\d+|[a-d]))(?:\.\d+[a-z]?)?|(?P<goal>\d+)")
_RANGE = re.compile(_TO)
_IN_BRACKETS = re.compile(_CALLED)
_ALL = (1, 17)  # «ODS 1 al 17» names the Agenda, not a goal


def _names(names: dict[int, tuple[str, ...]]) -> str:
    return "|".join(f"(?P<g{goal}>{'|'.join(called)})" for goal, called in names.items())


_EVERY = {goal: (*COMMON.get(goal, ()), *DISTINCT.get(goal, ())) for goal in range(1, 18)}
_OWN_NAME = re.compile(rf"\b(?:{_names(DISTINCT)})\b")
_NAME_OF = re.compile(
    rf"\b{_SDG}(?: (?:de|del|da|do|sobre|on|of|relativo a))? ?[:–—-]? ?[«\"“(]?"
    rf"(?:{_names(_EVERY)})\b"
)
"""«el ODS de igualdad de género»."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A goal, perhaps one of its targets, and the code points that name it."""

    goal: int
    target: str
    start: int
    end: int

    def holds(self, other: "_Found") -> bool:
        """Whether the words of another that names the same are part of these."""
        return (
            (other.goal, other.target) == (self.goal, self.target)
            and self.start <= other.start <= other.end <= self.end
            and self.end - self.start > other.end - other.start
        )


def find_tags(passages: Sequence[Passage], title: str) -> tuple[Tag, ...]:
    """What each passage names, by goal and target. Its own text counts, and the heading right
    above it («ODS 4. Educación de calidad»); headings and title also tell what «Objetivo 16»
    is."""
    return tuple(tag for passage in passages for tag in _tags(passage, title))


def _tags(passage: Passage, title: str) -> list[Tag]:
    # The title stands above every passage of its document: it would tag them all.
    heading = passage.section[-1] if passage.section and passage.section[-1] != title else ""
    text = fold_ascii(passage.text)
    headed, numbered = list(_said(fold_ascii(heading))), list(_said(text))
    known = {one.goal for one in (*headed, *numbered)}
    # What could be the aims of any plan counts where the text is about those of the Agenda.
    above = fold_ascii(" / ".join((title, *passage.section)))
    if not _MILLENNIUM.search(text) and (_AGENDA.search(text) or _AGENDA.search(above)):
        # A plan that says which goals it serves numbers its own aims too.
        likely = (*_numbered(passage.text, text), *_aimed(text))
        numbered += [one for one in likely if not known or one.goal in known]
    evidence: dict[tuple[int, str], dict[str, None]] = {}
    for original, found in (
        (passage.text, [*numbered, *_named(text)]),
        (heading, [*headed, *_named(fold_ascii(heading))]),
    ):
        for one in sorted(found, key=lambda one: one.start):
            # Not the words inside others that name the same.
            if not any(other.holds(one) for other in found):
                words = evidence.setdefault((one.goal, one.target), {})
                words[original[one.start : one.end]] = None

    def order(tag: tuple[int, str]) -> tuple[int, bool, int, str]:
        """Goals by number; of one goal first itself, then its numbers, then its letters."""
        goal, target = tag
        number = target.partition(".")[2]
        return goal, bool(number), int(number) if number.isdecimal() else 99, number

    return [
        Tag(passage.id, goal, target or None, tuple(evidence[goal, target]))
        for goal, target in sorted(evidence, key=order)
    ]


def _said(text: str) -> Iterator[_Found]:
    for match in _SAID.finditer(text):
        # «los ODS1»: the number of a note. «el ODS1» is a goal.
        if match["gap"] or not _PLURAL.search(text[: match.start()]):
            yield from _members(match)


def _named(text: str) -> Iterator[_Found]:
    for pattern in (_OWN_NAME, _NAME_OF):
        for match in pattern.finditer(text):
            yield _Found(int(str(match.lastgroup)[1:]), "", *match.span())


def _numbered(original: str, text: str) -> Iterator[_Found]:
    """Goals by number alone, written with a capital and not called another's."""
    for match in _NUMBERED.finditer(text):
        another = _OTHERS.match(text, match.end()) or _THEIR.search(text[: match.start()])
        # The goals are proper names; «el objetivo 3» in the middle of a sentence is anybody's.
        if original[match.start()].isupper() and not another:
            yield from _members(match)


def _aimed(text: str) -> Iterator[_Found]:
    for match in _AIMED.finditer(text):
        if match["of"] or not _OTHERS.match(text, match.end()):
            yield from _members(match)


def _members(match: re.Match[str]) -> Iterator[_Found]:
    """What a list of numbers holds. A range over all goals names none of them."""
    goals: list[int] = []
    end = 0
    for item in _ITEM.finditer(match["list"]):
        if item["target"]:
            goal, _, number = item["target"].partition(".")
            if is_target(int(goal), number):  # «meta 16.11» is of some other plan
                yield _Found(int(goal), f"{int(goal)}.{number}", *match.span())
        else:
            goal_ = int(item["goal"])
            # A dash within a name in brackets («well-being») is no range.
            between = _IN_BRACKETS.sub("", match["list"][end : item.start()])
            ranged = goals and _RANGE.fullmatch(between) and goals[-1] < goal_
            goals += range(goals[-1] + 1, goal_ + 1) if ranged else [goal_]
        end = item.end()
    if not set(range(_ALL[0], _ALL[1] + 1)) <= set(goals):
        for goal_ in dict.fromkeys(goals):
            yield _Found(goal_, "", *match.span())
