"""A Markdown source with a TOML header becomes blocks that every format can draw."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

LABELS = {
    "es": "Material de demostración de Acervo; no es un documento de las Naciones Unidas",
    "en": "Acervo demonstration material; not a United Nations document",
    "pt": "Material de demonstração do Acervo; não é um documento das Nações Unidas",
}
PAGE_WORDS = {"es": "Página", "en": "Page", "pt": "Página"}
NOTE_PREFIXES = ("Notas:", "Notes:")

MARKDOWN = MarkdownIt("commonmark").enable("table")


class Kind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    TABLE = "table"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one face."""

    text: str
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, list item, table or speaker note.

    `number` is the ordinal of an item in a numbered list; a table keeps its header as first row.
    """

    kind: Kind
    runs: tuple[Run, ...] = ()
    level: int = 0
    number: int | None = None
    rows: tuple[tuple[tuple[Run, ...], ...], ...] = ()

    @property
    def text(self) -> str:
        """The plain text of the runs."""
        return plain(self.runs)


@dataclass(frozen=True, slots=True)
class Source:
    """One document before it has a format."""

    file: str
    title: str
    subtitle: str
    language: str
    date: str
    columns: int
    body: str
    blocks: tuple[Block, ...]

    @property
    def label(self) -> str:
        """What says, in the document's own language, that this is demonstration material."""
        return LABELS[self.language]


def plain(runs: tuple[Run, ...]) -> str:
    """The text of the runs without their faces."""
    return "".join(run.text for run in runs)


def read_source(path: Path) -> Source:
    """Read a source; raises `ValueError` when its header does not stand between `+++` lines."""
    opening, header, body = path.read_text(encoding="utf-8").split("+++\n", 2)
    if opening:
        raise ValueError(f"{path.name}: the header must open the file")
    fields = tomllib.loads(header)
    return Source(
        file=fields["archivo"],
        title=fields["titulo"],
        subtitle=fields["subtitulo"],
        language=fields["idioma"],
        date=fields["fecha"],
        columns=fields.get("columnas", 1),
        body=body.strip() + "\n",
        blocks=tuple(blocks_of(body)),
    )


def blocks_of(markdown: str) -> Iterator[Block]:
    """The blocks of a Markdown text in reading order."""
    for node in SyntaxTreeNode(MARKDOWN.parse(markdown)).children:
        if node.type == "heading":
            yield Block(Kind.HEADING, _runs(node), level=int(node.tag[1]))
        elif node.type == "paragraph":
            yield Block(Kind.PARAGRAPH, _runs(node))
        elif node.type in ("bullet_list", "ordered_list"):
            yield from _items(node, level=1)
        elif node.type == "table":
            rows = (row for part in node.children for row in part.children)
            cells = tuple(tuple(_runs(cell) for cell in row.children) for row in rows)
            yield Block(Kind.TABLE, rows=cells)
        elif node.type == "blockquote":
            yield from (Block(Kind.NOTE, _note(child)) for child in node.children)
        else:
            raise ValueError(f"a source may not hold a {node.type}")


def _items(node: SyntaxTreeNode, level: int) -> Iterator[Block]:
    ordered = node.type == "ordered_list"
    for position, item in enumerate(node.children, start=1):
        for child in item.children:
            if child.type == "paragraph":
                number = position if ordered else None
                yield Block(Kind.ITEM, _runs(child), level=level, number=number)
            else:
                yield from _items(child, level + 1)


def _note(node: SyntaxTreeNode) -> tuple[Run, ...]:
    text = plain(_runs(node))
    for prefix in NOTE_PREFIXES:
        text = text.removeprefix(prefix)
    return (Run(text.strip()),)


def _runs(node: SyntaxTreeNode, bold: bool = False, italic: bool = False) -> tuple[Run, ...]:
    if node.type in ("text", "code_inline"):
        return (Run(node.content, bold, italic),)
    if node.type == "softbreak":
        return (Run(" ", bold, italic),)
    bold, italic = bold or node.type == "strong", italic or node.type == "em"
    return tuple(run for child in node.children for run in _runs(child, bold, italic))
