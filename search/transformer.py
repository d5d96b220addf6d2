"""Weights and vocabulary → a `sentence-transformers` folder."""

import io
import tempfile
from pathlib import Path
from typing import Any

from search.encode import MAX_TOKENS, PAD, PASSAGE_PREFIX, QUERY_PREFIX
from search.weights import Weights

LAYER_TENSORS = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}
EMBEDDING_TENSORS = {
    "embeddings.word_embeddings.weight": "emb.word",
    "embeddings.position_embeddings.weight": "emb.pos",
    "embeddings.token_type_embeddings.weight": "emb.type",
    "embeddings.LayerNorm.weight": "emb.ln.w",
    "embeddings.LayerNorm.bias": "emb.ln.b",
}
SPECIAL_TOKENS = {
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
    words = weights.tensors["emb.word"].reshape(-1, shape.hidden)[kept]
    for name, parameter in state.items():
        values = words if "word_embeddings" in name else weights.tensors[_tensor_name(name)]
        parameter.copy_(torch.from_numpy(values).reshape(parameter.shape))
    return encoder.eval()


def _tensor_name(parameter: str) -> str:
    """`encoder.layer.3.output.dense.bias` → `l3.fo.b`."""
    if parameter in EMBEDDING_TENSORS:
        return EMBEDDING_TENSORS[parameter]
    _, _, layer, module = parameter.split(".", 3)
    module, _, kind = module.rpartition(".")
    return f"l{layer}.{LAYER_TENSORS[module]}.{kind[0]}"


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
        **SPECIAL_TOKENS,
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
