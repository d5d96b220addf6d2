"""Numbers of list items to how they are written: letters, Roman numerals, words."""

from collections.abc import Callable

ROMAN = tuple(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        "m cm d cd c xc l xl x ix v iv i".split(),
        strict=True,
    )
)
ORDINALS = (
    "primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo undécimo duodécimo"
    " decimotercero decimocuarto decimoquinto decimosexto decimoséptimo decimoctavo decimonoveno"
    " vigésimo"
).split()
CARDINALS = (
    "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis"
    " diecisiete dieciocho diecinueve veinte"
).split()
LARGEST_ROMAN = 5000


def written_number(number: int, style: str) -> str:
    """The number as a list of that style shows it (names of ECMA-376, ST_NumberFormat)."""
    return WRITERS.get(style, str)(number)


def _letter(number: int) -> str:
    """a … z, aa, bb …, as Word counts."""
    if number < 1:
        return str(number)
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def roman(number: int) -> str:
    """The number in small Roman letters."""
    if not 0 < number < LARGEST_ROMAN:
        return str(number)
    letters = ""
    for value, sign in ROMAN:
        count, number = divmod(number, value)
        letters += sign * count
    return letters


def _word(words: list[str]) -> Callable[[int], str]:
    return lambda number: (
        words[number - 1].capitalize() if 0 < number <= len(words) else str(number)
    )


WRITERS: dict[str, Callable[[int], str]] = {
    "lowerLetter": _letter,
    "upperLetter": lambda number: _letter(number).upper(),
    "lowerRoman": roman,
    "upperRoman": lambda number: roman(number).upper(),
    "decimalZero": lambda number: f"{number:02d}",
    "ordinal": lambda number: f"{number}.º",
    "ordinalText": _word(ORDINALS),
    "cardinalText": _word(CARDINALS),
    "numberInDash": lambda number: f"- {number} -",
    "none": lambda _: "",
}
