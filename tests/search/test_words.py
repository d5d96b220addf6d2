"""Words of a question in passages: where they stand, and what they weigh, worked out by hand."""

import math
from pathlib import Path

import numpy as np
import pytest

from search.engine import LexicalQuery, Occurrences, Term
from search.index.lexical import ForwardIndex, StoredForwardIndex
from search.ranking import bm25f
from search.text.analysis import analyse, stem

PASSAGES = [
    ("", "El plan de acción de los talleres", ()),
    ("Plan anual", "La acción sigue al taller", ()),
    ("", "Nada de lo demás", ("?date",)),
]


def asked(*surfaces: str, weight: float = 1.0) -> LexicalQuery:
    return LexicalQuery(tuple(Term(surface, stem(surface), weight) for surface in surfaces))


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> StoredForwardIndex:
    folder: Path = tmp_path_factory.mktemp("forward") / "words"
    forward = ForwardIndex()
    for heading, text, shapes in PASSAGES:
        forward.add(analyse(heading), analyse(text), shapes)
    forward.write(folder)
    return StoredForwardIndex(folder)


def found(words: StoredForwardIndex, wanted: LexicalQuery, *rows: int) -> Occurrences:
    return words.occurrences(wanted, np.array(rows, dtype=np.int64))


def test_words_are_found_by_stem_with_their_place(words: StoredForwardIndex) -> None:
    seen = found(words, asked("plan", "taller"), 0, 1)
    places = zip(seen.owner.tolist(), seen.position.tolist(), seen.term.tolist(), strict=True)
    assert list(places) == [(0, 1, 0), (0, 6, 1), (1, 0, 0), (1, 6, 1)]


def test_the_very_word_is_told_from_its_stem(words: StoredForwardIndex) -> None:
    assert found(words, asked("taller"), 0, 1).word.tolist() == [-1, 0]


def test_what_stands_above_a_passage_is_marked_and_does_not_lengthen_it(
    words: StoredForwardIndex,
) -> None:
    seen = found(words, asked("plan"), 1, 0)
    assert seen.heading.tolist() == [True, False]
    assert seen.lengths.tolist() == [5, 7]


def test_passages_are_counted_by_stem_and_by_word(words: StoredForwardIndex) -> None:
    seen = found(words, asked("taller", "desconocida"), 0)
    assert (seen.stem_held.tolist(), seen.held.tolist(), seen.passages) == ([2, 0], [1, 0], 3)


def test_shapes_are_found_and_no_pair_spans_to_them(words: StoredForwardIndex) -> None:
    wanted = LexicalQuery((Term("demas", stem("demas")), Term("?date", "?date")))
    seen = found(words, wanted, 2)
    assert seen.term.tolist() == [0, 1]
    assert bm25f(seen, wanted.terms).pairs.tolist() == [0]


def test_no_rows_and_no_known_words_give_nothing(words: StoredForwardIndex) -> None:
    assert found(words, asked("plan")).lengths.tolist() == []
    nothing = bm25f(found(words, asked("desconocida"), 0, 1), asked("desconocida").terms)
    assert nothing.scores.tolist() == [0, 0]
    assert nothing.coverage.tolist() == [0, 0]


def test_a_word_weighs_by_rarity_frequency_and_length(words: StoredForwardIndex) -> None:
    wanted = asked("taller")
    weighed = bm25f(found(words, wanted, 0, 1), wanted.terms)
    by_stem, by_word = math.log(1 + 1.5 / 2.5), math.log(1 + 2.5 / 1.5)
    mean = (7 + 5 + 4) / 3
    long, short = (1 / (0.6 + 0.4 * length / mean) for length in (7, 5))
    long, short = (frequency * 1.9 / (frequency + 0.9) for frequency in (long, short))
    expected = [long * by_stem, short * (by_stem + 0.35 * by_word)]
    assert weighed.scores.tolist() == pytest.approx(expected, rel=1e-5)


def test_a_word_above_the_passage_is_worth_two_in_it(words: StoredForwardIndex) -> None:
    wanted = asked("anual")
    rarity = math.log(1 + 2.5 / 1.5)
    expected = [0, 2 * 1.9 / (2 + 0.9) * rarity * 1.35]
    weighed = bm25f(found(words, wanted, 0, 1), wanted.terms)
    assert weighed.scores.tolist() == pytest.approx(expected, rel=1e-5)


def test_neighbours_of_the_question_count_once_where_they_stand_near_in_order(
    words: StoredForwardIndex,
) -> None:
    rarity = math.log(1 + 1.5 / 2.5)
    wanted = asked("plan", "accion")
    # In the second passage «plan» stands in the title and «acción» in the text.
    near = bm25f(found(words, wanted, 0, 1), wanted.terms)
    assert near.pairs.tolist() == pytest.approx([rarity, 0], rel=1e-5)
    backwards = asked("accion", "plan")
    assert bm25f(found(words, backwards, 0), backwards.terms).pairs.tolist() == [0]


def test_neighbours_that_the_user_did_not_write_do_not_count(words: StoredForwardIndex) -> None:
    wanted = asked("plan", "accion", weight=0.3)
    assert bm25f(found(words, wanted, 0), wanted.terms).pairs.tolist() == [0]


def test_coverage_is_the_share_of_the_question_by_rarity(words: StoredForwardIndex) -> None:
    wanted = asked("plan", "desconocida")
    known, unknown = math.log(1 + 1.5 / 2.5), math.log(1 + 3.5 / 0.5)
    weighed = bm25f(found(words, wanted, 0, 2), wanted.terms)
    expected = [known / (known + unknown), 0]
    assert weighed.coverage.tolist() == pytest.approx(expected, rel=1e-5)


def test_of_two_words_with_one_stem_the_stem_counts_once(words: StoredForwardIndex) -> None:
    one, two = asked("taller"), asked("taller", "talleres")
    stems = [bm25f(found(words, wanted, 1), wanted.terms).scores[0] for wanted in (one, two)]
    assert stems[0] == stems[1]
