"""How sure are we that the best passages answer: a few features and a logistic model."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise

import numpy as np

from search.index import Statistics
from search.query import Asked
from search.rank import Ranked
from search.readings import readings
from search.spanish import Token, analyse, stem
from search.types import Passage

READ = 5
"""Best passages that the features look at."""

_GENERIC = frozenset(
    "hora horas minuto minutos dia dias fecha lugar tema quien nombre numero cuantos".split()
)


_NUMERALS = {
    str(number): stem(word)
    for number, word in enumerate(
        """uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince
        dieciseis diecisiete dieciocho diecinueve veinte""".split(),
        start=1,
    )
}
"""Figures to the stems of the words that may stand for them in a text."""

_NUMBERED = frozenset(
    """tema modulo sesion actividad ods objetivo meta principio paso punto etapa fase dia articulo
    capitulo anexo bloque unidad grupo mesa theme module session goal target step day
    """.split()
)
"""Nouns whose number is part of their name."""


@dataclass(frozen=True, slots=True)
class Features:
    """What the model sees of one question and its best passages.

    late: MaxSim of the best passage; gap: how far it is above the sixth; covered: share of the
    question's informative words, weighted by rarity, that one of the best passages holds;
    weakest: similarity of its worst matched informative word; names: share of its numbers,
    acronyms and names that one of the best passages holds; numbers: whether one of them holds all
    its numbers, as figures or as words; cosine: of the best, less its
    language's mean.
    """

    late: float
    gap: float
    covered: float
    weakest: float
    names: float
    numbers: float
    cosine: float


_WEIGHTS = Features(
    late=3.8, gap=10.4, covered=1.0, weakest=7.0, names=2.2, numbers=2.5, cosine=10.5
)
_BIAS = -10.7
THRESHOLD = 0.30
LINE_THRESHOLD = 0.12
"""Fitted by `python -m benchmarks.calibration` on the tune split of our judged questions: those
with an answer against those without, and against themselves with every judged passage taken away.
The threshold keeps 95 % of the answerable ones of that split; a timetable line that holds what is
asked for is evidence of its own and needs less."""


def features(
    asked: Asked,
    ranked: Ranked,
    passages: Sequence[Passage],
    titles: Sequence[str],
    statistics: Statistics,
) -> Features:
    """Look at the best candidates; `passages` and `titles` are those of the first `READ` rows."""
    late = np.sort(ranked.late)[::-1]
    texts = [_stems(title, passage) for title, passage in zip(titles, passages, strict=True)]
    words = [set(text) for text in texts]
    asked_for = weighed(asked.tokens, statistics)
    named = weighed([t for t in asked.tokens if _names(asked.text, t)], statistics)
    return Features(
        late=float(late[0]),
        gap=float(late[0] - late[min(5, len(late) - 1)]),
        covered=max(covered(asked_for, held) for held in words),
        weakest=float(ranked.maxima[: len(passages)].min(axis=1).max()),
        names=max(covered(named, held) for held in words),
        numbers=float(any(_holds_numbers(asked.tokens, text) for text in texts)),
        cosine=float(ranked.dense[: len(passages)].max()),
    )


def confidence(seen: Features) -> float:
    """Probability that the question is answered, 0–1."""
    total = _BIAS + sum(a * b for a, b in zip(astuple(_WEIGHTS), astuple(seen), strict=True))
    return 1 / (1 + math.exp(-total))


def rarity(token: Token, statistics: Statistics) -> float:
    """Inverse passage frequency of a word; a word the collection does not know weighs most."""
    return math.log((statistics.passages + 1) / (statistics.words.get(token.surface, 0) + 0.5))


def _stems(title: str, passage: Passage) -> list[str]:
    texts = (title, *passage.section, passage.context, passage.text)
    tokens = [token for text in texts for token in analyse(text)]
    return [token.stem for token in (*tokens, *readings(tokens))]


def weighed(tokens: Sequence[Token], statistics: Statistics) -> dict[str, float]:
    """Stems of words with their rarity."""
    return {token.stem: rarity(token, statistics) for token in tokens}


def covered(weights: Mapping[str, float], held: set[str]) -> float:
    """Share of weighed words whose stems are among those held; 1 for no words."""
    total = sum(weights.values())
    return sum(w for word, w in weights.items() if word in held) / total if total else 1.0


def _holds_numbers(asked: Sequence[Token], text: Sequence[str]) -> bool:
    """Whether a passage, as stems in order, holds every figure of the question; the number of a
    numbered thing must stand beside its noun («Tema 4» is not in «Tema 1 … cuatro grupos»)."""
    pairs = set(pairwise(text))
    held = set(text)
    for place, token in enumerate(asked):
        if not token.surface[0].isdigit():
            continue
        forms = {token.surface, _NUMERALS.get(token.surface, token.surface)}
        before = asked[place - 1] if place else token
        if before.surface in _NUMBERED:
            if not any((before.stem, form) in pairs for form in forms):
                return False
        elif not forms & held:
            return False
    return True


def _names(text: str, token: Token) -> bool:
    """Whether a token is a number, a symbol, an acronym or a name inside the sentence."""
    written = text[token.start : token.end]
    if any(character.isdigit() for character in written):
        return True
    return token.start > 1 and written[:1].isupper() and token.surface not in _GENERIC
