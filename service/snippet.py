"""A passage and its marks → the two or three lines around the words that matched."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 240
"""Code points: about three lines of 68 characters, with room for whole words."""
LEAD = 60
"""How much is shown before the first mark, so that it has a context."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, marked or not."""

    text: str
    marked: bool = False


def snippet(text: str, marks: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    """The window with most marked text, cut between words, as pieces in order."""
    start, end = window(text, marks)
    shown = pieces(text, marks, start, end)
    before = (Piece("… "),) if start > 0 else ()
    after = (Piece(" …"),) if end < len(text) else ()
    return before + shown + after


def window(text: str, marks: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Start and end of what is shown."""
    if len(text) <= WIDTH:
        return 0, len(text)
    begins = [max(0, min(start - LEAD, len(text) - WIDTH)) for start, _ in marks] or [0]
    best = max(begins, key=lambda begin: covered(marks, begin, begin + WIDTH))
    return start_of_word(text, best), end_of_word(text, best + WIDTH)


def covered(marks: Sequence[tuple[int, int]], start: int, end: int) -> int:
    """How many marked code points lie between start and end."""
    return sum(max(0, min(stop, end) - max(begin, start)) for begin, stop in marks)


def start_of_word(text: str, at: int) -> int:
    """The first word that starts at `at` or after it."""
    if at == 0 or text[at - 1].isspace():
        return at
    space = text.find(" ", at)
    return at if space < 0 else space + 1


def end_of_word(text: str, at: int) -> int:
    """The end of the last word that ends at `at` or before it."""
    if at >= len(text) or text[at].isspace():
        return min(at, len(text))
    space = text.rfind(" ", 0, at)
    return at if space < 0 else space


def pieces(text: str, marks: Sequence[tuple[int, int]], start: int, end: int) -> tuple[Piece, ...]:
    """The text between start and end, cut at the marks; overlapping marks are joined."""
    result: list[Piece] = []
    at = start
    for begin, stop in sorted(marks):
        begin, stop = max(begin, at), min(stop, end)
        if begin >= stop:
            continue
        if begin > at:
            result.append(Piece(text[at:begin]))
        result.append(Piece(text[begin:stop], marked=True))
        at = stop
    if at < end:
        result.append(Piece(text[at:end]))
    return tuple(result)
