"""Judged questions through production search to a scorecard, component by component."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from search import fuse
from search.judging import metrics
from search.judging.beir import Question
from search.rank import Ranked
from search.searcher import Searcher
from search.types import Qrels, Query, Run

Component = Callable[[Ranked], np.ndarray]

COMPONENTS: Mapping[str, Component] = {
    "bm25": lambda ranked: ranked.lexical,
    "dense": lambda ranked: ranked.cosine,
    "dense_centred": lambda ranked: ranked.dense,
    "fused": lambda ranked: (
        0.5 * fuse.standardised(ranked.lexical) + 0.5 * fuse.standardised(ranked.cosine)
    ),
    "late": lambda ranked: ranked.late,
    "shipped": lambda ranked: ranked.scores,
}
"""Each score by itself over the same candidates, and the setting that is shipped."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Judged questions, and how deep a ranking is judged."""

    questions: Sequence[Question]
    qrels: Qrels
    depth: int = 100


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What a set of judged questions says. `components` and `groups` hold nDCG@10 by component
    and by component within each group of questions; times are milliseconds of wall clock."""

    queries: int
    passages: int
    measures: Mapping[str, float]
    components: Mapping[str, float]
    groups: Mapping[str, Mapping[str, float]]
    ms_per_query_p50: float
    ms_per_query_p95: float


def evaluate(searcher: Searcher, asking: Asking, progress: Callable[[int], None]) -> Scorecard:
    """Ask every question as the service would; the ranking is judged before grouping."""
    ids = searcher.passage_ids()
    runs: dict[str, Run] = {name: {} for name in COMPONENTS}
    times = []
    for question in asking.questions:
        result, ranked = searcher.examine(Query(question.text))
        times.append(result.took_ms)
        for name, component in COMPONENTS.items():
            scores = component(ranked)
            order = np.argsort(-scores, kind="stable")[: asking.depth]
            rows = ranked.rows[order]
            runs[name][question.id] = {
                ids[row]: float(score) for row, score in zip(rows, scores[order], strict=True)
            }
        progress(1)
    return Scorecard(
        queries=len(asking.questions),
        passages=len(ids),
        measures=metrics.summary(runs["shipped"], asking.qrels),
        components={name: _ndcg(run, asking.qrels) for name, run in runs.items()},
        groups=_by_group(runs, asking),
        ms_per_query_p50=float(np.percentile(times, 50)),
        ms_per_query_p95=float(np.percentile(times, 95)),
    )


def _ndcg(run: Run, qrels: Qrels) -> float:
    return metrics.summary(run, qrels).get("ndcg_at_10", 0.0)


def _by_group(runs: Mapping[str, Run], asking: Asking) -> dict[str, dict[str, float]]:
    members: dict[str, Qrels] = defaultdict(dict)
    for question in asking.questions:
        if question.group and question.id in asking.qrels:
            members[question.group][question.id] = asking.qrels[question.id]
    return {
        group: {name: _ndcg(run, judged) for name, run in runs.items()}
        for group, judged in sorted(members.items())
    }
