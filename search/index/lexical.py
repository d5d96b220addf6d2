"""Finds passages by words: a Tantivy index, fed with our own tokens, proposes by BM25 and finds
phrases."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tantivy

from search.documents import Document, Passage
from search.engine import Term
from search.index.forward_index import (
    AnalysedPassage,
    ForwardIndexWriter,
    Rows,
    commonest_forms,
)
from search.text.analysis import Token

_TOKENIZER = "acervo"
# A word in the headings above a passage counts half of one in its text.
_HEADING_WEIGHT = 0.5
# The exact folded word beside its stem, so that «talleres» prefers «talleres» to «taller».
_SURFACE_WEIGHT = 0.35

_FIELDS = {
    "text_stem": 1.0,
    "text_word": _SURFACE_WEIGHT,
    "heading_stem": _HEADING_WEIGHT,
    "heading_word": _HEADING_WEIGHT * _SURFACE_WEIGHT,
}


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in _FIELDS:
        builder.add_text_field(name, tokenizer_name=_TOKENIZER)
    builder.add_integer_field("row", fast=True, indexed=True)
    return builder.build()


def _open(folder: Path, schema: tantivy.Schema | None = None) -> tantivy.Index:
    index = tantivy.Index(schema, path=str(folder)) if schema else tantivy.Index.open(str(folder))
    # Our analysis has cut, folded and stemmed already; Tantivy is only to part at the blanks.
    split = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(_TOKENIZER, split)
    return index


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The folded words of a collection: how many passages hold each, and how it is mostly written
    where that differs."""

    counts: dict[str, int]
    written: dict[str, str]


def write_lexical_index(
    folder: Path, forward_folder: Path, passages: Iterable[tuple[Document, Passage]]
) -> Vocabulary:
    """Write the index and the forward index; rows are numbered in the order given. Returns their
    words."""
    folder.mkdir()
    forward = ForwardIndexWriter()
    index = _open(folder, _schema())
    writer = index.writer(heap_size=64_000_000, num_threads=1)
    counts: Counter[str] = Counter()
    written: Counter[str] = Counter()
    for row, (document, passage) in enumerate(passages):
        analysed = AnalysedPassage(document, passage)
        heading, text, held = analysed.heading, analysed.words, analysed.shapes
        counts.update({token.surface for token in (*heading, *text)} | set(held))
        written.update(analysed.written())
        forward.add(analysed)
        writer.add_document(
            tantivy.Document(
                row=row,
                text_stem=" ".join((_stems(text), *held)),
                text_word=" ".join((_surfaces(text), *held)),
                heading_stem=_stems(heading),
                heading_word=_surfaces(heading),
            )
        )
    forward.write(forward_folder)
    writer.commit()
    writer.wait_merging_threads()
    return Vocabulary(dict(counts), commonest_forms(written))


def _stems(tokens: Sequence[Token]) -> str:
    return " ".join(token.stem for token in tokens)


def _surfaces(tokens: Sequence[Token]) -> str:
    return " ".join(token.surface for token in tokens)


def _remove_folder(folder: Path) -> None:
    """A thread of Tantivy looks at a folder after opening it and may put its lock there while
    the folder is being emptied: then once more."""
    for _ in range(10):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return


class LexicalIndex:
    """An open index of words. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        # Through links: Tantivy locks the folder that it opens, and ours may be read-only. Once
        # open, all its files are mapped.
        links = Path(tempfile.mkdtemp(prefix="acervo-"))
        try:
            for path in folder.glob("[!.]*"):
                (links / path.name).symlink_to(path.resolve())
            self._index = _open(links)
            self._searcher = self._index.searcher()
        finally:
            _remove_folder(links)
        self._schema = self._index.schema

    def best(self, terms: Sequence[Term], limit: int, allowed: Rows | None, hidden: Rows) -> Rows:
        """The `limit` best passages by BM25 summed over fields, in any order: of the allowed ones,
        or of all but the hidden ones."""
        # Tantivy refuses a limit of 0.
        if not self._searcher.num_docs or not terms or not limit:
            return np.empty(0, dtype=np.int64)
        # Words are given as terms, never parsed as query text.
        clauses = [
            (tantivy.Occur.Should, tantivy.Query.boost_query(query, weight * term.weight))
            for term in terms
            for field, weight in _FIELDS.items()
            for query in [
                tantivy.Query.term_query(
                    self._schema, field, term.stem if field.endswith("stem") else term.surface
                )
            ]
        ]
        required = [(tantivy.Occur.Must, tantivy.Query.boolean_query(clauses))]
        if allowed is not None:
            # Filters must not change scores.
            rows = tantivy.Query.term_set_query(self._schema, "row", allowed.tolist())
            required.append((tantivy.Occur.Must, tantivy.Query.const_score_query(rows, 0.0)))
        elif len(hidden):
            rows = tantivy.Query.term_set_query(self._schema, "row", hidden.tolist())
            required.append((tantivy.Occur.MustNot, rows))
        found = self._searcher.search(tantivy.Query.boolean_query(required), limit, count=False)
        return self._rows([address for _, address in found.hits])

    def holding(
        self, phrases: Sequence[tuple[str, ...]], excluded: Sequence[tuple[str, ...]] = ()
    ) -> Rows:
        """Rows with every phrase and none of the excluded words, ascending."""
        clauses = [(tantivy.Occur.Must, self._phrase(words)) for words in phrases]
        clauses += [(tantivy.Occur.MustNot, self._phrase(words)) for words in excluded]
        # A boolean query of exclusions alone matches nothing.
        if not phrases:
            clauses.append((tantivy.Occur.Must, tantivy.Query.all_query()))
        query = tantivy.Query.boolean_query(clauses)
        # Tantivy refuses a limit of 0.
        found = self._searcher.search(query, max(1, self._searcher.num_docs), count=False)
        return np.sort(self._rows([address for _, address in found.hits]))

    def _rows(self, addresses: list[tantivy.DocAddress]) -> Rows:
        return np.array(self._searcher.fast_field_values("row", addresses), dtype=np.int64)

    def _phrase(self, words: tuple[str, ...]) -> tantivy.Query:
        # A phrase of one word is none for Tantivy.
        fields = ("text_word", "heading_word")
        if len(words) == 1:
            queries = [tantivy.Query.term_query(self._schema, f, words[0]) for f in fields]
        else:
            queries = [tantivy.Query.phrase_query(self._schema, f, list(words)) for f in fields]
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])
