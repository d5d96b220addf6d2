"""Answers a question with exact quotes from the best passages, or honestly says `not_found`.

What a document says in structure (its timetable, a fact about itself, somebody's post) answers
first, without a score. Otherwise the best spans are quoted if a logistic model finds an answer
probable enough. Every quote is compared with the stored page before it is given.
"""

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from search.answers import agenda, facts, spans
from search.answers.spans import (
    AnswerContext,
    OpenedPassage,
    Span,
    best_span,
    headings_above,
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
from search.text import question_types
from search.text.analysis import Token, analyse
from search.text.question_types import KINDS, MUST_SHOW, QuestionType, subject_of
from search.text.vocabulary import fold

PASSAGES_READ = 6
"""Best passages that are looked at."""
# How far behind the best passage one is not looked at any more: on the tune split no answer comes
# from further down, and each passage costs .3 ms.
_MAX_BEHIND = 3.0
# Up to three passages are quoted, the further ones only when their score is nearly that of the
# first: a question often has its answer in several places.
_MAX_QUOTES = 3
_QUOTE_MARGIN = 0.25
# Confidence in an answer that a document gives in structure, whatever the scores.
_STRUCTURED_CONFIDENCE = 0.8
# Most confidence that is told where the question's own quoted phrase stands nowhere.
_MISSING_PHRASE_CONFIDENCE = 0.5
# Share of common words from which a second quote says nothing that the first does not.
_DUPLICATE_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class _Quote:
    """A stretch of a passage to quote."""

    document: Document
    passage: Passage
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _FoundAnswer:
    """What is quoted; `text` only when the answer is not the first quote itself. `structured`: a
    document says it as a line of its timetable or a fact about itself."""

    quotes: tuple[_Quote, ...]
    kind: str
    text: str = ""
    notices: tuple[str, ...] = ()
    structured: bool = False


def answer(snapshot: Snapshot, context: AnswerContext) -> Answer:
    """Quote the answer, or say `not_found` when it is not probable enough that there is one, or
    when something numbered is asked for («el Tema 4») that is not there."""
    if not context.opened:
        return Answer("not_found")
    question_type = question_types.question_type(context.asked.text)
    subject = subject_of(context.asked.tokens, question_type)
    weights = stem_weights(subject, context.statistics)
    best = _best_spans(context, weights, question_type)
    probability = confidence(features(context, best[0])) if best else 0.0
    nearest = _nearest_subject(context.opened[0])
    # Before the timetables, which would tell the hour of another session.
    missing = spans.missing_number(snapshot, context)
    if missing:
        return Answer("not_found", notices=(missing,), confidence=0.0, subject=nearest)
    found = _structured_answer(snapshot, context, weights, question_type)
    if isinstance(found, str):
        return Answer("not_found", notices=(found,), confidence=0.0, subject=nearest)
    if found is None and probability >= THRESHOLD:
        found = _quoted_answer(best, question_type)
    if found is None:
        return Answer("not_found", confidence=probability, subject=nearest)
    sure = max(probability, _STRUCTURED_CONFIDENCE) if found.structured else probability
    return _finished(snapshot, found, sure)


def without_phrase(given: Answer) -> Answer:
    """The answer to a question whose quoted phrase stands nowhere: none, and why."""
    notice = message(NO_SUCH_PHRASE)
    return Answer(
        "not_found",
        notices=(notice,),
        confidence=min(given.confidence, _MISSING_PHRASE_CONFIDENCE),
        subject=given.subject,
    )


def _finished(snapshot: Snapshot, found: _FoundAnswer, probability: float) -> Answer:
    cited = [_citations(snapshot, quote) for quote in found.quotes]
    text = found.text or " ".join(citation.quote for citation in cited[0])
    # Two lines of a timetable may stand in one passage, and are then one citation.
    citations = tuple(dict.fromkeys(citation for group in cited for citation in group))
    return Answer("found", found.kind, text, citations, found.notices, probability)


def _nearest_subject(opened: OpenedPassage) -> str:
    """What the nearest material is about: its innermost section, else its document."""
    names = [name for name in opened.passage.section if name]
    return names[-1] if names else opened.document.title


def _structured_answer(
    snapshot: Snapshot,
    context: AnswerContext,
    weights: dict[str, float],
    question_type: QuestionType,
) -> _FoundAnswer | str | None:
    """An answer from timetables, facts and posts; text says why there is none. What these hold of
    the question is evidence of its own, so no score is asked for."""
    if question_type in agenda.TIMED:
        tables = agenda.timetables(snapshot, context, weights)
        lines = agenda.answer_from_agenda(question_type, tables)
        if lines is not None:
            quotes = tuple(_row_to_quote(line) for line in lines.lines)
            return _FoundAnswer(quotes, "schedule", lines.text, lines.notices, structured=True)
        missing = agenda.missing_day(tables)
        if missing:
            return missing
    # Dates are both: the day of an event may stand in its programme or be a fact of the document.
    if question_type in facts.FIELDS:
        return _fact_answer(facts.fact_span(snapshot, context, question_type), question_type)
    if question_type == QuestionType.PERSON:
        return _posts_answer(facts.posts(snapshot, context))
    return None


def _fact_answer(stated: facts.FactSpan | None, question_type: QuestionType) -> _FoundAnswer | None:
    if stated is None:
        return None
    quote = _Quote(stated.document, stated.passage, stated.start, stated.end)
    return _FoundAnswer((quote,), KINDS.get(question_type, "quote"), structured=True)


def _row_to_quote(line: agenda.Line) -> _Quote:
    """The row of a timetable; where a passage holds several, the one that names the session."""
    text, start = line.passage.text, 0
    for row in text.split("\n"):
        if line.item.title in row and _holds_hour(row, line.item.start):
            return _Quote(line.document, line.passage, start, start + len(row))
        start += len(row) + 1
    return _Quote(line.document, line.passage, 0, len(text))


def _holds_hour(row: str, hour: str | None) -> bool:
    # Hours are kept as «09:00», and written «9:00» as often.
    return hour is None or hour.lstrip("0") in row


def _posts_answer(mentions: Sequence[facts.PersonMention]) -> _FoundAnswer | None:
    if not mentions:
        return None
    quotes = tuple(_Quote(m.document, m.passage, m.start, m.end) for m in mentions[:_MAX_QUOTES])
    posts = " / ".join(mention.post for mention in mentions[:_MAX_QUOTES])
    notices: tuple[str, ...] = ()
    if len(mentions) > 1:
        # Contradictions are told, not solved: which post is the present one is not for us to say.
        listed = " y ".join(f"«{mention.post}»" for mention in mentions[:_MAX_QUOTES])
        notices = (message(POSTS_DIFFER, posts=listed),)
    return _FoundAnswer(quotes, KINDS[QuestionType.PERSON], posts, notices, structured=True)


def _best_spans(
    context: AnswerContext, weights: dict[str, float], question_type: QuestionType
) -> list[Span]:
    """The span to quote of each opened passage, that of the passage that answers best first; a
    question for an address is answered by nothing else."""
    scores = context.ranked.scores
    best = []
    for opened in context.opened:
        behind = float(scores[0] - scores[opened.place])
        if behind >= _MAX_BEHIND:
            continue
        found = span_features(context, opened, weights, question_type)
        if found is not None:
            best.append(best_span(found, behind))
    if context.asked.meant:
        best = [span for span in best if _has_sense(context, span)]
    if KINDS.get(question_type) == "contact":
        best = [span for span in best if span.shown and _names_subject(context, span)]
    return sorted(best, key=lambda span: -span.score)


def _names_subject(context: AnswerContext, span: Span) -> bool:
    """Whether an address stands with the name that it is asked for, where one is: the telephone
    of somebody else is no answer."""
    passage, asked = span.opened.passage, context.asked
    above = (span.opened.document.title, *passage.section, passage.context)
    held = {token.stem for text in (*above, span.text) for token in analyse(text)}
    written = context.statistics.written
    # A name is what the question writes with a capital, or the collection mostly does: people
    # type «flacma».
    return all(
        token.stem in held
        for token in subject_of(asked.tokens, question_types.question_type(asked.text))
        if asked.text[token.start].isupper() or written.get(token.surface, "")[:1].isupper()
    )


def _has_sense(context: AnswerContext, span: Span) -> bool:
    """Whether the passage is about the sense in which the question uses its acronym."""
    stems = {token.stem for token in analyse(span.opened.passage.text)}
    return any(words <= stems for words in context.asked.meant)


def _quoted_answer(best: Sequence[Span], question_type: QuestionType) -> _FoundAnswer | None:
    if not best:
        return None
    kept: list[Span] = []
    for span in best:
        close = best[0].score - span.score <= _QUOTE_MARGIN
        if close and not any(_says_the_same(span, other) for other in kept):
            kept.append(span)
    quotes = tuple(_quote_of(span) for span in kept[:_MAX_QUOTES])
    # A heading that promises a person or a place must not stand over a sentence without one.
    named = question_type in KINDS and (kept[0].shown or question_type not in MUST_SHOW)
    return _FoundAnswer(quotes, KINDS[question_type] if named else "quote")


def _quote_of(span: Span) -> _Quote:
    passage = span.opened.passage
    end = with_list(passage.text, span.start, span.end)
    return _Quote(span.opened.document, passage, span.start, end)


def _says_the_same(span: Span, other: Span) -> bool:
    first, second = (_stems(one.text) for one in (span, other))
    return len(first & second) >= _DUPLICATE_SHARE * min(len(first), len(second))


def _stems(text: str) -> set[str]:
    # A span of function words alone is compared as it stands.
    return {token.stem for token in analyse(text) if token.informative} or {fold(text)}


def _citations(snapshot: Snapshot, quote: _Quote) -> tuple[Citation, ...]:
    numbers = {extent.page for extent in quote.passage.extents}
    found = (snapshot.page(quote.document.id, number) for number in numbers)
    pages = {page.number: page for page in found if page is not None}
    return cite(quote.document, quote.passage, pages, quote.start, quote.end)


def cite(
    document: Document, passage: Passage, pages: Mapping[int, Page], start: int, end: int
) -> tuple[Citation, ...]:
    """Cite `passage.text[start:end]`: one citation a page that it stands on.

    Raises `IndexDamaged` when a quote is not, code point by code point, what the stored page says.
    """
    citations = []
    for extent in passage.extents:
        # An extent maps a stretch of the passage, from `offset` on, to a stretch of a page.
        first = max(start, extent.offset)
        last = min(end, extent.offset + extent.end - extent.start)
        quote = passage.text[first:last]
        if first >= last or not quote.strip():
            continue
        begin = extent.start + first - extent.offset
        citations.append(_checked_citation(document, passage, pages[extent.page], quote, begin))
    return tuple(_join_neighbours(citations, pages))


def _checked_citation(
    document: Document, passage: Passage, page: Page, quote: str, start: int
) -> Citation:
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


def _join_neighbours(citations: list[Citation], pages: Mapping[int, Page]) -> list[Citation]:
    """Neighbouring quotes of one page as one, with what stands between them on the page."""
    joined: list[Citation] = []
    for citation in citations:
        last = joined[-1] if joined else None
        # A document without pages is stored as one, number 1.
        number = citation.page or 1
        if last is not None and last.page == citation.page:
            between = pages[number].text[last.end : citation.start]
            # Lines of a paragraph are extents of their own; only white space parts them.
            if citation.start >= last.end and not between.strip():
                quote = pages[number].text[last.start : citation.end]
                joined[-1] = replace(last, quote=quote, end=citation.end)
                continue
        joined.append(citation)
    return joined


# Best passages that the features look at.
_PASSAGES_COMPARED = 5

# Words that are no names, however a question writes them.
_GENERIC = frozenset(
    "hora horas minuto minutos dia dias fecha lugar tema quien nombre numero cuantos".split()
)


@dataclass(frozen=True, slots=True)
class Features:
    """What the model of confidence sees of one question and its best passages.

    span: how well the best passage answers, see `Span.score`; late: MaxSim of the best passage;
    covered: share of the subject's words, weighted by rarity, that one of the best passages says,
    in these words or in others; names: share of its numbers, acronyms and names that one of them
    holds; numbers: whether one of them holds all its numbers, as figures or as words; foreign:
    whether the best passage is in another language than the question.
    """

    span: float
    late: float
    covered: float
    names: float
    numbers: float
    foreign: float


# Logistic regression, fitted by `python -m benchmarks.calibration` on the tune split of our judged
# questions, as typed, in English and misspelt: those with an answer against those without, and
# against themselves with every judged passage taken away. 30 other features (agreement of the
# retrievers, margins, words the collection lacks …) did not help on questions left out of the fit.
_WEIGHTS = Features(span=1.6, late=5.21, covered=2.61, names=1.45, numbers=1.26, foreign=0.2)
_BIAS = -8.74
THRESHOLD = 0.302
"""Probability from which there is an answer; it keeps 95 % of the answerable questions of that
split."""

# Similarities from which a passage begins to say a word in other words, and says it for certain;
# those of words in two languages are lower.
_SIMILAR = (0.30, 0.60)
_SIMILAR_CROSS_LINGUAL = (0.28, 0.50)


def features(context: AnswerContext, best: Span) -> Features:
    """Look at the best candidates and at the best span in them."""
    asked, opened = context.asked, context.opened[:_PASSAGES_COMPARED]
    texts = [_stems_with_synonyms(one, context) for one in opened]
    names = [token for token in asked.tokens if _is_name(asked.text, token)]
    name_weights = stem_weights(names, context.statistics)
    # Words of the sentence that the model read: the tokens compared have its offsets.
    subject = subject_of(asked.said, question_types.question_type(asked.text))
    return Features(
        span=best.score,
        late=float(context.ranked.late.max()),
        covered=max(
            _semantic_coverage(context, one, subject, set(text))
            for one, text in zip(opened, texts, strict=True)
        ),
        names=max(covered(name_weights, set(text)) for text in texts),
        numbers=float(any(holds_numbers(asked.tokens, text) for text in texts)),
        foreign=float(best.opened.passage.language != asked.language),
    )


def _semantic_coverage(
    context: AnswerContext, opened: OpenedPassage, subject: Sequence[Token], stems: Set[str]
) -> float:
    """The weighed share of the subject, as the embedding model reads it, that a passage says."""
    cross_lingual = opened.passage.language != context.asked.language
    low, high = _SIMILAR_CROSS_LINGUAL if cross_lingual else _SIMILAR
    if holds_numbers(context.asked.tokens, list(stems)):
        # «theme 2» and «Tema 2»: where the number fits, its noun is said too.
        stems = stems | numbered_nouns(context.asked.tokens)
    similarity = opened.similarities.max(axis=0, initial=-1.0)
    starts = context.tokens.starts
    total = said = 0.0
    for token in subject:
        weight = rarity(token, context.statistics)
        pieces = similarity[(starts >= token.start) & (starts < token.end)]
        alike = (float(pieces.mean()) - low) / (high - low) if len(pieces) else 0.0
        said += weight * (1.0 if token.stem in stems else min(max(alike, 0.0), 1.0))
        total += weight
    return said / total if total else 1.0


def confidence(seen: Features) -> float:
    """Probability that the question is answered, 0–1."""
    total = _BIAS + (
        _WEIGHTS.span * seen.span
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


def _stems_with_synonyms(opened: OpenedPassage, context: AnswerContext) -> list[str]:
    """The stems of a passage and of the headings above it in order, then those of the question
    that it says in equivalent words."""
    stems = stems_of((*headings_above(opened), opened.passage.text))
    held = set(stems)
    synonyms = synonym_stems(context.asked.expansions)
    return [*stems, *(stem for one in synonyms if one.said_in(held) for stem in one.used)]


def stem_weights(tokens: Sequence[Token], statistics: Statistics) -> dict[str, float]:
    """Stems of words with their rarity."""
    return {token.stem: rarity(token, statistics) for token in tokens}


def covered(weights: Mapping[str, float], held: Set[str]) -> float:
    """Share of weighed words whose stems are among those held; 1 for no words."""
    total = sum(weights.values())
    return sum(w for word, w in weights.items() if word in held) / total if total else 1.0


def _is_name(text: str, token: Token) -> bool:
    """Whether a token is a number, a symbol, an acronym or a name inside the sentence."""
    written = text[token.start : token.end]
    if any(character.isdigit() for character in written):
        return True
    # Not the first word, with or without «¿» before it: that one always has its capital.
    return token.start > 1 and written[:1].isupper() and token.surface not in _GENERIC
