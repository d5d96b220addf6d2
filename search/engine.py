"""Defines the interface of a storage engine: `Engine` to read, `Writer` to write.

An engine keeps one collection. It is written document by document and read one published
generation at a time. Every method is one round trip, and nothing in an argument or a result means
anything inside one process only: passages are named by their ids, what editors hide is a value of
the request, and token vectors are compared where they lie. Ranking, answering and citing are not
an engine's affair.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from search.documents import (
    NOTHING_KNOWN,
    AgendaItem,
    Details,
    Document,
    Entry,
    Floats,
    Ints,
    Page,
    Passage,
    Tag,
)
from search.results import IndexInfo, Match, Refused, Suggestion

PassageId: TypeAlias = str
"""Stable across generations and engines: the passage's own id."""

FACETS = ("document_type", "language", "toolkit", "module", "year", "audience", "ods")
"""What results are counted by. `language` and `ods` (the goals that a passage names, "1" to "17",
any number of them) are the passage's; the others are the document's."""

GOALS = range(1, 18)
"""The Sustainable Development Goals."""

FILTERS = (*FACETS, "event", "document")
"""What results can be narrowed by: facets, and what is not counted. `document` is an id."""


def facet_of(document: Document, name: str) -> str:
    """The value that a document has for a filter that is its own, "" where it is not known."""
    if name == "document":
        return document.id
    # Dates begin with the year, whatever more of them is known.
    return (document.date or "")[:4] if name == "year" else str(getattr(document, name) or "")


@dataclass(frozen=True, slots=True)
class Term:
    """A word to look for, as surface and stem, with the weight that its origin deserves."""

    surface: str
    stem: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Hidden:
    """What editors hide. Hashable, so that an engine can keep what it derives from it."""

    documents: frozenset[str] = frozenset()
    passages: frozenset[PassageId] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.documents or self.passages)


NOTHING_HIDDEN = Hidden()


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look. A passage is in scope when it has one of the values of every filter, holds
    every phrase, holds no excluded phrase and is not hidden.

    `filters` maps names of `FILTERS` to values. `phrases` and `excluded` are folded words in order,
    one or more each, looked for in the text and in the headings above it.
    """

    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # By the surfaces of their words: another form of the same stem does not satisfy them.
    phrases: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()
    hidden: Hidden = NOTHING_HIDDEN


@dataclass(frozen=True, slots=True)
class Selection:
    """What a pin names: one passage, or the passages of a document or of one of its pages."""

    document: str | None = None
    page: int | None = None
    passage: PassageId | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CandidateRequest:
    """Which candidates are asked for.

    `lexical` is how many of the best by BM25 over the terms, `dense` how many of the nearest to
    the vector `(d,)` *within each language*. Of what each pin selects in scope, the `per_pin` best
    by words and the nearest are candidates whatever else is. Without terms and vector the first
    `lexical` passages in scope are. `probes` are phrases of which only the existence is asked,
    whatever the filters, in all that is not hidden.
    """

    scope: Scope
    terms: tuple[Term, ...] = ()
    vector: Floats | None = None
    lexical: int = 60
    dense: int = 40
    pins: tuple[Selection, ...] = ()
    per_pin: int = 3
    probes: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Occurrences:
    """Where words of a question stand in some passages: one entry an occurrence, in order.

    `owner` is the place of the passage among the candidates, `position` that of the word in it
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
class PassageList:
    """Passages by id, with what results are grouped and counted by `(n,)`: `document` is a position
    in `Collection.documents`, `language` one in `Statistics.languages`; the goals that a passage
    names are the bits 1 to 17 of `goals`."""

    ids: tuple[PassageId, ...]
    document: Ints
    language: Ints
    goals: Ints

    def take(self, chosen: Sequence[int]) -> "PassageList":
        """A selection, in the order given."""
        places = np.asarray(chosen, dtype=np.int64)
        return PassageList(
            tuple(self.ids[place] for place in chosen),
            self.document[places],
            self.language[places],
            self.goals[places],
        )

    def put(self, place: int, other: "PassageList", chosen: int) -> "PassageList":
        """The same with one passage of another list in some place."""
        return PassageList(
            (*self.ids[:place], other.ids[chosen], *self.ids[place + 1 :]),
            *(
                np.concatenate((own[:place], new[[chosen]], own[place + 1 :]))
                for own, new in (
                    (self.document, other.document),
                    (self.language, other.language),
                    (self.goals, other.goals),
                )
            ),
        )


@dataclass(frozen=True, slots=True, eq=False)
class PinnedTexts:
    """The candidates whose text a pin selects, by their places in ascending order, and the passage
    of that text that the pin names: itself, or its copy in another version of its document."""

    places: tuple[int, ...]
    passages: PassageList


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Candidates in the order of the collection (documents by id, passages as they are read), each
    once, and all that ranking needs of them but the comparison of tokens.

    `cosine` `(n,)` is the inner product with the query's vector, −1 to 1, and 0 without one.
    `same_text` `(n,)` is equal for candidates that are one text in versions of one document, and
    `speaks` `(n,)` true for the copy in the version that speaks for them. `pinned` `(n,)` are those
    that a pin makes candidates, and `pins` has one element for each of the request.
    `phrases_dropped`: no passage holds the phrases, so they were left out. `probed` has one element
    a probe.
    """

    passages: PassageList
    cosine: Floats
    words: Occurrences
    same_text: Ints
    speaks: NDArray[np.bool_]
    pinned: NDArray[np.bool_]
    pins: tuple[PinnedTexts, ...] = ()
    phrases_dropped: bool = False
    probed: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class TokenSimilarities:
    """How near passages come to the tokens of a question, −1 to 1: `maxima` `(n, q)` over a whole
    passage, −1 for one without tokens, and `stretches` `(s, q)` over every eight kept tokens in a
    row, with the place of their passage, `owner` `(s,)`."""

    maxima: Floats
    stretches: Floats
    owner: Ints


@dataclass(frozen=True, slots=True, eq=False)
class PassageAnalysis:
    """What was worked out of a passage when its generation was published, so that no question has
    to analyse it again.

    `heading` are the stems of what stands above it. Of the `t` words of its text, in order,
    `stems` are the stems and `places` `(t, 2)` the code points where each starts and ends; the
    first `plain` are the words themselves, the others what runs of them say as well («segunda
    sesión» is also 2). `informative` `(t,)` leaves out function words, `addressed` `(t,)` are parts
    of a web address. `sentences` `(s, 2)` are its sentences, or its rows where it is of a table,
    and `signs` `(s,)` what each of them shows, a bit for each type of question
    (`search.text.question_types`).
    """

    heading: tuple[str, ...]
    stems: tuple[str, ...]
    places: Ints
    plain: int
    informative: NDArray[np.bool_]
    addressed: NDArray[np.bool_]
    sentences: Ints
    signs: Ints


@dataclass(frozen=True, slots=True, eq=False)
class LoadedPassage:
    """One passage, to be read, quoted and shown.

    `pages` are the stored pages that it stands on, so that a quote can be checked at once; `tags`
    the goals that it names. Of its kept tokens, `starts` `(k,)` are the code points where each
    starts, −1 for those of the headings above it, `words` `(k, 2)` where the word begins and ends
    that each belongs to, and `similarities` `(k, q)` those to the query's tokens, empty when none
    were given.
    """

    passage: Passage
    pages: tuple[Page, ...]
    tags: tuple[Tag, ...]
    analysis: PassageAnalysis
    starts: Ints
    words: Ints
    similarities: Floats


class DocumentPart(StrEnum):
    """What can be asked of a document beside the document itself; `AGENDA` is its timetable and
    what else was worked out of its words."""

    PAGES = "pages"
    PASSAGES = "passages"
    DETAILS = "details"
    AGENDA = "agenda"


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """One line of a timetable, or a part of a document that says how long it takes but not when
    (then not `timed`), with what was worked out of its words when the generation was published.

    `section` are the headings that it stands under, its day left out. All others are stems:
    `text` of its whole passage, in order; `title` of its title; `own` of all that it says itself
    (title, people, place), and `singulars` these words without the sign of a plural; `day` of its
    day; `around` of its sections, its day and its document; `headed` of its sections and those of
    the passages just above it.
    """

    item: AgendaItem
    timed: bool
    section: tuple[str, ...]
    text: tuple[str, ...]
    title: frozenset[str]
    own: frozenset[str]
    singulars: frozenset[str]
    day: frozenset[str]
    around: frozenset[str]
    headed: frozenset[str]


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """One document; parts that were not asked for are empty.

    `names` are the stems of what names it and its event; `numbered` the things of a series that
    its passages number, as noun, number and passage: («sesion», 2, …).
    """

    document: Document
    pages: tuple[Page, ...] = ()
    passages: tuple[Passage, ...] = ()
    details: Details = NOTHING_KNOWN
    agenda: tuple[AgendaLine, ...] = ()
    names: frozenset[str] = frozenset()
    numbered: tuple[tuple[str, int, PassageId], ...] = ()

    @property
    def timetable(self) -> tuple[AgendaItem, ...]:
        """The lines of its timetable, without the parts that stand in none."""
        return tuple(line.item for line in self.agenda if line.timed)


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """What is counted over the whole collection.

    `means` `(l, d)` are the mean passage vectors of the `languages`; `piece_ids` (sorted) and
    `piece_counts` how many passages hold each vocabulary piece; `words` how many passages hold each
    folded word, and `written` how it is mostly written where that differs.
    """

    languages: tuple[str, ...]
    means: Floats
    piece_ids: NDArray[np.int32]
    piece_counts: NDArray[np.int32]
    words: Mapping[str, int]
    passages: int
    written: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """What is asked once a generation and kept: 2 KB a document, and the words. `documents` are
    ordered by id; `versions` maps the id of a document to that of the one that it is a version of;
    `synonyms` are tables of what stands for what, as JSON; `refused` the files that could not be
    read when their root was last ingested."""

    info: IndexInfo
    statistics: Statistics
    documents: tuple[Document, ...]
    versions: Mapping[str, str]
    synonyms: tuple[str, ...]
    refused: tuple[Refused, ...]


class Engine(Protocol):
    """One published generation of a collection: it never changes and may be used from many threads.

    Every method is one round trip, and may raise `IndexDamaged` when stored data are not what was
    written. `search/index/__init__.py` opens one.
    """

    def collection(self) -> Collection:
        """Everything that belongs to the collection as a whole."""

    def candidates(self, request: CandidateRequest) -> Candidates:
        """The union of the best by words, the nearest in each language and what is pinned, all in
        scope; empty arrays where nothing is. Phrases that no passage holds, whatever its filters,
        are left out; excluded words always hold."""

    def compare(self, ids: Sequence[PassageId], tokens: Floats) -> TokenSimilarities:
        """Compare query tokens `(q, d)`, centred and of length one, with those of the passages, in
        the order given. An unknown id raises `KeyError`: ids come from this generation."""

    def load(
        self, ids: Sequence[PassageId], tokens: Floats | None = None
    ) -> tuple[LoadedPassage, ...]:
        """The passages in the order given, compared with query tokens when these are given. Hidden
        ones are loaded too: whoever knows the id may read at that place. Unknown ids are left out,
        since links outlive documents."""

    def read_documents(
        self, ids: Sequence[str], parts: frozenset[DocumentPart] = frozenset()
    ) -> Mapping[str, DocumentContent]:
        """Documents by id with the parts asked for: pages by number, passages and timetables in
        reading order, hidden ones included. Unknown ids are left out."""

    def find_text(self, words: Sequence[str], limit: int) -> tuple[Match, ...]:
        """Where these words stand in this order in stored pages, white space between them folded
        and nothing else: by document id, page and place, overlapping places included, the first
        `limit`."""

    def suggestions(self, hidden: Hidden = NOTHING_HIDDEN) -> tuple[tuple[Suggestion, int], ...]:
        """What can be completed while typing, with in how many passages it stands, less what only
        hidden passages say."""

    def close(self) -> None:
        """Let go of files, memory and connections."""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as a writer finds it: the fingerprint of what it was made from, and the MinHash of
    its text by which versions know each other."""

    document: Document
    fingerprint: str
    sketch: bytes


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a writer finds, written but unpublished documents included: every document by root and
    path, and the files that could not be read at the last ingest of their root."""

    documents: Mapping[tuple[str, str], StoredDocument]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class CollectionNotes:
    """What is true of the collection as a whole when it is published. `versions` replaces what was
    known; `synonyms` and `refused` are by root and replace what was said of those roots: None
    takes away the table of a root."""

    versions: Mapping[str, str]
    synonyms: Mapping[str, str | None] = field(default_factory=dict)
    refused: Mapping[str, tuple[Refused, ...]] = field(default_factory=dict)


class Writer(Protocol):
    """Writes a collection; one at a time, in one process or many."""

    def inventory(self) -> Inventory:
        """What is stored now."""

    def put(
        self, entry: Entry, fingerprint: str, original: bytes | None = None
    ) -> tuple[Page, ...]:
        """Write one document whole, in one durable step, in place of the one with its id or at its
        place, and keep its source file by its content. Returns the pages that it had before, none
        for a new one."""

    def delete(self, ids: Sequence[str]) -> int:
        """Remove documents, each in one durable step; how many there were."""

    def publish(self, notes: CollectionNotes | None = None) -> int:
        """Keep the notes and make all that was written searchable as the next generation, whose
        number is returned. Whoever reads the one before is not disturbed; when it fails, that one
        stays the newest."""

    def close(self) -> None:
        """Release the collection."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an index, and how to repair it; both in Spanish."""

    text: str
    repair: str
