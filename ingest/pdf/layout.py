"""Lays out a document: turns the lines of its pages into blocks in reading order.

The steps, most in a file of their own: running headers and footers go, lines are put in reading
order, notes leave the text, tables are found (by tags, else by ruling lines, else by alignment),
times open the rows of timetables, the remaining lines join into paragraphs, list items and
captions, and headings are told by outline, tags, size, boldness and numbering.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby, pairwise
from typing import TypeVar, cast

from ingest.pdf.agenda_rows import inline_rows, split_rows, with_days
from ingest.pdf.aligned_tables import aligned_tables
from ingest.pdf.footnotes import cites, split_footnotes, with_raised_mark
from ingest.pdf.furniture import PageLines, remove_running_lines
from ingest.pdf.headings import OutlineEntry, mark_headings
from ingest.pdf.lines import (
    BULLET,
    OPEN_CIRCLE,
    Line,
    Rule,
    in_runs,
    is_beside,
    overlap,
    usual_size,
)
from ingest.pdf.paragraphs import (
    HEADING_SIZE,
    Group,
    TextMetrics,
    join_tagged_paragraphs,
    make_block,
    make_groups,
    mark_captions,
    measure,
    vocabulary,
    with_broken_words,
    with_list_depths,
)
from ingest.pdf.ruled_tables import ruled_fragments
from ingest.pdf.tables import Table, TableFragment, join_fragments, row_groups, with_tagged_tables
from search.documents import Block, BlockKind

ROWS = (BlockKind.TABLE_ROW, BlockKind.AGENDA_ITEM)
Item = TypeVar("Item", Table, Group)

MOST_JUMPS = 0.15  # of the lines: a page drawn in order hardly ever goes up in one column
FEWEST_JUMPS = 4
MOSTLY_BESIDE = 0.35  # of the lines
MOSTLY_SMALL = 0.5  # of them begin with a small letter
SENTENCE = 30  # characters
MOST_LINES = 600  # more on one page are no running text
SHORTEST_COLUMN = 3  # lines
MOST_CROSSING = 0.34  # of the lines: titles and figures that stand across the columns

SHORTEST_RULE = 20.0  # points: a shorter one underlines a word and parts no rows


@dataclass(frozen=True, slots=True)
class Layout:
    """A document laid out: its blocks in reading order, the printed page numbers where they are
    sure, the texts left out of each page, and those of running lines, once each."""

    blocks: tuple[Block, ...]
    labels: dict[int, str]
    dropped: dict[int, tuple[str, ...]]
    running: tuple[str, ...]


def lay_out(pages: Sequence[PageLines], outline: Sequence[OutlineEntry] = ()) -> Layout:
    """The blocks of a document and what stays out of them.

    A note follows the block that carries its mark.
    """
    kept, running = remove_running_lines(pages)
    # Without the running lines, which are often set in another size.
    body = usual_size(line for page in kept for line in page.lines)
    kept = [replace(page, lines=_in_order(page.lines, body)) for page in kept]
    texts, found = split_footnotes(kept, body)
    notes = [Group(BlockKind.FOOTNOTE, tuple(lines)) for lines in found]
    metrics = measure(texts, body)
    rules = {page.number: page.rules for page in pages}
    # Tables in their place: those that the file tags, then those seen.
    items: list[Line | Table] = []
    for run in _runs_of_lines(with_tagged_tables(texts)):
        items += [run] if isinstance(run, Table) else _with_drawn_tables(run, rules)
    groups = _make_groups(items, metrics)
    groups = with_list_depths(mark_captions(mark_headings(groups, outline, metrics)))
    # With the notes: any line may show how a word that another breaks is written.
    words = vocabulary(line for page in kept for line in page.lines)
    groups = with_broken_words(_with_notes(with_days(groups), notes))
    blocks = [make_block(_without_signs(group), words) for group in groups]
    return Layout(
        blocks=tuple(block for block in blocks if block.parts),
        labels=running.labels,
        dropped=running.dropped,
        running=running.texts,
    )


def _in_order(lines: tuple[Line, ...], body: float) -> tuple[Line, ...]:
    """The lines in reading order, without rotated text (stamps, margins) unless there is hardly
    anything else: a landscape table may be drawn sideways on an upright page."""
    horizontal = tuple(line for line in lines if line.horizontal)
    upright = horizontal if len(horizontal) * 2 >= len(lines) else lines
    return tuple(_with_titles_first(in_reading_order(upright), body))


def _with_drawn_tables(
    lines: Sequence[Line], rules: Mapping[int, Sequence[Rule]]
) -> Iterator[Line | Table]:
    """The lines in reading order, those of a table replaced by it where it begins. `rules` are
    what each page draws."""
    found: list[Line | TableFragment] = []
    for page, run in groupby(lines, lambda line: line.page):
        found.extend(ruled_fragments(list(run), rules.get(page, ())))
    levels = {
        page: [r for r in drawn if r.y1 - r.y0 < 1 and r.x1 - r.x0 > SHORTEST_RULE]
        for page, drawn in rules.items()
    }
    # Alignment is looked for only in the lines between ruled tables, never across one.
    for item in _runs_of_lines(join_fragments(found)):
        yield from [item] if isinstance(item, Table) else aligned_tables(item, levels)


def _with_titles_first(lines: Sequence[Line], body: float) -> Sequence[Line]:
    """With large lines that are drawn last, but stand above all others, moved to their place."""
    large = [line.size >= HEADING_SIZE * body for line in lines]
    if all(large) or not large[-1]:
        return lines
    end = len(large) - large[::-1].index(False)
    first, last = lines[:end], lines[end:]
    above = max(line.y1 for line in last) <= min(line.y0 for line in first) + 1
    return [*last, *first] if above else lines


def in_reading_order(lines: Sequence[Line]) -> Sequence[Line]:
    """As drawn, which is right for nearly all files, or by columns and from top to bottom, where
    the drawing jumps up the page again and again, or to and fro between columns of sentences.

    Reading by position interleaves columns (word order .51 instead of .98, measured on pages of
    two). Only a page whose drawing jumps about is cut again, by a recursive XY-cut (Nagy and Seth,
    1984): the best gutter, then the columns beside it.
    """
    if len(lines) > MOST_LINES:
        return lines
    # To a line above in the same column: no column or cell begins so.
    jumps = sum(
        line.baseline < last.baseline - 0.5 * last.size and overlap(last, line)
        for last, line in pairwise(lines)
    )
    # Most lines stand beside the one before and are pieces of sentences, not cells.
    beside = [line for last, line in pairwise(lines) if is_beside(last, line)]
    zigzags = (
        len(beside) >= max(FEWEST_JUMPS, MOSTLY_BESIDE * len(lines))
        and sum(len(line.text) for line in beside) > SENTENCE * len(beside)
        and sum(line.text[:1].islower() for line in beside) > MOSTLY_SMALL * len(beside)
    )
    if jumps < max(FEWEST_JUMPS, MOST_JUMPS * len(lines)) and not zigzags:
        return lines
    return _by_columns(sorted(lines, key=lambda line: line.baseline))


def _by_columns(lines: Sequence[Line]) -> list[Line]:
    """Lines that cross the gutter cut the page into sections; in each, left before right."""
    gutter = _gutter(lines)
    if gutter is None:
        # From top to bottom, and what shares a baseline from left to right.
        rows = in_runs(lines, lambda row, line: is_beside(row[0], line))
        return [line for row in rows for line in sorted(row, key=lambda member: member.x0)]
    ordered: list[Line] = []
    for crosses, members in groupby(lines, lambda line: _crosses(line, gutter)):
        section = list(members)
        if crosses:
            ordered += section
            continue
        ordered += _by_columns([line for line in section if line.x1 <= gutter + 1])
        ordered += _by_columns([line for line in section if line.x1 > gutter + 1])
    return ordered


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where fewest lines stand across and enough on both sides, side by side."""
    best: tuple[int, int] | None = None
    found = None
    for x in sorted({round(line.x1) for line in lines}):
        crossing = sum(_crosses(line, x) for line in lines)
        left = [line for line in lines if line.x1 <= x + 1]
        # A line narrower than two points may fit either side: it counts on one, the side that
        # the cut gives it to. Both then hold lines, so that every cut leaves fewer to cut.
        right = [line for line in lines if line.x0 >= x - 1 and line.x1 > x + 1]
        shorter = min(len(left), len(right))
        if shorter < SHORTEST_COLUMN or crossing > MOST_CROSSING * len(lines):
            continue
        if left[0].baseline > right[-1].baseline or right[0].baseline > left[-1].baseline:
            continue
        if best is None or (-crossing, shorter) > best:
            best, found = (-crossing, shorter), x
    return found


def _crosses(line: Line, gutter: float) -> bool:
    return line.x0 < gutter - 1 and line.x1 > gutter + 1


def _make_groups(items: Iterable[Line | Table], metrics: TextMetrics) -> list[Group]:
    """The rows of tables; of the lines between them, timetable rows and paragraphs."""
    groups: list[Group] = []
    for item in _runs_of_lines(items):
        if isinstance(item, Table):
            groups += row_groups(item)
            continue
        for part in _runs_of_lines(split_rows(item)):
            groups += [part] if isinstance(part, Group) else make_groups(part, metrics)
    # Only now: what stands between the halves of a tagged paragraph may be a table or a row.
    return inline_rows(join_tagged_paragraphs(groups, metrics))


def _runs_of_lines(items: Iterable[Line | Item]) -> Iterator[list[Line] | Item]:
    """The items, with the lines between the others taken together."""
    for are_lines, run in groupby(items, lambda item: isinstance(item, Line)):
        members = list(run)
        yield from [cast("list[Line]", members)] if are_lines else cast("list[Item]", members)


def _with_notes(groups: Sequence[Group], notes: Sequence[Group]) -> list[Group]:
    """Each note behind the block on its page that carries its mark (behind all rows, in a table),
    or else behind the last block that begins on its page."""
    on_page: dict[int, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        for page in {line.page for line in group.lines}:
            on_page[page].append(index)
    # The rows of a tagged table over several pages stand before the lines between them: the running
    # maximum keeps the pages in order, as bisect needs them.
    begins = list(accumulate((group.lines[0].page for group in groups), max))
    behind: dict[int, list[Group]] = defaultdict(list)
    for note in notes:
        page, text = note.lines[0].page, with_raised_mark(note.text)
        place = bisect_right(begins, page) - 1
        for index in on_page[page]:
            said = " ".join(line.text for line in groups[index].lines if line.page == page)
            if cites(said, text):
                place = index
                break
        # A note between two rows would part the table.
        while 0 <= place < len(groups) - 1 and groups[place].kind in ROWS:
            if groups[place + 1].kind not in ROWS:
                break
            place += 1
        behind[place].append(note)
    merged = behind[-1]
    for index, group in enumerate(groups):
        merged += [group, *behind[index]]
    return merged


def _without_signs(group: Group) -> Group:
    """The group without its bullet (numbers and letters stay, they are referred to); a note with
    its mark raised."""
    first = group.lines[0]
    text = first.text
    if group.kind in (BlockKind.LIST_ITEM, BlockKind.HEADING):
        bullet = OPEN_CIRCLE if first.tag is not None and first.tag.item else BULLET
        text = bullet.sub("", text) or text
    elif group.kind is BlockKind.FOOTNOTE:
        text = with_raised_mark(text)
    return replace(group, lines=(replace(first, text=text), *group.lines[1:]))
