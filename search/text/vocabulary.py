"""Names months, weekdays, numbers, events and documents once, in the languages we read, and folds
letters.

Words stand in their written form, with accents, by language: Spanish, English, Portuguese, French,
and for months Catalan, in which some of the documents are dated. What a reader of text makes of
them (a pattern, a set of stems) is made where it reads; where a reader takes other words than all,
the difference is written there with its reason.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Literal

_KEPT_TILDE = {"ñ": "ñ", "Ñ": "ñ"}
_QUOTES = re.compile(r"[_«»\"“”()\[\]]+")


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """Lower case without acute, grave, diaeresis, circumflex or cedilla; ñ stays ñ."""
    folded = []
    for character in word:
        if character in _KEPT_TILDE:
            folded.append("ñ")
        elif ord(character) < 128:
            folded.append(character.lower())
        else:
            folded.append(_unmarked(character, "NFKD").lower())
    return "".join(folded)


def plain(text: str) -> str:
    """Lower-case ASCII with single spaces and straight apostrophes, without quotes or brackets."""
    letters = _unmarked(text.replace("’", "'").lower(), "NFKD")
    return " ".join(_QUOTES.sub(" ", letters).split())


def fold_ascii(text: str) -> str:
    """Lower-case letters without accents, each where it was: offsets hold in both texts."""
    return "".join((unicodedata.normalize("NFKD", c)[:1] or c).lower()[:1] or c for c in text)


def bare(text: str) -> str:
    """Only the letters and digits of the plain text: equal for titles that are set differently."""
    return "".join(filter(str.isalnum, plain(text)))


def without_accents(text: str) -> str:
    """The text without accents, ñ as n; capitals, signs and everything else stay as they are."""
    return unicodedata.normalize("NFC", _unmarked(text, "NFD"))


def _unmarked(text: str, form: Literal["NFD", "NFKD"]) -> str:
    """The text in a decomposed form of Unicode without its combining marks; the compatibility form
    (K) also opens ligatures and makes º an o."""
    return "".join(c for c in unicodedata.normalize(form, text) if not unicodedata.combining(c))


def both_ways(words: Iterable[str]) -> list[str]:
    """The words as written and, after them, those that are also typed without their accents."""
    written = list(words)
    return list(dict.fromkeys((*written, *map(without_accents, written))))


def alternatives(words: Iterable[str]) -> str:
    """The words as alternatives of a pattern, the longest first, so that no other cuts it short."""
    return "|".join(map(re.escape, sorted(set(words), key=lambda word: (-len(word), word))))


MONTHS: Mapping[str, Sequence[str]] = {
    language: names.split()
    for language, names in {
        "es": """enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre
            diciembre""",
        "en": """january february march april may june july august september october november
            december""",
        "pt": """janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro
            dezembro""",
        "fr": """janvier février mars avril mai juin juillet août septembre octobre novembre
            décembre""",
        "ca": """gener febrer març abril maig juny juliol agost setembre octubre novembre
            desembre""",
    }.items()
}
"""The twelve months in each language."""

_MONTH_VARIANTS = {"setiembre": 9}  # as it is written from Peru to Uruguay

_SHORT_MONTHS = {
    "es": "ene feb mar abr may jun jul ago sep|sept|set oct nov dic",
    "en": "jan feb mar apr may jun jul aug sep|sept oct nov dec",
    # Not «out»: Portuguese October is an English word («10 out of 12»).
    "pt": "jan fev mar abr mai jun jul ago set outubro nov dez",
    "fr": "janv fév|févr mars avr mai juin juil août sept oct nov déc",
}

AMBIGUOUS_MONTHS: Mapping[str, int] = {"marco": 3, "marc": 3}
"""Names that without their marks are other words (Spanish «marco», a framework, and Marc, a
person): they say March only when they stand in a date."""


def month_numbers(languages: Iterable[str] = MONTHS, short: Iterable[str] = ()) -> dict[str, int]:
    """The number of each month by its names, as written and without accents, with the short forms
    of the languages `short`; without the ambiguous ones."""
    named = dict(_MONTH_VARIANTS)
    for language in languages:
        named |= {name: number for number, name in enumerate(MONTHS[language], start=1)}
    for language in short:
        for number, names in enumerate(_SHORT_MONTHS.get(language, "").split(), start=1):
            named |= dict.fromkeys(names.split("|"), number)
    return {
        form: number
        for name, number in named.items()
        for form in both_ways([name])
        if form not in AMBIGUOUS_MONTHS
    }


WEEKDAYS: Mapping[str, Sequence[str]] = {
    "es": "lunes martes miércoles jueves viernes sábado domingo".split(),
    "en": "monday tuesday wednesday thursday friday saturday sunday".split(),
    # «segunda» or «sexta» alone would be ordinals.
    "pt": """segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado
        domingo""".split(),
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche".split(),
}
"""The seven days from Monday in each language."""

WEEKDAY = f"(?:{alternatives(both_ways(chain.from_iterable(WEEKDAYS.values())))})"
"""A pattern for one of them, with or without its accents."""

SAME_DAY: Sequence[frozenset[str]] = tuple(
    frozenset(map(fold, (*names, f"{names[0].removesuffix('s')}s")))
    for names in zip(*WEEKDAYS.values(), strict=True)
)
"""Folded names of each day of the week in all languages, and of several («los sábados»)."""
