"""Bytes of an Office file to the document in it, also if it is a template, a show or has macros.

The libraries open these just as well but take only the plain kind; nothing in them is ever run.
"""

import io

from docx.document import Document as Docx
from docx.opc.part import PartFactory as WordParts
from docx.package import Package as WordPackage
from docx.parts.document import DocumentPart
from pptx.opc.package import PartFactory as SlidesParts
from pptx.package import Package as SlidesPackage
from pptx.parts.presentation import PresentationPart
from pptx.presentation import Presentation

WORD_KINDS = (
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
)
SLIDES_KINDS = (
    "application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml",
    "application/vnd.ms-powerpoint.template.macroEnabled.main+xml",
)
WordParts.part_type_for.update(dict.fromkeys(WORD_KINDS, DocumentPart))
SlidesParts.part_type_for.update(dict.fromkeys(SLIDES_KINDS, PresentationPart))


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
