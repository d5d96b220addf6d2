"""A document → its OAI-PMH record: header, sets, and Dublin Core."""

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from urllib.parse import quote, urlsplit

from lxml import etree

from search.searcher import Searcher
from search.spanish import fold
from search.types import BlockKind, Document, Passage
from service.citing import organisations
from service.goals import target_iri
from service.i18n import N_, _
from service.labels import document_type_label
from service.linked_data import licence, sdg_codes
from service.links import document_url
from service.oai_request import NOT_XML

OAI = "http://www.openarchives.org/OAI/2.0/"
OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DC = "http://purl.org/dc/elements/1.1/"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
DC_SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"

UNKNOWN_DATE = "1970-01-01T00:00:00Z"
"""Of documents read before the index kept when."""

SETS = {"tipo": N_("Tipo de material"), "guia": N_("Guía del currículo")}
"""The sets above all others."""

_SHORTEST_DESCRIPTION = 80


def add(
    parent: etree._Element, name: str, text: str | None = None, namespace: str = OAI
) -> etree._Element:
    """A child with text that XML can hold."""
    child = etree.SubElement(parent, f"{{{namespace}}}{name}")
    child.text = NOT_XML.sub(" ", text) if text is not None else None
    return child


def datestamp(document: Document) -> str:
    """When the record was last changed: when the document was read."""
    return document.ingested or UNKNOWN_DATE


def identifier(document: Document, origin: str) -> str:
    """`oai:acervo.example.org:guias/mindsets`: it stays while the service stays where it is."""
    return f"oai:{urlsplit(origin).hostname}:{quote(document.id)}"


def sets_of(document: Document) -> Iterator[tuple[str, str]]:
    """The sets that a document belongs to and what each is called; also to those above them."""
    kind = document.document_type
    yield f"tipo:{kind.value}", document_type_label(kind)
    if document.toolkit:
        yield f"guia:{set_name(document.toolkit)}", document.toolkit


def set_name(text: str) -> str:
    """Letters that a set may be named with; «Guía 1» → `guia-1`."""
    plain = re.sub(r"[^a-z0-9]+", "-", fold(text).replace("ñ", "n")).strip("-")
    return plain or sha256(text.encode()).hexdigest()[:8]


def belongs(document: Document, wanted: str) -> bool:
    """Whether a document is in a set or in one below it."""
    specs = [spec for spec, _name in sets_of(document)]
    return not wanted or any(spec == wanted or spec.startswith(f"{wanted}:") for spec in specs)


def add_header(parent: etree._Element, document: Document, origin: str) -> None:
    """Which record it is, as of when, in which sets."""
    header = add(parent, "header")
    add(header, "identifier", identifier(document, origin))
    add(header, "datestamp", datestamp(document))
    for spec, _name in sets_of(document):
        add(header, "setSpec", spec)


def add_record(parent: etree._Element, document: Document, searcher: Searcher, origin: str) -> None:
    """The header and what is known of the document in Dublin Core."""
    record = add(parent, "record")
    add_header(record, document, origin)
    names = {"oai_dc": OAI_DC, "dc": DC, "xsi": INSTANCE}
    metadata = add(record, "metadata")
    core = etree.SubElement(metadata, f"{{{OAI_DC}}}dc", nsmap=names)
    core.set(f"{{{INSTANCE}}}schemaLocation", f"{OAI_DC} {DC_SCHEMA}")
    codes = sdg_codes(searcher.details(document.id).tags)
    opening = description(searcher.passages(document.id))
    for name, value in dublin_core(document, codes, opening, origin):
        if value:
            add(core, name, value, DC)


def dublin_core(
    document: Document, codes: Sequence[str], opening: str | None, origin: str
) -> Iterator[tuple[str, str | None]]:
    """The elements in their usual order; some repeat, unknown ones are None."""
    names = organisations(document)
    rights = licence(document.licence)
    yield "title", document.title
    yield from (("creator", name) for name in names)
    yield from (("subject", target_iri(code)) for code in codes)
    yield "description", opening
    yield from (("publisher", name) for name in names)
    yield "date", document.date
    yield "type", "Text"  # of the vocabulary of DCMI, which all harvesters know
    yield "type", document_type_label(document.document_type)
    yield "format", document.media_type
    yield "identifier", f"{origin}{document_url(document.id)}"
    yield "identifier", document.symbol
    yield "language", document.language
    yield "relation", document.toolkit
    yield "relation", document.source_url
    yield "coverage", document.place
    yield "rights", rights if isinstance(rights, str) else document.licence


def description(passages: Sequence[Passage]) -> str | None:
    """The first paragraph that says something; nothing is summed up that nobody wrote."""
    for passage in passages:
        if passage.kind == BlockKind.PARAGRAPH and len(passage.text) >= _SHORTEST_DESCRIPTION:
            return " ".join(passage.text.split())
    return None


def all_sets(documents: Sequence[Document]) -> list[tuple[str, str]]:
    """Every set that has a document, each behind the one above it."""
    found = {spec: name for document in documents for spec, name in sets_of(document)}
    above = [(spec, _(name)) for spec, name in SETS.items()]
    return sorted([*above, *found.items()])
