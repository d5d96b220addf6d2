"""The service → what a browser needs to search it from its own box (OpenSearch 1.1)."""

from collections.abc import Iterable

from lxml import etree
from lxml.builder import ElementMaker

from search.types import Suggestion
from service.i18n import _, language
from service.links import document_url, localised, search_url
from service.rendering import static_url

DESCRIPTION_TYPE = "application/opensearchdescription+xml"
SUGGESTIONS_TYPE = "application/x-suggestions+json"

_NAMESPACE = "http://a9.com/-/spec/opensearch/1.1/"
_make = ElementMaker(namespace=_NAMESPACE, nsmap={None: _NAMESPACE})


def description(origin: str) -> bytes:
    """The description document in the language of the request.

    https://github.com/dewitt/opensearch/blob/master/opensearch-1-1-draft-6.md
    """
    results = f"{origin}{localised('/')}?q={{searchTerms}}&pagina={{startPage?}}"
    suggestions = f"{origin}/api/v1/suggest/opensearch?q={{searchTerms}}&lang={language()}"
    itself = f"{origin}{localised('/opensearch.xml')}"
    icon = f"{origin}{static_url('acervo.svg')}"
    tree = _make.OpenSearchDescription(
        _make.ShortName("Acervo"),
        _make.LongName(_("Acervo: capacitación en gobernanza de los ODS")),
        _make.Description(
            _("Busca en materiales de capacitación sobre gobernanza de los ODS, con citas.")
        ),
        _make.Url(type="text/html", method="get", template=results, pageOffset="1"),
        _make.Url(type=SUGGESTIONS_TYPE, method="get", template=suggestions),
        _make.Url(type=DESCRIPTION_TYPE, rel="self", template=itself),
        _make.Image(icon, width="64", height="64", type="image/svg+xml"),
        _make.Query(role="example", searchTerms=_("gobernanza eficaz")),
        _make.Language(language()),
        _make.InputEncoding("UTF-8"),
        _make.OutputEncoding("UTF-8"),
    )
    written: bytes = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def completions(
    text: str, suggestions: Iterable[Suggestion], origin: str
) -> tuple[str, list[str], list[str], list[str]]:
    """`["gob", ["gobernanza"], [], ["https://…"]]`: what was typed, its completions, nothing about
    them, and where each leads: a document, or the results for the words."""
    found = list(suggestions)
    addresses = [
        document_url(item.document_id, item.page) if item.document_id else search_url(item.text)
        for item in found
    ]
    return text, [item.text for item in found], [], [origin + path for path in addresses]
