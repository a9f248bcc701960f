"""Ends processes, and removes folders, when the process that started this one is gone.

A supervisor that is killed outright can tidy up nothing. So it keeps this small process beside it, holds
the other end of its standard input, and writes there the id of every process group that it starts, one a
line, and the negative of it once that group has ended; arguments name folders to remove. When the input
ends, nobody is left to look after the groups.
Run as a script: it imports nothing of the project, so that it is there at once.
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

PATIENCE_SECONDS = 8.0


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def end(groups: Iterable[int], *, patience: float = PATIENCE_SECONDS) -> None:
    """Asks the leader of each group to stop, then kills what is left of the groups after `patience` seconds."""
    groups = list(groups)
    for group in groups:
        with suppress(ProcessLookupError):
            os.kill(group, signal.SIGTERM)
    give_up_at = time.monotonic() + patience
    while time.monotonic() < give_up_at and any(is_alive(group) for group in groups):
        time.sleep(0.05)
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups = set[int]()
    for line in sys.stdin:
        number = int(line)
        if number > 0:
            groups.add(number)
        else:
            groups.discard(-number)
    end(groups)
    for folder in sys.argv[1:]:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
