"""How sure are we that the best passages answer: a few features and a logistic model."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from search.evidence import Evidence, Opened
from search.index import Statistics
from search.numbered import holds_numbers
from search.readings import readings
from search.spanish import Token, analyse
from search.weighing import Window
from search.windows import said_otherwise

READ = 5
"""Best passages that the features look at."""

_GENERIC = frozenset(
    "hora horas minuto minutos dia dias fecha lugar tema quien nombre numero cuantos".split()
)


@dataclass(frozen=True, slots=True)
class Features:
    """What the model sees of one question and its best passages.

    late: MaxSim of the best passage; gap: how far it is above the sixth; covered: share of the
    question's informative words, weighted by rarity, that one of the best passages holds;
    weakest: similarity of its worst matched informative word; names: share of its numbers,
    acronyms and names that one of the best passages holds; numbers: whether one of them holds all
    its numbers, as figures or as words; cosine: of the best, less its language's mean.
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


def features(evidence: Evidence, best: Sequence[Window]) -> Features:
    """Look at the best candidates and at the best windows in them."""
    ranked, asked = evidence.ranked, evidence.asked
    late = np.sort(ranked.late)[::-1]
    texts = [_stems(opened) for opened in evidence.opened[:READ]]
    words = [_with_equivalents(set(text), evidence) for text in texts]
    asked_for = weighed(asked.tokens, evidence.statistics)
    named = weighed([t for t in asked.tokens if _names(asked.text, t)], evidence.statistics)
    return Features(
        late=float(late[0]),
        gap=float(late[0] - late[min(5, len(late) - 1)]),
        covered=max(covered(asked_for, held) for held in words),
        weakest=float(ranked.maxima[:READ].min(axis=1).max()),
        names=max(covered(named, held) for held in words),
        numbers=float(any(holds_numbers(asked.tokens, text) for text in texts)),
        cosine=float(ranked.dense[:READ].max()),
    )


def confidence(seen: Features) -> float:
    """Probability that the question is answered, 0–1."""
    total = _BIAS + sum(a * b for a, b in zip(astuple(_WEIGHTS), astuple(seen), strict=True))
    return 1 / (1 + math.exp(-total))


def rarity(token: Token, statistics: Statistics) -> float:
    """Inverse passage frequency of a word; a word the collection does not know weighs most."""
    return math.log((statistics.passages + 1) / (statistics.words.get(token.surface, 0) + 0.5))


def _stems(opened: Opened) -> list[str]:
    passage = opened.passage
    texts = (opened.document.title, *passage.section, passage.context, passage.text)
    tokens = [token for text in texts for token in analyse(text)]
    return [token.stem for token in (*tokens, *readings(tokens))]


def _with_equivalents(stems: set[str], evidence: Evidence) -> set[str]:
    """The stems of a passage, and those of the question that it says in equivalent words."""
    for used, forms in said_otherwise(evidence.asked.expansions):
        if any(form <= stems for form in forms if form):
            stems |= used
    return stems


def weighed(tokens: Sequence[Token], statistics: Statistics) -> dict[str, float]:
    """Stems of words with their rarity."""
    return {token.stem: rarity(token, statistics) for token in tokens}


def covered(weights: Mapping[str, float], held: set[str]) -> float:
    """Share of weighed words whose stems are among those held; 1 for no words."""
    total = sum(weights.values())
    return sum(w for word, w in weights.items() if word in held) / total if total else 1.0


def _names(text: str, token: Token) -> bool:
    """Whether a token is a number, a symbol, an acronym or a name inside the sentence."""
    written = text[token.start : token.end]
    if any(character.isdigit() for character in written):
        return True
    return token.start > 1 and written[:1].isupper() and token.surface not in _GENERIC
