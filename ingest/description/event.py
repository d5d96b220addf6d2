"""The evidence to the event that a document belongs to: its name, its place, its organisers."""

import re
from collections.abc import Sequence

from ingest.description.claims import TEXT, Claim
from ingest.description.evidence import Evidence
from ingest.description.places import place_lines, place_of_label
from ingest.plain import levelled, plain
from search.types import Block, DocumentType

EVENT_WORDS = 7  # words: a name says what kind of event it is among its first ones
LONGEST = 260
SHORTEST = 3  # words
KINDS = (
    DocumentType.CONCEPT_NOTE,
    DocumentType.AGENDA,
    DocumentType.OUTCOME_REPORT,
)
EVENT = re.compile(
    r"^(?:taller(?:es)?|seminario|curso|jornadas?|cumbre|foro|conferencia|encuentro|congreso"
    r"|webinar(?:io)?|simposio|coloquio|reunion|mesa redonda|capacitacion|formacion|workshop"
    r"|training|seminar|conference|forum|summit|symposium|meeting|oficina|atelier|course)$"
)
BEFORE_NAME = re.compile(
    r"^(?:nota conceptual(?: y agenda)?|concept note(?: and agenda)?|agenda|programa|programme"
    r"|(?:informe|memoria|relatoria|relatorio)(?: final)?"
    r"(?: de (?:los )?(?:resultados|relatoria|cierre))?"
    r"|(?:final |outcome |workshop )?report|ficha)\b\s*(?:(?:del?|of|on|for|da|do|sobre)\b"
    r"(?: (?:el|la|los|the|a)\b)?)?\s*[:–—-]?\s*"
)
SALUTATION = re.compile(
    r"^(?:estimad[oa]s?|cordial saludo|de mi consideracion|dear|prezad[oa]s?|respetad[oa]s?"
    r"|excelencia|senor(?:a|es)?[ ,:])"
)
END_OF_ORGANISERS = re.compile(r"\s+(?:con el apoyo de|in collaboration with)\b.*", re.IGNORECASE)


def find_event(evidence: Evidence) -> Claim | None:
    """A labelled name, the session of a masthead, or the event that the title names."""
    for entry in evidence.stated("event"):
        if len(entry.value.split()) >= SHORTEST:
            return Claim("event", entry.value, TEXT, entry.words)
    said = evidence.masthead.event if evidence.masthead else None
    if said:
        return Claim("event", said.value, TEXT, said.words)
    if evidence.document_type not in KINDS:
        return None
    title = _event_in(evidence.title.value)
    if title:
        return Claim("event", title, TEXT, evidence.title.words)
    names = (line.text for line in evidence.cover if len(line.text.split()) >= SHORTEST)
    name = next((text for text in names if _event_in(text) == text), None)
    return Claim("event", name, TEXT, name) if name else None


def find_place(evidence: Evidence) -> Claim | None:
    """A labelled place, the town of a masthead, or a town on the cover with its venue.

    The town where a letter or a law was signed is not the place of anything.
    """
    for entry in evidence.stated("place"):
        place = place_of_label(entry.value)
        if place:
            return Claim("place", place, TEXT, entry.words)
    said = evidence.masthead.place if evidence.masthead else None
    if said:
        return Claim("place", said.value, TEXT, said.words)
    blocks = evidence.reading.blocks
    law = evidence.document_type is DocumentType.LAW
    if evidence.masthead or law or _is_letter(blocks):
        return None
    texts = [line.text for line in evidence.cover]
    found = place_lines(texts)
    return Claim("place", found[0], TEXT, texts[found[1]]) if found else None


def find_organisers(evidence: Evidence) -> Claim | None:
    """Who organises, as the text writes it below or behind the label."""
    for entry in evidence.stated("organisers"):
        value = END_OF_ORGANISERS.sub("", entry.value).strip(" .,;")
        if value[:1].isupper() and len(value) <= LONGEST:
            return Claim("organisers", value, TEXT, entry.words)
    return None


def _event_in(text: str) -> str | None:
    """The text from where it names an event; None where it names none."""
    found = BEFORE_NAME.match(levelled(text))
    start = found.end() if found else 0
    name = text[start:]
    words = [word.strip(",:.;") for word in plain(name).split()[:EVENT_WORDS]]
    named = any(EVENT.match(word) for word in words)
    return name[:1].upper() + name[1:] if named and len(name) <= LONGEST else None


def _is_letter(blocks: Sequence[Block]) -> bool:
    return any(SALUTATION.match(plain(block.text)) for block in blocks[:20])
