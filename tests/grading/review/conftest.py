"""Assessments of two questions that somebody has sat: the people are those of tests/grading/conftest.py."""

import pytest
from django.utils import timezone

from grading.submission import submit_answer, submit_session
from grading.worker import Worker
from sessions.models import InterviewSession, Invitation
from sessions.sittings import open_invitation, start
from sessions.states import EndedBy
from tests.factories import UserFactory, answer_at, assessment_session

GOOD = "The values are computed one at a time, on demand. The local variables survive between two calls."


def sat(candidate, team, *, text=GOOD, count=2, graded=True, **session_fields):
    """A submitted assessment: the first question answered, the rest left blank."""
    interview_session = assessment_session(candidate, hiring_team=team, count=count, submitted=False)
    if session_fields:
        InterviewSession.objects.filter(pk=interview_session.pk).update(**session_fields)
        interview_session.refresh_from_db()
    answer = answer_at(interview_session, 1)
    submit_answer(answer, text, answer.question_version.rubrics.get().pk, timezone.now())
    submit_session(interview_session, EndedBy.CANDIDATE, timezone.now())
    if graded:
        Worker().drain()
    return interview_session


@pytest.fixture
def assessment(ana, mia, max_):
    """Graded by the offline grader, nobody has looked yet. Marks can be contested for a week once released."""
    return sat(ana, [mia, max_], appeal_days=7)


def also_sat(assessment, name, text):
    """Somebody else in an interview of the same template."""
    person = UserFactory.create(name=name)
    invitation = Invitation.objects.create(template=assessment.template, candidate=person)
    interview_session = open_invitation(invitation, timezone.now())
    start(interview_session, timezone.now())
    answer = answer_at(interview_session, 1)
    submit_answer(answer, text, answer.question_version.rubrics.get().pk, timezone.now())
    submit_session(interview_session, EndedBy.CANDIDATE, timezone.now())
    Worker().drain()
    return interview_session


@pytest.fixture
def three(assessment):
    """Ana and Bob gave the same good answer, Cem said nothing to the point."""
    return [assessment, also_sat(assessment, "Bob", GOOD), also_sat(assessment, "Cem", "No idea at all.")]
