"""Answers questions about hours, days and durations from timetable lines.

Looks through the timetables of the best documents for the line that a question means («¿a qué
hora es el tema 2?»), for the event as a whole («¿cuándo empieza el taller?»), and for all that is
on at a day or an hour. What a document contradicts itself in is told beside the answer.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.answers.facts import WHOLE, names_event
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

TIMED = (QuestionType.HOUR, QuestionType.DURATION, QuestionType.PROGRAMME, QuestionType.DATE)
"""Types of question that a timetable may answer."""

# Timetables are looked at in so many of the best documents.
_MAX_DOCUMENTS = 4
# The title of a programme often has a section of its own, so many passages above the first line.
_PASSAGES_ABOVE = 2
# Weighed share of the question's words that a line must hold, its day, section and document
# included.
_MIN_COVERAGE = 0.75
# Share that the line itself must hold: «el taller de FLACMA» is in every line of its document.
_MIN_OWN_COVERAGE = 0.3
# Similarity from which a line says a word of the question in other words, and in another
# language; the same word in the same sense is about .6, unrelated ones stay under .35.
_SIMILAR = 0.55
_SIMILAR_CROSS_LINGUAL = 0.42
# Lines whose own share is this close to the best answer as well.
_TIE = 0.97
# So many lines at most are told and quoted, however full a day is.
_MAX_LINES = 14

# Whether a folded question asks for the beginning or the end, by the stems of these verbs in
# Spanish, English, Portuguese and French; «inicio» and «debut» are among them.
_BEGINS = re.compile(
    r"\b(empiez|empez|comienz|comenz|inici|arranc|start|begin|comeca|commenc|debut)"
)
_ENDS = re.compile(r"\b(termin|acab|finaliz|conclu(ye|ira)|end|finish|finit)")
# A date as it is read from a text. Dates are compared without their year, which a programme or a
# question may leave out.
_DATE = re.compile(r"(?:\d{4}-)?(\d\d-\d\d)")
# The days of a Portuguese week are two words: «segunda-feira», also written with a space.
_WORD = re.compile(r"(?:segunda|terca|quarta|quinta|sexta)[ -]feira|\w+")
# «11:50», «11.50» and «11h50».
_CLOCK = re.compile(r"\b(\d{1,2})[:.h](\d\d)\b")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timetable and where it stands."""

    document: Document
    passage: Passage
    item: AgendaItem


@dataclass(frozen=True, slots=True)
class Timetable:
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

    tables: tuple[Timetable, ...]
    weights: Mapping[str, float]
    context: AnswerContext


@dataclass(frozen=True, slots=True)
class AgendaAnswer:
    """What a timetable says: the lines to quote, the answer in few words, what does not add up."""

    lines: tuple[Line, ...]
    text: str
    notices: tuple[str, ...] = ()


def timetables(
    snapshot: Snapshot, context: AnswerContext, weights: Mapping[str, float]
) -> Timetables:
    """Timetables of the best documents, one for each section that has one, days aside, and timed
    parts, which have a length but no hour."""
    documents = list(dict.fromkeys(one.document for one in context.opened))[:_MAX_DOCUMENTS]
    tables: dict[tuple[str, ...], list[Line]] = {}
    for document in documents:
        for passage, item in snapshot.timetable(document.id):
            # «Día 1» and «Día 2» are sections of one programme, not two programmes.
            days = fold(item.day or "")
            section = (name for name in passage.section if not days or fold(name) != days)
            key = (document.id, *section)
            tables.setdefault(key, []).append(Line(document, passage, item))
    found = [Timetable(tuple(lines), _headings(snapshot, lines[0])) for lines in tables.values()]
    parts = (_parts_without_hour(snapshot, document) for document in documents)
    found += [Timetable(lines, ()) for lines in parts if lines]
    return Timetables(tuple(found), weights, context)


def _parts_without_hour(snapshot: Snapshot, document: Document) -> tuple[Line, ...]:
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
    just before it."""
    passages = snapshot.passages_of(first.document.id)
    place = next(i for i, passage in enumerate(passages) if passage.id == first.passage.id)
    near = passages[max(0, place - _PASSAGES_ABOVE) : place + 1]
    return tuple(dict.fromkeys(name for passage in near for name in passage.section))


def answer_from_agenda(question_type: QuestionType, found: Timetables) -> AgendaAnswer | None:
    """The lines that answer, or None when no timetable does."""
    folded = " ".join(fold(found.context.asked.text).split())
    at_hour = _lines_at_hour(folded, found) if question_type == QuestionType.PROGRAMME else None
    on_day = at_hour or _lines_on_day(found)
    if on_day is not None or question_type == QuestionType.PROGRAMME:
        return on_day
    subject = [
        token
        for token in found.context.asked.tokens
        if token.surface not in WORDS[QuestionType.HOUR]
    ]
    if all(token.stem in WHOLE for token in subject):
        return _whole_event(question_type, folded, subject, found)
    lines = _matching_lines(subject, found)
    if any(token.stem in WHOLE for token in subject) and not _one_holds_all(subject, lines):
        # «el taller de FLACMA» is the event, though a line of its programme names FLACMA.
        whole = _whole_event(question_type, folded, subject, found)
        if whole is not None or _timetable_of_event(subject, found) is not None:
            return whole
    return _lines_answer(lines) if lines else None


def missing_day(found: Timetables) -> str | None:
    """What to tell when the timetable of the event has other days than the one asked for, and no
    opened passage speaks of it."""
    text = found.context.asked.text
    asked = _words(text)
    names = next((names for names in SAME_DAY if names & asked), None)
    if names is None or any(names & _words(one.passage.text) for one in found.context.opened):
        return None
    rest = [
        token
        for token in found.context.asked.tokens
        if token.surface not in WORDS[QuestionType.PROGRAMME]
        and not _names_day(token, [names], text)
        and not token.surface[0].isdigit()
    ]
    table = _timetable_of_event(rest, found)
    if table is None:
        return None
    # The days of all its timetables, since each section may have one.
    lines = [line for one in found.tables if one.document == table.document for line in one.lines]
    days = dict.fromkeys(" ".join((line.item.day or "").split()) for line in lines)
    listed = "; ".join(day.replace(" |", ",") for day in days if day)
    title = table.document.title
    return message(NO_SUCH_DAY, title=title, days=listed) if listed else None


def _matching_lines(subject: Sequence[Token], found: Timetables) -> list[Line]:
    """The lines that hold most of what is asked for, all that hold equally much."""
    scored = []
    similar = _similar_stems(found.context)
    synonyms = synonym_stems(found.context.asked.expansions)
    for table in found.tables:
        for line in table.lines:
            stems = set(stems_of((line.item.title,)))
            equivalent = {word for one in synonyms if one.said_in(stems) for word in one.used}
            said = similar.get(line.passage.id, frozenset()) | equivalent
            own, around = _coverage(subject, line, found.weights, said)
            if own >= _MIN_OWN_COVERAGE and around >= _MIN_COVERAGE:
                scored.append((own, line))
    best = max((own for own, _ in scored), default=0.0)
    kept = [line for own, line in scored if own >= _TIE * best]
    # Of other documents only those that hold a session of the same name: two hours for one thing
    # are worth telling, a similar session elsewhere is not.
    first = kept[0].document.id if kept else ""
    return [line for line in kept if line.document.id == first or _same_title(line, kept[0])]


def _same_title(line: Line, other: Line) -> bool:
    return fold(line.item.title) == fold(other.item.title)


def _similar_stems(context: AnswerContext) -> dict[str, frozenset[str]]:
    """For the opened passages that are lines of a timetable, the stems of the question that they
    say in other words: in another language, or misspelt."""
    words = [(token.stem, token.start, token.end) for token in context.asked.said]
    similar = {}
    for opened in context.opened:
        if opened.passage.kind != BlockKind.AGENDA_ITEM or not len(opened.similarities):
            continue
        best = opened.similarities.max(axis=0)
        starts = context.tokens.starts
        cross_lingual = opened.passage.language != context.asked.language
        enough = _SIMILAR_CROSS_LINGUAL if cross_lingual else _SIMILAR
        similar[opened.passage.id] = frozenset(
            stem
            for stem, start, end in words
            if (pieces := best[(starts >= start) & (starts < end)]).size and pieces.mean() >= enough
        )
    return similar


def _coverage(
    subject: Sequence[Token], line: Line, weights: Mapping[str, float], said: frozenset[str]
) -> tuple[float, float]:
    """Weighed shares of the subject in a line itself, and in it with what stands around it; `said`
    are stems that it says in other words."""
    item, document = line.item, line.document
    own = analyse(" ".join(filter(None, (item.title, item.people, item.place))))
    # Never the hour of another session: «tema 4» shares its noun with every «Tema».
    if not holds_numbers(subject, [token.stem for token in analyse(line.passage.text)]):
        return 0.0, 0.0
    above = (*line.passage.section, item.day, document.title, document.event, document.place)
    # The plural of another language is one: «conclusions», «conclusiones».
    singulars = {singular(token.surface) for token in own}
    alike = {token.stem for token in subject if singular(token.surface) in singulars}
    # A line that has the numbers asked for has their nouns: «theme 2» is «Tema 2».
    held = {token.stem for token in own} | alike | said | numbered_nouns(subject)
    around = held | {token.stem for part in above for token in analyse(part or "")}
    total = sum(weights.get(token.stem, 0.0) for token in subject)
    if total <= 0:
        return 0.0, 0.0
    own_share = sum(weights.get(t.stem, 0.0) for t in subject if t.stem in held) / total
    return own_share, sum(weights.get(t.stem, 0.0) for t in subject if t.stem in around) / total


def _one_holds_all(subject: Sequence[Token], lines: Sequence[Line]) -> bool:
    """Whether a line holds every word of the subject itself."""
    return any(
        {token.stem for token in subject} <= {token.stem for token in analyse(line.item.title)}
        for line in lines
    )


def _timetable_of_event(subject: Sequence[Token], found: Timetables) -> Timetable | None:
    """The timetable of the event that is asked about: the one whose headings hold most of the
    question's words; its document must name all the others but the general ones."""
    best: tuple[float, Timetable] | None = None
    for table in found.tables:
        # Parts that only have a length are no programme of an event.
        if not any(line.item.start for line in table.lines):
            continue
        held = {token.stem for name in table.headings for token in analyse(name)}
        own = sum(found.weights.get(t.stem, 0.0) for t in subject if t.stem in held)
        rest = [token for token in subject if token.stem not in held]
        if names_event(table.document, rest) and (best is None or own > best[0]):
            best = own, table
    return best[1] if best else None


def _whole_event(
    question_type: QuestionType, folded: str, subject: Sequence[Token], found: Timetables
) -> AgendaAnswer | None:
    """The start, the end or the length of the event as a whole."""
    table = _timetable_of_event(subject, found)
    if table is None or question_type == QuestionType.PROGRAMME:
        return None
    timed = [line for line in table.lines if line.item.start]
    first = timed[0]
    last = timed[-1]
    begins, ends = _BEGINS.search(folded), _ENDS.search(folded)
    if question_type == QuestionType.DURATION:
        # From one day to another the clock does not tell how long an event takes.
        if first.item.day != last.item.day or first is last:
            return None
        end = last.item.end or last.item.start
        minutes = _minutes(str(end)) - _minutes(str(first.item.start))
        return AgendaAnswer(
            (first, last), f"{first.item.start}–{end} ({minutes} minutos por el horario)"
        )
    if question_type == QuestionType.DATE and not begins and not ends:
        return _days_of_event(subject, table)
    # «¿a qué hora empieza y termina?» gets the beginning.
    if ends and not begins:
        return AgendaAnswer((last,), _when_in(table, last), notices(last.item))
    if question_type == QuestionType.HOUR or begins:
        return AgendaAnswer((first,), _when_in(table, first), notices(first.item))
    return None


def _days_of_event(subject: Sequence[Token], table: Timetable) -> AgendaAnswer | None:
    """From which day to which an event lasts whose programme is headed by its name."""
    headed = {token.stem for name in table.headings for token in analyse(name)}
    lines = [line for line in table.lines if line.item.day]
    if not lines or headed.isdisjoint(token.stem for token in subject):
        return None
    first, last = lines[0], lines[-1]
    return AgendaAnswer((first, last), " – ".join(dict.fromkeys((_day(first), _day(last)))))


def _lines_on_day(found: Timetables) -> AgendaAnswer | None:
    """The lines of the day that a question names, when it asks what there is on that day."""
    text = found.context.asked.text
    days, dates = _named_days(text)
    subject = [
        token
        for token in found.context.asked.tokens
        if token.surface not in WORDS[QuestionType.HOUR] and not _names_day(token, days, text)
    ]
    if not days and not dates:
        return None
    for table in found.tables:
        chosen = tuple(line for line in table.lines if _is_on(line.item.day, days, dates))
        if not chosen:
            continue
        narrowed = Timetables((Timetable(chosen, table.headings),), found.weights, found.context)
        # «el primer día»: words of the day's own heading are no session to look for.
        rest = [token for token in subject if token.stem not in _day_stems(chosen)]
        own = _matching_lines(rest, narrowed)
        if own or _timetable_of_event(rest, narrowed) is not None:
            return _lines_answer(own or chosen, titled=not own)
    return None


def _lines_at_hour(folded: str, found: Timetables) -> AgendaAnswer | None:
    """The lines that are on at the hour that a question names."""
    clock = _CLOCK.search(folded)
    if clock is None:
        return None
    asked = int(clock.group(1)) * 60 + int(clock.group(2))
    days, dates = _named_days(found.context.asked.text)
    lines = [
        line
        for table in found.tables
        for line in table.lines
        if line.item.start
        and (not (days or dates) or _is_on(line.item.day, days, dates))
        and _minutes(line.item.start) <= asked
        # A line without an end is on at its very minute only.
        and asked < (_minutes(line.item.end) if line.item.end else _minutes(line.item.start) + 1)
    ]
    if not lines:
        return None
    return _lines_answer(lines, titled=True)


def _named_days(text: str) -> tuple[list[frozenset[str]], set[str]]:
    """The days of the week, each with all its names, and the dates that a question names."""
    words = _words(text)
    return [names for names in SAME_DAY if names & words], {date for date, _, _ in _dates(text)}


def _dates(text: str) -> set[tuple[str, int, int]]:
    """The days of a month that a text names in any language («03-12»), and where.

    Compared as they are read and not as they are written, so that «le 12 mars» meets «12 de
    março».
    """
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
    # The analysis has both parts of «segunda-feira» as words of their own.
    spoken = {part for names in days for name in names for part in name.split("-")}
    return token.surface in spoken or any(
        start <= token.start < end for _, start, end in _dates(text)
    )


def _day_stems(lines: Sequence[Line]) -> set[str]:
    return {token.stem for line in lines for token in analyse(line.item.day or "")}


def _is_on(day: str | None, days: Sequence[frozenset[str]], dates: set[str]) -> bool:
    words = _words(day or "")
    named = all(names & words for names in days)
    dated = not dates or any(date in dates for date, _, _ in _dates(day or ""))
    return bool(day) and named and dated


def _lines_answer(lines: Sequence[Line], *, titled: bool = False) -> AgendaAnswer:
    """One line is told by its hours; several, or all that is on a day, by their names as well."""
    findings = tuple(notice for line in lines for notice in notices(line.item))
    if len(lines) == 1 and not titled:
        return AgendaAnswer(tuple(lines), describe_times(lines[0].item), findings)
    several = tuple(lines[:_MAX_LINES])
    told = "; ".join(f"{_when(line)}: {line.item.title}" for line in several)
    titles = {fold(line.item.title) for line in several}
    # One session with two hours, in two documents or in one: told, not solved.
    if len(titles) == 1 and len({(line.item.day, line.item.start) for line in several}) > 1:
        hours = " y ".join(dict.fromkeys(_when(line) for line in several))
        findings += (message(HOURS_DIFFER, hours=hours),)
    return AgendaAnswer(several, told, findings)


def _when_in(table: Timetable, line: Line) -> str:
    """The hours of a line, with its day where the programme has several."""
    several = len({one.item.day for one in table.lines}) > 1
    return _when(line) if several else describe_times(line.item)


def _when(line: Line) -> str:
    day = _day(line)
    hours = describe_times(line.item)
    return f"{day}, {hours}" if day else hours


def _day(line: Line) -> str:
    # A day read off a table keeps the bar between its cells: «Viernes | 12 de marzo».
    return " ".join((line.item.day or "").replace("|", " ").split())


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def describe_times(item: AgendaItem) -> str:
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
