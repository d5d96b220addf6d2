"""Rewrites judged questions in the ways in which people would also have typed them.

Every perturbation is a pure function of the question and its id, so that a scorecard can be made
again. Words in quotes, symbols and numbers are never changed.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, pairwise
from typing import TypeAlias, TypeVar

from search.evaluation.judged import ORIGINAL, Judged, Version
from search.synonyms import Synonyms
from search.text.analysis import STOPWORDS, analyse
from search.text.vocabulary import CARDINALS, WEEKDAYS, fold, without_accents

Perturbation: TypeAlias = Callable[[Judged, Synonyms], str | None]
"""The question typed otherwise, or None when it does not apply."""

_Option = TypeVar("_Option")

_QUOTED = re.compile(r'"[^"]*"|«[^»]*»|“[^”]*”')
# Phrases, numbers, symbols, addresses, filters and excluded words.
_KEPT = re.compile(rf"{_QUOTED.pattern}|(?<!\S)\S*(?:[\d@/_]|\w:\w)\S*|(?<!\S)[-−]\S+")
_WORD = re.compile(r"[^\W\d_]+")
# The comma of a number («16,000») is none between words.
_PUNCTUATION = re.compile(r'[¿?¡!"«»“”;]|,(?!\d)')


def accents(question: Judged, _: Synonyms) -> str | None:
    """Without any accent, ñ as n."""
    return _change_open_text(question.text, without_accents)


def typo(question: Judged, _: Synonyms) -> str | None:
    """One slip of the finger or of spelling in one informative word of five letters or more."""
    text = question.text
    words = [
        word
        for word in _open_words(text)
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


def upper(question: Judged, _: Synonyms) -> str | None:
    """In capitals."""
    return _change_open_text(question.text, str.upper)


def marks(question: Judged, _: Synonyms) -> str | None:
    """Without question and exclamation marks, quotation marks and commas."""
    return " ".join(_PUNCTUATION.sub(" ", question.text).split())


def number(question: Judged, _: Synonyms) -> str | None:
    """One noun in the other number, its article with it."""
    nouns = _nouns_in_other_number(question.text)
    if not nouns or question.language != "es":
        return None
    start, end, changed = _pick(f"{question.id} noun", nouns)
    other = question.text[:start] + changed + question.text[end:]
    # «de los concejos» becomes «del concejo».
    return re.sub(r"\b(de|a) el\b", lambda two: two.group(1) + "l", other)


def acronym(question: Judged, equivalents: Synonyms) -> str | None:
    """One acronym as what it stands for, or the other way round."""
    # Offsets in the blanked text are those of the question, since blanks keep its length.
    open_text = _blank_kept(question.text)
    changes = []
    for expansion in equivalents.expand(open_text, analyse(open_text)):
        short = _is_acronym(expansion.used)
        other = next((form for form in expansion.forms if _is_acronym(form) != short), None)
        # Approximate ones are related words («taller», «capacitación»), not the same thing.
        if other and not expansion.approximate:
            changes.append((open_text.index(expansion.used), expansion.used, other))
    if not changes:
        return None
    start, used, other = _pick(f"{question.id} acronym", changes)
    return question.text[:start] + other + question.text[start + len(used) :]


def clitic(question: Judged, _: Synonyms) -> str | None:
    """A pronoun that leaves its verb or joins it: «se puede medir», «puede medirse»."""
    return _move_pronoun(question.text) if question.language == "es" else None


# As people shorten words on a telephone; those of the second set so often that all do.
_SMS = {
    "que": "q", "por": "x", "para": "xa", "de": "d", "porque": "pq", "tambien": "tmb",
    "mas": "+", "donde": "dnd", "cuando": "cdo", "como": "cmo",
}  # fmt: skip
_SMS_ALWAYS = frozenset("que por para de porque tambien".split())


def sms(question: Judged, _: Synonyms) -> str | None:
    """As on a telephone: small letters, no accents or marks, the short words shortened; in one
    question of four also words that lose their vowels."""
    if question.language != "es":
        return None
    thorough = _pick(f"{question.id} sms", (True, False, False, False))
    short = {word: code for word, code in _SMS.items() if thorough or word in _SMS_ALWAYS}

    def change(part: str) -> str:
        # Before the single words, or «por qué» would become «x q».
        plain = re.sub(r"\bpor que\b", "pq", without_accents(part).lower())
        return _WORD.sub(lambda word: short.get(word.group(), word.group()), plain)

    if not short.keys() & {fold(word.group()) for word in _open_words(question.text)}:
        return None
    return " ".join(re.sub(r"[¿?¡!]", " ", _change_open_text(question.text, change)).split())


def english(question: Judged, _: Synonyms) -> str | None:
    """In English, by the translation that the judgement brings."""
    return question.english or None


PERTURBATIONS: Mapping[str, Perturbation] = {
    perturbation.__name__: perturbation
    for perturbation in (accents, typo, upper, marks, number, acronym, clitic, sms, english)
}


def versions(
    questions: Iterable[Judged], names: Sequence[str], equivalents: Synonyms
) -> list[Version]:
    """Every question as written, the answerable ones also perturbed wherever that changes them."""
    asked = []
    for question in questions:
        asked.append(Version(question, ORIGINAL, question.text))
        # To a question without an answer silence is right, however it is typed.
        for name in names if question.answerable else ():
            text = PERTURBATIONS[name](question, equivalents)
            if text and text != question.text:
                asked.append(Version(question, name, text))
    return asked


def _pick(seed: str, options: Sequence[_Option]) -> _Option:
    """One of the options, always the same for a seed."""
    # Not `random`: what it gives for a seed may differ between versions of Python.
    digest = hashlib.blake2b(seed.encode(), digest_size=8).digest()
    return options[int.from_bytes(digest, "big") % len(options)]


def _change_open_text(text: str, change: Callable[[str], str]) -> str:
    """Change all but what must be kept."""
    parts, end = [], 0
    for kept in _KEPT.finditer(text):
        parts += [change(text[end : kept.start()]), kept.group()]
        end = kept.end()
    return "".join([*parts, change(text[end:])])


def _blank_kept(text: str) -> str:
    """The text with blanks for what must be kept, of the same length."""
    # A null is no letter and no blank, so that no pattern matches across what is kept.
    return _KEPT.sub(lambda kept: "\x00" * len(kept.group()), text)


def _open_words(text: str) -> list[re.Match[str]]:
    return list(_WORD.finditer(_blank_kept(text)))


def _is_acronym(form: str) -> bool:
    """Mostly capitals: «UN DESA», «SDGs», «ToT»."""
    letters = [character for character in form if character.isalpha()]
    return 2 * sum(character.isupper() for character in letters) > len(letters)


# What stands before a noun, and the same in the other number.
_DETERMINERS = {
    "el": "los", "la": "las", "los": "el", "las": "la", "un": "unos", "una": "unas", "unos": "un",
    "unas": "una", "del": "de los", "al": "a los", "este": "estos", "esta": "estas",
    "estos": "este", "estas": "esta", "cada": "cada", "su": "sus", "sus": "su",
}  # fmt: skip
# Without an article a word is taken for a noun only after one of these.
_BEFORE_NOUNS = frozenset("de en para sobre con por sin entre".split())
# Infinitives, gerunds, adverbs and past tenses by their endings.
_NOT_NOUNS = re.compile(r"(?:[aeií]r(?:se|l[aeo]s?)?|ndo|mente|[áéó])$")
# Nouns and adjectives that end as infinitives do.
_NOUNS_LIKE_VERBS = frozenset(
    "taller mujer lugar hogar familiar militar similar particular".split()
)
# Words whose number says nothing or changes their meaning.
_ONE_FORM = frozenset(
    (
        *(day for day in WEEKDAYS["es"] if day.endswith("s")),
        *chain.from_iterable(CARDINALS["es"].values()),
        *"antes menos después entonces lejos veces acuerdo verdad".split(),
    )
)

# By ending, the first that fits: «luz» → «luces», «plan» → «planes», «mesa» → «mesas».
_PLURALS = {"z": "ces", "ión": "iones", "án": "anes", "én": "enes", "ón": "ones"} | {
    "(?<=[aeo])": "s",
    "(?<=[dlrnj])": "es",
}
# Also by ending: ciudades, principales, formadores, mujeres, talleres, lugares; mesas.
_SINGULARS = {"ces": "z", "iones": "ión"} | dict.fromkeys(
    (
        *(f"(?<={stem})es" for stem in "[dt]ad [aeiou]l [deflt]or ctor [aj]er ller [gn]ar".split()),
        "(?<=[aeo])s",
    ),
    "",
)


def other_number(word: str) -> str | None:
    """The plural of a singular noun or the singular of a plural; None when there is no rule."""
    # crisis, campus, interés (may be either); resumen, imágenes, intereses (their accent moves)
    if word in _ONE_FORM or re.search(r"[iuíúáéó]s$|en(?:es)?$|eses$", word):
        return None
    rules = _SINGULARS if word.endswith("s") else _PLURALS
    changed = (re.subn(f"{ending}$", becomes, word) for ending, becomes in rules.items())
    return next((other for other, found in changed if found), None)


def _nouns_in_other_number(text: str) -> list[tuple[int, int, str]]:
    """Replacements (start, end, text), each of which puts one noun in the other number, together
    with the article before it."""
    found, words = [], _open_words(text)
    for before, word in pairwise(words):
        other = other_number(word.group()) if _looks_like_noun(before, word) else None
        # Only blanks may part the two: «de, reuniones» is no noun with what stands before it.
        if other is None or text[before.end() : word.start()].strip():
            continue
        article = _DETERMINERS.get(before.group(), before.group())
        found.append((before.start(), word.end(), f"{article} {other}"))
    return found


def _looks_like_noun(before: re.Match[str], word: re.Match[str]) -> bool:
    written = word.group()
    return (
        len(written) >= 4
        and written.islower()
        and fold(written) not in STOPWORDS
        and (written in _NOUNS_LIKE_VERBS or not _NOT_NOUNS.search(written))
        and (before.group() in _DETERMINERS or before.group().lower() in _BEFORE_NOUNS)
    )


# Object pronouns, and verbs that take them along: «se puede medir» is «puede medirse».
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


def _move_pronoun(text: str) -> str | None:
    """«se puede medir» ↔ «puede medirse», «cómo medir la confianza» → «la confianza, cómo
    medirla»."""
    open_text = _blank_kept(text)
    if match := _DETACHED.search(open_text):
        moved = f"{match['modal']} {match['verb']}{match['pronoun'].lower()}"
        return text[: match.start()] + moved + text[match.end() :]
    if match := _ATTACHED.search(open_text):
        moved = f"{match['pronoun']} {match['modal'].lower()} {match['verb']}"
        return text[: match.start()] + moved + text[match.end() :]
    # The object goes to the front, the closing mark stays at the end.
    end = len(text.rstrip("?!. \t\n"))
    match = _OBJECT.search(open_text[:end])
    if match is None or match["verb"] in _NOUNS_LIKE_VERBS:
        return None
    # A gerund keeps its stress: «escuchando», «escuchándolos».
    verb = re.sub(r"ando$", "ándo", re.sub(r"iendo$", "iéndo", match["verb"]))
    shown = text[match.start("object") : end]
    pronoun = _OBJECT_PRONOUN[match["article"]]
    return f"{shown}, {text[: match.start()]}{verb}{pronoun}{text[end:].strip()}"


_KEYBOARD_ROWS = ("qwertyuiop", "asdfghjklñ", "zxcvbnm")
# Neighbours on a Spanish keyboard, within a row: fingers miss sideways.
_NEIGHBOURS = {
    row[place]: row[max(place - 1, 0) : place] + row[place + 1 : place + 2]
    for row in _KEYBOARD_ROWS
    for place in range(len(row))
}

# What Spanish speakers confuse because it sounds the same.
_SOUNDS = (
    (r"b", "v"), (r"v", "b"), (r"c(?=[eiéí])", "s"), (r"s(?=[eiéí])", "c"), (r"z", "s"),
    (r"s(?=[aouáóú])", "z"), (r"(?<![cC])h", ""), (r"^(?=[aeou])", "h"), (r"ll", "y"),
    (r"y(?=[aeo])", "ll"), (r"g(?=[eiéí])", "j"), (r"j(?=[ei])", "g"),
)  # fmt: skip


def typing_errors(word: str, *, spelling: bool) -> list[list[str]]:
    """The mistypings of a word of three letters or more by kind, no kind without any. Fingers
    leave the first letter alone: people see that at once."""
    inside = range(1, len(word) - 1)
    kinds = [
        # Two letters changed round, one left out, one doubled, a neighbour hit, misspelt by sound.
        [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in inside],
        [word[:i] + word[i + 1 :] for i in inside],
        [word[: i + 1] + word[i:] for i in inside],
        [word[:i] + near + word[i + 1 :] for i in inside for near in _NEIGHBOURS.get(word[i], "")],
        _misspellings(word) if spelling else [],
    ]
    # «ll» changed round is the word itself.
    changed = [[other for other in kind if other != word] for kind in kinds]
    return [kind for kind in changed if kind]


def _misspellings(word: str) -> list[str]:
    found = []
    for pattern, becomes in _SOUNDS:
        for match in re.finditer(pattern, word, re.IGNORECASE):
            other = word[: match.start()] + becomes + word[match.end() :]
            found.append(other.capitalize() if word[0].isupper() else other)
    return found
