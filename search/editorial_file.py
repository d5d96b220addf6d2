"""Reads `editorial.toml` into rules and tells every mistake in it with its place.

It is written by hand by people who do not program: messages are Spanish, name the line and the
entry, and say what to write. Whether a collection has what the rules name is another question
(`unknown_references`), since one file may serve several.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from search.documents import Document
from search.editorial import Pin, Rules
from search.engine import Snapshot
from search.text.acronyms import SynonymSet
from search.text.vocabulary import fold

_KEYS: Mapping[str, frozenset[str]] = {
    "destacado": frozenset({"pregunta", "documento", "pagina", "pasaje", "exacta"}),
    "oculto": frozenset({"documento", "pasaje"}),
    "sinonimo": frozenset({"sigla", "formas", "ambito"}),
}
# As in `siglas.toml`: an exact equivalent, a related term, a word of another language.
_SCOPES = ("sigla", "termino", "traduccion")
_EXPECTED_VALUES = {
    "pregunta": "un texto entre comillas",
    "documento": "un texto entre comillas",
    "pasaje": "un texto entre comillas",
    "sigla": "un texto entre comillas",
    "ambito": "un texto entre comillas",
    "pagina": "un número entero desde 1",
    "exacta": "true o false",
    "formas": "una lista de textos entre comillas",
}
_MAX_ENTRIES = 2_000
"""Entries of one kind: every question is compared with each pin."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, and where: «línea 12, [[destacado]] 2»."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


Table = Mapping[str, object]


@dataclass(slots=True)
class _Report:
    """The mistakes met in one text, and the line in which each of its entries begins."""

    lines: dict[tuple[str, int], int]
    mistakes: list[Mistake] = field(default_factory=list)

    def wrong(self, kind: str, number: int, text: str) -> None:
        self.mistakes.append(Mistake(self.place(kind, number), text))

    def place(self, kind: str, number: int) -> str:
        line = self.lines.get((kind, number))
        entry = f"[[{kind}]] {number}"
        return f"línea {line}, {entry}" if line else entry


def read_rules(text: str) -> tuple[Rules, tuple[Mistake, ...]]:
    """The rules that a text states, and what is wrong with it; entries with a mistake are left
    out, so that all mistakes are told at once."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Rules(), (_toml_mistake(error),)
    # tomllib tells no lines once it has read a file, so headers are looked for in the text.
    report = _Report(_entry_lines(text))
    for name in sorted(content.keys() - _KEYS.keys()):
        known = ", ".join(f"[[{table}]]" for table in _KEYS)
        report.mistakes.append(Mistake(f"«{name}»", f"no se conoce; use {known}"))
    pins = [pin for n, entry in _entries(content, "destacado", report)
            if (pin := _pin(entry, n, report))]  # fmt: skip
    documents, passages = set(), set()
    for number, entry in _entries(content, "oculto", report):
        if ("documento" in entry) == ("pasaje" in entry):
            report.wrong("oculto", number, "lleva «documento» o «pasaje», uno de los dos")
        documents |= {str(entry["documento"])} if "documento" in entry else set()
        passages |= {str(entry["pasaje"])} if "pasaje" in entry else set()
    synonyms = [_synonym(e, n, report) for n, e in _entries(content, "sinonimo", report)]
    rules = Rules(
        pins=tuple(pins),
        hidden_documents=frozenset(documents),
        hidden_passages=frozenset(passages),
        synonyms=tuple(group for group in synonyms if group),
    )
    _report_repeated_pins(pins, report)
    return rules, tuple(report.mistakes)


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


def _entries(content: Table, kind: str, report: _Report) -> Iterator[tuple[int, Table]]:
    """The entries of a kind whose names and values are what they should be."""
    given = content.get(kind, [])
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        report.mistakes.append(Mistake(f"«{kind}»", f"se escribe [[{kind}]], con dos corchetes"))
        return
    if len(given) > _MAX_ENTRIES:
        report.mistakes.append(Mistake(f"[[{kind}]]", f"hay {len(given)}; caben {_MAX_ENTRIES}"))
        return
    for number, entry in enumerate(given, 1):
        before = len(report.mistakes)
        for name, value in entry.items():
            if name not in _KEYS[kind]:
                known = ", ".join(sorted(_KEYS[kind]))
                report.wrong(kind, number, f"«{name}» no se conoce; use {known}")
            elif not _fits(name, value):
                report.wrong(kind, number, f"«{name}» debe ser {_EXPECTED_VALUES[name]}")
        if len(report.mistakes) == before:
            yield number, entry


def _fits(name: str, value: object) -> bool:
    if name == "pagina":
        # `true` is an int to Python, and no page.
        return type(value) is int and value > 0
    if name == "exacta":
        return isinstance(value, bool)
    if name == "formas":
        return isinstance(value, list) and bool(value) and all(map(_is_text, value))
    return _is_text(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _pin(entry: Table, number: int, report: _Report) -> Pin | None:
    page = entry.get("pagina")
    pin = Pin(
        question=" ".join(str(entry.get("pregunta", "")).split()),
        document_id=str(entry["documento"]) if "documento" in entry else None,
        page=page if isinstance(page, int) else None,
        passage_id=str(entry["pasaje"]) if "pasaje" in entry else None,
        exact=entry.get("exacta") is True,
    )
    wrong = _pin_mistake(pin)
    if wrong:
        report.wrong("destacado", number, wrong)
    return None if wrong else pin


def _pin_mistake(pin: Pin) -> str:
    if not pin.question:
        return "falta «pregunta», las palabras con que se busca"
    if not pin.stems:
        return f"«{pin.question}» no tiene ninguna palabra que diga de qué trata"
    if (pin.document_id is None) == (pin.passage_id is None):
        return "lleva «documento» o «pasaje», uno de los dos"
    if pin.page is not None and pin.document_id is None:
        return "«pagina» va con «documento»; un pasaje ya tiene la suya"
    return ""


def _synonym(entry: Table, number: int, report: _Report) -> SynonymSet | None:
    head, forms, scope = entry.get("sigla"), entry.get("formas"), entry.get("ambito", "sigla")
    if not isinstance(head, str) or not isinstance(forms, list):
        report.wrong("sinonimo", number, "lleva «sigla» y «formas»")
        return None
    if scope not in _SCOPES:
        report.wrong("sinonimo", number, f"«ambito» es {', '.join(_SCOPES[:-1])} o {_SCOPES[-1]}")
        return None
    every = tuple(dict.fromkeys(" ".join(str(form).split()) for form in (head, *forms)))
    if len(every) < 2:
        report.wrong("sinonimo", number, f"«{head}» solo figura como equivalente de sí misma")
        return None
    return SynonymSet(every, approximate=scope != "sigla", translation=scope == "traduccion")


def _report_repeated_pins(pins: Sequence[Pin], report: _Report) -> None:
    for pin, count in Counter(pins).items():
        if count > 1:
            text = f"el destacado de «{pin.question}» está {count} veces"
            report.mistakes.append(Mistake("[[destacado]]", text))


_MIN_SIMILARITY = 0.55
"""How alike a name must be to be suggested (difflib's ratio): «modulo-mentalidad» is .83 like
«modulo-cambio-mentalidad», names that only share a few letters are below .5."""
_MAX_SUGGESTIONS = 2


def unknown_references(rules: Rules, snapshot: Snapshot) -> list[Mistake]:
    """What the rules name that is not in the collection, in the order of the rules."""
    documents = snapshot.documents()
    found = [
        Mistake(f"destacado «{pin.question}»", text)
        for pin in rules.pins
        for text in _unmet_references(pin, rules, snapshot)
    ]
    hidden = sorted(rules.hidden_documents)
    found += [Mistake("oculto", t) for t in _unknown_documents(hidden, documents)]
    for passage_id in sorted(rules.hidden_passages):
        found += [Mistake("oculto", t) for t in _unknown_passage(passage_id, snapshot)]
    return found


def _unmet_references(pin: Pin, rules: Rules, snapshot: Snapshot) -> Iterator[str]:
    if pin.passage_id is not None:
        yield from _unknown_passage(pin.passage_id, snapshot)
    if pin.document_id is not None:
        yield from _unknown_documents([pin.document_id], snapshot.documents())
    document = snapshot.document(pin.document_id) if pin.document_id else None
    if document and pin.page and pin.page not in _pages_with_text(document, snapshot):
        yield f"«{document.id}» no tiene texto en la página {pin.page}"
    if pin.document_id in rules.hidden_documents or pin.passage_id in rules.hidden_passages:
        yield "lo que destaca está también oculto"


def _pages_with_text(document: Document, snapshot: Snapshot) -> set[int]:
    passages = snapshot.passages_of(document.id)
    return {extent.page for passage in passages for extent in passage.extents}


def _unknown_documents(ids: Iterable[str], documents: Sequence[Document]) -> Iterator[str]:
    known = {document.id for document in documents}
    for id_ in ids:
        if id_ not in known:
            yield f"no hay ningún documento «{id_}»{_did_you_mean(id_, documents)}"


def _did_you_mean(written: str, documents: Sequence[Document]) -> str:
    """What was perhaps meant, among the names, titles and files of documents."""
    # Reversed, so that of several documents with one name the first is the one that stays.
    named = {fold(name): document.id for document in reversed(documents)
             for name in (document.file, document.title, document.id)}  # fmt: skip
    near = get_close_matches(fold(written), named, _MAX_SUGGESTIONS, _MIN_SIMILARITY)
    meant = dict.fromkeys(f"«{named[name]}»" for name in near)
    return f"; ¿quiso decir {' o '.join(meant)}?" if meant else ""


def _unknown_passage(passage_id: str, snapshot: Snapshot) -> Iterator[str]:
    if snapshot.passage(passage_id) is None:
        # In the address of a page the anchor of a passage is «#p-» and its id.
        bare = passage_id.removeprefix("p-")
        meant = f"; ¿quiso decir «{bare}»?" if snapshot.passage(bare) else ""
        yield f"no hay ningún pasaje «{passage_id}»{meant}"
