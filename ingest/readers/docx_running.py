"""The page headers and footers of a Word file to the texts that they repeat."""

import re
from collections.abc import Iterator

from docx.document import Document as Docx
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from lxml.etree import _Element

from ingest.readers.clean import clean
from ingest.readers.docx_changes import accept_changes
from ingest.readers.docx_styles import Styles
from ingest.readers.docx_text import CONTENTS, PAGE_NUMBERS, Fields, Teller
from ingest.readers.drawings import take_alternatives

WATERMARK = "{urn:schemas-microsoft-com:vml}textpath"
# What is left of «Página 3 de 10» without its numbers.
PAGE_WORDS = re.compile(
    r"^[\W\d_]*(?:p[áa]g(?:ina)?s?|page)?[\W\d_]*(?:de|of|sur)?[\W\d_]*$", re.IGNORECASE
)


def running_texts(file: Docx, styles: Styles) -> tuple[str, ...]:
    """Each paragraph of the headers and footers once, without page numbers, and watermarks."""
    texts = (text for root in _parts(file) for text in _texts(root, styles))
    return tuple(dict.fromkeys(text for text in texts if not PAGE_WORDS.match(text)))


def _parts(file: Docx) -> Iterator[_Element]:
    """The headers and footers that sections use, in their order, each once."""
    seen: set[str] = set()
    for tag in ("w:headerReference", "w:footerReference"):
        for reference in file.element.body.iter(qn(tag)):
            relation = reference.get(qn("r:id")) or ""
            if relation in file.part.rels and relation not in seen:
                seen.add(relation)
                root = parse_xml(file.part.rels[relation].target_part.blob)
                take_alternatives(root)
                accept_changes(root)
                yield root


def _texts(root: _Element, styles: Styles) -> Iterator[str]:
    teller = Teller(Fields(root, CONTENTS | PAGE_NUMBERS), styles.is_hidden)
    for paragraph in root.iter(qn("w:p")):
        yield clean(teller.text(paragraph))
    for mark in root.iter(WATERMARK):
        yield clean(mark.get("string") or "")
