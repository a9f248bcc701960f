"""Logs do not grow for ever: a sweep lets go what is older than LOG_RETENTION_DAYS, and nothing that is needed."""

import datetime as dt

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.utils import timezone

from grading.announcing import LOOK_BACK
from grading.sweeping import sweep
from interview_site.accounts import audit
from interview_site.accounts.models import AuditEntry, Role
from interview_site.integrations import retention
from interview_site.integrations.models import Attempt, Delivery, DeliveryState, Endpoint, Event, EventKind
from interview_site.integrations.outbox import send_again
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture(autouse=True)
def ninety_days(settings):
    settings.LOG_RETENTION_DAYS = 90


@pytest.fixture
def endpoint():
    return Endpoint.objects.create(name="Payroll", url="http://127.0.0.1:9/", is_active=False)


def told(endpoint, days_ago, state=DeliveryState.DELIVERED):
    at = NOW - dt.timedelta(days=days_ago)
    event = Event.objects.create(kind=EventKind.SESSION_STARTED, created_at=at)
    delivery = Delivery.objects.create(event=event, endpoint=endpoint, state=state, created_at=at)
    Attempt.objects.create(delivery=delivery, number=1, tried_at=at)
    return event


def test_old_deliveries_go_with_their_tries_and_younger_ones_stay(endpoint):
    told(endpoint, 91)
    told(endpoint, 91, DeliveryState.GIVEN_UP)
    young = told(endpoint, 89)
    sweep(NOW)
    assert list(Event.objects.all()) == [young]
    assert Attempt.objects.count() == 1


@pytest.mark.parametrize(("days_ago", "state"), [(6, "waiting"), (8, "given_up")])
def test_what_waits_for_an_endpoint_that_is_switched_off_is_given_up_after_a_week(endpoint, days_ago, state):
    told(endpoint, days_ago, DeliveryState.WAITING)
    sweep(NOW)
    assert Delivery.objects.get().state == state


def test_a_week_old_delivery_to_an_endpoint_that_is_on_is_tried_before_it_is_given_up(endpoint):
    Endpoint.objects.update(is_active=True)
    told(endpoint, 8, DeliveryState.WAITING)
    retention.purge(NOW)
    assert Delivery.objects.get().state == "waiting"


def test_an_old_event_that_was_sent_again_lately_stays(endpoint):
    event = told(endpoint, 91)
    again = send_again(event.deliveries.get())
    Delivery.objects.filter(pk=again.pk).update(state=DeliveryState.DELIVERED)
    sweep(NOW)
    assert event.deliveries.count() == 2


def test_a_sweep_does_not_stop_for_long(endpoint, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    for _ in range(3):
        told(endpoint, 91)
    assert [retention.purge(NOW) for _ in range(3)] == [2, 1, 0]


def test_what_tells_that_something_was_told_is_kept_as_long_as_it_is_asked_for():
    from tests.test_settings import NONSENSE

    assert ("LOG_RETENTION_DAYS", str(LOOK_BACK.days)) in NONSENSE


def test_expired_sessions_go_and_the_others_stay():
    for key, days in (("over", -1), ("open", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=NOW + dt.timedelta(days=days))
    sweep(NOW)
    assert [session.session_key for session in Session.objects.all()] == ["open"]


def test_the_history_of_the_admin_pages_goes_and_the_audit_log_stays():
    ada = UserFactory.create(name="Ada", role=Role.ADMIN)
    for days in (89, 91):
        LogEntry.objects.create(
            user=ada,
            content_type=ContentType.objects.get_for_model(ada),
            object_id=str(ada.pk),
            object_repr=f"{days} days ago",
            action_flag=CHANGE,
            action_time=NOW - dt.timedelta(days=days),
        )
    audit.record(ada, "person.erased", ada)
    sweep(NOW)
    assert [entry.object_repr for entry in LogEntry.objects.all()] == ["89 days ago"]
    sweep(NOW + dt.timedelta(days=4000))
    assert AuditEntry.objects.count() == 1
    assert audit.verify().broken_at is None
