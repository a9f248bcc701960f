"""Whole deployments as real processes: the embedded one of `make run`, and the one of docker-compose.yml."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import psutil
import psycopg
import yaml

from interview_site.healthcheck import answers
from interview_site.supervisor import Leash, kill_group
from tests.services import free_port, wait_until

Kind = Literal["embedded", "production"]

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 15.0


@dataclass
class Stack:
    """A running Mockingbird. `processes` are those that the test itself started, by name."""

    kind: Kind
    url: str
    env: dict[str, str]
    log: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    leash: Leash = field(default_factory=Leash)

    def start(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        """Starts a process of the stack, which ends with it; its output goes to the log."""
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.leash.hold(process.pid)
        self.processes[name] = process
        return process

    def stop(self) -> None:
        """Asks every process to stop, and kills what has not after STOP_SECONDS."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=STOP_SECONDS)
            kill_group(process)
            process.wait()
        self.leash.drop()

    def manage(self, *args: str) -> str:
        """Runs `manage.py` in the deployment's environment; what it printed. Raises CalledProcessError."""
        command = [sys.executable, "manage.py", *args]
        return subprocess.run(
            command, cwd=ROOT, env=self.env, stdout=subprocess.PIPE, text=True, check=True, timeout=120
        ).stdout

    def rows(self, query: str, *values: UUID) -> list[tuple[Any, ...]]:
        """What the query finds, with a `?` for each value. Asked of the database itself: tests ask again and again, and
        a process of Django's own takes a second or more of processor time.
        """
        if url := self.env.get("DATABASE_URL"):
            with psycopg.connect(url) as connection:
                return connection.execute(query.replace("?", "%s").encode(), values).fetchall()
        with closing(sqlite3.connect(Path(self.env["VAR_DIR"]) / "mockingbird.sqlite3")) as database:
            return database.execute(query, [value.hex for value in values]).fetchall()

    def logs(self) -> str:
        return self.log.read_text(errors="replace")

    def pids(self, needle: str) -> list[int]:
        """The processes below ours, at any depth, whose command line contains `needle`."""
        found = []
        for process in self.processes.values():
            # A process may end while we look.
            with suppress(psutil.Error):
                below = psutil.Process(process.pid).children(recursive=True)
                found += [child.pid for child in below if needle in " ".join(child.cmdline())]
        return found


@contextmanager
def embedded(folder: Path, **env: str) -> Iterator[Stack]:
    """`make run` without make, on SQLite in `folder`; running when it answers."""
    port = free_port()
    own = _environment(VAR_DIR=str(folder / "var"), HOST="127.0.0.1", PORT=str(port))
    stack = Stack("embedded", f"http://127.0.0.1:{port}", {**own, **env}, folder / "log")
    try:
        run = stack.start("run", [sys.executable, "-m", "interview_site.run"])
        wait_until(lambda: "is running at" in stack.logs(), run, "Mockingbird", stack.log)
        yield stack
    finally:
        stack.stop()


@contextmanager
def production(folder: Path, *, database_url: str, redis_url: str, **env: str) -> Iterator[Stack]:
    """The commands of docker-compose.yml with PostgreSQL and Redis; running when it answers."""
    port = free_port()
    own = _environment(
        DATABASE_URL=database_url,
        REDIS_URL=redis_url,
        SECRET_KEY="for-tests-" + "x" * 50,
        VAR_DIR=str(folder / "var"),
        STATIC_ROOT=str(folder / "static"),
        GRANIAN_HOST="127.0.0.1",
        GRANIAN_PORT=str(port),
    )
    stack = Stack("production", f"http://127.0.0.1:{port}", {**own, **env}, folder / "log")
    (folder / "var").mkdir()
    commands = compose_commands()
    try:
        stack.manage("collectstatic", "--no-input", "--verbosity", "0")  # the image is built with it
        once = stack.start("migrate", commands["migrate"])
        if once.wait(timeout=120):
            raise RuntimeError(f"The migration failed:\n{stack.logs()}")
        web, worker, _ = (stack.start(name, commands[name]) for name in ("web", "worker", "beat"))
        wait_until(lambda: answers(stack.url, timeout=1.0), web, "The web server", stack.log)
        wait_until(lambda: " ready." in stack.logs(), worker, "The worker", stack.log)
        yield stack
    finally:
        stack.stop()


def compose_file() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def compose_commands() -> dict[str, list[str]]:
    """What each of our services runs, with this Python."""
    services = compose_file()["services"]
    return {
        name: [sys.executable if word == "python" else word for word in services[name]["command"]]
        for name in ("migrate", "web", "worker", "beat")
    }


def _environment(**env: str) -> dict[str, str]:
    """The machine's environment without this test run's own, and without the developer's .env."""
    ours = {
        "DATABASE_URL",
        "REDIS_URL",
        "DJANGO_SETTINGS_MODULE",
        "PYTEST_CURRENT_TEST",
        "DJANGO_ALLOW_ASYNC_UNSAFE",
    }
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "ENV_FILE": os.devnull, "PYTHONUNBUFFERED": "1", **env}
