"""The image of a page to its words: straightened, recognised, tried again where it is unsure."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from ingest.language import detect_language
from ingest.recognition.hocr import Seen, in_reading_order, in_rows, mended_signs, seen_words
from ingest.recognition.ruling import Segment, ruled_lines
from ingest.recognition.straighten import (
    BOLD,
    black_on_white,
    ink,
    is_picture,
    level,
    skew,
    stroke_widths,
    without_boxes,
    without_leaders,
    without_noise,
)
from ingest.recognition.tesseract import OcrError, code, installed, run

RESOLUTION = 300  # dots an inch: 150 reads as well from clean pages, small print needs more
SURE = 0.85  # mean confidence above which nothing else is tried
USABLE = 0.6  # mean confidence below which a page is given up
FEWEST_WORDS = 3
LEAST_WORD, LEAST_SIGN, LEAST_LINE = 0.3, 0.6, 0.5
"""Confidence below which a short word, one without letters or digits, and a line are unsure."""
BLOCKS, SPARSE = "3", "11"
"""Tesseract's ways to look for text: as blocks and columns, or wherever some is."""
OVERLOOKED = 0.08  # of the ink outside the words found: look again
LONG = 24  # characters: addresses get little confidence, though nearly all of them is right


@dataclass(frozen=True, slots=True)
class Recognised:
    """The words of an image in reading order, where they stand once the image is upright.

    The image was first turned clockwise by `turns` quarters and then counterclockwise by `angle`
    degrees around its middle; `width` and `height` are its pixels after that, `rules` its straight
    lines. `confidence` is the mean of the letters' (0-1); without words it is 0. `language` is
    `es`, `en`, `pt` …
    """

    words: tuple[Seen, ...]
    confidence: float
    language: str
    turns: int
    angle: float
    width: int
    height: int
    rules: tuple[Segment, ...] = ()

    @property
    def text(self) -> str:
        """The words, a line each line."""
        lines: dict[int, list[str]] = {}
        for word in self.words:
            lines.setdefault(word.line, []).append(word.text)
        return "\n".join(" ".join(line) for line in lines.values())

    @property
    def score(self) -> float:
        """How much was read how surely: for choosing between tries."""
        return self.confidence * sum(len(word.text) for word in self.words)


def recognise(image: Image.Image, program: Path, language: str = "es") -> Recognised:
    """The words of a page's image. `language` is a first guess: what the text turns out to be
    written in decides. Raises `OcrError`.

    An unsure page is tried turned, without noise, and in black and white; the best try stays. One
    that no try can read comes back without words.
    """
    best, image = None, image.convert("L")
    for turns, angle, picture in _tries(image, program):
        found = replace(_in_its_language(picture, program, language), turns=turns, angle=angle)
        if best is None or found.score > best.score:
            best, image = found, picture
        if best.confidence >= SURE and _has_words(best):
            break
    if best is None:
        raise OcrError("no try was made")
    if best.confidence < USABLE or not _has_words(best):
        return replace(best, words=(), confidence=0.0)
    return replace(_with_overlooked(best, image, program), rules=ruled_lines(image))


def _has_words(page: Recognised) -> bool:
    """Whether some words are sure and long enough not to be the texture of a picture."""
    sure = [word for word in page.words if word.confidence >= SURE]
    return sum(sum(map(str.isalpha, word.text)) >= 3 for word in sure) >= FEWEST_WORDS


def _with_overlooked(page: Recognised, image: Image.Image, program: Path) -> Recognised:
    """With the words that the search for blocks passed over: cells, labels, narrow columns."""
    rest = without_boxes(image, [(word.x0, word.y0, word.x1, word.y1) for word in page.words])
    if is_picture(rest) or ink(rest) < OVERLOOKED * ink(image):
        return page
    found = _recognised(rest, program, page.language, SPARSE)
    fresh = [word for word in found.words if word.confidence >= LEAST_SIGN and len(word.text) > 1]
    return replace(page, words=tuple(in_reading_order(page.words, fresh))) if fresh else page


def _tries(image: Image.Image, program: Path) -> Iterator[tuple[int, float, Image.Image]]:
    """Quarter turns, angle and picture, from the likeliest to the most desperate."""
    angle = skew(image)
    yield 0, angle, without_leaders(level(image, angle))
    turns = _quarter_turns(image, program)
    if turns:
        image = image.rotate(-90 * turns, expand=True)
        angle = skew(image)
        yield turns, angle, without_leaders(level(image, angle))
    if is_picture(image):
        return
    clean = without_noise(image)
    angle = skew(clean)
    clean = level(clean, angle)
    yield turns, angle, clean
    yield turns, angle, black_on_white(clean)


def _quarter_turns(image: Image.Image, program: Path) -> int:
    """How many quarters clockwise make the text upright; 0 where Tesseract cannot tell."""
    if "osd" not in installed(program):
        return 0
    try:
        answer = run(program, ["stdin", "stdout", "-l", "osd", "--psm", "0"], _file(image))
    except OcrError:  # too few letters to tell
        return 0
    lines = dict(line.split(": ", 1) for line in answer.decode().splitlines() if ": " in line)
    return int(lines.get("Rotate", "0")) // 90 % 4


def _in_its_language(image: Image.Image, program: Path, language: str) -> Recognised:
    """Recognised in the guessed language, and again in that of the text if it is another."""
    first = _recognised(image, program, language)
    found = detect_language(first.text.replace("\n", " "), language)
    if code(program, found) == code(program, language):
        return first
    second = _recognised(image, program, found)
    return max(first, second, key=lambda page: page.score)


def _recognised(image: Image.Image, program: Path, language: str, mode: str = BLOCKS) -> Recognised:
    options = ["-l", code(program, language), "--psm", mode, "--dpi", str(RESOLUTION)]
    options += ["-c", "tessedit_create_hocr=1"]
    page = run(program, ["stdin", "stdout", *options], _file(image)).decode("utf-8", "replace")
    words = _with_bold(image, in_rows(mended_signs(_without_noise(list(seen_words(page))))))
    letters = sum(len(word.text) for word in words)
    sure = sum(word.confidence * len(word.text) for word in words)
    return Recognised(
        words=words,
        confidence=round(sure / letters, 4) if letters else 0.0,
        language=language,
        turns=0,
        angle=0.0,
        width=image.width,
        height=image.height,
    )


def _without_noise(words: Sequence[Seen]) -> list[Seen]:
    """Without specks, rules and the texture of pictures that were taken for letters."""
    lines: dict[int, list[float]] = {}
    for word in words:
        if len(word.text) <= LONG or word.confidence >= USABLE:
            lines.setdefault(word.line, []).append(word.confidence)
    weak = {line for line, found in lines.items() if sum(found) < LEAST_LINE * len(found)}
    return [word for word in words if word.confidence >= _least(word.text, word.line in weak)]


def _least(text: str, weak: bool) -> float:
    """The confidence below which a word is noise; `weak` is one of a line that is little sure."""
    signs = sum(map(str.isalnum, text))
    if len(text) > LONG and re.search(r"\w[./]\w", text):
        return 0.0
    if weak or not signs:
        return LEAST_SIGN
    return 0.0 if signs > 2 else LEAST_WORD


def _with_bold(image: Image.Image, words: Sequence[Seen]) -> tuple[Seen, ...]:
    """A line whose strokes are wider than usual for its size is bold."""
    if not words:
        return ()
    widths = stroke_widths(image, [(word.x0, word.y0, word.x1, word.y1) for word in words])
    shares = widths / np.array([max(word.size, 1.0) for word in words])
    usual = float(np.median(shares))
    lines: dict[int, list[float]] = {}
    for word, share in zip(words, shares, strict=True):
        lines.setdefault(word.line, []).append(float(share))
    bold = {line for line, found in lines.items() if np.median(found) > BOLD * usual}
    return tuple(replace(word, bold=word.line in bold) for word in words)


def _file(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PPM")
    return stream.getvalue()
