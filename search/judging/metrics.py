"""Runs against judgements: nDCG, reciprocal rank and recall, as trec_eval defines them."""

import math
from collections.abc import Mapping, Sequence

from search.types import Qrels, Run


def ordered(scores: Mapping[str, float]) -> list[str]:
    """Passage ids best first; equal scores keep the order they were given in."""
    return sorted(scores, key=lambda passage: -scores[passage])


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """Normalised discounted cumulative gain with gain 2^grade − 1 (Burges et al., ICML 2005)."""
    ideal = _gain(sorted(grades.values(), reverse=True)[:depth])
    return _gain([grades.get(passage, 0) for passage in ranking[:depth]]) / ideal if ideal else 0.0


def _gain(grades: Sequence[int]) -> float:
    return sum((2.0**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


def reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """One over the place of the first relevant passage within `depth`, else 0."""
    for place, passage in enumerate(ranking[:depth]):
        if grades.get(passage, 0) > 0:
            return 1 / (place + 1)
    return 0.0


def recall(ranking: Sequence[str], grades: Mapping[str, int], depth: int) -> float:
    """Share of the relevant passages among the first `depth`."""
    relevant = {passage for passage, grade in grades.items() if grade > 0}
    return len(relevant.intersection(ranking[:depth])) / len(relevant) if relevant else 0.0


def success(ranking: Sequence[str], grades: Mapping[str, int], depth: int) -> float:
    """1 when one of the first `depth` is relevant."""
    return float(any(grades.get(passage, 0) > 0 for passage in ranking[:depth]))


def summary(run: Run, qrels: Qrels) -> dict[str, float]:
    """Means over the judged queries: `ndcg_at_10`, `mrr_at_10`, `recall_at_1|5|100`."""
    rows = []
    for query, grades in qrels.items():
        ranking = ordered(run.get(query, {}))
        rows.append(
            {
                "ndcg_at_10": ndcg(ranking, grades),
                "mrr_at_10": reciprocal_rank(ranking, grades),
                "recall_at_1": recall(ranking, grades, 1),
                "recall_at_5": recall(ranking, grades, 5),
                "recall_at_100": recall(ranking, grades, 100),
                "success_at_3": success(ranking, grades, 3),
            }
        )
    return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]} if rows else {}
