"""One PDF page in PDFium to what it holds: words, rules, and how much of it is picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ingest.layout.lines import Rule, Word
from ingest.readers.pdf_rules import page_rules
from ingest.readers.pdf_tags import TagReader
from ingest.readers.pdf_text import frame_of, page_words
from ingest.recognition.damage import damaged_pages, is_unreadable
from ingest.recognition.mending import plainly_mended

FEW_CHARACTERS = 50
PICTURE_SHARE = 0.3  # of the page: a scan, or a cover whose words may be drawn
FEW_BESIDE_OUTLINES = 200  # characters
OUTLINES = 1_500  # points of drawn paths: letters drawn as shapes have dozens each
MOST_OBJECTS = 3_000
DEEPEST_FORM = 3


@dataclass(frozen=True, slots=True)
class RawPage:
    """What a page holds; `pictures` is the share of it under images, `outlines` the number of
    points of its drawn paths. Both are 0 where there is text enough."""

    number: int
    width: float = 0.0
    height: float = 0.0
    words: tuple[Word, ...] = ()
    rules: tuple[Rule, ...] = ()
    pictures: float = 0.0
    outlines: int = 0

    @property
    def characters(self) -> int:
        """Characters of text, spaces not counted."""
        return sum(len(word.text) for word in self.words)

    @property
    def is_scan(self) -> bool:
        """Whether the words that one sees are in the picture, or the text layer is rubbish."""
        scanned = self.characters < FEW_CHARACTERS and self.pictures > PICTURE_SHARE
        drawn = self.characters < FEW_BESIDE_OUTLINES and self.outlines >= OUTLINES
        return scanned or drawn or self.is_unreadable

    @property
    def is_unreadable(self) -> bool:
        """Whether the text layer is mostly codes that mean nothing."""
        return is_unreadable(word.text for word in self.words)


def raw_page(tags: TagReader, index: int) -> RawPage:
    """The page of that index. Raises `PdfiumError`."""
    page = tags.document[index]
    try:
        width, height = page.get_size()
        words = plainly_mended(page_words(page, index + 1, tags.page_tags(page)))
        few = sum(len(word.text) for word in words) < FEW_BESIDE_OUTLINES
        pictures, outlines = _pictures(page) if few else (0.0, 0)
        rules = page_rules(page)
    finally:
        page.close()
    size = round(width, 2), round(height, 2)
    return RawPage(index + 1, *size, words, rules, pictures, outlines)


def text_boxes(page: pdfium.PdfPage, scale: float) -> list[tuple[float, float, float, float]]:
    """Where the page draws text: left, top, right, bottom in pixels from its top left."""
    frame = frame_of(page)
    text_page = page.get_textpage()
    try:
        boxes = []
        for index in range(text_page.count_rects()):
            x0, y0, x1, y1 = text_page.get_rect(index)
            (left, top), (right, bottom) = frame.place(x0, y0), frame.place(x1, y1)
            x0, x1 = sorted((left * scale, right * scale))
            y0, y1 = sorted((top * scale, bottom * scale))
            boxes.append((x0, y0, x1, y1))
        return boxes
    finally:
        text_page.close()


def to_recognise(pages: Sequence[RawPage]) -> tuple[int, ...]:
    """The pages whose text must be recognised, or is damaged where recognition can mend it."""
    damaged = damaged_pages({page.number: [word.text for word in page.words] for page in pages})
    return tuple(page.number for page in pages if page.is_scan or page.number in damaged)


def _pictures(page: pdfium.PdfPage) -> tuple[float, int]:
    left, bottom, right, top = page.get_bbox()
    covered, points = 0.0, 0
    for item in islice(page.get_objects(max_depth=DEEPEST_FORM), MOST_OBJECTS):
        if item.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            x0, y0, x1, y1 = item.get_bounds()
            wide, high = min(x1, right) - max(x0, left), min(y1, top) - max(y0, bottom)
            covered += max(0.0, wide) * max(0.0, high)
        elif item.type == pdfium_c.FPDF_PAGEOBJ_PATH:
            points += max(0, pdfium_c.FPDFPath_CountSegments(item.raw))
    area = (right - left) * (top - bottom)
    return (round(min(1.0, covered / area), 3) if area > 0 else 0.0), points
