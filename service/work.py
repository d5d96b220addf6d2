"""Blocking work → a small pool of threads behind a bounded queue; the event loop stays free."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from service.errors import Overloaded
from service.i18n import _

T = TypeVar("T")


class Workers:
    """Runs at most `workers` pieces of work at once and lets `queue_size` more wait.

    What comes beyond that is refused at once: a late answer helps nobody, and the default pool of
    40 threads triples the tail.
    """

    def __init__(self, workers: int, queue_size: int) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="acervo")
        self._workers = workers
        self._limit = workers + queue_size
        self._lock = threading.Lock()
        self._inside = 0
        self._shed = 0

    @property
    def waiting(self) -> int:
        """Pieces of work that wait for a thread now."""
        return max(0, self._inside - self._workers)

    @property
    def shed(self) -> int:
        """Pieces of work refused since the start."""
        return self._shed

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` on a thread, in the language of the request; raises `Overloaded` when the
        queue is full."""
        self._enter()
        future = self._pool.submit(contextvars.copy_context().run, work)
        future.add_done_callback(self._leave)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Refuse what waits and wait for what runs."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _enter(self) -> None:
        with self._lock:
            if self._inside >= self._limit:
                self._shed += 1
                raise Overloaded(
                    _("Hay demasiadas peticiones en este momento. Intente en un segundo.")
                )
            self._inside += 1

    def _leave(self, _future: Future[T]) -> None:
        with self._lock:
            self._inside -= 1
