"""The best passages to an answer made of exact quotes, or an honest `not_found`."""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from search import confidence, schedule
from search.index import Snapshot
from search.late import QueryTokens, similarities
from search.query import Asked
from search.quote import cite
from search.rank import Ranked
from search.sentences import sentences
from search.spanish import analyse, fold
from search.types import Answer, BlockKind, Document, Floats, PackedTokens, Passage

_READ = 12
"""Best passages that are looked at: timetable rows and lists of contacts are short and may rank
below prose."""
_WINDOW = 4
_WINDOW_LENGTH = 320
_MORE_SENTENCES = 0.04
"""Up to four short neighbouring sentences may be quoted together (a name, a post and an address
stand on three lines), and each further one must earn this much."""
_NEW_WORDS = 2
_ECHO = 0.3
"""A sentence that says hardly more than the question itself (a heading, an acronym) is no answer
to it."""
_SHOWS = 0.1
"""A quote that holds what the form of the question looks for: an address, a name, a date."""
_COVERED_WEIGHT = 0.2
_PLACE_WEIGHT = 0.2
_LIST_LENGTH = 700
"""A sentence that ends with a colon is quoted with the list that follows, up to here."""


_URL = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The best passages of one question, opened."""

    asked: Asked
    tokens: QueryTokens
    ranked: Ranked
    passages: Sequence[Passage]
    documents: Sequence[Document]
    packed: Sequence[PackedTokens]


def read(snapshot: Snapshot, asked: Asked, tokens: QueryTokens, ranked: Ranked) -> Evidence:
    """Open the best passages."""
    rows = ranked.rows[:_READ]
    passages = snapshot.passages(rows.tolist())
    documents = [snapshot.documents()[i] for i in snapshot.document_ordinals(rows)]
    return Evidence(asked, tokens, ranked, passages, documents, snapshot.token_vectors(rows))


def answer(snapshot: Snapshot, evidence: Evidence) -> Answer:
    """Quote the answer, or say `not_found` when it is not probable enough that there is one, or
    when an hour is asked of something numbered («el Tema 4») that is not there.
    """
    if not evidence.passages:
        return Answer("not_found")
    seen = confidence.features(
        evidence.asked,
        evidence.ranked,
        evidence.passages[: confidence.READ],
        [document.title for document in evidence.documents[: confidence.READ]],
        snapshot.statistics,
    )
    probability = confidence.confidence(seen)
    if not seen.numbers and schedule.asks_for_time(evidence.asked):
        return Answer("not_found", confidence=min(probability, confidence.LINE_THRESHOLD))
    found = _schedule(snapshot, evidence) if probability >= confidence.LINE_THRESHOLD else None
    if found is None and probability >= confidence.THRESHOLD:
        found = _quote(snapshot, evidence)
    if found is None:
        return Answer("not_found", confidence=probability)
    pages = {page.number: page for page in snapshot.pages(found.document.id)}
    citations = cite(found.document, found.passage, pages, found.start, found.end)
    text = found.text or " ".join(citation.quote for citation in citations)
    return Answer("found", found.kind, text, citations, found.notices, probability)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is quoted of which passage; `text` only when the answer is not the quote itself."""

    document: Document
    passage: Passage
    start: int
    end: int
    kind: str
    text: str = ""
    notices: tuple[str, ...] = ()


def without_phrase(given: Answer) -> Answer:
    """The answer to a question whose quoted phrase stands nowhere: none, and why."""
    notice = "Ningún pasaje contiene la frase exacta; se muestran los más parecidos."
    return Answer("not_found", notices=(notice,), confidence=min(given.confidence, 0.5))


def _schedule(snapshot: Snapshot, evidence: Evidence) -> _Found | None:
    """A timetable line, when the question asks for a time and one line answers it."""
    if not schedule.asks_for_time(evidence.asked):
        return None
    end = schedule.asks_for_end(evidence.asked)
    if end is not None:
        document = evidence.documents[0]
        passages = snapshot.passages_of(document.id)
        items = snapshot.agenda([passage.id for passage in passages])
        chosen = schedule.first_or_last(passages, items, last=end)
    else:
        passages = tuple(evidence.passages)
        items = snapshot.agenda([passage.id for passage in passages])
        chosen = schedule.choose(evidence.asked, passages, items)
        document = evidence.documents[chosen[0]] if chosen else evidence.documents[0]
    if chosen is None:
        return None
    place, item = chosen
    length = len(passages[place].text)
    text, notices = schedule.text(item), schedule.notices(item)
    return _Found(document, passages[place], 0, length, "schedule", text, notices)


def _quote(snapshot: Snapshot, evidence: Evidence) -> _Found:
    best: tuple[float, int, int, int] = (-1.0, 0, 0, 0)
    scores = evidence.ranked.scores
    weights = confidence.weighed(evidence.asked.tokens, snapshot.statistics)
    sought = _sought(evidence.asked)
    for place in range(len(evidence.passages)):
        behind = float(scores[0] - scores[place])
        for start, end, score in _windows(evidence, place, weights, sought):
            total = score - _PLACE_WEIGHT * behind
            if total > best[0]:
                best = (total, place, start, end)
    _, place, start, end = best
    passage = evidence.passages[place]
    end = _with_list(passage.text, start, end)
    kind = sought.kind if sought else "quote"
    return _Found(evidence.documents[place], passage, start, end, kind)


def _windows(
    evidence: Evidence, place: int, weights: Mapping[str, float], sought: "_Sought | None"
) -> list[tuple[int, int, float]]:
    """Sentences and runs of short ones with a score each: how well they speak to the question."""
    passage = evidence.passages[place]
    spans = _spans(passage)
    maxima = _by_sentence(evidence.tokens, evidence.packed[place], spans)
    stems = _stems(passage.text, spans)
    windows = []
    for first in range(len(spans)):
        for last in range(first, min(first + _WINDOW, len(spans))):
            start, end = spans[first][0], spans[last][1]
            if last > first and end - start > _WINDOW_LENGTH:
                break
            near = maxima[first : last + 1].max(axis=0) @ evidence.tokens.weights
            held = set().union(*stems[first : last + 1])
            covered = confidence.covered(weights, held)
            score = float(near) + _COVERED_WEIGHT * covered - _MORE_SENTENCES * (last - first)
            if len(held - weights.keys()) < _NEW_WORDS:
                score -= _ECHO
            if sought and sought.shows.search(passage.text, start, end):
                score += _SHOWS
            windows.append((start, end, score))
    return windows


def _stems(text: str, spans: Sequence[tuple[int, int]]) -> list[set[str]]:
    """Stems of the informative words within each span, those of web addresses left out."""
    ends = [end for _, end in spans]
    addresses = [address.span() for address in _URL.finditer(text)]
    stems: list[set[str]] = [set() for _ in spans]
    for token in analyse(text):
        place = bisect_right(ends, token.start)
        inside = any(start <= token.start < end for start, end in addresses)
        if token.informative and not inside and place < len(spans):
            stems[place].add(token.stem)
    return stems


def _spans(passage: Passage) -> list[tuple[int, int]]:
    """What may be quoted of a passage: its sentences, or the whole row of a table."""
    if passage.kind in (BlockKind.AGENDA_ITEM, BlockKind.TABLE_ROW):
        return [(0, len(passage.text))]
    return sentences(passage.text)


def _by_sentence(
    tokens: QueryTokens, packed: PackedTokens, spans: Sequence[tuple[int, int]]
) -> Floats:
    """Best similarity of each question token within each sentence `(s, q)`; 0 where none."""
    maxima = np.zeros((len(spans), len(tokens.weights)), dtype=np.float32)
    inside = packed.starts >= 0
    if not spans or not inside.any():
        return maxima
    ends = np.array([end for _, end in spans])
    sentence = np.minimum(np.searchsorted(ends, packed.starts[inside], "right"), len(spans) - 1)
    np.maximum.at(maxima, sentence, similarities(tokens.vectors, packed.bits[inside]))
    return maxima


def _with_list(text: str, start: int, end: int) -> int:
    """Take the list along when the quote only announces it."""
    if not text[start:end].rstrip().endswith(":"):
        return end
    for _, last in sentences(text):
        if last <= start + _LIST_LENGTH:
            end = max(end, last)
    return end


@dataclass(frozen=True, slots=True)
class _Sought:
    """What a form of question looks for: the kind of answer and how its text gives itself away."""

    kind: str
    asks: re.Pattern[str]
    shows: re.Pattern[str]


_SOUGHT = (
    _Sought(
        "contact",
        re.compile(r"\b(correo|e-?mail|telefono|contacto|escribir a)\b"),
        re.compile(r"[\w.+-]+@[\w-]+\.\w+|\+\d[\d ().-]{6,}"),
    ),
    _Sought(
        "count",
        re.compile(r"\b(cuant[oa]s?|how many|how much|quant[oa]s?)\b"),
        re.compile(r"\d"),
    ),
    _Sought(
        "quote",
        re.compile(r"\b(quien|quienes|who|quem|qui)\b"),
        re.compile(r"\b(?:Sr|Sra|D|Dª|Dr|Dra|Mr|Ms|Mrs)\.\s+[A-ZÁÉÍÓÚÑ]"),
    ),
    _Sought(
        "quote",
        re.compile(r"\b(donde|lugar|sede|where|onde)\b"),
        re.compile(r"\b(?:Centro|Hotel|Sal[oó]n|[Ss]ala|[Ss]ede|Auditorio|Palacio|República)\b"),
    ),
    _Sought(
        "quote",
        re.compile(r"\b(cuando|fecha|que dia|when|quando)\b"),
        re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}(?::\d\d| de [a-z])"),
    ),
    _Sought(
        "definition",
        re.compile(r"^\W*(que (es|son|significa)|what (is|are)|o que e)\b"),
        re.compile(r"\b(?:es|son|significa|se entiende|entendemos|is|are|é|são)\b|: "),
    ),
)


def _sought(asked: Asked) -> _Sought | None:
    folded = " ".join(fold(asked.query.text).split())
    return next((sought for sought in _SOUGHT if sought.asks.search(folded)), None)
