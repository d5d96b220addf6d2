"""Reads the masthead of a United Nations document: title, date, symbol, session and place.

Its first page looks alike in all bodies and languages: organisation, «Distr.: General», date, body,
session, agenda item, title, byline («Note by the Secretariat»). Others of these lines are set as
large as the title, so it is found by its neighbours and not by its size.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from ingest.metadata.cover import (
    SECTION_NUMBER,
    TEXT,
    Claim,
    is_organisation,
    may_be_title,
    only_symbols,
    outside_texts,
)
from ingest.metadata.places import town_beside_date
from search.documents import Block, BlockKind, Part, Reading
from search.text.times import full_dates
from search.text.vocabulary import plain

REACH = 40  # blocks of the first page: a masthead in columns may be read after the text
TOP = 8  # blocks of any other first page: a symbol further down is one that the text cites
BYLINE_REACH = 6  # blocks between title and byline: a mark of a note, a line of the session
LONG_LINE = 400  # characters: United Nations titles are long, paragraphs longer
BODIES = 2  # a document of two bodies has a symbol of each

MASTHEAD = re.compile(r"^(?:united nations|naciones unidas|nations unies|nacoes unidas)$")
DISTRIBUTION = re.compile(
    r"\bdistr\.?\s?:?\s*(?:general|limited|restricted|limitada|reservada|gen)"
)
# The title stands below its agenda item where there is no byline.
ITEM = re.compile(r"^(?:(?:agenda )?items? \d|tema \d|point \d)")
LETTER = re.compile(
    r"^(?:(?:identical )?letters?|(?:cartas? identicas|cartas?)|note verbale|nota verbal|lettres?)"
    r" (?:dated|de fecha|identicas de fecha|datee)"
)
ADOPTED = re.compile(r"^(?:resolution adopted|resolucion aprobada|resolution adoptee)\b")
BYLINE = re.compile(
    r"^(?:(?:final |joint )?report|note|statement|memorandum|informe(?: conjunto| final)?|nota"
    r"|memorando|exposicion|rapport)s? (?:submitted |presentad[oa] )?(?:of|by|de|del|du|por|from)"
    r" (?:the |la |el |l')?(?:secretar|united nations|high commissioner"
    r"|president|director|executive"
    r"|special|alto comisionado|alta comisionada|chair|presid|bureau|mesa|expert group|grupo de"
    r" expertos|independent|co-?chairs|copresid|open-ended|ombud)"
)
# «Report of the Secretary-General on …»: then the byline is the title.
OF_WHICH = re.compile(r"\b(?:on (?:the|its)|sobre|relativ[oa]|acerca)\b")
PRINCIPAL = re.compile(
    r"^(?:general assembly|asamblea general|security council|consejo de seguridad|assemblee"
    r"|economic and social council|consejo economico y social|human rights council)"
)
SESSION = re.compile(r"\b(?:session|periodo (?:extraordinario )?de sesiones|session ordinaire)\b")
# «2018 session» is the year of a principal organ, not an event.
YEARS = re.compile(r"^(?:\d{4} (?:session|substantive session)|periodo de sesiones de \d{4})$")
TITLE_KINDS = (BlockKind.TITLE, BlockKind.HEADING, BlockKind.SLIDE_TITLE)


@dataclass(frozen=True, slots=True)
class Masthead:
    """What stands on the first page of a United Nations document; what is not found is None."""

    title: Claim | None
    date: Claim | None
    event: Claim | None
    place: Claim | None


def masthead(reading: Reading) -> Masthead | None:
    """The masthead, or None where the first page is not one of the United Nations.

    It has the organisation's name alone on a line or «Distr.: General», and a symbol or a session.
    """
    # The blocks of the first page; before them what was taken for its header.
    first = [Block(BlockKind.PARAGRAPH, (Part(1, text),)) for text in outside_texts(reading)]
    first += [block for block in reading.blocks[:REACH] if block.parts[0].page == 1]
    said = [plain(block.text) for block in first]
    named = any(map(MASTHEAD.match, said)) and any(map(BYLINE.match, said))
    held = any(only_symbols(block.text) for block in first) or any(map(SESSION.search, said))
    if not held or not (named or any(map(DISTRIBUTION.search, said))):
        return None
    # The date of distribution stands on the line of «Distr.» or on the next.
    date = event = place = None
    for number in (number for number, text in enumerate(said) if DISTRIBUTION.search(text)):
        for block in first[number : number + 3]:
            dates = full_dates(block.text)
            if dates and date is None:
                date = Claim("date", dates[0].iso, TEXT, block.text)
    for number, text in enumerate(said):
        if SESSION.search(text) and len(text.split()) <= 8 and not YEARS.match(text):
            event, place = _session(first, number)
            break
    return Masthead(_title(first, said), date, event, place)


def _session(blocks: Sequence[Block], number: int) -> tuple[Claim | None, Claim | None]:
    """«Committee of Experts on Public Administration, Twenty-third session», and the town before or
    behind the dates on the line below. The sessions of the principal organs last a year: they are
    no events."""
    event = None
    body, session = blocks[number - 1].text if number else "", blocks[number].text
    if is_organisation(body) and not PRINCIPAL.match(plain(body)) and len(body) <= 90:
        event = Claim("event", f"{body}, {session}", TEXT, session)
    for block in blocks[number + 1 : number + 3]:
        town = town_beside_date(block.text)
        if town:
            return event, Claim("place", town, TEXT, block.text)
    return event, None


def symbol_of(reading: Reading) -> Claim | None:
    """The symbol that stands alone on a line of the masthead, or near the top of any other first
    page; else that of the page headers."""
    reach = REACH if masthead(reading) else TOP
    shown = [b for b in reading.blocks[:reach] if b.parts[0].page == 1]
    outside = outside_texts(reading)
    lines = [*(b.text for b in shown if b.kind is not BlockKind.FOOTNOTE), *outside]
    alone = [(found, text) for text in lines if (found := only_symbols(text))]
    if not alone:
        return None
    found, text = max(alone, key=lambda pair: len(pair[0]))  # the line that names both bodies
    # A joint document shows one symbol here and both in the page headers.
    headers = dict.fromkeys(symbol for line in outside for symbol in only_symbols(line))
    if len(found) == 1 and len(headers) == BODIES and found[0] in headers:
        found = list(headers)
    # As the United Nations writes the symbols of one document: «A/79/740-S/2025/45».
    return Claim("symbol", "-".join(dict.fromkeys(found)), TEXT, text)


def _title(blocks: Sequence[Block], said: Sequence[str]) -> Claim | None:
    own: Sequence[Block] = ()
    for number, text in enumerate(said):
        of_which = OF_WHICH.search(text) and len(text.split()) > 8
        if LETTER.match(text) or (BYLINE.match(text) and of_which):
            own = blocks[number : number + 1]
        elif ADOPTED.match(text):
            # The line below «Resolution adopted by …» opens with the number: «60/34. Public …».
            below = blocks[number + 1 : number + 1 + BYLINE_REACH]
            own = [block for block in below if re.match(r"\d+/\d+\.?\s", block.text)][:1]
        elif BYLINE.match(text):
            return _above(blocks, number)
        else:
            continue
        return Claim("title", own[0].text, TEXT, own[0].text) if own else None
    # The headings below «Item 1 of the provisional agenda», of which the first names the item.
    item = next((number for number, text in enumerate(said) if ITEM.match(text)), len(said))
    headings = list(takewhile(lambda block: block.kind in TITLE_KINDS, blocks[item + 1 :]))
    own = headings[1:] or headings
    title = " ".join(block.text for block in own)
    return Claim("title", title, TEXT, own[0].text) if own and len(title) <= LONG_LINE else None


def _above(blocks: Sequence[Block], byline: int) -> Claim | None:
    """The line or lines above the byline, as far as they are set alike."""
    named = [len(block.text) <= LONG_LINE and may_be_title(block.text) for block in blocks[:byline]]
    last = max((number for number in range(byline) if named[number]), default=-1)
    if last < 0 or byline - last > BYLINE_REACH:
        return None
    first = last
    while first > 0 and named[first - 1]:
        above, below = blocks[first - 1], blocks[first]
        alike = above.kind is below.kind and above.level == below.level
        apart = SECTION_NUMBER.match(plain(below.text)) or is_organisation(above.text)
        if above.kind not in TITLE_KINDS or not alike or apart:
            break
        first -= 1
    text = " ".join(block.text for block in blocks[first : last + 1])
    return Claim("title", text.rstrip(" *"), TEXT, blocks[last].text)
