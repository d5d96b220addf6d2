"""Answers a question: analyses it, ranks passages, groups them by document, writes the answer.

`Searcher.examine` is the whole story; each step it names is a file of this room.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from threading import Lock
from time import perf_counter

import numpy as np

from search import verify
from search.answers import answer
from search.answers.explanation import reasons
from search.answers.spans import AnswerContext, OpenedPassage, highlights, open_passages
from search.documents import AgendaItem, Details, Document, Floats, Page, Passage
from search.editorial import NO_RULES, Pin, Pins, ResultOrder, Rules, VisibleSnapshot, place_pins
from search.editorial_file import Mistake, unknown_references
from search.embedding.encoder import Embedder
from search.embedding.late_interaction import query_tokens
from search.engine import Rows, Snapshot
from search.errors import ModelMismatch
from search.index import open_snapshot
from search.query import AnalysedQuery, analyse_query
from search.ranking import RankedCandidates, drop_duplicate_texts, narrow, rank
from search.results import Answer, Hit, IndexInfo, Match, Query, Result, Suggestion, Why
from search.spelling import speller
from search.suggest import Suggester
from search.synonyms import Synonyms
from search.text.acronyms import load

_RESULTS_KEPT = 20
"""Results kept whatever their score; beyond them only what is better than the average candidate."""

_SHOWN_PER_DOCUMENT = 3
"""Passages shown of one document; the rest are counted («+3 pasajes»)."""


class Searcher:
    """One snapshot, a model and what editors decide, immutable and safe to share between threads.

    What is hidden is not found; it can still be read and verified at its place.
    """

    def __init__(self, snapshot: Snapshot, embedder: Embedder, rules: Rules = NO_RULES) -> None:
        self.info = snapshot.info
        self.rules = rules
        # Two views: questions are answered from what is visible, but a page that is opened by its
        # address, and a quote that is verified, are compared with all that is stored.
        self._stored = snapshot
        self._snapshot: Snapshot = VisibleSnapshot(snapshot, rules) if rules.hides else snapshot
        self._embedder = embedder
        groups = rules.widened(chain.from_iterable(map(load, snapshot.equivalents())))
        self._equivalents = Synonyms(groups, snapshot.statistics.words)
        self._pins = Pins(self._snapshot, rules)
        # Made by the first that types: a command asks one question and never needs it.
        self._suggester: Suggester | None = None
        self._lock = Lock()
        self._ordinals = {d.id: ordinal for ordinal, d in enumerate(snapshot.documents())}
        self._families = _document_families(snapshot)
        self._filter_values = _filter_values(snapshot)

    def prepare(self) -> None:
        """Make ready what only the first misspelt question would wait for."""
        speller(self._snapshot.statistics, self._equivalents).prepare()

    def ruled(self, rules: Rules) -> "Searcher":
        """The same under other rules; it must not be used after this one is closed, nor closed."""
        return Searcher(self._stored, self._embedder, rules)

    def search(self, query: Query) -> Result:
        """Answer one query. Raises `QueryError` when it cannot be understood."""
        return self.examine(query)[0]

    def examine(self, query: Query) -> tuple[Result, RankedCandidates]:
        """The result together with all candidates in order, before grouping and cutting."""
        started = perf_counter()
        snapshot, statistics = self._snapshot, self._snapshot.statistics
        asked, _ = self.understand(query)
        embedding = self._embedder.embed_query(asked.sentence)
        tokens = query_tokens(embedding, self._embedder.token_mean, asked.sentence, statistics)

        allowed, relaxed = narrow(snapshot, asked)
        pinned = self._pins.rows_for(asked, allowed)
        within = self._pins.within(allowed, asked, embedding.vector, pinned)
        ranked = rank(snapshot, asked, embedding.vector, tokens, within)
        # Duplicates go first: a pinned copy then takes the place of the one that was kept.
        ranked, first = place_pins(snapshot, drop_duplicate_texts(snapshot, ranked), pinned)

        families = self._families[snapshot.document_ordinals(ranked.rows)]
        order = ResultOrder.of(_result_size(ranked), first, families)
        listed = _capped_per_document(order.families, _shown_per_document(asked.query))
        start = (query.page - 1) * query.k
        shown = [int(order.places[i]) for i in listed[start : start + query.k]]

        # What the answer reads and what the page shows overlap: each passage is opened once.
        read = range(min(answer.PASSAGES_READ, len(ranked.rows)))
        places = sorted({*read, *shown})
        opened = {one.place: one for one in open_passages(snapshot, tokens, ranked, places)}
        best = tuple(opened[place] for place in read)
        evidence = AnswerContext(asked, tokens, ranked, best, statistics)
        given = answer.answer(snapshot, evidence)
        if relaxed:
            given = answer.without_phrase(given)
        result = Result(
            query=asked.query,
            language=asked.language,
            expansions=tuple(str(expansion) for expansion in asked.expansions),
            hits=self._hits(evidence, [opened[place] for place in shown], order, given),
            total=len(order.places),
            answer=given,
            facets=snapshot.facets(ranked.rows[order.places]),
            took_ms=(perf_counter() - started) * 1000,
            corrected=asked.corrected,
            did_you_mean=asked.did_you_mean,
            senses=self._equivalents.senses(asked.corrected or asked.query.text),
        )
        return result, ranked

    def understand(self, query: Query) -> tuple[AnalysedQuery, tuple[Pin, ...]]:
        """How a query is read, and what is pinned for it. Raises `QueryError`."""
        statistics = self._snapshot.statistics
        asked = analyse_query(query, self._equivalents, statistics, self._filter_values)
        return asked, self.rules.pins_for(asked)

    def _hits(
        self,
        evidence: AnswerContext,
        shown: Sequence[OpenedPassage],
        order: ResultOrder,
        given: Answer,
    ) -> tuple[Hit, ...]:
        """The asked-for page of results, with what is told of each."""
        asked, ranked = evidence.asked, evidence.ranked
        first = (asked.query.page - 1) * asked.query.k
        most = _shown_per_document(asked.query)
        tags = self._snapshot.tags([one.passage.id for one in shown])
        return tuple(
            Hit(
                rank=first + i + 1,
                score=_display_score(
                    given.confidence, float(ranked.scores[0] - ranked.scores[one.place])
                ),
                passage=one.passage,
                document=one.document,
                marks=highlights(asked, one),
                why=Why(
                    float(ranked.lexical[one.place]),
                    float(ranked.dense[one.place]),
                    float(ranked.late[one.place]),
                ),
                more=max(0, order.passages_of_document(one.place) - most),
                pinned=one.place in order.first,
                versions=self._other_versions(self._ordinals[one.document.id]),
                explanation=(
                    reasons(asked, evidence.tokens, ranked, one) if asked.query.explain else None
                ),
                tags=tags.get(one.passage.id, ()),
            )
            for i, one in enumerate(shown)
        )

    def _other_versions(self, ordinal: int) -> tuple[Document, ...]:
        """The other versions of a document that are not hidden."""
        same = np.flatnonzero(self._families == self._families[ordinal])
        others = (self.documents()[one] for one in same.tolist() if one != ordinal)
        return tuple(other for other in others if other.id not in self.rules.hidden_documents)

    def versions(self, document_id: str) -> tuple[Document, ...]:
        """The other versions of a document: near-duplicates and re-exports."""
        ordinal = self._ordinals.get(document_id)
        return () if ordinal is None else self._other_versions(ordinal)

    def details(self, document_id: str) -> Details:
        """What is known of a document beyond its text."""
        return self._stored.details(document_id)

    def agenda(self, document_id: str) -> tuple[AgendaItem, ...]:
        """The timetable of a document, in order."""
        return tuple(item for _, item in self._stored.timetable(document_id))

    @property
    def equivalents(self) -> Synonyms:
        """What stands for what in this collection."""
        return self._equivalents

    def suggest(self, text: str, limit: int = 6) -> list[Suggestion]:
        """Completions of what is being typed, best first; lexical only."""
        with self._lock:  # several people type at once; it is made for all of them
            if self._suggester is None:
                self._suggester = Suggester(self._snapshot.suggestions())
        return self._suggester.suggest(text, limit)

    def embed(self, text: str) -> Floats:
        """The vector of a question, of length one; comparable with those of the same model."""
        return self._embedder.embed_query(text).vector

    def passage_ids(self) -> list[str]:
        """The id of the passage in each row of `RankedCandidates.rows`."""
        everything = range(self.info.passages)
        return [passage.id for passage in self._snapshot.passages(everything)]

    def documents(self) -> Sequence[Document]:
        """All documents ordered by id."""
        return self._snapshot.documents()

    def document(self, document_id: str) -> Document | None:
        """One document, or None."""
        return self._snapshot.document(document_id)

    def pages(self, document_id: str) -> Sequence[Page]:
        """The page texts of a document in order."""
        return self._stored.pages(document_id)

    def passages(self, document_id: str) -> Sequence[Passage]:
        """The passages of a document in reading order."""
        return self._stored.passages_of(document_id)

    def unknown_references(self, rules: Rules) -> list[Mistake]:
        """What rules name that this collection does not have."""
        return unknown_references(rules, self._stored)

    def verify(self, text: str) -> list[Match]:
        """Where a text stands literally, white space folded. Raises `QueryError` when empty."""
        return verify.verify(self._stored, text)

    def close(self) -> None:
        """Let go of the snapshot."""
        self._stored.close()


def open_searcher(index: Path, embedder: Embedder, rules: Rules = NO_RULES) -> Searcher:
    """Open the newest generation of an index with the model that it was built with.

    Raises `IndexMissing`, `IndexDamaged` and `ModelMismatch`.
    """
    snapshot = open_snapshot(index)
    try:
        check_model(snapshot.info, embedder.name)
    except ModelMismatch:
        snapshot.close()
        raise
    return Searcher(snapshot, embedder, rules)


def check_model(info: IndexInfo, name: str) -> None:
    """Raises `ModelMismatch` unless the index was built with the model of that name."""
    # An empty index has no vectors yet, and so belongs to no model.
    if info.passages and info.model != name:
        raise ModelMismatch(
            f"el índice se hizo con el modelo «{info.model}», no con «{name}»: "
            "elija aquel con --model o vuelva a ingerir con este en otra carpeta"
        )


def _result_size(ranked: RankedCandidates) -> int:
    """How many candidates, best first, are the result: what `total` and the facets count."""
    # Scores are sums of standardised evidence, so that zero is what an average candidate has.
    return max(min(_RESULTS_KEPT, len(ranked.rows)), int((ranked.scores > 0).sum()))


def _shown_per_document(query: Query) -> int:
    """Passages shown of one document: all, when the search is inside chosen ones."""
    return sys.maxsize if "document" in query.filters else _SHOWN_PER_DOCUMENT


def _capped_per_document(families: Rows, most: int) -> list[int]:
    """Places of the hits to show, in order: no more than so many of one document and its
    versions."""
    seen: Counter[int] = Counter()
    shown = []
    for place, family in enumerate(families.tolist()):
        seen[family] += 1
        if seen[family] <= most:
            shown.append(place)
    return shown


def _display_score(confidence: float, behind: float) -> float:
    """0–1: the answer's confidence for the best hit, falling off in logits for the others."""
    # The logit of 0 or 1 is infinite, and would leave every other hit at 0 or 1 too.
    confidence = min(max(confidence, 0.01), 0.99)
    odds = confidence / (1 - confidence) * np.exp(-behind)
    return float(odds / (1 + odds))


def _filter_values(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """The values that documents have for what a question may be narrowed by in free words."""
    documents = snapshot.documents()
    return {
        "toolkit": tuple(sorted({d.toolkit for d in documents if d.toolkit})),
        "module": tuple(sorted({d.module for d in documents if d.module})),
        "audience": tuple(sorted({d.audience for d in documents if d.audience})),
        "language": snapshot.statistics.languages,
    }


def _document_families(snapshot: Snapshot) -> Rows:
    """For every document the position of the one that it is a version of, or its own."""
    positions = {document.id: i for i, document in enumerate(snapshot.documents())}
    versions = snapshot.versions()
    return np.array([positions[versions.get(id_, id_)] for id_ in positions], dtype=np.int64)
