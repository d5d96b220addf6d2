"""Removes page furniture (running headers and footers, stamps, watermarks) and reads the printed
page numbers from it.

What is removed is listed for each page, so that nobody has to guess what became of it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.pdf.lines import Line, Role, Rule, overlap
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
MOST_COVERED = 0.3  # of a line: more under a watermark is crossed by it
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
    or on three, its digits masked; all bare page numbers count as one such text. So is what the
    file tags as an artifact, where it stands at an edge or on as many pages: some files tag part
    of their text so by mistake.
    """
    fewest = min(3, max(2, (len(pages) + 1) // 2))
    running = _running_texts(pages, fewest)
    artifacts = Counter(
        key
        for page in pages
        for key in {_masked(line.text) for line in page.lines if _is_artifact(line)}
    )
    # What stands at the top of the first page alone, the symbol and date of a United Nations
    # document, which its file marks as a page header, is part of the document.
    later = {
        _masked(line.text)
        for page in pages[1:]
        for line in page.lines
        if _at_edge(line, page, WIDE_EDGE)
    }
    kept = []
    dropped: dict[int, tuple[str, ...]] = {}
    texts: dict[str, str] = {}
    for page in pages:
        out = set()
        for line in page.lines:
            key = _masked(line.text)
            at_top = page is pages[0] and line.baseline < page.height / 2 and len(pages) > 1
            if at_top and key not in later and key != BARE_NUMBER:
                continue
            runs = (
                key in running and _at_edge(line, page) and not _heads_column(line, page, running)
            )
            credible = _at_edge(line, page, WIDE_EDGE) or artifacts[key] >= fewest
            if runs or (_is_artifact(line) and credible):
                out.add(line)
        removed = [line.text for line in page.lines if line in out]
        for text in removed:
            texts.setdefault(_masked(text), text)
        dropped[page.number] = tuple(removed)
        kept.append(replace(page, lines=tuple(line for line in page.lines if line not in out)))
    texts.pop(BARE_NUMBER, None)
    return kept, RunningLines(dropped, tuple(texts.values()), _labels(dropped))


def _is_artifact(line: Line) -> bool:
    return line.tag is not None and line.tag.role is Role.ARTIFACT


def _heads_column(line: Line, page: PageLines, running: frozenset[str]) -> bool:
    """Whether a horizontal rule is under the line, and right under that text that does not repeat:
    the header row of a table, printed again on each page."""
    return any(
        0 < other.baseline - rule.y0 < ROW_GAP * other.size and _masked(other.text) not in running
        for rule in page.rules
        if rule.y1 - rule.y0 < 1
        and overlap(rule, line)
        and -1 < rule.y0 - line.baseline < TALLEST_HEAD * line.size
        for other in page.lines
    )


def _running_texts(pages: Sequence[PageLines], fewest: int) -> frozenset[str]:
    """The texts that stand at an edge of so many pages at one height; not in a table that goes on
    into the page, whose header may be repeated there."""
    heights: dict[str, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for page in pages:
        for line in page.lines:
            if _at_edge(line, page) and not _in_table(line, page):
                heights[_masked(line.text)][round(line.baseline / SAME_HEIGHT)].add(page.number)
    # With the next slot, since a line on the border between two falls now in one, now in the other.
    return frozenset(
        key
        for key, slots in heights.items()
        if any(len(slots[slot] | slots.get(slot + 1, set())) >= fewest for slot in slots)
    )


def _at_edge(line: Line, page: PageLines, edge: float = EDGE) -> bool:
    return line.baseline < edge * page.height or line.y0 > (1 - edge) * page.height


def _in_table(line: Line, page: PageLines) -> bool:
    if line.tag is not None and line.tag.cells and line.tag.role is not Role.ARTIFACT:
        return True
    inner = WIDE_EDGE if line.baseline <= page.height / 2 else 1 - WIDE_EDGE
    top, bottom = sorted((line.baseline, inner * page.height))
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
    romans: dict[int, set[int]] = {}
    arabic: dict[int, set[int]] = {}
    for page, texts in removed.items():
        alone = (roman_number(text.strip(" -–—|")) for text in texts)
        romans[page] = {number for number in alone if number and number <= SURE_ROMAN}
        arabic[page] = {int(n) for text in texts for n in re.findall(r"\b\d{1,4}\b", text)}
    labels = {page: roman(number) for page, number in _numbers_in_step(romans, 2).items()}
    sure = _numbers_in_step(arabic, 0.6 * len(removed))
    return labels | {page: str(number) for page, number in sure.items()}


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
    letters: Counter[float] = Counter()
    for line in (line for page in pages for line in page.lines):
        letters[round(line.size)] += len(line.text)
    usual = letters.most_common(1)[0][0] if letters else 1.0
    places: dict[str, set[int]] = defaultdict(set)
    for page in pages:
        top, bottom = (share * page.height for share in MIDDLE_OF_PAGE)
        for line in page.lines:
            if line.size >= WATERMARK_SIZE * usual and top < line.baseline < bottom:
                places[_text_and_place(line)].add(page.number)
    fewest = max(FEWEST_PAGES, MOST_PAGES_SHARE * len(pages))
    watermarks = frozenset(key for key, found in places.items() if len(found) >= fewest)
    kept: list[PageLines] = []
    dropped: dict[int, tuple[str, ...]] = {}
    for page in pages:
        out = list(_stamp_indices(page, usual, watermarks))
        kept.append(replace(page, lines=tuple(x for i, x in enumerate(page.lines) if i not in out)))
        # Rotated words that follow each other are one text: having no common baseline, each of
        # them is a line of its own.
        texts: list[str] = []
        for last, index in zip([-2, *out], out, strict=False):
            line = page.lines[index]
            if index == last + 1 and not (line.horizontal or page.lines[last].horizontal):
                texts[-1] = f"{texts[-1]} {line.text}"
            else:
                texts.append(line.text)
        dropped[page.number] = tuple(texts)
    return kept, dropped


def _stamp_indices(page: PageLines, usual: float, watermarks: frozenset[str]) -> Iterator[int]:
    """The places in the page's lines of those that are stamps."""
    rotated_page = sum(line.horizontal for line in page.lines) * 2 < len(page.lines)
    in_signature: Line | None = None
    for index, line in enumerate(page.lines):
        starts = line.size <= LARGEST_SIGNATURE * usual and _is_signature(line, page, index)
        goes_on = in_signature is not None and _follows(in_signature, line)
        in_signature = line if starts or goes_on else None
        in_margin = _at_edge(line, page, MARGIN) or not (
            MARGIN * page.width <= line.x1 and line.x0 <= (1 - MARGIN) * page.width
        )
        if (
            in_signature
            or (not line.horizontal and not rotated_page)
            or (line.size >= WATERMARK_SIZE * usual and _crosses_text(line, page.lines))
            or _text_and_place(line) in watermarks
            or (in_margin and VERIFICATION_CODE.match(line.text))
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
    return 0 <= apart < SIGNATURE_SPACING * before.size and overlap(before, line)


def _crosses_text(watermark: Line, lines: Sequence[Line]) -> bool:
    """Whether so many lines have a good part of their box under the watermark."""
    crossed = 0
    for line in lines:
        width = min(line.x1, watermark.x1) - max(line.x0, watermark.x0)
        height = min(line.y1, watermark.y1) - max(line.y0, watermark.y0)
        area = max(0.1, (line.x1 - line.x0) * (line.y1 - line.y0))
        covered = max(0.0, width) * max(0.0, height) / area
        crossed += line is not watermark and covered > MOST_COVERED
    return crossed >= FEWEST_CROSSED


def _text_and_place(line: Line) -> str:
    place = round(line.x0 / SAME_PLACE), round(line.baseline / SAME_PLACE)
    return f"{re.sub(r'[0-9]+', '#', line.text)} {place}"
