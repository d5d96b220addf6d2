"""Lines to groups: the lines that make one paragraph, heading, list item, row or note."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.layout.elements import NO_ELEMENTS, Elements, place_of, read_elements
from ingest.layout.lines import Line, is_beside
from ingest.layout.signs import BULLET, CAPTION, TERMINAL, is_list_start
from ingest.layout.tags import Place, Role
from search.types import BlockKind

PITCH = 1.2  # em: line distance where a page has too few lines to tell
FEW = 3  # pairs of lines: fewer do not tell a usual distance
WIDER = 1.22  # times the usual line distance: another paragraph
SAME_SIZE = 0.06
LARGER = 1.12  # times the body size: a heading
SLACK = 1.0  # em: how far a full line may end before the right edge, beyond the next word
INDENT = 0.7  # em
JOINED = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
TALLEST_CELL = 12  # lines: two runs beside each other that are both longer are columns


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that belong together. `cells` are the indices of lines that open a cell of a row."""

    kind: BlockKind
    lines: tuple[Line, ...]
    level: int = 0
    header: str = ""
    cells: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The lines joined by spaces, hyphens unmended: for looking at, not for showing."""
        return " ".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Setting:
    """How the lines of a document are set: usual distances and the right edges of columns."""

    body: float
    pitches: dict[tuple[int, float], float]
    rights: dict[Line, float]
    cells: frozenset[Line]
    elements: Elements = NO_ELEMENTS

    def pitch(self, line: Line) -> float:
        """The usual distance of baselines around a line, in points."""
        default = self.pitches.get((0, line.size), PITCH * line.size)
        return self.pitches.get((line.page, line.size), default)

    def is_full(self, line: Line, following: Line) -> bool:
        """Whether the next line's first word had no room in this line."""
        word = following.text.split(" ", 1)[0]
        width = (following.x1 - following.x0) / max(len(following.text), 1)
        room = self.rights.get(line, line.x1) - line.x1
        return line.hyphen or room < (len(word) + 1) * width + SLACK * line.size


def make_groups(lines: Sequence[Line], setting: Setting) -> list[Group]:
    """Paragraphs and list items, joined over lines, columns and pages."""
    groups: list[list[Line]] = []
    for line in lines:
        if groups and _belongs(groups[-1], line, setting):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [Group(_kind(group[0]), tuple(group)) for group in groups]


def joined_elements(groups: Iterable[Group], setting: Setting) -> list[Group]:
    """Paragraphs that something stands between, of which the file says that they are one."""
    result: list[Group] = []
    last: dict[Place, int] = {}
    for group in groups:
        place = place_of(group.lines[0])
        index = last.get(place)
        if group.kind in JOINED and index is not None and _goes_on(result[index], group, setting):
            result[index] = replace(result[index], lines=result[index].lines + group.lines)
            continue
        result.append(group)
        if place and group.kind in JOINED:
            last[place] = len(result) - 1
    return result


def _goes_on(first: Group, second: Group, setting: Setting) -> bool:
    last, line = first.lines[-1], second.lines[0]
    return setting.elements.are_one(last, line) and 0 <= line.page - last.page <= 1


def same_size(first: Line, second: Line) -> bool:
    """Whether two lines are set in the same size, but for rounding."""
    return abs(first.size - second.size) <= SAME_SIZE * max(first.size, second.size)


def _kind(first: Line) -> BlockKind:
    tagged = first.tag is not None and first.tag.role is Role.ITEM
    return BlockKind.LIST_ITEM if tagged or is_list_start(first.text) else BlockKind.PARAGRAPH


def _belongs(group: Sequence[Line], line: Line, setting: Setting) -> bool:
    last = group[-1]
    if setting.elements.are_one(last, line):
        return True
    if not same_size(last, line) or last.level != line.level:
        return False
    if line.page == last.page and line.base > last.base:
        return _continues_below(group, line, setting)
    if line.page == last.page and line.x0 < last.x1 and not last.hyphen:
        return False
    return not CAPTION.match(group[0].text) and _continues_elsewhere(last, line, setting)


def _continues_below(group: Sequence[Line], line: Line, setting: Setting) -> bool:
    last = group[-1]
    pitch = line.base - last.base
    usual = group[-1].base - group[-2].base if _has_pitch(group) else setting.pitch(last)
    overlap = line.x0 < last.x1 and last.x0 < line.x1
    if not overlap or pitch > WIDER * usual or pitch > 3 * line.size:
        return False
    if last.hyphen:
        return True
    if setting.elements.are_two(last, line):
        return False
    full = setting.is_full(last, line)
    if last.bold != line.bold and not (full and _is_run_in(group)):
        return False
    if _opens_item(group, line, full):
        return False
    if not full and not _is_centred(last, line):
        return False
    return _keeps_indent(group, line, full)


def _is_run_in(group: Sequence[Line]) -> bool:
    """Whether bold words may open a paragraph: they are long, an item, or end with a colon."""
    first = group[0].text
    return len(first) > 40 or is_list_start(first) or ":" in group[-1].text


def _has_pitch(group: Sequence[Line]) -> bool:
    return len(group) > 1 and group[-2].page == group[-1].page and group[-1].base > group[-2].base


def _opens_item(group: Sequence[Line], line: Line, full: bool) -> bool:
    if not is_list_start(line.text):
        return False
    ended = group[-1].text.endswith((".", ":"))
    if BULLET.match(line.text) and line.text[0] not in "–—-*":
        return True
    return ended or not full or is_list_start(group[0].text)


def _is_centred(first: Line, second: Line) -> bool:
    middles = (first.x0 + first.x1) / 2, (second.x0 + second.x1) / 2
    return abs(first.x0 - second.x0) > first.size and abs(middles[0] - middles[1]) < first.size / 2


def _keeps_indent(group: Sequence[Line], line: Line, full: bool) -> bool:
    """Whether the left edge goes on: a first line may be set in, or out, the others not."""
    last = group[-1]
    shift = (line.x0 - last.x0) / line.size
    if abs(shift) <= INDENT or _is_centred(last, line):
        return True
    if len(group) == 1:
        return full
    return shift > 0 and full and not last.text.endswith(TERMINAL)


def _continues_elsewhere(last: Line, line: Line, setting: Setting) -> bool:
    """Over a column or page break, a sentence that has not ended goes on."""
    if last.hyphen:
        return True
    in_row = last in setting.cells or line in setting.cells
    if in_row or last.bold != line.bold or is_list_start(line.text):
        return False
    starts_small = line.text[:1].islower()
    if line.size > LARGER * setting.body and not starts_small:
        return False
    full = setting.is_full(last, line)
    if last.text.endswith(TERMINAL):
        return starts_small and full and last.text.endswith(".")
    return starts_small or full


def body_size(lines: Iterable[Line]) -> float:
    """The size in which most characters are set."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 1.0


def measure(pages: Sequence[Sequence[Line]], body: float) -> Setting:
    """The setting of a document, from the lines of its pages."""
    samples: dict[tuple[int, float], Counter[float]] = defaultdict(Counter)
    rights: dict[Line, float] = {}
    cells: set[Line] = set()
    for lines in pages:
        stacks = _stacks(lines)
        for stack in stacks:
            right = max(line.x1 for line in stack)
            rights.update((line, right) for line in stack)
        columns = [stack for stack in stacks if len(stack) >= FEW]
        for stack in columns:
            rights.update(_rights_beside(stack, columns))
        for last, line in pairwise(lines):
            pitch = round((line.base - last.base) * 2) / 2
            if same_size(last, line) and 0.8 * line.size < pitch < 2.2 * line.size:
                samples[line.page, line.size][pitch] += 1
                samples[0, line.size][pitch] += 1
        cells.update(_cells(stacks))
    pitches = {
        key: counts.most_common(1)[0][0]
        for key, counts in samples.items()
        if counts.total() >= (FEW if key[0] == 0 else 5)
    }
    elements = read_elements([line for lines in pages for line in lines])
    return Setting(body, pitches, rights, frozenset(cells), elements)


def _stacks(lines: Sequence[Line]) -> list[list[Line]]:
    """Runs of lines that go down the page, one under the other: the columns as drawn."""
    stacks: list[list[Line]] = []
    for line in lines:
        last = stacks[-1][-1] if stacks else None
        if last and line.base > last.base and line.x0 < last.x1 and last.x0 < line.x1:
            stacks[-1].append(line)
        else:
            stacks.append([line])
    return stacks


def _rights_beside(
    stack: Sequence[Line], stacks: Sequence[Sequence[Line]]
) -> Iterator[tuple[Line, float]]:
    """The right edge of a column's lines beside the next column, and on below it: a title that is
    set over both belongs to the same run, but is wider."""
    for other in stacks:
        left = min(line.x0 for line in other)
        top, bottom = other[0].base - other[0].size, other[-1].base + other[-1].size
        beside = [line for line in stack if top < line.base < bottom]
        if len(beside) < FEW or any(line.x1 > left for line in beside):
            continue
        for line in (line for line in stack if line.base >= bottom):
            if line.x1 > left:
                break
            beside.append(line)
        right = max(line.x1 for line in beside)
        yield from ((line, right) for line in beside)


def _cells(stacks: Sequence[Sequence[Line]]) -> set[Line]:
    """The lines of runs that stand beside the run drawn before: cells of a row, not columns."""
    found: set[Line] = set()
    for stack, following in pairwise(stacks):
        first = following[0]
        beside = [line for line in stack if line.base > first.base - first.size]
        right = [line for line in following if line.x0 > first.x0 - first.size]
        if not beside or not any(is_beside(line, first) for line in beside):
            continue
        if min(len(beside), len(right)) <= TALLEST_CELL:
            found.update(beside, right)
    return found
