"""Words that a collection does not know to those that were meant, when that is beyond doubt."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np

from search.engine import Statistics
from search.synonyms import Synonyms
from search.text.analysis import Token, stem
from search.text.languages import is_word
from search.text.question_types import WHOLE_WORDS, WORDS

_SHORTEST = 4
_LONG = 6
"""Shorter words have too many neighbours for a second edit."""

_VERY_LONG = 8
_LEAD = 0.4
_COMMONER = 5
"""A correction is sure when no other word is nearly as near, unless that is five times rarer."""

_NAMED = 0.7
"""Names have many neighbours: only what sounds like a known one, or a slip, is worth asking."""

_SMALL = frozenset("de del la el los las en para por con y".split())
_PART = re.compile(r"^[\w@/.]|\n(?:[\w@/]|\.\w)")
"""What stands before and after a word that is a part of an address, a symbol or a code."""

_SPANISH = re.compile("[a-záéíóúüñ]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Correction:
    """What is written at a place of a question, and what is meant there."""

    start: int
    end: int
    text: str
    sure: bool


@dataclass(frozen=True, slots=True)
class _Near:
    word: str
    cost: float
    count: int


class Speller:
    """The words of one collection, ready to be looked for by their likeness.

    Likeness is found without a library: a sound is a set of bits, one for the first and one for
    the second time that a letter occurs, and an edit changes two of them at most. The sieve takes
    0.02 ms for 5,000 words and 0.13 ms for 100,000, and with exact costs a lookup 0.4 and 3 ms of
    CPU; rapidfuzz over words of a like length 0.46 and 22 ms; symspellpy 0.08 and 0.46 ms, but
    4.6 s to build and 120 MB. All is made when the first unknown word is asked
    for, or by `prepare`.
    """

    def __init__(self, statistics: Statistics, said: frozenset[str] = frozenset()) -> None:
        self._words = {**dict.fromkeys(said, 0), **statistics.words}
        self._known = statistics.words
        self._written = statistics.written

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(stem(word) for word in self._known)

    @cached_property
    def _candidates(self) -> list[tuple[str, str]]:
        """Words with their sounds."""
        long = (word for word in self._words if len(word) >= _SHORTEST and word.isalpha())
        return [(word, sound(word)) for word in long]

    @cached_property
    def _bags(self) -> np.ndarray:
        return np.array([bag(heard) for _, heard in self._candidates], dtype=np.uint64)

    @cached_property
    def _firsts(self) -> np.ndarray:
        return np.array([ord(heard[:1] or " ") for _, heard in self._candidates], dtype=np.uint32)

    def prepare(self) -> None:
        """Make now what the first unknown word would wait for: about a second."""
        _ = self._stems, self._bags, self._firsts, is_word("")

    def knows(self, surface: str) -> bool:
        """Whether the collection has the word, another form of it, or it with ñ for n."""
        return (
            surface in self._words
            or stem(surface) in self._stems
            or any(variant in self._known for variant in with_tilde(surface))
        )

    def has(self, surface: str) -> bool:
        """Whether the collection has exactly this word."""
        return surface in self._known

    def near(self, surface: str, most: int) -> list[_Near]:
        """Known words within `most` edits, of which this one may be a misspelling, the likeliest
        first; words two edits away only where none is nearer, and with the same first letter."""
        if not len(self._bags):
            return []
        heard = sound(surface)
        differing = np.bitwise_count(self._bags ^ np.uint64(bag(heard)))
        alike = self._alike(surface, heard, np.flatnonzero(differing <= 2), 1)
        if alike or most == 1:
            return alike
        further = (differing <= 4) & (self._firsts == ord(heard[:1] or " "))
        return self._alike(surface, heard, np.flatnonzero(further), 2)

    def _alike(self, surface: str, heard: str, places: np.ndarray, most: int) -> list[_Near]:
        found = []
        for place in places.tolist():
            word, other = self._candidates[place]
            cost = edit_cost(surface, word, heard, other)
            # What occurs once may be a misspelling itself.
            if cost <= most and (self._words[word] > 1 or is_word(word) or self.named(word)):
                found.append(_Near(word, cost, self._words[word]))
        return sorted(found, key=lambda near: (near.cost, -near.count, near.word))

    def split(self, surface: str) -> list[str]:
        """The known words that were run together, the fewest that make the whole; or none."""
        best: list[list[str] | None] = [[]] + [None] * len(surface)
        for end in range(1, len(surface) + 1):
            for start in range(max(0, end - 20), end):
                before, piece = best[start], surface[start:end]
                if before is None or not self._is_piece(piece):
                    continue
                known = best[end]
                if known is None or len(before) + 1 < len(known):
                    best[end] = [*before, piece]
        whole = best[-1] or []
        outer = bool(whole) and whole[0] not in _SMALL and whole[-1] not in _SMALL
        return whole if outer and 2 <= len(whole) <= 5 else []

    def _is_piece(self, piece: str) -> bool:
        return piece in _SMALL or (len(piece) >= _SHORTEST and piece in self._words)

    def named(self, surface: str) -> bool:
        """Whether the collection writes the word as a name."""
        return self.written(surface)[:1].isupper()

    def written(self, surface: str) -> str:
        """The word as the collection mostly writes it."""
        return self._written.get(surface, surface)


@lru_cache(maxsize=2)
def speller(statistics: Statistics, equivalents: Synonyms) -> Speller:
    """The speller of a collection, which also knows the words that questions are put in and those
    of its equivalents; that of the one served, and of the one before it, is kept."""
    asking = frozenset(word for words in WORDS.values() for word in words)
    return Speller(statistics, asking | WHOLE_WORDS | equivalents.words)


def with_tilde(surface: str) -> list[str]:
    """The word with one n as ñ."""
    return [
        f"{surface[:place]}ñ{surface[place + 1 :]}"
        for place, letter in enumerate(surface)
        if letter == "n"
    ]


def corrections(
    text: str, tokens: Sequence[Token], kept: Set[str], spelling: Speller, language: str
) -> tuple[Correction, ...]:
    """What is misspelt among the tokens of a text. `kept` are surfaces that are right as they are.

    A word of the language that the collection lacks is right: corrected silently it would make a
    question look answerable that is not. Portuguese and French questions are left alone, in
    English ones nothing is sure.
    """
    if language not in ("es", "en"):
        return ()
    unknown = [
        place
        for place, token in enumerate(tokens)
        if _may_be_wrong(text, token, kept) and not spelling.knows(token.surface)
    ]
    if not unknown:
        return ()
    wrong = {place for place in unknown if not is_word(_slice(text, tokens[place]))}
    said = [token for token in tokens if token.informative and token.surface.isalpha()]
    doubtful = language != "es" or (len(wrong) > 2 and 2 * len(wrong) > len(said))
    found: list[Correction] = []
    for place in unknown:
        if found and tokens[place].start < found[-1].end:
            continue
        one = _joined(text, tokens, place, spelling) if place in wrong else None
        one = one or _corrected(text, tokens[place], spelling, place in wrong)
        if one is not None:
            found.append(Correction(one.start, one.end, one.text, one.sure and not doubtful))
    return tuple(found)


def apply(text: str, found: Sequence[Correction]) -> str:
    """The text with corrections made."""
    for one in reversed(found):
        text = f"{text[: one.start]}{one.text}{text[one.end :]}"
    return text


def _slice(text: str, token: Token) -> str:
    return text[token.start : token.end]


def _may_be_wrong(text: str, token: Token, kept: Set[str]) -> bool:
    written = _slice(text, token)
    acronym = written.isupper() and not text.isupper()
    whole = _PART.search(text[: token.start][-1:] + "\n" + text[token.end :][:2]) is None
    plain = len(written) >= _SHORTEST and _SPANISH.fullmatch(written) is not None
    return plain and whole and not acronym and token.informative and token.surface not in kept


def _joined(text: str, tokens: Sequence[Token], place: int, spelling: Speller) -> Correction | None:
    """A word with the one before or after it when together they are a known word."""
    for first in (place - 1, place):
        if first < 0 or first + 1 >= len(tokens):
            continue
        one, two = tokens[first], tokens[first + 1]
        whole = one.surface + two.surface
        apart = text[one.end : two.start] == " "
        if apart and len(whole) >= _LONG and whole.isalpha() and spelling.has(whole):
            return Correction(one.start, two.end, _cased(text, one, spelling.written(whole)), True)
    return None


def _corrected(text: str, token: Token, spelling: Speller, wrong: bool) -> Correction | None:
    """`wrong`: the word is none of the language either."""
    near = spelling.near(token.surface, 2 if wrong and len(token.surface) >= _LONG else 1)
    if near and (near[0].cost <= 1 or not wrong):
        return _chosen(text, token, near, spelling, wrong)
    pieces = spelling.split(token.surface) if wrong else []
    if pieces:
        written = " ".join(spelling.written(piece) for piece in pieces)
        return Correction(token.start, token.end, _cased(text, token, written), True)
    return _chosen(text, token, near, spelling, wrong) if near else None


def _chosen(
    text: str, token: Token, near: Sequence[_Near], spelling: Speller, wrong: bool
) -> Correction | None:
    best, length = near[0], len(token.surface)
    named = token.start > 1 and _slice(text, token)[0].isupper() and not text.isupper()
    if (named and best.cost > _NAMED) or (not wrong and (named or not _odd(best, token))):
        return None
    rivals = [
        other
        for other in near[1:]
        if other.cost < best.cost + _LEAD
        and stem(other.word) != stem(best.word)
        and other.count * _COMMONER > best.count
    ]
    most = SOUND if length < 5 else 1.0 if length < _VERY_LONG else 1.6
    if best.cost > max(most, 1.0):
        return None
    name = best.cost <= SOUND and length >= _LONG and spelling.named(best.word)
    sure = wrong and not rivals and best.cost <= most and (not named or name)
    return Correction(
        token.start, token.end, _cased(text, token, spelling.written(best.word)), sure
    )


def _odd(near: _Near, token: Token) -> bool:
    """Whether a real word may all the same be a slip for a common one of the collection, and is
    no other form of it: «esclera» for «escalera», not «escribió» for «escribir»."""
    shared = len(token.surface) - 2
    other_form = near.word[:shared] == token.surface[:shared]
    return shared >= _LONG - 2 and near.cost <= 1 and near.count > 1 and not other_form


def _cased(text: str, token: Token, word: str) -> str:
    """The word in capitals where they were typed, and an acronym in its own."""
    written = _slice(text, token)
    if word.isupper() or (len(written) > 1 and written.isupper()):
        return word.upper()
    return word[0].upper() + word[1:] if written[0].isupper() else word.lower()


SOUND = 0.5
"""Cost of any number of letters that sound alike: b/v, s/c/z, h, ll/y, g/j, qu/k, doubled ones."""

_FIRST = 0.5
"""What a changed first letter costs more: people seldom mistake it."""

_SLIP = 0.7
"""Cost of one slip of the finger: the key beside, or two letters swapped."""

_SOUNDS = re.compile(
    "(?P<k>qu(?=[ei])|q|c(?![eih]))|(?P<g>gu(?=[ei]))|(?P<j>g(?=[ei]))|(?P<s>c(?=[ei])|[zx])"
    "|(?P<b>v)|(?P<y>ll)|(?P<n>ñ)|(?P<m>n(?=[bpv]))|(?<!c)h"
)
_DOUBLED = re.compile(r"(.)\1+")
_SLIPPED = re.compile(r"([abdefgijkmnopqstuvwxyz])\1+")
"""Letters that Spanish never doubles: «Serggio» sounds as «Sergio»."""

MOST, FAR = 2, 9
"""Edits that are looked for, and what stands for more."""

_LIKE = str.maketrans("js", "gk")
"""A vowel lost after g or c changes how they sound: «agnda» is near to «agenda»."""

_KEYS = ("qwertyuiop", "asdfghjklñ", "zxcvbnm")
_BESIDE = frozenset(
    frozenset(keys)
    for keys in (
        *(pair for row in _KEYS for pair in pairwise(row)),
        *(pair for rows in pairwise(_KEYS) for pair in zip(*rows, strict=False)),
    )
)


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """How a folded word sounds, in one letter a sound: Latin American Spanish."""
    single = _SLIPPED.sub(r"\1", word)
    heard = _SOUNDS.sub(lambda match: match.lastgroup or "", single)
    return _DOUBLED.sub(r"\1", heard)


def bag(heard: str) -> int:
    """A sound as a set of 64 bits: one for the first and one for the second time that a letter
    occurs. An edit changes two of them at most."""
    bits = 0
    for letter in heard.translate(_LIKE):
        once = 1 << (ord(letter) % 32)
        bits |= once << 32 if bits & once else once
    return bits


def edit_cost(word: str, other: str, heard: str, other_heard: str) -> float:
    """How far a known word is from what was written: edits, those that sound alike for little."""
    if heard == other_heard:
        return SOUND
    by_sound = _edits(heard, other_heard)
    if by_sound == FAR:
        return FAR
    nearest: float = _edits(word, other)
    if nearest == 1 and _slipped(word, other):
        nearest = _SLIP
    nearest = min(nearest, by_sound + SOUND)
    begins_alike = heard[:1] in (other_heard[:1], other_heard[1:2])
    return nearest if begins_alike else nearest + _FIRST


def _slipped(word: str, other: str) -> bool:
    """Whether one edit is a slip of the finger: the key beside, two letters swapped."""
    if len(word) != len(other):
        return False
    differing = [pair for pair in zip(word, other, strict=True) if pair[0] != pair[1]]
    return len(differing) == 2 or frozenset(differing[0]) in _BESIDE


def _edits(word: str, other: str) -> int:
    """Damerau-Levenshtein distance without edits within a swap, or 9 beyond 2."""
    if abs(len(word) - len(other)) > MOST:
        return FAR
    width = len(other)
    before: list[int] = []
    above = [column if column <= MOST else FAR for column in range(width + 1)]
    for row, letter in enumerate(word, start=1):
        line = [row if row <= MOST else FAR] + [FAR] * width
        for column in range(max(1, row - MOST), min(width, row + MOST) + 1):
            match = other[column - 1]
            best = above[column - 1] + (letter != match)
            best = min(best, above[column] + 1, line[column - 1] + 1)
            if row > 1 and column > 1 and letter == other[column - 2] and word[row - 2] == match:
                best = min(best, before[column - 2] + 1)
            line[column] = best
        if min(line) > MOST:
            return FAR
        before, above = above, line
    return above[-1] if above[-1] <= MOST else FAR
