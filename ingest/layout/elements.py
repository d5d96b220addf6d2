"""What the elements of a tagged file tell of paragraphs: where one goes on, where one ends."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.layout.lines import Line
from ingest.layout.signs import BULLET, TERMINAL, is_list_start
from ingest.layout.tags import Place, Role

MOST_LINES = 80  # more in one element is a page that was tagged as a whole
WIDEST = 2.5  # em: lines further apart are not of one paragraph
FEW = 10  # ends of elements: fewer do not tell how a file is tagged
BROKEN = 0.1  # of the ends of elements: more in the middle of a sentence are ends of lines


@dataclass(frozen=True, slots=True)
class Elements:
    """`whole` are the elements that look like one paragraph; where `parts` holds, different
    elements are different paragraphs."""

    whole: frozenset[Place]
    parts: bool

    def are_one(self, first: Line, second: Line) -> bool:
        """Whether the file says that two lines are of one paragraph, credibly."""
        place = place_of(first)
        return bool(place) and place == place_of(second) and place in self.whole

    def are_two(self, first: Line, second: Line) -> bool:
        """Whether the file says that two lines are of two paragraphs, credibly: not over the end
        of a page, where some writers begin another element in any case."""
        one, two = place_of(first), place_of(second)
        if not self.parts or not one or not two or one == two or first.page != second.page:
            return False
        return not (_item(first) == _item(second) != () and _is_label(first))


NO_ELEMENTS = Elements(frozenset(), False)


def read_elements(lines: Sequence[Line]) -> Elements:
    """What the tags of a document's lines can be trusted to say."""
    found: dict[Place, list[Line]] = defaultdict(list)
    for line in lines:
        if place_of(line):
            found[place_of(line)].append(line)
    if not found:
        return NO_ELEMENTS
    whole = frozenset(place for place, members in found.items() if _is_paragraph(members))
    ends = [pair for pair in pairwise(lines) if all(map(place_of, pair)) and _is_end(*pair)]
    broken = sum(_is_broken(*pair) for pair in ends)
    return Elements(whole, len(ends) >= FEW and broken <= BROKEN * len(ends))


def place_of(line: Line) -> Place:
    """The element of a line; empty where it has none."""
    return line.tag.place if line.tag and line.tag.role is not Role.ARTIFACT else ()


def _item(line: Line) -> Place:
    return line.tag.item if line.tag else ()


def _is_label(line: Line) -> bool:
    return is_list_start(f"{line.text} x") and len(line.text) <= 6


def _is_paragraph(lines: Sequence[Line]) -> bool:
    if len(lines) > MOST_LINES or any(BULLET.match(line.text) for line in lines[1:]):
        return False
    return all(_is_near(last, line) for last, line in pairwise(lines))


def _is_near(last: Line, line: Line) -> bool:
    """Close below, or elsewhere: in the next column or on the next page."""
    if line.page != last.page or line.base <= last.base:
        return line.page - last.page <= 1
    near = line.base - last.base < WIDEST * max(line.size, last.size)
    return near or line.x0 > last.x1 or line.x1 < last.x0


def _is_end(last: Line, line: Line) -> bool:
    return place_of(last) != place_of(line) and last.page == line.page and line.base > last.base


def _is_broken(last: Line, line: Line) -> bool:
    return last.hyphen or (not last.text.endswith(TERMINAL) and line.text[:1].islower())
