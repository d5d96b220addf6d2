"""Defines the interface of a storage engine: `Index` to write, `Snapshot` to read.

An engine is written document by document and read one published generation at a time. Each method
is one round trip, so callers ask for many rows at once. An engine proposes candidates and says
where words stand; ranking, answering and citing are not its affair.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from search.documents import (
    AgendaItem,
    Details,
    Document,
    Entry,
    Floats,
    PackedTokens,
    Page,
    Passage,
    Tag,
)
from search.results import FacetValue, IndexInfo, Refused, Suggestion

Rows: TypeAlias = NDArray[np.int64]
"""Positions of passages within one snapshot; they mean nothing in another."""

FACETS = ("document_type", "language", "toolkit", "module", "year", "audience", "ods")
"""What results are counted by. `language` and `ods` (the goals that a passage names, "1" to "17",
any number of them) are the passage's; the others are the document's."""

FILTERS = (*FACETS, "event", "document")
"""What results can be narrowed by: facets, and what is not counted. `document` is an id."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word to look for, as surface and stem, with the weight that its origin deserves."""

    surface: str
    stem: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """The lexical side of a query: words that may occur, phrases that must, and words or phrases
    that must not."""

    terms: tuple[Term, ...]
    # By the surfaces of their words: another form of the same stem does not satisfy them.
    phrases: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Rows with a score each, best first."""

    # Higher is better in every engine; one that measures distances turns them round itself.
    rows: Rows
    scores: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Occurrences:
    """Where words of a question stand in some passages: one entry an occurrence, in order.

    `owner` is the place of the passage among those asked for, `position` that of the word in it
    (what stands above it comes first: `heading`), `term` the place of the asked word of the same
    stem, `word` that of the very word or −1. `lengths` are words by passage, `mean_length` that
    of all; `stem_held` and `held` how many of the `passages` hold each asked word.
    """

    owner: NDArray[np.int64]
    position: NDArray[np.int64]
    term: NDArray[np.int32]
    word: NDArray[np.int32]
    heading: NDArray[np.bool_]
    lengths: NDArray[np.int32]
    mean_length: float
    stem_held: NDArray[np.int32]
    held: NDArray[np.int32]
    passages: int


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """What belongs to the collection as a whole.

    `languages` are the codes that `language` `(n,)` points into; `means` `(l, d)` the mean passage
    vector of each; `piece_ids` (sorted) and `piece_counts` how many passages hold each vocabulary
    piece; `words` how many passages hold each folded word, and `written` how it is mostly
    written where that differs.
    """

    languages: tuple[str, ...]
    language: NDArray[np.int16]
    means: Floats
    piece_ids: NDArray[np.int32]
    piece_counts: NDArray[np.int32]
    words: Mapping[str, int]
    passages: int
    written: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an index, and how to repair it; both in Spanish."""

    text: str
    repair: str


class Snapshot(Protocol):
    """One generation, read only, safe to use from many threads."""

    info: IndexInfo
    # Small enough to stay in memory, so that no question has to ask for it.
    statistics: Statistics

    # First what proposes and ranks candidates, by row …

    def rows_where(self, filters: Mapping[str, tuple[str, ...]]) -> Rows | None:
        """Rows of the passages that have one of the values of every filter; None (which means all
        rows) without filters."""

    def match(self, wanted: LexicalQuery, limit: int, allowed: Rows | None) -> Scored:
        """The `limit` best of the allowed passages by BM25 over the terms; phrases and excluded
        words are left to `holding`."""

    def occurrences(self, wanted: LexicalQuery, rows: Rows) -> Occurrences:
        """Where the words of a query stand in the given rows."""

    def holding(self, wanted: LexicalQuery) -> Rows:
        """Rows that satisfy the phrases and excluded words of a query, whatever their score."""

    def nearest(self, vector: Floats, limit: int, allowed: Rows | None) -> Rows:
        """The `limit` nearest passages by inner product within *each* language."""

    def vectors(self, rows: Rows) -> Floats:
        """Passage vectors `(n, d)`, as exact as the engine keeps them."""

    def token_vectors(self, rows: Rows) -> list[PackedTokens]:
        """Packed token vectors, read from disk for these rows only."""

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages themselves, in the order asked."""

    def tags(self, passage_ids: Sequence[str]) -> Mapping[str, tuple[Tag, ...]]:
        """The goals that passages name, by passage id, for those that name any."""

    def document_ordinals(self, rows: Rows) -> Rows:
        """Which document each row belongs to, as a position in `documents()`."""

    def facets(self, rows: Rows) -> dict[str, tuple[FacetValue, ...]]:
        """How many of the rows carry each facet value, most frequent first."""

    # … then what is read of documents and passages, by id, and what belongs to the collection.

    def documents(self) -> Sequence[Document]:
        """All documents ordered by id."""

    def document(self, document_id: str) -> Document | None:
        """One document by id."""

    def details(self, document_id: str) -> Details:
        """What is known of a document beyond its text."""

    def versions(self) -> Mapping[str, str]:
        """Document id → id of the document that it is a version of."""

    def twins(self, rows: Rows) -> Rows:
        """For each row the row of the same text in the document that its own is a version of, or
        itself."""

    def pages(self, document_id: str) -> tuple[Page, ...]:
        """The page texts of a document."""

    def page(self, document_id: str, number: int) -> Page | None:
        """One page of a document, or None."""

    def passages_of(self, document_id: str) -> tuple[Passage, ...]:
        """The passages of a document in reading order."""

    def timetable(self, document_id: str) -> tuple[tuple[Passage, AgendaItem], ...]:
        """The timetable lines of a document in order, each with the passage that it stands in."""

    def passage(self, passage_id: str) -> Passage | None:
        """One passage by id."""

    def pages_holding(self, text: str) -> Iterator[tuple[Document, Page]]:
        """Every stored page whose text holds this one literally, by document and number."""

    def equivalents(self) -> Sequence[str]:
        """The acronyms and equivalents that the ingested roots declare and those that the texts
        define, as JSON tables."""

    def suggestions(self) -> Sequence[tuple[Suggestion, int]]:
        """What can be suggested while typing, with in how many passages it stands."""

    def close(self) -> None:
        """Let go of files and memory."""


class Index(Protocol):
    """What `ingest` writes to."""

    def claim_model(self, name: str) -> None:
        """Tie the index to a model; raises `ModelMismatch` when it holds another one's vectors."""

    def fingerprints(self) -> dict[tuple[str, str], tuple[str, str]]:
        """By root and path the id of the document and the fingerprint given to `put`, from which
        an ingest knows what has changed."""

    def put(self, entry: Entry, fingerprint: str) -> None:
        """Write one document whole, in one durable transaction."""

    def delete(self, document_id: str) -> bool:
        """Remove one document; false when there is none."""

    def put_equivalents(self, root: str, data: str | None) -> None:
        """Keep the acronyms that a root declares."""

    def pages(self, document_id: str) -> tuple[Page, ...]:
        """The stored pages of a document, none where there is no such document."""

    def sketches(self) -> list[tuple[Document, bytes]]:
        """Every document and the MinHash of its text, ordered by id."""

    def put_versions(self, versions: Mapping[str, str]) -> None:
        """Say which documents are versions of which."""

    def put_refused(self, root: str, refused: Sequence[Refused]) -> None:
        """Say which files of a root could not be read; replaces what was said before."""

    def refused(self) -> tuple[Refused, ...]:
        """The files that could not be read at the last ingest of their root."""

    def keep_original(self, sha256: str, data: bytes) -> None:
        """Keep the source file of a document, by its content."""

    def publish(self) -> int:
        """Make all that was written searchable as the next generation; returns its number."""

    def close(self) -> None:
        """Release the index."""
