"""What is searched: documents, their pages, blocks and passages, and their embeddings."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int32]
Bits: TypeAlias = NDArray[np.uint8]


class DocumentType(StrEnum):
    """What a document is for (LRMI learningResourceType, reduced to what workshops leave)."""

    CONCEPT_NOTE = "concept_note"
    TOOLKIT = "toolkit"
    MODULE = "module"
    SLIDES = "slides"
    FACILITATOR_GUIDE = "facilitator_guide"
    WORKSHEET = "worksheet"
    GUIDANCE_NOTE = "guidance_note"
    OUTCOME_REPORT = "outcome_report"
    REPORT = "report"
    PLAN = "plan"
    AGENDA = "agenda"
    LAW = "law"
    OTHER = "other"


class BlockKind(StrEnum):
    """What a block is in its document's structure."""

    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"
    AGENDA_ITEM = "agenda_item"
    FOOTNOTE = "footnote"
    CAPTION = "caption"
    SLIDE_TITLE = "slide_title"
    SPEAKER_NOTE = "speaker_note"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in PDF points from the top left corner."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Part:
    """The text of one block that stands on one page (1-based; 1 where the format has no pages)."""

    page: int
    text: str
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """What a reader yields: one paragraph, heading, list item, row … with where it stands.

    A block that runs over a page break has one part a page; a word hyphenated over the break
    belongs whole to the earlier page. Parts hold clean running text: no line breaks from layout,
    no end-of-line hyphens.
    """

    kind: BlockKind
    parts: tuple[Part, ...]
    level: int = 0
    header: str = ""
    """For a table or agenda row: the table's header cells (and the day of an agenda)."""

    @property
    def text(self) -> str:
        """The whole text, parts joined by a space."""
        return " ".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class PageShape:
    """Size of a page in points and the page number printed on it, where there is one."""

    number: int
    width: float
    height: float
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found in a file: blocks in reading order and the file's own metadata.

    `paged` is false for formats without pages (DOCX, HTML, Markdown, text): all parts then stand
    on page 1 and citations carry no page number. A slide is a page.
    """

    blocks: tuple[Block, ...]
    paged: bool
    shapes: tuple[PageShape, ...] = ()
    title: str | None = None
    language: str | None = None
    created: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One source file as the index knows it.

    `id` is stable: it comes from the catalogue key or the path below its root. Unknown stays None.
    """

    id: str
    title: str
    document_type: DocumentType
    language: str
    file: str
    root: str
    path: str
    sha256: str
    media_type: str
    pages: int
    paged: bool
    date: str | None = None
    toolkit: str | None = None
    module: str | None = None
    audience: str | None = None
    event: str | None = None
    licence: str | None = None
    source_url: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The stored text of one page: what every quote is checked against."""

    number: int
    text: str
    label: str | None = None
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a piece of a passage stands: `passage.text[offset:offset + end - start]` is
    `page.text[start:end]`, in Unicode code points."""

    page: int
    start: int
    end: int
    offset: int


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is indexed, ranked and cited. Never crosses a section.

    `context` is indexed with the text but never quoted (a table's header, the agenda's day).
    """

    id: str
    document_id: str
    kind: BlockKind
    section: tuple[str, ...]
    text: str
    language: str
    extents: tuple[Extent, ...]
    boxes: tuple[Box, ...] = ()
    context: str = ""


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One line of a timetable. Times are `HH:MM`; minutes as the document states them and as the
    clock gives them, which may differ."""

    passage_id: str
    title: str
    day: str | None
    start: str | None
    end: str | None
    stated_minutes: int | None
    computed_minutes: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """One forward pass over one text.

    `vector` is the pooled unit vector `(d,)`. `tokens` `(t, d)` are the raw token vectors without
    `<s>`, `</s>` and the model's own prefix; `pieces` `(t,)` their vocabulary ids; `starts` and
    `ends` `(t,)` the code points of the text that each covers.
    """

    vector: Floats
    tokens: Floats
    pieces: Ints
    starts: Ints
    ends: Ints


@dataclass(frozen=True, slots=True, eq=False)
class PackedTokens:
    """The informative token vectors of one passage: signs of the centred vectors, packed eight to
    a byte `(t, d / 8)`, with the piece ids `(t,)` and the code points `(t,)` where each starts in
    the passage text (-1: in its title or section prefix)."""

    bits: Bits
    pieces: Ints
    starts: Ints


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of one document before it is embedded; `passages` in reading order."""

    document: Document
    pages: tuple[Page, ...]
    passages: tuple[Passage, ...]
    agenda: tuple[AgendaItem, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """All that the index holds of one document; written in one transaction.

    `vectors` is `(len(passages), d)`; `tokens` has one element a passage.
    """

    document: Document
    pages: tuple[Page, ...]
    passages: tuple[Passage, ...]
    agenda: tuple[AgendaItem, ...]
    vectors: Floats
    tokens: tuple[PackedTokens, ...]
    warnings: tuple[str, ...] = ()
