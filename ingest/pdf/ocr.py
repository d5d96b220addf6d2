"""Pages of a PDF that are pictures to words: drawn by PDFium, recognised by Tesseract."""

import io
import math
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from PIL import Image

from ingest.pdf.deskew import (
    BOLD,
    INK,
    WHITE,
    black_on_white,
    ink,
    is_picture,
    level,
    near,
    skew,
    stroke_widths,
    without_boxes,
    without_leaders,
    without_noise,
)
from ingest.pdf.extract import RawPage, text_boxes
from ingest.pdf.lines import Rule, Word
from ingest.pdf.repair import is_damaged_word, mend, overlaid
from ingest.pdf.tesseract import (
    OcrError,
    Seen,
    code,
    in_reading_order,
    in_rows,
    installed,
    mended_signs,
    run,
    seen_words,
)
from ingest.readers.clean import pages_phrase
from search.documents import Box, Method
from search.text.languages import detect_language

REACH = 30  # pixels at 150 an inch on each side: no letter is ink for 10 mm
GAP = 3  # of them may be missing
THICKEST = 5  # pixels: more is a bar or a picture
SCALE = 2
MOST = 400  # more is a drawing

Segment = tuple[float, float, float, float]


def ruled_lines(image: Image.Image) -> tuple[Segment, ...]:
    """Level and upright lines: x0, y0, x1, y1 in pixels of the image."""
    grey = np.asarray(image.reduce(SCALE))
    dark = grey < INK * np.percentile(grey[::8, ::8], 95)
    level = [(x0, y, x1, y) for x0, x1, y in _runs(dark)]
    upright = [(x, y0, x, y1) for y0, y1, x in _runs(dark.T)]
    if len(level) + len(upright) > MOST:
        return ()
    return tuple(
        (x0 * SCALE, y0 * SCALE, x1 * SCALE, y1 * SCALE) for x0, y0, x1, y1 in level + upright
    )


def _runs(dark: NDArray[np.bool_]) -> Iterator[tuple[float, float, float]]:
    """Start, end and height of the thin long runs of ink in the rows."""
    solid = near(dark, 0, REACH) >= 2 * REACH + 1 - GAP
    open_runs: list[list[int]] = []  # start, end, first row, last row
    for row in np.flatnonzero(solid.any(axis=1)):
        edges = np.flatnonzero(np.diff(solid[row].astype(np.int8), prepend=0, append=0))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            for streak in open_runs:
                if row - streak[3] <= 2 and start <= streak[1] and end >= streak[0]:
                    streak[:] = (
                        min(streak[0], int(start)),
                        max(streak[1], int(end)),
                        streak[2],
                        int(row),
                    )
                    break
            else:
                open_runs.append([int(start), int(end), int(row), int(row)])
    for start, end, first, last in open_runs:
        if last - first < THICKEST:
            yield start - REACH, end + REACH, (first + last) / 2


RESOLUTION = 300  # dots an inch: 150 reads as well from clean pages, small print needs more
SURE = 0.85  # mean confidence above which nothing else is tried
USABLE = 0.6  # mean confidence below which a page is given up
FEWEST_WORDS = 3
LEAST_WORD, LEAST_SIGN, LEAST_LINE = 0.3, 0.6, 0.5
"""Confidence below which a short word, one without letters or digits, and a line are unsure."""
BLOCKS, SPARSE = "3", "11"
"""Tesseract's ways to look for text: as blocks and columns, or wherever some is."""
OVERLOOKED = 0.08  # of the ink outside the words found: look again
LONG = 24  # characters: addresses get little confidence, though nearly all of them is right


@dataclass(frozen=True, slots=True)
class Recognised:
    """The words of an image in reading order, where they stand once the image is upright.

    The image was first turned clockwise by `turns` quarters and then counterclockwise by `angle`
    degrees around its middle; `width` and `height` are its pixels after that, `rules` its straight
    lines. `confidence` is the mean of the letters' (0-1); without words it is 0. `language` is
    `es`, `en`, `pt` …
    """

    words: tuple[Seen, ...]
    confidence: float
    language: str
    turns: int
    angle: float
    width: int
    height: int
    rules: tuple[Segment, ...] = ()

    @property
    def text(self) -> str:
        """The words, a line each line."""
        lines: dict[int, list[str]] = {}
        for word in self.words:
            lines.setdefault(word.line, []).append(word.text)
        return "\n".join(" ".join(line) for line in lines.values())

    @property
    def score(self) -> float:
        """How much was read how surely: for choosing between tries."""
        return self.confidence * sum(len(word.text) for word in self.words)


def recognise(image: Image.Image, program: Path, language: str = "es") -> Recognised:
    """The words of a page's image. `language` is a first guess: what the text turns out to be
    written in decides. Raises `OcrError`.

    An unsure page is tried turned, without noise, and in black and white; the best try stays. One
    that no try can read comes back without words.
    """
    best, image = None, image.convert("L")
    for turns, angle, picture in _tries(image, program):
        found = replace(_in_its_language(picture, program, language), turns=turns, angle=angle)
        if best is None or found.score > best.score:
            best, image = found, picture
        if best.confidence >= SURE and _has_words(best):
            break
    if best is None:
        raise OcrError("no try was made")
    if best.confidence < USABLE or not _has_words(best):
        return replace(best, words=(), confidence=0.0)
    return replace(_with_overlooked(best, image, program), rules=ruled_lines(image))


def _has_words(page: Recognised) -> bool:
    """Whether some words are sure and long enough not to be the texture of a picture."""
    sure = [word for word in page.words if word.confidence >= SURE]
    return sum(sum(map(str.isalpha, word.text)) >= 3 for word in sure) >= FEWEST_WORDS


def _with_overlooked(page: Recognised, image: Image.Image, program: Path) -> Recognised:
    """With the words that the search for blocks passed over: cells, labels, narrow columns."""
    rest = without_boxes(image, [(word.x0, word.y0, word.x1, word.y1) for word in page.words])
    if is_picture(rest) or ink(rest) < OVERLOOKED * ink(image):
        return page
    found = _recognised(rest, program, page.language, SPARSE)
    fresh = [word for word in found.words if word.confidence >= LEAST_SIGN and len(word.text) > 1]
    return replace(page, words=tuple(in_reading_order(page.words, fresh))) if fresh else page


def _tries(image: Image.Image, program: Path) -> Iterator[tuple[int, float, Image.Image]]:
    """Quarter turns, angle and picture, from the likeliest to the most desperate."""
    angle = skew(image)
    yield 0, angle, without_leaders(level(image, angle))
    turns = _quarter_turns(image, program)
    if turns:
        image = image.rotate(-90 * turns, expand=True)
        angle = skew(image)
        yield turns, angle, without_leaders(level(image, angle))
    if is_picture(image):
        return
    clean = without_noise(image)
    angle = skew(clean)
    clean = level(clean, angle)
    yield turns, angle, clean
    yield turns, angle, black_on_white(clean)


def _quarter_turns(image: Image.Image, program: Path) -> int:
    """How many quarters clockwise make the text upright; 0 where Tesseract cannot tell."""
    if "osd" not in installed(program):
        return 0
    try:
        answer = run(program, ["stdin", "stdout", "-l", "osd", "--psm", "0"], _file(image))
    except OcrError:  # too few letters to tell
        return 0
    lines = dict(line.split(": ", 1) for line in answer.decode().splitlines() if ": " in line)
    return int(lines.get("Rotate", "0")) // 90 % 4


def _in_its_language(image: Image.Image, program: Path, language: str) -> Recognised:
    """Recognised in the guessed language, and again in that of the text if it is another."""
    first = _recognised(image, program, language)
    found = detect_language(first.text.replace("\n", " "), language)
    if code(program, found) == code(program, language):
        return first
    second = _recognised(image, program, found)
    return max(first, second, key=lambda page: page.score)


def _recognised(image: Image.Image, program: Path, language: str, mode: str = BLOCKS) -> Recognised:
    options = ["-l", code(program, language), "--psm", mode, "--dpi", str(RESOLUTION)]
    options += ["-c", "tessedit_create_hocr=1"]
    page = run(program, ["stdin", "stdout", *options], _file(image)).decode("utf-8", "replace")
    words = _with_bold(image, in_rows(mended_signs(_without_noise(list(seen_words(page))))))
    letters = sum(len(word.text) for word in words)
    sure = sum(word.confidence * len(word.text) for word in words)
    return Recognised(
        words=words,
        confidence=round(sure / letters, 4) if letters else 0.0,
        language=language,
        turns=0,
        angle=0.0,
        width=image.width,
        height=image.height,
    )


def _without_noise(words: Sequence[Seen]) -> list[Seen]:
    """Without specks, rules and the texture of pictures that were taken for letters."""
    lines: dict[int, list[float]] = {}
    for word in words:
        if len(word.text) <= LONG or word.confidence >= USABLE:
            lines.setdefault(word.line, []).append(word.confidence)
    weak = {line for line, found in lines.items() if sum(found) < LEAST_LINE * len(found)}
    return [word for word in words if word.confidence >= _least(word.text, word.line in weak)]


def _least(text: str, weak: bool) -> float:
    """The confidence below which a word is noise; `weak` is one of a line that is little sure."""
    signs = sum(map(str.isalnum, text))
    if len(text) > LONG and re.search(r"\w[./]\w", text):
        return 0.0
    if weak or not signs:
        return LEAST_SIGN
    return 0.0 if signs > 2 else LEAST_WORD


def _with_bold(image: Image.Image, words: Sequence[Seen]) -> tuple[Seen, ...]:
    """A line whose strokes are wider than usual for its size is bold."""
    if not words:
        return ()
    widths = stroke_widths(image, [(word.x0, word.y0, word.x1, word.y1) for word in words])
    shares = widths / np.array([max(word.size, 1.0) for word in words])
    usual = float(np.median(shares))
    lines: dict[int, list[float]] = {}
    for word, share in zip(words, shares, strict=True):
        lines.setdefault(word.line, []).append(float(share))
    bold = {line for line, found in lines.items() if np.median(found) > BOLD * usual}
    return tuple(replace(word, bold=word.line in bold) for word in words)


def _file(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PPM")
    return stream.getvalue()


MOST_PIXELS = 40_000_000
USUAL_SIDES = 400.0, 1_400.0  # points: the longer side of pages that say their true size
LONGEST_SIDE = 3_500  # pixels, of pages that do not: A4 at 300 dots an inch
AT_ONCE = 2
ABOVE, BELOW = 1.15, 0.4  # of the size of letters: a line around its baseline
HYPHENS = ("-", "‐", "¬")
SAME_SIZE = 0.1  # of a size: differences below are the recogniser's


@dataclass(frozen=True, slots=True)
class Task:
    """Which pages to recognise, with which program, until when (monotonic seconds); `tell` is
    called after each page."""

    pages: tuple[int, ...]
    program: Path
    until: float
    tell: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Pose:
    """How the upright picture of a page lies on the page; its size is in points."""

    turns: int
    angle: float
    width: float
    height: float

    def on_page(self, box: Box) -> Box:
        """A box of the upright picture, on the page as the file shows it."""
        corners = [self._back(x, y) for x in (box.x0, box.x1) for y in (box.y0, box.y1)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        edges = (round(edge, 1) for edge in (min(xs), min(ys), max(xs), max(ys)))
        return Box(box.page, *edges)

    def _back(self, x: float, y: float) -> tuple[float, float]:
        sine, cosine = math.sin(math.radians(self.angle)), math.cos(math.radians(self.angle))
        x, y = x - self.width / 2, y - self.height / 2
        x, y = x * cosine - y * sine + self.width / 2, x * sine + y * cosine + self.height / 2
        if self.turns == 1:
            return y, self.width - x
        if self.turns == 2:
            return self.width - x, self.height - y
        if self.turns == 3:
            return self.height - y, x
        return x, y


@dataclass(frozen=True, slots=True)
class Reread:
    """What recognition made of one page."""

    words: tuple[Word, ...]
    method: Method
    confidence: float
    pose: Pose
    rules: tuple[Rule, ...] = ()
    mended: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """The pages that were recognised, those without a text that can be read, those on which the
    program failed, and those for which there was no time."""

    pages: dict[int, Reread]
    empty: tuple[int, ...] = ()
    failed: tuple[int, ...] = ()
    late: tuple[int, ...] = ()


def recognised_pages(document: pdfium.PdfDocument, pages: Sequence[RawPage], task: Task) -> Result:
    """What recognition makes of the pages of the task."""
    known = {page.number: page for page in pages}
    wanted = [known[number] for number in task.pages if number in known]
    heard = Counter({_language(pages, task): 1})
    found: dict[int, Reread] = {}
    empty: list[int] = []
    failed: list[int] = []
    for page, recognised in _in_order(document, wanted, task, heard):
        task.tell()
        if recognised is None:
            failed.append(page.number)
        elif not recognised.words:
            empty.append(page.number)
        else:
            heard[recognised.language] += 1
            found[page.number] = _reread(page, recognised)
    seen = len(found) + len(empty) + len(failed)
    late = tuple(page.number for page in wanted[seen:])
    return Result(_alike_in_size(found), tuple(empty), tuple(failed), late)


def _language(pages: Sequence[RawPage], task: Task) -> str:
    """The language of the pages that have a text."""
    texts = (w.text for page in pages if page.number not in task.pages for w in page.words)
    return detect_language(" ".join(texts), "es")


def _in_order(
    document: pdfium.PdfDocument, pages: Sequence[RawPage], task: Task, heard: Counter[str]
) -> Iterator[tuple[RawPage, Recognised | None]]:
    """The pages in order, some being recognised while the next is drawn; None for failures."""
    waiting: deque[tuple[RawPage, Future[Recognised]]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for page in pages:
            if time.monotonic() > task.until:
                break
            image = _image(document, page)
            language = heard.most_common(1)[0][0]
            waiting.append((page, pool.submit(recognise, image, task.program, language)))
            if len(waiting) > AT_ONCE:
                yield _finished(*waiting.popleft())
        for pair in waiting:
            yield _finished(*pair)


def _finished(page: RawPage, future: Future[Recognised]) -> tuple[RawPage, Recognised | None]:
    try:
        return page, future.result()
    except OcrError:
        return page, None


def _image(document: pdfium.PdfDocument, page: RawPage) -> Image.Image:
    """The page drawn in grey: a scan without turned words that it has of its own, another page
    with the lines alone that are to be mended."""
    sheet = document[page.number - 1]
    try:
        scale = scale_of(page.width, page.height)
        bitmap = sheet.render(scale=scale, grayscale=True)
        image: Image.Image = bitmap.to_pil().convert("L")
        bitmap.close()
        if page.words and not any(word.level for word in page.words):
            return without_boxes(image, text_boxes(sheet, scale))
        return image if page.is_scan else _damaged_lines(image, page.words, scale)
    finally:
        sheet.close()


def _damaged_lines(image: Image.Image, words: Sequence[Word], scale: float) -> Image.Image:
    """The lines of an image with words whose damage shows; all of it where none does."""
    damaged = [word for word in words if is_damaged_word(word.text) and word.level]
    if not damaged:
        return image
    lines = Image.new("L", image.size, WHITE)
    for word in damaged:
        top, bottom = word.base - ABOVE * word.size, word.base + BELOW * word.size
        box = 0, max(0, int(top * scale)), image.width, min(image.height, int(bottom * scale))
        if box[1] < box[3]:
            lines.paste(image.crop(box), box)
    return lines


def scale_of(width: float, height: float) -> float:
    """Pixels a point: 300 dots an inch; a page of no usual size as if it were A4 (its points may be
    pixels, or much more). Never more than 40 million pixels."""
    longest = max(width, height, 1.0)
    usual = USUAL_SIDES[0] <= longest <= USUAL_SIDES[1]
    scale = RESOLUTION / 72 if usual else LONGEST_SIDE / longest
    return min(scale, math.sqrt(MOST_PIXELS / max(width * height, 1.0)))


def _reread(page: RawPage, recognised: Recognised) -> Reread:
    scale = scale_of(page.width, page.height)
    words = to_words(recognised, page.number, scale)
    if not page.is_scan:
        mended, count = mend(page.words, words)
        method = Method.MENDED if count else Method.TEXT
        pose = Pose(0, 0.0, page.width, page.height)
        return Reread(mended, method, recognised.confidence, pose, page.rules, count)
    size = round(recognised.width / scale, 2), round(recognised.height / scale, 2)
    pose = Pose(recognised.turns, recognised.angle, *size)
    rules = tuple(Rule(*(edge / scale for edge in segment)) for segment in recognised.rules)
    return Reread(_with_layer(page, words, pose), Method.OCR, recognised.confidence, pose, rules)


def to_words(recognised: Recognised, number: int, scale: float) -> tuple[Word, ...]:
    """Recognised words as words of a page, in points; a hyphen at a line's end is taken off."""
    seen = recognised.words
    following = [after.line for after in seen[1:]] + [seen[-1].line if seen else 0]
    return tuple(
        _word(word, number, scale, after != word.line)
        for word, after in zip(seen, following, strict=True)
    )


def _word(word: Seen, number: int, scale: float, ends: bool) -> Word:
    hyphen = ends and len(word.text) > 1 and word.text.endswith(HYPHENS)
    return Word(
        page=number,
        text=word.text[:-1] if hyphen else word.text,
        x0=word.x0 / scale,
        x1=word.x1 / scale,
        base=word.base / scale,
        size=max(1.0, round(word.size / scale, 1)),
        bold=word.bold,
        level=True,
        hyphen=hyphen,
    )


def _alike_in_size(found: Mapping[int, Reread]) -> dict[int, Reread]:
    """The pages with like sizes made one: what differs by little differs by the recogniser's eye.

    The sizes of most letters draw those near them.
    """
    letters: Counter[float] = Counter()
    for page in found.values():
        for word in page.words if page.method is Method.OCR else ():
            letters[word.size] += len(word.text)
    known: dict[float, float] = {}
    for size, _ in letters.most_common():
        near = (other for other in known.values() if abs(size - other) <= SAME_SIZE * other)
        known[size] = min(near, key=lambda other: abs(size - other), default=size)
    return {
        number: replace(page, words=tuple(w._replace(size=known[w.size]) for w in page.words))
        if page.method is Method.OCR
        else page
        for number, page in found.items()
    }


def _with_layer(page: RawPage, words: Sequence[Word], pose: Pose) -> tuple[Word, ...]:
    """The recognised words with the exact ones that the page has of its own."""
    if page.is_unreadable:
        return tuple(words)
    if pose.turns:
        return (*(word._replace(level=False) for word in page.words), *words)
    return overlaid(page.words, words)


def ocr_warnings(result: Result) -> Iterator[str]:
    """What a reader of the document must know of its recognised pages, in Spanish."""
    pages = result.pages
    read = [page for page in sorted(pages) if pages[page].method is Method.OCR]
    if read:
        mean = sum(pages[page].confidence for page in read) / len(read)
        done = "leídas" if len(read) > 1 else "leída"
        yield f"{pages_phrase(read)} {done} por OCR (confianza {100 * mean:.0f} %)"
    mended = [page for page in sorted(pages) if pages[page].mended]
    if mended:
        count = sum(pages[page].mended for page in mended)
        yield f"{pages_phrase(mended)}: palabras dañadas en el archivo, {count} corregidas por OCR"
    if result.empty:
        yield f"{pages_phrase(result.empty)}: el OCR no encontró texto legible"
    if result.failed:
        yield f"{pages_phrase(result.failed)}: el OCR falló"
    if result.late:
        yield f"{pages_phrase(result.late)}: no hubo tiempo para el OCR"
