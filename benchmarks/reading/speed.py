"""What reading costs: processor time a page, and its share in a whole ingest with the real model.

Pages that must be recognised from images cost seconds and are not meant here: the time a page is
that of the format's own reader, and the ingest is of files without such pages.
"""

import gc
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.reading.material import read
from benchmarks.reading.report import Report, Target
from ingest.errors import ReadError
from ingest.pipeline import Watch, ingest
from ingest.sandbox.pool import Sandbox
from search.embedding.encoder import open_embedder
from search.index import open_writer

MODEL = Path(__file__).resolve().parents[2] / "data" / "model"
FIRST, EVERY = 4, 9  # the sample that is ingested: documents in the order of their paths
MAX_PAGES = 60
ROUNDS = 2  # the faster counts: what else runs on the machine only makes it slower


@dataclass(frozen=True, slots=True)
class Timed:
    """One readable PDF."""

    path: Path
    pages: int
    ms_per_page: float
    scans: int


def measure_speed(data: Path) -> Report:
    """Processor time of reading, alone and within an ingest."""
    timed = [one for path in sorted((data / "docs").rglob("*.pdf")) for one in time_pdf(path)]
    pages = sum(one.pages for one in timed)
    typical = round(median(one.ms_per_page for one in timed), 1)
    worst = max(timed, key=lambda one: one.ms_per_page)
    clean = [one for one in timed if not one.scans and one.pages <= MAX_PAGES]
    share = time_ingest([one.path for one in clean[FIRST::EVERY]])
    numbers = {
        "files": len(timed),
        "pages": pages,
        "ms_per_page_median": typical,
        "ms_per_page_all_pages": round(sum(o.ms_per_page * o.pages for o in timed) / pages, 1),
        "ms_per_page_worst": worst.ms_per_page,
        "worst": worst.path.name,
        "ingest": asdict(share),
    }
    table = [f"{name}: {value}" for name, value in numbers.items()]
    slow = sorted(timed, key=lambda one: -one.ms_per_page)[:10]
    targets = [
        Target("CPU ms a page, median over files", typical, most=12),
        Target("share of parsing in an ingest", share.parsing_share, most=0.15),
    ]
    failing = [f"slow: {one.ms_per_page} ms/page, {one.pages} p. {one.path.name}" for one in slow]
    return Report(numbers, table, targets, failing)


def time_pdf(path: Path) -> list[Timed]:
    """Nothing where the file cannot be read. Without the collector of cyclic garbage, as in the
    processes that read users' files."""
    gc.disable()
    try:
        rounds = [read(path) for _ in range(ROUNDS)]
    except ReadError:
        return []
    finally:
        gc.enable()
    seconds, reading = min(done.seconds for done in rounds), rounds[0].reading
    pages = len(reading.shapes)
    return [Timed(path, pages, round(1000 * seconds / pages, 1), len(reading.scans))]


@dataclass(frozen=True, slots=True)
class Share:
    """Processor seconds of an ingest: of the processes that read, and of all else, which is
    nearly all embedding. `starting` is what loading the reader libraries takes of the first."""

    files: int
    passages: int
    reading_seconds: float
    other_seconds: float
    starting_seconds: float
    parsing_share: float


def time_ingest(paths: Sequence[Path]) -> Share:
    """The whole of `ingest` into a new index; every process it starts is counted."""
    for path in paths:
        print(f"  ingest {path.name}", file=sys.stderr)
    embedder = open_embedder(str(MODEL))
    starting = _processor_seconds(_start_readers)[1]
    done: list[int] = []
    watch = Watch(
        lambda _files, _bytes: None, done.append, lambda _outcome, _bytes: None, lambda *_: None
    )
    with tempfile.TemporaryDirectory() as folder:
        index = open_writer(Path(folder, "index"), embedder.name, create=True)
        own, children = _processor_seconds(lambda: ingest(paths, index, embedder, watch))
        index.close()
    share = round(children / (own + children), 4)
    seconds = (round(own, 2), round(children, 2), round(starting, 2))
    return Share(len(paths), sum(done), seconds[1], seconds[0], seconds[2], share)


def _start_readers() -> None:
    with Sandbox() as sandbox:
        sandbox.read(b"uno", "uno.txt")


def _processor_seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Of this process, and of those it started that have ended."""
    own, before = time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    children = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.process_time() - own, children
