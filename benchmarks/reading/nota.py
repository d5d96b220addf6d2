"""The concept note in one and two columns: structure, timetable by the clock, running lines."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.reading.material import Truth, passages_of, read
from benchmarks.reading.report import Report, Target
from benchmarks.reading.structure import Score, files_with_truth, measure, score_lines
from benchmarks.reading.texts import Found, compare, flat
from ingest.metadata.agenda import agenda_items
from search.documents import Passage, Reading

RUNNING = re.compile(r"Nota conceptual — Página|UN DESA/DPIDG · Taller FLACMA")
TIME = re.compile(r"(\d{1,2})[:.](\d{2})")


def measure_nota(data: Path) -> Report:
    """The concept note: every heading, row and note in its place, by the clock."""
    scores, missed = measure(data / "nota")
    agendas: dict[str, Found] = {}
    leaks: dict[str, int] = {}
    failing = missed
    for path, truth in files_with_truth(data / "nota"):
        label = f"{path.parent.name}/{path.name}"
        reading = read(path).reading
        _, passages = passages_of(reading, path.name)
        expected, came = expected_items(truth), read_items(passages)
        agendas[label] = compare(expected, came)
        leaks[label] = len(leaking(reading, passages))
        failing += [f"{label}: agenda row lost: {item}" for item in expected if item not in came]
        failing += [f"{label}: agenda row made up: {item}" for item in came if item not in expected]
    table = [
        *score_lines(scores),
        *(
            f"{label}: agenda items {agendas[label].same}/{agendas[label].expected}"
            f" of {agendas[label].came} read, {leaks[label]} running lines"
            for label in agendas
        ),
    ]
    targets = [
        Target("word order, worst", min(s.word_order for s in scores), least=0.985),
        Target("headings F1, worst", min(s.heading_f1 for s in scores), least=1.0),
        Target("headings in the right place, worst", min(s.nesting for s in scores), least=1.0),
        Target("agenda items F1, worst", min(a.f1 for a in agendas.values()), least=1.0),
        Target("notes attached", _share(scores), least=1.0),
        Target("running lines in passages", sum(leaks.values()), most=0),
    ]
    numbers = {
        "files": [
            {**asdict(s), "agenda": agendas[s.file].f1, "leaks": leaks[s.file]} for s in scores
        ]
    }
    return Report(numbers, table, targets, failing)


def _share(scores: Sequence[Score]) -> float:
    return sum(s.notes_attached for s in scores) / sum(s.notes for s in scores)


def expected_items(truth: Truth) -> list[str]:
    """Each timed row of the truth as `day start-end text`, letters and digits only.

    The day is the heading above, or the row above that has no time.
    """
    items = []
    day = ""
    for block in truth.blocks:
        if block["t"] == "h":
            day = str(block["text"])
        for row in block.get("rows", ()):
            times = [f"{int(hour):02}:{minute}" for hour, minute in TIME.findall(row[0])]
            if times:
                items.append(_item(day, times, " ".join(row)))
            else:
                day = " ".join(row)
    return items


def read_items(passages: tuple[Passage, ...]) -> list[str]:
    """The agenda items of the passages in the same form."""
    texts = {passage.id: passage.text for passage in passages}
    return [
        _item(
            item.day or "",
            [time for time in (item.start, item.end) if time],
            texts[item.passage_id],
        )
        for item in agenda_items(passages)
    ]


def _item(day: str, times: list[str], text: str) -> str:
    return f"{flat(day)} {'-'.join(times)} {flat(text)}"


def leaking(reading: Reading, passages: tuple[Passage, ...]) -> list[str]:
    """Texts of blocks and passages that carry the note's running header or footer."""
    texts = [block.text for block in reading.blocks]
    texts += [text for p in passages for text in (p.text, p.context, *p.section)]
    return [text for text in texts if RUNNING.search(text)]
