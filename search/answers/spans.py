"""Extracts candidate answer spans, runs of one to four sentences, and scores each of them.

Also says which words of a passage a result points out. All of it reads opened passages: candidates
that were loaded with what was worked out of them when their generation was published.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from search.documents import Document, Floats, Ints
from search.embedding.late_interaction import QueryTokens
from search.engine import LoadedPassage, PassageAnalysis, Statistics
from search.query import AnalysedQuery
from search.ranking import RankedCandidates
from search.text.analysis import STOPWORDS, analyse
from search.text.numbered import holds_numbers
from search.text.question_types import KINDS, NAMES_PERSON, SIGN_OF, QuestionType, shows
from search.text.vocabulary import fold


@dataclass(frozen=True, slots=True, eq=False)
class OpenedPassage:
    """One candidate that was loaded; `place` is its rank, from 0."""

    place: int
    loaded: LoadedPassage
    document: Document


@dataclass(frozen=True, slots=True, eq=False)
class AnswerContext:
    """What is known when an answer is looked for; `opened` best first."""

    asked: AnalysedQuery
    tokens: QueryTokens
    ranked: RankedCandidates
    opened: tuple[OpenedPassage, ...]
    statistics: Statistics


# Up to four short neighbouring sentences may be quoted together: a name, a post and an address
# stand on three lines. The length is in code points; a single sentence may be longer.
_MAX_SENTENCES = 4
_MAX_LENGTH = 320
# A span with fewer informative words than this that the question does not have says nothing new.
_NEW_WORDS = 2
# Words between a number and the noun that it counts («adoptó 11 principios»).
_COUNT_DISTANCE = 3
# Code points before which the subject of a definition stands: «La subsidiariedad es …».
_SUBJECT_WITHIN = 40
# A sentence that ends with a colon is quoted with the list that follows, up to this many code
# points from where the sentence starts.
_MAX_LIST_LENGTH = 700


@dataclass(frozen=True, slots=True, eq=False)
class SpanFeatures:
    """The spans of one opened passage that may be quoted, with what speaks for each: `(n,)`, 0–1.

    `maxsim` is MaxSim (Khattab and Zaharia, SIGIR 2020) within the span; `weakest` the similarity
    of the question's worst matched token; `covered` the weighed share of the question's words that
    the span holds, `covered_with_headings` with those of its title and sections; `shown` whether it
    holds what the type of the question looks for (an hour, a person), `fitting` whether that
    stands where it must (the number beside its noun, the subject before its definition);
    `numbers` whether it and the headings above it have the numbers asked for; `echo` whether it
    says nothing new; `opens_section` whether it opens a section whose name is what the question
    asks for; `sentences` how many it has, from 1.
    """

    opened: OpenedPassage
    starts: Ints
    ends: Ints
    maxsim: Floats
    covered: Floats
    covered_with_headings: Floats
    weakest: Floats
    shown: Floats
    fitting: Floats
    numbers: Floats
    echo: Floats
    opens_section: Floats
    sentences: Floats


@dataclass(frozen=True, slots=True)
class Span:
    """One run of sentences: `passage.text[start:end]`; `score` is how well its passage answers."""

    opened: OpenedPassage
    start: int
    end: int
    score: float
    shown: bool

    @property
    def text(self) -> str:
        """What would be quoted."""
        return self.opened.loaded.passage.text[self.start : self.end]

    def stems(self, *, informative: bool = False) -> set[str]:
        """The stems of its words, or of those that say anything of the subject."""
        analysis = self.opened.loaded.analysis
        places = analysis.places[: analysis.plain]
        inside = (places[:, 0] >= self.start) & (places[:, 1] <= self.end)
        if informative:
            inside &= analysis.informative[: analysis.plain]
        return {analysis.stems[place] for place in np.flatnonzero(inside).tolist()}


@dataclass(frozen=True, slots=True)
class SpanWeights:
    """What each feature of a span counts."""

    maxsim: float
    covered: float
    covered_with_headings: float
    weakest: float
    shown: float
    fitting: float
    numbers: float
    echo: float
    opens_section: float
    more_sentences: float

    def scores(self, found: SpanFeatures) -> Floats:
        """The weighed sums `(n,)`; what only repeats the question or goes on for long loses."""
        total: Floats = (
            self.maxsim * found.maxsim
            + self.covered * found.covered
            + self.covered_with_headings * found.covered_with_headings
            + self.weakest * found.weakest
            + self.shown * found.shown
            + self.fitting * found.fitting
            + self.numbers * found.numbers
            - self.echo * found.echo
            + self.opens_section * found.opens_section
            - self.more_sentences * (found.sentences - 1)
        )
        return total


# Which passage answers, and which span of it to quote. Both were read off fits on the tune split of
# our judged questions (for the first also half of squad-es): right passage .82 → .87 on the former,
# overlap of the quote with the judged one .74 → .75 of the best there is.
_PASSAGE_WEIGHTS = SpanWeights(
    maxsim=1.0,
    covered=0.0,
    covered_with_headings=0.4,
    weakest=0.3,
    shown=0.15,
    fitting=0.2,
    numbers=0.4,
    echo=0.0,
    opens_section=0.0,
    more_sentences=0.09,
)
_QUOTE_WEIGHTS = SpanWeights(
    maxsim=1.0,
    covered=0.2,
    covered_with_headings=0.0,
    weakest=0.3,
    shown=0.15,
    fitting=0.3,
    numbers=0.3,
    echo=0.3,
    opens_section=0.4,
    more_sentences=0.06,
)
# How well a passage answers: its best span, less this for each point that it ranks behind the best
# passage. The first is then right for .81 of the tune questions, against .78 of the first in rank.
_RANK_PENALTY = 0.2


def span_features(context: AnswerContext, opened: OpenedPassage) -> SpanFeatures | None:
    """The spans of one passage, None when it is empty."""
    asked, analysis = context.asked, opened.loaded.analysis
    if not len(analysis.sentences):
        return None
    firsts, lasts = _runs(analysis.sentences)
    words = list(asked.weights)
    share = np.array(list(asked.weights.values()), dtype=np.float32)
    share /= max(float(share.sum()), 1e-9)
    heading = set(analysis.heading)
    in_heading = np.array([word in heading for word in words], dtype=np.float32)
    held, new = _words_held(asked, words, analysis)
    signs = _answer_signs(asked, opened, held)
    # All that a span has as soon as one of its sentences has it goes through one maximum.
    by_sentence = np.hstack((held, signs, _similarity_by_sentence(opened.loaded)))
    levels = [by_sentence]
    for more in range(1, min(_MAX_SENTENCES, len(by_sentence))):
        levels.append(np.maximum(levels[-1][:-1], by_sentence[more:]))
    # The level of runs one sentence longer is one row shorter.
    length = lasts - firsts
    before = length * len(by_sentence) - length * (length - 1) // 2
    most = np.concatenate(levels)[before + firsts]
    inside, seen, near = np.split(most, [len(words), len(words) + 2], axis=1)
    fitting = seen[:, 1]
    if KINDS.get(asked.type) == "contact":
        # The telephone of somebody else is no answer: the run must hold every word asked for.
        fitting = inside.min(axis=1, initial=1.0)
    elif asked.type == QuestionType.DEFINITION:
        fitting = signs[firsts, 1]
    new_words = np.concatenate(([0.0], np.cumsum(new)))
    # Whether the innermost section has all words of the subject; most have too few even above.
    named = bool(words) and heading.issuperset(words) and bool(opened.loaded.passage.section)
    if named:
        named = {t.stem for t in analyse(opened.loaded.passage.section[-1])}.issuperset(words)
    # A question may be all words of its type («¿a qué hora empieza?») and leave no subject.
    whole = np.ones(len(firsts), dtype=np.float32)
    return SpanFeatures(
        opened=opened,
        starts=analysis.sentences[firsts, 0],
        ends=analysis.sentences[lasts, 1],
        maxsim=near @ context.tokens.weights,
        covered=inside @ share if words else whole,
        covered_with_headings=np.maximum(inside, in_heading) @ share if words else whole,
        weakest=near.min(axis=1, initial=1.0),
        shown=seen[:, 0],
        fitting=seen[:, 0] * fitting,
        numbers=_runs_with_numbers(asked, analysis, firsts, lasts) if asked.numbered else whole,
        echo=(new_words[lasts + 1] - new_words[firsts] < _NEW_WORDS).astype(np.float32),
        opens_section=((firsts == 0) & named).astype(np.float32),
        sentences=(lasts - firsts + 1).astype(np.float32),
    )


def best_span(found: SpanFeatures, behind: float) -> Span:
    """The span to quote; `behind` is how far its passage is behind the best."""
    best = int(np.argmax(_QUOTE_WEIGHTS.scores(found)))
    return Span(
        opened=found.opened,
        start=int(found.starts[best]),
        end=int(found.ends[best]),
        # Not of the quoted span: whether the passage answers may show best in another one.
        score=float(_PASSAGE_WEIGHTS.scores(found).max()) - _RANK_PENALTY * behind,
        shown=bool(found.shown[best]),
    )


def with_list(span: Span) -> int:
    """Where a quote ends that takes along the list which it announces."""
    if not span.text.rstrip().endswith(":"):
        return span.end
    ends = span.opened.loaded.analysis.sentences[:, 1]
    return max(span.end, int(ends[ends <= span.start + _MAX_LIST_LENGTH].max(initial=0)))


def _runs(sentences: Ints) -> tuple[Ints, Ints]:
    """First and last sentence of each run, by first and last."""
    firsts = np.repeat(np.arange(len(sentences), dtype=np.int32), _MAX_SENTENCES)
    lasts = firsts + np.tile(np.arange(_MAX_SENTENCES, dtype=np.int32), len(sentences))
    inside = lasts < len(sentences)
    firsts, lasts = firsts[inside], lasts[inside]
    short = sentences[lasts, 1] - sentences[firsts, 0] <= _MAX_LENGTH
    chosen = short | (firsts == lasts)
    return firsts[chosen], lasts[chosen]


def _sentence_of(sentences: Ints, starts: Ints) -> Ints:
    """Which sentence each place of a text lies in."""
    return np.minimum(np.searchsorted(sentences[:, 1], starts, "right"), len(sentences) - 1)


def _similarity_by_sentence(loaded: LoadedPassage) -> Floats:
    """Best similarity of each question token within each sentence `(s, q)`; 0 where a sentence has
    no token of its own."""
    sentences = loaded.analysis.sentences
    maxima = np.zeros((len(sentences), loaded.similarities.shape[1]), dtype=np.float32)
    # Kept tokens are in the order of the text, those of the headings first.
    above = int(np.searchsorted(loaded.starts, 0))
    owner = _sentence_of(sentences, loaded.starts[above:])
    if len(owner):
        firsts = np.flatnonzero(np.concatenate(([True], owner[1:] != owner[:-1])))
        maxima[owner[firsts]] = np.maximum.reduceat(loaded.similarities[above:], firsts)
    return maxima


def _words_held(
    asked: AnalysedQuery, words: Sequence[str], analysis: PassageAnalysis
) -> tuple[Floats, Floats]:
    """Which of the subject's stems each sentence holds `(s, w)`, in these words or in synonyms,
    and how many words of others `(s,)`."""
    column = {word: place for place, word in enumerate(words)}
    telling = np.flatnonzero((analysis.informative & ~analysis.addressed)[: analysis.plain])
    sentence = _sentence_of(analysis.sentences, analysis.places[telling, 0])
    stems = [analysis.stems[place] for place in telling.tolist()]
    columns = np.array([column.get(stem, -1) for stem in stems], dtype=np.int64)
    known = columns >= 0
    held = np.zeros((len(analysis.sentences), len(words)), dtype=np.float32)
    held[sentence[known], columns[known]] = 1
    new = np.bincount(sentence[~known], minlength=len(held)).astype(np.float32)
    if asked.synonyms:
        by_sentence = [set[str]() for _ in range(len(held))]
        for stem, place in zip(stems, sentence.tolist(), strict=True):
            by_sentence[place].add(stem)
        for synonym in asked.synonyms:
            said = [place for place, one in enumerate(by_sentence) if synonym.said_in(one)]
            for stem in synonym.used & column.keys():
                held[said, column[stem]] = 1
    return held, new


def _stems_by_sentence(analysis: PassageAnalysis) -> list[list[str]]:
    """The stems of the words of each sentence, in order."""
    found: list[list[str]] = [[] for _ in range(len(analysis.sentences))]
    places = _sentence_of(analysis.sentences, analysis.places[: analysis.plain, 0])
    for stem, place in zip(analysis.stems, places.tolist(), strict=False):
        found[place].append(stem)
    return found


def _runs_with_numbers(
    asked: AnalysedQuery, analysis: PassageAnalysis, firsts: Ints, lasts: Ints
) -> Floats:
    """Whether each run, with the headings above it, has the numbers asked for."""
    stems = _stems_by_sentence(analysis)
    runs = zip(firsts.tolist(), lasts.tolist(), strict=True)
    joined = ([*analysis.heading, *chain.from_iterable(stems[a : b + 1])] for a, b in runs)
    return np.array([holds_numbers(asked.tokens, run) for run in joined], dtype=np.float32)


def _answer_signs(asked: AnalysedQuery, opened: OpenedPassage, held: Floats) -> Floats:
    """For each sentence whether it holds what the type of the question looks for, and where it
    must `(s, 2)`."""
    analysis = opened.loaded.analysis
    shown = (analysis.signs & SIGN_OF.get(asked.type, 0)) > 0
    in_place = shown
    if asked.type == QuestionType.PERSON:
        in_place = shown & ((analysis.signs & NAMES_PERSON) > 0)
    elif asked.type == QuestionType.COUNT:
        in_place = shown & held.any(axis=1)
        for place in np.flatnonzero(in_place).tolist():
            in_place[place] = _counts_noun(asked, opened, place)
    elif asked.type == QuestionType.DEFINITION:
        telling = np.flatnonzero(analysis.informative[: analysis.plain])
        sentence = _sentence_of(analysis.sentences, analysis.places[telling, 0])
        # The bare term that is asked for, as in a glossary: «Control social.» before «Vigilancia
        # que …».
        bare = np.bincount(sentence, minlength=len(held)) <= held.shape[1]
        entry = bare & held.all(axis=1) & (held.shape[1] > 0)
        in_place = np.zeros(len(held), dtype=bool)
        stems = {token.stem for token in asked.tokens}
        named, first = np.unique(sentence, return_index=True)
        for place, word in zip(named.tolist(), telling[first].tolist(), strict=True):
            behind = analysis.places[word, 0] - analysis.sentences[place, 0]
            in_place[place] = analysis.stems[word] in stems and behind < _SUBJECT_WITHIN
        shown, in_place = shown | entry, (in_place & shown) | entry
    return np.stack((shown, in_place), axis=1).astype(np.float32)


def _counts_noun(asked: AnalysedQuery, opened: OpenedPassage, sentence: int) -> bool:
    """Whether a number stands just before the noun that is counted, the first word asked for."""
    noun = next((token.stem for token in asked.tokens if token.surface.isalpha()), None)
    analysis, text = opened.loaded.analysis, opened.loaded.passage.text
    of_sentence = _sentence_of(analysis.sentences, analysis.places[: analysis.plain, 0]) == sentence
    words = np.flatnonzero(of_sentence).tolist()
    return any(
        analysis.stems[word] == noun
        and any(
            shows(QuestionType.COUNT, text, *analysis.places[before].tolist())
            for before in words[max(0, i - _COUNT_DISTANCE) : i]
        )
        for i, word in enumerate(words)
    )


# Similarity from which a passage token counts as saying the same as a token of the question (the
# same word in the same sense is about .6; unrelated words stay under .35).
_ALIGNED = 0.5


def highlights(asked: AnalysedQuery, loaded: LoadedPassage) -> tuple[tuple[int, int], ...]:
    """Code point ranges of the words in the passage's text to point out, in order, not touching."""
    stems = {term.stem for term in asked.terms}
    analysis, text = loaded.analysis, loaded.passage.text
    held = [i for i, stem in enumerate(analysis.stems) if stem in stems and analysis.informative[i]]
    marked = set(map(tuple, analysis.places[held].tolist()))
    if loaded.similarities.size:
        # Words that say the same as one of the question in other words or another language. Tokens
        # are pieces of words; what is pointed out is the whole word.
        alike = loaded.similarities.max(axis=1) >= _ALIGNED
        alike &= (loaded.starts >= loaded.words[:, 0]) & (loaded.words[:, 0] >= 0)
        for start, end in set(map(tuple, loaded.words[alike].tolist())):
            if fold(text[start:end]) not in STOPWORDS:
                marked.add((start, end))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(marked):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
