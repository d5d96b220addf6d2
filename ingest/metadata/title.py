"""Finds the title that a document gives itself, on its cover, in its properties or in its name.

What is printed counts first: properties may hold the title of the template, or what an office filed
it under («BOE 082 de 04/04/2008 Pag 18660»).
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePath

from ingest.metadata.cover import (
    COVER_LINE,
    EMPTY_HEADING,
    NAME,
    PROPERTIES,
    TEXT,
    Claim,
    is_date,
    is_sentence,
    may_be_title,
)
from ingest.metadata.un_documents import masthead
from search.documents import Block, BlockKind, Reading
from search.text.times import full_dates
from search.text.vocabulary import DOCUMENT_WORDS, EVENT_WORDS, alternatives, bare, plain

COVER_PAGES = 3
PAGE_BLOCKS = 40
LONGEST_TITLE = 300
SHORT_TITLE_WORDS = 4  # words; «Taller de Formación» says little without the line below it
FIRST_LINES = 4
LEAST_ENDING = 20  # letters
LATE_BLOCKS = 10  # blocks; a heading further down a cover heads a part of it
PIECE_WORDS = 3  # words; a cover may set a short title in lines of so many
SHARE_PRINTED = 0.6
"""Share of the words of a title in the properties that the text must hold: templates hand on
titles of other documents."""
# Below «Taller de Formación» a cover sets the name of the workshop in quotation marks.
QUOTED = re.compile(r"^[«“\"](.{20,250})[»”\"]$")
GENERIC = re.compile(
    rf"^(?:{alternatives(EVENT_WORDS | DOCUMENT_WORDS)}|concept note|memorandum|memorando|circular"
    r"|presentacion|agenda|programa|programme|caja de herramientas|hoja de trabajo|sesion|session"
    r"|unidad|unit|plan|resolucion|acta)\b"
)
MEETING = re.compile(rf"\b(?:{alternatives(EVENT_WORDS)})s?\b")
# Letters and memoranda have no title but a subject.
SUBJECT = re.compile(
    r"^(?:ref(?:erencia)?\.?|asunto|assunto|subject|subj\.?|objet|re)\s*:\s*(.{12,300})$",
    re.IGNORECASE | re.DOTALL,
)
# What Spanish-speaking gazettes print: a running number, the kind of norm, its date, and from «por
# la que» what it is about. A full stop within a number («27.275») does not end it.
DECREE = re.compile(
    r"^(?:\d{2,6}\s+)?((?:resoluci[óo]n|orden|ley(?: org[áa]nica)?|(?:real )?decreto(?:-ley)?"
    r"|acuerdo|decisi[óo]n|disposici[óo]n|ordenanza|lei|portaria|instrucci[óo]n)\s"
    r"(?:[^.;]|\.(?=\d)){0,120}?\b(?:de(?:l)? \d{1,2}(?:º)? de [a-z]+|\d{1,2} de [a-z]+)"
    r"(?:[^.;]|\.(?=\d)){0,600}?\b(?:por (?:la|el|el cual|lo) que|por l[ao] cual|que regula|sobre"
    r"|relativ[ao]|de correcci[óo]n|que disp[õo]e)\b.+)$",
    re.IGNORECASE | re.DOTALL,
)
# A line that ends in one of these goes on in the next: «Términos de la Convocatoria para el».
CONNECTED = re.compile(
    r"(?:[,–—-]|\b(?:de|del|la|el|los|las|y|e|o|para|por|en|con|a|al|of|the|and|for|to|in|on|da|do"
    r"|das|dos|em|et|du|des|pour|su|sus|its|que))$",
    re.IGNORECASE,
)
# What people add to the names of files: «(1)», «v2.0», «final», «copia».
VERSION = re.compile(
    r"[\s_-]*(?:\(\d+\)|\(?(?:\b|(?<=_))v\d+(?:\.\d+)*[_)]?|\bfinal\b|\bcopia\b)\s*$", re.IGNORECASE
)
# A place in an order, a date in figures, or eight hexadecimal digits of some sum.
NUMBERING = re.compile(r"^(?:\d{1,3}|\d{8}|(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8})[.\s_-]+")
TOP_KINDS = (BlockKind.TITLE, BlockKind.SLIDE_TITLE)


def find_title(reading: Reading, file: str) -> Claim:
    """What the document calls itself: printed above all, else in its properties or its name.

    A line of the cover that names a body, a date, a symbol or a section is not its title.
    """
    blocks = reading.blocks
    printed = masthead(reading)
    if printed and printed.title:
        return _claim(printed.title.value, printed.title.words)
    return (
        _decree(blocks)
        or _printed_property(reading)
        or _end_of_name(blocks, file_title(file))
        or _on_page(blocks, 1)
        or _likely_property(reading)
        or _subject(blocks)
        or _of_page_header(reading, file)
        or _on_page(blocks, 2)
        or _on_page(blocks, 3)
        or _last_resort(blocks, file)
    )


def _last_resort(blocks: Sequence[Block], file: str) -> Claim:
    """The first heading, where the name of the file says nothing; else that name."""
    for number, block in enumerate(blocks if says_nothing(file) else ()):
        heads = block.kind in (BlockKind.HEADING, *TOP_KINDS)
        if heads and may_be_title(_joined(blocks, number)[0]):
            return _claim(block.text, block.text)
    return Claim("title", file_title(file), NAME)


def _end_of_name(blocks: Sequence[Block], name: str) -> Claim | None:
    """The name of the file, where a line of the cover is its end and only lacks the word for what
    this is: «Guía para el uso de datos» and «para el uso de datos» below a drawn «Guía»."""
    for block in blocks[:LATE_BLOCKS] if GENERIC.match(plain(name)) else ():
        end = bare(block.text)
        if len(end) > LEAST_ENDING and bare(name).endswith(end) and end != bare(name):
            return _claim(name, block.text, NAME)
    return None


def _of_page_header(reading: Reading, file: str) -> Claim | None:
    """The line of the page headers that shares a long word with the name of the file."""
    named = {word for word in plain(file_title(file)).split() if len(word) > 4}
    for text in reading.running:
        shared = named.intersection(plain(text).split()) or says_nothing(file)
        if shared and len(text.split()) >= 2 and may_be_title(text):
            return _claim(text, text)
    return None


def _claim(title: str, words: str, origin: str = TEXT) -> Claim:
    text = " ".join(title.replace("*", " ").split()).strip(" ,;:–—-")
    if len(text) > LONGEST_TITLE:  # cut between words, and it shows
        text = text[:LONGEST_TITLE].rpartition(" ")[0].rstrip(" ,;") + "…"
    return Claim("title", text, origin, words)


def _decree(blocks: Sequence[Block]) -> Claim | None:
    """«Resolución de 30 de junio de 2009, de …, por la que …», without its running number."""
    for block in blocks[:10]:
        found = DECREE.match(block.text) if len(block.text) < 1_500 else None
        if found:
            first = re.split(r"\.(?=\s[A-ZÁÉÍÓÚ])", found.group(1))[0]
            return _claim(first.rstrip("."), block.text)
    return None


def _printed_property(reading: Reading) -> Claim | None:
    """The title of the properties, where a line of the first pages says it."""
    title = reading.title or ""
    wanted = bare(title)
    if len(title.split()) < 2 or not may_be_title(title):
        return None
    early = [b for b in reading.blocks[: 3 * PAGE_BLOCKS] if b.parts[0].page <= COVER_PAGES]
    for block in early:
        said = bare(block.text)
        if wanted == said or (wanted in said and len(block.text) <= COVER_LINE + len(title)):
            # The cover may say more than the properties, and is what people cite.
            longer = block.kind in TOP_KINDS and len(said) > len(wanted)
            return _claim(block.text if longer else title, block.text)
    pairs = pairwise(early)
    for above, below in pairs:
        if bare(f"{above.text}{below.text}") == wanted:
            return _claim(title, above.text)
    in_running = any(wanted == bare(text) for text in reading.running)
    return _claim(title, title, PROPERTIES) if in_running else None


def _on_page(blocks: Sequence[Block], page: int) -> Claim | None:
    """The title among the headings of the page; of the first page also among its lines."""
    shown = [block for block in blocks if block.parts and block.parts[0].page == page]
    shown = shown[:PAGE_BLOCKS]
    if page > 1 and any(EMPTY_HEADING.match(plain(block.text)) for block in shown[:FIRST_LINES]):
        return None  # a contents list, whose entries are set as headings
    top = _top(shown, page)
    line = _first_line(shown) if page == 1 else None
    # A heading of the page may be of its first section, while the title is a plain line above it.
    weak = top is None or shown[top].kind not in TOP_KINDS or len(shown[top].text.split()) == 1
    if line is not None and weak:
        capitals = shown[line].text.isupper()
        top = line if top is None or (capitals and line < top) else top
    return None if top is None else _with_subtitle(shown, top)


def _top(shown: Sequence[Block], page: int) -> int | None:
    """The number of the block set largest among those that may be a title."""
    best: tuple[int, int] | None = None
    for number, block in enumerate(shown):
        # Of the first page headings of two levels, of the next ones only what is set as a title.
        rank = _rank(block)
        if rank > (2 if page == 1 else 0) or not may_be_title(_joined(shown, number)[0]):
            continue
        words = len(block.text.split())
        if rank and number > LATE_BLOCKS:
            continue
        if (rank == 2 and words < PIECE_WORDS) or (rank and words == 1 and number > FIRST_LINES):
            continue
        if best is None or rank < best[0]:
            best = (rank, number)
    return best[1] if best else None


def _rank(block: Block) -> int:
    if block.kind in TOP_KINDS:
        return 0
    return block.level if block.kind is BlockKind.HEADING else 9


def _joined(shown: Sequence[Block], number: int) -> tuple[str, int]:
    """The lines of a title that was set in several, and the number of the first of them."""
    first = last = number
    while first > 0 and _continues(shown[first - 1], shown[first], shown):
        first -= 1
    while last + 1 < len(shown) and _continues(shown[last], shown[last + 1], shown):
        last += 1
    return " ".join(block.text for block in shown[first : last + 1]), first


def _continues(above: Block, below: Block, shown: Sequence[Block]) -> bool:
    """Whether a line of a cover goes on in the next."""
    if max(len(above.text), len(below.text)) > COVER_LINE or is_date(above.text):
        return False
    if any(EMPTY_HEADING.match(plain(block.text)) for block in (above, below)):
        return False
    ranks = sorted((_rank(above), _rank(below)))
    if ranks[0] > 2 or is_date(below.text) or above.text.endswith((":", ".")):
        return False
    if CONNECTED.search(above.text) or (below.text[:1].islower() and ranks[1] <= 2):
        return True
    # A page that is nothing but a cover sets even a short title in pieces, without any connection.
    bodiless = all(len(block.text) <= COVER_LINE for block in shown)
    pieces = max(len(above.text.split()), len(below.text.split())) <= PIECE_WORDS
    return bodiless and pieces and ranks[1] <= 1 and len(shown) <= 12


def _with_subtitle(shown: Sequence[Block], number: int) -> Claim:
    """The title; where it only says what kind of thing this is, with the line below it."""
    text, first = _joined(shown, number)
    words = shown[number].text
    # Without the date, and the author, that were set in the same block.
    date = full_dates(text)[:1]
    before = text[: date[0].start].rstrip() if date else ""
    whole = before.endswith("(") or CONNECTED.search(before)
    if len(before.split()) >= PIECE_WORDS and not whole:
        text = before
    if len(text.split()) > SHORT_TITLE_WORDS or number + 1 >= len(shown):
        return _claim(text, words)
    quoted = QUOTED.match(shown[number + 1].text)
    if quoted:
        return _claim(f"{text}: {quoted[1]}", words)
    if not GENERIC.match(plain(text)) or ":" in text:
        return _claim(text, words)
    subject = _subject(shown)
    more = [subject.value] if subject else list(_subtitles(shown[number + 1 : number + 3]))
    return _claim(": ".join((text, *more)), words if more else shown[first].text)


def _subtitles(below: Sequence[Block]) -> Iterator[str]:
    """The line below a title, and the next where the first only says «Taller regional»."""
    for block in below:
        text, words = block.text, len(block.text.split())
        quoted = QUOTED.match(text)
        if quoted:
            yield quoted[1]
            return
        fits = 3 <= words <= 30 and len(text) <= COVER_LINE + 40 and may_be_title(text)
        cover = block.kind in (BlockKind.PARAGRAPH, *TOP_KINDS) or _rank(block) <= 2
        if fits and cover and not text.endswith((".", ":", ";")):
            yield text
            return
        if words > PIECE_WORDS or not MEETING.search(plain(text)):
            return
        yield text


def _first_line(shown: Sequence[Block]) -> int | None:
    """The first line of the page, where it reads as a title: several words, no sentence."""
    for number, block in enumerate(shown[:FIRST_LINES]):
        text = block.text
        if len(text) > COVER_LINE + 40:
            return None
        row = block.kind is BlockKind.TABLE_ROW and number == 0 and " | " not in text
        if not (row or block.kind is BlockKind.PARAGRAPH) or SUBJECT.match(text):
            continue
        words = text.split()
        if not may_be_title(text) or len(words) < PIECE_WORDS - row or is_sentence(text):
            continue
        wordy = sum(len(word) > 3 and word[:1].isalpha() for word in words) >= 2
        # A sentence, or what introduces a list, is no title; «EE. UU.» ends in a full stop too.
        closed = text.endswith((",", ":", ";")) or re.search(r"[a-záéíóú)»”]\.$", text)
        if wordy and not closed and text[:1].isupper():
            return number
    return None


def _likely_property(reading: Reading) -> Claim | None:
    """The title of the properties, where its words are those of the text."""
    title = reading.title or ""
    words = [word for word in plain(title).split() if len(word) > 3 and word.isalpha()]
    if len(words) < 2 or not may_be_title(title):
        return None
    said = plain(" ".join(block.text for block in reading.blocks[: 3 * PAGE_BLOCKS]))
    held = sum(word in said for word in words)
    return _claim(title, "", PROPERTIES) if held >= SHARE_PRINTED * len(words) else None


def _subject(blocks: Sequence[Block]) -> Claim | None:
    for block in blocks[:PAGE_BLOCKS]:
        found = SUBJECT.match(block.text)
        if found:
            return _claim(found.group(1).strip('«»“”"'), block.text)
    return None


def file_title(file: str) -> str:
    """The name of a file as a title: «01_guia_del_taller-v2.pdf» is «Guia del taller»."""
    stem = PurePath(file).stem
    stem = NUMBERING.sub("", VERSION.sub("", stem)) or stem
    words = " ".join(re.sub(r"[_-]+", " ", stem).split())
    return words[:1].upper() + words[1:] if words else file


def says_nothing(file: str) -> bool:
    """Whether the name of a file has no word of some length."""
    return not any(word.isalpha() and len(word) > 2 for word in file_title(file).split())
