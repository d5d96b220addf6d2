"""A request → what the application holds for all of them: threads, the open index, numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends
from starlette.requests import Request

from search.searcher import Searcher
from service.metrics import Metrics
from service.snapshots import Snapshots
from service.work import Workers

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Serving:
    """What one application holds while it runs."""

    workers: Workers
    snapshots: Snapshots
    metrics: Metrics

    async def ask(self, work: Callable[[Searcher], T]) -> T:
        """Do `work` with the open index on a worker thread; raises `Overloaded`, `NotReady`."""
        return await self.workers.run(lambda: self.snapshots.use(work))


async def serving(request: Request) -> Serving:
    """What the application of this request holds."""
    held = request.app.state.serving
    assert isinstance(held, Serving)  # noqa: S101 - create_app puts it there
    return held


Held = Annotated[Serving, Depends(serving)]
