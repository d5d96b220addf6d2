"""Turns bytes and raw text of files into clean text, and holds what all readers need for it.

Clean text is in NFC, has one space between words and nothing that nobody sees. Besides: which
encoding a file is in, what is a caption, a contents list or the title of the whole document, and
how numbers of lists, notes and pages are written.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import groupby
from pathlib import PurePath

from ingest.errors import Unreadable
from search.documents import Block, BlockKind
from search.text.vocabulary import CARDINALS, ORDINALS, roman

# «Cuadro 3.», «Figura II-1:», «Gráfico n.º 4 –», «Tabla A.2»: a kind of picture or table and its
# number, then a sign or a space.
CAPTION = re.compile(
    r"^(?:figuras?|cuadros?|tablas?|gr[áa]fic[oa]s?|mapas?|diagramas?|esquemas?|recuadros?"
    r"|im[áa]gen(?:es)?|ilustraci[óo]n|fotograf[íi]a|figures?|fig\.|tables?|charts?|graphs?|box(?:es)?|maps?"
    r"|diagrams?|tableau|graphique|encadr[ée]|quadro|tabela)\s+"
    r"(?:n[.º°o]+\s*)?(?:[A-Z]{1,3}[.-])?(?:\d{1,3}(?:[.-]\d{1,3})*|[IVX]{1,5}|[A-Z])(?:[.:)–—-]+(?=\s|$)|(?=\s|$))",
    re.IGNORECASE,
)
# Soft hyphen, zero-width characters, word joiner, direction marks, byte order mark, controls,
# and halves of surrogate pairs, which no encoding of the result could carry.
INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
    "\ud800-\udfff]"
)
# Bullets that somebody typed; a space must follow, because «-5 °C» and «*nota» are no items.
LIST_MARK = re.compile(r"^(?:[•◦▪▫●○■□–—·∙‣⁃➢➤✓✔*+-])\s+")
# «Introducción ........ 3», «Anexos . . . . . 12»
CONTENTS_LINE = re.compile(r"\S.*?(?:[.…·_]{4,}|(?:\s[.…·]){4,})[\s.…·_]*\d{1,3}\s*$", re.DOTALL)
LONGEST_LINE = 300  # characters: no line of a contents list is longer
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def clean(text: str) -> str:
    """The text on one line, in NFC, without characters that nobody sees."""
    visible = INVISIBLE.sub("", text)
    return unicodedata.normalize("NFC", " ".join(visible.split()))


def without_list_mark(text: str) -> str:
    """A list item without the bullet that was typed in front of it."""
    return LIST_MARK.sub("", text)


def is_contents_line(text: str) -> bool:
    """Whether the text is a line of a contents list: a name, dots, a page number."""
    return len(text) <= LONGEST_LINE and CONTENTS_LINE.match(text.strip()) is not None


def superscript(number: int) -> str:
    """The number as a raised footnote mark: 12 is «¹²»."""
    return str(number).translate(SUPERSCRIPT)


# What word processors write when the author gave no title, or what they ask for in its place.
EMPTY_TITLE = re.compile(
    r"^(?:microsoft (?:word|powerpoint|office word)|powerpoint[- ]pr[äe]sentation|powerpoint"
    r"|presentation ?\d*|presentaci[óo]n(?: de powerpoint)? ?\d*"
    r"|apresenta[çc][ãa]o(?: do powerpoint)?"
    r"|pr[ée]sentation powerpoint|slide ?\d*|diapositiva ?\d*|untitled(?: document)?"
    r"|(?:documento )?sin t[íi]tulo|documento?(?: de (?:microsoft )?word)? ?\d*|document ?\d*"
    r"|t[íi]tulo(?: del documento| de la presentaci[óo]n)?|title|word document|normal|plantilla"
    r"|template|libro ?\d+|hoja ?\d+)\b(?:\s*[-–:].*)?$",
    re.IGNORECASE,
)
CONTENTS_TITLE = re.compile(
    r"^(?:tabla de )?(?:[íi]ndice|contenidos?|sumario|contents|sumário|conteúdo|sommaire)"
    r"(?: (?:general|de contenidos?|de (?:tablas|cuadros|gráficos|figuras)))?:?$"
    r"|^table (?:of contents|des matières)$",
    re.IGNORECASE,
)
SHORTEST_TITLE, LONGEST_TITLE = 4, 300
COVER_BLOCKS = 8  # a title has no more than the lines of a cover before it
# «agenda_v3.docx», «guia.indd»: a title that a program made of the name of a file.
FILE_SUFFIX = re.compile(r"\.(?:docx?|pptx?|pdf|odt|rtf|indd|qxd|html?)\b", re.IGNORECASE)


def sensible_title(title: str, name: str) -> str | None:
    """The title in a file's metadata, unless it says nothing: a program or the file's name."""
    if not SHORTEST_TITLE <= len(title) <= LONGEST_TITLE or EMPTY_TITLE.match(title):
        return None
    said, named = (
        "".join(filter(str.isalnum, text.casefold())) for text in (title, PurePath(name).stem)
    )
    if FILE_SUFFIX.search(title) or said == named:
        return None
    return title if any(map(str.isalpha, title)) else None


def promote_title(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The only heading of level 1 is the title when it is the first of all and near the top."""
    headings = [number for number, block in enumerate(blocks) if block.kind is BlockKind.HEADING]
    tops = [number for number in headings if blocks[number].level == 1]
    titled = any(block.kind is BlockKind.TITLE for block in blocks)
    if titled or len(tops) != 1 or tops[0] != headings[0] or tops[0] > COVER_BLOCKS:
        return tuple(blocks)
    top = tops[0]
    title = replace(blocks[top], kind=BlockKind.TITLE, level=0)
    return (*blocks[:top], title, *blocks[top + 1 :])


def without_empty_contents(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Leave out «Índice» and the like where the list below them was left out."""
    kept = []
    for number, block in enumerate(blocks):
        below = blocks[number + 1] if number + 1 < len(blocks) else None
        # What follows at once is a heading of its own, not what the list of contents held.
        empty = below is None or (below.kind is block.kind and below.level <= block.level)
        titled = block.kind is BlockKind.HEADING and CONTENTS_TITLE.match(block.text)
        if not (titled and empty):
            kept.append(block)
    return tuple(kept)


BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What files in our languages were written in before UTF-8: Windows, Macintosh and DOS. Counting
# letters was right on all 30 such texts of ours; charset-normalizer took one for another.
LEGACY = ("cp1252", "mac_roman", "cp850")
LETTERS = frozenset("áéíóúüñÁÉÍÓÚÜÑ¿¡ºª«»“”‘’–—àèòçãõâêôÀÇÃÕ€…•°")
LATIN = frozenset(("iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii", "ascii"))
SAMPLE = 65_536
UTF16_ZEROS = 0.7  # share of zero bytes on one side of UTF-16 text in Latin letters
MOST_DAMAGE = 0.1  # UTF-8 with fewer broken characters than this is UTF-8 with a scratch


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of the file: by its byte order mark, else UTF-8, `declared`, then a guess.

    `declared` is the encoding that a page or message states of itself. Raises `Unreadable` when
    the bytes are not text.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    utf16 = _unmarked_utf16(data)
    if utf16 is None and b"\x00" in data:
        raise Unreadable("El archivo no contiene texto: parece un archivo binario.")
    # Pages that say ISO-8859-1 mean Windows-1252 (WHATWG Encoding Standard).
    meant = "cp1252" if declared and declared.lower() in LATIN else declared
    # UTF-8 before the declared one: text in another encoding is hardly ever valid UTF-8.
    for candidate in filter(None, (utf16, "utf-8", meant)):
        with suppress(UnicodeError, LookupError):
            return data.decode(candidate)
    # UTF-8 but for a few bytes is still that.
    text = data.decode("utf-8", errors="replace")
    foreign = sum(not character.isascii() for character in text)
    if text.count("\ufffd") < MOST_DAMAGE * foreign:
        return text
    # Else the encoding in which most of the bytes that differ are letters of our languages.
    high = bytes(byte for byte in data[:SAMPLE] if byte > 0x7F)
    scores = {name: sum(c in LETTERS for c in high.decode(name, "replace")) for name in LEGACY}
    return data.decode(max(LEGACY, key=lambda name: scores[name]), errors="replace")


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 without its mark: in our languages nearly every other byte is zero."""
    sample = data[:SAMPLE]
    even, odd, half = sample[0::2].count(0), sample[1::2].count(0), len(sample) // 2
    if odd > UTF16_ZEROS * half and even < odd / 10:
        return "utf-16-le"
    return "utf-16-be" if even > UTF16_ZEROS * half and odd < even / 10 else None


def written_number(number: int, style: str) -> str:
    """The number as a list of that style shows it (names of ECMA-376, ST_NumberFormat)."""
    return WRITERS.get(style, str)(number)


def _letter(number: int) -> str:
    """a … z, aa, bb …, as Word counts."""
    if number < 1:
        return str(number)
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _word(words: Mapping[int, Sequence[str]]) -> Callable[[int], str]:
    return lambda number: words[number][0].capitalize() if number in words else str(number)


LETTER_STYLES = {
    "1": "decimal",
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
}
"""How HTML and OpenDocument name these styles."""
WRITERS: dict[str, Callable[[int], str]] = {
    "lowerLetter": _letter,
    "upperLetter": lambda number: _letter(number).upper(),
    "lowerRoman": roman,
    "upperRoman": lambda number: roman(number).upper(),
    "decimalZero": lambda number: f"{number:02d}",
    "ordinal": lambda number: f"{number}.º",
    "ordinalText": _word(ORDINALS),
    "cardinalText": _word(CARDINALS["es"]),
    "numberInDash": lambda number: f"- {number} -",
    "none": lambda _: "",
}


def pages_phrase(pages: Sequence[int]) -> str:
    """`página 3`, `páginas 3, 4, 7-12`."""
    return f"página{'s' * (len(pages) > 1)} {page_ranges(pages)}"


def page_ranges(pages: Sequence[int]) -> str:
    """Ascending page numbers, runs shortened: `3, 4, 7-12`."""
    # In a run of pages each is as far from its place in the list as the one before.
    runs = groupby(enumerate(pages), key=lambda numbered: numbered[1] - numbered[0])
    spans = [[page for _, page in run] for _, run in runs]
    pieces = (
        f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(str(page) for page in run)
        for run in spans
    )
    return ", ".join(pieces)
