"""Text to the dates that it states, by day or by month: `2024-11-01`, `2024-11`."""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from search.spanish import fold

MONTHS = {
    name: number
    for names in (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "january february march april may june july august september october november december",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
    )
    for number, name in enumerate(names.split(), start=1)
} | {"setiembre": 9}
MONTHS |= {
    fold(name): number for name, number in MONTHS.items() if fold(name) not in ("marco", "marc")
}
"""As written, also without accents; without a day «marco» is a word and «Marc» a person."""
SHORT_MONTHS = {
    name: number
    for number, names in enumerate(
        """jan|janv|ene feb|fev|fév|févr mar apr|abr|avr may jun jul|juil aug|ago sep|sept|set oct
        nov dec|déc|dic|dez""".split(),
        start=1,
    )
    for name in names.split("|")
}
EARLIEST, LATEST = 1900, 2100
SHORT_YEARS = 70  # «julio/18» is 2018, «julio/98» is 1998
LONGEST_EVENT = 45  # days; «25 July 2024-31 July 2025» is a session's year and no date of a text

MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
ANY_MONTH = "|".join(sorted(MONTHS | SHORT_MONTHS, key=len, reverse=True))
_AFTER_DAY = f"{ANY_MONTH}|marco"
"""Alternatives of a pattern: the names of months, and their short forms too."""
_NUMBERS = {fold(name): number for name, number in (MONTHS | SHORT_MONTHS).items()}
_NUMBER = r"(?<![\d.,/:-])(?P<day{n}>\d{{1,2}})(?:º|°|er|st|nd|rd|th)?"
_OF = r"(?:\s+(?:de|d[’'])\s*|\s+|\s+d[ií]as\s+del\s+mes\s+de\s+|/|-)"
_YEAR = r"(?P<year{n}>\d{{4}})(?!\d)"
_TO = (
    r"\s*(?:,|-|–|—|−|\ba|\bal|\by|\be|\bet|\band|\bto|\bhasta\s+el|\bau|\btill?|\buntil)\s*"
    r"(?:(?:el|the|le|o|the)\s+)?"
)
_DAY_NAME = r"(?:[a-záéêíóúç-]{4,13},?\s+)?"

_DAY_FIRST = re.compile(
    rf"{_NUMBER.format(n='')}"
    rf"(?:(?:{_OF}(?P<from>{MONTH}))?(?:{_OF}(?P<from_year>\d{{4}}))?"
    rf"(?:{_TO}{_DAY_NAME}\d{{1,2}}(?!\d)(?:º|°|er|st|nd|rd|th)?)*?"
    rf"{_TO}{_DAY_NAME}(?P<last>\d{{1,2}})(?:º|°|er|st|nd|rd|th)?)?"
    rf"{_OF}(?P<month>{_AFTER_DAY})\b\.?\s*,?\s*(?:(?:del?(?:\s+a[ñn]o)?|/|-|of)\s*)?"
    rf"{_YEAR.format(n='')}",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"\b(?P<month>{ANY_MONTH})\b\.?\s+{_NUMBER.format(n='')}"
    rf"(?:{_TO}(?:(?P<until>{ANY_MONTH})\b\.?\s+)?(?P<last>\d{{1,2}})(?:st|nd|rd|th)?)?"
    rf"\s*(?:,|\s+del?)?\s+(?:del?\s+)?{_YEAR.format(n='')}",
    re.IGNORECASE,
)
_ISO = re.compile(r"(?<![\d/.-])(?P<year>\d{4})[-_](?P<month>\d{2})[-_](?P<day>\d{2})(?![\d-])")
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

    @property
    def whole(self) -> bool:
        """Whether the day is known."""
        return len(self.iso) == len("2024-11-01")


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
        before = first > month  # from December to January
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
    return int(text) if text.isdigit() else _NUMBERS[fold(text)]


def _year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    return year + (2000 if year < SHORT_YEARS else 1900)
