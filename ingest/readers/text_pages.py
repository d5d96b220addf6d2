"""A text with form feeds to the text without the headers, footers and numbers of its pages."""

import re
from collections import Counter

LEAST_PAGES = 3
MOST = 0.5  # share of the pages on which a line must stand at the same edge
PAGE_NUMBER = re.compile(
    r"^\W*(?:p[áa]g(?:ina|\.)?\s*|page\s*)?\d{1,4}(?:\s*(?:de|of|/)\s*\d{1,4})?\W*$", re.IGNORECASE
)


def without_running(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with its pages joined, and the lines that they repeated, once each."""
    pages = [page.split("\n") for page in text.split("\f")]
    if len(pages) < LEAST_PAGES:
        return text.replace("\f", "\n"), ()
    running: list[str] = []
    for last in (False, True):
        edges = [_edge(page, last) for page in pages]
        shapes = Counter(_shape(page[n]) for page, n in zip(pages, edges, strict=True) if page[n])
        for page, number in zip(pages, edges, strict=True):
            line = page[number].strip()
            repeated = shapes[_shape(line)] >= MOST * len(pages) and bool(line)
            if repeated or PAGE_NUMBER.match(line):
                page[number] = ""
                running += [line] if repeated and not PAGE_NUMBER.match(line) else []
    return "\n".join("\n".join(page) for page in pages), tuple(dict.fromkeys(running))


def _edge(page: list[str], last: bool) -> int:
    """The number of the first or last line of a page that is not blank."""
    order = range(len(page) - 1, -1, -1) if last else range(len(page))
    return next((number for number in order if page[number].strip()), 0)


def _shape(line: str) -> str:
    """The line with its numbers made alike: they count from page to page."""
    return re.sub(r"\d+", "#", line.strip())
