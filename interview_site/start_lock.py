"""One start at a time in a data folder: the second waits until the first one answers.

Two at once would both migrate the database and both try to get the port.
"""

import fcntl
from collections.abc import Callable
from pathlib import Path


class StartLock:
    """A lock on a file in the folder. It goes with this process, however that ends, and is not inherited by others."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / "start.lock").open("a")

    def take(self, on_wait: Callable[[], None]) -> None:
        """Waits for it, having called `on_wait` if somebody else has it. Raises OSError where nothing can be locked."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def release(self) -> None:
        """May be called more than once."""
        self._file.close()
