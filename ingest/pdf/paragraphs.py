"""Joins lines into groups (paragraphs, list items, captions) and groups into blocks.

Lines join by their line spacing, indent and right edge, over columns and pages too; the tags of a
file help where they can be trusted. Words broken over lines are mended as the document writes them
elsewhere.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

from ingest.pdf.lines import (
    BULLET,
    TERMINAL,
    ElementPath,
    Line,
    Role,
    in_runs,
    is_beside,
    is_list_start,
    overlap,
)
from ingest.readers.clean import CAPTION
from ingest.readers.tables import SEPARATOR
from search.documents import Block, BlockKind, Box, Part

MOST_ELEMENT_LINES = 80  # more in one structure element is a page that was tagged as a whole
FARTHEST_LINE = 2.5  # em: lines further apart are not of one paragraph
FEWEST_ELEMENT_ENDS = 10  # ends of structure elements: fewer do not tell how a file is tagged
# Of the ends of structure elements. Where more fall in the middle of a sentence, the program that
# wrote the file made an element of each line.
MOST_BROKEN = 0.1

DEFAULT_SPACING = 1.2  # em: line distance where a page has too few lines to tell
FEWEST_SAMPLES = 3  # pairs of lines: fewer do not tell a usual distance
PARAGRAPH_GAP = 1.22  # times the usual line distance: another paragraph
SAME_SIZE = 0.06  # of the size: what rounding may do
HEADING_SIZE = 1.12  # times the body size: a heading
RIGHT_SLACK = 1.0  # em: how far a full line may end before the right edge, beyond the next word
INDENT = 0.7  # em: an edge further in or out is another
JOINABLE = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
TALLEST_CELL = 12  # lines: two runs beside each other that are both longer are columns

Vocabulary: TypeAlias = Counter[str]
WORD = re.compile(r"[^\W\d_]+(?:[-‐‑][^\W\d_]+)*")  # with inner hyphens: «político-económico»
ADDRESS = re.compile(r"(?:://|www\.)\S*$")
LONGEST_ADDRESS = 300  # characters
YEAR_DIGITS = 4
NARROW_CELL = 12.0  # em: a cell in which a long word may have no room
ENOUGH_LINE_ENDS = 20  # ends of lines: fewer do not tell whether spaces are drawn there
MOST_SPACED = 0.75  # of those ends: then a line without a space at its end is broken in a word

LIST_INDENT = 0.7  # em: a list in a list is set in further
OTHER_COLUMN = 12.0  # em: an item further away stands in another column
LIST_SIGN = re.compile(
    r"^(?:\(?(?:(?P<number>\d{1,3})|(?P<roman>[ivx]+|[IVX]{2,})|(?P<letter>[a-zñA-Z]))[.)]|(?P<bullet>\W))"
)

LONGEST_CAPTION = 300  # characters
CAPTION_GAP = 2.0  # em: how far below its label the text of a caption may stand
CAPTION_KINDS = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.HEADING)


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
class ParagraphTags:
    """What the tags of a document can be trusted to say of its paragraphs: `credible` are the
    structure elements that look like one paragraph; where `separate` holds, different elements are
    different paragraphs."""

    credible: frozenset[ElementPath]
    separate: bool

    def same_paragraph(self, first: Line, second: Line) -> bool:
        """Whether the file credibly says that two lines belong to one paragraph."""
        path = element_of(first)
        return bool(path) and path == element_of(second) and path in self.credible

    def different_paragraphs(self, first: Line, second: Line) -> bool:
        """Whether the file credibly says that two lines belong to different paragraphs. Not over
        the end of a page, where some programs begin another element in any case."""
        if not self.separate or not _are_two_elements(first, second):
            return False
        # The label of a list item and its text are two elements, but one item.
        items = [line.tag.item if line.tag else () for line in (first, second)]
        label = is_list_start(f"{first.text} x") and len(first.text) <= 6
        return first.page == second.page and not (items[0] == items[1] != () and label)


NO_PARAGRAPH_TAGS = ParagraphTags(frozenset(), False)


@dataclass(frozen=True, slots=True)
class TextMetrics:
    """How the text of a document is set: its body size, the usual line spacing, the right edges of
    columns, and the lines that stand in the cells of a row."""

    body: float
    spacings: dict[tuple[int, float], float]
    right_edges: dict[Line, float]
    cells: frozenset[Line]
    tags: ParagraphTags = NO_PARAGRAPH_TAGS

    def line_spacing(self, line: Line) -> float:
        """The usual distance of baselines around a line, in points."""
        default = self.spacings.get((0, line.size), DEFAULT_SPACING * line.size)
        return self.spacings.get((line.page, line.size), default)

    def is_full(self, line: Line, following: Line) -> bool:
        """Whether a line was broken because it was full: the next line's first word had no room."""
        word = following.text.split(" ", 1)[0]
        width = (following.x1 - following.x0) / max(len(following.text), 1)
        room = self.right_edges.get(line, line.x1) - line.x1
        return line.hyphen or room < (len(word) + 1) * width + RIGHT_SLACK * line.size


def make_groups(lines: Sequence[Line], metrics: TextMetrics) -> list[Group]:
    """Paragraphs and list items, joined over lines, columns and pages."""
    groups: list[Group] = []
    for run in in_runs(lines, lambda group, line: _belongs(group, line, metrics)):
        tagged = run[0].tag is not None and run[0].tag.role is Role.ITEM
        kind = BlockKind.LIST_ITEM if tagged or is_list_start(run[0].text) else BlockKind.PARAGRAPH
        groups.append(Group(kind, tuple(run)))
    return groups


def join_tagged_paragraphs(groups: Iterable[Group], metrics: TextMetrics) -> list[Group]:
    """Join the halves of a paragraph that has a figure, table or note in its middle, where the file
    says that they are one."""
    result: list[Group] = []
    places: dict[ElementPath, int] = {}
    for group in groups:
        line = group.lines[0]
        path = element_of(line)
        before = result[places[path]] if path in places and group.kind in JOINABLE else None
        if (
            before
            and metrics.tags.same_paragraph(before.lines[-1], line)
            and 0 <= line.page - before.lines[-1].page <= 1
        ):
            result[places[path]] = replace(before, lines=before.lines + group.lines)
            continue
        if path and group.kind in JOINABLE:
            places[path] = len(result)
        result.append(group)
    return result


def same_size(first: Line, second: Line) -> bool:
    """Whether two lines are set in the same size, but for rounding."""
    return abs(first.size - second.size) <= SAME_SIZE * max(first.size, second.size)


def _belongs(group: Sequence[Line], line: Line, metrics: TextMetrics) -> bool:
    last = group[-1]
    if metrics.tags.same_paragraph(last, line):
        return True
    if not same_size(last, line) or last.horizontal != line.horizontal:
        return False
    if line.page == last.page and line.baseline > last.baseline:
        return _continues_below(group, line, metrics)
    # Higher on the page but not to the right: no next column, only a broken word goes on there.
    if line.page == last.page and line.x0 < last.x1 and not last.hyphen:
        return False
    return not CAPTION.match(group[0].text) and _continues_elsewhere(last, line, metrics)


def _continues_below(group: Sequence[Line], line: Line, metrics: TextMetrics) -> bool:
    last, above = group[-1], group[-2] if len(group) > 1 else group[-1]
    usual = metrics.line_spacing(last)
    if above.page == last.page and last.baseline > above.baseline:
        usual = last.baseline - above.baseline
    line_spacing = line.baseline - last.baseline
    if not overlap(last, line) or line_spacing > min(PARAGRAPH_GAP * usual, 3 * line.size):
        return False
    if last.hyphen:
        return True
    if metrics.tags.different_paragraphs(last, line):
        return False
    full = metrics.is_full(last, line)
    if last.bold != line.bold:
        # «Objetivo: fortalecer …»: bold words that open a paragraph do not end with their line.
        # They are long, an item, or end with a colon.
        first = group[0].text
        if not full or not (len(first) > 40 or is_list_start(first) or ":" in last.text):
            return False
    if _opens_item(group, line, full):
        return False
    return (full or _is_centred(last, line)) and _keeps_indent(group, line, full)


def _opens_item(group: Sequence[Line], line: Line, full: bool) -> bool:
    if not is_list_start(line.text):
        return False
    ended = group[-1].text.endswith((".", ":"))
    # A dash may be one between two clauses that happens to begin a line; a real bullet never is.
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


def _continues_elsewhere(last: Line, line: Line, metrics: TextMetrics) -> bool:
    """Over a column or page break, a sentence that has not ended goes on."""
    if last.hyphen:
        return True
    in_row = last in metrics.cells or line in metrics.cells
    if in_row or last.bold != line.bold or is_list_start(line.text):
        return False
    starts_small = line.text[:1].islower()
    if line.size > HEADING_SIZE * metrics.body and not starts_small:
        return False
    full = metrics.is_full(last, line)
    if last.text.endswith(TERMINAL):
        # An abbreviation: «art.» at the end of a full line, and a small letter after the break.
        return starts_small and full and last.text.endswith(".")
    return starts_small or full


def measure(pages: Sequence[Sequence[Line]], body: float) -> TextMetrics:
    """The text metrics of a document, from the lines of its pages."""
    samples: dict[tuple[int, float], Counter[float]] = defaultdict(Counter)
    right_edges: dict[Line, float] = {}
    cells: set[Line] = set()
    for lines in pages:
        # Runs of lines that go down the page under each other: columns, as the page draws them.
        drawn = in_runs(lines, lambda run, x: x.baseline > run[-1].baseline and overlap(run[-1], x))
        for column in drawn:
            right = max(line.x1 for line in column)
            right_edges.update((line, right) for line in column)
        columns = [column for column in drawn if len(column) >= FEWEST_SAMPLES]
        for column in columns:
            right_edges.update(_right_edges_beside(column, columns))
        for last, line in pairwise(lines):
            # To half a point, so that rounding does not scatter one spacing over several values.
            line_spacing = round((line.baseline - last.baseline) * 2) / 2
            if same_size(last, line) and 0.8 * line.size < line_spacing < 2.2 * line.size:
                samples[line.page, line.size][line_spacing] += 1
                samples[0, line.size][line_spacing] += 1
        cells.update(_side_by_side(drawn))
    spacings = {
        key: counts.most_common(1)[0][0]
        for key, counts in samples.items()
        # Key 0 is all pages: one page needs more to differ from the rest of the document.
        if counts.total() >= (FEWEST_SAMPLES if key[0] == 0 else 5)
    }
    tags = _judge_tags([line for lines in pages for line in lines])
    return TextMetrics(body, spacings, right_edges, frozenset(cells), tags)


def _right_edges_beside(
    column: Sequence[Line], columns_drawn: Sequence[Sequence[Line]]
) -> Iterator[tuple[Line, float]]:
    """The right edge of a column's lines beside the next column, and on below it: a title that is
    set over both belongs to the same run, but is wider."""
    for other in columns_drawn:
        left = min(line.x0 for line in other)
        top, bottom = other[0].baseline - other[0].size, other[-1].baseline + other[-1].size
        beside = [line for line in column if top < line.baseline < bottom]
        if len(beside) < FEWEST_SAMPLES or any(line.x1 > left for line in beside):
            continue
        for line in (line for line in column if line.baseline >= bottom):
            if line.x1 > left:
                break
            beside.append(line)
        right = max(line.x1 for line in beside)
        yield from ((line, right) for line in beside)


def _side_by_side(columns_drawn: Sequence[Sequence[Line]]) -> set[Line]:
    """The lines of short runs that stand beside the run drawn before: cells of a row, since text
    columns are longer."""
    found: set[Line] = set()
    for column, following in pairwise(columns_drawn):
        first = following[0]
        beside = [line for line in column if line.baseline > first.baseline - first.size]
        right = [line for line in following if line.x0 > first.x0 - first.size]
        if not beside or not any(is_beside(line, first) for line in beside):
            continue
        if min(len(beside), len(right)) <= TALLEST_CELL:
            found.update(beside, right)
    return found


def _judge_tags(lines: Sequence[Line]) -> ParagraphTags:
    """What the tags of a document's lines can be trusted to say."""
    found: dict[ElementPath, list[Line]] = defaultdict(list)
    for line in lines:
        if element_of(line):
            found[element_of(line)].append(line)
    credible = frozenset(
        path
        for path, members in found.items()
        if len(members) <= MOST_ELEMENT_LINES
        and not any(BULLET.match(line.text) for line in members[1:])
        and all(_is_close(*pair) for pair in pairwise(members))
    )
    ends = broken = 0
    for last, line in pairwise(lines):
        below = last.page == line.page and line.baseline > last.baseline
        if below and _are_two_elements(last, line):
            ends += 1
            small = line.text[:1].islower()
            broken += last.hyphen or (small and not last.text.endswith(TERMINAL))
    return ParagraphTags(credible, ends >= FEWEST_ELEMENT_ENDS and broken <= MOST_BROKEN * ends)


def _is_close(last: Line, line: Line) -> bool:
    """Close below, or elsewhere: in the next column or on the next page."""
    if line.page != last.page or line.baseline <= last.baseline:
        return line.page - last.page <= 1
    near = line.baseline - last.baseline < FARTHEST_LINE * max(line.size, last.size)
    return near or line.x0 > last.x1 or line.x1 < last.x0


def element_of(line: Line) -> ElementPath:
    """The path of a line's structure element; empty where it has none."""
    return line.tag.path if line.tag and line.tag.role is not Role.ARTIFACT else ()


def _are_two_elements(last: Line, line: Line) -> bool:
    paths = element_of(last), element_of(line)
    return all(paths) and paths[0] != paths[1]


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
        content, last = line.text, group.lines[index - 1]
        between = SEPARATOR if index in group.cells else "" if last.broken else " "
        if not index:
            text = content
        elif line.page != last.page:
            if last.hyphen:
                head, _, content = content.partition(" ")
                text = mended(text, head, words)
            text += SEPARATOR if index in group.cells else ""
            parts.append(Part(last.page, " ".join(text.split()), tuple(boxes)))
            text, boxes = content, []
        elif last.hyphen:
            text = mended(text, content, words)
        else:
            text += between + content
        if content:
            boxes.append(line.box)
    parts.append(Part(group.lines[-1].page, " ".join(text.split()), tuple(boxes)))
    kept = tuple(part for part in parts if part.text)
    return Block(group.kind, kept, group.level, group.header)


def mended(before: str, after: str, words: Vocabulary) -> str:
    """Join what a line's end broke: with the hyphen where the document writes it so, or where
    no small letter follows (`2015-2025`, `Rodriguez-Acosta`)."""
    first = re.findall(r"[^\W\d_]*$", before)[0]
    second = re.findall(r"^[^\W\d_]*", after)[0]
    if ADDRESS.search(before[-LONGEST_ADDRESS:]):  # the hyphen belongs to the address
        return f"{before}-{after}"
    whole, hyphened = words[f"{first}{second}".casefold()], words[f"{first}-{second}".casefold()]
    if whole and whole >= hyphened:
        return before + after
    unsure = first and second[:1].islower() and not hyphened
    return before + after if unsure else f"{before}-{after}"


def with_broken_words(groups: Sequence[Group]) -> list[Group]:
    """The groups with those lines marked whose last word goes on in the next without a hyphen:
    long words in narrow cells (`implementaci` / `ón`), and addresses. In a file that draws the
    spaces at the ends of its lines, such a line has none."""
    # The lines that follow each other in one cell or paragraph on one page.
    followed = [
        [
            (last, line)
            for index, (last, line) in enumerate(pairwise(group.lines), start=1)
            if index not in group.cells and last.page == line.page and not last.hyphen
        ]
        for group in groups
    ]
    ends = [last.spaced for pairs in followed for last, _ in pairs]
    spaces_drawn = len(ends) >= ENOUGH_LINE_ENDS and sum(ends) > MOST_SPACED * len(ends)
    # Words at the ends of lines are left out: they may be the very pieces that are in doubt.
    inner = Counter(
        word.casefold()
        for group in groups
        for line in group.lines
        for word in line.text.split()[1:-1]
    )
    result = []
    for group, pairs in zip(groups, followed, strict=True):
        broken = {last for last, line in pairs if _breaks_word(last, line, inner, spaces_drawn)}
        marked = tuple(replace(line, broken=line in broken) for line in group.lines)
        result.append(replace(group, lines=marked) if broken else group)
    return result


def _breaks_word(last: Line, line: Line, inner: Vocabulary, spaces_drawn: bool) -> bool:
    if not last.text or not line.text or (spaces_drawn and last.spaced):
        return False
    head, tail = last.text.split()[-1], line.text.split()[0]
    if ADDRESS.search(head):
        return head[-1] in "/?&=_%#-" and re.search(r"[\d/._=-]", tail) is not None
    if not spaces_drawn or _are_two_elements(last, line):
        return False
    # `202` / `4` is a year cut by the edge of its cell; two numbers may just follow each other.
    if head.isdigit() and tail.isdigit():
        sure = last.tag is not None or len(head) == YEAR_DIGITS - 1
        return sure and len(tail) == 1 and len(head) < YEAR_DIGITS
    no_room = last.x1 - last.x0 < NARROW_CELL * last.size
    if not (no_room and head[-1].isalpha() and tail[0].islower()):
        return False
    # The document has the joined word elsewhere, or neither piece as a word.
    head, tail = (re.sub(r"\W", "", piece).casefold() for piece in (head, tail))
    return inner[head + tail] > 0 or not (inner[head] or inner[tail])


def with_list_depths(groups: Sequence[Group]) -> list[Group]:
    """Each list item with its depth, from 0. Any other block than a paragraph ends all lists."""
    result: list[Group] = []
    opened: list[tuple[Line, str]] = []  # the last item of each list that is open, and its sign
    for group in groups:
        if group.kind is not BlockKind.LIST_ITEM:
            if group.kind is not BlockKind.PARAGRAPH:
                opened = []
            result.append(group)
            continue
        line = group.lines[0]
        found = LIST_SIGN.match(line.text)
        sign = (found["bullet"] or str(found.lastgroup)) if found else ""
        opened = [*opened[: _depth(opened, line, sign)], (line, sign)]
        tagged = line.tag.level - 1 if line.tag and line.tag.item else 0
        result.append(replace(group, level=max(len(opened) - 1, tagged)))
    return result


def _depth(opened: Sequence[tuple[Line, str]], line: Line, sign: str) -> int:
    """The depth of an item: it goes on with one of the open lists or opens a deeper one."""
    # Innermost first. On another page or in another column edges do not compare, only signs do.
    for depth, (other, other_sign) in reversed(list(enumerate(opened))):
        elsewhere = other.page != line.page or abs(other.x0 - line.x0) > OTHER_COLUMN * other.size
        aligned = abs(other.x0 - line.x0) <= LIST_INDENT * other.size
        if (elsewhere or aligned) and other_sign == sign:
            return depth
        if not elsewhere and line.x0 > other.x0 + LIST_INDENT * line.size:
            return depth + 1
    return next((depth for depth, (_, other_sign) in enumerate(opened) if other_sign == sign), 0)


def mark_captions(groups: Sequence[Group]) -> list[Group]:
    """Captions by tag or by their label; a label alone is joined to the line that it names."""
    result: list[Group] = []
    for group in groups:
        if result and _is_label_of(result[-1], group):
            result[-1] = replace(result[-1], lines=result[-1].lines + group.lines)
        elif group.kind in CAPTION_KINDS and _is_caption(group):
            result.append(replace(group, kind=BlockKind.CAPTION, level=0))
        else:
            result.append(group)
    return result


def _is_caption(group: Group) -> bool:
    tag, text = group.lines[0].tag, group.text
    if tag is not None and tag.role is Role.CAPTION:
        return True
    label = CAPTION.match(text)
    if label is None or len(text) > LONGEST_CAPTION:
        return False
    following = text[label.end() :].lstrip()
    # «La tabla 2 muestra …» is a sentence; «Tabla 2. Muestra …» and «Tabla 2» alone are captions.
    stopped = label.group()[-1] in ".:)–—-"
    return stopped or not following or not (following[0].islower() or following[0] == ",")


def _is_label_of(label: Group, group: Group) -> bool:
    """Whether a caption is only a label and the group right below says of what."""
    if label.kind is not BlockKind.CAPTION or group.kind not in CAPTION_KINDS or _is_caption(group):
        return False
    match, last, line = CAPTION.match(label.text), label.lines[-1], group.lines[0]
    alone = match is not None and match.end() == len(label.text.rstrip())
    below = last.page == line.page and 0 < line.baseline - last.baseline < CAPTION_GAP * line.size
    short = len(group.text) <= LONGEST_CAPTION and not group.text.endswith(".")
    return alone and below and short and line.bold == last.bold
