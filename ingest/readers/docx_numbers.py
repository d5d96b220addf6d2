"""The numbering of a Word file to what each paragraph shows: «2.1», «a)», «Artículo 3»."""

import re
from dataclasses import dataclass, field

from docx.oxml.ns import qn
from lxml.etree import _Element

from ingest.readers.numerals import written_number

VALUE = qn("w:val")
PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list counts and how it writes its number."""

    start: int = 1
    style: str = "decimal"
    pattern: str = ""
    restarts_after: int | None = None
    """The level whose use restarts this one (0: none; None: any higher one)."""
    decimal_only: bool = False
    gap: str = " "
    paragraph_style: str | None = None

    @property
    def is_bullet(self) -> bool:
        """Whether it shows a mark, not a number."""
        return self.style == "bullet"


@dataclass(slots=True)
class _List:
    """One list definition: its levels, where each counter stands, and which uses have begun."""

    levels: dict[int, Level]
    counts: dict[int, int] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)


class Numbers:
    """The lists of one file. Ask for each numbered paragraph once, in the order of the body."""

    def __init__(self, sheet: _Element | None) -> None:
        self._lists: dict[str, _List] = {}
        self._uses: dict[str, tuple[str, dict[int, Level], dict[int, int]]] = {}
        if sheet is None:
            return
        linked: dict[str, str] = {}  # a numbering style's name: the list that defines it
        aliases: dict[str, str] = {}
        for abstract in sheet.findall(qn("w:abstractNum")):
            key = abstract.get(qn("w:abstractNumId")) or ""
            levels = {_level_number(level): _level(level) for level in abstract.iter(qn("w:lvl"))}
            self._lists[key] = _List(levels)
            linked[_value(abstract, "w:styleLink")] = key
            aliases[key] = _value(abstract, "w:numStyleLink")
        for use in sheet.findall(qn("w:num")):
            key = _value(use, "w:abstractNumId")
            key = linked.get(aliases.get(key, ""), key) if aliases.get(key) else key
            if key in self._lists:
                self._uses[use.get(qn("w:numId")) or ""] = (key, *_overrides(use))

    def level(self, use: str, depth: int) -> Level | None:
        """How that level of that list is numbered; None if the file does not define it."""
        if use not in self._uses:
            return None
        key, own, _ = self._uses[use]
        return own.get(depth) or self._lists[key].levels.get(depth)

    def depth_of_style(self, use: str, style: str) -> int:
        """The level that the list gives to a paragraph style, the first if it names none."""
        if use not in self._uses:
            return 0
        levels = self._lists[self._uses[use][0]].levels
        return next((n for n, level in levels.items() if level.paragraph_style == style), 0)

    def next_label(self, use: str, depth: int) -> str:
        """Count one paragraph and give what it shows, with the gap that follows; "" for bullets."""
        level = self.level(use, depth)
        if level is None:
            return ""
        key, _, starts = self._uses[use]
        current = self._lists[key]
        if use not in current.begun:
            current.begun.add(use)
            for number in starts:
                current.counts.pop(number, None)
        start = starts.get(depth, level.start)
        current.counts[depth] = current.counts[depth] + 1 if depth in current.counts else start
        for below in [number for number in current.counts if number > depth]:
            other = self.level(use, below)
            after = below if other is None or other.restarts_after is None else other.restarts_after
            if depth < after:
                del current.counts[below]
        if level.is_bullet:
            return ""
        return self._written(use, level, current.counts)

    def _written(self, use: str, level: Level, counts: dict[int, int]) -> str:
        def number(found: re.Match[str]) -> str:
            place = int(found[1]) - 1
            other = self.level(use, place) or Level()
            style = "decimal" if level.decimal_only else other.style
            return written_number(counts.get(place, other.start), style)

        label = PLACE.sub(number, level.pattern)
        return f"{label}{level.gap}" if label.strip() else ""


def _overrides(use: _Element) -> tuple[dict[int, Level], dict[int, int]]:
    """The levels that a use of a list defines anew, and those it starts anew."""
    levels: dict[int, Level] = {}
    starts: dict[int, int] = {}
    for override in use.findall(qn("w:lvlOverride")):
        depth = _level_number(override)
        own = override.find(qn("w:lvl"))
        if own is not None:
            levels[depth] = _level(own)
        start = _value(override, "w:startOverride")
        if start:
            starts[depth] = int(start)
    return levels, starts


def _level(element: _Element) -> Level:
    restart = _value(element, "w:lvlRestart")
    picture = element.find(qn("w:lvlPicBulletId")) is not None
    hidden = element.find(f"{qn('w:rPr')}/{qn('w:vanish')}") is not None
    legal = element.find(qn("w:isLgl"))
    return Level(
        start=int(_value(element, "w:start") or "0"),
        style="bullet" if picture else _value(element, "w:numFmt") or "decimal",
        pattern="" if hidden else _value(element, "w:lvlText"),
        restarts_after=int(restart) if restart else None,
        decimal_only=legal is not None and legal.get(VALUE, "1") not in {"0", "false"},
        gap="" if _value(element, "w:suff") == "nothing" else " ",
        paragraph_style=_value(element, "w:pStyle") or None,
    )


def _level_number(element: _Element) -> int:
    return int(element.get(qn("w:ilvl")) or "0")


def _value(element: _Element, tag: str) -> str:
    child = element.find(qn(tag))
    return "" if child is None else child.get(VALUE) or ""
