"""Writes what tells crawlers where to look: sitemaps in all languages and robots.txt."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from lxml import etree

from search.documents import Document
from service.i18n import DEFAULT, LANGUAGES, speaking
from service.links import document_url, localised

PAGES = ("/", "/documentos", "/acerca", "/accesibilidad", "/privacidad")  # worth finding

# The protocol allows 50,000 in a file and 50 MB; one with its four alternates takes 1.2 KB, so that
# 50,000 would be too large.
MOST_ADDRESSES = 20_000

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_LINK = "http://www.w3.org/1999/xhtml"

# Pages and documents may be read by anyone; results of searches are endless, and each costs a
# search; citations say nothing that the page does not.
ROBOTS = """\
User-agent: *
Allow: /
Allow: /api/v1/documents
Allow: /api/v1/openapi.json
Disallow: /api/
{results}Disallow: /livez
Disallow: /readyz
Disallow: /metrics

Sitemap: {origin}/sitemap.xml
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A page in every language, and the day its content was last read."""

    addresses: dict[str, str]
    changed: str | None = None


def robots(origin: str) -> str:
    """`robots.txt` (RFC 9309): the longest rule that matches wins."""
    prefixes = ["" if code == DEFAULT else f"/{code}" for code in LANGUAGES]
    endless = ("/?", "/buscar", "/documentos/*/citar")
    results = "".join(f"Disallow: {prefix}{path}\n" for prefix in prefixes for path in endless)
    return ROBOTS.format(results=results, origin=origin)


def places(documents: Sequence[Document]) -> Iterator[Place]:
    """The fixed pages and then the documents."""
    for path in PAGES:
        yield _place(partial(localised, path))
    for document in documents:
        day = document.ingested[:10] if document.ingested else None
        yield _place(partial(document_url, document.id), day)


def _place(address: Callable[[], str], changed: str | None = None) -> Place:
    # The functions that make addresses take the language of the context, as in a request.
    addresses = {}
    for code in LANGUAGES:
        with speaking(code):
            addresses[code] = address()
    return Place(addresses, changed)


def sitemap(
    documents: Sequence[Document], origin: str, part: int | None = None, most: int = MOST_ADDRESSES
) -> bytes | None:
    """The sitemap, or the index of its parts when it has more than `most` addresses; with `part`
    that one, counted from 1, or None when there is no such part."""
    every = list(places(documents))
    step = max(1, most // len(LANGUAGES))  # a page stays together with its translations
    if part is None:
        if len(every) <= step:
            return _written(_address_set(every, origin))
        return _written(_index(range(1, -(-len(every) // step) + 1), origin))
    chosen = every[(part - 1) * step : part * step]
    return _written(_address_set(chosen, origin)) if part > 0 and chosen else None


def _index(parts: range, origin: str) -> etree._Element:
    tree = etree.Element(f"{{{_SITEMAP}}}sitemapindex", nsmap={None: _SITEMAP})
    for part in parts:
        entry = etree.SubElement(tree, f"{{{_SITEMAP}}}sitemap")
        etree.SubElement(entry, f"{{{_SITEMAP}}}loc").text = f"{origin}/sitemap-{part}.xml"
    return tree


def _address_set(chosen: Sequence[Place], origin: str) -> etree._Element:
    """Each page once a language, and each time with all its translations (hreflang)."""
    tree = etree.Element(f"{{{_SITEMAP}}}urlset", nsmap={None: _SITEMAP, "xhtml": _LINK})
    for place in chosen:
        for address in place.addresses.values():
            entry = etree.SubElement(tree, f"{{{_SITEMAP}}}url")
            etree.SubElement(entry, f"{{{_SITEMAP}}}loc").text = origin + address
            if place.changed:
                etree.SubElement(entry, f"{{{_SITEMAP}}}lastmod").text = place.changed
            for code, other in place.addresses.items():
                _alternate(entry, code, origin + other)
            _alternate(entry, "x-default", origin + place.addresses[DEFAULT])
    return tree


def _alternate(entry: etree._Element, code: str, address: str) -> None:
    etree.SubElement(entry, f"{{{_LINK}}}link", rel="alternate", hreflang=code, href=address)


def _written(tree: etree._Element) -> bytes:
    text: bytes = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return text
