"""Runs the commands of editors: `acervo rules …`, `acervo keys …` and `acervo gaps`."""

import sys
from argparse import Namespace
from contextlib import closing
from pathlib import Path

from rich.table import Table
from rich.text import Text

from search.embedding.encoder import open_embedder
from search.errors import EvaluationError
from search.index import open_engine
from search.searcher import open_searcher
from service.cli.console import err, out, print_table, progress_bar, say, write_json
from service.errors import RecordsUnusable, RulesRefused
from service.labels import counted, grouped
from service.settings import Settings
from service.usage import gaps as lacks
from service.usage import gaps_view
from service.usage.keys import create_key, list_keys, revoke_key
from service.usage.log import LEAST_SEARCHES, utc_now
from service.web import editorial

_MOST_LISTED = 20  # questions that gain, and as many that lose; `--json` gives all


def show(options: Namespace, settings: Settings) -> None:  # noqa: ARG001
    """The text in force, as it was written."""
    text = editorial.rules_text(_whole(options.index))
    if options.json:
        write_json(editorial.RulesModel.from_text(text))
    elif text:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    else:
        out.print("No hay reglas editoriales en uso.")


def _whole(index: Path) -> Path:
    """The folder of an index that can be opened: what editors keep in it would else be missing
    without a word. Raises `IndexMissing` and `IndexDamaged`."""
    open_engine(index).close()
    return index


def check(options: Namespace, settings: Settings) -> int:
    """What is wrong with a file and what it would do; 1 when it cannot be published."""
    trial = _run_trial(options, settings)
    model = editorial.trial_model(trial)
    if options.json:
        write_json(model)
    else:
        _print_trial(model)
    return int(bool(trial.mistakes or trial.fallen))


def publish(options: Namespace, settings: Settings) -> int:
    """Put a file in force unless it has mistakes or, without --force, harms a kind of question."""
    trial = _run_trial(options, settings)
    model = editorial.trial_model(trial)
    # --force overrides the measure, never a mistake: wrong rules could not be served.
    done = not trial.mistakes and (options.force or not trial.fallen)
    if done:
        editorial.publish_rules(options.index, trial.text)
    if options.json:
        write_json({"published": done, **dict(model)})
        return int(not done)
    _print_trial(model)
    if done:
        out.print("Publicado. Se vuelve atrás con «acervo rules undo».")
    else:
        cause = "hay errores" if trial.mistakes else "con --force se publica de todos modos"
        say(f"No se publicó: {cause}.", "red")
    return int(not done)


def undo(options: Namespace, settings: Settings) -> None:  # noqa: ARG001
    """Put what was in force before in force again."""
    model = editorial.RulesModel.from_text(editorial.undo_rules(options.index))
    if options.json:
        write_json(model)
    else:
        counts = f"{len(model.pins)} destacados, {len(model.hidden)} ocultos, "
        out.print(f"En uso, las reglas anteriores: {counts}{len(model.synonyms)} sinónimos.")


def _run_trial(options: Namespace, settings: Settings) -> editorial.Trial:
    try:
        text = options.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RulesRefused(f"no se puede leer «{options.file}» ({error})") from error
    # Without judged questions rules are not measured; a wrong path would look the same.
    if options.judged and not options.judged.is_file():
        raise EvaluationError(f"no existe «{options.judged}»")
    trials = editorial.Trials(options.judged or settings.judged)
    embedder = open_embedder(options.model, settings.model_threads)
    # Compared with the rules in force, not with none: that is what users would notice.
    rules = editorial.rules_in_force(options.index)
    with closing(open_searcher(options.index, embedder, rules)) as searcher:
        trial = editorial.examine(text, searcher)
        if trial.mistakes or not trials.measuring:
            return trial
        with progress_bar("Preguntando") as bar:
            return trials.run(trial, searcher, lambda more: bar.advance(more, "consultas"))


def _print_trial(model: editorial.TrialModel) -> None:
    for mistake in model.mistakes:
        say(f"{mistake.place}: {mistake.detail}", "red")
    if model.effect:
        _print_effect(model.effect)
    elif model.ok:
        out.print("Sin errores. No hay consultas juzgadas con que medir el efecto.")
    for kind in model.fallen:
        say(f"Atención: «{kind}» baja más de lo tolerado.", "red")


def _print_effect(effect: editorial.EffectModel) -> None:
    out.print(f"Sin errores. El cambio toca {effect.asked} de {effect.queries} consultas juzgadas.")
    table = Table("tipo", "consultas", "nDCG@10", "acierto@3", "cita buena o silencio", box=None)
    for row in effect.kinds:
        pairs = zip(dict(row.before).values(), dict(row.after).values(), strict=True)
        cells = [f"{before:.3f} → {after:.3f}" for before, after in pairs]
        # Kinds that stay as they are would fill the screen.
        if row.before != row.after:
            table.add_row(row.kind, str(row.queries), *cells, style="red" if row.fallen else "")
    if table.row_count:
        out.print(table)
    for name, changes in (("Ganan", effect.gained), ("Pierden", effect.lost)):
        if changes:
            out.print(f"{name}:")
        for one in changes[:_MOST_LISTED]:
            say(f"  {one.id}: {one.text}: {editorial.change_told(one)}")
        if len(changes) > _MOST_LISTED:
            out.print(f"  … y {len(changes) - _MOST_LISTED} más (con --json se ven todas)")
    for leader in effect.leaders:
        first, now = _first_text(leader.before), _first_text(leader.after)
        say(f"«{leader.question}»: primero {first}; con el cambio, {now}")


def _first_text(first: editorial.FirstModel | None) -> str:
    if first is None:
        return "nada"
    return f"«{first.title}»{f', p. {first.page}' if first.page else ''}"


def create(options: Namespace, settings: Settings) -> None:  # noqa: ARG001
    """Make a key and show it, alone on stdout so that it can be piped into a secret store."""
    token = create_key(_whole(options.index), options.name)
    if options.json:
        write_json({"name": options.name, "key": token})
    else:
        # `Text`: square brackets in a name would be markup to `print`.
        err.print(Text(f"Clave de «{options.name}». Guárdela ahora: no se volverá a mostrar."))
        say(token)


def listing(options: Namespace, settings: Settings) -> None:  # noqa: ARG001
    """Names and dates; the keys themselves are known to their holders only."""
    keys = list_keys(_whole(options.index))
    if options.json:
        write_json({"keys": keys})
    elif not keys:
        out.print("No hay ninguna clave: cree una con «acervo keys create NOMBRE».")
    else:
        print_table(["nombre", "creada"], ([Text(key.name), key.created] for key in keys), "left")


def revoke(options: Namespace, settings: Settings) -> None:  # noqa: ARG001
    """Take a key back."""
    revoke_key(_whole(options.index), options.name)
    if options.json:
        write_json({"revoked": options.name})
    else:
        say(f"Clave de «{options.name}» retirada.")


def gaps(options: Namespace, settings: Settings) -> int:
    """The report of what people do not find, for people, as JSON or as a CSV file."""
    kind = lacks.Kind(options.kind) if options.kind else None
    wanted = lacks.GapsRequest(options.days, kind, options.toolkit, options.goal)
    index = _whole(options.index)
    embedder = open_embedder(options.model, settings.model_threads)
    model = lacks.Model(embedder.name, lambda text: embedder.embed_query(text).vector)
    with progress_bar("Comparando consultas") as bar:

        def advance(done: int, total: int) -> bool:
            bar.reach(done, total, f"{done} de {total}")
            return True  # here somebody waits, so all texts are embedded however long it takes

        report = lacks.gaps_report(index, wanted, model, utc_now(), advance)
    if options.csv:
        try:
            options.csv.write_text(gaps_view.csv_of(report), encoding="utf-8", newline="")
        except OSError as error:
            raise RecordsUnusable(
                f"no se pudo escribir «{options.csv}» ({error.strerror}): elija otro lugar"
            ) from error
        err.print(Text(f"Escrito en {options.csv}."))
    if options.json:
        write_json(gaps_view.GapsResponse.from_report(report))
    elif not options.csv:
        _print_report(report)
    return 0


def _print_report(report: lacks.Report) -> None:
    say(f"Del {report.since} al {report.until}", "bold")
    if not report.searches:
        out.print("No hay ninguna consulta anotada en estos días.")
        return
    asked = counted(report.searches, "consulta", "consultas")
    say(f"{asked}, {grouped(report.answered)} con respuesta.")
    for section in report.sections:
        _print_section(section)
    say(
        f"\nSolo se muestran textos y temas con {LEAST_SEARCHES} consultas o más; las demás "
        "se suman en «otras consultas».",
        "dim",
    )


def _print_section(section: lacks.Section) -> None:
    say(f"\n{section.label}: {counted(section.searches, 'consulta', 'consultas')}", "bold cyan")
    say(section.explained, "dim")
    if section.themes:
        table = Table("tema", "n.º", "por semana", "idiomas", "guías y ODS", "avisos", box=None)
        for theme in section.themes:
            near = [gaps_view.counts_line(theme.toolkits), gaps_view.goals_line(theme.goals)]
            table.add_row(
                Text(gaps_view.theme_name(theme)),
                str(theme.searches),
                " ".join(map(str, theme.weeks)),
                gaps_view.languages_line(theme),
                Text(" · ".join(filter(None, near))),
                str(theme.noticed or ""),
            )
            also = [gaps_view.counts_line(theme.also), gaps_view.rarer_note(theme)]
            if any(also):
                table.add_row(Text(f"  {' · '.join(filter(None, also))}", style="dim"))
        out.print(table)
    if section.others:
        say(f"Otras consultas: {section.others}", "dim")
