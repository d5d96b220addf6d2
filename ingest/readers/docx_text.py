"""Word paragraphs to the text that one sees: fields by their results, notes by their marks."""

from collections.abc import Callable
from dataclasses import dataclass

from docx.oxml.ns import qn
from lxml.etree import _Element

from ingest.readers.equations import EQUATION, equation
from ingest.readers.symbol_fonts import symbol

RUN, TEXT, BOX = qn("w:r"), qn("w:t"), qn("w:txbxContent")
# In the paragraph but not in its line. Text boxes are read after it.
UNSEEN = frozenset((*map(qn, ("w:rPr", "w:pPr", "w:sdtPr", "w:delText", "w:delInstrText")), BOX))
SIGNS = {
    qn("w:tab"): "\t",
    qn("w:ptab"): "\t",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
}
REFERENCES = frozenset(map(qn, ("w:footnoteReference", "w:endnoteReference")))
CONTENTS = frozenset(("TOC", "TOA", "INDEX"))
PAGE_NUMBERS = frozenset(("PAGE", "NUMPAGES", "SECTIONPAGES"))
BEGIN, SEPARATE, END = "begin", "separate", "end"


@dataclass(slots=True)
class _Field:
    """A field that is open: its instruction so far, and whether its result has begun."""

    instruction: str = ""
    shown: bool = False


class Fields:
    """Which text is the result of a field and which its instruction; a field may run over many
    paragraphs. Results of the `dropped` kinds are not shown."""

    def __init__(self, story: _Element, dropped: frozenset[str] = CONTENTS) -> None:
        marks = [mark.get(qn("w:fldCharType")) for mark in story.iter(qn("w:fldChar"))]
        # A field that never ends would hide the rest of the document.
        self._balanced = marks.count(BEGIN) == marks.count(END)
        self._dropped = dropped
        self._open: list[_Field] = []

    def start_paragraph(self) -> None:
        """Forget what is open, if the story does not close all that it opens."""
        if not self._balanced:
            self._open = []

    def mark(self, mark: _Element) -> None:
        """Open a field, begin its result, or close it."""
        kind = mark.get(qn("w:fldCharType"))
        if kind == BEGIN:
            self._open.append(_Field())
        elif kind == SEPARATE and self._open:
            self._open[-1].shown = True
        elif kind == END and self._open:
            self._open.pop()

    def instruct(self, text: str) -> None:
        """More of the instruction of the field that was opened last."""
        if self._open:
            self._open[-1].instruction += text

    def drops(self, instruction: str) -> bool:
        """Whether the result of such a field is left out."""
        return instruction.split()[:1] != [] and instruction.split()[0].upper() in self._dropped

    @property
    def hidden(self) -> bool:
        """Whether what stands here is an instruction, or a result that is left out."""
        return any(not field.shown or self.drops(field.instruction) for field in self._open)


class Teller:
    """Tells the text of one story's paragraphs, in the order of the story.

    `cite` gives the mark of a cited note, `is_hidden` says whether a run is not shown.
    """

    def __init__(
        self,
        fields: Fields,
        is_hidden: Callable[[_Element], bool],
        cite: Callable[[_Element], str] | None = None,
    ) -> None:
        self._fields, self._is_hidden, self._cite = fields, is_hidden, cite

    def text(self, paragraph: _Element) -> str:
        """The text as it stands, with tabs and line breaks."""
        self._fields.start_paragraph()
        pieces: list[str] = []
        self._walk(paragraph, pieces)
        return "".join(pieces)

    def _walk(self, element: _Element, pieces: list[str]) -> None:
        for child in element:
            tag = child.tag
            if tag == RUN:
                self._run(child, pieces)
            elif tag == EQUATION:
                pieces.append(equation(child))
            elif tag == qn("w:fldSimple"):
                if not self._fields.drops(child.get(qn("w:instr")) or ""):
                    self._walk(child, pieces)
            elif tag not in UNSEEN and not is_prompt(child):
                self._walk(child, pieces)

    def _run(self, run: _Element, pieces: list[str]) -> None:
        said: list[str] = []
        marked = False
        for child in run:
            if child.tag == qn("w:fldChar"):
                self._fields.mark(child)
            elif child.tag == qn("w:instrText"):
                self._fields.instruct(child.text or "")
            elif not self._fields.hidden and child.tag not in UNSEEN:
                marked = marked or child.tag in REFERENCES
                said.append(self._sign(child))
        if said and (marked or not self._is_hidden(run)):
            pieces.extend(said)

    def _sign(self, child: _Element) -> str:
        if child.tag == TEXT:
            return "".join((child.text or "", *(inner.tail or "" for inner in child)))
        if child.tag == qn("w:sym"):
            return symbol(child.get(qn("w:font")) or "", int(child.get(qn("w:char")) or "0", 16))
        if child.tag in REFERENCES:
            return self._cite(child) if self._cite else ""
        return SIGNS.get(str(child.tag), "")


def is_prompt(element: _Element) -> bool:
    """A content control that nobody has filled in: «Haga clic aquí para escribir texto»."""
    sign = element.find(f"{qn('w:sdtPr')}/{qn('w:showingPlcHdr')}")
    return element.tag == qn("w:sdt") and sign is not None
