"""Templates: notices by version, saving, copying, a look at what would be asked; sessions stay as they were."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from django.utils import timezone

from interview_site.accounts.models import AuditEntry, Role, User
from sessions import authoring
from sessions.authoring import Content, Draw, Plan
from sessions.models import InterviewTemplate, Invitation, TemplateNotice
from sessions.sittings import accept_notice, open_invitation
from sessions.states import FeedbackPolicy, Route
from tests.factories import TopicFactory, UserFactory, interview_template, ready_questions

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia() -> User:
    return UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)


def written(mia: User, plan: Plan | None = None, **fields: object) -> Content:
    base = {
        "title": "Data engineer",
        "role": "Data engineer, Berlin",
        "time_limit_minutes": 45,
        "feedback_policy": FeedbackPolicy.AFTER_EACH,
        "blind_first": True,
        "probes_enabled": True,
        "appeal_days": 7,
        "notice": "First text",
    }
    if plan is None:
        versions = ready_questions(3)
        plan = Plan((versions[1].question_id, versions[0].question_id), (Draw(None, "", 1),))
    return Content({**base, **fields}, (mia.pk,), plan)


def opened(template: InterviewTemplate):
    invitation = Invitation.objects.create(template=template, candidate=UserFactory.create())
    return open_invitation(invitation, timezone.now())


def test_what_is_written_is_what_is_read_back(mia):
    content = written(mia)
    template = authoring.create(content, mia)
    assert authoring.content_of(InterviewTemplate.objects.get(pk=template.pk)) == content


def test_fixed_questions_keep_their_order(mia):
    content = written(mia)
    interview_session = opened(authoring.create(content, mia))
    asked = [a.question_version.question_id for a in interview_session.answers.order_by("position")]
    assert tuple(asked[:2]) == content.plan.fixed_ids
    assert len(asked) == 3


def test_a_changed_notice_is_the_next_version_and_an_unchanged_one_is_not(mia):
    template = authoring.create(written(mia), mia)
    for title, notice in [
        ("A", "First text"),
        ("B", "Second text"),
        ("C", "Second text"),
        ("D", "First text"),
    ]:
        stored = authoring.content_of(template)
        changed = replace(stored, fields={**stored.fields, "title": title, "notice": notice})
        authoring.change(template, changed, mia, revision=authoring.revision_of(stored))
        template.refresh_from_db()
    versions = TemplateNotice.objects.order_by("number").values_list("number", "text")
    assert list(versions) == [(1, "First text"), (2, "Second text"), (3, "First text")]
    assert template.notice_version == 3


def test_saving_single_fields_keeps_the_notices_too():
    template = InterviewTemplate.objects.create(title="T", notice="First text")
    template.notice = "Second text"
    template.save(update_fields=["notice"])
    template.refresh_from_db()
    assert (template.notice_version, template.notices.count()) == (2, 2)


def test_a_change_does_not_touch_interviews_that_have_been_opened(mia):
    content = written(mia)
    template = authoring.create(content, mia)
    before = opened(template)
    versions = ready_questions(1)
    changed = written(
        mia,
        Plan((versions[0].question_id,)),
        title="Other",
        time_limit_minutes=10,
        feedback_policy=FeedbackPolicy.WHEN_RELEASED,
        blind_first=False,
        probes_enabled=False,
        appeal_days=0,
        notice="Second text",
    )
    authoring.change(template, changed, mia, revision=authoring.revision_of(content))
    before.refresh_from_db()
    names = [
        "title",
        "time_limit_minutes",
        "feedback_policy",
        "blind_first",
        "probes_enabled",
        "appeal_days",
        "notice",
    ]
    assert [getattr(before, name) for name in names] == [content.fields[name] for name in names]
    assert before.notice_version == 1
    assert before.answers.count() == 3
    after = opened(InterviewTemplate.objects.get(pk=template.pk))
    assert (after.title, after.notice_version, after.answers.count()) == ("Other", 2, 1)


def test_what_the_candidate_agreed_to_in_the_lobby_is_the_text_of_the_session(mia):
    template = authoring.create(written(mia), mia)
    interview_session = opened(template)
    template.notice = "Second text"
    template.save()
    now = timezone.now()
    accept_notice(interview_session, Route.HUMAN_ONLY, now)
    accept_notice(interview_session, Route.MACHINE_FIRST, timezone.now())  # a second click changes nothing
    interview_session.refresh_from_db()
    assert (interview_session.notice, interview_session.notice_version) == ("First text", 1)
    assert (interview_session.notice_accepted_at, interview_session.route) == (now, Route.HUMAN_ONLY)
    entry = AuditEntry.objects.get(action="notice.accepted")
    assert entry.after == {"notice_version": 1, "route": "human_only"}


def test_who_saves_on_an_older_version_is_told(mia):
    content = written(mia)
    template = authoring.create(content, mia)
    seen = authoring.revision_of(content)
    authoring.change(
        template, replace(content, fields={**content.fields, "title": "Hers"}), mia, revision=seen
    )
    with pytest.raises(authoring.ChangedMeanwhileError):
        authoring.change(template, replace(content, team_ids=()), mia, revision=seen)
    template.refresh_from_db()
    assert (template.title, template.hiring_team.count()) == ("Hers", 1)


@pytest.mark.parametrize("part", ["title", "team", "questions", "draws", "notice"])
def test_the_revision_differs_with_every_part(mia, part):
    content = written(mia)
    others = {
        "title": replace(content, fields={**content.fields, "title": "Other"}),
        "notice": replace(content, fields={**content.fields, "notice": "Other"}),
        "team": replace(content, team_ids=()),
        "questions": replace(content, plan=replace(content.plan, fixed_ids=content.plan.fixed_ids[::-1])),
        "draws": replace(content, plan=replace(content.plan, draws=(Draw(None, "easy", 1),))),
    }
    assert authoring.revision_of(others[part]) != authoring.revision_of(content)


def test_a_copy_is_a_template_of_its_own(mia):
    template = authoring.create(written(mia), mia)
    ned = UserFactory.create(name="Ned", role=Role.ADMIN)
    copied = authoring.copy(template, ned)
    original, copy = authoring.content_of(template), authoring.content_of(copied)
    assert copy.plan == original.plan
    assert copy.fields == {**original.fields, "title": "Data engineer (copy)"}
    assert set(copy.team_ids) == {mia.pk, ned.pk}
    assert copied.invitations.count() == 0


def test_acts_on_templates_stand_in_the_audit_log(mia):
    content = written(mia)
    template = authoring.create(content, mia)
    revision = authoring.revision_of(content)
    authoring.change(
        template, replace(content, fields={**content.fields, "appeal_days": 3}), mia, revision=revision
    )
    authoring.copy(template, mia)
    changed = AuditEntry.objects.get(action="template.changed")
    assert (changed.before["appeal_days"], changed.after["appeal_days"]) == (7, 3)
    assert [e.action for e in AuditEntry.objects.all()] == [
        "template.created",
        "template.changed",
        "template.copied",
    ]


# --- What one candidate would be asked ---


def test_a_preview_shows_fixed_questions_first_and_stores_nothing():
    versions = ready_questions(5)
    plan = Plan((versions[3].question_id,), (Draw(None, "", 2),))
    shown = authoring.preview(plan, random.Random(1))
    assert shown.versions[0] == versions[3]
    assert (len(shown.versions), len(set(shown.versions)), shown.fixed_count) == (3, 3, 1)
    assert not InterviewTemplate.objects.exists()


def test_a_preview_draws_from_the_topics_below():
    outer = TopicFactory.create()
    inner = TopicFactory.create(parent=outer)
    ready_questions(2)
    wanted = ready_questions(1, topic=inner, difficulty="hard")
    shown = authoring.preview(Plan((), (Draw(outer.pk, "hard", 1),)), random.Random(1))
    assert list(shown.versions) == wanted


@pytest.mark.parametrize(
    ("plan", "trouble"),
    [
        (Plan(), "Nothing is asked yet"),
        (Plan((), (Draw(None, "hard", 3),)), "asks for 3 questions, and 0 that nothing else asks match it"),
        (Plan((), (Draw(None, "", 40), Draw(None, "", 21))), "61 questions are too many"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_says_why(plan, trouble):
    ready_questions(2)
    assert trouble in authoring.preview(plan, random.Random(1)).trouble


def test_managers_have_the_assessments_of_their_teams(mia):
    ned = UserFactory.create(name="Ned", role=Role.HIRING_MANAGER)
    ada = UserFactory.create(name="Ada", role=Role.ADMIN)
    hers = interview_template([mia])
    interview_template([mia], mode="practice")
    managed = {user.name: list(InterviewTemplate.objects.managed_by(user)) for user in (mia, ned, ada)}
    assert managed == {"Mia": [hers], "Ned": [], "Ada": [hers]}
