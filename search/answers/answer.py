"""Answers a question with exact quotes from the best passages, or honestly says `not_found`.

What a document says in structure (its timetable, a fact about itself, somebody's post) answers
first, without a score. Otherwise the best spans are quoted if a logistic model finds an answer
probable enough. Every quote is compared with the stored page before it is given.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain, compress, pairwise, product

import numpy as np

from search.answers import agenda, facts
from search.answers.spans import (
    AnswerContext,
    OpenedPassage,
    Span,
    best_span,
    span_features,
    with_list,
)
from search.documents import Document, Page, Passage
from search.editorial import without_hidden
from search.engine import AgendaLine, DocumentContent, DocumentPart, Engine, Hidden, LoadedPassage
from search.errors import IndexDamaged
from search.query import AnalysedQuery, rarity
from search.results import NO_SUCH_NUMBER, NO_SUCH_PHRASE, POSTS_DIFFER, Answer, Citation, message
from search.text.analysis import Token
from search.text.numbered import (
    NOUNS,
    NUMERALS,
    SERIES,
    WRITTEN,
    holds_numbers,
    numbered_nouns,
)
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
# Timetables and facts are looked for in so many of the best documents.
_DOCUMENTS_READ = 4


@dataclass(frozen=True, slots=True)
class _Quote:
    """A stretch of a passage to quote, and the pages that it stands on."""

    document: Document
    passage: Passage
    pages: tuple[Page, ...]
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


@dataclass(frozen=True, slots=True)
class Library:
    """What an answer may read beside the opened passages: documents less what editors hide."""

    engine: Engine
    hidden: Hidden
    documents: Sequence[Document]

    def read(self, documents: Sequence[Document], *parts: DocumentPart) -> list[DocumentContent]:
        """Parts of documents, in the order given."""
        held = self.engine.read_documents([one.id for one in documents], frozenset(parts))
        return [without_hidden(held[one.id], self.hidden) for one in documents if one.id in held]


def probes(asked: AnalysedQuery) -> tuple[tuple[str, ...], ...]:
    """The phrases that name the numbered things of a question («sesión 4», «sesión cuatro»): an
    engine says for each whether the collection has it."""
    # Looked for in the whole collection: the best passages need not name it.
    return tuple(chain.from_iterable(_phrases(*thing) for thing in _numbered_things(asked)))


def _numbered_things(asked: AnalysedQuery) -> list[tuple[Token, Token]]:
    return [
        (noun, number)
        for noun, number in pairwise(asked.tokens)
        if NOUNS.get(noun.stem) in SERIES and number.surface.isdigit()
    ]


def _phrases(noun: Token, number: Token) -> list[tuple[str, ...]]:
    forms = filter(None, (number.surface, NUMERALS.get(number.surface)))
    return list(product(sorted({noun.surface, NOUNS[noun.stem]}), forms))


def answer(library: Library, context: AnswerContext, probed: Sequence[bool]) -> Answer:
    """Quote the answer, or say `not_found` when it is not probable enough that there is one, or
    when something numbered is asked for («el Tema 4») that is not there; `probed` says of each
    phrase of `probes` whether it is."""
    if not context.opened:
        return Answer("not_found")
    best = _best_spans(context)
    probability = confidence(features(context, best[0])) if best else 0.0
    nearest = context.opened[0]
    named = [name for name in nearest.loaded.passage.section if name]
    subject = named[-1] if named else nearest.document.title
    # Before the timetables, which would tell the hour of another session.
    missing = _missing_number(library, context, probed) if probed else None
    found = missing or _structured_answer(library, context)
    if isinstance(found, str):
        return Answer("not_found", notices=(found,), confidence=0.0, subject=subject)
    if found is None and best and probability >= THRESHOLD:
        found = _quoted_answer(best, context.asked.type)
    if found is None:
        return Answer("not_found", confidence=probability, subject=subject)
    cited = [
        cite(
            one.document, one.passage, {page.number: page for page in one.pages}, one.start, one.end
        )
        for one in found.quotes
    ]
    text = found.text or " ".join(citation.quote for citation in cited[0])
    # Two lines of a timetable may stand in one passage, and are then one citation.
    citations = tuple(dict.fromkeys(citation for group in cited for citation in group))
    sure = max(probability, _STRUCTURED_CONFIDENCE) if found.structured else probability
    return Answer("found", found.kind, text, citations, found.notices, sure)


def without_phrase(given: Answer) -> Answer:
    """The answer to a question whose quoted phrase stands nowhere: none, and why."""
    return Answer(
        "not_found",
        notices=(message(NO_SUCH_PHRASE),),
        confidence=min(given.confidence, _MISSING_PHRASE_CONFIDENCE),
        subject=given.subject,
    )


def _missing_number(library: Library, context: AnswerContext, probed: Sequence[bool]) -> str | None:
    """What to tell when a question names a numbered thing that exists nowhere, though others of
    its series do: «No existe Tema 4: hay Tema 1, Tema 2 y Tema 3.»"""
    held = set(compress(probes(context.asked), probed))
    missing = [
        thing for thing in _numbered_things(context.asked) if held.isdisjoint(_phrases(*thing))
    ]
    if not missing:
        return None
    documents = dict.fromkeys(one.document for one in context.opened)
    contents = library.read(list(documents), DocumentPart.AGENDA)
    for noun, number in missing:
        name = NOUNS[noun.stem]
        # The best document that has things of that name tells all of them: to name some only would
        # deny the others. Without a series their number says nothing about what is missing.
        for content in contents:
            others = sorted({n for kind, n, _ in content.numbered if kind == name})
            if others:
                name = WRITTEN.get(name, name).capitalize()
                told = [f"{name} {other}" for other in others]
                listed = " y ".join(filter(None, (", ".join(told[:-1]), told[-1])))
                return message(NO_SUCH_NUMBER, name=name, number=number.surface, others=listed)
    return None


def _structured_answer(library: Library, context: AnswerContext) -> _FoundAnswer | str | None:
    """An answer from timetables, facts and posts; text says why there is none. What these hold of
    the question is evidence of its own, so no score is asked for."""
    type_ = context.asked.type
    if type_ == QuestionType.PERSON:
        return _posts_answer(library, context)
    if type_ not in agenda.TIMED and type_ not in facts.FIELDS:
        return None
    documents = list(dict.fromkeys(one.document for one in context.opened))[:_DOCUMENTS_READ]
    contents = library.read(documents, DocumentPart.AGENDA, DocumentPart.DETAILS)
    if type_ in agenda.TIMED:
        told = agenda.answer_from_agenda(contents, context)
        if isinstance(told, str):
            return told
        if told is not None:
            loaded = library.engine.load([line.item.passage_id for _, line in told.lines])
            quotes = tuple(
                _row_quote(document, line, one)
                for (document, line), one in zip(told.lines, loaded, strict=True)
            )
            return _FoundAnswer(quotes, "schedule", told.text, told.notices, structured=True)
    # Dates are both: the day of an event may stand in its programme or be a fact of the document.
    stated = facts.stated_fact(contents, context.asked) if type_ in facts.FIELDS else None
    loaded = library.engine.load([stated[1].passage_id]) if stated and stated[1].passage_id else ()
    if stated is None or not loaded:
        return None
    start, end = facts.shortest_run(loaded[0], stated[1], type_)
    quote = _Quote(stated[0], loaded[0].passage, loaded[0].pages, start, end)
    return _FoundAnswer((quote,), KINDS.get(type_, "quote"), structured=True)


def _row_quote(document: Document, line: AgendaLine, loaded: LoadedPassage) -> _Quote:
    """The row of a timetable; where a passage holds several, the one that names the session."""
    text, start = loaded.passage.text, 0
    item = line.item
    for row in text.split("\n"):
        # Hours are kept as «09:00», and written «9:00» as often.
        if item.title in row and (item.start is None or item.start.lstrip("0") in row):
            return _Quote(document, loaded.passage, loaded.pages, start, start + len(row))
        start += len(row) + 1
    return _Quote(document, loaded.passage, loaded.pages, 0, len(text))


def _posts_answer(library: Library, context: AnswerContext) -> _FoundAnswer | None:
    found = facts.posts(library.engine, library.hidden, library.documents, context)
    mentions = found[:_MAX_QUOTES]
    if not mentions:
        return None
    quotes = tuple(
        _Quote(one.document, one.loaded.passage, one.loaded.pages, one.start, one.end)
        for one in mentions
    )
    notices: tuple[str, ...] = ()
    if len(mentions) > 1:
        # Contradictions are told, not solved: which post is the present one is not for us to say.
        listed = " y ".join(f"«{mention.post}»" for mention in mentions)
        notices = (message(POSTS_DIFFER, posts=listed),)
    posts = " / ".join(mention.post for mention in mentions)
    return _FoundAnswer(quotes, KINDS[QuestionType.PERSON], posts, notices, structured=True)


def _best_spans(context: AnswerContext) -> list[Span]:
    """The span to quote of each opened passage, that of the passage that answers best first; a
    question for an address is answered by nothing else."""
    asked, scores = context.asked, context.ranked.scores
    best = []
    for opened in context.opened:
        behind = float(scores[0] - scores[opened.place])
        found = span_features(context, opened) if behind < _MAX_BEHIND else None
        if found is not None:
            best.append(best_span(found, behind))
    if asked.meant:
        # The passage must be about the sense in which the question uses its acronym.
        stems = [set(span.opened.loaded.analysis.stems) for span in best]
        best = [
            span
            for span, held in zip(best, stems, strict=True)
            if any(words <= held for words in asked.meant)
        ]
    if KINDS.get(asked.type) == "contact":
        best = [span for span in best if span.shown and _names_subject(context, span)]
    return sorted(best, key=lambda span: -span.score)


def _names_subject(context: AnswerContext, span: Span) -> bool:
    """Whether an address stands with the name that it is asked for, where one is: the telephone
    of somebody else is no answer."""
    asked, written = context.asked, context.statistics.written
    held = {*span.opened.loaded.analysis.heading, *span.stems()}
    # A name is what the question writes with a capital, or the collection mostly does: people
    # type «flacma».
    return all(
        token.stem in held
        for token in asked.subject
        if asked.text[token.start].isupper() or written.get(token.surface, "")[:1].isupper()
    )


def _quoted_answer(best: Sequence[Span], question_type: QuestionType) -> _FoundAnswer:
    kept: list[tuple[Span, set[str]]] = []
    for span in best:
        if best[0].score - span.score > _QUOTE_MARGIN:
            continue
        # A span of function words alone is compared as it stands.
        words = span.stems(informative=True) or {fold(span.text)}
        # Whether a quote says the same as one before it.
        if not any(
            len(words & other) >= _DUPLICATE_SHARE * min(len(words), len(other))
            for _, other in kept
        ):
            kept.append((span, words))
    quotes = tuple(
        _Quote(
            span.opened.document,
            span.opened.loaded.passage,
            span.opened.loaded.pages,
            span.start,
            with_list(span),
        )
        for span, _ in kept[:_MAX_QUOTES]
    )
    # A heading that promises a person or a place must not stand over a sentence without one.
    named = question_type in KINDS and (kept[0][0].shown or question_type not in MUST_SHOW)
    return _FoundAnswer(quotes, KINDS[question_type] if named else "quote")


def cite(
    document: Document, passage: Passage, pages: Mapping[int, Page], start: int, end: int
) -> tuple[Citation, ...]:
    """Cite `passage.text[start:end]`: one citation a page that it stands on.

    Raises `IndexDamaged` when a quote is not, code point by code point, what the stored page says.
    """
    citations: list[Citation] = []
    for extent in passage.extents:
        # An extent maps a stretch of the passage, from `offset` on, to a stretch of a page.
        first = max(start, extent.offset)
        last = min(end, extent.offset + extent.end - extent.start)
        quote = passage.text[first:last]
        if first >= last or not quote.strip():
            continue
        page = pages[extent.page]
        begin = extent.start + first - extent.offset
        if page.text[begin : begin + len(quote)] != quote:
            raise IndexDamaged(
                f"una cita de «{document.file}» no coincide con su página: ejecute «acervo check»"
            )
        citation = Citation(
            document_id=document.id,
            passage_id=passage.id,
            title=document.title,
            file=document.file,
            language=passage.language,
            page=page.number if document.paged else None,
            quote=quote,
            start=begin,
            end=begin + len(quote),
        )
        # Lines of a paragraph are extents of their own; where only white space parts them they are
        # quoted as one, with what stands between them on the page.
        before = citations[-1] if citations else None
        if (
            before is not None
            and before.page == citation.page
            and begin >= before.end
            and not page.text[before.end : begin].strip()
        ):
            whole = page.text[before.start : citation.end]
            citations[-1] = replace(before, quote=whole, end=citation.end)
        else:
            citations.append(citation)
    return tuple(citations)


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
    # The stems of each passage and of the headings above it in order, then those of the question
    # that it says in equivalent words.
    texts = []
    for one in opened:
        stems = [*one.loaded.analysis.heading, *one.loaded.analysis.stems]
        held = set(stems)
        equivalent = (stem for synonym in asked.synonyms if synonym.said_in(held)
                      for stem in synonym.used)  # fmt: skip
        texts.append([*stems, *equivalent])
    names = {
        token.stem: rarity(token, context.statistics)
        for token in asked.tokens
        if _is_name(asked.text, token)
    }
    total = sum(names.values())
    stem_sets = [set(text) for text in texts]
    shares = (sum(weight for stem, weight in names.items() if stem in one) for one in stem_sets)
    # Words of the sentence that the model read: the tokens compared have its offsets.
    starts = context.tokens.starts
    subject = [
        (
            token.stem,
            rarity(token, context.statistics),
            slice(*np.searchsorted(starts, (token.start, token.end)).tolist()),
        )
        for token in subject_of(asked.said, asked.type)
    ]
    return Features(
        span=best.score,
        late=float(context.ranked.late.max()),
        covered=max(
            _semantic_coverage(context, subject, one, text)
            for one, text in zip(opened, texts, strict=True)
        ),
        names=max(shares) / total if total else 1.0,
        numbers=float(
            not asked.numbered or any(holds_numbers(asked.tokens, text) for text in texts)
        ),
        foreign=float(best.opened.loaded.passage.language != asked.language),
    )


def _semantic_coverage(
    context: AnswerContext,
    subject: Sequence[tuple[str, float, slice]],
    opened: OpenedPassage,
    text: Sequence[str],
) -> float:
    """The weighed share of the subject that a passage says, as the embedding model reads it: stems
    with their weights and the tokens of the question that each is made of."""
    asked = context.asked
    low, high = (
        _SIMILAR_CROSS_LINGUAL if opened.loaded.passage.language != asked.language else _SIMILAR
    )
    stems = set(text)
    if asked.numbered and holds_numbers(asked.tokens, text):
        # «theme 2» and «Tema 2»: where the number fits, its noun is said too.
        stems = stems | numbered_nouns(asked.tokens)
    similarity = opened.loaded.similarities.max(axis=0, initial=-1.0)
    total = said = 0.0
    for stem, weight, pieces in subject:
        alike = 0.0
        if stem in stems:
            alike = 1.0
        elif pieces.start < pieces.stop:
            nearness = float(
                similarity[pieces.start]
                if pieces.stop == pieces.start + 1
                else similarity[pieces].mean()
            )
            alike = min(max((nearness - low) / (high - low), 0.0), 1.0)
        said += weight * alike
        total += weight
    return said / total if total else 1.0


def confidence(seen: Features) -> float:
    """Probability that the question is answered, 0–1."""
    weighed = (
        getattr(_WEIGHTS, field.name) * getattr(seen, field.name) for field in fields(Features)
    )
    return 1 / (1 + math.exp(-_BIAS - sum(weighed)))


def _is_name(text: str, token: Token) -> bool:
    """Whether a token is a number, a symbol, an acronym or a name inside the sentence."""
    written = text[token.start : token.end]
    if any(character.isdigit() for character in written):
        return True
    # Not the first word, with or without «¿» before it: that one always has its capital.
    return token.start > 1 and written[:1].isupper() and token.surface not in _GENERIC
