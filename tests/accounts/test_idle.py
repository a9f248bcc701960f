"""A sign-in lasts 14 days; that of managers and admins whose browser stood open too long, less. Not of candidates."""

import pytest
from django.urls import reverse

from interview_site.accounts import idle
from interview_site.accounts.models import Role
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
MINUTE = 60


@pytest.fixture
def clock(monkeypatch):
    """The time that the middleware reads: `clock.minutes` after the sign-in."""

    class Clock:
        minutes = 0

        def time(self):
            return 1_000_000 + self.minutes * MINUTE

    clock = Clock()
    monkeypatch.setattr(idle, "time", clock)
    return clock


@pytest.fixture(autouse=True)
def half_an_hour(settings):
    settings.SESSION_IDLE_MINUTES = 30


def home_of(client, role):
    client.force_login(UserFactory.create(role=role))
    return lambda: client.get(reverse("account_email"))


@pytest.mark.parametrize("role", [Role.HIRING_MANAGER, Role.ADMIN])
def test_staff_who_did_nothing_for_too_long_are_signed_out_and_told_why(client, clock, role):
    visit = home_of(client, role)
    clock.minutes = 31
    response = visit()
    assert response.url.startswith(reverse("account_login"))
    assert "not used for a while" in client.get(response.url).content.decode()


def test_every_request_begins_the_time_anew(client, clock):
    visit = home_of(client, Role.HIRING_MANAGER)
    for minutes in (29, 58, 87):
        clock.minutes = minutes
        assert visit().status_code == 200
    clock.minutes = 118
    assert visit().status_code == 302


def test_a_candidate_who_thinks_for_long_stays_signed_in(client, clock):
    visit = home_of(client, Role.CANDIDATE)
    clock.minutes = 24 * 60
    assert visit().status_code == 200


@pytest.mark.parametrize("role", Role.values)
def test_a_sign_in_ends_after_14_days_however_much_is_done_meanwhile(client, clock, settings, role):
    settings.SESSION_IDLE_MINUTES = 24 * 60
    visit = home_of(client, role)
    for hours in range(0, 14 * 24 + 1, 12):
        clock.minutes = hours * 60
        assert visit().status_code == 200
    clock.minutes += 1
    response = visit()
    assert response.url.startswith(reverse("account_login"))
    assert "a sign-in lasts 14 days" in client.get(response.url).content.decode()


def test_zero_switches_it_off(client, clock, settings):
    settings.SESSION_IDLE_MINUTES = 0
    visit = home_of(client, Role.ADMIN)
    clock.minutes = 24 * 60
    assert visit().status_code == 200


def test_a_sign_in_from_before_there_was_this_clock_is_kept(client, clock):
    visit = home_of(client, Role.ADMIN)
    session = client.session
    del session[idle.LAST_USED], session[idle.SIGNED_IN]
    session.save()
    clock.minutes = 24 * 60
    assert visit().status_code == 200
    clock.minutes += 31
    assert visit().status_code == 302
