"""Retrieval quality by component and model on evaluation folders, and what the late step costs.

    python -m benchmarks.retrieval ../shared/data/eval/squad-es ../shared/data/eval/es-mixed \
        --models data/model [data/model-full data/model/sentence-transformers]

Every question goes through production search (`search.evaluate`). Writes a table for people and
`benchmarks/results/retrieval.json`.
"""

import argparse
import json
import subprocess
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from search.embedding.encoder import Embedder, open_embedder
from search.embedding.late_interaction import best_spans, query_tokens
from search.engine import DocumentPart
from search.evaluation.beir import (
    COMPONENTS,
    QuestionSet,
    collection_key,
    evaluate,
    index_records,
    read_questions,
    read_records,
)
from search.index import open_engine
from search.searcher import open_searcher

RESULTS = Path(__file__).parent / "results" / "retrieval.json"
CACHE = Path("data/evaluations")
CANDIDATES = 90
ROUNDS = 50


def silent(_: int) -> None:
    """Nobody watches."""


def measure(folder: Path, model: str) -> dict[str, object]:
    """One evaluation folder with one model."""
    embedder = open_embedder(model)
    location = CACHE / collection_key(folder, embedder.name)
    index_records(read_records(folder), location, embedder, silent)
    searcher = open_searcher(location, embedder)
    questions, qrels = read_questions(folder)
    started = time.perf_counter()
    scorecard = evaluate(searcher, QuestionSet(questions, qrels), silent)
    row = {
        "collection": folder.name,
        "model": embedder.name,
        "seconds": round(time.perf_counter() - started, 1),
        **asdict(scorecard),
        "late_ms_at_90_candidates": round(late_milliseconds(location, embedder), 2),
    }
    searcher.close()
    return row


def late_milliseconds(location: Path, embedder: Embedder) -> float:
    """Median time of MaxSim over 90 candidates: reading their bits, scoring, one thread."""
    engine = open_engine(location)
    statistics = engine.collection().statistics
    documents = [document.id for document in engine.collection().documents]
    read = engine.read_documents(documents, frozenset({DocumentPart.PASSAGES}))
    ids = [passage.id for content in read.values() for passage in content.passages]
    text = "¿Qué papel tienen los gobiernos locales en la prestación de servicios públicos?"
    tokens = query_tokens(embedder.embed_query(text), embedder.token_mean, text, statistics)
    generator = np.random.default_rng(0)
    times = []
    for _ in range(ROUNDS):
        chosen = [ids[i] for i in generator.choice(len(ids), CANDIDATES, replace=False).tolist()]
        started = time.perf_counter()
        best_spans(engine.compare(chosen, tokens.vectors), tokens.weights)
        times.append((time.perf_counter() - started) * 1000)
    engine.close()
    return float(np.median(times))


def show(rows: list[dict[str, object]]) -> None:
    """A Markdown table: nDCG@10 of each component, by collection, group and model."""
    names = list(COMPONENTS)
    print("| collection | model | " + " | ".join(names) + " | ms p50 |")
    print("|---" * (len(names) + 3) + "|")
    for row in rows:
        groups = {"": row["components"], **row["groups"]}  # type: ignore[dict-item] # JSON-like
        for group, scores in groups.items():
            cells = " | ".join(f"{scores[name]:.4f}" for name in names)  # type: ignore[index]
            place = f"{row['collection']} {group}".strip()
            print(f"| {place} | {row['model']} | {cells} | {row['ms_per_query_p50']:.1f} |")
    for row in rows:
        print(f"{row['collection']}: late step {row['late_ms_at_90_candidates']} ms")
        print(f"  {row['measures']}")


def write(rows: list[dict[str, object]]) -> None:
    """Replace the results of these collections and models; keep those of others."""
    git = ["git", "rev-parse", "--short", "HEAD"]
    revision = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    held = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    measured = {(row["collection"], row["model"]) for row in rows}
    kept = [row for row in held if (row["collection"], row["model"]) not in measured]
    new = [{"revision": revision, **row} for row in rows]
    RESULTS.write_text(json.dumps(kept + new, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--models", nargs="+", default=["data/model"])
    parser.add_argument("--write", action="store_true", help="write benchmarks/results")
    options = parser.parse_args()
    rows = [measure(folder, model) for model in options.models for folder in options.folders]
    show(rows)
    if options.write:
        write(rows)


if __name__ == "__main__":
    main()
