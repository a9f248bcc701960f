"""What happens to an answer while no model can be had: GRADING_FALLBACK = offline, wait or person."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction

from grading import pipeline, queue
from grading.core.assessment import Assessment
from grading.models import Grader, GradingJob, Rubric

PATIENCE = dt.timedelta(seconds=30)  # a job that waits longer for its next try is stood in for
BATCH = 20  # answers a round, so that other work is not held up
REGRADE = "regrade"
# Waits before an answer whose job died is given to the model again; then a person has to.
REGRADE_WAITS = (dt.timedelta(minutes=15), dt.timedelta(hours=2), dt.timedelta(hours=12))


def while_unavailable(standing: str, until: dt.datetime | None, reason: str, now: dt.datetime) -> int:
    """Do what the setting says with jobs that are due; how many were touched.

    Switched off, the offline grader grades in the model's place, and that is that. Otherwise an offline grade
    stands in, and the job waits.
    """
    if standing == "off":
        return sum(_grade_instead(lease) for lease in queue.claim_many(now, BATCH, Grader.LLM))
    if settings.GRADING_FALLBACK == "offline":
        leases = queue.claim_many(now, BATCH, Grader.LLM, ungraded_only=True)
        return sum(_stand_in(lease, job, until or now, reason) for lease, job in pipeline.load(leases))
    if settings.GRADING_FALLBACK == "person" and standing != "outage":
        return sum(
            queue.bury(lease, reason, now) is not None for lease in queue.claim_many(now, BATCH, Grader.LLM)
        )
    return 0


def after_postponement(
    job: GradingJob, rubric: Rubric, offline: Assessment, until: dt.datetime, now: dt.datetime
) -> None:
    """A call came to nothing, and the job waits until then: where that is long, an offline grade stands in, if the
    setting says so. To be called in the transaction that put the job off.
    """
    if settings.GRADING_FALLBACK == "offline" and until - now > PATIENCE:
        _write_stand_in(job, rubric, offline)


def after_death(
    job: GradingJob, rubric: Rubric, offline: Assessment, now: dt.datetime, *, is_outage: bool
) -> None:
    """A job used up its attempts, or was rejected for good. To be called in the transaction that buried it."""
    if settings.GRADING_FALLBACK == "person":
        return
    if settings.GRADING_FALLBACK == "wait" and not is_outage:
        return
    if settings.GRADING_FALLBACK == "offline":
        _write_stand_in(job, rubric, offline)
    regraded = job.answer.grading_jobs.filter(method=Grader.LLM, reason=REGRADE).count()
    if settings.GRADING_FALLBACK == "wait":
        regraded = min(regraded, len(REGRADE_WAITS) - 1)  # waiting does not end
    if regraded < len(REGRADE_WAITS):
        GradingJob.objects.create(
            answer=job.answer,
            rubric=rubric,
            method=Grader.LLM,
            reason=REGRADE,
            not_before=now + REGRADE_WAITS[regraded],
        )


def _write_stand_in(job: GradingJob, rubric: Rubric, offline: Assessment) -> None:
    if not job.answer.grades.exists():
        pipeline.write(job, rubric, pipeline.Outcome(offline, Grader.KEYWORD, is_fallback=True))


def _grade_instead(lease: queue.Lease) -> int:
    pipeline.work(lease)
    return 1


def _stand_in(lease: queue.Lease, job: GradingJob, until: dt.datetime, reason: str) -> int:
    """A provisional offline grade; the job waits for the model until then."""
    rubric = pipeline.rubric_of(job)
    assessment = pipeline.assess_offline(
        job.answer.question_version.prompt, rubric.to_core(), job.answer.final_text
    )
    with transaction.atomic():
        if not queue.postpone(lease, until, reason):
            return 0
        pipeline.write(job, rubric, pipeline.Outcome(assessment, Grader.KEYWORD, is_fallback=True))
    return 1
