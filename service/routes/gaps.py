"""What people do not find, for those who have a key: a page, a file and JSON."""

import asyncio
import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import HTMLResponse, Response

from search.searcher import Searcher
from service.gaps.gather import MOST_DAYS, Asking, Model, gather
from service.gaps.kinds import Kind
from service.gaps.report import Report
from service.gaps.schema import GapsResponse
from service.gaps.table import csv_of
from service.gaps.view import asking_of, gaps_view, toolkits_of
from service.keys import authorised
from service.problems import RESPONSES
from service.records.log import utc_now
from service.rendering import render
from service.serving import Held, Serving

router = APIRouter(dependencies=[Depends(authorised)])

EMBEDDING_SECONDS = 5.0
"""What a page may spend on texts that were never compared; the next one goes on from there."""

PRIVATE = {"Cache-Control": "no-store"}


def asked_by_form(dias: str = "", tipo: str = "", guia: str = "", ods: str = "") -> Asking:
    """What the form of the page asks for."""
    return asking_of(dias, tipo, guia, ods)


AskedByForm = Annotated[Asking, Depends(asked_by_form)]


async def report_of(held: Serving, asking: Asking) -> tuple[Report, list[str]]:
    """The report and the guides of the collection, made beside the threads that search."""

    def work(searcher: Searcher) -> tuple[Report, list[str]]:
        deadline = time.monotonic() + EMBEDDING_SECONDS
        model = Model(searcher.info.model, searcher.embed)
        report = gather(
            held.index, asking, model, utc_now(), lambda _d, _t: time.monotonic() < deadline
        )
        return report, toolkits_of(list(searcher.documents()))

    return await asyncio.to_thread(held.snapshots.use, work)


@router.get("/vacios", include_in_schema=False)
async def gaps_page(asking: AskedByForm, held: Held) -> HTMLResponse:
    """The report for people."""
    report, toolkits = await report_of(held, asking)
    view = gaps_view(asking, report, toolkits)
    context = {"view": view, "recording": held.log.open}
    return HTMLResponse(render("vacios.html", context), headers=PRIVATE)


@router.get("/vacios.csv", include_in_schema=False)
async def gaps_file(asking: AskedByForm, held: Held) -> Response:
    """The report for spreadsheets."""
    report, _ = await report_of(held, asking)
    name = f"vacios-{report.since}-{report.until}.csv"
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(csv_of(report), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/api/v1/gaps", summary="Lo que no se encuentra", tags=["Edición"], responses=RESPONSES)
async def gaps(
    held: Held,
    response: Response,
    days: Annotated[int, Query(ge=1, le=MOST_DAYS, description="Días, hasta hoy")] = 30,
    kind: Annotated[Kind | None, Query(description="Solo este tipo")] = None,
    toolkit: Annotated[str | None, Query(max_length=200, description="Solo esta guía")] = None,
    goal: Annotated[int | None, Query(ge=1, le=17, description="Solo este ODS")] = None,
) -> GapsResponse:
    """Temas que se preguntan y no se encuentran. Ningún texto preguntado menos de cinco veces, ni
    tema con menos de cinco búsquedas, sale de aquí."""
    report, _ = await report_of(held, Asking(days, kind, toolkit, goal))
    response.headers.update(PRIVATE)
    return GapsResponse.from_report(report)
