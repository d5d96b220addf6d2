"""Questions about hours, days and durations, answered from timetable lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from search.answering.facts import WHOLE
from search.answering.forms import WORDS, Form
from search.answering.notices import HOURS_DIFFER, MINUTES_DIFFER, NO_SUCH_DAY, said
from search.answering.timetable import Line, Table, Timetables, matching, table_of
from search.spanish import Token, analyse, fold
from search.types import AgendaItem
from search.wording.figures import WEEKDAYS
from search.wording.readings import readings

TIMED = (Form.HOUR, Form.DURATION, Form.PROGRAMME, Form.DATE)
"""Forms that a timetable may answer."""

_BEGINS = re.compile(
    r"\b(empiez|empez|comienz|comenz|inici|arranc|start|begin|comeca|commenc|debut)"
)
_ENDS = re.compile(r"\b(termin|acab|finaliz|conclu(ye|ira)|end|finish|finit)")
_DATE = re.compile(r"(?:\d{4}-)?(\d\d-\d\d)")
_WORD = re.compile(r"(?:segunda|terca|quarta|quinta|sexta)[ -]feira|\w+")
_CLOCK = re.compile(r"\b(\d{1,2})[:.h](\d\d)\b")

_MOST_LINES = 14


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What a timetable says: the lines to quote, the answer in few words, what does not add up."""

    lines: tuple[Line, ...]
    text: str
    notices: tuple[str, ...] = ()


def scheduled(form: Form, found: Timetables) -> Scheduled | None:
    """The lines that answer, or None when no timetable does."""
    folded = " ".join(fold(found.evidence.asked.text).split())
    at_hour = _at_hour(folded, found) if form == Form.PROGRAMME else None
    found_on_day = at_hour or _programme(found)
    if found_on_day is not None or form == Form.PROGRAMME:
        return found_on_day
    subject = [t for t in found.evidence.asked.tokens if t.surface not in WORDS[Form.HOUR]]
    if all(token.stem in WHOLE for token in subject):
        return _whole(form, folded, subject, found)
    lines = matching(subject, found)
    if any(token.stem in WHOLE for token in subject) and not _said_whole(subject, lines):
        # «el taller de FLACMA» is the event, though a line of its programme names FLACMA.
        whole = _whole(form, folded, subject, found)
        if whole is not None or table_of(subject, found) is not None:
            return whole
    return _said(lines) if lines else None


def _said_whole(subject: Sequence[Token], lines: Sequence[Line]) -> bool:
    """Whether a line holds every word of the subject itself."""
    return any(
        {token.stem for token in subject} <= {token.stem for token in analyse(line.item.title)}
        for line in lines
    )


def _said(lines: Sequence[Line], *, titled: bool = False) -> Scheduled:
    """One line is told by its hours; several, or all that is on a day, by their names as well."""
    findings = tuple(notice for line in lines for notice in notices(line.item))
    if len(lines) == 1 and not titled:
        return Scheduled(tuple(lines), text(lines[0].item), findings)
    several = tuple(lines[:_MOST_LINES])
    told = "; ".join(f"{_when(line)}: {line.item.title}" for line in several)
    titles = {fold(line.item.title) for line in several}
    if len(titles) == 1 and len({(line.item.day, line.item.start) for line in several}) > 1:
        hours = " y ".join(dict.fromkeys(_when(line) for line in several))
        findings += (said(HOURS_DIFFER, hours=hours),)
    return Scheduled(several, told, findings)


def _when(line: Line) -> str:
    day = _day(line)
    hours = text(line.item)
    return f"{day}, {hours}" if day else hours


def _day(line: Line) -> str:
    return " ".join((line.item.day or "").replace("|", " ").split())


def _whole(
    form: Form, folded: str, subject: Sequence[Token], found: Timetables
) -> Scheduled | None:
    """The start, the end or the length of the event as a whole."""
    table = table_of(subject, found)
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
    if form == Form.DATE and not _BEGINS.search(folded) and not _ENDS.search(folded):
        return _days_of(subject, table)
    if _ENDS.search(folded) and not _BEGINS.search(folded):
        return Scheduled((last,), _hour_of(last, table), notices(last.item))
    if form == Form.HOUR or _BEGINS.search(folded):
        return Scheduled((first,), _hour_of(first, table), notices(first.item))
    return None


def _hour_of(line: Line, table: Table) -> str:
    """The hours of a line, with its day where the programme has several."""
    several = len({one.item.day for one in table.lines}) > 1
    return _when(line) if several else text(line.item)


def _days_of(subject: Sequence[Token], table: Table) -> Scheduled | None:
    """From which day to which an event lasts whose programme is headed by its name."""
    headed = {token.stem for name in table.headings for token in analyse(name)}
    lines = [line for line in table.lines if line.item.day]
    if not lines or headed.isdisjoint(token.stem for token in subject):
        return None
    first, last = lines[0], lines[-1]
    return Scheduled((first, last), " – ".join(dict.fromkeys((_day(first), _day(last)))))


def _programme(found: Timetables) -> Scheduled | None:
    """The lines of the day that a question names, when it asks what there is on that day."""
    text = found.evidence.asked.text
    days, dates = _named_days(text)
    subject = [
        t
        for t in found.evidence.asked.tokens
        if t.surface not in WORDS[Form.HOUR] and not _names_day(t, days, text)
    ]
    if not days and not dates:
        return None
    for table in found.tables:
        chosen = tuple(line for line in table.lines if _on(line.item.day, days, dates))
        if not chosen:
            continue
        narrowed = Timetables((Table(chosen, table.headings),), found.weights, found.evidence)
        rest = [t for t in subject if t.stem not in _day_stems(chosen)]
        own = matching(rest, narrowed)
        if own or table_of(rest, narrowed) is not None:
            return _said(own or chosen, titled=not own)
    return None


def absent_day(found: Timetables) -> str | None:
    """What to tell when the timetable of the event has other days than the one asked for, and no
    opened passage speaks of it."""
    asked = _words(found.evidence.asked.text)
    names = next((names for names in WEEKDAYS if names & asked), None)
    if names is None or any(names & _words(one.passage.text) for one in found.evidence.opened):
        return None
    rest = [
        t
        for t in found.evidence.asked.tokens
        if t.surface not in WORDS[Form.PROGRAMME]
        and not _names_day(t, [names], found.evidence.asked.text)
        and not t.surface[0].isdigit()
    ]
    table = table_of(rest, found)
    if table is None:
        return None
    lines = [line for one in found.tables if one.document == table.document for line in one.lines]
    days = dict.fromkeys(" ".join((line.item.day or "").split()) for line in lines)
    listed = "; ".join(day.replace(" |", ",") for day in days if day)
    title = table.document.title
    return said(NO_SUCH_DAY, title=title, days=listed) if listed else None


def _named_days(text: str) -> tuple[list[frozenset[str]], set[str]]:
    """The days of the week, each with all its names, and the dates that a question names."""
    words = _words(text)
    return [names for names in WEEKDAYS if names & words], {date for date, _, _ in _dates(text)}


def _dates(text: str) -> set[tuple[str, int, int]]:
    """The days of a month that a text names in any language («03-12»), and where."""
    tokens = analyse(text)
    return {
        (date[1], token.start, token.end)
        for token in (*tokens, *readings(tokens, text))
        if (date := _DATE.fullmatch(token.surface))
    }


def _words(text: str) -> set[str]:
    return {word.replace(" ", "-") for word in _WORD.findall(fold(text))}


def _names_day(token: Token, days: Sequence[frozenset[str]], text: str) -> bool:
    """Whether a word of a question belongs to the day that it names, in whatever language."""
    spoken = {part for names in days for name in names for part in name.split("-")}
    return token.surface in spoken or any(
        start <= token.start < end for _, start, end in _dates(text)
    )


def _day_stems(lines: Sequence[Line]) -> set[str]:
    return {token.stem for line in lines for token in analyse(line.item.day or "")}


def _on(day: str | None, days: Sequence[frozenset[str]], dates: set[str]) -> bool:
    words = _words(day or "")
    named = all(names & words for names in days)
    dated = not dates or any(date in dates for date, _, _ in _dates(day or ""))
    return bool(day) and named and dated


def _at_hour(folded: str, found: Timetables) -> Scheduled | None:
    """The line that is on at the hour that a question names."""
    clock = _CLOCK.search(folded)
    if clock is None:
        return None
    asked = int(clock.group(1)) * 60 + int(clock.group(2))
    days, dates = _named_days(found.evidence.asked.text)
    lines = [
        line
        for table in found.tables
        for line in table.lines
        if line.item.start
        and (not (days or dates) or _on(line.item.day, days, dates))
        and _minutes(line.item.start) <= asked
        and asked < (_minutes(line.item.end) if line.item.end else _minutes(line.item.start) + 1)
    ]
    if not lines:
        return None
    return _said(lines, titled=True)


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def text(item: AgendaItem) -> str:
    """«10:40–11:00 (20 minutos)», with what the document states, else what the clock gives."""
    minutes = item.stated_minutes or item.computed_minutes
    if item.start is None:
        return f"{minutes} minutos"
    hours = f"{item.start}–{item.end}" if item.end else item.start
    return f"{hours} ({minutes} minutos)" if minutes else hours


def notices(item: AgendaItem) -> tuple[str, ...]:
    """What the document contradicts itself in."""
    stated, computed = item.stated_minutes, item.computed_minutes
    if stated is None or computed is None or stated == computed:
        return ()
    return (said(MINUTES_DIFFER, stated=stated, computed=computed),)
