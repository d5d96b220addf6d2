"""The signs that open items of lists and captions, and those that end a sentence."""

import re
from dataclasses import replace

from ingest.layout.lines import Line

BULLET = re.compile(r"^[•◦▪▫‣⁃●○■□◆◇➢➤✓✔❖·∙*–—−-](?:\s+|$)")
OPEN_CIRCLE = re.compile(rf"{BULLET.pattern}|^o\s+(?=\S)")
"""In a list that the file tags, also the `o` of Courier New that Word draws as a circle."""
ENUMERATOR = re.compile(
    r"^(?:\(?(?:\d{1,2}|[a-zñ]|[ivx]{1,5})\)|(?:\d{1,2}|[a-zñ]|[ivx]{1,5}|[IVX]{2,5})\.[-–°º]?|\d{1,2}\.-)\s+(?=\S)"
)
CAPTION = re.compile(
    r"^(?:figuras?|cuadros?|tablas?|gr[áa]fic[oa]s?|mapas?|diagramas?|esquemas?|recuadros?"
    r"|im[áa]gen(?:es)?|ilustraci[óo]n|fotograf[íi]a|figures?|fig\.|tables?|charts?|graphs?|box(?:es)?|maps?"
    r"|diagrams?|tableau|graphique|encadr[ée]|quadro|tabela)\s+"
    r"(?:n[.º°o]+\s*)?(?:[A-Z]{1,3}[.-])?(?:\d{1,3}(?:[.-]\d{1,3})*|[IVX]{1,5}|[A-Z])(?:[.:)–—-]+(?=\s|$)|(?=\s|$))",
    re.IGNORECASE,
)
TERMINAL = (".", "!", "?", ":", ";", "…", ".”", '."', ".»", ".)")


def is_list_start(text: str) -> bool:
    """Whether a line opens with a bullet, a dash, `1.`, `a)` or the like."""
    return BULLET.match(text) is not None or ENUMERATOR.match(text) is not None


def without_bullet(line: Line) -> Line:
    """The line without its bullet sign; numbers and letters stay, they are referred to."""
    bullet = OPEN_CIRCLE if line.tag is not None and line.tag.item else BULLET
    text = bullet.sub("", line.text)
    return replace(line, text=text) if text else line
