"""Pages of lines to the same without stamps, watermarks and text that runs up the margins."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ingest.layout.lines import Line
from ingest.layout.running import PageLines

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
