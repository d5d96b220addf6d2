"""Defines what is asked and what is given back.

`Searcher.search` turns a `Query` into a `Result`: hits, facets and an answer whose citations can be
checked against the stored pages. What is searched is in `search/documents.py`. At the end stand the
sentences of answers that are translated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from search.documents import Document, Passage, Tag


@dataclass(frozen=True, slots=True)
class Query:
    """A question as asked, with what narrows it. `filters` maps a facet name to its values;
    `literal` leaves the spelling as it is; `explain` asks why each hit ranks where it does."""

    text: str
    k: int = 10
    page: int = 1
    # Values of one facet widen, several facets narrow (tests/search/test_searcher.py).
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    literal: bool = False
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Sense:
    """Another meaning of an acronym that a question uses; `query` is the question that asks for
    that one."""

    acronym: str
    meaning: str
    query: str


@dataclass(frozen=True, slots=True)
class Why:
    """What made a hit rank where it does; each number is comparable within one result only."""

    lexical: float
    dense: float
    late: float


@dataclass(frozen=True, slots=True)
class Share:
    """What one kind of evidence adds to a score: `weight` × `standardised`, where the raw value
    is standardised over the candidates of the question."""

    name: str
    raw: float
    standardised: float
    weight: float


@dataclass(frozen=True, slots=True)
class Aligned:
    """A word of the question and the word of the passage that comes nearest to it: similarity −1
    to 1, and the weight of the asked word, which sum to one over the question."""

    asked: str
    met: str
    similarity: float
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a hit ranks where it does: which evidence, which words it holds (with their weight in
    BM25), and which of its words stand for those of the question."""

    shares: tuple[Share, ...]
    words: tuple[tuple[str, float], ...]
    aligned: tuple[Aligned, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that answers the query, best first. `score` is 0–1, higher is better; `marks` are
    code point ranges of the words in `passage.text` that matched; `more` counts further passages
    of the same document that are not shown; `versions` are other files of the same document;
    `tags` are the goals that the passage names. What editors have `pinned` comes before the best,
    whatever its score."""

    rank: int
    score: float
    passage: Passage
    document: Document
    marks: tuple[tuple[int, int], ...]
    why: Why
    more: int = 0
    versions: tuple[Document, ...] = ()
    # Only where the query asks for it: the alignment of words is worked out for each hit shown.
    explanation: Explanation | None = None
    tags: tuple[Tag, ...] = ()
    pinned: bool = False

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
    """Either `found`, with text made by code from the quotes it cites, or `not_found`; then
    `subject` names what the nearest material is about."""

    status: str
    kind: str = "quote"
    text: str = ""
    citations: tuple[Citation, ...] = ()
    notices: tuple[str, ...] = ()
    confidence: float = 0.0
    subject: str = ""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """How many passages of the result carry this value."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that one search gives. `total` and `facets` count the same set of passages.

    `corrected` is the text that was searched instead of a misspelt one, `did_you_mean` one that
    was not searched but is likely meant; `senses` are other meanings of its acronyms.
    """

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
    senses: tuple[Sense, ...] = ()


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


class Message(str):
    """A sentence; `form` is what `str.format` makes it of with `values`."""

    # Searching speaks Spanish and knows nothing of who asks. A page in another language looks the
    # form up in its catalogue and fills in the values again; all others print the string itself.
    form: str
    values: dict[str, str]


def message(form: str, **values: object) -> Message:
    """The sentence that the form makes with the values."""
    sentence = Message(form.format(**values))
    sentence.form = form
    sentence.values = {name: str(value) for name, value in values.items()}
    return sentence


def N_(form: str) -> str:
    """Mark a form for the catalogues of other languages."""
    # The name is gettext's (and Babel's) for strings that are collected here and translated later.
    return form


ABOVE = N_("título o apartado")
"""Where a word of the question stands when it is not in the passage itself."""

MINUTES_DIFFER = N_("El documento indica {stated} minutos; por el horario son {computed}.")
POSTS_DIFFER = N_("Las fuentes no coinciden: figura como {posts}.")
HOURS_DIFFER = N_("La misma sesión figura con horas distintas: {hours}.")
NO_SUCH_NUMBER = N_("No existe {name} {number}: hay {others}.")
NO_SUCH_DAY = N_("El programa de «{title}» no tiene ese día: tiene {days}.")
NO_SUCH_PHRASE = N_("Ningún pasaje contiene la frase exacta; se muestran los más parecidos.")
