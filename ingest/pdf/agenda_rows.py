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

SAME_EDGE = 5.0  # points
TALL_CELL = 12.0  # em: a time may stand in the middle of a tall cell, its text begin far above
CLOSE = 6  # groups: where inline times stand so close together they are a timetable


def split_rows(lines: Sequence[Line]) -> Iterator[Line | Group]:
    """The lines, with those that make a row of a timetable replaced by the row, and days between
    rows by a row of their own."""
    index = 0
    while index < len(lines):
        size = _opener(lines, index)
        if size:
            row, index = _row(lines, index, size)
            yield row
        elif _is_day_row(lines, index):
            yield Group(BlockKind.TABLE_ROW, (lines[index],))
            index += 1
        else:
            yield lines[index]
            index += 1


def _opener(lines: Sequence[Line], index: int) -> int:
    """How many lines from here are the time cell of a row (0: no row opens here)."""
    size = _time_lines(lines, index)
    after = index + size
    if not size or after >= len(lines):
        return 0
    time, rest = lines[index], lines[after]
    right = rest.x0 > max(line.x1 for line in lines[index:after]) - 1
    near = abs(rest.baseline - time.baseline) < TALL_CELL * time.size
    return size if right and near and rest.page == time.page else 0


def _time_lines(lines: Sequence[Line], index: int) -> int:
    """One to three lines under each other that are nothing but a time (`10:30-` `10:40` `(10
    minutos)`)."""
    # The longest run that is a time: «10:30-» alone is one, but «10:30-» «10:40» is the whole.
    text, best = "", 0
    for count, line in enumerate(lines[index : index + 3], start=1):
        under = count == 1 or (
            abs(line.x0 - lines[index].x0) < 4 * SAME_EDGE and line.baseline > lines[index].baseline
        )
        if not under or line.page != lines[index].page:
            break
        text = f"{text}{line.text}" if text.endswith("-") else f"{text} {line.text}".strip()
        text += "-" if line.hyphen else ""
        if time_cell(text) == len(text):
            best = count
    return best


def _row(lines: Sequence[Line], start: int, size: int) -> tuple[Group, int]:
    """The row that opens at `start` with a time cell of `size` lines, and the index behind it.

    A cell goes on below its last line; a line beside it opens the next cell.
    """
    first = start + size
    edge, cells, end = lines[first].x0, [size], first + 1
    while end < len(lines) and not _opener(lines, end):
        last, line = lines[end - 1], lines[end]
        if line.size > 1.2 * last.size:
            break  # a heading below the timetable
        if _goes_on_elsewhere(lines, first, end):
            edge = line.x0
        elif _is_next_cell(last, line):
            cells.append(end - start)
        elif not _is_below(last, line, edge):
            break
        end += 1
    return Group(BlockKind.AGENDA_ITEM, tuple(lines[start:end]), cells=tuple(cells)), end


def _is_next_cell(last: Line, line: Line) -> bool:
    """Beside the last line or higher, to its right, and not as far as another column is."""
    level = last.baseline - TALL_CELL * line.size < line.baseline <= last.baseline
    beside = -1 < line.x0 - last.x1 < TALL_CELL * line.size
    return line.page == last.page and level and beside


def _is_below(last: Line, line: Line, edge: float) -> bool:
    below = line.page == last.page and 0 < line.baseline - last.baseline < 3 * line.size
    return below and line.x0 > edge - SAME_EDGE


def _goes_on_elsewhere(lines: Sequence[Line], start: int, end: int) -> bool:
    """Whether a line at the top of the next column or page belongs to the row before it: its word
    was broken, it has the edge of the row's text, or the next time stands as far to its left."""
    last, line = lines[end - 1], lines[end]
    moved = line.page != last.page or (line.baseline < last.baseline and line.x0 > last.x1)
    if not moved:
        return False
    if last.hyphen or (line.page != last.page and abs(line.x0 - lines[start].x0) < 1):
        return True
    offset = lines[start].x0 - lines[start - 1].x0
    # In the column or on the page that follows, the timetable has moved as a whole.
    following = (other for other in lines[end + 1 : end + 12] if time_cell(other.text))
    time = next(following, None)
    return time is not None and abs(line.x0 - time.x0 - offset) < SAME_EDGE


def _is_day_row(lines: Sequence[Line], index: int) -> bool:
    """Whether a line is a day between rows or before the first. One set larger or bolder than they
    are is a heading."""
    if not is_day(lines[index].text):
        return False
    following = index + 1
    return (
        following < len(lines)
        and _opener(lines, following) > 0
        and lines[index].size <= 1.1 * lines[following].size
        and not (lines[index].bold and not lines[following].bold)
    )


def inline_rows(groups: Sequence[Group]) -> list[Group]:
    """Paragraphs that open with a time become rows where several are close together; one alone may
    be a sentence."""
    opens = [_inline_cut(group) for group in groups]
    places = [index for index, cut in enumerate(opens) if cut]
    result = list(groups)
    for index in places:
        if any(other != index and abs(other - index) <= CLOSE for other in places):
            result[index] = _inline_row(groups[index], opens[index])
    return result


def _inline_cut(group: Group) -> int:
    if group.kind not in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM):
        return 0
    length = time_cell(group.lines[0].text)
    return length if 0 < length < len(group.text) else 0


def _inline_row(group: Group, cut: int) -> Group:
    first = group.lines[0]
    if cut >= len(first.text):
        return replace(group, kind=BlockKind.AGENDA_ITEM, cells=(1,))
    # Where the time ends in the line is estimated from its share of the characters.
    middle = first.x0 + (first.x1 - first.x0) * cut / len(first.text)
    time = replace(first, text=first.text[:cut], x1=middle, hyphen=False)
    rest = replace(first, text=first.text[cut:].strip(" -–—|\t"), x0=middle)
    return Group(BlockKind.AGENDA_ITEM, (time, rest, *group.lines[1:]), cells=(1,))


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
