"""A web page to blocks: its main content without menus, banners and forms."""

import re
from collections.abc import Sequence

from ingest.readers.clean import clean
from ingest.readers.days import mark_timetable
from ingest.readers.encoding import decode
from ingest.readers.html_page import Page, Region
from ingest.readers.titles import promote_title, sensible_title
from search.types import Block, BlockKind, Reading

CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
HEAD_BYTES = 4096
# Word writes these, other programs malform them; browsers take them for comments.
MARKED_SECTION = re.compile(r"<!\[[^>]{0,200}>")
MAIN_SHARE = 0.3  # <main> or <article> with less of the text than this is not the main content
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_html(data: bytes, name: str) -> Reading:
    """Blocks of the main content; the `<html lang>`, title and date of publication if stated."""
    declared = CHARSET.search(data[:HEAD_BYTES])
    text = decode(data, declared[1].decode("ascii") if declared else None)
    page = parse_page(text)
    blocks = tuple(mark_timetable(_main_content(page.found)))
    dated = DATE.match(page.metadata.get("date", ""))
    language = page.metadata.get("language", "").split("-")[0].lower()
    return Reading(
        blocks=promote_title(blocks),
        paged=False,
        title=_title(page, blocks, name),
        language=language if len(language) == 2 else None,
        created=dated[0] if dated else None,
    )


def parse_page(text: str) -> Page:
    """The page, or all of it where a menu that never ends has swallowed the rest."""
    text = MARKED_SECTION.sub("", text)
    for keep_furniture in (False, True):
        page = Page(keep_furniture)
        page.feed(text)
        page.close()
        if page.found:
            break
    return page


def _main_content(found: Sequence[tuple[Region, Block]]) -> list[Block]:
    """The blocks of `<main>`, else of `<article>`, else all; of a page header only its h1."""
    lengths = dict.fromkeys(Region, 0)
    for region, block in found:
        lengths[region] += len(block.text)
    whole = sum(lengths.values())
    chosen = Region.BODY
    for region in (Region.MAIN, Region.ARTICLE):
        if sum(lengths[r] for r in Region if r >= region) > MAIN_SHARE * whole:
            chosen = region
            break
    inside = [block for region, block in found if region >= chosen]
    if any(map(_is_top, inside)):
        return inside
    return [block for region, block in found if region >= chosen or _is_top(block)] or [
        block for _, block in found
    ]


def _is_top(block: Block) -> bool:
    return block.kind is BlockKind.HEADING and block.level == 1


def _title(page: Page, blocks: Sequence[Block], name: str) -> str | None:
    """What the page calls itself when shared, else its only h1, else the title of its window."""
    tops = [block.text for block in blocks if _is_top(block)]
    candidates = (
        clean(page.metadata.get("og:title", "")),
        tops[0] if len(tops) == 1 else "",
        clean(page.metadata.get("title", "")),
    )
    return next(filter(None, (sensible_title(text, name) for text in candidates)), None)
