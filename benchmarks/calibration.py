"""Fit the confidence model on the tune split of the judged questions and test it on the other.

    python -m benchmarks.calibration [--index data/index] [--model data/model]
        [--beir ../shared/data/eval/squad-es]

Questions are asked as typed, in English and misspelt; those with an answer also with every judged
passage taken away. Of a BEIR collection every second question is asked as well, with its answer,
without it, and without the whole article that it stands in.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np

from search.answers import answer
from search.answers.spans import AnswerContext, OpenedPassage
from search.embedding.encoder import Embedder, open_embedder
from search.embedding.late_interaction import query_tokens
from search.engine import CandidateRequest, Engine, Hidden, Scope
from search.evaluation import perturb
from search.evaluation.beir import (
    Question,
    collection_key,
    index_records,
    read_questions,
    read_records,
)
from search.evaluation.judged import Judged, JudgedQuotes, read_judged
from search.index import open_engine
from search.ranking import rank
from search.results import Query
from search.searcher import Searcher

JUDGED = Path("corpus/consultas.jsonl")
CACHE = Path("data/evaluations")
RIDGE = 0.2
KEPT = 0.95
SAMPLE = 250
WEIGHTS = {
    "answerable": 1.0,
    "answerable english": 0.35,
    "answerable typo": 0.15,
    "near-miss": 0.8,
    "near-miss english": 0.3,
    "near-miss typo": 0.1,
    "off-topic": 0.35,
    "off-topic english": 0.15,
    "off-topic typo": 0.05,
    "taken away": 0.15,
    "taken away english": 0.05,
    "beir answerable": 0.5,
    "beir off-topic": 0.35,
    "beir taken away": 0.15,
}
"""What each set of questions counts as a whole in the fit."""

Sets = dict[str, list[tuple[float, ...]]]


@dataclass(frozen=True)
class Bench:
    """An engine, its searcher and its model: the features of questions with some passages taken
    away."""

    engine: Engine
    searcher: Searcher
    embedder: Embedder

    def features(self, text: str, without: Iterable[str] = ()) -> tuple[float, ...] | None:
        """None when no answer is looked for, as for an address where there is none."""
        engine, embedder = self.engine, self.embedder
        asked, _ = self.searcher.understand(Query(text))
        held = engine.collection()
        statistics = held.statistics
        embedding = embedder.embed_query(asked.sentence)
        tokens = query_tokens(embedding, embedder.token_mean, asked.sentence, statistics)
        scope = Scope(hidden=Hidden(passages=frozenset(without)))
        candidates = engine.candidates(CandidateRequest(scope, asked.terms, embedding.vector))
        ranked = rank(engine, candidates, asked.terms, embedding.vector, tokens, statistics.means)
        ids = ranked.passages.ids[: answer.PASSAGES_READ]
        opened = tuple(
            OpenedPassage(place, loaded, held.documents[ranked.passages.document[place]])
            for place, loaded in enumerate(engine.load(ids, tokens.vectors))
        )
        context = AnswerContext(asked, tokens, ranked, opened, statistics)
        best = answer._best_spans(context)
        return astuple(answer.features(context, best[0])) if best else None


def open_bench(index: Path, embedder: Embedder) -> Bench:
    """A bench over the newest generation of an index."""
    engine = open_engine(index)
    return Bench(engine, Searcher(engine, embedder), embedder)


def judged_sets(bench: Bench, questions: Sequence[Judged]) -> Sets:
    """Features by what is asked and how."""
    places = JudgedQuotes(bench.searcher)
    sets: Sets = {}
    for question in questions:
        kind = "answerable" if question.relevant else question.kind
        held = list(places.grades(question))
        for how, text in asked_as(question, bench.searcher):
            add(sets, f"{kind} {how}".strip(), bench.features(text))
            if held and how != "typo":
                add(sets, f"taken away {how}".strip(), bench.features(text, held))
    return sets


def asked_as(question: Judged, searcher: Searcher) -> Iterator[tuple[str, str]]:
    yield "", question.text
    if question.english and question.kind != "foreign":
        yield "english", question.english
    misspelt = perturb.typo(question, searcher.equivalents)
    if misspelt:
        yield "typo", misspelt


def beir_sets(bench: Bench, folder: Path, odd: bool) -> Sets:
    """A sample of every second question of a collection, whose titles name its articles."""
    questions, qrels = read_questions(folder)
    titles = {record.id: record.title for record in read_records(folder)}
    sets: Sets = {}
    for question in sample(questions[int(odd) :: 2]):
        gold = list(qrels[question.id])
        article = [id_ for id_, title in titles.items() if title == titles[gold[0]]]
        add(sets, "beir answerable", bench.features(question.text))
        add(sets, "beir taken away", bench.features(question.text, gold))
        add(sets, "beir off-topic", bench.features(question.text, article))
    return sets


def sample(questions: Sequence[Question]) -> list[Question]:
    """The same questions every time."""
    chosen = np.random.default_rng(1).choice(len(questions), SAMPLE, replace=False)
    return [questions[place] for place in sorted(chosen.tolist())]


def add(sets: Sets, name: str, seen: tuple[float, ...] | None) -> None:
    if seen is not None:
        sets.setdefault(name, []).append(seen)


def fit(sets: Sets) -> np.ndarray:
    """Weights and bias `(f + 1,)` of a ridge logistic regression, by Newton's method."""
    used = {name: np.array(rows) for name, rows in sets.items() if name in WEIGHTS}
    x = np.vstack(list(used.values()))
    y = np.concatenate([np.full(len(v), float("answerable" in n)) for n, v in used.items()])
    share = np.concatenate([np.full(len(v), WEIGHTS[n] / len(v)) for n, v in used.items()])
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = np.c_[(x - mean) / deviation, np.ones(len(x))]
    ridge = np.r_[np.full(x.shape[1], RIDGE), 1e-9]
    weights = np.zeros(z.shape[1])
    for _ in range(100):
        p = 1 / (1 + np.exp(-z @ weights))
        slope = z.T @ (share * (p - y)) + ridge * weights
        weights -= np.linalg.solve(
            (z * (share * p * (1 - p))[:, None]).T @ z + np.diag(ridge), slope
        )
    plain = weights[:-1] / deviation
    return np.r_[plain, weights[-1] - plain @ mean]


def probability(weights: np.ndarray, rows: Sequence[tuple[float, ...]]) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-(np.array(rows) @ weights[:-1] + weights[-1]))))


def shipped() -> np.ndarray:
    return np.r_[astuple(answer._WEIGHTS), answer._BIAS]


def show(name: str, weights: np.ndarray, threshold: float, sets: Sets) -> None:
    """How much of each set is answered at the threshold."""
    told = ", ".join(
        f"{kind} {np.mean(probability(weights, rows) >= threshold):.3f}"
        for kind, rows in sorted(sets.items())
    )
    print(f"{name}: answered {told}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--index", type=Path, default=Path("data/index"))
    parser.add_argument("--model", default="data/model")
    parser.add_argument("--beir", type=Path, help="an evaluation folder whose titles are articles")
    options = parser.parse_args()
    embedder = open_embedder(options.model)
    bench = open_bench(options.index, embedder)
    tune, test = (judged_sets(bench, read_judged(JUDGED, split)) for split in ("tune", "test"))
    if options.beir:
        location = CACHE / collection_key(options.beir, embedder.name)
        index_records(read_records(options.beir), location, embedder, lambda _: None)
        beir = open_bench(location, embedder)
        tune |= beir_sets(beir, options.beir, odd=False)
        test |= beir_sets(beir, options.beir, odd=True)
    weights = fit(tune)
    names = [field.name for field in fields(answer.Features)] + ["bias"]
    print("fitted:", ", ".join(f"{n}={w:.2f}" for n, w in zip(names, weights, strict=True)))
    threshold = float(np.quantile(probability(weights, tune["answerable"]), 1 - KEPT))
    print(f"threshold that keeps {KEPT:.0%} of the answerable tune questions: {threshold:.3f}")
    for name, sets in (("tune", tune), ("test", test)):
        show(f"fitted, {name}", weights, threshold, sets)
        show(f"shipped, {name}", shipped(), answer.THRESHOLD, sets)


if __name__ == "__main__":
    main()
