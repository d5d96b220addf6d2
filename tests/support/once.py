"""What all tests of a run share is made by the first process that needs it, awaited by others."""

import fcntl
from collections.abc import Callable
from pathlib import Path


def made_once(folder: Path, make: Callable[[], object]) -> None:
    """Make what belongs in the folder unless it has been made; if that fails, the next one tries.

    Its marks stand beside the folder.
    """
    done = folder.with_suffix(".done")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make()
            done.touch()
