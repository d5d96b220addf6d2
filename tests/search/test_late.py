"""Token vectors packed into signs, and how they are compared with a question."""

import base64
import math

import numpy as np
import pytest
from hash_embedder import DIMENSION, HashEmbedder
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from search.documents import Embedding, Floats, PackedTokens
from search.embedding import late_interaction
from search.embedding.late_interaction import (
    MAX_PACKED_TOKENS,
    best_spans,
    centred,
    informative,
    pack,
    query_tokens,
    similarities,
    token_similarities,
)
from search.engine import Statistics

EMBEDDER = HashEmbedder()
MEAN = EMBEDDER.token_mean


def statistics(passages: int, counts: dict[int, int]) -> Statistics:
    return Statistics(
        languages=("es",),
        means=np.zeros((1, DIMENSION), dtype=np.float32),
        piece_ids=np.array(sorted(counts), dtype=np.int32),
        piece_counts=np.array([counts[piece] for piece in sorted(counts)], dtype=np.int32),
        words={},
        passages=passages,
    )


def packed(text: str, prefix: int = 0) -> PackedTokens:
    return pack(EMBEDDER.embed_query(text), MEAN, text, prefix)


def words_at(text: str, tokens: PackedTokens, prefix: int = 0) -> list[str]:
    return [text[start + prefix :].split()[0] for start in tokens.starts.tolist()]


def test_function_words_and_punctuation_are_not_informative() -> None:
    text = "La rendición de cuentas, por ejemplo."
    embedding = EMBEDDER.embed_query(text)
    kept = informative(text, embedding.starts, embedding.ends).tolist()
    assert [text[embedding.starts[i] : embedding.ends[i]] for i in kept] == [
        "rendición",
        "cuentas",
        "ejemplo",
    ]


def test_a_token_of_nothing_but_space_or_punctuation_is_not_informative() -> None:
    starts, ends = np.array([0, 1, 1, 0], np.int32), np.array([1, 2, 6, 0], np.int32)
    assert informative("¿ taller", starts, ends).tolist() == [2]


def test_packing_drops_function_words_and_keeps_where_the_others_start() -> None:
    text = "Los talleres de gobernanza"
    tokens = packed(text)
    assert tokens.starts.tolist() == [4, 16]
    assert words_at(text, tokens) == ["talleres", "gobernanza"]
    assert tokens.bits.shape == (2, DIMENSION // 8)
    assert tokens.pieces.tolist() == [EMBEDDER.embed_query(w).pieces[0] for w in text.split()[1::2]]


def test_tokens_of_title_and_section_start_nowhere_in_the_text() -> None:
    assert packed("Guía > Taller de ética", len("Guía > ")).starts.tolist() == [-1, 0, 10]


def test_bits_are_the_signs_of_the_centred_vectors() -> None:
    mean = np.full(DIMENSION, 0.1, dtype=np.float32)
    text = "taller gobernanza"
    embedding = EMBEDDER.embed_query(text)
    tokens = pack(embedding, mean, text, 0)
    signs = np.unpackbits(tokens.bits, axis=1).astype(bool)
    assert np.array_equal(signs, embedding.tokens > mean)


def test_a_long_passage_keeps_its_first_words_before_any_repetition() -> None:
    letters = [f"voz{n}" for n in range(100)]
    text = " ".join(letters[:60] + letters[:60] + letters[60:])
    tokens = packed(text)
    kept = words_at(text, tokens)
    assert len(kept) == MAX_PACKED_TOKENS
    assert set(kept) == set(letters)
    assert kept == letters[:60] + letters[:44] + letters[60:]


def test_a_passage_costs_less_than_eight_kilobytes(model_folder: object) -> None:
    from search.embedding.encoder import OnnxEmbedder

    embedder = OnnxEmbedder(model_folder)  # type: ignore[arg-type] # a Path
    text = " ".join(f"gobernanza municipio{n} presupuesto participativo" for n in range(200))
    (embedding,) = embedder.embed_passages([text])
    tokens = pack(embedding, embedder.token_mean, text, 0)
    assert tokens.bits.shape == (MAX_PACKED_TOKENS, embedder.dimension // 8)
    assert tokens.bits.nbytes + tokens.pieces.nbytes + 2 * len(tokens.starts) == 7776


def test_a_start_that_16_bits_cannot_hold_is_cut_to_their_largest() -> None:
    assert packed(" " * 40_000 + "taller").starts.tolist() == [32_767]


def test_a_text_without_informative_words_packs_to_nothing() -> None:
    tokens = packed("de la que")
    assert (tokens.bits.shape, len(tokens.pieces), len(tokens.starts)) == ((0, 4), 0, 0)


def reference(query: Floats, bits: np.ndarray) -> Floats:
    signs = 2.0 * np.unpackbits(bits, axis=1) - 1.0
    return np.asarray(signs @ query.T / math.sqrt(query.shape[1]), dtype=np.float32)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 700), max_size=5),
    st.integers(0, 6),
    st.integers(0, 2**32 - 1),
)
def test_the_best_similarity_is_that_of_plain_signs(
    sizes: list[int], asked: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    query = random.standard_normal((asked, DIMENSION)).astype(np.float32)
    query /= np.maximum(np.linalg.norm(query, axis=1, keepdims=True), 1e-9)
    bits = [random.integers(0, 256, (size, DIMENSION // 8), dtype=np.uint8) for size in sizes]
    found = token_similarities(query, bits).maxima
    expected = [reference(query, b).max(axis=0) if len(b) else -np.ones(asked) for b in bits]
    assert found.shape == (len(sizes), asked)
    assert np.allclose(found, np.reshape(expected, (len(sizes), asked)), atol=rounding(query))


def rounding(query: Floats) -> float:
    """The most that rounding to signed bytes can move a similarity."""
    return math.sqrt(query.shape[1]) * float(np.abs(query).max(initial=0)) / 254 + 1e-5


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=5),
    st.integers(1, 4),
    st.integers(0, 2**32 - 1),
)
def test_a_span_is_the_best_sixteen_tokens_that_begin_at_an_eighth(
    sizes: list[int], asked: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    query = random.standard_normal((asked, DIMENSION)).astype(np.float32)
    weights = np.full(asked, 1 / asked, dtype=np.float32)
    bits = [random.integers(0, 256, (size, DIMENSION // 8), dtype=np.uint8) for size in sizes]
    found = best_spans(token_similarities(query, bits), weights)
    expected = [
        max(reference(query, b[i : i + 16]).max(axis=0) @ weights for i in range(0, len(b), 8))
        if len(b)
        else -1.0
        for b in bits
    ]
    assert np.allclose(found, expected, atol=rounding(query))


def test_a_question_without_tokens_is_near_to_nothing() -> None:
    near = token_similarities(np.empty((0, DIMENSION), np.float32), [packed("taller").bits])
    assert near.maxima.shape == (1, 0)
    assert best_spans(near, np.empty(0, np.float32)).tolist() == [-1.0]


def test_the_same_word_is_nearer_than_another() -> None:
    vectors = centred(EMBEDDER.embed_query("taller").tokens, MEAN)
    same, other = similarities(vectors, packed("taller gobernanza").bits)[:, 0].tolist()
    expected = np.abs(vectors).sum() / math.sqrt(DIMENSION)
    assert same == pytest.approx(expected, abs=rounding(vectors))
    assert other < 0.5 < same


def test_an_empty_passage_is_as_far_as_can_be() -> None:
    vectors = centred(EMBEDDER.embed_query("taller").tokens, MEAN)
    found = token_similarities(vectors, [packed("").bits, packed("taller").bits]).maxima
    assert found[0].tolist() == [-1.0]
    assert found[1, 0] > 0.5


def test_rare_words_of_a_question_weigh_more_and_weights_sum_to_one() -> None:
    text = "el taller de gobernanza local"
    embedding = EMBEDDER.embed_query(text)
    taller, gobernanza = embedding.pieces[1], embedding.pieces[3]
    known = statistics(9, {int(taller): 9, int(gobernanza): 4})
    tokens = query_tokens(embedding, MEAN, text, known)
    assert tokens.starts.tolist() == [3, 13, 24]
    rarity = [math.log(1) + 1e-3, math.log(2) + 1e-3, math.log(10) + 1e-3]
    assert tokens.weights.tolist() == pytest.approx([r / sum(rarity) for r in rarity], abs=1e-6)
    assert float(tokens.weights.sum()) == pytest.approx(1, abs=1e-6)


def test_a_question_of_function_words_keeps_them() -> None:
    text = "qué es"
    tokens = query_tokens(EMBEDDER.embed_query(text), MEAN, text, statistics(3, {}))
    assert tokens.weights.tolist() == [0.5, 0.5]


def test_a_question_without_tokens_has_no_weights() -> None:
    nothing = np.empty(0, dtype=np.int32)
    empty = Embedding(MEAN, np.empty((0, DIMENSION), np.float32), nothing, nothing, nothing)
    assert query_tokens(empty, MEAN, "", statistics(3, {5: 1})).weights.tolist() == []


def test_the_product_of_bytes_is_one_node_that_the_library_writes() -> None:
    shapes = ("A", TensorProto.UINT8), ("B", TensorProto.INT8), ("Y", TensorProto.INT32)
    a, b, y = (helper.make_tensor_value_info(name, kind, [None, None]) for name, kind in shapes)
    node = helper.make_node("MatMulInteger", ["A", "B"], ["Y"])
    model = helper.make_model(
        helper.make_graph([node], "product", [a, b], [y]),
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=8,
    )
    assert base64.b64decode(late_interaction._MATMUL_MODEL) == model.SerializeToString()
