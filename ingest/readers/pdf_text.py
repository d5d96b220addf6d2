"""One PDF page in PDFium to its words, in the order in which the page draws them."""

import ctypes
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ingest.lines import Word

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
SUPERSCRIPT_SIZE = 0.8  # a raised mark is set at 58-70 % of the text it follows


@dataclass(frozen=True, slots=True)
class Style:
    """What one text object says of all its characters."""

    size: float
    bold: bool
    level: bool


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


def page_words(page: pdfium.PdfPage, number: int) -> list[Word]:
    """The words of a page in content stream order; raised digits become superscript signs."""
    text_page = page.get_textpage()
    try:
        return list(_PageText(text_page.raw, frame_of(page), number).words())
    finally:
        text_page.close()


class _PageText:
    """Holds the buffers that PDFium writes into, and what is known of text objects and fonts."""

    def __init__(self, text_page: object, frame: Frame, number: int) -> None:
        self.text_page = text_page
        self.frame = frame
        self.number = number
        self.box = pdfium_c.FS_RECTF()
        self.matrix = pdfium_c.FS_MATRIX()
        self.x, self.y = ctypes.c_double(), ctypes.c_double()
        self.styles: dict[int, Style] = {}
        self.fonts: dict[int, bool] = {}

    def words(self) -> Iterator[Word]:
        text = self._text()
        for start, end in _word_spans(text):
            for piece_start, piece_end in self._pieces(text, start, end):
                word = self._word(text, piece_start, piece_end)
                if word is not None:
                    yield word

    def _text(self) -> str:
        """One code unit a character index, so that positions in it are PDFium's own."""
        count = pdfium_c.FPDFText_CountChars(self.text_page)
        if count <= 0:
            return ""
        units = (ctypes.c_ushort * (count + 1))()
        if pdfium_c.FPDFText_GetText(self.text_page, 0, count, units) == count + 1:
            return "".join(map(chr, units[:count]))
        codes = (pdfium_c.FPDFText_GetUnicode(self.text_page, i) for i in range(count))
        return "".join(chr(code) if code <= 0x10FFFF else "\ufffd" for code in codes)

    def _pieces(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Cut a word where a digit of another size follows: a note's mark glued to its word."""
        for index in range(start + 1, end):
            if text[index].isdigit() and not text[index - 1].isdigit():
                before, after = self._style(index - 1), self._style(index)
                if after.size < before.size * SUPERSCRIPT_SIZE:
                    yield start, index
                    start = index
        yield start, end

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
            x0=min(x0, x1),
            x1=max(x0, x1),
            base=base,
            size=style.size,
            bold=style.bold,
            level=style.level,
            hyphen=hyphen,
        )

    def _origin(self, index: int) -> tuple[float, float]:
        pdfium_c.FPDFText_GetCharOrigin(self.text_page, index, self.x, self.y)
        return self.frame.place(self.x.value, self.y.value)

    def _right(self, index: int) -> float:
        pdfium_c.FPDFText_GetLooseCharBox(self.text_page, index, self.box)
        corners = ((self.box.left, self.box.bottom), (self.box.right, self.box.top))
        return max(self.frame.place(x, y)[0] for x, y in corners)

    def _style(self, index: int) -> Style:
        handle = pdfium_c.FPDFText_GetTextObject(self.text_page, index)
        key = ctypes.addressof(handle.contents) if handle else 0
        if key not in self.styles:
            self.styles[key] = self._read_style(index, handle)
        return self.styles[key]

    def _read_style(self, index: int, handle: object) -> Style:
        pdfium_c.FPDFText_GetMatrix(self.text_page, index, self.matrix)
        size = pdfium_c.FPDFText_GetFontSize(self.text_page, index)
        size *= math.hypot(self.matrix.c, self.matrix.d) or 1.0
        quarter = math.atan2(self.matrix.b, self.matrix.a) / (math.pi / 2) - self.frame.turns
        level = abs(quarter - 4 * round(quarter / 4)) < 0.1
        return Style(round(size, 2) or 1.0, bool(handle) and self._is_bold(handle), level)

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


def clean(text: str) -> str:
    """Letters instead of ligatures, and no soft hyphens, zero-width or control characters."""
    if not text.isascii():
        text = LIGATURE.sub(lambda found: LIGATURES[found.group()], text)
        text = text.translate(SYMBOL_BULLETS)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        text = unicodedata.normalize("NFC", text)
    return INVISIBLE.sub("", text)


def _word_spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for index, character in enumerate(text):
        if character.isspace():
            if start < index:
                yield start, index
            start = index + 1
        elif character in LINE_END_HYPHENS:
            yield start, index + 1
            start = index + 1
    if start < len(text):
        yield start, len(text)
