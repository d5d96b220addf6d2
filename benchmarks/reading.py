"""How well PDFs are read: word order, headings, timetable rows, leaks of running lines, speed.

Run `python -m benchmarks.reading [FOLDER]`; the folder holds `nota/`, `truth/` and `docs/`. Prints
a table and writes `benchmarks/results/reading.json`.
"""

import json
import re
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from pathlib import Path
from statistics import median
from typing import Any

from ingest.errors import ReadError
from ingest.readers.pdf import read_pdf
from ingest.times import time_cell
from search.types import BlockKind, Reading

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RESULTS = Path(__file__).resolve().parent / "results" / "reading.json"
RUNNING = re.compile(r"Nota conceptual — Página|UN DESA/DPIDG · Taller FLACMA")
HEADINGS = (BlockKind.HEADING, BlockKind.TITLE)


@dataclass(frozen=True, slots=True)
class Score:
    """What one file with ground truth gave, each from 0 to 1 but the counts and the time."""

    file: str
    word_order: float
    heading_precision: float
    heading_recall: float
    levels_right: float
    rows_right: int
    rows: int
    notes_right: int
    notes: int
    leaks: int
    ms_per_page: float


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def flat(text: str) -> str:
    return "".join(words(text))


def truth_text(truth: dict[str, Any]) -> list[str]:
    texts: list[str] = []
    for block in truth["blocks"]:
        if block["t"] == "table":
            texts.extend(" ".join(row) for row in block["rows"])
        else:
            texts.append(block["text"])
    return texts


def timed_rows(truth: dict[str, Any]) -> list[tuple[str, str]]:
    tables = (block["rows"] for block in truth["blocks"] if block["t"] == "table")
    rows = (row for table in tables for row in table if row and time_cell(row[0]))
    return [(flat(row[0]), flat(" ".join(row[1:]))) for row in rows]


def score(pdf: Path, truth: dict[str, Any]) -> Score:
    started = time.process_time()
    reading = read_pdf(pdf.read_bytes(), pdf.name)
    spent = time.process_time() - started
    expected = [word for text in truth_text(truth) for word in words(text)]
    body = [block for block in reading.blocks if block.kind is not BlockKind.FOOTNOTE]
    got = [word for block in body for word in words(block.text)]
    order = SequenceMatcher(None, expected, got, autojunk=False).ratio()
    precision, recall, levels = score_headings(reading, truth)
    rows = timed_rows(truth)
    cells = [block.text.partition(" | ") for block in body if block.kind is BlockKind.AGENDA_ITEM]
    read_rows = {(flat(cell), flat(rest)) for cell, _, rest in cells}
    notes = [flat(note) for note in truth.get("fn", {}).values()]
    read_notes = [flat(b.text) for b in reading.blocks if b.kind is BlockKind.FOOTNOTE]
    return Score(
        file=f"{pdf.parent.name}/{pdf.name}",
        word_order=round(order, 4),
        heading_precision=round(precision, 3),
        heading_recall=round(recall, 3),
        levels_right=round(levels, 3),
        rows_right=sum(row in read_rows for row in rows),
        rows=len(rows),
        notes_right=sum(any(read.endswith(note) for read in read_notes) for note in notes),
        notes=len(notes),
        leaks=sum(RUNNING.search(block.text) is not None for block in reading.blocks),
        ms_per_page=round(1000 * spent / len(reading.shapes), 1),
    )


def score_headings(reading: Reading, truth: dict[str, Any]) -> tuple[float, float, float]:
    """Precision and recall of headings (titles count), and the share whose levels differ from the
    truth by the same amount: what counts is the nesting."""
    expected = {
        flat(block["text"]): block.get("lv", 0)
        for block in truth["blocks"]
        if block["t"] in ("h", "title")
    }
    got = {flat(b.text): b.level for b in reading.blocks if b.kind in HEADINGS}
    common = set(expected) & set(got)
    differences = Counter(got[key] - expected[key] for key in common)
    same = max(differences.values(), default=0)
    return (
        len(common) / max(len(got), 1),
        len(common) / max(len(expected), 1),
        same / max(len(common), 1),
    )


def speed(folder: Path) -> dict[str, float]:
    """CPU milliseconds a page of every readable file below the folder."""
    spent: list[float] = []
    pages = unreadable = 0
    for pdf in sorted(folder.rglob("*.pdf")):
        started = time.process_time()
        try:
            reading = read_pdf(pdf.read_bytes(), pdf.name)
        except ReadError:
            unreadable += 1
            continue
        spent.append(1000 * (time.process_time() - started) / len(reading.shapes))
        pages += len(reading.shapes)
    return {
        "files": len(spent),
        "unreadable": unreadable,
        "pages": pages,
        "ms_per_page_median": round(median(spent), 1),
        "ms_per_page_worst": round(max(spent), 1),
    }


def main() -> int:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    if not data.is_dir():
        print(f"no material in {data}", file=sys.stderr)
        return 2
    scores = []
    for found in sorted([*data.glob("nota/*.gt.json"), *data.glob("truth/*.gt.json")]):
        truth = json.loads(found.read_text(encoding="utf-8"))
        name = found.name.replace(".gt.json", ".pdf")
        pdfs = (found.parent / name, found.parent / "untagged" / name)
        scores.extend(score(pdf, truth) for pdf in pdfs)
    print("order  head P/R    levels rows   notes leaks ms/p  file")
    for row in scores:
        print(
            f"{row.word_order:.3f}  {row.heading_precision:.2f}/{row.heading_recall:.2f}"
            f"   {row.levels_right:.2f}   {row.rows_right:2}/{row.rows:<2}"
            f"  {row.notes_right}/{row.notes}   {row.leaks:3}   {row.ms_per_page:5}  {row.file}"
        )
    timing = speed(data / "docs")
    print(timing)
    RESULTS.parent.mkdir(exist_ok=True)
    report = {"truth": [asdict(row) for row in scores], "docs": timing}
    RESULTS.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
