"""The nouns of the product: start reading here.

A reader turns bytes into a `Reading` (blocks with provenance); `ingest` turns it into an `Entry`
(a document with its page texts, passages and embeddings); the index stores entries; `Searcher`
turns a `Query` into a `Result` (hits and an answer whose citations can be checked).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from search.known import (
    AgendaItem,
    Details,
    Fact,
    Finding,
    PageHealth,
    ResourceType,
    Unit,
)
from search.material import (
    Bits,
    Block,
    BlockKind,
    Box,
    Document,
    DocumentType,
    Draft,
    Embedding,
    Entry,
    Extent,
    Floats,
    Ints,
    Method,
    PackedTokens,
    Page,
    PageShape,
    Part,
    Passage,
    Reading,
)

__all__ = [
    "AgendaItem",
    "Answer",
    "Bits",
    "Block",
    "BlockKind",
    "Box",
    "Citation",
    "Details",
    "Document",
    "DocumentType",
    "Draft",
    "Embedding",
    "Entry",
    "Extent",
    "FacetValue",
    "Fact",
    "Finding",
    "Floats",
    "Hit",
    "IndexInfo",
    "Ints",
    "Match",
    "Method",
    "PackedTokens",
    "Page",
    "PageHealth",
    "PageShape",
    "Part",
    "Passage",
    "Qrels",
    "Query",
    "Reading",
    "Refused",
    "ResourceType",
    "Result",
    "Run",
    "Suggestion",
    "Unit",
    "Why",
]


@dataclass(frozen=True, slots=True)
class Query:
    """A question as asked, with what narrows it. `filters` maps a facet name to its values."""

    text: str
    k: int = 10
    page: int = 1
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Why:
    """What made a hit rank where it does; each number is comparable within one result only."""

    lexical: float
    dense: float
    late: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that answers the query, best first. `score` is 0–1, higher is better; `marks` are
    code point ranges of the words in `passage.text` that matched; `more` counts further passages
    of the same document that are not shown; `versions` are other files of the same document."""

    rank: int
    score: float
    passage: Passage
    document: Document
    marks: tuple[tuple[int, int], ...]
    why: Why
    more: int = 0
    versions: tuple[Document, ...] = ()

    @property
    def page(self) -> int | None:
        """The 1-based page or slide where the passage starts, or None without pages."""
        return self.passage.extents[0].page if self.document.paged else None


@dataclass(frozen=True, slots=True)
class Citation:
    """An exact quote: `quote == page_text[start:end]` for the stored text of `page`."""

    document_id: str
    passage_id: str
    title: str
    file: str
    language: str
    page: int | None
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Either `found`, with text made by code from the quotes it cites, or `not_found`."""

    status: str
    kind: str = "quote"
    text: str = ""
    citations: tuple[Citation, ...] = ()
    notices: tuple[str, ...] = ()
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class FacetValue:
    """How many passages of the result carry this value."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that one search gives. `total` and `facets` count the same set of passages."""

    query: Query
    language: str
    expansions: tuple[str, ...]
    hits: tuple[Hit, ...]
    total: int
    answer: Answer
    facets: Mapping[str, tuple[FacetValue, ...]]
    took_ms: float
    corrected: str | None = None
    did_you_mean: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion while typing: a document `title`, a `heading` or a frequent `phrase`."""

    text: str
    kind: str
    document_id: str | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """Which index answered."""

    generation: int
    documents: int
    passages: int
    model: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that could not be read at the last ingest of its root, and why."""

    root: str
    path: str
    cause: str


@dataclass(frozen=True, slots=True)
class Match:
    """Where a text stands literally in a stored page."""

    document_id: str
    file: str
    title: str
    page: int | None
    start: int
    end: int


Run: TypeAlias = dict[str, dict[str, float]]
"""Query id → passage id → score (the shape of pytrec_eval)."""

Qrels: TypeAlias = dict[str, dict[str, int]]
"""Query id → passage id → relevance grade."""
