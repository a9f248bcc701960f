"""What ships beside the code: the compose file, the image, .env.example, the locks."""

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.conftest import FreshStack
from tests.stack import compose_file
from tests.test_settings import documented, variables
from tests.test_supervisor import wait_for

ROOT = Path(__file__).resolve().parent.parent
OURS = ("web", "worker", "beat")
SERVERS = ("database", "redis")

# The compose file --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return compose_file()


def test_it_has_our_programs_and_the_servers_that_they_need(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"migrate", *OURS, *SERVERS}


@pytest.mark.parametrize("name", [*OURS, *SERVERS])
def test_every_lasting_service_has_a_health_check_and_comes_back(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", OURS)
def test_our_programs_wait_for_the_servers_and_for_the_migration(compose: dict[str, Any], name: str) -> None:
    conditions = {on: wait["condition"] for on, wait in compose["services"][name]["depends_on"].items()}
    assert conditions == {
        "database": "service_healthy",
        "redis": "service_healthy",
        "migrate": "service_completed_successfully",
    }


def test_the_migration_runs_once_when_the_database_is_there(compose: dict[str, Any]) -> None:
    migrate = compose["services"]["migrate"]
    assert migrate["restart"] == "no"
    assert migrate["depends_on"]["database"]["condition"] == "service_healthy"


def test_no_program_of_ours_may_gain_rights(compose: dict[str, Any]) -> None:
    for name in ("migrate", *OURS):
        service = compose["services"][name]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service
        assert "user" not in service  # the image's own, which is not root


def test_data_lie_in_named_volumes(compose: dict[str, Any]) -> None:
    mounted = {
        volume.split(":")[0]: name
        for name, service in compose["services"].items()
        for volume in service.get("volumes", [])
    }
    assert set(mounted) == set(compose["volumes"])
    assert set(SERVERS) <= set(mounted.values())
    assert all(re.fullmatch(r"[a-z]+", source) for source in mounted), "a folder of the host"


def test_only_the_web_server_is_reachable_and_only_from_this_machine(compose: dict[str, Any]) -> None:
    ports = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert list(ports) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in ports["web"])


def test_secrets_come_from_outside_and_their_absence_is_an_error(compose: dict[str, Any]) -> None:
    for name in ("migrate", *OURS):
        environment = compose["services"][name]["environment"]
        assert environment["SECRET_KEY"].startswith("${SECRET_KEY:?")
        assert "${POSTGRES_PASSWORD:?" in environment["DATABASE_URL"]
    assert compose["services"]["database"]["environment"]["POSTGRES_PASSWORD"].startswith(
        "${POSTGRES_PASSWORD:?"
    )


def test_our_programs_talk_to_the_services_by_their_names(compose: dict[str, Any]) -> None:
    environment = compose["services"]["web"]["environment"]
    assert "@database:5432/" in environment["DATABASE_URL"]
    assert environment["REDIS_URL"].startswith("redis://redis:6379/")


def test_the_commands_run_on_postgresql_and_redis_and_their_health_checks_agree(
    compose: dict[str, Any], fresh_stack: FreshStack
) -> None:
    with fresh_stack("production") as stack:

        def is_healthy(name: str) -> bool:
            kind, *command = compose["services"][name]["healthcheck"]["test"]
            if kind == "CMD-SHELL":
                # What the shell of the container would see.
                script = command[0].replace("$$", "$").replace("/var/lib/mockingbird", stack.env["VAR_DIR"])
                command = ["sh", "-c", script]
            path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
            env = {**stack.env, "PATH": path, "HOSTNAME": os.uname().nodename}
            return (
                subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=False).returncode == 0
            )

        for name in OURS:
            wait_for(lambda name=name: is_healthy(name), seconds=60)

        with urlopen(f"{stack.url}/") as response:
            page = response.read().decode()
        stylesheet = re.search(r'href="(/static/[^"]+\.css)"', page)
        assert stylesheet, page
        with urlopen(stack.url + stylesheet[1]) as response:
            assert "immutable" in response.headers["Cache-Control"]

        said = stack.manage("prepare")
        assert "up to date" in said.splitlines()[0]

        stack.processes["web"].terminate()
        stack.processes["web"].wait(timeout=30)
        assert not is_healthy("web")


def test_beat_is_ill_when_it_has_written_nothing_for_long(compose: dict[str, Any], tmp_path: Path) -> None:
    script = compose["services"]["beat"]["healthcheck"]["test"][1].replace("$$", "$")
    schedule = tmp_path / "celerybeat-schedule.db"

    def returncode() -> int:
        command = ["sh", "-c", script.replace("/var/lib/mockingbird", str(tmp_path))]
        return subprocess.run(command, check=False).returncode

    assert returncode() == 1
    schedule.touch()
    assert returncode() == 0
    long_ago = time.time() - 3600
    os.utime(schedule, (long_ago, long_ago))
    assert returncode() == 1


# The image ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dockerfile() -> list[tuple[str, str]]:
    """The instructions and their arguments, continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.strip().partition(" ") for line in lines)]


def last_stage(dockerfile: list[tuple[str, str]]) -> list[tuple[str, str]]:
    start = max(index for index, (word, _) in enumerate(dockerfile) if word == "FROM")
    return dockerfile[start:]


def test_nothing_in_the_image_runs_as_root(dockerfile: list[tuple[str, str]]) -> None:
    stage = last_stage(dockerfile)
    users = [rest for word, rest in stage if word == "USER"]
    assert users == ["mockingbird"]
    made = next(rest for word, rest in stage if word == "RUN" and "useradd" in rest)
    assert "--uid 10001" in made
    after = stage[stage.index(("USER", "mockingbird")) :]
    assert any("collectstatic" in rest for word, rest in after if word == "RUN")


def test_only_packages_with_known_hashes_get_in(dockerfile: list[tuple[str, str]]) -> None:
    installs = [rest for word, rest in dockerfile if word == "RUN" and "pip install" in rest]
    assert installs
    assert all("--require-hashes -r requirements.txt" in rest for rest in installs)


def test_the_image_serves_what_the_compose_file_serves(
    dockerfile: list[tuple[str, str]], compose: dict[str, Any]
) -> None:
    command = next(rest for word, rest in last_stage(dockerfile) if word == "CMD")
    assert shlex.split(command.strip("[]").replace(",", " ")) == compose["services"]["web"]["command"]
    health = next(rest for word, rest in last_stage(dockerfile) if word == "HEALTHCHECK")
    assert "interview_site.healthcheck" in health


def test_the_image_gets_the_code_and_no_data_keys_or_history() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert lines[0] == "*"
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert let_in == {
        *("interview_site", "questions", "sessions", "grading", "templates", "static"),
        *("manage.py", "requirements.txt", "LICENSE"),
    }
    assert all((ROOT / name).exists() for name in let_in)


# .env.example ------------------------------------------------------------------------------------------------


def test_every_variable_that_is_read_is_documented_and_every_documented_one_is_read() -> None:
    by_compose = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert set(documented()) == variables() | by_compose | {"ENV_FILE"}


def test_the_readmes_table_names_every_variable_and_no_other() -> None:
    rows = [
        line.split("|")[1] for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `")
    ]
    assert set(re.findall(r"`([A-Z_]+)`", " ".join(rows))) == set(documented()) - {"POSTGRES_PASSWORD"}


def test_every_variable_is_explained() -> None:
    before = re.findall(r"(.*)\n(?:#[A-Z_]+=.*\n)*#[A-Z_]+=", (ROOT / ".env.example").read_text())
    unexplained = [line for line in before if not re.match(r"# \w|#   ", line) and line]
    assert not unexplained


# Locks -------------------------------------------------------------------------------------------------------


def pins(name: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9.-]+==[^ ;]+)", (ROOT / name).read_text(), re.MULTILINE))


def test_development_uses_the_very_versions_that_ship() -> None:
    assert pins("requirements.txt")
    assert pins("requirements.txt") <= pins("requirements-dev.txt")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_has_hashes_and_no_lock_names_a_registry(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert text.count(" \\\n") >= len(pins(name))
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block, block
