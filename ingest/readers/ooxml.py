"""Opens Office files and zipped documents, and reads what Word and PowerPoint have in common.

Templates, slide shows and files with macros are opened too; nothing in them is ever run. Common to
both programs are charts, diagrams, equations and symbol fonts (ECMA-376), and to all zipped
documents, OpenDocument and EPUB among them, their parts as bytes or XML.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import zip_longest

from docx.document import Document as Docx
from docx.opc.part import PartFactory as WordParts
from docx.package import Package as WordPackage
from docx.parts.document import DocumentPart
from lxml import etree
from lxml.etree import _Element
from pptx.opc.package import PartFactory as SlidesParts
from pptx.package import Package as SlidesPackage
from pptx.parts.presentation import PresentationPart
from pptx.presentation import Presentation

from ingest.errors import Unreadable
from ingest.readers.archives import DAMAGES, check_archive
from ingest.readers.clean import SUPERSCRIPT, clean, sensible_title
from ingest.readers.tables import table_blocks
from search.documents import Block, BlockKind, Box, Part

WORD_KINDS = (
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
)
SLIDES_KINDS = (
    "application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml",
    "application/vnd.ms-powerpoint.template.macroEnabled.main+xml",
)
# The libraries open these just as well, but by themselves they take only the plain kind.
WordParts.part_type_for.update(dict.fromkeys(WORD_KINDS, DocumentPart))
SlidesParts.part_type_for.update(dict.fromkeys(SLIDES_KINDS, PresentationPart))
TEMPLATE_YEARS = frozenset({1601, 2013})  # what empty fields and the libraries give as creation
ISO_DATE = re.compile(r"[12]\d{3}-\d{2}-\d{2}")


def open_docx(data: bytes) -> Docx:
    """The Word document. Raises `ValueError` for anything else, and what `docx` raises."""
    part = WordPackage.open(io.BytesIO(data)).main_document_part
    if not isinstance(part, DocumentPart):
        raise ValueError(f"its main part is {part.content_type}")
    return part.document


def open_pptx(data: bytes) -> Presentation:
    """The presentation. Raises `ValueError` for anything else, and what `pptx` raises."""
    part = SlidesPackage.open(io.BytesIO(data)).main_document_part
    if not isinstance(part, PresentationPart):
        raise ValueError(f"its main part is {part.content_type}")
    return part.presentation


def core_properties(file: Docx | Presentation, name: str) -> tuple[str | None, str | None]:
    """The title of a file and its date of creation, where they say anything."""
    properties = file.core_properties
    created = properties.created
    dated = created is not None and created.year not in TEMPLATE_YEARS
    title = sensible_title(clean(properties.title or ""), name)
    return title, created.date().isoformat() if dated else None


class Parts:
    """The files inside an archive, by name."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.names = frozenset(archive.namelist())

    def read(self, name: str) -> bytes:
        """The bytes of a part. Raises `Unreadable` if it is damaged or not there."""
        try:
            return self._archive.read(name)
        except (*DAMAGES, KeyError, zlib.error, RuntimeError) as error:
            raise Unreadable(f"El archivo está dañado o incompleto ({error}).") from error

    def tree(self, name: str) -> _Element:
        """The part as XML: no entity is resolved, nothing is fetched. Raises `Unreadable`."""
        # Else an entity could bring any file of this machine into the text.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            tree = etree.fromstring(self.read(name), parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise Unreadable(f"El archivo está dañado: {name} no es XML ({error}).") from error
        return tree

    def optional(self, name: str) -> _Element | None:
        """The same, or None if there is no such part or it is damaged: one can read without it."""
        try:
            return self.tree(name)
        except Unreadable:
            return None


@contextmanager
def open_parts(data: bytes) -> Iterator[Parts]:
    """The parts of an archive that passed the gate. Raises `ReadError`."""
    check_archive(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        yield Parts(archive)


def elements_named(tree: _Element | None, name: str) -> Iterator[_Element]:
    """All elements with this local name, whatever their namespace."""
    if tree is not None:
        yield from tree.iter(f"{{*}}{name}")


def first_text(tree: _Element | None, name: str) -> str:
    """The text of the first such element; "" if there is none."""
    return next((element.text or "" for element in elements_named(tree, name)), "")


def two_letters(language: str) -> str | None:
    """The code of a language without its country."""
    code = language.replace("_", "-").split("-")[0].strip().lower()
    return code if len(code) == 2 and code.isalpha() else None


def iso_date(text: str) -> str | None:
    """The date that a moment in ISO 8601 starts with."""
    match = ISO_DATE.match(text.strip())
    return match[0] if match else None


DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
# Day 0 of spreadsheets, for days from March 1900 on: they take 1900 for a leap year.
FIRST_DAY = date(1899, 12, 30)
LAST_DAY = 2_958_465  # 31 December 9999
MOST_POINTS = 60  # a longer series is a curve to look at, not numbers to read


def resolve_alternatives(root: _Element) -> None:
    """Put the first alternative in the place of the choice between several ways to draw.

    Office writes shapes for new programs and, beside them, the same for old ones (ECMA-376,
    part 3): with both, each text would be read twice.
    """
    for choice in list(root.iter(f"{COMPATIBILITY}AlternateContent")):
        parent = choice.getparent()
        if parent is None:
            continue
        taken = choice.find(f"{COMPATIBILITY}Choice")
        if taken is None:
            taken = choice.find(f"{COMPATIBILITY}Fallback")
        place = parent.index(choice)
        for number, child in enumerate(list(taken) if taken is not None else ()):
            parent.insert(place + number, child)
        parent.remove(choice)


def diagram_texts(diagram: _Element) -> Iterator[str]:
    """The texts of a SmartArt diagram, one a shape."""
    for text in diagram.iter(f"{DIAGRAM}t"):
        words = (" ".join(t.text or "" for t in p.iter(f"{DRAWING}t")) for p in text)
        yield from filter(None, map(clean, words))


def chart_blocks(chart: _Element, page: int = 1, boxes: tuple[Box, ...] = ()) -> Iterator[Block]:
    """The title that somebody wrote over a chart, and its numbers as a table."""
    title = chart.find(f".//{CHART}chart/{CHART}title")
    texts = title.iter(f"{DRAWING}t") if title is not None else ()
    text = clean("".join(each.text or "" for each in texts))
    if text:
        yield Block(BlockKind.CAPTION, (Part(page, text, boxes),))
    rows = _chart_rows(chart)
    yield from table_blocks(rows, int(bool(rows) and not rows[0][0]), page, [boxes] * len(rows))


def _chart_rows(chart: _Element) -> list[list[str]]:
    """The chart as a table: the names of the series, then each category with its values.

    Empty where the series are too long to be read, or name no categories.
    """
    series = list(chart.iter(f"{CHART}ser"))
    names = [clean(s.findtext(f"{CHART}tx//{CHART}v") or "") for s in series]
    # Series may repeat the categories or leave them to the first one.
    categories = max((_points(s.find(f"{CHART}cat")) for s in series), key=len, default=[])
    values = [_points(s.find(f"{CHART}val")) for s in series]
    if not categories or not any(values) or len(categories) * len(series) > MOST_POINTS:
        return []
    rows = zip_longest(categories, *values, fillvalue="")
    return [["", *names], *(list(row) for row in rows)] if any(names) else list(map(list, rows))


def _points(element: _Element | None) -> list[str]:
    """The values that the chart shows, each at its index."""
    # The cache is what the chart showed when it was saved; the workbook behind it is not opened.
    names = ("strCache", "numCache", "strLit", "numLit", "lvl")
    caches = (element.find(f".//{CHART}{name}") for name in names) if element is not None else ()
    cache = next((found for found in caches if found is not None), None)
    if cache is None:
        return []
    code = cache.findtext(f"{CHART}formatCode") or ""
    found = {
        int(point.get("idx", "0")): _formatted(point.findtext(f"{CHART}v") or "", code)
        for point in cache.iter(f"{CHART}pt")
    }
    # An index is what the file says: a senseless one must not make a list without measure.
    return [found.get(n, "") for n in range(min(max(found, default=-1), MOST_POINTS) + 1)]


def _formatted(value: str, code: str) -> str:
    """A number without the noise of its binary form, or the percentage or date that it is."""
    try:
        number = float(value)
    except ValueError:
        return clean(value)
    # Dates are numbers too, and only the format code tells them apart.
    if "yy" in code.lower() and 0 < number < LAST_DAY:
        day = FIRST_DAY + timedelta(days=int(number))
        return f"{day:%d/%m/%Y}" if "d" in code.lower() else f"{day:%m/%Y}"
    return f"{number * 100:.4g} %" if "%" in code else f"{number:.10g}"


MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
EQUATION = f"{MATH}oMath"


def equation(element: _Element) -> str:
    """The equation as one would type it: `a/b`, `x²`, `x_i`, `√(x)`."""

    def part(name: str) -> str:
        child = element.find(MATH + name)
        return "" if child is None else equation(child).strip()

    match str(element.tag).removeprefix(MATH):
        case "t":
            return element.text or ""
        case "f":
            return f"{_in_brackets(part('num'))}/{_in_brackets(part('den'))}"
        case "sSup":
            above = part("sup")
            raised = above.translate(SUPERSCRIPT) if above.isdigit() else f"^{_in_brackets(above)}"
            return f"{part('e')}{raised}"
        case "sSub":
            return f"{part('e')}_{_in_brackets(part('sub'))}"
        case "sSubSup":
            return f"{part('e')}_{_in_brackets(part('sub'))}^{_in_brackets(part('sup'))}"
        case "rad":
            return f"√({part('e')})"
        case "nary":  # a sum, a product or an integral with its bounds
            shape = element.find(f"{MATH}naryPr/{MATH}chr")
            # ECMA-376, m:naryPr: without a sign of its own it is an integral.
            sign = "∫" if shape is None else shape.get(f"{MATH}val", "∫")
            bounds = (("_", part("sub")), ("^", part("sup")))
            written = "".join(f"{mark}{_in_brackets(bound)}" for mark, bound in bounds if bound)
            return f"{sign}{written} {part('e')}"
        case "d":
            inside = ", ".join(equation(child).strip() for child in element.findall(f"{MATH}e"))
            return f"({inside})"
    return "".join(map(equation, element))


def _in_brackets(text: str) -> str:
    """In brackets, if it is more than one sign or number."""
    return text if len(text) == 1 or text.isalnum() else f"({text})"


PRIVATE_USE = 0xF000  # symbol fonts keep their characters in the private area from here
# The Greek letters of Adobe Symbol lie at the places of the Latin ones that they resemble.
SYMBOL = dict(zip(range(0x61, 0x7B), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True))
SYMBOL |= zip(range(0x41, 0x5B), "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ", strict=True)
SYMBOL |= zip(bytes.fromhex("A3A5ABACAEB0B1B3B4B7B8B9BBD5D6DEE5"), "≤∞↔←→°±≥×•÷≠≈∏√⇒∑", strict=True)
WINGDINGS = dict(
    zip(bytes.fromhex("6C6E6F71727576A7A8D8DFE0E8F0FBFCFDFE"), "●■☐❑❒◆❖▪☐➢←→➔⇨✗✓☒☑", strict=True)
)


def symbol(font: str, code: int) -> str:
    """What the character of a font shows; nothing where only the font knows."""
    place = code - PRIVATE_USE if PRIVATE_USE <= code < PRIVATE_USE + 0x100 else code
    name = font.casefold()
    if name.startswith("wingdings"):
        return WINGDINGS.get(place, "")
    if name == "symbol":
        return SYMBOL.get(place, chr(place) if 0x20 <= place < 0x40 else "")
    # Other characters of the private area are pictures of that font, which no reader could search.
    return "" if 0xE000 <= code <= 0xF8FF else chr(code)
