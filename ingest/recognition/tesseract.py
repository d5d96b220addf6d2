"""The Tesseract program: where it is, what it can read, and one run of it through pipes."""

import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

FOLDERS = "/usr/bin:/usr/local/bin:/opt/homebrew/bin:/opt/local/bin"
INSTALL = "instale Tesseract (apt-get install tesseract-ocr tesseract-ocr-spa)"
RUN_SECONDS = 60
LANGUAGES = {"es": "spa", "en": "eng", "pt": "por", "fr": "fra", "gl": "spa", "ca": "spa"}
ENVIRONMENT = {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"}
"""Its own threads slow it down where pages are read side by side."""


class OcrError(Exception):
    """Tesseract failed or took too long on this image."""


def find_program() -> Path | None:
    """Where Tesseract is installed, or None."""
    found = shutil.which("tesseract", path=FOLDERS)
    return Path(found) if found else None


@cache
def installed(program: Path) -> frozenset[str]:
    """Tesseract's own codes of the languages that are there (`spa`, `osd` …)."""
    lines = run(program, ["--list-langs"]).decode("utf-8", "replace").splitlines()
    return frozenset(line.strip() for line in lines[1:])


def code(program: Path, language: str) -> str:
    """Tesseract's code of a language; where that is not installed, of Spanish or else of any."""
    there = installed(program)
    for wanted in (LANGUAGES.get(language, "spa"), "spa"):
        if wanted in there:
            return wanted
    return min(there - {"osd"}, default="eng")


def run(program: Path, arguments: Sequence[str], image: bytes = b"") -> bytes:
    """What Tesseract writes. Raises `OcrError`."""
    try:
        done = subprocess.run(  # noqa: S603 - a program from a fixed folder, arguments of ours
            [str(program), *arguments],
            input=image,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=RUN_SECONDS,
            env=ENVIRONMENT,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise OcrError(str(error)) from error
    return done.stdout
