"""Describes documents as schema.org JSON-LD, for search engines and catalogues."""

import json
import re
from collections.abc import Iterable, Sequence

from pydantic import JsonValue

from search.documents import Document, DocumentType, Tag
from service.i18n import DEFAULT, _, speaking
from service.labels import IRI, document_type_label, goal_label, target_iri
from service.links import document_url
from service.publish.citations import organisations

# A year, a month or a day of ISO 8601. Other dates are shown to people but would be refused here.
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_CREATIVE_COMMONS = re.compile(r"CC[ -](BY(?:-(?:NC|ND|SA))*)[ -](\d\.\d)", re.IGNORECASE)
_PUBLIC_DOMAIN = re.compile(r"CC[ -]?0(?:[ -]1\.0)?", re.IGNORECASE)

SYMBOL: dict[str, JsonValue] = {"@type": "PropertyValue", "propertyID": "UN document symbol"}

# What could end a script element, or a line of JavaScript.
_UNSAFE = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def linked_data(document: Document, tags: Sequence[Tag], origin: str) -> dict[str, JsonValue]:
    """The document as a learning resource, without what is not known.

    https://schema.org/LearningResource; texts are in the language of the request.
    """
    kind, slides = document.document_type, document.document_type == DocumentType.SLIDES
    codes = [(code, _sdg_name(code)) for code in sdg_codes(tags)]
    date, symbol = document.date, document.symbol
    # The same in every language, so that all of them speak of one thing.
    with speaking(DEFAULT):
        identity = f"{origin}{document_url(document.id)}#documento"
    # All that may be known, in the usual order of schema.org; unknown values are dropped below.
    known: dict[str, JsonValue] = {
        "@context": "https://schema.org",
        # All of this is learning material. A web page was never a file; slides have a type of
        # their own.
        "@type": "LearningResource"
        if document.media_type == "text/html"
        else ["LearningResource", "PresentationDigitalDocument" if slides else "DigitalDocument"],
        "@id": identity,
        "name": document.title,
        "url": f"{origin}{document_url(document.id)}",
        "inLanguage": document.language,
        "learningResourceType": document_type_label(kind),
        "datePublished": date if date and _DATE.fullmatch(date) else None,
        "identifier": {**SYMBOL, "value": symbol} if symbol else None,
        "audience": _named("EducationalAudience", "audienceType", document.audience),
        "timeRequired": f"PT{document.minutes}M" if document.minutes else None,
        "publisher": [{"@type": "Organization", "name": n} for n in organisations(document)],
        "license": licence(document.licence),
        "isPartOf": _named("Collection", "name", document.toolkit),
        "position": document.module,
        "about": [
            {
                "@type": "DefinedTerm",
                "@id": target_iri(code),
                "termCode": code,
                "name": name,
                "inDefinedTermSet": IRI,
            }
            for code, name in codes
        ],
        "educationalAlignment": [
            {
                "@type": "AlignmentObject",
                "alignmentType": "educationalSubject",
                "educationalFramework": _("Objetivos de Desarrollo Sostenible"),
                "targetName": name,
                "targetUrl": target_iri(code),
            }
            for code, name in codes
        ],
        "encodingFormat": document.media_type,
        "encoding": {
            "@type": "MediaObject",
            "name": document.file,
            "encodingFormat": document.media_type,
            "sha256": document.sha256,
        },
        "sameAs": document.source_url,
        "sdDatePublished": document.ingested,
    }
    return {name: value for name, value in known.items() if value not in (None, [])}


def script_text(data: dict[str, JsonValue]) -> str:
    """JSON that may stand inside `<script type="application/ld+json">`, whatever it says."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return "".join(_UNSAFE.get(character, character) for character in text)


def sdg_codes(tags: Iterable[Tag]) -> list[str]:
    """Each goal followed by its targets, once and in their order: `16`, `16.6`, `16.a`, `17`."""
    goals = {(tag.goal, "") for tag in tags}
    targets = {(tag.goal, tag.target) for tag in tags if tag.target}
    return [target or str(goal) for goal, target in sorted(goals | targets, key=_in_order)]


def licence(text: str | None) -> JsonValue:
    """The address of a Creative Commons licence («CC BY-NC 4.0»), or a work that is called so."""
    if not text or text.startswith(("https://", "http://")):
        return text
    found = _CREATIVE_COMMONS.fullmatch(text.strip())
    if found:
        return f"https://creativecommons.org/licenses/{found[1].lower()}/{found[2]}/"
    if _PUBLIC_DOMAIN.fullmatch(text.strip()):
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    return {"@type": "CreativeWork", "name": text}


def _in_order(entry: tuple[int, str]) -> tuple[int, int, str]:
    """`16.2` before `16.10` before `16.a`."""
    goal, target = entry
    number = target.partition(".")[2]
    # Targets with letters (means of implementation) come after the numbers, the goal before all.
    return goal, int(number) if number.isdecimal() else 99 if number else 0, target


def _named(kind: str, name: str, value: str | None) -> JsonValue:
    return {"@type": kind, name: value} if value else None


def _sdg_name(code: str) -> str:
    return _("Meta {code}").format(code=code) if "." in code else goal_label(int(code))
