"""The log: invitation tokens stay out of it whatever goes wrong, and a refusal is one line."""

import logging
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse

from interview_site.log_scrubbing import WithoutTokens
from sessions.tokens import new_token
from tests.factories import UserFactory


@pytest.fixture
def log():
    """A logger with the project's filter, and what it has written."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(WithoutTokens())
    logger = logging.Logger("test")
    logger.addHandler(handler)
    return logger, written


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("Not Found: %s", "/i/{}/"),
        ("%s", "https://example.com/i/{}/"),
        ("Bad request", ""),
        ("GET %s 302", "/i/{}"),
    ],
)
def test_an_address_is_written_without_its_token(log, message, place):
    logger, written = log
    token = new_token()
    logger.warning(message, *([place.format(token)] if place else []))
    assert token not in written.getvalue()
    assert written.getvalue().startswith(message.partition("%")[0])


def test_a_traceback_is_written_without_it_too(log):
    logger, written = log
    token = new_token()
    try:
        raise ValueError(f"/i/{token}/")
    except ValueError:
        logger.exception("Internal Server Error: %s", f"/i/{token}/")
    assert token not in written.getvalue()
    assert "ValueError: /i/[token]/" in written.getvalue()


def test_everything_else_is_written_as_it_is(log):
    logger, written = log
    logger.warning("Not Found: %s", "/interviews/9/")
    assert written.getvalue() == "Not Found: /interviews/9/\n"


@pytest.mark.django_db
def test_every_handler_of_the_project_has_the_filter(settings, client, caplog):
    handlers = settings.LOGGING["handlers"]
    assert all("without_tokens" in handler["filters"] for handler in handlers.values())
    assert logging.getLogger("django").handlers == []
    assert not logging.getLogger("django.server").propagate


@pytest.fixture
def site_log():
    """What the project's own handler writes."""
    (handler,) = [one for one in logging.getLogger().handlers if WithoutTokens in map(type, one.filters)]
    written = StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "name", "status"),
    [({}, "inbox", 403), ({"host": "elsewhere.example"}, "home", 400)],
)
def test_a_request_that_is_refused_is_one_line(site_log, headers, name, status):
    browser = Client(headers=headers)
    browser.force_login(UserFactory.create())
    assert browser.get(reverse(name)).status_code == status
    assert len(site_log.getvalue().splitlines()) == 1
    assert "Traceback" not in site_log.getvalue()


@pytest.mark.django_db
def test_a_fault_of_the_program_keeps_its_traceback(site_log, monkeypatch):
    monkeypatch.setattr("interview_site.views.render", lambda *_args, **_kwargs: 1 / 0)
    assert Client(raise_request_exception=False).get(reverse("home")).status_code == 500
    assert "ZeroDivisionError" in site_log.getvalue()
