"""Defines what goes to a worker process and what comes back: jobs, limits, readings as JSON.

A parser that a hostile file has taken over may send anything. Pickle would run code, and a dict
that is merely believed would carry wrong types into the database: so every value is checked.
"""

import json
import struct
from dataclasses import dataclass, replace
from typing import Self

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from search.documents import Reading

EXIT_RECORD = struct.Struct("<i?q")
"""Wait status, whether the worker was ended for taking too long, the most memory that it held."""
PAGE_DONE = b"."
"""Comes before the answer, once for each page that was recognised."""
_READING = TypeAdapter(Reading)
_FARTHEST = 1e9  # points: no page is as large


class WireError(ValueError):
    """The bytes are not what `pack` makes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost; for each page to be recognised more, up to a whole hour.

    Native parsers abort or swell on files of 3 kB, and python-docx takes 2.8 GB for a zip of
    400 kB: every file is taken for hostile."""

    memory_bytes: int = 2 << 30
    cpu_seconds: int = 60
    wall_seconds: float = 90.0  # more than CPU time: reading shares the cores with embedding
    answer_bytes: int = 96_000_000
    page_seconds: int = 60  # as long as one run of Tesseract may take; 2 CPU seconds are usual
    longest_seconds: int = 3_600

    def with_scans(self, pages: int) -> Self:
        """The limits where that many pages are to be recognised."""
        more = self.page_seconds * pages
        wall = max(self.wall_seconds, min(self.wall_seconds + more, self.longest_seconds))
        return replace(self, cpu_seconds=self.cpu_seconds + more, wall_seconds=wall)


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done with one file and within which limits; `second` by the slower reader,
    `scans` are pages to recognise by `program`, `picture` the page to render instead and its
    width in pixels."""

    media_type: str
    limits: Limits
    name: str = ""
    second: bool = False
    scans: tuple[int, ...] = ()
    program: str = ""
    picture: tuple[int, int] | None = None


def pack(reading: Reading) -> bytes:
    """The reading as JSON; halves of surrogate pairs become question marks."""
    try:
        return _READING.dump_json(reading)
    except PydanticSerializationError:
        content = _READING.dump_python(reading, mode="json")
        return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def unpack(data: bytes) -> Reading:
    """The reading that `pack` was given. Raises `WireError` for anything else."""
    try:
        reading = _READING.validate_json(data, strict=True)
    except ValueError as error:
        raise WireError(str(error)) from error
    boxes = (box for block in reading.blocks for part in block.parts for box in part.boxes)
    corners = [number for box in boxes for number in (box.x0, box.y0, box.x1, box.y1)]
    for shape in reading.shapes:
        corners += shape.width, shape.height, shape.confidence or 0.0
    # JSON has no NaN and no infinity, but its readers take them; NaN is less than nothing.
    if not all(abs(number) < _FARTHEST for number in corners):
        raise WireError("a finite number expected")
    return reading
