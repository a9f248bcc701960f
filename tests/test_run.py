"""`make run`: the checks before the start, the first start and the second, and the end."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from interview_site import last_start
from interview_site.healthcheck import answers
from interview_site.preparation import _Stamp
from interview_site.run import is_loopback, url_of
from tests.conftest import FreshStack
from tests.services import free_port
from tests.test_supervisor import is_running, wait_for

ROOT = Path(__file__).resolve().parent.parent


def run(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs it to its end; for starts that fail."""
    full = {**os.environ, "VAR_DIR": str(folder / "var"), "PORT": str(free_port()), **env}
    full.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "interview_site.run"]
    return subprocess.run(
        command, cwd=ROOT, env=full, capture_output=True, text=True, timeout=60, check=False
    )


def complaint(result: subprocess.CompletedProcess[str]) -> str:
    """What a start that failed said: one line, exit code 1."""
    assert result.returncode == 1, result.stderr
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("Mockingbird cannot start. ")
    return result.stderr.strip().removeprefix("Mockingbird cannot start. ")


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which some other program listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_in_use_is_named_with_another_to_try(tmp_path: Path, taken_port: int) -> None:
    said = complaint(run(tmp_path, PORT=str(taken_port)))
    assert said == (
        f"Port {taken_port} is in use by another program; choose another one: `make run PORT={taken_port + 1}`."
    )


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    assert (
        complaint(run(tmp_path)) == f"VAR_DIR: the folder {tmp_path / 'var'} cannot be written (File exists)."
    )


def test_a_folder_for_static_files_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "static").write_text("a file where the folder should be")
    said = complaint(run(tmp_path, STATIC_ROOT=str(tmp_path / "static")))
    assert said.startswith(f"STATIC_ROOT: static files cannot be collected in {tmp_path / 'static'} (")


def test_a_level_that_is_not_installed_is_named(tmp_path: Path) -> None:
    said = complaint(run(tmp_path, GRADING_LEVEL="static"))
    assert said == "GRADING_LEVEL: the level “static” needs the package wordllama (its weights only)."


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    said = complaint(run(tmp_path, GRADING_MODEL_FOLDER=str(tmp_path)))
    assert said.startswith("GRADING_LEVEL: the level “contextual” needs model.onnx and tokenizer.json in")


def test_the_programs_insides_are_not_shown_to_others(tmp_path: Path) -> None:
    assert complaint(run(tmp_path, HOST="0.0.0.0", DEBUG="true")).startswith("DEBUG shows settings and code")


def test_two_starts_at_once_prepare_once_and_the_second_says_where_it_runs(tmp_path: Path) -> None:
    env = {**os.environ, "VAR_DIR": str(tmp_path / "var"), "PORT": str(free_port()), "PYTHONUNBUFFERED": "1"}
    env.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "interview_site.run"]
    logs = [tmp_path / "one", tmp_path / "two"]
    processes = []
    try:
        for log in logs:
            with log.open("wb") as output:
                processes.append(
                    subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT)
                )
        wait_for(lambda: any(process.poll() is not None for process in processes), seconds=60)
        loser = 0 if processes[0].poll() is not None else 1
        address = f"http://127.0.0.1:{env['PORT']}/"
        waiting, refused = logs[loser].read_text().splitlines()
        assert waiting == f"Another start is under way in {tmp_path / 'var'}: waiting for it."
        assert refused.startswith(f"Mockingbird cannot start. It is already running at {address};")
        assert f"Mockingbird is running at {address}" in logs[1 - loser].read_text()
        assert processes[1 - loser].poll() is None
    finally:
        for process in processes:
            process.terminate()
            process.wait(timeout=30)


def test_nonsense_in_a_variable_is_named(tmp_path: Path) -> None:
    assert complaint(run(tmp_path, PORT="eight thousand")) == "PORT: Not a valid integer."


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    assert complaint(run(tmp_path, HOST="192.0.2.1")) == "HOST=192.0.2.1 is no address of this machine."


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "mockingbird.sqlite3").write_text("this is no database" * 100)
    said = complaint(run(tmp_path))
    assert str(tmp_path / "var" / "mockingbird.sqlite3") in said
    assert "not a database" in said


def test_a_database_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    said = complaint(run(tmp_path, DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"))
    assert said.startswith("DATABASE_URL: the database cannot be used (")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("localhost", "http://localhost:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("::", "http://[::1]:8000"),
        ("192.168.1.5", "http://192.168.1.5:8000"),
    ],
)
def test_the_address_is_one_that_a_browser_here_can_open(host: str, url: str) -> None:
    assert url_of(host, 8000) == url


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("localhost.example.com", False),
    ],
)
def test_only_loopback_is_private(host: str, *, expected: bool) -> None:
    assert is_loopback(host) is expected


@dataclass(frozen=True)
class FirstStart:
    """A folder in which Mockingbird ran once, and what it said then."""

    folder: Path
    url: str
    said: str
    second_start_said: str
    returncode: int


@pytest.fixture(scope="module")
def first(fresh_stack: FreshStack, tmp_path_factory: pytest.TempPathFactory) -> FirstStart:
    folder = tmp_path_factory.mktemp("first")
    with fresh_stack("embedded", VAR_DIR=str(folder / "var")) as stack:
        said = stack.logs()
        second = complaint(run(folder, PORT=stack.env["PORT"]))
        stack.manage("shell", "--no-imports", "-c", ADMIN + "admin.set_password('my own'); admin.save()")
        stack.processes["run"].send_signal(signal.SIGTERM)
        returncode = stack.processes["run"].wait(timeout=30)
        assert not stack.pids("")
    return FirstStart(folder, stack.url, said, second, returncode)


ADMIN = "from django.contrib.auth import get_user_model as u; admin = u().objects.get(email='admin@example.com'); "


def test_the_first_start_says_where_it_is_and_how_to_log_in(first: FirstStart) -> None:
    assert f"Mockingbird is running at {first.url}/" in first.said
    for email in ("admin@example.com", "manager@example.com", "candidate@example.com"):
        assert email in first.said
    assert "unless you have changed" not in first.said


def test_a_second_one_on_the_same_port_hears_that_it_runs_already(first: FirstStart) -> None:
    assert first.second_start_said.startswith(f"It is already running at {first.url}/;")


def test_asked_to_stop_it_stops_in_good_order(first: FirstStart) -> None:
    assert first.returncode == 0


def test_a_later_start_keeps_the_data_and_prepares_nothing(
    first: FirstStart, fresh_stack: FreshStack
) -> None:
    with fresh_stack("embedded", VAR_DIR=str(first.folder / "var")) as stack:
        said = stack.logs()
        check = stack.manage("shell", "--no-imports", "-c", ADMIN + "print(admin.check_password('my own'))")
    assert "unless you have changed or removed them" in said
    assert "The database has been set up" not in said
    assert "The static files have been collected" not in said
    assert "The shipped questions" not in said
    assert check == "True\n"


def test_when_the_web_server_dies_the_run_ends_and_says_so(
    first: FirstStart, fresh_stack: FreshStack
) -> None:
    with fresh_stack("embedded", VAR_DIR=str(first.folder / "var")) as stack:
        os.kill(stack.pids("granian")[0], signal.SIGKILL)
        assert stack.processes["run"].wait(timeout=30) == 1
        assert stack.logs().endswith("Mockingbird has stopped.\n")
        assert not answers(stack.url)


def test_when_the_worker_is_killed_the_site_stays_and_the_next_worker_begins(
    first: FirstStart, fresh_stack: FreshStack
) -> None:
    with fresh_stack("embedded", VAR_DIR=str(first.folder / "var")) as stack:
        (killed,) = stack.pids("grade_worker")
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: set(stack.pids("grade_worker")) - {killed})
        assert "The grading worker was killed by SIGKILL. It is started anew.\n" in stack.logs()
        assert answers(stack.url)


def test_a_killed_run_leaves_no_program_behind(first: FirstStart, fresh_stack: FreshStack) -> None:
    with fresh_stack("embedded", VAR_DIR=str(first.folder / "var")) as stack:
        below = stack.pids("")
        stack.processes["run"].kill()
        stack.processes["run"].wait()
        wait_for(lambda: not any(is_running(pid) for pid in below))


def test_demo_accounts_are_never_open_to_others(first: FirstStart) -> None:
    said = complaint(run(first.folder, HOST="0.0.0.0"))
    assert said.startswith("The demo accounts still have their public password")


def test_no_demo_accounts_are_made_where_others_can_connect(fresh_stack: FreshStack) -> None:
    with fresh_stack("embedded", HOST="0.0.0.0") as stack:
        assert "Demo logins" not in stack.logs()
        count = "from django.contrib.auth import get_user_model as u; print(u().objects.count())"
        assert stack.manage("shell", "--no-imports", "-c", count) == "0\n"


# What the last start prepared --------------------------------------------------------------------------------


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project in a folder, prepared as of now."""
    database = tmp_path / "var" / "mockingbird.sqlite3"
    settings = SimpleNamespace(
        BASE_DIR=tmp_path,
        VAR_DIR=tmp_path / "var",
        STATIC_ROOT=tmp_path / "var" / "static",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
    )
    monkeypatch.setattr(last_start, "settings", settings)
    settings.STATIC_ROOT.mkdir(parents=True)
    (settings.STATIC_ROOT / "staticfiles.json").write_text("{}")
    for name in last_start.WATCHED:
        path = tmp_path / name if name.endswith(".txt") else tmp_path / name / "one.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("one")
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE django_migrations (id INTEGER PRIMARY KEY, app TEXT, name TEXT)")
        connection.execute("CREATE TABLE questions_question (id INTEGER PRIMARY KEY)")
        connection.execute("INSERT INTO django_migrations (app, name) VALUES ('questions', '0001_initial')")
        connection.execute("INSERT INTO questions_question DEFAULT VALUES")
    last_start.remember("Hello")
    assert last_start.recall() == "Hello"
    return tmp_path


def test_an_edited_file_is_a_reason_to_prepare_again(prepared: Path) -> None:
    (prepared / "questions" / "one.py").write_text("another")
    assert last_start.recall() is None


def test_a_new_file_is_a_reason_to_prepare_again(prepared: Path) -> None:
    (prepared / "static" / "new.css").write_text("")
    assert last_start.recall() is None


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM django_migrations",
        "INSERT INTO django_migrations (app, name) VALUES ('grading', '0001_initial')",
        "DELETE FROM questions_question",
        "DROP TABLE questions_question",
    ],
)
def test_another_database_is_a_reason_to_prepare_again(prepared: Path, change: str) -> None:
    with (
        contextlib.closing(sqlite3.connect(prepared / "var" / "mockingbird.sqlite3")) as connection,
        connection,
    ):
        connection.execute(change)
    assert last_start.recall() is None


def test_a_database_that_is_gone_is_not_made_anew_by_looking(prepared: Path) -> None:
    database = prepared / "var" / "mockingbird.sqlite3"
    database.unlink()
    assert last_start.recall() is None
    assert not database.exists()


def test_a_database_that_cannot_be_written_is_looked_at_again(
    prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr(
        last_start.sqlite3, "connect", lambda address, uri: connect(address.replace("rw", "ro"), uri=uri)
    )
    assert last_start.recall() is None


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"fingerprint": 1, "message": "x"})])
def test_a_damaged_memory_is_no_memory(prepared: Path, text: str) -> None:
    (prepared / "var" / "last-start.json").write_text(text)
    assert last_start.recall() is None


def test_garbage_where_the_memories_lie_is_no_memory(tmp_path: Path, settings: Settings) -> None:
    settings.VAR_DIR = tmp_path
    (tmp_path / "static.stamp").write_bytes(b"\xff\xfe")
    (tmp_path / "bank.stamp").mkdir()
    assert not _Stamp("static", "digest").is_current()
    assert not _Stamp("bank", "digest").is_current()
    _Stamp("bank", "digest").set()  # cannot be kept, and harms nobody
