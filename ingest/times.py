"""The start of a line or cell to the clock times that it states: `10:30-10:40 (10 minutos)`."""

import re
from dataclasses import dataclass

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
_AFTER = r"(?![\d%:]|[.,]\d)"

TIME_CELL = re.compile(
    rf"(?P<times>{_RANGE}|{_SINGLE}){_AFTER}(?:\s*[(\[]\s*{_MINUTES}\s*[)\]])?[:.,;|]?(?=\s|$)",
    re.IGNORECASE,
)
"""A dot separates hours from minutes only in a range or before `h`: `3.10` may number a title."""

STATED = re.compile(
    rf"[(\[]\s*(\d{{1,3}})\s?(?:{_MINUTES.split('?', 1)[1]})\s*[)\]]", re.IGNORECASE
)
_ONE = re.compile(rf"{_CLOCK}|{_DOTTED}{_MARK}*|{_BARE}|{_HOUR}", re.IGNORECASE)
_PARTS = re.compile(
    rf"({_HOUR})(?:\s?[:.hH]\s?([0-5]\d))?\s?(?:hrs?\b|hs\b|horas\b|h\b)?\.?\s?([ap])?", re.I
)
_DAY_NAME = (
    r"(?:lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo|monday|tuesday|wednesday|"
    r"thursday|friday|saturday|sunday|segunda-feira|ter[cç]a-feira|quarta-feira|quinta-feira|"
    r"sexta-feira|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
)
_DATE = r"\d{1,2}(?:\s+de)?\s+[a-záéíóúç]{3,10}\.?(?:\s+(?:de|del)?\s*\d{4})?"
DAY = re.compile(
    rf"(?:{_DAY_NAME}\b[\s,|:·–-]*(?:{_DATE})?|(?:d[ií]a|day|jour|jornada)\s+\d{{1,2}}\b|{_DATE}$)",
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


def stated_minutes(cell: str) -> int | None:
    """The duration that the cell gives in brackets: `(45 minutos)`."""
    found = STATED.search(cell)
    return int(found.group(1)) if found else None


def is_day(text: str) -> bool:
    """Whether a line names a day of a programme: `Viernes 1 de noviembre`, `Día 2`."""
    return len(text) <= DAY_LENGTH and DAY.match(text.strip()) is not None


def _clock(piece: str) -> Clock:
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
