"""A block that is too long for a passage to stretches that end where sentences end."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from ingest.pages import Piece
from search.answering.sentences import sentences

CLAUSE = re.compile(r"[;:,]\s|\s")


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
    offset = 0
    for piece in pieces:
        first, last = max(start - offset, 0), min(end - offset, len(piece.text))
        offset += len(piece.text) + 1
        if first >= last:
            continue
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
