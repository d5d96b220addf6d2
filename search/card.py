"""A built model folder → its card: what the model is and whether its files are whole."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from search.errors import ModelError

CARD = "model.json"


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
    return tuple(_describe(path, folder) for path in paths)


def verify_model(folder: Path, parts: tuple[str, ...] = ("",)) -> ModelCard:
    """Recompute the checksums of all files, or of those whose path starts with one of `parts`.

    ModelError names the files that are missing or damaged.
    """
    card = read_card(folder)
    damaged = [
        file.path
        for file in card.files
        if file.path.startswith(parts) and not _is_whole(file, folder)
    ]
    if damaged:
        raise ModelError(
            f"El modelo de {folder} está dañado ({', '.join(damaged)}): "
            "ejecute «acervo model build»."
        )
    return card


def _describe(path: Path, folder: Path) -> ModelFile:
    return ModelFile(path.relative_to(folder).as_posix(), path.stat().st_size, digest(path))


def _is_whole(file: ModelFile, folder: Path) -> bool:
    path = folder / file.path
    return path.is_file() and _describe(path, folder) == file


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
