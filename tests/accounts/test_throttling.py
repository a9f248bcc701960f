"""Who tries too often waits: by account and by address, longer each time, and no header gets around it."""

import time

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from interview_site.accounts import throttling
from interview_site.accounts.models import Role
from interview_site.integrations.models import ApiToken, hash_of
from sessions.models import InterviewSession
from tests.factories import PASSWORD, UserFactory, ready_questions

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture(autouse=True)
def nothing_counted():
    cache.clear()


def sign_in(client, email, password=PASSWORD, **headers):
    """Whether that let them in."""
    client.post(reverse("account_login"), {"login": email, "password": password}, **headers)
    return "_auth_user_id" in client.session


def from_address(address):
    return Client(REMOTE_ADDR=address)


@pytest.fixture
def later(monkeypatch):
    """Lets time pass for the counts."""
    shift = 0.0
    real = time.time

    def by(seconds):
        nonlocal shift
        shift += seconds

    monkeypatch.setattr(time, "time", lambda: real() + shift)
    return by


def test_after_five_wrong_passwords_the_right_one_has_to_wait(client, later):
    ana = UserFactory.create(name="Ana")
    for number in range(5):
        assert not sign_in(from_address(f"192.0.2.{number}"), ana.email, "wrong")
    assert not sign_in(from_address("192.0.2.99"), ana.email)
    later(301)
    assert sign_in(from_address("192.0.2.99"), ana.email)


def test_whoever_goes_on_waits_longer(client, later):
    ana = UserFactory.create(name="Ana")
    for number in range(15):
        sign_in(from_address(f"192.0.2.{number}"), ana.email, "wrong")
        later(61)
    later(301)
    assert not sign_in(from_address("192.0.2.99"), ana.email)
    later(3600)
    assert sign_in(from_address("192.0.2.99"), ana.email)


def test_one_address_that_tries_many_accounts_has_to_wait_whatever_it_says_where_it_comes_from():
    bob = UserFactory.create(name="Bob")
    thief = from_address("192.0.2.7")
    for number in range(10):
        sign_in(thief, f"nobody{number}@example.com", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert not sign_in(thief, bob.email, HTTP_X_FORWARDED_FOR="198.51.100.99")
    assert sign_in(from_address("192.0.2.8"), bob.email)


def test_django_admin_has_no_door_of_its_own(client):
    ada = UserFactory.create(name="Ada", role=Role.ADMIN)
    address = reverse("admin:login")
    response = client.post(address, {"username": ada.email, "password": PASSWORD})
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))
    assert "_auth_user_id" not in client.session


def test_a_token_that_asks_too_often_is_told_when_to_come_back(client, monkeypatch, later):
    monkeypatch.setitem(throttling.RATES, "api", "2/m/key")
    mia = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    for secret in ("one", "two"):
        ApiToken.objects.create(owner=mia, name=secret, secret_hash=hash_of(secret))

    def ask(secret):
        return client.get(reverse("api-templates"), HTTP_AUTHORIZATION=f"Bearer {secret}")

    assert [ask("one").status_code for _ in range(3)] == [200, 200, 429]
    assert ask("one").headers["Retry-After"] == "60"
    assert "Too many requests" in ask("one").json()["error"]
    assert ask("two").status_code == 200
    later(61)
    assert ask("one").status_code == 200


def test_whoever_tries_links_that_are_none_is_stopped(client, monkeypatch):
    monkeypatch.setitem(throttling.RATES, "unknown_link", "2/m/ip")
    tries = [client.get(reverse("invitation-link", args=[f"no-such-token-{n}"])) for n in range(3)]
    assert [response.status_code for response in tries] == [404, 404, 429]
    assert "Please wait a few minutes" in tries[-1].content.decode()
    assert "no-referrer" in tries[-1].headers["Referrer-Policy"]


def test_practice_is_not_begun_without_end(client, settings):
    settings.PRACTICE_PER_HOUR = 2
    ready_questions(2)
    client.force_login(UserFactory.create(name="Ana"))
    begun = []
    for _ in range(3):
        begun.append(client.post(reverse("practice"), {"question_count": 1}))
        if begun[-1].status_code == 302:
            client.post(f"{begun[-1].url}start/")
    assert [response.status_code for response in begun] == [302, 302, 422]
    assert "You have begun many interviews within an hour" in begun[-1].content.decode()
    assert InterviewSession.objects.count() == 2


def test_counts_outlive_many_visitors():
    """The cache must not forget a count because many others were counted since."""
    cache.set("first", 1, 3600)
    for number in range(400):
        cache.set(f"n{number}", 1, 3600)
    assert cache.get("first") == 1
