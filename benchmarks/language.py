"""How well two detectors tell six languages apart in short texts, and how fast they are.

Run `python -m benchmarks.language [FOLDER]`; the folder holds the Universal Declaration of Human
Rights, a page a language (`spa.html` …). Each clause is one text, cut to its first words. Galician
is the trap: who does not know it takes it for Spanish or Portuguese. Times are processor time.
Prints a table and writes `benchmarks/results/language.json`.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from lxml import html

from search.text.languages import DETECTORS, LANGUAGES

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "langid" / "udhr"
RESULTS = Path(__file__).resolve().parent / "results" / "language.json"
FILES = {
    "es": ("spa",),
    "pt": ("por_PT", "por_BR"),
    "gl": ("glg",),
    "ca": ("cat",),
    "en": ("eng",),
    "fr": ("fra",),
}
LENGTHS = {"4 words": 4, "8 words": 8, "whole clauses": 1_000}
FEWEST_WORDS = 4


def clauses(folder: Path, names: Sequence[str], words: int) -> list[str]:
    """The paragraphs and list items of the pages, cut to so many words."""
    texts = []
    for name in names:
        page = html.fromstring((folder / f"{name}.html").read_bytes().decode("utf-8"))
        for element in page.iter("p", "li"):
            clause = " ".join(element.text_content().split()).split()
            if len(clause) >= FEWEST_WORDS:
                texts.append(" ".join(clause[:words]))
    return texts


def measure(detector: str, texts: dict[str, list[str]]) -> dict[str, float]:
    """Accuracy by language, precision of Spanish, and microseconds a text."""
    detect = DETECTORS[detector]
    detect(texts["es"][0])  # loads the model
    started = time.process_time()
    said = {language: [detect(text)[0] for text in group] for language, group in texts.items()}
    spent = time.process_time() - started
    count = sum(map(len, texts.values()))
    accuracy = {
        language: mean(answer == language for answer in answers)
        for language, answers in said.items()
    }
    spanish = [language == "es" for language, group in said.items() for a in group if a == "es"]
    return {
        **{language: accuracy[language] for language in LANGUAGES},
        "mean": mean(accuracy.values()),
        "precision of es": mean(spanish),
        "us a text": 1e6 * spent / count,
    }


def revision() -> str:
    git = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    folder = parser.parse_args(arguments).folder
    results: dict[str, Any] = {"revision": revision()}
    for title, words in LENGTHS.items():
        texts = {language: clauses(folder, names, words) for language, names in FILES.items()}
        results[title] = {"texts": sum(map(len, texts.values()))}
        for detector in DETECTORS:
            numbers = measure(detector, texts)
            results[title][detector] = {name: round(value, 3) for name, value in numbers.items()}
            row = "  ".join(f"{name} {value:.3f}" for name, value in numbers.items())
            print(f"{title:14} {detector:11} {row}")
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
