"""nDCG, reciprocal rank and recall against values worked out by hand."""

import math

import pytest

from search.evaluation.judged import ndcg, ordered, recall, reciprocal_rank, success, summary

GRADES = {"a": 3, "b": 1, "c": 0, "d": 2}
IDEAL = 7 + 3 / math.log2(3) + 1 / 2


def test_passages_are_ordered_by_score_and_equal_ones_as_given() -> None:
    assert ordered({"a": 0.1, "b": 0.5, "c": 0.1, "d": 0.9}) == ["d", "b", "a", "c"]


@pytest.mark.parametrize(
    ("ranking", "expected"),
    [
        (["a", "d", "b"], 1.0),
        (["d", "a", "b"], (3 + 7 / math.log2(3) + 1 / 2) / IDEAL),
        (["x", "y", "b"], (1 / 2) / IDEAL),
        (["c", "x"], 0.0),
        ([], 0.0),
        ([*"qrstuvwxyz", "a"], 0.0),
    ],
)
def test_ndcg_gains_two_to_the_grade_less_one_discounted_by_place(
    ranking: list[str], expected: float
) -> None:
    assert ndcg(ranking, GRADES) == pytest.approx(expected)


def test_the_ideal_is_cut_at_the_same_depth() -> None:
    assert ndcg(["a", "b"], {"a": 1, "b": 1, "c": 1}, depth=2) == pytest.approx(1)


def test_ndcg_of_a_question_without_relevant_passages_is_zero() -> None:
    assert ndcg(["a"], {"a": 0}) == 0.0


def test_the_reciprocal_rank_is_that_of_the_first_relevant_passage() -> None:
    assert reciprocal_rank(["c", "x", "b", "a"], GRADES) == pytest.approx(1 / 3)
    assert reciprocal_rank([*"qrstuvwxyz", "a"], GRADES) == 0.0
    assert reciprocal_rank(["x", "a"], GRADES, depth=1) == 0.0


def test_recall_is_the_share_of_relevant_passages_seen() -> None:
    assert recall(["a", "c", "b"], GRADES, 2) == pytest.approx(1 / 3)
    assert recall(["a", "c", "b"], GRADES, 3) == pytest.approx(2 / 3)
    assert recall(["a"], {"a": 0}, 5) == 0.0


def test_success_asks_for_one_relevant_passage() -> None:
    assert success(["c", "b"], GRADES, 2) == 1.0
    assert success(["c", "b"], GRADES, 1) == 0.0


def test_the_summary_averages_over_judged_questions_answered_or_not() -> None:
    run = {"q1": {"a": 0.2, "b": 0.9}, "q3": {"z": 1.0}}
    qrels = {"q1": {"a": 1}, "q2": {"b": 1}}
    assert summary(run, qrels) == pytest.approx(
        {
            "ndcg_at_10": (1 / math.log2(3)) / 2,
            "mrr_at_10": 0.25,
            "recall_at_1": 0.0,
            "recall_at_5": 0.5,
            "recall_at_100": 0.5,
            "success_at_3": 0.5,
        }
    )


def test_the_summary_of_nothing_is_empty() -> None:
    assert summary({}, {}) == {}
