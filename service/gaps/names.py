"""Values of the report → what they are called on pages, in tables and in files."""

from service.gaps.report import Count, Theme
from service.i18n import _
from service.labels import language_name, quoted
from service.records.tables import ENOUGH


def theme_name(theme: Theme) -> str:
    """«Texto» as asked, or the nearest material where no text may be shown."""
    if theme.quoted:
        return quoted(theme.name)
    if not theme.name:
        return _("Tema sin material cercano")
    return _("Cerca de «{subject}»").format(subject=theme.name)


def rarer_note(theme: Theme) -> str:
    """How many searches say it in words that too few have used to be shown; else nothing."""
    if not theme.rarer:
        return ""
    return _("{n} con otras palabras, cada una menos de {enough} veces").format(
        n=theme.rarer, enough=ENOUGH
    )


def counts_line(counts: tuple[Count, ...], prefix: str = "") -> str:
    """«guía local (12), guía nacional (7)»."""
    return ", ".join(f"{prefix}{count.value} ({count.searches})" for count in counts)


def goals_line(counts: tuple[Count, ...]) -> str:
    """«ODS 16 (12), ODS 5 (7)»."""
    return counts_line(counts, _("ODS") + " ")


def languages_line(theme: Theme) -> str:
    """«español → inglés»: in what people asked, and in what there is something."""
    asked = ", ".join(language_name(count.value) for count in theme.languages) or _("varios")
    found = ", ".join(language_name(code) for code in theme.found_in) or _("ninguno")
    return f"{asked} → {found}"
