"""Interprets the styles and lists of a Word file: what each paragraph is, and how it is numbered.

A paragraph is a heading, a caption or an item by the name of its style; where a file uses no
heading styles, by how its letters look. Its number («2.1», «a)», «Artículo 3») is not in the text
but follows from the list definitions (ECMA-376, part 1, 17.9), counted as Word counts.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from docx.document import Document as Docx
from docx.oxml.ns import qn
from lxml.etree import _Element

from ingest.readers.clean import clean, written_number
from ingest.readers.ooxml import two_letters
from search.documents import BlockKind
from search.text.times import time_cell

# Some programs write the names of built-in styles in the language of their user, and authors name
# their own after them; «heading 3,Título CEPAL» is a name with an alias.
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
RUN, TEXT = qn("w:r"), qn("w:t")
RUN_PROPERTIES, PARAGRAPH_PROPERTIES = qn("w:rPr"), qn("w:pPr")


@dataclass(frozen=True, slots=True)
class Role:
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
        default_styles = (
            style
            for style in self._by_id.values()
            if style.get(qn("w:type")) == "paragraph" and style.get(qn("w:default")) == "1"
        )
        self._default_style = next(default_styles, None)
        self._defaults = sheet.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{RUN_PROPERTIES}")
        language = None if self._defaults is None else self._defaults.find(qn("w:lang"))
        self.language = two_letters(language.get(VALUE) or "") if language is not None else None

    def role(self, paragraph: _Element) -> Role:
        """What the paragraph is by its style, and else by its own marks."""
        own = paragraph.find(PARAGRAPH_PROPERTIES)
        styles = list(self._chain(_value(own, "w:pStyle")))
        # The style itself first: one based on «Título 1» may call itself «Epígrafe».
        for style in styles:
            role = _role_by_name(style)
            if role is not None:
                return role
        sources = [own, *(style.find(PARAGRAPH_PROPERTIES) for style in styles)]
        outline = next(filter(None, (_value(source, "w:outlineLvl") for source in sources)), "9")
        if int(outline) < BODY_OUTLINE:
            return Role(BlockKind.HEADING, int(outline) + 1)
        return Role(BlockKind.PARAGRAPH)

    def numbering(self, paragraph: _Element) -> tuple[str, int | None, str] | None:
        """The `numId` of the list that the paragraph is in, its level there if it says so, and the
        style that put it there, if it was one."""
        own = paragraph.find(PARAGRAPH_PROPERTIES)
        depth: str | None = None
        sources = [("", own)]
        sources += (
            (style.get(qn("w:styleId")) or "", style.find(PARAGRAPH_PROPERTIES))
            for style in self._chain(_value(own, "w:pStyle"))
        )
        for name, properties in sources:
            place = None if properties is None else properties.find(qn("w:numPr"))
            # A paragraph may choose its level in a list that its style chooses.
            depth = depth or _value(place, "w:ilvl")
            num_id = _value(place, "w:numId")
            if num_id is not None:  # 0: taken out of its list
                return None if num_id == "0" else (num_id, int(depth) if depth else None, name)
        return None

    def font(self, run: _Element, paragraph: _Element) -> Font:
        """How the letters of a run look, by its own marks and by the styles behind it."""
        # The order in which properties count is that of ECMA-376, part 1, 17.7.2, from the nearest.
        styles = list(self._chain(_value(paragraph.find(PARAGRAPH_PROPERTIES), "w:pStyle")))
        if not styles and self._default_style is not None:
            styles = [self._default_style]
        sources = [
            *self._run_properties(run),
            *(style.find(RUN_PROPERTIES) for style in styles),
            self._defaults,
        ]
        size = next(filter(None, (_value(source, "w:sz") for source in sources)), DEFAULT_SIZE)
        line = next(filter(None, (_value(source, "w:u") for source in sources)), "none")
        bold, italic, capitals = (_first_is_on(sources, name) for name in ("w:b", "w:i", "w:caps"))
        return Font(round(float(size)), bold, italic, capitals, line != "none")

    def is_hidden(self, run: _Element) -> bool:
        """Whether the run is text that is not shown."""
        return _first_is_on(list(self._run_properties(run)), "w:vanish")

    def _run_properties(self, run: _Element) -> Iterator[_Element | None]:
        own = run.find(RUN_PROPERTIES)
        yield own
        for style in self._chain(_value(own, "w:rStyle")):
            yield style.find(RUN_PROPERTIES)

    def _chain(self, name: str | None) -> Iterator[_Element]:
        """The style and those it is based on; a loop among them ends."""
        seen: set[str] = set()
        while name and name in self._by_id and name not in seen:
            seen.add(name)
            yield self._by_id[name]
            name = _value(self._by_id[name], "w:basedOn")


def _role_by_name(style: _Element) -> Role | None:
    name = (_value(style, "w:name") or "").lower().split(",")[0].strip()
    heading = HEADING_NAME.match(name)
    if heading:
        return Role(BlockKind.HEADING, int(heading[1]))
    if name in TITLE_NAMES:
        return Role(BlockKind.TITLE)
    if name in CAPTION_NAMES:
        return Role(BlockKind.CAPTION)
    if CONTENTS_NAME.match(name):
        return Role(None)
    if LIST_NAME.match(name):
        digits = re.search(r"(\d)$", name)
        return Role(BlockKind.LIST_ITEM, int(digits[1]) - 1 if digits else 0)
    return None


def _value(element: _Element | None, tag: str) -> str | None:
    child = None if element is None else element.find(qn(tag))
    return None if child is None else child.get(VALUE)


def _first_is_on(sources: list[_Element | None], tag: str) -> bool:
    """Whether the first that says something about a property says that it is on."""
    found = (None if source is None else source.find(qn(tag)) for source in sources)
    return is_on(next((switch for switch in found if switch is not None), None))


def is_on(switch: _Element | None) -> bool:
    """Whether a Word on/off property is there and not switched off."""
    return switch is not None and switch.get(VALUE, "1") not in {"0", "false", "off"}


LEVEL_NUMBER = re.compile(r"%([1-9])")  # «%1.%2» in the text of a level, counted from 1


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
    """One list definition: its levels, where each counter stands, which instances have begun."""

    levels: dict[int, Level]
    counts: dict[int, int] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)


class Numbering:
    """The lists of one file. Ask for each numbered paragraph once, in the order of the body."""

    def __init__(self, part: _Element | None) -> None:
        # A paragraph names an instance (`w:num`), which points to a definition (`w:abstractNum`)
        # and may change some of its levels. All instances of one definition count on together.
        self._lists: dict[str, _List] = {}
        self._instances: dict[str, tuple[str, dict[int, Level], dict[int, int]]] = {}
        if part is None:
            return
        linked: dict[str, str] = {}  # a numbering style's name: the list that defines it
        aliases: dict[str, str] = {}
        for abstract in part.findall(qn("w:abstractNum")):
            key = abstract.get(qn("w:abstractNumId")) or ""
            levels = {
                _level_number(level): _read_level(level) for level in abstract.iter(qn("w:lvl"))
            }
            self._lists[key] = _List(levels)
            linked[_value(abstract, "w:styleLink") or ""] = key
            aliases[key] = _value(abstract, "w:numStyleLink") or ""
        for instance in part.findall(qn("w:num")):
            key = _value(instance, "w:abstractNumId") or ""
            key = linked.get(aliases.get(key, ""), key) if aliases.get(key) else key
            if key in self._lists:
                self._instances[instance.get(qn("w:numId")) or ""] = (
                    key,
                    *_read_overrides(instance),
                )

    def level(self, num_id: str, depth: int) -> Level | None:
        """How that level of that list is numbered; None if the file does not define it."""
        if num_id not in self._instances:
            return None
        key, own, _ = self._instances[num_id]
        return own.get(depth) or self._lists[key].levels.get(depth)

    def depth_of_style(self, num_id: str, style: str) -> int:
        """The level that the list gives to a paragraph style, the first if it names none."""
        if num_id not in self._instances:
            return 0
        levels = self._lists[self._instances[num_id][0]].levels
        return next((n for n, level in levels.items() if level.paragraph_style == style), 0)

    def next_label(self, num_id: str, depth: int) -> str:
        """Count one paragraph and give what it shows, with the gap that follows; "" for bullets."""
        level = self.level(num_id, depth)
        if level is None:
            return ""
        key, _, starts = self._instances[num_id]
        current = self._lists[key]
        # An instance that starts a level anew does so once, at its first paragraph.
        if num_id not in current.begun:
            current.begun.add(num_id)
            for number in starts:
                current.counts.pop(number, None)
        start = starts.get(depth, level.start)
        current.counts[depth] = current.counts[depth] + 1 if depth in current.counts else start
        for below in [number for number in current.counts if number > depth]:
            other = self.level(num_id, below)
            after = below if other is None or other.restarts_after is None else other.restarts_after
            if depth < after:  # «Artículo 7» goes on over chapters: its level is restarted by none
                del current.counts[below]
        if level.is_bullet:
            return ""
        return self._label(num_id, level, current.counts)

    def _label(self, num_id: str, level: Level, counts: dict[int, int]) -> str:
        def number(found: re.Match[str]) -> str:
            place = int(found[1]) - 1
            other = self.level(num_id, place) or Level()
            # Legal numbering: «2.1» below «Capítulo II».
            style = "decimal" if level.decimal_only else other.style
            return written_number(counts.get(place, other.start), style)

        label = LEVEL_NUMBER.sub(number, level.pattern)
        return f"{label}{level.gap}" if label.strip() else ""


def _read_overrides(instance: _Element) -> tuple[dict[int, Level], dict[int, int]]:
    """The levels that an instance of a list defines anew, and those it starts anew."""
    levels: dict[int, Level] = {}
    starts: dict[int, int] = {}
    for override in instance.findall(qn("w:lvlOverride")):
        depth = _level_number(override)
        own = override.find(qn("w:lvl"))
        if own is not None:
            levels[depth] = _read_level(own)
        start = _value(override, "w:startOverride")
        if start:
            starts[depth] = int(start)
    return levels, starts


def _read_level(element: _Element) -> Level:
    restart = _value(element, "w:lvlRestart")
    picture = element.find(qn("w:lvlPicBulletId")) is not None
    hidden = element.find(f"{qn('w:rPr')}/{qn('w:vanish')}") is not None
    legal = element.find(qn("w:isLgl"))
    return Level(
        start=int(_value(element, "w:start") or "0"),
        style="bullet" if picture else _value(element, "w:numFmt") or "decimal",
        pattern="" if hidden else _value(element, "w:lvlText") or "",
        restarts_after=int(restart) if restart else None,
        decimal_only=is_on(legal),
        gap="" if _value(element, "w:suff") == "nothing" else " ",
        paragraph_style=_value(element, "w:pStyle") or None,
    )


def _level_number(element: _Element) -> int:
    return int(element.get(qn("w:ilvl")) or "0")


LONGEST_HEADING = 100  # characters
LABEL_WORDS = 4  # «Antecedentes:» is a heading, «Los objetivos del taller son estos:» leads in
SHORTEST_CAPITALS = 8  # characters: shorter capitals may be an acronym
LARGER_THAN_BODY = 1.15  # a line set as much larger than the body is no body text
DEEPEST_HEADING = 6
# «1. Antecedentes», «1.1 Marco», «2) Metas», «3.- Plan».
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
    # One heading may be the title alone, above lines that are bold by hand.
    roles = [styles.role(paragraph) for paragraph in paragraphs]
    if sum(role.kind is BlockKind.HEADING for role in roles) > 1:
        return {}
    plain = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
    lines = [
        line
        for paragraph, role in zip(paragraphs, roles, strict=True)
        if role.kind in plain and (line := _as_line(styles, paragraph)) is not None
    ]
    sizes: Counter[int] = Counter()
    for line in lines:
        sizes[line.font.size] += len(line.text)
    body = max(sizes, key=lambda size: sizes[size], default=0)
    short = [line for n, line in enumerate(lines) if _may_be_heading(line, n + 1 == len(lines))]
    heads = [
        line
        for line in short
        if line.font.bold or line.font.underlined or line.font.size >= LARGER_THAN_BODY * body
    ]
    if not heads:  # typed as on a typewriter
        heads = [
            line for line in short if line.text.isupper() and len(line.text) >= SHORTEST_CAPITALS
        ]
    # Where most lines stand out, as on a poster or a form, none is a heading.
    return _levels(heads) if 2 * len(heads) <= len(lines) else {}


def _as_line(styles: Styles, paragraph: _Element) -> Line | None:
    runs = {run: "".join(text.text or "" for text in run.iter(TEXT)) for run in paragraph.iter(RUN)}
    fonts = [styles.font(run, paragraph) for run, text in runs.items() if clean(text)]
    if not fonts:
        return None
    text = clean("".join(runs.values()))
    # A line looks as the plainest of its runs: one bold word does not make a heading.
    common = Font(
        size=min(font.size for font in fonts),
        bold=all(font.bold for font in fonts),
        italic=all(font.italic for font in fonts),
        capitals=all(font.capitals for font in fonts) or text.isupper(),
        underlined=all(font.underlined for font in fonts),
    )
    typed, numbered = TYPED_NUMBER.match(text), styles.numbering(paragraph)
    depth = 0 if numbered is None else (numbered[1] or 0) + 1
    return Line(paragraph, text, common, typed[1].count(".") + 1 if typed else depth)


def _may_be_heading(line: Line, last: bool) -> bool:
    """Whether the line is short, no sentence, no item, no time («9:00 Registro») and no lead-in;
    a label announces nothing when it is the `last` line of all."""
    text = line.text
    if len(text) > LONGEST_HEADING or not any(map(str.isalpha, text)) or time_cell(text):
        return False
    label = text.endswith(":") and len(text.split()) <= LABEL_WORDS and not last
    if text.endswith((".", ";", ",", ":")) and not label:
        return False
    return text[0] not in "•-–*"


def _levels(heads: Sequence[Line]) -> dict[_Element, int]:
    """Ranks of appearance; below the first rank that has numbers, the number's depth decides."""
    # In a report the title is larger than «1. Antecedentes», and this no smaller than «1.1 Marco»,
    # which authors often set alike.
    ranks = sorted({_prominence(line) for line in heads})
    places = {line.element: ranks.index(_prominence(line)) + 1 for line in heads}
    tops = [places[line.element] for line in heads if line.depth == 1]
    top = min(tops, default=0)
    levels = {}
    for line in heads:
        place = places[line.element]
        numbered = top and line.depth and place >= top
        levels[line.element] = min(top + line.depth - 1 if numbered else place, DEEPEST_HEADING)
    return levels


def _prominence(line: Line) -> tuple[int, bool, bool, bool]:
    font = line.font
    return -font.size, not font.capitals, not font.bold, font.italic
