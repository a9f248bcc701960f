"""The transcript page: every grade with where it came from, and no decision that no person made."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from grading.models import Grade
from grading.models_review import Review
from grading.review.human_grading import withdraw
from grading.submission import submit_answer, submit_session
from sessions.models import InterviewSession
from sessions.states import EndedBy
from tests.factories import UserFactory, answer_at, assessment_session
from tests.grading.review.conftest import sat
from tests.grading.review.test_human_grading import by_hand
from tests.pages.conftest import page

pytestmark = pytest.mark.django_db


def history(client, assessment):
    """The list of grades of the first answer, one text each."""
    text = page(client, "transcript", assessment.pk).content.decode()
    (first, *_) = re.findall(r'<ol class="history">(.*?)</ol>', text, re.DOTALL)
    entries = re.findall(r"<li>\s*<p>(.*?)(?=<li>\s*<p>|\Z)", first, re.DOTALL)
    return [" ".join(re.sub("<.*?>", " ", entry).split()) for entry in entries]


def test_every_grade_of_an_answer_is_shown_in_order_with_where_it_came_from(client, assessment, mia, max_):
    answer = answer_at(assessment, 1)
    machine = answer.grades.get()
    withdrawn = by_hand(answer, mia, "unmet", "unmet")
    withdraw(withdrawn, mia, timezone.now())
    by_hand(answer, max_, "met", "unmet", base=machine.pk, sees_machine=False)
    oldest, middle, newest = history(client, assessment)
    assert newest.startswith("Max 2 / 4")
    assert "without having seen the machine" in newest
    assert middle.startswith("Mia 0 / 4")
    assert "withdrawn by Mia" in middle
    assert oldest.startswith("Offline grader")
    assert machine.grader_version in oldest
    assert all("rubric 1" in entry for entry in (newest, middle, oldest))


def test_a_machine_mark_of_nothing_decides_nothing(client, mia):
    """Zero points: no scorecard, no release, no word to the candidate; it waits, and is called provisional."""
    nothing = sat(UserFactory.create(name="Cem"), [mia], text="No idea at all.")
    assert {grade.score for grade in Grade.objects.filter(answer__interview_session=nothing)} == {0}
    assert not Review.objects.exists()
    assert InterviewSession.objects.get(pk=nothing.pk).released_at is None
    assert "Cem" in page(client, "inbox").content.decode()
    assert "provisional" in page(client, "transcript", nothing.pk).content.decode()
    client.force_login(nothing.candidate)
    result = page(client, "result", nothing.pk).content.decode()
    assert "not met" not in result
    assert not re.search(r"\b0 (/|of) ", result)


def test_a_text_for_a_submitted_answer_is_not_called_late_for_the_interview(client, mia, ana):
    interview_session = assessment_session(ana, hiring_team=[mia], submitted=False)
    submit_answer(answer_at(interview_session, 1), "One", None, timezone.now())
    client.force_login(ana)
    address = reverse("answer-submit", args=[interview_session.pk, 1])
    client.post(address, {"text": "One, but better"})
    submit_session(interview_session, EndedBy.CANDIDATE, timezone.now())
    client.post(address, {"text": "Too late"})
    client.force_login(mia)
    text = page(client, "transcript", interview_session.pk).content.decode()
    assert "15 characters arrived after this answer was submitted and do not count" in text
    assert "8 characters arrived after the end and do not count" in text


@pytest.mark.parametrize("is_blind", [True, False])
def test_a_scorecard_opens_only_what_was_hidden(client, assessment, mia, is_blind):
    InterviewSession.objects.filter(pk=assessment.pk).update(blind_first=is_blind)
    sent = {"recommendation": "yes", "act": "submit", "version": 0}
    response = client.post(reverse("scorecard", args=[assessment.pk]), sent, follow=True)
    assert ("is open to you now" in response.content.decode()) == is_blind
