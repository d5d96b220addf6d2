"""What was found on a web page to its main content, without menus, banners and the like.

Where tags and class names do not tell, jusText judges the paragraphs by length, links and
function words (Pomikálek, 2011).
"""

import re
from collections.abc import Sequence

import justext

from ingest.readers.clean import clean
from ingest.readers.html_page import Found, Region
from search.types import Block, BlockKind

MAIN_SHARE = 0.3  # <main> or <article> with less of the text than this is not the main content
BESIDE_SHARE = 0.6  # what seems to be no content, but is more of the page than this, is content
LINKED = 0.5  # share of letters in links above which a line is a menu's
LONGEST_LINK = 40  # characters
SOLID = 80  # characters without links: a paragraph of the content, whatever jusText says
LONGEST_PHRASE = 80
STOPLISTS = {
    "es": "Spanish",
    "pt": "Portuguese",
    "gl": "Galician",
    "ca": "Catalan",
    "en": "English",
    "fr": "French",
}
PHRASE = re.compile(
    r"^(?:compart(?:ir|e|a)(?:\s(?:en|por|esta?|este|con|vía|via)\b.{0,40})?"
    r"|share(?: (?:this|on)\b.{0,30})?|tweet(?:ear)?|twittear|imprimir(?: (?:esta )?página)?"
    r"|descargar pdf|enviar por (?:correo|e-?mail)"
    r"|volver(?: al?)? (?:arriba|inicio)|ir al? (?:contenido|inicio)(?: principal)?"
    r"|saltar al? contenido(?: principal)?|pasar al contenido principal|skip to (?:main )?content"
    r"|leer más|ver más|ver todos?|suscr[íi]b(?:ete|ase|irse).{0,40}|síguenos(?: en.{0,40})?"
    r"|aviso legal|política de (?:privacidad|cookies)|términos y condiciones|mapa del sitio"
    r"|accesibilidad|aceptar(?: todas?)?(?: las)?(?: cookies)?|rechazar(?: todas?)?|cookies"
    r"|(?:.{0,50})?todos los derechos reservados.{0,40}|all rights reserved.{0,40}|©.{0,78}"
    r"|menú(?: principal)?|buscar|iniciar sesión|(?:facebook|twitter|whatsapp|linkedin|instagram"
    r"|youtube|x|e-?mail|correo|[|/·,\s])+)[.!»>]*$",
    re.IGNORECASE,
)
COOKIES = re.compile(
    r"^.{0,90}\bcookies\b.{0,400}\b(?:acept|consent|navegaci|experiencia|preferencias|privacidad)",
    re.IGNORECASE | re.DOTALL,
)
ROWS = frozenset((BlockKind.TABLE_ROW, BlockKind.AGENDA_ITEM, BlockKind.FOOTNOTE))


def main_content(found: Sequence[Found], text: str, language: str | None) -> list[Block]:
    """The blocks of the main content; all there are rather than none.

    In `<main>` or `<article>` only banners and share lines are left out. A page without them is
    cut at both ends to what reads as text, and keeps what stands between.
    """
    good = _good_texts(text, language)
    content = _without_beside(found, good)
    region = _region(content)
    inside = [item for item in content if item.region >= region]
    if not any(map(_is_top, inside)):
        inside = [item for item in content if item.region >= region or _is_top(item)]
    kept = [item for item in inside if not _is_phrase(item)]
    if region is Region.BODY:
        kept = _between_menus(kept, good)
    return [item.block for item in kept or inside or found]


def _good_texts(text: str, language: str | None) -> frozenset[str]:
    """The paragraphs that jusText takes for content."""
    stoplist = justext.get_stoplist(STOPLISTS.get(language or "", "Spanish"))
    try:
        paragraphs = justext.justext(text, stoplist)
    except (ValueError, AssertionError):  # lxml finds no element in the page at all
        return frozenset()
    return frozenset(clean(p.text) for p in paragraphs if not p.is_boilerplate)


def _without_beside(found: Sequence[Found], good: frozenset[str]) -> list[Found]:
    """Leave out menus and side columns, but not good text within the main content."""
    kept = [
        item
        for item in found
        if not item.beside or (item.region >= Region.ARTICLE and item.block.text in good)
    ]
    whole, left = _length(found), _length(kept)
    return kept if left >= (1 - BESIDE_SHARE) * whole else list(found)


def _region(found: Sequence[Found]) -> Region:
    """The surest region that holds enough of the text."""
    whole = _length(found)
    for region in (Region.MAIN, Region.ARTICLE):
        if _length([item for item in found if item.region >= region]) > MAIN_SHARE * whole:
            return region
    return Region.BODY


def _between_menus(found: Sequence[Found], good: frozenset[str]) -> list[Found]:
    """The page from its first solid text to its last, with the lines around that are no links.

    A heading stays with what stands below it.
    """
    solid = [n for n, item in enumerate(found) if _is_solid(item, good)]
    if not solid:
        return [item for item in found if not _is_menu(item)]
    first, last = solid[0], solid[-1]
    kept = [item for n, item in enumerate(found) if first <= n <= last or not _is_menu(item)]
    cut = len(kept) < len(found)
    while cut and kept and kept[-1].block.kind is BlockKind.HEADING:
        kept.pop()
    return kept


def _is_solid(item: Found, good: frozenset[str]) -> bool:
    if item.block.kind in ROWS or item.block.text in good:
        return True
    return len(item.block.text) >= SOLID and item.linked < LINKED


def _is_menu(item: Found) -> bool:
    """A short line of links; long ones are titles of documents or news."""
    return item.linked >= LINKED and len(item.block.text) <= LONGEST_LINK


def _is_phrase(item: Found) -> bool:
    text = item.block.text
    if item.block.kind in ROWS or _is_top(item):
        return False
    return (len(text) <= LONGEST_PHRASE and PHRASE.match(text) is not None) or (
        COOKIES.match(text) is not None
    )


def _is_top(item: Found) -> bool:
    return item.block.kind is BlockKind.HEADING and item.block.level == 1


def _length(found: Sequence[Found]) -> int:
    return sum(len(item.block.text) for item in found)
