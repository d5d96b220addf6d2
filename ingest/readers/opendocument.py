"""What text documents, presentations and spreadsheets of OpenDocument have in common."""

import re
from collections.abc import Iterator

from lxml.etree import _Element

from ingest.errors import Encrypted, Unreadable
from ingest.readers.clean import clean, superscript
from ingest.readers.parts import Parts, first_text, iso_date, two_letters
from ingest.readers.titles import sensible_title
from search.types import Block, BlockKind, Part

SPACES = {
    "office": "office",
    "text": "text",
    "table": "table",
    "draw": "drawing",
    "style": "style",
    "presentation": "presentation",
    "fo": "xsl-fo-compatible",
    "svg": "svg-compatible",
}
ENCODED = re.compile(r"_([0-9a-f]{2})_")  # how names of styles hold their spaces


def q(name: str) -> str:
    """The name as lxml has it: `text:p` with its whole namespace."""
    prefix, _, local = name.partition(":")
    return f"{{urn:oasis:names:tc:opendocument:xmlns:{SPACES[prefix]}:1.0}}{local}"


PARAGRAPH, HEADING, LIST, TABLE = map(q, ("text:p", "text:h", "text:list", "table:table"))
NOTE, SPACE = q("text:note"), q("text:s")
GAPS = frozenset(map(q, ("text:tab", "text:line-break")))
# In the file but not in the line: comments, deleted text, reading aids, what is drawn beside it.
UNSEEN = frozenset(
    map(
        q,
        "office:annotation office:annotation-end office:event-listeners office:forms"
        " text:tracked-changes text:ruby-text text:hidden-text text:hidden-paragraph text:number"
        " text:note-citation presentation:notes".split(),
    )
)
SHAPES = tuple(f"{q(f'{prefix}:x')[:-1]}" for prefix in ("draw", "table"))
LINK = q("draw:a")


class Styles:
    """The styles of one document, each with all that it inherits."""

    def __init__(self, *trees: _Element | None) -> None:
        self._by_name: dict[tuple[str, str], _Element] = {}
        for tree in trees:
            for style in tree.iter(q("style:style")) if tree is not None else ():
                key = style.get(q("style:family"), ""), style.get(q("style:name"), "")
                self._by_name.setdefault(key, style)

    def chain(self, family: str, name: str | None) -> Iterator[_Element]:
        """The style and those it is based on; a loop among them ends."""
        seen: set[str] = set()
        while name and name not in seen and (family, name) in self._by_name:
            seen.add(name)
            style = self._by_name[family, name]
            yield style
            name = style.get(q("style:parent-style-name"))

    def names(self, family: str, name: str | None) -> list[str]:
        """The names in that chain, with spaces, in lower case."""
        found = (style.get(q("style:name"), "") for style in self.chain(family, name))
        return [ENCODED.sub(lambda code: chr(int(code[1], 16)), name).lower() for name in found]

    def property(self, family: str, name: str | None, attribute: str) -> str:
        """The value that counts for the style: the nearest one stated; "" if none is."""
        for style in self.chain(family, name):
            for properties in style:
                value = properties.get(q(attribute))
                if value:
                    return str(value)
        return ""


class Writing:
    """Turns inline content into words; notes wait until their paragraph is done."""

    def __init__(self, styles: Styles) -> None:
        self.styles = styles
        self._cited = 0
        self._pending: list[str] = []

    def words(self, element: _Element) -> str:
        """The text that one sees, with the marks of the notes it cites."""
        pieces = [element.text or ""]
        for child in element:
            pieces.append(self._inline(child))
            pieces.append(child.tail or "")
        return "".join(pieces)

    def lines(self, container: _Element) -> str:
        """The text of a cell or a box: a line a paragraph."""
        return "\n".join(clean(self.words(paragraph)) for paragraph in paragraphs(container))

    def flush(self) -> Iterator[Block]:
        """The notes cited since the last time."""
        for text in self._pending:
            yield Block(BlockKind.FOOTNOTE, (Part(1, text),))
        self._pending = []

    def _inline(self, child: _Element) -> str:
        tag = child.tag
        if not isinstance(tag, str) or tag in UNSEEN:  # comments of the XML have no name
            return ""
        if tag in GAPS or tag == SPACE:
            return " "
        if tag == NOTE:
            return self._cite(child)
        if tag.startswith(SHAPES) and tag != LINK:
            return ""
        style = child.get(q("text:style-name"))
        if self.styles.property("text", style, "text:display") == "none":
            return ""
        return self.words(child)

    def _cite(self, note: _Element) -> str:
        body = note.find(q("text:note-body"))
        text = clean(" ".join(map(self.words, paragraphs(body)))) if body is not None else ""
        if not text:
            return ""
        self._cited += 1
        mark = superscript(self._cited)
        self._pending.append(f"{mark} {text}")
        return mark


def paragraphs(container: _Element) -> Iterator[_Element]:
    """The paragraphs at any depth, but not those in comments, notes or shapes beside the text."""
    for child in container:
        if child.tag in (PARAGRAPH, HEADING):
            yield child
        elif isinstance(child.tag, str) and child.tag not in UNSEEN and child.tag != NOTE:
            yield from paragraphs(child)


def drawn(element: _Element) -> Iterator[_Element]:
    """The shapes with text that are drawn in an element, the outermost of each nest."""
    for child in element:
        tag = child.tag
        if not isinstance(tag, str) or tag in UNSEEN or tag == NOTE:
            continue
        if tag.startswith(SHAPES[0]) and any(c.tag in (PARAGRAPH, LIST, TABLE) for c in child):
            yield child
        else:
            yield from drawn(child)


def check_open(parts: Parts) -> None:
    """Raise `Encrypted` if the content wants a password, `Unreadable` if there is none."""
    manifest = "META-INF/manifest.xml"
    if manifest in parts.names and b"encryption-data" in parts.read(manifest):
        raise Encrypted("El archivo está protegido con contraseña; guárdelo sin ella.")
    if "content.xml" not in parts.names:
        raise Unreadable("El archivo está dañado o incompleto (no tiene contenido).")


def content_of(parts: Parts, kind: str) -> _Element:
    """The body of the document. Raises `Unreadable` if it is of another kind, and `Encrypted`."""
    check_open(parts)
    body = parts.tree("content.xml").find(f"{q('office:body')}/{q(f'office:{kind}')}")
    if body is None:
        raise Unreadable("El archivo está dañado o incompleto (no tiene contenido).")
    return body


def properties_of(parts: Parts, name: str) -> tuple[str | None, str | None]:
    """Title and date of creation."""
    meta = parts.optional("meta.xml")
    return sensible_title(clean(first_text(meta, "title")), name), iso_date(
        first_text(meta, "creation-date")
    )


def language_of(styles: _Element | None) -> str | None:
    """The language that text has unless it says otherwise."""
    if styles is None:
        return None
    for style in styles.iter(q("style:default-style")):
        if style.get(q("style:family")) in ("paragraph", "graphic"):
            for properties in style.iter(q("style:text-properties")):
                language = two_letters(properties.get(q("fo:language"), ""))
                if language:
                    return language
    return None
