"""Answers harvesters after OAI-PMH 2.0: checks a request and writes the XML, errors included.

https://www.openarchives.org/OAI/openarchivesprotocol.html; sections in comments are of that text.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote, urlsplit

from lxml import etree

from search.documents import BlockKind, Document
from search.engine import DocumentPart
from search.searcher import Searcher
from search.text.vocabulary import plain
from service.errors import HarvestError
from service.i18n import N_, _
from service.labels import document_type_label, target_iri
from service.links import document_url
from service.publish.citations import organisations
from service.publish.linked_data import licence, sdg_codes

PREFIX = "oai_dc"  # the one format of records here: unqualified Dublin Core
UNKNOWN_DATE = "1970-01-01T00:00:00Z"  # of documents read before the index kept when
SETS = {"tipo": N_("Tipo de material"), "guia": N_("Guía del currículo")}  # above all other sets
MOST_RECORDS = 100  # in one answer; the next ones come with a resumption token
_SHORTEST_DESCRIPTION = 80  # characters; shorter paragraphs say too little of a document

OAI = "http://www.openarchives.org/OAI/2.0/"
OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DC = "http://purl.org/dc/elements/1.1/"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
DC_SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
_SCHEMA = "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"


@dataclass(frozen=True, slots=True)
class Repository:
    """What is harvested: the open index, where it is published, and whom to write to."""

    searcher: Searcher
    origin: str
    contact: str
    most: int = MOST_RECORDS


def respond(repository: Repository, given: Sequence[tuple[str, str]]) -> bytes:
    """The answer as XML in UTF-8, or the error of the protocol in its stead: both are HTTP 200."""
    root = etree.Element(f"{{{OAI}}}OAI-PMH", nsmap={None: OAI, "xsi": INSTANCE})
    root.set(f"{{{INSTANCE}}}schemaLocation", f"{OAI} {_SCHEMA}")
    add_element(root, "responseDate", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    request = add_element(root, "request", f"{repository.origin}/oai")
    error = None
    try:
        harvest = read_request(given)
        # Filled before it is attached, so that an error leaves no half of an answer behind.
        answer = etree.Element(f"{{{OAI}}}{harvest.verb}")
        ANSWERS[harvest.verb](answer, repository, harvest)
        root.append(answer)
    except HarvestError as raised:
        error = raised
        add_element(root, "error", str(error)).set("code", error.code)
    if error is None or error.code not in _NOT_ECHOED:
        for name, value in given:
            request.set(name, value)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


_SELECTION = frozenset({"from", "until", "set"})

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SECOND = re.compile(rf"{_DAY.pattern}T\d\d:\d\d:\d\dZ")
# Names of formats and sets: the unreserved signs of URIs, sets with colons for levels.
_NAME = r"[A-Za-z0-9\-_.!~*'()]+"
_SYNTAX = {"metadataPrefix": re.compile(_NAME), "set": re.compile(rf"{_NAME}(:{_NAME})*")}

# What no document can hold (XML 1.0, section 2.2), and so not the echo of a request either.
NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Errors whose answer must not repeat the arguments (section 3.2).
_NOT_ECHOED = frozenset({"badVerb", "badArgument"})


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a verb; with `resumable` a token may stand instead of all of them."""

    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    resumable: bool = False


VERBS = {
    "Identify": Arguments(),
    "ListMetadataFormats": Arguments(optional=frozenset({"identifier"})),
    "ListSets": Arguments(resumable=True),
    "ListIdentifiers": Arguments(frozenset({"metadataPrefix"}), _SELECTION, resumable=True),
    "ListRecords": Arguments(frozenset({"metadataPrefix"}), _SELECTION, resumable=True),
    "GetRecord": Arguments(frozenset({"identifier", "metadataPrefix"})),
}


@dataclass(frozen=True, slots=True)
class Harvest:
    """What is asked: datestamps between `since` and `until`, both within, from `offset` on.
    `generation` is that of the index where a list that goes on began."""

    verb: str
    identifier: str = ""
    since: str = ""
    until: str = "9999"
    set_spec: str = ""
    offset: int = 0
    generation: int | None = None


def read_request(given: Sequence[tuple[str, str]]) -> Harvest:
    """What is asked; raises `HarvestError`."""
    verbs = [value for name, value in given if name == "verb"]
    if len(verbs) != 1 or verbs[0] not in VERBS:
        raise HarvestError("badVerb", _("El verbo falta, se repite o no existe."))
    verb = verbs[0]
    arguments = {name: value for name, value in given if name != "verb"}
    # A dictionary keeps the last of repeated arguments; the protocol refuses them (badArgument).
    if len(arguments) + 1 < len(given):
        raise HarvestError("badArgument", _("Un argumento se repite."))
    accepted = VERBS[verb]
    required, allowed = accepted.required, accepted.required | accepted.optional
    if accepted.resumable and "resumptionToken" in arguments:
        required, allowed = frozenset[str](), frozenset({"resumptionToken"})
    missing = sorted(required - arguments.keys())
    if missing:
        text = _("Falta el argumento «{name}».").format(name=missing[0])
        raise HarvestError("badArgument", text)
    if arguments.keys() - allowed:
        raise HarvestError("badArgument", _("Hay argumentos que este verbo no admite."))
    for name, value in arguments.items():
        syntax = _SYNTAX.get(name)
        if NOT_XML.search(value) or (syntax and not syntax.fullmatch(value)):
            text = _("El argumento «{name}» no es válido.").format(name=name)
            raise HarvestError("badArgument", text)
    # A token holds all other arguments, and is exclusive: it cannot stand beside any.
    if "resumptionToken" in arguments:
        return _resumed(verb, arguments["resumptionToken"])
    if arguments.get("metadataPrefix", PREFIX) != PREFIX:
        raise HarvestError("cannotDisseminateFormat", _("El único formato es oai_dc."))
    since, until = _between(arguments.get("from"), arguments.get("until"))
    return Harvest(verb, arguments.get("identifier", ""), since, until, arguments.get("set", ""))


def _between(since: str | None, until: str | None) -> tuple[str, str]:
    """The first and last datestamp wanted; days hold all of their seconds."""
    for date in (since, until):
        if date is not None and not _is_date(date):
            text = _("Una fecha se escribe AAAA-MM-DD o AAAA-MM-DDThh:mm:ssZ.")
            raise HarvestError("badArgument", text)
    # Days and seconds have texts of different lengths; both dates must be of one granularity.
    if since and until and len(since) != len(until):
        raise HarvestError("badArgument", _("Las dos fechas deben tener la misma precisión."))
    if since and until and since > until:
        raise HarvestError("badArgument", _("«from» es posterior a «until»."))
    if until and _DAY.fullmatch(until):
        until = f"{until}T23:59:59Z"
    return since or "", until or "9999"  # datestamps are compared as texts


def _is_date(text: str) -> bool:
    if not (_DAY.fullmatch(text) or _SECOND.fullmatch(text)):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def resumption_token(harvest: Harvest, offset: int, generation: int) -> str:
    """All that the next request needs: nothing is kept here between requests."""
    kept = [harvest.verb, generation, offset, harvest.since, harvest.until, harvest.set_spec]
    return base64.urlsafe_b64encode(json.dumps(kept).encode()).decode()


def _resumed(verb: str, token: str) -> Harvest:
    wrong = HarvestError("badResumptionToken", _("El testigo no es de este servicio."))
    try:
        kept = json.loads(base64.urlsafe_b64decode(token))
        began, generation, offset, since, until, set_spec = kept
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise wrong from None
    # A token comes from outside, whatever it looks like. `type`, since `True` is an `int`.
    texts = (since, until, set_spec)
    numbers = (generation, offset)
    if began != verb or not all(type(text) is str for text in texts):
        raise wrong
    if not all(type(number) is int and number > 0 for number in numbers):
        raise wrong
    return replace(Harvest(verb, "", since, until, set_spec), offset=offset, generation=generation)


def identify(answer: etree._Element, repository: Repository, _harvest: Harvest) -> None:
    """Who we are, and what may be asked."""
    stamps = [datestamp(document) for document in repository.searcher.documents()]
    add_element(answer, "repositoryName", "Acervo")
    add_element(answer, "baseURL", f"{repository.origin}/oai")
    add_element(answer, "protocolVersion", "2.0")
    add_element(answer, "adminEmail", repository.contact)
    add_element(answer, "earliestDatestamp", min(stamps, default=UNKNOWN_DATE))
    add_element(answer, "deletedRecord", "no")  # the index forgets what has been removed
    add_element(answer, "granularity", "YYYY-MM-DDThh:mm:ssZ")


def list_formats(answer: etree._Element, repository: Repository, harvest: Harvest) -> None:
    """Dublin Core, for every record."""
    if harvest.identifier:
        find_document(repository, harvest.identifier)
    entry = add_element(answer, "metadataFormat")
    add_element(entry, "metadataPrefix", PREFIX)
    add_element(entry, "schema", DC_SCHEMA)
    add_element(entry, "metadataNamespace", OAI_DC)


def list_sets(answer: etree._Element, repository: Repository, harvest: Harvest) -> None:
    """All sets; they never need a second answer, so no token is one of ours."""
    if harvest.generation is not None:
        raise HarvestError("badResumptionToken", _("El testigo no es de este servicio."))
    documents = repository.searcher.documents()
    found = {spec: name for document in documents for spec, name in sets_of(document)}
    above = {spec: _(name) for spec, name in SETS.items()}
    # Each set that has a document stands behind the one above it.
    for spec, name in sorted([*above.items(), *found.items()]):
        entry = add_element(answer, "set")
        add_element(entry, "setSpec", spec)
        add_element(entry, "setName", name)


def list_part(answer: etree._Element, repository: Repository, harvest: Harvest) -> None:
    """Headers or records of the documents asked for, and how to go on where there are more."""
    # Another generation may hold other documents in another order, and offsets would skip some.
    generation = repository.searcher.info.generation
    if harvest.generation not in (None, generation):
        raise HarvestError("badResumptionToken", _("El acervo ha cambiado: empiece de nuevo."))
    found = [
        document
        for document in repository.searcher.documents()
        if harvest.since <= datestamp(document) <= harvest.until
        and belongs(document, harvest.set_spec)
    ]
    # In an order that lasts.
    found.sort(key=lambda document: (datestamp(document), document.id))
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
        # The last part of a list that came in parts carries an empty token (section 3.5).
        text = resumption_token(harvest, end, generation) if more else None
        token = add_element(answer, "resumptionToken", text)
        token.set("completeListSize", str(len(found)))
        token.set("cursor", str(harvest.offset))


def get_record(answer: etree._Element, repository: Repository, harvest: Harvest) -> None:
    """One record."""
    document = find_document(repository, harvest.identifier)
    add_record(answer, document, repository.searcher, repository.origin)


def find_document(repository: Repository, wanted_identifier: str) -> Document:
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


def add_element(
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
        # The letters that a set may be named with: `guia-1` for «Guía 1». A title without a Latin
        # letter leaves nothing, hence a digest.
        letters = re.sub(r"[^a-z0-9]+", "-", plain(document.toolkit)).strip("-")
        name = letters or sha256(document.toolkit.encode()).hexdigest()[:8]
        yield f"guia:{name}", document.toolkit


def belongs(document: Document, wanted: str) -> bool:
    """Whether a document is in a set or in one below it."""
    specs = [spec for spec, _name in sets_of(document)]
    return not wanted or any(spec == wanted or spec.startswith(f"{wanted}:") for spec in specs)


def add_header(parent: etree._Element, document: Document, origin: str) -> None:
    """Which record it is, as of when, in which sets."""
    header = add_element(parent, "header")
    add_element(header, "identifier", identifier(document, origin))
    add_element(header, "datestamp", datestamp(document))
    for spec, _name in sets_of(document):
        add_element(header, "setSpec", spec)


def add_record(parent: etree._Element, document: Document, searcher: Searcher, origin: str) -> None:
    """The header and what is known of the document in Dublin Core."""
    record = add_element(parent, "record")
    add_header(record, document, origin)
    names = {"oai_dc": OAI_DC, "dc": DC, "xsi": INSTANCE}
    metadata = add_element(record, "metadata")
    core = etree.SubElement(metadata, f"{{{OAI_DC}}}dc", nsmap=names)
    core.set(f"{{{INSTANCE}}}schemaLocation", f"{OAI_DC} {DC_SCHEMA}")
    content = searcher.read_document(document.id, DocumentPart.DETAILS, DocumentPart.PASSAGES)
    codes = sdg_codes(content.details.tags if content else ())
    # The first paragraph that says something, as it was written: nothing is summarised.
    paragraphs = (
        " ".join(passage.text.split())
        for passage in (content.passages if content else ())
        if passage.kind == BlockKind.PARAGRAPH and len(passage.text) >= _SHORTEST_DESCRIPTION
    )
    opening = next(paragraphs, None)
    for name, value in dublin_core(document, codes, opening, origin):
        if value:
            add_element(core, name, value, DC)


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
    # An address where the licence has one; Dublin Core takes no object of schema.org.
    yield "rights", rights if isinstance(rights, str) else document.licence
