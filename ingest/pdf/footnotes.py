"""Separates the footnotes of a document from its text, and finds the text that cites each note."""

import re
import unicodedata
from collections.abc import Sequence

from ingest.pdf.furniture import PageLines
from ingest.pdf.lines import SUPERSCRIPTS, Line, Role, is_beside

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
        tagged = [line for line in page.lines if line.tag and line.tag.role is Role.NOTE]
        for line in tagged:
            _add_tagged(line, notes)
        rest = [line for line in page.lines if not (line.tag and line.tag.role is Role.NOTE)]
        text, found = _split_page(rest, body, page.height, _open_note(notes, page))
        texts.append(text)
        notes.extend(found)
    return texts, notes


def _add_tagged(line: Line, notes: list[list[Line]]) -> None:
    """Add a line to the note of its structure element; an element may hold several notes, or a note
    several elements."""
    path = line.tag.path if line.tag else ()
    for note in reversed(notes):
        other = note[-1].tag
        if other is None or other.role is not Role.NOTE:
            continue
        if other.path == path or (other.path[:-1] == path[:-1] and not MARK.match(line.text)):
            note.append(line)
            return
    notes.append([line])


def _open_note(notes: Sequence[list[Line]], page: PageLines) -> list[Line] | None:
    """The last note, where it was on the page before and its last sentence has not ended."""
    if not notes or notes[-1][-1].page != page.number - 1 or notes[-1][-1].tag is not None:
        return None
    last = notes[-1][-1]
    return (
        notes[-1] if last.hyphen or not last.text.endswith((".", "!", "?", ")", "”", '"')) else None
    )


def _split_page(
    lines: Sequence[Line], body: float, height: float, open_note: list[Line] | None
) -> tuple[list[Line], list[list[Line]]]:
    large = [line for line in lines if line.size > SMALLER * body]
    foot = {index for index, line in enumerate(lines) if _is_foot(line, large, body, height)}
    notes: list[list[Line]] = []
    taken: set[int] = set()
    for index in sorted(foot):
        line = lines[index]
        if _opens_note(line, notes, lines):
            notes.append([line])
        elif notes and index - 1 in taken and line.baseline >= notes[-1][-1].baseline:
            notes[-1].append(line)
        elif open_note and not notes and _same_look(line, open_note[-1]):
            open_note.append(line)
        else:
            continue
        taken.add(index)
    return [line for index, line in enumerate(lines) if index not in taken], notes


def _same_look(first: Line, second: Line) -> bool:
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


def _is_foot(line: Line, large: Sequence[Line], body: float, height: float) -> bool:
    if line.size > SMALLER * body or line.baseline < FOOT * height:
        return False
    # Small print above text of usual size in its column is a caption or an inset, not a note.
    return not any(
        other.baseline > line.baseline and other.x0 < line.x1 and line.x0 < other.x1
        for other in large
    )


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
