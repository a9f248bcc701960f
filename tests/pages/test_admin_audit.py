"""What Ada does in Django admin stands in the audit log: each act has its entry, and who looks leaves none."""

import pytest
from django.urls import reverse

from grading.models import GradingJob
from grading.rubrics import copy_as_draft
from interview_site.accounts import audit
from interview_site.accounts.models import AuditEntry
from sessions.models import InterviewTemplate, Invitation
from tests.factories import (
    QuestionVersionFactory,
    RubricFactory,
    TopicFactory,
    UserFactory,
    assessment_session,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ada")]


def entries(target):
    """(action, before, after) of what the log has about it."""
    rows = AuditEntry.objects.filter(target_type=target._meta.label_lower, target_id=str(target.pk))
    assert audit.verify().broken_at is None
    return [(row.action, row.before, row.after) for row in rows]


def test_a_role_that_is_given_says_what_it_was(client, ada):
    ana = UserFactory.create(name="Ana")
    form = {"email": ana.email, "name": "Ana", "role": "admin", "is_active": "on"}
    client.post(reverse("admin:accounts_user_change", args=[ana.pk]), form)
    assert entries(ana) == [
        (
            "account.changed_in_admin",
            {"role": "candidate", "is_active": True},
            {"fields": ["role"], "role": "admin", "is_active": True},
        )
    ]
    assert AuditEntry.objects.get().actor == ada


def test_a_password_that_an_admin_sets_is_an_act_and_the_log_does_not_know_it(client):
    ana = UserFactory.create(name="Ana")
    typed = {"password1": "a word from ada", "password2": "a word from ada", "usable_password": "true"}
    client.post(reverse("admin:auth_user_password_change", args=[ana.pk]), typed)
    assert entries(ana) == [("account.password_set_in_admin", None, None)]


def template():
    return InterviewTemplate.objects.create(title="T")


@pytest.mark.parametrize("one_by_one", [True, False])
@pytest.mark.parametrize(
    ("make", "where", "kind"),
    [
        (lambda: UserFactory.create(name="Bob"), "accounts_user", "account"),
        (template, "interview_sessions_interviewtemplate", "template"),
        (
            lambda: Invitation.objects.create(template=template(), email="x@example.com"),
            "interview_sessions_invitation",
            "invitation",
        ),
        (TopicFactory.create, "questions_topic", "topic"),
    ],
)
def test_what_is_deleted_leaves_an_entry(client, make, where, kind, one_by_one):
    target = make()
    if one_by_one:
        client.post(reverse(f"admin:{where}_delete", args=[target.pk]), {"post": "yes"})
    else:
        sent = {"action": "delete_selected", "_selected_action": [target.pk], "post": "yes"}
        client.post(reverse(f"admin:{where}_changelist"), sent)
    assert not type(target).objects.filter(pk=target.pk).exists()
    assert [action for action, *_ in entries(target)] == [f"{kind}.deleted_in_admin"]


@pytest.mark.parametrize("from_the_list", [True, False])
def test_a_rubric_is_published_with_an_entry_and_a_second_time_without(client, ada, from_the_list):
    rubric = copy_as_draft(RubricFactory.create(), ada)
    for _ in range(2):
        if from_the_list:
            sent = {"action": "publish_rubrics", "_selected_action": [rubric.pk]}
            client.post(reverse("admin:grading_rubric_changelist"), sent)
        else:
            client.post(reverse("admin:grading_rubric_publish", args=[rubric.pk]))
    assert [action for action, *_ in entries(rubric)] == ["rubric.published"]


def test_so_is_the_first_of_a_question(client):
    version = QuestionVersionFactory.create()
    for _ in range(2):
        client.post(reverse("admin:grading_rubric_first", args=[version.pk]))
    assert [action for action, *_ in entries(version.rubrics.get())] == ["rubric.published"]


def test_so_is_a_question_and_retired(client):
    version = QuestionVersionFactory.create(status="draft")
    address = reverse("admin:questions_questionversion_changelist")
    for action in ("publish_versions", "publish_versions", "retire_versions"):
        client.post(address, {"action": action, "_selected_action": [version.pk]})
    assert [action for action, *_ in entries(version)] == ["question.published", "question.retired"]


def test_a_dead_job_that_is_tried_again_leaves_an_entry_and_one_that_is_not_dead_none(client):
    assessment_session(UserFactory.create(), hiring_team=[], count=2)
    dead, queued = GradingJob.objects.order_by("pk")
    GradingJob.objects.filter(pk=dead.pk).update(state="dead", attempts=3)
    sent = {"action": "try_again", "_selected_action": [dead.pk, queued.pk]}
    client.post(reverse("admin:grading_gradingjob_changelist"), sent)
    assert entries(dead) == [("job.tried_again", {"attempts": 3}, None)]
    assert entries(queued) == []


def test_an_interview_is_shown_and_its_release_is_not_set_here(client):
    """A time to come showed the marks at once, and an empty one hid them again."""
    interview_session = assessment_session(UserFactory.create(), hiring_team=[])
    address = reverse("admin:interview_sessions_interviewsession_change", args=[interview_session.pk])
    page = client.get(address).content.decode()
    assert "Backend engineer" in page
    assert 'name="released_at_0"' not in page
    typed = {"released_at_0": "2099-01-01", "released_at_1": "00:00:00"}
    assert client.post(address, typed).status_code == 403
    interview_session.refresh_from_db()
    assert interview_session.released_at is None


def test_the_models_switch_leaves_an_entry(client):
    client.post(reverse("admin:grading_modelswitch_add"), {"is_on": "", "why": "Too dear"})
    assert [(row.action, row.after["is_on"]) for row in AuditEntry.objects.all()] == [
        ("model_switch.created_in_admin", False)
    ]
