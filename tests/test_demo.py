"""Demo accounts: made once, never forced upon anybody, and removable."""

from io import StringIO

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from grading.models import Grade
from grading.models_review import Appeal
from grading.review.appeals import first_reviewers
from grading.review.blinding import reads_blind
from grading.worker import Worker
from interview_site import demo, demo_interviews
from interview_site.accounts import audit
from interview_site.accounts.models import Role, User
from sessions.models import Answer, InterviewSession, InterviewTemplate, Invitation
from tests.factories import PASSWORD, QuestionVersionFactory, RubricFactory, UserFactory, practice_session

pytestmark = pytest.mark.django_db


def emails(accounts: list[demo.DemoAccount]) -> list[str]:
    return [account.email for account in accounts]


ALL = ["admin@example.com", "manager@example.com", "candidate@example.com"]


def test_a_new_site_gets_one_account_for_each_role() -> None:
    assert emails(demo.make_accounts()) == ALL
    assert [User.objects.get(email=email).role for email in ALL] == [
        Role.ADMIN,
        Role.HIRING_MANAGER,
        Role.CANDIDATE,
    ]
    for email in ALL:
        assert authenticate(email=email, password=demo.PASSWORD)


def test_made_again_nothing_happens_and_a_changed_password_stays() -> None:
    demo.make_accounts()
    admin = User.objects.get(email="admin@example.com")
    admin.set_password("my own passphrase")
    admin.save()
    assert demo.make_accounts() == []
    assert authenticate(email="admin@example.com", password="my own passphrase") == admin


def test_a_site_with_an_admin_gets_none() -> None:
    UserFactory(name="Ada", role=Role.ADMIN)
    assert demo.make_accounts() == []
    assert User.objects.count() == 1


def test_an_address_that_somebody_has_already_is_left_to_them() -> None:
    owner = UserFactory(name="Cleo", email="candidate@example.com")
    assert emails(demo.make_accounts()) == ["admin@example.com", "manager@example.com"]
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


def test_a_public_site_refuses(settings: Settings) -> None:
    settings.HTTPS = True
    with pytest.raises(CommandError, match="HTTPS"):
        call_command("load_demo")
    assert not User.objects.exists()


def test_accounts_with_the_public_password_are_found() -> None:
    demo.make_accounts()
    manager = User.objects.get(email="manager@example.com")
    manager.set_password("my own passphrase")
    manager.save()
    User.objects.filter(email="candidate@example.com").update(is_active=False)
    assert emails(demo.with_public_password()) == ["admin@example.com"]


def test_they_are_not_removed_while_they_hold_the_only_admin() -> None:
    demo.make_accounts()
    with pytest.raises(CommandError, match="No admin would be left"):
        call_command("load_demo", "--remove")
    assert emails(demo.accounts()) == ALL


def test_removed_they_are_gone_and_do_not_come_back() -> None:
    demo.make_accounts()
    UserFactory(name="Ada", role=Role.ADMIN)
    said = StringIO()
    call_command("load_demo", "--remove", stdout=said)
    assert said.getvalue().count(": deleted") == 3
    assert demo.make_accounts() == []
    assert not User.objects.filter(email__in=ALL).exists()


def test_one_with_interviews_is_closed_and_its_interviews_stay() -> None:
    from sessions.states import Mode

    demo.make_accounts()
    UserFactory(name="Ada", role=Role.ADMIN)
    candidate = User.objects.get(email="candidate@example.com")
    InterviewSession.objects.create(candidate=candidate, title="Practice", mode=Mode.PRACTICE)
    assert demo.remove_accounts()["candidate@example.com"].startswith("closed")
    assert InterviewSession.objects.filter(candidate=candidate).exists()
    assert authenticate(email="candidate@example.com", password=demo.PASSWORD) is None
    assert demo.accounts() == []


@pytest.fixture
def half_of_all_are_read_blind(settings: Settings) -> None:
    settings.REVIEW_BLIND_SHARE = 0.5


@pytest.fixture
def shown() -> None:
    """A first look: the demo with three questions, everything graded."""
    for slug in demo_interviews.SLUGS:
        RubricFactory.create(question_version=QuestionVersionFactory.create(question__slug=slug))
    demo.make_accounts()
    Worker().drain()


def test_a_first_look_shows_a_template_and_five_candidates_with_different_ends(shown: None) -> None:
    template = InterviewTemplate.objects.get()
    assert set(template.hiring_team.values_list("email", flat=True)) == {
        "admin@example.com",
        "manager@example.com",
    }
    sat = template.interview_sessions.all()
    assert {
        str(one.candidate): (one.ended_by, one.answers.exclude(final_text="").count()) for one in sat
    } == {
        "Noor Nasser": ("candidate", 3),
        "Ravi Rao": ("candidate", 2),
        "Wanda Weiss": ("candidate", 3),
        "Umar Usman": ("deadline", 2),
        "Felix Falk": ("candidate", 3),
    }
    assert all(one.notice_accepted_at for one in sat)


def test_one_of_them_is_read_blind_first_and_the_others_are_open(
    half_of_all_are_read_blind: None, shown: None
) -> None:
    sat = InterviewSession.objects.filter(template__isnull=False).select_related("candidate")
    assert [str(one.candidate) for one in sat if reads_blind(one)] == ["Umar Usman"]


def test_no_two_people_have_written_the_same(shown: None) -> None:
    texts = Answer.objects.exclude(final_text="").values_list("final_text", flat=True)
    assert len(texts) == len(set(texts))


def test_one_answer_is_flagged_and_one_mark_is_contested_for_the_manager_to_decide(shown: None) -> None:
    flagged = Grade.objects.exclude(flags=[]).values_list(
        "answer__interview_session__candidate__name", flat=True
    )
    assert set(flagged) == {"Felix Falk"}
    appeal = Appeal.objects.open().get()
    assert str(appeal.answer.interview_session.candidate) == "Ravi Rao"
    assert appeal.answer.interview_session.released_at is not None
    manager = User.objects.get(email="manager@example.com")
    assert manager.pk not in first_reviewers(appeal)


def test_invitations_are_there_in_every_unused_state_and_the_log_is_whole(shown: None) -> None:
    assert InterviewTemplate.objects.get().invitations.state_counts(timezone.now()) == {
        "invited": 2,
        "expired": 1,
        "revoked": 1,
        "submitted": 5,
    }
    assert audit.verify().broken_at is None
    assert audit.verify().entries > 5


# Removing it all ---------------------------------------------------------------------------------------------


def leftovers() -> dict[str, int]:
    """Rows by kind, without what no demo touches. The audit log is never shortened."""
    kept = {"AuditEntry", "AuditHead", "ContentType", "Permission", "Migration"}
    counts = {model.__name__: model._base_manager.count() for model in apps.get_models()}
    return {name: count for name, count in counts.items() if count and name not in kept}


def test_removed_the_demo_leaves_nothing_behind_but_the_log_of_what_was_done() -> None:
    for slug in demo_interviews.SLUGS:
        RubricFactory.create(question_version=QuestionVersionFactory.create(question__slug=slug))
    UserFactory(name="Ada", role=Role.ADMIN)
    before = leftovers()
    User.objects.filter(name="Ada").update(role=Role.CANDIDATE)
    demo.make_accounts()
    Worker().drain()
    User.objects.filter(name="Ada").update(role=Role.ADMIN)
    said = demo.remove_accounts()
    assert said == {"demo interviews": "6 deleted", **dict.fromkeys(ALL, "deleted")}
    assert leftovers() == before
    assert audit.verify().broken_at is None


def test_what_people_made_of_the_demo_stays(shown: None) -> None:
    UserFactory(name="Ada", role=Role.ADMIN)
    cleo, max_ = (User.objects.get(email=email) for email in ("candidate@example.com", "manager@example.com"))
    template = InterviewTemplate.objects.get()
    invited = Invitation.objects.create(template=template, email="zoe@example.com", invited_by=max_)
    own = practice_session(cleo, 1)
    said = demo.remove_accounts()
    assert said["candidate@example.com"].startswith("closed")
    assert list(InterviewSession.objects.all()) == [own]
    assert list(template.invitations.all()) == [invited]
