"""Pages of a PDF that are pictures to words: drawn by PDFium, recognised by Tesseract."""

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image

from ingest.language import detect_language
from ingest.layout.lines import Rule, Word
from ingest.page_numbers import named
from ingest.readers.pdf_page import RawPage, text_boxes
from ingest.recognition.damage import is_damaged_word
from ingest.recognition.hocr import Seen
from ingest.recognition.mending import mend, overlaid
from ingest.recognition.ocr import RESOLUTION, Recognised, recognise
from ingest.recognition.straighten import WHITE, without_boxes
from ingest.recognition.tesseract import OcrError
from search.types import Box, Method

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
        yield f"{named(read)} {done} por OCR (confianza {100 * mean:.0f} %)"
    mended = [page for page in sorted(pages) if pages[page].mended]
    if mended:
        count = sum(pages[page].mended for page in mended)
        yield f"{named(mended)}: palabras dañadas en el archivo, {count} corregidas por OCR"
    if result.empty:
        yield f"{named(result.empty)}: el OCR no encontró texto legible"
    if result.failed:
        yield f"{named(result.failed)}: el OCR falló"
    if result.late:
        yield f"{named(result.late)}: no hubo tiempo para el OCR"
