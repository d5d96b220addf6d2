"""How far one word is from another that it may be a misspelling of."""

import re
from functools import lru_cache
from itertools import pairwise

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


def cost(word: str, other: str, heard: str, other_heard: str) -> float:
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
