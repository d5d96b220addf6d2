"""Questions about hours, days and durations, answered from timetable lines."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.answers.facts import WHOLE, means
from search.answers.spans import (
    AnswerContext,
    holds_numbers,
    numbered_nouns,
    stems_of,
    synonym_stems,
)
from search.documents import AgendaItem, BlockKind, Document, Passage
from search.engine import Snapshot
from search.results import HOURS_DIFFER, MINUTES_DIFFER, NO_SUCH_DAY, message
from search.text.acronyms import singular
from search.text.analysis import Token, analyse, readings
from search.text.question_types import WORDS, QuestionType
from search.text.vocabulary import SAME_DAY, fold

_DOCUMENTS = 4
"""Timetables are looked at in so many of the best documents."""
_PASSAGES_ABOVE = 2
_ENOUGH = 0.75
"""Weighed share of the question's words that a line must hold, its day, section and document
included."""
_OWN = 0.3
"""Share that the line itself must hold: «el taller de FLACMA» is in every line of its document."""
_MEANT = 0.55
_MEANT_ABROAD = 0.42
"""Similarity from which a line says a word of the question in other words, and in another
language; the same word in the same sense is about .6, unrelated ones stay under .35."""
_NEAR = 0.97
"""Lines whose own share is this close to the best answer as well."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timetable and where it stands."""

    document: Document
    passage: Passage
    item: AgendaItem


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
    evidence: AnswerContext


def timetables(
    snapshot: Snapshot, evidence: AnswerContext, weights: Mapping[str, float]
) -> Timetables:
    """Timetables of the best documents, one for each section that has one, days aside, and timed
    parts, which have a length but no hour."""
    documents = list(dict.fromkeys(one.document for one in evidence.opened))[:_DOCUMENTS]
    tables: dict[tuple[str, ...], list[Line]] = {}
    for document in documents:
        for passage, item in snapshot.timetable(document.id):
            days = fold(item.day or "")
            section = (name for name in passage.section if not days or fold(name) != days)
            key = (document.id, *section)
            tables.setdefault(key, []).append(Line(document, passage, item))
    found = [Table(tuple(lines), _headings(snapshot, lines[0])) for lines in tables.values()]
    found += [Table(parts, ()) for document in documents if (parts := _parts(snapshot, document))]
    return Timetables(tuple(found), weights, evidence)


def _parts(snapshot: Snapshot, document: Document) -> tuple[Line, ...]:
    """The parts of a document that say how long they take and stand in no timetable."""
    units = [unit for unit in snapshot.details(document.id).units if unit.minutes]
    held = {item.passage_id for _, item in snapshot.timetable(document.id)}
    return tuple(
        Line(
            document,
            passage,
            AgendaItem(unit.passage_id, unit.title, None, None, None, unit.minutes, None),
        )
        for unit in units
        if unit.passage_id not in held and (passage := snapshot.passage(unit.passage_id))
    )


def _headings(snapshot: Snapshot, first: Line) -> tuple[str, ...]:
    """The headings above the first line of a timetable: its sections, and those of the passages
    just before it (the title of a programme often has a section of its own)."""
    passages = snapshot.passages_of(first.document.id)
    place = next(i for i, passage in enumerate(passages) if passage.id == first.passage.id)
    near = passages[max(0, place - _PASSAGES_ABOVE) : place + 1]
    return tuple(dict.fromkeys(name for passage in near for name in passage.section))


def matching(subject: Sequence[Token], found: Timetables) -> list[Line]:
    """The lines that hold most of what is asked for, all that hold equally much."""
    scored = []
    meant = _meant(found.evidence)
    others = synonym_stems(found.evidence.asked.expansions)
    for table in found.tables:
        for line in table.lines:
            stems = set(stems_of((line.item.title,)))
            equal = {word for one in others if one.said_in(stems) for word in one.used}
            near = meant.get(line.passage.id, frozenset()) | equal
            own, around = _shares(subject, line, found.weights, near)
            if own >= _OWN and around >= _ENOUGH:
                scored.append((own, line))
    best = max((own for own, _ in scored), default=0.0)
    kept = [line for own, line in scored if own >= _NEAR * best]
    first = kept[0].document.id if kept else ""
    return [line for line in kept if line.document.id == first or _same(line, kept[0])]


def _same(line: Line, other: Line) -> bool:
    return fold(line.item.title) == fold(other.item.title)


def _meant(evidence: AnswerContext) -> dict[str, frozenset[str]]:
    """For the opened passages that are lines of a timetable, the stems of the question that they
    say in other words: in another language, or misspelt."""
    words = [(t.stem, t.start, t.end) for t in evidence.asked.said]
    meant = {}
    for opened in evidence.opened:
        if opened.passage.kind != BlockKind.AGENDA_ITEM or not len(opened.near):
            continue
        near = opened.near.max(axis=0)
        places = evidence.tokens.starts
        abroad = opened.passage.language != evidence.asked.language
        enough = _MEANT_ABROAD if abroad else _MEANT
        meant[opened.passage.id] = frozenset(
            stem
            for stem, start, end in words
            if (pieces := near[(places >= start) & (places < end)]).size and pieces.mean() >= enough
        )
    return meant


def _shares(
    subject: Sequence[Token], line: Line, weights: Mapping[str, float], meant: frozenset[str]
) -> tuple[float, float]:
    """Weighed shares of the subject in a line itself, and in it with what stands around it; a line
    that has the numbers asked for has their nouns («theme 2» is «Tema 2»), and a plural of another
    language is one («conclusions», «conclusiones»)."""
    item, document = line.item, line.document
    own = analyse(" ".join(filter(None, (item.title, item.people, item.place))))
    if not holds_numbers(subject, [token.stem for token in analyse(line.passage.text)]):
        return 0.0, 0.0
    above = (*line.passage.section, item.day, document.title, document.event, document.place)
    singulars = {singular(token.surface) for token in own}
    alike = {token.stem for token in subject if singular(token.surface) in singulars}
    held = {token.stem for token in own} | alike | meant | numbered_nouns(subject)
    around = held | {t.stem for part in above for t in analyse(part or "")}
    total = sum(weights.get(token.stem, 0.0) for token in subject)
    if total <= 0:
        return 0.0, 0.0
    own_share = sum(weights.get(t.stem, 0.0) for t in subject if t.stem in held) / total
    return own_share, sum(weights.get(t.stem, 0.0) for t in subject if t.stem in around) / total


def table_of(subject: Sequence[Token], found: Timetables) -> Table | None:
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


TIMED = (QuestionType.HOUR, QuestionType.DURATION, QuestionType.PROGRAMME, QuestionType.DATE)
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


def scheduled(form: QuestionType, found: Timetables) -> Scheduled | None:
    """The lines that answer, or None when no timetable does."""
    folded = " ".join(fold(found.evidence.asked.text).split())
    at_hour = _at_hour(folded, found) if form == QuestionType.PROGRAMME else None
    found_on_day = at_hour or _programme(found)
    if found_on_day is not None or form == QuestionType.PROGRAMME:
        return found_on_day
    subject = [t for t in found.evidence.asked.tokens if t.surface not in WORDS[QuestionType.HOUR]]
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
        findings += (message(HOURS_DIFFER, hours=hours),)
    return Scheduled(several, told, findings)


def _when(line: Line) -> str:
    day = _day(line)
    hours = text(line.item)
    return f"{day}, {hours}" if day else hours


def _day(line: Line) -> str:
    return " ".join((line.item.day or "").replace("|", " ").split())


def _whole(
    form: QuestionType, folded: str, subject: Sequence[Token], found: Timetables
) -> Scheduled | None:
    """The start, the end or the length of the event as a whole."""
    table = table_of(subject, found)
    if table is None or form == QuestionType.PROGRAMME:
        return None
    timed = [line for line in table.lines if line.item.start]
    first = timed[0]
    last = timed[-1]
    if form == QuestionType.DURATION:
        if first.item.day != last.item.day or first is last:
            return None
        end = last.item.end or last.item.start
        minutes = _minutes(str(end)) - _minutes(str(first.item.start))
        return Scheduled(
            (first, last), f"{first.item.start}–{end} ({minutes} minutos por el horario)"
        )
    if form == QuestionType.DATE and not _BEGINS.search(folded) and not _ENDS.search(folded):
        return _days_of(subject, table)
    if _ENDS.search(folded) and not _BEGINS.search(folded):
        return Scheduled((last,), _hour_of(last, table), notices(last.item))
    if form == QuestionType.HOUR or _BEGINS.search(folded):
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
        if t.surface not in WORDS[QuestionType.HOUR] and not _names_day(t, days, text)
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
    names = next((names for names in SAME_DAY if names & asked), None)
    if names is None or any(names & _words(one.passage.text) for one in found.evidence.opened):
        return None
    rest = [
        t
        for t in found.evidence.asked.tokens
        if t.surface not in WORDS[QuestionType.PROGRAMME]
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
    return message(NO_SUCH_DAY, title=title, days=listed) if listed else None


def _named_days(text: str) -> tuple[list[frozenset[str]], set[str]]:
    """The days of the week, each with all its names, and the dates that a question names."""
    words = _words(text)
    return [names for names in SAME_DAY if names & words], {date for date, _, _ in _dates(text)}


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
    return (message(MINUTES_DIFFER, stated=stated, computed=computed),)
