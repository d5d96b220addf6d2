"""Extracts from a PDF page, through PDFium, its words in drawing order and its ruling lines, and
tells which pages need OCR.

Each character has its origin on the baseline and a loose box (the font's extent, not the ink's);
tight boxes part lines at accents and underscores. Words carry the tag of their marked content.
"""

import ctypes
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TypeAlias

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ingest.pdf.lines import ARTIFACT, Rule, Tag, Word
from ingest.pdf.repair import damaged_pages, is_unreadable, mend_without_ocr
from ingest.pdf.structure import TagReader

# How PDFium shows a hyphen at the end of a line, without a line break behind it. Left in, they cost
# every broken word (word F1 .92 instead of .99 on a hyphenated page).
LINE_END_HYPHENS = "\ufffe\x02"

# Soft hyphens, zero-width characters, byte order marks, controls: a search would stumble on them.
INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff\x00-\x08\x0e-\x1f\x7f]")
LIGATURES = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
LIGATURE = re.compile("[\ufb00-\ufb06]")
SYMBOL_BULLETS = str.maketrans(
    {"\uf0b7": "•", "\uf0a7": "▪", "\uf06e": "■", "\uf0d8": "➢", "\uf076": "❖", "\uf0fc": "✓"}
    | {"\uf0e0": "→", "\uf02d": "-", "\uf0a8": "□", "\uf06f": "□", "\uf0be": "–"}
)
"""What Word writes with Symbol and Wingdings, whose codes stand in Unicode's private use area."""
BOLD_NAME = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
BOLD_WEIGHT = 600  # semi-bold, of 100 to 900
LINE_ENDS = ("\r", "\n", "")
HYPHEN = re.compile(f"[{LINE_END_HYPHENS}]")
REPLACEMENT = "\ufffd"
WORD = re.compile(rf"[^\s{LINE_END_HYPHENS}]+[{LINE_END_HYPHENS}]?|[{LINE_END_HYPHENS}]")
WORD_SPACE = 0.13  # em: text objects further apart are words; a justified line may be tight
WIDEST_SPACE = 3.0  # em: PDFium itself parts what is further apart
MOST_CUTS = 0.3  # of the characters of a word: more is text set with wide letter spacing
SUPERSCRIPT_SIZE = 0.8  # a raised mark is set at 58-70 % of the text it follows

# Fewer characters than this beside images over this share of the page: told 14 of 14 files right.
SCAN_CHARACTERS = 50
SCAN_IMAGE_SHARE = 0.3  # of the page: a scan, or a cover whose words may be drawn
FEW_BESIDE_DRAWN_TEXT = 200  # characters
DRAWN_TEXT_POINTS = 1_500  # points of drawn paths: letters drawn as shapes have dozens each
MOST_OBJECTS = 3_000
DEEPEST_FORM = 3

MOST_DRAWN_OBJECTS = 20_000  # of all kinds on a page
MOST_RULES = 3_000  # more is a map or a chart, not a table
MOST_CURVES = 24  # three points each: a box with round corners has twelve
THIN = 2.5  # points: a filled box this thin is a line
STRAIGHT = 1.0  # points that a line may lean
SHORTEST = 3.0  # points
WHITE = 250  # of 255 in each channel: such a box is paper painted over, not a cell
INSET = 0.5  # points
MOST_BOXES = 300  # on more it would take too long to tell which are inside of others

Point: TypeAlias = tuple[float, float]
Matrix: TypeAlias = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class RawPage:
    """What a page holds; `image_share` is the share of it under images, `path_points` the number of
    points of its drawn paths. Both are 0, since not looked for, where there is text enough."""

    number: int
    width: float = 0.0
    height: float = 0.0
    words: tuple[Word, ...] = ()
    rules: tuple[Rule, ...] = ()
    image_share: float = 0.0
    path_points: int = 0

    @property
    def characters(self) -> int:
        """Characters of text, spaces not counted."""
        return sum(len(word.text) for word in self.words)

    @property
    def is_scan(self) -> bool:
        """Whether the visible words are in an image or drawn as shapes, or the text is rubbish."""
        scanned = self.characters < SCAN_CHARACTERS and self.image_share > SCAN_IMAGE_SHARE
        drawn = self.characters < FEW_BESIDE_DRAWN_TEXT and self.path_points >= DRAWN_TEXT_POINTS
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
        words = mend_without_ocr(page_words(page, index + 1, tags.page_tags(page)))
        # Walking all objects of a page is slow, and only a page with little text can be a scan.
        few = sum(len(word.text) for word in words) < FEW_BESIDE_DRAWN_TEXT
        image_share, path_points = _images_and_paths(page) if few else (0.0, 0)
        rules = page_rules(page)
    finally:
        page.close()
    size = round(width, 2), round(height, 2)
    return RawPage(index + 1, *size, words, rules, image_share, path_points)


def pages_for_ocr(pages: Sequence[RawPage]) -> tuple[int, ...]:
    """The pages whose text must be recognised, or is damaged where recognition can mend it."""
    damaged = damaged_pages({page.number: [word.text for word in page.words] for page in pages})
    return tuple(page.number for page in pages if page.is_scan or page.number in damaged)


@dataclass(frozen=True, slots=True)
class Style:
    """What one text object says of all its characters."""

    size: float
    bold: bool
    horizontal: bool
    tag: Tag | None


@dataclass(frozen=True, slots=True)
class Frame:
    """How user space lies on the page as shown: its visible box (ISO 32000-1, 14.11.2) and its
    rotation in quarter turns clockwise."""

    left: float
    bottom: float
    width: float
    height: float
    turns: int

    def place(self, x: float, y: float) -> tuple[float, float]:
        """A point of user space, from the top left corner of the page as shown."""
        if self.turns == 0:
            return x - self.left, self.height - (y - self.bottom)
        x, y = x - self.left, y - self.bottom
        if self.turns == 1:
            return y, x
        if self.turns == 2:
            return self.width - x, y
        if self.turns == 3:
            return self.height - y, self.width - x
        return x, self.height - y


def frame_of(page: pdfium.PdfPage) -> Frame:
    """The frame of a page, before its rotation."""
    left, bottom, right, top = page.get_bbox()
    return Frame(left, bottom, right - left, top - bottom, page.get_rotation() // 90 % 4)


def page_words(page: pdfium.PdfPage, number: int, tags: Mapping[int, Tag]) -> list[Word]:
    """The words of a page in content stream order, with the tags of their marked content; raised
    digits become superscript signs."""
    text_page = page.get_textpage()
    try:
        return list(_WordReader(text_page.raw, frame_of(page), number, tags).words())
    finally:
        text_page.close()


class _WordReader:
    """Holds the buffers that PDFium writes into, and what is known of text objects and fonts."""

    def __init__(
        self, text_page: object, frame: Frame, number: int, tags: Mapping[int, Tag]
    ) -> None:
        self.text_page = text_page
        self.frame = frame
        self.number = number
        self.tags = tags
        self.box = pdfium_c.FS_RECTF()
        self.matrix = pdfium_c.FS_MATRIX()
        self.x, self.y = ctypes.c_double(), ctypes.c_double()
        self.objects: list[int] = []
        self.styles: dict[int, Style] = {}
        self.fonts: dict[int, bool] = {}

    def words(self) -> Iterator[Word]:
        """The words in content stream order."""
        text = self._text()
        self.objects = [-1] * len(text)
        for found in WORD.finditer(text):
            start, end = found.span()
            # A word is looked at for gaps and note marks inside it only where it spans text
            # objects: a page has hundreds of words, and each question costs a call into PDFium.
            whole = end - start == 1 or self._object(start) == self._object(end - 1)
            cuts = [] if whole else self._cuts(text, start, end)
            for piece in pairwise([start, *cuts, end]):
                word = self._word(text, *piece)
                if word is not None:
                    yield word

    def _text(self) -> str:
        """One code unit for each character, so that positions in it are PDFium's own indices. What
        looks like a hyphen and is none is a letter whose font does not say which."""
        count = pdfium_c.FPDFText_CountChars(self.text_page)
        if count <= 0:
            return ""
        units = (ctypes.c_ushort * (count + 1))()
        if pdfium_c.FPDFText_GetText(self.text_page, 0, count, units) == count + 1:
            text = "".join(map(chr, units[:count]))
        else:
            # Characters beyond U+FFFF take two code units, and all later positions would shift.
            codes = (pdfium_c.FPDFText_GetUnicode(self.text_page, i) for i in range(count))
            text = "".join(chr(code) if code <= 0x10FFFF else REPLACEMENT for code in codes)

        def hyphen(found: re.Match[str]) -> str:
            sure = pdfium_c.FPDFText_IsHyphen(self.text_page, found.start()) == 1
            return found.group() if sure else REPLACEMENT

        return HYPHEN.sub(hyphen, text)

    def _cuts(self, text: str, start: int, end: int) -> list[int]:
        """Where a word of several text objects is cut since another begins that PDFium did not
        part: at a digit of another size (a note's mark glued to its word), and where a text object
        stands as far from the last as words do; but not in words drawn letter by letter."""
        cuts = set()
        for index in range(start + 1, end):
            if text[index].isdecimal() and not text[index - 1].isdigit():
                before, after = self._style(index - 1), self._style(index)
                if after.size < before.size * SUPERSCRIPT_SIZE:
                    cuts.add(index)
        if end - start < 3 or len({self._object(start + offset) for offset in range(3)}) == 3:
            return sorted(cuts)
        gaps = set()
        for index in range(start + 1, end):
            if self._object(index) != self._object(index - 1):
                gap = self._origin(index)[0] - self._right(index - 1)
                if WORD_SPACE < gap / self._style(index).size < WIDEST_SPACE:
                    gaps.add(index)
        return sorted(cuts | gaps if len(gaps) <= MOST_CUTS * (end - start) else cuts)

    def _object(self, index: int) -> int:
        """The text object of a character, as a number that no other has; 0 where there is none."""
        known = self.objects[index]
        if known < 0:
            handle = pdfium_c.FPDFText_GetTextObject(self.text_page, index)
            known = self.objects[index] = ctypes.addressof(handle.contents) if handle else 0
        return known

    def _word(self, text: str, start: int, end: int) -> Word | None:
        hyphen = text[end - 1] in LINE_END_HYPHENS
        content = clean(text[start : end - 1] if hyphen else text[start:end])
        if not content and not hyphen:
            return None
        style = self._style(start)
        x0, baseline = self._origin(start)
        last = end - 1
        x1 = self._right(last - 1 if hyphen and last > start else last)
        return Word(
            page=self.number,
            text=content,
            x0=min(x0, x1),
            x1=max(x0, x1),
            baseline=baseline,
            size=style.size,
            bold=style.bold,
            horizontal=style.horizontal,
            hyphen=hyphen,
            tag=style.tag,
            spaced=text[end : end + 1] not in LINE_ENDS,
        )

    def _origin(self, index: int) -> tuple[float, float]:
        pdfium_c.FPDFText_GetCharOrigin(self.text_page, index, self.x, self.y)
        return self.frame.place(self.x.value, self.y.value)

    def _right(self, index: int) -> float:
        pdfium_c.FPDFText_GetLooseCharBox(self.text_page, index, self.box)
        if self.frame.turns == 0:
            return float(self.box.right) - self.frame.left
        corners = ((self.box.left, self.box.bottom), (self.box.right, self.box.top))
        return max(self.frame.place(x, y)[0] for x, y in corners)

    def _style(self, index: int) -> Style:
        key = self._object(index)
        if key in self.styles:
            return self.styles[key]
        handle = pdfium_c.FPDFText_GetTextObject(self.text_page, index)
        pdfium_c.FPDFText_GetMatrix(self.text_page, index, self.matrix)
        a, b, c, d = self.matrix.a, self.matrix.b, self.matrix.c, self.matrix.d
        # The font size is in text space: `1 Tf` under a matrix that scales by 12 is 12 points.
        size = pdfium_c.FPDFText_GetFontSize(self.text_page, index) * (math.hypot(c, d) or 1.0)
        # Whether the text runs from left to right on the page.
        quarter = math.atan2(b, a) / (math.pi / 2) - self.frame.turns
        horizontal = abs(quarter - 4 * round(quarter / 4)) < 0.1
        bold, tag = False, None
        if handle:
            bold = self._is_bold(handle)
            number = pdfium_c.FPDFPageObj_GetMarkedContentID(handle)
            artifact = number < 0 and _is_artifact(handle)
            tag = self.tags.get(number) or (ARTIFACT if artifact else None)
        style = self.styles[key] = Style(round(size, 2) or 1.0, bold, horizontal, tag)
        return style

    def _is_bold(self, handle: object) -> bool:
        font = pdfium_c.FPDFTextObj_GetFont(handle)
        if not font:
            return False
        key = ctypes.addressof(font.contents)
        if key not in self.fonts:
            name = ctypes.create_string_buffer(128)
            pdfium_c.FPDFFont_GetBaseFontName(font, name, len(name))
            weight = pdfium_c.FPDFFont_GetWeight(font)
            named = BOLD_NAME.search(name.value.decode("utf-8", "replace")) is not None
            self.fonts[key] = named or weight >= BOLD_WEIGHT
        return self.fonts[key]


def _is_artifact(handle: object) -> bool:
    buffer, length = (ctypes.c_ushort * 16)(), ctypes.c_ulong()
    for index in range(pdfium_c.FPDFPageObj_CountMarks(handle)):
        mark = pdfium_c.FPDFPageObj_GetMark(handle, index)
        pdfium_c.FPDFPageObjMark_GetName(mark, buffer, ctypes.sizeof(buffer), length)
        if "".join(map(chr, buffer[: len("Artifact")])) == "Artifact":
            return True
    return False


def clean(text: str) -> str:
    """Letters instead of ligatures, and no soft hyphens, zero-width or control characters."""
    if text.isascii() and text.isprintable():
        return text
    if not text.isascii():
        text = LIGATURE.sub(lambda found: LIGATURES[found.group()], text)
        text = text.translate(SYMBOL_BULLETS)
        # Pairs of surrogates are one character; half a pair can be stored nowhere.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        # NFC, not NFKC: that would make «m²», «½» and «nº» other texts than the page shows.
        text = unicodedata.normalize("NFC", text)
    return INVISIBLE.sub("", text)


def text_boxes(page: pdfium.PdfPage, scale: float) -> list[tuple[float, float, float, float]]:
    """Where the page draws text: left, top, right, bottom in pixels from its top left."""
    frame = frame_of(page)
    text_page = page.get_textpage()
    try:
        boxes = []
        for index in range(text_page.count_rects()):
            x0, y0, x1, y1 = text_page.get_rect(index)
            xs, ys = zip(frame.place(x0, y0), frame.place(x1, y1), strict=True)
            boxes.append((min(xs) * scale, min(ys) * scale, max(xs) * scale, max(ys) * scale))
        return boxes
    finally:
        text_page.close()


def _images_and_paths(page: pdfium.PdfPage) -> tuple[float, int]:
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


class _TooManyObjects(Exception):
    """The page draws more than tables do."""


def page_rules(page: pdfium.PdfPage) -> tuple[Rule, ...]:
    """The horizontal and vertical lines of a page and the edges of its boxes, but for boxes inside
    of others, which mark words; none where the page is a drawing."""
    try:
        rules, boxes = _PathReader(frame_of(page)).read(page.raw)
    except _TooManyObjects:
        return ()
    for box in boxes:
        inside = len(boxes) <= MOST_BOXES and any(
            other.x0 < box.x0 - INSET
            and other.y0 < box.y0 - INSET
            and other.x1 > box.x1 + INSET
            and other.y1 > box.y1 + INSET
            for other in boxes
        )
        if not inside:
            rules += [Rule(box.x0, y, box.x1, y) for y in (box.y0, box.y1)]
            rules += [Rule(x, box.y0, x, box.y1) for x in (box.x0, box.x1)]
    return tuple(rules)


class _PathReader:
    """Holds the buffers that PDFium writes into, and counts what it has given."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.matrix = pdfium_c.FS_MATRIX()
        self.x, self.y = ctypes.c_float(), ctypes.c_float()
        self.fill, self.stroke = ctypes.c_int(), ctypes.c_int()
        self.colour = [ctypes.c_uint() for _ in range(4)]
        self.seen = 0

    def read(self, page: object) -> tuple[list[Rule], list[Rule]]:
        """The lines of a page, and its filled boxes."""
        rules: list[Rule] = []
        boxes: list[Rule] = []
        for index in range(pdfium_c.FPDFPage_CountObjects(page)):
            item = pdfium_c.FPDFPage_GetObject(page, index)
            if pdfium_c.FPDFPageObj_GetType(item) == pdfium_c.FPDF_PAGEOBJ_TEXT:
                continue  # nearly all of them are
            for found in self._of(item, ()):
                is_box = min(found.x1 - found.x0, found.y1 - found.y0) > STRAIGHT
                (boxes if is_box else rules).append(found)
            if len(rules) + len(boxes) > MOST_RULES:
                raise _TooManyObjects
        return rules, boxes

    def _of(self, item: object, outer: tuple[Matrix, ...]) -> Iterator[Rule]:
        """The rules of one object: `outer` are the matrices of the forms around it."""
        self.seen += 1
        if self.seen > MOST_DRAWN_OBJECTS:
            raise _TooManyObjects
        kind = pdfium_c.FPDFPageObj_GetType(item)
        if kind == pdfium_c.FPDF_PAGEOBJ_PATH:
            yield from self._of_path(item, outer)
        elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and len(outer) < DEEPEST_FORM:
            inner = (self._matrix_of(item), *outer)
            for index in range(pdfium_c.FPDFFormObj_CountObjects(item)):
                yield from self._of(pdfium_c.FPDFFormObj_GetObject(item, index), inner)

    def _of_path(self, path: object, outer: tuple[Matrix, ...]) -> Iterator[Rule]:
        pdfium_c.FPDFPath_GetDrawMode(path, self.fill, self.stroke)
        if not self.stroke.value:
            if not self.fill.value:
                return
            pdfium_c.FPDFPageObj_GetFillColor(path, *self.colour)
            *shades, alpha = (part.value for part in self.colour)
            if alpha == 0 or min(shades) >= WHITE:
                return
        for points in self._subpaths(path, (self._matrix_of(path), *outer)):
            yield from _straight_lines(points) if self.stroke.value else _box(points)

    def _matrix_of(self, item: object) -> Matrix:
        pdfium_c.FPDFPageObj_GetMatrix(item, self.matrix)
        m = self.matrix
        return m.a, m.b, m.c, m.d, m.e, m.f

    def _subpaths(self, path: object, matrices: Sequence[Matrix]) -> list[list[Point]]:
        """The corners of each subpath; a curve ends one and begins another. None of a path of
        many curves, which is a drawing."""
        subpaths: list[list[Point]] = [[]]
        curves = 0
        for index in range(min(pdfium_c.FPDFPath_CountSegments(path), 4 * MOST_RULES)):
            segment = pdfium_c.FPDFPath_GetPathSegment(path, index)
            kind = pdfium_c.FPDFPathSegment_GetType(segment)
            curves += kind == pdfium_c.FPDF_SEGMENT_BEZIERTO
            if curves > MOST_CURVES:
                return []
            pdfium_c.FPDFPathSegment_GetPoint(segment, self.x, self.y)
            if kind != pdfium_c.FPDF_SEGMENT_LINETO:
                subpaths.append([])
            x, y = self.x.value, self.y.value
            for a, b, c, d, e, f in matrices:
                x, y = a * x + c * y + e, b * x + d * y + f
            points = subpaths[-1]
            points.append(self.frame.place(x, y))
            if points[1:] and pdfium_c.FPDFPathSegment_GetClose(segment):
                points.append(points[0])
        return subpaths


def _box(points: Sequence[Point]) -> list[Rule]:
    """The box that a filled shape is, or the line where it is thin; no other shape counts."""
    steps = [min(abs(ax - bx), abs(ay - by)) for (ax, ay), (bx, by) in pairwise(points)]
    if len(points) < 4 or max(steps) > STRAIGHT:
        return []
    xs, ys = zip(*points, strict=True)
    x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
    if y1 - y0 <= THIN:
        return _straight_lines([(x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2)])
    if x1 - x0 <= THIN:
        return _straight_lines([((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1)])
    return [Rule(x0, y0, x1, y1)]


def _straight_lines(points: Sequence[Point]) -> list[Rule]:
    return [
        Rule(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))
        for (ax, ay), (bx, by) in pairwise(points)
        if min(abs(ax - bx), abs(ay - by)) <= STRAIGHT
        and max(abs(ax - bx), abs(ay - by)) >= SHORTEST
    ]
