"""Pages of lines to the same without running headers and footers, and the printed page numbers."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.lines import Line

EDGE = 0.12  # of the page height: where running lines stand
SAME_HEIGHT = 4.0  # points
ROMAN = r"[ivxlcdm]{1,7}"
NUMBER_LINE = re.compile(
    rf"^(?:p[áa]g(?:ina|\.)?|page)?\s*[-–—|]?\s*(?:\d{{1,4}}|{ROMAN})"
    r"(?:\s*(?:de|of|/|\|)\s*\d{1,4})?\s*[-–—|]?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PageLines:
    """The lines of one page in drawing order, and the size of the page in points."""

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]


def without_running(pages: Sequence[PageLines]) -> tuple[list[PageLines], dict[int, str]]:
    """The pages without running lines, and the page number printed on each page where it is sure.

    A line runs when it stands in the top or bottom 12 %, at one height, on half of the pages or on
    three (its digits masked); a bare page number when bare numbers stand there on most pages.
    """
    running = _running(pages)
    kept = []
    removed: dict[int, list[str]] = {}
    for page in pages:
        marked = [_key(line) in running and _at_edge(line, page) for line in page.lines]
        lines = tuple(line for line, out in zip(page.lines, marked, strict=True) if not out)
        removed[page.number] = [
            line.text for line, out in zip(page.lines, marked, strict=True) if out
        ]
        kept.append(PageLines(page.number, page.width, page.height, lines))
    return kept, _labels(removed)


def _running(pages: Sequence[PageLines]) -> frozenset[str]:
    places: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for page in pages:
        for line in page.lines:
            if _at_edge(line, page):
                places[_key(line)].append((page.number, line.base))
    return frozenset(key for key, found in places.items() if _repeats(found, len(pages)))


def _repeats(found: Iterable[tuple[int, float]], pages: int) -> bool:
    at_height: Counter[int] = Counter()
    for slot, _ in {(round(base / SAME_HEIGHT), page) for page, base in found}:
        at_height[slot] += 1
    most = max(at_height[slot] + at_height[slot + 1] for slot in list(at_height))
    return most >= min(3, max(2, (pages + 1) // 2))


def _at_edge(line: Line, page: PageLines) -> bool:
    return line.base < EDGE * page.height or line.y0 > (1 - EDGE) * page.height


def _key(line: Line) -> str:
    text = line.text.strip()
    return "#" if NUMBER_LINE.match(text) else re.sub(r"\d+", "#", text)


def _labels(removed: dict[int, list[str]]) -> dict[int, str]:
    """Where one number in the running lines keeps its distance to the page, that is the label."""
    offsets: Counter[int] = Counter()
    for page, texts in removed.items():
        numbers = {int(number) for text in texts for number in re.findall(r"\b\d{1,4}\b", text)}
        offsets.update(number - page for number in numbers)
    if not offsets:
        return {}
    offset, count = offsets.most_common(1)[0]
    if count < max(2, 0.6 * len(removed)):
        return {}
    return {
        page: str(page + offset)
        for page, texts in removed.items()
        if any(re.search(rf"\b{page + offset}\b", text) for text in texts)
    }
