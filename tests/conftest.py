"""Fixtures for every test: real services, whole deployments, the browser.

A service that is missing skips the test, or fails it where MOCKINGBIRD_REQUIRE_SERVICES=1.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from tests import services, stack
from tests.stack import Kind, Stack


def just_confirmed(request: HttpRequest, user: AbstractBaseUser, **_signal: object) -> None:
    """Whoever signs in through `force_login` counts as one who has typed the password a moment ago."""
    record_authentication(request, user, method="password", reauthenticated=True)


user_logged_in.connect(just_confirmed)

FreshStack = Callable[..., AbstractContextManager[Stack]]


def missing(reason: str) -> NoReturn:
    """Skips, or fails where services are required."""
    if services.is_required():
        pytest.fail(f"Required here, but missing: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A database on a real PostgreSQL: the wrapper's, if there is one."""
    if services.PROVIDED in os.environ:
        yield os.environ["DATABASE_URL"]
        return
    with ExitStack() as cleanup:
        try:
            url = cleanup.enter_context(services.postgresql())
        except services.ServiceMissing as reason:
            missing(str(reason))
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis, as redis://host:port without the number of a database: the wrapper's, if there is one."""
    if services.PROVIDED in os.environ:
        yield os.environ["REDIS_URL"].rpartition("/")[0]
        return
    with ExitStack() as cleanup:
        try:
            url = cleanup.enter_context(services.redis_server())
        except services.ServiceMissing as reason:
            missing(str(reason))
        yield url


@pytest.fixture(scope="session")
def fresh_stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> FreshStack:
    """`with fresh_stack("embedded" or "production", NAME="value"…) as stack`: a deployment of the test's own,
    on an empty database, with further environment variables.
    """
    count = iter(range(1, 100))
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))

    @contextmanager
    def deployed(kind: Kind, **env: str) -> Iterator[Stack]:
        folder = tmp_path_factory.mktemp(kind)
        if kind == "embedded":
            with stack.embedded(folder, **env) as running:
                yield running
            return
        number = 100 * worker + next(count)
        server = request.getfixturevalue("postgresql_url")
        database_url = services.create_database(server, f"stack_{number}")
        # Number 0 is the wrapper's. No two stacks share one.
        broker = f"{request.getfixturevalue('redis_url')}/{number}"
        with stack.production(folder, database_url=database_url, redis_url=broker, **env) as running:
            yield running

    return deployed


@pytest.fixture(scope="session")
def live_stack(fresh_stack: FreshStack) -> Iterator[Callable[[Kind], Stack]]:
    """`live_stack("embedded")` or `live_stack("production")`: one deployment of each kind for the whole test run,
    started when it is first asked for. It has the shipped bank and the demo accounts.
    """
    running: dict[Kind, Stack] = {}
    with ExitStack() as cleanup:

        def get(kind: Kind) -> Stack:
            if kind not in running:
                running[kind] = cleanup.enter_context(fresh_stack(kind))
                if kind == "production":
                    running[kind].manage("load_demo")
            return running[kind]

        yield get


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser: $CHROMIUM, else the system's."""
    names = [
        os.environ.get("CHROMIUM", ""),
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ]
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found is None:
        missing("a browser: neither $CHROMIUM nor chromium on PATH")
    return Path(found)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], chromium: Path) -> dict[str, Any]:
    """The system's Chromium, quiet, and working in a container as root."""
    flags = (
        "no-sandbox disable-gpu disable-quic no-first-run disable-background-networking disable-component-update "
        "disable-sync disable-dev-shm-usage"
    )
    return {
        **browser_type_launch_args,
        "executable_path": str(chromium),
        "args": [f"--{flag}" for flag in flags.split()],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "en-GB", "timezone_id": "UTC", "reduced_motion": "reduce"}
