"""Reads electronic books (EPUB): the chapters in reading order, each as a web page."""

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote

from lxml.etree import _Element

from ingest.errors import Encrypted, ReadError, Unreadable
from ingest.readers.clean import clean, decode, promote_title, sensible_title
from ingest.readers.html import fragment_blocks
from ingest.readers.ooxml import (
    elements_named,
    first_text,
    iso_date,
    open_parts,
    two_letters,
)
from ingest.readers.tables import mark_timetable
from search.documents import Block, Reading

CONTAINER, PROTECTION = "META-INF/container.xml", "META-INF/encryption.xml"
CHAPTER_TYPES = frozenset(("application/xhtml+xml", "text/html"))
NOT_CHAPTERS = frozenset(("cover", "toc"))
ASIDE_TAG = re.compile(r"<(/?)aside\b", re.IGNORECASE)  # in a book it is a note, not a menu


def read_epub(data: bytes, name: str) -> Reading:
    """Blocks of the chapters, without cover and contents; title, language, date of the package.

    A damaged chapter is left out with a warning.
    """
    with open_parts(data) as parts:
        # OCF: the container names the package file, and the package's spine the chapters in order.
        rootfile = next(elements_named(parts.tree(CONTAINER), "rootfile"), None)
        path = "" if rootfile is None else rootfile.get("full-path", "")
        package = parts.tree(path)
        chapters = list(_chapters(package, posixpath.dirname(path), parts.names))
        # Fonts may be scrambled; chapters that are belong to a shop's reader.
        locked = elements_named(parts.optional(PROTECTION), "CipherReference")
        if not {unquote(reference.get("URI", "")) for reference in locked}.isdisjoint(chapters):
            raise Encrypted("El libro electrónico está protegido contra copia.")
        blocks: list[Block] = []
        lost: list[str] = []
        for chapter in chapters:
            try:
                text = decode(parts.read(chapter))
                blocks += fragment_blocks(ASIDE_TAG.sub(r"<\1div", text))
            except ReadError:
                lost.append(posixpath.basename(chapter))
    if lost and not blocks:
        raise Unreadable("El libro electrónico está dañado: ningún capítulo se puede leer.")
    return Reading(
        blocks=promote_title(tuple(mark_timetable(blocks))),
        paged=False,
        title=sensible_title(clean(first_text(package, "title")), name),
        language=two_letters(first_text(package, "language")),
        created=iso_date(first_text(package, "date")),
        warnings=(f"capítulos dañados no leídos: {', '.join(lost)}",) if lost else (),
    )


def _chapters(package: _Element, folder: str, names: frozenset[str]) -> Iterator[str]:
    """The names of the pages in reading order, each once, that are there."""
    items = {item.get("id"): item for item in elements_named(package, "item")}
    aside = {
        unquote(reference.get("href", "").partition("#")[0])
        for reference in elements_named(package, "reference")
        if reference.get("type") in NOT_CHAPTERS
    }
    seen: set[str] = set()
    for reference in elements_named(package, "itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in CHAPTER_TYPES:
            continue
        href = unquote(item.get("href", ""))
        path = posixpath.normpath(posixpath.join(folder, href))
        # EPUB 3 marks its table of contents so; EPUB 2 names it in the guide, as `toc`.
        contents = "nav" in item.get("properties", "").split()
        if path in names and path not in seen and href not in aside and not contents:
            seen.add(path)
            yield path
