"""Finds the sentences of running text, for splitting passages and for quoting answers.

Only a span is given, never a changed text: what is quoted must stand in the page as it is.
"""

import re

_ABBREVIATED = """
a.m aa aca admón afmo apdo approx art arts av avd avda ave bs ca cap caps cf cfr co col coord
coords cta cía d da dct dept depto dir dn dpto dr dra dras dres dña e.g ed eds ej esp et etc
excma excmo fasc fig figs fr gob gral hon i.e ibid ibíd id ilma ilmo inc incl inf ing izq jr
lcda lcdo lda ldo lic licda licdo ltd lám mons mr mrs ms mtra mtro máx mín n no num nums nº núm
núms obs op p pag pags pbro pdte phd pp prof profa prov pról pte pto pág págs párr párrs r.d reg
rev rte s sec secc sgto sig sigs sr sra sras sres srta ss st sta sto subdir sup supl t tab tel
telf tels tfno tlf tte tít ud uds univ urb v vda vgr vid vol vols vs vto íd
"""
ABBREVIATIONS = frozenset(_ABBREVIATED.split())
"""What stands before a full stop that closes no sentence, lower case, without its last stop."""

# Some are words as well («no»), others close a sentence in fact («… a las 10 hrs.»).
SOFT = frozenset({"etc", "a.m", "p.m", "ss", "sig", "sigs", "hrs", "hs", "h", "no", "co", "esp"})
"""Abbreviations and short words that do end a sentence when a capital letter follows."""

# Also behind closing marks and raised footnote numbers: «… eficaz.»¹².
STOP = re.compile(r"""(?:[.!?…]+[)\]»”"’'¹²³⁰⁴-⁹]*)(?=\s|$)|\n""")
# What stands before the stop, without what may open in front of it: «(véase», «¿Dr».
LAST_WORD = re.compile(r"[^\s(\[«“\"'¿¡]+$")
INITIALS = re.compile(r"^(?:[^\W\d_]{1,2}\.)*[^\W\d_]{1,2}$")
ORDINAL = re.compile(r"^(?:\d{1,3}|[ivxlc]{1,5}|[a-z])$", re.IGNORECASE)


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans `(start, end)` of the sentences, in order, without the white space around them.

    A line break ends a sentence (list items, rows). Text without any stop is one sentence.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for stop in STOP.finditer(text):
        if stop.group() != "\n" and not _closes(text, start, stop):
            continue
        _append_trimmed(spans, text, start, stop.end())
        start = stop.end()
    _append_trimmed(spans, text, start, len(text))
    return spans


def _append_trimmed(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))


def _closes(text: str, start: int, stop: re.Match[str]) -> bool:
    """Whether what precedes the stop can close a sentence and what follows can open one."""
    if not _opens(text, stop.end()):
        return False
    if stop.group()[0] != "." or stop.group().startswith(".."):
        return True
    found = LAST_WORD.search(text, start, stop.start())
    if found is None:
        return True
    word = found.group()
    if stop.group() != "." or word.lower() in SOFT:
        return True
    if word.lower().rstrip(",;:") in ABBREVIATIONS or _is_initials(word):
        return False
    # "1. Título", "iv. Texto": the number opens the sentence that it stands in.
    return not (found.start() == _first_letter(text, start) and ORDINAL.match(word))


def _is_initials(word: str) -> bool:
    """`J`, `EE`, `UU`, `S.A`: the stop belongs to the letters ("EE. UU.", "J. L. Borges")."""
    return INITIALS.match(word) is not None and word.upper() == word


def _first_letter(text: str, start: int) -> int:
    while start < len(text) and text[start].isspace():
        start += 1
    return start


def _opens(text: str, position: int) -> bool:
    """Whether the next visible character can open a sentence: anything but a small letter or
    a mark that continues one."""
    rest = text[position : position + 40].lstrip()
    if not rest:
        return True
    return not (rest[0].islower() or rest[0] in ",;:.)]»”%")
