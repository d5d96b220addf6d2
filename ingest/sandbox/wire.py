"""Serialises readings between worker and pool as JSON, and checks every value on the way back.

A parser that a hostile file has taken over may send anything. Pickle would run code, and a dict
that is merely believed would carry wrong types into the database.
"""

import json
from collections.abc import Callable
from dataclasses import astuple
from typing import Any, TypeVar

from search.documents import Block, BlockKind, Box, Method, PageShape, Part, Reading

Item = TypeVar("Item")


class WireError(ValueError):
    """The bytes are not what `pack` makes."""


def pack(reading: Reading) -> bytes:
    """The reading as compact JSON; halves of surrogate pairs become question marks."""
    # Blocks, parts and boxes are arrays, not objects: a long PDF has a box for every line.
    content = {
        "blocks": [
            [block.kind, block.level, block.header, [_part(part) for part in block.parts]]
            for block in reading.blocks
        ],
        "paged": reading.paged,
        "shapes": [list(astuple(shape)) for shape in reading.shapes],
        "title": reading.title,
        "language": reading.language,
        "created": reading.created,
        "warnings": reading.warnings,
        "scans": reading.scans,
        "running": reading.running,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def unpack(data: bytes) -> Reading:
    """The reading that `pack` was given. Raises `WireError` for anything else."""
    try:
        content = json.loads(data.decode("utf-8"))
        return Reading(
            blocks=_each(content["blocks"], _to_block),
            paged=_checked(content["paged"], bool),
            shapes=_each(content["shapes"], _to_shape),
            title=_optional(content["title"]),
            language=_optional(content["language"]),
            created=_optional(content["created"]),
            warnings=_each(content["warnings"], _text),
            scans=_each(content["scans"], lambda page: _checked(page, int)),
            running=_each(content["running"], _text),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        # JSON nested without end makes the decoder run out of stack, not out of memory.
        raise WireError(str(error)) from error


def _part(part: Part) -> list[Any]:
    return [part.page, part.text, [[b.page, b.x0, b.y0, b.x1, b.y1] for b in part.boxes]]


def _to_block(item: Any) -> Block:
    kind, level, header, parts = item
    return Block(BlockKind(kind), _each(parts, _to_part), _checked(level, int), _text(header))


def _to_part(item: Any) -> Part:
    page, text, boxes = item
    return Part(_checked(page, int), _text(text), _each(boxes, _to_box))


def _to_box(item: Any) -> Box:
    page, *corners = item
    x0, y0, x1, y1 = map(_number, corners)
    return Box(_checked(page, int), x0, y0, x1, y1)


def _to_shape(item: Any) -> PageShape:
    number, width, height, label, method, confidence, dropped, hidden = item
    return PageShape(
        number=_checked(number, int),
        width=_number(width),
        height=_number(height),
        label=_optional(label),
        method=Method(method),
        confidence=None if confidence is None else _number(confidence),
        dropped=_each(dropped, _text),
        hidden=_checked(hidden, bool),
    )


def _each(items: Any, convert: Callable[[Any], Item]) -> tuple[Item, ...]:
    return tuple(convert(item) for item in _checked(items, list))


def _checked(value: Any, kind: type[Item]) -> Item:
    if type(value) is not kind:  # not `isinstance`: `true` would pass for a number
        raise WireError(f"{kind.__name__} expected, not {type(value).__name__}")
    return value


def _number(value: Any) -> float:
    # Python's JSON reads NaN and Infinity, which RFC 8259 does not know.
    if type(value) not in (int, float) or abs(value) > 1e9 or value != value:
        raise WireError("a finite number expected")
    return float(value)


def _text(value: Any) -> str:
    text = _checked(value, str)
    text.encode("utf-8")  # a hostile «\ud800» would fail later, in the database
    return text


def _optional(value: Any) -> str | None:
    return None if value is None else _text(value)
