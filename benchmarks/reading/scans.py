"""Scans made from the concept note: are its words recognised, with their accents?

Each page is drawn by PDFium, blurred, given noise and skew, and put as JPEG into a PDF without any
text, which is then read as users' files are, in the sandbox.
"""

import io
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter

from benchmarks.reading.material import Truth, load_truth
from benchmarks.reading.report import Report, Target
from benchmarks.reading.texts import compare, order_similarity, words
from ingest.sandbox.pool import Sandbox
from search.documents import Method, Reading

RESOLUTIONS = (150, 200, 300)
BLUR = 0.7  # pixels
NOISE = 12.0  # standard deviation, of 255
SKEW = 0.7  # degrees
QUALITY = 40  # of the JPEG
SEED = 7
ACCENTED = frozenset("áéíóúüñ")


@dataclass(frozen=True, slots=True)
class Score:
    """What one scan gave; `seconds` a page are those of the clock."""

    file: str
    dpi: int
    word_f1: float
    recall: float
    precision: float
    order: float
    accents_kept: float
    confidence: float
    recognised_pages: int
    pages: int
    seconds_per_page: float
    warnings: str
    lost: str
    made_up: str


def measure_scans(data: Path) -> Report:
    """The concept note as a bad scan: its words and their accents."""
    scores = []
    with Sandbox() as sandbox:
        for found in sorted((data / "nota").glob("*.gt.json")):
            truth = load_truth(found)
            for dpi in RESOLUTIONS:
                print(f"  {truth.name} at {dpi} dpi", file=sys.stderr)
                scan = scanned(found.parent / f"{truth.name}.pdf", dpi)
                started = time.monotonic()
                reading = sandbox.read(scan, f"{truth.name}-{dpi}.pdf")
                scores.append(score(reading, truth, dpi, time.monotonic() - started))
    table = ["dpi  F1      R/P            order  accents  confid.  pages  s/p   file"]
    table += [
        f"{s.dpi}  {s.word_f1:.4f}  {s.recall:.4f}/{s.precision:.4f}  {s.order:.3f}"
        f"  {s.accents_kept:.4f}   {s.confidence:.3f}    {s.recognised_pages}/{s.pages}"
        f"    {s.seconds_per_page:.1f}  {s.file}"
        for s in scores
    ]
    failing = [
        f"{s.file} {s.dpi} dpi: {s.warnings}: lost: {s.lost}; made up: {s.made_up}" for s in scores
    ]
    targets = [
        Target("word F1, worst", min(s.word_f1 for s in scores), least=0.99),
        Target("accented words kept, worst", min(s.accents_kept for s in scores), least=0.99),
    ]
    return Report({"files": [asdict(s) for s in scores]}, table, targets, failing)


def scanned(path: Path, dpi: int, pages: Sequence[int] | None = None) -> bytes:
    """The pages of a PDF as a bad scan: a PDF of images alone."""
    generator = np.random.default_rng(SEED)
    with pypdfium2.PdfDocument(path) as pdf:
        kept = range(len(pdf)) if pages is None else pages
        images = [
            worn(pdf[index].render(scale=dpi / 72, grayscale=True).to_pil(), generator)
            for index in kept
        ]
    stream = io.BytesIO()
    first, *others = images
    first.save(stream, "PDF", save_all=True, append_images=others, resolution=dpi, quality=QUALITY)
    return stream.getvalue()


def worn(page: Image.Image, generator: np.random.Generator) -> Image.Image:
    """The page blurred, askew and noisy."""
    soft = page.convert("L").filter(ImageFilter.GaussianBlur(BLUR))
    askew = soft.rotate(SKEW, Image.Resampling.BICUBIC, fillcolor=255)
    pixels = np.asarray(askew, dtype=np.float64)
    noisy = pixels + generator.normal(0.0, NOISE, pixels.shape)
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def score(reading: Reading, truth: Truth, dpi: int, seconds: float) -> Score:
    expected = words("\n".join([truth.text, *truth.notes.values()]))
    came = [word for block in reading.blocks for word in words(block.text)]
    found = compare(expected, came)
    accented = [word for word in expected if ACCENTED & set(word)]
    recognised = [shape for shape in reading.shapes if shape.method is Method.OCR]
    return Score(
        file=truth.name,
        dpi=dpi,
        word_f1=found.f1,
        recall=found.recall,
        precision=found.precision,
        order=order_similarity(expected, came),
        accents_kept=compare(accented, came).recall,
        confidence=round(mean([s.confidence or 0.0 for s in recognised] or [0.0]), 4),
        recognised_pages=len(recognised),
        pages=len(reading.shapes),
        seconds_per_page=round(seconds / max(len(reading.shapes), 1), 2),
        warnings="; ".join(reading.warnings),
        lost=" ".join(sorted((Counter(expected) - Counter(came)).elements()))[:300],
        made_up=" ".join(sorted((Counter(came) - Counter(expected)).elements()))[:300],
    )
