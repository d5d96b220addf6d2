"""Applies editorial rules: pinned results, hidden documents and passages, extra synonyms.

Rules never touch the texts or the model: they choose among candidates, so that they are in force
as soon as they are written, and gone as soon as they are taken back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from search.engine import DocumentContent, Hidden, PassageList, PinnedTexts, Selection
from search.query import AnalysedQuery
from search.ranking import RankedCandidates
from search.text.acronyms import SynonymSet, is_acronym, key
from search.text.analysis import analyse


@dataclass(frozen=True, slots=True)
class Pin:
    """What comes first for a question: a passage, the best passage of a document, or that of one
    of its pages. The question must hold all informative words of this one, in any form and order;
    with `exact`, no others."""

    question: str
    document_id: str | None = None
    page: int | None = None
    passage_id: str | None = None
    exact: bool = False

    @property
    def selection(self) -> Selection:
        """What it names, as it is asked of an engine."""
        return Selection(self.document_id, self.page, self.passage_id)

    @property
    def stems(self) -> frozenset[str]:
        """The words that a question must hold."""
        return frozenset(token.stem for token in analyse(self.question) if token.informative)

    def matches_question(self, asked: AnalysedQuery) -> bool:
        """Whether it is for this question, as searched or, when that was corrected, as typed:
        editors may pin what the collection has no word for."""
        read = [frozenset(token.stem for token in asked.tokens)]
        # The text as typed still holds the words that it excludes, which must not call a pin.
        if asked.corrected and not asked.excluded:
            typed = analyse(asked.query.text)
            read.append(frozenset(token.stem for token in typed if token.informative))
        wanted = self.stems
        return any(wanted == held if self.exact else wanted <= held for held in read)


@dataclass(frozen=True)
class Rules:
    """A set of rules; `hidden` passages and documents are never a hit nor an answer, whatever
    else says so."""

    pins: tuple[Pin, ...] = ()
    hidden_documents: frozenset[str] = frozenset()
    hidden_passages: frozenset[str] = frozenset()
    synonyms: tuple[SynonymSet, ...] = ()

    @cached_property
    def hidden(self) -> Hidden:
        """What is hidden, as it is asked of an engine."""
        return Hidden(self.hidden_documents, self.hidden_passages)

    def pins_for(self, asked: AnalysedQuery) -> tuple[Pin, ...]:
        """The pins of a question, in the order in which they are written."""
        return tuple(pin for pin in self.pins if pin.matches_question(asked))

    def widened(self, groups: Iterable[SynonymSet]) -> list[SynonymSet]:
        """The groups of a collection with the synonyms: forms join the group of the same kind that
        has one of them; others come first, so that editors have the last word on a form."""
        # Two groups with one form would compete for it, and only one would widen a question.
        joined = list(groups)
        new = []
        for synonym in self.synonyms:
            place = next((i for i, one in enumerate(joined) if _shares_form(synonym, one)), None)
            if place is None:
                new.append(synonym)
            else:
                joined[place] = _merged(joined[place], synonym)
        return new + joined


NO_RULES = Rules()


def _shares_form(synonym: SynonymSet, group: SynonymSet) -> bool:
    # An exact equivalent in a group of approximate ones would weigh as little as they do.
    same = (synonym.approximate, synonym.translation) == (group.approximate, group.translation)
    return same and not _forms(synonym).isdisjoint(_forms(group))


def _forms(group: SynonymSet) -> set[tuple[str, ...]]:
    return {(form,) if is_acronym(form) else key(form) for form in group.forms}


def _merged(group: SynonymSet, synonym: SynonymSet) -> SynonymSet:
    forms = tuple(dict.fromkeys((*group.forms, *synonym.forms)))
    return SynonymSet(forms, group.approximate, group.meanings, group.capitals, group.translation)


def place_pins(
    ranked: RankedCandidates, pins: Sequence[PinnedTexts]
) -> tuple[PassageList, tuple[int, ...]]:
    """The passages of the candidates, and the positions of pinned results in the order of the
    rules. If another version of a pinned document holds the same text, the pinned copy is
    shown."""
    passages, first = ranked.passages, list[int]()
    places = ranked.places.tolist()
    for pin in pins:
        named = dict(zip(pin.places, range(len(pin.places)), strict=True))
        # Two pins may mean the same passage: the second then gets the next best of its own.
        position = next(
            (i for i, place in enumerate(places) if place in named and i not in first), None
        )
        if position is not None:
            passages = passages.put(position, pin.passages, named[places[position]])
            first.append(position)
    return passages, tuple(first)


def without_hidden(content: DocumentContent, hidden: Hidden) -> DocumentContent:
    """A document without what only hidden passages tell."""
    if content.document.id in hidden.documents:
        return DocumentContent(content.document)
    gone = hidden.passages
    if not gone:
        return content
    details = content.details
    return replace(
        content,
        passages=tuple(one for one in content.passages if one.id not in gone),
        agenda=tuple(one for one in content.agenda if one.item.passage_id not in gone),
        numbered=tuple(one for one in content.numbered if one[2] not in gone),
        details=replace(
            details,
            facts=tuple(one for one in details.facts if one.passage_id not in gone),
            units=tuple(one for one in details.units if one.passage_id not in gone),
        ),
    )
