"""Scores against block ground truth: word order, headings and their nesting, table rows, notes."""

import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.reading.material import Read, Truth, load_truth, read
from benchmarks.reading.report import Report, Target
from benchmarks.reading.texts import Found, compare, flat, order_similarity, words
from search.documents import Block, BlockKind, Reading

HEADINGS = (BlockKind.HEADING, BlockKind.TITLE)
ROWS = (BlockKind.TABLE_ROW, BlockKind.AGENDA_ITEM)
LONGEST = 200  # characters of a failing case that are shown
TIMED = re.compile(r"\d{1,2}[:.]\d{2}")
CITING = 30  # letters up to a note's mark that tell which paragraph cites it


@dataclass(frozen=True, slots=True)
class Score:
    """What one file gave: shares from 0 to 1, counts, processor time."""

    file: str
    word_order: float
    heading_precision: float
    heading_recall: float
    heading_f1: float
    nesting: float
    row_recall: float
    row_precision: float
    rows_in_any_order: float
    """Recall of rows by their letters alone: what stands on two pages is read page by page."""
    rows: int
    cells_right: float
    headers_right: float
    notes_right: int
    notes_attached: int
    notes: int
    ms_per_page: float


def files_with_truth(folder: Path) -> list[tuple[Path, Truth]]:
    """Each file beside its ground truth, as PDF with tags, without, and as DOCX."""
    found: list[tuple[Path, Truth]] = []
    for path in sorted(folder.glob("*.gt.json")):
        truth = load_truth(path)
        places = (folder, folder / "untagged")
        files = [place / f"{truth.name}.pdf" for place in places] + [folder / f"{truth.name}.docx"]
        found.extend((file, truth) for file in files if file.is_file())
    return sorted(found, key=lambda item: (item[0].suffix, item[0].parent.name == "untagged"))


def measure(folder: Path) -> tuple[list[Score], list[str]]:
    scores: list[Score] = []
    missed: list[str] = []
    for path, truth in files_with_truth(folder):
        print(f"  {path.name}", file=sys.stderr)
        done = read(path)
        label = f"{path.parent.name}/{path.name}"
        scores.append(score(label, done, truth))
        missed.extend(what_is_missed(label, done.reading, truth))
    return scores, missed


def score(label: str, done: Read, truth: Truth) -> Score:
    reading = done.reading
    body = [block for block in reading.blocks if block.kind is not BlockKind.FOOTNOTE]
    headings = compare(heading_texts(truth), read_headings(reading))
    rows, read = score_rows(reading, truth), _read_rows(reading)
    right, attached = score_notes(reading, truth)
    return Score(
        file=label,
        word_order=order_similarity(
            words(truth.text), [word for block in body for word in words(block.text)]
        ),
        heading_precision=headings.precision,
        heading_recall=headings.recall,
        heading_f1=headings.f1,
        nesting=score_nesting(reading, truth),
        row_recall=rows.recall,
        row_precision=rows.precision,
        rows_in_any_order=compare(map(_letters, _row_texts(truth)), map(_letters, read)).recall,
        rows=rows.expected,
        cells_right=compare(_cells(truth.rows), _cells(_split_rows(reading))).recall,
        headers_right=compare(expected_headers(truth), _read_headers(reading)).recall,
        notes_right=right,
        notes_attached=attached,
        notes=len(truth.notes),
        ms_per_page=round(1000 * done.seconds / max(len(reading.shapes), 1), 1),
    )


def heading_texts(truth: Truth) -> list[str]:
    return [flat(block["text"]) for block in truth.blocks if block["t"] in ("h", "title")]


def read_headings(reading: Reading) -> list[str]:
    return [flat(block.text) for block in reading.blocks if block.kind in HEADINGS]


def score_nesting(reading: Reading, truth: Truth) -> float:
    """Of the headings that truth and reading share, those that stand below the same heading."""
    common = set(heading_texts(truth)) & set(read_headings(reading))
    expected = _parents(
        [
            (flat(block["text"]), block.get("lv") or 0)
            for block in truth.blocks
            if block["t"] in ("h", "title") and flat(block["text"]) in common
        ]
    )
    came = _parents(
        [
            (flat(block.text), block.level)
            for block in reading.blocks
            if block.kind in HEADINGS and flat(block.text) in common
        ]
    )
    return compare(expected, came).recall


def _parents(headings: list[tuple[str, int]]) -> list[str]:
    """`child below parent` for each heading, in order."""
    path: list[tuple[str, int]] = []
    pairs = []
    for text, level in headings:
        path = [above for above in path if above[1] < level]
        pairs.append(f"{text} below {path[-1][0] if path else ''}")
        path.append((text, level))
    return pairs


def score_rows(reading: Reading, truth: Truth) -> Found:
    """Whole rows, all their cells flattened into one text."""
    return compare(_row_texts(truth), _read_rows(reading))


def _row_texts(truth: Truth) -> list[str]:
    return [flat(" ".join(row)) for row in truth.rows]


def _letters(text: str) -> str:
    return "".join(sorted(text))


def _cells(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows again, but with their cells apart."""
    return [" | ".join(flat(cell) for cell in row if flat(cell)) for row in rows]


def _split_rows(reading: Reading) -> list[list[str]]:
    return [block.text.split(" | ") for block in reading.blocks if block.kind in ROWS]


def expected_headers(truth: Truth) -> list[str]:
    """Every row below the first of its table, with the first: what its cells mean.

    Not where the first row opens with a time: such a table has no header row.
    """
    return [
        f"{flat(' '.join(block['rows'][0]))} over {flat(' '.join(row))}"
        for block in truth.blocks
        if block["t"] == "table" and not TIMED.match(block["rows"][0][0])
        for row in block["rows"][1:]
    ]


def _read_headers(reading: Reading) -> list[str]:
    rows = (block for block in reading.blocks if block.kind in ROWS)
    return [f"{flat(row.header)} over {flat(row.text)}" for row in rows]


def _read_rows(reading: Reading) -> list[str]:
    return [flat(block.text) for block in reading.blocks if block.kind in ROWS]


def score_notes(reading: Reading, truth: Truth) -> tuple[int, int]:
    """How many notes were read as notes with their text, and how many of them stand right after
    the paragraph that cites them (other notes of it between)."""
    right = attached = 0
    for mark, note in truth.notes.items():
        place = next((i for i, b in enumerate(reading.blocks) if _is_note(b, note)), None)
        if place is None:
            continue
        right += 1
        above = [b for b in reading.blocks[:place] if b.kind is not BlockKind.FOOTNOTE]
        citing = _citing(truth, mark)
        attached += bool(above) and citing in flat(above[-1].text)
    return right, attached


def _is_note(block: Block, note: str) -> bool:
    return block.kind is BlockKind.FOOTNOTE and flat(block.text).endswith(flat(note))


def _citing(truth: Truth, mark: str) -> str:
    text = next(str(b["text"]) for b in truth.blocks if mark in b.get("text", ""))
    return flat(text.partition(mark)[0])[-CITING:] + flat(mark)


def what_is_missed(label: str, reading: Reading, truth: Truth) -> list[str]:
    """One line for each heading or row that was lost or made up."""
    kinds = {
        "heading": (
            [str(block["text"]) for block in truth.blocks if block["t"] in ("h", "title")],
            [block.text for block in reading.blocks if block.kind in HEADINGS],
        ),
        "row": (
            [" | ".join(row) for row in truth.rows],
            [block.text for block in reading.blocks if block.kind in ROWS],
        ),
    }
    lines = []
    for kind, (expected, came) in kinds.items():
        lines += [f"{label}: {kind} lost: {text}" for text in _without(expected, came)]
        lines += [f"{label}: {kind} made up: {text}" for text in _without(came, expected)]
    return [line[:LONGEST] for line in lines]


def _without(texts: Sequence[str], others: Sequence[str]) -> list[str]:
    known = {flat(other) for other in others}
    return [text for text in texts if flat(text) not in known]


def score_lines(scores: Sequence[Score]) -> list[str]:
    """A table for people."""
    lines = [
        "order  head P/R/F1       nest  rows R/P (n)       any o cells hdrs  notes      ms/p  file"
    ]
    lines += [
        f"{s.word_order:.3f}  {s.heading_precision:.2f}/{s.heading_recall:.2f}/{s.heading_f1:.3f}"
        f"  {s.nesting:.2f}  {s.row_recall:.3f}/{s.row_precision:.3f} ({s.rows:3})"
        f"  {s.rows_in_any_order:.2f}  {s.cells_right:.2f}  {s.headers_right:.2f}"
        f"  {s.notes_right}/{s.notes}, {s.notes_attached} at  {s.ms_per_page:5}  {s.file}"
        for s in scores
    ]
    return lines


def measure_truth(data: Path) -> Report:
    """Three course notes with many tables: PDF with tags, without, and the DOCX they come from."""
    scores, missed = measure(data / "truth")
    tagged = [s for s in scores if s.file.startswith("truth/") and s.file.endswith(".pdf")]
    untagged = [s for s in scores if s.file.startswith("untagged/")]
    office = [s for s in scores if s.file.endswith(".docx")]
    targets = []
    for name, group, rows in (
        ("tagged", tagged, 0.9),
        ("untagged", untagged, 0.8),
        ("docx", office, 0.9),
    ):
        targets += [
            Target(f"{name}: word order, worst", min(s.word_order for s in group), least=0.985),
            Target(f"{name}: headings F1, worst", min(s.heading_f1 for s in group), least=0.9),
            Target(f"{name}: rows recall, worst", min(s.row_recall for s in group), least=rows),
        ]
    numbers = {"files": [asdict(s) for s in scores]}
    return Report(numbers, score_lines(scores), targets, missed)
