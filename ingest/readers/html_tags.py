"""What the tags, roles and class names of a web page say about the parts that they mark."""

import re

HEADINGS = {f"h{level}": level for level in range(1, 7)}
# Never text of the page: code, drawings, controls (but not <form>, which may wrap a whole page).
SILENT = frozenset(
    "script style noscript template svg math canvas object iframe audio video select textarea"
    " button label datalist map dialog".split()
)
FURNITURE = frozenset(("nav", "footer", "menu"))
FURNITURE_ROLES = frozenset(("navigation", "contentinfo", "search", "dialog", "alertdialog"))
BANNER = re.compile(
    r"(?:^|[\s_-])(?:cookies?|gdpr|consent|breadcrumbs?|migas|skip-?link|sr-only|visually-hidden"
    r"|social-?share|share-?buttons|newsletter|popup|modal)(?:$|[\s_-])",
    re.IGNORECASE,
)
BESIDE = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|menú|sidebar|barra-lateral|footer|pie-de-pagina|pie"
    r"|related|relacionad[oa]s?|share|sharing|compartir|social-(?:links|media|icons|nav)"
    r"|redes-sociales|addtoany|pagination|paginaci[oó]n|pager|comments?|comentarios|disqus"
    r"|advert\w*|publicidad|widget-area|toolbar|login|topbar|tag-?cloud|toc)(?:$|[\s_-])",
    re.IGNORECASE,
)
# Tags that may be left unclosed, or that hold everything, are never skipped for their class.
OPEN_ENDED = frozenset("html body main article p li dd dt td th tr tbody thead option".split())
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
BREAKING = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption"
    " figure footer form header hgroup hr html legend li main menu nav ol p pre section summary"
    " table tbody td tfoot th thead tr ul".split()
) | frozenset(HEADINGS)
LISTS = frozenset(("ul", "ol"))
CAPTIONS = frozenset(("caption", "figcaption"))
REGIONS = frozenset(("main", "article", "header"))
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
UNMARKED = re.compile(r"list-style(?:-type)?\s*:\s*none", re.IGNORECASE)
LIST_STYLES = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
NOTE_ID = re.compile(
    r"^(?:user-content-)?_?(?:ftn|fn|edn|footnote|endnote|note|nota|pie|cite_note)"
    r"[-_:]?(?:[a-z\d]+[-_:])?(\d{1,3})$",
    re.IGNORECASE,
)


def is_furniture(tag: str, attributes: dict[str, str]) -> bool:
    """Whether a part is a menu or a page footer, by its tag or role."""
    return tag in FURNITURE or attributes.get("role", "").lower() in FURNITURE_ROLES


def is_unwanted(tag: str, attributes: dict[str, str]) -> bool:
    """Whether a part is not shown, is no text, or is a banner over the page."""
    if tag in SILENT:
        return True
    if tag in OPEN_ENDED:
        return False
    hidden = "hidden" in attributes or attributes.get("aria-hidden") == "true"
    if hidden or HIDDEN_STYLE.search(attributes.get("style", "")):
        return True
    return BANNER.search(names(attributes)) is not None


def is_beside(tag: str, attributes: dict[str, str]) -> bool:
    """Whether a part seems to stand beside the content, by its tag, role or names."""
    if tag == "aside" or attributes.get("role", "").lower() == "complementary":
        return True
    return tag in BREAKING - OPEN_ENDED and BESIDE.search(names(attributes)) is not None


def names(attributes: dict[str, str]) -> str:
    """The class and id of a tag."""
    return f"{attributes.get('class', '')} {attributes.get('id', '')}"


def note_number(attributes: dict[str, str]) -> int | None:
    """The number of the footnote whose text the tag marks."""
    found = NOTE_ID.match(attributes.get("id", "") or attributes.get("name", ""))
    return int(found[1]) if found else None
