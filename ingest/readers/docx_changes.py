"""A Word document with tracked changes to the document that it is once they are accepted."""

from docx.oxml.ns import qn
from lxml import etree
from lxml.etree import _Element

GONE = tuple(map(qn, ("w:del", "w:moveFrom", "w:pPrChange", "w:rPrChange", "w:tblPrChange")))
ROW_GONE, CELL_GONE = f"{qn('w:trPr')}/{qn('w:del')}", f"{qn('w:tcPr')}/{qn('w:cellDel')}"
MARK_GONE = tuple(f"{qn('w:pPr')}/{qn('w:rPr')}/{qn(mark)}" for mark in ("w:del", "w:moveFrom"))


def accept_changes(root: _Element) -> None:
    """Take out deleted text, rows and cells; join paragraphs whose break was deleted."""
    for tag, sign in ((qn("w:tr"), ROW_GONE), (qn("w:tc"), CELL_GONE)):
        for element in [found for found in root.iter(tag) if found.find(sign) is not None]:
            element.getparent().remove(element)
    for paragraph in list(root.iter(qn("w:p"))):
        following = paragraph.getnext()
        gone = any(paragraph.find(mark) is not None for mark in MARK_GONE)
        if gone and following is not None and following.tag == paragraph.tag:
            _prepend(paragraph, following)
            paragraph.getparent().remove(paragraph)
    etree.strip_elements(root, *GONE, with_tail=False)


def _prepend(paragraph: _Element, following: _Element) -> None:
    """Move what the paragraph holds to the start of the one behind it, whose form it takes."""
    properties = following.find(qn("w:pPr"))
    place = 0 if properties is None else following.index(properties) + 1
    content = [child for child in paragraph if child.tag != qn("w:pPr")]
    for number, child in enumerate(content):
        following.insert(place + number, child)
