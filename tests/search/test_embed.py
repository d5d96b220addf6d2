"""Text to vectors and tokens: offsets, order, prefixes and agreement of both embedders."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from search.documents import Embedding
from search.embedding.encoder import (
    Embedder,
    OnnxEmbedder,
    OnnxEncoder,
    SentenceTransformerEmbedder,
    calibration_passages,
    open_embedder,
)
from search.errors import ModelError


@pytest.fixture(scope="module")
def onnx(model_folder: Path) -> OnnxEmbedder:
    return OnnxEmbedder(model_folder)


@pytest.fixture(scope="module")
def transformer(model_folder: Path) -> Embedder:
    return open_embedder(str(model_folder / "sentence-transformers"))


@pytest.fixture(params=["onnx", "transformer"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    embedder: Embedder = request.getfixturevalue(request.param)
    return embedder


def words(text: str, embedding: Embedding) -> list[str]:
    spans = zip(embedding.starts, embedding.ends, strict=True)
    return [text[start:end] for start, end in spans]


def test_tokens_point_at_the_words_and_the_prefix_is_left_out(embedder: Embedder) -> None:
    text = "¿Qué año\n  fue la  😀 cumbre?"
    expected = ["¿", "Qué", "año", "fue", "la", "😀", "cum", "bre", "?"]
    query, (passage,) = embedder.embed_query(text), embedder.embed_passages([text])
    assert words(text, query) == words(text, passage) == expected
    assert query.tokens.shape == passage.tokens.shape == (9, 384)
    assert query.pieces.tolist() == passage.pieces.tolist()
    assert embedder.count_tokens(text) == 9


def test_offsets_count_the_code_points_of_the_text_as_given(embedder: Embedder) -> None:
    text = "ﬁnalmente cafe\u0301 ½ Å"
    assert words(text, embedder.embed_query(text)) == ["ﬁnalmente", "cafe", "½", "Å"]


def test_a_question_and_a_passage_are_embedded_differently(embedder: Embedder) -> None:
    text = "instituciones eficaces"
    (passage,) = embedder.embed_passages([text])
    assert float(embedder.embed_query(text).vector @ passage.vector) < 0.99


def test_vectors_are_float32_and_of_unit_length(embedder: Embedder) -> None:
    embedding = embedder.embed_query("gobernanza")
    assert embedding.vector.shape == (embedder.dimension,) == (384,)
    assert embedding.vector.dtype == embedding.tokens.dtype == np.float32
    assert np.linalg.norm(embedding.vector) == pytest.approx(1, abs=1e-5)


def test_the_vector_is_the_mean_of_all_tokens_with_special_ones_and_prefix(
    onnx: OnnxEmbedder, model_folder: Path
) -> None:
    text = "gobernanza pública"
    tokenizer = Tokenizer.from_file(str(model_folder / "onnx" / "tokenizer.json"))
    encoding = tokenizer.encode("query: " + text)
    states = OnnxEncoder(model_folder / "onnx").run(np.array([encoding.ids], np.int32))[0]
    assert encoding.tokens == ["<s>", "▁que", "ry", ":", "▁goberna", "nza", "▁pública", "</s>"]
    mean = states.mean(axis=0)
    embedding = onnx.embed_query(text)
    assert np.array_equal(embedding.vector, mean / np.linalg.norm(mean))
    assert np.array_equal(embedding.tokens, states[4:7])


def test_passages_keep_their_order_whatever_their_length(embedder: Embedder) -> None:
    texts = ["corto", *calibration_passages()[:9], "", "otro corto"]
    done: list[int] = []
    together = embedder.embed_passages(texts, done.append)
    assert sum(done) == len(texts)
    assert [len(one.pieces) for one in together] == [embedder.count_tokens(text) for text in texts]
    for text, one in zip(texts, together, strict=True):
        assert one.vector @ embedder.embed_passages([text])[0].vector > 0.99999


def test_a_vector_does_not_depend_on_the_passages_beside_it(model_folder: Path) -> None:
    texts = calibration_passages()[:12]
    together = OnnxEmbedder(model_folder, threads=2).embed_passages(texts)
    alone = OnnxEmbedder(model_folder)
    for text, one in zip(texts, together, strict=True):
        (other,) = alone.embed_passages([text])
        assert np.array_equal(one.vector, other.vector)
        assert np.array_equal(one.tokens, other.tokens)


def test_an_empty_text_has_a_vector_and_no_tokens(embedder: Embedder) -> None:
    embedding = embedder.embed_query("")
    assert embedding.tokens.shape == (0, 384)
    assert np.linalg.norm(embedding.vector) == pytest.approx(1, abs=1e-5)


def test_nothing_to_embed_gives_nothing(embedder: Embedder) -> None:
    assert embedder.embed_passages([]) == []


def test_long_texts_are_cut_to_what_the_model_reads(embedder: Embedder) -> None:
    text = "palabra " * 2000
    embedding = embedder.embed_query(text)
    assert len(embedding.pieces) == 512 - len(["<s>", "query", ":", "</s>"]) - 1
    assert words(text, embedding)[-1] == "palabra"
    assert embedder.count_tokens(text) == 2000


def test_half_a_surrogate_pair_keeps_the_offsets(onnx: OnnxEmbedder) -> None:
    text = "hola \ud83d mundo"
    assert words(text, onnx.embed_query(text)) == ["ho", "la", "\ud83d", "mundo"]


def test_many_threads_get_the_same_vectors(onnx: OnnxEmbedder, model_folder: Path) -> None:
    texts = calibration_passages()[:40]
    expected = [onnx.embed_query(text).vector for text in texts]
    fresh = OnnxEmbedder(model_folder)
    with ThreadPoolExecutor(4) as pool:
        vectors = [one.vector for one in pool.map(fresh.embed_query, texts)]
    assert np.array_equal(np.array(vectors), np.array(expected))


def test_a_repeated_question_is_remembered_and_cannot_be_altered(onnx: OnnxEmbedder) -> None:
    first = onnx.embed_query("¿qué es un módulo?")
    assert onnx.embed_query("¿qué es un módulo?") is first
    with pytest.raises(ValueError, match="read-only"):
        first.vector[0] = 1


def test_both_embedders_agree(onnx: OnnxEmbedder, transformer: Embedder) -> None:
    texts = calibration_passages()[:60]
    pairs = zip(onnx.embed_passages(texts), transformer.embed_passages(texts), strict=True)
    cosines = []
    for one, other in pairs:
        assert one.pieces.tolist() == other.pieces.tolist()
        assert one.starts.tolist() == other.starts.tolist()
        cosines.append(float(one.vector @ other.vector))
    assert np.median(cosines) >= 0.99
    assert np.array_equal(onnx.token_mean, transformer.token_mean)


def test_the_token_mean_is_that_of_the_calibration_passages(onnx: OnnxEmbedder) -> None:
    passages = calibration_passages()
    assert len(passages) == len(set(passages)) == 148
    tokens = np.concatenate([one.tokens for one in onnx.embed_passages(passages)])
    assert np.abs(tokens.mean(axis=0) - onnx.token_mean).max() < 0.01


def test_a_related_passage_is_nearer_than_an_unrelated_one(embedder: Embedder) -> None:
    query = embedder.embed_query("¿Cómo se eligen los miembros del comité de ética?").vector
    related, unrelated = embedder.embed_passages(
        ["The ethics committee is elected by the assembly.", "La receta lleva medio kilo de pan."]
    )
    assert query @ related.vector > query @ unrelated.vector


def test_serving_imports_neither_torch_nor_transformers(model_folder: Path) -> None:
    program = (
        "import sys; from search.embedding.encoder import open_embedder;"
        "embedder = open_embedder(sys.argv[1]);"
        "embedder.embed_query('hola'); embedder.embed_passages(['hola']);"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'onnx'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(model_folder)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_a_place_without_a_model_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"No hay un modelo en .* ejecute «acervo model build»"):
        open_embedder(str(tmp_path))
    with pytest.raises(ModelError, match=r"No existe .* ejecute «acervo model build»"):
        open_embedder(str(tmp_path / "absent"))
    with pytest.raises(ModelError, match="No se puede cargar el modelo"):
        SentenceTransformerEmbedder(str(tmp_path))


def test_a_damaged_model_is_not_served(model_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "onnx").mkdir()
    for name in ("model.json", "statistics.npz", "onnx/tokenizer.json"):
        (tmp_path / name).write_bytes((model_folder / name).read_bytes())
    (tmp_path / "onnx" / "model.onnx").write_bytes(b"\x08")
    with pytest.raises(ModelError, match=r"está dañado \(onnx/model\.onnx\)"):
        OnnxEmbedder(tmp_path)
