"""Recognises the text of PDF pages that are images or whose text layer is damaged: PDFium renders
them, Tesseract reads them, and the words come back with their place on the page.

An unsure page is tried again, turned, without noise and in black and white. A text layer that is
sound stays: of a scan it replaces what OCR read in the same place, of another page OCR replaces
only the damaged words.
"""

import io
import math
import re
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby, product, zip_longest
from pathlib import Path
from statistics import median

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from PIL import Image

from ingest.pdf.deskew import (
    BOLD,
    INK,
    PICTURE,
    WHITE,
    black_on_white,
    count_near,
    ink_share,
    rotate,
    skew,
    stroke_widths,
    without_boxes,
    without_leaders,
    without_noise,
)
from ingest.pdf.extract import RawPage, text_boxes
from ingest.pdf.lines import Rule, Word
from ingest.pdf.repair import is_damaged_word, mend, merge_text_layer
from ingest.pdf.tesseract import (
    OcrError,
    OcrWord,
    cells_by_row,
    in_reading_order,
    installed_languages,
    language_code,
    mended_signs,
    parse_hocr,
    run_tesseract,
)
from ingest.readers.clean import pages_phrase
from search.documents import Box, Method
from search.text.languages import detect_language

MOST_PIXELS = 40_000_000
USUAL_SIDES = 400.0, 1_400.0  # points: the longer side of pages that say their true size
LONGEST_SIDE = 3_500  # pixels, of pages that do not: A4 at 300 dots an inch
AT_ONCE = 2  # pages: one Tesseract each, with a single thread
ABOVE, BELOW = 1.15, 0.4  # of the size of letters: a line around its baseline
HYPHENS = ("-", "‐", "¬")
SAME_SIZE = 0.1  # of a size: differences below are the recogniser's

RESOLUTION = 300  # dots an inch: 150 reads as well from clean pages, small print needs more
SURE_CONFIDENCE = 0.85  # mean confidence above which nothing else is tried
USABLE_CONFIDENCE = 0.6  # mean confidence below which a page is given up
FEWEST_WORDS = 3
LEAST_WORD, LEAST_SIGN, LEAST_LINE = 0.3, 0.6, 0.5
"""Confidence below which a short word, one without letters or digits, and a line are unsure."""
BLOCKS, SPARSE = "3", "11"
"""Tesseract's ways to look for text: as blocks and columns, or wherever some is."""
OVERLOOKED = 0.08  # of the ink outside the words found: look again
LONG_WORD = 24  # characters: addresses get little confidence, though nearly all of them is right

# Pixels at 150 an inch on each side: no letter is ink for 10 mm. A few may be missing in a scan.
LINE_REACH = 30
MOST_MISSING = 3
THICKEST_LINE = 5  # pixels: more is a bar or a picture
REDUCTION = 2  # to 150 dots an inch
MOST_RULES = 400  # more is a drawing

Segment = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class RecognisedImage:
    """The words of an image in reading order, where they stand once the image is upright.

    The image was first turned clockwise by `turns` quarters and then counterclockwise by `angle`
    degrees around its middle; `width` and `height` are its pixels after that, `rules` its straight
    lines. `confidence` is the mean of the letters' (0-1); without words it is 0. `language` is
    `es`, `en`, `pt` …
    """

    words: tuple[OcrWord, ...]
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
        lines = groupby(self.words, key=lambda word: word.line)
        return "\n".join(" ".join(word.text for word in line) for _, line in lines)

    @property
    def score(self) -> float:
        """How much was read how surely: for choosing between attempts."""
        return self.confidence * sum(len(word.text) for word in self.words)


@dataclass(frozen=True, slots=True)
class Task:
    """Which pages to recognise, with which program, until when (monotonic seconds); `tell` is
    called after each page, so that the caller sees progress."""

    pages: tuple[int, ...]
    program: Path
    until: float
    tell: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Pose:
    """How the upright, straightened image of a page lies on the page; its size is in points."""

    turns: int
    angle: float
    width: float
    height: float

    def on_page(self, box: Box) -> Box:
        """A box of the upright picture, on the page as the file shows it."""
        sine, cosine = math.sin(math.radians(self.angle)), math.cos(math.radians(self.angle))
        corners = []
        for x, y in product((box.x0, box.x1), (box.y0, box.y1)):
            # First undo the small angle around the middle, then the quarter turns.
            x, y = x - self.width / 2, y - self.height / 2
            x, y = x * cosine - y * sine + self.width / 2, x * sine + y * cosine + self.height / 2
            turned = [(x, y), (y, self.width - x), (self.width - x, self.height - y)]
            corners.append([*turned, (self.height - y, x)][self.turns])
        xs, ys = zip(*corners, strict=True)
        edges = (round(edge, 1) for edge in (min(xs), min(ys), max(xs), max(ys)))
        return Box(box.page, *edges)


@dataclass(frozen=True, slots=True)
class RecognisedPage:
    """What OCR made of one page; `mended` counts the damaged words that it replaced."""

    words: tuple[Word, ...]
    method: Method
    confidence: float
    pose: Pose
    rules: tuple[Rule, ...] = ()
    mended: int = 0


@dataclass(frozen=True, slots=True)
class OcrResult:
    """The pages that were recognised, those without a text that can be read, those on which the
    program failed, and those for which there was no time."""

    pages: dict[int, RecognisedPage]
    empty: tuple[int, ...] = ()
    failed: tuple[int, ...] = ()
    late: tuple[int, ...] = ()


def recognised_pages(
    document: pdfium.PdfDocument, pages: Sequence[RawPage], task: Task
) -> OcrResult:
    """Recognise the pages of the task, in their order, until its time is over."""
    known = {page.number: page for page in pages}
    wanted = [known[number] for number in task.pages if number in known]
    # The language of the pages that have a text is the first guess.
    texts = (w.text for page in pages if page.number not in task.pages for w in page.words)
    languages = Counter({detect_language(" ".join(texts), "es"): 1})
    found: dict[int, RecognisedPage] = {}
    empty: list[int] = []
    failed: list[int] = []
    for page, recognised in _recognise_side_by_side(document, wanted, task, languages):
        task.tell()
        if recognised is None:
            failed.append(page.number)
        elif not recognised.words:
            empty.append(page.number)
        else:
            languages[recognised.language] += 1
            found[page.number] = _as_page(page, recognised)
    seen = len(found) + len(empty) + len(failed)
    late = tuple(page.number for page in wanted[seen:])
    return OcrResult(_alike_in_size(found), tuple(empty), tuple(failed), late)


def _recognise_side_by_side(
    document: pdfium.PdfDocument, pages: Sequence[RawPage], task: Task, languages: Counter[str]
) -> Iterator[tuple[RawPage, RecognisedImage | None]]:
    """The pages in order, some being recognised while the next is drawn; None for failures."""
    waiting: deque[tuple[RawPage, Future[RecognisedImage]]] = deque()
    remaining = iter(pages)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while True:
            page = next(remaining, None) if time.monotonic() <= task.until else None
            if page is not None:
                image = _image(document, page)
                language = languages.most_common(1)[0][0]
                waiting.append((page, pool.submit(recognise, image, task.program, language)))
            if not waiting:
                return
            if page is None or len(waiting) > AT_ONCE:
                done, future = waiting.popleft()
                try:
                    yield done, future.result()
                except OcrError:
                    yield done, None


def _image(document: pdfium.PdfDocument, page: RawPage) -> Image.Image:
    """The page drawn in grey: a scan without turned words that it has of its own, another page
    with the lines alone that are to be mended."""
    sheet = document[page.number - 1]
    try:
        scale = scale_of(page.width, page.height)
        bitmap = sheet.render(scale=scale, grayscale=True)
        image: Image.Image = bitmap.to_pil().convert("L")
        bitmap.close()
        # Words along the margin, all rotated (a stamp), would be read as noise.
        if page.words and not any(word.horizontal for word in page.words):
            return without_boxes(image, text_boxes(sheet, scale))
        return image if page.is_scan else _damaged_lines(image, page.words, scale)
    finally:
        sheet.close()


def _damaged_lines(image: Image.Image, words: Sequence[Word], scale: float) -> Image.Image:
    """The lines of an image with words whose damage shows; all of it where none does."""
    damaged = [word for word in words if is_damaged_word(word.text) and word.horizontal]
    if not damaged:
        return image
    lines = Image.new("L", image.size, WHITE)
    for word in damaged:
        top, bottom = word.baseline - ABOVE * word.size, word.baseline + BELOW * word.size
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


def _as_page(page: RawPage, recognised: RecognisedImage) -> RecognisedPage:
    scale = scale_of(page.width, page.height)
    confidence = recognised.confidence
    words = to_words(recognised.words, page.number, scale)
    if not page.is_scan:
        mended, count = mend(page.words, words)
        method = Method.MENDED if count else Method.TEXT
        pose = Pose(0, 0.0, page.width, page.height)
        return RecognisedPage(mended, method, confidence, pose, page.rules, count)
    size = round(recognised.width / scale, 2), round(recognised.height / scale, 2)
    pose = Pose(recognised.turns, recognised.angle, *size)
    rules = tuple(Rule(*(edge / scale for edge in segment)) for segment in recognised.rules)
    # With the exact words that the page has of its own. On a page scanned sideways they run across
    # the text: they are a stamp on it.
    if not page.is_unreadable and pose.turns:
        words = (*(word._replace(horizontal=False) for word in page.words), *words)
    elif not page.is_unreadable:
        words = merge_text_layer(page.words, words)
    return RecognisedPage(words, Method.OCR, confidence, pose, rules)


def to_words(seen: Sequence[OcrWord], number: int, scale: float) -> tuple[Word, ...]:
    """Recognised words as words of a page, in points; a hyphen at a line's end is taken off."""
    words = []
    for word, after in zip_longest(seen, seen[1:]):
        ends = after is not None and after.line != word.line
        hyphen = ends and len(word.text) > 1 and word.text.endswith(HYPHENS)
        words.append(
            Word(
                page=number,
                text=word.text[:-1] if hyphen else word.text,
                x0=word.x0 / scale,
                x1=word.x1 / scale,
                baseline=word.baseline / scale,
                size=max(1.0, round(word.size / scale, 1)),
                bold=word.bold,
                horizontal=True,
                hyphen=hyphen,
            )
        )
    return tuple(words)


def _alike_in_size(found: Mapping[int, RecognisedPage]) -> dict[int, RecognisedPage]:
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


def ocr_warnings(result: OcrResult) -> Iterator[str]:
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


def recognise(image: Image.Image, program: Path, language: str = "es") -> RecognisedImage:
    """The words of a page's image. `language` is a first guess: what the text turns out to be
    written in decides. Raises `OcrError`.

    An unsure page is tried turned, without noise, and in black and white; the best attempt stays.
    One that no attempt can read comes back without words: those found are texture, not text.
    """
    best, image = None, image.convert("L")
    for turns, angle, picture in _attempts(image, program):
        found = _recognise_once(picture, program, language)
        # Read as English, Spanish loses half or more of its words with accents.
        own = detect_language(found.text.replace("\n", " "), language)
        if language_code(program, own) != language_code(program, language):
            again = _recognise_once(picture, program, own)
            found = max(found, again, key=lambda page: page.score)
        if best is None or found.score > best.score:
            best, image = replace(found, turns=turns, angle=angle), picture
        if best.confidence >= SURE_CONFIDENCE and _has_words(best):
            break
    if best is None:
        raise OcrError("no try was made")
    if best.confidence < USABLE_CONFIDENCE or not _has_words(best):
        return replace(best, words=(), confidence=0.0)
    return replace(_with_overlooked_words(best, image, program), rules=ruled_lines(image))


def _has_words(page: RecognisedImage) -> bool:
    """Whether some words are sure and long enough not to be the texture of a picture."""
    sure = [word for word in page.words if word.confidence >= SURE_CONFIDENCE]
    return sum(sum(map(str.isalpha, word.text)) >= 3 for word in sure) >= FEWEST_WORDS


def _with_overlooked_words(
    page: RecognisedImage, image: Image.Image, program: Path
) -> RecognisedImage:
    """With the words that the search for blocks passed over: cells, labels, narrow columns."""
    rest = without_boxes(image, [word.box for word in page.words])
    left = ink_share(rest)
    if left > PICTURE or left < OVERLOOKED * ink_share(image):
        return page
    found = _recognise_once(rest, program, page.language, SPARSE)
    fresh = [word for word in found.words if word.confidence >= LEAST_SIGN and len(word.text) > 1]
    return replace(page, words=tuple(in_reading_order(page.words, fresh))) if fresh else page


def _attempts(image: Image.Image, program: Path) -> Iterator[tuple[int, float, Image.Image]]:
    """Quarter turns, angle and picture, from the likeliest to the most desperate."""
    angle = skew(image)
    yield 0, angle, without_leaders(rotate(image, angle))
    # How many quarters clockwise make the text upright; none where Tesseract cannot tell, with too
    # few letters.
    turns = 0
    if "osd" in installed_languages(program):
        with suppress(OcrError):
            answer = _run(image, program, "-l", "osd", "--psm", "0").splitlines()
            lines = dict(line.split(": ", 1) for line in answer if ": " in line)
            turns = int(lines.get("Rotate", "0")) // 90 % 4
    if turns:
        image = image.rotate(-90 * turns, expand=True)
        angle = skew(image)
        yield turns, angle, without_leaders(rotate(image, angle))
    if ink_share(image) > PICTURE:  # what is left to try is for print
        return
    clean = without_noise(image)
    angle = skew(clean)
    clean = rotate(clean, angle)
    yield turns, angle, clean
    yield turns, angle, black_on_white(clean)


def _run(image: Image.Image, program: Path, *options: str) -> str:
    stream = io.BytesIO()
    image.save(stream, "PPM")
    done = run_tesseract(program, ["stdin", "stdout", *options], stream.getvalue())
    return done.decode("utf-8", "replace")


def _recognise_once(
    image: Image.Image, program: Path, language: str, mode: str = BLOCKS
) -> RecognisedImage:
    options = ["-l", language_code(program, language), "--psm", mode, "--dpi", str(RESOLUTION)]
    page = _run(image, program, *options, "-c", "tessedit_create_hocr=1")
    words = cells_by_row(mended_signs(_without_noise(list(parse_hocr(page)))))
    # A line whose strokes are wider than usual for its size is bold.
    widths = stroke_widths(image, [word.box for word in words])
    shares = [width / max(word.size, 1.0) for word, width in zip(words, widths, strict=True)]
    lines: dict[int, list[float]] = defaultdict(list)
    for word, share in zip(words, shares, strict=True):
        lines[word.line].append(share)
    usual = median(shares) if shares else 0.0
    bold = {line for line, found in lines.items() if median(found) > BOLD * usual}
    letters = sum(len(word.text) for word in words)
    sure = sum(word.confidence * len(word.text) for word in words)
    return RecognisedImage(
        words=tuple(replace(word, bold=word.line in bold) for word in words),
        confidence=round(sure / letters, 4) if letters else 0.0,
        language=language,
        turns=0,
        angle=0.0,
        width=image.width,
        height=image.height,
    )


def _without_noise(words: Sequence[OcrWord]) -> list[OcrWord]:
    """Without specks, rules and the texture of pictures that were taken for letters."""
    lines: dict[int, list[float]] = defaultdict(list)
    for word in words:
        if len(word.text) <= LONG_WORD or word.confidence >= USABLE_CONFIDENCE:
            lines[word.line].append(word.confidence)
    weak = {line for line, found in lines.items() if sum(found) < LEAST_LINE * len(found)}
    kept = []
    for word in words:
        signs = sum(map(str.isalnum, word.text))
        # An address: no dictionary knows it, so its confidence is always low.
        if len(word.text) > LONG_WORD and re.search(r"\w[./]\w", word.text):
            least = 0.0
        elif word.line in weak or not signs:
            least = LEAST_SIGN
        else:
            least = 0.0 if signs > 2 else LEAST_WORD
        if word.confidence >= least:
            kept.append(word)
    return kept


def ruled_lines(image: Image.Image) -> tuple[Segment, ...]:
    """Horizontal and vertical ruling lines: x0, y0, x1, y1 in pixels of the image."""
    grey = np.asarray(image.reduce(REDUCTION))
    dark = grey < INK * np.percentile(grey[::8, ::8], 95)
    horizontal = [(x0, y, x1, y) for x0, x1, y in _ink_runs(dark)]
    vertical = [(x, y0, x, y1) for y0, y1, x in _ink_runs(dark.T)]
    if len(horizontal) + len(vertical) > MOST_RULES:
        return ()
    return tuple(
        (x0 * REDUCTION, y0 * REDUCTION, x1 * REDUCTION, y1 * REDUCTION)
        for x0, y0, x1, y1 in horizontal + vertical
    )


def _ink_runs(dark: NDArray[np.bool_]) -> Iterator[tuple[float, float, float]]:
    """Start, end and height of the thin long runs of ink in the rows."""
    solid = count_near(dark, 0, LINE_REACH) >= 2 * LINE_REACH + 1 - MOST_MISSING
    streaks: list[tuple[int, int, int, int]] = []  # start, end, first row, last row
    for row in map(int, np.flatnonzero(solid.any(axis=1))):
        edges = np.flatnonzero(np.diff(solid[row].astype(np.int8), prepend=0, append=0)).tolist()
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            for index, (left, right, first, last) in enumerate(streaks):
                if row - last <= 2 and start <= right and end >= left:
                    streaks[index] = (min(left, start), max(right, end), first, row)
                    break
            else:
                streaks.append((start, end, row, row))
    for start, end, first, last in streaks:
        if last - first < THICKEST_LINE:
            yield start - LINE_REACH, end + LINE_REACH, (first + last) / 2
