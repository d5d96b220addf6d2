"""Holds what all requests of one application share, as one `AppState`.

These are the searcher being served and its reloading, the worker threads, page images, background
tasks and the metrics. A route gets it as a parameter of type `State`.
"""

import asyncio
import contextlib
import contextvars
import logging
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

from fastapi import Depends
from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request

from ingest.errors import ReadError, SandboxError, SourceMissing
from ingest.sandbox.previews import Previews
from search.editorial import NO_RULES, Rules
from search.embedding.encoder import Embedder, open_embedder
from search.errors import AcervoError
from search.evaluation.compare import Progress
from search.index import latest_generation
from search.index.files import Picture, original_file
from search.results import IndexInfo
from search.searcher import Searcher, open_searcher
from service.errors import (
    NotFound,
    NotReady,
    Overloaded,
    RecordsUnusable,
    RulesRefused,
    TooLarge,
    TooSlow,
)
from service.i18n import N_, _
from service.usage.log import QueryLog
from service.web.editorial import Trial, Trials, parse_rules, rules_in_force, rules_text

logger = logging.getLogger(__name__)

T = TypeVar("T")

# Marked for the catalogues here and translated where it is shown, in the language of the request.
OPENING = N_("El acervo se está abriendo. Intente de nuevo en unos segundos.")


@dataclass(slots=True)
class _InUse:
    """A searcher, how many requests use it, and whether a newer one has taken its place."""

    searcher: Searcher
    users: int = 0
    retired: bool = False


class CurrentSearcher:
    """Holds the searcher being served; an older one closes after its last request."""

    def __init__(self, searcher: Searcher | None = None) -> None:
        # Guards the counts only. No search runs inside it, so that a swap never waits for one.
        self._lock = threading.Lock()
        self._current = _InUse(searcher) if searcher is not None else None
        self.problem = OPENING

    @property
    def info(self) -> IndexInfo | None:
        """Which index is being served; None when none is."""
        in_use = self._current  # read once: a swap on another thread may come between two reads
        return in_use.searcher.info if in_use else None

    def use(self, work: Callable[[Searcher], T]) -> T:
        """Do `work` with the current searcher, which stays open until it is done."""
        with self._lock:
            in_use = self._current
            if in_use is None:
                raise NotReady(_(self.problem))
            in_use.users += 1
        try:
            return work(in_use.searcher)
        finally:
            with self._lock:
                in_use.users -= 1
                unused = in_use.retired and in_use.users == 0
            if unused:
                in_use.searcher.close()

    def swap(self, searcher: Searcher | None) -> None:
        """Serve `searcher` from now on; the one before closes when nobody uses it."""
        with self._lock:
            before, self._current = self._current, _InUse(searcher) if searcher else None
            if before is None:
                return
            before.retired = True
            unused = before.users == 0
        # Otherwise the last request that still uses it closes it, in `use`.
        if unused:
            before.searcher.close()


class IndexReloader:
    """Opens the index and the model, and afterwards each newer generation of the index or newer
    editorial rules. The model is loaded once, so opening again takes less than a tenth of a
    second."""

    def __init__(
        self, current_searcher: CurrentSearcher, index: Path, model: str, model_threads: int
    ) -> None:
        self._current_searcher = current_searcher
        self._index = index
        self._model = model
        self._threads = model_threads
        self._embedder: Embedder | None = None
        self._rules_text: str | None = None
        self._rules: Rules = NO_RULES
        self._logged_error = ""

    def refresh(self) -> None:
        """Open what is new and serve it. An index that cannot be used is logged once and leaves the
        one being served in place; looking again later is safe."""
        try:
            generation = latest_generation(self._index)
            serving = self._current_searcher.info
            changed = self._read_new_rules()
            if serving is None or serving.generation != generation or changed:
                if self._embedder is None:
                    self._embedder = open_embedder(self._model, self._threads)
                searcher = open_searcher(self._index, self._embedder, self._rules)
                self._current_searcher.swap(searcher)
                logger.info("serving generation %d", generation)
                # Makes the speller ready before the first misspelt question. It comes after the
                # swap, so that the new generation need not wait for it.
                searcher.prepare()
            self._current_searcher.problem = OPENING
        except (AcervoError, OSError) as error:
            # This runs every two seconds, and a broken index would otherwise fill the log.
            if str(error) != self._current_searcher.problem:
                logger.error("%s", error)
            self._current_searcher.problem = str(error)

    async def watch(self, seconds: float) -> None:
        """Look every so many seconds until cancelled."""
        while True:
            await asyncio.sleep(seconds)
            await asyncio.to_thread(self.refresh)

    def _read_new_rules(self) -> bool:
        """Whether there are other rules than those served. Those that cannot be parsed are
        logged once, and the last good ones stay."""
        try:
            text = rules_text(self._index)
            if text == self._rules_text:
                return False
            first, self._rules_text = self._rules_text is None, text
            before = self._rules
            # At the start there are no good rules yet to stay with, so a broken file gives way to
            # the one before it on disk; later on the rules in memory are the better ones.
            self._rules = rules_in_force(self._index) if first else parse_rules(text)
        except (RulesRefused, RecordsUnusable) as error:
            if str(error) != self._logged_error:
                logger.error("%s: siguen en uso las reglas anteriores", error)
            self._logged_error = str(error)
            return False
        self._logged_error = ""
        return self._rules != before


async def stop(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait until it is gone."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


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
        self._inside = 0  # running and waiting; the executor itself has no bound on its queue
        self.shed = 0
        """Pieces of work refused since the start."""

    @property
    def waiting(self) -> int:
        """Pieces of work that wait for a thread now."""
        return max(0, self._inside - self._workers)

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` on a thread, in the language of the request; raises `Overloaded` when the
        queue is full."""
        with self._lock:
            if self._inside >= self._limit:
                self.shed += 1
                raise Overloaded(
                    _("Hay demasiadas peticiones en este momento. Intente en un segundo.")
                )
            self._inside += 1
        # The language is in a context variable, which threads of a pool do not inherit.
        future = self._pool.submit(contextvars.copy_context().run, work)
        # By callback, not after the await: a request that gives up leaves its thread busy, and the
        # place is free only when the work has ended.
        future.add_done_callback(self._leave)
        return await asyncio.wrap_future(future)

    def _leave(self, _future: Future[T]) -> None:
        with self._lock:
            self._inside -= 1

    def close(self) -> None:
        """Refuse what waits and wait for what runs."""
        self._pool.shutdown(wait=True, cancel_futures=True)


MOST_WAITING = 32  # images that may wait for a thread before others are turned away with 503


class Files:
    """Originals and page images, which an index keeps beside its texts.

    Images have threads of their own, so that drawing pages never delays a search.
    """

    def __init__(self, index: Path, workers: int, seconds: float) -> None:
        self._index = index
        self._workers = Workers(workers, MOST_WAITING)
        self._previews = Previews(index)
        self._seconds = seconds
        self._renderings: dict[Picture, asyncio.Future[bytes]] = {}

    def open(self) -> None:
        """Take requests; the process that draws starts with the first."""
        self._previews.open()

    def close(self) -> None:
        """End what is being drawn."""
        self._previews.close()
        self._workers.close()

    async def original(self, sha256: str) -> Path:
        """Where the original lies; raises `NotFound`."""
        path = await asyncio.to_thread(original_file, self._index, sha256)
        if path is None:
            raise NotFound(_("El acervo no guarda el archivo original de este documento."))
        return path

    async def picture(self, picture: Picture) -> bytes:
        """The image of a page (WebP), drawn once however many ask for it at the same time.

        One that is kept does not wait for those being drawn. Raises `NotFound` where the page
        cannot be drawn, `Overloaded`, `TooSlow` or `NotReady`.
        """
        kept = await asyncio.to_thread(self._previews.kept, picture)
        if kept is not None:
            return kept
        rendering = self._renderings.get(picture)
        if rendering is None:
            work = self._workers.run(partial(self._previews.draw, picture))
            rendering = self._renderings[picture] = asyncio.ensure_future(work)
            rendering.add_done_callback(partial(self._done, picture))
        try:
            # Shielded: others may wait for the same page when this request gives up.
            return await asyncio.wait_for(asyncio.shield(rendering), self._seconds)
        except TimeoutError:
            text = _("La imagen tarda demasiado. Intente de nuevo en unos segundos.")
            raise TooSlow(text) from None
        except (ReadError, SourceMissing) as error:
            text = _("No se puede mostrar la página como imagen. {cause}")
            raise NotFound(text.format(cause=error)) from error
        except SandboxError as error:
            text = _("Ahora no se pueden dibujar páginas. Intente más tarde.")
            raise NotReady(text) from error

    def _done(self, picture: Picture, rendering: asyncio.Future[bytes]) -> None:
        self._renderings.pop(picture, None)
        if not rendering.cancelled():
            # Whoever asked may have gone, and asyncio complains of errors that nobody looked at.
            rendering.exception()


_MOST_UNFINISHED = 4  # they run one after the other: a fifth would wait for four measurements
_MOST_ENDED = 20  # tasks that have ended and can still be asked for


class _ServiceStopping(Exception):
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
            if len(self._tasks) - len(ended) >= _MOST_UNFINISHED:
                raise Overloaded("Hay demasiadas comprobaciones en marcha. Intente en un minuto.")
            # Dictionaries keep the order of insertion, so the first are the oldest.
            for old in ended[: max(0, len(ended) - _MOST_ENDED)]:
                del self._tasks[old.id]
            self._tasks[task.id] = task
        future = self._pool.submit(self._run, task, work)
        future.add_done_callback(lambda ended: _record_ending(task, ended))
        return task

    def get(self, task_id: str) -> Task:
        """The task of that id. Raises `NotFound`."""
        task = self._tasks.get(task_id)
        if task is None:
            raise NotFound("No hay ninguna tarea con ese identificador.")
        return task

    async def wait(self, task: Task, seconds: float) -> None:
        """Wait until the task has ended, but no longer than so many seconds."""
        for _round in range(int(seconds * 20)):
            if task.ended:
                return
            await asyncio.sleep(0.05)

    def close(self) -> None:
        """Stop what runs at its next question and drop what waits."""
        # A running thread cannot be cancelled; it looks at this with each step it reports.
        self._stopping = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, task: Task, work: Callable[[Progress], Trial]) -> Trial:
        def progress(more: int) -> None:
            if self._stopping:
                raise _ServiceStopping
            task.done += more

        task.status = "running"
        return work(progress)


def _record_ending(task: Task, future: Future[Trial]) -> None:
    """Say how a task ended. What is ours to explain is explained, the rest goes to the log."""
    try:
        task.result = future.result()
        task.status = "done"
        return
    except AcervoError as error:
        task.problem = str(error)
    except (CancelledError, _ServiceStopping):
        task.problem = "El servicio se detuvo."
    finally:
        # Also for errors that are not ours to explain: they go on to the log of the executor, and
        # a page that waits for the task must still see it end.
        if task.result is None:
            task.problem = task.problem or "No pudimos terminar la comprobación."
            task.status = "failed"


# In seconds. Finer than the defaults of the library between 10 and 250 ms, where searches lie.
BUCKETS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5)


class CountedElsewhere(Collector):
    """A counter that somebody else keeps, read when somebody asks."""

    def __init__(self, name: str, text: str, count: Callable[[], int]) -> None:
        self._name = name
        self._text = text
        self._count = count

    def collect(self) -> list[CounterMetricFamily]:
        """The counter as it stands."""
        return [CounterMetricFamily(self._name, self._text, value=self._count())]


class Metrics:
    """The numbers of one application, in a registry of its own: the default registry of the
    process would refuse a second application, as tests make them."""

    def __init__(self, workers: Workers, current_searcher: CurrentSearcher, log: QueryLog) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "acervo_http_request_seconds",
            "Duración de las peticiones",
            ["route", "status"],  # the pattern of a route: a path would name documents
            buckets=BUCKETS,
            registry=self.registry,
        )
        queue = Gauge("acervo_queue_depth", "Búsquedas en espera", registry=self.registry)
        queue.set_function(lambda: workers.waiting)
        generation = Gauge("acervo_index_generation", "Generación servida", registry=self.registry)
        generation.set_function(
            lambda: current_searcher.info.generation if current_searcher.info else 0
        )
        shed = "Búsquedas rechazadas por exceso de demanda"
        self.registry.register(CountedElsewhere("acervo_shed", shed, lambda: workers.shed))
        lost = "Búsquedas y avisos que no se pudieron anotar"
        self.registry.register(CountedElsewhere("acervo_unrecorded", lost, lambda: log.dropped))
        ProcessCollector(registry=self.registry)


@dataclass(frozen=True, slots=True)
class AppState:
    """What one application holds while it runs."""

    workers: Workers
    current_searcher: CurrentSearcher
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
        running = self.workers.run(lambda: self.current_searcher.use(work))
        try:
            return await asyncio.wait_for(running, self.seconds)
        except TimeoutError:
            raise TooSlow(_("Tardó demasiado. Intente de nuevo en unos segundos.")) from None

    def origin(self, request: Request) -> str:
        """The public address without a final slash: the operator's, or the one asked."""
        return self.base_url.rstrip("/") or str(request.base_url).rstrip("/")


async def app_state(request: Request) -> AppState:
    """What the application of this request holds."""
    in_use = request.app.state.acervo
    assert isinstance(in_use, AppState)  # noqa: S101 - create_app puts it there
    return in_use


State = Annotated[AppState, Depends(app_state)]


async def read_body(request: Request, most: int, too_large: str = "") -> bytes:
    """The body of a request. Raises `TooLarge` as soon as it has more than so many bytes."""
    body = b""
    # `Content-Length` may be missing or wrong, so what has arrived is counted.
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise TooLarge(too_large)
    return body
