"""The supervisor: programs run together and end together, with no process left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from interview_site.leash import is_alive
from interview_site.supervisor import Ended, Leash, Program, supervise

ROOT = Path(__file__).resolve().parent.parent


def python(name: str, code: str) -> Program:
    return Program(name, [sys.executable, "-c", code])


def writes_its_pid(path: Path, then: str = "time.sleep(600)") -> str:
    """Code that tells in `path` which process it is, whole or not at all."""
    return (
        f"import os, pathlib, signal, subprocess, sys, time; part = pathlib.Path({str(path) + '.part'!r}); "
        f"part.write_text(str(os.getpid())); part.rename({str(path)!r}); {then}"
    )


def wait_for(is_true: Callable[[], object], seconds: float = 30.0) -> None:
    give_up_at = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < give_up_at, "waited in vain"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Alive, and not only waiting for its parent to take note of its end."""
    try:
        return is_alive(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def pid_file(tmp_path: Path) -> Path:
    return tmp_path / "pid"


def test_a_program_that_ends_by_itself_ends_the_others_and_is_named(pid_file: Path) -> None:
    patient = python("patient one", writes_its_pid(pid_file))
    dying = python(
        "dying one",
        f"import pathlib, sys, time\nwhile not pathlib.Path({str(pid_file)!r}).exists(): time.sleep(.01)\nsys.exit(7)",
    )
    ended = supervise([patient, dying], cwd=ROOT)
    assert str(ended) == "The dying one ended by itself with exit code 7."
    assert not is_running(int(pid_file.read_text()))


def test_a_killed_program_is_reported_with_its_signal() -> None:
    ended = supervise([python("worker", "import os; os.kill(os.getpid(), 9)")], cwd=ROOT)
    assert str(ended) == "The worker was killed by SIGKILL."


def test_a_killed_program_that_restarts_is_started_anew_and_the_others_go_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    web = tmp_path / "web"
    starts = tmp_path / "starts"
    worker = python(
        "worker",
        f"import os, pathlib, time\nwhile not pathlib.Path({str(web)!r}).exists(): time.sleep(.01)\n"
        f"starts = open({str(starts)!r}, 'a+'); starts.write('x'); starts.flush(); starts.seek(0)\n"
        "os.kill(os.getpid(), 9) if len(starts.read()) < 3 else None\n"
        f"os.kill(int(pathlib.Path({str(web)!r}).read_text()), 0)",  # raises unless the web server runs
    )
    ended = supervise([python("web", writes_its_pid(web)), replace(worker, restarts=True)], cwd=ROOT)
    assert str(ended) == "The worker ended by itself with exit code 0."
    assert starts.read_text() == "xxx"
    assert capfd.readouterr().err.count("The worker was killed by SIGKILL. It is started anew.") == 2


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_ends_everything_in_good_order(pid_file: Path, signum: signal.Signals) -> None:
    def stop(_ending: object) -> None:
        wait_for(pid_file.exists)
        os.kill(os.getpid(), signum)

    assert supervise([python("web", writes_its_pid(pid_file))], cwd=ROOT, on_start=stop) is None
    assert not is_running(int(pid_file.read_text()))


def test_signals_mean_afterwards_what_they_meant_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    supervise([python("short one", "")], cwd=ROOT)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_program_that_will_not_stop_is_killed(pid_file: Path) -> None:
    stubborn = writes_its_pid(pid_file, "time.sleep(600)").replace(
        "part =", "signal.signal(signal.SIGTERM, signal.SIG_IGN); part ="
    )

    def stop(_ending: object) -> None:
        wait_for(pid_file.exists)
        os.kill(os.getpid(), signal.SIGTERM)

    assert supervise([python("web", stubborn)], cwd=ROOT, on_start=stop, stop_seconds=0.2) is None
    assert not is_running(int(pid_file.read_text()))


def test_what_a_program_started_goes_with_it(pid_file: Path) -> None:
    grandchild = writes_its_pid(pid_file)
    program = python(
        "web",
        f"import pathlib, subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {grandchild!r}])\n"
        f"while not pathlib.Path({str(pid_file)!r}).exists(): time.sleep(.01)\nsys.exit(1)",
    )
    assert isinstance(supervise([program], cwd=ROOT), Ended)
    wait_for(lambda: not is_running(int(pid_file.read_text())))


def test_a_program_that_cannot_be_started_leaves_the_others_not_running(pid_file: Path) -> None:
    with pytest.raises(FileNotFoundError):
        supervise([python("web", writes_its_pid(pid_file)), Program("ghost", ["/no/such/program"])], cwd=ROOT)
    wait_for(lambda: not pid_file.exists() or not is_running(int(pid_file.read_text())))


def test_a_killed_supervisor_leaves_nothing_running(pid_file: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from interview_site.supervisor import Program, supervise\n"
        f"supervise([Program('web', [sys.executable, '-c', {writes_its_pid(pid_file)!r}])], cwd=Path('.'))"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, start_new_session=True)
    try:
        wait_for(pid_file.exists)
    finally:
        supervisor.kill()
        supervisor.wait()
    wait_for(lambda: not is_running(int(pid_file.read_text())))


def test_a_leash_removes_its_folders_when_its_holder_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    code = (
        "import os; from pathlib import Path; from interview_site.supervisor import Leash\n"
        f"leash = Leash(Path({str(folder)!r})); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    wait_for(lambda: not folder.exists())


def test_a_leash_forgets_a_group_that_was_let_go(pid_file: Path) -> None:
    program = subprocess.Popen([sys.executable, "-c", writes_its_pid(pid_file)], start_new_session=True)
    try:
        wait_for(pid_file.exists)
        code = (
            f"import os; from interview_site.supervisor import Leash; leash = Leash(); leash.hold({program.pid})\n"
            f"leash.let_go({program.pid}); leash._process.stdin.close(); leash._process.wait()"
        )
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
        assert program.poll() is None
    finally:
        program.kill()
        program.wait()


def test_a_leash_that_is_dropped_touches_nothing(tmp_path: Path, pid_file: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    program = subprocess.Popen([sys.executable, "-c", writes_its_pid(pid_file)], start_new_session=True)
    try:
        wait_for(pid_file.exists)
        leash = Leash(folder)
        leash.hold(program.pid)
        leash.drop()
        assert program.poll() is None
        assert folder.exists()
    finally:
        program.kill()
        program.wait()
