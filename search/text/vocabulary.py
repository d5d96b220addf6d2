"""Names months, weekdays, numbers, events and documents once, in the languages we read, and folds
letters.

Words stand in their written form, with accents, by language: Spanish, English, Portuguese, French,
and for months Catalan too. What a reader of text makes of them (a pattern, a set of stems) is made
where it reads; where a reader takes other words than all, the difference is written there with its
reason.
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
    # Letter by letter: decomposing the whole would part ñ, and most letters need nothing.
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

_MONTH_VARIANTS = {"setiembre": 9}  # as right in Spanish as «septiembre»

_SHORT_MONTHS = {
    "es": "ene feb mar abr may jun jul ago sep|sept|set oct nov dic",
    "en": "jan feb mar apr may jun jul aug sep|sept oct nov dec",
    # Not «out»: Portuguese October is an English word («10 out of 12»).
    "pt": "jan fev mar abr mai jun jul ago set outubro nov dez",
    "fr": "janv fév|févr mars avr mai juin juil août sept oct nov déc",
}

AMBIGUOUS_MONTHS = {"marco": 3, "marc": 3}
"""Names that without their marks are other words (Spanish «marco», a framework, and Marc, a
person): they say March only when they stand in a date."""


def month_numbers(*, short: bool = False) -> dict[str, int]:
    """The number of each month by its names in all languages, also by their short forms, as written
    and without accents; without the ambiguous ones."""
    named = dict(_MONTH_VARIANTS)
    for names in MONTHS.values():
        named |= {name: number for number, name in enumerate(names, start=1)}
    for abbreviations in _SHORT_MONTHS.values() if short else ():
        for number, forms in enumerate(abbreviations.split(), start=1):
            named |= dict.fromkeys(forms.split("|"), number)
    return {
        form: number
        for name, number in named.items()
        for form in both_ways([name])
        if form not in AMBIGUOUS_MONTHS
    }


WEEKDAYS: Mapping[str, Sequence[str]] = {
    "es": "lunes martes miércoles jueves viernes sábado domingo".split(),
    "en": "monday tuesday wednesday thursday friday saturday sunday".split(),
    # Whole: «segunda» or «sexta» alone are ordinals.
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


_COUNTED = (*range(21), *range(30, 101, 10), 1000)
CARDINALS: Mapping[str, Mapping[int, Sequence[str]]] = {
    language: {
        number: forms.split("|") for number, forms in zip(_COUNTED, words.split(), strict=True)
    }
    for language, words in {
        "es": """cero uno|una|un dos tres cuatro cinco seis siete ocho nueve diez once doce trece
            catorce quince dieciséis diecisiete dieciocho diecinueve veinte treinta cuarenta
            cincuenta sesenta setenta ochenta noventa cien mil""",
        "en": """zero one two three four five six seven eight nine ten eleven twelve thirteen
            fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty
            seventy eighty ninety hundred thousand""",
        "pt": """zero um|uma dois|duas três quatro cinco seis sete oito nove dez onze doze treze
            catorze|quatorze quinze dezesseis|dezasseis dezessete|dezassete dezoito
            dezenove|dezanove vinte trinta quarenta cinquenta sessenta setenta oitenta noventa cem
            mil""",
        "fr": """zéro un|une deux trois quatre cinq six sept huit neuf dix onze douze treize
            quatorze quinze seize dix-sept dix-huit dix-neuf vingt trente quarante cinquante
            soixante soixante-dix quatre-vingts quatre-vingt-dix cent mille""",
    }.items()
}
"""The words of 0 to 20, the tens to 100, and 1000, the one that is written alone first. Some are
other words as well (Spanish eleven is English «once»): readers look for them where a number is
expected."""


def number_words(least: int, most: int) -> dict[str, int]:
    """The cardinals of all languages within these bounds, as written and without accents."""
    return {
        form: number
        for words in CARDINALS.values()
        for number, forms in words.items()
        if least <= number <= most
        for form in both_ways(forms)
    }


_ONES = "primero segundo tercero cuarto quinto sexto séptimo octavo noveno".split()
_TENS = """décimo vigésimo trigésimo cuadragésimo quincuagésimo sexagésimo septuagésimo
    octogésimo""".split()


def _ordinals() -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {n: (word,) for n, word in enumerate(_ONES, start=1)}
    for ten, name in zip(range(10, 90, 10), _TENS, strict=True):
        found[ten] = (name,)
        for number, one in enumerate(_ONES, start=1):
            # One o or both: «decimoctavo» is the usual way, «decimooctavo» is met as well.
            joined = without_accents(name)
            forms = (joined[:-1] + one, joined + one) if one[0] == "o" else (joined + one,)
            found[ten + number] = forms
    found[11] = ("undécimo", *found[11])
    found[12] = ("duodécimo", *found[12])
    return found


ORDINALS: Mapping[int, Sequence[str]] = _ordinals()
"""Spanish ordinals from 1 to 89, masculine, the usual form first: «decimoséptimo» is 17."""


def ordinal_words(most: int = max(ORDINALS)) -> dict[str, int]:
    """The Spanish ordinals up to this one in both genders and as they stand before a noun
    («tercer día»), as written and without accents."""
    found: dict[str, int] = {}
    for number, words in ORDINALS.items():
        for word in words if number <= most else ():
            short = word[:-1] if word.endswith(("primero", "tercero")) else word
            found |= dict.fromkeys(both_ways((word, f"{word[:-1]}a", short)), number)
    return found


_ROMAN_SIGNS = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_ROMAN = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
_FIRST_WITHOUT_ROMAN = 5000
SURE_ROMAN = 39
"""The largest Roman numeral of the letters i, v and x: from forty on they have an L, C, D or M,
which alone are more often letters («módulo C», «mesa D», a «C» at the foot of a page)."""


def roman(number: int) -> str:
    """The number in small Roman letters; in figures where those would not end («mmmmm»)."""
    if not 0 < number < _FIRST_WITHOUT_ROMAN:
        return str(number)
    letters = ""
    for value, sign in _ROMAN_SIGNS:
        count, number = divmod(number, value)
        letters += sign * count
    return letters


def roman_number(text: str) -> int | None:
    """The number of a Roman numeral below 4000, small or in capitals; None for any other text,
    also for what only looks like one («IIII», «VX», «Iv»)."""
    numeral = text.lower()
    if not text or text not in (numeral, numeral.upper()) or not _ROMAN.fullmatch(numeral):
        return None
    number = 0
    for value, sign in _ROMAN_SIGNS:
        while numeral.startswith(sign):
            number += value
            numeral = numeral.removeprefix(sign)
    return number


EVENTS: Mapping[str, Sequence[str]] = {
    # Not «congreso», which here is mostly a parliament.
    "es": """taller curso seminario jornada encuentro cumbre foro conferencia reunión webinario
        simposio coloquio formación capacitación evento""".split(),
    "en": """workshop course training seminar conference forum summit symposium meeting webinar
        event""".split(),
    "pt": """oficina curso seminário jornada encontro cúpula fórum conferência reunião webinário
        simpósio colóquio formação capacitação evento""".split(),
    "fr": """atelier cours séminaire rencontre sommet forum conférence réunion webinaire colloque
        formation événement""".split(),
}
"""What an event is called."""

DOCUMENTS: Mapping[str, Sequence[str]] = {
    "es": "documento guía manual módulo informe nota material cuaderno publicación kit".split(),
    "en": "document guide manual handbook module report note material toolkit publication".split(),
    "pt": "documento guia manual módulo relatório nota material caderno publicação kit".split(),
    "fr": "document guide manuel module rapport note matériel cahier publication".split(),
}
"""What a document is called that comes with an event or teaches what one does."""

EVENT_WORDS = frozenset(map(fold, chain.from_iterable(EVENTS.values())))
DOCUMENT_WORDS = frozenset(map(fold, chain.from_iterable(DOCUMENTS.values())))
"""Both in all languages, folded."""
