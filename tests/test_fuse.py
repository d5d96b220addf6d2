"""Scores of several kinds to one, against values worked out by hand."""

import numpy as np
import pytest

from search.fuse import (
    FULL_EVIDENCE,
    LATE_WEIGHT,
    LEXICAL_WEIGHT,
    THIN_EVIDENCE,
    blend,
    lexical_weight,
    standardised,
    standardised_within,
)

ONE = np.zeros(3, dtype=np.int16)


def scores(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def test_scores_are_moved_to_mean_zero_and_deviation_one() -> None:
    assert standardised(scores(1, 2, 3)).tolist() == pytest.approx([-1.224745, 0, 1.224745])


@pytest.mark.parametrize("values", [(), (5.0,), (2.0, 2.0, 2.0)])
def test_equal_scores_say_nothing(values: tuple[float, ...]) -> None:
    assert standardised(scores(*values)).tolist() == [0.0] * len(values)


def test_each_language_is_standardised_by_itself() -> None:
    found = standardised_within(scores(1, 3, 100, 100, 300), np.array([0, 0, 1, 2, 2], np.int16))
    assert found.tolist() == pytest.approx([-1, 1, 0, -1, 1])


@pytest.mark.parametrize(
    ("best", "expected"),
    [
        (0.0, 0.0),
        (10 * THIN_EVIDENCE, 0.0),
        (10 * (THIN_EVIDENCE + FULL_EVIDENCE) / 2, LEXICAL_WEIGHT / 2),
        (10 * FULL_EVIDENCE, LEXICAL_WEIGHT),
        (30.0, LEXICAL_WEIGHT),
    ],
)
def test_words_count_as_far_as_the_best_passage_holds_them(best: float, expected: float) -> None:
    assert lexical_weight(scores(0, best, 0), 10) == pytest.approx(expected, abs=1e-6)


def test_words_count_nothing_without_candidates_or_words() -> None:
    assert lexical_weight(scores(), 10) == 0.0
    assert lexical_weight(scores(0, 0), 0) == 0.0


def test_the_blend_is_the_weighted_sum_of_standardised_scores() -> None:
    lexical, dense, late = scores(0, 0, 9), scores(1, 0, -1), scores(2, 0, 1)
    found = blend(lexical, dense, late, ONE, most=9)
    by_words = np.array([-1, -1, 2]) / np.sqrt(2)
    by_vector = np.array([1, 0, -1]) / np.sqrt(2 / 3)
    fused = LEXICAL_WEIGHT * by_words + (1 - LEXICAL_WEIGHT) * by_vector
    by_token = np.array([1, -1, 0]) / np.sqrt(2 / 3)
    expected = LATE_WEIGHT * by_token + (1 - LATE_WEIGHT) * (fused - fused.mean()) / fused.std()
    assert found.tolist() == pytest.approx(expected.tolist(), abs=1e-6)


def test_thin_evidence_of_words_leaves_the_vectors_alone() -> None:
    dense, late = scores(1, 0, -1), scores(2, 0, 1)
    with_words = blend(scores(0, 0, 1), dense, late, ONE, most=9)
    without = blend(scores(0, 0, 0), dense, late, ONE, most=9)
    assert with_words.tolist() == pytest.approx(without.tolist(), abs=1e-6)


def test_words_of_one_language_do_not_weigh_on_passages_of_another() -> None:
    none = scores(0, 0, 0)
    found = blend(scores(0, 9, 0), none, none, np.array([0, 0, 1], np.int16), most=9)
    share = (1 - LATE_WEIGHT) * 1.224745
    assert found.tolist() == pytest.approx([-share, share, 0], abs=1e-6)


def test_no_candidates_give_no_scores() -> None:
    none = np.empty(0, dtype=np.int16)
    assert blend(scores(), scores(), scores(), none, most=1).tolist() == []
