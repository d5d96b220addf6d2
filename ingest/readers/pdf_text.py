"""One PDF page in PDFium to its words, in the order in which the page draws them."""

import ctypes
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ingest.layout.lines import Word
from ingest.layout.tags import ARTIFACT, Tag

LINE_END_HYPHENS = "\ufffe\x02"
"""How PDFium shows a hyphen at the end of a line."""

INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff\x00-\x08\x0e-\x1f\x7f]")
LIGATURES = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
LIGATURE = re.compile("[\ufb00-\ufb06]")
SYMBOL_BULLETS = str.maketrans(
    {"\uf0b7": "•", "\uf0a7": "▪", "\uf06e": "■", "\uf0d8": "➢", "\uf076": "❖", "\uf0fc": "✓"}
    | {"\uf0e0": "→", "\uf02d": "-", "\uf0a8": "□", "\uf06f": "□", "\uf0be": "–"}
)
"""What Word writes with Symbol and Wingdings, whose codes mean nothing in Unicode."""
BOLD_NAME = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
BOLD_WEIGHT = 600
LINE_ENDS = ("\r", "\n", "")
HYPHEN = re.compile(f"[{LINE_END_HYPHENS}]")
UNKNOWN = "\ufffd"
WORD = re.compile(rf"[^\s{LINE_END_HYPHENS}]+[{LINE_END_HYPHENS}]?|[{LINE_END_HYPHENS}]")
MARK = re.compile(r"\d")
SPACE = 0.13  # em: text objects further apart are words; a justified line may be tight
LARGE_SPACE = 3.0  # em: PDFium itself parts what is further apart
MOST_CUTS = 0.3  # of the characters of a word
NO_TAGS: Mapping[int, Tag] = {}
SUPERSCRIPT_SIZE = 0.8  # a raised mark is set at 58-70 % of the text it follows


@dataclass(frozen=True, slots=True)
class Style:
    """What one text object says of all its characters."""

    size: float
    bold: bool
    level: bool
    tag: Tag | None


@dataclass(frozen=True, slots=True)
class Frame:
    """How user space lies on the page that one sees: visible box and quarter turns."""

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


def page_words(page: pdfium.PdfPage, number: int, tags: Mapping[int, Tag] = NO_TAGS) -> list[Word]:
    """The words of a page in content stream order, with the tags of their marked content; raised
    digits become superscript signs."""
    text_page = page.get_textpage()
    try:
        return list(_PageText(text_page.raw, frame_of(page), number, tags).words())
    finally:
        text_page.close()


class _PageText:
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
        text = self._text()
        self.objects = [-1] * len(text)
        for start, end in _word_spans(text):
            if end - start == 1 or self._object(start) == self._object(end - 1):
                word = self._word(text, start, end)
                if word is not None:
                    yield word
                continue
            for piece_start, piece_end in self._pieces(text, start, end):
                word = self._word(text, piece_start, piece_end)
                if word is not None:
                    yield word

    def _text(self) -> str:
        """One code unit a character index, so that positions in it are PDFium's own. What looks
        like a hyphen and is none is a letter whose font does not say which."""
        count = pdfium_c.FPDFText_CountChars(self.text_page)
        if count <= 0:
            return ""
        units = (ctypes.c_ushort * (count + 1))()
        if pdfium_c.FPDFText_GetText(self.text_page, 0, count, units) == count + 1:
            text = "".join(map(chr, units[:count]))
        else:
            codes = (pdfium_c.FPDFText_GetUnicode(self.text_page, i) for i in range(count))
            text = "".join(chr(code) if code <= 0x10FFFF else UNKNOWN for code in codes)
        return HYPHEN.sub(self._hyphen, text)

    def _hyphen(self, found: re.Match[str]) -> str:
        sure = pdfium_c.FPDFText_IsHyphen(self.text_page, found.start()) == 1
        return found.group() if sure else UNKNOWN

    def _pieces(self, text: str, start: int, end: int) -> Iterable[tuple[int, int]]:
        """Cut a word of several text objects where another begins that PDFium did not part."""
        cuts = {*self._marks(text, start, end), *self._gaps(start, end)}
        return pairwise([start, *sorted(cuts), end])

    def _marks(self, text: str, start: int, end: int) -> Iterator[int]:
        """Where a digit of another size follows: a note's mark glued to its word."""
        for found in MARK.finditer(text, start + 1, end):
            index = found.start()
            before, after = self._style(index - 1), self._style(index)
            if not text[index - 1].isdigit() and after.size < before.size * SUPERSCRIPT_SIZE:
                yield index

    def _gaps(self, start: int, end: int) -> list[int]:
        """Where a text object ends and the next stands as far away as words do; not in words that
        are drawn letter by letter."""
        if end - start < 3 or len({self._object(start + offset) for offset in range(3)}) == 3:
            return []
        cuts = []
        for index in range(start + 1, end):
            if self._object(index) != self._object(index - 1):
                gap = self._origin(index)[0] - self._right(index - 1)
                if SPACE < gap / self._style(index).size < LARGE_SPACE:
                    cuts.append(index)
        return cuts if len(cuts) <= MOST_CUTS * (end - start) else []

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
        x0, base = self._origin(start)
        last = end - 1
        x1 = self._right(last - 1 if hyphen and last > start else last)
        return Word(
            page=self.number,
            text=content,
            x0=x0 if x0 < x1 else x1,
            x1=x1 if x0 < x1 else x0,
            base=base,
            size=style.size,
            bold=style.bold,
            level=style.level,
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
        if key not in self.styles:
            self.styles[key] = self._read_style(index)
        return self.styles[key]

    def _read_style(self, index: int) -> Style:
        handle = pdfium_c.FPDFText_GetTextObject(self.text_page, index)
        pdfium_c.FPDFText_GetMatrix(self.text_page, index, self.matrix)
        size = pdfium_c.FPDFText_GetFontSize(self.text_page, index)
        size *= math.hypot(self.matrix.c, self.matrix.d) or 1.0
        bold, tag = (self._is_bold(handle), self._tag(handle)) if handle else (False, None)
        return Style(round(size, 2) or 1.0, bold, self._is_level(), tag)

    def _is_level(self) -> bool:
        """Whether the text of the matrix read last runs from left to right on the page."""
        a, b = self.matrix.a, self.matrix.b
        if b == 0 and a > 0:
            return self.frame.turns == 0
        quarter = math.atan2(b, a) / (math.pi / 2) - self.frame.turns
        return abs(quarter - 4 * round(quarter / 4)) < 0.1

    def _tag(self, handle: object) -> Tag | None:
        number = pdfium_c.FPDFPageObj_GetMarkedContentID(handle)
        if number in self.tags:
            return self.tags[number]
        return ARTIFACT if number < 0 and _is_artifact(handle) else None

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
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        text = unicodedata.normalize("NFC", text)
    return INVISIBLE.sub("", text)


def _word_spans(text: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in WORD.finditer(text))
