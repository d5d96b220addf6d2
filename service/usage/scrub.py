"""Redacts personal data in what people typed, before it is written to the usage log.

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

LONGEST = 300  # a longer text was pasted, not asked; it is logged without its words
_LEAST_KEPT = 0.5  # the share of letters and digits that must be left for a text to be kept
_MOST_DIGITS = 4  # years, articles and pages have no more; local telephone numbers have
_LONGEST_WORD = 20  # from so many letters and digits mixed on, a word is a key

# «ana@x.org», «ana (at) x.org», «ana arroba x punto org»: signs between are also written out, in
# brackets against harvesting programs or as said in Spanish and Portuguese.
_MAIL = re.compile(
    r"[\w.+%'-]+\s*(?:@|[(\[{<]\s*(?:at|arroba)\s*[)\]}>]|\barroba\b)\s*"
    r"[\w-]+(?:\s*(?:\.|[(\[{<]\s*(?:dot|punto|ponto)\s*[)\]}>]|\bpunto\b|\bponto\b)\s*[\w-]+)*",
    re.IGNORECASE,
)
# With a scheme or «www.», or a name with dots followed by a path; a bare «un.org» says nothing.
_LINK = re.compile(
    r"\b(?:[a-z][a-z\d+.-]*://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)+(?::\d+)?/\S*", re.IGNORECASE
)
# Symbols of documents of the United Nations, «A/RES/70/1» or «E/2018/44(SUPP)»: capitals before the
# first slash, which no telephone number has.
_SYMBOL = re.compile(r"(?<!\S)[A-Z]{1,6}(?:/[A-Z\d.]{1,8}){1,5}(?:\([A-Z\d]+\))?(?![\w/])")
# Up to two signs with spaces around them: «(02) 2345-6789», «12 - 34 - 56», «9, 1, 2, 3, 4, 5».
_SEPARATOR = r"[^\S\n]*[\s.,\-‐‑–—−/\\()+·•_:'’*#|~]?[^\S\n]*[\s.,\-‐‑–—−/\\()+·•_:'’*#|~]?[^\S\n]*"
_RUN = re.compile(rf"[+(]?\w*\d\w*(?:{_SEPARATOR}\w*\d\w*)*")
# Said digit by digit, from five on as with digits; «tres o cuatro pasos» stays.
_DIGIT_WORD = f"(?:{alternatives(number_words(0, 9))})"
_SPOKEN = re.compile(rf"\b{_DIGIT_WORD}(?:[\s,.-]+{_DIGIT_WORD}){{4,}}\b", re.IGNORECASE)
# Spans, as «2024-2030» or «10:40-11:00», and what is numbered by year, as «2018/12»: the harmless
# ways to write more than four digits.
_YEARS = re.compile(r"((?:19|20)\d\d)[-–—/]((?:19|20)\d\d)")
_RESOLUTION = re.compile(r"(?:19|20)\d\d/\d{1,2}")
_HOUR = r"(?:[01]?\d|2[0-3])[:h][0-5]\d"
_HOURS = re.compile(rf"{_HOUR}(?:\s*[-–—/]\s*{_HOUR})?")
# Words that announce a list of numbers, right before it: «ODS 4, 5, 16 y 17», «metas 16.6 16.7».
_ANNOUNCED = re.compile(
    r"\b(?:ods|odd|sdgs?|objetivos?|goals?|metas?|targets?|indicador(?:es)?|principios?|temas?|"
    r"m[oó]dulos?|sesi[oó]n(?:es)?|pasos?|agendas?|a[ñn]os?)\s*:?\s*(?:n\.?º?\s*)?$",
    re.IGNORECASE,
)
# A goal, a target of it or an indicator of that: «16», «16.6», «16.a», «16.6.1».
_NUMBERED = re.compile(r"(?:\d|1[0-7])(?:\.(?:1?\d|[a-d]))?(?:\.\d)?")
_YEAR = re.compile(r"(?:19|20)\d\d")


def redact(text: str) -> str:
    """The text with what could name somebody replaced; empty when too little of it is left."""
    plain = _fold_signs(text)
    if len(plain) > LONGEST:
        return ""
    # Addresses first: the digits and dots in them would otherwise be taken for other things.
    clean = _MAIL.sub(MAIL, plain)
    clean = _LINK.sub(_redact_link, clean)
    clean = _SPOKEN.sub(NUMBER, clean)
    clean = _redact_numbers(clean)
    left = _letters_and_digits(re.sub(r"\[(?:correo|enlace|número|clave)\]", "", clean))
    return clean if left and left >= _LEAST_KEPT * _letters_and_digits(plain) else ""


def _fold_signs(text: str) -> str:
    """Other shapes of the same signs made one, invisible signs left out, white space folded."""
    # NFKC makes full-width and superscript digits plain ones. Format characters (Cf), such as the
    # soft hyphen or the zero-width space, would divide a number without being seen.
    same = unicodedata.normalize("NFKC", text)
    seen = "".join(c for c in same if unicodedata.category(c) != "Cf")
    return " ".join(seen.split())


def _letters_and_digits(text: str) -> int:
    return sum(character.isalnum() for character in text)


def _redact_link(link: re.Match[str]) -> str:
    address = link.group()
    # A colon after the host is a port or a password; a bare address is public.
    carries = "?" in address or "#" in address or "@" in address or ":" in address.split("//")[-1]
    return LINK if carries else address


def _redact_numbers(text: str) -> str:
    """Runs of words that hold digits, looked at between the symbols of documents."""
    parts, end = [], 0
    for symbol in _SYMBOL.finditer(text):
        parts += [_redact_runs(text[end : symbol.start()]), symbol.group()]
        end = symbol.end()
    return "".join([*parts, _redact_runs(text[end:])])


def _redact_runs(text: str) -> str:
    return _RUN.sub(lambda run: _redact_run(run.group(), text[: run.start()]), text)


def _redact_run(run: str, before: str) -> str:
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
    # «presupuesto 2024, 2025» needs no word before it: only years are listed like that.
    items = re.split(r",\s*|\s+", run.strip())
    enumerated = ", " in run and all(_YEAR.fullmatch(item) for item in items)
    if not enumerated and not _ANNOUNCED.search(before):
        return False
    if not all(_NUMBERED.fullmatch(item) or _YEAR.fullmatch(item) for item in items):
        return False
    # Base 36 reads «16.a» as well, and behind «16.9», as targets are ordered.
    places = [tuple(int(part, 36) for part in item.split(".")) for item in items]
    return all(first < second for first, second in itertools.pairwise(places))
