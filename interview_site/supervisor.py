"""Several programs under one supervisor: they run together and end together; one that may is started anew.

Each program gets a process group of its own, so that Ctrl-C in a terminal reaches the supervisor alone,
and so that nothing which a program started outlives it.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Program:
    """What to run, and what to call it towards people. `restarts`: its death need not end the others."""

    name: str
    command: Sequence[str]
    restarts: bool = False


@dataclass(frozen=True)
class Ended:
    """A program ended although nobody had asked it to; `returncode` is negative for a signal."""

    program: Program
    returncode: int
    process: subprocess.Popen[bytes]

    def __str__(self) -> str:
        if self.returncode < 0:
            return f"The {self.program.name} was killed by {signal.Signals(-self.returncode).name}."
        return f"The {self.program.name} ended by itself with exit code {self.returncode}."


class Leash:
    """Sees to it that process groups end, and folders go, even when this process is killed."""

    def __init__(self, *folders: Path) -> None:
        script = Path(__file__).with_name("leash.py")
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(script), *map(str, folders)],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def hold(self, group: int) -> None:
        self._write(group)

    def let_go(self, group: int) -> None:
        """The group has ended, and its id may come to be somebody else's."""
        self._write(-group)

    def _write(self, number: int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()

    def drop(self) -> None:
        """Everything has ended in good order: there is nothing left to hold."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()


def start(
    program: Program, *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """Starts the program in a session, and so a process group, of its own."""
    return subprocess.Popen(
        list(program.command), env=env, cwd=cwd, stdin=subprocess.DEVNULL, start_new_session=True
    )


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kills what is left of the group that `start` made."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def supervise(
    programs: Sequence[Program],
    *,
    cwd: Path,
    on_start: Callable[[threading.Event], None] = lambda ending: None,
    stop_seconds: float = 10.0,
) -> Ended | None:
    """Runs the programs until a stop signal comes (returns None) or one of them ends (says which).

    One that restarts is started anew when a signal killed it (memory ran out, say). An exit code of its own
    means that it cannot run.

    `on_start` runs beside them in a thread; the event that it gets is set when the end begins. Whatever
    happens, no program is left running: each is asked to stop, and killed after `stop_seconds` or at the
    second signal.
    """
    events: SimpleQueue[Ended | None] = SimpleQueue()  # its put() may be called from a signal handler
    ending = threading.Event()

    def ask_to_stop(_signum: int, _frame: FrameType | None) -> None:
        events.put(None)

    def watch(program: Program, process: subprocess.Popen[bytes]) -> None:
        events.put(Ended(program, process.wait(), process))

    def launch(program: Program) -> None:
        process = start(program, cwd=cwd)
        processes.append(process)
        leash.hold(process.pid)
        threading.Thread(target=watch, args=(program, process), daemon=True).start()

    previous = {signum: signal.signal(signum, ask_to_stop) for signum in STOP_SIGNALS}
    leash = Leash()
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for program in programs:
            launch(program)
        threading.Thread(target=on_start, args=(ending,), daemon=True).start()
        while (event := events.get()) and event.program.restarts and event.returncode < 0:
            kill_group(event.process)
            leash.let_go(event.process.pid)
            processes.remove(event.process)
            print(f"{event} It is started anew.", file=sys.stderr, flush=True)
            launch(event.program)
        return event
    finally:
        ending.set()
        _stop(processes, events, stop_seconds)
        leash.drop()
        for signum, handler in previous.items():
            signal.signal(signum, handler)


def _stop(
    processes: Sequence[subprocess.Popen[bytes]], events: SimpleQueue[Ended | None], stop_seconds: float
) -> None:
    for process in processes:
        process.terminate()
    give_up_at = monotonic() + stop_seconds
    while any(process.poll() is None for process in processes):
        try:
            event = events.get(timeout=max(0.0, give_up_at - monotonic()))
        except Empty:
            break
        if event is None:  # a second Ctrl-C: somebody is in a hurry
            break
    for process in processes:
        kill_group(process)
        process.wait()
