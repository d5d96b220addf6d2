"""Timetable lines of the best documents, and which of them a question speaks of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.answering.evidence import Evidence
from search.answering.facts import means
from search.answering.numbered import holds_numbers, numbered_nouns
from search.answering.windows import said_otherwise, stems_of
from search.index import Snapshot
from search.spanish import Token, analyse, fold
from search.types import AgendaItem, BlockKind, Document, Passage
from search.wording.groups import singular

_DOCUMENTS = 4
"""Timetables are looked at in so many of the best documents."""
_PASSAGES_ABOVE = 2
_ENOUGH = 0.75
"""Weighed share of the question's words that a line must hold, its day, section and document
included."""
_OWN = 0.3
"""Share that the line itself must hold: «el taller de FLACMA» is in every line of its document."""
_MEANT = 0.55
_MEANT_ABROAD = 0.42
"""Similarity from which a line says a word of the question in other words, and in another
language; the same word in the same sense is about .6, unrelated ones stay under .35."""
_NEAR = 0.97
"""Lines whose own share is this close to the best answer as well."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timetable and where it stands."""

    document: Document
    passage: Passage
    item: AgendaItem


@dataclass(frozen=True, slots=True)
class Table:
    """One timetable and the headings that it stands under."""

    lines: tuple[Line, ...]
    headings: tuple[str, ...]

    @property
    def document(self) -> Document:
        """Whose timetable it is."""
        return self.lines[0].document


@dataclass(frozen=True, slots=True)
class Timetables:
    """The timetables of the best documents; `weights` are those of the question's stems."""

    tables: tuple[Table, ...]
    weights: Mapping[str, float]
    evidence: Evidence


def timetables(snapshot: Snapshot, evidence: Evidence, weights: Mapping[str, float]) -> Timetables:
    """Timetables of the best documents, one for each section that has one, days aside, and timed
    parts, which have a length but no hour."""
    documents = list(dict.fromkeys(one.document for one in evidence.opened))[:_DOCUMENTS]
    tables: dict[tuple[str, ...], list[Line]] = {}
    for document in documents:
        for passage, item in snapshot.timetable(document.id):
            days = fold(item.day or "")
            section = (name for name in passage.section if not days or fold(name) != days)
            key = (document.id, *section)
            tables.setdefault(key, []).append(Line(document, passage, item))
    found = [Table(tuple(lines), _headings(snapshot, lines[0])) for lines in tables.values()]
    found += [Table(parts, ()) for document in documents if (parts := _parts(snapshot, document))]
    return Timetables(tuple(found), weights, evidence)


def _parts(snapshot: Snapshot, document: Document) -> tuple[Line, ...]:
    """The parts of a document that say how long they take and stand in no timetable."""
    units = [unit for unit in snapshot.details(document.id).units if unit.minutes]
    held = {item.passage_id for _, item in snapshot.timetable(document.id)}
    return tuple(
        Line(
            document,
            passage,
            AgendaItem(unit.passage_id, unit.title, None, None, None, unit.minutes, None),
        )
        for unit in units
        if unit.passage_id not in held and (passage := snapshot.passage(unit.passage_id))
    )


def _headings(snapshot: Snapshot, first: Line) -> tuple[str, ...]:
    """The headings above the first line of a timetable: its sections, and those of the passages
    just before it (the title of a programme often has a section of its own)."""
    passages = snapshot.passages_of(first.document.id)
    place = next(i for i, passage in enumerate(passages) if passage.id == first.passage.id)
    near = passages[max(0, place - _PASSAGES_ABOVE) : place + 1]
    return tuple(dict.fromkeys(name for passage in near for name in passage.section))


def matching(subject: Sequence[Token], found: Timetables) -> list[Line]:
    """The lines that hold most of what is asked for, all that hold equally much."""
    scored = []
    meant = _meant(found.evidence)
    others = said_otherwise(found.evidence.asked.expansions)
    for table in found.tables:
        for line in table.lines:
            stems = set(stems_of((line.item.title,)))
            equal = {word for one in others if one.said_in(stems) for word in one.used}
            near = meant.get(line.passage.id, frozenset()) | equal
            own, around = _shares(subject, line, found.weights, near)
            if own >= _OWN and around >= _ENOUGH:
                scored.append((own, line))
    best = max((own for own, _ in scored), default=0.0)
    kept = [line for own, line in scored if own >= _NEAR * best]
    first = kept[0].document.id if kept else ""
    return [line for line in kept if line.document.id == first or _same(line, kept[0])]


def _same(line: Line, other: Line) -> bool:
    return fold(line.item.title) == fold(other.item.title)


def _meant(evidence: Evidence) -> dict[str, frozenset[str]]:
    """For the opened passages that are lines of a timetable, the stems of the question that they
    say in other words: in another language, or misspelt."""
    words = [(t.stem, t.start, t.end) for t in evidence.asked.said]
    meant = {}
    for opened in evidence.opened:
        if opened.passage.kind != BlockKind.AGENDA_ITEM or not len(opened.near):
            continue
        near = opened.near.max(axis=0)
        places = evidence.tokens.starts
        abroad = opened.passage.language != evidence.asked.language
        enough = _MEANT_ABROAD if abroad else _MEANT
        meant[opened.passage.id] = frozenset(
            stem
            for stem, start, end in words
            if (pieces := near[(places >= start) & (places < end)]).size and pieces.mean() >= enough
        )
    return meant


def _shares(
    subject: Sequence[Token], line: Line, weights: Mapping[str, float], meant: frozenset[str]
) -> tuple[float, float]:
    """Weighed shares of the subject in a line itself, and in it with what stands around it; a line
    that has the numbers asked for has their nouns («theme 2» is «Tema 2»), and a plural of another
    language is one («conclusions», «conclusiones»)."""
    item, document = line.item, line.document
    own = analyse(" ".join(filter(None, (item.title, item.people, item.place))))
    if not holds_numbers(subject, [token.stem for token in analyse(line.passage.text)]):
        return 0.0, 0.0
    above = (*line.passage.section, item.day, document.title, document.event, document.place)
    singulars = {singular(token.surface) for token in own}
    alike = {token.stem for token in subject if singular(token.surface) in singulars}
    held = {token.stem for token in own} | alike | meant | numbered_nouns(subject)
    around = held | {t.stem for part in above for t in analyse(part or "")}
    total = sum(weights.get(token.stem, 0.0) for token in subject)
    if total <= 0:
        return 0.0, 0.0
    own_share = sum(weights.get(t.stem, 0.0) for t in subject if t.stem in held) / total
    return own_share, sum(weights.get(t.stem, 0.0) for t in subject if t.stem in around) / total


def table_of(subject: Sequence[Token], found: Timetables) -> Table | None:
    """The timetable of the event that is asked about: the one whose headings hold most of the
    question's words; its document must name all the others but the general ones."""
    best: tuple[float, Table] | None = None
    for table in found.tables:
        if not any(line.item.start for line in table.lines):
            continue
        held = {token.stem for name in table.headings for token in analyse(name)}
        own = sum(found.weights.get(t.stem, 0.0) for t in subject if t.stem in held)
        rest = [token for token in subject if token.stem not in held]
        if means(table.document, rest) and (best is None or own > best[0]):
            best = own, table
    return best[1] if best else None
