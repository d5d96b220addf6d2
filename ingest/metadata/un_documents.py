"""Reads the masthead of a United Nations document: title, date, symbol, session and place.

Its first page looks alike in all bodies and languages: organisation, «Distr.: General», date, body,
session, agenda item, title, byline («Note by the Secretariat»). Others of these lines are set as
large as the title, so it is found by its neighbours and not by its size.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from ingest.metadata.cover import SECTION_NUMBER, is_organisation, may_be_title, outside_texts
from ingest.metadata.places import town_beside_date
from ingest.metadata.symbols import only_symbols, united
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
class StatedValue:
    """A value and the text that says it."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Masthead:
    """What stands on the first page of a United Nations document; what is not found is None."""

    title: StatedValue | None
    date: StatedValue | None
    event: StatedValue | None
    place: StatedValue | None


def masthead(reading: Reading) -> Masthead | None:
    """The masthead, or None where the first page is not one of the United Nations.

    It has the organisation's name alone on a line or «Distr.: General», and a symbol or a session.
    """
    first = _first_page(reading)
    said = [plain(block.text) for block in first]
    named = any(MASTHEAD.match(text) for text in said)
    distributed = any(DISTRIBUTION.search(text) for text in said)
    held = any(only_symbols(block.text) for block in first) or any(map(SESSION.search, said))
    if not held or not (distributed or (named and any(map(BYLINE.match, said)))):
        return None
    session = next((n for n, text in enumerate(said) if _names_session(text)), None)
    return Masthead(
        title=_title(first, said),
        date=_date(first, said),
        event=None if session is None else _event(first, session),
        place=None if session is None else _place(first, session),
    )


def symbol_of(reading: Reading) -> StatedValue | None:
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
    return StatedValue(united(found), text)


def _first_page(reading: Reading) -> list[Block]:
    """The blocks of the first page; before them what was taken for its header."""
    outside = [Block(BlockKind.PARAGRAPH, (Part(1, text),)) for text in outside_texts(reading)]
    return [*outside, *(block for block in reading.blocks[:REACH] if block.parts[0].page == 1)]


def _title(blocks: Sequence[Block], said: Sequence[str]) -> StatedValue | None:
    for number, text in enumerate(said):
        if LETTER.match(text):
            return StatedValue(blocks[number].text, blocks[number].text)
        if ADOPTED.match(text):
            return _numbered(blocks[number + 1 :])
        if not BYLINE.match(text):
            continue
        if OF_WHICH.search(text) and len(text.split()) > 8:
            return StatedValue(blocks[number].text, blocks[number].text)
        return _above(blocks, number)
    return _below_item(blocks, said)


def _below_item(blocks: Sequence[Block], said: Sequence[str]) -> StatedValue | None:
    """The headings below «Item 1 of the provisional agenda», of which the first names the item."""
    item = next((number for number, text in enumerate(said) if ITEM.match(text)), None)
    if item is None:
        return None
    headings = list(takewhile(lambda block: block.kind in TITLE_KINDS, blocks[item + 1 :]))
    own = headings[1:] if len(headings) > 1 else headings
    text = " ".join(block.text for block in own)
    return StatedValue(text, own[0].text) if own and len(text) <= LONG_LINE else None


def _numbered(blocks: Sequence[Block]) -> StatedValue | None:
    """The line below «Resolution adopted by …» that opens with the number: «60/34. Public …»."""
    for block in blocks[:BYLINE_REACH]:
        if re.match(r"\d+/\d+\.?\s", block.text):
            return StatedValue(block.text, block.text)
    return None


def _above(blocks: Sequence[Block], byline: int) -> StatedValue | None:
    """The line or lines above the byline, as far as they are set alike."""
    last = next(
        (n for n in range(byline - 1, -1, -1) if _stands_as_title(blocks[n])),
        None,
    )
    if last is None or byline - last > BYLINE_REACH:
        return None
    first = last
    while first > 0 and _goes_on(blocks[first - 1], blocks[first]):
        first -= 1
    text = " ".join(block.text for block in blocks[first : last + 1])
    return StatedValue(text.rstrip(" *"), blocks[last].text)


def _stands_as_title(block: Block) -> bool:
    return len(block.text) <= LONG_LINE and may_be_title(block.text)


def _goes_on(above: Block, below: Block) -> bool:
    alike = above.kind is below.kind and above.level == below.level
    heading = above.kind in TITLE_KINDS and alike and _stands_as_title(above)
    return (
        heading and not SECTION_NUMBER.match(plain(below.text)) and not is_organisation(above.text)
    )


def _date(blocks: Sequence[Block], said: Sequence[str]) -> StatedValue | None:
    """The date of distribution, which stands on the line of «Distr.» or on the next."""
    for number, text in enumerate(said):
        if DISTRIBUTION.search(text):
            for block in blocks[number : number + 3]:
                found = full_dates(block.text)
                if found:
                    return StatedValue(found[0].iso, block.text)
    return None


def _names_session(text: str) -> bool:
    return bool(SESSION.search(text)) and len(text.split()) <= 8 and not YEARS.match(text)


def _event(blocks: Sequence[Block], session: int) -> StatedValue | None:
    """«Committee of Experts on Public Administration, Twenty-third session». The sessions of the
    principal organs last a year: they are no events."""
    above = blocks[session - 1].text if session else ""
    if not is_organisation(above) or PRINCIPAL.match(plain(above)) or len(above) > 90:
        return None
    return StatedValue(f"{above}, {blocks[session].text}", blocks[session].text)


def _place(blocks: Sequence[Block], session: int) -> StatedValue | None:
    """The town before or behind the dates on the line below the session."""
    for block in blocks[session + 1 : session + 3]:
        found = town_beside_date(block.text)
        if found:
            return StatedValue(found, block.text)
    return None
