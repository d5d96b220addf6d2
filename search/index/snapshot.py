"""Opens one published generation for reading, and builds its caches first where they do not match.

What a snapshot has open never changes: a later generation is another folder, and this one stays on
the disk until it is closed.
"""

import json
import os
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from search.documents import AgendaItem, Details, Document, Floats, PackedTokens, Page, Passage, Tag
from search.engine import LexicalQuery, Occurrences, Rows, Scored
from search.errors import IndexDamaged, IndexMissing
from search.index import vectors
from search.index.content import Content
from search.index.database import Store
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
from search.index.lexical import LexicalIndex, StoredForwardIndex
from search.index.vectors import DenseIndex, TokenStore
from search.results import FacetValue, IndexInfo, Suggestion


def open_newest(index: Path) -> "EmbeddedSnapshot":
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
    return EmbeddedSnapshot(cache_folder(index) / str(manifest.generation), manifest)


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


class EmbeddedSnapshot:
    """Implements `search.engine.Snapshot` over the caches of one generation."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        if not folder.is_dir():
            raise IndexMissing(f"no está la generación «{folder}»")
        # The lock on the generation is let go even when nobody closes the snapshot.
        self._release = weakref.finalize(self, os.close, hold_generation(folder))
        self._folder = folder
        self.info = IndexInfo(
            manifest.generation, manifest.documents, manifest.passages, manifest.model
        )
        self.statistics = vectors.read_statistics(folder / "statistics.npz")
        self._content = Content(folder / "content.db")
        self._lexical = LexicalIndex(folder / "lexical")
        self._words = StoredForwardIndex(folder / "words")
        languages = len(self.statistics.languages)
        self._dense = DenseIndex(folder / "dense.faiss", self.statistics.language, languages)
        self._tokens = TokenStore(folder / "tokens")

    def rows_where(self, filters: Mapping[str, tuple[str, ...]]) -> Rows | None:
        """See `Snapshot`."""
        return self._content.rows_where(filters)

    def match(self, wanted: LexicalQuery, limit: int, allowed: Rows | None) -> Scored:
        """See `Snapshot`."""
        return self._lexical.match(wanted, limit, allowed)

    def occurrences(self, wanted: LexicalQuery, rows: Rows) -> Occurrences:
        """See `Snapshot`."""
        return self._words.occurrences(wanted, rows)

    def holding(self, wanted: LexicalQuery) -> Rows:
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

    def tags(self, passage_ids: Sequence[str]) -> Mapping[str, tuple[Tag, ...]]:
        """See `Snapshot`."""
        return self._content.tags(passage_ids)

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

    def details(self, document_id: str) -> Details:
        """See `Snapshot`."""
        return self._content.details(document_id)

    def versions(self) -> Mapping[str, str]:
        """See `Snapshot`."""
        return self._content.versions

    def twins(self, rows: Rows) -> Rows:
        """See `Snapshot`."""
        return self._content.twins[rows]

    def pages(self, document_id: str) -> tuple[Page, ...]:
        """See `Snapshot`."""
        return self._content.pages(document_id)

    def page(self, document_id: str, number: int) -> Page | None:
        """See `Snapshot`."""
        return self._content.page(document_id, number)

    def passages_of(self, document_id: str) -> tuple[Passage, ...]:
        """See `Snapshot`."""
        return self._content.passages_of(document_id)

    def timetable(self, document_id: str) -> tuple[tuple[Passage, AgendaItem], ...]:
        """See `Snapshot`."""
        return self._content.timetable(document_id)

    def passage(self, passage_id: str) -> Passage | None:
        """See `Snapshot`."""
        return self._content.passage(passage_id)

    def pages_holding(self, text: str) -> Iterator[tuple[Document, Page]]:
        """See `Snapshot`."""
        return self._content.pages_holding(text)

    def equivalents(self) -> Sequence[str]:
        """See `Snapshot`."""
        # One table of all: those of the roots and those of the texts were joined at publishing.
        return [(self._folder / EQUIVALENTS).read_text(encoding="utf-8")]

    def suggestions(self) -> list[tuple[Suggestion, int]]:
        """See `Snapshot`."""
        # Not `splitlines`: a title may hold one of the rarer line separators of Unicode.
        lines = (self._folder / SUGGESTIONS).read_text(encoding="utf-8").split("\n")
        loaded = (json.loads(line) for line in lines if line)
        return [(Suggestion(**fields), count) for fields, count in loaded]

    def close(self) -> None:
        """See `Snapshot`."""
        self._content.close()
        self._release()
