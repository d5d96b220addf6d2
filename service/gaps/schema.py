"""A report → the JSON object that the API and `acervo gaps --json` give."""

from datetime import date

from pydantic import BaseModel, Field

from service.gaps.kinds import NAMES, Kind
from service.gaps.report import Count, Report, Section, Theme
from service.i18n import _


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

    kind: Kind
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
    def from_report(cls, report: Report) -> "GapsResponse":
        """The same for HTTP and the command line."""
        return cls(
            since=report.since,
            until=report.until,
            weeks=list(report.weeks),
            searches=report.searches,
            answered=report.answered,
            pending=report.pending,
            sections=[_section(section) for section in report.sections],
        )


def _section(section: Section) -> SectionModel:
    return SectionModel(
        kind=section.kind,
        label=_(NAMES[section.kind]),
        searches=section.searches,
        others=section.others,
        themes=[_theme(theme) for theme in section.themes],
        toolkits=_counts(section.toolkits),
        goals=_counts(section.goals),
        weeks=list(section.weeks),
    )


def _theme(theme: Theme) -> ThemeModel:
    return ThemeModel(
        name=theme.name,
        quoted=theme.quoted,
        searches=theme.searches,
        wordings=_counts(theme.wordings),
        rarer=theme.rarer,
        noticed=theme.noticed,
        languages=_counts(theme.languages),
        found_in=list(theme.found_in),
        toolkits=_counts(theme.toolkits),
        goals=_counts(theme.goals),
        weeks=list(theme.weeks),
    )


def _counts(counts: tuple[Count, ...]) -> list[CountModel]:
    return [CountModel(value=count.value, searches=count.searches) for count in counts]
