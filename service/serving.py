"""A request → what the application holds for all: threads, the open index, files, numbers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

from fastapi import Depends
from starlette.requests import Request

from search.searcher import Searcher
from service.errors import TooSlow
from service.files import Files
from service.i18n import _
from service.metrics import Metrics
from service.records.log import QueryLog
from service.snapshots import Snapshots
from service.tasks import Tasks
from service.trial import Trials
from service.work import Workers

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Serving:
    """What one application holds while it runs."""

    workers: Workers
    snapshots: Snapshots
    metrics: Metrics
    files: Files
    base_url: str
    seconds: float
    index: Path
    log: QueryLog
    tasks: Tasks
    trials: Trials
    contact: str

    async def ask(self, work: Callable[[Searcher], T]) -> T:
        """Do `work` with the open index on a worker thread; raises `Overloaded`, `NotReady` and
        `TooSlow`. What is too slow still keeps its thread until it ends."""
        asked = self.workers.run(lambda: self.snapshots.use(work))
        try:
            return await asyncio.wait_for(asked, self.seconds)
        except TimeoutError:
            raise TooSlow(_("Tardó demasiado. Intente de nuevo en unos segundos.")) from None

    def origin(self, request: Request) -> str:
        """The public address without a final slash: the operator's, or the one asked."""
        return self.base_url.rstrip("/") or str(request.base_url).rstrip("/")


async def serving(request: Request) -> Serving:
    """What the application of this request holds."""
    held = request.app.state.serving
    assert isinstance(held, Serving)  # noqa: S101 - create_app puts it there
    return held


Held = Annotated[Serving, Depends(serving)]
