"""Composes the stored text of pages from a reading's blocks, and cuts it into passages: the units
that are indexed, ranked and cited.

Every passage knows from where to where on which page it stands, in code points of the stored text;
that is what makes exact quotes possible, so it is checked for every passage made.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import groupby, zip_longest

from ingest.readers.tables import SEPARATOR
from search.documents import (
    Block,
    BlockKind,
    Box,
    Document,
    Extent,
    Page,
    PageShape,
    Passage,
    Reading,
)
from search.text.analysis import analyse
from search.text.sentences import sentences

TARGET_TOKENS = 300  # groups of 200-400 did best on 472 questions over five collections
SMALL_TOKENS = 150  # below this a passage takes one more paragraph, up to MOST_TOKENS
MOST_TOKENS = 400  # leaves room for the title and section before the text in a window of 512
# What may share a passage. Rows, notes and headings are each something of their own.
GROUPED = frozenset({BlockKind.TITLE, BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.CAPTION})
# Where a sentence of more than a passage may be cut: between words. All gaps count alike; the one
# nearest to the middle is taken.
CLAUSE = re.compile(r"[;:,]\s|\s")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one page's stored text that belongs to one block."""

    page: int
    start: int
    text: str
    boxes: tuple[Box, ...]

    @property
    def end(self) -> int:
        """Where the stretch ends in the page text."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Placed:
    """A block and where its parts stand in the stored pages."""

    block: Block
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    """Pieces of text that must not be parted, of one block or of a few bound together."""

    kind: BlockKind
    section: tuple[str, ...]
    context: str
    blocks: tuple[tuple[Piece, ...], ...]
    tokens: int


def make_pages(reading: Reading) -> tuple[Page, ...]:
    """The stored text of each page: its blocks' parts, a line each, notes last.

    Pages without text are kept, so that page `n` of the file is page `n` here.
    """
    texts, _ = _compose(reading)
    shapes = {shape.number: shape for shape in reading.shapes}
    numbers = sorted(set(texts) | set(shapes) | ({1} if not reading.paged else set()))
    pages = []
    for number in numbers:
        shape = shapes.get(number) or PageShape(number, 0.0, 0.0)
        pages.append(
            Page(
                number=number,
                text=texts.get(number, ""),
                label=shape.label,
                width=shape.width,
                height=shape.height,
                method=shape.method,
                confidence=shape.confidence,
                hidden=shape.hidden,
            )
        )
    return tuple(pages)


def _compose(reading: Reading) -> tuple[dict[int, str], dict[tuple[int, int], Piece]]:
    texts: dict[int, list[str]] = {}
    lengths: dict[int, int] = {}
    places: dict[tuple[int, int], Piece] = {}
    # Notes last, though readers give them behind the paragraph that cites them: the text of a page
    # reads on over its foot. `sorted` is stable, so all else keeps its order.
    blocks = sorted(enumerate(reading.blocks), key=lambda item: item[1].kind is BlockKind.FOOTNOTE)
    for index, block in blocks:
        for number, part in enumerate(block.parts):
            start = lengths.get(part.page, -1) + 1
            places[index, number] = Piece(part.page, start, part.text, part.boxes)
            texts.setdefault(part.page, []).append(part.text)
            lengths[part.page] = start + len(part.text)
    return {page: "\n".join(parts) for page, parts in texts.items()}, places


def make_passages(
    reading: Reading,
    pages: Sequence[Page],
    document: Document,
    language_of: Callable[[str], str],
    count_tokens: Callable[[str], int],
) -> tuple[Passage, ...]:
    """Groups of paragraphs of one section, 300 tokens or so and no more than 400, no overlap.

    Rows, notes and headings without text below stand alone. What every passage is found by anyway
    is left out: a printed title that the document's title says, rows that head a table. `pages`
    must be what `make_pages` gives for the reading: every extent is checked against them.
    """
    texts = {page.number: page.text for page in pages}
    seen: Counter[str] = Counter()
    passages = []
    _, places = _compose(reading)
    placed = [
        Placed(block, tuple(places[index, number] for number in range(len(block.parts))))
        for index, block in enumerate(reading.blocks)
        if block.parts
    ]
    kept = _without_headers(_without_title(placed, document.title))
    for group in _grouped(_with_cards(list(_units(kept, count_tokens)))):
        text, extents, boxes = _joined(group)
        for extent in extents:
            quoted = text[extent.offset : extent.offset + extent.end - extent.start]
            if texts.get(extent.page, "")[extent.start : extent.end] != quoted:
                raise ValueError(
                    f"page {extent.page} does not hold {quoted[:60]!r} where it should"
                )
        # Ids come from the text, so that links and editors' rules outlive a new edition; the same
        # text twice in a document is told apart by its number.
        seen[text] += 1
        named = f"{document.id}\0{text}\0{seen[text]}".encode()
        kinds = {unit.kind for unit in group}
        mixed = len(kinds) > 1 or BlockKind.TITLE in kinds
        passages.append(
            Passage(
                id=blake2b(named, digest_size=8).hexdigest(),
                document_id=document.id,
                kind=BlockKind.PARAGRAPH if mixed else kinds.pop(),
                section=group[0].section,
                text=text,
                language=language_of(text),
                extents=extents,
                boxes=boxes,
                context=group[0].context,
            )
        )
    return tuple(passages)


def _without_headers(placed: Sequence[Placed]) -> list[Placed]:
    """Leave out rows that only head a table: each row below carries them as its context."""
    kept = []
    for item, below in zip_longest(placed, placed[1:]):
        if below is not None and item.block.kind in (BlockKind.TABLE_ROW, BlockKind.AGENDA_ITEM):
            said = {token.surface for token in analyse(below.block.header)}
            words = {token.surface for token in analyse(item.block.text)}
            if words and words <= said:
                continue
        kept.append(item)
    return kept


def _without_title(placed: Sequence[Placed], title: str) -> list[Placed]:
    # «Nota conceptual» on the cover, alone in a passage, would match every question about the note
    # and answer none; the title is embedded with each passage anyway.
    said = {token.surface for token in analyse(title)}
    kept = [
        item
        for item in placed
        if item.block.kind is not BlockKind.TITLE
        or any(token.surface not in said for token in analyse(item.block.text))
    ]
    return kept or list(placed)  # a cover that is all there is stays


def _units(placed: Sequence[Placed], count_tokens: Callable[[str], int]) -> Iterator[_Unit]:
    """The blocks with their sections, long ones split; a lead-in is bound to what it leads in."""
    lead: _Unit | None = None
    for block, section in _with_sections(placed):
        kind = block.block.kind
        for unit in _block_units(block, section, count_tokens):
            if lead is not None and _binds(lead, unit):
                tokens = lead.tokens + unit.tokens
                lead = replace(lead, blocks=lead.blocks + unit.blocks, tokens=tokens)
                continue
            if lead is not None:
                yield lead
                lead = None
            # «Los objetivos son los siguientes:» answers nothing without its list.
            if kind in GROUPED and block.block.text.endswith(":"):
                lead = unit
            else:
                yield unit
    if lead is not None:
        yield lead


def _with_sections(placed: Sequence[Placed]) -> Iterator[tuple[Placed, tuple[str, ...]]]:
    """Each block with the headings above it. A heading is given only where nothing is below it."""
    slides = any(item.block.kind is BlockKind.SLIDE_TITLE for item in placed)
    path: list[tuple[int, str]] = []
    bare: Placed | None = None
    page = 0
    for item in placed:
        block = item.block
        if block.kind in (BlockKind.HEADING, BlockKind.SLIDE_TITLE):
            # The title of a slide stands above all headings on it.
            level = block.level if block.kind is BlockKind.HEADING else 0
            if bare is not None and level <= path[-1][0]:
                yield bare, _texts(path[:-1])
            path = [entry for entry in path if entry[0] < level]
            path.append((level, block.text))
            bare = item
        else:
            # A slide without a title does not belong to the one before it.
            if slides and item.pieces[0].page != page and path and bare is None:
                path = []
            bare = None
            yield item, _texts(path)
        page = item.pieces[-1].page
    if bare is not None:
        yield bare, _texts(path[:-1])


def _texts(path: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(text for _, text in path)


def _block_units(
    placed: Placed, section: tuple[str, ...], count_tokens: Callable[[str], int]
) -> Iterator[_Unit]:
    block = placed.block
    tokens = count_tokens(block.text)
    stretches = [placed.pieces]
    if tokens > MOST_TOKENS:
        stretches = split_pieces(placed.pieces, count_tokens, TARGET_TOKENS)
    for stretch in stretches:
        if len(stretches) > 1:  # else it is counted already
            tokens = count_tokens(" ".join(piece.text for piece in stretch))
        yield _Unit(block.kind, section, block.header, (stretch,), tokens)


def _binds(lead: _Unit, unit: _Unit) -> bool:
    """Whether a unit belongs to the lead-in before it: one paragraph, or the items of its list."""
    if unit.kind not in GROUPED or unit.section != lead.section:
        return False
    first = len(lead.blocks) == 1
    return (first or unit.kind is BlockKind.LIST_ITEM) and lead.tokens + unit.tokens <= MOST_TOKENS


def _with_cards(units: Sequence[_Unit]) -> list[_Unit]:
    """Small tables of two columns are cards: labels with what they say of one thing. Their rows
    stay together, since «Lugar | Santiago» alone does not tell what is there."""
    result: list[_Unit] = []
    for _, run in groupby(units, key=lambda unit: (unit.kind, unit.section, unit.context)):
        rows = list(run)
        tokens = sum(row.tokens for row in rows)
        two_cells = all(
            row.kind is BlockKind.TABLE_ROW
            and len(row.blocks) == 1
            and " ".join(piece.text for piece in row.blocks[0]).count(SEPARATOR) == 1
            for row in rows
        )
        if len(rows) > 1 and two_cells and tokens <= TARGET_TOKENS:
            blocks = tuple(block for row in rows for block in row.blocks)
            rows = [replace(rows[0], blocks=blocks, tokens=tokens)]
        result.extend(rows)
    return result


def _grouped(units: Sequence[_Unit]) -> list[list[_Unit]]:
    groups: list[list[_Unit]] = []
    notes: list[list[_Unit]] = []
    for unit in units:
        if groups and _joins(groups[-1], unit):
            groups[-1].append(unit)
        elif unit.kind is BlockKind.FOOTNOTE:
            notes.append([unit])
        else:
            # A note in the middle of a section does not part it: it waits for the next border.
            groups.extend(notes)
            notes = []
            groups.append([unit])
    return groups + notes


def _joins(group: Sequence[_Unit], unit: _Unit) -> bool:
    last = group[-1]
    alike = unit.kind in GROUPED and last.kind in GROUPED
    # What is said to one slide is one text, but never shown as if it stood on the slide.
    spoken = unit.kind is last.kind is BlockKind.SPEAKER_NOTE
    same_page = last.blocks[-1][-1].page == unit.blocks[0][0].page
    if not (alike or (spoken and same_page)) or last.section != unit.section:
        return False
    size = sum(member.tokens for member in group)
    return size + unit.tokens <= (MOST_TOKENS if size < SMALL_TOKENS else TARGET_TOKENS)


def _joined(group: Sequence[_Unit]) -> tuple[str, tuple[Extent, ...], tuple[Box, ...]]:
    text = ""
    extents: list[Extent] = []
    boxes: list[Box] = []
    for unit in group:
        for block in unit.blocks:
            for number, piece in enumerate(block):
                # Parts of one block are parted by a page break: the sentence goes on.
                text += "" if not text else " " if number else "\n"
                extents.append(Extent(piece.page, piece.start, piece.end, len(text)))
                text += piece.text
                boxes.extend(piece.boxes)
    return text, tuple(extents), tuple(boxes)


def split_pieces(
    pieces: Sequence[Piece], count_tokens: Callable[[str], int], most: int
) -> list[tuple[Piece, ...]]:
    """Stretches of at most `most` tokens, of about one length, cut between sentences.

    A sentence that is too long alone is cut between words.
    """
    text = " ".join(piece.text for piece in pieces)
    spans = [
        part for span in sentences(text) for part in _short_enough(text, span, count_tokens, most)
    ]
    weights = [count_tokens(text[start:end]) for start, end in spans]
    # As many stretches as are needed, all about as long: not full ones and a last one of a line.
    goal = sum(weights) / -(-sum(weights) // most) if weights else 0
    cuts: list[tuple[int, int]] = []
    room = 0.0
    for (start, end), weight in zip(spans, weights, strict=True):
        if cuts and weight <= room and room - weight / 2 > most - goal:
            cuts[-1] = cuts[-1][0], end
            room -= weight
        else:
            cuts.append((start, end))
            room = most - weight
    return [_cut(pieces, start, end) for start, end in cuts]


def _short_enough(
    text: str, span: tuple[int, int], count_tokens: Callable[[str], int], most: int
) -> list[tuple[int, int]]:
    """The span, halved between words as long as it is too long and can be."""
    start, end = span
    if count_tokens(text[start:end]) <= most:
        return [span]
    middle = (start + end) / 2
    gaps = [found.end() for found in CLAUSE.finditer(text, start + 1, end - 1)]
    cut = min(gaps, key=lambda gap: abs(gap - middle)) if gaps else int(middle)
    if not start < cut < end:
        return [span]
    first = start, start + len(text[start:cut].rstrip())
    return [
        *_short_enough(text, first, count_tokens, most),
        *_short_enough(text, (cut, end), count_tokens, most),
    ]


def _cut(pieces: Sequence[Piece], start: int, end: int) -> tuple[Piece, ...]:
    """What of the pieces, joined by one space, lies between two places."""
    result = []
    for piece in pieces:
        first, last = max(start, 0), min(end, len(piece.text))
        start, end = start - len(piece.text) - 1, end - len(piece.text) - 1
        if first < last:
            result.append(_sub_piece(piece, first, last))
    return tuple(result)


def _sub_piece(piece: Piece, first: int, last: int) -> Piece:
    """A stretch of a piece, with the boxes of the lines on which it should stand.

    Which line a character is on is told by the widths of the lines: right to within a line.
    """
    text = piece.text[first:last]
    first += len(text) - len(text.lstrip())
    text = text.strip()
    total = sum(box.x1 - box.x0 for box in piece.boxes)
    if (first, len(text)) == (0, len(piece.text)) or total <= 0:
        return replace(piece, start=piece.start + first, text=text)
    scale = total / len(piece.text)
    boxes = []
    done = 0.0
    for box in piece.boxes:
        following = done + box.x1 - box.x0
        if following > first * scale and done < (first + len(text)) * scale:
            boxes.append(box)
        done = following
    return Piece(piece.page, piece.start + first, text, tuple(boxes))
