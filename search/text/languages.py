"""Tells which language a question or a text is in, real words from others, and what shortened
words stand for."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

_FUNCTION_WORDS = {
    "es": """el la los las del que qué en es un una por para con como cómo cuál cuáles quién quiénes
    dónde cuándo cuánto cuánta cuántos cuántas hay son se su sus lo al y de a o no si cual cuales
    quien donde cuando cuanto cuantos sobre mi más este esta entre hace tiene está puedo debe""",
    "en": """the of and to in is are was were what which who whom whose how when where why does do
    did for with on at it this that these those can should from by an be has have there between
    about i my we our their a s""",
    "pt": """o os a as um uma do da dos das no na nos nas em é são qual quais quem onde quando como
    quanto quantos quantas que não com pelo pela para por ao aos à às e se sua seu foi há você
    sobre entre mais dum numa o""",
    "fr": """le les la du des de un une est sont qu que qui quoi quel quelle quels quelles où quand
    comment combien pourquoi dans pour avec aux au en et ce cette ces il elle se sur par ne pas
    entre à""",
}
_LANGUAGE_WORDS = {code: frozenset(words.split()) for code, words in _FUNCTION_WORDS.items()}
_LETTERS = {"pt": re.compile("[ãõç]"), "fr": re.compile("[èêùœëç]|qu['’]|\\b[ld]['’]")}
"""What Spanish never writes; it says as much as one word."""

_ENOUGH = 1.5  # two signs, of which one may be another language's as well

_SHORT = {
    "q": "que", "k": "que", "ke": "que", "x": "por", "xq": "por qué", "pq": "por qué",
    "porq": "porque", "d": "de", "tb": "también", "tmb": "también", "tbn": "también", "xa": "para",
    "pa": "para", "dnd": "dónde", "cdo": "cuándo", "cnd": "cuándo", "cuant": "cuánto", "cm": "cómo",
    "msj": "mensaje", "msjs": "mensajes", "info": "información", "hra": "hora", "hr": "hora",
    "hrs": "horas", "kien": "quién", "kual": "cuál", "gob": "gobierno", "gobs": "gobiernos",
    "mpio": "municipio", "mpios": "municipios", "dpto": "departamento", "depto": "departamento",
    "admon": "administración", "min": "minutos", "mins": "minutos", "doc": "documento",
    "docs": "documentos", "sost": "sostenible", "xfa": "por favor", "pfa": "por favor",
    "ppto": "presupuesto", "tlf": "teléfono", "tel": "teléfono",
}  # fmt: skip
"""How people shorten Spanish words on a telephone, written out."""

_ALONE = re.compile(r"(?<![\w/.@'’-])[^\W\d_]+(?![\w/@'’-]|\.\w)")
_CLITICS = re.compile(r"([aei]r|ndo|[áéí])(?:me|te|se|nos|l[aoe]s?)(?:l[aoe]s?)?$")
_ENDINGS = re.compile(r"(?<=[ao])mente$|(?<=\w\w\w)(?:es|s)$|(?<=\w\w)[ií]sim[oa]s?$")
_PREFIX = re.compile(
    "(?:anti|auto|bio|ciber|contra|eco|euro|extra|geo|hiper|infra|inter|intra|macro|mega|micro|mono"
    "|multi|para|poli|post|pre|semi|sobre|socio|sub|super|supra|tecno|tele|trans|ultra|video)"
    "(?=[a-zñ]{5})"
)
_ACCENTED = dict(zip("aeioun", "áéíóúñ", strict=True))


def query_language(text: str) -> str:
    """The language a question is asked in: Spanish unless its function words clearly say another.

    Statistical detectors are wrong on four of ten questions this short; function words are not.
    A word that several languages share says less for each of them.
    """
    lowered = text.lower()
    signs = {code: [1.0] for code in _LETTERS if _LETTERS[code].search(lowered)}
    for place, word in enumerate(re.findall(r"[^\W\d_]+", lowered)):
        codes = [code for code, known in _LANGUAGE_WORDS.items() if word in known]
        for code in codes:
            # A title in another language stands later in a question than what it asks with.
            signs.setdefault(code, []).append((1 if place else 2) / len(codes))
    best = max(signs, key=lambda code: (sum(signs[code]), code == "es"), default="es")
    return best if len(signs.get(best, ())) > 1 and sum(signs[best]) >= _ENOUGH else "es"


def written_out(text: str) -> str:
    """A text with the shortened words of messages in full: «xa los mpios» is «para los
    municipios»."""
    # Capitals make an acronym, but for a single letter.
    return _ALONE.sub(
        lambda match: (
            match.group()
            if len(match.group()) > 1 and match.group().isupper()
            else _SHORT.get(match.group().lower(), match.group())
        ),
        text,
    )


@lru_cache(maxsize=4096)
def is_word(word: str) -> bool:
    """Whether this is a word of Spanish, English or French, with or without its accents.

    Asked of words that a collection does not hold, before one is taken for a misspelling of
    another. The first call reads the dictionaries: 1 s and 16 MB.
    """
    lowered = word.lower()
    if _listed(lowered):
        return True
    shorter = {
        _CLITICS.sub(r"\1", lowered),
        _ENDINGS.sub("", lowered),
        _PREFIX.sub("", lowered),
    }
    return any(len(base) > 2 and _listed(base) for base in shorter - {lowered})


def _listed(word: str) -> bool:
    spanish = _dictionary("es")
    if any(variant in spanish for variant in (word, word.capitalize(), *_accented(word))):
        return True
    return any(word in _dictionary(code) for code in ("en", "fr"))


def _accented(word: str) -> list[str]:
    """The word with one more accent, or ñ for n, at each place."""
    return [
        f"{word[:place]}{_ACCENTED[letter]}{word[place + 1 :]}"
        for place, letter in enumerate(word)
        if letter in _ACCENTED
    ]


@cache
def _dictionary(code: str) -> Any:
    return _dictionaries().get_dictionary(code)


@cache
def _dictionaries() -> Any:
    # Imported here: most questions have no word that the collection lacks.
    from simplemma.strategies.dictionaries.stream_dictionary_factory import StreamDictionaryFactory

    return StreamDictionaryFactory()


LANGUAGES = ("es", "pt", "gl", "ca", "en", "fr")
FEWEST_LETTERS = 24
SURE = 0.9  # below this probability the default stands: names, numbers and acronyms mislead
LONGEST = 4_000  # characters; more do not change the answer
KNOWN_TO_LANGDETECT = ("es", "pt", "ca", "en", "fr")  # it has no profile of Galician
SEED = 0  # langdetect draws at random: unseeded it changed its mind on 6 of 60 Spanish texts


def detect_language(text: str, default: str, detector: str = "py3langid") -> str:
    """The language of the text, or `default` when it is too short or no language is sure.

    `detector` is `py3langid` (33 µs, the one that knows Galician) or `langdetect` (4 ms).
    """
    if sum(map(str.isalpha, text)) < FEWEST_LETTERS:
        return default
    language, probability = DETECTORS[detector](text[:LONGEST])
    return language if probability >= SURE else default


@dataclass(frozen=True, slots=True)
class LanguageVote:
    """The language of a document; `other` is what the second detector takes it for, if it is sure
    of that and could know better."""

    language: str
    other: str | None = None


def vote_language(text: str, default: str) -> LanguageVote:
    """What py3langid and langdetect together say of a text that is long enough to ask both.

    py3langid names .998 of clauses right and langdetect .830 (`python -m benchmarks.language`), so
    the first decides wherever it is sure; what it only leans to counts if the second is sure of
    the same. Anything else is `default`.
    """
    if sum(map(str.isalpha, text)) < FEWEST_LETTERS:
        return LanguageVote(default)
    first, sureness = _by_py3langid(text[:LONGEST])
    second, second_sureness = _by_langdetect(text[:LONGEST])
    agreed = sureness >= SURE or (first == second and second_sureness >= SURE)
    language = first if agreed else default
    # About a language that langdetect cannot name its word is worth nothing.
    differs = second != language and language in KNOWN_TO_LANGDETECT and second_sureness >= SURE
    return LanguageVote(language, second if differs else None)


def _by_py3langid(text: str) -> tuple[str, float]:
    language, probability = _identifier().classify(text)
    return str(language), float(probability)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier


def _by_langdetect(text: str) -> tuple[str, float]:
    from langdetect.lang_detect_exception import LangDetectException

    detector = _profiles().create()
    detector.set_prior_map(dict.fromkeys(KNOWN_TO_LANGDETECT, 1.0))
    detector.seed = SEED
    detector.append(text)
    try:
        best = detector.get_probabilities()[0]
    except (LangDetectException, IndexError):  # no letter that any of its languages uses
        return "", 0.0
    return best.lang, best.prob


@cache
def _profiles() -> Any:
    """Those of our languages: all 55 would take a second to load."""
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    files = (Path(PROFILES_DIRECTORY, language) for language in KNOWN_TO_LANGDETECT)
    factory.load_json_profile([file.read_text("utf-8") for file in files])
    return factory


DETECTORS: dict[str, Callable[[str], tuple[str, float]]] = {
    "py3langid": _by_py3langid,
    "langdetect": _by_langdetect,
}
