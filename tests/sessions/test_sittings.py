"""Starting, drafts, skipping, and where to go on."""

import datetime as dt

import pytest
from django.utils import timezone

from questions.publishing import copy_as_draft, publish
from sessions import sittings
from sessions.models import AppendOnlyError, InterviewTemplate, Invitation, SessionEvent
from sessions.sittings import NotEditableError, StaleDraftError, following
from tests.factories import UserFactory, answer_at, assessment_session, practice_session, ready_questions

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana():
    return UserFactory.create(name="Ana")


def test_starting_sets_the_clock_once(ana):
    interview_session = practice_session(ana, started=False, minutes=10)
    now = timezone.now()
    assert sittings.start(interview_session, now)
    assert not sittings.start(interview_session, now + dt.timedelta(minutes=5))
    assert interview_session.started_at == now
    assert interview_session.deadline_at == now + dt.timedelta(minutes=10)
    assert [event.kind for event in interview_session.events.all()] == ["started"]


def test_versions_are_pinned_when_the_session_is_made(ana):
    interview_session = practice_session(ana, 1)
    asked = answer_at(interview_session, 1).question_version
    publish(copy_as_draft(asked))
    assert answer_at(interview_session, 1).question_version == asked


def test_a_draft_is_kept_with_its_revision(ana):
    answer = answer_at(practice_session(ana), 1)
    assert sittings.save_draft(answer, "first", 0, timezone.now()) == 1
    assert sittings.save_draft(answer, "second", 1, timezone.now()) == 2
    answer.refresh_from_db()
    assert (answer.draft_text, answer.draft_revision) == ("second", 2)


def test_an_older_window_does_not_overwrite_a_newer_draft(ana):
    answer = answer_at(practice_session(ana), 1)
    sittings.save_draft(answer, "newer", 0, timezone.now())
    with pytest.raises(StaleDraftError):
        sittings.save_draft(answer, "older", 0, timezone.now())
    answer.refresh_from_db()
    assert answer.draft_text == "newer"


@pytest.mark.parametrize(
    ("minutes_late", "accepted"), [(-1, True), (0, True), (1, False)], ids=["before", "at the end", "after"]
)
def test_a_draft_is_taken_until_the_deadline(ana, minutes_late, accepted):
    now = timezone.now()
    interview_session = practice_session(ana, minutes=10, at=now)
    answer, then = answer_at(interview_session, 1), now + dt.timedelta(minutes=10 + minutes_late)
    if accepted:
        sittings.save_draft(answer, "text", 0, then)
    else:
        with pytest.raises(NotEditableError):
            sittings.save_draft(answer, "text", 0, then)


def test_a_few_seconds_of_grace_for_slow_networks(ana, settings):
    settings.DEADLINE_GRACE_SECONDS = 5
    now = timezone.now()
    interview_session = practice_session(ana, minutes=10, at=now)
    deadline = interview_session.deadline_at
    assert interview_session.accepts_answers_at(deadline + dt.timedelta(seconds=5))
    assert not interview_session.accepts_answers_at(deadline + dt.timedelta(seconds=6))


def test_skipping_keeps_what_was_written(ana):
    answer = answer_at(practice_session(ana), 1)
    sittings.skip(answer, "half a thought", timezone.now())
    answer.refresh_from_db()
    assert (answer.status, answer.draft_text) == ("skipped", "half a thought")


@pytest.mark.parametrize(
    ("editable", "after", "position"),
    [
        ([(1, "open"), (2, "open"), (3, "open")], 1, 2),
        ([(1, "open"), (3, "open")], 3, 1),
        ([(1, "skipped"), (3, "open")], 1, 3),
        ([(1, "skipped"), (2, "skipped")], 2, 1),
        ([(1, "skipped"), (2, "skipped"), (3, "skipped")], 2, 3),
        ([(2, "open")], 2, 2),
        ([], 3, None),
    ],
)
def test_open_questions_come_first_then_the_skipped_ones(editable, after, position):
    others = [pair for pair in editable if pair[0] != after] or editable
    assert following(others, after) == position


def test_the_query_agrees_with_following(ana):
    """with_next_position answers in one query what `following` says of the other answers."""
    interview_session = practice_session(ana, 5)
    sittings.skip(answer_at(interview_session, 2), "", timezone.now())
    sittings.skip(answer_at(interview_session, 4), "", timezone.now())
    rows = list(interview_session.answers.order_by("position").values_list("position", "status"))
    for answer in interview_session.answers.with_next_position():
        others = [row for row in rows if row[0] != answer.position]
        assert answer.next_position == following(others, answer.position)


def test_a_question_counts_as_shown_once(ana):
    answer = answer_at(practice_session(ana), 1)
    now = timezone.now()
    sittings.note_first_shown(answer, now)
    sittings.note_first_shown(answer_at(answer.interview_session, 1), now + dt.timedelta(minutes=1))
    answer.refresh_from_db()
    assert answer.first_shown_at == now
    assert answer.events.filter(kind="shown").count() == 1


def test_events_are_append_only(ana):
    interview_session = practice_session(ana)
    event = SessionEvent.objects.get(interview_session=interview_session)
    event.kind = "ended"
    with pytest.raises(AppendOnlyError):
        event.save()


def test_an_invitation_makes_one_session_however_often_it_is_opened(ana):
    interview_session = assessment_session(ana, hiring_team=[])
    again = sittings.open_invitation(interview_session.invitation, timezone.now())
    assert again == interview_session


@pytest.mark.parametrize("field", ["expires_at", "revoked_at"])
def test_an_invitation_that_has_ended_makes_no_session(ana, field):
    template = InterviewTemplate.objects.create(title="T")
    template.fixed_questions.create(question=ready_questions(1)[0].question)
    invitation = Invitation.objects.create(
        template=template, candidate=ana, **{field: timezone.now() - dt.timedelta(days=1)}
    )
    with pytest.raises(sittings.InvitationClosedError):
        sittings.open_invitation(invitation, timezone.now())


def test_a_change_of_the_template_does_not_touch_a_session_made_from_it(ana):
    interview_session = assessment_session(ana, hiring_team=[], submitted=False, time_limit_minutes=30)
    template = interview_session.template
    template.time_limit_minutes, template.title = 5, "Another"
    template.save()
    interview_session.refresh_from_db()
    assert (interview_session.time_limit_minutes, interview_session.title) == (30, "Backend engineer")


def test_remaining_seconds_never_go_below_zero(ana):
    now = timezone.now()
    interview_session = practice_session(ana, minutes=1, at=now)
    assert sittings.remaining_seconds(interview_session, now) == 60
    assert sittings.remaining_seconds(interview_session, now + dt.timedelta(hours=1)) == 0
    interview_session.deadline_at = None
    assert sittings.remaining_seconds(interview_session, now) is None
