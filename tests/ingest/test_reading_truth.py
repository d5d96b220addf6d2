"""Floors for reading against material with known content; `benchmarks.reading` measures the same.

The floors are what a person would ask of a reader, not what ours happens to give today.
"""

from pathlib import Path
from statistics import mean

import pytest

from benchmarks.reading.markdown import pairs
from benchmarks.reading.markdown import score as score_words
from benchmarks.reading.material import load_truth, passages_of, read
from benchmarks.reading.nota import expected_items, leaking, read_items
from benchmarks.reading.provenance import check
from benchmarks.reading.scans import scanned
from benchmarks.reading.structure import Score
from benchmarks.reading.structure import score as score_structure
from benchmarks.reading.texts import compare, words
from ingest.sandbox.pool import Sandbox
from search.documents import Method

NOTES = [
    f"nota/{place}nota_{columns}.pdf" for place in ("", "untagged/") for columns in ("1col", "2col")
]
COURSES = (
    "ANEXO_2_doc11_pobreza_infantil",
    "ANEXO_3_doc13_impuesto_carbono",
    "NOTA_METODOLOGICA_EQUIPO_CURSO",
)


def structure(shared_data: Path, file: str) -> Score:
    path = shared_data / file
    folder = shared_data / file.partition("/")[0]
    return score_structure(file, read(path), load_truth(folder / f"{path.stem}.gt.json"))


@pytest.mark.parametrize("file", NOTES)
def test_the_concept_note_is_read_whole_and_in_order(shared_data: Path, file: str) -> None:
    score = structure(shared_data, file)
    assert score.word_order >= 0.985
    assert (score.heading_precision, score.heading_recall, score.nesting) == (1.0, 1.0, 1.0)
    assert (score.row_recall, score.row_precision, score.cells_right) == (1.0, 1.0, 1.0)
    assert (score.notes_right, score.notes_attached) == (2, 2)


@pytest.mark.parametrize("file", NOTES)
def test_each_row_of_both_timetables_has_its_day_and_its_times(
    shared_data: Path, file: str
) -> None:
    path = shared_data / file
    truth = load_truth(shared_data / "nota" / f"{path.stem}.gt.json")
    reading = read(path).reading
    _, passages = passages_of(reading, path.name)
    assert read_items(passages) == expected_items(truth)
    assert leaking(reading, passages) == []


@pytest.mark.parametrize("course", COURSES)
@pytest.mark.parametrize(
    ("place", "suffix", "rows"),
    [("", ".pdf", 0.9), ("untagged/", ".pdf", 0.8), ("", ".docx", 0.99)],
    ids=["tagged", "untagged", "docx"],
)
def test_headings_and_table_rows_of_course_notes(
    shared_data: Path, course: str, place: str, suffix: str, rows: float
) -> None:
    score = structure(shared_data, f"truth/{place}{course}{suffix}")
    assert score.word_order >= 0.985
    assert score.heading_f1 >= 0.9
    assert score.row_recall >= rows
    assert score.row_precision >= rows


def test_the_words_of_guides_are_those_of_their_source(shared_data: Path) -> None:
    scores = [score_words(*pair) for pair in pairs(shared_data) if not pair[2]]
    assert len(scores) == 9
    assert {score.file: score.word_f1 for score in scores if score.word_f1 < 0.97} == {}


@pytest.mark.parametrize(
    "file", ["nota/nota_2col.pdf", "docs/ai-un-report/774841f7_A_79_954.en.pdf"]
)
def test_the_boxes_of_passages_hold_their_words_and_no_others(shared_data: Path, file: str) -> None:
    path = shared_data / file
    _, passages = passages_of(read(path).reading, path.name)
    scores = [score for passage in passages for score in check(path, passage)]
    assert mean(score.coverage for score in scores) >= 0.99
    # A word broken at the end of a page is whole on it, but its box holds the first half only.
    assert [score for score in scores if score.coverage < 0.9 or score.centred < 0.9] == []
    assert [score for score in scores if score.excess > 0.05] == []


def test_a_bad_scan_of_the_concept_note_is_recognised(shared_data: Path) -> None:
    pages = [3]
    path = shared_data / "nota" / "nota_1col.pdf"
    numbers = {page + 1 for page in pages}
    parts = [part for block in read(path).reading.blocks for part in block.parts]
    expected = [word for part in parts if part.page in numbers for word in words(part.text)]
    with Sandbox() as sandbox:
        reading = sandbox.read(scanned(path, 200, pages), "escaneado.pdf")
    came = [word for block in reading.blocks for word in words(block.text)]
    assert [shape.method for shape in reading.shapes] == [Method.OCR]
    assert compare(expected, came).recall >= 0.99
    accented = [word for word in expected if set(word) & set("áéíóúñ")]
    assert compare(accented, came).recall >= 0.99
