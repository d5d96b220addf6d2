"""Texts to the acronyms that they define: «Nombre Largo (SIGLA)» and its like, four languages."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from search.spanish import fold
from search.wording.initials import Word, letters_of, long_form, spells, words_of


@dataclass(frozen=True, slots=True)
class Definition:
    """An acronym and one long form that a text gives it, as written there."""

    short: str
    long: str


_PART = r"[^\W\d_a-zà-ÿ](?:[^\W\d_]|[&+](?=\w)){0,9}"
_SHORT = rf"(?:{_PART})(?:[ \-]{_PART})?"
_QUOTE = r"[\"“”«»'‘’]?"
_FOREIGN = (
    r"(?:(?:por|con|de) sus? (?:siglas?|acr[oó]nimos?|iniciales)(?: en (?:ingl[eé]s|franc[eé]s))?"
    r"|(?:siglas? )?en (?:ingl[eé]s|franc[eé]s|portugu[eé]s)"
    r"|(?:pela|na|da) sigla(?: em ingl[eê]s)?|(?:na |pela )?sigla em ingl[eê]s|em ingl[eê]s"
    r"|(?:d['’]apr[eè]s|selon|de) (?:son|le|l['’])\s?(?:sigle|acronyme)(?: anglais)?|sigle anglais"
    r"|en anglais|(?:for|by|from) its [a-z]* ?(?:acronym|initials)(?: in [a-z]+)?|in (?:Spanish|"
    r"French|English|Portuguese))"
)
"""«por sus siglas en inglés» and its like: the letters are those of another language."""
_CALLED = (
    r"(?:en adelante|en lo sucesivo|conocid[oa]s?(?: tambi[eé]n)? como|hereinafter|hereafter"
    r"|(?:also )?known as|doravante|conhecid[oa]s? como|ci-apr[eè]s|connue?s? sous le nom de)"
)
_ARTICLE = r"(?:(?:el|la|los|las|the|o|a|os|as|le|les) )?"

_AFTER = re.compile(
    rf"\(\s*(?:(?P<first>{_FOREIGN})[,:]?\s+|{_CALLED}[,:]?\s+{_ARTICLE})?"
    rf"{_QUOTE}(?P<short>{_SHORT}){_QUOTE}"
    rf"(?:[,;]?\s+(?P<last>{_FOREIGN}))?(?P<more>\s*[,;–-][^()]{{0,80}})?\s*\)"
)
"""«Nombre Largo (SIGLA)», also with «por sus siglas en inglés»."""
_KNOWN = re.compile(
    rf"(?:,\s*{_CALLED}\s+{_ARTICLE}{_QUOTE}(?P<short>{_SHORT})\b"
    rf"|(?:,\s*|\s+[ou]\s+){_QUOTE}(?P<named>{_SHORT}){_QUOTE},?\s+(?P<last>{_FOREIGN}))"
)
"""«Nombre Largo, conocido como SIGLA», «Nombre Largo, SIGLA por sus siglas en inglés»."""
_DASH = re.compile(rf"\s[–—-]\s*(?P<short>{_SHORT})(?=\s*(?:[.,;:)]|$))")
"""«Nombre Largo – SIGLA»."""
_BEFORE = re.compile(rf"(?<!\w)(?P<short>{_SHORT})\s*\((?P<long>[^()]{{6,140}})\)")
"""«SIGLA (Nombre Largo)»."""
_ENTRY = re.compile(
    rf"^\W*(?P<short>{_SHORT})\s*(?:[.:|–—=]|-\s)\s*(?P<long>[^.:;|()\n]{{6,140}})", re.MULTILINE
)
"""«SIGLA: Nombre Largo», a line of a glossary."""

_REACH = 220  # code points before an acronym in which its long form may begin
_BORDER = re.compile(
    r"[.;:!?¿¡()\[\]|•●▪→<>=/\"“”«»]|\s[–—-]\s|\n\s*\n|,\s+(?=(?:the|el|la|los|las|o|os|as|le|les)\s)"
)
"""Where a name cannot go on; also before an apposition («Naciones Unidas, el Departamento …»)."""
_TAIL = re.compile(rf"[\s,]+{_FOREIGN}.*$", re.DOTALL)
_ADDRESS = re.compile(r"\S*\w[@/.]\w\S*")
"""Web and e-mail addresses write acronyms small."""


def definitions(text: str) -> Iterator[Definition]:
    """The acronyms that a text defines. Only pairs whose letters agree, or that the text itself
    says to be of another language: precision matters more here than recall."""
    for pattern in (_AFTER, _KNOWN, _DASH):
        for match in pattern.finditer(text):
            yield from _preceded(text, match, exact=pattern is _DASH)
    for pattern in (_BEFORE, _ENTRY):
        for match in pattern.finditer(text):
            yield from _followed(match.group("short"), match.group("long"))


def learn(texts: Iterable[str]) -> Counter[Definition]:
    """All definitions of a collection in its order, with in how many of its texts each stands."""
    found: Counter[Definition] = Counter()
    for text in texts:
        found.update(dict.fromkeys(definitions(text), 1))
    return found


def common_words(texts: Iterable[str], shorts: Iterable[str]) -> frozenset[str]:
    """Which of the acronyms are, written small, words that the texts use more often («red»)."""
    wanted = {fold(short): short for short in shorts}
    small: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for text in texts:
        for word in re.findall(r"[^\W\d_]+", _ADDRESS.sub(" ", text)):
            folded = fold(word)
            if folded in wanted:
                (small if word.islower() else capital)[folded] += 1
    return frozenset(wanted[word] for word in small if small[word] > capital[word])


def _preceded(text: str, match: re.Match[str], *, exact: bool) -> Iterator[Definition]:
    groups = match.groupdict()
    short = _singular(groups["short"] or groups.get("named") or "")
    before = _clause(text[max(0, match.start() - _REACH) : match.start()])
    words = words_of(before)
    if not _abbreviates(short) or not words:
        return
    found = long_form(short, words)
    if exact and not spells(short, found):
        return
    if not found and (groups.get("first") or groups.get("last")):
        found = _foreign(short, before, words)
    if found:
        yield _definition(short, before[found[0].start : found[-1].end])
    if groups.get("more"):
        yield from _followed(short, groups["more"].lstrip(" ,;–-"))


def _followed(short: str, text: str) -> Iterator[Definition]:
    short, clean = _singular(short), _TAIL.sub("", text).strip()
    words = words_of(clean)
    if _abbreviates(short) and spells(short, words):
        yield _definition(short, clean[words[0].start : words[-1].end])


def _foreign(short: str, before: str, words: list[Word]) -> list[Word]:
    """The long form of an acronym that the text says to be foreign: as many words as it has
    capitals, since translations keep their number, within one clause; the whole of a name."""
    count = sum(character.isupper() for character in short)
    content = [place for place, word in enumerate(words) if not word.linking]
    if not 2 <= count <= min(6, len(content)):
        return []
    first = content[-count]
    while first and words[first].capital and words[first - 1].capital:
        first -= 1
    found = words[first:]
    return [] if "," in before[found[0].start :] else found


def _clause(before: str) -> str:
    """What stands before an acronym back to the last border of a clause; a name in quotes whole."""
    stripped = re.sub(r"[\s\"“”«»,]+$", "", before)
    borders = list(_BORDER.finditer(stripped))
    return stripped[borders[-1].end() :] if borders else stripped


def _definition(short: str, long: str) -> Definition:
    return Definition(short, " ".join(long.split()))


def _singular(short: str) -> str:
    """The acronym without the «s» of its plural («SDGs»)."""
    return short[:-1] if short.endswith("s") and short[:-1].isupper() else short


def _abbreviates(short: str) -> bool:
    """Whether it looks like an acronym: capitals, and no more small letters than capitals."""
    capitals = sum(character.isupper() for character in short)
    return capitals >= 2 and len(letters_of(short)) <= 2 * capitals
