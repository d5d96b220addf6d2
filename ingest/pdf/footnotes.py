"""Separates the footnotes of a document from its text, and finds the text that cites each note."""

import re
import unicodedata
from collections.abc import Sequence

from ingest.pdf.furniture import PageLines
from ingest.pdf.lines import SUPERSCRIPTS, ElementPath, Line, Role, is_beside, overlap

SMALLER = 0.93  # of the body size: notes are set at 70-90 %
# The mark that opens a note: a raised number, a number not followed by what makes it a figure
# («19.448 y otras», «12%»), stars and daggers, `(a)`, or a letter before a capital.
MARK = re.compile(
    r"^(?:[⁰¹²³⁴-⁹]{1,3}|\d{1,3}(?![\d%]|[.,]\d|\s?[.,;]\s?\d)|[*†‡]{1,3}|\([*\da-z]\)|[a-z](?=\s[A-ZÁÉÍÓÚ¿¡]))"
)
NUMBER_MARK = re.compile(r"[\d⁰¹²³⁴-⁹]{1,3}")
SIGN_MARK = re.compile(r"[*†‡]{1,3}")
SHORTEST = 12  # characters: a shorter line beside another is a cell («12» | «Municipios …»)
FOOT = 0.35  # of the page height: notes do not start above


def split_footnotes(
    pages: Sequence[PageLines], body: float
) -> tuple[list[list[Line]], list[list[Line]]]:
    """The running text of each page without notes, and the lines of each note of the document.

    A note is what the file tags as one; else it is set smaller than the body, at the foot of its
    column, and its first line opens with a mark. A note goes on at the foot of the next page.
    """
    texts: list[list[Line]] = []
    notes: list[list[Line]] = []
    for page in pages:
        rest = []
        for line in page.lines:
            if line.tag and line.tag.role is Role.NOTE:
                _add_tagged(line, line.tag.path, notes)
            else:
                rest.append(line)
        # The last note, where it was on the page before and its last sentence has not ended.
        last = notes[-1][-1] if notes else None
        open_note = None
        if last and last.page == page.number - 1 and last.tag is None:
            ended = last.text.endswith((".", "!", "?", ")", "”", '"'))
            open_note = None if ended and not last.hyphen else notes[-1]
        text, found = _split_page(rest, body, page.height, open_note)
        texts.append(text)
        notes.extend(found)
    return texts, notes


def _add_tagged(line: Line, path: ElementPath, notes: list[list[Line]]) -> None:
    """Add a line to the note of its structure element; an element may hold several notes, or a note
    several elements."""
    for note in reversed(notes):
        other = note[-1].tag
        if other is None or other.role is not Role.NOTE:
            continue
        if other.path == path or (other.path[:-1] == path[:-1] and not MARK.match(line.text)):
            note.append(line)
            return
    notes.append([line])


def _split_page(
    lines: Sequence[Line], body: float, height: float, open_note: list[Line] | None
) -> tuple[list[Line], list[list[Line]]]:
    large = [line for line in lines if line.size > SMALLER * body]
    notes: list[list[Line]] = []
    text: list[Line] = []
    for last, line in zip([None, *lines], lines, strict=False):
        # Small print above text of usual size in its column is a caption or an inset, not a note.
        foot = line.size <= SMALLER * body and line.baseline >= FOOT * height
        foot = foot and not any(x.baseline > line.baseline and overlap(x, line) for x in large)
        if foot and _opens_note(line, notes, lines):
            notes.append([line])
        elif foot and notes and notes[-1][-1] is last and line.baseline >= last.baseline:
            notes[-1].append(line)
        elif foot and open_note and not notes and _looks_alike(line, open_note[-1]):
            open_note.append(line)
        else:
            text.append(line)
    return text, notes


def _looks_alike(first: Line, second: Line) -> bool:
    """Whether two lines are set in the same size and stand at the same left edge."""
    return abs(first.size - second.size) < 0.1 and abs(first.x0 - second.x0) < 2 * first.size


def _opens_note(line: Line, notes: Sequence[Sequence[Line]], lines: Sequence[Line]) -> bool:
    """Whether a line opens with a mark, and with a number not far above the last note's; a short
    one beside another line is a cell."""
    found = MARK.match(line.text)
    if found is None or (line.tag and line.tag.cells):
        return False
    if len(line.text) < SHORTEST and any(is_beside(line, other) for other in lines):
        return False
    if not notes:
        return True
    number, last = _number(found.group()), _number(notes[-1][0].text)
    # A number further on is a figure at the start of a line of the note; gaps of up to three allow
    # for notes that were not seen.
    return number is None or last is None or last < number <= last + 3


def _number(text: str) -> int | None:
    found = NUMBER_MARK.match(text)
    return int(unicodedata.normalize("NFKC", found.group())) if found else None


def with_raised_mark(text: str) -> str:
    """The text of a note with its mark as it is in the text that cites it: `1https://…` becomes
    `¹ https://…`."""
    found = NUMBER_MARK.match(text) if MARK.match(text) else None
    # «1.», «1)» and «1/» are read as they are written.
    if found is None or text[found.end() : found.end() + 1] in ("", ".", ")", "/", "-", ","):
        return text
    return f"{found.group().translate(SUPERSCRIPTS)} {text[found.end() :].lstrip()}"


def cites(text: str, note: str) -> bool:
    """Whether a text carries the mark with which a note opens."""
    found = NUMBER_MARK.match(note)
    if found:
        mark = unicodedata.normalize("NFKC", found.group()).translate(SUPERSCRIPTS)
        return re.search(rf"(?<![⁰¹²³⁴-⁹]){mark}(?![⁰¹²³⁴-⁹])", text) is not None
    # A star must follow a word and end there: «**» is another mark, and « * » a bullet.
    found = SIGN_MARK.match(note)
    sign = re.escape(found.group()) if found else ""
    return bool(sign) and re.search(rf"[^\s{sign[-1]}]{sign}(?!{sign})", text) is not None
