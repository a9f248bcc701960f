"""The lease queue: claim, renew, finish, retry, release, bury. The job's row is the truth; Celery is a doorbell.

Every change is one conditional UPDATE. Whoever changes no row has lost the job to somebody else, and says nothing.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q

from grading.models import Grader, GradingJob, JobState

RETRY_DELAYS = (5, 30, 120)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a job until expires_at. attempt is 1 for the first try."""

    job_id: int
    token: uuid.UUID
    attempt: int
    expires_at: dt.datetime


def claim(now: dt.datetime, job_id: int | None = None, *, method: Grader | None = None) -> Lease | None:
    """Take the oldest due job (of that method), or that one if it is due: token, attempt + 1 and lease are stored
    before it returns.

    A job whose attempts are used up is buried instead of being taken.
    """
    while True:
        with transaction.atomic():
            due = GradingJob.objects.due(now)
            if job_id is not None:
                due = due.filter(pk=job_id)
            if method is not None:
                due = due.filter(method=method)
            if connection.features.has_select_for_update_skip_locked:
                due = due.select_for_update(skip_locked=True)
            job = due.only("pk", "attempts", "state").first()
            if job is None:
                return None
            if job.attempts >= settings.GRADING_MAX_ATTEMPTS:
                _bury_expired(job, now)
                continue
            lease = Lease(
                job.pk,
                uuid.uuid4(),
                job.attempts + 1,
                now + dt.timedelta(seconds=settings.GRADING_LEASE_SECONDS),
            )
            taken = GradingJob.objects.filter(_due(now), pk=job.pk, attempts=job.attempts).update(
                state=JobState.RUNNING,
                lease_token=lease.token,
                attempts=lease.attempt,
                lease_expires_at=lease.expires_at,
            )
        if taken:
            return lease


def claim_many(now: dt.datetime, limit: int, method: Grader, *, ungraded_only: bool = False) -> list[Lease]:
    """Take up to limit due jobs of one method, the oldest first; [] where none is due, at the cost of one query.

    With ungraded_only, jobs of answers that have a grade of any kind are left. Jobs whose attempts are used up are
    buried instead of being taken. The leases of one claim share their token.
    """
    wanted = GradingJob.objects.due(now).filter(method=method)
    if ungraded_only:
        wanted = wanted.filter(answer__grades=None)
    if limit < 1 or not wanted.exists():
        return []
    token, until = uuid.uuid4(), now + dt.timedelta(seconds=settings.GRADING_LEASE_SECONDS)
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            wanted = wanted.select_for_update(skip_locked=True, of=("self",))
        jobs = list(wanted.only("pk", "attempts", "state")[:limit])
        used_up = [job for job in jobs if job.attempts >= settings.GRADING_MAX_ATTEMPTS]
        fresh = [job for job in jobs if job.attempts < settings.GRADING_MAX_ATTEMPTS]
        for job in used_up:
            _bury_expired(job, now)
        # The rows are locked (SQLite: the database is), so what was read still holds.
        GradingJob.objects.filter(pk__in=[job.pk for job in fresh]).update(
            state=JobState.RUNNING, lease_token=token, attempts=F("attempts") + 1, lease_expires_at=until
        )
    return [Lease(job.pk, token, job.attempts + 1, until) for job in fresh]


def _due(now: dt.datetime) -> Q:
    return Q(state=JobState.QUEUED, not_before__lte=now) | Q(state=JobState.RUNNING, lease_expires_at__lt=now)


def _bury_expired(job: GradingJob, now: dt.datetime) -> None:
    """A worker died on the last attempt: whatever it was, a person has to look."""
    error = f"The worker did not come back after attempt {job.attempts}."
    GradingJob.objects.filter(_due(now), pk=job.pk).update(
        state=JobState.DEAD, lease_token=None, lease_expires_at=None, finished_at=now, last_error=error
    )


def _mine(lease: Lease) -> Q:
    return Q(pk=lease.job_id, state=JobState.RUNNING, lease_token=lease.token)


def renew(lease: Lease, now: dt.datetime) -> bool:
    """Another lease's length from now. False: the job is no longer mine, so stop."""
    until = now + dt.timedelta(seconds=settings.GRADING_LEASE_SECONDS)
    return GradingJob.objects.filter(_mine(lease)).update(lease_expires_at=until) == 1


def renew_many(leases: Iterable[Lease], now: dt.datetime) -> None:
    """Another lease's length for all of them that are still ours; finish tells which were not."""
    held = list(leases)
    until = now + dt.timedelta(seconds=settings.GRADING_LEASE_SECONDS)
    GradingJob.objects.filter(
        pk__in=[lease.job_id for lease in held],
        lease_token__in={lease.token for lease in held},
        state=JobState.RUNNING,
    ).update(lease_expires_at=until)


def finish(lease: Lease, now: dt.datetime) -> bool:
    """Done. To be called in the transaction that writes the grade: where it says False, nothing may be written."""
    return (
        GradingJob.objects.filter(_mine(lease)).update(
            state=JobState.DONE, lease_token=None, lease_expires_at=None, finished_at=now, last_error=""
        )
        == 1
    )


def finish_many(leases: Iterable[Lease], now: dt.datetime) -> bool:
    """Done, all of them: one statement. To be called in a transaction that is rolled back where it says False, for
    then at least one of them is somebody else's.
    """
    held = list(leases)
    changed = GradingJob.objects.filter(
        pk__in=[lease.job_id for lease in held],
        lease_token__in={lease.token for lease in held},
        state=JobState.RUNNING,
    ).update(state=JobState.DONE, lease_token=None, lease_expires_at=None, finished_at=now, last_error="")
    return changed == len(held)


def fail(lease: Lease, error: str, now: dt.datetime, *, delay: dt.timedelta | None = None) -> JobState | None:
    """Try again later, or bury the job after its last attempt; what became of it, None where it was not mine.

    delay is what the other side asked for (Retry-After); without it, the delays grow from attempt to attempt.
    """
    is_last = lease.attempt >= settings.GRADING_MAX_ATTEMPTS
    if is_last:
        return bury(lease, error, now)
    wait = delay or dt.timedelta(seconds=RETRY_DELAYS[min(lease.attempt, len(RETRY_DELAYS)) - 1])
    changed = GradingJob.objects.filter(_mine(lease)).update(
        state=JobState.QUEUED,
        lease_token=None,
        lease_expires_at=None,
        not_before=now + wait,
        last_error=error,
    )
    return JobState.QUEUED if changed else None


def bury(lease: Lease, error: str, now: dt.datetime) -> JobState | None:
    """No further attempt: people see *needs a person*."""
    changed = GradingJob.objects.filter(_mine(lease)).update(
        state=JobState.DEAD, lease_token=None, lease_expires_at=None, finished_at=now, last_error=error
    )
    return JobState.DEAD if changed else None


def release(lease: Lease, now: dt.datetime) -> bool:
    """Give the job back untried, at once: a worker that is told to stop does this."""
    return postpone(lease, now)


def postpone(lease: Lease, until: dt.datetime, why: str = "") -> bool:
    """Give the job back untried, to be taken from then on: nothing is wrong with it, but it is not its time."""
    changed: dict[str, Any] = {"last_error": why} if why else {}
    return (
        GradingJob.objects.filter(_mine(lease)).update(
            state=JobState.QUEUED,
            lease_token=None,
            lease_expires_at=None,
            not_before=until,
            attempts=F("attempts") - 1,
            **changed,
        )
        == 1
    )


def due_ids(now: dt.datetime, limit: int = 500) -> list[int]:
    """The due jobs, oldest first: what a sweep rings the doorbell for."""
    return list(GradingJob.objects.due(now).values_list("pk", flat=True)[:limit])


def oldest_due_age(now: dt.datetime) -> dt.timedelta:
    """For how long the oldest due job has waited; zero where none is due. Over two minutes is an alarm."""
    oldest = GradingJob.objects.due(now).first()
    if oldest is None:
        return dt.timedelta()
    return now - max(oldest.not_before, oldest.lease_expires_at or oldest.not_before)
