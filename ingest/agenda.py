"""Passages that are rows of a timetable to agenda items with start, end and duration."""

import re
from collections.abc import Iterable

from ingest.times import Clock, clocks, is_day, stated_minutes, time_cell
from search.types import AgendaItem, BlockKind, Passage

ROWS = (BlockKind.AGENDA_ITEM, BlockKind.TABLE_ROW)
NOON = 12 * 60
DAY_LENGTH = 24 * 60
EARLY = 8 * 60  # a bare time before eight that goes back in the day is read as p.m.


def agenda_items(passages: Iterable[Passage]) -> tuple[AgendaItem, ...]:
    """The rows that open with a time, in order.

    Where neither a.m. nor p.m. is written, a time that would go back in its day is read in the
    afternoon: `4:45 - 5:00` after `15:15 - 16:45` is 16:45-17:00.
    """
    items = []
    day: str | None = None
    latest: int | None = None
    for passage in passages:
        length = time_cell(passage.text) if passage.kind in ROWS else 0
        title = passage.text[length:].strip(" |:–—-\n")
        if not length or not title:
            continue
        if _day(passage.context) != day:
            day, latest = _day(passage.context), None
        start, end = _times(clocks(passage.text), latest)
        latest = start if end is None else end
        items.append(
            AgendaItem(
                passage_id=passage.id,
                title=title,
                day=day,
                start=_written(start),
                end=None if end is None else _written(end),
                stated_minutes=_stated(passage.text, length),
                computed_minutes=None if end is None else end - start,
            )
        )
    return tuple(items)


def _times(found: list[Clock], latest: int | None) -> tuple[int, int | None]:
    """Start and end in minutes after midnight; an end before its start is in the afternoon."""
    start = found[0]
    begin = start.minutes
    finish = found[1] if len(found) > 1 else None
    if finish is not None and finish.half == "p" and not start.half and begin < NOON:
        later = begin + NOON
        begin = later if later <= finish.minutes else begin
    elif not start.half and latest is not None and begin < latest:
        later = begin + NOON
        fits = later == latest or (begin < EARLY and later >= latest)
        begin = later if fits and later < DAY_LENGTH else begin
    if finish is None:
        return begin, None
    end = finish.minutes
    if end < begin and not finish.half and begin <= end + NOON < DAY_LENGTH:
        end += NOON
    if end < begin:
        end += DAY_LENGTH
    return begin, end


def _stated(text: str, length: int) -> int | None:
    inside = stated_minutes(text[:length])
    return stated_minutes(text) if inside is None else inside


def _day(context: str) -> str | None:
    """The part of a row's header that names a day."""
    pieces = re.split(r"\s*[\n;]\s*", context)
    return next((piece for piece in pieces if is_day(piece)), None)


def _written(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
