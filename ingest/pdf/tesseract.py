"""Runs the Tesseract program and reads its hOCR output: where it is installed, which languages it
can read, the words of an image, and their order in tables.

This file loads no PDF or image library: the process that hands out jobs asks it where Tesseract is.
"""

import html
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from pathlib import Path
from statistics import median

# Not the PATH: this package reads no environment, and a `tesseract` elsewhere must not run.
PROGRAM_FOLDERS = "/usr/bin:/usr/local/bin:/opt/homebrew/bin:/opt/local/bin"
INSTALL = "instale Tesseract (apt-get install tesseract-ocr tesseract-ocr-spa)"
RUN_SECONDS = 60  # a page takes about two
# Galician and Catalan are read as Spanish, whose letters nearly suffice. Read as English, half to
# nine tenths of the words with accents are lost.
LANGUAGES = {"es": "spa", "en": "eng", "pt": "por", "fr": "fra", "gl": "spa", "ca": "spa"}
# Its own threads slow it down where pages are read side by side.
ENVIRONMENT = {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"}

# hOCR 1.2: `bbox`, `baseline` (slope and shift against the lower left of the line), `x_size` and
# `x_wconf` (0 to 100) are properties in the title of an element.
TAG = re.compile(
    r"<(?:span|div|p) class='(?P<kind>ocr\w*)'[^>]*?"
    r"\btitle=(?P<quote>[\"'])(?P<title>.*?)(?P=quote)[^>]*>"
)
TEXT = re.compile(r"(.*?)</span>", re.DOTALL)
MARKUP = re.compile(r"<[^>]+>")
LINES = frozenset({"ocr_line", "ocr_caption", "ocr_header", "ocr_textfloat"})
NUMBER = r"(-?[\d.]+)"
BOX = re.compile(rf"bbox {NUMBER} {NUMBER} {NUMBER} {NUMBER}")
BASELINE = re.compile(rf"baseline {NUMBER} {NUMBER}")
SIZE = re.compile(rf"x_size {NUMBER}")
CONFIDENCE = re.compile(rf"x_wconf {NUMBER}")
# What round bullets are taken for at the start of a line.
BULLETS = frozenset("+ » ¢ ® © ° · > ▪ ● • *".split())
ADDRESS = re.compile(r"^([\w.+-]{3,})\([A-ZÀ-Ý]?([a-z][\w-]*(?:\.[\w-]+)*\.[a-z]{2,4}[.,;]?)$")
"""`nombre@un.org` read as `nombre(Dun.org`."""
FEWEST_CELLS, LONGEST_CELL = 2, 3
"""Lines that a column of cells has at least, and words that its usual cell has at most."""
SAME_SIZE = 1.4  # times: cells of one row
BESIDE_OTHERS = 0.6  # of the lines of such a column stand beside a line of another block


class OcrError(Exception):
    """Tesseract failed or took too long on this image."""


def find_program() -> Path | None:
    """Where Tesseract is installed, or None."""
    found = shutil.which("tesseract", path=PROGRAM_FOLDERS)
    return Path(found) if found else None


@cache
def installed_languages(program: Path) -> frozenset[str]:
    """Tesseract's own codes of the languages that are there (`spa`, `osd` …)."""
    lines = run_tesseract(program, ["--list-langs"]).decode("utf-8", "replace").splitlines()
    return frozenset(line.strip() for line in lines[1:])  # the first names the folder


def language_code(program: Path, language: str) -> str:
    """Tesseract's code of a language; where that is not installed, of Spanish or else of any."""
    there = installed_languages(program)
    for wanted in (LANGUAGES.get(language, "spa"), "spa"):
        if wanted in there:
            return wanted
    return min(there - {"osd"}, default="eng")  # osd tells orientation, it reads no text


def run_tesseract(program: Path, arguments: Sequence[str], image: bytes = b"") -> bytes:
    """What Tesseract writes. Raises `OcrError`."""
    try:
        done = subprocess.run(  # noqa: S603 - a program from a fixed folder, arguments of ours
            [str(program), *arguments],
            input=image,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=RUN_SECONDS,
            env=ENVIRONMENT,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise OcrError(str(error)) from error
    return done.stdout


@dataclass(frozen=True, slots=True)
class OcrWord:
    """One word that OCR recognised, in pixels from the top left of the image that was recognised.

    `line` and `block` count those of the page; `size` is the height of its line from ascenders to
    descenders; `confidence` runs from 0 to 1.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    baseline: float
    size: float
    confidence: float
    line: int
    block: int
    bold: bool = False

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom."""
        return self.x0, self.y0, self.x1, self.y1


def parse_hocr(page: str) -> Iterator[OcrWord]:
    """The words of an hOCR page in Tesseract's reading order. Empty words are left out."""
    line = block = 0
    # The left edge and bottom of the line, the slope and shift of its baseline, and its size.
    left = bottom = slope = shift = 0.0
    size = 1.0
    for tag in TAG.finditer(page):
        kind, title = tag["kind"], tag["title"]
        found = BOX.search(title)
        x0, y0, x1, y1 = map(float, found.groups()) if found else (0.0, 0.0, 0.0, 0.0)
        if kind in LINES:
            line, left, bottom = line + 1, x0, y1
            baseline, height = BASELINE.search(title), SIZE.search(title)
            slope, shift = map(float, baseline.groups()) if baseline else (0.0, 0.0)
            size = float(height[1]) if height else 1.0
        elif kind == "ocr_carea":
            block += 1
        elif kind == "ocrx_word":
            content = TEXT.match(page, tag.end())
            text = html.unescape(MARKUP.sub("", content[1])).strip() if content else ""
            sure = CONFIDENCE.search(title)
            confidence = float(sure[1]) / 100 if sure else 0.0
            base = bottom + shift + slope * ((x0 + x1) / 2 - left)
            if text:
                yield OcrWord(text, x0, y0, x1, y1, base, size, confidence, line, block)


def mended_signs(words: Sequence[OcrWord]) -> list[OcrWord]:
    """The words with what Tesseract is known to misread put right: the @ of an address, round
    bullets."""
    mended: list[OcrWord] = []
    for word in words:
        text = word.text
        # A sign that is round and smaller than any letter, above the baseline.
        wide, high = word.x1 - word.x0, word.y1 - word.y0
        round_sign = high < 0.4 * word.size and 0.6 < wide / max(high, 1.0) < 1.7
        dot = len(text) == 1 and round_sign and word.baseline > word.y1
        if (not mended or mended[-1].line != word.line) and (text in BULLETS or dot):
            text = "•"
        mended.append(replace(word, text=ADDRESS.sub(r"\1@\2", text)))
    return mended


def cells_by_row(words: Sequence[OcrWord]) -> list[OcrWord]:
    """The words with the cells of tables put row by row: Tesseract takes each column of short
    lines for a block of its own and reads it from top to bottom."""
    blocks = {block: _lines(group) for block, group in groupby(words, key=lambda word: word.block)}
    columns = []
    for block, lines in blocks.items():
        if len(lines) < FEWEST_CELLS or median(map(len, lines)) > LONGEST_CELL:
            continue
        others = [line for other, found in blocks.items() if other != block for line in found]
        beside = sum(any(_shares_baseline(line, other) for other in others) for line in lines)
        if beside >= BESIDE_OTHERS * len(lines):
            columns.append(block)
    # Where all the page is a table, its longest column gives the order.
    if columns and len(columns) == len(blocks):
        columns.remove(max(columns, key=lambda block: len(blocks[block])))
    columns.sort(key=lambda block: blocks[block][0][0].x0)
    cells = [word for block in columns for line in blocks[block] for word in line]
    return in_reading_order([word for word in words if word.block not in columns], cells)


def _lines(words: Iterable[OcrWord]) -> list[list[OcrWord]]:
    return [list(line) for _, line in groupby(words, key=lambda word: word.line)]


def _shares_baseline(line: Sequence[OcrWord], other: Sequence[OcrWord]) -> bool:
    """Whether two lines of one size share their baseline."""
    small, large = sorted((line[0].size, other[0].size))
    apart = line[-1].x1 <= other[0].x0 or other[-1].x1 <= line[0].x0
    return (
        apart
        and large < SAME_SIZE * small
        and abs(line[0].baseline - other[0].baseline) < small / 2
    )


def in_reading_order(words: Sequence[OcrWord], others: Sequence[OcrWord]) -> list[OcrWord]:
    """The words with the lines of others put where they belong: before the line that stands to
    their right, after the one to their left, or else below the one above."""
    lines = _lines(words)
    for line in _lines(others):
        beside = [index for index, known in enumerate(lines) if _shares_baseline(line, known)]
        right = [index for index in beside if lines[index][0].x0 >= line[-1].x1]
        over = [index for index, known in enumerate(lines) if known[0].baseline < line[0].baseline]
        if right:
            place = min(right, key=lambda index: lines[index][0].x0)
        elif beside:
            place = max(beside, key=lambda index: lines[index][-1].x1) + 1
        else:
            place = max(over, key=lambda index: lines[index][0].baseline, default=-1) + 1
        lines.insert(place, line)
    return [replace(word, line=n) for n, line in enumerate(lines, start=1) for word in line]
