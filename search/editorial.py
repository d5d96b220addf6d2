"""Applies editorial rules: pinned results, hidden documents and passages, extra synonyms.

Rules never touch the texts or the model: they choose among candidates, so that they are in force
as soon as they are written, and gone as soon as they are taken back.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from search.documents import AgendaItem, Details, Document, Floats, PackedTokens, Page, Passage, Tag
from search.engine import LexicalQuery, Occurrences, Rows, Scored, Snapshot
from search.query import AnalysedQuery
from search.ranking import RankedCandidates, Within
from search.results import FacetValue
from search.suggest import CountedSuggestion, without_hidden
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
    def stems(self) -> frozenset[str]:
        """The words that a question must hold."""
        return frozenset(token.stem for token in analyse(self.question) if token.informative)

    def matches_question(self, asked: AnalysedQuery) -> bool:
        """Whether it is for this question, as searched or, when that was corrected, as typed:
        editors may pin what the collection has no word for."""
        read = [frozenset(token.stem for token in asked.tokens)]
        # The text as typed still holds the words that it excludes, which must not call a pin.
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
    synonyms: tuple[SynonymSet, ...] = ()

    @property
    def hides(self) -> bool:
        """Whether anything is hidden."""
        return bool(self.hidden_documents or self.hidden_passages)

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


_PROPOSED_PER_PIN = 3
"""Passages of a pinned document that are ranked, by words and in each language by vector: the
best of them is shown, and more would change what the scores of all others are compared with."""


class Pins:
    """The pins of a set of rules over one snapshot, safe to share between threads."""

    def __init__(self, snapshot: Snapshot, rules: Rules) -> None:
        self._snapshot = snapshot
        self._rules = rules
        self._rows = {pin: _pinned_rows(snapshot, pin) for pin in rules.pins}

    def rows_for(self, asked: AnalysedQuery, allowed: Rows | None) -> list[Rows]:
        """For each pin of a question the rows that it may put first; filters hold for them too:
        who asks for English documents is not shown a pinned Spanish one."""
        found = [self._rows[pin] for pin in self._rules.pins_for(asked)]
        if allowed is not None:
            found = [np.intersect1d(rows, allowed) for rows in found]
        return [rows for rows in found if len(rows)]

    def within(
        self, allowed: Rows | None, asked: AnalysedQuery, vector: Floats, pinned: Sequence[Rows]
    ) -> Within:
        """Where candidates come from: of each pin a few must be among them, whatever else is."""
        chosen = [
            # A pinned document may have hundreds of passages; only its best can come first.
            rows
            if len(rows) <= _PROPOSED_PER_PIN
            else np.union1d(
                self._snapshot.match(asked.wanted, _PROPOSED_PER_PIN, rows).rows,
                self._snapshot.nearest(vector, _PROPOSED_PER_PIN, rows),
            )
            for rows in pinned
        ]
        return Within(allowed, np.unique(np.concatenate(chosen)) if chosen else None)


def place_pins(
    snapshot: Snapshot, ranked: RankedCandidates, pinned: Sequence[Rows]
) -> tuple[RankedCandidates, tuple[int, ...]]:
    """The candidates, and the positions of pinned results in the order of the rules. If another
    version of a pinned document holds the same text, the pinned copy is shown."""
    rows, first = ranked.rows.copy(), list[int]()
    for wanted in pinned:
        # Rows are compared by the text that they hold, whichever version of a document has it.
        twins = snapshot.twins(wanted)
        places = np.flatnonzero(np.isin(snapshot.twins(rows), twins))
        # Two pins may mean the same passage: the second then gets the next best of its own.
        place = next((place for place in places.tolist() if place not in first), None)
        if place is None:
            continue
        if rows[place] not in wanted:
            same = twins == snapshot.twins(rows[[place]])[0]
            rows[place] = wanted[same][0]
        first.append(place)
    return (replace(ranked, rows=rows) if first else ranked), tuple(first)


def _pinned_rows(snapshot: Snapshot, pin: Pin) -> Rows:
    """The rows of what is pinned; none of what is not in the collection (any more)."""
    if pin.passage_id is not None:
        return _row_of_passage(snapshot, pin.passage_id)
    rows = _rows_of_document(snapshot, pin.document_id or "")
    if pin.page is None:
        return rows
    held = snapshot.passages(rows.tolist())
    # By any of its extents: a passage that begins on the page before is on this one too.
    return rows[[any(extent.page == pin.page for extent in one.extents) for one in held]]


@dataclass(frozen=True, slots=True, eq=False)
class ResultOrder:
    """The `places` among the candidates of what is the result, in order; `first` are the pinned
    ones, `families` the documents, versions counted as one, that each belongs to."""

    places: Rows
    first: tuple[int, ...]
    families: Rows

    @classmethod
    def of(cls, total: int, first: tuple[int, ...], families: Rows) -> "ResultOrder":
        """What is pinned, then the `total` best; `families` are those of all candidates."""
        rest = (place for place in range(total) if place not in first)
        places = np.array([*first, *rest], dtype=np.int64)
        return cls(places, first, families[places])

    def passages_of_document(self, place: int) -> int:
        """How many passages of the result belong to the document of that at `place`, itself among
        them."""
        own = self.families[self.places == place]
        return int((self.families == own).sum())


class VisibleSnapshot:
    """A snapshot (see `search.engine.Snapshot`) without what editors hide, for all that looks for
    an answer in it. Documents are counted and cited as ever: only rows, passages and what is told
    from them are left out."""

    def __init__(self, snapshot: Snapshot, rules: Rules) -> None:
        self.info = snapshot.info
        self.statistics = snapshot.statistics
        self._all = snapshot
        self._documents = rules.hidden_documents
        found = [_rows_of_document(snapshot, one) for one in sorted(rules.hidden_documents)]
        found += [_row_of_passage(snapshot, one) for one in sorted(rules.hidden_passages)]
        # Nothing may be hidden (any more): an empty array keeps the type and shape of rows.
        self._hidden = np.unique(np.concatenate([*found, np.empty(0, dtype=np.int64)]))
        self._visible = np.setdiff1d(np.arange(self.info.passages), self._hidden)
        self._passages = frozenset(one.id for one in snapshot.passages(self._hidden.tolist()))

    def rows_where(self, filters: Mapping[str, tuple[str, ...]]) -> Rows:
        """See `Snapshot`; never None, since some rows are always left out."""
        rows = self._all.rows_where(filters)
        return self._visible if rows is None else np.setdiff1d(rows, self._hidden)

    def match(self, wanted: LexicalQuery, limit: int, allowed: Rows | None) -> Scored:
        """See `Snapshot`."""
        return self._all.match(wanted, limit, self._visible if allowed is None else allowed)

    def occurrences(self, wanted: LexicalQuery, rows: Rows) -> Occurrences:
        """See `Snapshot`."""
        return self._all.occurrences(wanted, rows)

    def holding(self, wanted: LexicalQuery) -> Rows:
        """See `Snapshot`."""
        return np.setdiff1d(self._all.holding(wanted), self._hidden)

    def nearest(self, vector: Floats, limit: int, allowed: Rows | None) -> Rows:
        """See `Snapshot`."""
        return self._all.nearest(vector, limit, self._visible if allowed is None else allowed)

    def vectors(self, rows: Rows) -> Floats:
        """See `Snapshot`."""
        return self._all.vectors(rows)

    def token_vectors(self, rows: Rows) -> list[PackedTokens]:
        """See `Snapshot`."""
        return self._all.token_vectors(rows)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """See `Snapshot`."""
        return self._all.passages(rows)

    def tags(self, passage_ids: Sequence[str]) -> Mapping[str, tuple[Tag, ...]]:
        """See `Snapshot`."""
        return self._all.tags(passage_ids)

    def document_ordinals(self, rows: Rows) -> Rows:
        """See `Snapshot`."""
        return self._all.document_ordinals(rows)

    def facets(self, rows: Rows) -> dict[str, tuple[FacetValue, ...]]:
        """See `Snapshot`."""
        return self._all.facets(rows)

    def documents(self) -> Sequence[Document]:
        """See `Snapshot`: all of them, since rows point into these."""
        return self._all.documents()

    def document(self, document_id: str) -> Document | None:
        """See `Snapshot`."""
        return self._all.document(document_id)

    def details(self, document_id: str) -> Details:
        """See `Snapshot`; without what only hidden passages tell."""
        known = self._all.details(document_id)
        return replace(
            known,
            facts=tuple(fact for fact in known.facts if fact.passage_id not in self._passages),
            units=tuple(unit for unit in known.units if unit.passage_id not in self._passages),
        )

    def versions(self) -> Mapping[str, str]:
        """See `Snapshot`."""
        return self._all.versions()

    def twins(self, rows: Rows) -> Rows:
        """See `Snapshot`."""
        return self._all.twins(rows)

    def pages(self, document_id: str) -> tuple[Page, ...]:
        """See `Snapshot`."""
        return self._all.pages(document_id)

    def page(self, document_id: str, number: int) -> Page | None:
        """See `Snapshot`."""
        return self._all.page(document_id, number)

    def passages_of(self, document_id: str) -> tuple[Passage, ...]:
        """See `Snapshot`."""
        held = self._all.passages_of(document_id)
        return tuple(passage for passage in held if passage.id not in self._passages)

    def timetable(self, document_id: str) -> tuple[tuple[Passage, AgendaItem], ...]:
        """See `Snapshot`."""
        lines = self._all.timetable(document_id)
        return tuple(line for line in lines if line[0].id not in self._passages)

    def passage(self, passage_id: str) -> Passage | None:
        """See `Snapshot`."""
        return None if passage_id in self._passages else self._all.passage(passage_id)

    def pages_holding(self, text: str) -> Iterator[tuple[Document, Page]]:
        """See `Snapshot`."""
        return self._all.pages_holding(text)

    def equivalents(self) -> Sequence[str]:
        """See `Snapshot`."""
        return self._all.equivalents()

    def suggestions(self) -> Sequence[CountedSuggestion]:
        """See `Snapshot`."""
        # A heading or phrase that only hidden passages have would lead to an empty result.
        hidden = self._all.passages(self._hidden.tolist())
        touched = sorted({passage.document_id for passage in hidden} | self._documents)
        left = [(document, self.passages_of(id_)) for id_ in touched
                if (document := self._all.document(id_))]  # fmt: skip
        return without_hidden(self._all.suggestions(), hidden, left)

    def close(self) -> None:
        """See `Snapshot`."""
        self._all.close()


def _rows_of_document(snapshot: Snapshot, document_id: str) -> Rows:
    """The rows of a document's passages; none where there is no such document."""
    ids = [document.id for document in snapshot.documents()]
    if document_id not in ids:
        return np.empty(0, dtype=np.int64)
    ordinals = snapshot.document_ordinals(np.arange(snapshot.info.passages))
    return np.flatnonzero(ordinals == ids.index(document_id))


def _row_of_passage(snapshot: Snapshot, passage_id: str) -> Rows:
    """The row of a passage, alone; none where there is no such passage."""
    passage = snapshot.passage(passage_id)
    rows = (
        _rows_of_document(snapshot, passage.document_id) if passage else np.empty(0, dtype=np.int64)
    )
    held = snapshot.passages(rows.tolist())
    return rows[[one.id == passage_id for one in held]]
