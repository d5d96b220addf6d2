"""Reads agenda items (day, time, title, people, place) from passages that are rows or lines of a
programme, and tells what kind of session a title announces.

What is stated and what the clock says are kept apart: «11:20-11:55 (45 minutos)» is told as a
contradiction, never mended. Patterns match text as `fold_ascii` gives it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from ingest.metadata.places import is_venue
from ingest.readers.tables import SEPARATOR
from search.documents import AgendaItem, BlockKind, Passage, ResourceType
from search.text.times import Clock, Phrase, is_day, minutes_of, phrases, stated_minutes, time_cell
from search.text.vocabulary import EVENT_WORDS, alternatives, fold_ascii, plain

ROWS = (BlockKind.AGENDA_ITEM, BlockKind.TABLE_ROW)
LINES = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
NOON = 12 * 60
DAY_LENGTH = 24 * 60
EARLY = 8 * 60  # a bare time before eight that goes back in the day is read as p.m.
LONGEST_SESSION = 14 * 60  # minutes; a session of more is a misread end
LINE_LENGTH = 300  # characters; a longer line that opens with a time is a paragraph
NAME_LENGTH = 80  # characters of a name before its time: «Clausura (17:00 a 17:30)»
# Headings of programmes; «Agenda 2030» and «Programa 2024» are none.
PROGRAMME = re.compile(
    r"\b(?:agenda|programa|programme|program|cronograma|horarios?|orden del dia|schedule|timetable"
    r"|programacao|itinerario|plan de sesion|jornada|minuto a minuto|dia \d|day \d)\b(?! 20\d\d)"
)
# «Viernes 1 de noviembre, 21:00»: some words with a number, up to the first sign of a break.
OPENING_DAY = re.compile(r"([^,.:;|–—]{5,40}?\d{1,2}[^,.:;|–—]{0,30})[,.:;|–—]")
# A title begins with a word; what remains of a cell without one is a rest of punctuation.
STARTS = re.compile(r"[\w¿¡«“\"'(#&]")
_LEADING = re.compile(r"^[\s*#>•·–—-]+")
# «hasta las 10:30», «from 9:00 to»: the time belongs to what is said before it.
_NOT_START = re.compile(r"\b(?:las|la|hasta|antes|a|de|desde|y|at|until|by|before|after)\s*$", re.I)
# How the columns of a programme are headed, by what they hold.
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
# Marks within a cell. Those of one word want a colon: «modera» and «presentan» are also verbs.
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
# «Inauguración (Salón Azul)»: only at the end, since «la sala de máquinas» is no room of ours.
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
# What is taken out first: «Cierre del taller» is no workshop, «en caso de lluvia» no case.
_NOT_KIND = re.compile(
    r"\b(?:cierre|clausura|apertura|inauguracion|objetivos?|presentacion"
    r"|evaluacion) (?:del|de la|de"
    rf" los) (?:{alternatives(EVENT_WORDS)}|talleres|actividad|programa)\b"
    r"|\ben (?:todo )?caso (?:de|que)\b"
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
FEW_WORDS = 5  # words


@dataclass(frozen=True, slots=True)
class Session:
    """One line of a programme without its time."""

    title: str
    people: str | None = None
    place: str | None = None
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    """A stretch of a passage with its time and the cells behind it."""

    passage: Passage
    phrase: Phrase
    text: str
    session: Session
    day: str | None = None


def agenda_items(passages: Iterable[Passage]) -> tuple[AgendaItem, ...]:
    """The lines of the programmes, in order; a passage may hold several.

    Where neither a.m. nor p.m. is written, a time that would go back in its day is read in the
    afternoon: `4:45 - 5:00` after `15:15 - 16:45` is 16:45-17:00.
    """
    passages = list(passages)
    items = []
    day: str | None = None
    latest: int | None = None
    found = chain.from_iterable(
        _rows(passage) if passage.kind in ROWS else _lines(passage, passages)
        for passage in passages
    )
    for entry in found:
        session, phrase = entry.session, entry.phrase
        if not STARTS.match(session.title):
            continue
        # A new day begins in the morning again, whatever the last item of the one before was.
        if (entry.day or _day(entry.passage)) != day:
            day, latest = entry.day or _day(entry.passage), None
        start, end = _times(phrase.clocks, latest)
        latest = start if end is None else end
        # A duration right behind the clock times is the item's; one in its text may be of a part.
        inside = stated_minutes(entry.text[: phrase.end - phrase.start])
        stated = stated_minutes(entry.text) if inside is None else inside
        clock = [f"{time // 60 % 24:02d}:{time % 60:02d}" for time in (start, end or 0)]
        items.append(
            AgendaItem(
                passage_id=entry.passage.id,
                title=session.title,
                day=day,
                start=clock[0],
                end=None if end is None else clock[1],
                stated_minutes=session.minutes or stated,
                computed_minutes=None if end is None else end - start,
                people=session.people,
                place=session.place,
                kind=kind_of(session.title),
            )
        )
    return tuple(items)


def _rows(passage: Passage) -> Iterator[_Entry]:
    """A row that opens with a time, or with a day and a time; more than one where several are set
    in it."""
    dated = list(_dated(passage))
    if dated:
        yield from dated
        return
    text = _LEADING.sub("", passage.text)
    found = phrases(text)
    # A time that only a programme writes so fills its cell: «De 9 a 10:30 h | …».
    if (
        found
        and found[0].start == 0
        and (
            time_cell(text)
            or len(found[0].clocks) == 2
            or text[found[0].end :].lstrip().startswith("|")
        )
    ):
        yield from _in_turn(passage, text, found)
    else:
        yield from _timed_late(passage, text, found)


def _in_turn(passage: Passage, text: str, found: Sequence[Phrase]) -> Iterator[_Entry]:
    """The first time of a text and those further on that open an item of their own."""
    starts = [found[0], *(phrase for phrase in found[1:] if _starts_another(text, phrase))]
    ends = [*(phrase.start for phrase in starts[1:]), len(text)]
    for phrase, end in zip(starts, ends, strict=True):
        piece = text[phrase.start : end]
        rest = piece[phrase.end - phrase.start :].strip(" |:–—-*\n")
        cells = [cell.strip() for cell in rest.split(SEPARATOR.strip()) if cell.strip()]
        yield _Entry(passage, phrase, piece, read_session(cells, _header(passage.context)))


def _dated(passage: Passage) -> Iterator[_Entry]:
    """Rows whose first cell is a day with an hour: «Viernes 1 de noviembre, 21:00 | …»."""
    header = _header(passage.context)
    for line in passage.text.split("\n"):
        first, *cells = line.split(SEPARATOR)
        day = OPENING_DAY.match(first)
        hour = first[day.end() :].strip() if day and is_day(day.group(1)) else ""
        if day and cells and _is_only_a_time(hour):
            session = read_session(cells, header[1:])
            yield _Entry(passage, phrases(hour)[0], hour, session, day.group(1).strip())


def _timed_late(passage: Passage, text: str, found: Sequence[Phrase]) -> Iterator[_Entry]:
    """A row whose header says that its time stands in another column than the first."""
    cells = text.split(SEPARATOR)
    header = _header(passage.context)
    place = next((n for n, cell in enumerate(cells) if _is_only_a_time(cell)), 0)
    if not place or len(header) != len(cells) or not is_header(header) or not found:
        return
    time = phrases(cells[place])[0]
    order = [header[place], *header[:place], *header[place + 1 :]]
    rest = [*cells[:place], *cells[place + 1 :]]
    yield _Entry(passage, time, cells[place], read_session(rest, order))


def _is_only_a_time(cell: str) -> bool:
    found = phrases(cell)
    return bool(found) and found[0].start == 0 and found[0].end >= len(cell.rstrip())


def _starts_another(text: str, phrase: Phrase) -> bool:
    """Whether a time further on opens an item of its own, and is not only spoken of."""
    before, after = text[: phrase.start].rstrip(), text[phrase.end :].lstrip(" |:–—-")
    apart = before.endswith((".", ";", "|", ")")) or len(phrase.clocks) == 2
    pause = kind_of(after) is ResourceType.BREAK
    return (pause or (apart and after[:1].isupper())) and not _NOT_START.search(before)


def _lines(passage: Passage, passages: Sequence[Passage]) -> Iterator[_Entry]:
    """Lines of text in a programme: two that open with a time, or one below such a heading."""
    if passage.kind not in LINES:
        return
    texts = [_LEADING.sub("", line) for line in passage.text.split("\n")]
    opening = sum(map(_opens_with_time, texts))
    titled = any(PROGRAMME.search(plain(title)) for title in passage.section[-2:])
    # One line with a time in running text is no programme («9:00 horas fue cuando empezó todo»),
    # unless another passage of the section opens with a time too.
    if not titled and opening < 2:
        others = (x for x in passages if x.section == passage.section and x.id != passage.id)
        if not opening or not any(_opens_with_time(other.text) for other in others):
            return
    for text in texts:
        found = phrases(text) if len(text) <= LINE_LENGTH else []
        if found and not found[0].start:
            yield from _in_turn(passage, text, found)
        elif titled and len(found) == 1 and len(found[0].clocks) == 2:
            yield from _closing_time(passage, found[0], text)


def _closing_time(passage: Passage, phrase: Phrase, text: str) -> Iterator[_Entry]:
    """«Inauguración (9:00 a 9:30)», «Martes 7 de julio, de 8:30 a 16:30. Personas adultas»: a
    short line with its time behind its name, no sentence that speaks of a time."""
    before, after = text[: phrase.start].rstrip(" (:,.–—-"), text[phrase.end :].lstrip(" ),.;:–—-")
    dated = OPENING_DAY.match(before)
    if dated and is_day(dated.group(1)) and not after:
        title = before[dated.end() :].strip(" ,.:–—-")
        yield _Entry(passage, phrase, text, read_session([title], ()), dated.group(1))
        return
    if len(before) > NAME_LENGTH or (after and not after[0].isupper()) or "." in before:
        return
    title = after if is_day(before) and after else f"{before}. {after}".rstrip(". ")
    yield _Entry(
        passage, phrase, text, read_session([title], ()), before if is_day(before) else None
    )


def _opens_with_time(text: str) -> bool:
    """Whether a line opens with a time that something follows."""
    found = phrases(text) if len(text) <= LINE_LENGTH else []
    if not found or found[0].start:
        return False
    rest = text[found[0].end :].strip(" |:–—-.,;")
    return bool(rest) and (rest[:1].isupper() or len(found[0].clocks) == 2 or rest[0] in "¿¡«“(")


def _header(context: str) -> list[str]:
    """The cells of the part of a context that names columns."""
    for piece in re.split(r"\s*[\n;]\s*", context):
        cells = piece.split(SEPARATOR)
        if is_header(cells):
            return cells
    return []


def _times(found: Sequence[Clock], latest: int | None) -> tuple[int, int | None]:
    """Start and end in minutes after midnight; an end before its start is in the afternoon."""
    start = found[0]
    begin = start.minutes
    finish = found[1] if len(found) > 1 else None
    # «2:00 - 4:30 pm» is 14:00, «11:00 - 1:00 pm» stays 11:00: half of the day is written once.
    if finish is not None and finish.half == "p" and not start.half and begin < NOON:
        later = begin + NOON
        begin = later if later <= finish.minutes else begin
    elif not start.half and latest is not None and begin < latest:
        later = begin + NOON
        fits = later == latest or (begin < EARLY and later >= latest)
        begin = later if fits and later < DAY_LENGTH else begin
    if finish is None:
        return begin, None
    # «11:00 - 1:00» ends at 13:00; «22:00 - 1:00» at night, on the next day.
    end = finish.minutes
    if end < begin and not finish.half and begin <= end + NOON < DAY_LENGTH:
        end += NOON
    if end < begin:
        end += DAY_LENGTH
    return begin, end if end - begin <= LONGEST_SESSION else None


def _day(passage: Passage) -> str | None:
    """The part of a row's header, or the nearest heading above, that names a day."""
    pieces = re.split(r"\s*[\n;]\s*", passage.context)
    above = reversed(passage.section)
    return next((piece for piece in (*pieces, *above) if is_day(piece)), None)


def read_session(cells: Sequence[str], header: Sequence[str]) -> Session:
    """The cells behind the time. Columns are told by the header where it has as many cells as the
    row (with its time); otherwise by marks: «Modera: …», «Sala 3»."""
    roles = _roles(header)
    if len(header) != len(cells) + 1 or "title" not in roles:
        return _marked(cells)
    columns: dict[str | None, list[str]] = defaultdict(list)
    for role, cell in zip(roles[1:], cells, strict=True):
        columns[role].append(cell)
    session = _marked(columns["title"])
    return replace(
        session,
        people=_join(columns["people"]) or session.people,
        place=_join(columns["place"]) or session.place,
        minutes=minutes_of_cell(" ".join(columns["minutes"])),
    )


def kind_of(title: str) -> ResourceType | None:
    """What kind of session a title announces; None where it does not say."""
    said = plain(title)
    if _BREAK.search(said) or (len(said.split()) <= FEW_WORDS and _SHORT_BREAK.search(said)):
        return ResourceType.BREAK
    said = _NOT_KIND.sub(" ", said)
    # «Panel y trabajo en grupos» is a panel: the first word counts.
    found = [(m.start(), kind) for kind, words in _KIND_WORDS if (m := words.search(said))]
    if found:
        return min(found)[1]
    return ResourceType.CONCEPT if _CONCEPT.search(said) else None


def is_header(cells: Sequence[str]) -> bool:
    """Whether the cells name the columns of a programme: a time and what happens."""
    roles = set(_roles(cells))
    return "title" in roles and bool(roles & {"time", "minutes"})


def _roles(header: Sequence[str]) -> list[str | None]:
    """What each column of a programme holds, by its heading."""
    return [
        next((role for role, pattern in _COLUMNS.items() if pattern.match(plain(cell))), None)
        for cell in header
    ]


def _marked(cells: Sequence[str]) -> Session:
    title: list[str] = []
    people: list[str] = []
    places: list[str] = []
    for number, cell in enumerate(cells):
        rest, persons, place = _without_marks(cell)
        people += [persons] if persons else []
        places += [place] if place else []
        # The first cell is the title: «Sala de máquinas» may be what a session is called.
        if number and rest and is_venue(rest) and len(rest.split()) <= FEW_WORDS:
            places.append(rest)
        elif rest:
            title.append(rest)
    return Session(SEPARATOR.join(title), _join(people), _join(places))


def _without_marks(text: str) -> tuple[str, str | None, str | None]:
    """A text without the people and the place that are marked in it, and those."""
    said = fold_ascii(text)
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
    room = _ROOM_AFTER.search(fold_ascii(rest))
    if room and rest[: room.start()].strip():
        values["place"].append(rest[room.start("room") : room.end("room")].strip())
        rest = rest[: room.start()]
    return (
        rest.strip(" .;,|(–—-") if cuts else rest.strip(),
        _join(values["people"]),
        _join(values["place"]),
    )


def _join(values: Sequence[str]) -> str | None:
    return "; ".join(filter(None, values)) or None


def minutes_of_cell(text: str) -> int | None:
    """The duration in a cell of a table, where a bare number is one of minutes."""
    return int(text) if text.isdecimal() and 0 < int(text) < 600 else minutes_of(text)
