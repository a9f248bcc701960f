"""Release: from then on the candidate sees the marks, as far as the feedback policy says so."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from grading.models_review import Review
from interview_site.accounts import audit
from interview_site.accounts.models import User
from sessions.models import InterviewSession
from sessions.states import SessionStatus


@transaction.atomic
def release(interview_session: InterviewSession, by: User, now: dt.datetime) -> bool:
    """False: it was released already, or is not over. What is only machine-marked stays called provisional."""
    changed = InterviewSession.objects.filter(
        pk=interview_session.pk, status=SessionStatus.SUBMITTED, released_at=None
    ).update(released_at=now)
    if changed:
        audit.record(by, "session.released", interview_session, after={"released_at": now.isoformat()})
    return bool(changed)


def messages_for_candidate(interview_session: InterviewSession) -> list[str]:
    """What reviewers wrote to the candidate: nothing before the release, and never for practice."""
    if interview_session.is_practice or interview_session.released_at is None:
        return []
    written = Review.objects.submitted().filter(interview_session=interview_session).exclude(message="")
    return list(written.values_list("message", flat=True))
