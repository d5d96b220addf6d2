"""One PDF page in PDFium to its rules: the straight lines and box edges that it draws."""

import ctypes
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ingest.layout.lines import Rule
from ingest.readers.pdf_text import Frame, frame_of

MOST_OBJECTS = 20_000  # of all kinds on a page
MOST_RULES = 3_000  # more is a map or a chart, not a table
MOST_CURVES = 24  # three points each: a box with round corners has twelve
DEEPEST_FORM = 3
THIN = 2.5  # points: a filled box this thin is a line
STRAIGHT = 1.0  # points that a line may lean
SHORTEST = 3.0
WHITE = 250
INSIDE = 0.5  # points
MOST_BOXES = 300  # on more it would take too long to tell which are inside of others

Point: TypeAlias = tuple[float, float]
Matrix: TypeAlias = tuple[float, float, float, float, float, float]


class _TooMany(Exception):
    """The page draws more than tables do."""


def page_rules(page: pdfium.PdfPage) -> tuple[Rule, ...]:
    """The level and upright lines of a page and the edges of its boxes, but for boxes inside of
    others, which mark words; none where the page is a drawing."""
    try:
        rules, boxes = _Drawing(frame_of(page)).read(page.raw)
    except _TooMany:
        return ()
    if len(boxes) <= MOST_BOXES:
        boxes = [box for box in boxes if not any(_is_inside(box, other) for other in boxes)]
    return (*rules, *(edge for box in boxes for edge in _sides(box)))


def _is_inside(box: Rule, other: Rule) -> bool:
    return (
        other.x0 < box.x0 - INSIDE
        and other.y0 < box.y0 - INSIDE
        and other.x1 > box.x1 + INSIDE
        and other.y1 > box.y1 + INSIDE
    )


def _sides(box: Rule) -> Iterator[Rule]:
    yield Rule(box.x0, box.y0, box.x1, box.y0)
    yield Rule(box.x0, box.y1, box.x1, box.y1)
    yield Rule(box.x0, box.y0, box.x0, box.y1)
    yield Rule(box.x1, box.y0, box.x1, box.y1)


class _Drawing:
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
                raise _TooMany
        return rules, boxes

    def _of(self, item: object, outer: tuple[Matrix, ...]) -> Iterator[Rule]:
        """The rules of one object: `outer` are the matrices of the forms around it."""
        self.seen += 1
        if self.seen > MOST_OBJECTS:
            raise _TooMany
        kind = pdfium_c.FPDFPageObj_GetType(item)
        if kind == pdfium_c.FPDF_PAGEOBJ_PATH:
            yield from self._of_path(item, outer)
        elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and len(outer) < DEEPEST_FORM:
            inner = (self._matrix_of(item), *outer)
            for index in range(pdfium_c.FPDFFormObj_CountObjects(item)):
                yield from self._of(pdfium_c.FPDFFormObj_GetObject(item, index), inner)

    def _of_path(self, path: object, outer: tuple[Matrix, ...]) -> Iterator[Rule]:
        pdfium_c.FPDFPath_GetDrawMode(path, self.fill, self.stroke)
        if not (self.fill.value or self.stroke.value):
            return
        stroked = bool(self.stroke.value)
        if not stroked and self._is_white(path):
            return
        for points in self._subpaths(path, (self._matrix_of(path), *outer)):
            yield from _lines(points) if stroked else _box(points)

    def _is_white(self, path: object) -> bool:
        pdfium_c.FPDFPageObj_GetFillColor(path, *self.colour)
        *shades, alpha = (part.value for part in self.colour)
        return alpha == 0 or min(shades) >= WHITE

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
            points = subpaths[-1]
            points.append(self._placed(self.x.value, self.y.value, matrices))
            if points[1:] and pdfium_c.FPDFPathSegment_GetClose(segment):
                points.append(points[0])
        return subpaths

    def _placed(self, x: float, y: float, matrices: Sequence[Matrix]) -> Point:
        for a, b, c, d, e, f in matrices:
            x, y = a * x + c * y + e, b * x + d * y + f
        return self.frame.place(x, y)


def _box(points: Sequence[Point]) -> Iterator[Rule]:
    """The box that a filled shape is, or the line where it is thin; no other shape counts."""
    if len(points) < 4 or not all(_straight(*pair) for pair in pairwise(points)):
        return
    xs, ys = [x for x, _ in points], [y for _, y in points]
    x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
    if y1 - y0 <= THIN:
        yield from _lines([(x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2)])
    elif x1 - x0 <= THIN:
        yield from _lines([((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1)])
    else:
        yield Rule(x0, y0, x1, y1)


def _lines(points: Sequence[Point]) -> Iterator[Rule]:
    for (ax, ay), (bx, by) in pairwise(points):
        if _straight((ax, ay), (bx, by)) and max(abs(bx - ax), abs(by - ay)) >= SHORTEST:
            yield Rule(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))


def _straight(first: Point, second: Point) -> bool:
    return min(abs(first[0] - second[0]), abs(first[1] - second[1])) <= STRAIGHT
