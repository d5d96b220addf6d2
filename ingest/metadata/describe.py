"""Describes a document: title, type, language, date, place and other fields, each with its source.

What the catalogue declares counts; what the text says is kept beside it, so that the two can be
compared. Nothing is guessed: a field of which the document says nothing stays empty.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from babel import Locale

from ingest.formats import SLIDES
from ingest.metadata.course import (
    find_audience,
    find_licence,
    find_minutes,
    find_module,
    find_toolkit,
)
from ingest.metadata.cover import (
    CATALOGUE,
    NAME,
    PROPERTIES,
    TEXT,
    Claim,
    cover_blocks,
    gazette_symbol,
    may_be_title,
    national_symbol,
    outside_texts,
    short_blocks,
    un_symbols,
)
from ingest.metadata.document_types import type_of
from ingest.metadata.event import find_date, find_event, find_organisers, find_place
from ingest.metadata.evidence import NOT_LINES, Evidence, gather
from ingest.metadata.title import file_title, find_title
from ingest.metadata.un_documents import LETTER, symbol_of
from ingest.sources import Source
from search.answers.agenda import notices
from search.documents import (
    AgendaItem,
    Block,
    BlockKind,
    Document,
    DocumentType,
    Fact,
    Finding,
    Passage,
    Reading,
)
from search.text.languages import LanguageVote, vote_language
from search.text.times import agree
from search.text.vocabulary import bare, plain

SAMPLE = 4_000  # characters of the longest blocks: what the language is judged by
FEWEST_BLOCKS = 300  # the start of a document; of a long one a fifth of it is
FEWEST_WORDS = 4  # of a row of one cell; less is a label, not the title of a form
DECK_PAGES = 5  # wide pages of another shape; fewer may be a leaflet
FEWEST_SLIDES = 3  # of the very shape of a slide
# Width to height of what PowerPoint and Impress offer; A4 in landscape is 1.41.
SLIDE_SHAPES = (4 / 3, 16 / 9, 16 / 10)
SHAPE_SLACK = 0.02
DECK_TEXT = 800  # characters a page; a page of a report in landscape has more
DECK_BLOCKS = 22  # a page; a wide spreadsheet has more
PASSAGE_REACH = 2_000  # characters of a passage in which a line of the cover is looked for
DECLARED = (
    "title document_type language date place event organisers symbol toolkit module audience"
    " minutes licence"
).split()
"""What a catalogue may declare of these fields, in this order."""
COMPARED = {
    "date": "fecha",
    "symbol": "símbolo",
    "language": "idioma",
    "minutes": "duración",
    "module": "módulo",
}
"""The fields whose values can contradict each other; the others may be worded in many ways."""


@dataclass(frozen=True, slots=True)
class Description:
    """A document and every value claimed for it: of each field first the one that counts, then
    what the text says where the catalogue declares another. `findings` are doubts about them."""

    document: Document
    claims: tuple[Claim, ...]
    findings: tuple[Finding, ...] = ()


def describe(
    source: Source, reading: Reading, media_type: str, default_language: str = "es"
) -> Description:
    """What is known of a document: declared in the catalogue, else stated by the file itself."""
    declared = source.declared
    vote = _language(reading, default_language)
    found = {claim.field: claim for claim in detect(source, reading, media_type, vote.language)}
    stated = ((field, getattr(declared, field)) for field in DECLARED)
    claims = (
        *(Claim(field, str(value), CATALOGUE) for field, value in stated if value is not None),
        *found.values(),
    )
    first: dict[str, str] = {}
    for claim in claims:  # declarations come first and stay
        first.setdefault(claim.field, claim.value)
    # A worker that was taken over may send blocks of pages of which it gave no shape.
    last = max((part.page for block in reading.blocks for part in block.parts), default=1)
    document = Document(
        id=source.key,
        title=first["title"],
        document_type=DocumentType(first["document_type"]),
        language=first["language"],
        file=source.file,
        root=source.root,
        path=source.path,
        sha256=source.sha256,
        media_type=media_type,
        pages=max(len(reading.shapes), last) if reading.paged else 1,
        paged=reading.paged,
        date=first.get("date"),
        toolkit=first.get("toolkit"),
        module=first.get("module"),
        audience=first.get("audience"),
        event=first.get("event"),
        licence=first.get("licence"),
        source_url=declared.url,
        place=first.get("place"),
        organisers=first.get("organisers"),
        symbol=first.get("symbol"),
        minutes=int(first["minutes"]) if "minutes" in first else None,
    )
    if declared.language or vote.other is None:
        return Description(document, claims)
    said, heard = (Locale(code).get_language_name("es") for code in (vote.language, vote.other))
    doubt = f"El idioma no es seguro: se tomó por {said}, pero también parece {heard}."
    return Description(document, claims, (Finding("language_unsure", doubt),))


def detect(source: Source, reading: Reading, media_type: str, language: str) -> Iterator[Claim]:
    """What the file says of itself, the catalogue left aside; at most one claim a field."""
    title = find_title(reading, source.file)
    kind = _type(source.file, reading, title, media_type)
    evidence = gather(reading, source.file, title, DocumentType(kind.value), language)
    yield from (title, kind, Claim("language", language, TEXT))
    for claim in (
        find_date(evidence, media_type),
        find_place(evidence),
        find_event(evidence),
        find_organisers(evidence),
        _symbol(evidence),
        find_toolkit(evidence),
        find_module(evidence),
        find_audience(evidence),
        find_minutes(evidence),
        find_licence(evidence),
    ):
        if claim is not None:
            yield claim


def _type(file: str, reading: Reading, title: Claim, media_type: str) -> Claim:
    """Slides by their shape; else what the title, the cover, the page headers, the file's name or
    the rest of the first lines say, in that order."""
    if media_type in SLIDES or _is_deck(reading):
        return Claim("document_type", DocumentType.SLIDES, PROPERTIES)
    # «Carta de fecha … por la que se transmite el informe …» is a letter, whatever it transmits.
    if LETTER.match(plain(title.value)):
        return Claim("document_type", DocumentType.OTHER, TEXT, title.words)
    printed = [title.value, *_lines(cover_blocks(reading.blocks), title)]
    printed += filter(may_be_title, outside_texts(reading))
    rest = _lines(short_blocks(reading.blocks), title)
    for origin, texts in ((TEXT, printed), (NAME, [file_title(file)]), (TEXT, rest)):
        for text in texts:
            kind = type_of(text)
            if kind:
                words = title.words if text == title.value else text
                return Claim("document_type", kind, origin, words if origin == TEXT else "")
    return Claim("document_type", DocumentType.OTHER, TEXT)


def _lines(blocks: Iterable[Block], title: Claim) -> list[str]:
    """Lines that speak of the document: no rows but those of one cell, in which forms set their
    title, and no parts of its title («para el» / «Plan»)."""
    lines = []
    for block in blocks:
        one_cell = block.kind is BlockKind.TABLE_ROW and " | " not in block.text
        whole_row = one_cell and len(block.text.split()) >= FEWEST_WORDS
        if (whole_row or block.kind not in NOT_LINES) and bare(block.text) not in bare(title.value):
            lines.append(block.text)
    return lines


def _is_deck(reading: Reading) -> bool:
    """Slides exported as PDF: wide pages with little text on each."""
    pages = reading.shapes
    if not pages or any(page.width <= page.height for page in pages):
        return False
    shape = pages[0].width / pages[0].height
    slides = any(abs(shape - other) < SHAPE_SLACK for other in SLIDE_SHAPES)
    if len(pages) < (FEWEST_SLIDES if slides else DECK_PAGES):
        return False
    text = sum(len(block.text) for block in reading.blocks)
    return text < DECK_TEXT * len(pages) and len(reading.blocks) < DECK_BLOCKS * len(pages)


def _language(reading: Reading, default: str) -> LanguageVote:
    """The language of the longest blocks; a long document in several has that of its start."""
    start = reading.blocks[: max(FEWEST_BLOCKS, len(reading.blocks) // 5)]
    longest = sorted(start, key=lambda block: -len(block.text))[:20]
    sample = "\n".join(block.text for block in longest)[:SAMPLE]
    return vote_language(sample, reading.language or default)


def _symbol(evidence: Evidence) -> Claim | None:
    """A labelled symbol, the one that stands alone on the first page or in the page headers, the
    number of a law, the number in a gazette. The file's name may lie and is not asked."""
    # Order matters: a text cites many symbols, and only these places speak of its own.
    for entry in evidence.stated("symbol"):
        found = un_symbols(entry.value)
        if found:
            return Claim("symbol", found[0], TEXT, entry.words)
    said = symbol_of(evidence.reading)
    if said:
        return said
    if evidence.document_type is not DocumentType.LAW:
        return None
    number = national_symbol(evidence.title.value)
    if number:
        return Claim("symbol", number, TEXT, evidence.title.words)
    blocks = (block.text for block in evidence.reading.blocks)
    printed = gazette_symbol((*evidence.outside, *blocks))
    return Claim("symbol", printed[0], TEXT, printed[1]) if printed else None


def facts_of(description: Description, passages: Sequence[Passage]) -> tuple[Fact, ...]:
    """The claims in their order: of each field first the value that counts.

    A value from the text has the first passage that holds its words; none where they stand in a
    title, a heading or a page header, which are no passages.
    """
    return tuple(
        Fact(claim.field, str(claim.value), claim.origin, _passage(claim, passages))
        for claim in description.claims
    )


def _passage(claim: Claim, passages: Sequence[Passage]) -> str | None:
    if claim.origin != TEXT or not claim.words:
        return None
    for passage in passages:
        if claim.words in passage.text:
            return passage.id
    wanted = bare(claim.words)  # a long block may have been split: its start is enough
    start = wanted[:80]
    for passage in passages[:60]:  # fields are looked for at the start of a document
        if len(start) > 20 and start in bare(passage.text[:PASSAGE_REACH]):
            return passage.id
    return None


def find_findings(facts: Sequence[Fact], agenda: Sequence[AgendaItem]) -> tuple[Finding, ...]:
    """Stated against computed minutes, the catalogue against the text; in this order."""
    found = [
        Finding("minutes_differ", notice, item.passage_id)
        for item in agenda
        for notice in notices(item)
    ]
    declared = {fact.field: fact.value for fact in facts if fact.origin == CATALOGUE}
    for fact in facts:
        if fact.origin != TEXT or fact.field not in COMPARED or fact.field not in declared:
            continue
        values = declared[fact.field], fact.value
        # «2024-11» does not contradict a day of that month, nor «4» the module «4. Liderazgo».
        if fact.field == "date":
            alike = agree(*values)
        else:
            module = fact.field == "module"
            first, second = (bare(v.split(".")[0] if module else v) for v in values)
            alike = first == second
        if not alike:
            unit = " minutos" if fact.field == "minutes" else ""
            said = f"El catálogo dice {COMPARED[fact.field]} {values[0]}{unit}; el documento dice"
            notice = f"{said} {fact.value}{unit}."
            found.append(Finding("catalogue_differs", notice, fact.passage_id))
    return tuple(found)
