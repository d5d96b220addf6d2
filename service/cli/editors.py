"""Runs the commands of editors: `acervo rules …`, `acervo keys …` and `acervo gaps`."""

import sys
from argparse import Namespace
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from rich.table import Table
from rich.text import Text

from search.embedding.encoder import open_embedder
from search.errors import EvaluationError
from search.searcher import open_searcher
from service.cli.console import err, out, progress_bar, write_json
from service.errors import RecordsUnusable, RulesRefused
from service.labels import counted, grouped
from service.settings import Settings
from service.usage.gaps import (
    EXPLAINED,
    NAMES,
    GapsRequest,
    Kind,
    Model,
    Report,
    Section,
    gaps_report,
)
from service.usage.gaps_view import (
    GapsResponse,
    counts_line,
    csv_of,
    goals_line,
    languages_line,
    rarer_note,
    theme_name,
)
from service.usage.keys import create_key, list_keys, revoke_key
from service.usage.log import LEAST_SEARCHES, utc_now
from service.web.editorial import (
    EffectModel,
    FirstModel,
    RulesModel,
    Trial,
    TrialModel,
    Trials,
    change_told,
    examine,
    publish_rules,
    rules_in_force,
    rules_text,
    trial_model,
    undo_rules,
)

_MOST_LISTED = 20  # questions that gain, and as many that lose; `--json` gives all


def show(options: Namespace, settings: Settings) -> int:  # noqa: ARG001
    """The text in force, as it was written."""
    text = rules_text(options.index)
    if options.json:
        write_json(RulesModel.from_text(text).model_dump(mode="json"))
    elif text:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    else:
        out.print("No hay reglas editoriales en uso.")
    return 0


def check(options: Namespace, settings: Settings) -> int:
    """What is wrong with a file and what it would do; 1 when it cannot be published."""
    trial = _run_trial(options, settings)
    _show(trial_model(trial), options)
    return int(bool(trial.mistakes or trial.fallen))


def publish(options: Namespace, settings: Settings) -> int:
    """Put a file in force unless it has mistakes or, without --force, harms a kind of question."""
    trial = _run_trial(options, settings)
    model = trial_model(trial)
    # --force overrides the measure, never a mistake: wrong rules could not be served.
    done = not trial.mistakes and (options.force or not trial.fallen)
    if done:
        publish_rules(options.index, trial.text)
    if options.json:
        write_json({"published": done, **model.model_dump(mode="json")})
        return int(not done)
    _print_trial(model)
    if done:
        out.print("Publicado. Se vuelve atrás con «acervo rules undo».")
    else:
        cause = "hay errores" if trial.mistakes else "con --force se publica de todos modos"
        out.print(Text(f"No se publicó: {cause}.", style="red"))
    return int(not done)


def undo(options: Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Put what was in force before in force again."""
    model = RulesModel.from_text(undo_rules(options.index))
    if options.json:
        write_json(model.model_dump(mode="json"))
        return 0
    counts = f"{len(model.pins)} destacados, {len(model.hidden)} ocultos, "
    out.print(f"En uso, las reglas anteriores: {counts}{len(model.synonyms)} sinónimos.")
    return 0


def _run_trial(options: Namespace, settings: Settings) -> Trial:
    text = _read(options.file)
    # Without judged questions rules are not measured; a wrong path would look the same.
    if options.judged and not options.judged.is_file():
        raise EvaluationError(f"no existe «{options.judged}»")
    trials = Trials(options.judged or settings.judged)
    embedder = open_embedder(options.model, settings.model_threads)
    # Compared with the rules in force, not with none: that is what users would notice.
    with closing(open_searcher(options.index, embedder, rules_in_force(options.index))) as searcher:
        trial = examine(text, searcher)
        if trial.mistakes or not trials.measuring:
            return trial
        with progress_bar("Preguntando") as bar:
            return trials.run(trial, searcher, lambda more: bar.advance(more, "consultas"))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RulesRefused(f"no se puede leer «{path}» ({error})") from error


def _show(model: TrialModel, options: Namespace) -> None:
    if options.json:
        write_json(model.model_dump(mode="json"))
    else:
        _print_trial(model)


def _print_trial(model: TrialModel) -> None:
    for mistake in model.mistakes:
        out.print(Text(f"{mistake.place}: {mistake.detail}", style="red"))
    if model.effect:
        _print_effect(model.effect)
    elif model.ok:
        out.print("Sin errores. No hay consultas juzgadas con que medir el efecto.")
    for kind in model.fallen:
        out.print(Text(f"Atención: «{kind}» baja más de lo tolerado.", style="red"))


def _print_effect(effect: EffectModel) -> None:
    out.print(f"Sin errores. El cambio toca {effect.asked} de {effect.queries} consultas juzgadas.")
    table = Table("tipo", "consultas", "nDCG@10", "acierto@3", "cita buena o silencio", box=None)
    # Kinds that stay as they are would fill the screen.
    for row in effect.kinds:
        pairs = zip(row.before.model_dump().values(), row.after.model_dump().values(), strict=True)
        changed = row.before != row.after
        cells = [f"{before:.3f} → {after:.3f}" for before, after in pairs]
        if changed:
            table.add_row(row.kind, str(row.queries), *cells, style="red" if row.fallen else "")
    if table.row_count:
        out.print(table)
    for name, changes in (("Ganan", effect.gained), ("Pierden", effect.lost)):
        if changes:
            out.print(f"{name}:")
        for one in changes[:_MOST_LISTED]:
            out.print(Text(f"  {one.id}: {one.text}: {change_told(one)}"))
        if len(changes) > _MOST_LISTED:
            out.print(f"  … y {len(changes) - _MOST_LISTED} más (con --json se ven todas)")
    for leader in effect.leaders:
        first, now = _first_text(leader.before), _first_text(leader.after)
        out.print(Text(f"«{leader.question}»: primero {first}; con el cambio, {now}"))


def _first_text(first: FirstModel | None) -> str:
    if first is None:
        return "nada"
    return f"«{first.title}»{f', p. {first.page}' if first.page else ''}"


def create(options: Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Make a key and show it, alone on stdout so that it can be piped into a secret store."""
    token = create_key(options.index, options.name)
    if options.json:
        write_json({"name": options.name, "key": token})
        return 0
    # `Text` here and elsewhere: square brackets in a name would be markup to `print`.
    err.print(Text(f"Clave de «{options.name}». Guárdela ahora: no se volverá a mostrar."))
    out.print(Text(token))
    return 0


def listing(options: Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Names and dates; the keys themselves are known to their holders only."""
    keys = list_keys(options.index)
    if options.json:
        write_json({"keys": [asdict(key) for key in keys]})
    elif not keys:
        out.print("No hay ninguna clave: cree una con «acervo keys create NOMBRE».")
    else:
        table = Table("nombre", "creada", box=None)
        for key in keys:
            table.add_row(Text(key.name), key.created)
        out.print(table)
    return 0


def revoke(options: Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Take a key back."""
    revoke_key(options.index, options.name)
    if options.json:
        write_json({"revoked": options.name})
    else:
        out.print(Text(f"Clave de «{options.name}» retirada."))
    return 0


def gaps(options: Namespace, settings: Settings) -> int:
    """The report of what people do not find, for people, as JSON or as a CSV file."""
    kind = Kind(options.kind) if options.kind else None
    wanted = GapsRequest(options.days, kind, options.toolkit, options.goal)
    report = _make_report(options.index, wanted, options.model, settings)
    if options.csv:
        try:
            options.csv.write_text(csv_of(report), encoding="utf-8", newline="")
        except OSError as error:
            raise RecordsUnusable(
                f"no se pudo escribir «{options.csv}» ({error.strerror}): elija otro lugar"
            ) from error
        err.print(Text(f"Escrito en {options.csv}."))
    if options.json:
        write_json(GapsResponse.from_report(report).model_dump(mode="json"))
    elif not options.csv:
        _print_report(report)
    return 0


def _make_report(index: Path, wanted: GapsRequest, location: str, settings: Settings) -> Report:
    embedder = open_embedder(location, settings.model_threads)
    model = Model(embedder.name, lambda text: embedder.embed_query(text).vector)
    with progress_bar("Comparando consultas") as bar:
        embedded = 0

        def advance(done: int, total: int) -> bool:
            """The report says how many are done in all, a bar wants to know how many more."""
            nonlocal embedded
            bar.expect(total)
            bar.advance(done - embedded, f"{done} de {total}")
            embedded = done
            return True  # here somebody waits, so all texts are embedded however long it takes

        return gaps_report(index, wanted, model, utc_now(), advance)


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
            f"\nSolo se muestran textos y temas con {LEAST_SEARCHES} consultas o más; las demás "
            "se suman en «otras consultas».",
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
            # A theme that is named by its first wording does not repeat it.
            also = [counts_line(theme.wordings[theme.quoted :]), rarer_note(theme)]
            if any(also):
                table.add_row(Text(f"  {' · '.join(part for part in also if part)}", style="dim"))
        out.print(table)
    if section.others:
        out.print(Text(f"Otras consultas: {section.others}", style="dim"))
