"""Tokens to what runs of them say as well: dates in words, goals by name, numbers in letters.

«1 de noviembre de 2024» also says `2024-11-01`, «Goal 16» also `ods-16`, «decimoséptima sesión»
also `17`. Both sides of a search are read this way; phrases are not, since a reading has no place
of its own among the words.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from search.spanish import NUMBERED, Token, analyse
from search.wording.figures import AMBIGUOUS_MONTHS, CARDINALS, MONTH_NAMES, MONTHS, ORDINALS

_GOALS = frozenset("ods sdg sdgs odd objetivo objetivos goal goals objectif objectifs".split())
_BETWEEN = frozenset("de del of o y e and numero n desarrollo sostenible".split())
_LIST = frozenset("y e o and a".split())
_LAST_GOAL = 17
_TEN = 10
_COMPOUND = 11
"""From here on an ordinal is a number wherever it stands; «segundo» and «cuarto» are not."""


@lru_cache(maxsize=4096)
def read(text: str) -> tuple[Token, ...]:
    """The tokens of a text, then what runs of them say: these must not stand between the words of
    a phrase. Kept for the texts last seen."""
    tokens = analyse(text)
    return (*tokens, *readings(tokens, text))


def readings(tokens: Sequence[Token], text: str) -> tuple[Token, ...]:
    """What runs of tokens of a text also say, as tokens over the whole run, in order of their
    triggers."""
    found: list[Token] = []
    for place, token in enumerate(tokens):
        reader = _READERS.get(token.surface)
        if token.surface in AMBIGUOUS_MONTHS and not _is_month(tokens, place, text):
            continue
        if reader is not None:
            found.extend(reader(tokens, place))
    return tuple(found)


def _is_month(tokens: Sequence[Token], place: int, text: str) -> bool:
    """Whether a word that may be a month is one: written with its marks, or with its day."""
    marked = text[tokens[place].start : tokens[place].end].lower() not in AMBIGUOUS_MONTHS
    return marked or (_at(tokens, place - 1) == "de" and _number(_at(tokens, place - 2), 31) > 0)


def _at(tokens: Sequence[Token], place: int) -> str:
    return tokens[place].surface if 0 <= place < len(tokens) else ""


def _token(surface: str, first: Token, last: Token) -> Token:
    return Token(surface, surface, first.start, last.end)


def _number(surface: str, most: int) -> int:
    """The number that a token of ASCII digits says, or 0 when it is none or beyond `most`."""
    number = int(surface) if surface.isascii() and surface.isdigit() and len(surface) < 5 else 0
    return number if number <= most else 0


def _read_month(tokens: Sequence[Token], place: int) -> Iterator[Token]:
    """Day, month and year, in the order of Spanish or of English."""
    month, first, last = MONTHS[_at(tokens, place)], place, place
    before = place - 2 if _at(tokens, place - 1) in ("de", "of") else place - 1
    day = _number(_at(tokens, before), 31)
    if day:
        first = before
    after = place + 2 if _at(tokens, place + 1) in ("de", "del") else place + 1
    if not day and _number(_at(tokens, after), 31):
        day, last, after = _number(_at(tokens, after), 31), after, after + 1
    year = _number(_at(tokens, after), 2100)
    if year >= 1900:
        last = after
    if not day and year < 1900:
        return
    if year >= 1900:
        yield _token(f"{year}-{month:02}", tokens[first], tokens[last])
        if day:
            yield _token(f"{year}-{month:02}-{day:02}", tokens[first], tokens[last])
    elif day:
        yield _token(f"{month:02}-{day:02}", tokens[first], tokens[last])
    if _at(tokens, place) != MONTH_NAMES[month - 1]:
        yield _token(MONTH_NAMES[month - 1], tokens[place], tokens[place])


def _read_goal(tokens: Sequence[Token], place: int) -> Iterator[Token]:
    """«ODS 5, 10 y 16», «Objetivo de Desarrollo Sostenible 16»."""
    after = place + 1
    while _at(tokens, after) in _BETWEEN and after - place < 4:
        after += 1
    while goal := _number(_at(tokens, after), _LAST_GOAL):
        yield _token(f"ods-{goal}", tokens[place], tokens[after])
        after += 2 if _at(tokens, after + 1) in _LIST else 1


def _read_word(tokens: Sequence[Token], place: int) -> Iterator[Token]:
    """A number in letters beside a noun that is numbered: «tema dos», «segunda sesión»."""
    surface, last = _at(tokens, place), place
    number = ORDINALS.get(surface) or CARDINALS[surface]
    if surface in ORDINALS and number < _TEN and _is_ten(_at(tokens, place - 1)):
        return  # read with the word before it
    if _is_ten(surface) and ORDINALS.get(_at(tokens, place + 1), _TEN) < _TEN:
        number, last = number + ORDINALS[_at(tokens, place + 1)], place + 1
    beside = _at(tokens, place - 1) in NUMBERED or (
        surface in ORDINALS and _at(tokens, last + 1) in NUMBERED
    )
    if beside or (surface in ORDINALS and number >= _COMPOUND):
        yield _token(str(number), tokens[place], tokens[last])


def _is_ten(surface: str) -> bool:
    return surface in ORDINALS and ORDINALS[surface] % _TEN == 0


def _read_hour(tokens: Sequence[Token], place: int) -> Iterator[Token]:
    """«a las 9» is 9:00."""
    hour = _number(_at(tokens, place + 1), 23)
    if _at(tokens, place - 1) == "a" and hour:
        yield _token(f"{hour}:00", tokens[place], tokens[place + 1])


_READERS = (
    dict.fromkeys(MONTHS, _read_month)
    | dict.fromkeys(_GOALS, _read_goal)
    | dict.fromkeys((*ORDINALS, *CARDINALS), _read_word)
    | {"las": _read_hour, "la": _read_hour}
)
