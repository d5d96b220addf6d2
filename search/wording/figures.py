"""Numbers, dates, hours and UN symbols as people write them to one way of writing each."""

import re

MONTHS = {
    name: number
    for number, names in enumerate(
        """enero ene january jan janeiro janvier
        febrero feb february fevereiro fevrier
        marzo mar march marco mars
        abril abr april apr avril
        mayo may maio mai
        junio jun june junho juin
        julio jul july julho juillet
        agosto ago august aug aout
        septiembre setiembre sept sep set september setembro septembre
        octubre oct october outubro octobre
        noviembre nov november novembro novembre
        diciembre dic december dec dezembro decembre""".split("\n"),
        start=1,
    )
    for name in names.split()
}
"""Folded names and abbreviations of months; «março» without its cedilla is «marco»."""

AMBIGUOUS_MONTHS = frozenset({"marco"})
"""Names that are words of another language (Spanish «marco», a framework) unless they are written
with their marks or stand in a date: «12 de marco»."""

WEEKDAYS = (
    frozenset("lunes monday segunda-feira lundi".split()),
    frozenset("martes tuesday terca-feira mardi".split()),
    frozenset("miercoles wednesday quarta-feira mercredi".split()),
    frozenset("jueves thursday quinta-feira jeudi".split()),
    frozenset("viernes friday sexta-feira vendredi".split()),
    frozenset("sabado sabados saturday samedi".split()),
    frozenset("domingo domingos sunday dimanche".split()),
)
"""Folded names of the days of the week; «segunda» or «sexta» alone would be ordinals."""

MONTH_NAMES = (
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
).split()

_SPACE = r"[ \u00a0\u2009\u202f]"
_HALF = rf"{_SPACE}?[ap]\.?{_SPACE}?m\b\.?|{_SPACE}de{_SPACE}la{_SPACE}(?:mañana|tarde|noche)\b"
_UNIT = rf"{_SPACE}?(?:horas|hrs?|h)\b\.?"

PATTERN = rf"""
    (?P<date>(?<![\w/.-])(?:
        \d{{4}}-\d\d?-\d\d? | \d\d?(?P<between>[-/.])\d\d?(?P=between)\d{{4}}
      )(?!\w|[/.]\d))
    | (?P<hour>(?<![\w:.,/])(?:[01]?\d|2[0-3])(?:
        [:h][0-5]\d(?![\d:])(?:{_UNIT})?(?:{_HALF})?
        | \.[0-5]\d(?:{_UNIT}|{_HALF}) | {_HALF}
      ))
    | (?P<target>(?<![\w.,])\d\d?\.[a-d](?!\w|\.\w))     # targets of the goals: 16.a, 9.c
    | (?P<grouped>(?<![\w.,:/-])[1-9]\d{{0,2}}(?:{_SPACE}\d{{3}})+(?!\d|{_SPACE}\d|[.:/]\d))
    | (?P<ordinal>(?<![\w.,:/])\d+(?:\.?[ºª°](?!{_SPACE}?[CF]\b)
        |(?:[aeo]r|[rdtmvn]?[oa]|th|st|nd|rd)(?![^\W_])))
    | (?P<number>\d+(?:[.,:/]\d+)+)                    # 16.6, 16.000, 60/34, 2018/12
    | (?P<digits>\d+)
"""
"""What begins with a figure, for a verbose and case-insensitive expression."""

_TWELVE = re.compile(r"(p\.?\s?m|tarde|noche)|(a\.?\s?m|mañana)", re.IGNORECASE)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*")
_BOTH = re.compile(r"[1-9]\d{0,2}(?:(?:\.\d{3})+,|(?:,\d{3})+\.)\d+")


def canonical(kind: str, text: str) -> str:
    """One way to write a figure of a kind of `PATTERN`; folded letters.

    >>> canonical("number", "16.000"), canonical("number", "3,5"), canonical("hour", "3:15 p. m.")
    ('16000', '3.5', '15:15')
    """
    if kind == "date":
        return _date(text)
    if kind == "hour":
        return _hour(text)
    if kind in ("grouped", "ordinal", "digits"):
        return "".join(str(int(c)) for c in text if c.isdecimal())
    return _number(text) if kind == "number" else text.lower()


def _date(text: str) -> str:
    """`2024-11-01`; day before month, as everywhere but in the United States."""
    first, second, third = (int(part) for part in re.split(r"[-/.]", text))
    year, month, day = (first, second, third) if first > 31 else (third, second, first)
    if month > 12 >= day:
        month, day = day, month
    return f"{year:04}-{month:02}-{day:02}" if _is_date(year, month, day) else text


def _is_date(year: int, month: int, day: int) -> bool:
    return year >= 1000 and 1 <= month <= 12 and 1 <= day <= 31


def _hour(text: str) -> str:
    hour, minutes = int(re.split(r"\D", text)[0]), re.search(r"[:h.](\d\d)", text, re.IGNORECASE)
    half = _TWELVE.search(text)
    if half:
        hour = hour % 12 + (12 if half[1] else 0) if hour <= 12 else hour
    return f"{hour}:{int(minutes[1]) if minutes else 0:02}"


def _number(text: str) -> str:
    """A group of three digits after a point or comma is thousands, anything else a fraction."""
    plain = "".join(str(int(c)) if c.isdecimal() else c for c in text)
    if _THOUSANDS.fullmatch(plain):
        return re.sub(r"[.,]", "", plain)
    if _BOTH.fullmatch(plain):
        whole, fraction = plain[: (at := max(plain.rfind("."), plain.rfind(",")))], plain[at + 1 :]
        return f"{re.sub('[.,]', '', whole)}.{fraction}"
    return re.sub(r"^(\d+),(\d+)$", r"\1.\2", plain)


def date_words(date: str) -> tuple[str, str, str]:
    """The day, Spanish month and year that a canonical date says: «1», «noviembre», «2024»."""
    year, month, day = date.split("-")
    return str(int(day)), MONTH_NAMES[int(month) - 1], year


def roman(numeral: str) -> int | None:
    """The number of a folded roman numeral below forty, or None."""
    if not re.fullmatch(r"(?=.)x{0,3}(?:ix|iv|v?i{0,3})", numeral):
        return None
    values = [{"i": 1, "v": 5, "x": 10}[letter] for letter in numeral]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < after else value for value, after in pairs)


_TENS = {10: "decimo", 20: "vigesimo", 30: "trigesimo", 40: "cuadragesimo", 50: "quincuagesimo"}
_TENS |= {60: "sexagesimo", 70: "septuagesimo", 80: "octogesimo"}
_ONES = (
    "primero segundo tercero cuarto quinto sexto septimo octavo noveno decimo undecimo duodecimo"
).split()


def _ordinals() -> dict[str, int]:
    found = {word: number for number, word in enumerate(_ONES, start=1)} | {
        "primer": 1,
        "tercer": 3,
    }
    for ten, name in _TENS.items():
        found[name] = ten
        found |= {name + one: ten + number for number, one in enumerate(_ONES[:9], start=1)}
    found |= {word[:-1] + "a": number for word, number in found.items() if word.endswith("o")}
    return found


ORDINALS = _ordinals()
"""Folded ordinals in words: «decimoseptima» is 17."""

CARDINALS = {
    word: number
    for number, word in enumerate(
        """uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince
        dieciseis diecisiete dieciocho diecinueve veinte""".split(),
        start=1,
    )
}
