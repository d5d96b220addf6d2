"""Answers questions about hours, days and durations from timetable lines.

Looks through the timetables of the best documents for the line that a question means («¿a qué
hora es el tema 2?»), for the event as a whole («¿cuándo empieza el taller?»), and for all that is
on at a day or an hour. What a document contradicts itself in is told beside the answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from search.answers.facts import WHOLE, names_event
from search.answers.spans import AnswerContext
from search.documents import AgendaItem, BlockKind, Document
from search.engine import AgendaLine, DocumentContent
from search.results import HOURS_DIFFER, MINUTES_DIFFER, NO_SUCH_DAY, message
from search.text.acronyms import singular
from search.text.analysis import Token, analyse, readings
from search.text.numbered import holds_numbers, numbered_nouns
from search.text.question_types import WORDS, QuestionType
from search.text.vocabulary import SAME_DAY, fold

TIMED = (QuestionType.HOUR, QuestionType.DURATION, QuestionType.PROGRAMME, QuestionType.DATE)
"""Types of question that a timetable may answer."""

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


Line: TypeAlias = tuple[Document, AgendaLine]


@dataclass(frozen=True, slots=True)
class Timetable:
    """One timetable, or the parts of a document that have a length but no hour; `headed` are the
    stems of the headings that it stands under."""

    content: DocumentContent
    lines: tuple[AgendaLine, ...]
    headed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AgendaAnswer:
    """What a timetable says: the lines to quote, the answer in few words, what does not add up."""

    lines: tuple[Line, ...]
    text: str
    notices: tuple[str, ...] = ()


def answer_from_agenda(
    contents: Sequence[DocumentContent], context: AnswerContext
) -> AgendaAnswer | str | None:
    """The lines that answer, or None when no timetable does; text when the timetable of the event
    has other days than the one asked for."""
    tables = _timetables(contents)
    return _answering_lines(tables, context) or _missing_day(tables, context)


def _timetables(contents: Sequence[DocumentContent]) -> list[Timetable]:
    """One for each section that has a timetable, days aside, then the timed parts without hours,
    a document after the other."""
    found: list[Timetable] = []
    for content in contents:
        by_section: dict[tuple[str, ...], list[AgendaLine]] = {}
        for line in content.agenda:
            if line.timed:
                by_section.setdefault(line.section, []).append(line)
        found += [
            Timetable(content, tuple(lines), lines[0].headed) for lines in by_section.values()
        ]
    for content in contents:
        parts = tuple(line for line in content.agenda if not line.timed)
        found += [Timetable(content, parts)] if parts else []
    return found


def _answering_lines(tables: Sequence[Timetable], context: AnswerContext) -> AgendaAnswer | None:
    type_ = context.asked.type
    at_hour = _lines_at_hour(tables, context) if type_ == QuestionType.PROGRAMME else None
    on_day = at_hour or _lines_on_day(tables, context)
    if on_day is not None or type_ == QuestionType.PROGRAMME:
        return on_day
    subject = [
        token for token in context.asked.tokens if token.surface not in WORDS[QuestionType.HOUR]
    ]
    if all(token.stem in WHOLE for token in subject):
        return _whole_event(subject, tables, context)
    lines = _matching_lines(subject, tables, context)
    asked = {token.stem for token in subject}
    if asked & WHOLE and not any(asked <= line.title for _, line in lines):
        # «el taller de FLACMA» is the event, though a line of its programme names FLACMA.
        whole = _whole_event(subject, tables, context)
        if whole is not None or _timetable_of_event(subject, tables, context) is not None:
            return whole
    return _lines_answer(lines) if lines else None


def _missing_day(tables: Sequence[Timetable], context: AnswerContext) -> str | None:
    """What to tell when the timetable of the event has other days than the one asked for, and no
    opened passage speaks of it."""
    text = context.asked.text
    asked = _words(text)
    names = next((names for names in SAME_DAY if names & asked), None)
    if names is None or any(names & _words(one.loaded.passage.text) for one in context.opened):
        return None
    rest = [
        token
        for token in context.asked.tokens
        if token.surface not in WORDS[QuestionType.PROGRAMME]
        and not _names_day(token, [names], text)
        and not token.surface[0].isdigit()
    ]
    table = _timetable_of_event(rest, tables, context)
    if table is None:
        return None
    # The days of all its timetables, since each section may have one.
    document = table.content.document
    lines = [line for one in tables if one.content.document == document for line in one.lines]
    days = dict.fromkeys(" ".join((line.item.day or "").split()) for line in lines)
    listed = "; ".join(day.replace(" |", ",") for day in days if day)
    return message(NO_SUCH_DAY, title=document.title, days=listed) if listed else None


def _matching_lines(
    subject: Sequence[Token], tables: Sequence[Timetable], context: AnswerContext
) -> list[Line]:
    """The lines that hold most of what is asked for, all that hold equally much."""
    scored = []
    similar = _similar_stems(context)
    for table in tables:
        for line in table.lines:
            said = similar.get(line.item.passage_id, frozenset()).union(
                *(one.used for one in context.asked.synonyms if one.said_in(line.title))
            )
            own, around = _coverage(subject, line, context, said)
            if own >= _MIN_OWN_COVERAGE and around >= _MIN_COVERAGE:
                scored.append((own, (table.content.document, line)))
    best = max((own for own, _ in scored), default=0.0)
    kept = [line for own, line in scored if own >= _TIE * best]
    # Of other documents only those that hold a session of the same name: two hours for one thing
    # are worth telling, a similar session elsewhere is not.
    return [
        (document, line)
        for document, line in kept
        if document.id == kept[0][0].id or fold(line.item.title) == fold(kept[0][1].item.title)
    ]


def _similar_stems(context: AnswerContext) -> dict[str, frozenset[str]]:
    """For the opened passages that are lines of a timetable, the stems of the question that they
    say in other words: in another language, or misspelt."""
    starts = context.tokens.starts
    similar = {}
    for opened in context.opened:
        compared = opened.loaded.similarities
        if opened.loaded.passage.kind != BlockKind.AGENDA_ITEM or not len(compared):
            continue
        best = compared.max(axis=0)
        cross_lingual = opened.loaded.passage.language != context.asked.language
        enough = _SIMILAR_CROSS_LINGUAL if cross_lingual else _SIMILAR
        similar[opened.loaded.passage.id] = frozenset(
            token.stem
            for token in context.asked.said
            if (pieces := best[(starts >= token.start) & (starts < token.end)]).size
            and pieces.mean() >= enough
        )
    return similar


def _coverage(
    subject: Sequence[Token], line: AgendaLine, context: AnswerContext, said: frozenset[str]
) -> tuple[float, float]:
    """Weighed shares of the subject in a line itself, and in it with what stands around it; `said`
    are stems that it says in other words."""
    weights = context.asked.weights
    total = sum(weights.get(token.stem, 0.0) for token in subject)
    # Never the hour of another session: «tema 4» shares its noun with every «Tema».
    if total <= 0 or not holds_numbers(subject, line.text):
        return 0.0, 0.0
    # The plural of another language is one: «conclusions», «conclusiones».
    alike = {token.stem for token in subject if singular(token.surface) in line.singulars}
    # A line that has the numbers asked for has their nouns: «theme 2» is «Tema 2».
    held = line.own | alike | said | numbered_nouns(subject)
    around = held | line.around
    own_share = sum(weights.get(t.stem, 0.0) for t in subject if t.stem in held) / total
    return own_share, sum(weights.get(t.stem, 0.0) for t in subject if t.stem in around) / total


def _timetable_of_event(
    subject: Sequence[Token], tables: Sequence[Timetable], context: AnswerContext
) -> Timetable | None:
    """The timetable of the event that is asked about: the one whose headings hold most of the
    question's words; its document must name all the others but the general ones."""
    best: tuple[float, Timetable] | None = None
    for table in tables:
        # Parts that only have a length are no programme of an event.
        if not any(line.item.start for line in table.lines):
            continue
        own = sum(context.asked.weights.get(t.stem, 0.0) for t in subject if t.stem in table.headed)
        rest = [token for token in subject if token.stem not in table.headed]
        if names_event(table.content, rest) and (best is None or own > best[0]):
            best = own, table
    return best[1] if best else None


def _whole_event(
    subject: Sequence[Token], tables: Sequence[Timetable], context: AnswerContext
) -> AgendaAnswer | None:
    """The start, the end or the length of the event as a whole."""
    type_ = context.asked.type
    table = _timetable_of_event(subject, tables, context)
    if table is None:
        return None
    document = table.content.document
    timed = [line for line in table.lines if line.item.start]
    first, last = timed[0], timed[-1]
    folded = " ".join(fold(context.asked.text).split())
    begins, ends = _BEGINS.search(folded), _ENDS.search(folded)
    if type_ == QuestionType.DURATION:
        # From one day to another the clock does not tell how long an event takes.
        if first.item.day != last.item.day or first is last:
            return None
        end = last.item.end or last.item.start
        minutes = _minutes(str(end)) - _minutes(str(first.item.start))
        told = f"{first.item.start}–{end} ({minutes} minutos por el horario)"
        return AgendaAnswer(((document, first), (document, last)), told)
    if type_ == QuestionType.DATE and not begins and not ends:
        dated = [line for line in table.lines if line.item.day]
        if not dated or table.headed.isdisjoint(token.stem for token in subject):
            return None
        days = dict.fromkeys((_day(dated[0]), _day(dated[-1])))
        return AgendaAnswer(((document, dated[0]), (document, dated[-1])), " – ".join(days))
    # «¿a qué hora empieza y termina?» gets the beginning.
    line = last if ends and not begins else first
    # With its day where the programme has several.
    several = len({one.item.day for one in table.lines}) > 1
    told = _when(line) if several else describe_times(line.item)
    return AgendaAnswer(((document, line),), told, notices(line.item))


def _lines_on_day(tables: Sequence[Timetable], context: AnswerContext) -> AgendaAnswer | None:
    """The lines of the day that a question names, when it asks what there is on that day."""
    text = context.asked.text
    days, dates = _named_days(text)
    if not days and not dates:
        return None
    subject = [
        token
        for token in context.asked.tokens
        if token.surface not in WORDS[QuestionType.HOUR] and not _names_day(token, days, text)
    ]
    for table in tables:
        chosen = tuple(line for line in table.lines if _is_on(line.item.day, days, dates))
        if not chosen:
            continue
        narrowed = [Timetable(table.content, chosen, table.headed)]
        # «el primer día»: words of the day's own heading are no session to look for.
        named = {stem for line in chosen for stem in line.day}
        rest = [token for token in subject if token.stem not in named]
        own = _matching_lines(rest, narrowed, context)
        if own or _timetable_of_event(rest, narrowed, context) is not None:
            return _lines_answer(
                own or [(table.content.document, line) for line in chosen], titled=not own
            )
    return None


def _lines_at_hour(tables: Sequence[Timetable], context: AnswerContext) -> AgendaAnswer | None:
    """The lines that are on at the hour that a question names."""
    clock = _CLOCK.search(" ".join(fold(context.asked.text).split()))
    if clock is None:
        return None
    asked = int(clock.group(1)) * 60 + int(clock.group(2))
    days, dates = _named_days(context.asked.text)
    lines = [
        (table.content.document, line)
        for table in tables
        for line in table.lines
        if line.item.start
        and (not (days or dates) or _is_on(line.item.day, days, dates))
        and _minutes(line.item.start) <= asked
        # A line without an end is on at its very minute only.
        and asked < (_minutes(line.item.end) if line.item.end else _minutes(line.item.start) + 1)
    ]
    return _lines_answer(lines, titled=True) if lines else None


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


def _is_on(day: str | None, days: Sequence[frozenset[str]], dates: set[str]) -> bool:
    words = _words(day or "")
    named = all(names & words for names in days)
    dated = not dates or any(date in dates for date, _, _ in _dates(day or ""))
    return bool(day) and named and dated


def _lines_answer(lines: Sequence[Line], *, titled: bool = False) -> AgendaAnswer:
    """One line is told by its hours; several, or all that is on a day, by their names as well."""
    findings = tuple(notice for _, line in lines for notice in notices(line.item))
    if len(lines) == 1 and not titled:
        return AgendaAnswer(tuple(lines), describe_times(lines[0][1].item), findings)
    several = tuple(lines[:_MAX_LINES])
    told = "; ".join(f"{_when(line)}: {line.item.title}" for _, line in several)
    titles = {fold(line.item.title) for _, line in several}
    # One session with two hours, in two documents or in one: told, not solved.
    if len(titles) == 1 and len({(line.item.day, line.item.start) for _, line in several}) > 1:
        hours = " y ".join(dict.fromkeys(_when(line) for _, line in several))
        findings += (message(HOURS_DIFFER, hours=hours),)
    return AgendaAnswer(several, told, findings)


def _when(line: AgendaLine) -> str:
    day = _day(line)
    hours = describe_times(line.item)
    return f"{day}, {hours}" if day else hours


def _day(line: AgendaLine) -> str:
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
