"""The policy "after each answer": what an answer earned, while the interview goes on."""

from __future__ import annotations

import pytest
from django.urls import reverse

from grading.worker import Worker
from sessions.models import InterviewSession
from sessions.states import FeedbackPolicy, Route
from tests.factories import UserFactory, assessment_session

pytestmark = pytest.mark.django_db

ANSWER = "Values are computed one at a time, on demand, and the local variables keep their state."


@pytest.fixture
def ana(client):
    user = UserFactory.create(name="Ana")
    client.force_login(user)
    return user


def sitting(ana, policy=FeedbackPolicy.AFTER_EACH, count=2):
    return assessment_session(ana, hiring_team=[], count=count, submitted=False, feedback_policy=policy)


def submit(client, interview_session, position=1):
    return client.post(reverse("answer-submit", args=[interview_session.pk, position]), {"text": ANSWER})


def test_a_submitted_answer_leads_to_what_it_earned_and_from_there_on(client, ana):
    interview_session = sitting(ana)
    feedback = reverse("answer-feedback", args=[interview_session.pk, 1])
    assert submit(client, interview_session)["Location"] == feedback
    waiting = client.get(feedback).content.decode()
    assert "hx-trigger" in waiting
    assert "Being graded" in waiting
    Worker().drain()
    page = client.get(feedback).content.decode()
    assert 'hx-trigger="load delay' not in page
    assert page.count('<span class="verdict') >= 2
    assert "Reference answer" in page
    assert reverse("question", args=[interview_session.pk, 2]) in page
    assert 'id="question-2"' not in page


def test_the_last_answer_leads_to_the_result_with_its_marks(client, ana):
    interview_session = sitting(ana, count=1)
    assert submit(client, interview_session)["Location"] == reverse("result", args=[interview_session.pk])
    Worker().drain()
    assert "Reference answer" in client.get(reverse("result", args=[interview_session.pk])).content.decode()


@pytest.mark.parametrize("policy", [FeedbackPolicy.AT_END, FeedbackPolicy.WHEN_RELEASED])
def test_other_policies_show_nothing_before_the_end(client, ana, policy):
    interview_session = sitting(ana, policy)
    assert submit(client, interview_session)["Location"] == reverse(
        "question", args=[interview_session.pk, 2]
    )
    Worker().drain()
    response = client.get(reverse("answer-feedback", args=[interview_session.pk, 1]))
    assert response["Location"] == reverse("question", args=[interview_session.pk, 1])
    question = client.get(response["Location"]).content.decode()
    assert "What it earned" not in question


def test_an_answer_that_is_not_submitted_shows_neither_marks_nor_reference(client, ana):
    interview_session = sitting(ana)
    response = client.get(reverse("answer-feedback", args=[interview_session.pk, 2]))
    assert response["Location"] == reverse("question", args=[interview_session.pk, 2])


def test_the_submitted_question_leads_back_to_what_it_earned(client, ana):
    interview_session = sitting(ana)
    submit(client, interview_session)
    page = client.get(reverse("question", args=[interview_session.pk, 1])).content.decode()
    assert reverse("answer-feedback", args=[interview_session.pk, 1]) in page


def test_where_only_people_mark_the_page_says_so_and_does_not_poll(client, ana):
    interview_session = sitting(ana)
    InterviewSession.objects.update(route=Route.HUMAN_ONLY)
    submit(client, interview_session)
    page = client.get(reverse("answer-feedback", args=[interview_session.pk, 1])).content.decode()
    assert "A person reads this answer." in page
    assert "load delay" not in page.partition('id="answer-feedback"')[2]
