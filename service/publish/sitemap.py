"""Writes what tells crawlers where to look: sitemaps in all languages and robots.txt."""

from collections.abc import Callable, Sequence
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


def robots(origin: str) -> str:
    """`robots.txt` (RFC 9309): the longest rule that matches wins."""
    prefixes = ["" if code == DEFAULT else f"/{code}" for code in LANGUAGES]
    endless = ("/?", "/buscar", "/documentos/*/citar")
    results = "".join(f"Disallow: {prefix}{path}\n" for prefix in prefixes for path in endless)
    return ROBOTS.format(results=results, origin=origin)


def sitemap(
    documents: Sequence[Document], origin: str, part: int | None = None, most: int = MOST_ADDRESSES
) -> bytes | None:
    """The sitemap, or the index of its parts when it has more than `most` addresses; with `part`
    that one, counted from 1, or None when there is no such part."""
    pages: list[tuple[Callable[[], str], str | None]] = [
        *((partial(localised, path), None) for path in PAGES),
        *((partial(document_url, one.id), one.ingested and one.ingested[:10]) for one in documents),
    ]
    step = max(1, most // len(LANGUAGES))  # a page stays together with its translations
    if part is None and len(pages) > step:
        tree = etree.Element(f"{{{_SITEMAP}}}sitemapindex", nsmap={None: _SITEMAP})
        for number in range(1, -(-len(pages) // step) + 1):
            entry = etree.SubElement(tree, f"{{{_SITEMAP}}}sitemap")
            etree.SubElement(entry, f"{{{_SITEMAP}}}loc").text = f"{origin}/sitemap-{number}.xml"
    else:
        if part is not None:
            # A negative part would count from the end.
            pages = pages[(part - 1) * step : part * step] if part > 0 else []
            if not pages:
                return None
        tree = etree.Element(f"{{{_SITEMAP}}}urlset", nsmap={None: _SITEMAP, "xhtml": _LINK})
        for address, day in pages:
            _add_page(tree, origin, address, day)
    text: bytes = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return text


def _add_page(
    tree: etree._Element, origin: str, address: Callable[[], str], changed: str | None
) -> None:
    """A page once a language, and each time with all its translations (hreflang)."""
    addresses = {}
    for code in LANGUAGES:
        # What makes addresses takes the language of the context, as in a request.
        with speaking(code):
            addresses[code] = origin + address()
    alternates = {**addresses, "x-default": addresses[DEFAULT]}
    for own in addresses.values():
        entry = etree.SubElement(tree, f"{{{_SITEMAP}}}url")
        etree.SubElement(entry, f"{{{_SITEMAP}}}loc").text = own
        if changed:
            etree.SubElement(entry, f"{{{_SITEMAP}}}lastmod").text = changed
        for code, other in alternates.items():
            link = f"{{{_LINK}}}link"
            etree.SubElement(entry, link, rel="alternate", hreflang=code, href=other)
