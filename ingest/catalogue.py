"""Reads `catalogo.toml` and `siglas.toml`, which lie beside the documents of a folder: what is
declared of the documents, and the acronyms and equivalent terms of the folder.

They are written by hand, by people who do not program. So every mistake is refused before anything
is ingested, with its place and what could stand there instead; a key that was silently ignored
would look like one that works.
"""

import datetime
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ingest.errors import CatalogueError, cause_of
from search.documents import DocumentType
from search.text.acronyms import Meaning, SynonymSet, dump
from search.text.times import LONGEST, minutes_of

CATALOGUE, ACRONYMS = "catalogo.toml", "siglas.toml"
FIELDS = {
    "archivo": "file",
    "clave": "key",
    "titulo": "title",
    "tipo": "document_type",
    "kit": "toolkit",
    "modulo": "module",
    "idioma": "language",
    "publico": "audience",
    "fecha": "date",
    "evento": "event",
    "lugar": "place",
    "organizadores": "organisers",
    "simbolo": "symbol",
    "duracion": "minutes",
    "licencia": "licence",
    "url": "url",
}
# Spanish names first, since they are the ones that a mistake is answered with; the values of
# `DocumentType`, which the API shows, are taken too.
TYPES = {
    "nota_conceptual": DocumentType.CONCEPT_NOTE,
    "kit": DocumentType.TOOLKIT,
    "modulo": DocumentType.MODULE,
    "presentacion": DocumentType.SLIDES,
    "guia_de_facilitacion": DocumentType.FACILITATOR_GUIDE,
    "hoja_de_trabajo": DocumentType.WORKSHEET,
    "nota_de_orientacion": DocumentType.GUIDANCE_NOTE,
    "informe_de_resultados": DocumentType.OUTCOME_REPORT,
    "informe": DocumentType.REPORT,
    "plan": DocumentType.PLAN,
    "agenda": DocumentType.AGENDA,
    "norma": DocumentType.LAW,
    "otro": DocumentType.OTHER,
} | {kind.value: kind for kind in DocumentType}
# A key is the id of its document, which stands in addresses: letters that need no escaping there.
KEY = re.compile(r"^[a-z0-9][a-z0-9._-]{0,99}$")
LANGUAGE = re.compile(r"^[a-z]{2}$")
ADDRESS = re.compile(r"^https?://\S+$")
# What an entry is about: an acronym, two terms of like meaning, or a term in another language.
_SCOPES = ("sigla", "termino", "traduccion")
_TWO_NAMES = re.compile(r"(.+?)\s*\(([^()]+)\)\s*")


@dataclass(frozen=True, slots=True)
class Declared:
    """What the catalogue says of a document; what it does not say is None."""

    key: str | None = None
    title: str | None = None
    document_type: DocumentType | None = None
    toolkit: str | None = None
    module: str | None = None
    language: str | None = None
    audience: str | None = None
    date: str | None = None
    event: str | None = None
    licence: str | None = None
    url: str | None = None
    place: str | None = None
    organisers: str | None = None
    symbol: str | None = None
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Declarations by path below the folder, and patterns of files that are not documents."""

    documents: Mapping[str, Declared]
    ignored: tuple[str, ...] = ()


def read_catalogue(folder: Path) -> Catalogue:
    """The folder's catalogue, or an empty one where there is none.

    Raises `CatalogueError` for a key, a type or a value that we do not understand.
    """
    path = folder / CATALOGUE
    if not path.is_file():
        return Catalogue({})
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CatalogueError(f"{path}: {cause_of(error)}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path}: no es TOML válido en UTF-8 ({error}).") from error
    _check_keys(content, {"documento", "ignorar"}, str(path))
    ignored, entries = content.get("ignorar", []), content.get("documento", [])
    if not isinstance(ignored, list) or not all(isinstance(item, str) for item in ignored):
        raise CatalogueError(f"{path}: «ignorar» debe ser una lista de textos.")
    if not isinstance(entries, list) or not all(isinstance(item, dict) for item in entries):
        raise CatalogueError(f"{path}: cada documento se escribe como [[documento]].")
    documents: dict[str, Declared] = {}
    keys: set[str | None] = set()
    # Counted from one, as whoever looks for the third [[documento]] in an editor counts.
    for number, entry in enumerate(entries, start=1):
        place = f"{path}: [[documento]] {number}"
        file, declared = _entry(entry, place)
        if file in documents:
            raise CatalogueError(f"{place}: «{file}» ya figura en el catálogo.")
        if declared.key in keys:
            raise CatalogueError(f"{place}: la clave «{declared.key}» ya es de otro documento.")
        documents[file] = declared
        keys |= {declared.key} - {None}
    return Catalogue(documents, tuple(ignored))


def _entry(entry: dict[str, Any], place: str) -> tuple[str, Declared]:
    _check_keys(entry, set(FIELDS), place)
    texts = {name: _text(name, value, place) for name, value in entry.items()}
    file = texts.get("archivo")
    if file is None:
        raise CatalogueError(f"{place}: falta «archivo», la ruta del documento.")
    kind = texts.get("tipo")
    if kind is not None and kind not in TYPES:
        raise CatalogueError(f"{place}: tipo «{kind}» desconocido; use uno de: {', '.join(TYPES)}.")
    for name, pattern, hint in (
        ("clave", KEY, "minúsculas, cifras, puntos y guiones"),
        ("idioma", LANGUAGE, "dos letras, como «es»"),
        ("url", ADDRESS, "una dirección http o https"),
    ):
        if name in texts and not pattern.match(texts[name]):
            raise CatalogueError(f"{place}: «{name}» debe ser {hint}, no «{texts[name]}».")
    fields: dict[str, Any] = {FIELDS[name]: text for name, text in texts.items()}
    del fields["file"]
    if kind:
        fields["document_type"] = TYPES[kind]
    if "minutes" in fields:
        fields["minutes"] = int(fields["minutes"])
    return PurePosixPath(file).as_posix(), Declared(**fields)


def _text(name: str, value: Any, place: str) -> str:
    """The value as text; dates may be written bare or in quotes, lengths as a number."""
    if name == "fecha":
        try:
            # TOML has dates of its own, which `tomllib` gives as `date`.
            return datetime.date.fromisoformat(str(value)).isoformat()
        except ValueError:
            raise CatalogueError(f"{place}: «fecha» debe ser AAAA-MM-DD, no «{value}».") from None
    if name == "duracion":
        # Whole minutes, written as a number or as people write them: «90 min», «1 h 30». `type`,
        # not `isinstance`: «duracion = true» is no number of minutes.
        minutes = value if type(value) is int else None
        if isinstance(value, str):
            minutes = int(value) if value.strip().isdecimal() else minutes_of(value)
        if minutes is None or not 0 < minutes <= LONGEST:
            raise CatalogueError(
                f"{place}: «duracion» debe ser un número de minutos o un texto como «90 min», no"
                f" «{value}»."
            )
        return str(minutes)
    if not isinstance(value, str) or not value.strip():
        raise CatalogueError(f"{place}: «{name}» debe ser un texto, no «{value}».")
    return " ".join(value.split())


def _check_keys(table: Mapping[str, Any], known: set[str], place: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise CatalogueError(
            f"{place}: clave desconocida «{unknown[0]}»; use una de: {', '.join(sorted(known))}."
        )


def read_acronyms(path: Path) -> str | None:
    """The table as `search.text.acronyms.dump` writes it, or None when there is no such file.

    Raises `CatalogueError` when the table is not understood.
    """
    if not path.is_file():
        return None
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("entrada", [])
        return dump(_synonym_set(path, entry) for entry in entries)
    except OSError as error:
        raise CatalogueError(f"{path}: {cause_of(error)}") from error
    # «entrada = 3» is no list, «[entrada]» gives strings where tables should be: both are mistakes
    # of whoever wrote the file, not of ours.
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError, TypeError) as error:
        raise CatalogueError(f"No se entiende «{path}»: {error}.") from error


def _synonym_set(path: Path, entry: dict[str, object]) -> SynonymSet:
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
    read = tuple(_meaning(path, acronym, meaning) for meaning in meanings)
    return SynonymSet((acronym, *forms), scope != "sigla", read, capitals, scope == "traduccion")


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
