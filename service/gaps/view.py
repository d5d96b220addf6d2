"""A report and what was asked of it → what the page of gaps shows."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from search.types import Document
from service.gaps.chart import Bar, bars
from service.gaps.gather import DAYS, MOST_DAYS, Asking
from service.gaps.kinds import EXPLAINED, NAMES, Kind
from service.gaps.names import counts_line, goals_line, languages_line, rarer_note, theme_name
from service.gaps.report import Report, Section, Theme
from service.i18n import _
from service.links import localised

PERIODS = (7, 30, 90, 365)

MOST_THEMES = 25
MOST_WORDINGS = 6
"""What a page shows of each kind and of each theme; the file holds all."""


@dataclass(frozen=True, slots=True)
class ThemeView:
    """One row."""

    theme: Theme
    name: str
    wordings: str
    rarer: str
    languages: str
    toolkits: str
    goals: str
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class SectionView:
    """One kind with its rows."""

    section: Section
    label: str
    explained: str
    toolkits: str
    goals: str
    themes: list[ThemeView]
    more: int


@dataclass(frozen=True, slots=True)
class GapsView:
    """The page."""

    asking: Asking
    report: Report
    sections: list[SectionView]
    kinds: list[tuple[str, str]]
    toolkits: list[str]
    periods: list[int]
    download: str
    whole: str


def gaps_view(asking: Asking, report: Report, toolkits: list[str]) -> GapsView:
    """Everything the template needs; `toolkits` are those one may filter by."""
    return GapsView(
        asking=asking,
        report=report,
        sections=[_section_view(section, report) for section in report.sections],
        kinds=[(kind.value, _(NAMES[kind])) for kind in Kind],
        toolkits=toolkits,
        periods=sorted({*PERIODS, asking.days}),
        download=gaps_url("/vacios.csv", asking),
        whole=gaps_url("/vacios", replace(Asking(), days=asking.days)),
    )


def _section_view(section: Section, report: Report) -> SectionView:
    return SectionView(
        section=section,
        label=_(NAMES[section.kind]),
        explained=_(EXPLAINED[section.kind]),
        toolkits=counts_line(section.toolkits),
        goals=goals_line(section.goals),
        themes=[_theme_view(theme, report) for theme in section.themes[:MOST_THEMES]],
        more=max(0, len(section.themes) - MOST_THEMES),
    )


def _theme_view(theme: Theme, report: Report) -> ThemeView:
    wordings = theme.wordings[theme.quoted :][:MOST_WORDINGS]
    return ThemeView(
        theme=theme,
        name=theme_name(theme),
        wordings=counts_line(wordings),
        rarer=rarer_note(theme),
        languages=languages_line(theme),
        toolkits=counts_line(theme.toolkits),
        goals=goals_line(theme.goals),
        bars=bars(report.weeks, theme.weeks),
    )


def gaps_url(path: str, asking: Asking) -> str:
    """An address that asks for this report."""
    parameters = {
        "dias": str(asking.days) if asking.days != DAYS else "",
        "tipo": asking.kind or "",
        "guia": asking.toolkit or "",
        "ods": str(asking.goal or ""),
    }
    query = urlencode({name: value for name, value in parameters.items() if value})
    return localised(f"{path}?{query}" if query else path)


def asking_of(days: str, kind: str, toolkit: str, goal: str) -> Asking:
    """What a form asked for; what cannot be understood is as if it was not asked."""
    number = int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else DAYS
    goals = {str(number): number for number in range(1, 18)}
    return Asking(
        days=min(max(1, number), MOST_DAYS),
        kind=Kind(kind) if kind in list(Kind) else None,
        toolkit=toolkit or None,
        goal=goals.get(goal),
    )


def toolkits_of(documents: list[Document]) -> list[str]:
    """The guides of the collection, by name."""
    return sorted({document.toolkit for document in documents if document.toolkit})
