"""Pages of lines to the same without running headers and footers, and the printed page numbers."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.layout.lines import Line, Rule
from ingest.layout.tags import Role

EDGE = 0.12  # of the page height: where running lines stand
WIDE_EDGE = 0.16  # and where the file itself says that they are no part of the document
SAME_HEIGHT = 4.0  # points
TALLEST_HEAD = 3.0  # em: the cells that name the columns of a table
ROW_GAP = 1.35  # em: from a rule to the baseline of the row under it
TABLE_WALLS = 3  # upright rules: two may be the frame of a page
BARE_NUMBER = "#"
ROMAN = r"[ivxlcdm]{1,7}"
NUMBER_LINE = re.compile(
    rf"^(?:p[áa]g(?:ina|\.)?|page)?\s*[-–—|]?\s*(?:\d{{1,4}}|{ROMAN})"
    r"(?:\s*(?:de|of|/|\|)\s*\d{1,4})?\s*[-–—|]?$",
    re.IGNORECASE,
)


def _roman(number: int) -> str:
    tens, units = divmod(number, 10)
    return "x" * tens + ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")[units]


ROMANS = tuple(_roman(number) for number in range(40))


@dataclass(frozen=True, slots=True)
class PageLines:
    """The lines of one page in drawing order, the size of the page in points, and the rules that
    it draws."""

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Running:
    """What stands in the running lines: the texts taken off each page, each text but page numbers
    once (whatever its digits), and the page number printed on each page where it is sure."""

    dropped: dict[int, tuple[str, ...]]
    texts: tuple[str, ...]
    labels: dict[int, str]


def without_running(pages: Sequence[PageLines]) -> tuple[list[PageLines], Running]:
    """The pages without running lines, and what those say.

    A line runs when it stands in the top or bottom 12 %, at one height, on half of the pages or on
    three (its digits masked); a bare page number when bare numbers stand there on most pages.
    """
    running, artifacts = _running(pages), _repeated_artifacts(pages)
    masthead = _masthead(pages)
    kept = []
    dropped: dict[int, tuple[str, ...]] = {}
    for page in pages:
        out = {
            line
            for line in page.lines
            if _masked(line.text) in running
            and _at_edge(line, page)
            and not _heads_column(line, page, running)
        }
        out.update(line for line in page.lines if _is_artifact(line, page, artifacts))
        out -= masthead
        dropped[page.number] = tuple(line.text for line in page.lines if line in out)
        kept.append(replace(page, lines=tuple(line for line in page.lines if line not in out)))
    return kept, Running(dropped, _distinct(dropped.values()), _labels(dropped))


def _heads_column(line: Line, page: PageLines, running: frozenset[str]) -> bool:
    """Whether a level rule stands under the line, and right under that text that does not run:
    the head of a table, repeated on each page."""
    rules = [
        rule.y0
        for rule in page.rules
        if rule.y1 - rule.y0 < 1 and rule.x0 < line.x1 and line.x0 < rule.x1
    ]
    under = [y for y in rules if -1 < y - line.base < TALLEST_HEAD * line.size]
    return any(
        0 < other.base - y < ROW_GAP * other.size and _masked(other.text) not in running
        for y in under
        for other in page.lines
    )


def _repeated_artifacts(pages: Sequence[PageLines]) -> frozenset[str]:
    """What the file says is no part of it and stands on several pages, wherever that is."""
    counts = Counter(
        key
        for page in pages
        for key in {_masked(line.text) for line in page.lines if _is_marked(line)}
    )
    return frozenset(key for key, count in counts.items() if count >= _enough(len(pages)))


def _masthead(pages: Sequence[PageLines]) -> frozenset[Line]:
    """What stands at the top of the first page alone: the symbol and date of a United Nations
    document, which its file marks as a page header, are part of the document."""
    later = {
        _masked(line.text)
        for page in pages[1:]
        for line in page.lines
        if _at_edge(line, page, WIDE_EDGE)
    }
    first = pages[0].lines if len(pages) > 1 else ()
    return frozenset(
        line
        for line in first
        if line.base < pages[0].height / 2 and _masked(line.text) not in later | {BARE_NUMBER}
    )


def _is_artifact(line: Line, page: PageLines, repeated: frozenset[str]) -> bool:
    """Whether the file says so and it is plausible: some files mark their text so by mistake."""
    if not _is_marked(line):
        return False
    return _at_edge(line, page, WIDE_EDGE) or _masked(line.text) in repeated


def _is_marked(line: Line) -> bool:
    return line.tag is not None and line.tag.role is Role.ARTIFACT


def _distinct(pages: Iterable[Sequence[str]]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for texts in pages:
        for text in texts:
            first.setdefault(_masked(text), text)
    return tuple(text for key, text in first.items() if key != BARE_NUMBER)


def _running(pages: Sequence[PageLines]) -> frozenset[str]:
    places: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for page in pages:
        for line in _edge_lines(page):
            places[_masked(line.text)].append((page.number, line.base))
    return frozenset(key for key, found in places.items() if _repeats(found, len(pages)))


def _repeats(found: Iterable[tuple[int, float]], pages: int) -> bool:
    at_height: dict[int, set[int]] = defaultdict(set)
    for page, base in found:
        at_height[round(base / SAME_HEIGHT)].add(page)
    most = max(len(at_height[slot] | at_height[slot + 1]) for slot in list(at_height))
    return most >= _enough(pages)


def _enough(pages: int) -> int:
    """On how many pages a line stands that runs: half of them, or three."""
    return min(3, max(2, (pages + 1) // 2))


def _at_edge(line: Line, page: PageLines, edge: float = EDGE) -> bool:
    return line.base < edge * page.height or line.y0 > (1 - edge) * page.height


def _edge_lines(page: PageLines) -> list[Line]:
    """The lines at the top and bottom edges; not those of a table that goes on into the page,
    whose header may be repeated there."""
    return [line for line in page.lines if _at_edge(line, page) and not _in_table(line, page)]


def _in_table(line: Line, page: PageLines) -> bool:
    if line.tag is not None and line.tag.cells and line.tag.role is not Role.ARTIFACT:
        return True
    inner = (
        (1 - WIDE_EDGE) * page.height if line.base > page.height / 2 else WIDE_EDGE * page.height
    )
    top, bottom = min(line.base, inner), max(line.base, inner)
    walls = {round(rule.x0) for rule in page.rules if rule.y0 <= top and rule.y1 >= bottom}
    return len(walls) >= TABLE_WALLS


def _masked(text: str) -> str:
    text = text.strip()
    if NUMBER_LINE.match(text):
        return BARE_NUMBER
    masked = re.sub(r"\d+", "#", text)
    words = re.sub(r"[^\w#]+", " ", masked).strip()
    return words if re.search(r"[^\W\d_]", words) else masked


def _labels(removed: Mapping[int, Sequence[str]]) -> dict[int, str]:
    """Where a number in the running lines keeps its distance to the page, that is the label;
    Roman ones stand alone and give way to Arabic ones."""
    roman = {page: _romans(texts) for page, texts in removed.items()}
    arabic = {page: _numbers(texts) for page, texts in removed.items()}
    labels = {page: ROMANS[number] for page, number in _in_step(roman, 2).items()}
    return labels | {
        page: str(number) for page, number in _in_step(arabic, 0.6 * len(removed)).items()
    }


def _numbers(texts: Sequence[str]) -> set[int]:
    return {int(number) for text in texts for number in re.findall(r"\b\d{1,4}\b", text)}


def _romans(texts: Sequence[str]) -> set[int]:
    bare = (text.strip(" -–—|").lower() for text in texts)
    return {ROMANS.index(text) for text in bare if text and text in ROMANS}


def _in_step(found: Mapping[int, set[int]], least: float) -> dict[int, int]:
    """The numbers that most pages have at one distance from their own."""
    offsets = Counter(number - page for page, numbers in found.items() for number in numbers)
    if not offsets:
        return {}
    offset, count = offsets.most_common(1)[0]
    if count < max(2, min(least, 0.8 * sum(map(bool, found.values())))):
        return {}
    return {page: page + offset for page, numbers in found.items() if page + offset in numbers}
