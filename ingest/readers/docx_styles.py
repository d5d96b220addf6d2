"""The styles of a Word file to what each paragraph is and how its letters look."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from docx.document import Document as Docx
from docx.oxml.ns import qn
from lxml.etree import _Element

from ingest.readers.clean import clean, written_number
from search.documents import BlockKind
from search.text.times import time_cell

HEADING_NAME = re.compile(
    r"^(?:(?:heading|título|titulo|encabezado|titre|ttulo|überschrift)[\s_]?|h)([1-9])(?:[\s_].*)?$"
)
TITLE_NAMES = frozenset(
    ("title", "título", "titulo", "puesto", "titre", "título del documento", "document title")
)
CAPTION_NAMES = frozenset(("caption", "epígrafe", "leyenda", "descripción", "légende", "legenda"))
LIST_NAME = re.compile(r"^(?:list|lista|liste)\b.*(?:bullet|number|viñeta|número|numer|marcador)")
CONTENTS_NAME = re.compile(
    r"^(?:toc|tdc|contents|índice|sumário|table of (?:figures|authorities)|tabla de ilustr"
    r"|index heading|toa heading)\b.*"
)
BODY_OUTLINE = 9  # the outline level that means «body text»
DEFAULT_SIZE = 20  # half points: what Word takes if no style says
VALUE = qn("w:val")
RUN_FORM = qn("w:rPr")


@dataclass(frozen=True, slots=True)
class Look:
    """What a paragraph is; `kind` None is a line of a table of contents, which is left out."""

    kind: BlockKind | None
    level: int = 0


@dataclass(frozen=True, slots=True)
class Font:
    """How letters look; `size` in half points."""

    size: int
    bold: bool
    italic: bool
    capitals: bool
    underlined: bool


class Styles:
    """The styles of one file, each with all that it inherits."""

    def __init__(self, file: Docx) -> None:
        sheet = file.styles.element
        self._by_id = {style.get(qn("w:styleId")): style for style in sheet.iter(qn("w:style"))}
        usual = (
            style
            for style in self._by_id.values()
            if style.get(qn("w:type")) == "paragraph" and style.get(qn("w:default")) == "1"
        )
        self._usual = next(usual, None)
        self._defaults = sheet.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{RUN_FORM}")
        language = None if self._defaults is None else self._defaults.find(qn("w:lang"))
        self.language = _two_letters(language.get(VALUE)) if language is not None else None

    def look(self, paragraph: _Element) -> Look:
        """What the paragraph is by its style, and else by its own marks."""
        own = paragraph.find(qn("w:pPr"))
        styles = list(self._chain(_value(own, "w:pStyle")))
        for style in styles:
            look = _by_name(style)
            if look is not None:
                return look
        outline = next(filter(None, (_value(s, "w:outlineLvl") for s in _forms(own, styles))), "9")
        if int(outline) < BODY_OUTLINE:
            return Look(BlockKind.HEADING, int(outline) + 1)
        return Look(BlockKind.PARAGRAPH)

    def numbering(self, paragraph: _Element) -> tuple[str, int | None, str] | None:
        """The list that the paragraph is in, its level there if it says so, and the style that
        put it there, if it was one."""
        own = paragraph.find(qn("w:pPr"))
        depth: str | None = None
        named = [("", own), *self._named_forms(_value(own, "w:pStyle"))]
        for style, form in named:
            place = None if form is None else form.find(qn("w:numPr"))
            depth = depth or _value(place, "w:ilvl")
            use = _value(place, "w:numId")
            if use is not None:  # 0: taken out of its list
                return None if use == "0" else (use, int(depth) if depth else None, style)
        return None

    def font(self, run: _Element, paragraph: _Element) -> Font:
        """How the letters of a run look, by its own marks and by the styles behind it."""
        form = paragraph.find(qn("w:pPr"))
        behind = list(self._chain(_value(form, "w:pStyle")))
        if not behind and self._usual is not None:
            behind = [self._usual]
        forms = [*self._run_forms(run), *(style.find(RUN_FORM) for style in behind), self._defaults]
        size = next(filter(None, (_value(form, "w:sz") for form in forms)), DEFAULT_SIZE)
        line = next(filter(None, (_value(form, "w:u") for form in forms)), "none")
        bold, italic, capitals = (_switched(forms, name) for name in ("w:b", "w:i", "w:caps"))
        return Font(round(float(size)), bold, italic, capitals, line != "none")

    def is_hidden(self, run: _Element) -> bool:
        """Whether the run is text that is not shown."""
        return _switched(list(self._run_forms(run)), "w:vanish")

    def _run_forms(self, run: _Element) -> Iterator[_Element | None]:
        own = run.find(RUN_FORM)
        yield own
        for style in self._chain(_value(own, "w:rStyle")):
            yield style.find(RUN_FORM)

    def _named_forms(self, name: str | None) -> Iterator[tuple[str, _Element | None]]:
        for style in self._chain(name):
            yield style.get(qn("w:styleId")) or "", style.find(qn("w:pPr"))

    def _chain(self, name: str | None) -> Iterator[_Element]:
        """The style and those it is based on; a loop among them ends."""
        seen: set[str] = set()
        while name and name in self._by_id and name not in seen:
            seen.add(name)
            yield self._by_id[name]
            name = _value(self._by_id[name], "w:basedOn")


def _by_name(style: _Element) -> Look | None:
    name = (_value(style, "w:name") or "").lower().split(",")[0].strip()
    heading = HEADING_NAME.match(name)
    if heading:
        return Look(BlockKind.HEADING, int(heading[1]))
    if name in TITLE_NAMES:
        return Look(BlockKind.TITLE)
    if name in CAPTION_NAMES:
        return Look(BlockKind.CAPTION)
    if CONTENTS_NAME.match(name):
        return Look(None)
    if LIST_NAME.match(name):
        digits = re.search(r"(\d)$", name)
        return Look(BlockKind.LIST_ITEM, int(digits[1]) - 1 if digits else 0)
    return None


def _forms(own: _Element | None, styles: list[_Element]) -> Iterator[_Element | None]:
    yield own
    for style in styles:
        yield style.find(qn("w:pPr"))


def _value(element: _Element | None, tag: str) -> str | None:
    child = None if element is None else element.find(qn(tag))
    return None if child is None else child.get(VALUE)


def _switched(forms: list[_Element | None], tag: str) -> bool:
    """Whether the first that says something about a property says that it is on."""
    found = (None if form is None else form.find(qn(tag)) for form in forms)
    return is_on(next((switch for switch in found if switch is not None), None))


def is_on(switch: _Element | None) -> bool:
    """Whether a Word on/off property is there and not switched off."""
    return switch is not None and switch.get(VALUE, "1") not in {"0", "false", "off"}


def _two_letters(language: str | None) -> str | None:
    code = (language or "").split("-")[0].lower()
    return code if len(code) == 2 and code.isalpha() else None


RUN, TEXT = qn("w:r"), qn("w:t")
LONGEST_HEADING = 100  # characters
LABEL_WORDS = 4  # «Antecedentes:» is a heading, «Los objetivos del taller son estos:» leads in
SHOUTED = 8  # characters: shorter capitals may be an acronym
LARGER = 1.15  # a line set as much larger than the body is no body text
DEEPEST = 6
TYPED_NUMBER = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,4})[.)]?[-–]?\s")


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph as a candidate: what it says, how all of it looks, how deep its number is."""

    element: _Element
    text: str
    font: Font
    depth: int


def fake_headings(styles: Styles, paragraphs: Sequence[_Element]) -> dict[_Element, int]:
    """The level of each paragraph that stands out as a heading.

    Nothing in a file that uses heading styles: there, bold lines are only emphasis. The larger
    the letters, the higher the heading; then capitals, then upright, then the depth of its number.
    """
    looks = [styles.look(paragraph) for paragraph in paragraphs]
    if sum(look.kind is BlockKind.HEADING for look in looks) > 1:
        return {}
    plain = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
    found = [
        _line(styles, paragraph)
        for paragraph, look in zip(paragraphs, looks, strict=True)
        if look.kind in plain
    ]
    lines = [line for line in found if line is not None]
    body = _body_size(lines)
    short = [line for n, line in enumerate(lines) if _may_head(line, n + 1 == len(lines))]
    heads = [line for line in short if _stands_out(line.font, body)]
    if not heads:  # typed as on a typewriter
        heads = [line for line in short if line.text.isupper() and len(line.text) >= SHOUTED]
    return _levels(heads) if 2 * len(heads) <= len(lines) else {}


def _line(styles: Styles, paragraph: _Element) -> Line | None:
    runs = [(run, clean(_letters(run))) for run in paragraph.iter(RUN)]
    said = [(styles.font(run, paragraph), text) for run, text in runs if text]
    if not said:
        return None
    fonts = [font for font, _ in said]
    text = clean("".join(_letters(run) for run in paragraph.iter(RUN)))
    common = Font(
        size=min(font.size for font in fonts),
        bold=all(font.bold for font in fonts),
        italic=all(font.italic for font in fonts),
        capitals=all(font.capitals for font in fonts) or text.isupper(),
        underlined=all(font.underlined for font in fonts),
    )
    return Line(paragraph, text, common, _depth(styles, paragraph, text))


def _letters(run: _Element) -> str:
    return "".join(text.text or "" for text in run.iter(TEXT))


def _depth(styles: Styles, paragraph: _Element, text: str) -> int:
    """How deep the number before the text is: 2 for «1.1»; 0 without a number."""
    typed = TYPED_NUMBER.match(text)
    if typed:
        return typed[1].count(".") + 1
    numbered = styles.numbering(paragraph)
    return 0 if numbered is None else (numbered[1] or 0) + 1


def _body_size(lines: Sequence[Line]) -> int:
    """The size of most of the text."""
    sizes: Counter[int] = Counter()
    for line in lines:
        sizes[line.font.size] += len(line.text)
    return max(sizes, key=lambda size: sizes[size], default=0)


def _may_head(line: Line, last: bool) -> bool:
    text = line.text
    if len(text) > LONGEST_HEADING or not any(map(str.isalpha, text)) or time_cell(text):
        return False
    label = text.endswith(":") and len(text.split()) <= LABEL_WORDS and not last
    if text.endswith((".", ";", ",", ":")) and not label:
        return False
    return text[0] not in "•-–*"


def _stands_out(font: Font, body: int) -> bool:
    return font.bold or font.underlined or font.size >= LARGER * body


def _levels(heads: Sequence[Line]) -> dict[_Element, int]:
    """Ranks of appearance; below the first rank that has numbers, the number's depth decides."""
    ranks = sorted({_rank(line) for line in heads})
    places = {line.element: ranks.index(_rank(line)) + 1 for line in heads}
    tops = [places[line.element] for line in heads if line.depth == 1]
    top = min(tops, default=0)
    levels = {}
    for line in heads:
        place = places[line.element]
        numbered = top and line.depth and place >= top
        levels[line.element] = min(top + line.depth - 1 if numbered else place, DEEPEST)
    return levels


def _rank(line: Line) -> tuple[int, bool, bool, bool]:
    font = line.font
    return -font.size, not font.capitals, not font.bold, font.italic


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
            linked[_level_value(abstract, "w:styleLink")] = key
            aliases[key] = _level_value(abstract, "w:numStyleLink")
        for use in sheet.findall(qn("w:num")):
            key = _level_value(use, "w:abstractNumId")
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
        start = _level_value(override, "w:startOverride")
        if start:
            starts[depth] = int(start)
    return levels, starts


def _level(element: _Element) -> Level:
    restart = _level_value(element, "w:lvlRestart")
    picture = element.find(qn("w:lvlPicBulletId")) is not None
    hidden = element.find(f"{qn('w:rPr')}/{qn('w:vanish')}") is not None
    legal = element.find(qn("w:isLgl"))
    return Level(
        start=int(_level_value(element, "w:start") or "0"),
        style="bullet" if picture else _level_value(element, "w:numFmt") or "decimal",
        pattern="" if hidden else _level_value(element, "w:lvlText"),
        restarts_after=int(restart) if restart else None,
        decimal_only=legal is not None and legal.get(VALUE, "1") not in {"0", "false"},
        gap="" if _level_value(element, "w:suff") == "nothing" else " ",
        paragraph_style=_level_value(element, "w:pStyle") or None,
    )


def _level_number(element: _Element) -> int:
    return int(element.get(qn("w:ilvl")) or "0")


def _level_value(element: _Element, tag: str) -> str:
    child = element.find(qn(tag))
    return "" if child is None else child.get(VALUE) or ""
