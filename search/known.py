"""What is known of a document beyond its text: timetable, units, facts, findings, health,
tags."""

from dataclasses import dataclass
from enum import StrEnum


class ResourceType(StrEnum):
    """What a part of training material is for in class (after LRMI learningResourceType)."""

    CONCEPT = "concept"
    ACTIVITY = "activity"
    CASE = "case"
    DISCUSSION = "discussion"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One line of a timetable. Times are `HH:MM`; minutes as the document states them and as the
    clock gives them, which may differ."""

    passage_id: str
    title: str
    day: str | None
    start: str | None
    end: str | None
    stated_minutes: int | None
    computed_minutes: int | None
    people: str | None = None
    place: str | None = None
    kind: ResourceType | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A part that a trainer can use by itself: what for, how long, for groups of how many (least
    and most), with what. What the text does not say is None or empty."""

    passage_id: str
    title: str
    kind: ResourceType
    minutes: int | None = None
    group_size: tuple[int, int] | None = None
    materials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """The value of one field of a document and where it comes from.

    `origin` is `catalogue`, `text`, `properties` (the file's own) or `name` (the file's); a fact
    from the text has the passage that says it.
    """

    field: str
    value: str
    origin: str
    passage_id: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a document that does not add up, in Spanish.

    `kind` is `minutes_differ` (stated against computed) or `catalogue_differs`.
    """

    kind: str
    text: str
    passage_id: str | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """A goal of the 2030 Agenda (1 to 17), perhaps one of its targets (`16.6`), that a passage
    names; `evidence` are the words that do, of its text or of the heading right above it."""

    passage_id: str
    goal: int
    target: str | None
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageHealth:
    """How well one page was read: how many tables it has, which texts were left out (`dropped`),
    which words look glued, broken or damaged (`suspects`)."""

    page: int
    tables: int = 0
    dropped: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Details:
    """What is known of one document beyond its text: `warnings` are what reading it met, `health`
    has the pages worth a remark."""

    warnings: tuple[str, ...] = ()
    units: tuple[Unit, ...] = ()
    facts: tuple[Fact, ...] = ()
    findings: tuple[Finding, ...] = ()
    health: tuple[PageHealth, ...] = ()
    tags: tuple[Tag, ...] = ()


NOTHING_KNOWN = Details()
