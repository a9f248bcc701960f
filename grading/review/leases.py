"""The lease on an interview: so that two reviewers do not grade the same one unknowingly. It expires by itself."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction

from grading.models_review import ReviewLease
from interview_site.accounts.models import User
from sessions.models import InterviewSession

LEASE = dt.timedelta(hours=8)


def take(interview_session: InterviewSession, reviewer: User, now: dt.datetime) -> ReviewLease:
    """Take or renew the lease if it is free or the reviewer's own; whoever holds it after that."""
    rows = ReviewLease.objects.filter(interview_session=interview_session)
    fields = {"reviewer": reviewer, "expires_at": now + LEASE}
    if not rows.filter(reviewer=reviewer, expires_at__gt=now).update(
        expires_at=now + LEASE
    ) and not rows.filter(expires_at__lte=now).update(**fields, taken_at=now):
        try:
            with transaction.atomic():
                return ReviewLease.objects.create(interview_session=interview_session, taken_at=now, **fields)
        except IntegrityError:
            pass  # Somebody holds it: the row below says who.
    return rows.select_related("reviewer").get()


def take_over(interview_session: InterviewSession, reviewer: User, now: dt.datetime) -> ReviewLease:
    """Take the lease from whoever holds it: knowingly, so by an act of its own."""
    ReviewLease.objects.update_or_create(
        interview_session=interview_session,
        defaults={"reviewer": reviewer, "taken_at": now, "expires_at": now + LEASE},
    )
    return ReviewLease.objects.select_related("reviewer").get(interview_session=interview_session)


def give_back(interview_session: InterviewSession, reviewer: User) -> None:
    """Free it for others. Somebody else's is left alone."""
    ReviewLease.objects.filter(interview_session=interview_session, reviewer=reviewer).delete()


def held_by_other(
    interview_session: InterviewSession, reviewer: User, now: dt.datetime
) -> ReviewLease | None:
    """The running lease of somebody else, None where the reviewer may go on."""
    leases = ReviewLease.objects.filter(interview_session=interview_session, expires_at__gt=now)
    return leases.exclude(reviewer=reviewer).select_related("reviewer").first()
