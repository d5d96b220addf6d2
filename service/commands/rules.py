"""`acervo rules show`, `check`, `publish` and `undo`."""

import sys
from argparse import Namespace
from contextlib import closing
from pathlib import Path

from rich.table import Table
from rich.text import Text

from search.embed import open_embedder
from search.searcher import open_searcher
from service.commands.console import out, progress_bar, write_json
from service.editorial import publish_rules, rules_in_force, rules_text, undo_rules
from service.errors import RulesRefused
from service.rules_schema import RulesModel
from service.settings import Settings
from service.trial import Trial, Trials, examine
from service.trial_schema import EffectModel, FirstModel, TrialModel, change_told, trial_model

_SHOWN = 20
"""Questions listed that gain or lose."""


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
    trial = _try(options, settings)
    _show(trial_model(trial), options)
    return int(bool(trial.mistakes or trial.fallen))


def publish(options: Namespace, settings: Settings) -> int:
    """Put a file in force unless it has mistakes or, without --force, harms a kind of question."""
    trial = _try(options, settings)
    model = trial_model(trial)
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


def _try(options: Namespace, settings: Settings) -> Trial:
    text = _read(options.file)
    trials = Trials(options.judged or settings.judged)
    embedder = open_embedder(options.model, settings.model_threads)
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
        for one in changes[:_SHOWN]:
            out.print(Text(f"  {one.id}: {one.text}: {change_told(one)}"))
        if len(changes) > _SHOWN:
            out.print(f"  … y {len(changes) - _SHOWN} más (con --json se ven todas)")
    for leader in effect.leaders:
        first, now = _named(leader.before), _named(leader.after)
        out.print(Text(f"«{leader.question}»: primero {first}; con el cambio, {now}"))


def _named(first: FirstModel | None) -> str:
    if first is None:
        return "nada"
    return f"«{first.title}»{f', p. {first.page}' if first.page else ''}"
