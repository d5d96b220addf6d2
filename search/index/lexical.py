"""Finds passages by words: a Tantivy index fed with our own tokens, and a forward index.

Tantivy proposes candidates by BM25 and finds phrases. The forward index holds the words of each
passage in order, so that ranking can weigh its candidates without asking Tantivy again (60
candidates in .3 ms against 1.5).
"""

import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray

from search.documents import Document, Ints, Passage, heading_of
from search.engine import LexicalQuery, Occurrences, Rows, Scored
from search.text.analysis import Token, read
from search.text.question_types import shapes
from search.text.vocabulary import fold

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


# Empty places between the words of a text and the shapes read off it: no pair spans it.
_GAP = 8

# Of the forward index: numbers of words (`ids`) of all passages one after another, where each
# begins (`offsets`), how many of its words stand in headings (`heads`) and in its text (`lengths`);
# of each numbered word the hash of its surface and stem, and how many passages hold them.
_FILES = ("ids", "offsets", "heads", "lengths", "surfaces", "stems", "held", "stem_held")


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
    """Write the index and its forward index; rows are numbered in the order given. Returns its
    words."""
    folder.mkdir()
    forward = ForwardIndex()
    index = _open(folder, _schema())
    writer = index.writer(heap_size=64_000_000, num_threads=1)
    counts: Counter[str] = Counter()
    written: Counter[str] = Counter()
    for row, (document, passage) in enumerate(passages):
        # A document's symbol mostly stands in its running lines, which are no passage.
        above = " ".join(filter(None, (heading_of(document, passage), document.symbol)))
        heading, text = read(above), read(passage.text)
        # That it holds an address, whatever it is, is a word of a passage too: a question for a
        # telephone looks for it beside the words of its subject.
        held = shapes(passage.text)
        counts.update({token.surface for token in (*heading, *text)} | set(held))
        for source, tokens in ((above, heading), (passage.text, text)):
            written.update(_written_words(source, tokens))
        forward.add(heading, text, held)
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
    return Vocabulary(dict(counts), _commonest_forms(written))


def _written_words(source: str, tokens: Sequence[Token]) -> Iterator[str]:
    """Words as they are written, but for those inside addresses and symbols."""
    end = 0
    for token in tokens:
        # Not a word but an address, a symbol or a number; its parts are tokens as well, and say
        # nothing about how a word is written.
        if not token.worded:
            end = max(end, token.end)
        elif token.start >= end:
            yield source[token.start : token.end]


def _commonest_forms(written: Counter[str]) -> dict[str, str]:
    """Folded words to their commonest written form where that differs; in lower case if they are
    ever written so, since headings and beginnings of sentences say nothing of a word."""
    best: dict[str, tuple[bool, int, str]] = {}
    for form, count in written.items():
        # Lower case first, then the commonest, then by alphabet, so that ties are always the same.
        rank = (form != form.lower(), -count, form)
        folded = fold(form)
        best[folded] = min(best.get(folded, rank), rank)
    return {folded: form for folded, (_, _, form) in best.items() if form != folded}


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

    def match(self, wanted: LexicalQuery, limit: int, allowed: Rows | None) -> Scored:
        """The best passages by BM25 summed over fields, ties by row."""
        if not self._searcher.num_docs or not wanted.terms:
            return Scored(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        clauses = [(tantivy.Occur.Must, self._any_term(wanted))]
        if allowed is not None:
            clauses.append((tantivy.Occur.Must, self._in_rows(allowed)))
        found = self._searcher.search(tantivy.Query.boolean_query(clauses), limit, count=False)
        rows = self._rows([address for _, address in found.hits])
        scores = np.array([score for score, _ in found.hits], dtype=np.float32)
        # Tantivy breaks ties by address, which depends on how segments were merged.
        order = np.lexsort((rows, -scores))
        return Scored(rows[order], scores[order])

    def holding(self, wanted: LexicalQuery) -> Rows:
        """Rows with every phrase and none of the excluded words."""
        clauses = self._required(wanted)
        # A boolean query of exclusions alone matches nothing.
        if not any(occur == tantivy.Occur.Must for occur, _ in clauses):
            clauses.append((tantivy.Occur.Must, tantivy.Query.all_query()))
        query = tantivy.Query.boolean_query(clauses)
        # Tantivy refuses a limit of 0.
        count = max(1, self._searcher.num_docs)
        found = self._searcher.search(query, count, count=False)
        return np.sort(self._rows([address for _, address in found.hits]))

    def _rows(self, addresses: list[tantivy.DocAddress]) -> Rows:
        return np.array(self._searcher.fast_field_values("row", addresses), dtype=np.int64)

    def _any_term(self, wanted: LexicalQuery) -> tantivy.Query:
        """Any of the words in any field. Words are given as terms, never parsed as query text."""
        clauses = []
        for term in wanted.terms:
            for field, weight in _FIELDS.items():
                value = term.stem if field.endswith("stem") else term.surface
                query = tantivy.Query.term_query(self._schema, field, value)
                boosted = tantivy.Query.boost_query(query, weight * term.weight)
                clauses.append((tantivy.Occur.Should, boosted))
        return tantivy.Query.boolean_query(clauses)

    def _required(self, wanted: LexicalQuery) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        clauses = [(tantivy.Occur.Must, self._phrase(words)) for words in wanted.phrases]
        clauses += [(tantivy.Occur.MustNot, self._phrase(words)) for words in wanted.excluded]
        return clauses

    def _phrase(self, words: tuple[str, ...]) -> tantivy.Query:
        # A phrase of one word is none for Tantivy.
        fields = ("text_word", "heading_word")
        if len(words) == 1:
            queries = [tantivy.Query.term_query(self._schema, f, words[0]) for f in fields]
        else:
            queries = [tantivy.Query.phrase_query(self._schema, f, list(words)) for f in fields]
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])

    def _in_rows(self, rows: Rows) -> tantivy.Query:
        # Filters must not change scores.
        query = tantivy.Query.term_set_query(self._schema, "row", rows.tolist())
        return tantivy.Query.const_score_query(query, 0.0)


def _word_hash(word: str) -> int:
    # Eight bytes a word instead of the vocabulary itself; Python's own hash is salted per process.
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


class ForwardIndex:
    """Collects the words of passages, row by row; 4 bytes a word."""

    def __init__(self) -> None:
        # Number 0 is the empty place of the gap.
        self._numbers: dict[tuple[str, str], int] = {("", ""): 0}
        self._ids: list[Ints] = []
        self._sizes: list[tuple[int, int]] = []
        self._held: Counter[str] = Counter()
        self._stem_held: Counter[str] = Counter()

    def add(self, heading: Sequence[Token], text: Sequence[Token], read: Sequence[str]) -> None:
        """The next row: what stands above it, its words, and what is read into them."""
        after = [(word, word) for word in read]
        above, own = _pairs(heading), _pairs(text)
        everything = [*above, *own, *[("", "")] * _GAP, *after]
        numbers = self._numbers
        ids = [numbers.setdefault(pair, len(numbers)) for pair in everything]
        self._ids.append(np.array(ids, dtype=np.int32))
        self._sizes.append((len(above), len(own)))
        self._held.update({surface for surface, _ in everything})
        self._stem_held.update({stem for _, stem in everything})

    def write(self, folder: Path) -> None:
        """Write it all; rows keep their order."""
        folder.mkdir()
        sizes = np.array(self._sizes, dtype=np.int32).reshape(-1, 2)
        lengths = [len(ids) for ids in self._ids]
        arrays: dict[str, np.ndarray] = {
            "ids": np.concatenate(self._ids or [np.empty(0, dtype=np.int32)]),
            "offsets": np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
            "heads": sizes[:, 0],
            "lengths": sizes[:, 1],
            "surfaces": np.array([_word_hash(s) for s, _ in self._numbers], dtype=np.uint64),
            "stems": np.array([_word_hash(s) for _, s in self._numbers], dtype=np.uint64),
            "held": np.array([self._held[s] for s, _ in self._numbers], dtype=np.int32),
            "stem_held": np.array([self._stem_held[s] for _, s in self._numbers], dtype=np.int32),
        }
        for name in _FILES:
            np.save(folder / f"{name}.npy", arrays[name])


def _pairs(tokens: Sequence[Token]) -> list[tuple[str, str]]:
    return [(token.surface, token.stem) for token in tokens]


class _WordNumbers:
    """Which numbers a hashed word has; a stem has one for each of its surfaces."""

    def __init__(self, keys: NDArray[np.uint64]) -> None:
        self._order = np.argsort(keys, kind="stable")
        self._sorted = keys[self._order]

    def numbers(self, word: str) -> Ints:
        key = np.uint64(_word_hash(word))
        first = self._sorted.searchsorted(key, "left")
        return np.asarray(self._order[first : self._sorted.searchsorted(key, "right")])


class StoredForwardIndex:
    """The forward index, mapped. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        def load(name: str, mapped: bool = False) -> np.ndarray:
            array = np.load(folder / f"{name}.npy", mmap_mode="r" if mapped else None)
            # A plain view of a memory map: slicing the map itself makes a new one each time.
            return np.asarray(array).view(np.ndarray)

        self._ids = load("ids", mapped=True)
        self._offsets, self._heads, self._lengths = map(load, ("offsets", "heads", "lengths"))
        self._held, self._stem_held = load("held"), load("stem_held")
        self._surfaces, self._stems = _WordNumbers(load("surfaces")), _WordNumbers(load("stems"))
        # 1 for an empty collection, since ranking divides by it.
        self._mean_length = float(self._lengths.mean()) if len(self._lengths) else 1.0

    def occurrences(self, wanted: LexicalQuery, rows: Rows) -> Occurrences:
        """Where words of the question stand in the given rows."""
        stem_of, word_of, stem_held, held = self._terms_by_word(wanted)
        sizes = self._offsets[rows + 1] - self._offsets[rows]
        firsts = np.cumsum(sizes) - sizes
        spans = [self._ids[self._offsets[row] : self._offsets[row + 1]] for row in rows.tolist()]
        ids = np.concatenate(spans) if spans else self._ids[:0]
        found = np.flatnonzero(stem_of[ids])
        owner = np.repeat(np.arange(len(rows)), sizes)[found]
        position = found - firsts[owner]
        return Occurrences(
            owner=owner,
            position=position,
            term=stem_of[ids[found]] - 1,
            word=word_of[ids[found]] - 1,
            heading=position < self._heads[rows][owner],
            lengths=self._lengths[rows],
            mean_length=self._mean_length,
            stem_held=stem_held,
            held=held,
            passages=len(self._lengths),
        )

    def _terms_by_word(self, wanted: LexicalQuery) -> tuple[Ints, Ints, Ints, Ints]:
        """By the number of a word: which term's stem it has and which term it is, from one; by
        term: how many passages hold its stem and itself."""
        stem_of = np.zeros(len(self._held), dtype=np.int32)
        word_of = np.zeros(len(self._held), dtype=np.int32)
        held = np.zeros((2, len(wanted.terms)), dtype=np.int32)
        # Backwards, so that of two words with one stem the first stands for both.
        for place in reversed(range(len(wanted.terms))):
            term = wanted.terms[place]
            stems, words = self._stems.numbers(term.stem), self._surfaces.numbers(term.surface)
            word_of[words] = place + 1
            stem_of[words] = np.where(stem_of[words] == 0, place + 1, stem_of[words])
            stem_of[stems] = place + 1
            held[0, place] = self._stem_held[stems].max(initial=0)
            held[1, place] = self._held[words].max(initial=0)
        return stem_of, word_of, held[0], held[1]
