"""Reads `editorial.toml` into rules and tells every mistake in it with its place.

It is written by hand by people who do not program: messages are Spanish, name the line and the
entry, and say what to write. Whether a collection has what the rules name is another question
(`unknown_references`), since one file may serve several.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from search.documents import Document
from search.editorial import Pin, Rules
from search.engine import DocumentPart, Engine
from search.text.acronyms import SynonymSet
from search.text.vocabulary import fold

Table = Mapping[str, Any]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


_NAMES: Mapping[str, frozenset[str]] = {
    "destacado": frozenset({"pregunta", "documento", "pagina", "pasaje", "exacta"}),
    "oculto": frozenset({"documento", "pasaje"}),
    "sinonimo": frozenset({"sigla", "formas", "ambito"}),
}
"""The kinds of entries, and what stands in each."""
_TEXT = ("un texto entre comillas", _is_text)
_VALUES: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(("pregunta", "documento", "pasaje", "sigla", "ambito"), _TEXT),
    # `true` is an int to Python, and no page.
    "pagina": ("un número entero desde 1", lambda value: type(value) is int and value > 0),
    "exacta": ("true o false", lambda value: isinstance(value, bool)),
    "formas": (
        "una lista de textos entre comillas",
        lambda value: isinstance(value, list) and bool(value) and all(map(_is_text, value)),
    ),
}
"""What the value of each name must be, as it is told and as it is checked."""
# As in `siglas.toml`: an exact equivalent, a related term, a word of another language.
_SCOPES = ("sigla", "termino", "traduccion")
_MAX_ENTRIES = 2_000
"""Entries of one kind: every question is compared with each pin."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, and where: «línea 12, [[destacado]] 2»."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


def read_rules(text: str) -> tuple[Rules, tuple[Mistake, ...]]:
    """The rules that a text states, and what is wrong with it; entries with a mistake are left
    out, so that all mistakes are told at once."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Rules(), (_toml_mistake(error),)
    known = ", ".join(f"[[{kind}]]" for kind in _NAMES)
    mistakes = [
        Mistake(f"«{name}»", f"no se conoce; use {known}")
        for name in sorted(content.keys() - _NAMES.keys())
    ]
    pins: list[Pin] = []
    hidden: dict[str, set[str]] = {"documento": set(), "pasaje": set()}
    synonyms: list[SynonymSet] = []
    lines = _entry_lines(text)
    for kind, number, entry in _entries(content, mistakes):
        place = f"[[{kind}]] {number}"
        if (kind, number) in lines:
            place = f"línea {lines[kind, number]}, {place}"
        try:
            _check_values(kind, entry)
            if kind == "destacado":
                pins.append(_pin(entry))
            elif kind == "sinonimo":
                synonyms.append(_synonym(entry))
            elif len(entry) == 1:
                hidden[next(iter(entry))].update(entry.values())
            else:
                raise ValueError("lleva «documento» o «pasaje», uno de los dos")
        except ValueError as error:
            mistakes += [Mistake(place, text) for text in error.args]
    mistakes += [
        Mistake("[[destacado]]", f"el destacado de «{pin.question}» está {count} veces")
        for pin, count in Counter(pins).items()
        if count > 1
    ]
    return Rules(
        pins=tuple(pins),
        hidden_documents=frozenset(hidden["documento"]),
        hidden_passages=frozenset(hidden["pasaje"]),
        synonyms=tuple(synonyms),
    ), tuple(mistakes)


def _entry_lines(text: str) -> dict[tuple[str, int], int]:
    """The line of each entry; a header inside a text of several lines would be counted too, which
    moves a line number and nothing else."""
    seen: Counter[str] = Counter()
    lines = {}
    for number, line in enumerate(text.split("\n"), 1):
        header = re.match(r"\s*\[\[\s*(\w+)\s*\]\]", line)
        if header:
            seen[header[1]] += 1
            lines[header[1], seen[header[1]]] = number
    return lines


_TOML_MESSAGES = {
    "Expected '=' after a key in a key/value pair": "falta «=» después de un nombre",
    "Invalid value": "el valor no se entiende; los textos van entre comillas",
    "Unterminated string": "falta cerrar las comillas",
    "Illegal character '\\n'": "falta cerrar las comillas",
    "Cannot overwrite a value": "un nombre está dos veces en la misma entrada",
    "Unescaped '\\' in a string": "la barra «\\» se escribe dos veces",
    "Unclosed array": "falta cerrar la lista con «]»",
    "Invalid statement": "la línea no se entiende",
    "Expected newline or end of document after a statement": "sobra algo al final de la línea",
    "Expected ']]' at the end of an array declaration": "falta cerrar el nombre con «]]»",
    "Expected ']' at the end of a table declaration": "falta cerrar el nombre con «]»",
}


def _toml_mistake(error: tomllib.TOMLDecodeError) -> Mistake:
    # tomllib tells what and where in one English sentence; an unknown one is shown as it is.
    found = re.fullmatch(r"(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error))
    told, line, column = found.groups() if found else (str(error), None, None)
    place = f"línea {line}, columna {column}" if line else "al final"
    return Mistake(place, _TOML_MESSAGES.get(told, f"no es TOML válido ({told})"))


def _entries(content: Table, mistakes: list[Mistake]) -> Iterator[tuple[str, int, Table]]:
    """The entries of each kind, counted from 1."""
    for kind in _NAMES:
        given = content.get(kind, [])
        if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
            text = f"se escribe [[{kind}]], con dos corchetes"
            mistakes.append(Mistake(f"«{kind}»", text))
        elif len(given) > _MAX_ENTRIES:
            text = f"hay {len(given)}; caben {_MAX_ENTRIES}"
            mistakes.append(Mistake(f"[[{kind}]]", text))
        else:
            yield from ((kind, number, entry) for number, entry in enumerate(given, 1))


def _check_values(kind: str, entry: Table) -> None:
    """Raises `ValueError` with all that is wrong with the names and values."""
    known = ", ".join(sorted(_NAMES[kind]))
    wrong = [
        f"«{name}» debe ser {_VALUES[name][0]}"
        if name in _NAMES[kind]
        else f"«{name}» no se conoce; use {known}"
        for name, value in entry.items()
        if name not in _NAMES[kind] or not _VALUES[name][1](value)
    ]
    if wrong:
        raise ValueError(*wrong)


def _pin(entry: Table) -> Pin:
    """Raises `ValueError` for one that means nothing."""
    pin = Pin(
        question=" ".join(entry.get("pregunta", "").split()),
        document_id=entry.get("documento"),
        page=entry.get("pagina"),
        passage_id=entry.get("pasaje"),
        exact=entry.get("exacta", False),
    )
    if not pin.question:
        raise ValueError("falta «pregunta», las palabras con que se busca")
    if not pin.stems:
        raise ValueError(f"«{pin.question}» no tiene ninguna palabra que diga de qué trata")
    if (pin.document_id is None) == (pin.passage_id is None):
        raise ValueError("lleva «documento» o «pasaje», uno de los dos")
    if pin.page is not None and pin.document_id is None:
        raise ValueError("«pagina» va con «documento»; un pasaje ya tiene la suya")
    return pin


def _synonym(entry: Table) -> SynonymSet:
    """Raises `ValueError` for one that means nothing."""
    if not entry.keys() >= {"sigla", "formas"}:
        raise ValueError("lleva «sigla» y «formas»")
    head, scope = entry["sigla"], entry.get("ambito", "sigla")
    if scope not in _SCOPES:
        raise ValueError(f"«ambito» es {', '.join(_SCOPES[:-1])} o {_SCOPES[-1]}")
    every = tuple(dict.fromkeys(" ".join(form.split()) for form in (head, *entry["formas"])))
    if len(every) < 2:
        raise ValueError(f"«{head}» solo figura como equivalente de sí misma")
    return SynonymSet(every, approximate=scope != "sigla", translation=scope == "traduccion")


_MIN_SIMILARITY = 0.55
"""How alike a name must be to be suggested (difflib's ratio): «modulo-mentalidad» is .83 like
«modulo-cambio-mentalidad», names that only share a few letters are below .5."""
_MAX_SUGGESTIONS = 2


def unknown_references(rules: Rules, engine: Engine) -> list[Mistake]:
    """What the rules name that is not in the collection, in the order of the rules."""
    documents = engine.collection().documents
    known = {document.id for document in documents}
    paged = {pin.document_id for pin in rules.pins if pin.document_id and pin.page}
    held = engine.read_documents(sorted(paged), frozenset({DocumentPart.PASSAGES}))
    named = {pin.passage_id for pin in rules.pins if pin.passage_id} | rules.hidden_passages
    # In the address of a page the anchor of a passage is «#p-» and its id.
    asked = sorted(named | {id_.removeprefix("p-") for id_ in named})
    passages = {loaded.passage.id for loaded in engine.load(asked)}

    def document_text(id_: str) -> str:
        return f"no hay ningún documento «{id_}»{_did_you_mean(id_, documents)}"

    def passage_text(id_: str) -> str:
        bare = id_.removeprefix("p-")
        meant = f"; ¿quiso decir «{bare}»?" if bare in passages else ""
        return f"no hay ningún pasaje «{id_}»{meant}"

    found = []
    for pin in rules.pins:
        texts = []
        if pin.passage_id is not None and pin.passage_id not in passages:
            texts.append(passage_text(pin.passage_id))
        if pin.document_id is not None and pin.document_id not in known:
            texts.append(document_text(pin.document_id))
        if pin.page and pin.document_id and pin.document_id in held:
            pages = {e.page for one in held[pin.document_id].passages for e in one.extents}
            if pin.page not in pages:
                texts.append(f"«{pin.document_id}» no tiene texto en la página {pin.page}")
        if pin.document_id in rules.hidden_documents or pin.passage_id in rules.hidden_passages:
            texts.append("lo que destaca está también oculto")
        found += [Mistake(f"destacado «{pin.question}»", text) for text in texts]
    unknown = [document_text(id_) for id_ in sorted(rules.hidden_documents - known)]
    unknown += [passage_text(id_) for id_ in sorted(rules.hidden_passages - passages)]
    return found + [Mistake("oculto", text) for text in unknown]


def _did_you_mean(written: str, documents: Sequence[Document]) -> str:
    """What was perhaps meant, among the names, titles and files of documents."""
    # Reversed, so that of several documents with one name the first is the one that stays.
    named = {fold(name): document.id for document in reversed(documents)
             for name in (document.file, document.title, document.id)}  # fmt: skip
    near = get_close_matches(fold(written), named, _MAX_SUGGESTIONS, _MIN_SIMILARITY)
    meant = dict.fromkeys(f"«{named[name]}»" for name in near)
    return f"; ¿quiso decir {' o '.join(meant)}?" if meant else ""
