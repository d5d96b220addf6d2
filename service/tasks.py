"""Work that takes longer than anybody waits → tasks to ask after, one at a time."""

import asyncio
import logging
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass

from search.errors import AcervoError
from search.judging.effect import Progress
from service.errors import NotFound, Overloaded
from service.trial import Trial

_WAITING = 4
_KEPT = 20
"""Finished tasks that can still be asked for."""

logger = logging.getLogger(__name__)


class _Stopped(Exception):
    """The service ends while a task runs."""


@dataclass(slots=True)
class Task:
    """One trial of the rules of a text under way: how many questions are `done`, then its result,
    or why there is none."""

    id: str
    text: str
    status: str = "queued"
    done: int = 0
    result: Trial | None = None
    problem: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will change."""
        return self.status in ("done", "failed")


class Tasks:
    """Runs tasks on a thread of their own, so that they take one core at most and no thread from
    those that search."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="acervo-tasks")
        self._tasks: dict[str, Task] = {}
        self._lock = threading.Lock()
        self._stopping = False

    def start(self, text: str, work: Callable[[Progress], Trial]) -> Task:
        """Queue work, which tells its progress; raises `Overloaded` when too many wait."""
        task = Task(secrets.token_urlsafe(12), text)
        with self._lock:
            ended = [one for one in self._tasks.values() if one.ended]
            if len(self._tasks) - len(ended) >= _WAITING:
                raise Overloaded("Hay demasiadas comprobaciones en marcha. Intente en un minuto.")
            for old in ended[: max(0, len(ended) - _KEPT)]:
                del self._tasks[old.id]
            self._tasks[task.id] = task
        future = self._pool.submit(self._run, task, work)
        future.add_done_callback(lambda ended: _close(task, ended))
        return task

    def get(self, task_id: str) -> Task:
        """The task of that id. Raises `NotFound`."""
        task = self._tasks.get(task_id)
        if task is None:
            raise NotFound("No hay ninguna tarea con ese identificador.")
        return task

    async def wait(self, task: Task, seconds: float) -> None:
        """Until the task has ended, but no longer than so many seconds."""
        for _ in range(int(seconds * 20)):
            if task.ended:
                return
            await asyncio.sleep(0.05)

    def close(self) -> None:
        """Stop what runs at its next question and drop what waits."""
        self._stopping = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, task: Task, work: Callable[[Progress], Trial]) -> Trial:
        def progress(more: int) -> None:
            if self._stopping:
                raise _Stopped
            task.done += more

        task.status = "running"
        return work(progress)


def _close(task: Task, future: Future[Trial]) -> None:
    """Say how a task ended. What is ours to explain is explained, the rest goes to the log."""
    try:
        task.result = future.result()
        task.status = "done"
        return
    except AcervoError as error:
        task.problem = str(error)
    except (CancelledError, _Stopped):
        task.problem = "El servicio se detuvo."
    finally:
        if task.result is None:
            task.problem = task.problem or "No pudimos terminar la comprobación."
            task.status = "failed"
