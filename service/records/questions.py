"""The result of a search → what is kept of it: nothing about who asked."""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from search.spanish import fold
from search.types import Result
from service.parameters import plain_text

QID_BYTES = 9
QID = re.compile(r"[A-Za-z0-9_-]{12}")
"""How `new_qid` writes nine random bytes."""

_NAMED_GOALS = re.compile(
    r"\b(?:ods|odd|sdgs?|objetivos?|objectifs?|goals?|metas?|targets?)\s*"
    r"(\d{1,2}(?:\.\w{1,2})?(?:(?:,| y | e | et | and )\s*\d{1,2}(?:\.\w{1,2})?)*)",
    re.IGNORECASE,
)
_LAST_GOAL = 17


class Outcome(StrEnum):
    """How a search ended: with an answer, with material only, with nothing at all."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    NO_RESULTS = "no_results"


class Channel(StrEnum):
    """Where people or programs asked."""

    PAGE = "page"
    WIDGET = "widget"
    API = "api"
    AGENT = "agent"


class EventKind(StrEnum):
    """What somebody did with the result of a search."""

    CLICK = "click"
    SAVE = "save"
    USEFUL = "useful"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Asked:
    """One search. `qid` is random and of this search only; `hour` is UTC, `2026-11-29T17`;
    `languages` are those of the hits shown; `scope_…` are the filters that narrowed it."""

    qid: str
    hour: str
    text: str
    language: str
    outcome: Outcome
    total: int
    languages: tuple[str, ...]
    subject: str
    toolkit: str
    goals: tuple[int, ...]
    scope_toolkit: str
    scope_event: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody did with the result `qid`, at the hit of that place (0: at none)."""

    qid: str
    kind: EventKind
    position: int = 0


def new_qid() -> str:
    """Twelve random characters."""
    return secrets.token_urlsafe(QID_BYTES)


def hour_of(moment: datetime) -> str:
    """The hour in UTC; minutes would tell apart who asks."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H")


def asked_of(result: Result, qid: str, hour: str, channel: Channel) -> Asked:
    """What is kept of a search; its text is not scrubbed yet."""
    text = plain_text(result.query.text, result.query.filters)
    hits, filters = result.hits, result.query.filters
    best = hits[0] if hits else None
    section = best.passage.section[-1:] if best else ()
    return Asked(
        qid=qid,
        hour=hour,
        text=text,
        language=result.language,
        outcome=_outcome(result),
        total=result.total,
        languages=tuple(sorted({hit.passage.language for hit in hits})),
        subject=result.answer.subject or (section[0] if section else best.document.title)
        if best
        else "",
        toolkit=(best.document.toolkit or "") if best else "",
        goals=goals_named(text) or _goals_of_best(result),
        scope_toolkit=" · ".join(filters.get("toolkit", ())),
        scope_event=" · ".join(filters.get("event", ())),
        channel=channel,
    )


def _outcome(result: Result) -> Outcome:
    if result.answer.status == "found":
        return Outcome.FOUND
    return Outcome.NOT_FOUND if result.hits else Outcome.NO_RESULTS


def goals_named(text: str) -> tuple[int, ...]:
    """Goals that a question names by number: «ODS 5 y 16», «meta 16.6»."""
    numbers = {
        int(number)
        for named in _NAMED_GOALS.finditer(text)
        for number in re.findall(r"(?<![\w.])\d{1,2}", named[1])
    }
    return tuple(sorted(number for number in numbers if 1 <= number <= _LAST_GOAL))


def _goals_of_best(result: Result) -> tuple[int, ...]:
    """Goals that the hits of the best document are tagged with."""
    same = [hit for hit in result.hits if hit.document.id == result.hits[0].document.id]
    return tuple(sorted({int(tag.goal) for hit in same for tag in hit.tags}))


def normal(text: str) -> str:
    """The same for texts that differ in capitals, accents, marks and spaces only."""
    return " ".join(re.findall(r"\w+", fold(unicodedata.normalize("NFKC", text))))
