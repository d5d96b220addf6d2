"""Scores of several kinds to one, against values worked out by hand."""

import numpy as np
import pytest

from search.ranking import (
    FULL_EVIDENCE,
    NAMES,
    THIN_EVIDENCE,
    WEIGHTS,
    ScoreComponents,
    fuse,
    lexical_trust,
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


def test_each_column_is_standardised_by_itself() -> None:
    found = standardised(np.array([[1, 10, 5], [3, 30, 5]], np.float32))
    assert found.tolist() == [[-1, -1, 0], [1, 1, 0]]


@pytest.mark.parametrize(
    ("best", "expected"),
    [
        (0.0, 0.0),
        (THIN_EVIDENCE, 0.0),
        ((THIN_EVIDENCE + FULL_EVIDENCE) / 2, 0.5),
        (FULL_EVIDENCE, 1.0),
        (1.0, 1.0),
    ],
)
def test_words_count_as_far_as_the_best_passage_covers_the_question(
    best: float, expected: float
) -> None:
    assert lexical_trust(scores(0, best, 0)) == pytest.approx(expected, abs=1e-6)


def test_words_count_nothing_without_candidates() -> None:
    assert lexical_trust(scores()) == 0.0


ZEROS = scores(0, 0, 0)
COVERED = scores(0, 0, 1)


def evidence(**kinds: np.ndarray) -> ScoreComponents:
    return ScoreComponents(**{name: kinds.get(name, ZEROS) for name in NAMES})


def test_the_score_is_the_weighted_sum_of_standardised_evidence() -> None:
    found = fuse(
        evidence(words=scores(0, 0, 9), vector=scores(1, 0, -1), tokens=scores(2, 0, 1)),
        COVERED,
        ONE,
    )
    by_words = np.array([-1, -1, 2]) / np.sqrt(2)
    by_vector = np.array([1, 0, -1]) / np.sqrt(2 / 3)
    by_tokens = np.array([1, -1, 0]) / np.sqrt(2 / 3)
    expected = WEIGHTS.words * by_words + WEIGHTS.vector * by_vector + WEIGHTS.tokens * by_tokens
    assert found.scores.tolist() == pytest.approx(expected.tolist(), abs=1e-6)


def test_the_shares_of_a_candidate_make_up_its_score() -> None:
    random = np.random.default_rng(0)
    kinds = {name: random.standard_normal(3).astype(np.float32) for name in NAMES}
    found = fuse(evidence(**kinds), scores(0, 0.5, 0), ONE).take(np.array([2, 0]))
    for place, row in enumerate((2, 0)):
        shares = found.shares(place)
        assert [share.name for share in shares] == list(NAMES)
        assert [share.raw for share in shares] == [float(kinds[name][row]) for name in NAMES]
        total = sum(share.weight * share.standardised for share in shares)
        assert total == pytest.approx(float(found.scores[place]), abs=1e-6)


def test_the_weights_sum_to_one() -> None:
    assert sum(getattr(WEIGHTS, name) for name in NAMES) == pytest.approx(1)


def test_a_thinly_covered_question_leaves_the_vectors_alone() -> None:
    vector, tokens = scores(1, 0, -1), scores(2, 0, 1)
    thin = scores(0, 0, THIN_EVIDENCE)
    with_words = fuse(evidence(words=scores(0, 0, 1), vector=vector, tokens=tokens), thin, ONE)
    without = fuse(evidence(vector=vector, tokens=tokens), thin, ONE)
    assert with_words.scores.tolist() == without.scores.tolist()


def test_words_of_one_language_do_not_weigh_on_passages_of_another() -> None:
    found = fuse(evidence(words=scores(0, 9, 0)), COVERED, np.array([0, 0, 1], np.int16))
    expected = [-WEIGHTS.words, WEIGHTS.words, 0]
    assert found.scores.tolist() == pytest.approx(expected, abs=1e-6)


def test_no_candidates_give_no_scores() -> None:
    nothing = ScoreComponents(*([scores()] * len(NAMES)))
    assert fuse(nothing, scores(), np.empty(0, dtype=np.int16)).scores.tolist() == []
