"""A harvester's request → the XML that OAI-PMH 2.0 answers with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from search.searcher import Searcher
from search.types import Document
from service.errors import HarvestError
from service.i18n import _
from service.oai_record import (
    DC_SCHEMA,
    INSTANCE,
    OAI,
    OAI_DC,
    UNKNOWN_DATE,
    add,
    add_header,
    add_record,
    all_sets,
    belongs,
    datestamp,
    identifier,
)
from service.oai_request import PREFIX, Harvest, read_request, resumption_token

MOST_RECORDS = 100
"""Records in one answer; the next ones come with a resumption token."""

_SCHEMA = "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
_UNTOLD = frozenset({"badVerb", "badArgument"})
"""Errors whose answer must not repeat the arguments."""


@dataclass(frozen=True, slots=True)
class Repository:
    """What is harvested: the open index, where it is published, and whom to write to."""

    searcher: Searcher
    origin: str
    contact: str
    most: int = MOST_RECORDS


def respond(repository: Repository, given: Sequence[tuple[str, str]]) -> bytes:
    """The answer, or the error of the protocol in its stead: both are HTTP 200."""
    root = etree.Element(f"{{{OAI}}}OAI-PMH", nsmap={None: OAI, "xsi": INSTANCE})
    root.set(f"{{{INSTANCE}}}schemaLocation", f"{OAI} {_SCHEMA}")
    add(root, "responseDate", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    request = add(root, "request", f"{repository.origin}/oai")
    error = None
    try:
        harvest = read_request(given)
        answer = etree.Element(f"{{{OAI}}}{harvest.verb}")
        ANSWERS[harvest.verb](answer, repository, harvest)
        root.append(answer)
    except HarvestError as raised:
        error = raised
        add(root, "error", str(error)).set("code", error.code)
    if error is None or error.code not in _UNTOLD:
        for name, value in given:
            request.set(name, value)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def identify(answer: etree._Element, repository: Repository, _harvest: Harvest) -> None:
    """Who we are, and what may be asked."""
    stamps = [datestamp(document) for document in repository.searcher.documents()]
    add(answer, "repositoryName", "Acervo")
    add(answer, "baseURL", f"{repository.origin}/oai")
    add(answer, "protocolVersion", "2.0")
    add(answer, "adminEmail", repository.contact)
    add(answer, "earliestDatestamp", min(stamps, default=UNKNOWN_DATE))
    add(answer, "deletedRecord", "no")
    add(answer, "granularity", "YYYY-MM-DDThh:mm:ssZ")


def list_formats(answer: etree._Element, repository: Repository, harvest: Harvest) -> None:
    """Dublin Core, for every record."""
    if harvest.identifier:
        find(repository, harvest.identifier)
    entry = add(answer, "metadataFormat")
    add(entry, "metadataPrefix", PREFIX)
    add(entry, "schema", DC_SCHEMA)
    add(entry, "metadataNamespace", OAI_DC)


def list_sets(answer: etree._Element, repository: Repository, harvest: Harvest) -> None:
    """All sets; they never need a second answer, so no token is one of ours."""
    if harvest.generation is not None:
        raise HarvestError("badResumptionToken", _("El testigo no es de este servicio."))
    for spec, name in all_sets(repository.searcher.documents()):
        entry = add(answer, "set")
        add(entry, "setSpec", spec)
        add(entry, "setName", name)


def list_part(answer: etree._Element, repository: Repository, harvest: Harvest) -> None:
    """Headers or records of the documents asked for, and how to go on where there are more."""
    generation = repository.searcher.info.generation
    if harvest.generation not in (None, generation):
        raise HarvestError("badResumptionToken", _("El acervo ha cambiado: empiece de nuevo."))
    found = wanted(repository.searcher.documents(), harvest)
    end = harvest.offset + repository.most
    shown = found[harvest.offset : end]
    if not shown and harvest.generation is not None:
        raise HarvestError("badResumptionToken", _("La lista no llega hasta ahí."))
    if not shown:
        raise HarvestError("noRecordsMatch", _("Ningún documento cumple lo pedido."))
    for document in shown:
        if harvest.verb == "ListRecords":
            add_record(answer, document, repository.searcher, repository.origin)
        else:
            add_header(answer, document, repository.origin)
    if len(shown) < len(found):
        more = end < len(found)
        text = resumption_token(harvest, end, generation) if more else None
        token = add(answer, "resumptionToken", text)
        token.set("completeListSize", str(len(found)))
        token.set("cursor", str(harvest.offset))


def wanted(documents: Sequence[Document], harvest: Harvest) -> list[Document]:
    """The documents of the dates and the set asked for, in an order that lasts."""
    chosen = [
        document
        for document in documents
        if harvest.since <= datestamp(document) <= harvest.until
        and belongs(document, harvest.set_spec)
    ]
    return sorted(chosen, key=lambda document: (datestamp(document), document.id))


def get_record(answer: etree._Element, repository: Repository, harvest: Harvest) -> None:
    """One record."""
    document = find(repository, harvest.identifier)
    add_record(answer, document, repository.searcher, repository.origin)


def find(repository: Repository, wanted_identifier: str) -> Document:
    """The document of a record; raises `HarvestError`."""
    for document in repository.searcher.documents():
        if identifier(document, repository.origin) == wanted_identifier:
            return document
    raise HarvestError("idDoesNotExist", _("No hay ningún documento con ese identificador."))


ANSWERS: dict[str, Callable[[etree._Element, Repository, Harvest], None]] = {
    "Identify": identify,
    "ListMetadataFormats": list_formats,
    "ListSets": list_sets,
    "ListIdentifiers": list_part,
    "ListRecords": list_part,
    "GetRecord": get_record,
}
