"""A report → a CSV file that spreadsheets open."""

import csv
from io import StringIO

from service.gaps.kinds import NAMES
from service.gaps.names import counts_line, goals_line, languages_line, theme_name
from service.gaps.report import Report, Section, Theme
from service.i18n import _

BYTE_ORDER_MARK = "\ufeff"
"""Without it spreadsheets take accents for something else."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(report: Report) -> str:
    """One line a theme, one more for what is told of no theme; weeks are columns."""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    heads = [
        *(_("Tipo"), _("Tema"), _("Búsquedas"), _("Formas de preguntarlo"), _("Otras formas")),
        *(_("Avisos"), _("Idiomas"), _("Guías"), _("ODS")),
    ]
    writer.writerow([*heads, *(f"{_('Semana del')} {week}" for week in report.weeks)])
    for section in report.sections:
        for theme in section.themes:
            writer.writerow([_safe(cell) for cell in _line(section, theme)])
        rest = [_(NAMES[section.kind]), _("Otras consultas"), section.others]
        writer.writerow([*rest, *[""] * (len(heads) - 3 + len(report.weeks))])
    return BYTE_ORDER_MARK + file.getvalue()


def _line(section: Section, theme: Theme) -> list[str | int]:
    return [
        _(NAMES[section.kind]),
        theme_name(theme),
        theme.searches,
        counts_line(theme.wordings),
        theme.rarer,
        theme.noticed,
        languages_line(theme),
        counts_line(theme.toolkits),
        goals_line(theme.goals),
        *theme.weeks,
    ]


def _safe(cell: str | int) -> str | int:
    """Nothing that a spreadsheet would run: what was asked was written by strangers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
