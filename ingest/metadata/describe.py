"""A source and its reading to the document that the index knows, and to what says so."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.catalogue import Declared
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
    may_be_title,
    outside_texts,
    short_blocks,
)
from ingest.metadata.document_types import type_of
from ingest.metadata.event import find_date, find_event, find_organisers, find_place
from ingest.metadata.evidence import NOT_LINES, Evidence, gather
from ingest.metadata.symbols import GAZETTE, gazette_symbol, national_symbol, un_symbols
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
from search.text.languages import detect_language
from search.text.times import agree
from search.text.vocabulary import bare, plain

SAMPLE = 4_000  # characters of the longest blocks: what the language is judged by
FEWEST_BLOCKS = 300
FEWEST_WORDS = 4
DECK_PAGES = 5
FEWEST_SLIDES = 3  # of the very shape of a slide
SLIDE_SHAPES = (4 / 3, 16 / 9, 16 / 10)
SHAPE_SLACK = 0.02
DECK_TEXT = 800  # characters a page; a page of a report in landscape has more
DECK_BLOCKS = 22  # a page; a wide spreadsheet has more


@dataclass(frozen=True, slots=True)
class Description:
    """A document and every value claimed for it: of each field first the one that counts, then
    what the text says where the catalogue declares another."""

    document: Document
    claims: tuple[Claim, ...]


def describe(
    source: Source, reading: Reading, media_type: str, default_language: str = "es"
) -> Description:
    """What is known of a document: declared in the catalogue, else stated by the file itself."""
    declared = source.declared
    found = {claim.field: claim for claim in detect(source, reading, media_type, default_language)}
    claims = (*_declared(declared), *found.values())
    first: dict[str, str] = {}
    for claim in claims:
        first.setdefault(claim.field, claim.value)
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
    return Description(document, claims)


def detect(
    source: Source, reading: Reading, media_type: str, default_language: str
) -> Iterator[Claim]:
    """What the file says of itself, the catalogue left aside; at most one claim a field."""
    title = find_title(reading, source.file)
    language = _language(reading, default_language)
    kind = _type(source.file, reading, title, media_type)
    evidence = gather(reading, source.file, title, DocumentType(kind.value), language.value)
    yield from (title, kind, language)
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


def _declared(declared: Declared) -> Iterator[Claim]:
    for field in (
        "title",
        "document_type",
        "language",
        "date",
        "place",
        "event",
        "organisers",
        "symbol",
        "toolkit",
        "module",
        "audience",
        "minutes",
        "licence",
    ):
        value = getattr(declared, field)
        if value is not None:
            yield Claim(field, str(value), CATALOGUE)


def _type(file: str, reading: Reading, title: Claim, media_type: str) -> Claim:
    """Slides by their shape; else what the title, the cover, the page headers, the file's name or
    the rest of the first lines say, in that order."""
    if media_type in SLIDES or _is_deck(reading):
        return Claim("document_type", DocumentType.SLIDES, PROPERTIES)
    if LETTER.match(plain(title.value)):
        return Claim("document_type", DocumentType.OTHER, TEXT, title.words)
    cover = _lines(cover_blocks(reading.blocks), title)
    running = [text for text in outside_texts(reading) if may_be_title(text)]
    names = [file_title(file)]
    rest = _lines(short_blocks(reading.blocks), title)
    for origin, texts in (
        (TEXT, [title.value]),
        (TEXT, cover),
        (TEXT, running),
        (NAME, names),
        (TEXT, rest),
    ):
        for text in texts:
            kind = type_of([text])
            if kind:
                words = title.words if text == title.value else text
                return Claim("document_type", kind, origin, words if origin == TEXT else "")
    return Claim("document_type", DocumentType.OTHER, TEXT)


def _lines(blocks: Iterable[Block], title: Claim) -> list[str]:
    """Lines that speak of the document: no rows, no parts of its title («para el» / «Plan»)."""
    lines = [b.text for b in blocks if b.kind not in NOT_LINES or _is_whole_row(b)]
    return [text for text in lines if bare(text) not in bare(title.value)]


def _is_whole_row(block: Block) -> bool:
    """Whether a table row is one cell: forms set their title so."""
    one_cell = block.kind is BlockKind.TABLE_ROW and " | " not in block.text
    return one_cell and len(block.text.split()) >= FEWEST_WORDS


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


def _language(reading: Reading, default: str) -> Claim:
    """The language of the longest blocks; a long document in several has that of its start."""
    start = reading.blocks[: max(FEWEST_BLOCKS, len(reading.blocks) // 5)]
    longest = sorted(start, key=lambda block: -len(block.text))[:20]
    sample = "\n".join(block.text for block in longest)[:SAMPLE]
    return Claim("language", detect_language(sample, reading.language or default), TEXT)


def _symbol(evidence: Evidence) -> Claim | None:
    """A labelled symbol, the one that stands alone on the first page or in the page headers, the
    number of a law, the number in a gazette. The file's name may lie and is not asked."""
    for entry in evidence.stated("symbol"):
        found = un_symbols(entry.value)
        if found:
            return Claim("symbol", found[0], TEXT, entry.words)
    said = symbol_of(evidence.reading)
    if said:
        return Claim("symbol", said.value, TEXT, said.words)
    if evidence.document_type is not DocumentType.LAW:
        return None
    number = national_symbol(evidence.title.value)
    if number:
        return Claim("symbol", number, TEXT, evidence.title.words)
    lines = (*evidence.outside, *_texts(evidence.reading.blocks))
    printed = gazette_symbol(lines)
    return Claim("symbol", printed[0], TEXT, printed[1]) if printed else None


def _texts(blocks: Sequence[Block]) -> Iterator[str]:
    return (block.text for block in blocks if GAZETTE.search(block.text))


LONGEST = 2_000  # characters of a passage that may hold a line of the cover


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
    for passage in passages[:60]:
        if len(start) > 20 and start in bare(passage.text[:LONGEST]):
            return passage.id
    return None


NAMES = {
    "date": "fecha",
    "symbol": "símbolo",
    "language": "idioma",
    "minutes": "duración",
    "module": "módulo",
}
"""The fields whose values can contradict each other; the others may be worded in many ways."""


def find_findings(facts: Sequence[Fact], agenda: Sequence[AgendaItem]) -> tuple[Finding, ...]:
    """Stated against computed minutes, the catalogue against the text; in this order."""
    differing = tuple(
        Finding("minutes_differ", notice, item.passage_id)
        for item in agenda
        for notice in notices(item)
    )
    return (*differing, *_against_catalogue(facts))


def _against_catalogue(facts: Sequence[Fact]) -> Iterator[Finding]:
    declared = {fact.field: fact for fact in facts if fact.origin == CATALOGUE}
    for fact in facts:
        other = declared.get(fact.field)
        if fact.origin == TEXT and other and fact.field in NAMES and _differ(other, fact):
            yield Finding(
                "catalogue_differs",
                f"El catálogo dice {NAMES[fact.field]} {_said(other)}; el documento dice"
                f" {_said(fact)}.",
                fact.passage_id,
            )


def _differ(declared: Fact, found: Fact) -> bool:
    if declared.field == "date":
        return not agree(declared.value, found.value)
    if declared.field == "module":
        return bare(declared.value.split(".")[0]) != bare(found.value.split(".")[0])
    return bare(declared.value) != bare(found.value)


def _said(fact: Fact) -> str:
    return f"{fact.value} minutos" if fact.field == "minutes" else fact.value
