"""Makes the addresses of pages, documents, passages, images and results."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from service.i18n import DEFAULT, language

VERSION_LETTERS = 12  # so much of the SHA-256 of an original tells its contents apart


def localised(path: str) -> str:
    """The address of a page in the language of the request: `/en/acerca`."""
    return path if language() == DEFAULT else f"/{language()}{path}"


def document_url(document_id: str, page: int | None = None, passage_id: str | None = None) -> str:
    """`/documentos/{id}?pagina=3#p-…`, without what is not known."""
    url = f"/documentos/{quote(document_id, safe='')}"
    if page is not None:
        url += f"?pagina={page}"
    if passage_id is not None:
        url += f"#{quote(anchor(passage_id), safe='')}"
    return localised(url)


def anchor(passage_id: str) -> str:
    """The `id` of the element that holds a passage in the reader."""
    return f"p-{passage_id}"


def cite_url(document_id: str, page: int | None = None, passage_id: str | None = None) -> str:
    """The page that tells how to cite a document, a page of it or a passage on that page."""
    given = {"pagina": page, "pasaje": passage_id}
    known = urlencode({name: value for name, value in given.items() if value is not None})
    return localised(f"/documentos/{quote(document_id, safe='')}/citar?{known}")


def inside_url(document_id: str, text: str) -> str:
    """The reader with what one document says about a question."""
    return f"{document_url(document_id)}?{urlencode({'buscar': text})}"


def followed(url: str, qid: str | None = None) -> str:
    """A passage's address as a page links to it: it names the passage to the server too, which
    never sees what stands behind `#`, and the search that led there."""
    address, _, fragment = url.partition("#")
    known = {"pasaje": fragment.removeprefix("p-"), "b": qid}
    more = "&".join(f"{name}={value}" for name, value in known.items() if value)
    joint = "&" if "?" in address else "?"
    return f"{address}{joint + more if more else ''}{'#' + fragment if fragment else ''}"


def export_url(
    text: str, filters: Mapping[str, Sequence[str]], form: str, *, literal: bool = False
) -> str:
    """The results of a query as a file."""
    parameters = {"format": form, "q": text, **filters, "literal": ["1"] * literal}
    return f"/api/v1/search/export?{urlencode(parameters, doseq=True)}"


def search_url(
    text: str,
    filters: Mapping[str, Sequence[str]] | None = None,
    page: int = 1,
    *,
    literal: bool = False,
    explain: bool = False,
) -> str:
    """The results page of a query with its filters; `literal` leaves its spelling alone."""
    parameters = {
        "q": text,
        **(filters or {}),
        "literal": ["1"] * literal,
        "explain": ["1"] * explain,
        # The first page has one address only, with or without being asked for.
        "pagina": [page] if page > 1 else [],
    }
    return localised(f"/?{urlencode(parameters, doseq=True)}")


def page_text_url(document_id: str, page: int) -> str:
    """The stored text of a page, which every quote can be checked against."""
    return f"/api/v1/documents/{quote(document_id, safe='')}/pages/{page}.json"


def page_image_url(document_id: str, page: int, width: int, sha256: str) -> str:
    """A page as an image of that width; the address names the content, so that it can be kept."""
    place = f"/api/v1/documents/{quote(document_id, safe='')}/pages/{page}.webp"
    return f"{place}?w={width}&v={sha256[:VERSION_LETTERS]}"


def original_url(document_id: str) -> str:
    """The file that a document was made from."""
    return f"/documentos/{quote(document_id, safe='')}/original"
