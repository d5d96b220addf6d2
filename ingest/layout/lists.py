"""Groups to groups whose list items know how deep they stand: by tag, else by sign and indent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.layout.groups import Group
from ingest.layout.lines import Line
from search.types import BlockKind

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
