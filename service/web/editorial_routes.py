"""Serves those who have a key: editorial rules by API and page, and the report of gaps.

Measuring rules takes seconds, so it runs as a task that is asked after (`/api/v1/tasks/…`).
"""

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.security import HTTPBearer
from pydantic import AfterValidator, Field
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from search.searcher import Searcher
from service.errors import RulesChanged, RulesRefused
from service.i18n import _
from service.links import localised
from service.usage.gaps import MOST_DAYS, GapsRequest, Kind, Model, Report, gaps_report
from service.usage.gaps_view import GapsResponse, csv_of, gaps_request, gaps_view, toolkits_of
from service.usage.log import utc_now
from service.web import editor_access, editorial
from service.web.document_schemas import FromObject
from service.web.editor_access import Editor, authorised
from service.web.editorial import RulesModel, Trial, TrialModel, examine, trial_model
from service.web.problems import REFERENCE, RESPONSES, ProblemField, respond
from service.web.rendering import render
from service.web.serving import AppState, State, Task

logger = logging.getLogger(__name__)


# Describes the key in the OpenAPI document and checks nothing: `Editor` does, also for Basic.
KEY = HTTPBearer(auto_error=False, scheme_name="Clave", description="`acervo keys create`")

NOT_STORED = {"Cache-Control": "no-store"}

router = APIRouter(
    prefix="/api/v1",
    tags=["Edición"],
    responses=RESPONSES,
    dependencies=[Depends(KEY), Depends(editor_access.require_same_origin)],
)

# By hand, since the routes read the body themselves: it is one of two formats.
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/toml": {"schema": {"type": "string"}},
            "application/json": {"schema": {"$ref": REFERENCE.format(model="RulesBody")}},
        },
    }
}


@router.get("/rules", summary="Reglas editoriales en uso")
async def rules(_editor: Editor, state: State, response: Response) -> RulesModel:
    """Qué va primero, qué no sale y qué significa lo mismo, como TOML y desglosado."""
    model = RulesModel.from_text(editorial.rules_text(state.index))
    response.headers["ETag"] = f'"{model.version}"'
    response.headers.update(NOT_STORED)
    return model


class TaskModel(FromObject):
    """Work that takes a while: ask again at `url` until `status` is `done` or `failed`."""

    id: str
    status: str = Field(description="«queued», «running», «done» o «failed»")
    done: int = Field(description="Consultas hechas hasta ahora")
    url: Annotated[str, AfterValidator("/api/v1/tasks/{}".format)] = Field(validation_alias="id")
    detail: str | None = Field(validation_alias="problem", description="Por qué no salió bien")
    result: TrialModel | None


@router.post(
    "/rules/check",
    summary="Comprobar reglas antes de publicarlas",
    response_model=TrialModel,
    responses={202: {"model": TaskModel, "description": "Se está midiendo: pregunte en `url`"}},
    openapi_extra=BODY,
)
async def check(_editor: Editor, request: Request, state: State) -> Response | TrialModel:
    """Qué errores tienen y qué harían a las consultas juzgadas. Con errores, o sin nada con que
    medir, responde enseguida; medir lleva unos segundos y se sigue como tarea."""
    text = await editor_access.read_rules_body(request)
    trial = await state.ask(lambda searcher: examine(text, searcher))
    # Measuring takes seconds, so it is a task; the index and its searcher may be swapped meanwhile.
    if trial.mistakes or not state.trials.measuring:
        return trial_model(trial)
    model = TaskModel.model_validate(start_trial(state, trial))
    return JSONResponse(model.model_dump(mode="json"), 202, {"Location": model.url})


@router.put(
    "/rules",
    summary="Publicar reglas editoriales",
    response_model=RulesModel,
    openapi_extra=BODY,
)
async def publish(
    editor: Editor,
    request: Request,
    state: State,
    if_match: Annotated[str | None, Header(description="La versión que se ha editado")] = None,
) -> Response | RulesModel:
    """Entran en uso en unos segundos y las anteriores se guardan. No se publica nada con errores;
    con «If-Match» tampoco si otra persona ha publicado mientras tanto (412)."""
    text = await editor_access.read_rules_body(request)
    trial = await state.ask(lambda searcher: examine(text, searcher))
    if trial.mistakes:
        fields = [ProblemField(parameter=m.place, detail=m.text) for m in trial.mistakes]
        return respond(request, 422, "; ".join(map(str, trial.mistakes)), fields)
    editorial.publish_rules(state.index, text, after=if_match and if_match.strip('"'))
    logger.info("editorial rules published by %s", editor)
    return RulesModel.from_text(text)


@router.delete("/rules", summary="Volver a las reglas anteriores")
async def undo(editor: Editor, state: State) -> RulesModel:
    """Deshace la última publicación; otra vez, la rehace."""
    text = editorial.undo_rules(state.index)
    logger.info("editorial rules taken back by %s", editor)
    return RulesModel.from_text(text)


@router.get("/tasks/{task_id}", summary="Cómo va una tarea")
async def task(task_id: str, _editor: Editor, state: State, response: Response) -> TaskModel:
    """En marcha, terminada con su resultado, o fallida con su causa."""
    response.headers.update(NOT_STORED)
    return TaskModel.model_validate(state.tasks.get(task_id))


def start_trial(state: AppState, trial: Trial) -> Task:
    """Measure a trial as a task; raises `Overloaded`."""
    return state.tasks.start(
        trial.text,
        lambda progress: state.current_searcher.use(
            lambda searcher: state.trials.run(trial, searcher, progress)
        ),
    )


rules_page_router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

ADDRESS = "/reglas"
_WAIT_SECONDS = 3.0  # for a measurement, before the page says every two seconds how far it is


@dataclass(frozen=True, slots=True)
class RulesPage:
    """What the page shows: the text in the box, the version that was edited, and what is known
    of the text."""

    editor: str
    text: str
    version: str
    trial: TrialModel | None = None
    running: Task | None = None
    note: str = ""
    wrong: str = ""

    def response(self, status: int = 200) -> Response:
        """The page."""
        page = render("reglas.html", {"view": self, "change_told": editorial.change_told})
        return HTMLResponse(page, status, NOT_STORED)


@rules_page_router.get(ADDRESS)
async def rules_page(
    editor: Editor, state: State, tarea: str | None = None, hecho: str | None = None
) -> Response:
    """The rules in force, or a text that is being measured with its result; `tarea` is the name of
    the task and the version that was edited."""
    if tarea is not None:
        id_, _dot, version = tarea.partition(".")
        task = state.tasks.get(id_)
        trial = trial_model(task.result) if task.result else None
        running = None if trial else task
        wrong = task.problem or ""
        return RulesPage(editor, task.text, version, trial, running, wrong=wrong).response()
    notes = {
        "publicado": _("Publicado. Entra en uso en unos segundos."),
        "deshecho": _("Han vuelto las reglas anteriores. Entran en uso en unos segundos."),
    }
    text = editorial.rules_text(state.index)
    note = notes.get(hecho or "", "")
    return RulesPage(editor, text, editorial.digest(text), note=note).response()


@rules_page_router.post(ADDRESS, dependencies=[Depends(editor_access.require_our_form)])
async def rules_form(editor: Editor, request: Request, state: State) -> Response:
    """Check, publish or take back; then the page again."""
    fields = await editor_access.read_form(request)
    action, text, version = (fields.get(name, "") for name in ("accion", "texto", "version"))
    view = RulesPage(editor, text, version)
    if action == "deshacer":
        try:
            editorial.undo_rules(state.index)
        except RulesRefused as error:
            return replace(view, wrong=str(error)).response(409)
        logger.info("editorial rules taken back by %s", editor)
        return _redirect("hecho=deshecho")
    trial = await state.ask(lambda searcher: examine(text, searcher))
    if trial.mistakes:
        return replace(view, trial=trial_model(trial)).response(422)
    if action == "publicar":
        try:
            editorial.publish_rules(state.index, text, after=version)
        except RulesChanged:
            wrong = _(
                "Otra persona ha publicado mientras tanto. Copie aparte lo suyo y vuelva a abrir "
                "la página."
            )
            return replace(view, wrong=wrong).response(412)
        logger.info("editorial rules published by %s", editor)
        return _redirect("hecho=publicado")
    if not state.trials.measuring:
        return replace(view, trial=trial_model(trial)).response()
    task = start_trial(state, trial)
    await state.tasks.wait(task, _WAIT_SECONDS)
    # The version goes along, so that publishing still notices what others did during the
    # measurement.
    return _redirect(f"tarea={task.id}.{version}")


def _redirect(query: str) -> Response:
    # After a redirect the browser may load the page again without sending the form again.
    return RedirectResponse(f"{localised(ADDRESS)}?{query}", 303, NOT_STORED)


gaps_router = APIRouter(dependencies=[Depends(authorised)])

# What a page may spend on texts that were never compared; the next one goes on from there.
EMBEDDING_SECONDS = 5.0


def wanted_by_form(dias: str = "", tipo: str = "", guia: str = "", ods: str = "") -> GapsRequest:
    """What the form of the page asks for."""
    return gaps_request(dias, tipo, guia, ods)


WantedByForm = Annotated[GapsRequest, Depends(wanted_by_form)]


async def report_of(state: AppState, wanted: GapsRequest) -> tuple[Report, list[str]]:
    """The report and the guides of the collection, made beside the threads that search."""

    def work(searcher: Searcher) -> tuple[Report, list[str]]:
        deadline = time.monotonic() + EMBEDDING_SECONDS
        model = Model(searcher.info.model, searcher.embed)
        report = gaps_report(
            state.index, wanted, model, utc_now(), lambda _d, _t: time.monotonic() < deadline
        )
        return report, toolkits_of(list(searcher.documents()))

    # Not with `ask`: five seconds of embedding would keep a thread from those that search.
    return await asyncio.to_thread(state.current_searcher.use, work)


@gaps_router.get("/vacios", include_in_schema=False)
async def gaps_page(wanted: WantedByForm, state: State) -> HTMLResponse:
    """The report for people."""
    report, toolkits = await report_of(state, wanted)
    view = gaps_view(wanted, report, toolkits)
    context = {"view": view, "recording": state.log.open}
    return HTMLResponse(render("vacios.html", context), headers=NOT_STORED)


@gaps_router.get("/vacios.csv", include_in_schema=False)
async def gaps_file(wanted: WantedByForm, state: State) -> Response:
    """The report for spreadsheets."""
    report, _ = await report_of(state, wanted)
    name = f"vacios-{report.since}-{report.until}.csv"
    headers = {**NOT_STORED, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(csv_of(report), media_type="text/csv; charset=utf-8", headers=headers)


@gaps_router.get(
    "/api/v1/gaps", summary="Lo que no se encuentra", tags=["Edición"], responses=RESPONSES
)
async def gaps(
    state: State,
    response: Response,
    days: Annotated[int, Query(ge=1, le=MOST_DAYS, description="Días, hasta hoy")] = 30,
    kind: Annotated[Kind | None, Query(description="Solo este tipo")] = None,
    toolkit: Annotated[str | None, Query(max_length=200, description="Solo esta guía")] = None,
    goal: Annotated[int | None, Query(ge=1, le=17, description="Solo este ODS")] = None,
) -> GapsResponse:
    """Temas que se preguntan y no se encuentran. Ningún texto preguntado menos de cinco veces, ni
    tema con menos de cinco búsquedas, sale de aquí."""
    report, _ = await report_of(state, GapsRequest(days, kind, toolkit, goal))
    response.headers.update(NOT_STORED)
    return GapsResponse.from_report(report)
