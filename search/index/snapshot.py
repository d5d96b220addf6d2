"""Opens one published generation for reading, and builds its caches first where they do not match.

What a snapshot has open never changes: a later generation is another folder, and this one stays on
the disk until it is closed.
"""

import json
import os
import weakref
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from search.documents import Floats
from search.engine import (
    NOTHING_HIDDEN,
    CandidateRequest,
    Candidates,
    Collection,
    DocumentContent,
    DocumentPart,
    Hidden,
    LoadedPassage,
    PassageList,
    PinnedTexts,
    Scope,
    Selection,
    TokenSimilarities,
)
from search.errors import IndexDamaged, IndexMissing
from search.index import vectors
from search.index.content import Content
from search.index.database import Store
from search.index.forward_index import ForwardIndex, Rows
from search.index.generation import (
    EQUIVALENTS,
    SUGGESTIONS,
    Manifest,
    cache_folder,
    current_manifest,
    hold_generation,
    intact_manifest,
    publish,
    published,
)
from search.index.lexical import LexicalIndex
from search.results import IndexInfo, Match, Suggestion
from search.suggest import without_hidden

_NO_ROWS = np.empty(0, dtype=np.int64)


def open_newest(index: Path) -> "EmbeddedEngine":
    """Open the database's present generation, building its caches first when they do not match.

    While an ingest is writing, the newest generation that it published is opened instead, so
    that readers never wait for it.
    """
    store = Store(index)
    try:
        manifest = current_manifest(index, store)
        # Building caches now would copy half of an ingest, and do so again at its end.
        if manifest is None and store.being_written():
            manifest = _published_before(index, store.generation)
        if manifest is None:
            manifest = _rebuilt(index, store)
    finally:
        store.close()
    return EmbeddedEngine(cache_folder(index) / str(manifest.generation), manifest)


def _published_before(index: Path, generation: int) -> Manifest | None:
    """The newest generation published before the one that is being written."""
    # Not a later one: it belongs to a history that a restored database has left.
    earlier = [number for number in published(index) if number <= generation]
    return intact_manifest(cache_folder(index) / str(earlier[-1])) if earlier else None


def _rebuilt(index: Path, store: Store) -> Manifest:
    try:
        manifest = intact_manifest(cache_folder(index) / str(publish(index, store)))
    except OSError as error:
        raise IndexDamaged(
            f"no se pueden escribir las cachés de «{index}» ({error.strerror}): haga una consulta "
            "donde la carpeta se pueda escribir"
        ) from error
    if manifest is None:
        raise IndexDamaged(
            f"no se pudieron reconstruir las cachés de «{index}»: revise el disco y «acervo check»"
        )
    return manifest


class EmbeddedEngine:
    """Implements `search.engine.Engine` over the caches of one generation."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        if not folder.is_dir():
            raise IndexMissing(f"no está la generación «{folder}»")
        # The lock on the generation is let go even when nobody closes the engine.
        self._release = weakref.finalize(self, os.close, hold_generation(folder))
        self._folder = folder
        statistics, self._language = vectors.read_statistics(folder / "statistics.npz")
        self._content = Content(folder / "content.db")
        self._lexical = LexicalIndex(folder / "lexical")
        self._words = ForwardIndex(folder / "words")
        languages = len(statistics.languages)
        self._dense = vectors.DenseIndex(folder / "dense.faiss", self._language, languages)
        self._tokens = vectors.TokenStore(folder / "tokens")
        self._collection = Collection(
            IndexInfo(manifest.generation, manifest.documents, manifest.passages, manifest.model),
            statistics,
            self._content.documents,
            self._content.versions,
            # One table of all: those of the roots and of the texts were joined at publishing.
            ((folder / EQUIVALENTS).read_text(encoding="utf-8"),),
            self._content.refused,
        )
        # Rules change seldom, and every question asks for what they hide.
        self._last_hidden = NOTHING_HIDDEN, _NO_ROWS

    def collection(self) -> Collection:
        """See `Engine`."""
        return self._collection

    def candidates(self, request: CandidateRequest) -> Candidates:
        """See `Engine`."""
        scope = request.scope
        hidden = self._hidden_rows(scope.hidden) if scope.hidden else _NO_ROWS
        # None: all that are not hidden.
        allowed, dropped = None, False
        if scope.filters or scope.phrases or scope.excluded:
            allowed, dropped = self._in_scope(scope, hidden)
        if not request.terms and request.vector is None:
            every = np.setdiff1d(np.arange(len(self._language)), hidden)
            rows = (every if allowed is None else allowed)[: request.lexical]
        else:
            rows = self._best(request, allowed, hidden, request.lexical, request.dense)
        pins = [self._content.rows_of(pin) for pin in request.pins]
        pins = [
            np.setdiff1d(pin, hidden) if allowed is None else np.intersect1d(pin, allowed)
            for pin in pins
        ]
        # A pinned document may have hundreds of passages; only its best can come first.
        few = request.per_pin
        wanted = [
            pin if len(pin) <= few else self._best(request, pin, hidden, few, few) for pin in pins
        ]
        wanted_rows = np.unique(np.concatenate([*wanted, _NO_ROWS]))
        rows = np.union1d(rows, wanted_rows)
        twins = self._content.twins[rows]
        vector = request.vector
        return Candidates(
            passages=self._list(rows),
            cosine=(
                np.zeros(len(rows), dtype=np.float32)
                if vector is None
                else self._dense.cosines(rows, vector)
            ),
            words=self._words.occurrences(request.terms, rows),
            same_text=twins.astype(np.int32),
            speaks=twins == rows,
            pinned=np.isin(rows, wanted_rows),
            pins=tuple(self._pinned_texts(rows, twins, pin) for pin in pins),
            phrases_dropped=dropped,
            probed=tuple(
                len(np.setdiff1d(self._lexical.holding((phrase,)), hidden)) > 0
                for phrase in request.probes
            ),
        )

    def _in_scope(self, scope: Scope, hidden: Rows) -> tuple[Rows, bool]:
        """The rows that fit the filters, phrases and excluded words of a scope, and whether the
        phrases had to be let go because no passage holds them."""
        mask = self._content.rows_where(scope.filters)
        mask[hidden] = False
        filtered = np.flatnonzero(mask)
        if not scope.phrases and not scope.excluded:
            return filtered, False
        held = np.setdiff1d(self._lexical.holding(scope.phrases, scope.excluded), hidden)
        dropped = not len(held) and bool(scope.phrases)
        if dropped:
            # Who does not want words is not helped by passages that have them.
            held = np.setdiff1d(self._lexical.holding((), scope.excluded), hidden)
        return np.intersect1d(filtered, held), dropped

    def _best(
        self,
        request: CandidateRequest,
        allowed: Rows | None,
        hidden: Rows,
        lexical: int,
        dense: int,
    ) -> Rows:
        """The best by words and the nearest in each language, each row once, ascending."""
        by_words = self._lexical.best(request.terms, lexical, allowed, hidden)
        if request.vector is None:
            return np.sort(by_words)
        return np.union1d(by_words, self._dense.nearest(request.vector, dense, allowed, hidden))

    def _pinned_texts(self, rows: Rows, twins: Rows, pin: Rows) -> PinnedTexts:
        """The candidates, by place, whose text a pin selects."""
        # Rows are compared by the text that they hold, whichever version of a document has it.
        pinned_twins = self._content.twins[pin]
        places = np.flatnonzero(np.isin(twins, pinned_twins))
        chosen = [
            row if row in pin else pin[pinned_twins == twin][0]
            for row, twin in zip(rows[places], twins[places], strict=True)
        ]
        return PinnedTexts(tuple(places.tolist()), self._list(np.array(chosen, dtype=np.int64)))

    def _list(self, rows: Rows) -> PassageList:
        content = self._content
        return PassageList(
            tuple(content.ids[row] for row in rows.tolist()),
            content.ordinals[rows],
            self._language[rows].astype(np.int32),
            content.goals[rows],
        )

    def _hidden_rows(self, hidden: Hidden) -> Rows:
        known, rows = self._last_hidden
        if hidden == known:
            return rows
        selections = [
            *(Selection(document=one) for one in hidden.documents),
            *(Selection(passage=one) for one in hidden.passages),
        ]
        found = [self._content.rows_of(selection) for selection in selections]
        rows = np.unique(np.concatenate([*found, _NO_ROWS]))
        self._last_hidden = hidden, rows
        return rows

    def compare(self, ids: Sequence[str], tokens: Floats) -> TokenSimilarities:
        """See `Engine`."""
        # Imported here: who only reads documents loads no ONNX Runtime.
        from search.embedding.late_interaction import token_similarities

        row_of = self._content.row_of
        return token_similarities(tokens, [self._tokens.bits(row_of[id_]) for id_ in ids])

    def load(self, ids: Sequence[str], tokens: Floats | None = None) -> tuple[LoadedPassage, ...]:
        """See `Engine`."""
        content = self._content
        passages = content.passages(ids)
        held = [(passages[id_], content.row_of[id_]) for id_ in ids if id_ in passages]
        pages, tags = content.pages_of(passages.values()), content.tags(list(passages))
        bits = [self._tokens.bits(row) for _, row in held]
        compared = [np.empty((len(one), 0), dtype=np.float32) for one in bits]
        if tokens is not None and bits:
            from search.embedding.late_interaction import similarities

            # One multiplication for all passages, cut up afterwards.
            joined = similarities(tokens, np.concatenate(bits))
            compared = np.split(joined, np.cumsum([len(one) for one in bits])[:-1])
        return tuple(
            LoadedPassage(
                passage,
                pages[passage.id],
                tags.get(passage.id, ()),
                self._words.analysis(row),
                *self._tokens.places(row),
                similarity,
            )
            for (passage, row), similarity in zip(held, compared, strict=True)
        )

    def read_documents(
        self, ids: Sequence[str], parts: frozenset[DocumentPart] = frozenset()
    ) -> Mapping[str, DocumentContent]:
        """See `Engine`."""
        found = ((id_, self._content.read(id_, parts)) for id_ in ids)
        return {id_: read for id_, read in found if read is not None}

    def find_text(self, words: Sequence[str], limit: int) -> tuple[Match, ...]:
        """See `Engine`."""
        return tuple(islice(self._content.find_text(words), limit))

    def suggestions(self, hidden: Hidden = NOTHING_HIDDEN) -> tuple[tuple[Suggestion, int], ...]:
        """See `Engine`."""
        # Not `splitlines`: a title may hold one of the rarer line separators of Unicode.
        lines = (self._folder / SUGGESTIONS).read_text(encoding="utf-8").split("\n")
        loaded = (json.loads(line) for line in lines if line)
        gathered = [(Suggestion(**fields), count) for fields, count in loaded]
        rows = self._hidden_rows(hidden)
        if not len(rows):
            return tuple(gathered)
        # A heading or phrase that only hidden passages have would lead to an empty result.
        content = self._content
        gone = content.passages([content.ids[row] for row in rows.tolist()])
        touched = {passage.document_id for passage in gone.values()} | hidden.documents
        read = self.read_documents(sorted(touched), frozenset({DocumentPart.PASSAGES}))
        left = [
            (one.document, [passage for passage in one.passages if passage.id not in gone])
            for one in read.values()
        ]
        return tuple(without_hidden(gathered, gone.values(), left))

    def close(self) -> None:
        """See `Engine`."""
        self._content.close()
        self._release()
