"""How sure are we that the best passages answer: a few features and a logistic model."""

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from search.answering.evidence import Evidence, Opened
from search.answering.forms import form_of, subject_of
from search.answering.numbered import holds_numbers, numbered_nouns
from search.answering.weighing import Window
from search.answering.windows import above, said_otherwise, stems_of
from search.index import Statistics
from search.spanish import Token

READ = 5
"""Best passages that the features look at."""

_GENERIC = frozenset(
    "hora horas minuto minutos dia dias fecha lugar tema quien nombre numero cuantos".split()
)


@dataclass(frozen=True, slots=True)
class Features:
    """What the model sees of one question and its best passages.

    window: how well the best passage answers, see `weighing`; late: MaxSim of the best
    passage; covered: share of the subject's words, weighted by rarity, that one of the best
    passages says, in these words or in others; names: share of its numbers, acronyms and names
    that one of them holds; numbers: whether one of them holds all its numbers, as figures or as
    words; foreign: whether the best passage is in another language than the question.
    """

    window: float
    late: float
    covered: float
    names: float
    numbers: float
    foreign: float


_WEIGHTS = Features(window=1.6, late=5.21, covered=2.61, names=1.45, numbers=1.26, foreign=0.2)
_BIAS = -8.74
THRESHOLD = 0.302
"""Fitted by `python -m benchmarks.calibration` on the tune split of our judged questions, as typed,
in English and misspelt: those with an answer against those without, and against themselves with
every judged passage taken away. The threshold keeps 95 % of the answerable ones of that split."""

_SAME, _ALIKE = 0.30, 0.60
_SAME_ABROAD, _ALIKE_ABROAD = 0.28, 0.50
"""Similarities from which a passage begins to say a word in other words, and says it for certain;
those of words in two languages are lower."""


def features(evidence: Evidence, best: Window) -> Features:
    """Look at the best candidates and at the best window in them."""
    asked, opened = evidence.asked, evidence.opened[:READ]
    texts = [_with_equivalents(one, evidence) for one in opened]
    named = weighed([t for t in asked.tokens if _names(asked.text, t)], evidence.statistics)
    subject = subject_of(asked.said, form_of(asked.text))
    return Features(
        window=best.score,
        late=float(evidence.ranked.late.max()),
        covered=max(
            _said(evidence, one, subject, set(text))
            for one, text in zip(opened, texts, strict=True)
        ),
        names=max(covered(named, set(text)) for text in texts),
        numbers=float(any(holds_numbers(asked.tokens, text) for text in texts)),
        foreign=float(best.opened.passage.language != asked.language),
    )


def _said(evidence: Evidence, opened: Opened, subject: Sequence[Token], stems: Set[str]) -> float:
    """The weighed share of the subject, as the embedding model reads it, that a passage says."""
    abroad = opened.passage.language != evidence.asked.language
    low, high = (_SAME_ABROAD, _ALIKE_ABROAD) if abroad else (_SAME, _ALIKE)
    if holds_numbers(evidence.asked.tokens, list(stems)):
        stems = stems | numbered_nouns(evidence.asked.tokens)
    near = opened.near.max(axis=0, initial=-1.0)
    starts = evidence.tokens.starts
    total = said = 0.0
    for token in subject:
        weight = rarity(token, evidence.statistics)
        pieces = near[(starts >= token.start) & (starts < token.end)]
        alike = (float(pieces.mean()) - low) / (high - low) if len(pieces) else 0.0
        said += weight * (1.0 if token.stem in stems else min(max(alike, 0.0), 1.0))
        total += weight
    return said / total if total else 1.0


def confidence(seen: Features) -> float:
    """Probability that the question is answered, 0–1."""
    total = _BIAS + (
        _WEIGHTS.window * seen.window
        + _WEIGHTS.late * seen.late
        + _WEIGHTS.covered * seen.covered
        + _WEIGHTS.names * seen.names
        + _WEIGHTS.numbers * seen.numbers
        + _WEIGHTS.foreign * seen.foreign
    )
    return 1 / (1 + math.exp(-total))


def rarity(token: Token, statistics: Statistics) -> float:
    """Inverse passage frequency of a word; a word the collection does not know weighs most."""
    return math.log((statistics.passages + 1) / (statistics.words.get(token.surface, 0) + 0.5))


def _with_equivalents(opened: Opened, evidence: Evidence) -> list[str]:
    """The stems of a passage and of what stands above it in order, then those of the question
    that it says in equivalent words."""
    stems = stems_of((*above(opened), opened.passage.text))
    held = set(stems)
    others = said_otherwise(evidence.asked.expansions)
    return [*stems, *(stem for one in others if one.said_in(held) for stem in one.used)]


def weighed(tokens: Sequence[Token], statistics: Statistics) -> dict[str, float]:
    """Stems of words with their rarity."""
    return {token.stem: rarity(token, statistics) for token in tokens}


def covered(weights: Mapping[str, float], held: Set[str]) -> float:
    """Share of weighed words whose stems are among those held; 1 for no words."""
    total = sum(weights.values())
    return sum(w for word, w in weights.items() if word in held) / total if total else 1.0


def _names(text: str, token: Token) -> bool:
    """Whether a token is a number, a symbol, an acronym or a name inside the sentence."""
    written = text[token.start : token.end]
    if any(character.isdigit() for character in written):
        return True
    return token.start > 1 and written[:1].isupper() and token.surface not in _GENERIC
