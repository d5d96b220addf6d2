"""Lines to groups: the lines that make one paragraph, heading, list item, row or note."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

from ingest.pdf.lines import BULLET, TERMINAL, Line, Place, Role, is_beside, is_list_start
from ingest.readers.clean import CAPTION
from ingest.readers.tables import SEPARATOR
from search.documents import Block, BlockKind, Box, Part

MOST_LINES = 80  # more in one element is a page that was tagged as a whole
WIDEST = 2.5  # em: lines further apart are not of one paragraph
FEW_ENDS = 10  # ends of elements: fewer do not tell how a file is tagged
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
    broken = sum(_breaks_sentence(*pair) for pair in ends)
    return Elements(whole, len(ends) >= FEW_ENDS and broken <= BROKEN * len(ends))


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


def _breaks_sentence(last: Line, line: Line) -> bool:
    return last.hyphen or (not last.text.endswith(TERMINAL) and line.text[:1].islower())


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


Vocabulary: TypeAlias = Counter[str]
WORD = re.compile(r"[^\W\d_]+(?:[-‐‑][^\W\d_]+)*")
ADDRESS = re.compile(r"(?:://|www\.)\S*$")
LONGEST_ADDRESS = 300  # characters
YEAR = 4  # digits
NARROW = 12.0  # em: a cell in which a long word may have no room
ENOUGH = 20  # ends of lines: fewer do not tell whether spaces are drawn there
MOSTLY = 0.75


def vocabulary(lines: Iterable[Line]) -> Vocabulary:
    """The words that stand unbroken in a document: they tell how a broken word is written."""
    found: Vocabulary = Counter()
    for line in lines:
        found.update(word.casefold() for word in WORD.findall(line.text))
    return found


def make_block(group: Group, words: Vocabulary) -> Block:
    """The block of a group. A word broken over a page break belongs whole to the earlier page; a
    row whose cells go over one has a part at each change, in the order of its cells."""
    parts: list[Part] = []
    text = ""
    boxes: list[Box] = []
    for index, line in enumerate(group.lines):
        content = line.text
        if index and line.page != group.lines[index - 1].page:
            if group.lines[index - 1].hyphen:
                head, _, content = content.partition(" ")
                text = mended(text, head, words)
            text += SEPARATOR if index in group.cells else ""
            parts.extend(_part(group.lines[index - 1].page, text, boxes))
            text, boxes = content, []
        elif index and group.lines[index - 1].hyphen:
            text = mended(text, content, words)
        elif index and group.lines[index - 1].broken and index not in group.cells:
            text += content
        elif index:
            text += (SEPARATOR if index in group.cells else " ") + content
        else:
            text = content
        if content:
            boxes.append(line.box)
    parts.extend(_part(group.lines[-1].page, text, boxes))
    return Block(group.kind, tuple(parts), group.level, group.header)


def _part(page: int, text: str, boxes: Sequence[Box]) -> list[Part]:
    text = " ".join(text.split())
    return [Part(page, text, tuple(boxes))] if text else []


def mended(before: str, after: str, words: Vocabulary) -> str:
    """Join what a line's end broke: with the hyphen where the document writes it so, or where
    no small letter follows (`2015-2025`, `Rodriguez-Acosta`)."""
    head = re.search(r"[^\W\d_]*$", before)
    tail = re.match(r"[^\W\d_]*", after)
    first, second = (head.group() if head else ""), (tail.group() if tail else "")
    if ADDRESS.search(before[-LONGEST_ADDRESS:]):
        return f"{before}-{after}"
    whole, hyphened = f"{first}{second}".casefold(), f"{first}-{second}".casefold()
    if words[whole] and words[whole] >= words[hyphened]:
        return before + after
    if words[hyphened] or not first or not second[:1].islower():
        return f"{before}-{after}"
    return before + after


def with_broken_words(groups: Sequence[Group]) -> list[Group]:
    """The groups with those lines marked whose last word goes on in the next, without a hyphen:
    long words in narrow cells, and addresses. In a file that draws the spaces at the ends of its
    lines, such a line has none."""
    ends = [last.spaced for group in groups for last, line in _pairs(group)]
    telling = len(ends) >= ENOUGH and sum(ends) > MOSTLY * len(ends)
    inner = Counter(
        word.casefold()
        for group in groups
        for line in group.lines
        for word in line.text.split()[1:-1]
    )
    return [_with_broken(group, inner, telling) for group in groups]


def _pairs(group: Group) -> list[tuple[Line, Line]]:
    """The lines that follow each other in one cell or paragraph on one page."""
    pairs = enumerate(pairwise(group.lines), start=1)
    return [
        (last, line)
        for index, (last, line) in pairs
        if index not in group.cells and last.page == line.page and not last.hyphen
    ]


def _with_broken(group: Group, inner: Vocabulary, telling: bool) -> Group:
    broken = {last for last, line in _pairs(group) if _breaks_word(last, line, inner, telling)}
    if not broken:
        return group
    return replace(group, lines=tuple(replace(x, broken=x in broken) for x in group.lines))


def _breaks_word(last: Line, line: Line, inner: Vocabulary, telling: bool) -> bool:
    if not last.text or not line.text or (telling and last.spaced):
        return False
    head, tail = last.text.split()[-1], line.text.split()[0]
    if ADDRESS.search(head):
        return head[-1] in "/?&=_%#-" and re.search(r"[\d/._=-]", tail) is not None
    if not telling or _are_paragraphs(last, line):
        return False
    if head.isdigit() and tail.isdigit():
        sure = last.tag is not None or len(head) == YEAR - 1
        return sure and len(tail) == 1 and len(head) < YEAR
    if not (head[-1].isalpha() and tail[0].islower()):
        return False
    return _has_no_room(last) and _is_one_word(head, tail, inner)


def _are_paragraphs(last: Line, line: Line) -> bool:
    places = [place_of(last), place_of(line)]
    return all(places) and places[0] != places[1]


def _has_no_room(line: Line) -> bool:
    return line.x1 - line.x0 < NARROW * line.size


def _is_one_word(head: str, tail: str, inner: Vocabulary) -> bool:
    """As the document writes it elsewhere, or as neither piece stands by itself."""
    head, tail = (re.sub(r"\W", "", piece).casefold() for piece in (head, tail))
    return inner[head + tail] > 0 or not (inner[head] or inner[tail])


DEEPER = 0.7  # em: a list in a list is set in further
COLUMN = 12.0  # em: an item further away stands in another column
SIGN = re.compile(
    r"^(?:\(?(?:(?P<number>\d{1,3})|(?P<roman>[ivx]+|[IVX]{2,})|(?P<letter>[a-zñA-Z]))[.)]|(?P<bullet>\W))"
)


@dataclass(frozen=True, slots=True)
class _Open:
    """A list that is open: where its signs stand, and what they are."""

    line: Line
    sign: str


def with_levels(groups: Sequence[Group]) -> list[Group]:
    """Each list item with its depth, from 0. Any other block than a paragraph ends all lists."""
    result: list[Group] = []
    opened: list[_Open] = []
    for group in groups:
        if group.kind is not BlockKind.LIST_ITEM:
            if group.kind is not BlockKind.PARAGRAPH:
                opened = []
            result.append(group)
            continue
        line = group.lines[0]
        opened = _with_item(opened, line)
        tagged = line.tag.level - 1 if line.tag and line.tag.item else 0
        result.append(replace(group, level=max(len(opened) - 1, tagged)))
    return result


def _with_item(opened: Sequence[_Open], line: Line) -> list[_Open]:
    """The lists that are open at an item: it goes on with one of them or opens a deeper one."""
    item = _Open(line, _sign(line))
    for depth, other in reversed(list(enumerate(opened))):
        if _is_beside(other.line, line) and other.sign == item.sign:
            return [*opened[:depth], item]
        if _is_elsewhere(other.line, line):
            if other.sign == item.sign:
                return [*opened[:depth], item]
        elif line.x0 > other.line.x0 + DEEPER * line.size:
            return [*opened[: depth + 1], item]
    same = next((depth for depth, other in enumerate(opened) if other.sign == item.sign), 0)
    return [*opened[:same], item]


def _is_beside(first: Line, second: Line) -> bool:
    """At the same left edge of the same column."""
    return not _is_elsewhere(first, second) and abs(first.x0 - second.x0) <= DEEPER * first.size


def _is_elsewhere(first: Line, second: Line) -> bool:
    """On another page or in another column, where edges do not compare."""
    return first.page != second.page or abs(first.x0 - second.x0) > COLUMN * first.size


def _sign(line: Line) -> str:
    found = SIGN.match(line.text)
    if found is None:
        return ""
    return found["bullet"] or str(found.lastgroup)


LONGEST = 300
TIGHT = 2.0  # em: how far below its label the text of a caption may stand
KINDS = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.HEADING)


def mark_captions(groups: Sequence[Group]) -> list[Group]:
    """Captions by tag or by their label; a label alone is joined to the line that it names."""
    result: list[Group] = []
    for group in groups:
        if result and _names(result[-1], group):
            result[-1] = replace(result[-1], lines=result[-1].lines + group.lines)
        elif group.kind in KINDS and _is_caption(group):
            result.append(replace(group, kind=BlockKind.CAPTION, level=0))
        else:
            result.append(group)
    return result


def _is_caption(group: Group) -> bool:
    tag, text = group.lines[0].tag, group.text
    if tag is not None and tag.role is Role.CAPTION:
        return True
    label = CAPTION.match(text)
    if label is None or len(text) > LONGEST:
        return False
    following = text[label.end() :].lstrip()
    stopped = label.group()[-1] in ".:)–—-"
    return stopped or not following or not (following[0].islower() or following[0] == ",")


def _names(label: Group, group: Group) -> bool:
    """Whether a caption is only a label and the group right below says of what."""
    if label.kind is not BlockKind.CAPTION or group.kind not in KINDS or _is_caption(group):
        return False
    match, last, line = CAPTION.match(label.text), label.lines[-1], group.lines[0]
    alone = match is not None and match.end() == len(label.text.rstrip())
    below = last.page == line.page and 0 < line.base - last.base < TIGHT * line.size
    short = len(group.text) <= LONGEST and not group.text.endswith(".")
    return alone and below and short and line.bold == last.bold
