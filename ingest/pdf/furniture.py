"""Removes page furniture (running headers and footers, stamps, watermarks) and reads the printed
page numbers from it.

What is removed is listed for each page, so that nobody has to guess what became of it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.pdf.lines import Line, Role, Rule
from search.text.vocabulary import SURE_ROMAN, roman, roman_number

EDGE = 0.12  # of the page height: where running headers and footers are
WIDE_EDGE = 0.16  # of it, where the file tags them as artifacts (ISO 32000-1, 14.8.2.2)
SAME_HEIGHT = 4.0  # points
TALLEST_HEAD = 3.0  # em: the cells that name the columns of a table
ROW_GAP = 1.35  # em: from a rule to the baseline of the row under it
TABLE_WALLS = 3  # vertical rules: two may be the frame of a page
BARE_NUMBER = "#"
ROMAN = r"[ivxlcdm]{1,7}"
# «Página 3 de 10», «- 4 -», «iv», «3/10».
NUMBER_LINE = re.compile(
    rf"^(?:p[áa]g(?:ina|\.)?|page)?\s*[-–—|]?\s*(?:\d{{1,4}}|{ROMAN})"
    r"(?:\s*(?:de|of|/|\|)\s*\d{1,4})?\s*[-–—|]?$",
    re.IGNORECASE,
)

WATERMARK_SIZE = 1.8  # times the usual size: the letters of a watermark
FEWEST_CROSSED = 2  # lines of text that a watermark crosses
SAME_PLACE = 4.0  # points
MOST_PAGES_SHARE, FEWEST_PAGES = 0.6, 3  # of all pages, and pages: with a text at one place
MIDDLE_OF_PAGE = 0.2, 0.85  # of the height: above stand the titles of slides
LARGEST_SIGNATURE = 1.05  # times the usual size: signatures are not set larger than the text
SIGNATURE_SPACING = 2.2  # times the size: how far the lines of a signature stand apart
WIDEST_SIGNATURE = 0.6  # of the page's width

# How programs for signing begin; «firmado digitalmente en la ciudad de …» is a sentence.
SIGNATURE = re.compile(
    r"(?:documento\s+)?(?:firmado|suscrito|signed)\s+(?:digital|electr[óo]nica)(?:mente|ly)?\b(?!\s+en\b)"
    r"|(?:documento\s+)?(?:assinado|firmado)\s+(?:digital|eletr[ôo]nica)mente\b"
    r"|digitally\s+signed\s+by\b|firma\s*v[áa]lida$|signature\s+(?:not\s+)?(?:verified|valid)$"
    r"|firmado\s+por:?\s+.*\b(?:DN|NIF|CUIT)\b",
    re.IGNORECASE,
)
# The lines below: distinguished name, reason, place, times such as `2024.03.01 10:20:30 -03'00'`.
SIGNATURE_DETAIL = re.compile(
    r"(?:DN|CN|Fecha|Date|Data|Motivo|Reason|Ubicaci[óo]n|Location|Raz[óo]n|N[úu]mero de serie)"
    r"\s*[:=]"
    r"|\d{4}[./-]\d{2}[./-]\d{2}\s+\d{1,2}:\d{2}(?::\d{2})?|[-+]\d{2}'\d{2}'?$",
    re.IGNORECASE,
)
# «Código seguro de verificación: …», «CSV: …», and where to check it.
VERIFICATION_CODE = re.compile(
    r"(?:c[óo]digo\s+(?:seguro\s+)?de\s+(?:verificaci[óo]n|validaci[óo]n)(?:\s+electr[óo]nica)?|CSV|CVE|HASH)"
    r"\s*[:=]\s*\S*[\d-]\S*"
    r"|verifi(?:cable|que|car)\b.*\bhttps?:\S+$",
    re.IGNORECASE,
)
MARGIN = 0.12  # of the page: where codes of verification stand


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
class RunningLines:
    """What the running lines say: the texts taken off each page, each text but page numbers once
    (whatever its digits), and the page number printed on each page where it is sure."""

    dropped: dict[int, tuple[str, ...]]
    texts: tuple[str, ...]
    labels: dict[int, str]


def remove_running_lines(pages: Sequence[PageLines]) -> tuple[list[PageLines], RunningLines]:
    """The pages without running lines, and what those say.

    A line is a running one if it is in the top or bottom 12 %, at one height, on half of the pages
    or on three, its digits masked; all bare page numbers count as one such text.
    """
    running, artifacts = _running_texts(pages), _repeated_artifacts(pages)
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
    return kept, RunningLines(dropped, _distinct_texts(dropped.values()), _labels(dropped))


def _heads_column(line: Line, page: PageLines, running: frozenset[str]) -> bool:
    """Whether a horizontal rule is under the line, and right under that text that does not repeat:
    the header row of a table, printed again on each page."""
    rules = [
        rule.y0
        for rule in page.rules
        if rule.y1 - rule.y0 < 1 and rule.x0 < line.x1 and line.x0 < rule.x1
    ]
    under = [y for y in rules if -1 < y - line.baseline < TALLEST_HEAD * line.size]
    return any(
        0 < other.baseline - y < ROW_GAP * other.size and _masked(other.text) not in running
        for y in under
        for other in page.lines
    )


def _repeated_artifacts(pages: Sequence[PageLines]) -> frozenset[str]:
    """Texts tagged as artifacts on several pages, wherever they are on them."""
    counts = Counter(
        key
        for page in pages
        for key in {_masked(line.text) for line in page.lines if _is_tagged_artifact(line)}
    )
    return frozenset(key for key, count in counts.items() if count >= _fewest_pages(len(pages)))


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
        if line.baseline < pages[0].height / 2 and _masked(line.text) not in later | {BARE_NUMBER}
    )


def _is_artifact(line: Line, page: PageLines, repeated: frozenset[str]) -> bool:
    """Whether the file says so credibly: some tag part of their text as an artifact by mistake."""
    if not _is_tagged_artifact(line):
        return False
    return _at_edge(line, page, WIDE_EDGE) or _masked(line.text) in repeated


def _is_tagged_artifact(line: Line) -> bool:
    return line.tag is not None and line.tag.role is Role.ARTIFACT


def _distinct_texts(pages: Iterable[Sequence[str]]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for texts in pages:
        for text in texts:
            first.setdefault(_masked(text), text)
    return tuple(text for key, text in first.items() if key != BARE_NUMBER)


def _running_texts(pages: Sequence[PageLines]) -> frozenset[str]:
    places: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for page in pages:
        for line in _edge_lines(page):
            places[_masked(line.text)].append((page.number, line.baseline))
    return frozenset(key for key, found in places.items() if _repeats(found, len(pages)))


def _repeats(found: Iterable[tuple[int, float]], pages: int) -> bool:
    at_height: dict[int, set[int]] = defaultdict(set)
    for page, baseline in found:
        at_height[round(baseline / SAME_HEIGHT)].add(page)
    # With the next slot, since a line on the border between two falls now in one, now in the other.
    most = max(len(at_height[slot] | at_height[slot + 1]) for slot in list(at_height))
    return most >= _fewest_pages(pages)


def _fewest_pages(pages: int) -> int:
    """On how many pages a line must repeat to be a running one: half of them, or three."""
    return min(3, max(2, (pages + 1) // 2))


def _at_edge(line: Line, page: PageLines, edge: float = EDGE) -> bool:
    return line.baseline < edge * page.height or line.y0 > (1 - edge) * page.height


def _edge_lines(page: PageLines) -> list[Line]:
    """The lines at the top and bottom edges; not those of a table that goes on into the page,
    whose header may be repeated there."""
    return [line for line in page.lines if _at_edge(line, page) and not _in_table(line, page)]


def _in_table(line: Line, page: PageLines) -> bool:
    if line.tag is not None and line.tag.cells and line.tag.role is not Role.ARTIFACT:
        return True
    inner = (
        (1 - WIDE_EDGE) * page.height
        if line.baseline > page.height / 2
        else WIDE_EDGE * page.height
    )
    top, bottom = min(line.baseline, inner), max(line.baseline, inner)
    walls = {round(rule.x0) for rule in page.rules if rule.y0 <= top and rule.y1 >= bottom}
    return len(walls) >= TABLE_WALLS


def _masked(text: str) -> str:
    text = text.strip()
    if NUMBER_LINE.match(text):
        return BARE_NUMBER
    # OCR reads a dash now as one sign, now as another: only the words of a line must be the same.
    masked = re.sub(r"\d+", "#", text)
    words = re.sub(r"[^\w#]+", " ", masked).strip()
    return words if re.search(r"[^\W\d_]", words) else masked


def _labels(removed: Mapping[int, Sequence[str]]) -> dict[int, str]:
    """The printed page numbers: numbers in running lines that keep their distance to the number of
    the page. Roman ones must be alone in their line, and give way to Arabic ones."""
    romans = {page: _romans(texts) for page, texts in removed.items()}
    arabic = {page: _numbers(texts) for page, texts in removed.items()}
    labels = {page: roman(number) for page, number in _numbers_in_step(romans, 2).items()}
    return labels | {
        page: str(number) for page, number in _numbers_in_step(arabic, 0.6 * len(removed)).items()
    }


def _numbers(texts: Sequence[str]) -> set[int]:
    return {int(number) for text in texts for number in re.findall(r"\b\d{1,4}\b", text)}


def _romans(texts: Sequence[str]) -> set[int]:
    numbers = (roman_number(text.strip(" -–—|")) for text in texts)
    return {number for number in numbers if number and number <= SURE_ROMAN}


def _numbers_in_step(found: Mapping[int, set[int]], least: float) -> dict[int, int]:
    """The numbers that most pages have at one distance from their own."""
    offsets = Counter(number - page for page, numbers in found.items() for number in numbers)
    if not offsets:
        return {}
    offset, count = offsets.most_common(1)[0]
    # A year or a document number is the same on every page, so it keeps no distance.
    if count < max(2, min(least, 0.8 * sum(map(bool, found.values())))):
        return {}
    return {page: page + offset for page, numbers in found.items() if page + offset in numbers}


def remove_stamps(
    pages: Sequence[PageLines],
) -> tuple[list[PageLines], dict[int, tuple[str, ...]]]:
    """The pages without what was put over or beside their text, and what that was, page by page.

    Rotated lines go (unless the page has hardly anything else), large words across other lines or
    at one place on most pages, digital signatures, and verification codes in the margins.
    """
    usual = _usual_size(pages)
    repeated = _repeated_watermarks(pages, usual)
    kept: list[PageLines] = []
    dropped: dict[int, tuple[str, ...]] = {}
    for page in pages:
        out = set(_stamp_indices(page, usual, repeated))
        kept.append(replace(page, lines=tuple(x for i, x in enumerate(page.lines) if i not in out)))
        dropped[page.number] = tuple(_stamp_texts(page.lines, sorted(out)))
    return kept, dropped


def _stamp_texts(lines: Sequence[Line], places: Sequence[int]) -> Iterator[str]:
    """The texts of these lines, rotated words that follow each other as one: having no common
    baseline, each of them is a line of its own."""
    rotated = ""
    for index, last in zip(places, [-1, *places], strict=False):
        if rotated and (lines[index].horizontal or index != last + 1):
            yield rotated
            rotated = ""
        if lines[index].horizontal:
            yield lines[index].text
        else:
            rotated = f"{rotated} {lines[index].text}".strip()
    if rotated:
        yield rotated


def _usual_size(pages: Iterable[PageLines]) -> float:
    letters: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            letters[round(line.size)] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 1.0


def _stamp_indices(page: PageLines, usual: float, repeated: frozenset[str]) -> Iterator[int]:
    """The places in the page's lines of those that are stamps."""
    horizontal = sum(line.horizontal for line in page.lines)
    rotated_page = horizontal * 2 < len(page.lines)
    in_signature: Line | None = None
    for index, line in enumerate(page.lines):
        starts = line.size <= LARGEST_SIGNATURE * usual and _is_signature(line, page, index)
        goes_on = in_signature is not None and _follows(in_signature, line)
        in_signature = line if starts or goes_on else None
        if (
            in_signature
            or (not line.horizontal and not rotated_page)
            or (line.size >= WATERMARK_SIZE * usual and _crosses(line, page.lines))
            or (_text_and_place(line) in repeated)
            or (VERIFICATION_CODE.match(line.text) and _is_in_margin(line, page))
        ):
            yield index


def _is_signature(line: Line, page: PageLines, index: int) -> bool:
    """Whether a signature starts here: not in the middle of a paragraph, nor as long as one."""
    if not SIGNATURE.match(line.text) or line.x1 - line.x0 > WIDEST_SIGNATURE * page.width:
        return False
    before = page.lines[index - 1] if index else None
    return before is None or before.text.rstrip().endswith((".", ":")) or not _beneath(before, line)


def _follows(before: Line, line: Line) -> bool:
    """Whether a line goes on with a signature: its name in capitals, its date, its reason."""
    shouted = line.text.isupper() and len(line.text) < 60 and line.size <= before.size
    return _beneath(before, line) and bool(SIGNATURE_DETAIL.match(line.text) or shouted)


def _beneath(before: Line, line: Line) -> bool:
    apart = line.baseline - before.baseline
    return 0 <= apart < SIGNATURE_SPACING * before.size and min(before.x1, line.x1) > max(
        before.x0, line.x0
    )


def _crosses(line: Line, others: Iterable[Line]) -> bool:
    crossed = sum(other is not line and _covered_share(other, line) > 0.3 for other in others)
    return crossed >= FEWEST_CROSSED


def _covered_share(box: Line, over: Line) -> float:
    """The share of a line's box that lies under another's."""
    width = min(box.x1, over.x1) - max(box.x0, over.x0)
    height = min(box.y1, over.y1) - max(box.y0, over.y0)
    area = max(0.1, (box.x1 - box.x0) * (box.y1 - box.y0))
    return max(0.0, width) * max(0.0, height) / area


def _repeated_watermarks(pages: Sequence[PageLines], usual: float) -> frozenset[str]:
    places: dict[str, set[int]] = {}
    for page in pages:
        top, bottom = (share * page.height for share in MIDDLE_OF_PAGE)
        for line in page.lines:
            if line.size >= WATERMARK_SIZE * usual and top < line.baseline < bottom:
                places.setdefault(_text_and_place(line), set()).add(page.number)
    fewest = max(FEWEST_PAGES, MOST_PAGES_SHARE * len(pages))
    return frozenset(key for key, found in places.items() if len(found) >= fewest)


def _text_and_place(line: Line) -> str:
    place = round(line.x0 / SAME_PLACE), round(line.baseline / SAME_PLACE)
    return f"{re.sub(r'[0-9]+', '#', line.text)} {place}"


def _is_in_margin(line: Line, page: PageLines) -> bool:
    return (
        line.baseline < MARGIN * page.height
        or line.y0 > (1 - MARGIN) * page.height
        or line.x1 < MARGIN * page.width
        or line.x0 > (1 - MARGIN) * page.width
    )
