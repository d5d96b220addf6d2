"""Fit the confidence model on the tune split of the judged questions and test it on the other.

python -m benchmarks.calibration [--index data/index] [--model data/model]
"""

import argparse
from dataclasses import astuple, fields
from pathlib import Path

import numpy as np

from search import answer, confidence
from search.embed import open_embedder
from search.judged import Judged, Places, read_judged
from search.late import query_tokens
from search.query import analyse_query
from search.rank import rank
from search.searcher import Searcher, open_searcher
from search.types import Query

JUDGED = Path("corpus/consultas.jsonl")
RIDGE = 0.03
SHARES = {"answerable": 1.0, "unanswerable": 0.7, "bereft": 0.3}
KEPT = 0.95


class Bench:
    """A searcher, and the features of its questions with some passages taken away."""

    def __init__(self, index: Path, model: str) -> None:
        self.embedder = open_embedder(model)
        self.searcher: Searcher = open_searcher(index, self.embedder)
        self.places = Places(self.searcher)
        self.rows = {id_: row for row, id_ in enumerate(self.searcher.passage_ids())}

    def features(self, text: str, without: list[int]) -> tuple[float, ...]:
        snapshot = self.searcher._snapshot
        asked = analyse_query(Query(text), self.searcher._equivalents, snapshot.statistics)
        embedding = self.embedder.embed_query(asked.sentence)
        tokens = query_tokens(
            embedding, self.embedder.token_mean, asked.sentence, snapshot.statistics
        )
        allowed = np.setdiff1d(np.arange(snapshot.statistics.passages), without)
        ranked = rank(snapshot, asked, embedding.vector, tokens, allowed)
        evidence = answer.read(snapshot, asked, tokens, ranked)
        titles = [document.title for document in evidence.documents[: confidence.READ]]
        passages = evidence.passages[: confidence.READ]
        return astuple(confidence.features(asked, ranked, passages, titles, snapshot.statistics))

    def sets(self, questions: list[Judged]) -> dict[str, np.ndarray]:
        """Features `(n, f)` of three kinds of questions."""
        answerable = [question for question in questions if question.relevant]
        held = [[self.rows[id_] for id_ in self.places.grades(q)] for q in answerable]
        return {
            "answerable": np.array([self.features(q.text, []) for q in answerable]),
            "unanswerable": np.array(
                [self.features(q.text, []) for q in questions if not q.relevant]
            ),
            "bereft": np.array(
                [self.features(q.text, rows) for q, rows in zip(answerable, held, strict=True)]
            ),
        }


def fit(sets: dict[str, np.ndarray]) -> np.ndarray:
    """Weights and bias `(f + 1,)` of a ridge logistic regression, by Newton's method."""
    x = np.vstack(list(sets.values()))
    y = np.concatenate([np.full(len(v), float(n == "answerable")) for n, v in sets.items()])
    share = np.concatenate([np.full(len(v), SHARES[n] / len(v)) for n, v in sets.items()])
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    z = np.c_[(x - mean) / deviation, np.ones(len(x))]
    ridge = np.r_[np.full(x.shape[1], RIDGE), 1e-9]
    weights = np.zeros(z.shape[1])
    for _ in range(200):
        p = 1 / (1 + np.exp(-z @ weights))
        slope = z.T @ (share * (p - y)) + ridge * weights
        weights -= np.linalg.solve(
            (z * (share * p * (1 - p))[:, None]).T @ z + np.diag(ridge), slope
        )
    plain = weights[:-1] / deviation
    return np.r_[plain, weights[-1] - plain @ mean]


def probability(weights: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-(x @ weights[:-1] + weights[-1]))))


def shipped() -> np.ndarray:
    return np.r_[astuple(confidence._WEIGHTS), confidence._BIAS]


def show(name: str, weights: np.ndarray, threshold: float, sets: dict[str, np.ndarray]) -> None:
    """One line: what is kept and silenced, and how well the orders separate (AUC)."""
    p = {kind: probability(weights, x) for kind, x in sets.items()}
    auc = (p["answerable"][:, None] > p["unanswerable"][None]).mean()
    print(
        f"{name:16} answered {np.mean(p['answerable'] >= threshold):.3f}  "
        f"silent: no answer {np.mean(p['unanswerable'] < threshold):.3f}, "
        f"passages taken away {np.mean(p['bereft'] < threshold):.3f}  AUC {auc:.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--index", type=Path, default=Path("data/index"))
    parser.add_argument("--model", default="data/model")
    options = parser.parse_args()
    bench = Bench(options.index, options.model)
    tune, test = (bench.sets(read_judged(JUDGED, split)) for split in ("tune", "test"))
    weights = fit(tune)
    names = [field.name for field in fields(confidence.Features)] + ["bias"]
    print("fitted:", ", ".join(f"{n}={w:.2f}" for n, w in zip(names, weights, strict=True)))
    threshold = float(np.quantile(probability(weights, tune["answerable"]), 1 - KEPT))
    print(f"threshold that keeps {KEPT:.0%} of the answerable tune questions: {threshold:.3f}")
    show("fitted, tune", weights, threshold, tune)
    show("fitted, test", weights, threshold, test)
    show("shipped, tune", shipped(), confidence.THRESHOLD, tune)
    show("shipped, test", shipped(), confidence.THRESHOLD, test)


if __name__ == "__main__":
    main()
