"""What drawings in Office files say: the texts of diagrams, the titles and numbers of charts."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import zip_longest

from lxml.etree import _Element

from ingest.readers.clean import clean

MAIN = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
FIRST_DAY = date(1899, 12, 30)  # day 0 of spreadsheets
LAST_DAY = 2_958_465  # 31 December 9999
MOST_POINTS = 60  # a longer series is a curve to look at, not numbers to read


def take_alternatives(root: _Element) -> None:
    """Put the first alternative in the place of the choice between several ways to draw."""
    for choice in list(root.iter(f"{COMPATIBLE}AlternateContent")):
        parent = choice.getparent()
        if parent is None:
            continue
        taken = choice.find(f"{COMPATIBLE}Choice")
        if taken is None:
            taken = choice.find(f"{COMPATIBLE}Fallback")
        place = parent.index(choice)
        for number, child in enumerate(list(taken) if taken is not None else ()):
            parent.insert(place + number, child)
        parent.remove(choice)


def diagram_texts(diagram: _Element) -> Iterator[str]:
    """The texts of a SmartArt diagram, one a shape."""
    for text in diagram.iter(f"{DIAGRAM}t"):
        words = (" ".join(t.text or "" for t in p.iter(f"{MAIN}t")) for p in text)
        yield from filter(None, map(clean, words))


def chart_title(chart: _Element) -> str:
    """The title that somebody wrote over a chart."""
    title = chart.find(f".//{CHART}chart/{CHART}title")
    return "" if title is None else clean("".join(t.text or "" for t in title.iter(f"{MAIN}t")))


def chart_rows(chart: _Element) -> list[list[str]]:
    """The chart as a table: the names of the series, then each category with its values.

    Empty where the series are too long to be read, or name no categories.
    """
    series = list(chart.iter(f"{CHART}ser"))
    names = [clean(_first_text(s.find(f"{CHART}tx"))) for s in series]
    categories = max((_points(s.find(f"{CHART}cat")) for s in series), key=len, default=[])
    values = [_points(s.find(f"{CHART}val")) for s in series]
    if not categories or not any(values) or len(categories) * len(series) > MOST_POINTS:
        return []
    rows = zip_longest(categories, *values, fillvalue="")
    return [["", *names], *(list(row) for row in rows)] if any(names) else list(map(list, rows))


def _first_text(element: _Element | None) -> str:
    found = None if element is None else element.find(f".//{CHART}v")
    return "" if found is None else found.text or ""


def _points(element: _Element | None) -> list[str]:
    """The values that the chart shows, each at its index."""
    cache = None if element is None else _cache(element)
    if cache is None:
        return []
    code = cache.findtext(f"{CHART}formatCode") or ""
    found = {
        int(point.get("idx", "0")): _shown(point.findtext(f"{CHART}v") or "", code)
        for point in cache.iter(f"{CHART}pt")
    }
    return [found.get(n, "") for n in range(min(max(found, default=-1), MOST_POINTS) + 1)]


def _cache(element: _Element) -> _Element | None:
    names: Sequence[str] = ("strCache", "numCache", "strLit", "numLit", "lvl")
    found = (element.find(f".//{CHART}{name}") for name in names)
    return next((cache for cache in found if cache is not None), None)


def _shown(value: str, code: str) -> str:
    """A number without the noise of its binary form, or the percentage or date that it is."""
    try:
        number = float(value)
    except ValueError:
        return clean(value)
    if "yy" in code.lower() and 0 < number < LAST_DAY:
        day = FIRST_DAY + timedelta(days=int(number))
        return f"{day:%d/%m/%Y}" if "d" in code.lower() else f"{day:%m/%Y}"
    return f"{number * 100:.4g} %" if "%" in code else f"{number:.10g}"
