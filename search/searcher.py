"""Answers a question: analyses it, ranks passages, groups them by document, writes the answer.

`Searcher.examine` is the whole story; each step it names is a file of this room.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from threading import Lock
from time import perf_counter

import numpy as np

from search.answers import answer
from search.answers.explanation import explanation_of
from search.answers.spans import AnswerContext, OpenedPassage, highlights
from search.documents import (
    Document,
    Floats,
    Page,
    Passage,
)
from search.editorial import NO_RULES, Pin, Rules, place_pins
from search.editorial_file import Mistake, unknown_references
from search.embedding.encoder import Embedder
from search.embedding.late_interaction import query_tokens
from search.engine import (
    FACETS,
    GOALS,
    CandidateRequest,
    DocumentContent,
    DocumentPart,
    Engine,
    PassageList,
    Scope,
    facet_of,
)
from search.errors import ModelMismatch
from search.index import open_engine
from search.query import AnalysedQuery, analyse_query
from search.ranking import RankedCandidates, rank
from search.results import (
    Answer,
    FacetValue,
    Hit,
    IndexInfo,
    Match,
    Query,
    Result,
    Suggestion,
    Why,
)
from search.spelling import speller
from search.suggest import Suggester
from search.synonyms import Synonyms
from search.text.acronyms import load
from search.verify import verify

_RESULTS_KEPT = 20
"""Results kept whatever their score; beyond them only what is better than the average candidate."""

_SHOWN_PER_DOCUMENT = 3
"""Passages shown of one document; the rest are counted («+3 pasajes»)."""


class Searcher:
    """One generation, a model and what editors decide, immutable and safe to share between threads.

    What is hidden is not found; it can still be read and verified at its place.
    """

    def __init__(self, engine: Engine, embedder: Embedder, rules: Rules = NO_RULES) -> None:
        self.rules = rules
        self._engine = engine
        self._embedder = embedder
        self._collection = collection = engine.collection()
        self.info = collection.info
        groups = rules.widened(chain.from_iterable(map(load, collection.synonyms)))
        self._synonyms = Synonyms(groups, collection.statistics.words)
        # Made by the first that types: a command asks one question and never needs it.
        self._suggester: Suggester | None = None
        self._lock = Lock()
        documents = collection.documents
        self._ordinals = {document.id: place for place, document in enumerate(documents)}
        heads = [collection.versions.get(id_, id_) for id_ in self._ordinals]
        self._families = np.array([self._ordinals[head] for head in heads], dtype=np.int64)
        self._versions: dict[int, list[Document]] = {}
        for document, family in zip(documents, self._families.tolist(), strict=True):
            self._versions.setdefault(family, []).append(document)
        self._facets = _facet_columns(documents)
        # What a question may be narrowed by in free words.
        self._filter_values = {
            name: tuple(sorted({value for d in documents if (value := facet_of(d, name))}))
            for name in ("toolkit", "module", "audience")
        } | {"language": collection.statistics.languages}

    def prepare(self) -> None:
        """Make ready what only the first misspelt question would wait for."""
        speller(self._collection.statistics, self._synonyms).prepare()

    def ruled(self, rules: Rules) -> "Searcher":
        """The same under other rules; it must not be used after this one is closed, nor closed."""
        return Searcher(self._engine, self._embedder, rules)

    def search(self, query: Query) -> Result:
        """Answer one query. Raises `QueryError` when it cannot be understood."""
        return self.examine(query)[0]

    def examine(self, query: Query) -> tuple[Result, RankedCandidates]:
        """The result together with all candidates in order, before grouping and cutting."""
        started = perf_counter()
        statistics, documents = self._collection.statistics, self._collection.documents
        asked, pins = self.understand(query)
        embedding = self._embedder.embed_query(asked.sentence)
        tokens = query_tokens(embedding, self._embedder.token_mean, asked.sentence, statistics)

        hidden = self.rules.hidden
        candidates = self._engine.candidates(
            CandidateRequest(
                Scope(asked.query.filters, asked.phrases, asked.excluded, hidden),
                asked.terms,
                embedding.vector,
                pins=tuple(pin.selection for pin in pins),
                probes=answer.probes(asked) if asked.numbered else (),
            )
        )
        ranked = rank(
            self._engine, candidates, asked.terms, embedding.vector, tokens, statistics.means
        )
        passages, first = ranked.passages, tuple[int, ...]()
        if pins:
            passages, first = place_pins(ranked, candidates.pins)

        # The result: what is pinned, then the best.
        total = max(min(_RESULTS_KEPT, len(passages.ids)), int((ranked.scores > 0).sum()))
        order = [*first, *(place for place in range(total) if place not in first)]
        families = self._families[passages.document[order]].tolist()
        of_family = Counter(families)
        most = sys.maxsize if "document" in query.filters else _SHOWN_PER_DOCUMENT
        seen: Counter[int] = Counter()
        listed = []
        for place, family in zip(order, families, strict=True):
            seen[family] += 1
            if seen[family] <= most:
                listed.append((place, max(0, of_family[family] - most)))
        start = (query.page - 1) * query.k
        shown = listed[start : start + query.k]

        # What the answer reads and what the page shows overlap: each passage is loaded once.
        read = range(min(answer.PASSAGES_READ, len(passages.ids)))
        places = sorted({*read, *(place for place, _ in shown)})
        loaded = self._engine.load([passages.ids[place] for place in places], tokens.vectors)
        opened = {
            place: OpenedPassage(place, one, documents[passages.document[place]])
            for place, one in zip(places, loaded, strict=True)
        }
        context = AnswerContext(
            asked, tokens, ranked, tuple(opened[place] for place in read), statistics
        )
        library = answer.Library(self._engine, hidden, documents)
        given = answer.answer(library, context, candidates.probed)
        if candidates.phrases_dropped:
            given = answer.without_phrase(given)
        result = Result(
            query=asked.query,
            language=asked.language,
            expansions=tuple(str(expansion) for expansion in asked.expansions),
            hits=tuple(
                self._hit(context, given, opened[place], rank_, more, pinned=place in first)
                for rank_, (place, more) in enumerate(shown, start + 1)
            ),
            total=len(order),
            answer=given,
            facets=self._count_facets(passages.take(order)),
            took_ms=(perf_counter() - started) * 1000,
            corrected=asked.corrected,
            did_you_mean=asked.did_you_mean,
            senses=self._synonyms.senses(asked.corrected or asked.query.text),
        )
        return result, replace(ranked, passages=passages)

    def understand(self, query: Query) -> tuple[AnalysedQuery, tuple[Pin, ...]]:
        """How a query is read, and what is pinned for it. Raises `QueryError`."""
        statistics = self._collection.statistics
        asked = analyse_query(query, self._synonyms, statistics, self._filter_values)
        return asked, self.rules.pins_for(asked) if self.rules.pins else ()

    def _hit(
        self,
        context: AnswerContext,
        given: Answer,
        opened: OpenedPassage,
        rank_: int,
        more: int,
        *,
        pinned: bool,
    ) -> Hit:
        """What is told of one result."""
        asked, ranked, place, loaded = context.asked, context.ranked, opened.place, opened.loaded
        # The answer's confidence for the best hit, falling off in logits for the others. The logit
        # of 0 or 1 is infinite, and would leave every other hit at 0 or 1 too.
        confidence = min(max(given.confidence, 0.01), 0.99)
        behind = float(ranked.scores[0] - ranked.scores[place])
        odds = confidence / (1 - confidence) * float(np.exp(-behind))
        explained = asked.query.explain
        return Hit(
            rank=rank_,
            score=odds / (1 + odds),
            passage=loaded.passage,
            document=opened.document,
            marks=highlights(asked, loaded),
            why=Why(
                float(ranked.lexical[place]), float(ranked.dense[place]), float(ranked.late[place])
            ),
            more=more,
            pinned=pinned,
            versions=self.versions(opened.document.id),
            explanation=(
                explanation_of(asked, context.tokens, ranked, place, loaded) if explained else None
            ),
            tags=loaded.tags,
        )

    def _count_facets(self, passages: PassageList) -> dict[str, tuple[FacetValue, ...]]:
        """How many of the passages have each value, most frequent first, then by value."""
        languages, documents = self._collection.statistics.languages, passages.document.tolist()
        values = {name: [own[i] for i in documents] for name, own in self._facets.items()}
        values["language"] = [languages[i] for i in passages.language.tolist()]
        values["ods"] = [str(goal) for goals in passages.goals.tolist() if goals
                         for goal in GOALS if goals >> goal & 1]  # fmt: skip
        counted = {name: Counter(held).items() for name, held in values.items()}
        return {
            name: tuple(
                FacetValue(value, count)
                for value, count in sorted(counted[name], key=lambda one: (-one[1], one[0]))
                if value
            )
            for name in FACETS
        }

    def versions(self, document_id: str) -> tuple[Document, ...]:
        """The other versions of a document that are not hidden: near-duplicates and re-exports."""
        place = self._ordinals.get(document_id)
        family = [] if place is None else self._versions[int(self._families[place])]
        return tuple(
            other
            for other in family
            if other.id != document_id and other.id not in self.rules.hidden_documents
        )

    @property
    def equivalents(self) -> Synonyms:
        """What stands for what in this collection."""
        return self._synonyms

    def suggest(self, text: str, limit: int = 6) -> list[Suggestion]:
        """Completions of what is being typed, best first; lexical only."""
        with self._lock:  # several people type at once; it is made for all of them
            if self._suggester is None:
                self._suggester = Suggester(self._engine.suggestions(self.rules.hidden))
        return self._suggester.suggest(text, limit)

    def embed(self, text: str) -> Floats:
        """The vector of a question, of length one; comparable with those of the same model."""
        return self._embedder.embed_query(text).vector

    def documents(self) -> Sequence[Document]:
        """All documents ordered by id."""
        return self._collection.documents

    def document(self, document_id: str) -> Document | None:
        """One document, or None."""
        place = self._ordinals.get(document_id)
        return None if place is None else self._collection.documents[place]

    def pages(self, document_id: str) -> Sequence[Page]:
        """The page texts of a document in order."""
        content = self.read_document(document_id, DocumentPart.PAGES)
        return content.pages if content else ()

    def passages(self, document_id: str) -> Sequence[Passage]:
        """The passages of a document in reading order."""
        content = self.read_document(document_id, DocumentPart.PASSAGES)
        return content.passages if content else ()

    def read_document(self, document_id: str, *parts: DocumentPart) -> DocumentContent | None:
        """A document with the parts asked for, hidden ones included; None where there is none."""
        return self._engine.read_documents([document_id], frozenset(parts)).get(document_id)

    def unknown_references(self, rules: Rules) -> list[Mistake]:
        """What rules name that this collection does not have."""
        return unknown_references(rules, self._engine)

    def verify(self, text: str) -> tuple[Match, ...]:
        """Where a text stands literally, white space folded. Raises `QueryError` when empty."""
        return verify(self._engine, text)

    def close(self) -> None:
        """Let go of the generation."""
        self._engine.close()


def _facet_columns(documents: Sequence[Document]) -> dict[str, list[str]]:
    """The values of all documents, by position, for each facet that is a document's own."""
    own = [name for name in FACETS if name not in ("language", "ods")]
    return {name: [facet_of(document, name) for document in documents] for name in own}


def open_searcher(index: Path, embedder: Embedder, rules: Rules = NO_RULES) -> Searcher:
    """Open the newest generation of an index with the model that it was built with.

    Raises `IndexMissing`, `IndexDamaged` and `ModelMismatch`.
    """
    engine = open_engine(index)
    try:
        check_model(engine.collection().info, embedder.name)
    except ModelMismatch:
        engine.close()
        raise
    return Searcher(engine, embedder, rules)


def check_model(info: IndexInfo, name: str) -> None:
    """Raises `ModelMismatch` unless the index was built with the model of that name."""
    # An empty index has no vectors yet, and so belongs to no model.
    if info.passages and info.model != name:
        raise ModelMismatch(
            f"el índice se hizo con el modelo «{info.model}», no con «{name}»: "
            "elija aquel con --model o vuelva a ingerir con este en otra carpeta"
        )
