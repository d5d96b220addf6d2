"""A source and its reading to the document that the index knows, and to what says so."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.catalogue import Declared
from ingest.description.claims import CATALOGUE, NAME, PROPERTIES, TEXT, Claim
from ingest.description.course import (
    find_audience,
    find_licence,
    find_minutes,
    find_module,
    find_toolkit,
)
from ingest.description.cover import cover_blocks, may_be_title, outside_texts, short_blocks
from ingest.description.document_types import type_of
from ingest.description.event import find_event, find_organisers, find_place
from ingest.description.evidence import NOT_LINES, Evidence, gather
from ingest.description.file_names import file_title
from ingest.description.symbols import GAZETTE, gazette_symbol, national_symbol, un_symbols
from ingest.description.title import find_title
from ingest.description.united_nations import LETTER, symbol_of
from ingest.description.when import find_date
from ingest.language import detect_language
from ingest.plain import bare, plain
from ingest.readers import SLIDES
from ingest.sources import Source
from search.types import Block, BlockKind, Document, DocumentType, Reading

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
