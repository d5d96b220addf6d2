"""Tells the title and headings of a document from its paragraphs and gives each heading its level.

The outline of a file is trusted first, then its tags; but real Word and gazette files tag their
headings as plain paragraphs, so size, boldness and numbering speak too. Lines of a table of
contents are no headings.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from ingest.pdf.lines import BULLET, Line, Role
from ingest.pdf.paragraphs import HEADING_SIZE, Group, TextMetrics, same_size
from search.documents import BlockKind
from search.text.vocabulary import roman_number

TITLE_SIZE = 1.3  # times the body size
LONGEST_HEADING = 180  # characters
LONGEST_BOLD = 110  # characters: a bold line of usual size is sooner an emphasised sentence
# «Módulo 3», «Anexo II»; but «parte 2 de la guía» and «unidad 1 y 2» are pieces of a sentence.
KEYWORD = re.compile(
    r"^(?:m[óo]dulo|cap[íi]tulo|unidad|anexo|parte|secci[óo]n|t[íi]tulo|module|chapter|annex|appendix|part|unit|section)"
    r"\s+(?:\d{1,2}|[IVXLC]{1,6})\b(?!\s+(?:del?|y|of)\b)",
    re.IGNORECASE,
)
NUMBERING = re.compile(r"^(\d{1,2}(?:\.\d{1,2})*)[.)]?\s+\S")
DECIMAL = re.compile(r"^(?:\d{1,2}(?:\.\d{1,2}){1,3}|[IVX]{1,5}\.[A-Z\d])[.)]?\s+[^\W\d_a-z]")
DEEPEST = 6  # levels, H1 to H6
MOST_TAGGED = 0.3  # of the text: more cannot be headings, whatever the tags say
TEXTS = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
HEADING_SPACING = 1.35  # em: the line distance of one heading
WIDEST_HEADING_SPACING = 2.0  # em: and where its words say that it goes on
# Words that no title ends with: «Definición de las acciones de apertura de los».
UNFINISHED = re.compile(
    r"\b(?:de|del|la|las|el|los|en|y|e|o|u|a|al|con|por|para|sobre|da|do|das|dos|of|the|and|or|in|on|for|to|et|des?)$"
)
MOST_NUMBERED = 0.8  # of the headings of one size and boldness

HeadingStyle = tuple[float, bool, int]
"""Size, boldness and depth of the numbering of a heading."""

NUMBERED_LINE = re.compile(
    r"^(?:(?P<arabic>\d{1,2})|(?P<roman>[IVX]{1,5}))[.)]?(?:-|–)?\s+[^\W\d_a-z]"
)
LONGEST_NUMBERED = 90  # characters
SHORTEST_SEQUENCE = 3  # numbers that go on: fewer may be chance
SHORTEST_TEXT_BELOW = 80  # characters: less below a number is the next item of a list

# Dots, underscores or middle dots between an entry and its page number.
LEADERS = re.compile(r"\.{4,}|…{2,}|(?:\.\s){4,}|_{4,}|·{4,}")
CONTENTS_TITLE = re.compile(
    r"^(?:tabla de )?(?:contenidos?|[íi]ndice(?: general| de contenidos?)?|sumario|sum[áa]rio"
    r"|(?:table of )?contents|table des mati[èe]res|contenido general)\s*:?$",
    re.IGNORECASE,
)
PAGE_NUMBER = re.compile(r"(?:[\s/.…·|_-]|\bp[áa]gs?\.?)\s?\d{1,3}$")
LONGEST_ENTRY = 200  # characters of an entry
FEWEST_ENTRIES = 3  # entries of one page: fewer are no table of contents without its title
ENTRY_SHARE = 0.5  # of the groups of the page


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """One bookmark of a file: its depth from 1, title and page (0: unknown)."""

    level: int
    title: str
    page: int


def mark_headings(
    groups: Sequence[Group], outline: Sequence[OutlineEntry], metrics: TextMetrics
) -> list[Group]:
    """The groups with title and headings marked, by the first of these that speaks: the outline of
    the file, its tags, size, boldness, numbered keywords, numbers that go on."""
    body = metrics.body
    groups = _merged(groups, body, metrics)
    contents, numbered = find_contents(groups), numbered_headings(groups)
    found = _without(_bookmarked(groups, outline), contents)
    tagged = _without(_tagged_headings(groups), contents)
    if not found:
        found = tagged
    # Where much of the text is bold, boldness makes no heading.
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
                _looks_like_heading(group, body, metrics, not bold_body)
                and not _is_listed(groups, index, body)
            )
        )
    ]
    title = _tagged_title(groups)
    if title is None:
        # Tagged headings may hold the title; bookmarked ones stand below it.
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


def _tagged_headings(groups: Sequence[Group]) -> dict[int, int]:
    """The level of each group tagged as a heading, unless the file tags too much of its text so."""
    found = {}
    total = length = 0
    for index, group in enumerate(groups):
        tag, text = group.lines[0].tag, group.text
        total += len(text)
        if tag is None or tag.role is not Role.HEADING or group.kind not in TEXTS:
            continue
        length += len(text)
        if len(text) <= LONGEST_HEADING and any(map(str.isalpha, text)):
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
    # A bookmark may have a number where its heading has none, or the other way round.
    text = re.sub(r"^(?:\d{1,2}(?:\.\d{1,2})*|[ivx]+)[.)]*\s+", "", text)
    return re.sub(r"\W+", "", text)


def _bold_share(groups: Sequence[Group]) -> float:
    bold = total = 0
    for group in groups:
        for line in group.lines:
            total += len(line.text)
            bold += len(line.text) if line.bold else 0
    return bold / max(total, 1)


def _looks_like_heading(group: Group, body: float, metrics: TextMetrics, bold_counts: bool) -> bool:
    text, first = group.text, group.lines[0]
    bulleted = BULLET.match(text) is not None
    if group.kind not in TEXTS or bulleted or not first.horizontal:
        return False
    if len(text) > LONGEST_HEADING:
        return False
    letters = sum(map(str.isalpha, text))
    # Figures set large, as in «90 %» or «2030», are no headings.
    if letters < max(2, 0.4 * len(text)):
        return False
    # The bold names of the columns of a table without rules look like headings: they are cells.
    if any(line in metrics.cells for line in group.lines) or group.lines[-1].hyphen:
        return False
    if first.size >= HEADING_SIZE * body:
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
    if first.bold or first.size >= HEADING_SIZE * body:
        return False
    beside = [*groups[max(index - 1, 0) : index], *groups[index + 1 : index + 2]]
    return any(KEYWORD.match(group.text) or DECIMAL.match(group.text) for group in beside)


def _merged(groups: Sequence[Group], body: float, metrics: TextMetrics) -> list[Group]:
    """Join large or bold lines that are set tight under each other: they are one heading."""
    result: list[Group] = []
    for group in groups:
        if result and _is_one_heading(result[-1], group, body, metrics):
            result[-1] = replace(result[-1], lines=result[-1].lines + group.lines)
        else:
            result.append(group)
    return result


def _is_one_heading(first: Group, second: Group, body: float, metrics: TextMetrics) -> bool:
    last, line = first.lines[-1], second.lines[0]
    if not same_size(last, line) or last.bold != line.bold or last.page != line.page:
        return False
    if not first.kind is second.kind is BlockKind.PARAGRAPH or NUMBERING.match(second.text):
        return False
    if last in metrics.cells or line in metrics.cells or last.text.endswith((".", ";")):
        return False
    distance = (line.baseline - last.baseline) / line.size
    short = len(first.text) + len(second.text) < LONGEST_HEADING
    if not short or not 0 < distance < WIDEST_HEADING_SPACING:
        return False
    if last.size >= HEADING_SIZE * body:
        return distance < HEADING_SPACING or line.text[:1].islower() or _is_unfinished(last.text)
    return (
        last.bold
        and last.text[-1] != ":"
        and (
            _is_unfinished(last.text) or (distance < HEADING_SPACING and _is_same_case(last, line))
        )
    )


def _is_unfinished(text: str) -> bool:
    """Whether a line ends in the middle of a title: `Ações de Abertura dos`."""
    return UNFINISHED.search(text) is not None


def _is_same_case(first: Line, second: Line) -> bool:
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
    if best is None or groups[best].lines[0].size < max(TITLE_SIZE * body, known):
        return None
    return best


def _levels(
    groups: Sequence[Group], found: dict[int, int], styled: Sequence[int]
) -> dict[int, int]:
    """Bookmarked headings keep their depth; the others take the depth of their look, or rank by
    size, boldness and numbering where there are no bookmarks."""
    styles = _styles(groups, [*found, *styled])
    known: dict[HeadingStyle, Counter[int]] = {}
    for index, level in found.items():
        known.setdefault(styles[index], Counter())[level] += 1
    by_style: dict[HeadingStyle, int] = {}
    # A style without bookmarks is one level below the next larger one.
    above = 0
    for style in sorted(set(styles.values()), key=_rank):
        above = known[style].most_common(1)[0][0] if style in known else above + 1
        by_style[style] = min(above, DEEPEST)
    return found | {index: by_style[styles[index]] for index in styled}


def _styles(groups: Sequence[Group], indices: Sequence[int]) -> dict[int, HeadingStyle]:
    """The style of each heading. Its numbering counts where nearly all headings of that size and
    boldness have one."""
    styles = {index: _style(groups[index]) for index in indices}
    numbered: dict[tuple[float, bool], list[bool]] = {}
    for size, bold, depth in styles.values():
        numbered.setdefault((size, bold), []).append(depth > 0)
    return {
        index: (size, bold, depth if fmean(numbered[size, bold]) > MOST_NUMBERED else 0)
        for index, (size, bold, depth) in styles.items()
    }


def _style(group: Group) -> HeadingStyle:
    numbering = NUMBERING.match(group.text)
    depth = numbering.group(1).count(".") + 1 if numbering else 0
    line = group.lines[0]
    return round(line.size * 2) / 2, line.bold, depth


def _rank(style: HeadingStyle) -> tuple[float, bool, int]:
    return -style[0], not style[1], style[2]  # large before small, bold before plain, 1 before 1.1


def numbered_headings(groups: Sequence[Group]) -> set[int]:
    """Short numbered lines without a full stop, each with text below: `1 Antecedentes`, then
    `2 Objetivos`, then `3 …`. Items of a list have the next item below."""
    found: set[int] = set()
    for kind in ("arabic", "roman"):
        sequence: list[int] = []
        for index, group in enumerate(groups):
            number = _number(group, kind)
            if not number or not _has_text_below(groups, index):
                continue
            if number == len(sequence) + 1:
                sequence.append(index)
        if len(sequence) >= SHORTEST_SEQUENCE:
            found.update(sequence)
    return found


def _number(group: Group, kind: str) -> int:
    text = group.text
    if (
        group.kind not in TEXTS
        or len(text) > LONGEST_NUMBERED
        or text.endswith((".", ",", ";", ":"))
    ):
        return 0
    match = NUMBERED_LINE.match(text)
    if match is None or match[kind] is None:
        return 0
    if kind == "arabic":
        return int(match[kind])
    return roman_number(match[kind]) or 0


def _has_text_below(groups: Sequence[Group], index: int) -> bool:
    if index + 1 == len(groups):
        return False
    below = groups[index + 1]
    return (
        below.kind in TEXTS
        and len(below.text) >= SHORTEST_TEXT_BELOW
        and NUMBERED_LINE.match(below.text) is None
    )


def find_contents(groups: Sequence[Group]) -> set[int]:
    """The entries of tables of contents: lines with leaders or tagged so, and texts that end with a
    page number where they are most of a page or stand below a title that says what they are."""
    pages: dict[int, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        pages[group.lines[0].page].append(index)
    found: set[int] = set()
    for members in pages.values():
        entries = {index for index in members if _ends_with_page_number(groups[index].text)}
        titled = any(is_contents_title(groups[index].text) for index in members)
        if len(entries) >= FEWEST_ENTRIES and (
            titled or len(entries) >= ENTRY_SHARE * len(members)
        ):
            found |= entries
        found.update(index for index in members if _is_entry(groups[index]))
    return found


def is_contents_title(text: str) -> bool:
    """Whether a text is the title of a table of contents."""
    return CONTENTS_TITLE.match(text.strip()) is not None


def _ends_with_page_number(text: str) -> bool:
    named = len(text) <= LONGEST_ENTRY and any(map(str.isalpha, text))
    return named and PAGE_NUMBER.search(text[-10:]) is not None


def _is_entry(group: Group) -> bool:
    tag = group.lines[0].tag
    if is_contents_title(group.text):
        return False
    return LEADERS.search(group.text) is not None or (tag is not None and tag.role is Role.CONTENTS)
