"""The index on disk → the searcher that answers now, exchanged for a newer one without a gap."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from search.embed import Embedder, open_embedder
from search.errors import AcervoError
from search.rules import NO_RULES, Rules
from search.searcher import Searcher, latest_generation, open_searcher
from search.types import IndexInfo
from service.editorial import rules_in_force, rules_text, understood
from service.errors import NotReady, RecordsUnusable, RulesRefused
from service.i18n import N_, _

T = TypeVar("T")

logger = logging.getLogger(__name__)

OPENING = N_("El acervo se está abriendo. Intente de nuevo en unos segundos.")


@dataclass(slots=True)
class _Held:
    """A searcher, how many requests use it, and whether a newer one has taken its place."""

    searcher: Searcher
    users: int = 0
    retired: bool = False


class Snapshots:
    """Holds the searcher being served; an older one closes after its last request."""

    def __init__(self, searcher: Searcher | None = None) -> None:
        self._lock = threading.Lock()
        self._current = _Held(searcher) if searcher is not None else None
        self.problem = OPENING

    @property
    def info(self) -> IndexInfo | None:
        """Which index is being served; None when none is."""
        held = self._current
        return held.searcher.info if held else None

    def use(self, work: Callable[[Searcher], T]) -> T:
        """Do `work` with the current searcher, which stays open until it is done."""
        held = self._borrow()
        try:
            return work(held.searcher)
        finally:
            self._give_back(held)

    def swap(self, searcher: Searcher | None) -> None:
        """Serve `searcher` from now on; the one before closes when nobody uses it."""
        with self._lock:
            before, self._current = self._current, _Held(searcher) if searcher else None
            if before is None:
                return
            before.retired = True
            unused = before.users == 0
        if unused:
            before.searcher.close()

    def _borrow(self) -> _Held:
        with self._lock:
            if self._current is None:
                raise NotReady(_(self.problem))
            self._current.users += 1
            return self._current

    def _give_back(self, held: _Held) -> None:
        with self._lock:
            held.users -= 1
            unused = held.retired and held.users == 0
        if unused:
            held.searcher.close()


class Watcher:
    """Opens the index and the model, and then each newer generation of the index, also with
    newer editorial rules: then nothing is embedded again, and opening takes less than a tenth of
    a second."""

    def __init__(self, snapshots: Snapshots, index: Path, model: str, model_threads: int) -> None:
        self._snapshots = snapshots
        self._index = index
        self._model = model
        self._threads = model_threads
        self._embedder: Embedder | None = None
        self._text: str | None = None
        self._rules: Rules = NO_RULES
        self._complaint = ""

    def look(self) -> None:
        """Open what is new. An index that cannot be used is logged once and leaves the one
        being served in place; looking again later is safe."""
        try:
            self._open()
            self._snapshots.problem = OPENING
        except (AcervoError, OSError) as error:
            if str(error) != self._snapshots.problem:
                logger.error("%s", error)
            self._snapshots.problem = str(error)

    async def watch(self, seconds: float) -> None:
        """Look every so many seconds until cancelled."""
        while True:
            await asyncio.sleep(seconds)
            await asyncio.to_thread(self.look)

    def _open(self) -> None:
        generation = latest_generation(self._index)
        serving = self._snapshots.info
        changed = self._look_at_rules()
        if serving is not None and serving.generation == generation and not changed:
            return
        if self._embedder is None:
            self._embedder = open_embedder(self._model, self._threads)
        searcher = open_searcher(self._index, self._embedder, self._rules)
        self._snapshots.swap(searcher)
        logger.info("serving generation %d", generation)
        searcher.prepare()

    def _look_at_rules(self) -> bool:
        """Whether there are other rules than those served. Those that are not understood are
        logged once, and the last good ones stay."""
        try:
            text = rules_text(self._index)
            if text == self._text:
                return False
            first, self._text = self._text is None, text
            before = self._rules
            self._rules = rules_in_force(self._index) if first else understood(text)
        except (RulesRefused, RecordsUnusable) as error:
            if str(error) != self._complaint:
                logger.error("%s: siguen en uso las reglas anteriores", error)
            self._complaint = str(error)
            return False
        self._complaint = ""
        return self._rules != before


async def stop(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait until it is gone."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
