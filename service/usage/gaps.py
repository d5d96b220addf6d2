"""Reports what people do not find, from the usage log, grouped by meaning.

Searches of one kind of lack are grouped into themes by the vectors of their texts. Nothing that
fewer than `LEAST_SEARCHES` searches share is shown, neither a text nor a value: what is left is
only counted.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import numpy as np

from search.documents import Floats
from search.embedding.encoder import calibration_passages
from service.i18n import N_, _
from service.usage import log


class Kind(StrEnum):
    """What was lacking. A search may show several."""

    UNANSWERED = "sin-respuesta"
    UNOPENED = "sin-abrir"
    OTHER_LANGUAGE = "otro-idioma"
    NOTICED = "avisos"


NAMES: Mapping[Kind, tuple[str, str]] = {
    Kind.UNANSWERED: (N_("Sin respuesta"), N_("Preguntas a las que ningún documento responde.")),
    Kind.UNOPENED: (
        N_("Con resultados que casi nadie abrió"),
        N_(
            "Preguntas con respuesta de las que a lo sumo una de cada diez llevó a abrir un "
            "documento. A veces basta con la respuesta breve; otras, lo hallado no servía."
        ),
    ),
    Kind.OTHER_LANGUAGE: (
        N_("Solo en otro idioma"),
        N_("Preguntas para las que no se mostró ningún pasaje en el idioma en que se hicieron."),
    ),
    Kind.NOTICED: (
        N_("Vacíos avisados"),
        N_("Preguntas en las que alguien pulsó «Avisar de este vacío»."),
    ),
}
"""What each kind is called, and what it holds."""
# The share of searches that led to a document, up to which a theme counts as unopened. Not zero: a
# single curious reader would hide that nearly all others found nothing worth opening.
MOST_OPENED = 0.1


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

    @property
    def also(self) -> tuple[Count, ...]:
        """The wordings that its name does not repeat."""
        return self.wordings[self.quoted :]


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

    @property
    def label(self) -> str:
        """What the kind is called, in the language of the request."""
        return _(NAMES[self.kind][0])

    @property
    def explained(self) -> str:
        """What the kind holds, in the language of the request."""
        return _(NAMES[self.kind][1])


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


DAYS = 30
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class GapsRequest:
    """What a report is wanted of; None is all."""

    days: int = DAYS
    kind: Kind | None = None
    toolkit: str | None = None
    goal: int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A model by name, and how it turns a question into a vector."""

    name: str
    embed: log.Embed


def gaps_report(
    index: Path,
    wanted: GapsRequest,
    model: Model,
    now: datetime,
    go_on: log.Progress = lambda _done, _total: True,
) -> Report:
    """The report for the folder of an index. Raises `RecordsUnusable`.

    New texts are embedded as long as `go_on` says so; the others are compared only literally.
    """
    span = Span((now - timedelta(days=wanted.days - 1)).date(), now.date())
    with closing(log.open_records(index, log.LOG_TABLES + log.VECTOR_TABLES)) as connection:
        uses = [
            use
            for use in log.read_usage(connection, span.since.isoformat())
            if wanted.toolkit in (None, use.toolkit)
            and (wanted.goal is None or wanted.goal in use.goals)
        ]
        # The most asked first, so these are embedded when the time does not suffice for all.
        texts = [usual_wording(same) for same in group_by_text(uses)]
        centre = _centre(connection, model) if texts else np.zeros(1, np.float32)
        known = log.vectors_of(connection, texts, model.name, model.embed, go_on)
    compared = {log.normalised(text): vector for text, vector in known.items()}
    kinds = [wanted.kind] if wanted.kind else list(Kind)
    return Report(
        since=span.since,
        until=span.until,
        weeks=span.weeks,
        searches=sum(use.searches for use in uses),
        answered=sum(use.searches for use in uses if use.outcome is log.Outcome.FOUND),
        sections=tuple(section_of(kind, uses, span, _grouper(compared, centre)) for kind in kinds),
        pending=len(texts) - len(compared),
    )


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


Grouping = Callable[[Sequence[str]], list[list[int]]]
"""Puts texts into groups, each a list of their positions."""


def section_of(kind: Kind, uses: Sequence[log.UsageCount], span: Span, group: Grouping) -> Section:
    """One kind of lack among these searches."""
    belonging = [use for use in uses if BELONGS[kind](use)]
    if kind is Kind.NOTICED:
        # Only those in which somebody reported the lack, not all that asked the same.
        belonging = [replace(use, searches=use.noticed) for use in belonging]
    # Of what exists in other languages only, one language each: a Spanish and an English wording
    # of a theme lack different things.
    apart = kind is Kind.OTHER_LANGUAGE
    parts: dict[str, list[log.UsageCount]] = {}
    for use in belonging:
        parts.setdefault(use.language if apart else "", []).append(use)
    groups = [together for language in sorted(parts) for together in _alike(parts[language], group)]
    lacking = [_lacking(kind, together) for together in groups]
    themes = [
        theme_of(together, span)
        for together in lacking
        if sum(use.searches for use in together) >= log.LEAST_SEARCHES
    ]
    # After grouping: whether a theme is opened at all shows only in all of its searches.
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


BELONGS: Mapping[Kind, Callable[[log.UsageCount], bool]] = {
    Kind.UNANSWERED: lambda use: use.outcome is not log.Outcome.FOUND,
    # Programs do not open documents, so only what people saw can stay unopened.
    Kind.UNOPENED: lambda use: (
        use.outcome is log.Outcome.FOUND and use.channel in (log.Channel.PAGE, log.Channel.WIDGET)
    ),
    Kind.OTHER_LANGUAGE: lambda use: (
        use.outcome is not log.Outcome.NO_RESULTS and use.language not in use.languages
    ),
    Kind.NOTICED: lambda use: use.noticed > 0,
}
"""Which searches may be of each kind; of `UNOPENED` only groups remain that few people opened."""


def _alike(uses: Sequence[log.UsageCount], group: Grouping) -> list[list[log.UsageCount]]:
    """Searches whose texts mean the same; those without a text belong to none."""
    ordered = group_by_text(uses)
    groups = group([usual_wording(same) for same in ordered])
    return [[use for place in places for use in ordered[place]] for places in groups]


def group_by_text(uses: Iterable[log.UsageCount]) -> list[list[log.UsageCount]]:
    """Searches with the same text together, the most asked first; without those that have none."""
    of_text: dict[str, list[log.UsageCount]] = {}
    for use in uses:
        if key := log.normalised(use.text):
            of_text.setdefault(key, []).append(use)
    return sorted(
        of_text.values(), key=lambda same: (-sum(u.searches for u in same), usual_wording(same))
    )


def _lacking(kind: Kind, together: list[log.UsageCount]) -> list[log.UsageCount]:
    """Of a group those searches that lack something. One wording that leads somewhere does not
    hide that the others do not."""
    if kind is not Kind.UNOPENED:
        return together
    opened = sum(use.opened for use in together)
    rarely = opened <= MOST_OPENED * sum(use.searches for use in together)
    return _unopened(together) if rarely else []


def _unopened(uses: Iterable[log.UsageCount]) -> list[log.UsageCount]:
    left = [replace(use, searches=use.searches - use.opened) for use in uses]
    return [use for use in left if use.searches]


def theme_of(uses: Sequence[log.UsageCount], span: Span) -> Theme:
    """Searches that mean the same, told without any text that few have asked."""
    wordings = _counted(
        (usual_wording(same), sum(u.searches for u in same)) for same in group_by_text(uses)
    )
    searches = sum(use.searches for use in uses)
    # The nearest material is ours and says nothing of who asked, so it may be shown at any count.
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


def usual_wording(same: Iterable[log.UsageCount]) -> str:
    """How a text was written most often; of equals the first in the alphabet, so that the same log
    always gives the same report."""
    written = Counter[str]()
    for use in same:
        written[use.text] += use.searches
    return min(written, key=lambda text: (-written[text], text))


def _counted(pairs: Iterable[tuple[str, int]]) -> tuple[Count, ...]:
    """Values with how many searches they have, most first, none with fewer than enough."""
    total = Counter[str]()
    for value, searches in pairs:
        total[value] += searches
    kept = [
        (value, count) for value, count in total.items() if value and count >= log.LEAST_SEARCHES
    ]
    return tuple(Count(*pair) for pair in sorted(kept, key=lambda pair: (-pair[1], pair[0])))


def _weekly(uses: Iterable[log.UsageCount], span: Span) -> tuple[int, ...]:
    weeks = dict.fromkeys(span.weeks, 0)  # weeks without searches are part of the chart
    for use in uses:
        weeks[monday(date.fromisoformat(use.day)).isoformat()] += use.searches
    return tuple(weeks.values())


MOST_TEXTS = 4_000  # compared with each other: 64 MB of similarities; rarer ones stand alone
_CALIBRATION_STEP = 3  # every third neutral passage is enough for what all texts have in common


def _grouper(known: Mapping[str, Floats], centre: Floats) -> Grouping:
    """Groups texts by meaning; those without a vector, or too many, stand alone."""

    def grouped(texts: Sequence[str]) -> list[list[int]]:
        places = [place for place, text in enumerate(texts) if log.normalised(text) in known]
        places = places[:MOST_TEXTS]
        alone = [[place] for place in sorted(set(range(len(texts))) - set(places))]
        if not places:
            return alone
        compared = np.stack([known[log.normalised(texts[place])] for place in places])
        groups = complete_linkage(centred(compared, centre))
        return [[places[row] for row in rows] for rows in groups] + alone

    return grouped


def _centre(connection: log.Connection, model: Model) -> Floats:
    """What all texts have in common for this model, measured on neutral prose once."""

    def measure(_text: str) -> Floats:
        passages = calibration_passages()[::_CALIBRATION_STEP]
        embedded = [model.embed(passage) for passage in passages]
        centre: Floats = np.mean(embedded, axis=0, dtype=np.float32)
        return centre

    text = log.CENTRE_TEXT
    return log.vectors_of(connection, [text], model.name, measure)[text]


# How alike, as cosine after centring, the two most different texts of a group are at least.
#
# Twelve subjects in five wordings each among 429 judged questions and their perturbations
# (`python -m benchmarks.gaps`): at .45 nine subjects are found (mostly one subject in its group,
# and at least half of it) with precision .64 over all texts, at .5 eleven with .71, at .55 ten with
# .79. Average linkage finds nine at best, and its largest groups swallow 19 to 48 questions. Of the
# twelve subjects that did not choose the number, .45 to .5 find all and .55 loses two.
LEAST_SIMILARITY = 0.5


def centred(vectors: Floats, centre: Floats) -> Floats:
    """Unit vectors without what all texts have in common: all cosines of this family of models lie
    above .75, whatever the texts say."""
    moved = vectors - centre
    unit: Floats = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
    return unit


def complete_linkage(vectors: Floats, least: float = LEAST_SIMILARITY) -> list[list[int]]:
    """Groups the rows of unit vectors `(texts, dimension)` by complete linkage, cut at `least`.

    A chain of nearest neighbours (Murtagh 1983) finds the same groups as merging the closest pair
    again and again, in quadratic time. Similarities only fall while groups grow, so what has no
    neighbour near enough is done.
    """
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -np.inf)
    members = [[row] for row in range(len(vectors))]
    waiting = np.ones(len(vectors), bool)
    chain: list[int] = []
    while chain or waiting.any():
        if not chain:
            chain.append(int(waiting.argmax()))
        here = chain[-1]
        near = np.where(waiting, alike[here], -np.inf)  # merged rows keep their old similarities
        nearest = int(near.argmax())
        if near[nearest] < least:
            waiting[here] = False
            chain.pop()
        # Two that are nearest to each other. `>=`, since of equals `argmax` may name a third and
        # the chain would then go in a circle.
        elif len(chain) > 1 and near[chain[-2]] >= near[nearest]:
            before = chain[-2]
            del chain[-2:]
            alike[before] = alike[:, before] = np.minimum(alike[before], alike[here])
            waiting[here] = False
            members[before] += members[here]
            members[here] = []
        else:
            chain.append(nearest)
    return [sorted(rows) for rows in members if rows]
