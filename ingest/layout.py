"""The lines of a document to its blocks in reading order.

Running lines go, notes leave the running text, times open rows, lines join into paragraphs, and
headings are told by outline, size, boldness and numbering.
"""

from collections.abc import Sequence
from dataclasses import replace

from ingest.footnotes import split_footnotes, with_raised_mark
from ingest.groups import Group, Setting, body_size, make_groups, measure, without_bullet
from ingest.headings import OutlineEntry, mark_headings
from ingest.joins import make_block, vocabulary
from ingest.lines import Line
from ingest.running import PageLines, without_running
from ingest.timetable import inline_rows, split_rows, with_days
from search.types import Block, BlockKind


def lay_out(
    pages: Sequence[PageLines], outline: Sequence[OutlineEntry] = ()
) -> tuple[tuple[Block, ...], dict[int, str]]:
    """The blocks in reading order, and the printed page numbers where they are sure.

    Drawing order is taken as reading order: measured better than any sorting by position, which
    mixes columns. The notes of a page follow the block that ends or crosses it.
    """
    kept, labels = without_running(pages)
    body = body_size(line for page in kept for line in page.lines)
    texts: list[list[Line]] = []
    notes: list[Group] = []
    for page in kept:
        text, page_notes = split_footnotes(_upright(page.lines), body, page.height)
        texts.append(text)
        notes.extend(Group(BlockKind.FOOTNOTE, tuple(lines)) for lines in page_notes)
    setting = measure(texts, body)
    running = [line for text in texts for line in text]
    groups = with_days(mark_headings(_grouped(running, setting), outline, setting))
    words = vocabulary(line for page in kept for line in page.lines)
    blocks = [make_block(_polished(group), words) for group in _with_notes(groups, notes)]
    return tuple(block for block in blocks if block.parts), labels


def _upright(lines: Sequence[Line]) -> list[Line]:
    """Without turned text (stamps, margins), unless the page has hardly anything else."""
    upright = [line for line in lines if line.level]
    return upright if len(upright) * 2 >= len(lines) else list(lines)


def _grouped(lines: Sequence[Line], setting: Setting) -> list[Group]:
    groups: list[Group] = []
    loose: list[Line] = []
    for item in split_rows(lines):
        if isinstance(item, Line):
            loose.append(item)
            continue
        groups.extend(make_groups(loose, setting))
        groups.append(item)
        loose = []
    groups.extend(make_groups(loose, setting))
    return inline_rows(groups)


def _with_notes(groups: Sequence[Group], notes: Sequence[Group]) -> list[Group]:
    """Each page's notes behind the last block that begins on it."""
    merged = [(group.lines[0].page, 0, group) for group in groups]
    merged += [(note.lines[0].page, 1, note) for note in notes]
    return [group for _, _, group in sorted(merged, key=lambda item: item[:2])]


def _polished(group: Group) -> Group:
    first = group.lines[0]
    if group.kind in (BlockKind.LIST_ITEM, BlockKind.HEADING):
        first = without_bullet(first)
    elif group.kind is BlockKind.FOOTNOTE:
        first = replace(first, text=with_raised_mark(first.text))
    return replace(group, lines=(first, *group.lines[1:]))
