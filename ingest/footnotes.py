"""The lines of a page to its running text and its footnotes."""

import re
import unicodedata
from collections.abc import Sequence

from ingest.lines import SUPERSCRIPTS, Line

SMALLER = 0.93  # of the body size: notes are set at 70-90 %
MARK = re.compile(
    r"^(?:[⁰¹²³⁴-⁹]{1,3}|\d{1,3}(?![\d%]|[.,]\d|\s?[.,;]\s?\d)|[*†‡]{1,3}|\([*\da-z]\)|[a-z](?=\s[A-ZÁÉÍÓÚ¿¡]))"
)
FOOT = 0.35  # of the page height: notes do not start above


def split_footnotes(
    lines: Sequence[Line], body: float, height: float
) -> tuple[list[Line], list[list[Line]]]:
    """The running text without notes, and each note's lines.

    A note is set smaller than the body, at the foot of its column, and its first line opens with
    a mark.
    """
    foot = {index for index, line in enumerate(lines) if _is_foot(line, lines, body, height)}
    notes: list[list[Line]] = []
    taken: set[int] = set()
    for index in sorted(foot):
        line = lines[index]
        if _opens_note(line, notes):
            notes.append([line])
        elif notes and index - 1 in taken and line.base >= notes[-1][-1].base:
            notes[-1].append(line)
        else:
            continue
        taken.add(index)
    return [line for index, line in enumerate(lines) if index not in taken], notes


def _opens_note(line: Line, notes: Sequence[Sequence[Line]]) -> bool:
    """Whether a line opens with a mark, and with a number not far above the last note's."""
    found = MARK.match(line.text)
    if found is None:
        return False
    if not notes:
        return True
    number, last = _number(found.group()), _number(notes[-1][0].text)
    return number is None or last is None or last < number <= last + 3


def _number(text: str) -> int | None:
    found = re.match(r"[\d⁰¹²³⁴-⁹]{1,3}", text)
    return int(unicodedata.normalize("NFKC", found.group())) if found else None


def _is_foot(line: Line, lines: Sequence[Line], body: float, height: float) -> bool:
    if line.size > SMALLER * body or line.base < FOOT * height:
        return False
    return not any(
        other.size > SMALLER * body
        and other.base > line.base
        and other.x0 < line.x1
        and line.x0 < other.x1
        for other in lines
    )


def with_raised_mark(text: str) -> str:
    """A note that opens with the sign that stands in the text: `1https://…` reads `¹ https://…`."""
    found = re.match(r"[\d⁰¹²³⁴-⁹]{1,3}", text) if MARK.match(text) else None
    if found is None or text[found.end() : found.end() + 1] in ("", ".", ")", "/", "-", ","):
        return text
    return f"{found.group().translate(SUPERSCRIPTS)} {text[found.end() :].lstrip()}"
