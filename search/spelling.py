"""Corrects misspelt words of a question to words that the collection knows.

What is beyond doubt is corrected («rendision» to «rendición»), what is only likely is proposed. The
second half of the file measures how near two words are, in Spanish sounds and on the keyboard.
"""

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

_MIN_LENGTH = 4
_TWO_EDITS_LENGTH = 6
"""Shorter words have too many neighbours, at all and within a second edit."""

_LONG_WORD = 8
"""From here on one edit beside letters that sound alike is still sure («transparensya»)."""

_RIVAL_MARGIN = 0.4
_RIVAL_RARER = 5
"""A correction is sure when no other word is nearly as near, unless that is five times rarer."""

_MAX_NAME_COST = 0.7
"""Names have many neighbours: only what sounds like a known one, or a slip, is worth asking."""

_LINKING_WORDS = frozenset("de del la el los las en para por con y".split())

# Searched in the character before a word, a line break and the two behind it: «agnda» is no word of
# its own in «agnda@ejemplo.org» or «ajenda2», but a full stop may end a sentence.
_INSIDE_CODE = re.compile(r"^[\w@/.]|\n(?:[\w@/]|\.\w)")
"""What stands around a word that is a part of an address, a symbol or a code."""

_SPANISH = re.compile("[a-záéíóúüñ]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Correction:
    """What is written at a place of a question, and what is meant there."""

    start: int
    end: int
    text: str
    sure: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A known word that may be meant: what its edits cost, and in how many passages it stands."""

    word: str
    cost: float
    count: int


class Speller:
    """The words of one collection, ready to be looked for by their likeness.

    Likeness is found without a library: words are sieved by the letters of their
    sound (`letter_signature`) before exact costs are counted. The sieve takes 0.02 ms for 5,000
    words and 0.13 ms for 100,000, and with exact costs a lookup 0.4 and 3 ms of CPU; rapidfuzz over
    words of a like length 0.46 and 22 ms; symspellpy 0.08 and 0.46 ms, but 4.6 s to build and 120
    MB. All is made when the first unknown word is asked for, or by `prepare`.
    """

    def __init__(self, statistics: Statistics, also_known: frozenset[str] = frozenset()) -> None:
        # Words of questions («cuándo») and equivalents may be meant though no passage holds them.
        self._words = {**dict.fromkeys(also_known, 0), **statistics.words}
        self._known = statistics.words
        self._written = statistics.written

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(stem(word) for word in self._known)

    @cached_property
    def _keyed_words(self) -> list[tuple[str, str]]:
        """Words with their phonetic keys, in the order of the two arrays below."""
        # Numbers and symbols are no misspellings of one another: 2018 is not 2019.
        long = (word for word in self._words if len(word) >= _MIN_LENGTH and word.isalpha())
        return [(word, phonetic_key(word)) for word in long]

    @cached_property
    def _signatures(self) -> np.ndarray:
        return np.array([letter_signature(key) for _, key in self._keyed_words], dtype=np.uint64)

    @cached_property
    def _first_sounds(self) -> np.ndarray:
        return np.array([ord(key[:1] or " ") for _, key in self._keyed_words], dtype=np.uint32)

    def prepare(self) -> None:
        """Make now what the first unknown word would wait for: about a second."""
        _ = self._stems, self._signatures, self._first_sounds, is_word("")

    def knows(self, surface: str) -> bool:
        """Whether the collection has the word, another form of it, or it with ñ for n."""
        return (
            surface in self._words
            or stem(surface) in self._stems
            or any(variant in self._known for variant in forms_with_enye(surface))
        )

    def has(self, surface: str) -> bool:
        """Whether the collection has exactly this word."""
        return surface in self._known

    def near(self, surface: str, most: int) -> list[_Candidate]:
        """Known words within `most` edits, of which this one may be a misspelling, the likeliest
        first; words two edits away only where none is nearer, and with the same first letter."""
        if not len(self._signatures):
            return []
        key = phonetic_key(surface)
        # One edit changes two bits at most, so the sieve lets every word through that is near.
        differing = np.bitwise_count(self._signatures ^ np.uint64(letter_signature(key)))
        alike = self._alike(surface, key, np.flatnonzero(differing <= 2), 1)
        if alike or most == 1:
            return alike
        further = (differing <= 4) & (self._first_sounds == ord(key[:1] or " "))
        return self._alike(surface, key, np.flatnonzero(further), 2)

    def _alike(self, surface: str, key: str, places: np.ndarray, most: int) -> list[_Candidate]:
        found = []
        for place in places.tolist():
            word, other = self._keyed_words[place]
            cost = edit_cost(surface, word, key, other)
            # What occurs once may be a misspelling itself.
            if cost <= most and (self._words[word] > 1 or is_word(word) or self.named(word)):
                found.append(_Candidate(word, cost, self._words[word]))
        return sorted(found, key=lambda near: (near.cost, -near.count, near.word))

    def split(self, surface: str) -> list[str]:
        """The known words that were run together, the fewest that make the whole; or none."""
        # For every beginning of the word the fewest pieces that make it.
        best: list[list[str] | None] = [[]] + [None] * len(surface)
        for end in range(1, len(surface) + 1):
            for start in range(max(0, end - 20), end):  # no piece is longer, so the cost is linear
                before, piece = best[start], surface[start:end]
                if before is None or not self._is_piece(piece):
                    continue
                known = best[end]
                if known is None or len(before) + 1 < len(known):
                    best[end] = [*before, piece]
        whole = best[-1] or []
        # «hojaderuta», but nothing that begins or ends with an article: too many words do.
        outer = bool(whole) and whole[0] not in _LINKING_WORDS and whole[-1] not in _LINKING_WORDS
        return whole if outer and 2 <= len(whole) <= 5 else []

    def _is_piece(self, piece: str) -> bool:
        return piece in _LINKING_WORDS or (len(piece) >= _MIN_LENGTH and piece in self._words)

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


def forms_with_enye(surface: str) -> list[str]:
    """The word with one n as ñ. Keyboards without one write «diseno», which folding, that keeps the
    ñ, does not make «diseño»."""
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
    # A real word that the collection lacks («paella») stays, so that silence stays possible.
    wrong = {place for place in unknown if not is_word(_written(text, tokens[place]))}
    words = [token for token in tokens if token.informative and token.surface.isalpha()]
    # Where most words are unknown the question is in a language that was not recognised («Wie kann
    # ich Bürgerbeteiligung fördern»), or about something else.
    doubtful = language != "es" or (len(wrong) > 2 and 2 * len(wrong) > len(words))
    found: list[Correction] = []
    for place in unknown:
        if found and tokens[place].start < found[-1].end:
            continue
        one = _rejoined(text, tokens, place, spelling) if place in wrong else None
        one = one or _correction(text, tokens[place], spelling, place in wrong)
        if one is not None:
            found.append(Correction(one.start, one.end, one.text, one.sure and not doubtful))
    return tuple(found)


def apply_corrections(text: str, found: Sequence[Correction]) -> str:
    """The text with corrections made."""
    for one in reversed(found):  # from the end, so that the places before stay right
        text = f"{text[: one.start]}{one.text}{text[one.end :]}"
    return text


def _may_be_wrong(text: str, token: Token, kept: Set[str]) -> bool:
    written = _written(text, token)
    # «NASA» in a question is no misspelling of «casa»; in a question in capitals nothing is told
    # by capitals.
    acronym = written.isupper() and not text.isupper()
    whole = _INSIDE_CODE.search(text[: token.start][-1:] + "\n" + text[token.end :][:2]) is None
    plain = len(written) >= _MIN_LENGTH and _SPANISH.fullmatch(written) is not None
    return plain and whole and not acronym and token.informative and token.surface not in kept


def _rejoined(
    text: str, tokens: Sequence[Token], place: int, spelling: Speller
) -> Correction | None:
    """A word with the one before or after it when together they are a known word."""
    # The piece that is unknown may be either half: «go bierno», «desarr ollo».
    for first in (place - 1, place):
        if first < 0 or first + 1 >= len(tokens):
            continue
        one, two = tokens[first], tokens[first + 1]
        whole = one.surface + two.surface
        apart = text[one.end : two.start] == " "
        if apart and len(whole) >= _TWO_EDITS_LENGTH and whole.isalpha() and spelling.has(whole):
            return Correction(
                one.start, two.end, _with_case_of(text, one, spelling.written(whole)), True
            )
    return None


def _correction(text: str, token: Token, spelling: Speller, wrong: bool) -> Correction | None:
    """`wrong`: the word is none of the language either."""
    near = spelling.near(
        token.surface, 2 if wrong and len(token.surface) >= _TWO_EDITS_LENGTH else 1
    )
    # One edit is likelier than a forgotten space («gobiernodigital»), and that than two edits.
    if near and (near[0].cost <= 1 or not wrong):
        return _best_candidate(text, token, near, spelling, wrong)
    pieces = spelling.split(token.surface) if wrong else []
    if pieces:
        written = " ".join(spelling.written(piece) for piece in pieces)
        return Correction(token.start, token.end, _with_case_of(text, token, written), True)
    return _best_candidate(text, token, near, spelling, wrong) if near else None


def _best_candidate(
    text: str, token: Token, near: Sequence[_Candidate], spelling: Speller, wrong: bool
) -> Correction | None:
    best, length = near[0], len(token.surface)
    # The first word of a question has a capital whatever it is («¿Rendision de cuentas?»).
    named = token.start > 1 and _written(text, token)[0].isupper() and not text.isupper()
    if (named and best.cost > _MAX_NAME_COST) or (
        not wrong and (named or not _is_likely_slip(best, token))
    ):
        return None
    # «cassado» is as near to «casado» as to «cazado»: only a much commoner one is beyond doubt.
    rivals = [
        other
        for other in near[1:]
        if other.cost < best.cost + _RIVAL_MARGIN
        and stem(other.word) != stem(best.word)
        and other.count * _RIVAL_RARER > best.count
    ]
    # In four letters only what sounds the same is sure; 1.6 admits an edit beside letters that
    # sound alike (1.5), not two edits (2).
    most = _SOUND_COST if length < 5 else 1.0 if length < _LONG_WORD else 1.6
    if best.cost > max(most, 1.0):
        return None
    # «Alverti» is «Alberti» who is known, «Peres» may be another person.
    same_name = (
        best.cost <= _SOUND_COST and length >= _TWO_EDITS_LENGTH and spelling.named(best.word)
    )
    sure = wrong and not rivals and best.cost <= most and (not named or same_name)
    return Correction(
        token.start, token.end, _with_case_of(text, token, spelling.written(best.word)), sure
    )


def _is_likely_slip(near: _Candidate, token: Token) -> bool:
    """Whether a real word may all the same be a slip for a common one of the collection, and is
    no other form of it: «esclera» for «escalera», not «escribió» for «escribir»."""
    shared = len(token.surface) - 2
    other_form = near.word[:shared] == token.surface[:shared]
    return shared >= _TWO_EDITS_LENGTH - 2 and near.cost <= 1 and near.count > 1 and not other_form


def _with_case_of(text: str, token: Token, word: str) -> str:
    """The word in capitals where they were typed, and an acronym in its own."""
    written = _written(text, token)
    if word.isupper() or (len(written) > 1 and written.isupper()):
        return word.upper()
    return word[0].upper() + word[1:] if written[0].isupper() else word.lower()


def _written(text: str, token: Token) -> str:
    return text[token.start : token.end]


_SOUND_COST = 0.5
"""Cost of any number of letters that sound alike: b/v, s/c/z, h, ll/y, g/j, qu/k, doubled ones."""

_FIRST_LETTER_COST = 0.5
"""What a changed first letter costs more: people seldom mistake it."""

_TYPING_SLIP_COST = 0.7
"""Cost of one slip of the finger: the key beside, or two letters swapped."""

_MAX_EDITS, _TOO_FAR = 2, 9
"""Edits that are looked for, and what stands for more."""

_KEYBOARD = ("qwertyuiop", "asdfghjklñ", "zxcvbnm")
_NEIGHBOURING_KEYS = frozenset(
    frozenset(keys)
    for keys in (
        *(pair for row in _KEYBOARD for pair in pairwise(row)),
        *(pair for rows in pairwise(_KEYBOARD) for pair in zip(*rows, strict=False)),
    )
)


def edit_cost(word: str, other: str, key: str, other_key: str) -> float:
    """How far a known word is from what was written: edits, those that sound alike for little."""
    if key == other_key:
        return _SOUND_COST
    by_sound = _edit_distance(key, other_key)
    if by_sound == _TOO_FAR:
        return _TOO_FAR
    nearest: float = _edit_distance(word, other)
    if nearest == 1 and _is_typing_slip(word, other):
        nearest = _TYPING_SLIP_COST
    nearest = min(nearest, by_sound + _SOUND_COST)
    begins_alike = key[:1] in (other_key[:1], other_key[1:2])
    return nearest if begins_alike else nearest + _FIRST_LETTER_COST


def _is_typing_slip(word: str, other: str) -> bool:
    """Whether one edit is a slip of the finger: the key beside, two letters swapped."""
    if len(word) != len(other):
        return False
    differing = [pair for pair in zip(word, other, strict=True) if pair[0] != pair[1]]
    return len(differing) == 2 or frozenset(differing[0]) in _NEIGHBOURING_KEYS


def _edit_distance(word: str, other: str) -> int:
    """Damerau-Levenshtein distance without edits within a swap (optimal string alignment), or 9
    beyond 2."""
    if abs(len(word) - len(other)) > _MAX_EDITS:
        return _TOO_FAR
    width = len(other)
    before: list[int] = []
    # Only cells within two of the diagonal are filled in: no path through others costs less.
    above = [column if column <= _MAX_EDITS else _TOO_FAR for column in range(width + 1)]
    for row, letter in enumerate(word, start=1):
        line = [row if row <= _MAX_EDITS else _TOO_FAR] + [_TOO_FAR] * width
        for column in range(max(1, row - _MAX_EDITS), min(width, row + _MAX_EDITS) + 1):
            match = other[column - 1]
            best = above[column - 1] + (letter != match)
            best = min(best, above[column] + 1, line[column - 1] + 1)
            if row > 1 and column > 1 and letter == other[column - 2] and word[row - 2] == match:
                best = min(best, before[column - 2] + 1)
            line[column] = best
        if min(line) > _MAX_EDITS:
            return _TOO_FAR
        before, above = above, line
    return above[-1] if above[-1] <= _MAX_EDITS else _TOO_FAR


# Seseo and yeísmo: in most of Latin America «s», «z» and soft «c» are one sound, «ll» and «y» too.
# «m» before «b», «p» and «v» is often written «n»; the name of a group is the letter of the sound.
_SPANISH_SOUNDS = re.compile(
    "(?P<k>qu(?=[ei])|q|c(?![eih]))|(?P<g>gu(?=[ei]))|(?P<j>g(?=[ei]))|(?P<s>c(?=[ei])|[zx])"
    "|(?P<b>v)|(?P<y>ll)|(?P<n>ñ)|(?P<m>n(?=[bpv]))|(?<!c)h"
)
_DOUBLED_SOUND = re.compile(r"(.)\1+")

_DOUBLED_LETTER = re.compile(r"([abdefgijkmnopqstuvwxyz])\1+")
"""Letters that Spanish never doubles: «Serggio» sounds as «Sergio»."""

_SIGNATURE_LETTERS = str.maketrans("js", "gk")
"""A vowel lost after g or c changes how they sound: «agnda» is near to «agenda»."""


@lru_cache(maxsize=65536)
def phonetic_key(word: str) -> str:
    """How a folded word sounds, in one letter a sound: Latin American Spanish."""
    single = _DOUBLED_LETTER.sub(r"\1", word)
    key = _SPANISH_SOUNDS.sub(lambda match: match.lastgroup or "", single)
    return _DOUBLED_SOUND.sub(r"\1", key)


def letter_signature(key: str) -> int:
    """A phonetic key as a set of 64 bits: one for the first and one for the second time that a
    letter occurs. An edit changes two of them at most."""
    bits = 0
    for letter in key.translate(_SIGNATURE_LETTERS):
        # Modulo 32 the letters a to z have a bit each; ñ shares that of q, no key holds either.
        once = 1 << (ord(letter) % 32)
        bits |= once << 32 if bits & once else once
    return bits
