"""Where and when an event is, whom it is for and who organises it, from its own document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.answering.evidence import Evidence
from search.answering.forms import WHOLE_WORDS, WORDS, Form, shows
from search.answering.sentences import sentences
from search.index import Snapshot
from search.spanish import Token, analyse, stem
from search.types import Document, Fact, Passage

FIELDS: Mapping[Form, str] = {
    Form.PLACE: "place",
    Form.DATE: "date",
    Form.AUDIENCE: "audience",
    Form.ORGANISER: "organisers",
}
"""Forms of question and the field of a document that answers them."""

WHOLE = frozenset(map(stem, WHOLE_WORDS))
"""What an event or its material as a whole is called, by stem."""

_DOCUMENTS = 4


@dataclass(frozen=True, slots=True)
class Stated:
    """A stretch of a passage that states a fact of its document."""

    document: Document
    passage: Passage
    start: int
    end: int


def stated(snapshot: Snapshot, evidence: Evidence, form: Form) -> Stated | None:
    """Where the best document that is meant says the field asked for; None when the question is
    about something else."""
    field = FIELDS[form]
    subject = [t for t in evidence.asked.tokens if t.surface not in WORDS[form]]
    if not subject or not any(token.stem in WHOLE for token in subject):
        return None
    documents = dict.fromkeys(one.document for one in evidence.opened)
    for document in list(documents)[:_DOCUMENTS]:
        if not means(document, subject):
            continue
        facts = snapshot.details(document.id).facts
        fact = next((f for f in facts if f.field == field and f.passage_id), None)
        passage = snapshot.passage(fact.passage_id) if fact and fact.passage_id else None
        if fact is not None and passage is not None:
            start, end = _stretch(passage.text, fact, form)
            return Stated(document, passage, start, end)
    return None


def means(document: Document, subject: Sequence[Token]) -> bool:
    """Whether all words of a question but the general ones are in what names the event."""
    names = (document.title, document.event, document.place, document.organisers)
    held = {token.stem for name in names for token in analyse(name or "")}
    return all(token.stem in held or token.stem in WHOLE for token in subject)


_LONGEST = 3
"""Neighbouring sentences that a fact may stand in: a place is often written on two lines."""


def _stretch(text: str, fact: Fact, form: Form) -> tuple[int, int]:
    """The shortest run of sentences that holds most of the value's words."""
    value = _stems(fact.value.replace("-", " "))
    spans = sentences(text)
    runs = [
        (spans[first][0], spans[last][1])
        for first in range(len(spans))
        for last in range(first, min(first + _LONGEST, len(spans)))
    ]
    return max(
        runs,
        key=lambda run: (
            len(value & _stems(text[run[0] : run[1]])) + shows(form, text, *run) / 2,
            run[0] - run[1],
        ),
    )


def _stems(text: str) -> set[str]:
    return {token.stem.lstrip("0") for token in analyse(text) if token.informative}
