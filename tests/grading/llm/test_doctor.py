"""`manage.py doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ("401", "Check OPENAI_API_KEY"),
        ("404", "It offers: fake-1."),
        ("insufficient_quota", "Add credit"),
        ("503", "Check OPENAI_BASE_URL"),
        ("html", "Check OPENAI_BASE_URL"),
        ("429", "GRADING_CONCURRENCY"),
        ("refusal", "Choose another model"),
    ],
)
def test_the_doctor_says_what_to_fix(model_settings, fake, behaviour, said):
    fake.script(behaviour)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out)
    assert said in out.getvalue()


def test_the_doctor_does_not_wait_for_headers_that_never_end(model_settings, fake):
    model_settings.GRADING_TIMEOUT_SECONDS = 0.5
    fake.script("slow_headers")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out)
    assert "beyond every time limit" in out.getvalue()


def test_the_doctor_finds_nothing_wrong_without_a_model(settings):
    out = StringIO()
    call_command("doctor", stdout=out)
    assert "All is well." in out.getvalue()


def test_the_doctor_asks_for_a_key(model_settings):
    model_settings.OPENAI_API_KEY = model_settings.OPENAI_BASE_URL = ""
    out = StringIO()
    with pytest.raises(CommandError, match="1 thing"):
        call_command("doctor", stdout=out)
    assert "OPENAI_API_KEY is empty" in out.getvalue()


def test_the_doctor_says_that_all_is_well_where_the_endpoint_is(model_settings, fake):
    out = StringIO()
    call_command("doctor", stdout=out)
    assert "replies follow a JSON schema" in out.getvalue()
    assert "All is well." in out.getvalue()


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ALL_PROXY", "ftp://127.0.0.1", "ALL_PROXY"),
        ("SSL_CERT_FILE", "/nonexistent.pem", "SSL_CERT_FILE"),
        ("HTTP_PROXY", "http://127.0.0.1:9", "name the host in NO_PROXY"),
    ],
)
def test_the_doctor_speaks_of_surroundings_that_are_set_up_wrongly(
    model_settings, fake, monkeypatch, variable, value, said
):
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv(variable, value)
    out = StringIO()
    with pytest.raises(CommandError, match="1 thing"):
        call_command("doctor", stdout=out)
    assert said in out.getvalue()
