"""Blocks become an A4 PDF with outline entries, running header and footer."""

from io import BytesIO
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from render.source import PAGE_WORDS, Block, Kind, Run, Source, plain

WIDTH: float
HEIGHT: float
WIDTH, HEIGHT = A4
MARGIN = 2.2 * cm
GAP: float = 0.8 * cm
TEXT_WIDTH: float = WIDTH - 2 * MARGIN
TITLE_HEIGHT = 4.6 * cm
INK, ACCENT, PALE = HexColor("#1b1f24"), HexColor("#0b5c7a"), HexColor("#e8f1f4")
LONGEST_CELL = 90  # a long cell wraps; beyond this it asks for no more width

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10, leading=13.5, spaceAfter=6)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=9, leading=11.5, spaceAfter=0)
TITLE = ParagraphStyle("title", parent=BODY, fontName="Helvetica-Bold", fontSize=19, leading=23)
SUBTITLE = ParagraphStyle("subtitle", parent=BODY, fontSize=11.5, leading=15, textColor=ACCENT)
LABEL = ParagraphStyle(
    "label", parent=SMALL, backColor=PALE, borderPadding=5, spaceBefore=6, spaceAfter=12
)
HEADINGS = {
    2: ParagraphStyle(
        "h2", parent=BODY, fontName="Helvetica-Bold", fontSize=13.5, leading=17,
        spaceBefore=10, spaceAfter=5, textColor=ACCENT, keepWithNext=1,
    ),
    3: ParagraphStyle(
        "h3", parent=BODY, fontName="Helvetica-Bold", fontSize=11, leading=14,
        spaceBefore=6, spaceAfter=3, keepWithNext=1,
    ),
}  # fmt: skip


class _Template(BaseDocTemplate):  # type: ignore[misc]  # reportlab is untyped
    """Draws the running lines and enters each heading into the outline."""

    source: Source

    def afterFlowable(self, flowable: Flowable) -> None:
        if not isinstance(flowable, Paragraph) or flowable.style.name not in ("title", "h2", "h3"):
            return
        depth = ("title", "h2", "h3").index(flowable.style.name)
        left, top = self.frame._x1, self.frame._y + flowable.height
        key = f"{self.canv.getPageNumber()}-{left:.0f}-{top:.0f}"
        self.canv.bookmarkHorizontal(key, 0, top)
        self.canv.addOutlineEntry(flowable.getPlainText(), key, depth, closed=False)


def render_pdf(source: Source) -> bytes:
    """The document as PDF bytes, the same for the same source."""
    stream = BytesIO()
    template = _Template(
        stream, pagesize=A4, title=source.title, author="Acervo", subject=source.label,
        lang=source.language, invariant=1, pageCompression=0,
    )  # fmt: skip
    template.source = source
    template.addPageTemplates(_page_templates(source))
    template.build(_story(source))
    return stream.getvalue()


def _page_templates(source: Source) -> list[PageTemplate]:
    below = HEIGHT - 2 * MARGIN - TITLE_HEIGHT
    first = [Frame(MARGIN, MARGIN + below, TEXT_WIDTH, TITLE_HEIGHT, 0, 0, 0, 0)]
    first += _columns(source.columns, below)
    later = _columns(source.columns, HEIGHT - 2 * MARGIN)
    return [
        PageTemplate("first", first, onPage=_running_lines),
        PageTemplate("later", later, onPage=_running_lines),
    ]


def _columns(count: int, height: float) -> list[Frame]:
    width = _column_width(count)
    lefts = [MARGIN + position * (width + GAP) for position in range(count)]
    return [Frame(left, MARGIN, width, height, 0, 0, 0, 0) for left in lefts]


def _column_width(count: int) -> float:
    return (TEXT_WIDTH - (count - 1) * GAP) / count


def _running_lines(canvas: Canvas, template: _Template) -> None:
    source = template.source
    canvas.saveState()
    canvas.setFont("Helvetica", 8)
    canvas.setFillColor(INK)
    if canvas.getPageNumber() > 1:
        canvas.drawString(MARGIN, HEIGHT - 1.3 * cm, source.title)
    canvas.drawString(MARGIN, 1.2 * cm, source.label)
    page = f"{PAGE_WORDS[source.language]} {canvas.getPageNumber()}"
    canvas.drawRightString(WIDTH - MARGIN, 1.2 * cm, page)
    canvas.restoreState()


def _story(source: Source) -> list[Flowable]:
    story: list[Flowable] = [
        NextPageTemplate("later"),
        Paragraph(escape(source.title), TITLE),
        Paragraph(escape(source.subtitle), SUBTITLE),
        Paragraph(escape(source.label), LABEL),
        FrameBreak(),
    ]
    for block in source.blocks:
        story.extend(_flowables(block, _column_width(source.columns)))
    return story


def _flowables(block: Block, width: float) -> list[Flowable]:
    if block.kind == Kind.TABLE:
        return [_table(block, width), Spacer(1, 8)]
    if block.kind == Kind.HEADING:
        return [Paragraph(_markup(block.runs), HEADINGS[block.level])]
    if block.kind == Kind.ITEM:
        mark = f"{block.number}." if block.number else "•"
        indent = 16 * block.level
        style = ParagraphStyle(
            "item", parent=BODY, leftIndent=indent, bulletIndent=indent - 14, spaceAfter=3
        )
        return [Paragraph(_markup(block.runs), style, bulletText=mark)]
    return [Paragraph(_markup(block.runs), BODY)]


def _table(block: Block, width: float) -> Table:
    cells = [[Paragraph(_markup(cell), SMALL) for cell in row] for row in block.rows]
    header = [Paragraph(f"<b>{_markup(cell)}</b>", SMALL) for cell in block.rows[0]]
    table = Table([header, *cells[1:]], colWidths=_column_widths(block, width), repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.6, INK),
                ("BACKGROUND", (0, 0), (-1, 0), PALE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 4),
                ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ]
        )
    )
    return table


def _column_widths(block: Block, width: float) -> list[float]:
    """Each column gets the room its longest word needs, then a share by its longest cell."""
    texts = [[plain(cell) for cell in column] for column in zip(*block.rows, strict=True)]
    words = [[word for text in column for word in text.split()] for column in texts]
    least = [max(stringWidth(word, "Helvetica-Bold", 9) for word in column) + 9 for column in words]
    wishes = [min(max(len(text) for text in column), LONGEST_CELL) for column in texts]
    spare = max(width - sum(least), 0)
    return [low + spare * wish / sum(wishes) for low, wish in zip(least, wishes, strict=True)]


def _markup(runs: tuple[Run, ...]) -> str:
    return "".join(_marked(run) for run in runs)


def _marked(run: Run) -> str:
    text = escape(run.text)
    text = f"<i>{text}</i>" if run.italic else text
    return f"<b>{text}</b>" if run.bold else text
