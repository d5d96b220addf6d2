"""Shows the report of gaps in three forms: for its page, as a CSV file, and as JSON."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from io import StringIO
from urllib.parse import urlencode

from pydantic import BaseModel, Field

from search.documents import Document
from service.i18n import N_, _
from service.labels import BYTE_ORDER_MARK, language_name, quoted, spreadsheet_cell
from service.links import localised
from service.usage import gaps
from service.usage.log import LEAST_SEARCHES

PERIODS = (7, 30, 90, 365)
# What the page shows of each kind and of each theme; the CSV file holds all.
MOST_THEMES = 25
MOST_WORDINGS = 6

WIDTH, HEIGHT = 240, 48
_BAR_GAP = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One week: where its bar stands, and what it says."""

    week: str
    searches: int
    x: float
    y: float
    width: float
    height: float


def bars(weeks: Sequence[str], searches: Sequence[int]) -> list[Bar]:
    """A bar for each week; the highest takes all the height, one search is still to be seen."""
    most = max(searches, default=0) or 1  # a report without any search still draws its line
    step = WIDTH / max(1, len(weeks))
    width = round(max(1.0, step - _BAR_GAP), 1)
    result = []
    for place, (week, count) in enumerate(zip(weeks, searches, strict=True)):
        height = max(2.0, round(HEIGHT * count / most, 1)) if count else 0.0
        x, y = round(place * step + _BAR_GAP / 2, 1), round(HEIGHT - height, 1)
        result.append(Bar(week, count, x, y, width, height))
    return result


Row = Mapping[str, object]
"""What the template shows of a kind or of a theme, by the names that it uses."""


@dataclass(frozen=True, slots=True)
class GapsView:
    """The page."""

    wanted: gaps.GapsRequest
    report: gaps.Report
    sections: list[Row]
    kinds: list[tuple[str, str]]
    toolkits: list[str]
    periods: list[int]
    download: str
    whole: str


def gaps_view(wanted: gaps.GapsRequest, report: gaps.Report, toolkits: list[str]) -> GapsView:
    """Everything the template needs; `toolkits` are those one may filter by."""
    return GapsView(
        wanted=wanted,
        report=report,
        sections=[_section_row(section, report) for section in report.sections],
        kinds=[(kind.value, _(gaps.NAMES[kind][0])) for kind in gaps.Kind],
        toolkits=toolkits,
        periods=sorted({*PERIODS, wanted.days}),
        download=gaps_url("/vacios.csv", wanted),
        whole=gaps_url("/vacios", replace(gaps.GapsRequest(), days=wanted.days)),
    )


def _section_row(section: gaps.Section, report: gaps.Report) -> Row:
    return {
        "section": section,
        "label": section.label,
        "explained": section.explained,
        "themes": [_theme_row(theme, report) for theme in section.themes[:MOST_THEMES]],
        "more": max(0, len(section.themes) - MOST_THEMES),
        **_nearest(section),
    }


def _theme_row(theme: gaps.Theme, report: gaps.Report) -> Row:
    return {
        "theme": theme,
        "name": theme_name(theme),
        "wordings": counts_line(theme.also[:MOST_WORDINGS]),
        "rarer": rarer_note(theme),
        "languages": languages_line(theme),
        "bars": bars(report.weeks, theme.weeks),
        **_nearest(theme),
    }


def _nearest(told: gaps.Section | gaps.Theme) -> Row:
    return {"toolkits": counts_line(told.toolkits), "goals": goals_line(told.goals)}


def gaps_url(path: str, wanted: gaps.GapsRequest) -> str:
    """An address that asks for this report."""
    parameters = {
        "dias": str(wanted.days) if wanted.days != gaps.DAYS else "",
        "tipo": wanted.kind or "",
        "guia": wanted.toolkit or "",
        "ods": str(wanted.goal or ""),
    }
    query = urlencode({name: value for name, value in parameters.items() if value})
    return localised(f"{path}?{query}" if query else path)


def gaps_request(days: str, kind: str, toolkit: str, goal: str) -> gaps.GapsRequest:
    """What a form asked for; what cannot be understood is as if it was not asked."""
    # Short enough to be a number of days: `int` refuses texts of thousands of digits.
    number = int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else gaps.DAYS
    goals = {str(number): number for number in range(1, 18)}
    return gaps.GapsRequest(
        days=min(max(1, number), gaps.MOST_DAYS),
        kind=gaps.Kind(kind) if kind in list(gaps.Kind) else None,
        toolkit=toolkit or None,
        goal=goals.get(goal),
    )


def toolkits_of(documents: list[Document]) -> list[str]:
    """The guides of the collection, by name."""
    return sorted({document.toolkit for document in documents if document.toolkit})


def theme_name(theme: gaps.Theme) -> str:
    """«Texto» as asked, or the nearest material where no text may be shown."""
    if theme.quoted:
        return quoted(theme.name)
    if not theme.name:
        return _("Tema sin material cercano")
    return _("Cerca de «{subject}»").format(subject=theme.name)


def rarer_note(theme: gaps.Theme) -> str:
    """How many searches say it in words that too few have used to be shown; else nothing."""
    if not theme.rarer:
        return ""
    return _("{n} con otras palabras, cada una menos de {enough} veces").format(
        n=theme.rarer, enough=LEAST_SEARCHES
    )


def counts_line(counts: tuple[gaps.Count, ...], prefix: str = "") -> str:
    """«guía local (12), guía nacional (7)»."""
    return ", ".join(f"{prefix}{count.value} ({count.searches})" for count in counts)


def goals_line(counts: tuple[gaps.Count, ...]) -> str:
    """«ODS 16 (12), ODS 5 (7)»."""
    return counts_line(counts, _("ODS") + " ")


def languages_line(theme: gaps.Theme) -> str:
    """«español → inglés»: in what people asked, and in what there is something."""
    asked = ", ".join(language_name(count.value) for count in theme.languages) or _("varios")
    found = ", ".join(language_name(code) for code in theme.found_in) or _("ninguno")
    return f"{asked} → {found}"


# What the CSV file tells of a theme, between its kind and its weeks.
_COLUMNS: Mapping[str, Callable[[gaps.Theme], str | int]] = {
    N_("Tema"): theme_name,
    N_("Búsquedas"): lambda theme: theme.searches,
    N_("Formas de preguntarlo"): lambda theme: counts_line(theme.wordings),
    N_("Otras formas"): lambda theme: theme.rarer,
    N_("Avisos"): lambda theme: theme.noticed,
    N_("Idiomas"): languages_line,
    N_("Guías"): lambda theme: counts_line(theme.toolkits),
    N_("ODS"): lambda theme: goals_line(theme.goals),
}


def csv_of(report: gaps.Report) -> str:
    """One line a theme, one more for what is told of no theme; weeks are columns."""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    weeks = [f"{_('Semana del')} {week}" for week in report.weeks]
    heads = [_("Tipo"), *map(_, _COLUMNS), *weeks]
    writer.writerow(heads)
    for section in report.sections:
        for theme in section.themes:
            cells = [section.label, *(tell(theme) for tell in _COLUMNS.values()), *theme.weeks]
            writer.writerow(map(spreadsheet_cell, cells))
        # So that the rows of a kind add up to its searches.
        rest = [section.label, _("Otras consultas"), section.others]
        writer.writerow(rest + [""] * (len(heads) - len(rest)))
    return BYTE_ORDER_MARK + file.getvalue()


class CountModel(BaseModel):
    """A value and how many searches go with it; never fewer than five."""

    value: str
    searches: int


class ThemeModel(BaseModel):
    """Questions that mean the same."""

    name: str
    quoted: bool = Field(description="Si «name» es el texto de una consulta o el material cercano")
    searches: int
    wordings: list[CountModel] = Field(description="Textos pedidos cinco veces o más")
    rarer: int = Field(description="Búsquedas con textos que no se muestran")
    noticed: int = Field(description="Veces que se avisó del vacío")
    languages: list[CountModel]
    found_in: list[str] = Field(description="Idiomas de lo que se mostró")
    toolkits: list[CountModel]
    goals: list[CountModel]
    weeks: list[int]


class SectionModel(BaseModel):
    """All of one kind."""

    kind: gaps.Kind
    label: str
    searches: int
    others: int = Field(description="Búsquedas de este tipo que no están en ningún tema")
    themes: list[ThemeModel]
    toolkits: list[CountModel]
    goals: list[CountModel]
    weeks: list[int]


class GapsResponse(BaseModel):
    """What people did not find."""

    since: date
    until: date
    weeks: list[str] = Field(description="Lunes de cada semana")
    searches: int
    answered: int
    pending: int = Field(description="Textos que aún no se pudieron comparar por su significado")
    sections: list[SectionModel]

    @classmethod
    def from_report(cls, report: gaps.Report) -> "GapsResponse":
        """The same for HTTP and the command line."""
        return cls.model_validate(report, from_attributes=True)
