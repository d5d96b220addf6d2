"""Which groups of lines are the table of contents: texts with page numbers, not headings."""

import re
from collections import defaultdict
from collections.abc import Sequence

from ingest.layout.groups import Group
from ingest.layout.tags import Role

LEADERS = re.compile(r"\.{4,}|…{2,}|(?:\.\s){4,}|_{4,}|·{4,}")
TITLE = re.compile(
    r"^(?:tabla de )?(?:contenidos?|[íi]ndice(?: general| de contenidos?)?|sumario|sum[áa]rio"
    r"|(?:table of )?contents|table des mati[èe]res|contenido general)\s*:?$",
    re.IGNORECASE,
)
NUMBER = re.compile(r"(?:[\s/.…·|_-]|\bp[áa]gs?\.?)\s?\d{1,3}$")
LONGEST = 200  # characters of an entry
FEW = 3  # entries of one page: fewer are no table of contents without its title
SHARE = 0.5  # of the groups of the page


def find_contents(groups: Sequence[Group]) -> set[int]:
    """The entries: with leaders or tagged so, or texts with a page number that are most of a page
    or stand below a title that says what they are."""
    pages: dict[int, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        pages[group.lines[0].page].append(index)
    found: set[int] = set()
    for members in pages.values():
        entries = {index for index in members if _is_numbered(groups[index].text)}
        titled = any(is_contents_title(groups[index].text) for index in members)
        if len(entries) >= FEW and (titled or len(entries) >= SHARE * len(members)):
            found |= entries
        found.update(index for index in members if _is_entry(groups[index]))
    return found


def is_contents_title(text: str) -> bool:
    """Whether a text is the title of a table of contents."""
    return TITLE.match(text.strip()) is not None


def _is_numbered(text: str) -> bool:
    named = len(text) <= LONGEST and any(map(str.isalpha, text))
    return named and NUMBER.search(text[-10:]) is not None


def _is_entry(group: Group) -> bool:
    tag = group.lines[0].tag
    if is_contents_title(group.text):
        return False
    return LEADERS.search(group.text) is not None or (tag is not None and tag.role is Role.CONTENTS)
