"""The best passages to an answer made of exact quotes, or an honest `not_found`."""

from collections.abc import Sequence
from dataclasses import dataclass

from search.answering import confidence, facts, numbered, people, schedule, timetable
from search.answering.evidence import Evidence, Opened
from search.answering.forms import KINDS, MUST_SHOW, Form, form_of, subject_of
from search.answering.notices import NO_SUCH_PHRASE, POSTS_DIFFER, said
from search.answering.quote import cite
from search.answering.weighing import Window, best_window, with_list
from search.answering.windows import windows
from search.index import Snapshot
from search.spanish import analyse, fold
from search.types import Answer, Citation, Document, Passage

READ = 6
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


def answer(snapshot: Snapshot, evidence: Evidence) -> Answer:
    """Quote the answer, or say `not_found` when it is not probable enough that there is one, or
    when something numbered is asked for («el Tema 4») that is not there."""
    if not evidence.opened:
        return Answer("not_found")
    form = form_of(evidence.asked.text)
    subject = subject_of(evidence.asked.tokens, form)
    weights = confidence.weighed(subject, evidence.statistics)
    best = _best_windows(evidence, weights, form)
    probability = confidence.confidence(confidence.features(evidence, best[0])) if best else 0.0
    nearest = _nearest(evidence.opened[0])
    absent = numbered.missing(snapshot, evidence)
    if absent:
        return Answer("not_found", notices=(absent,), confidence=0.0, subject=nearest)
    found = _structured(snapshot, evidence, weights, form)
    if isinstance(found, str):
        return Answer("not_found", notices=(found,), confidence=0.0, subject=nearest)
    if found is None and probability >= confidence.THRESHOLD:
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
    notice = said(NO_SUCH_PHRASE)
    return Answer(
        "not_found",
        notices=(notice,),
        confidence=min(given.confidence, 0.5),
        subject=given.subject,
    )


def _nearest(opened: Opened) -> str:
    """What the nearest material is about: its innermost section, else its document."""
    names = [name for name in opened.passage.section if name]
    return names[-1] if names else opened.document.title


def _structured(
    snapshot: Snapshot,
    evidence: Evidence,
    weights: dict[str, float],
    form: Form,
) -> _Found | str | None:
    """An answer from timetables, facts and posts; text says why there is none. What these hold of
    the question is evidence of its own, so no score is asked for."""
    if form in schedule.TIMED:
        tables = timetable.timetables(snapshot, evidence, weights)
        lines = schedule.scheduled(form, tables)
        if lines is not None:
            quotes = tuple(_row(line) for line in lines.lines)
            return _Found(quotes, "schedule", lines.text, lines.notices, told=True)
        absent = schedule.absent_day(tables)
        if absent:
            return absent
    if form in facts.FIELDS:
        return _fact(facts.stated(snapshot, evidence, form), form)
    return _posts(people.posts(snapshot, evidence)) if form == Form.PERSON else None


def _fact(stated: facts.Stated | None, form: Form) -> _Found | None:
    if stated is None:
        return None
    quoted = _Quoted(stated.document, stated.passage, stated.start, stated.end)
    return _Found((quoted,), KINDS.get(form, "quote"), told=True)


def _row(line: timetable.Line) -> _Quoted:
    """The row of a timetable; where a passage holds several, the one that names the session."""
    text, start = line.passage.text, 0
    for row in text.split("\n"):
        if line.item.title in row and _tells(row, line.item.start):
            return _Quoted(line.document, line.passage, start, start + len(row))
        start += len(row) + 1
    return _Quoted(line.document, line.passage, 0, len(text))


def _tells(row: str, hour: str | None) -> bool:
    return hour is None or hour.lstrip("0") in row


def _posts(mentions: Sequence[people.Mention]) -> _Found | None:
    if not mentions:
        return None
    quotes = tuple(_Quoted(m.document, m.passage, m.start, m.end) for m in mentions[:_QUOTES])
    posts = " / ".join(mention.post for mention in mentions[:_QUOTES])
    notices: tuple[str, ...] = ()
    if len(mentions) > 1:
        listed = " y ".join(f"«{mention.post}»" for mention in mentions[:_QUOTES])
        notices = (said(POSTS_DIFFER, posts=listed),)
    return _Found(quotes, KINDS[Form.PERSON], posts, notices, told=True)


def _best_windows(evidence: Evidence, weights: dict[str, float], form: Form) -> list[Window]:
    """The stretch to quote of each opened passage, that of the passage that answers best first; a
    question for an address is answered by nothing else."""
    scores = evidence.ranked.scores
    best = []
    for opened in evidence.opened:
        behind = float(scores[0] - scores[opened.place])
        found = windows(evidence, opened, weights, form) if behind < _HOPELESS else None
        if found is not None:
            best.append(best_window(found, behind))
    if evidence.asked.meant:
        best = [window for window in best if _means(evidence, window)]
    if KINDS.get(form) == "contact":
        best = [window for window in best if window.shown and _of_whom(evidence, window)]
    return sorted(best, key=lambda window: -window.score)


def _of_whom(evidence: Evidence, window: Window) -> bool:
    """Whether an address stands with the name that it is asked for, where one is: the telephone
    of somebody else is no answer."""
    passage, asked = window.opened.passage, evidence.asked
    above = (window.opened.document.title, *passage.section, passage.context)
    held = {token.stem for text in (*above, window.text) for token in analyse(text)}
    written = evidence.statistics.written
    return all(
        token.stem in held
        for token in subject_of(asked.tokens, form_of(asked.text))
        if asked.text[token.start].isupper() or written.get(token.surface, "")[:1].isupper()
    )


def _means(evidence: Evidence, window: Window) -> bool:
    """Whether the passage is about the sense in which the question uses its acronym."""
    stems = {token.stem for token in analyse(window.opened.passage.text)}
    return any(words <= stems for words in evidence.asked.meant)


def _quotes(best: Sequence[Window], form: Form) -> _Found | None:
    if not best:
        return None
    kept: list[Window] = []
    for window in best:
        near = best[0].score - window.score <= _MARGIN
        if near and not any(_alike(window, other) for other in kept):
            kept.append(window)
    quotes = tuple(_quoted(window) for window in kept[:_QUOTES])
    named = form in KINDS and (kept[0].shown or form not in MUST_SHOW)
    return _Found(quotes, KINDS[form] if named else "quote")


def _quoted(window: Window) -> _Quoted:
    passage = window.opened.passage
    end = with_list(passage.text, window.start, window.end)
    return _Quoted(window.opened.document, passage, window.start, end)


def _alike(window: Window, other: Window) -> bool:
    first, second = (_stems(one.text) for one in (window, other))
    return len(first & second) >= _ALIKE * min(len(first), len(second))


def _stems(text: str) -> set[str]:
    return {token.stem for token in analyse(text) if token.informative} or {fold(text)}
