"""Lays out a document: turns the lines of its pages into blocks in reading order.

The steps, each in a file of its own: running headers and footers go, lines are put in reading
order, notes leave the text, tables are found (by tags, else by ruling lines, else by alignment),
times open the rows of timetables, the remaining lines join into paragraphs, list items and
captions, and headings are told by outline, tags, size, boldness and numbering.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby
from typing import TypeVar

from ingest.pdf.agenda_rows import inline_rows, split_rows, with_days
from ingest.pdf.aligned_tables import aligned_tables
from ingest.pdf.footnotes import cites, split_footnotes, with_raised_mark
from ingest.pdf.furniture import PageLines, remove_running_lines
from ingest.pdf.headings import OutlineEntry, mark_headings
from ingest.pdf.lines import Line, Rule, without_bullet
from ingest.pdf.paragraphs import (
    Group,
    TextMetrics,
    body_size,
    join_tagged_paragraphs,
    make_block,
    make_groups,
    mark_captions,
    measure,
    vocabulary,
    with_broken_words,
    with_list_depths,
)
from ingest.pdf.reading_order import in_reading_order, with_titles_first
from ingest.pdf.ruled_tables import ruled_fragments
from ingest.pdf.tables import Table, TableFragment, join_fragments, row_groups, with_tagged_tables
from search.documents import Block, BlockKind

ROWS = (BlockKind.TABLE_ROW, BlockKind.AGENDA_ITEM)
Item = TypeVar("Item", Table, Group)

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
    body = body_size(line for page in kept for line in page.lines)
    kept = [replace(page, lines=_in_order(page.lines, body)) for page in kept]
    texts, found = split_footnotes(kept, body)
    notes = [Group(BlockKind.FOOTNOTE, tuple(lines)) for lines in found]
    metrics = measure(texts, body)
    rules = {page.number: page.rules for page in pages}
    groups = _make_groups(_find_tables(texts, rules), metrics)
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
    return tuple(with_titles_first(in_reading_order(_without_rotated(lines)), body))


def _without_rotated(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The lines but for rotated text (stamps, margins), unless there is hardly anything else: a
    landscape table may be drawn sideways on an upright page."""
    horizontal = tuple(line for line in lines if line.horizontal)
    return horizontal if len(horizontal) * 2 >= len(lines) else lines


def _find_tables(
    pages: Sequence[Sequence[Line]], rules: Mapping[int, Sequence[Rule]]
) -> Iterator[Line | Table]:
    """The lines of all pages, tables in their place: those that the file tags, then those seen."""
    tagged = [item for page in with_tagged_tables(pages) for item in page]
    for item in _runs_of_lines(tagged):
        yield from [item] if isinstance(item, Table) else _with_drawn_tables(item, rules)


def _with_drawn_tables(
    lines: Sequence[Line], rules: Mapping[int, Sequence[Rule]]
) -> list[Line | Table]:
    """The lines in reading order, those of a table replaced by it where it begins. `rules` are
    what each page draws."""
    found: list[Line | TableFragment] = []
    for page, run in groupby(lines, lambda line: line.page):
        found.extend(ruled_fragments(list(run), rules.get(page, ())))
    levels = {page: [rule for rule in drawn if _parts_rows(rule)] for page, drawn in rules.items()}
    result: list[Line | Table] = []
    loose: list[Line] = []
    # Alignment is looked for only in the lines between ruled tables, never across one.
    for item in join_fragments(found):
        if isinstance(item, Line):
            loose.append(item)
            continue
        result.extend((*aligned_tables(loose, levels), item))
        loose = []
    return [*result, *aligned_tables(loose, levels)]


def _parts_rows(rule: Rule) -> bool:
    return rule.y1 - rule.y0 < 1 and rule.x1 - rule.x0 > SHORTEST_RULE


def _make_groups(items: Iterable[Line | Table], metrics: TextMetrics) -> list[Group]:
    """The rows of tables; of the lines between them, timetable rows and paragraphs."""
    groups: list[Group] = []
    for item in _runs_of_lines(items):
        groups.extend(row_groups(item) if isinstance(item, Table) else _paragraphs(item, metrics))
    # Only now: what stands between the halves of a tagged paragraph may be a table or a row.
    return inline_rows(join_tagged_paragraphs(groups, metrics))


def _paragraphs(lines: Sequence[Line], metrics: TextMetrics) -> list[Group]:
    groups: list[Group] = []
    for item in _runs_of_lines(split_rows(lines)):
        groups.extend([item] if isinstance(item, Group) else make_groups(item, metrics))
    return groups


def _runs_of_lines(items: Iterable[Line | Item]) -> Iterator[list[Line] | Item]:
    """The items, with the lines between the others taken together."""
    run: list[Line] = []
    for item in items:
        if isinstance(item, Line):
            run.append(item)
            continue
        if run:
            yield run
            run = []
        yield item
    if run:
        yield run


def _with_notes(groups: Sequence[Group], notes: Sequence[Group]) -> list[Group]:
    """Each note behind the block on its page that carries its mark (behind all rows, in a table),
    or else behind the last block that begins on its page."""
    on_page: dict[int, list[int]] = {}
    for index, group in enumerate(groups):
        for page in {line.page for line in group.lines}:
            on_page.setdefault(page, []).append(index)
    # The rows of a tagged table over several pages stand before the lines between them: the running
    # maximum keeps the pages in order, as bisect needs them.
    begins = list(accumulate((group.lines[0].page for group in groups), max))
    behind: dict[int, list[Group]] = {}
    for note in notes:
        page = note.lines[0].page
        citing = (index for index in on_page.get(page, ()) if _cites(groups[index], note, page))
        last = bisect_right(begins, page) - 1
        behind.setdefault(_end_of_rows(groups, next(citing, last)), []).append(note)
    merged = behind.get(-1, [])
    for index, group in enumerate(groups):
        merged += [group, *behind.get(index, [])]
    return merged


def _cites(group: Group, note: Group, page: int) -> bool:
    text = " ".join(line.text for line in group.lines if line.page == page)
    return cites(text, with_raised_mark(note.text))


def _end_of_rows(groups: Sequence[Group], index: int) -> int:
    # A note between two rows would part the table.
    while index >= 0 and groups[index].kind in ROWS and index + 1 < len(groups):
        if groups[index + 1].kind not in ROWS:
            break
        index += 1
    return index


def _without_signs(group: Group) -> Group:
    first = group.lines[0]
    if group.kind in (BlockKind.LIST_ITEM, BlockKind.HEADING):
        first = without_bullet(first)
    elif group.kind is BlockKind.FOOTNOTE:
        first = replace(first, text=with_raised_mark(first.text))
    return replace(group, lines=(first, *group.lines[1:]))
