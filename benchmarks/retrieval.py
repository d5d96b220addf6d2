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
from search.embedding.late_interaction import query_tokens, token_similarities
from search.evaluation.beir import (
    COMPONENTS,
    QuestionSet,
    collection_key,
    evaluate,
    index_records,
    read_questions,
    read_records,
)
from search.searcher import Searcher, open_searcher

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
        "late_ms_at_90_candidates": round(late_milliseconds(searcher, embedder), 2),
    }
    searcher.close()
    return row


def late_milliseconds(searcher: Searcher, embedder: Embedder) -> float:
    """Median time of MaxSim over 90 candidates: reading their bits, scoring, one thread."""
    snapshot = searcher._snapshot
    text = "¿Qué papel tienen los gobiernos locales en la prestación de servicios públicos?"
    tokens = query_tokens(
        embedder.embed_query(text), embedder.token_mean, text, snapshot.statistics
    )
    generator = np.random.default_rng(0)
    times = []
    for _ in range(ROUNDS):
        rows = generator.choice(searcher.info.passages, CANDIDATES, replace=False)
        started = time.perf_counter()
        token_similarities(tokens.vectors, snapshot.token_vectors(rows)).spans(tokens.weights)
        times.append((time.perf_counter() - started) * 1000)
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
