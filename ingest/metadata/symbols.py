"""Finds symbols that identify documents: `E/C.16/2018/5`, «Ley 27.275», `BOE-A-2009-11011`."""

import re
from collections.abc import Iterable

# The first element of a United Nations symbol names the body. A list, because any capital before a
# slash would take «y/o», dates and file names for symbols.
_SERIES = (
    r"(?:A|E|S|ST|DP|T|TD|LC|HRI|HSP|CAC|CEB|CEDAW|CCPR|CERD|CRC|CRPD|CAT|CMW|FCCC|UNEP|UNW|UNFPA"
    r"|UNICEF|IDB|GC|SG|JIU|PBC|CD|CTOC|CBD|DESA|ECE|ESCAP|INF|WFP|OPS|FAO|UNCTAD|UNDP|ICCD|EP)"
)
_PART = r"[A-Z0-9](?:[A-Za-z0-9().-]*[A-Za-z0-9)])?"
_UNITED_NATIONS = rf"{_SERIES}/{_PART}(?:/{_PART})+|{_SERIES}/\d{{2,4}}/?{_PART}|LC/{_PART}"
UNITED_NATIONS = re.compile(rf"(?<![\w/])(?:{_UNITED_NATIONS})(?![\w/])")
# What may stand beside a symbol that is alone on its line: marks of notes, «(Part II)», dashes.
_FILLER = re.compile(r"[\s*,;–—−-]+|\(.{0,12}\)")
GAZETTE = re.compile(r"\bBOE-[A-Z]-\d{4}-\d+\b")
_KIND = (
    r"(?:Ley(?: Org[áa]nica| General| Federal| Nacional)?|Lei(?: Complementar)?|Loi"
    r"|(?:Real )?Decreto(?:[- ]Ley| Supremo| Ejecutivo| Legislativo| Reglamentario)?|Decreto-Lei"
    r"|Resoluci[óo]n(?: [A-ZÁÉÍÓÚ][\wáéíóúñ]+){0,3}|Resolution|Resolução|Orden(?:anza)?"
    r"(?: Municipal| Ministerial)?|Acuerdo|Disposici[óo]n|Portaria|Directiva|Circular)"
)
# «Orden PRE/1776/2009», «Decreto Supremo N° 004-2013-PCM», «Ley 1712 de 2014».
NATIONAL = re.compile(
    rf"^({_KIND})\s+(?:(?:N\.?\s?[º°o]\.?|N[úu]m(?:ero|\.)?|No\.?|n\.?[º°])\s*)?"
    r"((?:[A-Z]{2,5}/)?\d[\d.]*(?:[/-][A-Z\d]+)*)(?![\d/])(?:\s+(?:de|of)\s+(\d{4})\b)?",
    re.IGNORECASE,
)
_LETTERED = re.compile(r"[A-Z]{2,5}/\d|/\d{2,4}$")


def un_symbols(text: str) -> list[str]:
    """The United Nations symbols in a text, as printed but for marks of notes."""
    found = UNITED_NATIONS.findall(text.replace("−", "-"))  # U+2212, as PDF files set it
    return [symbol if "(" in symbol else symbol.rstrip(")") for symbol in found]


def only_symbols(text: str) -> list[str]:
    """The symbols of a line that holds nothing else, an empty list for any other line.

    «A/79/740-S/2025/45» is two: documents of two bodies have one symbol of each.
    """
    split = re.sub(rf"[-–—−](?={_SERIES}/)", " ", text.replace("*", " "))
    found = un_symbols(split)
    rest = UNITED_NATIONS.sub("", split)
    return found if found and not _FILLER.sub("", rest) else []


def national_symbol(title: str) -> str | None:
    """The number of the law, decree or resolution that a title opens with: «Ley 27.275»."""
    found = NATIONAL.match(title)
    if found is None:
        return None
    kind, number, year = found.groups()
    if not year and number.isdigit() and len(number) < 3 and not _LETTERED.search(number):
        return None  # «Orden 3» may be anything, «Resolución de 3 de mayo» is a date
    return f"{kind} {number.rstrip('.')}" + (f" de {year}" if year else "")


def gazette_symbol(texts: Iterable[str]) -> tuple[str, str] | None:
    """The number under which an official gazette printed this, and the line that says it."""
    for text in texts:
        found = GAZETTE.search(text)
        if found:
            return found.group(), text
    return None
