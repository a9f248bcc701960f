"""Fixtures of the model grader's tests: a fake endpoint, and settings that point to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes import FakeEndpoint, fake_endpoint


@pytest.fixture(scope="session")
def endpoint_process() -> Iterator[FakeEndpoint]:
    with fake_endpoint() as fake:
        yield fake


@pytest.fixture
def fake(endpoint_process: FakeEndpoint) -> FakeEndpoint:
    """The endpoint, with a good judge until told otherwise."""
    endpoint_process.script("good")
    return endpoint_process


@pytest.fixture
def model_settings(settings, fake, request):
    """A model is configured: the fake one. Every test has an endpoint name, and so a breaker, of its own."""
    settings.GRADING_MODEL = f"fake-{abs(hash(request.node.nodeid))}"
    settings.OPENAI_API_KEY = "a-key"
    settings.OPENAI_BASE_URL = fake.url
    settings.GRADING_TIMEOUT_SECONDS = 30.0  # a busy machine is no outage; tests of outages set their own
    settings.GRADING_CONNECT_SECONDS = 10.0
    return settings
