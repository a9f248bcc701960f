"""The transcript page: every grade with where it came from, and no decision that no person made."""

import re

import pytest
from django.utils import timezone

from grading.models import Grade
from grading.models_review import Review
from grading.review.human_grading import withdraw
from sessions.models import InterviewSession
from tests.factories import UserFactory, answer_at
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
