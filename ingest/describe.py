"""A source and its reading to the document that the index knows: title, type, language, date."""

import datetime
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from ingest.document_types import type_of
from ingest.language import detect_language
from ingest.readers import PPTX
from ingest.sources import Source
from search.types import Block, BlockKind, Document, DocumentType, Reading

COVER_BLOCKS = 16  # where a document says what it is and when
COVER_LINE = 160  # characters; longer blocks are text that may speak of anything
SAMPLE = 4_000  # characters of the longest blocks: what the language is judged by
DECK_PAGES = 5
DECK_TEXT = 700  # characters a page; a page of a report in landscape has more
DECK_BLOCKS = 20  # a page; a wide spreadsheet has more
EMPTY_HEADINGS = re.compile(
    r"^(?:índice|indice|contenidos?|tabla de contenidos?|contents|table of contents|sumário|sumario"
    r"|introducción|introduction|introdução|resumen(?: ejecutivo)?|abstract|resumo|anexos?"
    r"|bienvenid[oa]s?)\W*$",
    re.IGNORECASE,
)
QUOTED = re.compile(r"^[«“\"](.{20,250})[»”\"]$")
SHORT_TITLE = 4  # words; «Taller de Formación» says little without the quoted line below it
VERSION = re.compile(
    r"[\s_-]*(?:\(\d+\)|\bv\d+(?:\.\d+)*_?|\bfinal\b|\bcopia\b)\s*$", re.IGNORECASE
)
NUMBERING = re.compile(r"^(?:\d{1,3}|(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8})[.\s_-]+")
MONTHS = {
    name: number
    for names in (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "january february march april may june july august september october november december",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    )
    for number, name in enumerate(names.split(), start=1)
} | {"setiembre": 9}
MONTH = "|".join(MONTHS)
DAY_FIRST = re.compile(
    rf"\b(\d{{1,2}})(?:º|er|st|nd|rd|th)?\s+(?:de\s+)?({MONTH})\s*,?\s*(?:del?\s+)?(\d{{4}})\b",
    re.IGNORECASE,
)
MONTH_FIRST = re.compile(
    rf"\b({MONTH})\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b", re.IGNORECASE
)
ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
EARLIEST, LATEST = 1900, 2100


def describe(
    source: Source, reading: Reading, media_type: str, default_language: str = "es"
) -> Document:
    """What is known of a document: declared in the catalogue, else stated by the file itself."""
    declared = source.declared
    title = declared.title or _title(source, reading)
    last = max((part.page for block in reading.blocks for part in block.parts), default=1)
    return Document(
        id=source.key,
        title=title,
        document_type=declared.document_type or _type(source, reading, title, media_type),
        language=declared.language or _language(reading, default_language),
        file=source.file,
        root=source.root,
        path=source.path,
        sha256=source.sha256,
        media_type=media_type,
        pages=max(len(reading.shapes), last) if reading.paged else 1,
        paged=reading.paged,
        date=declared.date or _date(reading),
        toolkit=declared.toolkit,
        module=declared.module,
        audience=declared.audience,
        event=declared.event,
        licence=declared.licence,
        source_url=declared.url,
    )


def _title(source: Source, reading: Reading) -> str:
    """The file's own title, else its first heading, else its name."""
    if reading.title:
        return reading.title
    cover = reading.blocks[:COVER_BLOCKS]
    for position, block in enumerate(cover):
        if not _is_top(block) or EMPTY_HEADINGS.match(block.text):
            continue
        subtitle = QUOTED.match(cover[position + 1].text) if position + 1 < len(cover) else None
        if subtitle and len(block.text.split()) <= SHORT_TITLE:
            return f"{block.text}: {subtitle[1]}"
        return block.text
    return _name(source.file)


def _is_top(block: Block) -> bool:
    if block.kind is BlockKind.HEADING:
        return block.level == 1
    return block.kind in (BlockKind.TITLE, BlockKind.SLIDE_TITLE)


def _name(file: str) -> str:
    """The name of a file as a title: «01_guia_del_taller-v2.pdf» is «Guia del taller»."""
    stem = PurePath(file).stem
    stem = NUMBERING.sub("", VERSION.sub("", stem)) or stem
    words = " ".join(re.sub(r"[_-]+", " ", stem).split())
    return words[:1].upper() + words[1:] if words else file


def _type(source: Source, reading: Reading, title: str, media_type: str) -> DocumentType:
    if media_type == PPTX or _is_deck(reading):
        return DocumentType.SLIDES
    texts = (title, _name(source.file), *_cover_lines(reading.blocks))
    return type_of(texts) or DocumentType.OTHER


def _is_deck(reading: Reading) -> bool:
    """Slides exported as PDF: many wide pages with little text on each."""
    pages = reading.shapes
    if len(pages) < DECK_PAGES or any(page.width <= page.height for page in pages):
        return False
    text = sum(len(block.text) for block in reading.blocks)
    return text < DECK_TEXT * len(pages) and len(reading.blocks) < DECK_BLOCKS * len(pages)


def _cover_lines(blocks: Sequence[Block]) -> Iterator[str]:
    return (block.text for block in blocks[:COVER_BLOCKS] if len(block.text) <= COVER_LINE)


def _language(reading: Reading, default: str) -> str:
    longest = sorted(reading.blocks, key=lambda block: -len(block.text))[:20]
    sample = "\n".join(block.text for block in longest)[:SAMPLE]
    return detect_language(sample, reading.language or default)


def _date(reading: Reading) -> str | None:
    """The first full date on the cover."""
    for line in _cover_lines(reading.blocks):
        for date in _dates(line):
            return date
    return None


def _dates(line: str) -> Iterator[str]:
    for pattern, order in ((DAY_FIRST, (2, 1, 0)), (MONTH_FIRST, (2, 0, 1)), (ISO, (0, 1, 2))):
        for match in pattern.finditer(line):
            year, month, day = (match.groups()[position] for position in order)
            if not EARLIEST <= int(year) <= LATEST:
                continue
            try:
                yield datetime.date(int(year), _month(month), int(day)).isoformat()
            except ValueError:  # the 31st of June: a number that only looks like a date
                continue


def _month(text: str) -> int:
    return int(text) if text.isdigit() else MONTHS[text.lower()]
