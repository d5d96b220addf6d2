"""Questions about hours, days and durations, answered from timetable lines."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.evidence import Evidence
from search.facts import WHOLE, means
from search.forms import WORDS, Form
from search.index import Snapshot
from search.numbered import holds_numbers
from search.spanish import Token, analyse, fold
from search.types import AgendaItem, Document, Passage

TIMED = (Form.HOUR, Form.DURATION, Form.PROGRAMME, Form.DATE)
"""Forms that a timetable may answer."""

_DOCUMENTS = 4
"""Timetables are looked at in so many of the best documents."""

_BEGINS = re.compile(
    r"\b(empiez|empez|comienz|comenz|inici|arranc|start|begin|comeca|commenc|debut)"
)
_ENDS = re.compile(r"\b(termin|acab|finaliz|conclu(ye|ira)|end|finish|finit)")
_DAYS = (
    frozenset("lunes monday lundi".split()),
    frozenset("martes tuesday mardi".split()),
    frozenset("miercoles wednesday mercredi".split()),
    frozenset("jueves thursday jeudi".split()),
    frozenset("viernes friday vendredi".split()),
    frozenset("sabado saturday samedi".split()),
    frozenset("domingo sunday dimanche".split()),
)
_MONTHS = """enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre
diciembre january february march april may june july august september october november december
janeiro fevereiro março maio junho julho setembro outubro novembro dezembro""".split()
_DATE = re.compile(rf"\b(\d{{1,2}})(?: de)? ({'|'.join(_MONTHS)})\b")
_CLOCK = re.compile(r"\b(\d{1,2})[:.h](\d\d)\b")

_ENOUGH = 0.75
"""Weighed share of the question's words that a line must hold, its day, section and document
included."""
_OWN = 0.3
"""Share that the line itself must hold: «el taller de FLACMA» is in every line of its document."""
_NEAR = 0.97
"""Lines whose own share is this close to the best answer as well."""
_MOST_LINES = 14
_PASSAGES_ABOVE = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timetable and where it stands."""

    document: Document
    passage: Passage
    item: AgendaItem


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What a timetable says: the lines to quote, the answer in few words, what does not add up."""

    lines: tuple[Line, ...]
    text: str
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One timetable and the headings that it stands under."""

    lines: tuple[Line, ...]
    headings: tuple[str, ...]

    @property
    def document(self) -> Document:
        """Whose timetable it is."""
        return self.lines[0].document


@dataclass(frozen=True, slots=True)
class Timetables:
    """The timetables of the best documents; `weights` are those of the question's stems."""

    tables: tuple[Table, ...]
    weights: Mapping[str, float]
    evidence: Evidence


def timetables(snapshot: Snapshot, evidence: Evidence, weights: Mapping[str, float]) -> Timetables:
    """Timetables of the best documents, one for each main section that has one."""
    documents = list(dict.fromkeys(one.document for one in evidence.opened))[:_DOCUMENTS]
    tables: dict[tuple[str, str], list[Line]] = {}
    for document in documents:
        for passage, item in snapshot.timetable(document.id):
            section = passage.section[0] if passage.section else ""
            tables.setdefault((document.id, section), []).append(Line(document, passage, item))
    found = tuple(Table(tuple(lines), _headings(snapshot, lines[0])) for lines in tables.values())
    return Timetables(found, weights, evidence)


def _headings(snapshot: Snapshot, first: Line) -> tuple[str, ...]:
    """The headings above the first line of a timetable: its sections, and those of the passages
    just before it (the title of a programme often has a section of its own)."""
    passages = snapshot.passages_of(first.document.id)
    place = next(i for i, passage in enumerate(passages) if passage.id == first.passage.id)
    near = passages[max(0, place - _PASSAGES_ABOVE) : place + 1]
    return tuple(dict.fromkeys(name for passage in near for name in passage.section))


def scheduled(form: Form, found: Timetables) -> Scheduled | None:
    """The lines that answer, or None when no timetable does."""
    folded = " ".join(fold(found.evidence.asked.text).split())
    on_day = _programme(folded, found)
    if on_day is not None:
        return on_day
    if form == Form.PROGRAMME:
        return _at_hour(folded, found)
    subject = [t for t in found.evidence.asked.tokens if t.surface not in WORDS[Form.HOUR]]
    if all(token.surface in WHOLE for token in subject):
        return _whole(form, folded, subject, found)
    lines = _matching(subject, found)
    if lines:
        return _said(lines)
    about_it = any(token.surface in WHOLE for token in subject)
    return _whole(form, folded, subject, found) if about_it else None


def _said(lines: Sequence[Line]) -> Scheduled:
    """One line is told by its hours; several by their names as well."""
    findings = tuple(notice for line in lines for notice in notices(line.item))
    if len(lines) == 1:
        return Scheduled(tuple(lines), text(lines[0].item), findings)
    several = tuple(lines[:_MOST_LINES])
    told = "; ".join(f"{_when(line)}: {line.item.title}" for line in several)
    titles = {fold(line.item.title) for line in several}
    if len(titles) == 1 and len({(line.item.day, line.item.start) for line in several}) > 1:
        hours = " y ".join(dict.fromkeys(_when(line) for line in several))
        findings += (f"La misma sesión figura con horas distintas: {hours}.",)
    return Scheduled(several, told, findings)


def _when(line: Line) -> str:
    day = " ".join((line.item.day or "").replace("|", " ").split())
    hours = text(line.item)
    return f"{day}, {hours}" if day else hours


def _matching(subject: Sequence[Token], found: Timetables) -> list[Line]:
    """The lines that hold most of what is asked for, all that hold equally much."""
    scored = []
    for table in found.tables:
        for line in table.lines:
            own, around = _shares(subject, line, found.weights)
            if own >= _OWN and around >= _ENOUGH:
                scored.append((own, line))
    best = max((own for own, _ in scored), default=0.0)
    kept = [line for own, line in scored if own >= _NEAR * best]
    first = kept[0].document.id if kept else ""
    same = [line for line in kept if line.document.id == first or _same(line, kept[0])]
    return same


def _same(line: Line, other: Line) -> bool:
    return fold(line.item.title) == fold(other.item.title)


def _shares(
    subject: Sequence[Token], line: Line, weights: Mapping[str, float]
) -> tuple[float, float]:
    """Weighed shares of the subject in a line itself, and in it with what stands around it."""
    item, document = line.item, line.document
    own = analyse(" ".join(filter(None, (item.title, item.people, item.place))))
    if not holds_numbers(subject, [token.stem for token in analyse(line.passage.text)]):
        return 0.0, 0.0
    above = (*line.passage.section, item.day, document.title, document.event, document.place)
    held = {token.stem for token in own}
    around = held | {t.stem for part in above for t in analyse(part or "")}
    total = sum(weights.get(token.stem, 0.0) for token in subject)
    if total <= 0:
        return 0.0, 0.0
    own_share = sum(weights.get(t.stem, 0.0) for t in subject if t.stem in held) / total
    return own_share, sum(weights.get(t.stem, 0.0) for t in subject if t.stem in around) / total


def _whole(
    form: Form, folded: str, subject: Sequence[Token], found: Timetables
) -> Scheduled | None:
    """The start, the end or the length of the event as a whole."""
    table = _table_of(subject, found)
    if table is None or form == Form.PROGRAMME:
        return None
    timed = [line for line in table.lines if line.item.start]
    first = timed[0]
    last = timed[-1]
    if form == Form.DURATION:
        if first.item.day != last.item.day or first is last:
            return None
        end = last.item.end or last.item.start
        minutes = _minutes(str(end)) - _minutes(str(first.item.start))
        return Scheduled(
            (first, last), f"{first.item.start}–{end} ({minutes} minutos por el horario)"
        )
    if _ENDS.search(folded) and not _BEGINS.search(folded):
        return Scheduled((last,), text(last.item), notices(last.item))
    if form == Form.HOUR or _BEGINS.search(folded):
        return Scheduled((first,), text(first.item), notices(first.item))
    return None


def _table_of(subject: Sequence[Token], found: Timetables) -> Table | None:
    """The timetable of the event that is asked about: the one whose headings hold most of the
    question's words; its document must name all the others but the general ones."""
    best: tuple[float, Table] | None = None
    for table in found.tables:
        if not any(line.item.start for line in table.lines):
            continue
        held = {token.stem for name in table.headings for token in analyse(name)}
        own = sum(found.weights.get(t.stem, 0.0) for t in subject if t.stem in held)
        rest = [token for token in subject if token.stem not in held]
        if means(table.document, rest) and (best is None or own > best[0]):
            best = own, table
    return best[1] if best else None


def _programme(folded: str, found: Timetables) -> Scheduled | None:
    """The lines of the day that a question names, when it asks what there is on that day."""
    days = [names for names in _DAYS if names & set(re.findall(r"\w+", folded))]
    dates = set(_DATE.findall(folded))
    subject = [
        t
        for t in found.evidence.asked.tokens
        if t.surface not in WORDS[Form.HOUR] and not any(t.surface in names for names in days)
    ]
    if not days and not dates:
        return None
    for table in found.tables:
        chosen = tuple(line for line in table.lines if _on(line.item.day, days, dates))
        if not chosen:
            continue
        narrowed = Timetables((Table(chosen, table.headings),), found.weights, found.evidence)
        rest = [t for t in subject if t.stem not in _day_stems(chosen)]
        own = _matching(rest, narrowed)
        if own or _table_of(rest, narrowed) is not None:
            return _said(own or chosen)
    return None


def absent_day(found: Timetables) -> str | None:
    """What to tell when the timetable of the event has other days than the one asked for, and no
    opened passage speaks of it."""
    asked = set(re.findall(r"\w+", fold(found.evidence.asked.text)))
    names = next((names for names in _DAYS if names & asked), None)
    if names is None or any(names & _words(one.passage.text) for one in found.evidence.opened):
        return None
    rest = [
        t
        for t in found.evidence.asked.tokens
        if t.surface not in WORDS[Form.PROGRAMME] | names and not t.surface[0].isdigit()
    ]
    table = _table_of(rest, found)
    if table is None:
        return None
    lines = [line for one in found.tables if one.document == table.document for line in one.lines]
    days = dict.fromkeys(" ".join((line.item.day or "").split()) for line in lines)
    listed = "; ".join(day.replace(" |", ",") for day in days if day)
    title = table.document.title
    return f"El programa de «{title}» no tiene ese día: tiene {listed}." if listed else None


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", fold(text)))


def _day_stems(lines: Sequence[Line]) -> set[str]:
    return {token.stem for line in lines for token in analyse(line.item.day or "")}


def _on(day: str | None, days: Sequence[frozenset[str]], dates: set[tuple[str, str]]) -> bool:
    words = fold(day or "")
    named = all(names & set(re.findall(r"\w+", words)) for names in days)
    dated = not dates or bool(dates & set(_DATE.findall(words)))
    return bool(day) and named and dated


def _at_hour(folded: str, found: Timetables) -> Scheduled | None:
    """The line that is on at the hour that a question names."""
    clock = _CLOCK.search(folded)
    if clock is None:
        return None
    asked = int(clock.group(1)) * 60 + int(clock.group(2))
    lines = [
        line
        for table in found.tables
        for line in table.lines
        if line.item.start
        and _minutes(line.item.start) <= asked
        and asked < (_minutes(line.item.end) if line.item.end else _minutes(line.item.start) + 1)
    ]
    if not lines:
        return None
    told = "; ".join(f"{_when(line)}: {line.item.title}" for line in lines)
    return Scheduled(tuple(lines[:_MOST_LINES]), told, ())


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def text(item: AgendaItem) -> str:
    """«10:40–11:00 (20 minutos)», with what the document states, else what the clock gives."""
    hours = f"{item.start}–{item.end}" if item.end else str(item.start)
    minutes = item.stated_minutes or item.computed_minutes
    return f"{hours} ({minutes} minutos)" if minutes else hours


def notices(item: AgendaItem) -> tuple[str, ...]:
    """What the document contradicts itself in."""
    stated, computed = item.stated_minutes, item.computed_minutes
    if stated is None or computed is None or stated == computed:
        return ()
    return (f"El documento indica {stated} minutos; por el horario son {computed}.",)
