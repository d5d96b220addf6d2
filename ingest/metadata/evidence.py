"""Gathers what the fields of a document are found in: title, cover, masthead, labelled values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.metadata.cover import (
    Claim,
    Labelled,
    cover_blocks,
    is_sentence,
    labelled,
    outside_texts,
)
from ingest.metadata.un_documents import Masthead, masthead
from search.documents import Block, BlockKind, DocumentType, Reading

# A row or a spoken note may hold any date and place; on a cover they speak of the document itself
# only by a label, and labelled values are read elsewhere.
NOT_LINES = (BlockKind.FOOTNOTE, BlockKind.SPEAKER_NOTE, BlockKind.AGENDA_ITEM, BlockKind.TABLE_ROW)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the finders of fields look at. `cover` are the short blocks before the text, rows
    and notes left out; `outside` is what stands in page headers and footers."""

    reading: Reading
    file: str
    title: Claim
    document_type: DocumentType
    language: str
    cover: tuple[Block, ...]
    masthead: Masthead | None
    labelled: tuple[Labelled, ...]
    outside: tuple[str, ...]

    def stated(self, field: str) -> Iterator[Labelled]:
        """The labelled values of a field."""
        return (entry for entry in self.labelled if field in entry.fields)


def gather(
    reading: Reading, file: str, title: Claim, document_type: DocumentType, language: str
) -> Evidence:
    """Look through the start of a reading once."""
    return Evidence(
        reading=reading,
        file=file,
        title=title,
        document_type=document_type,
        language=language,
        cover=cover_lines(reading.blocks),
        masthead=masthead(reading),
        labelled=labelled(reading.blocks, title.value),
        outside=outside_texts(reading),
    )


def cover_lines(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The lines of the cover that speak of the document itself."""
    lines = cover_blocks(blocks)
    return tuple(b for b in lines if b.kind not in NOT_LINES and not is_sentence(b.text))
