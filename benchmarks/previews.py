"""What the images of pages weigh and cost: bytes and processor time a page, for each width.

    python -m benchmarks.previews [FOLDER …]

Draws at most ten pages, evenly spread, of each PDF in the folders (by default those of `corpus`
and, if they are there, the real documents beside the project), in this process, as the limited
child does. Prints a table and writes `benchmarks/results/previews.json`.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import pypdfium2 as pdfium

from ingest.errors import ReadError
from ingest.pdf.render import MOST_BYTES, draw_page
from ingest.sandbox.previews import Width

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (ROOT / "corpus" / "documentos", ROOT.parent / "shared" / "data" / "docs")
RESULTS = Path(__file__).resolve().parent / "results" / "previews.json"
MOST_PAGES = 10
LOSSLESS = b"VP8L"


@dataclass(frozen=True, slots=True)
class Drawn:
    """One page as an image."""

    size: int
    milliseconds: float
    lossless: bool


def sample(path: Path) -> tuple[bytes, list[int]]:
    """A PDF and which of its pages to draw; none of one that cannot be opened."""
    data = path.read_bytes()
    try:
        pages = len(pdfium.PdfDocument(data))
    except pdfium.PdfiumError as error:
        print(f"{path.name}: {error}", file=sys.stderr)
        return data, []
    spread = np.linspace(1, pages, min(pages, MOST_PAGES)).round()
    return data, sorted({int(page) for page in spread})


def draw(files: Sequence[Path], width: int) -> Iterator[Drawn]:
    for path in files:
        data, pages = sample(path)
        for page in pages:
            started = time.process_time()
            try:
                content = draw_page(data, page, width)
            except ReadError as error:
                print(f"{path.name}: {error}", file=sys.stderr)
                continue
            spent = 1000 * (time.process_time() - started)
            yield Drawn(len(content), spent, content[12:16] == LOSSLESS)


def summary(drawn: Sequence[Drawn]) -> dict[str, float]:
    sizes = [item.size / 1000 for item in drawn]
    times = [item.milliseconds for item in drawn]
    return {
        "pages": len(drawn),
        "KB, median": round(median(sizes), 1),
        "KB, 95 %": round(float(np.percentile(sizes, 95)), 1),
        "KB, most": round(max(sizes), 1),
        "share within 150 KB": round(sum(s * 1000 <= MOST_BYTES for s in sizes) / len(sizes), 4),
        "share lossless": round(sum(item.lossless for item in drawn) / len(drawn), 3),
        "CPU ms, median": round(median(times), 1),
        "CPU ms, 95 %": round(float(np.percentile(times, 95)), 1),
        "CPU ms, most": round(max(times), 1),
    }


def revision() -> str:
    git = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, default=FOLDERS)
    folders = parser.parse_args(arguments).folders
    results: dict[str, object] = {"revision": revision()}
    for folder in folders:
        files = sorted(folder.rglob("*.pdf"))
        if not files:
            print(f"no PDF in {folder}", file=sys.stderr)
            continue
        name = folder.resolve().name
        results[name] = {"files": len(files)}
        for width in Width:
            numbers = summary(list(draw(files, width)))
            results[name][str(width)] = numbers  # type: ignore[index]
            row = "  ".join(f"{title} {value:g}" for title, value in numbers.items())
            print(f"{name} {width:5} px  {row}", flush=True)
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
