"""Text to tokens, once, in our own code, so that every engine matches the same way.

A token has a surface form (lower case, accents folded, ñ kept) and a stem. Folding comes before
stemming: measured, fold-then-stem meets 96 % of plural pairs with or without accents, while
stem-then-fold loses the unaccented ones.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

from search.wording import figures

ANALYSIS_VERSION = 5
"""Goes into the index manifest: caches built by another version are rebuilt."""

_KEPT_TILDE = {"ñ": "ñ", "Ñ": "ñ"}

_TOKEN = re.compile(
    rf"""
    (?P<mail>\w[\w.+-]*@[\w-]+(?:\.[\w-]*\w)+)
    | (?P<symbol>[a-z]{{1,5}}(?:/[a-z0-9](?:[\w.\-]*\w)?)+)  # A/RES/60/34, E/C.16/2018/5
    | (?=\d)(?:{figures.PATTERN})
    | (?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?)
    """,
    re.VERBOSE | re.IGNORECASE,
)

_SUBTOKEN = re.compile(r"[^\W_]+")

NUMBERED = frozenset(
    """tema modulo sesion sesiones actividad ods objetivo meta principio paso punto etapa fase dia
    articulo capitulo anexo bloque unidad grupo mesa parte seccion titulo tomo volumen edicion
    periodo reunion conferencia lamina diapositiva theme module session goal target step day chapter
    part section annex unit
    """.split()
)
"""Nouns whose number is part of their name."""

# Where Snowball and the rules below join or part what they should not, the domain's words are
# stemmed by hand.
_OVERRIDES = {
    word: stem
    for stem, words in {
        "gobiern": "gobierno gobiernos",
        "gobernanz": "gobernanza gobernanzas",
        "mujer": "mujer",
        "taller": "taller",
        "tallerist": "tallerista talleristas",
        "inclusion": "inclusion inclusiones inclusivo inclusiva inclusivos inclusivas",
        "formacion": "formacion formaciones",
        "año": "año años",
        "concejal": "concejal concejala concejales concejalas",
        "concej": "concejo concejos",
        "municipi": "municipio municipios",
        "municipal": "municipal municipales",
        "orden": "orden",
        "ordenador": "ordenador ordenadora ordenadores ordenadoras",
        "contador": "contador contadora contadores contadoras",
        "pais": "pais paises",
        "mes": "mes",
        "mesa": "mesa mesas",
        "ley": "ley leyes",
        "plan": "plan planes",
        "plano": "plano planos",
        "fin": "fin fines",
        "final": "final finales",
        "etica": "etica eticas etico eticos",
        "dia": "dia dias",
        "interes": "interes",
        "opera": "opera operas",
        "crisis": "crisis",
        "analisis": "analisis",
        # Words that differ in their last vowel only, and in everything else.
        "caso": "caso casos",
        "punta": "punta puntas",
        "banca": "banca bancas",
        "moda": "moda modas",
        "libra": "libra libras",
        "puerto": "puerto puertos",
        "plaza": "plaza plazas",
        "marca": "marca marcas",
        "rama": "rama ramas",
        "suela": "suela suelas",
        "pala": "pala palas",
        "cuento": "cuento cuentos",
        "calle": "calle calles",
        "cara": "cara caras",
    }.items()
    for word in words.split()
}

_PLURAL = re.compile(r"(ar|er|ad|ed|ud|en|es)es$|(ea|ia)s$")
"""Plurals that Snowball does not bring to the stem of their singular: it takes «lugar» and «mujer»
for verbs, «imagen» for a subjunctive, «realidad» for «real» with a suffix."""

_AGENT = re.compile(r"ador(?:a|es|as)?$")
"""Who does it and what is done: facilitador/facilitación, capacitadoras/capacitación. Snowball
strips both suffixes; going through the noun makes the exceptions of one those of the other."""

_ABLE = re.compile(r"(?<=\w\w\w)bilidad$")
"""Sostenibilidad/sostenible, responsabilidad/responsable; not «habilidad»."""

_QUALITY = re.compile(r"[dt]ad$")
"""Snowball strips it: «mentalidad» would be «mental», «universidad» «universo» and «autoridad»
«autor», which are other subjects."""

# Measured over 228 pairs that must meet and 74 that must not (tests/test_spanish.py), and as
# nDCG@10 of BM25 alone for 1,500 questions of squad-es: Snowball misses 56 and joins 27, .802;
# a list of 170 words before it 29 and 19, .802; these rules and this list 0 and 0, .8035. The
# lemmatiser simplemma 2.0 misses 44 and joins none, .807; before Snowball 12 and 28, .811: it
# repairs irregular verbs, which late interaction does as well, but needs the accents that people
# leave out («lideres»), 0.6 s at every start and 40 µs for every new word.

STOPWORDS = frozenset(
    """
    a al algo algun alguna algunas alguno algunos ante antes asi aun aunque bajo bien cada casi
    como con contra cual cuales cualquier cuan cuando cuanta cuantas cuanto cuantos de del desde
    donde dos durante e el ella ellas ello ellos en entre era eran es esa esas ese eso esos esta
    estaba estan estar estas este esto estos fue fueron ha haber habia hace hacen hacer hacia
    han hasta hay he la las le les lo los mas me mi mis mucho muy nada ni no nos nosotros o os
    otra otras otro otros para pero poco por porque pues que quien quienes se sea sean ser si
    sido sin sobre son su sus tal tambien tan tanto te tiene tienen todo todos toda todas tu tus
    u un una unas uno unos usted ustedes va van y ya yo q x d
    the of and to in is are was were be been by for from on at as an or that this these those it its
    with what which who whom when where how why do does did has have had can will would should not
    they them their we us our you your he him his she her i my
    o os as um uma uns umas ao aos na nas no nos da das do dos em e ou que com para por pelo pela se
    qual quais quando onde como quem ser foi sao seu sua seus suas mais
    le la les un une des du de et ou en dans sur pour par avec est sont qui que quoi quel quelle
    quels quelles quand comment au aux ce cette ces il elle
    """.split()
)
"""Words that carry no subject, folded: Spanish first, then English, Portuguese and French."""

_stemmer = Stemmer.Stemmer("spanish", 0)


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a text with its folded surface, its stem and its code point range."""

    surface: str
    stem: str
    start: int
    end: int

    @property
    def informative(self) -> bool:
        """Whether it says anything about the subject."""
        return self.surface not in STOPWORDS

    @property
    def worded(self) -> bool:
        """Whether it is a word and not a figure, a symbol or an address."""
        return self.surface.isalpha()


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """Lower case without acute, grave, diaeresis, circumflex or cedilla; ñ stays ñ."""
    folded = []
    for character in word:
        if character in _KEPT_TILDE:
            folded.append("ñ")
        elif ord(character) < 128:
            folded.append(character.lower())
        else:
            decomposed = unicodedata.normalize("NFKD", character)
            folded.append("".join(c for c in decomposed if not unicodedata.combining(c)).lower())
    return "".join(folded)


@lru_cache(maxsize=65536)
def stem(surface: str) -> str:
    """Stem of a folded word; numbers and symbols stay as they are."""
    if not surface.isalpha():
        return surface
    word = surface
    if len(word) > 4:
        word = _ABLE.sub("ble", _PLURAL.sub(lambda match: match[1] or match[2], word))
    if len(word) > 6:
        word = _AGENT.sub("acion", word) if surface not in _OVERRIDES else word
    if (override := _OVERRIDES.get(surface) or _OVERRIDES.get(word)) is not None:
        return override
    if len(word) > 5 and _QUALITY.search(word):
        return word
    # PyStemmer objects are not thread-safe, but stemWord holds the GIL for its whole call.
    found = str(_stemmer.stemWord(word))
    return f"{found[:-1]}c" if word[-1] == found[-1] == "z" else found  # luz/luces


@lru_cache(maxsize=2048)
def analyse(text: str) -> tuple[Token, ...]:
    """Tokens of a text in order; kept for the texts last seen, since a question looks at the
    same passages several times.

    Figures are written one way (`wording/figures.py`), also roman ones after what they number.
    A token that joins letters and digits (`ODS16`) gives its pieces; a symbol, an e-mail or a
    date is followed by its pieces, so that `60/34` finds `A/RES/60/34`.
    """
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind, written = match.lastgroup or "word", match.group()
        if kind in ("word", "mail", "symbol"):
            surface = fold(written)
            if tokens and tokens[-1].surface in NUMBERED and (number := figures.roman(surface)):
                surface = str(number)
        else:
            surface = figures.canonical(kind, written)
        tokens.append(Token(surface, stem(surface), match.start(), match.end()))
        if kind == "date" and surface[4] == "-":
            tokens.extend(_date_pieces(surface, match))
        elif not surface.isalpha() and not surface[0].isdigit():
            tokens.extend(_pieces(match))
    return tuple(tokens)


def _date_pieces(date: str, match: re.Match[str]) -> list[Token]:
    words = figures.date_words(date)
    spans = [part.span() for part in re.finditer(r"\d+", match.group())]
    if match.group()[:4].isdigit():
        spans.reverse()
    return [
        Token(word, stem(word), match.start() + start, match.start() + end)
        for word, (start, end) in sorted(zip(words, spans, strict=True), key=lambda pair: pair[1])
    ]


def _pieces(match: re.Match[str]) -> list[Token]:
    """The words inside a symbol or an address; for a symbol also its tail after the organ."""
    text, base = match.group(), match.start()
    pieces = []
    tail = re.search(r"\d+/\d+$", text)
    if tail and tail.start() > 0:
        number = fold(tail.group())
        pieces.append(Token(number, number, base + tail.start(), base + tail.end()))
    for part in _SUBTOKEN.finditer(text):
        surface = fold(part.group())
        if len(surface) > 1:
            pieces.append(Token(surface, stem(surface), base + part.start(), base + part.end()))
    return pieces
