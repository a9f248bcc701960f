"""The end of a timed interview: whose doing it was, and what the candidate reads of it."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from sessions.models import InterviewSession
from sessions.sittings import save_draft
from tests.factories import UserFactory, answer_at, practice_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client):
    user = UserFactory.create(name="Ana")
    client.force_login(user)
    return user


@pytest.mark.parametrize(
    ("seconds_left", "reason", "ended_by"),
    [
        (300, "deadline", "candidate"),  # whatever the browser says
        (0.7, "deadline", "deadline"),  # its clock counts whole seconds
        (0.7, "", "candidate"),
        (0, "", "deadline"),
    ],
)
def test_who_ended_the_interview_is_told_by_our_clock(client, ana, seconds_left, reason, ended_by):
    interview_session = practice_session(ana, minutes=10)
    deadline = timezone.now() + dt.timedelta(seconds=seconds_left)
    InterviewSession.objects.filter(pk=interview_session.pk).update(deadline_at=deadline)
    client.post(reverse("interview-finish", args=[interview_session.pk]), {"reason": reason})
    interview_session.refresh_from_db()
    assert interview_session.ended_by == ended_by


def test_whom_the_deadline_stopped_reads_what_was_handed_in(client, ana):
    interview_session = practice_session(ana, minutes=10, at=timezone.now() - dt.timedelta(minutes=10))
    client.post(reverse("answer-submit", args=[interview_session.pk, 1]), {"text": "Given in time"})
    save_draft(answer_at(interview_session, 2), "Half a thought", 0, timezone.now())
    address = reverse("interview-finish", args=[interview_session.pk])
    page = client.post(address, {"reason": "deadline"}, follow=True).content.decode()
    assert "Time was up." in page
    assert "What was saved of question 2 was handed in as it stood." in page
    assert "Nothing was saved of question 3." in page
