"""A `siglas.toml` to the table of equivalents that the index keeps."""

import re
import tomllib
from pathlib import Path

from ingest.errors import CatalogueError, cause_of
from search.wording.groups import Group, Meaning, dump

ACRONYMS = "siglas.toml"
_SCOPES = ("sigla", "termino", "traduccion")
_TWO_NAMES = re.compile(r"(.+?)\s*\(([^()]+)\)\s*")


def read_acronyms(path: Path) -> str | None:
    """The table as `search.wording.groups.dump` writes it, or None when there is no such file.

    Raises `CatalogueError` when the table is not understood.
    """
    if not path.is_file():
        return None
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("entrada", [])
        return dump(_group(path, entry) for entry in entries)
    except OSError as error:
        raise CatalogueError(f"{path}: {cause_of(error)}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError, TypeError) as error:
        raise CatalogueError(f"No se entiende «{path}»: {error}.") from error


def _group(path: Path, entry: dict[str, object]) -> Group:
    acronym, scope = entry.get("sigla"), entry.get("ambito", "sigla")
    forms, capitals = _texts(entry.get("formas")), _texts(entry.get("mayusculas", []))
    meanings = entry.get("sentidos", [])
    if (
        not isinstance(acronym, str)
        or not isinstance(meanings, list)
        or scope not in _SCOPES
        or forms is None
        or capitals is None
    ):
        raise CatalogueError(
            f"No se entiende «{path}»: cada entrada lleva «sigla», «formas» y, si hace falta, "
            f"«ambito» ({' o '.join(_SCOPES)}), «sentidos» y «mayusculas»; revise «{acronym}»."
        )
    told = tuple(_meaning(path, acronym, meaning) for meaning in meanings)
    return Group((acronym, *forms), scope != "sigla", told, capitals, scope == "traduccion")


def _meaning(path: Path, acronym: str, given: object) -> Meaning:
    """From `{ formas = [...], pistas = [...] }`, or from one text: «Nombre (Name)»."""
    if isinstance(given, str) and given.strip():
        two = _TWO_NAMES.fullmatch(given)
        return Meaning(two.groups() if two else (given.strip(),))
    names, cues = None, None
    if isinstance(given, dict):
        names, cues = _texts(given.get("formas")), _texts(given.get("pistas", []))
    if not names or cues is None:
        raise CatalogueError(
            f"No se entiende «{path}»: cada sentido de «{acronym}» es un texto, o una tabla con "
            "«formas» y, si hace falta, «pistas»."
        )
    return Meaning(names, cues)


def _texts(given: object) -> tuple[str, ...] | None:
    return tuple(map(str, given)) if isinstance(given, list) else None
