"""Editorial rules and tasks over HTTP, for who has a key."""

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.security import HTTPBearer
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from service.bodies import from_here, read_rules_body
from service.editorial import publish_rules, rules_text, undo_rules
from service.keys import Editor
from service.problems import REFERENCE, RESPONSES, ProblemField, respond
from service.rules_schema import RulesModel
from service.serving import Held, Serving
from service.tasks import Task
from service.trial import Trial, examine
from service.trial_schema import TaskModel, TrialModel, trial_model

logger = logging.getLogger(__name__)

KEY = HTTPBearer(auto_error=False, scheme_name="Clave", description="`acervo keys create`")
"""Only describes the key: `Editor` asks for it."""

router = APIRouter(
    prefix="/api/v1",
    tags=["Edición"],
    responses=RESPONSES,
    dependencies=[Depends(KEY), Depends(from_here)],
)

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
async def rules(_editor: Editor, held: Held, response: Response) -> RulesModel:
    """Qué va primero, qué no sale y qué significa lo mismo, como TOML y desglosado."""
    model = RulesModel.from_text(rules_text(held.index))
    response.headers["ETag"] = f'"{model.version}"'
    response.headers["Cache-Control"] = "no-store"
    return model


@router.post(
    "/rules/check",
    summary="Comprobar reglas antes de publicarlas",
    response_model=TrialModel,
    responses={202: {"model": TaskModel, "description": "Se está midiendo: pregunte en `url`"}},
    openapi_extra=BODY,
)
async def check(_editor: Editor, request: Request, held: Held) -> Response:
    """Qué errores tienen y qué harían a las consultas juzgadas. Con errores, o sin nada con que
    medir, responde enseguida; medir lleva unos segundos y se sigue como tarea."""
    text = await read_rules_body(request)
    trial = await held.ask(lambda searcher: examine(text, searcher))
    if trial.mistakes or not held.trials.measuring:
        return JSONResponse(trial_model(trial).model_dump(mode="json"))
    model = TaskModel.from_task(start(held, trial))
    return JSONResponse(model.model_dump(mode="json"), 202, {"Location": model.url})


@router.put(
    "/rules", summary="Publicar reglas editoriales", response_model=RulesModel, openapi_extra=BODY
)
async def publish(
    editor: Editor,
    request: Request,
    held: Held,
    if_match: Annotated[str | None, Header(description="La versión que se ha editado")] = None,
) -> Response:
    """Entran en uso en unos segundos y las anteriores se guardan. No se publica nada con errores;
    con «If-Match» tampoco si otra persona ha publicado mientras tanto (412)."""
    text = await read_rules_body(request)
    trial = await held.ask(lambda searcher: examine(text, searcher))
    if trial.mistakes:
        fields = [ProblemField(parameter=m.place, detail=m.text) for m in trial.mistakes]
        return respond(request, 422, "; ".join(map(str, trial.mistakes)), fields)
    publish_rules(held.index, text, after=if_match and if_match.strip('"'))
    logger.info("editorial rules published by %s", editor)
    return JSONResponse(RulesModel.from_text(text).model_dump(mode="json"))


@router.delete("/rules", summary="Volver a las reglas anteriores")
async def undo(editor: Editor, held: Held) -> RulesModel:
    """Deshace la última publicación; otra vez, la rehace."""
    text = undo_rules(held.index)
    logger.info("editorial rules taken back by %s", editor)
    return RulesModel.from_text(text)


@router.get("/tasks/{task_id}", summary="Cómo va una tarea")
async def task(task_id: str, _editor: Editor, held: Held, response: Response) -> TaskModel:
    """En marcha, terminada con su resultado, o fallida con su causa."""
    response.headers["Cache-Control"] = "no-store"
    return TaskModel.from_task(held.tasks.get(task_id))


def start(held: Serving, trial: Trial) -> Task:
    """Measure a trial as a task; raises `Overloaded`."""
    return held.tasks.start(
        trial.text,
        lambda progress: held.snapshots.use(
            lambda searcher: held.trials.run(trial, searcher, progress)
        ),
    )
