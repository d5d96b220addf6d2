"""Damaged files of every format: each ends as a reading or an explained error, none harms us."""

import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_files import SMALL_FILES

from benchmarks.reading.material import passages_of
from ingest.errors import ReadError
from ingest.sandbox.pool import Limits, Sandbox
from search.documents import Reading

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")

LIMITS = Limits(memory_bytes=1 << 30, cpu_seconds=2, wall_seconds=4.0, page_seconds=1)
SEEDS = {name: make() for name, make in SMALL_FILES.items()}
ARCHIVES = [name for name, data in SEEDS.items() if data.startswith(b"PK")]
KINDS = ("flip", "cut", "splice", "swap", "zero")

each_time_the_same = settings(
    max_examples=25,  # of each format: all of them take some 15 seconds
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(LIMITS) as ready:
        yield ready


def children() -> set[int]:
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(child) for task in tasks for child in task.read_text().split()}


def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """The bytes with one to three small damages: bits turned, the end lost, a piece of another
    file put in, two pieces changed over, a piece set to zero."""
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3)):
        first, second = sorted(draw(st.integers(0, len(data))) for _ in range(2))
        before, piece, after = data[:first], data[first:second], data[second:]
        if kind == "flip":
            data = before + bytes(byte ^ 1 << first % 8 for byte in piece[:9]) + piece[9:] + after
        elif kind == "cut":
            data = before + piece
        elif kind == "splice":
            other = SEEDS[draw(st.sampled_from(sorted(SEEDS)))]
            data = before + other[: len(other) // 2] + piece + after
        elif kind == "swap":
            half = len(piece) // 2
            data = before + piece[half:] + piece[:half] + after
        else:
            data = before + bytes(min(len(piece), 64)) + piece[64:] + after
    return data


@st.composite
def files(draw: st.DrawFn, name: str) -> bytes:
    """The seed of a format, damaged from outside."""
    return damaged(draw, SEEDS[name])


@st.composite
def archives(draw: st.DrawFn, name: str) -> bytes:
    """A seed that is an archive, with one entry damaged, lost, or in the place of another."""
    with zipfile.ZipFile(io.BytesIO(SEEDS[name])) as archive:
        entries = {each: archive.read(each) for each in archive.namelist()}
    one, other = (draw(st.sampled_from(sorted(entries))) for _ in range(2))
    if one == other:
        entries[one] = damaged(draw, entries[one])
    else:
        entries[one], entries[other] = entries[other], entries[one]
    if draw(st.booleans()):
        del entries[draw(st.sampled_from(sorted(entries)))]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for each, content in entries.items():
            archive.writestr(each, content)
    return stream.getvalue()


def outcome(sandbox: Sandbox, data: bytes, name: str) -> str:
    """What becomes of a file; the passages of a reading must be such as can be stored."""
    try:
        reading = sandbox.read(data, name)
    except ReadError as error:
        assert str(error)
        return type(error).__name__
    passages_of(reading, name)
    return type(reading).__name__


def all_errors(kind: type[ReadError] = ReadError) -> set[str]:
    return {kind.__name__}.union(*(all_errors(each) for each in kind.__subclasses__()))


KNOWN = all_errors() | {Reading.__name__}


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_the_seed_itself_is_read(sandbox: Sandbox, name: str) -> None:
    text = " ".join(block.text for block in sandbox.read(SEEDS[name], name).blocks)
    assert "Innovación pública" in text or "El taller dura dos días" in text


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_a_damaged_file_ends_as_a_reading_or_an_error(sandbox: Sandbox, name: str) -> None:
    fork_server = children()

    @each_time_the_same
    @given(data=files(name))
    def read(data: bytes) -> None:
        assert outcome(sandbox, data, name) in KNOWN

    read()
    assert children() == fork_server


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_with_wrong_entries_ends_as_a_reading_or_an_error(
    sandbox: Sandbox, name: str
) -> None:
    fork_server = children()

    @each_time_the_same
    @given(data=archives(name))
    def read(data: bytes) -> None:
        assert outcome(sandbox, data, name) in KNOWN

    read()
    assert children() == fork_server
