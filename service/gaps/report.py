"""Searches → themes by kind of lack, such that none of them can be traced to a person.

The rule, here and nowhere else: a text is shown only when that very text (capitals, accents and
marks aside) was asked `ENOUGH` times in what is being looked at; a theme, a guide or a goal only
when it counts as many. A theme whose wordings are all rarer is named by the nearest material. All
that remains is one number.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from service.gaps.kinds import BELONGS, Kind
from service.records.questions import normal
from service.records.tables import ENOUGH, Use

MOST_OPENED = 0.1
"""The share of searches that led to a document, up to which a theme counts as unopened."""

Group = Callable[[Sequence[str]], list[list[int]]]
"""Texts → groups of their places."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many searches go with a value: a text, a guide, a goal, a language."""

    value: str
    searches: int


@dataclass(frozen=True, slots=True)
class Theme:
    """Questions that mean the same. `name` is the wording asked most, or the nearest material when
    none may be shown (`quoted` tells which); `rarer` counts searches in wordings not shown;
    `weeks` goes with `Report.weeks`; `found_in` are the languages of what was shown instead."""

    name: str
    quoted: bool
    searches: int
    wordings: tuple[Count, ...]
    rarer: int
    noticed: int
    languages: tuple[Count, ...]
    found_in: tuple[str, ...]
    toolkits: tuple[Count, ...]
    goals: tuple[Count, ...]
    weeks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """All of one kind: the themes, most asked first, and how many searches belong to none."""

    kind: Kind
    searches: int
    themes: tuple[Theme, ...]
    others: int
    toolkits: tuple[Count, ...]
    goals: tuple[Count, ...]
    weeks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What was lacking from one day to another. `weeks` are the Mondays; `pending` are texts that
    could not be compared in meaning yet and so stand alone."""

    since: date
    until: date
    weeks: tuple[str, ...]
    searches: int
    answered: int
    sections: tuple[Section, ...]
    pending: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """From one day to another, both included."""

    since: date
    until: date

    @property
    def weeks(self) -> tuple[str, ...]:
        """The Mondays of the weeks it touches."""
        first, last = monday(self.since), monday(self.until)
        return tuple(
            (first + timedelta(weeks=n)).isoformat() for n in range((last - first).days // 7 + 1)
        )


def monday(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def section_of(kind: Kind, uses: Sequence[Use], span: Span, group: Group) -> Section:
    """One kind of lack among these searches."""
    belonging = [use for use in uses if BELONGS[kind](use)]
    if kind is Kind.NOTICED:
        belonging = [replace(use, searches=use.noticed) for use in belonging]
    themes = [
        theme_of(lacking, span)
        for part in _parts(kind, belonging)
        for together in _together(part, group)
        if _enough(lacking := _lacking(kind, together))
    ]
    belonging = _unopened(belonging) if kind is Kind.UNOPENED else belonging
    total = sum(use.searches for use in belonging)
    return Section(
        kind=kind,
        searches=total,
        themes=tuple(sorted(themes, key=lambda theme: (-theme.searches, theme.name))),
        others=total - sum(theme.searches for theme in themes),
        toolkits=_counted((use.toolkit, use.searches) for use in belonging),
        goals=_counted((str(goal), use.searches) for use in belonging for goal in use.goals),
        weeks=_weekly(belonging, span),
    )


def _parts(kind: Kind, uses: Sequence[Use]) -> list[list[Use]]:
    """What may be grouped together: of what exists in other languages only, one language each."""
    if kind is not Kind.OTHER_LANGUAGE:
        return [list(uses)]
    languages = sorted({use.language for use in uses})
    return [[use for use in uses if use.language == language] for language in languages]


def _together(uses: Sequence[Use], group: Group) -> list[list[Use]]:
    """Searches whose texts mean the same; those without a text belong to none."""
    ordered = by_text(uses)
    groups = group([usual(same) for same in ordered])
    return [[use for place in places for use in ordered[place]] for places in groups]


def by_text(uses: Iterable[Use]) -> list[list[Use]]:
    """Searches with the same text together, the most asked first; without those that have none."""
    of_text: dict[str, list[Use]] = {}
    for use in uses:
        if key := normal(use.text):
            of_text.setdefault(key, []).append(use)
    return sorted(of_text.values(), key=lambda same: (-sum(u.searches for u in same), usual(same)))


def _lacking(kind: Kind, together: list[Use]) -> list[Use]:
    """Of a group those searches that lack something. One wording that leads somewhere does not
    hide that the others do not."""
    if kind is not Kind.UNOPENED:
        return together
    opened = sum(use.opened for use in together)
    rarely = opened <= MOST_OPENED * sum(use.searches for use in together)
    return _unopened(together) if rarely else []


def _unopened(uses: Iterable[Use]) -> list[Use]:
    left = [replace(use, searches=use.searches - use.opened) for use in uses]
    return [use for use in left if use.searches]


def _enough(together: Sequence[Use]) -> bool:
    return sum(use.searches for use in together) >= ENOUGH


def theme_of(uses: Sequence[Use], span: Span) -> Theme:
    """Searches that mean the same, told without any text that few have asked."""
    wordings = _counted((usual(same), sum(u.searches for u in same)) for same in by_text(uses))
    searches = sum(use.searches for use in uses)
    subjects = Counter[str]()
    for use in uses:
        subjects[use.subject] += use.searches if use.subject else 0
    return Theme(
        name=wordings[0].value if wordings else subjects.most_common(1)[0][0],
        quoted=bool(wordings),
        searches=searches,
        wordings=wordings,
        rarer=searches - sum(wording.searches for wording in wordings),
        noticed=sum(use.noticed for use in uses),
        languages=_counted((use.language, use.searches) for use in uses),
        found_in=tuple(sorted({language for use in uses for language in use.languages})),
        toolkits=_counted((use.toolkit, use.searches) for use in uses),
        goals=_counted((str(goal), use.searches) for use in uses for goal in use.goals),
        weeks=_weekly(uses, span),
    )


def usual(same: Iterable[Use]) -> str:
    """How a text was written most often."""
    written = Counter[str]()
    for use in same:
        written[use.text] += use.searches
    return min(written, key=lambda text: (-written[text], text))


def _counted(pairs: Iterable[tuple[str, int]]) -> tuple[Count, ...]:
    """Values with how many searches they have, most first, none with fewer than enough."""
    total = Counter[str]()
    for value, searches in pairs:
        total[value] += searches
    kept = [(value, count) for value, count in total.items() if value and count >= ENOUGH]
    return tuple(Count(*pair) for pair in sorted(kept, key=lambda pair: (-pair[1], pair[0])))


def _weekly(uses: Iterable[Use], span: Span) -> tuple[int, ...]:
    weeks = dict.fromkeys(span.weeks, 0)
    for use in uses:
        weeks[monday(date.fromisoformat(use.day)).isoformat()] += use.searches
    return tuple(weeks.values())
