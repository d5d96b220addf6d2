"""A root's `siglas.toml` to the table of equivalents that the index keeps."""

import json
import tomllib
from pathlib import Path

from ingest.errors import CatalogueError

ACRONYMS = "siglas.toml"
_SCOPES = ("sigla", "termino")


def read_acronyms(root: Path) -> str | None:
    """JSON list of `{"forms": [...], "approximate": bool}`, or None when the root has no table.

    Raises `CatalogueError` when the table is not understood.
    """
    path = root / ACRONYMS
    if not path.is_file():
        return None
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("entrada", [])
        table = [_group(path, entry) for entry in entries]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError, TypeError) as error:
        raise CatalogueError(f"No se entiende «{path}»: {error}.") from error
    return json.dumps(table, ensure_ascii=False)


def _group(path: Path, entry: dict[str, object]) -> dict[str, object]:
    acronym, forms, scope = entry.get("sigla"), entry.get("formas"), entry.get("ambito", "sigla")
    if not isinstance(acronym, str) or not isinstance(forms, list) or scope not in _SCOPES:
        raise CatalogueError(
            f"No se entiende «{path}»: cada entrada lleva «sigla», «formas» y, si hace falta, "
            f"«ambito» ({' o '.join(_SCOPES)}); revise «{acronym}»."
        )
    return {"forms": [acronym, *map(str, forms)], "approximate": scope == "termino"}
