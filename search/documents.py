"""Defines what is searched: documents, their pages, blocks, passages and embeddings.

Start reading here. A reader turns the bytes of a file into a `Reading` (blocks with where they
stand); `ingest` makes a `Document` with `Page`s and `Passage`s of it, which is a `Draft` until its
passages are embedded and an `Entry` afterwards; the index stores entries. What is asked and given
back is in `search/results.py`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int32]
Bits: TypeAlias = NDArray[np.uint8]


class BlockKind(StrEnum):
    """What a block is in its document's structure."""

    # The values are stored with every passage: a renamed one would orphan the indexes that hold it.
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


class Method(StrEnum):
    """Where the text of a page comes from."""

    TEXT = "text"
    """From the file itself."""
    OCR = "ocr"
    """Recognised from the image of the page."""
    MENDED = "mended"
    """From the file, damaged words replaced by recognised ones."""


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

    `level` is the depth of a heading (from 1) or of a list item (from 0).

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
    """Size of a page in points, the page number printed on it where there is one, and how it was
    read: `confidence` is the mean of OCR's words (0-1), `dropped` the texts left out of the blocks
    (running lines, watermarks, stamps), `hidden` a slide that is not shown."""

    number: int
    width: float
    height: float
    label: str | None = None
    method: Method = Method.TEXT
    confidence: float | None = None
    dropped: tuple[str, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found in a file: blocks in reading order and the file's own metadata.

    `paged` is false for formats without pages (DOCX, HTML, Markdown, text): all parts then stand
    on page 1 and citations carry no page number. A slide is a page. `scans` are the pages whose
    text must be recognised, or is damaged where recognition can mend it; `running` the texts of
    page headers and footers, once each: they are not in the blocks, but may say what this is.
    """

    blocks: tuple[Block, ...]
    paged: bool
    shapes: tuple[PageShape, ...] = ()
    title: str | None = None
    language: str | None = None
    created: str | None = None
    warnings: tuple[str, ...] = ()
    scans: tuple[int, ...] = ()
    running: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Document:
    """One source file as the index knows it.

    `id` is stable: it comes from the catalogue key or the path below its root. `ingested` is when
    it was read, UTC `YYYY-MM-DDTHH:MM:SSZ`. Unknown stays None.
    """

    id: str
    title: str
    document_type: DocumentType
    language: str
    file: str
    # The folder that was ingested and the path below it: what an ingest compares files by.
    root: str
    path: str
    sha256: str
    media_type: str
    pages: int
    paged: bool
    date: str | None = None
    # From the catalogue or read off the text; which of the two is told by `Details.facts`.
    toolkit: str | None = None
    module: str | None = None
    audience: str | None = None
    event: str | None = None
    licence: str | None = None
    source_url: str | None = None
    place: str | None = None
    organisers: str | None = None
    symbol: str | None = None
    minutes: int | None = None
    ingested: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The stored text of one page: what every quote is checked against."""

    number: int
    text: str
    label: str | None = None
    width: float = 0.0
    height: float = 0.0
    method: Method = Method.TEXT
    confidence: float | None = None
    hidden: bool = False


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

    # Made from the text, so that an unchanged passage keeps its id, and links to it, when its
    # document is read again.
    id: str
    document_id: str
    kind: BlockKind
    section: tuple[str, ...]
    text: str
    language: str
    extents: tuple[Extent, ...]
    boxes: tuple[Box, ...] = ()
    context: str = ""


def heading_of(document: Document, passage: Passage) -> str:
    """What stands above a passage: title, sections, the header of its table; each said once."""
    parts = (document.title, *passage.section, passage.context)
    # A first heading often repeats the title: said twice it would weigh twice in the embedding.
    return " > ".join(dict.fromkeys(filter(None, parts)))


class ResourceType(StrEnum):
    """What a part of training material is for in class (after LRMI learningResourceType)."""

    CONCEPT = "concept"
    ACTIVITY = "activity"
    CASE = "case"
    DISCUSSION = "discussion"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One line of a timetable. Times are `HH:MM`; minutes as the document states them and as the
    clock gives them, which may differ."""

    passage_id: str
    title: str
    day: str | None
    start: str | None
    end: str | None
    # Both are kept because real timetables contradict themselves, which the answer then tells.
    stated_minutes: int | None
    computed_minutes: int | None
    people: str | None = None
    place: str | None = None
    kind: ResourceType | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """A part that a trainer can use by itself: what for, how long, for groups of how many (least
    and most), with what. What the text does not say is None or empty."""

    passage_id: str
    title: str
    kind: ResourceType
    minutes: int | None = None
    group_size: tuple[int, int] | None = None
    materials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """The value of one field of a document and where it comes from.

    `origin` is `catalogue`, `text`, `properties` (the file's own) or `name` (the file's); a fact
    from the text has the passage that says it.
    """

    field: str
    value: str
    origin: str
    passage_id: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a document that does not add up, in Spanish.

    `kind` is `minutes_differ` (stated against computed), `catalogue_differs`, or `language_unsure`
    (two detectors disagree).
    """

    kind: str
    text: str
    passage_id: str | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """A goal of the 2030 Agenda (1 to 17), perhaps one of its targets (`16.6`), that a passage
    names; `evidence` are the words that do, of its text or of the heading right above it."""

    passage_id: str
    goal: int
    target: str | None
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageHealth:
    """How well one page was read: how many tables it has, which texts were left out (`dropped`),
    which words look glued, broken or damaged (`suspects`)."""

    page: int
    tables: int = 0
    dropped: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Details:
    """What is known of one document beyond its text: `warnings` are what reading it met, `health`
    has the pages worth a remark."""

    warnings: tuple[str, ...] = ()
    units: tuple[Activity, ...] = ()
    facts: tuple[Fact, ...] = ()
    findings: tuple[Finding, ...] = ()
    health: tuple[PageHealth, ...] = ()
    tags: tuple[Tag, ...] = ()


NOTHING_KNOWN = Details()


# Arrays have no single truth value, so what holds them is compared by identity (`eq=False`).
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
    # Counted over the whole collection: how rare a piece is weighs the tokens of a question.
    pieces: Ints
    starts: Ints


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of one document before it is embedded; `passages` in reading order, `sketch`
    a MinHash of the text by which versions of one document know each other."""

    document: Document
    pages: tuple[Page, ...]
    passages: tuple[Passage, ...]
    agenda: tuple[AgendaItem, ...] = ()
    details: Details = NOTHING_KNOWN
    sketch: bytes = b""


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
    details: Details = NOTHING_KNOWN
    sketch: bytes = b""
