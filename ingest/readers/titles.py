"""Which heading or metadata field is the title of the whole document."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from search.types import Block, BlockKind

# What word processors write when the author gave no title.
EMPTY_TITLE = re.compile(
    r"^(?:microsoft (?:word|powerpoint|office word)|powerpoint[- ]pr[äe]sentation|powerpoint"
    r"|presentation ?\d*|presentaci[óo]n(?: de powerpoint)? ?\d*"
    r"|apresenta[çc][ãa]o(?: do powerpoint)?"
    r"|pr[ée]sentation powerpoint|slide ?\d*|diapositiva ?\d*|untitled(?: document)?"
    r"|(?:documento )?sin t[íi]tulo|documento?(?: de (?:microsoft )?word)? ?\d*|document ?\d*"
    r"|t[íi]tulo(?: del documento| de la presentaci[óo]n)?|title|word document|normal|plantilla"
    r"|template|libro ?\d+|hoja ?\d+)\b(?:\s*[-–:].*)?$",
    re.IGNORECASE,
)
CONTENTS_TITLE = re.compile(
    r"^(?:tabla de )?(?:[íi]ndice|contenidos?|sumario|contents|sumário|conteúdo|sommaire)"
    r"(?: (?:general|de contenidos?|de (?:tablas|cuadros|gráficos|figuras)))?:?$"
    r"|^table (?:of contents|des matières)$",
    re.IGNORECASE,
)
SHORTEST, LONGEST = 4, 300
COVER_BLOCKS = 8  # a title has no more than the lines of a cover before it
FILE_SUFFIX = re.compile(r"\.(?:docx?|pptx?|pdf|odt|rtf|indd|qxd|html?)\b", re.IGNORECASE)


def sensible_title(title: str, name: str) -> str | None:
    """The title in a file's metadata, unless it says nothing: a program or the file's name."""
    if not SHORTEST <= len(title) <= LONGEST or EMPTY_TITLE.match(title):
        return None
    if FILE_SUFFIX.search(title) or _bare(title) == _bare(PurePath(name).stem):
        return None
    return title if any(map(str.isalpha, title)) else None


def promote_title(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The only heading of level 1 is the title when it is the first of all and near the top."""
    headings = [number for number, block in enumerate(blocks) if block.kind is BlockKind.HEADING]
    tops = [number for number in headings if blocks[number].level == 1]
    titled = any(block.kind is BlockKind.TITLE for block in blocks)
    if titled or len(tops) != 1 or tops[0] != headings[0] or tops[0] > COVER_BLOCKS:
        return tuple(blocks)
    top = tops[0]
    title = replace(blocks[top], kind=BlockKind.TITLE, level=0)
    return (*blocks[:top], title, *blocks[top + 1 :])


def without_empty_contents(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Leave out «Índice» and the like where the list below them was left out."""
    kept = []
    for number, block in enumerate(blocks):
        below = blocks[number + 1] if number + 1 < len(blocks) else None
        empty = below is None or (below.kind is block.kind and below.level <= block.level)
        named = block.kind is BlockKind.HEADING and CONTENTS_TITLE.match(block.text)
        if not (named and empty):
            kept.append(block)
    return tuple(kept)


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
