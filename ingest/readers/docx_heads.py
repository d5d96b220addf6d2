"""Word paragraphs without heading styles to the headings that their letters make of them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from docx.oxml.ns import qn
from lxml.etree import _Element

from ingest.readers.clean import clean
from ingest.readers.docx_styles import Font, Styles
from ingest.times import time_cell
from search.types import BlockKind

RUN, TEXT = qn("w:r"), qn("w:t")
LONGEST_HEADING = 100  # characters
LABEL_WORDS = 4  # «Antecedentes:» is a heading, «Los objetivos del taller son estos:» leads in
SHOUTED = 8  # characters: shorter capitals may be an acronym
LARGER = 1.15  # a line set as much larger than the body is no body text
DEEPEST = 6
TYPED_NUMBER = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,4})[.)]?[-–]?\s")


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph as a candidate: what it says, how all of it looks, how deep its number is."""

    element: _Element
    text: str
    font: Font
    depth: int


def fake_headings(styles: Styles, paragraphs: Sequence[_Element]) -> dict[_Element, int]:
    """The level of each paragraph that stands out as a heading.

    Nothing in a file that uses heading styles: there, bold lines are only emphasis. The larger
    the letters, the higher the heading; then capitals, then upright, then the depth of its number.
    """
    looks = [styles.look(paragraph) for paragraph in paragraphs]
    if sum(look.kind is BlockKind.HEADING for look in looks) > 1:
        return {}
    plain = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
    found = [
        _line(styles, paragraph)
        for paragraph, look in zip(paragraphs, looks, strict=True)
        if look.kind in plain
    ]
    lines = [line for line in found if line is not None]
    body = _body_size(lines)
    short = [line for n, line in enumerate(lines) if _may_head(line, n + 1 == len(lines))]
    heads = [line for line in short if _stands_out(line.font, body)]
    if not heads:  # typed as on a typewriter
        heads = [line for line in short if line.text.isupper() and len(line.text) >= SHOUTED]
    return _levels(heads) if 2 * len(heads) <= len(lines) else {}


def _line(styles: Styles, paragraph: _Element) -> Line | None:
    runs = [(run, clean(_letters(run))) for run in paragraph.iter(RUN)]
    said = [(styles.font(run, paragraph), text) for run, text in runs if text]
    if not said:
        return None
    fonts = [font for font, _ in said]
    text = clean("".join(_letters(run) for run in paragraph.iter(RUN)))
    common = Font(
        size=min(font.size for font in fonts),
        bold=all(font.bold for font in fonts),
        italic=all(font.italic for font in fonts),
        capitals=all(font.capitals for font in fonts) or text.isupper(),
        underlined=all(font.underlined for font in fonts),
    )
    return Line(paragraph, text, common, _depth(styles, paragraph, text))


def _letters(run: _Element) -> str:
    return "".join(text.text or "" for text in run.iter(TEXT))


def _depth(styles: Styles, paragraph: _Element, text: str) -> int:
    """How deep the number before the text is: 2 for «1.1»; 0 without a number."""
    typed = TYPED_NUMBER.match(text)
    if typed:
        return typed[1].count(".") + 1
    numbered = styles.numbering(paragraph)
    return 0 if numbered is None else (numbered[1] or 0) + 1


def _body_size(lines: Sequence[Line]) -> int:
    """The size of most of the text."""
    sizes: Counter[int] = Counter()
    for line in lines:
        sizes[line.font.size] += len(line.text)
    return max(sizes, key=lambda size: sizes[size], default=0)


def _may_head(line: Line, last: bool) -> bool:
    text = line.text
    if len(text) > LONGEST_HEADING or not any(map(str.isalpha, text)) or time_cell(text):
        return False
    label = text.endswith(":") and len(text.split()) <= LABEL_WORDS and not last
    if text.endswith((".", ";", ",", ":")) and not label:
        return False
    return text[0] not in "•-–*"


def _stands_out(font: Font, body: int) -> bool:
    return font.bold or font.underlined or font.size >= LARGER * body


def _levels(heads: Sequence[Line]) -> dict[_Element, int]:
    """Ranks of appearance; below the first rank that has numbers, the number's depth decides."""
    ranks = sorted({_rank(line) for line in heads})
    places = {line.element: ranks.index(_rank(line)) + 1 for line in heads}
    tops = [places[line.element] for line in heads if line.depth == 1]
    top = min(tops, default=0)
    levels = {}
    for line in heads:
        place = places[line.element]
        numbered = top and line.depth and place >= top
        levels[line.element] = min(top + line.depth - 1 if numbered else place, DEEPEST)
    return levels


def _rank(line: Line) -> tuple[int, bool, bool, bool]:
    font = line.font
    return -font.size, not font.capitals, not font.bold, font.italic
