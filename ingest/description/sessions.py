"""What a line of a programme says beside its time: title, people, place and kind of session."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.description.durations import minutes_of
from ingest.description.places import is_venue
from ingest.heads import SEPARATOR
from ingest.plain import levelled, plain
from search.types import ResourceType

COLUMNS = {
    "time": r"hora(?:s|rio|rios)?|time|tiempo|horas? de inicio|inicio|fin|termino|schedule|quando",
    "minutes": r"duracion|duration|minutos|minutes|min\.?|tiempo \(min.*|duracao",
    "title": r"actividad(?:es)?|temas?|sesion(?:es)?|contenidos?|titulo"
    "|descripcion|session|activity"
    r"|topics?|agenda|programa|bloque|modulo|punto|theme|item|atividade|evento",
    "people": r"responsables?|ponentes?|expositor(?:a|es|as)?|facilita(?:dor|dora|dores|cion)"
    r"|a cargo(?: de)?|panelistas?|modera(?:dor|dora|cion)?|intervienen?|conduce|imparte"
    r"|participantes|speakers?|presenters?|facilitators?|lead|moderator|quien|palestrantes?"
    r"|disertantes?|invitad[oa]s|oradores",
    "place": r"lugar|salas?|salon|sede|espacio|ubicacion|room|venue|place|location|local|aula",
}
_COLUMNS = {role: re.compile(rf"^(?:{pattern})\b") for role, pattern in COLUMNS.items()}
_PEOPLE = re.compile(
    r"(?:^|[\s(.;,–—-])(?P<mark>(?:modera(?:dora?|dores|cion|n)?|ponentes?|expositor(?:a|es|as)?"
    r"|expone|panelistas?|facilita(?:dora?|dores|cion|n)?|presenta(?:dora?|n)?|responsables?"
    r"|intervienen?|intervenciones|conduce|imparten?|a cargo|disertantes?|speakers?|moderat(?:or|ed"
    r" by)|facilitat(?:or|ed by)|presenter|led by|chair|panellists?|relator[ae]?|participan)\s*:"
    r"|a cargo de(?:l| la| los| las)?|moderated by|facilitated by|presented by|led by)\s+"
)
_PLACE = re.compile(
    r"(?:^|[\s(.;,–—-])(?P<mark>(?:lugar|sala|salon|sede|venue|room|location|place|local)\s*:)\s*"
)
_ROOM_AFTER = re.compile(
    r"\s*(?:[,–—-]\s*|\()(?P<room>(?:sala|salon|auditorio|aula|room|hall|salao)\b[^,;()|]{0,40})\)?"
    r"[.\s]*$"
)
_BREAK = re.compile(
    r"^(?:pausa|receso|break|descanso|almuerzo|lunch|cafe|coffee|tea"
    r"|refrigerio|cena|dinner|desayuno"
    r"|breakfast|merienda|intervalo|intermedio|almoco|dejeuner|cocktail|coctel|brindis|comida"
    r"|pause)\b|^(?:\w+ )?(?:coffee|tea|lunch)[ -]break|^(?:networking )?lunch"
)
_SHORT_BREAK = re.compile(r"\b(?:pausa|receso|break|almuerzo|lunch|refrigerio|coffee)\b")
_NOT_KIND = re.compile(
    r"\b(?:cierre|clausura|apertura|inauguracion|objetivos?|presentacion"
    r"|evaluacion) (?:del|de la|de"
    r" los) (?:talleres|taller|curso|actividad|jornada|programa)\b|\ben (?:todo )?caso (?:de|que)\b"
    r"|\bpresentacion (?:personal )?(?:de (?:l[oa]s )?(?:participantes|asistentes|equipo|grupos))"
    r"|\b(?:fin|final|cierre|inicio|clausura|apertura) de (?:las |los )?(?:actividades|talleres)"
    r"|\bdel taller\b|\bthe workshop\b|\bworkshop (?:objectives|closing|opening)"
)
_KINDS = (
    (
        ResourceType.ACTIVITY,
        r"taller(?:es)?|actividad(?:es)?|ejercicios?|trabajos? (?:en|de) (?:grupos?|equipos?)"
        r"|trabajo grupal|dinamicas?|practica|simulacion|juegos?|role[- ]?play|lluvia de ideas"
        r"|group work|exercises?|activity|activities|workshop|hands-on|brainstorming|rompehielos"
        r"|ice-?breaker|atividades?|oficina|exercicios?|mesas? de trabajo|breakout",
    ),
    (
        ResourceType.CASE,
        r"casos?|estudios? de casos?|case stud(?:y|ies)|cases?|estudos? de caso",
    ),
    (
        ResourceType.DISCUSSION,
        r"dialogos?|debates?|preguntas|plenari[ao]|plenary|discusion(?:es)?|conversatorio|panel"
        r"|mesa redonda|q ?& ?a|questions|discussions?|intercambio|foro|coloquio|reflexion|debrief"
        r"|discussao|perguntas|round ?table",
    ),
)
_CONCEPT = re.compile(
    r"^(?:presentacion|ponencia|conferencia|charla|exposicion|introduccion|lecture|keynote"
    r"|presentation|introduction|conceptos|marco (?:conceptual|teorico)|concepts?|palestra"
    r"|apresentacao|disertacion|clase)\b|\b(?:tema|topic|concept[oa]s?) (?:\d|[ivx]+\b)"
    r"|\bpresentacion (?:magistral|del tema|sobre)|\bkeynote\b|\bconferencia magistral\b"
)
_KIND_WORDS = tuple((kind, re.compile(rf"\b(?:{words})\b")) for kind, words in _KINDS)
SHORT = 5  # words


@dataclass(frozen=True, slots=True)
class Session:
    """One line of a programme without its time."""

    title: str
    people: str | None = None
    place: str | None = None
    minutes: int | None = None


def read_session(cells: Sequence[str], header: Sequence[str]) -> Session:
    """The cells behind the time. Columns are told by the header where it has as many cells as the
    row (with its time); otherwise by marks: «Modera: …», «Sala 3»."""
    roles = [_role(cell) for cell in header]
    known = len(header) == len(cells) + 1 and "title" in roles
    if not known:
        return _marked(cells)
    columns: dict[str, list[str]] = {}
    for role, cell in zip(roles[1:], cells, strict=True):
        columns.setdefault(role or "other", []).append(cell)
    session = _marked(columns.get("title", []))
    return replace(
        session,
        people=_join(columns.get("people")) or session.people,
        place=_join(columns.get("place")) or session.place,
        minutes=_minutes(columns.get("minutes")),
    )


def kind_of(title: str) -> ResourceType | None:
    """What kind of session a title announces; None where it does not say."""
    said = plain(title)
    if _BREAK.search(said) or (len(said.split()) <= SHORT and _SHORT_BREAK.search(said)):
        return ResourceType.BREAK
    said = _NOT_KIND.sub(" ", said)
    found = [(m.start(), kind) for kind, words in _KIND_WORDS if (m := words.search(said))]
    if found:
        return min(found)[1]
    return ResourceType.CONCEPT if _CONCEPT.search(said) else None


def is_header(cells: Sequence[str]) -> bool:
    """Whether the cells name the columns of a programme: a time and what happens."""
    roles = {_role(cell) for cell in cells}
    return "title" in roles and bool(roles & {"time", "minutes"})


def _role(cell: str) -> str | None:
    said = plain(cell)
    return next((role for role, pattern in _COLUMNS.items() if pattern.match(said)), None)


def _marked(cells: Sequence[str]) -> Session:
    title: list[str] = []
    people: list[str] = []
    places: list[str] = []
    for number, cell in enumerate(cells):
        rest, persons, place = _without_marks(cell)
        people += [persons] if persons else []
        places += [place] if place else []
        if number and rest and is_venue(rest) and len(rest.split()) <= SHORT:
            places.append(rest)
        elif rest:
            title.append(rest)
    return Session(SEPARATOR.join(title), _join(people), _join(places))


def _without_marks(text: str) -> tuple[str, str | None, str | None]:
    """A text without the people and the place that are marked in it, and those."""
    said = levelled(text)
    cuts = sorted(
        (found.start("mark"), found.end(), name)
        for name, pattern in (("people", _PEOPLE), ("place", _PLACE))
        for found in pattern.finditer(said)
    )
    values: dict[str, list[str]] = {"people": [], "place": []}
    for number, (_, end, name) in enumerate(cuts):
        until = cuts[number + 1][0] if number + 1 < len(cuts) else len(text)
        values[name].append(text[end:until].strip(" .;,|()–—-"))
    rest = text[: cuts[0][0]] if cuts else text
    room = _ROOM_AFTER.search(levelled(rest))
    if room and rest[: room.start()].strip():
        values["place"].append(rest[room.start("room") : room.end("room")].strip())
        rest = rest[: room.start()]
    return (
        rest.strip(" .;,|(–—-") if cuts else rest.strip(),
        _join(values["people"]),
        _join(values["place"]),
    )


def _join(values: Sequence[str] | None) -> str | None:
    return "; ".join(value for value in values if value) or None if values else None


def _minutes(cells: Sequence[str] | None) -> int | None:
    text = " ".join(cells or ())
    return int(text) if text.isdecimal() and 0 < int(text) < 600 else minutes_of(text)
