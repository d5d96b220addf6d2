"""Rules and a collection → what of them it does not have, with what was perhaps meant."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from search.index import Snapshot
from search.rulebook import Mistake
from search.rules import Pin, Rules
from search.spanish import fold
from search.types import Document

_NEAR = 0.55
"""How alike a name must be to be suggested (difflib's ratio): «modulo-mentalidad» is .83 like
«modulo-cambio-mentalidad», names that only share a few letters are below .5."""
_SUGGESTED = 2


def strangers(rules: Rules, snapshot: Snapshot) -> list[Mistake]:
    """What the rules name that is not in the collection, in the order of the rules."""
    documents = snapshot.documents()
    found = [
        Mistake(f"destacado «{pin.question}»", text)
        for pin in rules.pins
        for text in _strange_pin(pin, rules, snapshot)
    ]
    hidden = sorted(rules.hidden_documents)
    found += [Mistake("oculto", t) for t in _unknown(hidden, documents)]
    for passage_id in sorted(rules.hidden_passages):
        found += [Mistake("oculto", t) for t in _no_passage(passage_id, snapshot)]
    return found


def _strange_pin(pin: Pin, rules: Rules, snapshot: Snapshot) -> Iterator[str]:
    if pin.passage_id is not None:
        yield from _no_passage(pin.passage_id, snapshot)
    if pin.document_id is not None:
        yield from _unknown([pin.document_id], snapshot.documents())
    document = snapshot.document(pin.document_id) if pin.document_id else None
    if document and pin.page and pin.page not in _pages(document, snapshot):
        yield f"«{document.id}» no tiene texto en la página {pin.page}"
    if pin.document_id in rules.hidden_documents or pin.passage_id in rules.hidden_passages:
        yield "lo que destaca está también oculto"


def _pages(document: Document, snapshot: Snapshot) -> set[int]:
    passages = snapshot.passages_of(document.id)
    return {extent.page for passage in passages for extent in passage.extents}


def _unknown(ids: Iterable[str], documents: Sequence[Document]) -> Iterator[str]:
    known = {document.id for document in documents}
    for id_ in ids:
        if id_ not in known:
            yield f"no hay ningún documento «{id_}»{_perhaps(id_, documents)}"


def _perhaps(written: str, documents: Sequence[Document]) -> str:
    """What was perhaps meant, among the names, titles and files of documents."""
    named = {fold(name): document.id for document in reversed(documents)
             for name in (document.file, document.title, document.id)}  # fmt: skip
    near = get_close_matches(fold(written), named, _SUGGESTED, _NEAR)
    meant = dict.fromkeys(f"«{named[name]}»" for name in near)
    return f"; ¿quiso decir {' o '.join(meant)}?" if meant else ""


def _no_passage(passage_id: str, snapshot: Snapshot) -> Iterator[str]:
    if snapshot.passage(passage_id) is None:
        bare = passage_id.removeprefix("p-")
        meant = f"; ¿quiso decir «{bare}»?" if snapshot.passage(bare) else ""
        yield f"no hay ningún pasaje «{passage_id}»{meant}"
