"""A Spanish question to the same question with a noun in the other number or a moved pronoun.

Simple rules, right often enough to test a search with; what they are unsure about they leave.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from search.spanish import STOPWORDS, fold

_DETERMINERS = {
    "el": "los", "la": "las", "los": "el", "las": "la", "un": "unos", "una": "unas", "unos": "un",
    "unas": "una", "del": "de los", "al": "a los", "este": "estos", "esta": "estas",
    "estos": "este", "estas": "esta", "cada": "cada", "su": "sus", "sus": "su",
}  # fmt: skip
_BEFORE_NOUNS = frozenset("de en para sobre con por sin entre".split())
_NOT_NOUNS = re.compile(r"(?:[aeií]r(?:se|l[aeo]s?)?|ndo|mente|[áéó])$")
_NOUNS_LIKE_VERBS = frozenset(
    "taller mujer lugar hogar poder deber familiar militar similar particular".split()
)
_ONE_FORM = frozenset(
    "lunes martes miércoles jueves viernes antes menos después entonces lejos veces acuerdo verdad"
    " cien mil once doce trece catorce quince veinte treinta".split()
)
"""Words whose number says nothing or changes their meaning."""

_PLURALS = (
    (re.compile(r"z$"), "ces"),
    (re.compile(r"ión$"), "iones"),
    (re.compile(r"án$"), "anes"),
    (re.compile(r"én$"), "enes"),
    (re.compile(r"ón$"), "ones"),
    (re.compile(r"(?<=[aeo])$"), "s"),
    (re.compile(r"(?<=[dlrnj])$"), "es"),
)
_SINGULARS = (
    (re.compile(r"ces$"), "z"),
    (re.compile(r"iones$"), "ión"),
    (re.compile(r"(?<=[dt]ad)es$"), ""),
    (re.compile(r"(?<=[aeiou]l)es$"), ""),
    (re.compile(r"(?<=[deflt]or)es$"), ""),
    (re.compile(r"(?<=ctor)es$"), ""),
    (re.compile(r"(?<=[aj]er)es$"), ""),
    (re.compile(r"(?<=ller)es$"), ""),
    (re.compile(r"(?<=[gn]ar)es$"), ""),
    (re.compile(r"(?<=[aeo])s$"), ""),
)
"""By ending, the first that fits: ciudades, principales, formadores, mujeres, talleres, lugares."""


def other_number(word: str) -> str | None:
    """The plural of a singular noun or the singular of a plural; None when there is no rule."""
    # crisis, campus, interés (may be either); resumen, imágenes, intereses (their accent moves)
    if word in _ONE_FORM or re.search(r"[iuíúáéó]s$|en(?:es)?$|eses$", word):
        return None
    for ending, becomes in _SINGULARS if word.endswith("s") else _PLURALS:
        if ending.search(word):
            return ending.sub(becomes, word, count=1)
    return None


def numbered_nouns(text: str, words: Sequence[re.Match[str]]) -> list[tuple[int, int, str]]:
    """Replacements (start, end, text), each of which puts one noun in the other number, together
    with the article before it."""
    found = []
    for before, word in pairwise(words):
        other = other_number(word.group()) if _noun_like(before, word) else None
        if other is None or text[before.end() : word.start()].strip():
            continue
        article = _DETERMINERS.get(before.group(), before.group())
        found.append((before.start(), word.end(), f"{article} {other}"))
    return found


def _noun_like(before: re.Match[str], word: re.Match[str]) -> bool:
    written = word.group()
    return (
        len(written) >= 4
        and written.islower()
        and fold(written) not in STOPWORDS
        and (written in _NOUNS_LIKE_VERBS or not _NOT_NOUNS.search(written))
        and (before.group() in _DETERMINERS or before.group().lower() in _BEFORE_NOUNS)
    )


_PRONOUN = r"(?P<pronoun>se|los?|las?|les?|me|nos)"
_MODAL = (
    r"(?P<modal>pued[oe]n?|podemos|podrían?|debo|deben?|debemos|deberían?|quiero|quieren?|queremos"
    r"|suelen?|voy a|van? a|vamos a)"
)
_INFINITIVE = r"(?P<verb>\w{2,}[aei]r)"
_ATTACHED = re.compile(rf"\b{_MODAL} {_INFINITIVE}{_PRONOUN}\b", re.IGNORECASE)
_DETACHED = re.compile(rf"\b{_PRONOUN} {_MODAL} {_INFINITIVE}\b", re.IGNORECASE)
_OBJECT = re.compile(
    # After «puede» or «tiene que» a noun is as likely the subject: «qué puede hacer el municipio».
    r"(?<!que )(?<!en )(?<!pued[aeo] )(?<!pueden )(?<!debe )(?<!deben )(?<!suele )"
    r"\b(?P<verb>\w{2,}(?:[aei]r|ando|iendo)) "
    r"(?P<object>(?P<article>el|la|los|las|una?) \w[^,;:()]*)$"
)
_OBJECT_PRONOUN = {"el": "lo", "la": "la", "los": "los", "las": "las", "un": "lo", "una": "la"}
_NOUNS_LIKE_VERBS = frozenset(
    "taller mujer lugar hogar familiar militar similar particular".split()
)


def moved_pronoun(text: str, open_text: str) -> str | None:
    """«se puede medir» ↔ «puede medirse», «cómo medir la confianza» → «la confianza, cómo
    medirla». `open_text` is the text with what must not change blanked out."""
    if match := _DETACHED.search(open_text):
        moved = f"{match['modal']} {match['verb']}{match['pronoun'].lower()}"
        return text[: match.start()] + moved + text[match.end() :]
    if match := _ATTACHED.search(open_text):
        moved = f"{match['pronoun']} {match['modal'].lower()} {match['verb']}"
        return text[: match.start()] + moved + text[match.end() :]
    closing = re.search(r"[?!.\s]*$", text)
    end = closing.start() if closing else len(text)
    match = _OBJECT.search(open_text[:end])
    if match is None or match["verb"] in _NOUNS_LIKE_VERBS:
        return None
    verb = re.sub(r"ando$", "ándo", re.sub(r"iendo$", "iéndo", match["verb"]))
    shown = text[match.start("object") : end]
    pronoun = _OBJECT_PRONOUN[match["article"]]
    return f"{shown}, {text[: match.start()]}{verb}{pronoun}{text[end:].strip()}"
