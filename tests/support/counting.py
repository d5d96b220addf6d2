"""An engine or a writer that counts how often each of its methods is called: every call is a round
trip where the engine is not inside the process."""

from collections import Counter
from threading import Lock
from typing import Any


class Counting:
    """Any engine or writer, with `calls` by method."""

    def __init__(self, counted: object) -> None:
        self.calls: Counter[str] = Counter()
        self._counted = counted
        self._lock = Lock()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._counted, name)

        def called(*args: object, **kwargs: object) -> object:
            with self._lock:
                self.calls[name] += 1
            return method(*args, **kwargs)

        return called

    def taken(self) -> Counter[str]:
        """The calls since this was last asked."""
        with self._lock:
            calls, self.calls = self.calls, Counter()
        return calls
