"""Bob chose that only people mark his answers: what he and Mia, who hires, read and can do then."""

import pytest
from django.urls import reverse
from django.utils import timezone

from grading.models import Grader, Verdict
from grading.review.releasing import release
from tests.factories import UserFactory, answer_at
from tests.grading.review.conftest import sat
from tests.pages.conftest import page

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob():
    return UserFactory.create(name="Bob")


def test_the_page_after_the_end_names_no_machine(client, bob, mia):
    human_only = sat(bob, [mia], route="human_only", feedback_policy="when_released")
    client.force_login(bob)
    text = page(client, "result", human_only.pk).content.decode()
    assert "no machine marks them" in text
    assert "A machine grades them first" not in text


def test_answers_that_wait_for_a_reader_are_no_failure_of_a_machine(client, bob, mia):
    human_only = sat(bob, [mia], route="human_only", feedback_policy="at_end", appeal_days=7)
    release(human_only, mia, timezone.now())
    client.force_login(bob)
    text = " ".join(page(client, "result", human_only.pk).content.decode().split())
    assert "2 of 2 answers wait for a person to read them." in text
    assert "could not judge" not in text
    assert "contest it below" not in text  # there is nothing to contest yet


@pytest.mark.parametrize("is_blind", [True, False])
def test_a_blank_answer_is_marked_with_one_button(client, bob, mia, is_blind):
    human_only = sat(bob, [mia], route="human_only", blind_first=is_blind)
    button = "Nothing is met: it is blank"
    assert page(client, "transcript", human_only.pk).content.decode().count(button) == 1
    assert button not in page(client, "grade-answer", human_only.pk, 1).content.decode()
    assert button in page(client, "grade-answer", human_only.pk, 2).content.decode()
    client.post(reverse("grade-answer", args=[human_only.pk, 2]), {"act": "blank"})
    grade = answer_at(human_only, 2).grades.get()
    assert (grade.grader, grade.score, grade.graded_by) == (Grader.HUMAN, 0, mia)
    assert set(grade.criterion_scores.values_list("verdict", flat=True)) == {Verdict.UNMET}


def test_an_answer_with_words_in_it_is_not_marked_by_that_button(client, bob, mia):
    human_only = sat(bob, [mia], route="human_only")
    response = client.post(reverse("grade-answer", args=[human_only.pk, 1]), {"act": "blank"})
    assert response.status_code == 422
    assert not answer_at(human_only, 1).grades.exists()
