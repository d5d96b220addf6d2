"""The arguments of an OAI-PMH request → what is to be harvested, or the protocol's error.

https://www.openarchives.org/OAI/openarchivesprotocol.html
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from service.errors import HarvestError
from service.i18n import _

PREFIX = "oai_dc"
"""The one format of records here: unqualified Dublin Core."""

_SELECTIVE = frozenset({"from", "until", "set"})
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SECOND = re.compile(rf"{_DAY.pattern}T\d\d:\d\d:\d\dZ")
_NAME = r"[A-Za-z0-9\-_.!~*'()]+"
_SYNTAX = {"metadataPrefix": re.compile(_NAME), "set": re.compile(rf"{_NAME}(:{_NAME})*")}
NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document can hold (section 2.2), and so not the echo of a request either."""


@dataclass(frozen=True, slots=True)
class Takes:
    """The arguments of a verb; with `resumable` a token may stand instead of all of them."""

    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    resumable: bool = False


VERBS = {
    "Identify": Takes(),
    "ListMetadataFormats": Takes(optional=frozenset({"identifier"})),
    "ListSets": Takes(resumable=True),
    "ListIdentifiers": Takes(frozenset({"metadataPrefix"}), _SELECTIVE, resumable=True),
    "ListRecords": Takes(frozenset({"metadataPrefix"}), _SELECTIVE, resumable=True),
    "GetRecord": Takes(frozenset({"identifier", "metadataPrefix"})),
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
    if len(arguments) + 1 < len(given):
        raise HarvestError("badArgument", _("Un argumento se repite."))
    _check_names(VERBS[verb], arguments)
    _check_values(arguments)
    if "resumptionToken" in arguments:
        return _resumed(verb, arguments["resumptionToken"])
    if arguments.get("metadataPrefix", PREFIX) != PREFIX:
        raise HarvestError("cannotDisseminateFormat", _("El único formato es oai_dc."))
    since, until = _between(arguments.get("from"), arguments.get("until"))
    return Harvest(verb, arguments.get("identifier", ""), since, until, arguments.get("set", ""))


def _check_names(takes: Takes, arguments: Mapping[str, str]) -> None:
    if takes.resumable and "resumptionToken" in arguments:
        required, allowed = frozenset[str](), frozenset({"resumptionToken"})
    else:
        required, allowed = takes.required, takes.required | takes.optional
    missing = sorted(required - arguments.keys())
    if missing:
        text = _("Falta el argumento «{name}».").format(name=missing[0])
        raise HarvestError("badArgument", text)
    if arguments.keys() - allowed:
        raise HarvestError("badArgument", _("Hay argumentos que este verbo no admite."))


def _check_values(arguments: Mapping[str, str]) -> None:
    for name, value in arguments.items():
        syntax = _SYNTAX.get(name)
        if NOT_XML.search(value) or (syntax and not syntax.fullmatch(value)):
            text = _("El argumento «{name}» no es válido.").format(name=name)
            raise HarvestError("badArgument", text)


def _between(since: str | None, until: str | None) -> tuple[str, str]:
    """The first and last datestamp wanted; days hold all of their seconds."""
    for date in (since, until):
        if date is not None and not _is_date(date):
            text = _("Una fecha se escribe AAAA-MM-DD o AAAA-MM-DDThh:mm:ssZ.")
            raise HarvestError("badArgument", text)
    if since and until and len(since) != len(until):
        raise HarvestError("badArgument", _("Las dos fechas deben tener la misma precisión."))
    if since and until and since > until:
        raise HarvestError("badArgument", _("«from» es posterior a «until»."))
    if until and _DAY.fullmatch(until):
        until = f"{until}T23:59:59Z"
    return since or "", until or "9999"


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
    texts = (since, until, set_spec)
    numbers = (generation, offset)
    if began != verb or not all(type(text) is str for text in texts):
        raise wrong
    if not all(type(number) is int and number > 0 for number in numbers):
        raise wrong
    return replace(Harvest(verb, "", since, until, set_spec), offset=offset, generation=generation)
