"""Which endpoints are told that an interview is graded, and what it costs to find out that none is."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grading.announcing import announce_graded
from interview_site.accounts.models import Role
from interview_site.integrations.models import Delivery, Endpoint, Event
from sessions.models import InterviewSession, InterviewTemplate
from tests.factories import UserFactory, answer_at
from tests.grading.review.conftest import sat
from tests.grading.review.test_human_grading import by_hand

pytestmark = [pytest.mark.django_db, pytest.mark.services]

DAYS_AGO = timezone.now() - dt.timedelta(days=20)


@pytest.fixture
def mia():
    return UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)


def endpoint(**fields):
    return Endpoint.objects.create(**{"name": "ATS", "url": "https://ats.example.com/", **fields})


def announced():
    """How many, and with how many queries."""
    with CaptureQueriesContext(connection) as queries:
        count = announce_graded(timezone.now())
    return count, len(queries)


@pytest.mark.parametrize("interviews", [1, 4])
def test_where_nobody_wants_to_hear_of_it_no_interview_is_looked_at(mia, interviews):
    endpoint(kinds=["appeal.opened"])
    endpoint(is_active=False)
    for _ in range(interviews):
        sat(UserFactory.create(), [mia])
    assert announced() == (0, 1)
    assert not Event.objects.exists()


@pytest.mark.parametrize("interviews", [1, 4])
def test_what_was_told_and_what_is_another_templates_costs_the_same_few_queries_every_time(mia, interviews):
    endpoint(template=InterviewTemplate.objects.create(title="Other"))
    for _ in range(interviews):
        sat(UserFactory.create(), [mia])
    assert announced()[0] == 0, "of another template"
    endpoint(created_at=timezone.now() - dt.timedelta(days=1))
    assert announced()[0] == interviews
    assert [announced() for _ in range(2)] == [(0, 3)] * 2


def test_an_endpoint_hears_nothing_of_what_was_graded_before_it_was_made(mia):
    sat(UserFactory.create(), [mia])
    InterviewSession.objects.update(submitted_at=DAYS_AGO)
    endpoint()
    assert announced()[0] == 0


def test_what_was_submitted_before_and_is_graded_since_is_told_to_it(mia):
    assessment = sat(UserFactory.create(), [mia], graded=False)
    InterviewSession.objects.update(submitted_at=DAYS_AGO)
    made = endpoint()
    for position in (1, 2):
        by_hand(answer_at(assessment, position), mia, "met", "met")
    assert announced()[0] == 1
    assert Delivery.objects.get().endpoint == made
