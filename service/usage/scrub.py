"""What somebody typed → the same without what could say who they or others are.

What goes:
- e-mail addresses, also written out («ana arroba ejemplo punto org») → «[correo]»;
- web addresses that carry a user, a key or parameters → «[enlace]»;
- five or more digits in a row, whatever separates them (telephones, identity numbers, dates of
  birth, cards), and any word that holds as many, also digits said in words → «[número]»;
- long words of letters and digits mixed, as keys of programs are → «[clave]».

What stays: years and spans of years (2024-2030), hours and spans of hours (10:40-11:00), goals and
targets, also as a rising list behind a word that announces them («ODS 4, 5, 16 y 17», «metas 16.6
16.7»), symbols and resolutions of the United Nations (A/RES/70/1, 2018/12), and numbers of up to
four digits.

Names of persons cannot be told from names of places by a rule; they are guarded by never showing a
text that was not asked by many.
"""

import itertools
import re
import unicodedata

from search.text.vocabulary import alternatives, number_words

MAIL, LINK, NUMBER, KEY = "[correo]", "[enlace]", "[número]", "[clave]"

LONGEST = 300
"""A longer text was pasted, not asked; it is logged without its words."""

_LEAST_KEPT = 0.5
"""The share of letters and digits that must be left for the text to be worth keeping."""

_MOST_DIGITS = 4
_LONGEST_WORD = 20
"""From so many letters and digits mixed on, a word is a key."""

_MAIL = re.compile(
    r"[\w.+%'-]+\s*(?:@|[(\[{<]\s*(?:at|arroba)\s*[)\]}>]|\barroba\b)\s*"
    r"[\w-]+(?:\s*(?:\.|[(\[{<]\s*(?:dot|punto|ponto)\s*[)\]}>]|\bpunto\b|\bponto\b)\s*[\w-]+)*",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"\b(?:[a-z][a-z\d+.-]*://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)+(?::\d+)?/\S*", re.IGNORECASE
)
_SYMBOL = re.compile(r"(?<!\S)[A-Z]{1,6}(?:/[A-Z\d.]{1,8}){1,5}(?:\([A-Z\d]+\))?(?![\w/])")
_SEPARATOR = r"[^\S\n]*[\s.,\-‐‑–—−/\\()+·•_:'’*#|~]?[^\S\n]*[\s.,\-‐‑–—−/\\()+·•_:'’*#|~]?[^\S\n]*"
_RUN = re.compile(rf"[+(]?\w*\d\w*(?:{_SEPARATOR}\w*\d\w*)*")
_DIGIT_WORD = f"(?:{alternatives(number_words(0, 9))})"
_SPOKEN = re.compile(rf"\b{_DIGIT_WORD}(?:[\s,.-]+{_DIGIT_WORD}){{4,}}\b", re.IGNORECASE)
_YEARS = re.compile(r"((?:19|20)\d\d)[-–—/]((?:19|20)\d\d)")
_RESOLUTION = re.compile(r"(?:19|20)\d\d/\d{1,2}")
_HOUR = r"(?:[01]?\d|2[0-3])[:h][0-5]\d"
_HOURS = re.compile(rf"{_HOUR}(?:\s*[-–—/]\s*{_HOUR})?")
_ANNOUNCED = re.compile(
    r"\b(?:ods|odd|sdgs?|objetivos?|goals?|metas?|targets?|indicador(?:es)?|principios?|temas?|"
    r"m[oó]dulos?|sesi[oó]n(?:es)?|pasos?|agendas?|a[ñn]os?)\s*:?\s*(?:n\.?º?\s*)?$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?:\d|1[0-7])(?:\.(?:1?\d|[a-d]))?(?:\.\d)?")
"""A goal, a target of it or an indicator of that."""
_YEAR = re.compile(r"(?:19|20)\d\d")


def redact(text: str) -> str:
    """The text with what could name somebody replaced; empty when too little of it is left."""
    plain = _plain(text)
    if len(plain) > LONGEST:
        return ""
    clean = _MAIL.sub(MAIL, plain)
    clean = _LINK.sub(_link, clean)
    clean = _SPOKEN.sub(NUMBER, clean)
    clean = _numbers(clean)
    left = _weight(re.sub(r"\[(?:correo|enlace|número|clave)\]", "", clean))
    return clean if left and left >= _LEAST_KEPT * _weight(plain) else ""


def _plain(text: str) -> str:
    """Other shapes of the same signs made one, invisible signs left out, white space folded."""
    same = unicodedata.normalize("NFKC", text)
    seen = "".join(c for c in same if unicodedata.category(c) != "Cf")
    return " ".join(seen.split())


def _weight(text: str) -> int:
    return sum(character.isalnum() for character in text)


def _link(link: re.Match[str]) -> str:
    address = link.group()
    carries = "?" in address or "#" in address or "@" in address or ":" in address.split("//")[-1]
    return LINK if carries else address


def _numbers(text: str) -> str:
    """Runs of words that hold digits, looked at between the symbols of documents."""
    parts, end = [], 0
    for symbol in _SYMBOL.finditer(text):
        parts += [_without_numbers(text[end : symbol.start()]), symbol.group()]
        end = symbol.end()
    return "".join([*parts, _without_numbers(text[end:])])


def _without_numbers(text: str) -> str:
    return _RUN.sub(lambda run: _run(run.group(), text[: run.start()]), text)


def _run(run: str, before: str) -> str:
    digits = sum(character.isdigit() for character in run)
    if any(_is_key(word) for word in re.findall(r"\w+", run)):
        return KEY
    if digits <= _MOST_DIGITS or _is_span(run) or _is_list(run, before):
        return run
    return NUMBER


def _is_key(word: str) -> bool:
    return len(word) >= _LONGEST_WORD and not word.isdigit()


def _is_span(run: str) -> bool:
    """Hours, two years of which the first comes first, a resolution (2018/12), an indicator."""
    years = _YEARS.fullmatch(run)
    named = _HOURS.fullmatch(run) or _RESOLUTION.fullmatch(run) or _NUMBERED.fullmatch(run)
    return bool(named) or (years is not None and years[1] <= years[2])


def _is_list(run: str, before: str) -> bool:
    """Goals, targets and years in rising order behind a word that announces them. Telephones
    written in pairs seldom rise."""
    items = re.split(r",\s*|\s+", run.strip())
    enumerated = ", " in run and all(_YEAR.fullmatch(item) for item in items)
    if not enumerated and not _ANNOUNCED.search(before):
        return False
    if not all(_NUMBERED.fullmatch(item) or _YEAR.fullmatch(item) for item in items):
        return False
    places = [tuple(int(part, 36) for part in item.split(".")) for item in items]
    return all(first < second for first, second in itertools.pairwise(places))
