"""Words of a question in passages: where they stand, and what they weigh, worked out by hand."""

import math
from collections.abc import Iterator

import pytest
from hash_embedder import HashEmbedder
from own_texts import entry_of, make_document, publish

from search.engine import CandidateRequest, Engine, Occurrences, Scope, Term
from search.index import open_engine
from search.ranking import bm25f
from search.text.analysis import stem

EMBEDDER = HashEmbedder()
PASSAGES = [
    ("", "El plan de acción de los talleres"),
    ("Plan anual", "La acción sigue al taller"),
    ("", "demás@ejemplo.org"),
]
LENGTHS = (7, 5, 4)
"""Words of each text, the function words among them; an address is a word, and so are its parts."""


def asked(*surfaces: str, weight: float = 1.0) -> tuple[Term, ...]:
    return tuple(Term(surface, stem(surface), weight) for surface in surfaces)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A document of one passage for each text, named for its place."""
    folder = tmp_path_factory.mktemp("palabras")
    documents = [make_document(str(place), title) for place, (title, _) in enumerate(PASSAGES)]
    texts = [[[text]] for _, text in PASSAGES]
    publish(folder, EMBEDDER, list(map(entry_of, documents, texts, [EMBEDDER] * len(texts))))
    engine = open_engine(folder)
    yield engine
    engine.close()


def found(words: Engine, wanted: tuple[Term, ...], *places: int) -> Occurrences:
    """Where the words stand in the passages named, which are near enough to any vector."""
    scope = Scope({"document": tuple(map(str, places)) or ("ninguno",)})
    vector = EMBEDDER.embed_query("cualquiera").vector
    candidates = words.candidates(CandidateRequest(scope, wanted, vector))
    assert len(candidates.passages.ids) == len(places)
    return candidates.words


def test_words_are_found_by_stem_with_their_place(words: Engine) -> None:
    seen = found(words, asked("plan", "taller"), 0, 1)
    places = zip(seen.owner.tolist(), seen.position.tolist(), seen.term.tolist(), strict=True)
    assert list(places) == [(0, 1, 0), (0, 6, 1), (1, 0, 0), (1, 6, 1)]


def test_the_very_word_is_told_from_its_stem(words: Engine) -> None:
    assert found(words, asked("taller"), 0, 1).word.tolist() == [-1, 0]


def test_what_stands_above_a_passage_is_marked_and_does_not_lengthen_it(
    words: Engine,
) -> None:
    seen = found(words, asked("plan"), 0, 1)
    assert seen.heading.tolist() == [False, True]
    assert seen.lengths.tolist() == [7, 5]


def test_passages_are_counted_by_stem_and_by_word(words: Engine) -> None:
    seen = found(words, asked("taller", "desconocida"), 0)
    assert (seen.stem_held.tolist(), seen.held.tolist(), seen.passages) == ([2, 0], [1, 0], 3)


def test_shapes_are_found_and_no_pair_spans_to_them(words: Engine) -> None:
    wanted = (Term("org", stem("org")), Term("§email", "§email"))
    seen = found(words, wanted, 2)
    assert seen.term.tolist() == [0, 1]
    assert bm25f(seen, wanted).pairs.tolist() == [0]


def test_no_rows_and_no_known_words_give_nothing(words: Engine) -> None:
    assert found(words, asked("plan")).lengths.tolist() == []
    nothing = bm25f(found(words, asked("desconocida"), 0, 1), asked("desconocida"))
    assert nothing.scores.tolist() == [0, 0]
    assert nothing.coverage.tolist() == [0, 0]


def test_a_word_weighs_by_rarity_frequency_and_length(words: Engine) -> None:
    wanted = asked("taller")
    weighed = bm25f(found(words, wanted, 0, 1), wanted)
    by_stem, by_word = math.log(1 + 1.5 / 2.5), math.log(1 + 2.5 / 1.5)
    mean = sum(LENGTHS) / 3
    long, short = (1 / (0.6 + 0.4 * length / mean) for length in LENGTHS[:2])
    long, short = (frequency * 1.9 / (frequency + 0.9) for frequency in (long, short))
    expected = [long * by_stem, short * (by_stem + 0.35 * by_word)]
    assert weighed.scores.tolist() == pytest.approx(expected, rel=1e-5)


def test_a_word_above_the_passage_is_worth_two_in_it(words: Engine) -> None:
    wanted = asked("anual")
    rarity = math.log(1 + 2.5 / 1.5)
    expected = [0, 2 * 1.9 / (2 + 0.9) * rarity * 1.35]
    weighed = bm25f(found(words, wanted, 0, 1), wanted)
    assert weighed.scores.tolist() == pytest.approx(expected, rel=1e-5)


def test_neighbours_of_the_question_count_once_where_they_stand_near_in_order(
    words: Engine,
) -> None:
    rarity = math.log(1 + 1.5 / 2.5)
    wanted = asked("plan", "accion")
    # In the second passage «plan» stands in the title and «acción» in the text.
    near = bm25f(found(words, wanted, 0, 1), wanted)
    assert near.pairs.tolist() == pytest.approx([rarity, 0], rel=1e-5)
    backwards = asked("accion", "plan")
    assert bm25f(found(words, backwards, 0), backwards).pairs.tolist() == [0]


def test_neighbours_that_the_user_did_not_write_do_not_count(words: Engine) -> None:
    wanted = asked("plan", "accion", weight=0.3)
    assert bm25f(found(words, wanted, 0), wanted).pairs.tolist() == [0]


def test_coverage_is_the_share_of_the_question_by_rarity(words: Engine) -> None:
    wanted = asked("plan", "desconocida")
    known, unknown = math.log(1 + 1.5 / 2.5), math.log(1 + 3.5 / 0.5)
    weighed = bm25f(found(words, wanted, 0, 2), wanted)
    expected = [known / (known + unknown), 0]
    assert weighed.coverage.tolist() == pytest.approx(expected, rel=1e-5)


def test_of_two_words_with_one_stem_the_stem_counts_once(words: Engine) -> None:
    one, two = asked("taller"), asked("taller", "talleres")
    stems = [bm25f(found(words, wanted, 1), wanted).scores[0] for wanted in (one, two)]
    assert stems[0] == stems[1]
