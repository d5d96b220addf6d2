"""Whether the service lives, whether it can answer, and its numbers."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from service.errors import NotReady
from service.problems import RESPONSES
from service.schema import ReadyModel, StatusModel, index_model
from service.serving import Held

router = APIRouter(tags=["Operación"])


@router.get("/livez", summary="El proceso responde")
async def livez() -> StatusModel:
    """Responde siempre que el proceso vive."""
    return StatusModel(status="ok")


@router.get("/readyz", summary="El índice y el modelo están abiertos", responses=RESPONSES)
async def readyz(held: Held) -> ReadyModel:
    """503 hasta que se puede buscar."""
    info = held.snapshots.info
    if info is None:
        raise NotReady(held.snapshots.problem)
    return ReadyModel(status="ok", index=index_model(info))


@router.get("/metrics", summary="Números para Prometheus", response_class=Response)
async def metrics(held: Held) -> Response:
    """Duraciones, cola, rechazos y generación; nunca el texto de una consulta."""
    content = generate_latest(held.metrics.registry)
    return Response(content, media_type=CONTENT_TYPE_LATEST)
