"""An answer of OAI-PMH 2.0 → what in it breaks the rules of its schemas, by hand: no network."""

import re
from collections.abc import Iterator

from lxml import etree

OAI = "{http://www.openarchives.org/OAI/2.0/}"
OAI_DC = "{http://www.openarchives.org/OAI/2.0/oai_dc/}"
DC = "{http://purl.org/dc/elements/1.1/}"

SECOND = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
SET = r"[A-Za-z0-9\-_.!~*'()]+(:[A-Za-z0-9\-_.!~*'()]+)*"
CODES = (
    "cannotDisseminateFormat", "idDoesNotExist", "badArgument", "badVerb", "noMetadataFormats",
    "noRecordsMatch", "badResumptionToken", "noSetHierarchy",
)  # fmt: skip
CORE = (
    "title", "creator", "subject", "description", "publisher", "contributor", "date", "type",
    "format", "identifier", "source", "language", "relation", "coverage", "rights",
)  # fmt: skip

CHILDREN = {
    "OAI-PMH": "responseDate request (error |Identify |ListMetadataFormats |ListSets |GetRecord "
    "|ListIdentifiers |ListRecords )",
    "Identify": "repositoryName baseURL protocolVersion (adminEmail )+earliestDatestamp "
    "deletedRecord granularity (compression )*(description )*",
    "ListMetadataFormats": "(metadataFormat )+",
    "metadataFormat": "metadataPrefix schema metadataNamespace ",
    "ListSets": "(set )+(resumptionToken )?",
    "set": "setSpec setName (setDescription )*",
    "GetRecord": "record ",
    "ListIdentifiers": "(header )+(resumptionToken )?",
    "ListRecords": "(record )+(resumptionToken )?",
    "record": "header metadata (about )*",
    "header": "identifier datestamp (setSpec )*",
    "metadata": "dc ",
}
"""Each element's children in their order, as a regular expression over names."""

TEXTS = {
    "responseDate": SECOND,
    "request": r"https?://\S+",
    "baseURL": r"https?://\S+",
    "protocolVersion": r"2\.0",
    "adminEmail": r"\S+@(\S+\.)+\S+",
    "earliestDatestamp": SECOND,
    "datestamp": SECOND,
    "deletedRecord": "no|persistent|transient",
    "granularity": "YYYY-MM-DD(Thh:mm:ssZ)?",
    "identifier": r"oai:[\w.-]+:[\w\-.!~*'();/?:@&=+$,%]+",
    "setSpec": SET,
    "metadataPrefix": r"[A-Za-z0-9\-_.!~*'()]+",
}
"""The text of an element, where it has a pattern."""

ATTRIBUTES = {
    "request": {
        "verb": "|".join(CHILDREN),
        "identifier": r"\S+",
        "metadataPrefix": r"[A-Za-z0-9\-_.!~*'()]+",
        "from": rf"\d{{4}}-\d\d-\d\d|{SECOND}",
        "until": rf"\d{{4}}-\d\d-\d\d|{SECOND}",
        "set": SET,
        "resumptionToken": ".*",
    },
    "error": {"code": "|".join(CODES)},
    "resumptionToken": {
        "completeListSize": r"[1-9]\d*",
        "cursor": r"\d+",
        "expirationDate": SECOND,
    },
}


def breaches(content: bytes) -> list[str]:
    """Every rule that is broken, with the element that breaks it."""
    root = etree.fromstring(content)
    if root.tag != f"{OAI}OAI-PMH":
        return [f"the root is {root.tag}"]
    return [breach for element in root.iter() for breach in breaches_of(element)]


def breaches_of(element: etree._Element) -> Iterator[str]:
    name = etree.QName(element).localname
    if element.tag == f"{OAI_DC}dc" or element.tag.startswith(DC):
        yield from breaches_of_core(element, name)
        return
    if not element.tag.startswith(OAI):
        yield f"{element.tag} is of no namespace here"
    children = "".join(f"{etree.QName(child).localname} " for child in element)
    if not re.fullmatch(CHILDREN.get(name, ""), children):
        yield f"{name} has the children {children}"
    if name in TEXTS and not re.fullmatch(TEXTS[name], element.text or ""):
        yield f"{name} says {element.text!r}"
    allowed = ATTRIBUTES.get(name, {})
    for attribute, value in element.attrib.items():
        known = allowed.get(attribute) or (".+" if attribute.endswith("}schemaLocation") else None)
        if known is None or not re.fullmatch(known, value, re.DOTALL):
            yield f"{name} has {attribute}={value!r}"


def breaches_of_core(element: etree._Element, name: str) -> Iterator[str]:
    if name == "dc":
        if not [key for key in element.attrib if key.endswith("}schemaLocation")]:
            yield "dc names no schema"
    elif name not in CORE or len(element) or not (element.text or "").strip():
        yield f"dc:{name} is unknown or empty"
