"""The footnotes and endnotes of a Word file to blocks behind the paragraph that cites them."""

from collections.abc import Iterator

from docx.document import Document as Docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from lxml.etree import _Element

from ingest.readers.clean import clean, superscript
from ingest.readers.docx_changes import accept_changes
from ingest.readers.docx_styles import Styles
from ingest.readers.docx_text import Fields, Teller
from ingest.readers.drawings import take_alternatives
from ingest.readers.numerals import roman
from search.types import Block, BlockKind, Part

NOTES = {qn("w:footnoteReference"): "w:footnote", qn("w:endnoteReference"): "w:endnote"}
PARTS = (RELATIONSHIP_TYPE.FOOTNOTES, RELATIONSHIP_TYPE.ENDNOTES)


class Notes:
    """The notes of a file, numbered as they are cited: footnotes ¹ ², endnotes [i] [ii]."""

    def __init__(self, file: Docx, styles: Styles) -> None:
        self._texts: dict[tuple[str, str | None], str] = {}
        self._cited = dict.fromkeys(NOTES.values(), 0)
        self._pending: list[str] = []
        for part in file.part.rels.values():
            if part.reltype in PARTS and not part.is_external:
                root = parse_xml(part.target_part.blob)
                take_alternatives(root)
                accept_changes(root)
                teller = Teller(Fields(root), styles.is_hidden)
                for note in root:
                    texts = map(teller.text, note.iter(qn("w:p")))
                    self._texts[str(note.tag), note.get(qn("w:id"))] = clean(" ".join(texts))

    def cite(self, reference: _Element) -> str:
        """The mark that stands in the text; the note itself waits. An author's own mark, as «*»,
        stands in the text and in the note already."""
        name = NOTES[str(reference.tag)]
        text = self._texts.get((qn(name), reference.get(qn("w:id"))))
        if not text:
            return ""
        if reference.get(qn("w:customMarkFollows")) in {"1", "true", "on"}:
            self._pending.append(text)
            return ""
        self._cited[name] += 1
        number = self._cited[name]
        mark = superscript(number) if name == "w:footnote" else f"[{roman(number)}]"
        self._pending.append(f"{mark} {text}")
        return mark

    def flush(self) -> Iterator[Block]:
        """The notes cited since the last time."""
        for text in self._pending:
            yield Block(BlockKind.FOOTNOTE, (Part(1, text),))
        self._pending = []
