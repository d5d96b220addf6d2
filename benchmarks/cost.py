"""What a search costs, phase by phase, as a collection grows.

    python -m benchmarks.cost ../shared/data/eval/squad-es --sizes 10000 100000

The passages are those of the folder, copied with their words shuffled and their vectors jittered
until there are enough. CPU time of one thread; questions are embedded before the clock starts.
"""

import argparse
import gc
import json
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

import numpy as np

from benchmarks.retrieval import CACHE, silent
from search import ranking, searcher
from search.answers import answer
from search.documents import Entry, Extent, Page, Passage
from search.embedding.encoder import Embedder, open_embedder
from search.evaluation.beir import collection_key, index_records, read_questions, read_records
from search.index import content, generation, snapshot
from search.index import vectors as vectors_module
from search.index.database import Store
from search.index.generation import MANIFEST, Manifest
from search.index.snapshot import EmbeddedEngine
from search.results import Query
from search.searcher import Searcher
from search.text.analysis import analyse

RESULTS = Path(__file__).parent / "results" / "cost.json"
PER_DOCUMENT = 40
QUESTIONS = 100
ROUNDS = 3
JITTER = 0.02
Result = TypeVar("Result")
LATE = ("tokens",)


def entries_of(folder: Path, embedder: Embedder) -> list[Entry]:
    """The folder's passages as production indexes them."""
    location = CACHE / collection_key(folder, embedder.name)
    index_records(read_records(folder), location, embedder, silent)
    with Store(location) as store:
        return list(store.entries())


def copies(entries: Sequence[Entry], size: int) -> Iterator[Entry]:
    """Documents of `PER_DOCUMENT` passages until there are `size`."""
    passages = [passage for entry in entries for passage in entry.passages]
    tokens = [packed for entry in entries for packed in entry.tokens]
    vectors = np.concatenate([entry.vectors for entry in entries])
    generator = np.random.default_rng(0)
    for first in range(0, size, PER_DOCUMENT):
        places = [place % len(passages) for place in range(first, min(first + PER_DOCUMENT, size))]
        id_ = f"d{first:08d}"
        texts = [
            passages[place].text
            if first + i < len(passages)
            else _shuffled(passages[place], generator)
            for i, place in enumerate(places)
        ]
        moved = vectors[places] + JITTER * generator.standard_normal(
            (len(places), vectors.shape[1])
        )
        moved /= np.linalg.norm(moved, axis=1, keepdims=True)
        yield replace(
            entries[0],
            document=replace(entries[0].document, id=id_, path=id_, pages=len(places)),
            pages=tuple(Page(i + 1, text) for i, text in enumerate(texts)),
            passages=tuple(
                replace(
                    passages[place],
                    id=f"{id_}#{i}",
                    document_id=id_,
                    text=texts[i],
                    extents=(Extent(i + 1, 0, len(texts[i]), 0),),
                )
                for i, place in enumerate(places)
            ),
            vectors=np.asarray(moved, dtype=np.float32),
            tokens=tuple(tokens[place] for place in places),
        )


def _shuffled(passage: Passage, generator: np.random.Generator) -> str:
    return " ".join(generator.permutation(passage.text.split()))


@contextmanager
def collection(
    entries: Sequence[Entry], size: int, embedder: Embedder
) -> Iterator[tuple[EmbeddedEngine, Searcher]]:
    """A collection of that size and its searcher, in a folder that is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="acervo-cost-"))
    try:
        held = content.CollectionContent(list(copies(entries, size)), {}, ())
        generation.write_caches(folder, held, [])
        documents = -(-size // PER_DOCUMENT)
        manifest = Manifest(generation.FORMAT, 0, 1, "", embedder.name, documents, size, {})
        (folder / MANIFEST).write_text("{}", encoding="utf-8")
        engine = EmbeddedEngine(folder, manifest)
        opened = Searcher(engine, embedder)
        yield engine, opened
        opened.close()
    finally:
        shutil.rmtree(folder)


class Clock:
    """CPU milliseconds by phase; what a phase calls counts for the called phase alone."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self._inside = 0.0

    def timed(self, phase: str, function: Callable[..., Result]) -> Callable[..., Result]:
        """The same function, watched."""

        def watched(*args: object, **kwargs: object) -> Result:
            before, self._inside = self._inside, 0.0
            started = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                whole = (time.process_time() - started) * 1000
                self.spent[phase] += whole - self._inside
                self._inside = before + whole

        return watched


def watched(clock: Clock, engine: EmbeddedEngine, opened: Searcher) -> ExitStack:
    """Time every phase of a search while the stack is open."""
    phases: list[tuple[str, object, str]] = [
        ("analysis", searcher, "analyse_query"),
        ("propose lexical", snapshot.LexicalIndex, "best"),
        ("propose dense", vectors_module.DenseIndex, "nearest"),
        ("words of candidates", snapshot.ForwardIndex, "occurrences"),
        ("words of candidates", ranking, "bm25f"),
        ("vectors of candidates", vectors_module.DenseIndex, "cosines"),
        ("other of candidates", engine, "candidates"),
        ("tokens", engine, "compare"),
        ("tokens", ranking, "best_spans"),
        ("blend", ranking, "fuse"),
        ("loading passages", engine, "load"),
        ("reading documents", engine, "read_documents"),
        ("answer", answer, "answer"),
        ("everything else", opened, "search"),
    ]
    stack = ExitStack()
    for phase, owner, name in phases:
        stack.enter_context(patch.object(owner, name, clock.timed(phase, getattr(owner, name))))
    return stack


def measure(engine: EmbeddedEngine, opened: Searcher, questions: Sequence[str]) -> dict[str, float]:
    """Mean CPU milliseconds of a search by phase, the least of some rounds."""
    rounds = []
    for text in questions:
        opened.search(Query(text))  # the embedder remembers; pages are in memory
    # What the making of the collection left behind is nothing that a server would look through.
    gc.collect()
    gc.freeze()
    for _ in range(ROUNDS):
        analyse.cache_clear()
        clock = Clock()
        with watched(clock, engine, opened):
            for text in questions:
                opened.search(Query(text))
        rounds.append({phase: spent / len(questions) for phase, spent in clock.spent.items()})
    best = min(rounds, key=lambda spent: sum(spent.values()))
    total = sum(best.values())
    late = sum(best.get(phase, 0.0) for phase in LATE)
    return best | {"whole search": total, "without late interaction": total - late}


def show(rows: Sequence[dict[str, object]]) -> None:
    """A Markdown table: CPU milliseconds by phase and size."""
    print("| CPU ms a search | " + " | ".join(f"{row['passages']:,}" for row in rows) + " |")
    print("|---" * (len(rows) + 1) + "|")
    phases = rows[0]["ms"]
    assert isinstance(phases, dict)
    for phase in phases:
        cells = [f"{row['ms'][phase]:.2f}" for row in rows]  # type: ignore[index] # JSON-like
        print(f"| {phase} | " + " | ".join(cells) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", nargs="+", type=int, default=[10_000, 100_000])
    parser.add_argument("--model", default="data/model")
    parser.add_argument("--write", action="store_true", help="write benchmarks/results")
    options = parser.parse_args()
    embedder = open_embedder(options.model)
    entries = entries_of(options.folder, embedder)
    asked, _ = read_questions(options.folder)
    questions = [question.text for question in asked[:: max(1, len(asked) // QUESTIONS)]]
    rows: list[dict[str, object]] = []
    for size in options.sizes:
        with collection(entries, size, embedder) as (engine, opened):
            spent = measure(engine, opened, questions[:QUESTIONS])
            rows.append({"passages": size, "ms": spent})
        show(rows[-1:])
    show(rows)
    if options.write:
        RESULTS.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
