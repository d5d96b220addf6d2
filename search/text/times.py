"""Reads dates, clock times, days of a programme and durations as documents write them."""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from search.text.vocabulary import (
    AMBIGUOUS_MONTHS,
    WEEKDAY,
    alternatives,
    fold,
    month_numbers,
    number_words,
    ordinal_words,
)

EARLIEST, LATEST = 1900, 2100
SHORT_YEARS = 70  # «julio/18» is 2018, «julio/98» is 1998
LONGEST_EVENT = 45  # days; «25 July 2024-31 July 2025» is a session's year and no date of a text

_MONTH_FORMS = month_numbers(short=True)
MONTH = alternatives(month_numbers())
ANY_MONTH = alternatives(_MONTH_FORMS)
"""Alternatives of a pattern: the names of months, and their short forms too."""
_AFTER_DAY = alternatives(_MONTH_FORMS | AMBIGUOUS_MONTHS)
_MONTH_NUMBERS = {fold(name): number for name, number in _MONTH_FORMS.items()} | AMBIGUOUS_MONTHS
# Not a figure of a larger number, a time or a date in figures: «16.1 de noviembre», «10:1».
_DAY_OF_MONTH = r"(?<![\d.,/:-])(?P<day{n}>\d{{1,2}})(?:º|°|er|st|nd|rd|th)?"
_OF = r"(?:\s+(?:de|d[’'])\s*|\s+|\s+d[ií]as\s+del\s+mes\s+de\s+|/|-)"
_YEAR = r"(?P<year{n}>\d{{4}})(?!\d)"
_DATE_TO = (
    r"\s*(?:,|-|–|—|−|\ba|\bal|\by|\be|\bet|\band|\bto|\bhasta\s+el|\bau|\btill?|\buntil)\s*"
    r"(?:(?:el|the|le|o|the)\s+)?"
)
# The weekday before the second day: «del jueves 31 de octubre al viernes 1 de noviembre».
_DATE_DAY_NAME = r"(?:[a-záéêíóúç-]{4,13},?\s+)?"

_DAY_FIRST = re.compile(
    rf"{_DAY_OF_MONTH.format(n='')}"
    rf"(?:(?:{_OF}(?P<from>{MONTH}))?(?:{_OF}(?P<from_year>\d{{4}}))?"
    rf"(?:{_DATE_TO}{_DATE_DAY_NAME}\d{{1,2}}(?!\d)(?:º|°|er|st|nd|rd|th)?)*?"
    rf"{_DATE_TO}{_DATE_DAY_NAME}(?P<last>\d{{1,2}})(?:º|°|er|st|nd|rd|th)?)?"
    rf"{_OF}(?P<month>{_AFTER_DAY})\b\.?\s*,?\s*(?:(?:del?(?:\s+a[ñn]o)?|/|-|of)\s*)?"
    rf"{_YEAR.format(n='')}",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"\b(?P<month>{ANY_MONTH})\b\.?\s+{_DAY_OF_MONTH.format(n='')}"
    rf"(?:{_DATE_TO}(?:(?P<until>{ANY_MONTH})\b\.?\s+)?(?P<last>\d{{1,2}})(?:st|nd|rd|th)?)?"
    rf"\s*(?:,|\s+del?)?\s+(?:del?\s+)?{_YEAR.format(n='')}",
    re.IGNORECASE,
)
_ISO = re.compile(r"(?<![\d/.-])(?P<year>\d{4})[-_](?P<month>\d{2})[-_](?P<day>\d{2})(?![\d-])")
# Full names only: «mar 2024» may be a sea, «set 2024» a set.
_MONTH_ONLY = re.compile(
    rf"(?<![\w/])(?P<month>{MONTH})(?:\s*,?\s*(?:del?\s+)?(?P<year>\d{{4}})|/(?P<short>\d{{2,4}}))"
    r"(?![\d/-])",
    re.IGNORECASE,
)
_NUMERIC = re.compile(r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?![\d/.-])")
_LONG_RANGE = re.compile(r"^\s*(?:-|–|—|to|al?|hasta(?:\s+el)?)\s*(?:el\s+|the\s+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Date:
    """A date as ISO 8601 (`2024-11-01`, or `2024-11` where only the month is said) and where the
    text says it."""

    iso: str
    start: int
    end: int


def full_dates(text: str) -> list[Date]:
    """The dates with day, month and year, in order; of an event of some days its first."""
    found = [*_by_name(text, _DAY_FIRST), *_by_name(text, _MONTH_FIRST), *_by_name(text, _ISO)]
    return _without_periods(sorted(found, key=lambda date: date.start), text)


def months(text: str) -> list[Date]:
    """Months with their year where no day is said, in order: `julio de 2026`, `julho/18`."""
    taken = [m.span() for pattern in (_DAY_FIRST, _MONTH_FIRST) for m in pattern.finditer(text)]
    found = []
    for match in _MONTH_ONLY.finditer(text):
        year = _year(match["year"] or match["short"])
        inside = any(start <= match.start() < end for start, end in taken)
        if not inside and EARLIEST <= year <= LATEST:
            iso = f"{year:04d}-{_month(match['month']):02d}"
            found.append(Date(iso, match.start(), match.end()))
    return _without_periods(found, text)


def numeric_dates(text: str, day_first: bool) -> list[Date]:
    """Dates in figures: `13.03.2019`. Where both orders are possible, `day_first` decides."""
    found = []
    for match in _NUMERIC.finditer(text):
        first, second = int(match[1]), int(match[3])
        day, month = (first, second) if day_first or first > 12 else (second, first)
        if second > 12:
            day, month = second, first
        iso = _iso(int(match[4]), month, day)
        found += [Date(iso, match.start(), match.end())] if iso else []
    return found


def agree(first: str, second: str) -> bool:
    """Whether two dates may be the same: `2024-11` and `2024-11-01` do."""
    shorter, longer = sorted((first, second), key=len)
    return longer.startswith(shorter)


def _by_name(text: str, pattern: re.Pattern[str]) -> Iterator[Date]:
    for match in pattern.finditer(text):
        said = match.groupdict()
        year, month = int(said["year"]), _month(said.get("until") or said["month"])
        first = _month(said.get("from") or said["month"])
        before = first > month  # from December to January: the year is that of the last day
        iso = _iso(int(said.get("from_year") or year - before), first, int(said["day"]))
        last = _iso(year, month, int(said.get("last") or 0))
        if iso and (last is None or _days_between(iso, last) <= LONGEST_EVENT):
            yield Date(iso, match.start(), match.end())


def _without_periods(dates: list[Date], text: str) -> list[Date]:
    """Leave out both ends of periods longer than any event, and the second end of shorter ones."""
    kept: list[Date] = []
    index = 0
    while index < len(dates):
        date = dates[index]
        following = dates[index + 1] if index + 1 < len(dates) else None
        if following and _LONG_RANGE.fullmatch(text[date.end : following.start]):
            kept += [date] if _days_between(date.iso, following.iso) <= LONGEST_EVENT else []
            index += 2
            continue
        kept.append(date)
        index += 1
    return kept


def _days_between(first: str, second: str) -> int:
    start, end = (datetime.date.fromisoformat(f"{iso}-01"[:10]) for iso in (first, second))
    return (end - start).days


def _iso(year: int, month: int, day: int) -> str | None:
    if not EARLIEST <= year <= LATEST:
        return None
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:  # the 31st of June: a number that only looks like a date
        return None


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _MONTH_NUMBERS[fold(text)]


def _year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    return year + (2000 if year < SHORT_YEARS else 1900)


# A dot parts hours from minutes only in a range or before a mark: `3.10` may number a title.
_HOUR = r"(?:2[0-4]|[01]?\d)"
_HOUR_MARK = r"(?:\s?(?:hrs?|hs|horas|h)\b\.?|\s?[ap]\.?\s?m\b\.?)"
_CLOCK = rf"{_HOUR}\s?[:hH]\s?[0-5]\d{_HOUR_MARK}*"
_DOTTED = rf"{_HOUR}\.[0-5]\d"
_MARKED_HOUR = rf"{_HOUR}\s?(?:(?:hrs?|hs|h)\b\.?|[ap]\.?\s?m\b\.?)"
_CLOCK_TO = r"\s*(?:-|–|—|−|\ba\b|\bal?\s+las?\b|\bto\b|\bhasta(?:\s+las?)?\b)\s*"
_SINGLE = rf"(?:{_CLOCK}|{_DOTTED}{_HOUR_MARK}+|{_MARKED_HOUR})"
_END = rf"(?:{_CLOCK}|{_DOTTED}{_HOUR_MARK}*|{_MARKED_HOUR})"
_RANGE = rf"(?:{_END}|{_HOUR}){_CLOCK_TO}{_END}"
_MINUTE_MARK = r"(?:minutos|minutes|min\b\.?|mins\b\.?|['′’])"
_MINUTES_IN_BRACKETS = rf"(?:\s*[(\[]\s*\d{{1,3}}\s?{_MINUTE_MARK}\s*[)\]])?"
_NO_FIGURE_AFTER = r"(?![\d%]|[.,:]\d)"

_TIME_CELL = re.compile(
    rf"(?P<times>{_RANGE}|{_SINGLE}){_NO_FIGURE_AFTER}{_MINUTES_IN_BRACKETS}[:.,;|]?(?=\s|$)",
    re.IGNORECASE,
)

# «12 m.» is noon (meridies); behind any other number an «m» means metres.
_NOON = r"12(?:[:.]00)?\s?m\b\.?"
# «0930» alone; from ten on only before «h», since «1030» and «2024» are amounts and years.
_FOUR_DIGITS = r"0\d[0-5]\d|(?:1\d|2[0-3])[0-5]\d(?=\s?(?:hrs?|hs|h)\b)"
_MOMENT = rf"(?:{_NOON}|{_CLOCK}|{_DOTTED}{_HOUR_MARK}*|{_MARKED_HOUR})"
_PHRASE_TO = rf"(?:{_CLOCK_TO}|\s+(?:y|e|and|until|às|as)\s+(?:las?\s+)?)"
_PHRASE_RANGE = (
    rf"(?:(?:{_MOMENT}|{_HOUR}){_PHRASE_TO}(?:las?\s+)?{_MOMENT}"
    rf"|(?:{_FOUR_DIGITS})(?:\s?h(?:rs?)?\b\.?)?"
    rf"{_CLOCK_TO}[0-2]\d[0-5]\d(?!\d)(?:\s?h(?:rs?)?\b\.?)?"
    rf"|[012]\d[0-5]\d{_CLOCK_TO}[0-2]\d[0-5]\d\s?(?:hrs?|hs|h)\b\.?)"
)
_CLOCK_FROM = (
    r"(?:(?:de|desde|entre|a\s+partir\s+de|from|between|das?|às|a|at|starting\s+at)\s+"
    r"(?:las?\s+)?)?"
)
_PHRASE = re.compile(
    rf"(?<![\w:.]){_CLOCK_FROM}(?P<times>{_PHRASE_RANGE}|{_NOON}|{_SINGLE}){_NO_FIGURE_AFTER}"
    rf"(?:\s+(?:del\s+d[ií]a|en\s+adelante)\b)?{_MINUTES_IN_BRACKETS}[:.,;|]?"
    r"(?=[\s)\]]|$)",
    re.IGNORECASE,
)
"""More ways of writing a time than a cell has: only for lines that are known to be a programme."""

_STATED = re.compile(rf"[(\[]\s*(\d{{1,3}})\s?{_MINUTE_MARK}\s*[)\]]", re.IGNORECASE)
_ONE_CLOCK = re.compile(
    rf"{_NOON}|(?:0\d|1\d|2[0-3])[0-5]\d(?!\d)|{_CLOCK}|{_DOTTED}{_HOUR_MARK}*|{_MARKED_HOUR}|{_HOUR}",
    re.IGNORECASE,
)
_CLOCK_PARTS = re.compile(
    rf"({_HOUR})(?:\s?[:.hH]\s?([0-5]\d))?\s?(?:hrs?\b|hs\b|horas\b|h\b)?\.?\s?([ap])?", re.I
)
_DATE_WITHOUT_YEAR = (
    rf"(?:\d{{1,2}}(?:[º°]|er)?(?:\s+de)?\s+(?:{ANY_MONTH})\b\.?(?:,?\s+(?:del?\s+)?\d{{4}})?"
    rf"|(?:{ANY_MONTH})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?)"
)
# A weekday opens sentences too, so a date, a part of the day or the end of the line must follow.
_PART_OF_DAY = r"(?:por\s+la\s+|en\s+la\s+)?(?:ma[ñn]ana|tarde|noche)\b"
_ORDINAL = f"(?:{alternatives(ordinal_words(10))})"
_DAY_LINE = re.compile(
    rf"(?:{WEEKDAY}\b[\s,|:·–-]*(?:{_DATE_WITHOUT_YEAR}|\d{{1,2}}\b|{_PART_OF_DAY}|(?=$|[(]))"
    rf"|{WEEKDAY}\s*[:|–-]"
    rf"|(?:d[ií]a|day|jour|jornada)\s+\d{{1,2}}\b"
    rf"|{_ORDINAL}\s+(?:d[ií]a|jornada)\s*(?:$|[,:|(–-])|{_DATE_WITHOUT_YEAR}$)",
    re.IGNORECASE,
)
_LONGEST_DAY_LINE = 60  # characters; what is longer is a sentence that opens with a day


@dataclass(frozen=True, slots=True)
class Clock:
    """Minutes after midnight as written, and whether a.m. or p.m. was said (`a`, `p` or none)."""

    minutes: int
    half: str


def time_cell(text: str) -> int:
    """How many characters at the start of the text are a time, a range of times, a duration."""
    found = _TIME_CELL.match(text)
    return found.end() if found else 0


@dataclass(frozen=True, slots=True)
class Phrase:
    """A time or a range of times in a text: where it stands and the one or two clock times."""

    start: int
    end: int
    clocks: tuple[Clock, ...]


def phrases(text: str) -> list[Phrase]:
    """The times that a line of a programme states, also «de 9 a 10:30 h» and «12 m.»."""
    found, place = [], 0
    while match := _PHRASE.search(text, place):
        place = match.end()
        before = text[: match.start()][-1:]
        if not before or before in " \n\t|(*-–—":
            pieces = _ONE_CLOCK.findall(match.group("times"))
            found.append(Phrase(match.start(), place, tuple(map(_clock, pieces))))
    return found


def stated_minutes(cell: str) -> int | None:
    """The duration that the cell gives in brackets: `(45 minutos)`."""
    found = _STATED.search(cell)
    return int(found.group(1)) if found else None


def is_day(text: str) -> bool:
    """Whether a line names a day of a programme: `Viernes 1 de noviembre`, `Día 2`."""
    return len(text) <= _LONGEST_DAY_LINE and _DAY_LINE.match(text.strip()) is not None


def _clock(piece: str) -> Clock:
    if re.fullmatch(_NOON, piece, re.IGNORECASE):
        return Clock(12 * 60, "p")
    if len(piece) == 4 and piece.isdigit():
        return Clock(int(piece[:2]) * 60 + int(piece[2:]), "")
    found = _CLOCK_PARTS.match(piece)
    if found is None:  # the pieces of a time cell all match; a mistake in the patterns must show
        raise ValueError(f"not a time: {piece!r}")
    hour, minute, half = (
        int(found.group(1)),
        int(found.group(2) or 0),
        (found.group(3) or "").lower(),
    )
    if half == "p" and hour < 12:
        hour += 12
    if half == "a" and hour == 12:
        hour = 0
    return Clock(hour * 60 + minute, half)


_NUMBER_WORDS = number_words(1, 100)
_AMOUNT = rf"(?:\d{{1,3}}(?:[.,]\d)?|{alternatives(_NUMBER_WORDS)})"
# Minutes beside whole hours, which the words of numbers do not say: «una hora y media».
_HALVES = {"media": 30, "half": 30, "meia": 30, "demie": 30, "cuarto": 15}
_HOUR_UNIT = r"(?:horas?|hours?|heures?|hrs?\.?|hs\.?|h\.?)"
_MINUTE = r"(?:minutos?|minutes?|mins?\.?|['′’])"
_AND_MINUTES = r"(?:\s*(?:y|e|and|et|con|,)\s+(?:an?\s+)?)?"
_HOURS = re.compile(
    rf"(?<![\w:.,])(?P<hours>{_AMOUNT})(?:\s+and\s+a\s+(?P<and_half>half))?\s?{_HOUR_UNIT}(?![a-záéíóú])"
    rf"(?:{_AND_MINUTES}\s*(?:(?P<half>media|half|meia|demie|cuarto)\b"
    rf"|(?P<minutes>{_AMOUNT})\s?{_MINUTE}(?!\w)|(?P<bare>[0-5]\d)(?![\d:.,%])))?",
    re.IGNORECASE,
)
_MINUTES_ALONE = re.compile(
    rf"(?<![\w:.,/-])(?P<minutes>{_AMOUNT})\s?(?:-\s?)?{_MINUTE}(?!\w)", re.IGNORECASE
)
_HALF_HOUR = re.compile(r"\b(?:media\s+hora|half\s+an\s+hour|meia\s+hora|une\s+demi-heure)\b", re.I)
# «20 a 30 minutos» is no one duration, nor is «treinta y cinco», whose halves are two numbers.
_DURATION_RANGE = re.compile(
    rf"(?<![\w:.,]){_AMOUNT}\s*(?:{_HOUR_UNIT}|{_MINUTE})?\s*(?:-|–|—|a|to|o|u|or|y)\s*{_AMOUNT}\s?"
    rf"(?:{_HOUR_UNIT}|{_MINUTE})(?!\w)",
    re.IGNORECASE,
)
LONGEST = 5 * 24 * 60  # minutes; more is no length of an activity or a course
_LABEL = re.compile(
    r"\b(?:duraci[óo]n(?: (?:total|estimada|prevista|aproximada|sugerida))?|tiempo(?: (?:total"
    r"|estimado|previsto|sugerido|aproximado))?|duration|total duration|time(?: needed| required)?"
    r"|length|timing|carga hor[áa]ria|dura[çc][ãa]o|tempo|dur[ée]e)\s*[:|–—-]\s*",
    re.IGNORECASE,
)
# «16 horas, en cuatro encuentros de cuatro horas»: the parts are no second duration.
_SPREAD = re.compile(
    r",\s+(?:en|in|em|dividid|repartid|distribuid|divided|spread)\b.*", re.IGNORECASE
)
# In brackets an hour is when something starts, not how long it lasts: «(9:30 h)».
_CLOCK_LENGTH = re.compile(r"\s*\d{1,2}\s?[h:]\s?\d{0,2}\s*(?:hrs?|h|hs)?\.?\s*", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[]([^()\[\]]{1,40})[)\]]")


def minutes_of(text: str) -> int | None:
    """The one duration that a short text states; None for none, for two and for «20 a 30».

    «16 horas, en cuatro encuentros de cuatro horas» is one: sixteen.
    """
    text = _SPREAD.sub("", text)
    if _DURATION_RANGE.search(text):
        return None
    hours = [(match.span(), _of_hours(match)) for match in _HOURS.finditer(text)]
    taken = [span for span, _ in hours]
    found = [minutes for _, minutes in hours]
    found += [
        round(_amount(match["minutes"]))
        for match in _MINUTES_ALONE.finditer(text)
        if not any(start <= match.start() < end for start, end in taken)
    ]
    found += [30 for _ in _HALF_HOUR.finditer(text)]
    return found[0] if len(found) == 1 and 0 < found[0] <= LONGEST else None


def labelled_minutes(text: str) -> int | None:
    """The duration after a label: «Tiempo: 30 min», «Duration: 1 h 30»."""
    found = _LABEL.search(text)
    if found is None:
        return None
    return minutes_of(re.split(r"[.;|\n](?:\s|$)", text[found.end() : found.end() + 60])[0])


def bracketed_minutes(text: str) -> int | None:
    """The duration that stands alone in brackets: «(20 minutos)»; the first of several."""
    for inside in _BRACKETS.findall(text):
        minutes = None if _CLOCK_LENGTH.fullmatch(inside) else minutes_of(inside)
        if minutes is not None and len(inside.split()) <= 6:
            return minutes
    return None


def _of_hours(match: re.Match[str]) -> int:
    minutes = round(60 * _amount(match["hours"]))
    if match["and_half"]:
        minutes += 30
    if match["half"]:
        return minutes + _HALVES[match["half"].lower()]
    return minutes + round(_amount(match["minutes"] or match["bare"] or "0"))


def _amount(text: str) -> float:
    number = _NUMBER_WORDS.get(text.lower())
    return float(text.replace(",", ".")) if number is None else float(number)
