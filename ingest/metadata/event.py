"""Finds the event that a document belongs to, its place and organisers, and the document's date.

A text mentions many dates and places. Only those count that stand where documents speak of
themselves: in a masthead, behind a label, on the cover, in page headers, in a closing line.
"""

import re
from collections.abc import Iterator
from itertools import chain

from ingest.formats import HTML
from ingest.metadata.cover import NAME, PROPERTIES, TEXT, Claim, is_date, short_blocks
from ingest.metadata.evidence import Evidence
from ingest.metadata.places import place_lines, place_of_label
from search.documents import BlockKind, DocumentType
from search.text.times import MONTH, Date, full_dates, months, numeric_dates
from search.text.vocabulary import EVENT_WORDS, fold_ascii, plain

FIRST_WORDS = 7  # a name says what kind of event it is among its first ones
LONGEST_NAME = 260
SHORTEST_NAME = 3  # words
# Only these belong to an event; a guide that names a workshop speaks of any.
KINDS = (
    DocumentType.CONCEPT_NOTE,
    DocumentType.AGENDA,
    DocumentType.OUTCOME_REPORT,
)
# Also of parliaments, but in the name of what has an agenda a congress is an event.
NAMES_EVENT = EVENT_WORDS | {"talleres", "jornadas", "congreso", "congress", "congres"}
BEFORE_NAME = re.compile(
    r"^(?:nota conceptual(?: y agenda)?|concept note(?: and agenda)?|agenda|programa|programme"
    r"|(?:informe|memoria|relatoria|relatorio)(?: final)?"
    r"(?: de (?:los )?(?:resultados|relatoria|cierre))?"
    r"|(?:final |outcome |workshop )?report|ficha)\b\s*(?:(?:del?|of|on|for|da|do|sobre)\b"
    r"(?: (?:el|la|los|the|a)\b)?)?\s*[:–—-]?\s*"
)
# A letter names the town where it was signed, which is not the place of what it is about.
SALUTATION = re.compile(
    r"^(?:estimad[oa]s?|cordial saludo|de mi consideracion|dear|prezad[oa]s?|respetad[oa]s?"
    r"|excelencia|senor(?:a|es)?[ ,:])"
)
END_OF_ORGANISERS = re.compile(r"\s+(?:con el apoyo de|in collaboration with)\b.*", re.IGNORECASE)


def find_event(evidence: Evidence) -> Claim | None:
    """A labelled name, the session of a masthead, or the event that the title names."""
    for entry in evidence.stated("event"):
        if len(entry.value.split()) >= SHORTEST_NAME:
            return Claim("event", entry.value, TEXT, entry.words)
    if evidence.masthead and evidence.masthead.event:
        return evidence.masthead.event
    if evidence.document_type not in KINDS:
        return None
    title = _event_in(evidence.title.value)
    if title:
        return Claim("event", title, TEXT, evidence.title.words)
    names = (line.text for line in evidence.cover if len(line.text.split()) >= SHORTEST_NAME)
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
    if evidence.masthead:
        return evidence.masthead.place
    letter = any(SALUTATION.match(plain(b.text)) for b in evidence.reading.blocks[:20])
    if letter or evidence.document_type is DocumentType.LAW:
        return None
    texts = [line.text for line in evidence.cover]
    found = place_lines(texts)
    return Claim("place", found[0], TEXT, texts[found[1]]) if found else None


def find_organisers(evidence: Evidence) -> Claim | None:
    """Who organises, as the text writes it below or behind the label."""
    for entry in evidence.stated("organisers"):
        value = END_OF_ORGANISERS.sub("", entry.value).strip(" .,;")
        if value[:1].isupper() and len(value) <= LONGEST_NAME:
            return Claim("organisers", value, TEXT, entry.words)
    return None


def _event_in(text: str) -> str | None:
    """The text from where it names an event; None where it names none."""
    found = BEFORE_NAME.match(fold_ascii(text))
    start = found.end() if found else 0
    name = text[start:]
    words = [word.strip(",:.;") for word in plain(name).split()[:FIRST_WORDS]]
    named = not NAMES_EVENT.isdisjoint(words)
    return name[:1].upper() + name[1:] if named and len(name) <= LONGEST_NAME else None


LINES = (BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.TITLE)
SHORT_LINE_WORDS = 6  # «Ana Gil 13.03.2019»
CLOSING_BLOCKS = 40
CLOSING_START = 45  # characters before the date: «En la ciudad de Buenos Aires, a los …»
# «En la ciudad de Buenos Aires, a los 5 días …»: laws and acts end with place and date.
CLOSING = re.compile(
    r"^(?:en\s+)?(?:la\s+ciudad\s+de\s+)?[A-ZÁÉÍÓÚ][\w.áéíóúñ ]{2,40},?\s*(?:a\s|$)?"
)
# «Orden PRE/1776/2009, de 12 de junio»: the year stands in the number.
WITHOUT_YEAR = re.compile(
    rf"/(?P<year>\d{{4}}),? de (?P<day>\d{{1,2}}) de (?P<month>{MONTH})\b", re.IGNORECASE
)
# Reports printed from a system say in the footer when, under which filter and on which sheet.
PRINTED_AT = re.compile(r"\d{1,2}:\d{2}|\bfiltro\b|\bhoja:|\bp[áa]g", re.IGNORECASE)


def find_date(evidence: Evidence, media_type: str) -> Claim | None:
    """The date that the masthead, a decree's title, a label, the cover, the page headers or the
    closing line states, in that order; a web page's and a file's own only after these."""
    if evidence.masthead and evidence.masthead.date:
        return evidence.masthead.date
    found = next(chain(_stated_dates(evidence), _shown_dates(evidence)), None)
    if found:
        return Claim("date", found[0].iso, TEXT, found[1])
    # What the page says of itself to machines, or the name of the file: `2024-11-01-nota.pdf`. In
    # other files the first is only when somebody made or exported them.
    if media_type == HTML and evidence.reading.created:
        return Claim("date", evidence.reading.created, PROPERTIES)
    named = full_dates(evidence.file)
    return Claim("date", named[0].iso, NAME) if named else None


def _stated_dates(evidence: Evidence) -> Iterator[tuple[Date, str]]:
    """The dates of a decree's title, of labels and of the cover, and the texts that state them."""
    day_first = evidence.language != "en"
    if evidence.document_type is DocumentType.LAW:
        # «Resolución de 30 de junio de 2009», «Orden PRE/1368/2009, de 18 de mayo».
        text = evidence.title.value[:80]
        short = WITHOUT_YEAR.search(text)
        text = f"{short['day']} de {short['month']} de {short['year']}" if short else text
        yield from ((date, evidence.title.words) for date in full_dates(text))
    for entry in evidence.stated("date"):
        # «04/05/2024» is the fourth of May but in English, where it is read as the fifth of April.
        dates = full_dates(entry.value) or numeric_dates(entry.value, day_first)
        yield from ((date, entry.words) for date in dates or months(entry.value))
    cover = [block for block in evidence.cover if block.kind is not BlockKind.LIST_ITEM]
    yield from ((date, block.text) for block in cover for date in full_dates(block.text))
    # A date that fills its line, also below a paragraph of the first page.
    for block in short_blocks(evidence.reading.blocks):
        if block.kind in LINES and block.parts[0].page == 1 and is_date(block.text):
            yield from ((date, block.text) for date in full_dates(block.text))
    # In figures a date that could be read in two ways must stand alone.
    for block in evidence.cover:
        dates = numeric_dates(block.text, day_first)
        if len(dates) == 1:
            alone = len(block.text) - (dates[0].end - dates[0].start) <= 2
            # Clear is what both orders read alike: «13.03.2019».
            clear = dates == numeric_dates(block.text, not day_first)
            short_line = len(block.text.split()) <= SHORT_LINE_WORDS and block in cover
            if alone or (clear and short_line):
                yield dates[0], block.text
    yield from ((date, block.text) for block in cover for date in months(block.text))


def _shown_dates(evidence: Evidence) -> Iterator[tuple[Date, str]]:
    """The dates of page headers, and of a line that closes: «Madrid, 31 de marzo de 2008.–La …»."""
    for text in evidence.outside:
        if not PRINTED_AT.search(text):
            yield from ((date, text) for date in full_dates(text) or months(text))
    for block in reversed(evidence.reading.blocks[-CLOSING_BLOCKS:]):
        dates = full_dates(block.text) if block.kind is BlockKind.PARAGRAPH else []
        place = block.text[: dates[0].start] if dates else ""
        opens = 0 < len(place) <= CLOSING_START and CLOSING.match(place.strip() + " ")
        if opens and place.rstrip(" adeln").rstrip().endswith(","):
            yield dates[0], block.text
