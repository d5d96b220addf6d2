"""The best passages to an answer made of exact quotes, or an honest `not_found`."""

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from search.answers import agenda, facts, spans
from search.answers.spans import (
    AnswerContext,
    OpenedPassage,
    Span,
    above,
    best_span,
    holds_numbers,
    numbered_nouns,
    span_features,
    stems_of,
    synonym_stems,
    with_list,
)
from search.documents import Document, Page, Passage
from search.engine import Snapshot, Statistics
from search.errors import IndexDamaged
from search.results import NO_SUCH_PHRASE, POSTS_DIFFER, Answer, Citation, message
from search.text.analysis import Token, analyse
from search.text.question_types import KINDS, MUST_SHOW, QuestionType, question_type, subject_of
from search.text.vocabulary import fold

PASSAGES_READ = 6
_HOPELESS = 3.0
"""Best passages that are looked at, and how far behind the best one they are not any more: on the
tune split no answer comes from further down, and each passage costs .3 ms."""
_QUOTES = 3
_MARGIN = 0.25
"""Up to three passages are quoted, the further ones only when they speak nearly as well as the
first: a question often has its answer in several places."""
_STRUCTURED = 0.8
"""Confidence in an answer that a document gives in structure, whatever the scores."""
_ALIKE = 0.7
"""Share of common words from which a second quote says nothing that the first does not."""


@dataclass(frozen=True, slots=True)
class _Quoted:
    """A stretch of a passage to quote."""

    document: Document
    passage: Passage
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Found:
    """What is quoted; `text` only when the answer is not the first quote itself. `told`: a
    document says it in structure, as a line of its timetable or a fact about itself."""

    quotes: tuple[_Quoted, ...]
    kind: str
    text: str = ""
    notices: tuple[str, ...] = ()
    told: bool = False


def answer(snapshot: Snapshot, evidence: AnswerContext) -> Answer:
    """Quote the answer, or say `not_found` when it is not probable enough that there is one, or
    when something numbered is asked for («el Tema 4») that is not there."""
    if not evidence.opened:
        return Answer("not_found")
    form = question_type(evidence.asked.text)
    subject = subject_of(evidence.asked.tokens, form)
    weights = weighed(subject, evidence.statistics)
    best = _best_spans(evidence, weights, form)
    probability = confidence(features(evidence, best[0])) if best else 0.0
    nearest = _nearest(evidence.opened[0])
    absent = spans.missing_number(snapshot, evidence)
    if absent:
        return Answer("not_found", notices=(absent,), confidence=0.0, subject=nearest)
    found = _structured(snapshot, evidence, weights, form)
    if isinstance(found, str):
        return Answer("not_found", notices=(found,), confidence=0.0, subject=nearest)
    if found is None and probability >= THRESHOLD:
        found = _quotes(best, form)
    if found is None:
        return Answer("not_found", confidence=probability, subject=nearest)
    sure = max(probability, _STRUCTURED) if found.told else probability
    return _told(snapshot, found, sure)


def _told(snapshot: Snapshot, found: _Found, probability: float) -> Answer:
    cited = [_cited(snapshot, quoted) for quoted in found.quotes]
    text = found.text or " ".join(citation.quote for citation in cited[0])
    citations = tuple(dict.fromkeys(citation for group in cited for citation in group))
    return Answer("found", found.kind, text, citations, found.notices, probability)


def _cited(snapshot: Snapshot, quoted: _Quoted) -> tuple[Citation, ...]:
    numbers = {extent.page for extent in quoted.passage.extents}
    found = (snapshot.page(quoted.document.id, number) for number in numbers)
    pages = {page.number: page for page in found if page is not None}
    return cite(quoted.document, quoted.passage, pages, quoted.start, quoted.end)


def without_phrase(given: Answer) -> Answer:
    """The answer to a question whose quoted phrase stands nowhere: none, and why."""
    notice = message(NO_SUCH_PHRASE)
    return Answer(
        "not_found",
        notices=(notice,),
        confidence=min(given.confidence, 0.5),
        subject=given.subject,
    )


def _nearest(opened: OpenedPassage) -> str:
    """What the nearest material is about: its innermost section, else its document."""
    names = [name for name in opened.passage.section if name]
    return names[-1] if names else opened.document.title


def _structured(
    snapshot: Snapshot,
    evidence: AnswerContext,
    weights: dict[str, float],
    form: QuestionType,
) -> _Found | str | None:
    """An answer from timetables, facts and posts; text says why there is none. What these hold of
    the question is evidence of its own, so no score is asked for."""
    if form in agenda.TIMED:
        tables = agenda.timetables(snapshot, evidence, weights)
        lines = agenda.scheduled(form, tables)
        if lines is not None:
            quotes = tuple(_row(line) for line in lines.lines)
            return _Found(quotes, "schedule", lines.text, lines.notices, told=True)
        absent = agenda.absent_day(tables)
        if absent:
            return absent
    if form in facts.FIELDS:
        return _fact(facts.fact_spans(snapshot, evidence, form), form)
    return _posts(facts.posts(snapshot, evidence)) if form == QuestionType.PERSON else None


def _fact(stated: facts.FactSpan | None, form: QuestionType) -> _Found | None:
    if stated is None:
        return None
    quoted = _Quoted(stated.document, stated.passage, stated.start, stated.end)
    return _Found((quoted,), KINDS.get(form, "quote"), told=True)


def _row(line: agenda.Line) -> _Quoted:
    """The row of a timetable; where a passage holds several, the one that names the session."""
    text, start = line.passage.text, 0
    for row in text.split("\n"):
        if line.item.title in row and _tells(row, line.item.start):
            return _Quoted(line.document, line.passage, start, start + len(row))
        start += len(row) + 1
    return _Quoted(line.document, line.passage, 0, len(text))


def _tells(row: str, hour: str | None) -> bool:
    return hour is None or hour.lstrip("0") in row


def _posts(mentions: Sequence[facts.PersonMention]) -> _Found | None:
    if not mentions:
        return None
    quotes = tuple(_Quoted(m.document, m.passage, m.start, m.end) for m in mentions[:_QUOTES])
    posts = " / ".join(mention.post for mention in mentions[:_QUOTES])
    notices: tuple[str, ...] = ()
    if len(mentions) > 1:
        listed = " y ".join(f"«{mention.post}»" for mention in mentions[:_QUOTES])
        notices = (message(POSTS_DIFFER, posts=listed),)
    return _Found(quotes, KINDS[QuestionType.PERSON], posts, notices, told=True)


def _best_spans(
    evidence: AnswerContext, weights: dict[str, float], form: QuestionType
) -> list[Span]:
    """The stretch to quote of each opened passage, that of the passage that answers best first; a
    question for an address is answered by nothing else."""
    scores = evidence.ranked.scores
    best = []
    for opened in evidence.opened:
        behind = float(scores[0] - scores[opened.place])
        found = span_features(evidence, opened, weights, form) if behind < _HOPELESS else None
        if found is not None:
            best.append(best_span(found, behind))
    if evidence.asked.meant:
        best = [window for window in best if _means(evidence, window)]
    if KINDS.get(form) == "contact":
        best = [window for window in best if window.shown and _of_whom(evidence, window)]
    return sorted(best, key=lambda window: -window.score)


def _of_whom(evidence: AnswerContext, window: Span) -> bool:
    """Whether an address stands with the name that it is asked for, where one is: the telephone
    of somebody else is no answer."""
    passage, asked = window.opened.passage, evidence.asked
    above = (window.opened.document.title, *passage.section, passage.context)
    held = {token.stem for text in (*above, window.text) for token in analyse(text)}
    written = evidence.statistics.written
    return all(
        token.stem in held
        for token in subject_of(asked.tokens, question_type(asked.text))
        if asked.text[token.start].isupper() or written.get(token.surface, "")[:1].isupper()
    )


def _means(evidence: AnswerContext, window: Span) -> bool:
    """Whether the passage is about the sense in which the question uses its acronym."""
    stems = {token.stem for token in analyse(window.opened.passage.text)}
    return any(words <= stems for words in evidence.asked.meant)


def _quotes(best: Sequence[Span], form: QuestionType) -> _Found | None:
    if not best:
        return None
    kept: list[Span] = []
    for window in best:
        near = best[0].score - window.score <= _MARGIN
        if near and not any(_alike(window, other) for other in kept):
            kept.append(window)
    quotes = tuple(_quoted(window) for window in kept[:_QUOTES])
    named = form in KINDS and (kept[0].shown or form not in MUST_SHOW)
    return _Found(quotes, KINDS[form] if named else "quote")


def _quoted(window: Span) -> _Quoted:
    passage = window.opened.passage
    end = with_list(passage.text, window.start, window.end)
    return _Quoted(window.opened.document, passage, window.start, end)


def _alike(window: Span, other: Span) -> bool:
    first, second = (_stems(one.text) for one in (window, other))
    return len(first & second) >= _ALIKE * min(len(first), len(second))


def _stems(text: str) -> set[str]:
    return {token.stem for token in analyse(text) if token.informative} or {fold(text)}


def cite(
    document: Document, passage: Passage, pages: Mapping[int, Page], start: int, end: int
) -> tuple[Citation, ...]:
    """Cite `passage.text[start:end]`: one citation a page that it stands on.

    Raises `IndexDamaged` when a quote is not, code point by code point, what the stored page says.
    """
    citations = []
    for extent in passage.extents:
        first = max(start, extent.offset)
        last = min(end, extent.offset + extent.end - extent.start)
        quote = passage.text[first:last]
        if first >= last or not quote.strip():
            continue
        begin = extent.start + first - extent.offset
        citations.append(_checked(document, passage, pages[extent.page], quote, begin))
    return tuple(_joined(citations, pages))


def _checked(document: Document, passage: Passage, page: Page, quote: str, start: int) -> Citation:
    end = start + len(quote)
    if page.text[start:end] != quote:
        raise IndexDamaged(
            f"una cita de «{document.file}» no coincide con su página: ejecute «acervo check»"
        )
    return Citation(
        document_id=document.id,
        passage_id=passage.id,
        title=document.title,
        file=document.file,
        language=passage.language,
        page=page.number if document.paged else None,
        quote=quote,
        start=start,
        end=end,
    )


def _joined(citations: list[Citation], pages: Mapping[int, Page]) -> list[Citation]:
    """Neighbouring quotes of one page as one, with what stands between them on the page."""
    joined: list[Citation] = []
    for citation in citations:
        last = joined[-1] if joined else None
        number = citation.page or 1
        if last is not None and last.page == citation.page:
            between = pages[number].text[last.end : citation.start]
            if citation.start >= last.end and not between.strip():
                quote = pages[number].text[last.start : citation.end]
                joined[-1] = replace(last, quote=quote, end=citation.end)
                continue
        joined.append(citation)
    return joined


PASSAGES_WEIGHED = 5
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

_SAME, _SAME_WORD = 0.30, 0.60
_SAME_ABROAD, _ALIKE_ABROAD = 0.28, 0.50
"""Similarities from which a passage begins to say a word in other words, and says it for certain;
those of words in two languages are lower."""


def features(evidence: AnswerContext, best: Span) -> Features:
    """Look at the best candidates and at the best window in them."""
    asked, opened = evidence.asked, evidence.opened[:PASSAGES_WEIGHED]
    texts = [_with_equivalents(one, evidence) for one in opened]
    named = weighed([t for t in asked.tokens if _names(asked.text, t)], evidence.statistics)
    subject = subject_of(asked.said, question_type(asked.text))
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


def _said(
    evidence: AnswerContext, opened: OpenedPassage, subject: Sequence[Token], stems: Set[str]
) -> float:
    """The weighed share of the subject, as the embedding model reads it, that a passage says."""
    abroad = opened.passage.language != evidence.asked.language
    low, high = (_SAME_ABROAD, _ALIKE_ABROAD) if abroad else (_SAME, _SAME_WORD)
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


def _with_equivalents(opened: OpenedPassage, evidence: AnswerContext) -> list[str]:
    """The stems of a passage and of what stands above it in order, then those of the question
    that it says in equivalent words."""
    stems = stems_of((*above(opened), opened.passage.text))
    held = set(stems)
    others = synonym_stems(evidence.asked.expansions)
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
