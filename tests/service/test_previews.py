"""Pages as images: small, sharp, in their colours, drawn once, and never by the serving process."""

import hashlib
import io
import logging
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter
from places import DOCUMENTS

from ingest.errors import ReadError, SourceMissing, Stopped, Unreadable
from ingest.pdf import render
from ingest.pdf.render import draw_page, encode
from ingest.sandbox import previews as previews_module
from ingest.sandbox.pool import WorkerPool
from ingest.sandbox.previews import Previews
from ingest.sandbox.wire import Job, Limits
from search.index.files import Picture, forget_files, keep_original, original_file, read_picture

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")

PAGE = DOCUMENTS / "once-principios.pdf"


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    assert image.format == "WEBP"
    return image.convert("RGB")


def kept(index: Path, path: Path = PAGE) -> str:
    """Put a file among the originals of an index; its SHA-256."""
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    keep_original(index, sha256, data)
    return sha256


def counted(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What is handed to worker processes from now on."""
    handed: list[object] = []
    run = WorkerPool.run

    def count(pool: WorkerPool, file: Path, job: Job) -> bytes:
        handed.append(job)
        return run(pool, file, job)

    monkeypatch.setattr(WorkerPool, "run", count)
    return handed


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    tmp_path.chmod(0o755)


@pytest.mark.parametrize("width", [480, 800, 1200])
@pytest.mark.parametrize("path", sorted(DOCUMENTS.glob("*.pdf")), ids=lambda path: path.stem)
def test_a_page_is_a_small_webp_of_the_width_asked(path: Path, width: int) -> None:
    content = draw_page(path.read_bytes(), 1, width)
    image = opened(content)
    assert (image.width, image.height / image.width) == (width, pytest.approx(297 / 210, abs=3e-3))
    assert len(content) <= 150_000 * max(1, (width / 800) ** 2)


def test_colours_stay_within_half_a_level(monkeypatch: pytest.MonkeyPatch) -> None:
    originals = []
    monkeypatch.setattr(render, "encode", lambda image: originals.append(image) or b"")
    data = PAGE.read_bytes()
    draw_page(data, 1, 800)
    monkeypatch.undo()
    image = opened(draw_page(data, 1, 800))
    (original,) = originals
    assert max(high for _, high in ImageChops.difference(image, original).getextrema()) <= 8
    assert blue(image) == pytest.approx(blue(original), rel=0.1)
    assert blue(original) > 2_500  # its headings


def blue(image: Image.Image) -> int:
    """How many pixels are more blue than red."""
    red, _, blue = image.split()
    return sum(ImageChops.subtract(blue, red).histogram()[48:])


def test_photographs_go_lossy_and_within_the_budget_of_a_phone() -> None:
    noise = Image.effect_noise((800, 1131), 90)
    coloured = Image.merge("RGB", (noise, noise.rotate(90), noise.rotate(180)))
    content = encode(coloured.filter(ImageFilter.GaussianBlur(1)))
    assert content[12:16] == b"VP8 "
    assert len(content) <= 150_000
    assert opened(content).size == (800, 1131)
    harder = encode(coloured)
    assert len(harder) <= 150_000
    assert opened(harder).size == (400, 566)


def test_gradients_are_not_cut_into_bands() -> None:
    gradient = Image.linear_gradient("L").resize((800, 1131))
    content = encode(Image.merge("RGB", (gradient, gradient, gradient)))
    assert content[12:16] == b"VP8 "
    levels = opened(content).convert("L").getcolors()
    assert levels is not None
    assert len(levels) > 200


def test_text_is_kept_without_loss() -> None:
    assert draw_page(PAGE.read_bytes(), 1, 800)[12:16] == b"VP8L"


def test_what_cannot_be_drawn_says_why() -> None:
    data = PAGE.read_bytes()
    with pytest.raises(Unreadable, match="no tiene página 99"):
        draw_page(data, 99, 800)
    with pytest.raises(Unreadable, match="no tiene página 0"):
        draw_page(data, 0, 800)
    with pytest.raises(Unreadable, match="dañado y no se puede abrir"):
        draw_page(data[:400], 1, 800)


def test_a_page_is_drawn_once_and_kept(index: Path) -> None:
    picture = Picture(kept(index), 1, 480)
    with Previews(index) as previews:
        assert previews.kept(picture) is None
        first = previews.draw(picture)
    place = index / "previews" / picture.sha256[:2] / f"{picture.sha256}-1-480.webp"
    assert place.read_bytes() == first == draw_page(PAGE.read_bytes(), 1, 480)
    original_file(index, picture.sha256).unlink()  # type: ignore[union-attr]
    with Previews(index) as previews:
        assert previews.draw(picture) == first
        with pytest.raises(SourceMissing):
            previews.draw(Picture(picture.sha256, 2, 480))


def test_two_who_ask_at_once_have_it_drawn_once(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = Picture(kept(index), 1, 480)
    drawn = counted(monkeypatch)
    both = threading.Barrier(2)

    def ask(_: int) -> bytes:
        both.wait()
        return previews.draw(picture)

    with Previews(index) as previews, ThreadPoolExecutor(2) as pool:
        one, other = pool.map(ask, range(2))
    assert one == other
    assert len(drawn) == 1


def test_half_an_image_is_drawn_again(index: Path) -> None:
    picture = Picture(kept(index), 1, 480)
    with Previews(index) as previews:
        whole = previews.draw(picture)
        place = next(index.glob("previews/*/*.webp"))
        place.write_bytes(whole[:100])
        assert previews.kept(picture) is None
        assert previews.draw(picture) == whole == place.read_bytes()


def test_a_folder_that_cannot_be_written_is_told_once_and_pages_are_drawn(
    index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sha256 = kept(index)
    (index / "previews").write_text("en lugar de una carpeta")
    with caplog.at_level(logging.WARNING), Previews(index) as previews:
        for page in (1, 2):
            assert opened(previews.draw(Picture(sha256, page, 480))).width == 480
        assert previews.unkept is not None
    assert [record.message.partition(" in ")[0] for record in caplog.records] == [
        "page images cannot be kept"
    ]


def test_images_go_with_their_original(index: Path) -> None:
    gone, stays = kept(index), kept(index, DOCUMENTS / "modulo-nacional-local.pdf")
    with Previews(index) as previews:
        for sha256 in (gone, stays):
            previews.draw(Picture(sha256, 1, 480))
    forget_files(index, {stays})
    assert original_file(index, gone) is None
    assert read_picture(index, Picture(gone, 1, 480)) is None
    assert read_picture(index, Picture(stays, 1, 480)) is not None


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "0" * 63, "G" * 64])
def test_an_original_has_no_other_name_than_its_content(index: Path, name: str) -> None:
    assert original_file(index, name) is None


def test_hostile_files_end_in_an_error_or_an_image(index: Path, shared_data: Path) -> None:
    limits = Limits(memory_bytes=1 << 30, cpu_seconds=2, wall_seconds=20, answer_bytes=2_000_000)
    ends = {}
    with Previews(index, limits) as previews:
        for path in sorted((shared_data / "hostile").glob("*.pdf")):
            picture = Picture(kept(index, path), 1, 800)
            try:
                ends[path.stem] = opened(previews.draw(picture)).width
            except ReadError as error:
                ends[path.stem] = type(error).__name__
    images = {name for name, end in ends.items() if isinstance(end, int)}
    assert images >= {
        "deep_array",
        "deep_content_array",
        "form_self_loop",
        "mediabox_200k",
        "pages_500k",
    }
    stopped = {"flate2_1GiB", "flate_1GiB", "form_laughs_1e12"}
    assert {ends.pop(name) for name in stopped} == {"Stopped"}
    assert {ends["pagetree_loop"], ends["xref_loop"]} == {"Unreadable"}


def test_a_page_that_cannot_be_drawn_is_not_tried_again_at_once(
    index: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = Picture(kept(index, shared_data / "hostile" / "form_laughs_1e12.pdf"), 1, 800)
    tries = counted(monkeypatch)
    limits = Limits(memory_bytes=1 << 30, cpu_seconds=1, wall_seconds=10, answer_bytes=2_000_000)
    with Previews(index, limits) as previews:
        with pytest.raises(Stopped):
            previews.draw(picture)
        with pytest.raises(Unreadable, match="se detuvo"):
            previews.draw(picture)
        assert len(tries) == 1
        monkeypatch.setattr(previews_module, "RETRY_SECONDS", 0.0)
        with pytest.raises(Stopped):
            previews.draw(picture)
    assert len(tries) == 2


def test_drawing_loads_no_parser_here() -> None:
    """Not even by import: the serving process asks, children draw."""
    import subprocess

    program = "import sys, service.web.app; print('pypdfium2' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=DOCUMENTS.parent.parent,
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == "False\n"
