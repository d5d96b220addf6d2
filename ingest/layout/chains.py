"""Which plain groups of lines are headings because their numbers go on through the document."""

import re
from collections.abc import Sequence

from ingest.layout.groups import Group
from search.types import BlockKind

NUMBERED = re.compile(r"^(?:(?P<arabic>\d{1,2})|(?P<roman>[IVX]{1,5}))[.)]?(?:-|–)?\s+[^\W\d_a-z]")
ROMANS = "I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX".split()
LONGEST = 90
SHORTEST_CHAIN = 3
TEXT = 80  # characters of what stands below
PLAIN = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)


def numbered_headings(groups: Sequence[Group]) -> set[int]:
    """Short numbered lines without a full stop, each with text below: `1 Antecedentes`, then
    `2 Objetivos`, then `3 …`. Items of a list have the next item below."""
    found: set[int] = set()
    for kind in ("arabic", "roman"):
        chain: list[int] = []
        for index, group in enumerate(groups):
            number = _number(group, kind)
            if not number or not _has_text_below(groups, index):
                continue
            if number == len(chain) + 1:
                chain.append(index)
        if len(chain) >= SHORTEST_CHAIN:
            found.update(chain)
    return found


def _number(group: Group, kind: str) -> int:
    text = group.text
    if group.kind not in PLAIN or len(text) > LONGEST or text.endswith((".", ",", ";", ":")):
        return 0
    match = NUMBERED.match(text)
    if match is None or match[kind] is None:
        return 0
    if kind == "arabic":
        return int(match[kind])
    return ROMANS.index(match[kind]) + 1 if match[kind] in ROMANS else 0


def _has_text_below(groups: Sequence[Group], index: int) -> bool:
    if index + 1 == len(groups):
        return False
    below = groups[index + 1]
    return below.kind in PLAIN and len(below.text) >= TEXT and NUMBERED.match(below.text) is None
