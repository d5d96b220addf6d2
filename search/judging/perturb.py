"""A judged question to the ways in which people would also have typed it.

Every perturbation is a pure function of the question and its id, so that a scorecard can be made
again. Words in quotes, symbols and numbers are never changed.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar

from search.judging.inflect import moved_pronoun, numbered_nouns
from search.judging.judged import Judged
from search.judging.scorecard import ORIGINAL, Version
from search.judging.typing_errors import typing_errors
from search.spanish import STOPWORDS, analyse, fold
from search.wording.equivalents import Equivalents

Perturbation: TypeAlias = Callable[[Judged, Equivalents], str | None]
"""The question typed otherwise, or None when it does not apply."""

_T = TypeVar("_T")

_QUOTED = re.compile(r'"[^"]*"|«[^»]*»|“[^”]*”')
_KEPT = re.compile(rf"{_QUOTED.pattern}|(?<!\S)\S*(?:[\d@/_]|\w:\w)\S*|(?<!\S)[-−]\S+")
"""Phrases, numbers, symbols, addresses, filters and excluded words."""
_WORD = re.compile(r"[^\W\d_]+")
_MARKS = re.compile(r'[¿?¡!"«»“”;]|,(?!\d)')


def accents(question: Judged, _: Equivalents) -> str | None:
    """Without any accent, ñ as n."""
    return _open(question.text, _plain)


def typo(question: Judged, _: Equivalents) -> str | None:
    """One slip of the finger or of spelling in one informative word of five letters or more."""
    text = question.text
    words = [
        word
        for word in _words(text)
        if len(word.group()) >= 5
        and fold(word.group()) not in STOPWORDS
        # In an acronym any other letter may be another acronym.
        and not word.group().isupper()
    ]
    if not words:
        return None
    word = _pick(f"{question.id} word", words)
    kinds = typing_errors(word.group(), spelling=question.language == "es")
    changed = _pick(f"{question.id} letter", _pick(f"{question.id} kind", kinds))
    return text[: word.start()] + changed + text[word.end() :]


def upper(question: Judged, _: Equivalents) -> str | None:
    """In capitals."""
    return _open(question.text, str.upper)


def marks(question: Judged, _: Equivalents) -> str | None:
    """Without question and exclamation marks, quotation marks and commas."""
    return " ".join(_MARKS.sub(" ", question.text).split())


def number(question: Judged, _: Equivalents) -> str | None:
    """One noun in the other number, its article with it."""
    if question.language != "es":
        return None
    nouns = numbered_nouns(question.text, _words(question.text))
    if not nouns:
        return None
    start, end, changed = _pick(f"{question.id} noun", nouns)
    other = question.text[:start] + changed + question.text[end:]
    return re.sub(r"\b(de|a) el\b", lambda two: two.group(1) + "l", other)


def acronym(question: Judged, equivalents: Equivalents) -> str | None:
    """One acronym as what it stands for, or the other way round."""
    open_text = _blanked(question.text)
    changes = []
    for expansion in equivalents.expand(open_text, analyse(open_text)):
        short = _is_acronym(expansion.used)
        other = next((form for form in expansion.forms if _is_acronym(form) != short), None)
        if other and not expansion.approximate:
            changes.append((open_text.index(expansion.used), expansion.used, other))
    if not changes:
        return None
    start, used, other = _pick(f"{question.id} acronym", changes)
    return question.text[:start] + other + question.text[start + len(used) :]


def clitic(question: Judged, _: Equivalents) -> str | None:
    """A pronoun that leaves its verb or joins it: «se puede medir», «puede medirse»."""
    if question.language != "es":
        return None
    return moved_pronoun(question.text, _blanked(question.text))


_SMS = {
    "que": "q", "por": "x", "para": "xa", "de": "d", "porque": "pq", "tambien": "tmb",
    "mas": "+", "donde": "dnd", "cuando": "cdo", "como": "cmo",
}  # fmt: skip
_SMS_ALWAYS = frozenset("que por para de porque tambien".split())


def sms(question: Judged, _: Equivalents) -> str | None:
    """As on a telephone: small letters, no accents or marks, the short words shortened; in one
    question of four also words that lose their vowels."""
    if question.language != "es":
        return None
    thorough = _pick(f"{question.id} sms", (True, False, False, False))
    short = {word: code for word, code in _SMS.items() if thorough or word in _SMS_ALWAYS}

    def change(part: str) -> str:
        plain = re.sub(r"\bpor que\b", "pq", _plain(part).lower())
        return _WORD.sub(lambda word: short.get(word.group(), word.group()), plain)

    if not short.keys() & {fold(word.group()) for word in _words(question.text)}:
        return None
    return " ".join(re.sub(r"[¿?¡!]", " ", _open(question.text, change)).split())


def english(question: Judged, _: Equivalents) -> str | None:
    """In English, by the translation that the judgement brings."""
    return question.english or None


PERTURBATIONS: Mapping[str, Perturbation] = {
    perturbation.__name__: perturbation
    for perturbation in (accents, typo, upper, marks, number, acronym, clitic, sms, english)
}


def versions(
    questions: Iterable[Judged], names: Sequence[str], equivalents: Equivalents
) -> list[Version]:
    """Every question as written, the answerable ones also perturbed wherever that changes them."""
    asked = []
    for question in questions:
        asked.append(Version(question, ORIGINAL, question.text))
        for name in names if question.answerable else ():
            text = PERTURBATIONS[name](question, equivalents)
            if text and text != question.text:
                asked.append(Version(question, name, text))
    return asked


def _pick(seed: str, options: Sequence[_T]) -> _T:
    """One of the options, always the same for a seed."""
    digest = hashlib.blake2b(seed.encode(), digest_size=8).digest()
    return options[int.from_bytes(digest, "big") % len(options)]


def _open(text: str, change: Callable[[str], str]) -> str:
    """Change all but what must be kept."""
    parts, end = [], 0
    for kept in _KEPT.finditer(text):
        parts += [change(text[end : kept.start()]), kept.group()]
        end = kept.end()
    return "".join([*parts, change(text[end:])])


def _blanked(text: str) -> str:
    """The text with blanks for what must be kept, of the same length."""
    return _KEPT.sub(lambda kept: "\x00" * len(kept.group()), text)


def _words(text: str) -> list[re.Match[str]]:
    return list(_WORD.finditer(_blanked(text)))


def _plain(text: str) -> str:
    """Without accents, ñ as n."""
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not _combining(c)))


def _combining(character: str) -> bool:
    return unicodedata.combining(character) != 0


def _is_acronym(form: str) -> bool:
    """Mostly capitals: «UN DESA», «SDGs», «ToT»."""
    letters = [character for character in form if character.isalpha()]
    return 2 * sum(character.isupper() for character in letters) > len(letters)
