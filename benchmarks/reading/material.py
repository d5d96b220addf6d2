"""Files with known content: what they say, and what our readers make of them."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.formats import READERS, sniff
from ingest.passages import make_pages, make_passages
from search.documents import Document, DocumentType, Page, Passage, Reading

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@dataclass(frozen=True, slots=True)
class Truth:
    """What a file says: its blocks in reading order (`t` is title, h, p, li or table), its notes
    by their mark."""

    name: str
    blocks: tuple[dict[str, Any], ...]
    notes: dict[str, str]

    @property
    def text(self) -> str:
        return "\n".join(_text(block) for block in self.blocks)

    @property
    def rows(self) -> list[list[str]]:
        tables = (block["rows"] for block in self.blocks if block["t"] == "table")
        return [row for table in tables for row in table if any(row)]


@dataclass(frozen=True, slots=True)
class Read:
    """A reading and the processor time it took, in a process that has the libraries loaded."""

    reading: Reading
    seconds: float


def load_truth(path: Path) -> Truth:
    content = json.loads(path.read_text(encoding="utf-8"))
    name = path.name.removesuffix(".gt.json")
    return Truth(name, tuple(content["blocks"]), content.get("fn", {}))


def read(path: Path) -> Read:
    """Read by the format's own reader, in this process: only for files that we trust."""
    data = path.read_bytes()
    started = time.process_time()
    reading = READERS[sniff(data, path.name)](data, path.name)
    return Read(reading, time.process_time() - started)


def passages_of(reading: Reading, name: str) -> tuple[tuple[Page, ...], tuple[Passage, ...]]:
    """The stored pages and passages; a word counts as 4/3 of a token, all is Spanish."""
    document = Document(
        id=name,
        title=name,
        document_type=DocumentType.OTHER,
        language="es",
        file=name,
        root="",
        path=name,
        sha256="",
        media_type="",
        pages=len(reading.shapes),
        paged=reading.paged,
    )
    pages = make_pages(reading)
    passages = make_passages(
        reading, pages, document, lambda _: "es", lambda text: len(text.split()) * 4 // 3
    )
    return pages, passages


def _text(block: dict[str, Any]) -> str:
    if block["t"] == "table":
        return "\n".join(" ".join(row) for row in block["rows"])
    return str(block["text"])
