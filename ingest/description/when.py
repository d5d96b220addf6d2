"""The evidence to the date of a document or of its event, by the day or by the month."""

import re
from collections.abc import Callable, Iterable, Sequence

from ingest.description.claims import NAME, PROPERTIES, TEXT, Claim
from ingest.description.cover import is_date, short_blocks
from ingest.description.dates import MONTH, Date, full_dates, months, numeric_dates
from ingest.description.evidence import Evidence
from ingest.readers import HTML
from search.types import Block, BlockKind, DocumentType

LINES = (BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.TITLE)
SHORT = 6  # words; «Ana Gil 13.03.2019»
CLOSING_BLOCKS = 40
CLOSING_START = 45  # characters before the date: «En la ciudad de Buenos Aires, a los …»
CLOSING = re.compile(
    r"^(?:en\s+)?(?:la\s+ciudad\s+de\s+)?[A-ZÁÉÍÓÚ][\w.áéíóúñ ]{2,40},?\s*(?:a\s|$)?"
)
WITHOUT_YEAR = re.compile(
    rf"/(?P<year>\d{{4}}),? de (?P<day>\d{{1,2}}) de (?P<month>{MONTH})\b", re.IGNORECASE
)
PRINTED_AT = re.compile(r"\d{1,2}:\d{2}|\bfiltro\b|\bhoja:|\bp[áa]g", re.IGNORECASE)


def find_date(evidence: Evidence, media_type: str) -> Claim | None:
    """The date that the masthead, a decree's title, a label, the cover, the page headers or the
    closing line states, in that order; a web page's and a file's own only after these."""
    reading = evidence.reading
    return (
        _of_masthead(evidence)
        or _of_decree(evidence)
        or _labelled(evidence)
        or _on_cover(evidence, full_dates)
        or _alone(evidence)
        or _on_cover(evidence, months)
        or _running(evidence.outside)
        or _closing(reading.blocks)
        or _outside(evidence, media_type)
    )


def _of_masthead(evidence: Evidence) -> Claim | None:
    said = evidence.masthead.date if evidence.masthead else None
    return Claim("date", said.value, TEXT, said.words) if said else None


def _of_decree(evidence: Evidence) -> Claim | None:
    """«Resolución de 30 de junio de 2009», «Orden PRE/1368/2009, de 18 de mayo»."""
    title = evidence.title
    if evidence.document_type is not DocumentType.LAW:
        return None
    short = WITHOUT_YEAR.search(title.value[:80])
    text = title.value[:80]
    if short:
        text = f"{short['day']} de {short['month']} de {short['year']}"
    found = full_dates(text)
    return Claim("date", found[0].iso, TEXT, title.words) if found else None


def _labelled(evidence: Evidence) -> Claim | None:
    for entry in evidence.stated("date"):
        day_first = evidence.language != "en"
        found = full_dates(entry.value) or numeric_dates(entry.value, day_first)
        found = found or months(entry.value)
        if found:
            return Claim("date", found[0].iso, TEXT, entry.words)
    return None


def _on_cover(evidence: Evidence, find: Callable[[str], list[Date]]) -> Claim | None:
    lines = (block for block in evidence.cover if block.kind is not BlockKind.LIST_ITEM)
    for block in lines:
        for date in find(block.text):
            return Claim("date", date.iso, TEXT, block.text)
    return None


def _alone(evidence: Evidence) -> Claim | None:
    """A date that fills its line, also in figures, and below a paragraph of the first page.

    In figures a date that could be read in two ways must stand alone.
    """
    for block in short_blocks(evidence.reading.blocks):
        if block.kind in LINES and block.parts[0].page == 1 and is_date(block.text):
            found = full_dates(block.text)
            if found:
                return Claim("date", found[0].iso, TEXT, block.text)
    for block in evidence.cover:
        found = numeric_dates(block.text, evidence.language != "en")
        alone = found and len(block.text) - (found[0].end - found[0].start) <= 2
        clear = found and found == numeric_dates(block.text, evidence.language == "en")
        short = len(block.text.split()) <= SHORT and block.kind is not BlockKind.LIST_ITEM
        if len(found) == 1 and (alone or (clear and short)):
            return Claim("date", found[0].iso, TEXT, block.text)
    return None


def _running(texts: Iterable[str]) -> Claim | None:
    for text in texts:
        found = [] if PRINTED_AT.search(text) else full_dates(text) or months(text)
        if found:
            return Claim("date", found[0].iso, TEXT, text)
    return None


def _closing(blocks: Sequence[Block]) -> Claim | None:
    """«Madrid, 31 de marzo de 2008.–La Ministra …» on one of the last lines."""
    for block in reversed(blocks[-CLOSING_BLOCKS:]):
        found = full_dates(block.text) if block.kind is BlockKind.PARAGRAPH else []
        place = block.text[: found[0].start] if found else ""
        opens = found and len(place) <= CLOSING_START and CLOSING.match(place.strip() + " ")
        if opens and place.rstrip(" adeln").rstrip().endswith(","):
            return Claim("date", found[0].iso, TEXT, block.text)
    return None


def _outside(evidence: Evidence, media_type: str) -> Claim | None:
    """What the page says of itself to machines, or the name of the file: `2024-11-01-nota.pdf`."""
    created = evidence.reading.created
    if media_type == HTML and created:
        return Claim("date", created, PROPERTIES)
    found = full_dates(evidence.file)
    return Claim("date", found[0].iso, NAME) if found else None
