"""What the model proposes to ask next: who sees it, and until when."""

import pytest
from django.utils import timezone

from grading.models import Grade, Grader
from grading.review.releasing import release
from interview_site.accounts.models import Role
from sessions.models import InterviewSession
from tests.factories import UserFactory, answer_at
from tests.grading.review.test_human_grading import by_hand
from tests.pages.conftest import page

pytestmark = pytest.mark.django_db


@pytest.fixture
def proposed(assessment):
    """The model has graded, missed the second criterion, and proposed a question on it."""
    grade = answer_at(assessment, 1).grades.get()
    Grade.objects.filter(pk=grade.pk).update(
        grader=Grader.LLM,
        feedback={
            "probe": {"criterion": "Local variables survive between two calls.", "question": "ASK-THIS"}
        },
    )
    grade.criterion_scores.filter(position=2).update(verdict="unmet", points=0, credit=0)
    return assessment


def test_a_follow_up_question_is_proposed_only_where_the_template_says_so(client, proposed, ana, mia):
    release(proposed, mia, timezone.now())
    for is_on, count in ((False, 0), (True, 1)):
        InterviewSession.objects.filter(pk=proposed.pk).update(probes_enabled=is_on)
        client.force_login(mia)
        transcript = page(client, "transcript", proposed.pk).content.decode()
        assert (transcript.count("ASK-THIS"), transcript.count("To ask next:")) == (count, count)
        client.force_login(ana)
        result = page(client, "result", proposed.pk).content.decode()
        assert (result.count("ASK-THIS"), result.count("Ask yourself:")) == (count, count)


def test_a_follow_up_question_gives_nothing_away_to_who_reads_blind(client, proposed, mia):
    InterviewSession.objects.filter(pk=proposed.pk).update(probes_enabled=True, blind_first=True)
    assert "ASK-THIS" not in page(client, "transcript", proposed.pk).content.decode()


def test_a_persons_grade_keeps_the_follow_up_question_unless_it_finds_the_criterion_met(
    client, proposed, mia
):
    InterviewSession.objects.filter(pk=proposed.pk).update(probes_enabled=True)
    by_hand(answer_at(proposed, 1), mia, "met", "partial")
    assert "ASK-THIS" in page(client, "transcript", proposed.pk).content.decode()
    by_hand(answer_at(proposed, 1), mia, "met", "met")
    assert "ASK-THIS" not in page(client, "transcript", proposed.pk).content.decode()


def test_the_switch_says_the_same_to_managers_and_in_django_admin(client, mia):
    """Nobody is asked anything: it is a proposal."""
    says = "proposes one follow-up question on the weightiest criterion"
    assert says in page(client, "template-new").content.decode()
    client.force_login(UserFactory.create(role=Role.ADMIN))
    assert says in page(client, "admin:interview_sessions_interviewtemplate_add").content.decode()
