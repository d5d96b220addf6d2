"""Finds the rows of timetables that no table gave: a time at the left edge opens a row.

Timetables without rules and tags are what no table finder gets right; but their rows begin with a
time, and that is enough.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.pdf.lines import Line
from ingest.pdf.paragraphs import Group
from search.documents import BlockKind
from search.text.times import is_day, time_cell

PARAGRAPHS = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
SAME_EDGE = 5.0  # points
TALL_CELL = 12.0  # em: a time may stand in the middle of a tall cell, its text begin far above
CLOSE = 6  # groups: where inline times stand so close together they are a timetable


def split_rows(lines: Sequence[Line]) -> Iterator[Line | Group]:
    """The lines, with those that make a row of a timetable replaced by the row, and days between
    rows, or before the first, by a row of their own."""
    index = 0
    while index < len(lines):
        line, following = lines[index], lines[index + 1 : index + 2]
        size = _opener(lines, index)
        if size:
            row = _row(lines, index, size)
            yield row
            index += len(row.lines)
            continue
        # A day set larger or bolder than the rows are is a heading.
        plain = following and line.size <= 1.1 * following[0].size
        if (
            plain
            and is_day(line.text)
            and line.bold <= following[0].bold
            and _opener(lines, index + 1)
        ):
            yield Group(BlockKind.TABLE_ROW, (line,))
        else:
            yield line
        index += 1


def _opener(lines: Sequence[Line], index: int) -> int:
    """How many lines from here are the time cell of a row (0: no row opens here): one to three
    under each other that are nothing but a time (`10:30-` `10:40` `(10 minutos)`)."""
    # The longest run that is a time: «10:30-» alone is one, but «10:30-» «10:40» is the whole.
    time, text, size = lines[index], "", 0
    for count, line in enumerate(lines[index : index + 3], start=1):
        under = abs(line.x0 - time.x0) < 4 * SAME_EDGE and line.baseline > time.baseline
        if line.page != time.page or not (under or count == 1):
            break
        text = f"{text}{line.text}" if text.endswith("-") else f"{text} {line.text}".strip()
        text += "-" if line.hyphen else ""
        if time_cell(text) == len(text):
            size = count
    rest = lines[index + size : index + size + 1]
    if not size or not rest or rest[0].page != time.page:
        return 0
    right = rest[0].x0 > max(line.x1 for line in lines[index : index + size]) - 1
    near = abs(rest[0].baseline - time.baseline) < TALL_CELL * time.size
    return size if right and near else 0


def _row(lines: Sequence[Line], start: int, size: int) -> Group:
    """The row that opens at `start` with a time cell of `size` lines.

    A cell goes on below its last line; a line beside it opens the next cell.
    """
    first = start + size
    edge, cells, end = lines[first].x0, [size], first + 1
    while end < len(lines) and not _opener(lines, end):
        last, line = lines[end - 1], lines[end]
        if line.size > 1.2 * last.size:
            break  # a heading below the timetable
        down = line.baseline - last.baseline
        if _goes_on_elsewhere(lines, first, end):
            edge = line.x0
        elif line.page != last.page:
            break
        # Beside the last line or higher, to its right, and not as far as another column is.
        elif -TALL_CELL * line.size < down <= 0 and -1 < line.x0 - last.x1 < TALL_CELL * line.size:
            cells.append(end - start)
        elif not 0 < down < 3 * line.size or line.x0 <= edge - SAME_EDGE:
            break
        end += 1
    return Group(BlockKind.AGENDA_ITEM, tuple(lines[start:end]), cells=tuple(cells))


def _goes_on_elsewhere(lines: Sequence[Line], start: int, end: int) -> bool:
    """Whether a line at the top of the next column or page belongs to the row before it: its word
    was broken, it has the edge of the row's text, or the next time stands as far to its left."""
    last, line = lines[end - 1], lines[end]
    turned = line.page != last.page
    if not turned and not (line.baseline < last.baseline and line.x0 > last.x1):
        return False
    if last.hyphen or (turned and abs(line.x0 - lines[start].x0) < 1):
        return True
    offset = lines[start].x0 - lines[start - 1].x0
    # In the column or on the page that follows, the timetable has moved as a whole.
    time = next((other for other in lines[end + 1 : end + 12] if time_cell(other.text)), None)
    return time is not None and abs(line.x0 - time.x0 - offset) < SAME_EDGE


def inline_rows(groups: Sequence[Group]) -> list[Group]:
    """Paragraphs that open with a time become rows where several are close together; one alone may
    be a sentence."""
    cuts = [time_cell(group.lines[0].text) if group.kind in PARAGRAPHS else 0 for group in groups]
    places = [i for i, group in enumerate(groups) if 0 < cuts[i] < len(group.text)]
    result = list(groups)
    for index in places:
        if not any(other != index and abs(other - index) <= CLOSE for other in places):
            continue
        group, cut, first = groups[index], cuts[index], groups[index].lines[0]
        lines = group.lines
        if cut < len(first.text):
            # Where the time ends in the line is estimated from its share of the characters.
            middle = first.x0 + (first.x1 - first.x0) * cut / len(first.text)
            time = replace(first, text=first.text[:cut], x1=middle, hyphen=False)
            rest = replace(first, text=first.text[cut:].strip(" -–—|\t"), x0=middle)
            lines = (time, rest, *group.lines[1:])
        result[index] = Group(BlockKind.AGENDA_ITEM, lines, group.level, group.header, cells=(1,))
    return result


def with_days(groups: Sequence[Group]) -> list[Group]:
    """Each row of a timetable with the day above it before its header."""
    day = ""
    result = []
    for group in groups:
        if group.kind is BlockKind.AGENDA_ITEM:
            header = "; ".join(filter(None, (day, group.header)))
            result.append(replace(group, header=header))
            continue
        if is_day(group.text):
            day = group.text
        # Another section begins, whose hours are not of that day.
        elif group.kind in (BlockKind.HEADING, BlockKind.TITLE):
            day = ""
        result.append(group)
    return result
