"""Do the boxes of a passage hold its words, and nothing else?

From real PDFs, passages drawn with a fixed seed: PDFium is asked for the text inside the boxes of
each page. Coverage is the share of the passage's words found there, with or without the spaces
that PDFium sees, marks of notes as plain digits. PDFium also gives letters that a box only touches,
so letters whose centres lie inside are counted too: `centred` of them against those of the passage,
and `excess` of those that are too many. Excluded: files that no reader takes, and
pages whose text was recognised or mended by recognition (PDFium does not have it).
"""

import ctypes
import random
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean

import pypdfium2
import pypdfium2.raw as pdfium_c

from benchmarks.reading.markdown import HYPHENS
from benchmarks.reading.material import passages_of, read
from benchmarks.reading.report import Report, Target
from benchmarks.reading.texts import flat, words
from ingest.errors import ReadError
from search.documents import Box, Method, Passage

SEED = 20_241_101
DRAWN = 200
FINE = 100  # device units a point: PDFium converts whole numbers
WELL = 0.99


@dataclass(frozen=True, slots=True)
class Score:
    """How much of the text is inside its boxes; `excess` letters a letter of the passage."""

    file: str
    page: int
    coverage: float
    centred: float
    excess: float
    area: float
    text: str
    lost: str


def measure_provenance(data: Path) -> Report:
    """The boxes of passages of real PDFs: their words inside, no others."""
    found = list(passages_in(data / "docs"))
    drawn = random.Random(SEED).sample(found, DRAWN)  # noqa: S311 - a sample, no secret
    scores = [score for file, passage in drawn for score in check(file, passage)]
    scores.sort(key=lambda score: (score.coverage, -score.excess))
    coverage = mean(score.coverage for score in scores)
    well = mean(score.coverage >= WELL for score in scores)
    excess = mean(score.excess for score in scores)
    numbers = {
        "passages": DRAWN,
        "pages": len(scores),
        "coverage": round(coverage, 4),
        "share_covered_to_99_percent": round(well, 4),
        "centred": round(mean(score.centred for score in scores), 4),
        "excess": round(excess, 4),
        "mean_area": round(mean(score.area for score in scores), 4),
        "worst": [asdict(score) for score in scores[:10]],
    }
    table = [f"{name}: {value}" for name, value in numbers.items() if name != "worst"]
    targets = [
        Target("words inside their boxes", round(coverage, 4), least=0.99),
        Target("letters of others inside", round(excess, 4), most=0.02),
    ]
    odd = [s for s in scores if s.coverage < WELL or s.excess > 0.1]
    failing = [
        f"{s.file} p. {s.page}: coverage {s.coverage:.2f}, excess {s.excess:.2f}: {s.text!r}"
        f" lost: {s.lost}"
        for s in odd
    ]
    return Report(numbers, table, targets, failing)


def passages_in(folder: Path) -> Iterator[tuple[Path, Passage]]:
    for path in sorted(folder.rglob("*.pdf")):
        print(f"  {path.name}", file=sys.stderr)
        try:
            reading = read(path).reading
        except ReadError:
            continue
        own = {shape.number for shape in reading.shapes if shape.method is Method.TEXT}
        _, passages = passages_of(reading, path.name)
        yield from ((path, p) for p in passages if all(e.page in own for e in p.extents))


def check(file: Path, passage: Passage) -> Iterator[Score]:
    """A score for each page that the passage stands on."""
    with pypdfium2.PdfDocument(file) as pdf:
        for number in sorted({extent.page for extent in passage.extents}):
            text = "\n".join(
                passage.text[e.offset : e.offset + e.end - e.start]
                for e in passage.extents
                if e.page == number
            )
            boxes = [box for box in passage.boxes if box.page == number]
            yield _score(file, pdf[number - 1], number, text, boxes)


def _score(
    file: Path, page: pypdfium2.PdfPage, number: int, text: str, boxes: Sequence[Box]
) -> Score:
    width, height = page.get_size()
    places = [_to_user_space(page, box) for box in boxes]
    textpage = page.get_textpage()
    inside = HYPHENS.sub("", "\n".join(textpage.get_text_bounded(*place) for place in places))
    plain = unicodedata.normalize("NFKC", text)
    lost = _lost(words(plain), unicodedata.normalize("NFKC", inside))
    letters = len(flat(plain))
    centred = flat(_centred(textpage, places))
    return Score(
        file=file.name,
        page=number,
        coverage=1 - len(lost) / max(len(words(plain)), 1),
        centred=min(1.0, len(centred) / max(letters, 1)),
        excess=max(0, len(centred) - letters) / max(letters, 1),
        area=sum((b.x1 - b.x0) * (b.y1 - b.y0) for b in boxes) / (width * height),
        text=text[:60],
        lost=" ".join(lost)[:80],
    )


def _lost(expected: Sequence[str], inside: str) -> list[str]:
    missing = (Counter(expected) - Counter(words(inside))).elements()
    return [word for word in missing if word not in flat(inside)]


def _to_user_space(page: pypdfium2.PdfPage, box: Box) -> tuple[float, float, float, float]:
    """Left, bottom, right, top of a box as PDFium wants it, whatever the page's rotation."""
    width, height = (round(FINE * size) for size in page.get_size())
    corners = []
    for x, y in ((box.x0, box.y0), (box.x1, box.y1)):
        across, up = ctypes.c_double(), ctypes.c_double()
        device = (0, 0, width, height, 0, round(FINE * x), round(FINE * y))
        pdfium_c.FPDF_DeviceToPage(page, *device, across, up)
        corners.append((across.value, up.value))
    (x0, y0), (x1, y1) = corners
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _centred(
    textpage: pypdfium2.PdfTextPage, places: Sequence[tuple[float, float, float, float]]
) -> str:
    """The characters whose centre lies in one of the places."""
    kept = []
    for index in range(textpage.count_chars()):
        left, bottom, right, top = textpage.get_charbox(index, loose=True)
        x, y = (left + right) / 2, (bottom + top) / 2
        if any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in places):
            kept.append(chr(pdfium_c.FPDFText_GetUnicode(textpage, index)))
    return "".join(kept)
