"""`/reglas`: the page where editors write, check and publish rules; it needs no JavaScript."""

import logging
from dataclasses import dataclass

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from service.bodies import from_our_form, read_form
from service.editorial import digest, publish_rules, rules_text, undo_rules
from service.errors import RulesChanged, RulesRefused
from service.i18n import _
from service.keys import Editor
from service.links import localised
from service.rendering import render
from service.routes.rules import start
from service.serving import Held, Serving
from service.tasks import Task
from service.trial import examine
from service.trial_schema import TrialModel, change_told, trial_model

logger = logging.getLogger(__name__)

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

ADDRESS = "/reglas"
_PATIENCE = 3.0
"""Seconds that the page waits for a measurement before it says how far it is, every two."""


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows: the text in the box, the version that was edited, and what is known
    of the text."""

    editor: str
    text: str
    version: str
    trial: TrialModel | None = None
    running: Task | None = None
    note: str = ""
    wrong: str = ""


@router.get(ADDRESS)
async def page(
    editor: Editor, held: Held, tarea: str | None = None, hecho: str | None = None
) -> Response:
    """The rules in force, or a text that is being measured with its result."""
    if tarea is not None:
        return await _task_page(editor, held, tarea)
    notes = {
        "publicado": _("Publicado. Entra en uso en unos segundos."),
        "deshecho": _("Han vuelto las reglas anteriores. Entran en uso en unos segundos."),
    }
    text = rules_text(held.index)
    return _shown(View(editor, text, digest(text), note=notes.get(hecho or "", "")))


@router.post(ADDRESS, dependencies=[Depends(from_our_form)])
async def order(editor: Editor, request: Request, held: Held) -> Response:
    """Check, publish or take back; then the page again."""
    fields = await read_form(request)
    action, text = fields.get("accion", ""), fields.get("texto", "")
    version = fields.get("version", "")
    if action == "deshacer":
        return _undo(editor, held, View(editor, text, version))
    trial = await held.ask(lambda searcher: examine(text, searcher))
    view = View(editor, text, version, trial_model(trial))
    if trial.mistakes:
        return _shown(view, 422)
    if action == "publicar":
        return _publish(editor, held, view)
    if not held.trials.measuring:
        return _shown(view)
    task = start(held, trial)
    await held.tasks.wait(task, _PATIENCE)
    return _to(f"tarea={task.id}.{version}")


async def _task_page(editor: str, held: Serving, name: str) -> Response:
    """The text that is measured; `name` is that of the task and the version that was edited."""
    id_, _dot, version = name.partition(".")
    task = held.tasks.get(id_)
    if task.result is None:
        wrong = task.problem or ""
        return _shown(View(editor, task.text, version, running=task, wrong=wrong))
    return _shown(View(editor, task.text, version, trial_model(task.result)))


def _publish(editor: str, held: Serving, view: View) -> Response:
    try:
        publish_rules(held.index, view.text, after=view.version)
    except RulesChanged:
        wrong = _(
            "Otra persona ha publicado mientras tanto. Copie aparte lo suyo y vuelva a abrir la "
            "página."
        )
        return _shown(View(editor, view.text, view.version, wrong=wrong), 412)
    logger.info("editorial rules published by %s", editor)
    return _to("hecho=publicado")


def _undo(editor: str, held: Serving, view: View) -> Response:
    try:
        undo_rules(held.index)
    except RulesRefused as error:
        return _shown(View(editor, view.text, view.version, wrong=str(error)), 409)
    logger.info("editorial rules taken back by %s", editor)
    return _to("hecho=deshecho")


def _to(query: str) -> Response:
    return RedirectResponse(f"{localised(ADDRESS)}?{query}", 303, {"Cache-Control": "no-store"})


def _shown(view: View, status: int = 200) -> Response:
    context = {"view": view, "change_told": change_told}
    return HTMLResponse(render("reglas.html", context), status, {"Cache-Control": "no-store"})
