"""A web page to blocks: its main content without menus, banners and forms."""

import re

from ingest.readers.days import mark_timetable
from ingest.readers.encoding import decode
from ingest.readers.html_main import main_content
from ingest.readers.html_page import Page
from ingest.readers.titles import promote_title, without_empty_contents
from search.types import Block, BlockKind, Reading

CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
XML_CHARSET = re.compile(rb"\A\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w:.-]{2,40})")
HEAD_BYTES = 4096
# Word writes these, other programs malform them; browsers take them for comments.
MARKED_SECTION = re.compile(r"<!\[[^>]{0,200}>")


def read_html(data: bytes, name: str) -> Reading:
    """Blocks of the main content; the language, title and date of publication if stated."""
    head = data[:HEAD_BYTES]
    declared = CHARSET.search(head) or XML_CHARSET.search(head)
    text = decode(data, declared[1].decode("ascii") if declared else None)
    page = _parse(text)
    metadata = page.metadata
    main = main_content(page.found, text, metadata.language)
    blocks = without_empty_contents(tuple(mark_timetable(main)))
    tops = [block.text for block in blocks if _is_top(block)]
    return Reading(
        blocks=promote_title(blocks),
        paged=False,
        title=metadata.title(tops, name),
        language=metadata.language,
        created=metadata.date,
    )


def fragment_blocks(text: str, level: int = 0) -> list[Block]:
    """All the blocks of a piece of HTML that stands under a heading of that level."""
    return [found.block for found in _parse(text, level).found]


def _parse(text: str, level: int = 0) -> Page:
    """The page, or all of it where a menu that never ends has swallowed the rest."""
    text = MARKED_SECTION.sub("", text)
    for keep_furniture in (False, True):
        page = Page(keep_furniture, level)
        page.feed(text)
        page.close()
        if page.found:
            break
    return page


def _is_top(block: Block) -> bool:
    return block.kind is BlockKind.HEADING and block.level == 1
