"""Pages of lines to the same without running headers and footers, and the printed page numbers."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.pdf.lines import Line, Role, Rule
from search.text.vocabulary import SURE_ROMAN, roman, roman_number

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
    romans = {page: _romans(texts) for page, texts in removed.items()}
    arabic = {page: _numbers(texts) for page, texts in removed.items()}
    labels = {page: roman(number) for page, number in _in_step(romans, 2).items()}
    return labels | {
        page: str(number) for page, number in _in_step(arabic, 0.6 * len(removed)).items()
    }


def _numbers(texts: Sequence[str]) -> set[int]:
    return {int(number) for text in texts for number in re.findall(r"\b\d{1,4}\b", text)}


def _romans(texts: Sequence[str]) -> set[int]:
    numbers = (roman_number(text.strip(" -–—|")) for text in texts)
    return {number for number in numbers if number and number <= SURE_ROMAN}


def _in_step(found: Mapping[int, set[int]], least: float) -> dict[int, int]:
    """The numbers that most pages have at one distance from their own."""
    offsets = Counter(number - page for page, numbers in found.items() for number in numbers)
    if not offsets:
        return {}
    offset, count = offsets.most_common(1)[0]
    if count < max(2, min(least, 0.8 * sum(map(bool, found.values())))):
        return {}
    return {page: page + offset for page, numbers in found.items() if page + offset in numbers}


LARGE = 1.8  # times the usual size: the letters of a watermark
COVERED = 2  # lines of text that a watermark crosses
SAME_PLACE = 4.0  # points
MOST_PAGES_SHARE, FEWEST_PAGES = 0.6, 3
MIDDLE = 0.2, 0.85  # of the height: above stand the titles of slides
SMALL = 1.05  # times the usual size: signatures are not set larger than the text
NEXT_LINE = 2.2  # times the size: how far the lines of a signature stand apart
SHORT = 0.6  # of the page's width

SIGNATURE = re.compile(
    r"(?:documento\s+)?(?:firmado|suscrito|signed)\s+(?:digital|electr[óo]nica)(?:mente|ly)?\b(?!\s+en\b)"
    r"|(?:documento\s+)?(?:assinado|firmado)\s+(?:digital|eletr[ôo]nica)mente\b"
    r"|digitally\s+signed\s+by\b|firma\s*v[áa]lida$|signature\s+(?:not\s+)?(?:verified|valid)$"
    r"|firmado\s+por:?\s+.*\b(?:DN|NIF|CUIT)\b",
    re.IGNORECASE,
)
DETAIL = re.compile(
    r"(?:DN|CN|Fecha|Date|Data|Motivo|Reason|Ubicaci[óo]n|Location|Raz[óo]n|N[úu]mero de serie)"
    r"\s*[:=]"
    r"|\d{4}[./-]\d{2}[./-]\d{2}\s+\d{1,2}:\d{2}(?::\d{2})?|[-+]\d{2}'\d{2}'?$",
    re.IGNORECASE,
)
CODE = re.compile(
    r"(?:c[óo]digo\s+(?:seguro\s+)?de\s+(?:verificaci[óo]n|validaci[óo]n)(?:\s+electr[óo]nica)?|CSV|CVE|HASH)"
    r"\s*[:=]\s*\S*[\d-]\S*"
    r"|verifi(?:cable|que|car)\b.*\bhttps?:\S+$",
    re.IGNORECASE,
)
MARGIN = 0.12  # of the page: where codes of verification stand


def without_stamps(
    pages: Sequence[PageLines],
) -> tuple[list[PageLines], dict[int, tuple[str, ...]]]:
    """The pages without what was put over or beside their text, and what that was, page by page.

    Gone are turned lines (unless hardly anything else is there), large words across other lines
    or at one place on most pages, signatures and codes of verification in the margins.
    """
    usual = _usual_size(pages)
    repeated = _repeated(pages, usual)
    kept: list[PageLines] = []
    dropped: dict[int, tuple[str, ...]] = {}
    for page in pages:
        out = set(_stamps(page, usual, repeated))
        kept.append(replace(page, lines=tuple(x for i, x in enumerate(page.lines) if i not in out)))
        dropped[page.number] = tuple(_texts(page.lines, sorted(out)))
    return kept, dropped


def _texts(lines: Sequence[Line], places: Sequence[int]) -> Iterator[str]:
    """The texts at these places, turned words that follow each other as one."""
    turned = ""
    for index, last in zip(places, [-1, *places], strict=False):
        if turned and (lines[index].level or index != last + 1):
            yield turned
            turned = ""
        if lines[index].level:
            yield lines[index].text
        else:
            turned = f"{turned} {lines[index].text}".strip()
    if turned:
        yield turned


def _usual_size(pages: Iterable[PageLines]) -> float:
    letters: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            letters[round(line.size)] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 1.0


def _stamps(page: PageLines, usual: float, repeated: frozenset[str]) -> Iterator[int]:
    """The places in the page's lines of those that are stamps."""
    level = sum(line.level for line in page.lines)
    turned_page = level * 2 < len(page.lines)
    in_signature: Line | None = None
    for index, line in enumerate(page.lines):
        starts = line.size <= SMALL * usual and _is_signature(line, page, index)
        goes_on = in_signature is not None and _follows(in_signature, line)
        in_signature = line if starts or goes_on else None
        if (
            in_signature
            or (not line.level and not turned_page)
            or (line.size >= LARGE * usual and _crosses(line, page.lines))
            or (_key(line) in repeated)
            or (CODE.match(line.text) and _is_in_margin(line, page))
        ):
            yield index


def _is_signature(line: Line, page: PageLines, index: int) -> bool:
    """Whether a signature starts here: not in the middle of a paragraph, nor as long as one."""
    if not SIGNATURE.match(line.text) or line.x1 - line.x0 > SHORT * page.width:
        return False
    before = page.lines[index - 1] if index else None
    return before is None or before.text.rstrip().endswith((".", ":")) or not _beneath(before, line)


def _follows(before: Line, line: Line) -> bool:
    """Whether a line goes on with a signature: its name in capitals, its date, its reason."""
    shouted = line.text.isupper() and len(line.text) < 60 and line.size <= before.size
    return _beneath(before, line) and bool(DETAIL.match(line.text) or shouted)


def _beneath(before: Line, line: Line) -> bool:
    apart = line.base - before.base
    return 0 <= apart < NEXT_LINE * before.size and min(before.x1, line.x1) > max(
        before.x0, line.x0
    )


def _crosses(line: Line, others: Iterable[Line]) -> bool:
    crossed = sum(other is not line and _share(other, line) > 0.3 for other in others)
    return crossed >= COVERED


def _share(box: Line, over: Line) -> float:
    """The share of a line's box that lies under another's."""
    wide = min(box.x1, over.x1) - max(box.x0, over.x0)
    high = min(box.y1, over.y1) - max(box.y0, over.y0)
    area = max(0.1, (box.x1 - box.x0) * (box.y1 - box.y0))
    return max(0.0, wide) * max(0.0, high) / area


def _repeated(pages: Sequence[PageLines], usual: float) -> frozenset[str]:
    places: dict[str, set[int]] = {}
    for page in pages:
        top, bottom = (share * page.height for share in MIDDLE)
        for line in page.lines:
            if line.size >= LARGE * usual and top < line.base < bottom:
                places.setdefault(_key(line), set()).add(page.number)
    fewest = max(FEWEST_PAGES, MOST_PAGES_SHARE * len(pages))
    return frozenset(key for key, found in places.items() if len(found) >= fewest)


def _key(line: Line) -> str:
    place = round(line.x0 / SAME_PLACE), round(line.base / SAME_PLACE)
    return f"{re.sub(r'[0-9]+', '#', line.text)} {place}"


def _is_in_margin(line: Line, page: PageLines) -> bool:
    return (
        line.base < MARGIN * page.height
        or line.y0 > (1 - MARGIN) * page.height
        or line.x1 < MARGIN * page.width
        or line.x0 > (1 - MARGIN) * page.width
    )
