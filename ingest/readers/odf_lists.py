"""The lists of an OpenDocument file to the number that each item shows: «2.1», «a)», «IV.»."""

from dataclasses import dataclass, field

from lxml.etree import _Element

from ingest.readers.numerals import written_number
from ingest.readers.opendocument import q

FORMATS = {
    "1": "decimal",
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
}
ID = "{http://www.w3.org/XML/1998/namespace}id"
NUMBERED = tuple(map(q, ("text:list-level-style-number", "text:outline-level-style")))
LONGEST_NUMBER = 9  # digits


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list writes its number; `shown` levels of it are written."""

    style: str
    prefix: str
    suffix: str
    start: int
    shown: int


@dataclass(slots=True)
class Run:
    """A list and those that go on with it: its style and how far each level has counted."""

    style: str
    counts: dict[int, int] = field(default_factory=dict)


class Numbers:
    """The lists of one document. Ask for each item once, in the order of the body."""

    def __init__(self, *trees: _Element | None) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._by_id: dict[str, Run] = {}
        self._latest: dict[str, Run] = {}
        self._outline = Run("")
        for tree in trees:
            for sheet in tree.iter(q("text:list-style")) if tree is not None else ():
                self._levels.setdefault(sheet.get(q("style:name"), ""), _levels(sheet))
            for sheet in tree.iter(q("text:outline-style")) if tree is not None else ():
                self._levels[""] = _levels(sheet)

    def open(self, items: _Element) -> Run:
        """The run that an outermost list begins or goes on with."""
        style = items.get(q("text:style-name"), "?")
        run = self._by_id.get(items.get(q("text:continue-list"), ""))
        if items.get(q("text:continue-numbering")) == "true":
            run = run or self._latest.get(style)
        if run is None or run.style != style:
            run = Run(style)
        self._latest[style] = run
        self._by_id[items.get(ID, "?")] = run
        return run

    def heading(self, heading: _Element, level: int) -> str:
        """What a heading outside lists shows before its text."""
        if heading.get(q("text:is-list-header")) == "true":
            return ""
        return self.label(self._outline, level - 1, heading)

    def label(self, run: Run, depth: int, item: _Element) -> str:
        """Count one item and give what it shows, with a space; "" for marks."""
        levels = self._levels.get(run.style, {})
        level = levels.get(depth)
        if item.get(q("text:start-value")) is not None:
            run.counts[depth] = _number(item, "text:start-value")
        elif depth in run.counts:
            run.counts[depth] += 1
        else:
            run.counts[depth] = level.start if level else 1
        for below in [other for other in run.counts if other > depth]:
            del run.counts[below]
        if level is None or not level.style:
            return ""
        shown = range(max(0, depth - level.shown + 1), depth + 1)
        numbers = (
            written_number(run.counts.get(n, levels[n].start), levels[n].style)
            for n in shown
            if n in levels and levels[n].style
        )
        return f"{level.prefix}{'.'.join(numbers)}{level.suffix} "


def _levels(sheet: _Element) -> dict[int, _Level]:
    return {
        _number(element, "text:level") - 1: _Level(
            style=FORMATS.get(element.get(q("style:num-format"), ""), ""),
            prefix=element.get(q("style:num-prefix"), ""),
            suffix=element.get(q("style:num-suffix"), ""),
            start=_number(element, "text:start-value"),
            shown=_number(element, "text:display-levels"),
        )
        for element in sheet.iter(*NUMBERED)
    }


def _number(element: _Element, name: str) -> int:
    """The value of an attribute; 1 where there is none or it makes no sense."""
    value = element.get(q(name), "1")
    return int(value) if value.isdecimal() and len(value) < LONGEST_NUMBER else 1
