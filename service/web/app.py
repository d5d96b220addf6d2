"""Builds the HTTP application from the settings: routes, error handlers, middleware, lifespan."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from pydantic.json_schema import models_json_schema
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles
from starlette_compress import CompressMiddleware

from search.searcher import Searcher
from service.settings import Settings
from service.usage.log import QueryLog
from service.web import (
    document_routes,
    editorial_routes,
    machine_routes,
    pages,
    search_routes,
    widget,
)
from service.web.editorial import RulesBody, Trials
from service.web.middleware import Language, SecurityHeaders
from service.web.problems import HANDLERS, REFERENCE, Problem
from service.web.rendering import STATIC
from service.web.serving import (
    AppState,
    CurrentSearcher,
    Files,
    IndexReloader,
    Metrics,
    Tasks,
    Workers,
    stop,
)

DESCRIPTION = """
Busca en materiales de capacitación sobre gobernanza de los ODS y responde solo con citas que se
pueden comprobar palabra por palabra.

Los desplazamientos (`start`, `end`, `marks`) cuentan puntos de código Unicode. Los errores siguen
la RFC 9457. Con demasiada demanda la respuesta es 503 con `Retry-After`.

No se guarda quién pregunta: ni dirección IP, ni navegador, ni cookies. Para saber qué material
falta se anotan, salvo que quien opera el servicio lo desactive (`ACERVO_QUERY_LOG=0`), el texto de
la consulta sin correos ni números largos, la hora y si hubo respuesta; a los 30 días solo quedan
recuentos por día. `qid` identifica una búsqueda y nada más; no se repite ni enlaza dos búsquedas.
"""

# Spans would carry the text of queries to whatever collector the environment names.
NO_TELEMETRY = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)

# Our own code reads or writes these bodies, so FastAPI knows nothing of them and routes refer to
# their schemas by hand. Each with the schemas inside it: nested definitions led nowhere.
_, _DEFINITIONS = models_json_schema(
    [(Problem, "validation"), (RulesBody, "validation"), (search_routes.EventModel, "validation")],
    ref_template=REFERENCE,
)
EXTRA_SCHEMAS: Mapping[str, Any] = _DEFINITIONS["$defs"]


# The first route that matches wins, and ids of documents may hold slashes: what ends in `.webp` or
# `/original` must be asked before the routes that take any path as an id.
ROUTERS = (
    search_routes.router,
    search_routes.events_router,
    editorial_routes.gaps_router,
    document_routes.files_router,
    document_routes.router,
    machine_routes.router,
    machine_routes.health_router,
    editorial_routes.router,
    machine_routes.discovery_router,
    editorial_routes.rules_page_router,
    pages.router,
    widget.router,
)


class Application(FastAPI):
    """A FastAPI application whose OpenAPI document also holds `EXTRA_SCHEMAS`."""

    def openapi(self) -> dict[str, Any]:
        """The description of the API; every reference in it leads to one of its schemas."""
        described = super().openapi()
        schemas = described["components"]["schemas"]
        schemas |= {name: schema for name, schema in EXTRA_SCHEMAS.items() if name not in schemas}
        return described


def create_app(settings: Settings, searcher: Searcher | None = None) -> FastAPI:
    """The application; with a `searcher` it serves that one and never looks for a newer index."""
    workers = Workers(settings.workers, settings.queue_size)
    files = Files(settings.index, settings.preview_workers, settings.search_seconds)
    current_searcher = CurrentSearcher(searcher)
    log = QueryLog(settings.index, settings.query_log)
    state = AppState(
        workers=workers,
        current_searcher=current_searcher,
        metrics=Metrics(workers, current_searcher, log),
        files=files,
        base_url=settings.base_url,
        seconds=settings.search_seconds,
        index=settings.index,
        log=log,
        tasks=Tasks(),
        trials=Trials(settings.judged),
        contact=settings.contact,
    )
    app = Application(
        title="Acervo",
        description=DESCRIPTION,
        version="1",
        openapi_url="/api/v1/openapi.json",
        # Both documentation pages load their scripts from another host, which our policy forbids.
        docs_url=None,
        redoc_url=None,
        servers=[{"url": settings.base_url}] if settings.base_url else None,
        telemetry=NO_TELEMETRY,
        lifespan=lifespan_of(settings, state, watched=searcher is None),
        exception_handlers=HANDLERS,
        middleware=[
            # Outermost, since it also turns errors of the other layers into problems.
            Middleware(SecurityHeaders, metrics=state.metrics),
            Middleware(Language),
            # POST is for events that widgets on other sites send. Whatever needs a key also needs
            # the header `Authorization`, which is not allowed here.
            Middleware(
                CORSMiddleware,
                allow_origins=["*"],
                allow_methods=["GET", "HEAD", "POST"],
                allow_headers=["Content-Type"],
            ),
            Middleware(CompressMiddleware, minimum_size=500, brotli_quality=5),
        ],
    )
    app.state.acervo = state
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def lifespan_of(
    settings: Settings, state: AppState, watched: bool
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Open the index before the first request, follow its generations, close at the end."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        watching = None
        if watched:
            reloader = IndexReloader(
                state.current_searcher, settings.index, settings.model, settings.model_threads
            )
            # Before the first request, but a missing index does not stop the start: the service
            # then lives, answers 503 and opens the index when there is one.
            await asyncio.to_thread(reloader.refresh)
            watching = asyncio.create_task(reloader.watch(settings.reload_seconds))
        state.files.open()
        await asyncio.to_thread(state.log.start)
        yield
        # In this order: nothing may open another index, then no work may begin, and the log and
        # the index close when nobody uses them any more.
        if watching:
            await stop(watching)
        await asyncio.to_thread(state.tasks.close)
        await asyncio.to_thread(state.files.close)
        await asyncio.to_thread(state.workers.close)
        await asyncio.to_thread(state.log.close)
        state.current_searcher.swap(None)

    return lifespan
