"""One generation, open for reading."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from search.embedded import statistics
from search.embedded.content import Content
from search.embedded.dense import Dense
from search.embedded.generation import (
    SUGGESTIONS,
    Manifest,
    cache_folder,
    damaged_files,
    publish,
    published,
    read_manifest,
)
from search.embedded.lexical import Lexical
from search.embedded.store import Store
from search.embedded.tokens import Tokens
from search.errors import IndexDamaged, IndexMissing
from search.index import Rows, Scored, Wanted
from search.types import (
    AgendaItem,
    Document,
    FacetValue,
    Floats,
    IndexInfo,
    PackedTokens,
    Page,
    Passage,
    Suggestion,
)


def open_newest(index: Path) -> "EmbeddedSnapshot":
    """Open the database's present generation, building its caches first when they do not match.

    While an ingest is writing, the newest generation that it published is opened instead, so
    that readers never wait for it.
    """
    store = Store(index)
    try:
        generation = store.generation
        ready = _usable(index, generation)
        if ready is None and store.being_written() and published(index):
            generation = max(g for g in published(index) if g <= generation)
            ready = _usable(index, generation)
        if ready is None:
            generation = publish(index, store)
            ready = _usable(index, generation)
    finally:
        store.close()
    if ready is None:
        raise IndexDamaged(
            f"no se pudieron reconstruir las cachés de «{index}»: revise el disco y «acervo check»"
        )
    return EmbeddedSnapshot(cache_folder(index) / str(generation), ready)


def _usable(index: Path, generation: int) -> Manifest | None:
    folder = cache_folder(index) / str(generation)
    manifest = read_manifest(folder)
    return None if manifest is None or damaged_files(folder, manifest) else manifest


class EmbeddedSnapshot:
    """Implements `search.index.Snapshot` over the caches of one generation."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        if not folder.is_dir():
            raise IndexMissing(f"no está la generación «{folder}»")
        self._folder = folder
        self.info = IndexInfo(
            manifest.generation, manifest.documents, manifest.passages, manifest.model
        )
        self.statistics = statistics.load(folder / "statistics.npz")
        self._content = Content(folder / "content.db")
        self._lexical = Lexical(folder / "lexical")
        languages = len(self.statistics.languages)
        self._dense = Dense(folder / "dense.faiss", self.statistics.language, languages)
        self._tokens = Tokens(folder / "tokens")

    def rows_where(self, filters: Mapping[str, tuple[str, ...]]) -> Rows | None:
        """See `Snapshot`."""
        return self._content.rows_where(filters)

    def match(self, wanted: Wanted, limit: int, allowed: Rows | None) -> Scored:
        """See `Snapshot`."""
        return self._lexical.match(wanted, limit, allowed)

    def match_scores(self, wanted: Wanted, rows: Rows) -> Floats:
        """See `Snapshot`."""
        return self._lexical.scores(wanted, rows)

    def holding(self, wanted: Wanted) -> Rows:
        """See `Snapshot`."""
        return self._lexical.holding(wanted)

    def nearest(self, vector: Floats, limit: int, allowed: Rows | None) -> Rows:
        """See `Snapshot`."""
        return self._dense.nearest(vector, limit, allowed)

    def vectors(self, rows: Rows) -> Floats:
        """See `Snapshot`."""
        return self._dense.vectors(rows)

    def token_vectors(self, rows: Rows) -> list[PackedTokens]:
        """See `Snapshot`."""
        return self._tokens.of(rows)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """See `Snapshot`."""
        return self._content.passages(rows)

    def document_ordinals(self, rows: Rows) -> Rows:
        """See `Snapshot`."""
        return self._content.ordinals[rows]

    def facets(self, rows: Rows) -> dict[str, tuple[FacetValue, ...]]:
        """See `Snapshot`."""
        return self._content.facets(rows)

    def documents(self) -> Sequence[Document]:
        """See `Snapshot`."""
        return self._content.documents

    def document(self, document_id: str) -> Document | None:
        """See `Snapshot`."""
        return self._content.document(document_id)

    def pages(self, document_id: str) -> tuple[Page, ...]:
        """See `Snapshot`."""
        return self._content.pages(document_id)

    def passages_of(self, document_id: str) -> tuple[Passage, ...]:
        """See `Snapshot`."""
        return self._content.passages_of(document_id)

    def agenda(self, passage_ids: Sequence[str]) -> dict[str, list[AgendaItem]]:
        """See `Snapshot`."""
        return self._content.agenda(passage_ids)

    def page_texts(self) -> Iterator[tuple[Document, Page]]:
        """See `Snapshot`."""
        return self._content.page_texts()

    def equivalents(self) -> Sequence[str]:
        """See `Snapshot`."""
        return self._content.equivalents()

    def suggestions(self) -> list[tuple[Suggestion, int]]:
        """See `Snapshot`."""
        lines = (self._folder / SUGGESTIONS).read_text(encoding="utf-8").splitlines()
        loaded = (json.loads(line) for line in lines)
        return [(Suggestion(**fields), count) for fields, count in loaded]

    def close(self) -> None:
        """See `Snapshot`."""
        self._content.close()
