"""The start of a line or cell to the clock times that it states: `10:30-10:40 (10 minutos)`."""

import re
from dataclasses import dataclass

from ingest.description.dates import ANY_MONTH

_HOUR = r"(?:2[0-4]|[01]?\d)"
_MARK = r"(?:\s?(?:hrs?|hs|horas|h)\b\.?|\s?[ap]\.?\s?m\b\.?)"
_CLOCK = rf"{_HOUR}\s?[:hH]\s?[0-5]\d{_MARK}*"
_DOTTED = rf"{_HOUR}\.[0-5]\d"
_BARE = rf"{_HOUR}\s?(?:(?:hrs?|hs|h)\b\.?|[ap]\.?\s?m\b\.?)"
_TO = r"\s*(?:-|–|—|−|\ba\b|\bal?\s+las?\b|\bto\b|\bhasta(?:\s+las?)?\b)\s*"
_SINGLE = rf"(?:{_CLOCK}|{_DOTTED}{_MARK}+|{_BARE})"
_RANGE = (
    rf"(?:{_CLOCK}|{_DOTTED}{_MARK}*|{_BARE}|{_HOUR}){_TO}(?:{_CLOCK}|{_DOTTED}{_MARK}*|{_BARE})"
)
_MINUTES = r"\d{1,3}\s?(?:minutos|minutes|min\b\.?|mins\b\.?|['′’])"
_AFTER = r"(?![\d%]|[.,:]\d)"

TIME_CELL = re.compile(
    rf"(?P<times>{_RANGE}|{_SINGLE}){_AFTER}(?:\s*[(\[]\s*{_MINUTES}\s*[)\]])?[:.,;|]?(?=\s|$)",
    re.IGNORECASE,
)
"""A dot separates hours from minutes only in a range or before `h`: `3.10` may number a title."""

_NOON = r"12(?:[:.]00)?\s?m\b\.?"
_FIGURES = r"0[0-9][0-5]\d|[01]\d[0-5]\d(?=\s?(?:hrs?|hs|h)\b)|2[0-3][0-5]\d(?=\s?(?:hrs?|hs|h)\b)"
_MOMENT = rf"(?:{_NOON}|{_CLOCK}|{_DOTTED}{_MARK}*|{_BARE})"
_PHRASE_TO = rf"(?:{_TO}|\s+(?:y|e|and|until|às|as)\s+(?:las?\s+)?)"
_PHRASE_RANGE = (
    rf"(?:(?:{_MOMENT}|{_HOUR}){_PHRASE_TO}(?:las?\s+)?{_MOMENT}"
    rf"|(?:{_FIGURES})(?:\s?h(?:rs?)?\b\.?)?{_TO}[0-2]\d[0-5]\d(?!\d)(?:\s?h(?:rs?)?\b\.?)?"
    rf"|[012]\d[0-5]\d{_TO}[0-2]\d[0-5]\d\s?(?:hrs?|hs|h)\b\.?)"
)
_LEAD = (
    r"(?:(?:de|desde|entre|a\s+partir\s+de|from|between|das?|às|a|at|starting\s+at)\s+"
    r"(?:las?\s+)?)?"
)
PHRASE = re.compile(
    rf"(?<![\w:.]){_LEAD}(?P<times>{_PHRASE_RANGE}|{_NOON}|{_SINGLE}){_AFTER}"
    rf"(?:\s+(?:del\s+d[ií]a|en\s+adelante)\b)?(?:\s*[(\[]\s*{_MINUTES}\s*[)\]])?[:.,;|]?"
    r"(?=[\s)\]]|$)",
    re.IGNORECASE,
)
"""More ways of writing a time than `TIME_CELL`: only for lines that are known to be a programme."""

STATED = re.compile(
    rf"[(\[]\s*(\d{{1,3}})\s?(?:{_MINUTES.split('?', 1)[1]})\s*[)\]]", re.IGNORECASE
)
_ONE = re.compile(
    rf"{_NOON}|(?:0\d|1\d|2[0-3])[0-5]\d(?!\d)|{_CLOCK}|{_DOTTED}{_MARK}*|{_BARE}|{_HOUR}",
    re.IGNORECASE,
)
_PARTS = re.compile(
    rf"({_HOUR})(?:\s?[:.hH]\s?([0-5]\d))?\s?(?:hrs?\b|hs\b|horas\b|h\b)?\.?\s?([ap])?", re.I
)
_DAY_NAME = (
    r"(?:lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo|monday|tuesday|wednesday|"
    r"thursday|friday|saturday|sunday|segunda-feira|ter[cç]a-feira|quarta-feira|quinta-feira|"
    r"sexta-feira|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
)
_DATE = (
    rf"(?:\d{{1,2}}(?:[º°]|er)?(?:\s+de)?\s+(?:{ANY_MONTH})\b\.?(?:,?\s+(?:del?\s+)?\d{{4}})?"
    rf"|(?:{ANY_MONTH})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?)"
)
_HALF = r"(?:por\s+la\s+|en\s+la\s+)?(?:ma[ñn]ana|tarde|noche)\b"
_ORDINAL = r"(?:primer[ao]?|segund[ao]|tercer[ao]?|cuart[ao]|quint[ao])"
DAY = re.compile(
    rf"(?:{_DAY_NAME}\b[\s,|:·–-]*(?:{_DATE}|\d{{1,2}}\b|{_HALF}|(?=$|[(]))"
    rf"|{_DAY_NAME}\s*[:|–-]"
    rf"|(?:d[ií]a|day|jour|jornada)\s+\d{{1,2}}\b"
    rf"|{_ORDINAL}\s+(?:d[ií]a|jornada)\s*(?:$|[,:|(–-])|{_DATE}$)",
    re.IGNORECASE,
)
DAY_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Clock:
    """Minutes after midnight as written, and whether a.m. or p.m. was said (`a`, `p` or none)."""

    minutes: int
    half: str


def time_cell(text: str) -> int:
    """How many characters at the start of the text are a time, a range of times, a duration."""
    found = TIME_CELL.match(text)
    return found.end() if found else 0


def clocks(cell: str) -> list[Clock]:
    """The one or two times of a time cell, as written."""
    found = TIME_CELL.match(cell)
    if found is None:
        return []
    return [_clock(piece) for piece in _ONE.findall(found.group("times"))]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A time or a range of times in a text: where it stands and the one or two clock times."""

    start: int
    end: int
    clocks: tuple[Clock, ...]


def phrases(text: str) -> list[Phrase]:
    """The times that a line of a programme states, also «de 9 a 10:30 h» and «12 m.»."""
    found, place = [], 0
    while match := PHRASE.search(text, place):
        place = match.end()
        before = text[: match.start()][-1:]
        if not before or before in " \n\t|(*-–—":
            pieces = _ONE.findall(match.group("times"))
            found.append(Phrase(match.start(), place, tuple(map(_clock, pieces))))
    return found


def stated_minutes(cell: str) -> int | None:
    """The duration that the cell gives in brackets: `(45 minutos)`."""
    found = STATED.search(cell)
    return int(found.group(1)) if found else None


def is_day(text: str) -> bool:
    """Whether a line names a day of a programme: `Viernes 1 de noviembre`, `Día 2`."""
    return len(text) <= DAY_LENGTH and DAY.match(text.strip()) is not None


def _clock(piece: str) -> Clock:
    if re.fullmatch(_NOON, piece, re.IGNORECASE):
        return Clock(12 * 60, "p")
    if len(piece) == 4 and piece.isdigit():
        return Clock(int(piece[:2]) * 60 + int(piece[2:]), "")
    found = _PARTS.match(piece)
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
