"""Turns questions and passages into embeddings, with whatever model the operator has.

A folder that `search/embedding/build.py` made is served by ONNX Runtime alone, any other model by
`sentence-transformers`. The second half of the file is what belongs to a built folder: the mean
token vector and the card with its checksums.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np

from search.documents import Embedding, Floats, Ints
from search.errors import ModelError

logger = logging.getLogger(__name__)

# E5 was trained with these before every text and is weaker without (Wang et al., 2024).
QUERY_PREFIX = "query: "
PASSAGE_PREFIX = "passage: "
MAX_TOKENS = 512  # position embeddings that the model has
PAD = 1  # id of <pad>

_PROGRESS_CHUNK = 64  # passages between two reports of progress
# A page of results, its next pages and its filters ask the same question again.
_REMEMBERED_QUERIES = 256

CARD = "model.json"
STATISTICS = "statistics.npz"
# What a start checks: the sentence-transformers folder beside it is large and not served.
SERVED = ("onnx/", STATISTICS)

Progress = Callable[[int], None]


class Embedder(Protocol):
    """Turns questions and passages into comparable vectors.

    `token_mean` `(dimension,)` is the mean token vector of neutral Spanish prose, a constant of
    the model that late interaction subtracts.
    """

    name: str
    dimension: int
    token_mean: Floats

    def embed_query(self, text: str) -> Embedding:
        """Embed one question; safe from many threads. The arrays must not be written to."""
        ...

    def embed_passages(
        self, texts: Sequence[str], progress: Progress | None = None
    ) -> list[Embedding]:
        """Embed passages, in input order. `progress` gets how many more are done, often."""
        ...

    def count_tokens(self, text: str) -> int:
        """How many tokens the text takes, without the model's prefix and special tokens."""
        ...


def open_embedder(location: str, threads: int = 1) -> Embedder:
    """A built model folder is served by ONNX Runtime, anything else by `sentence-transformers`.

    ModelError when nothing can be loaded from there.
    """
    if is_built(location):
        return OnnxEmbedder(Path(location), threads)
    return SentenceTransformerEmbedder(location)


def is_built(location: str) -> bool:
    """Whether a built model lies there, and not one for `sentence-transformers`.

    ModelError when it can be neither.
    """
    folder = Path(location)
    if (folder / CARD).is_file():
        return True
    if folder.is_dir() and not (folder / "modules.json").is_file():
        raise ModelError(f"No hay un modelo en {location}: ejecute «acervo model build».")
    if not folder.exists() and not _is_cached(location):
        raise ModelError(
            f"No existe {location}: ejecute «acervo model build», "
            "o indique la carpeta de un modelo."
        )
    return False


def _is_cached(name: str) -> bool:
    """Whether the local cache of models holds one of that name, seen without loading anything: a
    missing model is to be told at once, not after the libraries that would look for it."""
    from huggingface_hub.constants import HF_HUB_CACHE

    # As the libraries do: a bare name is looked for below `sentence-transformers/` too.
    names = (name,) if "/" in name else (name, f"sentence-transformers/{name}")
    return any(Path(HF_HUB_CACHE, f"models--{n.replace('/', '--')}").is_dir() for n in names)


class OnnxEmbedder:
    """Serves a built model with ONNX Runtime; imports neither torch nor transformers.

    `threads` is how many passages are embedded at once; a question takes one thread.
    ModelError when there is no model or one of the files that it serves is damaged.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        # A flipped bit in the weights gives vectors that look right and find less.
        card = verify_model(folder, SERVED)
        self.name = card.name
        self.dimension = card.dimension
        self.token_mean = read_token_mean(folder / STATISTICS)
        self._threads = threads
        self._encoder = OnnxEncoder(folder / "onnx")
        self._query = lru_cache(_REMEMBERED_QUERIES)(self._embed_query)  # locks itself

    def embed_query(self, text: str) -> Embedding:
        """Embed one question; the most recent ones are remembered."""
        return self._query(text)

    def _embed_query(self, text: str) -> Embedding:
        return self._encoder.embed(text, QUERY_PREFIX)

    def embed_passages(
        self, texts: Sequence[str], progress: Progress | None = None
    ) -> list[Embedding]:
        """Embed passages, in input order."""
        return encode_passages(self._encoder, texts, self._threads, progress)

    def count_tokens(self, text: str) -> int:
        """How many tokens the text takes, without the model's prefix and special tokens."""
        return self._encoder.count_tokens(text)


class SentenceTransformerEmbedder:
    """Serves any model that `sentence-transformers` loads from disk, on a GPU if there is one.

    The model must already be on this machine: a folder, or a name in the local cache.
    """

    def __init__(self, name_or_folder: str, device: str | None = None) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise ModelError(
                f"Para servir {name_or_folder} falta sentence-transformers: instale "
                "«acervo-ods[model]», o indique la carpeta de un modelo construido con «acervo "
                "model build»."
            ) from error
        try:
            self._model = SentenceTransformer(name_or_folder, device=device, local_files_only=True)
        except (OSError, ValueError) as error:
            raise ModelError(
                f"No se puede cargar el modelo {name_or_folder} ({error}): indique una carpeta de "
                "sentence-transformers o ejecute «acervo model build»."
            ) from error
        # Only fast tokenizers tell which code points of a text each token covers.
        if not self._model.tokenizer.is_fast:
            raise ModelError(f"El modelo {name_or_folder} no tiene un tokenizador rápido.")
        # Models name their prompts differently, and many need none.
        prompts = self._model.prompts
        self._query_prefix: str = prompts.get("query") or ""
        self._passage_prefix: str = prompts.get("passage") or prompts.get("document") or ""
        self._lock = Lock()  # fast tokenizers refuse two borrowers
        self.name = _model_name(name_or_folder)
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.token_mean = self._find_token_mean(Path(name_or_folder))
        self._query = lru_cache(_REMEMBERED_QUERIES)(self._embed_query)

    def embed_query(self, text: str) -> Embedding:
        """Embed one question; the most recent ones are remembered."""
        return self._query(text)

    def _embed_query(self, text: str) -> Embedding:
        return self._encode([text], self._query_prefix)[0]

    def embed_passages(
        self, texts: Sequence[str], progress: Progress | None = None
    ) -> list[Embedding]:
        """Embed passages, in input order."""
        embeddings: list[Embedding] = []
        for start in range(0, len(texts), _PROGRESS_CHUNK):
            embeddings += self._encode(texts[start : start + _PROGRESS_CHUNK], self._passage_prefix)
            if progress:
                progress(len(embeddings) - start)
        return embeddings

    def count_tokens(self, text: str) -> int:
        """How many tokens the text takes, without the model's prefix and special tokens."""
        with self._lock:
            encoded = self._model.tokenizer(text, add_special_tokens=False, verbose=False)
        return len(encoded["input_ids"])

    def _encode(self, texts: Sequence[str], prefix: str) -> list[Embedding]:
        with self._lock:
            # `None` gives token and sentence vectors of one forward pass.
            outputs = self._model.encode(
                list(texts), prompt=prefix, output_value=None, show_progress_bar=False
            )
            return [
                self._read(output, text, prefix)
                for output, text in zip(outputs, texts, strict=True)
            ]

    def _read(self, output: Any, text: str, prefix: str) -> Embedding:
        # `encode` tells no offsets, so the text is split again, in the same way or not at all.
        encoded = self._model.tokenizer(
            prefix + text,
            truncation=True,
            max_length=self._model.max_seq_length,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
        )
        real = output["attention_mask"].bool()
        hidden = output["token_embeddings"][real].float().cpu().numpy()
        spans = np.array(encoded["offset_mapping"], np.int32) - len(prefix)
        if len(hidden) != len(spans):
            raise ModelError(f"El modelo {self.name} no divide el texto como su tokenizador.")
        own = (np.array(encoded["special_tokens_mask"]) == 0) & (spans[:, 1] > 0)
        vector = output["sentence_embedding"].float().cpu().numpy()
        return Embedding(
            vector=_read_only(vector / np.linalg.norm(vector)),
            tokens=_read_only(hidden[own]),
            pieces=np.array(encoded["input_ids"], np.int32)[own],
            starts=np.maximum(spans[own, 0], 0),
            ends=spans[own, 1],
        )

    def _find_token_mean(self, location: Path) -> Floats:
        """Measured when the model was built, or now."""
        # The card lies above the `sentence-transformers` folder of a built model.
        if (location.parent / CARD).is_file() and (location.parent / STATISTICS).is_file():
            return read_token_mean(location.parent / STATISTICS)
        logger.info("measuring the mean token vector of %s: this takes a while", self.name)
        return mean_token(self.embed_passages(calibration_passages()))


def _model_name(name_or_folder: str) -> str:
    """A folder is named by what is in it, so that an index notices another model there."""
    folder = Path(name_or_folder)
    if not folder.is_dir():
        return name_or_folder
    # The name alone would let vectors of two models mix when a folder is filled anew.
    contents = "".join(file.sha256 for file in list_files(folder))
    return f"{folder.resolve().name}@{hashlib.sha256(contents.encode()).hexdigest()[:12]}"


class OnnxEncoder:
    """The bare encoder of a built model: ONNX Runtime and tokenizers, nothing else.

    Safe from many threads. Texts go through one by one: the scale of eight-bit activations is
    taken over a whole batch, so that in a batch a vector would depend on its neighbours (cosine
    .998); and a batch of long texts leaves the processor's cache and is slower.
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # many texts at once scale better than one text in parts
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def embed(self, text: str, prefix: str) -> Embedding:
        """One forward pass over prefix and text, at most `MAX_TOKENS` tokens of them."""
        encoding = self._tokenizer.encode(_without_lone_surrogates(prefix + text))
        ids = _truncated(np.array(encoding.ids, np.int32))
        spans = np.array(encoding.offsets[: len(ids)], np.int32) - len(prefix)
        return _pooled_embedding(self.run(ids[None])[0], ids, spans, len(text))

    def count_tokens(self, text: str) -> int:
        """How many tokens the text takes by itself."""
        return len(
            self._tokenizer.encode(_without_lone_surrogates(text), add_special_tokens=False).ids
        )

    def run(self, ids: Ints) -> Floats:
        """Last hidden states `(batch, length, dimension)` of token ids `(batch, length)`."""
        mask = ids != PAD
        inputs = {"input_ids": ids.astype(np.int64), "attention_mask": mask.astype(np.int64)}
        states: Floats = self.session.run(None, inputs)[0]
        return states


def encode_passages(
    encoder: OnnxEncoder,
    texts: Sequence[str],
    threads: int = 1,
    progress: Progress | None = None,
) -> list[Embedding]:
    """Embed passages, `threads` at once, in input order."""
    embeddings = []
    with ThreadPoolExecutor(threads) as pool:
        for embedding in pool.map(lambda text: encoder.embed(text, PASSAGE_PREFIX), texts):
            embeddings.append(embedding)
            if progress:
                progress(1)
    return embeddings


def _pooled_embedding(hidden: Floats, ids: Ints, spans: Ints, length: int) -> Embedding:
    """`spans` are code points relative to the text: before it for `<s>` and the prefix."""
    # The last is `</s>`; a token of the prefix ends at or before the text. Pooling takes all of
    # them, as the model was trained; only the text's own can be matched and marked.
    own = np.flatnonzero(spans[:-1, 1] > 0)
    pooled = hidden.mean(axis=0)
    return Embedding(
        vector=_read_only(pooled / np.linalg.norm(pooled)),
        tokens=_read_only(hidden[own]),
        pieces=ids[own],
        starts=spans[own, 0].clip(0),
        ends=spans[own, 1].clip(0, length),
    )


def _read_only(array: Floats) -> Floats:
    """Make the array read-only: cached embeddings are shared between threads."""
    array.flags.writeable = False
    return array


def _truncated(ids: Ints) -> Ints:
    """At most what the model can read; `</s>` stays last."""
    return ids if len(ids) <= MAX_TOKENS else np.append(ids[: MAX_TOKENS - 1], ids[-1])


def _without_lone_surrogates(text: str) -> str:
    """Half a surrogate pair, which broken files contain, becomes one question mark."""
    return text.encode("utf-8", "replace").decode()


def calibration_passages() -> list[str]:
    """The neutral Spanish passages that `token_mean` is measured on, one a line."""
    text = files("search.embedding").joinpath("calibration.txt").read_text("utf-8")
    return text.splitlines()


def mean_token(embeddings: Sequence[Embedding]) -> Floats:
    """The mean of all token vectors `(dimension,)`."""
    mean: Floats = np.concatenate([one.tokens for one in embeddings]).mean(axis=0, dtype=np.float64)
    return mean.astype(np.float32)


def read_token_mean(path: Path) -> Floats:
    """What was measured when the model was built."""
    with np.load(path) as statistics:
        mean: Floats = statistics["token_mean"]
    return mean


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of the model: its path below the folder, its size in bytes and its SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a built model is, where it comes from and which files it consists of.

    `vocabulary` is "latin" or "full", `pieces` how many entries it has, `note` what a user must
    know about the weights, `versions` the libraries that built it.
    """

    name: str
    dimension: int
    max_tokens: int
    vocabulary: str
    pieces: int
    licence: str
    source: str
    note: str
    versions: Mapping[str, str]
    files: tuple[ModelFile, ...]


def read_card(folder: Path) -> ModelCard:
    """The card of a built model; ModelError when there is none or it cannot be read."""
    path = folder / CARD
    if not path.is_file():
        raise ModelError(f"No hay un modelo en {folder}: ejecute «acervo model build».")
    try:
        values = json.loads(path.read_text("utf-8"))
        files = tuple(ModelFile(**file) for file in values.pop("files"))
        return ModelCard(files=files, **values)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(
            f"La ficha {path} no se puede leer ({error}): ejecute «acervo model build»."
        ) from error


def write_card(card: ModelCard, folder: Path) -> None:
    """Write the card into the model's folder."""
    text = json.dumps(asdict(card), ensure_ascii=False, indent=2)
    (folder / CARD).write_text(text + "\n", "utf-8")


def list_files(folder: Path) -> tuple[ModelFile, ...]:
    """Every file below the folder except the card, by path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != CARD)
    return tuple(_describe_file(path, folder) for path in paths)


def verify_model(folder: Path, parts: tuple[str, ...] = ("",)) -> ModelCard:
    """Recompute the checksums of all files, or of those whose path starts with one of `parts`.

    ModelError names the files that are missing or damaged.
    """
    card = read_card(folder)
    damaged = [
        file.path
        for file in card.files
        if file.path.startswith(parts) and not _is_intact(file, folder)
    ]
    if damaged:
        raise ModelError(
            f"El modelo de {folder} está dañado ({', '.join(damaged)}): "
            "ejecute «acervo model build»."
        )
    return card


def _describe_file(path: Path, folder: Path) -> ModelFile:
    return ModelFile(path.relative_to(folder).as_posix(), path.stat().st_size, digest(path))


def _is_intact(file: ModelFile, folder: Path) -> bool:
    path = folder / file.path
    return path.is_file() and _describe_file(path, folder) == file


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
