"""Ranks candidate passages.

Five scores (BM25F, word proximity, dense cosine, late interaction over the passage and over its
best span) are standardised and added with fixed weights. `rank` is the whole story; below it stand
BM25F and the fusion of scores.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from search.documents import Floats, Ints
from search.embedding.late_interaction import QueryTokens, best_spans
from search.engine import Candidates, Engine, Occurrences, PassageList, Term
from search.query import AnalysedQuery
from search.results import Share

LEXICAL_CANDIDATES = 60
DENSE_CANDIDATES = 40
"""Candidates by BM25, and by cosine within each language of the collection. Late interaction can
only lift what was proposed; on our evaluation sets more candidates change nothing."""

READ_CANDIDATES = 60
"""Of these, those whose tokens are read, which is most of the cost of ranking: nDCG@10 of squad-es
is .9075 against .9085 with all 76 of them, that of es-mixed and of ours the same."""

_MIN_DEVIATION = 0.02
"""Added to the deviation of a token's similarities before dividing by it, so that a token that is
equally near to all candidates does not drown the others."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoreComponents:
    """What is known of each candidate, one number `(n,)` a kind; higher is better.

    `words` is BM25 and `neighbours` which words of the question stand together as in it; `vector`
    is the cosine less the mean of its language; `tokens` late interaction over the whole passage,
    `span` over about a sentence of it.
    """

    words: Floats
    neighbours: Floats
    vector: Floats
    tokens: Floats
    span: Floats


NAMES = tuple(field.name for field in fields(ScoreComponents))


@dataclass(frozen=True, slots=True, eq=False)
class LexicalScores:
    """What words say for each candidate: `terms` `(n, t)` the weight of each word in BM25, `scores`
    `(n,)` their sum, `pairs` `(n,)` the weight of its neighbours, `coverage` `(n,)` how much of the
    question it holds, from 0 to 1, rare words counting for more."""

    terms: Floats
    scores: Floats
    pairs: Floats
    coverage: Floats


@dataclass(frozen=True, slots=True, eq=False)
class FusedScores:
    """Candidates' evidence, raw and standardised, and what it counts, all `(n, kinds)` in the
    order of `NAMES`."""

    raw: Floats
    standardised: Floats
    weights: Floats

    @property
    def scores(self) -> Floats:
        """One number a candidate."""
        return np.asarray((self.standardised * self.weights).sum(axis=1), dtype=np.float32)

    def take(self, chosen: NDArray[np.int64]) -> "FusedScores":
        """A selection, in the order given."""
        return FusedScores(self.raw[chosen], self.standardised[chosen], self.weights[chosen])

    def shares(self, place: int) -> tuple[Share, ...]:
        """What each kind of evidence adds to the score of one candidate."""
        rows = zip(
            NAMES, self.raw[place], self.standardised[place], self.weights[place], strict=True
        )
        return tuple(
            Share(name, float(raw), float(standard), float(weight))
            for name, raw, standard, weight in rows
        )


@dataclass(frozen=True, slots=True, eq=False)
class RankedCandidates:
    """Candidates best first. `cosine` is plain, `dense` less the mean of its language; `maxima`
    `(n, q)` is how near each candidate comes to each token of the question, `terms` `(n, t)` what
    each of its words adds to `lexical`, and `blend` how the score came about. `places` are those
    that they had among the engine's candidates; `passages` may be other copies of their texts."""

    passages: PassageList
    places: Ints
    scores: Floats
    lexical: Floats
    cosine: Floats
    dense: Floats
    late: Floats
    maxima: Floats
    terms: Floats
    blend: FusedScores


def rank(
    engine: Engine,
    candidates: Candidates,
    terms: Sequence[Term],
    vector: Floats,
    tokens: QueryTokens,
    means: Floats,
) -> RankedCandidates:
    """Order candidates, best first, one for each text; equal scores keep their order. `means` are
    the mean vectors of the languages."""
    by_words = bm25f(candidates.words, terms)
    language = candidates.passages.language
    # Each language's passages lie around a mean of their own, so that those in the question's
    # language would win whatever they say.
    dense = candidates.cosine - (means @ vector)[language] if len(language) else candidates.cosine
    kept = np.arange(len(dense), dtype=np.int32)
    if len(kept) > READ_CANDIDATES:
        kept = _shortlist(candidates, by_words, dense)
    # Reading and comparing token vectors is most of the cost, so only a shortlist is compared.
    passages = candidates.passages.take(kept.tolist())
    near = engine.compare(passages.ids, tokens.vectors)
    discriminating = tokens.weights
    if len(kept):
        # A token that some candidates hold and others lack tells them apart better than one that
        # all of them come equally near to: similarities to each are brought to one spread, as are
        # scores of different kinds before they are added.
        even = tokens.weights / (near.maxima.std(axis=0) + _MIN_DEVIATION)
        discriminating = np.asarray(even / max(float(even.sum()), 1e-9), dtype=np.float32)
    evidence = ScoreComponents(
        words=by_words.scores[kept],
        neighbours=by_words.pairs[kept],
        vector=dense[kept],
        tokens=near.maxima @ discriminating,
        span=best_spans(near, discriminating),
    )
    blend = fuse(evidence, by_words.coverage[kept], passages.language)
    order = np.lexsort((kept, -blend.scores))
    # Of a text that stands in several versions of a document the best place counts, with the copy
    # of the version that speaks for all where it is a candidate too.
    texts = candidates.same_text[kept]
    _, first = np.unique(texts[order], return_index=True)
    order = order[np.sort(first)]
    speaking = {int(texts[i]): i for i in np.flatnonzero(candidates.speaks[kept]).tolist()}
    shown = [speaking.get(int(texts[i]), i) for i in order.tolist()]
    return RankedCandidates(
        passages=passages.take(shown),
        places=kept[order].astype(np.int32),
        scores=blend.scores[order],
        lexical=evidence.words[order],
        cosine=candidates.cosine[kept][order],
        dense=evidence.vector[order],
        # With the weights of the question alone: the confidence of an answer is fitted to this
        # number, so it must not depend on which other candidates there are.
        late=(near.maxima @ tokens.weights)[order],
        maxima=near.maxima[order],
        terms=by_words.terms[kept][order],
        blend=blend.take(order),
    )


def _shortlist(candidates: Candidates, by_words: LexicalScores, dense: Floats) -> Ints:
    """The places, ascending, of the candidates that words and vectors together put first, and of
    what is pinned."""
    # Equal for all, so that the tokens that are not read yet say nothing.
    unread = np.zeros(len(dense), dtype=np.float32)
    evidence = ScoreComponents(by_words.scores, by_words.pairs, dense, tokens=unread, span=unread)
    scores = fuse(evidence, by_words.coverage, candidates.passages.language).scores
    best = np.lexsort((np.arange(len(scores)), -scores))[:READ_CANDIDATES]
    return np.union1d(best, np.flatnonzero(candidates.pinned)).astype(np.int32)


def held_words(
    asked: AnalysedQuery, ranked: RankedCandidates, place: int
) -> tuple[tuple[str, float], ...]:
    """The words of the question, as looked for, that a candidate holds, and what each adds to its
    BM25; heaviest first."""
    held = zip(asked.terms, ranked.terms[place].tolist(), strict=True)
    return tuple(
        sorted(
            ((term.surface, weight) for term, weight in held if weight > 0),
            key=lambda word: -word[1],
        )
    )


_K1, _B = 0.9, 0.4
"""Passages are of one size by design, and a word is rarely repeated for emphasis: measured
against 1.2 and 0.75, nDCG@10 of BM25 alone .726 against .718 on our judged questions."""

_HEADING_OCCURRENCES = 2.0
"""Occurrences that a word above the passage is worth: with none nDCG@10 of BM25 alone is .62 on
our judged questions, with 1, 2 and 5 it is .721, .730 and .712."""

_EXACT_FORM_WEIGHT = 0.35
"""The exact folded word beside its stem, so that «talleres» prefers «talleres» to «taller»."""

_MAX_DISTANCE = 3
"""Two neighbours of the question may stand as many words apart: «plan de acción»."""


def bm25f(found: Occurrences, terms: Sequence[Term]) -> LexicalScores:
    """Weigh the words of a question in candidates by BM25F (Robertson, Zaragoza and Taylor, 2004),
    where the fields are what stands above a passage and its text."""
    # By stem and by the very word, everything below.
    held = np.stack((found.stem_held, found.held))
    # The inverse passage frequency of BM25 (Robertson and Zaragoza, 2009).
    idf = np.log(1 + (found.passages - held + 0.5) / (held + 0.5)).astype(np.float32)
    by_stem, by_word = np.array([term.weight for term in terms], dtype=np.float32) * idf
    first: dict[str, int] = {}
    for place, term in enumerate(terms):
        first.setdefault(term.stem, place)
    # Of «taller talleres» the stem counts once; each word still counts by itself.
    by_stem[[first[term.stem] != place for place, term in enumerate(terms)]] = 0
    frequency = np.stack([_term_frequency(found, which) for which in (found.term, found.word)])
    stems, words = frequency * (_K1 + 1) / (frequency + _K1)
    weights = np.asarray(stems * by_stem + _EXACT_FORM_WEIGHT * words * by_word, dtype=np.float32)
    return LexicalScores(
        terms=weights,
        scores=weights.sum(axis=1),
        # Only what the user wrote (weight 1): words of one expansion stand together anyway.
        pairs=_proximity(found, [first[term.stem] for term in terms if term.weight == 1], by_stem),
        coverage=np.asarray(
            (frequency[0] > 0) @ by_stem / max(float(by_stem.sum()), 1e-6), np.float32
        ),
    )


def _term_frequency(found: Occurrences, term: NDArray[np.int32]) -> Floats:
    """Occurrences `(n, t)` of each term, for a passage of mean length."""
    shape = len(found.lengths), len(found.held)
    cells = found.owner * shape[1] + term
    matched = term >= 0
    text = np.bincount(cells[matched & ~found.heading], minlength=shape[0] * shape[1])
    above = np.bincount(cells[matched & found.heading], minlength=shape[0] * shape[1])
    # What stands above is of any length, and said once or not at all: it is neither counted nor
    # divided by the length.
    longer = 1 - _B + _B * found.lengths / max(found.mean_length, 1e-6)
    counted = text.reshape(shape) / longer[:, None] + _HEADING_OCCURRENCES * (
        above.reshape(shape) > 0
    )
    return np.asarray(counted, dtype=np.float32)


def _proximity(found: Occurrences, asked: Sequence[int], idf: Floats) -> Floats:
    """For each candidate the idf of the commoner word of every two neighbours in the question
    that stand near one another in it, in order."""
    width = len(idf)
    neighbours = np.zeros((width, width), dtype=bool)
    neighbours[asked[:-1], asked[1:]] = True
    # «taller taller», or a stem said twice in a row, would pair every occurrence with itself.
    np.fill_diagonal(neighbours, False)
    owner, position, term = found.owner, found.position, found.term
    met = []
    # Occurrences are in order, so the one that follows within three words is among the next three.
    for step in range(1, _MAX_DISTANCE + 1):
        near = (owner[step:] == owner[:-step]) & (
            position[step:] - position[:-step] <= _MAX_DISTANCE
        )
        # A title that ends in «plan» is no neighbour of a text that begins with «acción».
        near &= found.heading[step:] == found.heading[:-step]
        near &= neighbours[term[:-step], term[step:]]
        met.append((owner[:-step] * width + term[:-step])[near] * width + term[step:][near])
    # Each pair is a number (passage, first word, second word), so that repetitions fall together.
    once = np.unique(np.concatenate(met))
    weight = np.minimum(idf[once % width], idf[once // width % width])
    counted = np.bincount(once // width**2, weight, minlength=len(found.lengths))
    return np.asarray(counted, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Weights:
    """What each kind of evidence counts, standardised; they sum to one.

    Fitted (listwise logistic loss) on every second question of squad-es and es-mixed and the tune
    split of our judged ones, then chosen by hand among near settings, whose nDCG@10 lies within
    .001 of one another on squad-es, .004 on es-mixed and .007 on ours. What is lost without each
    on squad-es, es-mixed and ours, most of its share given to another kind: words .010, .002,
    .020; neighbours .002, −.001, .002; vector .002, .003, .011; tokens .001, −.004, .012;
    span .003, .005, .001.
    """

    words: float = 0.22
    neighbours: float = 0.05
    vector: float = 0.20
    tokens: float = 0.31
    span: float = 0.22


WEIGHTS = Weights()
_WEIGHTS = np.array(astuple(WEIGHTS), dtype=np.float32)
_LEXICAL = np.arange(len(NAMES)) < NAMES.index("vector")  # what words say comes first

THIN_EVIDENCE, FULL_EVIDENCE = 0.3, 0.8
"""How much of the question the best passage holds, by idf of the words. In between the weight
of words grows; without this gate passages that share one common word bury the right one in
another language (nDCG@10 of cross-lingual judged questions .768 against .804, English gold of
es-mixed .912 against .944)."""


def fuse(evidence: ScoreComponents, coverage: Floats, language: Ints) -> FusedScores:
    """Standardise and weigh the evidence for candidates, given how much of the question each holds
    and the language it is in."""
    # Scores and never ranks: BM25 orders passages in another language by noise, to which rank
    # fusion (RRF) gives full weight: nDCG@10 across languages was .74 against .92.
    raw = np.stack([getattr(evidence, name) for name in NAMES], axis=1).astype(np.float32)
    lexical = standardised_within(raw[:, _LEXICAL], language)
    standard = np.concatenate((lexical, standardised(raw[:, ~_LEXICAL])), axis=1)
    weights = np.where(_LEXICAL, _WEIGHTS * lexical_trust(coverage), _WEIGHTS)
    return FusedScores(raw, standard, np.broadcast_to(weights, standard.shape))


def standardised(scores: Floats) -> Floats:
    """Each column of `(n,)` or `(n, k)` with zero mean and unit deviation; zeros where all of its
    values are equal."""
    if not len(scores):
        return scores
    moved = scores - scores.mean(axis=0)
    # Divided by infinity where all are equal: such a score says nothing about any of them.
    spread = np.sqrt(np.square(moved).mean(axis=0))
    return np.asarray(moved / np.where(spread < 1e-6, np.inf, spread), dtype=np.float32)


def standardised_within(scores: Floats, groups: Ints) -> Floats:
    """Standardise each group by itself: lexical evidence compares passages of one language, and
    says nothing about those in another."""
    result = np.empty_like(scores)
    for group in np.unique(groups):
        members = groups == group
        result[members] = standardised(scores[members])
    return result


def lexical_trust(coverage: Floats) -> float:
    """Weight of the lexical scores, 0 to 1: grows with the share of the question, by IDF, that the
    best candidate contains."""
    best = float(coverage.max(initial=0.0))
    return min(max((best - THIN_EVIDENCE) / (FULL_EVIDENCE - THIN_EVIDENCE), 0.0), 1.0)
