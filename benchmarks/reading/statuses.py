"""Does every file end as it should: read, without text, or refused with the right cause?

All documents of `docs/`, `odd/` and `hostile/` go through the sandbox as users' files do. Watched
are the clock (nothing may run longer than its limits), the memory of each child, the text (what a
hostile file points at must not be in it), this process, and the folders where a parser could leave
something behind.
"""

import re
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reading.report import Report, Target
from ingest.errors import ReadError
from ingest.sandbox.pool import Limits, Sandbox
from ingest.sources import Source, find_sources
from search.documents import Method, Reading

FOLDERS = ("docs", "odd", "hostile")
EXPECTED = {
    # A photograph without words, in several codings.
    "imagemagick-ASCII85Decode.pdf": "no_text",
    "imagemagick-CCITTFaxDecode.pdf": "no_text",
    "imagemagick-images.pdf": "no_text",
    "imagemagick-lzw.pdf": "no_text",
    "grayscale-image.pdf": "no_text",
    "cmyk-image.pdf": "no_text",
    "libreoffice-writer-password.pdf": "Encrypted",
    "shp-inline-shape-access.docx": "read",  # the description of a picture, and no other text
    # No other program opens it: its page tree is lost.
    "unreadablemetadata.pdf": "Unreadable",
}
"""What is right for the files that are not to be read; all others are."""
PARTS = re.compile(r"(word/document|ppt/(slides|notesSlides|charts)/[^/]+)\.xml|content\.xml")
RUN = re.compile(rb"<(?:w:t|a:t|c:v|text:\w+)(?: [^>]*)?>[^<]*[^<\s][^<]*<")
"""Of an Office or OpenDocument file: where its text stands, and a run that is not empty."""
SECRET = "secret.txt"  # noqa: S105 - a file that `xxe.docx` tries to pull in
TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - looked at, not used
CRASHED, LEAKED = "crashed", "leaked"
GRACE = 15.0  # seconds that the sandbox itself may take
SLOW = 20.0  # seconds after which a file is shown
LONGEST = 160  # characters of a message


@dataclass(frozen=True, slots=True)
class Ended:
    """How one file ended. `status` is `read`, `no_text` or the name of the error."""

    folder: str
    path: str
    status: str
    expected: str
    message: str
    pages: int
    recognised: int
    seconds: float
    peak_megabytes: int

    @property
    def right(self) -> bool:
        """Hostile files may end in any way that is explained, but must give away no secret."""
        if self.folder == "hostile":
            return self.status not in (CRASHED, LEAKED)
        return self.status == self.expected


def measure_statuses(data: Path) -> Report:
    """Every document of three folders, through the sandbox."""
    limits = Limits()
    secret = (data / "hostile" / SECRET).read_text(encoding="utf-8").strip()
    before = set(_watched())
    with tempfile.TemporaryDirectory() as scratch:
        tempfile.tempdir = scratch
        ended = [end for folder in FOLDERS for end in _read_all(data / folder, secret, limits)]
        tempfile.tempdir = None
        left = [str(path) for path in Path(scratch).iterdir()]
    left += sorted(set(_watched()) - before)
    return _report(ended, left, limits)


def _read_all(folder: Path, secret: str, limits: Limits) -> Iterator[Ended]:
    with Sandbox(limits) as sandbox:
        for source in find_sources([folder]).sources:
            print(f"  {folder.name}/{source.path}", file=sys.stderr)
            yield _read(sandbox, folder.name, source, secret)


def _read(sandbox: Sandbox, folder: str, source: Source, secret: str) -> Ended:
    started = time.monotonic()
    reading: Reading | None = None
    try:
        reading = sandbox.read(source.read(), source.file)
        status, message = _status(reading), "; ".join(reading.warnings)
        if source.file != SECRET and any(secret in block.text for block in reading.blocks):
            status = LEAKED
    except ReadError as error:
        status, message = type(error).__name__, str(error)
    except Exception as error:  # noqa: BLE001 - what must never happen is what is looked for
        status, message = CRASHED, f"{type(error).__name__}: {error}"
    return Ended(
        folder=folder,
        path=source.path,
        status=status,
        expected=expected_status(source.location),
        message=message[:LONGEST],
        pages=len(reading.shapes) if reading else 0,
        recognised=sum(s.method is Method.OCR for s in reading.shapes) if reading else 0,
        seconds=round(time.monotonic() - started, 1),
        peak_megabytes=sandbox.last_peak >> 20,
    )


def expected_status(path: Path) -> str:
    """What a person would say of the file: known by name, or without a single letter in it."""
    if path.name in EXPECTED:
        return EXPECTED[path.name]
    if path.suffix == ".pdf" and b"%PDF-" not in path.read_bytes():
        return "UnknownFormat"  # pages of the web that somebody saved as the file they wanted
    if not zipfile.is_zipfile(path):
        return "read"
    try:
        with zipfile.ZipFile(path) as archive:
            parts = [archive.read(name) for name in archive.namelist() if PARTS.fullmatch(name)]
    except zipfile.BadZipFile:
        return "read"
    return "read" if any(RUN.search(part) for part in parts) else "no_text"


def _status(reading: Reading) -> str:
    return "read" if any(block.text.strip() for block in reading.blocks) else "no_text"


def _watched() -> Iterator[str]:
    """What lies where programs like to leave things: the places of a user and of the system."""
    for folder in {Path.home(), Path.cwd(), Path("/"), *map(Path, TEMPORARY)}:
        yield from (str(path) for path in folder.iterdir())


def _patience(end: Ended, limits: Limits) -> float:
    """Two readers, and once more for pages that may have to be recognised."""
    recognising = limits.with_scans(end.pages).wall_seconds
    return 2 * (limits.wall_seconds + GRACE) + recognising + GRACE


def _report(ended: list[Ended], left: list[str], limits: Limits) -> Report:
    hung = [end for end in ended if end.seconds > _patience(end, limits)]
    crashed = [end for end in ended if end.status in (CRASHED, LEAKED)]
    peak = max(end.peak_megabytes for end in ended)
    statuses = {
        folder: dict(Counter(end.status for end in ended if end.folder == folder).most_common())
        for folder in FOLDERS
    }
    numbers = {
        "statuses": statuses,
        "recognised_pages": sum(end.recognised for end in ended),
        "slowest_seconds": max(end.seconds for end in ended),
        "peak_megabytes": peak,
        "limit_megabytes": limits.memory_bytes >> 20,
        "left_behind": left,
    }
    targets = [
        Target(
            "files that end otherwise than expected", sum(not end.right for end in ended), most=0
        ),
        Target("hangs", len(hung), most=0),
        Target("crashes and leaks", len(crashed), most=0),
        Target("peak memory of a child, MB", peak, most=limits.memory_bytes >> 20),
        Target("files left behind", len(left), most=0),
    ]
    shown = [end for end in ended if not end.right or end.seconds > SLOW or end in hung]
    failing = [
        f"{'' if end.right else f'EXPECTED {end.expected}: '}{end.folder}/{end.path}: {end.status},"
        f" {end.seconds} s, {end.peak_megabytes} MB, {end.recognised} recognised: {end.message}"
        for end in shown
    ]
    return Report(numbers, [f"{k}: {v}" for k, v in numbers.items()], targets, failing)
