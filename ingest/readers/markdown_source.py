"""A Markdown file to its front matter, its notes and a body that any CommonMark parser reads."""

import re
from dataclasses import dataclass

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
FIELD = re.compile(r"^(?P<name>[\w-]+)[ \t]*:[ \t]*(?P<value>\S.*?)[ \t]*$", re.MULTILINE)
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
NOTE = re.compile(r"^ {0,3}\[\^([^\]\s]+)\]:[ \t]*(.*)$")
INDENTED = re.compile(r"^(?: {2,}|\t)\s*\S")
# Markdown engines add their own signs, which the reader of the page does not see.
ADMONITION = re.compile(r'^[ \t]*(?:!!!|\?\?\?\+?)[ \t]+[\w-]+(?:[ \t]+"([^"]*)")?[ \t]*$')
CALLOUT = re.compile(r"^(\s*>\s*)\[!\w+\][-+]?\s*")
ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*[#.][^}\n]*\}[ \t]*$|^[ \t]*\{:[^}\n]*\}[ \t]*$")
HEADING = re.compile(r"^ {0,3}#{1,6}\s")
TAG_LINE = re.compile(r"^\s*<[^>]+>.*$")


@dataclass(frozen=True, slots=True)
class Source:
    """The fields of the front matter by their lower-case names, the texts of the notes by their
    labels, and the rest."""

    fields: dict[str, str]
    notes: dict[str, str]
    body: str


def parse_source(text: str) -> Source:
    """Take apart what is not CommonMark."""
    front = FRONT_MATTER.match(text)
    fields = {m["name"].lower(): m["value"] for m in FIELD.finditer(front[1])} if front else {}
    notes: dict[str, str] = {}
    kept: list[str] = []
    fence = admonition = ""
    lines = text[front.end() :].split("\n") if front else text.split("\n")
    place = 0
    while place < len(lines):
        line = lines[place]
        place += 1
        mark = FENCE.match(line)
        if fence or mark:
            closes = mark is not None and mark[1].startswith(fence)
            fence = "" if fence and closes else fence or (mark[1] if mark else "")
            kept.append(line)
            continue
        note = NOTE.match(line)
        if note:
            end = _end_of_note(lines, place)
            notes[note[1]] = " ".join([note[2], *lines[place:end]])
            place = end
            continue
        opened = ADMONITION.match(line)
        admonition = "open" if opened else admonition
        if admonition and line.strip() and not opened and not INDENTED.match(line):
            admonition = ""
        kept.extend(_plain_lines(line, opened, bool(admonition), kept))
    return Source(fields, notes, "\n".join(kept))


def _plain_lines(
    line: str, opened: re.Match[str] | None, indented: bool, before: list[str]
) -> list[str]:
    """The line as CommonMark has it; the text of a box is not indented."""
    if opened:
        return ["", f"**{opened[1]}**", ""] if opened[1] else [""]
    line = CALLOUT.sub(r"\1", ATTRIBUTES.sub("", line))
    if indented:
        line = re.sub(r"^(?: {1,4}|\t)", "", line)
    if HEADING.match(line) and before and TAG_LINE.match(before[-1]):
        return ["", line]  # a block of HTML would swallow it
    return [line]


def _end_of_note(lines: list[str], place: int) -> int:
    """Where a note ends: lines go on with it up to a blank one, indented ones also behind that."""
    blank = False
    for number in range(place, len(lines)):
        line = lines[number]
        if not line.strip():
            blank = True
        elif NOTE.match(line) or (blank and not INDENTED.match(line)):
            return number
    return len(lines)
