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
from itertools import chain, pairwise
from statistics import fmean

from ingest.pdf.lines import BULLET, Role, in_runs
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
    joined = in_runs(groups, lambda run, group: _is_one_heading(run, group, metrics))
    groups = [
        replace(run[0], lines=tuple(x for group in run for x in group.lines)) for run in joined
    ]
    contents, numbered = find_contents(groups), numbered_headings(groups)
    tagged, tagged_title = _tagged_headings(groups)
    bookmarked = _bookmarked(groups, outline)
    tagged = {index: level for index, level in tagged.items() if index not in contents}
    bookmarked = {index: level for index, level in bookmarked.items() if index not in contents}
    found = bookmarked or tagged
    # Where much of the text is bold, boldness makes no heading.
    letters: Counter[bool] = Counter()
    for line in (line for group in groups for line in group.lines):
        letters[line.bold] += len(line.text)
    bold_counts = letters[True] <= 0.4 * max(letters.total(), 1)
    styled = [
        index
        for index in range(len(groups))
        if index not in found
        and index not in contents
        and (
            index in tagged
            or index in numbered
            or _looks_like_heading(groups, index, metrics, bold_counts)
        )
    ]
    title = tagged_title
    if title is None:
        # Tagged headings may hold the title; bookmarked ones stand below it.
        title = _title(groups, [*styled, *({} if bookmarked else tagged)], bookmarked, body)
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

    def folded(text: str) -> str:
        text = unicodedata.normalize("NFKC", text).casefold()
        # A bookmark may have a number where its heading has none, or the other way round.
        text = re.sub(r"^(?:\d{1,2}(?:\.\d{1,2})*|[ivx]+)[.)]*\s+", "", text)
        return re.sub(r"\W+", "", text)

    places: dict[str, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        if group.kind in TEXTS and len(group.lines) <= 4:
            places[folded(group.text)].append(index)
    found: dict[int, int] = {}
    for entry in outline:
        near = [
            (abs(groups[index].lines[0].page - entry.page), index)
            for index in places[folded(entry.title)]
            if index not in found
        ]
        near = [(away, index) for away, index in near if not entry.page or away <= 1]
        if near:
            found[min(near)[1]] = entry.level
    return found


def _tagged_headings(groups: Sequence[Group]) -> tuple[dict[int, int], int | None]:
    """The level of each group tagged as a heading, unless the file tags too much of its text so;
    and the group tagged as the title."""
    found: dict[int, int] = {}
    title = None
    total = length = 0
    for index, group in enumerate(groups):
        tag, text = group.lines[0].tag, group.text
        total += len(text)
        if tag is None or group.kind not in TEXTS:
            continue
        if tag.role is Role.TITLE and title is None:
            title = index
        if tag.role is Role.HEADING:
            length += len(text)
            if len(text) <= LONGEST_HEADING and any(map(str.isalpha, text)):
                found[index] = tag.level
    return (found if length <= MOST_TAGGED * total else {}), title


def _looks_like_heading(
    groups: Sequence[Group], index: int, metrics: TextMetrics, bold_counts: bool
) -> bool:
    group = groups[index]
    text, first = group.text, group.lines[0]
    # Figures set large, as in «90 %» or «2030», are no headings.
    figures = sum(map(str.isalpha, text)) < max(2, 0.4 * len(text))
    # The bold names of the columns of a table without rules look like headings: they are cells.
    cells = any(line in metrics.cells for line in group.lines)
    if group.kind not in TEXTS or BULLET.match(text) or not first.horizontal:
        return False
    if len(text) > LONGEST_HEADING or figures or cells or group.lines[-1].hyphen:
        return False
    if first.size >= HEADING_SIZE * metrics.body:
        return len(group.lines) <= 4 and not text.endswith((".", ",", ";"))
    if len(text) > LONGEST_BOLD or first.size <= 0.9 * metrics.body:
        return False
    if bold_counts and all(line.bold for line in group.lines):
        stopped = text.endswith(".") and NUMBERING.match(text) is None
        return len(group.lines) <= 3 and not stopped and not text.endswith((",", ";", ":"))
    if len(group.lines) > 2 or not _is_numbered(group) or text.endswith((".", ",", ";", ":")):
        return False
    # Where numbering alone speaks for a heading and its neighbour is numbered too, it is a list or
    # a table of contents, not a heading with text below it.
    beside = [*groups[max(index - 1, 0) : index], *groups[index + 1 : index + 2]]
    return first.bold or not any(map(_is_numbered, beside))


def _is_numbered(group: Group) -> bool:
    return bool(KEYWORD.match(group.text) or DECIMAL.match(group.text))


def _is_one_heading(run: Sequence[Group], group: Group, metrics: TextMetrics) -> bool:
    """Whether large or bold lines are set tight under each other."""
    last, line = run[-1].lines[-1], group.lines[0]
    text = " ".join(each.text for each in run)
    if not same_size(last, line) or last.bold != line.bold or last.page != line.page:
        return False
    if not run[0].kind is group.kind is BlockKind.PARAGRAPH or NUMBERING.match(group.text):
        return False
    if last in metrics.cells or line in metrics.cells or last.text.endswith((".", ";")):
        return False
    distance = (line.baseline - last.baseline) / line.size
    short = len(text) + len(group.text) < LONGEST_HEADING
    if not short or not 0 < distance < WIDEST_HEADING_SPACING:
        return False
    # The line ends in the middle of a title: `Ações de Abertura dos`.
    unfinished = UNFINISHED.search(last.text) is not None
    tight, small = distance < HEADING_SPACING, line.text[:1].islower()
    if last.size >= HEADING_SIZE * metrics.body:
        return tight or small or unfinished
    alike = small or (last.text.isupper() and line.text.isupper())
    return last.bold and last.text[-1] != ":" and (unfinished or (tight and alike))


def _title(
    groups: Sequence[Group], styled: Sequence[int], bookmarked: dict[int, int], body: float
) -> int | None:
    """The largest heading of the first page with text, where it is clearly larger than the body
    and than the bookmarked headings."""
    least = max([TITLE_SIZE * body, *(groups[index].lines[0].size for index in bookmarked)])
    large = [
        (-groups[index].lines[0].size, index)
        for index in styled
        if groups[index].lines[0].page == groups[0].lines[0].page
        and groups[index].lines[0].size >= least
        and not CONTENTS_TITLE.match(groups[index].text.strip())
    ]
    return min(large)[1] if large else None


def _levels(
    groups: Sequence[Group], found: dict[int, int], styled: Sequence[int]
) -> dict[int, int]:
    """Bookmarked headings keep their depth; the others take the depth of their look, or rank by
    size, boldness and numbering where there are no bookmarks."""
    styles = _styles(groups, [*found, *styled])
    known: dict[HeadingStyle, Counter[int]] = defaultdict(Counter)
    for index, level in found.items():
        known[styles[index]][level] += 1
    by_style: dict[HeadingStyle, int] = {}
    # A style without bookmarks is one level below the next larger one: large before small, bold
    # before plain, 1 before 1.1.
    above = 0
    for style in sorted(
        set(styles.values()), key=lambda style: (-style[0], not style[1], style[2])
    ):
        above = known[style].most_common(1)[0][0] if style in known else above + 1
        by_style[style] = min(above, DEEPEST)
    return found | {index: by_style[styles[index]] for index in styled}


def _styles(groups: Sequence[Group], indices: Sequence[int]) -> dict[int, HeadingStyle]:
    """The style of each heading. Its numbering counts where nearly all headings of that size and
    boldness have one."""
    looks, depths = {}, {}
    numbered: dict[tuple[float, bool], list[bool]] = defaultdict(list)
    for index in indices:
        line, numbering = groups[index].lines[0], NUMBERING.match(groups[index].text)
        looks[index] = look = round(line.size * 2) / 2, line.bold
        depths[index] = numbering.group(1).count(".") + 1 if numbering else 0
        numbered[look].append(numbering is not None)
    return {
        index: (*look, depths[index] if fmean(numbered[look]) > MOST_NUMBERED else 0)
        for index, look in looks.items()
    }


def numbered_headings(groups: Sequence[Group]) -> set[int]:
    """Short numbered lines without a full stop, each with text below: `1 Antecedentes`, then
    `2 Objetivos`, then `3 …`. Items of a list have the next item below."""
    sequences: dict[str, list[int]] = {"arabic": [], "roman": []}
    for index, (group, below) in enumerate(pairwise(groups)):
        text = group.text
        match = NUMBERED_LINE.match(text)
        if match is None or group.kind not in TEXTS or below.kind not in TEXTS:
            continue
        if len(text) > LONGEST_NUMBERED or text.endswith((".", ",", ";", ":")):
            continue
        if len(below.text) < SHORTEST_TEXT_BELOW or NUMBERED_LINE.match(below.text):
            continue
        number = int(match["arabic"]) if match["arabic"] else roman_number(match["roman"])
        sequence = sequences["arabic" if match["arabic"] else "roman"]
        if number == len(sequence) + 1:
            sequence.append(index)
    long = (sequence for sequence in sequences.values() if len(sequence) >= SHORTEST_SEQUENCE)
    return set(chain.from_iterable(long))


def find_contents(groups: Sequence[Group]) -> set[int]:
    """The entries of tables of contents: lines with leaders or tagged so, and texts that end with a
    page number where they are most of a page or stand below a title that says what they are."""
    pages: dict[int, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        pages[group.lines[0].page].append(index)
    found: set[int] = set()
    for members in pages.values():
        entries: set[int] = set()
        titled = False
        for index in members:
            text, tag = groups[index].text, groups[index].lines[0].tag
            named = len(text) <= LONGEST_ENTRY and any(map(str.isalpha, text))
            if named and PAGE_NUMBER.search(text[-10:]):
                entries.add(index)
            if CONTENTS_TITLE.match(text.strip()):
                titled = True
            elif LEADERS.search(text) or (tag is not None and tag.role is Role.CONTENTS):
                found.add(index)
        share = 0.0 if titled else ENTRY_SHARE
        if len(entries) >= max(FEWEST_ENTRIES, share * len(members)):
            found |= entries
    return found
