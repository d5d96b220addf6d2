"""How the two phases that look at a whole collection grow: proposing by words and by vectors.

    python -m benchmarks.growth ../shared/data/eval/squad-es --sizes 10000 100000 1000000

All other phases see only the candidates. Passages are those of the folder over and over, their
words shuffled and their vectors jittered; the engines are production's. CPU time, one thread.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import tantivy

from benchmarks.cost import JITTER, QUESTIONS, ROUNDS, entries_of
from search.documents import Entry, Floats
from search.embedding.encoder import open_embedder
from search.engine import Statistics
from search.evaluation.beir import read_questions
from search.index import lexical
from search.index import vectors as vectors_module
from search.query import AnalysedQuery, analyse_query
from search.ranking import DENSE_CANDIDATES, LEXICAL_CANDIDATES
from search.results import Query
from search.synonyms import Synonyms
from search.text.analysis import analyse

_BATCH = 10_000

Put: TypeAlias = tuple[AnalysedQuery, Floats]
"""A question and its vector."""


def grown_vectors(entries: Sequence[Entry], size: int) -> Floats:
    """Vectors near those of the folder."""
    vectors = np.concatenate([entry.vectors for entry in entries])
    generator = np.random.default_rng(0)
    grown = np.empty((size, vectors.shape[1]), dtype=np.float32)
    for first in range(0, size, _BATCH):
        places = np.arange(first, min(first + _BATCH, size)) % len(vectors)
        noise = generator.standard_normal((len(places), vectors.shape[1]), dtype=np.float32)
        moved = vectors[places] + JITTER * noise
        moved /= np.linalg.norm(moved, axis=1, keepdims=True)
        grown[first : first + len(places)] = moved
    return grown


def write_words(folder: Path, entries: Sequence[Entry], size: int) -> None:
    """The fields of production's lexical index, with the words of a passage exchanged with those
    of others so that no two are alike."""
    read = [analyse(passage.text) for entry in entries for passage in entry.passages]
    words = [token for tokens in read for token in tokens]
    generator = np.random.default_rng(0)
    folder.mkdir()
    index = lexical._open(folder, lexical._schema())
    writer = index.writer(heap_size=256_000_000, num_threads=1)
    for row in range(size):
        tokens = read[row % len(read)]
        if row >= len(read):
            strange = generator.integers(0, len(words), len(tokens) // 2).tolist()
            tokens = (*tokens[: len(tokens) // 2], *(words[place] for place in strange))
        writer.add_document(
            tantivy.Document(
                row=row,
                text_stem=" ".join(token.stem for token in tokens),
                text_word=" ".join(token.surface for token in tokens),
            )
        )
    writer.commit()
    writer.wait_merging_threads()


def milliseconds(call: Callable[[AnalysedQuery, Floats], object], asked: Sequence[Put]) -> float:
    """Mean CPU time of a call, the least of some rounds."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for question, vector in asked:
            call(question, vector)
        rounds.append((time.process_time() - started) * 1000 / len(asked))
    return min(rounds)


def measure(entries: Sequence[Entry], size: int, asked: Sequence[Put]) -> tuple[float, float]:
    """Proposing by words and by vectors in a collection of that size."""
    folder, nothing = Path(tempfile.mkdtemp(prefix="acervo-growth-")), np.empty(0, np.int64)
    try:
        vectors_module.write_vectors(folder / "dense.faiss", grown_vectors(entries, size))
        near = vectors_module.DenseIndex(folder / "dense.faiss", np.zeros(size, dtype=np.int16), 1)
        by_vector = milliseconds(
            lambda _, v: near.nearest(v, DENSE_CANDIDATES, None, nothing), asked
        )
        write_words(folder / "lexical", entries, size)
        words = lexical.LexicalIndex(folder / "lexical")
        by_word = milliseconds(
            lambda q, _: words.best(q.terms, LEXICAL_CANDIDATES, None, nothing), asked
        )
    finally:
        shutil.rmtree(folder)
    return by_word, by_vector


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", nargs="+", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--model", default="data/model")
    options = parser.parse_args()
    embedder = open_embedder(options.model)
    entries = entries_of(options.folder, embedder)
    asked, _ = read_questions(options.folder)
    texts = [question.text for question in asked[:: max(1, len(asked) // QUESTIONS)]][:QUESTIONS]
    empty = np.empty(0, dtype=np.int32)
    means = np.zeros((1, embedder.dimension), dtype=np.float32)
    nothing = Statistics(("es",), means, empty, empty, {}, 1)
    questions = [analyse_query(Query(text, literal=True), Synonyms(()), nothing) for text in texts]
    put = [(question, embedder.embed_query(question.sentence).vector) for question in questions]
    print("| passages | proposing by words | proposing by vectors |\n|---|---|---|")
    for size in options.sizes:
        by_word, by_vector = measure(entries, size, put)
        print(f"| {size:,} | {by_word:.2f} | {by_vector:.2f} |", flush=True)


if __name__ == "__main__":
    main()
