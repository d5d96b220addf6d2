"""Groups to groups with captions told from paragraphs: `Cuadro 3. Metas`, `Figure 2`."""

from collections.abc import Sequence
from dataclasses import replace

from ingest.layout.groups import Group
from ingest.layout.signs import CAPTION
from ingest.layout.tags import Role
from search.types import BlockKind

LONGEST = 300
TIGHT = 2.0  # em: how far below its label the text of a caption may stand
KINDS = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.HEADING)


def mark_captions(groups: Sequence[Group]) -> list[Group]:
    """Captions by tag or by their label; a label alone is joined to the line that it names."""
    result: list[Group] = []
    for group in groups:
        if result and _names(result[-1], group):
            result[-1] = replace(result[-1], lines=result[-1].lines + group.lines)
        elif group.kind in KINDS and _is_caption(group):
            result.append(replace(group, kind=BlockKind.CAPTION, level=0))
        else:
            result.append(group)
    return result


def _is_caption(group: Group) -> bool:
    tag, text = group.lines[0].tag, group.text
    if tag is not None and tag.role is Role.CAPTION:
        return True
    label = CAPTION.match(text)
    if label is None or len(text) > LONGEST:
        return False
    following = text[label.end() :].lstrip()
    stopped = label.group()[-1] in ".:)–—-"
    return stopped or not following or not (following[0].islower() or following[0] == ",")


def _names(label: Group, group: Group) -> bool:
    """Whether a caption is only a label and the group right below says of what."""
    if label.kind is not BlockKind.CAPTION or group.kind not in KINDS or _is_caption(group):
        return False
    match, last, line = CAPTION.match(label.text), label.lines[-1], group.lines[0]
    alone = match is not None and match.end() == len(label.text.rstrip())
    below = last.page == line.page and 0 < line.base - last.base < TIGHT * line.size
    short = len(group.text) <= LONGEST and not group.text.endswith(".")
    return alone and below and short and line.bold == last.bold
