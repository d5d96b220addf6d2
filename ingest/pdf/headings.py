"""Groups to groups with titles and headings told from paragraphs, each heading with its level."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from ingest.pdf.lines import BULLET, Line, Role
from ingest.pdf.paragraphs import LARGER, Group, Setting, same_size
from search.documents import BlockKind
from search.text.vocabulary import roman_number

TITLE_LARGER = 1.3
LONGEST = 180
LONGEST_BOLD = 110
KEYWORD = re.compile(
    r"^(?:m[óo]dulo|cap[íi]tulo|unidad|anexo|parte|secci[óo]n|t[íi]tulo|module|chapter|annex|appendix|part|unit|section)"
    r"\s+(?:\d{1,2}|[IVXLC]{1,6})\b(?!\s+(?:del?|y|of)\b)",
    re.IGNORECASE,
)
NUMBERING = re.compile(r"^(\d{1,2}(?:\.\d{1,2})*)[.)]?\s+\S")
DECIMAL = re.compile(r"^(?:\d{1,2}(?:\.\d{1,2}){1,3}|[IVX]{1,5}\.[A-Z\d])[.)]?\s+[^\W\d_a-z]")
DEEPEST = 6
MOST_TAGGED = 0.3  # of the text: more is no heading, whatever its tag
TEXTS = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
TIGHT = 1.35  # em: the line distance of one heading
LOOSE = 2.0  # em: and where its words say that it goes on
CUT = re.compile(
    r"\b(?:de|del|la|las|el|los|en|y|e|o|u|a|al|con|por|para|sobre|da|do|das|dos|of|the|and|or|in|on|for|to|et|des?)$"
)
MOSTLY = 0.8  # of the headings of one look


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """One bookmark of a file: its depth from 1, title and page (0: unknown)."""

    level: int
    title: str
    page: int


Style = tuple[float, bool, int]
"""How a heading looks: size, boldness, depth of its numbering."""


def mark_headings(
    groups: Sequence[Group], outline: Sequence[OutlineEntry], setting: Setting
) -> list[Group]:
    """Evidence in this order: the file's outline, its tags, size, boldness, numbered keywords."""
    body = setting.body
    groups = _merged(groups, body, setting)
    contents, numbered = find_contents(groups), numbered_headings(groups)
    found = _without(_bookmarked(groups, outline), contents)
    tagged = _without(_tagged(groups), contents)
    if not found:
        found = tagged
    bold_body = _bold_share(groups) > 0.4
    styled = [
        index
        for index, group in enumerate(groups)
        if index not in found
        and index not in contents
        and (
            index in tagged
            or index in numbered
            or (
                _looks_like_heading(group, body, setting, not bold_body)
                and not _is_listed(groups, index, body)
            )
        )
    ]
    title = _tagged_title(groups)
    if title is None:
        known = {} if found is tagged else found
        title = _title(groups, [*styled, *(tagged if not known else ())], known, body)
    levels = _levels(groups, found, [index for index in styled if index != title])
    result = []
    for index, group in enumerate(groups):
        if index == title:
            result.append(replace(group, kind=BlockKind.TITLE))
        elif index in levels:
            result.append(replace(group, kind=BlockKind.HEADING, level=levels[index]))
        else:
            result.append(group)
    return result


def _bookmarked(groups: Sequence[Group], outline: Sequence[OutlineEntry]) -> dict[int, int]:
    """The level of each group that has a bookmark: on its page, or else on a page beside it (a
    table of contents has the same texts, but pages away or before the text itself)."""
    places: dict[str, list[int]] = {}
    for index, group in enumerate(groups):
        if group.kind in TEXTS and len(group.lines) <= 4:
            places.setdefault(_folded(group.text), []).append(index)
    found: dict[int, int] = {}
    for entry in outline:
        near = [
            (abs(groups[index].lines[0].page - entry.page), index)
            for index in places.get(_folded(entry.title), [])
            if index not in found
            and (not entry.page or abs(groups[index].lines[0].page - entry.page) <= 1)
        ]
        if near:
            found[min(near)[1]] = entry.level
    return found


def _tagged(groups: Sequence[Group]) -> dict[int, int]:
    """The level of each group that the file tags as a heading, unless it tags so half its text."""
    found = {}
    total = length = 0
    for index, group in enumerate(groups):
        tag, text = group.lines[0].tag, group.text
        total += len(text)
        if tag is None or tag.role is not Role.HEADING or group.kind not in TEXTS:
            continue
        length += len(text)
        if len(text) <= LONGEST and any(map(str.isalpha, text)):
            found[index] = tag.level
    return found if length <= MOST_TAGGED * total else {}


def _tagged_title(groups: Sequence[Group]) -> int | None:
    for index, group in enumerate(groups):
        tag = group.lines[0].tag
        if tag is not None and tag.role is Role.TITLE and group.kind in TEXTS:
            return index
    return None


def _without(found: dict[int, int], contents: set[int]) -> dict[int, int]:
    return {index: level for index, level in found.items() if index not in contents}


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub(r"^(?:\d{1,2}(?:\.\d{1,2})*|[ivx]+)[.)]*\s+", "", text)
    return re.sub(r"\W+", "", text)


def _bold_share(groups: Sequence[Group]) -> float:
    bold = total = 0
    for group in groups:
        for line in group.lines:
            total += len(line.text)
            bold += len(line.text) if line.bold else 0
    return bold / max(total, 1)


def _looks_like_heading(group: Group, body: float, setting: Setting, bold_counts: bool) -> bool:
    text, first = group.text, group.lines[0]
    bulleted = BULLET.match(text) is not None
    if group.kind not in TEXTS or bulleted or not first.level:
        return False
    if len(text) > LONGEST:
        return False
    letters = sum(map(str.isalpha, text))
    if letters < max(2, 0.4 * len(text)):
        return False
    if any(line in setting.cells for line in group.lines) or group.lines[-1].hyphen:
        return False
    if first.size >= LARGER * body:
        return len(group.lines) <= 4 and not text.endswith((".", ",", ";"))
    if bold_counts and first.bold and all(line.bold for line in group.lines):
        short = len(text) <= LONGEST_BOLD and len(group.lines) <= 3
        stopped = text.endswith((",", ";", ":")) or (
            text.endswith(".") and NUMBERING.match(text) is None
        )
        return short and first.size > 0.9 * body and not stopped
    numbered = KEYWORD.match(text) or DECIMAL.match(text)
    short = len(text) <= LONGEST_BOLD and len(group.lines) <= 2 and first.size > 0.9 * body
    return numbered is not None and short and not text.endswith((".", ",", ";", ":"))


def _is_listed(groups: Sequence[Group], index: int, body: float) -> bool:
    """Whether numbering alone speaks for the heading and its neighbour is numbered too: a list or
    a table of contents, not headings with text below them."""
    first = groups[index].lines[0]
    if first.bold or first.size >= LARGER * body:
        return False
    beside = [*groups[max(index - 1, 0) : index], *groups[index + 1 : index + 2]]
    return any(KEYWORD.match(group.text) or DECIMAL.match(group.text) for group in beside)


def _merged(groups: Sequence[Group], body: float, setting: Setting) -> list[Group]:
    """Large or bold lines set tight under each other are one heading."""
    result: list[Group] = []
    for group in groups:
        if result and _is_one_heading(result[-1], group, body, setting):
            result[-1] = replace(result[-1], lines=result[-1].lines + group.lines)
        else:
            result.append(group)
    return result


def _is_one_heading(first: Group, second: Group, body: float, setting: Setting) -> bool:
    last, line = first.lines[-1], second.lines[0]
    if not same_size(last, line) or last.bold != line.bold or last.page != line.page:
        return False
    if not first.kind is second.kind is BlockKind.PARAGRAPH or NUMBERING.match(second.text):
        return False
    if last in setting.cells or line in setting.cells or last.text.endswith((".", ";")):
        return False
    distance = (line.base - last.base) / line.size
    short = len(first.text) + len(second.text) < LONGEST
    if not short or not 0 < distance < LOOSE:
        return False
    if last.size >= LARGER * body:
        return distance < TIGHT or line.text[:1].islower() or _is_cut(last.text)
    return (
        last.bold
        and last.text[-1] != ":"
        and (_is_cut(last.text) or (distance < TIGHT and _is_alike(last, line)))
    )


def _is_cut(text: str) -> bool:
    """Whether a line ends in the middle of a title: `Ações de Abertura dos`."""
    return CUT.search(text) is not None


def _is_alike(first: Line, second: Line) -> bool:
    """Both in capitals, or the second begins small."""
    return second.text[:1].islower() or (first.text.isupper() and second.text.isupper())


def _title(
    groups: Sequence[Group], styled: Sequence[int], found: dict[int, int], body: float
) -> int | None:
    """The largest heading of the first page with text, where it is clearly larger than the body
    and than the bookmarked headings."""
    if not groups:
        return None
    page = groups[0].lines[0].page
    known = max((groups[index].lines[0].size for index in found), default=0.0)
    first = [
        index
        for index in styled
        if groups[index].lines[0].page == page and not is_contents_title(groups[index].text)
    ]
    best = max(first, key=lambda index: (groups[index].lines[0].size, -index), default=None)
    if best is None or groups[best].lines[0].size < max(TITLE_LARGER * body, known):
        return None
    return best


def _levels(
    groups: Sequence[Group], found: dict[int, int], styled: Sequence[int]
) -> dict[int, int]:
    """Bookmarked headings keep their depth; the others take the depth of their look, or rank by
    size, boldness and numbering where there are no bookmarks."""
    styles = _styles(groups, [*found, *styled])
    known: dict[Style, Counter[int]] = {}
    for index, level in found.items():
        known.setdefault(styles[index], Counter())[level] += 1
    by_look: dict[Style, int] = {}
    above = 0
    for look in sorted(set(styles.values()), key=_rank):
        above = known[look].most_common(1)[0][0] if look in known else above + 1
        by_look[look] = min(above, DEEPEST)
    return found | {index: by_look[styles[index]] for index in styled}


def _styles(groups: Sequence[Group], indices: Sequence[int]) -> dict[int, Style]:
    """How each heading looks. Numbering counts where nearly all headings of a look have it."""
    looks = {index: _look(groups[index]) for index in indices}
    numbered: dict[tuple[float, bool], list[bool]] = {}
    for size, bold, depth in looks.values():
        numbered.setdefault((size, bold), []).append(depth > 0)
    return {
        index: (size, bold, depth if fmean(numbered[size, bold]) > MOSTLY else 0)
        for index, (size, bold, depth) in looks.items()
    }


def _look(group: Group) -> Style:
    numbering = NUMBERING.match(group.text)
    depth = numbering.group(1).count(".") + 1 if numbering else 0
    line = group.lines[0]
    return round(line.size * 2) / 2, line.bold, depth


def _rank(style: Style) -> tuple[float, bool, int]:
    return -style[0], not style[1], style[2]


NUMBERED = re.compile(r"^(?:(?P<arabic>\d{1,2})|(?P<roman>[IVX]{1,5}))[.)]?(?:-|–)?\s+[^\W\d_a-z]")
LONGEST_CHAINED = 90
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
    if (
        group.kind not in PLAIN
        or len(text) > LONGEST_CHAINED
        or text.endswith((".", ",", ";", ":"))
    ):
        return 0
    match = NUMBERED.match(text)
    if match is None or match[kind] is None:
        return 0
    if kind == "arabic":
        return int(match[kind])
    return roman_number(match[kind]) or 0


def _has_text_below(groups: Sequence[Group], index: int) -> bool:
    if index + 1 == len(groups):
        return False
    below = groups[index + 1]
    return below.kind in PLAIN and len(below.text) >= TEXT and NUMBERED.match(below.text) is None


LEADERS = re.compile(r"\.{4,}|…{2,}|(?:\.\s){4,}|_{4,}|·{4,}")
TITLE = re.compile(
    r"^(?:tabla de )?(?:contenidos?|[íi]ndice(?: general| de contenidos?)?|sumario|sum[áa]rio"
    r"|(?:table of )?contents|table des mati[èe]res|contenido general)\s*:?$",
    re.IGNORECASE,
)
NUMBER = re.compile(r"(?:[\s/.…·|_-]|\bp[áa]gs?\.?)\s?\d{1,3}$")
LONGEST_ENTRY = 200  # characters of an entry
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
    named = len(text) <= LONGEST_ENTRY and any(map(str.isalpha, text))
    return named and NUMBER.search(text[-10:]) is not None


def _is_entry(group: Group) -> bool:
    tag = group.lines[0].tag
    if is_contents_title(group.text):
        return False
    return LEADERS.search(group.text) is not None or (tag is not None and tag.role is Role.CONTENTS)
