"""What is read of our own documents, to the letter: `make golden` rewrites `tests/golden`.

A line is a block: its page, its kind (and level), its text; a row is followed by its header, a
block on several pages by what stands on each. Who changes a reader looks at the difference.
"""

from pathlib import Path

import pytest
from places import DOCUMENTS

from ingest.formats import READERS, sniff
from search.documents import Block, Reading

GOLDEN = Path(__file__).resolve().parent / "golden"
NAMES = sorted(path.name for path in DOCUMENTS.iterdir())


def written(reading: Reading) -> str:
    """The reading as lines for people."""
    facts = {
        "title": reading.title,
        "language": reading.language,
        "created": reading.created,
        "pages": len(reading.shapes) if reading.paged else None,
        "labels": " ".join(shape.label for shape in reading.shapes if shape.label),
        "hidden": " ".join(str(shape.number) for shape in reading.shapes if shape.hidden),
    }
    lines = [f"{name}: {value}" for name, value in facts.items() if value]
    lines += [f"running: {one_line(text)}" for text in reading.running]
    for shape in reading.shapes:
        lines += [f"dropped: {shape.number} {one_line(text)}" for text in shape.dropped]
    lines += [f"warning: {text}" for text in reading.warnings]
    return "\n".join([*lines, "", *map(block_line, reading.blocks), ""])


def block_line(block: Block) -> str:
    level = f" {block.level}" if block.level else ""
    text = " ⏎ ".join(f"[{part.page}] {one_line(part.text)}" for part in block.parts[1:])
    first = block.parts[0]
    header = f"   ({one_line(block.header)})" if block.header else ""
    rest = f" ⏎ {text}" if text else ""
    return f"[{first.page}] {block.kind}{level}: {one_line(first.text)}{rest}{header}"


def one_line(text: str) -> str:
    return text.replace("\n", " ¶ ")


@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_read_as_its_golden_file_says(name: str, pytestconfig: pytest.Config) -> None:
    data = (DOCUMENTS / name).read_bytes()
    found = written(READERS[sniff(data, name)](data, name))
    golden = GOLDEN / f"{name}.txt"
    if pytestconfig.getoption("rewrite_golden"):
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(found, encoding="utf-8")
    assert found.splitlines() == golden.read_text(encoding="utf-8").splitlines()


def test_every_golden_file_has_its_document() -> None:
    assert sorted(path.name for path in GOLDEN.iterdir()) == [f"{name}.txt" for name in NAMES]


def test_the_switch_that_rewrites_golden_files_is_off(pytestconfig: pytest.Config) -> None:
    assert not pytestconfig.getoption("rewrite_golden")
