"""How many queries a page makes: bounded, and the same however many rows there are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grading.review.human_grading import confirm
from grading.submission import submit_answer, submit_session
from grading.worker import Worker
from interview_site.accounts.models import Role
from sessions.invitees import Invitee
from sessions.inviting import invite
from sessions.models import Invitation
from sessions.sittings import open_invitation, start
from sessions.states import EndedBy, FeedbackPolicy
from tests.factories import (
    UserFactory,
    answer_at,
    assessment_session,
    interview_template,
    practice_session,
)

pytestmark = pytest.mark.django_db

FRAMING = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "ROLLBACK")


def queries(call):
    with CaptureQueriesContext(connection) as captured:
        response = call()
    assert response.status_code < 400
    return [query["sql"] for query in captured if not query["sql"].startswith(FRAMING)]


@pytest.fixture
def ana(client):
    user = UserFactory.create(name="Ana")
    client.force_login(user)
    return user


@pytest.mark.parametrize("count", [2, 30])
def test_submitting_takes_six_queries(client, ana, count):
    interview_session = practice_session(ana, count)
    address = reverse("answer-submit", args=[interview_session.pk, 1])
    assert len(queries(lambda: client.post(address, {"text": "My answer"}))) <= 6


@pytest.mark.parametrize("count", [2, 30])
def test_the_question_page_takes_five_queries_even_when_it_is_shown_first(client, ana, count):
    interview_session = practice_session(ana, count)
    submit_answer(answer_at(interview_session, 1), "My answer", None, timezone.now())
    address = reverse("question", args=[interview_session.pk, 2])
    assert len(queries(lambda: client.get(address))) <= 5
    assert len(queries(lambda: client.get(address))) <= 3


def count_at(make, visit):
    make()
    few = len(queries(visit))
    for _ in range(12):
        make()
    assert len(queries(visit)) == few
    return few


def graded(user):
    interview_session = practice_session(user, 2)
    submit_session(interview_session, EndedBy.CANDIDATE, timezone.now())
    Worker().drain()


def test_the_dashboard_is_constant_in_rows(client, ana):
    assert count_at(lambda: graded(ana), lambda: client.get(reverse("home"))) <= 8


def test_the_hiring_list_is_constant_in_rows(client):
    mia = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    client.force_login(mia)
    assert (
        count_at(
            lambda: assessment_session(UserFactory.create(), hiring_team=[mia]),
            lambda: client.get(reverse("home")),
        )
        <= 8
    )


def test_the_list_of_templates_is_constant_in_rows(client):
    mia = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    client.force_login(mia)
    address = reverse("templates")
    assert count_at(lambda: interview_template([mia]), lambda: client.get(address)) <= 4


def test_the_list_of_invitations_is_constant_in_rows(client):
    mia = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    client.force_login(mia)
    template = interview_template([mia])

    def more():
        invitees = [Invitee(UserFactory.build().email)]
        (link,) = invite(template, invitees, mia, timezone.now(), days=14)
        another = Invitation.objects.create(template=template, candidate=UserFactory.create())
        open_invitation(another, timezone.now())
        return link

    address = reverse("template-invitations", args=[template.pk])
    assert count_at(more, lambda: client.get(address)) <= 6


@pytest.mark.parametrize("count", [2, 20])
def test_editing_a_template_is_constant_in_questions(client, count):
    mia = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    client.force_login(mia)
    template = interview_template([mia], count=count)
    for _ in range(count):
        template.draws.create(count=0)
    asked = len(queries(lambda: client.get(reverse("template-edit", args=[template.pk]))))
    assert asked - template.draws.count() <= 16  # one for each draw of the preview


def test_what_one_answer_earned_is_constant_in_questions(client, ana):
    sizes = []
    for count in (2, 20):
        interview_session = assessment_session(
            ana, hiring_team=[], count=count, submitted=False, feedback_policy=FeedbackPolicy.AFTER_EACH
        )
        submit_answer(answer_at(interview_session, 1), "Values are computed on demand.", None, timezone.now())
        Worker().drain()
        address = reverse("answer-feedback", args=[interview_session.pk, 1])
        sizes.append(len(queries(lambda address=address: client.get(address))))
    assert sizes[0] == sizes[1] <= 11


def test_the_practice_form_is_constant_in_rows(client, ana):
    assert count_at(lambda: graded(ana), lambda: client.get(reverse("practice"))) <= 6


@pytest.mark.parametrize("name", ["result", "result-status"])
def test_the_result_is_constant_in_questions(client, ana, name):
    sizes = []
    for count in (2, 20):
        interview_session = practice_session(ana, count)
        for answer in interview_session.answers.all():
            submit_answer(answer, "Values are computed on demand.", None, timezone.now())
        submit_session(interview_session, EndedBy.CANDIDATE, timezone.now())
        Worker().drain()
        sizes.append(len(queries(lambda pk=interview_session.pk: client.get(reverse(name, args=[pk])))))
    assert sizes[0] == sizes[1] <= 9


@pytest.mark.parametrize(
    "name",
    ["questions_topic", "questions_question", "questions_questionversion", "grading_rubric", "grading_gradingjob",
     "grading_grade", "interview_sessions_interviewsession", "accounts_user"],
)  # fmt: skip
def test_admin_lists_are_constant_in_rows(client, name):
    client.force_login(UserFactory.create(name="Ada", role=Role.ADMIN))
    bob = UserFactory.create(name="Bob")
    address = reverse(f"admin:{name}_changelist")
    count_at(lambda: graded(bob), lambda: client.get(address))


@pytest.fixture
def mia(client):
    user = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    client.force_login(user)
    return user


def test_the_inbox_is_constant_in_rows(client, mia):
    visit = lambda: client.get(reverse("inbox"))  # noqa: E731
    assert count_at(lambda: assessment_session(UserFactory.create(), hiring_team=[mia]), visit) <= 8


@pytest.mark.parametrize("name", ["transcript", "grade-answer"])
def test_the_reviewers_pages_are_constant_in_questions_and_grades(client, mia, name):
    sizes = []
    for count in (2, 12):
        assessment = assessment_session(UserFactory.create(), hiring_team=[mia], count=count)
        Worker().drain()
        for answer in assessment.answers.all():
            for _ in range(count):
                grade = answer.grades.by_effect().first()
                confirm(answer, mia, shown=grade.pk, now=timezone.now())
        args = [assessment.pk] if name == "transcript" else [assessment.pk, 1]
        sizes.append(len(queries(lambda args=args: client.get(reverse(name, args=args)))))
    assert sizes[0] == sizes[1] <= 20


def test_grid_and_agreement_are_constant_in_candidates(client, mia):
    """The same template, more and more candidates: at most eight queries each."""
    template = assessment_session(UserFactory.create(), hiring_team=[mia]).template

    def another():
        invitation = Invitation.objects.create(template=template, candidate=UserFactory.create())
        assessment = open_invitation(invitation, timezone.now())
        start(assessment, timezone.now())
        submit_session(assessment, EndedBy.CANDIDATE, timezone.now())
        Worker().drain()
        answer = assessment.answers.first()
        confirm(answer, mia, shown=answer.grades.get().pk, now=timezone.now())

    for name in ("compare", "agreement"):
        assert count_at(another, lambda name=name: client.get(reverse(name, args=[template.pk]))) <= 8
    question = template.fixed_questions.first().question_id
    for name in ("compare-question", "compare-groups"):
        count_at(another, lambda name=name: client.get(reverse(name, args=[template.pk, question])))
