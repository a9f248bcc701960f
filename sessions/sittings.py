"""From choice to the last question: how a session is made, started, and its drafts kept."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from interview_site.accounts import audit
from interview_site.accounts.models import User
from interview_site.integrations.models import EventKind as Told
from interview_site.integrations.outbox import emit
from questions.models import QuestionVersion
from sessions.drawing import draw_for_template
from sessions.models import Answer, InterviewSession, Invitation, SessionEvent
from sessions.states import (
    EDITABLE_ANSWER_STATES,
    AnswerStatus,
    EventKind,
    FeedbackPolicy,
    Mode,
    Route,
    SessionStatus,
)

# A form that is sent again within this time, with the same choice, is a second press of one button.
PRESSED_TWICE_WITHIN = dt.timedelta(seconds=10)


class InvitationClosedError(Exception):
    """The invitation has expired or was revoked, and its interview had not begun."""


class NoticeChangedError(Exception):
    """The template has a newer notice than the one that the candidate agreed to."""


class StaleDraftError(Exception):
    """Another window has saved a newer draft of this answer."""


class NotEditableError(Exception):
    """The answer is submitted, or the interview is over."""


@transaction.atomic
def create_practice(
    candidate: User, versions: Sequence[QuestionVersion], *, title: str, time_limit_minutes: int | None
) -> InterviewSession:
    """A practice session that asks these versions in this order. It starts when the candidate says so."""
    interview_session = InterviewSession.objects.create(
        candidate=candidate, title=title, mode=Mode.PRACTICE, time_limit_minutes=time_limit_minutes
    )
    _ask(interview_session, versions)
    return interview_session


@transaction.atomic
def prepare_practice(
    candidate: User, versions: Sequence[QuestionVersion], *, title: str, time_limit_minutes: int | None
) -> InterviewSession:
    """A new practice session; the one just prepared with the same choice where the button was pressed twice."""
    User.objects.select_for_update().get(pk=candidate.pk)
    twins = (
        InterviewSession.objects.not_begun_practice(candidate)
        .filter(
            title=title,
            time_limit_minutes=time_limit_minutes,
            created_at__gt=timezone.now() - PRESSED_TWICE_WITHIN,
        )
        .annotate(question_count=Count("answers"))
        .filter(question_count=len(versions))
    )
    return twins.first() or create_practice(
        candidate, versions, title=title, time_limit_minutes=time_limit_minutes
    )


@transaction.atomic
def discard_practice(candidate: User, session_id: uuid.UUID) -> bool:
    """Delete a practice session of which nothing is submitted; whether it was one."""
    # Locked, so that a submit at the same moment comes either before this or too late.
    list(
        Answer.objects.owned_by(candidate)
        .filter(interview_session=session_id)
        .select_for_update(of=("self",))
    )
    interview_session = InterviewSession.objects.discardable(candidate).filter(pk=session_id).first()
    if interview_session is None:
        return False
    interview_session.delete()
    return True


@transaction.atomic
def open_invitation(
    invitation: Invitation,
    now: dt.datetime,
    *,
    route: Route = Route.MACHINE_FIRST,
    notice_accepted: int | None = None,
) -> InterviewSession:
    """The invitation's session, made on the first call with what its template says now.

    The invitation must have a candidate. notice_accepted is the version of the notice that the candidate has agreed
    to; None: that is still to come. Raises InvitationClosedError, NoticeChangedError, NotEnoughQuestionsError.
    """
    locked = (
        Invitation.objects.select_for_update(of=("self",)).select_related("template").get(pk=invitation.pk)
    )
    existing = InterviewSession.objects.filter(invitation=locked).first()
    if existing and existing.status != SessionStatus.NOT_STARTED:
        return existing
    if not locked.is_open_at(now):
        raise InvitationClosedError
    if existing:
        return existing
    template = locked.template
    if (candidate_id := locked.candidate_id) is None:
        raise ValueError("Nobody has accepted this invitation yet.")
    if notice_accepted not in {None, template.notice_version}:
        raise NoticeChangedError
    interview_session = InterviewSession.objects.create(
        candidate_id=candidate_id,
        template=template,
        invitation=locked,
        title=template.title,
        mode=template.mode,
        route=route,
        time_limit_minutes=template.time_limit_minutes,
        extra_time_percent=locked.extra_time_percent,
        feedback_policy=FeedbackPolicy.AT_END if template.mode == Mode.PRACTICE else template.feedback_policy,
        blind_first=template.blind_first,
        probes_enabled=template.probes_enabled,
        appeal_days=template.appeal_days,
        notice=template.notice,
        notice_version=template.notice_version,
        notice_accepted_at=None if notice_accepted is None else now,
    )
    _ask(interview_session, draw_for_template(template, random.SystemRandom()))
    SessionEvent.objects.create(interview_session=interview_session, kind=EventKind.OPENED, created_at=now)
    _tell(Told.INVITATION_OPENED, interview_session, invitation=locked.pk)
    return interview_session


def _tell(kind: Told, interview_session: InterviewSession, **data: object) -> None:
    """What webhooks say of an assessment: ids, no names. Practice is told to nobody."""
    if interview_session.mode == Mode.ASSESSMENT:
        content = {
            "interview": str(interview_session.pk),
            "template": interview_session.template_id,
            "candidate": interview_session.candidate_id,
            **data,
        }
        emit(kind, content, template_id=interview_session.template_id)


def _ask(interview_session: InterviewSession, versions: Sequence[QuestionVersion]) -> None:
    Answer.objects.bulk_create(
        Answer(interview_session=interview_session, position=position, question_version=version)
        for position, version in enumerate(versions, start=1)
    )


@transaction.atomic
def accept_notice(interview_session: InterviewSession, route: Route, now: dt.datetime) -> None:
    """The candidate has read how the interview works, and says who is to mark it. Before the start only."""
    waiting = InterviewSession.objects.filter(pk=interview_session.pk, status=SessionStatus.NOT_STARTED)
    if waiting.filter(notice_accepted_at=None).update(notice_accepted_at=now, route=route):
        after = {"notice_version": interview_session.notice_version, "route": str(route)}
        audit.record(interview_session.candidate, "notice.accepted", interview_session, after=after)


@transaction.atomic
def start(interview_session: InterviewSession, now: dt.datetime) -> bool:
    """Start the clock. False: it runs already, or the session is over. Raises InvitationClosedError."""
    invitation = None
    if interview_session.invitation_id is not None:
        # Locked, so that a withdrawal or extra time at the same moment comes either before this or too late.
        invitation = Invitation.objects.select_for_update().get(pk=interview_session.invitation_id)
    interview_session.refresh_from_db()
    if interview_session.status != SessionStatus.NOT_STARTED:
        return False
    if invitation and not invitation.is_open_at(now):
        raise InvitationClosedError
    minutes = interview_session.minutes_allowed
    changed = InterviewSession.objects.filter(
        pk=interview_session.pk, status=SessionStatus.NOT_STARTED
    ).update(
        status=SessionStatus.IN_PROGRESS,
        started_at=now,
        deadline_at=now + dt.timedelta(minutes=minutes) if minutes else None,
    )
    if changed:
        SessionEvent.objects.create(
            interview_session=interview_session, kind=EventKind.STARTED, created_at=now
        )
        _tell(Told.SESSION_STARTED, interview_session, started_at=now.isoformat())
    interview_session.refresh_from_db()
    return changed == 1


@transaction.atomic
def note_first_shown(answer: Answer, now: dt.datetime) -> None:
    """Remember when the question was first on the candidate's screen."""
    if answer.first_shown_at is None and Answer.objects.filter(pk=answer.pk, first_shown_at=None).update(
        first_shown_at=now
    ):
        SessionEvent.objects.create(
            interview_session_id=answer.interview_session_id,
            answer=answer,
            kind=EventKind.SHOWN,
            created_at=now,
        )


def save_draft(answer: Answer, text: str, revision: int, now: dt.datetime) -> int:
    """Keep text as the answer's draft; the new revision.

    revision is the one that the text was written on. Raises StaleDraftError where another window has saved since,
    NotEditableError where the answer is submitted or the time is over.
    """
    changed = (
        Answer.objects.editable_at(now)
        .filter(pk=answer.pk, draft_revision=revision)
        .update(draft_text=text, draft_revision=F("draft_revision") + 1, draft_saved_at=now)
    )
    if changed:
        return revision + 1
    if Answer.objects.editable_at(now).filter(pk=answer.pk).exists():
        raise StaleDraftError
    raise NotEditableError


@transaction.atomic
def skip(answer: Answer, text: str, now: dt.datetime, revision: int | None = None) -> None:
    """Put the question off, and keep what was written. Raises NotEditableError.

    revision is the one that the text was written on: where another window has saved since, its draft stays.
    """
    if revision is not None and Answer.objects.filter(pk=answer.pk, draft_revision__gt=revision).exists():
        text = Answer.objects.values_list("draft_text", flat=True).get(pk=answer.pk)
    changed = (
        Answer.objects.editable_at(now)
        .filter(pk=answer.pk)
        .update(
            status=AnswerStatus.SKIPPED,
            draft_text=text,
            draft_revision=F("draft_revision") + 1,
            draft_saved_at=now,
        )
    )
    if not changed:
        raise NotEditableError
    SessionEvent.objects.create(
        interview_session_id=answer.interview_session_id,
        answer=answer,
        kind=EventKind.SKIPPED,
        created_at=now,
    )


def next_position(interview_session: InterviewSession, after: int = 0) -> int | None:
    """Where to go on: the next open question after that position, then the skipped ones from the front."""
    rows = list(
        Answer.objects.filter(interview_session=interview_session, status__in=EDITABLE_ANSWER_STATES)
        .order_by("position")
        .values_list("position", "status")
    )
    return following(rows, after)


def following(editable: Sequence[tuple[int, str]], after: int) -> int | None:
    """The position to go to from (position, status) of the answers not yet submitted."""
    unseen = [position for position, status in editable if status == AnswerStatus.OPEN]
    later = [position for position in unseen if position > after]
    skipped = [position for position, status in editable if status == AnswerStatus.SKIPPED]
    skipped_later = [position for position in skipped if position > after]
    return next(iter([*later, *unseen, *skipped_later, *skipped]), None)


def record(answer: Answer, kind: EventKind, **detail: object) -> None:
    """Append a fact about the sitting."""
    SessionEvent.objects.create(
        interview_session_id=answer.interview_session_id, answer=answer, kind=kind, detail=detail
    )


def remaining_seconds(interview_session: InterviewSession, now: dt.datetime | None = None) -> int | None:
    """Seconds until the deadline, never negative; None where there is none."""
    if interview_session.deadline_at is None:
        return None
    left = interview_session.deadline_at - (now or timezone.now())
    return max(0, int(left.total_seconds()))
