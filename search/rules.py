"""What editors decide about a collection: what comes first, what is not found, what means the same.

Rules never touch the texts or the model: they choose among candidates, so that they are in force
as soon as they are written, and gone as soon as they are taken back.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from search.query import Asked
from search.spanish import analyse
from search.wording.groups import Group, is_acronym, key


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
    def stems(self) -> frozenset[str]:
        """The words that a question must hold."""
        return frozenset(token.stem for token in analyse(self.question) if token.informative)

    def meets(self, asked: Asked) -> bool:
        """Whether it is for this question, as searched or, when that was corrected, as typed:
        editors may pin what the collection has no word for."""
        read = [frozenset(token.stem for token in asked.tokens)]
        if asked.corrected and not asked.wanted.excluded:
            typed = analyse(asked.query.text)
            read.append(frozenset(token.stem for token in typed if token.informative))
        wanted = self.stems
        return any(wanted == held if self.exact else wanted <= held for held in read)


@dataclass(frozen=True, slots=True)
class Rules:
    """A set of rules; `hidden` passages and documents are never a hit nor an answer, whatever
    else says so."""

    pins: tuple[Pin, ...] = ()
    hidden_documents: frozenset[str] = frozenset()
    hidden_passages: frozenset[str] = frozenset()
    synonyms: tuple[Group, ...] = ()

    @property
    def hides(self) -> bool:
        """Whether anything is hidden."""
        return bool(self.hidden_documents or self.hidden_passages)

    def pins_for(self, asked: Asked) -> tuple[Pin, ...]:
        """The pins of a question, in the order in which they are written."""
        return tuple(pin for pin in self.pins if pin.meets(asked))

    def widened(self, groups: Iterable[Group]) -> list[Group]:
        """The groups of a collection with the synonyms: forms join the group of the same kind that
        has one of them; others come first, so that editors have the last word on a form."""
        joined = list(groups)
        new = []
        for synonym in self.synonyms:
            place = next((i for i, one in enumerate(joined) if _joins(synonym, one)), None)
            if place is None:
                new.append(synonym)
            else:
                joined[place] = _union(joined[place], synonym)
        return new + joined


NO_RULES = Rules()


def _joins(synonym: Group, group: Group) -> bool:
    same = (synonym.approximate, synonym.translation) == (group.approximate, group.translation)
    return same and not _forms(synonym).isdisjoint(_forms(group))


def _forms(group: Group) -> set[tuple[str, ...]]:
    return {(form,) if is_acronym(form) else key(form) for form in group.forms}


def _union(group: Group, synonym: Group) -> Group:
    forms = tuple(dict.fromkeys((*group.forms, *synonym.forms)))
    return Group(forms, group.approximate, group.meanings, group.capitals, group.translation)
