"""`acervo gaps`."""

from argparse import Namespace
from pathlib import Path

from rich.table import Table
from rich.text import Text

from search.embed import open_embedder
from service.commands.console import Bar, err, out, progress_bar, write_json
from service.gaps.gather import Asking, Model, gather
from service.gaps.kinds import EXPLAINED, NAMES, Kind
from service.gaps.names import counts_line, goals_line, languages_line, rarer_note, theme_name
from service.gaps.report import Report, Section
from service.gaps.schema import GapsResponse
from service.gaps.table import csv_of
from service.labels import counted, grouped
from service.records.log import utc_now
from service.records.tables import ENOUGH
from service.settings import Settings


def gaps(options: Namespace, settings: Settings) -> int:
    """The report of what people do not find, for people, as JSON or as a CSV file."""
    kind = Kind(options.kind) if options.kind else None
    asking = Asking(options.days, kind, options.toolkit, options.goal)
    report = _gathered(options.index, asking, options.model, settings)
    if options.csv:
        options.csv.write_text(csv_of(report), encoding="utf-8", newline="")
        err.print(Text(f"Escrito en {options.csv}."))
    if options.json:
        write_json(GapsResponse.from_report(report).model_dump(mode="json"))
    elif not options.csv:
        _print_report(report)
    return 0


def _gathered(index: Path, asking: Asking, location: str, settings: Settings) -> Report:
    embedder = open_embedder(location, settings.model_threads)
    model = Model(embedder.name, lambda text: embedder.embed_query(text).vector)
    with progress_bar("Comparando consultas") as bar:
        told = _Told(bar)
        return gather(index, asking, model, utc_now(), told)


class _Told:
    """Moves a bar on by what has been done since it was last told."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._done = 0

    def __call__(self, done: int, total: int) -> bool:
        self._bar.expect(total)
        self._bar.advance(done - self._done, f"{done} de {total}")
        self._done = done
        return True


def _print_report(report: Report) -> None:
    out.print(Text(f"Del {report.since} al {report.until}", style="bold"))
    if not report.searches:
        out.print("No hay ninguna consulta anotada en estos días.")
        return
    asked = counted(report.searches, "consulta", "consultas")
    out.print(Text(f"{asked}, {grouped(report.answered)} con respuesta."))
    for section in report.sections:
        _print_section(section)
    out.print(
        Text(
            f"\nSolo se muestran textos y temas con {ENOUGH} consultas o más; las demás se suman "
            "en «otras consultas».",
            style="dim",
        )
    )


def _print_section(section: Section) -> None:
    total = counted(section.searches, "consulta", "consultas")
    out.print(Text(f"\n{NAMES[section.kind]}: {total}", style="bold cyan"))
    out.print(Text(EXPLAINED[section.kind], style="dim"))
    if section.themes:
        table = Table("tema", "n.º", "por semana", "idiomas", "guías y ODS", "avisos", box=None)
        for theme in section.themes:
            near = [counts_line(theme.toolkits), goals_line(theme.goals)]
            table.add_row(
                Text(theme_name(theme)),
                str(theme.searches),
                " ".join(str(week) for week in theme.weeks),
                languages_line(theme),
                Text(" · ".join(part for part in near if part)),
                str(theme.noticed or ""),
            )
            also = [counts_line(theme.wordings[theme.quoted :]), rarer_note(theme)]
            if any(also):
                table.add_row(Text(f"  {' · '.join(part for part in also if part)}", style="dim"))
        out.print(table)
    if section.others:
        out.print(Text(f"Otras consultas: {section.others}", style="dim"))
